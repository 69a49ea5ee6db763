//! Products whose sums run over the inner index in order, so that a number depends on nothing else:
//! not on how many lanes there are, not on the instruction set.

#![allow(clippy::needless_range_loop, reason = "several arrays are indexed at once")]

use crate::lanes::{Level, Vectorized, dispatch};

/// `out[i][w] = Σ_k m[k][i] x[k][w]`, `k` from 0 on: each product is rounded, then the sum.
pub(super) struct Product<'a> {
    /// `[k][i]`: the matrix of `Wᵀ Z` as it is stored, that of `W X` transposed.
    pub matrix: &'a [f64],
    /// Number of `i`.
    pub rows: usize,
    /// Number of `k`.
    pub inner: usize,
    /// `[k][w]`
    pub x: &'a [f64],
    /// Number of `w`.
    pub width: usize,
    /// `[i][w]`
    pub out: &'a mut [f64],
}

/// Runs it with the registers of `level`.
pub(super) fn product(level: Level, work: Product<'_>) {
    assert_eq!(work.matrix.len(), work.rows * work.inner, "invariant: a matrix of rows and columns");
    assert_eq!(work.x.len(), work.inner * work.width, "invariant: as many rows as the matrix has columns");
    assert_eq!(work.out.len(), work.rows * work.width, "invariant: a row for each row");
    dispatch(level, work);
}

impl Vectorized for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let width = self.width;
        let mut w = 0;
        while w + 8 <= width {
            self.wide(w);
            w += 8;
        }
        if w + 4 <= width {
            self.narrow::<4, 2>(w);
            w += 4;
        }
        if w + 2 <= width {
            self.narrow::<2, 4>(w);
            w += 2;
        }
        if w < width {
            self.narrow::<1, 8>(w);
        }
    }
}

impl Product<'_> {
    /// Columns `w..w + 8`, registers along the columns.
    #[inline(always)]
    fn wide(&mut self, w: usize) {
        let mut i = 0;
        while i + 8 <= self.rows {
            self.wide_tile::<8>(i, w);
            i += 8;
        }
        while i < self.rows {
            self.wide_tile::<1>(i, w);
            i += 1;
        }
    }

    #[inline(always)]
    fn wide_tile<const R: usize>(&mut self, i: usize, w: usize) {
        let mut sums = [[0.0; 8]; R];
        let mut first = true;
        for (x, m) in self.x.chunks_exact(self.width).zip(self.matrix.chunks_exact(self.rows)) {
            let (x, m) = (*chunk::<8>(x, w), chunk::<R>(m, i));
            for r in 0..R {
                let product = scaled(m[r], x);
                sums[r] = if first { product } else { added(sums[r], product) };
            }
            first = false;
        }
        for r in 0..R {
            self.out[(i + r) * self.width + w..][..8].copy_from_slice(&sums[r]);
        }
    }

    /// Columns `w..w + C`, registers along the rows, `8 B` at a time.
    #[inline(always)]
    fn narrow<const C: usize, const B: usize>(&mut self, w: usize) {
        let mut i = 0;
        while i + 8 * B <= self.rows {
            self.narrow_tile::<C, B>(i, w);
            i += 8 * B;
        }
        while i + 8 <= self.rows {
            self.narrow_tile::<C, 1>(i, w);
            i += 8;
        }
        while i < self.rows {
            for c in w..w + C {
                let lines = self.x.chunks_exact(self.width).zip(self.matrix.chunks_exact(self.rows));
                let sum = lines.map(|(x, m)| m[i] * x[c]).reduce(|sum, product| sum + product);
                self.out[i * self.width + c] = sum.unwrap_or(0.0);
            }
            i += 1;
        }
    }

    #[inline(always)]
    fn narrow_tile<const C: usize, const B: usize>(&mut self, i: usize, w: usize) {
        let mut sums = [[[0.0; 8]; B]; C];
        let mut first = true;
        for (x, m) in self.x.chunks_exact(self.width).zip(self.matrix.chunks_exact(self.rows)) {
            let x = chunk::<C>(x, w);
            for b in 0..B {
                let m = *chunk::<8>(m, i + 8 * b);
                for c in 0..C {
                    let product = scaled(x[c], m);
                    sums[c][b] = if first { product } else { added(sums[c][b], product) };
                }
            }
            first = false;
        }
        for b in 0..B {
            for l in 0..8 {
                for c in 0..C {
                    self.out[(i + 8 * b + l) * self.width + w + c] = sums[c][b][l];
                }
            }
        }
    }
}

// Sums are whole registers: of a plain double loop over a tile the compiler makes single numbers for
// some sizes, at a tenth of the speed.

#[inline(always)]
fn scaled(m: f64, x: [f64; 8]) -> [f64; 8] {
    let mut out = [0.0; 8];
    for l in 0..8 {
        out[l] = m * x[l];
    }
    out
}

#[inline(always)]
fn added(a: [f64; 8], b: [f64; 8]) -> [f64; 8] {
    let mut out = [0.0; 8];
    for l in 0..8 {
        out[l] = a[l] + b[l];
    }
    out
}

/// `N` numbers from `at` on.
#[inline(always)]
fn chunk<const N: usize>(line: &[f64], at: usize) -> &[f64; N] {
    line[at..].first_chunk().expect("invariant: rows and columns in range")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every width and every instruction set gives the bits of the sum in order.
    #[test]
    fn the_order_is_that_of_the_inner_index() {
        let number = |seed: usize| ((seed * 7919 + 13) % 1009) as f64 / 97.0 - 5.0;
        for (rows, inner) in [(1, 1), (3, 2), (8, 5), (70, 9), (1, 40), (65, 3)] {
            let matrix: Vec<f64> = (0..rows * inner).map(number).collect();
            for width in [1, 2, 3, 5, 7, 8, 9, 16, 31, 32, 40, 64, 77] {
                let x: Vec<f64> = (0..inner * width).map(|k| number(k + 5000)).collect();
                let mut expected = vec![0.0; rows * width];
                for i in 0..rows {
                    for w in 0..width {
                        let term = |k: usize| matrix[k * rows + i] * x[k * width + w];
                        expected[i * width + w] = (1..inner).fold(term(0), |sum, k| sum + term(k));
                    }
                }
                for level in Level::available() {
                    let mut out = vec![f64::NAN; rows * width];
                    product(*level, Product { matrix: &matrix, rows, inner, x: &x, width, out: &mut out });
                    assert!(
                        out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()),
                        "{rows} {inner} {width}"
                    );
                }
            }
        }
    }
}

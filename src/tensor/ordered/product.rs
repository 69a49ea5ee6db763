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
        while w + 32 <= width {
            self.wide::<4, 32>(w);
            w += 32;
        }
        while w + 8 <= width {
            self.wide::<8, 8>(w);
            w += 8;
        }
        if w + 4 <= width {
            self.narrow::<4, 16>(w);
            w += 4;
        }
        if w + 2 <= width {
            self.narrow::<2, 32>(w);
            w += 2;
        }
        if w < width {
            self.narrow::<1, 64>(w);
        }
    }
}

impl Product<'_> {
    /// Columns `w..w + L`, registers along the columns.
    #[inline(always)]
    fn wide<const R: usize, const L: usize>(&mut self, w: usize) {
        let mut i = 0;
        while i + R <= self.rows {
            self.wide_tile::<R, L>(i, w);
            i += R;
        }
        while i < self.rows {
            self.wide_tile::<1, L>(i, w);
            i += 1;
        }
    }

    #[inline(always)]
    fn wide_tile<const R: usize, const L: usize>(&mut self, i: usize, w: usize) {
        let mut sums = [[0.0; L]; R];
        for k in 0..self.inner {
            let x: &[f64; L] = self.x[k * self.width + w..].first_chunk().expect("invariant: columns in range");
            let m: &[f64; R] = self.matrix[k * self.rows + i..].first_chunk().expect("invariant: rows in range");
            for r in 0..R {
                for l in 0..L {
                    let product = m[r] * x[l];
                    sums[r][l] = if k == 0 { product } else { sums[r][l] + product };
                }
            }
        }
        for r in 0..R {
            let out = &mut self.out[(i + r) * self.width + w..];
            out[..L].copy_from_slice(&sums[r]);
        }
    }

    /// Columns `w..w + C`, registers along the rows, `B` at a time.
    #[inline(always)]
    fn narrow<const C: usize, const B: usize>(&mut self, w: usize) {
        let mut i = 0;
        while i + B <= self.rows {
            self.narrow_tile::<C, B>(i, w);
            i += B;
        }
        while i + 8 <= self.rows {
            self.narrow_tile::<C, 8>(i, w);
            i += 8;
        }
        while i < self.rows {
            self.narrow_tile::<C, 1>(i, w);
            i += 1;
        }
    }

    #[inline(always)]
    fn narrow_tile<const C: usize, const B: usize>(&mut self, i: usize, w: usize) {
        let mut sums = [[0.0; B]; C];
        for k in 0..self.inner {
            let x: &[f64; C] = self.x[k * self.width + w..].first_chunk().expect("invariant: columns in range");
            let m: &[f64; B] = self.matrix[k * self.rows + i..].first_chunk().expect("invariant: rows in range");
            for c in 0..C {
                for b in 0..B {
                    let product = m[b] * x[c];
                    sums[c][b] = if k == 0 { product } else { sums[c][b] + product };
                }
            }
        }
        for b in 0..B {
            for c in 0..C {
                self.out[(i + b) * self.width + w + c] = sums[c][b];
            }
        }
    }
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
                    assert!(out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{rows} {inner} {width}");
                }
            }
        }
    }
}

//! Products of shared matrices and lanes, and of lanes and lanes.
//!
//! Rows of lanes lie one below the other, so the registers go along the samples, and no operand of
//! `W X` or `Wᵀ X` is copied: an entry of the matrix multiplies a register of every sample. With
//! 512-bit registers the tile of [`tile`] computes at the rate of the machine; with narrower ones the
//! library is used, whose tiles fit them.

use super::number::Number;
use crate::lanes::{Level, Vectorized, dispatch};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// A matrix in a slice.
#[derive(Clone, Copy)]
pub(super) struct View<'a, F> {
    pub data: &'a [F],
    pub rows: usize,
    pub cols: usize,
    pub stride: usize,
}

impl<'a, F: Number> View<'a, F> {
    fn mat(self) -> MatRef<'a, F> {
        MatRef::from_row_major_slice_with_stride(self.data, self.rows, self.cols, self.stride)
    }
}

/// Rows up to which an operand is transposed here; of more the library's copies cost less.
pub(super) const TURNED: usize = 32;

/// Numbers of a 512-bit register, and of half of one.
const fn registers<F>() -> usize {
    64 / size_of::<F>()
}

/// `to = w x` or, transposed, `to = wᵀ x`; rows of `to` are `stride` apart.
pub(super) fn multiply<F: Number>(level: Level, to: &mut [F], stride: usize, w: View<F>, transposed: bool, x: View<F>) {
    if level.has_512_bits() && x.cols.is_multiple_of(registers::<F>() / 2) {
        let rows = if transposed { w.cols } else { w.rows };
        let (by_row, by_inner) = if transposed { (1, w.stride) } else { (w.stride, 1) };
        let a = Entries { data: w.data, by_row, by_inner, rows };
        return tiled(
            level,
            Tiled { to, stride, cols: x.cols, a, x: x.data, x_stride: x.stride, inner: x.rows, add: false },
        );
    }
    let left = if transposed { w.mat().transpose() } else { w.mat() };
    // not `from_row_major_slice_with_stride_mut`, which exchanges its strides in faer 0.24
    let to = MatMut::from_column_major_slice_with_stride_mut(to, x.cols, left.nrows(), stride).transpose_mut();
    matmul(to, Accum::Replace, left, x.mat(), <F as Number>::ONE, Par::Seq);
}

/// `to = z xᵀ` for a dense `to`, or `to += z xᵀ` where `add`. `room` holds `x` transposed: at least
/// [`room`] numbers.
pub(super) fn accumulate<F: Number>(level: Level, to: &mut [F], z: View<F>, x: View<F>, room: &mut [F], add: bool) {
    if level.has_512_bits() && x.rows <= TURNED {
        let stride = padded::<F>(x.rows);
        dispatch(level, Transpose { x, to: &mut *room, stride });
        let a = Entries { data: z.data, by_row: z.stride, by_inner: 1, rows: z.rows };
        return tiled(
            level,
            Tiled { to, stride: x.rows, cols: x.rows, a, x: room, x_stride: stride, inner: z.cols, add },
        );
    }
    let how = if add { Accum::Add } else { Accum::Replace };
    let to = MatMut::from_row_major_slice_mut(to, z.rows, x.rows);
    matmul(to, how, z.mat(), x.mat().transpose(), <F as Number>::ONE, Par::Seq);
}

/// Numbers that [`accumulate`] needs for an `x` of so many rows and columns.
pub(super) fn room<F>(rows: usize, cols: usize) -> usize {
    padded::<F>(rows) * cols
}

/// Rounded up to whole registers.
fn padded<F>(rows: usize) -> usize {
    rows.next_multiple_of(registers::<F>())
}

/// `to[c][r] = x[r][c]`, rows of `to` being `stride` apart.
struct Transpose<'a, F> {
    x: View<'a, F>,
    to: &'a mut [F],
    stride: usize,
}

impl<F: Number> Vectorized for Transpose<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        if const { size_of::<F>() == 4 } { self.by::<16>() } else { self.by::<8>() }
    }
}

impl<F: Number> Transpose<'_, F> {
    #[inline(always)]
    fn by<const W: usize>(self) {
        let Transpose { x, to, stride } = self;
        for r in (0..stride).step_by(W) {
            let rows = W.min(x.rows.saturating_sub(r));
            let mut c = 0;
            while rows == W && c + W <= x.cols {
                let lines: [[F; W]; W] = std::array::from_fn(|k| register(&x.data[(r + k) * x.stride..], c));
                for l in 0..W {
                    let column: [F; W] = std::array::from_fn(|k| lines[k][l]);
                    to[(c + l) * stride + r..][..W].copy_from_slice(&column);
                }
                c += W;
            }
            for c in c..x.cols {
                let column = &mut to[c * stride + r..][..W];
                for (k, entry) in column.iter_mut().enumerate() {
                    *entry = if k < rows { x.data[(r + k) * x.stride + c] } else { F::ZERO };
                }
            }
        }
    }
}

/// The entries of a matrix in any order.
#[derive(Clone, Copy)]
struct Entries<'a, F> {
    data: &'a [F],
    by_row: usize,
    by_inner: usize,
    rows: usize,
}

/// `to[i][c] (+)= Σ_k a(i, k) x[k][c]`
struct Tiled<'a, F> {
    to: &'a mut [F],
    stride: usize,
    cols: usize,
    a: Entries<'a, F>,
    /// Rows of whole registers.
    x: &'a [F],
    x_stride: usize,
    inner: usize,
    add: bool,
}

fn tiled<F: Number>(level: Level, work: Tiled<F>) {
    dispatch(level, work);
}

impl<F: Number> Vectorized for Tiled<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        if const { size_of::<F>() == 4 } { self.all::<16, 8>() } else { self.all::<8, 4>() }
    }
}

impl<F: Number> Tiled<'_, F> {
    /// All tiles; `W` numbers are a register, `H` half of one.
    #[inline(always)]
    fn all<const W: usize, const H: usize>(&mut self) {
        let mut i = 0;
        if self.cols <= W {
            while i + 16 <= self.a.rows {
                self.rows::<W, H, 16, 1>(i);
                i += 16;
            }
        }
        while i + 8 <= self.a.rows {
            self.rows::<W, H, 8, 3>(i);
            i += 8;
        }
        if i + 4 <= self.a.rows {
            self.rows::<W, H, 4, 3>(i);
            i += 4;
        }
        while i < self.a.rows {
            self.rows::<W, H, 1, 3>(i);
            i += 1;
        }
    }

    /// `R` rows from `i` on, by up to `V` registers.
    #[inline(always)]
    fn rows<const W: usize, const H: usize, const R: usize, const V: usize>(&mut self, i: usize) {
        let mut left = self.cols / W;
        let mut c = 0;
        if V > 1 {
            while left > 4 || left == 3 {
                self.tile::<W, R, V>(i, c);
                (c, left) = (c + V * W, left - V);
            }
            while left > 1 {
                self.tile::<W, R, 2>(i, c);
                (c, left) = (c + 2 * W, left - 2);
            }
        }
        if left == 1 {
            self.tile::<W, R, 1>(i, c);
            c += W;
        }
        if c + H == self.cols {
            self.tile::<H, R, 1>(i, c);
        } else if c < self.cols {
            self.edge::<W, R>(i, c, self.cols - c);
        }
    }

    /// `R` rows by `V` registers of `W` numbers.
    #[inline(always)]
    fn tile<const W: usize, const R: usize, const V: usize>(&mut self, i: usize, c: usize) {
        let mut sums = [[[F::ZERO; W]; V]; R];
        if self.add {
            for r in 0..R {
                for v in 0..V {
                    sums[r][v] = register(self.to, (i + r) * self.stride + c + v * W);
                }
            }
        }
        let sums = self.sums(i, c, sums);
        for r in 0..R {
            for v in 0..V {
                self.to[(i + r) * self.stride + c + v * W..][..W].copy_from_slice(&sums[r][v]);
            }
        }
    }

    /// `R` rows by the last `some` columns, fewer than a register of `W` numbers.
    #[inline(always)]
    fn edge<const W: usize, const R: usize>(&mut self, i: usize, c: usize, some: usize) {
        let sums = self.sums(i, c, [[[F::ZERO; W]; 1]; R]);
        for r in 0..R {
            // a copy: a part of the tile itself would keep all of it in memory
            let mut row = [F::ZERO; W];
            #[allow(
                clippy::manual_memcpy,
                reason = "copy_from_slice takes the tile's address, which puts it into memory"
            )]
            for l in 0..W {
                row[l] = sums[r][0][l];
            }
            let to = &mut self.to[(i + r) * self.stride + c..][..some];
            for l in 0..some.min(W) {
                to[l] = if self.add { to[l] + row[l] } else { row[l] };
            }
        }
    }

    /// `sums + Σ_k a(i + r, k) x[k][c..]`
    #[inline(always)]
    fn sums<const W: usize, const R: usize, const V: usize>(
        &self,
        i: usize,
        c: usize,
        mut sums: [[[F; W]; V]; R],
    ) -> [[[F; W]; V]; R] {
        let Entries { data, by_row, by_inner, .. } = self.a;
        let offsets: [usize; R] = std::array::from_fn(|r| r * by_row);
        let (a, x) = (&data[i * by_row..], &self.x[c..]);
        let (mut at, mut from) = (0usize, 0usize);
        for _ in 0..self.inner {
            let line = &x[from..];
            let mut lanes = [[F::ZERO; W]; V];
            for v in 0..V {
                lanes[v] = register(line, v * W);
            }
            let column = &a[at..];
            for r in 0..R {
                let entry = column[offsets[r]];
                for v in 0..V {
                    sums[r][v] = fused(entry, lanes[v], sums[r][v]);
                }
            }
            // an index that is too large is refused above
            (at, from) = (at.wrapping_add(by_inner), from.wrapping_add(self.x_stride));
        }
        sums
    }
}

/// `W` numbers from `at` on.
#[inline(always)]
fn register<F: Number, const W: usize>(line: &[F], at: usize) -> [F; W] {
    *line[at..].first_chunk().expect("invariant: rows of whole registers")
}

/// `a x + sum`, each rounded once.
#[inline(always)]
fn fused<F: Number, const W: usize>(a: F, x: [F; W], sum: [F; W]) -> [F; W] {
    let mut out = [F::ZERO; W];
    for l in 0..W {
        out[l] = a.fused(x[l], sum[l]);
    }
    out
}

//! Products of shared matrices and lanes.

use super::number::Number;
use crate::lanes::Vectorized;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use std::cell::Cell;

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

/// `to = w x` or, transposed, `to = wᵀ x`; rows of `to` are `stride` apart.
pub(super) fn multiply<F: Number>(to: &mut [F], stride: usize, w: View<F>, transposed: bool, x: View<F>) {
    let left = if transposed { w.mat().transpose() } else { w.mat() };
    // not `from_row_major_slice_with_stride_mut`, which exchanges its strides in faer 0.24
    let to = MatMut::from_column_major_slice_with_stride_mut(to, x.cols, left.nrows(), stride).transpose_mut();
    matmul(to, Accum::Replace, left, x.mat(), <F as Number>::ONE, Par::Seq);
}

/// `to += z xᵀ` for a dense `to`.
pub(super) fn accumulate<F: Number>(to: &mut [F], z: View<F>, x: View<F>) {
    let to = MatMut::from_row_major_slice_mut(to, z.rows, x.rows);
    matmul(to, Accum::Add, z.mat(), x.mat().transpose(), <F as Number>::ONE, Par::Seq);
}

/// Rows that are computed together.
const ROWS: usize = 4;

/// A product whose terms are added in the order of the inner index: the bits of a lane do not depend
/// on how many lanes there are.
pub(super) struct Ordered<'a, F, const W: usize> {
    pub w: &'a [F],
    pub row: usize,
    pub col: usize,
    pub rows: usize,
    pub inner: usize,
    /// Chunks of the argument, `chunks` a row, `x_stride` apart.
    pub x: &'a [Cell<[F; W]>],
    pub x_stride: usize,
    pub to: &'a [Cell<[F; W]>],
    pub to_stride: usize,
    pub chunks: usize,
}

impl<F: Number, const W: usize> Vectorized for Ordered<'_, F, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut i = 0;
        while i < self.rows {
            // the last rows again rather than a remainder: the same values are written twice
            let first = if i + ROWS <= self.rows { i } else { self.rows.saturating_sub(ROWS) };
            let rows = ROWS.min(self.rows);
            for k in 0..self.chunks {
                let mut sum = [[F::ZERO; W]; ROWS];
                for j in 0..self.inner {
                    let x = self.x[j * self.x_stride + k].get();
                    for r in 0..ROWS {
                        let w = self.w[(first + r.min(rows - 1)) * self.row + j * self.col];
                        for lane in 0..W {
                            sum[r][lane] = w.fused(x[lane], sum[r][lane]);
                        }
                    }
                }
                for (r, sum) in sum.into_iter().enumerate().take(rows) {
                    self.to[(first + r) * self.to_stride + k].set(sum);
                }
            }
            i = first + ROWS;
        }
    }
}

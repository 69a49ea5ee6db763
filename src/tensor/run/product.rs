//! Products of shared matrices and lanes.

use super::number::Number;
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

//! LDLᵀ without exchanges, for positive definite matrices of any size.

use super::PIVOT_FRACTION;
use crate::lanes::{Blocks, Level, Vectorized, dispatch};

/// Rows that are updated together; columns are padded to a multiple.
const WIDTH: usize = 8;
/// Chunks of [`WIDTH`] rows that stay in registers.
const STRIP: usize = 4;

/// The factors `L` (unit lower triangular) and `D⁻¹`.
#[derive(Clone, Debug)]
pub struct Definite {
    n: usize,
    /// Column-major, columns padded to `stride`.
    l: Blocks<WIDTH>,
    stride: usize,
    inverse_pivots: Vec<f64>,
    pivots: Vec<f64>,
    row: Vec<f64>,
    padded: Blocks<WIDTH>,
}

impl Definite {
    /// Room for matrices of `n` rows.
    pub fn new(n: usize) -> Self {
        let stride = n.next_multiple_of(WIDTH);
        Definite {
            n,
            l: Blocks::new(stride / WIDTH * n),
            stride,
            inverse_pivots: vec![0.0; n],
            pivots: vec![0.0; n],
            row: vec![0.0; n],
            padded: Blocks::new(stride / WIDTH),
        }
    }

    /// Factors the lower triangle `matrix[row + n*column]`; false where a pivot is too small.
    pub fn factor(&mut self, level: Level, matrix: &[f64]) -> bool {
        dispatch(level, Factor { to: self, matrix })
    }

    /// Replaces `x` by the solution.
    pub fn solve(&mut self, level: Level, x: &mut [f64]) {
        dispatch(level, Solve { with: self, x });
    }
}

struct Factor<'a> {
    to: &'a mut Definite,
    matrix: &'a [f64],
}

impl Vectorized for Factor<'_> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        let Factor { to, matrix } = self;
        let (n, stride) = (to.n, to.stride);
        let (all_l, padded) = (to.l.as_flattened_mut(), to.padded.as_flattened_mut());
        for j in 0..n {
            for k in 0..j {
                to.row[k] = all_l[j + stride * k] * to.pivots[k];
            }
            padded[..n].copy_from_slice(&matrix[n * j..n * j + n]);
            let mut first = j / WIDTH * WIDTH;
            while first < stride {
                let left = (stride - first) / WIDTH;
                let strip = &mut padded[first..];
                let (l, row) = (&all_l[first..], &to.row[..j]);
                match left {
                    1 => subtract::<1>(strip, l, stride, row),
                    2 => subtract::<2>(strip, l, stride, row),
                    3 => subtract::<3>(strip, l, stride, row),
                    _ => subtract::<STRIP>(strip, l, stride, row),
                }
                first += STRIP * WIDTH;
            }
            let pivot = padded[j];
            if !(pivot > PIVOT_FRACTION * matrix[j + n * j] && pivot < f64::INFINITY) {
                return false;
            }
            let inverse = 1.0 / pivot;
            to.pivots[j] = pivot;
            to.inverse_pivots[j] = inverse;
            let first = j / WIDTH * WIDTH;
            let column = &mut all_l[stride * j + first..stride * (j + 1)];
            for (l, a) in column.iter_mut().zip(&padded[first..stride]) {
                *l = a * inverse;
            }
        }
        true
    }
}

/// `strip −= Σ_k L[strip, k] row[k]` for `C` chunks: even and odd `k` are added up apart, which
/// halves the chain of additions that wait for each other.
#[inline(always)]
fn subtract<const C: usize>(strip: &mut [f64], l: &[f64], stride: usize, row: &[f64]) {
    let (mut even, mut odd) = ([[0.0; WIDTH]; C], [[0.0; WIDTH]; C]);
    let mut columns = l.chunks(stride);
    let mut pairs = row.chunks_exact(2);
    for pair in &mut pairs {
        for (sum, w) in [(&mut even, pair[0]), (&mut odd, pair[1])] {
            let column = &columns.next().expect("invariant: a column for each entry of the row")[..C * WIDTH];
            for (c, chunk) in sum.iter_mut().enumerate() {
                for lane in 0..WIDTH {
                    chunk[lane] += column[c * WIDTH + lane] * w;
                }
            }
        }
    }
    if let ([w], Some(column)) = (pairs.remainder(), columns.next()) {
        for (c, chunk) in even.iter_mut().enumerate() {
            for lane in 0..WIDTH {
                chunk[lane] += column[c * WIDTH + lane] * w;
            }
        }
    }
    for c in 0..C {
        for lane in 0..WIDTH {
            strip[c * WIDTH + lane] -= even[c][lane] + odd[c][lane];
        }
    }
}

struct Solve<'a> {
    with: &'a mut Definite,
    x: &'a mut [f64],
}

impl Vectorized for Solve<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Solve { with, x } = self;
        let (n, stride) = (with.n, with.stride);
        let (all_l, padded) = (with.l.as_flattened(), with.padded.as_flattened_mut());
        padded[..n].copy_from_slice(&x[..n]);
        padded[n..].fill(0.0);
        for k in 0..n {
            let value = padded[k];
            let edge = (k + 1).next_multiple_of(WIDTH).min(stride);
            for i in k + 1..edge {
                padded[i] -= all_l[stride * k + i] * value;
            }
            let column = &all_l[stride * k + edge..stride * (k + 1)];
            for (y, l) in padded[edge..].iter_mut().zip(column) {
                *y -= l * value;
            }
        }
        for k in 0..n {
            padded[k] *= with.inverse_pivots[k];
        }
        for k in (0..n).rev() {
            let mut sum = padded[k];
            let edge = (k + 1).next_multiple_of(WIDTH);
            for i in k + 1..edge.min(n) {
                sum -= all_l[stride * k + i] * padded[i];
            }
            if edge < stride {
                let mut stripes = [0.0; WIDTH];
                let column = all_l[stride * k + edge..stride * (k + 1)].as_chunks::<WIDTH>().0;
                for (y, l) in padded[edge..].as_chunks::<WIDTH>().0.iter().zip(column) {
                    for lane in 0..WIDTH {
                        stripes[lane] += l[lane] * y[lane];
                    }
                }
                sum -= crate::real::sum::combine(stripes);
            }
            padded[k] = sum;
        }
        x[..n].copy_from_slice(&padded[..n]);
    }
}

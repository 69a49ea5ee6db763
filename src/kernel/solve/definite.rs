//! LDLᵀ without exchanges, for positive definite matrices of any size.

use super::PIVOT_FRACTION;
use crate::lanes::{Blocks, Level, Vectorized, dispatch};

/// Rows of a chunk: they are updated together, and columns are padded to a multiple.
const WIDTH: usize = 8;
/// Columns that are subtracted together.
const GROUP: usize = 4;

/// The factors `L` (unit lower triangular) and `D⁻¹`.
#[derive(Clone, Debug)]
pub struct Definite {
    n: usize,
    /// Chunks of a column.
    height: usize,
    /// `L` without its diagonal, column by column, zero above.
    l: Blocks<WIDTH>,
    /// `L D`, whose rows multiply the columns of `L`.
    scaled: Blocks<WIDTH>,
    inverse_pivots: Vec<f64>,
    padded: Blocks<WIDTH>,
}

impl Definite {
    /// Room for matrices of `n` rows.
    pub fn new(n: usize) -> Self {
        let height = n.div_ceil(WIDTH);
        Definite {
            n,
            height,
            l: Blocks::new(height * n.next_multiple_of(GROUP)),
            scaled: Blocks::new(height * n),
            inverse_pivots: vec![0.0; n],
            padded: Blocks::new(height),
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
        let (n, height) = (to.n, to.height);
        let (l, scaled, padded) = (&mut *to.l, &mut *to.scaled, &mut *to.padded);
        for j in 0..n {
            let first = j / WIDTH;
            let (above, column) = (first * WIDTH, &matrix[n * j..n * j + n]);
            padded.as_flattened_mut()[above..n].copy_from_slice(&column[above..]);
            padded.as_flattened_mut()[n..].fill(0.0);
            if j % GROUP == 0 {
                // The columns of the last matrix must not count in the group that this one opens.
                l[height * j..height * (j + GROUP)].fill([0.0; WIDTH]);
            }
            for group in 0..j.div_ceil(GROUP) {
                let mut weights = [0.0; GROUP];
                for (weight, k) in weights.iter_mut().zip(GROUP * group..j) {
                    *weight = scaled[height * k + first][j % WIDTH];
                }
                subtract(&mut padded[..height], first, &l[GROUP * group * height..], weights);
            }
            let pivot = padded[first][j % WIDTH];
            if !(pivot > PIVOT_FRACTION * column[j] && pivot < f64::INFINITY) {
                return false;
            }
            let inverse = 1.0 / pivot;
            to.inverse_pivots[j] = inverse;
            for lane in 0..=j % WIDTH {
                padded[first][lane] = 0.0;
            }
            let column = height * j + first..height * (j + 1);
            scaled[column.clone()].copy_from_slice(&padded[first..]);
            for (l, a) in l[column].iter_mut().zip(&padded[first..]) {
                for lane in 0..WIDTH {
                    l[lane] = a[lane] * inverse;
                }
            }
        }
        true
    }
}

/// `column −= Σ_k L[:, k] w_k` for one group of columns, from chunk `first` on.
#[inline(always)]
fn subtract(column: &mut [[f64; WIDTH]], first: usize, l: &[[f64; WIDTH]], w: [f64; GROUP]) {
    let height = column.len();
    let (l0, rest) = l.split_at(height);
    let (l1, rest) = rest.split_at(height);
    let (l2, rest) = rest.split_at(height);
    let l3 = &rest[..height];
    for c in first..height {
        let (a, b, d, e) = (l0[c], l1[c], l2[c], l3[c]);
        let mut sum = column[c];
        for lane in 0..WIDTH {
            sum[lane] -= (a[lane] * w[0] + b[lane] * w[1]) + (d[lane] * w[2] + e[lane] * w[3]);
        }
        column[c] = sum;
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
        let (n, height) = (with.n, with.height);
        let (l, y) = (&*with.l, &mut *with.padded);
        y.as_flattened_mut()[..n].copy_from_slice(&x[..n]);
        y.as_flattened_mut()[n..].fill(0.0);
        for (k, column) in l.chunks_exact(height).take(n).enumerate() {
            let first = k / WIDTH;
            let value = y[first][k % WIDTH];
            for (y, l) in y[first..].iter_mut().zip(&column[first..]) {
                for lane in 0..WIDTH {
                    y[lane] -= l[lane] * value;
                }
            }
        }
        for (y, inverse) in y.as_flattened_mut().iter_mut().zip(&with.inverse_pivots) {
            *y *= inverse;
        }
        for (k, column) in l.chunks_exact(height).take(n).enumerate().rev() {
            let first = k / WIDTH;
            let mut stripes = [0.0; WIDTH];
            for (y, l) in y[first..].iter().zip(&column[first..]) {
                for lane in 0..WIDTH {
                    stripes[lane] += l[lane] * y[lane];
                }
            }
            y[first][k % WIDTH] -= crate::real::sum::combine(stripes);
        }
        x[..n].copy_from_slice(&y.as_flattened()[..n]);
    }
}

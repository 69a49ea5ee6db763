//! `P A = L U` with partial pivoting on the equilibrated matrix, for `A u' = f` without symmetry.

use super::{Singular, condition, inverse_power_of_two, judge};

/// The factors of a general matrix.
#[derive(Clone, Debug)]
pub struct General {
    n: usize,
    a: Vec<f64>,
    row_scale: Vec<f64>,
    column_scale: Vec<f64>,
    exchange: Vec<usize>,
    work: Vec<f64>,
}

impl General {
    /// Room for matrices of `n` rows.
    pub fn new(n: usize) -> Self {
        General {
            n,
            a: vec![0.0; n * n],
            row_scale: vec![1.0; n],
            column_scale: vec![1.0; n],
            exchange: vec![0; n],
            work: vec![0.0; 3 * n],
        }
    }

    /// Number of rows.
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Factors `matrix[row + n*column]`.
    pub fn factor(&mut self, matrix: &[f64]) -> Result<(), Singular> {
        let n = self.n;
        if let Some(at) = matrix[..n * n].iter().position(|x| !x.is_finite()) {
            return Err(Singular { rcond: f64::NAN, component: at / n.max(1) });
        }
        self.a.copy_from_slice(&matrix[..n * n]);
        self.equilibrate();
        let norm = (0..n).map(|j| (0..n).map(|i| self.a[i + n * j].abs()).sum::<f64>()).fold(0.0, f64::max);
        for k in 0..n {
            let mut pivot = k;
            for i in k + 1..n {
                if self.a[i + n * k].abs() > self.a[pivot + n * k].abs() {
                    pivot = i;
                }
            }
            self.exchange[k] = pivot;
            if self.a[pivot + n * k] == 0.0 {
                return Err(Singular { rcond: 0.0, component: k });
            }
            if pivot != k {
                for j in 0..n {
                    self.a.swap(k + n * j, pivot + n * j);
                }
            }
            let inverse = 1.0 / self.a[k + n * k];
            for i in k + 1..n {
                self.a[i + n * k] *= inverse;
            }
            for j in k + 1..n {
                let w = self.a[k + n * j];
                for i in k + 1..n {
                    self.a[i + n * j] -= self.a[i + n * k] * w;
                }
            }
        }
        let mut work = std::mem::take(&mut self.work);
        let (inverse, component) = condition::inverse_norm(
            n,
            &mut work,
            |x| self.solve_scaled(x),
            Some(&|x: &mut [f64]| self.solve_transposed(x)),
        );
        self.work = work;
        judge(1.0 / (norm * inverse), component)
    }

    /// Replaces `x` by the solution.
    pub fn solve(&self, x: &mut [f64]) {
        for (x, s) in x.iter_mut().zip(&self.row_scale) {
            *x *= s;
        }
        self.solve_scaled(x);
        for (x, s) in x.iter_mut().zip(&self.column_scale) {
            *x *= s;
        }
    }

    /// Two rounds of dividing every row, then every column, by its largest entry.
    fn equilibrate(&mut self) {
        let n = self.n;
        self.row_scale.fill(1.0);
        self.column_scale.fill(1.0);
        for _ in 0..2 {
            for i in 0..n {
                let factor = inverse_power_of_two((0..n).map(|j| self.a[i + n * j].abs()).fold(0.0, f64::max));
                (0..n).for_each(|j| self.a[i + n * j] *= factor);
                self.row_scale[i] *= factor;
            }
            for j in 0..n {
                let factor = inverse_power_of_two((0..n).map(|i| self.a[i + n * j].abs()).fold(0.0, f64::max));
                (0..n).for_each(|i| self.a[i + n * j] *= factor);
                self.column_scale[j] *= factor;
            }
        }
    }

    fn solve_scaled(&self, x: &mut [f64]) {
        let n = self.n;
        for k in 0..n {
            x.swap(k, self.exchange[k]);
        }
        for k in 0..n {
            let value = x[k];
            for i in k + 1..n {
                x[i] -= self.a[i + n * k] * value;
            }
        }
        for k in (0..n).rev() {
            x[k] /= self.a[k + n * k];
            let value = x[k];
            for i in 0..k {
                x[i] -= self.a[i + n * k] * value;
            }
        }
    }

    fn solve_transposed(&self, x: &mut [f64]) {
        let n = self.n;
        for k in 0..n {
            let mut sum = x[k];
            for i in 0..k {
                sum -= self.a[i + n * k] * x[i];
            }
            x[k] = sum / self.a[k + n * k];
        }
        for k in (0..n).rev() {
            let mut sum = x[k];
            for i in k + 1..n {
                sum -= self.a[i + n * k] * x[i];
            }
            x[k] = sum;
        }
        for k in (0..n).rev() {
            x.swap(k, self.exchange[k]);
        }
    }
}

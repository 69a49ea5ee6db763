//! LDLᵀ with 1 × 1 and 2 × 2 pivots after Bunch and Kaufman, on the equilibrated matrix.

use super::{Singular, condition, inverse_power_of_two, judge};

/// `(1 + √17)/8`, which bounds the growth of either kind of pivot alike.
const ALPHA: f64 = 0.640_388_203_202_207_6;
/// Rounds of equilibration after the diagonal.
const ROUNDS: usize = 4;

/// The factors of `P S M S Pᵀ = L D Lᵀ`.
#[derive(Clone, Debug)]
pub struct Indefinite {
    n: usize,
    /// Column-major lower triangle: L below the blocks of D.
    a: Vec<f64>,
    /// The powers of two by which rows and columns were multiplied.
    scale: Vec<f64>,
    /// Row exchanged with at each step.
    exchange: Vec<usize>,
    /// Whether a 2 × 2 pivot starts here.
    double: Vec<bool>,
    work: Vec<f64>,
}

impl Indefinite {
    /// Room for matrices of `n` rows.
    pub fn new(n: usize) -> Self {
        Indefinite {
            n,
            a: vec![0.0; n * n],
            scale: vec![1.0; n],
            exchange: vec![0; n],
            double: vec![false; n],
            work: vec![0.0; 3 * n],
        }
    }

    /// Number of rows.
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Factors the lower triangle `matrix[row + n*column]`.
    pub fn factor(&mut self, matrix: &[f64]) -> Result<(), Singular> {
        let n = self.n;
        for j in 0..n {
            for i in j..n {
                let entry = matrix[i + n * j];
                if !entry.is_finite() {
                    return Err(Singular { rcond: f64::NAN, component: i });
                }
                self.a[i + n * j] = entry;
            }
        }
        self.equilibrate();
        let norm = self.norm();
        if let Some(step) = self.eliminate() {
            return Err(Singular { rcond: 0.0, component: self.original(step) });
        }
        let mut work = std::mem::take(&mut self.work);
        let (inverse, component) = condition::inverse_norm(n, &mut work, |x| self.solve_scaled(x), None);
        self.work = work;
        judge(1.0 / (norm * inverse), component)
    }

    /// Replaces `x` by the solution.
    pub fn solve(&self, x: &mut [f64]) {
        for (x, s) in x.iter_mut().zip(&self.scale) {
            *x *= s;
        }
        self.solve_scaled(x);
        for (x, s) in x.iter_mut().zip(&self.scale) {
            *x *= s;
        }
    }

    /// Largest magnitude in row `i` of the symmetric matrix.
    fn row_maximum(&self, i: usize) -> f64 {
        let n = self.n;
        let left = (0..i).map(|j| self.a[i + n * j].abs());
        let right = (i..n).map(|j| self.a[j + n * i].abs());
        left.chain(right).fold(0.0, f64::max)
    }

    /// Multiplies rows and columns by powers of two until the largest entry of each row is near 1:
    /// first by the diagonal (by the row where that is zero), then by rows.
    fn equilibrate(&mut self) {
        let n = self.n;
        self.scale.fill(1.0);
        for round in 0..=ROUNDS {
            let mut factors = std::mem::take(&mut self.work);
            for i in 0..n {
                let diagonal = self.a[i + n * i].abs();
                let size = if round == 0 && diagonal > 0.0 { diagonal } else { self.row_maximum(i) };
                factors[i] = inverse_power_of_two(size.sqrt());
            }
            for j in 0..n {
                for i in j..n {
                    self.a[i + n * j] *= factors[i] * factors[j];
                }
                self.scale[j] *= factors[j];
            }
            let done = factors[..n].iter().all(|f| *f == 1.0);
            self.work = factors;
            if done && round > 0 {
                break;
            }
        }
    }

    /// Largest column sum of the symmetric matrix.
    fn norm(&self) -> f64 {
        let n = self.n;
        (0..n)
            .map(|i| {
                (0..i).map(|j| self.a[i + n * j].abs()).sum::<f64>()
                    + (i..n).map(|j| self.a[j + n * i].abs()).sum::<f64>()
            })
            .fold(0.0, f64::max)
    }

    /// Exchanges the rows and columns `k` and `p > k` of the trailing matrix.
    fn exchange_rows(&mut self, k: usize, p: usize) {
        let n = self.n;
        for i in p + 1..n {
            self.a.swap(i + n * k, i + n * p);
        }
        for i in k + 1..p {
            self.a.swap(i + n * k, p + n * i);
        }
        self.a.swap(k + n * k, p + n * p);
    }

    /// The elimination; the step whose pivot is exactly zero, if there is one.
    fn eliminate(&mut self) -> Option<usize> {
        let n = self.n;
        let mut k = 0;
        while k < n {
            let diagonal = self.a[k + n * k].abs();
            let (mut below, mut largest) = (k, 0.0);
            for i in k + 1..n {
                let size = self.a[i + n * k].abs();
                if size > largest {
                    (below, largest) = (i, size);
                }
            }
            if diagonal == 0.0 && largest == 0.0 {
                self.exchange[k] = k;
                self.double[k] = false;
                return Some(k);
            }
            let (mut pivot, mut double) = (k, false);
            if diagonal < ALPHA * largest {
                let left = (k..below).map(|j| self.a[below + n * j].abs());
                let right = (below + 1..n).map(|i| self.a[i + n * below].abs());
                let across = left.chain(right).fold(0.0, f64::max);
                if diagonal >= ALPHA * largest * (largest / across) {
                    pivot = k;
                } else if self.a[below + n * below].abs() >= ALPHA * across {
                    pivot = below;
                } else {
                    (pivot, double) = (below, true);
                }
            }
            let last = if double { k + 1 } else { k };
            self.double[k] = double;
            self.exchange[k] = pivot;
            if pivot != last {
                self.exchange_rows(last, pivot);
                if double {
                    self.a.swap(k + 1 + n * k, pivot + n * k);
                }
            }
            if double {
                self.exchange[k + 1] = pivot;
                self.double[k + 1] = false;
                self.update_double(k);
                k += 2;
            } else {
                self.update_single(k);
                k += 1;
            }
        }
        None
    }

    fn update_single(&mut self, k: usize) {
        let n = self.n;
        let inverse = 1.0 / self.a[k + n * k];
        for j in k + 1..n {
            let w = self.a[j + n * k] * inverse;
            for i in j..n {
                self.a[i + n * j] -= self.a[i + n * k] * w;
            }
        }
        for i in k + 1..n {
            self.a[i + n * k] *= inverse;
        }
    }

    fn update_double(&mut self, k: usize) {
        let n = self.n;
        let off = self.a[k + 1 + n * k];
        let d11 = self.a[k + 1 + n * (k + 1)] / off;
        let d22 = self.a[k + n * k] / off;
        let factor = 1.0 / (d11 * d22 - 1.0) / off;
        for j in k + 2..n {
            let (first, second) = (self.a[j + n * k], self.a[j + n * (k + 1)]);
            let w0 = factor * (d11 * first - second);
            let w1 = factor * (d22 * second - first);
            for i in j..n {
                self.a[i + n * j] -= self.a[i + n * k] * w0 + self.a[i + n * (k + 1)] * w1;
            }
            self.a[j + n * k] = w0;
            self.a[j + n * (k + 1)] = w1;
        }
    }

    /// The unknown that stands at position `step` after the exchanges before it.
    fn original(&self, step: usize) -> usize {
        let mut order: Vec<usize> = (0..self.n).collect();
        let mut k = 0;
        while k < step {
            let last = if self.double[k] { k + 1 } else { k };
            order.swap(last, self.exchange[k]);
            k = last + 1;
        }
        order[step]
    }

    /// Solves with the equilibrated matrix.
    fn solve_scaled(&self, x: &mut [f64]) {
        let n = self.n;
        let mut k = 0;
        while k < n {
            if self.double[k] {
                x.swap(k + 1, self.exchange[k]);
                let (first, second) = (x[k], x[k + 1]);
                for i in k + 2..n {
                    x[i] -= self.a[i + n * k] * first + self.a[i + n * (k + 1)] * second;
                }
                let off = self.a[k + 1 + n * k];
                let d0 = self.a[k + n * k] / off;
                let d1 = self.a[k + 1 + n * (k + 1)] / off;
                let determinant = d0 * d1 - 1.0;
                let (first, second) = (first / off, second / off);
                x[k] = (d1 * first - second) / determinant;
                x[k + 1] = (d0 * second - first) / determinant;
                k += 2;
            } else {
                x.swap(k, self.exchange[k]);
                let value = x[k];
                for i in k + 1..n {
                    x[i] -= self.a[i + n * k] * value;
                }
                x[k] = value / self.a[k + n * k];
                k += 1;
            }
        }
        let mut k = n;
        while k > 0 {
            let is_double = k >= 2 && self.double[k - 2];
            let start = if is_double { k - 2 } else { k - 1 };
            for row in start..k {
                let mut sum = x[row];
                for i in k..n {
                    sum -= self.a[i + n * row] * x[i];
                }
                x[row] = sum;
            }
            x.swap(k - 1, self.exchange[start]);
            k = start;
        }
    }
}

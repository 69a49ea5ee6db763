//! The flow of large linear equations with constant coefficients, from one Krylov space.
//!
//! ```text
//! M y' = J y + M b,   S = (M − γ J)⁻¹ M,   S V = V T + h v eᵀ        (shift and invert)
//! y(t) ≈ β V exp(t Ã) e₁,                  Ã = (1 − T⁻¹)/γ
//! ```
//!
//! Where `M` is symmetric positive definite and `J` symmetric, `S` is self-adjoint in the product
//! `xᵀ M y`, and the space grows by the three terms of Lanczos. One pole on the real axis, so one real
//! factorisation serves the whole span. A diagonal `M` makes this the symmetrised operator
//! `M^-½ J M^-½` in other letters.
//!
//! Two bounds of the error hold, and the smaller one counts. Whatever the start, Lanczos is within twice the best
//! approximation of `x ↦ exp(τ(1 − 1/x))`, `τ = t/γ`, by polynomials on the spectrum of `S`: the tail of its
//! Chebyshev series on `[0, max θ]`, known before anything is solved (34 vectors give 1e-13 for `τ` from 16 to 30).
//! For a smooth start the remainder is smaller. What the approximation leaves of the equation is `r(s) = β h/γ φ(s) (1 − γ M⁻¹J) v` with
//! `φ(s) = e_mᵀ T⁻¹ exp(s Ã) e₁`; with `‖exp(τ M⁻¹J)‖ ≤ e^{ωτ}` and `‖τ M⁻¹J exp(τ M⁻¹J)‖ ≤ 1/e` its effect
//! on the solution is bounded in the norm of `M`, and the space grows until the bound is below the tolerance at
//! every instant that is asked for. The relation does not need orthogonal vectors, so rounding that
//! makes them lose it costs iterations, never accuracy.
//!
//! Sources: J. van den Eshof, M. Hochbruck, *Preconditioning Lanczos approximations to the matrix
//! exponential*, SIAM J. Sci. Comput. 27 (2006) 1438–1457; M. A. Botchev, V. Grimm, M. Hochbruck,
//! *Residual, restarting, and Richardson iteration for the matrix exponential*, SIAM J. Sci. Comput. 35
//! (2013) A1376–A1397.

use crate::kernel::sparse::{Orderings, SparseFactor, SparseMatrix};
use crate::limits;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use nalgebra::{DMatrix, SymmetricEigen};
use std::sync::Arc;

/// Error that is aimed at, relative to the largest norm on the way.
pub const TOLERANCE: f64 = 1e-13;
/// Error above which a result is refused.
pub const REFUSED: f64 = 1e-12;
/// `t/γ` of the last instant, where one instant is asked for: fewest vectors.
const ONE_POLE: f64 = 24.0;
/// The same for many instants.
const MANY_POLES: f64 = 40.0;
/// Ratio of the last to the first instant of a first window: what is rough has died behind it.
const FIRST_WINDOW: f64 = 20.0;
/// Chebyshev nodes of the bound from the best approximation.
const NODES: usize = 256;
/// Vectors of one space.
const VECTORS: usize = 120;

/// `M y' = J y + M b`
#[derive(Clone, Debug)]
pub struct Linear {
    /// `M`
    pub mass: SparseMatrix,
    /// `J`
    pub jacobian: SparseMatrix,
    /// `b`, the rates at the state zero.
    pub constant: Vec<f64>,
}

/// What is evaluated on the space.
#[derive(Clone, Copy, PartialEq)]
enum Function {
    /// `exp(t A)`
    Exponential,
    /// `t φ₁(t A) = ∫ exp(s A) ds`
    Integral,
}

impl Function {
    fn at(self, t: f64, mu: f64) -> f64 {
        match self {
            Function::Exponential => libm::exp(t * mu),
            Function::Integral if mu == 0.0 => t,
            Function::Integral if mu == f64::NEG_INFINITY => 0.0,
            Function::Integral => libm::expm1(t * mu) / mu,
        }
    }
}

/// A space of shift-and-invert Lanczos.
struct Space {
    n: usize,
    gamma: f64,
    /// Norm of the first vector.
    beta: f64,
    /// Vectors, one after the other.
    vectors: Vec<f64>,
    diagonal: Vec<f64>,
    /// Coupling to the next vector.
    beside: Vec<f64>,
    eigenvalues: Vec<f64>,
    /// First and last components of the eigenvectors, and all of them.
    first: Vec<f64>,
    last: Vec<f64>,
    eigenvectors: DMatrix<f64>,
    /// Upper end of the spectrum of `S`.
    top: f64,
    /// Tails of the series by the number of vectors, for instants seen.
    tails: Vec<(f64, Vec<f64>)>,
}

/// Multiplies and solves, with what it needs.
struct Operator<'l> {
    linear: &'l Linear,
    diagonal: Option<&'l [f64]>,
    factor: &'l SparseFactor,
    gamma: f64,
}

impl Operator<'_> {
    fn mass(&self, x: &[f64], out: &mut [f64]) {
        match self.diagonal {
            Some(d) => out.iter_mut().zip(d).zip(x).for_each(|((o, d), x)| *o = d * x),
            None => self.linear.mass.multiply(x, out),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums side by side, in one order.
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

impl Space {
    /// Grows a space from `start` until `done` finds the bound small enough, or the room ends; whether it did.
    fn grow(
        operator: &Operator<'_>,
        start: &[f64],
        function: Function,
        times: &[f64],
        tolerance: f64,
        most: usize,
    ) -> (Space, bool) {
        let n = start.len();
        let mut p = vec![0.0; n];
        operator.mass(start, &mut p);
        let beta = dot(start, &p).max(0.0).sqrt();
        let mut space = Space {
            n,
            gamma: operator.gamma,
            beta,
            vectors: start.to_vec(),
            diagonal: Vec::new(),
            beside: Vec::new(),
            eigenvalues: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
            eigenvectors: DMatrix::zeros(0, 0),
            top: 1.0,
            tails: Vec::new(),
        };
        if beta == 0.0 {
            return (space, true);
        }
        space.vectors.iter_mut().for_each(|v| *v /= beta);
        p.iter_mut().for_each(|v| *v /= beta);
        let mut w = vec![0.0; n];
        for m in 1..=most {
            w.copy_from_slice(&p);
            operator.factor.solve(&mut w);
            let alpha = dot(&w, &p);
            let v = &space.vectors[(m - 1) * n..m * n];
            if m > 1 {
                let (h, before) = (space.beside[m - 2], &space.vectors[(m - 2) * n..(m - 1) * n]);
                w.iter_mut().zip(v).zip(before).for_each(|((w, v), b)| *w -= alpha * v + h * b);
            } else {
                w.iter_mut().zip(v).for_each(|(w, v)| *w -= alpha * v);
            }
            operator.mass(&w, &mut p);
            let h = dot(&w, &p).max(0.0).sqrt();
            space.diagonal.push(alpha);
            space.beside.push(h);
            let exhausted = !(h > 1e-15 * alpha.abs());
            if exhausted || m % 3 == 0 || m == most {
                space.decompose();
                if exhausted || space.worst(function, times) <= tolerance {
                    return (space, true);
                }
            }
            space.vectors.extend(w.iter().map(|x| x / h));
            p.iter_mut().for_each(|x| *x /= h);
        }
        (space, false)
    }

    fn decompose(&mut self) {
        let m = self.diagonal.len();
        let t = DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
            0 => self.diagonal[i],
            1 => self.beside[i.min(j)],
            _ => 0.0,
        });
        let eigen = SymmetricEigen::new(t);
        self.first = eigen.eigenvectors.row(0).iter().copied().collect();
        self.last = eigen.eigenvectors.row(m - 1).iter().copied().collect();
        self.eigenvalues = eigen.eigenvalues.iter().copied().collect();
        self.eigenvectors = eigen.eigenvectors;
    }

    /// Eigenvalue of the generator for one of the inverse: below rounding it is a mode that has died at once.
    fn rate(&self, theta: f64) -> f64 {
        if theta <= 1e-14 { f64::NEG_INFINITY } else { (1.0 - 1.0 / theta) / self.gamma }
    }

    /// `φ(s)`
    fn remainder(&self, function: Function, s: f64) -> f64 {
        let mut sum = 0.0;
        for (k, theta) in self.eigenvalues.iter().enumerate() {
            if *theta > 1e-14 {
                sum += self.first[k] * self.last[k] / theta * function.at(s, self.rate(*theta));
            }
        }
        sum
    }

    /// The bound of the error, in the norm of the mass, over the instants.
    fn worst(&mut self, function: Function, times: &[f64]) -> f64 {
        // The bounds fall and rise smoothly with time: a few instants stand for those between them.
        let every = times.len().div_ceil(8).max(1);
        let mut worst = 0.0f64;
        for (k, t) in times.iter().enumerate() {
            if k % every == 0 || k + 1 == times.len() {
                worst = worst.max(self.bound(function, *t).min(self.tail(function, *t)));
            }
        }
        worst
    }

    /// Twice the tail of the Chebyshev series, times the norm of the start.
    fn tail(&mut self, function: Function, t: f64) -> f64 {
        let m = self.diagonal.len();
        let top = self.eigenvalues.iter().fold(1.0, |m: f64, theta| m.max(*theta));
        if m >= NODES / 2 {
            return f64::INFINITY;
        }
        if top > self.top {
            // A growing mode: the interval is a little longer than what has been seen of it.
            self.top = 1.0 + 1.1 * (top - 1.0) + 1e-9;
            self.tails.clear();
        }
        if let Some((_, tails)) = self.tails.iter().find(|(known, _)| *known == t) {
            return 2.0 * self.beta * tails[m];
        }
        let step = std::f64::consts::PI / (2 * NODES) as f64;
        let cosines: Vec<f64> = (0..4 * NODES).map(|i| libm::cos(i as f64 * step)).collect();
        let value = |i: usize| function.at(t, self.rate(0.5 * self.top * (1.0 + cosines[2 * i + 1])));
        let values: Vec<f64> = (0..NODES).map(value).collect();
        let mut tails = vec![0.0; NODES / 2];
        let mut sum = 0.0;
        for k in (0..NODES / 2).rev() {
            let c: f64 = values.iter().enumerate().map(|(i, v)| v * cosines[k * (2 * i + 1) % (4 * NODES)]).sum();
            sum += (2.0 / NODES as f64 * c).abs();
            tails[k] = sum;
        }
        let found = 2.0 * self.beta * tails[m];
        self.tails.push((t, tails));
        found
    }

    fn bound(&self, function: Function, t: f64) -> f64 {
        let h = self.beside.last().copied().unwrap_or(0.0);
        let omega = self.eigenvalues.iter().map(|x| self.rate(*x)).fold(0.0, f64::max);
        let scale = self.beta * h / self.gamma * libm::exp(omega * t);
        // Early half: the flow has smoothed what remained there.
        const EARLY: usize = 14;
        let mut early = 0.0;
        let (mut before, mut value_before) = (0.0, self.remainder(function, 0.0).abs());
        for k in 0..EARLY {
            let s = 0.5 * t * libm::exp2(k as f64 - (EARLY - 1) as f64);
            let value = self.remainder(function, s).abs();
            // Over the first piece the value at its end stands for all: what is faster has died within it.
            early += (s - before) * if k == 0 { value } else { value.max(value_before) };
            (before, value_before) = (s, value);
        }
        early *= 1.0 + self.gamma * 2.0 / (std::f64::consts::E * t);
        const LATE: usize = 6;
        let mut late = 0.0;
        let mut last = self.remainder(function, 0.5 * t);
        let mut variation = last.abs();
        for k in 1..=LATE {
            let value = self.remainder(function, 0.5 * t * (1.0 + k as f64 / LATE as f64));
            late += 0.5 * t / LATE as f64 * value.abs().max(last.abs());
            variation += (value - last).abs();
            last = value;
        }
        scale * (early + late + self.gamma * (variation + last.abs()))
    }

    /// Adds `function(t A) start` to the columns of `out`, one for each instant.
    fn add(&self, function: Function, times: &[f64], out: &mut [f64]) {
        let m = self.diagonal.len();
        if m == 0 || self.beta == 0.0 {
            return;
        }
        let mut coefficients = vec![0.0; m * times.len()];
        for (column, t) in coefficients.chunks_exact_mut(m).zip(times) {
            for (k, theta) in self.eigenvalues.iter().enumerate() {
                if *theta > 1e-14 {
                    let weight = self.beta * self.first[k] * function.at(*t, self.rate(*theta));
                    column.iter_mut().zip(self.eigenvectors.column(k).iter()).for_each(|(c, q)| *c += weight * q);
                }
            }
        }
        let v = MatRef::from_column_major_slice(&self.vectors[..m * self.n], self.n, m);
        let c = MatRef::from_column_major_slice(&coefficients, m, times.len());
        matmul(MatMut::from_column_major_slice_mut(out, self.n, times.len()), Accum::Add, v, c, 1.0, Par::Seq);
    }
}

/// Solves symmetric systems; keeps the ordering and the factor of its last pole.
#[derive(Debug)]
pub struct SymmetricFlow {
    linear: Arc<Linear>,
    orderings: Orderings,
    factor: Option<(f64, SparseFactor)>,
    /// Factorisations so far.
    pub factorisations: u64,
    /// Solves so far.
    pub solves: u64,
}

impl SymmetricFlow {
    /// For a symmetric positive definite `M` and a symmetric `J`.
    pub fn new(linear: Arc<Linear>) -> SymmetricFlow {
        SymmetricFlow { linear, orderings: Orderings::default(), factor: None, factorisations: 0, solves: 0 }
    }

    /// The states at the first of `times` (positive, rising, from the instant of `y`), one column of `out` each; how
    /// many of them. `first` says that `y` may be rough. `None` where not even one instant meets the tolerance.
    pub fn advance(&mut self, y: &[f64], times: &[f64], first: bool, out: &mut [f64]) -> Option<usize> {
        let within = |most: f64| times.iter().take_while(|t| **t <= most).count().max(1);
        let mut count = if first { within(FIRST_WINDOW * times.first()?) } else { times.len() };
        loop {
            if self.window(y, &times[..count], &mut out[..count * y.len()])?.is_some() {
                return Some(count);
            }
            if count == 1 {
                return None;
            }
            count = count.div_ceil(4);
        }
    }

    /// `None` where the shifted matrix is not definite, `Some(None)` where the tolerance is not met.
    fn window(&mut self, y: &[f64], times: &[f64], out: &mut [f64]) -> Option<Option<()>> {
        let n = y.len();
        let span = *times.last()?;
        let poles = if span < 3.0 * times.first()? { ONE_POLE } else { MANY_POLES };
        let kept =
            self.factor.as_ref().map(|f| f.0).filter(|g| *g <= span / (0.7 * poles) && *g >= span / (1.4 * poles));
        let gamma = kept.unwrap_or(span / poles);
        if kept.is_none() {
            let shifted = SparseMatrix::combination(1.0, &self.linear.mass, -gamma, &self.linear.jacobian);
            self.factor = Some((gamma, self.orderings.definite(&shifted)?));
            self.factorisations += 1;
        }
        let factor = self.factor.as_ref().map(|f| &f.1)?;
        let operator = Operator { linear: &self.linear, diagonal: self.linear.mass.as_diagonal(), factor, gamma };
        let most = VECTORS.min(limits::KRYLOV_BYTES / (8 * n.max(1))).max(40);
        // y = z + w with M z − γ J z = γ M b: what drives w is z/γ, as smooth as a solution.
        let mut w = y.to_vec();
        let mut z = vec![0.0; n];
        let driven = self.linear.constant.iter().any(|b| *b != 0.0);
        if driven {
            operator.mass(&self.linear.constant, &mut z);
            operator.factor.solve(&mut z);
            z.iter_mut().for_each(|z| *z *= gamma);
            w.iter_mut().zip(&z).for_each(|(w, z)| *w -= z);
        }
        let norm = |x: &[f64]| {
            let mut p = vec![0.0; n];
            operator.mass(x, &mut p);
            dot(x, &p).max(0.0).sqrt()
        };
        let scale = norm(y).max(norm(&z));
        let parts = [(Function::Exponential, w, 1.0), (Function::Integral, z.clone(), 1.0 / gamma)];
        for column in out.chunks_exact_mut(n) {
            column.copy_from_slice(&z);
        }
        let mut solves = 0;
        for (function, mut start, factor) in parts.into_iter().take(if driven { 2 } else { 1 }) {
            start.iter_mut().for_each(|x| *x *= factor);
            let (mut space, good) = Space::grow(&operator, &start, function, times, TOLERANCE * scale, most);
            solves += space.diagonal.len() as u64;
            if !good && space.worst(function, times) > REFUSED * scale {
                self.solves += solves;
                return Some(None);
            }
            space.add(function, times, out);
        }
        self.solves += solves;
        Some(Some(()))
    }
}

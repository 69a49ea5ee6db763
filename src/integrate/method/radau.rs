//! Radau IIA collocation of order 5, for stiff equations.
//!
//! Implicit with 3 stages, L-stable, adaptive; the error estimate has order 3 and the dense output
//! is the collocation polynomial (order 3). The stages are solved by simplified Newton iteration in
//! the eigenbasis of the inverse stage matrix: one real and one complex system of `n` equations
//!
//! ```text
//! (γ/h − J) w_1 = …        ((α + iβ)/h − J) (w_2 + i w_3) = …
//! ```
//!
//! whose factors are kept from step to step while the Jacobian and the step serve.
//!
//! Reference: E. Hairer, G. Wanner, *Solving Ordinary Differential Equations II*, 2nd ed. 1996,
//! IV.5 and IV.8.
#![allow(clippy::needless_range_loop, reason = "a formula runs over several stage vectors at one component")]

use super::{Method, MethodEntry, Needs};
use crate::integrate::adaptive::{Embedded, Trial};
use crate::integrate::controller::{ControlLaw, weighted_norm};
use crate::integrate::probe::Probe;
use crate::integrate::stage_matrices::{Shifts, StageMatrices};
use crate::kernel::{Failure, VectorField};
use crate::limits;
use nalgebra::Complex;
use std::ops::Range;

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::Radau5,
    name: "radau5",
    aliases: &["radau"],
    order: 5,
    embedded_order: Some(3),
    stages: 3,
    needs: Needs::Nothing,
    preserves: &[],
    reference: "Hairer, Wanner: Solving ODEs II (1996), IV.8",
    summary: "stiff equations: fast transients, strong damping, diffusion on fine grids",
};

const SQRT_6: f64 = 2.449_489_742_783_178;
const CBRT_3: f64 = 1.442_249_570_307_408_4;
const CBRT_9: f64 = 2.080_083_823_051_904;

/// Nodes.
pub const C: [f64; 3] = [(4.0 - SQRT_6) / 10.0, (4.0 + SQRT_6) / 10.0, 1.0];

/// Stage weights; the last row holds the weights of the step.
pub const A: [[f64; 3]; 3] = [
    [(88.0 - 7.0 * SQRT_6) / 360.0, (296.0 - 169.0 * SQRT_6) / 1800.0, (-2.0 + 3.0 * SQRT_6) / 225.0],
    [(296.0 + 169.0 * SQRT_6) / 1800.0, (88.0 + 7.0 * SQRT_6) / 360.0, (-2.0 - 3.0 * SQRT_6) / 225.0],
    [(16.0 - SQRT_6) / 36.0, (16.0 + SQRT_6) / 36.0, 1.0 / 9.0],
];

/// Real eigenvalue of `A⁻¹`: `3 + 9^⅓ - 3^⅓`.
const GAMMA: f64 = 3.0 + CBRT_9 - CBRT_3;
/// Real part of the complex pair: `3 + (3^⅓ - 9^⅓)/2`.
const ALPHA: f64 = 3.0 + 0.5 * (CBRT_3 - CBRT_9);
/// Imaginary part, negative: `-(3^⅚ + 3^{7/6})/2`.
const BETA: f64 = -3.050_430_199_247_410_5;

/// Eigenvectors of `A⁻¹` and their inverse (Hairer, Wanner 1996, IV.8).
const T: [[f64; 3]; 3] = [
    [0.094_438_762_488_975_24, -0.141_255_295_020_954_2, 0.030_029_194_105_147_42],
    [0.250_213_122_965_333_3, 0.204_129_352_293_799_93, -0.382_942_112_757_261_9],
    [1.0, 1.0, 0.0],
];
const T_INVERSE: [[f64; 3]; 3] = [
    [4.178_718_591_551_905, 0.327_682_820_761_062_4, 0.523_376_445_499_449_5],
    [-4.178_718_591_551_905, -0.327_682_820_761_062_4, 0.476_623_554_500_550_44],
    [0.502_872_634_945_786_8, -2.571_926_949_855_605, 0.596_039_204_828_224_9],
];

/// Combination of the stages that estimates the error, times `γ`.
const ERROR: [f64; 3] = [(-13.0 - 7.0 * SQRT_6) / 3.0, (-13.0 + 7.0 * SQRT_6) / 3.0, -1.0 / 3.0];

/// `z_i ↦` coefficients of `θ`, `θ²`, `θ³` of the collocation polynomial.
const POLYNOMIAL: [[f64; 3]; 3] = [
    [(13.0 + 7.0 * SQRT_6) / 3.0, (-23.0 - 22.0 * SQRT_6) / 3.0, (10.0 + 15.0 * SQRT_6) / 3.0],
    [(13.0 - 7.0 * SQRT_6) / 3.0, (-23.0 + 22.0 * SQRT_6) / 3.0, (10.0 - 15.0 * SQRT_6) / 3.0],
    [1.0 / 3.0, -8.0 / 3.0, 10.0 / 3.0],
];

/// Iterations after which a shorter step is cheaper.
const ITERATIONS: u32 = 7;
/// Part of the tolerance that the Newton iteration may leave.
const NEWTON_SHARE: f64 = 1e-3;
/// Part of the tolerance under which corrections that no longer shrink are rounding.
const ROUNDING_SHARE: f64 = 0.1;

/// Work space of the method; stage vectors have shape `(3, total)`.
pub(crate) struct Radau5 {
    total: usize,
    z: Vec<f64>,
    w: Vec<f64>,
    k: Vec<f64>,
    stage: Vec<f64>,
    candidate: Vec<f64>,
    dy_new: Vec<f64>,
    error: Vec<f64>,
    real: Vec<f64>,
    complex: Vec<Complex<f64>>,
    matrices: StageMatrices,
    /// The Jacobian belongs to the present state.
    fresh: bool,
    /// The iteration converged so slowly that the next step needs a new Jacobian.
    slow: bool,
    /// The step before, and its collocation polynomial: coefficients of `θ`, `θ²`, `θ³`.
    last: Option<f64>,
    polynomial: Vec<f64>,
    rejected: bool,
}

impl Radau5 {
    /// Stages from the polynomial of the last step, carried on beyond its end.
    fn predict(&mut self, h: f64) {
        let total = self.total;
        let Some(last) = self.last else {
            self.z.fill(0.0);
            return;
        };
        for (i, c) in C.iter().enumerate() {
            let theta = 1.0 + c * h / last;
            for x in 0..total {
                let [a, b, c] = [0, 1, 2].map(|power| self.polynomial[power * total + x]);
                let value = |s: f64| s * (a + s * (b + s * c));
                self.z[i * total + x] = value(theta) - value(1.0);
            }
        }
    }

    fn solve_stages<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        trial: Trial<'_>,
        most: u32,
    ) -> Result<(), Failure> {
        let Trial { t, h, y, weights, .. } = trial;
        let (n, total) = (probe.states(), self.total);
        for x in 0..n {
            for (i, row) in T_INVERSE.iter().enumerate() {
                self.w[i * total + x] = (0..3).map(|j| row[j] * self.z[j * total + x]).sum();
            }
        }
        let mut previous = f64::INFINITY;
        let mut worst = 0;
        for iteration in 0..most {
            probe.newton_iterations += 1;
            for i in 0..3 {
                for x in 0..total {
                    self.stage[x] = y[x] + self.z[i * total + x];
                }
                probe.rates(t + C[i] * h, &self.stage, &mut self.k[i * total..(i + 1) * total])?;
            }
            for x in 0..n {
                let f =
                    [0, 1, 2].map(|row: usize| (0..3).map(|j| T_INVERSE[row][j] * self.k[j * total + x]).sum::<f64>());
                let w = [0, 1, 2].map(|row| self.w[row * total + x] / h);
                self.real[x] = f[0] - GAMMA * w[0];
                self.complex[x] = Complex::new(f[1] - ALPHA * w[1] + BETA * w[2], f[2] - ALPHA * w[2] - BETA * w[1]);
            }
            if !(self.matrices.solve_real(&mut self.real) && self.matrices.solve_complex(&mut self.complex)) {
                return Err(Failure::NewtonDiverged { component: 0 });
            }
            let mut sum = 0.0;
            let mut largest = -1.0;
            for (x, weight) in weights.iter().enumerate() {
                let scaled = [self.real[x], self.complex[x].re, self.complex[x].im].map(|d| d / weight);
                let size = scaled.iter().map(|d| d * d).sum::<f64>();
                sum += size;
                if size > largest || size.is_nan() {
                    (largest, worst) = (size, x);
                }
            }
            let size = (sum / (3 * n) as f64).sqrt();
            let rate = size / previous;
            if iteration > 0 && rate >= 1.0 && size < ROUNDING_SHARE {
                return Ok(());
            }
            let remaining = f64::from(most - 1 - iteration);
            let hopeless = iteration > 0
                && (rate >= 1.0 || crate::real::pow(rate, remaining) / (1.0 - rate) * size > 1e2 * NEWTON_SHARE);
            if !size.is_finite() || hopeless {
                break;
            }
            for x in 0..n {
                self.w[x] += self.real[x];
                self.w[total + x] += self.complex[x].re;
                self.w[2 * total + x] += self.complex[x].im;
                for (i, row) in T.iter().enumerate() {
                    self.z[i * total + x] = (0..3).map(|j| row[j] * self.w[j * total + x]).sum();
                }
            }
            let left = if iteration == 0 { size } else { size * rate / (1.0 - rate).max(1e-3) };
            if size == 0.0 || (left < NEWTON_SHARE && (iteration > 0 || size < 1e-3 * NEWTON_SHARE)) {
                self.slow = iteration > 2 && rate > 1e-2;
                return Ok(());
            }
            previous = size;
        }
        Err(Failure::NewtonDiverged { component: worst })
    }
}

impl Embedded for Radau5 {
    const ORDER: u32 = 3;
    const LAW: ControlLaw = ControlLaw { exponent: 0.25, beta: 0.0, shrink: 0.2, growth: 8.0, keep: 1.2, share: 1.0 };
    const DENSE_TERMS: usize = 4;

    fn new(total: usize) -> Self {
        Radau5 {
            total,
            z: vec![0.0; 3 * total],
            w: vec![0.0; 3 * total],
            k: vec![0.0; 3 * total],
            stage: vec![0.0; total],
            candidate: vec![0.0; total],
            dy_new: vec![0.0; total],
            error: Vec::new(),
            real: Vec::new(),
            complex: Vec::new(),
            matrices: StageMatrices::new(Shifts { gamma: GAMMA, pair: Complex::new(ALPHA, BETA) }),
            fresh: false,
            slow: true,
            last: None,
            polynomial: vec![0.0; 3 * total],
            rejected: true,
        }
    }

    fn attempt<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<(), Failure> {
        let (n, total, h) = (probe.states(), self.total, trial.h);
        if self.real.len() != n {
            self.real = vec![0.0; n];
            self.complex = vec![Complex::default(); n];
            self.error = vec![0.0; n];
        }
        // A judge may be absent (fixed steps); then the stages are solved to nearly full accuracy.
        let own: Vec<f64>;
        let (weights, most) = if trial.weights.is_empty() {
            own = tight_weights(probe.field().groups(), trial);
            (&own[..], limits::NEWTON_ITERATIONS)
        } else {
            (trial.weights, ITERATIONS)
        };
        let trial = Trial { weights, ..trial };
        let mut solved = Err(Failure::NewtonDiverged { component: 0 });
        for attempt in 0..2 {
            if attempt == 1 && self.fresh {
                break;
            }
            if attempt == 1 || self.slow {
                self.matrices.linearise(probe, trial.t, trial.y)?;
                (self.fresh, self.slow) = (true, false);
            }
            if !self.matrices.factor(h) {
                solved = Err(Failure::NewtonDiverged { component: 0 });
                continue;
            }
            self.predict(h);
            solved = self.solve_stages(probe, trial, most);
            if !matches!(solved, Err(Failure::NewtonDiverged { .. })) {
                break;
            }
        }
        if solved.is_err() {
            self.slow = !self.fresh;
            self.rejected = true;
            return solved;
        }
        for x in n..total {
            for i in 0..3 {
                self.z[i * total + x] = h * (0..3).map(|j| A[i][j] * self.k[j * total + x]).sum::<f64>();
            }
        }
        for x in 0..total {
            self.candidate[x] = trial.y[x] + self.z[2 * total + x];
        }
        Ok(())
    }

    fn candidate(&self) -> &[f64] {
        &self.candidate
    }

    fn error<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<f64, Failure> {
        let (n, total) = (probe.states(), self.total);
        let Trial { t, h, y, dy, weights } = trial;
        let combined = |z: &[f64], x: usize| (0..3).map(|i| ERROR[i] * z[i * total + x]).sum::<f64>() / h;
        for x in 0..n {
            self.error[x] = dy[x] + combined(&self.z, x);
        }
        if !self.matrices.solve_real(&mut self.error) {
            return Ok(f64::INFINITY);
        }
        let mut size = weighted_norm(&self.error, weights);
        if size >= 1.0 && self.rejected {
            // Filters the estimate once more where a stiff transient would make it too large.
            self.stage.copy_from_slice(y);
            for x in 0..n {
                self.stage[x] += self.error[x];
            }
            let mut filtered = vec![0.0; total];
            probe.rates(t, &self.stage, &mut filtered)?;
            for x in 0..n {
                self.error[x] = filtered[x] + combined(&self.z, x);
            }
            self.matrices.solve_real(&mut self.error);
            size = weighted_norm(&self.error, weights);
        }
        if size > 1.0 || !size.is_finite() {
            self.rejected = true;
            self.slow |= !self.fresh && size > 10.0;
        }
        Ok(size)
    }

    fn culprit(&self, trial: Trial<'_>) -> usize {
        super::largest(self.error.iter().zip(trial.weights).map(|(error, weight)| error / weight))
    }

    fn rates_at_candidate<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t_new: f64,
    ) -> Result<&[f64], Failure> {
        probe.rates(t_new, &self.candidate, &mut self.dy_new)?;
        let total = self.total;
        for x in 0..total {
            for power in 0..3 {
                self.polynomial[power * total + x] = (0..3).map(|i| POLYNOMIAL[i][power] * self.z[i * total + x]).sum();
            }
        }
        self.last = self.matrices.step();
        self.fresh = false;
        self.rejected = false;
        Ok(&self.dy_new)
    }

    fn dense<F: VectorField + ?Sized>(
        &mut self,
        _: &mut Probe<'_, F>,
        trial: Trial<'_>,
        coefficients: &mut [f64],
    ) -> Result<(), Failure> {
        let n = self.total;
        for x in 0..n {
            let [a, b, c] = [0, 1, 2].map(|power| self.polynomial[power * n + x]);
            coefficients[x] = trial.y[x];
            coefficients[n + x] = a + b + c;
            coefficients[2 * n + x] = -b - c;
            coefficients[3 * n + x] = -c;
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.last = None;
        self.slow = true;
        self.fresh = false;
        self.rejected = true;
    }
}

/// Weights that leave nothing but rounding: 1e-12 of the largest state and motion in a group.
fn tight_weights(groups: &[Range<usize>], trial: Trial<'_>) -> Vec<f64> {
    let mut weights = Vec::with_capacity(trial.y.len());
    for group in groups {
        let motion = |x: usize| trial.y[x].abs() + (trial.h * trial.dy[x]).abs();
        let largest = group.clone().map(motion).fold(0.0, f64::max);
        let weight = if largest > 0.0 { 1e-12 * largest } else { 1e-12 };
        weights.resize(group.end, weight);
    }
    weights
}

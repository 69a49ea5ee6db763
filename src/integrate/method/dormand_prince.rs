//! Dormand and Prince's pair of order 5, with an error estimate of order 4.
//!
//! Explicit, 7 stages of which the last is the first of the next step, adaptive; dense output of
//! order 4 at no cost.
//!
//! Reference: J. R. Dormand, P. J. Prince, *A family of embedded Runge–Kutta formulae*, J. Comput.
//! Appl. Math. 6 (1980) 19–26; dense output: E. Hairer, S. P. Nørsett, G. Wanner, *Solving Ordinary
//! Differential Equations I*, 2nd ed. 1993, II.6.

use super::{Method, MethodEntry, Needs};
use crate::integrate::adaptive::{Embedded, Trial, combine};
use crate::integrate::controller::ControlLaw;
use crate::integrate::probe::Probe;
use crate::kernel::{Failure, VectorField};

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::Dopri5,
    name: "dopri5",
    aliases: &["rk45", "dormand_prince"],
    order: 5,
    embedded_order: Some(4),
    stages: 6,
    needs: Needs::Nothing,
    preserves: &[],
    reference: "Dormand, Prince: A family of embedded Runge–Kutta formulae (1980)",
    summary: "adaptive for smooth motion at moderate tolerances (1e-3 to 1e-7)",
};

/// Nodes.
pub const C: [f64; 7] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];

/// Stages; the last row holds the weights.
pub const A: [&[f64]; 7] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];

/// Difference of the two solutions as a combination of the stages.
pub const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];

/// The highest coefficient of dense output as a combination of the stages.
pub const DENSE: [f64; 7] = [
    -12715105075.0 / 11282082432.0,
    0.0,
    87487479700.0 / 32700410799.0,
    -10690763975.0 / 1880347072.0,
    701980252875.0 / 199316789632.0,
    -1453857185.0 / 822651844.0,
    69997945.0 / 29380423.0,
];

/// Work space of the method.
pub(crate) struct Dopri5 {
    total: usize,
    /// Stages 2 to 7, shape `(6, total)`; stage 1 is the caller's.
    k: Vec<f64>,
    stage: Vec<f64>,
    candidate: Vec<f64>,
}

impl Dopri5 {
    #[inline(always)]
    fn sum(&self, weights: &[f64; 7], i: usize, k1: &[f64]) -> f64 {
        let n = self.total;
        let k = |stage: usize| self.k[(stage - 2) * n + i];
        weights[0] * k1[i]
            + weights[2] * k(3)
            + weights[3] * k(4)
            + weights[4] * k(5)
            + weights[5] * k(6)
            + weights[6] * k(7)
    }
}

impl Embedded for Dopri5 {
    const ORDER: u32 = 5;
    const LAW: ControlLaw =
        ControlLaw { exponent: 0.2 - 0.75 * 0.04, beta: 0.04, shrink: 0.2, growth: 10.0, keep: 1.0, share: 0.025 };
    const DENSE_TERMS: usize = 5;

    fn new(total: usize) -> Self {
        Dopri5 { total, k: vec![0.0; 6 * total], stage: vec![0.0; total], candidate: vec![0.0; total] }
    }

    fn attempt<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<(), Failure> {
        let Trial { t, h, y, dy: k1, .. } = trial;
        let mut rows = self.k.chunks_exact_mut(self.total);
        let [k2, k3, k4, k5, k6, k7] = std::array::from_fn(|_| rows.next().expect("k has 6 rows"));
        let stage = &mut self.stage;
        combine(stage, y, h, [(A[1][0], k1)]);
        probe.rates(t + C[1] * h, stage, k2)?;
        combine(stage, y, h, [(A[2][0], k1), (A[2][1], k2)]);
        probe.rates(t + C[2] * h, stage, k3)?;
        combine(stage, y, h, [(A[3][0], k1), (A[3][1], k2), (A[3][2], k3)]);
        probe.rates(t + C[3] * h, stage, k4)?;
        combine(stage, y, h, [(A[4][0], k1), (A[4][1], k2), (A[4][2], k3), (A[4][3], k4)]);
        probe.rates(t + C[4] * h, stage, k5)?;
        combine(stage, y, h, [(A[5][0], k1), (A[5][1], k2), (A[5][2], k3), (A[5][3], k4), (A[5][4], k5)]);
        probe.rates(t + h, stage, k6)?;
        let b = &A[6];
        combine(&mut self.candidate, y, h, [(b[0], k1), (b[2], k3), (b[3], k4), (b[4], k5), (b[5], k6)]);
        probe.rates(t + h, &self.candidate, k7)
    }

    fn candidate(&self) -> &[f64] {
        &self.candidate
    }

    fn error<F: VectorField + ?Sized>(&mut self, _: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<f64, Failure> {
        let Trial { h, dy: k1, weights, .. } = trial;
        let mut sum = 0.0;
        for (i, weight) in weights.iter().enumerate() {
            let error = h * self.sum(&ERROR, i, k1) / weight;
            sum += error * error;
        }
        Ok((sum / weights.len() as f64).sqrt())
    }

    fn culprit(&self, trial: Trial<'_>) -> usize {
        let k1 = trial.dy;
        super::largest(trial.weights.iter().enumerate().map(|(i, weight)| self.sum(&ERROR, i, k1) / weight))
    }

    /// `|f(y_new) - f(Y₆)| / |y_new - Y₆|`: both are taken at the end of the step.
    fn stiffness(&self, trial: Trial<'_>) -> f64 {
        let n = self.total;
        let (k6, k7) = (&self.k[4 * n..5 * n], &self.k[5 * n..]);
        super::spread(trial, k6, k7, &self.stage, &self.candidate) / 3.25
    }

    fn rates_at_candidate<F: VectorField + ?Sized>(&mut self, _: &mut Probe<'_, F>, _: f64) -> Result<&[f64], Failure> {
        Ok(&self.k[5 * self.total..])
    }

    fn dense<F: VectorField + ?Sized>(
        &mut self,
        _: &mut Probe<'_, F>,
        trial: Trial<'_>,
        coefficients: &mut [f64],
    ) -> Result<(), Failure> {
        let Trial { h, y, dy: k1, .. } = trial;
        let n = self.total;
        for i in 0..n {
            let difference = self.candidate[i] - y[i];
            let bend = h * k1[i] - difference;
            coefficients[i] = y[i];
            coefficients[n + i] = difference;
            coefficients[2 * n + i] = bend;
            coefficients[3 * n + i] = difference - h * self.k[5 * n + i] - bend;
            coefficients[4 * n + i] = h * self.sum(&DENSE, i, k1);
        }
        Ok(())
    }
}

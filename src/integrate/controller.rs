//! Error norm, starting step and step-size control of the adaptive methods.
//!
//! ```text
//! weight_i = atol_g + rtol · max(|y_n|_g, |y_{n+1}|_g)      ‖e‖ = √( (1/n) Σ (e_i / weight_i)² )
//! ```
//!
//! `g` is the group of component `i` (the components of one declaration) and `|·|_g` the largest
//! magnitude in it. Where no `atol` is given, `atol_g = rtol ·` the largest magnitude the group has
//! had on this run; while that is zero, `rtol · |y'|_g ·` the output interval, and `rtol` where the
//! rate is zero too. So metres and nanoseconds may live in one state.
//!
//! The step follows `h_new = h · safety · ‖e_n‖^(-α) · ‖e_{n-1}‖^β` (E. Hairer, S. P. Nørsett,
//! G. Wanner, *Solving Ordinary Differential Equations I*, 2nd ed. 1993, II.4 and IV.2).

use super::driver::Settings;
use std::ops::Range;

/// The weights of the error norm.
#[derive(Clone, Debug)]
pub struct Tolerance {
    rtol: f64,
    atol: Option<f64>,
    output_interval: f64,
    groups: Vec<Range<usize>>,
    peaks: Vec<f64>,
    stand_ins: Vec<f64>,
    now: Vec<f64>,
    next: Vec<f64>,
    weights: Vec<f64>,
}

fn magnitude(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| f64::max(largest, value.abs()))
}

impl Tolerance {
    /// Weights for a state `y` with rates `dy`, shape `(n,)` each, at the start of a run.
    pub fn new(groups: &[Range<usize>], settings: &Settings<'_>, output_interval: f64, y: &[f64], dy: &[f64]) -> Self {
        let count = groups.len();
        let mut tolerance = Tolerance {
            rtol: settings.rtol,
            atol: settings.atol,
            output_interval,
            groups: groups.to_vec(),
            peaks: vec![0.0; count],
            stand_ins: vec![1.0; count],
            now: vec![0.0; count],
            next: vec![0.0; count],
            weights: vec![0.0; y.len()],
        };
        tolerance.weigh(y);
        tolerance.accept(dy);
        tolerance.weigh(y);
        tolerance
    }

    /// Magnitudes that groups are about to have count as ones they have had; zero says nothing.
    pub fn expect(&mut self, magnitudes: &[f64]) {
        for (peak, expected) in self.peaks.iter_mut().zip(magnitudes) {
            *peak = f64::max(*peak, *expected);
        }
    }

    /// The weights for a step to the candidate state `y`, shape `(n,)`.
    pub fn weigh(&mut self, y: &[f64]) -> &[f64] {
        for (g, group) in self.groups.iter().enumerate() {
            let next = magnitude(&y[group.clone()]);
            self.next[g] = next;
            let peak = if self.peaks[g] > 0.0 { self.peaks[g] } else { self.stand_ins[g] };
            let atol = self.atol.unwrap_or(self.rtol * peak);
            let weight = atol + self.rtol * f64::max(self.now[g], next);
            self.weights[group.clone()].fill(weight.max(f64::MIN_POSITIVE));
        }
        &self.weights
    }

    /// The weights of the last [`Tolerance::weigh`].
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The candidate of the last [`Tolerance::weigh`] became the state; `dy` are its rates.
    pub fn accept(&mut self, dy: &[f64]) {
        for (g, group) in self.groups.iter().enumerate() {
            self.now[g] = self.next[g];
            self.peaks[g] = f64::max(self.peaks[g], self.next[g]);
            if self.peaks[g] == 0.0 {
                let reach = magnitude(&dy[group.clone()]) * self.output_interval;
                self.stand_ins[g] = if reach > 0.0 { reach } else { 1.0 };
            }
        }
    }

    /// Root mean square of `values / weights`.
    pub fn norm(&self, values: &[f64]) -> f64 {
        weighted_norm(values, &self.weights)
    }
}

/// `√( (1/n) Σ (v_i / w_i)² )`
pub fn weighted_norm(values: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = values.iter().zip(weights).map(|(v, w)| (v / w) * (v / w)).sum();
    (sum / weights.len().max(1) as f64).sqrt()
}

/// `x^p` for `x ≥ 0`.
pub(crate) fn power(x: f64, p: f64) -> f64 {
    // The exponent of the methods of order 8, which small systems would feel.
    if p == -0.125 {
        return 1.0 / x.sqrt().sqrt().sqrt();
    }
    crate::real::pow(x, p)
}

/// The constants of a method's controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ControlLaw {
    /// `α` of `‖e_n‖^(-α)`.
    pub exponent: f64,
    /// `β` of `‖e_{n-1}‖^β`; 0 is a plain controller.
    pub beta: f64,
    /// Smallest factor from one step to the next.
    pub shrink: f64,
    /// Largest factor from one step to the next.
    pub growth: f64,
    /// A growth below this factor is not worth a new factorization: the step stays as it is.
    pub keep: f64,
    /// Part of the tolerance that the estimate of one step may fill. Errors add up over a run; with
    /// this share its end is within a hundred tolerances on every problem of DETEST.
    pub share: f64,
}

/// Chooses the next step from the errors of the last two.
#[derive(Clone, Copy, Debug)]
pub struct StepControl {
    law: ControlLaw,
    previous_error: f64,
    after_rejection: bool,
}

const SAFETY: f64 = 0.9;

impl StepControl {
    /// A controller without a past.
    pub fn new(law: ControlLaw) -> Self {
        StepControl { law, previous_error: 1e-4, after_rejection: false }
    }

    /// Factor for the step after an accepted one of this error.
    pub fn accepted(&mut self, error: f64) -> f64 {
        let error = error.max(1e-10);
        let mut factor = SAFETY * power(error, -self.law.exponent);
        if self.law.beta > 0.0 {
            factor *= power(self.previous_error, self.law.beta);
        }
        let growth = if self.after_rejection { 1.0 } else { self.law.growth };
        self.previous_error = error.max(1e-4);
        self.after_rejection = false;
        let factor = factor.clamp(self.law.shrink, growth);
        if factor >= 1.0 && factor < self.law.keep { 1.0 } else { factor }
    }

    /// Factor for trying again after an error above 1.
    pub fn rejected(&mut self, error: f64) -> f64 {
        self.after_rejection = true;
        (SAFETY * power(error, -self.law.exponent)).clamp(self.law.shrink, 1.0)
    }

    /// Factor for trying again after a step without a result.
    pub fn failed(&mut self) -> f64 {
        self.after_rejection = true;
        0.25
    }
}

/// The step below which time no longer advances: 16 units in the last place of `t`.
pub fn smallest_step(t: f64) -> f64 {
    16.0 * (t.abs().next_up() - t.abs())
}

/// A first guess of the step (Hairer, Nørsett, Wanner 1993, II.4, "Starting Step Size"), positive.
///
/// ```text
/// τ = ‖y‖/‖y'‖,   h₀ = τ/100,   h = τ (0.01 / max(τ ‖y'‖, τ² ‖y''‖))^{1/p} ≤ 100 h₀
/// ```
///
/// The book's `h^p max(‖y'‖, ‖y''‖) = 0.01` depends on the unit of time; measured in `τ` it does not.
/// `second` evaluates `f(t + h, y + h·y')` into its argument and may refuse; `limit` is the longest
/// step that makes sense, and stands in for `τ` where the state or the rate vanishes.
pub(crate) fn starting_step(
    order: u32,
    tolerance: &Tolerance,
    y: &[f64],
    dy: &[f64],
    limit: f64,
    mut second: impl FnMut(f64, &mut [f64]) -> bool,
) -> f64 {
    let n = tolerance.weights().len();
    let (size, rate) = (tolerance.norm(&y[..n]), tolerance.norm(&dy[..n]));
    let time = if size <= 1e-5 || rate * limit <= 1e-5 { 1e-4 * limit } else { size / rate };
    let guess = (0.01 * time).min(limit);
    let mut dy2 = vec![0.0; dy.len()];
    if !second(guess, &mut dy2) {
        return 1e-3 * guess;
    }
    let difference: Vec<f64> = dy2.iter().zip(dy).take(n).map(|(a, b)| a - b).collect();
    let curvature = tolerance.norm(&difference) / guess;
    let largest = f64::max(time * rate, time * time * curvature);
    if !largest.is_finite() {
        return 1e-3 * guess;
    }
    let bound = if largest <= 1e-15 { limit } else { time * power(0.01 / largest, 1.0 / f64::from(order)) };
    (100.0 * guess).min(bound).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(atol: Option<f64>) -> Settings<'static> {
        Settings { rtol: 1e-6, atol, ..Settings::default() }
    }

    #[test]
    fn components_of_one_declaration_share_a_weight() {
        let mut tolerance = Tolerance::new(&[0..2, 2..3], &settings(None), 0.1, &[1e11, 0.0, 0.0], &[0.0, 0.0, 5.0]);
        let weights = tolerance.weigh(&[1e11, 0.0, 0.0]).to_vec();
        assert_eq!(weights[0], weights[1]);
        assert!((weights[0] / 2e5 - 1.0).abs() < 1e-15);
        assert!((weights[2] / 5e-7 - 1.0).abs() < 1e-15, "zero start: rate × output interval, {}", weights[2]);
    }

    #[test]
    fn the_default_scale_is_the_largest_of_the_run_and_a_given_one_is_absolute() {
        let one: &[Range<usize>] = std::slice::from_ref(&(0..1));
        let mut tolerance = Tolerance::new(one, &settings(None), 1.0, &[8.0], &[0.0]);
        tolerance.weigh(&[0.0]);
        tolerance.accept(&[0.0]);
        assert!((tolerance.weigh(&[0.0])[0] / 8e-6 - 1.0).abs() < 1e-15);
        let mut absolute = Tolerance::new(one, &settings(Some(1e-9)), 1.0, &[8.0], &[0.0]);
        assert!((absolute.weigh(&[1.0])[0] / 8.001e-6 - 1.0).abs() < 1e-12);
    }
}

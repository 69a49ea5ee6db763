//! Chaos: the largest Lyapunov exponent of a motion, and how far its values can be trusted.
//!
//! ```text
//! (y, δ)' = (f(t, y), (f(t, y + ε δ) − f(t, y))/ε)      g(t) = ln ‖δ(t)‖      λ = slope of g
//! Y(t) = (2/t) ∫₀ᵗ s g'(s) ds,   Ȳ(t) = (1/t) ∫₀ᵗ Y(s) ds
//! horizon = ln(tolerable error / error made) / λ
//! ```
//!
//! The exponent of a regular motion tends to zero like `ln t / t`, so a slope alone tells little.
//! `Ȳ`, the mean exponential growth factor of nearby orbits (MEGNO), does: it tends to 2 for a
//! quasi-periodic motion and grows as `λ t/2` for a chaotic one (P. M. Cincotta, C. Simó, *Astron.
//! Astrophys. Suppl.* 147 (2000) 205). The renormalised neighbour is that of G. Benettin, L. Galgani,
//! A. Giorgilli, J.-M. Strelcyn, *Meccanica* 15 (1980) 9 and 21.
//!
//! `δ` is measured in units of the largest magnitude that each group of components has had so far:
//! what grows together with its own error, as `x' = x` does, loses no digits and is no chaos.

use crate::integrate::{Method, Settings, Silent, Span, integrate};
use crate::kernel::{Failure, VectorField};
use crate::real::{Random, ln};
use std::ops::Range;

/// Relative error beyond which a state tells nothing.
pub const TOLERABLE: f64 = 0.01;
/// Relative tolerance of the companion: a motion near by has the same exponent.
const COMPANION_RTOL: f64 = 1e-6;
/// Evaluations of the field in one step of the companion.
const EVALUATIONS_PER_STEP: u64 = 24;
/// Stretches after which the neighbour is brought near again.
const STRETCHES: usize = 32;
/// Samples of `g` in a stretch.
const SAMPLES: usize = 16;
/// `Ȳ` from which a motion counts as chaotic: a growth by `e^{10}`, where a regular motion has 2.
const CHAOTIC: f64 = 5.0;
/// Least rise of `g` in the second half of a chaotic motion.
const LATE_RISE: f64 = 2.0;
/// Displacement of the neighbour in units of the state.
const DISPLACEMENT: f64 = 1e-7;

/// How far the values of a chaotic motion can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// Largest Lyapunov exponent, in 1/s (or the file's own unit of time).
    pub exponent: f64,
    /// Time at which an error of size `error` has grown to [`TOLERABLE`].
    pub time: f64,
    /// Relative error made along the run: its tolerance, or its worst drift where that is larger.
    pub error: f64,
    /// Whether the run goes beyond.
    pub exceeded: bool,
}

impl Horizon {
    /// The horizon of a run over `span` with errors of relative size `error`.
    pub fn new(exponent: f64, span: &Span, error: f64) -> Horizon {
        let distance = ln(TOLERABLE / error).max(0.0) / exponent;
        let time = span.start() + span.direction() * distance;
        Horizon { exponent, time, error, exceeded: distance < span.length() }
    }
}

/// The largest Lyapunov exponent of the motion from `y0` over `span`, in 1/time, if the motion is
/// chaotic as far as `budget` evaluations of the field reach.
///
/// **Shapes:** `y0: (n,)`. Deterministic: the budget counts evaluations, the first displacement has a
/// seed of its own.
pub fn exponent<F: VectorField + ?Sized>(field: &mut F, y0: &[f64], span: &Span, budget: u64) -> Option<f64> {
    if y0.is_empty() || span.length() == 0.0 {
        return None;
    }
    let curve = Curve::follow(field, y0, span, budget);
    curve.is_chaotic().then(|| curve.slope(curve.g.len() / 3..curve.g.len()))
}

/// `g` at equally spaced times, counted from the start.
struct Curve {
    interval: f64,
    g: Vec<f64>,
}

impl Curve {
    fn follow<F: VectorField + ?Sized>(field: &mut F, y0: &[f64], span: &Span, budget: u64) -> Curve {
        let n = y0.len();
        let mut pair = Pair::new(field);
        let interval = span.length() / (STRETCHES * SAMPLES) as f64;
        let mut unit = vec![1.0; n];
        if pair.field.rates(span.start(), y0, &mut pair.here).is_err() {
            return Curve { interval, g: Vec::new() };
        }
        pair.grow_peaks(y0, interval);
        pair.units(&mut unit);
        let mut state = y0.to_vec();
        let mut stream = Random::new(0, "lyapunov").stream(0);
        state.extend(unit.iter().map(|u| u * stream.normal()));
        normalise(&mut state[n..], &unit);
        let mut scale = 0.0;
        let mut g = vec![scale];
        let mut steps = budget / EVALUATIONS_PER_STEP;
        for k in 0..STRETCHES {
            let end = |k: usize| span.start() + (span.end() - span.start()) * k as f64 / STRETCHES as f64;
            let Ok(stretch) = Span::count(end(k), end(k + 1), SAMPLES as u64 + 1) else { break };
            let stretch = stretch.with_breaks(span.breaks());
            let settings = Settings {
                method: Method::Dop853,
                rtol: COMPANION_RTOL,
                max_steps: steps.max(1),
                ..Settings::default()
            };
            let run = integrate(&mut pair, &state, &stretch, &settings, &mut Silent);
            let rows = if run.outcome.is_failure() { run.len() - 1 } else { run.len() };
            for row in 1..rows {
                pair.grow_peaks(&run.state(row)[..n], 0.0);
                pair.units(&mut unit);
                g.push(scale + ln(norm(&run.state(row)[n..], &unit)));
            }
            steps = steps.saturating_sub(run.statistics.steps + run.statistics.rejected);
            if run.outcome.is_failure() || steps == 0 || !g.last().is_some_and(|g| g.is_finite()) {
                break;
            }
            state.copy_from_slice(run.last());
            scale += ln(normalise(&mut state[n..], &unit));
        }
        Curve { interval, g }
    }

    /// Whether `g` rises enough for chaos, and goes on rising: in the second half of a regular motion it
    /// rises by `ln 2`.
    fn is_chaotic(&self) -> bool {
        let count = self.g.len();
        if count < 2 * SAMPLES || !self.g.iter().all(|g| g.is_finite()) {
            return false;
        }
        let second = self.slope(count / 2..count);
        let rise = second * self.interval * (count / 2) as f64;
        self.growth_factor() > CHAOTIC && rise > LATE_RISE && second > 0.3 * self.slope(0..count)
    }

    /// `Ȳ` at the end.
    fn growth_factor(&self) -> f64 {
        let (mut moment, mut mean) = (0.0, 0.0);
        for (k, pair) in self.g.windows(2).enumerate() {
            moment += (k as f64 + 0.5) * (pair[1] - pair[0]);
            mean += 2.0 * moment / (k as f64 + 1.0);
        }
        mean / (self.g.len() - 1) as f64
    }

    /// Slope of the straight line through some of the samples, by least squares.
    fn slope(&self, samples: Range<usize>) -> f64 {
        let count = samples.len() as f64;
        let middle = (count - 1.0) / 2.0;
        let mean = self.g[samples.clone()].iter().sum::<f64>() / count;
        let (mut rise, mut run) = (0.0, 0.0);
        for (k, g) in self.g[samples].iter().enumerate() {
            let x = k as f64 - middle;
            rise += x * (g - mean);
            run += x * x;
        }
        rise / run / self.interval
    }
}

fn norm(v: &[f64], unit: &[f64]) -> f64 {
    v.iter().zip(unit).map(|(v, u)| (v / u) * (v / u)).sum::<f64>().sqrt()
}

/// Divides a displacement by its size, which it returns.
fn normalise(v: &mut [f64], unit: &[f64]) -> f64 {
    let size = norm(v, unit);
    v.iter_mut().for_each(|v| *v /= size);
    size
}

/// A state and a displacement, `(y, δ)`: `2n` components.
struct Pair<'f, F: ?Sized> {
    field: &'f mut F,
    groups: Vec<Range<usize>>,
    /// Largest magnitude of each group of the field.
    peaks: Vec<f64>,
    neighbour: Vec<f64>,
    here: Vec<f64>,
    there: Vec<f64>,
}

impl<'f, F: VectorField + ?Sized> Pair<'f, F> {
    fn new(field: &'f mut F) -> Self {
        let n = field.dimension();
        let own = field.groups().to_vec();
        let shifted = own.iter().map(|g| g.start + n..g.end + n);
        let groups = own.iter().cloned().chain(shifted).collect();
        let zeros = || vec![0.0; n];
        Pair { field, groups, peaks: vec![0.0; own.len()], neighbour: zeros(), here: zeros(), there: zeros() }
    }

    /// Takes in a state; at the start also what its rates bring within `interval`.
    fn grow_peaks(&mut self, y: &[f64], interval: f64) {
        let largest = |values: &[f64]| values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for (peak, group) in self.peaks.iter_mut().zip(self.field.groups()) {
            let reach = interval * largest(&self.here[group.clone()]);
            *peak = peak.max(largest(&y[group.clone()])).max(reach);
        }
    }

    fn units(&self, unit: &mut [f64]) {
        for (peak, group) in self.peaks.iter().zip(self.field.groups()) {
            unit[group.clone()].fill(if *peak > 0.0 { *peak } else { 1.0 });
        }
    }
}

impl<F: VectorField + ?Sized> VectorField for Pair<'_, F> {
    fn dimension(&self) -> usize {
        2 * self.here.len()
    }

    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let n = self.here.len();
        let (state, displacement) = y.split_at(n);
        self.field.rates(t, state, &mut self.here)?;
        let mut size: f64 = 0.0;
        for (peak, group) in self.peaks.iter().zip(self.field.groups()) {
            let unit = if *peak > 0.0 { *peak } else { 1.0 };
            size = displacement[group.clone()].iter().fold(size, |m, v| m.max((v / unit).abs()));
        }
        dy[..n].copy_from_slice(&self.here);
        if size == 0.0 {
            dy[n..].fill(0.0);
            return Ok(());
        }
        let small = DISPLACEMENT / size;
        for ((out, y), v) in self.neighbour.iter_mut().zip(state).zip(displacement) {
            *out = y + small * v;
        }
        self.field.rates(t, &self.neighbour, &mut self.there)?;
        for ((out, there), here) in dy[n..].iter_mut().zip(&self.there).zip(&self.here) {
            *out = (there - here) / small;
        }
        Ok(())
    }

    /// Never asked for: the companion is explicit.
    fn jacobian(&mut self, _: f64, _: &[f64], _: &mut [f64]) -> Result<(), Failure> {
        Err(Failure::NonFinite { component: 0 })
    }

    fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    fn component_name(&self, component: usize) -> String {
        self.field.component_name(component % self.here.len().max(1))
    }
}

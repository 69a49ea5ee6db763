//! The step of a fixed-step method from a tolerance: fly a short stretch first.
//!
//! `dop853` flies the first few hundred of its own steps, a thousand times more accurately than
//! asked. The method flies the same stretch with trial steps, until its error at the end is within
//! the tolerance; the order of the method says how the next trial step must be.

use super::controller::{Tolerance, power, weighted_norm};
use super::driver::{Run, Settings, integrate};
use super::method::{EXACT, Method};
use super::observer::Silent;
use super::span::Span;
use crate::kernel::VectorField;

/// Steps of `dop853` in the stretch.
const REFERENCE_STEPS: u64 = 300;
/// Steps of the method in the stretch beyond which no smaller step is tried: a method of low order
/// asked for many digits would else take a run of hours.
const MOST_STEPS: f64 = 100_000.0;
const TRIALS: u32 = 12;
/// The best relative accuracy that the reference can vouch for.
const FLOOR: f64 = 1e-12;

/// The longest step with which `method` keeps the run's tolerance over a first stretch; the output
/// interval where the method is exact or nothing can be learned.
pub(crate) fn step_from_tolerance<F: VectorField + ?Sized>(run: &mut Run<'_, F>, method: Method) -> f64 {
    let interval = run.span.interval();
    if method.entry().order == EXACT || interval == 0.0 {
        return interval;
    }
    let (start, end) = (run.span.start(), run.span.breaks().first().copied().unwrap_or(run.span.end()));
    let y0 = run.y[..run.probe.states()].to_vec();
    let rtol = run.settings.rtol.max(FLOOR);
    let Ok(whole) = Span::count(start, end, 2) else { return interval };
    let judge = Settings { rtol, ..run.settings.clone() };
    let tight = Settings {
        method: Method::Dop853,
        rtol: (1e-3 * rtol).max(1e-14),
        atol: run.settings.atol.map(|atol| 1e-3 * atol),
        step: None,
        max_steps: REFERENCE_STEPS,
        keep_dense: false,
        when_stiff: None,
        ..judge.clone()
    };
    let reference = integrate(run.probe.field_mut(), &y0, &whole, &tight, &mut Silent);
    run.probe.evaluations += reference.statistics.evaluations;
    let stretch_end = reference.times[reference.len() - 1];
    let target = reference.last().to_vec();
    let length = (stretch_end - start).abs();
    let Ok(stretch) = Span::count(start, stretch_end, 2) else { return interval };
    if length == 0.0 || reference.statistics.steps == 0 {
        return interval;
    }
    let mut tolerance = Tolerance::new(run.probe.field().groups(), &judge, interval, &y0, &vec![0.0; y0.len()]);
    let weights = tolerance.weigh(&target).to_vec();
    let order = f64::from(method.entry().order);
    let mut step = (length / reference.statistics.steps as f64).min(length);
    for _ in 0..TRIALS {
        let trial = Settings { method, step: Some(step), ..tight.clone() };
        let trial = Settings { max_steps: 2 * MOST_STEPS as u64, ..trial };
        let flight = integrate(run.probe.field_mut(), &y0, &stretch, &trial, &mut Silent);
        run.probe.evaluations += flight.statistics.evaluations;
        run.probe.jacobians += flight.statistics.jacobians;
        run.probe.newton_iterations += flight.statistics.newton_iterations;
        let difference: Vec<f64> = flight.last().iter().zip(&target).map(|(a, b)| a - b).collect();
        let error = if flight.outcome.is_failure() { f64::INFINITY } else { weighted_norm(&difference, &weights) };
        if error <= 1.0 && (error > 0.05 || step >= interval.min(length)) {
            break;
        }
        let factor = if error.is_finite() { 0.9 * power(error.max(1e-12), -1.0 / order) } else { 0.5 };
        let next = (step * factor.clamp(0.1, 4.0)).min(interval.min(length)).max(length / MOST_STEPS);
        if next == step {
            break;
        }
        step = next;
    }
    step
}

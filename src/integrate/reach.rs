//! How far a variable that starts at zero, with a rate that is only rounding, is about to move.
//!
//! The error norm measures such a variable by its rate at first. A momentum solved for its velocity
//! gives 1e-15 where the velocity is zero, and no step is short enough for a tolerance of that. The
//! motion itself tells: a step of the classical Runge–Kutta method, short enough that two of half its
//! length agree with it.

use super::probe::Probe;
use crate::kernel::VectorField;
use std::ops::Range;

/// A rate below this part of the largest one may be rounding.
const NOISE: f64 = 1e-11;
/// Times that the step is halved.
const HALVINGS: u32 = 40;

/// The largest magnitude of each group after a short time, zero for groups that need no such measure.
/// `span` is the time and direction to look ahead at most.
pub(crate) fn reach<F: VectorField + ?Sized>(
    probe: &mut Probe<'_, F>,
    groups: &[Range<usize>],
    t: f64,
    y: &[f64],
    dy: &[f64],
    span: f64,
) -> Vec<f64> {
    let size = |values: &[f64], g: &Range<usize>| values[g.clone()].iter().fold(0.0, |a: f64, x| a.max(x.abs()));
    let fastest = groups.iter().map(|g| size(dy, g)).fold(0.0, f64::max);
    let open: Vec<bool> = groups.iter().map(|g| size(y, g) == 0.0 && size(dy, g) <= NOISE * fastest).collect();
    let mut out = vec![0.0; groups.len()];
    if !open.iter().any(|o| *o) || fastest == 0.0 || !span.is_finite() {
        return out;
    }
    let mut h = span;
    for _ in 0..HALVINGS {
        let whole = step(probe, t, y, h);
        let halves = step(probe, t, y, 0.5 * h).and_then(|half| step(probe, t + 0.5 * h, &half, 0.5 * h));
        let (Some(whole), Some(halves)) = (whole, halves) else {
            h *= 0.5;
            continue;
        };
        let agree = |g: &Range<usize>| {
            let (a, b) = (size(&whole, g), size(&halves, g));
            (a - b).abs() <= 0.5 * a.max(b)
        };
        if groups.iter().all(agree) {
            for ((size_of, g), o) in out.iter_mut().zip(groups).zip(&open) {
                if *o {
                    *size_of = size(&halves, g);
                }
            }
            break;
        }
        h *= 0.5;
    }
    out
}

/// One step of the classical Runge–Kutta method; `None` where a rate is missing or not finite.
fn step<F: VectorField + ?Sized>(probe: &mut Probe<'_, F>, t: f64, y: &[f64], h: f64) -> Option<Vec<f64>> {
    let n = y.len();
    let mut sum = vec![0.0; n];
    let mut k = vec![0.0; n];
    let mut at = y.to_vec();
    for (c, weight) in [(0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 1.0)] {
        for i in 0..n {
            at[i] = y[i] + c * h * k[i];
        }
        probe.field_rates(t + c * h, &at, &mut k).ok()?;
        for i in 0..n {
            sum[i] += weight * k[i];
        }
    }
    let end: Vec<f64> = y.iter().zip(&sum).map(|(y, s)| y + h / 6.0 * s).collect();
    end.iter().all(|x| x.is_finite()).then_some(end)
}

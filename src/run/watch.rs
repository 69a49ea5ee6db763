//! What is watched along a run: assumptions, the growth of errors backwards, progress.

use super::prepare::Prepared;
use crate::formalism;
use crate::integrate::{Growth, Observer, Outcome, Span, Step, Stop};
use crate::kernel::{self, Kernel};
use std::ops::ControlFlow;

/// The errors of a run, and what they may grow to where it goes backwards; all relative to the largest magnitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Backwards {
    /// Relative tolerance of its steps.
    pub rtol: f64,
    /// Error of its start.
    pub noise: f64,
    /// What `(rtol + noise)·amplification` may be.
    pub tolerance: f64,
}

/// Watches assumptions and what errors grow to, and reports progress.
pub(super) struct Watch<'a, 'k> {
    pub observer: Option<kernel::Observer>,
    pub values: Vec<f64>,
    pub texts: Vec<String>,
    pub progress: Option<&'a mut dyn FnMut(f64, u64)>,
    pub steps: u64,
    pub span: (f64, f64),
    /// Carried along where the past may be lost.
    pub growth: Option<Growth<'k, Kernel>>,
    pub backwards: Backwards,
}

impl Watch<'_, '_> {
    /// Why the past is lost in this step, if it is.
    fn lost(&mut self, step: &mut Step<'_>) -> Option<Outcome> {
        let growth = self.growth.as_mut()?;
        let time = step.start;
        if let Err(failure) = growth.advance(step) {
            return Some(Outcome::of_failure(&failure, time, |k| growth.component_name(k)));
        }
        let Backwards { rtol, noise, tolerance } = self.backwards;
        let bound = tolerance / (rtol + noise);
        if !growth.may_exceed(bound) {
            return None;
        }
        let amplification = growth.amplification();
        (amplification > bound).then_some(Outcome::ReversalLost { time, amplification, rtol, noise, tolerance })
    }
}

impl Observer for Watch<'_, '_> {
    fn step(&mut self, step: &mut Step<'_>) -> ControlFlow<Stop> {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) {
            if let Some(progress) = &mut self.progress {
                progress((step.end - self.span.0) / (self.span.1 - self.span.0), self.steps);
            }
        }
        if let Some(observer) = &mut self.observer {
            if observer.observe(step.end, step.state, &mut self.values).is_ok() {
                if let Some(k) = self.values.iter().position(|v| *v == 0.0) {
                    return ControlFlow::Break(Stop {
                        time: step.start,
                        outcome: Outcome::AssumptionBroken { time: step.start, assumption: self.texts[k].clone() },
                    });
                }
            }
        }
        match self.lost(step) {
            Some(outcome) => ControlFlow::Break(Stop { time: step.start, outcome }),
            None => ControlFlow::Continue(()),
        }
    }

    fn is_watching(&self) -> bool {
        self.observer.is_some() || self.progress.is_some() || self.growth.is_some()
    }
}

/// Whether this run goes against the time of a system that forgets: dissipation, a mirror that takes
/// part in it, or stated equations whose form does not show that they keep volume.
pub(super) fn loses_its_past(prepared: &Prepared, span: &Span) -> bool {
    let facts = &prepared.equations.facts;
    let backwards = (span.direction() < 0.0) != prepared.equations.reversed;
    let mirrored = prepared.system.variables.iter().any(|v| v.mirror);
    // What is driven by the other half alone has no divergence.
    let keeps_volume = facts.keeps_volume || formalism::partition(&prepared.equations).is_some();
    backwards && (facts.dissipative || mirrored || !keeps_volume)
}

//! Who watches a run: one call per accepted step.
//!
//! Assumptions, balances, events, progress and stopping are observers; the stepping loop knows
//! none of them.

use super::outcome::Outcome;
use crate::kernel::Failure;
use std::ops::ControlFlow;

/// Access to the inside of the step just taken.
pub(crate) trait Interpolant {
    /// `y(t)` for `t` within the step.
    fn state_at(&mut self, t: f64, out: &mut [f64]) -> Result<(), Failure>;
    /// `y'` at the end of the step.
    fn rates_at_end(&mut self, out: &mut [f64]) -> Result<(), Failure>;
}

/// One accepted step `start → end`.
pub struct Step<'a> {
    /// Time before the step.
    pub start: f64,
    /// Time after the step (smaller than `start` on a run backwards).
    pub end: f64,
    /// State before the step, shape `(n,)`.
    pub before: &'a [f64],
    /// State after the step, shape `(n,)`.
    pub state: &'a [f64],
    /// The extra integrals carried along, after the step.
    pub quadrature: &'a [f64],
    pub(crate) inside: &'a mut dyn Interpolant,
}

impl Step<'_> {
    /// State at a time within the step, by the method's dense output.
    pub fn state_at(&mut self, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        self.inside.state_at(t, out)
    }

    /// Rates `y'` at the end of the step, shape `(n,)`; evaluated only when asked for.
    pub fn rates(&mut self, out: &mut [f64]) -> Result<(), Failure> {
        self.inside.rates_at_end(out)
    }
}

/// An observer's wish to end the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Where the trajectory ends, within the step just taken. Its last row is there.
    pub time: f64,
    /// The ending.
    pub outcome: Outcome,
}

/// Watches the accepted steps of a run, in order.
pub trait Observer {
    /// The run starts here.
    fn start(&mut self, t: f64, y: &[f64]) {
        let _ = (t, y);
    }

    /// A step was accepted; the rows inside it are not yet saved.
    fn step(&mut self, step: &mut Step<'_>) -> ControlFlow<Stop>;

    /// Whether [`Observer::step`] wants to be called at all.
    fn is_watching(&self) -> bool {
        true
    }
}

/// The observer that watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn step(&mut self, _: &mut Step<'_>) -> ControlFlow<Stop> {
        ControlFlow::Continue(())
    }

    fn is_watching(&self) -> bool {
        false
    }
}

/// The integrand of a [`Quadrature`]: `(t, y, y', out)`.
pub type Integrand<'a> = dyn FnMut(f64, &[f64], &[f64], &mut [f64]) + 'a;

/// Integrals `z' = g(t, y, y')`, `z(a) = 0`, carried along with a run.
///
/// They are integrated with the method's own order and have no influence on its steps.
pub struct Quadrature<'a> {
    /// How many integrals.
    pub count: usize,
    /// Writes the `count` integrands.
    pub integrand: &'a mut Integrand<'a>,
}

//! One entry point for every method, and what all stepping loops share.

use super::controller::Tolerance;
use super::krylov::Linear;
use super::method::radau::Radau5;
use super::method::{self, Method};
use super::observer::{Interpolant, Observer, Quadrature, Step};
use super::outcome::{Component, Outcome};
use super::probe::Probe;
use super::reach::reach;
use super::span::Span;
use super::trajectory::{Dense, Statistics, Switch, Trajectory};
use super::{adaptive, fixed};
use crate::kernel::{Failure, VectorField};
use crate::limits;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How to integrate.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The method.
    pub method: Method,
    /// Relative tolerance; `1e-10` unless given.
    pub rtol: f64,
    /// Absolute tolerance in SI for every component; by default derived from the magnitudes the
    /// variables reach (see [`controller`](super::controller)).
    pub atol: Option<f64>,
    /// Fixed step, positive; the tolerances are then no promise. Where a method of fixed steps is
    /// given none, one is found from `rtol`.
    pub step: Option<f64>,
    /// First step of an adaptive method, positive; by default estimated.
    pub first_step: Option<f64>,
    /// Longest step of an adaptive method, positive.
    pub longest_step: Option<f64>,
    /// Budget of accepted and rejected steps of the whole run.
    pub max_steps: u64,
    /// The method to go on with where an explicit adaptive one meets stiffness.
    pub when_stiff: Option<Method>,
    /// The matrices of the equations, where they are linear with constant coefficients and who chose the method has them.
    pub linear: Option<Arc<Linear>>,
    /// Whether [`Trajectory::at`] will be asked for.
    pub keep_dense: bool,
    /// Set from outside to end the run after the current step.
    pub interrupt: Option<&'a AtomicBool>,
}

impl Default for Settings<'_> {
    /// `dop853` to `rtol = 1e-10`: what the language promises where a file says nothing.
    fn default() -> Self {
        Settings {
            method: Method::Dop853,
            rtol: 1e-10,
            atol: None,
            step: None,
            first_step: None,
            longest_step: None,
            max_steps: limits::STEPS,
            when_stiff: None,
            linear: None,
            keep_dense: false,
            interrupt: None,
        }
    }
}

/// Integrates `y' = f(t, y)`, `y(a) = y0`, over `span`.
///
/// **Shapes:** `y0: (n,)`; rows of the trajectory `(samples, n)`. Numerical trouble of any kind is
/// the trajectory's [`Outcome`].
///
/// # Panics
///
/// Where `y0` does not have the field's dimension, or the settings hold a tolerance or a step that
/// is not positive and finite: the language has checked both.
pub fn integrate<'a, F: VectorField + ?Sized>(
    field: &'a mut F,
    y0: &[f64],
    span: &'a Span,
    settings: &'a Settings<'a>,
    observer: &'a mut (dyn Observer + 'a),
) -> Trajectory {
    integrate_with(field, y0, span, settings, observer, None)
}

/// Like [`integrate`], with integrals carried along.
pub fn integrate_with<'a, F: VectorField + ?Sized>(
    field: &'a mut F,
    y0: &[f64],
    span: &'a Span,
    settings: &'a Settings<'a>,
    observer: &'a mut (dyn Observer + 'a),
    quadrature: Option<Quadrature<'a>>,
) -> Trajectory {
    assert_eq!(y0.len(), field.dimension(), "the start has the dimension of the field");
    assert!(settings.rtol > 0.0 && settings.rtol.is_finite(), "rtol is positive");
    assert!(settings.step.is_none_or(|h| h > 0.0 && h.is_finite()), "a fixed step is positive");
    let probe = Probe::new(field, quadrature);
    let mut run = Run::new(probe, y0, span, settings, observer);
    let ending = match run.check_start() {
        Ok(()) if run.y.is_empty() => run.skip_to_end(),
        Ok(()) => method::run(&mut run),
        Err(outcome) => Err(outcome),
    };
    run.finish(ending.err())
}

/// A run under way.
pub(crate) struct Run<'a, F: ?Sized> {
    pub probe: Probe<'a, F>,
    pub span: &'a Span,
    pub settings: &'a Settings<'a>,
    pub observer: &'a mut (dyn Observer + 'a),
    pub statistics: Statistics,
    pub switches: Vec<Switch>,
    /// The fixed step, if the method has one.
    pub step: Option<f64>,
    /// The weights so far, with the magnitudes that the groups have had.
    pub tolerance: Option<Tolerance>,
    /// Time of the last good state.
    pub t: f64,
    /// The last good state and its integrals, shape `(n + m,)`.
    pub y: Vec<f64>,
    times: Vec<f64>,
    states: Vec<f64>,
    quadratures: Vec<f64>,
    dense: Option<Dense>,
    next_sample: usize,
    row: Vec<f64>,
}

/// The part of a span between two breaks (or ends).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub from: f64,
    pub to: f64,
}

impl<'a, F: VectorField + ?Sized> Run<'a, F> {
    fn new(
        probe: Probe<'a, F>,
        y0: &[f64],
        span: &'a Span,
        settings: &'a Settings<'a>,
        observer: &'a mut (dyn Observer + 'a),
    ) -> Self {
        let mut y = y0.to_vec();
        y.resize(probe.total(), 0.0);
        let dense = settings.keep_dense.then(Dense::default);
        let mut run = Run {
            row: vec![0.0; probe.total()],
            probe,
            span,
            settings,
            observer,
            statistics: Statistics::default(),
            switches: Vec::new(),
            step: settings.step,
            tolerance: None,
            t: span.start(),
            y,
            times: Vec::new(),
            states: Vec::new(),
            quadratures: Vec::new(),
            dense,
            next_sample: 1,
        };
        run.push_row_here();
        run
    }

    /// What must hold before the first step: rows fit, the state is finite.
    fn check_start(&mut self) -> Result<(), Outcome> {
        if let Some(component) = self.y.iter().position(|value| !value.is_finite()) {
            return Err(self.failed(&Failure::NonFinite { component }));
        }
        let bytes = 8 * (self.y.len() as u64 + 1) * self.span.samples() as u64;
        if bytes > limits::TRAJECTORY_BYTES {
            let budget = format!(
                "{} rows of {} numbers need {bytes} bytes, and the limit is {}",
                self.span.samples(),
                self.y.len(),
                limits::TRAJECTORY_BYTES
            );
            return Err(Outcome::BudgetSpent { time: self.t, budget });
        }
        let rows = self.span.samples();
        self.times.reserve(rows);
        self.states.reserve(rows * self.probe.states());
        let (t, n) = (self.t, self.probe.states());
        self.observer.start(t, &self.y[..n]);
        Ok(())
    }

    /// A system without a state has nothing to integrate: only its times are rows.
    fn skip_to_end(&mut self) -> Result<(), Outcome> {
        self.times = (0..self.span.samples()).map(|row| self.span.sample(row)).collect();
        self.t = self.span.end();
        Ok(())
    }

    /// The stretches between breaks, in order.
    pub fn segments(&self) -> Vec<Segment> {
        let mut ends = vec![self.span.start()];
        ends.extend_from_slice(self.span.breaks());
        ends.push(self.span.end());
        ends.windows(2).map(|pair| Segment { from: pair[0], to: pair[1] }).collect()
    }

    /// Keeps evaluations inside a segment; its ends are excluded where they are breaks.
    pub fn enter(&mut self, segment: Segment) {
        let (start, end) = (self.span.start(), self.span.end());
        self.probe.confine((segment.from, segment.from != start), (segment.to, segment.to != end));
    }

    /// The weights of the error norm, at the start made from the rates `dy`.
    pub fn take_tolerance(&mut self, dy: &[f64]) -> Tolerance {
        if let Some(tolerance) = self.tolerance.take() {
            return tolerance;
        }
        let n = self.probe.states();
        let interval = self.span.interval();
        let groups = self.probe.field().groups().to_vec();
        let mut tolerance = Tolerance::new(&groups, self.settings, interval, &self.y[..n], &dy[..n]);
        if self.settings.atol.is_none() {
            let ahead = if self.span.end() < self.span.start() { -interval } else { interval };
            let (t, y) = (self.t, self.y[..n].to_vec());
            tolerance.expect(&reach(&mut self.probe, &groups, t, &y, &dy[..n], ahead));
        }
        tolerance
    }

    /// Ends the run where a budget is spent or the user asks for it.
    pub fn check_budget(&self) -> Result<(), Outcome> {
        let steps = self.statistics.steps + self.statistics.rejected;
        if steps >= self.settings.max_steps {
            return Err(Outcome::MaxStepsReached { time: self.t, steps });
        }
        if self.settings.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Outcome::Interrupted { time: self.t });
        }
        Ok(())
    }

    /// The outcome that a failure here is.
    pub fn failed(&self, failure: &Failure) -> Outcome {
        Outcome::of_failure(failure, self.t, |index| self.component(index).name)
    }

    /// A component with its name; integrals carried along are numbered.
    pub fn component(&self, index: usize) -> Component {
        let n = self.probe.states();
        let name =
            if index < n { self.probe.field().component_name(index) } else { format!("integral {}", index - n + 1) };
        Component { index, name }
    }

    /// Time of the next sample to be saved, if there is one.
    pub fn next_sample(&self) -> Option<f64> {
        (self.next_sample < self.span.samples()).then(|| self.span.sample(self.next_sample))
    }

    /// Times of the next samples up to `end`, at most `most` of them.
    pub fn samples_ahead(&self, end: f64, most: usize) -> Vec<f64> {
        let sign = self.span.direction();
        let rows = self.next_sample..self.span.samples();
        rows.take(most).map(|row| self.span.sample(row)).take_while(|t| sign * t <= sign * end).collect()
    }

    fn push_row_here(&mut self) {
        let n = self.probe.states();
        self.times.push(self.t);
        self.states.extend_from_slice(&self.y[..n]);
        self.quadratures.extend_from_slice(&self.y[n..]);
    }

    fn finish(mut self, ending: Option<Outcome>) -> Trajectory {
        if self.times.last().is_some_and(|last| *last != self.t) {
            self.push_row_here();
        }
        self.statistics.evaluations = self.probe.evaluations;
        self.statistics.jacobians = self.probe.jacobians;
        self.statistics.newton_iterations = self.probe.newton_iterations;
        Trajectory {
            dimension: self.probe.states(),
            quadrature_count: self.probe.total() - self.probe.states(),
            times: self.times,
            states: self.states,
            quadratures: self.quadratures,
            method: self.settings.method,
            step: self.step,
            switches: self.switches,
            outcome: ending.unwrap_or(Outcome::Finished { time: self.t }),
            statistics: self.statistics,
            dense: self.dense,
        }
    }

    /// Takes over an accepted step to `(t, y)`: observer, rows, dense output, new last good state.
    ///
    /// `inside` interpolates within the step; it borrows what it needs from the caller, and the
    /// probe is handed to it by the closure it was made from.
    pub fn accept(&mut self, t: f64, y: &[f64], inside: &mut dyn Inside<F>) -> Result<(), Outcome> {
        let n = self.probe.states();
        self.statistics.accepted(t - self.t);
        let mut end = t;
        let mut stop = None;
        if self.observer.is_watching() {
            let mut view = View { probe: &mut self.probe, inside };
            let mut step = Step {
                start: self.t,
                end: t,
                before: &self.y[..n],
                state: &y[..n],
                quadrature: &y[n..],
                inside: &mut view,
            };
            if let ControlFlow::Break(wish) = self.observer.step(&mut step) {
                end = wish.time;
                stop = Some(wish.outcome);
            }
        }
        self.save_rows(end, t, y, inside)?;
        self.keep_dense(t, inside)?;
        if end != t {
            let mut row = std::mem::take(&mut self.row);
            let result = inside.state_at(&mut self.probe, end, &mut row);
            if let Err(failure) = result {
                return Err(self.failed(&failure));
            }
            self.y.copy_from_slice(&row);
            self.row = row;
        } else {
            self.y.copy_from_slice(y);
        }
        self.t = end;
        stop.map_or(Ok(()), Err)
    }

    fn save_rows(&mut self, end: f64, t: f64, y: &[f64], inside: &mut dyn Inside<F>) -> Result<(), Outcome> {
        let (n, sign) = (self.probe.states(), self.span.direction());
        while let Some(sample) = self.next_sample().filter(|sample| sign * sample <= sign * end) {
            if sample == t {
                self.row.copy_from_slice(y);
            } else if let Err(failure) = inside.state_at(&mut self.probe, sample, &mut self.row) {
                return Err(self.failed(&failure));
            }
            self.times.push(sample);
            self.states.extend_from_slice(&self.row[..n]);
            self.quadratures.extend_from_slice(&self.row[n..]);
            self.next_sample += 1;
        }
        Ok(())
    }

    fn keep_dense(&mut self, t: f64, inside: &mut dyn Inside<F>) -> Result<(), Outcome> {
        let Some(dense) = &mut self.dense else { return Ok(()) };
        let (coefficients, terms) = match inside.coefficients(&mut self.probe) {
            Ok(found) => found,
            Err(failure) => return Err(self.failed(&failure)),
        };
        if dense.bytes_with(coefficients.len()) > limits::TRAJECTORY_BYTES {
            let budget = format!("dense output needs more than {} bytes", limits::TRAJECTORY_BYTES);
            return Err(Outcome::BudgetSpent { time: self.t, budget });
        }
        dense.push(self.t, t, coefficients, terms, self.probe.states());
        Ok(())
    }
}

/// The inside of an accepted step, made when first asked for.
pub(crate) trait Inside<F: VectorField + ?Sized> {
    /// State and integrals at `t` within the step, shape `(n,)` or `(n + m,)`.
    fn state_at(&mut self, probe: &mut Probe<'_, F>, t: f64, out: &mut [f64]) -> Result<(), Failure>;
    /// `y'` at the end of the step, shape `(n,)`.
    fn rates_at_end(&mut self, probe: &mut Probe<'_, F>, out: &mut [f64]) -> Result<(), Failure>;
    /// Coefficient vectors of the piece (see [`Dense`]), and how many.
    fn coefficients(&mut self, probe: &mut Probe<'_, F>) -> Result<(&[f64], usize), Failure>;
}

struct View<'v, 'a, F: ?Sized> {
    probe: &'v mut Probe<'a, F>,
    inside: &'v mut dyn Inside<F>,
}

impl<F: VectorField + ?Sized> Interpolant for View<'_, '_, F> {
    fn state_at(&mut self, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        self.inside.state_at(self.probe, t, out)
    }

    fn rates_at_end(&mut self, out: &mut [f64]) -> Result<(), Failure> {
        self.inside.rates_at_end(self.probe, out)
    }
}

/// Runs an embedded pair: adaptive, or with the fixed step of the settings.
pub(crate) fn run_embedded<M: adaptive::Embedded, F: VectorField + ?Sized>(
    run: &mut Run<'_, F>,
) -> Result<(), Outcome> {
    if let Some(step) = run.settings.step {
        return fixed::run(run, &mut adaptive::AtFixedStep::<M>::new(run.probe.total()), step);
    }
    if adaptive::run::<M, F>(run)? == adaptive::End::Stiff {
        let reason = format!("stiffness was met, as `{}` measured", run.settings.method.name());
        run.switches.push(Switch { time: run.t, method: Method::Radau5, reason });
        adaptive::run::<Radau5, F>(run)?;
    }
    Ok(())
}

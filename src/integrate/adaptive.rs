//! The loop of the embedded methods: try, judge, accept or shrink.

use super::controller::{ControlLaw, StepControl, Tolerance, smallest_step, starting_step};
use super::driver::{Inside, Run, Segment};
use super::fixed::Stepper;
use super::outcome::Outcome;
use super::probe::Probe;
use super::trajectory::evaluate;
use crate::kernel::{Failure, VectorField};
use crate::limits;

/// A one-step method with an error estimate and dense output.
pub(crate) trait Embedded {
    /// Order of the solution that is carried on.
    const ORDER: u32;
    /// Its controller.
    const LAW: ControlLaw;
    /// Coefficient vectors of its dense output.
    const DENSE_TERMS: usize;

    /// Work space for states of `total` entries.
    fn new(total: usize) -> Self;
    /// A trial step; the result waits in [`Embedded::candidate`].
    fn attempt<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<(), Failure>;
    /// The state after the trial step.
    fn candidate(&self) -> &[f64];
    /// Error of the trial step in the weights' norm.
    fn error<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, trial: Trial<'_>) -> Result<f64, Failure>;
    /// The component with the largest error.
    fn culprit(&self, trial: Trial<'_>) -> usize;
    /// `h|λ|` of the step for the fastest `λ` of the Jacobian, as its stages show it, divided by the
    /// bound of the method's stability; 0 where it has none.
    fn stiffness(&self, trial: Trial<'_>) -> f64 {
        let _ = trial;
        0.0
    }
    /// Rates at the candidate; called once before a step is accepted.
    fn rates_at_candidate<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t_new: f64,
    ) -> Result<&[f64], Failure>;
    /// Writes the coefficients of the dense output, shape `(DENSE_TERMS, total)`.
    fn dense<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        trial: Trial<'_>,
        coefficients: &mut [f64],
    ) -> Result<(), Failure>;
    /// The equations may have changed.
    fn restart(&mut self) {}
}

/// What a step starts from.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'s> {
    pub t: f64,
    pub h: f64,
    /// State and integrals at `t`, shape `(total,)`.
    pub y: &'s [f64],
    /// Their rates.
    pub dy: &'s [f64],
    /// Weights of the error norm, shape `(n,)`; empty where nobody judges.
    pub weights: &'s [f64],
}

/// The result of a stage: `out = y + h Σ a_j k_j`.
#[inline(always)]
pub(crate) fn combine<const S: usize>(out: &mut [f64], y: &[f64], h: f64, terms: [(f64, &[f64]); S]) {
    let n = out.len();
    let y = &y[..n];
    let mut terms = terms;
    for (_, k) in &mut terms {
        *k = &k[..n];
    }
    // Whole chunks are computed before they are written: no test whether the slices overlap.
    let (chunks, rest) = out.as_chunks_mut::<CHUNK>();
    let whole = n - rest.len();
    for (c, chunk) in chunks.iter_mut().enumerate() {
        let at = |x: &[f64]| -> [f64; CHUNK] { x.as_chunks().0[c] };
        let mut sum = at(terms[0].1);
        for lane in 0..CHUNK {
            sum[lane] *= terms[0].0;
        }
        for (a, k) in &terms[1..] {
            let k = at(k);
            for lane in 0..CHUNK {
                sum[lane] += a * k[lane];
            }
        }
        let y = at(y);
        for lane in 0..CHUNK {
            chunk[lane] = y[lane] + h * sum[lane];
        }
    }
    for (i, out) in (whole..n).zip(rest) {
        let mut sum = terms[0].0 * terms[0].1[i];
        for (a, k) in &terms[1..] {
            sum += a * k[i];
        }
        *out = y[i] + h * sum;
    }
}

/// Components that [`combine`] takes together.
const CHUNK: usize = 4;

/// The inside of a step of an embedded method.
struct Accepted<'s, M> {
    method: &'s mut M,
    coefficients: &'s mut [f64],
    ready: bool,
    trial: Trial<'s>,
    dy_new: &'s [f64],
}

impl<M: Embedded> Accepted<'_, M> {
    fn prepare<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>) -> Result<(), Failure> {
        if !self.ready {
            self.method.dense(probe, self.trial, self.coefficients)?;
            self.ready = true;
        }
        Ok(())
    }
}

impl<M: Embedded, F: VectorField + ?Sized> Inside<F> for Accepted<'_, M> {
    fn state_at(&mut self, probe: &mut Probe<'_, F>, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        self.prepare(probe)?;
        evaluate(self.coefficients, self.trial.y.len(), (t - self.trial.t) / self.trial.h, out);
        Ok(())
    }

    fn rates_at_end(&mut self, _: &mut Probe<'_, F>, out: &mut [f64]) -> Result<(), Failure> {
        out.copy_from_slice(&self.dy_new[..out.len()]);
        Ok(())
    }

    fn coefficients(&mut self, probe: &mut Probe<'_, F>) -> Result<(&[f64], usize), Failure> {
        self.prepare(probe)?;
        Ok((self.coefficients, M::DENSE_TERMS))
    }
}

/// Where the loop ended without a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the end of the span.
    Span,
    /// Where stability, not accuracy, began to limit the steps of an explicit method.
    Stiff,
}

/// Integrates from the run's present state to the end of its span.
pub(crate) fn run<M: Embedded, F: VectorField + ?Sized>(run: &mut Run<'_, F>) -> Result<End, Outcome> {
    let total = run.probe.total();
    let mut work = Work {
        method: M::new(total),
        y: run.y.clone(),
        y_new: vec![0.0; total],
        dy: vec![0.0; total],
        dy_new: vec![0.0; total],
        coefficients: vec![0.0; M::DENSE_TERMS * total],
    };
    for segment in run.segments() {
        let ahead = run.span.direction() * (segment.to - run.t) > 0.0;
        if ahead {
            run.enter(segment);
            if work.segment(run, segment)? == End::Stiff {
                return Ok(End::Stiff);
            }
        }
    }
    Ok(End::Span)
}

/// Counts stiff-looking steps (Hairer, Wanner 1996, IV.2): 15 of them without 6 others between.
#[derive(Default)]
struct StiffnessWatch {
    stiff: u32,
    calm: u32,
}

impl StiffnessWatch {
    /// Steps between looks as long as nothing is suspicious.
    const INTERVAL: u64 = 50;

    fn wants_look(&self, steps: u64) -> bool {
        self.stiff > 0 || steps % Self::INTERVAL == Self::INTERVAL - 1
    }

    /// Whether the equations are now known to be stiff.
    fn look(&mut self, ratio: f64) -> bool {
        if ratio > 1.0 {
            self.calm = 0;
            self.stiff += 1;
        } else {
            self.calm += 1;
            if self.calm == 6 {
                self.stiff = 0;
            }
        }
        self.stiff == 15
    }
}

/// Whether a run gets on. Along a jump of its equations steps are accepted again and again, each so
/// short that its error does not matter: it would crawl for hours.
struct Pace {
    time: f64,
    steps: u64,
}

impl Pace {
    /// Whether the steps since the last look are too short to end within the budget of any run.
    fn is_hopeless(&mut self, t: f64, steps: u64, end: f64) -> bool {
        let count = steps - self.steps;
        if count < limits::CRAWLING_STEPS {
            return false;
        }
        let advance = (t - self.time).abs();
        *self = Pace { time: t, steps };
        (end - t).abs() * count as f64 > advance * limits::STEPS as f64
    }
}

struct Work<M> {
    method: M,
    y: Vec<f64>,
    y_new: Vec<f64>,
    dy: Vec<f64>,
    dy_new: Vec<f64>,
    coefficients: Vec<f64>,
}

impl<M: Embedded> Work<M> {
    fn segment<F: VectorField + ?Sized>(&mut self, run: &mut Run<'_, F>, segment: Segment) -> Result<End, Outcome> {
        let sign = run.span.direction();
        self.y.copy_from_slice(&run.y);
        if let Err(failure) = run.probe.rates(run.t, &self.y, &mut self.dy) {
            return Err(run.failed(&failure));
        }
        if let Some(component) = self.dy.iter().position(|rate| !rate.is_finite()) {
            return Err(run.failed(&Failure::NonFinite { component }));
        }
        let mut tolerance = run.take_tolerance(&self.dy);
        self.method.restart();
        let mut control = StepControl::new(M::LAW);
        let longest = run.settings.longest_step.unwrap_or(f64::INFINITY);
        let mut h = self.first_step(run, &tolerance, segment, longest).max(smallest_step(run.t));
        let mut rejections = 0;
        let mut watch = run.settings.when_stiff.map(|_| StiffnessWatch::default());
        let mut pace = Pace { time: run.t, steps: run.statistics.steps + run.statistics.rejected };
        while run.t != segment.to {
            run.check_budget()?;
            let left = (segment.to - run.t).abs();
            let last = 1.01 * h >= left;
            let step = sign * if last { left } else { h };
            let trial = self.attempt(run, &mut tolerance, step, if last { segment.to } else { run.t + step });
            let factor = match trial {
                Ok(error) => {
                    rejections = 0;
                    let stiff = watch.as_mut().is_some_and(|watch| {
                        watch.wants_look(run.statistics.steps) && watch.look(self.stiffness(run.t, step, &tolerance))
                    });
                    let t_new = if last { segment.to } else { run.t + step };
                    self.accept(run, &mut tolerance, t_new, step)?;
                    if stiff && !last {
                        run.tolerance = Some(tolerance);
                        return Ok(End::Stiff);
                    }
                    control.accepted(error)
                }
                Err(trouble) => {
                    run.statistics.rejected += 1;
                    rejections += 1;
                    let factor = match &trouble {
                        Trouble::Error(error) => control.rejected(*error),
                        Trouble::Failure(_) => control.failed(),
                    };
                    let next = step.abs() * factor;
                    let steps = run.statistics.steps + run.statistics.rejected;
                    let crawls = pace.is_hopeless(run.t, steps, segment.to);
                    if next < smallest_step(run.t) || rejections > limits::REJECTIONS_IN_A_ROW || crawls {
                        return Err(match trouble {
                            Trouble::Failure(failure) => run.failed(&failure),
                            Trouble::Error(_) => Outcome::StepSizeUnderflow {
                                time: run.t,
                                step: next,
                                component: run.component(self.method.culprit(Trial {
                                    t: run.t,
                                    h: step,
                                    y: &self.y,
                                    dy: &self.dy,
                                    weights: tolerance.weights(),
                                })),
                            },
                        });
                    }
                    h = next;
                    continue;
                }
            };
            h = (step.abs() * factor).min(longest).max(smallest_step(run.t));
        }
        run.tolerance = Some(tolerance);
        Ok(End::Span)
    }

    fn stiffness(&self, t: f64, h: f64, tolerance: &Tolerance) -> f64 {
        self.method.stiffness(Trial { t, h, y: &self.y, dy: &self.dy, weights: tolerance.weights() })
    }

    fn first_step<F: VectorField + ?Sized>(
        &mut self,
        run: &mut Run<'_, F>,
        tolerance: &Tolerance,
        segment: Segment,
        longest: f64,
    ) -> f64 {
        let limit = (segment.to - segment.from).abs().min(longest);
        if let Some(first) = run.settings.first_step {
            return first.min(limit);
        }
        let sign = run.span.direction();
        let (t, y, dy, probe) = (run.t, &self.y, &self.dy, &mut run.probe);
        let euler = &mut self.y_new;
        starting_step(M::ORDER, tolerance, y, dy, limit, |h, second| {
            combine(euler, y, sign * h, [(1.0, dy)]);
            probe.rates(t + sign * h, euler, second).is_ok()
        })
    }

    /// One trial step: its error, at most 1, or why it must be rejected.
    fn attempt<F: VectorField + ?Sized>(
        &mut self,
        run: &mut Run<'_, F>,
        tolerance: &mut Tolerance,
        h: f64,
        t_new: f64,
    ) -> Result<f64, Trouble> {
        let n = run.probe.states();
        let before = Trial { t: run.t, h, y: &self.y, dy: &self.dy, weights: tolerance.weights() };
        self.method.attempt(&mut run.probe, before).map_err(Trouble::Failure)?;
        let weights = tolerance.weigh(&self.method.candidate()[..n]);
        let trial = Trial { t: run.t, h, y: &self.y, dy: &self.dy, weights };
        let error = self.method.error(&mut run.probe, trial).map_err(Trouble::Failure)? / M::LAW.share;
        let candidate = self.method.candidate();
        if !error.is_finite() {
            let component = candidate.iter().position(|value| !value.is_finite());
            let component = component.unwrap_or_else(|| self.method.culprit(trial));
            return Err(Trouble::Failure(Failure::NonFinite { component }));
        }
        if error > 1.0 {
            return Err(Trouble::Error(error));
        }
        self.y_new.copy_from_slice(candidate);
        let rates = self.method.rates_at_candidate(&mut run.probe, t_new).map_err(Trouble::Failure)?;
        self.dy_new.copy_from_slice(rates);
        match self.dy_new.iter().zip(&self.y_new).position(|(rate, value)| !(rate.is_finite() && value.is_finite())) {
            Some(component) => Err(Trouble::Failure(Failure::NonFinite { component })),
            None => Ok(error),
        }
    }

    fn accept<F: VectorField + ?Sized>(
        &mut self,
        run: &mut Run<'_, F>,
        tolerance: &mut Tolerance,
        t_new: f64,
        h: f64,
    ) -> Result<(), Outcome> {
        let mut inside = Accepted {
            method: &mut self.method,
            coefficients: &mut self.coefficients,
            ready: false,
            trial: Trial { t: run.t, h, y: &self.y, dy: &self.dy, weights: &[] },
            dy_new: &self.dy_new,
        };
        run.accept(t_new, &self.y_new, &mut inside)?;
        tolerance.accept(&self.dy_new);
        std::mem::swap(&mut self.y, &mut self.y_new);
        std::mem::swap(&mut self.dy, &mut self.dy_new);
        Ok(())
    }
}

enum Trouble {
    Error(f64),
    Failure(Failure),
}

/// An embedded method as a stepper of fixed steps: its error estimate is not used.
pub(crate) struct AtFixedStep<M> {
    pub method: M,
    dy: Vec<f64>,
    known: bool,
}

impl<M: Embedded> AtFixedStep<M> {
    pub fn new(total: usize) -> Self {
        AtFixedStep { method: M::new(total), dy: vec![0.0; total], known: false }
    }
}

impl<M: Embedded> Stepper for AtFixedStep<M> {
    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        carry: &mut [f64],
    ) -> Result<(), Failure> {
        let _ = carry;
        if !self.known {
            probe.rates(t, y, &mut self.dy)?;
        }
        self.method.attempt(probe, Trial { t, h, y, dy: &self.dy, weights: &[] })?;
        y.copy_from_slice(self.method.candidate());
        self.dy.copy_from_slice(self.method.rates_at_candidate(probe, t + h)?);
        self.known = true;
        Ok(())
    }

    fn restart(&mut self) {
        self.method.restart();
        self.known = false;
    }
}

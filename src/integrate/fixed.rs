//! The loop of fixed steps: it lands on every sample.
//!
//! The interval between two samples is divided into the fewest equal steps that are not longer than
//! the one asked for. The division is the same for every interval of the grid, so the step is one
//! constant of the run, and times are computed from the grid: a symplectic method keeps its
//! modified energy only under a constant step.

use super::driver::{Inside, Run};
use super::outcome::Outcome;
use super::probe::Probe;
use super::trajectory::evaluate;
use crate::kernel::{Failure, VectorField};

/// A one-step method at a given step.
pub(crate) trait Stepper {
    /// Takes `y: (n + m,)` from `t` to `t + h`. `carry` holds the rounding errors of `y`'s additions,
    /// for methods that sum with compensation.
    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        carry: &mut [f64],
    ) -> Result<(), Failure>;

    /// Forgets what it knows of earlier steps: the equations may have changed.
    fn restart(&mut self) {}
}

/// Steps between two looks at the budget and the interrupt.
const STRIDE: u64 = 256;

/// Integrates from the run's present state to the end of its span in steps of at most `step`.
pub(crate) fn run<S: Stepper, F: VectorField + ?Sized>(
    run: &mut Run<'_, F>,
    stepper: &mut S,
    step: f64,
) -> Result<(), Outcome> {
    let total = run.probe.total();
    let mut work = Work { y: run.y.clone(), carry: vec![0.0; total], inside: Hermite::new(total) };
    let sign = run.span.direction();
    for segment in run.segments() {
        if sign * (segment.to - run.t) <= 0.0 {
            continue;
        }
        run.enter(segment);
        stepper.restart();
        while run.t != segment.to {
            let sample = run.next_sample().unwrap_or(segment.to);
            let to = if sign * sample < sign * segment.to { sample } else { segment.to };
            work.interval(run, stepper, to, step)?;
        }
    }
    Ok(())
}

struct Work {
    y: Vec<f64>,
    carry: Vec<f64>,
    inside: Hermite,
}

impl Work {
    /// From the present time to `to` in equal steps.
    fn interval<S: Stepper, F: VectorField + ?Sized>(
        &mut self,
        run: &mut Run<'_, F>,
        stepper: &mut S,
        to: f64,
        step: f64,
    ) -> Result<(), Outcome> {
        let from = run.t;
        let grid = run.span.interval();
        let measured = (to - from).abs();
        // An interval of the grid has the grid's own length, not the rounded difference of two times.
        let length = if (measured - grid).abs() <= 1e-9 * grid { grid } else { measured };
        let parts = (length / step * (1.0 - 1e-12)).ceil().max(1.0);
        let h = run.span.direction() * length / parts;
        let watched = run.observer.is_watching() || run.settings.keep_dense;
        let mut done = 0.0;
        while done < parts {
            run.check_budget()?;
            let last = parts - done <= 1.0;
            let t = from + done * h;
            if watched || last {
                let t_new = if last { to } else { from + (done + 1.0) * h };
                self.inside.begin(t, &run.y);
                self.advance(run, stepper, t, h)?;
                self.inside.end(t_new, &self.y);
                run.accept(t_new, &self.y, &mut self.inside)?;
                done += 1.0;
                continue;
            }
            let budget = run.settings.max_steps - run.statistics.steps - run.statistics.rejected;
            let stride = (parts - done - 1.0).min(STRIDE.min(budget) as f64);
            let mut k = 0.0;
            while k < stride {
                self.advance(run, stepper, from + (done + k) * h, h)?;
                run.t = from + (done + k + 1.0) * h;
                run.y.copy_from_slice(&self.y);
                k += 1.0;
            }
            run.statistics.accepted_many(h, stride as u64);
            done += stride;
        }
        Ok(())
    }

    fn advance<S: Stepper, F: VectorField + ?Sized>(
        &mut self,
        run: &mut Run<'_, F>,
        stepper: &mut S,
        t: f64,
        h: f64,
    ) -> Result<(), Outcome> {
        if let Err(failure) = stepper.step(&mut run.probe, t, h, &mut self.y, &mut self.carry) {
            return Err(run.failed(&failure));
        }
        match self.y.iter().position(|value| !value.is_finite()) {
            Some(component) => Err(run.failed(&Failure::NonFinite { component })),
            None => Ok(()),
        }
    }
}

/// Dense output between the ends of a step: Hermite's cubic through states and rates.
struct Hermite {
    t: f64,
    t_new: f64,
    y: Vec<f64>,
    y_new: Vec<f64>,
    dy: Vec<f64>,
    dy_new: Vec<f64>,
    coefficients: Vec<f64>,
    ready: bool,
}

impl Hermite {
    fn new(total: usize) -> Self {
        let zeros = || vec![0.0; total];
        let coefficients = vec![0.0; 4 * total];
        Hermite {
            t: 0.0,
            t_new: 0.0,
            y: zeros(),
            y_new: zeros(),
            dy: zeros(),
            dy_new: zeros(),
            coefficients,
            ready: false,
        }
    }

    fn begin(&mut self, t: f64, y: &[f64]) {
        self.t = t;
        self.y.copy_from_slice(y);
        self.ready = false;
    }

    fn end(&mut self, t_new: f64, y_new: &[f64]) {
        self.t_new = t_new;
        self.y_new.copy_from_slice(y_new);
    }

    fn prepare<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>) -> Result<(), Failure> {
        if self.ready {
            return Ok(());
        }
        probe.rates(self.t, &self.y, &mut self.dy)?;
        probe.rates(self.t_new, &self.y_new, &mut self.dy_new)?;
        let (n, h) = (self.y.len(), self.t_new - self.t);
        for i in 0..n {
            let difference = self.y_new[i] - self.y[i];
            let bend = h * self.dy[i] - difference;
            self.coefficients[i] = self.y[i];
            self.coefficients[n + i] = difference;
            self.coefficients[2 * n + i] = bend;
            self.coefficients[3 * n + i] = difference - h * self.dy_new[i] - bend;
        }
        self.ready = true;
        Ok(())
    }
}

impl<F: VectorField + ?Sized> Inside<F> for Hermite {
    fn state_at(&mut self, probe: &mut Probe<'_, F>, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        self.prepare(probe)?;
        evaluate(&self.coefficients, self.y.len(), (t - self.t) / (self.t_new - self.t), out);
        Ok(())
    }

    fn rates_at_end(&mut self, probe: &mut Probe<'_, F>, out: &mut [f64]) -> Result<(), Failure> {
        probe.field_rates(self.t_new, &self.y_new, out)
    }

    fn coefficients(&mut self, probe: &mut Probe<'_, F>) -> Result<(&[f64], usize), Failure> {
        self.prepare(probe)?;
        Ok((&self.coefficients, 4))
    }
}

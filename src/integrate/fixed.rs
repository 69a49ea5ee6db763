//! The loop of fixed steps: it lands on every sample.
//!
//! The interval between two samples is divided into the fewest equal steps that are not longer than
//! the one asked for. The division is the same for every interval of the grid, so the step is one
//! constant of the run, and times are computed from the grid: a symplectic method keeps its
//! modified energy only under a constant step.

use super::companion::Companion;
use super::driver::{Inside, Run};
use super::outcome::Outcome;
use super::probe::Probe;
use crate::kernel::{Failure, VectorField};
use crate::real;

/// A one-step method at a given step.
pub(crate) trait Stepper {
    /// Whether the step advances the integrals behind the field's own components, too.
    const CARRIES_QUADRATURE: bool = true;

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

    /// The earliest and the latest time the method looks at, in steps from the start of the step.
    fn reach(&self) -> [f64; 2] {
        [0.0, 1.0]
    }

    /// Writes the state at `h` after `y`, within the step just taken, where the method knows it
    /// better than an interpolant; `false` where it does not.
    fn state_inside(&mut self, y: &[f64], h: f64, out: &mut [f64]) -> bool {
        let _ = (y, h, out);
        false
    }

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
    let mut work = Work { y: run.y.clone(), carry: vec![0.0; total], inside: Companion::new(total) };
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

/// The inside of a step: the method's own where it has one, else the companion's.
struct Inner<'s, S> {
    companion: &'s mut Companion,
    stepper: &'s mut S,
}

impl<S: Stepper, F: VectorField + ?Sized> Inside<F> for Inner<'_, S> {
    fn state_at(&mut self, probe: &mut Probe<'_, F>, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        let (from, y) = self.companion.start();
        let n = probe.states();
        let known = self.stepper.state_inside(&y[..n], t - from, &mut out[..n]);
        if known && out.len() == n { Ok(()) } else { self.companion.state_at(probe, t, out) }
    }

    fn rates_at_end(&mut self, probe: &mut Probe<'_, F>, out: &mut [f64]) -> Result<(), Failure> {
        self.companion.rates_at_end(probe, out)
    }

    fn coefficients(&mut self, probe: &mut Probe<'_, F>) -> Result<(&[f64], usize), Failure> {
        self.companion.coefficients(probe)
    }
}

struct Work {
    y: Vec<f64>,
    carry: Vec<f64>,
    inside: Companion,
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
        let parts = real::ceil(length / step * (1.0 - 1e-12)).max(1.0);
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
                let mut inside = Inner { companion: &mut self.inside, stepper };
                run.accept(t_new, &self.y, &mut inside)?;
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
        let [early, late] = stepper.reach();
        let result = if (early < 0.0 || late > 1.0) && run.probe.is_beyond_break(t + early * h, t + late * h) {
            // The method would look across a break, where the equations are others.
            stepper.restart();
            self.carry.fill(0.0);
            self.inside.step(&mut run.probe, t, h, &mut self.y)
        } else {
            stepper.step(&mut run.probe, t, h, &mut self.y, &mut self.carry)
        };
        if let Err(failure) = result {
            return Err(run.failed(&failure));
        }
        let n = run.probe.states();
        if !S::CARRIES_QUADRATURE && self.y.len() > n {
            let integrals = self.inside.integrals(&mut run.probe, t, h, &run.y);
            match integrals {
                Ok(integrals) => self.y[n..].copy_from_slice(integrals),
                Err(failure) => return Err(run.failed(&failure)),
            }
        }
        match self.y.iter().position(|value| !value.is_finite()) {
            Some(component) => Err(run.failed(&Failure::NonFinite { component })),
            None => Ok(()),
        }
    }
}

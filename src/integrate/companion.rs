//! What a method of fixed steps lacks by itself: the inside of a step, and integrals carried along.
//!
//! A step of `dop853` from the same state supplies both: its dense output of order 7, fitted to the
//! method's own end point, and the integrals to order 8. Nothing is evaluated unless asked for.

use super::adaptive::{Embedded, Trial};
use super::driver::Inside;
use super::method::dop853::Dop853;
use super::probe::Probe;
use super::trajectory::evaluate;
use crate::kernel::{Failure, VectorField};

/// The companion of one step at a time.
pub(crate) struct Companion {
    dop853: Dop853,
    t: f64,
    t_new: f64,
    y: Vec<f64>,
    y_new: Vec<f64>,
    dy: Vec<f64>,
    coefficients: Vec<f64>,
    ready: bool,
}

impl Companion {
    pub fn new(total: usize) -> Self {
        let zeros = || vec![0.0; total];
        Companion {
            dop853: Dop853::new(total),
            t: 0.0,
            t_new: 0.0,
            y: zeros(),
            y_new: zeros(),
            dy: zeros(),
            coefficients: vec![0.0; Dop853::DENSE_TERMS * total],
            ready: false,
        }
    }

    /// A step begins at `(t, y)`.
    pub fn begin(&mut self, t: f64, y: &[f64]) {
        self.t = t;
        self.y.copy_from_slice(y);
        self.ready = false;
    }

    /// Where the step began.
    pub fn start(&self) -> (f64, &[f64]) {
        (self.t, &self.y)
    }

    /// It ended at `(t, y)`.
    pub fn end(&mut self, t: f64, y: &[f64]) {
        self.t_new = t;
        self.y_new.copy_from_slice(y);
    }

    /// Takes the step in the method's place.
    pub fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
    ) -> Result<(), Failure> {
        probe.rates(t, y, &mut self.dy)?;
        self.dop853.attempt(probe, Trial { t, h, y, dy: &self.dy, weights: &[] })?;
        y.copy_from_slice(self.dop853.candidate());
        Ok(())
    }

    /// The integrals after the step of length `h` from `(t, y)`.
    pub fn integrals<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
    ) -> Result<&[f64], Failure> {
        probe.rates(t, y, &mut self.dy)?;
        self.dop853.attempt(probe, Trial { t, h, y, dy: &self.dy, weights: &[] })?;
        Ok(&self.dop853.candidate()[probe.states()..])
    }

    fn prepare<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>) -> Result<(), Failure> {
        if self.ready {
            return Ok(());
        }
        let h = self.t_new - self.t;
        probe.rates(self.t, &self.y, &mut self.dy)?;
        let trial = Trial { t: self.t, h, y: &self.y, dy: &self.dy, weights: &[] };
        self.dop853.attempt(probe, trial)?;
        self.dop853.replace_candidate(&self.y_new);
        self.dop853.rates_at_candidate(probe, self.t_new)?;
        self.dop853.dense(probe, trial, &mut self.coefficients)?;
        self.ready = true;
        Ok(())
    }
}

impl<F: VectorField + ?Sized> Inside<F> for Companion {
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
        Ok((&self.coefficients, Dop853::DENSE_TERMS))
    }
}

//! What a method evaluates: the field, counted, kept to one side of a break, with its quadratures.

use super::observer::Quadrature;
use crate::kernel::{Failure, Linearised, Part, VectorField};

/// A vector field together with the integrals carried along.
///
/// States given to [`Probe::rates`] have `n + m` entries: the field's `n`, then `m` integrals. The
/// time is kept inside the open interval between two breaks, so that a stage at `t = 5 [ms]` of the
/// step that ends there still sees the branch before it.
pub(crate) struct Probe<'a, F: ?Sized> {
    field: &'a mut F,
    quadrature: Option<Quadrature<'a>>,
    states: usize,
    low: f64,
    high: f64,
    pub evaluations: u64,
    pub jacobians: u64,
    pub newton_iterations: u64,
}

impl<'a, F: VectorField + ?Sized> Probe<'a, F> {
    pub fn new(field: &'a mut F, quadrature: Option<Quadrature<'a>>) -> Self {
        let states = field.dimension();
        Probe {
            field,
            quadrature,
            states,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            evaluations: 0,
            jacobians: 0,
            newton_iterations: 0,
        }
    }

    /// `n`
    pub fn states(&self) -> usize {
        self.states
    }

    /// `n + m`
    pub fn total(&self) -> usize {
        self.states + self.quadrature.as_ref().map_or(0, |q| q.count)
    }

    pub fn field(&self) -> &F {
        self.field
    }

    pub fn field_mut(&mut self) -> &mut F {
        self.field
    }

    /// Keeps all later times on one side of each end that is a break.
    pub fn confine(&mut self, from: (f64, bool), to: (f64, bool)) {
        let (low, high) = if from.0 <= to.0 { (from, to) } else { (to, from) };
        self.low = if low.1 { low.0.next_up() } else { f64::NEG_INFINITY };
        self.high = if high.1 { high.0.next_down() } else { f64::INFINITY };
    }

    /// Whether one of two times lies beyond a break by more than rounding.
    pub fn is_beyond_break(&self, a: f64, b: f64) -> bool {
        let slack = 1e-9 * (b - a).abs();
        a.min(b) < self.low - slack || a.max(b) > self.high + slack
    }

    fn within(&self, t: f64) -> f64 {
        t.max(self.low).min(self.high)
    }

    #[inline]
    pub fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        self.evaluations += 1;
        let t = self.within(t);
        let n = self.states;
        match &mut self.quadrature {
            None => self.field.rates(t, y, dy),
            Some(quadrature) => {
                let (rates, integrands) = dy.split_at_mut(n);
                self.field.rates(t, &y[..n], rates)?;
                (quadrature.integrand)(t, &y[..n], rates, integrands);
                Ok(())
            }
        }
    }

    #[inline]
    pub fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        self.evaluations += 1;
        let (t, n) = (self.within(t), self.states);
        self.field.partial_rates(part, t, &y[..n], &mut dy[..n])
    }

    /// Rates of the field alone, shape `(n,)`.
    pub fn field_rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        self.evaluations += 1;
        let (t, n) = (self.within(t), self.states);
        self.field.rates(t, &y[..n], &mut dy[..n])
    }

    /// `M δy' = J δy`, sparse.
    pub fn linearised(&mut self, t: f64, y: &[f64]) -> Result<Option<Linearised>, Failure> {
        self.jacobians += 1;
        let (t, n) = (self.within(t), self.states);
        self.field.linearised(t, &y[..n])
    }

    pub fn jacobian(&mut self, t: f64, y: &[f64], jacobian: &mut [f64]) -> Result<(), Failure> {
        self.jacobians += 1;
        let (t, n) = (self.within(t), self.states);
        self.field.jacobian(t, &y[..n], jacobian)
    }
}

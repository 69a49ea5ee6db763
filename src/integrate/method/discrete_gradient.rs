//! The mean-value discrete gradient of a gradient flow.
//!
//! Order 2, symmetric. For `M y' = −∇D(y)` with a constant symmetric positive `M`
//!
//! ```text
//! y_{n+1} = y_n + h ∫₀¹ f((1 − s) y_n + s y_{n+1}) ds,    f = −M⁻¹ ∇D
//! D(y_{n+1}) − D(y_n) = −(y_{n+1} − y_n)ᵀ M (y_{n+1} − y_n) / h
//! ```
//! so `D` falls in every step of any length. The integral is Gauss's sum of [`POINTS`] nodes: exact for
//! a `D` of degree eight, and to the accuracy of that sum for others. For a quadratic `D` it is the
//! implicit midpoint rule.
//!
//! Reference: R. I. McLachlan, G. R. W. Quispel, N. Robidoux, *Geometric integration using discrete
//! gradients*, Phil. Trans. R. Soc. A 357 (1999) 1021.

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::fixed::Stepper;
use crate::integrate::probe::Probe;
use crate::integrate::splitting::add;
use crate::kernel::{Failure, VectorField};
use crate::limits;
use nalgebra::{DMatrix, DVector, Dyn, LU};
use std::ops::Range;

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::DiscreteGradient,
    name: "discrete_gradient",
    aliases: &["average_vector_field"],
    order: 2,
    embedded_order: None,
    stages: POINTS as u32,
    needs: Needs::GradientFlow,
    preserves: &[Preserves::Decrease, Preserves::TimeReversal],
    reference: "McLachlan, Quispel, Robidoux: Phil. Trans. R. Soc. A 357 (1999) 1021",
    summary: "a gradient flow whose functional must fall in every step, however long",
};

/// Nodes of the integral over the chord.
pub const POINTS: usize = 4;
/// Gauss's nodes on (0, 1) and their weights: Abramowitz and Stegun, table 25.4.
const NODES: [f64; POINTS] =
    [0.069_431_844_202_973_71, 0.330_009_478_207_571_87, 0.669_990_521_792_428_1, 0.930_568_155_797_026_3];
const WEIGHTS: [f64; POINTS] =
    [0.173_927_422_568_726_93, 0.326_072_577_431_273_07, 0.326_072_577_431_273_07, 0.173_927_422_568_726_93];
/// Components up to which Newton's method with a dense Jacobian is used; above, plain iteration.
const DENSE: usize = crate::integrate::auto::LARGEST_IMPLICIT;
/// Corrections relative to the state from which Newton's method is left alone, and halvings of a larger one.
const NEAR: f64 = 1e-3;
const HALVINGS: u32 = 20;
/// Corrections relative to the state that count as rounding.
const ROUNDING: f64 = 1e-13;

pub(crate) struct DiscreteGradient {
    groups: Vec<Range<usize>>,
    /// `y_{n+1} − y_n`
    chord: Vec<f64>,
    stage: Vec<f64>,
    rates: Vec<f64>,
    mean: Vec<f64>,
    jacobian: Vec<f64>,
    factors: Option<(f64, LU<f64, Dyn, Dyn>)>,
}

impl DiscreteGradient {
    pub fn new<F: VectorField + ?Sized>(probe: &Probe<'_, F>) -> Self {
        let (n, total) = (probe.states(), probe.total());
        DiscreteGradient {
            groups: probe.field().groups().to_vec(),
            chord: vec![0.0; total],
            stage: vec![0.0; total],
            rates: vec![0.0; total],
            mean: vec![0.0; total],
            jacobian: if n <= DENSE { vec![0.0; n * n] } else { Vec::new() },
            factors: None,
        }
    }

    /// Mean of the rates over the chord from `y`.
    fn average<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
    ) -> Result<(), Failure> {
        self.mean.fill(0.0);
        for (node, weight) in NODES.into_iter().zip(WEIGHTS) {
            for ((stage, y), d) in self.stage.iter_mut().zip(y).zip(&self.chord) {
                *stage = y + node * d;
            }
            probe.rates(t + node * h, &self.stage, &mut self.rates)?;
            self.mean.iter_mut().zip(&self.rates).for_each(|(m, r)| *m += weight * r);
        }
        Ok(())
    }

    /// Factors `I − h Σ wᵢ cᵢ J(cᵢ)`, with `J` at the nodes of the chord: the derivative of what is solved.
    fn factor<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
    ) -> Result<(), Failure> {
        let n = probe.states();
        let mut matrix = DMatrix::identity(n, n);
        for (node, weight) in NODES.into_iter().zip(WEIGHTS) {
            for ((stage, y), d) in self.stage.iter_mut().zip(y).zip(&self.chord) {
                *stage = y + node * d;
            }
            probe.jacobian(t + node * h, &self.stage, &mut self.jacobian)?;
            let factor = h * weight * node;
            matrix.iter_mut().zip(&self.jacobian).for_each(|(m, j)| *m -= factor * j);
        }
        self.factors = Some((h, matrix.lu()));
        Ok(())
    }

    /// Halves a correction that was just added until what is left over is less than before it, `off`: from far
    /// away a whole step of Newton's method can go too far.
    fn shorten<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
        correction: &DVector<f64>,
        off: f64,
    ) -> Result<(), Failure> {
        let mut share = 1.0;
        for _ in 0..HALVINGS {
            self.average(probe, t, h, y)?;
            let left =
                (0..correction.len()).map(|x| crate::real::square(h * self.mean[x] - self.chord[x])).sum::<f64>();
            if left.sqrt() < off {
                break;
            }
            share *= 0.5;
            self.chord.iter_mut().zip(correction.iter()).for_each(|(d, c)| *d -= share * c);
        }
        Ok(())
    }

    /// Largest correction relative to its group, and where it is.
    fn size(&self, correction: &DVector<f64>, y: &[f64]) -> (f64, usize) {
        let mut worst = (0.0, 0);
        for group in &self.groups {
            let scale = group.clone().fold(0.0, |m: f64, x| m.max(y[x].abs() + self.chord[x].abs()));
            for x in group.clone() {
                let size = if correction[x] == 0.0 { 0.0 } else { correction[x].abs() / scale };
                if size > worst.0 || size.is_nan() {
                    worst = (size, x);
                }
            }
        }
        worst
    }
}

impl Stepper for DiscreteGradient {
    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        carry: &mut [f64],
    ) -> Result<(), Failure> {
        let n = probe.states();
        let dense = !self.jacobian.is_empty();
        let mut component = 0;
        // As it is; with a new Jacobian at the start of the chord; with one in its middle at every step.
        for attempt in 0..3 {
            probe.rates(t, y, &mut self.rates)?;
            self.chord.iter_mut().zip(&self.rates).for_each(|(d, r)| *d = h * r);
            if dense && attempt > 0 {
                self.chord.fill(0.0);
            }
            let fits = self.factors.as_ref().is_some_and(|f| f.0 == h);
            if dense && (attempt > 0 || !fits) {
                self.factor(probe, t, h, y)?;
            }
            let mut previous = f64::INFINITY;
            for iteration in 1..=4 * limits::NEWTON_ITERATIONS {
                probe.newton_iterations += 1;
                self.average(probe, t, h, y)?;
                let residual = DVector::from_fn(n, |x, _| h * self.mean[x] - self.chord[x]);
                let off = residual.norm();
                let mut correction = residual;
                if attempt == 2 && dense {
                    self.factor(probe, t, h, y)?;
                }
                if let Some((_, factors)) = self.factors.as_ref().filter(|_| dense)
                    && !factors.solve_mut(&mut correction)
                {
                    break;
                }
                let (size, at) = self.size(&correction, y);
                component = at;
                self.chord.iter_mut().zip(correction.iter()).for_each(|(d, c)| *d += c);
                if attempt == 2 && dense && size > NEAR {
                    self.shorten(probe, t, h, y, &correction, off)?;
                }
                if size == 0.0 || (size >= previous && previous <= ROUNDING) {
                    for x in n..y.len() {
                        self.chord[x] = h * self.mean[x];
                    }
                    for ((y, carry), d) in y.iter_mut().zip(carry).zip(&self.chord) {
                        add(y, carry, *d);
                    }
                    return Ok(());
                }
                // Shortened steps may grow before they fall.
                if !size.is_finite() || attempt < 2 && iteration > 3 && size >= 2.0 * previous {
                    break;
                }
                previous = size;
            }
        }
        Err(Failure::NewtonDiverged { component })
    }

    fn restart(&mut self) {
        self.factors = None;
    }
}

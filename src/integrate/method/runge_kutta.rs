//! The classical Runge–Kutta method of order 4.
//!
//! Explicit, 4 stages, fixed step:
//!
//! ```text
//! y_{n+1} = y_n + h/6 (k₁ + 2k₂ + 2k₃ + k₄)
//! ```
//!
//! Reference: W. Kutta, *Beitrag zur näherungsweisen Integration totaler Differentialgleichungen*,
//! Z. Math. Phys. 46 (1901) 435–453.

use super::{Method, MethodEntry, Needs};
use crate::integrate::adaptive::combine;
use crate::integrate::fixed::Stepper;
use crate::integrate::probe::Probe;
use crate::kernel::{Failure, VectorField};

/// What is known of the method.
pub const RK4: MethodEntry = MethodEntry {
    method: Method::Rk4,
    name: "rk4",
    aliases: &["runge_kutta"],
    order: 4,
    embedded_order: None,
    stages: 4,
    needs: Needs::Nothing,
    preserves: &[],
    reference: "Kutta: Beitrag zur näherungsweisen Integration totaler Differentialgleichungen (1901)",
    summary: "fixed step; for comparison with published results",
};

/// Work space of the method.
pub(crate) struct Rk4 {
    k: Vec<f64>,
    stage: Vec<f64>,
}

impl Rk4 {
    pub fn new(total: usize) -> Self {
        Rk4 { k: vec![0.0; 4 * total], stage: vec![0.0; total] }
    }
}

impl Stepper for Rk4 {
    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        _: &mut [f64],
    ) -> Result<(), Failure> {
        let stage = &mut self.stage;
        let mut rows = self.k.chunks_exact_mut(y.len());
        let [k1, k2, k3, k4] = std::array::from_fn(|_| rows.next().expect("k has 4 rows"));
        probe.rates(t, y, k1)?;
        combine(stage, y, h, [(0.5, k1)]);
        probe.rates(t + 0.5 * h, stage, k2)?;
        combine(stage, y, h, [(0.5, k2)]);
        probe.rates(t + 0.5 * h, stage, k3)?;
        combine(stage, y, h, [(1.0, k3)]);
        probe.rates(t + h, stage, k4)?;
        for (i, value) in y.iter_mut().enumerate() {
            *value += h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
        }
        Ok(())
    }
}

//! The exact flow of linear equations with constant coefficients.
//!
//! ```text
//! y' = A y + b:      y(t + h) = E y + d,    exp( h [A b] ) = [E d]
//!                                               ( [0 0] )   [0 1]
//! ```
//!
//! Fixed step, of any length: the only error is rounding. `A` and `b` are read off the field at the
//! start of every stretch between breaks. The exponential is a Padé approximant of order 13 with
//! scaling and squaring.
//!
//! Reference: N. J. Higham, *The scaling and squaring method for the matrix exponential revisited*,
//! SIAM J. Matrix Anal. Appl. 26 (2005) 1179–1193.

use super::{EXACT, Method, MethodEntry, Needs, Preserves};
use crate::integrate::fixed::Stepper;
use crate::integrate::probe::Probe;
use crate::kernel::{Failure, VectorField};
use nalgebra::{DMatrix, DVector};

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::Exponential,
    name: "exponential",
    aliases: &["matrix_exponential"],
    order: EXACT,
    embedded_order: None,
    stages: 0,
    needs: Needs::LinearConstant,
    preserves: &[Preserves::SymplecticForm, Preserves::QuadraticInvariants, Preserves::TimeReversal],
    reference: "Higham: The scaling and squaring method for the matrix exponential revisited (2005)",
    summary: "linear equations with constant coefficients, stiff or not: exact up to rounding at any step",
};

/// Components up to which the exponential is formed (a dense matrix of that many rows and columns).
pub const LARGEST: usize = 400;

/// Coefficients of the numerator of the Padé approximant [13/13] (Higham 2005, (2.3)).
const PADE_13: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];

/// Largest 1-norm for which the approximant is exact to rounding (Higham 2005, table 2.3).
const THETA_13: f64 = 5.371920351148152;

/// `exp(matrix)`; `None` where it overflows.
pub fn exponential(matrix: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let n = matrix.nrows();
    let norm = matrix.column_iter().map(|column| column.lp_norm_1()).fold(0.0, f64::max);
    if !norm.is_finite() {
        return None;
    }
    let (mut squarings, mut scale) = (0, 1.0);
    while norm * scale > THETA_13 {
        scale *= 0.5;
        squarings += 1;
    }
    let a = matrix * scale;
    let identity = DMatrix::<f64>::identity(n, n);
    let a2 = &a * &a;
    let a4 = &a2 * &a2;
    let a6 = &a4 * &a2;
    let c = &PADE_13;
    let odd_high = &a6 * (&a6 * c[13] + &a4 * c[11] + &a2 * c[9]);
    let odd = &a * (odd_high + &a6 * c[7] + &a4 * c[5] + &a2 * c[3] + &identity * c[1]);
    let even_high = &a6 * (&a6 * c[12] + &a4 * c[10] + &a2 * c[8]);
    let even = even_high + &a6 * c[6] + &a4 * c[4] + &a2 * c[2] + &identity * c[0];
    let mut result = (&even - &odd).lu().solve(&(even + odd))?;
    for _ in 0..squarings {
        result = &result * &result;
    }
    result.iter().all(|value| value.is_finite()).then_some(result)
}

trait OneNorm {
    fn lp_norm_1(&self) -> f64;
}

impl<S: nalgebra::storage::Storage<f64, nalgebra::Dyn>> OneNorm for nalgebra::Vector<f64, nalgebra::Dyn, S> {
    fn lp_norm_1(&self) -> f64 {
        self.iter().map(|value| value.abs()).sum()
    }
}

/// The flow of one stretch, for the steps taken last.
pub(crate) struct Exponential {
    /// `[A b; 0 0]`
    generator: Option<DMatrix<f64>>,
    flow: Option<(f64, DMatrix<f64>)>,
    before: DVector<f64>,
    after: DVector<f64>,
}

impl Exponential {
    /// The longest step over which the companion's interpolant and integrals are exact to rounding.
    pub fn step_with_inside<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
    ) -> Result<f64, Failure> {
        self.read(probe, t)?;
        let columns = self.generator.iter().flat_map(|generator| generator.column_iter().map(|c| c.lp_norm_1()));
        Ok(0.1 / columns.fold(f64::MIN_POSITIVE, f64::max))
    }

    pub fn new(states: usize) -> Self {
        let zeros = || DVector::zeros(states + 1);
        Exponential { generator: None, flow: None, before: zeros(), after: zeros() }
    }

    fn read<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, t: f64) -> Result<(), Failure> {
        let n = probe.states();
        let zero = vec![0.0; n];
        let (mut jacobian, mut constant) = (vec![0.0; n * n], vec![0.0; n]);
        probe.jacobian(t, &zero, &mut jacobian)?;
        probe.field_rates(t, &zero, &mut constant)?;
        self.generator = Some(DMatrix::from_fn(n + 1, n + 1, |i, j| match (i < n, j < n) {
            (true, true) => jacobian[i + n * j],
            (true, false) => constant[i],
            _ => 0.0,
        }));
        Ok(())
    }
}

impl Stepper for Exponential {
    const CARRIES_QUADRATURE: bool = false;

    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        _: &mut [f64],
    ) -> Result<(), Failure> {
        let n = probe.states();
        if self.generator.is_none() {
            self.read(probe, t + 0.5 * h)?;
        }
        if self.flow.as_ref().is_none_or(|(of, _)| *of != h)
            && let Some(generator) = &self.generator
        {
            let flow = exponential(&(generator * h)).ok_or(Failure::NonFinite { component: 0 })?;
            self.flow = Some((h, flow));
        }
        if let Some((_, flow)) = &self.flow {
            self.before.as_mut_slice()[..n].copy_from_slice(&y[..n]);
            self.before[n] = 1.0;
            flow.mul_to(&self.before, &mut self.after);
            y[..n].copy_from_slice(&self.after.as_slice()[..n]);
        }
        Ok(())
    }

    fn state_inside(&mut self, y: &[f64], h: f64, out: &mut [f64]) -> bool {
        let Some(flow) = self.generator.as_ref().and_then(|generator| exponential(&(generator * h))) else {
            return false;
        };
        self.before.as_mut_slice()[..y.len()].copy_from_slice(y);
        self.before[y.len()] = 1.0;
        flow.mul_to(&self.before, &mut self.after);
        out.copy_from_slice(&self.after.as_slice()[..y.len()]);
        true
    }

    fn restart(&mut self) {
        self.generator = None;
        self.flow = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_exponentials() {
        let rotation = DMatrix::from_row_slice(2, 2, &[0.0, 30.0, -30.0, 0.0]);
        let flow = exponential(&rotation).expect("finite");
        assert!((flow[(0, 0)] - 0.15425144988758405).abs() < 1e-13, "cos 30, {}", flow[(0, 0)]);
        assert!((flow[(0, 1)] + 0.9880316240928618).abs() < 1e-13, "sin 30, {}", flow[(0, 1)]);
        let nilpotent = DMatrix::from_row_slice(3, 3, &[0.0, 2.0, 5.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0]);
        let flow = exponential(&nilpotent).expect("finite");
        assert!((flow[(0, 2)] - 9.0).abs() < 1e-14 && (flow[(0, 1)] - 2.0).abs() < 1e-14);
        assert_eq!(exponential(&DMatrix::from_element(1, 1, 1e6)), None);
    }
}

//! The exact flow of linear equations with constant coefficients.
//!
//! ```text
//! y' = A y + b:      y(t + h) = E y + d,    exp( h [A b] ) = [E d]
//!                                               ( [0 0] )   [0 1]
//! ```
//!
//! Fixed step, of any length: the only error is rounding. `A` and `b` are read off the field at the
//! start of every stretch between breaks. The exponential is a Padé approximant of order 13 with
//! scaling and squaring, of the generator in balanced units: an electron in SI has `q' = p/m` with
//! 1/m = 1e30, which says nothing about how fast it moves.
//!
//! References: B. N. Parlett and C. Reinsch, *Balancing a matrix for calculation of eigenvalues and
//! eigenvectors*, Numer. Math. 13 (1969) 293–304; N. J. Higham, *The scaling and squaring method for the matrix exponential revisited*,
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

/// Sweeps over the components that balance a generator: each of them changes it less.
const SWEEPS: usize = 32;

/// `D⁻¹ A D` in place, with rows and columns of like size, and the powers of two of `D`. A component
/// that drives others and is driven by none (a conserved momentum, the constant 1) is brought to the
/// rate of the rest.
fn balance(a: &mut DMatrix<f64>) -> Vec<f64> {
    let n = a.nrows();
    let mut scales = vec![1.0; n];
    for _ in 0..SWEEPS {
        let mut goal = 0.0f64;
        let norms = |a: &DMatrix<f64>, i: usize| {
            let others = (0..n).filter(|j| *j != i);
            others.fold((0.0, 0.0), |(c, r): (f64, f64), j| (c + a[(j, i)].abs(), r + a[(i, j)].abs()))
        };
        for i in 0..n {
            let (c, r) = norms(a, i);
            goal = crate::real::max(goal, crate::real::max(a[(i, i)].abs(), (c * r).sqrt()));
        }
        let goal = if goal > 0.0 && goal.is_finite() { goal } else { 1.0 };
        let mut changed = false;
        for i in 0..n {
            let (c, r) = norms(a, i);
            let wanted = match (c > 0.0, r > 0.0) {
                (true, true) => (r / c).sqrt(),
                (true, false) => goal / c,
                (false, true) => r / goal,
                (false, false) => continue,
            };
            let f = power_of_two(wanted);
            if f == 1.0 {
                continue;
            }
            changed = true;
            scales[i] *= f;
            for j in (0..n).filter(|j| *j != i) {
                a[(j, i)] *= f;
                a[(i, j)] /= f;
            }
        }
        if !changed {
            break;
        }
    }
    scales
}

/// The largest power of two up to `x`, within what leaves room to multiply.
fn power_of_two(x: f64) -> f64 {
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1023;
    f64::from_bits(((exponent.clamp(-300, 300) + 1023) as u64) << 52)
}

/// The flow of one stretch, for the steps taken last.
pub(crate) struct Exponential {
    /// `[A b; 0 0]`, balanced.
    generator: Option<DMatrix<f64>>,
    /// Units of the components in it.
    scales: Vec<f64>,
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
        Exponential { generator: None, scales: vec![1.0; states + 1], flow: None, before: zeros(), after: zeros() }
    }

    fn read<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, t: f64) -> Result<(), Failure> {
        let n = probe.states();
        let zero = vec![0.0; n];
        let (mut jacobian, mut constant) = (vec![0.0; n * n], vec![0.0; n]);
        probe.jacobian(t, &zero, &mut jacobian)?;
        probe.field_rates(t, &zero, &mut constant)?;
        let mut generator = DMatrix::from_fn(n + 1, n + 1, |i, j| match (i < n, j < n) {
            (true, true) => jacobian[i + n * j],
            (true, false) => constant[i],
            _ => 0.0,
        });
        self.scales = balance(&mut generator);
        self.generator = Some(generator);
        Ok(())
    }

    /// `y` moved by a flow.
    fn moved(&mut self, flow: &DMatrix<f64>, y: &[f64], out: &mut [f64]) {
        let n = y.len();
        for k in 0..=n {
            self.before[k] = if k < n { y[k] } else { 1.0 } / self.scales[k];
        }
        flow.mul_to(&self.before, &mut self.after);
        for (k, x) in out.iter_mut().enumerate() {
            *x = self.after[k] * self.scales[k];
        }
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
        if let Some((step, flow)) = self.flow.take() {
            let from = y[..n].to_vec();
            self.moved(&flow, &from, &mut y[..n]);
            self.flow = Some((step, flow));
        }
        Ok(())
    }

    fn state_inside(&mut self, y: &[f64], h: f64, out: &mut [f64]) -> bool {
        let Some(flow) = self.generator.as_ref().and_then(|generator| exponential(&(generator * h))) else {
            return false;
        };
        self.moved(&flow, y, &mut out[..y.len()]);
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
    fn units_do_not_slow_it_down() {
        // An oscillator and a free particle with the mass of an electron, states (x, p, y, p_y, 1).
        let m = 9.1093837e-31;
        let mut a = DMatrix::<f64>::zeros(5, 5);
        (a[(0, 1)], a[(1, 0)], a[(2, 3)]) = (1.0 / m, -m * 4.0, 1.0 / m);
        let before = a.clone();
        let scales = balance(&mut a);
        let norm = a.column_iter().map(|c| c.lp_norm_1()).fold(0.0, f64::max);
        assert!(norm < 8.0, "{norm}");
        let back = DMatrix::from_fn(5, 5, |i, j| scales[i] * a[(i, j)] / scales[j]);
        assert_eq!(back, before);
    }

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

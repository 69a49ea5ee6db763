//! What an integrator sees of a system: `y' = f(t, y)`, its parts and its Jacobian.

use super::linearised::Linearised;
use std::ops::Range;

/// Why a vector field could not be evaluated at a state.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A rate is infinite or not a number; the first such component of `y'`.
    NonFinite {
        /// Index into the state.
        component: usize,
    },
    /// The scaled mass matrix has no usable inverse here.
    SingularMassMatrix {
        /// Reciprocal condition estimate of the scaled matrix.
        rcond: f64,
        /// Index into the state of the velocity whose pivot vanished.
        component: usize,
    },
    /// An implicit block did not converge.
    NewtonDiverged {
        /// Index into the state.
        component: usize,
    },
}

/// The halves of a partitioned system `q' = a(t, p)`, `p' = b(t, q)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The rates of the positions, from the momenta (or velocities) alone.
    Drift,
    /// The rates of the momenta (or velocities), from the positions alone.
    Kick,
}

/// A first-order system `y' = f(t, y)` that an integrator can step.
///
/// All slices have length [`VectorField::dimension`]. Evaluations take `&mut self` for their work
/// buffers only: the same `(t, y)` always gives the same bits.
pub trait VectorField {
    /// Number of state components.
    fn dimension(&self) -> usize;

    /// `dy = f(t, y)`.
    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure>;

    /// `jac[i + n*j] = ∂f_i/∂y_j` (column-major, n × n), exact.
    fn jacobian(&mut self, t: f64, y: &[f64], jac: &mut [f64]) -> Result<(), Failure>;

    /// `M δy' = J δy` at a state, exact and sparse; `None` where the field does not know its structure.
    fn linearised(&mut self, t: f64, y: &[f64]) -> Result<Option<Linearised>, Failure> {
        let _ = (t, y);
        Ok(None)
    }

    /// Where the system is partitioned (proved): the index lists of positions and of momenta.
    /// `None` where a rate of one half depends on the same half.
    fn partition(&self) -> Option<(&[usize], &[usize])> {
        None
    }

    /// Writes only the entries of `dy` that belong to `part`; the others are left as they are.
    /// Only called where [`VectorField::partition`] is `Some`.
    fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let _ = part;
        self.rates(t, y, dy)
    }

    /// Groups of components that share a scale: the components of one declaration. They cover
    /// `0..dimension` without overlap, in order.
    fn groups(&self) -> &[Range<usize>];

    /// Name of a component as the user wrote it.
    fn component_name(&self, component: usize) -> String {
        format!("y[{}]", component + 1)
    }
}

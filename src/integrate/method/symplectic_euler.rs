//! The symplectic Euler method: kick, then drift.
//!
//! Order 1, one evaluation of each half, symplectic:
//!
//! ```text
//! p_{n+1} = p_n + h b(t_n, q_n)
//! q_{n+1} = q_n + h a(t_{n+1}, p_{n+1})
//! ```
//!
//! Reference: R. de Vogelaere, *Methods of integration which preserve the contact transformation
//! property of the Hamiltonian equations*, Report 4, University of Notre Dame (1956).

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::splitting::Splitting;
use crate::kernel::Part;

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::SymplecticEuler,
    name: "symplectic_euler",
    aliases: &["semi_implicit_euler"],
    order: 1,
    embedded_order: None,
    stages: 1,
    needs: Needs::Partition,
    preserves: &[Preserves::SymplecticForm],
    reference: "de Vogelaere (1956); Hairer, Lubich, Wanner: Geometric Numerical Integration (2006), I.1",
    summary: "the simplest symplectic method; for teaching and for noise that hides its error",
};

/// Its fractions.
pub fn splitting() -> Splitting {
    Splitting::new(Part::Kick, &[1.0], &[1.0])
}

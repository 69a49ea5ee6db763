//! The Legendre transform of a Lagrangian system: states `(q, p)`.
//!
//! ```text
//! p = ∂L/∂q'(q, v)   solved for v = q';      p' = ∂L/∂q(q, v) − ∂R/∂q' + Q
//! ```
//! Nothing is inverted symbolically: where `L` is quadratic in the velocities the first line is the
//! linear block `M v = p − ∂L/∂q'(q, 0)`, else Newton's method solves it.
//! Goldstein, Poole, Safko, *Classical Mechanics* (3rd ed.), sec. 8.1.

use super::equations::EquationsOfMotion;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::{Derivation, System};
use crate::symbolic::Graph;

/// Derives the transformed equations.
pub fn derive(g: &mut Graph, system: &System, out: &mut Diagnostics) -> Option<EquationsOfMotion> {
    let _ = g;
    let span = system.derivations.iter().find_map(|d| match d {
        Derivation::Legendre(span) => Some(*span),
        _ => None,
    })?;
    out.push(Diagnostic::error("E0901", span, "`legendre` is not built yet"));
    None
}

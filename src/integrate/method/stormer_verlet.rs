//! The method of Störmer and Verlet, in both its forms.
//!
//! Order 2, one evaluation of the forces per step, symplectic, symmetric:
//!
//! ```text
//! kick–drift–kick                              drift–kick–drift (position form)
//! p_½     = p_n + h/2 b(t_n, q_n)              q_½     = q_n + h/2 a(t_n, p_n)
//! q_{n+1} = q_n + h a(t_½, p_½)                p_{n+1} = p_n + h b(t_½, q_½)
//! p_{n+1} = p_½ + h/2 b(t_{n+1}, q_{n+1})      q_{n+1} = q_½ + h/2 a(t_{n+1}, p_{n+1})
//! ```
//!
//! Reference: E. Hairer, C. Lubich, G. Wanner, *Geometric numerical integration illustrated by the
//! Störmer–Verlet method*, Acta Numerica 12 (2003) 399–450.

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::splitting::Splitting;
use crate::kernel::Part;

/// What is known of the kick–drift–kick form.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::StormerVerlet,
    name: "verlet",
    aliases: &["stormer_verlet", "leapfrog", "velocity_verlet"],
    order: 2,
    embedded_order: None,
    stages: 1,
    needs: Needs::Partition,
    preserves: &[Preserves::SymplecticForm, Preserves::TimeReversal],
    reference: "Hairer, Lubich, Wanner: Geometric numerical integration illustrated by Störmer–Verlet (2003)",
    summary: "long runs of many bodies where energy must not drift and few digits are enough",
};

/// What is known of the position form.
pub const POSITION_ENTRY: MethodEntry = MethodEntry {
    method: Method::PositionVerlet,
    name: "position_verlet",
    aliases: &["drift_kick_drift"],
    summary: "like `verlet`, with the forces taken in the middle of the step",
    ..ENTRY
};

/// Kick–drift–kick.
pub fn splitting() -> Splitting {
    Splitting::new(Part::Kick, &[0.5, 0.5], &[1.0])
}

/// Drift–kick–drift.
pub fn position_splitting() -> Splitting {
    Splitting::new(Part::Drift, &[0.5, 0.5], &[1.0])
}

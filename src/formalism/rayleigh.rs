//! Generalized forces: dissipation and virtual work.
//!
//! ```text
//! Q_i = −∂R/∂q'_i + Σ_f (∂X_f/∂q_i)ᵀ F_f
//! ```
//! Rayleigh 1873; Goldstein, Poole, Safko, *Classical Mechanics* (3rd ed.), eqs. 1.53 and 1.67.

use super::assemble;
use super::equations::StateLeaf;
use crate::model::system::System;
use crate::symbolic::{Entry, ExprId, Graph};

/// `−∂R/∂q'` over the velocities.
pub fn dissipation(g: &mut Graph, system: &System, velocities: &[StateLeaf]) -> Vec<Entry> {
    let mut out = Vec::new();
    for r in &system.rayleigh {
        let slope = assemble::gradient(g, r.value, velocities);
        out.extend(assemble::negated(g, &slope));
    }
    out
}

/// `Σ (∂X/∂q)ᵀ F` over the coordinates.
pub fn virtual_work(g: &mut Graph, system: &System, coordinates: &[StateLeaf]) -> Vec<Entry> {
    let mut out = Vec::new();
    for force in &system.forces {
        for (x, f) in force.on.iter().zip(&force.value) {
            let slope = assemble::gradient(g, *x, coordinates);
            out.extend(assemble::scaled(g, *f, &slope));
        }
    }
    out
}

/// `q'·∂R/∂q'`, the power that dissipation takes; for a quadratic `R` it is `2R`.
pub fn dissipated_power(g: &mut Graph, system: &System, velocities: &[StateLeaf]) -> ExprId {
    let mut terms = Vec::new();
    for r in &system.rayleigh {
        let slope = assemble::gradient(g, r.value, velocities);
        terms.push(assemble::contracted(g, velocities, &slope));
    }
    g.sum(&terms)
}

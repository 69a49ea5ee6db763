//! Doubled systems: a dissipative system with its mirror is Lagrangian.
//!
//! ```text
//! Λ = Σ y'·∂L/∂q' + y·(∂L/∂q − ∂R/∂q' + Q)        mechanics
//! Λ = Σ y·(x' − f)                                 flows:  x' = f,  y' = −(∂f/∂x)ᵀ y
//! ```
//! Bateman 1931; Morse and Feshbach, *Methods of Theoretical Physics* (1953), sec. 3.2; Galley 2013.
//! Up to a total derivative these are the hand-written Lagrangians: the equations are the same.

use super::assemble;
use super::equations::StateLeaf;
use super::rayleigh;
use crate::model::system::System;
use crate::symbolic::{Entry, ExprId, Graph};

/// Originals with their mirrors, offsets counted from zero.
pub struct Pair {
    /// `q`
    pub q: Vec<StateLeaf>,
    /// `q'`
    pub v: Vec<StateLeaf>,
    /// `y`
    pub y: Vec<StateLeaf>,
    /// `y'`
    pub w: Vec<StateLeaf>,
}

/// `Λ` of a Lagrangian system with its dissipation and forces.
pub fn lagrangian(g: &mut Graph, system: &System, l: ExprId, pair: &Pair) -> ExprId {
    let momenta = assemble::gradient(g, l, &pair.v);
    let mut forces = assemble::gradient(g, l, &pair.q);
    forces.extend(rayleigh::dissipation(g, system, &pair.v));
    forces.extend(rayleigh::virtual_work(g, system, &pair.q));
    let kinetic = assemble::contracted(g, &pair.w, &momenta);
    let potential = assemble::contracted(g, &pair.y, &forces);
    g.add(kinetic, potential)
}

/// `y' = −(∂f/∂x)ᵀ y` for a flow `x' = f`.
pub fn adjoint(g: &mut Graph, rates: &[Entry], x: &[StateLeaf], y: &[StateLeaf]) -> Vec<Entry> {
    // y is held while y·f is differentiated by x.
    let power = assemble::contracted(g, y, rates);
    let slope = assemble::gradient(g, power, x);
    assemble::negated(g, &slope)
}

/// The conserved `y·f` of an autonomous flow and its adjoint.
pub fn pairing(g: &mut Graph, rates: &[Entry], y: &[StateLeaf]) -> ExprId {
    assemble::contracted(g, y, rates)
}

//! The equations of motion as a person writes them: one line for each highest derivative.

use super::equations::{Block, EquationsOfMotion, Mass, StateLeaf};
use super::{assemble, segments};
use crate::symbolic::{Entry, ExprId, Graph, Node};

/// `left = right`
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// A sum of rates.
    pub left: ExprId,
    /// What drives it.
    pub right: ExprId,
    /// The running index of a family of lines, with its range.
    pub running: Option<(ExprId, i64, i64)>,
}

impl Line {
    fn single(left: ExprId, right: ExprId) -> Self {
        Line { left, right, running: None }
    }
}

/// Longest list of components that is written out.
const SHOWN: usize = 40;

/// The lines, in a graph that extends that of the equations. Rates that are velocities of the state
/// (`q' = v`) are left out.
pub fn lines(equations: &EquationsOfMotion) -> (Graph, Vec<Line>) {
    let mut g = equations.graph.clone();
    let mut out = Vec::new();
    for block in &equations.blocks {
        match block {
            Block::Explicit { offset, rates, .. } => {
                for (state, rate) in equations.states.iter().zip(&equations.rate_leaves) {
                    let Some(rate) = rate else { continue };
                    let local = StateLeaf { leaf: *rate, offset: state.offset.wrapping_sub(*offset), ..state.clone() };
                    if state.offset < *offset {
                        continue;
                    }
                    explicit(&mut g, rates, &local, &mut out);
                }
            }
            Block::Linear { mass, forcing, unknowns, length, symmetric, .. } => {
                linear(&mut g, mass, forcing, unknowns, *length, *symmetric, &mut out)
            }
            Block::Newton { residual, .. } => {
                let zero = g.zero();
                out.extend(residual.iter().map(|e| Line::single(e.value, zero)));
            }
        }
    }
    (g, out)
}

fn explicit(g: &mut Graph, rates: &[Entry], leaf: &StateLeaf, out: &mut Vec<Line>) {
    for k in 0..leaf.length.min(SHOWN) {
        let place = leaf.offset + k;
        if !assemble::touches(g, rates, place) {
            continue;
        }
        match assemble::at(g, rates, place) {
            Some(right) => {
                if let Some(left) = assemble::component_at(g, std::slice::from_ref(leaf), place) {
                    out.push(Line::single(left, right));
                }
            }
            None => {
                family(g, rates, leaf, out);
                return;
            }
        }
    }
}

/// A family of rates: a line for each run of indices with the same terms.
fn family(g: &mut Graph, rates: &[Entry], leaf: &StateLeaf, out: &mut Vec<Line>) {
    let Some(found) = segments::segments(g, &[rates], leaf.offset, leaf.length) else { return };
    for s in found {
        if let Some(left) = assemble::component(g, std::slice::from_ref(leaf), s.index) {
            out.push(Line { left, right: s.sums[0], running: s.running });
        }
    }
}

fn linear(
    g: &mut Graph,
    mass: &Mass,
    forcing: &[Entry],
    unknowns: &[StateLeaf],
    n: usize,
    symmetric: bool,
    out: &mut Vec<Line>,
) {
    match mass {
        Mass::Diagonal(diagonal) => {
            let small = n <= SHOWN && assemble::is_explicit(g, diagonal) && assemble::is_explicit(g, forcing);
            if !small {
                return families(g, diagonal, forcing, unknowns, out);
            }
            for k in 0..n {
                let (Some(m), Some(f), Some(a)) =
                    (assemble::at(g, diagonal, k), assemble::at(g, forcing, k), assemble::component_at(g, unknowns, k))
                else {
                    continue;
                };
                let right = quotient(g, f, m);
                out.push(Line::single(a, right));
            }
        }
        Mass::Entries(entries) => {
            for row in 0..n.min(SHOWN) {
                let mut terms = Vec::new();
                for (i, j, m) in entries {
                    let (i, j) = (*i as usize, *j as usize);
                    let column = match () {
                        () if i == row => j,
                        () if symmetric && j == row => i,
                        () => continue,
                    };
                    if let Some(a) = assemble::component_at(g, unknowns, column) {
                        terms.push((a, *m));
                    }
                }
                let Some(right) = assemble::at(g, forcing, row) else { continue };
                if let [(a, m)] = terms.as_slice() {
                    let right = quotient(g, right, *m);
                    out.push(Line::single(*a, right));
                    continue;
                }
                let products: Vec<ExprId> = terms.iter().map(|(a, m)| g.mul(*m, *a)).collect();
                let left = g.sum(&products);
                out.push(Line::single(left, right));
            }
        }
        // `M(q) q'' = f` with a mass matrix that is only known column by column has no lines to write
        Mass::Tangent { .. } => {}
    }
}

/// Term by term: `f/m` where every term of the sum is divided, so that what cancels is gone.
fn quotient(g: &mut Graph, f: ExprId, m: ExprId) -> ExprId {
    match g.node(f).clone() {
        Node::Sum { constant, terms } => {
            let mut parts: Vec<ExprId> = Vec::new();
            for (term, c) in terms.iter() {
                let scaled = g.scale(*term, c);
                parts.push(g.div(scaled, m));
            }
            if !constant.is_zero() {
                let number = g.number(constant);
                parts.push(g.div(number, m));
            }
            g.sum(&parts)
        }
        _ => g.div(f, m),
    }
}

/// Accelerations of families with a diagonal mass matrix.
fn families(g: &mut Graph, mass: &[Entry], forcing: &[Entry], unknowns: &[StateLeaf], out: &mut Vec<Line>) {
    for leaf in unknowns {
        let Some(found) = segments::segments(g, &[mass, forcing], leaf.offset, leaf.length) else { continue };
        for s in found {
            if let Some(left) = assemble::component(g, std::slice::from_ref(leaf), s.index) {
                let right = quotient(g, s.sums[1], s.sums[0]);
                out.push(Line { left, right, running: s.running });
            }
        }
    }
}

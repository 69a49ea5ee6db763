//! Conditions in the equations: those on time alone split the run; those on the state stay where
//! they are.

use super::equations::{Block, Mass};
use crate::symbolic::{ExprId, Function, Graph, Node};

/// Every root expression of some blocks.
pub fn roots(blocks: &[Block]) -> Vec<ExprId> {
    let mut out = Vec::new();
    for b in blocks {
        match b {
            Block::Explicit { rates, .. } => out.extend(rates.iter().map(|e| e.value)),
            Block::Newton { residual, .. } => out.extend(residual.iter().map(|e| e.value)),
            Block::Linear { mass, forcing, .. } => {
                out.extend(forcing.iter().map(|e| e.value));
                match mass {
                    Mass::Entries(list) => out.extend(list.iter().map(|e| e.2)),
                    Mass::Diagonal(list) => out.extend(list.iter().map(|e| e.value)),
                    Mass::Tangent { momentum_tangent, .. } => out.extend(momentum_tangent.iter().map(|e| e.value)),
                }
            }
        }
    }
    out
}

/// The comparisons that depend on time and on no state: left minus right side of each. A run splits
/// its span where they change sign.
pub fn switches(g: &mut Graph, blocks: &[Block], time: ExprId, moving: &[ExprId]) -> Vec<ExprId> {
    let mut found = Vec::new();
    for e in g.reachable(&roots(blocks)) {
        let Node::Compare { left, right, .. } = *g.node(e) else { continue };
        let inside = g.reachable(&[e]);
        if !inside.contains(&time) || inside.iter().any(|x| moving.contains(x)) || !g.domains_of(e).is_empty() {
            continue;
        }
        found.push(g.sub(left, right));
    }
    found
}

/// Whether the equations have a kink or jump that depends on the state: it is stepped over by error
/// control and not located.
pub fn has_state_switch(g: &Graph, blocks: &[Block], moving: &[ExprId]) -> bool {
    g.reachable(&roots(blocks)).into_iter().any(|e| {
        let kink = match g.node(e) {
            Node::Compare { .. } => g.domains_of(e).is_empty(),
            Node::Call { function, .. } => {
                matches!(function, Function::Abs | Function::Sign | Function::Min | Function::Max | Function::Floor)
            }
            _ => false,
        };
        kink && g.reachable(&[e]).iter().any(|x| moving.contains(x))
    })
}

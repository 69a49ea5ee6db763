//! Expressions that read rates, rewritten so that a kernel can evaluate them: the rate of a state
//! with an explicit equation becomes its right side; rates that a block solves stay leaves.

use super::assemble;
use super::equations::{Block, EquationsOfMotion, StateLeaf};
use crate::symbolic::{ExprId, Graph, Node};
use rustc_hash::FxHashMap;

/// `exprs` with explicit rates put in. The graph must extend that of the equations.
pub fn with_rates(g: &mut Graph, equations: &EquationsOfMotion, exprs: &[ExprId]) -> Vec<ExprId> {
    let mut map: FxHashMap<ExprId, ExprId> = FxHashMap::default();
    for (state, rate) in equations.states.iter().zip(&equations.rate_leaves) {
        let Some(rate) = rate else { continue };
        for block in &equations.blocks {
            let Block::Explicit { offset, length, rates } = block else { continue };
            if state.offset < *offset || state.offset >= offset + length {
                continue;
            }
            let local = StateLeaf { offset: state.offset - offset, ..state.clone() };
            if matches!(g.node(*rate), Node::Symbol(_)) {
                if let Some(value) = assemble::as_leaf(g, rates, &StateLeaf { leaf: *rate, ..local }) {
                    map.insert(*rate, value);
                }
                continue;
            }
            let own = assemble::part(g, rates, &local);
            if state.length <= crate::limits::BUNDLE {
                for k in 0..state.length {
                    let index = g.integer(k as i64);
                    let element = g.read(*rate, index);
                    if let Some(value) = assemble::at(g, &own, k) {
                        map.insert(element, value);
                    }
                }
            }
            let whole = g.scatter(state.length as u32, &own);
            map.insert(*rate, whole);
        }
    }
    if map.is_empty() {
        return exprs.to_vec();
    }
    g.substitute_all(exprs, &map)
}

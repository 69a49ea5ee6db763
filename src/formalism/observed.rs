//! Expressions that read rates, rewritten so that a kernel can evaluate them: the rate of a state
//! with an explicit equation becomes its right side, the second derivative of a coordinate whose rate
//! is explicit the derivative of that right side along the motion; rates that a block solves stay
//! leaves.

use super::assemble;
use super::equations::{Block, EquationsOfMotion, StateLeaf};
use crate::symbolic::{ExprId, Graph, Node, Seeds};
use rustc_hash::FxHashMap;

/// Explicit rates that read explicit rates, put in one after the other.
const CHAIN: usize = 16;

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
            let local = StateLeaf { leaf: *rate, offset: state.offset - offset, ..state.clone() };
            let own = assemble::part(g, rates, &local);
            put_in(g, &own, &StateLeaf { offset: 0, ..local }, &mut map);
        }
    }
    let exprs = open(g, exprs.to_vec(), &map);
    let read = g.free_leaves(&exprs);
    let asked: Vec<(usize, ExprId)> = equations
        .second_leaves
        .iter()
        .enumerate()
        .filter_map(|(k, second)| Some((k, (*second)?)))
        .filter(|(_, second)| read.contains(second))
        .collect();
    if asked.is_empty() {
        return exprs;
    }
    let mut seeds = Seeds::new();
    let one = g.one();
    seeds.set(equations.time, one);
    for (state, rate) in equations.states.iter().zip(&equations.rate_leaves) {
        let rate = rate.unwrap_or(state.leaf);
        seeds.set(state.leaf, map.get(&rate).copied().unwrap_or(rate));
    }
    let mut seconds: FxHashMap<ExprId, ExprId> = FxHashMap::default();
    for (k, second) in asked {
        let Some(rate) = equations.rate_leaves[k].and_then(|rate| map.get(&rate).copied()) else { continue };
        let rate = open(g, vec![rate], &map)[0];
        let mut value = g.tangent(rate, &seeds);
        if value == g.zero() && !matches!(g.node(second), Node::Symbol(_)) {
            value = g.scatter(equations.states[k].length as u32, &[]);
        }
        seconds.insert(second, open(g, vec![value], &map)[0]);
    }
    g.substitute_all(&exprs, &seconds)
}

/// A leaf and its elements, as what the entries say.
pub(super) fn put_in(
    g: &mut Graph,
    entries: &[crate::symbolic::Entry],
    leaf: &StateLeaf,
    map: &mut FxHashMap<ExprId, ExprId>,
) {
    if matches!(g.node(leaf.leaf), Node::Symbol(_)) {
        if let Some(value) = assemble::at(g, entries, 0) {
            map.insert(leaf.leaf, value);
        }
        return;
    }
    if leaf.length <= crate::limits::BUNDLE {
        for k in 0..leaf.length {
            let index = g.integer(k as i64);
            let element = g.read(leaf.leaf, index);
            if let Some(value) = assemble::at(g, entries, k) {
                map.insert(element, value);
            }
        }
    }
    let whole = g.scatter(leaf.length as u32, entries);
    map.insert(leaf.leaf, whole);
}

/// Puts rates in until none of them is left.
fn open(g: &mut Graph, exprs: Vec<ExprId>, map: &FxHashMap<ExprId, ExprId>) -> Vec<ExprId> {
    let mut exprs = exprs;
    for _ in 0..CHAIN {
        let next = g.substitute_all(&exprs, map);
        if next == exprs {
            break;
        }
        exprs = next;
    }
    exprs
}

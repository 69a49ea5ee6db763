//! The proof that a system is partitioned: `q' = a(t, p)`, `p' = b(t, q)`.
//!
//! The halves are found, not declared: the states of a block lie on one side, those it reads on the
//! other, and a graph of such demands has two colours or none.

use super::equations::{Block, EquationsOfMotion, Mass};
use crate::symbolic::{Entry, ExprId, Graph};
use std::collections::BTreeSet;

/// The halves of a partitioned system.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Components of the half that holds the first state.
    pub positions: Vec<usize>,
    /// Components of the other half.
    pub momenta: Vec<usize>,
    /// The blocks, explicit ones cut by declaration.
    pub blocks: Vec<Block>,
    /// For each of them, whether it gives rates of positions.
    pub drifts: Vec<bool>,
    /// The graph that they live in.
    pub graph: Graph,
}

/// Explicit blocks cut into one for each declaration, where every entry belongs to one.
fn cut(graph: &mut Graph, equations: &EquationsOfMotion) -> Vec<Block> {
    let mut blocks = Vec::new();
    for block in &equations.blocks {
        match block {
            Block::Explicit { offset, length, rates } => match cut_explicit(graph, equations, *offset, rates) {
                Some(parts) => blocks.extend(parts),
                None => {
                    blocks.push(Block::Explicit { offset: *offset, length: *length, rates: rates.clone() });
                }
            },
            other => blocks.push(other.clone()),
        }
    }
    blocks
}

fn cut_explicit(
    graph: &mut Graph,
    equations: &EquationsOfMotion,
    offset: usize,
    rates: &[Entry],
) -> Option<Vec<Block>> {
    let mut parts: Vec<Vec<Entry>> = vec![Vec::new(); equations.states.len()];
    for entry in rates {
        let (lo, hi) = graph.index_bounds(entry.index)?;
        let (lo, hi) = (usize::try_from(lo).ok()? + offset, usize::try_from(hi).ok()? + offset);
        let at = equations.states.iter().position(|s| s.offset <= lo && hi < s.offset + s.length)?;
        let shift = graph.integer(offset as i64 - equations.states[at].offset as i64);
        let index = graph.add(entry.index, shift);
        parts[at].push(Entry { index, value: entry.value });
    }
    let pairs = parts.into_iter().zip(&equations.states).filter(|(rates, _)| !rates.is_empty());
    Some(pairs.map(|(rates, s)| Block::Explicit { offset: s.offset, length: s.length, rates }).collect())
}

/// The partition, where every rate depends on the other half alone and no block mixes the halves.
pub fn partition(equations: &EquationsOfMotion) -> Option<Partition> {
    let states = &equations.states;
    let mut graph = equations.graph.clone();
    let cut_blocks = cut(&mut graph, equations);
    let number = |leaf: ExprId| states.iter().position(|s| s.leaf == leaf);
    let mut solved: Vec<(ExprId, BTreeSet<usize>)> = Vec::new();
    // For each block the states it gives rates of and the states those depend on.
    let mut blocks: Vec<(Vec<usize>, BTreeSet<usize>)> = Vec::new();
    for block in &cut_blocks {
        let (range, roots, unknowns): (_, Vec<ExprId>, &[_]) = match block {
            Block::Explicit { offset, length, rates } => (*offset..offset + length, values(rates), &[]),
            Block::Linear { offset, length, mass, forcing, unknowns, .. } => {
                let mut roots = values(forcing);
                match mass {
                    Mass::Entries(entries) => roots.extend(entries.iter().map(|(_, _, value)| *value)),
                    Mass::Diagonal(entries) => roots.extend(values(entries)),
                    Mass::Tangent { momentum_tangent, .. } => roots.extend(values(momentum_tangent)),
                }
                (*offset..offset + length, roots, unknowns)
            }
            Block::Newton { offset, length, unknowns, residual } => {
                (*offset..offset + length, values(residual), unknowns)
            }
        };
        let mut reads = BTreeSet::new();
        for leaf in graph.free_leaves(&roots) {
            match solved.iter().find(|(unknown, _)| *unknown == leaf) {
                Some((_, through)) => reads.extend(through.iter().copied()),
                None => reads.extend(number(leaf)),
            }
        }
        solved.extend(unknowns.iter().map(|u| (u.leaf, reads.clone())));
        let gives = states.iter().enumerate().filter(|(_, s)| range.contains(&s.offset)).map(|(k, _)| k);
        blocks.push((gives.collect(), reads));
    }
    let half = colour(states.len(), &blocks)?;
    let components = |wanted: bool| {
        let chosen = states.iter().zip(&half).filter(|(_, is_position)| **is_position == wanted);
        let mut list: Vec<usize> = chosen.flat_map(|(s, _)| s.offset..s.offset + s.length).collect();
        list.sort_unstable();
        list
    };
    let drifts = blocks.iter().map(|(gives, _)| gives.first().is_some_and(|k| half[*k])).collect();
    let (positions, momenta) = (components(true), components(false));
    (!momenta.is_empty()).then_some(Partition { positions, momenta, blocks: cut_blocks, drifts, graph })
}

fn values(entries: &[Entry]) -> Vec<ExprId> {
    entries.iter().map(|entry| entry.value).collect()
}

/// Whether each state is a position: the states of a block on one side, those it reads on the other.
fn colour(count: usize, blocks: &[(Vec<usize>, BTreeSet<usize>)]) -> Option<Vec<bool>> {
    let mut half: Vec<Option<bool>> = vec![None; count];
    for start in 0..count {
        if half[start].is_some() {
            continue;
        }
        half[start] = Some(true);
        let mut pending = vec![start];
        while let Some(state) = pending.pop() {
            let side = half[state]?;
            for (gives, reads) in blocks {
                let (same, other): (Vec<usize>, Vec<usize>) = if gives.contains(&state) {
                    (gives.clone(), reads.iter().copied().collect())
                } else if reads.contains(&state) {
                    (reads.iter().copied().collect(), gives.clone())
                } else {
                    continue;
                };
                let sides = same.into_iter().map(|k| (k, side)).chain(other.into_iter().map(|k| (k, !side)));
                for (k, side) in sides {
                    match half[k] {
                        None => {
                            half[k] = Some(side);
                            pending.push(k);
                        }
                        Some(known) if known != side => return None,
                        Some(_) => {}
                    }
                }
            }
        }
    }
    // A state that is in both lists of one block was caught above: its two sides differ.
    let clash = blocks.iter().any(|(gives, reads)| gives.iter().any(|k| reads.contains(k)));
    if clash { None } else { half.into_iter().collect() }
}

//! What is proved about the structure of equations, by their form alone. Only these facts choose a
//! method. That a system is partitioned is proved in [`super::partition`].

use super::conditions::roots;
use super::equations::{Block, Mass, StateLeaf};
use super::lagrangian::scalar_leaves;
use crate::symbolic::{ExprId, Graph, Node};

/// Proved facts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `t` occurs nowhere.
    pub autonomous: bool,
    /// The mass matrix depends on parameters only.
    pub constant_mass: bool,
    /// The mass matrix is diagonal.
    pub diagonal_mass: bool,
    /// There is a mass matrix.
    pub has_mass: bool,
    /// Every rate is linear in the states with coefficients of parameters, homogeneous or not.
    pub linear: bool,
    /// There is a Rayleigh function or an irrotational part, and no mirror that takes up what it takes.
    pub dissipative: bool,
    /// The flow keeps a volume of the phase space: no perturbation can grow in every direction, nor
    /// shrink in every one.
    pub keeps_volume: bool,
    /// `M x' = −∂D/∂x` with a constant symmetric `M` and without explicit time: `D` never grows.
    pub gradient_flow: bool,
    /// The equations come from a bracket.
    pub bracket: bool,
    /// Kinks or jumps in the state.
    pub state_switch: bool,
}

/// Proves what the form of the blocks shows.
pub fn prove(g: &mut Graph, blocks: &[Block], states: &[StateLeaf], time: ExprId) -> Facts {
    let all = roots(blocks);
    let inside = g.reachable(&all);
    let leaves: Vec<ExprId> = states.iter().map(|s| s.leaf).collect();
    let moving = |g: &Graph, list: &[ExprId]| g.reachable(list).iter().any(|x| leaves.contains(x));
    let mut facts =
        Facts { autonomous: !inside.contains(&time), constant_mass: true, diagonal_mass: true, ..Facts::default() };
    for b in blocks {
        match b {
            Block::Linear { mass, .. } => {
                facts.has_mass = true;
                let values: Vec<ExprId> = match mass {
                    Mass::Entries(list) => list.iter().map(|e| e.2).collect(),
                    Mass::Diagonal(list) => list.iter().map(|e| e.value).collect(),
                    Mass::Tangent { momentum_tangent, .. } => momentum_tangent.iter().map(|e| e.value).collect(),
                };
                facts.diagonal_mass &= match mass {
                    Mass::Diagonal(_) => true,
                    Mass::Entries(list) => list.iter().all(|e| e.0 == e.1),
                    Mass::Tangent { .. } => false,
                };
                facts.constant_mass &= !moving(g, &values) && !g.reachable(&values).contains(&time);
            }
            Block::Newton { .. } => {
                facts.has_mass = true;
                facts.constant_mass = false;
                facts.diagonal_mass = false;
            }
            Block::Explicit { .. } => {}
        }
    }
    facts.linear = linear(g, blocks, states, &facts);
    facts
}

/// States up to which a divergence is written out.
const SUMMED: usize = 64;

/// Whether `Σ ∂f_k/∂y_k` of explicit rates is zero by its form.
pub fn is_divergence_free(g: &mut Graph, blocks: &[Block], states: &[StateLeaf]) -> bool {
    let n: usize = states.iter().map(|s| s.length).sum();
    if n > SUMMED {
        return false;
    }
    let leaves = scalar_leaves(g, states);
    let mut terms = Vec::new();
    for b in blocks {
        let Block::Explicit { offset, rates, .. } = b else { return false };
        for e in rates {
            let Some(own) = g.as_integer(e.index).and_then(|k| leaves.get(offset + usize::try_from(k).ok()?)) else {
                return false;
            };
            terms.push(g.gradient(e.value, &[*own])[0]);
        }
    }
    g.sum(&terms) == g.zero()
}

/// One pass over the graph: as long as the families are, not as the states are many.
fn linear(g: &Graph, blocks: &[Block], states: &[StateLeaf], facts: &Facts) -> bool {
    if facts.has_mass && !facts.constant_mass || !facts.autonomous {
        return false;
    }
    let mut values: Vec<ExprId> = Vec::new();
    // Rates that a block solves are linear in the states where the block is, and leaves like them.
    let mut leaves: rustc_hash::FxHashSet<ExprId> = states.iter().map(|s| s.leaf).collect();
    for b in blocks {
        match b {
            Block::Explicit { rates, .. } => values.extend(rates.iter().map(|e| e.value)),
            Block::Linear { forcing, unknowns, .. } => {
                values.extend(forcing.iter().map(|e| e.value));
                leaves.extend(unknowns.iter().map(|u| u.leaf));
            }
            Block::Newton { .. } => return false,
        }
    }
    // Degree in the leaves: 0, 1, or more, from the bottom up.
    let mut degree: rustc_hash::FxHashMap<ExprId, u32> = Default::default();
    for x in g.reachable(&values) {
        let of = |c: &ExprId| degree.get(c).copied().unwrap_or(0);
        let d = if leaves.contains(&x) {
            1
        } else {
            match g.node(x) {
                Node::Sum { terms, .. } => terms.iter().map(|(t, _)| of(t)).max().unwrap_or(0),
                Node::Product { factors, .. } => {
                    let power = |(f, n): &(ExprId, crate::symbolic::Rational)| match (of(f), n.is_one()) {
                        (0, _) => 0,
                        (d, true) => d,
                        _ => 2,
                    };
                    factors.iter().map(power).sum()
                }
                Node::SumOver { body, .. } | Node::Scan { body, .. } => of(body),
                Node::Scatter { entries, .. } => {
                    entries.iter().map(|e| of(&e.value) + 2 * of(&e.index)).max().unwrap_or(0)
                }
                Node::Read { array, index } => of(array) + 2 * of(index),
                node => {
                    let mut any = 0;
                    node.for_each_child(|c| any = any.max(of(&c)));
                    if any > 0 { 2 } else { 0 }
                }
            }
        };
        degree.insert(x, d.min(2));
    }
    values.iter().all(|v| degree.get(v).copied().unwrap_or(0) <= 1)
}

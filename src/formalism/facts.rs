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

/// States whose rates are looked at one by one.
const EXAMINED: usize = 400;

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
    facts.linear = linear(g, blocks, states, time, &facts);
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

fn linear(g: &mut Graph, blocks: &[Block], states: &[StateLeaf], time: ExprId, facts: &Facts) -> bool {
    let n: usize = states.iter().map(|s| s.length).sum();
    if n > EXAMINED || facts.has_mass && !facts.constant_mass || !facts.autonomous {
        return false;
    }
    let _ = time;
    // Rates that a block solves are linear in the states where the block is, and leaves like them.
    let rates = blocks.iter().flat_map(|b| match b {
        Block::Linear { unknowns, .. } | Block::Newton { unknowns, .. } => unknowns.as_slice(),
        Block::Explicit { .. } => &[],
    });
    let states: Vec<StateLeaf> = states.iter().chain(rates).cloned().collect();
    let leaves = scalar_leaves(g, &states);
    let arrays: Vec<ExprId> = states.iter().map(|s| s.leaf).collect();
    for b in blocks {
        let values: Vec<ExprId> = match b {
            Block::Explicit { rates, .. } => rates.iter().map(|e| e.value).collect(),
            Block::Linear { forcing, .. } => forcing.iter().map(|e| e.value).collect(),
            Block::Newton { .. } => return false,
        };
        // Inside a family a read at a running index is a leaf of its own.
        let mut reads: Vec<ExprId> = leaves.clone();
        for x in g.reachable(&values) {
            match g.node(x) {
                Node::Read { array, .. } if arrays.contains(array) && !reads.contains(&x) => reads.push(x),
                Node::Scan { .. } | Node::Scatter { .. } | Node::Net { .. } => return false,
                _ => {}
            }
        }
        for v in values {
            let used: Vec<ExprId> = g.reachable(&[v]).into_iter().filter(|x| reads.contains(x)).collect();
            if !affine(g, v, &used, &arrays) {
                return false;
            }
        }
    }
    true
}

/// Whether an expression is affine in some leaves, by its form.
fn affine(g: &Graph, e: ExprId, used: &[ExprId], arrays: &[ExprId]) -> bool {
    // Degree in the leaves: 0, 1, or more, from the bottom up.
    let mut degree: rustc_hash::FxHashMap<ExprId, u32> = Default::default();
    for x in g.reachable(&[e]) {
        let of = |c: &ExprId| degree.get(c).copied().unwrap_or(0);
        let d = if used.contains(&x) {
            1
        } else if arrays.contains(&x) {
            0
        } else {
            match g.node(x) {
                Node::Sum { terms, .. } => terms.iter().map(|(t, _)| of(t)).max().unwrap_or(0),
                Node::Product { factors, .. } => {
                    let mut total = 0;
                    for (f, n) in factors.iter() {
                        total += match (of(f), n.is_one()) {
                            (0, _) => 0,
                            (d, true) => d,
                            _ => 2,
                        };
                    }
                    total
                }
                Node::SumOver { body, .. } => of(body),
                Node::Read { index, .. } => of(index) * 2,
                node => {
                    let mut any = 0;
                    node.for_each_child(|c| any = any.max(of(&c)));
                    if any > 0 { 2 } else { 0 }
                }
            }
        };
        degree.insert(x, d);
    }
    degree.get(&e).copied().unwrap_or(0) <= 1
}

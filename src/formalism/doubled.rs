//! Doubled systems: a dissipative system with its mirror is Lagrangian.
//!
//! ```text
//! Λ = Σ y'·∂L/∂q' + y·(∂L/∂q − ∂R/∂q' + Q)        mechanics
//! Λ = Σ y·(x' − f)                                 flows:  x' = f,  y' = −(∂f/∂x)ᵀ y
//! ```
//! Bateman 1931; Morse and Feshbach, *Methods of Theoretical Physics* (1953), sec. 3.2; Galley 2013.
//! Up to a total derivative these are the hand-written Lagrangians: the equations are the same.

use super::assemble;
use super::equations::{Block, Mass, StateLeaf};
use super::rayleigh;
use crate::model::system::System;
use crate::symbolic::{Entry, ExprId, Graph, Node, Seeds};
use rustc_hash::FxHashMap;

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

/// The adjoint of equations `r(x, x', x'', t) = 0` in blocks, by the variation of `S = y·r`.
///
/// ```text
/// second order   (∂S/∂x'')'' − (∂S/∂x')' + ∂S/∂x = 0
/// first order                − (∂S/∂x')' + ∂S/∂x = 0
/// ```
pub struct Adjoint {
    /// A block for each block of the originals.
    pub blocks: Vec<Block>,
    /// The conserved energy of `S`, where `t` does not occur.
    pub energy: ExprId,
    /// The conserved `y·M x` of a linear homogeneous first-order system.
    pub pairing: Option<ExprId>,
}

/// A variable with its mirror: leaves of `x, x', x''` and `y, y', y''`, and its place among the states.
#[derive(Clone, Debug)]
pub struct Member {
    /// `x, x', x''`
    pub original: [ExprId; 3],
    /// `y, y', y''`
    pub mirror: [ExprId; 3],
    /// Whether its equation is of second order.
    pub second: bool,
    /// Place of the component that its equation gives the rate of.
    pub offset: usize,
    /// The same of the mirror.
    pub mirror_offset: usize,
    /// Components.
    pub length: usize,
    /// As the user wrote it.
    pub name: String,
}

impl Member {
    fn leaf(&self, leaf: ExprId, offset: usize) -> StateLeaf {
        StateLeaf { leaf, offset, length: self.length, name: self.name.clone() }
    }

    /// Order of its equation.
    fn order(&self) -> usize {
        if self.second { 2 } else { 1 }
    }
}

/// What has no adjoint of this form: the higher rates that it would take are not states.
pub enum NoAdjoint {
    /// Implicit equations that are not linear in the rates.
    Implicit,
    /// A mass that depends on velocities.
    Velocities,
    /// A block over coordinates and states together.
    Together,
}

/// Builds the mirror's equations of blocks that give the rates of `members`.
pub fn variation(g: &mut Graph, blocks: &[Block], members: &[Member], time: ExprId) -> Result<Adjoint, NoAdjoint> {
    // The residuals y·(M u − f), and y·f on the way.
    let mut residual = Vec::new();
    let mut power = Vec::new();
    for b in blocks {
        let (offset, length) = match b {
            Block::Explicit { offset, length, .. } | Block::Linear { offset, length, .. } => (*offset, *length),
            Block::Newton { .. } => return Err(NoAdjoint::Implicit),
        };
        let own = inside(members, offset, length);
        if own.iter().map(|m| m.length).sum::<usize>() != length || own.iter().any(|m| m.second != own[0].second) {
            return Err(NoAdjoint::Together);
        }
        let y: Vec<StateLeaf> = own.iter().map(|m| m.leaf(m.mirror[0], m.offset - offset)).collect();
        let u: Vec<StateLeaf> = own.iter().map(|m| m.leaf(m.original[m.order()], m.offset - offset)).collect();
        let (left, forcing) = match b {
            Block::Explicit { rates, .. } => (assemble::elements(g, &u), rates),
            Block::Linear { mass, forcing, symmetric, .. } => (product(g, mass, *symmetric, &u), forcing),
            Block::Newton { .. } => return Err(NoAdjoint::Implicit),
        };
        let (left, right) = (assemble::contracted(g, &y, &left), assemble::contracted(g, &y, forcing));
        residual.push(g.sub(left, right));
        power.push(right);
    }
    let s = g.sum(&residual);
    let mut seeds = Seeds::new();
    for m in members {
        for k in 0..m.order() {
            seeds.set(m.original[k], m.original[k + 1]);
            seeds.set(m.mirror[k], m.mirror[k + 1]);
        }
    }
    // A known rate is put in at once: where it is differentiated again it is no leaf.
    for b in blocks {
        let Block::Explicit { offset, length, rates } = b else { continue };
        for m in inside(members, *offset, *length).into_iter().filter(|m| !m.second) {
            if let Some(rate) = assemble::as_leaf(g, rates, &m.leaf(m.original[0], m.offset - offset)) {
                seeds.set(m.original[0], rate);
            }
        }
    }
    let one = g.one();
    seeds.set(time, one);
    // Rates of the same order as an equation's own are what is solved for: none may be differentiated.
    let highest: Vec<ExprId> = members.iter().map(|m| m.original[m.order()]).collect();
    let closed = |g: &Graph, list: &[Entry]| {
        let values: Vec<ExprId> = list.iter().map(|e| e.value).collect();
        !g.free_leaves(&values).iter().any(|x| highest.contains(x))
    };
    let mut made = Vec::new();
    let mut velocity = Vec::new();
    let mut any_second = false;
    for b in blocks {
        let (Block::Explicit { offset, length, .. } | Block::Linear { offset, length, .. }) = b else {
            return Err(NoAdjoint::Implicit);
        };
        let own = inside(members, *offset, *length);
        let at = own[0].mirror_offset;
        let leaves =
            |k: usize| -> Vec<StateLeaf> { own.iter().map(|m| m.leaf(m.original[k], m.offset - offset)).collect() };
        let p0 = assemble::gradient(g, s, &leaves(0));
        let p1 = assemble::gradient(g, s, &leaves(1));
        if !closed(g, &p1) {
            return Err(if own[0].second { NoAdjoint::Velocities } else { NoAdjoint::Implicit });
        }
        let unknowns: Vec<StateLeaf> = own.iter().map(|m| m.leaf(m.mirror[m.order()], m.offset - offset)).collect();
        let still = still(g, &unknowns);
        let mut forcing;
        if own[0].second {
            any_second = true;
            let p2 = assemble::gradient(g, s, &leaves(2));
            if !closed(g, &p2) {
                return Err(NoAdjoint::Velocities);
            }
            let once = assemble::tangent(g, &p2, &seeds);
            if !closed(g, &once) {
                return Err(NoAdjoint::Together);
            }
            let twice = assemble::tangent(g, &once, &seeds);
            let lost = assemble::tangent(g, &p1, &seeds);
            // (∂S/∂x'')'' = Mᵀ y'' + rest
            forcing = assemble::negated(g, &twice);
            forcing.extend(lost);
            forcing.extend(assemble::negated(g, &p0));
            let v = leaves(1);
            let (gained, taken) = (assemble::contracted(g, &v, &once), assemble::contracted(g, &v, &p1));
            velocity.push(g.sub(gained, taken));
        } else {
            let lost = assemble::tangent(g, &p1, &seeds);
            forcing = assemble::negated(g, &lost);
            forcing.extend(p0);
        }
        forcing.iter_mut().for_each(|e| e.value = g.substitute(e.value, &still));
        let forcing = assemble::collected(g, &forcing);
        made.push(match b {
            Block::Linear { mass, symmetric, .. } => Block::Linear {
                offset: at,
                length: *length,
                mass: transposed(mass, *symmetric)?,
                forcing,
                symmetric: *symmetric,
                unknowns,
                momenta: Vec::new(),
            },
            _ => Block::Explicit { offset: at, length: *length, rates: forcing },
        });
    }
    let mut energy = g.sum(&power);
    if any_second {
        // The energy of −S, which in linear mechanics is y'·(M x') + y·(K x).
        let moving = g.sum(&velocity);
        energy = g.sub(moving, energy);
    }
    let pairing = (!any_second).then(|| pairing_of(g, blocks, members, s)).flatten();
    Ok(Adjoint { blocks: made, energy, pairing })
}

fn inside(members: &[Member], offset: usize, length: usize) -> Vec<&Member> {
    let mut own: Vec<&Member> = members.iter().filter(|m| m.offset >= offset && m.offset < offset + length).collect();
    own.sort_by_key(|m| m.offset);
    own
}

/// `M u` as entries.
fn product(g: &mut Graph, mass: &Mass, symmetric: bool, u: &[StateLeaf]) -> Vec<Entry> {
    let mut out = Vec::new();
    match mass {
        Mass::Diagonal(list) => {
            for e in list {
                if let Some(own) = assemble::component(g, u, e.index) {
                    out.push(Entry { index: e.index, value: g.mul(e.value, own) });
                }
            }
        }
        Mass::Entries(list) => {
            for (i, j, m) in list {
                let mut add = |g: &mut Graph, row: u32, column: u32| {
                    if let Some(own) = assemble::component_at(g, u, column as usize) {
                        let value = g.mul(*m, own);
                        out.push(Entry { index: g.integer(i64::from(row)), value });
                    }
                };
                add(g, *i, *j);
                if symmetric && i != j {
                    add(g, *j, *i);
                }
            }
        }
        Mass::Tangent { momentum_tangent, direction } => {
            let map = direction.iter().zip(u).map(|(d, u)| (d.leaf, u.leaf)).collect();
            for e in momentum_tangent {
                out.push(Entry { index: e.index, value: g.substitute(e.value, &map) });
            }
        }
    }
    out
}

fn transposed(mass: &Mass, symmetric: bool) -> Result<Mass, NoAdjoint> {
    Ok(match mass {
        Mass::Entries(list) if !symmetric => Mass::Entries(list.iter().map(|(i, j, m)| (*j, *i, *m)).collect()),
        Mass::Tangent { .. } if !symmetric => return Err(NoAdjoint::Implicit),
        other => other.clone(),
    })
}

/// Leaves at rest: zeros in their place.
fn still(g: &mut Graph, leaves: &[StateLeaf]) -> FxHashMap<ExprId, ExprId> {
    let mut map = FxHashMap::default();
    for l in leaves {
        let zero = if matches!(g.node(l.leaf), Node::Symbol(_)) { g.zero() } else { g.scatter(l.length as u32, &[]) };
        map.insert(l.leaf, zero);
    }
    map
}

/// `y·M x` of `M x' = A x`: conserved, since `y·A x` is what both halves change it by.
fn pairing_of(g: &mut Graph, blocks: &[Block], members: &[Member], s: ExprId) -> Option<ExprId> {
    let x: Vec<StateLeaf> = members.iter().map(|m| m.leaf(m.original[0], m.offset)).collect();
    let at_rest = still(g, &x);
    let rates: Vec<StateLeaf> = members.iter().map(|m| m.leaf(m.original[1], m.offset)).collect();
    // What is left of S without rates is −y·f: linear and homogeneous where its slope does not read x and it vanishes at x = 0.
    let without = still(g, &rates);
    let f = g.substitute(s, &without);
    let slope = assemble::gradient(g, f, &x);
    let curved = {
        let values: Vec<ExprId> = slope.iter().map(|e| e.value).collect();
        let read = g.free_leaves(&values);
        members.iter().any(|m| read.contains(&m.original[0]))
    };
    let rest = g.substitute(f, &at_rest);
    let zero = g.zero();
    if curved || rest != zero {
        return None;
    }
    let mut terms = Vec::new();
    for b in blocks {
        let (Block::Explicit { offset, length, .. } | Block::Linear { offset, length, .. }) = b else { return None };
        let own = inside(members, *offset, *length);
        let y: Vec<StateLeaf> = own.iter().map(|m| m.leaf(m.mirror[0], m.offset - offset)).collect();
        let x: Vec<StateLeaf> = own.iter().map(|m| m.leaf(m.original[0], m.offset - offset)).collect();
        let left = match b {
            Block::Linear { mass, symmetric, .. } => product(g, mass, *symmetric, &x),
            _ => assemble::elements(g, &x),
        };
        let values: Vec<ExprId> = left.iter().map(|e| e.value).collect();
        let slopes = {
            let sum = assemble::contracted(g, &y, &left);
            let slope = assemble::gradient(g, sum, &x);
            slope.iter().map(|e| e.value).collect::<Vec<_>>()
        };
        if g.free_leaves(&slopes).iter().any(|leaf| members.iter().any(|m| m.original[0] == *leaf)) || values.is_empty()
        {
            return None;
        }
        terms.push(assemble::contracted(g, &y, &left));
    }
    Some(g.sum(&terms))
}

/// Puts explicit rates, of originals and mirrors, into the mirror's blocks that read them. Whether every
/// rate that is then read has been solved by a block before.
pub fn in_order(g: &mut Graph, originals: &[Block], adjoint: &mut Adjoint, members: &[Member]) -> bool {
    for _ in 0..=members.len() {
        let mut map = FxHashMap::default();
        for b in originals.iter().chain(&adjoint.blocks) {
            let Block::Explicit { offset, length, rates } = b else { continue };
            for m in members {
                for (at, leaves) in [(m.offset, m.original), (m.mirror_offset, m.mirror)] {
                    if at < *offset || at >= offset + length {
                        continue;
                    }
                    let own = assemble::part(g, rates, &m.leaf(leaves[0], at - offset));
                    super::observed::put_in(g, &own, &m.leaf(leaves[m.order()], 0), &mut map);
                }
            }
        }
        let mut changed = false;
        for b in &mut adjoint.blocks {
            let (Block::Explicit { rates: values, .. } | Block::Linear { forcing: values, .. }) = b else { continue };
            for e in values {
                let value = g.substitute(e.value, &map);
                changed |= value != e.value;
                e.value = value;
            }
        }
        adjoint.energy = g.substitute(adjoint.energy, &map);
        if !changed {
            break;
        }
    }
    let mut open: Vec<ExprId> = members.iter().map(|m| m.mirror[m.order()]).collect();
    for b in &adjoint.blocks {
        let (Block::Explicit { rates: values, .. } | Block::Linear { forcing: values, .. }) = b else { return false };
        let read: Vec<ExprId> = values.iter().map(|e| e.value).collect();
        if g.free_leaves(&read).iter().any(|x| open.contains(x)) {
            return false;
        }
        if let Block::Linear { unknowns, .. } = b {
            open.retain(|x| !unknowns.iter().any(|u| u.leaf == *x));
        }
    }
    true
}

//! The mirror's equations of equations in blocks, by the variation of `S`, which is linear in the mirrors.
//!
//! A block that is linear in its rates `u` with a mass of positions or constants is taken as it stands,
//! `S = y·(M u − f)`; every other one as solved for its rates, `u = φ`: `S = y·(u − φ)`, whose derivatives
//! [`super::solved`] takes by the implicit function theorem.
//!
//! ```text
//! second order   (∂S/∂x'')'' − (∂S/∂x')' + ∂S/∂x = 0
//! first order                − (∂S/∂x')' + ∂S/∂x = 0
//! ```
//! Sources: Gelfand and Fomin, *Calculus of Variations* (1963), sec. 11; Bateman 1931; Ibragimov 2006 (a formal Lagrangian
//! `y·r` of any equations `r = 0`).

use super::assemble;
use super::equations::{Block, Mass, StateLeaf};
use super::solved::Solved;
use crate::symbolic::{Entry, ExprId, Graph, Node, Seeds};
use rustc_hash::FxHashMap;

/// What the variation gives.
pub struct Adjoint {
    /// Of the mirrors, each behind those whose rates it reads.
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
    pub(super) fn leaf(&self, leaf: ExprId, offset: usize) -> StateLeaf {
        StateLeaf { leaf, offset, length: self.length, name: self.name.clone() }
    }

    /// Order of its equation.
    pub(super) fn order(&self) -> usize {
        if self.second { 2 } else { 1 }
    }
}

/// Why there is no adjoint of this form.
pub enum NoAdjoint {
    /// Implicit rates that hang together, more than [`crate::limits::SOLVED_BY_HAND`].
    Coupled(usize),
    /// Rates that would need each other in a circle.
    Circular,
}

/// What keeps an attempt from its end.
pub(super) enum Stopped {
    /// A block must be taken as solved.
    Solve(usize),
    /// Nothing helps.
    Never(NoAdjoint),
}

/// Builds the mirror's equations of blocks that give the rates of `members`.
pub fn variation(g: &mut Graph, blocks: &[Block], members: &[Member], time: ExprId) -> Result<Adjoint, NoAdjoint> {
    let mut taken = blocks.to_vec();
    let mut solved: Vec<bool> = blocks.iter().map(|b| matches!(b, Block::Newton { .. })).collect();
    // Whether a block can be taken as it stands depends on what reads its rates, which an attempt finds out.
    loop {
        match Varied::new(g, &taken, &solved, members, time).and_then(|varied| varied.adjoint(g, &taken)) {
            Ok(mut adjoint) => {
                return if in_order(g, blocks, &mut adjoint, members) { Ok(adjoint) } else { Err(NoAdjoint::Circular) };
            }
            Err(Stopped::Never(why)) => return Err(why),
            Err(Stopped::Solve(k)) if solved[k] => return Err(NoAdjoint::Circular),
            Err(Stopped::Solve(k)) => match divided(g, &taken[k]) {
                Some(block) => taken[k] = block,
                None => solved[k] = true,
            },
        }
    }
}

/// A block with a diagonal mass, divided by it.
fn divided(g: &mut Graph, block: &Block) -> Option<Block> {
    let Block::Linear { offset, length, mass: Mass::Diagonal(mass), forcing, .. } = block else { return None };
    let whole = assemble::array(g, *length, mass);
    let mut rates = Vec::with_capacity(forcing.len());
    for e in forcing {
        let own = mass.iter().find(|m| m.index == e.index).map(|m| m.value);
        let own = own.unwrap_or_else(|| g.read(whole, e.index));
        rates.push(Entry { index: e.index, value: g.div(e.value, own) });
    }
    Some(Block::Explicit { offset: *offset, length: *length, rates })
}

/// `S` with what its variation needs.
struct Varied<'a> {
    /// Members of each block.
    own: Vec<Vec<&'a Member>>,
    /// Blocks taken as solved.
    solved: Vec<Option<Solved>>,
    /// What each block adds to `S`, multipliers of solved ones as symbols.
    residual: Vec<ExprId>,
    /// `S`
    s: ExprId,
    /// The multipliers, by mirrors.
    multipliers: FxHashMap<ExprId, ExprId>,
    /// Changes along the motion.
    seeds: Seeds,
    /// Rates whose own rate is not known, with their blocks.
    highest: Vec<(ExprId, usize)>,
    /// Rates of mirrors of first order.
    mirror_rates: Vec<ExprId>,
}

impl<'a> Varied<'a> {
    fn new(
        g: &mut Graph,
        blocks: &[Block],
        as_solved: &[bool],
        members: &'a [Member],
        time: ExprId,
    ) -> Result<Varied<'a>, Stopped> {
        let own: Vec<Vec<&Member>> = blocks.iter().map(|b| inside(members, b)).collect();
        let mut seeds = Seeds::new();
        for m in members {
            for k in 0..m.order() {
                seeds.set(m.original[k], m.original[k + 1]);
                seeds.set(m.mirror[k], m.mirror[k + 1]);
            }
        }
        // A known rate is put in at once: where it is differentiated again it is no leaf.
        for (b, own) in blocks.iter().zip(&own) {
            let Block::Explicit { offset, rates, .. } = b else { continue };
            for m in own.iter().filter(|m| !m.second) {
                if let Some(rate) = assemble::as_leaf(g, rates, &m.leaf(m.original[0], m.offset - offset)) {
                    seeds.set(m.original[0], rate);
                }
            }
        }
        let one = g.one();
        seeds.set(time, one);
        let of_block = |k: usize| own[k].iter().map(move |m| (m.original[m.order()], k));
        let highest: Vec<(ExprId, usize)> = (0..blocks.len()).filter(|k| !as_solved[*k]).flat_map(of_block).collect();
        let mut residual = Vec::new();
        let mut solved = Vec::new();
        for (k, (b, own)) in blocks.iter().zip(&own).enumerate() {
            let (offset, length) = b.place();
            if own.iter().map(|m| m.length).sum::<usize>() != length {
                return Err(Stopped::Never(NoAdjoint::Circular));
            }
            if as_solved[k] {
                let block = Solved::new(g, b, own, &highest, &mut seeds)?;
                residual.push(block.residual);
                solved.push(Some(block));
                continue;
            }
            if own.iter().any(|m| m.second != own[0].second) {
                return Err(Stopped::Solve(k));
            }
            let y = leaves(own, |m| m.mirror[0], offset);
            let u = leaves(own, |m| m.original[m.order()], offset);
            let left = match b {
                Block::Linear { mass, symmetric, .. } => product(g, mass, *symmetric, &u),
                _ => assemble::elements(g, &u),
            };
            let left = assemble::contracted(g, &y, &left);
            let right = power(g, b, &y);
            residual.push(g.sub(left, right));
            solved.push(None);
        }
        let mut multipliers = FxHashMap::default();
        for (k, block) in solved.iter().enumerate().rev() {
            let Some(block) = block else { continue };
            let others = without(g, &residual, k);
            let others = g.substitute(others, &multipliers);
            block.multipliers(g, others, &mut multipliers);
        }
        let s = g.sum(&residual);
        let mirror_rates = members.iter().filter(|m| !m.second).map(|m| m.mirror[1]).collect();
        Ok(Varied { own, solved, residual, s, multipliers, seeds, highest, mirror_rates })
    }

    /// `∂of/∂leaves`, the multipliers held.
    fn slope(&self, g: &mut Graph, of: ExprId, leaves: &[StateLeaf]) -> Vec<Entry> {
        let mut slope = assemble::gradient(g, of, leaves);
        if !self.multipliers.is_empty() {
            slope.iter_mut().for_each(|e| e.value = g.substitute(e.value, &self.multipliers));
        }
        slope
    }

    /// Whether these can be differentiated along the motion; else the block whose rates they read.
    fn closed(&self, g: &Graph, list: &[Entry]) -> Result<(), Stopped> {
        let values: Vec<ExprId> = list.iter().map(|e| e.value).collect();
        let read = g.free_leaves(&values);
        match self.highest.iter().find(|(leaf, _)| read.contains(leaf)) {
            Some((_, block)) => Err(Stopped::Solve(*block)),
            None => Ok(()),
        }
    }

    fn adjoint(&self, g: &mut Graph, blocks: &[Block]) -> Result<Adjoint, Stopped> {
        let mut made = Vec::new();
        // u·∂S/∂u, and what the velocities add where there are accelerations
        let (mut power, mut moving) = (Vec::new(), Vec::new());
        for (k, b) in blocks.iter().enumerate() {
            let (own, (offset, _)) = (&self.own[k], b.place());
            let y = leaves(own, |m| m.mirror[0], offset);
            let u = leaves(own, |m| m.original[m.order()], offset);
            if self.solved[k].is_some() {
                let elements = assemble::elements(g, &y);
                power.push(assemble::contracted(g, &u, &elements));
                made.extend(own.iter().map(|m| self.of_solved(g, m, &mut moving)).collect::<Result<Vec<_>, _>>()?);
                continue;
            }
            power.push(self::power(g, b, &y));
            // where another block reads these rates, they carry power there too
            let others = without(g, &self.residual, k);
            let read = self.slope(g, others, &u);
            power.push(assemble::contracted(g, &u, &read));
            made.push(self.of_block(g, k, b, &mut moving)?);
        }
        let mut energy = g.sum(&power);
        let any_second = self.own.iter().flatten().any(|m| m.second);
        if any_second {
            // The energy of −S, which in linear mechanics is y'·(M x') + y·(K x).
            let moving = g.sum(&moving);
            energy = g.sub(moving, energy);
        }
        let plain = !any_second && self.solved.iter().all(Option::is_none);
        let pairing = plain.then(|| self.pairing(g, blocks)).flatten();
        Ok(Adjoint { blocks: made, energy, pairing })
    }

    /// The mirror of a member of a solved block, where `∂S/∂u` is the mirror itself.
    fn of_solved(&self, g: &mut Graph, m: &Member, moving: &mut Vec<ExprId>) -> Result<Block, Stopped> {
        let leaf = |k: usize| [m.leaf(m.original[k], 0)];
        let p0 = self.slope(g, self.s, &leaf(0));
        let rates = if m.second {
            let p1 = self.slope(g, self.s, &leaf(1));
            self.closed(g, &p1)?;
            let mut rates = assemble::tangent(g, &p1, &self.seeds);
            rates.extend(assemble::negated(g, &p0));
            let once = assemble::elements(g, &[m.leaf(m.mirror[1], 0)]);
            moving.push(transported(g, &leaf(1), &once, &p1));
            rates
        } else {
            p0
        };
        let rates = assemble::collected(g, &rates);
        Ok(Block::Explicit { offset: m.mirror_offset, length: m.length, rates })
    }

    /// The mirror of a block that is taken as it stands.
    fn of_block(&self, g: &mut Graph, k: usize, b: &Block, moving: &mut Vec<ExprId>) -> Result<Block, Stopped> {
        let (own, (offset, length)) = (&self.own[k], b.place());
        let at = own[0].mirror_offset;
        let p0 = self.slope(g, self.s, &leaves(own, |m| m.original[0], offset));
        let v = leaves(own, |m| m.original[1], offset);
        let p1 = self.slope(g, self.s, &v);
        self.closed(g, &p1)?;
        let unknowns = leaves(own, |m| m.mirror[m.order()], offset);
        let still = still(g, &unknowns);
        let lost = assemble::tangent(g, &p1, &self.seeds);
        let mut forcing;
        if own[0].second {
            let p2 = self.slope(g, self.s, &leaves(own, |m| m.original[2], offset));
            self.closed(g, &p2)?;
            let once = assemble::tangent(g, &p2, &self.seeds);
            self.closed(g, &once)?;
            let values: Vec<ExprId> = once.iter().map(|e| e.value).collect();
            if g.free_leaves(&values).iter().any(|x| self.mirror_rates.contains(x)) {
                return Err(Stopped::Solve(k));
            }
            let twice = assemble::tangent(g, &once, &self.seeds);
            // (∂S/∂x'')'' = Mᵀ y'' + rest
            forcing = assemble::negated(g, &twice);
            forcing.extend(lost);
            forcing.extend(assemble::negated(g, &p0));
            moving.push(transported(g, &v, &once, &p1));
        } else {
            forcing = assemble::negated(g, &lost);
            forcing.extend(p0);
        }
        forcing.iter_mut().for_each(|e| e.value = g.substitute(e.value, &still));
        let forcing = assemble::collected(g, &forcing);
        Ok(match b {
            Block::Linear { mass, symmetric, .. } => Block::Linear {
                offset: at,
                length,
                mass: transposed(mass, *symmetric).ok_or(Stopped::Solve(k))?,
                forcing,
                symmetric: *symmetric,
                unknowns,
                momenta: Vec::new(),
            },
            _ => Block::Explicit { offset: at, length, rates: forcing },
        })
    }

    /// `y·M x` of `M x' = A x`: conserved, since `y·A x` is what both halves change it by.
    fn pairing(&self, g: &mut Graph, blocks: &[Block]) -> Option<ExprId> {
        let members = || self.own.iter().flatten();
        let x: Vec<StateLeaf> = members().map(|m| m.leaf(m.original[0], m.offset)).collect();
        let at_rest = still(g, &x);
        let rates: Vec<StateLeaf> = members().map(|m| m.leaf(m.original[1], m.offset)).collect();
        // What is left of S without rates is −y·f: linear and homogeneous where its slope does not read x and it vanishes at x = 0.
        let moving = still(g, &rates);
        let f = g.substitute(self.s, &moving);
        let reads_x = |g: &Graph, slope: &[Entry]| {
            let values: Vec<ExprId> = slope.iter().map(|e| e.value).collect();
            let read = g.free_leaves(&values);
            members().any(|m| read.contains(&m.original[0]))
        };
        let slope = assemble::gradient(g, f, &x);
        let rest = g.substitute(f, &at_rest);
        if reads_x(g, &slope) || rest != g.zero() {
            return None;
        }
        let mut terms = Vec::new();
        for (b, own) in blocks.iter().zip(&self.own) {
            let (offset, _) = b.place();
            let (y, x) = (leaves(own, |m| m.mirror[0], offset), leaves(own, |m| m.original[0], offset));
            let left = match b {
                Block::Linear { mass, symmetric, .. } => product(g, mass, *symmetric, &x),
                _ => assemble::elements(g, &x),
            };
            let sum = assemble::contracted(g, &y, &left);
            let slope = assemble::gradient(g, sum, &x);
            if reads_x(g, &slope) || left.is_empty() {
                return None;
            }
            terms.push(sum);
        }
        Some(g.sum(&terms))
    }
}

/// `v·(∂S/∂x'')' − v·∂S/∂x'`
fn transported(g: &mut Graph, v: &[StateLeaf], gained: &[Entry], taken: &[Entry]) -> ExprId {
    let (gained, taken) = (assemble::contracted(g, v, gained), assemble::contracted(g, v, taken));
    g.sub(gained, taken)
}

/// `y·f`
fn power(g: &mut Graph, b: &Block, y: &[StateLeaf]) -> ExprId {
    match b {
        Block::Explicit { rates: f, .. } | Block::Linear { forcing: f, .. } => assemble::contracted(g, y, f),
        Block::Newton { .. } => g.zero(),
    }
}

/// `S` without one block's part.
fn without(g: &mut Graph, residual: &[ExprId], k: usize) -> ExprId {
    let others: Vec<ExprId> = residual.iter().enumerate().filter(|(j, _)| *j != k).map(|(_, r)| *r).collect();
    g.sum(&others)
}

/// Leaves of members of a block, offsets counted from its start.
fn leaves(own: &[&Member], which: impl Fn(&Member) -> ExprId, offset: usize) -> Vec<StateLeaf> {
    own.iter().map(|m| m.leaf(which(m), m.offset - offset)).collect()
}

fn inside<'a>(members: &'a [Member], b: &Block) -> Vec<&'a Member> {
    let (offset, length) = b.place();
    let mut own: Vec<&Member> = members.iter().filter(|m| m.offset >= offset && m.offset < offset + length).collect();
    own.sort_by_key(|m| m.offset);
    own
}

/// `M u` as entries.
pub(super) fn product(g: &mut Graph, mass: &Mass, symmetric: bool, u: &[StateLeaf]) -> Vec<Entry> {
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

fn transposed(mass: &Mass, symmetric: bool) -> Option<Mass> {
    Some(match mass {
        Mass::Entries(list) if !symmetric => Mass::Entries(list.iter().map(|(i, j, m)| (*j, *i, *m)).collect()),
        Mass::Tangent { .. } if !symmetric => return None,
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

/// Puts explicit rates, of originals and mirrors, into the mirror's blocks that read them, and brings these into an order
/// in which every rate that is then read has been solved by a block before. Whether there is one.
fn in_order(g: &mut Graph, originals: &[Block], adjoint: &mut Adjoint, members: &[Member]) -> bool {
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
    // Each behind those that solve what it reads.
    let mut open: Vec<ExprId> = members.iter().map(|m| m.mirror[m.order()]).collect();
    let mut waiting = std::mem::take(&mut adjoint.blocks);
    while !waiting.is_empty() {
        let ready = |b: &Block| match b {
            Block::Explicit { rates: values, .. } | Block::Linear { forcing: values, .. } => {
                let read: Vec<ExprId> = values.iter().map(|e| e.value).collect();
                !g.free_leaves(&read).iter().any(|x| open.contains(x))
            }
            Block::Newton { .. } => false,
        };
        let Some(next) = waiting.iter().position(ready) else { return false };
        let block = waiting.remove(next);
        if let Block::Linear { unknowns, .. } = &block {
            open.retain(|x| !unknowns.iter().any(|u| u.leaf == *x));
        }
        adjoint.blocks.push(block);
    }
    true
}

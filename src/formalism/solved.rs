//! Blocks taken as solved for their rates, `u = φ(x, t)`, with the derivatives of `φ` by the implicit function theorem.
//!
//! Of `F(u, x, t) = 0` with slopes `A = ∂F/∂u`:
//!
//! ```text
//! ∂φ/∂x = −A⁻¹ ∂F/∂x            u' = −A⁻¹ (∂F/∂x x' + ∂F/∂t)
//! y·(u − φ)  is varied as  λ·F,  with λ held and  Aᵀ λ = y
//! ```
//! `A⁻¹` is written out, group by group of rates that hang together.

use super::assemble;
use super::determinant::inverse;
use super::equations::{Block, StateLeaf};
use super::lagrangian::scalar_leaves;
use super::variation::{Member, NoAdjoint, Stopped, product};
use crate::limits;
use crate::symbolic::{Entry, ExprId, Graph, Seeds, SymbolInfo};
use rustc_hash::FxHashMap;

/// A block taken as solved.
pub struct Solved {
    /// `λ·F` with a symbol for each multiplier.
    pub residual: ExprId,
    multipliers: Vec<ExprId>,
    /// `u`
    unknowns: Vec<ExprId>,
    /// The mirrors.
    y: Vec<ExprId>,
    /// `(i, j, (A⁻¹)ᵢⱼ)`
    inverse: Vec<(usize, usize, ExprId)>,
}

impl Solved {
    /// The block of some members, none of whose equations may read `highest`, rates without a rate of their own. Adds how
    /// its rates change to the seeds.
    pub fn new(
        g: &mut Graph,
        block: &Block,
        own: &[&Member],
        highest: &[(ExprId, usize)],
        seeds: &mut Seeds,
    ) -> Result<Solved, Stopped> {
        let (offset, n) = block.place();
        if n > limits::IMPLICIT_EQUATIONS {
            return Err(Stopped::Never(NoAdjoint::Coupled(n)));
        }
        let leaves = |which: fn(&Member) -> ExprId| -> Vec<StateLeaf> {
            own.iter().map(|m| m.leaf(which(m), m.offset - offset)).collect()
        };
        let u = leaves(|m| m.original[m.order()]);
        let (unknowns, y) = (scalar_leaves(g, &u), scalar_leaves(g, &leaves(|m| m.mirror[0])));
        // F
        let entries = match block {
            Block::Newton { residual, .. } => residual.clone(),
            Block::Linear { mass, forcing, symmetric, .. } => {
                let mut left = product(g, mass, *symmetric, &u);
                left.extend(assemble::negated(g, forcing));
                left
            }
            Block::Explicit { rates, .. } => {
                let mut left = assemble::elements(g, &u);
                left.extend(assemble::negated(g, rates));
                left
            }
        };
        let rows: Vec<ExprId> = (0..n).map(|i| assemble::element(g, n, &entries, i)).collect();
        let read = g.free_leaves(&rows);
        if let Some((_, other)) = highest.iter().find(|(leaf, _)| read.contains(leaf)) {
            return Err(Stopped::Solve(*other));
        }
        let slopes: Vec<Vec<ExprId>> =
            rows.iter().map(|row| unknowns.iter().map(|u| g.differentiate(*row, *u)).collect()).collect();
        let mut inverted = Vec::new();
        for group in groups(g, &slopes) {
            if group.len() > limits::SOLVED_BY_HAND {
                return Err(Stopped::Never(NoAdjoint::Coupled(group.len())));
            }
            let part = inverse(g, &slopes, &group);
            for (i, row) in group.iter().zip(part) {
                inverted.extend(group.iter().zip(row).map(|(j, value)| (*i, *j, value)));
            }
        }
        let multipliers: Vec<ExprId> = (0..n)
            .map(|_| {
                let symbol = g.symbol(SymbolInfo::scalar("λ"));
                g.scalar(symbol)
            })
            .collect();
        let terms: Vec<ExprId> = rows.iter().zip(&multipliers).map(|(f, l)| g.mul(*f, *l)).collect();
        let residual = g.sum(&terms);
        let solved = Solved { residual, multipliers, unknowns, y, inverse: inverted };
        // what F changes by while the rates stand still is made good by them
        let along = g.tangents(&rows, seeds);
        let changes = solved.times(g, |place| place, &along);
        for u in &u {
            let own = changes[u.offset..u.offset + u.length].iter().enumerate();
            let entries: Vec<Entry> =
                own.map(|(k, change)| Entry { index: g.integer(k as i64), value: g.neg(*change) }).collect();
            let leaf = StateLeaf { offset: 0, ..u.clone() };
            if let Some(change) = assemble::as_leaf(g, &entries, &leaf) {
                seeds.set(u.leaf, change);
            }
        }
        Ok(solved)
    }

    /// The product of `A⁻¹`, its places turned as told, with some values.
    fn times(&self, g: &mut Graph, turn: fn((usize, usize)) -> (usize, usize), values: &[ExprId]) -> Vec<ExprId> {
        let mut terms = vec![Vec::new(); values.len()];
        for (i, j, a) in &self.inverse {
            let (row, column) = turn((*i, *j));
            terms[row].push(g.mul(*a, values[column]));
        }
        terms.iter().map(|t| g.sum(t)).collect()
    }

    /// Adds `λ = A⁻ᵀ (y − ∂others/∂u)`, so that `∂S/∂u` is the mirror.
    pub fn multipliers(&self, g: &mut Graph, others: ExprId, out: &mut FxHashMap<ExprId, ExprId>) {
        let pairs = self.unknowns.iter().zip(&self.y);
        let right: Vec<ExprId> = pairs
            .map(|(u, y)| {
                let read = g.differentiate(others, *u);
                g.sub(*y, read)
            })
            .collect();
        let values = self.times(g, |(i, j)| (j, i), &right);
        out.extend(self.multipliers.iter().copied().zip(values));
    }
}

/// Rows and columns that hang together, each group in order.
fn groups(g: &mut Graph, slopes: &[Vec<ExprId>]) -> Vec<Vec<usize>> {
    let zero = g.zero();
    let mut group: Vec<usize> = (0..slopes.len()).collect();
    for (i, row) in slopes.iter().enumerate() {
        for (j, slope) in row.iter().enumerate() {
            let (a, b) = (group[i], group[j]);
            if *slope != zero && a != b {
                group.iter_mut().filter(|k| **k == b).for_each(|k| *k = a);
            }
        }
    }
    let mut out: Vec<Vec<usize>> = Vec::new();
    for first in 0..slopes.len() {
        let own: Vec<usize> = (0..slopes.len()).filter(|k| group[*k] == first).collect();
        if !own.is_empty() {
            out.push(own);
        }
    }
    out
}

//! Evolution of formulas that enumeration does not reach: islands whose oldest members leave (Real et al. 2019, as in
//! Cranmer 2023), every child with its numbers fitted (Kommenda et al. 2020).

use super::evaluate::Samples;
use super::fit::{EXACT, EXPONENTS, Fitter};
use super::front::{Front, Member};
use super::function::{Binary, Operators};
use super::terms::Term;
use super::tree::{Node, Tree};
use super::{Budget, Stop};
use crate::real::Random;
use crate::real::random::Stream;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Islands; a number of its own, so that the result does not depend on the threads.
const ISLANDS: usize = 8;
/// Members of an island.
const MEMBERS: usize = 48;
/// Children of an island between two exchanges.
const ROUND: usize = 60;
/// Steps of the fit of a child.
const ITERATIONS: usize = 8;
/// Members that compete to be a parent.
const RIVALS: usize = 5;

struct Island {
    members: VecDeque<Member>,
    front: Front,
    seen: FxHashSet<Vec<u8>>,
    stream: Stream,
}

/// What all islands know.
struct World<'a> {
    samples: &'a Samples,
    operators: &'a Operators,
    terms: &'a [Term],
    most: usize,
}

/// Improves the front by evolution. `None` where it was stopped.
pub fn evolve(
    samples: &Samples,
    operators: &Operators,
    terms: &[Term],
    front: &mut Front,
    budget: &Budget,
    seed: u64,
    stop: &Stop<'_>,
    progress: &mut dyn FnMut(f64),
) -> Option<()> {
    let mut world = World { samples, operators, terms, most: budget.complexity };
    let random = Random::new(seed, "distill");
    let mut islands: Vec<Island> = (0..ISLANDS as u64)
        .map(|k| Island {
            members: front.members().cloned().collect(),
            front: front.clone(),
            seen: FxHashSet::default(),
            stream: random.stream(k),
        })
        .collect();
    let rounds = budget.children.div_ceil(ISLANDS * ROUND);
    let mut last = rounds;
    for round in 0..rounds {
        if round >= last {
            break;
        }
        if stop() {
            return None;
        }
        progress(round as f64 / rounds as f64);
        islands.par_iter_mut().for_each(|island| island.round(&world));
        islands.iter().for_each(|island| front.join(&island.front));
        // an exact formula may still have a shorter one
        if let Some(m) = front.members().find(|m| m.error < EXACT)
            && m.tree.complexity() <= world.most
        {
            world.most = m.tree.complexity() - 1;
            last = last.min(round + rounds.div_ceil(8));
        }
        islands.iter_mut().for_each(|island| island.front.join(front));
    }
    Some(())
}

impl Island {
    fn below(&mut self, n: usize) -> usize {
        self.stream.below(n as u64) as usize
    }

    fn round(&mut self, world: &World<'_>) {
        let mut fitter = Fitter::new(world.samples);
        for _ in 0..ROUND {
            let Some(parent) = self.parent() else { return };
            let Some((child, only_numbers)) = self.changed(&parent, world) else { continue };
            let Some(mut child) = child.folded(world.operators) else { continue };
            let fits = child.complexity() <= world.most && child.reads() && child.is_plain();
            let fits = fits && child.within(world.operators);
            if !fits || !(self.seen.insert(key(&child)) || only_numbers) {
                continue;
            }
            let mut error = fitter.improve(&mut child, &[], ITERATIONS);
            if !error.is_finite() {
                continue;
            }
            if self.front.offer(&child, error) {
                error = fitter.improve(&mut child, &[], 4 * ITERATIONS);
                self.front.offer(&child, error);
            }
            self.members.push_back(Member { tree: child, error });
            if self.members.len() > MEMBERS {
                self.members.pop_front();
            }
        }
    }

    /// The best of a few that are no more complex than a limit that is drawn, or one of the front.
    fn parent(&mut self) -> Option<Tree> {
        if self.members.is_empty() || self.below(10) < 3 {
            let front: Vec<Tree> = self.front.members().map(|m| m.tree.clone()).collect();
            let k = self.below(front.len());
            return front.get(k).cloned();
        }
        let largest = self.members.iter().map(|m| m.tree.complexity()).max().unwrap_or(1);
        let limit = 1 + self.below(largest);
        let mut best: Option<usize> = None;
        for _ in 0..RIVALS {
            let k = self.below(self.members.len());
            let m = &self.members[k];
            if m.tree.complexity() <= limit && best.is_none_or(|b| m.error < self.members[b].error) {
                best = Some(k);
            }
        }
        let k = best.unwrap_or_else(|| self.below(self.members.len()));
        Some(self.members[k].tree.clone())
    }

    /// A change of a parent, and whether it is of its numbers alone.
    fn changed(&mut self, parent: &Tree, world: &World<'_>) -> Option<(Tree, bool)> {
        let at = self.below(parent.nodes.len());
        let operators = world.operators;
        let made = match self.below(12) {
            0 => {
                let mut out = parent.clone();
                for c in out.nodes.iter_mut() {
                    if let Node::Constant(c) = c {
                        *c *= crate::real::exp(self.stream.normal()) * if self.below(4) == 0 { -1.0 } else { 1.0 };
                    }
                }
                return Some((out, true));
            }
            1 => {
                let mut out = parent.clone();
                out.nodes[at] = match parent.nodes[at] {
                    Node::Binary(_) => Node::Binary(operators.binaries[self.below(operators.binaries.len())]),
                    Node::Function(_) => Node::Function(operators.functions[self.below(operators.functions.len())]),
                    _ => self.leaf(world).nodes[0],
                };
                out
            }
            2 => {
                let leaf = self.leaf(world);
                parent.replaced(at, &leaf)
            }
            3 | 4 => {
                let inner = parent.subtree(at);
                let wrapped = self.wrapped(&inner, world)?;
                parent.replaced(at, &wrapped)
            }
            5 => {
                let inner = match parent.nodes[at].arity() {
                    0 => return None,
                    1 => parent.subtree(at - 1),
                    _ => {
                        let right = parent.subtree(at - 1);
                        if self.below(2) == 0 { parent.subtree(at - 1 - right.nodes.len()) } else { right }
                    }
                };
                parent.replaced(at, &inner)
            }
            6 => {
                let new = self.grown(world, 5);
                parent.replaced(at, &new)
            }
            7 | 8 => {
                let term = self.term(world)?;
                let term = match operators.has(Binary::Mul) {
                    true => Tree::binary(Binary::Mul, &Tree::constant(1.0), &term),
                    false => term,
                };
                let sum = [Binary::Add, Binary::Sub].into_iter().find(|b| operators.has(*b))?;
                Tree::binary(sum, parent, &term)
            }
            9 => {
                let term = self.term(world)?;
                let inner = parent.subtree(at);
                let op = [Binary::Mul, Binary::Div][self.below(2)];
                parent.replaced(at, &Tree::binary(op, &inner, &term))
            }
            _ => {
                let other = self.parent()?;
                let from = self.below(other.nodes.len());
                parent.replaced(at, &other.subtree(from))
            }
        };
        Some((made, false))
    }

    fn leaf(&mut self, world: &World<'_>) -> Tree {
        let n = world.samples.inputs.len();
        match self.below(n + 1) {
            k if k < n => Tree::input(k),
            _ => Tree::constant(1.0),
        }
    }

    fn term(&mut self, world: &World<'_>) -> Option<Tree> {
        // small ones stand first
        let n = world.terms.len().min(if self.below(2) == 0 { 40 } else { usize::MAX });
        let k = self.below(n);
        world.terms.get(k).map(|t| t.tree.clone())
    }

    /// An operator around a tree.
    fn wrapped(&mut self, inner: &Tree, world: &World<'_>) -> Option<Tree> {
        let operators = world.operators;
        let n = operators.functions.len() + operators.binaries.len();
        let k = self.below(n);
        if let Some(f) = operators.functions.get(k) {
            return Some(Tree::function(*f, inner));
        }
        let op = *operators.binaries.get(k - operators.functions.len())?;
        if op == Binary::Pow {
            let e = EXPONENTS[self.below(EXPONENTS.len())];
            return Some(Tree::binary(op, inner, &Tree::constant(e)));
        }
        let leaf = self.leaf(world);
        Some(match self.below(2) {
            0 => Tree::binary(op, inner, &leaf),
            _ => Tree::binary(op, &leaf, inner),
        })
    }

    /// A random tree of about so many nodes.
    fn grown(&mut self, world: &World<'_>, size: usize) -> Tree {
        let mut out = self.leaf(world);
        while out.nodes.len() < size {
            match self.wrapped(&out, world) {
                Some(larger) => out = larger,
                None => break,
            }
            if self.below(3) == 0 {
                break;
            }
        }
        out
    }
}

/// The form with its exponents, which a fit may not be able to move.
fn key(tree: &Tree) -> Vec<u8> {
    let mut key = tree.form();
    for pair in tree.nodes.windows(2) {
        if let [Node::Constant(c), Node::Binary(Binary::Pow)] = pair {
            key.extend(((c * 16.0).round() as i32).to_le_bytes());
        }
    }
    key
}

//! The numbers of a formula: linear ones by least squares, all together by Levenberg and Marquardt.
//!
//! A step solves `min |J δ − r|² + λ Σ (Dⱼ δⱼ)²` with `Dⱼ = |Jⱼ|`, where only numbers in which the formula is not linear
//! are damped, so that the linear ones are where least squares puts them for the others (Golub and Pereyra 1973 in the
//! form of Ruhe and Wedin 1980). Marquardt's `Dⱼ` makes steps independent of units.

use super::evaluate::{Samples, Work, rms};
use super::function::Binary;
use super::squares;
use super::tree::{Node, Tree};
use crate::real::dot;

/// A relative error at which nothing is left to be improved.
pub const EXACT: f64 = 1e-11;

/// Steps from each start.
const FIRST: usize = 4;
/// Factors of the sizes that numbers begin with.
const FACTORS: [f64; 7] = [1.0, -1.0, 3.0, 0.3, -3.0, -0.3, 8.0];
/// Exponents that a search begins with.
pub const EXPONENTS: [f64; 6] = [2.0, 3.0, 0.5, -1.0, 1.5, 4.0];

/// Fits formulas to the same samples.
#[derive(Debug)]
pub struct Fitter<'a> {
    samples: &'a Samples,
    /// Root mean square of the target.
    size: f64,
    work: Work,
    slopes: Vec<Vec<f64>>,
}

impl<'a> Fitter<'a> {
    /// For these samples.
    pub fn new(samples: &'a Samples) -> Fitter<'a> {
        let size = rms(&samples.target);
        let size = if size > 0.0 { size } else { 1.0 };
        Fitter { samples, size, work: Work::default(), slopes: Vec::new() }
    }

    /// The root mean square of its error, relative to that of the target; infinite where it has no value.
    pub fn error(&mut self, tree: &Tree) -> f64 {
        if !self.work.forward(tree, self.samples) {
            return f64::INFINITY;
        }
        rms(&self.residual(tree)) / self.size
    }

    fn residual(&self, tree: &Tree) -> Vec<f64> {
        let values = self.work.column(tree.nodes.len() - 1, self.samples.rows());
        self.samples.target.iter().zip(values).map(|(y, f)| y - f).collect()
    }

    /// Improves its numbers but those that are `fixed` (none where the list is short); the error that is left.
    pub fn improve(&mut self, tree: &mut Tree, fixed: &[bool], iterations: usize) -> f64 {
        let linear = linear(tree);
        let free: Vec<usize> = (0..linear.len()).filter(|k| !fixed.get(*k).copied().unwrap_or(false)).collect();
        if free.is_empty() {
            return self.error(tree);
        }
        let lines: Vec<usize> = free.iter().copied().filter(|k| linear[*k]).collect();
        let mut error = self.error(tree);
        if !lines.is_empty() {
            error = error.min(self.step(tree, &lines, &[], 0.0).map_or(f64::INFINITY, |s| self.taken(tree, s, error)));
        }
        let bent: Vec<bool> = free.iter().map(|k| !linear[*k]).collect();
        if lines.len() == free.len() {
            // a second step takes away what the first one was rounded by
            if let Some(s) = self.step(tree, &lines, &[], 0.0) {
                error = self.taken(tree, s, error);
            }
            return error;
        }
        let mut damping = 1e-3;
        for _ in 0..iterations {
            if !(error > 1e-15) || !(damping < 1e9) {
                break;
            }
            let Some(step) = self.step(tree, &free, &bent, damping) else { break };
            let before = error;
            error = self.taken(tree, step, error);
            if error < before {
                damping = (damping * 0.2).max(1e-12);
                if before - error < 1e-9 * before {
                    break;
                }
            } else {
                damping *= 8.0;
            }
        }
        error
    }

    /// The numbers after a step over `free`, damped where `bent`.
    fn step(&mut self, tree: &Tree, free: &[usize], bent: &[bool], damping: f64) -> Option<Vec<f64>> {
        if !self.work.forward(tree, self.samples) {
            return None;
        }
        let rows = self.samples.rows();
        let mut rest = self.residual(tree);
        let mut slopes = std::mem::take(&mut self.slopes);
        self.work.backward(tree, rows, &mut slopes);
        let root = damping.sqrt();
        let count = bent.iter().filter(|b| **b).count();
        let mut at = rows;
        let mut fine = true;
        for (k, c) in free.iter().enumerate() {
            let column = &mut slopes[*c];
            let size = dot(column, column).sqrt();
            fine &= size.is_finite();
            column.resize(rows + count, 0.0);
            if bent.get(k) == Some(&true) {
                column[at] = root * size;
                at += 1;
            }
        }
        rest.resize(rows + count, 0.0);
        let made = fine.then(|| {
            let columns: Vec<&[f64]> = free.iter().map(|c| slopes[*c].as_slice()).collect();
            let change = squares::solve(&columns, &rest);
            let mut constants = tree.constants();
            free.iter().zip(&change).for_each(|(c, d)| constants[*c] += d);
            constants
        });
        self.slopes = slopes;
        made.filter(|m| m.iter().all(|c| c.is_finite()))
    }

    /// Takes the step where it makes the error smaller; the error then.
    fn taken(&mut self, tree: &mut Tree, step: Vec<f64>, error: f64) -> f64 {
        let old = tree.constants();
        tree.set_constants(&step);
        let new = self.error(tree);
        if new < error {
            return new;
        }
        tree.set_constants(&old);
        error
    }

    /// The best of several starts after a few steps, improved.
    pub fn search(&mut self, tree: &mut Tree, iterations: usize) -> f64 {
        let linear = linear(tree);
        let bent = linear.iter().filter(|l| !**l).count();
        let starts = [1, 6, 8][bent.min(2)];
        let mut best: Option<(f64, Vec<f64>)> = None;
        for start in 0..starts {
            let mut trial = tree.clone();
            self.begin(&mut trial, &linear, start);
            let error = self.improve(&mut trial, &[], FIRST);
            if error.is_finite() && best.as_ref().is_none_or(|b| error < b.0) {
                best = Some((error, trial.constants()));
            }
            if error < EXACT {
                break;
            }
        }
        let Some((error, constants)) = best else { return f64::INFINITY };
        tree.set_constants(&constants);
        if bent == 0 || error < EXACT { error } else { self.improve(tree, &[], iterations) }
    }

    /// Numbers of the size that what stands beside them asks for: a factor inside of a function is one over the size of
    /// the other factor, a summand has the size of the other one.
    fn begin(&mut self, tree: &mut Tree, linear: &[bool], start: usize) {
        let parents = parents(tree);
        let power = |k: usize, tree: &Tree| tree.nodes.get(k + 1) == Some(&Node::Binary(Binary::Pow));
        let mut which = 0;
        for k in 0..tree.nodes.len() {
            if matches!(tree.nodes[k], Node::Constant(_)) {
                let exponent = power(k, tree);
                let e = EXPONENTS[(start + which) % EXPONENTS.len()];
                tree.nodes[k] = Node::Constant(if exponent { e } else { 1.0 });
                which += 1;
            }
        }
        self.work.forward(tree, self.samples);
        let rows = self.samples.rows();
        which = 0;
        for k in 0..tree.nodes.len() {
            if !matches!(tree.nodes[k], Node::Constant(_)) {
                continue;
            }
            let own = which;
            which += 1;
            if power(k, tree) || linear[own] {
                continue;
            }
            let Some((parent, sibling)) = parents[k] else { continue };
            let size = sibling.map_or(1.0, |s| rms(self.work.column(s, rows)));
            let size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
            let factor = FACTORS[(start + 2 * own * (start / 2)) % FACTORS.len()];
            tree.nodes[k] = Node::Constant(match tree.nodes[parent] {
                Node::Binary(Binary::Add | Binary::Sub) => factor * size,
                Node::Binary(Binary::Mul | Binary::Pow) => factor / size,
                Node::Binary(Binary::Div) => factor * size,
                _ => factor,
            });
        }
    }
}

/// By node its parent, and its sibling there.
fn parents(tree: &Tree) -> Vec<Option<(usize, Option<usize>)>> {
    let mut stack: Vec<usize> = Vec::new();
    let mut out = vec![None; tree.nodes.len()];
    for (k, n) in tree.nodes.iter().enumerate() {
        match n.arity() {
            1 => {
                if let Some(a) = stack.pop() {
                    out[a] = Some((k, None));
                }
            }
            2 => {
                if let (Some(b), Some(a)) = (stack.pop(), stack.pop()) {
                    out[a] = Some((k, Some(b)));
                    out[b] = Some((k, Some(a)));
                }
            }
            _ => {}
        }
        stack.push(k);
    }
    out
}

/// By number whether the formula is a linear function of all of them that say so, the others held.
pub fn linear(tree: &Tree) -> Vec<bool> {
    let starts = tree.starts();
    let mut place = vec![0; tree.nodes.len()];
    let mut count = 0;
    for (k, n) in tree.nodes.iter().enumerate() {
        place[k] = count;
        count += usize::from(matches!(n, Node::Constant(_)));
    }
    let mut out = vec![false; count];
    mark(tree, &starts, &place, tree.nodes.len() - 1, &mut out);
    out
}

fn mark(tree: &Tree, starts: &[usize], place: &[usize], at: usize, out: &mut [bool]) {
    match tree.nodes[at] {
        Node::Constant(_) => out[place[at]] = true,
        Node::Input(_) | Node::Function(_) => {}
        Node::Binary(op) => {
            let b = at - 1;
            let a = starts[b] - 1;
            match op {
                Binary::Add | Binary::Sub => {
                    mark(tree, starts, place, a, out);
                    mark(tree, starts, place, b, out);
                }
                Binary::Div => mark(tree, starts, place, a, out),
                // of two factors that one with more of them
                Binary::Mul => {
                    let of = |side: usize| {
                        let mut own = vec![false; out.len()];
                        mark(tree, starts, place, side, &mut own);
                        own
                    };
                    let (left, right) = (of(a), of(b));
                    let count = |l: &[bool]| l.iter().filter(|x| **x).count();
                    let more = if count(&right) > count(&left) { right } else { left };
                    out.iter_mut().zip(more).for_each(|(o, m)| *o |= m);
                }
                Binary::Pow => {}
            }
        }
    }
}

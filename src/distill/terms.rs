//! Sums of terms with coefficients: terms without free numbers by size, sums of them by least squares.
//!
//! Laws of physics are mostly short sums. A library of terms is made bottom-up, each value at the probe rows once up to
//! a factor; sums grow by one term at a time, for each complexity the best few are kept, and what one more term
//! leaves of the error is one projection.

use super::evaluate::{Samples, Work, rms};
use super::fit::{EXACT, EXPONENTS};
use super::front::Front;
use super::function::{Binary, FUNCTIONS, Operators};
use super::squares;
use super::tree::{Node, Tree};
use super::{Budget, Stop, fit::Fitter};
use crate::real::{self, dot};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// Sums kept for each complexity.
const BEAM: usize = 12;
/// Sums of each complexity whose numbers are fitted.
const POLISHED: usize = 4;
/// Steps of that fit.
const ITERATIONS: usize = 8;

/// A term and its values.
#[derive(Clone, Debug)]
pub struct Term {
    /// Its numbers are exponents, or on a grid.
    pub tree: Tree,
    /// At the rows.
    pub values: Vec<f64>,
    /// Which form it is of, where that has a number on a grid.
    pub family: Option<usize>,
}

/// Numbers of the grid, in sizes of what stands beside them: each 1.25 times the one before.
fn grid() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(0.2), |p| Some(1.25 * p)).take(18).flat_map(|p| [p, -p])
}

/// Largest term inside of one with a number on a grid.
const INNER: usize = 3;

/// Terms with one number inside of a function, `sin(p*x)`, and of a denominator, `1/(x + p)`, on a grid of numbers. A fit
/// of the sum that they stand in finds the numbers between.
fn families(terms: &[Term], samples: &Samples, operators: &Operators, budget: usize) -> Vec<Term> {
    let small = terms.iter().take_while(|t| t.tree.complexity() <= INNER);
    let mut forms: Vec<(Box<dyn Fn(f64) -> Tree>, f64)> = Vec::new();
    for t in small {
        let size = rms(&t.values);
        let new = operators.functions.iter().copied().filter(|f| !t.tree.nodes.contains(&Node::Function(*f)));
        for f in new.filter(|f| FUNCTIONS[*f as usize].sized) {
            let inner = t.tree.clone();
            let form = move |p: f64| Tree::function(f, &Tree::binary(Binary::Mul, &Tree::constant(p), &inner));
            forms.push((Box::new(form), 1.0 / size));
        }
        if operators.has(Binary::Div) && operators.has(Binary::Add) {
            let inner = t.tree.clone();
            let form = move |p: f64| {
                let sum = Tree::binary(Binary::Add, &inner, &Tree::constant(p));
                Tree::binary(Binary::Div, &Tree::constant(1.0), &sum)
            };
            forms.push((Box::new(form), size));
        }
    }
    let mut work = Work::default();
    let mut out: Vec<Term> = Vec::new();
    for (family, (form, size)) in forms.iter().enumerate() {
        for p in grid() {
            let tree = form(p * size);
            if out.len() == budget {
                return out;
            }
            if work.forward(&tree, samples) {
                let values = work.column(tree.nodes.len() - 1, samples.rows()).to_vec();
                if key(&values).is_some() {
                    out.push(Term { tree, values, family: Some(family) });
                }
            }
        }
    }
    out
}

/// A key of values up to a factor: ten digits of each, relative to the largest. `None` for what is constant.
fn key(values: &[f64]) -> Option<Vec<i64>> {
    let top = values.iter().fold(0.0f64, |m, v| if v.abs() > m.abs() { *v } else { m });
    if top == 0.0 || !top.is_finite() {
        return None;
    }
    let key: Vec<i64> = values.iter().map(|v| (v / top * 1e10).round() as i64).collect();
    (key.iter().any(|k| (k - key[0]).abs() > 1)).then_some(key)
}

/// Terms by size up to `size`, at most `budget`.
pub fn library(samples: &Samples, operators: &Operators, size: usize, budget: usize) -> Vec<Term> {
    let mut levels: Vec<Vec<Term>> = vec![Vec::new()];
    let mut seen: FxHashSet<Vec<i64>> = FxHashSet::default();
    let mut work = Work::default();
    let mut left = budget;
    let mut add = |tree: Tree, level: &mut Vec<Term>| -> bool {
        if left == 0 {
            return false;
        }
        if !work.forward(&tree, samples) {
            return true;
        }
        let values = work.column(tree.nodes.len() - 1, samples.rows()).to_vec();
        if key(&values).is_some_and(|k| seen.insert(k)) {
            left -= 1;
            level.push(Term { tree, values, family: None });
        }
        true
    };
    'sizes: for s in 1..=size {
        let mut level = Vec::new();
        if s == 1 {
            for k in 0..samples.inputs.len() {
                add(Tree::input(k), &mut level);
            }
        }
        let mut full = false;
        if operators.has(Binary::Pow) && s > 2 {
            for t in &levels[s - 2] {
                for e in EXPONENTS {
                    full |= !add(Tree::binary(Binary::Pow, &t.tree, &Tree::constant(e)), &mut level);
                }
            }
        }
        if s > 1 {
            for t in &levels[s - 1] {
                for f in operators.functions.iter().filter(|f| !t.tree.nodes.contains(&Node::Function(**f))) {
                    full |= !add(Tree::function(*f, &t.tree), &mut level);
                }
            }
        }
        for a in 1..s.saturating_sub(1) {
            let b = s - 1 - a;
            for op in operators.binaries.iter().filter(|o| **o != Binary::Pow) {
                let commutes = matches!(op, Binary::Add | Binary::Mul);
                if commutes && a > b {
                    continue;
                }
                for x in &levels[a] {
                    for y in &levels[b] {
                        full |= !add(Tree::binary(*op, &x.tree, &y.tree), &mut level);
                    }
                    if full {
                        levels.push(level);
                        break 'sizes;
                    }
                }
            }
        }
        levels.push(level);
        if full {
            break;
        }
    }
    levels.into_iter().flatten().collect()
}

/// A sum that grows.
#[derive(Clone)]
struct Sum {
    /// Places of terms, ascending; the place behind the last term is the number 1.
    terms: Vec<usize>,
    basis: Vec<Vec<f64>>,
    rest: Vec<f64>,
    /// Square of what is left.
    left: f64,
}

/// What a term adds to the complexity of a sum that is empty or not.
fn cost(term: Option<&Term>, first: bool) -> usize {
    term.map_or(1, |t| t.tree.complexity() + 2) + usize::from(!first)
}

/// A sum inside of something: what the sum has to be for the whole to be the target, and the whole.
struct Outer {
    target: Vec<f64>,
    whole: Box<dyn Fn(&Tree) -> Tree>,
}

/// Terms that a sum may be a factor or the denominator of.
const FACTORS: usize = 8;

/// The sum itself; with a term as factor; as denominator of a number or a term; and under functions that can be undone.
fn outers(samples: &Samples, operators: &Operators, terms: &[Term]) -> Vec<Outer> {
    let y = &samples.target;
    let mut out = vec![Outer { target: y.clone(), whole: Box::new(Tree::clone) }];
    let mut add = |target: Vec<f64>, whole: Box<dyn Fn(&Tree) -> Tree>| {
        if target.iter().all(|v| v.is_finite()) {
            out.push(Outer { target, whole });
        }
    };
    if operators.has(Binary::Div) {
        let one = Tree::constant(1.0);
        add(y.iter().map(|y| 1.0 / y).collect(), Box::new(move |s| Tree::binary(Binary::Div, &one, s)));
    }
    for t in terms.iter().take(FACTORS) {
        let values = &t.values;
        if operators.has(Binary::Div) {
            let tree = t.tree.clone();
            let target = values.iter().zip(y).map(|(t, y)| t / y).collect();
            add(target, Box::new(move |s| Tree::binary(Binary::Div, &tree, s)));
        }
        let tree = t.tree.clone();
        let target = values.iter().zip(y).map(|(t, y)| y / t).collect();
        add(target, Box::new(move |s| Tree::binary(Binary::Mul, &tree, s)));
    }
    let undone: [(&str, fn(f64) -> f64); 6] = [
        ("sqrt", |y| if y >= 0.0 { y * y } else { f64::NAN }),
        ("exp", real::ln),
        ("ln", real::exp),
        ("sin", real::asin),
        ("tanh", real::atanh),
        ("abs", |y| if y >= 0.0 { y } else { f64::NAN }),
    ];
    for (name, back) in undone {
        let Some(f) = operators.functions.iter().copied().find(|f| FUNCTIONS[*f as usize].name == name) else {
            continue;
        };
        add(y.iter().map(|y| back(*y)).collect(), Box::new(move |s| Tree::function(f, s)));
    }
    out
}

/// Offers the best sums to the front, as they are and inside of something. `None` where it was stopped.
pub fn sums(
    terms: &[Term],
    samples: &Samples,
    operators: &Operators,
    front: &mut Front,
    budget: &Budget,
    stop: &Stop<'_>,
) -> Option<()> {
    if !operators.has(Binary::Mul) {
        return Some(());
    }
    let outers = outers(samples, operators, terms);
    let mut all = terms.to_vec();
    all.extend(families(terms, samples, operators, budget.terms));
    for outer in outers {
        if stop() {
            return None;
        }
        of(&outer, &all, samples, operators, front, budget.complexity);
    }
    Some(())
}

/// The best sums inside of one thing.
fn of(outer: &Outer, terms: &[Term], samples: &Samples, operators: &Operators, front: &mut Front, most: usize) {
    let more = (outer.whole)(&Tree::constant(1.0)).complexity() - 1;
    // beyond an exact formula nothing is looked for
    let exact = front.members().find(|m| m.error < EXACT).map_or(usize::MAX, |m| m.tree.complexity());
    let Some(most) = most.min(exact.saturating_sub(1)).checked_sub(more) else { return };
    let added = operators.has(Binary::Add);
    let ones = vec![1.0; samples.rows()];
    let y = &outer.target;
    let whole = dot(y, y);
    let mut open: Vec<Vec<Sum>> = vec![Vec::new(); most + 1];
    open[0].push(Sum { terms: Vec::new(), basis: Vec::new(), rest: y.clone(), left: whole });
    let mut fitter = Fitter::new(samples);
    for complexity in 0..=most {
        let mut here = std::mem::take(&mut open[complexity]);
        here.sort_by(|a, b| a.left.total_cmp(&b.left).then_with(|| a.terms.cmp(&b.terms)));
        here.dedup_by(|a, b| a.terms == b.terms);
        here.truncate(BEAM);
        if complexity > 0
            && let Some(best) = here.first()
        {
            for sum in here.iter().take(POLISHED).filter(|s| s.left <= best.left * 4.0) {
                let mut tree = (outer.whole)(&sum.formula(terms, y));
                let error = fitter.improve(&mut tree, &[], ITERATIONS);
                front.offer(&tree, error);
                if error < EXACT {
                    return;
                }
            }
            if !added {
                return;
            }
        }
        // what each of them becomes with one more term, the best few by complexity
        let grown: Vec<Vec<(usize, Sum)>> =
            here.par_iter().map(|sum| extensions(sum, terms, &ones, complexity, most)).collect();
        for (c, sum) in grown.into_iter().flatten() {
            open[c].push(sum);
        }
    }
}

fn extensions(sum: &Sum, terms: &[Term], ones: &[f64], complexity: usize, most: usize) -> Vec<(usize, Sum)> {
    let first = sum.terms.is_empty();
    let mut by: Vec<Vec<(f64, usize)>> = vec![Vec::new(); most + 1];
    for k in 0..=terms.len() {
        let c = complexity + cost(terms.get(k), first);
        if c > most || sum.terms.contains(&k) {
            continue;
        }
        let values = terms.get(k).map_or(ones, |t| &t.values);
        let size = dot(values, values);
        let mut norm = size;
        for q in &sum.basis {
            let part = dot(q, values);
            norm -= part * part;
        }
        // the rest is orthogonal to the basis, so the term as it stands will do
        if !(norm > 1e-12 * size) {
            continue;
        }
        let part = dot(&sum.rest, values);
        let left = sum.left - part * part / norm;
        by[c].push((left, k));
    }
    let mut out = Vec::new();
    for (c, mut list) in by.into_iter().enumerate() {
        list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // of a grid of numbers the best
        let mut families: Vec<usize> = Vec::new();
        let mut kept = 0;
        for (_, k) in list {
            if let Some(family) = terms.get(k).and_then(|t| t.family) {
                if families.contains(&family) {
                    continue;
                }
                families.push(family);
            }
            kept += 1;
            if kept > BEAM {
                break;
            }
            let values = terms.get(k).map_or(ones, |t| &t.values);
            let mut q = values.to_vec();
            for _ in 0..2 {
                for e in &sum.basis {
                    let part = dot(e, &q);
                    q.iter_mut().zip(e).for_each(|(q, e)| *q -= part * e);
                }
            }
            let norm = dot(&q, &q).sqrt();
            q.iter_mut().for_each(|q| *q /= norm);
            let part = dot(&sum.rest, &q);
            let rest: Vec<f64> = sum.rest.iter().zip(&q).map(|(r, q)| r - part * q).collect();
            let mut grown = sum.clone();
            grown.terms.push(k);
            grown.terms.sort_unstable();
            grown.basis.push(q);
            grown.left = dot(&rest, &rest);
            grown.rest = rest;
            out.push((c, grown));
        }
    }
    out
}

impl Sum {
    /// The formula with its coefficients by least squares.
    fn formula(&self, terms: &[Term], target: &[f64]) -> Tree {
        let ones = vec![1.0; target.len()];
        let columns: Vec<&[f64]> =
            self.terms.iter().map(|k| terms.get(*k).map_or(ones.as_slice(), |t| t.values.as_slice())).collect();
        let coefficients = squares::solve(&columns, target);
        let mut out: Option<Tree> = None;
        for (k, c) in self.terms.iter().zip(coefficients) {
            let term = match terms.get(*k) {
                Some(t) => Tree::binary(Binary::Mul, &Tree::constant(c), &t.tree),
                None => Tree::constant(c),
            };
            out = Some(match out {
                None => term,
                Some(sum) => Tree::binary(Binary::Add, &sum, &term),
            });
        }
        out.unwrap_or_else(|| Tree::constant(0.0))
    }
}

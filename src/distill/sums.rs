//! Sums of terms with coefficients, as they are and inside of something, by least squares.
//!
//! Laws of physics are mostly short sums. Sums grow by one term at a time; for each complexity the best few are kept, and
//! what one more term leaves of the error is one projection.

use super::evaluate::Samples;
use super::fit::{EXACT, Fitter};
use super::front::Front;
use super::function::{Binary, FUNCTIONS, Operators};
use super::terms::{Term, families};
use super::tree::Tree;
use super::{Budget, Stop, squares};
use crate::real::{self, dot};
use rayon::prelude::*;

/// Sums kept for each complexity.
const BEAM: usize = 12;
/// By how much of one two coefficients may differ that may be the same.
const NEAR: f64 = 0.05;
/// How much longer than the longest formula a sum may be before its coefficients are shared.
const SHARED: usize = 6;
/// Sums of each complexity whose numbers are fitted.
const POLISHED: usize = 4;
/// Steps of that fit.
const ITERATIONS: usize = 8;

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

/// Powers that a sum may stand under.
const POWERS: [f64; 6] = [0.5, -0.5, 1.5, -1.5, 2.0, -2.0];

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
    // what keeps its sign may be a power
    let sign = real::sign(y[0]);
    if y.iter().all(|y| real::sign(*y) == sign && sign != 0.0) {
        let back = |p: f64| y.iter().map(|y| real::pow(y.abs(), 1.0 / p)).collect::<Vec<f64>>();
        let signed = move |t: Tree| if sign > 0.0 { t } else { Tree::binary(Binary::Mul, &Tree::constant(sign), &t) };
        if operators.has(Binary::Pow) {
            for p in POWERS {
                let whole = move |s: &Tree| signed(Tree::binary(Binary::Pow, s, &Tree::constant(p)));
                add(back(p), Box::new(whole));
            }
        }
        let root = operators.functions.iter().copied().find(|f| FUNCTIONS[*f as usize].name == "sqrt");
        if let Some(f) = root.filter(|_| operators.has(Binary::Div)) {
            let whole = move |s: &Tree| Tree::binary(Binary::Div, &Tree::constant(sign), &Tree::function(f, s));
            add(back(-0.5), Box::new(whole));
        }
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
    // terms may turn out to share their coefficients, which makes them shorter
    let longest = if added { most + SHARED } else { most };
    let mut open: Vec<Vec<Sum>> = vec![Vec::new(); longest + 1];
    open[0].push(Sum { terms: Vec::new(), basis: Vec::new(), rest: y.clone(), left: whole });
    let mut fitter = Fitter::new(samples);
    for complexity in 0..=longest {
        let mut here = std::mem::take(&mut open[complexity]);
        here.sort_by(|a, b| a.left.total_cmp(&b.left).then_with(|| a.terms.cmp(&b.terms)));
        here.dedup_by(|a, b| a.terms == b.terms);
        here.truncate(BEAM);
        if complexity > 0
            && let Some(best) = here.first()
        {
            for sum in here.iter().take(POLISHED).filter(|s| s.left <= best.left * 4.0) {
                let coefficients = sum.coefficients(terms, y);
                let forms = [Some(sum.formula(&coefficients, terms)), sum.shared(&coefficients, terms)];
                for form in forms.into_iter().flatten().filter(|f| f.complexity() <= most) {
                    let mut tree = (outer.whole)(&form);
                    let error = fitter.improve(&mut tree, &[], ITERATIONS);
                    front.offer(&tree, error);
                    if error < EXACT {
                        return;
                    }
                }
            }
        }
        if complexity > 0 && !added {
            continue;
        }
        // what each of them becomes with one more term, the best few by complexity
        let grown: Vec<Vec<(usize, Sum)>> =
            here.par_iter().map(|sum| extensions(sum, terms, &ones, complexity, longest)).collect();
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
    /// Coefficients by least squares.
    fn coefficients(&self, terms: &[Term], target: &[f64]) -> Vec<f64> {
        let ones = vec![1.0; target.len()];
        let columns: Vec<&[f64]> =
            self.terms.iter().map(|k| terms.get(*k).map_or(ones.as_slice(), |t| t.values.as_slice())).collect();
        squares::solve(&columns, target)
    }

    /// One coefficient for all terms whose own ones are near each other; `None` where no two are.
    fn shared(&self, coefficients: &[f64], terms: &[Term]) -> Option<Tree> {
        let mut groups: Vec<(f64, Tree)> = Vec::new();
        let mut last = None;
        for (k, c) in self.terms.iter().zip(coefficients) {
            let Some(t) = terms.get(*k) else {
                last = Some(Tree::constant(*c));
                continue;
            };
            match groups.iter_mut().find(|(g, _)| (*g - c).abs() <= NEAR * c.abs()) {
                Some((_, sum)) => *sum = Tree::binary(Binary::Add, sum, &t.tree),
                None => groups.push((*c, t.tree.clone())),
            }
        }
        if groups.len() + usize::from(last.is_some()) == self.terms.len() {
            return None;
        }
        let terms = groups.iter().map(|(c, t)| Tree::binary(Binary::Mul, &Tree::constant(*c), t));
        terms.chain(last).reduce(|sum, t| Tree::binary(Binary::Add, &sum, &t))
    }

    /// The formula with these coefficients.
    fn formula(&self, coefficients: &[f64], terms: &[Term]) -> Tree {
        let mut out: Option<Tree> = None;
        for (k, c) in self.terms.iter().zip(coefficients) {
            let term = match terms.get(*k) {
                Some(t) => Tree::binary(Binary::Mul, &Tree::constant(*c), &t.tree),
                None => Tree::constant(*c),
            };
            out = Some(match out {
                None => term,
                Some(sum) => Tree::binary(Binary::Add, &sum, &term),
            });
        }
        out.unwrap_or_else(|| Tree::constant(0.0))
    }
}

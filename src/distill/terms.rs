//! Terms that sums are made of: forms without free numbers by size, each value at the rows once up to a factor, and
//! forms with one number that is taken from a grid.

use super::evaluate::{Samples, Work, rms};
use super::fit::EXPONENTS;
use super::function::{Binary, FUNCTIONS, Operators};
use super::tree::{Node, Tree};
use rustc_hash::FxHashSet;

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
pub fn families(terms: &[Term], samples: &Samples, operators: &Operators, budget: usize) -> Vec<Term> {
    let small = terms.iter().take_while(|t| t.tree.complexity() <= INNER);
    let inputs = || terms.iter().take_while(|t| t.tree.complexity() == 1);
    let mut forms: Vec<(Box<dyn Fn(f64) -> Tree>, f64)> = Vec::new();
    for t in small {
        let size = rms(&t.values);
        let new = operators.functions.iter().copied().filter(|f| !t.tree.nodes.contains(&Node::Function(*f)));
        for f in new.filter(|f| FUNCTIONS[*f as usize].sized) {
            let inner = t.tree.clone();
            let form = move |p: f64| Tree::function(f, &Tree::binary(Binary::Mul, &Tree::constant(p), &inner));
            for input in inputs() {
                let (form, factor) = (form.clone(), input.tree.clone());
                let form = move |p: f64| Tree::binary(Binary::Mul, &factor, &form(p));
                forms.push((Box::new(form), 1.0 / size));
            }
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

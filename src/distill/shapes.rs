//! Every small formula with free numbers, by size, each form once (Bartlett, Desmond and Ferreira 2022).

use super::evaluate::{Samples, Work};
use super::fit::{EXACT, Fitter};
use super::front::Front;
use super::function::{Binary, FUNCTIONS, Operators};
use super::tree::{Node, Tree};
use super::{Budget, Stop};
use crate::real;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// Forms fitted between two looks at whether to stop.
const BLOCK: usize = 256;
/// Steps of a fit.
const ITERATIONS: usize = 12;

/// Values that free numbers have where forms are compared.
const PROBES: [f64; 6] = [1.237, 0.713, 1.911, 0.391, 2.377, 1.579];

fn is_number(t: &Tree) -> bool {
    matches!(t.nodes[..], [Node::Constant(_)])
}

/// Whether the tree is such a sum or product with a number of its own.
fn has_number(t: &Tree, ops: &[Binary]) -> bool {
    let last = t.nodes.len() - 1;
    let Node::Binary(op) = t.nodes[last] else { return false };
    if !ops.contains(&op) {
        return false;
    }
    let right = t.subtree(last - 1);
    let left = t.subtree(last - 1 - right.nodes.len());
    is_number(&left) || is_number(&right)
}

/// Whether two trees with this operator between them are a form that another one equals, which is kept.
fn is_idle(op: Binary, a: &Tree, b: &Tree, operators: &Operators) -> bool {
    use Binary::{Add, Div, Mul, Pow, Sub};
    let (na, nb) = (is_number(a), is_number(b));
    let exp = |f: &u8| FUNCTIONS[*f as usize].name == "exp";
    let own = match op {
        Add => na || nb && has_number(a, &[Add, Sub]),
        Sub => nb && operators.has(Add) || na && has_number(b, &[Add, Sub]) || a == b,
        Mul => nb || na && has_number(b, &[Mul, Div]),
        Div => nb && operators.has(Mul) || na && has_number(b, &[Mul, Div]) || a == b,
        Pow if nb => a.nodes.last() == Some(&Node::Binary(Pow)),
        // of exponents that are no numbers only those of a number
        Pow => !na || operators.functions.iter().any(exp),
    };
    own || na && nb
}

/// Offers every form up to the size that the budget reaches to the front. `None` where it was stopped.
pub fn all(
    samples: &Samples,
    operators: &Operators,
    front: &mut Front,
    budget: &Budget,
    stop: &Stop<'_>,
) -> Option<()> {
    let probe = samples.thinned(12);
    let mut levels: Vec<Vec<Tree>> = vec![Vec::new()];
    let mut seen: FxHashSet<(usize, Vec<i64>)> = FxHashSet::default();
    let mut work = Work::default();
    let mut left = budget.shapes;
    for size in 1..=budget.complexity {
        let mut found: Vec<Tree> = Vec::new();
        let mut add = |tree: Tree, found: &mut Vec<Tree>| {
            let count = tree.constants().len();
            if count > PROBES.len() || found.len() >= left {
                return;
            }
            let mut shown = tree.clone();
            shown.set_constants(&PROBES);
            // a power of a negative number has values for whole exponents
            let fine = work.forward(&shown, &probe);
            let mut key: Vec<i64> = Vec::new();
            if fine {
                let values = work.column(shown.nodes.len() - 1, probe.rows());
                let top = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                key.extend(values.iter().map(|v| (v / top * 1e9).round() as i64));
                key.push((real::ln(top) * 1e9).round() as i64);
            } else {
                key.extend(tree.form().iter().map(|b| i64::from(*b)));
                key.push(i64::MAX);
            }
            if seen.insert((count, key)) {
                found.push(tree);
            }
        };
        if size == 1 {
            (0..samples.inputs.len()).for_each(|k| add(Tree::input(k), &mut found));
            found.push(Tree::constant(1.0));
        } else {
            for t in levels[size - 1].iter().filter(|t| !is_number(t)) {
                let new = operators.functions.iter().filter(|f| !t.nodes.contains(&Node::Function(**f)));
                new.for_each(|f| add(Tree::function(*f, t), &mut found));
            }
            for a in 1..size - 1 {
                let b = size - 1 - a;
                for op in &operators.binaries {
                    let commutes = matches!(op, Binary::Add | Binary::Mul);
                    for x in &levels[a] {
                        for y in &levels[b] {
                            let turned = commutes && a > b && !is_number(x) && !is_number(y);
                            if !turned && !is_idle(*op, x, y, operators) {
                                add(Tree::binary(*op, x, y), &mut found);
                            }
                        }
                    }
                }
            }
        }
        if found.len() >= left {
            found.truncate(left);
        }
        left -= found.len();
        for block in found.chunks(BLOCK) {
            if stop() {
                return None;
            }
            let fitted: Vec<(Tree, f64)> = block
                .par_iter()
                .map_init(
                    || Fitter::new(samples),
                    |fitter, form| {
                        let mut tree = form.clone();
                        let error = fitter.search(&mut tree, ITERATIONS);
                        (tree, error)
                    },
                )
                .collect();
            fitted.iter().for_each(|(tree, error)| {
                front.offer(tree, *error);
            });
            if front.least() < EXACT {
                return Some(());
            }
        }
        levels.push(found);
        if left == 0 {
            break;
        }
    }
    Some(())
}

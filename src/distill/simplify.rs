//! Numbers as people write them: small fractions and few digits, where the error allows it.

use super::fit::Fitter;
use super::function::Binary;
use super::tree::{Node, Tree};

/// By how much of itself an error may rise for a number that is simple, and what is rounding in any case.
const RISE: f64 = 1e-2;
const DIGITS_RISE: f64 = 1e-3;
const ROUNDING: f64 = 1e-12;
/// Largest denominator of a fraction.
const DENOMINATOR: i64 = 4;
/// Steps of the fit of the other numbers.
const ITERATIONS: usize = 30;

/// The nearest fractions with small denominators, the simplest first, as long as they are near.
fn fractions(c: f64) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::new();
    for q in 1..=DENOMINATOR {
        let p = (c * q as f64).round();
        let value = p / q as f64;
        if p != 0.0 && p.abs() <= 1000.0 && (value - c).abs() <= 0.05 * c.abs() && !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// `c` with so many significant digits.
fn rounded(c: f64, digits: usize) -> f64 {
    format!("{c:.*e}", digits - 1).parse().unwrap_or(c)
}

/// Turns the signs of negative numbers where the others can make up for it: `-1.7*sin(-2.3*x)` is `1.7*sin(2.3*x)`.
fn fewer_signs(fitter: &mut Fitter<'_>, tree: &mut Tree, error: f64) -> f64 {
    let negative = |t: &Tree| t.constants().iter().filter(|c| **c < 0.0).count();
    let mut error = error;
    for k in 0..tree.constants().len() {
        let mut constants = tree.constants();
        if !(constants[k] < 0.0) {
            continue;
        }
        constants[k] = -constants[k];
        let mut fixed = vec![false; constants.len()];
        fixed[k] = true;
        let mut trial = tree.clone();
        trial.set_constants(&constants);
        let found = fitter.improve(&mut trial, &fixed, ITERATIONS);
        if negative(&trial) < negative(tree) && found <= error * (1.0 + 1e-9) + ROUNDING {
            *tree = trial;
            error = found;
        }
    }
    error
}

/// Makes the numbers simple, exponents first, the others fitted again for each; the error then.
pub fn simplify(fitter: &mut Fitter<'_>, tree: &mut Tree, error: f64) -> f64 {
    let exponent: Vec<bool> = tree
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, n)| matches!(n, Node::Constant(_)))
        .map(|(k, _)| tree.nodes.get(k + 1) == Some(&Node::Binary(Binary::Pow)))
        .collect();
    let mut order: Vec<usize> = (0..exponent.len()).collect();
    order.sort_by_key(|k| !exponent[*k]);
    let mut fixed = vec![false; order.len()];
    let mut error = fewer_signs(fitter, tree, error);
    for k in &order {
        for value in fractions(tree.constants()[*k]) {
            let mut trial = tree.clone();
            let mut constants = trial.constants();
            constants[*k] = value;
            trial.set_constants(&constants);
            fixed[*k] = true;
            let found = fitter.improve(&mut trial, &fixed, ITERATIONS);
            if found <= error * (1.0 + RISE) + ROUNDING {
                *tree = trial;
                error = error.max(found);
                break;
            }
            fixed[*k] = false;
        }
    }
    for k in order {
        if fixed[k] {
            continue;
        }
        for digits in 1..=15 {
            let mut trial = tree.clone();
            let mut constants = trial.constants();
            constants[k] = rounded(constants[k], digits);
            trial.set_constants(&constants);
            let found = fitter.error(&trial);
            if found <= error * (1.0 + DIGITS_RISE) + ROUNDING {
                *tree = trial;
                error = error.max(found);
                break;
            }
        }
    }
    fitter.error(tree)
}

//! Whether an expression is 0 by its form.

use super::read;
use crate::symbolic::{ExprId, Function, Graph, Node, Rational, Substitution};

/// Multiplied out over its common divisor, with exponentials of sums as products, it is 0; or each coefficient of its
/// waves and ridges is, which needs shorter divisors and knows sines of any multiples.
pub(super) fn vanishes(g: &mut Graph, e: ExprId, at: [ExprId; 2]) -> bool {
    let zero = g.zero();
    let cleared = over_one_divisor(g, e, at);
    if cleared == zero {
        return true;
    }
    let plain = exponentials(g, cleared);
    let plain = g.expand(plain);
    if g.present(plain, &[]) == zero {
        return true;
    }
    let Some(found) = read::read(g, e, at) else { return false };
    let waves = found.waves.into_iter().flat_map(|w| w.1.into_values().flatten());
    let coefficients: Vec<ExprId> = waves.chain(found.ridges.into_iter().flat_map(|r| r.1.into_values())).collect();
    !g.is_full() && coefficients.into_iter().all(|c| over_one_divisor(g, c, at) == zero)
}

/// Times the brackets free of `at` that it is divided by, multiplied out.
fn over_one_divisor(g: &mut Graph, e: ExprId, at: [ExprId; 2]) -> ExprId {
    let e = g.expand(e);
    let terms: Vec<ExprId> = match g.node(e) {
        Node::Sum { terms, .. } => terms.iter().map(|t| t.0).collect(),
        _ => vec![e],
    };
    let mut brackets: Vec<(ExprId, Rational)> = Vec::new();
    for term in terms {
        let Node::Product { factors, .. } = g.node(term).clone() else { continue };
        for (base, exponent) in factors {
            if !exponent.is_negative() || !exponent.is_integer() || g.depends_on(base, &at) {
                continue;
            }
            let exponent = exponent.negated();
            match brackets.iter_mut().find(|b| b.0 == base) {
                Some(known) if known.1 < exponent => known.1 = exponent,
                Some(_) => {}
                None => brackets.push((base, exponent)),
            }
        }
    }
    if brackets.is_empty() {
        return e;
    }
    let divisor = g.product_of_powers(Rational::ONE, &brackets);
    // term by term, so that a bracket cancels before it is multiplied out
    let parts: Vec<ExprId> = match g.node(e).clone() {
        Node::Sum { constant, terms } => {
            let constant = g.number(constant);
            terms.iter().map(|(t, c)| g.scale(*t, c)).chain([constant]).collect()
        }
        _ => vec![e],
    };
    let parts: Vec<ExprId> = parts
        .into_iter()
        .map(|part| {
            let product = g.mul(part, divisor);
            g.expand(product)
        })
        .collect();
    let sum = g.sum(&parts);
    g.expand(sum)
}

/// `e^(a + 2b)` as `e^a (e^b)²`, `sinh` and `cosh` by exponentials.
fn exponentials(g: &mut Graph, e: ExprId) -> ExprId {
    let mut map = Substitution::default();
    for node in g.reachable(&[e]) {
        let Node::Call { function, args } = g.node(node).clone() else { continue };
        let value = match function {
            Function::Exp => power_of_e(g, args[0], &Rational::ONE),
            Function::Sinh | Function::Cosh => {
                let (up, down) = (power_of_e(g, args[0], &Rational::ONE), power_of_e(g, args[0], &Rational::MINUS_ONE));
                let sum = if function == Function::Cosh { g.add(up, down) } else { g.sub(up, down) };
                g.scale(sum, &Rational::HALF)
            }
            _ => continue,
        };
        map.insert(node, value);
    }
    g.substitute(e, &map)
}

fn power_of_e(g: &mut Graph, argument: ExprId, scale: &Rational) -> ExprId {
    let argument = g.scale(argument, scale);
    let argument = g.expand(argument);
    let mut terms: Vec<(ExprId, Rational)> = Vec::new();
    let one = g.one();
    match g.node(argument).clone() {
        Node::Sum { constant, terms: list } => {
            terms.push((one, constant));
            terms.extend(list.iter().cloned());
        }
        Node::Number(value) => terms.push((one, value)),
        _ => terms.push((argument, Rational::ONE)),
    }
    let mut factors: Vec<(ExprId, Rational)> = Vec::new();
    for (term, c) in terms {
        // the number in front of a product belongs to the exponent
        let (term, c) = match g.node(term).clone() {
            Node::Product { coefficient, factors } => {
                let inside = g.product_of_powers(Rational::ONE, &factors);
                match coefficient.checked_mul(&c) {
                    Some(c) => (inside, c),
                    None => (term, c),
                }
            }
            _ => (term, c),
        };
        let exponential = g.call(Function::Exp, &[term]);
        factors.push((exponential, c));
    }
    g.product_of_powers(Rational::ONE, &factors)
}

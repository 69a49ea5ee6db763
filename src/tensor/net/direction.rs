//! Directions, and which of them are combinations of others.

use super::Direction;
use super::monomial::{self, Monomial};
use crate::tensor::builder::{Builder, Shape, Value};

/// Inputs in rising order, each once, none with coefficient 0.
pub(super) fn normalized(b: &mut Builder, direction: &[(u32, Value)]) -> Direction {
    let mut sorted = direction.to_vec();
    sorted.sort_by_key(|(input, _)| *input);
    let mut out: Direction = Vec::with_capacity(sorted.len());
    for (input, coefficient) in sorted {
        match out.last_mut() {
            Some((last, sum)) if *last == input => *sum = b.add(*sum, coefficient),
            _ => out.push((input, coefficient)),
        }
    }
    out.retain(|&(_, c)| !b.is_zero(c));
    out
}

/// The unit vector of an input.
pub(super) fn unit(b: &mut Builder, input: u32) -> Direction {
    vec![(input, b.constant(1.0))]
}

/// The direction times a number per lane.
pub(super) fn scaled(b: &mut Builder, factor: Value, direction: &Direction) -> Direction {
    let scaled: Vec<_> = direction.iter().map(|&(input, c)| (input, b.mul(factor, c))).collect();
    normalized(b, &scaled)
}

/// The direction as lanes with a row per input.
pub(super) fn lanes(b: &mut Builder, direction: &Direction, inputs: u32, copies: u32) -> Value {
    let shape = Shape::Lanes { features: 1, copies };
    let zero = b.zeros(shape);
    let mut rows = vec![zero; inputs as usize];
    for &(input, coefficient) in direction {
        rows[input as usize] = b.spread(coefficient, shape);
    }
    b.concat(&rows)
}

/// What a new stream has to be for: the unit vector where only one input changes.
pub(super) fn representative(b: &mut Builder, direction: &Direction) -> Direction {
    match direction[..] {
        [(input, _)] => unit(b, input),
        _ => direction.clone(),
    }
}

/// The combination of `basis` that `direction` is, if it can be seen: place in the basis, coefficient.
///
/// Unit vectors give any coefficient. A composite direction of the basis enters with the factor that
/// its inputs without unit vector have in common.
pub(super) fn express(b: &mut Builder, direction: &Direction, basis: &[Direction]) -> Option<Vec<(usize, Value)>> {
    let one = b.constant(1.0);
    let units: Vec<(u32, usize)> = basis
        .iter()
        .enumerate()
        .filter_map(|(k, d)| match d[..] {
            [(input, c)] if c == one => Some((input, k)),
            _ => None,
        })
        .collect();
    let unit_of = |input: u32| units.iter().find(|(i, _)| *i == input).map(|(_, k)| *k);
    let mut rest = direction.clone();
    let mut out = Vec::new();
    for (k, composite) in basis.iter().enumerate() {
        if rest.iter().all(|(input, _)| unit_of(*input).is_some()) {
            break;
        }
        let own: Vec<(u32, Value)> = composite.iter().copied().filter(|(i, _)| unit_of(*i).is_none()).collect();
        if let Some(factor) = common_ratio(b, &rest, &own) {
            let factor = factor.value(b);
            let minus = b.neg(factor);
            let mut sum: Direction = rest.iter().copied().filter(|(i, _)| !own.iter().any(|o| o.0 == *i)).collect();
            sum.extend(composite.iter().filter(|(i, _)| unit_of(*i).is_some()).map(|&(i, c)| (i, b.mul(minus, c))));
            rest = normalized(b, &sum);
            out.push((k, factor));
        }
    }
    for (input, coefficient) in rest {
        out.push((unit_of(input)?, coefficient));
    }
    Some(out)
}

/// The monomial by which all entries of `own` enter `direction`.
fn common_ratio(b: &Builder, direction: &Direction, own: &[(u32, Value)]) -> Option<Monomial> {
    let mut factor: Option<Monomial> = None;
    for (input, coefficient) in own {
        let (_, there) = direction.iter().find(|(i, _)| i == input)?;
        let ratio = if there == coefficient {
            Monomial::constant(1.0)
        } else {
            monomial::single(b, *there).over(&monomial::single(b, *coefficient))?
        };
        if factor.as_ref().is_some_and(|f| *f != ratio) {
            return None;
        }
        factor = Some(ratio);
    }
    factor
}

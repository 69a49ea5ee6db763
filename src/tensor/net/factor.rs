//! Sums of second derivatives in few pairs of directions.
//!
//! `Σ_k D²f[s_k, t_k]` is a quadratic form in unit vectors whose coefficients are polynomials of lane
//! values. Every product of two directions costs two streams in the gradient by the weights, so the
//! form is written with few products: the adjoint of a linear solve, `−Σ λ_i a_j D²f[e_i, e_j]`, is one.

use super::Direction;
use super::direction;
use super::monomial::{self, Monomial};
use crate::tensor::builder::{Builder, Value};

/// Monomials up to which a form is factored.
const LARGEST: usize = 512;

/// A monomial times the unit vectors of two inputs, the smaller first.
type Quadratic = Vec<((u32, u32), Monomial)>;
/// A monomial times the unit vector of an input.
type Linear = Vec<(u32, Monomial)>;

/// Pairs of directions with the same sum of second derivatives, in an order that depends only on the
/// form.
pub(super) fn factored(b: &mut Builder, pairs: &[(Direction, Direction)]) -> Vec<(Direction, Direction)> {
    if pairs.len() <= 1 {
        return pairs.to_vec();
    }
    let Some(mut form) = quadratic(b, pairs) else { return pairs.to_vec() };
    let mut out: Vec<(Linear, Linear)> = Vec::new();
    while !form.is_empty() {
        let Some((p, q, rest)) = best(&form) else { return pairs.to_vec() };
        out.push((p, q));
        form = rest;
    }
    if out.len() > pairs.len() {
        return pairs.to_vec();
    }
    out.into_iter().map(|(p, q)| (direction_of(b, &p), direction_of(b, &q))).collect()
}

fn quadratic(b: &Builder, pairs: &[(Direction, Direction)]) -> Option<Quadratic> {
    let mut terms = Vec::new();
    for (s, t) in pairs {
        for &(i, c) in s {
            for &(j, d) in t {
                for m in monomial::expand(b, c) {
                    for n in monomial::expand(b, d) {
                        terms.push(((i.min(j), i.max(j)), m.times(&n)));
                        if terms.len() > LARGEST {
                            return None;
                        }
                    }
                }
            }
        }
    }
    Some(monomial::collect(terms))
}

/// The two linear factors whose product, taken away, leaves the fewest monomials.
///
/// A factor is the cofactor of a part of one monomial: all that stands beside `β e_j`.
fn best(form: &Quadratic) -> Option<(Linear, Linear, Quadratic)> {
    let mut best: Option<(Linear, Linear, Quadratic)> = None;
    for ((i, j), m) in form {
        for part in parts(m) {
            for axis in if i == j { vec![*j] } else { vec![*i, *j] } {
                let p = cofactor(form, &part, axis);
                let Some((lead_axis, lead)) = p.first().cloned() else { continue };
                let q = cofactor(form, &lead, lead_axis);
                let rest = minus(form, &p, &q);
                if rest.len() < best.as_ref().map_or(form.len(), |b| b.2.len()) {
                    let done = rest.is_empty();
                    best = Some((p, q, rest));
                    if done {
                        return best;
                    }
                }
            }
        }
    }
    best
}

/// The parts of a monomial that one factor may hold: no atom, each atom, all atoms but one, all.
fn parts(m: &Monomial) -> Vec<Monomial> {
    let mut out = vec![Monomial { number: 1.0, atoms: m.atoms.clone() }];
    for k in 0..m.atoms.len() {
        let mut others = m.atoms.clone();
        let one = others.remove(k);
        out.push(Monomial { number: 1.0, atoms: vec![one] });
        out.push(Monomial { number: 1.0, atoms: others });
    }
    out.push(Monomial::constant(1.0));
    out
}

/// What stands beside `part · e_axis` in the form.
fn cofactor(form: &Quadratic, part: &Monomial, axis: u32) -> Linear {
    let mut out = Vec::new();
    for ((i, j), m) in form {
        if *i == axis || *j == axis {
            let other = if *i == axis { *j } else { *i };
            out.extend(m.over(part).map(|rest| (other, rest)));
        }
    }
    out
}

/// The form without the product of two linear ones.
fn minus(form: &Quadratic, p: &Linear, q: &Linear) -> Quadratic {
    let mut terms = form.clone();
    for (i, m) in p {
        for (j, n) in q {
            let product = m.times(n);
            terms.push(((*i.min(j), *i.max(j)), Monomial { number: -product.number, ..product }));
        }
    }
    monomial::collect(terms)
}

fn direction_of(b: &mut Builder, linear: &Linear) -> Direction {
    let entries: Vec<(u32, Value)> = linear.iter().map(|(input, m)| (*input, m.value(b))).collect();
    direction::normalized(b, &entries)
}

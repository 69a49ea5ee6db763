//! Coefficients as polynomials of values, to see common factors.

use crate::lanes::Operation;
use crate::tensor::builder::{Builder, Definition, Value};

/// Monomials above which a coefficient is looked at as one value.
const LARGEST: usize = 256;

/// A number times values; the values in order, repeated as often as they occur.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Monomial {
    /// The number.
    pub number: f64,
    /// The values.
    pub atoms: Vec<Value>,
}

impl Monomial {
    /// A number.
    pub(super) fn constant(number: f64) -> Self {
        Monomial { number, atoms: Vec::new() }
    }

    fn atom(value: Value) -> Self {
        Monomial { number: 1.0, atoms: vec![value] }
    }

    /// The product of both.
    pub(super) fn times(&self, other: &Monomial) -> Monomial {
        let mut atoms: Vec<Value> = self.atoms.iter().chain(&other.atoms).copied().collect();
        atoms.sort_unstable();
        Monomial { number: self.number * other.number, atoms }
    }

    /// `self / other`, where every atom of `other` occurs.
    pub(super) fn over(&self, other: &Monomial) -> Option<Monomial> {
        let mut atoms = self.atoms.clone();
        for atom in &other.atoms {
            let at = atoms.iter().position(|a| a == atom)?;
            atoms.remove(at);
        }
        Some(Monomial { number: self.number / other.number, atoms })
    }

    /// The value of the monomial.
    pub(super) fn value(&self, b: &mut Builder) -> Value {
        let mut product = None;
        for &atom in &self.atoms {
            product = Some(product.map_or(atom, |p| b.mul(p, atom)));
        }
        match product {
            Some(product) => b.scale(self.number, product),
            None => b.constant(self.number),
        }
    }
}

/// Sums equal monomials and drops those that vanish.
pub(super) fn collect<K: PartialEq>(terms: Vec<(K, Monomial)>) -> Vec<(K, Monomial)> {
    let mut out: Vec<(K, Monomial)> = Vec::with_capacity(terms.len());
    for (key, term) in terms {
        match out.iter_mut().find(|(k, m)| *k == key && m.atoms == term.atoms) {
            Some((_, m)) => m.number += term.number,
            None => out.push((key, term)),
        }
    }
    out.retain(|(_, m)| m.number != 0.0);
    out
}

/// The value as a sum of monomials.
pub(super) fn expand(b: &Builder, value: Value) -> Vec<Monomial> {
    if let Some(number) = b.number(value) {
        return vec![Monomial::constant(number)];
    }
    let negative = |terms: Vec<Monomial>| -> Vec<Monomial> {
        terms.into_iter().map(|m| Monomial { number: -m.number, ..m }).collect()
    };
    let terms = match *b.definition(value) {
        Definition::Spread(of) if b.shape(of).rows() == b.shape(value).rows() => expand(b, of),
        Definition::Elementwise(op, [x, y, _]) => match op {
            Operation::Neg => negative(expand(b, x)),
            Operation::Add | Operation::Sub => {
                let mut terms = expand(b, x);
                let other = expand(b, y);
                terms.extend(if op == Operation::Sub { negative(other) } else { other });
                terms
            }
            Operation::Mul => {
                let (left, right) = (expand(b, x), expand(b, y));
                if left.len() * right.len() > LARGEST {
                    return vec![Monomial::atom(value)];
                }
                left.iter().flat_map(|l| right.iter().map(move |r| l.times(r))).collect()
            }
            Operation::Div if b.number(y).is_some_and(|n| n != 0.0) => {
                let by = b.number(y).unwrap_or(1.0);
                expand(b, x).into_iter().map(|m| Monomial { number: m.number / by, ..m }).collect()
            }
            _ => vec![Monomial::atom(value)],
        },
        _ => vec![Monomial::atom(value)],
    };
    if terms.len() > LARGEST {
        return vec![Monomial::atom(value)];
    }
    collect(terms.into_iter().map(|m| ((), m)).collect()).into_iter().map(|(_, m)| m).collect()
}

/// The value as one monomial: a sum counts as an atom.
pub(super) fn single(b: &Builder, value: Value) -> Monomial {
    let mut terms = expand(b, value);
    if terms.len() == 1 { terms.remove(0) } else { Monomial::atom(value) }
}

//! A dimension with unknown factors.

use super::exponents::{self, Dimension, Exponent, Overflow};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// An unknown dimension of a [`super::Solver`]; numbered in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub(super) u32);

impl Var {
    /// Its number, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// `known · Π varʳ`: the dimension of an expression as far as it is known. The unknowns are in
/// ascending order, each once, none with exponent zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The known factor.
    pub known: Dimension,
    pub(super) unknowns: Unknowns,
}

pub(super) type Unknowns = SmallVec<[(Var, Exponent); 4]>;

impl From<Dimension> for Term {
    fn from(known: Dimension) -> Self {
        Term { known, unknowns: SmallVec::new() }
    }
}

impl From<Var> for Term {
    fn from(var: Var) -> Self {
        let mut unknowns = SmallVec::new();
        unknowns.push((var, Exponent::new_raw(1, 1)));
        Term { known: Dimension::one(), unknowns }
    }
}

impl Term {
    /// A pure number.
    pub fn one() -> Self {
        Dimension::one().into()
    }

    /// The unknown factors with their exponents, in ascending order.
    pub fn unknowns(&self) -> &[(Var, Exponent)] {
        &self.unknowns
    }

    /// The dimension, if nothing in it is unknown.
    pub fn as_known(&self) -> Option<Dimension> {
        self.unknowns.is_empty().then_some(self.known)
    }

    /// The dimension of a product.
    pub fn mul(&self, other: &Term) -> Result<Term, Overflow> {
        self.mul_pow(other, Exponent::new_raw(1, 1))
    }

    /// The dimension of a quotient.
    pub fn div(&self, other: &Term) -> Result<Term, Overflow> {
        self.mul_pow(other, Exponent::new_raw(-1, 1))
    }

    /// The dimension of a constant rational power.
    pub fn pow(&self, power: Exponent) -> Result<Term, Overflow> {
        Term::one().mul_pow(self, power)
    }

    /// `self · otherʳ`, a merge of the two ordered lists.
    pub fn mul_pow(&self, other: &Term, r: Exponent) -> Result<Term, Overflow> {
        let known = self.known.mul(&other.known.pow(r)?)?;
        let (a, b) = (&self.unknowns, &other.unknowns);
        let mut unknowns = Unknowns::with_capacity(a.len().max(b.len()));
        let (mut i, mut j) = (0, 0);
        while i < a.len() || j < b.len() {
            let order = match (a.get(i), b.get(j)) {
                (Some(x), Some(y)) => x.0.cmp(&y.0),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            let (var, exponent) = match order {
                Ordering::Less => a[i],
                Ordering::Greater => (b[j].0, exponents::multiply(&b[j].1, &r)?),
                Ordering::Equal => (a[i].0, exponents::add(&a[i].1, &exponents::multiply(&b[j].1, &r)?)?),
            };
            i += usize::from(order != Ordering::Greater);
            j += usize::from(order != Ordering::Less);
            if !exponents::is_zero(&exponent) {
                unknowns.push((var, exponent));
            }
        }
        Ok(Term { known, unknowns })
    }

    /// The exponent of one unknown.
    pub(super) fn exponent(&self, var: Var) -> Option<Exponent> {
        self.unknowns.binary_search_by_key(&var, |u| u.0).ok().map(|i| self.unknowns[i].1)
    }
}

//! Taking out common factors, on request: `m1*a*b + m2*a*b` becomes `(m1 + m2)*a*b`.

use super::graph::Graph;
use super::node::{ExprId, Node};
use super::rational::Rational;
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

type FactorList = Vec<(ExprId, Rational)>;

/// Terms of a sum up to which common factors are looked for.
const GATHERED_TERMS: usize = 256;

impl Graph {
    /// `expr` with terms that differ in one symbol only joined, in every sum. Both sides are defined at
    /// the same points.
    pub fn gather(&mut self, expr: ExprId) -> ExprId {
        let mut done: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        for e in self.reachable(&[expr]) {
            let mut value = self.rebuild(e, &|child| done.get(&child).copied().unwrap_or(child));
            while let Some(joined) = self.join_terms(value) {
                value = joined;
            }
            done.insert(e, value);
        }
        done.get(&expr).copied().unwrap_or(expr)
    }

    /// A scalar symbol or an element of an array at a fixed place.
    fn is_element(&self, e: ExprId) -> bool {
        match self.node(e) {
            Node::Symbol(_) => true,
            Node::Read { array, index } => {
                matches!(self.node(*array), Node::ArraySymbol(_)) && self.as_integer(*index).is_some()
            }
            _ => false,
        }
    }

    /// One group of terms joined: the largest, the first among equals.
    fn join_terms(&mut self, expr: ExprId) -> Option<ExprId> {
        let Node::Sum { constant, terms } = self.node(expr) else { return None };
        if terms.len() > GATHERED_TERMS {
            return None;
        }
        let (constant, terms) = (constant.clone(), terms.to_vec());
        let mut groups: IndexMap<FactorList, Vec<(usize, ExprId)>, FxBuildHasher> = IndexMap::default();
        for (i, (term, _)) in terms.iter().enumerate() {
            let Node::Product { factors, .. } = self.node(*term) else { continue };
            for (k, (base, exponent)) in factors.iter().enumerate() {
                if exponent.is_one() && self.is_element(*base) {
                    let mut rest = factors.to_vec();
                    rest.remove(k);
                    groups.entry(rest).or_default().push((i, *base));
                }
            }
        }
        let (rest, members) = groups
            .into_iter()
            .filter(|(rest, members)| !rest.is_empty() && members.len() > 1)
            .reduce(|best, next| if next.1.len() > best.1.len() { next } else { best })?;
        let inner: FactorList = members.iter().map(|(i, symbol)| (*symbol, terms[*i].1.clone())).collect();
        let inner = self.linear_combination(Rational::ZERO, &inner);
        let mut product = rest;
        product.push((inner, Rational::ONE));
        let product = self.product_of_powers(Rational::ONE, &product);
        let joined: Vec<usize> = members.iter().map(|(i, _)| *i).collect();
        let mut list: FactorList =
            terms.into_iter().enumerate().filter(|(i, _)| !joined.contains(i)).map(|(_, term)| term).collect();
        list.push((product, Rational::ONE));
        Some(self.linear_combination(constant, &list))
    }
}

//! Multiplying out, on request: for equations that are to be read, and for small ones to be run.

use super::graph::Graph;
use super::node::{ExprId, Node};
use super::rational::Rational;
use rustc_hash::FxHashMap;

/// Terms up to which a product of sums is multiplied out.
const EXPANDED_TERMS: usize = 256;

impl Graph {
    /// `expr` with products of sums and whole powers of sums multiplied out wherever that gives at
    /// most 256 terms. Both sides are defined at the same points.
    pub fn expand(&mut self, expr: ExprId) -> ExprId {
        let mut done: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        for e in self.reachable(&[expr]) {
            let rebuilt = self.rebuild(e, &|child| done.get(&child).copied().unwrap_or(child));
            let value = self.multiply_out(rebuilt).unwrap_or(rebuilt);
            done.insert(e, value);
        }
        done.get(&expr).copied().unwrap_or(expr)
    }

    fn multiply_out(&mut self, expr: ExprId) -> Option<ExprId> {
        let Node::Product { coefficient, factors } = self.node(expr) else { return None };
        let mut sums: Vec<(Rational, Vec<(ExprId, Rational)>)> = Vec::new();
        let mut rest: Vec<(ExprId, Rational)> = Vec::new();
        let mut count = 1usize;
        for (base, exponent) in factors {
            match (self.node(*base), exponent.as_i64()) {
                (Node::Sum { constant, terms }, Some(n)) if n > 0 => {
                    let length = terms.len() + usize::from(!constant.is_zero());
                    for _ in 0..n {
                        count = count.saturating_mul(length);
                        if count > EXPANDED_TERMS {
                            return None;
                        }
                        sums.push((constant.clone(), terms.to_vec()));
                    }
                }
                _ => rest.push((*base, exponent.clone())),
            }
        }
        if sums.is_empty() {
            return None;
        }
        let mut products = vec![(coefficient.clone(), rest)];
        for (constant, terms) in sums {
            let mut next = Vec::with_capacity(products.len() * (terms.len() + 1));
            for (c, list) in products {
                if !constant.is_zero() {
                    let scaled = c.checked_mul(&constant);
                    next.push((self.exact(scaled), list.clone()));
                }
                for (term, k) in &terms {
                    let scaled = c.checked_mul(k);
                    let mut list = list.clone();
                    list.push((*term, Rational::ONE));
                    next.push((self.exact(scaled), list));
                }
            }
            products = next;
        }
        let terms: Vec<(ExprId, Rational)> =
            products.into_iter().map(|(c, list)| (self.product_of_powers(Rational::ONE, &list), c)).collect();
        Some(self.linear_combination(Rational::ZERO, &terms))
    }
}

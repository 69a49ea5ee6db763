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
                let single = match self.node(*base) {
                    Node::Symbol(_) => true,
                    Node::Read { index, .. } => self.as_integer(*index).is_some(),
                    _ => false,
                };
                if exponent.is_one() && single {
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

    /// Sums whose terms hold different powers of one bracket over that bracket's lowest power, where that
    /// is shorter: `v^2/(c^2*(1 - v^2/c^2)^(3/2)) + 1/sqrt(1 - v^2/c^2)` is `1/(1 - v^2/c^2)^(3/2)`. Both
    /// sides are defined at the same points.
    pub fn join_brackets(&mut self, expr: ExprId) -> ExprId {
        let mut done: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        for e in self.reachable(&[expr]) {
            let value = self.rebuild(e, &|child| done.get(&child).copied().unwrap_or(child));
            let joined = self.over_one_bracket(value).filter(|j| self.count_written(*j) < self.count_written(value));
            done.insert(e, joined.unwrap_or(value));
        }
        done.get(&expr).copied().unwrap_or(expr)
    }

    fn over_one_bracket(&mut self, expr: ExprId) -> Option<ExprId> {
        let Node::Sum { constant, terms } = self.node(expr) else { return None };
        if terms.len() > GATHERED_TERMS {
            return None;
        }
        let (constant, everything) = (constant.clone(), terms.to_vec());
        let factors_of = |g: &Graph, term: ExprId| -> FactorList {
            match g.node(term) {
                Node::Product { factors, .. } => factors.to_vec(),
                _ => vec![(term, Rational::ONE)],
            }
        };
        let mut brackets: Vec<ExprId> = Vec::new();
        for (term, _) in &everything {
            for (base, _) in factors_of(self, *term) {
                if matches!(self.node(base), Node::Sum { .. }) && !brackets.contains(&base) {
                    brackets.push(base);
                }
            }
        }
        for bracket in brackets {
            let exponent =
                |g: &Graph, term: ExprId| factors_of(g, term).into_iter().find(|(b, _)| *b == bracket).map(|(_, e)| e);
            let (terms, mut rest): (FactorList, FactorList) =
                everything.iter().cloned().partition(|(t, _)| exponent(self, *t).is_some());
            let all: Vec<Rational> = terms.iter().filter_map(|(t, _)| exponent(self, *t)).collect();
            let Some(least) = all.iter().min().cloned().filter(|l| all.iter().any(|e| e != l)) else { continue };
            let mut list: FactorList = Vec::with_capacity(terms.len());
            for (term, c) in &terms {
                let mut factors = factors_of(self, *term);
                for (base, e) in &mut factors {
                    if *base == bracket {
                        *e = e.checked_sub(&least)?;
                    }
                }
                factors.retain(|(_, e)| !e.is_zero());
                list.push((self.product_of_powers(Rational::ONE, &factors), c.clone()));
            }
            let inside = self.linear_combination(Rational::ZERO, &list);
            let inside = self.expand(inside);
            let joined = self.product_of_powers(Rational::ONE, &[(inside, Rational::ONE), (bracket, least)]);
            rest.push((joined, Rational::ONE));
            return Some(self.linear_combination(constant, &rest));
        }
        None
    }
}

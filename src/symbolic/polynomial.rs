//! What the form of an expression proves about its dependence on some leaves.

use super::graph::Graph;
use super::node::{ExprId, Node};
use super::substitute::Substitution;
use rustc_hash::FxHashMap;

/// `½ xᵀ matrix x + vector·x + constant`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quadratic {
    /// The second derivatives, row by row, symmetric.
    pub matrix: Vec<Vec<ExprId>>,
    /// The first derivatives where all leaves are 0.
    pub vector: Vec<ExprId>,
    /// The value where all leaves are 0.
    pub constant: ExprId,
}

impl Graph {
    /// A bound of the degree as a polynomial in `leaves` (scalar symbols, elements, whole arrays, all
    /// together); `None` where the form does not show a polynomial. The coefficients may be anything
    /// that is free of the leaves.
    pub fn degree_in(&self, expr: ExprId, leaves: &[ExprId]) -> Option<u32> {
        let arrays: Vec<ExprId> = leaves.iter().filter_map(|leaf| self.element_of(*leaf).map(|(a, _)| a)).collect();
        let mut degrees: FxHashMap<ExprId, Option<u32>> = FxHashMap::default();
        for e in self.reachable(&[expr]) {
            let degree_of = |child: &ExprId| degrees.get(child).copied().unwrap_or(Some(0));
            let largest =
                |list: Vec<ExprId>| list.into_iter().try_fold(0u32, |top, child| degree_of(&child).map(|d| top.max(d)));
            let degree = if leaves.contains(&e) {
                Some(1)
            } else {
                match self.node(e) {
                    Node::Sum { terms, .. } => largest(terms.iter().map(|t| t.0).collect()),
                    Node::Product { factors, .. } => factors.iter().try_fold(0u32, |total, (base, exponent)| {
                        let d = degree_of(base)?;
                        if d == 0 {
                            return Some(total);
                        }
                        let n = exponent.as_i64().and_then(|n| u32::try_from(n).ok())?;
                        total.checked_add(d.checked_mul(n)?)
                    }),
                    Node::Select { condition, then, otherwise } if degree_of(condition) == Some(0) => {
                        largest(vec![*then, *otherwise])
                    }
                    // an element at an index that is no number may be the leaf
                    Node::Read { array, index } if arrays.contains(array) => {
                        Some(u32::from(self.as_number(*index).is_none()))
                    }
                    Node::Read { array, .. } => degree_of(array),
                    Node::SumOver { body, .. } | Node::Scan { body, .. } => degree_of(body),
                    Node::Scatter { entries, .. } => largest(entries.iter().map(|e| e.value).collect()),
                    node => {
                        let mut free = true;
                        node.for_each_child(|child| free &= degree_of(&child) == Some(0));
                        free.then_some(0)
                    }
                }
            };
            degrees.insert(e, degree);
        }
        degrees.get(&expr).copied().flatten()
    }

    /// Proved to be a polynomial of at most this degree in the leaves.
    pub fn is_polynomial_of_degree(&self, expr: ExprId, leaves: &[ExprId], degree: u32) -> bool {
        self.degree_in(expr, leaves).is_some_and(|d| d <= degree)
    }

    /// The expression as a quadratic form in scalar leaves, where it is one.
    pub fn collect_quadratic(&mut self, expr: ExprId, leaves: &[ExprId]) -> Option<Quadratic> {
        if !self.is_polynomial_of_degree(expr, leaves, 2) {
            return None;
        }
        let zero = self.zero();
        let origin: Substitution = leaves.iter().map(|leaf| (*leaf, zero)).collect();
        let gradient = self.gradient(expr, leaves);
        let matrix = self.hessian(expr, leaves);
        let vector = self.substitute_all(&gradient, &origin);
        let constant = self.substitute(expr, &origin);
        Some(Quadratic { matrix, vector, constant })
    }

    /// Proved by form: unchanged when all these leaves change sign.
    pub fn is_even_in(&mut self, expr: ExprId, leaves: &[ExprId]) -> bool {
        let mut mirror = Substitution::default();
        for leaf in leaves {
            let negative = self.neg(*leaf);
            mirror.insert(*leaf, negative);
        }
        self.substitute(expr, &mirror) == expr
    }
}

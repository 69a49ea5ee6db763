//! The order of terms and factors on paper.
//!
//! In a product: numbers, parameters, what moves, its rates, functions, families, and the highest
//! derivative last, `m*l^2*cos(θ1 - θ2)*θ2''`. In a sum: the terms with more rates first (the kinetic
//! ones), then lower powers of what moves before higher ones, then as declared.

use crate::symbolic::node::{ExprId, Node, Standing};
use crate::symbolic::{Graph, Rational};
use rustc_hash::FxHashMap;
use std::cmp::{Ordering, Reverse};

/// What is needed of every node of one expression.
pub(super) struct Order {
    keys: FxHashMap<ExprId, Key>,
}

/// What moves in a term: its standing, its symbol and element, its power.
type Lead = (Reverse<Standing>, u32, i64, Reverse<Rational>);

/// A symbol's place: parameters before what moves, each as declared.
type Place = (Standing, u32);

#[derive(Clone, Copy, Debug)]
struct Key {
    /// Degree in rates.
    fast: f64,
    /// Degree in what moves.
    slow: f64,
    /// Degree in all symbols together.
    degree: f64,
    /// First symbol that occurs.
    first: Place,
    /// Last symbol that occurs.
    last: Place,
}

impl Default for Key {
    fn default() -> Self {
        let (first, last) = ((Standing::Highest, u32::MAX), (Standing::Coefficient, 0));
        Key { fast: 0.0, slow: 0.0, degree: 0.0, first, last }
    }
}

impl Order {
    /// Keys of everything the expression is made of.
    pub(super) fn of(graph: &Graph, root: ExprId) -> Self {
        let mut keys: FxHashMap<ExprId, Key> = FxHashMap::default();
        for e in graph.reachable(&[root]) {
            let mut key = Key::default();
            graph.node(e).for_each_child(|c| {
                if let Some(child) = keys.get(&c) {
                    key.first = key.first.min(child.first);
                    key.last = key.last.max(child.last);
                }
            });
            let of = |e: &ExprId| keys.get(e).copied().unwrap_or_default();
            match graph.node(e) {
                Node::Symbol(s) | Node::ArraySymbol(s) => {
                    let standing = graph.symbol_info(*s).standing;
                    key.first = (standing, s.index() as u32);
                    key.last = key.first;
                    key.degree = 1.0;
                    key.slow = f64::from(u8::from(standing == Standing::Variable));
                    key.fast = f64::from(u8::from(standing > Standing::Variable));
                }
                Node::Product { factors, .. } => {
                    for (base, exponent) in factors {
                        let (base, exponent) = (of(base), exponent.to_f64());
                        key.fast += base.fast * exponent;
                        key.slow += base.slow * exponent;
                        key.degree += base.degree * exponent;
                    }
                }
                Node::Sum { terms, .. } => {
                    for (term, _) in terms {
                        let term = of(term);
                        key.fast = key.fast.max(term.fast);
                        key.slow = key.slow.max(term.slow);
                        key.degree = key.degree.max(term.degree);
                    }
                }
                Node::Read { array: inner, .. }
                | Node::SumOver { body: inner, .. }
                | Node::Fold { body: inner, .. }
                | Node::Scan { body: inner, .. } => {
                    let inner = of(inner);
                    (key.fast, key.slow, key.degree) = (inner.fast, inner.slow, inner.degree);
                }
                _ => {}
            }
            keys.insert(e, key);
        }
        Order { keys }
    }

    fn key(&self, e: ExprId) -> Key {
        self.keys.get(&e).copied().unwrap_or_default()
    }

    /// Whether anything in it moves.
    pub(super) fn moves(&self, e: ExprId) -> bool {
        self.key(e).last.0 > Standing::Coefficient
    }

    /// Whether a bracket is the difference of two of a kind that move, `x - y`: its sign is free.
    pub(super) fn is_difference(&self, graph: &Graph, e: ExprId) -> bool {
        let Node::Sum { constant, terms } = graph.node(e) else { return false };
        let [(a, x), (b, y)] = &terms[..] else { return false };
        let (one, opposite) = (x.abs().is_one(), *y == x.negated());
        let kind = |e: ExprId| self.key(e).first.0;
        let alike = kind(*a) == kind(*b) && kind(*a) > Standing::Coefficient;
        constant.is_zero() && one && opposite && alike && Self::is_plain(graph, *a) && Self::is_plain(graph, *b)
    }

    /// Whether a term may give up the first place for one without a minus sign: not where it is
    /// quadratic in rates or more.
    pub(super) fn may_follow(&self, e: ExprId) -> bool {
        self.key(e).fast < 2.0
    }

    /// Numbers, symbols and elements with brackets among them, rates, functions, families, highest
    /// derivatives.
    fn class(&self, graph: &Graph, e: ExprId) -> u8 {
        match graph.node(e) {
            Node::Number(_) => 0,
            Node::Pi => 1,
            Node::Symbol(_) | Node::ArraySymbol(_) | Node::Index { .. } if self.is_highest(e) => 8,
            Node::Read { array, .. } if self.is_highest(*array) => 8,
            Node::Symbol(_) | Node::Read { .. } if self.key(e).first.0 == Standing::Rate => 5,
            Node::Symbol(_) | Node::ArraySymbol(_) | Node::Index { .. } => 2,
            Node::Read { array, .. } if matches!(graph.node(*array), Node::ArraySymbol(_)) => 2,
            Node::Power { .. } | Node::Product { .. } => 3,
            Node::Sum { .. } if !self.has_calls(graph, e) => 2,
            Node::Sum { .. } if self.key(e).last.0 < Standing::Rate => 4,
            Node::Sum { .. } => 5,
            Node::Call { .. } | Node::Abstract { .. } => 6,
            _ => 7,
        }
    }

    fn is_highest(&self, e: ExprId) -> bool {
        self.key(e).first.0 == Standing::Highest
    }

    /// Whether a bracket holds more than products of symbols.
    fn has_calls(&self, graph: &Graph, sum: ExprId) -> bool {
        let Node::Sum { terms, .. } = graph.node(sum) else { return true };
        let plain = |e: ExprId| Self::is_plain(graph, e);
        terms.iter().any(|(term, _)| match graph.node(*term) {
            Node::Product { factors, .. } => factors.iter().any(|(base, _)| !plain(*base)),
            _ => !plain(*term),
        })
    }

    fn is_plain(graph: &Graph, e: ExprId) -> bool {
        match graph.node(e) {
            Node::Symbol(_) | Node::Index { .. } | Node::Pi => true,
            Node::Read { array, .. } => matches!(graph.node(*array), Node::ArraySymbol(_)),
            _ => false,
        }
    }

    /// Which factor is written first.
    pub(super) fn compare_factors(&self, graph: &Graph, a: ExprId, b: ExprId) -> Ordering {
        // a bracket stands where its last symbol would
        let key = |e: ExprId| (self.class(graph, e), self.key(e).last, e);
        key(a).cmp(&key(b))
    }

    /// Which term is written first.
    pub(super) fn compare_terms(&self, graph: &Graph, a: ExprId, b: ExprId) -> Ordering {
        let (x, y) = (self.key(a), self.key(b));
        y.fast
            .total_cmp(&x.fast)
            .then_with(|| self.moves(b).cmp(&self.moves(a)))
            .then_with(|| x.slow.total_cmp(&y.slow))
            .then_with(|| self.leading(graph, a).cmp(&self.leading(graph, b)))
            .then_with(|| y.degree.total_cmp(&x.degree))
            .then_with(|| self.factors(graph, a).cmp(&self.factors(graph, b)))
    }

    /// What moves in a term, the fastest first: `θ1'^2` stands before `θ1'*θ2'`, that before `θ2'^2`.
    fn leading(&self, graph: &Graph, e: ExprId) -> Vec<Lead> {
        let mut list: Vec<Lead> = Vec::new();
        for (base, exponent) in self.listed(graph, e) {
            let (standing, index) = self.key(base).first;
            let plain = Self::is_plain(graph, base);
            if plain && standing > Standing::Coefficient {
                let element = match graph.node(base) {
                    Node::Read { index, .. } => graph.as_integer(*index).unwrap_or(0),
                    _ => 0,
                };
                list.push((Reverse(standing), index, element, Reverse(exponent)));
            }
        }
        list.sort();
        list
    }

    fn listed(&self, graph: &Graph, e: ExprId) -> Vec<(ExprId, Rational)> {
        match graph.node(e) {
            Node::Product { factors, .. } => factors.to_vec(),
            _ => vec![(e, Rational::ONE)],
        }
    }

    /// The factors of a term as written, each with what orders it.
    fn factors(&self, graph: &Graph, e: ExprId) -> Vec<(u8, Place, Reverse<Rational>, ExprId)> {
        let mut list = self.listed(graph, e);
        list.sort_by(|a, b| self.compare_factors(graph, a.0, b.0));
        list.into_iter().map(|(b, e)| (self.class(graph, b), self.key(b).first, Reverse(e), b)).collect()
    }
}

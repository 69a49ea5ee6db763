//! The order of terms and factors on paper.
//!
//! Factors: numbers, parameters, what moves, its derivatives, functions; symbols as declared. Terms:
//! higher derivatives first, then higher degree, then as their factors.

use crate::symbolic::node::{ExprId, Node, SymbolId};
use crate::symbolic::{Graph, Rational};
use rustc_hash::FxHashMap;
use std::cmp::{Ordering, Reverse};

/// What is needed of every node of one expression.
pub(super) struct Order {
    keys: FxHashMap<ExprId, Key>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Key {
    /// Degree in all symbols together.
    degree: f64,
    /// First symbol that occurs, in the order of factors.
    symbol: u32,
    /// Last symbol that occurs.
    last: u32,
}

/// Symbols of one rank.
const RANK: u32 = 1 << 28;

/// Place of a symbol among the factors: parameters, then what moves, velocities, accelerations.
fn place(graph: &Graph, symbol: SymbolId) -> u32 {
    let info = graph.symbol_info(symbol);
    let primes = info.name.bytes().rev().take_while(|b| *b == b'\'').count().min(3) as u32;
    let rank = if info.parameter { 0 } else { 1 + primes };
    rank * RANK + (symbol.index() as u32).min(RANK - 1)
}

impl Order {
    /// Keys of everything the expression is made of.
    pub(super) fn of(graph: &Graph, root: ExprId) -> Self {
        let mut keys: FxHashMap<ExprId, Key> = FxHashMap::default();
        for e in graph.reachable(&[root]) {
            let (mut symbol, mut last) = (u32::MAX, 0);
            graph.node(e).for_each_child(|c| {
                if let Some(key) = keys.get(&c) {
                    symbol = symbol.min(key.symbol);
                    last = last.max(key.last);
                }
            });
            let degree_of = |e: &ExprId| keys.get(e).map_or(0.0, |k: &Key| k.degree);
            let degree = match graph.node(e) {
                Node::Symbol(s) | Node::ArraySymbol(s) => {
                    (symbol, last) = (place(graph, *s), place(graph, *s));
                    1.0
                }
                Node::Product { factors, .. } => factors.iter().map(|(b, e)| degree_of(b) * e.to_f64()).sum(),
                Node::Sum { terms, .. } => terms.iter().map(|(t, _)| degree_of(t)).fold(0.0, f64::max),
                Node::Read { array, .. } => degree_of(array),
                Node::SumOver { body, .. } | Node::Fold { body, .. } | Node::Scan { body, .. } => degree_of(body),
                _ => 0.0,
            };
            keys.insert(e, Key { degree, symbol, last });
        }
        Order { keys }
    }

    fn key(&self, e: ExprId) -> Key {
        self.keys.get(&e).copied().unwrap_or_default()
    }

    /// Numbers, symbols and elements with brackets among them, functions, families.
    fn class(&self, graph: &Graph, e: ExprId) -> u8 {
        match graph.node(e) {
            Node::Number(_) => 0,
            Node::Pi => 1,
            Node::Symbol(_) | Node::ArraySymbol(_) | Node::Index { .. } => 2,
            Node::Read { array, .. } if matches!(graph.node(*array), Node::ArraySymbol(_)) => 2,
            Node::Power { .. } | Node::Product { .. } => 3,
            Node::Sum { .. } if !self.has_calls(graph, e) => 2,
            Node::Sum { .. } => 4,
            Node::Call { .. } | Node::Abstract { .. } => 5,
            _ => 6,
        }
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
        let degree = |e: ExprId| self.key(e).degree;
        let derivative = |e: ExprId| (self.key(e).last / RANK).max(1);
        derivative(b).cmp(&derivative(a)).then(degree(b).total_cmp(&degree(a))).then_with(|| {
            let (a, b) = (self.factors(graph, a), self.factors(graph, b));
            a.cmp(&b)
        })
    }

    /// The factors of a term as written, each with what orders it.
    fn factors(&self, graph: &Graph, e: ExprId) -> Vec<(u8, u32, Reverse<Rational>, ExprId)> {
        let mut list = match graph.node(e) {
            Node::Product { factors, .. } => factors.to_vec(),
            _ => vec![(e, Rational::ONE)],
        };
        list.sort_by(|a, b| self.compare_factors(graph, a.0, b.0));
        list.into_iter().map(|(b, e)| (self.class(graph, b), self.key(b).symbol, Reverse(e), b)).collect()
    }
}

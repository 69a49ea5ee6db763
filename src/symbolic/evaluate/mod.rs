//! The value of an expression by definition: the oracle of meaning.
//!
//! Generic over `num_dual::DualNum`, so that derivatives by dual numbers check the symbolic ones.
//! It shares no elementary function with the machine that runs kernels, loops families literally,
//! and is in no hurry.
#![allow(clippy::disallowed_methods, reason = "an independent oracle has its own functions")]

mod bounded;
mod special;
mod value;

pub use bounded::{Bounded, evaluate_bounded, evaluate_bounded_from};

use super::graph::Graph;
use super::node::{DomainId, ExprId, FoldOp, Node, SymbolId};
use num_dual::DualNum;
use rustc_hash::FxHashMap;
use std::rc::Rc;
use value::Value;

/// The values of the leaves.
pub struct Bindings<'a, D> {
    /// Of scalar symbols.
    pub scalar: &'a dyn Fn(SymbolId) -> D,
    /// Of element `k`, from 0, of an array symbol.
    pub element: &'a dyn Fn(SymbolId, usize) -> D,
}

/// The values of scalar expressions; truth values are 1 or 0. Undefined is NaN.
pub fn evaluate<D: DualNum<Primitive = f64> + Copy>(
    graph: &Graph,
    roots: &[ExprId],
    bindings: &Bindings<'_, D>,
) -> Vec<D> {
    evaluate_as(graph, roots, bindings.scalar, bindings.element)
}

/// The elements of an array expression that depends on no domain.
pub fn evaluate_array<D: DualNum<Primitive = f64> + Copy>(
    graph: &Graph,
    array: ExprId,
    bindings: &Bindings<'_, D>,
) -> Vec<D> {
    let mut evaluator = Evaluator::new(graph, bindings.scalar, bindings.element);
    evaluator.run_top(&[array]);
    match evaluator.slots.get(&array) {
        Some(Slot::Array(list)) => list.to_vec(),
        _ => Vec::new(),
    }
}

fn evaluate_as<V: Value>(
    graph: &Graph,
    roots: &[ExprId],
    scalar: &dyn Fn(SymbolId) -> V,
    element: &dyn Fn(SymbolId, usize) -> V,
) -> Vec<V> {
    let mut evaluator = Evaluator::new(graph, scalar, element);
    evaluator.run_top(roots);
    roots.iter().map(|root| evaluator.scalar_at(*root)).collect()
}

/// Number of tuples of a domain whose condition mentions no outer domain.
pub(super) fn count_tuples(graph: &Graph, domain: DomainId) -> Option<u64> {
    let nothing = |_: SymbolId| f64::NAN;
    let no_element = |_: SymbolId, _: usize| f64::NAN;
    let mut evaluator = Evaluator::new(graph, &nothing, &no_element);
    Some(evaluator.tuples(domain).len() as u64)
}

#[derive(Clone)]
enum Slot<V> {
    Scalar(V),
    Truth(bool),
    Array(Rc<[V]>),
}

struct Evaluator<'a, V> {
    graph: &'a Graph,
    scalar: &'a dyn Fn(SymbolId) -> V,
    element: &'a dyn Fn(SymbolId, usize) -> V,
    slots: FxHashMap<ExprId, Slot<V>>,
    /// The current tuple of each domain that is being run over.
    tuple: FxHashMap<DomainId, Vec<i64>>,
    /// What a body is made of, in rising order.
    parts: FxHashMap<ExprId, Rc<[ExprId]>>,
}

impl<'a, V: Value> Evaluator<'a, V> {
    fn new(graph: &'a Graph, scalar: &'a dyn Fn(SymbolId) -> V, element: &'a dyn Fn(SymbolId, usize) -> V) -> Self {
        Evaluator {
            graph,
            scalar,
            element,
            slots: FxHashMap::default(),
            tuple: FxHashMap::default(),
            parts: FxHashMap::default(),
        }
    }

    fn run_top(&mut self, roots: &[ExprId]) {
        for e in self.graph.reachable(roots) {
            if self.graph.domains_of(e).is_empty() {
                let slot = self.compute(e);
                self.slots.insert(e, slot);
            }
        }
    }

    /// Everything under `root` that can be known now and depends on `domain`.
    fn run_inside(&mut self, root: ExprId, domain: DomainId) {
        let parts = match self.parts.get(&root) {
            Some(parts) => parts.clone(),
            None => {
                let parts: Rc<[ExprId]> = self.graph.reachable(&[root]).into();
                self.parts.insert(root, parts.clone());
                parts
            }
        };
        for e in parts.iter() {
            let space = self.graph.domains_of(*e);
            if space.contains(&domain) && space.iter().all(|d| self.tuple.contains_key(d)) {
                let slot = self.compute(*e);
                self.slots.insert(*e, slot);
            }
        }
    }

    /// The tuples of a domain, in lexicographic order, at the current tuples of outer ones.
    fn tuples(&mut self, domain: DomainId) -> Vec<Vec<i64>> {
        let info = self.graph.domain_info(domain);
        let mut list: Vec<Vec<i64>> = vec![Vec::new()];
        for (lo, hi) in &info.ranges {
            list = list.iter().flat_map(|t| (*lo..=*hi).map(|i| [t.as_slice(), &[i]].concat())).collect();
        }
        let (Some(condition), Some(base)) = (info.condition, info.base) else { return list };
        let saved = self.tuple.get(&base).cloned();
        let mut kept = Vec::new();
        for tuple in list {
            self.tuple.insert(base, tuple.clone());
            for e in self.graph.reachable(&[condition]) {
                if self.graph.domains_of(e).iter().all(|d| self.tuple.contains_key(d)) {
                    let slot = self.compute(e);
                    self.slots.insert(e, slot);
                }
            }
            if self.truth_at(condition) {
                kept.push(tuple);
            }
        }
        match saved {
            Some(tuple) => self.tuple.insert(base, tuple),
            None => self.tuple.remove(&base),
        };
        kept
    }

    /// Calls `visit` with the value of `body` at each tuple.
    fn for_each(&mut self, domain: DomainId, body: ExprId, visit: &mut dyn FnMut(V)) {
        for tuple in self.tuples(domain) {
            self.tuple.insert(domain, tuple);
            self.run_inside(body, domain);
            visit(self.scalar_at(body));
        }
        self.tuple.remove(&domain);
    }

    /// Adds the value of an entry, at each tuple of the domains still to run over, to an array.
    fn add_entry(&mut self, entry: super::Entry, open: &[DomainId], list: &mut [V]) {
        let Some((domain, rest)) = open.split_first() else {
            let at = self.integer_at(entry.index);
            if let Some(slot) = at.and_then(|k| list.get_mut(k)) {
                *slot = slot.plus(self.scalar_at(entry.value));
            }
            return;
        };
        for tuple in self.tuples(*domain) {
            self.tuple.insert(*domain, tuple);
            self.run_inside(entry.index, *domain);
            self.run_inside(entry.value, *domain);
            self.add_entry(entry, rest, list);
        }
        self.tuple.remove(domain);
    }

    fn scalar_at(&self, e: ExprId) -> V {
        match self.slots.get(&e) {
            Some(Slot::Scalar(value)) => *value,
            Some(Slot::Truth(value)) => V::constant(if *value { 1.0 } else { 0.0 }),
            _ => V::constant(f64::NAN),
        }
    }

    fn truth_at(&self, e: ExprId) -> bool {
        matches!(self.slots.get(&e), Some(Slot::Truth(true)))
    }

    fn integer_at(&self, e: ExprId) -> Option<usize> {
        let value = self.scalar_at(e).real();
        ((0.0..4e9).contains(&value) && value.fract() == 0.0).then_some(value as usize)
    }

    fn compute(&mut self, e: ExprId) -> Slot<V> {
        let graph = self.graph;
        let value = match graph.node(e) {
            Node::Number(value) => V::rounded(value.to_f64()),
            Node::Pi => V::rounded(std::f64::consts::PI),
            Node::Symbol(symbol) => (self.scalar)(*symbol),
            Node::Sum { constant, terms } => {
                let start = if constant.is_zero() { V::constant(0.0) } else { V::rounded(constant.to_f64()) };
                terms.iter().fold(start, |total, (term, c)| {
                    let value = self.scalar_at(*term);
                    total.plus(if c.is_one() { value } else { V::rounded(c.to_f64()).times(value) })
                })
            }
            Node::Product { coefficient, factors } => {
                let powers = factors.iter().map(|(base, e)| self.scalar_at(*base).pow_rational(e));
                let product = powers.reduce(V::times).unwrap_or(V::constant(1.0));
                if coefficient.is_one() { product } else { V::rounded(coefficient.to_f64()).times(product) }
            }
            Node::Power { base, exponent } => self.scalar_at(*base).power(self.scalar_at(*exponent)),
            Node::Call { function, args } => {
                let args: Vec<V> = args.iter().map(|a| self.scalar_at(*a)).collect();
                V::call(*function, &args)
            }
            Node::Abstract { .. } => V::constant(f64::NAN),
            Node::Bool(value) => return Slot::Truth(*value),
            Node::Compare { op, left, right } => {
                return Slot::Truth(op.holds(&self.scalar_at(*left).real(), &self.scalar_at(*right).real()));
            }
            Node::And(args) => return Slot::Truth(args.iter().all(|a| self.truth_at(*a))),
            Node::Or(args) => return Slot::Truth(args.iter().any(|a| self.truth_at(*a))),
            Node::Not(inner) => return Slot::Truth(!self.truth_at(*inner)),
            Node::Select { condition, then, otherwise } => {
                self.scalar_at(if self.truth_at(*condition) { *then } else { *otherwise })
            }
            Node::Index { domain, position } => {
                let value = self.tuple.get(domain).map_or(f64::NAN, |t| t[*position as usize] as f64);
                V::constant(value)
            }
            Node::ArraySymbol(symbol) => {
                let length = graph.symbol_info(*symbol).length.unwrap_or(0) as usize;
                return Slot::Array((0..length).map(|k| (self.element)(*symbol, k)).collect());
            }
            Node::Read { array, index } => {
                let outside = if matches!(graph.node(*array), Node::ArraySymbol(_)) { f64::NAN } else { 0.0 };
                match self.slots.get(array) {
                    Some(Slot::Array(list)) => self.integer_at(*index).and_then(|k| list.get(k).copied()),
                    _ => Some(V::constant(f64::NAN)),
                }
                .unwrap_or(V::constant(outside))
            }
            Node::SumOver { domain, body } => {
                let mut total = V::constant(0.0);
                self.for_each(*domain, *body, &mut |value| total = total.plus(value));
                total
            }
            Node::Fold { op, domain, body } => {
                let mut best: Option<V> = None;
                self.for_each(*domain, *body, &mut |value| {
                    let better = best.is_none_or(|old| match op {
                        FoldOp::Min => value.real() < old.real(),
                        FoldOp::Max => value.real() > old.real(),
                    });
                    if better {
                        best = Some(value);
                    }
                });
                best.unwrap_or(V::constant(f64::NAN))
            }
            Node::Scan { domain, body, reverse } => {
                let mut values = Vec::new();
                self.for_each(*domain, *body, &mut |value| values.push(value));
                let mut total = V::constant(0.0);
                let mut sums = vec![total; values.len()];
                for i in 0..values.len() {
                    let k = if *reverse { values.len() - 1 - i } else { i };
                    total = total.plus(values[k]);
                    sums[k] = total;
                }
                return Slot::Array(sums.into());
            }
            // What a net gives is known through its weights only: `Graph::expand_nets` first.
            Node::Net { .. } => {
                let length = graph.array_length(e).unwrap_or(0) as usize;
                return Slot::Array(vec![V::constant(f64::NAN); length].into());
            }
            Node::Scatter { length, outer, entries } => {
                let mut list = vec![V::constant(0.0); *length as usize];
                for entry in entries {
                    let mut open: Vec<DomainId> = graph.entry_space(entry);
                    open.retain(|d| !outer.contains(d));
                    open.sort_by_key(|d| (graph.domain_info(*d).level, *d));
                    self.add_entry(*entry, &open, &mut list);
                }
                return Slot::Array(list.into());
            }
        };
        Slot::Scalar(value)
    }
}

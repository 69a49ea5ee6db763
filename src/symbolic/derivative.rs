//! Forward derivatives: by one leaf, and along a direction.
//!
//! One rule per node form; the forms with size need one each: a sum over a domain is differentiated
//! in its body, a scan likewise, a scatter in its values, a read in its array. Where a value has a
//! kink the derivative is that of the branch it lies on; jumps count as flat.

use super::function::Function;
use super::graph::Graph;
use super::node::{self, Comparison, DomainId, ExprId, Node};
use super::rational::Rational;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

/// A direction: what each leaf changes by. Leaves that are not named stand still.
#[derive(Clone, Debug, Default)]
pub struct Seeds {
    map: BTreeMap<ExprId, ExprId>,
}

impl Seeds {
    /// Nothing moves.
    pub fn new() -> Self {
        Self::default()
    }

    /// A leaf and its change: a scalar symbol or an element with a scalar, a whole array with an
    /// array expression of the same length.
    pub fn set(&mut self, leaf: ExprId, change: ExprId) -> &mut Self {
        self.map.insert(leaf, change);
        self
    }

    /// The change of a leaf.
    pub fn get(&self, leaf: ExprId) -> Option<ExprId> {
        self.map.get(&leaf).copied()
    }
}

impl Graph {
    /// `∂expr/∂leaf`; the leaf is a scalar symbol or an element `read(array, number)`, everything else
    /// is held. Remembered and shared between calls.
    pub fn differentiate(&mut self, expr: ExprId, leaf: ExprId) -> ExprId {
        let zero = self.zero();
        let mut pending: Vec<ExprId> = Vec::new();
        let mut stack = vec![expr];
        while let Some(e) = stack.pop() {
            if let Entry::Vacant(slot) = self.derivatives.entry((e, leaf)) {
                // a mark; the value follows below, in rising order
                slot.insert(zero);
                pending.push(e);
                if e != leaf {
                    self.node(e).for_each_child(|child| stack.push(child));
                }
            }
        }
        pending.sort_unstable();
        let element = self.element_of(leaf);
        for e in pending {
            let value = if e == leaf {
                Some(self.one())
            } else if let Some((array, k)) = element.filter(|(array, _)| *array == e) {
                Some(self.unit_array(array, &[(k, self.one())]))
            } else if let (Some((array, k)), Node::Read { array: read, index }) = (element, self.node(e))
                && array == *read
            {
                let index = *index;
                let k = self.integer(k);
                Some(self.delta(index, k))
            } else {
                self.node_tangent(e, &|g: &Graph, child| {
                    g.derivatives.get(&(child, leaf)).copied().filter(|d| *d != zero)
                })
            };
            self.derivatives.insert((e, leaf), value.unwrap_or(zero));
        }
        self.derivatives.get(&(expr, leaf)).copied().unwrap_or(zero)
    }

    /// The change of `expr` along a direction, to first order.
    pub fn tangent(&mut self, expr: ExprId, seeds: &Seeds) -> ExprId {
        self.tangents(&[expr], seeds)[0]
    }

    /// [`Graph::tangent`] of several expressions, shared.
    pub fn tangents(&mut self, exprs: &[ExprId], seeds: &Seeds) -> Vec<ExprId> {
        let zero = self.zero();
        let mut done: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        let mut elements: BTreeMap<ExprId, Vec<(i64, ExprId)>> = BTreeMap::new();
        for (leaf, change) in &seeds.map {
            if let Some((array, k)) = self.element_of(*leaf).filter(|(array, _)| seeds.get(*array).is_none()) {
                elements.entry(array).or_default().push((k, *change));
            }
        }
        for e in self.reachable(exprs) {
            let value = match seeds.get(e) {
                None if elements.contains_key(&e) => Some(self.unit_array(e, &elements[&e])),
                Some(change) => Some(change),
                None => self.node_tangent(e, &|_: &Graph, child| done.get(&child).copied()),
            };
            if let Some(value) = value.filter(|v| *v != zero) {
                done.insert(e, value);
            }
        }
        exprs.iter().map(|e| done.get(e).copied().unwrap_or(zero)).collect()
    }

    /// The array of the same length with these elements, else 0.
    fn unit_array(&mut self, array: ExprId, elements: &[(i64, ExprId)]) -> ExprId {
        let length = self.array_length(array).unwrap_or(0);
        let entry = |(k, value): &(i64, ExprId)| node::Entry { index: self.integer(*k), value: *value };
        let entries: Vec<node::Entry> = elements.iter().map(entry).collect();
        self.scatter(length, &entries)
    }

    /// The change of a node from those of its children; `None` where it does not change.
    fn node_tangent(&mut self, expr: ExprId, change: &dyn Fn(&Graph, ExprId) -> Option<ExprId>) -> Option<ExprId> {
        let mut moves = false;
        self.node(expr).for_each_child(|child| moves |= change(self, child).is_some());
        if !moves {
            return None;
        }
        let zero = self.zero();
        match self.node(expr).clone() {
            Node::Sum { terms, .. } => {
                let list: Vec<_> = terms.iter().filter_map(|(t, c)| Some((change(self, *t)?, c.clone()))).collect();
                Some(self.linear_combination(Rational::ZERO, &list))
            }
            Node::Product { coefficient, factors } => {
                let mut terms = Vec::new();
                for (i, (base, _)) in factors.iter().enumerate() {
                    if let Some(d) = change(self, *base) {
                        let partial = self.product_partial(&coefficient, &factors, i);
                        terms.push(self.mul(partial, d));
                    }
                }
                Some(self.sum(&terms))
            }
            Node::Power { base, exponent } => {
                let mut terms = Vec::new();
                for (which, child) in [base, exponent].into_iter().enumerate() {
                    if let Some(d) = change(self, child) {
                        let partial = self.power_partial(expr, base, exponent, which);
                        terms.push(self.mul(partial, d));
                    }
                }
                Some(self.sum(&terms))
            }
            Node::Call { function, args } => {
                let mut terms = Vec::new();
                for (which, arg) in args.iter().enumerate() {
                    if let Some(d) = change(self, *arg) {
                        let partial = (function.info().derivative)(self, &args, which);
                        let term = self.mul_guarded(partial, d);
                        terms.push(term);
                    }
                }
                Some(self.sum(&terms))
            }
            Node::Abstract { symbol, orders, args } => {
                let mut terms = Vec::new();
                for (which, arg) in args.iter().enumerate() {
                    if let Some(d) = change(self, *arg) {
                        let mut orders = orders.clone();
                        orders[which] += 1;
                        let partial = self.abstract_call(symbol, &orders, &args);
                        terms.push(self.mul(partial, d));
                    }
                }
                Some(self.sum(&terms))
            }
            Node::Select { condition, then, otherwise } => {
                let (a, b) = (change(self, then).unwrap_or(zero), change(self, otherwise).unwrap_or(zero));
                Some(self.select(condition, a, b))
            }
            Node::Read { array, index } => {
                let array = change(self, array)?;
                Some(self.read(array, index))
            }
            Node::SumOver { domain, body } => {
                let d = change(self, body)?;
                Some(self.sum_over(domain, d))
            }
            Node::Fold { domain, body, .. } => {
                let d = change(self, body)?;
                let share = self.fold_share(expr, domain, body);
                let weighted = self.mul_guarded(share, d);
                Some(self.sum_over(domain, weighted))
            }
            Node::Scan { domain, body, reverse } => {
                let d = change(self, body)?;
                Some(self.scan(domain, d, reverse))
            }
            Node::Scatter { length, outer, entries } => {
                let mut list = Vec::new();
                for entry in &entries {
                    if let Some(d) = change(self, entry.value) {
                        let space = self.entry_space(entry);
                        let value = self.keep_space(d, entry.index, &space, &outer);
                        list.push(node::Entry { index: entry.index, value });
                    }
                }
                Some(self.scatter_within(length, &outer, &list))
            }
            Node::Net { .. } => self.net_tangent(expr, change),
            _ => None,
        }
    }

    /// `∂(c Π b^e)/∂b_i = c e_i b_i^(e_i − 1) Π_(j≠i) b_j^e_j`
    pub(super) fn product_partial(
        &mut self,
        coefficient: &Rational,
        factors: &[(ExprId, Rational)],
        i: usize,
    ) -> ExprId {
        let mut list = factors.to_vec();
        let exponent = list[i].1.clone();
        let lowered = exponent.checked_sub(&Rational::ONE);
        list[i].1 = self.exact(lowered);
        let scaled = coefficient.checked_mul(&exponent);
        let scaled = self.exact(scaled);
        self.product_of_powers(scaled, &list)
    }

    /// `∂(b^x)/∂b = x b^(x−1)`, `∂(b^x)/∂x = b^x ln b`
    pub(super) fn power_partial(&mut self, expr: ExprId, base: ExprId, exponent: ExprId, which: usize) -> ExprId {
        if which == 0 {
            let one = self.one();
            let lowered = self.sub(exponent, one);
            let power = self.power(base, lowered);
            self.mul(exponent, power)
        } else {
            let ln = self.call(Function::Ln, &[base]);
            self.mul(expr, ln)
        }
    }

    /// The share that one tuple has in the derivative of a least or greatest value: equal among all
    /// that attain it, 0 for the others.
    pub(super) fn fold_share(&mut self, fold: ExprId, domain: DomainId, body: ExprId) -> ExprId {
        let attained = self.compare(Comparison::Equal, body, fold);
        let (one, zero) = (self.one(), self.zero());
        let indicator = self.select(attained, one, zero);
        let count = self.sum_over(domain, indicator);
        let share = self.reciprocal(count);
        self.select(attained, share, zero)
    }

    /// A product that keeps a choice with an empty branch outside: a factor that is not defined where
    /// the choice gives 0 must not spoil it.
    pub(super) fn mul_guarded(&mut self, a: ExprId, b: ExprId) -> ExprId {
        let zero = self.zero();
        for (guard, other) in [(a, b), (b, a)] {
            if let Node::Select { condition, then, otherwise } = *self.node(guard)
                && (then == zero || otherwise == zero)
            {
                let then = if then == zero { zero } else { self.mul_guarded_once(then, other) };
                let otherwise = if otherwise == zero { zero } else { self.mul_guarded_once(otherwise, other) };
                return self.select(condition, then, otherwise);
            }
        }
        self.mul(a, b)
    }

    /// One more guard on the other side; no deeper, so nothing grows.
    fn mul_guarded_once(&mut self, a: ExprId, b: ExprId) -> ExprId {
        let zero = self.zero();
        if let Node::Select { condition, then, otherwise } = *self.node(b)
            && (then == zero || otherwise == zero)
        {
            let (then, otherwise) = (self.mul(a, then), self.mul(a, otherwise));
            return self.select(condition, then, otherwise);
        }
        self.mul(a, b)
    }

    /// The domains an entry of a scatter depends on, outer ones included.
    pub(super) fn entry_space(&self, entry: &node::Entry) -> Vec<DomainId> {
        let mut space = self.domains_of(entry.index).to_vec();
        space.extend_from_slice(self.domains_of(entry.value));
        space.sort_unstable();
        space.dedup();
        space
    }

    /// The value of an entry that stands for one at each tuple of `space`: domains that neither it nor
    /// its index mentions any more (nor are `outer`) are summed here, as they would no longer count.
    pub(super) fn keep_space(
        &mut self,
        value: ExprId,
        index: ExprId,
        space: &[DomainId],
        outer: &[DomainId],
    ) -> ExprId {
        let lost: Vec<DomainId> = space
            .iter()
            .copied()
            .filter(|d| !self.depends_on_domain(value, *d) && !self.depends_on_domain(index, *d) && !outer.contains(d))
            .collect();
        self.sum_out(value, &lost)
    }

    /// Sums over several domains, the innermost first.
    pub(super) fn sum_out(&mut self, value: ExprId, domains: &[DomainId]) -> ExprId {
        let mut order = domains.to_vec();
        order.sort_by_key(|d| std::cmp::Reverse((self.domain_info(*d).level, *d)));
        order.into_iter().fold(value, |value, domain| self.sum_over(domain, value))
    }
}

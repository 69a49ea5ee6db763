//! Putting expressions in place of others.

use super::graph::Graph;
use super::node::{DomainId, Entry, ExprId, Node};
use rustc_hash::{FxHashMap, FxHashSet};

/// What stands for what: leaves, indices, or any other node.
pub type Substitution = FxHashMap<ExprId, ExprId>;

impl Graph {
    /// `expr` with each key of `map` replaced by its value, everywhere at once, and brought into
    /// canonical form. Keys may be any nodes. An index is replaced where it is free; a value must not
    /// contain an index of a domain that is bound around the place it is put.
    pub fn substitute(&mut self, expr: ExprId, map: &Substitution) -> ExprId {
        self.substitute_all(&[expr], map)[0]
    }

    /// [`Graph::substitute`] of several expressions, shared.
    pub fn substitute_all(&mut self, exprs: &[ExprId], map: &Substitution) -> Vec<ExprId> {
        let mut indexed: FxHashSet<DomainId> = FxHashSet::default();
        // order does not matter: this only collects a set
        #[allow(clippy::iter_over_hash_type)]
        for key in map.keys() {
            if let Node::Index { domain, .. } = self.node(*key) {
                indexed.insert(*domain);
            }
        }
        let mut order: Vec<ExprId> = Vec::new();
        let mut seen: FxHashSet<ExprId> = FxHashSet::default();
        let mut stack: Vec<ExprId> = exprs.to_vec();
        while let Some(e) = stack.pop() {
            if !seen.insert(e) {
                continue;
            }
            order.push(e);
            if !map.contains_key(&e) && !self.rebinds(e, &indexed) {
                self.node(e).for_each_child(|child| stack.push(child));
            }
        }
        order.sort_unstable();
        let mut done: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        for e in order {
            let value = match map.get(&e) {
                Some(value) => *value,
                None if self.rebinds(e, &indexed) => self.substitute_binder(e, map, &indexed),
                None => self.rebuild(e, &|child| done.get(&child).copied().unwrap_or(child)),
            };
            done.insert(e, value);
        }
        exprs.iter().map(|e| done.get(e).copied().unwrap_or(*e)).collect()
    }

    /// Whether a node binds one of these domains, or one whose condition mentions one of them.
    fn rebinds(&self, expr: ExprId, domains: &FxHashSet<DomainId>) -> bool {
        if domains.is_empty() {
            return false;
        }
        let mentions = |d: DomainId| self.outer_domains(d).iter().any(|o| domains.contains(o));
        match self.node(expr) {
            Node::Scatter { entries, outer, .. } => entries.iter().flat_map(|e| self.entry_space(e)).any(|d| {
                !outer.contains(&d) && (domains.contains(&d) || mentions(d))
                    || outer.contains(&d) && domains.contains(&d)
            }),
            node => node.bound_domain().is_some_and(|d| domains.contains(&d) || mentions(d)),
        }
    }

    /// A binder whose domain is named in the map, or changes with it. Recursion is as deep as domains
    /// are nested.
    fn substitute_binder(&mut self, expr: ExprId, map: &Substitution, indexed: &FxHashSet<DomainId>) -> ExprId {
        let node = self.node(expr).clone();
        let mut bound: Vec<DomainId> = node.bound_domain().into_iter().collect();
        let mut outer_now: Vec<DomainId> = Vec::new();
        if let Node::Scatter { outer, entries, .. } = &node {
            bound = entries.iter().flat_map(|e| self.entry_space(e)).filter(|d| !outer.contains(d)).collect();
            bound.sort_unstable();
            bound.dedup();
            outer_now = outer.to_vec();
        }
        // bound variables are not replaced inside
        let mut inner: Substitution = map
            .iter()
            .filter(|(key, _)| !matches!(self.node(**key), Node::Index { domain, .. } if bound.contains(domain)))
            .map(|(key, value)| (*key, *value))
            .collect();
        // a condition that mentions a replaced index makes a new domain
        let mut renamed: FxHashMap<DomainId, DomainId> = FxHashMap::default();
        bound.sort_by_key(|d| self.domain_info(*d).level);
        for d in &bound {
            let affected = self.outer_domains(*d).iter().any(|o| indexed.contains(o) || renamed.contains_key(o));
            if affected {
                let info = self.domain_info(*d).clone();
                let condition = info.condition.map(|c| self.substitute(c, &inner));
                let fresh = self.domain(info.level, &info.ranges, condition);
                for position in 0..info.ranges.len() as u32 {
                    let (old, new) = (self.index(*d, position), self.index(fresh, position));
                    inner.insert(old, new);
                }
                renamed.insert(*d, fresh);
            }
        }
        let name = |d: DomainId| renamed.get(&d).copied().unwrap_or(d);
        match node {
            Node::SumOver { domain, body } => {
                let body = self.substitute(body, &inner);
                self.sum_over(name(domain), body)
            }
            Node::Fold { op, domain, body } => {
                let body = self.substitute(body, &inner);
                self.fold(op, name(domain), body)
            }
            Node::Scan { domain, body, reverse } => {
                let body = self.substitute(body, &inner);
                self.scan(name(domain), body, reverse)
            }
            Node::Scatter { length, entries, .. } => {
                let mut free: Vec<DomainId> = Vec::new();
                for d in &outer_now {
                    let positions = self.domain_info(*d).ranges.len() as u32;
                    for position in 0..positions {
                        let index = self.index(*d, position);
                        let value = inner.get(&index).copied().unwrap_or(index);
                        free.extend_from_slice(self.domains_of(value));
                    }
                }
                let mut list = Vec::with_capacity(entries.len());
                for e in &entries {
                    let space: Vec<DomainId> = self.entry_space(e).into_iter().map(name).collect();
                    let (index, value) = (self.substitute(e.index, &inner), self.substitute(e.value, &inner));
                    let bound_here: Vec<DomainId> =
                        space.into_iter().filter(|d| bound.iter().any(|b| name(*b) == *d)).collect();
                    let value = self.keep_space(value, index, &bound_here, &free);
                    list.push(Entry { index, value });
                }
                self.scatter_within(length, &free, &list)
            }
            _ => expr,
        }
    }

    /// The same node over other children, through its builder.
    pub(super) fn rebuild(&mut self, expr: ExprId, new: &dyn Fn(ExprId) -> ExprId) -> ExprId {
        let mut same = true;
        self.node(expr).for_each_child(|child| same &= new(child) == child);
        if same {
            return expr;
        }
        match self.node(expr).clone() {
            Node::Sum { constant, terms } => {
                let terms: Vec<_> = terms.iter().map(|(t, c)| (new(*t), c.clone())).collect();
                self.linear_combination(constant, &terms)
            }
            Node::Product { coefficient, factors } => {
                let factors: Vec<_> = factors.iter().map(|(b, e)| (new(*b), e.clone())).collect();
                self.product_of_powers(coefficient, &factors)
            }
            Node::Power { base, exponent } => self.power(new(base), new(exponent)),
            Node::Call { function, args } => {
                let args: Vec<_> = args.iter().map(|a| new(*a)).collect();
                self.call(function, &args)
            }
            Node::Abstract { symbol, orders, args } => {
                let args: Vec<_> = args.iter().map(|a| new(*a)).collect();
                self.abstract_call(symbol, &orders, &args)
            }
            Node::Compare { op, left, right } => self.compare(op, new(left), new(right)),
            Node::And(args) => {
                let args: Vec<_> = args.iter().map(|a| new(*a)).collect();
                self.and(&args)
            }
            Node::Or(args) => {
                let args: Vec<_> = args.iter().map(|a| new(*a)).collect();
                self.or(&args)
            }
            Node::Not(inner) => self.not(new(inner)),
            Node::Select { condition, then, otherwise } => self.select(new(condition), new(then), new(otherwise)),
            Node::Read { array, index } => self.read(new(array), new(index)),
            Node::SumOver { domain, body } => self.sum_over(domain, new(body)),
            Node::Fold { op, domain, body } => self.fold(op, domain, new(body)),
            Node::Scan { domain, body, reverse } => self.scan(domain, new(body), reverse),
            Node::Scatter { length, outer, entries } => {
                let mut list = Vec::with_capacity(entries.len());
                for e in &entries {
                    let space = self.entry_space(e);
                    let (index, value) = (new(e.index), new(e.value));
                    let value = self.keep_space(value, index, &space, &outer);
                    list.push(Entry { index, value });
                }
                self.scatter_within(length, &outer, &list)
            }
            Node::Net { net, point, weight, tangents } => {
                let tangents: Vec<_> = tangents.iter().map(|t| new(*t)).collect();
                self.net_node(net, new(point), weight.map(new), &tangents)
            }
            Node::Number(_)
            | Node::Pi
            | Node::Symbol(_)
            | Node::Bool(_)
            | Node::Index { .. }
            | Node::ArraySymbol(_) => expr,
        }
    }
}

//! What an index can be: its bounds, and its first value, over domains with conditions.

use super::function::Function;
use super::graph::Graph;
use super::node::{DomainId, ExprId, Node};
use crate::limits;
use rustc_hash::FxHashMap;

/// The value of each index variable at one tuple.
type Indices = FxHashMap<(DomainId, u32), i64>;

impl Graph {
    /// Least and greatest value of an integer expression over its index domains: exact where there is
    /// no condition, and over one thinned domain of at most [`limits::TUPLES`] tuples; else the bounds
    /// over the domains without their conditions. `(0, −1)` where no tuple meets the condition.
    pub fn index_bounds(&self, expr: ExprId) -> Option<(i64, i64)> {
        let domains = self.domains_of(expr);
        let boxed = self.index_range(expr)?;
        let [domain] = domains else { return Some(boxed) };
        let info = self.domain_info(*domain);
        if info.condition.is_none() || info.extent() > limits::TUPLES as u64 {
            return Some(boxed);
        }
        let mut found: Option<(i64, i64)> = None;
        let mut budget = limits::TUPLES;
        let walked = self.each_tuple(&[*domain], &mut Indices::default(), &mut budget, &mut |at| {
            let v = self.integer_value(expr, at)?;
            found = Some(found.map_or((v, v), |(a, b)| (a.min(v), b.max(v))));
            Some(false)
        });
        Some(match walked {
            Some(_) => found.unwrap_or((0, -1)),
            None => boxed,
        })
    }

    /// The value of an index at the first tuple that its domains have. It tells which of several arrays,
    /// laid behind each other, an index means: each of its values lies in the same one, while the bounds
    /// without the conditions may reach into the neighbours. `Some(None)` where there is no tuple; `None`
    /// where none was found among the first [`limits::TUPLES`].
    pub fn first_index(&self, expr: ExprId) -> Option<Option<i64>> {
        let mut domains = self.domains_of(expr).to_vec();
        let mut at = 0;
        while at < domains.len() {
            for outer in self.outer_domains(domains[at]) {
                if !domains.contains(&outer) {
                    domains.push(outer);
                }
            }
            at += 1;
        }
        domains.sort_by_key(|d| (self.domain_info(*d).level, *d));
        let mut first = None;
        let mut budget = limits::TUPLES;
        self.each_tuple(&domains, &mut Indices::default(), &mut budget, &mut |at| {
            first = Some(self.integer_value(expr, at)?);
            Some(true)
        })?;
        Some(first)
    }

    /// Visits the tuples of nested domains in order until the visitor says that it has seen enough:
    /// `Some(true)`; `None` where a condition is not one of integers or the budget is spent.
    fn each_tuple(
        &self,
        domains: &[DomainId],
        at: &mut Indices,
        left: &mut usize,
        visit: &mut dyn FnMut(&Indices) -> Option<bool>,
    ) -> Option<bool> {
        let [domain, inner @ ..] = domains else { return visit(at) };
        let info = self.domain_info(*domain);
        if info.ranges.iter().any(|(lo, hi)| hi < lo) {
            return Some(false);
        }
        let base = info.base.unwrap_or(*domain);
        let mut tuple: Vec<i64> = info.ranges.iter().map(|r| r.0).collect();
        loop {
            *left = left.checked_sub(1)?;
            for (k, v) in tuple.iter().enumerate() {
                at.insert((*domain, k as u32), *v);
                at.insert((base, k as u32), *v);
            }
            let inside = info.condition.map_or(Some(true), |c| self.integer_truth(c, at))?;
            if inside && self.each_tuple(inner, at, left, visit)? {
                return Some(true);
            }
            // The next tuple, the last variable fastest.
            let mut k = tuple.len();
            loop {
                if k == 0 {
                    return Some(false);
                }
                k -= 1;
                if tuple[k] < info.ranges[k].1 {
                    tuple[k] += 1;
                    break;
                }
                tuple[k] = info.ranges[k].0;
            }
        }
    }

    /// An integer expression of indices. Its depth is that of one written index.
    fn integer_value(&self, e: ExprId, at: &Indices) -> Option<i64> {
        match self.node(e) {
            Node::Number(n) => n.as_i64(),
            Node::Index { domain, position } => at.get(&(*domain, *position)).copied(),
            Node::Sum { constant, terms } => terms.iter().try_fold(constant.as_i64()?, |sum, (t, c)| {
                sum.checked_add(self.integer_value(*t, at)?.checked_mul(c.as_i64()?)?)
            }),
            Node::Product { coefficient, factors } => {
                factors.iter().try_fold(coefficient.as_i64()?, |product, (f, n)| {
                    let power = self.integer_value(*f, at)?.checked_pow(u32::try_from(n.as_i64()?).ok()?)?;
                    product.checked_mul(power)
                })
            }
            Node::Call { function: Function::Modulo, args } => {
                let n = self.integer_value(args[1], at)?;
                (n > 0).then_some(self.integer_value(args[0], at)?.rem_euclid(n))
            }
            _ => None,
        }
    }

    fn integer_truth(&self, e: ExprId, at: &Indices) -> Option<bool> {
        match self.node(e) {
            Node::Bool(b) => Some(*b),
            Node::Compare { op, left, right } => {
                Some(op.holds(&self.integer_value(*left, at)?, &self.integer_value(*right, at)?))
            }
            Node::And(list) => list.iter().try_fold(true, |all, c| Some(all && self.integer_truth(*c, at)?)),
            Node::Or(list) => list.iter().try_fold(false, |any, c| Some(any || self.integer_truth(*c, at)?)),
            Node::Not(c) => self.integer_truth(*c, at).map(|b| !b),
            _ => None,
        }
    }
}

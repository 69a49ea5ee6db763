//! Reverse accumulation: all derivatives of one scalar at the cost of a few evaluations of it.
//!
//! Every node has an adjoint `∂scalar/∂node`, a value over the domains the node itself depends on.
//! Where a node is used at more tuples than it has values, the contributions are summed over the
//! difference. The adjoint of an array is a list of [`Entry`]s; that of a scan's body is the scan of
//! the adjoint in the other direction.

use super::graph::Graph;
use super::node::{DomainId, Entry, ExprId, Node};
use super::rational::Rational;
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

#[derive(Default)]
struct Adjoints {
    scalars: FxHashMap<ExprId, Vec<ExprId>>,
    arrays: FxHashMap<ExprId, Vec<Entry>>,
    active: FxHashSet<ExprId>,
}

impl Graph {
    /// `∂scalar/∂leaf` for each leaf: scalar symbols or elements `read(array, number)`.
    pub fn gradient(&mut self, scalar: ExprId, leaves: &[ExprId]) -> Vec<ExprId> {
        let adjoints = self.accumulate(scalar, leaves);
        let mut result = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let direct = adjoints.scalars.get(leaf).cloned().unwrap_or_default();
            let mut terms = vec![self.sum_adjoints(&direct)];
            if let Some((array, k)) = self.element_of(*leaf) {
                let k = self.integer(k);
                for entry in adjoints.arrays.get(&array).cloned().unwrap_or_default() {
                    let here = self.delta(entry.index, k);
                    let space = self.entry_space(&entry);
                    let value = self.mul_guarded(here, entry.value);
                    terms.push(self.sum_out(value, &space));
                }
            }
            result.push(self.sum(&terms));
        }
        result
    }

    /// The gradient with respect to a flat vector: each leaf (scalar symbol, element, or whole array)
    /// stands at its offset, the elements of an array from there on. The gradient at place `k` is the
    /// sum of the values of all entries, over their free domains, whose index is `k`. The scalar must
    /// not depend on a domain.
    pub fn gradient_entries(&mut self, scalar: ExprId, leaves: &[(ExprId, u32)]) -> Vec<Entry> {
        let targets: Vec<ExprId> = leaves.iter().map(|(leaf, _)| *leaf).collect();
        let scalars: Vec<ExprId> = targets.iter().copied().filter(|t| self.array_length(*t).is_none()).collect();
        let adjoints = self.accumulate(scalar, &targets);
        let mut entries = Vec::new();
        for (leaf, offset) in leaves {
            let offset = self.integer(i64::from(*offset));
            if scalars.contains(leaf) {
                let value = match self.element_of(*leaf) {
                    Some(_) => self.gradient(scalar, &[*leaf])[0],
                    None => {
                        let list = adjoints.scalars.get(leaf).cloned().unwrap_or_default();
                        self.sum_adjoints(&list)
                    }
                };
                entries.push(Entry { index: offset, value });
            } else {
                for entry in adjoints.arrays.get(leaf).cloned().unwrap_or_default() {
                    let index = self.add(entry.index, offset);
                    entries.push(Entry { index, value: entry.value });
                }
            }
        }
        self.join_entries(&entries)
    }

    /// Every net node that a scalar is made of with its adjoint, an array of the node's length: the change
    /// of the scalar with the weights of the nets is `Σ adjoint·∂node`, adjoints and arguments held.
    pub fn net_cotangents(&mut self, scalar: ExprId) -> Vec<(ExprId, ExprId)> {
        let is_net = |e: &ExprId| matches!(self.node(*e), Node::Net { .. });
        let nodes: Vec<ExprId> = self.reachable(&[scalar]).into_iter().filter(is_net).collect();
        let adjoints = self.accumulate(scalar, &nodes);
        let mut found = Vec::with_capacity(nodes.len());
        for node in nodes {
            if let Some(entries) = adjoints.arrays.get(&node).cloned().filter(|e| !e.is_empty()) {
                let outer = self.domains_of(node).to_vec();
                let length = self.array_length(node).unwrap_or(0);
                found.push((node, self.array_of(length, &outer, &entries)));
            }
        }
        found
    }

    /// `∂²scalar/∂leaf∂leaf`, row by row; symmetric entries are the same expression.
    pub fn hessian(&mut self, scalar: ExprId, leaves: &[ExprId]) -> Vec<Vec<ExprId>> {
        let gradient = self.gradient(scalar, leaves);
        let mut rows = vec![vec![self.zero(); leaves.len()]; leaves.len()];
        for i in 0..leaves.len() {
            for j in i..leaves.len() {
                rows[i][j] = self.differentiate(gradient[i], leaves[j]);
                rows[j][i] = rows[i][j];
            }
        }
        rows
    }

    /// `∂expr_i/∂leaf_j`, row by row.
    pub fn jacobian(&mut self, exprs: &[ExprId], leaves: &[ExprId]) -> Vec<Vec<ExprId>> {
        exprs.iter().map(|e| leaves.iter().map(|leaf| self.differentiate(*e, *leaf)).collect()).collect()
    }

    /// Adjoints of everything between the scalar and the leaves.
    fn accumulate(&mut self, scalar: ExprId, leaves: &[ExprId]) -> Adjoints {
        let mut adjoints = Adjoints::default();
        let mut targets: FxHashSet<ExprId> = leaves.iter().copied().collect();
        // an element may also be met through a read at an index that is no number
        for leaf in leaves {
            targets.extend(self.element_of(*leaf).map(|(array, _)| array));
        }
        let order = self.reachable(&[scalar]);
        for e in &order {
            let mut reached = targets.contains(e);
            self.node(*e).for_each_child(|child| reached |= adjoints.active.contains(&child));
            if reached {
                adjoints.active.insert(*e);
            }
        }
        let one = self.one();
        adjoints.scalars.insert(scalar, vec![one]);
        for e in order.into_iter().rev() {
            if !adjoints.active.contains(&e) {
                continue;
            }
            if let Some(entries) = adjoints.arrays.get(&e) {
                let entries = self.join_entries(&entries.clone());
                adjoints.arrays.insert(e, entries.clone());
                self.pass_array(&mut adjoints, e, &entries);
            } else if let Some(list) = adjoints.scalars.get(&e) {
                // elements of an array that is itself a target belong to the array unless asked for
                if targets.contains(&e) {
                    continue;
                }
                let total = self.sum_adjoints(&list.clone());
                if total != self.zero() {
                    self.pass_scalar(&mut adjoints, e, total);
                }
            }
        }
        adjoints
    }

    /// The sum of contributions; where each has a guard, so has the sum.
    fn sum_adjoints(&mut self, list: &[ExprId]) -> ExprId {
        let zero = self.zero();
        let mut groups: IndexMap<(ExprId, bool), Vec<ExprId>, FxBuildHasher> = IndexMap::default();
        for value in list {
            match *self.node(*value) {
                Node::Select { condition, then, otherwise } if otherwise == zero => {
                    groups.entry((condition, true)).or_default().push(then);
                }
                Node::Select { condition, then, otherwise } if then == zero => {
                    groups.entry((condition, false)).or_default().push(otherwise);
                }
                _ => return self.sum(list),
            }
        }
        let mut guards = Vec::with_capacity(groups.len());
        let mut terms = Vec::with_capacity(groups.len());
        for ((condition, positive), values) in groups {
            let value = self.sum(&values);
            let guard = if positive { condition } else { self.not(condition) };
            guards.push(guard);
            terms.push(self.select(guard, value, zero));
        }
        match &terms[..] {
            [] => zero,
            [single] => *single,
            _ => {
                let any = self.or(&guards);
                let total = self.sum(&terms);
                self.select(any, total, zero)
            }
        }
    }

    /// Adds `value`, which lives over `space`, to the adjoint of `child`.
    fn contribute(&mut self, adjoints: &mut Adjoints, child: ExprId, value: ExprId, space: &[DomainId]) {
        if !adjoints.active.contains(&child) || value == self.zero() {
            return;
        }
        let extra: Vec<DomainId> = space.iter().copied().filter(|d| !self.depends_on_domain(child, *d)).collect();
        let value = self.sum_out(value, &extra);
        adjoints.scalars.entry(child).or_default().push(value);
    }

    fn pass_scalar(&mut self, adjoints: &mut Adjoints, expr: ExprId, total: ExprId) {
        let mut space = self.domains_of(expr).to_vec();
        if let Some(domain) = self.node(expr).bound_domain() {
            space.push(domain);
            space.extend(self.outer_domains(domain));
            space.sort_unstable();
            space.dedup();
        }
        match self.node(expr).clone() {
            Node::Sum { terms, .. } => {
                for (term, c) in terms {
                    let value = self.scale_guarded(total, &c);
                    self.contribute(adjoints, term, value, &space);
                }
            }
            Node::Product { coefficient, factors } => {
                for i in 0..factors.len() {
                    if adjoints.active.contains(&factors[i].0) {
                        let partial = self.product_partial(&coefficient, &factors, i);
                        let value = self.mul_guarded(total, partial);
                        self.contribute(adjoints, factors[i].0, value, &space);
                    }
                }
            }
            Node::Power { base, exponent } => {
                for (which, child) in [base, exponent].into_iter().enumerate() {
                    if adjoints.active.contains(&child) {
                        let partial = self.power_partial(expr, base, exponent, which);
                        let value = self.mul_guarded(total, partial);
                        self.contribute(adjoints, child, value, &space);
                    }
                }
            }
            Node::Call { function, args } => {
                for (which, arg) in args.iter().enumerate() {
                    if adjoints.active.contains(arg) {
                        let partial = (function.info().derivative)(self, &args, which);
                        let value = self.mul_guarded(total, partial);
                        self.contribute(adjoints, *arg, value, &space);
                    }
                }
            }
            Node::Abstract { symbol, orders, args } => {
                for (which, arg) in args.iter().enumerate() {
                    if adjoints.active.contains(arg) {
                        let mut orders = orders.clone();
                        orders[which] += 1;
                        let partial = self.abstract_call(symbol, &orders, &args);
                        let value = self.mul_guarded(total, partial);
                        self.contribute(adjoints, *arg, value, &space);
                    }
                }
            }
            Node::Select { condition, then, otherwise } => {
                let zero = self.zero();
                let value = self.select(condition, total, zero);
                self.contribute(adjoints, then, value, &space);
                let value = self.select(condition, zero, total);
                self.contribute(adjoints, otherwise, value, &space);
            }
            Node::Read { array, index } => {
                adjoints.arrays.entry(array).or_default().push(Entry { index, value: total });
            }
            Node::SumOver { body, .. } => self.contribute(adjoints, body, total, &space),
            Node::Fold { domain, body, .. } => {
                let share = self.fold_share(expr, domain, body);
                let value = self.mul_guarded(total, share);
                self.contribute(adjoints, body, value, &space);
            }
            _ => {}
        }
    }

    fn pass_array(&mut self, adjoints: &mut Adjoints, array: ExprId, entries: &[Entry]) {
        match self.node(array).clone() {
            Node::Scan { domain, body, reverse } => {
                let outer = self.domains_of(array).to_vec();
                let j = self.index(domain, 0);
                let lo = self.domain_info(domain).ranges[0].0;
                let lo = self.integer(lo);
                let at = self.sub(j, lo);
                let element = self.adjoint_element(array, &outer, entries, at);
                let back = self.scan(domain, element, !reverse);
                let value = self.read(back, at);
                let mut space = outer;
                space.push(domain);
                space.sort_unstable();
                space.dedup();
                self.contribute(adjoints, body, value, &space);
            }
            Node::Scatter { length, outer, entries: own } => {
                let adjoint = self.scatter_within(length, &outer, entries);
                for entry in own {
                    let value = self.read(adjoint, entry.index);
                    let mut space = self.entry_space(&entry);
                    space.extend_from_slice(&outer);
                    space.sort_unstable();
                    space.dedup();
                    self.contribute(adjoints, entry.value, value, &space);
                }
            }
            Node::Net { .. } => {
                for (child, list) in self.net_adjoints(array, entries) {
                    if adjoints.active.contains(&child) {
                        adjoints.arrays.entry(child).or_default().extend(list);
                    }
                }
            }
            _ => {}
        }
    }

    /// Element `at` of the array that `entries` add up to. Where the one entry stands at exactly this
    /// index, over a whole range, it is the value itself.
    fn adjoint_element(&mut self, array: ExprId, outer: &[DomainId], entries: &[Entry], at: ExprId) -> ExprId {
        let length = self.array_length(array).unwrap_or(0);
        if let [entry] = entries
            && entry.index == at
            && let [domain] = self.domains_of(at)
            && self.domain_info(*domain).condition.is_none()
            && self.domain_info(*domain).ranges.len() == 1
            && self.domains_of(entry.value).iter().all(|d| d == domain || outer.contains(d))
        {
            return entry.value;
        }
        let adjoint = self.scatter_within(length, outer, entries);
        self.read(adjoint, at)
    }

    fn scale_guarded(&mut self, a: ExprId, c: &Rational) -> ExprId {
        let c = self.number(c.clone());
        self.mul_guarded(a, c)
    }
}

//! Things with size: domains, indices, reads, sums over domains, scans and scatters.

use super::graph::Graph;
use super::node::{Comparison, Domain, DomainId, Entry, ExprId, FoldOp, Node};
use super::rational::Rational;

/// Tuples up to which a condition is counted out.
const COUNTED_TUPLES: u64 = 4_096;

impl Graph {
    /// The domain with these inclusive ranges and this condition.
    ///
    /// The condition is written over the indices of the domain of the same level and ranges without
    /// condition (and over outer domains, whose level must be smaller):
    ///
    /// ```
    /// # use hamel::symbolic::{Comparison, Graph};
    /// # let mut g = Graph::new();
    /// let square = g.domain(0, &[(0, 2), (0, 2)], None);
    /// let (a, b) = (g.index(square, 0), g.index(square, 1));
    /// let ordered = g.compare(Comparison::Less, a, b);
    /// let pairs = g.domain(0, &[(0, 2), (0, 2)], Some(ordered));
    /// assert_eq!(g.count(pairs), Some(3));
    /// ```
    pub fn domain(&mut self, level: u32, ranges: &[(i64, i64)], condition: Option<ExprId>) -> DomainId {
        let base = self.intern_domain(Domain { level, ranges: ranges.to_vec(), condition: None, base: None });
        match condition {
            Some(condition) if !matches!(self.node(condition), Node::Bool(true)) => self.intern_domain(Domain {
                level,
                ranges: ranges.to_vec(),
                condition: Some(condition),
                base: Some(base),
            }),
            _ => base,
        }
    }

    /// Variable `position` of a domain. A range of one value gives that number.
    pub fn index(&mut self, domain: DomainId, position: u32) -> ExprId {
        let (lo, hi) = self.domain_info(domain).ranges[position as usize];
        if lo == hi && self.domain_info(domain).condition.is_none() {
            return self.integer(lo);
        }
        self.intern(Node::Index { domain, position })
    }

    /// Number of tuples, where it is a constant that is quickly found.
    pub fn count(&self, domain: DomainId) -> Option<u64> {
        let info = self.domain_info(domain);
        let extent = info.extent();
        let Some(condition) = info.condition else { return Some(extent) };
        if extent == 0 || matches!(self.node(condition), Node::Bool(false)) {
            return Some(0);
        }
        if extent > COUNTED_TUPLES || !self.outer_domains(domain).is_empty() {
            return None;
        }
        super::evaluate::count_tuples(self, domain)
    }

    /// Bounds of an integer expression that is affine in indices.
    pub fn index_range(&self, expr: ExprId) -> Option<(i64, i64)> {
        match self.node(expr) {
            Node::Number(value) => value.as_i64().map(|n| (n, n)),
            Node::Index { domain, position } => Some(self.domain_info(*domain).ranges[*position as usize]),
            Node::Product { coefficient, factors } => match &factors[..] {
                [(base, e)] if e.is_one() => scale_range(coefficient.as_i64()?, self.index_leaf(*base)?),
                _ => None,
            },
            Node::Sum { constant, terms } => {
                let mut total = constant.as_i64().map(|n| (n, n))?;
                for (term, c) in terms {
                    let (lo, hi) = scale_range(c.as_i64()?, self.index_leaf(*term)?)?;
                    total = (total.0.checked_add(lo)?, total.1.checked_add(hi)?);
                }
                Some(total)
            }
            _ => self.index_leaf(expr),
        }
    }

    fn index_leaf(&self, expr: ExprId) -> Option<(i64, i64)> {
        match self.node(expr) {
            Node::Index { domain, position } => {
                let (lo, hi) = self.domain_info(*domain).ranges[*position as usize];
                (lo <= hi).then_some((lo, hi))
            }
            Node::Call { function: super::Function::Modulo, args } if self.is_integer(args[0]) => {
                let n = self.as_integer(args[1])?;
                (n > 0).then_some((0, n - 1))
            }
            _ => None,
        }
    }

    /// `array[index]`, `index` from 0.
    pub fn read(&mut self, array: ExprId, index: ExprId) -> ExprId {
        // An entry of an array that is written out, or of one that is 0 throughout.
        if let Node::Scatter { entries, outer, .. } = self.node(array) {
            let inside = |e: ExprId| self.domains_of(e).iter().all(|d| outer.contains(d));
            let known = |e: &Entry| self.as_integer(e.index).is_some() && inside(e.value);
            let at = self.as_integer(index);
            if entries.is_empty() || at.is_some() && entries.iter().all(known) {
                let here = entries.iter().filter(|e| self.as_integer(e.index) == at).map(|e| e.value);
                let values: Vec<ExprId> = here.collect();
                return self.sum(&values);
            }
        }
        self.intern(Node::Read { array, index })
    }

    /// `Σ body` over a domain. Factors that do not depend on it come out; a body that does not is
    /// counted; an empty domain or a body 0 gives 0.
    pub fn sum_over(&mut self, domain: DomainId, body: ExprId) -> ExprId {
        let zero = self.zero();
        if body == zero || self.domain_info(domain).extent() == 0 || self.count(domain) == Some(0) {
            return zero;
        }
        if self.domain_info(domain).extent() == 1 && self.domain_info(domain).condition.is_none() {
            return body;
        }
        let (outside, inside) = self.split_factors(domain, body);
        let inner = if inside == self.one() {
            match self.count(domain).and_then(|n| i64::try_from(n).ok()) {
                Some(n) => self.integer(n),
                None => self.intern(Node::SumOver { domain, body: inside }),
            }
        } else {
            self.intern(Node::SumOver { domain, body: inside })
        };
        self.mul(outside, inner)
    }

    /// `body = outside·inside` with the largest `outside` that is free of the domain.
    fn split_factors(&mut self, domain: DomainId, body: ExprId) -> (ExprId, ExprId) {
        if body == self.one() {
            return (body, body);
        }
        if !self.depends_on_domain(body, domain) {
            return (body, self.one());
        }
        let Node::Product { coefficient, factors } = self.node(body) else { return (self.one(), body) };
        let coefficient = coefficient.clone();
        let (inside, outside): (Vec<_>, Vec<_>) =
            factors.iter().cloned().partition(|(base, _)| self.depends_on_domain(*base, domain));
        let outside = self.product_of_powers(coefficient, &outside);
        (outside, self.product_of_powers(Rational::ONE, &inside))
    }

    /// The least or greatest value of a body over a domain.
    pub fn fold(&mut self, op: FoldOp, domain: DomainId, body: ExprId) -> ExprId {
        if !self.depends_on_domain(body, domain) {
            return body;
        }
        self.intern(Node::Fold { op, domain, body })
    }

    /// The array of running sums of `body` over a domain of one variable without condition.
    pub fn scan(&mut self, domain: DomainId, body: ExprId, reverse: bool) -> ExprId {
        self.intern(Node::Scan { domain, body, reverse })
    }

    /// `Σ body(j)` for `j = lo..upto`, `lo` being the lower end of the domain; 0 where `upto < lo`.
    /// `upto` must not pass the upper end. Factors that do not depend on the domain come out.
    pub fn running_sum(&mut self, domain: DomainId, body: ExprId, upto: ExprId) -> ExprId {
        self.running(domain, body, upto, false)
    }

    /// `Σ body(j)` for `j = from..hi`, `hi` being the upper end of the domain; 0 where `from > hi`.
    /// `from` must not lie below the lower end. Factors that do not depend on the domain come out.
    pub fn running_sum_from(&mut self, domain: DomainId, body: ExprId, from: ExprId) -> ExprId {
        self.running(domain, body, from, true)
    }

    fn running(&mut self, domain: DomainId, body: ExprId, end: ExprId, reverse: bool) -> ExprId {
        if body == self.zero() || self.domain_info(domain).extent() == 0 {
            return self.zero();
        }
        let (outside, inside) = self.split_factors(domain, body);
        let lo = self.domain_info(domain).ranges[0].0;
        let scan = self.scan(domain, inside, reverse);
        let lo = self.integer(lo);
        let at = self.sub(end, lo);
        let sum = self.read(scan, at);
        self.mul(outside, sum)
    }

    /// The array that adds up `entries`; entries of value 0 are left out, equal indices are joined.
    pub fn scatter(&mut self, length: u32, entries: &[Entry]) -> ExprId {
        self.scatter_within(length, &[], entries)
    }

    /// [`Graph::scatter`] inside a body: the domains `outer` stay free.
    pub fn scatter_within(&mut self, length: u32, outer: &[DomainId], entries: &[Entry]) -> ExprId {
        let mut outer = outer.to_vec();
        outer.sort_unstable();
        outer.dedup();
        let entries = self.join_entries(entries);
        self.intern(Node::Scatter { length, outer: outer.into(), entries: entries.into() })
    }

    /// Adds up entries with the same index whose values run over the same domains.
    pub(super) fn join_entries(&mut self, entries: &[Entry]) -> Vec<Entry> {
        let mut groups: indexmap::IndexMap<(ExprId, Vec<DomainId>), Vec<ExprId>, rustc_hash::FxBuildHasher> =
            indexmap::IndexMap::default();
        for entry in entries {
            // a value that runs over more domains than its index cannot be joined with one that does not
            let mut space = self.domains_of(entry.value).to_vec();
            space.extend_from_slice(self.domains_of(entry.index));
            space.sort_unstable();
            space.dedup();
            groups.entry((entry.index, space)).or_default().push(entry.value);
        }
        let mut joined = Vec::with_capacity(groups.len());
        for ((index, space), values) in groups {
            let index_space = self.domains_of(index).to_vec();
            let value = self.sum(&values);
            // a cancelled index variable would change how often the entry counts
            let kept = |g: &Graph, d: &DomainId| g.depends_on_domain(value, *d) || index_space.contains(d);
            if value == self.zero() {
                continue;
            }
            if space.iter().all(|d| kept(self, d)) {
                joined.push(Entry { index, value });
            } else {
                joined.extend(values.into_iter().map(|value| Entry { index, value }));
            }
        }
        joined
    }

    /// 1 where two integer expressions are equal, else 0.
    pub(super) fn delta(&mut self, a: ExprId, b: ExprId) -> ExprId {
        let equal = self.compare(Comparison::Equal, a, b);
        let (one, zero) = (self.one(), self.zero());
        self.select(equal, one, zero)
    }
}

fn scale_range(c: i64, (lo, hi): (i64, i64)) -> Option<(i64, i64)> {
    let (a, b) = (c.checked_mul(lo)?, c.checked_mul(hi)?);
    Some((a.min(b), a.max(b)))
}

//! The terms of families: every tuple of a list of nested domains, and integers computed from it.

use super::LowerError;
use crate::limits;
use crate::symbolic::{Comparison, DomainId, ExprId, Function, Graph, Node};
use rustc_hash::FxHashMap;

/// A list of domains that something is computed for every tuple of. Space 0 is the scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpaceId(pub u32);

impl SpaceId {
    /// No domain: one term.
    pub const SCALAR: SpaceId = SpaceId(0);
}

/// The tuples of one space.
#[derive(Clone, Debug)]
struct Terms {
    count: usize,
    /// Values of each index variable, per term.
    columns: Vec<((DomainId, u32), Vec<f64>)>,
}

/// All spaces of a program.
#[derive(Debug)]
pub struct Spaces<'g> {
    graph: &'g Graph,
    lists: Vec<Vec<DomainId>>,
    numbers: FxHashMap<Vec<DomainId>, SpaceId>,
    terms: Vec<Option<Terms>>,
}

impl<'g> Spaces<'g> {
    /// The scalar space alone.
    pub fn new(graph: &'g Graph) -> Self {
        let numbers = FxHashMap::from_iter([(Vec::new(), SpaceId::SCALAR)]);
        let scalar = Terms { count: 1, columns: Vec::new() };
        Spaces { graph, lists: vec![Vec::new()], numbers, terms: vec![Some(scalar)] }
    }

    /// The space of these domains, outer ones first.
    pub fn space(&mut self, domains: impl IntoIterator<Item = DomainId>) -> SpaceId {
        let mut list: Vec<DomainId> = domains.into_iter().collect();
        list.sort_unstable_by_key(|d| (self.graph.domain_info(*d).level, *d));
        list.dedup();
        if let Some(&known) = self.numbers.get(&list) {
            return known;
        }
        let id = SpaceId(self.lists.len() as u32);
        self.numbers.insert(list.clone(), id);
        self.lists.push(list);
        self.terms.push(None);
        id
    }

    /// The domains of a space.
    pub fn domains(&self, space: SpaceId) -> &[DomainId] {
        &self.lists[space.0 as usize]
    }

    /// The space of the domains of both.
    pub fn union(&mut self, a: SpaceId, b: SpaceId) -> SpaceId {
        if a == b || b == SpaceId::SCALAR {
            return a;
        }
        if a == SpaceId::SCALAR {
            return b;
        }
        let both: Vec<DomainId> = self.domains(a).iter().chain(self.domains(b)).copied().collect();
        self.space(both)
    }

    /// The space of the domains that an expression depends on.
    pub fn of(&mut self, expr: ExprId) -> SpaceId {
        let domains = self.graph.domains_of(expr);
        if domains.is_empty() { SpaceId::SCALAR } else { self.space(domains.iter().copied()) }
    }

    /// How many terms a space has.
    pub fn count(&mut self, space: SpaceId) -> Result<usize, LowerError> {
        Ok(self.terms(space)?.count)
    }

    fn terms(&mut self, space: SpaceId) -> Result<&Terms, LowerError> {
        if self.terms[space.0 as usize].is_none() {
            let terms = self.enumerate(space)?;
            self.terms[space.0 as usize] = Some(terms);
        }
        Ok(self.terms[space.0 as usize].as_ref().expect("invariant: just enumerated"))
    }

    /// Lists the tuples: domain by domain, each thinned by its condition.
    fn enumerate(&self, space: SpaceId) -> Result<Terms, LowerError> {
        let mut terms = Terms { count: 1, columns: Vec::new() };
        for &domain in self.domains(space) {
            let info = self.graph.domain_info(domain);
            let extent = info.extent();
            let total = extent.saturating_mul(terms.count as u64);
            if total > limits::KERNEL_TERMS {
                return Err(LowerError::TooManyTerms { terms: total });
            }
            let (extent, total) = (extent as usize, total as usize);
            for (_, column) in &mut terms.columns {
                *column = column.iter().flat_map(|v| std::iter::repeat_n(*v, extent)).collect();
            }
            let outer = terms.count;
            let mut inner = extent;
            for (position, &(lo, hi)) in info.ranges.iter().enumerate() {
                let width = usize::try_from(hi - lo + 1).unwrap_or(0);
                inner = inner.checked_div(width).unwrap_or(0);
                let repeats = outer * extent.checked_div(width * inner).unwrap_or(0);
                let mut column = Vec::with_capacity(total);
                for _ in 0..repeats {
                    for value in lo..=hi {
                        column.extend(std::iter::repeat_n(value as f64, inner));
                    }
                }
                terms.columns.push(((domain, position as u32), column));
            }
            terms.count = total;
            if let Some(condition) = info.condition {
                let keep = self.evaluate_on(&terms, condition)?;
                for (_, column) in &mut terms.columns {
                    let mut at = 0;
                    column.retain(|_| {
                        at += 1;
                        keep[at - 1] != 0.0
                    });
                }
                terms.count = keep.iter().filter(|k| **k != 0.0).count();
            }
        }
        Ok(terms)
    }

    /// The values of an expression of indices alone, for every term of a space.
    pub fn values(&mut self, space: SpaceId, expr: ExprId) -> Result<Vec<f64>, LowerError> {
        self.terms(space)?;
        let terms = self.terms[space.0 as usize].as_ref().expect("invariant: just enumerated");
        self.evaluate_on(terms, expr)
    }

    /// The number of the term of `part` that each term of `whole` belongs to.
    pub fn projection(&mut self, whole: SpaceId, part: SpaceId) -> Result<Vec<u32>, LowerError> {
        let count = self.count(whole)?;
        self.count(part)?;
        if part == SpaceId::SCALAR {
            return Ok(vec![0; count]);
        }
        if part == whole {
            return Ok((0..count as u32).collect());
        }
        let inner = self.terms[part.0 as usize].as_ref().expect("invariant: enumerated");
        let outer = self.terms[whole.0 as usize].as_ref().expect("invariant: enumerated");
        let key = |columns: &[&Vec<f64>], term: usize| -> Vec<u64> {
            columns.iter().map(|column| column[term].to_bits()).collect()
        };
        let inner_columns: Vec<&Vec<f64>> = inner.columns.iter().map(|(_, column)| column).collect();
        let mut outer_columns = Vec::new();
        for (variable, _) in &inner.columns {
            let found = outer.columns.iter().find(|(v, _)| v == variable);
            outer_columns.push(&found.ok_or(LowerError::IndexNotConstant)?.1);
        }
        let numbers: FxHashMap<Vec<u64>, u32> =
            (0..inner.count).map(|term| (key(&inner_columns, term), term as u32)).collect();
        (0..count)
            .map(|term| numbers.get(&key(&outer_columns, term)).copied().ok_or(LowerError::IndexNotConstant))
            .collect()
    }

    /// Evaluates node by node, children first, all terms of a node at once.
    fn evaluate_on(&self, terms: &Terms, expr: ExprId) -> Result<Vec<f64>, LowerError> {
        let mut order = vec![expr];
        let mut seen = rustc_hash::FxHashSet::from_iter([expr]);
        let mut at = 0;
        while at < order.len() {
            self.graph.node(order[at]).for_each_child(|child| {
                if seen.insert(child) {
                    order.push(child);
                }
            });
            at += 1;
        }
        order.sort_unstable();
        let mut known: FxHashMap<ExprId, Vec<f64>> = FxHashMap::default();
        for id in order {
            let values = self.evaluate_node(terms, id, &known)?;
            known.insert(id, values);
        }
        Ok(known.remove(&expr).expect("invariant: the root is in its own order"))
    }

    fn evaluate_node(
        &self,
        terms: &Terms,
        id: ExprId,
        known: &FxHashMap<ExprId, Vec<f64>>,
    ) -> Result<Vec<f64>, LowerError> {
        use crate::real::select::truth;
        let n = terms.count;
        let fold = |list: &[ExprId], f: fn(f64, f64) -> f64| -> Vec<f64> {
            let mut values = known[&list[0]].clone();
            for other in &list[1..] {
                values.iter_mut().zip(&known[other]).for_each(|(v, o)| *v = f(*v, *o));
            }
            values
        };
        Ok(match self.graph.node(id) {
            Node::Number(value) => vec![value.to_f64(); n],
            Node::Bool(value) => vec![truth(*value); n],
            Node::Index { domain, position } => {
                // Conditions are written over the domain without condition.
                let same = |d: DomainId| d == *domain || self.graph.domain_info(d).base == Some(*domain);
                let found = terms.columns.iter().find(|((d, p), _)| same(*d) && p == position);
                found.ok_or(LowerError::IndexNotConstant)?.1.clone()
            }
            Node::Sum { constant, terms: list } => {
                let mut values = vec![constant.to_f64(); n];
                for (term, c) in list {
                    let c = c.to_f64();
                    values.iter_mut().zip(&known[term]).for_each(|(v, x)| *v += c * x);
                }
                values
            }
            Node::Product { coefficient, factors } => {
                let mut values = vec![coefficient.to_f64(); n];
                for (base, e) in factors {
                    let e = e.to_f64();
                    values.iter_mut().zip(&known[base]).for_each(|(v, x)| *v *= crate::real::pow(*x, e));
                }
                values
            }
            Node::Call { function, args } => match function {
                Function::Floor => known[&args[0]].iter().map(|x| x.floor()).collect(),
                Function::Abs => known[&args[0]].iter().map(|x| x.abs()).collect(),
                Function::Sign => known[&args[0]].iter().map(|x| crate::real::sign(*x)).collect(),
                Function::Min => fold(args, crate::real::min),
                Function::Max => fold(args, crate::real::max),
                Function::Modulo => fold(args, crate::real::modulo),
                _ => return Err(LowerError::IndexNotConstant),
            },
            Node::Compare { op, left, right } => {
                let holds = |(a, b): (&f64, &f64)| truth(op.holds(a, b));
                let _: &Comparison = op;
                known[left].iter().zip(&known[right]).map(holds).collect()
            }
            Node::And(list) => fold(list, |a, b| truth(a != 0.0 && b != 0.0)),
            Node::Or(list) => fold(list, |a, b| truth(a != 0.0 || b != 0.0)),
            Node::Not(child) => known[child].iter().map(|x| truth(*x == 0.0)).collect(),
            Node::Select { condition, then, otherwise } => {
                let branches = known[then].iter().zip(&known[otherwise]);
                known[condition].iter().zip(branches).map(|(c, (a, b))| if *c != 0.0 { *a } else { *b }).collect()
            }
            _ => return Err(LowerError::IndexNotConstant),
        })
    }
}

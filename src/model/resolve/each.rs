//! Comprehensions: `sum(e for i in 1..n if c)`, `[e for i in 1..n]`, and `… for i in 1..n` behind
//! equations and starts.
//!
//! Up to [`limits::UNROLL`] terms are written out; more stay one family: one body over an index
//! domain. A sum whose upper end is an outer index and whose body does not use that index is a
//! running sum.

use super::super::value::{Array, Dim, IndexSet, Scalar, Value};
use super::expr::{to_value, too_large};
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::symbolic::{DomainId, ExprId, Function, Node};
use crate::syntax::tree::*;

/// The range of one `for` variable.
#[derive(Clone, Debug)]
struct Loop {
    name: String,
    /// The set, or a range whose ends may depend on outer indices.
    set: LoopSet,
    span: Span,
}

#[derive(Clone, Debug)]
enum LoopSet {
    Fixed(IndexSet),
    /// Lower and upper end as expressions of outer indices.
    Running(ExprId, ExprId),
}

impl Resolver<'_> {
    fn loop_set(&mut self, e: &Expr, env: &Env) -> Option<LoopSet> {
        if let ExprKind::Range { from, to, by: None, count: None } = &*e.kind {
            let lo = self.scalar(from, env);
            let hi = self.scalar(to, env);
            let (lo, hi) = (lo?, hi?);
            self.pure(&lo, from.span, "an index")?;
            self.pure(&hi, to.span, "an index")?;
            let fixed = |g: &crate::symbolic::Graph, x: ExprId| g.as_integer(x);
            if let (Some(_), Some(_)) = (fixed(&self.graph, lo.expr), fixed(&self.graph, hi.expr)) {
                return self.index_set(e, env).map(LoopSet::Fixed);
            }
            if self.graph.domains_of(lo.expr).is_empty() && self.graph.domains_of(hi.expr).is_empty() {
                return self.index_set(e, env).map(LoopSet::Fixed);
            }
            return Some(LoopSet::Running(lo.expr, hi.expr));
        }
        self.index_set(e, env).map(LoopSet::Fixed)
    }

    fn loop_value(&mut self, set: &IndexSet, k: usize) -> Value {
        match set {
            IndexSet::Named { .. } => Value::Member { set: set.clone(), position: self.graph.integer(k as i64) },
            IndexSet::Range { lo, .. } => Value::Real(self.number(lo + k as i64)),
        }
    }

    /// The tuples of a clause, where they are few and fixed: each as an environment.
    pub fn written_out(&mut self, clause: &ForClause, env: &Env, limit: usize) -> Option<Option<Vec<Env>>> {
        let mut envs = vec![env.clone()];
        for (ident, range) in &clause.generators {
            let mut next = Vec::new();
            for inner in &envs {
                let LoopSet::Fixed(set) = self.loop_set(range, inner)? else { return Some(None) };
                if next.len() + set.len() > limit.saturating_mul(32).min(limits::TUPLES) {
                    return Some(None);
                }
                for k in 0..set.len() {
                    let value = self.loop_value(&set, k);
                    next.push(inner.with(&ident.name, value));
                }
            }
            envs = next;
        }
        if let Some(condition) = &clause.condition {
            let mut kept = Vec::new();
            for inner in envs {
                let c = self.truth(condition, &inner)?;
                match self.graph.node(c) {
                    Node::Bool(true) => kept.push(inner),
                    Node::Bool(false) => {}
                    _ => return self.fail(static_condition(condition.span)),
                }
            }
            envs = kept;
        }
        Some((envs.len() <= limit).then_some(envs))
    }

    /// The environment inside a family over the clause, with its domain.
    pub fn family(&mut self, clause: &ForClause, env: &Env) -> Option<(Env, DomainId)> {
        let mut loops: Vec<Loop> = Vec::new();
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        // Ends that depend on earlier variables become conditions; the box takes their extremes.
        let probe_level = env.level;
        let mut sets = Vec::new();
        let mut probe = env.clone();
        let mut running: Vec<(usize, ExprId, ExprId)> = Vec::new();
        for (ident, range) in &clause.generators {
            let set = self.loop_set(range, &probe)?;
            let (lo, hi) = match &set {
                LoopSet::Fixed(IndexSet::Range { lo, hi }) => (*lo, *hi),
                LoopSet::Fixed(named) => (0, named.len() as i64 - 1),
                LoopSet::Running(lo, hi) => {
                    running.push((ranges.len(), *lo, *hi));
                    let bounds = |r: &mut Self, e: ExprId| r.graph.index_bounds(e);
                    let (low, high) = (bounds(self, *lo), bounds(self, *hi));
                    match (low, high) {
                        (Some((l, _)), Some((_, h))) => (l, h),
                        _ => {
                            return self.fail(Diagnostic::error(
                                "E0235",
                                range.span,
                                "the ends of a range must be whole numbers built from outer indices",
                            ));
                        }
                    }
                }
            };
            ranges.push((lo, hi));
            // Index nodes of a box grow with it: probe with the box so far.
            let domain = self.graph.domain(probe_level, &ranges, None);
            let position = self.graph.index(domain, (ranges.len() - 1) as u32);
            let value = match &set {
                LoopSet::Fixed(named @ IndexSet::Named { .. }) => Value::Member { set: named.clone(), position },
                _ => Value::Real(Scalar { expr: position, dim: Dim::one() }),
            };
            probe = probe.with(&ident.name, value);
            sets.push(set.clone());
            loops.push(Loop { name: ident.name.clone(), set, span: range.span });
        }
        let total = ranges.iter().fold(1u64, |n, (lo, hi)| n.saturating_mul((hi - lo + 1).max(0) as u64));
        let all = total.saturating_mul(env.terms);
        self.family_terms = self.family_terms.saturating_add(all);
        if self.family_terms > limits::FAMILY_TERMS {
            if self.spent.contains(&"E0516") {
                return None;
            }
            self.spent.push("E0516");
            let message = format!("the sums of this system have more than {} terms", limits::FAMILY_TERMS);
            return self.fail(
                Diagnostic::error("E0516", clause.span, message)
                    .at(format!("{all} of them here"))
                    .help("sum over fewer members, or over neighbours only"),
            );
        }
        let boxed = self.graph.domain(probe_level, &ranges, None);
        let inside = self.bind_loops(&loops, boxed, env);
        let mut conditions = Vec::new();
        for (k, _, _) in &running {
            // Read the ends again with the indices of the whole box.
            let mut partial = env.clone();
            for (j, l) in loops.iter().enumerate().take(*k) {
                partial = self.bind_loop(l, boxed, j, &partial);
            }
            let LoopSet::Running(lo, hi) = self.loop_set(&clause.generators[*k].1, &partial)? else { continue };
            let i = self.graph.index(boxed, *k as u32);
            conditions.push(self.graph.compare(crate::symbolic::Comparison::LessEqual, lo, i));
            conditions.push(self.graph.compare(crate::symbolic::Comparison::LessEqual, i, hi));
        }
        if let Some(c) = &clause.condition {
            let truth = self.truth(c, &inside)?;
            if !self.graph.free_leaves(&[truth]).is_empty() {
                return self.fail(static_condition(c.span));
            }
            conditions.push(truth);
        }
        if conditions.is_empty() {
            return Some((inside, boxed));
        }
        let condition = self.graph.and(&conditions);
        let domain = match self.graph.node(condition) {
            Node::Bool(true) => boxed,
            Node::Bool(false) => self.graph.domain(probe_level, &[(1, 0)], None),
            _ => self.graph.domain(probe_level, &ranges, Some(condition)),
        };
        if matches!(self.graph.node(condition), Node::Bool(false)) {
            return Some((inside, domain));
        }
        Some((self.bind_loops(&loops, domain, env), domain))
    }

    fn bind_loops(&mut self, loops: &[Loop], domain: DomainId, env: &Env) -> Env {
        let mut inside = env.clone();
        for (k, l) in loops.iter().enumerate() {
            inside = self.bind_loop(l, domain, k, &inside);
        }
        inside.level = env.level + 1;
        inside.terms = env.terms.saturating_mul(self.graph.domain_info(domain).extent());
        inside
    }

    fn bind_loop(&mut self, l: &Loop, domain: DomainId, k: usize, env: &Env) -> Env {
        let position = self.graph.index(domain, k as u32);
        let value = match &l.set {
            LoopSet::Fixed(set @ IndexSet::Named { .. }) => Value::Member { set: set.clone(), position },
            _ => Value::Real(Scalar { expr: position, dim: Dim::one() }),
        };
        let _ = l.span;
        env.with(&l.name, value)
    }

    /// `sum(e for …)`
    pub fn sum_for(&mut self, body: &Expr, clause: &ForClause, span: Span, env: &Env) -> Option<Value> {
        self.pairs_counted_twice(body, clause, span, env);
        if let Some(value) = self.running_sum(body, clause, env) {
            return value;
        }
        if let Some(envs) = self.written_out(clause, env, self.unroll)? {
            let mut terms: Vec<Array> = Vec::new();
            for inner in &envs {
                terms.push(self.array(body, inner)?);
            }
            let Some(first) = terms.first().cloned() else {
                return Some(Value::Real(Scalar { expr: self.graph.integer(0), dim: Dim::Any }));
            };
            let mut items = Vec::with_capacity(first.items.len());
            for k in 0..first.items.len() {
                let mut dim = Dim::Any;
                for t in &terms {
                    dim = self.same(&dim, body.span, &t.items[k].dim, body.span)?;
                }
                let parts: Vec<ExprId> = terms.iter().map(|t| t.items[k].expr).collect();
                items.push(Scalar { expr: self.graph.sum(&parts), dim });
            }
            return Some(to_value(Array { shape: first.shape, items }));
        }
        let (inside, domain) = self.family(clause, env)?;
        let a = self.array(body, &inside)?;
        let items =
            a.items.into_iter().map(|s| Scalar { expr: self.graph.sum_over(domain, s.expr), dim: s.dim }).collect();
        let _ = span;
        Some(to_value(Array { shape: a.shape, items }))
    }

    /// A sum over `a != b` whose summand does not change when `a` and `b` are exchanged counts every
    /// pair twice, which is seldom meant where no factor 1/2 stands beside it. A warning, so the
    /// symmetry may be tried with numbers.
    fn pairs_counted_twice(&mut self, body: &Expr, clause: &ForClause, span: Span, env: &Env) {
        let ([(a, first), (b, second)], Some(condition)) = (clause.generators.as_slice(), &clause.condition) else {
            return;
        };
        let ExprKind::Compare { first: left, rest } = &*condition.kind else { return };
        let [(CompareOp::NotEqual, _, right)] = rest.as_slice() else { return };
        let (ExprKind::Name(l), ExprKind::Name(r)) = (&*left.kind, &*right.kind) else { return };
        let of_both = *l == a.name && *r == b.name || *l == b.name && *r == a.name;
        if !of_both || self.halved || halved(body) || env.in_check || self.text(first.span) != self.text(second.span) {
            return;
        }
        let before = self.diagnostics.clone();
        let symmetric = self.symmetric(body, (&a.name, &b.name), first, env);
        self.diagnostics = before;
        if symmetric != Some(true) {
            return;
        }
        let set = self.text(first.span);
        let (x, y) = (self.text(left.span), self.text(right.span));
        self.report(
            Diagnostic::warning(
                "W0233",
                span,
                format!("this sum over `{x} != {y}` counts each pair of `{set}` twice (its body is symmetric); did you mean `{x} < {y}`?"),
            )
            .label(condition.span, "both orders of a pair pass")
            .help(format!("write `if {x} < {y}`, or put `1/2*` before the sum")),
        );
    }

    fn symmetric(&mut self, body: &Expr, names: (&str, &str), range: &Expr, env: &Env) -> Option<bool> {
        let set = self.index_set(range, env)?;
        if set.len() < 2 {
            return None;
        }
        let (one, two) = (self.loop_value(&set, 0), self.loop_value(&set, 1));
        let straight = env.with(names.0, one.clone()).with(names.1, two.clone());
        let crossed = env.with(names.0, two).with(names.1, one);
        let (x, y) = (self.array(body, &straight)?, self.array(body, &crossed)?);
        if x.shape != y.shape {
            return None;
        }
        let exprs = |a: &Array| a.items.iter().map(|s| s.expr).collect::<Vec<_>>();
        let (x, y) = (exprs(&x), exprs(&y));
        if x == y {
            return Some(true);
        }
        let graph = &self.graph;
        let place = |symbol: crate::symbolic::SymbolId, k: usize| {
            let sum = graph
                .symbol_info(symbol)
                .name
                .bytes()
                .fold(7 * k as u64 + 1, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
            0.5 + (sum % 997) as f64 / 997.0
        };
        let bindings = crate::symbolic::evaluate::Bindings { scalar: &|s| place(s, 0), element: &place };
        let (u, v) = (
            crate::symbolic::evaluate::evaluate::<f64>(graph, &x, &bindings),
            crate::symbolic::evaluate::evaluate::<f64>(graph, &y, &bindings),
        );
        Some(u.iter().zip(&v).all(|(u, v)| (u - v).abs() <= 1e-9 * (u.abs() + v.abs()) && u.is_finite()))
    }

    /// `sum(e for j in lo..i)` with `i` an outer index that `e` does not use.
    fn running_sum(&mut self, body: &Expr, clause: &ForClause, env: &Env) -> Option<Option<Value>> {
        let [(ident, range)] = clause.generators.as_slice() else { return None };
        if clause.condition.is_some() {
            return None;
        }
        let ExprKind::Range { from, to, by: None, count: None } = &*range.kind else { return None };
        let lo = self.scalar(from, env)?;
        let hi = self.scalar(to, env)?;
        let lo = self.graph.as_integer(lo.expr)?;
        if self.graph.as_integer(hi.expr).is_some() {
            return None;
        }
        let (_, most) = self.graph.index_bounds(hi.expr)?;
        if most < lo {
            return None;
        }
        let domain = self.graph.domain(0, &[(lo, most)], None);
        let index = self.graph.index(domain, 0);
        let mut inside = env.with(&ident.name, Value::Real(Scalar { expr: index, dim: Dim::one() }));
        inside.level = env.level.max(1);
        inside.terms = env.terms.saturating_mul(self.graph.domain_info(domain).extent());
        let Some(a) = self.array(body, &inside) else { return Some(None) };
        // The body may use the running index only; else the sum is a family of its own.
        if a.items.iter().any(|s| self.graph.domains_of(s.expr).iter().any(|d| *d != domain)) {
            return None;
        }
        let items = a
            .items
            .into_iter()
            .map(|s| Scalar { expr: self.graph.running_sum(domain, s.expr, hi.expr), dim: s.dim })
            .collect();
        Some(Some(to_value(Array { shape: a.shape, items })))
    }

    /// `[e for i in …, j in …]`: one extent for each variable.
    pub fn list_for(
        &mut self,
        element: &Expr,
        clause: &ForClause,
        unit: Option<&UnitExpr>,
        span: Span,
        env: &Env,
    ) -> Option<Value> {
        if let Some(c) = &clause.condition {
            return self.fail(
                Diagnostic::error("E0429", c.span, "a list takes no `if`, its extents must be fixed")
                    .help("write `if … then … else 0` for the element"),
            );
        }
        let mut shape = Vec::new();
        let mut envs = vec![env.clone()];
        for (ident, range) in &clause.generators {
            let mut next = Vec::new();
            let mut extent = None;
            for inner in &envs {
                let set = self.index_set(range, inner)?;
                if *extent.get_or_insert(set.len()) != set.len() {
                    return self.fail(Diagnostic::error("E0220", range.span, "the rows of this list differ in length"));
                }
                if next.len() + set.len() > limits::EXPLICIT {
                    return self.fail(too_large(span, next.len() + set.len()));
                }
                for k in 0..set.len() {
                    let value = self.loop_value(&set, k);
                    next.push(inner.with(&ident.name, value));
                }
            }
            shape.push(extent.unwrap_or(0));
            envs = next;
        }
        let mut items = Vec::new();
        let mut inner_shape = Vec::new();
        for inner in &envs {
            let value = self.element(element, unit, inner)?;
            let a = self.to_array(value, element.span)?;
            inner_shape = a.shape;
            items.extend(a.items);
        }
        if items.len() > limits::EXPLICIT {
            return self.fail(too_large(span, items.len()));
        }
        shape.extend(inner_shape);
        Some(to_value(Array { shape, items }))
    }

    /// `min(e for …)`, `max(e for …)`
    pub fn extreme_for(&mut self, function: Function, body: &Expr, clause: &ForClause, env: &Env) -> Option<Value> {
        let Some(envs) = self.written_out(clause, env, limits::EXPLICIT)? else {
            return self.fail(too_large(clause.span, limits::EXPLICIT + 1));
        };
        let mut best: Option<Scalar> = None;
        for inner in &envs {
            let s = self.scalar(body, inner)?;
            best = Some(match best {
                None => s,
                Some(b) => {
                    let dim = self.same(&b.dim, body.span, &s.dim, body.span)?;
                    Scalar { expr: self.graph.call(function, &[b.expr, s.expr]), dim }
                }
            });
        }
        match best {
            Some(s) => Some(Value::Real(s)),
            None => self.fail(Diagnostic::error(
                "E0430",
                clause.span,
                "this runs over nothing, so it has no smallest or largest value",
            )),
        }
    }
}

fn static_condition(span: Span) -> Diagnostic {
    Diagnostic::error("E0431", span, "the `if` of a sum may ask about its indices only")
        .help("put a condition on other quantities into the summand: `if … then … else 0`")
}

/// Whether a summand has a factor 1/2 of its own.
fn halved(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => halved(inner),
        ExprKind::Product { first, rest } => super::arithmetic::has_half(first, rest) || halved(first),
        _ => false,
    }
}

//! Quantities of metrics, in the names of the system that made the data and in those of its columns.

use super::super::place::Shape;
use super::super::plan::Planner;
use crate::diagnostic::Diagnostic;
use crate::dimension::Dimension;
use crate::model;
use crate::model::experiment::{ExperimentValues, ResultKind, ResultScope};
use crate::run::prepare::Prepared;
use crate::run::record;
use crate::run::start;
use crate::symbolic::ExprId;
use crate::syntax::tree::*;
use rustc_hash::FxHashMap;

/// Quantities that a metric compares: their expressions over what is read of a run.
pub(super) struct Quantities {
    /// Expressions and what they read.
    pub values: ExperimentValues,
    /// By binding: where its numbers come from.
    pub reads: Vec<Read>,
    /// By component: the period of an angle that stands alone.
    pub periods: Vec<Option<f64>>,
    /// Whether it is all columns of the data, none of them named.
    pub whole: bool,
}

/// Where a leaf of a quantity gets its numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    /// A column of the data, or its rate: `q`, `q'`.
    Column(String),
    /// Quantity of the true system, by its place in the list.
    Truth(usize),
}

/// What the truth is asked for, each differentiated so often.
pub(super) type Items = Vec<(ExprId, u32)>;

/// Components of the state of a system: expressions and how often they are differentiated.
pub(super) fn state_items(prepared: &Prepared) -> Items {
    let mut out = Vec::new();
    for s in &prepared.equations.states {
        let Some(v) = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf) else { continue };
        let Some(value) = prepared.system.names.get(&v.name) else { continue };
        out.extend(value.items.iter().map(|e| (*e, u32::from(v.leaf != s.leaf))));
    }
    out
}

/// What shows a component of the true state: a column, or its rate, which is `scale` times it plus `offset`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    /// The column with its primes.
    pub name: String,
    /// Its factor.
    pub scale: f64,
    /// What is added.
    pub offset: f64,
}

impl Shown {
    /// The component behind a value of the column.
    pub fn back(&self, value: f64) -> f64 {
        if (self.scale, self.offset) == (1.0, 0.0) { value } else { (value - self.offset) / self.scale }
    }
}

/// Reads `observe` backwards: what shows each component of the true state, among the names that there are. A
/// column shows what it is, before one that is a multiple of it.
pub(super) fn shown(shape: &Shape, has: &dyn Fn(&str) -> bool) -> Vec<Option<Shown>> {
    let Some(truth) = shape.truth.as_ref() else { return Vec::new() };
    let mut graph = truth.equations.graph.clone();
    let mut there: Vec<(String, ExprId)> = Vec::new();
    let mut first: FxHashMap<ExprId, usize> = FxHashMap::default();
    for (c, (e, n)) in shape.columns.iter().zip(&shape.exprs) {
        for more in 0..=1 {
            let name = format!("{}{}", c.name, "'".repeat(more as usize));
            if has(&name) && record::beyond(truth, *e, n + more).is_none() {
                let e = record::differentiated(truth, &mut graph, *e, n + more);
                first.entry(e).or_insert(there.len());
                there.push((name, e));
            }
        }
    }
    let items = state_items(truth).into_iter().enumerate();
    let found = items.map(|(k, (item, primes))| {
        let wanted = record::differentiated(truth, &mut graph, item, primes);
        if let Some(at) = first.get(&wanted) {
            return Some(Shown { name: there[*at].0.clone(), scale: 1.0, offset: 0.0 });
        }
        let leaf = truth.equations.states.iter().find(|s| s.offset == k && s.length == 1)?.leaf;
        let multiple = |(name, e): &(String, ExprId)| {
            affine(truth, *e, leaf).map(|(scale, offset)| Shown { name: name.clone(), scale, offset })
        };
        there.iter().find_map(multiple)
    });
    found.collect()
}

/// `a` and `b` of an expression that is `a*x + b` in a variable, with the parameters of the file; the rest of
/// the state and the time must not stand in it.
fn affine(truth: &Prepared, e: ExprId, x: ExprId) -> Option<(f64, f64)> {
    let mut out = crate::diagnostic::Diagnostics::new();
    let (_, mut known) = start::parameters(truth, &mut out)?;
    let mut graph = truth.equations.graph.clone();
    let mut at = |v: f64| {
        known.set(x, vec![v]);
        known.covers(&graph, e).then(|| known.evaluate(&mut graph, &[e]).ok()).flatten().map(|v| v[0])
    };
    let offset = at(0.0)?;
    let scale = at(1.0)? - offset;
    for v in [-2.0, 0.37, 5.3] {
        let line = scale * v + offset;
        if !((at(v)? - line).abs() <= 1e-12 * (scale.abs() * 6.0 + offset.abs())) {
            return None;
        }
    }
    (scale != 0.0 && scale.is_finite()).then_some((scale, offset))
}

impl Planner {
    /// Resolves quantities of a metric; `items` collects what the truth is asked for.
    pub(super) fn quantities(
        &mut self,
        exprs: &[Expr],
        (data, shape): (usize, &Shape),
        items: &mut Items,
    ) -> Option<Quantities> {
        let columns = self.scopes[data].clone();
        let mut scopes = self.scopes.clone();
        let truth = shape.truth.as_ref().map(|t| ResultScope {
            name: t.system.name.clone(),
            names: t.system.names.clone(),
            functions: None,
            trajectories: None,
            kind: ResultKind::Run,
        });
        let place = scopes.len();
        let mut truth_name = String::new();
        if let Some(mut truth) = truth.clone() {
            while scopes.iter().any(|s| s.name == truth.name) {
                truth.name.push('\'');
            }
            truth_name.clone_from(&truth.name);
            scopes.push(truth);
        }
        // One name for all trajectories: rows of one run are read at a time.
        scopes[data].trajectories = None;
        let find = |name: &str, span| {
            let of = |owner: &str| {
                let mut base = Expr { span, kind: Box::new(ExprKind::Name(String::new())) };
                for (k, part) in owner.split('.').enumerate() {
                    base = match k {
                        0 => Expr { span, kind: Box::new(ExprKind::Name(part.to_owned())) },
                        _ => {
                            let name = Ident { name: part.to_owned(), span };
                            Expr { span, kind: Box::new(ExprKind::Field { base, name }) }
                        }
                    };
                }
                Some(Expr { span, kind: Box::new(ExprKind::Field { base, name: Ident { name: name.into(), span } }) })
            };
            if truth.as_ref().is_some_and(|t| t.names.contains_key(name)) {
                return of(&truth_name);
            }
            if columns.names.contains_key(name) { of(&columns.name) } else { None }
        };
        let list: Vec<Expr> = exprs.iter().map(|e| renamed(e, &find)).collect();
        let (values, problems) = model::resolve_values(&self.program, self.module, &list, &[], &scopes);
        let known = truth.iter().flat_map(|t| t.names.keys()).chain(columns.names.keys());
        let mut known: Vec<&str> = known.map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        for d in problems.sorted() {
            let unknown = d.code == "E0118";
            let written = self.program.files.text(d.span).to_owned();
            let near = model::suggest(&written, known.iter().copied()).map(str::to_owned);
            self.out.push(match near {
                Some(near) if unknown => d.help(format!("did you mean `{near}`?")),
                None if unknown => {
                    let list: Vec<String> = known.iter().map(|n| (*n).to_owned()).collect();
                    d.help(format!("the quantities of a metric are {}", model::list_names(&list)))
                }
                _ => d,
            });
        }
        let values = values?;
        let mut reads = Vec::new();
        for b in &values.bindings {
            if b.result == place {
                let of = shape.truth.as_ref()?;
                if let Some(name) = record::beyond(of, b.item, b.primes) {
                    let message = format!("this needs a higher derivative of `{name}` than its equation gives");
                    self.out.push(
                        Diagnostic::error("E0301", exprs[0].span, message)
                            .help("the equations give first and second derivatives, and no third"),
                    );
                    return None;
                }
                let item = (b.item, b.primes);
                let at = items.iter().position(|i| *i == item).unwrap_or_else(|| {
                    items.push(item);
                    items.len() - 1
                });
                reads.push(Read::Truth(at));
            } else if let (true, Some(c)) = (b.result == data, shape.columns.iter().find(|c| c.leaf == b.item)) {
                reads.push(Read::Column(format!("{}{}", c.name, "'".repeat(b.primes as usize))));
            } else {
                let name = self.scopes.get(b.result).map_or_else(String::new, |s| s.name.clone());
                self.out.push(
                    Diagnostic::error("E0551", exprs[0].span, format!("a metric cannot read `{name}`"))
                        .help("it is in the names of the system that made the data, and of their columns"),
                );
                return None;
            }
        }
        if !values.functionals.is_empty() {
            self.out.push(
                Diagnostic::error("E0551", exprs[0].span, "a metric is of quantities at each time")
                    .help("means and extremes over time are what the metric takes itself"),
            );
            return None;
        }
        let periods = values.items.iter().map(|(_, e, _)| {
            let at = values.bindings.iter().position(|b| b.leaf == *e)?;
            let item = match &reads[at] {
                Read::Truth(k) => items[*k],
                Read::Column(name) => {
                    let column = shape.columns.iter().position(|c| c.name == *name)?;
                    *shape.exprs.get(column)?
                }
            };
            periodic(shape, item).then_some(std::f64::consts::TAU)
        });
        let periods = periods.collect();
        Some(Quantities { values, reads, periods, whole: false })
    }

    /// All columns of the data as quantities.
    pub(super) fn all_columns(&mut self, data: (usize, &Shape), at: crate::diagnostic::Span) -> Option<Quantities> {
        let name = |c: &crate::data::Named| Expr { span: at, kind: Box::new(ExprKind::Name(c.name.clone())) };
        let exprs: Vec<Expr> = data.1.names.iter().map(name).collect();
        let mut shape = data.1.clone();
        // by columns alone: a column may be called like something of the truth
        shape.truth = None;
        let mut nothing = Vec::new();
        let mut made = self.quantities(&exprs, (data.0, &shape), &mut nothing)?;
        for (k, c) in data.1.columns.iter().enumerate() {
            let item = data.1.exprs.get(k);
            if item.is_some_and(|item| periodic(data.1, *item)) && k < made.periods.len() {
                made.periods[k] = Some(std::f64::consts::TAU);
            }
            if let Some(i) = made.values.items.get_mut(k) {
                i.0.clone_from(&c.name);
            }
        }
        made.whole = true;
        Some(made)
    }

    /// The common dimension of quantities, where they have one.
    pub(super) fn one_dimension(&mut self, of: &Quantities, at: crate::diagnostic::Span) -> Option<Dimension> {
        let first = of.values.items.first()?;
        if let Some(other) = of.values.items.iter().find(|i| i.2 != first.2) {
            let shown = |d: &Dimension| {
                if d.is_one() { "a pure number".to_owned() } else { format!("[{}]", crate::dimension::si_unit(d)) }
            };
            let message = format!(
                "`{}` is {} and `{}` {}: their errors cannot be added",
                first.0,
                shown(&first.2),
                other.0,
                shown(&other.2)
            );
            self.out.push(
                Diagnostic::error("E0551", at, message).help(format!("name what is compared: `rmse({})`", first.0)),
            );
            return None;
        }
        Some(first.2)
    }
}

/// Whether an item of the true system is an angle.
fn periodic(shape: &Shape, item: (ExprId, u32)) -> bool {
    let Some(truth) = &shape.truth else { return false };
    item.1 == 0
        && truth
            .system
            .variables
            .iter()
            .any(|v| v.periodic && truth.system.names.get(&v.name).is_some_and(|value| value.items.contains(&item.0)))
}

/// The expression with names replaced. Names that are called stay, and so do variables of `for` clauses.
fn renamed(e: &Expr, find: &dyn Fn(&str, crate::diagnostic::Span) -> Option<Expr>) -> Expr {
    let go = |e: &Expr| renamed(e, find);
    let list = |l: &[Expr]| l.iter().map(go).collect::<Vec<_>>();
    let kind = match &*e.kind {
        ExprKind::Name(name) => return find(name, e.span).unwrap_or_else(|| e.clone()),
        ExprKind::Paren(inner) => ExprKind::Paren(go(inner)),
        ExprKind::Tuple(l) => ExprKind::Tuple(list(l)),
        ExprKind::And(l) => ExprKind::And(list(l)),
        ExprKind::Or(l) => ExprKind::Or(list(l)),
        ExprKind::List { rows, unit } => {
            ExprKind::List { rows: rows.iter().map(|r| list(r)).collect(), unit: unit.clone() }
        }
        ExprKind::Call { callee, args } => ExprKind::Call {
            callee: callee.clone(),
            args: args.iter().map(|a| Arg { value: go(&a.value), ..a.clone() }).collect(),
        },
        ExprKind::Index { base, index } => ExprKind::Index { base: go(base), index: index.clone() },
        ExprKind::Field { base, name } => ExprKind::Field { base: go(base), name: name.clone() },
        ExprKind::Prime { base, order, span } => ExprKind::Prime { base: go(base), order: *order, span: *span },
        ExprKind::Power { base, exponent } => ExprKind::Power { base: go(base), exponent: go(exponent) },
        ExprKind::Unary { op, operand } => ExprKind::Unary { op: *op, operand: go(operand) },
        ExprKind::Sum { first, rest } => {
            ExprKind::Sum { first: go(first), rest: rest.iter().map(|(op, at, e)| (*op, *at, go(e))).collect() }
        }
        ExprKind::Product { first, rest } => {
            ExprKind::Product { first: go(first), rest: rest.iter().map(|(op, at, e)| (*op, *at, go(e))).collect() }
        }
        ExprKind::Compare { first, rest } => {
            ExprKind::Compare { first: go(first), rest: rest.iter().map(|(op, at, e)| (*op, *at, go(e))).collect() }
        }
        ExprKind::If { condition, then, otherwise } => {
            ExprKind::If { condition: go(condition), then: go(then), otherwise: go(otherwise) }
        }
        other => other.clone(),
    };
    Expr { span: e.span, kind: Box::new(kind) }
}

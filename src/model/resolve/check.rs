//! Checks: conditions over the samples of a run, and the functionals in them.

use super::super::system::{Check, Condition, Functional, FunctionalKind};
use super::super::value::{Array, Dim, Scalar, Value};
use super::builtin::Builtin;
use super::expr::to_value;
use super::field::OverPoints;
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Term;
use crate::symbolic::{Comparison, ExprId, Function};
use crate::syntax::tree;
use crate::syntax::tree::*;
use std::sync::Arc;

impl Resolver<'_> {
    pub fn check(&mut self, check: &tree::Check, env: &Env) -> Option<Check> {
        let mut env = env.clone();
        env.in_check = true;
        let outer = std::mem::take(&mut self.functionals);
        let before = std::mem::replace(&mut self.functionals_of_checks, true);
        let condition = self.condition(&check.condition, check.within.as_ref(), &env);
        let functionals = std::mem::replace(&mut self.functionals, outer);
        self.functionals_of_checks = before;
        Some(Check {
            span: check.span,
            text: self.check_text(check),
            because: check.because.clone(),
            functionals,
            condition: condition?,
        })
    }

    fn check_text(&self, check: &tree::Check) -> String {
        let squeeze = |span: Span| self.program.files.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
        let condition = squeeze(check.condition.span);
        match &check.within {
            Some(w) => format!("{condition} within {}", squeeze(w.span)),
            None => condition,
        }
    }

    fn condition(&mut self, e: &Expr, within: Option<&Expr>, env: &Env) -> Option<Condition> {
        match &*e.kind {
            ExprKind::Paren(inner) => self.condition(inner, within, env),
            ExprKind::And(list) if within.is_none() => {
                let parts: Vec<Option<Condition>> = list.iter().map(|p| self.condition(p, None, env)).collect();
                parts.into_iter().collect::<Option<Vec<_>>>().map(Condition::All)
            }
            ExprKind::Compare { first, rest } => {
                let mut parts = Vec::new();
                let mut left = first;
                for (op, op_span, right) in rest {
                    parts.push(self.compared(left, *op, *op_span, right, within, env)?);
                    left = right;
                }
                if within.is_some() && !rest.iter().any(|r| r.0 == CompareOp::Approx) {
                    return self.fail(
                        Diagnostic::error("E0425", within.map_or(e.span, |w| w.span), "`within` belongs to `≈`")
                            .help("write `check a ≈ b within w`"),
                    );
                }
                Some(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
            }
            _ => {
                if let Some(w) = within {
                    return self.fail(
                        Diagnostic::error("E0425", w.span, "`within` belongs to `≈`")
                            .help("write `check a ≈ b within w`"),
                    );
                }
                match self.eval(e, env)? {
                    Value::Bool(b) => Some(Condition::Truth(b)),
                    other => {
                        let what = other.describe();
                        self.fail(
                            Diagnostic::error("E0224", e.span, format!("a check is a condition, and this is {what}"))
                                .help("compare it with something: `check drift(E) < 1e-9`"),
                        )
                    }
                }
            }
        }
    }

    fn compared(
        &mut self,
        left: &Expr,
        op: CompareOp,
        op_span: Span,
        right: &Expr,
        within: Option<&Expr>,
        env: &Env,
    ) -> Option<Condition> {
        if let Some(condition) = self.outcome_condition(left, op, right, env) {
            return condition;
        }
        let a = self.array(left, env).and_then(|a| self.spread(a, left.span));
        let b = self.array(right, env).and_then(|b| self.spread(b, right.span));
        let (a, b) = (a?, b?);
        // A vector is compared with one number component by component.
        let (a, b) = match (a.shape.is_empty(), b.shape.is_empty()) {
            (false, true) if op != CompareOp::Approx => {
                let items = vec![b.items[0].clone(); a.items.len()];
                let shape = a.shape.clone();
                (a, Array { shape, items })
            }
            _ => self.broadcast(a, left.span, b, right.span, "the two sides of this comparison")?,
        };
        let mut dim = Dim::Any;
        for (x, y) in a.items.iter().zip(&b.items) {
            dim = self.same_for(&x.dim, left.span, &y.dim, right.span, "be compared with")?;
        }
        let exprs = |a: &Array| a.items.iter().map(|s| s.expr).collect::<Vec<_>>();
        if op != CompareOp::Approx {
            return Some(Condition::Compare { left: exprs(&a), op, right: exprs(&b) });
        }
        let Some(within) = within else {
            return self.fail(
                Diagnostic::error("E0425", op_span, "`≈` needs a tolerance").help("write `check a ≈ b within 1e-6`"),
            );
        };
        let w = self.scalar(within, env)?;
        // A pure number beside sides with a dimension is relative to the right side.
        let known = |r: &Self, d: &Dim| match d {
            Dim::Term(t) => r.dims.resolve(t).ok().and_then(|t| t.as_known()),
            Dim::Any => None,
        };
        let sides = known(self, &dim);
        let relative = self.program.has_units
            && sides.is_some_and(|d| !d.is_one())
            && known(self, &w.dim).is_some_and(|d| d.is_one());
        if !relative {
            self.same_for(&w.dim, within.span, &dim, left.span, "be the tolerance of")?;
        }
        Some(Condition::Approx { left: exprs(&a), right: exprs(&b), within: w.expr, relative })
    }

    fn new_functional(&mut self, kind: FunctionalKind, argument: Vec<ExprId>, dim: Dim) -> Scalar {
        let group = self.functionals.len();
        let leaf = self.leaf(&format!("functional {}", group + 1), &Arc::default(), true);
        self.functionals.push(Functional { leaf, kind, argument, group });
        Scalar { expr: leaf, dim }
    }

    /// A functional over the run; `None` where the call is an ordinary function.
    pub fn functional(&mut self, given: Builtin, args: &[Arg], span: Span, env: &Env) -> Option<Option<Value>> {
        if let (true, [only]) = (self.is_call(env.module), args) {
            // In a call these are ordinary functions of whatever is no earlier result.
            let Some(a) = self.array(&only.value, env) else { return Some(None) };
            if !self.reads_results(&a) {
                return None;
            }
        }
        let kind = match (given, args.len()) {
            (Builtin::Extreme(Function::Max), 1) => FunctionalKind::Max,
            (Builtin::Extreme(_), 1) => FunctionalKind::Min,
            (Builtin::Mean, 1) => FunctionalKind::Mean,
            (Builtin::Rms, 1) => FunctionalKind::Rms,
            (Builtin::Drift, 1 | 2) => return Some(self.drift(args, env)),
            (Builtin::Decreasing, 1) => FunctionalKind::Decreasing,
            (Builtin::Increasing, 1) => FunctionalKind::Increasing,
            (Builtin::At, 2) => {
                let subject = self.array(&args[0].value, env);
                return Some(subject.and_then(|a| self.functional_at(a, args[0].span, &args[1].value, env)));
            }
            (Builtin::Count, _) => return Some(self.later(super::declare::not_built(span, "events"))),
            (Builtin::Keep(f), 1) => {
                // In a check a vector goes through component by component.
                let a = match self.array(&args[0].value, env) {
                    Some(a) => a,
                    None => return Some(None),
                };
                let items =
                    a.items.into_iter().map(|s| Scalar { expr: self.graph.call(f, &[s.expr]), dim: s.dim }).collect();
                return Some(Some(to_value(Array { shape: a.shape, items })));
            }
            _ => return None,
        };
        let Some(mut a) = self.array(&args[0].value, env) else { return Some(None) };
        let over = match kind {
            FunctionalKind::Max => Some(OverPoints::Max),
            FunctionalKind::Min => Some(OverPoints::Min),
            FunctionalKind::Mean | FunctionalKind::Rms => Some(OverPoints::Mean),
            _ => None,
        };
        // Of a field: one number for all its points, so that a grid of any size is one formula.
        match over {
            Some(over) => {
                for s in &mut a.items {
                    if !self.is_local(s.expr) {
                        continue;
                    }
                    let square = matches!(kind, FunctionalKind::Rms);
                    let e = if square { self.graph.powi(s.expr, 2) } else { s.expr };
                    let Some(e) = self.over_points(e, over, args[0].span) else { return Some(None) };
                    s.expr = if square { self.graph.sqrt(e) } else { e };
                }
            }
            None => match self.spread(a, args[0].span) {
                Some(spread) => a = spread,
                None => return Some(None),
            },
        }
        let mut dim = Dim::Any;
        for s in &a.items {
            dim = match self.same_for(&dim, span, &s.dim, args[0].span, "be compared with") {
                Some(d) => d,
                None => return Some(None),
            };
        }
        let argument = a.items.iter().map(|s| s.expr).collect();
        let truth = matches!(kind, FunctionalKind::Decreasing | FunctionalKind::Increasing);
        let s = self.new_functional(kind, argument, if truth { Dim::one() } else { dim });
        if truth {
            let one = self.graph.integer(1);
            return Some(Some(Value::Bool(self.graph.compare(Comparison::Equal, s.expr, one))));
        }
        Some(Some(Value::Real(s)))
    }

    fn drift(&mut self, args: &[Arg], env: &Env) -> Option<Value> {
        let subject = args.iter().find(|a| a.name.is_none());
        let scale = args.iter().find(|a| a.name.as_ref().is_some_and(|n| n.name == "scale"));
        let (Some(subject), true) = (subject, args.len() == 1 || scale.is_some()) else {
            return self.fail(
                Diagnostic::error("E0435", args[0].span, "`drift` takes a quantity and, if wanted, a scale")
                    .help("write `drift(E)` or `drift(E, scale = 1 [J])`"),
            );
        };
        let a = self.array(&subject.value, env)?;
        let a = self.spread(a, subject.span)?;
        let scale = match scale {
            Some(s) => {
                let value = self.scalar(&s.value, env)?;
                let dim = a.items.first().map_or(Dim::Any, |i| i.dim.clone());
                self.same_for(&value.dim, s.span, &dim, subject.span, "be the scale of")?;
                Some(value.expr)
            }
            None => None,
        };
        let terms = a.items.iter().map(|s| self.graph.absolute_terms(s.expr)).collect();
        let argument = a.items.iter().map(|s| s.expr).collect();
        Some(Value::Real(self.new_functional(FunctionalKind::Drift { scale, terms }, argument, Dim::one())))
    }

    /// `at(x, τ)`, `a.x(τ)`: one functional for each component.
    pub fn functional_at(&mut self, a: Array, span: Span, at: &Expr, env: &Env) -> Option<Value> {
        let time = self.scalar(at, env)?;
        let a = self.spread(a, span)?;
        if self.program.has_units {
            let t = Dim::Term(Term::from(crate::dimension::Dimension::time()));
            self.same_for(&time.dim, at.span, &t, span, "be the time of")?;
        }
        if self.call_module != 0 && !self.functionals_of_checks && !self.reads_results(&a) {
            return self.fail(
                Diagnostic::error("E0476", span, "only a result of an earlier line has a value at a time here")
                    .help("write `a.x(3)`, with `a` a run above this line"),
            );
        }
        let group = self.functionals.len();
        let mut items = Vec::with_capacity(a.items.len());
        for s in a.items {
            items.push(self.new_functional(FunctionalKind::At(time.expr), vec![s.expr], s.dim));
            if let Some(made) = self.functionals.last_mut() {
                made.group = group;
            }
        }
        Some(to_value(Array { shape: a.shape, items }))
    }
}

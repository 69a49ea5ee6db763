//! Results of an experiment's earlier lines: `a.x`, `a[k].x`, `a.outcome`, and variables of plots.

use super::super::experiment::{Binding, Ranged, ResultKind};
use super::super::system::Condition;
use super::super::value::{Array, Dim, Scalar, Value};
use super::expr::to_value;
use super::variable::trailing_unit;
use super::{Env, Resolver};
use crate::diagnostic::Diagnostic;
use crate::dimension::Term;
use crate::symbolic::ExprId;
use crate::syntax::tree::*;
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// How a run can end, as `a.outcome` is compared with it (`language.md` 12.8).
pub const OUTCOMES: &[&str] = &[
    "Finished",
    "EventReached",
    "MaxStepsReached",
    "StepSizeUnderflow",
    "NonFiniteState",
    "SingularMassMatrix",
    "NewtonDiverged",
    "AssumptionBroken",
    "ReversalLost",
    "BudgetSpent",
    "Interrupted",
];

/// A quantity of a result.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub result: usize,
    pub trajectory: Option<usize>,
    pub item: ExprId,
    pub primes: u32,
    /// Whether a function of the result reads it, and not the line itself.
    pub inside: bool,
}

/// The root of `m.f(…)` or `m.f(…).sd`.
fn score_of(e: &Expr) -> Option<&str> {
    match &*e.kind {
        ExprKind::Field { base, .. } if matches!(&*base.kind, ExprKind::Call { .. }) => score_of(base),
        ExprKind::Call { callee, .. } => match &*callee.kind {
            ExprKind::Field { base, .. } => match &*base.kind {
                ExprKind::Name(root) => Some(root),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

impl Resolver<'_> {
    /// Whether text of this module is that of a call on top of the system being resolved.
    pub fn is_call(&self, module: usize) -> bool {
        self.call_module != 0 && module == self.call_module && !self.results.is_empty()
    }

    /// The earlier result that a name stands for: everywhere in a line of its own, in a call only where the
    /// system has no such name, and never in the system's own text.
    pub fn result_named(&self, name: &str, env: &Env) -> Option<usize> {
        let in_system = self.call_module != 0;
        if in_system && (!self.is_call(env.module) || self.instances[env.instance].names.contains_key(name)) {
            return None;
        }
        self.results.iter().position(|r| r.name == name)
    }

    /// Whether numbers are those of earlier results and of nothing that the system itself has.
    pub fn reads_results(&self, a: &Array) -> bool {
        let exprs: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
        let leaves = self.graph.free_leaves(&exprs);
        let bound = self.bindings.iter().map(|b| b.leaf).chain(self.functionals.iter().map(|f| f.leaf));
        let known: FxHashSet<ExprId> = bound.collect();
        !leaves.is_empty() && leaves.iter().all(|l| known.contains(l))
    }

    /// `k` of `a[k]`, from 0.
    pub fn trajectory(&mut self, result: usize, index: &Index, env: &Env) -> Option<usize> {
        let (name, count) = (self.results[result].name.clone(), self.results[result].trajectories);
        let Some(count) = count else {
            return self.fail(
                Diagnostic::error("E0472", index.span, format!("`{name}` is one trajectory and has no others"))
                    .help(format!("write `{name}.x`; a run from several starts has `{name}[1]`, `{name}[2]`, …")),
            );
        };
        let [IndexSlot { variable: None, value }] = index.slots.as_slice() else {
            return self.fail(
                Diagnostic::error("E0472", index.span, "a trajectory is chosen by one number")
                    .help(format!("write `{name}[1].x`")),
            );
        };
        let k = self.whole(value, env)?;
        if k < 1 || k as u64 > count as u64 {
            return self.fail(Diagnostic::error(
                "E0472",
                value.span,
                format!("`{name}` has the trajectories 1..{count}, and this is {k}"),
            ));
        }
        Some(k as usize - 1)
    }

    /// `a.x` of a result of an experiment.
    pub fn result_field(&mut self, result: usize, trajectory: Option<usize>, name: &Ident) -> Option<Value> {
        // A part of data is a result of its own: `d.train`, `d.train.q`.
        if let Some((part, rest)) = self.part(result, &name.name) {
            if let Some(k) = trajectory {
                let (whole, part) = (self.results[result].name.clone(), name.name.clone());
                return self.fail(
                    Diagnostic::error("E0472", name.span, format!("`{part}` is a part of all of `{whole}`"))
                        .help(format!("of the part write `{whole}.{part}[{}]`", k + 1)),
                );
            }
            return match rest {
                None => Some(Value::Outcome(part, None)),
                Some(rest) => self.result_field(part, None, &Ident { name: rest, span: name.span }),
            };
        }
        let scope = &self.results[result];
        let Some(named) = scope.names.get(&name.name).cloned() else {
            let run = scope.name.clone();
            if Self::is_function_of(scope, &name.name) {
                let (run, name) = (run, name.clone());
                return self.fail(
                    Diagnostic::error(
                        "E0223",
                        name.span,
                        format!("`{}` is a function; give it its arguments", name.name),
                    )
                    .help(format!("write `{run}.{}(…)`", name.name)),
                );
            }
            let d = Diagnostic::error("E0118", name.span, format!("`{run}` has no `{}`", name.name));
            if scope.kind == ResultKind::Data && name.name == "init" {
                return self.fail(d.help(format!("the starts of data are for `simulate(A, init = {run}.init)`")));
            }
            if matches!(name.name.as_str(), "start" | "end") {
                return self.fail(d.help(format!(
                    "a whole state is for `from = {run}.{}`; of one quantity write `{run}.x(τ)`",
                    name.name
                )));
            }
            let scores =
                ["rmse", "mse", "max_error", "derivative_mse", "energy_mse", "valid_time", "floor", "train_time"];
            let scored = scores.iter().any(|s| scope.names.contains_key(*s));
            if scope.kind == ResultKind::Fit && !scored && scores.contains(&name.name.as_str()) {
                return self.fail(d.help(format!(
                    "scores come from a `compare` line above this one: `compare [{run}] on d {{ metrics = [{}] }}`",
                    name.name
                )));
            }
            if scope.kind == ResultKind::Formula && name.name == "equations" {
                return self.fail(d.help(format!("all formulas are in its file: `export {run} to \"{run}.json\"`")));
            }
            if name.name == "outcome" {
                return self.fail(d.help(format!("write `check {run}.outcome == Finished`")));
            }
            let names: Vec<String> = scope.names.keys().cloned().collect();
            let near = super::super::suggest(&name.name, names.iter().map(String::as_str)).map(str::to_owned);
            return self.fail(match near {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("it has {}", super::super::list_names(&names))),
            });
        };
        let mut items = Vec::with_capacity(named.items.len());
        for (k, item) in named.items.iter().enumerate() {
            let which = trajectory.map_or_else(String::new, |k| format!("[{}]", k + 1));
            let text = format!("{}{which}.{}", self.results[result].name, named.elements[k]);
            let leaf = self.bound(&text, Bound { result, trajectory, item: *item, primes: 0, inside: false });
            let dim = if self.program.has_units { Dim::Term(Term::from(named.dimensions[k])) } else { Dim::one() };
            items.push(Scalar { expr: leaf, dim });
        }
        Some(to_value(Array { shape: named.shape, items }))
    }

    /// `a.q[hip]`, `a[2].r[sun]`: a member by its name, which only the system behind the result knows. `None` where
    /// this is something else.
    pub fn member_of_result(&mut self, base: &Expr, index: &Index, env: &Env) -> Option<Option<Value>> {
        let ExprKind::Field { base: owner, name } = &*base.kind else { return None };
        let (owner, which) = match &*owner.kind {
            ExprKind::Index { base, index } => (base, Some(index)),
            _ => (owner, None),
        };
        let text = super::super::text_of(owner);
        let root = text.split('.').next()?;
        if env.local(root).is_some() {
            return None;
        }
        let result = match text.split_once('.') {
            None => self.result_named(&text, env)?,
            Some(_) => self.results.iter().position(|r| r.name == text)?,
        };
        let mut wanted = name.name.clone();
        let mut named = false;
        for slot in &index.slots {
            let member = match &*slot.value.kind {
                ExprKind::Name(n) if env.local(n).is_none() => {
                    named = true;
                    n.as_str()
                }
                ExprKind::Number { text, unit: None } => text.as_str(),
                _ => return None,
            };
            wanted.push_str(&format!("[{member}]"));
        }
        let known = self.results[result].names.get(&name.name)?;
        let own = |e: &String| e.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('['));
        let places: Vec<usize> = (0..known.elements.len()).filter(|k| own(&known.elements[*k])).collect();
        let shape = known.shape.get(index.slots.len()..)?.to_vec();
        if !named || places.len() != shape.iter().product::<usize>() {
            return None;
        }
        let trajectory = match which {
            Some(which) => match self.trajectory(result, which, env) {
                Some(k) => Some(k),
                None => return Some(None),
            },
            None => None,
        };
        let whole = self.result_field(result, trajectory, name)?;
        let whole = self.to_array(whole, base.span)?;
        let items = places.iter().map(|k| whole.items[*k].clone()).collect();
        Some(Some(to_value(Array { shape, items })))
    }

    /// `m.rmse(q)`, `m.rmse(q).sd`: a score of a fit, which is called as its metric is written.
    pub fn score(&mut self, e: &Expr, env: &Env) -> Option<Option<Value>> {
        let root = score_of(e)?;
        if env.local(root).is_some() {
            return None;
        }
        let result = self.result_named(root, env)?;
        let text: String = self.text(e.span).chars().filter(|c| !c.is_whitespace()).collect();
        let name = text.strip_prefix(root)?.strip_prefix('.')?.to_owned();
        let scope = &self.results[result];
        let fit = scope.kind == ResultKind::Fit;
        // What is no name of the system either is said to be no score.
        let called = name.split('(').next().unwrap_or_default();
        let score = scope.names.keys().any(|n| n.split_once('(').is_some_and(|n| n.0 == called));
        (fit && score).then(|| self.result_field(result, None, &Ident { name, span: e.span }))
    }

    /// The part of a result that a name behind its dot begins with, and what stands behind that.
    fn part(&self, result: usize, name: &str) -> Option<(usize, Option<String>)> {
        let scope = &self.results[result];
        // Rollouts of a fit are data as well: `m.rollout[1].q`.
        if scope.kind == ResultKind::Run || scope.names.contains_key(name) {
            return None;
        }
        let (first, rest) = match name.split_once('.') {
            Some((first, rest)) => (first, Some(rest.to_owned())),
            None => (name, None),
        };
        let full = format!("{}.{first}", scope.name);
        Some((self.results.iter().position(|r| r.name == full)?, rest))
    }

    /// The leaf that stands for a quantity of a result, or for its derivative along the motion.
    pub fn bound(&mut self, text: &str, of: Bound) -> ExprId {
        let Bound { result, trajectory, item, primes, inside } = of;
        let key = (result, trajectory, item, primes);
        let same = |b: &&mut Binding| (b.result, b.trajectory, b.item, b.primes) == key;
        let place = self.bound_at.get(&key).copied();
        // What was handed over to another line is bound anew.
        if let Some(known) = place.and_then(|k| self.bindings.get_mut(k)).filter(same) {
            known.inside &= inside;
            return known.leaf;
        }
        self.bound_at.insert(key, self.bindings.len());
        let leaf = self.leaf(text, &Arc::default(), true);
        self.bindings.push(Binding { leaf, result, item, trajectory, primes, inside });
        leaf
    }

    /// `a.outcome == Finished`; `None` where the comparison is of another kind.
    pub fn outcome_condition(
        &mut self,
        left: &Expr,
        op: CompareOp,
        right: &Expr,
        env: &Env,
    ) -> Option<Option<Condition>> {
        let ExprKind::Field { base, name } = &*left.kind else { return None };
        if name.name != "outcome" {
            return None;
        }
        let (root, index) = match &*base.kind {
            ExprKind::Name(root) => (root, None),
            ExprKind::Index { base, index } => match &*base.kind {
                ExprKind::Name(root) => (root, Some(index)),
                _ => return None,
            },
            _ => return None,
        };
        let result = self.results.iter().position(|r| r.name == *root)?;
        if self.results[result].kind == ResultKind::Data {
            return Some(
                self.fail(
                    Diagnostic::error("E0473", base.span, format!("`{root}` is data, and only a run has an outcome"))
                        .help("data whose trajectories end badly are refused where they are sampled"),
                ),
            );
        }
        if self.results[result].names.contains_key("outcome") {
            return None;
        }
        let trajectory = match index {
            Some(index) => match self.trajectory(result, index, env) {
                Some(k) => Some(k),
                None => return Some(None),
            },
            None => None,
        };
        let word = match &*right.kind {
            ExprKind::Name(word) if OUTCOMES.contains(&word.as_str()) => word.clone(),
            _ => {
                let text = self.text(right.span);
                let d = Diagnostic::error("E0473", right.span, format!("`{text}` is not how a run can end"));
                let d = match super::super::suggest(&text, OUTCOMES.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("the outcomes are {}", OUTCOMES.join(", "))),
                };
                return Some(self.fail(d));
            }
        };
        if !matches!(op, CompareOp::Equal | CompareOp::NotEqual) {
            let d = Diagnostic::error("E0473", left.span.to(right.span), "outcomes have no order")
                .help("compare them with `==` or `!=`");
            return Some(self.fail(d));
        }
        Some(Some(Condition::Outcome { result, trajectory, name: word, equal: op == CompareOp::Equal }))
    }

    /// `v in lo..hi count n`: a variable of a plot, which its expressions see from here on.
    pub fn ranged(&mut self, arg: &Arg, env: &mut Env) -> Option<Ranged> {
        let name = arg.name.as_ref()?;
        let ExprKind::Range { from, to, by: None, count } = &*arg.value.kind else {
            return self.fail(
                Diagnostic::error("E0470", arg.value.span, "a variable of a plot runs over a range")
                    .help(format!("write `{} in 0..1 count 200`", name.name)),
            );
        };
        let lo = match trailing_unit(from).is_none() {
            true => self.lower_end(from, to, env),
            false => self.scalar(from, env),
        };
        let hi = self.scalar(to, env);
        let (lo, hi) = (lo?, hi?);
        let dim = self.same_for(&lo.dim, from.span, &hi.dim, to.span, "be the other end of a range from")?;
        let count = match count {
            Some(count) => {
                let n = self.whole(count, env)?;
                if !(2..=2000).contains(&n) {
                    return self.fail(Diagnostic::error(
                        "E0470",
                        count.span,
                        "a range of a plot has from 2 to 2000 points",
                    ));
                }
                Some(n as usize)
            }
            None => None,
        };
        let leaf = self.leaf(&name.name, &Arc::default(), true);
        let dimension = self.final_dimension(&dim);
        *env = env.with(&name.name, Value::Real(Scalar { expr: leaf, dim }));
        Some(Ranged { name: name.name.clone(), span: arg.span, leaf, dimension, from: lo.expr, to: hi.expr, count })
    }
}

//! Whole states of earlier runs: `from = a.end`, `init = 0.5*a.start`, `from = a[2].end`.

use super::place::Source;
use super::plan::Planner;
use super::{ExperimentOutput, Made};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::model::system::Role;
use crate::run::numbers::Known;
use crate::run::prepare::Prepared;
use crate::run::start::{self, state_names};
use crate::syntax::tree::*;

/// A state, or a combination of states.
#[derive(Clone, Debug)]
pub enum State {
    /// `a.end`, `a[k].start`
    Whole {
        /// Which result.
        result: usize,
        /// Which trajectory; of a run with several, `None` is one each.
        trajectory: Option<usize>,
        /// The end, else the start.
        end: bool,
        /// Where it is written.
        span: Span,
    },
    /// `d.init`, `d.train[k].init`
    Init {
        /// Which result.
        result: usize,
        /// Which trajectory; `None` is one each.
        trajectory: Option<usize>,
        /// Where it is written.
        span: Span,
    },
    /// `0.5*s`
    Times(f64, Box<State>),
    /// `s + r`
    Plus(Box<State>, Box<State>),
}

impl Planner {
    /// A state for a run of `prepared`, and how many trajectories it makes (`None`: one).
    pub(super) fn state(&mut self, e: &Expr, prepared: &Prepared) -> Option<(State, Option<usize>)> {
        match &*e.kind {
            ExprKind::Paren(inner) => self.state(inner, prepared),
            ExprKind::Unary { op: UnaryOp::Minus, operand } => {
                let (s, n) = self.state(operand, prepared)?;
                Some((State::Times(-1.0, Box::new(s)), n))
            }
            ExprKind::Field { base, name } if name.name == "init" => self.starts_of_data(e, base, prepared),
            ExprKind::Field { base, name } if matches!(name.name.as_str(), "start" | "end") => {
                self.whole(e, base, name.name == "end", prepared)
            }
            ExprKind::Product { first, rest } => {
                let factors: Vec<(bool, &Expr)> = std::iter::once((false, first))
                    .chain(rest.iter().map(|(op, _, f)| (*op == ProductOp::Divide, f)))
                    .collect();
                let is_state: Vec<usize> = (0..factors.len()).filter(|k| self.reads_result(factors[*k].1)).collect();
                let [at] = is_state[..] else { return self.no_state(e) };
                if factors[at].0 || rest.iter().any(|(op, ..)| *op == ProductOp::Cross) {
                    return self.no_state(e);
                }
                let mut factor = 1.0;
                for (k, (divides, f)) in factors.iter().enumerate().filter(|(k, _)| *k != at) {
                    let _ = k;
                    let value = self.pure_number(f)?;
                    factor = if *divides { factor / value } else { factor * value };
                }
                let (s, n) = self.state(factors[at].1, prepared)?;
                Some((State::Times(factor, Box::new(s)), n))
            }
            ExprKind::Sum { first, rest } => {
                let (mut sum, mut count) = self.state(first, prepared)?;
                for (op, _, term) in rest {
                    let (s, n) = self.state(term, prepared)?;
                    if let (Some(a), Some(b)) = (count, n) {
                        if a != b {
                            self.out.push(Diagnostic::error(
                                "E0472",
                                e.span,
                                format!("states of {a} trajectories and of {b} cannot be added"),
                            ));
                            return None;
                        }
                    }
                    count = count.or(n);
                    let s = match op {
                        SumOp::Plus => s,
                        SumOp::Minus => State::Times(-1.0, Box::new(s)),
                        SumOp::PlusMinus => return self.no_state(e),
                    };
                    sum = State::Plus(Box::new(sum), Box::new(s));
                }
                Some((sum, count))
            }
            _ => self.no_state(e),
        }
    }

    fn no_state<T>(&mut self, e: &Expr) -> Option<T> {
        self.out.push(
            Diagnostic::error("E0469", e.span, "this is not the state of an earlier run")
                .help("write `from = a.end`, `init = 0.5*a.start`, or `from = a[2].end` of a run from several starts; `init = d.init` of data"),
        );
        None
    }

    fn reads_result(&self, e: &Expr) -> bool {
        self.scopes.iter().any(|s| e.mentions(&s.name))
    }

    fn pure_number(&mut self, e: &Expr) -> Option<f64> {
        let (made, problems) = model::resolve_values(&self.program, self.module, std::slice::from_ref(e), &[], &[]);
        self.out.extend(problems.sorted());
        let mut made = made?;
        let value = match made.items.as_slice() {
            [(_, expr, d)] if d.is_one() => Known::default().evaluate(&mut made.graph, &[*expr]).ok().map(|v| v[0]),
            _ => None,
        };
        match value.filter(|v| v.is_finite()) {
            Some(value) => Some(value),
            None => {
                self.out.push(
                    Diagnostic::error(
                        "E0469",
                        e.span,
                        "a state is multiplied by a pure number that is known before the run",
                    )
                    .help("write `init = 0.5*a.start`; each quantity keeps its own unit"),
                );
                None
            }
        }
    }

    /// `d.init`, `d[k].init`, `d.train.init`: one start for each trajectory, or one.
    fn starts_of_data(&mut self, e: &Expr, base: &Expr, prepared: &Prepared) -> Option<(State, Option<usize>)> {
        let (of, index) = match &*base.kind {
            ExprKind::Index { base, index } => (base, Some(index)),
            _ => (base, None),
        };
        let result = self.data_named(of)?;
        let Source::Data(shape) = &self.sources[result] else { return None };
        let (name, shape) = (self.scopes[result].name.clone(), shape.clone());
        let Some((names, count)) = shape.starts else {
            let message = format!("the rows of `{name}` are no trajectories, and have no starts");
            self.out.push(
                Diagnostic::error("E0469", e.span, message)
                    .help("split by trajectories, or start from a whole data set"),
            );
            return None;
        };
        let drawn = shape.truth.iter().flat_map(|t| {
            let parameter = |d: &crate::model::system::Draw| t.system.parameters[d.parameter].name.clone();
            t.system.draws.iter().filter(|d| d.own).map(parameter).collect::<Vec<_>>()
        });
        let parameters = &prepared.system.parameters;
        if let Some(p) = drawn.into_iter().find(|n| parameters.iter().any(|p| p.name == *n)) {
            let message = format!("each trajectory of `{name}` has its own `{p}`, and this run would have one for all");
            self.out.push(
                Diagnostic::error("E0469", e.span, message)
                    .help(format!("sample without `param {p} ~ …` where the starts are to be run again")),
            );
            return None;
        }
        for (wanted, dimension) in components(prepared) {
            match names.iter().find(|n| n.0 == wanted) {
                Some(found) if found.1 == dimension => {}
                Some(found) => {
                    let message = format!("`{wanted}` is [{}] in `{name}` and [{dimension}] here", found.1);
                    self.out.push(Diagnostic::error("E0469", e.span, message));
                    return None;
                }
                None => {
                    let have: Vec<String> = names.iter().map(|n| n.0.clone()).collect();
                    let message =
                        format!("`{name}` has no start of `{wanted}`, which `{}` starts with", prepared.system.name);
                    self.out.push(
                        Diagnostic::error("E0469", e.span, message)
                            .help(format!("it has those of {}", model::list_names(&have))),
                    );
                    return None;
                }
            }
        }
        let trajectory = match index {
            None => None,
            Some(index) => {
                let k = match index.slots.as_slice() {
                    [IndexSlot { variable: None, value }] => self.pure_number(value)?,
                    _ => return self.no_state(e),
                };
                if k.fract() != 0.0 || k < 1.0 || k > count as f64 {
                    self.out.push(Diagnostic::error(
                        "E0472",
                        index.span,
                        format!("`{name}` has the starts 1..{count}"),
                    ));
                    return None;
                }
                Some(k as usize - 1)
            }
        };
        if trajectory.is_none() && count > crate::limits::TRAJECTORIES {
            let message = format!(
                "`{name}` has {count} starts, and a run has up to {} trajectories",
                crate::limits::TRAJECTORIES
            );
            self.out.push(Diagnostic::error("E0472", e.span, message).help("split off a smaller part"));
            return None;
        }
        // A part of a single trajectory has one start.
        let one = trajectory.is_some() || shape.trajectories.is_none() && !shape.scattered;
        Some((State::Init { result, trajectory, span: e.span }, (!one).then_some(count)))
    }

    fn whole(&mut self, e: &Expr, base: &Expr, end: bool, prepared: &Prepared) -> Option<(State, Option<usize>)> {
        let (name, index) = match &*base.kind {
            ExprKind::Name(name) => (name, None),
            ExprKind::Index { base, index } => match &*base.kind {
                ExprKind::Name(name) => (name, Some(index)),
                _ => return self.no_state(e),
            },
            _ => return self.no_state(e),
        };
        let Some(result) = self.scopes.iter().position(|s| s.name == *name) else {
            let near = model::suggest(name, self.scopes.iter().map(|s| s.name.as_str())).map(str::to_owned);
            let d = Diagnostic::error("E0118", base.span, format!("no earlier line is called `{name}`"));
            self.out.push(match near {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help("a state comes from a `run` above this line"),
            });
            return None;
        };
        let Source::Run(made) = &self.sources[result] else {
            if matches!(self.sources[result], Source::Fit(_) | Source::Formula) {
                self.out.push(
                    Diagnostic::error("E0469", e.span, format!("`{name}` is a fit, which has no states"))
                        .help("a state comes from a `run` above this line, or from data"),
                );
                return None;
            }
            self.out.push(
                Diagnostic::error("E0469", e.span, format!("`{name}` is data, whose states are its starts"))
                    .help(format!("write `init = {name}.init`, or `{name}[1].init`")),
            );
            return None;
        };
        let made = made.clone();
        let several = self.scopes[result].trajectories;
        let trajectory = match index {
            None => None,
            Some(index) => {
                let k = match index.slots.as_slice() {
                    [IndexSlot { variable: None, value }] => self.pure_number(value)?,
                    _ => return self.no_state(e),
                };
                let count = several.unwrap_or(0);
                if k.fract() != 0.0 || k < 1.0 || k > count as f64 {
                    let what = if count == 0 {
                        "is one trajectory".into()
                    } else {
                        format!("has the trajectories 1..{count}")
                    };
                    self.out.push(Diagnostic::error("E0472", index.span, format!("`{name}` {what}")));
                    return None;
                }
                Some(k as usize - 1)
            }
        };
        let there = components(&made);
        // Momenta may follow from the other run's velocities, and velocities from its solved rates.
        let follows = |wanted: &str, place: usize| {
            let rate = wanted.strip_suffix('\'').is_some_and(|n| {
                let coordinate = |v: &crate::model::system::Variable| v.role == Role::Coordinate;
                made.system.variables.iter().any(|v| coordinate(v) && v.elements.iter().any(|e| e == n))
            });
            rate || prepared.equations.derived_starts.iter().any(|d| d.0 == place)
        };
        for (place, (wanted, dimension)) in components(prepared).into_iter().enumerate() {
            let Some(at) = there.iter().position(|n| n.0 == wanted) else {
                if follows(&wanted, place) {
                    continue;
                }
                let message = format!("`{name}` has no `{wanted}`, which `{}` starts with", prepared.system.name);
                let have: Vec<String> = there.iter().map(|n| n.0.clone()).collect();
                self.out.push(
                    Diagnostic::error("E0469", e.span, message)
                        .help(format!("its state is {}", model::list_names(&have))),
                );
                return None;
            };
            if there[at].1 != dimension {
                let message = format!("`{wanted}` is [{}] in `{name}` and [{dimension}] here", there[at].1);
                self.out.push(Diagnostic::error("E0469", e.span, message));
                return None;
            }
        }
        let count = if trajectory.is_some() { None } else { several };
        Some((State::Whole { result, trajectory, end, span: e.span }, count))
    }
}

/// Names and dimensions of the components of a state.
pub(super) fn components(prepared: &Prepared) -> Vec<(String, Dimension)> {
    let mut dimensions = Vec::new();
    for s in &prepared.equations.states {
        let found = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf);
        let Some(v) = found else { continue };
        let rate = v.dimension.div(&Dimension::time()).unwrap_or(v.dimension);
        let d = if v.leaf == s.leaf || !prepared.system.has_units { v.dimension } else { rate };
        dimensions.extend(v.elements.iter().map(|_| d));
    }
    state_names(prepared).into_iter().zip(dimensions).collect()
}

impl State {
    /// Its numbers for trajectory `k` of a run of `prepared`.
    pub(super) fn values(
        &self,
        prepared: &Prepared,
        all: &ExperimentOutput,
        k: usize,
        out: &mut Diagnostics,
    ) -> Option<Vec<f64>> {
        match self {
            State::Whole { result, trajectory, end, span } => {
                let Made::Run(run) = all.result(*result) else { return None };
                let run = &run.trajectories[trajectory.unwrap_or(if run.several { k } else { 0 })];
                let row = if *end { run.trajectory.len() - 1 } else { 0 };
                start::continued(prepared, run, row, *span, out)
            }
            State::Init { result, trajectory, span } => {
                let Made::Data(data) = all.result(*result) else { return None };
                let start = data.data.start(trajectory.unwrap_or(k));
                let known = data.data.content().starts.as_ref().zip(start);
                // Of a file the first row of each trial is its start.
                let first = |name: &str| {
                    let column = data.data.column(name)?;
                    let row = data.data.trials().get(trajectory.unwrap_or(k))?.indices().next()?;
                    Some(data.data.columns()[column].values[row])
                };
                let value = |name: &str| match known {
                    Some((starts, values)) => starts.names.iter().position(|n| n == name).map(|i| values[i]),
                    None => first(name),
                };
                let mut y = Vec::new();
                for (name, _) in components(prepared) {
                    let Some(v) = value(&name) else {
                        let message = format!("`{}` has no start of `{name}`", data.name);
                        out.push(Diagnostic::error("E0469", *span, message));
                        return None;
                    };
                    y.push(v);
                }
                Some(y)
            }
            State::Times(factor, inner) => {
                Some(inner.values(prepared, all, k, out)?.into_iter().map(|v| factor * v).collect())
            }
            State::Plus(a, b) => {
                let (a, b) = (a.values(prepared, all, k, out)?, b.values(prepared, all, k, out)?);
                Some(a.iter().zip(b).map(|(a, b)| a + b).collect())
            }
        }
    }
}

//! `run a = simulate(A, …) { … }`, from one start or several.

use super::evidence::Results;
use super::kept::Kept;
use super::place::Source;
use super::plan::Planner;
use super::state::State;
use super::{ExperimentOutput, Made, Progress, RunResult, call};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::model::experiment::{ResultKind, ResultScope};
use crate::model::system::{NamedValue, StartValue};
use crate::run::output::RunOutput;
use crate::run::prepare::{self, Prepared};
use crate::run::simulate::{Conditions, simulate};
use crate::run::store::Store;
use crate::run::{choose, identity, kept_run, verdict};
use crate::symbolic::{ExprId, SymbolInfo};
use crate::syntax::tree::*;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A run, resolved.
pub struct RunLine {
    name: String,
    span: Span,
    prepared: Prepared,
    state: Option<State>,
    /// How many trajectories, where the line asks for several.
    several: Option<usize>,
    /// The fit that its system is of.
    fit: Option<usize>,
}

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<RunLine> {
    let asked = call::request(planner, &call::SIMULATE, value, config)?;
    let (prepared, problems) = prepare::prepare(&planner.program, "", &asked.request, planner.seed);
    planner.out.extend(asked.explained(problems.sorted(), value.span));
    let mut prepared = prepared?;
    let fit = asked.fit;
    if fit.is_some() {
        // its weights come with the fit, when that has run
        prepared.system.nets.iter_mut().for_each(|n| n.trained = true);
    }
    if let Some(fit) = fit {
        planner.lends(fit, &prepared, value.span)?;
    }
    planner.numbers_only(&prepared, value.span)?;
    let options = prepared.system.simulate.clone().unwrap_or_default();
    let mut fine = true;
    if options.time.is_none() {
        let message =
            format!("`{}` does not say for how long it runs, and neither does this line", prepared.system.name);
        planner
            .out
            .push(Diagnostic::error("E0321", value.span, message).help("write `simulate(A, t = 0..10 by 0.01)`"));
        fine = false;
    }
    if let Some(d) = prepared.unfitted_in(value.span) {
        planner.out.push(d);
        fine = false;
    }
    if let Err(d) = choose::known(&options) {
        planner.out.push(*d);
        fine = false;
    }
    let own = prepared.system.trajectories;
    let (state, several) = match asked.from {
        Some((_, e)) => {
            let (state, count) = planner.state(&e, &prepared)?;
            (Some(state), count)
        }
        None => (None, own),
    };
    if !fine {
        return None;
    }
    let scope = scope(&name.name, &prepared, several);
    planner.scopes.push(scope);
    planner.sources.push(Source::Run(Box::new(prepared.clone())));
    Some(RunLine { name: name.name.clone(), span: value.span, prepared, state, several, fit })
}

/// Names that later lines read: those of the system, and `t`.
fn scope(name: &str, prepared: &Prepared, trajectories: Option<usize>) -> ResultScope {
    let mut names = prepared.system.names.clone();
    let dimension = if prepared.system.has_units { Dimension::time() } else { Dimension::one() };
    let time = NamedValue {
        shape: Vec::new(),
        items: vec![prepared.system.time],
        dimensions: vec![dimension],
        elements: ["t".into()].into(),
    };
    names.insert("t".into(), time);
    if !names.contains_key("amplification") {
        // A leaf behind those of the system: no expression of it, but a number of each of its runs.
        let mut graph = prepared.equations.graph.clone();
        let symbol = graph.symbol(SymbolInfo::scalar("amplification"));
        let leaf = graph.scalar(symbol);
        let value = NamedValue {
            shape: Vec::new(),
            items: vec![leaf],
            dimensions: vec![Dimension::one()],
            elements: ["amplification".into()].into(),
        };
        names.insert("amplification".into(), value);
    }
    let functions = prepared.system.functions.clone();
    ResultScope { name: name.to_owned(), names, functions, trajectories, kind: ResultKind::Run }
}

impl Planner {
    /// A call reads numbers of earlier results: a parameter, a value at a time or over a whole run, and no
    /// series; and it reads them where numbers are put in, not in the equations.
    pub(super) fn numbers_only(&mut self, prepared: &Prepared, at: Span) -> Option<()> {
        let reads = &prepared.system.reads;
        self.values_at_times(&reads.functionals, &prepared.equations.graph, &reads.bindings, at)?;
        self.derivatives_exist(&reads.bindings, at)?;
        let graph = &prepared.equations.graph;
        let mut written: Vec<ExprId> =
            prepared.system.parameters.iter().flat_map(|p| p.default.iter().copied()).collect();
        for s in &prepared.system.starts {
            match &s.value {
                StartValue::Expr(e) => written.push(*e),
                StartValue::Uniform(a, b) | StartValue::Normal(a, b) => written.extend([*a, *b]),
            }
        }
        let leaves = graph.free_leaves(&written);
        for b in reads.bindings.iter().filter(|b| leaves.contains(&b.leaf)) {
            let name = self.scopes[b.result].name.clone();
            if let Source::Formula = &self.sources[b.result] {
                continue;
            }
            let constant = {
                if let Source::Fit(_) = &self.sources[b.result] {
                    self.fits_have(std::slice::from_ref(b), false, at)?;
                    continue;
                }
                let Source::Run(of) = &self.sources[b.result] else {
                    self.out.push(
                        Diagnostic::error("E0476", at, format!("rows of `{name}` stand where one number is needed"))
                            .help(format!("take one over all of them: `max({name}.x)`, `mean({name}.x)`")),
                    );
                    return None;
                };
                let inside = of.equations.graph.free_leaves(&[b.item]);
                b.primes == 0 && inside.iter().all(|l| of.system.parameters.iter().any(|p| p.leaf == *l))
            };
            if !constant || self.scopes[b.result].trajectories.is_some() && b.trajectory.is_none() {
                self.out.push(
                    Diagnostic::error("E0476", at, format!("a series of `{name}` stands where one number is needed"))
                        .help(format!("read its value at a time, `{name}.x(3)`, or `max({name}.x)`")),
                );
                return None;
            }
        }
        let inside = graph.free_leaves(&prepared.equations.expressions());
        let given = reads.bindings.iter().map(|b| b.leaf).chain(reads.functionals.iter().map(|f| f.leaf));
        if given.into_iter().any(|l| inside.contains(&l)) {
            self.out.push(
                Diagnostic::error("E0476", at, "a result of an earlier line stands in the equations of this run")
                    .help("give it to a parameter: `{ param k = 2*a.k }`"),
            );
            return None;
        }
        Some(())
    }
}

/// The numbers that the call reads, now that the lines above have run.
fn given(line: &RunLine, earlier: &ExperimentOutput) -> Result<Vec<(ExprId, f64)>, String> {
    let reads = &line.prepared.system.reads;
    let graph = line.prepared.equations.graph.clone();
    let mut evidence = Results::new(earlier, graph, reads.bindings.clone(), line.prepared.system.time, Vec::new());
    let mut out = Vec::new();
    for (leaf, values) in verdict::numbers(&reads.functionals, &mut evidence)? {
        match values.as_slice() {
            [one] => out.push((leaf, *one)),
            many => return Err(format!("this line reads one number, and there are {} trajectories", many.len())),
        }
    }
    for b in &reads.bindings {
        // Rows of data are read by functionals only.
        if let Some(fit) = earlier.fit(b.result) {
            out.push((b.leaf, fit.numbers(&[(b.item, b.primes)])?[0][0]));
            continue;
        }
        let Made::Run(run) = earlier.result(b.result) else { continue };
        let run = &run.trajectories[b.trajectory.unwrap_or(0)];
        // A series is read by functionals only; of a parameter any row will do.
        if let Some(first) = run.along_differentiated(&[(b.item, b.primes)])?[0].first() {
            out.push((b.leaf, *first));
        }
    }
    Ok(out)
}

/// Runs the line; several trajectories side by side, in the order of their starts.
pub(super) fn execute(
    line: &RunLine,
    earlier: &ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> Option<RunResult> {
    let mut prepared = line.prepared.clone();
    if let Some(fit) = line.fit {
        earlier.fit(fit)?.lend(&mut prepared);
    }
    match given(line, earlier) {
        Ok(given) => prepared.given = given,
        Err(sentence) => {
            out.push(Diagnostic::error("E0476", line.span, sentence));
            return None;
        }
    }
    // Each trajectory from its own start, or from the state of an earlier run.
    let mut from: Vec<Option<Vec<f64>>> = Vec::new();
    for k in 0..line.several.unwrap_or(1) {
        from.push(match &line.state {
            Some(state) => Some(state.values(&prepared, earlier, k, out)?),
            None => None,
        });
    }
    let mut kept = Kept::new(store, identity::run(&prepared, &from), &line.name, line.span);
    let mut found = None;
    if let Some(saved) = kept.result(out) {
        found = kept_run::recorded(&saved).filter(|(all, _)| all.len() == from.len());
        if found.is_none() {
            kept.unreadable("result", "it does not fit this call", out);
        }
    }
    let begin = Instant::now();
    let conditions = |k: usize| Conditions {
        interrupt,
        from: from[k].clone(),
        known: found.as_ref().map(|f| f.0[k].clone()),
        keep_dense: true,
        trajectory: k as u64,
        ..Conditions::default()
    };
    let trajectories = match line.several {
        None => {
            let mut show = |share: f64, steps: u64| progress(&line.name, share, &format!("{steps} steps"));
            let conditions = Conditions { progress: Some(&mut show), ..conditions(0) };
            vec![simulate(prepared.clone(), conditions, out)?]
        }
        Some(count) => {
            let made: Vec<(Option<RunOutput>, Diagnostics)> = (0..count)
                .into_par_iter()
                .map(|k| {
                    let mut problems = Diagnostics::new();
                    let run = simulate(prepared.clone(), conditions(k), &mut problems);
                    (run, problems)
                })
                .collect();
            let mut trajectories = Vec::with_capacity(count);
            for (run, problems) in made {
                // One trajectory's problem is enough: the others mostly repeat it.
                if !out.has_errors() {
                    out.extend(problems.sorted());
                }
                trajectories.extend(run);
            }
            if trajectories.len() < count {
                return None;
            }
            trajectories
        }
    };
    let kept_before = found.map(|f| f.1);
    if kept_before.is_none() {
        let seconds = begin.elapsed().as_secs_f64();
        let numbers = trajectories.iter().map(|r| r.trajectory.numbers()).fold(0, usize::saturating_add);
        if seconds > store.worth() && numbers <= limits::KEPT_NUMBERS {
            let runs = trajectories.iter().map(|r| (&r.trajectory, r.amplification));
            kept.done(kept_run::record(runs, seconds));
        }
    }
    kept.report(out);
    Some(RunResult { name: line.name.clone(), trajectories, several: line.several.is_some(), kept: kept_before })
}

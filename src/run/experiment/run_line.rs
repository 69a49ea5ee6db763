//! `run a = simulate(A, …) { … }`, from one start or several.

use super::plan::Planner;
use super::state::State;
use super::{Progress, RunResult, call};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dimension::Dimension;
use crate::model::experiment::ResultScope;
use crate::model::system::NamedValue;
use crate::run::choose;
use crate::run::prepare::{self, Prepared};
use crate::run::simulate::{Conditions, RunOutput, simulate};
use crate::syntax::tree::*;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// A run, resolved.
pub struct RunLine {
    name: String,
    prepared: Prepared,
    state: Option<State>,
    /// How many trajectories, where the line asks for several.
    several: Option<usize>,
}

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<RunLine> {
    let (request, from) = call::request(planner, value, config)?;
    let (prepared, problems) = prepare::prepare(&planner.program, "", &request, planner.seed);
    planner.out.extend(problems.sorted());
    let prepared = prepared?;
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
    if let Err(d) = choose::known(&options) {
        planner.out.push(*d);
        fine = false;
    }
    let own = prepared.system.trajectories;
    let (state, several) = match from {
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
    planner.prepared.push(prepared.clone());
    Some(RunLine { name: name.name.clone(), prepared, state, several })
}

/// Names that later lines read: those of the system, and `t`.
fn scope(name: &str, prepared: &Prepared, trajectories: Option<usize>) -> ResultScope {
    let mut names = prepared.system.names.clone();
    let dimension = if prepared.system.has_units { Dimension::time() } else { Dimension::one() };
    let time = NamedValue {
        shape: Vec::new(),
        items: vec![prepared.system.time],
        dimensions: vec![dimension],
        elements: vec!["t".into()],
    };
    names.insert("t".into(), time);
    ResultScope { name: name.to_owned(), names, trajectories }
}

/// Runs the line; several trajectories side by side, in the order of their starts.
pub(super) fn execute(
    line: &RunLine,
    earlier: &[RunResult],
    interrupt: Option<&AtomicBool>,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> Option<RunResult> {
    // Each trajectory from its own start, or from the state of an earlier run.
    let conditions = |k: usize, out: &mut Diagnostics| {
        let from = match &line.state {
            Some(state) => Some(state.values(&line.prepared, earlier, k, out)?),
            None => None,
        };
        Some(Conditions { interrupt, from, keep_dense: true, trajectory: k as u64, ..Conditions::default() })
    };
    let trajectories = match line.several {
        None => {
            let mut show = |share: f64, steps: u64| progress(&line.name, share, &format!("{steps} steps"));
            let conditions = Conditions { progress: Some(&mut show), ..conditions(0, out)? };
            vec![simulate(line.prepared.clone(), conditions, out)?]
        }
        Some(count) => {
            let made: Vec<(Option<RunOutput>, Diagnostics)> = (0..count)
                .into_par_iter()
                .map(|k| {
                    let mut problems = Diagnostics::new();
                    let run =
                        conditions(k, &mut problems).and_then(|c| simulate(line.prepared.clone(), c, &mut problems));
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
    Some(RunResult { name: line.name.clone(), trajectories, several: line.several.is_some() })
}

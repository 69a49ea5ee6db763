//! A fit at work: its rows, its progress, what is kept of it.

use super::data_line::{Held, Matched};
use super::fit_line::FitLine;
use super::fit_result::FitResult;
use super::kept::Kept;
use super::{ExperimentOutput, Progress};
use crate::data::Dataset;
use crate::diagnostic::Diagnostics;
use crate::learn::rows::Rows;
use crate::learn::saved::Saved;
use crate::learn::train::{Ending, Hooks, Record};
use crate::run::identity;
use crate::run::prepare::Prepared;
use crate::run::store::Store;
use crate::run::training::{self, Fit, Fitted, Known};
use crate::symbolic::ExprId;
use std::sync::atomic::{AtomicBool, Ordering};

/// The data of a fit in the places of its equations.
pub(super) fn rows(fit: &Fit, data: &Dataset, found: &Matched) -> Rows {
    let names = crate::run::start::state_names(&fit.prepared);
    let n = names.len();
    let place = |name: &str| names.iter().position(|x| x == name);
    let mut rows = Rows {
        count: data.rows(),
        time: data.times().unwrap_or_else(|| vec![0.0; data.rows()]),
        states: vec![None; n],
        rates: vec![None; n],
        noise: vec![None; n],
        velocity: names.iter().map(|name| place(&format!("{name}'"))).collect(),
        hold: fit.hold,
        ..Rows::default()
    };
    for (k, held) in found.states.iter().enumerate() {
        match held {
            Held::Values(c) => {
                rows.states[k] = Some(data.values(*c));
                rows.noise[k] = data.columns()[*c].noise;
                // where the rate of a coordinate is a state itself, nothing is learned from it
                if rows.velocity[k].is_none() {
                    rows.rates[k] = data.rates(*c);
                }
            }
            Held::Rates(c) => rows.states[k] = data.rates(*c),
            Held::Missing => {}
        }
    }
    let mut trials = vec![0];
    for trial in data.trials() {
        for piece in &trial.pieces {
            let end = trials.last().copied().unwrap_or(0) + piece.len();
            trials.push(end);
        }
    }
    rows.trials = trials;
    let variables = &fit.prepared.system.variables;
    let periodic = |name: &str| variables.iter().any(|v| v.periodic && v.elements.iter().any(|e| e == name));
    rows.periodic = names.iter().map(|name| periodic(name)).collect();
    let count = fit.prepared.equations.parameters.iter().map(|p| p.offset + p.length).max().unwrap_or(0);
    rows.inputs = vec![None; count];
    for (p, component, column) in &found.parameters {
        let leaf = &fit.prepared.equations.parameters[*p];
        rows.inputs[leaf.offset + component] = Some(data.values(*column));
    }
    rows
}

/// Progress and checkpoints of a training.
pub(super) struct Watching<'a, 'b> {
    pub name: &'a str,
    pub interrupt: Option<&'a AtomicBool>,
    pub progress: &'a mut Progress<'b>,
    pub kept: Kept<'a>,
    pub resumed: Option<u64>,
}

impl Hooks for Watching<'_, '_> {
    fn progress(&mut self, record: &Record, planned: u64) -> bool {
        let valid = record.valid.map(|v| format!(", valid {v:.3e}")).unwrap_or_default();
        let resumed = self.resumed.map(|step| format!(" (resumed at step {step})")).unwrap_or_default();
        let text = format!("step {} of {planned}{resumed}, loss {:.3e}{valid}", record.step, record.loss);
        (self.progress)(self.name, record.step as f64 / planned as f64, &text);
        !self.interrupted()
    }

    fn checkpoint(&mut self, saved: Saved) {
        self.kept.begun(saved);
    }

    fn resumed(&mut self, step: u64) {
        self.resumed = Some(step);
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Trains, or takes up what an earlier run found or began. `name` is what the progress calls it.
pub(super) fn trained(
    name: &str,
    fit: &Fit,
    on: &Rows,
    valid: Option<&Rows>,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> Option<Fitted> {
    let kept = Kept::new(store, identity::fit(fit, on, valid), &fit.name, fit.span);
    let result = kept.result(out);
    let begun = if result.is_none() { kept.checkpoint(out) } else { None };
    let known = match (&result, &begun) {
        (Some(saved), _) => Known::Result(saved),
        (None, Some(saved)) => Known::Checkpoint(saved),
        (None, None) => Known::Nothing,
    };
    let mut watching = Watching { name, interrupt, progress, kept, resumed: None };
    let made = training::fit(fit, on, valid, known, &mut watching, out);
    let mut kept = watching.kept;
    let fitted = made?;
    let training = &fitted.training;
    if (result.is_some() && !fitted.kept) || (begun.is_some() && training.resumed.is_none()) {
        kept.unreadable(if result.is_some() { "result" } else { "checkpoint" }, "it does not fit this training", out);
    }
    match (fitted.kept, training.ending) {
        (true, _) => kept.forget(),
        (false, Ending::Interrupted) => {}
        (false, _) => kept.done(fitted.saved()),
    }
    kept.report(out);
    Some(fitted)
}

/// The fit with the weights and parameters that it goes on from, where it does.
pub(super) fn continued(fit: &Fit, output: &ExperimentOutput) -> Option<Fit> {
    let mut fit = fit.clone();
    if let Some(from) = fit.from {
        output.fit(from)?.lend(&mut fit.prepared);
    }
    Some(fit)
}

/// Runs the line.
pub(super) fn execute(
    line: &FitLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) {
    let Some(fit) = continued(&line.fit, output) else { return };
    let fit = &fit;
    let rows_of = |(result, found): &(usize, Matched)| output.data(*result).map(|d| rows(fit, &d.data, found));
    let Some(on) = rows_of(&line.on) else { return };
    let valid = line.valid.as_ref().and_then(rows_of);
    let made = trained(&fit.name, fit, &on, valid.as_ref(), interrupt, store, progress, out);
    let Some(fitted) = made else { return };
    let training = &fitted.training;
    output.stopped |= training.ending == Ending::Interrupted;
    let numbers = [training.loss, training.valid.unwrap_or(f64::NAN), training.steps as f64, fitted.count as f64];
    let mut values: Vec<(ExprId, f64)> = line.numbers.iter().zip(numbers).map(|((_, leaf), v)| (*leaf, v)).collect();
    values.extend(parameters(fit, &fitted.prepared));
    let digests = identity::of_fit(fit, &on, valid.as_ref());
    output.add_fit(FitResult { fitted, values, named: line.named.clone(), digests, adapted: false });
}

/// Components of the parameters that were found, by their leaves.
pub(super) fn parameters(fit: &Fit, prepared: &Prepared) -> Vec<(ExprId, f64)> {
    let found = prepared.fitted.iter();
    found.flat_map(|(k, values)| fit.components(*k).into_iter().zip(values.iter().copied())).collect()
}

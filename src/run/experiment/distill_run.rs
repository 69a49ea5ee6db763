//! A distillation at work: its samples, the search, what is kept of it.

use super::distill_line::{DistillLine, Points};
use super::distill_result::FormulaResult;
use super::evidence::Tape;
use super::fit_run;
use super::kept::Kept;
use super::{ExperimentOutput, Progress};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::distill::evaluate::rms;
use crate::distill::{self, Budget, Samples};
use crate::kernel::{Leaf, Tier};
use crate::learn::objective::Segments;
use crate::learn::rows::Rows;
use crate::limits;
use crate::model::function::BorrowedNet;
use crate::report::terminal::grouped;
use crate::run::store::Store;
use crate::run::training::{self, Fit, Loss, Weight};
use crate::run::{identity, start};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Fewest samples that a formula is fitted to.
const FEWEST: usize = 8;

/// Size of a function below which, and above one over which, its squares are no numbers.
const SMALLEST: f64 = 1e-120;

/// Runs the line.
pub(super) fn execute(
    line: &DistillLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) {
    let (samples, about) = match samples(line, output) {
        Ok(made) => made,
        Err(why) => {
            let ranges: Vec<String> = line.components.iter().map(|c| format!("{} = …..…", c.name)).collect();
            out.push(
                Diagnostic::error("E0547", line.span, format!("`{}` cannot be sampled: {why}", line.of))
                    .help(format!("give its arguments ranges where it has values: `{{ {} }}`", ranges.join(", "))),
            );
            return;
        }
    };
    let budget = Budget::of(line.complexity);
    let key = identity::distill(&samples, &line.operators, &budget, line.seed);
    let mut kept = Kept::new(store, key, &line.name, line.span);
    let mut known = None;
    if let Some(saved) = kept.result(out) {
        known = FormulaResult::read(&saved, samples.inputs.len());
        if known.is_none() {
            kept.unreadable("result", "it is no list of formulas", out);
        }
    }
    let (found, seconds, before) = match known {
        Some((found, seconds)) => (found, seconds, true),
        None => {
            let begin = Instant::now();
            let stop = || interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed));
            let mut show = |share: f64| progress(&line.name, share, "looking for formulas");
            let Some(found) = distill::search(&samples, &line.operators, &budget, line.seed, &stop, &mut show) else {
                output.stopped = true;
                return;
            };
            (found, begin.elapsed().as_secs_f64(), false)
        }
    };
    let result = FormulaResult::new(line, found, about, seconds, before);
    if !before {
        kept.done(Some(result.saved()));
    }
    kept.report(out);
    output.add_formula(result);
}

/// Arguments and values of the function, and where that is in words.
fn samples(line: &DistillLine, output: &ExperimentOutput) -> Result<(Samples, String), String> {
    let (points, about) = match &line.points {
        Points::Grid(axes) => {
            let counts: Vec<String> = axes.iter().map(|a| a.2.to_string()).collect();
            (grid(axes), format!("a grid of {} points", counts.join(" × ")))
        }
        Points::Calls { fit, on, calls } => {
            let data = output.data(on.0).ok_or("its data are gone")?;
            let rows = begun(fit, fit_run::rows(fit, &data.data, &on.1));
            let fitted = output.fit(line.source).ok_or("its fit is gone")?;
            let prepared = &fitted.fitted.prepared;
            let (values, _) = start::parameters(prepared, &mut Diagnostics::new()).ok_or("a parameter has no value")?;
            let flat: Vec<_> = calls.iter().flatten().copied().collect();
            let columns = training::along(prepared, prepared.equations.graph.clone(), &values, &rows, &flat)?;
            let width = line.components.len();
            let mut inputs: Vec<Vec<f64>> = vec![Vec::new(); width];
            for row in 0..rows.count {
                for call in 0..calls.len() {
                    let point = &columns[call * width..(call + 1) * width];
                    if point.iter().all(|c| c[row].is_finite()) {
                        inputs.iter_mut().zip(point).for_each(|(input, c)| input.push(c[row]));
                    }
                }
            }
            let all = inputs.first().map_or(0, Vec::len);
            let thinned = Samples { target: vec![0.0; all], inputs }.thinned(limits::DISTILL_ROWS);
            let taken = thinned.rows();
            let of = if taken < all { format!("{} of ", grouped(taken as u64)) } else { String::new() };
            let about = format!("{of}{} arguments of its calls on `{}`", grouped(all as u64), data.name);
            (thinned.inputs, about)
        }
    };
    let values = values(line, output, &points)?;
    let mut samples = Samples { inputs: vec![Vec::new(); points.len()], target: Vec::new() };
    for (row, value) in values.iter().enumerate().filter(|v| v.1.is_finite()) {
        samples.inputs.iter_mut().zip(&points).for_each(|(input, p)| input.push(p[row]));
        samples.target.push(*value);
    }
    if samples.rows() < FEWEST {
        return Err(format!("it has {} finite values there, fewer than {FEWEST}", samples.rows()));
    }
    if samples.target.iter().all(|v| *v == 0.0) {
        return Err("it is 0 everywhere there".into());
    }
    if !(SMALLEST..1.0 / SMALLEST).contains(&rms(&samples.target)) {
        return Err("squares of its values are beyond the range of numbers".into());
    }
    Ok((samples, about))
}

/// Columns of all points, the last argument fastest.
fn grid(axes: &[(f64, f64, usize)]) -> Vec<Vec<f64>> {
    let total: usize = axes.iter().map(|a| a.2).product();
    let mut block = total;
    let mut out = Vec::with_capacity(axes.len());
    for (from, to, count) in axes {
        block /= count;
        let at = |i: usize| from + (to - from) * i as f64 / (count - 1) as f64;
        out.push((0..total).map(|k| at(k / block % count)).collect());
    }
    out
}

/// The rows; of a loss along runs those that its runs begin at, with velocities as they begin with them.
fn begun(fit: &Fit, rows: Rows) -> Rows {
    let along = fit.terms.iter().find_map(|t| match t.loss {
        Loss::Trajectory { horizon, .. } => Some((horizon, t.weight == Weight::Noise)),
        _ => None,
    });
    let Some(segments) = along.and_then(|(horizon, noisy)| Segments::new(&rows, horizon, noisy)) else { return rows };
    let pick = |column: &Option<Vec<f64>>| {
        column.as_ref().map(|c| segments.starts.iter().map(|s| c[*s]).collect::<Vec<f64>>())
    };
    Rows {
        count: segments.starts.len(),
        time: segments.starts.iter().map(|s| rows.time[*s]).collect(),
        inputs: rows.inputs.iter().map(pick).collect(),
        states: segments.states.into_iter().map(Some).collect(),
        ..Rows::default()
    }
}

/// The function at points given by columns.
fn values(line: &DistillLine, output: &ExperimentOutput, points: &[Vec<f64>]) -> Result<Vec<f64>, String> {
    let fit = output.fit(line.source).ok_or("its fit is gone")?;
    let graph = &line.functions.graph;
    let mut leaves = Vec::new();
    let mut offset = 0;
    for a in &line.function.arguments {
        let length = a.shape.iter().product();
        leaves.push(Leaf { expr: a.leaf, tier: Tier::State, offset, length });
        offset += length;
    }
    let mut constants = Vec::new();
    for (leaf, elements) in &line.function.reads {
        let items: Vec<_> = elements.iter().map(|e| (*e, 0)).collect();
        constants.extend(fit.numbers(&items)?.into_iter().map(|c| c[0]));
        leaves.push(Leaf { expr: *leaf, tier: Tier::State, offset, length: elements.len() });
        offset += elements.len();
    }
    let borrowed = |name: &str| BorrowedNet { result: line.source, name: name.to_owned() };
    let nets: Vec<BorrowedNet> = graph.nets().map(|(_, info)| borrowed(&info.name)).collect();
    let mut tape = Tape::compile(graph, &line.function.items, leaves, &output.weights(&nets)?)?;
    let rows = points.first().map_or(0, Vec::len);
    let mut out = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut input: Vec<f64> = points.iter().map(|p| p[row]).collect();
        input.extend(&constants);
        out.push(tape.run(&input)?[0]);
    }
    Ok(out)
}

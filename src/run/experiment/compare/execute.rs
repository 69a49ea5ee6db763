//! Fits again, rollouts and scores of a comparison, once the lines above have run.

use super::super::data_line::Held;
use super::super::fit_run;
use super::super::place::{DataResult, Shape};
use super::super::{ExperimentOutput, Progress};
use super::again::Again;
use super::line::CompareLine;
use super::metric::{self, Needs, Score};
use super::metric_rates::{self, RatePairs};
use super::model::Model;
use super::options::Metric;
use super::quantity::shown;
use super::rollout::{self, Course};
use crate::data::{Column, Content, Dataset, Origin, Times, Trial};
use crate::diagnostic::{Diagnostic, Diagnostics, number};
use crate::dimension::Dimension;
use crate::report::{Against, Cell, Head, Row, Scores, Verdict};
use crate::run::prepare::Prepared;
use crate::run::results;
use crate::run::sample::{Failure, Sampler};
use crate::run::start::state_names;
use crate::run::store::Store;
use std::sync::atomic::{AtomicBool, Ordering};

/// A score so near to that of the true law on the same noisy rows says nothing more of a model.
const NEAR_FLOOR: f64 = 1.05;

/// Compares.
pub(in super::super) fn execute(
    line: &CompareLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) {
    let Some(made) = compared(line, output, interrupt, store, progress, out) else {
        output.stopped |= interrupt.is_some_and(|f| f.load(Ordering::Relaxed));
        return;
    };
    let Made { scores, runs, values, truth } = made;
    for (model, list) in line.models.iter().zip(values) {
        output.learned(model.result, list);
    }
    for (model, runs) in line.models.iter().zip(runs) {
        if line.rollouts {
            let columns: Vec<String> = model.columns.iter().map(|(c, _)| line.shape.columns[*c].name.clone()).collect();
            let made = rolled(line, (&model.name, &columns, &model.shape), &runs, &|m| model.compared_in(m));
            match made {
                Ok(data) => output.add_data(&format!("{}.rollout", model.name), data, &model.shape),
                Err(sentence) => return out.push(Diagnostic::error("E0551", line.span, sentence)),
            }
        }
    }
    if let Some(shape) = &line.true_shape {
        let name = output.data(line.starts).map_or_else(String::new, |d| d.name.clone());
        let columns: Vec<String> = line.shape.columns.iter().map(|c| c.name.clone()).collect();
        let all = |m: &Metric| (0..m.of.as_ref().map_or(0, |of| of.values.items.len())).collect();
        match rolled(line, (&name, &columns, shape), &truth, &all) {
            Ok(data) => output.add_data(&format!("{name}.rollout"), data, shape),
            Err(sentence) => return out.push(Diagnostic::error("E0551", line.span, sentence)),
        }
    }
    output.scores.push(scores);
}

/// Values of the leaves of a fit.
type Values = Vec<(crate::symbolic::ExprId, f64)>;

/// What a comparison found.
struct Made {
    scores: Scores,
    /// By model: the runs of its first fit.
    runs: Vec<Vec<Course>>,
    values: Vec<Values>,
    truth: Vec<Course>,
}

fn compared(
    line: &CompareLine,
    output: &ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> Option<Made> {
    let (on, starts) = (output.data(line.on)?, output.data(line.starts)?);
    let known = line.truth.as_ref().map(|t| rollout::with_numerics(t, &line.numerics));
    let sampler = match &known {
        Some(truth) => Some(Sampler::new(truth, &line.items, out)?),
        None => None,
    };
    let truth = match line.rollouts {
        true => rollout::truths(line, starts, interrupt, out)?,
        false => Vec::new(),
    };
    let (mut rows, mut runs, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut trained = Again::default();
    let total = (line.models.len() * line.repeat) as f64;
    for (m, model) in line.models.iter().enumerate() {
        let mut scores: Vec<Vec<Score>> = vec![Vec::new(); line.metrics.len()];
        let mut failed: Vec<(String, usize)> = Vec::new();
        let mut first = Vec::new();
        let floor = floor(line, model, on, out)?;
        for repetition in 0..line.repeat {
            let done = (m * line.repeat + repetition) as f64 / total;
            let name = format!("{} ({} of {})", model.name, repetition + 1, line.repeat);
            progress("compare", done, &name);
            let fitted = match repetition {
                0 => output.fit(model.result)?.fitted.clone(),
                n => trained.fitted(&model.stages, n, output, interrupt, store, progress, out)?,
            };
            let courses = match line.rollouts {
                true => rollout::rollouts(line, model, &fitted.prepared, starts, sampler.as_ref(), interrupt, out)?,
                false => Vec::new(),
            };
            if interrupt.is_some_and(|f| f.load(Ordering::Relaxed)) {
                return None;
            }
            for ending in courses.iter().filter_map(|c| c.ending) {
                match failed.iter_mut().find(|f| f.0 == ending) {
                    Some(f) => f.1 += 1,
                    None => failed.push((ending.to_owned(), 1)),
                }
            }
            let rates = match line.metrics.iter().any(|m| m.info.word.starts_with("derivative")) {
                true => Some(rates(model, &fitted.prepared, on, out)?),
                false => None,
            };
            for (k, metric) in line.metrics.iter().enumerate() {
                let score = match (metric.info.needs, metric.info.word) {
                    (Needs::Rollouts, word) => match rollout::pairs(metric, model, &truth, &courses) {
                        Ok(pairs) => metric::score(word, metric.tolerance, &pairs),
                        Err(sentence) => {
                            out.push(Diagnostic::error("E0551", metric.span, sentence));
                            return None;
                        }
                    },
                    (_, "derivative_mse") => {
                        Score { value: metric_rates::mean_square(rates.as_ref()?), starts: Vec::new() }
                    }
                    (_, "derivative_l1") => {
                        Score { value: metric_rates::mean_absolute_sum(rates.as_ref()?), starts: Vec::new() }
                    }
                    (_, "derivative_max") => {
                        Score { value: metric_rates::largest(rates.as_ref()?), starts: Vec::new() }
                    }
                    (_, "derivative_relative_max") => {
                        Score { value: metric_rates::relative_largest(rates.as_ref()?), starts: Vec::new() }
                    }
                    (_, "floor") => Score { value: floor.unwrap_or(f64::NAN), starts: Vec::new() },
                    (_, "loss") => Score { value: fitted.training.loss, starts: Vec::new() },
                    (_, "valid_loss") => Score { value: fitted.training.valid.unwrap_or(f64::NAN), starts: Vec::new() },
                    (_, "params") => Score { value: fitted.count as f64, starts: Vec::new() },
                    _ => Score { value: fitted.training.seconds, starts: Vec::new() },
                };
                scores[k].push(score);
            }
            if repetition == 0 {
                first = courses;
            }
        }
        let rollouts = if line.rollouts { truth.len() * line.repeat } else { 0 };
        if !failed.is_empty() {
            warn(line, model, &failed, rollouts, out);
        }
        let cells: Vec<Cell> = line
            .metrics
            .iter()
            .zip(&scores)
            .map(|(metric, list)| cell(list, floor.filter(|_| metric.info.word == "derivative_mse")))
            .collect();
        let of_leaves = model.leaves.iter().zip(&cells).flat_map(|(l, c)| [(l.0, c.median), (l.1, c.spread)]);
        values.push(of_leaves.collect());
        rows.push(Row { model: model.name.clone(), cells, failed, rollouts, floor });
        runs.push(first);
    }
    Some(Made { scores: told(line, starts, &truth, rows), runs, values, truth })
}

/// The scores of a line as they are told.
fn told(line: &CompareLine, starts: &DataResult, truth: &[Course], rows: Vec<Row>) -> Scores {
    let heads: Vec<Head> = line
        .metrics
        .iter()
        .map(|m| Head { label: m.label.clone(), unit: results::unit(&m.dimension), higher: m.info.higher })
        .collect();
    let published = line.published.iter().map(|p| {
        let cell = &rows[p.of.0].cells[p.of.1];
        let verdict = Verdict::of(cell.median, p.value, p.spread, heads[p.of.1].higher, cell.at_floor);
        Against { row: p.of.0, column: p.of.1, published: p.value, spread: p.spread, verdict }
    });
    let published: Vec<Against> = published.collect();
    let mut about = Vec::new();
    if let (true, Some(first)) = (line.rollouts, truth.first()) {
        let count = truth.len();
        let from = if line.starts == line.on { String::new() } else { format!(" of {}", starts.name) };
        let ends = (first.times.first().copied().unwrap_or(0.0), first.times.last().copied().unwrap_or(0.0));
        let plural = if count == 1 { "" } else { "s" };
        let timed = line.models.iter().any(|m| m.fit.prepared.system.has_units);
        let unit = if timed { " s" } else { "" };
        about.push(format!("{count} start{plural}{from}, t = {}..{}{unit}", number(ends.0), number(ends.1)));
    }
    about.push(match line.repeat {
        1 => "1 fit each".to_owned(),
        2 => "2 fits each".to_owned(),
        n => format!("{n} fits each: median ± spread"),
    });
    Scores {
        title: line.text.clone(),
        about: about.join(", "),
        source: line.source.clone().unwrap_or_default(),
        note: line.note.clone().unwrap_or_default(),
        heads,
        rows,
        published,
    }
}

fn cell(list: &[Score], floor: Option<f64>) -> Cell {
    let values: Vec<f64> = list.iter().map(|s| s.value).collect();
    let (median, mean, spread) = metric::summary(&values);
    let starts = list.first().map(|s| s.starts.as_slice()).filter(|s| s.len() > 1);
    let quartile = |s: &[f64], share: f64| metric::quantile(s, share);
    Cell {
        median,
        mean,
        spread,
        starts: starts.map(|s| (quartile(s, 0.25), quartile(s, 0.5), quartile(s, 0.75))),
        at_floor: floor.is_some_and(|f| f > 0.0 && median <= NEAR_FLOOR * f),
        values,
    }
}

fn warn(line: &CompareLine, model: &Model, failed: &[(String, usize)], rollouts: usize, out: &mut Diagnostics) {
    let count: usize = failed.iter().map(|f| f.1).sum();
    let how: Vec<String> = failed.iter().map(|(name, n)| format!("{n} in {name}")).collect();
    let message = format!("{count} of {rollouts} rollouts of `{}` failed: {}", model.name, how.join(", "));
    out.push(
        Diagnostic::warning("W0550", line.span, message)
            .note("scores over a failed rollout are infinite, and its valid time ends where it failed")
            .help("a model that leaves the region of its data may do so: train longer, or shorten `rollout`"),
    );
}

fn failure(failure: Failure, out: &mut Diagnostics) {
    if let Failure::Diagnostics(list) = failure {
        out.extend(list.sorted());
    }
}

/// Rates of the model at the rows of the data beside theirs.
fn rates(model: &Model, fitted: &Prepared, on: &DataResult, out: &mut Diagnostics) -> Option<RatePairs> {
    let found = model.rows.as_ref()?;
    let rows = fit_run::rows(&model.fit, &on.data, found);
    let n = rows.states.len();
    let state = |row: usize| (0..n).map(|k| rows.states[k].as_ref().map_or(f64::NAN, |c| c[row])).collect::<Vec<f64>>();
    let states: Vec<Vec<f64>> = (0..rows.count).map(state).collect();
    let inputs: Vec<(usize, Vec<f64>)> =
        rows.inputs.iter().enumerate().filter_map(|(k, c)| Some((k, c.clone()?))).collect();
    let sampler = Sampler::new(fitted, &[], out)?;
    let made = sampler.rates(&rows.time, &states, &inputs).map_err(|f| failure(f, out)).ok()?;
    let rated = |k: usize| match found.states[k] {
        Held::Values(_) => rows.rates[k].as_ref(),
        Held::Rates(_) | Held::Missing => None,
    };
    let row = |row: usize| (0..n).filter_map(|k| Some((made[row][k], rated(k)?[row]))).collect();
    Some((0..rows.count).map(row).collect())
}

/// The score of the true law on the same rows and columns; `None` where no metric reads it.
fn floor(line: &CompareLine, model: &Model, on: &DataResult, out: &mut Diagnostics) -> Option<Option<f64>> {
    let Some(found) = &model.rows else { return Some(None) };
    let Some((truth, shape)) = line.on_shape.truth.as_ref().map(|t| (t, &line.on_shape)) else { return Some(None) };
    // The columns that the model uses show the true state, with their noise.
    let mut used: Vec<usize> = Vec::new();
    for held in &found.states {
        if let Held::Values(c) | Held::Rates(c) = held {
            used.push(*c);
        }
    }
    let asked = line.metrics.iter().find(|m| m.info.word == "floor");
    let of_used = |name: &str| {
        let base = name.strip_suffix('\'').unwrap_or(name);
        let column = |n: &str| shape.columns.iter().position(|c| c.name == n).is_some_and(|c| used.contains(&c));
        column(name) || base != name && column(base)
    };
    let mut read = Vec::new();
    let shows = shown(shape, &of_used);
    for (k, hidden) in state_names(truth).into_iter().enumerate() {
        let Some(by) = shows.get(k).and_then(Option::as_ref) else {
            let Some(asked) = asked else { return Some(None) };
            let message = format!("the columns that `{}` uses do not show `{hidden}` of the true system", model.name);
            out.push(
                Diagnostic::error("E0552", asked.span, message)
                    .help("observe it under the name that the model has for it"),
            );
            return None;
        };
        let mut values = match shape.columns.iter().position(|c| c.name == by.name) {
            Some(c) => on.data.values(c),
            None => {
                let base = by.name.strip_suffix('\'').unwrap_or(&by.name);
                let c = shape.columns.iter().position(|c| c.name == base)?;
                on.data.rates(c)?
            }
        };
        values.iter_mut().for_each(|v| *v = by.back(*v));
        read.push(values);
    }
    let rows = fit_run::rows(&model.fit, &on.data, found);
    let rated: Vec<usize> = (0..found.states.len())
        .filter_map(|k| match found.states[k] {
            Held::Values(c) if rows.rates[k].is_some() => Some(c),
            _ => None,
        })
        .collect();
    let items: Vec<_> = rated.iter().map(|c| (shape.exprs[*c].0, shape.exprs[*c].1 + 1)).collect();
    let sampler = Sampler::new(truth, &items, out)?;
    let states: Vec<Vec<f64>> = (0..rows.count).map(|r| read.iter().map(|c| c[r]).collect()).collect();
    let made = sampler.over(&rows.time, &states).map_err(|f| failure(f, out)).ok()?;
    let data: Vec<Vec<f64>> = rated.iter().map(|c| on.data.rates(*c).unwrap_or_default()).collect();
    let row = |r: usize| made.iter().zip(&data).map(|(m, d)| (m[r], d[r])).collect();
    let pairs: RatePairs = (0..rows.count).map(row).collect();
    Some(Some(metric_rates::mean_square(&pairs)))
}

/// Rollouts as data: a trial for each start, as far as it came, with the columns of the data and behind them the
/// quantities of metrics that have a name.
fn rolled(
    line: &CompareLine,
    (name, columns, shape): (&str, &[String], &Shape),
    runs: &[Course],
    which: &dyn Fn(&Metric) -> Vec<usize>,
) -> Result<Dataset, String> {
    let mut times = Vec::new();
    let mut trials = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let first = times.len();
        times.extend_from_slice(&run.times);
        trials.push(Trial { number, pieces: std::iter::once(first..times.len()).collect() });
    }
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(shape.columns.len());
    for wanted in columns {
        let of = |run: &Course| run.named.iter().find(|n| n.0 == *wanted).map(|n| n.1.clone());
        let all: Option<Vec<Vec<f64>>> = runs.iter().map(of).collect();
        values.push(all.ok_or_else(|| format!("`{wanted}` is not known along this run"))?.concat());
    }
    for metric in line.quantities() {
        let mut all = Vec::with_capacity(times.len());
        for run in runs {
            all.extend(rollout::columns(metric, &which(metric), run)?.swap_remove(0));
        }
        values.push(all);
    }
    let columns = shape.columns.iter().zip(values).map(|(of, values)| Column {
        name: of.name.clone(),
        dimension: of.dimension,
        unit: results::unit(&of.dimension),
        factor: 1.0,
        values,
        rates: None,
        noise: None,
    });
    let dimension = shape.time.map_or(Dimension::one(), |t| t.1);
    let content = Content {
        columns: columns.collect(),
        names: shape.names.clone(),
        times: Some(Times { values: times, unit: results::unit(&dimension), factor: 1.0, dimension }),
        starts: None,
        origin: Origin::Rollout { model: name.to_owned() },
        labels: (1..=runs.len()).map(|k| k.to_string()).collect(),
    };
    Ok(Dataset::new(content, trials))
}

//! Runs of the truth and of models from the starts of data, and what they show of the quantities of a metric.

use super::super::evidence::Tape;
use super::super::place::DataResult;
use super::line::{CompareLine, Numerics};
use super::metric::Pair;
use super::model::{Model, first_row};
use super::options::Metric;
use super::quantity::{Read, Shown};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kernel::{Leaf, Tier};
use crate::model::system::{SimulateOptions, TimeSpan};
use crate::run::driven::Inputs;
use crate::run::prepare::Prepared;
use crate::run::sample::{Failure, Sampler};
use crate::run::start::state_names;
use crate::symbolic::{ExprId, Rational};
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// A run from one start, or the rows of a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub times: Vec<f64>,
    /// Values of the names that it has.
    pub named: Vec<(String, Vec<f64>)>,
    /// Values of what the truth is asked for; empty where it is not known.
    pub items: Vec<Vec<f64>>,
    /// How it failed, where it did.
    pub ending: Option<&'static str>,
}

/// A system that is run with the numerics of the line.
pub(super) fn with_numerics(prepared: &Prepared, numerics: &Numerics) -> Prepared {
    let mut prepared = prepared.clone();
    let graph = &mut prepared.equations.graph;
    let (zero, one) = (graph.zero(), graph.integer(1));
    let own = prepared.system.simulate.clone().unwrap_or_default();
    let [rtol, atol, step, max_steps] = numerics.numbers;
    let mut number = |given: Option<(f64, crate::diagnostic::Span)>, own: Option<(ExprId, crate::diagnostic::Span)>| {
        let (v, at) = match given {
            Some(given) => given,
            None => return own,
        };
        Rational::from_f64(v).map(|r| (graph.number(r), at))
    };
    let span = prepared.system.span;
    prepared.system.simulate = Some(SimulateOptions {
        time: Some(TimeSpan { span, from: zero, to: one, by: None, count: None }),
        method: numerics.method.clone().or(own.method),
        rtol: number(rtol, own.rtol),
        atol: number(atol, own.atol),
        step: number(step, own.step),
        max_steps: number(max_steps, own.max_steps),
        ..SimulateOptions::default()
    });
    prepared
}

fn told(failure: Failure, out: &mut Diagnostics) {
    if let Failure::Diagnostics(list) = failure {
        out.extend(list.sorted());
    }
}

/// The number of starts of data.
pub(super) fn count(data: &DataResult) -> usize {
    if data.data.scattered() { data.data.rows() } else { data.data.trials().len() }
}

/// The times of the rollout from start `k`.
fn times(line: &CompareLine, data: &DataResult, k: usize) -> Vec<f64> {
    match &line.times {
        Some(times) => times.clone(),
        None => data.data.of_trials(&[k]).times().unwrap_or_default(),
    }
}

/// The truth from each start: run again, or the rows themselves.
pub(super) fn truths(
    line: &CompareLine,
    data: &DataResult,
    interrupt: Option<&AtomicBool>,
    out: &mut Diagnostics,
) -> Option<Vec<Course>> {
    let Some(truth) = &line.truth else { return Some((0..count(data)).map(|k| rows(data, k)).collect()) };
    let truth = with_numerics(truth, &line.numerics);
    let sampler = Sampler::new(&truth, &line.items, out)?;
    let names = state_names(&truth);
    let made: Vec<Result<Course, Failure>> = (0..count(data))
        .into_par_iter()
        .map(|k| {
            let known = data.data.content().starts.as_ref().zip(data.data.start(k));
            let value = |name: &String| {
                known.and_then(|(s, v)| s.names.iter().position(|n| n == name).map(|i| v[i])).unwrap_or(f64::NAN)
            };
            let y: Vec<f64> = names.iter().map(value).collect();
            let run = sampler.rollout(&y, &times(line, data, k), None, interrupt)?;
            let named = line.shape.columns.iter().zip(&run.columns).map(|(c, v)| (c.name.clone(), v.clone())).collect();
            Ok(Course { times: run.times, named, items: run.columns, ending: run.ending.map(|e| e.0) })
        })
        .collect();
    let mut all = Vec::with_capacity(made.len());
    for (k, one) in made.into_iter().enumerate() {
        match one {
            Ok(course) => {
                if let Some(ending) = course.ending {
                    let message = format!("the truth ends in {ending} from start {} of `{}`", k + 1, data.name);
                    out.push(
                        Diagnostic::error("E0555", line.span, message).help(
                            "shorten `rollout`, or start elsewhere: models are compared with a truth that exists",
                        ),
                    );
                    return None;
                }
                all.push(course);
            }
            Err(failure) => {
                told(failure, out);
                return None;
            }
        }
    }
    Some(all)
}

/// The rows of a trial as the truth: columns, and their rates.
fn rows(data: &DataResult, k: usize) -> Course {
    let part = data.data.of_trials(&[k]);
    let mut named = Vec::new();
    for (c, column) in part.columns().iter().enumerate() {
        named.push((column.name.clone(), part.values(c)));
        if let Some(rates) = part.rates(c) {
            named.push((format!("{}'", column.name), rates));
        }
    }
    Course { times: part.times().unwrap_or_default(), named, items: Vec::new(), ending: None }
}

/// The inputs of a model that are columns of the data, along trajectory `k`.
fn inputs(model: &Model, fitted: &Prepared, data: &DataResult, k: usize) -> Option<Inputs> {
    if model.starts.parameters.is_empty() {
        return None;
    }
    let part = data.data.of_trials(&[k]);
    let columns = model.starts.parameters.iter().map(|(parameter, component, column)| {
        (fitted.equations.parameters[*parameter].offset + component, part.values(*column))
    });
    Some(Inputs { times: part.times().unwrap_or_default(), columns: columns.collect(), hold: model.fit.hold })
}

fn beyond(line: &CompareLine, model: &Model, inputs: &Inputs) -> Diagnostics {
    let ends = |t: Option<&f64>| t.map_or_else(String::new, |t| format!("{t}"));
    let (from, to) = (ends(inputs.times.first()), ends(inputs.times.last()));
    let message = format!("`{}` has inputs that are columns of the data, which go from t = {from} to {to}", model.name);
    let mut out = Diagnostics::new();
    out.push(Diagnostic::error("E0553", line.span, message).help("leave `rollout` out: models then run over the rows"));
    out
}

/// The runs of a model from every start, in their order.
pub(super) fn rollouts(
    line: &CompareLine,
    model: &Model,
    fitted: &Prepared,
    data: &DataResult,
    truth: Option<&Sampler<'_>>,
    interrupt: Option<&AtomicBool>,
    out: &mut Diagnostics,
) -> Option<Vec<Course>> {
    let prepared = with_numerics(fitted, &line.numerics);
    let extra: Vec<(ExprId, u32)> = model.named.iter().filter_map(|n| Some((n.1?, 0))).collect();
    let sampler = Sampler::new(&prepared, &extra, out)?;
    let states = model.named.len() - extra.len();
    let made: Vec<Result<Course, Failure>> = (0..count(data))
        .into_par_iter()
        .map(|k| {
            let known = data.data.content().starts.as_ref().zip(data.data.start(k));
            let row = match data.data.scattered() {
                true => data.data.indices().nth(k),
                false => data.data.trials()[k].indices().next(),
            };
            let y: Vec<f64> = (0..states)
                .map(|s| {
                    let name = &model.named[s].0;
                    let clean = known.and_then(|(s, v)| s.names.iter().position(|n| n == name).map(|i| v[i]));
                    clean.or_else(|| first_row(model.starts.states[s], &data.data, row?)).unwrap_or(f64::NAN)
                })
                .collect();
            let times = times(line, data, k);
            let inputs = inputs(model, fitted, data, k);
            if let (Some(inputs), [first, .., last]) = (&inputs, &times[..])
                && !inputs.cover(*first, *last)
            {
                return Err(Failure::Diagnostics(beyond(line, model, inputs)));
            }
            let run = sampler.rollout(&y, &times, inputs.as_ref(), interrupt)?;
            let mut named: Vec<(String, Vec<f64>)> = Vec::with_capacity(model.named.len());
            for (s, (name, _)) in model.named.iter().enumerate() {
                let values = match s.checked_sub(states) {
                    None => run.states.iter().map(|y| y[s]).collect(),
                    Some(e) => run.columns[e].clone(),
                };
                named.push((name.clone(), values));
            }
            let items = match truth {
                Some(truth) if !model.shows.is_empty() => {
                    // what nothing shows is read by no metric: the plan has seen to it
                    let state = |row: usize| {
                        let value =
                            |s: &Option<(usize, Shown)>| s.as_ref().map_or(0.0, |s| s.1.back(named[s.0].1[row]));
                        model.shows.iter().map(value).collect::<Vec<f64>>()
                    };
                    let states: Vec<Vec<f64>> = (0..run.times.len()).map(state).collect();
                    truth.over(&run.times, &states)?
                }
                _ => Vec::new(),
            };
            Ok(Course { times: run.times, named, items, ending: run.ending.map(|e| e.0) })
        })
        .collect();
    let mut all = Vec::with_capacity(made.len());
    for one in made {
        match one {
            Ok(course) => all.push(course),
            Err(failure) => {
                told(failure, out);
                return None;
            }
        }
    }
    Some(all)
}

/// What a metric compares, along a course.
pub(super) fn columns(metric: &Metric, which: &[usize], course: &Course) -> Result<Vec<Vec<f64>>, String> {
    let Some(of) = &metric.of else { return Ok(Vec::new()) };
    let exprs: Vec<ExprId> = which.iter().map(|k| of.values.items[*k].1).collect();
    let used = of.values.graph.free_leaves(&exprs);
    let leaves: Vec<Leaf> = of
        .values
        .bindings
        .iter()
        .map(|b| b.leaf)
        .chain([of.values.time])
        .enumerate()
        .map(|(k, expr)| Leaf { expr, tier: Tier::State, offset: k, length: 1 })
        .collect();
    let mut tape = Tape::compile(&of.values.graph, &exprs, leaves, &[])?;
    let mut read: Vec<&[f64]> = Vec::with_capacity(of.reads.len());
    for (r, b) in of.reads.iter().zip(&of.values.bindings) {
        if !used.contains(&b.leaf) {
            read.push(&[]);
            continue;
        }
        read.push(match r {
            Read::Truth(k) => course.items.get(*k).map(Vec::as_slice).unwrap_or_default(),
            Read::Column(name) => {
                let found = course.named.iter().find(|n| n.0 == *name);
                found.map(|n| n.1.as_slice()).ok_or_else(|| format!("`{name}` is not known along this run"))?
            }
        });
    }
    let mut out = vec![Vec::with_capacity(course.times.len()); exprs.len()];
    let mut inputs = vec![0.0; read.len() + 1];
    for row in 0..course.times.len() {
        for (slot, column) in inputs.iter_mut().zip(&read) {
            *slot = column.get(row).copied().unwrap_or(f64::NAN);
        }
        inputs[read.len()] = course.times[row];
        let values = tape.run(&inputs)?;
        out.iter_mut().zip(values).for_each(|(c, v)| c.push(*v));
    }
    Ok(out)
}

/// The runs of a model beside the truth, for a metric.
pub(super) fn pairs(metric: &Metric, of: &Model, truth: &[Course], model: &[Course]) -> Result<Vec<Pair>, String> {
    let which = of.compared_in(metric);
    let known = metric.of.as_ref().map(|of| &of.periods);
    let periods: Vec<Option<f64>> = which.iter().map(|k| known.and_then(|p| p.get(*k).copied().flatten())).collect();
    truth
        .iter()
        .zip(model)
        .map(|(t, m)| {
            Ok(Pair {
                times: t.times.clone(),
                truth: columns(metric, &which, t)?,
                model: columns(metric, &which, m)?,
                periods: periods.clone(),
            })
        })
        .collect()
}

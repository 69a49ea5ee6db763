//! Trajectories and states of a `sample` or `states` call, once it runs: drawn, integrated, recorded, and given
//! their noise and rates.

use super::data_line::DataLine;
use super::kept::Kept;
use super::sample_line::{Generator, SampleLine};
use super::{ExperimentOutput, Progress};
use crate::data::{Column, Content, Dataset, Origin, Starts, Targets, Times, Trial, rates};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::learn::saved::Saved;
use crate::limits;
use crate::run::draws::{Legacy, Noise, Numbers};
use crate::run::sample::{Failure, Sampled, Sampler};
use crate::run::start::Counted;
use crate::run::store::Store;
use crate::run::{identity, results, simulate};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Trajectories between two looks at the clock.
const CHUNK: usize = 256;

/// Draws, integrates and records, or takes up what an earlier run recorded; then the seconds that it took are given.
pub(super) fn execute(
    line: &SampleLine,
    of: &DataLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> Option<(Dataset, Option<f64>)> {
    let prepared = &line.prepared;
    let width = line.shape.columns.len();
    // Values first, then the exact rates of those columns that have them.
    let rated: Vec<usize> = match line.targets {
        Targets::Analytic => (0..width).filter(|k| line.shape.columns[*k].rated).collect(),
        _ => Vec::new(),
    };
    let mut exprs = line.shape.exprs.clone();
    exprs.extend(rated.iter().map(|k| (line.shape.exprs[*k].0, line.shape.exprs[*k].1 + 1)));
    let sampler = Sampler::new(prepared, &exprs, out)?;
    let nobody = Numbers { counted: Counted { prepared, trajectory: 0 }, legacy: None, axes: &line.axes };
    let samples = if line.states { 1 } else { sampler.samples(&nobody, out)? };
    if line.count.saturating_mul(samples).saturating_mul(exprs.len() + 1) > limits::DATA_NUMBERS {
        let message = format!("these data would hold more than {} numbers", limits::DATA_NUMBERS);
        out.push(Diagnostic::error("E0488", of.span, message).help("take fewer trajectories or fewer rows"));
        return None;
    }
    let noisy: Vec<(bool, usize)> = noisy(line);
    let legacy = (line.generator == Generator::Legacy)
        .then(|| Legacy::new(prepared, &line.axes, line.seed as u32, line.count, samples, noisy.len()));
    let numbers = |k: usize| Numbers {
        counted: Counted { prepared, trajectory: k as u64 },
        legacy: legacy.as_ref(),
        axes: &line.axes,
    };
    let call = (line.states, line.count, line.seed, line.generator, samples, legacy.as_ref().map(|_| noisy.len()));
    let mut kept = Kept::new(store, identity::sample(prepared, &exprs, &line.axes, &call), &of.name, of.span);
    if let Some(saved) = kept.result(out) {
        match recorded(&saved).filter(|(all, _)| all.len() == line.count) {
            Some((all, seconds)) => {
                let data = gather(line, of, &all, (samples, &rated, &noisy), &numbers, out)?;
                return Some((data, Some(seconds)));
            }
            None => kept.unreadable("result", "it does not fit this call", out),
        }
    }
    let begin = Instant::now();
    let mut all: Vec<Sampled> = Vec::with_capacity(line.count);
    while all.len() < line.count {
        if interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            output.stopped = true;
            return None;
        }
        let chunk = all.len()..(all.len() + CHUNK).min(line.count);
        let made: Vec<Result<Sampled, Failure>> = chunk
            .into_par_iter()
            .map_init(
                || sampler.expressions(),
                |expressions, k| match line.states {
                    true => sampler.state(k as u64, &numbers(k), expressions),
                    false => sampler.trajectory(k as u64, &numbers(k), expressions, interrupt),
                },
            )
            .collect();
        for one in made {
            match one {
                Ok(sampled) => all.push(sampled),
                Err(failure) => {
                    failed(of, all.len(), failure, output, out);
                    return None;
                }
            }
        }
        progress(&of.name, all.len() as f64 / line.count as f64, &format!("{} of {}", all.len(), line.count));
    }
    let seconds = begin.elapsed().as_secs_f64();
    if seconds > store.worth() && all.iter().map(|s| s.rows.len()).sum::<usize>() <= limits::KEPT_NUMBERS {
        kept.done(Some(record(&all, seconds)));
    }
    kept.report(out);
    Some((gather(line, of, &all, (samples, &rated, &noisy), &numbers, out)?, None))
}

/// Sampled rows as numbers to keep.
fn record(all: &[Sampled], seconds: f64) -> Saved {
    let mut saved = Saved::default();
    let parts = |s: &Sampled| [s.parameters.clone(), s.start.clone(), s.times.clone(), s.rows.clone()];
    let lengths: Vec<f64> = all.iter().flat_map(|s| parts(s).map(|p| p.len() as f64)).collect();
    saved.shaped("lengths", &[all.len(), 4], &lengths);
    saved.numbers("numbers", &all.iter().flat_map(|s| parts(s).concat()).collect::<Vec<f64>>());
    saved.numbers("seconds", &[seconds]);
    saved
}

/// What [`record`] gave, and the seconds that it took.
fn recorded(saved: &Saved) -> Option<(Vec<Sampled>, f64)> {
    let (lengths, mut rest) = (saved.array("lengths")?, saved.array("numbers")?);
    let &[seconds] = saved.array("seconds")? else { return None };
    let mut take = |n: f64| {
        let (part, behind) = rest.split_at_checked(n as usize)?;
        rest = behind;
        Some(part.to_vec())
    };
    let mut all = Vec::with_capacity(lengths.len() / 4);
    for l in lengths.chunks_exact(4) {
        all.push(Sampled { parameters: take(l[0])?, start: take(l[1])?, times: take(l[2])?, rows: take(l[3])? });
    }
    Some((all, seconds))
}

/// Which columns have noise, values (`false`) before rates (`true`).
fn noisy(line: &SampleLine) -> Vec<(bool, usize)> {
    let of = |rates: bool, list: &[Option<Noise>]| -> Vec<(bool, usize)> {
        (0..list.len()).filter(|k| list[*k].is_some()).map(|k| (rates, k)).collect()
    };
    [of(false, &line.noise), of(true, &line.noise_of_rates)].concat()
}

fn failed(of: &DataLine, k: usize, failure: Failure, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    match failure {
        Failure::Diagnostics(list) => out.extend(list.sorted()),
        Failure::Outcome(crate::integrate::Outcome::Interrupted { .. }) => output.stopped = true,
        Failure::Outcome(outcome) => {
            let message = format!("trajectory {} of `{}` ended in {}", k + 1, of.name, outcome.name());
            out.push(Diagnostic::error("E0487", of.span, message).note(outcome.to_string()).help(outcome.advice()));
        }
    }
}

/// Columns of all trajectories, with noise and rates.
fn gather<'n>(
    line: &SampleLine,
    of: &DataLine,
    all: &[Sampled],
    (samples, rated, noisy): (usize, &[usize], &[(bool, usize)]),
    numbers: &dyn Fn(usize) -> Numbers<'n>,
    out: &mut Diagnostics,
) -> Option<Dataset> {
    let width = line.shape.columns.len();
    let stride = width + rated.len();
    let mut values = vec![Vec::with_capacity(all.len() * samples); stride];
    let mut times = Vec::new();
    let mut trials = Vec::new();
    let mut starts = Vec::with_capacity(all.len());
    for (k, s) in all.iter().enumerate() {
        if s.rows.len() != samples * stride {
            let message = format!("trajectory {} of `{}` has another number of rows than the first", k + 1, of.name);
            out.push(Diagnostic::error("E0487", of.span, message).help("`t` must not depend on what is drawn"));
            return None;
        }
        if let Some(at) = s.rows.iter().position(|v| !v.is_finite()) {
            let (row, column) = (at / stride, at % stride);
            let name = match column.checked_sub(width) {
                None => format!("`{}`", line.shape.columns[column].name),
                Some(r) => format!("the rate of `{}`", line.shape.columns[rated[r]].name),
            };
            let when =
                s.times.get(row).map_or_else(String::new, |t| format!(" at t = {}", crate::diagnostic::number(*t)));
            let message = format!("{name} is not a finite number in trajectory {} of `{}`{when}", k + 1, of.name);
            out.push(Diagnostic::error("E0487", of.span, message).help(simulate::NOT_FINITE));
            return None;
        }
        let first = values[0].len();
        for row in s.rows.chunks_exact(stride) {
            values.iter_mut().zip(row).for_each(|(c, v)| c.push(*v));
        }
        let mut start = s.start.clone();
        if let Some((names, _)) = &line.shape.starts {
            let more = names[start.len()..].iter();
            start.extend(more.filter_map(|n| line.shape.columns.iter().position(|c| c.name == n.0)).map(|c| s.rows[c]));
        }
        starts.push(start);
        times.extend_from_slice(&s.times);
        trials.push(Trial { number: k, pieces: std::iter::once(first..values[0].len()).collect() });
        let numbers = numbers(k);
        for (place, (rates, column)) in noisy.iter().enumerate() {
            let (name, list, at) = match rates {
                false => (line.shape.columns[*column].name.clone(), &line.noise, *column),
                true => {
                    let name = format!("rate of {}", line.shape.columns[*column].name);
                    let Some(at) = rated.iter().position(|r| r == column) else { continue };
                    (name, &line.noise_of_rates, width + at)
                }
            };
            let Some(noise) = list[*column] else { continue };
            for (v, z) in values[at][first..].iter_mut().zip(numbers.noise(place, &name, samples)) {
                *v += noise.mean + noise.deviation * z;
            }
        }
    }
    let mut rates: Vec<Option<Vec<f64>>> = vec![None; width];
    for (k, v) in rated.iter().rev().zip(values.drain(width..).rev().collect::<Vec<_>>()) {
        rates[*k] = Some(v);
    }
    let columns = line.shape.columns.iter().zip(values).zip(rates).enumerate();
    let columns = columns.map(|(k, ((c, values), rates))| Column {
        name: c.name.clone(),
        dimension: c.dimension,
        unit: results::unit(&c.dimension),
        factor: 1.0,
        values,
        rates,
        noise: line.noise[k].map(|n| n.deviation),
    });
    let system = line.prepared.system.name.clone();
    let time = line.shape.time.map(|t| t.1);
    let named = line.shape.starts.clone().unwrap_or_default().0;
    let mut content = Content {
        columns: columns.collect(),
        names: line.shape.names.clone(),
        times: time.map(|dimension| Times { values: times, unit: results::unit(&dimension), factor: 1.0, dimension }),
        starts: Some(Starts {
            names: named.iter().map(|n| n.0.clone()).collect(),
            dimensions: named.iter().map(|n| n.1).collect(),
            values: starts,
        }),
        origin: match line.states {
            true => Origin::States { system, seed: line.seed },
            false => Origin::Sampled { system, seed: line.seed },
        },
        labels: (1..=all.len()).map(|k| k.to_string()).collect(),
    };
    if line.states {
        return Some(Dataset::of_states(content, all.len()));
    }
    if line.targets != Targets::Analytic {
        trials = rates::differences(&mut content, &trials, line.targets);
        if trials.is_empty() {
            let message = format!("`{}` has too few rows for rates by differences", of.name);
            out.push(Diagnostic::error("E0486", of.span, message));
            return None;
        }
        difference_noise(line, &mut content, numbers, (samples, noisy));
    }
    Some(Dataset::new(content, trials))
}

/// Noise on rates by differences, on top of what they have from the values.
fn difference_noise<'n>(
    line: &SampleLine,
    content: &mut Content,
    numbers: &dyn Fn(usize) -> Numbers<'n>,
    (samples, noisy): (usize, &[(bool, usize)]),
) {
    for (place, (rates, column)) in noisy.iter().enumerate() {
        let (true, Some(noise)) = (*rates, line.noise_of_rates[*column]) else { continue };
        let name = format!("rate of {}", content.columns[*column].name);
        let Some(list) = &mut content.columns[*column].rates else { continue };
        for (k, part) in list.chunks_mut(samples).enumerate() {
            part.iter_mut()
                .zip(numbers(k).noise(place, &name, samples))
                .for_each(|(v, z)| *v += noise.mean + noise.deviation * z);
        }
    }
}

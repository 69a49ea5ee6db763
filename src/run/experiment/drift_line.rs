//! `data real = drifters(d) { at = [x, y], along = day, starts = [0, 1; 2, 3], t = 0..20 by 0.5 }`: what a measured
//! field carries from some places, as trajectories that models are compared with.
//!
//! Columns are the coordinates, with the field as their rates, and the column of the times (`day`), which drives a
//! model that has it as an input.

use super::ExperimentOutput;
use super::field_rows::{self, Component};
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use crate::analyse::current::{Current, NoGrid, Path};
use crate::data::dataset::{Column, Content, Times};
use crate::data::{Dataset, Named, Origin, Trial};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::run::results;
use crate::syntax::tree::*;

const OPTIONS: &[&str] = &["at", "field", "along", "starts", "t"];
const USAGE: &str =
    "write `data real = drifters(d) { at = [x, y], along = day, starts = [0, 1; 2, 3], t = 0..20 by 0.5 }`";

/// Drifters, resolved.
pub(super) struct DriftLine {
    span: Span,
    /// The data, among the results.
    of: usize,
    at: [usize; 2],
    field: [Component; 2],
    /// The column of the times of the field.
    along: Option<usize>,
    only: Vec<(usize, f64)>,
    starts: Vec<[f64; 2]>,
    times: Vec<f64>,
    pub(super) shape: Shape,
}

/// Resolves the line.
pub(super) fn plan(planner: &mut Planner, value: &Expr, config: Option<&Config>) -> Option<(DriftLine, Shape)> {
    let ExprKind::Call { args, .. } = &*value.kind else { return None };
    let plain = |a: &Arg| a.name.is_none() && a.each.is_none() && a.tweaks.is_none() && !a.is_range;
    let [first] = args.as_slice() else { return wrong(planner, value.span, "`drifters` takes the rows of a field") };
    if !plain(first) {
        return wrong(planner, first.span, "`drifters` takes the rows of a field");
    }
    let of = planner.data_named(&first.value)?;
    let Source::Data(source) = &planner.sources[of] else { return None };
    let source = source.clone();
    let (only, rest) = field_rows::picked(planner, &source, config)?;
    let mut out = std::mem::take(&mut planner.out);
    let before = out.len();
    let list = option::read("`drifters`", OPTIONS, rest.as_ref(), &mut out);
    let fine = out.len() == before;
    planner.out = out;
    let (mut at, mut field, mut along, mut starts, mut times) = (None, None, None, None, None);
    for (name, e) in list {
        match name {
            "at" => at = Some(planner.two_columns(&source, e)?),
            "field" => field = Some(planner.two_columns(&source, e)?),
            "along" => along = Some((planner.column_of(&source, e)?, e.span)),
            "starts" => starts = Some((planner.places(e)?, e.span)),
            _ => times = Some((planner.evenly(e)?, e.span)),
        }
    }
    if !fine {
        return None;
    }
    let (at, field) = match field_rows::plane(&source, at, field) {
        Ok(found) => found,
        Err(message) => return wrong(planner, value.span, message),
    };
    let (Some((starts, starts_at)), Some(((times, second), times_at))) = (starts, times) else {
        return wrong(planner, value.span, "where drifters start and for how long they run is to be said");
    };
    // What a coordinate changes by in a time is the field.
    let time = if planner.program.has_units { Dimension::time() } else { Dimension::one() };
    let [x, y] = at.map(|k| source.columns[k].dimension);
    let [u, v] = field.map(|c| field_rows::dimension(planner, &source, c));
    if [(x, u), (y, v)].iter().any(|(of, rate)| of.div(&time).ok() != Some(*rate)) {
        return wrong(planner, value.span, "a component is the rate of its coordinate, and these have other units");
    }
    if second.is_some_and(|d| d != time) {
        return wrong(planner, times_at, "`t` is in units of time");
    }
    if starts.iter().any(|s| s[0].1.is_some_and(|d| d != x) || s[1].1.is_some_and(|d| d != y)) {
        return wrong(planner, starts_at, "these places have another unit than the coordinates");
    }
    if let Some((k, span)) = along.filter(|a| source.columns[a.0].dimension != time) {
        let message = format!("`{}` is no time, so the field does not change along it", source.columns[k].name);
        return wrong(planner, span, &message);
    }
    let along = along.map(|a| a.0);
    let mut columns: Vec<(String, Dimension, bool)> =
        at.iter().map(|k| (source.columns[*k].name.clone(), source.columns[*k].dimension, true)).collect();
    columns.extend(along.map(|k| (source.columns[k].name.clone(), time, false)));
    let named = columns.iter().enumerate();
    let named = named.map(|(k, c)| Named { name: c.0.clone(), shape: Vec::new(), columns: k..k + 1 }).collect();
    let mut shape = Shape::new(columns, named, Some(time));
    shape.trajectories = Some(starts.len());
    let starts = starts.into_iter().map(|s| [s[0].0, s[1].0]).collect();
    let line = DriftLine { span: value.span, of, at, field, along, only, starts, times, shape: shape.clone() };
    Some((line, shape))
}

fn wrong<T>(planner: &mut Planner, at: Span, message: &str) -> Option<T> {
    planner.out.push(Diagnostic::error("E0498", at, message).help(USAGE));
    None
}

/// A number with its dimension; zero has any.
type Measured = (f64, Option<Dimension>);

impl Planner {
    /// `[0, 1; 2, 3] [km]`: a place a row.
    fn places(&mut self, e: &Expr) -> Option<Vec<[Measured; 2]>> {
        let ExprKind::List { rows, unit } = &*e.kind else {
            return wrong(self, e.span, "places are rows of two numbers: `starts = [0, 1; 2, 3]`");
        };
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            // a list of lists is as good
            let row = match row.as_slice() {
                [a, b] => [a, b],
                _ => return wrong(self, e.span, "places are rows of two numbers: `starts = [0, 1; 2, 3]`"),
            };
            let one = |planner: &mut Planner, e: &Expr| -> Option<Measured> {
                let alone = ExprKind::List { rows: vec![vec![e.clone()]], unit: unit.clone() };
                let (v, d) = planner.quantity(&Expr { span: e.span, kind: Box::new(alone) })?;
                Some((v, (v != 0.0).then_some(d)))
            };
            out.push([one(self, row[0])?, one(self, row[1])?]);
        }
        Some(out)
    }

    /// `0..20 by 0.5`: the times, and their dimension.
    fn evenly(&mut self, e: &Expr) -> Option<(Vec<f64>, Option<Dimension>)> {
        let ExprKind::Range { from, to, by: Some(by), count: None } = &*e.kind else {
            return wrong(self, e.span, "times are a range with its step: `t = 0..20 by 0.5`");
        };
        let ((a, of_a), (b, of_b), (h, of_h)) = (self.quantity(from)?, self.quantity(to)?, self.quantity(by)?);
        let same = (a == 0.0 || of_a == of_b) && of_h == of_b;
        let count = ((b - a) / h + 1e-9).floor();
        if !(same && h > 0.0 && count >= 1.0) {
            return wrong(self, e.span, "times go from a smaller to a larger one in one unit: `t = 0..20 by 0.5`");
        }
        if count >= limits::CURRENT_SAMPLES as f64 {
            return wrong(self, e.span, "these are too many times for a drifter: take a larger step");
        }
        Some(((0..=count as usize).map(|k| a + h * k as f64).collect(), Some(of_b)))
    }
}

/// Carries the drifters.
pub(super) fn execute(line: &DriftLine, output: &ExperimentOutput, out: &mut Diagnostics) -> Option<Dataset> {
    let source = output.data(line.of)?;
    let fail = |out: &mut Diagnostics, message: String, help: &str| {
        out.push(Diagnostic::error("E0499", line.span, message).help(help.to_owned()));
        None
    };
    let columns = field_rows::columns(&source.data, line.at, line.field, &line.only);
    let Some(([x, y], [u, v], kept)) = columns else { return fail(out, "its rates are gone".into(), USAGE) };
    let t: Option<Vec<f64>> = line.along.map(|k| {
        let all = source.data.values(k);
        kept.iter().map(|r| all[*r]).collect()
    });
    let current = match Current::placed([&x, &y], t.as_deref(), [&u, &v]) {
        Ok(current) => current,
        Err(why) => {
            let help = match line.along {
                None => "of a field that changes name its times, `along = day`, or pick one: `where = { day = 12 }`",
                Some(_) => "the rows stand on an even grid of places and times, one on each point",
            };
            let message = match why {
                NoGrid::Uneven(k) => {
                    let name = [line.at[0], line.at[1], line.along.unwrap_or(line.at[0])][k];
                    format!("the values of `{}` are not evenly spaced", source.data.columns()[name].name)
                }
                NoGrid::Sparse(points) => format!("these rows would be a grid of {points} points"),
                NoGrid::Twice(_) => "two rows have one place".into(),
            };
            return fail(out, message, help);
        }
    };
    if let Some((from, to)) = current.span()
        && (line.times[0] < from - 1e-9 || line.times[line.times.len() - 1] > to * (1.0 + 1e-12) + 1e-9)
    {
        let message = format!("the field is known from {from} to {to} (SI), and `t` goes beyond");
        return fail(out, message, "take times of the data");
    }
    let needed = current.steps(line.times[1] - line.times[0]);
    if needed > limits::CURRENT_STEPS as f64 {
        let message = format!("a drifter needs {needed:.0} steps from one sample to the next");
        return fail(out, message, "take a smaller step of `t`, or look whether its unit is that of the field");
    }
    let paths = current.paths(&line.starts, &line.times);
    if let Some(k) = paths.iter().position(|p| p.at.len() < 2) {
        let [x, y] = line.starts[k];
        let message = format!("drifter {} starts at ({x}, {y}) (SI), where there is no field", k + 1);
        return fail(out, message, "start between points of the grid, away from its rim and from missing points");
    }
    let short: Vec<usize> = (0..paths.len()).filter(|k| paths[*k].at.len() < line.times.len()).collect();
    if let Some(k) = short.first() {
        let message = format!("{} of {} drifters end early", short.len(), paths.len());
        let at = results::unit(&line.shape.columns[0].dimension);
        let last = paths[*k].at[paths[*k].at.len() - 1];
        let note = format!("drifter {} leaves the field behind ({}, {}) {at}", k + 1, last[0], last[1]);
        out.push(Diagnostic::note_only("W0483", line.span, message).note(note));
    }
    Some(dataset(line, &paths, &source.name))
}

fn dataset(line: &DriftLine, paths: &[Path], name: &str) -> Dataset {
    let part = |pick: &dyn Fn(&Path, usize) -> f64| -> Vec<f64> {
        paths.iter().flat_map(|p| (0..p.at.len()).map(|k| pick(p, k)).collect::<Vec<f64>>()).collect()
    };
    let times: Vec<f64> = paths.iter().flat_map(|p| line.times[..p.at.len()].to_vec()).collect();
    let mut trials = Vec::new();
    let mut row = 0;
    for (number, p) in paths.iter().enumerate() {
        trials.push(Trial { number, pieces: std::iter::once(row..row + p.at.len()).collect() });
        row += p.at.len();
    }
    let columns = line.shape.columns.iter().enumerate().map(|(c, column)| Column {
        name: column.name.clone(),
        dimension: column.dimension,
        unit: results::unit(&column.dimension),
        factor: 1.0,
        values: if c < 2 { part(&|p, k| p.at[k][c]) } else { times.clone() },
        rates: (c < 2).then(|| part(&|p, k| p.rate[k][c])),
        noise: None,
    });
    let dimension = line.shape.time.map_or_else(Dimension::one, |t| t.1);
    let content = Content {
        columns: columns.collect(),
        names: line.shape.names.clone(),
        times: Some(Times { values: times.clone(), unit: results::unit(&dimension), factor: 1.0, dimension }),
        starts: None,
        origin: Origin::Drifters { of: name.to_owned() },
        labels: (1..=paths.len()).map(|k| k.to_string()).collect(),
    };
    Dataset::new(content, trials)
}

//! The figure of a `plot` line, once its runs are done.

use super::evidence::Results;
use super::plan::Plan;
use super::plot_line::{PlotLine, Takes};
use super::strip::{self, Drawn};
use super::style::Style;
use super::{ExperimentOutput, Made, plane, vectors};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::dimension::Dimension;
use crate::model::experiment::{Binding, ExperimentValues};
use crate::report::plot::histogram::{self, Histogram};
use crate::report::plot::lines::{self, Group, Lines};
use crate::report::plot::losses::{self, Loss};
use crate::report::plot::panel::Panel;
use crate::report::plot::path::{self, Path};
use crate::report::plot::phase::{self, Phase};
use crate::report::plot::scatter::{self, Scatter};
use crate::report::plot::scores;
use crate::report::plot::{Figure, Quantity, Series};
use crate::report::{Pairs, ReportError};
use crate::run::picture::{self, Window};
use crate::run::results::{self, ResultFile};
use crate::run::verdict::{self, Evidence, Rows};
use crate::symbolic::ExprId;

/// Draws the line into files of the output.
pub(super) fn execute(line: &PlotLine, plan: &Plan, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    if let Some(strip) = &line.strip {
        match strip::draw(line, strip, output) {
            Ok(Drawn::Figure(figure)) => write(&figure, line, plan, output, out),
            Ok(Drawn::Film(film)) => {
                let title = line.style.title.clone().unwrap_or_else(|| line.text.clone());
                let provenance = provenance(line, plan, output);
                for ending in ["png", "gif"].into_iter().filter(|e| line.style.format.is_none_or(|f| f == *e)) {
                    let bytes = if ending == "png" { film.apng(&title, &provenance) } else { film.gif() };
                    keep(bytes, ending, line, output, out);
                }
            }
            Err(sentence) => out.push(Diagnostic::error("E0470", line.span, sentence)),
        }
        return;
    }
    let figure = match figure(line, output) {
        Ok(figure) => figure,
        Err(sentence) => {
            out.push(Diagnostic::error("E0470", line.span, sentence));
            return;
        }
    };
    write(&figure, line, plan, output, out);
}

/// The figure as files.
fn write(figure: &Figure, line: &PlotLine, plan: &Plan, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    let title = line.style.title.clone().unwrap_or_else(|| line.text.clone());
    let provenance = provenance(line, plan, output);
    for (ending, bytes) in [("svg", figure.svg(&title, &provenance)), ("png", figure.png(&title, &provenance))] {
        keep(bytes, ending, line, output, out);
    }
}

fn keep(
    bytes: Result<Vec<u8>, ReportError>,
    ending: &str,
    line: &PlotLine,
    output: &mut ExperimentOutput,
    out: &mut Diagnostics,
) {
    match bytes {
        Ok(bytes) => output.files.push(ResultFile { name: format!("{}.{ending}", line.stem), bytes }),
        Err(error) => out.push(Diagnostic::error("E0470", line.span, error.to_string())),
    }
}

/// The line, and the runs that it reads.
fn provenance(line: &PlotLine, plan: &Plan, all: &ExperimentOutput) -> String {
    let read: Vec<usize> = match &line.values {
        Some(values) => (0..all.places.len()).filter(|k| values.bindings.iter().any(|b| b.result == *k)).collect(),
        None if matches!(line.takes, Takes::Fits | Takes::Parts) => line.fits.clone(),
        None if line.strip.is_some() => line.strip.iter().flat_map(|s| s.results()).collect(),
        None => vec![line.run],
    };
    let runs: Vec<serde_json::Value> = read
        .into_iter()
        .map(|k| match all.result(k) {
            Made::Run(run) => {
                let of = run.trajectories.first().map(|r| results::provenance(r, Pairs::default()));
                serde_json::json!({ "name": run.name, "trajectories": run.trajectories.len(), "provenance": of })
            }
            Made::Data(data) => serde_json::json!({ "name": data.name, "sha256": data.data.sha256() }),
            Made::Fit(fit) => fit.facts(),
            Made::Formula(formula) => formula.facts(),
        })
        .collect();
    serde_json::json!({
        "version": crate::report::version(), "sha256": plan.hash, "experiment": plan.name, "line": line.text, "runs": runs,
    })
    .to_string()
}

/// Losses of fits over their steps, each beside that on its `valid` rows and what the noise of the data alone makes.
fn losses(line: &PlotLine, all: &ExperimentOutput) -> Result<Figure, String> {
    let mut fits = Vec::new();
    for (fit, has_floor) in line.fits.iter().filter_map(|k| all.fit(*k)).zip(&line.floors) {
        let (name, records) = (&fit.fitted.name, &fit.fitted.training.records);
        let steps: Vec<f64> = records.iter().map(|r| r.step as f64).collect();
        let values: Vec<f64> = records.iter().map(|r| r.loss).collect();
        let (rows, valid): (Vec<f64>, Vec<f64>) =
            records.iter().filter_map(|r| Some((r.step as f64, r.valid?))).unzip();
        let floor = all.scores.iter().rev().flat_map(|s| &s.rows).find(|r| r.model == *name).and_then(|r| r.floor);
        fits.push(Loss {
            train: Series::new(name.clone(), &steps, &values),
            valid: Series::new(name.clone(), &rows, &valid),
            floor: floor.filter(|f| *has_floor && *f > 0.0),
        });
    }
    styled(vec![losses::panel(&fits)], &line.style)
}

/// Scores of the last comparison of each fit, a panel for each metric.
fn scored(line: &PlotLine, all: &ExperimentOutput) -> Result<Figure, String> {
    let models: Vec<String> = line.fits.iter().filter_map(|k| Some(all.fit(*k)?.fitted.name.clone())).collect();
    let mut metrics: Vec<scores::Metric> = Vec::new();
    for (k, model) in models.iter().enumerate() {
        let Some((of, r)) = all.scores.iter().rev().find_map(|s| {
            let row = s.rows.iter().position(|r| r.model == *model)?;
            Some((s, row))
        }) else {
            return Err(format!("`{model}` was not compared"));
        };
        let row = &of.rows[r];
        for (c, (head, cell)) in of.heads.iter().zip(&row.cells).enumerate() {
            if !head.ranks() {
                continue;
            }
            let quantity = Quantity::new(format!("{} ", head.label), head.unit.clone());
            let at = match metrics.iter().position(|m| m.quantity == quantity) {
                Some(at) => at,
                None => {
                    metrics.push(scores::Metric { quantity, bars: Vec::new(), floor: None });
                    metrics.len() - 1
                }
            };
            metrics[at].bars.resize(models.len(), scores::Bar { median: f64::NAN, ..Default::default() });
            metrics[at].bars[k] = scores::Bar {
                median: cell.median,
                spread: cell.spread,
                values: cell.values.clone(),
                published: of.published.iter().find(|p| (p.row, p.column) == (r, c)).map(|p| p.published),
            };
            if head.label == "derivative_mse" {
                metrics[at].floor = metrics[at].floor.or(row.floor.filter(|f| *f > 0.0));
            }
        }
    }
    if metrics.is_empty() {
        return Err("there is no score to draw".into());
    }
    styled(scores::panels(&models, &metrics), &line.style)
}

fn figure(line: &PlotLine, all: &ExperimentOutput) -> Result<Figure, String> {
    match line.kind {
        "losses" => return losses(line, all),
        "scores" => return scored(line, all),
        "helmholtz" => {
            let mut page = vectors::of_parts(line, all)?;
            page.title = line.style.title.clone().unwrap_or_default();
            for panel in page.rows.iter_mut().flat_map(|r| &mut r.panels) {
                relabel(panel, &line.style);
            }
            return Ok(page.figure());
        }
        _ => {}
    }
    let Some(values) = &line.values else {
        let Some(run) = all.run(line.run).and_then(|r| r.trajectories.first()) else {
            return Err("this plot is of a run".into());
        };
        let table = results::table(run).map_err(|e| e.to_string())?;
        let nothing = || "this run has nothing to draw".to_owned();
        if line.kind == "overview" {
            return picture::overview(run, &table).ok_or_else(nothing);
        }
        let drift = picture::drift(run, &table).filter(|d| !d.series.is_empty()).ok_or_else(nothing)?;
        return styled(vec![crate::report::plot::drift::panel(&drift)], &line.style);
    };
    if line.takes == Takes::Against && values.ranges.len() == 2 {
        return Ok(Figure::beside(plane::panels(line, values, all)?));
    }
    if matches!(line.takes, Takes::Curve | Takes::Plane | Takes::Flow | Takes::Against) {
        return styled(plane::panels(line, values, all)?, &line.style);
    }
    let mut evidence =
        Results::new(all, values.graph.clone(), values.bindings.clone(), values.time, values.nets.clone());
    let numbers = verdict::numbers(&values.functionals, &mut evidence)?;
    let exprs: Vec<ExprId> = values.items.iter().map(|i| i.1).collect();
    if line.takes == Takes::Vectors {
        let columns = evidence.along(&exprs, &numbers)?.columns;
        let names: Vec<Quantity> = (0..4).map(|k| quantity(values, all, k)).collect();
        return styled(vec![vectors::of_columns(line, &names, columns)?], &line.style);
    }
    if line.takes == Takes::Paths {
        let (mut paths, mut ends) = (Vec::new(), Vec::new());
        for k in (0..exprs.len()).step_by(2) {
            let name = &values.items[k + 1].0;
            let owner = name.rsplit_once('.').map_or(name.as_str(), |n| n.0);
            paths.extend(series(owner, &evidence.along(&[exprs[k], exprs[k + 1]], &numbers)?));
        }
        for k in 0..2 {
            // the axis is of all of them
            let q = quantity(values, all, k);
            let label = values.items[k].0.rsplit_once('.').map_or(q.label.clone(), |n| n.1.to_owned());
            ends.push(Quantity { label, ..q });
        }
        let input = Path { x: ends[0].clone(), y: ends[1].clone(), series: paths, body: Vec::new() };
        return styled(vec![path::panel(&input)], &line.style);
    }
    // What stands upwards is read with what stands across, one by one: each has its own times.
    let mut read = Vec::new();
    if line.takes == Takes::Values {
        read.push(evidence.along(&exprs, &numbers)?);
    }
    let pairs = if line.takes == Takes::Values { 1 } else { exprs.len() };
    for k in 1..pairs {
        read.push(evidence.along(&[exprs[0], exprs[k]], &numbers)?);
    }
    let quantity = |k: usize| quantity(values, all, k);
    if line.takes == Takes::Values {
        let samples = values.items.iter().zip(&read[0].columns).map(|(i, c)| (i.0.clone(), c.clone())).collect();
        let input = Histogram { x: quantity(0), samples, bins: line.style.bins };
        return styled(vec![histogram::panel(&input)], &line.style);
    }
    let x = quantity(0);
    let upwards: Vec<(Quantity, Vec<Series>)> =
        (1..exprs.len()).map(|k| (quantity(k), series(&values.items[k].0, &read[k - 1]))).collect();
    if line.kind == "lines" {
        let input = Lines { x, groups: groups(upwards) };
        return styled(lines::panels(&input), &line.style);
    }
    let y = Quantity {
        label: if upwards.len() > 1 { String::new() } else { upwards[0].0.label.clone() },
        ..upwards[0].0.clone()
    };
    let series: Vec<Series> = upwards.into_iter().flat_map(|u| u.1).collect();
    let panel = match line.kind {
        "phase" => {
            let window = Window::around(series.iter().flat_map(|s| &s.x), series.iter().flat_map(|s| &s.y));
            let window = window.with(line.style.xrange, line.style.yrange);
            phase::panel(&Phase { series, ..picture::of_values(values, all, (x, y), window) })
        }
        "path" => path::panel(&Path { x, y, series, body: Vec::new() }),
        _ => scatter::panel(&Scatter { x, y, series, size: line.style.size, equal: false }),
    };
    styled(vec![panel], &line.style)
}

/// One curve for each trajectory: the second column over the first.
fn series(label: &str, rows: &Rows) -> Vec<Series> {
    let several = rows.ends.len() > 1;
    let name = |k: usize| if several { format!("{label} ({})", k + 1) } else { label.to_owned() };
    rows.trajectories()
        .enumerate()
        .map(|(k, r)| Series::new(name(k), &rows.columns[0][r.clone()], &rows.columns[1][r]))
        .collect()
}

/// A panel for each unit, in the order of the line.
fn groups(upwards: Vec<(Quantity, Vec<Series>)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (q, series) in upwards {
        match groups.iter_mut().find(|g| g.y.unit == q.unit && g.y.period == q.period) {
            Some(group) => group.series.extend(series),
            None => groups.push(Group { y: Quantity { label: String::new(), ..q }, series }),
        }
    }
    groups
}

/// Name, unit and period of an item. What is a variable itself is shown as that variable is.
pub fn quantity(values: &ExperimentValues, all: &ExperimentOutput, k: usize) -> Quantity {
    let (name, expr, dimension) = &values.items[k];
    let plain = Quantity::new(name.clone(), unit(dimension));
    if *expr == values.time {
        return plain;
    }
    match values.bindings.iter().find(|b| b.leaf == *expr) {
        Some(b) => variable(b, all).map_or(plain, |v| Quantity { label: name.clone(), ..v }),
        None => plain,
    }
}

fn unit(dimension: &Dimension) -> String {
    results::unit(dimension)
}

/// The quantity that a binding to a coordinate, momentum, state or velocity stands for.
fn variable(b: &Binding, all: &ExperimentOutput) -> Option<Quantity> {
    picture::variable_quantity(&all.run(b.result)?.trajectories.first()?.prepared, b.item, b.primes)
}

/// Captions of one's own, set upright: they are no symbols.
fn relabel(panel: &mut Panel, style: &Style) {
    if let Some(label) = &style.xlabel {
        panel.x.label = format!("{label} ");
    }
    if let Some(label) = &style.ylabel {
        panel.y.label = format!("{label} ");
    }
}

/// Panels with the options of the line.
fn styled(mut panels: Vec<Panel>, style: &Style) -> Result<Figure, String> {
    let count = panels.len();
    if count > 1 && (style.ylabel.is_some() || style.yrange.is_some()) {
        return Err("the quantities of this plot have different units, each in a panel of its own, and `ylabel` and `yrange` are for one panel".into());
    }
    for (k, panel) in panels.iter_mut().enumerate() {
        if let (0, Some(title)) = (k, &style.title) {
            panel.title = title.clone();
        }
        relabel(panel, style);
        panel.x_range = style.xrange.or(panel.x_range);
        panel.y_range = style.yrange.or(panel.y_range);
    }
    Ok(if count == 1 { Figure::single(panels.remove(0)) } else { Figure::stacked(panels) })
}

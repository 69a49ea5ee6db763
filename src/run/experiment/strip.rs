//! Whole fields over time: `plot image(a.c, t = [0, 0.1])`, `plot film([a.c, b.c, a.c - b.c])`.
//!
//! What is drawn is a field, or another family of numbers in one or two indices that is part of the state, of a run;
//! or a difference of two. It is read from the states themselves, at any time of the run, so that no expression is
//! made of its points.

use super::ExperimentOutput;
use super::place::Source;
use super::plan::Planner;
use super::plot_line::{PlotLine, fail};
use super::style::Style;
use crate::diagnostic::Span;
use crate::limits;
use crate::model;
use crate::report::plot::film::Film;
use crate::report::plot::frames::{self, Frames, Strip};
use crate::report::plot::grid::Grid;
use crate::report::plot::lines::{self, Group, Lines};
use crate::report::plot::panels::Panels;
use crate::report::plot::{Figure, Quantity, Series};
use crate::run::numbers::Known;
use crate::run::output::RunOutput;
use crate::run::prepare::Prepared;
use crate::run::results;
use crate::syntax::tree::*;

/// Times of a sequence of images, and pages of a film, if nothing else is asked for.
const TIMES: usize = 5;
const PAGES: usize = 60;
/// Samples of an image over place and time.
const SAMPLES: usize = 400;
/// Pages in a second.
const FPS: f64 = 12.0;

/// One family of numbers of a run.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    result: usize,
    /// Which trajectory, of a run from several starts.
    trajectory: usize,
    /// Index of the variable of its system.
    variable: usize,
    /// Component at a point.
    component: usize,
    /// Components at a point.
    components: usize,
    /// Points along the first and the second index; 1 where there is no second.
    extents: (usize, usize),
}

/// What is drawn: a family, or it less another one.
#[derive(Clone, Debug)]
struct Shown {
    text: String,
    first: Part,
    less: Option<Part>,
}

/// Fields over time, resolved.
#[derive(Clone, Debug, Default)]
pub struct StripLine {
    fields: Vec<Shown>,
    times: Option<Vec<f64>>,
}

impl StripLine {
    /// The results that it reads.
    pub fn results(&self) -> Vec<usize> {
        let mut list: Vec<usize> =
            self.fields.iter().flat_map(|f| std::iter::once(&f.first).chain(&f.less)).map(|p| p.result).collect();
        list.sort_unstable();
        list.dedup();
        list
    }
}

/// Resolves the arguments.
pub(super) fn plan(planner: &mut Planner, kind: &str, args: &[Arg], at: Span) -> Option<StripLine> {
    let usage =
        format!("write `plot {kind}(a.c)`, `plot {kind}(a.c, t = [0, 1])`, or `plot {kind}([a.c, b.c, a.c - b.c])`");
    let mut line = StripLine::default();
    let mut plain = Vec::new();
    for a in args {
        match &a.name {
            Some(n) if n.name == "t" && line.times.is_none() => line.times = Some(times(planner, &a.value)?),
            Some(n) => return fail(planner, a.span, format!("`{kind}` has no argument `{}`", n.name), usage),
            None => plain.push(a),
        }
    }
    let [one] = plain[..] else {
        return fail(planner, at, format!("`{kind}` takes a field of a run, or a list of them"), usage);
    };
    let listed: Vec<Expr> = match &*one.value.kind {
        ExprKind::List { rows, unit: None } if rows.len() == 1 => rows[0].clone(),
        _ => vec![one.value.clone()],
    };
    if listed.is_empty() || listed.len() > limits::STRIP_FIELDS {
        let message =
            format!("a sequence of images has from 1 to {} fields, and this is {}", limits::STRIP_FIELDS, listed.len());
        return fail(planner, one.span, message, "draw some of them in a line of their own".into());
    }
    for e in &listed {
        let text = planner.program.files.text(e.span).split_whitespace().collect::<Vec<_>>().join(" ");
        let (first, less) = match &*bare(e).kind {
            ExprKind::Sum { first, rest } if matches!(rest[..], [(SumOp::Minus, ..)]) => {
                (part(planner, first, &usage)?, Some(part(planner, &rest[0].2, &usage)?))
            }
            _ => (part(planner, e, &usage)?, None),
        };
        line.fields.push(Shown { text, first, less });
    }
    let first = &line.fields[0].first;
    let (extents, d) = (first.extents, dimension(planner, first));
    for (k, f) in line.fields.iter().enumerate() {
        for p in std::iter::once(&f.first).chain(&f.less) {
            let (a, b) = (extents, p.extents);
            if a != b {
                let shown = |e: (usize, usize)| {
                    if e.1 == 1 { format!("{} points", e.0) } else { format!("{} × {} points", e.0, e.1) }
                };
                let message = format!("`{}` has {} and `{}` {}", line.fields[0].text, shown(a), f.text, shown(b));
                return fail(planner, listed[k].span, message, "fields beside each other are on equal grids".into());
            }
            if dimension(planner, p) != d {
                let message = format!(
                    "`{}` and `{}` have different dimensions, and one scale of colours",
                    line.fields[0].text, f.text
                );
                return fail(planner, listed[k].span, message, "draw them in lines of their own".into());
            }
        }
    }
    let most = if kind == "film" { limits::FILM_PAGES } else { limits::STRIP_TIMES };
    if line.times.as_ref().is_some_and(|t| t.len() > most) {
        return fail(planner, at, format!("`{kind}` shows at most {most} times"), "leave some of them out".into());
    }
    Some(line)
}

fn bare(e: &Expr) -> &Expr {
    match &*e.kind {
        ExprKind::Paren(inner) => bare(inner),
        _ => e,
    }
}

/// The numbers of `t = [0, 0.1]`.
fn times(planner: &mut Planner, e: &Expr) -> Option<Vec<f64>> {
    let (made, problems) = model::resolve_values(&planner.program, planner.module, std::slice::from_ref(e), &[], &[]);
    planner.out.extend(problems.sorted());
    let mut made = made?;
    let exprs: Vec<_> = made.items.iter().map(|i| i.1).collect();
    match Known::default().evaluate(&mut made.graph, &exprs) {
        Ok(values) if !values.is_empty() && values.iter().all(|v| v.is_finite()) => Some(values),
        _ => fail(planner, e.span, "`t` is a number, or a list of numbers".into(), "write `t = [0, 0.1, 0.5]`".into()),
    }
}

fn prepared(planner: &Planner, result: usize) -> Option<&Prepared> {
    match &planner.sources[result] {
        Source::Run(prepared) => Some(prepared),
        _ => None,
    }
}

fn dimension(planner: &Planner, p: &Part) -> Option<crate::dimension::Dimension> {
    Some(prepared(planner, p.result)?.system.variables.get(p.variable)?.dimension)
}

/// `a.c`, `a[2].c` of a run from several starts, or `a.u[1]` of a field with components.
fn part(planner: &mut Planner, e: &Expr, usage: &str) -> Option<Part> {
    let written = planner.program.files.text(e.span).to_owned();
    let none = |planner: &mut Planner| {
        let message = format!("`{written}` is no field of a run, and no difference of two");
        fail(planner, e.span, message, usage.to_owned())
    };
    let (owner, component) = match &*bare(e).kind {
        ExprKind::Index { base, index } => match index.slots.as_slice() {
            [IndexSlot { variable: None, value }] => match &*value.kind {
                ExprKind::Number { text, unit: None } => (base.clone(), text.parse::<usize>().ok()),
                _ => return none(planner),
            },
            _ => return none(planner),
        },
        _ => (bare(e).clone(), None),
    };
    let ExprKind::Field { base, name } = &*owner.kind else { return none(planner) };
    let (root, number) = match &*base.kind {
        ExprKind::Name(root) => (root, None),
        ExprKind::Index { base, index } => match (&*base.kind, index.slots.as_slice()) {
            (ExprKind::Name(root), [IndexSlot { variable: None, value }]) => match &*value.kind {
                ExprKind::Number { text, unit: None } => (root, Some(text.parse::<usize>().unwrap_or(0))),
                _ => return none(planner),
            },
            _ => return none(planner),
        },
        _ => return none(planner),
    };
    let Some(result) = planner.scopes.iter().position(|s| s.name == *root) else { return none(planner) };
    let trajectory = match (planner.scopes[result].trajectories, number) {
        (None, None) => 0,
        (Some(count), Some(k)) if (1..=count).contains(&k) => k - 1,
        (Some(count), None) => {
            let message = format!("`{root}` has several trajectories, and images are of one");
            let help = format!("write `{root}[1].{}`, or another of its {count}", name.name);
            return fail(planner, e.span, message, help);
        }
        (count, Some(_)) => {
            let what = count.map_or("is one trajectory".into(), |n| format!("has the trajectories 1..{n}"));
            return fail(planner, e.span, format!("`{root}` {what}"), usage.to_owned());
        }
    };
    let Some(of) = prepared(planner, result) else {
        return fail(
            planner,
            e.span,
            format!("`{root}` is no run"),
            "images over time are of runs: `run a = simulate(A)`".into(),
        );
    };
    let system = &of.system;
    let Some(variable) = system.variables.iter().position(|v| v.name == name.name) else { return none(planner) };
    let v = &system.variables[variable];
    let (components, extents) = match &v.field {
        Some(field) => {
            let axes = &system.grids[field.grid].axes;
            (field.components, (axes[0].count, axes.get(1).map_or(1, |a| a.count)))
        }
        None => match system.names.get(&v.name).map(|n| n.shape.as_slice()) {
            Some([n]) => (1, (*n, 1)),
            Some([n, m]) => (1, (*n, *m)),
            _ => return none(planner),
        },
    };
    let is_state = of.equations.states.iter().any(|s| s.leaf == v.leaf);
    let component = match component {
        None if components == 1 => 0,
        Some(k) if (1..=components).contains(&k) && components > 1 => k - 1,
        _ => {
            let message = format!("`{written}` is not one number at each point");
            let help = format!("choose a component: `{root}.{}[1]`", name.name);
            return fail(planner, e.span, message, help);
        }
    };
    if extents.0 < 2 || !is_state {
        return none(planner);
    }
    Some(Part { result, trajectory, variable, component, components, extents })
}

/// A run's numbers at one time, the first index slowest.
fn values(p: &Part, run: &RunOutput, t: f64) -> Result<Vec<f64>, String> {
    let v = &run.prepared.system.variables[p.variable];
    let state =
        run.prepared.equations.states.iter().find(|s| s.leaf == v.leaf).ok_or("this is no part of the state")?;
    let y = run.state_at(t)?;
    Ok(y[state.offset..state.offset + state.length].iter().skip(p.component).step_by(p.components).copied().collect())
}

fn run_of<'a>(p: &Part, all: &'a ExperimentOutput) -> Result<&'a RunOutput, String> {
    let result = all.run(p.result).ok_or("this is no run")?;
    let run = result.trajectories.get(p.trajectory).ok_or("this run has no trajectory")?;
    if run.trajectory.outcome.is_failure() {
        return Err(format!("`{}` ended in {}", result.name, run.trajectory.outcome.name()));
    }
    Ok(run)
}

/// The places of the numbers: ends and quantities of both axes.
struct Place {
    x: ((f64, f64), Quantity),
    y: ((f64, f64), Quantity),
    equal: bool,
}

fn place(p: &Part, run: &RunOutput) -> Result<Place, String> {
    let system = &run.prepared.system;
    let Some(field) = &system.variables[p.variable].field else {
        let index = |name: &str, n: usize| ((1.0, n as f64), Quantity::new(name, ""));
        return Ok(Place { x: index("i", p.extents.0), y: index("j", p.extents.1), equal: p.extents.1 > 1 });
    };
    let mut graph = system.graph.clone();
    let mut axes = Vec::new();
    for a in &system.grids[field.grid].axes {
        let ends = run.beginning.known.evaluate(&mut graph, &[a.from, a.to]).map_err(|e| e.to_string())?;
        let last = if a.periodic { ends[1] - (ends[1] - ends[0]) / a.count as f64 } else { ends[1] };
        axes.push(((ends[0], last), Quantity::new(a.name.clone(), results::unit(&a.dimension))));
    }
    let mut axes = axes.into_iter();
    let x = axes.next().ok_or("this grid has no axis")?;
    let y = axes.next().unwrap_or(((0.0, 0.0), Quantity::default()));
    let (across, upwards) = (x.0.1 - x.0.0, y.0.1 - y.0.0);
    let equal = x.1.unit == y.1.unit && across < 8.0 * upwards && upwards < 8.0 * across;
    Ok(Place { x, y, equal })
}

fn frame(f: &Shown, place: &Place, all: &ExperimentOutput, t: f64) -> Result<Grid, String> {
    let mut at = values(&f.first, run_of(&f.first, all)?, t)?;
    if let Some(less) = &f.less {
        at.iter_mut().zip(values(less, run_of(less, all)?, t)?).for_each(|(a, b)| *a -= b);
    }
    let (nx, ny) = f.first.extents;
    let upright = (0..ny).flat_map(|j| (0..nx).map(move |i| (i, j))).map(|(i, j)| at[i * ny + j]).collect();
    Ok(Grid { x: place.x.0, y: place.y.0, columns: nx, rows: ny, values: upright })
}

/// `t = 0.25 s`
fn heading(t: f64, unit: &str) -> String {
    let digits: f64 = format!("{t:.3e}").parse().unwrap_or(t);
    let small = digits != 0.0 && !(1e-3..1e5).contains(&digits.abs());
    let number = if small { format!("{digits:e}") } else { format!("{digits}") };
    format!("t = {} {unit}", number.replace('-', "−")).trim_end().to_owned()
}

/// What a line of fields draws.
pub enum Drawn {
    /// A figure.
    Figure(Figure),
    /// A film.
    Film(Film),
}

/// Draws the line.
pub fn draw(line: &PlotLine, strip: &StripLine, all: &ExperimentOutput) -> Result<Drawn, String> {
    let first = run_of(&strip.fields[0].first, all)?;
    let place = place(&strip.fields[0].first, first)?;
    let is_film = line.kind == "film";
    let span = (first.trajectory.times.first().copied(), first.trajectory.times.last().copied());
    let (Some(from), Some(to)) = span else { return Err("this run has no samples".into()) };
    let spread = |n: usize| {
        (0..n).map(|k| if k + 1 == n { to } else { from + (to - from) * k as f64 / (n.max(2) - 1) as f64 }).collect()
    };
    let flat = strip.fields[0].first.extents.1 == 1;
    let over_time = flat && !is_film && strip.times.is_none();
    let times: Vec<f64> = match &strip.times {
        Some(times) => times.clone(),
        None if over_time => spread(first.trajectory.times.len().clamp(2, SAMPLES)),
        None if is_film => spread(line.style.frames.unwrap_or(PAGES.min(first.trajectory.times.len().max(2)))),
        None => spread(TIMES),
    };
    let unit = if first.prepared.system.has_units { "s" } else { "" };
    let mut rows = Vec::new();
    for f in &strip.fields {
        let shown = times
            .iter()
            .map(|t| Ok((heading(*t, unit), frame(f, &place, all, *t)?)))
            .collect::<Result<Vec<_>, String>>()?;
        rows.push(Frames { name: f.text.replace(" - ", " − "), shown, difference: f.less.is_some() });
    }
    let v = &first.prepared.system.variables[strip.fields[0].first.variable];
    let value = Quantity::new(v.name.clone(), results::unit(&v.dimension));
    let Style { title, xlabel, ylabel, .. } = &line.style;
    let named = |q: Quantity, label: &Option<String>| match label {
        Some(label) => Quantity { label: format!("{label} "), ..q },
        None => q,
    };
    let x = named(place.x.1.clone(), xlabel);
    let title = title.clone().unwrap_or_default();
    let strip =
        Strip { x, y: named(place.y.1.clone(), ylabel), value, rows, equal: place.equal, ends: line.style.range };
    if is_film {
        let pages = match flat {
            true => frames::curves(&strip.x, &named(strip.value, ylabel), &strip.rows, &title),
            false => strip.pages(&title),
        };
        let film = Film::new(&pages, line.style.fps.unwrap_or(FPS)).map_err(|e| e.to_string())?;
        return Ok(Drawn::Film(film));
    }
    let panels = if over_time {
        space_time(&strip, &times, named(Quantity::new("t", unit), ylabel))
    } else if flat {
        return Ok(Drawn::Figure(profiles(&strip, &title)));
    } else {
        strip.panels()
    };
    let several = panels.rows.iter().map(|r| r.panels.len()).sum::<usize>() > 1;
    if over_time && !several {
        let mut panel = panels.rows[0].panels[0].clone();
        panel.title = title;
        panel.bar = panels.bars.first().map(|b| b.1.clone());
        panel.legend = panels.legend;
        return Ok(Drawn::Figure(Figure::single(panel)));
    }
    Ok(Drawn::Figure(Panels { title, ..panels }.figure()))
}

/// Fields on a line, each an image over place and time, under each other.
fn space_time(strip: &Strip, times: &[f64], t: Quantity) -> Panels {
    let mut whole = strip.clone();
    whole.y = t;
    whole.equal = false;
    for row in &mut whole.rows {
        let lines: Vec<Vec<f64>> = row.shown.iter().map(|s| s.1.values.clone()).collect();
        let across = row.shown[0].1.x;
        row.shown = vec![(String::new(), frames::space_time(across, times, &lines))];
    }
    whole.panels()
}

/// Fields on a line at some times: curves.
fn profiles(strip: &Strip, title: &str) -> Figure {
    let several = strip.rows.len() > 1;
    let mut series = Vec::new();
    for row in &strip.rows {
        for (time, grid) in &row.shown {
            let at = |i: usize| grid.x.0 + (grid.x.1 - grid.x.0) * i as f64 / (grid.columns - 1) as f64;
            let x: Vec<f64> = (0..grid.columns).map(at).collect();
            let label = if several { format!("{}, {time}", row.name) } else { time.clone() };
            series.push(Series::new(label, &x, &grid.values));
        }
    }
    let group = Group { y: strip.value.clone(), series };
    let mut panels = lines::panels(&Lines { x: strip.x.clone(), groups: vec![group] });
    panels[0].title = title.to_owned();
    Figure::stacked(panels)
}

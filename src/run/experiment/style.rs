//! Options of a plot: titles, captions, ranges.

use super::option;
use super::plan::Planner;
use crate::limits;
use crate::model;
use crate::run::numbers::Known;
use crate::syntax::tree::*;

/// Options of a plot.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// A line above the plot.
    pub title: Option<String>,
    /// Caption across.
    pub xlabel: Option<String>,
    /// Caption upwards.
    pub ylabel: Option<String>,
    /// Ends across.
    pub xrange: Option<(f64, f64)>,
    /// Ends upwards.
    pub yrange: Option<(f64, f64)>,
    /// Radius of points.
    pub size: Option<f64>,
    /// Number of bins.
    pub bins: Option<usize>,
    /// Arrows across, or lines beside each other.
    pub count: Option<usize>,
    /// Ends of a scale of colours.
    pub range: Option<(f64, f64)>,
    /// Pages of a film.
    pub frames: Option<usize>,
    /// Pages in a second.
    pub fps: Option<f64>,
    /// Endings of a film's files; none for all.
    pub format: Option<&'static str>,
}

/// The options of a line; `line` names it for messages.
pub(super) fn read(planner: &mut Planner, line: &str, known: &[&str], config: Option<&Config>) -> Style {
    let mut style = Style::default();
    for (name, e) in option::read(line, known, config, &mut planner.out) {
        match name {
            "title" => style.title = option::text(name, e, &mut planner.out),
            "xlabel" => style.xlabel = option::text(name, e, &mut planner.out),
            "ylabel" => style.ylabel = option::text(name, e, &mut planner.out),
            "xrange" => style.xrange = range(planner, name, e),
            "yrange" => style.yrange = range(planner, name, e),
            "size" => style.size = positive(planner, name, e),
            "range" => style.range = range(planner, name, e),
            "count" => style.count = between(planner, name, e, (4, 100)),
            "frames" => style.frames = between(planner, name, e, (2, limits::FILM_PAGES)),
            "fps" => style.fps = between(planner, name, e, (1, 50)).map(|n| n as f64),
            "format" => match &*e.kind {
                ExprKind::Name(n) if n == "apng" => style.format = Some("png"),
                ExprKind::Name(n) if n == "gif" => style.format = Some("gif"),
                _ => option::wrong(e.span, "the format of a film is apng or gif".into(), &mut planner.out),
            },
            _ => style.bins = positive(planner, name, e).map(|b| b as usize),
        }
    }
    style
}

fn number(planner: &mut Planner, e: &Expr) -> Option<f64> {
    let (made, problems) = model::resolve_values(&planner.program, planner.module, std::slice::from_ref(e), &[], &[]);
    planner.out.extend(problems.sorted());
    let mut made = made?;
    let exprs: Vec<_> = made.items.iter().map(|i| i.1).collect();
    Known::default().evaluate(&mut made.graph, &exprs).ok().filter(|v| v.len() == 1).map(|v| v[0])
}

/// A whole number between two.
fn between(planner: &mut Planner, name: &str, e: &Expr, (least, most): (usize, usize)) -> Option<usize> {
    let value = number(planner, e).filter(|v| v.fract() == 0.0 && *v >= least as f64 && *v <= most as f64);
    if value.is_none() {
        option::wrong(e.span, format!("`{name}` is a whole number from {least} to {most}"), &mut planner.out);
    }
    value.map(|v| v as usize)
}

fn positive(planner: &mut Planner, name: &str, e: &Expr) -> Option<f64> {
    let value = number(planner, e);
    if value.is_none_or(|v| !(v > 0.0 && v <= 1000.0)) {
        option::wrong(e.span, format!("`{name}` is a number above 0, at most 1000"), &mut planner.out);
        return None;
    }
    value
}

/// `lo..hi`; the unit of the upper end goes to a bare lower one.
fn range(planner: &mut Planner, name: &str, e: &Expr) -> Option<(f64, f64)> {
    let arg = Arg {
        span: e.span,
        name: Some(Ident { name: "v".into(), span: e.span }),
        is_range: true,
        value: e.clone(),
        tweaks: None,
        each: None,
    };
    let (made, problems) =
        model::resolve_values(&planner.program, planner.module, &[], std::slice::from_ref(&arg), &[]);
    planner.out.extend(problems.sorted());
    let mut made = made?;
    let r = made.ranges.first()?.clone();
    let ends = Known::default().evaluate(&mut made.graph, &[r.from, r.to]).ok();
    match ends.filter(|v| v[0] < v[1] && v[0].is_finite() && v[1].is_finite()) {
        Some(v) => Some((v[0], v[1])),
        None => {
            option::wrong(e.span, format!("`{name}` goes from a smaller number to a larger one"), &mut planner.out);
            None
        }
    }
}

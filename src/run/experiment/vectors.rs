//! `plot quiver(…)` and `plot stream(…)`: a vector field over a rectangle, or measured vectors; `plot helmholtz(…)`: a
//! field beside its parts.

use super::ExperimentOutput;
use super::helmholtz_line::VECTORS;
use super::plan::Planner;
use super::plot_line::PlotLine;
use crate::model::experiment::ResultKind;
use crate::report::plot::decomposition::{self, Decomposition, Parts};
use crate::report::plot::grid::Grid;
use crate::report::plot::image::edges;
use crate::report::plot::panel::Panel;
use crate::report::plot::panels::Panels;
use crate::report::plot::quiver::{self, Vectors};
use crate::report::plot::ruler::extent;
use crate::report::plot::stream::{self, Stream};
use crate::report::plot::{Quantity, Series};
use crate::syntax::tree::*;

/// Arrows across, and points of a grid that streamlines are followed on.
const ARROWS: usize = 21;
const POINTS: usize = 81;
/// Axes of one unit are to one scale up to this ratio of their lengths.
const RATIO: f64 = 4.0;

/// `quiver(r, q in …, p in …)` is `quiver([r.q', r.p'], …)`: the rates of a run or a fit.
pub(super) fn whole_flow(planner: &Planner, first: &mut Expr, ranges: &[Arg]) {
    let ExprKind::Name(name) = &*first.kind else { return };
    let is_system =
        planner.scopes.iter().any(|s| s.name == *name && matches!(s.kind, ResultKind::Run | ResultKind::Fit));
    if !is_system {
        return;
    }
    let make = |kind: ExprKind| Expr { span: first.span, kind: Box::new(kind) };
    let rate = |a: &Arg| {
        let base = make(ExprKind::Field { base: first.clone(), name: a.name.clone()? });
        Some(make(ExprKind::Prime { base, order: 1, span: first.span }))
    };
    if let Some(rates) = ranges.iter().map(rate).collect::<Option<Vec<Expr>>>() {
        *first = make(ExprKind::List { rows: vec![rates], unit: None });
    }
}

/// Points along an axis where the line gives no number; `alike` says whether both axes have one unit.
pub(super) fn points(line: &PlotLine, ends: &[(f64, f64)], alike: bool, k: usize) -> usize {
    if line.kind == "stream" {
        return POINTS;
    }
    let across = line.style.count.unwrap_or(ARROWS);
    let ratio = (ends[1].1 - ends[1].0) / (ends[0].1 - ends[0].0);
    let shape = if alike && (1.0 / RATIO..=RATIO).contains(&ratio) { ratio } else { 0.8 };
    if k == 0 { across } else { ((across as f64 * shape).round() as usize).clamp(4, 400) }
}

/// How a vector's size is measured and what it is called: by its unit where both components have one, else relative
/// to the axes.
fn measure(
    u: &Quantity,
    v: &Quantity,
    ends: ((f64, f64), (f64, f64)),
    (x, y): (&Quantity, &Quantity),
) -> ((f64, f64), Quantity, bool) {
    let lengths = (ends.0.1 - ends.0.0, ends.1.1 - ends.1.0);
    if u.unit == v.unit && x.unit == y.unit {
        let equal = lengths.0 < RATIO * lengths.1 && lengths.1 < RATIO * lengths.0;
        return ((1.0, 1.0), Quantity::new("size", u.unit.clone()), equal);
    }
    let unit = match (u.unit.is_empty(), x.unit.is_empty()) {
        (true, true) => String::new(),
        _ if u.unit == format!("{}/s", x.unit) || x.unit.is_empty() && u.unit == "1/s" => "1/s".to_owned(),
        _ => String::new(),
    };
    (lengths, Quantity::new("rate", unit), false)
}

/// The panel of a field on a grid: components, and a potential where there is one.
pub(super) fn of_grids(
    line: &PlotLine,
    (x, y): (Quantity, Quantity),
    names: &[Quantity],
    grids: Vec<Grid>,
) -> Result<Panel, String> {
    let mut grids = grids.into_iter();
    let (Some(u), Some(v)) = (grids.next(), grids.next()) else {
        return Err("a vector field has two components".into());
    };
    let level = grids.next();
    let (measure, size, equal) = measure(&names[0], &names[1], (u.x, u.y), (&x, &y));
    if line.kind == "stream" {
        let count = line.style.count.unwrap_or(stream::COUNT);
        return Ok(stream::panel(&Stream { x, y, size, u, v, level, equal, measure, count }));
    }
    let range = Some((edges(u.x, u.columns), edges(u.y, u.rows)));
    let at = u.points();
    Ok(quiver::panel(&Vectors {
        x,
        y,
        size,
        at,
        u: u.values,
        v: v.values,
        range,
        level,
        equal,
        largest: None,
        measure,
    }))
}

/// The panel of rows of places and components.
pub(super) fn of_columns(line: &PlotLine, names: &[Quantity], columns: Vec<Vec<f64>>) -> Result<Panel, String> {
    let [x, y, u, v] = <[Vec<f64>; 4]>::try_from(columns).map_err(|_| "four columns are drawn")?;
    if x.is_empty() {
        return Err("there is no row to draw".into());
    }
    if line.kind == "stream" {
        let grids = lattice(&x, &y, &[&u, &v]).map_err(|problem| match problem {
            Uneven => "streamlines are followed on an evenly spaced grid, and the places of these rows are none; `quiver` draws them anywhere".to_owned(),
            Twice(x, y) => format!("two rows have the place ({x}, {y}), and a field has one value there"),
        })?;
        return of_grids(line, (names[0].clone(), names[1].clone()), &names[2..], grids);
    }
    let places = Series::new("", &x, &y).points();
    let range = (extent(x.iter().copied(), 0.1), extent(y.iter().copied(), 0.1));
    let (measure, size, equal) = measure(&names[2], &names[3], range, (&names[0], &names[1]));
    Ok(quiver::panel(&Vectors {
        x: names[0].clone(),
        y: names[1].clone(),
        size,
        at: places,
        u,
        v,
        range: Some(range),
        level: None,
        equal,
        largest: None,
        measure,
    }))
}

/// Why rows are no grid.
pub(super) enum NoLattice {
    /// Their places are not evenly spaced.
    Uneven,
    /// Two of them have this place.
    Twice(f64, f64),
}
use NoLattice::{Twice, Uneven};

/// Columns of rows in any order that are the points of an evenly spaced grid; a point without a row has no value.
pub(super) fn lattice(x: &[f64], y: &[f64], columns: &[&[f64]]) -> Result<Vec<Grid>, NoLattice> {
    let axis = |values: &[f64]| {
        let (low, high) = extent(values.iter().copied(), 0.0);
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup_by(|a, b| (*a - *b).abs() <= 1e-6 * (high - low));
        let n = sorted.len();
        let step = (high - low) / (n.max(2) - 1) as f64;
        let even = sorted.windows(2).all(|w| (w[1] - w[0] - step).abs() <= 1e-3 * step);
        (n >= 2 && even).then_some(((low, high), n, step))
    };
    let (Some((xr, across, dx)), Some((yr, rows, dy))) = (axis(x), axis(y)) else { return Err(Uneven) };
    let empty = Grid { x: xr, y: yr, columns: across, rows, values: vec![f64::NAN; across * rows] };
    let mut grids = vec![empty; columns.len()];
    let mut taken = vec![false; across * rows];
    for k in 0..x.len() {
        if !(x[k].is_finite() && y[k].is_finite()) {
            continue;
        }
        let at = ((y[k] - yr.0) / dy).round() as usize * across + ((x[k] - xr.0) / dx).round() as usize;
        if std::mem::replace(&mut taken[at], true) {
            return Err(Twice(x[k], y[k]));
        }
        grids.iter_mut().zip(columns).for_each(|(g, c)| g.values[at] = c[k]);
    }
    Ok(grids)
}

/// The page of decompositions, each from the rows of a `helmholtz` line.
pub(super) fn of_parts(line: &PlotLine, all: &ExperimentOutput) -> Result<Panels, String> {
    let mut page =
        Decomposition { count: line.style.count.unwrap_or(decomposition::COUNT), ..Decomposition::default() };
    for (k, of) in line.fits.iter().enumerate() {
        let made = all.data(*of).ok_or("these parts are gone")?;
        let data = &made.data;
        let values = |name: &str| data.column(name).map(|c| data.values(c)).ok_or("this is no decomposition");
        let mut columns = Vec::new();
        for vector in VECTORS {
            columns.extend([values(&format!("{vector}[1]"))?, values(&format!("{vector}[2]"))?]);
        }
        columns.extend([values("H")?, values("D")?]);
        let list: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let grids = lattice(&data.values(0), &data.values(1), &list)
            .map_err(|_| format!("the rows of `{}` are no whole grid", made.name))?;
        let [a, b, c, d, e, f, g, h, stream, potential] =
            <[Grid; 10]>::try_from(grids).map_err(|_| "ten columns are drawn")?;
        let quantity = |c: usize, name: &str| {
            let column = &data.columns()[c];
            Quantity::new(name.to_owned(), crate::run::results::unit(&column.dimension))
        };
        if k == 0 {
            page.x = quantity(0, &data.columns()[0].name);
            page.y = quantity(1, &data.columns()[1].name);
            page.size = quantity(2, "size");
            let ratio = (a.y.1 - a.y.0) / (a.x.1 - a.x.0);
            page.equal = page.x.unit == page.y.unit && (1.0 / RATIO..=RATIO).contains(&ratio);
        }
        let name = if line.fits.len() > 1 { made.name.clone() } else { String::new() };
        page.rows.push(Parts { name, vectors: [(a, b), (c, d), (e, f), (g, h)], stream, potential });
    }
    Ok(decomposition::panels(&page))
}

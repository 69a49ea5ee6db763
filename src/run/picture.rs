//! The picture that a run makes without being asked.

use super::simulate::RunOutput;
use crate::report::plot::drift::Drift;
use crate::report::plot::lines::{Group, Lines};
use crate::report::plot::overview::{self, OverviewInput};
use crate::report::plot::path::Path;
use crate::report::plot::phase::Phase;
use crate::report::plot::ruler::Quantity;
use crate::report::plot::{Figure, Series};
use crate::report::{Column, Kind, Table};

/// Most curves in one panel.
const CURVES: usize = 8;

/// Time series, a path where there is a plane to draw it in, a phase portrait, the drift.
pub fn overview(run: &RunOutput, table: &Table) -> Option<Figure> {
    let t = table.column("t")?;
    if t.values.len() < 2 {
        return None;
    }
    let x = Quantity::new("t", t.unit.clone());
    let main: Vec<&Column> =
        table.columns().iter().filter(|c| matches!(c.kind, Kind::Coordinate | Kind::State)).collect();
    let lines = Lines { x: x.clone(), groups: groups(run, t, &main) };
    let drift = Drift {
        x,
        series: run
            .drifts
            .iter()
            .filter(|d| d.series.iter().all(|v| v.is_finite()))
            .take(CURVES)
            .map(|d| Series::new(d.name.clone(), &t.values, &d.series))
            .collect(),
    };
    let input = OverviewInput { lines, path: path(run, table), phase: phase(run, table), drift: Some(drift) };
    Some(overview::overview(&input))
}

fn quantity(run: &RunOutput, c: &Column) -> Quantity {
    let q = Quantity::new(c.name.clone(), c.unit.clone());
    let periodic = run.prepared.system.variables.iter().any(|v| v.periodic && v.elements.contains(&c.name));
    if periodic { q.periodic(std::f64::consts::TAU) } else { q }
}

fn groups(run: &RunOutput, t: &Column, main: &[&Column]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut keys: Vec<(String, bool)> = Vec::new();
    for c in main {
        let q = quantity(run, c);
        let key = (c.unit.clone(), q.period.is_some());
        let series = Series::new(c.name.clone(), &t.values, &c.values);
        match keys.iter().position(|k| *k == key) {
            Some(at) if groups[at].series.len() < 64 => groups[at].series.push(series),
            Some(_) => {}
            None => {
                keys.push(key);
                groups.push(Group { y: Quantity { label: String::new(), ..q }, series: vec![series] });
            }
        }
    }
    groups
}

/// First coordinate (or state) against its rate, momentum, or the second one.
fn phase(run: &RunOutput, table: &Table) -> Option<Phase> {
    let first = table.columns().iter().find(|c| matches!(c.kind, Kind::Coordinate | Kind::State))?;
    let partner = table
        .column(&format!("{}'", first.name))
        .or_else(|| momentum(run, table, &first.name))
        .or_else(|| table.columns().iter().filter(|c| matches!(c.kind, Kind::State)).nth(1))?;
    let series = vec![Series::new(String::new(), &first.values, &partner.values)];
    Some(Phase { x: quantity(run, first), y: quantity(run, partner), series, ..Phase::default() })
}

fn momentum<'t>(run: &RunOutput, table: &'t Table, coordinate: &str) -> Option<&'t Column> {
    let variables = &run.prepared.system.variables;
    let (k, component) =
        variables.iter().enumerate().find_map(|(k, v)| Some((k, v.elements.iter().position(|e| e == coordinate)?)))?;
    let p = variables.iter().find(|p| p.role == crate::model::system::Role::Momentum && p.of == Some(k))?;
    table.column(p.elements.get(component)?)
}

/// Points of the plane: definitions that are vectors of two or three lengths and move, else the
/// first two coordinates of one unit that are no angles.
fn path(run: &RunOutput, table: &Table) -> Option<Path> {
    let system = &run.prepared.system;
    let coordinates: Vec<&Column> = table.columns().iter().filter(|c| c.kind == Kind::Coordinate).collect();
    let is_angle = |c: &Column| quantity(run, c).period.is_some();
    // Members of a family of points, or one point: r[1], r[2].
    let mut series = Vec::new();
    for v in system.variables.iter().filter(|v| v.role == crate::model::system::Role::Coordinate && !v.scalar) {
        let planes: Vec<(&String, &String)> = v
            .elements
            .iter()
            .filter(|e| e.ends_with("[1]"))
            .filter_map(|e| {
                let partner = format!("{}[2]", e.strip_suffix("[1]")?);
                Some((e, v.elements.iter().find(|f| **f == partner)?))
            })
            .collect();
        // A chain x[1..n] is no plane: its members are points on a line.
        let points = planes.len() * 3 >= v.elements.len();
        for (a, b) in planes.into_iter().filter(|_| points).take(CURVES) {
            let (a, b) = (table.column(a)?, table.column(b)?);
            series.push((a, b, a.name.trim_end_matches("[1]").to_owned()));
        }
    }
    if let Some((a, b, _)) = series.first() {
        let (x, y) = (Quantity::new(axis(&a.name), a.unit.clone()), Quantity::new(axis(&b.name), b.unit.clone()));
        let series = series.iter().map(|(a, b, name)| Series::new(name.clone(), &a.values, &b.values)).collect();
        return Some(Path { x, y, series, body: Vec::new() });
    }
    if let Some(path) = defined_points(run) {
        return Some(path);
    }
    let plane: Vec<&&Column> = coordinates.iter().filter(|c| !is_angle(c)).collect();
    let [a, b, ..] = plane.as_slice() else { return None };
    let chain = system.variables.iter().any(|v| v.elements.len() > 2 && v.elements.contains(&a.name));
    if a.unit != b.unit || chain {
        return None;
    }
    let series = vec![Series::new(String::new(), &a.values, &b.values)];
    Some(Path {
        x: Quantity::new(a.name.clone(), a.unit.clone()),
        y: Quantity::new(b.name.clone(), b.unit.clone()),
        series,
        body: Vec::new(),
    })
}

fn axis(name: &str) -> String {
    if name.ends_with("[1]") { "x".into() } else { "y".into() }
}

/// Definitions such as `r1 = l*[sin(θ), -cos(θ)]`: vectors of lengths that move with coordinates.
fn defined_points(run: &RunOutput) -> Option<Path> {
    let system = &run.prepared.system;
    let coordinates: Vec<crate::symbolic::ExprId> = system.variables.iter().map(|v| v.leaf).collect();
    let rates: Vec<crate::symbolic::ExprId> = system.variables.iter().flat_map(|v| [v.rate, v.second]).collect();
    let length = crate::dimension::Dimension::new([1, 0, 0, 0, 0, 0, 0]);
    let mut found = Vec::new();
    for (name, value) in &system.names {
        if value.shape != [2] || found.len() == CURVES {
            continue;
        }
        let is_length = value.dimensions.iter().all(|d| *d == length) || !system.has_units;
        let inside = system.graph.reachable(&value.items);
        let moves = inside.iter().any(|x| coordinates.contains(x)) && !inside.iter().any(|x| rates.contains(x));
        if is_length && moves {
            found.push((name.clone(), value.items.clone()));
        }
    }
    if found.is_empty() {
        return None;
    }
    let unit = if system.has_units { "m" } else { "" };
    let mut series = Vec::new();
    for (name, items) in found {
        let columns = run.along(&items).ok()?;
        series.push(Series::new(name, &columns[0], &columns[1]));
    }
    let body = Vec::new();
    Some(Path { x: Quantity::new("x", unit), y: Quantity::new("y", unit), series, body })
}

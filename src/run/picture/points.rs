//! Which points of a system move in a plane: members of a family, definitions such as
//! `tip = l*[sin(θ), -cos(θ)]`, or the first two coordinates.

use super::{CURVES, quantity};
use crate::dimension::Dimension;
use crate::model::system::Role;
use crate::report::plot::path::Path;
use crate::report::plot::{Quantity, Series};
use crate::report::{Column, Kind, Table};
use crate::run::RunOutput;
use crate::symbolic::ExprId;

/// The plane path of a run, where it has one.
pub fn path(run: &RunOutput, table: &Table) -> Option<Path> {
    let found =
        family(run, table).or_else(|| pairs(run, table)).or_else(|| defined(run)).or_else(|| coordinates(run, table));
    found.filter(|p| {
        // With one scale for both axes a line along one of them shows nothing.
        let extent = |values: &dyn Fn(&Series) -> &Vec<f64>| {
            let all = p.series.iter().flat_map(|s| values(s).iter());
            let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
            high - low
        };
        let (x, y) = (extent(&|s| &s.x), extent(&|s| &s.y));
        x.max(y) <= FLAT * x.min(y)
    })
}

/// Whether several points move in space as coordinates of their own.
pub fn bodies(run: &RunOutput, table: &Table) -> bool {
    family(run, table).or_else(|| pairs(run, table)).is_some_and(|p| p.series.len() > 1)
}

/// Widest path in units of its height, or the other way, that is drawn.
const FLAT: f64 = 15.0;

/// Families of the same members called `x` and `y`: the points of a plane.
fn pairs(run: &RunOutput, table: &Table) -> Option<Path> {
    let system = &run.prepared.system;
    let of = |name: &str| system.variables.iter().find(|v| v.name == name && v.role == Role::Coordinate && !v.scalar);
    let (x, y) = (of("x")?, of("y")?);
    if x.elements.len() != y.elements.len() || x.dimension != y.dimension {
        return None;
    }
    let series: Option<Vec<Series>> = x
        .elements
        .iter()
        .zip(y.elements.iter())
        .take(CURVES)
        .map(|(a, b)| {
            let (a, b) = (table.column(a)?, table.column(b)?);
            Some(Series::new(a.name.trim_start_matches('x').to_owned(), &a.values, &b.values))
        })
        .collect();
    let unit = table.column(x.elements.first()?)?.unit.clone();
    Some(Path { x: Quantity::new("x", unit.clone()), y: Quantity::new("y", unit), series: series?, body: Vec::new() })
}

/// Points that are coordinates or states themselves: `r[b]` of two or three components.
fn family(run: &RunOutput, table: &Table) -> Option<Path> {
    let system = &run.prepared.system;
    let mut points: Vec<(String, Vec<&Column>)> = Vec::new();
    for v in system.variables.iter().filter(|v| !v.scalar && v.role == Role::Coordinate && !v.mirror) {
        let firsts: Vec<&String> = v.elements.iter().filter(|e| e.ends_with("[1]")).collect();
        // A chain x[1..n] is no plane: its members are points on a line.
        if firsts.len() * 3 < v.elements.len() {
            continue;
        }
        for e in firsts {
            let base = e.trim_end_matches("[1]");
            let parts: Vec<&Column> = (1..=3).filter_map(|k| table.column(&format!("{base}[{k}]"))).collect();
            if parts.len() >= 2 && parts.iter().all(|c| c.unit == parts[0].unit) {
                points.push((base.to_owned(), parts));
            }
        }
    }
    if points.is_empty() {
        return None;
    }
    let (a, b) = plane(&points);
    let letter = |k: usize| ["x", "y", "z"][k.min(2)];
    let unit = points[0].1[0].unit.clone();
    let series = points
        .iter()
        .take(CURVES)
        .filter(|(_, c)| c.len() > b)
        .map(|(name, c)| Series::new(name.clone(), &c[a].values, &c[b].values))
        .collect();
    Some(Path {
        x: Quantity::new(letter(a), unit.clone()),
        y: Quantity::new(letter(b), unit),
        series,
        body: Vec::new(),
    })
}

/// The two components that move most, in their order.
fn plane(points: &[(String, Vec<&Column>)]) -> (usize, usize) {
    let width = points.iter().map(|p| p.1.len()).min().unwrap_or(2);
    let extent = |k: usize| {
        let values = points.iter().flat_map(|p| p.1[k].values.iter());
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        high - low
    };
    if width < 3 {
        return (0, 1);
    }
    let extents: Vec<f64> = (0..3).map(extent).collect();
    // The plane x, y unless the third direction is needed.
    let least = if extents[2] <= 1.001 * extents[0].min(extents[1]) {
        2
    } else if extents[1] <= extents[0] {
        1
    } else {
        0
    };
    match least {
        2 => (0, 1),
        1 => (0, 2),
        _ => (1, 2),
    }
}

/// Definitions that are vectors of two lengths and move with coordinates.
fn defined(run: &RunOutput) -> Option<Path> {
    let system = &run.prepared.system;
    let coordinates: Vec<ExprId> = system.variables.iter().map(|v| v.leaf).collect();
    let rates: Vec<ExprId> = system.variables.iter().flat_map(|v| [v.rate, v.second]).collect();
    let length = Dimension::new([1, 0, 0, 0, 0, 0, 0]);
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
    Some(Path { x: Quantity::new("x", unit), y: Quantity::new("y", unit), series, body: Vec::new() })
}

/// The first two coordinates of one unit that are no angles.
fn coordinates(run: &RunOutput, table: &Table) -> Option<Path> {
    let system = &run.prepared.system;
    let plane: Vec<&Column> =
        table.columns().iter().filter(|c| c.kind == Kind::Coordinate && quantity(run, c).period.is_none()).collect();
    let [a, b, ..] = plane.as_slice() else { return None };
    // Members of a chain, and mirrors, are no second direction.
    let of = |c: &Column| system.variables.iter().find(|v| v.elements.contains(&c.name));
    let alone = |c: &Column| of(c).is_none_or(|v| v.elements.len() <= 2 && !v.mirror);
    if a.unit != b.unit || !alone(a) || !alone(b) {
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

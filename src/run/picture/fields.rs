//! Fields in a plane as a row of images at some of their times.

use crate::diagnostic::number;
use crate::model::system::Role;
use crate::report::plot::frames::{Frames, Strip};
use crate::report::plot::grid::Grid;
use crate::report::plot::{Figure, Quantity};
use crate::run::output::RunOutput;
use crate::run::results;

/// Images in a row.
const TIMES: usize = 4;
/// Rows of images.
const FIELDS: usize = 3;

/// The ends of the axes of a grid, in the order of its axes, with what they are called.
pub(super) fn axes(run: &RunOutput, grid: usize) -> Vec<(Quantity, (f64, f64))> {
    let system = &run.prepared.system;
    let points = results::grids(run);
    let found = system.grids[grid].axes.iter().filter_map(|axis| {
        let (_, list) = points.0.iter().find(|(name, _)| *name == axis.name)?;
        let unit = if system.has_units { crate::dimension::si_unit(&axis.dimension) } else { String::new() };
        Some((Quantity::new(axis.name.clone(), unit), (*list.first()?, *list.last()?)))
    });
    found.collect()
}

/// The fields in two dimensions of a run; none where it has none.
pub(super) fn strip(run: &RunOutput) -> Option<Figure> {
    let system = &run.prepared.system;
    let plane = |grid: usize| system.grids[grid].axes.len() == 2;
    let fields: Vec<_> = system
        .variables
        .iter()
        .filter_map(|v| Some((v, v.field.as_ref().filter(|f| plane(f.grid) && v.role != Role::Momentum)?)))
        .take(FIELDS)
        .collect();
    let (v, first) = fields.first()?;
    let same = fields.iter().filter(|(_, f)| f.grid == first.grid);
    let same = same.filter(|(w, _)| w.dimension == v.dimension && w.elements.len() == v.elements.len());
    let axes = axes(run, first.grid);
    let [(x, across), (y, upwards)] = &axes[..] else { return None };
    let (nx, ny) = (system.grids[first.grid].axes[0].count, system.grids[first.grid].axes[1].count);
    let times = &run.trajectory.times;
    let last = times.len() - 1;
    let mut shown: Vec<usize> = (0..TIMES).map(|k| k * last / (TIMES - 1)).collect();
    shown.dedup();
    let time_unit = if system.has_units { " s" } else { "" };
    let mut rows = Vec::new();
    for (w, f) in same {
        let offset = run.prepared.equations.states.iter().find(|s| s.leaf == w.leaf)?.offset;
        for component in 0..f.components {
            let frame = |row: &usize| {
                let state = run.trajectory.state(*row);
                let at = |i: usize, j: usize| state[offset + (i * ny + j) * f.components + component];
                let values = (0..ny).flat_map(|j| (0..nx).map(move |i| (i, j))).map(|(i, j)| at(i, j)).collect();
                let grid = Grid { x: *across, y: *upwards, columns: nx, rows: ny, values };
                (format!("t = {}{time_unit}", number(times[*row])), grid)
            };
            let name = if f.components == 1 { w.name.clone() } else { format!("{}[{}]", w.name, component + 1) };
            rows.push(Frames { name, shown: shown.iter().map(frame).collect(), difference: false });
        }
    }
    let single = rows.len() == 1;
    if single {
        rows[0].name = String::new();
    }
    let label = if single { v.name.clone() } else { String::new() };
    let value = Quantity::new(label, results::variable_unit(v, system.has_units, 0));
    let equal = system.grids[first.grid].axes[0].dimension == system.grids[first.grid].axes[1].dimension;
    let strip = Strip { x: x.clone(), y: y.clone(), value, rows, equal, ends: None };
    Some(strip.panels().figure())
}

//! The picture that a run makes without being asked.

mod fields;
mod points;
mod portrait;

pub use portrait::{Window, of_values, portrait};

use super::output::RunOutput;
use super::prepare::Prepared;
use super::results;
use crate::model::system::{Role, Variable};
use crate::report::plot::drift::Drift;
use crate::report::plot::grid::Grid;
use crate::report::plot::image::Image;
use crate::report::plot::lines::{Group, Lines};
use crate::report::plot::overview::{self, OverviewInput};
use crate::report::plot::phase::Phase;
use crate::report::plot::{Figure, Quantity, Series};
use crate::report::{Column, Kind, Table};
use crate::symbolic::{ExprId, Node};

/// Most curves in one panel.
const CURVES: usize = 8;
/// More members of one family than this are shown as colours over time and place.
const MEMBERS: usize = 10;
/// Most samples across in an image.
const SAMPLES: usize = 400;

/// Time series, a path where there is a plane to draw it in, a phase portrait, the drift.
pub fn overview(run: &RunOutput, table: &Table) -> Option<Figure> {
    let t = table.column("t")?;
    if t.values.len() < 2 {
        return None;
    }
    if let Some(figure) = fields::strip(run) {
        return Some(figure);
    }
    let main: Vec<&Column> =
        table.columns().iter().filter(|c| matches!(c.kind, Kind::Coordinate | Kind::State)).collect();
    let (images, rest) = families(run, t, &main);
    let x = Quantity::new("t", t.unit.clone()).doubtful(beyond_horizon(run));
    let lines = Lines { x, groups: groups(run, t, &rest) };
    let path = points::path(run, table);
    let chain = !images.is_empty();
    // Of several bodies in space the first component of the first one tells nothing.
    let bodies = points::bodies(run, table);
    let phases = if chain || bodies { Vec::new() } else { phases(run, table) };
    let input = OverviewInput { images, lines, path: path.filter(|_| !chain), phases, drift: drift(run, table) };
    Some(overview::overview(&input))
}

/// The part of a chaotic run that lies beyond its horizon.
fn beyond_horizon(run: &RunOutput) -> Option<(f64, f64)> {
    let horizon = run.horizon.filter(|h| h.exceeded)?;
    Some((horizon.time, *run.trajectory.times.last()?))
}

/// The drift of everything conserved.
pub fn drift(run: &RunOutput, table: &Table) -> Option<Drift> {
    let t = table.column("t")?;
    let series = run
        .drifts
        .iter()
        .filter(|d| d.series.iter().all(|v| v.is_finite()))
        // What was found and is stated under the same name is one curve.
        .filter(|d| !d.name.ends_with(" (found)"))
        .take(CURVES)
        .map(|d| Series::new(d.name.clone(), &t.values, &d.series))
        .collect();
    Some(Drift { x: Quantity::new("t", t.unit.clone()), series })
}

/// The variable that an expression is, its component, and how often it is differentiated.
fn variable_of(prepared: &Prepared, item: ExprId) -> Option<(&Variable, usize, u32)> {
    let graph = &prepared.equations.graph;
    let (leaf, component) = match graph.node(item) {
        Node::Read { array, index } => (*array, usize::try_from(graph.as_integer(*index)?).ok()?),
        _ => (item, 0),
    };
    prepared.system.variables.iter().find_map(|v| {
        let order = [v.leaf, v.rate].iter().position(|l| *l == leaf)?;
        Some((v, component, order as u32))
    })
}

/// A coordinate, momentum, state or velocity with its unit and period, as it is drawn.
pub fn variable_quantity(prepared: &Prepared, item: ExprId, primes: u32) -> Option<Quantity> {
    let (v, component, order) = variable_of(prepared, item)?;
    let order = order + primes;
    let label = format!("{}{}", v.elements.get(component)?, "'".repeat(order as usize));
    let q = Quantity::new(label, results::variable_unit(v, prepared.system.has_units, order));
    Some(if v.periodic && order == 0 { q.periodic(std::f64::consts::TAU) } else { q })
}

/// The name of a component of the state that an expression is.
pub fn state_name(prepared: &Prepared, item: ExprId, primes: u32) -> Option<String> {
    let (v, component, order) = variable_of(prepared, item)?;
    let order = order + primes;
    Some(format!("{}{}", v.elements.get(component)?, "'".repeat(order as usize)))
}

fn quantity(run: &RunOutput, c: &Column) -> Quantity {
    let q = Quantity::new(c.name.clone(), c.unit.clone());
    let periodic = run.prepared.system.variables.iter().any(|v| v.periodic && v.elements.contains(&c.name));
    if periodic { q.periodic(std::f64::consts::TAU) } else { q }
}

/// Families of many numbers as images over time; the columns that are left.
fn families<'t>(run: &RunOutput, t: &Column, main: &[&'t Column]) -> (Vec<Image>, Vec<&'t Column>) {
    let mut images = Vec::new();
    let mut rest: Vec<&Column> = main.to_vec();
    for v in &run.prepared.system.variables {
        // Points in space have a picture of their own.
        let single = v.elements.first().is_none_or(|e| e.matches('[').count() <= 1);
        let members: Vec<&Column> = main.iter().copied().filter(|c| v.elements.contains(&c.name)).collect();
        if v.role == Role::Momentum || !single || members.len() <= MEMBERS || !even(&t.values) {
            continue;
        }
        rest.retain(|c| !v.elements.contains(&c.name));
        let every = t.values.len().div_ceil(SAMPLES).max(1);
        let kept: Vec<usize> = (0..t.values.len()).step_by(every).collect();
        let last = t.values[kept[kept.len() - 1]];
        let values = members.iter().flat_map(|c| kept.iter().map(|k| c.values[*k])).collect();
        let axis = v.field.as_ref().and_then(|f| fields::axes(run, f.grid).into_iter().next());
        let (place, ends) = axis.unwrap_or((Quantity::new("member ", ""), (1.0, members.len() as f64)));
        let grid = Grid {
            x: (t.values[0].min(last), t.values[0].max(last)),
            y: ends,
            columns: kept.len(),
            rows: members.len(),
            values,
        };
        let value = Quantity::new(v.name.clone(), members[0].unit.clone());
        images.push(Image { x: Quantity::new("t", t.unit.clone()), y: place, value, grid, equal: false });
    }
    (images, rest)
}

/// Whether samples are equally far apart and ascend, so that they can be columns of an image.
fn even(t: &[f64]) -> bool {
    let step = (t[t.len() - 1] - t[0]) / (t.len() - 1) as f64;
    step > 0.0 && t.iter().enumerate().all(|(k, v)| (v - t[0] - k as f64 * step).abs() < 0.01 * step)
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

/// The first coordinate that matters against its rate or momentum; of a flow of three or more states the
/// first against each of the next two.
fn phases(run: &RunOutput, table: &Table) -> Vec<Phase> {
    let columns: Vec<&Column> =
        table.columns().iter().filter(|c| matches!(c.kind, Kind::Coordinate | Kind::State)).collect();
    // A coordinate that appears nowhere only turns around.
    let cyclic = |c: &Column| {
        let reason = format!("{} does not appear", c.name);
        run.prepared.equations.invariants.iter().any(|i| i.reason.starts_with(&reason))
    };
    let Some(first) = columns.iter().find(|c| !cyclic(c)).or(columns.first()).copied() else { return Vec::new() };
    let pairs = match table.column(&format!("{}'", first.name)).or_else(|| momentum(run, table, &first.name)) {
        Some(partner) => vec![(first, partner)],
        None => flow_planes(table),
    };
    let one = |(a, b): (&Column, &Column)| {
        let window = Window::around(a.values.iter(), b.values.iter());
        let series = vec![Series::new(String::new(), &a.values, &b.values)];
        Phase { series, ..portrait(run, (quantity(run, a), quantity(run, b)), (&a.name, &b.name), window) }
    };
    pairs.into_iter().map(one).collect()
}

/// The states of a flow in planes: the first two, or the first with each of the next two.
fn flow_planes(table: &Table) -> Vec<(&Column, &Column)> {
    let states: Vec<&Column> = table.of_kind(Kind::State).take(3).collect();
    match states.as_slice() {
        [a, b] => vec![(a, b)],
        [a, b, c] => vec![(a, b), (a, c)],
        _ => Vec::new(),
    }
}

fn momentum<'t>(run: &RunOutput, table: &'t Table, coordinate: &str) -> Option<&'t Column> {
    let variables = &run.prepared.system.variables;
    let (k, component) =
        variables.iter().enumerate().find_map(|(k, v)| Some((k, v.elements.iter().position(|e| e == coordinate)?)))?;
    let p = variables.iter().find(|p| p.role == Role::Momentum && p.of == Some(k))?;
    table.column(p.elements.get(component)?)
}

//! The picture that a run makes without being asked.

mod points;
mod portrait;

pub use portrait::{Window, of_values, portrait};

use super::prepare::Prepared;
use super::results;
use super::simulate::RunOutput;
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
    let main: Vec<&Column> =
        table.columns().iter().filter(|c| matches!(c.kind, Kind::Coordinate | Kind::State)).collect();
    let (images, rest) = families(run, t, &main);
    let x = Quantity::new("t", t.unit.clone());
    let lines = Lines { x, groups: groups(run, t, &rest) };
    let path = points::path(run, table);
    let chain = !images.is_empty();
    let phase = if chain { None } else { phase(run, table) };
    let input = OverviewInput { images, lines, path: path.filter(|_| !chain), phase, drift: drift(run, table) };
    Some(overview::overview(&input))
}

/// The drift of everything conserved.
pub fn drift(run: &RunOutput, table: &Table) -> Option<Drift> {
    let t = table.column("t")?;
    let series = run
        .drifts
        .iter()
        .filter(|d| d.series.iter().all(|v| v.is_finite()))
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
pub fn variable_quantity(prepared: &Prepared, item: ExprId) -> Option<Quantity> {
    let (v, component, order) = variable_of(prepared, item)?;
    let label = format!("{}{}", v.elements.get(component)?, "'".repeat(order as usize));
    let q = Quantity::new(label, results::variable_unit(v, prepared.system.has_units, order));
    Some(if v.periodic && order == 0 { q.periodic(std::f64::consts::TAU) } else { q })
}

/// The name of a component of the state that an expression is.
pub fn state_name(prepared: &Prepared, item: ExprId) -> Option<String> {
    let (v, component, order) = variable_of(prepared, item)?;
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
        let single = !v.elements.first().is_some_and(|e| e.matches('[').count() > 1);
        let members: Vec<&Column> = main.iter().copied().filter(|c| v.elements.contains(&c.name)).collect();
        if v.role == Role::Momentum || !single || members.len() <= MEMBERS || !even(&t.values) {
            continue;
        }
        rest.retain(|c| !v.elements.contains(&c.name));
        let every = t.values.len().div_ceil(SAMPLES).max(1);
        let kept: Vec<usize> = (0..t.values.len()).step_by(every).collect();
        let last = t.values[kept[kept.len() - 1]];
        let values = members.iter().flat_map(|c| kept.iter().map(|k| c.values[*k])).collect();
        let grid = Grid {
            x: (t.values[0].min(last), t.values[0].max(last)),
            y: (1.0, members.len() as f64),
            columns: kept.len(),
            rows: members.len(),
            values,
        };
        let value = Quantity::new(v.name.clone(), members[0].unit.clone());
        images.push(Image {
            x: Quantity::new("t", t.unit.clone()),
            y: Quantity::new("member ", ""),
            value,
            grid,
            equal: false,
        });
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

/// First coordinate (or state) against its rate, momentum, or of a flow the two states that move most.
fn phase(run: &RunOutput, table: &Table) -> Option<Phase> {
    let first = table.columns().iter().find(|c| matches!(c.kind, Kind::Coordinate | Kind::State))?;
    let (first, partner) = match table.column(&format!("{}'", first.name)).or_else(|| momentum(run, table, &first.name)) {
        Some(partner) => (first, partner),
        None => flow_plane(table)?,
    };
    let window = Window::around(first.values.iter(), partner.values.iter());
    let axes = (quantity(run, first), quantity(run, partner));
    let series = vec![Series::new(String::new(), &first.values, &partner.values)];
    Some(Phase { series, ..portrait(run, axes, (&first.name, &partner.name), window) })
}

/// Of the states of a flow with one unit the two that fill the widest ranges, in their order.
fn flow_plane(table: &Table) -> Option<(&Column, &Column)> {
    let states: Vec<&Column> = table.of_kind(Kind::State).collect();
    let same: Vec<&Column> = states.iter().copied().filter(|c| c.unit == states[0].unit).collect();
    let list = if same.len() >= 2 { same } else { states };
    let extent = |c: &Column| {
        let (low, high) = c.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        high - low
    };
    if list.len() == 3 {
        // Three are seen best with the narrowest left out.
        let narrow = (0..3).min_by(|a, b| extent(list[*a]).total_cmp(&extent(list[*b])))?;
        let kept: Vec<&Column> = (0..3).filter(|k| *k != narrow).map(|k| list[k]).collect();
        return Some((kept[0], kept[1]));
    }
    let [a, b, ..] = list.as_slice() else { return None };
    Some((a, b))
}

fn momentum<'t>(run: &RunOutput, table: &'t Table, coordinate: &str) -> Option<&'t Column> {
    let variables = &run.prepared.system.variables;
    let (k, component) =
        variables.iter().enumerate().find_map(|(k, v)| Some((k, v.elements.iter().position(|e| e == coordinate)?)))?;
    let p = variables.iter().find(|p| p.role == Role::Momentum && p.of == Some(k))?;
    table.column(p.elements.get(component)?)
}

//! What was learned against what is true: the same limits for both, and their difference.

use super::curve::{self, Curve};
use super::field::{self, Field};
use super::grid::Grid;
use super::image::{self, Span};
use super::lines::{self, Group, Lines};
use super::panel::Panel;
use super::ruler::{Quantity, extent};
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind =
    PlotKind { name: "against", about: "a learned function and the true one, and their difference below or beside" };

/// Over one variable: both, and the difference in a panel below.
pub fn curves(x: &Quantity, y: &Quantity, learned: &Series, truth: &Series) -> Vec<Panel> {
    let input = Curve {
        x: x.clone(),
        y: y.clone(),
        series: vec![learned.clone(), truth.clone()],
        log_y: Some(false),
        log_x: Some(false),
    };
    let difference: Vec<f64> = learned.y.iter().zip(&truth.y).map(|(a, b)| a - b).collect();
    let group = Group {
        y: Quantity::new("difference", y.unit.clone()),
        series: vec![Series::new("difference", &learned.x, &difference)],
    };
    let range = Some(extent(learned.x.iter().copied(), 0.0));
    let above = Panel { bare: true, x_range: range, ..curve::panel(&input) };
    let below = lines::panels(&Lines { x: x.clone(), groups: vec![group] });
    std::iter::once(above).chain(below).collect()
}

/// Values of a function, or both components of a flow, over two variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Plane {
    /// A function.
    Level(Grid),
    /// A flow.
    Flow(Grid, Grid),
}

/// Over two variables: learned, true, and the difference, each with its name.
pub fn planes(
    (x, y, value): (&Quantity, &Quantity, &Quantity),
    (learned, name): (&Plane, &str),
    (truth, true_name): (&Plane, &str),
) -> Vec<Panel> {
    let plain = |plane: &Plane| match plane {
        Plane::Level(_) => Panel::default(),
        Plane::Flow(u, v) => {
            let flow = Some((u.clone(), v.clone()));
            field::panel(&Field { x: x.clone(), y: y.clone(), level: None, flow, equal: false })
        }
    };
    let colour = |grid: &Grid, span: Span, value: &Quantity| {
        let (layer, bar) = image::coloured(grid, value, span);
        let ends = (Some(image::edges(grid.x, grid.columns)), Some(image::edges(grid.y, grid.rows)));
        Panel {
            x: x.clone(),
            y: y.clone(),
            x_range: ends.0,
            y_range: ends.1,
            layers: vec![layer],
            bar: Some(bar),
            ..Panel::default()
        }
    };
    let unit = Quantity::new("", value.unit.clone());
    let (first, second, difference) = match (learned, truth) {
        (Plane::Level(a), Plane::Level(b)) => {
            let common = image::span(&[a, b]);
            let off = |k: usize| a.values[k] - b.values[k];
            let off = Grid { values: (0..a.values.len()).map(off).collect(), ..a.clone() };
            (colour(a, common, &unit), colour(b, common, &unit), colour(&off, image::span(&[&off]), &unit))
        }
        (Plane::Flow(u, v), Plane::Flow(p, q)) => {
            let off = |k: usize| {
                let (a, b) = (u.values[k] - p.values[k], v.values[k] - q.values[k]);
                (a * a + b * b).sqrt()
            };
            let off = Grid { values: (0..u.values.len()).map(off).collect(), ..u.clone() };
            (plain(learned), plain(truth), colour(&off, image::span(&[&off]), &unit))
        }
        _ => return Vec::new(),
    };
    let named = |panel: Panel, title: &str| Panel { title: title.to_owned(), ..panel };
    let off = if matches!(learned, Plane::Flow(..)) { "size of the difference" } else { "difference" };
    vec![named(first, name), named(second, true_name), named(difference, off)]
}

/// The figure of functions of two variables.
pub fn beside(panels: Vec<Panel>) -> Figure {
    Figure::beside(panels)
}

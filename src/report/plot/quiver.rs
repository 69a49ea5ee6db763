//! A vector field by arrows: at the points of a grid, or at places that are given.

use super::arrow::Arrow;
use super::grid::Grid;
use super::palette::{FAINT, MISSING, Ramp};
use super::panel::{ColourBar, Layer, Panel, Swatch};
use super::ruler::Quantity;
use super::scene::{Dash, Point, Stroke};
use super::text::Rich;
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "quiver", about: "a vector field by arrows, or measured vectors" };

/// Share of the arrows that are shorter than the distance of neighbours; the few longer ones may reach over it.
const QUANTILE: f64 = 0.98;
/// Length of an arrow at that quantile, and of the longest one drawn, for the distance of neighbours.
const USUAL: f64 = 0.95;
const LONGEST: f64 = 1.5;
/// Level sets of a potential.
pub const LEVELS: usize = 9;

/// A vector field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vectors {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// What colours mean: the size of a vector.
    pub size: Quantity,
    /// Where each vector is taken; a point that is not finite is left out.
    pub at: Vec<Point>,
    /// Components across.
    pub u: Vec<f64>,
    /// Components upwards; a vector that is not finite is a grey dot.
    pub v: Vec<f64>,
    /// Ends of both axes, where they are known.
    pub range: Option<((f64, f64), (f64, f64))>,
    /// A potential, by its level sets.
    pub level: Option<Grid>,
    /// Both axes to one scale.
    pub equal: bool,
    /// The largest size on the scale, where several fields have one; from the vectors if not given.
    pub largest: Option<f64>,
    /// Units of both axes in which the size of a vector is measured: 1 and 1 where both components have one unit.
    pub measure: (f64, f64),
}

/// Sizes of vectors, in these units of both axes: `√((u/a)² + (v/b)²)`.
pub fn sizes(u: &[f64], v: &[f64], (a, b): (f64, f64)) -> Vec<f64> {
    let size = |(u, v): (&f64, &f64)| {
        let (x, y) = (u / a, v / b);
        // Scaled, since a force of 1e-200 N has a size too.
        let most = x.abs().max(y.abs());
        if most > 0.0 && most.is_finite() {
            most * ((x / most) * (x / most) + (y / most) * (y / most)).sqrt()
        } else {
            x + y
        }
    };
    u.iter().zip(v).map(size).collect()
}

/// The panel: arrows around their places, as long and as dark as the vectors are large.
pub fn panel(input: &Vectors) -> Panel {
    let sizes = sizes(&input.u, &input.v, input.measure);
    let mut sorted: Vec<f64> = sizes.iter().copied().filter(|s| s.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let most = input.largest.or(sorted.last().copied()).filter(|m| *m > 0.0).unwrap_or(1.0);
    let usual = sorted
        .get((QUANTILE * sorted.len() as f64) as usize)
        .copied()
        .filter(|m| *m > 0.0 && input.largest.is_none())
        .unwrap_or(most);
    let mut arrows = Vec::new();
    let mut missing = Vec::new();
    for (k, at) in input.at.iter().enumerate().filter(|(_, at)| at.0.is_finite() && at.1.is_finite()) {
        if sizes[k].is_finite() {
            arrows.push(Arrow {
                at: *at,
                direction: (input.u[k], input.v[k]),
                length: (USUAL * sizes[k] / usual).min(LONGEST),
                colour: Ramp::Strength.colour(sizes[k] / most),
            });
        } else {
            missing.push(*at);
        }
    }
    let filling = input.at.len() as f64;
    let mut panel = Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        x_range: input.range.map(|r| r.0),
        y_range: input.range.map(|r| r.1),
        equal: input.equal,
        ..Panel::default()
    };
    panel.layers.extend(input.level.as_ref().map(contours));
    if !missing.is_empty() {
        panel.layers.push(Layer::Dots { points: missing, radius: 1.0, hollow: false, colour: MISSING });
        panel.legend.push((Rich::plain("no value"), Swatch::Disc(MISSING)));
    }
    panel.layers.push(Layer::Arrows { arrows, filling });
    panel.bar = Some(ColourBar { quantity: input.size.clone(), low: 0.0, high: most, ramp: Ramp::Strength });
    panel
}

/// The level sets of a potential, to stand behind arrows and lines.
pub fn contours(level: &Grid) -> Layer {
    let (low, high) = super::ruler::extent(level.values.iter().copied(), 0.0);
    let value = |k: usize| low + (high - low) * (k as f64 + 0.5) / LEVELS as f64;
    let lines = (0..LEVELS).flat_map(|k| level.level(value(k))).collect();
    Layer::Lines { lines, stroke: Stroke { colour: FAINT, width: 0.6, dash: Dash::Solid }, heads: false }
}

/// The figure.
pub fn quiver(input: &Vectors) -> Figure {
    Figure::single(panel(input))
}

//! A vector field by its streamlines, coloured by the size of the vectors.

use super::grid::Grid;
use super::palette::Ramp;
use super::panel::{ColourBar, Layer, Panel};
use super::quiver::{contours, sizes};
use super::ruler::Quantity;
use super::scene::{Dash, Point, Stroke};
use super::streamline::streamlines;
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "stream", about: "a vector field by evenly spaced streamlines" };

/// Lines beside each other, if nothing else is asked for.
pub const COUNT: usize = 24;
/// Shades along lines.
const SHADES: usize = 12;
/// Width of a frame for its height where the axes are not to one scale.
const USUAL_ASPECT: f64 = 1.25;

/// A vector field on a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// What colours mean: the size of a vector.
    pub size: Quantity,
    /// Components across; not finite where there is no flow.
    pub u: Grid,
    /// Components upwards, on the same grid.
    pub v: Grid,
    /// A potential, by its level sets.
    pub level: Option<Grid>,
    /// Both axes to one scale.
    pub equal: bool,
    /// Units of both axes in which the size of a vector is measured: 1 and 1 where both components have one unit.
    pub measure: (f64, f64),
    /// About how many lines stand beside each other.
    pub count: usize,
}

/// The panel.
pub fn panel(input: &Stream) -> Panel {
    let (u, v) = (&input.u, &input.v);
    let size = Grid { values: sizes(&u.values, &v.values, input.measure), ..u.clone() };
    let most = size.values.iter().copied().filter(|s| s.is_finite()).fold(0.0, f64::max);
    let most = if most > 0.0 { most } else { 1.0 };
    let aspect = if input.equal { (u.x.1 - u.x.0) / (u.y.1 - u.y.0) } else { USUAL_ASPECT };
    let lines = streamlines(u, v, aspect, 1.0 / input.count.max(2) as f64);
    let mut panel = Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        x_range: Some(u.x),
        y_range: Some(u.y),
        equal: input.equal,
        ..Panel::default()
    };
    panel.layers.extend(input.level.as_ref().map(contours));
    let shade = |p: Point| {
        let at =
            |v: f64, (low, high): (f64, f64), n: usize| ((v - low) / (high - low)).clamp(0.0, 1.0) * (n - 1) as f64;
        let value = size.between(at(p.0, u.x, u.columns), at(p.1, u.y, u.rows)).unwrap_or(0.0);
        ((value / most * SHADES as f64) as usize).min(SHADES - 1)
    };
    let mut pieces: Vec<Vec<Vec<Point>>> = vec![Vec::new(); SHADES];
    let mut heads: Vec<Vec<Vec<Point>>> = vec![Vec::new(); SHADES];
    for line in &lines {
        let shades: Vec<usize> =
            line.windows(2).map(|w| shade((0.5 * (w[0].0 + w[1].0), 0.5 * (w[0].1 + w[1].1)))).collect();
        let mut from = 0;
        for k in 1..=shades.len() {
            if k == shades.len() || shades[k] != shades[from] {
                pieces[shades[from]].push(line[from..=k].to_vec());
                from = k;
            }
        }
        heads[shades.get(shades.len() / 2).copied().unwrap_or(0)].push(line.clone());
    }
    // Dark lines lie over pale ones, and the heads of a line over all of it.
    for (shade, (lines, whole)) in pieces.into_iter().zip(heads).enumerate() {
        let colour = Ramp::Strength.colour((shade as f64 + 0.5) / SHADES as f64);
        let stroke = Stroke { colour, width: 0.9, dash: Dash::Solid };
        if !lines.is_empty() {
            panel.layers.push(Layer::Lines { lines, stroke, heads: false });
        }
        if !whole.is_empty() {
            panel.layers.push(Layer::Heads { lines: whole, colour });
        }
    }
    panel.bar = Some(ColourBar { quantity: input.size.clone(), low: 0.0, high: most, ramp: Ramp::Strength });
    panel
}

/// The figure.
pub fn stream(input: &Stream) -> Figure {
    Figure::single(panel(input))
}

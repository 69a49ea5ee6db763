//! A quantity over two others as colours: basins, sweeps, fields in a plane.

use super::grid::Grid;
use super::palette::{MISSING, Ramp};
use super::panel::{ColourBar, Layer, Panel, Swatch};
use super::ruler::{Quantity, extent};
use super::scene::Colour;
use super::text::Rich;
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "image", about: "a quantity over two others as colours" };

/// Most rectangles across and upwards; a finer grid is averaged.
const CELLS: usize = 400;

/// Least share of the smaller side of zero for values to have both signs.
const SIGNED: f64 = 0.01;

/// Values on a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// What the colours mean.
    pub value: Quantity,
    /// The values.
    pub grid: Grid,
    /// Both axes to one scale.
    pub equal: bool,
}

/// The panel: one scale of colours from least to greatest, or from blue over white at zero to red
/// where values have both signs. What is not finite is grey, with a note.
pub fn panel(input: &Image) -> Panel {
    let (layer, bar) = colours(&input.grid, &input.value);
    Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        x_range: Some(edges(input.grid.x, input.grid.columns)),
        y_range: Some(edges(input.grid.y, input.grid.rows)),
        equal: input.equal,
        layers: vec![layer],
        bar: Some(bar),
        legend: note(&[&input.grid]),
        ..Panel::default()
    }
}

/// What grey means, where a value is missing.
pub fn note(grids: &[&Grid]) -> Vec<(Rich, Swatch)> {
    let missing = grids.iter().any(|g| g.values.iter().any(|v| !v.is_finite()));
    if missing { vec![(Rich::plain("no value"), Swatch::Box(MISSING))] } else { Vec::new() }
}

/// The outer edges of rectangles around points from `low` to `high`.
pub fn edges((low, high): (f64, f64), points: usize) -> (f64, f64) {
    let half = 0.5 * (high - low) / (points.max(2) - 1) as f64;
    (low - half, high + half)
}

/// Least and greatest value that colours stand for, and which colours.
pub type Span = (f64, f64, Ramp);

/// The common scale of some grids.
pub fn span(grids: &[&Grid]) -> Span {
    let finite = grids.iter().flat_map(|g| g.values.iter().copied()).filter(|v| v.is_finite());
    let (low, high) = extent(finite, 0.0);
    // A positive quantity that rounding takes a little below zero is still one.
    if low < -SIGNED * high && high > -SIGNED * low { symmetric(low, high) } else { (low, high, Ramp::Sequential) }
}

/// A scale of both signs with zero in its middle.
pub fn symmetric(low: f64, high: f64) -> Span {
    let size = low.abs().max(high.abs());
    (-size, size, Ramp::Diverging)
}

/// The rectangles and their scale.
pub fn colours(grid: &Grid, value: &Quantity) -> (Layer, ColourBar) {
    coloured(grid, value, span(&[grid]))
}

/// The rectangles on a scale that is given.
pub fn coloured(grid: &Grid, value: &Quantity, (low, high, ramp): Span) -> (Layer, ColourBar) {
    let (across, upwards) = (grid.columns.div_ceil(CELLS).max(1), grid.rows.div_ceil(CELLS).max(1));
    let (columns, rows) = (grid.columns.div_ceil(across), grid.rows.div_ceil(upwards));
    let mut pixels = Vec::with_capacity(columns * rows);
    for row in (0..rows).rev() {
        for column in 0..columns {
            pixels.push(match mean(grid, column * across, row * upwards, across, upwards) {
                Some(value) => ramp.colour((value - low) / (high - low)),
                None => MISSING,
            });
        }
    }
    let layer = Layer::Image { x: edges(grid.x, grid.columns), y: edges(grid.y, grid.rows), columns, pixels };
    (layer, ColourBar { quantity: value.clone(), low, high, ramp })
}

fn mean(grid: &Grid, column: usize, row: usize, across: usize, upwards: usize) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for j in row..(row + upwards).min(grid.rows) {
        for i in column..(column + across).min(grid.columns) {
            let value = grid.values[j * grid.columns + i];
            if value.is_finite() {
                sum += value;
                count += 1.0;
            }
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// A lighter shade, so that lines over it are seen.
pub fn lightened(colour: Colour) -> Colour {
    let mix = |c: u8| ((u32::from(c) * 55 + 255 * 45) / 100) as u8;
    Colour(mix(colour.0), mix(colour.1), mix(colour.2))
}

/// The figure.
pub fn image(input: &Image) -> Figure {
    Figure::single(panel(input))
}

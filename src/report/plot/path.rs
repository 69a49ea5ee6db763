//! Paths of points in space, both axes to one scale.

use super::lines::legend;
use super::palette;
use super::panel::{Layer, Panel};
use super::ruler::Quantity;
use super::scene::{Dash, Point, Stroke};
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "path", about: "paths of points in space, both axes to one scale" };

/// Paths in one plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Across.
    pub x: Quantity,
    /// Upwards; of the same unit.
    pub y: Quantity,
    /// One for each point.
    pub series: Vec<Series>,
    /// A line drawn at the last instant: rods of a pendulum, a chain. Empty for none.
    pub body: Vec<Point>,
}

/// The panel: a disc where each path starts, an arrow head where it ends.
pub fn panel(input: &Path) -> Panel {
    let count = input.series.len();
    let mut layers: Vec<Layer> = (0..count)
        .map(|i| {
            let stroke = Stroke { width: 0.8, ..palette::line(i, count) };
            Layer::Curve { points: input.series[i].points(), stroke, ends: true }
        })
        .collect();
    if input.body.len() > 1 {
        let stroke = Stroke { colour: palette::INK, width: 1.0, dash: Dash::Solid };
        layers.push(Layer::Curve { points: input.body.clone(), stroke, ends: false });
        layers.push(Layer::Dots { points: input.body.clone(), radius: 1.8, hollow: false, colour: palette::INK });
    }
    Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        equal: true,
        layers,
        legend: legend(&input.series),
        ..Panel::default()
    }
}

/// The figure.
pub fn path(input: &Path) -> Figure {
    Figure::single(panel(input))
}

//! Points without lines: bifurcation diagrams, Poincaré sections, samples.

use super::palette::{self, DISTINCT};
use super::panel::{Layer, Panel, Swatch};
use super::ruler::Quantity;
use super::text::Rich;
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind =
    PlotKind { name: "scatter", about: "points of two quantities: sections, bifurcations, samples" };

/// Points of two quantities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// Groups, each with its own sign.
    pub series: Vec<Series>,
    /// Radius in points of the page; chosen from the number of points if not given.
    pub size: Option<f64>,
    /// Both axes to one scale.
    pub equal: bool,
}

/// The panel; discs and rings alternate, so that groups differ in grey too.
pub fn panel(input: &Scatter) -> Panel {
    let count = input.series.len();
    let points: usize = input.series.iter().map(|s| s.x.len()).sum();
    let radius = input.size.unwrap_or(match points {
        0..=200 => 1.8,
        201..=2_000 => 1.0,
        2_001..=20_000 => 0.5,
        _ => 0.3,
    });
    let is_ring = |i: usize| i % 2 == 1 && radius >= 1.0;
    let mut panel = Panel { x: input.x.clone(), y: input.y.clone(), equal: input.equal, ..Panel::default() };
    for (i, series) in input.series.iter().enumerate() {
        let colour = palette::line(i, count).colour;
        panel.layers.push(Layer::Dots { points: series.points(), radius, hollow: is_ring(i), colour });
        if count > 1 && count <= DISTINCT {
            let swatch = if is_ring(i) { Swatch::Ring(colour) } else { Swatch::Disc(colour) };
            panel.legend.push((Rich::symbol(&series.label), swatch));
        }
    }
    panel
}

/// The figure.
pub fn scatter(input: &Scatter) -> Figure {
    Figure::single(panel(input))
}

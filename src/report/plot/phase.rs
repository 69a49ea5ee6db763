//! Phase portraits: motions over the streamlines and level sets behind them.

use super::grid::Grid;
use super::lines::legend;
use super::palette::{self, FAINT, INK};
use super::panel::{Layer, Panel, Sign};
use super::ruler::Quantity;
use super::scene::{Dash, Point, Stroke};
use super::streamline::streamlines;
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind =
    PlotKind { name: "phase", about: "motions in phase space, with streamlines, level sets and fixed points" };

/// How many levels are drawn behind the motions.
const LEVELS: usize = 9;

/// What a fixed point does to motions near it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// They stay or come nearer.
    Stable,
    /// They leave.
    Unstable,
    /// They come from some directions and leave in others.
    Saddle,
}

/// A portrait in the plane of two quantities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phase {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// The motions.
    pub series: Vec<Series>,
    /// Rates of both quantities on one grid, for streamlines.
    pub flow: Option<(Grid, Grid)>,
    /// A conserved quantity on a grid, for level sets.
    pub levels: Option<Grid>,
    /// Lines between kinds of motion.
    pub separatrix: Vec<Vec<Point>>,
    /// Points that do not move.
    pub fixed: Vec<(Point, Stability)>,
}

/// The panel.
pub fn panel(input: &Phase) -> Panel {
    let mut layers = Vec::new();
    if let Some((u, v)) = &input.flow {
        let stroke = Stroke { colour: FAINT, width: 0.5, dash: Dash::Solid };
        layers.push(Layer::Lines { lines: streamlines(u, v, 1.2, 0.055), stroke, heads: true });
    }
    if let Some(grid) = &input.levels {
        let lines = grid.quantiles(LEVELS).into_iter().flat_map(|level| grid.level(level)).collect();
        layers.push(Layer::Lines {
            lines,
            stroke: Stroke { colour: FAINT, width: 0.5, dash: Dash::Solid },
            heads: false,
        });
    }
    if !input.separatrix.is_empty() {
        let stroke = Stroke { colour: palette::AXIS, width: 0.7, dash: Dash::Dashed };
        layers.push(Layer::Lines { lines: input.separatrix.clone(), stroke, heads: false });
    }
    let background = input.flow.as_ref().map(|(u, _)| u).or(input.levels.as_ref());
    let count = input.series.len();
    for (i, series) in input.series.iter().enumerate() {
        let stroke = Stroke { width: 0.8, ..palette::line(i, count) };
        layers.push(Layer::Curve { points: series.points(), stroke, ends: true });
    }
    for (at, stability) in &input.fixed {
        let sign = match stability {
            Stability::Stable => Sign::Disc,
            Stability::Unstable => Sign::Ring,
            Stability::Saddle => Sign::Cross,
        };
        layers.push(Layer::Mark { at: *at, sign, colour: INK });
    }
    Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        x_range: background.map(|g| g.x),
        y_range: background.map(|g| g.y),
        layers,
        legend: legend(&input.series),
        ..Panel::default()
    }
}

/// The figure.
pub fn phase(input: &Phase) -> Figure {
    Figure::single(panel(input))
}

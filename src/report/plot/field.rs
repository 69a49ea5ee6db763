//! A function of two variables by its level sets, or a vector field by its streamlines.

use super::grid::Grid;
use super::image::{colours, lightened};
use super::palette::INK;
use super::panel::{Layer, Panel};
use super::ruler::Quantity;
use super::scene::{Dash, Stroke};
use super::streamline::streamlines;
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "field", about: "a function of two variables, or a vector field" };

/// Most level sets.
const LEVELS: usize = 11;

/// Rectangles of colour across and upwards.
const CELLS: usize = 160;

/// What is drawn over a rectangle of two variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// A function: colours and level sets.
    pub level: Option<(Quantity, Grid)>,
    /// Both components of a vector field: streamlines.
    pub flow: Option<(Grid, Grid)>,
    /// Both axes to one scale.
    pub equal: bool,
}

/// The panel.
pub fn panel(input: &Field) -> Panel {
    let mut panel = Panel { x: input.x.clone(), y: input.y.clone(), equal: input.equal, ..Panel::default() };
    if let Some((value, grid)) = &input.level {
        let (layer, bar) = colours(&grid.refined(CELLS), value);
        panel.layers.push(match layer {
            Layer::Image { columns, pixels, .. } => {
                let pale = |c| if input.flow.is_some() { lightened(c) } else { c };
                Layer::Image { x: grid.x, y: grid.y, columns, pixels: pixels.into_iter().map(pale).collect() }
            }
            other => other,
        });
        panel.bar = Some(bar);
        (panel.x_range, panel.y_range) = (Some(grid.x), Some(grid.y));
        if input.flow.is_none() {
            let lines = grid.quantiles(LEVELS).into_iter().flat_map(|level| grid.level(level)).collect();
            let stroke = Stroke { colour: super::palette::PAPER, width: 0.6, dash: Dash::Solid };
            panel.layers.push(Layer::Lines { lines, stroke, heads: false });
        }
    }
    if let Some((u, v)) = &input.flow {
        let stroke = Stroke { colour: INK, width: 0.6, dash: Dash::Solid };
        panel.layers.push(Layer::Lines { lines: streamlines(u, v, 1.2, 0.045), stroke, heads: true });
        (panel.x_range, panel.y_range) = (Some(u.x), Some(u.y));
    }
    panel
}

/// The figure.
pub fn field(input: &Field) -> Figure {
    Figure::single(panel(input))
}

//! Time series: quantities over one axis.

use super::palette;
use super::panel::{Layer, Panel, Swatch};
use super::ruler::Quantity;
use super::text::Rich;
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "lines", about: "quantities against time or any other column" };

/// Most series in one panel; of more, every second, third, … is drawn.
const SHOWN: usize = 64;

/// Series over one axis; each group of one unit is a panel of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// The common axis.
    pub x: Quantity,
    /// From above to below.
    pub groups: Vec<Group>,
}

/// Series of one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Caption, unit and period of the panel.
    pub y: Quantity,
    /// The series, values in SI.
    pub series: Vec<Series>,
}

/// The panels from above to below.
pub fn panels(input: &Lines) -> Vec<Panel> {
    let last = input.groups.len().saturating_sub(1);
    let every = input.groups.iter().flat_map(|g| &g.series).flat_map(|s| &s.x);
    let range = super::ruler::extent(every.copied(), 0.0);
    let panel =
        |(i, group): (usize, &Group)| Panel { x_range: Some(range), bare: i < last, ..panel(input.x.clone(), group) };
    input.groups.iter().enumerate().map(panel).collect()
}

fn panel(x: Quantity, group: &Group) -> Panel {
    let every = group.series.len().div_ceil(SHOWN).max(1);
    let shown: Vec<&Series> = group.series.iter().step_by(every).collect();
    let count = shown.len();
    let mut y = group.y.clone();
    if count == 1 && y.label.is_empty() {
        y.label.clone_from(&shown[0].label);
    }
    let mut panel = Panel { x, y, ..Panel::default() };
    for (i, series) in shown.iter().enumerate() {
        let stroke = palette::line(i, count);
        panel.layers.push(Layer::Curve { points: series.points(), stroke, ends: false });
    }
    panel.legend = legend(&group.series);
    panel
}

/// One entry each; of very many series the first and the last.
pub fn legend(series: &[Series]) -> Vec<(Rich, Swatch)> {
    let count = series.len();
    let line = |i: usize| Swatch::Line(palette::line(i, count));
    let entry = |i: usize| (Rich::symbol(&series[i].label), line(i));
    match count {
        0 | 1 => Vec::new(),
        _ if count <= palette::DISTINCT => (0..count).map(entry).collect(),
        _ => vec![entry(0), (Rich::plain("…"), line(count / 2)), entry(count - 1)],
    }
}

/// The figure.
pub fn lines(input: &Lines) -> Figure {
    Figure::stacked(panels(input))
}

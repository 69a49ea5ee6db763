//! Functions of one variable, on logarithmic axes where the values ask for it.

use super::lines::legend;
use super::palette;
use super::panel::{Layer, Panel};
use super::ruler::{Quantity, Scale};
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "curve", about: "functions of one variable" };

/// Functions of one variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// The functions.
    pub series: Vec<Series>,
    /// Logarithmic upwards; if not given, where all values are positive and span three powers of ten.
    pub log_y: Option<bool>,
    /// Logarithmic across, by the same rule.
    pub log_x: Option<bool>,
}

/// The panel.
pub fn panel(input: &Curve) -> Panel {
    let count = input.series.len();
    let scale = |wanted: Option<bool>, values: &mut dyn Iterator<Item = f64>| {
        let (low, high) =
            values.filter(|v| v.is_finite()).fold((f64::INFINITY, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
        let logarithmic = low > 0.0 && wanted.unwrap_or(high >= 1e3 * low);
        if logarithmic { Scale::Log } else { Scale::Linear }
    };
    let mut panel = Panel {
        x: input.x.clone(),
        y: input.y.clone(),
        x_scale: scale(input.log_x, &mut input.series.iter().flat_map(|s| s.x.iter().copied())),
        y_scale: scale(input.log_y, &mut input.series.iter().flat_map(|s| s.y.iter().copied())),
        legend: legend(&input.series),
        ..Panel::default()
    };
    for (i, series) in input.series.iter().enumerate() {
        panel.layers.push(Layer::Curve { points: series.points(), stroke: palette::line(i, count), ends: false });
    }
    panel
}

/// The figure.
pub fn curve(input: &Curve) -> Figure {
    Figure::single(panel(input))
}

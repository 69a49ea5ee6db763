//! How far conserved quantities have drifted, on an axis of signed powers of ten.

use super::lines::legend;
use super::palette;
use super::panel::{Layer, Panel};
use super::ruler::{Quantity, Scale, exponent, power_of_ten};
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "drift", about: "relative drift of energy and other invariants" };

/// Rounding of f64: what lies below is drawn in proportion.
const ROUNDING: f64 = 1e-16;
/// Most powers of ten on each side of zero.
const DECADES: i32 = 4;

/// `(I(t) - I(0))/s` of each invariant, `s` as `language.md` 12.4 defines it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// The common axis.
    pub x: Quantity,
    /// One for each invariant; pure numbers.
    pub series: Vec<Series>,
}

/// The panel: logarithmic on both sides of zero, symmetric.
pub fn panel(input: &Drift) -> Panel {
    let worst = input.series.iter().flat_map(|s| &s.y).filter(|v| v.is_finite()).fold(0.0f64, |w, v| w.max(v.abs()));
    let threshold = power_of_ten(exponent(worst.max(ROUNDING)) - DECADES).max(ROUNDING);
    let label = match &input.series[..] {
        [one] => format!("relative drift of {}", one.label),
        _ => "relative drift".to_owned(),
    };
    let largest = worst.max(10.0 * threshold) * 1.8;
    Panel {
        x: input.x.clone(),
        y: Quantity::new(label, ""),
        x_range: Some(super::ruler::extent(input.series.iter().flat_map(|s| &s.x).copied(), 0.0)),
        y_range: Some((-largest, largest)),
        y_scale: Scale::Symmetric { threshold },
        layers: (0..input.series.len())
            .map(|i| Layer::Curve {
                points: input.series[i].points(),
                stroke: palette::line(i, input.series.len()),
                ends: false,
            })
            .collect(),
        legend: legend(&input.series),
        ..Panel::default()
    }
}

/// The figure.
pub fn drift(input: &Drift) -> Figure {
    Figure::single(panel(input))
}

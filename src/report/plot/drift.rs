//! How far conserved quantities have drifted, in powers of ten.

use super::lines::legend;
use super::palette;
use super::panel::{Layer, Panel};
use super::ruler::{Quantity, Scale, extent};
use super::scene::Point;
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "drift", about: "relative drift of energy and other invariants" };

/// Below the rounding of f64 nothing is told apart.
const ROUNDING: f64 = 1e-17;
/// Most powers of ten below the worst drift.
const SPAN: f64 = 1e-6;
/// Places along the axis; of the samples at one place the worst is drawn, since a signed error of
/// rounding passes through zero all the time and would fill the panel with strokes.
const PLACES: usize = 240;

/// `(I(t) - I(0))/s` of each invariant, `s` as `language.md` 12.4 defines it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// The common axis.
    pub x: Quantity,
    /// One for each invariant; pure numbers.
    pub series: Vec<Series>,
}

/// The panel: sizes on a logarithmic axis.
pub fn panel(input: &Drift) -> Panel {
    let worst = input.series.iter().flat_map(|s| &s.y).filter(|v| v.is_finite()).fold(0.0f64, |w, v| w.max(v.abs()));
    let floor = (worst * SPAN).max(ROUNDING);
    let label = match &input.series[..] {
        [one] => format!("|relative drift| of {}", one.label),
        _ => "|relative drift|".to_owned(),
    };
    let count = input.series.len();
    Panel {
        x: input.x.clone(),
        y: Quantity::new(label, ""),
        x_range: Some(extent(input.series.iter().flat_map(|s| &s.x).copied(), 0.0)),
        y_range: Some((floor, worst.max(100.0 * floor) * 2.0)),
        y_scale: Scale::Log,
        layers: (0..count)
            .map(|i| Layer::Curve {
                points: envelope(&input.series[i], floor),
                stroke: palette::line(i, count),
                ends: false,
            })
            .collect(),
        legend: legend(&input.series),
        ..Panel::default()
    }
}

/// The largest size among the samples at each place, at the instant where it is met.
fn envelope(series: &Series, floor: f64) -> Vec<Point> {
    let rows = series.x.len().min(series.y.len());
    let places = rows.min(PLACES);
    (0..places)
        .map(|place| {
            let samples = place * rows / places..(place + 1) * rows / places;
            samples.fold((series.x[place * rows / places], floor), |worst, row| {
                let size = series.y[row].abs();
                if size > worst.1 { (series.x[row], size) } else { worst }
            })
        })
        .collect()
}

/// The figure.
pub fn drift(input: &Drift) -> Figure {
    Figure::single(panel(input))
}

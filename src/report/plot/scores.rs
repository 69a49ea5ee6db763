//! Scores of models beside each other: bars with the spread over repetitions, and what was published.

use super::palette::{self, INK, PAPER};
use super::panel::{Layer, Panel, Sign, Swatch};
use super::ruler::{Quantity, Scale};
use super::scene::{Colour, Dash, Point, Stroke};
use super::text::Rich;
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind =
    PlotKind { name: "scores", about: "scores of compared models: medians, spread, each repetition, published values" };

/// Half the width of a bar, of 1 between models.
const HALF: f64 = 0.3;
/// Scores that differ by more than this factor are drawn on a logarithmic axis.
const FAR: f64 = 30.0;

/// One metric of all models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Its name and unit.
    pub quantity: Quantity,
    /// By model.
    pub bars: Vec<Bar>,
    /// The score of the true law on the same noisy data, where it is known.
    pub floor: Option<f64>,
}

/// A score of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// The height.
    pub median: f64,
    /// Deviation over repetitions, 0 for one.
    pub spread: f64,
    /// Of each repetition.
    pub values: Vec<f64>,
    /// What was published.
    pub published: Option<f64>,
}

/// A panel for each metric; the lowest names the models.
pub fn panels(models: &[String], metrics: &[Metric]) -> Vec<Panel> {
    let last = metrics.len().saturating_sub(1);
    let made = metrics.iter().enumerate().map(|(k, m)| Panel { bare: k < last, ..panel(models, m) });
    made.collect()
}

fn panel(models: &[String], metric: &Metric) -> Panel {
    let count = models.len();
    let of = |b: &Bar| b.values.iter().copied().chain([b.median]).chain(b.published).collect::<Vec<f64>>();
    let all: Vec<f64> = metric.bars.iter().flat_map(of).chain(metric.floor).filter(|v| v.is_finite()).collect();
    let (least, most) = all.iter().fold((f64::INFINITY, 0.0f64), |(l, h), v| (l.min(*v), h.max(*v)));
    let tips = metric.bars.iter().map(|b| b.median + b.spread).filter(|v| v.is_finite());
    let most = tips.fold(most, f64::max);
    let far = least > 0.0 && most > FAR * least;
    let (scale, low, high) = match far {
        true => (Scale::Log, 0.5 * least, 1.6 * most),
        false => (Scale::Linear, least.min(0.0), if most > 0.0 { 1.08 * most } else { 1.0 }),
    };
    let mut panel = Panel {
        y: metric.quantity.clone(),
        x_range: Some((0.4, count as f64 + 0.6)),
        y_range: Some((low, high)),
        y_scale: scale,
        x_names: models.iter().enumerate().map(|(k, m)| (k as f64 + 1.0, m.clone())).collect(),
        ..Panel::default()
    };
    let line = |points: Vec<Point>, dash: Dash, colour: Colour| Layer::Curve {
        points,
        stroke: Stroke { colour, width: 0.9, dash },
        ends: false,
    };
    let (mut published, mut infinite) = (false, false);
    for (k, bar) in metric.bars.iter().enumerate() {
        let x = k as f64 + 1.0;
        if bar.median.is_finite() {
            let fill = palette::line(k % 4, 4).colour;
            let corners = vec![(x - HALF, low), (x - HALF, bar.median), (x + HALF, bar.median), (x + HALF, low)];
            panel.layers.push(Layer::Area { points: corners, fill, opacity: 0.75 });
            if bar.spread > 0.0 && bar.spread.is_finite() {
                let (from, to) = ((bar.median - bar.spread).max(low), bar.median + bar.spread);
                panel.layers.push(line(vec![(x, from), (x, to)], Dash::Solid, INK));
                for end in [bar.median - bar.spread, to].into_iter().filter(|v| *v > low) {
                    panel.layers.push(line(vec![(x - 0.06, end), (x + 0.06, end)], Dash::Solid, INK));
                }
            }
            if bar.values.len() > 1 {
                let points = bar.values.iter().filter(|v| v.is_finite()).map(|v| (x + 0.5 * HALF, *v)).collect();
                panel.layers.push(Layer::Dots { points, radius: 1.3, hollow: false, colour: PAPER });
                let points = bar.values.iter().filter(|v| v.is_finite()).map(|v| (x + 0.5 * HALF, *v)).collect();
                panel.layers.push(Layer::Dots { points, radius: 0.8, hollow: false, colour: INK });
            }
        }
        if !bar.median.is_finite() {
            infinite = true;
            let top = if far { low * crate::real::pow(high / low, 0.93) } else { low + 0.93 * (high - low) };
            panel.layers.push(Layer::Mark { at: (x, top), sign: Sign::Cross, colour: INK });
        }
        if let Some(value) = bar.published {
            published = true;
            panel.layers.push(line(vec![(x - 1.3 * HALF, value), (x + 1.3 * HALF, value)], Dash::Dashed, INK));
        }
    }
    if infinite {
        panel.legend.push((Rich::plain("not finite"), Swatch::Cross(INK)));
    }
    if let Some(floor) = metric.floor {
        panel.layers.push(line(vec![(0.4, floor), (count as f64 + 0.6, floor)], Dash::Dotted, INK));
        panel.legend.push((Rich::plain("floor"), Swatch::Line(Stroke { colour: INK, width: 0.9, dash: Dash::Dotted })));
    }
    if published {
        let stroke = Stroke { colour: INK, width: 0.9, dash: Dash::Dashed };
        panel.legend.push((Rich::plain("published"), Swatch::Line(stroke)));
    }
    panel
}

/// The figure.
pub fn scores(models: &[String], metrics: &[Metric]) -> Figure {
    Figure::stacked(panels(models, metrics))
}

//! How often values occur.

use super::palette;
use super::panel::{Layer, Panel};
use super::ruler::Quantity;
use super::scene::{Point, Stroke};
use super::{Figure, PlotKind};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "histogram", about: "how often values occur" };

/// Values of one or several samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// What is counted.
    pub x: Quantity,
    /// Samples with their names.
    pub samples: Vec<(String, Vec<f64>)>,
    /// Number of bins; the square root of the number of values, from 8 to 60, if not given.
    pub bins: Option<usize>,
}

/// The panel: one sample as filled bars, several as outlines over common bins.
pub fn panel(input: &Histogram) -> Panel {
    let all = || input.samples.iter().flat_map(|(_, values)| values.iter().copied()).filter(|v| v.is_finite());
    let largest = input.samples.iter().map(|(_, v)| v.len()).max().unwrap_or(0);
    let bins = input.bins.unwrap_or(((largest as f64).sqrt() as usize).clamp(8, 60)).clamp(1, 1000);
    let (low, high) = super::ruler::extent(all(), 0.0);
    let width = (high - low) / bins as f64;
    let count = input.samples.len();
    let mut panel = Panel { x: input.x.clone(), y: Quantity::new("number of values", ""), ..Panel::default() };
    let mut most = 0.0f64;
    for (i, (_, values)) in input.samples.iter().enumerate() {
        let mut heights = vec![0.0f64; bins];
        for value in values.iter().filter(|v| v.is_finite()) {
            heights[(((value - low) / width) as usize).min(bins - 1)] += 1.0;
        }
        most = heights.iter().copied().fold(most, f64::max);
        let mut outline: Vec<Point> = vec![(low, 0.0)];
        for (bin, height) in heights.iter().enumerate() {
            let left = low + width * bin as f64;
            outline.extend([(left, *height), (left + width, *height)]);
        }
        outline.push((high, 0.0));
        let stroke = Stroke { width: 0.8, ..palette::line(i, count) };
        if count == 1 {
            panel.layers.push(Layer::Area { points: outline.clone(), fill: stroke.colour, opacity: 0.25 });
        }
        panel.layers.push(Layer::Curve { points: outline, stroke, ends: false });
    }
    if count > 1 {
        let entry = |(i, (label, _)): (usize, &(String, Vec<f64>))| {
            (super::text::Rich::symbol(label), super::panel::Swatch::Line(palette::line(i, count)))
        };
        panel.legend = input.samples.iter().enumerate().map(entry).collect();
    }
    panel.x_range = Some((low - 0.5 * width, high + 0.5 * width));
    panel.y_range = Some((0.0, (1.06 * most).max(1.0)));
    panel
}

/// The figure.
pub fn histogram(input: &Histogram) -> Figure {
    Figure::single(panel(input))
}

//! Losses of fits over their steps.

use super::palette::{self, INK};
use super::panel::{Layer, Panel, Swatch};
use super::ruler::{Quantity, Scale, extent};
use super::scene::{Dash, Stroke};
use super::text::Rich;
use super::{Figure, PlotKind, Series};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind {
    name: "losses",
    about: "losses of fits over their steps, on their valid rows, and the noise of the data",
};

/// The loss of one fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loss {
    /// On the rows that are learned from, named like the fit.
    pub train: Series,
    /// On the `valid` rows; empty where there are none.
    pub valid: Series,
    /// The loss of the true law on the same noisy data, where it is known.
    pub floor: Option<f64>,
}

/// The panel: a colour for each fit, solid where it learns, dashed on its valid rows, dotted for what noise alone makes.
pub fn panel(fits: &[Loss]) -> Panel {
    let mut panel = Panel { x: Quantity::new("step", ""), y: Quantity::new("loss", ""), ..Panel::default() };
    let every = || fits.iter().flat_map(|f| [&f.train, &f.valid]);
    let positive = every().flat_map(|s| &s.y).all(|v| *v > 0.0);
    panel.y_scale = if positive { Scale::Log } else { Scale::Linear };
    let (first, last) = extent(every().flat_map(|s| s.x.iter().copied()), 0.0);
    panel.x_range = Some((first, last));
    let of = |k: usize, dash: Dash| Stroke { dash, ..palette::line(k, fits.len().min(palette::DISTINCT)) };
    let one = fits.len() == 1;
    for (k, fit) in fits.iter().enumerate() {
        let colour = of(k, Dash::Solid);
        panel.layers.push(Layer::Curve { points: fit.train.points(), stroke: colour, ends: false });
        let name = if one { Rich::plain("train") } else { Rich::symbol(&fit.train.label) };
        panel.legend.push((name, Swatch::Line(colour)));
        if fit.valid.x.is_empty() {
            continue;
        }
        let stroke = if one { of(1, Dash::Solid) } else { of(k, Dash::Dashed) };
        panel.layers.push(Layer::Curve { points: fit.valid.points(), stroke, ends: false });
        if one {
            panel.legend.push((Rich::plain("valid"), Swatch::Line(stroke)));
        }
    }
    if !one && fits.iter().any(|f| !f.valid.x.is_empty()) {
        let stroke = Stroke { colour: INK, width: 1.0, dash: Dash::Dashed };
        panel.legend.push((Rich::plain("valid"), Swatch::Line(stroke)));
    }
    let mut floors: Vec<f64> = fits.iter().filter_map(|f| f.floor).filter(|v| v.is_finite()).collect();
    floors.sort_by(f64::total_cmp);
    floors.dedup();
    for floor in &floors {
        let stroke = Stroke { colour: INK, width: 0.8, dash: Dash::Dotted };
        panel.layers.push(Layer::Curve { points: vec![(first, *floor), (last, *floor)], stroke, ends: false });
    }
    if !floors.is_empty() {
        let stroke = Stroke { colour: INK, width: 0.8, dash: Dash::Dotted };
        panel.legend.push((Rich::plain("floor"), Swatch::Line(stroke)));
    }
    panel
}

/// The figure.
pub fn losses(fits: &[Loss]) -> Figure {
    Figure::single(panel(fits))
}

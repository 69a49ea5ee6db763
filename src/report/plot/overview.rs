//! The picture that `simulate` makes: what moved, where, and what was conserved, on one page.

use super::drift::{self, Drift};
use super::image::{self, Image};
use super::lines::{self, Lines};
use super::panel::Panel;
use super::path::{self, Path};
use super::phase::{self, Phase};
use super::scene::Scene;
use super::{Figure, PAGE, PlotKind, stack};

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind =
    PlotKind { name: "overview", about: "time series, paths, phase portrait and drift on one page" };

/// Height of a row of time series, of one panel in it, and of the row below.
const SERIES_ROW: f64 = 78.0;
const LOWER_ROW: f64 = 170.0;
/// Most panels of time series.
const GROUPS: usize = 4;
/// Height of an image, and most of them.
const IMAGE_ROW: f64 = 150.0;
const IMAGES: usize = 2;

/// What is known of a run; the panels of what is not known are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverviewInput {
    /// Families of many numbers over time and place.
    pub images: Vec<Image>,
    /// Coordinates (or states) over time, one group for each unit.
    pub lines: Lines,
    /// Paths of the points of the system.
    pub path: Option<Path>,
    /// First coordinate against its rate or momentum; planes of a flow.
    pub phases: Vec<Phase>,
    /// Drift of the invariants.
    pub drift: Option<Drift>,
}

/// One page wide: time series above, then path, phase portrait and drift side by side.
pub fn overview(input: &OverviewInput) -> Figure {
    let shown = Lines { x: input.lines.x.clone(), groups: input.lines.groups.iter().take(GROUPS).cloned().collect() };
    let series = lines::panels(&shown);
    let mut below: Vec<Panel> = Vec::new();
    below.extend(input.path.as_ref().map(path::panel));
    below.extend(input.phases.iter().map(phase::panel));
    below.extend(input.drift.as_ref().filter(|d| !d.series.is_empty()).map(drift::panel));

    let single = if series.len() == 1 { 1.45 } else { 1.0 };
    let upper = if series.is_empty() { 0.0 } else { SERIES_ROW * single * series.len() as f64 + 20.0 };
    let lower = if below.is_empty() { 0.0 } else { LOWER_ROW };
    let images: Vec<Panel> = input.images.iter().take(IMAGES).map(image::panel).collect();
    let first = IMAGE_ROW * images.len() as f64;
    let mut scene = Scene::new(PAGE, first + upper + lower + 8.0);
    for (i, panel) in images.iter().enumerate() {
        let top = IMAGE_ROW * i as f64;
        let inset = panel.left_inset(PAGE, IMAGE_ROW) + 4.0;
        panel.draw(&mut scene, [2.0, top + 2.0, PAGE, top + IMAGE_ROW], inset);
    }
    if !series.is_empty() {
        stack(&mut scene, &series, [2.0, first + 2.0, PAGE, first + upper]);
    }
    let upper = first + upper;
    // A plane alone would be drawn out over the page; a drift is a time series and may be.
    let alone = below.len() == 1 && input.drift.as_ref().is_none_or(|d| d.series.is_empty());
    let width = if alone { 0.6 * PAGE } else { PAGE / below.len().max(1) as f64 };
    for (i, panel) in below.iter().enumerate() {
        let left = width * i as f64 + if i > 0 { 8.0 } else { 2.0 };
        let inset = panel.left_inset(width, lower) + 4.0;
        panel.draw(&mut scene, [left, upper + 6.0, width * (i + 1) as f64, upper + lower + 5.0], inset);
    }
    Figure { scene }
}

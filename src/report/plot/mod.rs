//! Figures that need no settings, as SVG and PNG.
//!
//! A plot kind is a file: its input is plain data, its output one or more [`panel::Panel`]s. A
//! [`Figure`] places panels on a page. Lengths are in points (1/72 inch); one column of a journal is
//! 252 points wide, a page 510.

pub mod against;
mod arrow;
mod canvas;
pub mod curve;
pub mod decomposition;
pub mod drift;
pub mod field;
pub mod film;
pub mod frames;
pub mod grid;
pub mod histogram;
pub mod image;
pub mod lines;
pub mod losses;
pub mod overview;
pub mod palette;
pub mod panel;
pub mod panels;
pub mod path;
pub mod phase;
pub mod quiver;
mod raster;
pub mod ruler;
pub mod scatter;
pub mod scene;
pub mod scores;
mod sign;
pub mod stream;
pub mod streamline;
mod svg;
pub mod text;
pub mod trace;

use super::ReportError;
use panel::Panel;
use scene::{Point, Scene};

pub use overview::{OverviewInput, overview};
pub use raster::load_letters;
pub use ruler::Quantity;

/// Width of one column of a journal.
pub const COLUMN: f64 = 252.0;
/// Width of a page.
pub const PAGE: f64 = 510.0;

/// A kind of plot, as `hamel list plots` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlotKind {
    /// Word of the language: `plot lines(…)`.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
}

/// All kinds of plots, by name.
pub const PLOTS: &[PlotKind] = &[
    against::KIND,
    curve::KIND,
    drift::KIND,
    field::KIND,
    film::KIND,
    decomposition::KIND,
    histogram::KIND,
    image::KIND,
    lines::KIND,
    losses::KIND,
    overview::KIND,
    path::KIND,
    phase::KIND,
    quiver::KIND,
    scatter::KIND,
    scores::KIND,
    stream::KIND,
];

/// Points `(x[i], y[i])` in SI.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub label: String,
    /// Across.
    pub x: Vec<f64>,
    /// Upwards.
    pub y: Vec<f64>,
}

impl Series {
    /// Points with a name.
    pub fn new(label: impl Into<String>, x: &[f64], y: &[f64]) -> Series {
        Series { label: label.into(), x: x.to_vec(), y: y.to_vec() }
    }

    /// As pairs; a value that is not finite breaks no drawing, since clipping drops it.
    pub fn points(&self) -> Vec<Point> {
        self.x.iter().copied().zip(self.y.iter().copied()).collect()
    }
}

/// A page, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What is on it.
    pub scene: Scene,
}

impl Figure {
    /// One panel, as wide as a column.
    pub fn single(panel: Panel) -> Figure {
        let width = COLUMN;
        let usual = if panel.equal { 0.86 * COLUMN } else { 0.66 * COLUMN };
        let height = panel.natural_height(width, (60.0, 300.0)).unwrap_or(usual);
        let mut scene = Scene::new(width, height);
        let left = panel.left_inset(width, height) + 4.0;
        panel.draw(&mut scene, [2.0, 2.0, width, height - 1.0], left);
        Figure { scene }
    }

    /// The same with a line above everything.
    pub fn titled(mut panel: Panel, title: &str) -> Figure {
        panel.title = title.to_owned();
        Figure::single(panel)
    }

    /// Panels under each other over a common axis, as wide as a column.
    pub fn stacked(panels: Vec<Panel>) -> Figure {
        let each = if panels.len() > 1 { 96.0 } else { 140.0 };
        let height = each * panels.len() as f64 + 24.0;
        let mut scene = Scene::new(COLUMN, height);
        stack(&mut scene, &panels, [2.0, 2.0, COLUMN, height - 1.0]);
        Figure { scene }
    }

    /// Panels beside each other, as wide as a page.
    pub fn beside(panels: Vec<Panel>) -> Figure {
        let each = (PAGE - 4.0) / panels.len().max(1) as f64;
        let height = 0.92 * each;
        let mut scene = Scene::new(PAGE, height);
        for (k, panel) in panels.iter().enumerate() {
            let from = 2.0 + each * k as f64;
            let left = panel.left_inset(each, height) + 4.0;
            panel.draw(&mut scene, [from, 2.0, from + each - 4.0, height - 1.0], left);
        }
        Figure { scene }
    }

    /// As SVG, with title and provenance inside.
    pub fn svg(&self, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
        svg::svg(&self.scene, title, provenance)
    }

    /// As PNG, with title and provenance inside.
    pub fn png(&self, title: &str, provenance: &str) -> Result<Vec<u8>, ReportError> {
        raster::png(&self.scene, title, provenance)
    }
}

/// Draws panels under each other with their left edges in line; the lowest has the labels of the axis.
fn stack(scene: &mut Scene, panels: &[Panel], outer: trace::Frame) {
    let each = (outer[3] - outer[1] - 18.0) / panels.len() as f64;
    let left = panels.iter().map(|p| p.left_inset(outer[2] - outer[0], each)).fold(0.0, f64::max) + 4.0;
    for (i, panel) in panels.iter().enumerate() {
        let top = outer[1] + each * i as f64;
        let labels = if i + 1 == panels.len() { 18.0 } else { 0.0 };
        panel.draw(scene, [outer[0], top, outer[2], top + each + labels], left);
    }
}

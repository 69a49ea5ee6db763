//! Panels in rows and columns with common axes and scales of colours: sequences of images, a field beside its parts.

use super::palette::INK;
use super::panel::{CAPTION, ColourBar, Panel, Swatch};
use super::scene::{Anchor, Scene};
use super::sign::{BAR, SWATCH, draw_bar, draw_swatch};
use super::text::Rich;
use super::{COLUMN, Figure, PAGE};
use std::ops::Range;

/// A line of text above frames.
const LINE: f64 = 12.0;
/// Labels and caption below a frame.
const BELOW: f64 = 23.0;
/// Space below a frame without labels.
const BARE: f64 = 5.0;
/// Least space between frames beside each other.
const GAP: f64 = 8.0;
/// Margins of the page to the right of the last frame.
const RIGHT: f64 = 9.0;
/// Height of a frame for its width where the axes are not to one scale.
const USUAL_HEIGHT: f64 = 0.8;
/// Highest frame, and the highest page.
const HIGHEST: f64 = 220.0;
const PAGE_HEIGHT: f64 = 680.0;

/// Panels beside each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Stands above the row; empty for none.
    pub name: String,
    /// From left to right, each with its title.
    pub panels: Vec<Panel>,
}

/// Rows under each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panels {
    /// A line above everything.
    pub title: String,
    /// From above to below.
    pub rows: Vec<Row>,
    /// Scales of colours to the right of these rows.
    pub bars: Vec<(Range<usize>, ColourBar)>,
    /// What signs mean in all of them.
    pub legend: Vec<(Rich, Swatch)>,
}

/// Widths and heights of a page, the same for all frames.
struct Layout {
    width: f64,
    height: f64,
    left: f64,
    gap: f64,
}

impl Panels {
    /// The panels in one row, each with its own scale of colours.
    pub fn row(panels: Vec<Panel>) -> Panels {
        Panels { rows: vec![Row { name: String::new(), panels }], ..Panels::default() }
    }

    /// Panels in rows of so many.
    pub fn in_rows(panels: Vec<Panel>, columns: usize) -> Panels {
        let rows = panels.chunks(columns.max(1)).map(|p| Row { name: String::new(), panels: p.to_vec() }).collect();
        Panels { rows, ..Panels::default() }
    }

    fn all(&self) -> impl Iterator<Item = &Panel> {
        self.rows.iter().flat_map(|r| &r.panels)
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(|r| r.panels.len()).max().unwrap_or(0).max(1)
    }

    /// Whether a panel has the axis upwards of its neighbour to the left.
    fn shares_left(&self, row: usize, column: usize) -> bool {
        let panels = &self.rows[row].panels;
        column > 0 && {
            let (a, b) = (&panels[column - 1], &panels[column]);
            a.y_range.is_some() && (a.y_range, &a.y) == (b.y_range, &b.y) && a.bar.is_none()
        }
    }

    /// Whether the panel below has the same axis across.
    fn shares_below(&self, row: usize, column: usize) -> bool {
        let below = self.rows.get(row + 1).and_then(|r| r.panels.get(column));
        let this = &self.rows[row].panels[column];
        below.is_some_and(|b| this.x_range.is_some() && (this.x_range, &this.x) == (b.x_range, &b.x))
    }

    /// Lines of text above the frames of a row.
    fn above(&self, row: &Row) -> f64 {
        if row.name.is_empty() { LINE } else { 2.0 * LINE }
    }

    fn below(&self, row: usize) -> f64 {
        let shared = (0..self.rows[row].panels.len()).all(|c| self.shares_below(row, c));
        if shared { BARE } else { BELOW }
    }

    fn layout(&self) -> Layout {
        let n = self.columns() as f64;
        let page = if n < 3.0 { COLUMN } else { PAGE };
        let aspect = self.all().find_map(Panel::aspect);
        let shape = aspect.map_or(USUAL_HEIGHT, f64::recip);
        let bars = if self.bars.is_empty() { 0.0 } else { BAR };
        let own = if self.all().any(|p| p.bar.is_some()) { BAR + 4.0 } else { 0.0 };
        let texts: f64 = self.rows.iter().enumerate().map(|(k, r)| self.above(r) + self.below(k)).sum();
        let most = ((PAGE_HEIGHT - texts) / self.rows.len().max(1) as f64).min(HIGHEST);
        let mut layout = Layout { width: page / n, height: most, left: 30.0, gap: GAP };
        // Room for labels depends on the frames and the frames on that room.
        for _ in 0..4 {
            let room = page - 4.0 - layout.left - RIGHT - bars - (n - 1.0) * layout.gap - n * own;
            layout.width = (room / n).max(20.0);
            layout.height = layout.width * shape;
            if layout.height > most {
                (layout.width, layout.height) = (most / shape, most);
            }
            let firsts = self.rows.iter().filter_map(|r| r.panels.first());
            layout.left = firsts.map(|p| p.framed_left(layout.width, layout.height)).fold(12.0, f64::max);
            let widest = self.all().map(|p| p.label_width(layout.width, layout.height)).fold(0.0, f64::max);
            let labels = self.rows.iter().enumerate().flat_map(|(r, row)| {
                let own = (1..row.panels.len()).filter(move |c| !self.shares_left(r, *c));
                own.map(|c| row.panels[c].framed_left(layout.width, layout.height) + 4.0)
            });
            layout.gap = labels.fold(GAP.max(widest + 5.0), f64::max);
        }
        layout
    }

    /// The page.
    pub fn scene(&self) -> Scene {
        let n = self.columns();
        let Layout { width, height, left, gap } = self.layout();
        let bars = if self.bars.is_empty() { 0.0 } else { BAR };
        let own = if self.all().any(|p| p.bar.is_some()) { BAR + 4.0 } else { 0.0 };
        let page = 4.0 + left + n as f64 * (width + own) + (n - 1) as f64 * gap + RIGHT + bars;
        let title_lines = if self.title.is_empty() && self.legend.is_empty() { 0.0 } else { LINE + 2.0 };
        let rows: f64 = self.rows.iter().enumerate().map(|(k, r)| self.above(r) + height + self.below(k)).sum();
        let mut scene = Scene::new(page, 4.0 + title_lines + rows);
        self.head(&mut scene);
        let mut top = 2.0 + title_lines;
        let mut edges = Vec::new();
        for (r, row) in self.rows.iter().enumerate() {
            if !row.name.is_empty() {
                let name = Rich::plain(row.name.clone()).within(page - 4.0 - left, CAPTION);
                scene.text((2.0 + left, top + 8.0), Anchor::Start, CAPTION, INK, name);
            }
            top += self.above(row);
            for (c, panel) in row.panels.iter().enumerate() {
                let from = 2.0 + left + c as f64 * (width + gap + own);
                let frame = [from, top, from + width, top + height];
                let panel = Panel { bare: self.shares_below(r, c), bare_left: self.shares_left(r, c), ..panel.clone() };
                panel.draw_framed(&mut scene, frame);
                if let Some(bar) = &panel.bar {
                    draw_bar(&mut scene, bar, frame);
                }
            }
            edges.push((top, top + height));
            top += height + self.below(r);
        }
        let right = 2.0 + left + n as f64 * (width + own) + (n - 1) as f64 * gap;
        for (range, bar) in &self.bars {
            if let (Some(first), Some(last)) = (edges.get(range.start), edges.get(range.end.max(1) - 1)) {
                draw_bar(&mut scene, bar, [right, first.0, right, last.1]);
            }
        }
        scene
    }

    /// Title to the left, legend to the right.
    fn head(&self, scene: &mut Scene) {
        let mut x = scene.width - RIGHT;
        for (label, swatch) in self.legend.iter().rev() {
            scene.text((x, 10.0), Anchor::End, CAPTION, INK, label.clone());
            x -= label.width(CAPTION) + 3.0 + SWATCH;
            draw_swatch(scene, *swatch, (x, 7.4));
            x -= 8.0;
        }
        if self.legend.is_empty() {
            let title = Rich::plain(self.title.clone()).within(scene.width - 8.0, CAPTION + 1.0);
            scene.text((0.5 * scene.width, 11.0), Anchor::Middle, CAPTION + 1.0, INK, title);
        } else {
            let title = Rich::plain(self.title.clone()).within((x - 8.0).max(0.0), CAPTION + 1.0);
            scene.text((4.0, 11.0), Anchor::Start, CAPTION + 1.0, INK, title);
        }
    }

    /// The figure.
    pub fn figure(&self) -> Figure {
        Figure { scene: self.scene() }
    }
}

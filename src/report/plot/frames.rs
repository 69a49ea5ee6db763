//! Fields at several times: images beside each other on one scale of colours, images over place and time, and the
//! pages of a film.

use super::Series;
use super::grid::Grid;
use super::image::{self, Span, edges};
use super::lines::legend;
use super::palette;
use super::panel::{ColourBar, Layer, Panel};
use super::panels::{Panels, Row};
use super::ruler::{Quantity, extent};
use super::scene::Scene;

/// Rows of an image over place and time whose samples are not evenly spaced.
const EVEN: usize = 200;

/// One field at its times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// How it is written.
    pub name: String,
    /// In the order in which they are shown: heading (`t = 0.1 s`) and values.
    pub shown: Vec<(String, Grid)>,
    /// A difference of fields, which has a scale of its own with zero in the middle.
    pub difference: bool,
}

/// Fields in a plane over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// What colours mean.
    pub value: Quantity,
    /// One row each.
    pub rows: Vec<Frames>,
    /// Both axes to one scale.
    pub equal: bool,
    /// Ends of the colours of all that is no difference; from the values if not given.
    pub ends: Option<(f64, f64)>,
}

impl Strip {
    /// The scale of what is a difference, or of what is none.
    fn span(&self, difference: bool) -> Span {
        let grids: Vec<&Grid> = self.rows.iter().filter(|r| r.difference == difference).flat_map(grids).collect();
        let found = image::span(&grids);
        match self.ends {
            Some((low, high)) if !difference => {
                (low, high, if low == -high { palette::Ramp::Diverging } else { palette::Ramp::Sequential })
            }
            _ if difference => image::symmetric(found.0, found.1),
            _ => found,
        }
    }

    fn panel(&self, grid: &Grid, title: &str, span: Span) -> (Panel, ColourBar) {
        let (layer, bar) = image::coloured(grid, &self.value, span);
        let panel = Panel {
            x: self.x.clone(),
            y: self.y.clone(),
            x_range: Some(edges(grid.x, grid.columns)),
            y_range: Some(edges(grid.y, grid.rows)),
            equal: self.equal,
            title: title.to_owned(),
            layers: vec![layer],
            ..Panel::default()
        };
        (panel, bar)
    }

    /// All frames: a row for each field.
    pub fn panels(&self) -> Panels {
        let mut out = Panels::default();
        let named = self.rows.len() > 1;
        for (r, row) in self.rows.iter().enumerate() {
            let span = self.span(row.difference);
            let mut panels = Vec::new();
            for (title, grid) in &row.shown {
                let (panel, bar) = self.panel(grid, title, span);
                if panels.is_empty() {
                    match out.bars.last_mut() {
                        Some((rows, _)) if self.rows[rows.start].difference == row.difference => rows.end = r + 1,
                        _ => out.bars.push((r..r + 1, bar)),
                    }
                }
                panels.push(panel);
            }
            out.rows.push(Row { name: if named { row.name.clone() } else { String::new() }, panels });
        }
        out.legend = image::note(&self.rows.iter().flat_map(grids).collect::<Vec<_>>());
        out
    }

    /// The pages of a film: all fields beside each other, each page headed by its time.
    pub fn pages(&self, title: &str) -> Vec<Scene> {
        let count = self.rows.iter().map(|r| r.shown.len()).min().unwrap_or(0);
        let one_scale = self.rows.iter().all(|r| r.difference == self.rows[0].difference);
        let spans: Vec<Span> = self.rows.iter().map(|r| self.span(r.difference)).collect();
        let legend = image::note(&self.rows.iter().flat_map(grids).collect::<Vec<_>>());
        (0..count)
            .map(|k| {
                let mut page = Panels { title: heading(title, &self.rows[0].shown[k].0), ..Panels::default() };
                let mut panels = Vec::new();
                for (row, span) in self.rows.iter().zip(&spans) {
                    let own = &row.shown[k].0;
                    let time = if *own == self.rows[0].shown[k].0 { "" } else { own.as_str() };
                    let name = if self.rows.len() > 1 { heading(&row.name, time) } else { String::new() };
                    let (mut panel, bar) = self.panel(&row.shown[k].1, &name, *span);
                    if one_scale {
                        page.bars = vec![(0..1, bar)];
                    } else {
                        panel.bar = Some(bar);
                    }
                    panels.push(panel);
                }
                page.legend.clone_from(&legend);
                page.rows.push(Row { name: String::new(), panels });
                page.scene()
            })
            .collect()
    }
}

fn heading(title: &str, time: &str) -> String {
    match (title.is_empty(), time.is_empty()) {
        (true, _) => time.to_owned(),
        (_, true) => title.to_owned(),
        _ => format!("{title}, {time}"),
    }
}

fn grids(row: &Frames) -> impl Iterator<Item = &Grid> {
    row.shown.iter().map(|s| &s.1)
}

/// A field on a line over time: `x` across, time upwards. `rows[k]` are the values at `times[k]`; times that fall are
/// turned round, and uneven ones interpolated linearly.
pub fn space_time(x: (f64, f64), times: &[f64], rows: &[Vec<f64>]) -> Grid {
    let columns = rows.first().map_or(0, Vec::len);
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|a, b| times[*a].total_cmp(&times[*b]));
    let at: Vec<f64> = order.iter().map(|k| times[*k]).collect();
    let (Some(first), Some(last)) = (at.first().copied(), at.last().copied()) else { return Grid::default() };
    let step = (last - first) / (at.len().max(2) - 1) as f64;
    let even = at.windows(2).all(|w| (w[1] - w[0] - step).abs() <= 1e-3 * step.abs());
    let mut grid = Grid { x, y: (first, last), columns, rows: 0, values: Vec::new() };
    if even {
        order.iter().for_each(|k| grid.values.extend(&rows[*k]));
        grid.rows = at.len();
        return grid;
    }
    let mut k = 0;
    for row in 0..EVEN {
        let t = first + (last - first) * row as f64 / (EVEN - 1) as f64;
        while k + 2 < at.len() && at[k + 1] < t {
            k += 1;
        }
        let width = at[k + 1] - at[k];
        let share = if width > 0.0 { ((t - at[k]) / width).clamp(0.0, 1.0) } else { 0.0 };
        let (a, b) = (&rows[order[k]], &rows[order[k + 1]]);
        grid.values.extend(a.iter().zip(b).map(|(a, b)| a + share * (b - a)));
    }
    grid.rows = EVEN;
    grid
}

/// The pages of a film of fields on a line: curves over place, with axes that stay.
pub fn curves(x: &Quantity, value: &Quantity, fields: &[Frames], title: &str) -> Vec<Scene> {
    let count = fields.iter().map(|f| f.shown.len()).min().unwrap_or(0);
    let all: Vec<&Grid> = fields.iter().flat_map(grids).collect();
    let range = extent(all.iter().flat_map(|g| g.values.iter().copied()), 0.04);
    let across = extent(all.iter().flat_map(|g| [g.x.0, g.x.1]), 0.0);
    (0..count)
        .map(|k| {
            let curve = |f: &Frames| {
                let grid = &f.shown[k].1;
                let n = grid.columns.max(2) - 1;
                let at = |i: usize| grid.x.0 + (grid.x.1 - grid.x.0) * i as f64 / n as f64;
                Series { label: f.name.clone(), x: (0..grid.columns).map(at).collect(), y: grid.values.clone() }
            };
            let series: Vec<Series> = fields.iter().map(curve).collect();
            let mut panel = Panel {
                x: x.clone(),
                y: value.clone(),
                x_range: Some(across),
                y_range: Some(range),
                title: heading(title, &fields[0].shown[k].0),
                legend: legend(&series),
                ..Panel::default()
            };
            for (i, s) in series.iter().enumerate() {
                let stroke = palette::line(i, series.len());
                panel.layers.push(Layer::Curve { points: s.points(), stroke, ends: false });
            }
            super::Figure::single(panel).scene
        })
        .collect()
}

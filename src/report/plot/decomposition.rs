//! A field beside its rotational, irrotational and harmonic part, with the potentials as level sets.

use super::PlotKind;
use super::grid::Grid;
use super::image::edges;
use super::palette::{PAPER, Ramp};
use super::panel::{ColourBar, Layer, Panel};
use super::panels::{Panels, Row};
use super::quiver::{self, Vectors, sizes};
use super::ruler::Quantity;
use super::scene::Colour;

/// The entry of [`super::PLOTS`].
pub const KIND: PlotKind = PlotKind { name: "helmholtz", about: "a field beside its parts, with their potentials" };

/// Arrows across, if nothing else is asked for.
pub const COUNT: usize = 18;
/// Where there is no field: land.
const LAND: Colour = Colour(0xde, 0xd8, 0xcc);
/// Panels of a row.
const NAMES: [&str; 4] = ["field", "rotational", "irrotational", "harmonic"];

/// A field and its parts on one grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// Stands above its row; empty for none.
    pub name: String,
    /// Field, rotational, irrotational, harmonic: both components, not finite where there is no field.
    pub vectors: [(Grid, Grid); 4],
    /// `H`, the level sets of the rotational part.
    pub stream: Grid,
    /// `D`, the level sets of the irrotational part.
    pub potential: Grid,
}

/// Decompositions under each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decomposition {
    /// Across.
    pub x: Quantity,
    /// Upwards.
    pub y: Quantity,
    /// What colours mean: the size of a vector.
    pub size: Quantity,
    /// One row each.
    pub rows: Vec<Parts>,
    /// About how many arrows stand across.
    pub count: usize,
    /// Both axes to one scale.
    pub equal: bool,
}

/// The page: all arrows on one scale, and above each part its share of the mean square of the field.
pub fn panels(input: &Decomposition) -> Panels {
    let mean = |(u, v): &(Grid, Grid)| {
        let (sum, n) = sizes(&u.values, &v.values, (1.0, 1.0))
            .into_iter()
            .filter(|s| s.is_finite())
            .fold((0.0, 0_usize), |(sum, n), s| (sum + s * s, n + 1));
        sum / n.max(1) as f64
    };
    // the largest but for a few, so that one fast place does not shorten all arrows
    let all: Vec<f64> = input.rows.iter().flat_map(|r| sizes_of(&r.vectors[0])).collect();
    let largest = quantile(all, 0.95);
    let mut out = Panels::default();
    for parts in &input.rows {
        let whole = mean(&parts.vectors[0]);
        let mut row = Row { name: parts.name.clone(), panels: Vec::new() };
        for (k, (u, v)) in parts.vectors.iter().enumerate() {
            let level = [None, Some(&parts.stream), Some(&parts.potential), None][k];
            let share = 100.0 * mean(&parts.vectors[k]) / whole.max(f64::MIN_POSITIVE);
            let shown = if share >= 9.95 { format!("{share:.0}") } else { format!("{share:.1}") };
            let title = if k == 0 { NAMES[0].to_owned() } else { format!("{}, {shown} %", NAMES[k]) };
            row.panels.push(Panel { title, ..one(input, (u, v), level, largest) });
        }
        out.rows.push(row);
    }
    let bar = ColourBar { quantity: input.size.clone(), low: 0.0, high: largest, ramp: Ramp::Strength };
    out.bars.push((0..out.rows.len(), bar));
    out
}

fn sizes_of((u, v): &(Grid, Grid)) -> Vec<f64> {
    sizes(&u.values, &v.values, (1.0, 1.0)).into_iter().filter(|s| s.is_finite()).collect()
}

fn quantile(mut all: Vec<f64>, share: f64) -> f64 {
    all.sort_by(f64::total_cmp);
    let at = (share * all.len() as f64) as usize;
    all.get(at).or(all.last()).copied().filter(|m| *m > 0.0).unwrap_or(1.0)
}

/// One panel: land, level sets, arrows at some of the points.
fn one(input: &Decomposition, (u, v): (&Grid, &Grid), level: Option<&Grid>, largest: f64) -> Panel {
    let every = u.columns.div_ceil(input.count.max(2)).max(1);
    let (mut at, mut across, mut upwards) = (Vec::new(), Vec::new(), Vec::new());
    for (k, p) in u.points().into_iter().enumerate() {
        let (i, j) = (k % u.columns, k / u.columns);
        let chosen = i % every == every / 2 && j % every == every / 2;
        if chosen && u.values[k].is_finite() && v.values[k].is_finite() {
            at.push(p);
            across.push(u.values[k].min(f64::MAX));
            upwards.push(v.values[k].min(f64::MAX));
        }
    }
    let mut panel = quiver::panel(&Vectors {
        x: input.x.clone(),
        y: input.y.clone(),
        size: input.size.clone(),
        at,
        u: across,
        v: upwards,
        range: Some((edges(u.x, u.columns), edges(u.y, u.rows))),
        level: level.cloned(),
        equal: input.equal,
        largest: Some(largest),
        measure: (1.0, 1.0),
    });
    panel.bar = None;
    if let Some(Layer::Arrows { filling, .. }) = panel.layers.last_mut() {
        // with land the arrows that would fill the frame are more than there are
        *filling = (u.columns.div_ceil(every) * u.rows.div_ceil(every)) as f64;
    }
    if u.values.iter().any(|v| !v.is_finite()) {
        let pixel = |i: usize, j: usize| if u.values[j * u.columns + i].is_finite() { PAPER } else { LAND };
        let pixels = (0..u.rows).rev().flat_map(|j| (0..u.columns).map(move |i| pixel(i, j))).collect();
        let (x, y) = (edges(u.x, u.columns), edges(u.y, u.rows));
        panel.layers.insert(0, Layer::Image { x, y, columns: u.columns, pixels });
    }
    panel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Decomposition {
        let ends = ((-1.0, 1.0), (-1.0, 1.0), (9, 9));
        let of = |f: fn(f64, f64) -> f64| Grid::sampled(ends.0, ends.1, ends.2, f);
        let mut parts = Parts {
            name: "a".into(),
            vectors: [
                (of(|x, y| x - 2.0 * y), of(|x, y| y + 2.0 * x)),
                (of(|_, y| -2.0 * y), of(|x, _| 2.0 * x)),
                (of(|x, _| x), of(|_, y| y)),
                (of(|_, _| 0.0), of(|_, _| 0.0)),
            ],
            stream: of(|x, y| -x * x - y * y),
            potential: of(|x, y| 0.5 * (x * x + y * y)),
        };
        for (u, v) in &mut parts.vectors {
            (u.values[0], v.values[0]) = (f64::NAN, f64::NAN);
        }
        Decomposition { rows: vec![parts], count: 9, equal: true, ..Decomposition::default() }
    }

    #[test]
    fn shares_of_the_mean_square_stand_above_the_parts() {
        let page = panels(&made());
        let titles: Vec<&str> = page.rows[0].panels.iter().map(|p| p.title.as_str()).collect();
        assert_eq!(titles, ["field", "rotational, 80 %", "irrotational, 20 %", "harmonic, 0.0 %"]);
        assert_eq!(page.bars.len(), 1);
    }

    #[test]
    fn potentials_are_lines_in_their_own_panels_and_land_has_its_colour() {
        let page = panels(&made());
        let lines =
            |k: usize| page.rows[0].panels[k].layers.iter().filter(|l| matches!(l, Layer::Lines { .. })).count();
        assert_eq!([lines(0), lines(1), lines(2), lines(3)], [0, 1, 1, 0]);
        let Layer::Image { pixels, .. } = &page.rows[0].panels[0].layers[0] else { unreachable!("land is an image") };
        // rows from above: the missing point is the first of the last row
        assert_eq!((pixels[72], pixels[0]), (LAND, PAPER));
    }
}

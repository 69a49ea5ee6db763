//! Samples of a plane field to the points of a grid.
//!
//! Samples that lie on a grid are placed there, and points without a sample are missing (land). Scattered ones are
//! interpolated: by the nearest sample, or by the plane through the nearest eight with weights `1/d²`, which takes the
//! value of a sample where there is one and is exact for linear fields. The error is that of each sample predicted from
//! the others. Distances count in spacings of the grid.

use super::Vectors;
use crate::real::square;

/// Neighbours that a plane is laid through.
const NEIGHBOURS: usize = 8;
/// Samples that are predicted from the others for the error, evenly chosen.
const PREDICTED: usize = 4_096;
/// Part of a spacing by which a coordinate may miss its place on a grid: files round.
const OFF: f64 = 0.02;

/// Points of one direction: `from + k·step`, `k < count`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The first.
    pub from: f64,
    /// The distance.
    pub step: f64,
    /// How many.
    pub count: usize,
}

impl Axis {
    /// `count` points from the smallest to the largest of the values; `None` where they are all alike.
    pub fn over(values: &[f64], count: usize) -> Option<Axis> {
        let (low, high) = ends(values)?;
        let step = (high - low) / (count.max(2) - 1) as f64;
        (step > 0.0 && count >= 2).then_some(Axis { from: low, step, count })
    }

    /// The evenly spaced places that all values stand at, where there are such.
    pub fn of(values: &[f64]) -> Option<Axis> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = ends(values)?;
        // values that differ by rounding are one place
        let same = 1e-6 * (high - low);
        sorted.dedup_by(|b, a| *b - *a <= same);
        if sorted.len() < 2 {
            return None;
        }
        // a row may be empty, so the smallest step is the spacing, made exact by the whole length
        let least = sorted.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        let count = ((high - low) / least).round() + 1.0;
        if count > 4.0 * sorted.len() as f64 {
            return None;
        }
        let axis = Axis { from: low, step: (high - low) / (count - 1.0), count: count as usize };
        sorted.iter().all(|v| (axis.place(*v) - axis.place(*v).round()).abs() <= OFF).then_some(axis)
    }

    fn place(&self, value: f64) -> f64 {
        (value - self.from) / self.step
    }

    /// The point nearest to a value.
    pub fn nearest(&self, value: f64) -> usize {
        (self.place(value).round().max(0.0) as usize).min(self.count - 1)
    }

    /// The coordinate of point `k`.
    pub fn at(&self, k: usize) -> f64 {
        self.from + self.step * k as f64
    }
}

fn ends(values: &[f64]) -> Option<(f64, f64)> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low.is_finite() && high.is_finite() && high > low).then_some((low, high))
}

/// Samples of a field: coordinates and components.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// First coordinate.
    pub x: Vec<f64>,
    /// Second coordinate.
    pub y: Vec<f64>,
    /// The vectors.
    pub f: Vectors,
}

/// How scattered samples are brought to a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gridding {
    /// By the nearest sample.
    Nearest,
    /// By the plane through the nearest ones.
    Linear,
}

/// A field on a grid, from samples.
#[derive(Clone, Debug)]
pub struct Gridded {
    /// The vectors, zero where missing.
    pub f: Vectors,
    /// Which points have one.
    pub valid: Vec<bool>,
    /// Root mean square of the error of a sample predicted from the others; 0 where nothing was interpolated.
    pub error: f64,
    /// Whether the samples stand on the points.
    pub placed: bool,
}

/// The samples at the points of a grid, `None` where two of them or one off the grid stand in the way.
pub fn placed(samples: &Samples, x: Axis, y: Axis) -> Option<Gridded> {
    let n = x.count * y.count;
    let mut out = Gridded { f: [vec![0.0; n], vec![0.0; n]], valid: vec![false; n], error: 0.0, placed: true };
    for k in 0..samples.x.len() {
        let (a, b) = (x.place(samples.x[k]), y.place(samples.y[k]));
        if (a - a.round()).abs() > OFF || (b - b.round()).abs() > OFF {
            return None;
        }
        let (i, j) = (a.round() as usize, b.round() as usize);
        if i >= x.count || j >= y.count || out.valid[j * x.count + i] {
            return None;
        }
        out.valid[j * x.count + i] = true;
        for c in 0..2 {
            out.f[c][j * x.count + i] = samples.f[c][k];
        }
    }
    Some(out)
}

/// Scattered samples interpolated to a grid. Points farther than `reach` spacings from every sample are missing.
pub fn interpolated(samples: &Samples, x: Axis, y: Axis, how: Gridding, reach: Option<f64>) -> Gridded {
    let places: Vec<[f64; 2]> = samples.x.iter().zip(&samples.y).map(|(a, b)| [x.place(*a), y.place(*b)]).collect();
    let finder = Finder::new(&places);
    let n = x.count * y.count;
    let mut out = Gridded { f: [vec![0.0; n], vec![0.0; n]], valid: vec![true; n], error: 0.0, placed: false };
    for k in 0..n {
        let at = [(k % x.count) as f64, (k / x.count) as f64];
        let (value, distance) = finder.value(at, None, &samples.f, how);
        out.valid[k] = reach.is_none_or(|r| distance <= r);
        if out.valid[k] {
            (out.f[0][k], out.f[1][k]) = (value[0], value[1]);
        }
    }
    let every = places.len().div_ceil(PREDICTED).max(1);
    let predicted = (0..places.len()).step_by(every);
    let (mut sum, mut count) = (0.0, 0_usize);
    for k in predicted {
        let (value, _) = finder.value(places[k], Some(k), &samples.f, how);
        sum += square(value[0] - samples.f[0][k]) + square(value[1] - samples.f[1][k]);
        count += 1;
    }
    out.error = (sum / count.max(1) as f64).sqrt();
    out
}

/// A field of a grid at any place, by the four points around it; `None` outside and beside missing points.
pub fn between(f: &[f64], valid: &[bool], x: Axis, y: Axis, at: [f64; 2]) -> Option<f64> {
    let (a, b) = (x.place(at[0]), y.place(at[1]));
    let slack = 1e-9;
    let inside = |v: f64, n: usize| v >= -slack && v <= (n - 1) as f64 + slack;
    if !(inside(a, x.count) && inside(b, y.count)) {
        return None;
    }
    let cell = |v: f64, n: usize| (v.max(0.0).floor() as usize).min(n - 2);
    let (i, j) = (cell(a, x.count), cell(b, y.count));
    let (s, t) = (a - i as f64, b - j as f64);
    let mut sum = 0.0;
    for (di, dj, w) in [(0, 0, (1.0 - s) * (1.0 - t)), (1, 0, s * (1.0 - t)), (0, 1, (1.0 - s) * t), (1, 1, s * t)] {
        let k = (j + dj) * x.count + i + di;
        if !valid[k] && w.abs() > slack {
            return None;
        }
        sum += if valid[k] { w * f[k] } else { 0.0 };
    }
    Some(sum)
}

/// Samples in square boxes of about two each.
struct Finder<'a> {
    places: &'a [[f64; 2]],
    low: [f64; 2],
    size: f64,
    across: [usize; 2],
    boxes: Vec<Vec<usize>>,
}

impl<'a> Finder<'a> {
    fn new(places: &'a [[f64; 2]]) -> Finder<'a> {
        let end = |c: usize, pick: fn(f64, f64) -> f64, from: f64| places.iter().map(|p| p[c]).fold(from, pick);
        let low = [0, 1].map(|c| end(c, f64::min, f64::INFINITY));
        let length = [0, 1].map(|c| end(c, f64::max, f64::NEG_INFINITY) - low[c]);
        let size = (2.0 * length[0] * length[1] / places.len().max(1) as f64).sqrt();
        let size = size.max(length[0].max(length[1]) / (places.len().max(1) as f64)).max(1e-9);
        let across = length.map(|l| (l / size) as usize + 1);
        let mut finder = Finder { places, low, size, across, boxes: vec![Vec::new(); across[0] * across[1]] };
        for (k, p) in places.iter().enumerate() {
            let [i, j] = finder.cell(*p);
            finder.boxes[j * across[0] + i].push(k);
        }
        finder
    }

    fn cell(&self, at: [f64; 2]) -> [usize; 2] {
        [0, 1].map(|c| (((at[c] - self.low[c]) / self.size).max(0.0) as usize).min(self.across[c] - 1))
    }

    /// The nearest samples with squares of their distances, the nearest first.
    fn nearest(&self, at: [f64; 2], count: usize, but: Option<usize>) -> Vec<(f64, usize)> {
        let [i, j] = self.cell(at);
        let mut found: Vec<(f64, usize)> = Vec::new();
        let widest = self.across[0].max(self.across[1]);
        for ring in 0..=widest {
            let rows = j.saturating_sub(ring)..=(j + ring).min(self.across[1] - 1);
            for b in rows {
                for a in i.saturating_sub(ring)..=(i + ring).min(self.across[0] - 1) {
                    if a.abs_diff(i).max(b.abs_diff(j)) != ring {
                        continue;
                    }
                    for k in self.boxes[b * self.across[0] + a].iter().filter(|k| Some(**k) != but) {
                        let p = self.places[*k];
                        found.push((square(p[0] - at[0]) + square(p[1] - at[1]), *k));
                    }
                }
            }
            found.sort_by(|p, q| p.0.total_cmp(&q.0).then(p.1.cmp(&q.1)));
            // nothing in a farther ring is nearer than the rings done
            let sure = ring as f64 * self.size;
            if found.len() >= count && found[count - 1].0 <= sure * sure {
                break;
            }
        }
        found.truncate(count);
        found
    }

    /// The value at a place and the distance of the nearest sample.
    fn value(&self, at: [f64; 2], but: Option<usize>, f: &Vectors, how: Gridding) -> ([f64; 2], f64) {
        let count = if how == Gridding::Nearest { 1 } else { NEIGHBOURS };
        let near = self.nearest(at, count, but);
        let Some((least, first)) = near.first().copied() else { return ([0.0; 2], f64::INFINITY) };
        let one = [f[0][first], f[1][first]];
        if how == Gridding::Nearest || least < 1e-20 {
            return (one, least.sqrt());
        }
        let place = |k: usize| [self.places[k][0] - at[0], self.places[k][1] - at[1]];
        (plane(&near, place, f).unwrap_or(one), least.sqrt())
    }
}

/// The weighted plane at the origin; where the samples stand on a line, their weighted mean.
fn plane(near: &[(f64, usize)], place: impl Fn(usize) -> [f64; 2], f: &Vectors) -> Option<[f64; 2]> {
    let mut m = [[0.0; 3]; 3];
    let mut r = [[0.0; 3]; 2];
    for (square, k) in near {
        let ([x, y], w) = (place(*k), 1.0 / square);
        let row = [1.0, x, y];
        for a in 0..3 {
            for b in 0..3 {
                m[a][b] += w * row[a] * row[b];
            }
            for c in 0..2 {
                r[c][a] += w * row[a] * f[c][*k];
            }
        }
    }
    let det = |m: &[[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let (whole, scale) = (det(&m), m[0][0] * square(m[1][1] + m[2][2]));
    if !(whole.abs() > 1e-9 * scale) {
        return (m[0][0] > 0.0).then(|| [r[0][0] / m[0][0], r[1][0] / m[0][0]]);
    }
    Some([0, 1].map(|c| {
        let mut top = m;
        (0..3).for_each(|a| top[a][0] = r[c][a]);
        det(&top) / whole
    }))
}

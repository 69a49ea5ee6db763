//! A measured plane field between its points, and what is carried by it.
//!
//! The field `f(x, y)` or `f(x, y, t)` is known at the points of a grid, some of which may be missing (land). Between
//! them it is linear along each axis. A drifter has `x' = f(x, t)`, by the classical scheme of fourth order (Kutta,
//! 1901) with so many steps that none passes more than a fixed part of a cell or of the time between two frames; where
//! the field bends, at the edges of cells, its error is of second order in that part. Its path ends at the last sample
//! before it leaves the grid or comes beside a missing point.

use crate::analyse::helmholtz::gridding::{Axis, between};
use crate::limits;
use rayon::prelude::*;

/// Part of a cell that a step may pass.
const PART: f64 = 0.05;

/// A field on a grid, frame by frame.
#[derive(Clone, Debug)]
pub struct Current {
    x: Axis,
    y: Axis,
    /// The times of the frames; `None` for a steady field.
    t: Option<Axis>,
    /// Components at the points, frame by frame, x running fastest.
    f: [Vec<f64>; 2],
    valid: Vec<bool>,
    /// The largest component.
    largest: f64,
}

/// Why rows are no field on a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGrid {
    /// The values of this axis (0, 1, 2) are not evenly spaced, or all alike.
    Uneven(usize),
    /// The grid would have so many points for the rows that there are.
    Sparse(usize),
    /// This row has the place of another one.
    Twice(usize),
}

/// Samples of a path: places and velocities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Places; fewer than were asked for where the field ends.
    pub at: Vec<[f64; 2]>,
    /// The field there.
    pub rate: Vec<[f64; 2]>,
}

impl Current {
    /// Rows as a field: coordinates, components, and times where it changes.
    ///
    /// # Errors
    /// [`NoGrid`].
    pub fn placed(at: [&[f64]; 2], t: Option<&[f64]>, f: [&[f64]; 2]) -> Result<Current, NoGrid> {
        let axis = |values: &[f64], k: usize| Axis::of(values).ok_or(NoGrid::Uneven(k));
        let (x, y) = (axis(at[0], 0)?, axis(at[1], 1)?);
        let frames = t.map(|t| axis(t, 2)).transpose()?;
        let plane = x.count * y.count;
        let points = plane.saturating_mul(frames.map_or(1, |t| t.count));
        if points > limits::CURRENT_POINTS {
            return Err(NoGrid::Sparse(points));
        }
        let mut out = Current {
            x,
            y,
            t: frames,
            f: [vec![0.0; points], vec![0.0; points]],
            valid: vec![false; points],
            largest: 0.0,
        };
        for row in 0..at[0].len() {
            let frame = frames.zip(t).map_or(0, |(axis, t)| axis.nearest(t[row]));
            let k = (frame * y.count + y.nearest(at[1][row])) * x.count + x.nearest(at[0][row]);
            if out.valid[k] {
                return Err(NoGrid::Twice(row));
            }
            out.valid[k] = f.iter().all(|c| c[row].is_finite());
            if out.valid[k] {
                for c in 0..2 {
                    out.f[c][k] = f[c][row];
                    out.largest = out.largest.max(f[c][row].abs());
                }
            }
        }
        Ok(out)
    }

    /// The first and the last time of its frames.
    pub fn span(&self) -> Option<(f64, f64)> {
        self.t.map(|t| (t.at(0), t.at(t.count - 1)))
    }

    /// The field at a place and a time; `None` outside and beside missing points.
    pub fn at(&self, place: [f64; 2], time: f64) -> Option<[f64; 2]> {
        let plane = self.x.count * self.y.count;
        let frame = |k: usize| {
            let part = k * plane..(k + 1) * plane;
            let one = |c: usize| between(&self.f[c][part.clone()], &self.valid[part.clone()], self.x, self.y, place);
            Some([one(0)?, one(1)?])
        };
        let Some(t) = self.t else { return frame(0) };
        let s = (time - t.from) / t.step;
        let slack = 1e-9;
        if !(s >= -slack && s <= (t.count - 1) as f64 + slack) {
            return None;
        }
        let k = (s.max(0.0).floor() as usize).min(t.count - 2);
        let part = s - k as f64;
        let (a, b) = (frame(k)?, frame(k + 1)?);
        Some([0, 1].map(|c| a[c] + part * (b[c] - a[c])))
    }

    /// The path from a place along the given times, which rise.
    pub fn path(&self, start: [f64; 2], times: &[f64]) -> Path {
        let mut path = Path::default();
        let mut place = start;
        for (k, time) in times.iter().enumerate() {
            if k > 0 {
                match self.carried(place, times[k - 1], *time) {
                    Some(next) => place = next,
                    None => break,
                }
            }
            let Some(rate) = self.at(place, *time) else { break };
            path.at.push(place);
            path.rate.push(rate);
        }
        path
    }

    /// Paths from several places.
    pub fn paths(&self, starts: &[[f64; 2]], times: &[f64]) -> Vec<Path> {
        starts.par_iter().map(|s| self.path(*s, times)).collect()
    }

    /// Steps over an interval: so many that none passes more than a part of a cell, or of the time between frames.
    pub fn steps(&self, interval: f64) -> f64 {
        let cells = interval * self.largest / self.x.step.min(self.y.step);
        let frames = self.t.map_or(0.0, |t| interval / t.step);
        (cells.max(frames) / PART).ceil().max(1.0)
    }

    fn carried(&self, from: [f64; 2], t0: f64, t1: f64) -> Option<[f64; 2]> {
        let steps = self.steps(t1 - t0) as usize;
        let h = (t1 - t0) / steps as f64;
        let moved = |p: [f64; 2], v: [f64; 2], by: f64| [p[0] + by * v[0], p[1] + by * v[1]];
        let mut place = from;
        for k in 0..steps {
            let t = t0 + h * k as f64;
            let a = self.at(place, t)?;
            let b = self.at(moved(place, a, 0.5 * h), t + 0.5 * h)?;
            let c = self.at(moved(place, b, 0.5 * h), t + 0.5 * h)?;
            let d = self.at(moved(place, c, h), t + h)?;
            let mean = [0, 1].map(|k| (a[k] + 2.0 * (b[k] + c[k]) + d[k]) / 6.0);
            place = moved(place, mean, h);
        }
        Some(place)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]
mod tests {
    use super::*;

    /// Rows of a field on `n × n` points of `[-1, 1]²` and `frames` times of `0..1`.
    fn rows(n: usize, frames: usize, f: impl Fn(f64, f64, f64) -> [f64; 2]) -> Current {
        let (mut x, mut y, mut t, mut u, mut v) = (vec![], vec![], vec![], vec![], vec![]);
        for l in 0..frames {
            for k in 0..n * n {
                let place = |k: usize| -1.0 + 2.0 * k as f64 / (n - 1) as f64;
                let (a, b, c) = (place(k % n), place(k / n), l as f64 / (frames.max(2) - 1) as f64);
                let [p, q] = f(a, b, c);
                x.push(a);
                y.push(b);
                t.push(c);
                u.push(p);
                v.push(q);
            }
        }
        let times = (frames > 1).then_some(&t[..]);
        Current::placed([&x, &y], times, [&u, &v]).unwrap()
    }

    #[test]
    fn a_turning_current_carries_around_a_circle() {
        // linear, so between its points it is itself
        let current = rows(5, 1, |x, y, _| [-y, x]);
        let times: Vec<f64> = (0..=20).map(|k| 0.25 * f64::from(k)).collect();
        let path = current.path([0.5, 0.0], &times);
        for (p, t) in path.at.iter().zip(&times) {
            assert!((p[0] - 0.5 * t.cos()).abs() < 1e-8 && (p[1] - 0.5 * t.sin()).abs() < 1e-8, "{t}: {p:?}");
        }
        assert_eq!((path.at.len(), path.rate.len()), (21, 21));
        assert_eq!(current.span(), None);
    }

    #[test]
    fn a_current_that_grows_with_time_is_linear_between_its_frames() {
        // x' = t: x = t²/2, also with frames at 0, 1/3, 2/3, 1
        let current = rows(4, 4, |_, _, t| [t, 0.0]);
        let path = current.path([0.0, 0.2], &[0.0, 0.5, 1.0]);
        assert!((path.at[1][0] - 0.125).abs() < 1e-12 && (path.at[2][0] - 0.5).abs() < 1e-12, "{path:?}");
        assert!((path.rate[1][0] - 0.5).abs() < 1e-12 && path.at[2][1] == 0.2);
        assert_eq!(current.at([0.0, 0.0], 1.5), None);
    }

    #[test]
    fn a_path_converges_with_the_grid_of_a_curved_field() {
        let end = |n: usize| {
            let current = rows(n, 1, |x, y, _| [(2.0 * y).sin(), -(2.0 * x).sin()]);
            current.path([0.6, 0.1], &[0.0, 2.0]).at[1]
        };
        // the true path by steps of its own
        let (mut p, n) = ([0.6_f64, 0.1_f64], 20_000);
        for _ in 0..n {
            let h = 2.0 / f64::from(n);
            let half = [p[0] + 0.5 * h * (2.0 * p[1]).sin(), p[1] - 0.5 * h * (2.0 * p[0]).sin()];
            p = [p[0] + h * (2.0 * half[1]).sin(), p[1] - h * (2.0 * half[0]).sin()];
        }
        let off = |q: [f64; 2]| (q[0] - p[0]).hypot(q[1] - p[1]);
        let (coarse, fine) = (off(end(21)), off(end(81)));
        assert!(fine < coarse / 10.0 && fine < 1e-3, "{coarse} {fine}");
    }

    #[test]
    fn a_path_ends_at_land_and_at_the_rim() {
        let current = rows(11, 1, |x, _, _| if x > 0.5 { [f64::NAN; 2] } else { [1.0, 0.0] });
        let times: Vec<f64> = (0..10).map(|k| 0.1 * f64::from(k)).collect();
        let path = current.path([0.0, 0.0], &times);
        // the last point with a value is at 0.4
        assert_eq!(path.at.len(), 5);
        assert!(current.path([0.9, 0.0], &times).at.is_empty());
        assert!(current.path([-3.0, 0.0], &times).at.is_empty());
    }

    #[test]
    fn rows_that_are_no_grid_are_told() {
        let x = [0.0, 1.0, 0.0, 1.0, 0.0];
        let y = [0.0, 0.0, 1.0, 1.0, 0.0];
        let made = Current::placed([&x, &y], None, [&y, &x]);
        assert_eq!(made.err(), Some(NoGrid::Twice(4)));
        let uneven = [0.0, 1.0, 0.1, 1.0, 0.37];
        assert_eq!(Current::placed([&uneven, &y], None, [&y, &x]).err(), Some(NoGrid::Uneven(0)));
    }
}

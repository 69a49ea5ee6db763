//! Pieces of the data that a run is compared with.

use crate::learn::rows::Rows;
use crate::limits;
use nalgebra::{DMatrix, DVector};

/// Runs over a number of rows, from every row that has so many behind it in its trial.
#[derive(Clone, Debug)]
pub struct Segments {
    /// First rows.
    pub starts: Vec<usize>,
    /// Intervals of each.
    pub intervals: usize,
    /// The states at the first rows, component by component: `states[k][segment]`.
    pub states: Vec<Vec<f64>>,
}

impl Segments {
    /// Segments as long as `horizon`, at least one interval. `None` where no trial is as long.
    ///
    /// Components that are not measured, and are rates of measured ones, begin with the slope of a polynomial of third
    /// degree through the rows around (least squares), as many as it follows within the noise; with `noisy` the
    /// measured ones begin on that polynomial too, where there is one.
    pub fn new(rows: &Rows, horizon: f64, noisy: bool) -> Option<Segments> {
        let mut steps: Vec<f64> = Vec::new();
        for trial in rows.trials.windows(2) {
            steps.extend(rows.time[trial[0]..trial[1]].windows(2).map(|t| t[1] - t[0]));
        }
        steps.sort_by(f64::total_cmp);
        let usual = *steps.get(steps.len() / 2)?;
        let intervals = (horizon / usual).round().max(1.0) as usize;
        let mut starts = Vec::new();
        for trial in rows.trials.windows(2) {
            starts.extend((trial[0]..trial[1]).filter(|r| r + intervals < trial[1]));
        }
        if starts.is_empty() {
            return None;
        }
        let n = rows.states.len();
        let mut states = vec![vec![0.0; starts.len()]; n];
        for k in 0..n {
            let Some(column) = &rows.states[k] else { continue };
            let rate = rows.velocity.get(k).copied().flatten();
            let missing = rate.filter(|v| rows.states[*v].is_none());
            let widest = intervals.clamp(NARROWEST, WIDEST);
            let declared = rows.noise.get(k).copied().flatten();
            let around = Local { rows, column, starts: &starts };
            let width = if noisy || missing.is_some() { around.width(widest, declared) } else { None };
            for (s, start) in starts.iter().enumerate() {
                states[k][s] = column[*start];
                if let Some(width) = width.filter(|_| noisy) {
                    states[k][s] = around.fit(*start, width).value;
                }
                if let Some(v) = missing {
                    states[v][s] = around.fit(*start, width.unwrap_or(NARROWEST)).slope;
                }
            }
        }
        Some(Segments { starts, intervals, states })
    }
}

/// Rows on either side of a local polynomial: fewer do not tell it from noise, more cost and gain nothing.
const NARROWEST: usize = 3;
const WIDEST: usize = 10;
/// A polynomial fits where its residuals have at most so many times the variance of the noise.
const FITS: f64 = 1.2;

/// A column with the rows that segments begin at.
struct Local<'a> {
    rows: &'a Rows,
    column: &'a [f64],
    starts: &'a [usize],
}

/// A polynomial at one row.
struct Fitted {
    value: f64,
    slope: f64,
    /// Sum of the squares of its residuals, and degrees of freedom of that sum.
    residual: (f64, f64),
}

impl Local<'_> {
    /// The least-squares polynomial through up to `width` rows on either side of a row, within its trial.
    fn fit(&self, row: usize, width: usize) -> Fitted {
        let trials = &self.rows.trials;
        let trial = trials.partition_point(|t| *t <= row) - 1;
        let window = row.saturating_sub(width).max(trials[trial])..(row + width + 1).min(trials[trial + 1]);
        local(&self.rows.time[window.clone()], &self.column[window], self.rows.time[row])
    }

    /// The most rows on either side over which a polynomial follows the motion within the noise; `None` where none
    /// does, so that a measured value is nearer to the truth than a smoothed one. Noise that is not declared is what
    /// the narrowest windows leave over.
    fn width(&self, widest: usize, noise: Option<f64>) -> Option<usize> {
        let every = self.starts.len().div_ceil(limits::SMOOTHED_WINDOWS);
        let variance = |width: usize| {
            let fits = self.starts.iter().step_by(every).map(|row| self.fit(*row, width).residual);
            let (sum, freedom) = fits.fold((0.0, 0.0), |(s, f), r| (s + r.0, f + r.1));
            if freedom > 0.0 { sum / freedom } else { 0.0 }
        };
        let known = noise.map_or_else(|| variance(NARROWEST), |s| s * s);
        (NARROWEST..=widest).rev().find(|width| variance(*width) <= FITS * known)
    }
}

/// Value and slope at `at` of the least-squares polynomial of at most third degree.
fn local(times: &[f64], values: &[f64], at: f64) -> Fitted {
    let degree = (times.len().saturating_sub(1)).min(3);
    let alone = |value| Fitted { value, slope: 0.0, residual: (0.0, 0.0) };
    if degree == 0 {
        return alone(values[0]);
    }
    let scale = times.iter().map(|t| (t - at).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let a = DMatrix::from_fn(times.len(), degree + 1, |r, c| power((times[r] - at) / scale, c));
    let b = DVector::from_column_slice(values);
    let normal = a.transpose() * &a;
    match normal.cholesky() {
        Some(c) => {
            let x = c.solve(&(a.transpose() * &b));
            let left = (b - a * &x).norm_squared();
            let freedom = (times.len() - degree - 1) as f64;
            Fitted { value: x[0], slope: x[1] / scale, residual: (left, freedom) }
        }
        None => alone(values[times.len() / 2]),
    }
}

/// `xⁿ` for a small n.
fn power(x: f64, n: usize) -> f64 {
    (0..n).fold(1.0, |p, _| p * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::{cos, sin};

    /// A swing of one radian in a row, so that ten rows are more than a period and a half.
    fn swing(noise: Option<f64>) -> Rows {
        let time: Vec<f64> = (0..200).map(|k| k as f64).collect();
        let column = time.iter().map(|t| cos(*t)).collect();
        Rows {
            count: time.len(),
            trials: vec![0, time.len()],
            states: vec![Some(column), None],
            noise: vec![noise, None],
            velocity: vec![Some(1), None],
            periodic: vec![false; 2],
            time,
            ..Rows::default()
        }
    }

    #[test]
    fn what_no_polynomial_follows_begins_where_it_was_measured() {
        let rows = swing(Some(1e-3));
        let made = Segments::new(&rows, 20.0, true).expect("segments");
        for (s, start) in made.starts.iter().enumerate() {
            assert!((made.states[0][s] - cos(rows.time[*start])).abs() < 2e-3, "{start}");
        }
        // What is slow beside the rows is smoothed as widely as before.
        let mut slow = rows.clone();
        let wave = |t: f64| cos(0.02 * t);
        slow.states[0] = Some(rows.time.iter().map(|t| wave(*t) + 1e-3 * sin(1.7 * t)).collect());
        let made = Segments::new(&slow, 20.0, true).expect("segments");
        let off = |s: usize| (made.states[0][s] - wave(slow.time[made.starts[s]])).abs();
        assert!((20..150).all(|s| off(s) < 6e-4));
    }

    #[test]
    fn a_velocity_that_was_not_measured_comes_from_the_rows_around() {
        let mut rows = swing(None);
        rows.time.iter_mut().for_each(|t| *t *= 0.3);
        rows.states[0] = Some(rows.time.iter().map(|t| cos(*t)).collect());
        let made = Segments::new(&rows, 6.0, false).expect("segments");
        for s in 10..150 {
            let truth = -sin(rows.time[made.starts[s]]);
            assert!((made.states[1][s] - truth).abs() < 0.02, "{} for {truth}", made.states[1][s]);
        }
    }
}

//! Pieces of the data that a run is compared with.

use crate::learn::rows::Rows;
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
    /// Components that are not measured, and are rates of measured ones, begin with the slope of the
    /// polynomial of third degree through the rows of the segment (least squares); with `noisy` the
    /// measured ones begin on that polynomial too.
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
        for (s, start) in starts.iter().enumerate() {
            let trial = rows.trials.partition_point(|t| t <= start) - 1;
            let (first, end) = (rows.trials[trial], rows.trials[trial + 1]);
            for k in 0..n {
                let Some(column) = &rows.states[k] else { continue };
                states[k][s] = column[*start];
                let rate = rows.velocity.get(k).copied().flatten();
                let missing = rate.filter(|v| rows.states[*v].is_none());
                if noisy || missing.is_some() {
                    // as many rows before as behind, where there are so many
                    let width = intervals.clamp(3, 10);
                    let window = start.saturating_sub(width).max(first)..(start + width + 1).min(end);
                    let (value, slope) = local(&rows.time[window.clone()], &column[window], rows.time[*start]);
                    if noisy {
                        states[k][s] = value;
                    }
                    if let Some(v) = missing {
                        states[v][s] = slope;
                    }
                }
            }
        }
        Some(Segments { starts, intervals, states })
    }
}

/// Value and slope at `at` of the least-squares polynomial of at most third degree.
fn local(times: &[f64], values: &[f64], at: f64) -> (f64, f64) {
    let degree = (times.len().saturating_sub(1)).min(3);
    if degree == 0 {
        return (values[0], 0.0);
    }
    let scale = times.iter().map(|t| (t - at).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let a = DMatrix::from_fn(times.len(), degree + 1, |r, c| power((times[r] - at) / scale, c));
    let b = DVector::from_column_slice(values);
    let normal = a.transpose() * &a;
    match normal.cholesky() {
        Some(c) => {
            let x = c.solve(&(a.transpose() * b));
            (x[0], x[1] / scale)
        }
        None => (values[times.len() / 2], 0.0),
    }
}

/// `xⁿ` for a small n.
fn power(x: f64, n: usize) -> f64 {
    (0..n).fold(1.0, |p, _| p * x)
}

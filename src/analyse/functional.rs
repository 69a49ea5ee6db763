//! Functionals of sampled quantities: extremes, means, drift, monotonicity.
//!
//! A *series* is one row for each sample and one column for each component, row-major.

/// A sampled quantity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Number of components.
    pub width: usize,
    /// Values, row-major, shape `(samples, width)`.
    pub values: Vec<f64>,
}

impl Series {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The components at a sample.
    pub fn row(&self, sample: usize) -> &[f64] {
        &self.values[sample * self.width..(sample + 1) * self.width]
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// Largest value over samples and components; NaN where any value is.
pub fn max(series: &Series) -> f64 {
    extreme(series, |a, b| a > b)
}

/// Smallest value over samples and components; NaN where any value is.
pub fn min(series: &Series) -> f64 {
    extreme(series, |a, b| a < b)
}

fn extreme(series: &Series, better: impl Fn(f64, f64) -> bool) -> f64 {
    let mut values = series.values.iter().copied();
    let Some(mut best) = values.next() else { return f64::NAN };
    for v in values {
        if v.is_nan() {
            return f64::NAN;
        }
        if better(v, best) {
            best = v;
        }
    }
    best
}

/// Mean over samples and components.
pub fn mean(series: &Series) -> f64 {
    series.values.iter().sum::<f64>() / series.values.len() as f64
}

/// Root of the mean square over samples and components.
pub fn rms(series: &Series) -> f64 {
    (series.values.iter().map(|v| v * v).sum::<f64>() / series.values.len() as f64).sqrt()
}

/// Largest `|e − e₀|/s` over the samples (norms for vectors).
///
/// `s` is the given scale, else `|e₀|`; where `|e₀| < 1e-9·a`, `a` being the largest sum of the
/// absolute terms of `e` over the run (`terms`, one column for each component), `s = a`; where
/// `a = 0` the deviation itself. Returns the worst value and its sample.
pub fn drift(series: &Series, terms: &Series, scale: Option<f64>) -> (f64, usize) {
    if series.is_empty() {
        return (0.0, 0);
    }
    let norm = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
    let start = series.row(0);
    let s = scale.map_or_else(
        || {
            let size = norm(start);
            let summands = terms.rows().map(norm).fold(0.0, f64::max);
            if size >= 1e-9 * summands && size > 0.0 {
                size
            } else if summands > 0.0 {
                summands
            } else {
                1.0
            }
        },
        f64::abs,
    );
    let mut worst = (0.0, 0);
    let mut difference = vec![0.0; series.width];
    for (k, row) in series.rows().enumerate() {
        for ((d, a), b) in difference.iter_mut().zip(row).zip(start) {
            *d = a - b;
        }
        let deviation = norm(&difference) / s;
        if deviation > worst.0 || deviation.is_nan() {
            worst = (deviation, k);
            if deviation.is_nan() {
                break;
            }
        }
    }
    worst
}

/// Whether no sample is above the one before by more than 1e-12 of the largest absolute value, in
/// every component; the first sample that is.
pub fn rises_at(series: &Series) -> Option<usize> {
    breach(series, 1.0)
}

/// The same downwards.
pub fn falls_at(series: &Series) -> Option<usize> {
    breach(series, -1.0)
}

fn breach(series: &Series, sign: f64) -> Option<usize> {
    for c in 0..series.width {
        let column: Vec<f64> = series.values.iter().skip(c).step_by(series.width).copied().collect();
        let slack = 1e-12 * column.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
        for k in 1..column.len() {
            let step = sign * (column[k] - column[k - 1]);
            if step > slack || step.is_nan() {
                return Some(k);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series { width: 1, values: values.to_vec() }
    }

    #[test]
    fn drift_is_relative_to_the_start_or_to_the_summands() {
        let e = series(&[2.0, 2.2, 1.9]);
        let (worst, sample) = drift(&e, &e, None);
        assert!((worst - 0.1).abs() < 1e-15 && sample == 1);
        // An energy that starts at zero as the difference of two terms of size 5.
        let (worst, _) = drift(&series(&[0.0, 1e-3]), &series(&[10.0, 10.0]), None);
        assert!((worst - 1e-4).abs() < 1e-18);
        assert_eq!(drift(&series(&[0.0, 0.5]), &series(&[0.0, 0.0]), None).0, 0.5);
        assert_eq!(drift(&series(&[0.0, 0.5]), &series(&[0.0, 0.0]), Some(2.0)).0, 0.25);
        assert!(drift(&series(&[1.0, f64::NAN]), &series(&[1.0, 1.0]), None).0.is_nan());
    }

    #[test]
    fn monotone_within_rounding() {
        assert_eq!(rises_at(&series(&[3.0, 2.0, 2.0 + 1e-13])), None);
        assert_eq!(rises_at(&series(&[3.0, 2.0, 2.1])), Some(2));
        assert_eq!(falls_at(&series(&[1.0, 2.0, 1.0])), Some(2));
    }
}

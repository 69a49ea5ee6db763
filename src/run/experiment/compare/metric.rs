//! What models are scored by. Each entry of [`METRICS`] has its equation; the functions take columns and know
//! nothing of where they come from.

use crate::analyse::functional::{self, Series};

/// What a metric is given in its parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// Quantities; none: all columns.
    Quantities,
    /// One quantity.
    Quantity,
    /// A tolerance, and quantities; none: all columns.
    Tolerance,
}

/// What a metric needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Runs of the model from starts of the data.
    Rollouts,
    /// Rates at the rows of the data.
    Rates,
    /// Nothing but the fit.
    Fit,
}

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// Its word.
    pub word: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// Its equation: x is the model, x* the truth, k a start, t a time, n a row.
    pub equation: &'static str,
    /// What stands in its parentheses.
    pub takes: Takes,
    /// What it needs.
    pub needs: Needs,
    /// Whether more is better.
    pub higher: bool,
}

const fn metric(
    word: &'static str,
    usage: &'static str,
    equation: &'static str,
    takes: Takes,
    needs: Needs,
) -> MetricInfo {
    MetricInfo { word, usage, equation, takes, needs, higher: false }
}

/// All metrics (`language.md` 9 and 12.5).
pub const METRICS: &[MetricInfo] = &[
    metric("rmse", "rmse(q)", "sqrt(mean over k, t of (x - x*)²)", Takes::Quantities, Needs::Rollouts),
    metric("mse", "mse(q)", "mean over k, t of (x - x*)²", Takes::Quantities, Needs::Rollouts),
    metric("max_error", "max_error(q)", "max over k, t of |x - x*|", Takes::Quantities, Needs::Rollouts),
    metric(
        "relative_max_error",
        "relative_max_error(q)",
        "max over k, t of |x - x*| over max over k, t of |x*|",
        Takes::Quantities,
        Needs::Rollouts,
    ),
    metric("derivative_mse", "derivative_mse", "mean over n of (x' - d.x')²", Takes::Nothing, Needs::Rates),
    metric("derivative_l1", "derivative_l1", "mean over n of Σ |x' - d.x'|", Takes::Nothing, Needs::Rates),
    metric("derivative_max", "derivative_max", "max over n of |x' - d.x'|", Takes::Nothing, Needs::Rates),
    metric(
        "derivative_relative_max",
        "derivative_relative_max",
        "max over n of |x' - d.x'| over max over n of |d.x'|",
        Takes::Nothing,
        Needs::Rates,
    ),
    metric("energy_mse", "energy_mse(E)", "mean over k, t of (E(x) - E(x*))²", Takes::Quantity, Needs::Rollouts),
    metric(
        "energy_at_end",
        "energy_at_end(E)",
        "mean over k of |E(x) - E(x*)| at the last t",
        Takes::Quantity,
        Needs::Rollouts,
    ),
    metric(
        "error_at_end",
        "error_at_end(q)",
        "mean over k of |x - x*|/|x*| at the last t, lengths of the vectors of all quantities",
        Takes::Quantities,
        Needs::Rollouts,
    ),
    metric("drift", "drift(E)", "max over k, t of |E(x(t)) - E(x(0))|/|E(x(0))|", Takes::Quantity, Needs::Rollouts),
    MetricInfo {
        word: "valid_time",
        usage: "valid_time(0.3)",
        equation: "mean over k of the first t with |x - x*| > w·rms|x*|",
        takes: Takes::Tolerance,
        needs: Needs::Rollouts,
        higher: true,
    },
    metric("floor", "floor", "derivative_mse of the true law at the same rows", Takes::Nothing, Needs::Rates),
    metric("loss", "loss", "the loss on what was learned from, at the end", Takes::Nothing, Needs::Fit),
    metric("valid_loss", "valid_loss", "the loss on the `valid` rows of the fit", Takes::Nothing, Needs::Fit),
    metric("params", "params", "number of weights and parameters", Takes::Nothing, Needs::Fit),
    metric("train_time", "train_time", "seconds of the training", Takes::Nothing, Needs::Fit),
];

/// A run of a model beside the truth, from one start: columns of the quantities that are compared.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// Times of the truth.
    pub times: Vec<f64>,
    /// The truth, column by column.
    pub truth: Vec<Vec<f64>>,
    /// The model; where its run failed its columns are shorter.
    pub model: Vec<Vec<f64>>,
    /// By column: the period of an angle, around which distances are counted.
    pub periods: Vec<Option<f64>>,
}

/// A score over starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Over all of them.
    pub value: f64,
    /// Of each start alone.
    pub starts: Vec<f64>,
}

impl Pair {
    /// Whether the model came to the end of the truth with numbers.
    fn whole(&self) -> bool {
        self.model.iter().zip(&self.truth).all(|(m, t)| m.len() == t.len() && m.iter().all(|v| v.is_finite()))
    }

    /// `x - x*`, for an angle the shorter way round.
    fn difference(&self, column: usize, row: usize) -> f64 {
        let d = self.model[column][row] - self.truth[column][row];
        self.periods[column].map_or(d, |period| d - period * (d / period).round())
    }

    /// The largest and the mean square difference; infinite where the run of the model failed.
    fn errors(&self) -> (f64, f64) {
        if !self.whole() {
            return (f64::INFINITY, f64::INFINITY);
        }
        let (mut worst, mut sum, mut count) = (0.0_f64, 0.0, 0.0);
        for column in 0..self.truth.len() {
            for row in 0..self.times.len() {
                let d = self.difference(column, row);
                worst = worst.max(d.abs());
                sum += d * d;
                count += 1.0;
            }
        }
        (worst, sum / f64::max(count, 1.0))
    }

    /// The difference at the last time; infinite where the run of the model failed before it.
    fn at_end(&self) -> f64 {
        match self.times.len().checked_sub(1) {
            Some(last) if self.whole() => (0..self.truth.len()).map(|c| self.difference(c, last).abs()).sum(),
            _ => f64::INFINITY,
        }
    }

    /// The length of the difference at the last time, relative to the truth; infinite where the run of the
    /// model failed before it.
    fn relative_at_end(&self) -> f64 {
        let Some(last) = self.times.len().checked_sub(1).filter(|_| self.whole()) else { return f64::INFINITY };
        let length =
            |value: &dyn Fn(usize) -> f64| (0..self.truth.len()).map(|c| value(c) * value(c)).sum::<f64>().sqrt();
        length(&|c| self.difference(c, last)) / length(&|c| self.truth[c][last])
    }

    /// The first time at which `|x - x*|` exceeds `w` times the root mean square of `|x*|`; the time at which
    /// the run failed, or the whole length where neither happens. Counted from the start.
    fn valid_time(&self, w: f64) -> f64 {
        let rows = self.times.len();
        let square = |row: usize| self.truth.iter().map(|c| c[row] * c[row]).sum::<f64>();
        let size = ((0..rows).map(square).sum::<f64>() / f64::max(rows as f64, 1.0)).sqrt();
        let reached = self.model.iter().map(Vec::len).min().unwrap_or(0).min(rows);
        let first = self.times.first().copied().unwrap_or(0.0);
        for row in 0..reached {
            let error =
                (0..self.truth.len()).map(|c| self.difference(c, row) * self.difference(c, row)).sum::<f64>().sqrt();
            if !(error <= w * size) {
                return (self.times[row] - first).abs();
            }
        }
        reached.checked_sub(1).map_or(0.0, |last| (self.times[last] - first).abs())
    }

    /// The worst deviation of a quantity of the model from its start, relative to the start; where that is
    /// near zero, to the largest value.
    fn drift(&self) -> f64 {
        if !self.whole() {
            return f64::INFINITY;
        }
        let rows = self.times.len();
        let series = |f: &dyn Fn(f64) -> f64| Series {
            width: self.model.len(),
            values: (0..rows).flat_map(|r| self.model.iter().map(move |c| f(c[r]))).collect(),
        };
        functional::drift(&series(&|v| v), &series(&f64::abs), None).0
    }
}

/// The score of a metric on rollouts. Starts have the same weight; a start whose run failed makes the whole
/// infinite, or ends its valid time.
pub fn score(word: &str, tolerance: f64, pairs: &[Pair]) -> Score {
    let mean = |list: &[f64]| list.iter().sum::<f64>() / f64::max(list.len() as f64, 1.0);
    let worst = |list: &[f64]| list.iter().copied().fold(0.0, f64::max);
    let of = |f: &dyn Fn(&Pair) -> f64| pairs.iter().map(f).collect::<Vec<f64>>();
    match word {
        "rmse" => {
            let squares = of(&|p| p.errors().1);
            Score { value: mean(&squares).sqrt(), starts: squares.into_iter().map(f64::sqrt).collect() }
        }
        "max_error" => {
            let starts = of(&|p| p.errors().0);
            Score { value: worst(&starts), starts }
        }
        "relative_max_error" => {
            let size = pairs.iter().flat_map(|p| p.truth.iter().flatten()).fold(0.0, |m: f64, v| m.max(v.abs()));
            let starts = of(&|p| p.errors().0 / size);
            Score { value: worst(&starts), starts }
        }
        "drift" => {
            let starts = of(&Pair::drift);
            Score { value: worst(&starts), starts }
        }
        "energy_at_end" => {
            let starts = of(&Pair::at_end);
            Score { value: mean(&starts), starts }
        }
        "error_at_end" => {
            let starts = of(&Pair::relative_at_end);
            Score { value: mean(&starts), starts }
        }
        "valid_time" => {
            let starts = of(&|p| p.valid_time(tolerance));
            Score { value: mean(&starts), starts }
        }
        _ => {
            let starts = of(&|p| p.errors().1);
            Score { value: mean(&starts), starts }
        }
    }
}

/// Median, mean and sample standard deviation (with n - 1); infinite values stay infinite.
pub fn summary(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / f64::max(n as f64, 1.0);
    if n < 2 {
        return (values.first().copied().unwrap_or(f64::NAN), mean, 0.0);
    }
    // Of equal values the mean may be off by rounding, and they have no spread.
    let equal = values.iter().all(|v| *v == values[0]);
    let spread = match values.iter().all(|v| v.is_finite()) {
        _ if equal && values[0].is_finite() => 0.0,
        true => (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n as f64 - 1.0)).sqrt(),
        false => f64::INFINITY,
    };
    (quantile(values, 0.5), mean, spread)
}

/// A quantile, linear between the sorted values.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len().max(1) - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(a), Some(b)) if a == b => *a,
        (Some(a), Some(b)) => a + (b - a) * (place - low as f64),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(truth: &[f64], model: &[f64]) -> Pair {
        let times = (0..truth.len()).map(|k| 2.0 + 0.5 * k as f64).collect();
        Pair { times, truth: vec![truth.to_vec()], model: vec![model.to_vec()], periods: vec![None] }
    }

    #[test]
    fn errors_are_means_over_starts_and_times() {
        let pairs = [pair(&[0.0, 1.0], &[1.0, 1.0]), pair(&[0.0, 0.0], &[3.0, 3.0])];
        assert_eq!(score("mse", 0.0, &pairs), Score { value: 4.75, starts: vec![0.5, 9.0] });
        assert_eq!(score("rmse", 0.0, &pairs).value, 4.75f64.sqrt());
        assert_eq!(score("max_error", 0.0, &pairs).value, 3.0);
    }

    #[test]
    fn a_run_that_failed_scores_infinite_and_ends_its_valid_time() {
        let pairs = [pair(&[1.0; 5], &[1.0; 3]), pair(&[1.0; 5], &[1.0; 5])];
        for word in ["rmse", "mse", "max_error", "energy_mse", "energy_at_end", "error_at_end", "drift"] {
            assert_eq!(score(word, 0.0, &pairs).value, f64::INFINITY, "{word}");
        }
        let valid = score("valid_time", 0.3, &pairs);
        assert_eq!(valid, Score { value: 1.5, starts: vec![1.0, 2.0] });
    }

    #[test]
    fn the_valid_time_ends_where_the_error_passes_its_share_of_the_size() {
        let p = pair(&[2.0, -2.0, 2.0, -2.0], &[2.0, -1.5, 1.3, -2.0]);
        // rms of the truth 2: a tolerance of 0.3 allows 0.6, and row 2 is off by 0.7
        assert_eq!(score("valid_time", 0.3, &[p]).value, 1.0);
    }

    #[test]
    fn angles_differ_the_shorter_way_round() {
        let period = std::f64::consts::TAU;
        let p = Pair { periods: vec![Some(period)], ..pair(&[3.0], &[3.0 + period + 0.25]) };
        assert!((score("max_error", 0.0, &[p]).value - 0.25).abs() < 1e-12);
    }

    #[test]
    fn drift_is_relative_to_the_start() {
        assert_eq!(score("drift", 0.0, &[pair(&[0.0; 3], &[2.0, 2.5, 1.0])]).value, 0.5);
        // at a zero start the largest value is the scale
        assert_eq!(score("drift", 0.0, &[pair(&[0.0; 3], &[0.0, 4.0, -2.0])]).value, 1.0);
    }

    #[test]
    fn summaries_are_median_mean_and_spread() {
        assert_eq!(summary(&[1.0, 2.0, 6.0]), (2.0, 3.0, 7f64.sqrt()));
        assert_eq!(summary(&[4.0]), (4.0, 4.0, 0.0));
        assert_eq!(summary(&[0.1, 0.1, 0.1]).2, 0.0);
        assert_eq!(summary(&[1.0, 2.0, f64::INFINITY]).0, 2.0);
        assert_eq!(summary(&[1.0, 2.0, f64::INFINITY]).1, f64::INFINITY);
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.25), 1.75);
    }

    #[test]
    fn the_error_at_the_end_is_that_of_the_last_time() {
        let pairs = [pair(&[0.0, 1.0], &[9.0, 1.5]), pair(&[0.0, 2.0], &[9.0, 1.0])];
        assert_eq!(score("energy_at_end", 0.0, &pairs), Score { value: 0.75, starts: vec![0.5, 1.0] });
        assert_eq!(score("error_at_end", 0.0, &pairs), Score { value: 0.5, starts: vec![0.5, 0.5] });
    }
}

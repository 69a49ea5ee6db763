//! The time span of a run: its samples and its breaks.
//!
//! ```text
//! samples:  a, a + h, a + 2h, …, b        (h from b - a; the last interval may be shorter)
//! ```
//!
//! Sample `k` is computed as `a + k·h`, never by adding up, so a long grid does not drift; the last
//! one is `b` itself. `b < a` runs backwards with the same positive `h`.

use crate::limits;
use crate::real;
use std::fmt;

/// Where a run starts and ends, its samples, and the instants at which the equations change.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    start: f64,
    end: f64,
    interval: f64,
    intervals: u64,
    breaks: Vec<f64>,
}

/// Why no span could be made.
#[derive(Clone, Debug, PartialEq)]
pub enum SpanError {
    /// An end or the interval is infinite or not a number.
    NotFinite,
    /// The interval between samples is zero or negative.
    IntervalNotPositive,
    /// More samples than [`limits::ROWS`].
    TooManyRows {
        /// How many the span asks for.
        rows: f64,
    },
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpanError::NotFinite => write!(f, "the ends of a time span and its step must be finite"),
            SpanError::IntervalNotPositive => {
                write!(f, "the step of a time span must be positive; the direction comes from its ends")
            }
            SpanError::TooManyRows { rows } => {
                write!(f, "{rows:e} samples are asked for, and {} is the limit", limits::ROWS)
            }
        }
    }
}

impl std::error::Error for SpanError {}

impl Span {
    /// Samples `start`, then every `interval` towards `end`, then `end` itself.
    ///
    /// A remainder below 1e-9 of an interval is rounding of the division and makes no extra sample.
    pub fn by(start: f64, end: f64, interval: f64) -> Result<Span, SpanError> {
        if !(start.is_finite() && end.is_finite() && interval.is_finite() && (end - start).is_finite()) {
            return Err(SpanError::NotFinite);
        }
        if interval <= 0.0 {
            return Err(SpanError::IntervalNotPositive);
        }
        let ratio = (end - start).abs() / interval;
        if ratio >= limits::ROWS as f64 {
            return Err(SpanError::TooManyRows { rows: ratio });
        }
        let whole = real::round(ratio);
        let intervals = if (ratio - whole).abs() <= 1e-9 * ratio.max(1.0) { whole } else { real::ceil(ratio) };
        let intervals = if end == start { 0 } else { (intervals as u64).max(1) };
        let interval = if end < start { -interval } else { interval };
        Ok(Span { start, end, interval, intervals, breaks: Vec::new() })
    }

    /// `samples` equally spaced samples with both ends (at least the two ends).
    pub fn count(start: f64, end: f64, samples: u64) -> Result<Span, SpanError> {
        if !(start.is_finite() && end.is_finite() && (end - start).is_finite()) {
            return Err(SpanError::NotFinite);
        }
        if samples > limits::ROWS {
            return Err(SpanError::TooManyRows { rows: samples as f64 });
        }
        let intervals = if end == start { 0 } else { samples.max(2) - 1 };
        let interval = if intervals == 0 { 0.0 } else { (end - start) / intervals as f64 };
        Ok(Span { start, end, interval, intervals, breaks: Vec::new() })
    }

    /// The same span with instants that no step may cross, such as the `5 [ms]` of `if t < 5 [ms]`.
    /// Instants outside the open span have no effect.
    pub fn with_breaks(mut self, breaks: &[f64]) -> Span {
        let (low, high) = (self.start.min(self.end), self.start.max(self.end));
        self.breaks = breaks.iter().copied().filter(|b| *b > low && *b < high).collect();
        self.breaks.sort_by(f64::total_cmp);
        self.breaks.dedup();
        if self.direction() < 0.0 {
            self.breaks.reverse();
        }
        self
    }

    /// Time of the first sample.
    pub fn start(&self) -> f64 {
        self.start
    }

    /// Time of the last sample.
    pub fn end(&self) -> f64 {
        self.end
    }

    /// Number of samples, both ends included.
    pub fn samples(&self) -> usize {
        self.intervals as usize + 1
    }

    /// Time of sample `index`, counted from 0.
    pub fn sample(&self, index: usize) -> f64 {
        if index as u64 >= self.intervals { self.end } else { self.start + index as f64 * self.interval }
    }

    /// `1` forwards, `-1` backwards.
    pub fn direction(&self) -> f64 {
        if self.end < self.start { -1.0 } else { 1.0 }
    }

    /// Distance between samples, positive (0 for an empty span).
    pub fn interval(&self) -> f64 {
        self.interval.abs().min(self.length())
    }

    /// `|b - a|`.
    pub fn length(&self) -> f64 {
        (self.end - self.start).abs()
    }

    /// The breaks inside the span, in the order of the run.
    pub fn breaks(&self) -> &[f64] {
        &self.breaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_do_not_drift_and_end_at_the_end() {
        let span = Span::by(0.0, 1.0, 0.1).expect("a plain span");
        assert_eq!(span.samples(), 11);
        assert_eq!(span.sample(3), 3.0 * 0.1);
        assert_eq!(span.sample(10), 1.0);
        let ragged = Span::by(0.0, 1.0, 0.3).expect("a plain span");
        assert_eq!((ragged.samples(), ragged.sample(3), ragged.sample(4)), (5, 3.0 * 0.3, 1.0));
    }

    #[test]
    fn a_span_runs_backwards_with_a_positive_interval() {
        let span = Span::by(1.0, 0.0, 0.25).expect("a plain span").with_breaks(&[0.3, 0.6, 0.3, 2.0, 1.0]);
        assert_eq!((span.direction(), span.sample(1), span.sample(4)), (-1.0, 0.75, 0.0));
        assert_eq!(span.breaks(), &[0.6, 0.3]);
    }

    #[test]
    fn an_empty_span_has_one_sample() {
        for span in [Span::by(2.0, 2.0, 0.1), Span::count(2.0, 2.0, 100)] {
            let span = span.expect("a plain span");
            assert_eq!((span.samples(), span.sample(0)), (1, 2.0));
        }
    }

    #[test]
    fn impossible_spans_are_refused() {
        assert_eq!(Span::by(0.0, f64::INFINITY, 1.0), Err(SpanError::NotFinite));
        assert_eq!(Span::by(0.0, 1.0, -1.0), Err(SpanError::IntervalNotPositive));
        assert!(matches!(Span::by(0.0, 1.0, 1e-300), Err(SpanError::TooManyRows { .. })));
    }
}

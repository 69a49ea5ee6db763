//! Rates from the values of neighbouring rows, with the actual steps, never across a gap or a change of
//! trial.

use super::dataset::{Content, Trial};
use std::ops::Range;

/// What a model's rates are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// The exact rate at the state without noise.
    Analytic,
    /// `(x[k+1] − x[k])/(t[k+1] − t[k])` at row k; the last row of each piece goes.
    Forward,
    /// `(x[k+1] − x[k−1])/(t[k+1] − t[k−1])` at row k; the first and the last row of each piece go.
    Central,
    /// The mean of the slopes to both neighbours; at the ends of a piece the one slope there is.
    MeanSlopes,
}

impl Targets {
    /// Words of the option, each with what it means.
    pub const NAMES: [(&'static str, Targets); 4] = [
        ("analytic", Targets::Analytic),
        ("forward", Targets::Forward),
        ("central", Targets::Central),
        ("mean_slopes", Targets::MeanSlopes),
    ];

    /// The rows of a piece that keep a rate.
    fn kept(self, piece: &Range<usize>) -> Range<usize> {
        let (from, to) = (piece.start, piece.end);
        match self {
            Targets::Analytic => piece.clone(),
            Targets::Forward => from..to.saturating_sub(1).max(from),
            Targets::Central if piece.len() < 3 => from..from,
            Targets::Central => from + 1..to - 1,
            Targets::MeanSlopes if piece.len() < 2 => from..from,
            Targets::MeanSlopes => piece.clone(),
        }
    }

    /// The rate at row `k` of a piece.
    fn rate(self, x: &[f64], t: &[f64], piece: &Range<usize>, k: usize) -> f64 {
        let slope = |a: usize, b: usize| (x[b] - x[a]) / (t[b] - t[a]);
        match self {
            Targets::Analytic => f64::NAN,
            Targets::Forward => slope(k, k + 1),
            Targets::Central => slope(k - 1, k + 1),
            Targets::MeanSlopes if k == piece.start => slope(k, k + 1),
            Targets::MeanSlopes if k + 1 == piece.end => slope(k - 1, k),
            Targets::MeanSlopes => 0.5 * (slope(k - 1, k) + slope(k, k + 1)),
        }
    }
}

/// Gives every column rates by differences, and returns the trials with the rows that have one. Without
/// times nothing is left.
pub fn differences(content: &mut Content, trials: &[Trial], targets: Targets) -> Vec<Trial> {
    let Some(times) = content.times.as_ref().map(|t| t.values.clone()) else { return Vec::new() };
    for c in &mut content.columns {
        let mut rates = vec![f64::NAN; c.values.len()];
        for piece in trials.iter().flat_map(|t| &t.pieces) {
            for k in targets.kept(piece) {
                rates[k] = targets.rate(&c.values, &times, piece, k);
            }
        }
        c.rates = Some(rates);
    }
    trials
        .iter()
        .map(|t| Trial {
            number: t.number,
            pieces: t.pieces.iter().map(|p| targets.kept(p)).filter(|p| !p.is_empty()).collect(),
        })
        .filter(|t| !t.pieces.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::dataset::{Column, Dataset, Origin, Times};
    use super::*;
    use crate::dimension::Dimension;

    /// x = t² at irregular times, with a gap behind row 3.
    fn parabola(targets: Targets) -> Dataset {
        let t = vec![0.0, 1.0, 3.0, 4.0, 10.0, 12.0, 13.0];
        let mut content = Content {
            columns: vec![Column {
                name: "x".into(),
                dimension: Dimension::one(),
                unit: String::new(),
                factor: 1.0,
                values: t.iter().map(|t| t * t).collect(),
                rates: None,
                noise: None,
            }],
            names: Vec::new(),
            times: Some(Times { values: t, unit: String::new(), factor: 1.0, dimension: Dimension::one() }),
            starts: None,
            origin: Origin::File { path: String::new(), sha256: String::new() },
            labels: vec!["1".into()],
        };
        let trials = differences(&mut content, &[Trial { number: 0, pieces: vec![0..4, 4..7] }], targets);
        Dataset::new(content, trials)
    }

    #[test]
    fn slopes_take_the_actual_steps_and_stop_at_gaps() {
        let forward = parabola(Targets::Forward);
        assert_eq!(forward.times().unwrap_or_default(), [0.0, 1.0, 3.0, 10.0, 12.0]);
        assert_eq!(forward.rates(0).unwrap_or_default(), [1.0, 4.0, 7.0, 22.0, 25.0]);
        let central = parabola(Targets::Central);
        assert_eq!(central.times().unwrap_or_default(), [1.0, 3.0, 12.0]);
        assert_eq!(central.rates(0).unwrap_or_default(), [3.0, 5.0, 23.0]);
        let mean = parabola(Targets::MeanSlopes);
        assert_eq!(mean.rates(0).unwrap_or_default(), [1.0, 2.5, 5.5, 7.0, 22.0, 23.5, 25.0]);
    }
}

//! What a run leaves behind: rows, an outcome, its costs and, on request, dense output.

use super::method::Method;
use super::outcome::Outcome;
use serde::Serialize;

/// Costs of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// Accepted steps.
    pub steps: u64,
    /// Rejected steps.
    pub rejected: u64,
    /// Evaluations of the vector field (halves of a partitioned one count each).
    pub evaluations: u64,
    /// Evaluations of its Jacobian.
    pub jacobians: u64,
    /// Newton iterations of implicit methods.
    pub newton_iterations: u64,
    /// Smallest accepted step, positive; 0 without steps.
    pub step_min: f64,
    /// Largest accepted step, positive.
    pub step_max: f64,
}

impl Statistics {
    pub(crate) fn accepted(&mut self, h: f64) {
        let h = h.abs();
        self.step_min = if self.steps == 0 { h } else { self.step_min.min(h) };
        self.step_max = self.step_max.max(h);
        self.steps += 1;
    }

    pub(crate) fn accepted_many(&mut self, h: f64, count: u64) {
        if count > 0 {
            self.accepted(h);
            self.steps += count - 1;
        }
    }
}

/// A change of method during a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Switch {
    /// When.
    pub time: f64,
    /// The method from there on.
    pub method: Method,
    /// Why, as a sentence without a final stop.
    pub reason: String,
}

/// The solution of an initial value problem at the samples of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Times of the rows. On a failure the last good state follows the samples reached.
    pub times: Vec<f64>,
    /// States, row-major, shape `(rows, dimension)`.
    pub states: Vec<f64>,
    /// Components of a state.
    pub dimension: usize,
    /// Extra integrals, row-major, shape `(rows, quadrature_count)`.
    pub quadratures: Vec<f64>,
    /// Extra integrals carried along.
    pub quadrature_count: usize,
    /// The method the run started with.
    pub method: Method,
    /// The fixed step, given or found from the tolerance (the interval between samples is divided
    /// into equal steps that are not longer); `None` where the steps adapt.
    pub step: Option<f64>,
    /// Changes of method on the way.
    pub switches: Vec<Switch>,
    /// How the run ended.
    pub outcome: Outcome,
    /// What it cost.
    pub statistics: Statistics,
    pub(crate) dense: Option<Dense>,
}

impl Trajectory {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no row; a trajectory always has its start.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// State of a row, shape `(dimension,)`.
    pub fn state(&self, row: usize) -> &[f64] {
        &self.states[row * self.dimension..(row + 1) * self.dimension]
    }

    /// Extra integrals of a row.
    pub fn quadrature(&self, row: usize) -> &[f64] {
        &self.quadratures[row * self.quadrature_count..(row + 1) * self.quadrature_count]
    }

    /// The last good state.
    pub fn last(&self) -> &[f64] {
        self.state(self.len() - 1)
    }

    /// One component over the rows.
    pub fn component(&self, index: usize) -> impl Iterator<Item = f64> + '_ {
        self.states.iter().skip(index).step_by(self.dimension.max(1)).copied()
    }

    /// State at any time of the run, by dense output. `None` outside the run, or where
    /// [`Settings::keep_dense`](super::Settings) was not set.
    pub fn at(&self, t: f64) -> Option<Vec<f64>> {
        let (first, last) = (*self.times.first()?, *self.times.last()?);
        if !(t >= first.min(last) && t <= first.max(last)) {
            return None;
        }
        let mut out = vec![0.0; self.dimension];
        self.dense.as_ref()?.at(t, &mut out).then_some(out)
    }
}

/// Dense output as plain numbers, for keeping.
#[derive(Clone, Debug, PartialEq)]
pub struct Interpolants {
    /// Of each piece the start, the end and the number of terms.
    pub pieces: Vec<[f64; 3]>,
    /// Coefficients of the pieces, one after the other.
    pub coefficients: Vec<f64>,
}

impl Trajectory {
    /// The dense output of the run, where it was kept.
    pub fn interpolants(&self) -> Option<Interpolants> {
        let dense = self.dense.as_ref()?;
        let pieces = dense.pieces.iter().map(|p| [p.start, p.end, p.terms as f64]).collect();
        Some(Interpolants { pieces, coefficients: dense.coefficients.clone() })
    }

    /// Numbers that the run consists of, its dense output included.
    pub fn numbers(&self) -> usize {
        let coefficients = self.dense.as_ref().map_or(0, |d| d.coefficients.len());
        self.states.len() + self.quadratures.len() + coefficients
    }

    /// The run with this dense output; `None` where the lengths do not agree.
    pub fn interpolated(mut self, by: Option<Interpolants>) -> Option<Trajectory> {
        let (rows, n) = (self.times.len(), self.dimension);
        if rows == 0 || self.states.len() != rows * n || self.quadratures.len() != rows * self.quadrature_count {
            return None;
        }
        self.dense = match by {
            None => None,
            Some(by) => {
                let mut pieces = Vec::with_capacity(by.pieces.len());
                let mut offset = 0;
                for [start, end, terms] in by.pieces {
                    let terms = terms as usize;
                    pieces.push(Piece { start, end, offset, terms });
                    offset += terms * n;
                }
                if offset != by.coefficients.len() {
                    return None;
                }
                Some(Dense { pieces, coefficients: by.coefficients })
            }
        };
        Some(self)
    }
}

/// Piecewise interpolants.
///
/// A piece on `[t0, t1]`, `θ = (t - t0)/(t1 - t0)`, has coefficients `r_0 … r_{m-1}` of
///
/// ```text
/// y = r_0 + θ (r_1 + (1-θ) (r_2 + θ (r_3 + (1-θ) (r_4 + …))))
/// ```
///
/// which holds Hermite's cubic (m = 4), and the dense outputs of order 4 (m = 5) and 7 (m = 8) of
/// the Dormand–Prince methods (Hairer, Nørsett, Wanner 1993, II.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dense {
    pieces: Vec<Piece>,
    coefficients: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    start: f64,
    end: f64,
    offset: usize,
    terms: usize,
}

impl Dense {
    pub fn bytes_with(&self, coefficients: usize) -> u64 {
        8 * (self.coefficients.len() + coefficients) as u64 + 32 * (self.pieces.len() as u64 + 1)
    }

    /// Adds the piece `start..end` with `terms` coefficient vectors of `stride` entries each, of
    /// which the first `dimension` are kept.
    pub fn push(&mut self, start: f64, end: f64, coefficients: &[f64], terms: usize, dimension: usize) {
        let stride = coefficients.len() / terms;
        self.pieces.push(Piece { start, end, offset: self.coefficients.len(), terms });
        for term in coefficients.chunks_exact(stride.max(1)) {
            self.coefficients.extend_from_slice(&term[..dimension]);
        }
    }

    pub fn at(&self, t: f64, out: &mut [f64]) -> bool {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else { return false };
        let sign = if last.end < first.start { -1.0 } else { 1.0 };
        if !(sign * t >= sign * first.start && sign * t <= sign * last.end) {
            return false;
        }
        // The later of two pieces that meet at t: at a break the state after it.
        let index = self.pieces.partition_point(|piece| sign * piece.start <= sign * t) - 1;
        let piece = self.pieces[index];
        let theta = (t - piece.start) / (piece.end - piece.start);
        evaluate(&self.coefficients[piece.offset..piece.offset + piece.terms * out.len()], out.len(), theta, out);
        true
    }
}

/// The nested polynomial of [`Dense`] at `theta`; `coefficients` has shape `(m, stride)`, of each
/// row the first `out.len()` entries count.
pub(crate) fn evaluate(coefficients: &[f64], stride: usize, theta: f64, out: &mut [f64]) {
    out.fill(0.0);
    for (j, row) in coefficients.chunks_exact(stride.max(1)).enumerate().rev() {
        let factor = if j % 2 == 0 { theta } else { 1.0 - theta };
        for (value, coefficient) in out.iter_mut().zip(row) {
            *value = coefficient + factor * *value;
        }
    }
}

//! The exponential at size: runs by [`SymmetricFlow`] from one row to the next.
//!
//! Where a run needs what only short steps give (dense output, integrals carried along), the equations are
//! not symmetric, or the flow grows too fast, it is handed to `dop853`, which the trajectory says.

use super::{Method, exponential};
use crate::integrate::driver::{Inside, Run};
use crate::integrate::krylov::{Linear, SymmetricFlow};
use crate::integrate::outcome::Outcome;
use crate::integrate::probe::Probe;
use crate::kernel::sparse::{Orderings, SparseMatrix};
use crate::kernel::{Failure, VectorField};
use crate::limits;
use std::sync::Arc;

/// Difference of `a_ij` and `a_ji`, relative to the largest entry, that is rounding of their formulas.
const ROUNDING: f64 = 1e-14;

/// `M y' = J y + M b` of a field that is linear with constant coefficients, where `M` is symmetric positive definite and
/// `J` symmetric to rounding: what [`SymmetricFlow`] asks for. Judged on the assembled matrices.
///
/// What does not move (a prescribed point) is part of `b`, with its value in `y`; and where `M` is diagonal, rows are
/// multiplied by the weights that make `J` symmetric, if there are such: a one-sided difference at an insulated
/// end is twice the row of an energy.
pub fn symmetric<F: VectorField + ?Sized>(field: &mut F, t: f64, y: &[f64]) -> Result<Option<Linear>, Failure> {
    let n = field.dimension();
    let zero = vec![0.0; n];
    let Some(mut found) = field.linearised(t, &zero)? else { return Ok(None) };
    let mut rates = zero.clone();
    field.rates(t, y, &mut rates)?;
    let mut moves = vec![false; n];
    for c in 0..n {
        found.jacobian.column(c).filter(|(_, v)| *v != 0.0).for_each(|(r, _)| moves[r] = true);
    }
    (0..n).for_each(|k| moves[k] |= rates[k] != 0.0);
    let held: Vec<f64> = y.iter().zip(&moves).map(|(y, moves)| if *moves { 0.0 } else { *y }).collect();
    let still = moves.iter().any(|m| !m);
    if still {
        for c in (0..n).filter(|c| !moves[*c]) {
            let range = found.jacobian.pattern.column(c);
            found.jacobian.values[range].fill(0.0);
        }
    }
    if found.mass.asymmetry() > ROUNDING {
        return Ok(None);
    }
    if found.jacobian.asymmetry() > ROUNDING {
        let Some(mass) = found.mass.as_diagonal() else { return Ok(None) };
        let Some(weights) = balancing(&found.jacobian) else { return Ok(None) };
        let weighted: Vec<f64> = mass.iter().zip(&weights).map(|(m, w)| m * w).collect();
        let rows = found.jacobian.pattern.rows.clone();
        for (value, row) in found.jacobian.values.iter_mut().zip(&rows) {
            *value *= weights[*row as usize];
        }
        found.mass = SparseMatrix::diagonal(weighted);
        // The products of weights along different ways round a mesh differ by rounding.
        if found.jacobian.asymmetry() > 100.0 * ROUNDING {
            return Ok(None);
        }
    }
    let is_definite = match found.mass.as_diagonal() {
        Some(diagonal) => diagonal.iter().all(|m| *m > 0.0),
        None => Orderings::default().definite(&found.mass).is_some(),
    };
    if !is_definite {
        return Ok(None);
    }
    let mut constant = zero.clone();
    field.rates(t, &held, &mut constant)?;
    Ok(Some(Linear { mass: found.mass, jacobian: found.jacobian, constant }))
}

/// `w > 0` with `w_i j_ik = w_k j_ki`, where there are such: each is found from a neighbour, and others agree.
fn balancing(j: &SparseMatrix) -> Option<Vec<f64>> {
    let n = j.dimension();
    let other = j.transposed();
    let mut weights = vec![0.0f64; n];
    let mut stack = Vec::new();
    for root in 0..n {
        if weights[root] != 0.0 {
            continue;
        }
        weights[root] = 1.0;
        stack.push(root);
        while let Some(k) = stack.pop() {
            // Column k holds j_ik, column k of the transposed j_ki.
            let mut back = other.column(k).filter(|(i, v)| *v != 0.0 && *i != k).peekable();
            for (i, value) in j.column(k).filter(|(i, v)| *v != 0.0 && *i != k) {
                let (row, there) = back.next()?;
                let ratio = there / value;
                if row != i || !(ratio > 0.0 && ratio.is_finite()) {
                    return None;
                }
                if weights[i] == 0.0 {
                    weights[i] = weights[k] * ratio;
                    stack.push(i);
                }
            }
            if back.peek().is_some() {
                return None;
            }
        }
    }
    Some(weights)
}

/// Runs to the end of the span; `false` where another method must take over from the present state.
pub(crate) fn run<F: VectorField + ?Sized>(run: &mut Run<'_, F>) -> Result<bool, Outcome> {
    let n = run.probe.states();
    if n <= exponential::LARGEST || run.settings.keep_dense || run.probe.total() > n || run.span.direction() < 0.0 {
        return Ok(false);
    }
    for segment in run.segments() {
        if segment.to <= run.t {
            continue;
        }
        run.enter(segment);
        let inside = 0.5 * (segment.from + segment.to);
        let y = run.y[..n].to_vec();
        // With constant coefficients what held at the start of the run holds in each part of it.
        let linear = match run.settings.linear.clone() {
            Some(known) => known,
            None => {
                run.probe.jacobians += 1;
                match symmetric(run.probe.field_mut(), inside, &y) {
                    Ok(Some(linear)) => Arc::new(linear),
                    Ok(None) => return Ok(false),
                    Err(failure) => return Err(run.failed(&failure)),
                }
            }
        };
        let mut flow = SymmetricFlow::new(linear);
        let mut first = true;
        while run.t != segment.to {
            run.check_budget()?;
            let rows = (limits::WINDOW_BYTES / (8 * n)).max(1);
            let mut ends = run.samples_ahead(segment.to, rows);
            if ends.is_empty() {
                ends.push(segment.to);
            }
            let (from, y) = (run.t, run.y[..n].to_vec());
            let times: Vec<f64> = ends.iter().map(|t| t - from).collect();
            let mut states = vec![0.0; n * times.len()];
            // A flow that grows by many powers is beyond one real pole: short steps show what becomes of it.
            let Some(done) = flow.advance(&y, &times, first, &mut states) else { return Ok(false) };
            first = false;
            for (end, state) in ends[..done].iter().zip(states.chunks_exact(n)) {
                if let Some(component) = state.iter().position(|x| !x.is_finite()) {
                    return Err(run.failed(&Failure::NonFinite { component }));
                }
                let mut inside = Between { flow: &mut flow, from: run.t, y: run.y[..n].to_vec(), end: *end, state };
                run.accept(*end, state, &mut inside)?;
            }
        }
        run.probe.newton_iterations += flow.solves;
    }
    Ok(true)
}

/// The stretch between two rows.
struct Between<'s> {
    flow: &'s mut SymmetricFlow,
    from: f64,
    y: Vec<f64>,
    end: f64,
    state: &'s [f64],
}

impl<F: VectorField + ?Sized> Inside<F> for Between<'_> {
    fn state_at(&mut self, _: &mut Probe<'_, F>, t: f64, out: &mut [f64]) -> Result<(), Failure> {
        if t <= self.from {
            out.copy_from_slice(&self.y);
            return Ok(());
        }
        let found = self.flow.advance(&self.y, &[t - self.from], true, out);
        found.map(|_| ()).ok_or(Failure::NonFinite { component: 0 })
    }

    fn rates_at_end(&mut self, probe: &mut Probe<'_, F>, out: &mut [f64]) -> Result<(), Failure> {
        probe.field_rates(self.end, self.state, out)
    }

    fn coefficients(&mut self, _: &mut Probe<'_, F>) -> Result<(&[f64], usize), Failure> {
        unreachable!("invariant: dense output is not kept here")
    }
}

/// Why `dop853` runs in its place.
pub(crate) const HANDED_OVER: (Method, &str) = (
    Method::Dop853,
    "the exponential of a large system needs symmetric matrices, rows alone, and a flow that does not grow much",
);

//! The exponential at size: runs by [`SymmetricFlow`] from one row to the next.
//!
//! Where a run needs what only short steps give (dense output, integrals carried along), or the equations are
//! not symmetric, it is handed to `dop853`, which the trajectory says.

use super::{Method, exponential};
use crate::integrate::driver::{Inside, Run};
use crate::integrate::krylov::{Linear, SymmetricFlow};
use crate::integrate::outcome::Outcome;
use crate::integrate::probe::Probe;
use crate::kernel::sparse::Orderings;
use crate::kernel::{Failure, VectorField};

/// Difference of `a_ij` and `a_ji`, relative to the largest entry, that is rounding of their formulas.
const ROUNDING: f64 = 1e-14;
/// Bytes of rows that are computed together.
const ROWS_BYTES: usize = 128 << 20;

/// `M y' = J y + M b` of a field that is linear with constant coefficients, where `M` is symmetric positive definite and
/// `J` symmetric to rounding: what [`SymmetricFlow`] asks for. Judged on the assembled matrices.
pub fn symmetric<F: VectorField + ?Sized>(field: &mut F, t: f64) -> Result<Option<Linear>, Failure> {
    let n = field.dimension();
    let zero = vec![0.0; n];
    let Some(found) = field.linearised(t, &zero)? else { return Ok(None) };
    if found.jacobian.asymmetry() > ROUNDING || found.mass.asymmetry() > ROUNDING {
        return Ok(None);
    }
    let is_definite = match found.mass.as_diagonal() {
        Some(diagonal) => diagonal.iter().all(|m| *m > 0.0),
        None => Orderings::default().definite(&found.mass).is_some(),
    };
    if !is_definite {
        return Ok(None);
    }
    let mut constant = zero.clone();
    field.rates(t, &zero, &mut constant)?;
    Ok(Some(Linear { mass: found.mass, jacobian: found.jacobian, constant }))
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
        let linear = match symmetric(run.probe.field_mut(), inside) {
            Ok(Some(linear)) => linear,
            Ok(None) => return Ok(false),
            Err(failure) => return Err(run.failed(&failure)),
        };
        run.probe.jacobians += 1;
        let mut flow = SymmetricFlow::new(linear);
        let mut first = true;
        while run.t != segment.to {
            run.check_budget()?;
            let rows = (ROWS_BYTES / (8 * n)).max(1);
            let mut ends = run.samples_ahead(segment.to, rows);
            if ends.is_empty() {
                ends.push(segment.to);
            }
            let (from, y) = (run.t, run.y[..n].to_vec());
            let times: Vec<f64> = ends.iter().map(|t| t - from).collect();
            let mut states = vec![0.0; n * times.len()];
            let Some(done) = flow.advance(&y, &times, first, &mut states) else {
                let component = run.component(0);
                return Err(Outcome::StepSizeUnderflow { time: run.t, step: times[0], component });
            };
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
pub(crate) const HANDED_OVER: (Method, &str) =
    (Method::Dop853, "the exponential of a large system needs symmetric matrices, and rows alone");

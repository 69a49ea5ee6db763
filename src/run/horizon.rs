//! The horizon of a chaotic run: looked for after it, and told.

use super::output::RunOutput;
use crate::analyse::lyapunov::{self, Horizon, TOLERABLE};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits;
use crate::model::system::SimulateOptions;

/// Estimates how far a chaotic motion can be trusted; a run that goes beyond is told so.
pub(super) fn look(output: &mut RunOutput, options: &SimulateOptions, out: &mut Diagnostics) {
    let linear = output.prepared.equations.facts.linear;
    if linear || output.amplification.is_some() || output.trajectory.outcome.is_failure() {
        return;
    }
    let operations = output.kernel.operations_executed().max(1) as u64;
    let least = limits::HORIZON_EVALUATIONS.min(limits::HORIZON_OPERATIONS / operations);
    let budget = least.max(output.trajectory.statistics.evaluations / 10);
    let Some(exponent) = lyapunov::exponent(&mut output.kernel, &output.beginning.y, &output.span, budget) else {
        return;
    };
    let error = output.drifts.iter().map(|d| d.worst).filter(|d| d.is_finite()).fold(output.rtol, f64::max);
    let horizon = Horizon::new(exponent, &output.span, error);
    output.horizon = Some(horizon);
    if horizon.exceeded {
        let place = options.time.as_ref().map_or(output.prepared.system.span, |t| t.span);
        let unit = if output.prepared.system.has_units { " [s]" } else { "" };
        out.push(
            Diagnostic::warning(
                "W0530",
                place,
                format!("the motion is chaotic, and beyond t = {:.3e}{unit} its values are one of many", horizon.time),
            )
            .note(format!("errors grow like e^(t·{exponent:.2e}): what begins as {error:.0e} is {TOLERABLE:.0e} there"))
            .help("trust averages beyond it, not values; a smaller `rtol` moves it by the logarithm only"),
        );
    }
}

//! What is said of a run that ended in a failure: the outcome, with its place in the text.

use super::output::RunOutput;
use super::start;
use crate::diagnostic::{Diagnostic, Span, number};
use crate::integrate::Outcome;
use crate::model::system::{EquationKind, Variable};

/// Components of the last good state that are written out.
const SHOWN: usize = 6;

/// The failure of a run as a message: when, which coordinate, from which line, the last good state,
/// and what to try. `None` where the run ended well.
pub fn diagnostic(run: &RunOutput) -> Option<Diagnostic> {
    let outcome = &run.trajectory.outcome;
    let code = outcome.code()?;
    let system = &run.prepared.system;
    let variable = outcome.component().and_then(|c| variable(run, c.index));
    let mut d = Diagnostic::error(code, place(run, variable.map(|v| v.1)), outcome.to_string());
    let equation = variable.and_then(|(k, _)| {
        system.equations.iter().find(|e| matches!(e.kind, EquationKind::Explicit { variable, .. } if variable == k))
    });
    let generator = system.lagrangian.as_ref().or(system.hamiltonian.as_ref());
    match (outcome, equation, generator) {
        (Outcome::SingularMassMatrix { .. }, _, Some(g)) => d = d.label(g.keyword, "its mass matrix comes from here"),
        (_, Some(e), _) if variable.is_some() => d = d.label(e.span, "its equation"),
        (_, None, Some(g)) if variable.is_some() => d = d.label(g.keyword, "its equation comes from here"),
        _ => {}
    }
    Some(d.note(last_state(run)).help(outcome.advice()))
}

/// Number and declaration of the variable that a component of the state belongs to.
fn variable(run: &RunOutput, component: usize) -> Option<(usize, &Variable)> {
    let states = &run.prepared.equations.states;
    let state = states.iter().find(|s| (s.offset..s.offset + s.length).contains(&component))?;
    run.prepared.system.variables.iter().enumerate().find(|(_, v)| v.leaf == state.leaf || v.rate == state.leaf)
}

fn place(run: &RunOutput, variable: Option<&Variable>) -> Span {
    let system = &run.prepared.system;
    let assumed = match &run.trajectory.outcome {
        Outcome::AssumptionBroken { assumption, .. } => system.assumptions.iter().find(|a| a.text == *assumption),
        _ => None,
    };
    let time = system.simulate.as_ref().and_then(|options| options.time.as_ref());
    match (assumed, variable, time) {
        (Some(a), _, _) => a.span,
        (_, Some(v), _) => v.span,
        (_, _, Some(time)) => time.span,
        _ => system.span,
    }
}

/// "at the last good state, t = 1.5: x = 0.2, x' = -1"; the component to blame stands first.
fn last_state(run: &RunOutput) -> String {
    let names = start::state_names(&run.prepared);
    let blamed = run.trajectory.outcome.component().map(|c| c.index);
    let order = blamed.into_iter().chain((0..names.len()).filter(|k| Some(*k) != blamed));
    let state = run.trajectory.last();
    let shown: Vec<String> =
        order.filter_map(|k| Some(format!("{} = {}", names.get(k)?, number(*state.get(k)?)))).take(SHOWN).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    format!("at the last good state, t = {}: {}{more}", number(run.trajectory.outcome.time()), shown.join(", "))
}

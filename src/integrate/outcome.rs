//! How a run can end.
//!
//! Numerical trouble is an [`Outcome`], never an error value, a panic or a bare NaN. Each carries
//! the time of the last good state and, where one component is to blame, which; nearly always the
//! model is wrong and not the method, so the sentence names the thing in the model.

use crate::diagnostic::{Entry, digits, number};
use crate::kernel::Failure;
use serde::Serialize;
use std::fmt;

/// A component of the state that had a part in an ending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Component {
    /// Index into the state.
    pub index: usize,
    /// Its name as the user wrote it.
    pub name: String,
}

/// How a run ended; `time` is that of the last good state.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome")]
pub enum Outcome {
    /// The end of the span was reached.
    Finished {
        /// Time of the last state.
        time: f64,
    },
    /// An event with `then stop` happened.
    EventReached {
        /// Time of the event.
        time: f64,
        /// Its condition as written.
        event: String,
    },
    /// The budget of steps is used up.
    MaxStepsReached {
        /// Time of the last good state.
        time: f64,
        /// Accepted and rejected steps together.
        steps: u64,
    },
    /// The tolerance cannot be met with steps that still advance time.
    StepSizeUnderflow {
        /// Time of the last good state.
        time: f64,
        /// The step that was too small.
        step: f64,
        /// The component with the largest error.
        component: Component,
    },
    /// A rate or a state became infinite or not a number.
    NonFiniteState {
        /// Time of the last good state.
        time: f64,
        /// The first such component.
        component: Component,
    },
    /// The mass matrix has no usable inverse.
    SingularMassMatrix {
        /// Time of the last good state.
        time: f64,
        /// Reciprocal condition of the scaled matrix.
        rcond: f64,
        /// The velocity whose pivot vanished.
        component: Component,
    },
    /// The equations of an implicit step, or an implicit block, were not solved.
    NewtonDiverged {
        /// Time of the last good state.
        time: f64,
        /// The component with the largest remainder.
        component: Component,
    },
    /// An `assume` of the file does not hold.
    AssumptionBroken {
        /// Time of the last good state.
        time: f64,
        /// The condition as written.
        assumption: String,
    },
    /// A dissipative motion, run backwards, has amplified its errors beyond what is tolerated.
    ReversalLost {
        /// Time of the last good state.
        time: f64,
        /// Growth of a small perturbation on the next step.
        amplification: f64,
        /// Relative tolerance of the run.
        rtol: f64,
        /// Stated relative error of the start.
        noise: f64,
        /// What `(rtol + noise)·amplification` may be.
        tolerance: f64,
    },
    /// A budget of memory is used up.
    BudgetSpent {
        /// Time of the last good state.
        time: f64,
        /// Which budget, and how large it is.
        budget: String,
    },
    /// The user stopped the run.
    Interrupted {
        /// Time of the last good state.
        time: f64,
    },
}

impl Outcome {
    /// The name in reports, such as `StepSizeUnderflow`.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Finished { .. } => "Finished",
            Outcome::EventReached { .. } => "EventReached",
            Outcome::MaxStepsReached { .. } => "MaxStepsReached",
            Outcome::StepSizeUnderflow { .. } => "StepSizeUnderflow",
            Outcome::NonFiniteState { .. } => "NonFiniteState",
            Outcome::SingularMassMatrix { .. } => "SingularMassMatrix",
            Outcome::NewtonDiverged { .. } => "NewtonDiverged",
            Outcome::AssumptionBroken { .. } => "AssumptionBroken",
            Outcome::ReversalLost { .. } => "ReversalLost",
            Outcome::BudgetSpent { .. } => "BudgetSpent",
            Outcome::Interrupted { .. } => "Interrupted",
        }
    }

    /// The stable code of a failure; `None` for the two good endings.
    pub fn code(&self) -> Option<&'static str> {
        CODES.iter().find(|entry| entry.title.starts_with(self.name())).map(|entry| entry.code)
    }

    /// Time of the last good state.
    pub fn time(&self) -> f64 {
        match self {
            Outcome::Finished { time }
            | Outcome::EventReached { time, .. }
            | Outcome::MaxStepsReached { time, .. }
            | Outcome::StepSizeUnderflow { time, .. }
            | Outcome::NonFiniteState { time, .. }
            | Outcome::SingularMassMatrix { time, .. }
            | Outcome::NewtonDiverged { time, .. }
            | Outcome::AssumptionBroken { time, .. }
            | Outcome::ReversalLost { time, .. }
            | Outcome::BudgetSpent { time, .. }
            | Outcome::Interrupted { time } => *time,
        }
    }

    /// The component to blame, where there is one.
    pub fn component(&self) -> Option<&Component> {
        match self {
            Outcome::StepSizeUnderflow { component, .. }
            | Outcome::NonFiniteState { component, .. }
            | Outcome::SingularMassMatrix { component, .. }
            | Outcome::NewtonDiverged { component, .. } => Some(component),
            _ => None,
        }
    }

    /// Whether the run did not do what was asked; every check of such a run fails.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Outcome::Finished { .. } | Outcome::EventReached { .. })
    }

    /// What to try, as a sentence; empty for the good endings.
    pub fn advice(&self) -> &'static str {
        match self {
            Outcome::Finished { .. } | Outcome::EventReached { .. } => "",
            Outcome::MaxStepsReached { .. } => {
                "the motion may be much faster than the span is long, or the equations stiff: shorten the span, \
                 loosen `rtol`, use `method = auto`, or raise `max_steps`"
            }
            Outcome::StepSizeUnderflow { .. } => {
                "look for a singularity there: a collision, a division by zero, a jump of the right-hand side \
                 (split it with `if t < …`), or a solution that ends in finite time"
            }
            Outcome::NonFiniteState { .. } => {
                "look for a division by zero, the root or logarithm of a negative number, or a motion that runs \
                 away near the last good state"
            }
            Outcome::SingularMassMatrix { .. } => {
                "look for a coordinate without kinetic energy, a configuration in which two coordinates describe the \
                 same motion (a gimbal, a straight chain), or a mass of zero"
            }
            Outcome::NewtonDiverged { .. } => {
                "try a smaller `step`; if that does not help, look for a constraint that cannot be met or a jump of \
                 the right-hand side"
            }
            Outcome::AssumptionBroken { .. } => "the model is used outside the range it was made for",
            Outcome::ReversalLost { .. } => {
                "a dissipative motion forgets where it came from, and no method recovers what is below the tolerance: \
                 go back less far, ask for a smaller `rtol`, or start nearer to the time you want to know about; where the \
                 `noise` of the start decides, better data or a larger `tolerance`"
            }
            Outcome::BudgetSpent { .. } => "save fewer rows (`by`), fewer components, or a shorter span",
            Outcome::Interrupted { .. } => "the rows up to there are kept",
        }
    }

    /// The outcome that a failure of the field at the last good state is.
    pub fn of_failure(failure: &Failure, time: f64, name: impl Fn(usize) -> String) -> Outcome {
        let blame = |index: usize| Component { index, name: name(index) };
        match *failure {
            Failure::NonFinite { component } => Outcome::NonFiniteState { time, component: blame(component) },
            Failure::SingularMassMatrix { rcond, component } => {
                Outcome::SingularMassMatrix { time, rcond, component: blame(component) }
            }
            Failure::NewtonDiverged { component } => Outcome::NewtonDiverged { time, component: blame(component) },
        }
    }
}

impl fmt::Display for Outcome {
    /// One sentence: what happened, when, to which component.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = number(self.time());
        match self {
            Outcome::Finished { .. } => write!(f, "finished at t = {t}"),
            Outcome::EventReached { event, .. } => write!(f, "event `{event}` reached at t = {t}"),
            Outcome::MaxStepsReached { steps, .. } => write!(f, "stopped at t = {t} after {steps} steps"),
            Outcome::StepSizeUnderflow { step, component, .. } => {
                write!(
                    f,
                    "the step size fell to {} at t = {t}; the largest error is in `{}`",
                    number(*step),
                    component.name
                )
            }
            Outcome::NonFiniteState { component, .. } => {
                write!(f, "`{}` is infinite or not a number just after t = {t}", component.name)
            }
            Outcome::SingularMassMatrix { rcond, component, .. } => write!(
                f,
                "the mass matrix is singular just after t = {t} (reciprocal condition {}, at `{}`)",
                digits(*rcond, 2),
                component.name
            ),
            Outcome::NewtonDiverged { component, .. } => {
                write!(f, "an implicit equation has no solution near t = {t} (at `{}`)", component.name)
            }
            Outcome::AssumptionBroken { assumption, .. } => {
                write!(f, "the assumption `{assumption}` no longer holds after t = {t}")
            }
            Outcome::ReversalLost { amplification, rtol, noise, .. } => {
                let known = 100.0 * amplification * (rtol + noise);
                let size = if *noise > 0.0 { ("noise", noise) } else { ("rtol", rtol) };
                write!(
                    f,
                    "run back to t = {t}, errors have grown by {}: with {} = {} the motion \
                     before it is known to {known:.0} % at best",
                    digits(*amplification, 2),
                    size.0,
                    number(*size.1),
                )
            }
            Outcome::BudgetSpent { budget, .. } => write!(f, "stopped at t = {t}: {budget}"),
            Outcome::Interrupted { .. } => write!(f, "interrupted at t = {t}"),
        }
    }
}

/// The codes of the failures, for `hamel explain`.
pub const CODES: &[Entry] = &[
    Entry {
        code: "R0601",
        title: "MaxStepsReached: the budget of steps is used up",
        text: "A run has one budget of steps, accepted and rejected together. It protects against equations \
               that need ever smaller steps, and its size does not depend on the machine. Shorten the span, loosen \
               `rtol`, let `method = auto` choose, or raise `max_steps`.",
    },
    Entry {
        code: "R0602",
        title: "StepSizeUnderflow: the tolerance needs steps that no longer advance time",
        text: "The step fell below 16 units in the last place of the time, or was rejected too often in a row. The \
               usual reasons are a solution that ends in finite time, a collision, or a right-hand side that jumps. \
               The component with the largest error is named.",
    },
    Entry {
        code: "R0603",
        title: "NonFiniteState: a rate or a state is infinite or not a number",
        text: "A step whose result is not finite is rejected and tried again with a smaller one; when that does not \
               help, or the step is fixed, the run ends at its last good state. The first offending component is \
               named. Nothing infinite is ever written to a result.",
    },
    Entry {
        code: "R0604",
        title: "SingularMassMatrix: the accelerations are not determined",
        text: "The mass matrix, scaled so that units do not matter, has a reciprocal condition below 1e-12. A \
               coordinate may lack kinetic energy, or two coordinates may describe the same motion in this \
               configuration.",
    },
    Entry {
        code: "R0605",
        title: "NewtonDiverged: an implicit equation was not solved",
        text: "The equations of an implicit method, of a constraint or of a Legendre transform are solved by Newton's \
               method with exact derivatives. It did not converge from the last good state. Try a smaller `step`; a \
               constraint may also have no solution.",
    },
    Entry {
        code: "R0607",
        title: "AssumptionBroken: an `assume` no longer holds",
        text: "The file states conditions under which its equations are meant to hold. The run ends at the last state \
               that meets them. Check the start, the parameters, or the range of the model.",
    },
    Entry {
        code: "R0608",
        title: "ReversalLost: run backwards, the errors have outgrown the motion",
        text: "What damping takes away in forward time grows in backward time, and errors grow with it. The run carries \
               the growth of a small perturbation along (`amplification` in `summary.json`), and it ends where \
               `(rtol + noise)*amplification` passes `tolerance`. `noise` is the error of the start, as the file states it \
               (0 where it says nothing), and `tolerance` is 0.01 where nothing is said: one percent of the \
               magnitudes is then in doubt. The rows up to there are kept. Go back less far, ask for a smaller `rtol`, \
               begin with better data, accept a larger `tolerance`, or start nearer to the time of interest.",
    },
    Entry {
        code: "R0609",
        title: "BudgetSpent: a budget of memory is used up",
        text: "Rows and dense output are counted before they are stored. Save fewer rows with `by`, record less, or \
               shorten the span.",
    },
    Entry {
        code: "R0610",
        title: "Interrupted: the user stopped the run",
        text: "The run was stopped from outside. The rows up to that time are kept and are the same as those of a run \
               to its end.",
    },
];

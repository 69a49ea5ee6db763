//! How the rate of an optimizer changes during training.

use crate::real;

/// A line of [`SCHEDULES`].
#[derive(Clone, Copy, Debug)]
pub struct ScheduleInfo {
    /// Its word in a file.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
}

/// All schedules.
pub const SCHEDULES: &[ScheduleInfo] = &[
    ScheduleInfo { name: "constant", about: "the rate as it is set" },
    ScheduleInfo { name: "cosine", about: "from the rate to zero along half a cosine" },
    ScheduleInfo { name: "one_cycle", about: "one hump of a cosine between rate·low and rate; `start` is its phase" },
];

/// The rate as a factor of the one that was set, over the share `f` of the training that is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// 1
    Constant,
    /// `(1 + cos πf)/2`
    Cosine,
    /// `low + (1 − low)(1 − cos(2π(f(1 − s) + s)))/2` with `s` the phase it starts at: the schedule of
    /// Cranmer et al., *Lagrangian Neural Networks* (2020), with `low = 1e-4`.
    OneCycle {
        /// Phase at the beginning, 0 to 1.
        start: f64,
        /// Smallest factor.
        low: f64,
    },
}

impl Schedule {
    /// The factor when the share `done` of all steps is behind.
    pub fn factor(self, done: f64) -> f64 {
        use std::f64::consts::PI;
        match self {
            Schedule::Constant => 1.0,
            Schedule::Cosine => 0.5 * (1.0 + real::cos(PI * done)),
            Schedule::OneCycle { start, low } => {
                let phase = done * (1.0 - start) + start;
                low + (1.0 - low) * (1.0 - (real::cos(2.0 * PI * phase) + 1.0) / 2.0)
            }
        }
    }
}

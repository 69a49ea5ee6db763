//! Losses: what a fit makes small.
//!
//! | loss | per row |
//! |---|---|
//! | `derivative` | error of the rates at measured states |
//! | `residual` | left side minus right side of the equations at measured states and rates |
//! | `trajectory` | error of the states along a run from a measured state |
//!
//! Each is a mean over rows and components of `|e|` (l1) or `e²` (l2), with a factor per component
//! where one is given.

pub mod pointwise;
mod segment;
mod stepped;
mod sum;
mod trajectory;

pub use pointwise::{Kind, Pointwise};
pub use segment::Segments;
pub use stepped::Stepped;
pub use sum::Sum;
pub use trajectory::Trajectory;

use super::optimizer::Number;
use crate::tensor::{Columns, Compiled};
use std::sync::Arc;

/// A line of [`LOSSES`].
#[derive(Clone, Copy, Debug)]
pub struct LossInfo {
    /// Its word in a file.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
}

/// All losses.
pub const LOSSES: &[LossInfo] = &[
    LossInfo { name: "derivative", about: "error of the rates (of a Lagrangian: the accelerations) at the rows" },
    LossInfo { name: "residual", about: "what the equations leave over at the rows, states and rates measured" },
    LossInfo { name: "trajectory", about: "error along runs over `horizon` from the rows, through the integrator" },
];

/// How an error counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Norm {
    /// `|e|`
    L1,
    /// `e²`
    #[default]
    L2,
}

impl Norm {
    /// Words in a file.
    pub const WORDS: &'static [(&'static str, Norm)] = &[("l1", Norm::L1), ("l2", Norm::L2)];
}

/// Pinned threads that the parts of a batch are shared among.
pub type Pool = Arc<rayon::ThreadPool>;

/// Runs a program, in the pool where it has parts to share.
fn run_in<F: Number>(
    pool: Option<&Pool>,
    program: &mut Compiled<F>,
    count: usize,
    inputs: &[Columns<'_, F>],
    parameters: &[&[F]],
) {
    match pool.filter(|p| program.shares() > 1 && p.current_num_threads() > 1) {
        Some(pool) => pool.install(|| program.run(count, inputs, parameters)),
        None => program.run(count, inputs, parameters),
    }
}

/// A loss over some samples of the data.
pub trait Objective<F: Number>: Send {
    /// Number of samples that can be chosen from.
    fn samples(&self) -> usize;

    /// The mean loss over `samples` at `weights`; adds nothing: `gradient` is overwritten.
    fn evaluate(&mut self, samples: &[u32], weights: &[F], gradient: &mut [F]) -> f64;

    /// What is wrong with the last loss, if it is not finite: the sample and the component.
    fn culprit(&self) -> Option<(usize, usize)>;

    /// Takes a pool whose threads share the work; without one it is done in turn. The bits are the same.
    fn work_in(&mut self, pool: &Pool);

    /// Products of matrices behind the first layers in one evaluation, and all of them.
    fn products(&self) -> crate::tensor::Products;
}

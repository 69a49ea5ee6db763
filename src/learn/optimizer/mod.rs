//! Optimizers: from gradients to changes of the weights.
//!
//! All weights of a fit are one flat vector. An optimizer asks for the loss and its gradient as often
//! as it needs within a step, and its whole state can be written out and read back, so that a stopped
//! training goes on to the same bits.

mod adam;
mod lbfgs;
mod sgd;

use crate::tensor::run;
use num_traits::Float;

/// A setting of an optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Its word in a file.
    pub name: &'static str,
    /// Without it.
    pub default: f64,
    /// One line.
    pub about: &'static str,
}

/// A line of [`OPTIMIZERS`].
#[derive(Clone, Copy, Debug)]
pub struct OptimizerInfo {
    /// Its word in a file.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// Where it is from.
    pub reference: &'static str,
    /// What can be set, the rate first.
    pub settings: &'static [Setting],
    /// Whether it needs the same rows in every step.
    pub full_batch: bool,
}

/// All optimizers.
pub const OPTIMIZERS: &[&OptimizerInfo] = &[&adam::ADAM, &sgd::SGD, &lbfgs::LBFGS];

/// An optimizer by its word, with its settings in the order of [`OptimizerInfo::settings`].
pub fn optimizer<F: Number>(name: &str, settings: &[f64], weights: usize) -> Option<Box<dyn Optimizer<F>>> {
    Some(match name {
        "adam" => Box::new(adam::Adam::new(settings, weights)),
        "sgd" => Box::new(sgd::Sgd::new(settings, weights)),
        "lbfgs" => Box::new(lbfgs::Lbfgs::new(settings)),
        _ => return None,
    })
}

/// The numbers that weights are made of: `f32` or `f64`.
pub trait Number: Float + run::Number {
    /// Rounded to it.
    fn of(x: f64) -> Self {
        Self::from_f64(x)
    }
    /// Exactly.
    fn wide(self) -> f64 {
        self.to_f64()
    }
}

impl Number for f32 {}
impl Number for f64 {}

/// The loss at some weights; fills in its gradient.
pub type Objective<'a, F> = dyn FnMut(&[F], &mut [F]) -> f64 + 'a;

/// A rule that changes weights to make a loss small.
pub trait Optimizer<F>: Send {
    /// One step at a rate `factor` times the one that was set. Gives the loss at the weights before it.
    fn step(&mut self, factor: f64, weights: &mut [F], objective: &mut Objective<'_, F>) -> f64;

    /// Everything it remembers between steps, by name.
    fn state(&self) -> Vec<(String, Vec<f64>)>;

    /// Takes up what [`Optimizer::state`] gave; false where it does not fit.
    fn restore(&mut self, state: &[(String, Vec<f64>)]) -> bool;
}

/// A remembered vector by its name, of the length that is needed.
fn remembered<'a>(state: &'a [(String, Vec<f64>)], name: &str, length: usize) -> Option<&'a [f64]> {
    state.iter().find(|(n, v)| n == name && v.len() == length).map(|(_, v)| v.as_slice())
}

//! Adam (Kingma & Ba, ICLR 2015, algorithm 1), optionally AMSGrad (Reddi, Kale & Kumar, ICLR 2018).

use super::{Number, Objective, Optimizer, OptimizerInfo, Setting, remembered};
use crate::lanes::{Level, Vectorized, dispatch};

pub(super) static ADAM: OptimizerInfo = OptimizerInfo {
    name: "adam",
    about: "steps scaled by running means of the gradient and of its square",
    reference: "Kingma & Ba 2015",
    settings: &[
        Setting { name: "rate", default: 1e-3, about: "step size" },
        Setting { name: "decay", default: 0.0, about: "L2 penalty added to the gradient: decay times the weight" },
        Setting { name: "beta1", default: 0.9, about: "memory of the mean gradient" },
        Setting { name: "beta2", default: 0.999, about: "memory of the mean square" },
        Setting { name: "epsilon", default: 1e-8, about: "floor of the root of the mean square" },
        Setting { name: "amsgrad", default: 0.0, about: "1: the mean square never falls" },
    ],
    full_batch: false,
};

/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `w ← w − rate·m̂/(√v̂ + ε)` with `m̂ = m/(1−β₁ᵗ)` and
/// `v̂ = v/(1−β₂ᵗ)`.
pub(super) struct Adam<F> {
    settings: [f64; 6],
    steps: u64,
    mean: Vec<F>,
    square: Vec<F>,
    largest: Vec<F>,
    gradient: Vec<F>,
}

impl<F: Number> Adam<F> {
    pub fn new(settings: &[f64], weights: usize) -> Self {
        let mut own = [0.0; 6];
        for (k, s) in ADAM.settings.iter().enumerate() {
            own[k] = settings.get(k).copied().unwrap_or(s.default);
        }
        let zeros = vec![F::zero(); weights];
        let largest = if own[5] != 0.0 { zeros.clone() } else { Vec::new() };
        Adam { settings: own, steps: 0, mean: zeros.clone(), square: zeros.clone(), largest, gradient: zeros }
    }
}

/// One step on all weights.
struct Update<'a, F> {
    size: F,
    floor: F,
    decay: F,
    /// β₁ and β₂.
    kept: (F, F),
    /// 1 − β₁ and 1 − β₂.
    new: (F, F),
    weights: &'a mut [F],
    gradient: &'a [F],
    mean: &'a mut [F],
    square: &'a mut [F],
    /// Empty where the mean square may fall.
    largest: &'a mut [F],
}

impl<F: Number> Vectorized for Update<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.weights.len();
        let (weights, gradient) = (&mut self.weights[..n], &self.gradient[..n]);
        let (mean, square) = (&mut self.mean[..n], &mut self.square[..n]);
        if self.largest.is_empty() {
            for i in 0..n {
                let g = gradient[i] + self.decay * weights[i];
                mean[i] = self.kept.0 * mean[i] + self.new.0 * g;
                square[i] = self.kept.1 * square[i] + self.new.1 * g * g;
                weights[i] -= self.size * mean[i] / (square[i].root() + self.floor);
            }
        } else {
            let largest = &mut self.largest[..n];
            for i in 0..n {
                let g = gradient[i] + self.decay * weights[i];
                mean[i] = self.kept.0 * mean[i] + self.new.0 * g;
                square[i] = self.kept.1 * square[i] + self.new.1 * g * g;
                largest[i] = largest[i].max(square[i]);
                weights[i] -= self.size * mean[i] / (largest[i].root() + self.floor);
            }
        }
    }
}

impl<F: Number> Optimizer<F> for Adam<F> {
    fn step(&mut self, factor: f64, weights: &mut [F], objective: &mut Objective<'_, F>) -> f64 {
        let loss = objective(weights, &mut self.gradient);
        self.steps += 1;
        let [rate, decay, beta1, beta2, epsilon, _] = self.settings;
        let t = self.steps as f64;
        let correction = (1.0 - crate::real::pow(beta2, t)).sqrt();
        let update = Update {
            size: F::of(rate * factor * correction / (1.0 - crate::real::pow(beta1, t))),
            floor: F::of(epsilon * correction),
            decay: F::of(decay),
            kept: (F::of(beta1), F::of(beta2)),
            new: (F::of(1.0 - beta1), F::of(1.0 - beta2)),
            weights,
            gradient: &self.gradient,
            mean: &mut self.mean,
            square: &mut self.square,
            largest: &mut self.largest,
        };
        dispatch(Level::detect(), update);
        loss
    }

    fn state(&self) -> Vec<(String, Vec<f64>)> {
        let wide = |v: &[F]| v.iter().map(|x| x.wide()).collect();
        vec![
            ("steps".into(), vec![self.steps as f64]),
            ("mean".into(), wide(&self.mean)),
            ("square".into(), wide(&self.square)),
            ("largest".into(), wide(&self.largest)),
        ]
    }

    fn restore(&mut self, state: &[(String, Vec<f64>)]) -> bool {
        let n = self.mean.len();
        let parts = (
            remembered(state, "steps", 1),
            remembered(state, "mean", n),
            remembered(state, "square", n),
            remembered(state, "largest", self.largest.len()),
        );
        let (Some(steps), Some(mean), Some(square), Some(largest)) = parts else { return false };
        self.steps = steps[0] as u64;
        let narrow = |v: &[f64]| v.iter().map(|x| F::of(*x)).collect();
        (self.mean, self.square, self.largest) = (narrow(mean), narrow(square), narrow(largest));
        true
    }
}

//! Stochastic gradient descent with momentum (Robbins & Monro 1951; Polyak 1964).

use super::{Number, Objective, Optimizer, OptimizerInfo, Setting, remembered};

pub(super) static SGD: OptimizerInfo = OptimizerInfo {
    name: "sgd",
    about: "steps along the gradient, with momentum",
    reference: "Robbins & Monro 1951, Polyak 1964",
    settings: &[
        Setting { name: "rate", default: 1e-2, about: "step size" },
        Setting { name: "momentum", default: 0.0, about: "share of the last step that is kept" },
        Setting { name: "decay", default: 0.0, about: "L2 penalty added to the gradient: decay times the weight" },
    ],
    full_batch: false,
};

/// `u ← μu + g`, `w ← w − rate·u`
pub(super) struct Sgd<F> {
    settings: [f64; 3],
    velocity: Vec<F>,
    gradient: Vec<F>,
}

impl<F: Number> Sgd<F> {
    pub fn new(settings: &[f64], weights: usize) -> Self {
        let mut own = [0.0; 3];
        for (k, s) in SGD.settings.iter().enumerate() {
            own[k] = settings.get(k).copied().unwrap_or(s.default);
        }
        Sgd { settings: own, velocity: vec![F::zero(); weights], gradient: vec![F::zero(); weights] }
    }
}

impl<F: Number> Optimizer<F> for Sgd<F> {
    fn step(&mut self, factor: f64, weights: &mut [F], objective: &mut Objective<'_, F>) -> f64 {
        let loss = objective(weights, &mut self.gradient);
        let [rate, momentum, decay] = self.settings;
        let (rate, momentum, decay) = (F::of(rate * factor), F::of(momentum), F::of(decay));
        for ((w, u), g) in weights.iter_mut().zip(&mut self.velocity).zip(&self.gradient) {
            *u = momentum * *u + *g + decay * *w;
            *w -= rate * *u;
        }
        loss
    }

    fn state(&self) -> Vec<(String, Vec<f64>)> {
        vec![("velocity".into(), self.velocity.iter().map(|x| x.wide()).collect())]
    }

    fn restore(&mut self, state: &[(String, Vec<f64>)]) -> bool {
        let Some(velocity) = remembered(state, "velocity", self.velocity.len()) else { return false };
        self.velocity = velocity.iter().map(|x| F::of(*x)).collect();
        true
    }
}

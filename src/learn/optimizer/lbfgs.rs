//! Limited-memory BFGS with a line search for the strong Wolfe conditions (Nocedal & Wright, *Numerical
//! Optimization*, 2nd ed., algorithms 7.4, 7.5, 3.5 and 3.6).

use super::{Number, Objective, Optimizer, OptimizerInfo, Setting, remembered};
use std::collections::VecDeque;

pub(super) static LBFGS: OptimizerInfo = OptimizerInfo {
    name: "lbfgs",
    about: "curvature from the last steps, with a line search; takes all rows in every step",
    reference: "Liu & Nocedal 1989",
    settings: &[
        Setting { name: "rate", default: 1.0, about: "first trial of each line search" },
        Setting { name: "memory", default: 20.0, about: "steps remembered" },
        Setting { name: "decay", default: 0.0, about: "L2 penalty added to the loss: decay/2 times the square" },
    ],
    full_batch: true,
};

/// Sufficient decrease and curvature of the Wolfe conditions.
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
/// Evaluations of one line search.
const TRIALS: usize = 25;

/// A step and the change of the gradient along it.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
}

pub(super) struct Lbfgs {
    rate: f64,
    memory: usize,
    decay: f64,
    pairs: VecDeque<Pair>,
    /// Loss and gradient at the present weights, where they are known.
    here: Option<(f64, Vec<f64>)>,
}

impl Lbfgs {
    pub fn new(settings: &[f64]) -> Self {
        let at = |k: usize| settings.get(k).copied().unwrap_or(LBFGS.settings[k].default);
        Lbfgs { rate: at(0), memory: (at(1) as usize).max(1), decay: at(2), pairs: VecDeque::new(), here: None }
    }

    /// `−H g` by the two loops.
    fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q = gradient.to_vec();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for p in self.pairs.iter().rev() {
            let alpha = dot(&p.step, &q) / dot(&p.step, &p.change);
            q.iter_mut().zip(&p.change).for_each(|(q, y)| *q -= alpha * y);
            alphas.push(alpha);
        }
        let scale = match self.pairs.back() {
            Some(p) => dot(&p.step, &p.change) / dot(&p.change, &p.change),
            // the first step is as long as the rate says, not as the gradient is
            None => 1.0 / dot(gradient, gradient).sqrt().max(1.0),
        };
        q.iter_mut().for_each(|q| *q *= scale);
        for (p, alpha) in self.pairs.iter().zip(alphas.iter().rev()) {
            let beta = dot(&p.change, &q) / dot(&p.step, &p.change);
            q.iter_mut().zip(&p.step).for_each(|(q, s)| *q += (alpha - beta) * s);
        }
        q.iter_mut().for_each(|q| *q = -*q);
        q
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A point of a line search.
#[derive(Clone)]
struct Trial {
    at: f64,
    loss: f64,
    slope: f64,
    gradient: Vec<f64>,
}

impl<F: Number> Optimizer<F> for Lbfgs {
    fn step(&mut self, factor: f64, weights: &mut [F], objective: &mut Objective<'_, F>) -> f64 {
        let start: Vec<f64> = weights.iter().map(|w| w.wide()).collect();
        let n = start.len();
        let decay = self.decay;
        let mut point = vec![F::zero(); n];
        let mut slope = vec![F::zero(); n];
        // loss and gradient at a point, and the point as it is stored
        let mut evaluate = |x: &[f64]| -> (f64, Vec<f64>, Vec<f64>) {
            point.iter_mut().zip(x).for_each(|(p, x)| *p = F::of(*x));
            let loss = objective(&point, &mut slope);
            let stored: Vec<f64> = point.iter().map(|p| p.wide()).collect();
            let gradient = slope.iter().zip(&stored).map(|(g, w)| g.wide() + decay * w).collect();
            (loss + 0.5 * decay * dot(&stored, &stored), gradient, stored)
        };
        let (loss, gradient) = match self.here.take() {
            Some(known) => known,
            None => {
                let (loss, gradient, _) = evaluate(&start);
                (loss, gradient)
            }
        };
        if !loss.is_finite() || gradient.iter().all(|g| *g == 0.0) {
            self.here = Some((loss, gradient));
            return loss;
        }
        let mut direction = self.direction(&gradient);
        let mut descent = dot(&direction, &gradient);
        if !(descent < 0.0) {
            self.pairs.clear();
            direction = self.direction(&gradient);
            descent = dot(&direction, &gradient);
        }
        let mut along = |at: f64| {
            let x: Vec<f64> = start.iter().zip(&direction).map(|(x, d)| x + at * d).collect();
            let (loss, gradient, stored) = evaluate(&x);
            (Trial { at, loss, slope: dot(&gradient, &direction), gradient }, stored)
        };
        let first = if self.pairs.is_empty() { self.rate * factor } else { factor.min(1.0) };
        let (trial, stored) = search(loss, descent, first, &mut along);
        if !(trial.loss < loss) || !trial.loss.is_finite() {
            // nothing better along this line: forget the curvature and look along the gradient next
            self.pairs.clear();
            self.here = Some((loss, gradient));
            return loss;
        }
        let step: Vec<f64> = stored.iter().zip(&start).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = trial.gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        if dot(&step, &change) > 1e-12 * dot(&change, &change) {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair { step, change });
        }
        weights.iter_mut().zip(&stored).for_each(|(w, x)| *w = F::of(*x));
        self.here = Some((trial.loss, trial.gradient));
        loss
    }

    fn state(&self) -> Vec<(String, Vec<f64>)> {
        let mut out = Vec::new();
        for (k, p) in self.pairs.iter().enumerate() {
            out.push((format!("step{k}"), p.step.clone()));
            out.push((format!("change{k}"), p.change.clone()));
        }
        if let Some((loss, gradient)) = &self.here {
            out.push(("loss".into(), vec![*loss]));
            out.push(("gradient".into(), gradient.clone()));
        }
        out
    }

    fn restore(&mut self, state: &[(String, Vec<f64>)]) -> bool {
        let length = state.first().map_or(0, |(_, v)| v.len());
        self.pairs.clear();
        for k in 0..self.memory {
            let pair =
                (remembered(state, &format!("step{k}"), length), remembered(state, &format!("change{k}"), length));
            let (Some(step), Some(change)) = pair else { break };
            self.pairs.push_back(Pair { step: step.to_vec(), change: change.to_vec() });
        }
        self.here = match (remembered(state, "loss", 1), state.iter().find(|(n, _)| n == "gradient")) {
            (Some(loss), Some((_, gradient))) => Some((loss[0], gradient.clone())),
            _ => None,
        };
        true
    }
}

/// A point with the strong Wolfe conditions, or the best one that was tried.
fn search(loss: f64, descent: f64, first: f64, along: &mut dyn FnMut(f64) -> (Trial, Vec<f64>)) -> (Trial, Vec<f64>) {
    let origin = Trial { at: 0.0, loss, slope: descent, gradient: Vec::new() };
    let enough = |t: &Trial| t.loss <= loss + DECREASE * t.at * descent;
    let flat = |t: &Trial| t.slope.abs() <= -CURVATURE * descent;
    let mut best: Option<(Trial, Vec<f64>)> = None;
    let mut low = origin;
    let mut high: Option<Trial> = None;
    let mut at = first;
    for _ in 0..TRIALS {
        let (trial, stored) = along(at);
        let better = trial.loss.is_finite() && best.as_ref().is_none_or(|(b, _)| trial.loss < b.loss);
        if enough(&trial) && flat(&trial) {
            return (trial, stored);
        }
        if better {
            best = Some((trial.clone(), stored));
        }
        if !trial.loss.is_finite() || !enough(&trial) || trial.loss >= low.loss && low.at > 0.0 {
            high = Some(trial);
        } else if trial.slope >= 0.0 {
            high = Some(std::mem::replace(&mut low, trial));
        } else {
            low = trial;
        }
        at = match &high {
            None => 2.0 * at,
            Some(high) => between(&low, high),
        };
        if high.as_ref().is_some_and(|h| (h.at - low.at).abs() < 1e-14 * low.at.abs().max(1e-14)) {
            break;
        }
    }
    best.unwrap_or_else(|| along(0.0))
}

/// The minimum of the cubic through two points, inside the middle 80 % between them.
fn between(a: &Trial, b: &Trial) -> f64 {
    let width = b.at - a.at;
    let middle = a.at + 0.5 * width;
    if !b.loss.is_finite() || !b.slope.is_finite() {
        return middle;
    }
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.at - b.at);
    let square = d1 * d1 - a.slope * b.slope;
    if !(square >= 0.0) {
        return middle;
    }
    let d2 = square.sqrt() * width.signum();
    let at = b.at - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    let (lo, hi) = ((a.at + 0.1 * width).min(a.at + 0.9 * width), (a.at + 0.1 * width).max(a.at + 0.9 * width));
    if at.is_finite() { at.clamp(lo, hi) } else { middle }
}

//! A loss whose parameters are counted in steps of their own.

use super::{Objective, Pool};
use crate::learn::optimizer::Number;
use crate::tensor::Products;

/// `L(w)` with `w[k] = s_k·u[k]` at some places: an optimizer sees `u`, so that a stiffness of 10⁴ N/m and one of
/// 10⁻¹¹ N/m move alike.
pub struct Stepped<F> {
    inner: Box<dyn Objective<F>>,
    steps: Vec<(usize, F)>,
    weights: Vec<F>,
}

impl<F: Number> Stepped<F> {
    /// The loss over so many weights; places that are not named have the step 1.
    pub fn new(inner: Box<dyn Objective<F>>, steps: &[(usize, f64)], weights: usize) -> Self {
        let steps: Vec<(usize, F)> = steps.iter().map(|(k, s)| (*k, F::of(*s))).collect();
        let weights = if steps.is_empty() { Vec::new() } else { vec![F::of(0.0); weights] };
        Stepped { inner, steps, weights }
    }
}

impl<F: Number> Objective<F> for Stepped<F> {
    fn samples(&self) -> usize {
        self.inner.samples()
    }

    fn evaluate(&mut self, samples: &[u32], weights: &[F], gradient: &mut [F]) -> f64 {
        if self.steps.is_empty() {
            return self.inner.evaluate(samples, weights, gradient);
        }
        self.weights.copy_from_slice(weights);
        for (k, step) in &self.steps {
            self.weights[*k] *= *step;
        }
        let loss = self.inner.evaluate(samples, &self.weights, gradient);
        for (k, step) in &self.steps {
            gradient[*k] *= *step;
        }
        loss
    }

    fn culprit(&self) -> Option<(usize, usize)> {
        self.inner.culprit()
    }

    fn work_in(&mut self, pool: &Pool) {
        self.inner.work_in(pool);
    }

    fn products(&self) -> Products {
        self.inner.products()
    }
}

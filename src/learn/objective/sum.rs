//! Several losses, each with its share.

use super::{Objective, Pool};
use crate::learn::optimizer::Number;
use crate::tensor::Products;

/// `Σ share·loss`. Samples are counted by the loss that has most; the others take them around.
pub struct Sum<F> {
    terms: Vec<(f64, Box<dyn Objective<F>>)>,
    gradient: Vec<F>,
    chosen: Vec<u32>,
    /// The term whose loss was not finite.
    bad: Option<usize>,
}

impl<F: Number> Sum<F> {
    /// A sum over so many weights.
    pub fn new(terms: Vec<(f64, Box<dyn Objective<F>>)>, weights: usize) -> Self {
        Sum { terms, gradient: vec![F::of(0.0); weights], chosen: Vec::new(), bad: None }
    }
}

impl<F: Number> Objective<F> for Sum<F> {
    fn samples(&self) -> usize {
        self.terms.iter().map(|(_, t)| t.samples()).max().unwrap_or(0)
    }

    fn evaluate(&mut self, samples: &[u32], weights: &[F], gradient: &mut [F]) -> f64 {
        gradient.fill(F::of(0.0));
        self.bad = None;
        let mut total = 0.0;
        for (k, (share, term)) in self.terms.iter_mut().enumerate() {
            let own = term.samples() as u32;
            self.chosen.clear();
            self.chosen.extend(samples.iter().map(|s| s % own));
            self.chosen.truncate(own as usize);
            let loss = term.evaluate(&self.chosen, weights, &mut self.gradient);
            if !loss.is_finite() && self.bad.is_none() {
                self.bad = Some(k);
            }
            total += *share * loss;
            let share = F::of(*share);
            gradient.iter_mut().zip(&self.gradient).for_each(|(g, x)| *g += share * *x);
        }
        total
    }

    fn culprit(&self) -> Option<(usize, usize)> {
        self.terms[self.bad?].1.culprit()
    }

    fn work_in(&mut self, pool: &Pool) {
        self.terms.iter_mut().for_each(|(_, t)| t.work_in(pool));
    }

    fn products(&self) -> Products {
        self.terms.iter().fold(Products::default(), |sum, (_, t)| {
            let p = t.products();
            Products { hidden: sum.hidden + p.hidden, thin: sum.thin + p.thin }
        })
    }
}

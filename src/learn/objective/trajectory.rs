//! The loss along runs: the discretised scheme is differentiated, states are kept, stages recomputed.
//!
//! One step of the classical Runge–Kutta method (order 4) from `y` with step `h` is one program, its
//! adjoint another: from the cotangent of the state behind the step those of the state before it and of
//! the weights. Between two rows lie `substeps` steps of equal length.

use super::pointwise::{gradients, learned, wider};
use super::segment::Segments;
use super::{Norm, Objective, Pool, run_in};
use crate::formalism::equations::EquationsOfMotion;
use crate::learn::adjoint::{Adjoint, Cotangents, Rates, Unlearnable, Wanted};
use crate::learn::bindings::{Bindings, Columns};
use crate::learn::lower::Lowering;
use crate::learn::optimizer::Number;
use crate::learn::rows::Rows;
use crate::learn::weights::Layout;
use crate::symbolic::NetId;
use crate::tensor::run::{Columns as Block, Options};
use crate::tensor::{Builder, Compiled, Products, Value};

/// Input slots.
const STATES: u32 = 0;
const TIME: u32 = 1;
const STEP: u32 = 2;
const INPUTS: u32 = 3;
const COTANGENT: u32 = 4;

/// Fractions of the step at which the stages stand, and the places of their inputs.
const NODES: [f64; 4] = [0.0, 0.5, 0.5, 1.0];
const PLACES: [u32; 4] = [0, 1, 1, 2];

/// A loss along runs.
pub struct Trajectory<F: Number> {
    forward: Compiled<F>,
    backward: Compiled<F>,
    layout: Layout,
    bindings: Vec<Vec<F>>,
    rows: Rows,
    varying: Vec<usize>,
    segments: Segments,
    substeps: usize,
    norm: Norm,
    dimension: usize,
    /// States behind every step of the last evaluation.
    kept: Vec<Vec<F>>,
    bad: Option<(usize, usize)>,
    products: Products,
    pool: Option<Pool>,
}

/// Builds the program of one step; with `adjoint` its adjoint.
struct Step<'a> {
    adjoint: &'a Adjoint,
    bindings: &'a Bindings,
    equations: &'a EquationsOfMotion,
    layout: &'a Layout,
    values: &'a [f64],
}

impl<'a> Step<'a> {
    fn build(&self, backwards: bool) -> Result<(Builder, Vec<Value>, Vec<Vec<f64>>), Unlearnable> {
        let n = self.adjoint.dimension() as u32;
        let varying = self.bindings.varying.len() as u32;
        let mut b = Builder::new();
        let y = b.input(STATES, n);
        let (time, h) = (b.input(TIME, 1), b.input(STEP, 1));
        let inputs = (varying > 0).then(|| b.input(INPUTS, 3 * varying));
        let mut program = (b, Vec::new());
        let mut stages: Vec<(Lowering<'a>, Rates)> = Vec::new();
        for s in 0..4 {
            let b = &mut program.0;
            let here = match stages.last() {
                None => y,
                Some((_, before)) => {
                    let part = b.scale(NODES[s], h);
                    let change = b.mul(part, before.values);
                    b.add(y, change)
                }
            };
            let shift = b.scale(NODES[s], h);
            let at = b.add(time, shift);
            let given = inputs.map(|i| b.slice(i, PLACES[s] * varying, varying));
            let columns = Columns { states: here, time: at, inputs: given };
            let graph = self.adjoint.graph();
            let sources = self.bindings.sources(b, self.equations, graph, self.layout, self.values, columns);
            let first = self.bindings.first_table(self.layout);
            let mut l = self.adjoint.lowering(std::mem::take(b), &sources, first);
            let builder = std::mem::take(&mut l.builder);
            l.resume((builder, std::mem::take(&mut program.1)));
            let rates = self.adjoint.rates(&mut l)?;
            program = l.release();
            stages.push((l, rates));
        }
        if !backwards {
            let b = &mut program.0;
            let mut sum: Option<Value> = None;
            for ((_, rates), weight) in stages.iter().zip([1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0]) {
                let term = b.scale(weight, rates.values);
                sum = Some(match sum {
                    Some(sum) => b.add(sum, term),
                    None => term,
                });
            }
            let change = b.mul(h, sum.expect("invariant: four stages"));
            let next = b.add(y, change);
            return Ok((program.0, vec![next], program.1));
        }
        let after = program.0.input(COTANGENT, n);
        let mut total = after;
        let mut later: Option<Value> = None;
        let mut sums: Option<Vec<Value>> = None;
        for s in (0..4).rev() {
            let (l, rates) = &mut stages[s];
            let b = &mut program.0;
            let weight = if s == 0 || s == 3 { 1.0 / 6.0 } else { 1.0 / 3.0 };
            let scaled = b.scale(weight, h);
            let mut cotangent = b.mul(scaled, after);
            if let Some(later) = later {
                // the next stage stands at y plus this share of the rates here
                let share = b.scale(NODES[s + 1], h);
                let through = b.mul(share, later);
                cotangent = b.add(cotangent, through);
            }
            l.resume(program);
            let found: Cotangents = self.adjoint.cotangents(l, rates, cotangent)?;
            program = l.release();
            let b = &mut program.0;
            let own = found.states.expect("invariant: states are wanted");
            total = b.add(total, own);
            later = Some(own);
            let list = gradients(b, self.equations, self.layout, &found);
            sums = Some(match sums {
                Some(sums) => sums.into_iter().zip(list).map(|(a, c)| b.add(a, c)).collect(),
                None => list,
            });
        }
        let mut outputs = vec![total];
        outputs.extend(sums.unwrap_or_default());
        Ok((program.0, outputs, program.1))
    }
}

impl<F: Number> Trajectory<F> {
    /// Builds the programs. `values` are those of all parameters.
    pub fn new(
        equations: &EquationsOfMotion,
        layout: &Layout,
        values: &[f64],
        frozen: &[(NetId, Vec<Vec<f64>>)],
        rows: &Rows,
        segments: Segments,
        substeps: usize,
        norm: Norm,
        batch: usize,
    ) -> Result<Self, Unlearnable> {
        let wanted = Wanted { states: true, parameters: learned(equations, layout) };
        let adjoint = Adjoint::new(equations, &wanted)?;
        let bindings =
            Bindings::new(equations, layout, values, frozen, &|c| rows.inputs.get(c).is_some_and(Option::is_some));
        let step = Step { adjoint: &adjoint, bindings: &bindings, equations, layout, values };
        let (forward, next, tables) = step.build(false)?;
        let (backward, outputs, more) = step.build(true)?;
        let tables = if more.len() > tables.len() { more } else { tables };
        let narrow = |v: &Vec<f64>| v.iter().map(|x| F::of(*x)).collect();
        let mut products = backward.products(&outputs, wider(adjoint.graph()));
        let before = forward.products(&next, wider(adjoint.graph()));
        products.hidden += before.hidden;
        products.thin += before.thin;
        Ok(Trajectory {
            forward: Compiled::new(&forward, &next, &[], batch, Options::default()),
            backward: Compiled::new(&backward, &outputs[..1], &outputs[1..], batch, Options::default()),
            layout: layout.clone(),
            bindings: bindings.fixed.iter().chain(&tables).map(narrow).collect(),
            rows: rows.clone(),
            varying: bindings.varying.clone(),
            segments,
            substeps: substeps.max(1),
            norm,
            dimension: adjoint.dimension(),
            kept: Vec::new(),
            bad: None,
            products,
            pool: None,
        })
    }

    /// Times, steps and inputs of step `sub` of interval `k` for the chosen segments.
    fn step_inputs(&self, samples: &[u32], k: usize, sub: usize, out: &mut [Vec<F>; 3]) {
        let parts = self.substeps as f64;
        out.iter_mut().for_each(Vec::clear);
        for s in samples {
            let row = self.segments.starts[*s as usize] + k;
            let (a, b) = (self.rows.time[row], self.rows.time[row + 1]);
            let h = (b - a) / parts;
            out[0].push(F::of(a + h * sub as f64));
            out[1].push(F::of(h));
        }
        for place in [0.0, 0.5, 1.0] {
            let share = if self.rows.hold { 0.0 } else { (sub as f64 + place) / parts };
            for c in &self.varying {
                let column = self.rows.inputs[*c].as_ref().expect("invariant: a varying parameter has a column");
                for s in samples {
                    let row = self.segments.starts[*s as usize] + k;
                    out[2].push(F::of(column[row] + share * (column[row + 1] - column[row])));
                }
            }
        }
    }

    /// Loss and cotangent of the states at row `k` of the segments.
    fn compare(&mut self, samples: &[u32], k: usize, states: &[F], cotangent: &mut [F]) -> f64 {
        let count = samples.len();
        let mut loss = 0.0;
        for c in 0..self.dimension {
            let Some(measured) = &self.rows.states[c] else { continue };
            let factors = self.rows.weights.get(c).and_then(Option::as_ref);
            let periodic = self.rows.periodic.get(c).copied().unwrap_or(false);
            for (i, s) in samples.iter().enumerate() {
                let row = self.segments.starts[*s as usize] + k;
                let mut error = states[c * count + i].wide() - measured[row];
                if periodic {
                    error -= std::f64::consts::TAU * (error / std::f64::consts::TAU).round();
                }
                if !error.is_finite() && self.bad.is_none() {
                    self.bad = Some((i, c));
                }
                let factor = factors.map_or(1.0, |f| f[row]);
                let (cost, slope) = match self.norm {
                    Norm::L1 => (error.abs(), error.signum()),
                    Norm::L2 => (error * error, 2.0 * error),
                };
                loss += factor * cost;
                cotangent[c * count + i] += F::of(factor * slope);
            }
        }
        loss
    }
}

impl<F: Number> Objective<F> for Trajectory<F> {
    fn samples(&self) -> usize {
        self.segments.starts.len()
    }

    fn evaluate(&mut self, samples: &[u32], weights: &[F], gradient: &mut [F]) -> f64 {
        let (count, n) = (samples.len(), self.dimension);
        let steps = self.segments.intervals * self.substeps;
        self.bad = None;
        self.kept.resize_with(steps + 1, Vec::new);
        self.kept[0].clear();
        for column in &self.segments.states {
            let start = samples.iter().map(|s| F::of(column[*s as usize]));
            self.kept[0].extend(start);
        }
        let parts: Vec<&[F]> = self.layout.parts.iter().map(|p| &weights[p.range.clone()]).collect();
        let fixed = std::mem::take(&mut self.bindings);
        let parameters: Vec<&[F]> = parts.into_iter().chain(fixed.iter().map(Vec::as_slice)).collect();
        let mut given = [Vec::new(), Vec::new(), Vec::new()];
        for step in 0..steps {
            self.step_inputs(samples, step / self.substeps, step % self.substeps, &mut given);
            let inputs = [&self.kept[step], &given[0], &given[1], &given[2]].map(|data| Block { data, stride: count });
            run_in(self.pool.as_ref(), &mut self.forward, count, &inputs, &parameters);
            let (next, found) = (&mut self.kept[step + 1], self.forward.lanes(0));
            next.clear();
            next.extend_from_slice(found);
        }
        gradient.fill(F::zero());
        let mut cotangent = vec![F::zero(); n * count];
        let mut loss = 0.0;
        for step in (0..steps).rev() {
            if (step + 1) % self.substeps == 0 {
                let states = std::mem::take(&mut self.kept[step + 1]);
                loss += self.compare(samples, (step + 1) / self.substeps, &states, &mut cotangent);
                self.kept[step + 1] = states;
            }
            self.step_inputs(samples, step / self.substeps, step % self.substeps, &mut given);
            let inputs = [&self.kept[step], &given[0], &given[1], &given[2], &cotangent];
            let inputs = inputs.map(|data| Block { data, stride: count });
            run_in(self.pool.as_ref(), &mut self.backward, count, &inputs, &parameters);
            for (k, part) in self.layout.parts.iter().enumerate() {
                let found = self.backward.shared(k);
                gradient[part.range.clone()].iter_mut().zip(found).for_each(|(g, x)| *g += *x);
            }
            cotangent.copy_from_slice(self.backward.lanes(0));
        }
        self.bindings = fixed;
        let measured = self.rows.states.iter().filter(|c| c.is_some()).count();
        let scale = 1.0 / (count * self.segments.intervals * measured.max(1)) as f64;
        gradient.iter_mut().for_each(|g| *g *= F::of(scale));
        loss * scale
    }

    fn culprit(&self) -> Option<(usize, usize)> {
        self.bad
    }

    fn work_in(&mut self, pool: &Pool) {
        self.pool = Some(pool.clone());
    }

    fn products(&self) -> Products {
        self.products
    }
}

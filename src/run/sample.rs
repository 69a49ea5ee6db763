//! Many trajectories of one system, or many of its states, as rows of the same quantities. The kernel is
//! compiled once; each trajectory starts from its untouched copy, so nothing depends on who ran before.

use super::choose;
use super::driven::{Driven, Inputs};
use super::nets;
use super::numbers::Expressions;
use super::prepare::Prepared;
use super::record;
use super::simulate::{Plan, breaks, check_start, plan, start_failure};
use super::start::{self, Beginning, Chance};
use super::watch::{Watch, loses_its_past};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formalism;
use crate::integrate::{self, Growth, Outcome, Span, Trajectory};
use crate::kernel::{Execution, Kernel, LowerError, Observer, VectorField};
use crate::symbolic::ExprId;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;

/// A system compiled to be sampled.
pub struct Sampler<'p> {
    prepared: &'p Prepared,
    kernel: Kernel,
    /// Quantities and, behind them, their rates.
    recorded: Observer,
    /// How many numbers a row has.
    width: usize,
    assumed: Option<Observer>,
}

/// Rows of one trajectory, or one state.
#[derive(Clone, Debug, Default)]
pub struct Sampled {
    /// Parameters in SI, flat.
    pub parameters: Vec<f64>,
    /// The state it began with.
    pub start: Vec<f64>,
    /// Times of the rows.
    pub times: Vec<f64>,
    /// Values of the quantities and their rates, row by row.
    pub rows: Vec<f64>,
}

/// A run from a given state, as far as it came.
#[derive(Clone, Debug, Default)]
pub struct Rollout {
    /// Times of its rows: the first of those asked for.
    pub times: Vec<f64>,
    /// States, row by row.
    pub states: Vec<Vec<f64>>,
    /// Recorded quantities, column by column.
    pub columns: Vec<Vec<f64>>,
    /// How it failed and when, where it did.
    pub ending: Option<(&'static str, f64)>,
}

/// Rows of data that one worker takes at a time.
const ROWS: usize = 256;

/// Why a trajectory has no rows.
pub enum Failure {
    /// It cannot begin.
    Diagnostics(Diagnostics),
    /// It ended before its time.
    Outcome(Outcome),
}

impl<'p> Sampler<'p> {
    /// Compiles the system and `exprs`, each differentiated along the motion as often as it says.
    pub fn new(prepared: &'p Prepared, exprs: &[(ExprId, u32)], out: &mut Diagnostics) -> Option<Sampler<'p>> {
        let at = prepared.system.span;
        if let Some((name, span)) = prepared.system.abstract_functions.first() {
            let message = format!("`{name}` has no body, so this system can be derived but not simulated");
            out.push(Diagnostic::error("E0323", *span, message).help(format!("give it one: `{name}(s) = …`")));
            return None;
        }
        let mut graph = prepared.equations.graph.clone();
        let kernel = match nets::kernel(prepared, Execution::default()) {
            Ok(kernel) => kernel,
            Err(problem) => {
                out.push(*problem);
                return None;
            }
        };
        let made = (|| -> Result<Sampler<'p>, LowerError> {
            let list: Vec<ExprId> =
                exprs.iter().map(|(e, primes)| record::differentiated(prepared, &mut graph, *e, *primes)).collect();
            let opened = formalism::with_rates(&mut graph, &prepared.equations, &list);
            let recorded = kernel.observer(&opened, &graph)?;
            let conditions: Vec<ExprId> = prepared.system.assumptions.iter().map(|a| a.condition).collect();
            let assumed = match conditions.is_empty() {
                true => None,
                false => {
                    let opened = formalism::with_rates(&mut graph, &prepared.equations, &conditions);
                    Some(kernel.observer(&opened, &graph)?)
                }
            };
            Ok(Sampler { prepared, kernel, recorded, width: exprs.len(), assumed })
        })();
        match made {
            Ok(sampler) => Some(sampler),
            Err(error) => {
                let message = format!("`{}` cannot be compiled: {error}", prepared.system.name);
                out.push(Diagnostic::error("E0522", at, message));
                None
            }
        }
    }

    /// The expressions that starts are computed from, for one thread.
    pub fn expressions(&self) -> Expressions {
        Expressions::new(self.prepared.equations.graph.clone())
    }

    /// The rows of trajectory `k`; `expressions` are [`Sampler::expressions`].
    pub fn trajectory(
        &self,
        k: u64,
        chance: &dyn Chance,
        expressions: &mut Expressions,
        interrupt: Option<&AtomicBool>,
    ) -> Result<Sampled, Failure> {
        let mut out = Diagnostics::new();
        match self.run(k, chance, expressions, interrupt, &mut out) {
            Some(Ok(sampled)) => Ok(sampled),
            Some(Err(outcome)) => Err(Failure::Outcome(outcome)),
            None => Err(Failure::Diagnostics(out)),
        }
    }

    fn run(
        &self,
        k: u64,
        chance: &dyn Chance,
        expressions: &mut Expressions,
        interrupt: Option<&AtomicBool>,
        out: &mut Diagnostics,
    ) -> Option<Result<Sampled, Outcome>> {
        let prepared = self.prepared;
        let options = prepared.system.simulate.clone().unwrap_or_default();
        let (_, known) = start::parameters_of(prepared, chance, expressions, out)?;
        let plan = plan(prepared, &options, &known, out)?;
        let beginning = start::beginning_of(prepared, plan.span.start(), k, chance, expressions, out)?;
        let mut kernel = self.kernel_with(&beginning.parameters, out)?;
        check_start(prepared, &mut kernel, &beginning, plan.span.start(), out)?;
        let trajectory = self.integrated(&mut kernel, &beginning, &plan, (false, interrupt, None), out)?;
        if trajectory.outcome.is_failure() || matches!(trajectory.outcome, Outcome::Interrupted { .. }) {
            return Some(Err(trajectory.outcome));
        }
        let rows = self.observed(&beginning.parameters, None, trajectory.len(), |row| {
            (trajectory.times[row], trajectory.state(row).to_vec())
        });
        let times = trajectory.times.clone();
        Some(Ok(Sampled { parameters: beginning.parameters, start: beginning.y, times, rows }))
    }

    /// The trajectory from a beginning, however it ends.
    fn integrated(
        &self,
        kernel: &mut Kernel,
        beginning: &Beginning,
        plan: &Plan,
        (keep_dense, interrupt, inputs): (bool, Option<&AtomicBool>, Option<&Inputs>),
        out: &mut Diagnostics,
    ) -> Option<Trajectory> {
        let prepared = self.prepared;
        let options = prepared.system.simulate.clone().unwrap_or_default();
        let choice =
            choose::choose(prepared, &options, kernel, &plan.span, &beginning.y, (plan.rtol, inputs.is_some()), out)?;
        let mut corners = breaks(prepared, beginning, &plan.span);
        if let Some(inputs) = inputs {
            corners.extend_from_slice(&inputs.times);
        }
        let span = plan.span.clone().with_breaks(&corners);
        let settings = plan.settings(&choice, keep_dense, interrupt);
        let growth = inputs.is_none() && loses_its_past(prepared, &span);
        let mut beside = growth.then(|| kernel.clone());
        let mut assumed = self.assumed.clone();
        if let Some(observer) = &mut assumed {
            observer.set_parameters(&beginning.parameters);
        }
        let mut watch = Watch {
            values: vec![1.0; prepared.system.assumptions.len()],
            texts: prepared.system.assumptions.iter().map(|a| a.text.clone()).collect(),
            observer: assumed,
            progress: None,
            steps: 0,
            span: (span.start(), span.end()),
            growth: beside.as_mut().map(Growth::new),
            backwards: plan.backwards,
        };
        Some(match inputs {
            None => integrate::integrate(kernel, &beginning.y, &span, &settings, &mut watch),
            Some(inputs) => {
                let mut driven = Driven::new(kernel, inputs, &beginning.parameters);
                integrate::integrate(&mut driven, &beginning.y, &span, &settings, &mut watch)
            }
        })
    }

    /// The recorded quantities at so many rows, row by row; NaN where one cannot be evaluated.
    fn observed(
        &self,
        parameters: &[f64],
        inputs: Option<&Inputs>,
        count: usize,
        at: impl Fn(usize) -> (f64, Vec<f64>),
    ) -> Vec<f64> {
        let mut recorded = self.recorded.clone();
        recorded.set_parameters(parameters);
        let mut parameters = parameters.to_vec();
        let mut rows = vec![f64::NAN; count * self.width];
        for (row, values) in rows.chunks_exact_mut(self.width.max(1)).enumerate() {
            let (t, y) = at(row);
            if let Some(inputs) = inputs {
                inputs.set(t, &mut parameters);
                recorded.set_parameters(&parameters);
            }
            if recorded.observe(t, &y, values).is_err() {
                values.fill(f64::NAN);
            }
        }
        rows
    }

    /// The recorded quantities at given times and states, column by column, with the parameters of the file.
    pub fn over(&self, times: &[f64], states: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Failure> {
        let mut out = Diagnostics::new();
        let Some((parameters, _)) = start::parameters(self.prepared, &mut out) else {
            return Err(Failure::Diagnostics(out));
        };
        let rows = self.observed(&parameters, None, states.len(), |row| (times[row], states[row].clone()));
        Ok((0..self.width).map(|c| rows.iter().skip(c).step_by(self.width).copied().collect()).collect())
    }

    /// Rates of all components of the state at given times and states, row by row; NaN where there are none.
    /// `inputs` are parameters that change from row to row: component, and a value for each row.
    pub fn rates(
        &self,
        times: &[f64],
        states: &[Vec<f64>],
        inputs: &[(usize, Vec<f64>)],
    ) -> Result<Vec<Vec<f64>>, Failure> {
        let mut out = Diagnostics::new();
        let Some((parameters, _)) = start::parameters(self.prepared, &mut out) else {
            return Err(Failure::Diagnostics(out));
        };
        let Some(kernel) = self.kernel_with(&parameters, &mut out) else { return Err(Failure::Diagnostics(out)) };
        let rows: Vec<usize> = (0..states.len()).collect();
        let of = |rows: &[usize]| {
            let mut kernel = kernel.clone();
            let mut parameters = parameters.clone();
            let mut made = Vec::with_capacity(rows.len());
            for row in rows {
                inputs.iter().for_each(|(component, values)| parameters[*component] = values[*row]);
                let mut rates = vec![f64::NAN; states[*row].len()];
                let set = inputs.is_empty() || kernel.set_parameters(&parameters).is_ok();
                if !set || kernel.rates(times[*row], &states[*row], &mut rates).is_err() {
                    rates.fill(f64::NAN);
                }
                made.push(rates);
            }
            made
        };
        Ok(rows.par_chunks(ROWS).flat_map_iter(of).collect())
    }

    /// A run from a given state with rows at these times, however it ends: rows stop where it fails. `inputs`
    /// cover the times.
    pub fn rollout(
        &self,
        y: &[f64],
        times: &[f64],
        inputs: Option<&Inputs>,
        interrupt: Option<&AtomicBool>,
    ) -> Result<Rollout, Failure> {
        let mut out = Diagnostics::new();
        match self.rolled(y, times, (inputs, interrupt), &mut out) {
            Some(made) => Ok(made),
            None => Err(Failure::Diagnostics(out)),
        }
    }

    fn rolled(
        &self,
        y: &[f64],
        times: &[f64],
        (inputs, interrupt): (Option<&Inputs>, Option<&AtomicBool>),
        out: &mut Diagnostics,
    ) -> Option<Rollout> {
        let prepared = self.prepared;
        let (first, last) = (*times.first()?, *times.last()?);
        let options = prepared.system.simulate.clone().unwrap_or_default();
        let (mut parameters, mut known) = start::parameters(prepared, out)?;
        if let Some(inputs) = inputs {
            inputs.set(first, &mut parameters);
        }
        let mut plan = plan(prepared, &options, &known, out)?;
        let step = (last - first) / (times.len().max(2) - 1) as f64;
        let even = |(k, t): (usize, &f64)| (t - (first + k as f64 * step)).abs() <= 1e-9 * step.abs();
        let even = times.iter().enumerate().all(even);
        let span = Span::count(first, last, if even { times.len().max(2) as u64 } else { 2 });
        plan.span = match span {
            Ok(span) => span,
            Err(error) => {
                out.push(Diagnostic::error("E0466", prepared.system.span, error.to_string()));
                return None;
            }
        };
        known.set(prepared.equations.time, vec![first]);
        let beginning = Beginning { parameters, y: y.to_vec(), known };
        let mut kernel = self.kernel_with(&beginning.parameters, out)?;
        let mut problems = Diagnostics::new();
        if check_start(prepared, &mut kernel, &beginning, first, &mut problems).is_none() {
            // What stops a run before its first step is how it ends, as it is behind it.
            let ending = problems.sorted().first().map_or("NonFiniteState", |d| match d.code {
                "E0324" => "AssumptionBroken",
                "E0326" => "SingularMassMatrix",
                "E0327" => "NewtonDiverged",
                _ => "NonFiniteState",
            });
            return Some(Rollout {
                times: vec![first],
                states: vec![y.to_vec()],
                columns: vec![vec![f64::NAN]; self.width],
                ending: Some((ending, first)),
            });
        }
        let trajectory = self.integrated(&mut kernel, &beginning, &plan, (!even, interrupt, inputs), out)?;
        let mut made = Rollout::default();
        for (row, t) in times.iter().enumerate() {
            let state = match even {
                true => trajectory
                    .times
                    .get(row)
                    .filter(|at| (*at - t).abs() <= 1e-9 * step.abs())
                    .map(|_| trajectory.state(row).to_vec()),
                false => trajectory.at(*t).or_else(|| (*t == first).then(|| y.to_vec())),
            };
            let Some(state) = state.filter(|s| s.iter().all(|v| v.is_finite())) else { break };
            made.times.push(*t);
            made.states.push(state);
        }
        let at = |row: usize| (made.times[row], made.states[row].clone());
        let rows = self.observed(&beginning.parameters, inputs, made.states.len(), at);
        made.columns = (0..self.width).map(|c| rows.iter().skip(c).step_by(self.width).copied().collect()).collect();
        let failed = trajectory.outcome.is_failure() || matches!(trajectory.outcome, Outcome::Interrupted { .. });
        made.ending = failed.then(|| (trajectory.outcome.name(), trajectory.outcome.time()));
        if !failed && made.times.len() < times.len() {
            made.ending = Some(("NonFiniteState", made.times.last().copied().unwrap_or(first)));
        }
        Some(made)
    }

    /// State `k`, at time 0, with the exact rates of its quantities.
    pub fn state(&self, k: u64, chance: &dyn Chance, expressions: &mut Expressions) -> Result<Sampled, Failure> {
        let mut out = Diagnostics::new();
        let made = (|out: &mut Diagnostics| {
            let beginning = start::beginning_of(self.prepared, 0.0, k, chance, expressions, out)?;
            let mut kernel = self.kernel_with(&beginning.parameters, out)?;
            check_start(self.prepared, &mut kernel, &beginning, 0.0, out)?;
            let mut recorded = self.recorded.clone();
            recorded.set_parameters(&beginning.parameters);
            let mut rows = vec![f64::NAN; self.width];
            if recorded.observe(0.0, &beginning.y, &mut rows).is_err() {
                rows.fill(f64::NAN);
            }
            Some(Sampled { parameters: beginning.parameters, start: beginning.y, times: Vec::new(), rows })
        })(&mut out);
        made.ok_or(Failure::Diagnostics(out))
    }

    fn kernel_with(&self, parameters: &[f64], out: &mut Diagnostics) -> Option<Kernel> {
        let mut kernel = self.kernel.clone();
        match kernel.set_parameters(parameters) {
            Ok(()) => Some(kernel),
            Err(failure) => {
                out.push(start_failure(self.prepared, &kernel, &failure));
                None
            }
        }
    }

    /// How many rows every trajectory has.
    pub fn samples(&self, chance: &dyn Chance, out: &mut Diagnostics) -> Option<usize> {
        let options = self.prepared.system.simulate.clone().unwrap_or_default();
        let (_, known) = start::parameters_of(self.prepared, chance, &mut self.expressions(), out)?;
        plan(self.prepared, &options, &known, out).map(|p| p.span.samples())
    }
}

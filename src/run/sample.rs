//! Many trajectories of one system, or many of its states, as rows of the same quantities. The kernel is
//! compiled once; each trajectory starts from its untouched copy, so nothing depends on who ran before.

use super::choose;
use super::prepare::Prepared;
use super::record;
use super::simulate::{breaks, check_start, plan, start_failure};
use super::start::{self, Chance};
use super::watch::{Watch, loses_its_past};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::formalism;
use crate::integrate::{self, Growth, Outcome, Settings};
use crate::kernel::{Execution, Kernel, Observer};
use crate::symbolic::ExprId;
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
        let made = Kernel::compile_with(&prepared.equations, Execution::default()).and_then(|kernel| {
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
        });
        match made {
            Ok(sampler) => Some(sampler),
            Err(error) => {
                let message = format!("`{}` cannot be compiled: {error}", prepared.system.name);
                out.push(Diagnostic::error("E0522", at, message));
                None
            }
        }
    }

    /// The rows of trajectory `k`.
    pub fn trajectory(&self, k: u64, chance: &dyn Chance, interrupt: Option<&AtomicBool>) -> Result<Sampled, Failure> {
        let mut out = Diagnostics::new();
        match self.run(k, chance, interrupt, &mut out) {
            Some(Ok(sampled)) => Ok(sampled),
            Some(Err(outcome)) => Err(Failure::Outcome(outcome)),
            None => Err(Failure::Diagnostics(out)),
        }
    }

    fn run(
        &self,
        k: u64,
        chance: &dyn Chance,
        interrupt: Option<&AtomicBool>,
        out: &mut Diagnostics,
    ) -> Option<Result<Sampled, Outcome>> {
        let prepared = self.prepared;
        let options = prepared.system.simulate.clone().unwrap_or_default();
        let (_, known) = start::parameters_of(prepared, chance, out)?;
        let plan = plan(prepared, &options, &known, out)?;
        let beginning = start::beginning_of(prepared, plan.span.start(), k, chance, out)?;
        let mut kernel = self.kernel_with(&beginning.parameters, out)?;
        check_start(prepared, &mut kernel, &beginning, plan.span.start(), out)?;
        let choice = choose::choose(prepared, &options, &mut kernel, &plan.span, &beginning.y, plan.rtol, out)?;
        let span = plan.span.clone().with_breaks(&breaks(prepared, &beginning, &plan.span));
        let settings = Settings {
            method: choice.method,
            rtol: plan.rtol,
            atol: plan.atol,
            step: plan.step.or(choice.step),
            when_stiff: choice.when_stiff,
            max_steps: plan.max_steps,
            interrupt,
            ..Settings::default()
        };
        let mut beside = loses_its_past(prepared, &span).then(|| kernel.clone());
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
            rtol: settings.rtol,
        };
        let trajectory = integrate::integrate(&mut kernel, &beginning.y, &span, &settings, &mut watch);
        if trajectory.outcome.is_failure() || matches!(trajectory.outcome, Outcome::Interrupted { .. }) {
            return Some(Err(trajectory.outcome));
        }
        let mut recorded = self.recorded.clone();
        recorded.set_parameters(&beginning.parameters);
        let mut rows = vec![f64::NAN; trajectory.len() * self.width];
        for (row, values) in rows.chunks_exact_mut(self.width.max(1)).enumerate() {
            if recorded.observe(trajectory.times[row], trajectory.state(row), values).is_err() {
                values.fill(f64::NAN);
            }
        }
        let times = trajectory.times.clone();
        Some(Ok(Sampled { parameters: beginning.parameters, start: beginning.y, times, rows }))
    }

    /// State `k`, at time 0, with the exact rates of its quantities.
    pub fn state(&self, k: u64, chance: &dyn Chance) -> Result<Sampled, Failure> {
        let mut out = Diagnostics::new();
        let made = (|out: &mut Diagnostics| {
            let beginning = start::beginning_of(self.prepared, 0.0, k, chance, out)?;
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
        let (_, known) = start::parameters_of(self.prepared, chance, out)?;
        plan(self.prepared, &options, &known, out).map(|p| p.span.samples())
    }
}

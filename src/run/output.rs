//! What a run produced, and what is asked of it afterwards: expressions along it, states between its rows.

use super::choose::Choice;
use super::prepare::Prepared;
use super::record;
use super::start::Beginning;
use super::verdict::Verdict;
use crate::analyse::lyapunov::Horizon;
use crate::integrate::{self, Settings, Span, Trajectory};
use crate::kernel::{Kernel, VectorField};
use crate::symbolic::ExprId;

/// A drift of something conserved.
#[derive(Clone, Debug)]
pub struct DriftOf {
    /// Its name.
    pub name: String,
    /// Why it is conserved, where that was proved.
    pub reason: Option<String>,
    /// Worst relative drift.
    pub worst: f64,
    /// Relative drift at every row.
    pub series: Vec<f64>,
}

/// Everything a run produced.
pub struct RunOutput {
    /// The system and its equations.
    pub prepared: Prepared,
    /// What it began with.
    pub beginning: Beginning,
    /// The method and why.
    pub choice: Choice,
    /// The span.
    pub span: Span,
    /// Relative tolerance.
    pub rtol: f64,
    /// Absolute tolerance, if given.
    pub atol: Option<f64>,
    /// Fixed step, if given.
    pub step: Option<f64>,
    /// Rows, outcome and costs.
    pub trajectory: Trajectory,
    /// Names and values of the observables, by column.
    pub observed: Vec<(String, Vec<f64>)>,
    /// Drifts of invariants.
    pub drifts: Vec<DriftOf>,
    /// Worst violation of `E(t) − E(0) = ∫ power`, relative as a drift.
    pub balance: Option<f64>,
    /// Growth of a small perturbation, where a dissipative motion was run backwards.
    pub amplification: Option<f64>,
    /// Of a gradient flow the largest rise of its functional from one sample to the next, relative to its
    /// largest magnitude; falls count as 0.
    pub rise: Option<f64>,
    /// Where the motion turned out chaotic: how far its values can be trusted.
    pub horizon: Option<Horizon>,
    /// Verdicts on the system's checks.
    pub verdicts: Vec<Verdict>,
    /// Seconds of wall time.
    pub seconds: f64,
    pub(super) kernel: Kernel,
}

impl RunOutput {
    /// Whether the run ended well and every check holds.
    pub fn good(&self) -> bool {
        !self.trajectory.outcome.is_failure() && self.verdicts.iter().all(|v| v.holds)
    }

    /// `exprs` of the system at every row, one column each.
    pub fn along(&self, exprs: &[ExprId]) -> Result<Vec<Vec<f64>>, String> {
        let mut graph = self.prepared.equations.graph.clone();
        record::along(&self.prepared, &mut graph, &self.kernel, exprs, &self.trajectory)
            .map(|c| c.values)
            .map_err(|e| e.to_string())
    }

    /// Rates of all components of the state at given states, all at one time; one column each.
    pub fn flow(&self, t: f64, states: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut kernel = self.kernel.clone();
        let count = self.beginning.y.len();
        let mut rates = vec![vec![f64::NAN; states.len()]; count];
        let mut dy = vec![0.0; count];
        for (row, state) in states.iter().enumerate() {
            if kernel.rates(t, state, &mut dy).is_ok() {
                rates.iter_mut().zip(&dy).for_each(|(c, v)| c[row] = *v);
            }
        }
        rates
    }

    /// An expression of the system, differentiated along the motion so often, at given states, all at the
    /// time of the start.
    pub fn over(&self, expr: ExprId, primes: u32, states: &[Vec<f64>]) -> Result<Vec<f64>, String> {
        let mut graph = self.prepared.equations.graph.clone();
        let expr = record::differentiated(&self.prepared, &mut graph, expr, primes);
        let opened = crate::formalism::with_rates(&mut graph, &self.prepared.equations, &[expr]);
        let mut observer = self.kernel.observer(&opened, &graph).map_err(|e| e.to_string())?;
        let mut column = vec![f64::NAN; states.len()];
        let mut values = [0.0];
        for (row, state) in states.iter().enumerate() {
            if observer.observe(self.span.start(), state, &mut values).is_ok() {
                column[row] = values[0];
            }
        }
        Ok(column)
    }

    /// The rate of a component at a row: a velocity that is no state, such as those of a Legendre
    /// transform.
    pub fn rate(&self, variable: usize, component: usize, row: usize) -> Result<f64, String> {
        let mut graph = self.prepared.equations.graph.clone();
        let v = &self.prepared.system.variables[variable];
        let index = graph.integer(component as i64);
        let expr = if v.scalar { v.rate } else { graph.read(v.rate, index) };
        let (t, state) = (self.trajectory.times[row], self.trajectory.state(row));
        let values = record::at(&self.prepared, &mut graph, &self.kernel, &[expr], t, state);
        values.map(|v| v[0]).map_err(|e| e.to_string())
    }

    /// Expressions of the system, each differentiated along the motion so often, at every row.
    pub fn along_differentiated(&self, list: &[(ExprId, u32)]) -> Result<Vec<Vec<f64>>, String> {
        let mut graph = self.prepared.equations.graph.clone();
        // The number of the run itself lies behind the expressions of its system.
        let own = |e: &ExprId| e.index() >= self.prepared.equations.graph.len();
        if let Some(k) = list.iter().position(|l| own(&l.0)) {
            let Some(amplification) = self.amplification else {
                return Err(
                    "this run goes with its time or keeps what it needs to go back, so it has no amplification".into(),
                );
            };
            let rest: Vec<(ExprId, u32)> = list.iter().filter(|l| !own(&l.0)).copied().collect();
            let mut values = if rest.is_empty() { Vec::new() } else { self.along_differentiated(&rest)? };
            let number = if list[k].1 == 0 { amplification } else { 0.0 };
            values.insert(k, vec![number]);
            return Ok(values);
        }
        let exprs: Vec<ExprId> =
            list.iter().map(|(e, primes)| record::differentiated(&self.prepared, &mut graph, *e, *primes)).collect();
        record::along(&self.prepared, &mut graph, &self.kernel, &exprs, &self.trajectory)
            .map(|c| c.values)
            .map_err(|e| e.to_string())
    }

    /// The whole state at any time of the run: a row, from its dense output, or where that was not kept, run on
    /// from the row before.
    pub fn state_at(&self, t: f64) -> Result<Vec<f64>, String> {
        let trajectory = &self.trajectory;
        let first = trajectory.times.first().copied().unwrap_or(0.0);
        let last = trajectory.times.last().copied().unwrap_or(0.0);
        // An end of the span as the file writes it may differ in the last bit from a computed time.
        let slack = 1e-12 * (last - first).abs();
        let t = [first, last].into_iter().find(|end| (end - t).abs() <= slack).unwrap_or(t);
        if let Some(row) = trajectory.times.iter().position(|x| *x == t) {
            return Ok(trajectory.state(row).to_vec());
        }
        if !(t >= first.min(last) && t <= first.max(last)) {
            return Err(format!("the time {t} lies outside the run, {first}..{last}"));
        }
        match trajectory.at(t) {
            Some(state) => Ok(state),
            None => self.run_on(t),
        }
    }

    /// The state at a time between two rows, from the first of them.
    fn run_on(&self, t: f64) -> Result<Vec<f64>, String> {
        let trajectory = &self.trajectory;
        let first = trajectory.times.first().copied().unwrap_or(t);
        let row = trajectory.times.iter().rposition(|x| (x - first).abs() < (t - first).abs()).unwrap_or(0);
        let (from, y) = (trajectory.times[row], trajectory.state(row).to_vec());
        let span = Span::count(from, t, 2).map_err(|e| e.to_string())?.with_breaks(self.span.breaks());
        let settings = Settings {
            method: self.choice.method,
            rtol: self.rtol,
            atol: self.atol,
            step: self.step.or(self.choice.step),
            when_stiff: self.choice.when_stiff,
            ..Settings::default()
        };
        let mut kernel = self.kernel.clone();
        let made = integrate::integrate(&mut kernel, &y, &span, &settings, &mut integrate::Silent);
        match made.outcome.is_failure() {
            false => Ok(made.last().to_vec()),
            true => Err(format!("the state at {t} cannot be computed: {}", made.outcome.name())),
        }
    }

    /// Expressions of the system, each differentiated along the motion so often, at any time of the run.
    pub fn at_differentiated(&self, list: &[(ExprId, u32)], t: f64) -> Result<Vec<f64>, String> {
        if list.iter().any(|(e, _)| e.index() >= self.prepared.equations.graph.len()) {
            return Err("`amplification` is one number of the whole run: write it without a time".into());
        }
        let state = self.state_at(t)?;
        let mut graph = self.prepared.equations.graph.clone();
        let exprs: Vec<ExprId> =
            list.iter().map(|(e, primes)| record::differentiated(&self.prepared, &mut graph, *e, *primes)).collect();
        record::at(&self.prepared, &mut graph, &self.kernel, &exprs, t, &state).map_err(|e| e.to_string())
    }
}

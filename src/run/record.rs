//! Quantities along a run: what a kernel evaluates at the saved rows.

use super::prepare::Prepared;
use crate::analyse::functional::Series;
use crate::formalism;
use crate::integrate::Trajectory;
use crate::kernel::{Kernel, LowerError, Observer};
use crate::symbolic::{ExprId, Graph, Seeds};

/// Expressions evaluated at every row of a trajectory; one column each.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Rows.
    pub rows: usize,
    /// Column-major values.
    pub values: Vec<Vec<f64>>,
}

impl Columns {
    /// Some of the columns as one series.
    pub fn series(&self, which: std::ops::Range<usize>) -> Series {
        let width = which.len();
        let mut values = Vec::with_capacity(width * self.rows);
        for row in 0..self.rows {
            values.extend(which.clone().map(|c| self.values[c][row]));
        }
        Series { width, values }
    }
}

/// Evaluates `exprs` (over states, rates, time and parameters) at every row. A row where a rate
/// cannot be evaluated is NaN there.
pub fn along(
    prepared: &Prepared,
    graph: &mut Graph,
    kernel: &Kernel,
    exprs: &[ExprId],
    trajectory: &Trajectory,
) -> Result<Columns, LowerError> {
    if exprs.is_empty() {
        return Ok(Columns { rows: trajectory.len(), values: Vec::new() });
    }
    let opened = formalism::with_rates(graph, &prepared.equations, exprs);
    Ok(rows(kernel.observer(&opened, graph)?, trajectory))
}

/// What an observer sees at every row; NaN where a rate cannot be evaluated.
pub fn rows(mut observer: Observer, trajectory: &Trajectory) -> Columns {
    let rows = trajectory.len();
    let mut values = vec![vec![f64::NAN; rows]; observer.count()];
    let mut out = vec![0.0; observer.count()];
    for row in 0..rows {
        if observer.observe(trajectory.times[row], trajectory.state(row), &mut out).is_ok() {
            for (column, v) in values.iter_mut().zip(&out) {
                column[row] = *v;
            }
        }
    }
    Columns { rows, values }
}

/// The variable whose derivative the equations do not give, where an expression is to be differentiated
/// so often: they give the second one of every variable, and no third.
pub fn beyond(prepared: &Prepared, expr: ExprId, primes: u32) -> Option<&str> {
    let second_in = |graph: &Graph, e: ExprId| {
        let leaves = graph.free_leaves(&[e]);
        prepared.system.variables.iter().find(|v| leaves.contains(&v.second)).map(|v| v.name.as_str())
    };
    // A number of the run itself lies behind the expressions of its system, and moves with nothing.
    if primes == 0 || expr.index() >= prepared.equations.graph.len() {
        return None;
    }
    // The first derivative needs no new expression, and there may be thousands of columns.
    let now = second_in(&prepared.equations.graph, expr);
    if now.is_some() || primes == 1 {
        return now;
    }
    let mut graph = prepared.equations.graph.clone();
    (1..primes).find_map(|k| {
        let e = differentiated(prepared, &mut graph, expr, k);
        second_in(&graph, e)
    })
}

/// The total derivative along the motion, taken `primes` times: values move with their rates, rates
/// of coordinates with their second derivatives, and time with 1.
pub fn differentiated(prepared: &Prepared, graph: &mut Graph, expr: ExprId, primes: u32) -> ExprId {
    let mut seeds = Seeds::new();
    for v in &prepared.system.variables {
        seeds.set(v.leaf, v.rate);
        seeds.set(v.rate, v.second);
    }
    let one = graph.one();
    seeds.set(prepared.system.time, one);
    (0..primes).fold(expr, |e, _| graph.tangent(e, &seeds))
}

/// Evaluates `exprs` at one state.
pub fn at(
    prepared: &Prepared,
    graph: &mut Graph,
    kernel: &Kernel,
    exprs: &[ExprId],
    t: f64,
    y: &[f64],
) -> Result<Vec<f64>, LowerError> {
    let opened = formalism::with_rates(graph, &prepared.equations, exprs);
    let mut observer = kernel.observer(&opened, graph)?;
    let mut out = vec![f64::NAN; exprs.len()];
    if observer.observe(t, y, &mut out).is_err() {
        out.fill(f64::NAN);
    }
    Ok(out)
}

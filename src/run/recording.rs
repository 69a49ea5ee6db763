//! What a run writes down beside its states: observables, drifts of what is conserved, the balance of
//! energy. Compiled before the run, so that what cannot be evaluated costs no run.

use super::output::{DriftOf, RunOutput};
use super::prepare::Prepared;
use super::record::{self, Columns};
use crate::analyse::functional;
use crate::diagnostic::Diagnostic;
use crate::formalism;
use crate::kernel::{self, Kernel};
use crate::symbolic::{ExprId, Graph};
use std::ops::Range;

/// Something conserved, by the columns of its components and of the sizes of their summands.
struct Watched {
    /// Its name; empty for the energy whose power is not zero, which makes the balance.
    name: String,
    reason: Option<String>,
    items: Range<usize>,
    terms: Vec<Range<usize>>,
}

/// Everything that is evaluated at the rows, compiled.
pub(super) struct Recording {
    /// Names and columns of observables.
    observed: Vec<(String, usize)>,
    watched: Vec<Watched>,
    observer: Option<kernel::Observer>,
}

impl Recording {
    /// Compiles what the system observes and what its equations conserve.
    pub fn new(prepared: &Prepared, kernel: &Kernel) -> Result<Recording, Box<Diagnostic>> {
        let mut graph = prepared.equations.graph.clone();
        let mut exprs: Vec<ExprId> = Vec::new();
        let mut observed: Vec<(String, usize)> = Vec::new();
        for o in &prepared.system.observables {
            for (name, e) in o.elements.iter().zip(&o.items) {
                observed.push((name.clone(), exprs.len()));
                exprs.push(*e);
            }
        }
        let mut watched: Vec<Watched> = Vec::new();
        for (name, reason, items) in conserved(prepared, &graph.zero()) {
            let from = exprs.len();
            exprs.extend(&items);
            let range = from..exprs.len();
            let mut terms = Vec::new();
            for e in &items {
                let list = graph.absolute_terms(*e);
                let from = exprs.len();
                exprs.extend(list);
                terms.push(from..exprs.len());
            }
            watched.push(Watched { name, reason, items: range, terms });
        }
        let opened = formalism::with_rates(&mut graph, &prepared.equations, &exprs);
        let observer = match kernel.observer(&opened, &graph) {
            _ if exprs.is_empty() => None,
            Ok(observer) => Some(observer),
            Err(error) => return Err(Box::new(refused(prepared, kernel, graph, &error))),
        };
        Ok(Recording { observed, watched, observer })
    }

    /// Evaluates it at every row of a run.
    pub fn fill(self, output: &mut RunOutput) {
        let columns = match self.observer {
            Some(observer) => record::rows(observer, &output.trajectory),
            None => Columns { rows: output.trajectory.len(), values: Vec::new() },
        };
        output.observed = self.observed.into_iter().map(|(name, c)| (name, columns.values[c].clone())).collect();
        for w in self.watched {
            let mut series = columns.series(w.items.clone());
            let summed: Vec<Vec<f64>> = w
                .terms
                .iter()
                .map(|r| (0..columns.rows).map(|row| r.clone().map(|c| columns.values[c][row]).sum()).collect())
                .collect();
            let terms = functional::Series {
                width: summed.len(),
                values: (0..columns.rows).flat_map(|r| summed.iter().map(move |c| c[r])).collect(),
            };
            if w.name.is_empty() {
                for row in 0..columns.rows {
                    series.values[row] -= output.trajectory.quadrature(row)[0];
                }
                output.balance = Some(functional::drift(&series, &terms, None).0);
                continue;
            }
            let worst = functional::drift(&series, &terms, None).0;
            let curve = drift_curve(&series, &terms);
            output.drifts.push(DriftOf { name: w.name, reason: w.reason, worst, series: curve });
        }
        if output.balance.is_none() && output.prepared.equations.energy.is_some() {
            output.balance = output
                .drifts
                .iter()
                .find(|d| {
                    d.name == "E"
                        || d.name == "H"
                        || d.reason.as_deref().is_some_and(|r| r.starts_with("t does") || r.starts_with("no power"))
                })
                .map(|d| d.worst);
        }
    }
}

/// What is watched: invariants of the file, those that were found, and the energy where power flows.
fn conserved(prepared: &Prepared, zero: &ExprId) -> Vec<(String, Option<String>, Vec<ExprId>)> {
    let mut wanted: Vec<(String, Option<String>, Vec<ExprId>)> = Vec::new();
    for o in prepared.system.observables.iter().filter(|o| o.invariant) {
        wanted.push((o.name.clone(), None, o.items.clone()));
    }
    for i in &prepared.equations.invariants {
        if !wanted.iter().any(|w| w.2 == [i.value]) {
            let taken = wanted.iter().any(|w| w.0 == i.name);
            let name = if taken { format!("{} (found)", i.name) } else { i.name.clone() };
            wanted.push((name, Some(i.reason.clone()), vec![i.value]));
        }
    }
    if let Some(e) = &prepared.equations.energy
        && e.power != *zero
    {
        wanted.push((String::new(), None, vec![e.value]));
    }
    wanted
}

/// The message, at the observable that cannot be compiled where it is one.
fn refused(prepared: &Prepared, kernel: &Kernel, mut graph: Graph, error: &kernel::LowerError) -> Diagnostic {
    let bad = prepared.system.observables.iter().find(|o| {
        let opened = formalism::with_rates(&mut graph, &prepared.equations, &o.items);
        kernel.observer(&opened, &graph).is_err()
    });
    let (what, place) = match bad {
        Some(o) => (format!("`{}`", o.name), o.span),
        None => ("what is conserved".to_owned(), prepared.system.span),
    };
    Diagnostic::error("E0522", place, format!("{what} cannot be compiled: {error}"))
}

/// Relative deviation at every row, signed for scalars.
fn drift_curve(series: &functional::Series, terms: &functional::Series) -> Vec<f64> {
    if series.is_empty() {
        return Vec::new();
    }
    let norm = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
    let size = norm(series.row(0));
    let largest = (0..terms.len()).map(|r| norm(terms.row(r))).fold(0.0, f64::max);
    let s = if size >= 1e-9 * largest && size > 0.0 {
        size
    } else if largest > 0.0 {
        largest
    } else {
        1.0
    };
    (0..series.len())
        .map(|r| {
            if series.width == 1 {
                return (series.values[r] - series.values[0]) / s;
            }
            let d: Vec<f64> = series.row(r).iter().zip(series.row(0)).map(|(a, b)| a - b).collect();
            norm(&d) / s
        })
        .collect()
}

//! What a run leaves on the disk: trajectory, summary, pictures, as names and bytes.

use super::output::RunOutput;
use super::picture;
use crate::dimension::{self, Dimension};
use crate::integrate::METHODS;
use crate::model::system::Role;
use crate::report::npz;
use crate::report::{Check, Summary};
use crate::report::{Column, ColumnInput, Kind, Table};
use crate::report::{Names, csv, sidecar};
use crate::report::{Pairs, ReportError};
use crate::report::{Parameter, Provenance, version};

/// A file of results.
#[derive(Clone, Debug)]
pub struct ResultFile {
    /// Name in the folder.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The unit that a column of this dimension shows.
pub fn unit(dimension: &Dimension) -> String {
    if dimension.is_one() { String::new() } else { dimension::si_unit(dimension) }
}

/// The unit of a variable: angles that were declared periodic or in radians are pure numbers shown
/// in radians.
pub fn variable_unit(v: &crate::model::system::Variable, has_units: bool, primes: u32) -> String {
    let time = Dimension::time();
    let mut d = v.dimension;
    if has_units {
        for _ in 0..primes {
            d = d.div(&time).unwrap_or(d);
        }
    }
    let base = unit(&d);
    let angle = v.periodic && v.dimension.is_one();
    match (angle, primes) {
        (true, 0) => "rad".to_owned(),
        (true, 1) if has_units => "rad/s".to_owned(),
        _ => base,
    }
}

/// The columns of `trajectory.csv`.
pub fn table(run: &RunOutput) -> Result<Table, ReportError> {
    let prepared = &run.prepared;
    let has_units = prepared.system.has_units;
    let time_unit = if has_units { "s" } else { "" };
    let line = |_: crate::diagnostic::Span| None;
    let mut columns = vec![ColumnInput {
        name: "t".into(),
        unit: time_unit.into(),
        kind: Kind::Time,
        line: None,
        values: run.trajectory.times.clone(),
    }];
    for s in &prepared.equations.states {
        let Some(v) = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf) else { continue };
        let velocity = v.leaf != s.leaf;
        let kind = match (v.role, velocity) {
            (_, true) => Kind::Velocity,
            (Role::Coordinate, _) => Kind::Coordinate,
            (Role::Momentum, _) => Kind::Momentum,
            (Role::State, _) => Kind::State,
        };
        for (k, name) in v.elements.iter().enumerate() {
            columns.push(ColumnInput {
                name: format!("{name}{}", if velocity { "'" } else { "" }),
                unit: variable_unit(v, has_units, u32::from(velocity)),
                kind,
                line: line(v.span),
                values: run.trajectory.component(s.offset + k).collect(),
            });
        }
    }
    let mut at = 0;
    for o in &prepared.system.observables {
        for _ in o.elements.iter() {
            let (name, values) = &run.observed[at];
            at += 1;
            if columns.iter().any(|c| c.name == *name) {
                continue;
            }
            let kind = if o.invariant { Kind::Invariant } else { Kind::Observable };
            columns.push(ColumnInput {
                name: name.clone(),
                unit: unit(&o.dimension),
                kind,
                line: line(o.span),
                values: values.clone(),
            });
        }
    }
    Table::new(columns)
}

/// Where the run comes from.
pub fn provenance(run: &RunOutput, settings: Pairs<String>) -> Provenance {
    let mut parameters = Vec::new();
    let mut at = 0;
    for p in &run.prepared.system.parameters {
        for name in p.elements.iter() {
            // Scales of nets belong to their weights, pixels to their picture.
            if !p.hidden {
                parameters.push(Parameter {
                    name: name.clone(),
                    value: run.beginning.parameters[at],
                    unit: unit(&p.dimension),
                });
            }
            at += 1;
        }
    }
    Provenance {
        version: version().to_owned(),
        sha256: run.prepared.system.hash.clone(),
        system: run.prepared.system.name.clone(),
        parameters,
        seed: run.prepared.seed,
        method: method_name(run).to_owned(),
        reason: run.choice.reason.clone(),
        settings,
    }
}

/// Name of the method the run started with.
pub fn method_name(run: &RunOutput) -> &'static str {
    METHODS.iter().find(|m| m.method == run.choice.method).map_or("", |m| m.name)
}

/// `summary.json`
pub fn summary(run: &RunOutput, table: &Table, provenance: Provenance) -> Summary {
    let last = |c: &Column| (c.name.clone(), c.values.last().copied().unwrap_or(f64::NAN));
    let checks = run
        .verdicts
        .iter()
        .map(|v| Check { text: v.text.clone(), holds: v.holds, value: v.value, bound: v.bound })
        .collect();
    let mut certificates: Vec<(String, f64)> = Vec::new();
    if let Some(balance) = run.balance {
        certificates.push(("balance".into(), balance));
    }
    if let Some(amplification) = run.amplification {
        certificates.push(("amplification".into(), amplification));
    }
    if let Some(rise) = run.rise {
        certificates.push(("rise".into(), rise));
    }
    if let Some(horizon) = &run.horizon {
        certificates.push(("lyapunov".into(), horizon.exponent));
        certificates.push(("horizon".into(), horizon.time));
    }
    Summary {
        schema: 1,
        system: run.prepared.system.name.clone(),
        outcome: run.trajectory.outcome.name().to_owned(),
        t: run.trajectory.times.last().copied().unwrap_or(run.span.start()),
        last: table.columns().iter().map(last).collect(),
        method: method_name(run).to_owned(),
        reason: reason(run),
        steps: run.trajectory.statistics.steps,
        rejected: run.trajectory.statistics.rejected,
        evaluations: run.trajectory.statistics.evaluations,
        drift: run.drifts.iter().map(|d| (d.name.clone(), d.worst)).collect(),
        checks,
        events: Vec::new(),
        columns: table.info(),
        grids: grids(run),
        seconds: run.seconds,
        provenance,
        certificates: Pairs(certificates),
    }
}

/// The points of every axis that fields live on.
pub(super) fn grids(run: &RunOutput) -> Pairs<Vec<f64>> {
    let mut graph = run.prepared.equations.graph.clone();
    let mut out = Vec::new();
    for axis in run.prepared.system.grids.iter().flat_map(|g| &g.axes) {
        let ends = run.beginning.known.evaluate(&mut graph, &[axis.from, axis.to]);
        let Ok([from, to]) = ends.as_deref() else { continue };
        let intervals = if axis.periodic { axis.count } else { axis.count - 1 };
        let h = (to - from) / intervals as f64;
        out.push((axis.name.clone(), (0..axis.count).map(|k| from + k as f64 * h).collect()));
    }
    Pairs(out)
}

/// Why the method, and where it changed on the way.
pub fn reason(run: &RunOutput) -> String {
    let mut out = run.choice.reason.clone();
    for s in &run.trajectory.switches {
        let name = METHODS.iter().find(|m| m.method == s.method).map_or("", |m| m.name);
        out.push_str(&format!("; {name} from t = {} because {}", crate::diagnostic::number(s.time), s.reason));
    }
    out
}

/// All files of a run; where rows hold numbers that are not finite the tables are left out and the
/// sentence says so.
pub fn files(run: &RunOutput, stem: &str, ascii: bool, settings: Pairs<String>) -> (Vec<ResultFile>, Vec<String>) {
    let mut out = Vec::new();
    let mut troubles = Vec::new();
    let names = if ascii { Names::Ascii } else { Names::Exact };
    let provenance = provenance(run, settings);
    let table = match table(run) {
        Ok(table) => table,
        Err(error) => return (out, vec![error.to_string()]),
    };
    match csv(&table, names) {
        Ok(bytes) => {
            out.push(ResultFile { name: "trajectory.csv".into(), bytes });
            out.push(ResultFile {
                name: "trajectory.csv-metadata.json".into(),
                bytes: sidecar(&table, "trajectory.csv", names, &serde_json::json!("summary.json")),
            });
        }
        Err(error) => troubles.push(error.to_string()),
    }
    if let Ok(bytes) =
        npz(&table, &serde_json::json!({ "schema": 1, "columns": table.info(), "provenance": provenance }))
    {
        out.push(ResultFile { name: "trajectory.npz".into(), bytes });
    }
    let text = provenance.to_json();
    out.push(ResultFile { name: "summary.json".into(), bytes: summary(run, &table, provenance).to_json() });
    if let Some(figure) = picture::overview(run, &table) {
        for (ending, made) in [("svg", figure.svg(stem, &text)), ("png", figure.png(stem, &text))] {
            match made {
                Ok(bytes) => out.push(ResultFile { name: format!("{stem}.{ending}"), bytes }),
                Err(error) => troubles.push(error.to_string()),
            }
        }
    }
    (out, troubles)
}

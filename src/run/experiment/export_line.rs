//! `export results to "all.json"`, `export a to "a.csv"`

use super::place::Source;
use super::plan::{Plan, Planner};
use super::{DataResult, ExperimentOutput, FitResult, FormulaResult, Made, RunResult, option};
use crate::data::Origin;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::files;
use crate::model;
use crate::report::{ColumnInput, Kind, Names, Pairs, Table, csv, npz, sidecar};
use crate::run::results::{self, ResultFile};
use crate::syntax::tree::{Config, Expr, ExprKind};
use serde_json::{Value, json};

/// An export, resolved.
pub struct ExportLine {
    what: What,
    to: String,
    format: &'static str,
    span: Span,
}

enum What {
    Everything,
    Run(usize),
}

/// Formats by the ending of the file.
const FORMATS: [&str; 5] = ["csv", "npz", "json", "md", "safetensors"];

/// Formats of what a `fit` line found.
const OF_FITS: [&str; 2] = ["safetensors", "json"];

/// Resolves the line.
pub(super) fn plan(
    planner: &mut Planner,
    value: &Expr,
    to: &str,
    span: Span,
    config: Option<&Config>,
) -> Option<ExportLine> {
    option::read("`export`", &[], config, &mut planner.out);
    let name = match &*value.kind {
        ExprKind::Name(_) | ExprKind::Field { .. } => model::text_of(value),
        _ => String::new(),
    };
    let name = name.as_str();
    let what = match planner.scopes.iter().position(|s| s.name == name) {
        Some(k) => What::Run(k),
        None if name == "results" => What::Everything,
        None => {
            let names = planner.scopes.iter().map(|s| s.name.as_str()).chain(["results"]);
            let near = model::suggest(name, names).map(str::to_owned);
            let d = Diagnostic::error("E0471", value.span, "this is nothing that can be exported");
            planner.out.push(match near {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help("export a run or data, `export a to \"a.csv\"`, or `results` to a .json file"),
            });
            return None;
        }
    };
    let ending = to.rsplit_once('.').map_or("", |e| e.1);
    let Some(format) = FORMATS.iter().find(|f| **f == ending) else {
        planner.out.push(
            Diagnostic::error("E0471", span, format!("`{to}` does not end in a format of results"))
                .help("the formats are .csv, .npz, .json and .md, and .safetensors for what a fit found"),
        );
        return None;
    };
    if matches!(what, What::Everything) != (*format == "md") && *format != "json" {
        let everything = matches!(what, What::Everything);
        let (message, help) = match everything {
            true => (
                "all results together are one .json file, and their scores a table in .md",
                "export a single run to .csv or .npz: `export a to \"a.csv\"`",
            ),
            false => ("a .md file holds the table of all scores", "write `export results to \"scores.md\"`"),
        };
        planner.out.push(Diagnostic::error("E0471", span, message).help(help));
        return None;
    }
    if let What::Run(k) = what
        && matches!(planner.sources[k], Source::Formula)
        && *format != "json"
    {
        planner.out.push(
            Diagnostic::error("E0471", span, format!("`{name}` cannot be written as .{format}"))
                .help(format!("formulas are written as .json: `export {name} to \"{name}.json\"`")),
        );
        return None;
    }
    if let What::Run(k) = what {
        let fit = matches!(planner.sources[k], Source::Fit(_));
        if fit != (*format == "safetensors") && !(fit && OF_FITS.contains(format)) {
            let d = Diagnostic::error("E0471", span, format!("`{name}` cannot be written as .{format}"));
            planner.out.push(match fit {
                true => d.help(format!(
                    "a fit is written as weights, `export {name} to \"{name}.safetensors\"`, or as .json"
                )),
                false => {
                    d.help("runs and data are written as .csv, .npz or .json; .safetensors holds what a fit found")
                }
            });
            return None;
        }
    }
    let path = match files::normalise("", to) {
        Ok(path) => path,
        Err(error) => {
            planner.out.push(
                Diagnostic::error(
                    "E0471",
                    span,
                    match error {
                        files::FileError::OutsideRoot { path } => {
                            format!("`{path}` leads out of the folder of the results")
                        }
                        other => other.to_string(),
                    },
                )
                .help("results are written below the output folder (`--out DIR`)"),
            );
            return None;
        }
    };
    if planner.exports.contains(&path) {
        planner
            .out
            .push(Diagnostic::error("E0471", span, format!("`{path}` is written twice")).help("choose another name"));
        return None;
    }
    planner.exports.push(path.clone());
    Some(ExportLine { what, to: path, format, span })
}

/// Makes the file.
pub(super) fn execute(line: &ExportLine, plan: &Plan, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    let made = match &line.what {
        What::Everything if line.format == "md" => {
            let tables: Vec<String> = output.scores.iter().map(crate::report::Scores::markdown).collect();
            Ok(vec![tables.join("\n").into_bytes()])
        }
        What::Everything => Ok(vec![crate::report::document(&everything(plan, output))]),
        What::Run(k) => match output.result(*k) {
            Made::Run(made) => run(made, line),
            Made::Data(made) => data(made, plan, line),
            Made::Fit(fit) if line.format == "json" => Ok(vec![crate::report::document(&fit.summary())]),
            Made::Fit(fit) => Ok(vec![fit.saved(plan).bytes()]),
            Made::Formula(formula) => Ok(vec![crate::report::document(&formula.summary())]),
        },
    };
    match made {
        Ok(list) => {
            let names = [line.to.clone(), format!("{}-metadata.json", line.to)];
            output.files.extend(names.into_iter().zip(list).map(|(name, bytes)| ResultFile { name, bytes }));
        }
        Err(sentence) => out.push(Diagnostic::error("E0471", line.span, sentence)),
    }
}

/// Runs, checks and derivations of an experiment as one document.
pub fn everything(plan: &Plan, output: &ExperimentOutput) -> Value {
    json!({
        "schema": 1,
        "experiment": plan.name,
        "provenance": { "version": crate::report::version(), "sha256": plan.hash, "seed": plan.seed },
        "runs": output.runs.iter().map(document).collect::<Vec<_>>(),
        "data": output.data.iter().map(data_document).collect::<Vec<_>>(),
        "comparisons": output.scores.iter().map(crate::report::Scores::document).collect::<Vec<_>>(),
        "fits": output.fits.iter().map(FitResult::summary).collect::<Vec<_>>(),
        "formulas": output.formulas.iter().map(FormulaResult::summary).collect::<Vec<_>>(),
        "checks": checks(output),
        "derived": output.texts,
        "files": output.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
    })
}

fn checks(output: &ExperimentOutput) -> Vec<Value> {
    let number = |v: f64| if v.is_finite() { json!(v) } else { Value::Null };
    let one = |v: &crate::run::verdict::Verdict| {
        json!({ "text": v.text, "holds": v.holds, "value": number(v.value), "bound": number(v.bound),
                "because": v.because, "trouble": v.trouble })
    };
    output.verdicts.iter().map(one).collect()
}

/// A run's summary, or those of its trajectories.
fn document(run: &RunResult) -> Value {
    let one = |r: &crate::run::RunOutput| {
        let table = results::table(r).ok()?;
        let summary = results::summary(r, &table, results::provenance(r, Pairs::default()));
        serde_json::to_value(&summary).ok()
    };
    let mut list: Vec<Value> = run.trajectories.iter().map(|r| one(r).unwrap_or(Value::Null)).collect();
    if run.several {
        return json!({ "name": run.name, "trajectories": list });
    }
    let mut value = list.pop().unwrap_or(Value::Null);
    if let Some(map) = value.as_object_mut() {
        map.insert("name".into(), json!(run.name));
    }
    value
}

/// A run as bytes; of a .csv the second file says what its columns are.
fn run(run: &RunResult, line: &ExportLine) -> Result<Vec<Vec<u8>>, String> {
    if line.format == "json" {
        return Ok(vec![crate::report::document(&document(run))]);
    }
    let table = table(run)?;
    let provenance: Vec<_> =
        run.trajectories.iter().take(1).map(|r| results::provenance(r, Pairs::default())).collect();
    let made = || {
        Ok(match line.format {
            "csv" => {
                let file = line.to.rsplit('/').next().unwrap_or(&line.to);
                vec![csv(&table, Names::Exact)?, sidecar(&table, file, Names::Exact, &json!(provenance))]
            }
            _ => vec![npz(&table, &json!({ "schema": 1, "columns": table.info(), "provenance": provenance }))?],
        })
    };
    made().map_err(|e: crate::report::ReportError| e.to_string())
}

/// All trajectories of a run below each other; of several the first column, `trial`, counts them.
fn table(run: &RunResult) -> Result<Table, String> {
    let tables: Result<Vec<Table>, _> = run.trajectories.iter().map(results::table).collect();
    let mut tables = tables.map_err(|e| e.to_string())?;
    if !run.several {
        return Ok(tables.remove(0));
    }
    let input = |name: &str, unit: &str, kind: Kind, values: Vec<f64>| ColumnInput {
        name: name.to_owned(),
        unit: unit.to_owned(),
        kind,
        line: None,
        values,
    };
    let trial = tables
        .iter()
        .enumerate()
        .flat_map(|(k, t)| std::iter::repeat_n(k as f64 + 1.0, t.columns()[0].values.len()))
        .collect();
    let mut columns = vec![input("trial", "", Kind::Observable, trial)];
    for (c, column) in tables[0].columns().iter().enumerate() {
        let values = tables.iter().flat_map(|t| t.columns()[c].values.iter().copied()).collect();
        columns.push(input(&column.name, &column.unit, column.kind, values));
    }
    Table::new(columns).map_err(|e| e.to_string())
}

/// What a document says of data: columns, rows and their digest, and not the rows.
fn data_document(d: &DataResult) -> Value {
    let columns: Vec<Value> = d
        .data
        .columns()
        .iter()
        .map(|c| json!({ "name": c.name, "unit": c.unit, "rates": c.rates.is_some(), "noise": c.noise }))
        .collect();
    let origin = match &d.data.content().origin {
        Origin::Sampled { system, seed } => json!({ "sample": system, "seed": seed }),
        Origin::States { system, seed } => json!({ "states": system, "seed": seed }),
        Origin::Rollout { model } => json!({ "rollout": model }),
        Origin::Parts { of } => json!({ "helmholtz": of }),
        Origin::Drifters { of } => json!({ "drifters": of }),
        Origin::File { path, sha256 } => json!({ "file": path, "sha256": sha256 }),
    };
    let trajectories = if d.data.scattered() { Value::Null } else { json!(d.data.trials().len()) };
    json!({ "name": d.name, "rows": d.data.rows(), "trajectories": trajectories, "columns": columns,
            "sha256": d.data.sha256(), "origin": origin })
}

/// Data as bytes: the trials counted from 1, times, columns, and their rates where no column has their name.
fn data(d: &DataResult, plan: &Plan, line: &ExportLine) -> Result<Vec<Vec<u8>>, String> {
    let provenance = json!({ "version": crate::report::version(), "sha256": plan.hash, "seed": plan.seed, "data": data_document(d) });
    if line.format == "json" {
        return Ok(vec![crate::report::document(&provenance)]);
    }
    let column = |name: &str, unit: String, kind: Kind, values: Vec<f64>| ColumnInput {
        name: name.to_owned(),
        unit,
        kind,
        line: None,
        values,
    };
    let mut columns = Vec::new();
    if d.several {
        let trial = |(k, t): (usize, &crate::data::Trial)| std::iter::repeat_n(k as f64 + 1.0, t.rows());
        let values = d.data.trials().iter().enumerate().flat_map(trial).collect();
        columns.push(column("trial", String::new(), Kind::Observable, values));
    }
    if let (Some(times), Some(of)) = (d.data.times(), &d.data.content().times) {
        columns.push(column("t", results::unit(&of.dimension), Kind::Time, times));
    }
    for (k, c) in d.data.columns().iter().enumerate() {
        columns.push(column(&c.name, results::unit(&c.dimension), Kind::Observable, d.data.values(k)));
    }
    let timed =
        d.data.columns().iter().map(|c| &c.dimension).chain(d.data.content().times.iter().map(|t| &t.dimension));
    let units = timed.into_iter().any(|x| !x.is_one());
    for (k, c) in d.data.columns().iter().enumerate() {
        let name = format!("{}'", c.name);
        let Some(rates) = d.data.rates(k).filter(|_| d.data.column(&name).is_none()) else { continue };
        let of = if units { c.dimension.div(&Dimension::time()).unwrap_or(c.dimension) } else { c.dimension };
        columns.push(column(&name, results::unit(&of), Kind::Observable, rates));
    }
    let made = || {
        let table = Table::new(columns)?;
        Ok(match line.format {
            "csv" => {
                let file = line.to.rsplit('/').next().unwrap_or(&line.to);
                vec![csv(&table, Names::Exact)?, sidecar(&table, file, Names::Exact, &json!([provenance]))]
            }
            _ => vec![npz(&table, &json!({ "schema": 1, "columns": table.info(), "provenance": [provenance] }))?],
        })
    };
    made().map_err(|e: crate::report::ReportError| e.to_string())
}

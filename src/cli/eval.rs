//! `hamel eval EXPRESSION [--in FILE]`: one value with its unit.

use super::args;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::Diagnostics;
use crate::report::terminal;
use crate::run::evaluate::{self, Asked};
use crate::run::{load_file, source};
use serde_json::json;

/// Prints the value of an expression.
pub fn eval(a: &args::Eval, streams: &Streams) -> Result<Exit, Stop> {
    let loaded = match &a.file {
        Some(file) => load_file(file, a.reading.root.as_deref())?,
        None => source::load_text("", ""),
    };
    let mut program = loaded.program;
    let names: Vec<String> = crate::model::system_names(&program).into_iter().map(|n| n.0).collect();
    let system = match (&a.system, names.as_slice()) {
        (Some(wanted), _) if names.contains(wanted) => Some(wanted.clone()),
        (Some(wanted), _) => {
            let near = super::nearest(wanted, names.iter().map(String::as_str))
                .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
            return Err(Stop::Refused(format!("there is no system `{wanted}`{near}")));
        }
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    };
    let mut problems: Diagnostics = loaded.diagnostics;
    let asked = Asked { expression: &a.expression, system: system.as_deref() };
    let value = if problems.has_errors() { None } else { evaluate::evaluate(&mut program, &asked, &mut problems) };
    let Some(value) = value else {
        return Err(Stop::Diagnostics(problems.sorted(), program.files));
    };
    super::report_all(&problems, &program.files, a.reading.diagnostics, streams);
    if let Some(bad) = value.numbers.iter().find(|v| !v.is_finite()) {
        return Err(Stop::Refused(format!("the value is not a finite number ({})", terminal::number(*bad))));
    }
    let written: Vec<String> = value.numbers.iter().map(|v| v.to_string()).collect();
    let shown = match written.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let unit = if value.unit.is_empty() { String::new() } else { format!(" [{}]", value.unit) };
    streams.answer(&format!("{shown}{unit}\n"))?;
    streams
        .document(&json!({ "schema": 1, "expression": a.expression, "value": value.numbers, "unit": value.unit }))?;
    Ok(Exit::Done)
}

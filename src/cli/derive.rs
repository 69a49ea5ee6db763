//! `hamel derive FILE`, `hamel explain FILE`, `hamel show FILE`

use super::args::{self, EquationFormat, Stage};
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::{Diagnostics, Files};
use crate::model;
use crate::model::system::Role;
use crate::run::{Prepared, derivation, load_file, prepare};
use serde_json::json;
use std::path::Path;

/// The systems of a file, derived; errors stop the command.
fn systems(
    file: &Path,
    root: Option<&Path>,
    only: Option<&String>,
) -> Result<(Vec<Prepared>, Diagnostics, Files), Stop> {
    let loaded = load_file(file, root)?;
    let mut diagnostics = loaded.diagnostics.clone();
    let names: Vec<String> = model::system_names(&loaded.program).into_iter().map(|n| n.0).collect();
    if let Some(wanted) = only {
        if !names.contains(wanted) {
            let near = super::nearest(wanted, names.iter().map(String::as_str))
                .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
            return Err(Stop::Refused(format!("{} has no system `{wanted}`{near}", file.display())));
        }
    }
    let mut out = Vec::new();
    for name in &names {
        let (prepared, problems) = prepare::prepare_report(&loaded.program, name, &Default::default(), 0);
        diagnostics.extend(problems.sorted());
        out.extend(prepared.filter(|_| only.is_none_or(|w| w == name)));
    }
    if diagnostics.has_errors() {
        return Err(Stop::Diagnostics(diagnostics.sorted(), loaded.program.files));
    }
    Ok((out, diagnostics, loaded.program.files))
}

/// Prints equations, momenta and facts.
pub fn derive(a: &args::Derive, streams: &Streams) -> Result<Exit, Stop> {
    let (list, diagnostics, files) = systems(&a.file, a.root.as_deref(), a.system.as_ref())?;
    super::report_all(&diagnostics, &files, None, streams);
    let form = match a.format {
        EquationFormat::Text => derivation::Form::Text,
        EquationFormat::Latex => derivation::Form::Latex,
        EquationFormat::Markdown => derivation::Form::Markdown,
    };
    let mut documents = Vec::new();
    for (k, prepared) in list.iter().enumerate() {
        let sheet = derivation::sheet(prepared, form);
        if k > 0 {
            streams.answer("\n")?;
        }
        streams.answer(&sheet.text(form))?;
        documents.push(json!({ "system": prepared.system.name, "equations": sheet.equations, "definitions": sheet.definitions, "conserved": sheet.conserved, "nets": sheet.nets, "facts": sheet.facts }));
    }
    streams.document(&json!({ "schema": 1, "systems": documents }))?;
    Ok(Exit::Done)
}

/// What was detected, which method follows, and what would change the choice.
pub fn explain(a: &args::Explain, streams: &Streams) -> Result<Exit, Stop> {
    let (list, diagnostics, files) = systems(Path::new(&a.target), a.reading.root.as_deref(), a.system.as_ref())?;
    super::report_all(&diagnostics, &files, a.reading.diagnostics, streams);
    let mut documents = Vec::new();
    for prepared in list {
        let name = prepared.system.name.clone();
        let mut facts = derivation::facts(&prepared);
        facts.extend(derivation::probable(&prepared));
        let choice = crate::run::simulate::method_of(&prepared);
        streams.answer(&format!("{name}\n"))?;
        for f in &facts {
            let seen = f.states.map_or_else(String::new, |n| format!(" (at {n} random states)"));
            streams.answer(&format!("  {:9} {}{seen}\n", f.certainty, f.text))?;
        }
        let nets = derivation::nets(&prepared);
        for net in &nets {
            streams.answer(&format!("  net       {}\n", net.text()))?;
        }
        let (method, reason) = match &choice {
            Ok(c) => (c.0.clone(), c.1.clone()),
            Err(sentence) => ("none".to_owned(), sentence.clone()),
        };
        streams.answer(&format!("  method    {method}, because {reason}\n"))?;
        streams.answer("  change    `method = NAME` names another (hamel list methods); `step = h` asks for a fixed step;\n            a run of more than 10⁴ of its shortest periods takes a symplectic method where it separates\n\n")?;
        documents.push(json!({ "system": name, "facts": facts, "nets": nets, "method": method, "reason": reason }));
    }
    streams.document(&json!({ "schema": 1, "systems": documents }))?;
    Ok(Exit::Done)
}

/// Prints a stage of the work on a file.
pub fn show(a: &args::Show, streams: &Streams) -> Result<Exit, Stop> {
    if matches!(a.stage, Stage::Tree) {
        let text = crate::files::read_named(&a.file)?;
        let (tree, problems) = crate::syntax::parse(0, &text);
        let mut files = Files::new();
        files.add(a.file.to_string_lossy(), text);
        let mut all = Diagnostics::new();
        all.extend(problems);
        super::report_all(&all, &files, a.reading.diagnostics, streams);
        let shown = format!("{tree:#?}\n");
        streams.answer(&shown)?;
        streams.document(&json!({ "schema": 1, "stage": "tree", "text": shown }))?;
        return Ok(if all.has_errors() { Exit::Refused } else { Exit::Done });
    }
    let (list, _, _) = systems(&a.file, a.reading.root.as_deref(), a.system.as_ref())?;
    let mut documents = Vec::new();
    for prepared in list {
        let text = match a.stage {
            Stage::Tree | Stage::System => names(&prepared),
            Stage::Equations => derivation::sheet(&prepared, derivation::Form::Text).text(derivation::Form::Text),
            Stage::Tape => crate::run::tape::tape(&prepared).map_err(Stop::Refused)?,
        };
        streams.answer(&text)?;
        documents.push(json!({ "system": prepared.system.name, "text": text }));
    }
    streams.document(&json!({ "schema": 1, "systems": documents }))?;
    Ok(Exit::Done)
}

fn names(prepared: &Prepared) -> String {
    let system = &prepared.system;
    let mut out = format!("system {}\n", system.name);
    for v in &system.variables {
        let role = match v.role {
            Role::Coordinate => "coord",
            Role::Momentum => "momentum",
            Role::State => "state",
        };
        let periodic = if v.periodic { ", periodic" } else { "" };
        out.push_str(&format!(
            "  {role:9} {}  {} component{}, [{}]{periodic}\n",
            v.name,
            v.elements.len(),
            if v.elements.len() == 1 { "" } else { "s" },
            v.dimension
        ));
    }
    for p in system.parameters.iter().filter(|p| !p.hidden) {
        out.push_str(&format!(
            "  param     {}  {} value{}, [{}]\n",
            p.name,
            p.default.len(),
            if p.default.len() == 1 { "" } else { "s" },
            p.dimension
        ));
    }
    for net in derivation::nets(prepared) {
        out.push_str(&format!("  net       {}\n", net.text()));
    }
    for (name, value) in &system.names {
        let shape: Vec<String> = value.shape.iter().map(usize::to_string).collect();
        let shape = if shape.is_empty() { "number".to_owned() } else { shape.join(" × ") };
        let dimension = value.dimensions.first().map_or_else(String::new, ToString::to_string);
        out.push_str(&format!("  name      {name}  {shape}, [{dimension}]\n"));
    }
    out
}

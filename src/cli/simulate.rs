//! `hamel simulate FILE`

use super::args;
use super::exit::{Exit, Stop};
use super::progress::Progress;
use super::screen;
use super::streams::Streams;
use crate::diagnostic::Diagnostics;
use crate::files;
use crate::kernel::Execution;
use crate::model;
use crate::report::Pairs;
use crate::run::simulate::Conditions;
use crate::run::{Overrides, Prepared, RunOutput, ending, load_file, prepare, results};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Runs the systems of a file.
pub fn simulate(a: &args::Simulate, streams: &Streams) -> Result<Exit, Stop> {
    let clock = std::time::Instant::now();
    let loaded = load_file(&a.file, a.reading.root.as_deref())?;
    let mut program = loaded.program;
    let mut diagnostics = loaded.diagnostics;
    let overrides = overrides(&a.settings);
    let (request, problems) = prepare::request(&mut program, &overrides);
    diagnostics.extend(problems.sorted());
    let names: Vec<String> = model::system_names(&program).into_iter().map(|n| n.0).collect();
    if let Some(wanted) = &a.settings.system {
        if !names.contains(wanted) {
            let near = super::nearest(wanted, names.iter().map(String::as_str))
                .map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
            return Err(Stop::Refused(format!("{} has no system `{wanted}`{near}", a.file.display())));
        }
    }
    // The whole file is read, resolved and derived first; any error in it stops the command.
    let mut ready: Vec<Prepared> = Vec::new();
    for name in &names {
        let chosen = a.settings.system.as_ref().is_none_or(|w| w == name);
        let request = if chosen { request.clone() } else { Default::default() };
        let (prepared, problems) = prepare::prepare(&program, name, &request, a.settings.seed.unwrap_or(0));
        diagnostics.extend(problems.sorted());
        ready.extend(prepared.filter(|_| chosen));
    }
    if names.is_empty() && !diagnostics.has_errors() {
        return Err(Stop::Refused(format!("{} has no system to simulate", a.file.display())));
    }
    if diagnostics.has_errors() {
        return Err(Stop::Diagnostics(diagnostics.sorted(), program.files.clone()));
    }
    // Of several systems those with a `simulate` block run, one after the other.
    if ready.len() > 1 && a.settings.system.is_none() && ready.iter().any(|p| p.system.simulate.is_some()) {
        ready.retain(|p| p.system.simulate.is_some());
    }
    pass_over_unfitted(&mut ready, a, streams)?;
    let execution = execution()?;
    let several = ready.len() > 1;
    super::report_all(&diagnostics, &program.files, a.reading.diagnostics, streams);
    let file = a.file.file_name().map_or_else(|| "standard input".into(), |n| n.to_string_lossy().into_owned());
    let stem = Path::new(&file).file_stem().map_or_else(|| file.clone(), |s| s.to_string_lossy().into_owned());
    let base = a.results.out.clone().unwrap_or_else(|| PathBuf::from("out").join(&stem));
    let mut exit = Exit::Done;
    let mut documents = Vec::new();
    let opened = clock.elapsed().as_secs_f64();
    let last = ready.len();
    for (number, prepared) in ready.into_iter().enumerate() {
        let name = prepared.system.name.clone();
        let mut problems = Diagnostics::new();
        let mut progress = Progress::new(streams, name.clone());
        let mut show = |share: f64, steps: u64| progress.update("", share, &format!("{steps} steps"));
        let conditions = Conditions {
            interrupt: Some(super::interrupt::flag()),
            progress: Some(&mut show),
            execution,
            ..Conditions::default()
        };
        let run = crate::run::simulate(prepared, conditions, &mut problems);
        progress.finish();
        let Some(run) = run else { return Err(Stop::Diagnostics(problems.sorted(), program.files.clone())) };
        super::report_all(&problems, &program.files, a.reading.diagnostics, streams);
        let folder = if several { base.join(&name) } else { base.clone() };
        let picture = if several { name.clone() } else { stem.clone() };
        let ascii = matches!(a.results.names, args::HeaderNames::Ascii);
        let (made, troubles) = results::files(&run, &picture, ascii, asked(&a.settings));
        let mut written = Vec::new();
        files::create_folder(&folder).map_err(|e| Stop::Failed(e.to_string()))?;
        for f in made {
            files::write_result(&folder, &f.name, &f.bytes).map_err(|e| Stop::Failed(e.to_string()))?;
            written.push(f.name);
        }
        for t in troubles {
            streams.note(&format!("warning: {t}"));
        }
        let hints = number + 1 == last && streams.hints();
        let block = screen::block(&file, &run, opened, &folder, &written, hints);
        streams.answer(&screen::text(&block, streams))?;
        let ending: Vec<_> = ending::diagnostic(&run).into_iter().collect();
        super::report_list(&ending, &program.files, a.reading.diagnostics, streams);
        documents.push(document(&run, &folder, &written)?);
        exit = exit.and(outcome(&run));
        if exit == Exit::Interrupted {
            break;
        }
    }
    match documents.as_slice() {
        [one] => streams.document(one)?,
        many => streams.document(&json!({ "schema": 1, "systems": many }))?,
    }
    Ok(exit)
}

/// Systems with nets that are not fitted are passed over, with a word on each; one that was asked for by
/// name is refused when it runs.
fn pass_over_unfitted(ready: &mut Vec<Prepared>, a: &args::Simulate, streams: &Streams) -> Result<(), Stop> {
    if a.settings.system.is_some() {
        return Ok(());
    }
    let (left, kept): (Vec<Prepared>, Vec<Prepared>) = ready.drain(..).partition(|p| p.unfitted().is_some());
    *ready = kept;
    for p in &left {
        streams.note(&format!("{}: passed over, its nets are not fitted", p.system.name));
    }
    match left.first() {
        Some(first) if ready.is_empty() => {
            let file = a.file.display();
            let help =
                format!("fit it with an experiment (hamel run {file}), or write `untrained = true` in its `simulate`");
            Err(Stop::Refused(format!(
                "{file}: nothing to simulate, `{}` has nets that are not fitted; {help}",
                first.system.name
            )))
        }
        _ => Ok(()),
    }
}

/// How kernels run, as `HAMEL_KERNEL` says; it changes no result.
fn execution() -> Result<Execution, Stop> {
    let Ok(text) = std::env::var("HAMEL_KERNEL") else { return Ok(Execution::default()) };
    Execution::named(&text).ok_or_else(|| {
        let names = Execution::NAMES.join(", ");
        Stop::Refused(format!(
            "HAMEL_KERNEL is `{text}`; it takes {names}, joined by `+`, as far as this machine has them"
        ))
    })
}

fn outcome(run: &RunOutput) -> Exit {
    match run.trajectory.outcome {
        crate::integrate::Outcome::Interrupted { .. } => Exit::Interrupted,
        _ if run.good() => Exit::Done,
        _ => Exit::Failed,
    }
}

fn document(run: &RunOutput, folder: &Path, written: &[String]) -> Result<serde_json::Value, Stop> {
    let table = results::table(run)?;
    let summary = results::summary(run, &table, results::provenance(run, Pairs::default()));
    let mut value = serde_json::to_value(&summary).map_err(|e| Stop::Failed(e.to_string()))?;
    value["folder"] = json!(folder.to_string_lossy());
    value["files"] = json!(written);
    Ok(value)
}

/// Settings of the command line, as the run layer takes them.
pub fn overrides(s: &args::Settings) -> Overrides {
    Overrides {
        set: s.set.clone(),
        t: s.t.clone(),
        method: s.method.clone(),
        rtol: s.rtol.clone(),
        atol: s.atol.clone(),
        step: s.step.clone(),
        seed: s.seed,
    }
}

/// What was asked for on the command line, for the provenance.
fn asked(s: &args::Settings) -> Pairs<String> {
    let mut list: Vec<(String, String)> = s.set.iter().map(|v| ("set".to_owned(), v.clone())).collect();
    for (name, value) in [("t", &s.t), ("method", &s.method), ("rtol", &s.rtol), ("atol", &s.atol), ("step", &s.step)] {
        if let Some(value) = value {
            list.push((name.to_owned(), value.clone()));
        }
    }
    Pairs(list)
}

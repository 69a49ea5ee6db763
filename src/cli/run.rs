//! `hamel run FILE [EXPERIMENT]`

use super::args;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::Diagnostics;
use crate::files;
use crate::report::terminal;
use crate::run::{ending, experiment, load_file, source};
use serde_json::json;
use std::path::PathBuf;

/// Runs the experiments of a file.
pub fn run(a: &args::Run, streams: &Streams) -> Result<Exit, Stop> {
    let loaded = load_file(&a.file, a.reading.root.as_deref())?;
    let all = source::check(&loaded);
    if all.iter().any(crate::diagnostic::Diagnostic::is_error) {
        return Err(Stop::Diagnostics(all, loaded.program.files));
    }
    super::report_list(&all, &loaded.program.files, a.reading.diagnostics, streams);
    let list = experiment::experiments(&loaded.program);
    let chosen: Vec<_> = list.iter().filter(|e| a.experiment.as_ref().is_none_or(|w| *w == e.0)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = list.iter().map(|e| e.0.as_str()).collect();
        return Err(Stop::Refused(match &a.experiment {
            Some(wanted) => format!("{} has no experiment `{wanted}` (it has {})", a.file.display(), names.join(", ")),
            None => format!("{} has no experiment; `hamel simulate` runs its systems", a.file.display()),
        }));
    }
    let mut problems = Diagnostics::new();
    chosen.iter().for_each(|e| problems.extend(experiment::preview(&e.1).sorted()));
    if problems.has_errors() {
        return Err(Stop::Diagnostics(problems.sorted(), loaded.program.files));
    }
    let stem = a.file.file_stem().map_or_else(|| "out".into(), |s| s.to_string_lossy().into_owned());
    let base = a.results.out.clone().unwrap_or_else(|| PathBuf::from("out").join(stem));
    let mut exit = Exit::Done;
    let mut documents = Vec::new();
    for (name, lines) in chosen {
        let mut out = Diagnostics::new();
        let flag = super::interrupt::flag();
        let output = experiment::run(&loaded.program, lines, a.seed.unwrap_or(0), Some(flag), &mut out);
        if out.has_errors() {
            return Err(Stop::Diagnostics(out.sorted(), loaded.program.files));
        }
        super::report_all(&out, &loaded.program.files, a.reading.diagnostics, streams);
        streams.answer(&format!("{name}\n"))?;
        for text in &output.texts {
            streams.answer(text)?;
        }
        for (run, r) in &output.runs {
            let s = &r.trajectory.statistics;
            streams.answer(&format!(
                "  run {run}: {} · {} · {} steps\n",
                r.prepared.system.name, r.trajectory.outcome, s.steps
            ))?;
            let ending: Vec<_> = ending::diagnostic(r).into_iter().collect();
            super::report_list(&ending, &loaded.program.files, a.reading.diagnostics, streams);
        }
        for v in &output.verdicts {
            let mark = if v.holds { "✓" } else { "✗" };
            let measured = match &v.trouble {
                Some(t) => t.clone(),
                None => format!("{} against {}", terminal::number(v.value), terminal::number(v.bound)),
            };
            streams.answer(&format!("  {mark} check  {}  ({measured})\n", v.text))?;
        }
        if !output.files.is_empty() {
            files::create_folder(&base).map_err(|e| Stop::Failed(e.to_string()))?;
        }
        for f in &output.files {
            files::write_result(&base, &f.name, &f.bytes).map_err(|e| Stop::Failed(e.to_string()))?;
            streams.note(&format!("wrote {}", base.join(&f.name).display()));
        }
        if !output.good() {
            exit = exit.and(Exit::Failed);
        }
        let runs: Vec<_> = output.runs.iter().filter_map(|(n, r)| experiment::document(n, r)).collect();
        let checks: Vec<_> = output
            .verdicts
            .iter()
            .map(|v| json!({ "text": v.text, "holds": v.holds, "value": v.value, "bound": v.bound }))
            .collect();
        documents.push(json!({ "experiment": name, "runs": runs, "checks": checks, "derived": output.texts }));
    }
    streams.document(&json!({ "schema": 1, "experiments": documents }))?;
    Ok(exit)
}

//! `hamel check FILE…` and `hamel test PATH…`

use super::args;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::{Diagnostics, Files};
use crate::files;
use crate::model;
use crate::report::terminal;
use crate::run::simulate::Conditions;
use crate::run::{load_file, prepare, source};
use serde_json::json;

/// All diagnostics, nothing is run.
pub fn check(a: &args::Check, streams: &Streams) -> Result<Exit, Stop> {
    let mut exit = Exit::Done;
    for file in &a.files {
        let loaded = match load_file(file, a.reading.root.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                streams.error(&format!("error: {error}"));
                exit = exit.and(Exit::Refused);
                continue;
            }
        };
        let all = source::check(&loaded);
        let errors = all.iter().filter(|d| d.is_error()).count();
        if streams.json {
            for d in &all {
                let text = crate::diagnostic::render(d, &loaded.program.files, crate::diagnostic::Format::Json);
                let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                streams.line(&value)?;
            }
        } else {
            super::report_list(&all, &loaded.program.files, a.reading.diagnostics, streams);
            let systems = model::system_names(&loaded.program).len();
            let verdict = if errors == 0 { "no mistake found".to_owned() } else { format!("{errors} error{}", if errors == 1 { "" } else { "s" }) };
            streams.note(&format!("{}: {systems} system{}, {verdict}", file.display(), if systems == 1 { "" } else { "s" }));
        }
        if errors > 0 {
            exit = exit.and(Exit::Refused);
        }
    }
    Ok(exit)
}

/// Runs every system with a `simulate` block and judges its checks.
pub fn test(a: &args::Test, streams: &Streams) -> Result<Exit, Stop> {
    let mut exit = Exit::Done;
    let (mut passed, mut failed) = (0usize, 0usize);
    for path in &a.paths {
        for file in files::find_sources(path)? {
            let loaded = load_file(&file, a.reading.root.as_deref())?;
            let mut problems = loaded.diagnostics.clone();
            let mut ready = Vec::new();
            for (name, _) in model::system_names(&loaded.program) {
                let (prepared, more) = prepare::prepare(&loaded.program, &name, &Default::default(), 0);
                problems.extend(more.sorted());
                ready.extend(prepared.filter(|p| p.system.simulate.is_some()));
            }
            if problems.has_errors() {
                show(&problems, &loaded.program.files, a, streams);
                exit = exit.and(Exit::Refused);
                continue;
            }
            for prepared in ready {
                let name = prepared.system.name.clone();
                let mut out = Diagnostics::new();
                let conditions = Conditions { interrupt: Some(super::interrupt::flag()), ..Conditions::default() };
                let Some(run) = crate::run::simulate(prepared, conditions, &mut out) else {
                    show(&out, &loaded.program.files, a, streams);
                    exit = exit.and(Exit::Refused);
                    continue;
                };
                let ended = !run.trajectory.outcome.is_failure();
                let shown = file.display();
                let mark = |holds: bool| if holds { "ok  " } else { "FAIL" };
                let mut line = |holds: bool, text: &str, note: String| -> Result<(), Stop> {
                    if holds { passed += 1 } else { failed += 1 }
                    streams.answer(&format!("{} {shown} · {name} · {text}{note}\n", mark(holds)))?;
                    streams.line(&json!({ "schema": 1, "file": shown.to_string(), "system": name, "check": text, "holds": holds }))
                };
                line(ended, run.trajectory.outcome.name(), if ended { String::new() } else { format!("  {}", run.trajectory.outcome) })?;
                for v in &run.verdicts {
                    let note = match (&v.trouble, v.holds) {
                        (Some(t), _) => format!("  ({t})"),
                        (None, false) => format!("  ({} against {})", terminal::number(v.value), terminal::number(v.bound)),
                        (None, true) => String::new(),
                    };
                    line(v.holds, &v.text, note)?;
                }
                if !run.good() {
                    exit = exit.and(Exit::Failed);
                }
            }
        }
    }
    streams.note(&format!("{passed} passed, {failed} failed"));
    Ok(exit)
}

fn show(problems: &Diagnostics, files: &Files, a: &args::Test, streams: &Streams) {
    super::report_all(problems, files, a.reading.diagnostics, streams);
}

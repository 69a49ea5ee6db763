//! `hamel check FILE…` and `hamel test PATH…`

use super::args;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::{Diagnostics, Files};
use crate::files;
use crate::model;
use crate::report::terminal;
use crate::run::simulate::Conditions;
use crate::run::store::NoStore;
use crate::run::verdict::Verdict;
use crate::run::{ending, experiment, load_file, prepare, source};
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// All diagnostics, nothing is run.
pub fn check(a: &args::Check, streams: &Streams) -> Result<Exit, Stop> {
    let mut exit = Exit::Done;
    let mut documents = Vec::new();
    for file in &a.files {
        let loaded = match load_file(file, a.reading.root.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                streams.error(&format!("error: {error}"));
                let shown = file.display().to_string();
                documents.push(json!({ "file": shown, "errors": 1, "error": error.to_string(), "diagnostics": [] }));
                exit = exit.and(Exit::Refused);
                continue;
            }
        };
        let all = source::check(&loaded);
        let errors = all.iter().filter(|d| d.is_error()).count();
        super::report_list(&all, &loaded.program.files, a.reading.diagnostics, streams);
        let counted = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let systems = model::system_names(&loaded.program).len();
        let experiments = experiment::experiments(&loaded.program).len();
        let verdict = if errors == 0 { "no mistake found".to_owned() } else { counted(errors, "error") };
        let mut parts = vec![counted(systems, "system")];
        if experiments > 0 {
            parts.push(counted(experiments, "experiment"));
        }
        parts.push(verdict);
        streams.note(&format!("{}: {}", file.display(), parts.join(", ")));
        documents.push(json!({
            "file": file.display().to_string(), "errors": errors, "systems": systems, "experiments": experiments,
            "diagnostics": super::diagnostics(&all, &loaded.program.files),
        }));
        if errors > 0 {
            exit = exit.and(Exit::Refused);
        }
    }
    streams.document(&json!({ "schema": 1, "files": documents }))?;
    Ok(exit)
}

/// What the test of one file found, in the order of the file.
struct Tested {
    /// Diagnostics, rendered where they are shown.
    problems: Option<(Diagnostics, Files)>,
    /// One line for each outcome and check: system, text, whether it holds, a remark.
    lines: Vec<(String, String, bool, String)>,
    /// Systems whose nets are not fitted.
    passed_over: Vec<String>,
    exit: Exit,
}

/// Runs every system with a `simulate` block and judges its checks. Files run side by side; what is
/// printed is in the order of the files.
pub fn test(a: &args::Test, streams: &Streams) -> Result<Exit, Stop> {
    let mut paths = Vec::new();
    for path in &a.paths {
        paths.extend(files::find_sources(path)?);
    }
    let flag = super::interrupt::flag();
    let tested: Vec<Result<Tested, Stop>> =
        paths.par_iter().map(|file| test_file(file, a.reading.root.as_deref(), a.all, flag)).collect();
    let mut exit = Exit::Done;
    let (mut passed, mut failed) = (0usize, 0usize);
    let mut documents = Vec::new();
    for (file, tested) in paths.iter().zip(tested) {
        let tested = tested?;
        let shown = file.display().to_string();
        if let Some((problems, files)) = &tested.problems {
            super::report_all(problems, files, a.reading.diagnostics, streams);
        }
        for (system, text, holds, note) in &tested.lines {
            if *holds {
                passed += 1
            } else {
                failed += 1
            }
            let mark = if *holds { "ok  " } else { "FAIL" };
            streams.answer(&format!("{mark} {shown} · {system} · {text}{note}\n"))?;
            documents.push(json!({ "file": shown, "system": system, "check": text, "holds": holds }));
        }
        for system in &tested.passed_over {
            streams.note(&format!("{shown} · {system} · passed over, its nets are not fitted"));
        }
        exit = exit.and(tested.exit);
    }
    streams.note(&format!("{passed} passed, {failed} failed"));
    streams.document(&json!({ "schema": 1, "passed": passed, "failed": failed, "checks": documents }))?;
    Ok(exit)
}

fn test_file(file: &Path, root: Option<&Path>, all: bool, flag: &AtomicBool) -> Result<Tested, Stop> {
    let loaded = load_file(file, root)?;
    let mut problems = loaded.diagnostics.clone();
    let mut ready = Vec::new();
    for (name, _) in model::system_names(&loaded.program) {
        let (prepared, more) = prepare::prepare(&loaded.program, &name, &Default::default(), 0);
        problems.extend(more.sorted());
        ready.extend(prepared.filter(|p| p.system.simulate.is_some()));
    }
    let mut out = Tested { problems: None, lines: Vec::new(), passed_over: Vec::new(), exit: Exit::Done };
    if problems.has_errors() {
        out.problems = Some((problems, loaded.program.files));
        out.exit = Exit::Refused;
        return Ok(out);
    }
    // A run that fails is no mistake of the file: it is told last.
    let mut endings = Vec::new();
    for prepared in ready {
        let name = prepared.system.name.clone();
        if prepared.unfitted().is_some() {
            out.passed_over.push(name);
            continue;
        }
        let mut more = Diagnostics::new();
        let conditions = Conditions { interrupt: Some(flag), ..Conditions::default() };
        let Some(run) = crate::run::simulate(prepared, conditions, &mut more) else {
            problems.extend(more.sorted());
            out.exit = out.exit.and(Exit::Refused);
            continue;
        };
        let ended = !run.trajectory.outcome.is_failure();
        let note = if ended { String::new() } else { format!("  {}", run.trajectory.outcome) };
        out.lines.push((name.clone(), run.trajectory.outcome.name().to_owned(), ended, note));
        for v in &run.verdicts {
            out.lines.push((name.clone(), v.text.clone(), v.holds, measured(v)));
        }
        endings.extend(ending::diagnostic(&run));
        if !run.good() {
            out.exit = out.exit.and(Exit::Failed);
        }
    }
    test_experiments(&loaded.program, all, flag, &mut problems, &mut out);
    problems.extend(endings);
    out.problems = (!problems.is_empty()).then_some((problems, loaded.program.files));
    Ok(out)
}

/// Every experiment that this version can run; of another one the note says which line it needs.
fn test_experiments(
    program: &model::Program,
    all: bool,
    flag: &AtomicBool,
    problems: &mut Diagnostics,
    out: &mut Tested,
) {
    for (name, lines) in experiment::experiments(program) {
        let (plan, more) = experiment::plan(program, &name, &lines, 0, false);
        problems.extend(more.sorted());
        // a fit may take hours: `--all` asks for those too
        let fits = lines.iter().any(|l| experiment::entry(l).word == "fit");
        if fits && !all || lines.iter().any(|l| !experiment::entry(l).built) {
            continue;
        }
        if problems.has_errors() {
            out.exit = out.exit.and(Exit::Refused);
            continue;
        }
        let mut more = Diagnostics::new();
        let output = experiment::execute(&plan, Some(flag), &NoStore, &mut |_, _, _| {}, &mut more);
        if more.has_errors() {
            problems.extend(more.sorted());
            out.exit = out.exit.and(Exit::Refused);
            continue;
        }
        for run in &output.runs {
            for r in run.trajectories.iter().filter(|r| r.trajectory.outcome.is_failure()) {
                out.lines.push((
                    name.clone(),
                    format!("run {}", run.name),
                    false,
                    format!("  {}", super::screen::outcome(r)),
                ));
            }
        }
        for v in &output.verdicts {
            out.lines.push((name.clone(), v.text.clone(), v.holds, measured(v)));
        }
        if !output.good() {
            out.exit = out.exit.and(Exit::Failed);
        }
    }
}

/// What stands behind a check that fails, or could not be judged.
fn measured(v: &Verdict) -> String {
    match (&v.trouble, v.holds) {
        (Some(t), _) => format!("  ({t})"),
        (None, false) => format!("  ({} against {})", terminal::number(v.value), terminal::number(v.bound)),
        (None, true) => String::new(),
    }
}

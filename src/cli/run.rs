//! `hamel run FILE [EXPERIMENT]`

use super::args;
use super::cache;
use super::exit::{Exit, Stop};
use super::progress::Progress;
use super::streams::Streams;
use crate::diagnostic::Diagnostics;
use crate::files;
use crate::learn::train::Ending;
use crate::report::{ScoreTable, terminal};
use crate::run::experiment::{self, DataResult, ExperimentOutput, FitResult, FormulaResult, Made, RunResult};
use crate::run::{ending, load_file, source};
use std::path::{Path, PathBuf};

/// Runs the experiments of a file, or those of all files of a folder.
pub fn run(a: &args::Run, streams: &Streams) -> Result<Exit, Stop> {
    let mut done = Done { exit: Exit::Done, documents: Vec::new(), scores: Vec::new() };
    // A file that is not there is told when it is read.
    let found = files::find_sources(&a.file).unwrap_or_else(|_| vec![a.file.clone()]);
    if found.first() == Some(&a.file) {
        one(a, &a.file, a.results.out.as_deref(), streams, &mut done)?;
        streams.document(&serde_json::json!({ "schema": 1, "experiments": done.documents }))?;
        return Ok(done.exit);
    }
    let is_long = |f: &&PathBuf| {
        let below = f.strip_prefix(&a.file).unwrap_or(f);
        below.parent().is_some_and(|p| p.components().any(|c| c.as_os_str() == LONG))
    };
    let (late, found): (Vec<&PathBuf>, Vec<&PathBuf>) = found.iter().partition(|f| !a.all && is_long(f));
    for file in found {
        let stem = file.file_stem().map_or_else(|| "out".into(), |s| s.to_string_lossy().into_owned());
        let base = a.results.out.as_ref().map(|out| out.join(&stem));
        let before = done.documents.len();
        match one(a, file, base.as_deref(), streams, &mut done) {
            Ok(()) => {}
            // A file that is wrong keeps none of the others from running.
            Err(Stop::Diagnostics(list, files)) => {
                super::report_list(&list, &files, a.reading.diagnostics, streams);
                done.exit = done.exit.and(Exit::Refused);
            }
            Err(Stop::Refused(_)) if done.documents.len() == before => {}
            Err(other) => return Err(other),
        }
        if done.exit == Exit::Interrupted {
            break;
        }
    }
    if done.documents.is_empty() && done.exit == Exit::Done && late.is_empty() {
        return Err(Stop::Refused(format!("no file of {} has an experiment", a.file.display())));
    }
    let table = ScoreTable::new(&done.scores);
    if !done.scores.is_empty() {
        let screen = terminal::Screen { unicode: streams.unicode(), colour: true };
        let base = cache::results_folder(&a.file, a.results.out.as_deref());
        let document = serde_json::json!({ "schema": 1, "scores": table.document() });
        for (name, text) in [("scores.md", table.markdown()), ("scores.json", format!("{document:#}\n"))] {
            let path = files::write_result(&base, name, text.as_bytes()).map_err(|e| Stop::Failed(e.to_string()))?;
            streams.note(&format!("wrote {}", path.display()));
        }
        streams.answer(&format!("all scores\n{}", table.text(screen)))?;
    }
    if !late.is_empty() {
        let names: Vec<String> = late.iter().map(|f| f.display().to_string()).collect();
        streams.note(&format!("not run, since they take hours: {} (name one, or give --all)", names.join(", ")));
    }
    let scores = table.document();
    streams.document(&serde_json::json!({ "schema": 1, "experiments": done.documents, "scores": scores }))?;
    Ok(done.exit)
}

/// Name of a folder of experiments that take hours: those below it are run by name, or with `--all`.
const LONG: &str = "long";

/// What the files so far have left.
struct Done {
    exit: Exit,
    documents: Vec<serde_json::Value>,
    /// File and experiment, with the scores of its comparisons.
    scores: Vec<(String, crate::report::Scores)>,
}

/// Runs the experiments of one file.
fn one(a: &args::Run, file: &Path, out_folder: Option<&Path>, streams: &Streams, done: &mut Done) -> Result<(), Stop> {
    let loaded = load_file(file, a.reading.root.as_deref())?;
    let list = experiment::experiments(&loaded.program);
    let chosen: Vec<_> = list.iter().filter(|e| a.experiment.as_ref().is_none_or(|w| *w == e.0)).collect();
    if chosen.is_empty() && !loaded.diagnostics.has_errors() {
        return Err(Stop::Refused(no_experiment(a, &list)));
    }
    // Any error of the file stops the command, and so does a line of a chosen experiment that this
    // version cannot honour; one of another experiment is a note.
    let mut problems = Diagnostics::new();
    problems.extend(source::check(&loaded));
    let mut plans = Vec::new();
    if !problems.has_errors() {
        for (name, lines) in &chosen {
            let (plan, more) = experiment::plan(&loaded.program, name, lines, a.seed.unwrap_or(0), true);
            problems.extend(more.sorted().into_iter().filter(crate::diagnostic::Diagnostic::is_error));
            plans.push(plan);
        }
    }
    if problems.has_errors() {
        let errors: Vec<_> = problems.sorted().into_iter().filter(crate::diagnostic::Diagnostic::is_error).collect();
        return Err(Stop::Diagnostics(errors, loaded.program.files));
    }
    super::report_all(&problems, &loaded.program.files, a.reading.diagnostics, streams);
    let base = cache::results_folder(file, out_folder);
    let store = cache::Folder::new(&base, a.fresh);
    let stem = file.file_stem().map_or_else(|| "out".into(), |s| s.to_string_lossy().into_owned());
    for plan in &plans {
        let mut out = Diagnostics::new();
        let mut progress = Progress::new(streams, plan.name.clone());
        let mut show = |line: &str, share: f64, note: &str| progress.update(line, share, note);
        let output = experiment::execute(plan, Some(super::interrupt::flag()), &store, &mut show, &mut out);
        progress.finish();
        write(&base, &output, streams)?;
        if out.has_errors() {
            return Err(Stop::Diagnostics(out.sorted(), loaded.program.files));
        }
        super::report_all(&out, &loaded.program.files, a.reading.diagnostics, streams);
        streams.answer(&text(&plan.name, &output, streams))?;
        for r in output.runs.iter().flat_map(|run| &run.trajectories) {
            let ending: Vec<_> = ending::diagnostic(r).into_iter().collect();
            super::report_list(&ending, &loaded.program.files, a.reading.diagnostics, streams);
        }
        if output.interrupted() {
            done.exit = done.exit.and(Exit::Interrupted);
        } else if !output.good() {
            done.exit = done.exit.and(Exit::Failed);
        }
        done.documents.push(experiment::everything(plan, &output));
        let place = if stem == plan.name { stem.clone() } else { format!("{stem}, {}", plan.name) };
        done.scores.extend(output.scores.into_iter().map(|s| (place.clone(), s)));
        if done.exit == Exit::Interrupted {
            break;
        }
    }
    Ok(())
}

fn no_experiment(a: &args::Run, list: &[(String, Vec<crate::syntax::tree::Line>)]) -> String {
    let names: Vec<&str> = list.iter().map(|e| e.0.as_str()).collect();
    let file = a.file.display();
    match &a.experiment {
        Some(wanted) if names.is_empty() => format!("{file} has no experiment, so none is called `{wanted}`"),
        Some(wanted) => match super::nearest(wanted, names.iter().copied()) {
            Some(near) => format!("{file} has no experiment `{wanted}`; did you mean `{near}`?"),
            None => format!("{file} has no experiment `{wanted}` (it has {})", names.join(", ")),
        },
        None => format!("{file} has no experiment; `hamel simulate {file}` runs its systems"),
    }
}

fn write(base: &Path, output: &ExperimentOutput, streams: &Streams) -> Result<(), Stop> {
    for f in &output.files {
        let path = files::write_result(base, &f.name, &f.bytes).map_err(|e| Stop::Failed(e.to_string()))?;
        streams.note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// What the screen says of an experiment.
fn text(name: &str, output: &ExperimentOutput, streams: &Streams) -> String {
    let screen = terminal::Screen { unicode: streams.unicode(), colour: true };
    // In the order of the lines; a part of data is no line of its own.
    let rows: Vec<terminal::LineRow> = (0..output.places.len())
        .filter_map(|k| match output.result(k) {
            Made::Data(data) => (!data.name.contains('.')).then(|| data_row(data)),
            Made::Fit(fit) => Some(fit_row(fit)),
            Made::Formula(formula) => Some(formula_row(formula)),
            Made::Run(run) => Some(run_row(run)),
        })
        .collect();
    let checks: Vec<terminal::CheckLine> = output.verdicts.iter().map(super::screen::check).collect();
    let mut out = terminal::experiment(name, &output.texts, &rows, &[], screen);
    output.formulas.iter().for_each(|f| out.push_str(&terminal::equations(&f.name, &f.equations(), screen)));
    output.scores.iter().for_each(|s| out.push_str(&s.text(screen)));
    out + &terminal::checks(&checks, screen)
}

fn run_row(run: &RunResult) -> terminal::LineRow {
    let steps: u64 = run.trajectories.iter().map(|r| r.trajectory.statistics.steps).sum();
    let failed = run.trajectories.iter().filter(|r| r.trajectory.outcome.is_failure()).count();
    let last = run.trajectories.iter().find(|r| r.trajectory.outcome.is_failure() || failed == 0);
    let outcome = last.map(super::screen::outcome).unwrap_or_default();
    let outcome = match (run.several, failed) {
        (false, _) => outcome,
        (true, 0) => format!("{} trajectories {outcome}", run.trajectories.len()),
        (true, n) => format!("{n} of {} trajectories failed: {outcome}", run.trajectories.len()),
    };
    let system = run.trajectories.first().map(|r| r.prepared.system.name.clone()).unwrap_or_default();
    let mut text = format!("{system}, {outcome}, {steps} steps");
    if let Some(seconds) = run.kept {
        text.push_str(&format!(", cached (saved {})", super::screen::duration(seconds)));
    }
    terminal::LineRow { word: "run", name: run.name.clone(), text, failed: failed > 0 }
}

fn data_row(d: &DataResult) -> terminal::LineRow {
    let (trials, rows) = (d.data.trials().len(), d.data.rows());
    let text = match (d.data.scattered(), trials) {
        (true, _) => format!("{rows} states"),
        (false, 1) => format!("1 trajectory, {rows} rows"),
        (false, n) => format!("{n} trajectories, {rows} rows"),
    };
    let cached = d.kept.map(|s| format!(", cached (saved {})", super::screen::duration(s))).unwrap_or_default();
    terminal::LineRow { word: "data", name: d.name.clone(), text: text + &cached, failed: false }
}

/// `h.Rθ at 1,201 arguments of its calls on lab.train, rmse 1.2e-2, in 0.9 s`
fn formula_row(f: &FormulaResult) -> terminal::LineRow {
    let took = super::screen::duration(f.seconds);
    let time = if f.kept { format!("cached (saved {took})") } else { format!("in {took}") };
    let text = format!("{} at {}, rmse {:.1e}, {time}", f.of, f.samples, f.shown().error);
    terminal::LineRow { word: "fit", name: f.name.clone(), text, failed: false }
}

/// `HNN, 4,481 weights, 2,000 steps in 0.9 s, loss 3.4e-4, valid 3.6e-4`
fn fit_row(fit: &FitResult) -> terminal::LineRow {
    let (fitted, training) = (&fit.fitted, &fit.fitted.training);
    let took = super::screen::duration(training.seconds);
    let learned = match fitted.count - fitted.parameters.len() {
        0 => format!("{} parameters", terminal::grouped(fitted.count as u64)),
        n => format!("{} weights", terminal::grouped(n as u64)),
    };
    let mut text = format!("{}, {learned}, ", fitted.prepared.system.name);
    if fit.adapted {
        return terminal::LineRow {
            word: "fit",
            name: fitted.name.clone(),
            text: text + "as found above",
            failed: false,
        };
    }
    let steps = terminal::grouped(training.steps);
    let planned = terminal::grouped(training.planned);
    text.push_str(&match training.ending {
        Ending::Finished => format!("{steps} steps"),
        Ending::Patience => format!("{steps} of {planned} steps, `valid` got no better"),
        Ending::Reached => format!("{steps} of {planned} steps, the loss is down"),
        Ending::NotFinite { .. } => format!("{steps} of {planned} steps, then not finite"),
        Ending::Interrupted => format!("stopped at step {steps} of {planned}"),
    });
    if !fitted.kept {
        text.push_str(&format!(" in {took}"));
    }
    if let Some(step) = training.resumed {
        text.push_str(&format!(", resumed at step {}", terminal::grouped(step)));
    }
    if training.loss.is_finite() {
        text.push_str(&format!(", loss {:.1e}", training.loss));
    }
    if let Some(valid) = training.valid {
        text.push_str(&format!(", valid {valid:.1e}"));
    }
    if fitted.kept {
        text.push_str(&format!(", cached (saved {took})"));
    }
    if matches!(training.ending, Ending::Interrupted) {
        text.push_str("; run again to go on");
    }
    let failed = matches!(training.ending, Ending::NotFinite { .. });
    terminal::LineRow { word: "fit", name: fitted.name.clone(), text, failed }
}

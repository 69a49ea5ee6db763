//! Experiments: all lines are resolved first, then they run in their order.
//!
//! | file | what it does |
//! |---|---|
//! | [`plan`] | every line resolved against those before it; nothing is run |
//! | `run_line`, `call` | `run a = simulate(A, …)`, from one start or several |
//! | `data_line` | `data d = …`: `sample`, `states`, `csv`, `npz` |
//! | `sample_line`, `sampling` | random trajectories and states, their noise and rates |
//! | `file_line`, `arrays` | tables, archives and arrays |
//! | `helmholtz_line`, `helmholtz_run` | `data h = helmholtz(d, …)`: a plane field taken apart |
//! | `field_rows` | which rows and columns are a plane field |
//! | `drift_line` | `data r = drifters(d) { … }`: what a measured field carries |
//! | `fit_line`, `fit_options`, `fit_run`, `fit_result` | `fit m = train(…)` |
//! | `adapt_line` | `fit n = adapt(m with { … })` |
//! | `distill_line`, `distill_options`, `distill_run`, `distill_result` | `fit f = distill(h.Rθ)` |
//! | [`compare`] | `compare [m, n] on d { … }`: rollouts, metrics, repetitions |
//! | `kept` | what is kept of fits and samples between two runs of the program |
//! | `split_line` | `split d into …` |
//! | `place` | results of all kinds under one numbering |
//! | `state` | `from = a.end`, `init = 0.5*a.start` |
//! | `evidence` | what checks and plots read of earlier lines |
//! | `plot_line`, `style`, `draw`, `plane` | `plot …`: arguments, options, figure, functions over a rectangle |
//! | `strip` | `plot image(a.c, t = …)`, `plot film(…)`: whole fields over time |
//! | `vectors` | `plot quiver(…)`, `plot stream(…)` |
//! | `export_line` | `export …` |
//! | `derive_line` | `derive …` |
//! | `option` | options of a line: an unknown one is an error |

mod adapt_line;
mod arrays;
mod call;
pub mod compare;
mod data_line;
mod derive_line;
mod distill_line;
mod distill_options;
mod distill_result;
mod distill_run;
mod draw;
mod drift_line;
mod evidence;
mod export_line;
mod field_rows;
mod file_line;
mod fit_line;
mod fit_options;
mod fit_result;
mod fit_run;
mod helmholtz_line;
mod helmholtz_run;
mod kept;
mod option;
mod place;
pub mod plan;
mod plane;
mod plot_line;
mod run_line;
mod sample_line;
mod sampling;
mod split_line;
mod state;
mod strip;
mod style;
mod vectors;

pub use data_line::matched;
pub use distill_result::FormulaResult;
pub use export_line::everything;
pub use fit_result::FitResult;
pub use place::{DataResult, Made, Place};
pub use plan::{Plan, plan};

use super::output::RunOutput;
use super::results::ResultFile;
use super::store::{NoStore, Store};
use super::verdict::{self, Verdict};
use crate::diagnostic::Diagnostics;
use crate::integrate::Outcome;
use crate::model::Program;
use crate::report::Scores;
use crate::syntax::tree::{Item, Line, LineKind, TaskKind};
use evidence::Results;
use plan::Step;
use std::sync::atomic::AtomicBool;

/// A kind of line, as `hamel list lines` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineEntry {
    /// Its keyword.
    pub word: &'static str,
    /// One line.
    pub about: &'static str,
    /// Whether this version can honour it.
    pub built: bool,
}

/// All kinds of lines, in the order of `language.md` 9.
pub const LINES: &[LineEntry] = &[
    LineEntry { word: "seed", about: "the seed of all random numbers behind it", built: true },
    LineEntry { word: "const", about: "a constant of the experiment", built: true },
    LineEntry { word: "run", about: "run a = simulate(A, t = 0..10 by 0.1)", built: true },
    LineEntry { word: "check", about: "what must hold of earlier results", built: true },
    LineEntry { word: "plot", about: "a figure of earlier results (hamel list plots)", built: true },
    LineEntry { word: "derive", about: "equations, momenta and facts of a system", built: true },
    LineEntry { word: "export", about: "results to a .csv, .npz or .json file", built: true },
    LineEntry {
        word: "data",
        about: "rows to learn from: sample, states, csv, npz, npy; helmholtz, drifters",
        built: true,
    },
    LineEntry { word: "split", about: "parts of data", built: true },
    LineEntry {
        word: "fit",
        about: "what is learned: train(A, on = d), adapt(m with { … }), distill(m.f)",
        built: true,
    },
    LineEntry { word: "sweep", about: "one run for each value of its axes", built: false },
    LineEntry { word: "compare", about: "scores of several models on the same data", built: true },
];

/// The entry of a line.
pub fn entry(line: &Line) -> &'static LineEntry {
    let word = match &line.kind {
        LineKind::Task { kind: TaskKind::Data, .. } => "data",
        LineKind::Task { kind: TaskKind::Run, .. } => "run",
        LineKind::Task { kind: TaskKind::Fit, .. } => "fit",
        LineKind::Sweep { .. } => "sweep",
        LineKind::Compare { .. } => "compare",
        LineKind::Plot { .. } => "plot",
        LineKind::Export { .. } => "export",
        LineKind::Check(_) => "check",
        LineKind::Seed(..) => "seed",
        LineKind::Split { .. } => "split",
        LineKind::Derive { .. } => "derive",
        LineKind::Const(_) => "const",
    };
    LINES.iter().find(|l| l.word == word).unwrap_or(&LINES[0])
}

/// Experiments of the main file: name and lines of each; lines outside a block are `main`.
pub fn experiments(program: &Program) -> Vec<(String, Vec<Line>)> {
    let mut out = Vec::new();
    let mut loose = Vec::new();
    let Some(main) = program.modules.first() else { return out };
    for item in &main.items {
        match &**item {
            Item::Experiment(e) => {
                if let Some(name) = &e.name {
                    out.push((name.name.clone(), e.lines.clone()));
                }
            }
            Item::Line(line) => loose.push(line.clone()),
            _ => {}
        }
    }
    if !loose.is_empty() {
        out.push(("main".to_owned(), loose));
    }
    out
}

/// What a `run` line produced.
pub struct RunResult {
    /// Its name.
    pub name: String,
    /// One trajectory, or one for each start.
    pub trajectories: Vec<RunOutput>,
    /// Whether the line asks for several starts (one of them is possible).
    pub several: bool,
    /// Where it was found in an earlier run of the program: the seconds that it took.
    pub kept: Option<f64>,
}

/// What an experiment produced.
#[derive(Default)]
pub struct ExperimentOutput {
    /// The runs.
    pub runs: Vec<RunResult>,
    /// The data, and their parts.
    pub data: Vec<DataResult>,
    /// The fits.
    pub fits: Vec<FitResult>,
    /// Learned functions as formulas.
    pub formulas: Vec<FormulaResult>,
    /// Scores of comparisons.
    pub scores: Vec<Scores>,
    /// Where each result lies, in the order of the lines.
    pub places: Vec<Place>,
    /// Whether the user stopped it between two trajectories.
    pub stopped: bool,
    /// Verdicts on its checks.
    pub verdicts: Vec<Verdict>,
    /// Files for its folder.
    pub files: Vec<ResultFile>,
    /// Texts that `derive` lines print.
    pub texts: Vec<String>,
}

impl ExperimentOutput {
    /// Whether every run ended well and every check holds. Checks of a system are its own runs'.
    pub fn good(&self) -> bool {
        self.runs.iter().flat_map(|r| &r.trajectories).all(|r| !r.trajectory.outcome.is_failure())
            && self.verdicts.iter().all(|v| v.holds)
    }

    /// Whether the user stopped it; lines behind the interrupted run were not reached.
    pub fn interrupted(&self) -> bool {
        let stopped = |r: &RunOutput| matches!(r.trajectory.outcome, Outcome::Interrupted { .. });
        self.stopped || self.runs.iter().flat_map(|r| &r.trajectories).any(stopped)
    }
}

/// Called now and then: the line's name, the share of its span done, and where it is in words.
pub type Progress<'a> = dyn FnMut(&str, f64, &str) + 'a;

/// Resolves an experiment and runs it. Errors of the plan stop it before anything runs.
pub fn run(
    program: &Program,
    (name, lines): (&str, &[Line]),
    seed: u64,
    interrupt: Option<&AtomicBool>,
    out: &mut Diagnostics,
) -> ExperimentOutput {
    let (plan, problems) = plan(program, name, lines, seed, true);
    out.extend(problems.sorted());
    if out.has_errors() {
        ExperimentOutput::default()
    } else {
        execute(&plan, interrupt, &NoStore, &mut |_, _, _| {}, out)
    }
}

/// Runs the lines of a plan in order. Diagnostics stop it; what was computed stays in the output. The `store`
/// holds what earlier runs of the program found.
pub fn execute(
    plan: &Plan,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) -> ExperimentOutput {
    let mut output = ExperimentOutput::default();
    for step in &plan.steps {
        match step {
            Step::Run(line) => {
                if let Some(made) = run_line::execute(line, &output, interrupt, store, progress, out) {
                    output.add_run(made);
                }
            }
            Step::Check(made) => {
                let (graph, bindings, nets) = (made.graph.clone(), made.bindings.clone(), made.nets.clone());
                let mut evidence = Results::new(&output, graph, bindings, made.time, nets);
                output.verdicts.push(verdict::judge(&made.check, &mut evidence));
            }
            Step::Plot(line) => draw::execute(line, plan, &mut output, out),
            Step::Export(line) => export_line::execute(line, plan, &mut output, out),
            Step::Data(line) => data_line::execute(line, &mut output, interrupt, store, progress, out),
            Step::Adapt(line) => adapt_line::execute(line, &mut output),
            Step::Fit(line) => fit_run::execute(line, &mut output, interrupt, store, progress, out),
            Step::Distill(line) => distill_run::execute(line, &mut output, interrupt, store, progress, out),
            Step::Compare(line) => compare::execute(line, &mut output, interrupt, store, progress, out),
            Step::Split(line) => split_line::execute(line, &mut output, out),
            Step::Derive(line) => output.texts.push(line.text.clone()),
        }
        if out.has_errors() || output.interrupted() {
            break;
        }
    }
    output
}

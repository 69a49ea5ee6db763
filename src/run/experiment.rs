//! Experiments made of `run`, `plot`, `check`, `export` and `derive`, line by line.

use super::derivation::{self, Form};
use super::prepare::{self, Prepared};
use super::results::{self, ResultFile};
use super::simulate::{Conditions, RunOutput, put_in, simulate};
use super::verdict::{self, Evidence, Verdict};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kernel::{Leaf, Output, Program as Tapes, Request, Tier};
use crate::lanes::Level;
use crate::model::experiment::{Binding, ResultScope};
use crate::model::system::NamedValue;
use crate::model::{self, Program, SystemRequest};
use crate::report::Pairs;
use crate::report::plot::lines::{Group, Lines};
use crate::report::plot::path::Path;
use crate::report::plot::phase::Phase;
use crate::report::plot::ruler::Quantity;
use crate::report::plot::scatter::Scatter;
use crate::report::plot::{self, Figure, Series};
use crate::symbolic::{Entry, ExprId, Graph};
use crate::syntax::tree::*;
use std::sync::atomic::AtomicBool;

/// An experiment of the main file: its name and lines; lines outside a block are `main`.
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

/// What an experiment produced.
#[derive(Default)]
pub struct ExperimentOutput {
    /// The runs, by name.
    pub runs: Vec<(String, RunOutput)>,
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
        self.runs.iter().all(|r| !r.1.trajectory.outcome.is_failure()) && self.verdicts.iter().all(|v| v.holds)
    }
}

/// Problems of the lines that can be seen before anything runs.
pub fn preview(lines: &[Line]) -> Diagnostics {
    let mut out = Diagnostics::new();
    let later = |line: &Line, what: &str| {
        Diagnostic::error("E0904", line.span, format!("`{what}` is not built yet"))
            .note("the line is understood and cannot be honoured by this version, so nothing is run")
    };
    for line in lines {
        match &line.kind {
            LineKind::Task { kind: TaskKind::Data, .. } => out.push(later(line, "data")),
            LineKind::Task { kind: TaskKind::Fit, .. } => out.push(later(line, "fit")),
            LineKind::Sweep { .. } => out.push(later(line, "sweep")),
            LineKind::Compare { .. } => out.push(later(line, "compare")),
            LineKind::Split { .. } => out.push(later(line, "split")),
            _ => {}
        }
    }
    out
}

/// Runs the lines in order. Diagnostics stop it; what was computed stays in the output.
pub fn run(
    program: &Program,
    lines: &[Line],
    seed: u64,
    interrupt: Option<&AtomicBool>,
    out: &mut Diagnostics,
) -> ExperimentOutput {
    let mut output = ExperimentOutput::default();
    let mut seed = seed;
    let mut scopes: Vec<ResultScope> = Vec::new();
    for line in lines {
        match &line.kind {
            LineKind::Seed(text, span) => match text.parse() {
                Ok(n) => seed = n,
                Err(_) => out.push(Diagnostic::error("E0467", *span, "a seed is a whole number")),
            },
            LineKind::Task { kind: TaskKind::Run, name, value, config } => {
                if let Some(first) = scopes.iter().find(|s| s.name == name.name) {
                    out.push(Diagnostic::error("E0120", name.span, format!("`{}` is declared twice", first.name)));
                } else if let Some(made) = one_run(program, value, config.as_ref(), &output, seed, interrupt, out) {
                    scopes.push(scope(&name.name, &made));
                    output.runs.push((name.name.clone(), made));
                }
            }
            LineKind::Check(check) => {
                let (made, problems) = model::resolve_check(program, check, &scopes);
                out.extend(problems.sorted());
                if let Some(made) = made {
                    let mut evidence = Results { output: &output, graph: made.graph, bindings: made.bindings };
                    let v = verdict::judge(&made.check, &mut evidence);
                    output.verdicts.push(v);
                }
            }
            LineKind::Plot { value, config } => picture(program, value, config.as_ref(), &scopes, &mut output, out),
            LineKind::Export { value, to, to_span, .. } => export(value, to, *to_span, &mut output, out),
            LineKind::Derive { value, config } => derive(program, value, config.as_ref(), seed, &mut output, out),
            _ => {}
        }
        if out.has_errors() {
            break;
        }
    }
    output
}

fn scope(name: &str, run: &RunOutput) -> ResultScope {
    let mut names = run.prepared.system.names.clone();
    let time = NamedValue {
        shape: Vec::new(),
        items: vec![run.prepared.system.time],
        dimensions: vec![if run.prepared.system.has_units {
            crate::dimension::Dimension::time()
        } else {
            crate::dimension::Dimension::one()
        }],
        elements: vec!["t".into()],
    };
    names.insert("t".into(), time);
    ResultScope { name: name.to_owned(), names }
}

/// `simulate(A, …) { … }`
fn one_run(
    program: &Program,
    value: &Expr,
    config: Option<&Config>,
    output: &ExperimentOutput,
    seed: u64,
    interrupt: Option<&AtomicBool>,
    out: &mut Diagnostics,
) -> Option<RunOutput> {
    let args = match &*value.kind {
        ExprKind::Call { callee, args } if matches!(&*callee.kind, ExprKind::Name(n) if n == "simulate") => args,
        _ => {
            out.push(
                Diagnostic::error("E0468", value.span, "a `run` is a `simulate(…)`")
                    .help("write `run a = simulate(A)`"),
            );
            return None;
        }
    };
    let Some((first, rest)) = args.split_first().filter(|(f, _)| f.name.is_none()) else {
        out.push(Diagnostic::error("E0468", value.span, "`simulate` needs a system").help("write `simulate(A)`"));
        return None;
    };
    let mut request = SystemRequest { expr: Some(first.value.clone()), ..SystemRequest::default() };
    request.with.extend(first.tweaks.iter().flatten().cloned());
    let mut entries: Vec<ConfigEntry> = rest
        .iter()
        .filter_map(|a| {
            let name = a.name.as_ref()?;
            Some(ConfigEntry {
                span: a.span,
                word: None,
                target: Expr { span: name.span, kind: Box::new(ExprKind::Name(name.name.clone())) },
                distributed: false,
                value: ConfigValue::Expr(a.value.clone()),
                each: None,
                bounds: None,
            })
        })
        .collect();
    if let Some(extra) = rest.iter().find(|a| a.name.is_none()) {
        out.push(
            Diagnostic::error("E0468", extra.span, "options of `simulate` have names")
                .help("write `simulate(A, t = 0..10)`"),
        );
        return None;
    }
    entries.extend(config.into_iter().flat_map(|c| c.entries.clone()));
    let mut from = None;
    let mut word: Option<ConfigWord> = None;
    for e in entries {
        let name = match &*e.target.kind {
            ExprKind::Name(n) => n.clone(),
            _ => String::new(),
        };
        let is_option = model::SIMULATE_OPTIONS.contains(&name.as_str()) && e.word.is_none();
        if name == "from" && e.word.is_none() {
            from = Some(e.clone());
        } else if name == "init" && e.word.is_none() {
            out.push(
                Diagnostic::error("E0904", e.span, "a run from several starts is not built yet")
                    .help("write `init x = …` for one start"),
            );
        } else if is_option {
            word = None;
            request.options.push(e);
        } else {
            word = e.word.or(word);
            match statement(&e, word) {
                Some(stmt) => request.with.push(stmt),
                None => {
                    let d =
                        Diagnostic::error("E0404", e.target.span, format!("`{name}` is not an option of `simulate`"));
                    out.push(d.help("the options are t, method, rtol, atol, step, max_steps, seed, from; starts and parameters follow `init` and `param`"));
                }
            }
        }
    }
    if out.has_errors() {
        return None;
    }
    let (prepared, problems) = prepare::prepare(program, "", &request, seed);
    out.extend(problems.sorted());
    let prepared = prepared?;
    let from = match from {
        Some(entry) => Some(state_of(&entry, output, &prepared, out)?),
        None => None,
    };
    let conditions = Conditions { interrupt, from, keep_dense: true, ..Conditions::default() };
    simulate(prepared, conditions, out)
}

/// An entry behind `init` or `param` as the statement that it is.
fn statement(e: &ConfigEntry, word: Option<ConfigWord>) -> Option<Stmt> {
    let ConfigValue::Expr(value) = &e.value else { return None };
    let kind = match word? {
        ConfigWord::Init | ConfigWord::Guess => {
            let init = Init {
                span: e.span,
                target: e.target.clone(),
                distributed: e.distributed,
                value: value.clone(),
                each: e.each.clone(),
            };
            if word == Some(ConfigWord::Guess) { StmtKind::Guess(vec![init]) } else { StmtKind::Init(vec![init]) }
        }
        ConfigWord::Param => {
            let ExprKind::Name(name) = &*e.target.kind else { return None };
            StmtKind::Param(vec![Param {
                span: e.span,
                name: Ident { name: name.clone(), span: e.target.span },
                index: None,
                ty: None,
                value: Some(value.clone()),
                bounds: e.bounds.clone(),
            }])
        }
    };
    Some(Stmt { span: e.span, doc: None, kind })
}

/// `from = c.end`: a whole state, matched by name, complete.
fn state_of(
    entry: &ConfigEntry,
    output: &ExperimentOutput,
    prepared: &Prepared,
    out: &mut Diagnostics,
) -> Option<Vec<f64>> {
    let ConfigValue::Expr(value) = &entry.value else { return None };
    let found = match &*value.kind {
        ExprKind::Field { base, name } => match &*base.kind {
            ExprKind::Name(run) => output.runs.iter().find(|r| r.0 == *run).zip(Some(name)),
            _ => None,
        },
        _ => None,
    };
    let Some(((_, run), name)) = found.filter(|(_, n)| n.name == "end" || n.name == "start") else {
        out.push(
            Diagnostic::error("E0469", value.span, "`from` takes the end or the start of an earlier run")
                .help("write `from = a.end`"),
        );
        return None;
    };
    let row = if name.name == "end" { run.trajectory.len() - 1 } else { 0 };
    super::start::continued(prepared, run, row, value.span, out)
}

/// Results of earlier lines, sampled together.
struct Results<'a> {
    output: &'a ExperimentOutput,
    graph: Graph,
    bindings: Vec<Binding>,
}

impl Results<'_> {
    fn used(&self, exprs: &[ExprId]) -> Vec<Binding> {
        let leaves = self.graph.free_leaves(exprs);
        self.bindings.iter().filter(|b| leaves.contains(&b.leaf)).copied().collect()
    }

    /// `exprs` with the values of their leaves given by column.
    fn evaluate(
        &self,
        exprs: &[ExprId],
        used: &[Binding],
        columns: &[Vec<f64>],
        rows: usize,
    ) -> Result<Vec<Vec<f64>>, String> {
        let leaves = used
            .iter()
            .enumerate()
            .map(|(k, b)| Leaf { expr: b.leaf, tier: Tier::State, offset: k, length: 1 })
            .collect();
        let mut graph = self.graph.clone();
        let entries =
            exprs.iter().enumerate().map(|(k, e)| Entry { index: graph.integer(k as i64), value: *e }).collect();
        let outputs = vec![Output { entries, offset: 0, length: exprs.len() }];
        let tapes =
            Tapes::compile(&graph, &Request { leaves, systems: Vec::new(), outputs }).map_err(|e| e.to_string())?;
        let mut work = tapes.workspace(Level::detect());
        let unsolved = |_| "a system in this check cannot be solved".to_owned();
        tapes.prepare(&mut work, &[]).map_err(unsolved)?;
        let mut values = vec![vec![0.0; rows]; exprs.len()];
        let mut one = vec![0.0; exprs.len()];
        let mut inputs = vec![0.0; used.len()];
        for row in 0..rows {
            for (input, column) in inputs.iter_mut().zip(columns) {
                *input = column[row];
            }
            tapes.run(&mut work, &inputs, &mut one).map_err(unsolved)?;
            for (column, v) in values.iter_mut().zip(&one) {
                column[row] = *v;
            }
        }
        Ok(values)
    }
}

impl Evidence for Results<'_> {
    fn along(&mut self, exprs: &[ExprId], functionals: &[(ExprId, f64)]) -> Result<Vec<Vec<f64>>, String> {
        let exprs = put_in(&mut self.graph, exprs, functionals)?;
        let used = self.used(&exprs);
        let mut rows = 1;
        let mut columns = Vec::new();
        let mut times: Option<(&str, &[f64])> = None;
        for b in &used {
            let (name, run) = &self.output.runs[b.result];
            match times {
                Some((other, t)) if t != run.trajectory.times.as_slice() => {
                    return Err(format!("`{other}` and `{name}` have different sample times"));
                }
                _ => times = Some((name, &run.trajectory.times)),
            }
            rows = run.trajectory.len();
            columns.push(run.along_differentiated(b.item, b.primes)?);
        }
        self.evaluate(&exprs, &used, &columns, rows)
    }

    fn at(&mut self, exprs: &[ExprId], time: ExprId, functionals: &[(ExprId, f64)]) -> Result<Vec<f64>, String> {
        let exprs = put_in(&mut self.graph, exprs, functionals)?;
        let time = put_in(&mut self.graph, &[time], functionals)?;
        let t = self.evaluate(&time, &[], &[], 1)?[0][0];
        let used = self.used(&exprs);
        let mut columns = Vec::new();
        for b in &used {
            columns.push(vec![self.output.runs[b.result].1.at_differentiated(b.item, b.primes, t)?]);
        }
        Ok(self.evaluate(&exprs, &used, &columns, 1)?.into_iter().map(|c| c[0]).collect())
    }
}

/// `plot lines(x, [a, b])`, `phase(x, y)`, `path(x, y)`, `scatter(x, y)`
fn picture(
    program: &Program,
    value: &Expr,
    config: Option<&Config>,
    scopes: &[ResultScope],
    output: &mut ExperimentOutput,
    out: &mut Diagnostics,
) {
    let ExprKind::Call { callee, args } = &*value.kind else {
        out.push(
            Diagnostic::error("E0470", value.span, "a plot is a call").help("write `plot lines(a.t, [a.x, b.x])`"),
        );
        return;
    };
    let kind = match &*callee.kind {
        ExprKind::Name(n) => n.clone(),
        _ => String::new(),
    };
    if !["lines", "phase", "path", "scatter"].contains(&kind.as_str()) {
        let known = plot::PLOTS.iter().any(|p| p.name == kind);
        let d = Diagnostic::error(
            "E0470",
            callee.span,
            format!("`{kind}` is {}", if known { "not yet a line of an experiment" } else { "not a kind of plot" }),
        );
        out.push(d.help("the kinds are lines, phase, path and scatter"));
        return;
    }
    let [x, y] = args.as_slice() else {
        out.push(
            Diagnostic::error(
                "E0470",
                value.span,
                format!("`{kind}` takes what stands across and what stands upwards"),
            )
            .help(format!("write `plot {kind}(a.t, [a.x, b.x])`")),
        );
        return;
    };
    let mut title = String::new();
    for e in config.iter().flat_map(|c| &c.entries) {
        match (&*e.target.kind, &e.value) {
            (ExprKind::Name(n), ConfigValue::Expr(v)) if n == "title" => {
                if let ExprKind::Text(text, _) = &*v.kind {
                    title.clone_from(text);
                }
            }
            (ExprKind::Name(n), _) if n == "size" => {}
            _ => out.push(
                Diagnostic::error("E0404", e.span, "this is not an option of `plot`")
                    .help("the options are title and size"),
            ),
        }
    }
    // Elements of a list are curves of their own.
    let ys: Vec<Expr> = match &*y.value.kind {
        ExprKind::List { rows, unit: None } if rows.len() == 1 => rows[0].clone(),
        _ => vec![y.value.clone()],
    };
    let mut exprs = vec![x.value.clone()];
    exprs.extend(ys);
    let (made, problems) = model::resolve_values(program, &exprs, scopes);
    out.extend(problems.sorted());
    let Some(made) = made else { return };
    let mut evidence = Results { output, graph: made.graph, bindings: made.bindings };
    let items: Vec<ExprId> = made.items.iter().map(|i| i.1).collect();
    let mut columns = Vec::new();
    for item in items {
        match evidence.along(&[item], &[]) {
            Ok(mut c) => columns.push(c.remove(0)),
            Err(sentence) => {
                out.push(Diagnostic::error("E0470", value.span, sentence));
                return;
            }
        }
    }
    if columns.iter().any(|c| c.len() != columns[0].len()) {
        out.push(Diagnostic::error("E0470", value.span, "these columns have different lengths"));
        return;
    }
    let quantity = |k: usize| Quantity::new(made.items[k].0.clone(), results::unit(&made.items[k].2));
    let series: Vec<Series> =
        (1..columns.len()).map(|k| Series::new(made.items[k].0.clone(), &columns[0], &columns[k])).collect();
    let (across, upwards) = (quantity(0), quantity(1.min(columns.len() - 1)));
    let many = series.len() > 1;
    let upwards = if many { Quantity { label: String::new(), ..upwards } } else { upwards };
    let figure: Figure = match kind.as_str() {
        "lines" => plot::lines::lines(&Lines { x: across, groups: vec![Group { y: upwards, series }] }),
        "phase" => plot::phase::phase(&Phase { x: across, y: upwards, series, ..Phase::default() }),
        "path" => plot::path::path(&Path { x: across, y: upwards, series, body: Vec::new() }),
        _ => plot::scatter::scatter(&Scatter { x: across, y: upwards, series, ..Scatter::default() }),
    };
    let count = output.files.iter().filter(|f| f.name.ends_with(".svg")).count() + 1;
    let stem = format!("{kind}_{count}");
    let title = if title.is_empty() { stem.clone() } else { title };
    for (ending, bytes) in [("svg", figure.svg(&title, "{}")), ("png", figure.png(&title, "{}"))] {
        match bytes {
            Ok(bytes) => output.files.push(ResultFile { name: format!("{stem}.{ending}"), bytes }),
            Err(error) => out.push(Diagnostic::error("E0470", value.span, error.to_string())),
        }
    }
}

/// `export results to "x.json"`, `export a to "a.csv"`
fn export(value: &Expr, to: &str, span: crate::diagnostic::Span, output: &mut ExperimentOutput, out: &mut Diagnostics) {
    let name = match &*value.kind {
        ExprKind::Name(n) => n.clone(),
        _ => String::new(),
    };
    let ending = to.rsplit_once('.').map_or("", |e| e.1);
    if name == "results" && ending == "json" {
        let runs: Vec<serde_json::Value> = output.runs.iter().filter_map(|(name, run)| document(name, run)).collect();
        let checks: Vec<serde_json::Value> = output
            .verdicts
            .iter()
            .map(|v| serde_json::json!({ "text": v.text, "holds": v.holds, "value": v.value, "bound": v.bound }))
            .collect();
        let bytes = crate::report::document(&serde_json::json!({ "schema": 1, "runs": runs, "checks": checks }));
        output.files.push(ResultFile { name: to.to_owned(), bytes });
        return;
    }
    let Some((_, run)) = output.runs.iter().find(|r| r.0 == name) else {
        out.push(
            Diagnostic::error("E0471", value.span, "this is nothing that can be exported")
                .help("export a run, `export a to \"a.csv\"`, or `results` to a .json file"),
        );
        return;
    };
    let wanted = match ending {
        "csv" => "trajectory.csv",
        "npz" => "trajectory.npz",
        "json" => "summary.json",
        _ => {
            out.push(
                Diagnostic::error("E0471", span, format!("`.{ending}` is not a format of results"))
                    .help("the formats are .csv, .npz and .json"),
            );
            return;
        }
    };
    let (files, troubles) = results::files(run, "figure", false, Pairs::default());
    match files.into_iter().find(|f| f.name == wanted) {
        Some(f) => output.files.push(ResultFile { name: to.to_owned(), bytes: f.bytes }),
        None => out.push(Diagnostic::error("E0471", span, troubles.join("; "))),
    }
}

/// The summary of a run as a document.
pub fn document(name: &str, run: &RunOutput) -> Option<serde_json::Value> {
    let table = results::table(run).ok()?;
    let summary = results::summary(run, &table, results::provenance(run, Pairs::default()));
    let mut value = serde_json::to_value(&summary).ok()?;
    value["name"] = serde_json::json!(name);
    Some(value)
}

fn derive(
    program: &Program,
    value: &Expr,
    config: Option<&Config>,
    seed: u64,
    output: &mut ExperimentOutput,
    out: &mut Diagnostics,
) {
    let mut form = Form::Text;
    for e in config.iter().flat_map(|c| &c.entries) {
        let ExprKind::Name(name) = &*e.target.kind else { continue };
        match (name.as_str(), &e.value) {
            ("format", ConfigValue::Expr(v)) => match &*v.kind {
                ExprKind::Name(n) if n == "text" => form = Form::Text,
                ExprKind::Name(n) if n == "latex" => form = Form::Latex,
                ExprKind::Name(n) if n == "markdown" => form = Form::Markdown,
                _ => out.push(Diagnostic::error("E0406", v.span, "a format is text, latex or markdown")),
            },
            ("show", _) => {}
            _ => out.push(
                Diagnostic::error("E0404", e.span, format!("`{name}` is not an option of `derive`"))
                    .help("the options are show and format"),
            ),
        }
    }
    let request = SystemRequest { expr: Some(value.clone()), ..SystemRequest::default() };
    let (prepared, problems) = prepare::prepare(program, "", &request, seed);
    out.extend(problems.sorted());
    if let Some(prepared) = prepared {
        output.texts.push(derivation::sheet(&prepared, form).text(form));
    }
}

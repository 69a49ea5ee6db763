//! Every line of an experiment resolved against the lines before it; nothing is run.

use super::adapt_line::{self, AdaptLine};
use super::compare::{self, CompareLine};
use super::data_line::{self, DataLine};
use super::derive_line::{self, DeriveLine};
use super::distill_line::{self, DistillLine};
use super::entry;
use super::export_line::{self, ExportLine};
use super::fit_line::{self, FitLine};
use super::place::Source;
use super::plot_line::{self, PlotLine};
use super::run_line::{self, RunLine};
use super::split_line::{self, SplitLine};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::experiment::{Binding, ExperimentCheck, ExperimentValues, ResultScope};
use crate::model::system::{Functional, FunctionalKind};
use crate::model::{self, Program};
use crate::run::record;
use crate::symbolic::Graph;
use crate::syntax::tree::*;

/// An experiment that is ready to run.
pub struct Plan {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file with its imports.
    pub hash: String,
    /// The seed in force at its end.
    pub seed: u64,
    /// The texts that it was read from.
    pub(super) program: Program,
    /// Its lines, resolved.
    pub(super) steps: Vec<Step>,
}

/// A line, resolved.
pub(super) enum Step {
    Run(Box<RunLine>),
    Data(Box<DataLine>),
    Split(SplitLine),
    Fit(Box<FitLine>),
    Adapt(Box<AdaptLine>),
    Distill(Box<DistillLine>),
    Compare(Box<CompareLine>),
    Check(Box<ExperimentCheck>),
    Plot(Box<PlotLine>),
    Export(ExportLine),
    Derive(DeriveLine),
}

/// What a line may read of those before it.
pub(super) struct Planner {
    pub program: Program,
    /// The module of the experiment's block.
    pub module: usize,
    pub seed: u64,
    pub scopes: Vec<ResultScope>,
    /// What each result is of, in the order of `scopes`.
    pub sources: Vec<Source>,
    /// Names of lines without a result here: broken ones, and those of a later version.
    lost: Vec<String>,
    pub figures: usize,
    pub exports: Vec<String>,
    pub out: Diagnostics,
}

/// Resolves the lines of an experiment. What this version cannot honour is an error where the
/// experiment was `asked` for, and a note else.
pub fn plan(program: &Program, name: &str, lines: &[Line], seed: u64, asked: bool) -> (Plan, Diagnostics) {
    let consts: Vec<Const> = lines
        .iter()
        .filter_map(|l| match &l.kind {
            LineKind::Const(list) => Some(list.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let (program, module, out) = program.with_block(&consts);
    let mut planner = Planner {
        program,
        module,
        seed,
        scopes: Vec::new(),
        sources: Vec::new(),
        lost: Vec::new(),
        figures: 0,
        exports: Vec::new(),
        out,
    };
    let mut steps = Vec::new();
    for line in lines {
        let kind = entry(line);
        let later = match kind.built {
            false => Some(format!("`{}` is not built yet", kind.word)),
            true => Planner::later(line),
        };
        if let Some(message) = later {
            planner.out.push(if asked {
                Diagnostic::error("E0904", line.span, message)
                    .note("the line is understood and cannot be honoured by this version, so nothing is run")
            } else {
                Diagnostic::note_only("E0904", line.span, message)
                    .note("it is an error where this experiment is run; lines that read it are not checked")
            });
            planner.lost.extend(declared(line));
            continue;
        }
        if planner.reads_lost(line) {
            planner.lost.extend(declared(line));
            continue;
        }
        steps.extend(planner.line(name, line));
    }
    let (hash, program) = (planner.program.hash.clone(), planner.program);
    let plan = Plan { name: name.to_owned(), hash, seed: planner.seed, program, steps };
    (plan, planner.out)
}

/// The name that a line gives its result; of a comparison the models that get fields.
fn declared(line: &Line) -> Vec<String> {
    match &line.kind {
        LineKind::Task { name, .. } | LineKind::Sweep { name, .. } => vec![name.name.clone()],
        LineKind::Compare { value, .. } => compare::models(value),
        _ => Vec::new(),
    }
}

/// The expressions of a line.
fn expressions(line: &Line) -> Vec<&Expr> {
    fn options(config: Option<&Config>) -> Vec<&Expr> {
        config
            .into_iter()
            .flat_map(|c| &c.entries)
            .flat_map(|e| match &e.value {
                ConfigValue::Expr(e) => vec![e],
                ConfigValue::Config(inner) => options(Some(inner)),
            })
            .collect()
    }
    match &line.kind {
        LineKind::Task { value, config, .. }
        | LineKind::Plot { value, config }
        | LineKind::Export { value, config, .. }
        | LineKind::Derive { value, config } => {
            let mut out = vec![value];
            out.extend(options(config.as_ref()));
            out
        }
        LineKind::Compare { value, on, config } => {
            std::iter::once(value).chain(on).chain(options(config.as_ref())).collect()
        }
        LineKind::Check(check) => std::iter::once(&check.condition).chain(check.within.as_ref()).collect(),
        _ => Vec::new(),
    }
}

fn is_call(e: &Expr, word: &str) -> bool {
    matches!(&*e.kind, ExprKind::Call { callee, .. } if model::text_of(callee) == word)
}

impl Planner {
    fn reads_lost(&self, line: &Line) -> bool {
        // `export results` writes whatever there is.
        let expressions = expressions(line);
        if let LineKind::Split { data, .. } = &line.kind {
            return self.lost.contains(&data.name);
        }
        self.lost.iter().any(|name| expressions.iter().any(|e| e.mentions(name)))
    }

    /// What a line asks for that this version cannot do.
    fn later(line: &Line) -> Option<String> {
        if let LineKind::Task { kind: TaskKind::Fit, value, config, .. } = &line.kind {
            if let ExprKind::Call { callee, .. } = &*value.kind
                && let word = model::text_of(callee)
                && word == "discover"
            {
                return Some(format!("`{word}` is not built yet"));
            }
            let loss = config.iter().flat_map(|c| &c.entries).find(|e| super::option::name_of(e) == Some("loss"));
            let word = ["likelihood", "elbo"].into_iter().find(|w| match loss.map(|e| &e.value) {
                Some(ConfigValue::Expr(e)) => e.mentions(w),
                _ => false,
            })?;
            return Some(format!("the loss `{word}` is not built yet"));
        }
        None
    }

    fn line(&mut self, experiment: &str, line: &Line) -> Option<Step> {
        match &line.kind {
            LineKind::Seed(text, span) => {
                match text.parse() {
                    Ok(n) => self.seed = n,
                    Err(_) => self.out.push(
                        Diagnostic::error("E0467", *span, "a seed is a whole number")
                            .help("write `seed 42`; the largest is 18446744073709551615"),
                    ),
                }
                None
            }
            LineKind::Task { kind, name, value, config } => {
                if !self.is_new(name) {
                    self.lost.push(name.name.clone());
                    return None;
                }
                let made = match kind {
                    TaskKind::Fit if is_call(value, "adapt") => {
                        adapt_line::plan(self, name, value, config.as_ref()).map(|m| Step::Adapt(Box::new(m)))
                    }
                    TaskKind::Fit if is_call(value, "distill") => {
                        distill_line::plan(self, name, value, config.as_ref()).map(|m| Step::Distill(Box::new(m)))
                    }
                    TaskKind::Fit => fit_line::plan(self, name, value, config.as_ref()).map(|m| Step::Fit(Box::new(m))),
                    TaskKind::Data => {
                        data_line::plan(self, name, value, config.as_ref()).map(|m| Step::Data(Box::new(m)))
                    }
                    _ => run_line::plan(self, name, value, config.as_ref()).map(|m| Step::Run(Box::new(m))),
                };
                match made {
                    Some(made) => Some(made),
                    None => {
                        self.lost.push(name.name.clone());
                        None
                    }
                }
            }
            LineKind::Check(check) => {
                let (made, problems) = model::resolve_check(&self.program, self.module, check, &self.scopes);
                self.out.extend(problems.sorted());
                let made = made?;
                self.values_at_times(&made.check.functionals, &made.graph, &made.bindings, check.condition.span)?;
                self.derivatives_exist(&made.bindings, check.condition.span)?;
                self.fits_have(&made.bindings, true, check.condition.span)?;
                Some(Step::Check(Box::new(made)))
            }
            LineKind::Plot { value, config } => {
                self.figures += 1;
                let stem = format!("{experiment}_{}", self.figures);
                plot_line::plan(self, stem, line.span, value, config.as_ref()).map(|p| Step::Plot(Box::new(p)))
            }
            LineKind::Export { value, to, to_span, config } => {
                export_line::plan(self, value, to, *to_span, config.as_ref()).map(Step::Export)
            }
            LineKind::Split { data, parts, config } => {
                let made = split_line::plan(self, line.span, data, parts, config.as_ref());
                if made.is_none() {
                    // parts that are missing are no second mistake
                    self.lost.push(data.name.clone());
                }
                made.map(Step::Split)
            }
            LineKind::Derive { value, config } => derive_line::plan(self, value, config.as_ref()).map(Step::Derive),
            LineKind::Compare { value, on, config } => {
                let made = compare::plan(self, line.span, value, on.as_ref(), config.as_ref());
                if made.is_none() {
                    // What reads its scores is no mistake of its own.
                    self.lost.extend(declared(line));
                }
                made.map(|m| Step::Compare(Box::new(m)))
            }
            _ => None,
        }
    }

    /// Only a run has values at any time: data have them at their rows, and a fit has numbers.
    pub fn values_at_times(
        &mut self,
        functionals: &[Functional],
        graph: &Graph,
        bindings: &[Binding],
        at: Span,
    ) -> Option<()> {
        for f in functionals.iter().filter(|f| matches!(f.kind, FunctionalKind::At(_))) {
            let leaves = graph.free_leaves(&f.argument);
            for b in bindings.iter().filter(|b| leaves.contains(&b.leaf)) {
                let name = self.scopes[b.result].name.clone();
                let d = match &self.sources[b.result] {
                    Source::Run(_) => continue,
                    Source::Data(_) => {
                        let message = format!("`{name}` is data, with values at its rows and none between them");
                        Diagnostic::error("E0476", at, message)
                            .help(format!("read all rows, `{name}.x`, or one number over them: `max({name}.x)`"))
                    }
                    Source::Formula => {
                        let message = format!("`{name}` is a formula, which has numbers and no times");
                        Diagnostic::error("E0545", at, message).help("read `rmse` and `complexity` without a time")
                    }
                    Source::Fit(_) => {
                        let message = format!("`{name}` is a fit, which has numbers and no times");
                        Diagnostic::error("E0544", at, message)
                            .help(format!("run it: `run r = simulate({name}, …)`, and read `r.x(τ)`"))
                    }
                };
                self.out.push(d);
                return None;
            }
        }
        Some(())
    }

    /// Derivatives along a run that its equations do not give are an error, and not zero.
    pub fn derivatives_exist(&mut self, bindings: &[Binding], at: Span) -> Option<()> {
        self.derivatives(bindings, at, false)
    }

    /// The same where states are given by ranges: there a fit has rates as a run has.
    pub fn derivatives_over(&mut self, values: &ExperimentValues, at: Span) -> Option<()> {
        self.derivatives(&values.bindings, at, !values.ranges.is_empty())
    }

    fn derivatives(&mut self, bindings: &[Binding], at: Span, over: bool) -> Option<()> {
        for b in bindings {
            let prepared = match &self.sources[b.result] {
                Source::Run(prepared) => &**prepared,
                Source::Fit(fit) if over => &fit.fit.prepared,
                Source::Fit(_) | Source::Formula => {
                    if b.primes > 0 {
                        let name = self.scopes[b.result].name.clone();
                        self.out.push(
                            Diagnostic::error("E0544", at, format!("`{name}` is a fit, along which nothing moves"))
                                .help(format!("run it: `run r = simulate({name}, …)`")),
                        );
                        return None;
                    }
                    continue;
                }
                Source::Data(shape) => {
                    if let Err(d) = shape.rate_exists(&self.scopes[b.result].name, b, at) {
                        self.out.push(*d);
                        return None;
                    }
                    continue;
                }
            };
            if let Some(name) = record::beyond(prepared, b.item, b.primes) {
                let message = format!("this needs a higher derivative of `{name}` than its equation gives");
                self.out.push(
                    Diagnostic::error("E0301", at, message)
                        .help("the equations give first and second derivatives, and no third"),
                );
                return None;
            }
        }
        Some(())
    }

    /// Whether no earlier line and no given name is called so.
    fn is_new(&mut self, name: &Ident) -> bool {
        let message = match name.name.as_str() {
            "t" | "π" => format!("`{}` is given and cannot be declared", name.name),
            "results" => "`results` are all results together and no name of one".to_owned(),
            n if self.scopes.iter().any(|s| s.name == n) || self.lost.iter().any(|l| l == n) => {
                format!("`{n}` is declared twice")
            }
            _ => return true,
        };
        let code = if matches!(name.name.as_str(), "t" | "π") { "E0122" } else { "E0120" };
        self.out.push(Diagnostic::error(code, name.span, message).help("choose another name"));
        false
    }
}

//! A system with what the command line or an experiment sets on top of the file.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::formalism::{self, EquationsOfMotion};
use crate::kernel::NetWeights;
use crate::model::{self, LearnedNet, Program, System, SystemRequest};
use crate::symbolic::ExprId;
use crate::syntax;
use crate::syntax::tree::{Item, Stmt, StmtKind, SystemBody};

/// What `--set`, `--t`, `--method`, … say, as typed.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `m1=2[kg]`
    pub set: Vec<String>,
    /// `0..50[s]`
    pub t: Option<String>,
    /// `dop853`
    pub method: Option<String>,
    /// `1e-12`
    pub rtol: Option<String>,
    /// `1e-12`
    pub atol: Option<String>,
    /// `0.01[s]`
    pub step: Option<String>,
    /// `--seed`
    pub seed: Option<u64>,
}

/// A system that is ready to run.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Resolved.
    pub system: System,
    /// Derived.
    pub equations: EquationsOfMotion,
    /// Seed of random starts.
    pub seed: u64,
    /// Numbers of earlier results that parameters, starts and options read.
    pub given: Vec<(ExprId, f64)>,
    /// Weights of nets that were found in training, by their full names.
    pub weights: Vec<(String, NetWeights)>,
    /// Parameters that were found in training: index into the system's, and values in SI.
    pub fitted: Vec<(usize, Vec<f64>)>,
    /// The same system with every net as one symbol, for formulas that are read.
    pub on_paper: Option<Box<Prepared>>,
}

impl Prepared {
    pub(crate) fn has_weights(&self, net: &LearnedNet) -> bool {
        self.weights.iter().any(|(name, _)| *name == net.name)
    }

    /// Why a run would say nothing: a net that was not fitted, unless `untrained = true` asks for it.
    pub fn unfitted(&self) -> Option<Diagnostic> {
        if self.system.simulate.as_ref().is_some_and(|s| s.untrained) {
            return None;
        }
        let nets: Vec<&LearnedNet> = self.system.nets.iter().filter(|n| !n.trained && !self.has_weights(n)).collect();
        let first = nets.first()?;
        let system = &self.system.name;
        let message = match nets.len() {
            1 => format!("the net `{}` of `{system}` is not fitted, so a run of it says nothing", first.name),
            n => format!("`{system}` has {n} nets that are not fitted, so a run of it says nothing"),
        };
        let help =
            format!("fit it: `fit m = train({system}, on = …)`; to run its first weights write `untrained = true`");
        Some(Diagnostic::error("E0351", first.span, message).help(help))
    }
}

impl Prepared {
    /// [`Prepared::unfitted`] where a line of an experiment asks for the run.
    pub fn unfitted_in(&self, call: Span) -> Option<Diagnostic> {
        let at = self.unfitted()?;
        let mut d = Diagnostic::error(at.code, call, at.message).label(at.span, "this net");
        d.help = at.help;
        Some(d)
    }
}

/// Turns overrides into statements and options, each argument a text of its own for messages.
pub fn request(program: &mut Program, overrides: &Overrides) -> (SystemRequest, Diagnostics) {
    let mut out = Diagnostics::new();
    let mut request = SystemRequest::default();
    for set in &overrides.set {
        if !set.contains('=') {
            let file = program.files.add(format!("--set {set}"), set.as_str());
            out.push(
                Diagnostic::error("E0460", Span::new(file, 0, set.len()), "`--set` takes NAME=VALUE")
                    .help("write `--set m1=2[kg]`"),
            );
            continue;
        }
        request.with.extend(statements(program, "--set", &format!("param {set}"), set, &mut out));
    }
    let options = [
        ("t", &overrides.t),
        ("method", &overrides.method),
        ("rtol", &overrides.rtol),
        ("atol", &overrides.atol),
        ("step", &overrides.step),
    ];
    for (name, value) in options {
        let Some(value) = value else { continue };
        for stmt in
            statements(program, &format!("--{name}"), &format!("simulate {{ {name} = {value} }}"), value, &mut out)
        {
            if let StmtKind::Simulate(config) = stmt.kind {
                request.options.extend(config.entries);
            }
        }
    }
    (request, out)
}

/// Statements of an argument, read as the inside of a system.
fn statements(program: &mut Program, option: &str, body: &str, typed: &str, out: &mut Diagnostics) -> Vec<Stmt> {
    let text = format!("system Given {{ {body} }}");
    let file = program.files.add(format!("{option} {typed}"), text.as_str());
    let (ast, problems) = syntax::parse(file, &text);
    if !problems.is_empty() {
        out.extend(problems);
        return Vec::new();
    }
    ast.items
        .into_iter()
        .filter_map(|item| match item {
            Item::System(s) => match s.body {
                SystemBody::Block { stmts, .. } => Some(stmts),
                SystemBody::Derived { .. } => None,
            },
            _ => None,
        })
        .flatten()
        .collect()
}

/// Resolves and derives one system. Its diagnostics come with it, warnings too.
pub fn prepare(program: &Program, name: &str, request: &SystemRequest, seed: u64) -> (Option<Prepared>, Diagnostics) {
    let (system, mut diagnostics) = model::resolve_system(program, name, request);
    let Some(mut system) = system else { return (None, diagnostics) };
    let (equations, problems) = formalism::derive(&system);
    diagnostics.extend(problems.sorted());
    let brought = program.brought(&system);
    for net in &mut system.nets {
        net.trained |= brought.nets.iter().any(|(name, _)| *name == net.name);
    }
    let made = |equations| Prepared {
        system,
        equations,
        seed,
        given: Vec::new(),
        weights: brought.nets.into_iter().map(|(name, arrays)| (name, arrays.into())).collect(),
        fitted: brought.parameters,
        on_paper: None,
    };
    (equations.map(made), diagnostics)
}

/// [`prepare`] for a report: where the system has nets, also the form of it that is read.
pub fn prepare_report(
    program: &Program,
    name: &str,
    request: &SystemRequest,
    seed: u64,
) -> (Option<Prepared>, Diagnostics) {
    let (mut prepared, diagnostics) = prepare(program, name, request, seed);
    if let Some(p) = prepared.as_mut().filter(|p| !p.system.nets.is_empty()) {
        let request = SystemRequest { on_paper: true, ..request.clone() };
        // What is wrong with it has been said of the system itself.
        p.on_paper = prepare(program, name, &request, seed).0.map(Box::new);
    }
    (prepared, diagnostics)
}

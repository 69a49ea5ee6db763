//! The whole of one system: from its template to [`System`].

use super::super::experiment::{ExperimentCheck, ExperimentValues, Ranged, Reads, ResultScope};
use super::super::program::{Program, Target};
use super::super::system::{Assumption, Generator, NamedValue, Observable, System};
use super::super::value::{Array, Dim, Value};
use super::declare::{Collected, Kept};
use super::{DeclKind, Resolver, Template, template};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::syntax::tree::*;
use indexmap::IndexMap;

/// Which system of a program, with what a run sets on top.
#[derive(Clone, Debug, Default)]
pub struct SystemRequest {
    /// The system as an expression of the main file, `Chain(n = 3)` or `doubled(A)`, in place of a name.
    pub expr: Option<Expr>,
    /// Statements of a `with` block or of a call's options, on top of the system's own.
    pub with: Vec<Stmt>,
    /// Arguments of the call that names the system.
    pub args: Vec<Arg>,
    /// Options of `simulate` on top of the system's own.
    pub options: Vec<ConfigEntry>,
    /// Sums of more terms than this stay families; `None`: [`limits::UNROLL`].
    pub unroll: Option<usize>,
    /// The module that `expr`, `with`, `args` and `options` are read in: the main file, or the module of
    /// an experiment's block.
    pub module: usize,
    /// Results of earlier lines that the texts of the call may read.
    pub results: Vec<ResultScope>,
    /// Whether nets stay symbols: for equations that are read and not run.
    pub on_paper: bool,
    /// An expression to record under the name [`ASKED`].
    pub observe: Option<Expr>,
    /// Whether the run takes its whole state from an earlier one, so that no start is needed.
    pub started: bool,
    /// Columns of data: each is recorded under its name with a blank behind it, which no file can write.
    pub columns: Vec<(Ident, Expr)>,
    /// Parameters that are drawn for each trajectory, each with whether it is a new name of the call.
    pub draws: Vec<(Init, bool)>,
    /// Places of the starts in `with` that are axes of a grid: a range stands for its distribution.
    pub axes: Vec<Span>,
}

/// Name of the observable that [`SystemRequest::observe`] makes; no file can write it.
pub const ASKED: &str = "asked ";

/// Names of the systems of the main file, in the order of the text, with their places.
pub fn system_names(program: &Program) -> Vec<(String, Span)> {
    let Some(main) = program.modules.first() else { return Vec::new() };
    main.items
        .iter()
        .filter_map(|item| match &**item {
            Item::System(s) => s.name.as_ref().map(|n| (n.name.clone(), n.span)),
            _ => None,
        })
        .collect()
}

/// Resolves the system `name` of the main file. Runs on a stack of its own, so deep definitions are
/// a diagnostic and never an overflow.
pub fn resolve_system(program: &Program, name: &str, request: &SystemRequest) -> (Option<System>, Diagnostics) {
    let work = || {
        let mut diagnostics = Diagnostics::new();
        let mut home = None;
        let found = match &request.expr {
            Some(expr) => super::template::named(program, request.module, expr, &mut Vec::new(), &mut diagnostics),
            None => match program.modules.first().and_then(|m| m.names.get(name)).map(|b| b.target) {
                Some(Target::Item { module, item, .. }) => {
                    home = Some((module, item));
                    template(program, module, item, &mut diagnostics)
                }
                _ => None,
            },
        };
        let Some(mut template) = found else { return (None, diagnostics) };
        for stmt in &request.with {
            super::template::apply(request.module, &mut template, stmt, &mut diagnostics);
        }
        template.args.extend(request.args.iter().map(|a| (request.module, a.clone())));
        if let Some(e) = &request.observe {
            let name = Some(Ident { name: ASKED.into(), span: e.span });
            let named = Named { span: e.span, name, index: None, ty: None, value: e.clone() };
            let stmt = Stmt { span: e.span, doc: None, kind: StmtKind::Observe(vec![named]) };
            template.stmts.push((request.module, std::sync::Arc::new(stmt)));
        }
        let mut push = |span: Span, kind: StmtKind| {
            template.stmts.push((request.module, std::sync::Arc::new(Stmt { span, doc: None, kind })));
        };
        for (name, value) in &request.columns {
            let hidden = Ident { name: format!("{} ", name.name), span: name.span };
            let named = Named { span: value.span, name: Some(hidden), index: None, ty: None, value: value.clone() };
            push(value.span, StmtKind::Observe(vec![named]));
        }
        // A random number of the call is a parameter of it, with the dimension of its distribution.
        for (draw, new) in &request.draws {
            let (ExprKind::Name(name), true, Some(value)) = (&*draw.target.kind, new, first_argument(&draw.value))
            else {
                continue;
            };
            let name = Ident { name: name.clone(), span: draw.target.span };
            let param = Param {
                span: draw.span,
                name,
                index: None,
                axes: Vec::new(),
                ty: None,
                value: Some(value),
                bounds: None,
            };
            push(draw.span, StmtKind::Param(vec![param]));
        }
        momenta_beside_a_lagrangian(&mut template, &mut diagnostics);
        let mut resolver = Resolver::new(program);
        if let Some(unroll) = request.unroll {
            resolver.unroll = unroll;
        }
        resolver.on_paper = request.on_paper;
        if request.expr.is_some() {
            // A line of an experiment, whose results are read by name.
            resolver.written = limits::FIELD_WRITTEN;
        }
        resolver.diagnostics = diagnostics;
        resolver.extra_options = request.options.clone();
        resolver.call_module = request.module;
        resolver.results = request.results.clone();
        resolver.call_starts = request.with.iter().flat_map(call_starts).collect();
        resolver.call_draws = request.draws.clone();
        resolver.call_axes = request.axes.clone();
        let system = resolver.system(&template);
        let ok = !resolver.diagnostics.has_errors();
        let broken = home.is_some_and(|(module, item)| program.is_broken_in(module, item));
        if !broken && resolver.diagnostics.iter().all(|d| !d.is_error() || leaves_starts_alone(&template, d.span)) {
            let run = system.as_ref().filter(|s| s.simulate.is_some() && !request.started);
            resolver.diagnostics.extend(run.and_then(super::super::missing_starts));
        }
        (system.filter(|_| ok && !broken), resolver.diagnostics)
    };
    on_own_stack(work)
}

/// A momentum is a variable of a Hamiltonian; beside a Lagrangian it is a mistake, and is left out.
fn momenta_beside_a_lagrangian(template: &mut super::template::Template, out: &mut Diagnostics) {
    use crate::syntax::tree::Generator::{Hamiltonian, Lagrangian};
    let has = |wanted: crate::syntax::tree::Generator| {
        template.stmts.iter().any(|(_, s)| matches!(&s.kind, StmtKind::Generator { kind, .. } if *kind == wanted))
    };
    if !has(Lagrangian) || has(Hamiltonian) {
        return;
    }
    template.stmts.retain(|(_, s)| {
        let StmtKind::Momentum { names, of } = &s.kind else { return true };
        let (Some(p), Some(q)) = (names.first(), of.first()) else { return true };
        let (name, q) = (&p.name.name, &q.name.name);
        let message = format!("`{name}` is a momentum, and this system has a Lagrangian");
        out.push(
            Diagnostic::error("E0315", p.name.span, message)
                .note(format!("the momentum of `{q}` is `∂(L, {q}')` here, and `hamel derive` names it"))
                .help("leave this line out, state a `hamiltonian`, or transform the system: `system H = legendre(…)`"),
        );
        false
    });
}

/// Whether an error at a place says nothing about which starts a system needs and has: it lies in a
/// definition, a force, a check and the like.
fn leaves_starts_alone(template: &super::template::Template, at: Span) -> bool {
    let inside = |s: &Stmt| s.span.file == at.file && s.span.start <= at.start && at.end <= s.span.end;
    template.stmts.iter().filter(|(_, s)| inside(s)).any(|(_, s)| match &s.kind {
        StmtKind::Assign(a) => a.primes == 0,
        StmtKind::Generator { kind, .. } => {
            matches!(kind, crate::syntax::tree::Generator::Lagrangian | crate::syntax::tree::Generator::Rayleigh)
        }
        StmtKind::Param(_)
        | StmtKind::Const(_)
        | StmtKind::Fn(_)
        | StmtKind::Force { .. }
        | StmtKind::Assume(_)
        | StmtKind::Observe(_)
        | StmtKind::Invariant(_)
        | StmtKind::Check(_)
        | StmtKind::Simulate(_) => true,
        _ => false,
    })
}

/// `lo` of `uniform(lo, hi)`.
fn first_argument(e: &Expr) -> Option<Expr> {
    match &*e.kind {
        ExprKind::Call { args, .. } => args.first().map(|a| a.value.clone()),
        _ => None,
    }
}

/// Places of the starts that a statement of a call gives.
fn call_starts(stmt: &Stmt) -> Vec<Span> {
    match &stmt.kind {
        StmtKind::Init(list) => list.iter().map(|i| i.span).collect(),
        _ => Vec::new(),
    }
}

/// Resolves a check of an experiment, read in `module`, against the results of its earlier lines.
pub fn resolve_check(
    program: &Program,
    module: usize,
    check: &Check,
    results: &[ResultScope],
) -> (Option<ExperimentCheck>, Diagnostics) {
    let work = || {
        let mut resolver = Resolver::new(program);
        resolver.results = results.to_vec();
        let instance = resolver.module_instance(module);
        let env = resolver.env(instance, module);
        let made = resolver.check(check, &env);
        let ok = !resolver.diagnostics.has_errors();
        let made = made.filter(|_| ok).map(|check| ExperimentCheck {
            check,
            graph: std::mem::take(&mut resolver.graph),
            time: resolver.time,
            bindings: std::mem::take(&mut resolver.bindings),
            nets: std::mem::take(&mut resolver.borrowed_nets),
        });
        (made, resolver.diagnostics)
    };
    on_own_stack(work)
}

/// Resolves expressions of an experiment (columns of a plot), read in `module`, against its results.
/// `ranges` are variables of the expressions: `v in 0..1 count 100`.
pub fn resolve_values(
    program: &Program,
    module: usize,
    exprs: &[Expr],
    ranges: &[Arg],
    results: &[ResultScope],
) -> (Option<ExperimentValues>, Diagnostics) {
    let work = || {
        let mut resolver = Resolver::new(program);
        resolver.results = results.to_vec();
        let instance = resolver.module_instance(module);
        let mut env = resolver.env(instance, module);
        let asked = ranges.len();
        let ranges: Vec<Ranged> = ranges.iter().filter_map(|a| resolver.ranged(a, &mut env)).collect();
        if ranges.len() < asked {
            // What follows from a broken range is no mistake of its own.
            return (None, resolver.diagnostics);
        }
        env.in_check = true;
        let (mut items, mut parts) = (Vec::new(), Vec::new());
        for e in exprs {
            let Some(a) = resolver.array(e, &env) else { continue };
            parts.push(a.items.len());
            let name = resolver.text(e.span).split_whitespace().collect::<Vec<_>>().join(" ");
            for (k, s) in a.items.iter().enumerate() {
                let name = if a.items.len() == 1 { name.clone() } else { format!("{name}[{}]", k + 1) };
                items.push((name, s.expr, resolver.final_dimension(&s.dim)));
            }
        }
        let ok = !resolver.diagnostics.has_errors();
        let made = ok.then(|| ExperimentValues {
            items: items.clone(),
            parts: parts.clone(),
            graph: std::mem::take(&mut resolver.graph),
            time: resolver.time,
            functionals: std::mem::take(&mut resolver.functionals),
            ranges: ranges.clone(),
            bindings: std::mem::take(&mut resolver.bindings),
            nets: std::mem::take(&mut resolver.borrowed_nets),
        });
        (made, resolver.diagnostics)
    };
    on_own_stack(work)
}

/// Mistakes of the top level of the main file, whether a system reads them or not.
pub(crate) fn top_level(program: &Program) -> Diagnostics {
    let work = || {
        let mut resolver = Resolver::new(program);
        if let Some(main) = program.modules.first() {
            let instance = resolver.module_instance(0);
            resolver.units_of(0);
            for (name, binding) in &main.names {
                if let Some(decl) = resolver.find_in_module(name, 0) {
                    if matches!(resolver.decls[decl].kind, DeclKind::Const(_) | DeclKind::Set(_) | DeclKind::Net(_)) {
                        resolver.decl_value(decl, binding.span);
                    }
                }
            }
            resolver.unread_bodies(instance);
        }
        resolver.diagnostics
    };
    on_own_stack(work)
}

/// Runs on a stack that deep definitions cannot overflow.
fn on_own_stack<T: Send>(work: impl Fn() -> T + Sync) -> T {
    let work = &work;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(limits::RESOLVER_STACK).spawn_scoped(scope, work);
        match thread.map(|t| t.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => work(),
        }
    })
}

impl Resolver<'_> {
    fn system(&mut self, template: &Template) -> Option<System> {
        self.derivations = template.derivations.clone();
        let mut collected = Collected::default();
        let instance = self.instantiate(template, String::new(), None, &mut collected)?;
        for (instance, span, names, of) in std::mem::take(&mut collected.mirrors) {
            self.mirrors(instance, span, &names, &of, &mut collected);
        }
        // Partners come second, wherever they stand in the text.
        self.grids_and_fields(&collected);
        let (alone, paired): (Vec<_>, Vec<_>) = collected.variables.iter().partition(|d| d.of.is_none());
        for declared in alone.into_iter().chain(paired) {
            if self.variable(declared).is_none() {
                self.settle(declared.decl, None);
            }
        }
        self.order_of_declaration(&collected);
        self.derived_variables(instance);
        self.boundary_lines(&collected.kept);
        self.all_names();
        self.unread_bodies(instance);
        let stated = self.stated_equations(&collected.kept);
        self.check_powers();
        self.check_structure(&stated);
        self.check_dissipative(&stated);
        let assumptions = self.assumptions(&collected.kept);
        let observables = self.observables(&collected.kept);
        let (starts, field_starts) = self.starts(&collected.kept);
        let draws = self.draws(instance);
        for k in &collected.kept {
            if let StmtKind::Guess(list) = &k.stmt.kind {
                for g in list {
                    self.later::<()>(super::declare::not_built(g.span, "constraints, for which a `guess` is made,"));
                }
            }
        }
        let simulate = self.simulate_block(&collected.kept);
        let simulate = self.options_on_top(instance, simulate);
        let checks = self.checks(&collected.kept);
        self.defaults_for_unknown_dimensions();
        self.unused_nets();
        let nets = self.learned_nets();
        let bracket = stated.bracket.as_ref().map(|(a, span)| (a.items.iter().map(|s| s.expr).collect(), *span));
        self.finished_fields(&stated);
        let lagrangian = self.one_generator(stated.lagrangian, "lagrangian");
        let hamiltonian = self.one_generator(stated.hamiltonian, "hamiltonian");
        let names = self.named_values(instance);
        let functions = self.functions(instance);
        self.pictures_are_read_inside();
        let dims = std::mem::take(&mut self.observable_dims);
        let mut observables = observables;
        for (o, dim) in observables.iter_mut().zip(dims) {
            o.dimension = self.final_dimension(&dim);
        }
        let parameters = std::mem::take(&mut self.parameters)
            .into_iter()
            .map(|p| {
                let mut parameter = p.parameter;
                parameter.dimension = self.final_dimension(&p.dim);
                parameter
            })
            .collect();
        let pending = std::mem::take(&mut self.pending);
        let variables: Vec<super::super::system::Variable> = pending
            .into_iter()
            .map(|p| {
                let mut variable = p.variable;
                variable.dimension = self.final_dimension(&p.dim);
                variable
            })
            .collect();
        let on_grid = variables.iter().any(|v| v.field.is_some());
        let grids = self.finished_grids();
        // Of fields it is a density, and part of their own mass.
        let mass = stated.mass.filter(|_| !on_grid);
        Some(System {
            name: template.name.clone(),
            span: template.span,
            graph: std::mem::take(&mut self.graph),
            time: self.time,
            parameters,
            variables,
            lagrangian,
            hamiltonian,
            rayleigh: stated.rayleigh,
            irrotational: stated.irrotational.into_iter().map(|d| d.0).collect(),
            dissipative: stated.dissipative.into_iter().next().map(|d| d.0),
            mass: mass.map(|(a, span)| (a.items.iter().map(|s| s.expr).collect(), span)),
            bracket,
            forces: stated.forces,
            equations: stated.equations,
            trajectories: self.trajectories,
            reads: Reads {
                functionals: std::mem::take(&mut self.functionals),
                bindings: std::mem::take(&mut self.bindings),
            },
            starts,
            field_starts,
            grids,
            draws,
            assumptions,
            observables,
            checks,
            simulate,
            derivations: std::mem::take(&mut self.derivations),
            names,
            abstract_functions: std::mem::take(&mut self.abstracts),
            nets,
            functions,
            hash: self.program.hash.clone(),
            has_units: self.program.has_units,
        })
    }

    /// Variables in the order of their declaration, mirrors last.
    fn order_of_declaration(&mut self, collected: &Collected) {
        let number = |r: &Self, decl: usize| match r.decls[decl].kind {
            DeclKind::Variable(n) if n != usize::MAX => Some((n, decl)),
            _ => None,
        };
        let declared = collected.variables.iter().map(|d| d.decl).chain(collected.fields.iter().map(|f| f.decl));
        let mut order: Vec<(usize, usize)> = declared.filter_map(|d| number(self, d)).collect();
        order.sort_by_key(|(n, decl)| (self.pending[*n].variable.mirror, *decl));
        let mut place = vec![0; self.pending.len()];
        for (new, (old, decl)) in order.iter().enumerate() {
            place[*old] = new;
            self.decls[*decl].kind = DeclKind::Variable(new);
        }
        let mut pending: Vec<(usize, super::Pending)> =
            std::mem::take(&mut self.pending).into_iter().enumerate().map(|(old, p)| (place[old], p)).collect();
        pending.sort_by_key(|p| p.0);
        self.pending = pending.into_iter().map(|p| p.1).collect();
        for (new, p) in self.pending.iter_mut().enumerate() {
            p.variable.of = p.variable.of.map(|of| place[of]);
            for (order, leaf) in [p.variable.leaf, p.variable.rate, p.variable.second].into_iter().enumerate() {
                self.places.insert(leaf, (new, order as u32));
            }
        }
        self.fields.renumber(&place);
    }

    /// Evaluates everything that has a name, so that every mistake is found.
    fn all_names(&mut self) {
        let mut k = 0;
        while k < self.decls.len() {
            let span = self.decls[k].span;
            if !matches!(self.decls[k].kind, DeclKind::Variable(_) | DeclKind::Label | DeclKind::Bound) {
                let value = self.decl_value(k, span);
                if let Some(Value::Family(f)) = value {
                    self.read_members(&f, span);
                }
            }
            k += 1;
        }
    }

    /// A family's body is read at its members (of many: at both ends), so that mistakes in it are found.
    fn read_members(&mut self, f: &super::super::value::Family, span: Span) {
        let count = super::index::members(&f.sets);
        if !matches!(f.source, super::super::value::Source::Definition(_)) || count == 0 {
            return;
        }
        let which: Vec<usize> = if count <= limits::UNROLL { (0..count).collect() } else { vec![0, count - 1] };
        for k in which {
            let mut rest = k;
            let mut at = Vec::with_capacity(f.sets.len());
            for set in f.sets.iter().rev() {
                at.push(super::index::Position::Constant(rest % set.len()));
                rest /= set.len();
            }
            at.reverse();
            if self.member_at(f, &at, span).is_none() {
                return;
            }
        }
    }

    fn one_generator(&mut self, list: Vec<(Generator, usize, bool)>, word: &str) -> Option<Generator> {
        let (own, inner): (Vec<_>, Vec<_>) = list.into_iter().partition(|g| g.2);
        if let [first, second, ..] = own.as_slice() {
            let (a, b) = (first.0.keyword, second.0.keyword);
            self.report(
                Diagnostic::error("E0305", b, format!("a system has one {word}"))
                    .label(a, "the first one")
                    .help("add them up in one line"),
            );
        }
        if let Some((outer, decl, _)) = own.into_iter().next() {
            // Each component's generator must take part in the outer one.
            let read = self.reads(decl);
            for (g, d, _) in inner {
                if !read.contains(&d) {
                    let component = g.name.rsplit_once('.').map_or(g.name.as_str(), |n| n.0).to_owned();
                    let help = format!("add it: `{word} {} = {} + …`", outer.name, g.name);
                    let message =
                        format!("the {word} does not contain `{}`, so `{component}` would not take part", g.name);
                    self.report(Diagnostic::error("E0306", outer.keyword, message).help(help));
                }
            }
            return Some(outer);
        }
        inner.into_iter().map(|g| g.0).reduce(|total, g| {
            let value = self.graph.add(total.value, g.value);
            Generator { value, name: format!("{} + {}", total.name, g.name), ..total }
        })
    }

    /// Every declaration that the value of one rests on.
    fn reads(&self, decl: usize) -> std::collections::BTreeSet<usize> {
        let mut found = std::collections::BTreeSet::new();
        let mut stack = vec![decl];
        while let Some(d) = stack.pop() {
            if found.insert(d) {
                stack.extend(self.uses.range((d, 0)..=(d, usize::MAX)).map(|u| u.1));
            }
        }
        found
    }

    fn assumptions(&mut self, kept: &[Kept]) -> Vec<Assumption> {
        let mut out = Vec::new();
        for k in kept {
            let StmtKind::Assume(list) = &k.stmt.kind else { continue };
            let env = self.env(k.instance, k.module);
            for e in list {
                let truth = self.truth(e, &env);
                if let Some(condition) = truth.filter(|c| self.whole_quantity(*c, e.span, "this condition").is_some()) {
                    let text = self.text(e.span).split_whitespace().collect::<Vec<_>>().join(" ");
                    out.push(Assumption { span: e.span, text, condition });
                }
            }
        }
        out
    }

    fn observables(&mut self, kept: &[Kept]) -> Vec<Observable> {
        let mut out: Vec<(Observable, Vec<Dim>)> = Vec::new();
        for k in kept.iter().filter(|k| k.own) {
            let (list, invariant) = match &k.stmt.kind {
                StmtKind::Observe(list) => (list, false),
                StmtKind::Invariant(list) => (list, true),
                _ => continue,
            };
            let env = self.env(k.instance, k.module);
            for n in list {
                let (name, value) = match &n.name {
                    Some(ident) => {
                        if n.index.is_some() {
                            continue;
                        }
                        let Some(&decl) = self.instances[k.instance].names.get(&ident.name) else { continue };
                        (ident.name.clone(), self.decl_value(decl, ident.span))
                    }
                    None => {
                        let text = self.text(n.value.span).split_whitespace().collect::<Vec<_>>().join(" ");
                        (text, self.eval(&n.value, &env))
                    }
                };
                let Some(value) = value else { continue };
                if let Some(known) = out.iter_mut().find(|o| o.0.name == name) {
                    if invariant && !known.0.invariant {
                        known.0.invariant = true;
                    } else {
                        let first = known.0.span;
                        self.report(
                            Diagnostic::warning("W0454", n.span, format!("`{name}` is recorded already"))
                                .label(first, "here")
                                .help("remove one of them; invariants are recorded too"),
                        );
                    }
                    continue;
                }
                if !invariant && self.pending.iter().any(|p| p.variable.name == name) {
                    self.report(
                        Diagnostic::warning("W0454", n.span, format!("`{name}` is recorded already"))
                            .help("coordinates, velocities, momenta and states are always recorded"),
                    );
                    continue;
                }
                let labels = match &value {
                    Value::Family(f) => Some(f.sets.clone()),
                    _ => None,
                };
                let Some(a) = self.to_array(value, n.value.span) else { continue };
                let Some(a) = self.spread(a, n.value.span) else { continue };
                let elements = match labels {
                    Some(sets) => Self::element_names(&name, &sets, &a.shape[sets.len().min(a.shape.len())..]),
                    None => Self::element_names(&name, &[], &a.shape),
                };
                let dims = a.items.iter().map(|s| s.dim.clone()).collect();
                out.push((
                    Observable {
                        name,
                        span: n.span,
                        items: a.items.iter().map(|s| s.expr).collect(),
                        shape: a.shape,
                        elements,
                        dimension: Dimension::one(),
                        invariant,
                    },
                    dims,
                ));
            }
        }
        self.observable_dims = out.iter().map(|o| o.1.first().cloned().unwrap_or(Dim::Any)).collect();
        out.into_iter().map(|o| o.0).collect()
    }

    fn simulate_block(&mut self, kept: &[Kept]) -> Option<super::super::system::SimulateOptions> {
        let mut found: Option<super::super::system::SimulateOptions> = None;
        for k in kept.iter().filter(|k| k.own) {
            let StmtKind::Simulate(config) = &k.stmt.kind else { continue };
            let env = self.env(k.instance, k.module);
            let options = self.simulate_options(config, &env);
            if let Some(first) = &found {
                let at = first.span;
                self.report(
                    Diagnostic::error("E0405", config.span, "a system has one `simulate`").label(at, "the first one"),
                );
                continue;
            }
            found = Some(options);
        }
        found
    }

    /// Options of a call or of the command line replace those of the block; a span without samples
    /// keeps those of the block.
    fn options_on_top(
        &mut self,
        instance: usize,
        block: Option<super::super::system::SimulateOptions>,
    ) -> Option<super::super::system::SimulateOptions> {
        let extra = std::mem::take(&mut self.extra_options);
        if extra.is_empty() {
            return block;
        }
        let mut options = block.unwrap_or_default();
        let before = options.time.clone();
        let env = self.env(instance, self.call_module);
        for entry in &extra {
            let (ExprKind::Name(name), ConfigValue::Expr(value)) = (&*entry.target.kind, &entry.value) else {
                continue;
            };
            self.simulate_option(name, entry.target.span, value, &env, &mut options);
        }
        if let (Some(now), Some(before)) = (&mut options.time, before) {
            if now.by.is_none() && now.count.is_none() {
                now.by = before.by;
            }
        }
        Some(options)
    }

    fn checks(&mut self, kept: &[Kept]) -> Vec<super::super::system::Check> {
        let mut out = Vec::new();
        for k in kept.iter().filter(|k| k.own) {
            let StmtKind::Check(check) = &k.stmt.kind else { continue };
            let env = self.env(k.instance, k.module);
            out.extend(self.check(check, &env));
        }
        out
    }

    /// Dimensions that nothing determines are pure numbers, with a warning at the name.
    fn defaults_for_unknown_dimensions(&mut self) {
        if !self.program.has_units {
            return;
        }
        let failed = self.diagnostics.has_errors();
        let free: Vec<crate::dimension::Var> = self.dims.default_remaining();
        if failed {
            return;
        }
        for var in free {
            let Some(unknown) = self.unknown_names.iter().find(|u| u.var == var).cloned() else { continue };
            let what = unknown.what;
            let message = format!("nothing in this file fixes the dimension of {what}; it is taken as a pure number");
            self.report(Diagnostic::warning("W0216", unknown.span, message).help(unknown.help));
        }
    }

    pub fn final_dimension(&self, dim: &Dim) -> Dimension {
        match dim {
            Dim::Any => Dimension::one(),
            Dim::Term(t) => self.dims.value(t).unwrap_or_else(Dimension::one),
        }
    }

    /// Every name with a numeric value, components as `a.θ`.
    fn named_values(&mut self, main: usize) -> IndexMap<String, NamedValue> {
        let mut out = IndexMap::new();
        let mut instances = vec![main];
        let mut at = 0;
        while at < instances.len() {
            let instance = instances[at];
            at += 1;
            let prefix = self.instances[instance].prefix.clone();
            let names: Vec<(String, usize)> =
                self.instances[instance].names.iter().map(|(n, d)| (n.clone(), *d)).collect();
            for (name, decl) in names {
                if name.ends_with(' ') {
                    continue;
                }
                let super::Slot::Done(value) = self.decls[decl].slot.clone() else { continue };
                let labels = match &value {
                    Value::Component(inner) => {
                        instances.push(*inner);
                        continue;
                    }
                    Value::Real(_) | Value::Array(_) => Vec::new(),
                    Value::Family(f) if f.sets.iter().map(|s| s.len()).product::<usize>() <= limits::EXPLICIT => {
                        f.sets.clone()
                    }
                    _ => continue,
                };
                // What cannot be written out stays without a value; that was no mistake of the file.
                let before = self.diagnostics.clone();
                let span = self.decls[decl].span;
                if self.numbers_of(&value) > self.written {
                    continue;
                }
                let misread = self.fields.misread.len();
                let spread = self.to_array(value, span).and_then(|a| self.spread(a, span));
                let of_elements = self.fields.misread.len() > misread;
                self.fields.misread.truncate(misread);
                let Some(Array { shape, items }) = spread.filter(|_| !of_elements) else {
                    self.diagnostics = before;
                    continue;
                };
                let full = format!("{prefix}{name}");
                let elements = Self::element_names(&full, &labels, &shape[labels.len().min(shape.len())..]);
                let dimensions = items.iter().map(|s| self.final_dimension(&s.dim)).collect();
                out.insert(
                    full,
                    NamedValue { shape, items: items.iter().map(|s| s.expr).collect(), dimensions, elements },
                );
            }
        }
        out
    }
}

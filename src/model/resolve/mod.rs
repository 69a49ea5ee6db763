//! Names, shapes and dimensions of one system, expression by expression.
//!
//! Declarations are collected first and evaluated when they are needed, each once, so their order
//! in the text never matters and a cycle is found where it closes. Every expression is evaluated
//! straight into the graph together with its dimension; a failed part yields `None`, has been
//! reported where it failed, and is silent afterwards.

mod arithmetic;
mod builtin;
mod call;
mod check;
mod declare;
mod derived;
mod dissipative;
mod each;
mod equation;
mod expr;
mod field;
mod finish;
mod function;
mod hessian;
mod index;
mod indexed;
mod name;
mod net;
mod options;
mod result;
mod scope;
mod start;
mod start_family;
mod template;
mod variable;

pub use builtin::OTHERS as GIVEN_FUNCTIONS;
pub(crate) use builtin::is_builtin;
pub(crate) use declare::hides;
pub(crate) use finish::top_level;
pub use finish::{ASKED, SystemRequest, resolve_check, resolve_system, resolve_values, system_names};
pub use options::SIMULATE_OPTIONS;
pub use result::OUTCOMES;
pub(crate) use template::{Template, template};

use super::program::Program;
use super::system::{Derivation, Parameter, Role, Variable};
use super::value::{Dim, Scalar, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::{Solver, Term};
use crate::limits;
use crate::symbolic::{ElementNames, ExprId, Graph, Standing, SymbolInfo};
use crate::syntax::tree;
use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Where a dimension came from: what was compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub left: Span,
    pub right: Span,
}

/// A scope that names belong to: a system, a component of it, or the top level of a module.
#[derive(Debug)]
pub(crate) struct Instance {
    /// `a.` for the names of component `a`; empty for the system itself.
    pub prefix: String,
    /// The instance of the module that the text stands in; `None` for a module itself.
    pub module: usize,
    /// Its names.
    pub names: IndexMap<String, usize>,
}

/// A declared name.
#[derive(Debug)]
pub(crate) struct Decl {
    pub name: String,
    pub span: Span,
    pub instance: usize,
    pub module: usize,
    pub kind: DeclKind,
    pub slot: Slot,
}

/// What was declared.
#[derive(Clone, Debug)]
pub(crate) enum DeclKind {
    Param(Arc<tree::Param>),
    Input(Arc<tree::Param>),
    Const(Arc<tree::Const>),
    Set(Arc<tree::SetItem>),
    Function(Arc<tree::Function>),
    Net(Arc<tree::Net>),
    Variable(usize),
    Definition(Arc<tree::Assign>),
    /// A named value: a generator, a force, `observe E = …`.
    Value(Arc<tree::Expr>, Option<Arc<tree::TypeExpr>>),
    Component(usize),
    /// An axis of a grid.
    Axis,
    Bound,
    System,
    Module(usize),
    /// A name that is taken and stands for no value, such as a constraint's.
    Label,
}

/// How far the evaluation of a declaration is.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Waiting,
    Open,
    Done(Value),
    Failed,
}

/// Where an expression is read.
#[derive(Clone, Debug)]
pub(crate) struct Env {
    pub instance: usize,
    pub module: usize,
    pub locals: Option<Arc<Local>>,
    /// Whether functionals over a run (`drift`, one-argument `max`) are allowed.
    pub in_check: bool,
    /// Number of loop domains around.
    pub level: u32,
    /// Tuples of all loop domains around, multiplied.
    pub terms: u64,
}

/// A formal or a `for` variable.
#[derive(Debug)]
pub(crate) struct Local {
    pub name: String,
    pub value: Value,
    pub outer: Option<Arc<Local>>,
}

impl Env {
    pub fn with(&self, name: &str, value: Value) -> Env {
        let mut inner = self.clone();
        inner.locals = Some(Arc::new(Local { name: name.to_owned(), value, outer: self.locals.clone() }));
        inner
    }

    pub fn local(&self, name: &str) -> Option<&Value> {
        let mut at = self.locals.as_deref();
        while let Some(local) = at {
            if local.name == name {
                return Some(&local.value);
            }
            at = local.outer.as_deref();
        }
        None
    }
}

/// A variable before its dimension is known.
#[derive(Debug)]
pub(crate) struct Pending {
    pub variable: Variable,
    pub dim: Dim,
    pub value: Value,
}

/// A parameter before its dimension is known.
#[derive(Debug)]
pub(crate) struct PendingParameter {
    pub parameter: Parameter,
    pub dim: Dim,
}

/// An unknown of the dimensions, for a warning where nothing fixes it.
#[derive(Clone, Debug)]
pub(crate) struct UnknownDimension {
    pub var: crate::dimension::Var,
    /// `x`, with its marks.
    pub what: String,
    /// What states it.
    pub help: String,
    pub span: Span,
}

pub(crate) struct Resolver<'p> {
    pub program: &'p Program,
    pub graph: Graph,
    pub diagnostics: Diagnostics,
    pub instances: Vec<Instance>,
    pub decls: Vec<Decl>,
    pub module_instances: Vec<Option<usize>>,
    pub own_units: Vec<Option<super::units::OwnUnits>>,
    pub dims: Solver<Origin>,
    pub time: ExprId,
    pub pending: Vec<Pending>,
    pub parameters: Vec<PendingParameter>,
    pub open: Vec<usize>,
    /// Which declaration read which.
    pub uses: std::collections::BTreeSet<(usize, usize)>,
    /// Functions and definitions with arguments that were called, with what the first call gave them.
    pub applied: std::collections::BTreeMap<usize, Vec<Option<function::ArgumentType>>>,
    pub depth: usize,
    /// Expressions evaluated so far.
    pub evaluations: u64,
    /// Terms of all families so far.
    pub family_terms: u64,
    /// Budgets that are spent, each reported once.
    pub spent: Vec<&'static str>,
    /// Which variable and how often differentiated a leaf is.
    pub places: FxHashMap<ExprId, (usize, u32)>,
    /// Inside a product with a factor 1/2.
    pub halved: bool,
    /// Values that `with` or an argument replaced: the old one, for its dimension.
    pub replaced: Vec<(usize, template::Replaced)>,
    /// Terms up to which sums are written out ([`limits::UNROLL`] unless a test says otherwise).
    pub unroll: usize,
    pub components: usize,
    /// The name of the system, and the templates that are open.
    pub home: Span,
    pub nesting: Vec<Span>,
    /// Components of all variables so far.
    pub components_made: usize,
    pub family_cache: FxHashMap<(usize, Vec<ExprId>), Option<Value>>,
    pub functionals: Vec<super::system::Functional>,
    pub derivations: Vec<Derivation>,
    pub abstracts: Vec<(String, Span)>,
    /// Learned functions that were read, by declaration.
    pub nets: IndexMap<usize, net::LearnedFunction>,
    /// Whether learned functions stay symbols, for equations that are read and not run.
    pub on_paper: bool,
    /// Numbers of a field up to which names that differ from point to point have their values written out.
    pub written: usize,
    /// Types of the values, for a file with units: dimension unknowns made for names.
    pub unknown_names: Vec<UnknownDimension>,
    /// Names in a list that have the type of one behind them: name, and that type as written.
    shared_types: Vec<(String, Span)>,
    /// Results of experiment lines that names may stand for.
    pub results: Vec<super::experiment::ResultScope>,
    /// The dimension of the first Lagrangian or Hamiltonian, with its place.
    pub energy: Option<(Term, Span)>,
    /// Dimensions of Rayleigh functions.
    pub powers: Vec<(Term, Span)>,
    /// Dimensions of the observables, in their order.
    pub observable_dims: Vec<Dim>,
    /// Options of `simulate` on top of the system's own.
    pub extra_options: Vec<tree::ConfigEntry>,
    /// The module that those options are read in.
    pub call_module: usize,
    /// Places of the starts that a call gives: there a `for` may make several trajectories.
    pub call_starts: Vec<Span>,
    /// Parameters that a call draws, each with whether it is a new name of the call.
    pub call_draws: Vec<(tree::Init, bool)>,
    /// Places of the starts that are axes of a grid.
    pub call_axes: Vec<Span>,
    /// Whether a check is being read: its functionals are its own.
    pub functionals_of_checks: bool,
    /// How many trajectories they make.
    pub trajectories: Option<usize>,
    /// Leaves that stand for results of experiment lines.
    pub bindings: Vec<super::experiment::Binding>,
    /// Where among them a quantity stands: result, trajectory, item, derivative.
    pub bound_at: FxHashMap<(usize, Option<usize>, ExprId, u32), usize>,
    /// Nets of the graph that are those of earlier results, in the order of the graph.
    pub borrowed_nets: Vec<super::function::BorrowedNet>,
    /// Grids, and what stands for fields on them.
    pub fields: field::Grids,
}

impl<'p> Resolver<'p> {
    pub fn new(program: &'p Program) -> Self {
        let mut graph = Graph::new();
        let symbol = graph.symbol(SymbolInfo::scalar("t").standing(Standing::Variable));
        let time = graph.scalar(symbol);
        Resolver {
            program,
            graph,
            diagnostics: Diagnostics::new(),
            instances: Vec::new(),
            decls: Vec::new(),
            module_instances: vec![None; program.modules.len()],
            own_units: vec![None; program.modules.len()],
            dims: Solver::new(),
            time,
            pending: Vec::new(),
            parameters: Vec::new(),
            open: Vec::new(),
            uses: Default::default(),
            applied: Default::default(),
            depth: 0,
            evaluations: 0,
            family_terms: 0,
            spent: Vec::new(),
            places: FxHashMap::default(),
            halved: false,
            replaced: Vec::new(),
            unroll: limits::UNROLL,
            components: 0,
            home: Span::default(),
            nesting: Vec::new(),
            components_made: 0,
            family_cache: FxHashMap::default(),
            functionals: Vec::new(),
            derivations: Vec::new(),
            abstracts: Vec::new(),
            nets: IndexMap::new(),
            on_paper: false,
            written: limits::FIELD_NAMED,
            unknown_names: Vec::new(),
            shared_types: Vec::new(),
            results: Vec::new(),
            energy: None,
            powers: Vec::new(),
            observable_dims: Vec::new(),
            extra_options: Vec::new(),
            call_module: 0,
            call_starts: Vec::new(),
            call_draws: Vec::new(),
            call_axes: Vec::new(),
            functionals_of_checks: false,
            trajectories: None,
            bindings: Vec::new(),
            bound_at: FxHashMap::default(),
            borrowed_nets: Vec::new(),
            fields: field::Grids::default(),
        }
    }

    /// Keeps a diagnostic. What differs is often two names, and the mistake where they are defined: a
    /// message on shapes or dimensions shows those places, and the same message on the same names is
    /// given once.
    pub fn report(&mut self, mut diagnostic: Diagnostic) {
        if matches!(diagnostic.code, "E0204" | "E0221" | "E0223" | "E0224" | "E0225" | "E0226") {
            let places: Vec<Span> =
                std::iter::once(diagnostic.span).chain(diagnostic.labels.iter().map(|l| l.span)).collect();
            let mut origins: Vec<(Span, String)> = Vec::new();
            for place in places {
                origins.extend(self.origin_of_name(place).filter(|o| !origins.contains(o)));
            }
            let told = |d: &Diagnostic| {
                d.code == diagnostic.code
                    && d.message == diagnostic.message
                    && origins.iter().all(|o| d.labels.iter().any(|l| l.span == o.0))
            };
            if !origins.is_empty() && self.diagnostics.iter().any(told) {
                return;
            }
            if matches!(diagnostic.code, "E0225" | "E0226") && diagnostic.notes.is_empty() {
                diagnostic.notes.extend(self.shared_type(&diagnostic));
            }
            for (span, text) in origins {
                if diagnostic.labels.len() < 4 && diagnostic.labels.iter().all(|l| l.span != span) {
                    diagnostic = diagnostic.label(span, text);
                }
            }
        }
        self.diagnostics.push(diagnostic);
    }

    /// Of a shape that is not the expected one: whether a name in it has its type from its neighbour in a list.
    fn shared_type(&self, d: &Diagnostic) -> Option<String> {
        let places = std::iter::once(d.span).chain(d.labels.iter().map(|l| l.span));
        let texts: Vec<&str> = places.map(|span| self.program.files.text(span)).collect();
        let reads = |name: &str| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            texts.iter().any(|t| t.split(|c| !word(c)).any(|w| w == name))
        };
        let (name, ty) = self.shared_types.iter().find(|(name, _)| reads(name))?;
        let ty = self.program.files.text(*ty);
        Some(format!("`{name}` has the type of the next in its list, `{ty}`; a number is declared `{name} : real`"))
    }

    pub fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }

    /// A leaf with one entry (a `Symbol`) or several (an `ArraySymbol`).
    pub fn leaf(&mut self, name: &str, elements: &Arc<[String]>, scalar: bool) -> ExprId {
        let names = ElementNames::new(elements.clone(), 0);
        self.standing_leaf(name, names, (elements.len(), &axes(elements)), scalar, Standing::Coefficient)
    }

    /// The leaves of a variable and of its first and second derivative.
    pub fn moving_leaves(&mut self, name: &str, elements: &Arc<[String]>, scalar: bool, role: Role) -> [ExprId; 3] {
        let standing = match role {
            Role::Momentum => [Standing::Rate, Standing::Highest, Standing::Highest],
            Role::Coordinate | Role::State => [Standing::Variable, Standing::Rate, Standing::Highest],
        };
        let shape = axes(elements);
        [0, 1, 2].map(|order| {
            let primes = "'".repeat(order);
            let names = ElementNames::new(elements.clone(), order);
            self.standing_leaf(&format!("{name}{primes}"), names, (elements.len(), &shape), scalar, standing[order])
        })
    }

    fn standing_leaf(
        &mut self,
        name: &str,
        names: ElementNames,
        (length, shape): (usize, &[u32]),
        scalar: bool,
        standing: Standing,
    ) -> ExprId {
        if scalar {
            let symbol = self.graph.symbol(SymbolInfo::scalar(name).standing(standing));
            self.graph.scalar(symbol)
        } else {
            let info = SymbolInfo::array(name, length as u32).elements(names).shaped(shape);
            let symbol = self.graph.symbol(info.standing(standing));
            self.graph.array(symbol)
        }
    }

    /// The entry `k` of a leaf.
    pub fn entry(&mut self, leaf: ExprId, scalar: bool, k: usize) -> ExprId {
        if scalar {
            return leaf;
        }
        let index = self.graph.integer(k as i64);
        self.graph.read(leaf, index)
    }

    pub fn number(&mut self, n: i64) -> Scalar {
        Scalar { expr: self.graph.integer(n), dim: Dim::one() }
    }

    /// A new unknown dimension, or a pure number in a file without units.
    pub fn unknown(&mut self, name: &str, span: Span) -> Dim {
        self.unknown_of(format!("`{name}`"), format!("state it: `{name} : [m]`, or `{name} : [1]`"), span)
    }

    /// The same of what has no name: in words, with what states it.
    pub fn unknown_of(&mut self, what: String, help: String, span: Span) -> Dim {
        if !self.program.has_units {
            return Dim::one();
        }
        let var = self.dims.new_variable(Origin { left: span, right: span });
        self.unknown_names.push(UnknownDimension { var, what, help, span });
        Dim::Term(Term::from(var))
    }

    /// Whether evaluation may go one level deeper; reports once where it may not.
    pub fn deeper(&mut self, span: Span) -> bool {
        self.evaluations += 1;
        if self.depth >= limits::EVALUATION_DEPTH {
            let message =
                format!("this needs more than {} nested definitions and operations", limits::EVALUATION_DEPTH);
            return self.exhausted(Diagnostic::error("E0510", span, message).help("shorten the chain of definitions"));
        }
        if let Some(excess) = self.graph.excess() {
            let message = format!("this system needs {}", excess.amount());
            return self.exhausted(Diagnostic::error("E0511", span, message).help(excess.advice()));
        }
        if self.evaluations > limits::EVALUATIONS {
            let message = format!("this system takes more than {} evaluations of expressions", limits::EVALUATIONS);
            let help =
                "sums of few terms are written out, and nested ones multiply: give an inner sum a name and an index";
            return self.exhausted(Diagnostic::error("E0524", span, message).help(help));
        }
        true
    }

    /// A spent budget is reported where it ran out, and once.
    fn exhausted(&mut self, diagnostic: Diagnostic) -> bool {
        if !self.spent.contains(&diagnostic.code) {
            self.spent.push(diagnostic.code);
            self.report(diagnostic);
        }
        false
    }

    /// Whether an expression depends on time or on anything that moves.
    pub fn moves(&self, exprs: &[ExprId]) -> bool {
        let moves = |leaf: &ExprId| {
            *leaf == self.time || self.places.contains_key(leaf) || self.fields.marks.contains_key(leaf)
        };
        self.graph.free_leaves(exprs).iter().any(moves)
    }
}

/// Sizes of the axes of an array with several, read off the names of its elements, `r[3][2]`.
fn axes(elements: &[String]) -> Vec<u32> {
    let brackets = |name: &str| -> Vec<usize> { name.match_indices('[').map(|(at, _)| at).collect() };
    let Some(first) = elements.first().filter(|e| brackets(e).len() > 1) else { return Vec::new() };
    // How many elements share the first `k` indices: all begin with the same text up to a bracket.
    let mut inner: Vec<usize> = brackets(first)
        .into_iter()
        .map(|at| {
            let shared = &first[..=at];
            elements.partition_point(|e| e.starts_with(shared))
        })
        .collect();
    inner.push(1);
    inner.windows(2).map(|pair| (pair[0] / pair[1].max(1)) as u32).collect()
}

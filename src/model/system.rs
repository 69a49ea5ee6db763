//! A resolved system: every name bound, every shape and dimension known, every expression in one
//! graph. No later stage checks a name or a unit again.

use crate::diagnostic::Span;
use crate::dimension::Dimension;
use crate::symbolic::{Entry, ExprId, Graph};
use indexmap::IndexMap;
use std::sync::Arc;

/// A physical system, resolved.
#[derive(Clone, Debug)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Its name in the text.
    pub span: Span,
    /// Holds every expression of the system.
    pub graph: Graph,
    /// The leaf `t`.
    pub time: ExprId,
    /// Run-time arguments, in the order of declaration.
    pub parameters: Vec<Parameter>,
    /// Coordinates, momenta, states and mirrors, in the order of declaration (mirrors last).
    pub variables: Vec<Variable>,
    /// `lagrangian`, if stated.
    pub lagrangian: Option<Generator>,
    /// `hamiltonian`, if stated.
    pub hamiltonian: Option<Generator>,
    /// `rayleigh` lines, of components too; they add up.
    pub rayleigh: Vec<Generator>,
    /// `irrotational` lines; they add up.
    pub irrotational: Vec<Generator>,
    /// `dissipative`, if stated.
    pub dissipative: Option<Generator>,
    /// `mass`, row by row.
    pub mass: Option<(Vec<ExprId>, Span)>,
    /// `bracket`, row by row over the states.
    pub bracket: Option<(Vec<ExprId>, Span)>,
    /// `force` lines.
    pub forces: Vec<Force>,
    /// `x' = …`, `q'' = …`, `der(…) = …`, `equation a = b`.
    pub equations: Vec<Equation>,
    /// `init` lines, expanded.
    pub starts: Vec<Start>,
    /// Starts of whole fields.
    pub field_starts: Vec<super::grid::FieldStart>,
    /// Grids that fields live on.
    pub grids: Vec<super::grid::Grid>,
    /// How many trajectories its starts are for, where a call gives several.
    pub trajectories: Option<usize>,
    /// Numbers of earlier lines of an experiment that a call reads.
    pub reads: super::experiment::Reads,
    /// Parameters that a call draws at random, in the order of the call.
    pub draws: Vec<Draw>,
    /// `assume` lines.
    pub assumptions: Vec<Assumption>,
    /// `observe` and `invariant` lines, in the order of the text.
    pub observables: Vec<Observable>,
    /// `check` lines.
    pub checks: Vec<Check>,
    /// `simulate`, if stated.
    pub simulate: Option<SimulateOptions>,
    /// How the system was made from another.
    pub derivations: Vec<Derivation>,
    /// Every name that has a value, with the components as `a.θ`.
    pub names: IndexMap<String, NamedValue>,
    /// Abstract functions (`V(s) : [J]` without a body), by name.
    pub abstract_functions: Vec<(String, Span)>,
    /// Learned functions that the system reads.
    pub nets: Vec<super::LearnedNet>,
    /// Functions that lines of an experiment may call, where it has some.
    pub functions: Option<std::sync::Arc<super::function::Functions>>,
    /// SHA-256 of the program's texts.
    pub hash: String,
    /// Whether dimensions are checked in this file.
    pub has_units: bool,
}

/// A run-time argument.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Full name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Where its value is written: by the declaration, or by what replaces it.
    pub value: Span,
    /// `Symbol`, or `ArraySymbol` of `default.len()` entries.
    pub leaf: ExprId,
    /// Values in SI, which may depend on other parameters.
    pub default: Vec<ExprId>,
    /// Names of the entries.
    pub elements: Arc<[String]>,
    /// Its dimension.
    pub dimension: Dimension,
    /// Lower and upper end after `in`.
    pub bounds: Option<(ExprId, ExprId)>,
    /// Whether it is an `input`.
    pub input: bool,
    /// Whether no file names it: a scale of a net, which belongs to the weights, or the pixels of a picture.
    pub hidden: bool,
}

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `coord`
    Coordinate,
    /// `momentum p of q`
    Momentum,
    /// `state`
    State,
}

/// A coordinate, momentum or state, with all its components.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Full name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// What it is.
    pub role: Role,
    /// Its value: `Symbol`, or `ArraySymbol` of `elements.len()` entries.
    pub leaf: ExprId,
    /// Its first time derivative, of the same form.
    pub rate: ExprId,
    /// Its second time derivative (of coordinates).
    pub second: ExprId,
    /// Names of the components: `θ1`, `r[sun][2]`.
    pub elements: Arc<[String]>,
    /// Whether it is one scalar (its leaf a `Symbol`).
    pub scalar: bool,
    /// Its dimension.
    pub dimension: Dimension,
    /// Whether it is an angle of period 2π.
    pub periodic: bool,
    /// Of a momentum: its coordinate; of a mirror: its original. Index into `variables`.
    pub of: Option<usize>,
    /// Whether it is a mirror.
    pub mirror: bool,
    /// Of a field: where it lives.
    pub field: Option<super::grid::Field>,
}

/// `lagrangian L = …` and its relatives.
#[derive(Clone, Debug)]
pub struct Generator {
    /// The name it declares.
    pub name: String,
    /// The keyword.
    pub keyword: Span,
    /// Its value.
    pub value: ExprId,
    /// Its dimension.
    pub dimension: Dimension,
}

/// `force f on X = F`: virtual work `F·δX`.
#[derive(Clone, Debug)]
pub struct Force {
    /// Its name.
    pub name: String,
    /// The statement.
    pub span: Span,
    /// The components of `X`.
    pub on: Vec<ExprId>,
    /// The components of `F`.
    pub value: Vec<ExprId>,
}

/// An equation that the file states itself.
#[derive(Clone, Debug)]
pub struct Equation {
    /// The statement.
    pub span: Span,
    /// What it says.
    pub kind: EquationKind,
}

/// The form of an [`Equation`].
#[derive(Clone, Debug)]
pub enum EquationKind {
    /// `leaf' = value` (order 1) or `leaf'' = value` (order 2), for one component or, in a family,
    /// for the component `index` (flat, from 0) over the free domains of `index`.
    Explicit {
        /// Index into [`System::variables`].
        variable: usize,
        /// 1 or 2.
        order: u32,
        /// Component and right side.
        entries: Vec<Entry>,
    },
    /// `left - right = 0`, one for each component.
    Implicit {
        /// The residuals.
        residual: Vec<Entry>,
    },
}

/// A start of one component.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where it is written.
    pub span: Span,
    /// Index into [`System::variables`].
    pub variable: usize,
    /// 0: the value; 1: the first derivative.
    pub order: u32,
    /// Component, from 0.
    pub component: usize,
    /// With what.
    pub value: StartValue,
    /// Of a run from several starts: the trajectory that it belongs to, from 0; else it is everyone's.
    pub trajectory: Option<usize>,
}

/// A parameter that is drawn anew for each trajectory: `param g ~ normal(9.8, 0.1)`, `draw a ~ uniform(0, 1)`.
#[derive(Clone, Debug)]
pub struct Draw {
    /// Where it is written.
    pub span: Span,
    /// Index into [`System::parameters`].
    pub parameter: usize,
    /// Component, from 0.
    pub component: usize,
    /// Its distribution.
    pub value: StartValue,
    /// Whether it is a parameter of the system itself, and no random number of the call alone.
    pub own: bool,
}

/// What a component starts with.
#[derive(Clone, Debug)]
pub enum StartValue {
    /// An expression in parameters and other starts.
    Expr(ExprId),
    /// `~ uniform(lo, hi)`
    Uniform(ExprId, ExprId),
    /// `~ normal(mean, deviation)`
    Normal(ExprId, ExprId),
}

/// `assume r > 0`
#[derive(Clone, Debug)]
pub struct Assumption {
    /// The statement's expression.
    pub span: Span,
    /// As written, formatted.
    pub text: String,
    /// A boolean expression.
    pub condition: ExprId,
}

/// A recorded quantity.
#[derive(Clone, Debug)]
pub struct Observable {
    /// Its name, or its formatted text.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// Its components.
    pub items: Vec<ExprId>,
    /// Extents; empty for a scalar.
    pub shape: Vec<usize>,
    /// Names of the columns.
    pub elements: Arc<[String]>,
    /// Its dimension.
    pub dimension: Dimension,
    /// Whether its drift is watched.
    pub invariant: bool,
}

/// A value that later lines may read by name.
#[derive(Clone, Debug)]
pub struct NamedValue {
    /// Extents; empty for a scalar.
    pub shape: Vec<usize>,
    /// Components, row by row.
    pub items: Vec<ExprId>,
    /// Dimension of each component.
    pub dimensions: Vec<Dimension>,
    /// Names of the components.
    pub elements: Arc<[String]>,
}

/// `check …`
#[derive(Clone, Debug)]
pub struct Check {
    /// The statement.
    pub span: Span,
    /// As written, formatted.
    pub text: String,
    /// After `because`.
    pub because: Option<String>,
    /// Functionals over the run that the condition reads, innermost first.
    pub functionals: Vec<Functional>,
    /// The condition.
    pub condition: Condition,
}

/// A number that depends on a whole run.
#[derive(Clone, Debug)]
pub struct Functional {
    /// The leaf that stands for it.
    pub leaf: ExprId,
    /// Which.
    pub kind: FunctionalKind,
    /// The components of its argument.
    pub argument: Vec<ExprId>,
    /// Values of one vector at one time have one number here: they are computed together.
    pub group: usize,
}

/// Which functional.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionalKind {
    /// Largest value over samples and components.
    Max,
    /// Smallest value.
    Min,
    /// Mean over samples and components.
    Mean,
    /// Root of the mean square.
    Rms,
    /// Largest relative deviation from the start; optionally with a scale.
    Drift {
        /// `scale = x`
        scale: Option<ExprId>,
        /// The absolute terms of the outermost sum of each component, for the scale of an
        /// invariant that starts near zero.
        terms: Vec<Vec<ExprId>>,
    },
    /// 1 where no sample is above the one before.
    Decreasing,
    /// 1 where no sample is below the one before.
    Increasing,
    /// The value at a time (an expression of parameters).
    At(ExprId),
    /// How often an event fired.
    Count(String),
}

/// What a check asks of every sample.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// Any other truth value.
    Truth(ExprId),
    /// `left op right`, component by component.
    Compare {
        /// Left components.
        left: Vec<ExprId>,
        /// Which.
        op: crate::syntax::tree::CompareOp,
        /// Right components.
        right: Vec<ExprId>,
    },
    /// `left ≈ right within w`, in the norm over the components.
    Approx {
        /// Left components.
        left: Vec<ExprId>,
        /// Right components.
        right: Vec<ExprId>,
        /// The tolerance.
        within: ExprId,
        /// Whether the tolerance multiplies `abs(right)`.
        relative: bool,
    },
    /// `decreasing(e)` and its like on their own: the functional's leaf must be 1.
    Functional(ExprId),
    /// `a.outcome == Finished` in an experiment.
    Outcome {
        /// Which line, by its place among the results.
        result: usize,
        /// Which trajectory; `None`: every one.
        trajectory: Option<usize>,
        /// Name of the outcome.
        name: String,
        /// Whether it must be this one, or any other.
        equal: bool,
    },
}

/// `t = a..b by h`
#[derive(Clone, Debug)]
pub struct TimeSpan {
    /// Where it is written.
    pub span: Span,
    /// Start.
    pub from: ExprId,
    /// End.
    pub to: ExprId,
    /// Distance of samples.
    pub by: Option<ExprId>,
    /// Number of samples.
    pub count: Option<ExprId>,
}

/// Options of `simulate`.
#[derive(Clone, Debug, Default)]
pub struct SimulateOptions {
    /// The block.
    pub span: Span,
    /// `t = …`
    pub time: Option<TimeSpan>,
    /// `method = …`
    pub method: Option<(String, Span)>,
    /// `rtol = …`
    pub rtol: Option<(ExprId, Span)>,
    /// `atol = …`
    pub atol: Option<(ExprId, Span)>,
    /// `step = …`
    pub step: Option<(ExprId, Span)>,
    /// `max_steps = …`
    pub max_steps: Option<(ExprId, Span)>,
    /// `noise = …`: error of the start, relative to the largest magnitude of its variable.
    pub noise: Option<(ExprId, Span)>,
    /// `tolerance = …`: error, relative likewise, beyond which a motion run backwards is lost.
    pub tolerance: Option<(ExprId, Span)>,
    /// `from = run.end`: the run and whether its `end` (else its `start`).
    pub from: Option<(String, bool, Span)>,
    /// `seed = …`
    pub seed: Option<(ExprId, Span)>,
    /// `untrained = true`: nets run with their first weights.
    pub untrained: bool,
}

/// How a system was made from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derivation {
    /// `doubled(A)`
    Doubled(Span),
    /// `reversed(A)`
    Reversed(Span),
    /// `legendre(A)`
    Legendre(Span),
}

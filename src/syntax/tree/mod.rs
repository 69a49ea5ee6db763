//! The tree of a `.sys` text. Every node carries its [`Span`]; names are in their canonical form
//! (NFKC, Greek words as letters), and the text under the span is what the user wrote.
//!
//! Sums and products are n-ary, so a long chain is a shallow tree; nesting is bounded by
//! [`crate::limits::NESTING`] before a tree exists, so recursive walks over it are safe.

mod expression;
mod parts;

pub use expression::*;

use crate::diagnostic::Span;

/// A whole file.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    /// `sys 0.1`, if written: the text of the number.
    pub version: Option<(String, Span)>,
    /// Top-level items in the order of the text.
    pub items: Vec<Item>,
}

/// A name with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// Canonical form.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// A top-level item. `doc` comments (`## …`) stand with declarations.
#[derive(Clone, Debug)]
pub enum Item {
    /// `use …`
    Use(Use),
    /// `unit furlong = 201.168 [m]`
    Unit(Definition),
    /// `const n: int = 3`
    Const(Const),
    /// `set bodies = {sun, earth}` or `set k = 1..n`
    Set(SetItem),
    /// `fn f(x) = …`
    Fn(Function),
    /// `net f(x) -> real = …`
    Net(Net),
    /// `system …`
    System(System),
    /// `experiment name { … }`
    Experiment(Experiment),
    /// An experiment line outside a block.
    Line(Line),
}

/// `use std/mechanics (Pendulum) as P`
#[derive(Clone, Debug)]
pub struct Use {
    /// The whole line.
    pub span: Span,
    /// `std/mechanics` or the text of the string.
    pub path: String,
    /// Where the path is written.
    pub path_span: Span,
    /// Whether the path was a string.
    pub quoted: bool,
    /// The names in parentheses.
    pub names: Vec<Ident>,
    /// After `as`.
    pub alias: Option<Ident>,
}

/// `name = expr`
#[derive(Clone, Debug)]
pub struct Definition {
    /// The whole item.
    pub span: Span,
    /// What is defined.
    pub name: Ident,
    /// As what.
    pub value: Expr,
}

/// One name of a `const` line.
#[derive(Clone, Debug)]
pub struct Const {
    /// The whole entry.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// Its value.
    pub value: Expr,
}

/// `set s = …`
#[derive(Clone, Debug)]
pub struct SetItem {
    /// The whole line.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name.
    pub name: Ident,
    /// What it holds.
    pub value: SetValue,
}

/// What a set holds.
#[derive(Clone, Debug)]
pub enum SetValue {
    /// `{sun, earth, moon}`
    Members(Vec<Ident>),
    /// `1..n`, or the name of another set.
    Range(Box<Expr>),
}

/// `fn f(x: real = 1) : vector(2) = …`
#[derive(Clone, Debug)]
pub struct Function {
    /// The whole item.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name.
    pub name: Ident,
    /// Its formals.
    pub formals: Vec<Formal>,
    /// Type of the value.
    pub ty: Option<TypeExpr>,
    /// The value.
    pub body: Expr,
}

/// A formal argument.
#[derive(Clone, Debug)]
pub struct Formal {
    /// The whole formal.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// Its default.
    pub default: Option<Expr>,
}

/// `net f(q, p) -> real = mlp([64], tanh) with even(q), nonnegative`
#[derive(Clone, Debug)]
pub struct Net {
    /// The whole item.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name.
    pub name: Ident,
    /// Its formals.
    pub formals: Vec<Formal>,
    /// Type of the value.
    pub ty: TypeExpr,
    /// The architecture.
    pub body: Expr,
    /// After `with`.
    pub attributes: Vec<Expr>,
}

/// `system …`
#[derive(Clone, Debug)]
pub struct System {
    /// The whole item.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name; absent where the head is broken.
    pub name: Option<Ident>,
    /// What follows the name.
    pub body: SystemBody,
}

/// The right side of a `system`.
#[derive(Clone, Debug)]
pub enum SystemBody {
    /// `system B = doubled(A) with { … }`
    Derived {
        /// The call or name.
        value: Expr,
        /// The statements of `with`.
        with: Option<Vec<Stmt>>,
    },
    /// `system B(n: int = 3) extends A { … }`
    Block {
        /// Formals.
        formals: Vec<Formal>,
        /// After `extends`.
        extends: Option<Expr>,
        /// The statements.
        stmts: Vec<Stmt>,
    },
}

/// `experiment name { … }`
#[derive(Clone, Debug)]
pub struct Experiment {
    /// The whole item.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its name; absent where the head is broken.
    pub name: Option<Ident>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A statement of a system.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// The whole statement.
    pub span: Span,
    /// Its documentation.
    pub doc: Option<String>,
    /// What it says.
    pub kind: StmtKind,
}

/// What a statement of a system says.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `param m = 1 [kg] in 0..2, …`
    Param(Vec<Param>),
    /// `const …`
    Const(Vec<Const>),
    /// `set …`
    Set(SetItem),
    /// `fn …`
    Fn(Function),
    /// `net …`
    Net(Net),
    /// `coord θ : [rad] periodic`
    Coord(Vec<Variable>),
    /// `state x`
    State(Vec<Variable>),
    /// `momentum p of q`
    Momentum {
        /// The momenta.
        names: Vec<Variable>,
        /// Their coordinates.
        of: Vec<Variable>,
    },
    /// `mirror y of x`
    Mirror {
        /// The mirrors.
        names: Vec<Variable>,
        /// Their originals.
        of: Vec<Variable>,
    },
    /// `grid x in 0..1 count 10 periodic with elements = p1`
    Grid {
        /// The axes.
        axes: Vec<GridAxis>,
        /// After `with`.
        options: Vec<(Ident, Expr)>,
    },
    /// `field u(x) : [K]`
    Field(Vec<FieldVar>),
    /// `boundary u(0) = 1`
    Boundary(Vec<Equation>),
    /// `input u : [N] = 0`
    Input(Vec<Param>),
    /// `sub a = Pendulum(l = 1)`
    Sub {
        /// Its name, with an index where it is a family.
        name: Ident,
        /// The index, if any.
        index: Option<Index>,
        /// The call.
        value: Expr,
    },
    /// `lagrangian L = …` and its relatives.
    Generator {
        /// Which keyword.
        kind: Generator,
        /// Where the keyword stands.
        keyword: Span,
        /// The name it declares.
        name: Ident,
        /// Its value.
        value: Expr,
    },
    /// `force f on x = F`
    Force {
        /// Its name.
        name: Ident,
        /// A coordinate or a point.
        on: Expr,
        /// Its value.
        value: Expr,
    },
    /// `constraint rod: a = b`, `nonholonomic …`
    Constraint {
        /// Whether linear in velocities.
        nonholonomic: bool,
        /// Its name.
        name: Option<Ident>,
        /// The equation.
        equation: Equation,
    },
    /// `equation a = b`
    Equation {
        /// Its name.
        name: Option<Ident>,
        /// The equation.
        equation: Equation,
    },
    /// `event bounce when y falls below 0 { … }`
    Event(Event),
    /// `init q = 1, q' ~ normal(0, 1)`
    Init(Vec<Init>),
    /// `guess y = -1`
    Guess(Vec<Init>),
    /// `assume r > 0`
    Assume(Vec<Expr>),
    /// `observe E = T + V`
    Observe(Vec<Named>),
    /// `invariant H`
    Invariant(Vec<Named>),
    /// `check E ≈ 1 within 1e-6`
    Check(Check),
    /// `simulate { … }`
    Simulate(Config),
    /// `scale D by 2`
    Scale {
        /// What is scaled.
        target: Expr,
        /// By what.
        by: Expr,
    },
    /// `name = …`, `name(s) = …`, `name[i in S] = …`, `x' = …`, `q'' = …`, `V(s) : [J]`
    Assign(Assign),
    /// `der([q, v]) = f(q, v)`
    Der {
        /// What is differentiated.
        of: Expr,
        /// The rate.
        value: Expr,
        /// `for i in 1..n`
        each: Option<ForClause>,
    },
}

/// Which generator keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generator {
    /// `lagrangian`
    Lagrangian,
    /// `hamiltonian`
    Hamiltonian,
    /// `rayleigh`
    Rayleigh,
    /// `irrotational`
    Irrotational,
    /// `dissipative`
    Dissipative,
    /// `mass`
    Mass,
    /// `bracket`
    Bracket,
}

impl Generator {
    /// The keyword.
    pub fn word(self) -> &'static str {
        match self {
            Generator::Lagrangian => "lagrangian",
            Generator::Hamiltonian => "hamiltonian",
            Generator::Rayleigh => "rayleigh",
            Generator::Irrotational => "irrotational",
            Generator::Dissipative => "dissipative",
            Generator::Mass => "mass",
            Generator::Bracket => "bracket",
        }
    }
}

/// One name of a `param` or `input` line.
#[derive(Clone, Debug)]
pub struct Param {
    /// The whole entry.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// Its index set, `m[bodies]` or `m[1..3]`.
    pub index: Option<Index>,
    /// The axes of the grid on which it has a value at every point, `κ(x, y)`.
    pub axes: Vec<Ident>,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// Its value or default.
    pub value: Option<Expr>,
    /// Bounds after `in`.
    pub bounds: Option<Expr>,
}

/// One name of a `coord`, `state`, `momentum` or `mirror` line.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The whole entry.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// Its index set.
    pub index: Option<Index>,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// Whether `periodic` follows.
    pub periodic: bool,
}

/// `x in 0..L count 10 periodic`
#[derive(Clone, Debug)]
pub struct GridAxis {
    /// The axis.
    pub name: Ident,
    /// Its range.
    pub range: Expr,
    /// Whether its ends are one point.
    pub periodic: bool,
}

/// `u(x, y) : [K]`
#[derive(Clone, Debug)]
pub struct FieldVar {
    /// The field.
    pub name: Ident,
    /// Its grid coordinates.
    pub axes: Vec<Ident>,
    /// Its type.
    pub ty: Option<TypeExpr>,
}

/// `a = b for i in 1..n`
#[derive(Clone, Debug)]
pub struct Equation {
    /// The whole equation.
    pub span: Span,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
    /// For which indices.
    pub each: Option<ForClause>,
}

/// `event …`
#[derive(Clone, Debug)]
pub struct Event {
    /// Its name.
    pub name: Ident,
    /// The expression or condition.
    pub subject: Expr,
    /// `falls below e`, `rises above e`, `crosses e`; none: `subject` is a condition.
    pub crossing: Option<(Crossing, Expr)>,
    /// What it does.
    pub actions: Vec<Action>,
}

/// Direction of a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// `falls below`
    FallsBelow,
    /// `rises above`
    RisesAbove,
    /// `crosses`
    Crosses,
}

/// An action of an event.
#[derive(Clone, Debug)]
pub enum Action {
    /// `stop "text"`
    Stop(Span, Option<String>),
    /// `y' := -e*y'`
    Set {
        /// What is set.
        target: Expr,
        /// To what.
        value: Expr,
    },
}

/// `x[i] = … for i in 1..n`, or with `~`.
#[derive(Clone, Debug)]
pub struct Init {
    /// The whole entry.
    pub span: Span,
    /// What starts.
    pub target: Expr,
    /// Whether `~` stands in place of `=`.
    pub distributed: bool,
    /// With what.
    pub value: Expr,
    /// For which indices.
    pub each: Option<ForClause>,
}

/// `for a in S, b in S if a < b`
#[derive(Clone, Debug)]
pub struct ForClause {
    /// The whole clause.
    pub span: Span,
    /// The generators.
    pub generators: Vec<(Ident, Expr)>,
    /// The condition.
    pub condition: Option<Box<Expr>>,
}

/// `E : [J] = T + V`, or an expression alone.
#[derive(Clone, Debug)]
pub struct Named {
    /// The whole entry.
    pub span: Span,
    /// Its name.
    pub name: Option<Ident>,
    /// An index set of the name.
    pub index: Option<Index>,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// The expression.
    pub value: Expr,
}

/// `check a ≈ b within w because "…"`
#[derive(Clone, Debug)]
pub struct Check {
    /// The whole statement.
    pub span: Span,
    /// What must hold.
    pub condition: Expr,
    /// After `within`.
    pub within: Option<Expr>,
    /// After `because`.
    pub because: Option<String>,
}

/// `name = value`, and every other form that has a bare name on the left.
#[derive(Clone, Debug)]
pub struct Assign {
    /// What is defined: the name.
    pub name: Ident,
    /// `(s, u)`: formals of a definition with arguments.
    pub formals: Option<Vec<Formal>>,
    /// `.a` and `[i]` between the name and the prime: `a.θ`, `r[i]`.
    pub path: Vec<PathPart>,
    /// Number of primes.
    pub primes: u32,
    /// An index after the prime, `r'[i]`.
    pub index_after: Option<Index>,
    /// Its type.
    pub ty: Option<TypeExpr>,
    /// The value; none for an abstract function.
    pub value: Option<Expr>,
    /// For which indices.
    pub each: Option<ForClause>,
}

/// A step of the left side of an [`Assign`].
#[derive(Clone, Debug)]
pub enum PathPart {
    /// `.name`
    Field(Ident),
    /// `[i]`
    Index(Index),
}

/// A line of an experiment.
#[derive(Clone, Debug)]
pub struct Line {
    /// The whole line.
    pub span: Span,
    /// What it says.
    pub kind: LineKind,
}

/// What a line of an experiment says.
#[derive(Clone, Debug)]
pub enum LineKind {
    /// `data d = …`, `run r = …`, `fit f = …`
    Task {
        /// Which of the three.
        kind: TaskKind,
        /// Its name.
        name: Ident,
        /// The call.
        value: Expr,
        /// Its options.
        config: Option<Config>,
    },
    /// `sweep s = … over …`
    Sweep {
        /// Its name.
        name: Ident,
        /// The call.
        value: Expr,
        /// The axes.
        axes: Vec<Axis>,
        /// Its options.
        config: Option<Config>,
    },
    /// `compare [a, b] on d`
    Compare {
        /// The models.
        value: Expr,
        /// The data.
        on: Option<Expr>,
        /// Its options.
        config: Option<Config>,
    },
    /// `plot lines(…)`
    Plot {
        /// The call.
        value: Expr,
        /// Its options.
        config: Option<Config>,
    },
    /// `export results to "x.json"`
    Export {
        /// What.
        value: Expr,
        /// Where.
        to: String,
        /// Where that is written.
        to_span: Span,
        /// Its options.
        config: Option<Config>,
    },
    /// `check …`
    Check(Check),
    /// `seed 42`
    Seed(String, Span),
    /// `split d into train 0.7, test 0.3`
    Split {
        /// The data.
        data: Ident,
        /// The parts: name, fraction as written.
        parts: Vec<(Ident, String, Span)>,
        /// Its options.
        config: Option<Config>,
    },
    /// `derive S { … }`
    Derive {
        /// The system.
        value: Expr,
        /// Its options.
        config: Option<Config>,
    },
    /// `const …`
    Const(Vec<Const>),
}

/// Which named task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// `data`
    Data,
    /// `run`
    Run,
    /// `fit`
    Fit,
}

/// An axis of a sweep.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The variable or parameter.
    pub target: Expr,
    /// Whether `~` stands in place of `in`.
    pub distributed: bool,
    /// Its range or distribution.
    pub range: Expr,
}

/// `{ t = 0..1 by 0.1, method = auto }`
#[derive(Clone, Debug)]
pub struct Config {
    /// With its braces.
    pub span: Span,
    /// In the order of the text.
    pub entries: Vec<ConfigEntry>,
}

/// One entry of a [`Config`].
#[derive(Clone, Debug)]
pub struct ConfigEntry {
    /// The whole entry.
    pub span: Span,
    /// `init`, `guess`, `param` or `draw` in front.
    pub word: Option<ConfigWord>,
    /// Left side.
    pub target: Expr,
    /// Whether `~` stands in place of `=`.
    pub distributed: bool,
    /// Right side.
    pub value: ConfigValue,
    /// For which indices.
    pub each: Option<ForClause>,
    /// After `in`.
    pub bounds: Option<Expr>,
}

/// The word in front of a [`ConfigEntry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigWord {
    /// `init`
    Init,
    /// `guess`
    Guess,
    /// `param`
    Param,
    /// `draw`
    Draw,
}

/// Right side of a [`ConfigEntry`].
#[derive(Clone, Debug)]
pub enum ConfigValue {
    /// An expression, range or table.
    Expr(Expr),
    /// A nested block.
    Config(Config),
}

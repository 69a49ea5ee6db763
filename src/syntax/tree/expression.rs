//! Types, units and expressions.

use super::{ForClause, Ident, Stmt};
use crate::diagnostic::Span;

/// `: vector(3) [m]`
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// The whole type.
    pub span: Span,
    /// The shape, if one is written.
    pub shape: Option<ShapeExpr>,
    /// The unit, if one is written.
    pub unit: Option<UnitExpr>,
}

/// `vector(3)`
#[derive(Clone, Debug)]
pub struct ShapeExpr {
    /// Which word.
    pub kind: ShapeKind,
    /// Its sizes.
    pub sizes: Vec<Expr>,
}

/// The word of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeKind {
    /// `real`
    Real,
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `vector(n)`
    Vector,
    /// `matrix(n, m)`
    Matrix,
    /// `symmetric(n)`
    Symmetric,
    /// `spd(n)`
    Spd,
    /// `tensor(…)`
    Tensor,
}

/// `[kg m^2/s]`
#[derive(Clone, Debug)]
pub struct UnitExpr {
    /// With its brackets.
    pub span: Span,
    /// The product inside.
    pub product: UnitProduct,
}

/// Factors in the order of the text.
#[derive(Clone, Debug)]
pub struct UnitProduct {
    /// Each with whether a `/` stands before it.
    pub factors: Vec<UnitFactor>,
}

/// One factor of a [`UnitProduct`].
#[derive(Clone, Debug)]
pub struct UnitFactor {
    /// What stands before it (a space is a product; the first has `Multiply`).
    pub op: UnitOp,
    /// Where.
    pub span: Span,
    /// A unit name, the number one, or a product in parentheses.
    pub base: UnitBase,
    /// Its exponent as a fraction.
    pub exponent: (i64, i64),
}

/// What joins two factors of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitOp {
    /// Written `*`, `·` or with a space.
    Multiply,
    /// Written `/`.
    Divide,
}

/// A factor without its exponent.
#[derive(Clone, Debug)]
pub enum UnitBase {
    /// `kg`, `°C`, `%` (NFKC, not otherwise changed)
    Name(String),
    /// `1`
    One,
    /// `(…)`
    Product(UnitProduct),
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Box<ExprKind>,
}

/// What an expression is. Parentheses around one expression are kept as [`ExprKind::Paren`], so
/// the formatter gives them back; the resolver looks through them.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A decimal literal as written, without `_`.
    Number {
        /// Digits.
        text: String,
        /// The unit behind it.
        unit: Option<UnitExpr>,
    },
    /// `"text"` (escapes resolved) with an optional unit.
    Text(String, Option<UnitExpr>),
    /// A name.
    Name(String),
    /// `[a, b; c, d]` with an optional unit behind it.
    List {
        /// Rows; a plain list is one row.
        rows: Vec<Vec<Expr>>,
        /// The unit behind it.
        unit: Option<UnitExpr>,
    },
    /// `[e for i in 1..n]` with an optional unit behind it.
    ListFor {
        /// The element.
        element: Expr,
        /// The clause.
        each: ForClause,
        /// The unit behind it.
        unit: Option<UnitExpr>,
    },
    /// `{ sun: 1, earth: 2 } [kg]`
    Table {
        /// Member and value.
        entries: Vec<(Ident, Expr)>,
        /// The unit behind it.
        unit: Option<UnitExpr>,
    },
    /// `(e)`
    Paren(Expr),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `f(x, k = 1, i in 1..n)`
    Call {
        /// What is called.
        callee: Expr,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `x[i, j]`
    Index {
        /// What is indexed.
        base: Expr,
        /// The slots.
        index: Index,
    },
    /// `a.b`
    Field {
        /// The owner.
        base: Expr,
        /// The name behind the dot.
        name: Ident,
    },
    /// `x''`
    Prime {
        /// What is differentiated.
        base: Expr,
        /// How often.
        order: u32,
        /// Where the primes stand.
        span: Span,
    },
    /// `x²` and `x^2` alike.
    Power {
        /// The base.
        base: Expr,
        /// The exponent.
        exponent: Expr,
    },
    /// `-e`, `+e`, `not e`
    Unary {
        /// Which.
        op: UnaryOp,
        /// Of what.
        operand: Expr,
    },
    /// `a + b - c`: the first term, then each with its operator and the operator's place.
    Sum {
        /// First term.
        first: Expr,
        /// The others.
        rest: Vec<(SumOp, Span, Expr)>,
    },
    /// `a*b/c·d×e`, left to right.
    Product {
        /// First factor.
        first: Expr,
        /// The others.
        rest: Vec<(ProductOp, Span, Expr)>,
    },
    /// `a < b <= c`
    Compare {
        /// First side.
        first: Expr,
        /// The others.
        rest: Vec<(CompareOp, Span, Expr)>,
    },
    /// `a and b and c`
    And(Vec<Expr>),
    /// `a or b or c`
    Or(Vec<Expr>),
    /// `if c then a else b`
    If {
        /// The condition.
        condition: Expr,
        /// Where it holds.
        then: Expr,
        /// Elsewhere.
        otherwise: Expr,
    },
    /// `a..b`, `a..b by h`, `a..b count n`
    Range {
        /// Lower end.
        from: Expr,
        /// Upper end.
        to: Expr,
        /// `by h`
        by: Option<Expr>,
        /// `count n`
        count: Option<Expr>,
    },
}

/// Sign or negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `not`
    Not,
}

/// What joins the terms of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `±`
    PlusMinus,
}

/// What joins the factors of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductOp {
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `·`
    Dot,
    /// `×`
    Cross,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `≈`
    Approx,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Arg {
    /// The whole argument.
    pub span: Span,
    /// `k =` in front.
    pub name: Option<Ident>,
    /// Whether it is `v in range` (the name is then the variable).
    pub is_range: bool,
    /// The value.
    pub value: Expr,
    /// `with { scale D by 2 }` behind it.
    pub tweaks: Option<Vec<Stmt>>,
    /// `for i in 1..n` behind it: a comprehension.
    pub each: Option<ForClause>,
}

/// `[i, j in 1..n]`
#[derive(Clone, Debug)]
pub struct Index {
    /// With its brackets.
    pub span: Span,
    /// The slots.
    pub slots: Vec<IndexSlot>,
}

/// One slot of an [`Index`].
#[derive(Clone, Debug)]
pub struct IndexSlot {
    /// `i in`
    pub variable: Option<Ident>,
    /// The index, or the range after `in`, or a range or set on its own.
    pub value: Expr,
}

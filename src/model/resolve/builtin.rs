//! The functions that the language gives: names, shapes and dimensions. What a function is as
//! mathematics stands in `symbolic`.

use crate::symbolic::Function;

/// What a given name does with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    /// A pure function of pure numbers.
    Pure(Function),
    /// One argument of any dimension, which is kept: `abs`, `floor`-like.
    Keep(Function),
    /// A pure number from any dimension: `sign`.
    Sign,
    /// `sqrt`, `cbrt`: the dimension to the power 1/n.
    Root(i64),
    /// `min`, `max` with several arguments.
    Extreme(Function),
    /// `atan2`: two of one dimension.
    Atan2,
    /// `clamp(x, lo, hi)`
    Clamp,
    /// `sum(…)`
    Sum,
    /// `mean(v)`, `rms(v)`
    Mean,
    Rms,
    /// `norm(v)`
    Norm,
    Dot,
    Cross,
    Inverse,
    Det,
    Transpose,
    Hat,
    Tridiag,
    Basis,
    Identity,
    /// `∂(f, x)`
    Partial,
    Gradient,
    Hessian,
    Curl,
    /// `der(e)`
    Der,
    /// `smooth(e)`: conditions inside are not located.
    Smooth,
    /// Functionals over a run.
    Drift,
    Decreasing,
    Increasing,
    At,
    Count,
    /// `laplacian(u)`, `div(F)`, `integral(e)` over a grid.
    Laplacian,
    Divergence,
    Integral,
    /// A picture over the grid.
    Image,
    /// Stands only inside an index: `wrap(i + 1)`.
    Wrap,
    /// Comes with a later version.
    Later,
}

/// The given function of a name.
pub(crate) fn builtin(name: &str) -> Option<Builtin> {
    use Builtin::*;
    Some(match name {
        "abs" => Keep(Function::Abs),
        "sign" => Sign,
        "sqrt" => Root(2),
        "cbrt" => Root(3),
        "min" => Extreme(Function::Min),
        "max" => Extreme(Function::Max),
        "atan2" => Atan2,
        "clamp" => Clamp,
        "sum" => Sum,
        "mean" => Mean,
        "rms" => Rms,
        "norm" => Norm,
        "dot" => Dot,
        "cross" => Cross,
        "inverse" => Inverse,
        "det" => Det,
        "transpose" => Transpose,
        "hat" => Hat,
        "tridiag" => Tridiag,
        "basis" => Basis,
        "identity" => Identity,
        "∂" => Partial,
        "grad" | "∇" => Gradient,
        "hessian" => Hessian,
        "curl" => Curl,
        "der" => Der,
        "smooth" => Smooth,
        "drift" => Drift,
        "decreasing" => Decreasing,
        "increasing" => Increasing,
        "at" => At,
        "count" => Count,
        "laplacian" => Laplacian,
        "div" => Divergence,
        "integral" => Integral,
        "image" => Image,
        "wrap" => Wrap,
        "reaction" => Later,
        _ => return Function::named(name).map(Pure),
    })
}

/// Whether a name is given.
pub(crate) fn is_builtin(name: &str) -> bool {
    builtin(name).is_some()
}

/// The given names apart from those of `symbolic`, for "did you mean" and for `list functions`.
pub const OTHERS: &[(&str, &str)] = &[
    ("abs", "absolute value"),
    ("sign", "−1, 0 or 1"),
    ("sqrt", "square root"),
    ("cbrt", "cube root"),
    ("min", "smallest"),
    ("max", "largest"),
    ("atan2", "angle of the point (x, y), `atan2(y, x)`"),
    ("clamp", "`clamp(x, lo, hi)`"),
    ("sum", "`sum(e for i in 1..n)`, or of the components of a vector"),
    ("mean", "mean over components; in a check over the run"),
    ("rms", "root of the mean square"),
    ("norm", "Euclidean norm"),
    ("dot", "inner product, as `a·b`"),
    ("cross", "cross product, as `a×b`"),
    ("inverse", "inverse of a matrix"),
    ("det", "determinant"),
    ("transpose", "transpose, as `A^T`"),
    ("hat", "`hat(v)*w = v×w`"),
    ("tridiag", "`tridiag(n, below, on, above)`"),
    ("basis", "`basis(i, n)`: unit vector i of n"),
    ("identity", "`identity(n)`"),
    ("∂", "`∂(f, x)`: partial derivative; by a vector the gradient"),
    ("grad", "`grad(f, q)`; `grad(u)` of a field over its grid"),
    ("laplacian", "`laplacian(u)` of a field"),
    ("div", "`div(F)` of a vector over a grid: fluxes between its points"),
    ("integral", "`integral(e)` over the grid of the fields in it"),
    ("image", "`image(\"f.png\")` on the points of a grid, from 0 (black) to 1 (white)"),
    ("hessian", "`hessian(f, x, y)`: rows x, columns y"),
    ("curl", "`curl(A, r)`"),
    ("der", "`der(e)`: time derivative, as `e'`"),
    ("smooth", "`smooth(if …)`: the switch is not located"),
    ("wrap", "inside an index: modulo the range of the family"),
    ("drift", "in a check: largest relative deviation from the start"),
    ("decreasing", "in a check: never goes up"),
    ("increasing", "in a check: never goes down"),
    ("at", "in a check: `at(x, τ)`, the value at a time"),
];

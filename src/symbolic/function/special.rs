//! Error function, gamma function and its logarithmic derivatives, Bessel functions of integer order
//! (definitions: NIST Digital Library of Mathematical Functions, chapters 5, 7, 10).

use super::{Function, FunctionInfo, Parity, Range, plain};
use crate::symbolic::graph::Graph;
use crate::symbolic::node::ExprId;
use crate::symbolic::rational::Rational;

/// `scale·2/√π·exp(−x²)`
fn gaussian(g: &mut Graph, x: ExprId, scale: i64) -> ExprId {
    let square = g.powi(x, 2);
    let minus = g.neg(square);
    let bell = g.call(Function::Exp, &[minus]);
    let pi = g.pi();
    let root = g.pow_rational(pi, &Rational::HALF.negated());
    let two = g.integer(2 * scale);
    g.product(&[two, root, bell])
}

pub(super) static ERF: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(
        Function::Erf,
        "erf",
        "\\operatorname{erf}",
        "2/√π times the integral of exp(-s²) over s = 0..x",
        |g, a, _| gaussian(g, a[0], 1),
    )
};

pub(super) static ERFC: FunctionInfo = FunctionInfo {
    range: Range::Positive,
    ..plain(Function::Erfc, "erfc", "\\operatorname{erfc}", "1 - erf(x)", |g, a, _| gaussian(g, a[0], -1))
};

pub(super) static GAMMA: FunctionInfo =
    plain(Function::Gamma, "Γ", "\\Gamma", "gamma function; x not 0, -1, -2, …", |g, a, _| {
        let zero = g.zero();
        let value = g.call(Function::Gamma, &[a[0]]);
        let digamma = g.call(Function::Polygamma, &[zero, a[0]]);
        g.mul(value, digamma)
    });

pub(super) static LN_GAMMA: FunctionInfo =
    plain(Function::LnGamma, "lnΓ", "\\ln\\Gamma", "ln|Γ(x)|; x not 0, -1, -2, …", |g, a, _| {
        let zero = g.zero();
        g.call(Function::Polygamma, &[zero, a[0]])
    });

pub(super) static POLYGAMMA: FunctionInfo = FunctionInfo {
    arity: Some(2),
    ..plain(
        Function::Polygamma,
        "polygamma",
        "\\psi",
        "polygamma(n, x), the derivative n+1 of ln|Γ(x)|; n = 0, 1, 2, … a number; x not 0, -1, -2, …",
        |g, a, which| {
            if which == 0 {
                return g.zero();
            }
            let one = g.one();
            let next = g.add(a[0], one);
            g.call(Function::Polygamma, &[next, a[1]])
        },
    )
};

/// `(C(n−1, x) − C(n+1, x))/2`, and `−C(1, x)` for n = 0: true of J and Y.
fn bessel_derivative(g: &mut Graph, function: Function, a: &[ExprId], which: usize) -> ExprId {
    if which == 0 {
        return g.zero();
    }
    let one = g.one();
    let (below, above) = (g.sub(a[0], one), g.add(a[0], one));
    let upper = g.call(function, &[above, a[1]]);
    if a[0] == g.zero() {
        return g.neg(upper);
    }
    let lower = g.call(function, &[below, a[1]]);
    let difference = g.sub(lower, upper);
    g.scale(difference, &Rational::HALF)
}

pub(super) static BESSEL_J: FunctionInfo = FunctionInfo {
    arity: Some(2),
    ..plain(
        Function::BesselJ,
        "besselj",
        "J",
        "besselj(n, x), Bessel function of the first kind; n an integer number; all real x",
        |g, a, which| bessel_derivative(g, Function::BesselJ, a, which),
    )
};

pub(super) static BESSEL_Y: FunctionInfo = FunctionInfo {
    arity: Some(2),
    ..plain(
        Function::BesselY,
        "bessely",
        "Y",
        "bessely(n, x), Bessel function of the second kind; n an integer number; x > 0",
        |g, a, which| bessel_derivative(g, Function::BesselY, a, which),
    )
};

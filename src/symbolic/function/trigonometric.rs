//! `sin cos tan` and their inverses.

use super::{Function, FunctionInfo, Parity, Range, plain};
use crate::symbolic::graph::Graph;
use crate::symbolic::node::ExprId;

pub(super) static SIN: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    ..plain(Function::Sin, "sin", "\\sin", "sine of an angle in radians; all real x", |g, a, _| {
        g.call(Function::Cos, &[a[0]])
    })
};

pub(super) static COS: FunctionInfo = FunctionInfo {
    parity: Parity::Even,
    ..plain(Function::Cos, "cos", "\\cos", "cosine of an angle in radians; all real x", |g, a, _| {
        let s = g.call(Function::Sin, &[a[0]]);
        g.neg(s)
    })
};

pub(super) static TAN: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    ..plain(Function::Tan, "tan", "\\tan", "sin(x)/cos(x); x not an odd multiple of π/2", |g, a, _| {
        let t = g.call(Function::Tan, &[a[0]]);
        let square = g.powi(t, 2);
        let one = g.one();
        g.add(one, square)
    })
};

/// `(1 − x²)^exponent` with exponent ±1/2
fn one_minus_square(g: &mut Graph, x: ExprId) -> ExprId {
    let square = g.powi(x, 2);
    let one = g.one();
    g.sub(one, square)
}

pub(super) static ASIN: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Asin, "asin", "\\arcsin", "the angle in [-π/2, π/2] whose sine is x; |x| ≤ 1", |g, a, _| {
        let under = one_minus_square(g, a[0]);
        let root = g.sqrt(under);
        g.reciprocal(root)
    })
};

pub(super) static ACOS: FunctionInfo = FunctionInfo {
    range: Range::NonNegative,
    ..plain(Function::Acos, "acos", "\\arccos", "the angle in [0, π] whose cosine is x; |x| ≤ 1", |g, a, _| {
        let under = one_minus_square(g, a[0]);
        let root = g.sqrt(under);
        let reciprocal = g.reciprocal(root);
        g.neg(reciprocal)
    })
};

pub(super) static ATAN: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(
        Function::Atan,
        "atan",
        "\\arctan",
        "the angle in (-π/2, π/2) whose tangent is x; all real x",
        |g, a, _| {
            let square = g.powi(a[0], 2);
            let one = g.one();
            let under = g.add(one, square);
            g.reciprocal(under)
        },
    )
};

pub(super) static ATAN2: FunctionInfo = FunctionInfo {
    arity: Some(2),
    ..plain(
        Function::Atan2,
        "atan2",
        "\\operatorname{atan2}",
        "the angle in (-π, π] of the point (x, y), written atan2(y, x); not both 0",
        |g, a, which| {
            // ∂/∂y = x/(x² + y²), ∂/∂x = −y/(x² + y²)
            let (y2, x2) = (g.powi(a[0], 2), g.powi(a[1], 2));
            let radius2 = g.add(y2, x2);
            if which == 0 {
                g.div(a[1], radius2)
            } else {
                let quotient = g.div(a[0], radius2);
                g.neg(quotient)
            }
        },
    )
};

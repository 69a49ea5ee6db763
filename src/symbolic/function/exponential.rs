//! Exponentials, logarithms, roots, and the two smooth steps of learning.

use super::{Function, FunctionInfo, Parity, Range, plain};
use crate::symbolic::rational::Rational;

pub(super) static EXP: FunctionInfo = FunctionInfo {
    range: Range::Positive,
    ..plain(Function::Exp, "exp", "\\exp", "e to the power x; all real x", |g, a, _| g.call(Function::Exp, &[a[0]]))
};

pub(super) static LN: FunctionInfo =
    plain(Function::Ln, "ln", "\\ln", "natural logarithm; x > 0", |g, a, _| g.reciprocal(a[0]));

pub(super) static LOG10: FunctionInfo =
    plain(Function::Log10, "log10", "\\log_{10}", "logarithm to base 10; x > 0", |g, a, _| {
        let ten = g.integer(10);
        let ln10 = g.call(Function::Ln, &[ten]);
        let product = g.mul(a[0], ln10);
        g.reciprocal(product)
    });

pub(super) static SIGMOID: FunctionInfo = FunctionInfo {
    range: Range::Positive,
    ..plain(Function::Sigmoid, "sigmoid", "\\sigma", "1/(1 + exp(-x)); all real x", |g, a, _| {
        let s = g.call(Function::Sigmoid, &[a[0]]);
        let one = g.one();
        let rest = g.sub(one, s);
        g.mul(s, rest)
    })
};

pub(super) static SOFTPLUS: FunctionInfo = FunctionInfo {
    range: Range::Positive,
    ..plain(Function::Softplus, "softplus", "\\operatorname{softplus}", "ln(1 + exp(x)); all real x", |g, a, _| {
        g.call(Function::Sigmoid, &[a[0]])
    })
};

pub(super) static CBRT: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Cbrt, "cbrt", "\\sqrt[3]", "the real cube root; all real x", |g, a, _| {
        // 1/(3 cbrt(x)²)
        let root = g.call(Function::Cbrt, &[a[0]]);
        let square = g.powi(root, -2);
        let third = Rational::new(1, 3).expect("invariant: 3 is not 0");
        g.scale(square, &third)
    })
};

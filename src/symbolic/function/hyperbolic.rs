//! `sinh cosh tanh` and their inverses.

use super::{Function, FunctionInfo, Parity, Range, plain};

pub(super) static SINH: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Sinh, "sinh", "\\sinh", "(exp(x) - exp(-x))/2; all real x", |g, a, _| {
        g.call(Function::Cosh, &[a[0]])
    })
};

pub(super) static COSH: FunctionInfo = FunctionInfo {
    parity: Parity::Even,
    range: Range::Positive,
    ..plain(Function::Cosh, "cosh", "\\cosh", "(exp(x) + exp(-x))/2; all real x", |g, a, _| {
        g.call(Function::Sinh, &[a[0]])
    })
};

pub(super) static TANH: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Tanh, "tanh", "\\tanh", "sinh(x)/cosh(x); all real x", |g, a, _| {
        let t = g.call(Function::Tanh, &[a[0]]);
        let square = g.powi(t, 2);
        let one = g.one();
        g.sub(one, square)
    })
};

pub(super) static ASINH: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Asinh, "asinh", "\\operatorname{arsinh}", "inverse of sinh; all real x", |g, a, _| {
        let square = g.powi(a[0], 2);
        let one = g.one();
        let under = g.add(one, square);
        let root = g.sqrt(under);
        g.reciprocal(root)
    })
};

pub(super) static ACOSH: FunctionInfo = FunctionInfo {
    range: Range::NonNegative,
    ..plain(
        Function::Acosh,
        "acosh",
        "\\operatorname{arcosh}",
        "the value ≥ 0 whose cosh is x; x ≥ 1",
        |g, a, _| {
            // two roots, not the root of x² − 1, which would also be defined for x < −1
            let one = g.one();
            let (below, above) = (g.sub(a[0], one), g.add(a[0], one));
            let (below, above) = (g.sqrt(below), g.sqrt(above));
            let product = g.mul(below, above);
            g.reciprocal(product)
        },
    )
};

pub(super) static ATANH: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    ..plain(Function::Atanh, "atanh", "\\operatorname{artanh}", "inverse of tanh; |x| < 1", |g, a, _| {
        let square = g.powi(a[0], 2);
        let one = g.one();
        let under = g.sub(one, square);
        g.reciprocal(under)
    })
};

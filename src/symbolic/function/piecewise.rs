//! Functions with kinks and jumps. Their derivatives are those of the branch a point lies on; at a
//! kink the derivative of `abs` is 0, that of `min` and `max` belongs to the first of equal arguments.

use super::{Function, FunctionInfo, Parity, Range, Smoothness, plain};
use crate::symbolic::graph::Graph;
use crate::symbolic::node::{Comparison, ExprId};

pub(super) static ABS: FunctionInfo = FunctionInfo {
    parity: Parity::Even,
    range: Range::NonNegative,
    zero_only_at_zero: true,
    smoothness: Smoothness::Kinks,
    ..plain(Function::Abs, "abs", "\\operatorname{abs}", "|x|; all real x", |g, a, _| g.call(Function::Sign, &[a[0]]))
};

pub(super) static SIGN: FunctionInfo = FunctionInfo {
    parity: Parity::Odd,
    range: Range::SignOfArgument,
    smoothness: Smoothness::Jumps,
    ..plain(Function::Sign, "sign", "\\operatorname{sign}", "-1, 0 or 1; all real x", |g, _, _| g.zero())
};

/// 1 where `args[which]` is the first extreme argument, else 0.
fn is_extreme(g: &mut Graph, args: &[ExprId], which: usize, minimum: bool) -> ExprId {
    let mut conditions = Vec::with_capacity(args.len());
    for (i, other) in args.iter().enumerate() {
        let strict = i < which;
        let op = if strict { Comparison::Less } else { Comparison::LessEqual };
        if i != which {
            let (a, b) = if minimum { (args[which], *other) } else { (*other, args[which]) };
            conditions.push(g.compare(op, a, b));
        }
    }
    let condition = g.and(&conditions);
    let (one, zero) = (g.one(), g.zero());
    g.select(condition, one, zero)
}

pub(super) static MIN: FunctionInfo = FunctionInfo {
    arity: None,
    smoothness: Smoothness::Kinks,
    ..plain(Function::Min, "min", "\\min", "the least of its arguments", |g, a, which| is_extreme(g, a, which, true))
};

pub(super) static MAX: FunctionInfo = FunctionInfo {
    arity: None,
    smoothness: Smoothness::Kinks,
    ..plain(Function::Max, "max", "\\max", "the greatest of its arguments", |g, a, which| {
        is_extreme(g, a, which, false)
    })
};

pub(super) static FLOOR: FunctionInfo = FunctionInfo {
    smoothness: Smoothness::Jumps,
    ..plain(Function::Floor, "floor", "\\operatorname{floor}", "the largest integer ≤ x; all real x", |g, _, _| {
        g.zero()
    })
};

pub(super) static MODULO: FunctionInfo = FunctionInfo {
    arity: Some(2),
    smoothness: Smoothness::Jumps,
    ..plain(
        Function::Modulo,
        "mod",
        "\\operatorname{mod}",
        "a - b*floor(a/b), with the sign of b; b not 0",
        |g, a, which| {
            if which == 0 {
                return g.one();
            }
            let quotient = g.div(a[0], a[1]);
            let floor = g.call(Function::Floor, &[quotient]);
            g.neg(floor)
        },
    )
};

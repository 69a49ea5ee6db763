//! What elementwise operations simplify to.

use super::builder::{Builder, Definition, Shape, Value};
use crate::lanes::Operation;

/// `op` on arguments that join to `shape`, simplified where the result is known whatever the other
/// argument holds. `0·x` is 0 although `0·∞` is not: derivatives by something absent vanish.
pub(super) fn elementwise(b: &mut Builder, op: Operation, args: &[Value], shape: Shape) -> Value {
    use Operation::*;
    let numbers: Vec<Option<f64>> = args.iter().map(|&a| b.number(a)).collect();
    if let Some(values) = numbers.iter().copied().collect::<Option<Vec<f64>>>() {
        let at = |k: usize| values.get(k).copied().unwrap_or(0.0);
        let constant = b.constant(op.value(at(0), at(1), at(2)));
        return b.spread(constant, shape);
    }
    let is = |k: usize, x: f64| numbers[k] == Some(x);
    let known = match op {
        Copy => Some(args[0]),
        Add if is(0, 0.0) => Some(args[1]),
        Add | Sub if is(1, 0.0) => Some(args[0]),
        Sub if is(0, 0.0) => Some(elementwise(b, Neg, &args[1..], b.shape(args[1]))),
        Sub if args[0] == args[1] => Some(b.constant(0.0)),
        Mul if is(0, 0.0) || is(1, 0.0) => Some(b.constant(0.0)),
        Mul if is(0, 1.0) => Some(args[1]),
        Mul if is(1, 1.0) => Some(args[0]),
        Mul if is(0, -1.0) => Some(elementwise(b, Neg, &args[1..], b.shape(args[1]))),
        Mul if is(1, -1.0) => Some(elementwise(b, Neg, &args[..1], b.shape(args[0]))),
        Div if is(0, 0.0) => Some(b.constant(0.0)),
        Div if is(1, 1.0) => Some(args[0]),
        Neg => match *b.definition(args[0]) {
            Definition::Elementwise(Neg, [inner, ..]) => Some(inner),
            Definition::Elementwise(Sub, [x, y, _]) => {
                let shape = b.joined(&[x, y]);
                Some(elementwise(b, Sub, &[y, x], shape))
            }
            _ => None,
        },
        // a ± (−c) and the like
        Add | Sub => match (negated(b, args[0]), negated(b, args[1])) {
            (_, Some(inner)) => {
                let other = if op == Add { Sub } else { Add };
                let shape = b.joined(&[args[0], inner]);
                Some(elementwise(b, other, &[args[0], inner], shape))
            }
            (Some(inner), None) if op == Add => {
                let shape = b.joined(&[args[1], inner]);
                Some(elementwise(b, Sub, &[args[1], inner], shape))
            }
            _ => None,
        },
        // a constant times a constant times x
        Mul => {
            let (c, x) = match (numbers[0], numbers[1]) {
                (Some(c), None) => (Some(c), args[1]),
                (None, Some(c)) => (Some(c), args[0]),
                _ => (None, args[0]),
            };
            match (c, b.definition(x).clone()) {
                (Some(c), Definition::Elementwise(Neg, [inner, ..])) => {
                    let c = b.constant(-c);
                    let shape = b.joined(&[c, inner]);
                    Some(elementwise(b, Mul, &[c, inner], shape))
                }
                (Some(c), Definition::Elementwise(Mul, [p, q, _])) => {
                    let (d, inner) = if let Some(d) = b.number(p) { (Some(d), q) } else { (b.number(q), p) };
                    d.map(|d| {
                        let c = b.constant(c * d);
                        let shape = b.joined(&[c, inner]);
                        elementwise(b, Mul, &[c, inner], shape)
                    })
                }
                _ => None,
            }
        }
        Select if args[1] == args[2] => Some(args[1]),
        Select => numbers[0].map(|condition| if condition != 0.0 { args[1] } else { args[2] }),
        MulAdd if is(0, 0.0) || is(1, 0.0) => Some(args[2]),
        _ => None,
    };
    if let Some(value) = known {
        return b.spread(value, shape);
    }
    let mut full = [args[0]; 3];
    full[..args.len()].copy_from_slice(args);
    // repeating is what the operation does by itself, as long as one argument keeps the shape
    for k in 0..args.len() {
        if let Definition::Spread(of) = *b.definition(full[k]) {
            let mut tried = full;
            tried[k] = of;
            if b.joined(&tried[..args.len()]) == shape {
                full = tried;
            }
        }
    }
    if args.len() == 1 {
        if let Definition::Spread(of) = *b.definition(full[0]) {
            let inner = elementwise(b, op, &[of], b.shape(of));
            return b.spread(inner, shape);
        }
    }
    if op.commutes() && full[1] < full[0] {
        full.swap(0, 1);
    }
    let first = full[0];
    full[args.len()..].fill(first);
    b.intern(Definition::Elementwise(op, full), shape)
}

/// `x` where the value is `−x`.
fn negated(b: &Builder, value: Value) -> Option<Value> {
    match *b.definition(value) {
        Definition::Elementwise(Operation::Neg, [inner, ..]) => Some(inner),
        _ => None,
    }
}

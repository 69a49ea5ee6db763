//! The derivative of every elementwise operation.

use super::builder::{Builder, Value};
use crate::lanes::{Function1, Function2, Operation};

/// `2/√π`.
const TWO_OVER_SQRT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;

/// How a result depends on one argument.
pub(super) enum Partial {
    /// Not at all, or only by jumps.
    Zero,
    /// Times a number: `±1`.
    Sign(f64),
    /// Times a value.
    Times(Value),
    /// The change passes where the condition holds.
    Where(Value),
    /// The change passes where the condition does not hold.
    Unless(Value),
}

impl Partial {
    /// The partial derivative times `change`.
    pub(super) fn apply(&self, b: &mut Builder, change: Value) -> Option<Value> {
        match *self {
            Partial::Zero => None,
            Partial::Sign(sign) => Some(if sign < 0.0 { b.neg(change) } else { change }),
            Partial::Times(factor) => Some(b.mul(factor, change)),
            Partial::Where(condition) => {
                let zero = b.constant(0.0);
                Some(b.elementwise(Operation::Select, &[condition, change, zero]))
            }
            Partial::Unless(condition) => {
                let zero = b.constant(0.0);
                Some(b.elementwise(Operation::Select, &[condition, zero, change]))
            }
        }
    }
}

/// `∂ op(args) / ∂ args[k]`, where `y` is the result.
pub(super) fn partial(b: &mut Builder, op: Operation, args: &[Value], k: usize, y: Value) -> Partial {
    use Operation::*;
    use Partial::{Sign as Plus, Times, Unless, Where, Zero};
    let x = args[0];
    match op {
        Copy | Add => Plus(1.0),
        Sub => Plus([1.0, -1.0][k]),
        Mul => Times(args[1 - k]),
        Div if k == 0 => {
            let one = b.constant(1.0);
            Times(b.div(one, args[1]))
        }
        Div => {
            let ratio = b.div(y, args[1]);
            Times(b.neg(ratio))
        }
        MulAdd | MulSub | NegMulAdd if k == 2 => Plus(if op == MulSub { -1.0 } else { 1.0 }),
        MulAdd | MulSub => Times(args[1 - k]),
        NegMulAdd => Times(b.neg(args[1 - k])),
        Neg => Plus(-1.0),
        Abs => Times(b.elementwise(Sign, &[x])),
        Sqrt => {
            let half = b.constant(0.5);
            Times(b.div(half, y))
        }
        // the second argument where they are equal, as the operations choose it
        Min | Max => {
            let first = if op == Min { [x, args[1]] } else { [args[1], x] };
            let condition = b.elementwise(Less, &first);
            if k == 0 { Where(condition) } else { Unless(condition) }
        }
        Sign | Less | LessEqual | Equal | NotEqual | And | Or | Not => Zero,
        Select => match k {
            0 => Zero,
            1 => Where(x),
            _ => Unless(x),
        },
        Sin | SinCos => Times(b.elementwise(Cos, &[x])),
        Cos => {
            let sine = b.elementwise(Sin, &[x]);
            Times(b.neg(sine))
        }
        Exp => Times(y),
        Ln => {
            let one = b.constant(1.0);
            Times(b.div(one, x))
        }
        Tanh => Times(one_minus_square(b, y)),
        Call1(f) => function1(b, f, x, y),
        Call2(f) => function2(b, f, [x, args[1]], k, y),
    }
}

/// `1 − y²`.
fn one_minus_square(b: &mut Builder, y: Value) -> Value {
    let (one, square) = (b.constant(1.0), b.mul(y, y));
    b.sub(one, square)
}

/// `c + s x²`.
fn quadratic(b: &mut Builder, c: f64, s: f64, x: Value) -> Value {
    let (c, square) = (b.constant(c), b.mul(x, x));
    let square = b.scale(s, square);
    b.add(c, square)
}

/// `1/√(c + s x²)`.
fn inverse_root(b: &mut Builder, c: f64, s: f64, x: Value) -> Value {
    let under = quadratic(b, c, s, x);
    let (one, root) = (b.constant(1.0), b.elementwise(Operation::Sqrt, &[under]));
    b.div(one, root)
}

fn call1(b: &mut Builder, f: Function1, x: Value) -> Value {
    b.elementwise(Operation::Call1(f), &[x])
}

fn call2(b: &mut Builder, f: Function2, x: Value, y: Value) -> Value {
    b.elementwise(Operation::Call2(f), &[x, y])
}

fn function1(b: &mut Builder, f: Function1, x: Value, y: Value) -> Partial {
    use Function1::*;
    let one = b.constant(1.0);
    Partial::Times(match f {
        Tan => quadratic(b, 1.0, 1.0, y),
        Asin => inverse_root(b, 1.0, -1.0, x),
        Acos => {
            let asin = inverse_root(b, 1.0, -1.0, x);
            b.neg(asin)
        }
        Atan => {
            let under = quadratic(b, 1.0, 1.0, x);
            b.div(one, under)
        }
        Sinh => call1(b, Cosh, x),
        Cosh => call1(b, Sinh, x),
        Asinh => inverse_root(b, 1.0, 1.0, x),
        // two roots, which are not defined below 1
        Acosh => {
            let (below, above) = (b.sub(x, one), b.add(x, one));
            let below = b.elementwise(Operation::Sqrt, &[below]);
            let above = b.elementwise(Operation::Sqrt, &[above]);
            let product = b.mul(below, above);
            b.div(one, product)
        }
        Atanh => {
            let under = quadratic(b, 1.0, -1.0, x);
            b.div(one, under)
        }
        Expm1 => b.elementwise(Operation::Exp, &[x]),
        Ln1p => {
            let under = b.add(one, x);
            b.div(one, under)
        }
        Log10 => {
            let log_e = b.constant(std::f64::consts::LOG10_E);
            b.div(log_e, x)
        }
        Cbrt => {
            let square = b.mul(y, y);
            let third = b.constant(1.0 / 3.0);
            b.div(third, square)
        }
        Erf | Erfc => {
            let square = b.mul(x, x);
            let exponent = b.neg(square);
            let bell = b.elementwise(Operation::Exp, &[exponent]);
            b.scale(if f == Erf { TWO_OVER_SQRT_PI } else { -TWO_OVER_SQRT_PI }, bell)
        }
        Gamma => {
            let zero = b.constant(0.0);
            let digamma = call2(b, Function2::Polygamma, zero, x);
            b.mul(y, digamma)
        }
        LnGamma => {
            let zero = b.constant(0.0);
            call2(b, Function2::Polygamma, zero, x)
        }
        J0 => {
            let first = call1(b, J1, x);
            b.neg(first)
        }
        Y0 => {
            let first = call1(b, Y1, x);
            b.neg(first)
        }
        J1 | Y1 => {
            let before = call1(b, if f == J1 { J0 } else { Y0 }, x);
            let ratio = b.div(y, x);
            b.sub(before, ratio)
        }
        Sigmoid => {
            let rest = b.sub(one, y);
            b.mul(y, rest)
        }
        Softplus => call1(b, Sigmoid, x),
        Floor | Ceil | Round => return Partial::Zero,
    })
}

/// The order of `Jn`, `Yn` and `Polygamma` is a number, not a variable.
fn function2(b: &mut Builder, f: Function2, [x, z]: [Value; 2], k: usize, y: Value) -> Partial {
    use Function2::*;
    let one = b.constant(1.0);
    match (f, k) {
        // x is the ordinate, z the abscissa
        (Atan2, _) => {
            let (a, c) = (b.mul(x, x), b.mul(z, z));
            let square = b.add(a, c);
            let top = if k == 0 { z } else { b.neg(x) };
            Partial::Times(b.div(top, square))
        }
        (Pow, 0) => {
            let less = b.sub(z, one);
            let power = call2(b, Pow, x, less);
            Partial::Times(b.mul(z, power))
        }
        (Pow, _) => {
            let ln = b.elementwise(Operation::Ln, &[x]);
            Partial::Times(b.mul(y, ln))
        }
        (Modulo, 0) => Partial::Sign(1.0),
        (Modulo, _) => {
            let ratio = b.div(x, z);
            let floor = call1(b, Function1::Floor, ratio);
            Partial::Times(b.neg(floor))
        }
        (Jn | Yn, 1) => {
            let (below, above) = (b.sub(x, one), b.add(x, one));
            let (below, above) = (call2(b, f, below, z), call2(b, f, above, z));
            let difference = b.sub(below, above);
            Partial::Times(b.scale(0.5, difference))
        }
        (Polygamma, 1) => {
            let above = b.add(x, one);
            Partial::Times(call2(b, Polygamma, above, z))
        }
        (Jn | Yn | Polygamma, _) => Partial::Zero,
    }
}

//! Operations on runs of numbers that lie side by side.

use crate::lanes::{Function1, Operation, Vectorized};
use crate::real::{self, select::truth, vector};

/// An argument: as many numbers as results, or one for all.
#[derive(Clone, Copy)]
pub(super) enum Argument<'a> {
    /// One each.
    Each(&'a [f64]),
    /// The same.
    Same(f64),
}

/// `out[k] = operation(a[k], b[k], c[k])`; arguments that it does not take repeat the first.
pub(super) struct Apply<'a> {
    pub operation: Operation,
    pub arguments: [Argument<'a>; 3],
    pub out: &'a mut [f64],
}

impl Vectorized for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Apply { operation, arguments: [a, b, c], out } = self;
        macro_rules! unary {
            (|$a:ident| $e:expr) => {
                match a {
                    Argument::Each(x) => out.iter_mut().zip(x).for_each(|(o, $a)| {
                        let $a = *$a;
                        *o = $e;
                    }),
                    Argument::Same($a) => out.fill($e),
                }
            };
        }
        macro_rules! binary {
            (|$a:ident, $b:ident| $e:expr) => {
                match (a, b) {
                    (Argument::Each(x), Argument::Each(y)) => out.iter_mut().zip(x).zip(y).for_each(|((o, $a), $b)| {
                        let ($a, $b) = (*$a, *$b);
                        *o = $e;
                    }),
                    (Argument::Each(x), Argument::Same($b)) => out.iter_mut().zip(x).for_each(|(o, $a)| {
                        let $a = *$a;
                        *o = $e;
                    }),
                    (Argument::Same($a), Argument::Each(y)) => out.iter_mut().zip(y).for_each(|(o, $b)| {
                        let $b = *$b;
                        *o = $e;
                    }),
                    (Argument::Same($a), Argument::Same($b)) => out.fill($e),
                }
            };
        }
        // A function whose core holds for arguments in its range: the general form where one is not.
        macro_rules! function {
            ($in_range:expr, $core:expr, $general:expr) => {
                match a {
                    Argument::Each(x) if x.iter().fold(true, |all, x| all & $in_range(*x)) => unary!(|a| $core(a)),
                    _ => unary!(|a| $general(a)),
                }
            };
        }
        match operation {
            Operation::Copy => unary!(|a| a),
            Operation::Add => binary!(|a, b| a + b),
            Operation::Sub => binary!(|a, b| a - b),
            Operation::Mul => binary!(|a, b| a * b),
            Operation::Div => binary!(|a, b| a / b),
            Operation::Neg => unary!(|a| -a),
            Operation::Abs => unary!(|a| a.abs()),
            Operation::Sqrt => unary!(|a| a.sqrt()),
            Operation::Max => binary!(|a, b| real::max(a, b)),
            Operation::Min => binary!(|a, b| real::min(a, b)),
            Operation::Less => binary!(|a, b| truth(a < b)),
            Operation::Sin => function!(vector::trig_in_range, vector::sin_core, real::sin),
            Operation::Cos => function!(vector::trig_in_range, vector::cos_core, real::cos),
            Operation::Exp => function!(vector::exp_in_range, vector::exp_core, real::exp),
            Operation::Ln => function!(vector::ln_in_range, vector::ln_core, real::ln),
            Operation::Tanh => unary!(|a| vector::tanh_core(a)),
            Operation::Call1(Function1::Sigmoid) => {
                function!(|x: f64| vector::exp_in_range(-x), |x: f64| 1.0 / (1.0 + vector::exp_core(-x)), real::sigmoid)
            }
            other => {
                let at = |argument: Argument<'_>, k: usize| match argument {
                    Argument::Each(x) => x[k],
                    Argument::Same(x) => x,
                };
                for (k, o) in out.iter_mut().enumerate() {
                    *o = other.value(at(a, k), at(b, k), at(c, k));
                }
            }
        }
    }
}

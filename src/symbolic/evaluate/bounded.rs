//! Values with a running bound of their rounding error, for tests that ask "within rounding".

use super::value::{Value, sign};
use super::{Bindings, evaluate_as};
use crate::symbolic::{ExprId, Function, Graph, Rational};
use num_dual::Dual64;

/// A value and a bound, to first order, of how far rounding may have moved it (each function counted
/// with four units in the last place).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The value as computed.
    pub value: f64,
    /// Bound of its absolute error.
    pub error: f64,
}

/// The values of scalar expressions at exact leaves, with bounds of their rounding errors.
pub fn evaluate_bounded(graph: &Graph, roots: &[ExprId], bindings: &Bindings<'_, f64>) -> Vec<Bounded> {
    let scalar = |symbol| Bounded::exact((bindings.scalar)(symbol));
    let element = |symbol, k| Bounded::exact((bindings.element)(symbol, k));
    evaluate_bounded_from(graph, roots, &Bindings { scalar: &scalar, element: &element })
}

/// [`evaluate_bounded`] from leaves that already carry errors.
pub fn evaluate_bounded_from(graph: &Graph, roots: &[ExprId], bindings: &Bindings<'_, Bounded>) -> Vec<Bounded> {
    evaluate_as(graph, roots, bindings.scalar, bindings.element)
}

/// A unit in the last place, and the least positive float for results that underflow.
fn unit(value: f64) -> f64 {
    f64::EPSILON * value.abs() + f64::MIN_POSITIVE * f64::EPSILON
}

/// Bound of `|slope|·error`; nothing where there is no error, so that `∞·0` stays 0.
fn carried(slope: f64, error: f64) -> f64 {
    if error == 0.0 { 0.0 } else { slope.abs() * error }
}

impl Bounded {
    /// A value without error.
    pub fn exact(value: f64) -> Self {
        Bounded { value, error: 0.0 }
    }

    /// The ends of the interval it may lie in.
    fn ends(&self) -> [f64; 2] {
        [self.value - self.error, self.value + self.error]
    }

    /// The result of one operation with its slopes.
    fn of(value: f64, slopes: &[(f64, f64)]) -> Self {
        let error = slopes.iter().map(|(slope, error)| carried(*slope, *error)).sum::<f64>();
        Bounded { value, error: error + 4.0 * unit(value) }
    }
}

impl Value for Bounded {
    fn constant(value: f64) -> Self {
        Bounded { value, error: 0.0 }
    }

    fn rounded(value: f64) -> Self {
        let exact = value.fract() == 0.0 && value.abs() < 9e15;
        Bounded { value, error: if exact { 0.0 } else { unit(value) } }
    }

    fn real(&self) -> f64 {
        self.value
    }

    fn plus(self, other: Self) -> Self {
        let value = self.value + other.value;
        Bounded { value, error: self.error + other.error + unit(value) }
    }

    fn times(self, other: Self) -> Self {
        let value = self.value * other.value;
        let error = carried(self.value, other.error) + carried(other.value, self.error) + self.error * other.error;
        Bounded { value, error: error + unit(value) }
    }

    fn pow_rational(self, exponent: &Rational) -> Self {
        if exponent.is_one() {
            return self;
        }
        let slope = Dual64::from(self.value).derivative().pow_rational(exponent);
        let operations = exponent.as_i64().map_or(1.0, |n| n.unsigned_abs() as f64);
        let mut result = Bounded::of(slope.re, &[(slope.eps, self.error)]);
        result.error += operations * unit(result.value);
        if !exponent.is_integer() {
            // the exponent itself is rounded
            result.error += unit(exponent.to_f64() * self.value.abs().ln()) * result.value.abs();
        }
        result
    }

    fn power(self, exponent: Self) -> Self {
        let by_base = Dual64::from(self.value).derivative().power(Dual64::from(exponent.value));
        let by_exponent = Dual64::from(self.value).power(Dual64::from(exponent.value).derivative());
        let mut result = Bounded::of(by_base.re, &[(by_base.eps, self.error), (by_exponent.eps, exponent.error)]);
        // exp(x ln b) multiplies the rounding of its argument
        if self.value != 0.0 {
            result.error += unit(exponent.value * self.value.abs().ln()) * result.value.abs();
        }
        result
    }

    fn call(function: Function, args: &[Self]) -> Self {
        match function {
            // no error inside a flat piece, all of the jump where the argument may lie on either side
            Function::Floor => {
                let [low, high] = args[0].ends().map(f64::floor);
                return Bounded { value: args[0].value.floor(), error: high - low };
            }
            Function::Sign => {
                let [low, high] = args[0].ends().map(sign);
                return Bounded { value: sign(args[0].value), error: high - low };
            }
            _ => {}
        }
        let mut slopes = Vec::with_capacity(args.len());
        let mut value = f64::NAN;
        for which in 0..args.len() {
            let list: Vec<Dual64> = args
                .iter()
                .enumerate()
                .map(|(i, a)| {
                    let x = Dual64::from(a.value);
                    if i == which { x.derivative() } else { x }
                })
                .collect();
            let result = Dual64::call(function, &list);
            value = result.re;
            slopes.push((result.eps, args[which].error));
        }
        let mut result = Bounded::of(value, &slopes);
        match function {
            // on the cut the sign of a zero decides
            Function::Atan2 if args[0].value.abs() <= args[0].error && args[1].value < 0.0 => {
                result.error += std::f64::consts::TAU;
            }
            // a - b*floor(a/b) cancels, and the oracle's gamma and Bessel functions lose digits
            Function::Modulo => {
                result.error += 4.0 * unit(args[0].value);
                let quotient = args[0].value / args[1].value;
                let spread = (args[0].error + quotient.abs() * args[1].error) / args[1].value.abs() + unit(quotient);
                if (quotient - spread).floor() != (quotient + spread).floor() && args.iter().any(|a| a.error > 0.0) {
                    result.error += args[1].value.abs();
                }
            }
            Function::Gamma | Function::LnGamma | Function::Polygamma | Function::BesselJ | Function::BesselY => {
                result.error += 1e-13 * (1.0 + value.abs());
            }
            _ => {}
        }
        result
    }
}

//! What the oracle needs of a number, and how every dual number provides it.

use super::special;
use crate::symbolic::{Function, Rational};
use num_dual::DualNum;

/// A number of the oracle.
pub(super) trait Value: Copy {
    /// A value that is exact.
    fn constant(x: f64) -> Self;
    /// A value that was rounded once.
    fn rounded(x: f64) -> Self {
        Self::constant(x)
    }
    /// The number it stands for.
    fn real(&self) -> f64;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn pow_rational(self, exponent: &Rational) -> Self;
    fn power(self, exponent: Self) -> Self;
    fn call(function: Function, args: &[Self]) -> Self;
}

impl<D: DualNum<Primitive = f64> + Copy> Value for D {
    fn constant(x: f64) -> Self {
        D::from(x)
    }

    fn real(&self) -> f64 {
        self.re()
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn times(self, other: Self) -> Self {
        self * other
    }

    fn pow_rational(self, exponent: &Rational) -> Self {
        if let Some(n) = exponent.as_i64().and_then(|n| i32::try_from(n).ok()) {
            return whole_power(self, n);
        }
        if !exponent.is_integer() && self.re() < 0.0 {
            return D::from(f64::NAN);
        }
        match exponent.as_small() {
            Some((1, 2)) => self.sqrt(),
            Some((-1, 2)) => self.sqrt().recip(),
            Some((n, 2)) if i32::try_from(n).is_ok() => whole_power(self.sqrt(), n as i32),
            _ => real_power(self, exponent.to_f64()),
        }
    }

    fn power(self, exponent: Self) -> Self {
        let (base, n) = (self.re(), exponent.re());
        if base > 0.0 {
            return self.powd(exponent);
        }
        if n == 0.0 && base <= 0.0 {
            return D::from(1.0);
        }
        if base == 0.0 && n > 0.0 {
            // the slope at 0 is 1 for the first power, infinite below it, 0 above
            return if n == 1.0 { self } else { self * 0.0 };
        }
        if base < 0.0 && n.fract() == 0.0 {
            let magnitude = (-self).powd(exponent);
            return if n % 2.0 == 0.0 { magnitude } else { -magnitude };
        }
        D::from(f64::NAN)
    }

    fn call(function: Function, args: &[Self]) -> Self {
        let x = args[0];
        match function {
            Function::Sin => x.sin(),
            Function::Cos => x.cos(),
            Function::Tan => x.tan(),
            Function::Asin => x.asin(),
            Function::Acos => x.acos(),
            Function::Atan => x.atan(),
            Function::Atan2 => x.atan2(args[1]),
            Function::Sinh => x.sinh(),
            Function::Cosh => x.cosh(),
            Function::Tanh => tanh(x),
            Function::Asinh => inverse_hyperbolic(x, x.asinh()),
            Function::Acosh => inverse_hyperbolic(x, x.acosh()),
            Function::Atanh => x.atanh(),
            Function::Exp => x.exp(),
            Function::Ln => x.ln(),
            Function::Log10 => x.log10(),
            Function::Sigmoid => {
                if x.re() >= 0.0 {
                    ((-x).exp() + 1.0).recip()
                } else {
                    let e = x.exp();
                    e / (e + 1.0)
                }
            }
            Function::Softplus => {
                if x.re() >= 0.0 {
                    x + (-x).exp().ln_1p()
                } else {
                    x.exp().ln_1p()
                }
            }
            Function::Cbrt => x.cbrt(),
            Function::Abs => match x.re() {
                v if v > 0.0 => x,
                v if v < 0.0 => -x,
                _ => x * 0.0,
            },
            Function::Sign => D::from(sign(x.re())),
            Function::Min | Function::Max if args.iter().any(|a| a.re().is_nan()) => D::from(f64::NAN),
            Function::Min => args.iter().skip(1).fold(x, |a, b| if b.re() < a.re() { *b } else { a }),
            Function::Max => args.iter().skip(1).fold(x, |a, b| if b.re() > a.re() { *b } else { a }),
            Function::Floor => D::from(x.re().floor()),
            Function::Modulo => x - args[1] * (x.re() / args[1].re()).floor(),
            Function::Erf | Function::Erfc | Function::Gamma | Function::LnGamma => {
                taylor(x, special::derivatives(function, 0, x.re()))
            }
            Function::Polygamma | Function::BesselJ | Function::BesselY => {
                let order = args[0].re() as i32;
                taylor(args[1], special::derivatives(function, order, args[1].re()))
            }
        }
    }
}

/// `xⁿ` by repeated squaring; the library's own takes detours through `x^(n−3)`, which underflow.
fn whole_power<D: DualNum<Primitive = f64> + Copy>(x: D, n: i32) -> D {
    let mut square = if n < 0 { x.recip() } else { x };
    let mut left = n.unsigned_abs();
    let mut power: Option<D> = None;
    while left > 0 {
        if left % 2 == 1 {
            power = Some(power.map_or(square, |p| p * square));
        }
        left /= 2;
        if left > 0 {
            square *= square;
        }
    }
    power.unwrap_or_else(|| D::from(1.0))
}

/// `x^r` with each derivative from its own power.
fn real_power<D: DualNum<Primitive = f64> + Copy>(x: D, r: f64) -> D {
    if x.re() == 0.0 && r > 0.0 && r < 1.0 {
        // value 0 with an infinite slope
        return x.sqrt();
    }
    let power = |k: f64| x.re().powf(r - k);
    let (second, third) = (r * (r - 1.0), r * (r - 1.0) * (r - 2.0));
    taylor(x, [power(0.0), r * power(1.0), second * power(2.0), third * power(3.0)])
}

/// The sign of a number; NaN of NaN.
pub(super) fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x.abs() } else { x.signum() }
}

/// `tanh` without the overflow of a quotient of exponentials.
fn tanh<D: DualNum<Primitive = f64> + Copy>(x: D) -> D {
    let value = x.re().tanh();
    // 1 − tanh² would lose its digits where tanh is nearly 1
    let first = x.re().cosh().powi(-2);
    taylor(x, [value, first, -2.0 * value * first, first * (6.0 * value * value - 2.0)])
}

/// `arsinh` or `arcosh`, whose slopes are `±1/x` where `x² ± 1` would overflow.
fn inverse_hyperbolic<D: DualNum<Primitive = f64> + Copy>(x: D, usual: D) -> D {
    let r = 1.0 / x.re().abs();
    if r < 1e-9 && r > 0.0 {
        let s = x.re().signum();
        return taylor(x, [usual.re(), r, -s * r * r, 2.0 * r * r * r]);
    }
    usual
}

/// The largest float for an infinite one.
fn tamed(x: f64) -> f64 {
    if x.is_infinite() { f64::MAX.copysign(x) } else { x }
}

/// `f(x)` from value and three derivatives at the real part: exact for dual numbers up to third order.
fn taylor<D: DualNum<Primitive = f64> + Copy>(x: D, d: [f64; 4]) -> D {
    let h = x - x.re();
    // an infinite slope times the real part 0 of h would spoil the value
    let d = d.map(tamed);
    let mut value = h * d[1] + d[0];
    if D::NDERIV > 1 {
        value += h * h * (d[2] / 2.0);
    }
    if D::NDERIV > 2 {
        value += h * h * h * (d[3] / 6.0);
    }
    value
}

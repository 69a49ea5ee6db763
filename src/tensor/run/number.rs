//! The two precisions of programs.

use crate::lanes::{Function1, Operation};
use crate::real::{self, single, vector};
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `f32` or `f64`.
pub trait Number:
    Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + faer::traits::ComplexField
{
    /// 1.
    const ONE: Self;
    /// 0.
    const ZERO: Self;
    /// The nearest number of this precision.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// `self·a + b`, rounded once.
    fn fused(self, a: Self, b: Self) -> Self;
    /// `|self|`
    fn magnitude(self) -> Self;
    /// `√self`
    fn root(self) -> Self;
    /// Whether the core of a function holds for the argument.
    fn in_range(f: Core, x: Self) -> bool;
    /// The function where its core holds.
    fn core(f: Core, x: Self) -> Self;
    /// The function everywhere.
    fn general(f: Core, x: Self) -> Self;
}

/// Functions with a vector form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// `sin`
    Sin,
    /// `cos`
    Cos,
    /// `exp`
    Exp,
    /// `ln`
    Ln,
    /// `tanh`
    Tanh,
    /// `1/(1 + e⁻ˣ)`
    Sigmoid,
    /// `ln(1 + eˣ)`
    Softplus,
}

impl Core {
    /// Every one of them, in their order.
    pub const ALL: [Core; 7] = [Core::Sin, Core::Cos, Core::Exp, Core::Ln, Core::Tanh, Core::Sigmoid, Core::Softplus];

    /// The vector form of an operation.
    pub fn of(op: Operation) -> Option<Core> {
        Some(match op {
            Operation::Sin => Core::Sin,
            Operation::Cos => Core::Cos,
            Operation::Exp => Core::Exp,
            Operation::Ln => Core::Ln,
            Operation::Tanh => Core::Tanh,
            Operation::Call1(Function1::Sigmoid) => Core::Sigmoid,
            Operation::Call1(Function1::Softplus) => Core::Softplus,
            _ => return None,
        })
    }
}

impl Number for f32 {
    const ONE: f32 = 1.0;
    const ZERO: f32 = 0.0;
    #[inline(always)]
    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn fused(self, a: f32, b: f32) -> f32 {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn magnitude(self) -> f32 {
        self.abs()
    }
    #[inline(always)]
    fn root(self) -> f32 {
        self.sqrt()
    }
    #[inline(always)]
    fn in_range(f: Core, x: f32) -> bool {
        match f {
            Core::Sin | Core::Cos => single::trig_in_range(x),
            Core::Exp => single::exp_in_range(x),
            Core::Ln => single::ln_in_range(x),
            Core::Tanh | Core::Sigmoid | Core::Softplus => true,
        }
    }
    #[inline(always)]
    fn core(f: Core, x: f32) -> f32 {
        match f {
            Core::Sin => single::sin_core(x),
            Core::Cos => single::cos_core(x),
            Core::Exp => single::exp_core(x),
            Core::Ln => single::ln_core(x),
            Core::Tanh => single::tanh_core(x),
            Core::Sigmoid => single::sigmoid_core(x),
            Core::Softplus => single::softplus_core(x),
        }
    }
    #[inline(always)]
    fn general(f: Core, x: f32) -> f32 {
        if f32::in_range(f, x) { f32::core(f, x) } else { f64::general(f, f64::from(x)) as f32 }
    }
}

impl Number for f64 {
    const ONE: f64 = 1.0;
    const ZERO: f64 = 0.0;
    #[inline(always)]
    fn from_f64(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn fused(self, a: f64, b: f64) -> f64 {
        self.mul_add(a, b)
    }
    #[inline(always)]
    fn magnitude(self) -> f64 {
        self.abs()
    }
    #[inline(always)]
    fn root(self) -> f64 {
        self.sqrt()
    }
    #[inline(always)]
    fn in_range(f: Core, x: f64) -> bool {
        match f {
            Core::Sin | Core::Cos => vector::trig_in_range(x),
            Core::Exp | Core::Sigmoid => vector::exp_in_range(x),
            Core::Ln => vector::ln_in_range(x),
            Core::Tanh => true,
            Core::Softplus => vector::exp_in_range(x),
        }
    }
    #[inline(always)]
    fn core(f: Core, x: f64) -> f64 {
        match f {
            Core::Sin => vector::sin_core(x),
            Core::Cos => vector::cos_core(x),
            Core::Exp => vector::exp_core(x),
            Core::Ln => vector::ln_core(x),
            Core::Tanh => vector::tanh_core(x),
            Core::Sigmoid => 1.0 / (1.0 + vector::exp_core(-x)),
            Core::Softplus => real::softplus(x),
        }
    }
    #[inline(always)]
    fn general(f: Core, x: f64) -> f64 {
        match f {
            Core::Sin => real::sin(x),
            Core::Cos => real::cos(x),
            Core::Exp => real::exp(x),
            Core::Ln => real::ln(x),
            Core::Tanh => real::tanh(x),
            Core::Sigmoid => real::sigmoid(x),
            Core::Softplus => real::softplus(x),
        }
    }
}

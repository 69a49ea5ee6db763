//! The operations of a tape.

use crate::real;

/// What an instruction computes from its arguments `a`, `b`, `c`.
///
/// Comparisons give 1 or 0 (NaN: 0, except `≠`); a condition is true where it is not 0. `MulAdd`
/// and its kin round twice: they save a load and a store, never a rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Operation {
    /// `a`.
    Copy,
    /// `a + b`.
    Add,
    /// `a − b`.
    Sub,
    /// `a b`.
    Mul,
    /// `a / b`.
    Div,
    /// `(a b) + c`.
    MulAdd,
    /// `(a b) − c`.
    MulSub,
    /// `c − (a b)`.
    NegMulAdd,
    /// `−a`.
    Neg,
    /// `|a|`.
    Abs,
    /// `√a`.
    Sqrt,
    /// [`real::min`].
    Min,
    /// [`real::max`].
    Max,
    /// [`real::sign`].
    Sign,
    /// `a < b`.
    Less,
    /// `a ≤ b`.
    LessEqual,
    /// `a = b`.
    Equal,
    /// `a ≠ b`.
    NotEqual,
    /// Both are true.
    And,
    /// One of both is true.
    Or,
    /// Not true.
    Not,
    /// `b` where `a` is true, else `c`.
    Select,
    /// [`real::sin`].
    Sin,
    /// [`real::cos`].
    Cos,
    /// `sin a` into the target and `cos a` into the slot that `c` names.
    SinCos,
    /// [`real::exp`].
    Exp,
    /// [`real::ln`].
    Ln,
    /// [`real::tanh`].
    Tanh,
    /// Another function of one argument, lane by lane.
    Call1(Function1),
    /// Another function of two arguments, lane by lane.
    Call2(Function2),
}

macro_rules! functions {
    ($(#[$doc:meta])* $name:ident [$($parameters:tt)*] $call:tt { $($variant:ident => $function:path,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = concat!("[`", stringify!($function), "`]")] $variant,)*
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// Its value.
            #[inline]
            pub fn value(self, $($parameters)*) -> f64 {
                match self { $($name::$variant => $function $call,)* }
            }
        }
    };
}

functions! {
    /// Functions of one argument without a vector form.
    Function1 [x: f64] (x) {
        Tan => real::tan,
        Asin => real::asin,
        Acos => real::acos,
        Atan => real::atan,
        Sinh => real::sinh,
        Cosh => real::cosh,
        Asinh => real::asinh,
        Acosh => real::acosh,
        Atanh => real::atanh,
        Expm1 => real::expm1,
        Ln1p => real::ln1p,
        Log10 => real::log10,
        Cbrt => real::cbrt,
        Erf => real::erf,
        Erfc => real::erfc,
        Gamma => real::tgamma,
        LnGamma => real::lgamma,
        J0 => real::j0,
        J1 => real::j1,
        Y0 => real::y0,
        Y1 => real::y1,
        Sigmoid => real::sigmoid,
        Softplus => real::softplus,
        Floor => real::floor,
        Ceil => real::ceil,
        Round => real::round,
    }
}

functions! {
    /// Functions of two arguments without a vector form.
    Function2 [x: f64, y: f64] (x, y) {
        Atan2 => real::atan2,
        Pow => real::pow,
        Modulo => real::modulo,
        Jn => real::jn,
        Yn => real::yn,
        Polygamma => real::polygamma,
    }
}

impl Operation {
    /// How many of `a`, `b`, `c` are values.
    pub fn arity(self) -> usize {
        use Operation::*;
        match self {
            Copy | Neg | Abs | Sqrt | Sign | Not | Sin | Cos | SinCos | Exp | Ln | Tanh | Call1(_) => 1,
            MulAdd | MulSub | NegMulAdd | Select => 3,
            _ => 2,
        }
    }

    /// Whether `a` and `b` may change places without changing bits.
    pub fn commutes(self) -> bool {
        use Operation::*;
        matches!(self, Add | Mul | MulAdd | MulSub | NegMulAdd | And | Or | Equal | NotEqual)
    }

    /// The value on one lane; for [`Operation::SinCos`] the sine.
    #[inline]
    pub fn value(self, a: f64, b: f64, c: f64) -> f64 {
        use Operation::*;
        use real::select::truth;
        match self {
            Copy => a,
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            Div => a / b,
            MulAdd => a * b + c,
            MulSub => a * b - c,
            NegMulAdd => c - a * b,
            Neg => -a,
            Abs => real::abs(a),
            Sqrt => a.sqrt(),
            Min => real::min(a, b),
            Max => real::max(a, b),
            Sign => real::sign(a),
            Less => truth(a < b),
            LessEqual => truth(a <= b),
            Equal => truth(a == b),
            NotEqual => truth(a != b),
            And => truth((a != 0.0) & (b != 0.0)),
            Or => truth((a != 0.0) | (b != 0.0)),
            Not => truth(a == 0.0),
            Select => {
                if a != 0.0 {
                    b
                } else {
                    c
                }
            }
            Sin | SinCos => real::sin(a),
            Cos => real::cos(a),
            Exp => real::exp(a),
            Ln => real::ln(a),
            Tanh => real::tanh(a),
            Call1(f) => f.value(a),
            Call2(f) => f.value(a, b),
        }
    }
}

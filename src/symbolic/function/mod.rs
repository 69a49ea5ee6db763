//! The elementary and special functions: one table, one file per family.
//!
//! A new function is one variant of [`Function`], one line of [`FUNCTIONS`] through the family's
//! list, one derivative rule there, one line in `symbolic::evaluate` and one in `real`.

mod exponential;
mod hyperbolic;
mod piecewise;
mod special;
mod trigonometric;

use super::graph::Graph;
use super::node::ExprId;

/// A function of one or two real arguments (`Min`, `Max`: of two or more).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it; formula and domain of each stand in FUNCTIONS")]
pub enum Function {
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Exp,
    Ln,
    Log10,
    Sigmoid,
    Softplus,
    Cbrt,
    Abs,
    Sign,
    Min,
    Max,
    Floor,
    Modulo,
    Erf,
    Erfc,
    Gamma,
    LnGamma,
    Polygamma,
    BesselJ,
    BesselY,
}

/// Behaviour under a change of sign of the only argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// `f(−x) = f(x)`
    Even,
    /// `f(−x) = −f(x)`
    Odd,
    /// Neither.
    Neither,
}

/// What values a function takes where it is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Only `> 0`.
    Positive,
    /// Only `≥ 0`.
    NonNegative,
    /// The sign of its (first) argument, 0 only at 0.
    SignOfArgument,
    /// Anything.
    Real,
}

/// How smooth a function is inside its domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothness {
    /// All derivatives.
    Smooth,
    /// Continuous, with kinks.
    Kinks,
    /// With jumps.
    Jumps,
}

/// A line of [`FUNCTIONS`].
pub struct FunctionInfo {
    /// Which.
    pub function: Function,
    /// As it is written in `.sys` text.
    pub name: &'static str,
    /// Number of arguments; `None` for two or more.
    pub arity: Option<usize>,
    /// LaTeX command or operator.
    pub latex: &'static str,
    /// Definition and where it is defined, for the manual.
    pub note: &'static str,
    /// Behaviour under `x → −x`.
    pub parity: Parity,
    /// Its values.
    pub range: Range,
    /// Whether 0 is taken only where the argument is 0.
    pub zero_only_at_zero: bool,
    /// Kinks and jumps.
    pub smoothness: Smoothness,
    /// `∂f/∂args[which]`.
    pub derivative: fn(&mut Graph, args: &[ExprId], which: usize) -> ExprId,
}

/// All functions, in the order of [`Function`].
pub static FUNCTIONS: &[&FunctionInfo] = &[
    &trigonometric::SIN,
    &trigonometric::COS,
    &trigonometric::TAN,
    &trigonometric::ASIN,
    &trigonometric::ACOS,
    &trigonometric::ATAN,
    &trigonometric::ATAN2,
    &hyperbolic::SINH,
    &hyperbolic::COSH,
    &hyperbolic::TANH,
    &hyperbolic::ASINH,
    &hyperbolic::ACOSH,
    &hyperbolic::ATANH,
    &exponential::EXP,
    &exponential::LN,
    &exponential::LOG10,
    &exponential::SIGMOID,
    &exponential::SOFTPLUS,
    &exponential::CBRT,
    &piecewise::ABS,
    &piecewise::SIGN,
    &piecewise::MIN,
    &piecewise::MAX,
    &piecewise::FLOOR,
    &piecewise::MODULO,
    &special::ERF,
    &special::ERFC,
    &special::GAMMA,
    &special::LN_GAMMA,
    &special::POLYGAMMA,
    &special::BESSEL_J,
    &special::BESSEL_Y,
];

impl Function {
    /// Its line of the table.
    pub fn info(self) -> &'static FunctionInfo {
        FUNCTIONS[self as usize]
    }

    /// The function with this name in `.sys` text. `sqrt` is no function here but the power 1/2.
    pub fn named(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|info| info.name == name).map(|info| info.function)
    }
}

/// A smooth function of one argument without parity; families override what differs.
const fn plain(
    function: Function,
    name: &'static str,
    latex: &'static str,
    note: &'static str,
    derivative: fn(&mut Graph, &[ExprId], usize) -> ExprId,
) -> FunctionInfo {
    FunctionInfo {
        function,
        name,
        arity: Some(1),
        latex,
        note,
        parity: Parity::Neither,
        range: Range::Real,
        zero_only_at_zero: false,
        smoothness: Smoothness::Smooth,
        derivative,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enumeration() {
        for (i, info) in FUNCTIONS.iter().enumerate() {
            assert_eq!(info.function as usize, i, "{}", info.name);
            assert_eq!(Function::named(info.name), Some(info.function));
        }
    }
}

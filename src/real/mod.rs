//! One definition of every elementary function, ordered sums, counter-based random numbers.
//!
//! IEEE 754 fixes `+ − × ÷ √` and fused multiply-add, not `sin` or `exp`: those differ between
//! platforms in the last bit. Everything in `hamel` that needs them calls this module, so that the
//! interpreter, native code, lanes and every machine give the same bits.
//!
//! | file | what it holds |
//! |---|---|
//! | [`vector`] | `sin cos exp ln tanh` as branch-free polynomials that fill SIMD lanes |
//! | [`single`] | the same with `sigmoid` and `softplus` in single precision |
//! | [`elementary`] | the other functions, through the portable `libm` crate |
//! | [`gamma`] | the derivatives of `ln Γ` |
//! | [`select`] | `min max abs sign floor modulo` and comparisons: compare-and-select |
//! | [`sum`] | ordered sums and dot products |
//! | [`random`] | ChaCha8 streams, uniform and normal |

pub mod elementary;
pub mod gamma;
pub mod random;
pub mod select;
pub mod single;
pub mod sum;
pub mod vector;

pub use elementary::{
    acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, cosh, erf, erfc, expm1, j0, j1, jn, lgamma, ln1p, log10, pow,
    sigmoid, sinh, softplus, tan, tgamma, y0, y1, yn,
};
pub use gamma::polygamma;
pub use random::Random;
pub use select::{abs, ceil, floor, max, min, modulo, round, sign};
pub use sum::{dot, ordered_sum, ordered_sum_by};
pub use vector::{cos, exp, ln, sin, sin_cos, tanh};

/// `x·x`
#[inline(always)]
pub fn square(x: f64) -> f64 {
    x * x
}

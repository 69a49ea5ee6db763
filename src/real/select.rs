//! Functions that compare and select: exact on every machine, with one rule for NaN.
//!
//! A NaN argument of `min`, `max`, `abs`, `sign`, `floor`, `modulo` gives NaN. Every comparison
//! with NaN is false, except `≠`, which is true.
#![allow(clippy::eq_op, reason = "`a != a` is the test for NaN that compiles to one comparison of lanes")]

/// The smaller one; NaN where either is NaN; `b` where they are equal.
#[inline(always)]
pub fn min(a: f64, b: f64) -> f64 {
    if (a < b) | a.is_nan() { a } else { b }
}

/// The larger one; NaN where either is NaN; `b` where they are equal.
#[inline(always)]
pub fn max(a: f64, b: f64) -> f64 {
    if (a > b) | a.is_nan() { a } else { b }
}

/// Magnitude.
#[inline(always)]
pub fn abs(x: f64) -> f64 {
    x.abs()
}

/// −1, 0 or 1; NaN at NaN.
#[inline(always)]
pub fn sign(x: f64) -> f64 {
    let signed = if x < 0.0 { -1.0 } else { x };
    if x > 0.0 { 1.0 } else { signed }
}

/// Largest integer not above x.
#[inline]
pub fn floor(x: f64) -> f64 {
    x.floor()
}

/// Smallest integer not below x.
#[inline]
pub fn ceil(x: f64) -> f64 {
    x.ceil()
}

/// Nearest integer, halves away from zero.
#[inline]
pub fn round(x: f64) -> f64 {
    x.round()
}

/// `a − b⌊a/b⌋`, the remainder with the sign of `b`; exact. NaN for b = 0.
#[inline]
pub fn modulo(a: f64, b: f64) -> f64 {
    let r = libm::fmod(a, b);
    if r != 0.0 && ((r < 0.0) != (b < 0.0)) { r + b } else { r }
}

/// 1 where the condition holds, else 0.
#[inline(always)]
pub fn truth(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

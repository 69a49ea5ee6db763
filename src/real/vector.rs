//! `sin cos exp ln tanh` as branch-free polynomials.
//!
//! Each has a *core*, valid on the range that matters, which a compiler turns into vector code, and
//! a test whether an argument is in that range; outside it the portable `libm` answers. The scalar
//! functions below and every width of the lanes use these cores, so the bits are the same.
//!
//! Argument reduction after Cody and Waite with fused products; the polynomials of `sin`, `cos` and
//! `ln` are those of FreeBSD's msun (`k_sin.c`, `k_cos.c`, `e_log.c`). `tests/elementary.rs` holds all
//! of them to 1 ulp.

// The digits are those of the sources.
#![allow(clippy::excessive_precision)]
// Without short circuits the tests of ranges vectorise.
#![allow(clippy::manual_range_contains)]

/// `1.5·2⁵²`: adding it rounds to an integer and leaves that integer in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Largest argument of the cores of `sin` and `cos`.
const TRIG_LIMIT: f64 = 1e5;
/// Largest argument of the core of `exp`: both `eˣ` and the scale are normal.
const EXP_LIMIT: f64 = 708.0;

/// π/2 in three parts: the first of 33 bits, so that its product with a small integer is exact.
const PIO2_1: f64 = 1.57079632673412561417e+00;
const PIO2_2: f64 = 6.07710050650619224932e-11;
const PIO2_3: f64 = (6.07710050630396597660e-11 - PIO2_2) + 2.02226624879595063154e-21;

/// ln 2 in two parts, the first of 32 bits.
const LN2_HI: f64 = 6.93147180369123816490e-01;
const LN2_LO: f64 = 1.90821492927058770002e-10;

/// Whether `sin` and `cos` of `x` are computed by the core.
#[inline(always)]
pub fn trig_in_range(x: f64) -> bool {
    x.abs() <= TRIG_LIMIT
}

/// Whether `eˣ` is computed by the core.
#[inline(always)]
pub fn exp_in_range(x: f64) -> bool {
    x.abs() <= EXP_LIMIT
}

/// Whether `ln x` is computed by the core: positive, normal and finite.
#[inline(always)]
pub fn ln_in_range(x: f64) -> bool {
    (x >= f64::MIN_POSITIVE) & (x <= f64::MAX)
}

/// `x = quadrant·π/2 + r + tail`; the quadrant is in the low bits of the first result.
#[inline(always)]
fn reduce(x: f64) -> (u64, f64, f64) {
    let shifted = x.mul_add(std::f64::consts::FRAC_2_PI, ROUND);
    let k = shifted - ROUND;
    let a = (-k).mul_add(PIO2_1, x);
    let p = k * PIO2_2;
    let p_error = k.mul_add(PIO2_2, -p);
    let r = a - p;
    let tail = (-k).mul_add(PIO2_3, ((a - r) - p) - p_error);
    (shifted.to_bits(), r, tail)
}

/// `sin(r + tail)` for |r| ≤ π/4.
#[inline(always)]
fn sin_polynomial(r: f64, tail: f64) -> f64 {
    let z = r * r;
    let p = 1.58969099521155010221e-10f64
        .mul_add(z, -2.50507602534068634195e-08)
        .mul_add(z, 2.75573137070700676789e-06)
        .mul_add(z, -1.98412698298579493134e-04)
        .mul_add(z, 8.33333333332248946124e-03);
    let v = z * r;
    let inner = z.mul_add((-v).mul_add(p, 0.5 * tail), -tail);
    r - (-v).mul_add(-1.66666666666666324348e-01, inner)
}

/// `cos(r + tail)` for |r| ≤ π/4.
#[inline(always)]
fn cos_polynomial(r: f64, tail: f64) -> f64 {
    let z = r * r;
    let p = (-1.13596475577881948265e-11f64)
        .mul_add(z, 2.08757232129817482790e-09)
        .mul_add(z, -2.75573143513906633035e-07)
        .mul_add(z, 2.48015872894767294178e-05)
        .mul_add(z, -1.38888888888741095749e-03)
        .mul_add(z, 4.16666666666666019037e-02);
    let half = 0.5 * z;
    let w = 1.0 - half;
    w + (((1.0 - w) - half) + z.mul_add(z * p, -(r * tail)))
}

/// `sin` or `cos` of the reduced argument, by the parity and sign of the quadrant.
#[inline(always)]
fn choose(quadrant: u64, s: f64, c: f64) -> f64 {
    let magnitude = if quadrant & 1 == 0 { s } else { c };
    f64::from_bits(magnitude.to_bits() ^ ((quadrant & 2) << 62))
}

/// `sin x` for [`trig_in_range`].
#[inline(always)]
pub fn sin_core(x: f64) -> f64 {
    let (quadrant, r, tail) = reduce(x);
    choose(quadrant, sin_polynomial(r, tail), cos_polynomial(r, tail))
}

/// `cos x` for [`trig_in_range`].
#[inline(always)]
pub fn cos_core(x: f64) -> f64 {
    let (quadrant, r, tail) = reduce(x);
    choose(quadrant.wrapping_add(1), sin_polynomial(r, tail), cos_polynomial(r, tail))
}

/// `(sin x, cos x)` for [`trig_in_range`], the same bits as one by one.
#[inline(always)]
pub fn sin_cos_core(x: f64) -> (f64, f64) {
    let (quadrant, r, tail) = reduce(x);
    let (s, c) = (sin_polynomial(r, tail), cos_polynomial(r, tail));
    (choose(quadrant, s, c), choose(quadrant.wrapping_add(1), s, c))
}

/// `x = k ln 2 + r`; returns the bits that hold k, `r`, `eʳ − 1 − r` and what rounding left of `r`.
#[inline(always)]
fn exp_parts(x: f64) -> (u64, f64, f64, f64) {
    let shifted = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let hi = (-k).mul_add(LN2_HI, x);
    let lo = k * LN2_LO;
    let r = hi - lo;
    let left = (hi - r) - lo;
    // Taylor coefficients: the remainder r¹⁴/14! is under 5e-18 for |r| ≤ ln(2)/2.
    let p = 1.605_904_383_682_161_5e-10f64
        .mul_add(r, 2.087_675_698_786_810e-9)
        .mul_add(r, 2.505_210_838_544_172e-8)
        .mul_add(r, 2.755_731_922_398_589e-7)
        .mul_add(r, 2.755_731_922_398_589e-6)
        .mul_add(r, 2.480_158_730_158_730_2e-5)
        .mul_add(r, 1.984_126_984_126_984_1e-4)
        .mul_add(r, 1.388_888_888_888_889e-3)
        .mul_add(r, 8.333_333_333_333_333e-3)
        .mul_add(r, 4.166_666_666_666_666_4e-2)
        .mul_add(r, 1.666_666_666_666_666_6e-1)
        .mul_add(r, 0.5);
    (shifted.to_bits(), r, (r * r) * p, left)
}

/// `2ᵏ` from the bits of the shifted argument; k is in the low bits.
#[inline(always)]
fn power_of_two(bits: u64) -> f64 {
    f64::from_bits((bits << 52).wrapping_add(1.0f64.to_bits()))
}

/// `eˣ` for [`exp_in_range`].
#[inline(always)]
pub fn exp_core(x: f64) -> f64 {
    let (bits, r, q, left) = exp_parts(x);
    (1.0 + (r + (q + left))) * power_of_two(bits)
}

/// `ln x` for [`ln_in_range`].
#[inline(always)]
pub fn ln_core(x: f64) -> f64 {
    // Shift the exponent so that the mantissa lies in [√½, √2).
    const SQRT_HALF_BITS: u64 = 0x3FE6_A09E_0000_0000;
    let bits = x.to_bits().wrapping_add(0x3FF0_0000_0000_0000 - SQRT_HALF_BITS);
    let exponent = bits >> 52;
    let k = f64::from_bits(exponent | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF).wrapping_add(SQRT_HALF_BITS)) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even =
        w * 1.531383769920937332e-01f64.mul_add(w, 2.222219843214978396e-01).mul_add(w, 3.999999999940941908e-01);
    let odd = z * 1.479819860511658591e-01f64
        .mul_add(w, 1.818357216161805012e-01)
        .mul_add(w, 2.857142874366239149e-01)
        .mul_add(w, 6.666666666666735130e-01);
    let tail = s.mul_add(half_square + (odd + even), k * LN2_LO);
    k.mul_add(LN2_HI, f - (half_square - tail))
}

/// `tanh x = E/(E + 2)`, `E = e^{2|x|} − 1`; every argument.
///
/// Numerator and denominator keep what their last additions round off, and the quotient is
/// corrected by its residual: one rounding is left.
#[inline(always)]
pub fn tanh_core(x: f64) -> f64 {
    // tanh 20 rounds to 1.
    let magnitude = if x.abs() > 20.0 { 20.0 } else { x.abs() };
    let (bits, r, q, left) = exp_parts(2.0 * magnitude);
    let scale = power_of_two(bits);
    // E = 2ᵏ (r + s) + (2ᵏ − 1); the larger summand comes first, so that the error is exact.
    let s = q + left;
    let p = r + s;
    let p_error = (r - p) + s;
    let (shift, scaled) = (scale - 1.0, scale * p);
    let e = shift + scaled;
    let e_error = scale.mul_add(p_error, (shift - e) + scaled);
    let d = e + 2.0;
    let part = d - e;
    let d_error = ((e - (d - part)) + (2.0 - part)) + e_error;
    let inverse = 1.0 / d;
    let quotient = e * inverse;
    let residual = (-quotient).mul_add(d, e) + (-quotient).mul_add(d_error, e_error);
    residual.mul_add(inverse, quotient).copysign(x)
}

/// `sin x`, x in radians.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    if trig_in_range(x) { sin_core(x) } else { libm::sin(x) }
}

/// `cos x`, x in radians.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    if trig_in_range(x) { cos_core(x) } else { libm::cos(x) }
}

/// `(sin x, cos x)`, the same bits as one by one.
#[inline(always)]
pub fn sin_cos(x: f64) -> (f64, f64) {
    if trig_in_range(x) { sin_cos_core(x) } else { (libm::sin(x), libm::cos(x)) }
}

/// `eˣ`.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    if exp_in_range(x) { exp_core(x) } else { libm::exp(x) }
}

/// Natural logarithm; −∞ at 0, NaN below.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    if ln_in_range(x) { ln_core(x) } else { libm::log(x) }
}

/// `tanh x`.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    tanh_core(x)
}

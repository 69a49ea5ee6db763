//! `sin cos exp ln tanh sigmoid softplus` in single precision, as branch-free polynomials for lanes.
//!
//! As in [`super::vector`] each has a core that holds on a stated range; outside it the value is that
//! of the double-precision function, rounded. Polynomials after Cephes (`expf.c`, `logf.c`, `sinf.c`,
//! Moshier 1992); `tests/tensor/single.rs` holds the errors to 2 ulp,
//! those of `tanh`, `sigmoid` and `softplus` to 3.

// The digits are those of the source.
#![allow(clippy::excessive_precision)]

/// `1.5·2²³`: adding it rounds to an integer and leaves that integer in the low bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, the first of 9 bits.
const LN2_HI: f32 = 0.693_359_375;
const LN2_LO: f32 = -2.121_944_4e-4;
/// π/2 in three parts, the first of few bits.
const PIO2_1: f32 = 1.570_312_5;
const PIO2_2: f32 = 4.837_512_969_970_703e-4;
const PIO2_3: f32 = 7.549_790_126_404_332e-8;
/// Largest arguments of the cores.
const TRIG_LIMIT: f32 = 8192.0;
const EXP_LIMIT: f32 = 87.0;

/// Whether `sin` and `cos` are computed by the core.
#[inline(always)]
pub fn trig_in_range(x: f32) -> bool {
    x.abs() <= TRIG_LIMIT
}

/// Whether `eˣ` is computed by the core.
#[inline(always)]
pub fn exp_in_range(x: f32) -> bool {
    x.abs() <= EXP_LIMIT
}

/// Whether `ln x` is computed by the core: positive, normal and finite.
#[inline(always)]
pub fn ln_in_range(x: f32) -> bool {
    (x >= f32::MIN_POSITIVE) & (x <= f32::MAX)
}

/// `2ᵏ` from the bits of the shifted argument; k is in the low bits.
#[inline(always)]
fn power_of_two(bits: u32) -> f32 {
    f32::from_bits((bits << 23).wrapping_add(1.0f32.to_bits()))
}

/// `x = k ln 2 + r`; the bits that hold k, `r`, and `eʳ − 1 − r`.
#[inline(always)]
fn exp_parts(x: f32) -> (u32, f32, f32) {
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = (-k).mul_add(LN2_LO, (-k).mul_add(LN2_HI, x));
    let p = 1.987_569_15e-4f32
        .mul_add(r, 1.398_199_950_7e-3)
        .mul_add(r, 8.333_451_907_3e-3)
        .mul_add(r, 4.166_579_589_4e-2)
        .mul_add(r, 1.666_666_545_9e-1)
        .mul_add(r, 5.000_000_120_1e-1);
    (shifted.to_bits(), r, (r * r) * p)
}

/// `eˣ` for [`exp_in_range`].
#[inline(always)]
pub fn exp_core(x: f32) -> f32 {
    let (bits, r, q) = exp_parts(x);
    (1.0 + (r + q)) * power_of_two(bits)
}

/// `ln m` for the mantissa in [√½, √2) as `f = m − 1`, without `f`: `−f²/2 + f³ P(f)`.
#[inline(always)]
fn ln_tail(f: f32) -> f32 {
    let z = f * f;
    let p = 7.037_683_629_2e-2f32
        .mul_add(f, -1.151_461_031_0e-1)
        .mul_add(f, 1.167_699_874_0e-1)
        .mul_add(f, -1.242_014_084_6e-1)
        .mul_add(f, 1.424_932_278_7e-1)
        .mul_add(f, -1.666_805_766_5e-1)
        .mul_add(f, 2.000_071_476_5e-1)
        .mul_add(f, -2.499_999_399_3e-1)
        .mul_add(f, 3.333_333_117_4e-1);
    z.mul_add(f * p, -0.5 * z)
}

/// Exponent and mantissa: `x = 2ᵏ (1 + f)`, `1 + f` in [√½, √2).
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    const SQRT_HALF_BITS: u32 = 0x3F35_04F3;
    let bits = x.to_bits().wrapping_add(0x3F80_0000 - SQRT_HALF_BITS);
    let k = (bits >> 23) as i32 - 127;
    let f = f32::from_bits((bits & 0x007F_FFFF).wrapping_add(SQRT_HALF_BITS)) - 1.0;
    (k as f32, f)
}

/// `ln x` for [`ln_in_range`].
#[inline(always)]
pub fn ln_core(x: f32) -> f32 {
    let (k, f) = split(x);
    let tail = k.mul_add(LN2_LO, ln_tail(f));
    k.mul_add(LN2_HI, f + tail)
}

/// `x = quadrant·π/2 + r`.
#[inline(always)]
fn reduce(x: f32) -> (u32, f32) {
    let shifted = x.mul_add(std::f32::consts::FRAC_2_PI, ROUND);
    let k = shifted - ROUND;
    let r = (-k).mul_add(PIO2_3, (-k).mul_add(PIO2_2, (-k).mul_add(PIO2_1, x)));
    (shifted.to_bits(), r)
}

#[inline(always)]
fn sin_or_cos(quadrant: u32, r: f32) -> f32 {
    let z = r * r;
    let s = (-1.951_529_589_1e-4f32).mul_add(z, 8.332_160_873_6e-3).mul_add(z, -1.666_665_461_1e-1);
    let sine = (z * r).mul_add(s, r);
    let c = 2.443_315_711_8e-5f32.mul_add(z, -1.388_731_625_5e-3).mul_add(z, 4.166_664_568_3e-2);
    let cosine = (z * z).mul_add(c, (-0.5f32).mul_add(z, 1.0));
    let magnitude = if quadrant & 1 == 0 { sine } else { cosine };
    f32::from_bits(magnitude.to_bits() ^ ((quadrant & 2) << 30))
}

/// `sin x` for [`trig_in_range`].
#[inline(always)]
pub fn sin_core(x: f32) -> f32 {
    let (quadrant, r) = reduce(x);
    sin_or_cos(quadrant, r)
}

/// `cos x` for [`trig_in_range`].
#[inline(always)]
pub fn cos_core(x: f32) -> f32 {
    let (quadrant, r) = reduce(x);
    sin_or_cos(quadrant.wrapping_add(1), r)
}

/// `tanh x = E/(E + 2)`, `E = e^{2|x|} − 1`; every argument. Beyond 10 it rounds to 1.
#[inline(always)]
pub fn tanh_core(x: f32) -> f32 {
    let magnitude = if x.abs() > 10.0 { 10.0 } else { x.abs() };
    let (bits, r, q) = exp_parts(2.0 * magnitude);
    let scale = power_of_two(bits);
    let e = scale.mul_add(r + q, scale - 1.0);
    (e / (e + 2.0)).copysign(x)
}

/// `1/(1 + e⁻ˣ)`; every argument.
#[inline(always)]
pub fn sigmoid_core(x: f32) -> f32 {
    let limited = if x < -EXP_LIMIT { -EXP_LIMIT } else { x };
    let limited = if limited > EXP_LIMIT { EXP_LIMIT } else { limited };
    1.0 / (1.0 + exp_core(-limited))
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|})`; every argument.
#[inline(always)]
pub fn softplus_core(x: f32) -> f32 {
    let magnitude = if x.abs() > EXP_LIMIT { EXP_LIMIT } else { x.abs() };
    let e = exp_core(-magnitude);
    // ln(1 + e) with what the sum rounds off
    let u = 1.0 + e;
    let lost = e - (u - 1.0);
    let (k, f) = split(u);
    let tail = k.mul_add(LN2_LO, ln_tail(f)) + lost / u;
    let positive = if x > 0.0 { x } else { 0.0 };
    positive + k.mul_add(LN2_HI, f + tail)
}

//! The elementary and special functions on `f64`, each defined once.
//!
//! Errors are those of the FreeBSD mathematical library from which the `libm` crate descends:
//! under 1 ulp for the elementary functions, a few ulp for `Γ`, Bessel and the error function.

macro_rules! through_libm {
    ($($(#[$doc:meta])* $name:ident = $path:ident;)*) => {
        $($(#[$doc])* #[inline] pub fn $name(x: f64) -> f64 { libm::$path(x) })*
    };
}

through_libm! {
    /// `tan x`, x in radians.
    tan = tan;
    /// `arcsin x` in [-π/2, π/2]; NaN outside [-1, 1].
    asin = asin;
    /// `arccos x` in [0, π]; NaN outside [-1, 1].
    acos = acos;
    /// `arctan x` in (-π/2, π/2).
    atan = atan;
    /// `sinh x`.
    sinh = sinh;
    /// `cosh x`.
    cosh = cosh;
    /// `arsinh x`.
    asinh = asinh;
    /// `arcosh x ≥ 0`; NaN for x < 1.
    acosh = acosh;
    /// `artanh x`; NaN for |x| > 1.
    atanh = atanh;
    /// `eˣ − 1` without cancellation near 0.
    expm1 = expm1;
    /// `ln(1 + x)` without cancellation near 0.
    ln1p = log1p;
    /// Logarithm to base 10.
    log10 = log10;
    /// Real cube root, odd.
    cbrt = cbrt;
    /// Error function `2/√π ∫₀ˣ exp(−s²) ds`.
    erf = erf;
    /// `1 − erf x` without cancellation.
    erfc = erfc;
    /// `Γ(x)`.
    tgamma = tgamma;
    /// `ln |Γ(x)|`.
    lgamma = lgamma;
    /// Bessel function `J₀`.
    j0 = j0;
    /// Bessel function `J₁`.
    j1 = j1;
    /// Bessel function of the second kind `Y₀`.
    y0 = y0;
    /// Bessel function of the second kind `Y₁`.
    y1 = y1;
}

/// Angle of the point `(x, y)` in (-π, π].
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// `xʸ`; NaN for x < 0 and y not an integer.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Bessel function `J_n`; the order is rounded towards zero and clamped to the range of `i32`.
#[inline]
pub fn jn(n: f64, x: f64) -> f64 {
    libm::jn(n as i32, x)
}

/// Bessel function of the second kind `Y_n`; the order as in [`jn`].
#[inline]
pub fn yn(n: f64, x: f64) -> f64 {
    libm::yn(n as i32, x)
}

/// `1/(1 + e⁻ˣ)`.
#[inline]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + super::exp(-x))
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^{−|x|})`.
#[inline]
pub fn softplus(x: f64) -> f64 {
    super::select::max(x, 0.0) + ln1p(super::exp(-x.abs()))
}

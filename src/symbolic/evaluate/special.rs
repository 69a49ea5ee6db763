//! Special functions of the oracle with their first three derivatives.

use crate::symbolic::Function;

/// `f, f′, f″, f‴` at `x`; `order` is that of a polygamma or Bessel function.
pub(super) fn derivatives(function: Function, order: i32, x: f64) -> [f64; 4] {
    match function {
        Function::Erf | Function::Erfc => {
            let (value, sign) = if function == Function::Erf { (libm::erf(x), 1.0) } else { (libm::erfc(x), -1.0) };
            let first = sign * std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp();
            [value, first, -2.0 * x * first, (4.0 * x * x - 2.0) * first]
        }
        Function::Gamma => {
            let g = libm::tgamma(x);
            let [p0, p1, p2] = [polygamma(0, x), polygamma(1, x), polygamma(2, x)];
            [g, g * p0, g * (p0 * p0 + p1), g * (p0 * p0 * p0 + 3.0 * p0 * p1 + p2)]
        }
        Function::LnGamma => [libm::lgamma(x), polygamma(0, x), polygamma(1, x), polygamma(2, x)],
        Function::Polygamma => [0, 1, 2, 3].map(|k| polygamma(order + k, x)),
        Function::BesselJ => bessel(libm::jn, order, x),
        Function::BesselY => bessel(libm::yn, order, x),
        _ => [f64::NAN; 4],
    }
}

/// `C_n` and its derivatives from `2C_n' = C_(n−1) − C_(n+1)`.
fn bessel(f: fn(i32, f64) -> f64, n: i32, x: f64) -> [f64; 4] {
    [
        f(n, x),
        (f(n - 1, x) - f(n + 1, x)) / 2.0,
        (f(n - 2, x) - 2.0 * f(n, x) + f(n + 2, x)) / 4.0,
        (f(n - 3, x) - 3.0 * f(n - 1, x) + 3.0 * f(n + 1, x) - f(n + 3, x)) / 8.0,
    ]
}

/// `B_2, B_4, … B_20`
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
];

/// The derivative `n + 1` of `ln |Γ|`: the recurrence up to large `x`, then the asymptotic series
/// (NIST DLMF 5.11.2, 5.15.8, 5.5.2); below 1/2 by reflection.
pub(super) fn polygamma(n: i32, x: f64) -> f64 {
    if n < 0 || x.is_nan() || (x <= 0.0 && x.fract() == 0.0) {
        return f64::NAN;
    }
    if x < 0.5 {
        // ψ_n(1−x) + (−1)^(n+1) ψ_n(x) = (−1)^n dⁿ/dxⁿ (π cot πx)
        let upper = polygamma(n, 1.0 - x);
        let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
        return sign * upper - cotangent_derivative(n, x);
    }
    let factorial = |k: i32| (1..=k).map(f64::from).product::<f64>();
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    let mut total = 0.0;
    let mut z = x;
    while z < 20.0 + f64::from(n) {
        total += if n == 0 { -1.0 / z } else { sign * factorial(n) / z.powi(n + 1) };
        z += 1.0;
    }
    if n == 0 {
        total += z.ln() - 0.5 / z;
        for (k, b) in BERNOULLI.iter().enumerate() {
            let two_k = 2 * (k as i32 + 1);
            total -= b / (f64::from(two_k) * z.powi(two_k));
        }
    } else {
        total += sign * (factorial(n - 1) / z.powi(n) + factorial(n) / (2.0 * z.powi(n + 1)));
        for (k, b) in BERNOULLI.iter().enumerate() {
            let two_k = 2 * (k as i32 + 1);
            total += sign * b * factorial(two_k + n - 1) / (factorial(two_k) * z.powi(two_k + n));
        }
    }
    total
}

/// `dⁿ/dxⁿ (π cot πx)` as a polynomial in the cotangent: `c' = −π(1 + c²)`.
fn cotangent_derivative(n: i32, x: f64) -> f64 {
    let pi = std::f64::consts::PI;
    let mut polynomial = vec![0.0, pi];
    for _ in 0..n {
        let mut next = vec![0.0; polynomial.len() + 1];
        for (k, a) in polynomial.iter().enumerate().skip(1) {
            next[k - 1] -= pi * k as f64 * a;
            next[k + 1] -= pi * k as f64 * a;
        }
        polynomial = next;
    }
    // the period taken off exactly: π x would lose the digits behind the point
    let c = 1.0 / (pi * (x - x.round())).tan();
    polynomial.iter().rev().fold(0.0, |value, a| value * c + a)
}

#[cfg(test)]
mod tests {
    use super::polygamma;

    #[test]
    fn polygamma_has_its_known_values() {
        let euler = 0.577_215_664_901_532_9;
        let pi2 = std::f64::consts::PI * std::f64::consts::PI;
        assert!((polygamma(0, 1.0) + euler).abs() < 1e-14);
        assert!((polygamma(0, 0.5) + euler + 2.0 * 2f64.ln()).abs() < 1e-14);
        assert!((polygamma(1, 1.0) - pi2 / 6.0).abs() < 1e-14);
        assert!((polygamma(1, 0.25) - (pi2 + 8.0 * 0.915_965_594_177_219)).abs() < 1e-12);
        assert!((polygamma(2, 1.0) + 2.0 * 1.202_056_903_159_594_2).abs() < 1e-14);
        // the recurrence ψ_n(x+1) = ψ_n(x) + (−1)^n n!/x^(n+1), across the reflection
        for n in 0..4 {
            let x = -0.3f64;
            let step = if n % 2 == 0 { 1.0 } else { -1.0 } * (1..=n).product::<i32>() as f64 / x.powi(n + 1);
            let difference = polygamma(n, x + 1.0) - polygamma(n, x);
            assert!((difference - step).abs() < 1e-10 * step.abs(), "{n}");
        }
    }
}

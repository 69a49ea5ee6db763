//! The polygamma functions: derivatives of `ln |Γ|`.

use super::{ln, pow, tan};
use std::f64::consts::PI;

/// Largest order; beyond it factorials leave the range of `f64`.
const LARGEST_ORDER: i32 = 150;

/// The Bernoulli numbers `B₂, B₄, … B₂₄`.
const BERNOULLI: [f64; 12] = [
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
    854513.0 / 138.0,
    -236364091.0 / 2730.0,
];

/// `dⁿ⁺¹/dxⁿ⁺¹ ln |Γ(x)|`, the order `n` rounded towards zero; NaN at the poles 0, −1, … and for
/// orders outside 0..=150.
///
/// Recurrence to a large argument, then the asymptotic series (NIST DLMF 5.11.2, 5.15.8); left of ½
/// by reflection (5.15.6).
pub fn polygamma(n: f64, x: f64) -> f64 {
    let order = n as i32;
    if !(0..=LARGEST_ORDER).contains(&order) || n.is_nan() || x.is_nan() || (x <= 0.0 && x == x.floor()) {
        return f64::NAN;
    }
    if x < 0.5 {
        let upper = right(order, 1.0 - x);
        let mirrored = if order % 2 == 0 { upper } else { -upper };
        return mirrored - cotangent_derivative(order, x);
    }
    right(order, x)
}

fn factorial(k: i32) -> f64 {
    (2..=k).fold(1.0, |product, i| product * f64::from(i))
}

/// For x ≥ ½.
fn right(n: i32, x: f64) -> f64 {
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    let order = f64::from(n);
    let large = 18.0 + order;
    let mut shifted = 0.0;
    let mut z = x;
    while z < large {
        shifted += pow(z, -(order + 1.0));
        z += 1.0;
    }
    let mut series = if n == 0 {
        0.5 / z - ln(z)
    } else {
        factorial(n - 1) * pow(z, -order) + 0.5 * factorial(n) * pow(z, -(order + 1.0))
    };
    let inverse_square = 1.0 / (z * z);
    // (2k + n − 1)!/(2k)! / z^(2k + n), from k = 1 on
    let mut term = if n == 0 { 0.5 * inverse_square } else { 0.5 * factorial(n + 1) * pow(z, -(order + 2.0)) };
    for (k, b) in BERNOULLI.iter().enumerate() {
        series += b * term;
        let two_k = 2.0 * (k as f64 + 1.0);
        term *= inverse_square * (two_k + order) * (two_k + order + 1.0) / ((two_k + 1.0) * (two_k + 2.0));
    }
    sign * (factorial(n) * shifted + series)
}

/// `dⁿ/dxⁿ (π cot πx)`, a polynomial in the cotangent: `c' = −π (1 + c²)`.
fn cotangent_derivative(n: i32, x: f64) -> f64 {
    let mut polynomial = vec![0.0, PI];
    for _ in 0..n {
        let mut next = vec![0.0; polynomial.len() + 1];
        for (k, a) in polynomial.iter().enumerate().skip(1) {
            next[k - 1] -= PI * k as f64 * a;
            next[k + 1] -= PI * k as f64 * a;
        }
        polynomial = next;
    }
    // The period is taken off exactly, to the nearest pole: near it digits count.
    let c = 1.0 / tan(PI * (x - x.round()));
    polynomial.iter().rev().fold(0.0, |value, a| value * c + a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_the_recurrence() {
        let euler = 0.577_215_664_901_532_9;
        assert!((polygamma(0.0, 1.0) + euler).abs() < 1e-15);
        assert!((polygamma(1.0, 1.0) - PI * PI / 6.0).abs() < 2e-15);
        assert!((polygamma(1.0, 0.5) - PI * PI / 2.0).abs() < 4e-15);
        assert!((polygamma(2.0, 1.0) + 2.404_113_806_319_188_4).abs() < 5e-15);
        for n in 0..5 {
            for x in [-3.3, -0.7, 0.2, 0.9, 4.5, 30.0] {
                let order = f64::from(n);
                let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
                let step = sign * factorial(n) / libm::pow(x, order + 1.0);
                let error = polygamma(order, x + 1.0) - polygamma(order, x) - step;
                assert!(error.abs() < 1e-12 * (1.0 + step.abs()), "{n} {x} {error}");
            }
        }
        assert!(polygamma(0.0, -2.0).is_nan());
    }
}

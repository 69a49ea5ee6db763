//! Exact constants, rounded once.

use crate::symbolic::Rational;

/// π to 80 digits.
const PI: &str = "3.1415926535897932384626433832795028841971693993751058209749445923078164062862090";
/// Largest power of π that is rounded exactly; beyond it the powers are multiplied as floats.
const EXACT_POWER: i64 = 16;

/// `coefficient · π^power`, rounded once.
pub fn rational_times_pi(coefficient: &Rational, power: i64) -> f64 {
    if power == 0 {
        return coefficient.to_f64();
    }
    let exact = (power.abs() <= EXACT_POWER)
        .then(|| Rational::parse(PI)?.checked_pow(power)?.checked_mul(coefficient))
        .flatten();
    match exact {
        Some(value) => value.to_f64(),
        None => coefficient.to_f64() * crate::real::pow(std::f64::consts::PI, power as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_is_rounded_once() {
        let degree = Rational::new(1, 180).expect("not zero");
        assert_eq!(rational_times_pi(&degree, 1).to_bits(), 0.017453292519943295f64.to_bits());
        assert_eq!(rational_times_pi(&Rational::integer(4), 2).to_bits(), 39.47841760435743f64.to_bits());
        assert_eq!(rational_times_pi(&Rational::integer(1), -1), std::f64::consts::FRAC_1_PI);
    }
}

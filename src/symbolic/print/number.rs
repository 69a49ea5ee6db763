//! Exact numbers in few characters: small fractions as fractions, terminating ones as decimals.

use crate::symbolic::Rational;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Significant digits up to which a decimal is written out exactly.
const DECIMAL_DIGITS: usize = 17;

/// A number `≥ 0`, ready to be written.
pub(super) enum Digits {
    /// An integer or a fraction.
    Fraction(String, String),
    /// `mantissa·10^exponent`, exactly; exponent 0 for a plain decimal.
    Decimal(String, i64),
}

impl Digits {
    /// How to write `value ≥ 0`.
    pub(super) fn of(value: &Rational) -> Self {
        let (n, d) = value.to_digits();
        let small = matches!(value.as_small(), Some((n, d)) if n < 10_000 && d <= 64 && d % 5 != 0);
        if (d == "1" && n.len() <= 6) || small {
            return Digits::Fraction(n, d);
        }
        match decimal(value) {
            Some(decimal) => decimal,
            None => Digits::Fraction(n, d),
        }
    }

    /// Numerator and denominator where it is written so.
    pub(super) fn fraction(&self) -> Option<(String, String)> {
        match self {
            Digits::Fraction(n, d) => Some((n.clone(), d.clone())),
            Digits::Decimal(..) => None,
        }
    }
}

/// As a decimal, where it terminates within [`DECIMAL_DIGITS`].
fn decimal(value: &Rational) -> Option<Digits> {
    let big = value.to_big();
    let (mut denominator, mut twos, mut fives) = (big.denom().clone(), 0i64, 0i64);
    for (p, count) in [(2, &mut twos), (5, &mut fives)] {
        let p = BigInt::from(p);
        while denominator.is_multiple_of(&p) && *count < 800 {
            denominator /= &p;
            *count += 1;
        }
    }
    if !denominator.is_one() {
        return None;
    }
    let places = twos.max(fives);
    let scale = BigInt::from(10).pow(u32::try_from(places).ok()?);
    let mut mantissa = big.numer() * scale / big.denom();
    let mut exponent = -places;
    let ten = BigInt::from(10);
    while !mantissa.is_zero() && mantissa.is_multiple_of(&ten) {
        mantissa /= &ten;
        exponent += 1;
    }
    let digits = mantissa.to_string();
    if digits.len() > DECIMAL_DIGITS {
        return None;
    }
    // magnitude of the leading digit decides between the two forms
    let magnitude = digits.len() as i64 - 1 + exponent;
    if (-4..7).contains(&magnitude) {
        let text = if exponent >= 0 {
            digits + &"0".repeat(exponent as usize)
        } else if magnitude >= 0 {
            let (whole, fraction) = digits.split_at(magnitude as usize + 1);
            format!("{whole}.{fraction}")
        } else {
            format!("0.{}{digits}", "0".repeat((-magnitude - 1) as usize))
        };
        return Some(Digits::Decimal(text, 0));
    }
    let (whole, fraction) = digits.split_at(1);
    let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
    Some(Digits::Decimal(text, magnitude))
}

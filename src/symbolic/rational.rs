//! Exact rational numbers: a pair of `i64` while that is enough, big integers beyond.
//!
//! Every operation that can grow is `checked_…` and gives `None` where numerator or denominator
//! would pass [`limits::EXACT_BITS`] bits, or where it divides by zero.

use crate::limits;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An exact fraction in lowest terms with a positive denominator.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rational(Form);

/// `Small` whenever both parts fit, and reduced, so that equal values have equal forms.
#[derive(Clone)]
enum Form {
    Small(i64, i64),
    Big(Arc<BigRational>),
}

// By parts: the fraction's own comparison and hash divide, which is slow for long numbers.
impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Form::Small(a, b), Form::Small(c, d)) => a == c && b == d,
            (Form::Big(a), Form::Big(b)) => a.numer() == b.numer() && a.denom() == b.denom(),
            _ => false,
        }
    }
}

impl Eq for Form {}

impl Hash for Form {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Form::Small(n, d) => (n, d).hash(state),
            Form::Big(r) => (r.numer(), r.denom()).hash(state),
        }
    }
}

impl Rational {
    /// 0
    pub const ZERO: Rational = Rational(Form::Small(0, 1));
    /// 1
    pub const ONE: Rational = Rational(Form::Small(1, 1));
    /// −1
    pub const MINUS_ONE: Rational = Rational(Form::Small(-1, 1));
    /// 1/2
    pub const HALF: Rational = Rational(Form::Small(1, 2));

    /// `n`
    pub fn integer(n: i64) -> Self {
        Rational(Form::Small(n, 1))
    }

    /// `numerator/denominator`; `None` for a zero denominator.
    pub fn new(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then(|| Self::from_i128(i128::from(numerator), i128::from(denominator)))
    }

    /// The value of a decimal literal (`12`, `1.5`, `1.98847e30`, digits and point and exponent only),
    /// exactly. `None` where it is malformed or outside the limits of literals.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::NUMBER_BYTES {
            return None;
        }
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: String = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || exponent.abs() > limits::NUMBER_EXPONENT
        {
            return None;
        }
        let value = BigInt::parse_bytes(digits.as_bytes(), 10)?;
        let scale = exponent - fraction.len() as i64;
        let power = BigInt::from(10).pow(u32::try_from(scale.unsigned_abs()).ok()?);
        let (n, d) = if scale >= 0 { (value * power, BigInt::one()) } else { (value, power) };
        Self::from_big(BigRational::new(n, d))
    }

    /// The exact value of a finite float.
    pub fn from_f64(x: f64) -> Option<Self> {
        Self::from_big(BigRational::from_float(x)?)
    }

    fn from_i128(n: i128, d: i128) -> Self {
        let g = n.gcd(&d);
        let (n, d) = if d < 0 { (-(n / g), -(d / g)) } else { (n / g, d / g) };
        match (i64::try_from(n), i64::try_from(d)) {
            (Ok(n), Ok(d)) => Rational(Form::Small(n, d)),
            _ => Rational(Form::Big(Arc::new(BigRational::new_raw(BigInt::from(n), BigInt::from(d))))),
        }
    }

    /// From a big fraction; `None` beyond the budget of digits.
    pub fn from_big(r: BigRational) -> Option<Self> {
        if r.numer().bits() > limits::EXACT_BITS || r.denom().bits() > limits::EXACT_BITS {
            return None;
        }
        Some(match (r.numer().to_i64(), r.denom().to_i64()) {
            (Some(n), Some(d)) => Rational(Form::Small(n, d)),
            _ => Rational(Form::Big(Arc::new(r))),
        })
    }

    /// As a `BigRational`.
    pub fn to_big(&self) -> BigRational {
        match &self.0 {
            Form::Small(n, d) => BigRational::new_raw(BigInt::from(*n), BigInt::from(*d)),
            Form::Big(r) => r.as_ref().clone(),
        }
    }

    /// Numerator and denominator where both fit.
    pub fn as_small(&self) -> Option<(i64, i64)> {
        match &self.0 {
            Form::Small(n, d) => Some((*n, *d)),
            Form::Big(_) => None,
        }
    }

    /// The value where it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Form::Small(n, 1) => Some(*n),
            _ => None,
        }
    }

    /// Numerator and denominator in decimal digits; the sign is on the numerator.
    pub fn to_digits(&self) -> (String, String) {
        match &self.0 {
            Form::Small(n, d) => (n.to_string(), d.to_string()),
            Form::Big(r) => (r.numer().to_string(), r.denom().to_string()),
        }
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Form::Small(0, _))
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        matches!(self.0, Form::Small(1, 1))
    }

    /// Whether it is an integer.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small(_, d) => *d == 1,
            Form::Big(r) => r.is_integer(),
        }
    }

    /// Whether it is an even integer.
    pub fn is_even(&self) -> bool {
        match &self.0 {
            Form::Small(n, d) => *d == 1 && n % 2 == 0,
            Form::Big(r) => r.is_integer() && r.numer().is_even(),
        }
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small(n, _) => *n < 0,
            Form::Big(r) => r.is_negative(),
        }
    }

    /// Whether it is above 0.
    pub fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative()
    }

    /// −x
    pub fn negated(&self) -> Self {
        match &self.0 {
            Form::Small(n, d) => Self::from_i128(-i128::from(*n), i128::from(*d)),
            // −2^63 is the one big value whose negative form may be small.
            Form::Big(r) => Self::from_big(-r.as_ref()).unwrap_or_else(|| self.clone()),
        }
    }

    /// |x|
    pub fn abs(&self) -> Self {
        if self.is_negative() { self.negated() } else { self.clone() }
    }

    /// a + b
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if *b == 1
                && *d == 1
                && let Some(n) = a.checked_add(*c)
            {
                return Some(Rational(Form::Small(n, 1)));
            }
            let (a, b, c, d) = (i128::from(*a), i128::from(*b), i128::from(*c), i128::from(*d));
            if let Some(n) = (a * d).checked_add(c * b) {
                return Some(Self::from_i128(n, b * d));
            }
        }
        Self::from_big(self.to_big() + other.to_big())
    }

    /// a − b
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&other.negated())
    }

    /// a·b
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            return Some(Self::from_i128(i128::from(*a) * i128::from(*c), i128::from(*b) * i128::from(*d)));
        }
        Self::from_big(self.to_big() * other.to_big())
    }

    /// a/b; `None` for `b = 0`.
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        self.checked_mul(&other.checked_reciprocal()?)
    }

    /// 1/x; `None` for 0.
    pub fn checked_reciprocal(&self) -> Option<Self> {
        match &self.0 {
            Form::Small(0, _) => None,
            Form::Small(n, d) => Some(Self::from_i128(i128::from(*d), i128::from(*n))),
            Form::Big(r) => Self::from_big(r.recip()),
        }
    }

    /// xⁿ; `None` for a negative power of 0 and where the result would be too long.
    pub fn checked_pow(&self, n: i64) -> Option<Self> {
        let base = if n < 0 { self.checked_reciprocal()? } else { self.clone() };
        if n == 0 || base.is_one() {
            return Some(Rational::ONE);
        }
        if base.is_zero() {
            return Some(base);
        }
        let big = base.to_big();
        let bits = big.numer().bits().max(big.denom().bits());
        let n = n.unsigned_abs();
        // (bits − 1)·n bits are certain, so nothing long is ever formed.
        if bits > 1 && (bits - 1).saturating_mul(n) > limits::EXACT_BITS {
            return None;
        }
        let power = if bits <= 1 { (n % 2) as u32 } else { u32::try_from(n).ok()? };
        let power = if bits <= 1 && power == 0 { 2 } else { power };
        Self::from_big(BigRational::new_raw(big.numer().pow(power), big.denom().pow(power)))
    }

    /// The exact `n`-th root of a value `≥ 0`, where it is rational.
    pub fn exact_root(&self, n: u32) -> Option<Self> {
        if self.is_negative() || n == 0 {
            return None;
        }
        let big = self.to_big();
        let (p, q) = (big.numer().nth_root(n), big.denom().nth_root(n));
        (p.pow(n) == *big.numer() && q.pow(n) == *big.denom()).then(|| Self::from_big(BigRational::new_raw(p, q)))?
    }

    /// The largest integer not above it.
    pub fn floor(&self) -> Self {
        match &self.0 {
            Form::Small(n, d) => Rational(Form::Small(Integer::div_floor(n, d), 1)),
            Form::Big(r) => Self::from_big(r.floor()).unwrap_or_else(|| self.clone()),
        }
    }

    /// The nearest `f64`, ties to even (±∞ beyond the range, subnormals included).
    pub fn to_f64(&self) -> f64 {
        const EXACT: i64 = 1 << 53;
        match &self.0 {
            // both parts are exact floats, so the one division rounds once
            Form::Small(n, d) if n.abs() <= EXACT && *d <= EXACT => *n as f64 / *d as f64,
            Form::Small(n, 1) => *n as f64,
            _ => {
                let r = self.to_big();
                let magnitude = quotient_to_f64(r.numer().magnitude(), r.denom().magnitude());
                if r.numer().sign() == Sign::Minus { -magnitude } else { magnitude }
            }
        }
    }
}

/// `n/d` rounded to nearest even: 66 quotient bits and a sticky bit, then one rounding.
fn quotient_to_f64(n: &BigUint, d: &BigUint) -> f64 {
    let shift = 66 - (n.bits() as i64 - d.bits() as i64);
    let (num, den) =
        if shift >= 0 { (n << shift.unsigned_abs(), d.clone()) } else { (n.clone(), d << shift.unsigned_abs()) };
    let (quotient, rest) = num.div_rem(&den);
    let mut q = quotient.to_u128().unwrap_or(0);
    if !rest.is_zero() {
        q |= 1;
    }
    if q == 0 {
        return 0.0;
    }
    let bits = 128 - i64::from(q.leading_zeros());
    let exponent = bits - 1 - shift;
    if exponent > 1023 {
        return f64::INFINITY;
    }
    let precision = if exponent >= -1022 { 53 } else { 53 + 1022 + exponent };
    if precision < 0 {
        return 0.0;
    }
    let drop = bits - precision;
    let mut mantissa = q >> drop;
    let half = 1u128 << (drop - 1);
    let low = q & ((half << 1) - 1);
    if low > half || (low == half && mantissa & 1 == 1) {
        mantissa += 1;
    }
    mantissa as f64 * power_of_two(drop - shift)
}

/// 2^e for −1074 ≤ e ≤ 1023, exactly.
fn power_of_two(e: i64) -> f64 {
    if e >= -1022 { f64::from_bits(((e + 1023) as u64) << 52) } else { f64::from_bits(1u64 << (e + 1074).max(0)) }
}

impl From<i64> for Rational {
    fn from(n: i64) -> Self {
        Rational::integer(n)
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Small(a, b), Form::Small(c, d)) => {
                (i128::from(*a) * i128::from(*d)).cmp(&(i128::from(*c) * i128::from(*b)))
            }
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, d) = self.to_digits();
        if d == "1" { write!(f, "{n}") } else { write!(f, "{n}/{d}") }
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_are_exact() {
        assert_eq!(Rational::parse("0.1"), Rational::new(1, 10));
        assert_eq!(Rational::parse("1.5e-3"), Rational::new(3, 2000));
        assert_eq!(Rational::parse("1e3"), Some(Rational::integer(1000)));
        assert_eq!(Rational::parse("1.98847e30").map(|r| r.to_f64()), Some(1.98847e30));
        for bad in ["", ".", "e3", "1e", "1e500", "1.2.3", "-1", "1e99999999999999999999"] {
            assert_eq!(Rational::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn powers_stop_at_the_budget() {
        assert_eq!(Rational::integer(2).checked_pow(10), Some(Rational::integer(1024)));
        assert_eq!(Rational::integer(2).checked_pow(i64::MAX), None);
        assert_eq!(Rational::MINUS_ONE.checked_pow(i64::MAX), Some(Rational::MINUS_ONE));
        assert_eq!(Rational::MINUS_ONE.checked_pow(i64::MIN), Some(Rational::ONE));
        assert_eq!(Rational::ZERO.checked_pow(-1), None);
    }

    #[test]
    fn the_smallest_integer_is_no_trap() {
        let least = Rational::integer(i64::MIN);
        assert_eq!(least.negated().negated(), least);
        assert_eq!(least.checked_reciprocal().and_then(|r| r.checked_reciprocal()), Some(least));
    }

    proptest! {
        #[test]
        fn floats_survive(bits in any::<u64>()) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite() && x != 0.0);
            let r = Rational::from_f64(x).expect("finite");
            prop_assert_eq!(r.to_f64().to_bits(), x.to_bits());
        }

        #[test]
        fn decimals_round_like_the_standard_library(m in 0u64.., e in -340i32..310) {
            let text = format!("{m}e{e}");
            let r = Rational::parse(&text).expect("valid");
            prop_assert_eq!(r.to_f64(), text.parse::<f64>().expect("valid"));
        }

        #[test]
        fn arithmetic_agrees_with_big_rationals(a in any::<i64>(), b in 1i64.., c in any::<i64>(), d in 1i64..) {
            let (x, y) = (Rational::new(a, b).expect("b > 0"), Rational::new(c, d).expect("d > 0"));
            prop_assert_eq!(x.checked_add(&y).map(|r| r.to_big()), Some(x.to_big() + y.to_big()));
            prop_assert_eq!(x.checked_mul(&y).map(|r| r.to_big()), Some(x.to_big() * y.to_big()));
            prop_assert_eq!(x.cmp(&y), x.to_big().cmp(&y.to_big()));
            prop_assert_eq!(x.checked_sub(&x), Some(Rational::ZERO));
        }
    }
}

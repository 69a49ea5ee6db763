//! Units and their names.

use super::exponents::{Dimension, Exponent, Overflow};
use super::table::{AFFINE, MICRO, PREFIXES, Prefixed, Row, TABLE, WORDS};
use crate::limits;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// `factor · π^pi` in SI units of `dimension`, exactly: `deg` is π/180, `in` is 127/5000 m.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The rational part of the size in SI units.
    pub factor: BigRational,
    /// The exponent of π.
    pub pi: i32,
    /// The dimension.
    pub dimension: Dimension,
}

/// A power of a unit that cannot be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// An exponent or the factor grows too large.
    Overflow,
    /// The factor has no exact root, as in `cm^(1/2)`.
    NotExact,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UnitError::Overflow => "this unit grows too large",
            UnitError::NotExact => "this root of a unit is not an exact number; use the SI base units under the root",
        })
    }
}

impl std::error::Error for UnitError {}

impl From<Overflow> for UnitError {
    fn from(_: Overflow) -> Self {
        UnitError::Overflow
    }
}

impl Unit {
    /// The pure number one.
    pub fn one() -> Self {
        Unit { factor: BigRational::one(), pi: 0, dimension: Dimension::one() }
    }

    /// The SI unit of a dimension.
    pub fn si(dimension: Dimension) -> Self {
        Unit { factor: BigRational::one(), pi: 0, dimension }
    }

    /// The product of two units.
    pub fn mul(&self, other: &Unit) -> Result<Unit, UnitError> {
        if bits(&self.factor) + bits(&other.factor) > limits::EXACT_BITS {
            return Err(UnitError::Overflow);
        }
        Ok(Unit {
            factor: &self.factor * &other.factor,
            pi: self.pi.checked_add(other.pi).ok_or(UnitError::Overflow)?,
            dimension: self.dimension.mul(&other.dimension)?,
        })
    }

    /// The quotient of two units.
    pub fn div(&self, other: &Unit) -> Result<Unit, UnitError> {
        self.mul(&other.pow(Exponent::new_raw(-1, 1))?)
    }

    /// A rational power; where the exponent is a fraction the factor must be an exact power.
    pub fn pow(&self, power: Exponent) -> Result<Unit, UnitError> {
        let (n, d) = (*power.numer(), *power.denom());
        let dimension = self.dimension.pow(power)?;
        if !self.factor.is_positive() || d <= 0 {
            return Err(UnitError::NotExact);
        }
        let root = self.root(d as u32)?;
        if bits(&root.factor).saturating_mul(u64::from(n.unsigned_abs())) > limits::EXACT_BITS && !root.factor.is_one()
        {
            return Err(UnitError::Overflow);
        }
        let factor = if root.factor.is_one() { root.factor } else { root.factor.pow(n) };
        Ok(Unit { factor, pi: root.pi.checked_mul(n).ok_or(UnitError::Overflow)?, dimension })
    }

    /// The exact root of the factor; the dimension is not looked at.
    fn root(&self, d: u32) -> Result<Unit, UnitError> {
        if d == 1 {
            return Ok(self.clone());
        }
        let exact = |x: &BigInt| {
            let root = x.nth_root(d);
            (Pow::pow(&root, d) == *x).then_some(root).ok_or(UnitError::NotExact)
        };
        if self.pi % d as i32 != 0 {
            return Err(UnitError::NotExact);
        }
        let factor = BigRational::new(exact(self.factor.numer())?, exact(self.factor.denom())?);
        Ok(Unit { factor, pi: self.pi / d as i32, dimension: self.dimension })
    }
}

fn bits(x: &BigRational) -> u64 {
    x.numer().bits() + x.denom().bits()
}

/// What a name between brackets is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A unit.
    Unit(Unit),
    /// A temperature scale with an offset, which cannot be a factor; the text says what to write.
    Affine(&'static str),
    /// Not a unit; names that may have been meant, the best first, at most three.
    Unknown(Vec<String>),
}

/// The unit with this name: an exact name first (`min`, `cd`, `ft`), then an SI prefix before a unit that
/// takes prefixes. Compatibility forms count as what they stand for (`µ` the micro sign is `μ`, the ohm
/// sign is `Ω`); `u` is accepted for micro.
pub fn lookup(name: &str) -> Lookup {
    if name.len() > limits::NAME_BYTES {
        return Lookup::Unknown(Vec::new());
    }
    let name: String = name.nfkc().collect();
    if let Some((_, advice)) = AFFINE.iter().find(|(affine, _)| *affine == name) {
        return Lookup::Affine(advice);
    }
    match find(&name) {
        Some(unit) => Lookup::Unit(unit),
        None => Lookup::Unknown(suggestions(&name)),
    }
}

/// Every unit without its prefixed forms: name, what it is called, whether prefixes go before it.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    TABLE.iter().map(|row| (row.name, row.text, row.prefixes != Prefixed::No))
}

fn find(name: &str) -> Option<Unit> {
    if let Some(row) = TABLE.iter().find(|row| row.name == name) {
        return Some(row.unit());
    }
    prefixed(name).map(|(exponent, row)| {
        let unit = row.unit();
        let ten = BigRational::from_integer(BigInt::from(10));
        Unit { factor: unit.factor * ten.pow(exponent), ..unit }
    })
}

/// The decimal exponent and the row of a prefixed name.
fn prefixed(name: &str) -> Option<(i32, &'static Row)> {
    PREFIXES.iter().chain(MICRO).find_map(|(prefix, exponent)| {
        let rest = name.strip_prefix(prefix)?;
        let row = TABLE.iter().find(|row| row.name == rest && row.prefixes.allows(*exponent))?;
        Some((*exponent, row))
    })
}

impl Row {
    fn unit(&self) -> Unit {
        Unit { factor: exact(self.factor), pi: self.pi, dimension: Dimension::new(self.dimension) }
    }
}

/// A decimal such as `1.602e-19`, or a quotient of two, as an exact rational. Only the table calls it.
fn exact(text: &str) -> BigRational {
    let decimal = |text: &str| {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: BigInt = format!("{whole}{fraction}").parse().expect("invariant: the table holds numbers");
        let exponent: i32 = exponent.parse().expect("invariant: the table holds numbers");
        let ten = BigRational::from_integer(BigInt::from(10));
        BigRational::from_integer(digits) * ten.pow(exponent - fraction.len() as i32)
    };
    match text.split_once('/') {
        Some((above, below)) => decimal(above) / decimal(below),
        None => decimal(text),
    }
}

/// Names near an unknown one: a word for a unit, another case, one or two letters off.
fn suggestions(name: &str) -> Vec<String> {
    if let Some((_, unit)) = WORDS.iter().find(|(word, _)| *word == name.to_lowercase()) {
        return vec![(*unit).to_string()];
    }
    // Distance, size of the prefix, place in the table: the plain and the common come first.
    let mut near: Vec<(usize, usize, usize, String)> = Vec::new();
    let mut consider = |prefix: usize, place: usize, candidate: String| {
        let distance = if candidate.to_lowercase() == name.to_lowercase() {
            0
        } else {
            strsim::damerau_levenshtein(name, &candidate)
        };
        let allowed = name.chars().count().saturating_sub(1) / 2;
        if distance <= allowed.min(2) {
            near.push((distance, prefix, place, candidate));
        }
    };
    for (place, row) in TABLE.iter().enumerate() {
        consider(0, place, row.name.to_string());
        for (prefix, exponent) in PREFIXES.iter().filter(|p| row.prefixes.allows(p.1)) {
            consider(exponent.unsigned_abs() as usize, place, format!("{prefix}{}", row.name));
        }
    }
    near.sort();
    let best = near.first().map_or(0, |n| n.0);
    near.into_iter().filter(|n| n.0 == best).map(|n| n.3).take(3).collect()
}

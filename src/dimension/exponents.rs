//! Seven rational exponents.

use num_integer::Integer;
use num_rational::Ratio;
use std::fmt;

/// An exponent of a base quantity.
pub type Exponent = Ratio<i32>;

/// An exponent that no longer fits: numerator or denominator beyond 31 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the exponents of this dimension grow too large")
    }
}

impl std::error::Error for Overflow {}

/// `n/d` in lowest terms, if both fit.
fn reduced(n: i128, d: i128) -> Result<Exponent, Overflow> {
    let common = n.gcd(&d).max(1);
    let sign = if d < 0 { -1 } else { 1 };
    let (n, d) = (sign * n / common, sign * d / common);
    if n.abs() > i128::from(i32::MAX) || d > i128::from(i32::MAX) || d == 0 {
        return Err(Overflow);
    }
    Ok(Ratio::new_raw(n as i32, d as i32))
}

fn parts(a: &Exponent) -> (i128, i128) {
    (i128::from(*a.numer()), i128::from(*a.denom()))
}

/// `a + b`. Sums and products go through 128 bits, where nothing can overflow.
pub(super) fn add(a: &Exponent, b: &Exponent) -> Result<Exponent, Overflow> {
    let ((n, d), (m, e)) = (parts(a), parts(b));
    reduced(n * e + m * d, d * e)
}

/// `a · b`.
pub(super) fn multiply(a: &Exponent, b: &Exponent) -> Result<Exponent, Overflow> {
    let ((n, d), (m, e)) = (parts(a), parts(b));
    reduced(n * m, d * e)
}

/// `a / b`; a zero divisor counts as an overflow.
pub(super) fn divide(a: &Exponent, b: &Exponent) -> Result<Exponent, Overflow> {
    let ((n, d), (m, e)) = (parts(a), parts(b));
    if m == 0 {
        return Err(Overflow);
    }
    reduced(n * e, d * m)
}

pub(super) fn zero() -> Exponent {
    Ratio::new_raw(0, 1)
}

pub(super) fn is_zero(a: &Exponent) -> bool {
    *a.numer() == 0
}

/// A product of powers of the SI base quantities, in the order metre, kilogram, second, ampere, kelvin,
/// mole, candela: `[1, 1, -2, 0, 0, 0, 0]` is a force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension([Exponent; 7]);

impl Dimension {
    /// A pure number.
    pub fn one() -> Self {
        Dimension([zero(); 7])
    }

    /// From integer exponents in the order m, kg, s, A, K, mol, cd.
    pub const fn new(e: [i32; 7]) -> Self {
        const fn whole(n: i32) -> Exponent {
            Ratio::new_raw(n, 1)
        }
        Dimension([whole(e[0]), whole(e[1]), whole(e[2]), whole(e[3]), whole(e[4]), whole(e[5]), whole(e[6])])
    }

    /// The dimension of time, which `t` has in every file with units.
    pub const fn time() -> Self {
        Dimension::new([0, 0, 1, 0, 0, 0, 0])
    }

    /// The exponents in the order m, kg, s, A, K, mol, cd.
    pub fn exponents(&self) -> &[Exponent; 7] {
        &self.0
    }

    /// Whether it is a pure number.
    pub fn is_one(&self) -> bool {
        self.0.iter().all(is_zero)
    }

    /// The dimension of a product.
    pub fn mul(&self, other: &Dimension) -> Result<Dimension, Overflow> {
        self.zip(other, add)
    }

    /// The dimension of a quotient.
    pub fn div(&self, other: &Dimension) -> Result<Dimension, Overflow> {
        self.mul(&other.pow(Ratio::new_raw(-1, 1))?)
    }

    /// The dimension of a constant rational power.
    pub fn pow(&self, power: Exponent) -> Result<Dimension, Overflow> {
        let mut out = [zero(); 7];
        for (o, e) in out.iter_mut().zip(&self.0) {
            *o = multiply(e, &power)?;
        }
        Ok(Dimension(out))
    }

    fn zip(
        &self,
        other: &Dimension,
        f: impl Fn(&Exponent, &Exponent) -> Result<Exponent, Overflow>,
    ) -> Result<Dimension, Overflow> {
        let mut out = [zero(); 7];
        for (o, (a, b)) in out.iter_mut().zip(self.0.iter().zip(&other.0)) {
            *o = f(a, b)?;
        }
        Ok(Dimension(out))
    }
}

/// In the SI base units, kilogram first as physicists write it: `kg·m²/s³`, `1/s`, `m²/(s²·K)`, `1`.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ORDER: [(usize, &str); 7] = [(1, "kg"), (0, "m"), (2, "s"), (3, "A"), (4, "K"), (5, "mol"), (6, "cd")];
        let (mut above, mut below) = (Vec::new(), Vec::new());
        for (index, symbol) in ORDER {
            let (n, d) = (*self.0[index].numer(), *self.0[index].denom());
            if n > 0 {
                above.push(power(symbol, n, d));
            } else if n < 0 {
                below.push(power(symbol, n.saturating_neg(), d));
            }
        }
        if above.is_empty() {
            f.write_str("1")?;
        } else {
            f.write_str(&above.join("·"))?;
        }
        match below.as_slice() {
            [] => Ok(()),
            [one] => write!(f, "/{one}"),
            many => write!(f, "/({})", many.join("·")),
        }
    }
}

/// `m`, `m²`, `m^12`, `m^(1/2)`.
fn power(symbol: &str, n: i32, d: i32) -> String {
    const SMALL: [&str; 10] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
    match (n, d) {
        (1, 1) => symbol.to_string(),
        (0..=9, 1) => format!("{symbol}{}", SMALL[n as usize]),
        (_, 1) => format!("{symbol}^{n}"),
        _ => format!("{symbol}^({n}/{d})"),
    }
}

//! Potentials of a polynomial flow: the `D` without a harmonic part.
//!
//! `ΔD = ∂x'/∂x + ∂y'/∂y` has many solutions, which differ by harmonic functions. The one taken holds none of them: with
//! `z = x + iy` it is `Δ⁻¹ zᵃ z̄ᵇ = zᵃ⁺¹ z̄ᵇ⁺¹/(4(a+1)(b+1))`, the only one that is `r² = x² + y²` times a polynomial. What
//! is left of the flow has no divergence, and `H` is its integral, zero at the origin. Source: E. Fischer, *Über die
//! Differentiationsprozesse der Algebra* (1918); Axler, Bourdon and Ramey, *Harmonic Function Theory*, chapter 5.

use crate::limits;
use crate::symbolic::{ExprId, Graph, Rational};

/// A polynomial in two variables: the coefficient of `xᵐ yⁿ`.
pub(super) type Polynomial = Vec<((u32, u32), ExprId)>;

/// `H` and `D` of the flow with these components.
pub(super) fn potentials(g: &mut Graph, mut parts: [Polynomial; 2]) -> Option<[Polynomial; 2]> {
    // ΔD
    let mut divergence = Polynomial::new();
    for (axis, part) in parts.iter().enumerate() {
        for ((m, n), c) in part {
            let power = if axis == 0 { *m } else { *n };
            if let Some(lower) = power.checked_sub(1) {
                let place = if axis == 0 { (lower, *n) } else { (*m, lower) };
                let c = g.scale(*c, &Rational::integer(i64::from(power)));
                add(g, &mut divergence, place, c);
            }
        }
    }
    let mut potential = Polynomial::new();
    for ((m, n), c) in &divergence {
        for (place, part) in inverse_laplacian(*m, *n)? {
            let c = g.scale(*c, &part);
            add(g, &mut potential, place, c);
        }
    }
    // what is left is J∇H
    for ((m, n), c) in &potential {
        for (axis, power) in [*m, *n].into_iter().enumerate() {
            if let Some(lower) = power.checked_sub(1) {
                let place = if axis == 0 { (lower, *n) } else { (*m, lower) };
                let c = g.scale(*c, &Rational::integer(-i64::from(power)));
                add(g, &mut parts[axis], place, c);
            }
        }
    }
    // ∂H/∂y is the first component, and what stands on y = 0 comes from the second
    let mut stream = Polynomial::new();
    for ((m, n), c) in &parts[0] {
        let c = g.scale(*c, &Rational::new(1, i64::from(*n) + 1)?);
        add(g, &mut stream, (*m, n + 1), c);
    }
    for ((m, n), c) in parts[1].iter().filter(|((_, n), _)| *n == 0) {
        let c = g.scale(*c, &Rational::new(-1, i64::from(*m) + 1)?);
        add(g, &mut stream, (m + 1, *n), c);
    }
    Some([stream, potential])
}

/// Coefficients by derivatives at the origin.
pub(super) fn read(g: &mut Graph, e: ExprId, at: [ExprId; 2]) -> Option<Polynomial> {
    let degree = g.degree_in(e, &at).filter(|d| *d <= limits::HELMHOLTZ_DEGREE)?;
    let zero = g.zero();
    let origin = at.iter().map(|leaf| (*leaf, zero)).collect();
    let mut out = Polynomial::new();
    // the m-th derivative by x, then by y
    let mut by_x = e;
    let mut factorial_x = Rational::ONE;
    for m in 0..=degree {
        let (mut both, mut factorial) = (by_x, factorial_x.clone());
        for n in 0..=degree - m {
            let value = g.substitute(both, &origin);
            let c = g.scale(value, &Rational::ONE.checked_div(&factorial)?);
            if c != zero {
                out.push(((m, n), c));
            }
            both = g.gradient(both, &[at[1]])[0];
            factorial = factorial.checked_mul(&Rational::integer(i64::from(n) + 1))?;
        }
        by_x = g.gradient(by_x, &[at[0]])[0];
        factorial_x = factorial_x.checked_mul(&Rational::integer(i64::from(m) + 1))?;
    }
    Some(out)
}

fn add(g: &mut Graph, to: &mut Polynomial, place: (u32, u32), c: ExprId) {
    match to.iter().position(|t| t.0 == place) {
        Some(k) => {
            let sum = g.add(to[k].1, c);
            // so that what cancels is seen
            to[k].1 = g.expand(sum);
        }
        None => to.push((place, c)),
    }
    let zero = g.zero();
    to.retain(|t| t.1 != zero);
}

pub(super) fn written(g: &mut Graph, p: &Polynomial, at: [ExprId; 2]) -> ExprId {
    let mut sum = g.zero();
    for ((m, n), c) in p {
        let (x, y) = (g.powi(at[0], i64::from(*m)), g.powi(at[1], i64::from(*n)));
        let term = g.mul(x, y);
        let term = g.mul(*c, term);
        sum = g.add(sum, term);
    }
    sum
}

/// `Δ⁻¹ xᵐ yⁿ` without a harmonic part: real coefficients of `x^j y^(m+n+2−j)`.
fn inverse_laplacian(m: u32, n: u32) -> Option<Vec<((u32, u32), Rational)>> {
    let k = m + n;
    // x = (z + w)/2, y = (z − w)/2i: coefficients of zᵃ w^(k−a), up to the factor (1/2)^k (1/i)^n
    let mut coefficients = vec![Rational::ONE];
    for step in 0..k {
        let sign = if step < m { Rational::ONE } else { Rational::MINUS_ONE };
        let mut next = vec![Rational::ZERO; coefficients.len() + 1];
        for (a, c) in coefficients.iter().enumerate() {
            next[a + 1] = next[a + 1].checked_add(c)?;
            next[a] = next[a].checked_add(&c.checked_mul(&sign)?)?;
        }
        coefficients = next;
    }
    // back: zᵃ⁺¹ wᵇ⁺¹ with z = x + iy, w = x − iy. Complex coefficients of x^j y^(k+2−j) as powers of i.
    let mut sums = vec![[Rational::ZERO, Rational::ZERO]; k as usize + 3];
    for (a, c) in coefficients.iter().enumerate() {
        let b = k as usize - a;
        let part = c.checked_div(&Rational::integer(4 * (a as i64 + 1) * (b as i64 + 1)))?;
        // the product of (x + iy)^(a+1) (x − iy)^(b+1), by powers of y with their power of i
        let mut product = vec![Rational::ONE];
        for step in 0..k as usize + 2 {
            let sign = if step <= a { Rational::ONE } else { Rational::MINUS_ONE };
            let mut next = vec![Rational::ZERO; product.len() + 1];
            for (p, v) in product.iter().enumerate() {
                next[p] = next[p].checked_add(v)?;
                next[p + 1] = next[p + 1].checked_add(&v.checked_mul(&sign)?)?;
            }
            product = next;
        }
        for (p, v) in product.iter().enumerate() {
            // i^p times i^(−n)
            let turns = (p as i64 - i64::from(n)).rem_euclid(4);
            let (which, sign) = match turns {
                0 => (0, Rational::ONE),
                1 => (1, Rational::ONE),
                2 => (0, Rational::MINUS_ONE),
                _ => (1, Rational::MINUS_ONE),
            };
            let add = v.checked_mul(&part)?.checked_mul(&sign)?;
            sums[p][which] = sums[p][which].checked_add(&add)?;
        }
    }
    let mut scale = Rational::ONE;
    for _ in 0..k {
        scale = scale.checked_mul(&Rational::HALF)?;
    }
    let mut out = Vec::new();
    for (p, [real, imaginary]) in sums.into_iter().enumerate() {
        debug_assert!(imaginary.is_zero(), "a real polynomial has a real inverse");
        if !real.is_zero() {
            out.push(((k + 2 - p as u32, p as u32), real.checked_mul(&scale)?));
        }
    }
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests have oracles of their own")]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_the_laplacian_is_one_and_divisible_by_the_square_of_the_radius() {
        for m in 0..7 {
            for n in 0..7 {
                let p = inverse_laplacian(m, n).unwrap();
                // Δ of it
                let mut back: std::collections::BTreeMap<(u32, u32), Rational> = Default::default();
                for ((a, b), c) in &p {
                    for (place, factor) in [
                        (a.checked_sub(2).map(|l| (l, *b)), i64::from(*a) * (i64::from(*a) - 1)),
                        (b.checked_sub(2).map(|l| (*a, l)), i64::from(*b) * (i64::from(*b) - 1)),
                    ] {
                        if let Some(place) = place {
                            let add = c.checked_mul(&Rational::integer(factor)).unwrap();
                            let sum = back.entry(place).or_insert(Rational::ZERO);
                            *sum = sum.checked_add(&add).unwrap();
                        }
                    }
                }
                back.retain(|_, c| !c.is_zero());
                assert_eq!(back.into_iter().collect::<Vec<_>>(), vec![((m, n), Rational::ONE)]);
                // at y = ix, where r² = 0, it vanishes
                let mut at = [Rational::ZERO, Rational::ZERO];
                for ((_, b), c) in &p {
                    let sign = if b % 4 < 2 { Rational::ONE } else { Rational::MINUS_ONE };
                    let which = (b % 2) as usize;
                    at[which] = at[which].checked_add(&c.checked_mul(&sign).unwrap()).unwrap();
                }
                assert!(at.iter().all(Rational::is_zero), "{m} {n}");
            }
        }
    }
}

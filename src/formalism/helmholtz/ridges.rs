//! Potentials of powers and logarithms of one linear form `s = ax + by + e`, times polynomials.
//!
//! In `s` and `τ = ay − bx` the Laplacian is `N(∂s² + ∂τ²)`, `N = a² + b²`, and a flow `x' = aF − bG`, `y' = bF + aG` asks
//! for `F = ∂H/∂τ + ∂D/∂s`, `G = −∂H/∂s + ∂D/∂τ`. With `(∂s² + ∂τ²)W = (F, G)` that is `D = ∂W₁/∂s + ∂W₂/∂τ`,
//! `H = ∂W₁/∂τ − ∂W₂/∂s`, and `W = Σ (−1)ᵏ I²ᵏ⁺² ∂τ²ᵏ (F, G)` ends with the power of `τ`. `I` is the integral by `s` without
//! a constant: `I sʳ(ln s)ʲ = sʳ⁺¹(ln s)ʲ/(r + 1) − j/(r + 1) I sʳ(ln s)ʲ⁻¹`, and `(ln s)ʲ⁺¹/(j + 1)` for `r = −1`.

use super::terms::{self, Powers, Ridge, is_polynomial, put_power, times};
use crate::symbolic::{ExprId, Function, Graph, Rational};

/// `H` and `D` of the flow of one ridge, and a polynomial flow that was taken out of it: the divergence of the rest
/// holds no polynomial, so that polynomials of both kinds cancel where they do.
pub(super) fn potentials(g: &mut Graph, ridge: &Ridge, flow: [&Powers; 2]) -> Option<([Powers; 2], [Powers; 2])> {
    let n = terms::norm(g, ridge);
    let [a, b] = ridge.slope;
    let [down_a, down_b] = [a, b].map(|v| g.div(v, n));
    let minus_b = g.neg(down_b);
    let mut along = combined(g, &[(flow[0], down_a), (flow[1], down_b)]);
    let across = combined(g, &[(flow[0], minus_b), (flow[1], down_a)]);
    let one = g.one();
    let (of_s, of_tau) = (by_s(g, &along)?, by_tau(g, &across));
    let mut divergence = combined(g, &[(&of_s, one), (&of_tau, one)]);
    divergence.retain(|place, _| is_polynomial(place));
    let taken = integral(g, &divergence)?;
    let minus = g.integer(-1);
    along = combined(g, &[(&along, one), (&taken, minus)]);
    let (first, second) = (inverse_laplacian(g, &along)?, inverse_laplacian(g, &across)?);
    let (first_s, first_tau) = (by_s(g, &first)?, by_tau(g, &first));
    let (second_s, second_tau) = (by_s(g, &second)?, by_tau(g, &second));
    let stream = combined(g, &[(&first_tau, one), (&second_s, minus)]);
    let potential = combined(g, &[(&first_s, one), (&second_tau, one)]);
    let taken = [a, b].map(|factor| combined(g, &[(&taken, factor)]));
    Some(([stream, potential], taken))
}

/// `Σ factor·list`
fn combined(g: &mut Graph, list: &[(&Powers, ExprId)]) -> Powers {
    let mut out = Powers::new();
    for (powers, factor) in list {
        for (place, c) in *powers {
            let value = times(g, *c, *factor);
            put_power(g, &mut out, place.clone(), value);
        }
    }
    out
}

fn by_tau(g: &mut Graph, p: &Powers) -> Powers {
    let mut out = Powers::new();
    for ((r, j, n), c) in p {
        if *n > 0 {
            let value = g.scale(*c, &Rational::integer(i64::from(*n)));
            put_power(g, &mut out, (r.clone(), *j, n - 1), value);
        }
    }
    out
}

fn by_s(g: &mut Graph, p: &Powers) -> Option<Powers> {
    let mut out = Powers::new();
    for ((r, j, n), c) in p {
        let down = r.checked_sub(&Rational::ONE)?;
        if !r.is_zero() {
            let value = g.scale(*c, r);
            put_power(g, &mut out, (down.clone(), *j, *n), value);
        }
        if *j > 0 {
            let value = g.scale(*c, &Rational::integer(i64::from(*j)));
            put_power(g, &mut out, (down, j - 1, *n), value);
        }
    }
    Some(out)
}

/// By `s`, without a constant.
fn integral(g: &mut Graph, p: &Powers) -> Option<Powers> {
    let mut out = Powers::new();
    for ((r, j, n), c) in p {
        let up = r.checked_add(&Rational::ONE)?;
        if up.is_zero() {
            let value = g.scale(*c, &Rational::new(1, i64::from(*j) + 1)?);
            put_power(g, &mut out, (up, j + 1, *n), value);
            continue;
        }
        let mut factor = Rational::ONE;
        for k in 0..=*j {
            // from (ln s)ʲ down to 1
            factor = factor.checked_div(&up)?;
            let value = g.scale(*c, &factor);
            put_power(g, &mut out, (up.clone(), j - k, *n), value);
            factor = factor.checked_mul(&Rational::integer(i64::from(k) - i64::from(*j)))?;
        }
    }
    Some(out)
}

fn inverse_laplacian(g: &mut Graph, p: &Powers) -> Option<Powers> {
    let mut out = Powers::new();
    let mut part = p.clone();
    let mut sign = g.one();
    while !part.is_empty() {
        let once = integral(g, &part)?;
        let twice = integral(g, &once)?;
        out = {
            let one = g.one();
            combined(g, &[(&out, one), (&twice, sign)])
        };
        let once = by_tau(g, &twice);
        part = by_tau(g, &once);
        sign = g.neg(sign);
    }
    Some(out)
}

/// `ln s`, or where the sign of `s` is open half of `ln s²`, which has the same derivative on both sides.
fn logarithm(g: &mut Graph, ridge: &Ridge) -> ExprId {
    if !ridge.both_sides || g.is_positive(ridge.base) {
        return g.call(Function::Ln, &[ridge.base]);
    }
    let square = g.powi(ridge.base, 2);
    let logarithm = g.call(Function::Ln, &[square]);
    g.scale(logarithm, &Rational::HALF)
}

/// The sum, written out.
pub(super) fn written(g: &mut Graph, ridge: &Ridge, p: &Powers, at: [ExprId; 2]) -> ExprId {
    let logarithm = logarithm(g, ridge);
    let (right, left) = (g.mul(ridge.slope[0], at[1]), g.mul(ridge.slope[1], at[0]));
    let tau = g.sub(right, left);
    let mut list = Vec::with_capacity(p.len());
    for ((r, j, n), c) in p {
        let power = g.pow_rational(ridge.base, r);
        let (logarithm, tau) = (g.powi(logarithm, i64::from(*j)), g.powi(tau, i64::from(*n)));
        list.push(g.product(&[*c, power, logarithm, tau]));
    }
    g.sum(&list)
}

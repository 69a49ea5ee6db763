//! Potentials of `(u, v) e^(λx + μy + iφ)` with polynomials `u`, `v` and `λ`, `μ` that are not both 0.
//!
//! `Δ (P e^…) = ((S + L) P) e^…` with `S = λ² + μ²` and `L = ∂x² + ∂y² + 2λ∂x + 2μ∂y`, which lowers the degree, so that
//! where `S ≠ 0` the inverse is `Σ (−1)ʲ Lʲ/Sʲ⁺¹`: the only one that is a polynomial times the same wave. With
//! `ΔW = (u, v)` the potentials are `D = ∂W₁/∂x + ∂W₂/∂y` and `H = ∂W₁/∂y − ∂W₂/∂x`.
//!
//! Where `S = 0` the wave itself is harmonic, neither `λ` nor `μ` is 0, and the inverse is a series in `1/(2λ∂x)`. `D` is
//! that of the divergence, 0 where there is none, and `H` is the integral of what is left of `u` by `y`.
//! Coefficients stand for real parts, so `λ` and `μ` multiply them as complex numbers.

use super::terms::{self, Complex, Series, Wave, complex_times, gather, put};
use crate::symbolic::{ExprId, Function, Graph, Rational};

/// The polynomials of `H` and `D` in front of a wave.
pub(super) fn potentials(g: &mut Graph, wave: &Wave, flow: [&Series; 2]) -> [Series; 2] {
    let [lambda, mu] = exponents(wave);
    let squares = [lambda, mu].map(|v| complex_times(g, v, v));
    let s = [0, 1].map(|k| terms::plus(g, squares[0][k], squares[1][k]));
    if s == [g.zero(); 2] {
        return harmonic(g, wave, flow);
    }
    let over = reciprocal(g, s);
    let lower = |g: &mut Graph, p: &Series| {
        let mut out = Series::new();
        for axis in 0..2 {
            let once = bare(g, p, axis);
            let twice = bare(g, &once, axis);
            gather(g, &mut out, &twice);
            let doubled = exponents(wave)[axis].map(|v| g.scale(v, &Rational::integer(2)));
            gather_times(g, &mut out, &once, doubled);
        }
        out
    };
    let [one, two] = flow.map(|part| series(g, part.clone(), over, lower));
    let (x, y) = ((0, Rational::ONE), (1, Rational::ONE));
    let stream = slopes(g, wave, &[(&one, y.clone()), (&two, (0, Rational::MINUS_ONE))]);
    let potential = slopes(g, wave, &[(&one, x), (&two, y)]);
    [stream, potential]
}

/// The same for a wave that is harmonic.
fn harmonic(g: &mut Graph, wave: &Wave, [u, v]: [&Series; 2]) -> [Series; 2] {
    let [lambda, mu] = exponents(wave);
    let divergence = slopes(g, wave, &[(u, (0, Rational::ONE)), (v, (1, Rational::ONE))]);
    // 2λ∂x P + (∂x² + ∂y² + 2μ∂y) P is the divergence
    let doubled = lambda.map(|c| g.scale(c, &Rational::integer(2)));
    let over = reciprocal(g, doubled);
    let first = raised(g, &divergence);
    let potential = series(g, first, over, |g, p| {
        let along = bare(g, p, 1);
        let mut lowered = Series::new();
        for (axis, once) in [(0, bare(g, p, 0)), (1, along.clone())] {
            let twice = bare(g, &once, axis);
            gather(g, &mut lowered, &twice);
        }
        let doubled = mu.map(|c| g.scale(c, &Rational::integer(2)));
        gather_times(g, &mut lowered, &along, doubled);
        raised(g, &lowered)
    });
    let gradient = slopes(g, wave, &[(&potential, (0, Rational::MINUS_ONE))]);
    let mut rest = u.clone();
    gather(g, &mut rest, &gradient);
    // (∂y + μ) H is the rest
    let over = reciprocal(g, mu);
    let stream = series(g, rest, over, |g, p| bare(g, p, 1));
    [stream, potential]
}

fn exponents(wave: &Wave) -> [Complex; 2] {
    [0, 1].map(|k| [wave.growth[k], wave.turn[k]])
}

/// `Σ (−1)ʲ Lʲ P/Sʲ⁺¹`, to the end.
fn series(g: &mut Graph, mut p: Series, over: Complex, mut lower: impl FnMut(&mut Graph, &Series) -> Series) -> Series {
    let mut out = Series::new();
    let minus = over.map(|v| g.neg(v));
    let mut factor = over;
    while !p.is_empty() && !g.is_full() {
        gather_times(g, &mut out, &p, factor);
        p = lower(g, &p);
        factor = complex_times(g, factor, minus);
    }
    out
}

/// `1/z`
fn reciprocal(g: &mut Graph, z: Complex) -> Complex {
    if z[1] == g.zero() {
        return [g.reciprocal(z[0]), z[1]];
    }
    let squares = z.map(|v| g.powi(v, 2));
    let size = terms::plus(g, squares[0], squares[1]);
    let minus = g.neg(z[1]);
    [g.div(z[0], size), g.div(minus, size)]
}

/// `∂p/∂x` (`axis` 0) or `∂p/∂y` of the polynomial alone.
fn bare(g: &mut Graph, p: &Series, axis: usize) -> Series {
    let mut out = Series::new();
    for ((m, n), c) in p {
        let (power, place) = match axis {
            0 => (*m, (m.wrapping_sub(1), *n)),
            _ => (*n, (*m, n.wrapping_sub(1))),
        };
        if power > 0 {
            let c = c.map(|v| g.scale(v, &Rational::integer(i64::from(power))));
            put(g, &mut out, place, c);
        }
    }
    out
}

/// `∫ p dx` of the polynomial alone, 0 at `x = 0`.
fn raised(g: &mut Graph, p: &Series) -> Series {
    let mut out = Series::new();
    for ((m, n), c) in p {
        if let Some(over) = Rational::new(1, i64::from(*m) + 1) {
            let c = c.map(|v| g.scale(v, &over));
            put(g, &mut out, (m + 1, *n), c);
        }
    }
    out
}

/// Adds a polynomial times a number.
fn gather_times(g: &mut Graph, to: &mut Series, p: &Series, factor: Complex) {
    for (place, c) in p {
        let c = complex_times(g, *c, factor);
        put(g, to, *place, c);
    }
}

/// `Σ ±∂(p e^…)/∂axis` in front of the wave.
fn slopes(g: &mut Graph, wave: &Wave, list: &[(&Series, (usize, Rational))]) -> Series {
    let mut out = Series::new();
    for (p, (axis, sign)) in list {
        let mut own = bare(g, p, *axis);
        gather_times(g, &mut own, p, exponents(wave)[*axis]);
        let factor = [g.number(sign.clone()), g.zero()];
        gather_times(g, &mut out, &own, factor);
    }
    out
}

/// The real parts, written out; pairs of `e^w` and `e^−w` as `cosh` and `sinh` where these are asked for.
pub(super) fn written(g: &mut Graph, list: &[(Wave, Series)], hyperbolic: bool, at: [ExprId; 2]) -> ExprId {
    let mut sum = Vec::new();
    let mut open: Vec<&(Wave, Series)> = list.iter().collect();
    while let Some((wave, p)) = open.pop() {
        let exponent = exponent(g, wave, at);
        let partner = open.iter().position(|(other, _)| {
            hyperbolic && other.turn == wave.turn && other.phase == wave.phase && {
                let other = self::exponent(g, other, at);
                let total = g.add(exponent, other);
                exponent != g.zero() && g.expand(total) == g.zero()
            }
        });
        let Some(partner) = partner else {
            let growth = g.call(Function::Exp, &[exponent]);
            let turned = turned(g, wave, p, at);
            sum.push(g.mul(growth, turned));
            continue;
        };
        let (up, down) = (turned(g, wave, p, at), {
            let (wave, p) = open.remove(partner);
            turned(g, wave, p, at)
        });
        for (function, other) in [(Function::Cosh, down), (Function::Sinh, g.neg(down))] {
            let factor = g.add(up, other);
            let factor = g.expand(factor);
            let value = g.call(function, &[exponent]);
            sum.push(g.mul(factor, value));
        }
    }
    g.sum(&sum)
}

fn exponent(g: &mut Graph, wave: &Wave, at: [ExprId; 2]) -> ExprId {
    let parts = [0, 1].map(|k| g.mul(wave.growth[k], at[k]));
    let sum = g.add(parts[0], parts[1]);
    g.expand(sum)
}

/// Without the growth: a polynomial with complex coefficients times `e^iθ`.
fn turned(g: &mut Graph, wave: &Wave, p: &Series, at: [ExprId; 2]) -> ExprId {
    let angle = terms::angle(g, wave, at);
    let [cosine, sine] = [Function::Cos, Function::Sin].map(|f| g.call(f, &[angle]));
    let mut list = Vec::with_capacity(2 * p.len());
    for ((m, n), [real, imaginary]) in p {
        let (x, y) = (g.powi(at[0], i64::from(*m)), g.powi(at[1], i64::from(*n)));
        let minus = g.neg(*imaginary);
        list.push(g.product(&[*real, x, y, cosine]));
        list.push(g.product(&[minus, x, y, sine]));
    }
    g.sum(&list)
}

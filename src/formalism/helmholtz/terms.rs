//! Functions of two variables as sums of terms whose Laplacian can be inverted by form.
//!
//! | kind | a term |
//! |---|---|
//! | wave | the real part of `c xᵐ yⁿ e^(λx + μy + iφ)`, `c`, `λ`, `μ` complex; polynomials are those with `λ = μ = 0` |
//! | ridge | `c sʳ (ln s)ʲ τⁿ` with a linear form `s = ax + by + e`, `τ = ay − bx` and a rational `r` |
//!
//! Everything else is free of the two variables and belongs to the coefficients, which are kept multiplied out.

use crate::limits;
use crate::symbolic::{ExprId, Function, Graph, Rational};
use std::collections::BTreeMap;

/// A complex number: its real and its imaginary part.
pub(super) type Complex = [ExprId; 2];
/// The coefficients of `xᵐ yⁿ`.
pub(super) type Series = BTreeMap<(u32, u32), Complex>;
/// The coefficients of `sʳ (ln s)ʲ τⁿ`.
pub(super) type Powers = BTreeMap<(Rational, u32, u32), ExprId>;

/// `e^(λx + μy + iφ)` with `λ = growth[0] + i turn[0]`, `μ = growth[1] + i turn[1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wave {
    pub growth: [ExprId; 2],
    pub turn: [ExprId; 2],
    pub phase: ExprId,
}

/// `s = slope·(x, y) + offset`, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ridge {
    pub base: ExprId,
    pub slope: [ExprId; 2],
    pub offset: ExprId,
    /// Whether it is defined for `s < 0` too: whole powers of `s`, and `½ ln s²` for its logarithm.
    pub both_sides: bool,
}

/// A sum of waves and ridges, each kind of function once, no coefficient 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub waves: Vec<(Wave, Series)>,
    pub ridges: Vec<(Ridge, Powers)>,
}

impl Wave {
    /// The one of polynomials.
    pub fn none(g: &Graph) -> Self {
        let zero = g.zero();
        Wave { growth: [zero; 2], turn: [zero; 2], phase: zero }
    }

    /// Whether it is real: a coefficient with an imaginary part would say nothing.
    pub fn is_real(&self, g: &Graph) -> bool {
        self.turn == [g.zero(); 2]
    }
}

/// `a + b`, multiplied out so that what cancels is seen.
pub(super) fn plus(g: &mut Graph, a: ExprId, b: ExprId) -> ExprId {
    let sum = g.add(a, b);
    g.expand(sum)
}

/// `a·b`, likewise.
pub(super) fn times(g: &mut Graph, a: ExprId, b: ExprId) -> ExprId {
    let product = g.mul(a, b);
    g.expand(product)
}

/// `a·b` of complex numbers.
pub(super) fn complex_times(g: &mut Graph, a: Complex, b: Complex) -> Complex {
    let [rr, ii, ri, ir] =
        [(a[0], b[0]), (a[1], b[1]), (a[0], b[1]), (a[1], b[0])].map(|(left, right)| g.mul(left, right));
    let (real, imaginary) = (g.sub(rr, ii), g.add(ri, ir));
    [g.expand(real), g.expand(imaginary)]
}

/// Adds to a coefficient of `xᵐ yⁿ`.
pub(super) fn put(g: &mut Graph, to: &mut Series, place: (u32, u32), c: Complex) {
    let zero = g.zero();
    let old = to.get(&place).copied().unwrap_or([zero; 2]);
    let sum = [0, 1].map(|k| plus(g, old[k], c[k]));
    if sum == [zero; 2] {
        to.remove(&place);
    } else {
        to.insert(place, sum);
    }
}

/// Whether `sʳ (ln s)ʲ τⁿ` is a polynomial.
pub(super) fn is_polynomial((r, j, _): &(Rational, u32, u32)) -> bool {
    *j == 0 && r.is_integer() && !r.is_negative()
}

/// Adds a polynomial.
pub(super) fn gather(g: &mut Graph, to: &mut Series, p: &Series) {
    for (place, c) in p {
        put(g, to, *place, *c);
    }
}

/// Adds to a coefficient of `sʳ (ln s)ʲ τⁿ`.
pub(super) fn put_power(g: &mut Graph, to: &mut Powers, place: (Rational, u32, u32), c: ExprId) {
    let old = to.get(&place).copied().unwrap_or(g.zero());
    let sum = plus(g, old, c);
    if sum == g.zero() {
        to.remove(&place);
    } else {
        to.insert(place, sum);
    }
}

impl Terms {
    pub(super) fn constant(g: &mut Graph, value: ExprId) -> Self {
        let mut series = Series::new();
        let zero = g.zero();
        put(g, &mut series, (0, 0), [value, zero]);
        Terms { waves: vec![(Wave::none(g), series)], ridges: Vec::new() }.tidy()
    }

    pub(super) fn tidy(mut self) -> Self {
        self.waves.retain(|w| !w.1.is_empty());
        self.ridges.retain(|r| !r.1.is_empty());
        self
    }

    pub(super) fn count(&self) -> usize {
        self.waves.iter().map(|w| w.1.len()).sum::<usize>() + self.ridges.iter().map(|r| r.1.len()).sum::<usize>()
    }

    /// The part of one wave.
    pub fn of_wave(&self, wave: &Wave) -> Series {
        self.waves.iter().find(|w| w.0 == *wave).map_or_else(Series::new, |w| w.1.clone())
    }

    /// The part of one ridge, whatever sides it has.
    pub fn of_ridge(&self, g: &mut Graph, ridge: &Ridge) -> Powers {
        let mut out = Powers::new();
        for (_, powers) in self.ridges.iter().filter(|r| r.0.base == ridge.base) {
            for (place, c) in powers {
                put_power(g, &mut out, place.clone(), *c);
            }
        }
        out
    }

    /// Adds a wave, its angle with the sign that it is written with.
    pub(super) fn put_wave(&mut self, g: &mut Graph, at: [ExprId; 2], wave: Wave, place: (u32, u32), c: Complex) {
        let (mut wave, mut c) = (wave, c);
        let zero = g.zero();
        if wave.is_real(g) {
            // a phase that does not move is a number
            let (cosine, sine) = (g.call(Function::Cos, &[wave.phase]), g.call(Function::Sin, &[wave.phase]));
            let (real, imaginary) = (g.mul(c[0], cosine), g.mul(c[1], sine));
            let value = g.sub(real, imaginary);
            (wave.phase, c) = (zero, [g.expand(value), zero]);
        } else {
            let angle = angle(g, &wave, at);
            if g.starts_negative(angle) {
                wave.turn = wave.turn.map(|t| negative(g, t));
                wave.phase = negative(g, wave.phase);
                c[1] = negative(g, c[1]);
            }
        }
        let k = self.waves.iter().position(|w| w.0 == wave).unwrap_or_else(|| {
            self.waves.push((wave, Series::new()));
            self.waves.len() - 1
        });
        put(g, &mut self.waves[k].1, place, c);
    }

    /// Adds to a ridge. A power alone says by itself whether it has both sides.
    pub(super) fn put_ridge(&mut self, g: &mut Graph, mut ridge: Ridge, place: (Rational, u32, u32), c: ExprId) {
        if place.1 == 0 || !place.0.is_integer() {
            ridge.both_sides = place.0.is_integer();
        }
        let k = self.ridges.iter().position(|r| r.0 == ridge).unwrap_or_else(|| {
            self.ridges.push((ridge, Powers::new()));
            self.ridges.len() - 1
        });
        put_power(g, &mut self.ridges[k].1, place, c);
    }

    pub(super) fn add(&mut self, g: &mut Graph, at: [ExprId; 2], other: &Terms, scale: &Rational) {
        for (wave, series) in &other.waves {
            for (place, c) in series {
                let c = c.map(|v| g.scale(v, scale));
                self.put_wave(g, at, *wave, *place, c);
            }
        }
        for (ridge, powers) in &other.ridges {
            for (place, c) in powers {
                let c = g.scale(*c, scale);
                self.put_ridge(g, *ridge, place.clone(), c);
            }
        }
        *self = std::mem::take(self).tidy();
    }

    /// The product; `None` where it is no such sum, or too long.
    pub(super) fn times(&self, g: &mut Graph, at: [ExprId; 2], other: &Terms) -> Option<Terms> {
        if self.count().saturating_mul(other.count()) > limits::HELMHOLTZ_TERMS {
            return None;
        }
        let mut out = Terms::default();
        for (a, left) in &self.waves {
            for (b, right) in &other.waves {
                // Re A · Re B = ½ Re AB + ½ Re A B̄
                let twice = !a.is_real(g) && !b.is_real(g);
                for ((m, n), c) in left {
                    for ((k, l), d) in right {
                        let place = (m + k, n + l);
                        if place.0 + place.1 > limits::HELMHOLTZ_DEGREE {
                            return None;
                        }
                        let growth = [0, 1].map(|k| plus(g, a.growth[k], b.growth[k]));
                        for sign in if twice { [1, -1].as_slice() } else { [1].as_slice() } {
                            let sign = Rational::integer(*sign);
                            let part = |g: &mut Graph, v: ExprId| g.scale(v, &sign);
                            let turn = [0, 1].map(|k| {
                                let turned = part(g, b.turn[k]);
                                plus(g, a.turn[k], turned)
                            });
                            let phase = part(g, b.phase);
                            let phase = plus(g, a.phase, phase);
                            let d = [d[0], part(g, d[1])];
                            let mut product = complex_times(g, *c, d);
                            if twice {
                                product = product.map(|v| g.scale(v, &Rational::HALF));
                            }
                            out.put_wave(g, at, Wave { growth, turn, phase }, place, product);
                        }
                    }
                }
            }
        }
        let plain = Wave::none(g);
        for (one, two) in [(self, other), (other, self)] {
            for (ridge, powers) in &one.ridges {
                for (wave, series) in &two.waves {
                    if *wave != plain {
                        return None;
                    }
                    for ((m, n), c) in series {
                        let mut product = powers.clone();
                        for axis in [(0, *m), (1, *n)] {
                            for _ in 0..axis.1 {
                                product = along(g, ridge, &product, axis.0)?;
                            }
                        }
                        for (place, d) in product {
                            let value = times(g, c[0], d);
                            out.put_ridge(g, *ridge, place, value);
                        }
                    }
                }
            }
        }
        for (ridge, left) in &self.ridges {
            for (another, right) in &other.ridges {
                if ridge.base != another.base {
                    return None;
                }
                let both_sides = ridge.both_sides && another.both_sides;
                for ((r, j, n), c) in left {
                    for ((q, k, m), d) in right {
                        let value = times(g, *c, *d);
                        let place = (r.checked_add(q)?, j + k, n + m);
                        out.put_ridge(g, Ridge { both_sides, ..*ridge }, place, value);
                    }
                }
            }
        }
        Some(out.tidy()).filter(|o| o.count() <= limits::HELMHOLTZ_TERMS)
    }
}

/// `−a`, multiplied out.
fn negative(g: &mut Graph, a: ExprId) -> ExprId {
    let a = g.neg(a);
    g.expand(a)
}

/// `turn·(x, y) + φ`
pub(super) fn angle(g: &mut Graph, wave: &Wave, at: [ExprId; 2]) -> ExprId {
    let (x, y) = (g.mul(wave.turn[0], at[0]), g.mul(wave.turn[1], at[1]));
    let sum = g.sum(&[x, y, wave.phase]);
    g.expand(sum)
}

/// `a² + b²` of the slope, or of an axis its square.
pub(super) fn norm(g: &mut Graph, ridge: &Ridge) -> ExprId {
    let squares = ridge.slope.map(|a| g.powi(a, 2));
    plus(g, squares[0], squares[1])
}

/// Powers of a ridge times `x` (`axis` 0) or `y`: with `N = a² + b²` it is `x = (a(s − e) − bτ)/N`,
/// `y = (b(s − e) + aτ)/N`.
fn along(g: &mut Graph, ridge: &Ridge, powers: &Powers, axis: usize) -> Option<Powers> {
    let n = norm(g, ridge);
    let [a, b] = ridge.slope.map(|v| g.div(v, n));
    let (of_s, of_tau) = if axis == 0 { (a, g.neg(b)) } else { (b, a) };
    let offset = g.mul(of_s, ridge.offset);
    let offset = g.neg(offset);
    let mut out = Powers::new();
    for ((r, j, m), c) in powers {
        let up = r.checked_add(&Rational::ONE)?;
        for (place, factor) in [((up, *j, *m), of_s), ((r.clone(), *j, *m), offset), ((r.clone(), *j, m + 1), of_tau)] {
            let value = times(g, *c, factor);
            put_power(g, &mut out, place, value);
        }
    }
    Some(out)
}

/// What is a polynomial after all, and the rest.
pub(super) fn parted(g: &mut Graph, ridge: &Ridge, powers: &Powers) -> Option<(Series, Powers)> {
    let (mut series, mut rest) = (Series::new(), Powers::new());
    let zero = g.zero();
    for (place, c) in powers {
        if !is_polynomial(place) {
            rest.insert(place.clone(), *c);
            continue;
        }
        let degree = u32::try_from(place.0.as_i64()?).ok()?;
        if degree.saturating_add(place.2) > limits::HELMHOLTZ_DEGREE {
            return None;
        }
        let minus = g.neg(ridge.slope[1]);
        let mut product = Series::from([((0, 0), [*c, zero])]);
        for _ in 0..degree {
            product = by_linear(g, &product, [ridge.slope[0], ridge.slope[1], ridge.offset]);
        }
        for _ in 0..place.2 {
            product = by_linear(g, &product, [minus, ridge.slope[0], zero]);
        }
        for (place, c) in product {
            put(g, &mut series, place, c);
        }
    }
    Some((series, rest))
}

/// A real polynomial times `ax + by + e`.
fn by_linear(g: &mut Graph, p: &Series, [a, b, e]: [ExprId; 3]) -> Series {
    let mut out = Series::new();
    let zero = g.zero();
    for ((m, n), c) in p {
        for (place, factor) in [((m + 1, *n), a), ((*m, n + 1), b), ((*m, *n), e)] {
            let value = times(g, c[0], factor);
            put(g, &mut out, place, [value, zero]);
        }
    }
    out
}

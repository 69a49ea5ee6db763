//! Polynomials whose factors are algebraic, or sines and cosines of angles.

use crate::limits;
use crate::symbolic::node::ExprId;
use crate::symbolic::rational::Rational;
use std::collections::BTreeMap;

/// Bases with rational exponents, sorted by base: everything that is no whole power of a sine or cosine.
pub(super) type Algebraic = Vec<(ExprId, Rational)>;

/// `sin(angle)^sines·cos(angle)^cosines`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub angle: ExprId,
    pub sines: u8,
    pub cosines: u8,
}

/// Powers of sines and cosines, sorted by angle, each angle once.
pub(super) type Turns = Vec<Turn>;

/// `Σ coefficient·algebraic·turns`, no coefficient 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Polynomial {
    pub terms: BTreeMap<(Algebraic, Turns), Rational>,
}

impl Polynomial {
    pub fn number(value: Rational) -> Self {
        let mut out = Polynomial::default();
        if !value.is_zero() {
            out.terms.insert((Vec::new(), Vec::new()), value);
        }
        out
    }

    pub fn power(base: ExprId, exponent: Rational) -> Self {
        let mut out = Polynomial::default();
        out.terms.insert((vec![(base, exponent)], Vec::new()), Rational::ONE);
        out
    }

    pub fn turn(angle: ExprId, cosine: bool) -> Self {
        let mut out = Polynomial::default();
        let turn = Turn { angle, sines: u8::from(!cosine), cosines: u8::from(cosine) };
        out.terms.insert((Vec::new(), vec![turn]), Rational::ONE);
        out
    }

    fn put(&mut self, key: (Algebraic, Turns), value: Rational) -> Option<()> {
        let total = match self.terms.get(&key) {
            Some(old) => old.checked_add(&value)?,
            None => value,
        };
        if total.is_zero() {
            self.terms.remove(&key);
        } else {
            self.terms.insert(key, total);
        }
        (self.terms.len() <= limits::PRESENTED_TERMS).then_some(())
    }

    /// `self + factor·other`; `None` where it grows too long.
    pub fn add(&mut self, other: &Polynomial, factor: &Rational) -> Option<()> {
        for (key, value) in &other.terms {
            self.put(key.clone(), value.checked_mul(factor)?)?;
        }
        Some(())
    }

    /// `self·other`; `None` where it grows too long.
    pub fn times(&self, other: &Polynomial) -> Option<Polynomial> {
        let mut out = Polynomial::default();
        for ((a, s), x) in &self.terms {
            for ((b, t), y) in &other.terms {
                out.put((algebraic(a, b)?, turns(s, t)?), x.checked_mul(y)?)?;
            }
        }
        Some(out)
    }

    /// The factors of sines and cosines of each algebraic factor.
    pub fn groups(&self) -> BTreeMap<&Algebraic, Rotations> {
        let mut out: BTreeMap<&Algebraic, Rotations> = BTreeMap::new();
        for ((a, t), c) in &self.terms {
            out.entry(a).or_default().insert(t.clone(), c.clone());
        }
        out
    }
}

/// A polynomial in sines and cosines alone.
pub(super) type Rotations = BTreeMap<Turns, Rational>;

fn algebraic(a: &Algebraic, b: &Algebraic) -> Option<Algebraic> {
    let mut out: Algebraic = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x.0 == y.0 => {
                (i, j) = (i + 1, j + 1);
                (x.0, x.1.checked_add(&y.1)?)
            }
            (Some(x), Some(y)) if x.0 < y.0 => {
                i += 1;
                x.clone()
            }
            (Some(x), None) => {
                i += 1;
                x.clone()
            }
            (_, Some(y)) => {
                j += 1;
                y.clone()
            }
            (None, None) => break,
        };
        if !next.1.is_zero() {
            out.push(next);
        }
    }
    Some(out)
}

fn turns(a: &Turns, b: &Turns) -> Option<Turns> {
    let mut out = a.clone();
    for t in b {
        match out.binary_search_by_key(&t.angle, |x| x.angle) {
            Ok(k) => {
                out[k].sines = out[k].sines.checked_add(t.sines)?;
                out[k].cosines = out[k].cosines.checked_add(t.cosines)?;
            }
            Err(k) => out.insert(k, *t),
        }
    }
    Some(out)
}

/// Which square is replaced by the other, `sin² + cos² = 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    Both,
    Sine,
    Cosine,
}

/// Every even power of the sine (or cosine) of an angle replaced by powers of the other.
pub(super) fn reduced(list: &Rotations, angle: ExprId, keep: Keep) -> Option<Rotations> {
    if keep == Keep::Both {
        return Some(list.clone());
    }
    let mut out = Rotations::new();
    for (turns, c) in list {
        let Ok(k) = turns.binary_search_by_key(&angle, |t| t.angle) else {
            put(&mut out, turns.clone(), c.clone())?;
            continue;
        };
        let (gone, kept) = match keep {
            Keep::Sine => (turns[k].cosines, turns[k].sines),
            _ => (turns[k].sines, turns[k].cosines),
        };
        let pairs = gone / 2;
        // (1 − kept²)^pairs
        let mut binomial = Rational::ONE;
        for n in 0..=pairs {
            let mut t = turns.clone();
            let (gone, kept) = (gone - 2 * pairs, kept.checked_add(2 * n)?);
            (t[k].sines, t[k].cosines) = if keep == Keep::Sine { (kept, gone) } else { (gone, kept) };
            if t[k].sines == 0 && t[k].cosines == 0 {
                t.remove(k);
            }
            put(&mut out, t, c.checked_mul(&binomial)?)?;
            let next = Rational::new(-i64::from(pairs - n), i64::from(n) + 1)?;
            binomial = binomial.checked_mul(&next)?;
        }
    }
    Some(out)
}

fn put(list: &mut Rotations, key: Turns, value: Rational) -> Option<()> {
    let total = match list.get(&key) {
        Some(old) => old.checked_add(&value)?,
        None => value,
    };
    if total.is_zero() {
        list.remove(&key);
    } else {
        list.insert(key, total);
    }
    (list.len() <= limits::PRESENTED_TERMS).then_some(())
}

/// Whole multiples of angles, sorted by angle, the first one positive.
pub(super) type Multiple = Vec<(ExprId, i32)>;

/// `Σ coefficient·cos(multiple)` (`true`) or `sin(multiple)`: the one form in which a polynomial in
/// sines and cosines has independent terms, so that whatever cancels is gone.
pub(super) type Harmonics = BTreeMap<(bool, Multiple), Rational>;

/// Harmonics of one term beyond which it is left alone.
const HARMONIC_DEGREE: u32 = 10;

/// Products turned into sums: `cos a cos b = ½ cos(a − b) + ½ cos(a + b)` and its kin.
pub(super) fn harmonics(list: &Rotations) -> Option<Harmonics> {
    let mut out = Harmonics::new();
    for (turns, c) in list {
        if turns.iter().map(|t| u32::from(t.sines) + u32::from(t.cosines)).sum::<u32>() > HARMONIC_DEGREE {
            return None;
        }
        let mut sum = Harmonics::new();
        sum.insert((true, Vec::new()), c.clone());
        for t in turns {
            for k in 0..t.sines + t.cosines {
                let mut next = Harmonics::new();
                for ((cosine, w), c) in &sum {
                    let half = c.checked_mul(&Rational::HALF)?;
                    let (up, down) = (shifted(w, t.angle, 1), shifted(w, t.angle, -1));
                    let (up_sign, down_sign, kind) = match (cosine, k < t.sines) {
                        // sin w sin x, cos w sin x, sin w cos x, cos w cos x
                        (false, true) => (-1, 1, true),
                        (true, true) => (1, -1, false),
                        (false, false) => (1, 1, false),
                        (true, false) => (1, 1, true),
                    };
                    wave(&mut next, kind, up, &half, up_sign)?;
                    wave(&mut next, kind, down, &half, down_sign)?;
                }
                sum = next;
            }
        }
        for ((cosine, w), c) in sum {
            wave(&mut out, cosine, w, &c, 1)?;
        }
    }
    Some(out)
}

fn shifted(w: &Multiple, angle: ExprId, by: i32) -> Multiple {
    let mut out = w.clone();
    match out.binary_search_by_key(&angle, |x| x.0) {
        Ok(k) if out[k].1 + by == 0 => {
            out.remove(k);
        }
        Ok(k) => out[k].1 += by,
        Err(k) => out.insert(k, (angle, by)),
    }
    out
}

/// Adds `sign·c·cos(w)` or `sign·c·sin(w)`.
fn wave(list: &mut Harmonics, cosine: bool, mut w: Multiple, c: &Rational, sign: i32) -> Option<()> {
    let mut c = if sign < 0 { c.negated() } else { c.clone() };
    match w.first() {
        None if !cosine => return Some(()),
        Some(first) if first.1 < 0 => {
            w.iter_mut().for_each(|x| x.1 = -x.1);
            if !cosine {
                c = c.negated();
            }
        }
        _ => {}
    }
    let key = (cosine, w);
    let total = match list.get(&key) {
        Some(old) => old.checked_add(&c)?,
        None => c,
    };
    if total.is_zero() {
        list.remove(&key);
    } else {
        list.insert(key, total);
    }
    (list.len() <= limits::PRESENTED_TERMS).then_some(())
}

//! Products and powers in canonical form.
//!
//! The rules, with their conditions (an exponent that is no integer needs a base `≥ 0`, a negative
//! one a base `≠ 0`, so "defined" has a meaning for each side):
//!
//! - `x^a·x^b → x^(a+b)` and `0·x → 0`: the right side is defined wherever the left is.
//! - `(x^a)^b → x^(ab)` for integer `b`; also for other `b` unless `a` is an even integer.
//! - `(x^a)^b → |x|^(ab)` for even `a` and `b` no integer.
//! - `(c x y)^b → c^b x^b y^b` for integer `b`; for other `b` factors known to be `> 0` come out, and
//!   all of them where each is known to be `≥ 0`.
//! - `(x^y)^b → x^(by)` for integer `b`, and for other `b` where `x ≥ 0` is known.
//! - `|x|^e → x^e` for even `e`, `cbrt(x)^(3n) → xⁿ`.
//! - `(−a−b)^n → (−1)^n (a+b)^n` and `(c a + c b)^n → c^n (a+b)^n` for integer `n`.

use super::function::Function;
use super::graph::Graph;
use super::node::{ExprId, Node};
use super::rational::Rational;
use super::sum::FLATTEN;

type Factor = (ExprId, Rational);

/// Primes that are split off under a root; a larger cofactor stays whole.
const TRIAL_PRIMES: [i64; 25] =
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97];

struct Factors {
    coefficient: Rational,
    list: Vec<Factor>,
}

impl Graph {
    /// a·b
    pub fn mul(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.product(&[a, b])
    }

    /// a/b
    pub fn div(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.product_of_powers(Rational::ONE, &[(a, Rational::ONE), (b, Rational::MINUS_ONE)])
    }

    /// 1/a
    pub fn reciprocal(&mut self, a: ExprId) -> ExprId {
        self.powi(a, -1)
    }

    /// The product of all of them.
    pub fn product(&mut self, factors: &[ExprId]) -> ExprId {
        if let [a, b] = factors {
            if let Some(c) = self.as_number(*a).cloned() {
                return self.scale(*b, &c);
            }
            if let Some(c) = self.as_number(*b).cloned() {
                return self.scale(*a, &c);
            }
        }
        let factors: Vec<Factor> = factors.iter().map(|f| (*f, Rational::ONE)).collect();
        self.product_of_powers(Rational::ONE, &factors)
    }

    /// aⁿ
    pub fn powi(&mut self, a: ExprId, n: i64) -> ExprId {
        self.pow_rational(a, &Rational::integer(n))
    }

    /// √a
    pub fn sqrt(&mut self, a: ExprId) -> ExprId {
        self.pow_rational(a, &Rational::HALF)
    }

    /// `a^exponent`
    pub fn pow_rational(&mut self, a: ExprId, exponent: &Rational) -> ExprId {
        if exponent.is_zero() {
            return self.one();
        }
        if exponent.is_one() {
            return a;
        }
        self.product_of_powers(Rational::ONE, &[(a, exponent.clone())])
    }

    /// `base^exponent`; a rational number as exponent gives a factor of a product.
    pub fn power(&mut self, base: ExprId, exponent: ExprId) -> ExprId {
        if let Some(value) = self.as_number(exponent).cloned() {
            return self.pow_rational(base, &value);
        }
        if base == self.one() {
            return base;
        }
        self.intern(Node::Power { base, exponent })
    }

    /// `coefficient·Π base^exponent`, canonical.
    pub fn product_of_powers(&mut self, coefficient: Rational, factors: &[(ExprId, Rational)]) -> ExprId {
        let mut acc = Factors { coefficient, list: Vec::with_capacity(factors.len()) };
        for (base, exponent) in factors {
            self.push_factor(&mut acc, *base, exponent.clone());
        }
        // a base that occurs twice may, with its new exponent, come apart again
        loop {
            acc.list.sort_by_key(|factor| factor.0);
            let mut again: Vec<Factor> = Vec::new();
            let mut once: Vec<Factor> = Vec::with_capacity(acc.list.len());
            for (base, exponent) in std::mem::take(&mut acc.list) {
                if let Some(last) = again.last_mut().filter(|last| last.0 == base) {
                    let total = last.1.checked_add(&exponent);
                    last.1 = self.exact(total);
                } else if once.last().is_some_and(|last| last.0 == base) {
                    let (_, first) = once.pop().expect("invariant: just seen");
                    let total = first.checked_add(&exponent);
                    again.push((base, self.exact(total)));
                } else {
                    once.push((base, exponent));
                }
            }
            acc.list = once;
            if again.is_empty() {
                break;
            }
            for (base, exponent) in again {
                self.push_factor(&mut acc, base, exponent);
            }
        }
        self.finish_product(acc)
    }

    fn finish_product(&mut self, acc: Factors) -> ExprId {
        let Factors { coefficient, list } = acc;
        if coefficient.is_zero() {
            return self.zero();
        }
        match &list[..] {
            [] => self.number(coefficient),
            [(base, exponent)] if exponent.is_one() => self.scale(*base, &coefficient),
            _ => self.intern(Node::Product { coefficient, factors: list.into_boxed_slice() }),
        }
    }

    fn push_factor(&mut self, acc: &mut Factors, base: ExprId, exponent: Rational) {
        if exponent.is_zero() {
            return;
        }
        match self.node(base) {
            Node::Number(value) => {
                let value = value.clone();
                self.push_number(acc, value, exponent);
            }
            Node::Product { coefficient, factors } if factors.len() <= FLATTEN => {
                let (coefficient, factors) = (coefficient.clone(), factors.clone());
                if exponent.is_integer() {
                    self.push_number(acc, coefficient, exponent.clone());
                    for (b, e) in factors {
                        let total = e.checked_mul(&exponent);
                        let total = self.exact(total);
                        self.push_factor(acc, b, total);
                    }
                } else {
                    self.push_root_of_product(acc, coefficient, &factors, exponent);
                }
            }
            Node::Sum { terms, .. } if terms.len() <= FLATTEN => {
                let (content, primitive) = self.content(base, exponent.is_integer());
                let power = match exponent.as_i64() {
                    _ if content.is_one() => Some(Rational::ONE),
                    Some(n) => content.checked_pow(n),
                    None => rational_power(&content, &exponent),
                };
                match power {
                    Some(power) => {
                        let total = acc.coefficient.checked_mul(&power);
                        acc.coefficient = self.exact(total);
                        acc.list.push((primitive, exponent));
                    }
                    None => acc.list.push((base, exponent)),
                }
            }
            Node::Call { function: Function::Abs, args } if exponent.is_even() => {
                let inner = args[0];
                self.push_factor(acc, inner, exponent);
            }
            Node::Call { function: Function::Cbrt, args } if exponent.is_integer() => {
                let inner = args[0];
                match exponent.checked_div(&Rational::integer(3)) {
                    Some(third) if third.is_integer() => self.push_factor(acc, inner, third),
                    _ => acc.list.push((base, exponent)),
                }
            }
            Node::Power { base: inner, exponent: old }
                if !exponent.is_one() && (exponent.is_integer() || self.is_nonnegative(*inner)) =>
            {
                let (inner, old) = (*inner, *old);
                let total = self.scale(old, &exponent);
                let power = self.power(inner, total);
                match self.node(power) {
                    Node::Power { .. } => acc.list.push((power, Rational::ONE)),
                    _ => self.push_factor(acc, power, Rational::ONE),
                }
            }
            _ => acc.list.push((base, exponent)),
        }
    }

    /// `value^exponent` into the coefficient as far as it is rational, the rest as powers of primes
    /// with exponents between 0 and 1.
    fn push_number(&mut self, acc: &mut Factors, value: Rational, exponent: Rational) {
        if value.is_one() {
            return;
        }
        let undefined = (value.is_zero() && exponent.is_negative()) || (value.is_negative() && !exponent.is_integer());
        if undefined {
            let base = self.number(value);
            acc.list.push((base, exponent));
            return;
        }
        if value.is_zero() {
            acc.coefficient = Rational::ZERO;
            return;
        }
        let exact = match exponent.as_i64() {
            Some(n) => value.checked_pow(n),
            None => rational_power(&value, &exponent),
        };
        if let Some(power) = exact {
            let total = acc.coefficient.checked_mul(&power);
            acc.coefficient = self.exact(total);
            return;
        }
        if exponent.is_integer() {
            self.mark_full();
            return;
        }
        match value.as_small() {
            Some((n, d)) => {
                self.push_root(acc, n, &exponent);
                self.push_root(acc, d, &exponent.negated());
            }
            None => self.push_prime_power(acc, value, exponent),
        }
    }

    /// `n^exponent` for `n ≥ 1`, prime by prime.
    fn push_root(&mut self, acc: &mut Factors, n: i64, exponent: &Rational) {
        let mut rest = n;
        for p in TRIAL_PRIMES {
            let mut times = 0;
            while rest % p == 0 {
                rest /= p;
                times += 1;
            }
            if times > 0 {
                let total = exponent.checked_mul(&Rational::integer(times));
                let total = self.exact(total);
                self.push_prime_power(acc, Rational::integer(p), total);
            }
        }
        if rest > 1 {
            match rational_power(&Rational::integer(rest), exponent) {
                Some(power) => {
                    let total = acc.coefficient.checked_mul(&power);
                    acc.coefficient = self.exact(total);
                }
                None => self.push_prime_power(acc, Rational::integer(rest), exponent.clone()),
            }
        }
    }

    fn push_prime_power(&mut self, acc: &mut Factors, value: Rational, exponent: Rational) {
        let whole = exponent.floor();
        let power = whole.as_i64().and_then(|n| value.checked_pow(n));
        let total = power.and_then(|p| acc.coefficient.checked_mul(&p));
        acc.coefficient = self.exact(total);
        let fraction = exponent.checked_sub(&whole);
        let fraction = self.exact(fraction);
        if !fraction.is_zero() {
            let base = self.number(value);
            acc.list.push((base, fraction));
        }
    }

    /// `(c·Π b^e)^exponent` where `exponent` is no integer.
    fn push_root_of_product(&mut self, acc: &mut Factors, c: Rational, factors: &[Factor], exponent: Rational) {
        if let [(b, e)] = factors
            && c.is_one()
        {
            let total = e.checked_mul(&exponent);
            let total = self.exact(total);
            let base = if e.is_even() { self.call(Function::Abs, &[*b]) } else { *b };
            self.push_factor(acc, base, total);
            return;
        }
        let sign_known =
            |graph: &Graph, b: ExprId, e: &Rational| graph.is_nonnegative(b) || e.is_even() || !e.is_integer();
        let all = c.is_positive() && factors.iter().all(|(b, e)| sign_known(self, *b, e));
        let mut kept: Vec<Factor> = Vec::new();
        for (b, e) in factors {
            if all || (sign_known(self, *b, e) && (self.is_nonzero(*b) || e.is_negative())) {
                self.push_root_of_product(acc, Rational::ONE, &[(*b, e.clone())], exponent.clone());
            } else {
                kept.push((*b, e.clone()));
            }
        }
        let mut c = c;
        // −(a − b)³ under a root is (b − a)³
        if let [(b, e)] = &mut kept[..]
            && c.is_negative()
            && e.is_integer()
            && !e.is_even()
            && rational_power(&c.abs(), &exponent).is_some()
            && matches!(self.node(*b), Node::Sum { .. })
        {
            c = c.negated();
            *b = self.neg(*b);
        }
        if kept.is_empty() {
            self.push_number(acc, c, exponent);
            return;
        }
        if let Some(power) = rational_power(&c, &exponent) {
            let total = acc.coefficient.checked_mul(&power);
            acc.coefficient = self.exact(total);
            c = Rational::ONE;
        }
        if let [(b, e)] = &kept[..]
            && c.is_one()
        {
            let (b, e) = (*b, e.clone());
            self.push_root_of_product(acc, Rational::ONE, &[(b, e)], exponent);
            return;
        }
        // a number times a sum is a sum again
        let base = self.product_of_powers(c, &kept);
        match self.node(base) {
            Node::Product { .. } => acc.list.push((base, exponent)),
            _ => self.push_factor(acc, base, exponent),
        }
    }

    /// A sum as `content·primitive`: the common magnitude of all its coefficients and, where a sign
    /// may be taken out, the sign of the first.
    fn content(&mut self, sum: ExprId, signed: bool) -> (Rational, ExprId) {
        let Node::Sum { constant, terms } = self.node(sum) else { return (Rational::ONE, sum) };
        let first = terms[0].1.clone();
        let magnitude = first.abs();
        let common =
            (constant.is_zero() || constant.abs() == magnitude) && terms.iter().all(|(_, c)| c.abs() == magnitude);
        let mut content = if common { magnitude } else { Rational::ONE };
        if signed && first.is_negative() {
            content = content.negated();
        }
        match content.checked_reciprocal() {
            Some(inverse) if !content.is_one() => {
                let primitive = self.scale(sum, &inverse);
                (content, primitive)
            }
            _ => (Rational::ONE, sum),
        }
    }

    /// Whether the form of an expression starts with a minus sign, so that its negative is simpler.
    pub fn starts_negative(&self, expr: ExprId) -> bool {
        match self.node(expr) {
            Node::Number(value) => value.is_negative(),
            Node::Product { coefficient, .. } => coefficient.is_negative(),
            Node::Sum { terms, .. } => terms.len() <= FLATTEN && terms[0].1.is_negative(),
            _ => false,
        }
    }
}

/// `value^exponent` for a value `> 0`, where it is rational.
fn rational_power(value: &Rational, exponent: &Rational) -> Option<Rational> {
    if !value.is_positive() {
        return None;
    }
    if value.is_one() {
        return Some(Rational::ONE);
    }
    let (p, q) = exponent.as_small()?;
    value.exact_root(u32::try_from(q).ok()?)?.checked_pow(p)
}

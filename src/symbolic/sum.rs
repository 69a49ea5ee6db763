//! Sums in canonical form, and the two rules that keep rotations readable.

use super::function::Function;
use super::graph::Graph;
use super::node::{ExprId, Node};
use super::rational::Rational;
use rustc_hash::FxHashMap;

/// Sums and products are flattened into their parents up to this many parts; so a chain of 20,000
/// definitions, each the last one plus a term, stays linear in memory.
pub(super) const FLATTEN: usize = 64;

type Term = (ExprId, Rational);
type FactorList = Vec<(ExprId, Rational)>;

/// Adds up coefficients of equal bases; the list comes out sorted, without zeros.
pub(super) fn collect(graph: &mut Graph, list: &mut Vec<Term>) {
    list.sort_by_key(|term| term.0);
    let mut out: Vec<Term> = Vec::with_capacity(list.len());
    for (base, coefficient) in list.drain(..) {
        match out.last_mut() {
            Some(last) if last.0 == base => {
                let total = last.1.checked_add(&coefficient);
                last.1 = graph.exact(total);
            }
            _ => out.push((base, coefficient)),
        }
        if out.last().is_some_and(|last| last.1.is_zero()) {
            out.pop();
        }
    }
    *list = out;
}

impl Graph {
    /// The number.
    pub fn number(&mut self, value: Rational) -> ExprId {
        self.intern(Node::Number(value))
    }

    /// The integer.
    pub fn integer(&mut self, value: i64) -> ExprId {
        self.number(Rational::integer(value))
    }

    /// `numerator/denominator`; a zero denominator gives the undefined `1/0`.
    pub fn rational(&mut self, numerator: i64, denominator: i64) -> ExprId {
        match Rational::new(numerator, denominator) {
            Some(value) => self.number(value),
            None => {
                let zero = self.zero();
                self.reciprocal(zero)
            }
        }
    }

    /// π
    pub fn pi(&mut self) -> ExprId {
        self.intern(Node::Pi)
    }

    /// a + b
    pub fn add(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.sum(&[a, b])
    }

    /// a − b
    pub fn sub(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.linear_combination(Rational::ZERO, &[(a, Rational::ONE), (b, Rational::MINUS_ONE)])
    }

    /// −a
    pub fn neg(&mut self, a: ExprId) -> ExprId {
        self.scale(a, &Rational::MINUS_ONE)
    }

    /// The sum of all of them.
    pub fn sum(&mut self, terms: &[ExprId]) -> ExprId {
        let terms: Vec<Term> = terms.iter().map(|t| (*t, Rational::ONE)).collect();
        self.linear_combination(Rational::ZERO, &terms)
    }

    /// `constant + Σ coefficient·term`, canonical.
    pub fn linear_combination(&mut self, constant: Rational, terms: &[(ExprId, Rational)]) -> ExprId {
        let mut constant = constant;
        let mut list = Vec::with_capacity(terms.len());
        for (term, coefficient) in terms {
            self.push_term(*term, coefficient, &mut constant, &mut list);
        }
        collect(self, &mut list);
        while list.len() > 1 && self.contract_rotations(&mut constant, &mut list) {}
        if list.is_empty() {
            return self.number(constant);
        }
        if constant.is_zero() && list.len() == 1 {
            let (term, coefficient) = list.swap_remove(0);
            return self.scale(term, &coefficient);
        }
        self.intern(Node::Sum { constant, terms: list.into_boxed_slice() })
    }

    fn push_term(&mut self, term: ExprId, c: &Rational, constant: &mut Rational, list: &mut Vec<Term>) {
        if c.is_zero() {
            return;
        }
        match self.node(term) {
            Node::Number(value) => {
                let total = value.checked_mul(c).and_then(|x| constant.checked_add(&x));
                *constant = self.exact(total);
            }
            Node::Sum { constant: inner, terms } if terms.len() <= FLATTEN => {
                let total = inner.checked_mul(c).and_then(|x| constant.checked_add(&x));
                let scaled: Vec<(ExprId, Option<Rational>)> =
                    terms.iter().map(|(t, k)| (*t, k.checked_mul(c))).collect();
                *constant = self.exact(total);
                for (t, k) in scaled {
                    let k = self.exact(k);
                    list.push((t, k));
                }
            }
            Node::Product { coefficient, factors } if !coefficient.is_one() => {
                let total = coefficient.checked_mul(c);
                let rest = match &factors[..] {
                    [(base, exponent)] if exponent.is_one() => *base,
                    _ => {
                        let factors = factors.clone();
                        self.intern(Node::Product { coefficient: Rational::ONE, factors })
                    }
                };
                let total = self.exact(total);
                list.push((rest, total));
            }
            _ => list.push((term, c.clone())),
        }
    }

    /// `c·a`; a number times a short sum is distributed, as it costs no operation.
    pub fn scale(&mut self, a: ExprId, c: &Rational) -> ExprId {
        if c.is_one() {
            return a;
        }
        if c.is_zero() {
            return self.zero();
        }
        match self.node(a) {
            Node::Number(value) => {
                let product = value.checked_mul(c);
                let product = self.exact(product);
                self.number(product)
            }
            Node::Sum { constant, terms } if terms.len() <= FLATTEN => {
                let constant = constant.checked_mul(c);
                let scaled: Vec<(ExprId, Option<Rational>)> =
                    terms.iter().map(|(t, k)| (*t, k.checked_mul(c))).collect();
                let constant = self.exact(constant);
                let terms = scaled.into_iter().map(|(t, k)| (t, self.exact(k))).collect();
                self.intern(Node::Sum { constant, terms })
            }
            Node::Product { coefficient, factors } => {
                let total = coefficient.checked_mul(c);
                let factors = factors.clone();
                let coefficient = self.exact(total);
                match &factors[..] {
                    [(base, exponent)] if coefficient.is_one() && exponent.is_one() => *base,
                    _ => self.intern(Node::Product { coefficient, factors }),
                }
            }
            _ => self.intern(Node::Product { coefficient: c.clone(), factors: Box::new([(a, Rational::ONE)]) }),
        }
    }

    /// The factors of a term with coefficient 1.
    fn factors_of(&self, term: ExprId) -> FactorList {
        match self.node(term) {
            Node::Product { factors, .. } => factors.to_vec(),
            _ => vec![(term, Rational::ONE)],
        }
    }

    /// Argument of a sine (`false`) or cosine (`true`).
    fn angle_of(&self, expr: ExprId) -> Option<(bool, ExprId)> {
        match self.node(expr) {
            Node::Call { function: Function::Sin, args } => Some((false, args[0])),
            Node::Call { function: Function::Cos, args } => Some((true, args[0])),
            _ => None,
        }
    }

    /// One application of one of the rules below; all functions in them are defined everywhere, so
    /// they hold without condition. Each makes the sum a term shorter.
    ///
    /// - `k cos²u + k sin²u → k`
    /// - `k cos a cos b ± k sin a sin b → k cos(a ∓ b)`
    /// - `k sin a cos b ± k cos a sin b → k sin(a ± b)`
    fn contract_rotations(&mut self, constant: &mut Rational, list: &mut Vec<Term>) -> bool {
        let mut squares: FxHashMap<(ExprId, FactorList), [Option<usize>; 2]> = FxHashMap::default();
        let mut pairs: FxHashMap<(ExprId, ExprId, FactorList), [Option<usize>; 4]> = FxHashMap::default();
        for i in 0..list.len() {
            let factors = self.factors_of(list[i].0);
            let turning: Vec<(usize, bool, ExprId)> = factors
                .iter()
                .enumerate()
                .filter(|(_, (_, e))| e.is_integer() && e.is_positive())
                .filter_map(|(k, (base, _))| self.angle_of(*base).map(|(cosine, angle)| (k, cosine, angle)))
                .take(8)
                .collect();
            for (n, (k, cosine, angle)) in turning.iter().enumerate() {
                if factors[*k].1 >= Rational::integer(2) {
                    let rest = without(&factors, &[(*k, 2)]);
                    let slot = squares.entry((*angle, rest)).or_default();
                    if let Some(other) = slot[usize::from(!cosine)]
                        && list[other].1 == list[i].1
                    {
                        let rest = without(&factors, &[(*k, 2)]);
                        let value = self.product_of_powers(Rational::ONE, &rest);
                        self.replace_terms(constant, list, [other, i], value);
                        return true;
                    }
                    slot[usize::from(*cosine)] = Some(i);
                }
                for (k2, cosine2, angle2) in &turning[n + 1..] {
                    let ordered = angle < angle2;
                    let (a, b) = if ordered { (*angle, *angle2) } else { (*angle2, *angle) };
                    let (ca, cb) = if ordered { (*cosine, *cosine2) } else { (*cosine2, *cosine) };
                    if a == b {
                        continue;
                    }
                    let rest = without(&factors, &[(*k, 1), (*k2, 1)]);
                    let slot = pairs.entry((a, b, rest.clone())).or_default();
                    // slots: sin sin, sin cos, cos sin, cos cos; the partner is the complement
                    let kind = 2 * usize::from(ca) + usize::from(cb);
                    if let Some(other) = slot[3 - kind]
                        && (list[other].1 == list[i].1 || list[other].1 == list[i].1.negated())
                    {
                        let same = list[other].1 == list[i].1;
                        let first = if kind == 3 || kind == 1 { i } else { other };
                        let value = self.rotation(a, b, kind == 0 || kind == 3, same);
                        let mut parts = rest;
                        parts.push((value, Rational::ONE));
                        let value = self.product_of_powers(Rational::ONE, &parts);
                        let second = if first == i { other } else { i };
                        self.replace_terms(constant, list, [first, second], value);
                        return true;
                    }
                    slot[kind] = Some(i);
                }
            }
        }
        false
    }

    /// `cos(a ∓ b)` or `sin(a ± b)`, the upper sign where the two terms had the same coefficient.
    fn rotation(&mut self, a: ExprId, b: ExprId, cosine: bool, same: bool) -> ExprId {
        let angle = if cosine == same { self.sub(a, b) } else { self.add(a, b) };
        self.call(if cosine { Function::Cos } else { Function::Sin }, &[angle])
    }

    /// Puts `value`, with the coefficient of the first, in place of two terms.
    fn replace_terms(&mut self, constant: &mut Rational, list: &mut Vec<Term>, pair: [usize; 2], value: ExprId) {
        let coefficient = list[pair[0]].1.clone();
        list.remove(pair[0].max(pair[1]));
        list.remove(pair[0].min(pair[1]));
        self.push_term(value, &coefficient, constant, list);
        collect(self, list);
    }
}

/// The factors with some exponents lowered.
fn without(factors: &[(ExprId, Rational)], lowered: &[(usize, i64)]) -> FactorList {
    let mut out = Vec::with_capacity(factors.len());
    for (k, (base, exponent)) in factors.iter().enumerate() {
        let by: i64 = lowered.iter().filter(|(at, _)| *at == k).map(|(_, n)| n).sum();
        let left = if by == 0 { Some(exponent.clone()) } else { exponent.checked_sub(&Rational::integer(by)) };
        match left {
            Some(left) if left.is_zero() => {}
            Some(left) => out.push((*base, left)),
            None => out.push((*base, exponent.clone())),
        }
    }
    out
}

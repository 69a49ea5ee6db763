//! Expressions as they are written on a board.
//!
//! Derived equations come out of the chain rule in nested products. To be read they are multiplied
//! out, so that terms can cancel; sines and cosines are brought to a form with independent terms; and
//! of everything that is equal the shortest is taken. All rules hold without condition: both sides are
//! defined at the same points (a quotient stays a quotient by the same expression).

mod polynomial;

use super::function::Function;
use super::graph::Graph;
use super::node::{Comparison, DomainId, ExprId, Node};
use super::rational::Rational;
use super::substitute::Substitution;
use crate::limits;
use polynomial::{Algebraic, Harmonics, Keep, Multiple, Polynomial, Rotations, harmonics, reduced};
use rustc_hash::FxHashMap;

/// Angles for which every choice of kept squares is tried; more are decided one by one.
const ANGLES_TOGETHER: usize = 3;

impl Graph {
    /// The shortest form found of `expr`: itself, multiplied out with its rotations contracted, or
    /// either with common factors taken out, powers of `leaves` (velocities, say) before all others.
    pub fn present(&mut self, expr: ExprId, leaves: &[ExprId]) -> ExprId {
        if self.count_written(expr) > limits::PRESENTED_NODES {
            return self.gather(expr);
        }
        let expr = both_sides_of_a_pair(self, expr);
        let expr = one_sum_a_domain(self, expr, leaves);
        let mut candidates = vec![expr, self.gather(expr)];
        let mut reader = Reader { polynomials: FxHashMap::default(), work: 0 };
        if let Some(p) = reader.polynomial(self, expr) {
            for distributed in [false, true] {
                let made = write(self, &p, distributed);
                candidates.extend([made, self.gather(made)]);
            }
            candidates.push(collected(self, &p, leaves));
        }
        for k in 0..candidates.len() {
            candidates.push(self.join_brackets(candidates[k]));
        }
        candidates.into_iter().min_by_key(|e| cost(self, *e)).unwrap_or(expr)
    }
}

/// `Σ_{j < i} a + Σ_{i < j} a` as `Σ_{j ≠ i} a`: what pairs add to one of their members.
fn both_sides_of_a_pair(g: &mut Graph, expr: ExprId) -> ExprId {
    let Node::Sum { constant, terms } = g.node(expr).clone() else { return expr };
    let mut list: Vec<(ExprId, Rational)> = terms.to_vec();
    let mut at = 0;
    while at < list.len() {
        let partner = (at + 1..list.len())
            .filter(|k| list[*k].1 == list[at].1)
            .find_map(|k| joined_pair(g, list[at].0, list[k].0).map(|made| (k, made)));
        match partner {
            Some((k, made)) => {
                list[at].0 = made;
                list.remove(k);
            }
            None => at += 1,
        }
    }
    if list.len() == terms.len() { expr } else { g.linear_combination(constant, &list) }
}

fn joined_pair(g: &mut Graph, a: ExprId, b: ExprId) -> Option<ExprId> {
    let split = |g: &Graph, e: ExprId| -> Option<(DomainId, ExprId, Algebraic)> {
        let factors = match g.node(e) {
            Node::Product { factors, .. } => factors.to_vec(),
            _ => vec![(e, Rational::ONE)],
        };
        let at = factors.iter().position(|(x, n)| n.is_one() && matches!(g.node(*x), Node::SumOver { .. }))?;
        let Node::SumOver { domain, body } = g.node(factors[at].0) else { return None };
        let rest = factors.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, f)| f.clone()).collect();
        Some((*domain, *body, rest))
    };
    let ((da, body_a, rest_a), (db, body_b, rest_b)) = (split(g, a)?, split(g, b)?);
    let (one, two) = (g.domain_info(da).clone(), g.domain_info(db).clone());
    if rest_a != rest_b || one.level != two.level || one.ranges != two.ranges {
        return None;
    }
    let sides = |g: &Graph, condition: Option<ExprId>| match g.node(condition?) {
        Node::Compare { op: Comparison::Less, left, right } => Some((*left, *right)),
        _ => None,
    };
    let ((l, r), (l2, r2)) = (sides(g, one.condition)?, sides(g, two.condition)?);
    if (l, r) != (r2, l2) {
        return None;
    }
    let unequal = g.compare(Comparison::NotEqual, l, r);
    let domain = g.domain(one.level, &one.ranges, Some(unequal));
    let mut over = |from: DomainId, body: ExprId| {
        let mut map = Substitution::default();
        for k in 0..one.ranges.len() as u32 {
            let (old, new) = (g.index(from, k), g.index(domain, k));
            map.insert(old, new);
        }
        g.substitute(body, &map)
    };
    let (body_a, body_b) = (over(da, body_a), over(db, body_b));
    if body_a != body_b {
        return None;
    }
    let mut factors = rest_a;
    factors.push((g.sum_over(domain, body_a), Rational::ONE));
    Some(g.product_of_powers(Rational::ONE, &factors))
}

/// Sums over one domain among the terms of a sum, joined: `Σ a + 2 Σ b` is `Σ (a + 2 b)`.
fn one_sum_a_domain(g: &mut Graph, expr: ExprId, leaves: &[ExprId]) -> ExprId {
    let Node::Sum { constant, terms } = g.node(expr).clone() else { return expr };
    let mut rest: Vec<(ExprId, Rational)> = Vec::new();
    let mut sums: Vec<(DomainId, Vec<(ExprId, Rational)>)> = Vec::new();
    for (term, c) in terms.iter() {
        let factors = match g.node(*term) {
            Node::Product { factors, .. } => factors.to_vec(),
            _ => vec![(*term, Rational::ONE)],
        };
        let over = factors.iter().position(|(b, n)| n.is_one() && matches!(g.node(*b), Node::SumOver { .. }));
        let Some((at, Node::SumOver { domain, body })) = over.map(|at| (at, g.node(factors[at].0).clone())) else {
            rest.push((*term, c.clone()));
            continue;
        };
        let mut inside = factors;
        inside[at].0 = body;
        let inside = g.product_of_powers(Rational::ONE, &inside);
        match sums.iter_mut().find(|s| s.0 == domain) {
            Some((_, list)) => list.push((inside, c.clone())),
            None => sums.push((domain, vec![(inside, c.clone())])),
        }
    }
    if sums.iter().all(|s| s.1.len() < 2) {
        return expr;
    }
    for (domain, list) in sums {
        let body = g.linear_combination(Rational::ZERO, &list);
        let body = g.present(body, leaves);
        rest.push((g.sum_over(domain, body), Rational::ONE));
    }
    g.linear_combination(constant, &rest)
}

/// What is to be short: nodes as written; the sine of a double angle counts as the product that it is,
/// since that is how mechanics is written.
fn cost(g: &Graph, expr: ExprId) -> u64 {
    let double = |e: &ExprId| match g.node(*e) {
        Node::Call { function: Function::Sin, args } => match g.node(args[0]) {
            Node::Product { coefficient, .. } => coefficient.is_integer() && coefficient.is_even(),
            _ => false,
        },
        _ => false,
    };
    g.count_written(expr) + 4 * g.reachable(&[expr]).iter().filter(|e| double(e)).count() as u64
}

/// `Σ (power of leaves)·(its factor, as short as it goes)`
fn collected(g: &mut Graph, p: &Polynomial, leaves: &[ExprId]) -> ExprId {
    let mut parts: std::collections::BTreeMap<Algebraic, Polynomial> = Default::default();
    for ((algebraic, turns), c) in &p.terms {
        let (outside, inside): (Algebraic, Algebraic) =
            algebraic.iter().cloned().partition(|(b, _)| leaves.contains(b));
        parts.entry(outside).or_default().terms.insert((inside, turns.clone()), c.clone());
    }
    let mut terms = Vec::with_capacity(parts.len());
    for (outside, inside) in parts {
        let made = [false, true].map(|distributed| write(g, &inside, distributed));
        let candidates = [made[0], made[1], g.gather(made[0]), g.gather(made[1])];
        let inside = candidates.into_iter().min_by_key(|e| cost(g, *e)).unwrap_or(made[0]);
        let mut factors = outside;
        factors.push((inside, Rational::ONE));
        terms.push((g.product_of_powers(Rational::ONE, &factors), Rational::ONE));
    }
    g.linear_combination(Rational::ZERO, &terms)
}

/// Turns expressions into polynomials, each node once.
struct Reader {
    polynomials: FxHashMap<ExprId, Polynomial>,
    work: usize,
}

impl Reader {
    fn polynomial(&mut self, g: &mut Graph, expr: ExprId) -> Option<Polynomial> {
        for e in g.reachable(&[expr]) {
            let p = self.one(g, e)?;
            self.spend(p.terms.len())?;
            if g.is_full() {
                return None;
            }
            self.polynomials.insert(e, p);
        }
        self.polynomials.get(&expr).cloned()
    }

    fn spend(&mut self, work: usize) -> Option<()> {
        self.work = self.work.saturating_add(work);
        (self.work <= limits::PRESENTED_WORK).then_some(())
    }

    fn times(&mut self, a: &Polynomial, b: &Polynomial) -> Option<Polynomial> {
        self.spend(a.terms.len().saturating_mul(b.terms.len()))?;
        a.times(b)
    }

    fn known(&self, e: ExprId) -> Option<&Polynomial> {
        self.polynomials.get(&e)
    }

    /// The polynomial of a node whose children have theirs.
    fn one(&mut self, g: &mut Graph, e: ExprId) -> Option<Polynomial> {
        match g.node(e).clone() {
            Node::Number(value) => Some(Polynomial::number(value)),
            Node::Sum { constant, terms } => {
                let mut out = Polynomial::number(constant);
                for (term, c) in terms.iter() {
                    out.add(self.known(*term)?, c)?;
                }
                Some(out)
            }
            Node::Product { coefficient, factors } => {
                let mut out = Polynomial::number(coefficient);
                for (base, exponent) in factors.iter() {
                    let whole = exponent.as_i64().filter(|n| (1..=8).contains(n));
                    let factor = match whole {
                        Some(_) => self.known(*base)?.clone(),
                        None => Polynomial::power(self.atom(g, *base), exponent.clone()),
                    };
                    for _ in 0..whole.unwrap_or(1) {
                        out = self.times(&out, &factor)?;
                    }
                }
                Some(out)
            }
            Node::Call { function: function @ (Function::Sin | Function::Cos), args } => {
                let angle = self.atom(g, args[0]);
                let (sine, cosine) = turned(g, angle)?;
                Some(if function == Function::Cos { cosine } else { sine })
            }
            _ => {
                let rebuilt = {
                    let mut read: FxHashMap<ExprId, ExprId> = FxHashMap::default();
                    let mut children = Vec::new();
                    g.node(e).for_each_child(|c| children.push(c));
                    for c in children {
                        let atom = self.atom(g, c);
                        read.insert(c, atom);
                    }
                    g.rebuild(e, &|child| read.get(&child).copied().unwrap_or(child))
                };
                Some(Polynomial::power(rebuilt, Rational::ONE))
            }
        }
    }

    /// A node inside a function or under a power that is no whole one, in its shortest form.
    fn atom(&self, g: &mut Graph, e: ExprId) -> ExprId {
        let Some(p) = self.known(e).filter(|_| matches!(g.node(e), Node::Sum { .. } | Node::Product { .. })) else {
            return match self.known(e) {
                // a node that was rebuilt stands for itself
                Some(p) => single(p).unwrap_or(e),
                None => e,
            };
        };
        let p = p.clone();
        let made = [false, true].map(|distributed| write(g, &p, distributed));
        let candidates = [e, made[0], made[1]];
        candidates.into_iter().min_by_key(|c| cost(g, *c)).unwrap_or(e)
    }
}

/// The one base of a polynomial that is a single base.
fn single(p: &Polynomial) -> Option<ExprId> {
    let mut terms = p.terms.iter();
    match (terms.next(), terms.next()) {
        (Some(((a, t), c)), None) if t.is_empty() && c.is_one() => match a.as_slice() {
            [(base, exponent)] if exponent.is_one() => Some(*base),
            _ => None,
        },
        _ => None,
    }
}

/// Sine and cosine of an angle; one that is a sum of few whole multiples is taken apart.
fn turned(g: &mut Graph, angle: ExprId) -> Option<(Polynomial, Polynomial)> {
    let parts: Vec<(ExprId, i64)> = match g.node(angle) {
        Node::Sum { constant, terms } if constant.is_zero() && terms.len() <= 3 => {
            terms.iter().filter_map(|(x, c)| Some((*x, c.as_i64()?))).collect()
        }
        Node::Product { coefficient, .. } => {
            let whole = coefficient.as_i64();
            let inverse = coefficient.checked_reciprocal();
            match (whole, inverse) {
                (Some(n), Some(inverse)) => vec![(g.scale(angle, &inverse), n)],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    let expected = match g.node(angle) {
        Node::Sum { terms, .. } => terms.len(),
        _ => 1,
    };
    if parts.len() != expected || parts.iter().any(|(_, n)| n.abs() > 3) {
        return Some((Polynomial::turn(angle, false), Polynomial::turn(angle, true)));
    }
    let mut sum = (Polynomial::default(), Polynomial::number(Rational::ONE));
    for (x, n) in parts {
        for _ in 0..n.abs() {
            let cosine = Polynomial::turn(x, true);
            let mut sine = Polynomial::default();
            sine.add(&Polynomial::turn(x, false), &Rational::integer(n.signum()))?;
            let mut s = sum.0.times(&cosine)?;
            s.add(&sum.1.times(&sine)?, &Rational::ONE)?;
            let mut c = sum.1.times(&cosine)?;
            c.add(&sum.0.times(&sine)?, &Rational::MINUS_ONE)?;
            sum = (s, c);
        }
    }
    Some(sum)
}

/// A polynomial as an expression: for each algebraic factor the shortest form of its rotations;
/// either as a product with that, or term by term.
fn write(g: &mut Graph, p: &Polynomial, distributed: bool) -> ExprId {
    let mut terms: Vec<(ExprId, Rational)> = Vec::new();
    for (factor, rotations) in p.groups() {
        let turned = shortest(g, &rotations);
        let parts: Vec<(ExprId, Rational)> = match g.node(turned).clone() {
            Node::Sum { constant, terms } if distributed => {
                let one = g.one();
                let constant = (!constant.is_zero()).then_some((one, constant));
                terms.iter().cloned().chain(constant).collect()
            }
            _ => vec![(turned, Rational::ONE)],
        };
        for (part, c) in parts {
            let mut factors: Algebraic = factor.clone();
            factors.push((part, Rational::ONE));
            terms.push((g.product_of_powers(Rational::ONE, &factors), c));
        }
    }
    g.linear_combination(Rational::ZERO, &terms)
}

/// The shortest way found to write a polynomial in sines and cosines.
fn shortest(g: &mut Graph, list: &Rotations) -> ExprId {
    let mut candidates = vec![products(g, list)];
    let mut angles: Vec<ExprId> = Vec::new();
    for turn in list.keys().flatten() {
        if turn.sines + turn.cosines >= 2 && !angles.contains(&turn.angle) {
            angles.push(turn.angle);
        }
    }
    let choices = [Keep::Both, Keep::Sine, Keep::Cosine];
    if angles.len() <= ANGLES_TOGETHER {
        let mut lists = vec![list.clone()];
        for angle in &angles {
            let tried = lists.iter().flat_map(|l| choices.iter().filter_map(|k| reduced(l, *angle, *k)));
            lists = tried.collect();
        }
        candidates.extend(lists.iter().map(|l| products(g, l)).collect::<Vec<_>>());
    } else {
        let mut best = list.clone();
        for angle in &angles {
            let tried = choices.iter().filter_map(|k| reduced(&best, *angle, *k));
            if let Some(shorter) = tried.min_by_key(|l| l.len()) {
                best = shorter;
            }
        }
        candidates.push(products(g, &best));
    }
    if let Some(waves) = harmonics(list) {
        candidates.push(waves_written(g, &waves));
    }
    candidates.into_iter().min_by_key(|e| cost(g, *e)).unwrap_or_else(|| g.zero())
}

fn function(g: &mut Graph, cosine: bool, angle: ExprId) -> ExprId {
    g.call(if cosine { Function::Cos } else { Function::Sin }, &[angle])
}

fn products(g: &mut Graph, list: &Rotations) -> ExprId {
    let mut terms = Vec::with_capacity(list.len());
    for (turns, c) in list {
        let mut factors = Vec::new();
        for t in turns {
            for (cosine, n) in [(false, t.sines), (true, t.cosines)] {
                if n > 0 {
                    factors.push((function(g, cosine, t.angle), Rational::integer(i64::from(n))));
                }
            }
        }
        terms.push((g.product_of_powers(Rational::ONE, &factors), c.clone()));
    }
    g.linear_combination(Rational::ZERO, &terms)
}

/// Harmonics, with pairs of equal strength joined: `cos(a + b) + cos(a − b) = 2 cos a cos b` and its
/// kin, `1 − cos 2a = 2 sin² a` among them.
fn waves_written(g: &mut Graph, waves: &Harmonics) -> ExprId {
    let mut open: Vec<(bool, Multiple, Rational)> =
        waves.iter().map(|((k, w), c)| (*k, w.clone(), c.clone())).collect();
    let mut terms: Vec<(ExprId, Rational)> = Vec::new();
    while let Some((cosine, w, c)) = open.pop() {
        let partner = open.iter().position(|(k, v, d)| {
            *k == cosine && (*d == c || *d == c.negated()) && halves(&w, v).is_some() && (cosine || !v.is_empty())
        });
        let joined = partner.and_then(|at| {
            let (_, v, d) = open.remove(at);
            // sums of the pair written as c·(f(w) ± f(v)) with half sum a and half difference b
            let (a, b) = halves(&w, &v)?;
            Some((a, b, d == c))
        });
        match joined {
            Some((a, b, same)) => {
                let (a, b) = (angle(g, &a), angle(g, &b));
                // cos w + cos v = 2 cos a cos b,   cos w − cos v = −2 sin a sin b
                // sin w + sin v = 2 sin a cos b,   sin w − sin v = 2 cos a sin b
                let (first, second, sign) = match (cosine, same) {
                    (true, true) => (true, true, 2),
                    (true, false) => (false, false, -2),
                    (false, true) => (false, true, 2),
                    (false, false) => (true, false, 2),
                };
                let (first, second) = (function(g, first, a), function(g, second, b));
                let product = g.mul(first, second);
                let sign = g.integer(sign);
                terms.push((g.mul(sign, product), c));
            }
            None => {
                let a = angle(g, &w);
                terms.push((function(g, cosine, a), c));
            }
        }
    }
    g.linear_combination(Rational::ZERO, &terms)
}

/// Half the sum and half the difference of two multiples, where both are whole.
fn halves(w: &Multiple, v: &Multiple) -> Option<(Multiple, Multiple)> {
    let mut angles: Vec<ExprId> = w.iter().chain(v).map(|x| x.0).collect();
    angles.sort_unstable();
    angles.dedup();
    let of = |list: &Multiple, a: ExprId| list.iter().find(|x| x.0 == a).map_or(0, |x| x.1);
    let (mut sum, mut difference) = (Multiple::new(), Multiple::new());
    for a in angles {
        let (x, y) = (of(w, a), of(v, a));
        if (x + y) % 2 != 0 {
            return None;
        }
        for (list, n) in [(&mut sum, (x + y) / 2), (&mut difference, (x - y) / 2)] {
            if n != 0 {
                list.push((a, n));
            }
        }
    }
    Some((sum, difference))
}

fn angle(g: &mut Graph, w: &Multiple) -> ExprId {
    let terms: Vec<(ExprId, Rational)> = w.iter().map(|(a, n)| (*a, Rational::integer(i64::from(*n)))).collect();
    g.linear_combination(Rational::ZERO, &terms)
}

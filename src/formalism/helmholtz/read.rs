//! Reading the form of an expression as waves and ridges.

use super::terms::{Ridge, Series, Terms, Wave, gather, parted, put};
use crate::limits;
use crate::symbolic::{ExprId, Function, Graph, Node, Rational, Substitution};
use rustc_hash::FxHashMap;

/// The terms of an expression; `None` where its form does not show them.
pub(super) fn read(g: &mut Graph, e: ExprId, at: [ExprId; 2]) -> Option<Terms> {
    let mut known: FxHashMap<ExprId, Option<Terms>> = FxHashMap::default();
    let order = g.reachable(&[e]);
    for node in order {
        if known.contains_key(&node) {
            continue;
        }
        let made = one(g, node, at, &known);
        if g.is_full() {
            return None;
        }
        known.insert(node, made);
    }
    let mut found = known.remove(&e)??;
    let mut polynomial = Series::new();
    for (ridge, powers) in &mut found.ridges {
        let (series, rest) = parted(g, ridge, powers)?;
        gather(g, &mut polynomial, &series);
        *powers = rest;
    }
    let plain = Wave::none(g);
    for (place, c) in polynomial {
        found.put_wave(g, at, plain, place, c);
    }
    Some(found.tidy())
}

/// The terms of a node whose children have theirs.
fn one(g: &mut Graph, e: ExprId, at: [ExprId; 2], known: &FxHashMap<ExprId, Option<Terms>>) -> Option<Terms> {
    let of = |e: &ExprId| known.get(e).cloned().flatten();
    if !g.depends_on(e, &at) {
        // a truth value or an array is no coefficient, and nothing asks for one
        return Some(Terms::constant(g, e));
    }
    if let Some(axis) = at.iter().position(|leaf| *leaf == e) {
        let mut series = Series::new();
        let (zero, one) = (g.zero(), g.one());
        put(g, &mut series, if axis == 0 { (1, 0) } else { (0, 1) }, [one, zero]);
        return Some(Terms { waves: vec![(Wave::none(g), series)], ridges: Vec::new() });
    }
    match g.node(e).clone() {
        Node::Sum { constant, terms } => {
            let value = g.number(constant);
            let mut sum = Terms::constant(g, value);
            for (term, c) in terms.iter() {
                sum.add(g, at, &of(term)?, c);
            }
            Some(sum).filter(|s| s.count() <= limits::HELMHOLTZ_TERMS)
        }
        Node::Product { coefficient, factors } => {
            let value = g.number(coefficient);
            let mut product = Terms::constant(g, value);
            for (base, exponent) in factors.iter() {
                let factor = raised(g, *base, exponent, at, known)?;
                product = product.times(g, at, &factor)?;
            }
            Some(product)
        }
        Node::Call { function: function @ (Function::Sin | Function::Cos), args } => {
            let (turn, phase) = linear(g, args[0], at)?;
            let (zero, one) = (g.zero(), g.one());
            let minus = g.integer(-1);
            let c = if function == Function::Cos { [one, zero] } else { [zero, minus] };
            let mut out = Terms::default();
            out.put_wave(g, at, Wave { growth: [zero; 2], turn, phase }, (0, 0), c);
            Some(out)
        }
        Node::Call { function: Function::Exp, args } => exponential(g, args[0], &Rational::ONE, at),
        Node::Call { function: function @ (Function::Sinh | Function::Cosh), args } => {
            let mut out = exponential(g, args[0], &Rational::ONE, at)?;
            let back = exponential(g, args[0], &Rational::MINUS_ONE, at)?;
            let sign = if function == Function::Cosh { Rational::ONE } else { Rational::MINUS_ONE };
            out.add(g, at, &back, &sign);
            let mut half = Terms::default();
            half.add(g, at, &out, &Rational::HALF);
            Some(half)
        }
        Node::Call { function: Function::Ln, args } => {
            // of s, or of s²
            let (base, square) = match g.node(args[0]) {
                Node::Product { coefficient, factors } => match &factors[..] {
                    [(base, n)] if coefficient.is_one() && n.as_i64() == Some(2) => (*base, true),
                    _ => (args[0], false),
                },
                _ => (args[0], false),
            };
            let (slope, offset) = linear(g, base, at)?;
            let times = g.integer(if square { 2 } else { 1 });
            let mut out = Terms::default();
            let ridge = Ridge { base, slope, offset, both_sides: square };
            out.put_ridge(g, ridge, (Rational::ZERO, 1, 0), times);
            Some(out)
        }
        _ => None,
    }
}

/// `base^exponent`
fn raised(
    g: &mut Graph,
    base: ExprId,
    exponent: &Rational,
    at: [ExprId; 2],
    known: &FxHashMap<ExprId, Option<Terms>>,
) -> Option<Terms> {
    if !g.depends_on(base, &at) {
        let value = g.pow_rational(base, exponent);
        return Some(Terms::constant(g, value));
    }
    if let Node::Call { function: Function::Exp, args } = g.node(base) {
        let argument = args[0];
        return exponential(g, argument, exponent, at);
    }
    if let Some(n) = exponent.as_i64().filter(|n| (0..=i64::from(limits::HELMHOLTZ_DEGREE)).contains(n)) {
        let factor = known.get(&base).cloned().flatten()?;
        let one = g.one();
        let mut product = Terms::constant(g, one);
        for _ in 0..n {
            product = product.times(g, at, &factor)?;
        }
        return Some(product);
    }
    let (slope, offset) = linear(g, base, at)?;
    let one = g.one();
    let mut out = Terms::default();
    out.put_ridge(g, Ridge { base, slope, offset, both_sides: true }, (exponent.clone(), 0, 0), one);
    Some(out)
}

/// `e^(scale·argument)`
fn exponential(g: &mut Graph, argument: ExprId, scale: &Rational, at: [ExprId; 2]) -> Option<Terms> {
    let argument = g.scale(argument, scale);
    let (growth, offset) = linear(g, argument, at)?;
    let value = g.call(Function::Exp, &[offset]);
    let zero = g.zero();
    let mut out = Terms::default();
    out.put_wave(g, at, Wave { growth, turn: [zero; 2], phase: zero }, (0, 0), [value, zero]);
    Some(out)
}

/// The coefficients of a linear form, and its value at the origin.
fn linear(g: &mut Graph, e: ExprId, at: [ExprId; 2]) -> Option<([ExprId; 2], ExprId)> {
    if !g.is_polynomial_of_degree(e, &at, 1) {
        return None;
    }
    let slope = g.gradient(e, &at);
    let zero = g.zero();
    let origin: Substitution = at.iter().map(|leaf| (*leaf, zero)).collect();
    let offset = g.substitute(e, &origin);
    Some(([g.expand(slope[0]), g.expand(slope[1])], g.expand(offset)))
}

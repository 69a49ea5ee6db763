//! What the range of a line decides: conditions on its indices, elements of vectors that are written out.

use super::lines::Line;
use crate::limits;
use crate::symbolic::{Comparison, DomainId, ExprId, Function, Graph, Node, Rational, Substitution};

/// An expression with every condition that its indices decide decided, and every element of a vector over one index
/// read as what it is there.
pub fn settled(g: &mut Graph, e: ExprId) -> ExprId {
    let mut out = e;
    for pass in [elements, remainders, comparisons] {
        let mut map = Substitution::default();
        for node in g.reachable(&[out]) {
            if let Some(value) = pass(g, node) {
                map.insert(node, value);
            }
        }
        out = g.substitute(out, &map);
    }
    out
}

/// `v[e]` where `v[k]` is given for all `k` by one formula.
fn elements(g: &mut Graph, e: ExprId) -> Option<ExprId> {
    let Node::Read { array, index } = *g.node(e) else { return None };
    let Node::Scatter { length, outer, entries } = g.node(array).clone() else { return None };
    let [entry] = &entries[..] else { return None };
    let Node::Index { domain, position: 0 } = *g.node(entry.index) else { return None };
    let last = i64::from(length) - 1;
    let info = g.domain_info(domain);
    let whole = info.condition.is_none() && info.ranges == [(0, last)] && outer.is_empty();
    let inside = g.index_range(index).is_some_and(|(lo, hi)| lo >= 0 && hi <= last);
    if !whole || !inside || g.domains_of(entry.value).iter().any(|d| *d != domain) {
        return None;
    }
    let map = Substitution::from_iter([(entry.index, index)]);
    Some(g.substitute(entry.value, &map))
}

/// `mod(n i + j, n)` as `mod(j, n)`.
fn remainders(g: &mut Graph, e: ExprId) -> Option<ExprId> {
    let Node::Call { function: Function::Modulo, args } = g.node(e).clone() else { return None };
    let n = g.as_integer(args[1]).filter(|n| *n > 0)?;
    let Node::Sum { constant, terms } = g.node(args[0]).clone() else { return None };
    let multiple = |(t, c): &(ExprId, Rational)| c.as_i64().is_some_and(|c| c % n == 0) && g.is_integer(*t);
    let (_, mut rest): (Vec<_>, Vec<_>) = terms.iter().cloned().partition(multiple);
    let whole = constant.as_i64()?;
    let mut sum = g.linear_combination(Rational::ZERO, &std::mem::take(&mut rest));
    // the turn in which it stays, where it does
    let (low, _) = g.index_range(sum)?;
    let shift = (low + whole).rem_euclid(n) - low;
    let shift = g.integer(shift);
    sum = g.add(sum, shift);
    let value = g.call(Function::Modulo, &[sum, args[1]]);
    // what goes round a ring stays as it is written
    (!matches!(g.node(value), Node::Call { .. })).then_some(value)
}

/// A comparison of indices that has one answer over their ranges.
fn comparisons(g: &mut Graph, e: ExprId) -> Option<ExprId> {
    let Node::Compare { op, left, right } = *g.node(e) else { return None };
    let off = g.sub(left, right);
    if !g.is_integer(off) {
        return None;
    }
    let (low, high) = g.index_range(off)?;
    let (always, never) = match op {
        Comparison::Less => (high < 0, low >= 0),
        Comparison::LessEqual => (high <= 0, low > 0),
        Comparison::Equal => (low == 0 && high == 0, low > 0 || high < 0),
        _ => return None,
    };
    (always || never).then(|| g.boolean(always))
}

/// `if held then 0 else a[k]` as `a[k]` in the lines that have it, where other lines say that `a[k] = 0` at every `k` that
/// is held.
pub fn with_resting(g: &mut Graph, lines: &mut [Line]) {
    let zero = g.zero();
    let resting: Vec<ExprId> = lines.iter().filter(|l| l.right == zero).map(|l| l.left).collect();
    for line in lines {
        let Some(domain) = line.range else { continue };
        let mut map = Substitution::default();
        for node in g.reachable(&[line.left]) {
            let Node::Select { condition, then, otherwise } = *g.node(node) else { continue };
            let Node::Read { array, index } = *g.node(otherwise) else { continue };
            if then == zero && rests(g, domain, condition, array, index, &resting) {
                map.insert(node, otherwise);
            }
        }
        line.left = g.substitute(line.left, &map);
    }
}

/// Whether `array[index]` is one of `resting` at every tuple of the domain at which the condition holds.
fn rests(g: &mut Graph, domain: DomainId, condition: ExprId, array: ExprId, index: ExprId, resting: &[ExprId]) -> bool {
    let mut at_rest = Vec::new();
    for element in resting {
        let Node::Read { array: of, index: place } = *g.node(*element) else { continue };
        let Some((low, high)) = g.index_range(place).filter(|_| of == array) else { continue };
        let stride = match g.node(place) {
            Node::Sum { terms, .. } if terms.len() == 1 => terms[0].1.as_i64(),
            Node::Product { coefficient, .. } => coefficient.as_i64(),
            Node::Index { .. } | Node::Number(_) => Some(1),
            _ => None,
        };
        let Some(stride) = stride.filter(|s| *s > 0) else { continue };
        let (from, to, step) = (g.integer(low), g.integer(high), g.integer(stride));
        let off = g.sub(index, from);
        let off = g.call(Function::Modulo, &[off, step]);
        let zero = g.zero();
        let all = [
            g.compare(Comparison::LessEqual, from, index),
            g.compare(Comparison::LessEqual, index, to),
            g.compare(Comparison::Equal, off, zero),
        ];
        at_rest.push(g.and(&all));
    }
    let rest = g.or(&at_rest);
    let moves = g.not(rest);
    let open = g.and(&[condition, moves]);
    let info = g.domain_info(domain).clone();
    let plain = g.domain(info.level, &info.ranges, None);
    if plain != domain || info.extent() > limits::TUPLES as u64 {
        return false;
    }
    let thinned = g.domain(info.level, &info.ranges, Some(open));
    g.count(thinned) == Some(0)
}

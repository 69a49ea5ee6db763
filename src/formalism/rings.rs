//! Families that go round a ring, by their member: `mod(i + 1, n)` is one more member, and behind the last one comes the
//! first.

use crate::symbolic::{DomainId, Entry, ExprId, Function, Graph, Node, Rational, Substitution};

/// An index that goes round: the variable of its domain, and after how many members.
pub type Round = (DomainId, u32, i64);

/// An entry at `mod(i + c, n)` for a whole turn of `i = a..a + n − 1`, as one at `k = 0..n − 1` with
/// `i = a + mod(k − c − a, n)` in its value. One that does not go round is left as it is.
pub fn by_member(g: &mut Graph, entry: &Entry) -> Entry {
    let mut out = *entry;
    for node in g.reachable(&[entry.index]) {
        let Some(((_, position, n), _)) = turn(g, node) else { continue };
        // an axis before it may have moved to another domain
        let now = g.reachable(&[out.index]).into_iter().filter_map(|e| turn(g, e)).find(|t| t.0.1 == position);
        let Some(((domain, _, _), shift)) = now else { continue };
        let info = g.domain_info(domain).clone();
        let Some((from, to)) = info.ranges.get(position as usize).copied() else { continue };
        if info.condition.is_some() || to - from != n - 1 {
            continue;
        }
        let mut ranges = info.ranges.clone();
        ranges[position as usize] = (0, n - 1);
        let round = g.domain(info.level, &ranges, None);
        let mut map = Substitution::default();
        for k in 0..ranges.len() as u32 {
            let (old, new) = (g.index(domain, k), g.index(round, k));
            let value = if k == position {
                let (size, first, back) = (g.integer(n), g.integer(from), g.integer(-shift - from));
                let before = g.add(new, back);
                let before = g.call(Function::Modulo, &[before, size]);
                g.add(first, before)
            } else {
                new
            };
            map.insert(old, value);
        }
        let moved = g.substitute_all(&[out.index, out.value], &map);
        out = Entry { index: flat(g, moved[0]), value: flat(g, moved[1]) };
    }
    out
}

/// `mod(i + c, n)`, with its `c`.
fn turn(g: &Graph, e: ExprId) -> Option<(Round, i64)> {
    let Node::Call { function: Function::Modulo, args } = g.node(e) else { return None };
    let n = g.as_integer(args[1])?;
    let (index, shift) = match g.node(args[0]) {
        Node::Index { .. } => (args[0], 0),
        Node::Sum { constant, terms } => match &terms[..] {
            [(index, c)] if c.is_one() => (*index, constant.as_i64()?),
            _ => return None,
        },
        _ => return None,
    };
    let Node::Index { domain, position } = g.node(index) else { return None };
    Some(((*domain, *position, n), shift))
}

/// `mod(mod(i + a, n) + b, n)` as `mod(i + c, n)` with the least `c`.
fn flat(g: &mut Graph, e: ExprId) -> ExprId {
    let mut map = Substitution::default();
    for node in g.reachable(&[e]) {
        let Node::Call { function: Function::Modulo, args } = g.node(node).clone() else { continue };
        let (whole, size) = (args[0], args[1]);
        let (Some(n), false) = (g.as_integer(size), map.contains_key(&node)) else { continue };
        let (inner, shift) = match g.node(whole).clone() {
            Node::Sum { constant, terms } => match &terms[..] {
                [(inner, c)] if c.is_one() => (*inner, constant),
                _ => continue,
            },
            _ => (whole, Rational::ZERO),
        };
        // children come first, so what is inside is flat
        let inner = map.get(&inner).copied().unwrap_or(inner);
        let (inner, before) = match g.node(inner).clone() {
            Node::Call { function: Function::Modulo, args } if args[1] == size => match g.node(args[0]).clone() {
                Node::Sum { constant, terms } if terms.len() == 1 && terms[0].1.is_one() => (terms[0].0, constant),
                _ => (args[0], Rational::ZERO),
            },
            _ => (inner, Rational::ZERO),
        };
        let Some(total) = shift.as_i64().zip(before.as_i64()).and_then(|(a, b)| a.checked_add(b)) else { continue };
        let least = (total + n / 2).rem_euclid(n) - n / 2;
        let least = g.integer(least);
        let argument = g.add(inner, least);
        let value = g.call(Function::Modulo, &[argument, size]);
        map.insert(node, value);
    }
    g.substitute(e, &map)
}

/// Elements that are read round a ring, read as if it went on: `u[mod(i, n) + 1]` is `u[i + 1]`. What goes round is added
/// to `rounds`: one turn of an index along a whole axis.
pub fn unrolled(g: &mut Graph, e: ExprId, rounds: &mut Vec<Round>) -> ExprId {
    let mut map = Substitution::default();
    for node in g.reachable(&[e]) {
        let Node::Read { array, index } = *g.node(node) else { continue };
        let mut inside = Substitution::default();
        for (part, stride) in summands(g, index) {
            let (Some((round, _)), Node::Call { args, .. }) = (turn(g, part), g.node(part)) else { continue };
            let range = g.domain_info(round.0).ranges.get(round.1 as usize).copied();
            if range.is_some_and(|(from, to)| to - from < round.2) && is_axis(g, array, stride, round.2) {
                inside.insert(part, args[0]);
                if !rounds.contains(&round) {
                    rounds.push(round);
                }
            }
        }
        if !inside.is_empty() {
            let straight = g.substitute(index, &inside);
            let value = g.read(array, straight);
            map.insert(node, value);
        }
    }
    g.substitute(e, &map)
}

/// The terms of an index with their factors.
fn summands(g: &Graph, index: ExprId) -> Vec<(ExprId, i64)> {
    let whole = |list: &[(ExprId, Rational)]| list.iter().filter_map(|(t, c)| Some((*t, c.as_i64()?))).collect();
    match g.node(index) {
        Node::Sum { terms, .. } => whole(terms),
        Node::Product { coefficient, factors } => match &factors[..] {
            [(base, n)] if n.is_one() => whole(&[(*base, coefficient.clone())]),
            _ => Vec::new(),
        },
        _ => vec![(index, 1)],
    }
}

/// Whether an array has an axis of `n` members that lie `stride` apart.
fn is_axis(g: &Graph, array: ExprId, stride: i64, n: i64) -> bool {
    let Some(symbol) = g.symbol_of(array) else { return false };
    let info = g.symbol_info(symbol);
    let shape = if info.shape.is_empty() { info.length.into_iter().collect() } else { info.shape.clone() };
    let mut behind = 1;
    shape.iter().rev().any(|size| {
        let found = behind == stride && i64::from(*size) == n;
        behind *= i64::from(*size);
        found
    })
}

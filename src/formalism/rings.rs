//! Families that go round a ring, by their member: `mod(i + 1, n)` is one more member, and behind the last one comes the
//! first.

use crate::symbolic::{DomainId, Entry, ExprId, Function, Graph, Node, Rational, Substitution};

/// An index that goes round: the variable of its domain, and after how many members.
pub type Round = (DomainId, u32, i64);

/// An entry at `mod(i + c, n)` for a whole turn of `i`, as one at `i` with `mod(i − c, n)` in its value. One that does not
/// go round is left as it is.
pub fn by_member(g: &mut Graph, entry: &Entry) -> Entry {
    let mut out = *entry;
    for node in g.reachable(&[entry.index]) {
        let Some(((domain, position, n), shift)) = turn(g, node) else { continue };
        let info = g.domain_info(domain);
        if info.condition.is_some() || info.ranges.get(position as usize) != Some(&(0, n - 1)) {
            continue;
        }
        let (here, size) = (g.index(domain, position), g.integer(n));
        let back = g.integer(-shift);
        let before = g.add(here, back);
        let before = g.call(Function::Modulo, &[before, size]);
        let map = Substitution::from_iter([(here, before)]);
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
/// to `rounds`.
pub fn unrolled(g: &mut Graph, e: ExprId, rounds: &mut Vec<Round>) -> ExprId {
    let mut map = Substitution::default();
    for node in g.reachable(&[e]) {
        let Node::Read { array, index } = *g.node(node) else { continue };
        let mut inside = Substitution::default();
        for part in g.reachable(&[index]) {
            let (Some((round, _)), Node::Call { args, .. }) = (turn(g, part), g.node(part)) else { continue };
            inside.insert(part, args[0]);
            if !rounds.contains(&round) {
                rounds.push(round);
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

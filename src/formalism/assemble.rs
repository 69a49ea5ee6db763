//! Vectors as lists of [`Entry`]: sums, products and derivatives of entries, with families inside.

use super::equations::StateLeaf;
use crate::symbolic::{DomainId, Entry, ExprId, Graph, Node, Seeds};

/// Total number of components.
pub fn length(leaves: &[StateLeaf]) -> usize {
    leaves.iter().map(|l| l.length).sum()
}

/// `∂scalar/∂leaves` as entries over the flat index of the leaves.
pub fn gradient(g: &mut Graph, scalar: ExprId, leaves: &[StateLeaf]) -> Vec<Entry> {
    let pairs: Vec<(ExprId, u32)> = leaves.iter().map(|l| (l.leaf, l.offset as u32)).collect();
    g.gradient_entries(scalar, &pairs)
}

/// The components of some leaves as entries over their flat index.
pub fn elements(g: &mut Graph, leaves: &[StateLeaf]) -> Vec<Entry> {
    let mut out = Vec::new();
    for l in leaves {
        let from = g.integer(l.offset as i64);
        if matches!(g.node(l.leaf), Node::Symbol(_)) {
            out.push(Entry { index: from, value: l.leaf });
        } else if l.length <= crate::limits::UNROLL {
            for k in 0..l.length {
                let local = g.integer(k as i64);
                let value = g.read(l.leaf, local);
                out.push(Entry { index: g.add(local, from), value });
            }
        } else {
            let domain = g.domain(0, &[(0, l.length as i64 - 1)], None);
            let i = g.index(domain, 0);
            let value = g.read(l.leaf, i);
            out.push(Entry { index: g.add(i, from), value });
        }
    }
    out
}

/// `−entries`
pub fn negated(g: &mut Graph, entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|e| Entry { index: e.index, value: g.neg(e.value) }).collect()
}

/// `factor·entries` for a factor without free indices.
pub fn scaled(g: &mut Graph, factor: ExprId, entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|e| Entry { index: e.index, value: g.mul(factor, e.value) }).collect()
}

/// Directional derivative of every value.
pub fn tangent(g: &mut Graph, entries: &[Entry], seeds: &Seeds) -> Vec<Entry> {
    let values: Vec<ExprId> = entries.iter().map(|e| e.value).collect();
    let tangents = g.tangents(&values, seeds);
    let zero = g.zero();
    entries.iter().zip(tangents).filter(|(_, t)| *t != zero).map(|(e, value)| Entry { index: e.index, value }).collect()
}

/// Entries of one index added into one, zeros dropped, constant indices first and in order.
pub fn collected(g: &mut Graph, entries: &[Entry]) -> Vec<Entry> {
    let mut order: Vec<(ExprId, Vec<ExprId>)> = Vec::new();
    for e in entries {
        // Values of one index in different families stay apart: each is its own sum.
        let space = g.domains_of(e.value).to_vec();
        let known = order
            .iter_mut()
            .find(|(index, values)| *index == e.index && values.first().is_some_and(|v| g.domains_of(*v) == space));
        match known {
            Some((_, values)) => values.push(e.value),
            None => order.push((e.index, vec![e.value])),
        }
    }
    let zero = g.zero();
    let mut out: Vec<Entry> = order
        .into_iter()
        .map(|(index, values)| Entry { index, value: g.sum(&values) })
        .filter(|e| e.value != zero)
        .collect();
    out.sort_by_key(|e| g.as_integer(e.index).unwrap_or(i64::MAX));
    out
}

/// Whether a flat index means elements of this leaf: all its values do, or none.
fn means(g: &Graph, index: ExprId, leaf: &StateLeaf) -> bool {
    let (from, end) = (leaf.offset as i64, (leaf.offset + leaf.length) as i64);
    match g.index_range(index) {
        Some((lo, hi)) if from <= lo && hi < end => true,
        Some((lo, hi)) if hi < from || end <= lo => false,
        // Without their conditions the domains reach into a neighbour: an index was let through there
        // because all its tuples were walked when it was resolved.
        _ => {
            let first =
                g.first_index(index).expect("invariant: an index in its array with its conditions alone is walked");
            first.is_some_and(|k| (from..end).contains(&k))
        }
    }
}

/// The leaf and the local index that a flat index points to.
pub fn component(g: &mut Graph, leaves: &[StateLeaf], index: ExprId) -> Option<ExprId> {
    let leaf = leaves.iter().find(|l| means(g, index, l))?;
    if matches!(g.node(leaf.leaf), Node::Symbol(_)) {
        return Some(leaf.leaf);
    }
    let shift = g.integer(-(leaf.offset as i64));
    let local = g.add(index, shift);
    Some(g.read(leaf.leaf, local))
}

/// `Σ leaf[index]·value`, summed over every family; one without a tuple adds nothing.
pub fn contracted(g: &mut Graph, leaves: &[StateLeaf], entries: &[Entry]) -> ExprId {
    let mut terms = Vec::with_capacity(entries.len());
    for e in entries {
        let Some(leaf) = component(g, leaves, e.index) else { continue };
        let product = g.mul(leaf, e.value);
        let mut space: Vec<DomainId> = g.domains_of(e.index).to_vec();
        for d in g.domains_of(e.value) {
            if !space.contains(d) {
                space.push(*d);
            }
        }
        terms.push(summed(g, product, &space));
    }
    g.sum(&terms)
}

/// A term summed over its free domains, the innermost first.
pub fn summed(g: &mut Graph, term: ExprId, space: &[DomainId]) -> ExprId {
    let mut space = space.to_vec();
    space.sort_by_key(|d| std::cmp::Reverse(g.domain_info(*d).level));
    let mut out = term;
    for d in space {
        out = g.sum_over(d, out);
    }
    out
}

/// The value at a constant index: the sum of all entries there; `None` where a family adds to it.
pub fn at(g: &mut Graph, entries: &[Entry], k: usize) -> Option<ExprId> {
    let mut terms = Vec::new();
    for e in entries {
        match g.as_integer(e.index) {
            Some(i) if i == k as i64 => {
                let space = g.domains_of(e.value).to_vec();
                terms.push(summed(g, e.value, &space));
            }
            Some(_) => {}
            None => {
                let (lo, hi) = g.index_bounds(e.index)?;
                if (lo..=hi).contains(&(k as i64)) {
                    return None;
                }
            }
        }
    }
    Some(g.sum(&terms))
}

/// The entries of a family one by one, in order; `None` where there are more than `most`.
pub fn written_out(g: &mut Graph, entry: &Entry, most: usize) -> Option<Vec<Entry>> {
    let mut space: Vec<DomainId> = g.domains_of(entry.index).to_vec();
    space.extend(g.domains_of(entry.value).iter().filter(|d| !g.domains_of(entry.index).contains(d)));
    let Some(domain) = space.into_iter().min_by_key(|d| g.domain_info(*d).level) else { return Some(vec![*entry]) };
    let info = g.domain_info(domain).clone();
    if info.extent() > most as u64 {
        return None;
    }
    let mut out = Vec::new();
    let mut at: Vec<i64> = info.ranges.iter().map(|r| r.0).collect();
    for _ in 0..info.extent() {
        let mut map = rustc_hash::FxHashMap::default();
        for (position, value) in at.iter().enumerate() {
            let number = g.integer(*value);
            for d in std::iter::once(domain).chain(info.base) {
                map.insert(g.index(d, position as u32), number);
            }
        }
        let holds = match info.condition {
            Some(condition) => g.substitute(condition, &map),
            None => g.boolean(true),
        };
        if holds == g.boolean(true) {
            let here = Entry { index: g.substitute(entry.index, &map), value: g.substitute(entry.value, &map) };
            out.extend(written_out(g, &here, most)?);
        } else if holds != g.boolean(false) {
            return None;
        }
        if out.len() > most {
            return None;
        }
        // The next tuple, the last variable fastest.
        for (value, range) in at.iter_mut().zip(&info.ranges).rev() {
            *value += 1;
            if *value <= range.1 {
                break;
            }
            *value = range.0;
        }
    }
    Some(out)
}

/// The value at a constant index, read from all entries together where a family adds to it.
pub fn element(g: &mut Graph, length: usize, entries: &[Entry], k: usize) -> ExprId {
    match at(g, entries, k) {
        Some(value) => value,
        None => {
            let whole = array(g, length, entries);
            let index = g.integer(k as i64);
            g.read(whole, index)
        }
    }
}

/// Whether every index is a constant.
pub fn is_explicit(g: &Graph, entries: &[Entry]) -> bool {
    entries.iter().all(|e| g.as_integer(e.index).is_some())
}

/// Whether any entry may write component `k`.
pub fn touches(g: &Graph, entries: &[Entry], k: usize) -> bool {
    entries.iter().any(|e| match g.as_integer(e.index) {
        Some(i) => i == k as i64,
        None => g.index_bounds(e.index).is_none_or(|(lo, hi)| (lo..=hi).contains(&(k as i64))),
    })
}

/// The flat vector as one array expression.
pub fn array(g: &mut Graph, length: usize, entries: &[Entry]) -> ExprId {
    g.scatter(length as u32, entries)
}

/// The scalar leaf of flat component `k`.
pub fn component_at(g: &mut Graph, leaves: &[StateLeaf], k: usize) -> Option<ExprId> {
    let index = g.integer(k as i64);
    component(g, leaves, index)
}

/// Whether an entry writes into the place of a leaf.
pub fn within(g: &Graph, entry: &Entry, leaf: &StateLeaf) -> bool {
    means(g, entry.index, leaf)
}

/// The entries of one leaf, their indices counted from its start.
pub fn part(g: &mut Graph, entries: &[Entry], leaf: &StateLeaf) -> Vec<Entry> {
    let shift = g.integer(-(leaf.offset as i64));
    let own: Vec<Entry> = entries.iter().filter(|e| within(g, e, leaf)).copied().collect();
    own.into_iter().map(|e| Entry { index: g.add(e.index, shift), value: e.value }).collect()
}

/// The values of a leaf as one expression: a scalar, or an array.
pub fn as_leaf(g: &mut Graph, entries: &[Entry], leaf: &StateLeaf) -> Option<ExprId> {
    let own = part(g, entries, leaf);
    if matches!(g.node(leaf.leaf), Node::Symbol(_)) {
        return at(g, &own, 0);
    }
    Some(g.scatter(leaf.length as u32, &own))
}

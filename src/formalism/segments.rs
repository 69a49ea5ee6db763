//! Families of equations as one line for each run of indices: what every entry adds to component `i`,
//! for the range of `i` in which the same entries do.

use super::assemble;
use crate::symbolic::{DomainId, Entry, ExprId, Graph, Node, Substitution};

/// Components `lo..=hi` of a leaf, and the entries that write there.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The flat index, in the running index where there are several components.
    pub index: ExprId,
    /// The running index with its range, from 1; none for one component.
    pub running: Option<(ExprId, i64, i64)>,
    /// Sum of the entries of each list at that index.
    pub sums: Vec<ExprId>,
}

/// One entry over the members `lo..=hi` of its row: flat index `step·(member − 1) + residue`.
struct Row {
    list: usize,
    residue: i64,
    lo: i64,
    hi: i64,
    entry: Entry,
    /// Its running index, with `member − that index`.
    index: Option<(DomainId, u32, i64)>,
}

/// Segments of lists of entries whose flat indices are `step·i + constant` in one running index `i`
/// each, all with one step; `None` where they are not.
pub fn segments(g: &mut Graph, lists: &[&[Entry]], offset: usize, length: usize) -> Option<Vec<Segment>> {
    let inside = |g: &Graph, e: &Entry| {
        let at = g.as_integer(e.index).or_else(|| g.index_range(e.index).map(|r| r.0));
        at.is_some_and(|k| k >= offset as i64 && k < (offset + length) as i64)
    };
    let mut step = None;
    let mut found: Vec<(usize, Entry, Option<(DomainId, u32)>, i64, i64)> = Vec::new();
    for (list, entries) in lists.iter().enumerate() {
        for e in entries.iter().filter(|e| inside(g, e)) {
            if let Some(k) = g.as_integer(e.index) {
                found.push((list, *e, None, 0, k));
                continue;
            }
            let (domain, position, slope, constant) = affine(g, e.index)?;
            if slope < 1 || *step.get_or_insert(slope) != slope {
                return None;
            }
            found.push((list, *e, Some((domain, position)), slope, constant));
        }
    }
    let step = step.unwrap_or(1);
    let mut rows = Vec::new();
    for (list, entry, index, _, constant) in found {
        let local = constant - offset as i64;
        let residue = local.rem_euclid(step);
        let shift = (local - residue) / step + 1;
        let (lo, hi, index) = match index {
            None => (shift, shift, None),
            Some((domain, position)) => {
                let (lo, hi) = *g.domain_info(domain).ranges.get(position as usize)?;
                (lo + shift, hi + shift, Some((domain, position, shift)))
            }
        };
        rows.push(Row { list, residue, lo, hi, entry, index });
    }
    let mut out = Vec::new();
    let level = rows.iter().filter_map(|r| r.index).map(|(d, ..)| g.domain_info(d).level).min().unwrap_or(0);
    for residue in 0..step {
        let members = (length as i64 - residue + step - 1) / step;
        let mut cuts: Vec<i64> = vec![1, members + 1];
        for r in rows.iter().filter(|r| r.residue == residue) {
            cuts.extend([r.lo, r.hi + 1].iter().filter(|c| (1..=members).contains(*c)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let (lo, hi) = (pair[0], pair[1] - 1);
            let domain = g.domain(level, &[(lo, hi)], None);
            let member = g.index(domain, 0);
            let mut sums = vec![Vec::new(); lists.len()];
            for r in rows.iter().filter(|r| r.residue == residue && r.lo <= lo && hi <= r.hi) {
                sums[r.list].push(at_member(g, &r.entry, r.index, member)?);
            }
            let sums = sums.iter().map(|terms| g.sum(terms)).collect();
            let index = {
                let factor = g.integer(step);
                let scaled = g.mul(factor, member);
                let constant = g.integer(offset as i64 + residue - step);
                g.add(scaled, constant)
            };
            out.push(Segment { index, running: (lo < hi).then_some((member, lo, hi)), sums });
        }
    }
    Some(out)
}

/// `slope·index + constant` in one index of a domain.
fn affine(g: &Graph, e: ExprId) -> Option<(DomainId, u32, i64, i64)> {
    let leaf = |x: ExprId| match g.node(x) {
        Node::Index { domain, position } => Some((*domain, *position)),
        _ => None,
    };
    match g.node(e) {
        Node::Index { domain, position } => Some((*domain, *position, 1, 0)),
        Node::Product { coefficient, factors } => match &factors[..] {
            [(base, n)] if n.is_one() => leaf(*base).zip(coefficient.as_i64()).map(|((d, p), c)| (d, p, c, 0)),
            _ => None,
        },
        Node::Sum { constant, terms } => match &terms[..] {
            [(base, c)] => {
                let (d, p) = leaf(*base)?;
                Some((d, p, c.as_i64()?, constant.as_i64()?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What an entry adds at a member: its value there, summed over every other index.
fn at_member(g: &mut Graph, entry: &Entry, index: Option<(DomainId, u32, i64)>, member: ExprId) -> Option<ExprId> {
    let space: Vec<DomainId> = g.domains_of(entry.value).to_vec();
    let Some((domain, position, shift)) = index else {
        return Some(assemble::summed(g, entry.value, &space));
    };
    let back = g.integer(-shift);
    let here = g.add(member, back);
    let info = g.domain_info(domain).clone();
    let others: Vec<usize> = (0..info.ranges.len()).filter(|k| *k != position as usize).collect();
    let mut map = Substitution::default();
    let old = g.index(domain, position);
    map.insert(old, here);
    let mut value = entry.value;
    let mut inner = None;
    if !others.is_empty() {
        let ranges: Vec<(i64, i64)> = others.iter().map(|k| info.ranges[*k]).collect();
        let base = g.domain(info.level + 1, &ranges, None);
        let mut condition = None;
        if let Some(old) = info.condition {
            let plain = info.base?;
            let mut in_condition = Substitution::default();
            let own = g.index(plain, position);
            in_condition.insert(own, here);
            for (n, k) in others.iter().enumerate() {
                let (from, to) = (g.index(plain, *k as u32), g.index(base, n as u32));
                in_condition.insert(from, to);
            }
            condition = Some(g.substitute(old, &in_condition));
        }
        let made = g.domain(info.level + 1, &ranges, condition);
        for (n, k) in others.iter().enumerate() {
            let (from, to) = (g.index(domain, *k as u32), g.index(made, n as u32));
            map.insert(from, to);
        }
        inner = Some(made);
    } else if info.condition.is_some() {
        return None;
    }
    value = g.substitute(value, &map);
    if let Some(made) = inner {
        value = g.sum_over(made, value);
    }
    let rest: Vec<DomainId> = space.into_iter().filter(|d| *d != domain).collect();
    Some(assemble::summed(g, value, &rest))
}

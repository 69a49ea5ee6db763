//! Families of entries as a person writes them: one line for the members that have the same form.
//!
//! What `∂L/∂q` of `Σ (q[i+1] − q[i])²` adds to `q[i+1]` and to `q[i]` are two entries with shifted
//! indices; on paper both belong to one equation for `q[i]`, with lines of their own at the ends. What a
//! pair `a < b` adds to each of its two members is, for one member, a sum over the other.

use super::assemble;
use crate::symbolic::{DomainId, Entry, ExprId, Graph, Node, Substitution};

/// Members of one form: a flat index, constant or over a range, and the sum of each list there.
pub struct Members {
    /// The range that the index runs over, counted from 1.
    pub range: Option<DomainId>,
    /// Flat index.
    pub index: ExprId,
    /// For each list the value at that index.
    pub values: Vec<ExprId>,
}

/// One entry over the members `lo..=hi` of its row: flat index `stride·(member − 1) + residue`.
struct Row {
    list: usize,
    residue: i64,
    lo: i64,
    hi: i64,
    entry: Entry,
    /// Its running index, with `member − that index`.
    index: Option<(DomainId, u32, i64)>,
}

/// The members of some lists over one flat index; `None` where the indices are not regular, or where
/// there are more than `most` forms.
pub fn members(g: &mut Graph, lists: &[&[Entry]], most: usize) -> Option<Vec<Members>> {
    let mut stride = None;
    let mut found: Vec<(usize, Entry, Option<(DomainId, u32)>, i64)> = Vec::new();
    for (list, entries) in lists.iter().enumerate() {
        for e in entries.iter() {
            if let Some(k) = g.as_integer(e.index) {
                found.push((list, *e, None, k));
                continue;
            }
            let (domain, position, slope, constant) = affine(g, e.index)?;
            if slope < 1 || *stride.get_or_insert(slope) != slope {
                return None;
            }
            found.push((list, *e, Some((domain, position)), constant));
        }
    }
    let stride = stride.unwrap_or(1);
    let mut rows = Vec::new();
    for (list, entry, index, constant) in found {
        let residue = constant.rem_euclid(stride);
        let shift = (constant - residue) / stride + 1;
        let (lo, hi, index) = match index {
            None => (shift, shift, None),
            Some((domain, position)) => {
                let (lo, hi) = *g.domain_info(domain).ranges.get(position as usize)?;
                (lo + shift, hi + shift, Some((domain, position, shift)))
            }
        };
        rows.push(Row { list, residue, lo, hi, entry, index });
    }
    let level = rows.iter().filter_map(|r| r.index).map(|(d, ..)| g.domain_info(d).level).min().unwrap_or(0);
    let mut out: Vec<(i64, i64, Members)> = Vec::new();
    for residue in 0..stride {
        let own: Vec<&Row> = rows.iter().filter(|r| r.residue == residue).collect();
        let mut cuts: Vec<i64> = own.iter().flat_map(|r| [r.lo, r.hi + 1]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let (lo, hi) = (pair[0], pair[1] - 1);
            let here: Vec<&&Row> = own.iter().filter(|r| r.lo <= lo && hi <= r.hi).collect();
            if here.is_empty() {
                continue;
            }
            if out.len() >= most {
                return None;
            }
            let domain = g.domain(level, &[(lo, hi)], None);
            let member = g.index(domain, 0);
            let mut values = vec![Vec::new(); lists.len()];
            for row in here {
                values[row.list].push(at_member(g, &row.entry, row.index, member)?);
            }
            let values = values.iter().map(|v| g.sum(v)).collect();
            let factor = g.integer(stride);
            let scaled = g.mul(factor, member);
            let start = g.integer(residue - stride);
            let index = g.add(scaled, start);
            out.push((lo, residue, Members { range: (lo < hi).then_some(domain), index, values }));
        }
    }
    out.sort_by_key(|m| (m.0, m.1));
    Some(out.into_iter().map(|m| m.2).collect())
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

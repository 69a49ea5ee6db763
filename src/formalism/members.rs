//! Families of entries as a person writes them: one line for the members that have the same form.
//!
//! What `∂L/∂q` of `Σ (q[i+1] − q[i])²` adds to `q[i+1]` and to `q[i]` are two entries with shifted
//! indices; on paper both belong to one equation for `q[i]`, with lines of their own at the ends. What a
//! pair `a < b` adds to each of its two members is, for one member, a sum over the other.

use super::{assemble, rings};
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

/// One entry over the members of a box: flat index `Σ stride·(member − 1) + residue`.
struct Row {
    list: usize,
    residue: i64,
    /// Least and greatest member along each axis.
    lo: Vec<i64>,
    hi: Vec<i64>,
    entry: Entry,
    /// Along each axis its running index, with `member − that index`.
    index: Vec<Option<(DomainId, u32, i64)>>,
}

/// A flat index as it was written: a domain, `slope·index` for some of its indices, and a constant.
struct Affine {
    domain: Option<DomainId>,
    terms: Vec<(u32, i64)>,
    constant: i64,
}

/// The members of some lists over one flat index, along one axis or two; `None` where the indices are not regular, or
/// where there are more than `most` forms.
pub fn members(g: &mut Graph, lists: &[&[Entry]], most: usize) -> Option<Vec<Members>> {
    let mut found: Vec<(usize, Entry, Affine)> = Vec::new();
    for (list, entries) in lists.iter().enumerate() {
        for e in entries.iter() {
            let e = rings::by_member(g, e);
            found.push((list, e, affine(g, e.index)?));
        }
    }
    let strides = strides(&found)?;
    let mut rows = Vec::new();
    for (list, entry, at) in found {
        rows.push(row(g, list, entry, &at, &strides)?);
    }
    let domains = rows.iter().flat_map(|r| r.index.iter().flatten());
    let level = domains.map(|(d, ..)| g.domain_info(*d).level).min().unwrap_or(0);
    let mut out: Vec<(Vec<i64>, i64, Members)> = Vec::new();
    let last = strides[strides.len() - 1];
    for residue in 0..last {
        let own: Vec<&Row> = rows.iter().filter(|r| r.residue == residue).collect();
        for (lo, hi) in boxes(&own, strides.len()) {
            let inside = |r: &&&Row| (0..lo.len()).all(|k| r.lo[k] <= lo[k] && hi[k] <= r.hi[k]);
            let here: Vec<&&Row> = own.iter().filter(inside).collect();
            if here.is_empty() {
                continue;
            }
            if out.len() >= most {
                return None;
            }
            let runs: Vec<usize> = (0..lo.len()).filter(|k| lo[*k] < hi[*k]).collect();
            let ranges: Vec<(i64, i64)> = runs.iter().map(|k| (lo[*k], hi[*k])).collect();
            let domain = (!ranges.is_empty()).then(|| g.domain(level, &ranges, None));
            let mut member = Vec::with_capacity(lo.len());
            for k in 0..lo.len() {
                let position = runs.iter().position(|r| *r == k);
                member.push(match (domain, position) {
                    (Some(domain), Some(position)) => g.index(domain, position as u32),
                    _ => g.integer(lo[k]),
                });
            }
            let mut values = vec![Vec::new(); lists.len()];
            for row in here {
                values[row.list].push(at_member(g, &row.entry, &row.index, &member)?);
            }
            let values = values.iter().map(|v| g.sum(v)).collect();
            let mut index = g.integer(residue - strides.iter().sum::<i64>());
            for (stride, member) in strides.iter().zip(&member) {
                let factor = g.integer(*stride);
                let scaled = g.mul(factor, *member);
                index = g.add(index, scaled);
            }
            out.push((lo, residue, Members { range: domain, index, values }));
        }
    }
    out.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    Some(out.into_iter().map(|m| m.2).collect())
}

/// How far neighbours along each axis lie apart, the slowest axis first: one axis, or two where an index has two.
fn strides(found: &[(usize, Entry, Affine)]) -> Option<Vec<i64>> {
    let mut all: Vec<i64> = found.iter().flat_map(|f| f.2.terms.iter().map(|t| t.1)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    let two = found.iter().any(|f| f.2.terms.len() == 2);
    match all.as_slice() {
        [] => Some(vec![1]),
        [one] if !two && *one >= 1 => Some(vec![*one]),
        [outer, inner] if two && *inner >= 1 && outer % inner == 0 => Some(vec![*outer, *inner]),
        _ => None,
    }
}

/// The members that an entry belongs to.
fn row(g: &Graph, list: usize, entry: Entry, at: &Affine, strides: &[i64]) -> Option<Row> {
    let axes = strides.len();
    let last = strides[axes - 1];
    let residue = at.constant.rem_euclid(last);
    let rest = (at.constant - residue) / last;
    let mut index = vec![None; axes];
    let (mut lo, mut hi) = (vec![0; axes], vec![0; axes]);
    for (position, slope) in &at.terms {
        let axis = strides.iter().position(|s| s == slope)?;
        let domain = at.domain?;
        (lo[axis], hi[axis]) = *g.domain_info(domain).ranges.get(*position as usize)?;
        index[axis] = Some((domain, *position, 0));
    }
    // Along the fast axis the shift that keeps the members in their row.
    let shifts = match strides {
        [outer, inner] => {
            let n = outer / inner;
            let fast = [rest.rem_euclid(n), rest.rem_euclid(n) - n].into_iter();
            let fast = fast.into_iter().find(|a| lo[1] + a >= 0 && hi[1] + a < n)?;
            vec![(rest - fast) / n, fast]
        }
        _ => vec![rest],
    };
    for axis in 0..axes {
        let shift = shifts[axis] + 1;
        lo[axis] += shift;
        hi[axis] += shift;
        if let Some(known) = &mut index[axis] {
            known.2 = shift;
        }
    }
    Some(Row { list, residue, lo, hi, entry, index })
}

/// Boxes such that each row covers a box whole or not at all: least and greatest members.
fn boxes(rows: &[&Row], axes: usize) -> Vec<(Vec<i64>, Vec<i64>)> {
    let mut out = vec![(Vec::new(), Vec::new())];
    for axis in 0..axes {
        let mut cuts: Vec<i64> = rows.iter().flat_map(|r| [r.lo[axis], r.hi[axis] + 1]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let pieces = |(lo, hi): &(Vec<i64>, Vec<i64>)| -> Vec<(Vec<i64>, Vec<i64>)> {
            let longer = |list: &[i64], k: i64| [list, &[k]].concat();
            cuts.windows(2).map(|pair| (longer(lo, pair[0]), longer(hi, pair[1] - 1))).collect()
        };
        out = out.iter().flat_map(pieces).collect();
    }
    out
}

/// `Σ slope·index + constant` in at most two indices of one domain.
fn affine(g: &Graph, e: ExprId) -> Option<Affine> {
    let mut found = Affine { domain: None, terms: Vec::new(), constant: 0 };
    let mut add = |x: ExprId, slope: i64| -> Option<()> {
        let Node::Index { domain, position } = g.node(x) else { return None };
        if found.domain.is_some_and(|d| d != *domain) || found.terms.len() == 2 {
            return None;
        }
        found.domain = Some(*domain);
        found.terms.push((*position, slope));
        Some(())
    };
    match g.node(e) {
        Node::Index { .. } => add(e, 1)?,
        Node::Product { coefficient, factors } => match &factors[..] {
            [(base, n)] if n.is_one() => add(*base, coefficient.as_i64()?)?,
            _ => return None,
        },
        Node::Sum { constant, terms } => {
            for (base, c) in terms {
                add(*base, c.as_i64()?)?;
            }
            found.constant = constant.as_i64()?;
        }
        _ => found.constant = g.as_integer(e)?,
    }
    Some(found)
}

/// What an entry adds at a member: its value there, summed over every other index.
fn at_member(
    g: &mut Graph,
    entry: &Entry,
    index: &[Option<(DomainId, u32, i64)>],
    member: &[ExprId],
) -> Option<ExprId> {
    let space: Vec<DomainId> = g.domains_of(entry.value).to_vec();
    let Some((domain, ..)) = index.iter().flatten().next().copied() else {
        return Some(assemble::summed(g, entry.value, &space));
    };
    let info = g.domain_info(domain).clone();
    let mut map = Substitution::default();
    let mut here = Vec::new();
    for (known, member) in index.iter().zip(member) {
        let Some((_, position, shift)) = known else { continue };
        let back = g.integer(-shift);
        let at = g.add(*member, back);
        let old = g.index(domain, *position);
        map.insert(old, at);
        here.push((*position, at));
    }
    let taken = |k: &usize| here.iter().any(|h| h.0 as usize == *k);
    let others: Vec<usize> = (0..info.ranges.len()).filter(|k| !taken(k)).collect();
    let mut value = entry.value;
    let mut inner = None;
    if !others.is_empty() {
        let ranges: Vec<(i64, i64)> = others.iter().map(|k| info.ranges[*k]).collect();
        let base = g.domain(info.level + 1, &ranges, None);
        let mut condition = None;
        if let Some(old) = info.condition {
            let plain = info.base?;
            let mut in_condition = Substitution::default();
            for (position, at) in &here {
                let own = g.index(plain, *position);
                in_condition.insert(own, *at);
            }
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

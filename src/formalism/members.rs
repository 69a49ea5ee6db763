//! Families of entries as a person writes them: one line for the members that have the same form.
//!
//! What `∂L/∂q` of `Σ (q[i+1] − q[i])²` adds to `q[i+1]` and to `q[i]` are two entries with shifted
//! indices; on paper both belong to one equation for `q[i]`, with lines of their own at the ends.

use crate::symbolic::{DomainId, Entry, ExprId, Graph, Node};
use rustc_hash::FxHashMap;

/// Members of one form: a flat index, constant or over a range, and the sum of each list there.
pub struct Members {
    /// The range that the index runs over, counted from 1.
    pub range: Option<DomainId>,
    /// Flat index.
    pub index: ExprId,
    /// For each list the value at that index.
    pub values: Vec<ExprId>,
}

/// One entry at flat index `stride·i + start`, `i` in `low..=high`.
struct Run {
    list: usize,
    entry: Entry,
    /// The domain, with what `i` stands for it: position minus shift.
    variable: Option<(DomainId, i64)>,
    residue: i64,
    low: i64,
    high: i64,
}

/// The members of some lists over one flat index; `None` where the indices are not regular.
pub fn members(g: &mut Graph, lists: &[&[Entry]], most: usize) -> Option<Vec<Members>> {
    let mut stride = 1;
    for e in lists.iter().flat_map(|l| l.iter()) {
        if let Some((_, s, _)) = affine(g, e)? {
            if stride != 1 && s != stride {
                return None;
            }
            stride = stride.max(s);
        }
    }
    let mut runs = Vec::new();
    for (list, entries) in lists.iter().enumerate() {
        for e in entries.iter() {
            runs.push(match affine(g, e)? {
                None => {
                    let at = g.as_integer(e.index)?;
                    let position = at.div_euclid(stride);
                    let residue = at.rem_euclid(stride);
                    Run { list, entry: *e, variable: None, residue, low: position, high: position }
                }
                Some((_, s, _)) if s != stride => return None,
                Some((domain, _, start)) => {
                    let (low, high) = g.domain_info(domain).ranges[0];
                    let (shift, residue) = (start.div_euclid(stride), start.rem_euclid(stride));
                    let variable = Some((domain, shift));
                    Run { list, entry: *e, variable, residue, low: low + shift, high: high + shift }
                }
            });
        }
    }
    let mut out: Vec<(i64, i64, Members)> = Vec::new();
    for residue in 0..stride {
        let own: Vec<&Run> = runs.iter().filter(|r| r.residue == residue).collect();
        let mut cuts: Vec<i64> = own.iter().flat_map(|r| [r.low, r.high + 1]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let (low, high) = (pair[0], pair[1] - 1);
            let here: Vec<&&Run> = own.iter().filter(|r| r.low <= low && high <= r.high).collect();
            if here.is_empty() {
                continue;
            }
            if out.len() >= most {
                return None;
            }
            // Counted from 1, as in the file: position = i − 1.
            let range = (high > low).then(|| g.domain(0, &[(low + 1, high + 1)], None));
            let position = match range {
                Some(domain) => {
                    let i = g.index(domain, 0);
                    let minus_one = g.integer(-1);
                    g.add(i, minus_one)
                }
                None => g.integer(low),
            };
            let mut values = vec![Vec::new(); lists.len()];
            for run in here {
                let value = match run.variable {
                    None => run.entry.value,
                    Some((domain, shift)) => {
                        let i = g.index(domain, 0);
                        let back = g.integer(-shift);
                        let replaced = g.add(position, back);
                        let mut map = FxHashMap::default();
                        map.insert(i, replaced);
                        g.substitute(run.entry.value, &map)
                    }
                };
                values[run.list].push(value);
            }
            let values = values.iter().map(|v| g.sum(v)).collect();
            let step = g.integer(stride);
            let scaled = g.mul(step, position);
            let offset = g.integer(residue);
            out.push((low, residue, Members { range, index: g.add(scaled, offset), values }));
        }
    }
    out.sort_by_key(|m| (m.0, m.1));
    Some(out.into_iter().map(|m| m.2).collect())
}

/// An entry's index as `stride·i + start` over one unconditional range; inner `None`: a constant.
#[allow(clippy::option_option)]
fn affine(g: &Graph, e: &Entry) -> Option<Option<(DomainId, i64, i64)>> {
    let mut space = g.domains_of(e.index).to_vec();
    space.extend(g.domains_of(e.value).iter().filter(|d| !g.domains_of(e.index).contains(d)));
    if space.is_empty() {
        return g.as_integer(e.index).map(|_| None);
    }
    let [domain] = space[..] else { return None };
    let info = g.domain_info(domain);
    if info.condition.is_some() || info.ranges.len() != 1 {
        return None;
    }
    let is_index = |x: ExprId| matches!(g.node(x), Node::Index { .. });
    let (stride, start) = match g.node(e.index) {
        Node::Index { .. } => (1, 0),
        Node::Product { coefficient, factors } => match &factors[..] {
            [(x, n)] if is_index(*x) && n.is_one() => (coefficient.as_i64()?, 0),
            _ => return None,
        },
        Node::Sum { constant, terms } => match &terms[..] {
            [(x, c)] if is_index(*x) => (c.as_i64()?, constant.as_i64()?),
            _ => return None,
        },
        _ => return None,
    };
    (stride >= 1).then_some(Some((domain, stride, start)))
}

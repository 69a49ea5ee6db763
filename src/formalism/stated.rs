//! Equations that the file states itself: `x' = …`, `q'' = …`, `equation a = b`.
//!
//! Explicit right sides are taken as they are. Implicit equations, and explicit ones that contain
//! other rates, are collected into `r(u) = 0` for the highest derivatives `u`: where `r` is linear in
//! `u` (proved by form) it becomes `M u = f` with `M = ∂r/∂u`, `f = −r(0)`, else Newton's method.

use super::assemble;
use super::equations::{Block, Mass, StateLeaf};
use super::lagrangian::scalar_leaves;
use super::layout::Layout;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::limits::IMPLICIT_EQUATIONS;
use crate::model::system::{EquationKind, Role, System};
use crate::symbolic::{Entry, ExprId, Graph, Node};
use rustc_hash::{FxHashMap, FxHashSet};

/// What the file states for one variable.
#[derive(Clone, Debug)]
pub struct Explicit {
    /// The statement.
    pub span: Span,
    /// 1 or 2.
    pub order: u32,
    /// Right sides by component.
    pub entries: Vec<Entry>,
}

/// The explicit equations of each variable; reports a second one for the same component.
pub fn explicit(g: &Graph, system: &System, out: &mut Diagnostics) -> Vec<Option<Explicit>> {
    let mut found: Vec<Option<Explicit>> = vec![None; system.variables.len()];
    for equation in &system.equations {
        let EquationKind::Explicit { variable, order, entries } = &equation.kind else { continue };
        match &mut found[*variable] {
            slot @ None => *slot = Some(Explicit { span: equation.span, order: *order, entries: entries.clone() }),
            Some(first) => {
                let name = &system.variables[*variable].name;
                if first.order != *order {
                    out.push(
                        Diagnostic::error(
                            "E0308",
                            equation.span,
                            format!("`{name}` has a first-order and a second-order equation"),
                        )
                        .label(first.span, "the other one"),
                    );
                    continue;
                }
                for e in entries {
                    let twice = first.entries.iter().any(|f| f.index == e.index && g.as_integer(e.index).is_some());
                    if twice {
                        out.push(
                            Diagnostic::error("E0308", equation.span, format!("`{name}` has two equations"))
                                .label(first.span, "the first one"),
                        );
                    }
                }
                first.entries.extend(entries.iter().copied());
            }
        }
    }
    for (k, e) in found.iter().enumerate() {
        let Some(e) = e else { continue };
        let v = &system.variables[k];
        let covered = coverage(g, &e.entries);
        let n = v.elements.len() as u64;
        if covered.is_some_and(|c| c > n) && !out.iter().any(|d| d.code == "E0308") {
            out.push(Diagnostic::error(
                "E0308",
                e.span,
                format!("`{}` has {n} components and more equations than that", v.name),
            ));
        }
        if covered.is_some_and(|c| c < n) {
            let missing = v
                .elements
                .iter()
                .enumerate()
                .find(|(i, _)| !assemble::touches(g, &e.entries, *i))
                .map_or_else(|| v.name.clone(), |m| m.1.clone());
            out.push(
                Diagnostic::error("E0309", v.span, format!("`{missing}` has no equation"))
                    .label(e.span, "the other components have theirs here"),
            );
        }
    }
    found
}

/// How many components a list of entries writes, where that is known.
fn coverage(g: &Graph, entries: &[Entry]) -> Option<u64> {
    let mut total = 0u64;
    for e in entries {
        let mut terms = 1u64;
        for d in g.domains_of(e.index) {
            terms = terms.saturating_mul(g.count(*d)?);
        }
        total += terms;
    }
    Some(total)
}

/// Whether some equation reads a rate that an equation has to give, so that several may have to be solved together.
pub fn read_rates(g: &Graph, system: &System, explicit: &[Option<Explicit>], second: &[bool]) -> bool {
    if system.equations.iter().any(|e| matches!(e.kind, EquationKind::Implicit { .. })) {
        return true;
    }
    let values: Vec<ExprId> = explicit.iter().flatten().flat_map(|e| e.entries.iter().map(|e| e.value)).collect();
    let read = g.free_leaves(&values);
    system.variables.iter().zip(second).any(|(v, second)| read.contains(if *second { &v.second } else { &v.rate }))
}

/// Blocks for all variables outside `taken` (those a generator determines), whose explicit rates are
/// `known` and put in.
pub fn blocks(
    g: &mut Graph,
    system: &System,
    layout: &Layout,
    explicit: &[Option<Explicit>],
    taken: &[bool],
    known: &FxHashMap<ExprId, ExprId>,
    out: &mut Diagnostics,
) -> Option<Vec<Block>> {
    let mut opened = |e: &Entry| Entry { index: e.index, value: g.substitute(e.value, known) };
    let mut residual: Vec<(Entry, Span)> = Vec::new();
    for equation in &system.equations {
        if let EquationKind::Implicit { residual: r } = &equation.kind {
            residual.extend(r.iter().map(|e| (opened(e), equation.span)));
        }
    }
    let explicit: Vec<Option<Explicit>> = explicit
        .iter()
        .map(|e| e.as_ref().map(|e| Explicit { entries: e.entries.iter().map(&mut opened).collect(), ..e.clone() }))
        .collect();
    let mut explicit = explicit;
    // Leaves that are no states: rates that an equation has to give.
    let second: FxHashSet<usize> = layout.velocities.iter().map(|v| v.0).collect();
    let highest = |k: usize| second.contains(&k);
    let mut open: FxHashSet<ExprId> = FxHashSet::default();
    for (k, v) in system.variables.iter().enumerate() {
        // What a Lagrangian's block solved before these are read is known to them.
        if taken[k] && system.lagrangian.is_some() {
            continue;
        }
        open.insert(if highest(k) { v.second } else { v.rate });
    }
    put_in_order(g, system, &mut explicit, &mut residual, taken, &open, &highest);
    let explicit = explicit.as_slice();
    let mut blocks = Vec::new();
    let mut implicit: Vec<usize> = Vec::new();
    let mut without = 0;
    for k in (0..system.variables.len()).filter(|k| !taken[*k]) {
        let place = place_of(layout, k);
        match &explicit[k] {
            Some(e) if !e.entries.iter().any(|e| g.reachable(&[e.value]).iter().any(|x| open.contains(x))) => {
                blocks.push(Block::Explicit { offset: place.offset, length: place.length, rates: e.entries.clone() });
            }
            Some(_) => implicit.push(k),
            None if residual.is_empty() => {
                let v = &system.variables[k];
                let what = match v.role {
                    Role::Coordinate => {
                        format!("`{}` has no equation: no Lagrangian, no Hamiltonian, no `{}'' = …`", v.name, v.name)
                    }
                    _ => format!("`{}` has no equation", v.name),
                };
                let help = match v.role {
                    Role::Coordinate if system.names.contains_key("L") => {
                        "if `L` is the Lagrangian, write `lagrangian L = …`; else state the acceleration"
                    }
                    Role::Coordinate => "state a `lagrangian`, or the acceleration",
                    _ => "state its rate",
                };
                let mark = if v.role == Role::Coordinate { "''" } else { "'" };
                out.push(Diagnostic::error("E0309", v.span, what).help(format!("{help}: `{}{mark} = …`", v.name)));
                without += 1;
            }
            None => implicit.push(k),
        }
    }
    if without > 0 {
        return None;
    }
    if implicit.is_empty() {
        if let Some((_, span)) = residual.first() {
            out.push(Diagnostic::error(
                "E0311",
                *span,
                "every variable has its equation already, so this one is too many",
            ));
            return None;
        }
        return Some(blocks);
    }
    blocks.push(solved(g, system, layout, explicit, &implicit, &residual, out)?);
    // A block that the solved range swallowed is not needed twice.
    let Some(Block::Linear { offset, length, .. } | Block::Newton { offset, length, .. }) = blocks.last().cloned()
    else {
        return Some(blocks);
    };
    let last = blocks.len() - 1;
    let mut k = 0;
    blocks.retain(|b| {
        k += 1;
        match b {
            Block::Explicit { offset: o, .. } if k <= last => *o < offset || *o >= offset + length,
            _ => true,
        }
    });
    Some(blocks)
}

/// Rates that are explicit, put into the equations that read them: `w' = x'` beside `x' = −x`.
fn put_in_order(
    g: &mut Graph,
    system: &System,
    explicit: &mut [Option<Explicit>],
    residual: &mut [(Entry, Span)],
    taken: &[bool],
    open: &FxHashSet<ExprId>,
    highest: &dyn Fn(usize) -> bool,
) {
    let reads = |g: &Graph, e: &Entry| g.reachable(&[e.value]).iter().any(|x| open.contains(x));
    let mut done = vec![false; explicit.len()];
    for _ in 0..explicit.len() {
        let waits = |e: &Option<Explicit>, g: &Graph| e.iter().any(|e| e.entries.iter().any(|e| reads(g, e)));
        let waiting = (0..explicit.len()).any(|k| !taken[k] && waits(&explicit[k], g));
        if !waiting && !residual.iter().any(|r| reads(g, &r.0)) {
            return;
        }
        let mut map = FxHashMap::default();
        for k in (0..explicit.len()).filter(|k| !taken[*k]) {
            if done[k] || waits(&explicit[k], g) {
                continue;
            }
            let Some(e) = &explicit[k] else { continue };
            let v = &system.variables[k];
            let leaf = if highest(k) { v.second } else { v.rate };
            let leaf = StateLeaf { leaf, offset: 0, length: v.elements.len(), name: v.name.clone() };
            super::observed::put_in(g, &e.entries, &leaf, &mut map);
            done[k] = true;
        }
        if map.is_empty() {
            return;
        }
        for e in explicit.iter_mut().flatten().flat_map(|e| &mut e.entries).chain(residual.iter_mut().map(|r| &mut r.0))
        {
            e.value = g.substitute(e.value, &map);
        }
    }
}

fn place_of(layout: &Layout, k: usize) -> StateLeaf {
    match layout.velocities.iter().find(|v| v.0 == k) {
        Some((_, leaf)) => leaf.clone(),
        None => layout.values[k].clone(),
    }
}

/// A family of equations each of which is linear in one rate alone, `m_i u_i = f_i`: proved by form.
fn diagonal(g: &mut Graph, residual: &[(Entry, Span)], unknowns: &[StateLeaf], n: usize) -> Option<(Mass, Vec<Entry>)> {
    let zero = g.zero();
    let (mut mass, mut forcing) = (Vec::new(), Vec::new());
    for (e, _) in residual {
        let mut own: Option<(ExprId, ExprId)> = None;
        for x in g.reachable(&[e.value]) {
            let read = match *g.node(x) {
                Node::Read { array, index } => unknowns.iter().find(|u| u.leaf == array).map(|u| (u.offset, index)),
                Node::Symbol(_) => unknowns.iter().find(|u| u.leaf == x).map(|u| (u.offset, zero)),
                // Under a sum the same index runs over all members.
                Node::SumOver { .. }
                | Node::Fold { .. }
                | Node::Scan { .. }
                | Node::Scatter { .. }
                | Node::Net { .. } => {
                    let inside = g.free_leaves(&[x]);
                    if unknowns.iter().any(|u| inside.contains(&u.leaf)) {
                        return None;
                    }
                    None
                }
                _ => None,
            };
            let Some((offset, index)) = read else { continue };
            if own.is_some() {
                return None;
            }
            let shift = g.integer(offset as i64);
            own = Some((x, g.add(index, shift)));
        }
        let (leaf, index) = own?;
        let probe = g.symbol(crate::symbolic::SymbolInfo::scalar("u"));
        let probe = g.scalar(probe);
        let value = g.substitute(e.value, &std::iter::once((leaf, probe)).collect());
        let slope = g.differentiate(value, probe);
        let rest = g.substitute(value, &std::iter::once((probe, zero)).collect());
        if slope == zero || g.reachable(&[slope]).contains(&probe) {
            return None;
        }
        mass.push(Entry { index, value: slope });
        forcing.push(Entry { index, value: g.neg(rest) });
    }
    // Each rate exactly once: as many equations as rates, and every rate reached.
    let whole = coverage(g, &mass) == Some(n as u64) && (0..n).all(|k| assemble::touches(g, &mass, k));
    let apart = mass.iter().enumerate().all(|(k, a)| {
        let range = |e: &Entry| g.index_bounds(e.index);
        mass[..k].iter().all(|b| match (range(a), range(b)) {
            (Some(a), Some(b)) => a.1 < b.0 || b.1 < a.0,
            _ => false,
        })
    });
    (whole && apart).then(|| {
        forcing.retain(|e| e.value != zero);
        (Mass::Diagonal(mass), forcing)
    })
}

/// `r(u) = 0` over a contiguous range of states; explicit equations inside it join as `u − f = 0`.
fn solved(
    g: &mut Graph,
    system: &System,
    layout: &Layout,
    explicit: &[Option<Explicit>],
    implicit: &[usize],
    residual: &[(Entry, Span)],
    out: &mut Diagnostics,
) -> Option<Block> {
    let places: Vec<StateLeaf> = implicit.iter().map(|k| place_of(layout, *k)).collect();
    let from = places.iter().map(|p| p.offset).min()?;
    let to = places.iter().map(|p| p.offset + p.length).max()?;
    let highest = |k: usize| layout.velocities.iter().any(|v| v.0 == k);
    let mut members: Vec<(usize, StateLeaf)> = (0..system.variables.len())
        .map(|k| (k, place_of(layout, k)))
        .filter(|(_, p)| p.offset >= from && p.offset < to)
        .collect();
    members.sort_by_key(|m| m.1.offset);
    let unknowns: Vec<StateLeaf> = members
        .iter()
        .map(|(k, p)| {
            let v = &system.variables[*k];
            StateLeaf {
                leaf: if highest(*k) { v.second } else { v.rate },
                offset: p.offset - from,
                length: p.length,
                name: v.name.clone(),
            }
        })
        .collect();
    let n = to - from;
    if members.iter().all(|(k, _)| explicit[*k].is_none())
        && residual.iter().any(|r| !g.domains_of(r.0.value).is_empty())
    {
        if let Some((mass, forcing)) = diagonal(g, residual, &unknowns, n) {
            return Some(Block::Linear {
                offset: from,
                length: n,
                mass,
                forcing,
                symmetric: true,
                unknowns,
                momenta: Vec::new(),
            });
        }
    }
    let too_many = |span: Span| {
        Diagnostic::error(
            "E0519",
            span,
            format!("more than {IMPLICIT_EQUATIONS} implicit equations are to be solved together"),
        )
        .help("where each equation holds one rate only, write it as `x[i]' = …`")
    };
    if n > IMPLICIT_EQUATIONS {
        out.push(too_many(residual.first().map_or(system.span, |r| r.1)));
        return None;
    }
    let mut rows: Vec<ExprId> = Vec::new();
    let mut spans: Vec<Span> = Vec::new();
    for ((k, _), u) in members.iter().zip(&unknowns) {
        let Some(e) = &explicit[*k] else { continue };
        for c in 0..u.length {
            let value = assemble::element(g, u.length, &e.entries, c);
            let leaf = assemble::component_at(g, std::slice::from_ref(u), u.offset + c)?;
            rows.push(g.sub(leaf, value));
            spans.push(e.span);
        }
    }
    for (e, span) in residual {
        let Some(each) = assemble::written_out(g, e, IMPLICIT_EQUATIONS) else {
            out.push(too_many(*span));
            return None;
        };
        for e in each {
            rows.push(e.value);
            spans.push(*span);
        }
    }
    if rows.len() != n {
        let first = residual.first().map_or(system.span, |r| r.1);
        let names: Vec<String> = implicit.iter().map(|k| format!("`{}`", system.variables[*k].name)).collect();
        out.push(
            Diagnostic::error(
                "E0311",
                first,
                match rows.len() {
                    1 => format!("one equation is stated for {n} unknown rates"),
                    m => format!("{m} equations are stated for {n} unknown rates"),
                },
            )
            .note(format!("without an equation of their own: {}", names.join(", "))),
        );
        return None;
    }
    let leaves = scalar_leaves(g, &unknowns);
    let arrays: Vec<ExprId> = unknowns.iter().map(|u| u.leaf).collect();
    let zero = g.zero();
    let mut entries = Vec::new();
    let mut linear = true;
    for (i, row) in rows.iter().enumerate() {
        let mut any = false;
        for (j, leaf) in leaves.iter().enumerate() {
            let slope = g.differentiate(*row, *leaf);
            if slope == zero {
                continue;
            }
            any = true;
            linear &= !g.reachable(&[slope]).iter().any(|x| leaves.contains(x) || arrays.contains(x));
            entries.push((i as u32, j as u32, slope));
        }
        if !any {
            out.push(
                Diagnostic::error("E0312", spans[i], "this equation contains no rate, so it is a constraint")
                    .help("a relation between positions is stated with `constraint`"),
            );
            return None;
        }
    }
    let length = n;
    if !linear {
        let residual =
            rows.iter().enumerate().map(|(i, row)| Entry { index: g.integer(i as i64), value: *row }).collect();
        return Some(Block::Newton { offset: from, length, unknowns, residual });
    }
    let mut map: FxHashMap<ExprId, ExprId> = leaves.iter().map(|l| (*l, zero)).collect();
    for u in unknowns.iter().filter(|u| !matches!(g.node(u.leaf), Node::Symbol(_))).cloned().collect::<Vec<_>>() {
        // A sum over all members reads them at a running index.
        let still = g.scatter(u.length as u32, &[]);
        map.insert(u.leaf, still);
    }
    let mut forcing = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let rest = g.substitute(*row, &map);
        let value = g.neg(rest);
        if value != zero {
            forcing.push(Entry { index: g.integer(i as i64), value });
        }
    }
    let find = |i: u32, j: u32| entries.iter().find(|e| e.0 == i && e.1 == j).map(|e| e.2);
    let symmetric = entries.iter().all(|(i, j, m)| find(*j, *i) == Some(*m));
    let mass = if entries.iter().all(|(i, j, _)| i == j) {
        Mass::Diagonal(entries.iter().map(|(i, _, m)| Entry { index: g.integer(i64::from(*i)), value: *m }).collect())
    } else if symmetric {
        Mass::Entries(entries.into_iter().filter(|(i, j, _)| i >= j).collect())
    } else {
        Mass::Entries(entries)
    };
    Some(Block::Linear { offset: from, length, mass, forcing, symmetric, unknowns, momenta: Vec::new() })
}

//! Lagrange's equations.
//!
//! ```text
//! d/dt ∂L/∂q' − ∂L/∂q = −∂R/∂q' + Q
//! M = ∂²L/∂q'∂q',   f = ∂L/∂q − ∂R/∂q' + Q − (∂²L/∂q'∂q) q' − ∂²L/∂q'∂t,   M q'' = f
//! ```
//! Lagrange 1788; Goldstein, Poole, Safko, *Classical Mechanics* (3rd ed.), eq. 1.57. `M` is never
//! inverted symbolically.

use super::assemble;
use super::determinant::determinant;
use super::equations::{Conserved, Energy, Mass, StateLeaf};
use super::rayleigh;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::{Generator, System};
use crate::symbolic::{Entry, ExprId, Graph, Node, Seeds};
use rustc_hash::FxHashSet;

/// Largest mass matrix whose entries are written out.
const WRITTEN: usize = 8;

/// The pieces of Lagrange's equations for some coordinates.
pub struct Lagrange {
    /// `M`
    pub mass: Mass,
    /// `f`
    pub forcing: Vec<Entry>,
    /// `∂L/∂q'`
    pub momenta: Vec<Entry>,
    /// `q'·∂L/∂q' − L` and its power.
    pub energy: Option<Energy>,
    /// Energy and momenta of cyclic coordinates.
    pub invariants: Vec<Conserved>,
}

/// The coordinates of a Lagrangian with their leaves, offsets counted from zero.
pub struct Coordinates {
    /// What generates their equations, for messages.
    pub word: &'static str,
    /// `q`
    pub q: Vec<StateLeaf>,
    /// `q'`
    pub v: Vec<StateLeaf>,
    /// `q''`
    pub a: Vec<StateLeaf>,
    /// Names of the components.
    pub names: Vec<String>,
}

/// Derives Lagrange's equations. `moving` adds rates of other states that `L` may contain.
pub fn derive(
    g: &mut Graph,
    system: &System,
    lagrangian: &Generator,
    c: &Coordinates,
    moving: &[(ExprId, ExprId)],
    out: &mut Diagnostics,
) -> Option<Lagrange> {
    let n = assemble::length(&c.q);
    let l = lagrangian.value;
    let momenta = assemble::gradient(g, l, &c.v);
    if !determined(g, lagrangian, c, &momenta, n, out) {
        return None;
    }
    let slope = assemble::gradient(g, l, &c.q);
    let mut seeds = Seeds::new();
    for (q, v) in c.q.iter().zip(&c.v) {
        seeds.set(q.leaf, v.leaf);
    }
    for (leaf, rate) in moving {
        seeds.set(*leaf, *rate);
    }
    let one = g.one();
    seeds.set(system.time, one);
    let transported = assemble::tangent(g, &momenta, &seeds);
    let mut forcing = slope.clone();
    forcing.extend(assemble::negated(g, &transported));
    forcing.extend(rayleigh::dissipation(g, system, &c.v));
    let work = rayleigh::virtual_work(g, system, &c.q);
    forcing.extend(work.iter().copied());
    let forcing = assemble::collected(g, &forcing);
    let mass = mass(g, &momenta, c, n);
    if !regular(g, lagrangian, c, &mass, n, out) {
        return None;
    }
    let energy = Some(energy(g, system, l, c, &momenta, &work, moving));
    let invariants = invariants(g, system, c, &momenta, &slope, &work, energy.as_ref(), n);
    Some(Lagrange { mass, forcing, momenta, energy, invariants })
}

/// A coordinate whose velocity does not occur in `L` has no equation for `q''`.
pub(super) fn determined(
    g: &Graph,
    lagrangian: &Generator,
    c: &Coordinates,
    momenta: &[Entry],
    n: usize,
    out: &mut Diagnostics,
) -> bool {
    let leaves: FxHashSet<ExprId> = c.v.iter().map(|v| v.leaf).collect();
    // Components whose momentum contains a velocity; an entry of a family stands for its whole range.
    let mut moving = vec![false; n];
    for e in momenta {
        if !g.free_leaves(&[e.value]).iter().any(|x| leaves.contains(x)) {
            continue;
        }
        let range =
            g.as_integer(e.index).map(|k| (k, k)).or_else(|| g.index_bounds(e.index)).unwrap_or((0, n as i64 - 1));
        for k in range.0.max(0)..=range.1.min(n as i64 - 1) {
            moving[k as usize] = true;
        }
    }
    let mut ok = true;
    for k in 0..n {
        // A momentum that does not contain any velocity leaves its row of M empty.
        let moving = moving[k];
        if !moving {
            ok = false;
            let name = &c.names[k];
            let letter = if c.word == "Lagrangian" { "L" } else { &lagrangian.name };
            out.push(
                Diagnostic::error("E0310", lagrangian.keyword, format!("the {} does not determine {name}''", c.word))
                    .at(format!("∂²{letter}/∂q'∂q' has a null vector along {name}"))
                    .note(format!(
                        "{name}' appears in {letter} not at all, or only linearly with nothing beside it that moves (proved)"
                    ))
                    .help(format!(
                        "add a kinetic term for {name}, make {name} a `param`, or a `constraint` that fixes it"
                    )),
            );
        }
    }
    ok
}

pub(super) fn mass(g: &mut Graph, momenta: &[Entry], c: &Coordinates, n: usize) -> Mass {
    if let Some(diagonal) = diagonal(g, momenta, c) {
        return Mass::Diagonal(diagonal);
    }
    if n <= WRITTEN && assemble::is_explicit(g, momenta) {
        let mut entries = Vec::new();
        let zero = g.zero();
        let leaves = scalar_leaves(g, &c.v);
        for i in 0..n {
            let Some(p) = assemble::at(g, momenta, i) else { continue };
            for (j, leaf) in leaves.iter().enumerate().take(i + 1) {
                let m = g.differentiate(p, *leaf);
                if m != zero {
                    entries.push((i as u32, j as u32, m));
                }
            }
        }
        return Mass::Entries(entries);
    }
    let direction: Vec<StateLeaf> =
        c.v.iter()
            .map(|v| {
                let info = match g.node(v.leaf) {
                    Node::Symbol(_) => crate::symbolic::SymbolInfo::scalar(format!("δ{}", v.name)),
                    _ => crate::symbolic::SymbolInfo::array(format!("δ{}", v.name), v.length as u32),
                };
                let scalar = info.length.is_none();
                let symbol = g.symbol(info);
                let leaf = if scalar { g.scalar(symbol) } else { g.array(symbol) };
                StateLeaf { leaf, ..v.clone() }
            })
            .collect();
    let mut seeds = Seeds::new();
    for (v, d) in c.v.iter().zip(&direction) {
        seeds.set(v.leaf, d.leaf);
    }
    Mass::Tangent { momentum_tangent: assemble::tangent(g, momenta, &seeds), direction }
}

/// Largest mass matrix whose determinant is multiplied out.
const MULTIPLIED: usize = 4;

/// A small mass matrix whose determinant is 0 whatever the state: `1/2*(x' + y')^2` has no equation for
/// `x − y`.
pub(super) fn regular(
    g: &mut Graph,
    lagrangian: &Generator,
    c: &Coordinates,
    mass: &Mass,
    n: usize,
    out: &mut Diagnostics,
) -> bool {
    let Mass::Entries(entries) = mass else { return true };
    if n > MULTIPLIED || entries.iter().any(|e| g.count_written(e.2) > 200) {
        return true;
    }
    let zero = g.zero();
    let mut rows = vec![vec![zero; n]; n];
    for (i, j, m) in entries {
        rows[*i as usize][*j as usize] = *m;
        rows[*j as usize][*i as usize] = *m;
    }
    let all: Vec<usize> = (0..n).collect();
    let value = determinant(g, &rows, &all, &all);
    if g.expand(value) != zero {
        return true;
    }
    let names = c.names.iter().map(|name| format!("{name}''")).collect::<Vec<_>>().join(", ");
    out.push(
        Diagnostic::error("E0310", lagrangian.keyword, format!("the {} does not determine all of {names}", c.word))
            .at("the determinant of ∂²L/∂q'∂q' is 0 in every state (proved)")
            .note("some combination of the velocities appears in L not at all, or only linearly")
            .help("add a kinetic term for it, or use fewer coordinates"),
    );
    false
}

/// The momentum of a coordinate by name: `p_θ`, in a component `a.p_θ`.
pub fn momentum_name(coordinate: &str) -> String {
    match coordinate.rsplit_once('.') {
        Some((path, last)) => format!("{path}.p_{last}"),
        None => format!("p_{coordinate}"),
    }
}

/// Every component as a scalar leaf.
pub fn scalar_leaves(g: &mut Graph, leaves: &[StateLeaf]) -> Vec<ExprId> {
    let mut out = Vec::new();
    for l in leaves {
        if matches!(g.node(l.leaf), Node::Symbol(_)) {
            out.push(l.leaf);
            continue;
        }
        for k in 0..l.length {
            let index = g.integer(k as i64);
            out.push(g.read(l.leaf, index));
        }
    }
    out
}

/// `M` where each momentum contains its own velocity alone: proved by form.
fn diagonal(g: &mut Graph, momenta: &[Entry], c: &Coordinates) -> Option<Vec<Entry>> {
    let velocities: Vec<ExprId> = c.v.iter().map(|v| v.leaf).collect();
    let mut out = Vec::new();
    let zero = g.zero();
    for e in momenta {
        let own = assemble::component(g, &c.v, e.index)?;
        for x in g.reachable(&[e.value]) {
            let is_velocity = match g.node(x) {
                Node::Read { array, .. } => velocities.contains(array),
                Node::Symbol(_) => velocities.contains(&x),
                // Under a sum or scan the same index is bound: what looks like the own velocity there runs
                // over all of them.
                Node::SumOver { .. }
                | Node::Fold { .. }
                | Node::Scan { .. }
                | Node::Scatter { .. }
                | Node::Net { .. } => {
                    if g.free_leaves(&[x]).iter().any(|leaf| velocities.contains(leaf)) {
                        return None;
                    }
                    false
                }
                _ => false,
            };
            if is_velocity && x != own {
                return None;
            }
        }
        let probe = g.symbol(crate::symbolic::SymbolInfo::scalar("v"));
        let probe = g.scalar(probe);
        let value = g.substitute(e.value, &std::iter::once((own, probe)).collect());
        let slope = g.differentiate(value, probe);
        let value = g.substitute(slope, &std::iter::once((probe, own)).collect());
        if value != zero {
            out.push(Entry { index: e.index, value });
        }
    }
    Some(assemble::collected(g, &out))
}

/// `E = q'·∂L/∂q' − L`, `E' = −q'·∂R/∂q' + Q·q' − ∂L/∂t`.
pub(super) fn energy(
    g: &mut Graph,
    system: &System,
    l: ExprId,
    c: &Coordinates,
    momenta: &[Entry],
    work: &[Entry],
    moving: &[(ExprId, ExprId)],
) -> Energy {
    let legendre = assemble::contracted(g, &c.v, momenta);
    let value = g.sub(legendre, l);
    let lost = rayleigh::dissipated_power(g, system, &c.v);
    let gained = assemble::contracted(g, &c.v, work);
    let mut seeds = Seeds::new();
    let one = g.one();
    seeds.set(system.time, one);
    for (leaf, rate) in moving {
        seeds.set(*leaf, *rate);
    }
    let explicit = g.tangent(l, &seeds);
    let losses = g.add(lost, explicit);
    let power = g.sub(gained, losses);
    Energy { value, power }
}

#[allow(clippy::too_many_arguments)]
pub(super) fn invariants(
    g: &mut Graph,
    system: &System,
    c: &Coordinates,
    momenta: &[Entry],
    slope: &[Entry],
    work: &[Entry],
    energy: Option<&Energy>,
    n: usize,
) -> Vec<Conserved> {
    let mut out = Vec::new();
    let zero = g.zero();
    if let Some(e) = energy.filter(|e| e.power == zero) {
        let reason = if system.rayleigh.is_empty() && system.forces.is_empty() {
            "t does not appear in L"
        } else {
            "no power is taken or given"
        };
        out.push(Conserved { name: "E".into(), value: e.value, reason: reason.into() });
    }
    let lost = rayleigh::dissipation(g, system, &c.v);
    let quiet = |g: &Graph, list: &[Entry], k: usize| {
        let alive: Vec<Entry> = list.iter().copied().filter(|e| e.value != zero).collect();
        !assemble::touches(g, &alive, k)
    };
    if n > 64 {
        return out;
    }
    for (k, name) in c.names.iter().enumerate() {
        if quiet(g, slope, k) && quiet(g, &lost, k) && quiet(g, work, k) {
            if let Some(p) = assemble::at(g, momenta, k) {
                out.push(Conserved {
                    name: momentum_name(name),
                    value: p,
                    reason: format!("{name} does not appear in L"),
                });
            }
        }
    }
    out
}

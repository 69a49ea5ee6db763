//! The Legendre transform of a Lagrangian system: states `(q, p)`.
//!
//! ```text
//! p  = ∂L/∂q'(q, v)   solved for v;      q' = v;      p' = ∂L/∂q(q, v) − ∂R/∂q' + Q
//! H  = p·v − L(q, v),      H' = −v·∂R/∂q' + Q·v − ∂L/∂t
//! ```
//! Nothing is inverted symbolically. Where `L` is quadratic in the velocities the first line is the
//! linear block `M v = p − ∂L/∂q'(q, 0)`, else Newton's method solves it. The leaves of `q'` are the
//! unknowns of that block, so whatever reads a velocity reads the solved one.
//! Goldstein, Poole, Safko, *Classical Mechanics* (3rd ed.), sec. 8.1.

use super::equations::{Block, Conserved, Form, Mass, StateLeaf};
use super::lagrangian::{self, Coordinates};
use super::layout::{Layout, component_names, local};
use super::{Made, assemble, rayleigh, stated};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::system::{Derivation, Generator, Role, System};
use crate::symbolic::{Entry, ExprId, Graph, Node};
use rustc_hash::FxHashMap;

/// Where `legendre` stands in the text, for a system that it transforms.
pub fn asked_at(system: &System) -> Option<Span> {
    system.derivations.iter().find_map(|d| match d {
        Derivation::Legendre(span) => Some(*span),
        _ => None,
    })
}

/// What has no Legendre transform.
pub fn refuse(system: &System, out: &mut Diagnostics) {
    let Some(span) = asked_at(system) else { return };
    if system.lagrangian.is_none() {
        let d = Diagnostic::error("E0330", span, format!("`{}` has no Lagrangian to transform", system.name));
        out.push(match &system.hamiltonian {
            Some(h) => d.label(h.keyword, "its states are coordinates and momenta already").help("use it as it is"),
            None => d.help("`legendre(A)` takes a system with a `lagrangian`"),
        });
    }
    let doubled = system.derivations.iter().position(|d| matches!(d, Derivation::Doubled(_)));
    let transformed = system.derivations.iter().position(|d| matches!(d, Derivation::Legendre(_)));
    if doubled > transformed {
        out.push(
            Diagnostic::error("E0521", span, "a transformed system cannot be doubled")
                .help("double the Lagrangian system first: `legendre(doubled(A))`"),
        );
    }
}

/// Accelerations are no part of `(q, p)`: what records them is told so.
fn refuse_accelerations(g: &Graph, system: &System, coordinates: &[usize], out: &mut Diagnostics) {
    for o in &system.observables {
        let read = g.free_leaves(&o.items);
        if let Some(k) = coordinates.iter().find(|k| read.contains(&system.variables[**k].second)) {
            let name = &system.variables[*k].name;
            out.push(
                Diagnostic::error("E0301", o.span, format!("`{}` reads `{name}''`, which `legendre` has not", o.name))
                    .label(asked_at(system).unwrap_or(system.span), "here the states are coordinates and momenta")
                    .help(format!("its equations give `{name}'` and the rate of its momentum")),
            );
        }
    }
}

/// Coordinates with their momenta, flat in the order of the coordinates.
struct Pairs {
    coordinates: Vec<usize>,
    momenta: Vec<usize>,
}

/// Derives the transformed equations. `moving` adds rates of states that `L` may contain.
#[allow(clippy::too_many_arguments)]
pub fn derive(
    g: &mut Graph,
    system: &System,
    generator: &Generator,
    layout: &Layout,
    explicit: &[Option<stated::Explicit>],
    coordinates: &[usize],
    moving: &[(ExprId, ExprId)],
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let partner = |of: &usize| system.variables.iter().position(|p| p.role == Role::Momentum && p.of == Some(*of));
    let pairs = Pairs { coordinates: coordinates.to_vec(), momenta: coordinates.iter().filter_map(partner).collect() };
    if pairs.momenta.len() != coordinates.len() {
        return None;
    }
    refuse_accelerations(g, system, coordinates, out);
    let c = Coordinates {
        word: "Lagrangian",
        q: local(system, coordinates, |v| v.leaf),
        v: local(system, coordinates, |v| v.rate),
        a: local(system, coordinates, |v| v.second),
        names: component_names(system, coordinates),
    };
    let p = local(system, &pairs.momenta, |v| v.leaf);
    let p_names = component_names(system, &pairs.momenta);
    let n = assemble::length(&c.q);
    let l = generator.value;
    let momenta = assemble::gradient(g, l, &c.v);
    if !lagrangian::determined(g, generator, &c, &momenta, n, out) {
        return None;
    }
    let block = velocities(g, layout, explicit, system, &pairs, &c, &p, &momenta, generator, made, out)?;
    made.blocks.push(block);
    let slope = assemble::gradient(g, l, &c.q);
    let mut rates = slope.clone();
    rates.extend(rayleigh::dissipation(g, system, &c.v));
    let work = rayleigh::virtual_work(g, system, &c.q);
    rates.extend(work.iter().copied());
    let rates = assemble::collected(g, &rates);
    for (k, leaf) in pairs.momenta.iter().zip(&p) {
        let place = &layout.values[*k];
        let own = assemble::part(g, &rates, leaf);
        made.blocks.push(Block::Explicit { offset: place.offset, length: place.length, rates: own });
    }
    made.energy = Some(lagrangian::energy(g, system, l, &c, &momenta, &work, moving));
    let found = lagrangian::invariants(g, system, &c, &momenta, &slope, &work, made.energy.as_ref(), n);
    made.invariants = found.into_iter().map(|i| renamed(g, i, &c, &p, &p_names)).collect();
    starts(g, layout, &pairs, &momenta, n, made);
    made.taken.extend(coordinates.iter().chain(&pairs.momenta));
    made.form = Some(Form::Hamiltonian);
    Some(())
}

/// What Lagrange's side calls `E` is `H` here, and a conserved momentum is a state.
fn renamed(g: &mut Graph, found: Conserved, c: &Coordinates, p: &[StateLeaf], p_names: &[String]) -> Conserved {
    match c.names.iter().position(|name| found.name == lagrangian::momentum_name(name)) {
        Some(k) => match assemble::component_at(g, p, k) {
            Some(value) => Conserved { name: p_names[k].clone(), value, ..found },
            None => found,
        },
        None => Conserved { name: "H".into(), ..found },
    }
}

/// `p = ∂L/∂q'(q, v)` at the start, for each component.
fn starts(g: &mut Graph, layout: &Layout, pairs: &Pairs, momenta: &[Entry], n: usize, made: &mut Made) {
    let whole = (!assemble::is_explicit(g, momenta)).then(|| assemble::array(g, n, momenta));
    let mut flat = 0;
    for k in &pairs.momenta {
        for c in 0..layout.values[*k].length {
            let value = match whole {
                None => assemble::at(g, momenta, flat),
                Some(whole) => {
                    let index = g.integer(flat as i64);
                    Some(g.read(whole, index))
                }
            };
            made.derived_starts.extend(value.map(|value| (layout.values[*k].offset + c, value)));
            flat += 1;
        }
    }
}

/// The block that is solved for the velocities.
#[allow(clippy::too_many_arguments)]
fn velocities(
    g: &mut Graph,
    layout: &Layout,
    explicit: &[Option<stated::Explicit>],
    system: &System,
    pairs: &Pairs,
    c: &Coordinates,
    p: &[StateLeaf],
    momenta: &[Entry],
    generator: &Generator,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<Block> {
    let n = assemble::length(&c.q);
    let places: Vec<&StateLeaf> = pairs.coordinates.iter().map(|k| &layout.values[*k]).collect();
    let offset = places.first()?.offset;
    let together = places.iter().zip(&c.q).all(|(place, q)| place.offset == offset + q.offset);
    let momentum = assemble::elements(g, p);
    if together {
        let mass = lagrangian::mass(g, momenta, c, n);
        if !lagrangian::regular(g, generator, c, &mass, n, out) {
            return None;
        }
        if !reads_velocities(g, &mass, c) {
            let mut forcing = momentum;
            let rest = at_rest(g, momenta, c);
            forcing.extend(assemble::negated(g, &rest));
            let forcing = assemble::collected(g, &forcing);
            return Some(Block::Linear {
                offset,
                length: n,
                mass,
                forcing,
                symmetric: true,
                unknowns: c.v.clone(),
                momenta: Vec::new(),
            });
        }
        let mut residual = momenta.to_vec();
        residual.extend(assemble::negated(g, &momentum));
        let residual = assemble::collected(g, &residual);
        return Some(Block::Newton { offset, length: n, unknowns: c.v.clone(), residual });
    }
    // States of their own stand between the coordinates: their equations join the block.
    let end = places.iter().map(|place| place.offset + place.length).max()?;
    let mut unknowns = Vec::new();
    let mut residual = Vec::new();
    for (k, place) in layout.values.iter().enumerate().filter(|(_, l)| l.offset >= offset && l.offset < end) {
        let variable = &system.variables[k];
        let local = StateLeaf { leaf: variable.rate, offset: place.offset - offset, ..place.clone() };
        let own = match pairs.coordinates.iter().position(|q| *q == k) {
            Some(at) => {
                let mut own = assemble::part(g, momenta, &c.v[at]);
                let subtracted = assemble::part(g, &momentum, &p[at]);
                own.extend(assemble::negated(g, &subtracted));
                own
            }
            None => {
                let Some(stated) = &explicit[k] else {
                    out.push(
                        Diagnostic::error(
                            "E0330",
                            asked_at(system).unwrap_or(system.span),
                            "this cannot be transformed as it stands",
                        )
                        .label(variable.span, "an implicit equation between coordinates")
                        .help(format!("declare `{}` after the coordinates", variable.name)),
                    );
                    return None;
                };
                let mut own = assemble::elements(g, &[StateLeaf { offset: 0, ..local.clone() }]);
                own.extend(assemble::negated(g, &stated.entries));
                made.taken.push(k);
                own
            }
        };
        let shift = g.integer(local.offset as i64);
        residual.extend(own.into_iter().map(|e| Entry { index: g.add(e.index, shift), value: e.value }));
        unknowns.push(local);
    }
    let residual = assemble::collected(g, &residual);
    Some(Block::Newton { offset, length: end - offset, unknowns, residual })
}

/// Whether a mass matrix depends on the velocities, so that `p` is not linear in them.
fn reads_velocities(g: &Graph, mass: &Mass, c: &Coordinates) -> bool {
    let values: Vec<ExprId> = match mass {
        Mass::Entries(list) => list.iter().map(|e| e.2).collect(),
        Mass::Diagonal(list) => list.iter().map(|e| e.value).collect(),
        Mass::Tangent { momentum_tangent, .. } => momentum_tangent.iter().map(|e| e.value).collect(),
    };
    let read = g.reachable(&values);
    c.v.iter().any(|v| read.contains(&v.leaf))
}

/// Momenta at velocity zero: what a velocity-dependent potential or a moving frame adds.
fn at_rest(g: &mut Graph, momenta: &[Entry], c: &Coordinates) -> Vec<Entry> {
    let zero = g.zero();
    let mut map = FxHashMap::default();
    for v in &c.v {
        let still = if matches!(g.node(v.leaf), Node::Symbol(_)) { zero } else { g.scatter(v.length as u32, &[]) };
        map.insert(v.leaf, still);
    }
    let values: Vec<ExprId> = momenta.iter().map(|e| e.value).collect();
    let values = g.substitute_all(&values, &map);
    let all = momenta.iter().zip(values).map(|(e, value)| Entry { index: e.index, value });
    all.filter(|e| e.value != zero).collect()
}

//! Dissipative Lagrangians: one scalar `D` of what is observed alone, after Morse and Feshbach.
//!
//! ```text
//! coord q:   d/dt ∂D/∂q' + ∂D/∂q = 0,    M q'' = −(∂²D/∂q'∂q) q' − ∂²D/∂q'∂t − ∂D/∂q,   M = ∂²D/∂q'∂q'
//! state x:   M x' + ∂D/∂x = 0,           M = 1 where no `mass` is stated
//! ```
//! A stated `mass` stands in place of `∂²D/∂q'∂q'`. Of states with a constant, positive `M` and without
//! explicit time `D` never grows: `D' = −x'ᵀ M x'`. With the mirror `y`, `Λ = y'·∂D/∂q' − y·∂D/∂q`.
//! Morse and Feshbach, *Methods of Theoretical Physics* (1953), sec. 3.2.

use super::equations::{Block, Conserved, Form, Mass, StateLeaf};
use super::lagrangian::{self, Coordinates};
use super::layout::{Layout, component_names, local};
use super::{Made, assemble, observed, stated};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::system::{EquationKind, Generator, Role, System};
use crate::symbolic::{Entry, ExprId, Graph, Node, Seeds};
use rustc_hash::FxHashMap;

/// What cannot stand beside a dissipative function, and a mass where there is none to state.
pub fn refuse(system: &System, out: &mut Diagnostics) {
    if let Some(d) = &system.dissipative {
        if let Some(g) = system.lagrangian.as_ref().or(system.hamiltonian.as_ref()) {
            let word = if system.lagrangian.is_some() { "lagrangian" } else { "hamiltonian" };
            let (first, second) = if g.keyword <= d.keyword { (g, d) } else { (d, g) };
            out.push(
                Diagnostic::error(
                    "E0305",
                    second.keyword,
                    format!("a system has a `{word}` or a `dissipative` function, not both"),
                )
                .label(first.keyword, "the first one gives every variable its equation")
                .help("beside a Lagrangian, friction is a `rayleigh` function"),
            );
        }
        let beside = system.rayleigh.iter().chain(&system.irrotational).map(|g| (g.name.as_str(), g.keyword));
        for (name, span) in beside.chain(system.forces.iter().map(|f| (f.name.as_str(), f.span))) {
            out.push(
                Diagnostic::error("E0331", span, format!("`{name}` cannot act beside a `dissipative` function"))
                    .label(d.keyword, "gives the whole equation")
                    .help(format!(
                        "put it into `{0}`: damping `r` of `q` is `1/2*r*q*q'`, a force `F` on it `-F*q`",
                        d.name
                    )),
            );
        }
        for e in &system.equations {
            let what = match &e.kind {
                EquationKind::Explicit { variable, .. } => {
                    format!(
                        "`{}` has two equations: this one and that of `{}`",
                        system.variables[*variable].name, d.name
                    )
                }
                EquationKind::Implicit { .. } => {
                    "every variable has its equation already, so this one is too many".into()
                }
            };
            out.push(
                Diagnostic::error("E0308", e.span, what)
                    .label(d.keyword, "gives an equation to every `coord` and `state`"),
            );
        }
    }
    let Some((items, span)) = &system.mass else { return };
    if let Some(g) = system.lagrangian.as_ref().or(system.hamiltonian.as_ref()) {
        out.push(
            Diagnostic::error("E0333", *span, "a `mass` belongs to a `dissipative` function or a first-order flow")
                .label(g.keyword, "has its masses in itself"),
        );
        return;
    }
    let mixed = system.dissipative.is_some()
        && system.variables.iter().any(|v| v.role == Role::Coordinate)
        && system.variables.iter().any(|v| v.role == Role::State);
    let second = system.dissipative.is_none() && system.variables.iter().any(|v| v.role != Role::State);
    if mixed || second {
        out.push(
            Diagnostic::error("E0333", *span, "it is not said which variables this `mass` is of")
                .note("it multiplies the rates of states, or with `dissipative` the accelerations of coordinates")
                .help("write `equation m*x'' = …` for a coordinate"),
        );
        return;
    }
    let n: usize = system.variables.iter().filter(|v| !v.mirror).map(|v| v.elements.len()).sum();
    if items.len() != 1 && items.len() != n * n {
        out.push(
            Diagnostic::error("E0333", *span, format!("this `mass` has {} entries for {n} components", items.len()))
                .help(format!("a mass is one number, or a matrix of {n} × {n}")),
        );
    }
}

/// A `mass` that a file states, for `n` components, and whether it is symmetric by its form.
///
/// With its parameters' own values it must be symmetric: this is what the promise about `D` rests on.
fn given(g: &mut Graph, system: &System, n: usize, c: &[StateLeaf], out: &mut Diagnostics) -> Option<(Mass, bool)> {
    let (items, span) = system.mass.as_ref()?;
    if items.len() == 1 {
        let ones = family(g, c, |_, _| items[0]);
        return Some((Mass::Diagonal(ones), true));
    }
    let zero = g.zero();
    let mut by_form = true;
    for i in 0..n {
        for j in 0..i {
            let (a, b) = (items[i * n + j], items[j * n + i]);
            if a == b {
                continue;
            }
            by_form = false;
            let difference = g.sub(a, b);
            let value = valued(g, system, difference);
            if system.dissipative.is_some() && g.expand(value) != zero {
                out.push(
                    Diagnostic::error(
                        "E0334",
                        *span,
                        "the mass of a `dissipative` function is symmetric, and this is not",
                    )
                    .note(format!("entry [{}][{}] differs from [{}][{}]", i + 1, j + 1, j + 1, i + 1))
                    .help("declare it as `symmetric(n)`, or state the flow itself: `equation M*x' = …`"),
                );
                return None;
            }
        }
    }
    let entry = |i: usize, j: usize| (i as u32, j as u32, items[i * n + j]);
    if (0..n * n).all(|k| k / n == k % n || items[k] == zero) {
        let list = (0..n).map(|i| Entry { index: g.integer(i as i64), value: items[i * n + i] }).collect();
        return Some((Mass::Diagonal(list), true));
    }
    let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|(i, j)| !by_form || i >= j);
    let entries = pairs.map(|(i, j)| entry(i, j)).filter(|e| e.2 != zero).collect();
    Some((Mass::Entries(entries), by_form))
}

/// An expression with every parameter at the value of its declaration.
fn valued(g: &mut Graph, system: &System, e: ExprId) -> ExprId {
    let mut map = FxHashMap::default();
    for p in &system.parameters {
        if matches!(g.node(p.leaf), Node::Symbol(_)) {
            map.insert(p.leaf, p.default[0]);
            continue;
        }
        for (k, value) in p.default.iter().enumerate() {
            let index = g.integer(k as i64);
            map.insert(g.read(p.leaf, index), *value);
        }
    }
    g.substitute(e, &map)
}

/// One entry for each component, as a family where a leaf is large.
fn family(g: &mut Graph, leaves: &[StateLeaf], value: impl Fn(&mut Graph, ExprId) -> ExprId) -> Vec<Entry> {
    let mut list = Vec::new();
    for l in leaves {
        let from = g.integer(l.offset as i64);
        if l.length <= crate::limits::BUNDLE {
            for k in 0..l.length {
                let index = g.integer((l.offset + k) as i64);
                list.push(Entry { index, value: value(g, index) });
            }
        } else {
            let domain = g.domain(0, &[(0, l.length as i64 - 1)], None);
            let i = g.index(domain, 0);
            let index = g.add(i, from);
            list.push(Entry { index, value: value(g, index) });
        }
    }
    list
}

/// The equations of a dissipative function.
pub(super) fn derive(
    g: &mut Graph,
    system: &System,
    d: &Generator,
    layout: &Layout,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let own = |role: Role| -> Vec<usize> {
        (0..system.variables.len())
            .filter(|k| system.variables[*k].role == role && !system.variables[*k].mirror)
            .collect()
    };
    let (coordinates, states) = (own(Role::Coordinate), own(Role::State));
    let mut rates: FxHashMap<ExprId, ExprId> = FxHashMap::default();
    if !states.is_empty() {
        first_order(g, system, d, layout, &states, coordinates.is_empty(), &mut rates, made, out)?;
    }
    if !coordinates.is_empty() {
        second_order(g, system, d, layout, &coordinates, &states, &rates, made, out)?;
    }
    made.known.extend(rates);
    made.taken = coordinates.into_iter().chain(states).collect();
    made.form = Some(Form::Dissipative);
    Some(())
}

#[allow(clippy::too_many_arguments)]
fn first_order(
    g: &mut Graph,
    system: &System,
    d: &Generator,
    layout: &Layout,
    states: &[usize],
    alone: bool,
    rates: &mut FxHashMap<ExprId, ExprId>,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let x = local(system, states, |v| v.leaf);
    let slope = assemble::gradient(g, d.value, &x);
    let slope = assemble::negated(g, &slope);
    let forcing = assemble::collected(g, &slope);
    if system.mass.is_some() {
        let n = assemble::length(&x);
        let (mass, symmetric) = given(g, system, n, &x, out)?;
        made.blocks.push(Block::Linear {
            offset: layout.values[states[0]].offset,
            length: n,
            mass,
            forcing,
            symmetric,
            unknowns: local(system, states, |v| v.rate),
            momenta: Vec::new(),
        });
    } else {
        for (k, leaf) in states.iter().zip(&x) {
            let place = &layout.values[*k];
            let own = assemble::part(g, &forcing, leaf);
            let rate = StateLeaf { leaf: system.variables[*k].rate, offset: 0, ..leaf.clone() };
            observed::put_in(g, &own, &rate, rates);
            made.blocks.push(Block::Explicit { offset: place.offset, length: place.length, rates: own });
        }
    }
    if alone && !g.reachable(&[d.value]).contains(&system.time) {
        made.monotone = Some(Conserved {
            name: d.name.clone(),
            value: d.value,
            reason: if system.mass.is_some() {
                format!("{0}' = −x'·(M x'), and M is positive definite", d.name)
            } else {
                format!("{0}' = −|∇{0}|²", d.name)
            },
        });
    }
    Some(())
}

#[allow(clippy::too_many_arguments)]
fn second_order(
    g: &mut Graph,
    system: &System,
    d: &Generator,
    layout: &Layout,
    coordinates: &[usize],
    states: &[usize],
    rates: &FxHashMap<ExprId, ExprId>,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let c = Coordinates {
        word: "dissipative function",
        q: local(system, coordinates, |v| v.leaf),
        v: local(system, coordinates, |v| v.rate),
        a: local(system, coordinates, |v| v.second),
        names: component_names(system, coordinates),
    };
    let n = assemble::length(&c.q);
    let momenta = assemble::gradient(g, d.value, &c.v);
    let (mass, symmetric) = match system.mass.as_ref() {
        Some((_, span)) => {
            stated_twice(g, d, &c, &momenta, *span, out)?;
            given(g, system, n, &c.q, out)?
        }
        None => {
            if !lagrangian::determined(g, d, &c, &momenta, n, out) {
                return None;
            }
            let mass = lagrangian::mass(g, &momenta, &c, n);
            if !lagrangian::regular(g, d, &c, &mass, n, out) {
                return None;
            }
            (mass, true)
        }
    };
    let mut seeds = Seeds::new();
    for (q, v) in c.q.iter().zip(&c.v) {
        seeds.set(q.leaf, v.leaf);
    }
    for k in states {
        seeds.set(system.variables[*k].leaf, system.variables[*k].rate);
    }
    let one = g.one();
    seeds.set(system.time, one);
    let mut lost = assemble::tangent(g, &momenta, &seeds);
    lost.extend(assemble::gradient(g, d.value, &c.q));
    let mut forcing = assemble::negated(g, &lost);
    forcing.iter_mut().for_each(|e| e.value = g.substitute(e.value, rates));
    let forcing = assemble::collected(g, &forcing);
    made.blocks.push(Block::Linear {
        offset: layout.velocities.first()?.1.offset,
        length: n,
        mass,
        forcing,
        symmetric,
        unknowns: c.a.clone(),
        momenta: Vec::new(),
    });
    Some(())
}

/// A mass beside a `D` whose formula holds one too: which of them is meant is not guessed. A net's is
/// what the stated mass replaces.
fn stated_twice(
    g: &mut Graph,
    d: &Generator,
    c: &Coordinates,
    momenta: &[Entry],
    span: Span,
    out: &mut Diagnostics,
) -> Option<()> {
    let leaves: Vec<ExprId> = c.v.iter().map(|v| v.leaf).collect();
    let reads = |g: &Graph, e: ExprId| g.free_leaves(&[e]).iter().any(|x| leaves.contains(x));
    for e in momenta {
        let learned = g.reachable(&[e.value]).iter().any(|x| matches!(g.node(*x), Node::Net { .. }));
        if reads(g, e.value) && !learned {
            out.push(
                Diagnostic::error("E0333", span, "the mass is stated twice")
                    .label(d.keyword, format!("∂²{0}/∂q'∂q' is a mass too", d.name))
                    .help("remove one of the two"),
            );
            return None;
        }
    }
    Some(())
}

/// `M x' = f` of a flow whose rates are stated.
pub(super) fn flow_with_mass(
    g: &mut Graph,
    system: &System,
    explicit: &[Option<stated::Explicit>],
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let (_, span) = system.mass.as_ref()?;
    let states: Vec<usize> = (0..system.variables.len()).filter(|k| !system.variables[*k].mirror).collect();
    let x = local(system, &states, |v| v.leaf);
    let mut forcing = Vec::new();
    for (k, leaf) in states.iter().zip(&x) {
        let Some(e) = &explicit[*k] else {
            out.push(
                Diagnostic::error(
                    "E0333",
                    *span,
                    "a `mass` stands beside `x' = …` for every state, or a `dissipative` function",
                )
                .label(system.variables[*k].span, "this has no such equation")
                .help("an `equation` holds its mass itself: `equation M*x' = …`"),
            );
            return None;
        };
        let shift = g.integer(leaf.offset as i64);
        forcing.extend(
            e.entries.iter().map(|e| Entry { index: g.add(e.index, shift), value: e.value }).collect::<Vec<_>>(),
        );
    }
    let rates: Vec<ExprId> = states.iter().map(|k| system.variables[*k].rate).collect();
    let values: Vec<ExprId> = forcing.iter().map(|e| e.value).collect();
    if g.free_leaves(&values).iter().any(|x| rates.contains(x)) {
        out.push(
            Diagnostic::error("E0333", *span, "beside a `mass` the right sides of `x' = …` contain no rates")
                .help("write `equation M*x' = …`"),
        );
        return None;
    }
    let n = assemble::length(&x);
    let (mass, symmetric) = given(g, system, n, &x, out)?;
    made.blocks.push(Block::Linear {
        offset: 0,
        length: n,
        mass,
        forcing,
        symmetric,
        unknowns: local(system, &states, |v| v.rate),
        momenta: Vec::new(),
    });
    made.taken = states;
    Some(())
}

//! System → equations of motion. One file for each formalism; nothing here evaluates a number.

pub mod assemble;
pub mod conditions;
mod determinant;
mod dissipative;
mod doubled;
pub mod equations;
pub mod facts;
mod field;
mod hamiltonian;
mod helmholtz;
mod lagrangian;
mod layout;
mod learned;
mod legendre;
mod lines;
mod members;
mod observed;
mod partition;
mod rayleigh;
mod rings;
mod settled;
mod solved;
mod stated;
mod variation;

pub use equations::{Block, Conserved, Energy, EquationsOfMotion, Form, Mass, StateLeaf};
pub use facts::Facts;
pub use helmholtz::{COVERED, Potentials, potentials};
pub use lagrangian::{momentum_name, scalar_leaves};
pub use lines::{Line, lines, solved};
pub use observed::with_rates;
pub use partition::{Partition, partition};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::{Derivation, Role, System};
use crate::symbolic::{Entry, ExprId, Graph};
use layout::{Layout, component_names, local, of_role};

/// A formalism, for lists and for the manual.
#[derive(Clone, Copy, Debug)]
pub struct Formalism {
    /// The word in a file.
    pub name: &'static str,
    /// The equations it makes.
    pub equations: &'static str,
}

/// Every formalism, in the order of the manual.
pub const FORMALISMS: &[Formalism] = &[
    Formalism { name: "lagrangian", equations: "d/dt ∂L/∂q' − ∂L/∂q = −∂R/∂q' + Q" },
    Formalism { name: "hamiltonian", equations: "q' = ∂H/∂p, p' = −∂H/∂q − ∂R/∂q' + Q" },
    Formalism { name: "bracket", equations: "z' = J(z) ∇H" },
    Formalism { name: "rayleigh", equations: "adds −∂R/∂q'" },
    Formalism { name: "irrotational", equations: "adds ∂D/∂q to q' and ∂D/∂p to p'" },
    Formalism { name: "dissipative", equations: "d/dt ∂D/∂q' + ∂D/∂q = 0, M x' + ∂D/∂x = 0" },
    Formalism { name: "force", equations: "adds (∂X/∂q)ᵀ F" },
    Formalism { name: "q'' = …", equations: "Newton's form" },
    Formalism { name: "x' = …", equations: "a first-order flow" },
    Formalism { name: "equation", equations: "implicit equations, solved for the highest derivatives" },
    Formalism {
        name: "doubled", equations: "Λ = y'·∂L/∂q' + y·(∂L/∂q − ∂R/∂q' + Q), or y·(x' − f)"
    },
    Formalism { name: "legendre", equations: "p = ∂L/∂q', solved for q'" },
    Formalism { name: "reversed", equations: "every rate negated" },
];

/// Derives the equations of motion of a system.
pub fn derive(system: &System) -> (Option<EquationsOfMotion>, Diagnostics) {
    let mut out = Diagnostics::new();
    let mut g = system.graph.clone();
    let equations = derive_with(&mut g, system, &mut out);
    let ok = !out.has_errors();
    let equations = equations.filter(|_| ok).map(|mut e| {
        e.graph = g;
        e
    });
    (equations, out)
}

fn derive_with(g: &mut Graph, system: &System, out: &mut Diagnostics) -> Option<EquationsOfMotion> {
    refuse(system, out)?;
    if let Some(excess) = g.excess() {
        let message = format!("this system needs {}", excess.amount());
        out.push(Diagnostic::error("E0511", system.span, message).help(excess.advice()));
        return None;
    }
    let explicit = stated::explicit(g, system, out);
    if out.has_errors() {
        return None;
    }
    let doubled = system.derivations.iter().any(|d| matches!(d, Derivation::Doubled(_)));
    // A Lagrangian or Hamiltonian alone has its mirror by its own formula; everything else, and what
    // holds prescribed values, by the variation of `y·r`.
    let own_formula = system.lagrangian.is_some() || system.hamiltonian.is_some();
    let beside = system.bracket.is_none() && system.variables.iter().any(|v| v.role == Role::State && !v.mirror);
    let by_variation = system
        .derivations
        .iter()
        .find_map(|d| match d {
            Derivation::Doubled(span) => Some(*span),
            _ => None,
        })
        .filter(|_| !own_formula || beside || field::prescribed(system).is_some());
    let doubled = doubled && by_variation.is_none();
    let transformed = legendre::asked_at(system).is_some();
    let coordinates: Vec<usize> = of_role(system, Role::Coordinate)
        .into_iter()
        .filter(|k| by_variation.is_none() || !system.variables[*k].mirror)
        .collect();
    let second: Vec<bool> = system
        .variables
        .iter()
        .enumerate()
        .map(|(k, v)| {
            v.role == Role::Coordinate
                && !transformed
                && match (&system.lagrangian, &system.hamiltonian) {
                    (_, Some(_)) => false,
                    (Some(_), None) => true,
                    (None, None) => {
                        let k = if v.mirror { v.of.unwrap_or(k) } else { k };
                        explicit[k].as_ref().is_none_or(|e| e.order == 2)
                    }
                }
        })
        .collect();
    let layout = Layout::new(system, &second, stated::read_rates(g, system, &explicit, &second));
    let mut made = Made::default();
    match (&system.lagrangian, &system.hamiltonian) {
        (Some(a), Some(b)) => {
            let (first, second) = if a.keyword <= b.keyword { (a, b) } else { (b, a) };
            out.push(
                Diagnostic::error("E0305", second.keyword, "a system has a `lagrangian` or a `hamiltonian`, not both")
                    .label(first.keyword, "the first one")
                    .help("keep one; `legendre(A)` makes the other"),
            );
            return None;
        }
        (Some(l), None) => {
            one_each(system, &explicit, &coordinates, l.keyword, out);
            if out.has_errors() {
                return None;
            }
            by_lagrangian(g, system, &layout, &explicit, &coordinates, doubled, &mut made, out)?;
        }
        (None, Some(h)) => {
            by_hamiltonian(g, system, h, &layout, &explicit, doubled, &mut made, out)?;
        }
        (None, None) if system.dissipative.is_some() => {
            let d = system.dissipative.clone()?;
            dissipative::derive(g, system, &d, &layout, &mut made, out)?;
        }
        (None, None) => {
            if let Some(first) = system.rayleigh.first().or(system.irrotational.first()) {
                out.push(Diagnostic::error(
                    "E0313",
                    first.keyword,
                    "there is no Lagrangian or Hamiltonian for this to act beside",
                ));
                return None;
            }
            if let Some(force) = system.forces.first() {
                out.push(
                    Diagnostic::error(
                        "E0313",
                        force.span,
                        "there is no Lagrangian or Hamiltonian for this force to act beside",
                    )
                    .help("write the force into the equation `q'' = …`"),
                );
                return None;
            }
            made.form = Some(Form::Stated);
            if system.mass.is_some() {
                dissipative::flow_with_mass(g, system, &explicit, &mut made, out)?;
            }
        }
    }
    for (k, v) in &layout.velocities {
        made.blocks.insert(0, velocity_block(g, &layout, *k, v));
    }
    let rest: Vec<bool> = (0..system.variables.len())
        .map(|k| made.taken.contains(&k) || (doubled || by_variation.is_some()) && system.variables[k].mirror)
        .collect();
    if rest.iter().any(|t| !t)
        || system.equations.iter().any(|e| matches!(e.kind, crate::model::system::EquationKind::Implicit { .. }))
    {
        let blocks = stated::blocks(g, system, &layout, &explicit, &rest, &made.known, out)?;
        made.blocks.extend(blocks);
        if made.form != Some(Form::Stated) {
            made.form = Some(Form::Mixed);
        }
    }
    if let Some(span) = by_variation {
        mirrors(g, system, &layout, span, &mut made, out)?;
    }
    finish(g, system, layout, made, out)
}

/// Pieces that a formalism leaves for [`finish`].
#[derive(Default)]
struct Made {
    blocks: Vec<Block>,
    taken: Vec<usize>,
    invariants: Vec<Conserved>,
    energy: Option<Energy>,
    /// A functional that never grows.
    monotone: Option<Conserved>,
    form: Option<Form>,
    /// Rates that are explicit, for the equations beside them.
    known: rustc_hash::FxHashMap<ExprId, ExprId>,
    /// Momenta that start from velocities.
    derived_starts: Vec<(usize, ExprId)>,
}

/// What this version does not derive.
fn refuse(system: &System, out: &mut Diagnostics) -> Option<()> {
    dissipative::refuse(system, out);
    field::refuse(system, out);
    for v in system
        .variables
        .iter()
        .filter(|v| v.role == Role::Coordinate && system.hamiltonian.is_some() && system.bracket.is_none())
    {
        let at = system.variables.iter().position(|w| std::ptr::eq(w, v));
        if !system.variables.iter().any(|p| p.role == Role::Momentum && p.of == at) {
            let h = system.hamiltonian.as_ref().map_or(v.span, |h| h.keyword);
            out.push(
                Diagnostic::error("E0314", h, format!("the coordinate `{}` has no momentum", v.name))
                    .label(v.span, "this coordinate")
                    .help(format!("declare `momentum p of {}`", v.name)),
            );
        }
    }
    legendre::refuse(system, out);
    if system.hamiltonian.is_none() && legendre::asked_at(system).is_none() {
        if let Some(p) = system.variables.iter().find(|v| v.role == Role::Momentum) {
            out.push(
                Diagnostic::error("E0315", p.span, format!("the momentum `{}` needs a `hamiltonian`", p.name))
                    .help("in a Lagrangian system the momentum is `∂(L, q')`"),
            );
        }
    }
    structure(system, out);
    if let (Some((_, span)), None) = (&system.bracket, &system.hamiltonian) {
        out.push(Diagnostic::error("E0316", *span, "a `bracket` needs a `hamiltonian` that it acts on"));
    }
    if system.variables.is_empty() {
        out.push(
            Diagnostic::error("E0317", system.span, format!("`{}` has nothing that moves", system.name))
                .help("declare a `coord` or a `state`"),
        );
    }
    (!out.has_errors()).then_some(())
}

/// Statements that have no place beside what generates the equations: none is passed over.
fn structure(system: &System, out: &mut Diagnostics) {
    if system.hamiltonian.is_none() && system.lagrangian.is_some() {
        for d in &system.irrotational {
            out.push(
                Diagnostic::error("E0328", d.keyword, "an `irrotational` part acts on coordinates and momenta")
                    .help("in a Lagrangian system dissipation is a `rayleigh` function or a `force`"),
            );
        }
    }
    if let (Some((_, bracket)), Some(_)) = (&system.bracket, &system.hamiltonian) {
        let parts = system.rayleigh.iter().chain(&system.irrotational).map(|g| (g.name.as_str(), g.keyword));
        for (name, span) in parts.chain(system.forces.iter().map(|f| (f.name.as_str(), f.span))) {
            out.push(
                Diagnostic::error("E0329", span, format!("`{name}` cannot act beside a `bracket`"))
                    .label(*bracket, "with a bracket the equations are `z' = J ∇H` and nothing else")
                    .help("put the dissipation into the bracket, `J - R`, or state `x' = …` without a bracket"),
            );
        }
        for e in &system.equations {
            out.push(
                Diagnostic::error("E0308", e.span, "every state has its equation from the bracket already")
                    .label(*bracket, "gives an equation to every coordinate, momentum and state")
                    .help("remove one of the two"),
            );
        }
    }
    let Some(doubled) = system.derivations.iter().find_map(|d| match d {
        Derivation::Doubled(span) => Some(*span),
        _ => None,
    }) else {
        return;
    };
    let by_hand = system.variables.iter().find(|v| v.mirror && !v.name.starts_with("mirror."));
    if let Some(v) = by_hand {
        out.push(
            Diagnostic::error("E0521", doubled, "this system has a mirror already, so it cannot be doubled")
                .label(v.span, "a mirror by hand"),
        );
    }
}

/// A generator beside `q'' = …` for the same coordinate is an error.
fn one_each(
    system: &System,
    explicit: &[Option<stated::Explicit>],
    coordinates: &[usize],
    keyword: crate::diagnostic::Span,
    out: &mut Diagnostics,
) {
    for k in coordinates {
        if let Some(e) = &explicit[*k] {
            out.push(
                Diagnostic::error(
                    "E0308",
                    e.span,
                    format!("`{}` has two equations: this one and Lagrange's", system.variables[*k].name),
                )
                .label(keyword, "gives an equation to every `coord`")
                .help("a force is stated with `force f on q = …`; a quantity with an equation of its own is a `state`"),
            );
        }
    }
}

fn velocity_block(g: &mut Graph, layout: &Layout, k: usize, v: &StateLeaf) -> Block {
    let place = &layout.values[k];
    let mut rates = Vec::new();
    if v.length == 1 && matches!(g.node(v.leaf), crate::symbolic::Node::Symbol(_)) {
        rates.push(Entry { index: g.zero(), value: v.leaf });
    } else if v.length <= crate::limits::BUNDLE {
        for c in 0..v.length {
            let index = g.integer(c as i64);
            rates.push(Entry { index, value: g.read(v.leaf, index) });
        }
    } else {
        let domain = g.domain(0, &[(0, v.length as i64 - 1)], None);
        let index = g.index(domain, 0);
        rates.push(Entry { index, value: g.read(v.leaf, index) });
    }
    Block::Explicit { offset: place.offset, length: place.length, rates }
}

#[allow(clippy::too_many_arguments)]
fn by_lagrangian(
    g: &mut Graph,
    system: &System,
    layout: &Layout,
    explicit: &[Option<stated::Explicit>],
    coordinates: &[usize],
    doubled: bool,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let mut generator = system.lagrangian.clone()?;
    let c = lagrangian::Coordinates {
        word: "Lagrangian",
        q: local(system, coordinates, |v| v.leaf),
        v: local(system, coordinates, |v| v.rate),
        a: local(system, coordinates, |v| v.second),
        names: component_names(system, coordinates),
    };
    let mut plain = system.clone();
    if doubled {
        let originals: Vec<usize> = coordinates.iter().copied().filter(|k| !system.variables[*k].mirror).collect();
        let mirrors: Vec<usize> = coordinates.iter().copied().filter(|k| system.variables[*k].mirror).collect();
        let pair = doubled::Pair {
            q: local(system, &originals, |v| v.leaf),
            v: local(system, &originals, |v| v.rate),
            y: local(system, &mirrors, |v| v.leaf),
            w: local(system, &mirrors, |v| v.rate),
        };
        generator.value = doubled::lagrangian(g, system, generator.value, &pair);
        generator.name = "Λ".into();
        plain.rayleigh.clear();
        plain.forces.clear();
    }
    // Rates of states beside the coordinates, put into the transport of the momenta.
    let moving: Vec<(ExprId, ExprId)> =
        system.variables.iter().filter(|v| v.role == Role::State).map(|v| (v.leaf, v.rate)).collect();
    let mut put_in = rustc_hash::FxHashMap::default();
    for (k, v) in system.variables.iter().enumerate().filter(|(_, v)| v.role == Role::State) {
        if let Some(e) = &explicit[k] {
            let leaf = StateLeaf { leaf: v.leaf, offset: 0, length: v.elements.len(), name: v.name.clone() };
            if let Some(rate) = assemble::as_leaf(g, &e.entries, &leaf) {
                put_in.insert(v.rate, rate);
            }
        }
    }
    if legendre::asked_at(system).is_some() {
        legendre::derive(g, &plain, &generator, layout, explicit, coordinates, &moving, made, out)?;
        if let Some(e) = &mut made.energy {
            e.power = g.substitute(e.power, &put_in);
        }
        return Some(());
    }
    let mut l = lagrangian::derive(g, &plain, &generator, &c, &moving, out)?;
    if !put_in.is_empty() {
        l.forcing.iter_mut().chain(&mut l.momenta).for_each(|e| e.value = g.substitute(e.value, &put_in));
        if let Some(e) = &mut l.energy {
            e.power = g.substitute(e.power, &put_in);
        }
    }
    let first = layout.velocities.first()?.1.offset;
    let n = assemble::length(&c.q);
    if let Some(prescribed) = field::Prescribed::among(system, coordinates) {
        (l.mass, l.forcing) = prescribed.put_in(g, n, l.mass, &l.forcing, 2);
        // What is prescribed may take and give power.
        l.invariants.clear();
        l.energy = None;
    }
    made.blocks.push(Block::Linear {
        offset: first,
        length: n,
        mass: l.mass,
        forcing: l.forcing,
        symmetric: true,
        unknowns: c.a.clone(),
        momenta: l.momenta,
    });
    made.taken = coordinates.to_vec();
    made.invariants = l.invariants;
    made.energy = l.energy;
    made.form = Some(Form::Lagrangian);
    Some(())
}

#[allow(clippy::too_many_arguments)]
fn by_hamiltonian(
    g: &mut Graph,
    system: &System,
    h: &crate::model::system::Generator,
    layout: &Layout,
    explicit: &[Option<stated::Explicit>],
    doubled: bool,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let originals: Vec<usize> =
        (0..system.variables.len()).filter(|k| !(doubled && system.variables[*k].mirror)).collect();
    if let Some((j, _)) = &system.bracket {
        let leaves = local(system, &originals, |v| v.leaf);
        let rates = hamiltonian::bracket(g, system, h, j, &leaves, out)?;
        let length = assemble::length(&leaves);
        let zero = g.zero();
        let mut seeds = crate::symbolic::Seeds::new();
        let one = g.one();
        seeds.set(system.time, one);
        let explicit_time = g.tangent(h.value, &seeds);
        let skew = is_skew(g, j, length);
        if explicit_time == zero && skew {
            made.invariants.push(Conserved {
                name: h.name.clone(),
                value: h.value,
                reason: "the bracket is skew and t does not appear in H".into(),
            });
        }
        made.energy = skew.then_some(Energy { value: h.value, power: explicit_time });
        made.blocks.push(Block::Explicit { offset: 0, length, rates: rates.clone() });
        made.taken = originals.clone();
        made.form = Some(Form::Bracket);
        if doubled {
            mirror_block(g, system, layout, &rates, &originals, made)?;
        }
        return Some(());
    }
    let pairs: Vec<(usize, usize)> = system
        .variables
        .iter()
        .enumerate()
        .filter(|(_, v)| v.role == Role::Momentum && !v.mirror)
        .filter_map(|(k, v)| Some((v.of?, k)))
        .collect();
    let qs: Vec<usize> = pairs.iter().map(|p| p.0).collect();
    let ps: Vec<usize> = pairs.iter().map(|p| p.1).collect();
    for k in qs.iter().chain(&ps) {
        if let Some(e) = &explicit[*k] {
            out.push(
                Diagnostic::error(
                    "E0308",
                    e.span,
                    format!("`{}` has two equations: this one and Hamilton's", system.variables[*k].name),
                )
                .label(h.keyword, "gives the other"),
            );
            return None;
        }
    }
    let phase = hamiltonian::Phase {
        q: local(system, &qs, |v| v.leaf),
        v: local(system, &qs, |v| v.rate),
        p: local(system, &ps, |v| v.leaf),
        q_names: component_names(system, &qs),
        p_names: component_names(system, &ps),
    };
    let made_here = hamiltonian::derive(g, system, h, &phase);
    let mut all = Vec::new();
    for (which, leaves, rates) in [(&qs, &phase.q, &made_here.q_rates), (&ps, &phase.p, &made_here.p_rates)] {
        for (k, leaf) in which.iter().zip(leaves) {
            let place = &layout.values[*k];
            let own = assemble::part(g, rates, leaf);
            let rate = StateLeaf { leaf: system.variables[*k].rate, offset: 0, ..leaf.clone() };
            observed::put_in(g, &own, &rate, &mut made.known);
            for e in &own {
                let shift = g.integer(place.offset as i64);
                all.push(Entry { index: g.add(e.index, shift), value: e.value });
            }
            made.blocks.push(Block::Explicit { offset: place.offset, length: place.length, rates: own });
        }
    }
    made.taken = qs.iter().chain(&ps).copied().collect();
    made.invariants = made_here.invariants;
    made.energy = made_here.energy;
    made.form = Some(Form::Hamiltonian);
    if doubled {
        mirror_block(g, system, layout, &all, &originals, made)?;
    }
    Some(())
}

fn is_skew(g: &mut Graph, j: &[ExprId], n: usize) -> bool {
    let zero = g.zero();
    (0..n).all(|i| (0..=i).all(|k| g.add(j[i * n + k], j[k * n + i]) == zero))
}

/// The adjoint of a flow given over the flat states of the originals.
fn mirror_block(
    g: &mut Graph,
    system: &System,
    layout: &Layout,
    rates: &[Entry],
    originals: &[usize],
    made: &mut Made,
) -> Option<()> {
    let mirrors: Vec<usize> = (0..system.variables.len()).filter(|k| system.variables[*k].mirror).collect();
    let x: Vec<StateLeaf> = originals.iter().map(|k| layout.values[*k].clone()).collect();
    let y = local(system, &mirrors, |v| v.leaf);
    let adjoint = doubled::adjoint(g, rates, &x, &y);
    let offset = layout.values[*mirrors.first()?].offset;
    made.blocks.push(Block::Explicit { offset, length: assemble::length(&y), rates: adjoint });
    let value = doubled::pairing(g, rates, &y);
    if !g.reachable(&[value]).contains(&system.time) {
        made.invariants.push(Conserved {
            name: "Λ".into(),
            value,
            reason: "the pairing of a flow with its adjoint".into(),
        });
    }
    made.taken.extend(mirrors);
    Some(())
}

/// The mirrors of whatever the blocks of the originals say, by the variation of `y·r`.
fn mirrors(
    g: &mut Graph,
    system: &System,
    layout: &Layout,
    span: crate::diagnostic::Span,
    made: &mut Made,
    out: &mut Diagnostics,
) -> Option<()> {
    let place = |k: usize| match layout.velocities.iter().find(|v| v.0 == k) {
        Some((_, leaf)) => (leaf.offset, true),
        None => (layout.values[k].offset, false),
    };
    let mut members = Vec::new();
    for (k, mirror) in system.variables.iter().enumerate().filter(|(_, v)| v.mirror) {
        let x = mirror.of?;
        let original = &system.variables[x];
        let ((offset, second), (mirror_offset, _)) = (place(x), place(k));
        members.push(variation::Member {
            original: [original.leaf, original.rate, original.second],
            mirror: [mirror.leaf, mirror.rate, mirror.second],
            second,
            offset,
            mirror_offset,
            length: original.elements.len(),
            name: original.name.clone(),
        });
    }
    let velocity = |b: &Block| match b {
        Block::Explicit { offset, .. } => layout.velocities.iter().any(|(k, _)| layout.values[*k].offset == *offset),
        _ => false,
    };
    let own: Vec<Block> = made.blocks.iter().filter(|b| !velocity(b)).cloned().collect();
    let adjoint = match variation::variation(g, &own, &members, system.time) {
        Ok(adjoint) => adjoint,
        Err(why) => {
            let d = Diagnostic::error("E0521", span, "this system cannot be doubled");
            out.push(match why {
                variation::NoAdjoint::Coupled(n) => d
                    .note(format!(
                        "{n} implicit rates hang together, and the mirror is written out for up to {}",
                        crate::limits::SOLVED_BY_HAND
                    ))
                    .help("state it by a Lagrangian, or solve the equations for the rates and state `x' = …`"),
                variation::NoAdjoint::Circular => d
                    .note("rates of its mirror would need each other")
                    .help("state the whole system as a flow `x' = …`"),
            });
            return None;
        }
    };
    if !g.reachable(&[adjoint.energy]).contains(&system.time) {
        made.invariants.push(Conserved {
            name: "Λ".into(),
            value: adjoint.energy,
            reason: "the energy of a system with its mirror".into(),
        });
    }
    if let Some(value) = adjoint.pairing {
        made.invariants.push(Conserved {
            name: "pairing".into(),
            value,
            reason: "the mirror of a linear flow runs by the same operator, backwards".into(),
        });
    }
    made.blocks.extend(adjoint.blocks);
    Some(())
}

fn finish(
    g: &mut Graph,
    system: &System,
    layout: Layout,
    made: Made,
    out: &mut Diagnostics,
) -> Option<EquationsOfMotion> {
    let states = layout.states();
    let moving: Vec<ExprId> = states.iter().map(|s| s.leaf).collect();
    let switches = conditions::switches(g, &made.blocks, system.time, &moving);
    let blocks = made.blocks;
    learned::smooth_enough(g, system, &blocks, out);
    if out.has_errors() {
        return None;
    }
    let mut facts = facts::prove(g, &blocks, &states, system.time);
    // A doubled system is conservative as a whole: its mirror takes up what the original loses.
    let doubled = system.derivations.iter().any(|d| matches!(d, Derivation::Doubled(_)));
    facts.dissipative =
        !doubled && (!system.rayleigh.is_empty() || !system.irrotational.is_empty() || system.dissipative.is_some());
    facts.gradient_flow = !doubled && made.monotone.is_some() && facts.constant_mass;
    facts.keeps_volume = doubled
        || match made.form {
            Some(Form::Lagrangian | Form::Hamiltonian) => !facts.dissipative && system.forces.is_empty(),
            Some(Form::Mixed | Form::Dissipative) => false,
            Some(Form::Bracket | Form::Stated) | None => facts::is_divergence_free(g, &blocks, &states),
        };
    facts.bracket = made.form == Some(Form::Bracket);
    facts.state_switch = conditions::has_state_switch(g, &blocks, &moving);
    facts.autonomous &= switches.is_empty();
    if facts.state_switch {
        out.push(
            Diagnostic::warning(
                "W0901",
                system.span,
                "a condition on the state is stepped over by error control; locating it comes with events",
            )
            .note("`abs`, `sign`, `min`, `max`, `clamp` or `if` of something that moves stands in the equations"),
        );
    }
    if let Some(excess) = g.excess() {
        let message = format!("the equations need {}", excess.amount());
        out.push(Diagnostic::error("E0511", system.span, message).help(excess.advice()));
        return None;
    }
    let reversed = system.derivations.iter().filter(|d| matches!(d, Derivation::Reversed(_))).count() % 2 == 1;
    if let Some(Derivation::Reversed(span)) = system.derivations.iter().find(|d| matches!(d, Derivation::Reversed(_))) {
        if !facts.autonomous {
            out.push(
                Diagnostic::error("E0318", *span, "a system with explicit time cannot be reversed")
                    .help("integrate it backwards: `t = 20..0`"),
            );
            return None;
        }
    }
    let mut offset = 0;
    let mut parameters = Vec::new();
    for p in &system.parameters {
        parameters.push(StateLeaf { leaf: p.leaf, offset, length: p.default.len(), name: p.name.clone() });
        offset += p.default.len();
    }
    Some(EquationsOfMotion {
        graph: Graph::new(),
        time: system.time,
        parameters,
        rate_leaves: layout.rate_leaves(system),
        second_leaves: layout.second_leaves(system),
        states,
        blocks,
        form: made.form.unwrap_or(Form::Stated),
        invariants: made.invariants,
        energy: made.energy,
        monotone: made.monotone.filter(|_| !doubled),
        facts,
        switches,
        reversed,
        derived_starts: made.derived_starts,
        origin: system.span,
    })
}

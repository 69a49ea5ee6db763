//! Hamilton's equations, canonical and with a bracket.
//!
//! ```text
//! q' =  ∂H/∂p + ∂D/∂q
//! p' = −∂H/∂q + ∂D/∂p − ∂R/∂q' + Q      with q' = ∂H/∂p put into R and Q
//! z' =  J(z) ∇H(z)
//! ```
//! Hamilton 1835; the irrotational part `D` as in Sosanya and Greydanus, *Dissipative Hamiltonian
//! Neural Networks* (2022), eq. 4; brackets as in Marsden and Ratiu (1999), ch. 10.

use super::assemble;
use super::equations::{Conserved, Energy, StateLeaf};
use super::rayleigh;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::{Generator, Role, System};
use crate::symbolic::{Entry, ExprId, Graph, Seeds};

/// Rates of positions and momenta, flat in the order of the coordinates.
pub struct Hamilton {
    /// `q'`
    pub q_rates: Vec<Entry>,
    /// `p'`
    pub p_rates: Vec<Entry>,
    /// `H` and its power.
    pub energy: Option<Energy>,
    /// Conserved quantities.
    pub invariants: Vec<Conserved>,
}

/// Coordinates and momenta, paired, offsets counted from zero in both.
pub struct Phase {
    /// `q`
    pub q: Vec<StateLeaf>,
    /// Leaves of `q'`.
    pub v: Vec<StateLeaf>,
    /// `p`
    pub p: Vec<StateLeaf>,
    /// Names of the coordinates' components.
    pub q_names: Vec<String>,
    /// Names of the momenta's components.
    pub p_names: Vec<String>,
}

/// Derives the canonical equations.
pub fn derive(g: &mut Graph, system: &System, hamiltonian: &Generator, phase: &Phase) -> Hamilton {
    let h = hamiltonian.value;
    let dh_dp = assemble::gradient(g, h, &phase.p);
    let dh_dq = assemble::gradient(g, h, &phase.q);
    let mut q_rates = dh_dp.clone();
    let mut p_rates = assemble::negated(g, &dh_dq);
    let put_in = velocities(g, phase, &dh_dp);
    let lost = rayleigh::dissipation(g, system, &phase.v);
    let work = rayleigh::virtual_work(g, system, &phase.q);
    let opened = |g: &mut Graph, list: &[Entry]| -> Vec<Entry> {
        list.iter().map(|e| Entry { index: e.index, value: g.substitute(e.value, &put_in) }).collect()
    };
    let lost = opened(g, &lost);
    let work = opened(g, &work);
    p_rates.extend(lost.iter().copied());
    p_rates.extend(work.iter().copied());
    for d in &system.irrotational {
        let (along_q, along_p) = (assemble::gradient(g, d.value, &phase.q), assemble::gradient(g, d.value, &phase.p));
        q_rates.extend(along_q);
        p_rates.extend(along_p);
    }
    let q_rates = assemble::collected(g, &q_rates);
    let p_rates = assemble::collected(g, &p_rates);
    let energy = energy(g, system, h, phase, &dh_dp, &lost, &work);
    let zero = g.zero();
    let mut invariants = Vec::new();
    if energy.as_ref().is_some_and(|e| e.power == zero) {
        invariants.push(Conserved {
            name: hamiltonian.name.clone(),
            value: h,
            reason: "t does not appear in H".into(),
        });
    }
    let n = assemble::length(&phase.q);
    if n <= 64 {
        for k in 0..n {
            if !assemble::touches(g, &p_rates, k) {
                if let Some(value) = assemble::component_at(g, &phase.p, k) {
                    invariants.push(Conserved {
                        name: phase.p_names[k].clone(),
                        value,
                        reason: format!("{} does not appear in H", phase.q_names[k]),
                    });
                }
            }
        }
    }
    Hamilton { q_rates, p_rates, energy, invariants }
}

/// `q' = ∂H/∂p` as a replacement of the velocity leaves.
fn velocities(g: &mut Graph, phase: &Phase, dh_dp: &[Entry]) -> rustc_hash::FxHashMap<ExprId, ExprId> {
    let mut map = rustc_hash::FxHashMap::default();
    for v in &phase.v {
        if v.length == 1 && matches!(g.node(v.leaf), crate::symbolic::Node::Symbol(_)) {
            if let Some(value) = assemble::at(g, dh_dp, v.offset) {
                map.insert(v.leaf, value);
            }
            continue;
        }
        let own = assemble::part(g, dh_dp, v);
        if assemble::is_explicit(g, &own) {
            for k in 0..v.length {
                let index = g.integer(k as i64);
                let leaf = g.read(v.leaf, index);
                if let Some(value) = assemble::at(g, &own, k) {
                    map.insert(leaf, value);
                }
            }
        }
        let whole = g.scatter(v.length as u32, &own);
        map.insert(v.leaf, whole);
    }
    map
}

/// `H' = ∂H/∂t + ∂H/∂q·(q' − ∂H/∂p) + ∂H/∂p·(p' + ∂H/∂q)`: what forces and `D` do.
#[allow(clippy::too_many_arguments)]
fn energy(
    g: &mut Graph,
    system: &System,
    h: ExprId,
    phase: &Phase,
    dh_dp: &[Entry],
    lost: &[Entry],
    work: &[Entry],
) -> Option<Energy> {
    // A state with an equation of its own feeds the energy in a way that is not followed here.
    let states: Vec<ExprId> = system.variables.iter().filter(|v| v.role == Role::State).map(|v| v.leaf).collect();
    if g.free_leaves(&[h]).iter().any(|l| states.contains(l)) {
        return None;
    }
    let mut seeds = Seeds::new();
    let one = g.one();
    seeds.set(system.time, one);
    let mut terms = vec![g.tangent(h, &seeds)];
    let put_in = velocities(g, phase, dh_dp);
    for list in [lost, work] {
        let power = assemble::contracted(g, &phase.v, list);
        terms.push(g.substitute(power, &put_in));
    }
    for d in &system.irrotational {
        let along = |g: &mut Graph, leaves: &[StateLeaf]| -> Option<ExprId> {
            let rates = assemble::gradient(g, d.value, leaves);
            let mut seeds = Seeds::new();
            for l in leaves {
                let change = assemble::as_leaf(g, &rates, l)?;
                seeds.set(l.leaf, change);
            }
            Some(g.tangent(h, &seeds))
        };
        let q_part = along(g, &phase.q)?;
        let p_part = along(g, &phase.p)?;
        terms.push(q_part);
        terms.push(p_part);
    }
    let power = g.sum(&terms);
    Some(Energy { value: h, power })
}

/// `z' = J ∇H` over all states, row by row.
pub fn bracket(
    g: &mut Graph,
    system: &System,
    hamiltonian: &Generator,
    j: &[ExprId],
    leaves: &[StateLeaf],
    out: &mut Diagnostics,
) -> Option<Vec<Entry>> {
    let n = assemble::length(leaves);
    let (_, span) = system.bracket.as_ref()?;
    if j.len() != n * n {
        let side = (j.len() as f64).sqrt() as usize;
        out.push(
            Diagnostic::error("E0307", *span, format!("the bracket has {side} rows, and there are {n} states"))
                .help("J has one row and one column for each component of the states, in the order of declaration"),
        );
        return None;
    }
    let slope = assemble::gradient(g, hamiltonian.value, leaves);
    let mut rates = Vec::new();
    let zero = g.zero();
    for i in 0..n {
        let mut terms = Vec::new();
        for k in 0..n {
            if j[i * n + k] != zero {
                let s = assemble::element(g, n, &slope, k);
                terms.push(g.mul(j[i * n + k], s));
            }
        }
        let index = g.integer(i as i64);
        rates.push(Entry { index, value: g.sum(&terms) });
    }
    Some(rates)
}

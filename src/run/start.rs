//! Parameters and the state that a run begins with.

use super::numbers::Known;
use super::prepare::Prepared;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::system::{Start, StartValue};
use crate::real::random::Random;
use crate::symbolic::{ExprId, Graph};

/// Numbers that a run begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Parameters in SI, flat, in the order of the equations.
    pub parameters: Vec<f64>,
    /// The state.
    pub y: Vec<f64>,
    /// Parameters and time-independent leaves with their values.
    pub known: Known,
}

/// The values of all parameters, in the order in which they need each other.
pub fn parameters(prepared: &Prepared, out: &mut Diagnostics) -> Option<(Vec<f64>, Known)> {
    let mut graph = prepared.equations.graph.clone();
    let mut known = Known::default();
    let mut flat = Vec::new();
    for p in &prepared.system.parameters {
        let values = match known.evaluate(&mut graph, &p.default) {
            Ok(values) => values,
            Err(error) => {
                out.push(Diagnostic::error(
                    "E0461",
                    p.span,
                    format!("the value of `{}` cannot be computed: {error}", p.name),
                ));
                return None;
            }
        };
        if let Some(k) = values.iter().position(|v| !v.is_finite()) {
            let name = p.elements.get(k).unwrap_or(&p.name);
            out.push(Diagnostic::error("E0461", p.span, format!("the value of `{name}` is not a finite number")));
            return None;
        }
        known.set(p.leaf, values.clone());
        flat.extend(values);
    }
    for p in &prepared.system.parameters {
        let Some((lo, hi)) = p.bounds else { continue };
        let Ok(ends) = known.evaluate(&mut graph, &[lo, hi]) else { continue };
        let values = known.get(p.leaf).unwrap_or_default();
        if let Some(v) = values.iter().find(|v| **v < ends[0] || **v > ends[1]) {
            out.push(Diagnostic::error(
                "E0462",
                p.span,
                format!("`{}` is {v} in SI, outside its bounds {}..{}", p.name, ends[0], ends[1]),
            ));
            return None;
        }
    }
    Some((flat, known))
}

/// The state that a run begins with; `t0` is the time of the start.
pub fn beginning(prepared: &Prepared, t0: f64, trajectory: u64, out: &mut Diagnostics) -> Option<Beginning> {
    let (flat, mut known) = parameters(prepared, out)?;
    let mut graph = prepared.equations.graph.clone();
    known.set(prepared.equations.time, vec![t0]);
    let n = prepared.equations.states.iter().map(|s| s.length).sum();
    let mut y: Vec<Option<f64>> = vec![None; n];
    let mut open: Vec<(usize, Start)> = Vec::new();
    for start in prepared.system.starts.iter().filter(|s| s.trajectory.is_none_or(|k| k as u64 == trajectory)) {
        if let Some(place) = place(prepared, start.variable, start.order, start.component) {
            open.push((place, start.clone()));
        }
    }
    mirrors(prepared, &mut open);
    missing(prepared, &open, n, out)?;
    // A start may read other starts: round by round, what is known grows.
    while !open.is_empty() {
        let (ready, waiting): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, s)| needs(s).iter().all(|e| covered(&graph, &known, prepared, &y, *e)));
        if ready.is_empty() {
            let span = waiting[0].1.span;
            out.push(
                Diagnostic::error("E0463", span, "these starts need each other")
                    .help("give one of them a value of its own"),
            );
            return None;
        }
        let bound = with_states(&known, prepared, &y);
        let exprs: Vec<ExprId> = ready.iter().flat_map(|(_, s)| needs(s)).collect();
        let values = match bound.evaluate(&mut graph, &exprs) {
            Ok(values) => values,
            Err(error) => {
                out.push(Diagnostic::error(
                    "E0463",
                    ready[0].1.span,
                    format!("this start cannot be computed: {error}"),
                ));
                return None;
            }
        };
        let mut at = 0;
        for (place, start) in &ready {
            let count = needs(start).len();
            let parts = &values[at..at + count];
            at += count;
            let value = match &start.value {
                StartValue::Expr(_) => parts[0],
                distributed => draw(prepared, start, parts, matches!(distributed, StartValue::Normal(..)), trajectory),
            };
            if !value.is_finite() {
                let name = name(prepared, start);
                out.push(Diagnostic::error(
                    "E0464",
                    start.span,
                    format!("the start of `{name}` is not a finite number"),
                ));
                return None;
            }
            y[*place] = Some(value);
        }
        open = waiting;
    }
    let y: Vec<f64> = y.into_iter().map(|v| v.unwrap_or(0.0)).collect();
    Some(Beginning { parameters: flat, y, known })
}

/// Where a start stands in the state.
pub fn place(prepared: &Prepared, variable: usize, order: u32, component: usize) -> Option<usize> {
    let v = &prepared.system.variables[variable];
    let leaf = if order == 0 { v.leaf } else { v.rate };
    prepared.equations.states.iter().find(|s| s.leaf == leaf).map(|s| s.offset + component)
}

fn name(prepared: &Prepared, start: &Start) -> String {
    let v = &prepared.system.variables[start.variable];
    format!("{}{}", v.elements[start.component], "'".repeat(start.order as usize))
}

fn needs(start: &Start) -> Vec<ExprId> {
    match &start.value {
        StartValue::Expr(e) => vec![*e],
        StartValue::Uniform(a, b) | StartValue::Normal(a, b) => vec![*a, *b],
    }
}

/// Mirrors start where their originals start unless the file says otherwise.
fn mirrors(prepared: &Prepared, open: &mut Vec<(usize, Start)>) {
    let given: Vec<usize> = open.iter().map(|o| o.0).collect();
    let mut more = Vec::new();
    for (k, v) in prepared.system.variables.iter().enumerate() {
        let (true, Some(original)) = (v.mirror, v.of) else { continue };
        for (_, start) in open.iter().filter(|(_, s)| s.variable == original) {
            let copy = Start { variable: k, ..start.clone() };
            if let Some(p) = place(prepared, k, copy.order, copy.component) {
                if !given.contains(&p) {
                    more.push((p, copy));
                }
            }
        }
    }
    open.extend(more);
}

/// A start that is missing is an error at the system's name: nothing starts at zero by itself.
fn missing(prepared: &Prepared, open: &[(usize, Start)], n: usize, out: &mut Diagnostics) -> Option<()> {
    let mut has = vec![false; n];
    open.iter().for_each(|o| has[o.0] = true);
    let names = state_names(prepared);
    let without: Vec<String> = (0..n).filter(|k| !has[*k]).map(|k| names[k].clone()).collect();
    if without.is_empty() {
        return Some(());
    }
    let shown: Vec<String> = without.iter().take(6).map(|n| format!("`{n}`")).collect();
    let more = if without.len() > 6 { format!(" and {} more", without.len() - 6) } else { String::new() };
    let first = &without[0];
    out.push(
        Diagnostic::error(
            "E0320",
            prepared.system.span,
            format!("`{}` has no start for {}{more}", prepared.system.name, shown.join(", ")),
        )
        .help(format!("write `init {first} = …`; nothing starts at zero by itself")),
    );
    None
}

/// Names of the components of the state.
pub fn state_names(prepared: &Prepared) -> Vec<String> {
    let mut names = Vec::new();
    for s in &prepared.equations.states {
        let v = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf);
        let Some(v) = v else { continue };
        let tail = if v.leaf == s.leaf { "" } else { "'" };
        names.extend(v.elements.iter().map(|e| format!("{e}{tail}")));
    }
    names
}

fn covered(graph: &Graph, known: &Known, prepared: &Prepared, y: &[Option<f64>], e: ExprId) -> bool {
    graph.free_leaves(&[e]).iter().all(|l| {
        known.get(*l).is_some()
            || prepared
                .equations
                .states
                .iter()
                .any(|s| s.leaf == *l && y[s.offset..s.offset + s.length].iter().all(Option::is_some))
    })
}

fn with_states(known: &Known, prepared: &Prepared, y: &[Option<f64>]) -> Known {
    let mut bound = known.clone();
    for s in &prepared.equations.states {
        let values: Option<Vec<f64>> = y[s.offset..s.offset + s.length].iter().copied().collect();
        if let Some(values) = values {
            bound.set(s.leaf, values);
        }
    }
    bound
}

/// A draw that depends on seed, trajectory, name and component only.
fn draw(prepared: &Prepared, start: &Start, parts: &[f64], normal: bool, trajectory: u64) -> f64 {
    let numbers = Random::new(prepared.seed, &format!("init {}", name(prepared, start)));
    if normal {
        parts[0] + parts[1] * numbers.normal(trajectory)
    } else {
        parts[0] + (parts[1] - parts[0]) * numbers.uniform(trajectory)
    }
}

//! Parameters and the state that a run begins with.

use super::numbers::{Expressions, Known};
use super::output::RunOutput;
use super::prepare::Prepared;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::formalism::StateLeaf;
use crate::model::grid::FieldStart;
use crate::model::system::{Role, Start, StartValue};
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

/// Random numbers of one trajectory before their distributions: uniform in [0, 1), or normal with mean 0 and
/// deviation 1 where the second argument says so.
pub trait Chance {
    /// For a start.
    fn start(&self, start: &Start, normal: bool) -> f64;
    /// For the parameter drawn at this place of [`crate::model::System::draws`].
    fn draw(&self, place: usize, normal: bool) -> f64;
}

/// Numbers that depend on seed, trajectory, name and component only.
pub struct Counted<'p> {
    /// The system, with its seed.
    pub prepared: &'p Prepared,
    /// The trajectory.
    pub trajectory: u64,
}

impl Counted<'_> {
    fn number(&self, purpose: &str, normal: bool) -> f64 {
        let numbers = Random::new(self.prepared.seed, purpose);
        if normal { numbers.normal(self.trajectory) } else { numbers.uniform(self.trajectory) }
    }
}

impl Chance for Counted<'_> {
    fn start(&self, start: &Start, normal: bool) -> f64 {
        self.number(&format!("init {}", name(self.prepared, start)), normal)
    }

    fn draw(&self, place: usize, normal: bool) -> f64 {
        let draw = &self.prepared.system.draws[place];
        let parameter = &self.prepared.system.parameters[draw.parameter];
        let element = parameter.elements.get(draw.component).unwrap_or(&parameter.name);
        self.number(&format!("draw {element}"), normal)
    }
}

/// A number of a distribution: `lo + (hi − lo)·u` or `mean + deviation·z`.
fn drawn(value: &StartValue, parts: &[f64], number: f64) -> f64 {
    match value {
        StartValue::Expr(_) => parts[0],
        StartValue::Uniform(..) => parts[0] + (parts[1] - parts[0]) * number,
        StartValue::Normal(..) => parts[0] + parts[1] * number,
    }
}

/// The values of all parameters, in the order in which they need each other; drawn ones are those of the
/// first trajectory.
pub fn parameters(prepared: &Prepared, out: &mut Diagnostics) -> Option<(Vec<f64>, Known)> {
    let mut expressions = Expressions::new(prepared.equations.graph.clone());
    parameters_of(prepared, &Counted { prepared, trajectory: 0 }, &mut expressions, out)
}

/// The values of all parameters with these random numbers; `expressions` are those of the prepared equations.
pub fn parameters_of(
    prepared: &Prepared,
    chance: &dyn Chance,
    expressions: &mut Expressions,
    out: &mut Diagnostics,
) -> Option<(Vec<f64>, Known)> {
    let mut known = Known::default();
    prepared.given.iter().for_each(|(leaf, value)| known.set(*leaf, vec![*value]));
    let mut flat = Vec::new();
    for (number, p) in prepared.system.parameters.iter().enumerate() {
        let made = expressions.evaluate(&known, &p.default).and_then(|mut values| {
            for (place, d) in prepared.system.draws.iter().enumerate() {
                if prepared.system.parameters[d.parameter].leaf == p.leaf {
                    let (ends, normal) = match &d.value {
                        StartValue::Expr(e) => (vec![*e], false),
                        StartValue::Uniform(a, b) => (vec![*a, *b], false),
                        StartValue::Normal(a, b) => (vec![*a, *b], true),
                    };
                    let parts = expressions.evaluate(&known, &ends)?;
                    values[d.component] = drawn(&d.value, &parts, chance.draw(place, normal));
                }
            }
            Ok(values)
        });
        let values = match made {
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
            let message = format!("the value of `{name}` is not a finite number");
            out.push(Diagnostic::error("E0461", p.span, message).help(super::simulate::NOT_FINITE));
            return None;
        }
        let values = match prepared.fitted.iter().find(|(k, _)| *k == number) {
            Some((_, found)) => found.clone(),
            None => values,
        };
        known.set(p.leaf, values.clone());
        flat.extend(values);
    }
    for p in &prepared.system.parameters {
        let Some((lo, hi)) = p.bounds else { continue };
        let Ok(ends) = expressions.evaluate(&known, &[lo, hi]) else { continue };
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
    let mut expressions = Expressions::new(prepared.equations.graph.clone());
    beginning_of(prepared, t0, trajectory, &Counted { prepared, trajectory }, &mut expressions, out)
}

/// The state that a run begins with, with these random numbers; `expressions` are those of the prepared equations.
pub fn beginning_of(
    prepared: &Prepared,
    t0: f64,
    trajectory: u64,
    chance: &dyn Chance,
    expressions: &mut Expressions,
    out: &mut Diagnostics,
) -> Option<Beginning> {
    let (flat, mut known) = parameters_of(prepared, chance, expressions, out)?;
    known.set(prepared.equations.time, vec![t0]);
    let leaves = starting(prepared);
    let n: usize = prepared.equations.states.iter().map(|s| s.length).sum();
    let mut y: Vec<Option<f64>> = vec![None; leaves.iter().map(|s| s.length).sum()];
    let mut open: Vec<(usize, Start)> = Vec::new();
    for start in prepared.system.starts.iter().filter(|s| s.trajectory.is_none_or(|k| k as u64 == trajectory)) {
        if let Some(place) = place(prepared, &leaves, start.variable, start.order, start.component) {
            open.push((place, start.clone()));
        }
    }
    mirrors(prepared, &leaves, &mut open);
    derived(prepared, &mut open);
    let mut fields = fields(prepared, &leaves, trajectory);
    missing(prepared, &leaves, &open, &fields, n, out)?;
    // A start may read other starts: round by round, what is known grows.
    while !open.is_empty() || !fields.is_empty() {
        let (ready, waiting): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|(_, s)| needs(s).iter().all(|e| covered(&expressions.graph, &known, &leaves, &y, *e)));
        let whole: Vec<_> = fields
            .extract_if(.., |f| {
                f.start.entries.iter().all(|e| covered(&expressions.graph, &known, &leaves, &y, e.value))
            })
            .collect();
        if ready.is_empty() && whole.is_empty() {
            let span = waiting.first().map(|w| w.1.span).or(fields.first().map(|f| f.start.span)).unwrap_or_default();
            out.push(
                Diagnostic::error("E0463", span, "these starts need each other")
                    .help("give one of them a value of its own"),
            );
            return None;
        }
        let bound = with_states(&known, &leaves, &y);
        let exprs: Vec<ExprId> = ready.iter().flat_map(|(_, s)| needs(s)).collect();
        let values = match expressions.evaluate(&bound, &exprs) {
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
                value => drawn(value, parts, chance.start(start, matches!(value, StartValue::Normal(..)))),
            };
            if !value.is_finite() {
                let name = name(prepared, start);
                let message = format!("the start of `{name}` is not a finite number");
                out.push(Diagnostic::error("E0464", start.span, message).help(super::simulate::NOT_FINITE));
                return None;
            }
            y[*place] = Some(value);
        }
        for f in &whole {
            let name = &prepared.system.variables[f.variable].elements;
            let values = match expressions.array(&bound, &f.start.entries, f.length) {
                Ok(values) => values,
                Err(error) => {
                    let message = format!("this start cannot be computed: {error}");
                    out.push(Diagnostic::error("E0463", f.start.span, message));
                    return None;
                }
            };
            if let Some(k) = values.iter().position(|v| !v.is_finite()) {
                let message = format!("the start of `{}` is not a finite number", name[k]);
                out.push(Diagnostic::error("E0464", f.start.span, message).help(super::simulate::NOT_FINITE));
                return None;
            }
            // A point with a start of its own keeps it.
            for (slot, value) in y[f.offset..f.offset + f.length].iter_mut().zip(values) {
                slot.get_or_insert(value);
            }
        }
        open = waiting;
    }
    let y: Vec<f64> = y.into_iter().take(n).map(|v| v.unwrap_or(0.0)).collect();
    Some(Beginning { parameters: flat, y, known })
}

/// A field that starts as a whole.
struct WholeField<'s> {
    start: &'s FieldStart,
    variable: usize,
    offset: usize,
    length: usize,
}

/// The fields that start as wholes; mirrors start where their originals do.
fn fields<'p>(prepared: &'p Prepared, leaves: &[StateLeaf], trajectory: u64) -> Vec<WholeField<'p>> {
    let system = &prepared.system;
    let mut out: Vec<WholeField<'p>> = Vec::new();
    let own = system.field_starts.iter().filter(|s| s.trajectory.is_none_or(|k| k as u64 == trajectory));
    // A start of this trajectory alone stands in place of the one for all.
    let mut list: Vec<&FieldStart> = own.collect();
    list.sort_by_key(|s| s.trajectory.is_none());
    let mut add = |variable: usize, start: &'p FieldStart| {
        let length = system.variables[variable].elements.len();
        if let Some(offset) = place(prepared, leaves, variable, start.order, 0)
            && out.iter().all(|f| f.offset != offset)
        {
            out.push(WholeField { start, variable, offset, length });
        }
    };
    list.iter().for_each(|s| add(s.variable, s));
    for (k, v) in system.variables.iter().enumerate().filter(|(_, v)| v.mirror) {
        list.iter().filter(|s| Some(s.variable) == v.of).for_each(|s| add(k, s));
    }
    out
}

/// What starts: the states, and behind them the velocities that the momenta of a Legendre transform
/// start from.
fn starting(prepared: &Prepared) -> Vec<StateLeaf> {
    let mut leaves = prepared.equations.states.clone();
    if prepared.equations.derived_starts.is_empty() {
        return leaves;
    }
    let mut offset = leaves.iter().map(|s| s.length).sum();
    for v in prepared.system.variables.iter().filter(|v| v.role == Role::Coordinate) {
        let length = v.elements.len();
        leaves.push(StateLeaf { leaf: v.rate, offset, length, name: format!("{}'", v.name) });
        offset += length;
    }
    leaves
}

/// The state of another run as a start of this system, matched by name: momenta of a Legendre
/// transform follow from that run's velocities, velocities from its solved rates.
pub fn continued(
    prepared: &Prepared,
    run: &RunOutput,
    row: usize,
    at: Span,
    out: &mut Diagnostics,
) -> Option<Vec<f64>> {
    let (_, known) = parameters(prepared, out)?;
    let theirs = state_names(&run.prepared);
    let state = run.trajectory.state(row);
    let rate = |wanted: &str| -> Option<f64> {
        let name = wanted.strip_suffix('\'')?;
        run.prepared.system.variables.iter().enumerate().find_map(|(variable, v)| {
            let component = v.elements.iter().position(|e| e == name)?;
            (v.role == Role::Coordinate).then(|| run.rate(variable, component, row).ok()).flatten()
        })
    };
    let leaves = starting(prepared);
    let names = names_of(prepared, &leaves);
    let mut y: Vec<Option<f64>> = names
        .iter()
        .map(|wanted| theirs.iter().position(|n| n == wanted).map(|k| state[k]).or_else(|| rate(wanted)))
        .collect();
    let mut graph = prepared.equations.graph.clone();
    let mut bound = with_states(&known, &leaves, &y);
    bound.set(prepared.equations.time, vec![run.trajectory.times[row]]);
    for (place, value) in &prepared.equations.derived_starts {
        if y[*place].is_none() && covered(&graph, &bound, &[], &[], *value) {
            y[*place] = bound.evaluate(&mut graph, &[*value]).ok().map(|v| v[0]);
        }
    }
    let n: usize = prepared.equations.states.iter().map(|s| s.length).sum();
    if let Some(k) = (0..n).find(|k| y[*k].is_none()) {
        let (name, system) = (&names[k], &prepared.system.name);
        out.push(Diagnostic::error("E0469", at, format!("that run has no `{name}`, which `{system}` starts with")));
        return None;
    }
    Some(y.into_iter().take(n).flatten().collect())
}

/// Where a start stands among what starts.
fn place(prepared: &Prepared, leaves: &[StateLeaf], variable: usize, order: u32, component: usize) -> Option<usize> {
    let v = &prepared.system.variables[variable];
    let leaf = if order == 0 { v.leaf } else { v.rate };
    leaves.iter().find(|s| s.leaf == leaf).map(|s| s.offset + component)
}

/// Momenta without a start of their own start as `p = ∂L/∂q'`; a velocity whose momentum is given is
/// none that anything starts with.
fn derived(prepared: &Prepared, open: &mut Vec<(usize, Start)>) {
    let mut more = Vec::new();
    for (place, value) in &prepared.equations.derived_starts {
        if open.iter().any(|o| o.0 == *place) {
            continue;
        }
        let Some(s) = prepared.equations.states.iter().find(|s| (s.offset..s.offset + s.length).contains(place)) else {
            continue;
        };
        let Some(variable) = prepared.system.variables.iter().position(|v| v.leaf == s.leaf) else { continue };
        let span = prepared.system.starts.first().map_or(prepared.system.span, |s| s.span);
        let component = *place - s.offset;
        more.push((
            *place,
            Start { span, variable, order: 0, component, value: StartValue::Expr(*value), trajectory: None },
        ));
    }
    open.extend(more);
}

/// What a start is of: `θ1'`.
pub fn name(prepared: &Prepared, start: &Start) -> String {
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
fn mirrors(prepared: &Prepared, leaves: &[StateLeaf], open: &mut Vec<(usize, Start)>) {
    let given: Vec<usize> = open.iter().map(|o| o.0).collect();
    let mut more = Vec::new();
    for (k, v) in prepared.system.variables.iter().enumerate() {
        let (true, Some(original)) = (v.mirror, v.of) else { continue };
        for (_, start) in open.iter().filter(|(_, s)| s.variable == original) {
            let copy = Start { variable: k, ..start.clone() };
            if let Some(p) = place(prepared, leaves, k, copy.order, copy.component) {
                if !given.contains(&p) {
                    more.push((p, copy));
                }
            }
        }
    }
    open.extend(more);
}

/// A start that is missing is an error at the system's name: nothing starts at zero by itself.
fn missing(
    prepared: &Prepared,
    leaves: &[StateLeaf],
    open: &[(usize, Start)],
    fields: &[WholeField<'_>],
    n: usize,
    out: &mut Diagnostics,
) -> Option<()> {
    let names = names_of(prepared, leaves);
    let mut has = vec![false; names.len()];
    open.iter().for_each(|o| has[o.0] = true);
    fields.iter().for_each(|f| has[f.offset..f.offset + f.length].fill(true));
    // Velocities are asked for where a momentum starts from them.
    let read: Vec<ExprId> = open.iter().flat_map(|(_, s)| needs(s)).collect();
    let read = prepared.equations.graph.free_leaves(&read);
    let asked = |k: usize| {
        k < n || leaves.iter().any(|l| (l.offset..l.offset + l.length).contains(&k) && read.contains(&l.leaf))
    };
    let without: Vec<String> = (0..names.len()).filter(|k| !has[*k] && asked(*k)).map(|k| names[k].clone()).collect();
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
    names_of(prepared, &prepared.equations.states)
}

fn names_of(prepared: &Prepared, leaves: &[StateLeaf]) -> Vec<String> {
    let mut names = Vec::new();
    for s in leaves {
        let v = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf);
        let Some(v) = v else { continue };
        let tail = if v.leaf == s.leaf { "" } else { "'" };
        names.extend(v.elements.iter().map(|e| format!("{e}{tail}")));
    }
    names
}

fn covered(graph: &Graph, known: &Known, leaves: &[StateLeaf], y: &[Option<f64>], e: ExprId) -> bool {
    let given = |s: &StateLeaf| y[s.offset..s.offset + s.length].iter().all(Option::is_some);
    graph.free_leaves(&[e]).iter().all(|l| known.get(*l).is_some() || leaves.iter().any(|s| s.leaf == *l && given(s)))
}

fn with_states(known: &Known, leaves: &[StateLeaf], y: &[Option<f64>]) -> Known {
    let mut bound = known.clone();
    for s in leaves {
        let values: Option<Vec<f64>> = y[s.offset..s.offset + s.length].iter().copied().collect();
        if let Some(values) = values {
            bound.set(s.leaf, values);
        }
    }
    bound
}

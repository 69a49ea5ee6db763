//! `sample(A) { … }`: trajectories from random starts; `states(A) { … }`: states at random or on a grid. Both with
//! the exact rates of what is recorded, or rates by differences, and with noise.

use super::call::{self, Call};
use super::place::Shape;
use super::plan::Planner;
use super::state;
use crate::data::{Named, Targets};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::run::draws::{self, Axis, Noise};
use crate::run::prepare::{self, Prepared};
use crate::run::{choose, record};
use crate::symbolic::ExprId;
use crate::syntax::tree::*;

const SAMPLE: Call = Call {
    line: "data",
    word: "sample",
    options: &["t", "method", "rtol", "atol", "step", "max_steps"],
    states: &[],
    own: &["trajectories", "observe", "noise", "targets", "generator", "seed"],
    random: true,
    grid: false,
};

const STATES: Call = Call {
    line: "data",
    word: "states",
    options: &[],
    states: &[],
    own: &["count", "observe", "noise", "generator", "seed"],
    random: true,
    grid: true,
};

/// Where random numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generator {
    /// Each has an index of its own.
    Counted,
    /// NumPy's `RandomState`, in the order of the text.
    Legacy,
}

/// A call of `sample` or `states`, resolved.
pub(super) struct SampleLine {
    pub prepared: Prepared,
    /// What is known of its columns.
    pub shape: Shape,
    pub states: bool,
    pub count: usize,
    pub axes: Vec<Axis>,
    pub noise: Vec<Option<Noise>>,
    pub noise_of_rates: Vec<Option<Noise>>,
    pub targets: Targets,
    pub generator: Generator,
    pub seed: u64,
}

/// Options that are expressions or blocks, by name.
struct Own<'c>(&'c [ConfigEntry]);

impl<'c> Own<'c> {
    fn entry(&self, name: &str) -> Option<&'c ConfigEntry> {
        self.0.iter().find(|e| super::option::name_of(e) == Some(name))
    }

    fn expr(&self, planner: &mut Planner, name: &str) -> Option<&'c Expr> {
        let e = self.entry(name)?;
        match &e.value {
            ConfigValue::Expr(value) => Some(value),
            ConfigValue::Config(_) => {
                super::option::wrong(e.span, format!("`{name}` takes a value, not a block"), &mut planner.out);
                None
            }
        }
    }
}

/// Resolves the call.
pub(super) fn plan(
    planner: &mut Planner,
    name: &str,
    states: bool,
    value: &Expr,
    config: Option<&Config>,
) -> Option<(SampleLine, Shape)> {
    let call = if states { &STATES } else { &SAMPLE };
    let mut asked = call::request(planner, call, value, config)?;
    let own = Own(&asked.own);
    let errors = planner.out.len();
    let mut seed = planner.seed;
    if let Some(e) = own.expr(planner, "seed") {
        seed = planner.seed_of(e).unwrap_or(seed);
    }
    let generators = [("numpy", Generator::Legacy), ("counted", Generator::Counted)];
    let generator = own.expr(planner, "generator").and_then(|e| planner.word("generator", e, &generators));
    let generator = generator.unwrap_or(Generator::Counted);
    if generator == Generator::Legacy && seed > u64::from(u32::MAX) {
        let at = own.entry("generator").map_or(value.span, |e| e.span);
        planner.out.push(Diagnostic::error("E0467", at, "NumPy's legacy generator takes seeds up to 4294967295"));
    }
    let targets = own.expr(planner, "targets").map(|e| (planner.targets(e), e.span));
    asked.request.columns = observed(planner, own.entry("observe"))?;
    let (prepared, problems) = prepare::prepare(&planner.program, "", &asked.request, seed);
    planner.out.extend(asked.explained(problems.sorted(), value.span));
    let mut prepared = prepared?;
    prepared.seed = seed;
    planner.numbers_only(&prepared, value.span)?;
    if let Some(read) = prepared.system.reads.bindings.first() {
        let result = planner.scopes[read.result].name.clone();
        let message = format!("this reads `{result}`, and data are drawn without earlier results");
        planner.out.push(Diagnostic::error("E0476", value.span, message).help("use parameters and constants"));
        return None;
    }
    if let Some(unfitted) = prepared.unfitted_in(value.span) {
        planner.out.push(unfitted);
        return None;
    }
    let options = prepared.system.simulate.clone().unwrap_or_default();
    if !states && options.time.is_none() {
        let message = format!(
            "trajectories of `{}` need a span of time, and neither it nor this line has one",
            prepared.system.name
        );
        planner.out.push(
            Diagnostic::error("E0321", value.span, message)
                .help("write `t = 0..10 by 0.1` among the options; states alone come from `states(…)`"),
        );
        return None;
    }
    if states && !prepared.equations.facts.autonomous {
        let message = format!("the equations of `{}` depend on `t`, and states have no times", prepared.system.name);
        planner.out.push(Diagnostic::error("E0480", value.span, message).help("sample trajectories: `sample(…)`"));
        return None;
    }
    if let Err(d) = choose::known(&options) {
        planner.out.push(*d);
    }
    let axes = axes(planner, &asked, &prepared)?;
    let count = count(planner, &own, states, &prepared, &axes, value.span)?;
    let targets = match targets {
        Some((made, _)) => made?,
        None => Targets::Analytic,
    };
    let (columns, names, exprs) = columns(planner, &prepared, targets, own.entry("targets").map(|e| e.span))?;
    let plain: Vec<(String, Dimension)> = columns.iter().map(|c| (c.0.clone(), c.1)).collect();
    let mut noise = vec![None; plain.len()];
    let mut noise_of_rates = vec![None; plain.len()];
    if let Some(e) = own.entry("noise") {
        read_noise(planner, e, &plain, &names, (&mut noise, &mut noise_of_rates))?;
    }
    if planner.out.len() > errors && planner.out.has_errors() {
        return None;
    }
    let time = if prepared.system.has_units { Dimension::time() } else { Dimension::one() };
    let mut shape = Shape::new(columns, names, (!states).then_some(time));
    shape.exprs = exprs;
    shape.trajectories = count.several.then_some(count.count);
    shape.scattered = states;
    shape.rows = states.then_some(count.count);
    let mut starts = state::components(&prepared);
    starts.extend(plain.iter().filter(|c| starts.iter().all(|s| s.0 != c.0)).cloned().collect::<Vec<_>>());
    shape.starts = Some((starts, count.count));
    shape.truth = Some(Box::new(prepared.clone()));
    let again = planner.sources.iter().zip(&planner.scopes).find(|(s, _)| match s {
        super::place::Source::Data(other) => other.truth.as_ref().is_some_and(|t| {
            t.seed == seed && t.system.span == prepared.system.span && draws::anything_random(&prepared)
        }),
        super::place::Source::Run(_) | super::place::Source::Fit(_) | super::place::Source::Formula => false,
    });
    if let Some((_, other)) = again.filter(|_| generator == Generator::Counted) {
        let message = format!("`{name}` and `{}` draw the same random numbers: one system, one seed", other.name);
        planner.out.push(
            Diagnostic::warning("W0480", value.span, message)
                .help("give one of them a seed of its own, `seed = 2`, or split one set of data"),
        );
    }
    let line = SampleLine {
        prepared,
        shape: shape.clone(),
        states,
        count: count.count,
        axes,
        noise,
        noise_of_rates,
        targets,
        generator,
        seed,
    };
    Some((line, shape))
}

/// `observe = { q = θ, v = θ' }`
fn observed(planner: &mut Planner, entry: Option<&ConfigEntry>) -> Option<Vec<(Ident, Expr)>> {
    let Some(entry) = entry else { return Some(Vec::new()) };
    let ConfigValue::Config(list) = &entry.value else {
        planner.out.push(
            Diagnostic::error("E0488", entry.span, "`observe` takes columns in braces")
                .help("write `observe = { q = θ, v = θ' }`"),
        );
        return None;
    };
    let mut out: Vec<(Ident, Expr)> = Vec::new();
    for e in &list.entries {
        let plain = e.word.is_none() && !e.distributed && e.each.is_none() && e.bounds.is_none();
        let name = crate::model::text_of(&e.target);
        let (true, ConfigValue::Expr(value)) = (plain && is_column(&e.target), &e.value) else {
            planner.out.push(
                Diagnostic::error("E0488", e.span, "a column has a name and a quantity")
                    .help("write `observe = { q = θ, v = θ' }`"),
            );
            return None;
        };
        if !reserved(planner, &name, e.target.span) {
            return None;
        }
        if let Some((first, _)) = out.iter().find(|o| o.0.name == name) {
            planner.out.push(
                Diagnostic::error("E0120", e.target.span, format!("the column `{name}` is named twice"))
                    .label(first.span, "the first one"),
            );
            return None;
        }
        out.push((Ident { name, span: e.target.span }, value.clone()));
    }
    if out.is_empty() {
        planner.out.push(
            Diagnostic::error("E0488", entry.span, "`observe` names no column")
                .help("leave it out to record all variables of the system"),
        );
        return None;
    }
    Some(out)
}

/// A name, with primes or not.
fn is_column(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Name(_) => true,
        ExprKind::Prime { base, .. } | ExprKind::Field { base, .. } => is_column(base),
        _ => false,
    }
}

/// Whether a column may be called so; `t`, `trial` and `init` are given.
pub(super) fn reserved(planner: &mut Planner, name: &str, at: Span) -> bool {
    if !["t", "trial", "init", "π"].contains(&name) {
        return true;
    }
    planner.out.push(
        Diagnostic::error("E0488", at, format!("`{name}` is given in data and is no name for a column"))
            .help("choose another name"),
    );
    false
}

fn axes(planner: &mut Planner, asked: &call::Requested, prepared: &Prepared) -> Option<Vec<Axis>> {
    let mut out = Vec::new();
    for (span, count) in &asked.axes {
        let n = planner.count("the number of points of an axis", count, limits::DATA_TRAJECTORIES)?;
        let parts = prepared.system.starts.iter().filter(|s| s.span == *span).count();
        if parts != 1 {
            planner.out.push(
                Diagnostic::error(
                    "E0488",
                    *span,
                    "an axis of a grid is of one number, and this has several components",
                )
                .help("give each component its own axis: `init x[1] = 0..1 count 5, x[2] = 0..1 count 5`"),
            );
            return None;
        }
        out.push(Axis { span: *span, count: n });
    }
    Some(out)
}

struct Count {
    count: usize,
    several: bool,
}

/// How many trajectories or states there are.
fn count(
    planner: &mut Planner,
    own: &Own<'_>,
    states: bool,
    prepared: &Prepared,
    axes: &[Axis],
    at: Span,
) -> Option<Count> {
    let word = if states { "count" } else { "trajectories" };
    let given = own.entry(word);
    let number = match own.expr(planner, word) {
        Some(e) => Some(planner.count(&format!("`{word}`"), e, limits::DATA_TRAJECTORIES)?),
        None if given.is_some() => return None,
        None => None,
    };
    let mut fixed = prepared.system.trajectories;
    if !axes.is_empty() {
        let points = axes.iter().try_fold(1usize, |n, a| n.checked_mul(a.count));
        let points = points.filter(|n| *n <= limits::DATA_TRAJECTORIES);
        let Some(points) = points else {
            let message = format!("this grid has more than {} states", limits::DATA_TRAJECTORIES);
            planner.out.push(Diagnostic::error("E0488", at, message));
            return None;
        };
        fixed = Some(points);
    }
    if let (Some(n), Some(m), Some(e)) = (number, fixed, given) {
        if n != m {
            let message =
                format!("the starts make {m} {}, and `{word}` is {n}", if states { "states" } else { "trajectories" });
            planner.out.push(
                Diagnostic::error("E0472", e.span, message).help(format!("leave `{word}` out, or make them agree")),
            );
            return None;
        }
    }
    if states && number.is_none() && fixed.is_none() {
        planner.out.push(
            Diagnostic::error("E0488", at, "how many states are wanted?")
                .help("write `count = 1000`, or put a grid in place of random starts: `init x = -1..1 count 25`"),
        );
        return None;
    }
    let count = number.or(fixed).unwrap_or(1);
    if fixed.is_none() && count > 1 && !draws::anything_random(prepared) {
        let message = "nothing is random here, so all of them are the same".to_owned();
        let at = given.map_or(at, |e| e.span);
        planner.out.push(Diagnostic::error("E0488", at, message).help("write `init x ~ uniform(-1, 1)`"));
        return None;
    }
    Some(Count { count, several: !states && (number.is_some() || fixed.is_some()) })
}

/// Columns (name, dimension, whether they have rates), the names over them, and the expressions behind them.
type Columns = (Vec<(String, Dimension, bool)>, Vec<Named>, Vec<(ExprId, u32)>);

fn columns(planner: &mut Planner, prepared: &Prepared, targets: Targets, asked: Option<Span>) -> Option<Columns> {
    let (mut columns, mut names, mut exprs): Columns = Default::default();
    let mut add = |name: &str, shape: &[usize], parts: Vec<(String, Dimension, ExprId, u32)>| {
        let from = columns.len();
        for (element, dimension, e, primes) in parts {
            let rated = targets != Targets::Analytic || record::beyond(prepared, e, primes + 1).is_none();
            columns.push((element, dimension, rated));
            exprs.push((e, primes));
        }
        names.push(Named { name: name.to_owned(), shape: shape.to_vec(), columns: from..columns.len() });
    };
    let hidden: Vec<_> = prepared.system.observables.iter().filter(|o| o.name.ends_with(' ')).collect();
    for o in &hidden {
        let name = o.name.trim_end();
        let elements = o.elements.iter().map(|e| {
            let (name, index) = e.split_once(' ').unwrap_or((e, ""));
            crate::data::component(name, index)
        });
        let parts = elements.zip(&o.items).map(|(n, e)| (n, o.dimension, *e, 0)).collect();
        add(name, &o.shape, parts);
    }
    if hidden.is_empty() {
        for s in &prepared.equations.states {
            let found = prepared.system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf);
            let Some(v) = found else { continue };
            let Some(value) = prepared.system.names.get(&v.name) else { continue };
            let primes = u32::from(v.leaf != s.leaf);
            let tail = "'".repeat(primes as usize);
            let mut dimension = v.dimension;
            if primes > 0 && prepared.system.has_units {
                dimension = dimension.div(&Dimension::time()).unwrap_or(dimension);
            }
            let parts =
                value.items.iter().zip(v.elements.iter()).map(|(e, n)| (format!("{n}{tail}"), dimension, *e, primes));
            add(&format!("{}{tail}", v.name), &value.shape, parts.collect());
        }
        for (k, p) in prepared.system.parameters.iter().enumerate() {
            let drawn = prepared.system.draws.iter().any(|d| d.parameter == k && d.own);
            if let Some(value) = prepared.system.names.get(&p.name).filter(|_| drawn) {
                let parts = value.items.iter().zip(p.elements.iter()).map(|(e, n)| (n.clone(), p.dimension, *e, 0));
                add(&p.name, &value.shape, parts.collect());
            }
        }
    }
    if let (Targets::Analytic, Some(at)) = (targets, asked) {
        if let Some((name, ..)) = columns.iter().find(|c| !c.2) {
            let message = format!("the rate of `{name}` needs a higher derivative than the equations give");
            planner.out.push(Diagnostic::error("E0301", at, message).help(
                "leave `targets` out for rates of the other columns only, or take differences: `targets = central`",
            ));
            return None;
        }
    }
    Some((columns, names, exprs))
}

/// `noise = normal(0, 0.1)`, `{ states = …, targets = … }` or `{ q = …, v = … }`.
fn read_noise(
    planner: &mut Planner,
    entry: &ConfigEntry,
    columns: &[(String, Dimension)],
    names: &[Named],
    out: (&mut [Option<Noise>], &mut [Option<Noise>]),
) -> Option<()> {
    let mut side = |planner: &mut Planner, value: &ConfigValue, rates: bool| -> Option<()> {
        let list: &mut [Option<Noise>] = if rates { &mut *out.1 } else { &mut *out.0 };
        match value {
            ConfigValue::Config(config) => planner.noise_of_columns(config, columns, names, rates, list),
            ConfigValue::Expr(e) => {
                for (k, (name, dimension)) in columns.iter().enumerate() {
                    let per_time = rates && planner.program.has_units;
                    let of =
                        if per_time { dimension.div(&Dimension::time()).unwrap_or(*dimension) } else { *dimension };
                    list[k] = Some(planner.noise(e, (name, of))?);
                }
                Some(())
            }
        }
    };
    let ConfigValue::Config(config) = &entry.value else { return side(planner, &entry.value, false) };
    let sides = |e: &ConfigEntry| matches!(super::option::name_of(e), Some("states" | "targets"));
    let named = |e: &ConfigEntry| names.iter().any(|n| Some(n.name.as_str()) == super::option::name_of(e));
    if config.entries.iter().any(|e| sides(e) && !named(e)) {
        for e in &config.entries {
            match super::option::name_of(e) {
                Some("states") => side(planner, &e.value, false)?,
                Some("targets") => side(planner, &e.value, true)?,
                _ => {
                    planner.out.push(
                        Diagnostic::error(
                            "E0485",
                            e.span,
                            "noise is given for `states` and `targets`, or for single columns",
                        )
                        .help("write `noise = { states = { q = 0.1 }, targets = normal(0, 0.1) }`"),
                    );
                    return None;
                }
            }
        }
        return Some(());
    }
    side(planner, &entry.value, false)
}

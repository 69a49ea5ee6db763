//! `data d = sample(A) { … }`, `states(A) { … }`, `csv("…", …)`, `npz("…", …)`: which of them it is, what all of
//! them share, and how the columns meet the variables of a system.

use super::drift_line::{self, DriftLine};
use super::helmholtz_line::{self, HelmholtzLine};
use super::place::{Shape, Source};
use super::plan::Planner;
use super::sample_line::{self, SampleLine};
use super::{ExperimentOutput, Progress, arrays, file_line, helmholtz_run, sampling};
use crate::data::{Dataset, Targets};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::run::draws::Noise;
use crate::run::numbers::Known;
use crate::run::prepare::Prepared;
use crate::run::start::state_names;
use crate::run::store::Store;
use crate::syntax::tree::*;
use std::sync::atomic::AtomicBool;

/// Calls of a `data` line, each with an example.
pub const CALLS: &[(&str, &str)] = &[
    ("sample", "data d = sample(A) { init x ~ uniform(-1, 1), trajectories = 100, t = 0..1 by 0.1 }"),
    ("states", "data d = states(A) { init x ~ uniform(-1, 1), count = 100 }"),
    ("csv", "data d = csv(\"x.csv\", t = \"time\" [s], x = \"position\" [mm])"),
    ("npz", "data d = npz(\"x.npz\", t = \"t\", x = \"x\")"),
    ("npy", "data d = npy(u = \"u.npy\", v = \"v.npy\") { axes = [day, y, x], x = 0..1 }"),
    ("helmholtz", "data h = helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }"),
    ("drifters", "data r = drifters(d) { at = [x, y], along = day, starts = [0, 1; 2, 3], t = 0..20 by 0.5 }"),
];

/// A data line, resolved.
pub struct DataLine {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) from: From,
}

/// Where its rows come from.
pub(super) enum From {
    /// To be sampled.
    Sample(Box<SampleLine>),
    /// To be taken apart.
    Helmholtz(Box<HelmholtzLine>),
    /// To be carried by a field.
    Drifters(Box<DriftLine>),
    /// Read while the line was resolved.
    Ready(Box<(Dataset, Shape)>),
}

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<DataLine> {
    let word = match &*value.kind {
        ExprKind::Call { callee, .. } => match &*callee.kind {
            ExprKind::Name(n) => n.as_str(),
            _ => "",
        },
        _ => "",
    };
    let (from, shape) = match word {
        "sample" | "states" => {
            let (line, shape) = sample_line::plan(planner, &name.name, word == "states", value, config)?;
            (From::Sample(Box::new(line)), shape)
        }
        "csv" | "npz" | "npy" => {
            let (data, shape) = match word {
                "npy" => arrays::plan(planner, value, config)?,
                _ => file_line::plan(planner, word, value, config)?,
            };
            (From::Ready(Box::new((data, shape.clone()))), shape)
        }
        "helmholtz" => {
            let (line, shape) = helmholtz_line::plan(planner, value, config)?;
            (From::Helmholtz(Box::new(line)), shape)
        }
        "drifters" => {
            let (line, shape) = drift_line::plan(planner, value, config)?;
            (From::Drifters(Box::new(line)), shape)
        }
        _ => {
            let message = "data come from `sample`, `states`, `csv`, `npz`, `npy`, `helmholtz` or `drifters`";
            let d = Diagnostic::error("E0480", value.span, message);
            let near = model::suggest(word, CALLS.iter().map(|c| c.0));
            planner.out.push(match CALLS.iter().find(|c| Some(c.0) == near) {
                Some(near) => d.help(format!("did you mean `{}`?", near.0)),
                None => d.help(format!("write `{}`", CALLS[0].1)),
            });
            return None;
        }
    };
    planner.scopes.push(shape.scope(&name.name));
    planner.sources.push(Source::Data(Box::new(shape)));
    Some(DataLine { name: name.name.clone(), span: value.span, from })
}

/// Makes the data.
pub(super) fn execute(
    line: &DataLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) {
    match &line.from {
        From::Ready(made) => output.add_data(&line.name, made.0.clone(), &made.1),
        From::Helmholtz(made) => {
            if let Some(data) = helmholtz_run::execute(made, output, out) {
                output.add_data(&line.name, data, &made.shape);
            }
        }
        From::Drifters(made) => {
            if let Some(data) = drift_line::execute(made, output, out) {
                output.add_data(&line.name, data, &made.shape);
            }
        }
        From::Sample(sample) => {
            let made = sampling::execute(sample, line, output, interrupt, store, progress, out);
            if let Some((data, kept)) = made {
                output.add_data(&line.name, data, &sample.shape);
                output.data.iter_mut().last().into_iter().for_each(|d| d.kept = kept);
            }
        }
    }
}

/// Where the components of a system's state stand among the columns of data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// For each component of the state, in the order of [`state_names`].
    pub states: Vec<Held>,
    /// Parameters and inputs that are columns: index into [`crate::model::System::parameters`], component, and
    /// column.
    pub parameters: Vec<(usize, usize, usize)>,
}

/// Where a component of a state stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// In this column.
    Values(usize),
    /// In the rates of this column: a velocity of which only the coordinate was recorded.
    Rates(usize),
    /// Nowhere: a velocity that is found from the rows of its coordinate.
    Missing,
}

/// Matches the columns of data with the variables of a system, by name. What the system needs and the data do
/// not have is an error at `at`, and so is a column of another dimension.
pub fn matched(
    data: (&str, &Shape),
    prepared: &Prepared,
    at: Span,
    through_runs: bool,
) -> Result<Matched, Box<Diagnostic>> {
    let (name, shape) = data;
    let column = |wanted: &str| shape.columns.iter().position(|c| c.name == wanted);
    let system = &prepared.system.name;
    let agree = |k: usize, wanted: &str, dimension: Dimension| {
        let found = shape.columns[k].dimension;
        if found == dimension {
            return Ok(());
        }
        let shown = |d: &Dimension| {
            if d.is_one() { "a pure number".to_owned() } else { format!("[{}]", crate::dimension::si_unit(d)) }
        };
        Err(Box::new(Diagnostic::error(
            "E0204",
            at,
            format!("`{wanted}` is {} in `{name}` and {} in `{system}`", shown(&found), shown(&dimension)),
        )))
    };
    let mut out = Matched::default();
    let dimensions = super::state::components(prepared);
    for ((wanted, dimension), _) in dimensions.into_iter().zip(state_names(prepared)) {
        let held = match (column(&wanted), wanted.strip_suffix('\'').and_then(column)) {
            (Some(k), _) => {
                agree(k, &wanted, dimension)?;
                Held::Values(k)
            }
            (None, Some(k)) if shape.columns[k].rated => Held::Rates(k),
            (None, Some(_)) if through_runs => Held::Missing,
            _ => {
                let have: Vec<String> = shape.columns.iter().map(|c| c.name.clone()).collect();
                return Err(Box::new(
                    Diagnostic::error("E0482", at, format!("`{name}` has no column `{wanted}`, which `{system}` has"))
                        .help(format!(
                            "its columns are {}; name them as the system does: `{}`",
                            model::list_names(&have),
                            match shape.truth {
                                Some(_) => format!("observe = {{ {wanted} = … }}"),
                                None => format!("csv(\"…\", {wanted} = \"its column in the file\")"),
                            }
                        )),
                ));
            }
        };
        out.states.push(held);
    }
    for (p, parameter) in prepared.system.parameters.iter().enumerate() {
        for (component, element) in parameter.elements.iter().enumerate() {
            if let Some(k) = column(element) {
                agree(k, element, parameter.dimension)?;
                out.parameters.push((p, component, k));
            }
        }
    }
    Ok(out)
}

impl Planner {
    /// The data that an expression names, `d` or `d.train`: its place among the results.
    pub(super) fn data_named(&mut self, e: &Expr) -> Option<usize> {
        let name = model::text_of(e);
        let found = self.scopes.iter().position(|s| s.name == name);
        match found.filter(|k| matches!(self.sources[*k], Source::Data(_))) {
            Some(k) => Some(k),
            None => {
                let names = self.scopes.iter().zip(&self.sources).filter(|s| matches!(s.1, Source::Data(_)));
                let names: Vec<String> = names.map(|s| s.0.name.clone()).collect();
                let near = model::suggest(&name, names.iter().map(String::as_str)).map(str::to_owned);
                // `d.test` of data that are not split, or that have other parts
                if let Some((whole, part)) = name.split_once('.').filter(|(w, _)| names.iter().any(|n| n == w)) {
                    let parts: Vec<String> =
                        names.iter().filter_map(|n| n.strip_prefix(&format!("{whole}."))).map(str::to_owned).collect();
                    let message = format!("`{whole}` has no part `{part}`");
                    let d = Diagnostic::error("E0118", e.span, message);
                    self.out.push(if parts.is_empty() {
                        d.help(format!("divide it above this line: `split {whole} into train 0.8, test 0.2`"))
                    } else {
                        d.help(format!("its parts are {}; its `split` may have more", model::list_names(&parts)))
                    });
                    return None;
                }
                let d = match found {
                    Some(_) => Diagnostic::error("E0118", e.span, format!("`{name}` is a run, and no data")),
                    None => Diagnostic::error("E0118", e.span, format!("no data above are called `{name}`")),
                };
                self.out.push(match near {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None if names.is_empty() => d.help("data come from a `data` line above this one"),
                    None => d.help(format!("the data above are {}", model::list_names(&names))),
                });
                None
            }
        }
    }

    /// A number that is known before anything runs, in SI, with its dimension.
    pub(super) fn quantity(&mut self, e: &Expr) -> Option<(f64, Dimension)> {
        let (made, problems) = model::resolve_values(&self.program, self.module, std::slice::from_ref(e), &[], &[]);
        self.out.extend(problems.sorted());
        let mut made = made?;
        let found = match made.items.as_slice() {
            [(_, expr, d)] => {
                let d = *d;
                Known::default().evaluate(&mut made.graph, &[*expr]).ok().map(|v| (v[0], d))
            }
            _ => None,
        };
        if found.is_none_or(|f| !f.0.is_finite()) {
            self.out.push(
                Diagnostic::error("E0406", e.span, "this is not one finite number that is known before the run")
                    .help("numbers, units and constants of the file may stand here"),
            );
            return None;
        }
        found
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, what: &str, e: &Expr, most: usize) -> Option<usize> {
        let (n, d) = self.quantity(e)?;
        if d.is_one() && n.fract() == 0.0 && n >= 1.0 && n <= most as f64 {
            return Some(n as usize);
        }
        self.out.push(Diagnostic::error("E0406", e.span, format!("{what} is a whole number from 1 to {most}")));
        None
    }

    /// `seed = 42`
    pub(super) fn seed_of(&mut self, e: &Expr) -> Option<u64> {
        if let ExprKind::Number { text, unit: None } = &*e.kind
            && let Ok(seed) = text.parse()
        {
            return Some(seed);
        }
        let d = Diagnostic::error("E0467", e.span, "a seed is a whole number");
        self.out.push(d.help("write `seed = 42`; the largest is 18446744073709551615"));
        None
    }

    /// A word after `name =`.
    pub(super) fn word<T: Copy>(&mut self, name: &str, e: &Expr, words: &[(&str, T)]) -> Option<T> {
        let written = match &*e.kind {
            ExprKind::Name(n) => n.as_str(),
            _ => "",
        };
        if let Some((_, found)) = words.iter().find(|w| w.0 == written) {
            return Some(*found);
        }
        let d = Diagnostic::error("E0406", e.span, format!("this is no value of `{name}`"));
        let known: Vec<String> = words.iter().map(|w| w.0.to_owned()).collect();
        let near = model::suggest(written, words.iter().map(|w| w.0)).map(str::to_owned);
        self.out.push(match near {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help(format!("it is one of {}", model::list_names(&known))),
        });
        None
    }

    /// `targets = forward`
    pub(super) fn targets(&mut self, e: &Expr) -> Option<Targets> {
        self.word("targets", e, &Targets::NAMES)
    }

    /// `normal(0, σ)`, or σ alone, as the noise of values of this dimension.
    pub(super) fn noise(&mut self, e: &Expr, of: (&str, Dimension)) -> Option<Noise> {
        let (mean, deviation) = match &*e.kind {
            ExprKind::Call { callee, args } => match (&*callee.kind, args.as_slice()) {
                (ExprKind::Name(word), [a, b]) if word == "normal" && a.name.is_none() && b.name.is_none() => {
                    (Some(&a.value), &b.value)
                }
                _ => {
                    self.out.push(
                        Diagnostic::error("E0485", e.span, "noise is normal").help("write `noise = normal(0, 0.1)`"),
                    );
                    return None;
                }
            },
            _ => (None, e),
        };
        let mut number = |e: &Expr| {
            let (v, d) = self.quantity(e)?;
            if v != 0.0 && d != of.1 {
                let shown = |d: &Dimension| {
                    if d.is_one() {
                        "a pure number".to_owned()
                    } else {
                        format!("in [{}]", crate::dimension::si_unit(d))
                    }
                };
                let message =
                    format!("the noise of `{}` is {} like its values, and this is {}", of.0, shown(&of.1), shown(&d));
                self.out.push(
                    Diagnostic::error("E0485", e.span, message)
                        .help("give each column its own: `noise = { x = 1 [mm], θ = 0.2 [deg] }`"),
                );
                return None;
            }
            Some(v)
        };
        let mean = match mean {
            Some(e) => number(e)?,
            None => 0.0,
        };
        let deviation_value = number(deviation)?;
        if deviation_value < 0.0 {
            self.out.push(Diagnostic::error("E0485", deviation.span, "a standard deviation is not negative"));
            return None;
        }
        Some(Noise { mean, deviation: deviation_value })
    }

    /// Noise of single columns: `{ x = 1 [mm], θ = normal(0, 0.2 [deg]) }`, by column.
    pub(super) fn noise_of_columns(
        &mut self,
        config: &Config,
        columns: &[(String, Dimension)],
        names: &[crate::data::Named],
        per_time: bool,
        out: &mut [Option<Noise>],
    ) -> Option<()> {
        let mut fine = Some(());
        for e in &config.entries {
            let name = model::text_of(&e.target);
            let named = names.iter().find(|n| n.name == name).map(|n| n.columns.clone());
            let found = named.or_else(|| columns.iter().position(|c| c.0 == name).map(|k| k..k + 1));
            let (Some(found), ConfigValue::Expr(value)) = (found, &e.value) else {
                let near = model::suggest(&name, columns.iter().map(|c| c.0.as_str())).map(str::to_owned);
                let d = Diagnostic::error("E0482", e.target.span, format!("these data have no column `{name}`"));
                let have: Vec<String> = columns.iter().map(|c| c.0.clone()).collect();
                self.out.push(match near {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("the columns are {}", model::list_names(&have))),
                });
                fine = None;
                continue;
            };
            for k in found {
                let (name, mut dimension) = columns[k].clone();
                if per_time && self.program.has_units {
                    dimension = dimension.div(&Dimension::time()).unwrap_or(dimension);
                }
                match self.noise(value, (&name, dimension)) {
                    Some(n) => out[k] = Some(n),
                    None => fine = None,
                }
            }
        }
        fine
    }
}

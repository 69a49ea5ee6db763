//! The line resolved: models, data, options, and what later lines read of it.

use super::super::option;
use super::super::place::{Shape, Source};
use super::super::plan::Planner;
use super::metric::Needs;
use super::model::{Asked, Model, rollout_shape};
use super::options::{Metric, Published, listed};
use super::quantity::Items;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::model;
use crate::model::system::NamedValue;
use crate::run::choose;
use crate::run::prepare::Prepared;
use crate::symbolic::{ExprId, SymbolInfo};
use crate::syntax::tree::*;

/// Options of the line.
const OPTIONS: &[&str] = &[
    "rollout",
    "metrics",
    "repeat",
    "published",
    "source",
    "note",
    "starts",
    "method",
    "rtol",
    "atol",
    "step",
    "max_steps",
];

/// A comparison, resolved.
pub struct CompareLine {
    /// The line as written, without its braces.
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) models: Vec<Model>,
    pub(super) metrics: Vec<Metric>,
    /// The rows that rates are compared at.
    pub(super) on: usize,
    pub(super) on_shape: Shape,
    /// The data whose starts are rolled out from.
    pub(super) starts: usize,
    pub(super) shape: Shape,
    /// Whether the truth is run again from those starts; else the rows are the truth.
    pub(super) truth: Option<Box<Prepared>>,
    /// What the truth is asked for: its columns, and behind them what metrics read.
    pub(super) items: Items,
    /// Times of the rollouts, where they are given.
    pub(super) times: Option<Vec<f64>>,
    pub(super) rollouts: bool,
    /// Metrics whose quantities are columns of rollouts, by their places.
    pub(super) columns: Vec<usize>,
    /// What later lines read of the truth from the same starts, where there are rollouts.
    pub(super) true_shape: Option<Shape>,
    pub(super) repeat: usize,
    pub(super) published: Vec<Published>,
    pub(super) source: Option<String>,
    /// In what it differs from the published set-up.
    pub(super) note: Option<String>,
    pub(super) numerics: Numerics,
}

impl CompareLine {
    /// Metrics whose quantities are columns of rollouts.
    pub(super) fn quantities(&self) -> impl Iterator<Item = &Metric> {
        self.columns.iter().map(|k| &self.metrics[*k])
    }
}

/// How rollouts are integrated.
#[derive(Clone, Debug, Default)]
pub(super) struct Numerics {
    pub method: Option<(String, Span)>,
    /// `rtol`, `atol`, `step`, `max_steps`
    pub numbers: [Option<(f64, Span)>; 4],
}

/// Resolves the line and makes its results known to the lines behind it.
pub(in super::super) fn plan(
    planner: &mut Planner,
    span: Span,
    value: &Expr,
    on: Option<&Expr>,
    config: Option<&Config>,
) -> Option<CompareLine> {
    let Some(on_expr) = on else {
        planner.out.push(
            Diagnostic::error("E0550", value.span, "a comparison needs data")
                .help("write `compare [m, n] on d.test { … }`"),
        );
        return None;
    };
    let mut fine = true;
    let mut fits: Vec<(usize, Span)> = Vec::new();
    for e in listed(value) {
        match planner.fit_named(e) {
            Some(k) if fits.iter().any(|f| f.0 == k) => {
                let message = format!("`{}` is compared twice", planner.scopes[k].name);
                planner.out.push(Diagnostic::error("E0550", e.span, message).help("remove one of them"));
                fine = false;
            }
            Some(k) => fits.push((k, e.span)),
            None => fine = false,
        }
    }
    let on = planner.data_named(on_expr)?;
    let (plain, published) = parted(config);
    let mut out = std::mem::take(&mut planner.out);
    let given = option::read("`compare`", OPTIONS, Some(&plain), &mut out);
    planner.out = out;
    let find = |name: &str| given.iter().find(|o| o.0 == name).map(|o| o.1);
    let (starts, starts_at) = match find("starts") {
        Some(e) => (planner.data_named(e)?, e.span),
        None => (on, on_expr.span),
    };
    if !fine {
        return None;
    }
    let shape_of = |planner: &Planner, k: usize| match &planner.sources[k] {
        Source::Data(shape) => (**shape).clone(),
        Source::Run(_) | Source::Fit(_) | Source::Formula => Shape::new(Vec::new(), Vec::new(), None),
    };
    let (on_shape, shape) = (shape_of(planner, on), shape_of(planner, starts));
    let mut items: Items = shape.exprs.clone();
    let Some(asked) = find("metrics") else {
        planner.out.push(
            Diagnostic::error("E0551", span, "no metric is asked for")
                .help("write `metrics = [rmse(q), params]`; `hamel list metrics` shows all"),
        );
        return None;
    };
    let metrics = planner.metrics(asked, (starts, &shape), &mut items);
    let times = match find("rollout") {
        Some(e) => Some((planner.times(e)?, e.span)),
        None => None,
    };
    let repeat = match find("repeat") {
        Some(e) => planner.count("`repeat`", e, limits::REPEATS)?,
        None => 1,
    };
    let text = |planner: &mut Planner, name: &str| match find(name) {
        Some(e) => option::text(name, e, &mut planner.out).map(Some),
        None => Some(None),
    };
    let source = text(planner, "source")?;
    let note = text(planner, "note")?;
    let numerics = planner.numerics(&find)?;
    let metrics = metrics?;
    let names: Vec<String> = fits.iter().map(|f| planner.scopes[f.0].name.clone()).collect();
    let published = match published {
        Some(entry) => planner.published(entry, &names, &metrics)?,
        None => Vec::new(),
    };
    let rollouts = times.is_some() || metrics.iter().any(|m| m.info.needs == Needs::Rollouts);
    let runs_again = shape.truth.is_some() && shape.starts.is_some();
    if rollouts {
        planner.can_start((starts, &shape), times.as_ref().map(|t| t.1), runs_again, starts_at)?;
    }
    planner.have_rates((on, &on_shape), &metrics, on_expr.span)?;
    let truth = shape.truth.clone().filter(|_| runs_again);
    let columns = named_quantities(&metrics, &shape);
    let named: Vec<(String, Dimension)> = columns
        .iter()
        .filter_map(|k| Some((metrics[*k].name.clone()?, metrics[*k].of.as_ref()?.values.items[0].2)))
        .collect();
    let mut models = Vec::new();
    for (k, at) in &fits {
        let asked = Asked { metrics: &metrics, items: &items, named: &named, rollouts, runs_again };
        match planner.compared((*k, *at), (starts, &shape), (on, &on_shape), &asked) {
            Some(m) => models.push(m),
            None => fine = false,
        }
    }
    if !fine {
        return None;
    }
    for m in &mut models {
        planner.declare(m, &metrics, repeat, rollouts);
    }
    let true_shape = rollouts.then(|| {
        let all: Vec<(usize, usize)> = (0..shape.columns.len()).map(|c| (c, c)).collect();
        rollout_shape(&shape, &all, &named, planner.program.has_units)
    });
    if let Some(shape) = &true_shape {
        let name = format!("{}.rollout", planner.scopes[starts].name);
        planner.declare_rollout(name, shape);
    }
    let text = planner.program.files.text(Span { start: span.start, end: on_expr.span.end, ..span });
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let times = times.map(|t| t.0);
    Some(CompareLine {
        text,
        span,
        models,
        metrics,
        on,
        on_shape,
        starts,
        shape,
        truth,
        items,
        times,
        rollouts,
        columns,
        true_shape,
        repeat,
        published,
        source,
        note,
        numerics,
    })
}

/// Metrics of one quantity with a name that is no column, each quantity once.
fn named_quantities(metrics: &[Metric], shape: &Shape) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    for (k, m) in metrics.iter().enumerate() {
        let Some(name) = &m.name else { continue };
        let known = shape.names.iter().any(|n| n.name == *name) || name == "t";
        if !known && !out.iter().any(|o| metrics[*o].name.as_ref() == Some(name)) {
            out.push(k);
        }
    }
    out
}

/// Names of the models of a line.
pub(in super::super) fn models(value: &Expr) -> Vec<String> {
    listed(value).into_iter().map(model::text_of).collect()
}

/// Options of one value, and the block of published values.
fn parted(config: Option<&Config>) -> (Config, Option<&ConfigEntry>) {
    let is_published = |e: &&ConfigEntry| option::name_of(e) == Some("published");
    let entries = config.map(|c| c.entries.as_slice()).unwrap_or_default();
    let published = entries.iter().find(is_published);
    let first = published.map(|p| p.span);
    let plain = entries.iter().filter(|e| Some(e.span) != first).cloned().collect();
    let span = config.map_or_else(Span::default, |c| c.span);
    (Config { span, entries: plain }, published)
}

impl Planner {
    /// A fit that an expression names.
    pub(in super::super) fn fit_named(&mut self, e: &Expr) -> Option<usize> {
        let name = model::text_of(e);
        let found = self.scopes.iter().position(|s| s.name == name);
        if let Some(k) = found.filter(|k| matches!(self.sources[*k], Source::Fit(_))) {
            return Some(k);
        }
        let fits = self.scopes.iter().zip(&self.sources).filter(|s| matches!(s.1, Source::Fit(_)));
        let names: Vec<String> = fits.map(|s| s.0.name.clone()).collect();
        let message = match found {
            Some(_) => format!("`{name}` is no fit"),
            None => format!("no fit above is called `{name}`"),
        };
        let near = model::suggest(&name, names.iter().map(String::as_str)).map(str::to_owned);
        let d = Diagnostic::error("E0550", e.span, message);
        self.out.push(match near {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None if names.is_empty() => d.help("models come from a `fit` line above this one"),
            None => d.help(format!("the fits above are {}", model::list_names(&names))),
        });
        None
    }

    fn numerics<'e>(&mut self, find: &dyn Fn(&str) -> Option<&'e Expr>) -> Option<Numerics> {
        let mut made = Numerics { method: find("method").map(|e| (model::text_of(e), e.span)), ..Numerics::default() };
        for (k, name) in ["rtol", "atol", "step", "max_steps"].into_iter().enumerate() {
            if let Some(e) = find(name) {
                let (v, _) = self.quantity(e)?;
                if !(v > 0.0) {
                    self.out.push(Diagnostic::error("E0407", e.span, format!("`{name}` must be positive")));
                    return None;
                }
                made.numbers[k] = Some((v, e.span));
            }
        }
        let options = crate::model::system::SimulateOptions { method: made.method.clone(), ..Default::default() };
        if let Err(d) = choose::known(&options) {
            self.out.push(*d);
            return None;
        }
        Some(made)
    }

    /// Adds scores and rollouts to what later lines read.
    fn declare(&mut self, m: &mut Model, metrics: &[Metric], repeat: usize, rollouts: bool) {
        let Source::Fit(source) = &mut self.sources[m.result] else { return };
        source.compared = true;
        // Leaves of a fit are told apart by their ids: new ones lie behind those of its system and its numbers.
        let mut graph = m.fit.prepared.equations.graph.clone();
        let mut fresh = |text: String| {
            loop {
                let symbol = graph.symbol(SymbolInfo::scalar(text.as_str()));
                let leaf = graph.scalar(symbol);
                if !source.numbers.contains(&leaf) {
                    source.numbers.push(leaf);
                    return leaf;
                }
            }
        };
        let mut entries: Vec<(String, ExprId, Dimension)> = Vec::new();
        for metric in metrics {
            let (mean, spread) = (fresh(metric.label.clone()), fresh(format!("{}.sd", metric.label)));
            m.leaves.push((mean, spread));
            let alone = metrics.iter().filter(|o| o.info.word == metric.info.word).count() == 1;
            let mut names = vec![metric.label.clone()];
            if alone && metric.label != metric.info.word {
                names.push(metric.info.word.to_owned());
            }
            for name in names {
                if repeat > 1 {
                    entries.push((format!("{name}.sd"), spread, metric.dimension));
                }
                entries.push((name, mean, metric.dimension));
            }
        }
        let scope = &mut self.scopes[m.result];
        for (name, leaf, dimension) in entries {
            let value = NamedValue {
                shape: Vec::new(),
                items: vec![leaf],
                dimensions: vec![dimension],
                elements: [name.clone()].into(),
            };
            // `params` of the fit is the same number.
            scope.names.insert(name, value);
        }
        if rollouts {
            self.declare_rollout(format!("{}.rollout", m.name), &m.shape);
        }
    }

    /// Rollouts as data for the lines behind; those read the nearest comparison above them.
    fn declare_rollout(&mut self, name: String, shape: &Shape) {
        if let Some(older) = self.scopes.iter_mut().find(|s| s.name == name) {
            older.name = format!("{name} (an earlier one)");
        }
        self.scopes.push(shape.scope(&name));
        self.sources.push(Source::Data(Box::new(shape.clone())));
    }
}

//! The line resolved: models, data, options, and what later lines read of it.

use super::super::data_line::{Held, Matched, matched};
use super::super::fit_line::FitSource;
use super::super::option;
use super::super::place::{Shape, Source};
use super::super::plan::Planner;
use super::metric::Needs;
use super::options::{Metric, Published, listed};
use super::quantity::{Items, Read, shown_as, state_items};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::model::system::NamedValue;
use crate::run::prepare::Prepared;
use crate::run::start::state_names;
use crate::run::training::Fit;
use crate::run::choose;
use crate::symbolic::{ExprId, SymbolInfo};
use crate::syntax::tree::*;

/// Options of the line.
const OPTIONS: &[&str] =
    &["rollout", "metrics", "repeat", "published", "source", "starts", "method", "rtol", "atol", "step", "max_steps"];

/// Most repetitions of a fit.
const REPEATS: usize = 1000;

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
    pub(super) repeat: usize,
    pub(super) published: Vec<Published>,
    pub(super) source: Option<String>,
    pub(super) numerics: Numerics,
}

/// How rollouts are integrated.
#[derive(Clone, Debug, Default)]
pub(super) struct Numerics {
    pub method: Option<(String, Span)>,
    /// `rtol`, `atol`, `step`, `max_steps`
    pub numbers: [Option<(f64, Span)>; 4],
}

/// A model of the comparison.
pub(super) struct Model {
    pub name: String,
    /// The fit, among the results.
    pub result: usize,
    pub fit: Box<Fit>,
    pub on: (usize, Matched),
    pub valid: Option<(usize, Matched)>,
    /// Where its state stands in the data whose starts are used.
    pub starts: Matched,
    /// Where its state stands in the rows that rates are compared at.
    pub rows: Option<Matched>,
    /// What is known along its runs: the components of its state, then definitions of its system.
    pub named: Vec<(String, Option<ExprId>)>,
    /// By component of the true state: what shows it.
    pub shows: Vec<Option<usize>>,
    /// By metric: leaves of the score and its spread.
    pub leaves: Vec<(ExprId, ExprId)>,
    /// Columns of the data that its rollouts have: place among those, and among `named`.
    pub columns: Vec<(usize, usize)>,
    /// What later lines read of its rollouts.
    pub shape: Shape,
}

impl Model {
    pub fn known(&self, name: &str) -> Option<usize> {
        self.named.iter().position(|n| n.0 == name)
    }
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
            Diagnostic::error("E0550", value.span, "a comparison needs data").help("write `compare [m, n] on d.test { … }`"),
        );
        return None;
    };
    let mut fine = true;
    let mut fits: Vec<(usize, Span)> = Vec::new();
    for e in listed(value) {
        match planner.model(e) {
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
        Source::Run(_) | Source::Fit(_) => Shape::new(Vec::new(), Vec::new(), None),
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
        Some(e) => planner.count("repeat", e, REPEATS)?,
        None => 1,
    };
    let source = match find("source") {
        Some(e) => {
            let mut out = std::mem::take(&mut planner.out);
            let text = option::text("source", e, &mut out);
            planner.out = out;
            Some(text?)
        }
        None => None,
    };
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
    let mut models = Vec::new();
    for (k, at) in &fits {
        let asked = Asked { metrics: &metrics, items: &items, rollouts, runs_again };
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
        repeat,
        published,
        source,
        numerics,
    })
}

/// What a model is asked for.
struct Asked<'a> {
    metrics: &'a [Metric],
    items: &'a Items,
    rollouts: bool,
    runs_again: bool,
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
    fn model(&mut self, e: &Expr) -> Option<usize> {
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
        let options =
            crate::model::system::SimulateOptions { method: made.method.clone(), ..Default::default() };
        if let Err(d) = choose::known(&options) {
            self.out.push(*d);
            return None;
        }
        Some(made)
    }

    /// Whether runs can start from these data, for as long as is asked.
    fn can_start(
        &mut self,
        (data, shape): (usize, &Shape),
        times: Option<Span>,
        runs_again: bool,
        at: Span,
    ) -> Option<()> {
        let name = self.scopes[data].name.clone();
        if shape.scattered && shape.starts.is_none() {
            self.out.push(
                Diagnostic::error("E0553", at, format!("the rows of `{name}` have no order in time, and are no starts"))
                    .help("split by trajectories, or give other starts: `starts = e`"),
            );
            return None;
        }
        if shape.scattered && times.is_none() {
            self.out.push(
                Diagnostic::error("E0553", at, format!("`{name}` are states without times: for how long are they run?"))
                    .help("write `rollout = 0..20 by 0.05`"),
            );
            return None;
        }
        if let Some(at) = times.filter(|_| !runs_again) {
            self.out.push(
                Diagnostic::error("E0553", at, format!("nothing is known of the truth but the rows of `{name}`"))
                    .note("only data that come from `sample` or `states`, whole or split by trajectories, are simulated again")
                    .help("leave `rollout` out: models run over the times of the rows"),
            );
            return None;
        }
        if shape.truth.as_ref().is_some_and(|t| t.system.draws.iter().any(|d| d.own)) {
            self.out.push(
                Diagnostic::error("E0553", at, format!("each trajectory of `{name}` has parameters of its own"))
                    .help("give starts that are sampled without `param … ~ …`: `starts = e`"),
            );
            return None;
        }
        Some(())
    }

    /// Whether metrics of rates have what they need.
    fn have_rates(&mut self, (data, shape): (usize, &Shape), metrics: &[Metric], at: Span) -> Option<()> {
        let name = self.scopes[data].name.clone();
        for m in metrics.iter().filter(|m| m.info.needs == Needs::Rates) {
            if !shape.columns.iter().any(|c| c.rated) {
                self.out.push(
                    Diagnostic::error("E0552", at, format!("`{name}` has no rates, which `{}` compares", m.label))
                        .help("make them with the data: `targets = analytic`, `forward`, `central` or `mean_slopes`"),
                );
                return None;
            }
            if m.info.word == "floor" && shape.truth.is_none() {
                self.out.push(
                    Diagnostic::error("E0552", m.span, format!("the true law behind `{name}` is not known"))
                        .help("a floor is of data that come from `sample` or `states`"),
                );
                return None;
            }
        }
        Some(())
    }

    /// A model with its places in the data.
    fn compared(
        &mut self,
        (result, at): (usize, Span),
        (starts, shape): (usize, &Shape),
        (on, on_shape): (usize, &Shape),
        asked: &Asked<'_>,
    ) -> Option<Model> {
        let Source::Fit(source) = &self.sources[result] else { return None };
        let FitSource { fit, on: trained, valid, .. } = &**source;
        let (fit, trained, valid) = (fit.clone(), trained.clone(), valid.clone());
        let name = self.scopes[result].name.clone();
        let prepared = &fit.prepared;
        let find = |planner: &mut Planner, k: usize, shape: &Shape| {
            let data = planner.scopes[k].name.clone();
            matched((&data, shape), prepared, at, false).map_err(|d| planner.out.push(*d)).ok()
        };
        let rated = asked.metrics.iter().any(|m| m.info.needs == Needs::Rates);
        let rows = if rated { Some(find(self, on, on_shape)?) } else { None };
        let found = if asked.rollouts { find(self, starts, shape)? } else { Matched::default() };
        if !found.parameters.is_empty() {
            let message = format!("`{name}` has inputs that are columns of the data, and a rollout has one value for all times");
            self.out.push(Diagnostic::error("E0553", at, message).help("compare it by `derivative_mse`"));
            return None;
        }
        let mut named: Vec<(String, Option<ExprId>)> = state_names(prepared).into_iter().map(|n| (n, None)).collect();
        for c in &shape.columns {
            if named.iter().any(|n| n.0 == c.name) {
                continue;
            }
            let found = prepared.system.names.values().find_map(|v| {
                v.elements.iter().position(|e| *e == c.name).and_then(|k| v.items.get(k).copied())
            });
            let parameter = |e: ExprId| prepared.system.parameters.iter().any(|p| p.leaf == e);
            if let Some(e) = found.filter(|e| !parameter(*e)) {
                named.push((c.name.clone(), Some(e)));
            }
        }
        let has = |wanted: &str| named.iter().any(|n| n.0 == wanted);
        let shows: Vec<Option<usize>> = match (&shape.truth, asked.runs_again) {
            (Some(truth), true) => state_items(truth)
                .into_iter()
                .map(|item| shown_as(shape, item, &has).and_then(|n| named.iter().position(|k| k.0 == n)))
                .collect(),
            _ => Vec::new(),
        };
        for m in asked.metrics {
            let Some(of) = &m.of else { continue };
            for read in &of.reads {
                let trouble = match read {
                    Read::Column(c) if has(c) => continue,
                    Read::Column(c) => format!("`{name}` has no `{c}`, which `{}` compares", m.label),
                    Read::Truth(k) => match self.hidden(shape, asked.items[*k], &shows) {
                        None => continue,
                        Some(s) => format!("`{}` reads `{s}`, which nothing in `{name}` stands for", m.label),
                    },
                };
                let columns: Vec<String> = shape
                    .columns
                    .iter()
                    .map(|c| c.name.clone())
                    .filter(|c| has(c))
                    .collect();
                self.out.push(Diagnostic::error("E0551", m.span, trouble).help(format!(
                    "of the data `{name}` has {}; columns that show the state of the truth are named in `observe`",
                    model::list_names(&columns)
                )));
                return None;
            }
        }
        let columns: Vec<(usize, usize)> = shape
            .columns
            .iter()
            .enumerate()
            .filter_map(|(c, column)| Some((c, named.iter().position(|n| n.0 == column.name)?)))
            .collect();
        let mut own = Shape::new(Vec::new(), Vec::new(), None);
        if asked.rollouts {
            own = rollout_shape(shape, &columns, self.program.has_units);
        }
        Some(Model {
            name,
            result,
            fit,
            on: trained,
            valid,
            starts: found,
            rows,
            named,
            shows,
            leaves: Vec::new(),
            columns,
            shape: own,
        })
    }

    /// A component of the true state that an item needs and nothing shows; `None`: all is there.
    fn hidden(&self, shape: &Shape, item: (ExprId, u32), shows: &[Option<usize>]) -> Option<String> {
        let truth = shape.truth.as_ref()?;
        if shows.is_empty() {
            return Some(truth.system.name.clone());
        }
        let mut graph = truth.equations.graph.clone();
        let expr = crate::run::record::differentiated(truth, &mut graph, item.0, item.1);
        let opened = crate::formalism::with_rates(&mut graph, &truth.equations, &[expr]);
        let leaves = graph.free_leaves(&opened);
        let names = state_names(truth);
        let solved = truth.system.variables.iter().any(|v| {
            let open = |leaf: ExprId| {
                leaves.contains(&leaf) && !truth.equations.states.iter().any(|s| s.leaf == leaf)
            };
            open(v.rate) || open(v.second)
        });
        let needed = |k: usize| {
            solved
                || truth
                    .equations
                    .states
                    .iter()
                    .any(|s| (s.offset..s.offset + s.length).contains(&k) && leaves.contains(&s.leaf))
        };
        (0..names.len()).find(|k| needed(*k) && shows.get(*k).is_none_or(Option::is_none)).map(|k| names[k].clone())
    }

    /// Adds scores and rollouts to what later lines read.
    fn declare(&mut self, m: &mut Model, metrics: &[Metric], repeat: usize, rollouts: bool) {
        let Source::Fit(source) = &mut self.sources[m.result] else { return };
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
            let value =
                NamedValue { shape: Vec::new(), items: vec![leaf], dimensions: vec![dimension], elements: vec![name.clone()] };
            // `params` of the fit is the same number.
            scope.names.insert(name, value);
        }
        if rollouts {
            let name = format!("{}.rollout", m.name);
            // Lines read the nearest comparison above them.
            if let Some(older) = self.scopes.iter_mut().find(|s| s.name == name) {
                older.name = format!("{name} (an earlier one)");
            }
            self.scopes.push(m.shape.scope(&name));
            self.sources.push(Source::Data(Box::new(m.shape.clone())));
        }
    }
}

/// Columns of rollouts: those of the data that the model has.
fn rollout_shape(of: &Shape, columns: &[(usize, usize)], has_units: bool) -> Shape {
    let list: Vec<(String, Dimension, bool)> =
        columns.iter().map(|(c, _)| (of.columns[*c].name.clone(), of.columns[*c].dimension, false)).collect();
    let mut names = Vec::new();
    for n in &of.names {
        let places: Vec<usize> =
            n.columns.clone().filter_map(|c| columns.iter().position(|k| k.0 == c)).collect();
        let whole = places.len() == n.columns.len();
        if let (true, Some(first)) = (whole, places.first()) {
            let columns = *first..*first + places.len();
            names.push(crate::data::Named { name: n.name.clone(), shape: n.shape.clone(), columns });
        }
    }
    let time = if has_units { Dimension::time() } else { Dimension::one() };
    let mut shape = Shape::new(list, names, Some(time));
    let count = of.starts.as_ref().map(|s| s.1).or(of.trajectories).unwrap_or(1);
    shape.trajectories = Some(count);
    shape
}

/// Whether a component of a state is read from the data at its first row.
pub(super) fn first_row(held: Held, data: &crate::data::Dataset, row: usize) -> Option<f64> {
    match held {
        Held::Values(c) => Some(data.columns()[c].values[row]),
        Held::Rates(c) => Some(data.columns()[c].rates.as_ref()?[row]),
        Held::Missing => None,
    }
}

//! A model of a comparison: its places in the data, and what it must have for what is asked of it.

use super::super::data_line::{Held, Matched, matched};
use super::super::fit_line::FitSource;
use super::super::place::{Shape, Source};
use super::super::plan::Planner;
use super::again::Stage;
use super::metric::Needs;
use super::options::Metric;
use super::quantity::{Items, Read, Shown, shown};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::run::start::state_names;
use crate::run::training::Fit;
use crate::symbolic::ExprId;

/// A model of the comparison.
pub(super) struct Model {
    pub name: String,
    /// The fit, among the results.
    pub result: usize,
    /// Its system.
    pub fit: Box<Fit>,
    /// The fits that it is made by, itself last.
    pub stages: Vec<Stage>,
    /// Where its state stands in the data whose starts are used.
    pub starts: Matched,
    /// Where its state stands in the rows that rates are compared at.
    pub rows: Option<Matched>,
    /// What is known along its runs: the components of its state, then definitions of its system.
    pub named: Vec<(String, Option<ExprId>)>,
    /// By component of the true state: what shows it.
    pub shows: Vec<Option<(usize, Shown)>>,
    /// By metric: leaves of the score and its spread.
    pub leaves: Vec<(ExprId, ExprId)>,
    /// Columns of the data that its rollouts have: place among those, and among `named`.
    pub columns: Vec<(usize, usize)>,
    /// What later lines read of its rollouts.
    pub shape: Shape,
}

impl Model {
    /// Which quantities of a metric it is compared in: all of them; of a valid time over whole states those
    /// that it has, since models of one motion may have different states.
    pub fn compared_in(&self, metric: &Metric) -> Vec<usize> {
        let Some(of) = &metric.of else { return Vec::new() };
        let all = 0..of.values.items.len();
        if !of.whole || metric.info.word != "valid_time" {
            return all.collect();
        }
        let has = |k: &usize| {
            let binding = of.values.bindings.iter().position(|b| b.leaf == of.values.items[*k].1);
            binding.is_some_and(|b| matches!(&of.reads[b], Read::Column(c) if self.named.iter().any(|n| n.0 == *c)))
        };
        all.filter(has).collect()
    }
}

/// What a model is asked for.
pub(super) struct Asked<'a> {
    pub metrics: &'a [Metric],
    pub items: &'a Items,
    /// Quantities of metrics that are columns of rollouts.
    pub named: &'a [(String, Dimension)],
    pub rollouts: bool,
    pub runs_again: bool,
}

impl Planner {
    /// Whether runs can start from these data, for as long as is asked.
    pub(super) fn can_start(
        &mut self,
        (data, shape): (usize, &Shape),
        times: Option<Span>,
        runs_again: bool,
        at: Span,
    ) -> Option<()> {
        let name = self.scopes[data].name.clone();
        if shape.scattered && shape.starts.is_none() {
            self.out.push(
                Diagnostic::error(
                    "E0553",
                    at,
                    format!("the rows of `{name}` have no order in time, and are no starts"),
                )
                .help("split by trajectories, or give other starts: `starts = e`"),
            );
            return None;
        }
        if shape.scattered && times.is_none() {
            self.out.push(
                Diagnostic::error(
                    "E0553",
                    at,
                    format!("`{name}` are states without times: for how long are they run?"),
                )
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
    pub(super) fn have_rates(&mut self, (data, shape): (usize, &Shape), metrics: &[Metric], at: Span) -> Option<()> {
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
    pub(super) fn compared(
        &mut self,
        (result, at): (usize, Span),
        (starts, shape): (usize, &Shape),
        (on, on_shape): (usize, &Shape),
        asked: &Asked<'_>,
    ) -> Option<Model> {
        let Source::Fit(source) = &self.sources[result] else { return None };
        let FitSource { fit, valid, root, .. } = &**source;
        let (fit, is_judged, is_changed) = (fit.clone(), valid.is_some(), root.is_some());
        let name = self.scopes[result].name.clone();
        let of_training = |m: &&Metric| matches!(m.info.word, "loss" | "valid_loss");
        if let Some(m) = asked.metrics.iter().find(of_training).filter(|_| is_changed) {
            self.out.push(
                Diagnostic::error(
                    "E0552",
                    m.span,
                    format!("`{name}` is a changed fit and was not trained, so it has no loss"),
                )
                .help("compare it by `derivative_mse` or along runs, `rmse`"),
            );
            return None;
        }
        if let Some(m) = asked.metrics.iter().find(|m| m.info.word == "valid_loss" && !is_judged) {
            self.out.push(
                Diagnostic::error("E0552", m.span, format!("`{name}` was fitted without `valid` rows"))
                    .help("give the fit some, `train(A, on = d.train, valid = d.valid)`, or ask for `loss`"),
            );
            return None;
        }
        let prepared = &fit.prepared;
        let find = |planner: &mut Planner, k: usize, shape: &Shape| {
            let data = planner.scopes[k].name.clone();
            matched((&data, shape), prepared, at, false).map_err(|d| planner.out.push(*d)).ok()
        };
        let rated = asked.metrics.iter().any(|m| m.info.needs == Needs::Rates);
        let rows = if rated { Some(find(self, on, on_shape)?) } else { None };
        let found = if asked.rollouts { find(self, starts, shape)? } else { Matched::default() };
        if !found.parameters.is_empty() && shape.scattered {
            let message =
                format!("`{name}` has inputs that are columns of the data, and its rows have no order in time");
            self.out.push(Diagnostic::error("E0553", at, message).help("compare it by `derivative_mse`"));
            return None;
        }
        let mut named: Vec<(String, Option<ExprId>)> = state_names(prepared).into_iter().map(|n| (n, None)).collect();
        for c in &shape.columns {
            if named.iter().any(|n| n.0 == c.name) {
                continue;
            }
            let found = prepared
                .system
                .names
                .values()
                .find_map(|v| v.elements.iter().position(|e| *e == c.name).and_then(|k| v.items.get(k).copied()));
            let parameter = |e: ExprId| prepared.system.parameters.iter().any(|p| p.leaf == e);
            if let Some(e) = found.filter(|e| !parameter(*e)) {
                named.push((c.name.clone(), Some(e)));
            }
        }
        let has = |wanted: &str| named.iter().any(|n| n.0 == wanted);
        let shows: Vec<Option<(usize, Shown)>> = match (&shape.truth, asked.runs_again) {
            (Some(_), true) => {
                let place = |s: Shown| named.iter().position(|n| n.0 == s.name).map(|at| (at, s));
                shown(shape, &has).into_iter().map(|s| s.and_then(place)).collect()
            }
            _ => Vec::new(),
        };
        for m in asked.metrics {
            let Some(of) = &m.of else { continue };
            if of.whole && m.info.word == "valid_time" && shape.columns.iter().any(|c| has(&c.name)) {
                continue;
            }
            for read in &of.reads {
                let trouble = match read {
                    Read::Column(c) if has(c) => continue,
                    Read::Column(c) => format!("`{name}` has no `{c}`, which `{}` compares", m.label),
                    Read::Truth(k) => match self.hidden(shape, asked.items[*k], &shows) {
                        None => continue,
                        Some(s) => format!("`{}` reads `{s}`, which nothing in `{name}` stands for", m.label),
                    },
                };
                let columns: Vec<String> = shape.columns.iter().map(|c| c.name.clone()).filter(|c| has(c)).collect();
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
            own = rollout_shape(shape, &columns, asked.named, self.program.has_units);
        }
        Some(Model {
            name,
            result,
            fit,
            stages: self.stages(result),
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
    fn hidden(&self, shape: &Shape, item: (ExprId, u32), shows: &[Option<(usize, Shown)>]) -> Option<String> {
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
            let open = |leaf: ExprId| leaves.contains(&leaf) && !truth.equations.states.iter().any(|s| s.leaf == leaf);
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
}

/// Columns of rollouts: those of the data that the model has, and quantities of metrics by their names.
pub(super) fn rollout_shape(
    of: &Shape,
    columns: &[(usize, usize)],
    named: &[(String, Dimension)],
    has_units: bool,
) -> Shape {
    let mut list: Vec<(String, Dimension, bool)> =
        columns.iter().map(|(c, _)| (of.columns[*c].name.clone(), of.columns[*c].dimension, false)).collect();
    let mut names = Vec::new();
    for n in &of.names {
        let places: Vec<usize> = n.columns.clone().filter_map(|c| columns.iter().position(|k| k.0 == c)).collect();
        let whole = places.len() == n.columns.len();
        if let (true, Some(first)) = (whole, places.first()) {
            let columns = *first..*first + places.len();
            names.push(crate::data::Named { name: n.name.clone(), shape: n.shape.clone(), columns });
        }
    }
    for (name, dimension) in named {
        let columns = list.len()..list.len() + 1;
        names.push(crate::data::Named { name: name.clone(), shape: Vec::new(), columns });
        list.push((name.clone(), *dimension, false));
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

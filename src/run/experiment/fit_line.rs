//! `fit m = train(A, on = d.train, valid = d.valid) { … }`

use super::data_line::{Held, Matched, matched};
use super::fit_result::FitResult;
use super::kept::Kept;
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use super::{ExperimentOutput, Progress};
use crate::data::Dataset;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::dimension::Dimension;
use crate::learn::batch::Order;
use crate::learn::objective::{LOSSES, Norm};
use crate::learn::optimizer::{OPTIMIZERS, OptimizerInfo};
use crate::learn::rows::Rows;
use crate::learn::saved::Saved;
use crate::learn::schedule::Schedule;
use crate::learn::train::{Ending, Hooks, Length, Record, Settings};
use crate::limits;
use crate::model::experiment::{Binding, ResultKind, ResultScope};
use crate::model::system::NamedValue;
use crate::model::{self, SystemRequest};
use crate::run::store::Store;
use crate::run::training::{self, Fit, Known, Loss, Term, Weight};
use crate::run::{identity, prepare};
use crate::symbolic::{ExprId, SymbolInfo};
use crate::syntax::tree::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Options of a fit.
const OPTIONS: &[&str] = &[
    "learn",
    "loss",
    "optimizer",
    "epochs",
    "steps",
    "batch",
    "order",
    "precision",
    "schedule",
    "patience",
    "checkpoint",
    "scale",
    "norm",
    "seed",
];

/// A fit, resolved.
pub struct FitLine {
    pub(super) fit: Fit,
    on: (usize, Matched),
    valid: Option<(usize, Matched)>,
    /// Leaves of the numbers that later lines read: loss, valid_loss, steps, params.
    numbers: Vec<(&'static str, ExprId)>,
    /// Parameters that the line gives to the system it names; else why its fit is no system by name.
    named: Result<Vec<String>, String>,
}

/// A fit as the lines behind it are resolved with.
pub struct FitSource {
    /// The system as the line names it.
    pub expr: Expr,
    /// What it sets on top.
    pub with: Vec<Stmt>,
    /// The fit.
    pub fit: Box<Fit>,
    /// Leaves of its own numbers.
    pub numbers: Vec<ExprId>,
}

/// Names of the numbers that every fit has.
const NUMBERS: [&str; 4] = ["loss", "valid_loss", "steps", "params"];

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<FitLine> {
    let args = match &*value.kind {
        ExprKind::Call { callee, args } if matches!(&*callee.kind, ExprKind::Name(n) if n == "train") => args,
        ExprKind::Call { callee, .. } if matches!(&*callee.kind, ExprKind::Name(n) if n == "discover" || n == "distill") =>
        {
            let word = model::text_of(callee);
            planner.out.push(
                Diagnostic::error("E0904", callee.span, format!("`{word}` is not built yet"))
                    .help("`train(A, on = d)` finds nets and parameters"),
            );
            return None;
        }
        _ => {
            planner.out.push(
                Diagnostic::error("E0540", value.span, "a `fit` is a `train(…)`")
                    .help("write `fit m = train(A, on = d)`"),
            );
            return None;
        }
    };
    let Some((first, rest)) = args.split_first().filter(|(f, _)| f.name.is_none() && f.each.is_none()) else {
        planner
            .out
            .push(Diagnostic::error("E0540", value.span, "`train` needs a system").help("write `train(A, on = d)`"));
        return None;
    };
    let (mut on, mut valid) = (None, None);
    let mut fine = true;
    for a in rest {
        let slot = match a.name.as_ref().map(|n| n.name.as_str()) {
            Some("on") => &mut on,
            Some("valid") => &mut valid,
            _ => {
                planner.out.push(
                    Diagnostic::error("E0540", a.span, "`train` takes a system, `on = data` and `valid = data`")
                        .help("everything else stands in braces behind it: `{ loss = derivative, epochs = 100 }`"),
                );
                fine = false;
                continue;
            }
        };
        match planner.data_named(&a.value) {
            Some(k) => *slot = Some((k, a.value.span)),
            None => fine = false,
        }
    }
    let Some(on) = on else {
        if fine {
            planner.out.push(
                Diagnostic::error("E0540", value.span, "`train` needs data to learn from")
                    .help("write `train(A, on = d)`"),
            );
        }
        return None;
    };
    let mut request = SystemRequest {
        expr: Some(first.value.clone()),
        with: first.tweaks.iter().flatten().cloned().collect(),
        module: planner.module,
        results: planner.scopes.clone(),
        started: true,
        ..SystemRequest::default()
    };
    let options = option::read("`train`", OPTIONS, config, &mut planner.out);
    // a weight that is an expression becomes an observable of the system
    let mut terms = Vec::new();
    let mut weights = Vec::new();
    let norm = options.iter().find(|o| o.0 == "norm").and_then(|o| planner.word("norm", o.1, Norm::WORDS));
    match options.iter().find(|o| o.0 == "loss") {
        Some((_, e)) => fine &= planner.losses(e, norm.unwrap_or_default(), &mut terms, &mut weights).is_some(),
        None => terms.push(Term {
            share: 1.0,
            loss: Loss::Derivative,
            norm: norm.unwrap_or_default(),
            weight: Weight::One,
            span: value.span,
        }),
    }
    for (k, (_, e)) in weights.iter().enumerate() {
        let named = Named {
            span: e.span,
            name: Some(Ident { name: format!("weight_of_{}_{k}", name.name), span: e.span }),
            index: None,
            ty: None,
            value: e.clone(),
        };
        request.with.push(Stmt { span: e.span, doc: None, kind: StmtKind::Observe(vec![named]) });
    }
    let (prepared, problems) = prepare::prepare(&planner.program, "", &request, planner.seed);
    planner.out.extend(problems.sorted());
    let prepared = prepared?;
    for (k, (term, e)) in weights.iter().enumerate() {
        let wanted = format!("weight_of_{}_{k}", name.name);
        match prepared.system.observables.iter().position(|o| o.name == wanted && o.items.len() == 1) {
            Some(at) => terms[*term].weight = Weight::Observable(at),
            None => {
                option::wrong(e.span, "a weight is one number per row".into(), &mut planner.out);
                fine = false;
            }
        }
    }
    let mut settings = Settings {
        optimizer: "adam".into(),
        settings: Vec::new(),
        schedule: Schedule::Constant,
        length: Length::Epochs(1000),
        batch: 256,
        order: Order::Shuffled,
        seed: planner.seed,
        name: name.name.clone(),
        patience: None,
        checkpoint: None,
    };
    let mut single: Option<bool> = None;
    let mut scale = prepared.system.has_units;
    let mut learned = None;
    let mut length: Option<Span> = None;
    let mut batch: Option<Span> = None;
    let mut full_batch = false;
    for (option, e) in &options {
        let ok = match *option {
            "learn" => {
                learned = planner.learned(e, &prepared);
                learned.is_some()
            }
            "optimizer" => match planner.optimizer(e) {
                Some((info, values)) => {
                    settings.optimizer = info.name.to_owned();
                    settings.settings = values;
                    full_batch = info.full_batch;
                    true
                }
                None => false,
            },
            "epochs" | "steps" => {
                if let Some(first) = length {
                    planner.out.push(
                        Diagnostic::error("E0540", e.span, "`epochs` and `steps` both say how long it is trained")
                            .label(first, "the first one")
                            .help("remove one of them"),
                    );
                }
                let n = planner.count(option, e, limits::TRAINING_STEPS).map(|n| n as u64);
                length = Some(e.span);
                match n {
                    Some(n) => {
                        settings.length = if *option == "epochs" { Length::Epochs(n) } else { Length::Steps(n) };
                        true
                    }
                    None => false,
                }
            }
            "batch" => {
                batch = Some(e.span);
                if matches!(&*e.kind, ExprKind::Name(n) if n == "full") {
                    settings.batch = 0;
                    true
                } else {
                    planner.count("batch", e, limits::BATCH).map(|n| settings.batch = n).is_some()
                }
            }
            "order" => planner.word("order", e, Order::WORDS).map(|o| settings.order = o).is_some(),
            "precision" => {
                single = planner.word("precision", e, &[("f32", true), ("f64", false)]);
                single.is_some()
            }
            "schedule" => planner.schedule(e).map(|s| settings.schedule = s).is_some(),
            "patience" => planner.count("patience", e, 1_000_000).map(|n| settings.patience = Some(n as u32)).is_some(),
            "checkpoint" => planner
                .count("checkpoint", e, limits::TRAINING_STEPS)
                .map(|n| settings.checkpoint = Some(n as u64))
                .is_some(),
            "scale" => planner.word("scale", e, &[("true", true), ("false", false)]).map(|s| scale = s).is_some(),
            "seed" => planner.count("seed", e, usize::MAX >> 12).map(|n| settings.seed = n as u64).is_some(),
            _ => true,
        };
        fine &= ok;
    }
    if full_batch {
        if let (Some(at), true) = (batch, settings.batch != 0) {
            let message = format!("`{}` takes all rows in every step", settings.optimizer);
            planner.out.push(Diagnostic::error("E0540", at, message).help("write `batch = full`, or take `adam`"));
            fine = false;
        }
        settings.batch = 0;
    }
    let through_runs = terms.iter().any(|t| matches!(t.loss, Loss::Trajectory { .. }));
    let single = single.unwrap_or(!full_batch && !through_runs);
    let (nets, parameters) =
        learned.unwrap_or_else(|| (prepared.system.nets.iter().map(|n| n.net).collect(), Vec::new()));
    if nets.is_empty() && parameters.is_empty() {
        planner.out.push(
            Diagnostic::error("E0540", value.span, format!("`{}` has nothing to learn", prepared.system.name))
                .help("declare a `net`, or name parameters: `learn = [l, m]`"),
        );
        fine = false;
    }
    let on = (on.0, planner.matched(on, &prepared, &terms, &mut fine));
    let valid = valid.map(|v: (usize, Span)| (v.0, planner.matched(v, &prepared, &terms, &mut fine)));
    if !fine {
        return None;
    }
    let fit =
        Fit { name: name.name.clone(), span: value.span, prepared, nets, parameters, terms, settings, single, scale };
    let mut graph = fit.prepared.equations.graph.clone();
    let mut names = fit.prepared.system.names.clone();
    let mut numbers = Vec::new();
    for word in NUMBERS {
        let symbol = graph.symbol(SymbolInfo::scalar(word));
        let leaf = graph.scalar(symbol);
        numbers.push((word, leaf));
        let value = NamedValue {
            shape: Vec::new(),
            items: vec![leaf],
            dimensions: vec![Dimension::one()],
            elements: vec![word.to_owned()],
        };
        names.insert(word.to_owned(), value);
    }
    planner.scopes.push(ResultScope { name: name.name.clone(), names, trajectories: None, kind: ResultKind::Fit });
    planner.sources.push(Source::Fit(Box::new(FitSource {
        expr: first.value.clone(),
        with: request.with.iter().filter(|s| !matches!(s.kind, StmtKind::Observe(_))).cloned().collect(),
        fit: Box::new(fit.clone()),
        numbers: numbers.iter().map(|n| n.1).collect(),
    })));
    let named = named(&first.value, &request.with);
    Some(FitLine { fit, on: (on.0, on.1), valid, numbers, named })
}

/// The parameters that a fit gives to a system that is named; else why what is fitted is no system by its name.
fn named(system: &Expr, with: &[Stmt]) -> Result<Vec<String>, String> {
    if !matches!(&*system.kind, ExprKind::Name(_)) {
        return Err("what was fitted is made by a call and is no system by its name; give it one, \
                    `system B = …`, and fit that"
            .to_owned());
    }
    let mut parameters = Vec::new();
    for stmt in with {
        match &stmt.kind {
            StmtKind::Param(list) => parameters.extend(list.iter().map(|p| p.name.name.clone())),
            StmtKind::Observe(_) => {}
            _ => {
                return Err("the fit changed the system by more than parameters; give the changed one a name, \
                            `system B = A with { … }`, and fit that"
                    .to_owned());
            }
        }
    }
    Ok(parameters)
}

impl Planner {
    /// The data with the places of the states; reports what the loss needs and the data do not have.
    fn matched(
        &mut self,
        (result, at): (usize, Span),
        prepared: &prepare::Prepared,
        terms: &[Term],
        fine: &mut bool,
    ) -> Matched {
        let Source::Data(shape) = &self.sources[result] else { return Matched::default() };
        let name = self.scopes[result].name.clone();
        let through_runs = terms.iter().all(|t| matches!(t.loss, Loss::Trajectory { .. }));
        let found = matched((&name, shape), prepared, at, through_runs);
        match found {
            Ok(found) => {
                if !through_runs && !rated(shape, &found, prepared) {
                    self.out.push(
                        Diagnostic::error("E0541", at, format!("`{name}` has no rates, which this loss compares"))
                            .help("make them with the data: `targets = analytic`, `forward`, `central` or `mean_slopes`; or learn along runs: `loss = trajectory(horizon = …)`"),
                    );
                    *fine = false;
                }
                if shape.scattered && terms.iter().any(|t| matches!(t.loss, Loss::Trajectory { .. })) {
                    self.out.push(
                        Diagnostic::error("E0541", at, format!("the rows of `{name}` have no order in time"))
                            .help("a loss along runs needs trajectories: `sample(…)` or a file with times"),
                    );
                    *fine = false;
                }
                found
            }
            Err(d) => {
                self.out.push(*d);
                *fine = false;
                Matched::default()
            }
        }
    }

    /// `[Rθ, Vθ, l]`: nets and components of parameters.
    fn learned(&mut self, e: &Expr, prepared: &prepare::Prepared) -> Option<(Vec<crate::symbolic::NetId>, Vec<usize>)> {
        let list: Vec<&Expr> = match &*e.kind {
            ExprKind::List { rows, unit: None } if rows.len() == 1 => rows[0].iter().collect(),
            _ => vec![e],
        };
        let (mut nets, mut parameters) = (Vec::new(), Vec::new());
        let system = &prepared.system;
        let mut fine = true;
        for item in list {
            let name = model::text_of(item);
            let own: Vec<_> = system
                .nets
                .iter()
                .filter(|n| n.name == name || n.name.strip_prefix(&name).is_some_and(|r| r.starts_with('.')))
                .collect();
            if !own.is_empty() {
                nets.extend(own.iter().map(|n| n.net));
                continue;
            }
            let mut offset = 0;
            let mut found = false;
            for p in &system.parameters {
                for (k, element) in p.elements.iter().enumerate() {
                    if *element == name || p.name == name {
                        parameters.push(offset + k);
                        found = true;
                    }
                }
                if found && p.input {
                    self.out.push(Diagnostic::error(
                        "E0542",
                        item.span,
                        format!("`{name}` is an input, which the data give"),
                    ));
                    fine = false;
                }
                offset += p.default.len();
            }
            if !found {
                let visible = system.parameters.iter().filter(|p| !p.scale).map(|p| p.name.as_str());
                let known = system.nets.iter().map(|n| n.name.as_str()).chain(visible);
                let d = Diagnostic::error(
                    "E0542",
                    item.span,
                    format!("`{}` has no net or parameter `{name}`", system.name),
                );
                self.out.push(match model::suggest(&name, known) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help("`learn` names nets and parameters of the system"),
                });
                fine = false;
            }
        }
        fine.then_some((nets, parameters))
    }

    /// `adam(1e-3, decay = 1e-4)`
    fn optimizer(&mut self, e: &Expr) -> Option<(&'static OptimizerInfo, Vec<f64>)> {
        let (word, args) = called(e);
        let Some(info) = OPTIMIZERS.iter().find(|o| o.name == word) else {
            let d = Diagnostic::error("E0543", e.span, format!("there is no optimizer `{word}`"));
            let names: Vec<String> = OPTIMIZERS.iter().map(|o| o.name.to_owned()).collect();
            self.out.push(match model::suggest(&word, OPTIMIZERS.iter().map(|o| o.name)) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("it is one of {}", model::list_names(&names))),
            });
            return None;
        };
        let words: Vec<&str> = info.settings.iter().map(|s| s.name).collect();
        let given = self.settings(&word, &words, args)?;
        let values =
            info.settings.iter().enumerate().map(|(k, s)| given.iter().find(|g| g.0 == k).map_or(s.default, |g| g.1));
        Some((info, values.collect()))
    }

    /// Numbers of a call by their place among `words`; the first may stand without its name.
    fn settings(&mut self, call: &str, words: &[&str], args: &[Arg]) -> Option<Vec<(usize, f64)>> {
        let mut found = Vec::new();
        for (k, a) in args.iter().enumerate() {
            let place = match &a.name {
                None if k == 0 => Some(0),
                None => None,
                Some(name) => words.iter().position(|w| *w == name.name),
            };
            let Some(place) = place.filter(|p| *p < words.len()) else {
                let written = a.name.as_ref().map_or("", |n| n.name.as_str());
                let d = Diagnostic::error("E0543", a.span, format!("this is no setting of `{call}`"));
                self.out.push(match model::suggest(written, words.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("its settings are {}", words.join(", "))),
                });
                return None;
            };
            let value = match &*a.value.kind {
                ExprKind::Name(n) if n == "true" => 1.0,
                ExprKind::Name(n) if n == "false" => 0.0,
                _ => self.quantity(&a.value)?.0,
            };
            if !(value >= 0.0) {
                option::wrong(a.value.span, format!("`{}` of `{call}` is not negative", words[place]), &mut self.out);
                return None;
            }
            found.push((place, value));
        }
        Some(found)
    }

    fn schedule(&mut self, e: &Expr) -> Option<Schedule> {
        let (word, args) = called(e);
        match word.as_str() {
            "constant" => self.settings(&word, &[], args).map(|_| Schedule::Constant),
            "cosine" => self.settings(&word, &[], args).map(|_| Schedule::Cosine),
            "one_cycle" => {
                let given = self.settings(&word, &["start", "low"], args)?;
                let at = |k: usize, default: f64| given.iter().find(|g| g.0 == k).map_or(default, |g| g.1);
                Some(Schedule::OneCycle { start: at(0, 0.0), low: at(1, 1e-4) })
            }
            _ => {
                let d = Diagnostic::error("E0543", e.span, format!("there is no schedule `{word}`"));
                let names = crate::learn::schedule::SCHEDULES.iter().map(|s| s.name);
                self.out.push(match model::suggest(&word, names) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help("it is one of `constant`, `cosine` and `one_cycle`"),
                });
                None
            }
        }
    }

    /// A sum of losses with factors. `weights` receives those that are expressions, with their terms.
    fn losses(&mut self, e: &Expr, norm: Norm, terms: &mut Vec<Term>, weights: &mut Vec<(usize, Expr)>) -> Option<()> {
        match &*e.kind {
            ExprKind::Paren(inner) => self.losses(inner, norm, terms, weights),
            ExprKind::Sum { first, rest } => {
                self.losses(first, norm, terms, weights)?;
                for (op, at, term) in rest {
                    if *op != SumOp::Plus {
                        option::wrong(*at, "losses add up".into(), &mut self.out);
                        return None;
                    }
                    self.losses(term, norm, terms, weights)?;
                }
                Some(())
            }
            ExprKind::Product { first, rest } if matches!(rest[..], [(ProductOp::Times, ..)]) => {
                let (share, _) = self.quantity(first)?;
                let from = terms.len();
                self.losses(&rest[0].2, norm, terms, weights)?;
                terms[from..].iter_mut().for_each(|t| t.share *= share);
                Some(())
            }
            _ => self.loss(e, norm, terms, weights),
        }
    }

    fn loss(&mut self, e: &Expr, norm: Norm, terms: &mut Vec<Term>, weights: &mut Vec<(usize, Expr)>) -> Option<()> {
        let (word, args) = called(e);
        if matches!(word.as_str(), "likelihood" | "elbo") {
            self.out.push(Diagnostic::error("E0904", e.span, format!("the loss `{word}` is not built yet")));
            return None;
        }
        if !LOSSES.iter().any(|l| l.name == word) {
            let d = Diagnostic::error("E0543", e.span, format!("there is no loss `{word}`"));
            let names: Vec<String> = LOSSES.iter().map(|l| l.name.to_owned()).collect();
            self.out.push(match model::suggest(&word, LOSSES.iter().map(|l| l.name)) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("it is one of {}", model::list_names(&names))),
            });
            return None;
        }
        let mut term = Term { share: 1.0, loss: Loss::Derivative, norm, weight: Weight::One, span: e.span };
        let mut horizon = None;
        let mut substeps = 1;
        for a in args {
            let name = a.name.as_ref().map_or("", |n| n.name.as_str());
            match name {
                "norm" => term.norm = self.word("norm", &a.value, Norm::WORDS)?,
                "weight" if is_noise(&a.value) => term.weight = Weight::Noise,
                "weight" => weights.push((terms.len(), a.value.clone())),
                "horizon" if word == "trajectory" => horizon = Some(self.quantity(&a.value)?.0),
                "substeps" if word == "trajectory" => substeps = self.count("substeps", &a.value, 10_000)?,
                _ => {
                    let known: &[&str] = if word == "trajectory" {
                        &["horizon", "substeps", "weight", "norm"]
                    } else {
                        &["weight", "norm"]
                    };
                    let d = Diagnostic::error("E0543", a.span, format!("this is no setting of `{word}`"));
                    self.out.push(match model::suggest(name, known.iter().copied()) {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help(format!("its settings are {}", known.join(", "))),
                    });
                    return None;
                }
            }
        }
        term.loss = match word.as_str() {
            "derivative" => Loss::Derivative,
            "residual" => Loss::Residual,
            _ => {
                let Some(horizon) = horizon.filter(|h| *h > 0.0) else {
                    self.out.push(
                        Diagnostic::error("E0543", e.span, "a loss along runs says how long they are")
                            .help("write `trajectory(horizon = 0.5)`"),
                    );
                    return None;
                };
                Loss::Trajectory { horizon, substeps }
            }
        };
        terms.push(term);
        Some(())
    }
}

/// Name and arguments of a call; a name alone has none.
fn called(e: &Expr) -> (String, &[Arg]) {
    match &*e.kind {
        ExprKind::Call { callee, args } => (model::text_of(callee), args),
        _ => (model::text_of(e), &[]),
    }
}

/// `1/noise`
fn is_noise(e: &Expr) -> bool {
    model::text_of(e).replace(' ', "") == "1/noise"
}

/// Whether every state's rate is known that the equations do not give by themselves.
fn rated(shape: &Shape, found: &Matched, prepared: &prepare::Prepared) -> bool {
    let names = crate::run::start::state_names(prepared);
    names.iter().zip(&found.states).any(|(name, held)| match held {
        Held::Values(k) => shape.columns[*k].rated || names.iter().any(|n| *n == format!("{name}'")),
        Held::Rates(_) | Held::Missing => false,
    })
}

/// The data of a fit in the places of its equations.
pub(super) fn rows(fit: &Fit, data: &Dataset, found: &Matched) -> Rows {
    let names = crate::run::start::state_names(&fit.prepared);
    let n = names.len();
    let place = |name: &str| names.iter().position(|x| x == name);
    let mut rows = Rows {
        count: data.rows(),
        time: data.times().unwrap_or_else(|| vec![0.0; data.rows()]),
        states: vec![None; n],
        rates: vec![None; n],
        noise: vec![None; n],
        velocity: names.iter().map(|name| place(&format!("{name}'"))).collect(),
        ..Rows::default()
    };
    for (k, held) in found.states.iter().enumerate() {
        match held {
            Held::Values(c) => {
                rows.states[k] = Some(data.values(*c));
                rows.noise[k] = data.columns()[*c].noise;
                // where the rate of a coordinate is a state itself, nothing is learned from it
                if rows.velocity[k].is_none() {
                    rows.rates[k] = data.rates(*c);
                }
            }
            Held::Rates(c) => rows.states[k] = data.rates(*c),
            Held::Missing => {}
        }
    }
    let mut trials = vec![0];
    for trial in data.trials() {
        for piece in &trial.pieces {
            let end = trials.last().copied().unwrap_or(0) + piece.len();
            trials.push(end);
        }
    }
    rows.trials = trials;
    let variables = &fit.prepared.system.variables;
    let periodic = |name: &str| variables.iter().any(|v| v.periodic && v.elements.iter().any(|e| e == name));
    rows.periodic = names.iter().map(|name| periodic(name)).collect();
    let count = fit.prepared.equations.parameters.iter().map(|p| p.offset + p.length).max().unwrap_or(0);
    rows.inputs = vec![None; count];
    for (p, component, column) in &found.parameters {
        let leaf = &fit.prepared.equations.parameters[*p];
        rows.inputs[leaf.offset + component] = Some(data.values(*column));
    }
    rows
}

impl Planner {
    /// The expression of a system with the name of a fit replaced by what was fitted; what the fit set on
    /// top; and the fit.
    pub(super) fn unfitted(&self, e: &Expr) -> (Expr, Vec<Stmt>, Option<usize>) {
        let mut out = e.clone();
        let inside = match &mut *out.kind {
            ExprKind::Call { args, .. } if args.len() == 1 && args[0].name.is_none() => &mut args[0].value,
            _ => &mut out,
        };
        let name = model::text_of(inside);
        let found = self.scopes.iter().position(|s| s.name == name);
        match found.map(|k| (k, &self.sources[k])) {
            Some((k, Source::Fit(fit))) => {
                let span = inside.span;
                *inside = Expr { span, kind: fit.expr.kind.clone() };
                (out, fit.with.clone(), Some(k))
            }
            _ => (e.clone(), Vec::new(), None),
        }
    }

    /// What is read of fits are numbers: what was learned, and what is known of the training.
    pub(super) fn fits_have(&mut self, bindings: &[Binding], at: Span) -> Option<()> {
        for b in bindings {
            let Source::Fit(fit) = &self.sources[b.result] else { continue };
            let learned = fit.fit.prepared.system.parameters.iter().any(|p| p.leaf == b.item);
            if learned || fit.numbers.contains(&b.item) {
                continue;
            }
            let name = self.scopes[b.result].name.clone();
            self.out.push(
                Diagnostic::error(
                    "E0544",
                    at,
                    format!("`{name}` is a fit: this is a quantity of its system, and not a number"),
                )
                .help(format!("run it: `run r = simulate({name}, …)`, and read it of `r`")),
            );
            return None;
        }
        Some(())
    }
}

/// Progress and checkpoints of a training.
struct Watching<'a, 'b> {
    name: &'a str,
    interrupt: Option<&'a AtomicBool>,
    progress: &'a mut Progress<'b>,
    kept: Kept<'a>,
    resumed: Option<u64>,
}

impl Hooks for Watching<'_, '_> {
    fn progress(&mut self, record: &Record, planned: u64) -> bool {
        let valid = record.valid.map(|v| format!(", valid {v:.3e}")).unwrap_or_default();
        let resumed = self.resumed.map(|step| format!(" (resumed at step {step})")).unwrap_or_default();
        let text = format!("step {} of {planned}{resumed}, loss {:.3e}{valid}", record.step, record.loss);
        (self.progress)(self.name, record.step as f64 / planned as f64, &text);
        !self.interrupted()
    }

    fn checkpoint(&mut self, saved: Saved) {
        self.kept.begun(saved);
    }

    fn resumed(&mut self, step: u64) {
        self.resumed = Some(step);
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Trains, or takes up what an earlier run found or began.
pub(super) fn execute(
    line: &FitLine,
    output: &mut ExperimentOutput,
    interrupt: Option<&AtomicBool>,
    store: &dyn Store,
    progress: &mut Progress<'_>,
    out: &mut Diagnostics,
) {
    let rows_of = |(result, found): &(usize, Matched)| output.data(*result).map(|d| rows(&line.fit, &d.data, found));
    let Some(on) = rows_of(&line.on) else { return };
    let valid = line.valid.as_ref().and_then(rows_of);
    let fit = &line.fit;
    let kept = Kept::new(store, identity::fit(fit, &on, valid.as_ref()), &fit.name, fit.span);
    let result = kept.result(out);
    let begun = if result.is_none() { kept.checkpoint(out) } else { None };
    let known = match (&result, &begun) {
        (Some(saved), _) => Known::Result(saved),
        (None, Some(saved)) => Known::Checkpoint(saved),
        (None, None) => Known::Nothing,
    };
    let mut watching = Watching { name: &fit.name, interrupt, progress, kept, resumed: None };
    let made = training::fit(fit, &on, valid.as_ref(), known, &mut watching, out);
    let mut kept = watching.kept;
    let Some(fitted) = made else { return };
    let training = &fitted.training;
    if (result.is_some() && !fitted.kept) || (begun.is_some() && training.resumed.is_none()) {
        kept.unreadable(if result.is_some() { "result" } else { "checkpoint" }, "it does not fit this training", out);
    }
    match (fitted.kept, training.ending) {
        (true, _) => kept.forget(),
        (false, Ending::Interrupted) => output.stopped = true,
        (false, _) => kept.done(fitted.saved()),
    }
    kept.report(out);
    let numbers = [training.loss, training.valid.unwrap_or(f64::NAN), training.steps as f64, fitted.count as f64];
    let mut values: Vec<(ExprId, f64)> = line.numbers.iter().zip(numbers).map(|((_, leaf), v)| (*leaf, v)).collect();
    for (k, found) in &fitted.prepared.fitted {
        let leaf = fitted.prepared.system.parameters[*k].leaf;
        if let [value] = found[..] {
            values.push((leaf, value));
        }
    }
    let digests = identity::of_fit(fit, &on, valid.as_ref());
    output.add_fit(FitResult { fitted, values, named: line.named.clone(), digests });
}

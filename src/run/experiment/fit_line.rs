//! `fit m = train(A, on = d.train, valid = d.valid) { … }`

use super::data_line::{Held, Matched, matched};
use super::fit_result;
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::formalism::equations::StateLeaf;
use crate::learn::batch::Order;
use crate::learn::objective::Norm;
use crate::learn::schedule::Schedule;
use crate::learn::train::{Length, Settings};
use crate::limits;
use crate::model::experiment::{Binding, ResultKind, ResultScope};
use crate::model::system::NamedValue;
use crate::model::{self, SystemRequest};
use crate::run::prepare;
use crate::run::training::{Fit, Loss, Term, Weight};
use crate::symbolic::{ExprId, SymbolInfo};
use crate::syntax::tree::*;
use indexmap::IndexMap;

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
    "until",
    "checkpoint",
    "scale",
    "inputs",
    "norm",
    "seed",
];

/// A fit, resolved.
pub struct FitLine {
    pub(super) fit: Fit,
    pub(super) on: (usize, Matched),
    pub(super) valid: Option<(usize, Matched)>,
    /// Leaves of the numbers that later lines read: loss, valid_loss, steps, params.
    pub(super) numbers: Vec<(&'static str, ExprId)>,
    /// Parameters that the line gives to the system it names; else why its fit is no system by name.
    pub(super) named: Result<Vec<String>, String>,
}

/// A fit as the lines behind it are resolved with.
pub struct FitSource {
    /// The system as the line names it.
    pub expr: Expr,
    /// What it sets on top.
    pub with: Vec<Stmt>,
    /// The fit.
    pub fit: Box<Fit>,
    /// What it learns from, among the results, with the places of the states.
    pub on: (usize, Matched),
    /// What it is judged by.
    pub valid: Option<(usize, Matched)>,
    /// Leaves of its own numbers.
    pub numbers: Vec<ExprId>,
    /// The fit that was trained, where this one is that with its system changed.
    pub root: Option<usize>,
    /// Whether a line has compared it.
    pub compared: bool,
}

impl FitSource {
    /// Whether its loss is the mean square of errors of rates, as `derivative_mse` and the floor are.
    pub fn has_floor(&self) -> bool {
        let [term] = self.fit.terms.as_slice() else { return false };
        // what is counted in units of the data is another number than the floor, which is in SI
        let si = !(self.fit.scale && self.fit.prepared.system.has_units);
        si && (term.loss, term.norm, term.weight, term.share) == (Loss::Derivative, Norm::L2, Weight::One, 1.0)
    }
}

/// Names of the numbers that every fit has.
const NUMBERS: [&str; 4] = ["loss", "valid_loss", "steps", "params"];

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<FitLine> {
    let args = match &*value.kind {
        ExprKind::Call { callee, args } if matches!(&*callee.kind, ExprKind::Name(n) if n == "train") => args,
        _ => {
            planner.out.push(
                Diagnostic::error(
                    "E0540",
                    value.span,
                    "a `fit` is a `train(…)`, an `adapt(…)` of one or a `distill(…)`",
                )
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
                let help = match a.name.as_ref() {
                    None if planner.scopes.iter().any(|s| s.name == model::text_of(&a.value)) => {
                        format!("write `on = {}`", model::text_of(&a.value))
                    }
                    Some(n) if matches!(n.name.as_str(), "validation" | "val" | "test") => {
                        format!("write `valid = {}`", model::text_of(&a.value))
                    }
                    Some(n) if matches!(n.name.as_str(), "data" | "train") => {
                        format!("write `on = {}`", model::text_of(&a.value))
                    }
                    _ => "everything else stands in braces behind it: `{ loss = derivative, epochs = 100 }`".into(),
                };
                planner.out.push(
                    Diagnostic::error("E0540", a.span, "`train` takes a system, `on = data` and `valid = data`")
                        .help(help),
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
    let options = option::read("`train`", OPTIONS, config, &mut planner.out);
    let Some(on) = on else {
        if fine {
            planner.out.push(
                Diagnostic::error("E0540", value.span, "`train` needs data to learn from")
                    .help("write `train(A, on = d)`"),
            );
        }
        return None;
    };
    // what was fitted above goes on from there
    let (system, mut with, from) = planner.fitted_system(&first.value);
    with.extend(first.tweaks.iter().flatten().cloned());
    let mut request = SystemRequest {
        expr: Some(system.clone()),
        with,
        module: planner.module,
        results: planner.scopes.clone(),
        started: true,
        ..SystemRequest::default()
    };
    // a weight that is an expression is recorded by the system, as a column of data is
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
        request.columns.push((Ident { name: format!("weight {} {k}", name.name), span: e.span }, e.clone()));
    }
    let (prepared, problems) = prepare::prepare(&planner.program, "", &request, planner.seed);
    planner.out.extend(problems.sorted());
    let mut prepared = prepared?;
    if from.is_some() {
        prepared.system.nets.iter_mut().for_each(|n| n.trained = true);
    }
    for (k, (term, e)) in weights.iter().enumerate() {
        let wanted = format!("weight {} {k} ", name.name);
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
        until: None,
        checkpoint: None,
    };
    let mut single: Option<bool> = None;
    let mut scale = prepared.system.has_units;
    let mut hold = false;
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
                let n = planner.count(&format!("`{option}`"), e, limits::TRAINING_STEPS).map(|n| n as u64);
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
                    planner.count("`batch`", e, limits::BATCH).map(|n| settings.batch = n).is_some()
                }
            }
            "order" => planner.word("order", e, Order::WORDS).map(|o| settings.order = o).is_some(),
            "precision" => {
                single = planner.word("precision", e, &[("f32", true), ("f64", false)]);
                single.is_some()
            }
            "schedule" => planner.schedule(e).map(|s| settings.schedule = s).is_some(),
            "patience" => {
                planner.count("`patience`", e, 1_000_000).map(|n| settings.patience = Some(n as u32)).is_some()
            }
            "until" => planner.loss_to_reach(e).map(|loss| settings.until = Some(loss)).is_some(),
            "checkpoint" => planner
                .count("`checkpoint`", e, limits::TRAINING_STEPS)
                .map(|n| settings.checkpoint = Some(n as u64))
                .is_some(),
            "inputs" => planner.word("inputs", e, &[("linear", false), ("hold", true)]).map(|h| hold = h).is_some(),
            "scale" => planner.word("scale", e, &[("true", true), ("false", false)]).map(|s| scale = s).is_some(),
            "seed" => planner.seed_of(e).map(|s| settings.seed = s).is_some(),
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
    let stated_precision = single.is_some();
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
    let idle = prepared.system.nets.iter().find(|n| !nets.contains(&n.net) && !n.trained && !prepared.has_weights(n));
    if let Some(net) = idle {
        planner.out.push(
            Diagnostic::error("E0542", value.span, format!("`{}` is not learned, and has no weights", net.name))
                .note("the fit would be of a system with a random function in it")
                .help(format!("name it too: `learn = [{}]`", {
                    let named = prepared.system.nets.iter().filter(|n| nets.contains(&n.net) || n.net == net.net);
                    let mut list: Vec<String> = named.map(|n| n.name.clone()).collect();
                    let leaves = prepared.system.parameters.iter().zip(&prepared.equations.parameters);
                    let own = |l: &StateLeaf| parameters.iter().any(|c| (l.offset..l.offset + l.length).contains(c));
                    list.extend(leaves.filter(|(_, l)| own(l)).map(|(p, _)| p.name.clone()));
                    list.join(", ")
                })),
        );
        fine = false;
    }
    let on = (on.0, planner.matched(on, &prepared, &terms, &mut fine));
    let valid = valid.map(|v: (usize, Span)| (v.0, planner.matched(v, &prepared, &terms, &mut fine)));
    if !fine {
        return None;
    }
    let fit = Fit {
        name: name.name.clone(),
        span: value.span,
        from,
        prepared,
        nets,
        parameters,
        terms,
        settings,
        single,
        stated_precision,
        scale,
        hold,
    };
    let (names, numbers) = numbers(&fit.prepared, &NUMBERS);
    planner.scopes.push(scope(name, &fit.prepared, names));
    planner.sources.push(Source::Fit(Box::new(FitSource {
        expr: system.clone(),
        with: request.with.clone(),
        fit: Box::new(fit.clone()),
        on: on.clone(),
        valid: valid.clone(),
        numbers: numbers.iter().map(|n| n.1).collect(),
        root: None,
        compared: false,
    })));
    let named = named(&system, &request.with);
    Some(FitLine { fit, on: (on.0, on.1), valid, numbers, named })
}

/// Names that later lines read of a fit: those of its system, and numbers of its own with their leaves.
pub(super) fn numbers(
    prepared: &prepare::Prepared,
    words: &[&'static str],
) -> (IndexMap<String, NamedValue>, Vec<(&'static str, ExprId)>) {
    let mut graph = prepared.equations.graph.clone();
    let mut names = prepared.system.names.clone();
    let mut numbers = Vec::new();
    for word in words {
        let symbol = graph.symbol(SymbolInfo::scalar(*word));
        let leaf = graph.scalar(symbol);
        numbers.push((*word, leaf));
        let value = NamedValue {
            shape: Vec::new(),
            items: vec![leaf],
            dimensions: vec![Dimension::one()],
            elements: [(*word).to_owned()].into(),
        };
        names.insert((*word).to_owned(), value);
    }
    (names, numbers)
}

/// What later lines see of a fit.
pub(super) fn scope(name: &Ident, prepared: &prepare::Prepared, names: IndexMap<String, NamedValue>) -> ResultScope {
    ResultScope {
        name: name.name.clone(),
        names,
        functions: prepared.system.functions.clone(),
        trajectories: None,
        kind: ResultKind::Fit,
    }
}

/// The parameters that a fit gives to a system that is named; else why what is fitted is no system by its name.
pub(super) fn named(system: &Expr, with: &[Stmt]) -> Result<Vec<String>, String> {
    if !matches!(&*system.kind, ExprKind::Name(_)) {
        return Err("what was fitted is made by a call and is no system by its name; give it one, \
                    `system B = …`, and fit that"
            .to_owned());
    }
    let mut parameters = Vec::new();
    for stmt in with {
        match &stmt.kind {
            StmtKind::Param(list) => parameters.extend(list.iter().map(|p| p.name.name.clone())),
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
                if let Some((state, held)) = unrated(shape, &found, prepared).filter(|_| !through_runs) {
                    let along = "learn along runs: `loss = trajectory(horizon = …)`";
                    let help = match held {
                        Held::Values(_) if shape.truth.is_some() => {
                            format!("make it with the data: `targets = analytic`, or leave `targets` out; or {along}")
                        }
                        Held::Values(_) => format!("make it with the data: `targets = central`; or {along}"),
                        _ if shape.truth.is_some() => {
                            format!("record `{state}` too, in `observe = {{ … }}`; or {along}")
                        }
                        _ => format!("give `{state}` a column of its own, with `targets = central`; or {along}"),
                    };
                    let message = format!("`{name}` has no rate of `{state}`, which this loss compares");
                    self.out.push(Diagnostic::error("E0541", at, message).help(help));
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
}

/// The first state whose rate is not known and that the equations do not give by themselves: the rate of a coordinate
/// whose velocity is a state is that state.
fn unrated(shape: &Shape, found: &Matched, prepared: &prepare::Prepared) -> Option<(String, Held)> {
    let names = crate::run::start::state_names(prepared);
    let states = names.iter().zip(&found.states);
    let mut open = states.filter(|(name, held)| {
        let given = names.iter().any(|n| *n == format!("{name}'"));
        !given && !matches!(held, Held::Values(k) if shape.columns[*k].rated)
    });
    open.next().map(|(name, held)| (name.clone(), *held))
}

/// A system named or called, with these formals in place of its own.
fn with_formals(system: &Expr, formals: Vec<Arg>) -> Box<ExprKind> {
    if formals.is_empty() {
        return system.kind.clone();
    }
    let (callee, mut args) = match &*system.kind {
        ExprKind::Call { callee, args } => (callee.clone(), args.clone()),
        _ => (system.clone(), Vec::new()),
    };
    let named = |a: &Arg| a.name.as_ref().map(|n| n.name.clone());
    for formal in formals {
        match args.iter_mut().find(|a| named(a) == named(&formal)) {
            Some(old) => *old = formal,
            None => args.push(formal),
        }
    }
    Box::new(ExprKind::Call { callee, args })
}

impl Planner {
    /// The expression of a system with the name of a fit replaced by what was fitted; what the fit set on
    /// top; and the fit.
    pub(super) fn fitted_system(&self, e: &Expr) -> (Expr, Vec<Stmt>, Option<usize>) {
        let mut out = e.clone();
        let inside = match &mut *out.kind {
            ExprKind::Call { args, .. } if args.len() == 1 && args[0].name.is_none() => &mut args[0].value,
            _ => &mut out,
        };
        // `m(n = 100)`: the system of the fit with other formals
        let (name, formals) = match &*inside.kind {
            ExprKind::Call { callee, args } if !args.is_empty() && args.iter().all(|a| a.name.is_some()) => {
                (model::text_of(callee), args.clone())
            }
            _ => (model::text_of(inside), Vec::new()),
        };
        let found = self.scopes.iter().position(|s| s.name == name);
        match found.map(|k| (k, &self.sources[k])) {
            Some((k, Source::Fit(fit))) => {
                let span = inside.span;
                *inside = Expr { span, kind: with_formals(&fit.expr, formals) };
                (out, fit.with.clone(), Some(k))
            }
            _ => (e.clone(), Vec::new(), None),
        }
    }

    /// What is read of fits are numbers: what was learned, and what is known of the training and of the system. A
    /// parameter that is `judged` must be a learned one: else the check holds by what the file says.
    pub(super) fn fits_have(&mut self, bindings: &[Binding], judged: bool, at: Span) -> Option<()> {
        for b in bindings {
            let Source::Fit(fit) = &self.sources[b.result] else { continue };
            if fit.numbers.contains(&b.item) {
                continue;
            }
            let name = self.scopes[b.result].name.clone();
            let parameter = fit.fit.parameter(b.item);
            if parameter.is_some_and(|p| p.1)
                || (b.inside || !judged) && fit_result::is_constant(&fit.fit.prepared, b.item)
            {
                continue;
            }
            if let Some((parameter, _)) = parameter {
                let message = format!("`{parameter}` is not learned by `{name}`, so it is what the file says");
                let nets = fit.fit.prepared.system.nets.iter().filter(|n| fit.fit.nets.contains(&n.net));
                let mut list: Vec<String> = nets.map(|n| n.name.clone()).collect();
                list.push(parameter.to_owned());
                self.out.push(
                    Diagnostic::error("E0544", at, message).help(format!("write `learn = [{}]`", list.join(", "))),
                );
                return None;
            }
            if fit_result::is_constant(&fit.fit.prepared, b.item) {
                continue;
            }
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

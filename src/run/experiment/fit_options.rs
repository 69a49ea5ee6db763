//! Options of a fit: what is learned, losses, optimizers, schedules.

use super::option;
use super::plan::Planner;
use crate::diagnostic::Diagnostic;
use crate::learn::objective::{LOSSES, Norm};
use crate::learn::optimizer::{OPTIMIZERS, OptimizerInfo};
use crate::learn::schedule::{SCHEDULES, Schedule};
use crate::model;
use crate::run::prepare;
use crate::run::training::{Loss, Term, Weight};
use crate::syntax::tree::*;

impl Planner {
    /// `[Rθ, Vθ, l]`: nets and components of parameters.
    pub(super) fn learned(
        &mut self,
        e: &Expr,
        prepared: &prepare::Prepared,
    ) -> Option<(Vec<crate::symbolic::NetId>, Vec<usize>)> {
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
                if p.input && (p.name == name || p.elements.contains(&name)) {
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
                let visible = system.parameters.iter().filter(|p| !p.hidden).map(|p| p.name.as_str());
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
    pub(super) fn optimizer(&mut self, e: &Expr) -> Option<(&'static OptimizerInfo, Vec<f64>)> {
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
                if matches!(written, "lr" | "learning_rate" | "step_size") && words.first() == Some(&"rate") {
                    self.out.push(d.help(format!("the rate stands first: `{call}(1e-3)`")));
                    return None;
                }
                self.out.push(match model::suggest(written, words.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("its settings are {}", words.join(", "))),
                });
                return None;
            };
            let value = match &*a.value.kind {
                ExprKind::Name(n) if n == "true" => 1.0,
                ExprKind::Name(n) if n == "false" => 0.0,
                _ => {
                    let (value, dimension) = self.quantity(&a.value)?;
                    if !dimension.is_one() {
                        let message = format!("`{}` of `{call}` is a pure number", words[place]);
                        self.out.push(
                            Diagnostic::error("E0406", a.value.span, message)
                                .help("a step is a share of what is learned, so it has no unit"),
                        );
                        return None;
                    }
                    value
                }
            };
            if !(value >= 0.0) {
                option::wrong(a.value.span, format!("`{}` of `{call}` is not negative", words[place]), &mut self.out);
                return None;
            }
            found.push((place, value));
        }
        Some(found)
    }

    /// `until = 1e-6`
    pub(super) fn loss_to_reach(&mut self, e: &Expr) -> Option<f64> {
        let (value, dimension) = self.quantity(e)?;
        if !dimension.is_one() || !(value > 0.0) {
            let message = "`until` is a loss: a positive number without a unit".to_owned();
            option::wrong(e.span, message, &mut self.out);
            return None;
        }
        Some(value)
    }

    pub(super) fn schedule(&mut self, e: &Expr) -> Option<Schedule> {
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
                let names: Vec<String> = SCHEDULES.iter().map(|s| s.name.to_owned()).collect();
                self.out.push(match model::suggest(&word, SCHEDULES.iter().map(|s| s.name)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("it is one of {}", model::list_names(&names))),
                });
                None
            }
        }
    }

    /// A sum of losses with factors. `weights` receives those that are expressions, with their terms.
    pub(super) fn losses(
        &mut self,
        e: &Expr,
        norm: Norm,
        terms: &mut Vec<Term>,
        weights: &mut Vec<(usize, Expr)>,
    ) -> Option<()> {
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
                "horizon" if word == "trajectory" => {
                    let (value, dimension) = self.quantity(&a.value)?;
                    if !super::file_line::time_like(self, dimension, a.value.span, "a horizon", "horizon = 0.5 [s]") {
                        return None;
                    }
                    if !(value > 0.0) {
                        option::wrong(a.value.span, "a horizon is longer than 0".into(), &mut self.out);
                        return None;
                    }
                    horizon = Some(value);
                }
                "substeps" if word == "trajectory" => substeps = self.count("`substeps`", &a.value, 10_000)?,
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
                let Some(horizon) = horizon else {
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
    match &*e.kind {
        ExprKind::Paren(inner) => is_noise(inner),
        ExprKind::Product { first, rest } => {
            matches!(&rest[..], [(ProductOp::Divide, _, by)] if model::text_of(by) == "noise")
                && model::text_of(first) == "1"
        }
        _ => false,
    }
}

//! What stands in the braces of a `compare` line: metrics, spans, published values.

use super::super::option;
use super::super::place::Shape;
use super::super::plan::Planner;
use super::metric::{METRICS, MetricInfo, Takes};
use super::quantity::{Items, Quantities};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::integrate;
use crate::model;
use crate::syntax::tree::*;

/// A metric, resolved.
pub(super) struct Metric {
    /// Which.
    pub info: &'static MetricInfo,
    /// As later lines read it: `rmse(q)`.
    pub label: String,
    /// What it compares.
    pub of: Option<Quantities>,
    /// The name of that, where it is one quantity with a name: `E`.
    pub name: Option<String>,
    /// Tolerance of a valid time.
    pub tolerance: f64,
    /// Dimension of the score.
    pub dimension: Dimension,
    /// Where it is written.
    pub span: Span,
}

/// A published value of a metric of a model.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// Which model and which metric, by their places.
    pub of: (usize, usize),
    /// The value, in SI.
    pub value: f64,
    /// Its spread, where it is given.
    pub spread: Option<f64>,
}

/// `rmse(q)` without spaces.
pub(super) fn label_of(planner: &Planner, e: &Expr) -> String {
    planner.program.files.text(e.span).chars().filter(|c| !c.is_whitespace()).collect()
}

/// Elements of `[a, b]`, or the one expression.
pub(super) fn listed(e: &Expr) -> Vec<&Expr> {
    match &*e.kind {
        ExprKind::List { rows, unit: None } if rows.len() == 1 => rows[0].iter().collect(),
        ExprKind::Paren(inner) => listed(inner),
        _ => vec![e],
    }
}

impl Planner {
    /// A list of metrics.
    pub(super) fn metrics(&mut self, e: &Expr, data: (usize, &Shape), items: &mut Items) -> Option<Vec<Metric>> {
        let mut out: Vec<Metric> = Vec::new();
        let mut fine = true;
        for one in listed(e) {
            match self.metric(one, data, items) {
                Some(m) if out.iter().any(|o| o.label == m.label) => {
                    let message = format!("`{}` is asked for twice", m.label);
                    self.out.push(Diagnostic::error("E0551", one.span, message).help("remove one of them"));
                    fine = false;
                }
                Some(m) => out.push(m),
                None => fine = false,
            }
        }
        fine.then_some(out)
    }

    fn metric(&mut self, e: &Expr, data: (usize, &Shape), items: &mut Items) -> Option<Metric> {
        let (word, args): (String, &[Arg]) = match &*e.kind {
            ExprKind::Call { callee, args } => (model::text_of(callee), args),
            _ => (model::text_of(e), &[]),
        };
        let Some(info) = METRICS.iter().find(|m| m.word == word) else {
            if matches!(word.as_str(), "log_likelihood" | "mmd") {
                self.out.push(Diagnostic::error("E0904", e.span, format!("the metric `{word}` is not built yet")));
                return None;
            }
            let names: Vec<String> = METRICS.iter().map(|m| m.word.to_owned()).collect();
            let d = Diagnostic::error("E0551", e.span, format!("there is no metric `{word}`"));
            self.out.push(match model::suggest(&word, METRICS.iter().map(|m| m.word)) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("the metrics are {}", model::list_names(&names))),
            });
            return None;
        };
        let usage = format!("write `{}`", info.usage);
        if let Some(odd) = args.iter().find(|a| a.name.is_some() || a.each.is_some() || a.tweaks.is_some()) {
            let message = format!("`{word}` takes plain arguments");
            self.out.push(Diagnostic::error("E0551", odd.span, message).help(usage));
            return None;
        }
        let counts = match info.takes {
            Takes::Nothing => args.is_empty(),
            Takes::Quantities => true,
            Takes::Quantity => args.len() == 1,
            Takes::Tolerance => !args.is_empty(),
        };
        if !counts {
            let what = match info.takes {
                Takes::Nothing => "nothing in parentheses",
                Takes::Quantities => "quantities",
                Takes::Quantity => "one quantity",
                Takes::Tolerance => "a tolerance",
            };
            self.out.push(Diagnostic::error("E0551", e.span, format!("`{word}` takes {what}")).help(usage));
            return None;
        }
        let mut tolerance = 0.0;
        let mut exprs: Vec<Expr> = args.iter().map(|a| a.value.clone()).collect();
        if info.takes == Takes::Tolerance {
            let first = exprs.remove(0);
            let (value, dimension) = self.quantity(&first)?;
            if !(dimension.is_one() && value > 0.0) {
                let message = "a tolerance is a positive pure number: a share of the size of the truth";
                self.out.push(Diagnostic::error("E0551", first.span, message).help(usage));
                return None;
            }
            tolerance = value;
        }
        let of = match (info.takes, exprs.is_empty()) {
            (Takes::Nothing, _) => None,
            (_, true) => Some(self.all_columns(data, e.span)?),
            (_, false) => Some(self.quantities(&exprs, data, items)?),
        };
        let own = match &of {
            Some(of) => self.one_dimension(of, e.span)?,
            None => Dimension::one(),
        };
        let dimension = match word.as_str() {
            "rmse" | "max_error" | "energy_at_end" => own,
            "mse" | "energy_mse" => own.mul(&own).unwrap_or(own),
            "valid_time" | "train_time" if self.program.has_units => Dimension::time(),
            _ => Dimension::one(),
        };
        let label = label_of(self, e);
        let single = of.as_ref().is_some_and(|of| of.values.items.len() == 1);
        let name = match exprs.as_slice() {
            [one] if single && matches!(&*one.kind, ExprKind::Name(_)) => Some(model::text_of(one)),
            _ => None,
        };
        Some(Metric { info, label, of, name, tolerance, dimension, span: e.span })
    }

    /// `0..20 by 0.05` as times.
    pub(super) fn times(&mut self, e: &Expr) -> Option<Vec<f64>> {
        let ExprKind::Range { from, to, by, count } = &*e.kind else {
            option::wrong(e.span, "`rollout` is a span of time: `0..20 by 0.05`".into(), &mut self.out);
            return None;
        };
        let time = if self.program.has_units { Dimension::time() } else { Dimension::one() };
        let mut number = |e: &Expr, any_zero: bool| {
            let (v, d) = self.quantity(e)?;
            if d == time || any_zero && v == 0.0 {
                return Some(v);
            }
            self.out.push(if time.is_one() {
                Diagnostic::error("E0406", e.span, "a time is a pure number here")
            } else {
                Diagnostic::error("E0406", e.span, "this is no time").help("give it a unit: `0..20 [s] by 0.05 [s]`")
            });
            None
        };
        let (a, b) = (number(from, true)?, number(to, true)?);
        let by = match by {
            Some(by) => Some(number(by, false)?),
            None => None,
        };
        let made = match (by, count) {
            (Some(h), _) => integrate::Span::by(a, b, h),
            (None, Some(n)) => {
                let n = self.count("the number of samples", n, crate::limits::ROWS as usize)?;
                integrate::Span::count(a, b, n.max(2) as u64)
            }
            (None, None) => integrate::Span::count(a, b, 1001),
        };
        match made {
            Ok(span) => Some((0..span.samples()).map(|k| span.sample(k)).collect()),
            Err(error) => {
                self.out.push(
                    Diagnostic::error("E0466", e.span, error.to_string()).help("write `rollout = 0..20 by 0.05`"),
                );
                None
            }
        }
    }

    /// `published = { hnn.energy_mse = 3.84e-4 ± 6.5e-5 }`
    pub(super) fn published(
        &mut self,
        entry: &ConfigEntry,
        models: &[String],
        metrics: &[Metric],
    ) -> Option<Vec<Published>> {
        let ConfigValue::Config(config) = &entry.value else {
            self.out.push(
                Diagnostic::error("E0554", entry.span, "published values stand in braces")
                    .help("write `published = { hnn.energy_mse = 3.84e-4 ± 6.5e-5 }`"),
            );
            return None;
        };
        let mut out: Vec<Published> = Vec::new();
        let mut fine = true;
        for e in &config.entries {
            let written = label_of(self, &e.target);
            let mut named = None;
            for (m, model) in models.iter().enumerate() {
                let Some(rest) = written.strip_prefix(model.as_str()).and_then(|r| r.strip_prefix('.')) else {
                    continue;
                };
                let by_word = |k: &Metric| k.info.word == rest;
                let found = match metrics.iter().position(|k| k.label == rest) {
                    Some(k) => Some(k),
                    None if metrics.iter().filter(|k| by_word(k)).count() == 1 => metrics.iter().position(by_word),
                    None => None,
                };
                named = found.map(|k| (m, k)).or(named);
            }
            let ConfigValue::Expr(value) = &e.value else {
                option::wrong(e.span, "a published value is a number".into(), &mut self.out);
                fine = false;
                continue;
            };
            let Some(of) = named else {
                let all: Vec<String> =
                    models.iter().flat_map(|m| metrics.iter().map(move |k| format!("{m}.{}", k.label))).collect();
                let d = Diagnostic::error("E0554", e.target.span, format!("`{written}` is no score of this line"));
                let near = model::suggest(&written, all.iter().map(String::as_str)).map(str::to_owned);
                self.out.push(match near {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("its scores are {}", model::list_names(&all))),
                });
                fine = false;
                continue;
            };
            if out.iter().any(|p| p.of == of) {
                let message = format!("`{written}` is given twice");
                self.out.push(Diagnostic::error("E0554", e.target.span, message).help("remove one of them"));
                fine = false;
                continue;
            }
            let (value, spread) = match &*value.kind {
                ExprKind::Sum { first, rest } if matches!(rest[..], [(SumOp::PlusMinus, ..)]) => {
                    (first, Some(&rest[0].2))
                }
                _ => (value, None),
            };
            let mut number = |e: &Expr| {
                let (v, d) = self.quantity(e)?;
                if d == metrics[of.1].dimension || v == 0.0 {
                    return Some(v);
                }
                let unit = match metrics[of.1].dimension.is_one() {
                    true => "a pure number".to_owned(),
                    false => format!("in [{}]", crate::dimension::si_unit(&metrics[of.1].dimension)),
                };
                let message = format!("`{}` is {unit}, and this is not", metrics[of.1].label);
                self.out.push(Diagnostic::error("E0554", e.span, message).help("write the value with its unit"));
                None
            };
            let value = number(value);
            let spread = match spread {
                Some(e) => number(e).map(Some),
                None => Some(None),
            };
            match (value, spread) {
                (Some(value), Some(spread)) => out.push(Published { of, value, spread }),
                _ => fine = false,
            }
        }
        fine.then_some(out)
    }
}

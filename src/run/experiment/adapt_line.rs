//! `fit wide = adapt(m(n = 100))`, `fit half = adapt(m with { scale D by 0.5 })`: a fit whose system is changed and
//! which is not trained again.

use super::ExperimentOutput;
use super::fit_line::{self, FitSource};
use super::fit_result::{FitResult, lend};
use super::option;
use super::place::Source;
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{self, SystemRequest};
use crate::run::prepare::{self, Prepared};
use crate::run::training::{Fit, Fitted};
use crate::symbolic::ExprId;
use crate::syntax::tree::*;

/// A changed fit, resolved.
pub struct AdaptLine {
    /// The changed system, under the name of the line.
    fit: Fit,
    /// The fit whose weights it has, among the results.
    source: usize,
    numbers: Vec<(&'static str, ExprId)>,
    named: Result<Vec<String>, String>,
}

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<AdaptLine> {
    let args = match &*value.kind {
        ExprKind::Call { args, .. } => args.as_slice(),
        _ => &[],
    };
    let [first] = args else {
        planner.out.push(
            Diagnostic::error("E0540", value.span, "`adapt` takes one fit, changed")
                .help("write `adapt(m with { scale D by 0.5 })`, or `adapt(m(n = 100))` for another formal"),
        );
        return None;
    };
    option::read("`adapt`", &[], config, &mut planner.out);
    let (system, mut with, fit) = planner.fitted_system(&first.value);
    let Some(result) = fit.filter(|_| first.name.is_none() && first.each.is_none()) else {
        let text = model::text_of(&first.value);
        let message = match &*first.value.kind {
            ExprKind::Name(_) => format!("no fit above is called `{text}`"),
            _ => "`adapt` takes a fit of a line above".to_owned(),
        };
        planner.out.push(
            Diagnostic::error("E0540", first.span, message)
                .help("write `adapt(m with { scale D by 0.5 })`, where `fit m = train(…)` stands above"),
        );
        return None;
    };
    with.extend(first.tweaks.iter().flatten().cloned());
    let request = SystemRequest {
        expr: Some(system.clone()),
        with: with.clone(),
        module: planner.module,
        results: planner.scopes.clone(),
        started: true,
        ..SystemRequest::default()
    };
    let (prepared, problems) = prepare::prepare(&planner.program, "", &request, planner.seed);
    planner.out.extend(problems.sorted());
    let mut prepared = prepared?;
    prepared.system.nets.iter_mut().for_each(|n| n.trained = true);
    planner.lends(result, &prepared, first.span)?;
    planner.numbers_only(&prepared, value.span)?;
    let Source::Fit(source) = &planner.sources[result] else { return None };
    let fit = Fit { name: name.name.clone(), span: value.span, prepared, ..(*source.fit).clone() };
    let (on, valid) = (source.on.clone(), source.valid.clone());
    let root = Some(source.root.unwrap_or(result));
    let (names, numbers) = fit_line::numbers(&fit.prepared, &["steps", "params"]);
    let named = fit_line::named(&system, &with);
    planner.scopes.push(fit_line::scope(name, &fit.prepared, names));
    planner.sources.push(Source::Fit(Box::new(FitSource {
        expr: system,
        with,
        fit: Box::new(fit.clone()),
        on,
        valid,
        numbers: numbers.iter().map(|n| n.1).collect(),
        root,
        compared: false,
    })));
    Some(AdaptLine { fit, source: result, numbers, named })
}

impl Planner {
    /// Whether a fit has weights for every net of a system: nets of the same names and shapes.
    pub(super) fn lends(&mut self, fit: usize, prepared: &Prepared, at: Span) -> Option<()> {
        let Source::Fit(source) = &self.sources[fit] else { return Some(()) };
        let own = &source.fit.prepared.equations.graph;
        for (_, net) in prepared.equations.graph.nets() {
            let found = own.nets().map(|n| n.1).find(|n| n.name == net.name);
            let same = found.is_some_and(|n| {
                (n.inputs, n.outputs) == (net.inputs, net.outputs)
                    && n.architecture.weights(n.inputs, n.outputs) == net.architecture.weights(net.inputs, net.outputs)
            });
            if same {
                continue;
            }
            let name = &self.scopes[fit].name;
            let message = match found {
                None => format!("`{name}` has learned no net `{}`", net.name),
                Some(n) if (n.inputs, n.outputs) == (net.inputs, net.outputs) => {
                    format!("the net `{}` of `{name}` has other hidden layers than are needed here", net.name)
                }
                Some(n) => format!(
                    "the net `{}` of `{name}` has {} inputs and {} outputs, and {} and {} are needed here",
                    net.name, n.inputs, n.outputs, net.inputs, net.outputs
                ),
            };
            self.out.push(
                Diagnostic::error("E0546", at, message)
                    .note("weights that were learned fit nets of the same widths, inputs and outputs only")
                    .help("change what is not part of a net, or train the changed system"),
            );
            return None;
        }
        Some(())
    }
}

/// The changed system with what the fit it was changed from has found. It has no losses: those are of the other system.
pub(super) fn adapted(fit: &Fit, found: &Fitted) -> Fitted {
    let mut prepared = fit.prepared.clone();
    lend(&found.prepared, &mut prepared);
    let mut training = found.training.clone();
    (training.first, training.loss, training.valid) = (f64::NAN, f64::NAN, None);
    training.records.clear();
    Fitted { name: fit.name.clone(), prepared, training, ..found.clone() }
}

/// Runs the line.
pub(super) fn execute(line: &AdaptLine, output: &mut ExperimentOutput) {
    let Some(source) = output.fit(line.source) else { return };
    let fitted = adapted(&line.fit, &source.fitted);
    let digests = source.digests.clone();
    let numbers = [fitted.training.steps as f64, fitted.count as f64];
    let mut values: Vec<(ExprId, f64)> = line.numbers.iter().zip(numbers).map(|((_, leaf), v)| (*leaf, v)).collect();
    values.extend(super::fit_run::parameters(&line.fit, &fitted.prepared));
    output.add_fit(FitResult { fitted, values, named: line.named.clone(), digests, adapted: true });
}

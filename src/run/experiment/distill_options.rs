//! Options of a distillation: operators, and where the function is sampled.

use super::distill_line::{Component, Points};
use super::place::Source;
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{self, Dimension};
use crate::distill::Operators;
use crate::limits;
use crate::model;
use crate::syntax::tree::*;

/// Points of a grid in one argument, and about how many in several, where no number is asked for.
const POINTS: usize = 200;
const GRID: usize = 1_000;

impl Planner {
    /// `["+", "*", "abs"]`
    pub(super) fn operators(&mut self, e: &Expr) -> Option<Operators> {
        let list: Vec<&Expr> = match &*e.kind {
            ExprKind::List { rows, unit: None } => rows.iter().flatten().collect(),
            _ => vec![e],
        };
        let all = || {
            let mut all = Operators::default();
            crate::distill::function::BINARIES.iter().for_each(|b| {
                all.add(b.0);
            });
            crate::distill::function::FUNCTIONS.iter().for_each(|f| {
                all.add(f.name);
            });
            all.names()
        };
        let mut out = Operators::default();
        let mut fine = true;
        for item in &list {
            let ExprKind::Text(word, None) = &*item.kind else {
                self.out.push(
                    Diagnostic::error("E0547", item.span, "an operator is a text in quotes")
                        .help("write `operators = [\"+\", \"*\", \"sin\"]`"),
                );
                fine = false;
                continue;
            };
            if out.add(word) {
                continue;
            }
            fine = false;
            let d = Diagnostic::error("E0547", item.span, format!("there is no operator `{word}` for formulas"));
            let near = match word.as_str() {
                "log" => Some("ln"),
                "**" | "pow" => Some("^"),
                _ => model::suggest(word, all().into_iter()),
            };
            self.out.push(match near {
                Some(near) => d.help(format!("did you mean `\"{near}\"`?")),
                None => d.help(format!("the operators are {}", all().join(", "))),
            });
        }
        if list.is_empty() {
            self.out.push(
                Diagnostic::error("E0547", e.span, "formulas are made of at least one operator")
                    .help("write `operators = [\"+\", \"*\"]`"),
            );
            fine = false;
        }
        fine.then_some(out)
    }

    /// The arguments of the calls of a net, in the graph of its system.
    pub(super) fn calls(&mut self, result: usize, of: &str, components: &[Component], at: Span) -> Option<Points> {
        let Source::Fit(source) = &self.sources[result] else { return None };
        let own = of.split_once('.').map_or("", |n| n.1);
        let graph = &source.fit.prepared.equations.graph;
        let why = match source.fit.prepared.system.nets.iter().find(|n| n.name == own) {
            None => "it is a definition, and only nets are followed to where the system calls them",
            Some(net) => {
                let flat: usize = net.inputs.iter().map(|p| p.components()).sum();
                let whole = flat == components.len() && net.calls.iter().all(|c| c.len() == flat);
                let plain = net.calls.iter().flatten().all(|e| graph.domains_of(*e).is_empty());
                if whole && plain && !net.calls.is_empty() {
                    let (fit, on, calls) = (source.fit.clone(), source.on.clone(), net.calls.clone());
                    return Some(Points::Calls { fit, on, calls });
                }
                if !plain { "it is called in a sum, once for each of its terms" } else { "it is called in parts" }
            }
        };
        let ranges: Vec<String> =
            components.iter().map(|c| format!("{} = {}", c.name, example(&c.dimension))).collect();
        self.out.push(
            Diagnostic::error("E0547", at, format!("nothing says where `{of}` is to be sampled"))
                .note(format!("{why}, so its arguments need ranges"))
                .help(format!("write `distill({of}) {{ {} }}`", ranges.join(", "))),
        );
        None
    }

    /// `v = -2 [m/s]..2 [m/s] count 50` for every component.
    pub(super) fn grid(&mut self, ranges: &[ConfigEntry], components: &[Component], at: Span) -> Option<Points> {
        let mut axes = Vec::with_capacity(components.len());
        let default = match components.len() {
            1 => POINTS,
            n => (crate::real::pow(GRID as f64, 1.0 / n as f64) + 1e-9).floor().max(3.0) as usize,
        };
        let mut fine = true;
        for c in components {
            let mut own = ranges.iter().filter(|e| model::text_of(&e.target) == c.name);
            let Some(e) = own.next() else {
                self.out.push(
                    Diagnostic::error("E0547", at, format!("`{}` has no range, and other arguments have", c.name))
                        .help(format!("write `{} = {}` too, or no range at all", c.name, example(&c.dimension))),
                );
                fine = false;
                continue;
            };
            if let Some(again) = own.next() {
                self.out.push(
                    Diagnostic::error("E0405", again.span, format!("the range of `{}` is given twice", c.name))
                        .label(e.span, "the first time"),
                );
                fine = false;
            }
            match self.axis(e, c, default) {
                Some(axis) => axes.push(axis),
                None => fine = false,
            }
        }
        let total = axes.iter().fold(1usize, |n, a| n.saturating_mul(a.2));
        if fine && total > limits::DISTILL_ROWS {
            let message = format!("this grid has {total} points, more than {}", limits::DISTILL_ROWS);
            self.out.push(Diagnostic::error("E0547", at, message).help("write smaller numbers behind `count`"));
            fine = false;
        }
        fine.then_some(Points::Grid(axes))
    }

    fn axis(&mut self, e: &ConfigEntry, c: &Component, default: usize) -> Option<(f64, f64, usize)> {
        let help = format!("write `{} = {}`", c.name, example(&c.dimension));
        let range = match &e.value {
            ConfigValue::Expr(value) if e.each.is_none() && e.bounds.is_none() && !e.distributed => {
                match &*value.kind {
                    ExprKind::Range { from, to, by: None, count } => Some((from, to, count)),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((from, to, count)) = range else {
            let message = format!("`{}` is an argument, and takes a range", c.name);
            self.out.push(Diagnostic::error("E0547", e.span, message).help(help));
            return None;
        };
        let ((a, one), (b, other)) = (self.quantity(from)?, self.quantity(to)?);
        for (value, d, at) in [(a, one, from.span), (b, other, to.span)] {
            if d != c.dimension && value != 0.0 {
                let message = format!("`{}` is [{}], and this end of its range is [{d}]", c.name, c.dimension);
                self.out.push(Diagnostic::error("E0547", at, message).help(help));
                return None;
            }
        }
        if !(a < b) {
            let message = "a range goes from a smaller number to a larger one";
            self.out.push(Diagnostic::error("E0547", e.span, message).help(help));
            return None;
        }
        let count = match count {
            Some(n) => self.count("`count`", n, limits::DISTILL_ROWS)?,
            None => default,
        };
        if count < 2 {
            self.out.push(Diagnostic::error("E0547", e.span, "a range has at least two points").help(help));
            return None;
        }
        Some((a, b, count))
    }
}

/// A range in a unit, as an example.
fn example(d: &Dimension) -> String {
    let unit = if d.is_one() { String::new() } else { format!(" [{}]", dimension::si_unit(d)) };
    format!("-1{unit}..1{unit}")
}

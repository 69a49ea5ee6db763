//! `simulate { … }` and the options of `simulate(A, …)`.

use super::super::system::{SimulateOptions, TimeSpan};
use super::super::value::{Dim, Scalar};
use super::variable::trailing_unit;
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{Dimension, Term};
use crate::syntax::tree::*;

/// Options that `simulate` takes, in a system's block and in a call.
pub const SIMULATE_OPTIONS: &[&str] =
    &["t", "method", "rtol", "atol", "step", "max_steps", "seed", "untrained", "noise", "tolerance"];

impl Resolver<'_> {
    /// The options of a `simulate { … }` block.
    pub fn simulate_options(&mut self, config: &Config, env: &Env) -> SimulateOptions {
        let mut out = SimulateOptions { span: config.span, ..Default::default() };
        let mut seen: Vec<(String, Span)> = Vec::new();
        for entry in &config.entries {
            if let Some(word) = entry.word {
                let text = self.text(entry.target.span);
                let word = match word {
                    ConfigWord::Init => "init",
                    ConfigWord::Guess => "guess",
                    ConfigWord::Param => "param",
                    ConfigWord::Draw => "draw",
                };
                self.report(
                    Diagnostic::error(
                        "E0404",
                        entry.span,
                        format!("`{word}` lines stand in the system, beside its `simulate`"),
                    )
                    .help(format!("write `{word} {text} = …` on a line of its own")),
                );
                continue;
            }
            let ExprKind::Name(name) = &*entry.target.kind else {
                let text = self.text(entry.target.span);
                self.report(
                    Diagnostic::error("E0404", entry.target.span, format!("`{text}` is not an option of `simulate`"))
                        .help("starts stand in an `init` line of the system"),
                );
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|s| s.0 == *name) {
                self.report(
                    Diagnostic::error("E0405", entry.span, format!("the option `{name}` is given twice"))
                        .label(*first, "the first time"),
                );
                continue;
            }
            seen.push((name.clone(), entry.span));
            let ConfigValue::Expr(value) = &entry.value else {
                self.report(Diagnostic::error("E0406", entry.span, format!("`{name}` takes a value, not a block")));
                continue;
            };
            if entry.each.is_some() || entry.bounds.is_some() {
                self.report(
                    Diagnostic::error("E0406", entry.span, format!("the option `{name}` takes neither `for` nor `in`"))
                        .help(format!("write `{name} = …`")),
                );
                continue;
            }
            if entry.distributed {
                self.report(Diagnostic::error("E0406", entry.span, "an option is given with `=`"));
                continue;
            }
            self.simulate_option(name, entry.target.span, value, env, &mut out);
        }
        out
    }

    /// One option; unknown ones are an error.
    pub fn simulate_option(&mut self, name: &str, name_span: Span, value: &Expr, env: &Env, out: &mut SimulateOptions) {
        match name {
            "t" => out.time = self.time_span(value, env),
            "method" => match &*value.kind {
                ExprKind::Name(word) => out.method = Some((word.clone(), value.span)),
                _ => self.report(
                    Diagnostic::error("E0406", value.span, "`method` is the name of a method")
                        .help("write `method = auto`; `hamel list methods` prints the names"),
                ),
            },
            "rtol" | "atol" => {
                let Some(s) = self.option_number(name, value, env) else { return };
                if name == "rtol" {
                    out.rtol = Some((s, value.span));
                } else {
                    out.atol = Some((s, value.span));
                }
            }
            "step" => {
                let Some(s) = self.scalar(value, env) else { return };
                if self.is_time(&s, value.span, "a step").is_some() {
                    if self.graph.as_number(s.expr).is_some_and(|n| !n.is_positive()) {
                        self.report(Diagnostic::error("E0407", value.span, "a step must be positive"));
                        return;
                    }
                    out.step = Some((s.expr, value.span));
                }
            }
            "untrained" => match &*value.kind {
                ExprKind::Name(word) if word == "true" || word == "false" => out.untrained = word == "true",
                _ => self.report(
                    Diagnostic::error("E0406", value.span, "`untrained` is true or false")
                        .help("write `untrained = true`: nets run with their first weights"),
                ),
            },
            "max_steps" | "seed" | "noise" | "tolerance" => {
                let Some(s) = self.option_number(name, value, env) else { return };
                let place = match name {
                    "seed" => &mut out.seed,
                    "noise" => &mut out.noise,
                    "tolerance" => &mut out.tolerance,
                    _ => &mut out.max_steps,
                };
                *place = Some((s, value.span));
            }
            _ => {
                let d = Diagnostic::error("E0404", name_span, format!("`{name}` is not an option of `simulate`"));
                self.report(match super::super::suggest(name, SIMULATE_OPTIONS.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!(
                        "the options are {}",
                        super::super::list_names(&SIMULATE_OPTIONS.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
                    )),
                });
            }
        }
    }

    fn option_number(&mut self, name: &str, value: &Expr, env: &Env) -> Option<crate::symbolic::ExprId> {
        let s = self.scalar(value, env)?;
        self.pure(&s, value.span, &format!("`{name}`"))?;
        self.steady(&s, value.span, &format!("`{name}`"))?;
        let positive = self
            .graph
            .as_number(s.expr)
            .is_none_or(|n| n.is_positive() || matches!(name, "seed" | "noise") && n.is_zero());
        if !positive {
            return self.fail(Diagnostic::error("E0407", value.span, format!("`{name}` must be positive")));
        }
        Some(s.expr)
    }

    /// An option is a number before the run begins.
    fn steady(&mut self, s: &Scalar, span: Span, what: &str) -> Option<()> {
        if !self.moves(&[s.expr]) {
            return Some(());
        }
        self.fail(
            Diagnostic::error("E0455", span, format!("{what} cannot depend on what moves"))
                .help("it is a number before the run begins: use parameters and constants"),
        )
    }

    fn is_time(&mut self, s: &Scalar, span: Span, what: &str) -> Option<()> {
        self.steady(s, span, what)?;
        if !self.program.has_units {
            return Some(());
        }
        let Dim::Term(term) = &s.dim else { return Some(()) };
        let time = Term::from(Dimension::time());
        if self.dims.equate(term, &time, super::Origin { left: span, right: span }).is_ok() {
            return Some(());
        }
        let (words, shown) = self.dimension_words(term);
        let text = self.text(span);
        self.fail(
            Diagnostic::error("E0215", span, format!("{what} is a time, and this is {words}"))
                .at(shown)
                .help(format!("give it a unit: `{text} [s]`")),
        )
    }

    /// `a..b`, `a..b by h`, `a..b count n`
    pub fn time_span(&mut self, e: &Expr, env: &Env) -> Option<TimeSpan> {
        let ExprKind::Range { from, to, by, count } = &*e.kind else {
            return self.fail(
                Diagnostic::error("E0408", e.span, "`t` is a span of time").help("write `t = 0..10 [s] by 0.01 [s]`"),
            );
        };
        let lo = match trailing_unit(from).is_none() {
            true => self.lower_end(from, to, env),
            false => self.scalar(from, env),
        };
        let hi = self.scalar(to, env);
        let (lo, hi) = (lo?, hi?);
        self.is_time(&hi, to.span, "the end of a run")?;
        self.is_time(&lo, from.span, "the start of a run")?;
        let step = match by {
            Some(by) => {
                let s = self.scalar(by, env)?;
                self.is_time(&s, by.span, "the distance of samples")?;
                if self.graph.as_number(s.expr).is_some_and(|n| !n.is_positive()) {
                    return self.fail(
                        Diagnostic::error("E0407", by.span, "the distance of samples must be positive")
                            .help("the direction of time comes from the ends: `t = 20..0 by 0.1`"),
                    );
                }
                Some(s.expr)
            }
            None => None,
        };
        let count = match count {
            Some(count) => {
                let s = self.scalar(count, env)?;
                self.pure(&s, count.span, "a number of samples")?;
                if self.graph.as_number(s.expr).is_some_and(|n| n.as_i64().is_none_or(|k| k < 2)) {
                    return self.fail(Diagnostic::error(
                        "E0407",
                        count.span,
                        "a number of samples is a whole number of at least 2",
                    ));
                }
                Some(s.expr)
            }
            None => None,
        };
        Some(TimeSpan { span: e.span, from: lo.expr, to: hi.expr, by: step, count })
    }
}

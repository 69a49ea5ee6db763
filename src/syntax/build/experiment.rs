//! Lines of an experiment, and options.

use super::{Builder, Node};
use crate::diagnostic::Span;
use crate::syntax::parser::Rule;
use crate::syntax::tree::{Axis, Config, ConfigEntry, ConfigValue, ConfigWord, Expr, Ident, Line, LineKind, TaskKind};

/// What most lines are made of.
#[derive(Default)]
struct Parts {
    name: Option<Ident>,
    exprs: Vec<Expr>,
    config: Option<Config>,
    axes: Vec<Axis>,
    text: Option<(String, Span)>,
}

impl Parts {
    fn name(&mut self) -> Ident {
        self.name.take().expect("invariant: the line has a name")
    }

    fn value(&mut self) -> Expr {
        self.exprs.remove(0)
    }
}

impl Builder<'_> {
    /// One line of an experiment (a child of `exp_stmt`, or `exp_stmt` itself).
    pub(super) fn line(&mut self, node: Node<'_>) -> Line {
        if node.as_rule() == Rule::exp_stmt {
            let inner = node.into_inner().next().expect("invariant: a line holds one");
            return self.line(inner);
        }
        let span = self.span(&node);
        self.starts.push(span.start as usize);
        let rule = node.as_rule();
        let kind = match rule {
            Rule::check_stmt => LineKind::Check(self.check(node)),
            Rule::const_item => {
                let doc = self.doc(&node);
                LineKind::Const(self.consts(node, doc))
            }
            Rule::seed_stmt => {
                let number =
                    node.into_inner().find(|p| p.as_rule() == Rule::number).expect("invariant: a seed is a number");
                LineKind::Seed(super::expression::digits(number.as_str()), self.span(&number))
            }
            Rule::split_stmt => self.split(node),
            _ => {
                let word = match node.as_str().chars().next() {
                    Some('d') => TaskKind::Data,
                    Some('r') => TaskKind::Run,
                    _ => TaskKind::Fit,
                };
                let mut parts = self.parts(node);
                match rule {
                    Rule::named_run => {
                        LineKind::Task { kind: word, name: parts.name(), value: parts.value(), config: parts.config }
                    }
                    Rule::sweep_stmt => LineKind::Sweep {
                        name: parts.name(),
                        value: parts.value(),
                        axes: parts.axes,
                        config: parts.config,
                    },
                    Rule::compare_stmt => {
                        let value = parts.value();
                        LineKind::Compare { value, on: parts.exprs.pop(), config: parts.config }
                    }
                    Rule::plot_stmt => LineKind::Plot { value: parts.value(), config: parts.config },
                    Rule::export_stmt => {
                        let (to, to_span) = parts.text.take().expect("invariant: an export has a file");
                        LineKind::Export { value: parts.value(), to, to_span, config: parts.config }
                    }
                    _ => LineKind::Derive { value: parts.value(), config: parts.config },
                }
            }
        };
        Line { span, kind }
    }

    fn parts(&mut self, node: Node<'_>) -> Parts {
        let mut parts = Parts::default();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => parts.name = Some(self.ident(&part)),
                Rule::expr => parts.exprs.push(self.expr(part)),
                Rule::config => parts.config = Some(self.config(part)),
                Rule::axis => parts.axes.push(self.axis(part)),
                Rule::string => parts.text = Some((self.string(&part), self.span(&part))),
                _ => {}
            }
        }
        parts
    }

    fn axis(&mut self, node: Node<'_>) -> Axis {
        let (mut target, mut range, mut distributed) = (None, None, true);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::post => target = Some(self.expr(part)),
                Rule::kw_in => distributed = false,
                _ => range = Some(self.expr(part)),
            }
        }
        Axis {
            target: target.expect("invariant: an axis has a variable"),
            distributed,
            range: range.expect("invariant: an axis has a range"),
        }
    }

    fn split(&mut self, node: Node<'_>) -> LineKind {
        let (mut names, mut parts, mut config) = (Vec::new(), Vec::new(), None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => names.push(self.ident(&part)),
                Rule::number => {
                    let name = names.pop().expect("invariant: a fraction follows its part");
                    parts.push((name, super::expression::digits(part.as_str()), self.span(&part)));
                }
                Rule::config => config = Some(self.config(part)),
                _ => {}
            }
        }
        LineKind::Split { data: names.pop().expect("invariant: `split` names its data"), parts, config }
    }

    /// `{ t = 0..1 by 0.1, method = auto }`
    pub(super) fn config(&mut self, node: Node<'_>) -> Config {
        let span = self.span(&node);
        let entries = node.into_inner().map(|e| self.entry(e)).collect();
        Config { span, entries }
    }

    fn entry(&mut self, node: Node<'_>) -> ConfigEntry {
        let span = self.span(&node);
        let (mut word, mut target, mut value, mut each, mut bounds): (_, Option<Expr>, _, _, _) =
            (None, None, None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::cfg_word => {
                    word = Some(match part.as_str().as_bytes().first() {
                        Some(b'i') => ConfigWord::Init,
                        Some(b'g') => ConfigWord::Guess,
                        Some(b'd') => ConfigWord::Draw,
                        _ => ConfigWord::Param,
                    });
                }
                Rule::post => target = Some(self.expr(part)),
                Rule::config => value = Some(ConfigValue::Config(self.config(part))),
                Rule::for_clause => each = Some(self.for_clause(part)),
                Rule::kw_in => {}
                _ if value.is_none() => value = Some(ConfigValue::Expr(self.expr(part))),
                _ => bounds = Some(self.expr(part)),
            }
        }
        let target = target.expect("invariant: an option has a name");
        let distributed = self.token_at(target.span.end) == "~";
        let value = value.expect("invariant: an option has a value");
        ConfigEntry { span, word, target, distributed, value, each, bounds }
    }
}

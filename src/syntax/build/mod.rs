//! From the nodes of the grammar to the tree.

mod experiment;
mod expression;
mod item;
mod statement;
mod types;

use super::lexer::Lexed;
use super::names::{self, Problem};
use super::parser::Rule;
use super::tree::Ident;
use crate::diagnostic::{Diagnostic, Span};
use pest::iterators::Pair;
use std::collections::BTreeSet;

/// A node of the grammar.
pub(super) type Node<'a> = Pair<'a, Rule>;

/// A stretch of text that no rule of the grammar took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// Where it was met.
    pub place: Place,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Where a [`Bad`] stretch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the top of the file.
    Top,
    /// In a system.
    System,
    /// In an experiment.
    Experiment,
    /// Behind `system` or `experiment`, before the block.
    Head,
    /// The end of a block without `}`; the start is that of the block.
    Unclosed,
}

/// Turns nodes into the tree; what it must refuse it collects.
pub(super) struct Builder<'a> {
    /// Number of the file.
    pub file: u32,
    /// The text that was parsed.
    pub text: &'a str,
    /// Its tokens.
    pub lexed: &'a Lexed,
    /// Problems found while building.
    pub diagnostics: Vec<Diagnostic>,
    /// What no rule took.
    pub bad: Vec<Bad>,
    /// First bytes of statements, lines and items, in the order of the text.
    pub starts: Vec<usize>,
    /// Names that are declared somewhere.
    pub declared: BTreeSet<String>,
    /// Brackets behind a name that look like a unit: the name, the bracket, the names inside.
    maybe_units: Vec<(Span, Span, Vec<String>)>,
}

impl<'a> Builder<'a> {
    /// A builder for the nodes of one text.
    pub fn new(file: u32, text: &'a str, lexed: &'a Lexed) -> Self {
        Builder {
            file,
            text,
            lexed,
            diagnostics: Vec::new(),
            bad: Vec::new(),
            starts: Vec::new(),
            declared: BTreeSet::new(),
            maybe_units: Vec::new(),
        }
    }

    /// The place of a node, without blanks and comments behind it.
    fn span(&self, node: &Node<'_>) -> Span {
        let span = node.as_span();
        Span::new(self.file, span.start(), self.lexed.end_before(span.end(), span.start()))
    }

    /// The text of the first token at or after a byte.
    fn token_at(&self, at: u32) -> &'a str {
        self.lexed.tokens.get(self.lexed.from(at as usize)).map_or("", |t| t.text(self.text))
    }

    fn doc(&self, node: &Node<'_>) -> Option<String> {
        self.lexed.doc(self.text, node.as_span().start())
    }

    /// A name where it is declared: a dot above has no place there.
    fn ident(&mut self, node: &Node<'_>) -> Ident {
        let (ident, dots) = self.dotted(node);
        if dots > 0 {
            self.diagnostics.push(
                Diagnostic::error("E0146", ident.span, "a derivative stands where a plain name is needed")
                    .help(format!("write `{}`", ident.name)),
            );
        }
        if !self.declared.contains(&ident.name) {
            self.declared.insert(ident.name.clone());
        }
        ident
    }

    /// A name, and how many dots stand above its end.
    fn dotted(&mut self, node: &Node<'_>) -> (Ident, u32) {
        let span = self.span(node);
        let written = node.as_str();
        let (name, dots) = match names::canonical(written) {
            Ok(c) => (c.name, c.dots),
            Err(problem) => {
                self.diagnostics.push(name_problem(problem, written, span));
                (written.to_string(), 0)
            }
        };
        (Ident { name, span }, dots)
    }
}

fn name_problem(problem: Problem, written: &str, span: Span) -> Diagnostic {
    match problem {
        Problem::MixedScripts => {
            Diagnostic::error("E0103", span, format!("`{written}` mixes Cyrillic letters with Latin or Greek ones"))
                .note("letters of these scripts look alike, so two names could not be told apart")
                .help("write the whole name in one script")
        }
        Problem::Diaeresis => {
            Diagnostic::error("E0147", span, format!("two dots above `{written}` are not a second derivative"))
                .note("`ü` and `ö` are letters, so two dots belong to the letter")
                .help("write the second derivative with two primes: `q''`")
        }
        Problem::InnerDot => {
            Diagnostic::error("E0147", span, format!("a dot above a letter inside `{written}` is not a derivative"))
                .help("write the derivative with a prime at the end: `θ1'`")
        }
    }
}

impl Builder<'_> {
    /// Refuses `x [m]` where nothing called `m` is declared: a unit behind a name.
    pub fn units_behind_names(&mut self) {
        for (name, bracket, inside) in std::mem::take(&mut self.maybe_units) {
            if inside.iter().any(|n| self.declared.contains(n)) {
                continue;
            }
            let text = |s: Span| self.text.get(s.start as usize..s.end as usize).unwrap_or("");
            let (of, unit) = (text(name), text(bracket));
            self.diagnostics.push(
                Diagnostic::error("E0109", bracket, "a unit stands behind a name")
                    .note("units follow numbers and types; behind a name a bracket is an index")
                    .help(format!("write `{of} : {unit}` where `{of}` is declared, or remove `{unit}`")),
            );
        }
    }

    /// An expression or range on its own.
    pub fn expression(&mut self, node: Node<'_>) -> super::tree::Expr {
        self.expr(node)
    }

    /// A type on its own.
    pub fn type_of(&mut self, node: Node<'_>) -> super::tree::TypeExpr {
        self.type_expr(node)
    }

    /// A unit on its own.
    pub fn unit_of(&mut self, node: Node<'_>) -> super::tree::UnitExpr {
        self.unit(node)
    }
}

//! The grammar at work.

use super::build::{Bad, Builder};
use super::lexer::{self, Lexed};
use super::tree::{Ast, Expr, TypeExpr, UnitExpr};
use crate::diagnostic::{Diagnostic, Span};
use pest::Parser;
use pest::iterators::Pair;

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/sys.pest"]
struct Grammar;

/// The tree of a text as far as it can be understood, and everything that is wrong with it.
pub fn parse(file: u32, text: &str) -> (Ast, Vec<Diagnostic>) {
    let lexed = lexer::lex(text);
    let mut builder = Builder::new(file, text, &lexed);
    let ast = match Grammar::parse(Rule::file, text) {
        Ok(mut pairs) => pairs.next().map(|node| builder.file(node)).unwrap_or_default(),
        Err(_) => Ast::default(),
    };
    let mut diagnostics = std::mem::take(&mut builder.diagnostics);
    for Bad { start, end, .. } in &builder.bad {
        diagnostics.push(Diagnostic::error(
            "E0100",
            Span::new(file, *start, lexed.end_before(*end, *start)),
            "this cannot be read",
        ));
    }
    (ast, diagnostics)
}

/// An expression or range on its own, as in `--set m1=2[kg]` or `--t 0..50[s]`.
pub fn parse_expr(file: u32, text: &str) -> Result<Expr, Vec<Diagnostic>> {
    alone(file, text, Rule::only_rexpr, |b, node| b.expression(node))
}

/// A type on its own: `vector(3) [m]`.
pub fn parse_type(file: u32, text: &str) -> Result<TypeExpr, Vec<Diagnostic>> {
    alone(file, text, Rule::only_type, |b, node| b.type_of(node))
}

/// A unit on its own, with its brackets: `[kg m^2]`.
pub fn parse_unit(file: u32, text: &str) -> Result<UnitExpr, Vec<Diagnostic>> {
    alone(file, text, Rule::only_unit, |b, node| b.unit_of(node))
}

fn alone<T>(
    file: u32,
    text: &str,
    rule: Rule,
    build: impl FnOnce(&mut Builder<'_>, Pair<'_, Rule>) -> T,
) -> Result<T, Vec<Diagnostic>> {
    let lexed: Lexed = lexer::lex(text);
    let mut builder = Builder::new(file, text, &lexed);
    let node = Grammar::parse(rule, text)
        .ok()
        .and_then(|mut pairs| pairs.next())
        .and_then(|node| node.into_inner().next())
        .ok_or_else(|| vec![Diagnostic::error("E0100", Span::new(file, 0, text.len()), "this cannot be read")])?;
    let value = build(&mut builder, node);
    if builder.diagnostics.is_empty() { Ok(value) } else { Err(builder.diagnostics) }
}

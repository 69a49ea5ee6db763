//! The grammar at work.

use super::build::{Bad, Builder, Place};
use super::diagnose::Doctor;
use super::scan;
use super::tree::{Ast, Expr, TypeExpr, UnitExpr};
use crate::diagnostic::Diagnostic;
use pest::Parser;
use pest::error::InputLocation;
use pest::iterators::Pair;
use std::sync::Mutex;

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/sys.pest"]
struct Grammar;

/// The tree of a text as far as it can be understood, and everything that is wrong with it, in the
/// order of the text.
pub fn parse(file: u32, text: &str) -> (Ast, Vec<Diagnostic>) {
    let mut scan = scan::scan(file, text);
    if scan.fatal {
        return (Ast::default(), std::mem::take(&mut scan.diagnostics));
    }
    let mut builder = Builder::new(file, &scan.grammar, &scan.lexed);
    let ast = match Grammar::parse(Rule::file, &scan.grammar) {
        Ok(mut pairs) => pairs.next().map(|node| builder.file(node)).unwrap_or_default(),
        Err(_) => {
            builder.bad.push(Bad { place: Place::Top, start: 0, end: scan.text.len() });
            Ast::default()
        }
    };
    builder.units_behind_names();
    let (mut built, bad, declared, starts) = (builder.diagnostics, builder.bad, builder.declared, builder.starts);
    let mut diagnostics = std::mem::take(&mut scan.diagnostics);
    let doctor = Doctor { file, scan: &scan, furthest, declared: &|name| declared.contains(name), starts: &starts };
    let found = doctor.diagnose(&bad, &diagnostics);
    diagnostics.append(&mut built);
    diagnostics.extend(found);
    diagnostics.sort_by(|a, b| (a.span.start, a.code).cmp(&(b.span.start, b.code)));
    (ast, diagnostics)
}

/// How far the rule of a place gets in a text, if it does not take it: `whole` asks for all of it.
fn furthest(place: Place, whole: bool, text: &str) -> Option<usize> {
    let rule = match (place, whole) {
        (Place::Top, false) => Rule::item,
        (Place::Top, true) => Rule::only_item,
        (Place::Experiment, false) => Rule::exp_stmt,
        (Place::Experiment, true) => Rule::only_line,
        (_, false) => Rule::stmt,
        (_, true) => Rule::only_stmt,
    };
    detailed(rule, text).err().map(|e| failure(&e))
}

/// Of the process is the switch that makes pest remember the furthest token; it costs as much as parsing.
static DETAIL: Mutex<()> = Mutex::new(());

/// Parses with the furthest token remembered. Without it only failures of whole rules are known.
fn detailed(rule: Rule, text: &str) -> Result<pest::iterators::Pairs<'_, Rule>, pest::error::Error<Rule>> {
    let lock = DETAIL.lock();
    pest::set_error_detail(true);
    let result = Grammar::parse(rule, text);
    pest::set_error_detail(false);
    drop(lock);
    result
}

/// The furthest byte at which a token was looked for.
fn failure(error: &pest::error::Error<Rule>) -> usize {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    error.parse_attempts().map_or(at, |attempts| attempts.max_position.max(at))
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
    let scan = scan::scan(file, text);
    if !scan.diagnostics.is_empty() {
        return Err(scan.diagnostics);
    }
    let mut builder = Builder::new(file, &scan.grammar, &scan.lexed);
    match detailed(rule, &scan.grammar) {
        Ok(pairs) => {
            let node = pairs.peek().and_then(|node| node.into_inner().next());
            let value = build(&mut builder, node.expect("invariant: the rule has one part before the end"));
            if builder.diagnostics.is_empty() { Ok(value) } else { Err(builder.diagnostics) }
        }
        Err(error) => {
            let doctor = Doctor { file, scan: &scan, furthest, declared: &|_| false, starts: &[] };
            Err(doctor.alone(failure(&error)))
        }
    }
}

//! The value of one expression with the names of a file, or of a system at its start.

use super::nets;
use super::prepare;
use super::record;
use super::results;
use super::start;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kernel::Execution;
use crate::model::{self, Program, SystemRequest};
use crate::symbolic::Node;
use crate::syntax::tree::{Expr, Item};

/// What is asked for.
pub struct Asked<'a> {
    /// An expression of the language.
    pub expression: &'a str,
    /// The system whose names it may use.
    pub system: Option<&'a str>,
}

/// A value in SI.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Components.
    pub numbers: Vec<f64>,
    /// SI unit, `""` for a pure number.
    pub unit: String,
}

/// Evaluates an expression. Problems of the expression have their places in its own text.
pub fn evaluate(program: &mut Program, asked: &Asked<'_>, out: &mut Diagnostics) -> Option<Value> {
    let expr = read(program, asked.expression, out)?;
    match asked.system {
        None => constant(program, &expr, out),
        Some(name) => of_system(program, name, &expr, out),
    }
}

/// The text as an expression.
fn read(program: &mut Program, text: &str, out: &mut Diagnostics) -> Option<Expr> {
    let whole = format!("const value = {text}");
    let (items, span, problems) = program.add_text("expression", &whole);
    if !problems.is_empty() {
        out.extend(problems);
        return None;
    }
    match items.as_slice() {
        [Item::Const(c)] => Some(c.value.clone()),
        _ => {
            out.push(Diagnostic::error("E0474", span, "one expression is expected here"));
            None
        }
    }
}

fn constant(program: &Program, expr: &Expr, out: &mut Diagnostics) -> Option<Value> {
    let (made, problems) = model::resolve_values(program, 0, std::slice::from_ref(expr), &[], &[]);
    out.extend(problems.sorted());
    let mut made = made?;
    let exprs: Vec<_> = made.items.iter().map(|i| i.1).collect();
    match super::numbers::Known::default().evaluate(&mut made.graph, &exprs) {
        Ok(numbers) => {
            Some(Value { numbers, unit: made.items.first().map_or_else(String::new, |i| results::unit(&i.2)) })
        }
        Err(error) => no_value(expr, &error.to_string(), out),
    }
}

/// The system with one more observable, at its start.
fn of_system(program: &Program, name: &str, expr: &Expr, out: &mut Diagnostics) -> Option<Value> {
    let request = SystemRequest { observe: Some(expr.clone()), ..SystemRequest::default() };
    let (prepared, problems) = prepare::prepare(program, name, &request, 0);
    out.extend(problems.sorted().into_iter().filter(Diagnostic::is_error));
    let prepared = prepared?;
    let asked = prepared.system.observables.iter().find(|o| o.name == model::ASKED)?;
    let unit = results::unit(&asked.dimension);
    let mut graph = prepared.equations.graph.clone();
    let (_, known) = start::parameters(&prepared, out)?;
    let learned = graph.reachable(&asked.items).into_iter().find_map(|e| match graph.node(e) {
        Node::Net { net, .. } => Some(graph.net_info(*net).name.clone()),
        _ => None,
    });
    if let (Some(net), Some(_)) = (learned, prepared.unfitted()) {
        return no_value(expr, &format!("`{net}` is learned and has no weights here"), out);
    }
    if asked.items.iter().all(|e| known.covers(&graph, *e)) {
        return match known.evaluate(&mut graph, &asked.items) {
            Ok(numbers) => Some(Value { numbers, unit }),
            Err(error) => no_value(expr, &error.to_string(), out),
        };
    }
    let beginning = start::beginning(&prepared, 0.0, 0, out)?;
    if let Some(unfitted) = prepared.unfitted() {
        out.push(unfitted);
        return None;
    }
    let mut kernel = nets::kernel(&prepared, Execution::default()).map_err(|problem| out.push(*problem)).ok()?;
    kernel.set_parameters(&beginning.parameters).ok()?;
    match record::at(&prepared, &mut graph, &kernel, &asked.items, 0.0, &beginning.y) {
        Ok(numbers) => Some(Value { numbers, unit }),
        Err(error) => no_value(expr, &error.to_string(), out),
    }
}

fn no_value(expr: &Expr, why: &str, out: &mut Diagnostics) -> Option<Value> {
    out.push(Diagnostic::error("E0474", expr.span, format!("this has no value: {why}")));
    None
}

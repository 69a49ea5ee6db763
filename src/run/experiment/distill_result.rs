//! What a `distill` line found, as later lines and files see it.

use super::ExperimentOutput;
use super::distill_line::{Component, DistillLine};
use crate::dimension::{self, Dimension};
use crate::distill::function::{BINARIES, Binary, FUNCTIONS};
use crate::distill::tree::{Node as Part, Tree};
use crate::distill::{Found, Member, print};
use crate::learn::saved::Saved;
use crate::report::terminal::Equation;
use crate::symbolic::{ExprId, Function, Graph, Node, Rational, Substitution, SymbolInfo};
use serde_json::{Value, json};

/// A function of a fit as a formula.
pub struct FormulaResult {
    /// Name of the line.
    pub name: String,
    /// The function, `h.Rθ`.
    pub of: String,
    /// Its arguments, component by component.
    pub arguments: Vec<Component>,
    /// Dimension of its value.
    pub dimension: Dimension,
    /// Formulas by complexity, and which is shown.
    pub found: Found,
    /// Where it was sampled, in words.
    pub samples: String,
    /// Operators that were allowed.
    pub operators: Vec<&'static str>,
    /// Numbers that lines read, by their leaves: `rmse`, `complexity`.
    pub values: Vec<(ExprId, f64)>,
    /// Seconds that the search took.
    pub seconds: f64,
    /// Whether it was found in an earlier run.
    pub kept: bool,
}

impl FormulaResult {
    pub(super) fn new(line: &DistillLine, found: Found, samples: String, seconds: f64, kept: bool) -> FormulaResult {
        let shown = &found.front[found.chosen];
        let numbers = [shown.error, shown.tree.complexity() as f64];
        FormulaResult {
            name: line.name.clone(),
            of: line.of.clone(),
            arguments: line.components.clone(),
            dimension: line.function.dimensions[0],
            values: line.numbers.iter().copied().zip(numbers).collect(),
            samples,
            operators: line.operators.names(),
            found,
            seconds,
            kept,
        }
    }

    /// The formula that is shown.
    pub fn shown(&self) -> &Member {
        &self.found.front[self.found.chosen]
    }

    fn names(&self) -> Vec<String> {
        self.arguments.iter().map(|a| a.name.clone()).collect()
    }

    /// A formula over the names of the arguments, in numbers of SI units.
    pub fn text(&self, member: &Member) -> String {
        print::text(&member.tree, &self.names())
    }

    /// The formula that is shown as a definition with units; `None` where an argument is no number.
    pub fn definition(&self) -> Option<String> {
        if self.arguments.iter().any(|a| a.name.contains('[')) {
            return None;
        }
        let unit = |d: &Dimension| format!("1 [{}]", dimension::si_unit(d));
        let pure = |a: &Component| match a.dimension.is_one() {
            true => a.name.clone(),
            false => format!("({}/{})", a.name, unit(&a.dimension)),
        };
        let text = print::text(&self.shown().tree, &self.arguments.iter().map(pure).collect::<Vec<_>>());
        let argument = |a: &Component| match a.dimension.is_one() {
            true => a.name.clone(),
            false => format!("{}: [{}]", a.name, dimension::si_unit(&a.dimension)),
        };
        let arguments: Vec<String> = self.arguments.iter().map(argument).collect();
        let value = match self.dimension.is_one() {
            true => text,
            false => format!("({text})*{}", unit(&self.dimension)),
        };
        Some(format!("{}({}) = {value}", self.name, arguments.join(", ")))
    }

    /// The lines of the table that the screen shows.
    pub fn equations(&self) -> Vec<Equation> {
        let line = |(k, m): (usize, &Member)| Equation {
            complexity: m.tree.complexity(),
            rmse: m.error,
            text: self.text(m),
            chosen: k == self.found.chosen,
        };
        self.found.front.iter().enumerate().map(line).collect()
    }

    /// What is known of it: the same whenever and wherever it is made.
    pub fn facts(&self) -> Value {
        let unit = |d: &Dimension| if d.is_one() { String::new() } else { dimension::si_unit(d) };
        let arguments: Vec<Value> =
            self.arguments.iter().map(|a| json!({ "name": a.name, "unit": unit(&a.dimension) })).collect();
        let equations: Vec<Value> = self
            .equations()
            .into_iter()
            .map(|e| json!({ "complexity": e.complexity, "rmse": e.rmse, "text": e.text }))
            .collect();
        json!({
            "name": self.name, "of": self.of, "arguments": arguments, "unit": unit(&self.dimension),
            "samples": self.samples, "operators": self.operators, "formula": self.text(self.shown()),
            "definition": self.definition(), "complexity": self.shown().tree.complexity(),
            "rmse": self.shown().error, "equations": equations,
        })
    }

    /// What a results file says of it, with the time that it took.
    pub fn summary(&self) -> Value {
        let mut all = self.facts();
        all["search_time"] = json!(self.seconds);
        all
    }

    /// Numbers of bindings.
    pub fn numbers(&self, items: &[(ExprId, u32)]) -> Result<Vec<Vec<f64>>, String> {
        let one = |(item, _): &(ExprId, u32)| {
            let known = self.values.iter().find(|v| v.0 == *item);
            known.map(|v| vec![v.1]).ok_or_else(|| format!("`{}` has no such number", self.name))
        };
        items.iter().map(one).collect()
    }

    /// What was found, to be kept.
    pub fn saved(&self) -> Saved {
        let mut saved = Saved::default();
        for (k, m) in self.found.front.iter().enumerate() {
            let parts: Vec<f64> = m
                .tree
                .nodes
                .iter()
                .flat_map(|n| match *n {
                    Part::Input(i) => [0.0, f64::from(i)],
                    Part::Constant(c) => [1.0, c],
                    Part::Function(f) => [2.0, f64::from(f)],
                    Part::Binary(b) => [3.0, f64::from(b as u8)],
                })
                .collect();
            saved.numbers(&format!("formula {k}"), &parts);
        }
        let errors: Vec<f64> = self.found.front.iter().map(|m| m.error).collect();
        saved.numbers("errors", &errors);
        saved.numbers("chosen", &[self.found.chosen as f64]);
        saved.numbers("seconds", &[self.seconds]);
        saved
    }

    /// What [`FormulaResult::saved`] gave, and the seconds; `None` where it is of something else.
    pub(super) fn read(saved: &Saved, inputs: usize) -> Option<(Found, f64)> {
        let (&[chosen], &[seconds]) = (saved.array("chosen")?, saved.array("seconds")?) else { return None };
        let mut front = Vec::new();
        for (k, error) in saved.array("errors")?.iter().enumerate() {
            let (pairs, rest) = saved.array(&format!("formula {k}"))?.as_chunks::<2>();
            let mut depth = 0usize;
            let mut nodes = Vec::with_capacity(pairs.len());
            for [kind, value] in pairs {
                let place = *value as usize;
                let part = match *kind as u8 {
                    0 if place < inputs => Part::Input(place as u8),
                    1 => Part::Constant(*value),
                    2 if place < FUNCTIONS.len() => Part::Function(place as u8),
                    3 => Part::Binary(BINARIES.iter().map(|b| b.1).find(|b| *b as usize == place)?),
                    _ => return None,
                };
                depth = depth.checked_sub(part.arity())? + 1;
                nodes.push(part);
            }
            if depth != 1 || !rest.is_empty() {
                return None;
            }
            front.push(Member { tree: Tree { nodes }, error: *error });
        }
        let chosen = chosen as usize;
        (chosen < front.len()).then_some((Found { front, chosen }, seconds))
    }

    /// The formula that is shown, of leaves of a graph.
    fn body(&self, graph: &mut Graph, leaves: &[ExprId]) -> Result<ExprId, String> {
        let broken = || format!("the formula of `{}` is broken", self.name);
        let mut stack: Vec<ExprId> = Vec::new();
        for n in &self.shown().tree.nodes {
            let made = match *n {
                Part::Input(k) => leaves[k as usize],
                Part::Constant(c) => exact(graph, c).ok_or_else(broken)?,
                Part::Function(f) => {
                    let x = stack.pop().ok_or_else(broken)?;
                    match FUNCTIONS[f as usize].name {
                        "sqrt" => graph.sqrt(x),
                        name => graph.call(Function::named(name).ok_or_else(broken)?, &[x]),
                    }
                }
                Part::Binary(op) => {
                    let (b, a) = (stack.pop().ok_or_else(broken)?, stack.pop().ok_or_else(broken)?);
                    match op {
                        Binary::Add => graph.add(a, b),
                        Binary::Sub => graph.sub(a, b),
                        Binary::Mul => graph.mul(a, b),
                        Binary::Div => graph.div(a, b),
                        Binary::Pow => graph.power(a, b),
                    }
                }
            };
            stack.push(made);
        }
        stack.pop().ok_or_else(broken)
    }
}

/// A number of a formula: the fraction that its text says, else all of its bits.
fn exact(graph: &mut Graph, c: f64) -> Option<ExprId> {
    let text = print::number(c);
    let fraction = text.split_once('/').and_then(|(p, q)| Rational::new(p.parse().ok()?, q.parse().ok()?));
    let value = fraction.or_else(|| Rational::from_f64(c))?;
    Some(graph.number(value))
}

impl ExperimentOutput {
    /// Expressions of a line with formulas in place of the functions that stood for them before they were found.
    pub(super) fn with_formulas(&self, graph: &mut Graph, exprs: &[ExprId]) -> Result<Vec<ExprId>, String> {
        let mut known = Substitution::default();
        let mut order = graph.reachable(exprs);
        order.sort_unstable();
        for e in order {
            let Node::Abstract { symbol, orders, args } = graph.node(e).clone() else { continue };
            let name = graph.symbol_info(symbol).name.clone();
            let found = self.formulas.iter().find(|f| f.name == name);
            let formula = found.ok_or_else(|| format!("`{name}` has no formula"))?;
            let args = graph.substitute_all(&args, &known);
            let mut leaves = Vec::with_capacity(args.len());
            for a in &formula.arguments {
                let symbol = graph.symbol(SymbolInfo::scalar(&a.name));
                leaves.push(graph.scalar(symbol));
            }
            let mut body = formula.body(graph, &leaves)?;
            for (leaf, order) in leaves.iter().zip(&orders) {
                for _ in 0..*order {
                    body = graph.differentiate(body, *leaf);
                }
            }
            let map: Substitution = leaves.into_iter().zip(args).collect();
            known.insert(e, graph.substitute(body, &map));
        }
        Ok(if known.is_empty() { exprs.to_vec() } else { graph.substitute_all(exprs, &known) })
    }
}

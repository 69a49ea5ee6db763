//! `fit f = distill(h.Rθ) { operators = ["+", "*"], complexity = 12 }`: a learned function as a formula.

use super::data_line::Matched;
use super::fit_result;
use super::option;
use super::place::Source;
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::distill::Operators;
use crate::limits;
use crate::model;
use crate::model::experiment::{ResultKind, ResultScope};
use crate::model::function::{Functions, SystemFunction};
use crate::model::system::NamedValue;
use crate::run::training::Fit;
use crate::symbolic::{ExprId, Graph, SymbolInfo};
use crate::syntax::tree::*;
use indexmap::IndexMap;
use std::sync::Arc;

/// Options of the line; ranges of the arguments stand beside them.
const OPTIONS: &[&str] = &["operators", "complexity", "seed", "units"];
/// Operators where none are asked for.
const DEFAULT: [&str; 4] = ["+", "-", "*", "/"];
/// Nodes of the largest formula where nothing is asked for.
const COMPLEXITY: usize = 15;
/// Names of the numbers that every formula has.
const NUMBERS: [&str; 2] = ["rmse", "complexity"];

/// A component of an argument.
#[derive(Clone, Debug)]
pub struct Component {
    /// `v`, `q[2]`
    pub name: String,
    /// Its dimension.
    pub dimension: Dimension,
}

/// Where the function is sampled.
#[derive(Clone, Debug)]
pub(super) enum Points {
    /// At the arguments of its calls in the fitted system, at the rows of these data.
    Calls { fit: Box<Fit>, on: (usize, Matched), calls: Vec<Vec<ExprId>> },
    /// On a grid: by component of the arguments its ends and number of points.
    Grid(Vec<(f64, f64, usize)>),
}

/// A distillation, resolved.
pub struct DistillLine {
    pub(super) name: String,
    pub(super) span: Span,
    /// The fit, among the results.
    pub(super) source: usize,
    /// The function as it is written.
    pub(super) of: String,
    pub(super) functions: Arc<Functions>,
    pub(super) function: SystemFunction,
    pub(super) components: Vec<Component>,
    pub(super) points: Points,
    pub(super) operators: Operators,
    pub(super) complexity: usize,
    pub(super) seed: u64,
    /// Leaves of the numbers that later lines read.
    pub(super) numbers: Vec<ExprId>,
}

/// Resolves the line and makes its result known to the lines behind it.
pub(super) fn plan(planner: &mut Planner, name: &Ident, value: &Expr, config: Option<&Config>) -> Option<DistillLine> {
    let args = match &*value.kind {
        ExprKind::Call { args, .. } => args.as_slice(),
        _ => &[],
    };
    let [first] = args else { return fail(planner, value.span, "`distill` takes one function of a fit".into()) };
    if first.name.is_some() || first.each.is_some() || first.tweaks.is_some() {
        return fail(planner, first.span, "`distill` takes one function of a fit".into());
    }
    let (source, of, functions, function) = planner.function_of_fit(&first.value)?;
    let components = components(&function);
    let (ranges, plain): (Vec<ConfigEntry>, Vec<ConfigEntry>) =
        config.iter().flat_map(|c| c.entries.clone()).partition(|e| {
            let target = model::text_of(&e.target);
            e.word.is_none() && !OPTIONS.contains(&target.as_str()) && components.iter().any(|c| c.name == target)
        });
    let plain = Config { span: config.map_or(value.span, |c| c.span), entries: plain };
    let before = planner.out.has_errors();
    let mut out = std::mem::take(&mut planner.out);
    let options = option::read("`distill`", OPTIONS, Some(&plain), &mut out);
    let mut fine = before || !out.has_errors();
    planner.out = out;
    let mut operators = Operators::default();
    DEFAULT.iter().for_each(|o| {
        operators.add(o);
    });
    let (mut complexity, mut seed) = (COMPLEXITY, planner.seed);
    for (option, e) in options {
        fine &= match option {
            "operators" => planner.operators(e).map(|o| operators = o).is_some(),
            "complexity" => {
                planner.count("`complexity`", e, limits::DISTILL_COMPLEXITY).map(|n| complexity = n).is_some()
            }
            "seed" => planner.seed_of(e).map(|s| seed = s).is_some(),
            _ => {
                planner.out.push(
                    Diagnostic::error("E0904", e.span, "`units` of `distill` is not built yet")
                        .note("the numbers of a formula are in SI and of whatever dimension they need")
                        .help("remove the option"),
                );
                false
            }
        };
    }
    let points = match ranges.is_empty() {
        true => planner.calls(source, &of, &components, value.span),
        false => planner.grid(&ranges, &components, value.span),
    };
    let points = points.filter(|_| fine)?;
    let (scope, numbers) = scope(name, &function, &components);
    planner.scopes.push(scope);
    planner.sources.push(Source::Formula);
    let (name, span) = (name.name.clone(), value.span);
    Some(DistillLine {
        name,
        span,
        source,
        of,
        functions,
        function,
        components,
        points,
        operators,
        complexity,
        seed,
        numbers,
    })
}

fn fail<T>(planner: &mut Planner, at: Span, message: String) -> Option<T> {
    planner.out.push(
        Diagnostic::error("E0545", at, message).help(
            "write `fit f = distill(h.Rθ)`, where `fit h = train(…)` stands above and `Rθ` is a net of its system",
        ),
    );
    None
}

/// The components of all arguments, in their order.
fn components(function: &SystemFunction) -> Vec<Component> {
    let mut out = Vec::new();
    for a in &function.arguments {
        let (name, dimension) = (a.name.clone(), a.dimension);
        match a.shape.as_slice() {
            [] => out.push(Component { name, dimension }),
            shape => {
                let count: usize = shape.iter().product();
                out.extend((0..count).map(|k| {
                    // the last index runs fastest
                    let mut rest = k;
                    let mut index: Vec<String> = Vec::new();
                    for n in shape.iter().rev() {
                        index.push((rest % n + 1).to_string());
                        rest /= n;
                    }
                    index.reverse();
                    Component { name: format!("{name}[{}]", index.join(",")), dimension }
                }));
            }
        }
    }
    out
}

/// What later lines see: its numbers, and the function itself under the name "".
fn scope(name: &Ident, function: &SystemFunction, components: &[Component]) -> (ResultScope, Vec<ExprId>) {
    let mut graph = Graph::new();
    let mut arguments = function.arguments.clone();
    let mut items: Vec<ExprId> = Vec::new();
    for a in &mut arguments {
        a.default = None;
        let count: usize = a.shape.iter().product();
        if a.shape.is_empty() {
            let symbol = graph.symbol(SymbolInfo::scalar(&a.name));
            a.leaf = graph.scalar(symbol);
            items.push(a.leaf);
        } else {
            let symbol = graph.symbol(SymbolInfo::array(&a.name, count as u32));
            a.leaf = graph.array(symbol);
            for k in 0..count {
                let index = graph.integer(k as i64);
                items.push(graph.read(a.leaf, index));
            }
        }
    }
    let names = crate::symbolic::ElementNames::new(components.iter().map(|c| c.name.clone()).collect(), 0);
    let symbol = graph.symbol(SymbolInfo::scalar(&name.name).elements(names));
    let body = graph.abstract_call(symbol, &vec![0; items.len()], &items);
    let own = SystemFunction { arguments, items: vec![body], reads: Vec::new(), nets: Vec::new(), ..function.clone() };
    let mut names = IndexMap::new();
    let mut numbers = Vec::new();
    for word in NUMBERS {
        let symbol = graph.symbol(SymbolInfo::scalar(word));
        let leaf = graph.scalar(symbol);
        numbers.push(leaf);
        let value = NamedValue {
            shape: Vec::new(),
            items: vec![leaf],
            dimensions: vec![Dimension::one()],
            elements: [word.to_owned()].into(),
        };
        names.insert(word.to_owned(), value);
    }
    let list = std::iter::once((String::new(), Ok(own))).collect();
    let scope = ResultScope {
        name: name.name.clone(),
        names,
        functions: Some(Arc::new(Functions { graph, list })),
        trajectories: None,
        kind: ResultKind::Formula,
    };
    (scope, numbers)
}

impl Planner {
    /// `h.Rθ`: the fit, the text, and the function, which has numbers as arguments and one number as value.
    fn function_of_fit(&mut self, e: &Expr) -> Option<(usize, String, Arc<Functions>, SystemFunction)> {
        if let ExprKind::Call { callee, .. } = &*e.kind {
            let text = model::text_of(callee);
            self.out.push(
                Diagnostic::error("E0545", e.span, "this is a value, and `distill` takes the function itself")
                    .help(format!("write `distill({text})`; a definition with fewer arguments can be one too")),
            );
            return None;
        }
        let text = model::text_of(e);
        let Some((root, own)) = text.split_once('.') else {
            return fail(self, e.span, format!("`{text}` is no function of a fit"));
        };
        let found = self.scopes.iter().position(|s| s.name == root);
        let Some(result) = found.filter(|k| matches!(self.sources[*k], Source::Fit(_))) else {
            let message = match found {
                Some(_) => format!("`{root}` is no fit of a system, and `distill` takes a function of one"),
                None => format!("no fit above is called `{root}`"),
            };
            return fail(self, e.span, message);
        };
        let functions = self.scopes[result].functions.clone();
        let Some((functions, made)) = functions.and_then(|f| f.list.get(own).cloned().map(|made| (f, made))) else {
            let d = Diagnostic::error("E0545", e.span, format!("`{root}` has no function `{own}`"));
            let list = self.scopes[result].functions.as_ref().map(|f| f.list.keys().cloned().collect::<Vec<_>>());
            let list = list.unwrap_or_default();
            let near = model::suggest(own, list.iter().map(String::as_str)).map(str::to_owned);
            self.out.push(match near {
                Some(near) => d.help(format!("did you mean `{root}.{near}`?")),
                None if list.is_empty() => d.help("nets and definitions with arguments are functions"),
                None => d.help(format!("its functions are {}", model::list_names(&list))),
            });
            return None;
        };
        let function = match made {
            Ok(function) => function,
            Err(why) => {
                let d = Diagnostic::error("E0545", e.span, format!("`{own}` cannot be called here"));
                self.out.push(d.note(why));
                return None;
            }
        };
        let width: usize = function.arguments.iter().map(|a| a.shape.iter().product::<usize>()).sum();
        let message = if function.items.len() != 1 {
            format!("`{own}` has {} components, and a formula is one number", function.items.len())
        } else if width == 0 || width > limits::DISTILL_INPUTS {
            format!("`{own}` has {width} arguments, and a formula is sought in 1 to {}", limits::DISTILL_INPUTS)
        } else {
            String::new()
        };
        if !message.is_empty() {
            let help = format!("give the system a definition of fewer numbers, `f(x) = {own}(…)[1]`, and distil that");
            self.out.push(Diagnostic::error("E0545", e.span, message).help(help));
            return None;
        }
        let Source::Fit(source) = &self.sources[result] else { return None };
        let prepared = &source.fit.prepared;
        let open = function
            .reads
            .iter()
            .find(|(_, elements)| elements.iter().any(|item| !fit_result::is_constant(prepared, *item)));
        if let Some((leaf, _)) = open {
            let symbol = functions.graph.symbol_of(*leaf);
            let name = symbol.map(|s| functions.graph.symbol_info(s).name.clone()).unwrap_or_default();
            self.out.push(
                Diagnostic::error("E0545", e.span, format!("`{own}` also depends on `{name}`, which moves"))
                    .help(format!("give it that as an argument too: `{own}(…, {name})`")),
            );
            return None;
        }
        Some((result, text, functions, function))
    }
}

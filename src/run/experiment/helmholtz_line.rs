//! `data h = helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }`, `helmholtz(m, q in -1..1, p in -1..1)`: a
//! plane field taken apart, as data again.
//!
//! A row is a point of the grid. Its columns are the coordinates, with the field as their rates, the vectors `field`,
//! `rotational`, `irrotational` and `harmonic`, the potentials `H` and `D`, and what the corners around the point say
//! of the parts: `div_rotational`, `curl_irrotational`, `div_harmonic`, `curl_harmonic`.
//! `field = (∂H/∂y, −∂H/∂x) + (∂D/∂x, ∂D/∂y) + harmonic`.

use super::field_rows::{self, Component};
use super::option;
use super::place::{Shape, Source};
use super::plan::Planner;
use super::{plane, vectors};
use crate::analyse::helmholtz::gridding::Gridding;
use crate::analyse::helmholtz::{Boundary, Method};
use crate::data::Named;
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::model;
use crate::model::experiment::{ExperimentValues, ResultKind};
use crate::run::prepare::Prepared;
use crate::syntax::tree::*;

const OF_ROWS: &[&str] = &["at", "field", "boundary", "method", "sweeps", "gridding", "reach"];
const OF_A_FLOW: &[&str] = &["boundary", "method", "sweeps"];
pub(super) const USAGE: &str = "write `data h = helmholtz(d, grid = [25, 25]) { at = [x, y], field = [u, v] }`";
const FLOW: &str = "write `data h = helmholtz(m, q in -1..1 count 50, p in -1..1 count 50)`";
/// Sweeps of the relaxation where none are asked for, as published.
const SWEEPS: usize = 1_000;
/// Points along a range where none are asked for.
pub(super) const POINTS: usize = 50;
/// Vectors of the result, in the order of their columns.
pub(super) const VECTORS: [&str; 4] = ["field", "rotational", "irrotational", "harmonic"];
/// What corners say of parts, in the order of their columns.
const SAID: [&str; 4] = ["div_rotational", "curl_irrotational", "div_harmonic", "curl_harmonic"];

fn wrong<T>(planner: &mut Planner, at: Span, message: String) -> Option<T> {
    planner.out.push(Diagnostic::error("E0498", at, message).help(USAGE));
    None
}

/// Where the field comes from.
pub(super) enum From {
    /// Rows of data.
    Rows {
        /// The data, among the results.
        of: usize,
        at: [usize; 2],
        field: [Component; 2],
        /// Columns and the values that their rows must have.
        only: Vec<(usize, f64)>,
        grid: Option<[usize; 2]>,
        gridding: Gridding,
        reach: Option<f64>,
    },
    /// Two functions over two ranges.
    Flow {
        values: Box<ExperimentValues>,
        /// What was taken, as it is written.
        text: String,
        /// The potentials that the system itself has: `H`, and `D` where it has one.
        own: Option<Box<ExperimentValues>>,
    },
}

/// A decomposition, resolved.
pub(super) struct HelmholtzLine {
    pub(super) span: Span,
    pub(super) from: From,
    pub(super) boundary: Boundary,
    pub(super) method: Option<Method>,
    pub(super) shape: Shape,
}

/// What stands in the braces.
struct Options {
    at: Option<[usize; 2]>,
    field: Option<[usize; 2]>,
    boundary: Boundary,
    method: Option<Method>,
    own: bool,
    gridding: Gridding,
    reach: Option<f64>,
}

fn options(planner: &mut Planner, known: &[&str], source: Option<&Shape>, config: Option<&Config>) -> Option<Options> {
    let mut out = std::mem::take(&mut planner.out);
    let before = out.len();
    let list = option::read("`helmholtz`", known, config, &mut out);
    let fine = out.len() == before;
    planner.out = out;
    let mut made = Options {
        at: None,
        field: None,
        boundary: Boundary::Neumann,
        method: None,
        own: false,
        gridding: Gridding::Linear,
        reach: None,
    };
    let mut sweeps = None;
    for (name, e) in list {
        match (name, source) {
            ("at", Some(source)) => made.at = Some(planner.two_columns(source, e)?),
            ("field", Some(source)) => made.field = Some(planner.two_columns(source, e)?),
            ("boundary", _) => {
                let words = [
                    ("neumann", Boundary::Neumann),
                    ("dirichlet", Boundary::Dirichlet),
                    ("periodic", Boundary::Periodic),
                ];
                made.boundary = planner.word("boundary", e, &words)?;
            }
            ("method", _) => {
                let mut words = vec![
                    ("spectral", Some(Method::Spectral)),
                    ("direct", Some(Method::Direct)),
                    ("multigrid", Some(Method::Multigrid)),
                    ("relaxation", Some(Method::Relaxation(SWEEPS))),
                ];
                if source.is_none() {
                    words.push(("own", None));
                }
                made.method = planner.word("method", e, &words)?;
                made.own = made.method.is_none();
            }
            ("sweeps", _) => sweeps = Some((planner.count("`sweeps`", e, limits::HELMHOLTZ_SWEEPS)?, e.span)),
            ("gridding", _) => {
                let words = [("linear", Gridding::Linear), ("nearest", Gridding::Nearest)];
                made.gridding = planner.word("gridding", e, &words)?;
            }
            _ => {
                let (number, dimension) = planner.quantity(e)?;
                if !(dimension.is_one() && number > 0.0) {
                    return wrong(planner, e.span, "`reach` counts spacings of the grid: `reach = 2`".into());
                }
                made.reach = Some(number);
            }
        }
    }
    if let Some((n, span)) = sweeps {
        match &mut made.method {
            Some(Method::Relaxation(sweeps)) => *sweeps = n,
            _ => return wrong(planner, span, "only `method = relaxation` has sweeps".into()),
        }
    }
    fine.then_some(made)
}

/// Resolves the line.
pub(super) fn plan(planner: &mut Planner, value: &Expr, config: Option<&Config>) -> Option<(HelmholtzLine, Shape)> {
    let ExprKind::Call { args, .. } = &*value.kind else { return None };
    if args.iter().any(|a| a.is_range) {
        return flow(planner, value, args, config);
    }
    let Some(first) = args.first().filter(|a| a.name.is_none() && a.each.is_none() && a.tweaks.is_none()) else {
        return wrong(planner, value.span, "`helmholtz` takes the rows of data".into());
    };
    let of = planner.data_named(&first.value)?;
    let Source::Data(source) = &planner.sources[of] else { return None };
    let source = source.clone();
    let mut grid = None;
    for a in &args[1..] {
        match a.name.as_ref().map(|n| n.name.as_str()) {
            Some("grid") => grid = Some(planner.two_counts(&a.value)?),
            _ => return wrong(planner, a.span, "beside the data, `helmholtz` takes `grid = [nx, ny]`".into()),
        }
    }
    let (only, plain) = field_rows::picked(planner, &source, config)?;
    let options = options(planner, OF_ROWS, Some(&source), plain.as_ref())?;
    let (at, field) = match field_rows::plane(&source, options.at, options.field) {
        Ok(found) => found,
        Err(message) => return wrong(planner, value.span, message.into()),
    };
    let of_field = field.map(|c| field_rows::dimension(planner, &source, c));
    let names = at.map(|k| source.columns[k].name.clone());
    let of_place = at.map(|k| source.columns[k].dimension);
    let shape = shape(planner, value.span, names, of_place, of_field)?;
    let (gridding, reach) = (options.gridding, options.reach);
    let from = From::Rows { of, at, field, only, grid, gridding, reach };
    let (boundary, method) = (options.boundary, options.method);
    Some((HelmholtzLine { span: value.span, from, boundary, method, shape: shape.clone() }, shape))
}

/// `helmholtz(m, q in -1..1, p in -1..1)`, or of two functions `[m.q', m.p']`.
fn flow(planner: &mut Planner, value: &Expr, args: &[Arg], config: Option<&Config>) -> Option<(HelmholtzLine, Shape)> {
    let no = |planner: &mut Planner, at: Span, message: &str| {
        planner.out.push(Diagnostic::error("E0498", at, message).help(FLOW));
        None
    };
    let (plain, ranges): (Vec<Arg>, Vec<Arg>) = args.iter().cloned().partition(|a| !a.is_range);
    let ([one], [_, _]) = (plain.as_slice(), ranges.as_slice()) else {
        return no(planner, value.span, "over ranges, `helmholtz` takes a flow and two variables");
    };
    let options = options(planner, OF_A_FLOW, None, config)?;
    let mut first = one.value.clone();
    vectors::whole_flow(planner, &mut first, &ranges);
    let resolved = |planner: &mut Planner, exprs: &[Expr]| {
        let (made, problems) = model::resolve_values(&planner.program, planner.module, exprs, &ranges, &planner.scopes);
        planner.out.extend(problems.sorted());
        let made = made?;
        planner.values_at_times(&made.functionals, &made.graph, &made.bindings, value.span)?;
        planner.derivatives_over(&made, value.span)?;
        plane::check(planner, &made, value.span)?;
        Some(made)
    };
    let made = resolved(planner, std::slice::from_ref(&first))?;
    let [u, v] = made.items.as_slice() else {
        return no(planner, one.value.span, "a flow in a plane has two components: `[m.q', m.p']`");
    };
    let of_field = [u.2, v.2];
    let counts: Vec<usize> = made.ranges.iter().map(|r| r.count.unwrap_or(POINTS)).collect();
    if counts.iter().any(|n| *n < 2) || counts[0].saturating_mul(counts[1]) > limits::HELMHOLTZ_POINTS {
        return no(planner, value.span, "this grid has too many points, or fewer than two a side");
    }
    let mut own = None;
    if options.own {
        let prepared = named_system(planner, &one.value);
        let Some(names) = prepared.and_then(own_names) else {
            return no(
                planner,
                one.value.span,
                "`method = own` takes the H and the D of a system with a `hamiltonian`",
            );
        };
        let field_of = |name: &String| Expr {
            span: one.value.span,
            kind: Box::new(ExprKind::Field {
                base: one.value.clone(),
                name: Ident { name: name.clone(), span: one.value.span },
            }),
        };
        let exprs: Vec<Expr> = names.iter().map(field_of).collect();
        own = Some(Box::new(resolved(planner, &exprs)?));
    }
    let names = [0, 1].map(|k| made.ranges[k].name.clone());
    let of_place = [0, 1].map(|k| made.ranges[k].dimension);
    let shape = shape(planner, value.span, names, of_place, of_field)?;
    let text = planner.program.files.text(one.value.span).to_owned();
    let from = From::Flow { values: Box::new(made), text, own };
    let (boundary, method) = (options.boundary, options.method);
    Some((HelmholtzLine { span: value.span, from, boundary, method, shape: shape.clone() }, shape))
}

/// The system of a run or a fit that an expression names.
fn named_system<'p>(planner: &'p Planner, e: &Expr) -> Option<&'p Prepared> {
    let ExprKind::Name(name) = &*e.kind else { return None };
    let known = |s: &&crate::model::experiment::ResultScope| matches!(s.kind, ResultKind::Run | ResultKind::Fit);
    let at = planner.scopes.iter().position(|s| s.name == *name && known(&s))?;
    match &planner.sources[at] {
        Source::Run(prepared) => Some(prepared),
        Source::Fit(fit) => Some(&fit.fit.prepared),
        Source::Data(_) | Source::Formula => None,
    }
}

/// The names of `H`, and of every `D`.
fn own_names(prepared: &Prepared) -> Option<Vec<String>> {
    let h = prepared.system.hamiltonian.as_ref()?;
    Some(std::iter::once(h).chain(&prepared.system.irrotational).map(|g| g.name.clone()).collect())
}

/// The columns of the result.
fn shape(
    planner: &mut Planner,
    at: Span,
    names: [String; 2],
    [x, y]: [Dimension; 2],
    [u, v]: [Dimension; 2],
) -> Option<Shape> {
    if x != y || u != v {
        let message = "both coordinates have one unit, and both components too: a gradient adds them".to_owned();
        return wrong(planner, at, message);
    }
    let ours = |n: &&String| ["H", "D"].into_iter().chain(VECTORS).chain(SAID).any(|o| o == n.as_str());
    if let Some(taken) = names.iter().find(ours) {
        return wrong(planner, at, format!("`{taken}` is what the result calls one of its parts"));
    }
    let mut columns: Vec<(String, Dimension, bool)> = names.iter().map(|n| (n.clone(), x, true)).collect();
    let mut named: Vec<Named> =
        (0..2).map(|k| Named { name: names[k].clone(), shape: Vec::new(), columns: k..k + 1 }).collect();
    for vector in VECTORS {
        let from = columns.len();
        columns.extend((1..=2).map(|k| (format!("{vector}[{k}]"), u, false)));
        named.push(Named { name: vector.to_owned(), shape: vec![2], columns: from..from + 2 });
    }
    let potential = u.mul(&x).unwrap_or_else(|_| Dimension::one());
    let slope = u.div(&x).unwrap_or_else(|_| Dimension::one());
    let scalars = [("H", potential), ("D", potential)].into_iter().chain(SAID.map(|name| (name, slope)));
    for (name, dimension) in scalars {
        named.push(Named { name: name.into(), shape: Vec::new(), columns: columns.len()..columns.len() + 1 });
        columns.push((name.to_owned(), dimension, false));
    }
    let mut shape = Shape::new(columns, named, None);
    shape.scattered = true;
    Some(shape)
}

impl Planner {
    fn two_counts(&mut self, e: &Expr) -> Option<[usize; 2]> {
        let [a, b] = self.pair(e)?;
        let counts = [a, b].map(|e| self.count("`grid`", e, limits::HELMHOLTZ_POINTS));
        let [Some(a), Some(b)] = counts else { return None };
        if a < 2 || b < 2 || a.saturating_mul(b) > limits::HELMHOLTZ_POINTS {
            let message =
                format!("a grid has at least 2 points a side and at most {} in all", limits::HELMHOLTZ_POINTS);
            return wrong(self, e.span, message);
        }
        Some([a, b])
    }
}

//! Functions of one or two variables with ranges: `curve(f(v), v in 0..1)`, `field(a.H, q in -π..π,
//! p in -4..4)`. A variable of a run's system takes the values of the range; parameters are the run's.

use super::ExperimentOutput;
use super::draw::quantity;
use super::evidence::Tape;
use super::place::Source;
use super::plan::Planner;
use super::plot_line::{PlotLine, Takes};
use super::vectors;
use crate::diagnostic::{Diagnostic, Span};
use crate::formalism::{self, StateLeaf};
use crate::kernel::{Leaf, Tier};
use crate::model::experiment::ExperimentValues;
use crate::report::plot::against::{self, Plane};
use crate::report::plot::curve::{self, Curve};
use crate::report::plot::field::{self, Field};
use crate::report::plot::grid::Grid;
use crate::report::plot::image::{self, Image};
use crate::report::plot::panel::Panel;
use crate::report::plot::{Quantity, Series};
use crate::run::numbers::Known;
use crate::run::prepare::Prepared;
use crate::run::{record, results};
use crate::symbolic::ExprId;

/// Points of a curve, and across and upwards of a plane.
const CURVE: usize = 400;
const PLANE: usize = 61;

/// Letters that fit above a scale of colours.
const LONG: usize = 8;

/// Which component of a run's state each range is, where it is one.
fn places(prepared: &Prepared, values: &ExperimentValues) -> Vec<Option<(usize, ExprId)>> {
    let names = crate::run::start::state_names(prepared);
    let at = |name: &str| names.iter().position(|n| n == name);
    values
        .ranges
        .iter()
        .map(|r| {
            // A name for a rate stands for it: `w = θ'`, `w in -8..8`.
            let item = *prepared.system.names.get(&r.name)?.items.first()?;
            Some((at(&crate::run::picture::state_name(prepared, item, 0)?)?, item))
        })
        .collect()
}

/// Everything that the functions read of a run must be known: parameters, and the variables that run.
pub(super) fn check(planner: &mut Planner, values: &ExperimentValues, at: Span) -> Option<()> {
    let mut problem = None;
    for b in &values.bindings {
        let run = planner.scopes[b.result].name.clone();
        let prepared = match &planner.sources[b.result] {
            Source::Run(prepared) => &**prepared,
            Source::Fit(fit) => &fit.fit.prepared,
            // a number
            Source::Formula => continue,
            Source::Data(_) => {
                let message = format!("`{run}` is data, and a function over a range is of a run");
                problem =
                    Some(Diagnostic::error("E0470", at, message).help("plot rows of data with `scatter` or `lines`"));
                break;
            }
        };
        if planner.scopes[b.result].trajectories.is_some() && b.trajectory.is_none() {
            let message = format!("`{run}` has several trajectories, and a function is of one");
            problem = Some(Diagnostic::error("E0470", at, message).help(format!("choose one: `{run}[1]`")));
            break;
        }
        let mut graph = prepared.equations.graph.clone();
        let item = record::differentiated(prepared, &mut graph, b.item, b.primes);
        let opened = formalism::with_rates(&mut graph, &prepared.equations, &[item]);
        let mut read: Vec<String> = Vec::new();
        let names = crate::run::start::state_names(prepared);
        let places = places(prepared, values);
        let leaves = graph.free_leaves(&opened);
        for s in &prepared.equations.states {
            if !leaves.contains(&s.leaf) {
                continue;
            }
            let components = s.offset..s.offset + s.length;
            let ranged = |k: usize| places.iter().flatten().any(|p| p.0 == k);
            read.extend(components.filter(|k| !ranged(*k)).map(|k| names[k].clone()));
        }
        // What the equations are solved for depends on the whole state.
        let solved = prepared.system.variables.iter().any(|v| {
            let open =
                |leaf: ExprId| leaves.contains(&leaf) && !prepared.equations.states.iter().any(|s| s.leaf == leaf);
            open(v.rate) || open(v.second)
        });
        if solved {
            let ranged = |k: &usize| places.iter().flatten().any(|p| p.0 == *k);
            read.extend((0..names.len()).filter(|k| !ranged(k)).map(|k| names[k].clone()));
        }
        if leaves.contains(&prepared.equations.time) {
            read.push("t".into());
        }
        if let Some(name) = read.first() {
            let message = format!("this function also depends on `{name}` of `{run}`, which has no range here");
            problem =
                Some(Diagnostic::error("E0470", at, message).help("give every variable that it depends on a range"));
            break;
        }
        for (r, place) in values.ranges.iter().zip(&places) {
            let Some((at_state, leaf)) = place else { continue };
            let reads = |s: &StateLeaf| (s.offset..s.offset + s.length).contains(at_state) && leaves.contains(&s.leaf);
            if !prepared.equations.states.iter().any(reads) {
                continue;
            }
            let found = prepared.system.names.values().find(|n| n.items.first() == Some(leaf));
            let Some(d) = found.and_then(|n| n.dimensions.first()).filter(|d| **d != r.dimension) else { continue };
            let message = format!("`{}` is [{d}] in `{run}`, and this range is [{}]", r.name, r.dimension);
            problem = Some(Diagnostic::error("E0470", r.span, message).help("give the ends of the range their unit"));
        }
    }
    if problem.is_none() && !values.functionals.is_empty() {
        problem = Some(
            Diagnostic::error("E0470", at, "a function of a range reads no value over a whole run")
                .help("read the quantity itself: `a.V`"),
        );
    }
    match problem {
        Some(d) => {
            planner.out.push(d);
            None
        }
        None => Some(()),
    }
}

/// The functions at the given points, one column each.
pub(super) fn evaluate(
    values: &ExperimentValues,
    all: &ExperimentOutput,
    points: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>, String> {
    let mut inputs: Vec<Vec<f64>> = (0..values.ranges.len()).map(|k| points.iter().map(|p| p[k]).collect()).collect();
    for b in &values.bindings {
        if let Some(formula) = all.formula(b.result) {
            let number = formula.numbers(&[(b.item, b.primes)])?.concat();
            inputs.push(vec![number[0]; points.len()]);
            continue;
        }
        if let Some(fit) = all.fit(b.result) {
            inputs.push(fit.over((b.item, b.primes), &places(&fit.fitted.prepared, values), points)?);
            continue;
        }
        let run = all.run(b.result).and_then(|r| r.trajectories.get(b.trajectory.unwrap_or(0)));
        let run = run.ok_or("a function over a range is of a run")?;
        let mut state = run.beginning.y.clone();
        let places = places(&run.prepared, values);
        let states: Vec<Vec<f64>> = points
            .iter()
            .map(|p| {
                places.iter().zip(p).for_each(|(place, v)| {
                    if let Some((at, _)) = place {
                        state[*at] = *v;
                    }
                });
                state.clone()
            })
            .collect();
        inputs.push(run.over(b.item, b.primes, &states)?);
    }
    let exprs: Vec<ExprId> = values.items.iter().map(|i| i.1).collect();
    let mut graph = values.graph.clone();
    let exprs = all.with_formulas(&mut graph, &exprs)?;
    let leaves = values
        .ranges
        .iter()
        .map(|r| r.leaf)
        .chain(values.bindings.iter().map(|b| b.leaf))
        .enumerate()
        .map(|(k, expr)| Leaf { expr, tier: Tier::State, offset: k, length: 1 })
        .collect();
    let mut tape = Tape::compile(&graph, &exprs, leaves, &all.weights(&values.nets)?)?;
    let mut out = vec![Vec::with_capacity(points.len()); exprs.len()];
    for row in 0..points.len() {
        let input: Vec<f64> = inputs.iter().map(|c| c[row]).collect();
        out.iter_mut().zip(tape.run(&input)?).for_each(|(column, v)| column.push(*v));
    }
    Ok(out)
}

/// The ends of the ranges.
pub(super) fn ends(values: &ExperimentValues) -> Result<Vec<(f64, f64)>, String> {
    let mut graph = values.graph.clone();
    let mut ends = Vec::new();
    for r in &values.ranges {
        let e = Known::default().evaluate(&mut graph, &[r.from, r.to]).map_err(|e| e.to_string())?;
        if !(e[0] < e[1] && e[0].is_finite() && e[1].is_finite()) {
            return Err(format!("the range of `{}` goes from a smaller number to a larger one", r.name));
        }
        ends.push((e[0], e[1]));
    }
    Ok(ends)
}

/// The panels of a curve, a field, an image, or of what is learned against what is true.
pub fn panels(line: &PlotLine, values: &ExperimentValues, all: &ExperimentOutput) -> Result<Vec<Panel>, String> {
    let ends = ends(values)?;
    let points = |k: usize, default: usize| {
        let n = values.ranges[k].count.unwrap_or(default);
        let (a, b) = ends[k];
        (0..n).map(|i| a + (b - a) * i as f64 / (n - 1) as f64).collect::<Vec<f64>>()
    };
    let axis = |k: usize| axis(values, all, k);
    if line.takes == Takes::Against {
        return against(line, values, all, &ends, &points);
    }
    if line.takes == Takes::Curve {
        let x = points(0, CURVE);
        let columns = evaluate(values, all, &x.iter().map(|v| vec![*v]).collect::<Vec<_>>())?;
        let series: Vec<Series> =
            values.items.iter().zip(&columns).map(|(i, c)| Series::new(i.0.clone(), &x, c)).collect();
        let y = quantity(values, all, 0);
        let y = if series.len() > 1 { Quantity { label: String::new(), ..y } } else { y };
        return Ok(vec![curve::panel(&Curve { x: axis(0), y, series, log_y: Some(false), log_x: Some(false) })]);
    }
    if line.takes == Takes::Flow {
        let count = |k: usize| {
            values.ranges[k].count.unwrap_or_else(|| vectors::points(line, &ends, axis(0).unit == axis(1).unit, k))
        };
        let grid = |k: usize| points(k, count(k));
        let (xs, ys) = (grid(0), grid(1));
        let places: Vec<Vec<f64>> = ys.iter().flat_map(|y| xs.iter().map(move |x| vec![*x, *y])).collect();
        let columns = evaluate(values, all, &places)?;
        let grids = columns.into_iter().map(|values| Grid {
            x: ends[0],
            y: ends[1],
            columns: xs.len(),
            rows: ys.len(),
            values,
        });
        let names: Vec<Quantity> = (0..2).map(|k| quantity(values, all, k)).collect();
        return Ok(vec![vectors::of_grids(line, (axis(0), axis(1)), &names, grids.collect())?]);
    }
    let (xs, ys) = (points(0, PLANE), points(1, PLANE));
    let places: Vec<Vec<f64>> = ys.iter().flat_map(|y| xs.iter().map(move |x| vec![*x, *y])).collect();
    let columns = evaluate(values, all, &places)?;
    let grid = |values: Vec<f64>| Grid { x: ends[0], y: ends[1], columns: xs.len(), rows: ys.len(), values };
    let (x, y) = (axis(0), axis(1));
    let equal = !x.unit.is_empty() && x.unit == "m" && x.unit == y.unit;
    let mut columns = columns.into_iter();
    let first = columns.next().unwrap_or_default();
    let mut value = quantity(values, all, 0);
    // A formula has no room above the scale of colours.
    let long = value.label.chars().count() > LONG;
    let title = if long { std::mem::take(&mut value.label) } else { String::new() };
    let panel = match columns.next() {
        Some(second) => field::panel(&Field { x, y, level: None, flow: Some((grid(first), grid(second))), equal }),
        None if line.kind == "image" => {
            Panel { title, ..image::panel(&Image { x, y, value, grid: grid(first), equal }) }
        }
        None => Panel { title, ..field::panel(&Field { x, y, level: Some((value, grid(first))), flow: None, equal }) },
    };
    Ok(vec![panel])
}

/// What is learned against what is true.
fn against(
    line: &PlotLine,
    values: &ExperimentValues,
    all: &ExperimentOutput,
    ends: &[(f64, f64)],
    points: &dyn Fn(usize, usize) -> Vec<f64>,
) -> Result<Vec<Panel>, String> {
    let half = values.items.len() / 2;
    let name = |k: usize| line.sides[k].clone();
    let value = Quantity { label: String::new(), ..quantity(values, all, 0) };
    if let [_] = ends {
        let x = points(0, CURVE);
        let columns = evaluate(values, all, &x.iter().map(|v| vec![*v]).collect::<Vec<_>>())?;
        let side = |k: usize| Series::new(name(k), &x, &columns[k]);
        return Ok(against::curves(&axis(values, all, 0), &value, &side(0), &side(1)));
    }
    let (xs, ys) = (points(0, PLANE), points(1, PLANE));
    let places: Vec<Vec<f64>> = ys.iter().flat_map(|y| xs.iter().map(move |x| vec![*x, *y])).collect();
    let columns = evaluate(values, all, &places)?;
    let grid =
        |k: usize| Grid { x: ends[0], y: ends[1], columns: xs.len(), rows: ys.len(), values: columns[k].clone() };
    let side = |from: usize| match half {
        1 => Plane::Level(grid(from)),
        _ => Plane::Flow(grid(from), grid(from + 1)),
    };
    let quantities = (&axis(values, all, 0), &axis(values, all, 1), &value);
    Ok(against::planes(quantities, (&side(0), &name(0)), (&side(half), &name(1))))
}

/// Name and unit of a range; an angle's ticks are in π, but a range is not wrapped.
fn axis(values: &ExperimentValues, all: &ExperimentOutput, k: usize) -> Quantity {
    let r = &values.ranges[k];
    let of_run = values.bindings.iter().find_map(|b| {
        let prepared = &all.run(b.result)?.trajectories.first()?.prepared;
        let leaf = prepared.system.names.get(&r.name)?.items.first()?;
        crate::run::picture::variable_quantity(prepared, *leaf, 0)
    });
    let unit = of_run.map_or_else(|| results::unit(&r.dimension), |q| q.unit);
    Quantity::new(r.name.clone(), unit)
}

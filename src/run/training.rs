//! From data and a system with holes to a system without: one fit.

use super::natural::{self, Natural};
use super::nets;
use super::prepare::Prepared;
use super::start;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::kernel::{Leaf, Output, Program, Request, Tier};
use crate::lanes::Level;
use crate::learn::objective::{Kind, Norm, Objective, Pointwise, Pool, Segments, Stepped, Sum, Trajectory};
use crate::learn::optimizer::Number;
use crate::learn::rows::Rows;
use crate::learn::saved::Saved;
use crate::learn::train::{Ending, Hooks, Settings, Training, train};
use crate::learn::weights::{Layout, Owner};
use crate::limits;
use crate::symbolic::{Entry, ExprId, Graph, NetId};
use crate::tensor::run::pool;
use std::sync::{Arc, OnceLock};

/// A loss and its share in a sum of losses.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Its factor.
    pub share: f64,
    /// Which.
    pub loss: Loss,
    /// How errors count.
    pub norm: Norm,
    /// The factor of the errors of a row.
    pub weight: Weight,
    /// Where it is written.
    pub span: Span,
}

/// Which loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// `derivative`
    Derivative,
    /// `residual`
    Residual,
    /// `trajectory(horizon = …, substeps = …)`
    Trajectory {
        /// Length of the runs.
        horizon: f64,
        /// Steps between two rows.
        substeps: usize,
    },
}

/// The factor of the errors of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// 1
    One,
    /// `1/noise`: errors in units of their deviation.
    Noise,
    /// An observable of the system, by its place.
    Observable(usize),
}

/// A fit, resolved.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its name.
    pub name: String,
    /// Its line.
    pub span: Span,
    /// The fit above, among the results, whose weights and parameters it goes on from.
    pub from: Option<usize>,
    /// The system.
    pub prepared: Prepared,
    /// The nets that are learned.
    pub nets: Vec<NetId>,
    /// The components of the parameters that are learned.
    pub parameters: Vec<usize>,
    /// The loss.
    pub terms: Vec<Term>,
    /// How it is trained.
    pub settings: Settings,
    /// Whether it computes in f32.
    pub single: bool,
    /// Whether the file says so; else numbers that are near the ends of f32 are computed in f64.
    pub stated_precision: bool,
    /// Whether arguments and results of nets, learned parameters and errors are counted in units of the data.
    pub scale: bool,
    /// Whether inputs keep their value until the next row of the data.
    pub hold: bool,
}

impl Fit {
    /// The expressions of the components of a parameter, as later lines read them.
    pub fn components(&self, parameter: usize) -> Vec<ExprId> {
        let p = &self.prepared.system.parameters[parameter];
        self.prepared.system.names.get(&p.name).map_or_else(|| vec![p.leaf], |v| v.items.clone())
    }

    /// The parameter that an expression is, and whether this component of it is learned.
    pub fn parameter(&self, item: ExprId) -> Option<(&str, bool)> {
        let leaves = &self.prepared.equations.parameters;
        let of = |k: usize| self.components(k).iter().position(|e| *e == item);
        let (k, component) = (0..leaves.len()).find_map(|k| Some((k, of(k)?)))?;
        let learned = self.parameters.contains(&(leaves[k].offset + component));
        Some((&self.prepared.system.parameters[k].name, learned))
    }
}

/// A system with its nets and parameters found.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Name of the fit.
    pub name: String,
    /// The system with them.
    pub prepared: Prepared,
    /// How they were found.
    pub training: Training,
    /// Parameters that were learned: name and value in SI.
    pub parameters: Vec<(String, f64)>,
    /// Number of weights and parameters.
    pub count: usize,
    /// Products of matrices of one step: behind first layers, and others.
    pub products: (usize, usize),
    /// Whether it was found in an earlier run and only taken up.
    pub kept: bool,
}

impl Fitted {
    /// What training found, to be kept; `None` where it did not end well.
    pub fn saved(&self) -> Option<Saved> {
        let mut saved = self.training.saved()?;
        saved.numbers("products", &[self.products.0 as f64, self.products.1 as f64]);
        Some(saved)
    }
}

/// What is there of a fit from an earlier run.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Nothing.
    Nothing,
    /// A checkpoint of its training.
    Checkpoint(&'a Saved),
    /// Its result.
    Result(&'a Saved),
}

/// Trains a fit; `valid` rows choose the weights where there are some. What is `known` must be of the same fit.
pub fn fit(
    fit: &Fit,
    rows: &Rows,
    valid: Option<&Rows>,
    known: Known<'_>,
    hooks: &mut dyn Hooks,
    out: &mut Diagnostics,
) -> Option<Fitted> {
    let mut prepared = fit.prepared.clone();
    let (given, _) = start::parameters(&prepared, out)?;
    let (units, ordinary) = if fit.scale { natural::units(fit, &given, rows) } else { (Natural::si(), true) };
    if fit.scale {
        match natural::scales(&prepared, fit, &given, rows, &units) {
            Ok(found) => prepared.fitted.extend(found),
            Err(message) => {
                out.push(Diagnostic::error(
                    "E0548",
                    fit.span,
                    format!("the scales of the nets cannot be found: {message}"),
                ));
                return None;
            }
        }
    }
    let (values, _) = start::parameters(&prepared, out)?;
    let layout = Layout::new(&prepared.equations.graph, &fit.nets, &fit.parameters);
    let first = nets::weights(&prepared);
    let mut weights = vec![0.0; layout.length];
    for part in &layout.parts {
        let slot = &mut weights[part.range.clone()];
        match part.owner {
            Owner::Net(net, k) => slot.copy_from_slice(&first[net.index()][k]),
            Owner::Parameter(component) => slot[0] = values[component],
        }
    }
    let steps = if fit.scale { parameter_steps(fit, &layout, &values, &units, out)? } else { Vec::new() };
    let frozen: Vec<NetId> =
        prepared.equations.graph.nets().map(|(id, _)| id).filter(|id| !fit.nets.contains(id)).collect();
    let frozen: Vec<(NetId, Vec<Vec<f64>>)> = frozen.into_iter().map(|id| (id, first[id.index()].to_vec())).collect();
    let whole = Whole {
        fit,
        prepared: &prepared,
        layout: &layout,
        values: &values,
        frozen: &frozen,
        units: &units,
        steps: &steps,
    };
    if let Known::Result(saved) = known
        && let (Some(training), Some(&[hidden, thin])) = (Training::read(saved, layout.length), saved.array("products"))
    {
        out.extend(whole.grown(&training));
        return Some(whole.fitted(training, (hidden as usize, thin as usize), true, &first, &prepared));
    }
    let resume = if let Known::Checkpoint(saved) = known { Some(saved) } else { None };
    let bounds = bounds(&prepared, &layout, out)?;
    let made = if fit.single && (ordinary || fit.stated_precision) {
        whole.train::<f32>(rows, valid, &weights, &bounds, resume, hooks)
    } else {
        whole.train::<f64>(rows, valid, &weights, &bounds, resume, hooks)
    };
    let (training, products) = match made {
        Ok(made) => made,
        Err(problem) => {
            out.push(*problem);
            return None;
        }
    };
    if let Ending::NotFinite { sample, component } = training.ending {
        out.push(whole.not_finite(&training, sample, component, rows));
    }
    out.extend(whole.grown(&training));
    Some(whole.fitted(training, products, false, &first, &prepared))
}

/// One pool for all trainings of the program, a worker on each CPU that it may use; none where threads
/// cannot be had, and then one thread does the same.
fn workers() -> Option<&'static Pool> {
    static POOL: OnceLock<Option<Pool>> = OnceLock::new();
    POOL.get_or_init(|| pool::pinned(pool::allowed()).ok().map(Arc::new)).as_ref()
}

/// What a step of each learned parameter is counted in, by its place: its first value, half the width of its bounds,
/// or what its dimension has in the units of the fit.
fn parameter_steps(
    fit: &Fit,
    layout: &Layout,
    values: &[f64],
    units: &Natural,
    out: &mut Diagnostics,
) -> Option<Vec<(usize, f64)>> {
    let bounds = bounds(&fit.prepared, layout, out)?;
    let mut steps = Vec::new();
    for part in &layout.parts {
        let Owner::Parameter(component) = part.owner else { continue };
        let place = part.range.start;
        let leaves = &fit.prepared.equations.parameters;
        let leaf = leaves.iter().position(|p| (p.offset..p.offset + p.length).contains(&component))?;
        let width = bounds.iter().find(|b| b.0 == place).map_or(0.0, |b| 0.5 * (b.2 - b.1));
        let dimension = fit.prepared.system.parameters[leaf].dimension;
        let sizes = [values[component].abs(), width, units.size(&dimension)];
        let size = sizes.into_iter().find(|s| *s > 0.0 && s.is_finite()).unwrap_or(1.0);
        steps.push((place, size));
    }
    Some(steps)
}

/// Places of the flat vector with their ends.
fn bounds(prepared: &Prepared, layout: &Layout, out: &mut Diagnostics) -> Option<Vec<(usize, f64, f64)>> {
    let (_, known) = start::parameters(prepared, out)?;
    let mut graph = prepared.equations.graph.clone();
    let mut list = Vec::new();
    for part in &layout.parts {
        let Owner::Parameter(component) = part.owner else { continue };
        let leaves = &prepared.equations.parameters;
        let leaf = leaves.iter().position(|p| (p.offset..p.offset + p.length).contains(&component))?;
        if let Some((low, high)) = prepared.system.parameters[leaf].bounds
            && let Ok(ends) = known.evaluate(&mut graph, &[low, high])
        {
            list.push((part.range.start, ends[0], ends[1]));
        }
    }
    Some(list)
}

/// One factor for all rows of each column; `1` throughout is no factor.
fn columns(factors: &[f64], rows: usize) -> Vec<Option<Vec<f64>>> {
    if factors.iter().all(|f| *f == 1.0) {
        return Vec::new();
    }
    factors.iter().map(|f| Some(vec![*f; rows])).collect()
}

/// By how much a loss is larger at the end, so that it is no accident of a batch.
const GROWN: f64 = 1.2;

/// Everything that building a loss needs.
struct Whole<'a> {
    fit: &'a Fit,
    prepared: &'a Prepared,
    layout: &'a Layout,
    values: &'a [f64],
    frozen: &'a [(NetId, Vec<Vec<f64>>)],
    /// What errors are counted in.
    units: &'a Natural,
    /// Places of learned parameters in the flat vector, and what one of their steps is.
    steps: &'a [(usize, f64)],
}

impl Whole<'_> {
    fn train<F: Number>(
        &self,
        rows: &Rows,
        valid: Option<&Rows>,
        weights: &[f64],
        bounds: &[(usize, f64, f64)],
        resume: Option<&Saved>,
        hooks: &mut dyn Hooks,
    ) -> Result<(Training, (usize, usize)), Box<Diagnostic>> {
        let batch = self.fit.settings.batch;
        let mut objective = self.objective::<F>(rows, batch)?;
        let mut check = match valid {
            Some(rows) => Some(self.objective::<F>(rows, 0)?),
            None => None,
        };
        if let Some(pool) = workers() {
            objective.work_in(pool);
            check.iter_mut().for_each(|v| v.work_in(pool));
        }
        let products = objective.products();
        let mut objective = Stepped::new(objective, self.steps, self.layout.length);
        let mut check = check.map(|v| Stepped::new(v, self.steps, self.layout.length));
        let check = check.as_mut().map(|v| v as &mut dyn Objective<F>);
        let settings = &self.fit.settings;
        let size = |place: usize| self.steps.iter().find(|s| s.0 == place).map_or(1.0, |s| s.1);
        let counted: Vec<f64> = weights.iter().enumerate().map(|(k, w)| w / size(k)).collect();
        let ends: Vec<_> = bounds.iter().map(|(k, low, high)| (*k, low / size(*k), high / size(*k))).collect();
        let mut made = train(&mut objective, check, self.layout, &counted, &ends, settings, resume, hooks);
        self.steps.iter().for_each(|(k, size)| made.weights[*k] *= size);
        for (k, low, high) in bounds {
            made.weights[*k] = made.weights[*k].clamp(*low, *high);
        }
        Ok((made, (products.hidden, products.thin)))
    }

    /// The loss over some rows; `batch` 0: all of them.
    fn objective<F: Number>(&self, rows: &Rows, batch: usize) -> Result<Box<dyn Objective<F>>, Box<Diagnostic>> {
        let equations = &self.prepared.equations;
        let mut list: Vec<(f64, Box<dyn Objective<F>>)> = Vec::new();
        for term in &self.fit.terms {
            let rows = self.weighted(rows, term)?;
            let refused = |why: String| {
                let name = &self.prepared.system.name;
                Box::new(
                    Diagnostic::error("E0548", term.span, format!("`{name}` cannot be learned with this loss: {why}"))
                        .help("state its equations in a form that is solved for the rates, or use another loss"),
                )
            };
            let made: Box<dyn Objective<F>> = match term.loss {
                Loss::Derivative | Loss::Residual => {
                    let kind = if term.loss == Loss::Derivative { Kind::Derivative } else { Kind::Residual };
                    let size = if batch == 0 { rows.count } else { batch.min(rows.count) };
                    let made =
                        Pointwise::new(equations, self.layout, self.values, self.frozen, &rows, kind, term.norm, size);
                    Box::new(made.map_err(|e| refused(e.to_string()))?)
                }
                Loss::Trajectory { horizon, substeps } => {
                    let noisy = term.weight == Weight::Noise;
                    let Some(segments) = Segments::new(&rows, horizon, noisy) else {
                        let longest = rows.trials.windows(2).filter(|t| t[1] > t[0]);
                        let longest = longest.map(|t| rows.time[t[1] - 1] - rows.time[t[0]]).fold(0.0, f64::max);
                        let unit = if self.prepared.system.has_units { " s" } else { "" };
                        let message = format!(
                            "the horizon of this loss is {horizon}{unit}, and no trial of the data is as long: the \
                             longest has {}{unit}",
                            crate::diagnostic::number(longest)
                        );
                        return Err(Box::new(
                            Diagnostic::error("E0548", term.span, message)
                                .help("shorten the horizon; a gap ends a trial, and so does a missing value"),
                        ));
                    };
                    let all = segments.starts.len();
                    let size = if batch == 0 { all } else { batch.min(all) };
                    let runs = size.saturating_mul(rows.states.len());
                    let kept = runs.saturating_mul(segments.intervals).saturating_mul(substeps);
                    if kept > limits::KEPT_STATES {
                        let message =
                            format!("one step of this loss keeps {kept} numbers, more than {}", limits::KEPT_STATES);
                        return Err(Box::new(
                            Diagnostic::error("E0548", term.span, message)
                                .help("take a smaller `batch`, a shorter horizon or fewer `substeps`"),
                        ));
                    }
                    let made = Trajectory::new(
                        equations,
                        self.layout,
                        self.values,
                        self.frozen,
                        &rows,
                        segments,
                        substeps,
                        term.norm,
                        size,
                    );
                    Box::new(made.map_err(|e| refused(e.to_string()))?)
                }
            };
            list.push((term.share, made));
        }
        Ok(match list.len() {
            1 if list[0].0 == 1.0 => list.remove(0).1,
            _ => Box::new(Sum::new(list, self.layout.length)),
        })
    }

    /// The rows with the factors of a term.
    fn weighted(&self, rows: &Rows, term: &Term) -> Result<Rows, Box<Diagnostic>> {
        let mut rows = rows.clone();
        let squared = |x: f64| if term.norm == Norm::L2 { x * x } else { x };
        // errors count in the units of the fit
        let sizes = natural::of_errors(self.units, self.prepared, term.loss);
        let counted = |x: f64| sizes.iter().map(|size| squared(x / size)).collect::<Vec<f64>>();
        match term.weight {
            Weight::One if self.fit.scale => rows.weights = columns(&counted(1.0), rows.count),
            Weight::One => rows.weights = Vec::new(),
            Weight::Noise => {
                rows.weights = rows
                    .noise
                    .iter()
                    .map(|noise| noise.filter(|s| *s > 0.0).map(|s| vec![squared(1.0 / s); rows.count]))
                    .collect();
                if rows.weights.iter().all(Option::is_none) {
                    return Err(Box::new(
                        Diagnostic::error("E0549", term.span, "the data declare no noise to weight by")
                            .help("write `noise = { x = 1 [mm] }` behind `csv(…)`, or another weight"),
                    ));
                }
            }
            Weight::Observable(k) => {
                let item = self.prepared.system.observables[k].items[0];
                let graph = self.prepared.equations.graph.clone();
                let values = along(self.prepared, graph, self.values, &rows, &[item]).map_err(|e| {
                    Box::new(
                        Diagnostic::error("E0549", term.span, format!("the weight cannot be computed: {e}"))
                            .help("write it in states, velocities, `t` and parameters of the system"),
                    )
                })?;
                let factors: Vec<f64> = values[0].clone();
                if let Some(bad) = factors.iter().position(|x| !x.is_finite() || *x < 0.0) {
                    let message = format!(
                        "the weight of row {} is {}: weights are finite and not negative",
                        bad + 1,
                        factors[bad]
                    );
                    return Err(Box::new(
                        Diagnostic::error("E0549", term.span, message).help("take its square, or `max(…, 0)` of it"),
                    ));
                }
                rows.weights = vec![Some(factors); rows.states.len()];
                let pure = self.prepared.system.observables[k].dimension.is_one();
                if pure && self.fit.scale {
                    for (column, unit) in rows.weights.iter_mut().flatten().zip(counted(1.0)) {
                        column.iter_mut().for_each(|x| *x *= unit);
                    }
                }
            }
        }
        Ok(rows)
    }

    /// A loss that is larger at the end than where it began.
    fn grown(&self, made: &Training) -> Option<Diagnostic> {
        let ended = matches!(made.ending, Ending::Finished | Ending::Patience | Ending::Reached);
        if !ended || !(made.loss > GROWN * made.first) {
            return None;
        }
        let shown = |x: f64| crate::diagnostic::digits(x, 2);
        let message = format!("the loss grew in this training, from {} to {}", shown(made.first), shown(made.loss));
        let kept = made
            .valid
            .map(|v| format!("the weights are those of step {}, where `valid` was best, {}", made.best, shown(v)));
        let d = Diagnostic::warning("W0591", self.fit.span, message).help(match self.fit.settings.optimizer.as_str() {
            "lbfgs" => "begin nearer: other first values, or another seed",
            _ => "lower the rate: `optimizer = adam(1e-3)`",
        });
        Some(match kept {
            Some(kept) => d.note(kept),
            None => d,
        })
    }

    fn not_finite(&self, made: &Training, sample: Option<usize>, component: Option<usize>, rows: &Rows) -> Diagnostic {
        let what = match component {
            Some(c) => {
                format!("the error of `{}`", start::state_names(self.prepared).get(c).cloned().unwrap_or_default())
            }
            None => "the loss".to_owned(),
        };
        let place = match sample {
            Some(s) if s < rows.count => format!(" at row {} (t = {})", s + 1, rows.time[s]),
            _ => String::new(),
        };
        Diagnostic::warning(
            "W0590",
            self.fit.span,
            format!("in step {} {what} is not finite{place}: the training ended there", made.steps + 1),
        )
        .note("the weights before that step are kept")
        .help("lower the rate, or look at this row: it may be an outlier, or a state where the model is singular")
    }

    fn fitted(
        &self,
        training: Training,
        products: (usize, usize),
        kept: bool,
        first: &[crate::kernel::NetWeights],
        prepared: &Prepared,
    ) -> Fitted {
        let mut prepared = prepared.clone();
        let graph = prepared.equations.graph.clone();
        for (net, info) in graph.nets() {
            let arrays: Vec<Vec<f64>> = (0..first[net.index()].len())
                .map(|k| match self.layout.part(Owner::Net(net, k)) {
                    Some(part) => training.weights[part.range.clone()].to_vec(),
                    None => first[net.index()][k].clone(),
                })
                .collect();
            prepared.weights.retain(|(name, _)| *name != info.name);
            prepared.weights.push((info.name.clone(), arrays.into()));
        }
        let mut found = Vec::new();
        for (k, p) in prepared.equations.parameters.iter().enumerate() {
            let mut values = self.values[p.offset..p.offset + p.length].to_vec();
            let mut any = false;
            for (i, value) in values.iter_mut().enumerate() {
                if let Some(part) = self.layout.part(Owner::Parameter(p.offset + i)) {
                    *value = training.weights[part.range.start];
                    any = true;
                    let name = prepared.system.parameters[k].elements.get(i).unwrap_or(&p.name);
                    found.push((name.clone(), *value));
                }
            }
            if any {
                prepared.fitted.retain(|(place, _)| *place != k);
                prepared.fitted.push((k, values));
            }
        }
        Fitted {
            name: self.fit.name.clone(),
            prepared,
            training,
            parameters: found,
            count: self.layout.length,
            products,
            kept,
        }
    }
}

/// Expressions over the leaves of the system, in a graph that is its own or grown from it, at the rows; a state that is
/// not measured counts 0.
pub fn along(
    prepared: &Prepared,
    mut graph: Graph,
    parameters: &[f64],
    rows: &Rows,
    items: &[ExprId],
) -> Result<Vec<Vec<f64>>, String> {
    let equations = &prepared.equations;
    let entries =
        items.iter().enumerate().map(|(k, e)| Entry { index: graph.integer(k as i64), value: *e }).collect::<Vec<_>>();
    let dimension = rows.states.len();
    let mut leaves = Vec::new();
    for s in &equations.states {
        leaves.push(Leaf { expr: s.leaf, tier: Tier::State, offset: s.offset, length: s.length });
    }
    leaves.push(Leaf { expr: equations.time, tier: Tier::State, offset: dimension, length: 1 });
    for p in &equations.parameters {
        leaves.push(Leaf { expr: p.leaf, tier: Tier::State, offset: dimension + 1 + p.offset, length: p.length });
    }
    let outputs = vec![Output { entries, offset: 0, length: items.len() }];
    let tapes =
        Program::compile(&graph, &Request { leaves, systems: Vec::new(), outputs }).map_err(|e| e.to_string())?;
    let mut work = tapes.workspace(Level::detect());
    tapes.set_weights(&mut work, &nets::weights(prepared));
    let unsolved = || "a system of equations in it cannot be solved".to_owned();
    tapes.prepare(&mut work, &[]).map_err(|_| unsolved())?;
    let mut columns = vec![Vec::with_capacity(rows.count); items.len()];
    let mut values = vec![0.0; items.len()];
    let mut inputs = vec![0.0; dimension + 1 + parameters.len()];
    for row in 0..rows.count {
        for (k, column) in rows.states.iter().enumerate() {
            inputs[k] = column.as_ref().map_or(0.0, |c| c[row]);
        }
        inputs[dimension] = rows.time.get(row).copied().unwrap_or(0.0);
        for (k, value) in parameters.iter().enumerate() {
            let column = rows.inputs.get(k).and_then(Option::as_ref);
            inputs[dimension + 1 + k] = column.map_or(*value, |c| c[row]);
        }
        tapes.run(&mut work, &inputs, &mut values).map_err(|_| unsolved())?;
        columns.iter_mut().zip(&values).for_each(|(c, v)| c.push(*v));
    }
    Ok(columns)
}

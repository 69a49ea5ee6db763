//! Results of all kinds of lines under one numbering, and what is known of data before they are made.

use super::fit_line::FitSource;
use super::{ExperimentOutput, FitResult, FormulaResult, RunResult};
use crate::data::{Dataset, Named};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::kernel::NetWeights;
use crate::model::experiment::{Binding, ResultKind, ResultScope};
use crate::model::function::BorrowedNet;
use crate::model::system::NamedValue;
use crate::run::prepare::Prepared;
use crate::symbolic::{ExprId, Graph, SymbolInfo};
use indexmap::IndexMap;

/// Where a result lies in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among [`ExperimentOutput::runs`].
    Run(usize),
    /// Among [`ExperimentOutput::data`].
    Data(usize),
    /// Among [`ExperimentOutput::fits`].
    Fit(usize),
    /// Among [`ExperimentOutput::formulas`].
    Formula(usize),
}

/// A result.
#[derive(Clone, Copy)]
pub enum Made<'a> {
    /// Of a `run` line.
    Run(&'a RunResult),
    /// Of a `data` line, or a part of one.
    Data(&'a DataResult),
    /// Of a `fit` line.
    Fit(&'a FitResult),
    /// Of a `distill` line.
    Formula(&'a FormulaResult),
}

impl<'a> Made<'a> {
    /// Its name: `a`, `d`, `d.train`.
    pub fn name(self) -> &'a str {
        match self {
            Made::Run(r) => &r.name,
            Made::Data(d) => &d.name,
            Made::Fit(f) => &f.fitted.name,
            Made::Formula(f) => &f.name,
        }
    }

    /// Whether it is read trajectory by trajectory.
    pub fn several(self) -> bool {
        match self {
            Made::Run(r) => r.several,
            Made::Data(d) => d.several,
            Made::Fit(_) | Made::Formula(_) => false,
        }
    }

    /// How many trajectories it has.
    pub fn count(self) -> usize {
        match self {
            Made::Run(r) => r.trajectories.len(),
            Made::Data(d) => d.data.trials().len(),
            Made::Fit(_) | Made::Formula(_) => 1,
        }
    }
}

impl ExperimentOutput {
    /// Result `k`, in the order of the lines.
    pub fn result(&self, k: usize) -> Made<'_> {
        match self.places[k] {
            Place::Run(r) => Made::Run(&self.runs[r]),
            Place::Data(d) => Made::Data(&self.data[d]),
            Place::Fit(f) => Made::Fit(&self.fits[f]),
            Place::Formula(f) => Made::Formula(&self.formulas[f]),
        }
    }

    /// The run of result `k`, where it is one.
    pub fn run(&self, k: usize) -> Option<&RunResult> {
        match self.places.get(k)? {
            Place::Run(r) => self.runs.get(*r),
            Place::Data(_) | Place::Fit(_) | Place::Formula(_) => None,
        }
    }

    /// The data of result `k`, where it is some.
    pub fn data(&self, k: usize) -> Option<&DataResult> {
        match self.places.get(k)? {
            Place::Data(d) => self.data.get(*d),
            Place::Run(_) | Place::Fit(_) | Place::Formula(_) => None,
        }
    }

    /// The fit of result `k`, where it is one.
    pub fn fit(&self, k: usize) -> Option<&FitResult> {
        match self.places.get(k)? {
            Place::Fit(f) => self.fits.get(*f),
            Place::Run(_) | Place::Data(_) | Place::Formula(_) => None,
        }
    }

    /// The formula of result `k`, where it is one.
    pub fn formula(&self, k: usize) -> Option<&FormulaResult> {
        match self.places.get(k)? {
            Place::Formula(f) => self.formulas.get(*f),
            Place::Run(_) | Place::Data(_) | Place::Fit(_) => None,
        }
    }

    /// The weights of nets of results, as they were found or, of a run with `untrained = true`, begin.
    pub(super) fn weights(&self, nets: &[BorrowedNet]) -> Result<Vec<NetWeights>, String> {
        let mut out = Vec::with_capacity(nets.len());
        for net in nets {
            let prepared = match self.result(net.result) {
                Made::Fit(fit) => Some(&fit.fitted.prepared),
                Made::Run(run) => run.trajectories.first().map(|r| &r.prepared),
                Made::Data(_) | Made::Formula(_) => None,
            };
            let prepared = prepared.ok_or_else(|| format!("`{}` is of no fit and of no run", net.name))?;
            let names = prepared.equations.graph.nets().map(|n| &n.1.name);
            let found = names.zip(crate::run::nets::weights(prepared)).find(|(name, _)| **name == net.name);
            out.push(found.map(|f| f.1).ok_or_else(|| format!("`{}` has no weights", net.name))?);
        }
        Ok(out)
    }

    pub(super) fn add_formula(&mut self, formula: FormulaResult) {
        self.places.push(Place::Formula(self.formulas.len()));
        self.formulas.push(formula);
    }

    pub(super) fn add_fit(&mut self, fit: FitResult) {
        self.places.push(Place::Fit(self.fits.len()));
        self.fits.push(fit);
    }

    /// Numbers that later lines read of a fit, found after it: those of the last comparison count.
    pub(super) fn learned(&mut self, k: usize, values: Vec<(ExprId, f64)>) {
        let Some(Place::Fit(f)) = self.places.get(k) else { return };
        if let Some(fit) = self.fits.get_mut(*f) {
            fit.values.extend(values);
        }
    }

    pub(super) fn add_run(&mut self, run: RunResult) {
        self.places.push(Place::Run(self.runs.len()));
        self.runs.push(run);
    }

    pub(super) fn add_data(&mut self, name: &str, data: Dataset, shape: &Shape) {
        self.places.push(Place::Data(self.data.len()));
        self.data.push(DataResult {
            name: name.to_owned(),
            data,
            leaves: shape.columns.iter().map(|c| c.leaf).collect(),
            several: shape.trajectories.is_some(),
            time: shape.time.map(|t| t.0),
            kept: None,
        });
    }
}

/// What a `data` line produced, or a part of it.
pub struct DataResult {
    /// `d`, `d.train`
    pub name: String,
    /// The rows.
    pub data: Dataset,
    /// Whether lines read it trajectory by trajectory.
    pub several: bool,
    /// The leaf of each column that bindings name.
    leaves: Vec<ExprId>,
    /// The leaf of the times.
    time: Option<ExprId>,
    /// Where it was sampled in an earlier run: the seconds that it took.
    pub kept: Option<f64>,
}

impl DataResult {
    /// What trajectory `which` reads; of data that are not several, all rows.
    fn chosen(&self, which: usize) -> Dataset {
        if self.several { self.data.of_trials(&[which]) } else { self.data.clone() }
    }

    /// Number of rows.
    pub fn rows(&self, which: usize) -> usize {
        self.chosen(which).rows()
    }

    /// Times of the rows, where they have times.
    pub fn times(&self, which: usize) -> Option<Vec<f64>> {
        self.chosen(which).times()
    }

    /// Columns of bindings: values, or rates where they are primed.
    pub fn along(&self, which: usize, items: &[(ExprId, u32)]) -> Result<Vec<Vec<f64>>, String> {
        let data = self.chosen(which);
        items
            .iter()
            .map(|(leaf, primes)| {
                if self.time == Some(*leaf) && *primes == 0 {
                    return data.times().ok_or_else(|| format!("`{}` has no times", self.name));
                }
                let column = self.leaves.iter().position(|l| l == leaf).ok_or("this column is gone")?;
                let name = &data.columns()[column].name;
                let (source, rate) = primed(data.columns().iter().map(|c| c.name.as_str()), name, *primes)
                    .ok_or_else(|| format!("`{}` has no rates of `{name}`", self.name))?;
                match rate {
                    false => Ok(data.values(source)),
                    true => data.rates(source).ok_or_else(|| format!("`{}` has no rates of `{name}`", self.name)),
                }
            })
            .collect()
    }
}

/// The column that holds a column differentiated so often: `θ''` is a column of that name, or the rate of a
/// column `θ'`.
fn primed<'n>(names: impl Iterator<Item = &'n str> + Clone, name: &str, primes: u32) -> Option<(usize, bool)> {
    let find = |count: u32| {
        let wanted = format!("{name}{}", "'".repeat(count as usize));
        names.clone().position(|n| n == wanted)
    };
    find(primes).map(|k| (k, false)).or_else(|| Some((find(primes.checked_sub(1)?)?, true)))
}

/// What a result is of, while lines are resolved.
pub enum Source {
    /// A run of a system.
    Run(Box<Prepared>),
    /// Data.
    Data(Box<Shape>),
    /// A fit of a system.
    Fit(Box<FitSource>),
    /// A function of a fit as a formula.
    Formula,
}

/// A column before it has values.
#[derive(Clone, Debug)]
pub struct ShapeColumn {
    /// Its name.
    pub name: String,
    /// Its dimension.
    pub dimension: Dimension,
    /// Whether it has rates.
    pub rated: bool,
    /// The leaf that bindings name.
    pub leaf: ExprId,
}

/// What is known of data before they are made.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Columns.
    pub columns: Vec<ShapeColumn>,
    /// Names over them.
    pub names: Vec<Named>,
    /// The leaf and the dimension of the times.
    pub time: Option<(ExprId, Dimension)>,
    /// Names and dimensions of what its trajectories start with, and how many starts there are.
    pub starts: Option<(Vec<(String, Dimension)>, usize)>,
    /// How many trajectories it is read by; `None`: as one.
    pub trajectories: Option<usize>,
    /// Whether its rows have no order in time.
    pub scattered: bool,
    /// Number of rows, where it is known.
    pub rows: Option<usize>,
    /// The system that made it.
    pub truth: Option<Box<Prepared>>,
    /// The expressions of the system behind the columns, differentiated so often.
    pub exprs: Vec<(ExprId, u32)>,
    /// Where it was split.
    pub split: Option<Span>,
}

impl Shape {
    /// Columns with leaves of their own. Each has a name, a dimension and whether it has rates.
    pub fn new(columns: Vec<(String, Dimension, bool)>, names: Vec<Named>, time: Option<Dimension>) -> Shape {
        let mut graph = Graph::new();
        let mut leaf = |name: &str| {
            let symbol = graph.symbol(SymbolInfo::scalar(name));
            graph.scalar(symbol)
        };
        let columns = columns
            .into_iter()
            .map(|(name, dimension, rated)| ShapeColumn { leaf: leaf(&name), name, dimension, rated })
            .collect();
        Shape {
            columns,
            names,
            time: time.map(|d| (leaf("t"), d)),
            starts: None,
            trajectories: None,
            scattered: false,
            rows: None,
            truth: None,
            exprs: Vec::new(),
            split: None,
        }
    }

    /// What later lines may read of it.
    pub fn scope(&self, name: &str) -> ResultScope {
        let mut names = IndexMap::new();
        for n in &self.names {
            let columns = &self.columns[n.columns.clone()];
            let value = NamedValue {
                shape: n.shape.clone(),
                items: columns.iter().map(|c| c.leaf).collect(),
                dimensions: columns.iter().map(|c| c.dimension).collect(),
                elements: columns.iter().map(|c| c.name.clone()).collect(),
            };
            names.insert(n.name.clone(), value);
        }
        if let Some((leaf, dimension)) = self.time {
            let (items, dimensions) = (vec![leaf], vec![dimension]);
            names
                .insert("t".into(), NamedValue { shape: Vec::new(), items, dimensions, elements: ["t".into()].into() });
        }
        ResultScope {
            name: name.to_owned(),
            names,
            functions: None,
            trajectories: self.trajectories,
            kind: ResultKind::Data,
        }
    }

    /// Whether what a binding reads is there: a column, or its rates.
    pub fn rate_exists(&self, data: &str, b: &Binding, at: Span) -> Result<(), Box<Diagnostic>> {
        if b.primes == 0 {
            return Ok(());
        }
        let names = self.columns.iter().map(|c| c.name.as_str());
        let column = self.columns.iter().find(|c| c.leaf == b.item);
        let found = column.and_then(|c| primed(names, &c.name, b.primes));
        match (column, found) {
            (Some(_), Some((k, rate))) if !rate || self.columns[k].rated => Ok(()),
            (Some(c), _) => {
                Err(Box::new(Diagnostic::error("E0486", at, format!("`{data}` has no rates of `{}`", c.name)).help(
                    "ask for them where the data are made: `targets = analytic`, `forward`, `central` or `mean_slopes`",
                )))
            }
            (None, _) => Err(Box::new(Diagnostic::error("E0486", at, format!("the times of `{data}` have no rates")))),
        }
    }
}

//! What checks and plots read of earlier lines: their columns, sampled together.

use super::{ExperimentOutput, Made};
use crate::kernel::{Leaf, NetWeights, Output, Program as Tapes, Request, Tier, Workspace};
use crate::lanes::Level;
use crate::model::experiment::Binding;
use crate::model::function::BorrowedNet;
use crate::run::simulate::put_in;
use crate::run::verdict::{Evidence, Numbers, Rows};
use crate::symbolic::{Entry, ExprId, Graph};
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Results of earlier lines behind the leaves of one graph.
pub struct Results<'a> {
    all: &'a ExperimentOutput,
    graph: Graph,
    bindings: Vec<Binding>,
    time: ExprId,
    nets: Vec<BorrowedNet>,
}

/// What an evaluation reads.
struct Reads {
    bindings: Vec<Binding>,
    /// Functionals with a value for each trajectory.
    varied: Vec<(ExprId, Vec<f64>)>,
    time: bool,
    /// How many trajectories it runs over.
    count: usize,
}

/// The rows that are read together.
#[derive(Clone, Debug, PartialEq)]
enum Samples<'a> {
    /// At these times.
    Times(Cow<'a, [f64]>),
    /// So many, without times.
    Untimed(usize),
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Samples::Times(t) => t.len(),
            Samples::Untimed(rows) => *rows,
        }
    }
}

impl<'a> Results<'a> {
    /// Results behind `bindings`; `time` is the leaf of the sample times, and `nets` are those of the graph.
    pub fn new(
        all: &'a ExperimentOutput,
        graph: Graph,
        bindings: Vec<Binding>,
        time: ExprId,
        nets: Vec<BorrowedNet>,
    ) -> Self {
        Results { all, graph, bindings, time, nets }
    }

    fn reads(&self, exprs: &[ExprId], numbers: &Numbers) -> Result<Reads, String> {
        let leaves: FxHashSet<ExprId> = self.graph.free_leaves(exprs).into_iter().collect();
        let bindings: Vec<Binding> = self.bindings.iter().filter(|b| leaves.contains(&b.leaf)).copied().collect();
        let varied: Vec<(ExprId, Vec<f64>)> =
            numbers.iter().filter(|n| n.1.len() != 1 && leaves.contains(&n.0)).cloned().collect();
        let mut count: Option<(usize, String)> = None;
        let mut agree = |n: usize, name: String| match &count {
            Some((m, other)) if *m != n => Err(format!("`{other}` has {m} trajectories and `{name}` {n}")),
            _ => {
                count = Some((n, name));
                Ok(())
            }
        };
        for b in &bindings {
            let made = self.all.result(b.result);
            if made.several() && b.trajectory.is_none() {
                agree(made.count(), made.name().to_owned())?;
            }
            let Made::Run(run) = made else { continue };
            let chosen = match b.trajectory {
                Some(k) => &run.trajectories[k..=k],
                None => &run.trajectories[..],
            };
            if let Some(failed) = chosen.iter().find(|r| r.trajectory.outcome.is_failure()) {
                return Err(format!("`{}` ended in {}", run.name, failed.trajectory.outcome.name()));
            }
        }
        for (_, values) in &varied {
            agree(values.len(), "a value at a time".into())?;
        }
        let time = leaves.contains(&self.time);
        Ok(Reads { bindings, varied, time, count: count.map_or(1, |c| c.0) })
    }

    /// The trajectory of a binding in round `k`.
    fn chosen(&self, b: &Binding, k: usize) -> usize {
        b.trajectory.unwrap_or(if self.all.result(b.result).several() { k } else { 0 })
    }

    /// `exprs` with the values of their leaves given by row.
    fn tape(&self, exprs: &[ExprId], reads: &Reads) -> Result<Tape, String> {
        let time = reads.time.then_some(self.time);
        let leaves = reads
            .bindings
            .iter()
            .map(|b| b.leaf)
            .chain(reads.varied.iter().map(|v| v.0))
            .chain(time)
            .enumerate()
            .map(|(k, leaf)| Leaf { expr: leaf, tier: Tier::State, offset: k, length: 1 })
            .collect();
        let mut graph = self.graph.clone();
        let exprs = self.all.with_formulas(&mut graph, exprs)?;
        Tape::compile(&graph, &exprs, leaves, &self.all.weights(&self.nets)?)
    }

    /// Columns of the bindings in round `k`: each run's are evaluated together.
    fn columns(&self, reads: &Reads, k: usize) -> Result<Vec<Vec<f64>>, String> {
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); reads.bindings.len()];
        let mut done = vec![false; columns.len()];
        for i in 0..columns.len() {
            if done[i] {
                continue;
            }
            let of = |b: &Binding| (b.result, self.chosen(b, k));
            let same: Vec<usize> =
                (i..columns.len()).filter(|j| of(&reads.bindings[*j]) == of(&reads.bindings[i])).collect();
            let items: Vec<(ExprId, u32)> =
                same.iter().map(|j| (reads.bindings[*j].item, reads.bindings[*j].primes)).collect();
            let (result, which) = of(&reads.bindings[i]);
            let made = match self.all.result(result) {
                Made::Run(run) => run.trajectories[which].along_differentiated(&items)?,
                Made::Data(data) => data.along(which, &items)?,
                Made::Fit(fit) => fit.numbers(&items)?,
                Made::Formula(formula) => formula.numbers(&items)?,
            };
            for (j, column) in same.iter().zip(made) {
                columns[*j] = column;
                done[*j] = true;
            }
        }
        Ok(columns)
    }

    /// The common sample times of what is read in round `k`.
    fn times(&self, reads: &Reads, k: usize) -> Result<Option<Samples<'a>>, String> {
        let mut times: Option<(&str, Samples<'a>)> = None;
        for b in &reads.bindings {
            let made = self.all.result(b.result);
            let t = match made {
                Made::Run(run) => {
                    Samples::Times(Cow::Borrowed(run.trajectories[self.chosen(b, k)].trajectory.times.as_slice()))
                }
                Made::Data(data) => match data.times(self.chosen(b, k)) {
                    Some(times) => Samples::Times(Cow::Owned(times)),
                    None => Samples::Untimed(data.rows(self.chosen(b, k))),
                },
                // one number beside whatever series
                Made::Fit(_) | Made::Formula(_) => continue,
            };
            match &times {
                Some((other, first)) if t != *first => {
                    return Err(format!("`{other}` and `{}` have different sample times", made.name()));
                }
                _ => times = Some((made.name(), t)),
            }
        }
        Ok(times.map(|t| t.1))
    }
}

impl Evidence for Results<'_> {
    fn along(&mut self, exprs: &[ExprId], numbers: &Numbers) -> Result<Rows, String> {
        let exprs = put_in(&mut self.graph, exprs, numbers)?;
        let reads = self.reads(&exprs, numbers)?;
        let mut tape = self.tape(&exprs, &reads)?;
        let mut out = Rows { columns: vec![Vec::new(); exprs.len()], ends: Vec::new() };
        for k in 0..reads.count {
            let times = self.times(&reads, k)?;
            if reads.time && !matches!(times, Some(Samples::Times(_))) {
                return Err("`t` has no samples here: nothing that has times is read beside it".into());
            }
            let columns = self.columns(&reads, k)?;
            let mut inputs = Vec::new();
            for row in 0..times.as_ref().map_or(1, Samples::len) {
                inputs.clear();
                inputs.extend(columns.iter().map(|c| c[row.min(c.len() - 1)]));
                inputs.extend(reads.varied.iter().map(|v| v.1[k]));
                if let Some(Samples::Times(t)) = times.as_ref().filter(|_| reads.time) {
                    inputs.push(t[row]);
                }
                for (column, v) in out.columns.iter_mut().zip(tape.run(&inputs)?) {
                    column.push(*v);
                }
            }
            out.ends.push(out.columns.first().map_or(0, Vec::len));
        }
        Ok(out)
    }

    fn at(&mut self, exprs: &[ExprId], time: ExprId, numbers: &Numbers) -> Result<Vec<Vec<f64>>, String> {
        let exprs = put_in(&mut self.graph, exprs, numbers)?;
        let time = put_in(&mut self.graph, &[time], numbers)?;
        let (when, reads) = (self.reads(&time, numbers)?, self.reads(&exprs, numbers)?);
        if !when.bindings.is_empty() || when.time || reads.time {
            return Err("the time of a value is a number, and not a series".into());
        }
        let (mut clock, mut tape) = (self.tape(&time, &when)?, self.tape(&exprs, &reads)?);
        let mut out = vec![Vec::new(); exprs.len()];
        for k in 0..reads.count.max(when.count) {
            let values: Vec<f64> = when.varied.iter().map(|v| v.1[k]).collect();
            let t = clock.run(&values)?[0];
            let mut inputs = vec![0.0; reads.bindings.len()];
            let of = |b: &Binding| (b.result, self.chosen(b, k));
            let mut sources: Vec<(usize, usize)> = reads.bindings.iter().map(of).collect();
            sources.sort_unstable();
            sources.dedup();
            for source in sources {
                let run = match self.all.result(source.0) {
                    Made::Run(run) => run,
                    Made::Data(_) => return Err("data have values at their rows, and none between them".into()),
                    Made::Fit(_) | Made::Formula(_) => return Err("a fit has numbers, and none at a time".into()),
                };
                let (places, items): (Vec<usize>, Vec<(ExprId, u32)>) = reads
                    .bindings
                    .iter()
                    .enumerate()
                    .filter(|(_, b)| of(b) == source)
                    .map(|(place, b)| (place, (b.item, b.primes)))
                    .unzip();
                let values = run.trajectories[source.1].at_differentiated(&items, t)?;
                places.into_iter().zip(values).for_each(|(place, value)| inputs[place] = value);
            }
            inputs.extend(reads.varied.iter().map(|v| v.1[k]));
            out.iter_mut().zip(tape.run(&inputs)?).for_each(|(values, v)| values.push(*v));
        }
        Ok(out)
    }

    fn outcomes(&self, result: usize, trajectory: Option<usize>) -> Vec<&'static str> {
        let Made::Run(run) = self.all.result(result) else { return Vec::new() };
        let list = run.trajectories.iter().enumerate();
        list.filter(|(k, _)| trajectory.is_none_or(|t| t == *k)).map(|(_, r)| r.trajectory.outcome.name()).collect()
    }
}

/// Compiled expressions of numbers.
pub struct Tape {
    tapes: Tapes,
    work: Workspace,
    values: Vec<f64>,
}

impl Tape {
    /// Compiles `exprs` over `leaves`, with the weights of the nets of the graph.
    pub fn compile(graph: &Graph, exprs: &[ExprId], leaves: Vec<Leaf>, weights: &[NetWeights]) -> Result<Tape, String> {
        let mut graph = graph.clone();
        let entries =
            exprs.iter().enumerate().map(|(k, e)| Entry { index: graph.integer(k as i64), value: *e }).collect();
        let outputs = vec![Output { entries, offset: 0, length: exprs.len() }];
        let request = Request { leaves, systems: Vec::new(), outputs };
        let tapes = Tapes::compile(&graph, &request).map_err(|e| e.to_string())?;
        let mut work = tapes.workspace(Level::detect());
        tapes.set_weights(&mut work, weights);
        tapes.prepare(&mut work, &[]).map_err(|_| unsolved())?;
        Ok(Tape { tapes, work, values: vec![0.0; exprs.len()] })
    }

    /// Their values.
    pub fn run(&mut self, inputs: &[f64]) -> Result<&[f64], String> {
        self.tapes.run(&mut self.work, inputs, &mut self.values).map_err(|_| unsolved())?;
        Ok(&self.values)
    }
}

fn unsolved() -> String {
    "a system of equations in this line cannot be solved".into()
}

//! Constant expressions to numbers, with the functions that kernels use, so that a start has the
//! same bits as the same expression inside a run.

use crate::kernel::{Leaf, LowerError, Output, Program, Request, Tier, Workspace};
use crate::lanes::Level;
use crate::symbolic::{Entry, ExprId, Graph, Node};
use rustc_hash::FxHashMap;

/// Leaves with their values.
#[derive(Clone, Debug, Default)]
pub struct Known {
    list: Vec<(ExprId, Vec<f64>)>,
}

impl Known {
    /// Gives a leaf its value (one number for each element).
    pub fn set(&mut self, leaf: ExprId, values: Vec<f64>) {
        match self.list.iter_mut().find(|l| l.0 == leaf) {
            Some(old) => old.1 = values,
            None => self.list.push((leaf, values)),
        }
    }

    /// The value of a leaf.
    pub fn get(&self, leaf: ExprId) -> Option<&[f64]> {
        self.list.iter().find(|l| l.0 == leaf).map(|l| l.1.as_slice())
    }

    /// Whether every leaf of an expression is known.
    pub fn covers(&self, graph: &Graph, expr: ExprId) -> bool {
        graph.free_leaves(&[expr]).iter().all(|l| self.get(*l).is_some())
    }

    /// The values of expressions whose leaves are all known.
    pub fn evaluate(&self, graph: &mut Graph, exprs: &[ExprId]) -> Result<Vec<f64>, LowerError> {
        let (mut compiled, inputs) = Compiled::new(self, graph, exprs)?;
        Ok(compiled.values(&inputs))
    }
}

/// A graph whose expressions are evaluated again and again with other numbers: each list of them is compiled once.
#[derive(Clone, Debug)]
pub struct Expressions {
    /// Where they lie.
    pub graph: Graph,
    compiled: FxHashMap<Vec<ExprId>, Compiled>,
    arrays: FxHashMap<(Vec<Entry>, usize), Lowered>,
}

impl Expressions {
    /// Expressions of this graph.
    pub fn new(graph: Graph) -> Self {
        Expressions { graph, compiled: FxHashMap::default(), arrays: FxHashMap::default() }
    }

    /// An array of `length` elements given by entries, families among them.
    pub fn array(&mut self, known: &Known, entries: &[Entry], length: usize) -> Result<Vec<f64>, LowerError> {
        let key = (entries.to_vec(), length);
        if let Some(compiled) = self.arrays.get_mut(&key)
            && let Some(inputs) = compiled.inputs(known)
        {
            return Ok(compiled.values(&inputs));
        }
        let (mut compiled, inputs) = Lowered::new(known, &self.graph, entries, length)?;
        let values = compiled.values(&inputs);
        self.arrays.insert(key, compiled);
        Ok(values)
    }

    /// [`Known::evaluate`], with its bits.
    pub fn evaluate(&mut self, known: &Known, exprs: &[ExprId]) -> Result<Vec<f64>, LowerError> {
        if let Some(compiled) = self.compiled.get_mut(exprs)
            && let Some(inputs) = compiled.inputs(known)
        {
            return Ok(compiled.values(&inputs));
        }
        let (mut compiled, inputs) = Compiled::new(known, &mut self.graph, exprs)?;
        let values = compiled.values(&inputs);
        self.compiled.insert(exprs.to_vec(), compiled);
        Ok(values)
    }
}

/// Entries as a program.
#[derive(Clone, Debug)]
struct Lowered {
    /// What they read, with lengths.
    leaves: Vec<(ExprId, usize)>,
    program: Program,
    work: Workspace,
    length: usize,
}

impl Lowered {
    fn new(known: &Known, graph: &Graph, entries: &[Entry], length: usize) -> Result<(Lowered, Vec<f64>), LowerError> {
        let used = graph.free_leaves(&entries.iter().map(|e| e.value).collect::<Vec<_>>());
        let (mut leaves, mut read, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        for (leaf, values) in known.list.iter().filter(|l| used.contains(&l.0)) {
            leaves.push(Leaf { expr: *leaf, tier: Tier::State, offset: inputs.len(), length: values.len() });
            read.push((*leaf, values.len()));
            inputs.extend_from_slice(values);
        }
        let outputs = vec![Output { entries: entries.to_vec(), offset: 0, length }];
        let program = Program::compile(graph, &Request { leaves, systems: Vec::new(), outputs })?;
        let work = program.workspace(Level::detect());
        Ok((Lowered { leaves: read, program, work, length }, inputs))
    }

    /// The numbers of what is read; none where one is missing or of another length.
    fn inputs(&self, known: &Known) -> Option<Vec<f64>> {
        let mut inputs = Vec::new();
        for (leaf, length) in &self.leaves {
            inputs.extend_from_slice(known.get(*leaf).filter(|v| v.len() == *length)?);
        }
        Some(inputs)
    }

    fn values(&mut self, inputs: &[f64]) -> Vec<f64> {
        let (program, work) = (&self.program, &mut self.work);
        let mut values = vec![0.0; self.length];
        let nothing_to_solve = program.prepare(work, &[]).and_then(|()| program.run(work, inputs, &mut values));
        if nothing_to_solve.is_err() {
            values.fill(f64::NAN);
        }
        values
    }
}

/// Expressions, those that are no numbers as a program.
#[derive(Clone, Debug)]
struct Compiled {
    /// The values of those that are numbers, zero else.
    numbers: Vec<f64>,
    /// Places of the others.
    open: Vec<usize>,
    lowered: Option<Lowered>,
}

impl Compiled {
    fn new(known: &Known, graph: &mut Graph, exprs: &[ExprId]) -> Result<(Compiled, Vec<f64>), LowerError> {
        let mut made = Compiled { numbers: vec![0.0; exprs.len()], open: vec![], lowered: None };
        for (k, e) in exprs.iter().enumerate() {
            match graph.node(*e) {
                Node::Number(n) => made.numbers[k] = n.to_f64(),
                _ => made.open.push(k),
            }
        }
        if made.open.is_empty() {
            return Ok((made, Vec::new()));
        }
        let mut entries = Vec::with_capacity(made.open.len());
        for (i, k) in made.open.iter().enumerate() {
            entries.push(Entry { index: graph.integer(i as i64), value: exprs[*k] });
        }
        let (lowered, inputs) = Lowered::new(known, graph, &entries, entries.len())?;
        made.lowered = Some(lowered);
        Ok((made, inputs))
    }

    fn inputs(&self, known: &Known) -> Option<Vec<f64>> {
        match &self.lowered {
            Some(lowered) => lowered.inputs(known),
            None => Some(Vec::new()),
        }
    }

    fn values(&mut self, inputs: &[f64]) -> Vec<f64> {
        let mut out = self.numbers.clone();
        if let Some(lowered) = &mut self.lowered {
            for (k, v) in self.open.iter().zip(lowered.values(inputs)) {
                out[*k] = v;
            }
        }
        out
    }
}

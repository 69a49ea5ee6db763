//! Constant expressions to numbers, with the functions that kernels use, so that a start has the
//! same bits as the same expression inside a run.

use crate::kernel::{Leaf, LowerError, Output, Program, Request, Tier};
use crate::lanes::Level;
use crate::symbolic::{Entry, ExprId, Graph, Node};

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
        let mut out = vec![0.0; exprs.len()];
        let mut open = Vec::new();
        for (k, e) in exprs.iter().enumerate() {
            match graph.node(*e) {
                Node::Number(n) => out[k] = n.to_f64(),
                _ => open.push(k),
            }
        }
        if open.is_empty() {
            return Ok(out);
        }
        let used = graph.free_leaves(&open.iter().map(|k| exprs[*k]).collect::<Vec<_>>());
        let mut leaves = Vec::new();
        let mut inputs = Vec::new();
        for (leaf, values) in self.list.iter().filter(|l| used.contains(&l.0)) {
            leaves.push(Leaf { expr: *leaf, tier: Tier::State, offset: inputs.len(), length: values.len() });
            inputs.extend_from_slice(values);
        }
        let entries =
            open.iter().enumerate().map(|(i, k)| Entry { index: graph.integer(i as i64), value: exprs[*k] }).collect();
        let outputs = vec![Output { entries, offset: 0, length: open.len() }];
        let program = Program::compile(graph, &Request { leaves, systems: Vec::new(), outputs })?;
        let mut work = program.workspace(Level::detect());
        let mut values = vec![0.0; open.len()];
        let nothing_to_solve =
            program.prepare(&mut work, &[]).and_then(|()| program.run(&mut work, &inputs, &mut values));
        if nothing_to_solve.is_err() {
            values.fill(f64::NAN);
        }
        for (k, v) in open.into_iter().zip(values) {
            out[k] = v;
        }
        Ok(out)
    }
}

//! Equations of motion to first order, sparse: `M δy' = J δy` with the mass matrix on the left.
//!
//! With the rates `a` known, the equations are `G(t, y, a) = 0`: of an explicit block `a − g`, of a linear block
//! `M a − f`, of a Newton block its residual. `M = ∂G/∂a` and `J = −∂G/∂y` are tangents of families, as sparse as
//! the families are, while `M⁻¹ J` is not. Columns without a row in common are differentiated together, eight
//! such groups in lanes, so that the cost is that of a few evaluations whatever the number of states.

use super::blocks::{Machine, common_leaves, dimension, failure, mirrored, solved_leaves, tangent_entries};
use super::coloured::Coloured;
use super::derivative::{negated, negative_residual};
use super::field::Failure;
use super::lower::{Leaf, LowerError, Output, Request, Tier};
use super::net::NetWeights;
use super::sparse::SparseMatrix;
use crate::formalism::equations::{Block, EquationsOfMotion, StateLeaf};
use crate::lanes::Level;
use crate::limits;
use crate::symbolic::Seeds;

/// `M δy' = J δy` at a state.
#[derive(Clone, Debug)]
pub struct Linearised {
    /// `M`, shape `(n, n)`.
    pub mass: SparseMatrix,
    /// `J`, shape `(n, n)`.
    pub jacobian: SparseMatrix,
}

impl Linearised {
    /// Whether a factorisation that keeps to the pattern is worth while.
    pub fn is_sparse(&self) -> bool {
        let n = self.jacobian.dimension();
        self.jacobian.pattern.places().max(self.mass.pattern.places()) <= n / limits::SPARSE_SHARE * n
    }
}

/// Both matrices, compiled.
#[derive(Clone, Debug)]
pub struct Linearisation {
    jacobian: Coloured,
    mass: Coloured,
    /// Rows whose rate is explicit.
    explicit: Vec<bool>,
}

impl Linearisation {
    /// Differentiates and compiles all blocks.
    pub fn compile(equations: &EquationsOfMotion, level: Level) -> Result<Linearisation, LowerError> {
        let n = dimension(equations);
        let mut graph = equations.graph.clone();
        let along_states = mirrored(&mut graph, &equations.states);
        let (mut by_state, mut by_rate) = (Seeds::new(), Seeds::new());
        for (state, direction) in equations.states.iter().zip(&along_states) {
            by_state.set(state.leaf, direction.leaf);
        }
        let mut leaves = common_leaves(equations);
        let mut along_rates: Vec<StateLeaf> = Vec::new();
        let mut explicit = vec![false; n];
        for block in &equations.blocks {
            match block {
                Block::Linear { offset, unknowns, .. } | Block::Newton { offset, unknowns, .. } => {
                    leaves.extend(solved_leaves(n, *offset, unknowns));
                    for (unknown, mut change) in unknowns.iter().zip(mirrored(&mut graph, unknowns)) {
                        by_rate.set(unknown.leaf, change.leaf);
                        change.offset += offset;
                        along_rates.push(change);
                    }
                }
                Block::Explicit { offset, length, .. } => explicit[*offset..offset + length].fill(true),
            }
        }
        let mut outputs = [Vec::new(), Vec::new()];
        for block in &equations.blocks {
            // Entries of −G with the rates as leaves.
            let (offset, length, minus) = match block {
                Block::Explicit { offset, length, rates } => (*offset, *length, rates.clone()),
                Block::Linear { offset, length, mass, forcing, symmetric, unknowns, .. } => {
                    let minus = negative_residual(&mut graph, *length, mass, forcing, *symmetric, unknowns);
                    (*offset, *length, minus)
                }
                Block::Newton { offset, length, residual, .. } => (*offset, *length, negated(&mut graph, residual)),
            };
            let entries = tangent_entries(&mut graph, &minus, &by_state);
            outputs[0].push(Output { entries, offset, length });
            let entries = tangent_entries(&mut graph, &minus, &by_rate);
            outputs[1].push(Output { entries: negated(&mut graph, &entries), offset, length });
        }
        let [of_states, of_rates] = outputs;
        let compiled = |outputs: Vec<Output>, directions: &[StateLeaf]| {
            let bind = |l: &StateLeaf| Leaf { expr: l.leaf, tier: Tier::Direction, offset: l.offset, length: l.length };
            let leaves = leaves.iter().cloned().chain(directions.iter().map(bind)).collect();
            let machine = Machine::compile(&graph, &Request { leaves, systems: Vec::new(), outputs }, level)?;
            Coloured::compile(machine, n)
        };
        let jacobian = compiled(of_states, &along_states)?;
        let mass = compiled(of_rates, &along_rates)?;
        Ok(Linearisation { jacobian, mass, explicit })
    }

    /// Takes the parameters.
    pub fn prepare(&mut self, parameters: &[f64]) -> Result<(), Failure> {
        for coloured in [&mut self.jacobian, &mut self.mass] {
            let Machine { program, work } = &mut coloured.machine;
            program.prepare(work, parameters).map_err(failure)?;
        }
        Ok(())
    }

    /// Takes the weights of learned functions.
    pub fn set_weights(&mut self, weights: &[NetWeights]) {
        self.jacobian.machine.set_weights(weights);
        self.mass.machine.set_weights(weights);
    }

    /// Groups of columns that are differentiated one after the other: of `J`, of `M`.
    pub fn colours(&self) -> [usize; 2] {
        [self.jacobian.colours, self.mass.colours]
    }

    /// Both matrices at the state whose `[y, t, y']` is the input.
    pub fn evaluate(&mut self, input: &[f64]) -> Result<Linearised, Failure> {
        let jacobian = self.jacobian.evaluate(input)?;
        let solved = self.mass.evaluate(input)?;
        let identity = SparseMatrix::diagonal(self.explicit.iter().map(|e| f64::from(u8::from(*e))).collect());
        let mass = if self.explicit.iter().any(|e| *e) {
            SparseMatrix::combination(1.0, &solved, 1.0, &identity)
        } else {
            solved
        };
        Ok(Linearised { mass, jacobian })
    }
}

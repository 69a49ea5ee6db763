//! Exact Jacobians: the derivative of the rates along every unit direction.
//!
//! With the rates `a` known, an explicit block `y' = g` has `∂y' = ∂g`, a linear block `M a = f` has
//! `M ∂a = ∂f − ∂M a`, a Newton block `G(a) = 0` has `∂G/∂a ∂a = −∂G`: all are tangents of a
//! residual with `a` held, and a solve with the matrix of the block.

use super::batch::Directions;
use super::blocks::{
    Columns, Machine, common_leaves, dimension, failure, matrix_of, mirrored, solved_leaves, tangent_entries,
};
use super::field::Failure;
use super::lower::{Leaf, LinearSystem, LowerError, Matrix, Output, Request, Tier};
use super::net::NetWeights;
use crate::formalism::equations::{Block, EquationsOfMotion, Mass, StateLeaf};
use crate::lanes::Level;
use crate::symbolic::{Entry, ExprId, Graph, Node, Seeds};

/// The directional derivative of all rates, compiled.
#[derive(Clone, Debug)]
pub struct Tangents {
    machine: Machine,
    matrices: Vec<Columns>,
    n: usize,
    directions: Directions,
}

impl Tangents {
    /// Differentiates and compiles all blocks.
    pub fn compile(equations: &EquationsOfMotion, level: Level) -> Result<Tangents, LowerError> {
        let n = dimension(equations);
        let mut graph = equations.graph.clone();
        let mut leaves = common_leaves(equations);
        let directions = mirrored(&mut graph, &equations.states);
        let bind = |l: &StateLeaf| Leaf { expr: l.leaf, tier: Tier::Direction, offset: l.offset, length: l.length };
        leaves.extend(directions.iter().map(bind));
        let mut seeds = Seeds::new();
        for (state, direction) in equations.states.iter().zip(&directions) {
            seeds.set(state.leaf, direction.leaf);
        }
        for block in &equations.blocks {
            if let Block::Linear { offset, unknowns, .. } | Block::Newton { offset, unknowns, .. } = block {
                leaves.extend(solved_leaves(n, *offset, unknowns));
            }
        }
        let mut request = Request { leaves, ..Request::default() };
        let mut matrices = Vec::new();
        for block in &equations.blocks {
            match block {
                Block::Explicit { offset, length, rates } => {
                    let entries = tangent_entries(&mut graph, rates, &seeds);
                    request.outputs.push(Output { entries, offset: *offset, length: *length });
                }
                Block::Linear { offset, length, mass, forcing, symmetric, unknowns, .. } => {
                    let minus_residual = negative_residual(&mut graph, *length, mass, forcing, *symmetric, unknowns);
                    let forcing = tangent_entries(&mut graph, &minus_residual, &seeds);
                    if let Mass::Tangent { momentum_tangent, direction } = mass {
                        let at = request.systems.len();
                        let leaves = without_directions(&request.leaves);
                        matrices.push(Columns::compile(
                            &graph,
                            leaves,
                            at,
                            *length,
                            momentum_tangent,
                            direction,
                            *symmetric,
                            level,
                        )?);
                    }
                    let changes = mirrored(&mut graph, unknowns);
                    request.systems.push(system(matrix_of(mass), *symmetric, forcing, *offset, *length, &changes));
                    unknowns.iter().zip(&changes).for_each(|(a, da)| {
                        seeds.set(a.leaf, da.leaf);
                    });
                }
                Block::Newton { offset, length, unknowns, residual } => {
                    let along = tangent_entries(&mut graph, residual, &seeds);
                    let forcing = negated(&mut graph, &along);
                    let changes = mirrored(&mut graph, unknowns);
                    let mut own = Seeds::new();
                    unknowns.iter().zip(&changes).for_each(|(a, da)| {
                        own.set(a.leaf, da.leaf);
                        seeds.set(a.leaf, da.leaf);
                    });
                    let matrix = tangent_entries(&mut graph, residual, &own);
                    let leaves = without_directions(&request.leaves);
                    let at = request.systems.len();
                    matrices.push(Columns::compile(&graph, leaves, at, *length, &matrix, &changes, false, level)?);
                    request.systems.push(system(Matrix::Outside, false, forcing, *offset, *length, &changes));
                }
            }
        }
        let machine = Machine::compile(&graph, &request, level)?;
        let directions = Directions::new(&machine.program, n);
        Ok(Tangents { machine, matrices, n, directions })
    }

    /// Takes the parameters.
    pub fn prepare(&mut self, parameters: &[f64]) -> Result<(), Failure> {
        self.matrices.iter_mut().try_for_each(|m| m.prepare(parameters))?;
        let Machine { program, work } = &mut self.machine;
        program.prepare(work, parameters).map_err(failure)
    }

    /// Takes the weights of learned functions.
    pub fn set_weights(&mut self, weights: &[NetWeights]) {
        self.matrices.iter_mut().for_each(|m| m.set_weights(weights));
        self.machine.set_weights(weights);
    }

    /// `jac[i + n*j] = ∂y'_i/∂y_j` at the state whose `[y, t, y']` is the input.
    pub fn jacobian(&mut self, input: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        let Machine { program, work } = &mut self.machine;
        for columns in &mut self.matrices {
            let base = program.matrix_of(columns.system).expect("invariant: it was asked for");
            columns.evaluate(input, work.cells_mut(base, columns.n * columns.n)).map_err(failure)?;
        }
        program.run_tier(work, 1, input).map_err(failure)?;
        let n = self.n;
        jac[..n * n].fill(0.0);
        let column = |row: usize, first: usize, values: &[f64]| {
            for (k, value) in values.iter().enumerate() {
                jac[row + n * (first + k)] = *value;
            }
        };
        self.directions.run(program, work, column).map_err(failure)
    }
}

fn without_directions(leaves: &[Leaf]) -> Vec<Leaf> {
    leaves.iter().filter(|l| l.tier != Tier::Direction).cloned().collect()
}

fn system(
    matrix: Matrix,
    symmetric: bool,
    forcing: Vec<Entry>,
    offset: usize,
    length: usize,
    unknowns: &[StateLeaf],
) -> LinearSystem {
    let unknowns = unknowns.iter().map(|l| (l.leaf, l.offset, l.length)).collect();
    LinearSystem { matrix, symmetric, forcing, length, unknowns, first: offset, output: Some(offset) }
}

pub(super) fn negated(graph: &mut Graph, entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|e| Entry { index: e.index, value: graph.neg(e.value) }).collect()
}

/// `f − M a` with the unknowns as leaves.
pub(super) fn negative_residual(
    graph: &mut Graph,
    n: usize,
    mass: &Mass,
    forcing: &[Entry],
    symmetric: bool,
    unknowns: &[StateLeaf],
) -> Vec<Entry> {
    let mut residual = forcing.to_vec();
    match mass {
        Mass::Entries(entries) => {
            for &(row, column, value) in entries {
                let mut pairs = vec![(row, column)];
                if symmetric && row != column {
                    pairs.push((column, row));
                }
                for (row, column) in pairs {
                    let a = element(graph, unknowns, column as usize);
                    let product = graph.mul(value, a);
                    let value = graph.neg(product);
                    residual.push(Entry { index: graph.integer(i64::from(row)), value });
                }
            }
        }
        Mass::Diagonal(entries) => {
            let vector = vector(graph, n, unknowns);
            for entry in entries {
                let a = graph.read(vector, entry.index);
                let product = graph.mul(entry.value, a);
                residual.push(Entry { index: entry.index, value: graph.neg(product) });
            }
        }
        Mass::Tangent { momentum_tangent, direction } => {
            let vector = vector(graph, n, unknowns);
            let mut seeds = std::collections::BTreeMap::new();
            for leaf in direction {
                seeds.insert(leaf.leaf, part(graph, vector, leaf));
            }
            let map = seeds.into_iter().collect();
            for entry in momentum_tangent {
                let value = graph.substitute(entry.value, &map);
                residual.push(Entry { index: entry.index, value: graph.neg(value) });
            }
        }
    }
    residual
}

/// Element `k` of the vector that leaves make up.
fn element(graph: &mut Graph, leaves: &[StateLeaf], k: usize) -> ExprId {
    match leaves.iter().find(|l| (l.offset..l.offset + l.length).contains(&k)) {
        Some(leaf) if matches!(graph.node(leaf.leaf), Node::ArraySymbol(_)) => {
            let index = graph.integer((k - leaf.offset) as i64);
            graph.read(leaf.leaf, index)
        }
        Some(leaf) => leaf.leaf,
        None => graph.zero(),
    }
}

/// The vector that leaves make up, as an array.
fn vector(graph: &mut Graph, n: usize, leaves: &[StateLeaf]) -> ExprId {
    if let [leaf] = leaves
        && leaf.length == n
        && matches!(graph.node(leaf.leaf), Node::ArraySymbol(_))
    {
        return leaf.leaf;
    }
    let mut entries = Vec::new();
    for leaf in leaves {
        if matches!(graph.node(leaf.leaf), Node::ArraySymbol(_)) {
            let domain = graph.domain(0, &[(0, leaf.length as i64 - 1)], None);
            let i = graph.index(domain, 0);
            let offset = graph.integer(leaf.offset as i64);
            let index = graph.add(i, offset);
            entries.push(Entry { index, value: graph.read(leaf.leaf, i) });
        } else {
            entries.push(Entry { index: graph.integer(leaf.offset as i64), value: leaf.leaf });
        }
    }
    graph.scatter(n as u32, &entries)
}

/// What a direction leaf becomes when the direction is a vector.
fn part(graph: &mut Graph, vector: ExprId, leaf: &StateLeaf) -> ExprId {
    let offset = graph.integer(leaf.offset as i64);
    if !matches!(graph.node(leaf.leaf), Node::ArraySymbol(_)) {
        return graph.read(vector, offset);
    }
    if graph.array_length(vector) == Some(leaf.length as u32) {
        return vector;
    }
    let domain = graph.domain(0, &[(0, leaf.length as i64 - 1)], None);
    let i = graph.index(domain, 0);
    let index = graph.add(i, offset);
    let value = graph.read(vector, index);
    graph.scatter(leaf.length as u32, &[Entry { index: i, value }])
}

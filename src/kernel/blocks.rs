//! The blocks of equations of motion as programs, in order.
//!
//! The input of every program is `[y, t, y']`: `y'` holds what earlier programs solved. Linear
//! blocks are part of a program; where their matrix is a tangent, and for Newton blocks, a program
//! beside it gives the matrix.

use super::batch::{Batch, Directions};
use super::execution::{Code, Execution, pays_after};
use super::field::Failure;
use super::lower::{Leaf, LinearSystem, LowerError, Matrix, Output, Request, Tier};
use super::net::{NetGroup, NetWeights};
use super::newton::newton;
use super::program::{Binding, Program, SolveFailure, Workspace, copy};
use super::solve::General;
use super::sparse_mass::{Parts, SparseBlock};
use crate::formalism::equations::{Block, EquationsOfMotion, Mass, StateLeaf};
use crate::lanes::{LANES, Level};
use crate::limits;
use crate::symbolic::{Entry, ExprId, Graph, Seeds, SymbolInfo};
use std::ops::Range;

/// A program with the memory it runs in.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What runs.
    pub program: Program,
    /// Where it runs.
    pub work: Workspace,
}

impl Machine {
    /// Compiles a request.
    pub fn compile(graph: &Graph, request: &Request, level: Level) -> Result<Machine, LowerError> {
        let program = Program::compile(graph, request)?;
        let work = program.workspace(level);
        Ok(Machine { program, work })
    }

    /// Takes the weights of learned functions.
    pub(super) fn set_weights(&mut self, weights: &[NetWeights]) {
        self.program.set_weights(&mut self.work, weights);
    }
}

/// A matrix whose column `k` is the value of a program in the unit direction `k`.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Which linear system of the program beside it uses the matrix.
    pub system: usize,
    /// Number of rows.
    pub n: usize,
    machine: Machine,
    symmetric: bool,
    directions: Directions,
    /// For many states: the arena of their lanes.
    batch: Option<Batch<LANES>>,
}

/// Programs that run one after the other.
#[derive(Clone, Debug)]
enum Segment {
    /// Explicit and linear blocks.
    Direct(Box<Direct>),
    /// `G(x) = 0` by Newton's method from 0, so that equal states give equal bits.
    Newton(Box<Implicit>),
    /// A linear block with a large, sparse matrix.
    Sparse(Box<SparseBlock>),
}

/// Explicit and linear blocks, with the matrices that programs beside them give.
#[derive(Clone, Debug)]
struct Direct {
    machine: Machine,
    matrices: Vec<Columns>,
    /// For many states: the arena of their lanes.
    batch: Option<Batch<LANES>>,
}

/// A Newton block.
#[derive(Clone, Debug)]
struct Implicit {
    offset: usize,
    residual: Machine,
    matrix: Columns,
    factored: General,
}

/// The rates of some blocks, compiled.
#[derive(Clone, Debug)]
pub struct Rates {
    segments: Vec<Segment>,
    dimension: usize,
    input: Vec<f64>,
    level: Level,
    /// Evaluations until machine code pays; `None` where it exists or never will.
    until_native: Option<u64>,
}

/// The leaves that every program reads.
pub(super) fn common_leaves(equations: &EquationsOfMotion) -> Vec<Leaf> {
    let n = dimension(equations);
    let bind = |tier: Tier| move |l: &StateLeaf| Leaf { expr: l.leaf, tier, offset: l.offset, length: l.length };
    let mut leaves: Vec<Leaf> = equations.parameters.iter().map(bind(Tier::Parameters)).collect();
    leaves.extend(equations.states.iter().map(bind(Tier::State)));
    leaves.push(Leaf { expr: equations.time, tier: Tier::State, offset: n, length: 1 });
    leaves
}

/// Number of states.
pub(super) fn dimension(equations: &EquationsOfMotion) -> usize {
    equations.states.iter().map(|s| s.offset + s.length).max().unwrap_or(0)
}

/// Leaves for rates that an earlier program solved: they are read from `[y, t, y']`.
pub(super) fn solved_leaves(n: usize, offset: usize, unknowns: &[StateLeaf]) -> impl Iterator<Item = Leaf> + '_ {
    unknowns.iter().map(move |l| Leaf {
        expr: l.leaf,
        tier: Tier::State,
        offset: n + 1 + offset + l.offset,
        length: l.length,
    })
}

/// New leaves of the same shapes.
pub(super) fn mirrored(graph: &mut Graph, leaves: &[StateLeaf]) -> Vec<StateLeaf> {
    let mut copy = |l: &StateLeaf| {
        let is_array = graph.array_length(l.leaf).is_some();
        let info = if is_array { SymbolInfo::array("d", l.length as u32) } else { SymbolInfo::scalar("d") };
        let symbol = graph.symbol(info);
        let leaf = if is_array { graph.array(symbol) } else { graph.scalar(symbol) };
        StateLeaf { leaf, ..l.clone() }
    };
    leaves.iter().map(&mut copy).collect()
}

/// The tangents of entries along seeds.
pub(super) fn tangent_entries(graph: &mut Graph, entries: &[Entry], seeds: &Seeds) -> Vec<Entry> {
    let values: Vec<ExprId> = entries.iter().map(|e| e.value).collect();
    let tangents = graph.tangents(&values, seeds);
    let zero = graph.zero();
    let pairs = entries.iter().zip(tangents).filter(|(_, value)| *value != zero);
    pairs.map(|(entry, value)| Entry { index: entry.index, value }).collect()
}

/// How the matrix of a linear block is given; a tangent is computed by [`Columns`].
pub(super) fn matrix_of(mass: &Mass) -> Matrix {
    match mass {
        Mass::Entries(entries) => Matrix::Entries(entries.clone()),
        Mass::Diagonal(entries) => Matrix::Diagonal(entries.clone()),
        Mass::Tangent { .. } => Matrix::Outside,
    }
}

impl Columns {
    /// The matrix of `entries`, linear in `direction`.
    #[expect(clippy::too_many_arguments, reason = "what a matrix is made of, named by type")]
    pub(super) fn compile(
        graph: &Graph,
        mut leaves: Vec<Leaf>,
        system: usize,
        n: usize,
        entries: &[Entry],
        direction: &[StateLeaf],
        symmetric: bool,
        level: Level,
    ) -> Result<Columns, LowerError> {
        if n > limits::DENSE_MASS {
            return Err(LowerError::MatrixTooLarge { rows: n, limit: limits::DENSE_MASS });
        }
        let bind = |l: &StateLeaf| Leaf { expr: l.leaf, tier: Tier::Direction, offset: l.offset, length: l.length };
        leaves.extend(direction.iter().map(bind));
        let outputs = vec![Output { entries: entries.to_vec(), offset: 0, length: n }];
        let machine = Machine::compile(graph, &Request { leaves, systems: Vec::new(), outputs }, level)?;
        let directions = Directions::new(&machine.program, n);
        Ok(Columns { system, n, symmetric, machine, directions, batch: None })
    }

    /// Takes the parameters.
    pub(super) fn prepare(&mut self, parameters: &[f64]) -> Result<(), Failure> {
        let Machine { program, work } = &mut self.machine;
        program.prepare(work, parameters).map_err(failure)
    }

    /// Takes the weights of learned functions.
    pub(super) fn set_weights(&mut self, weights: &[NetWeights]) {
        self.machine.set_weights(weights);
    }

    /// Evaluates all columns into `matrix[row + n*column]`.
    pub(super) fn evaluate(&mut self, input: &[f64], matrix: &mut [f64]) -> Result<(), SolveFailure> {
        let Machine { program, work } = &mut self.machine;
        program.run_tier(work, 1, input)?;
        let n = self.n;
        if self.symmetric {
            // Rows are columns, and lie side by side.
            return self.directions.run(program, work, |row, first, values| {
                matrix[n * row + first..n * row + first + values.len()].copy_from_slice(values);
            });
        }
        self.directions.run(program, work, |row, first, values| {
            for (k, value) in values.iter().enumerate() {
                matrix[row + n * (first + k)] = *value;
            }
        })
    }

    /// The same for a block of states; `matrix` is the arena and first cell that it goes to.
    fn evaluate_lanes(&mut self, input: &[[f64; LANES]], active: usize, matrix: (&mut Batch<LANES>, u32)) {
        let Machine { program, work } = &mut self.machine;
        let batch = self.batch.get_or_insert_with(|| Batch::new(program));
        load_lanes(program, batch, input);
        program.run_blocks(work, batch, 1, 1, active);
        for k in 0..self.n {
            for binding in &program.inputs[2] {
                for c in 0..binding.length {
                    let unit = if binding.offset + c == k { 1.0 } else { 0.0 };
                    batch.cell_mut(binding.cell + c as u32).fill(unit);
                }
            }
            program.run_blocks(work, batch, 2, 1, active);
            let base = matrix.1 as usize;
            program.for_each_output(work, batch, 1, |row, block| {
                let at = if self.symmetric { k + self.n * row } else { row + self.n * k };
                matrix.0.blocks[base + at] = *block;
            });
        }
    }
}

/// Copies lanes to the cells of tier 1.
fn load_lanes(program: &Program, batch: &mut Batch<LANES>, input: &[[f64; LANES]]) {
    for binding in &program.inputs[1] {
        let cell = binding.cell as usize;
        batch.blocks[cell..cell + binding.length]
            .copy_from_slice(&input[binding.offset..binding.offset + binding.length]);
    }
}

impl Rates {
    /// Compiles blocks of equations of motion; `graph` holds them. Where something is observed, the
    /// values of these expressions stand behind the rates, and explicit rates are left out.
    pub fn compile<'b>(
        equations: &EquationsOfMotion,
        graph: &Graph,
        blocks: impl Iterator<Item = &'b Block>,
        observed: &[ExprId],
        execution: Execution,
    ) -> Result<Rates, LowerError> {
        let level = execution.level;
        let n = dimension(equations);
        let mut compiler = Compiler {
            own: graph.clone(),
            n,
            level,
            leaves: common_leaves(equations),
            request: Request::default(),
            matrices: Vec::new(),
            segments: Vec::new(),
            pending: Vec::new(),
        };
        for block in blocks {
            compiler.add(block)?;
        }
        if !observed.is_empty() {
            compiler.request.outputs.clear();
            compiler.request.systems.iter_mut().for_each(|system| system.output = None);
            let index = graph.zero();
            compiler.request.outputs.extend(observed.iter().enumerate().map(|(k, &value)| Output {
                entries: vec![Entry { index, value }],
                offset: 2 * n + 1 + k,
                length: 1,
            }));
        }
        compiler.close()?;
        let input = vec![0.0; 2 * n + 1 + observed.len()];
        let mut rates = Rates { segments: compiler.segments, dimension: n, input, level, until_native: None };
        match execution.code {
            Code::Interpreter => {}
            Code::Native => drop(rates.compile_native()),
            Code::WhenItPays => {
                let operations: usize = rates.programs().map(Program::scalar_operations).sum();
                rates.until_native = pays_after(operations).checked_div(operations as u64);
            }
        }
        Ok(rates)
    }

    /// Takes the parameters.
    pub fn prepare(&mut self, parameters: &[f64]) -> Result<(), Failure> {
        self.machines().try_for_each(|m| m.program.prepare(&mut m.work, parameters).map_err(failure))
    }

    /// Takes the weights of learned functions; what depends on parameters alone is computed by the next
    /// [`Rates::prepare`].
    pub fn set_weights(&mut self, weights: &[NetWeights]) {
        self.machines().for_each(|machine| machine.set_weights(weights));
    }

    fn machines(&mut self) -> impl Iterator<Item = &mut Machine> {
        self.segments.iter_mut().flat_map(|segment| {
            let (first, second, beside): (&mut Machine, Option<&mut Machine>, &mut [Columns]) = match segment {
                Segment::Direct(direct) => (&mut direct.machine, None, &mut direct.matrices),
                Segment::Newton(block) => (&mut block.residual, None, std::slice::from_mut(&mut block.matrix)),
                Segment::Sparse(block) => {
                    let [forcing, mass] = block.machines();
                    (forcing, Some(mass), &mut [])
                }
            };
            std::iter::once(first).chain(second).chain(beside.iter_mut().map(|columns| &mut columns.machine))
        })
    }

    /// Makes machine code where that is possible; whether it was everywhere.
    pub fn compile_native(&mut self) -> bool {
        let level = self.level;
        let native = |machine: &mut Machine| machine.program.compile_native(level);
        self.until_native = None;
        let mut all = true;
        for segment in &mut self.segments {
            all &= match segment {
                Segment::Direct(direct) => native(&mut direct.machine),
                Segment::Newton(block) => native(&mut block.residual),
                Segment::Sparse(block) => native(&mut block.forcing),
            };
        }
        all
    }

    /// Makes machine code once it pays.
    #[inline]
    fn count_evaluation(&mut self) {
        if let Some(left) = &mut self.until_native {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.compile_native();
            }
        }
    }

    /// `[y, t, y', observed…]` at a state: what was computed stands behind `t`.
    pub fn evaluate(&mut self, t: f64, y: &[f64]) -> Result<&[f64], Failure> {
        self.count_evaluation();
        self.evaluate_segments(t, y)
    }

    fn evaluate_segments(&mut self, t: f64, y: &[f64]) -> Result<&[f64], Failure> {
        let n = self.dimension;
        self.input[..n].copy_from_slice(&y[..n]);
        self.input[n] = t;
        for segment in &mut self.segments {
            segment.evaluate(n, &mut self.input)?;
        }
        Ok(&self.input)
    }

    /// `dy = f(t, y)` in the components that its blocks give; the others stay as they are. Without
    /// copies in between where all blocks are one program.
    pub fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let n = self.dimension;
        self.count_evaluation();
        if let [Segment::Direct(direct)] = self.segments.as_mut_slice()
            && direct.matrices.is_empty()
        {
            let Machine { program, work } = &mut direct.machine;
            program.load_state(work, t, &y[..n]);
            program.run_loaded(work).map_err(failure)?;
            for binding in &program.outputs {
                let (cell, at) = (binding.cell as usize, binding.offset - n - 1);
                copy(&mut dy[at..at + binding.length], &work.cells[cell..cell + binding.length]);
            }
            return Ok(());
        }
        self.evaluate_segments(t, y)?;
        for segment in &self.segments {
            segment.for_each_given(n, |range| {
                dy[range.start - n - 1..range.end - n - 1].copy_from_slice(&self.input[range])
            });
        }
        Ok(())
    }

    /// Rates of up to [`LANES`] states without copies in between, where all blocks are one program;
    /// false where they are not.
    pub fn direct_lanes(
        &mut self,
        t: &[f64; LANES],
        y: &[[f64; LANES]],
        dy: &mut [[f64; LANES]],
        active: usize,
        failures: &mut Vec<(usize, Failure)>,
    ) -> bool {
        let n = self.dimension;
        let [Segment::Direct(direct)] = self.segments.as_mut_slice() else { return false };
        let Direct { machine, matrices, batch } = &mut **direct;
        if !matrices.is_empty() {
            return false;
        }
        let Machine { program, work } = machine;
        let batch = batch.get_or_insert_with(|| Batch::new(program));
        for binding in &program.inputs[1] {
            let cells = &mut batch.blocks[binding.cell as usize..binding.cell as usize + binding.length];
            for (cell, place) in cells.iter_mut().zip(binding.offset..) {
                *cell = if place < n { y[place] } else { *t };
            }
        }
        program.run_blocks(work, batch, 1, 1, active);
        failures.extend(batch.failures.iter().map(|(lane, failed)| (*lane, failure(*failed))));
        program.for_each_output(work, batch, 1, |place, block| dy[place - n - 1] = *block);
        true
    }

    /// As [`Rates::evaluate`] for up to [`LANES`] states: `input` is `[y, t, y', …]` in lanes, of
    /// which the first `active` count; it is completed in place. Lanes that fail are listed.
    pub fn evaluate_lanes(&mut self, input: &mut [[f64; LANES]], active: usize, failures: &mut Vec<(usize, Failure)>) {
        let n = self.dimension;
        for segment in &mut self.segments {
            segment.evaluate_lanes(n, input, active, failures);
        }
    }

    /// All derivatives of nets in the programs, and in those that give the columns of matrices.
    pub fn net_groups(&self) -> impl Iterator<Item = &NetGroup> {
        let beside = self.segments.iter().flat_map(|segment| match segment {
            Segment::Direct(direct) => direct.matrices.as_slice(),
            Segment::Newton(_) | Segment::Sparse(_) => &[],
        });
        self.programs().chain(beside.map(|c| &c.machine.program)).flat_map(|p| p.net_groups())
    }

    /// The programs that run one after the other.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.segments.iter().map(|segment| match segment {
            Segment::Direct(direct) => &direct.machine.program,
            Segment::Newton(block) => &block.residual.program,
            Segment::Sparse(block) => &block.forcing.program,
        })
    }
}

/// What the caller is told of a matrix that cannot be solved with.
pub(super) fn failure(failed: SolveFailure) -> Failure {
    let SolveFailure { singular, component } = failed;
    if singular.rcond.is_nan() {
        Failure::NonFinite { component }
    } else {
        Failure::SingularMassMatrix { rcond: singular.rcond, component }
    }
}

impl Segment {
    /// The places of `[y, t, y']` that it fills.
    fn for_each_given(&self, n: usize, mut visit: impl FnMut(Range<usize>)) {
        match self {
            Segment::Direct(direct) => {
                let given = |b: &&Binding| b.offset > n && b.offset <= 2 * n;
                let outputs = direct.machine.program.outputs.iter().filter(given);
                outputs.for_each(|b| visit(b.offset..b.offset + b.length));
            }
            Segment::Newton(block) => {
                let first = n + 1 + block.offset;
                visit(first..first + block.matrix.n);
            }
            Segment::Sparse(block) => {
                let first = n + 1 + block.offset;
                visit(first..first + block.length);
            }
        }
    }

    fn evaluate(&mut self, n: usize, input: &mut [f64]) -> Result<(), Failure> {
        match self {
            Segment::Direct(direct) => {
                let Direct { machine, matrices, .. } = &mut **direct;
                for columns in matrices {
                    let base = machine.program.matrix_of(columns.system).expect("invariant: it was asked for");
                    let size = columns.n * columns.n;
                    columns.evaluate(input, machine.work.cells_mut(base, size)).map_err(failure)?;
                }
                machine.program.run_tier(&mut machine.work, 1, input).map_err(failure)?;
                machine.program.store(&machine.work, input);
                Ok(())
            }
            Segment::Newton(block) => {
                let Implicit { offset, residual, matrix, factored } = &mut **block;
                let m = matrix.n;
                let at = n + 1 + *offset;
                input[at..at + m].fill(0.0);
                newton(*offset, at..at + m, residual, matrix, factored, input)
            }
            Segment::Sparse(block) => block.evaluate(n, input),
        }
    }
}

impl Segment {
    fn evaluate_lanes(
        &mut self,
        n: usize,
        input: &mut [[f64; LANES]],
        active: usize,
        failures: &mut Vec<(usize, Failure)>,
    ) {
        if let Segment::Direct(direct) = self {
            let Direct { machine, matrices, batch } = &mut **direct;
            let Machine { program, work } = machine;
            let batch = batch.get_or_insert_with(|| Batch::new(program));
            load_lanes(program, batch, input);
            for columns in matrices {
                let base = program.matrix_of(columns.system).expect("invariant: it was asked for");
                columns.evaluate_lanes(input, active, (batch, base));
            }
            program.run_blocks(work, batch, 1, 1, active);
            failures.extend(batch.failures.iter().map(|(lane, failed)| (*lane, failure(*failed))));
            program.for_each_output(work, batch, 1, |place, block| input[place] = *block);
            return;
        }
        // Newton's method takes a different number of iterations in each lane; a sparse factor is of one state.
        let mut one = vec![0.0; input.len()];
        for lane in 0..active {
            one.iter_mut().zip(input.iter()).for_each(|(x, block)| *x = block[lane]);
            match self.evaluate(n, &mut one) {
                Ok(()) => input.iter_mut().zip(&one).for_each(|(block, x)| block[lane] = *x),
                Err(failure) => failures.push((lane, failure)),
            }
        }
    }
}

/// Collects blocks into segments.
struct Compiler {
    /// A graph to build in.
    own: Graph,
    n: usize,
    level: Level,
    /// Leaves that exist when the next segment starts.
    leaves: Vec<Leaf>,
    request: Request,
    matrices: Vec<Columns>,
    segments: Vec<Segment>,
    /// Unknowns of the segment under construction, for the ones behind it.
    pending: Vec<Leaf>,
}

impl Compiler {
    fn add(&mut self, block: &Block) -> Result<(), LowerError> {
        match block {
            Block::Explicit { offset, length, rates } => {
                let offset = self.n + 1 + offset;
                self.request.outputs.push(Output { entries: rates.clone(), offset, length: *length });
            }
            Block::Linear { offset, length, mass, forcing, symmetric, unknowns, .. } => {
                if let Mass::Tangent { momentum_tangent, direction } = mass {
                    let parts = Parts {
                        offset: *offset,
                        length: *length,
                        momentum_tangent,
                        direction,
                        forcing,
                        symmetric: *symmetric,
                    };
                    if *length > limits::SPARSE_MASS
                        && let Some(block) = self.sparse(&parts)?
                    {
                        self.segments.push(Segment::Sparse(Box::new(block)));
                        self.leaves.extend(solved_leaves(self.n, *offset, unknowns));
                        return Ok(());
                    }
                    let columns = Columns::compile(
                        &self.own,
                        self.leaves.clone(),
                        self.request.systems.len(),
                        *length,
                        momentum_tangent,
                        direction,
                        *symmetric,
                        self.level,
                    )?;
                    self.matrices.push(columns);
                }
                self.request.systems.push(LinearSystem {
                    matrix: matrix_of(mass),
                    symmetric: *symmetric,
                    forcing: forcing.clone(),
                    length: *length,
                    unknowns: unknowns.iter().map(|l| (l.leaf, l.offset, l.length)).collect(),
                    first: *offset,
                    output: Some(self.n + 1 + offset),
                });
                self.pending.extend(solved_leaves(self.n, *offset, unknowns));
            }
            Block::Newton { offset, length, unknowns, residual } => {
                self.close()?;
                let direction = mirrored(&mut self.own, unknowns);
                let mut seeds = Seeds::new();
                for (leaf, change) in unknowns.iter().zip(&direction) {
                    seeds.set(leaf.leaf, change.leaf);
                }
                let tangent = tangent_entries(&mut self.own, residual, &seeds);
                self.leaves.extend(solved_leaves(self.n, *offset, unknowns));
                let leaves = self.leaves.clone();
                let matrix =
                    Columns::compile(&self.own, leaves.clone(), 0, *length, &tangent, &direction, false, self.level)?;
                let outputs = vec![Output { entries: residual.clone(), offset: 0, length: *length }];
                let request = Request { leaves, systems: Vec::new(), outputs };
                let residual = Machine::compile(&self.own, &request, self.level)?;
                self.segments.push(Segment::Newton(Box::new(Implicit {
                    offset: *offset,
                    residual,
                    matrix,
                    factored: General::new(*length),
                })));
            }
        }
        Ok(())
    }

    /// A block with a sparse matrix behind what stands before it.
    fn sparse(&mut self, parts: &Parts<'_>) -> Result<Option<SparseBlock>, LowerError> {
        let mut leaves = self.leaves.clone();
        leaves.extend(self.pending.iter().cloned());
        let made = SparseBlock::compile(&self.own, &leaves, parts, self.level)?;
        if made.is_some() {
            self.close()?;
        }
        Ok(made)
    }

    /// Ends the segment of explicit and linear blocks.
    fn close(&mut self) -> Result<(), LowerError> {
        let mut request = std::mem::take(&mut self.request);
        if request.outputs.is_empty() && request.systems.is_empty() {
            return Ok(());
        }
        request.leaves = self.leaves.clone();
        let machine = Machine::compile(&self.own, &request, self.level)?;
        let matrices = std::mem::take(&mut self.matrices);
        self.segments.push(Segment::Direct(Box::new(Direct { machine, matrices, batch: None })));
        self.leaves.append(&mut self.pending);
        Ok(())
    }
}

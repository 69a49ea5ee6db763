//! A compiled program: stages over an arena of cells.
//!
//! A *cell* is one number per state. The arena holds inputs, constants, whatever one stage leaves
//! for another, and results. A *stage* is a tape that runs for one scalar or for all terms of a
//! family; behind stages stand sums, running sums, scatters and solves. Stages come in three tiers,
//! run once per run, per evaluation, per direction.
//!
//! One state runs on single numbers; stages over families then put terms into lanes. Many states
//! run on blocks of lanes, with the terms outside. The order of every sum is the same: so are the
//! bits.

use super::native::Native;
use super::net::{NetGroup, NetState};
use super::solve::{General, Singular, Symmetric};
use crate::lanes::{Blocks, LANES, Level, Tape, UNIFORM};
use crate::limits;
use std::sync::Arc;

/// How many tiers there are.
pub const TIERS: usize = 3;

/// Where numbers go between the caller's slice and the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// First cell.
    pub cell: u32,
    /// First place in the caller's slice.
    pub offset: usize,
    /// How many.
    pub length: usize,
}

impl Binding {
    /// Whether what starts at this cell and place is its continuation.
    pub(super) fn ends_at(&self, cell: u32, offset: usize) -> bool {
        self.cell as usize + self.length == cell as usize && self.offset + self.length == offset
    }
}

/// `to.copy_from_slice(from)` without a call for the few numbers of a small system.
#[inline(always)]
pub(super) fn copy(to: &mut [f64], from: &[f64]) {
    assert_eq!(to.len(), from.len(), "invariant: a binding has one length");
    macro_rules! by_length {
        ($($length:literal)*) => {
            match to.len() {
                $($length => {
                    if let (Some(to), Some(from)) = (to.first_chunk_mut::<$length>(), from.first_chunk()) {
                        *to = *from;
                    }
                })*
                _ => to.copy_from_slice(from),
            }
        };
    }
    by_length!(1 2 3 4 5 6 7 8);
}

/// Cells, one per term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// `base + stride·term`.
    Affine {
        /// First cell.
        base: u32,
        /// 0 or 1.
        stride: u32,
    },
    /// Any cells.
    Table(Vec<u32>),
}

impl Cells {
    /// The same cells in their shortest form.
    pub fn new(table: Vec<u32>) -> Cells {
        let base = table.first().copied().unwrap_or(0);
        for stride in [0, 1] {
            if table.iter().enumerate().all(|(i, cell)| *cell == base + stride * i as u32) {
                return Cells::Affine { base, stride };
            }
        }
        Cells::Table(table)
    }

    /// The cell of the first term; 0 where there is no term.
    pub fn first(&self) -> u32 {
        match self {
            Cells::Affine { base, .. } => *base,
            Cells::Table(table) => table.first().copied().unwrap_or(0),
        }
    }

    /// The cell of a term.
    #[inline(always)]
    pub fn at(&self, term: usize) -> usize {
        match self {
            Cells::Affine { base, stride } => *base as usize + *stride as usize * term,
            Cells::Table(table) => table[term] as usize,
        }
    }
}

/// A tape over scalars; its slots are cells.
#[derive(Clone, Debug)]
pub struct ScalarStage {
    /// For one state: every address is a cell.
    pub single: Tape,
    /// The same as machine code, once that was asked for.
    pub native: Option<Arc<Native>>,
    /// For blocks.
    pub blocks: BlockTapes,
}

/// A tape over the terms of a family.
#[derive(Clone, Debug)]
pub struct LoopStage {
    /// How many terms.
    pub count: usize,
    /// For one state: lanes are terms; scalars are uniform.
    pub terms: Tape,
    /// Slot and cells of what differs from term to term, for [`LoopStage::terms`].
    pub loads: Vec<(u32, Cells)>,
    /// Slot and cells of results, for [`LoopStage::terms`]; cell 0 is no target.
    pub stores: Vec<(u32, Cells)>,
    /// For blocks: lanes are states or directions.
    pub blocks: BlockTapes,
}

/// The tapes of a stage for blocks: what earlier tiers left is uniform (the same for all lanes), or
/// what tier 0 left. For tiers 0 and 1 there is one or none.
#[derive(Clone, Debug, Default)]
pub struct BlockTapes {
    /// Lanes are what the stage's own tier runs over.
    pub narrow: BlockTape,
    /// A stage over directions with states in lanes.
    pub wide: Option<BlockTape>,
}

/// A tape for blocks of lanes, run for one term after the other.
#[derive(Clone, Debug, Default)]
pub struct BlockTape {
    /// Its slots are places of the frame.
    pub tape: Tape,
    /// Place among the uniforms and cell, the same for all terms.
    pub fixed_uniforms: Vec<(u32, u32)>,
    /// Place among the uniforms and cells, term by term.
    pub moving_uniforms: Vec<(u32, Cells)>,
    /// The block of every slot; blocks behind the cells are scratch.
    pub frame: Vec<u32>,
    /// Slot and cells of arguments that differ from term to term.
    pub moving: Vec<(u32, Cells)>,
    /// Slot and cells of results that differ from term to term; cell 0 is no target.
    pub targets: Vec<(u32, Cells)>,
}

/// The terms of one entry of a scatter.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// First cell of the values.
    pub source: u32,
    /// The cell that each term is added to; cell 0 is no target.
    pub cells: Vec<u32>,
}

/// What stands behind the stages of one phase.
#[derive(Clone, Debug)]
pub enum After {
    /// Ordered sums of runs of cells.
    Sum {
        /// First cell of the terms.
        source: u32,
        /// Where runs start, and the end.
        segments: Vec<u32>,
        /// First cell of the sums.
        target: u32,
    },
    /// Least or greatest values of runs of cells; NaN for an empty run.
    Extreme {
        /// First cell of the terms.
        source: u32,
        /// Where runs start, and the end.
        segments: Vec<u32>,
        /// First cell of the results.
        target: u32,
        /// The least (else the greatest).
        minimum: bool,
    },
    /// Running sums of runs of `length` cells.
    Scan {
        /// First cell of the terms.
        source: u32,
        /// First cell of the sums.
        target: u32,
        /// All cells together.
        count: u32,
        /// Cells of one run.
        length: u32,
        /// From the upper end.
        reverse: bool,
    },
    /// Clears an array and adds contributions, in order.
    Scatter {
        /// First cell.
        target: u32,
        /// How many cells.
        length: u32,
        /// What is added.
        contributions: Vec<Contribution>,
    },
    /// A stage of a learned function.
    Net {
        /// Which of [`Program::nets`].
        group: usize,
        /// Its stage.
        stage: u32,
    },
    /// A linear system.
    Solve {
        /// Which.
        number: usize,
        /// How.
        solver: Solver,
        /// Whether the matrix depends on parameters alone.
        constant: bool,
        /// Number of the first unknown for messages.
        offset: usize,
    },
}

/// How a linear system is solved; all numbers are first cells.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are the cells of M, f, x and of the margin")]
pub enum Solver {
    /// Element by element.
    Diagonal { n: usize, diagonal: u32, forcing: u32, unknowns: u32 },
    /// Already solved where the margin is positive; else as `Symmetric`.
    Checked { n: usize, margin: u32, matrix: u32, forcing: u32, unknowns: u32 },
    /// LDLᵀ.
    Symmetric { n: usize, matrix: u32, forcing: u32, unknowns: u32 },
    /// LU.
    General { n: usize, matrix: u32, forcing: u32, unknowns: u32 },
}

/// A tape over scalars or over terms.
#[derive(Clone, Debug)]
pub enum Stage {
    /// Of scalars.
    Scalar(ScalarStage),
    /// Of a family.
    Loop(LoopStage),
    /// What stands behind them.
    After(After),
}

/// A compiled program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The stages of each tier, in order.
    pub stages: [Vec<Stage>; TIERS],
    /// Where inputs go, by tier.
    pub inputs: [Vec<Binding>; TIERS],
    /// Where results come from.
    pub outputs: Vec<Binding>,
    /// The cells of matrices that are given from outside: number of the system, first cell.
    pub outside_matrices: Vec<(usize, u32)>,
    /// Number of linear systems.
    pub systems: usize,
    /// Learned functions.
    pub nets: Vec<NetGroup>,
    /// Constants and their cells.
    constants: Vec<(u32, f64)>,
    constant_cells: rustc_hash::FxHashMap<u64, u32>,
    cells: u32,
    /// The tier that writes each cell.
    pub(super) cell_tiers: Vec<u8>,
    /// Cells and scratch blocks.
    pub(super) blocks: usize,
    /// Cells and scratch of single tapes.
    pub(super) singles: usize,
}

/// A matrix that cannot be solved with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveFailure {
    /// What is wrong.
    pub singular: Singular,
    /// Position of the unknown in the caller's numbering.
    pub component: usize,
}

impl Program {
    /// Takes cells.
    pub(super) fn reserve(&mut self, count: usize) -> u32 {
        let base = self.cells;
        self.cells += count as u32;
        base
    }

    /// The cell of a constant.
    pub(super) fn constant_cell(&mut self, x: f64) -> u32 {
        if let Some(&cell) = self.constant_cells.get(&x.to_bits()) {
            return cell;
        }
        let cell = self.reserve(1);
        self.constant_cells.insert(x.to_bits(), cell);
        self.constants.push((cell, x));
        cell
    }

    /// Cells that hold these constants in order.
    pub(super) fn constant_cells(&mut self, values: &[f64]) -> u32 {
        let base = self.reserve(values.len());
        self.constants.extend(values.iter().enumerate().map(|(i, x)| (base + i as u32, *x)));
        base
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.cells as usize
    }

    /// The first cell of a matrix that is given from outside.
    pub fn matrix_of(&self, system: usize) -> Option<u32> {
        self.outside_matrices.iter().find(|(number, _)| *number == system).map(|(_, cell)| *cell)
    }

    /// Instructions of all tapes, each counted once.
    pub fn operations(&self) -> usize {
        self.stages
            .iter()
            .flatten()
            .map(|stage| match stage {
                Stage::Scalar(stage) => stage.single.code.len(),
                Stage::Loop(stage) => stage.terms.code.len(),
                Stage::After(_) => 0,
            })
            .sum()
    }

    /// Operations that one evaluation of tier 1 executes, terms counted.
    pub fn operations_executed(&self) -> usize {
        self.stages[1]
            .iter()
            .map(|stage| match stage {
                Stage::Scalar(stage) => stage.single.code.len(),
                Stage::Loop(stage) => stage.terms.code.len() * stage.count,
                Stage::After(after) => after.operations(self),
            })
            .sum()
    }

    /// Operations of tier 1 that machine code could be made for.
    pub fn scalar_operations(&self) -> usize {
        let scalar = |stage: &Stage| match stage {
            Stage::Scalar(stage) if stage.single.code.len() <= limits::NATIVE_OPERATIONS => stage.single.code.len(),
            _ => 0,
        };
        self.stages[1].iter().map(scalar).sum()
    }

    /// Makes machine code for the scalar stages of tiers 1 and 2; whether all of them have it now.
    /// The bits stay the same.
    pub fn compile_native(&mut self, level: Level) -> bool {
        let mut all = true;
        for stage in self.stages[1..].iter_mut().flatten() {
            if let Stage::Scalar(stage) = stage
                && stage.native.is_none()
            {
                stage.native = Native::compile(&stage.single, level).map(Arc::new);
                all &= stage.native.is_some();
            }
        }
        all
    }

    /// Memory to run in.
    pub fn workspace(&self, level: Level) -> Workspace {
        let mut cells = vec![0.0; self.singles.max(self.cells())];
        for &(cell, x) in &self.constants {
            cells[cell as usize] = x;
        }
        Workspace {
            level,
            cells,
            slots: Blocks::default(),
            solvers: vec![None; self.systems],
            frame: Vec::new(),
            nets: vec![NetState::default(); self.nets.len()],
        }
    }

    /// Takes the parameters and computes what depends on them alone.
    pub fn prepare(&self, work: &mut Workspace, parameters: &[f64]) -> Result<(), SolveFailure> {
        work.solvers.fill(None);
        self.run_tier(work, 0, parameters)
    }

    /// Takes the inputs of a tier and runs its stages for one state.
    pub fn run_tier(&self, work: &mut Workspace, tier: usize, inputs: &[f64]) -> Result<(), SolveFailure> {
        self.load(work, tier, inputs);
        for stage in &self.stages[tier] {
            self.run_stage(work, stage)?;
        }
        Ok(())
    }

    /// Copies the inputs of a tier to their cells.
    pub fn load(&self, work: &mut Workspace, tier: usize, inputs: &[f64]) {
        for binding in &self.inputs[tier] {
            let cell = binding.cell as usize;
            let from = &inputs[binding.offset..binding.offset + binding.length];
            copy(&mut work.cells[cell..cell + binding.length], from);
        }
    }

    /// Copies state and time, the inputs of tier 1, to their cells; solved rates are none of them.
    #[inline]
    pub(super) fn load_state(&self, work: &mut Workspace, t: f64, y: &[f64]) {
        let n = y.len();
        for binding in &self.inputs[1] {
            let (first, end) = (binding.cell as usize, binding.offset + binding.length);
            let states = end.min(n) - binding.offset.min(n);
            copy(&mut work.cells[first..first + states], &y[binding.offset.min(n)..end.min(n)]);
            if states < binding.length {
                work.cells[first + states] = t;
            }
        }
    }

    /// Runs tier 1 after the caller has filled its inputs.
    pub(super) fn run_loaded(&self, work: &mut Workspace) -> Result<(), SolveFailure> {
        self.stages[1].iter().try_for_each(|stage| self.run_stage(work, stage))
    }

    /// Copies the results out.
    pub fn store(&self, work: &Workspace, out: &mut [f64]) {
        for binding in &self.outputs {
            let cell = binding.cell as usize;
            let to = &mut out[binding.offset..binding.offset + binding.length];
            copy(to, &work.cells[cell..cell + binding.length]);
        }
    }

    /// One evaluation: the inputs of tier 1 in, results out. [`Program::prepare`] was called.
    pub fn run(&self, work: &mut Workspace, inputs: &[f64], out: &mut [f64]) -> Result<(), SolveFailure> {
        self.run_tier(work, 1, inputs)?;
        self.store(work, out);
        Ok(())
    }

    /// Runs one stage for one state.
    pub(super) fn run_stage(&self, work: &mut Workspace, stage: &Stage) -> Result<(), SolveFailure> {
        match stage {
            Stage::Scalar(stage) => {
                match &stage.native {
                    Some(native) => native.run(&mut work.cells),
                    None => stage.single.run_single(work.level, &[], &mut work.cells),
                }
                Ok(())
            }
            Stage::Loop(stage) => {
                stage.run(work);
                Ok(())
            }
            Stage::After(after) => after.run(self, work),
        }
    }
}

/// The memory of one program at work.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub(super) level: Level,
    /// The arena of one state.
    pub(super) cells: Vec<f64>,
    /// Slots of stages over terms, and the frame `0, 1, 2, …` for them.
    slots: Blocks<LANES>,
    frame: Vec<u32>,
    /// Factored matrices, while they hold.
    pub(super) solvers: Vec<Option<Factored>>,
    /// Weights and memory of learned functions.
    pub(super) nets: Vec<NetState>,
}

impl Workspace {
    /// The number in a cell.
    pub fn cell(&self, cell: u32) -> f64 {
        self.cells[cell as usize]
    }

    /// The numbers in cells, to be overwritten.
    pub fn cells_mut(&mut self, base: u32, count: usize) -> &mut [f64] {
        &mut self.cells[base as usize..base as usize + count]
    }

    /// The instruction set it runs with.
    pub fn level(&self) -> Level {
        self.level
    }
}

/// A factored matrix.
#[derive(Clone, Debug)]
pub enum Factored {
    /// Of a symmetric one.
    Symmetric(Box<Symmetric>),
    /// Of a general one.
    General(Box<General>),
}

impl LoopStage {
    /// All terms of one state: [`LANES`] at a time, the last ones in the smallest block that fits.
    fn run(&self, work: &mut Workspace) {
        if work.frame.len() < self.terms.slots {
            work.frame = (0..self.terms.slots as u32).collect();
            work.slots = Blocks::new(self.terms.slots);
        }
        for first in (0..self.count).step_by(LANES) {
            match self.count - first {
                0..=8 => self.run_block::<8>(work, first),
                9..=16 => self.run_block::<16>(work, first),
                17..=32 => self.run_block::<32>(work, first),
                _ => self.run_block::<LANES>(work, first),
            }
        }
    }

    /// Up to `N` terms from `first` on.
    fn run_block<const N: usize>(&self, work: &mut Workspace, first: usize) {
        let lanes = N.min(self.count - first);
        let (slots, _) = work.slots.as_flattened_mut().as_chunks_mut::<N>();
        for (slot, cells) in &self.loads {
            let block = &mut slots[*slot as usize];
            match cells {
                Cells::Affine { base, stride: 1 } => {
                    let from = *base as usize + first;
                    block[..lanes].copy_from_slice(&work.cells[from..from + lanes]);
                }
                cells => {
                    for (lane, x) in block[..lanes].iter_mut().enumerate() {
                        *x = work.cells[cells.at(first + lane)];
                    }
                }
            }
            // Lanes without a term repeat the first one, so that they stay in the common range.
            let filler = block[0];
            block[lanes..].fill(filler);
        }
        self.terms.run_blocks(work.level, &work.cells, &work.frame, slots);
        for (slot, cells) in &self.stores {
            let uniform;
            let block = if slot & UNIFORM != 0 {
                uniform = [work.cells[(slot & !UNIFORM) as usize]; N];
                &uniform
            } else {
                &slots[*slot as usize]
            };
            match cells {
                Cells::Affine { base, stride: 1 } => {
                    let to = *base as usize + first;
                    work.cells[to..to + lanes].copy_from_slice(&block[..lanes]);
                }
                cells => {
                    for (lane, x) in block[..lanes].iter().enumerate() {
                        let cell = cells.at(first + lane);
                        if cell != 0 {
                            work.cells[cell] = *x;
                        }
                    }
                }
            }
        }
    }
}

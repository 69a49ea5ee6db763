//! A program on blocks of lanes: many states, or many directions at one state.
//!
//! Cells of the tiers from `below` on are blocks, those of earlier tiers are the same for all lanes
//! and stay in the arena of single numbers. Families run term by term, and all sums add in the
//! order in which they do for one state.

#![allow(clippy::needless_range_loop, reason = "lanes are numbered: several arrays are indexed at once")]

use super::program::{After, BlockTape, Factored, Program, SolveFailure, Solver, Stage, Workspace};
use super::solve::{General, Symmetric};
use crate::lanes::{Blocks, Vectorized, dispatch};
use crate::real::sum::{STRIPES, combine};
use crate::tensor::ordered::Memory;

/// The memory of a program for blocks of `N` lanes.
#[derive(Clone, Debug, Default)]
pub struct Batch<const N: usize> {
    /// One block per cell, and scratch.
    pub(super) blocks: Blocks<N>,
    uniforms: Vec<f64>,
    frame: Vec<u32>,
    /// Memory of learned functions.
    nets: Vec<Memory>,
    /// Lanes whose systems could not be solved, with the reason.
    pub(super) failures: Vec<(usize, SolveFailure)>,
}

impl<const N: usize> Batch<N> {
    /// Room for a program.
    pub fn new(program: &Program) -> Self {
        let mut blocks = Blocks::new(program.blocks.max(2));
        // What is read outside a sum is 0, outside an array NaN.
        blocks[1] = [f64::NAN; N];
        let nets = vec![Memory::default(); program.nets.len()];
        Batch { blocks, uniforms: Vec::new(), frame: Vec::new(), nets, failures: Vec::new() }
    }

    /// The lanes of a cell.
    pub fn cell(&self, cell: u32) -> &[f64; N] {
        &self.blocks[cell as usize]
    }

    /// The lanes of a cell, to be filled.
    pub fn cell_mut(&mut self, cell: u32) -> &mut [f64; N] {
        &mut self.blocks[cell as usize]
    }
}

/// One run on blocks.
struct Lanes<'a, const N: usize> {
    program: &'a Program,
    work: &'a mut Workspace,
    batch: &'a mut Batch<N>,
    below: u8,
    /// Lanes that hold states; the others repeat one of them.
    active: usize,
}

impl Program {
    /// Runs the stages of a tier on blocks. The caller has filled the inputs of this tier.
    pub fn run_blocks<const N: usize>(
        &self,
        work: &mut Workspace,
        batch: &mut Batch<N>,
        tier: usize,
        below: u8,
        active: usize,
    ) {
        batch.failures.clear();
        let mut lanes = Lanes { program: self, work, batch, below, active };
        for stage in &self.stages[tier] {
            match stage {
                Stage::Scalar(stage) => lanes.run_tape(tape(&stage.blocks.wide, &stage.blocks.narrow, below), 1),
                Stage::Loop(stage) => {
                    lanes.run_tape(tape(&stage.blocks.wide, &stage.blocks.narrow, below), stage.count)
                }
                Stage::After(after) => lanes.run_after(after),
            }
        }
    }

    /// The lanes of result number `place` of an output slice, where it is a result.
    pub fn for_each_output<const N: usize>(
        &self,
        work: &Workspace,
        batch: &Batch<N>,
        below: u8,
        mut visit: impl FnMut(usize, &[f64; N]),
    ) {
        for binding in &self.outputs {
            for k in 0..binding.length {
                let cell = binding.cell as usize + k;
                if self.cell_tiers[cell] >= below {
                    visit(binding.offset + k, &batch.blocks[cell]);
                } else {
                    visit(binding.offset + k, &[work.cells[cell]; N]);
                }
            }
        }
    }
}

/// The tape for blocks of the tiers from `below` on.
fn tape<'a>(wide: &'a Option<BlockTape>, narrow: &'a BlockTape, below: u8) -> &'a BlockTape {
    match wide {
        Some(wide) if below == 1 => wide,
        _ => narrow,
    }
}

impl<const N: usize> Lanes<'_, N> {
    fn run_tape(&mut self, block: &BlockTape, count: usize) {
        let Batch { blocks, uniforms, frame, .. } = &mut *self.batch;
        let cells = &self.work.cells;
        uniforms.clear();
        uniforms.resize(block.fixed_uniforms.len() + block.moving_uniforms.len(), 0.0);
        for &(place, cell) in &block.fixed_uniforms {
            uniforms[place as usize] = cells[cell as usize];
        }
        if block.moving.is_empty() && block.targets.is_empty() && block.moving_uniforms.is_empty() && count == 1 {
            block.tape.run_blocks(self.work.level, uniforms, &block.frame, blocks);
            return;
        }
        frame.clear();
        frame.extend_from_slice(&block.frame);
        let nowhere = self.program.cells() as u32;
        let advance = |term: usize, uniforms: &mut [f64], frame: &mut [u32]| {
            for (place, from) in &block.moving_uniforms {
                uniforms[*place as usize] = cells[from.at(term)];
            }
            for (slot, from) in &block.moving {
                frame[*slot as usize] = from.at(term) as u32;
            }
            for (slot, to) in &block.targets {
                let cell = to.at(term) as u32;
                frame[*slot as usize] = if cell == 0 { nowhere } else { cell };
            }
        };
        block.tape.run_terms(self.work.level, count, uniforms, frame, blocks, advance);
    }

    fn is_block(&self, cell: usize) -> bool {
        self.program.cell_tiers[cell] >= self.below
    }

    /// The lanes of a cell of any tier.
    fn lanes(&self, cell: usize) -> [f64; N] {
        if self.is_block(cell) { self.batch.blocks[cell] } else { [self.work.cells[cell]; N] }
    }

    fn run_after(&mut self, after: &After) {
        match after {
            After::Sum { source, segments, target } => {
                for (part, range) in segments.windows(2).enumerate() {
                    let sum = self.ordered_sum(*source as usize + range[0] as usize, (range[1] - range[0]) as usize);
                    self.batch.blocks[*target as usize + part] = sum;
                }
            }
            After::Extreme { source, segments, target, minimum } => {
                let better = if *minimum { crate::real::min } else { crate::real::max };
                for (part, range) in segments.windows(2).enumerate() {
                    let mut best: Option<[f64; N]> = None;
                    for cell in source + range[0]..source + range[1] {
                        let terms = &self.batch.blocks[cell as usize];
                        best = Some(match best {
                            None => *terms,
                            Some(best) => std::array::from_fn(|lane| better(best[lane], terms[lane])),
                        });
                    }
                    self.batch.blocks[*target as usize + part] = best.unwrap_or([f64::NAN; N]);
                }
            }
            After::Scan { source, target, count, length, reverse } => {
                let [source, target, count, length] = [*source, *target, *count, *length].map(|x| x as usize);
                let blocks = &mut self.batch.blocks;
                dispatch(self.work.level, RunningSums { blocks, source, target, count, length, reverse: *reverse });
            }
            After::Scatter { target, length, contributions } => {
                self.batch.blocks[*target as usize..(target + length) as usize].fill([0.0; N]);
                for part in contributions {
                    for (term, cell) in part.cells.iter().enumerate().filter(|(_, cell)| **cell != 0) {
                        let value = self.lanes(part.source as usize + term);
                        add(&mut self.batch.blocks[*cell as usize], &value);
                    }
                }
            }
            After::Net { group, stage } => {
                let (program, below) = (self.program, self.below);
                let (level, cells, state) = (self.work.level, &self.work.cells, &self.work.nets[*group]);
                let single = |cell: usize| (program.cell_tiers[cell] < below).then(|| cells[cell]);
                let Batch { blocks, nets, .. } = &mut *self.batch;
                program.nets[*group].run_blocks(*stage, level, state, &mut nets[*group], below, blocks, single);
            }
            After::Solve { number, solver, offset, .. } => self.solve(*number, solver, *offset),
        }
    }

    /// As [`crate::real::ordered_sum`], lane by lane.
    fn ordered_sum(&self, first: usize, count: usize) -> [f64; N] {
        let blocks = &self.batch.blocks[first..first + count];
        if count <= STRIPES {
            let mut sum = blocks.first().copied().unwrap_or([0.0; N]);
            blocks.iter().skip(1).for_each(|block| add(&mut sum, block));
            return sum;
        }
        let mut stripes = [[0.0; N]; STRIPES];
        for (i, block) in blocks.iter().enumerate() {
            if i < STRIPES {
                stripes[i] = *block;
            } else {
                add(&mut stripes[i % STRIPES], block);
            }
        }
        std::array::from_fn(|lane| combine(stripes.map(|s| s[lane])))
    }

    fn fail(&mut self, lane: usize, unknowns: usize, n: usize, failure: SolveFailure) {
        self.batch.failures.push((lane, failure));
        for k in 0..n {
            self.batch.blocks[unknowns + k][lane] = f64::NAN;
        }
    }

    fn solve(&mut self, number: usize, solver: &Solver, offset: usize) {
        match *solver {
            Solver::Diagonal { n, diagonal, forcing, unknowns } => {
                for i in 0..n {
                    let d = self.lanes(diagonal as usize + i);
                    let f = self.lanes(forcing as usize + i);
                    self.batch.blocks[unknowns as usize + i] = std::array::from_fn(|lane| f[lane] / d[lane]);
                    for lane in 0..self.active {
                        if !(d[lane].abs() > 0.0 && d[lane].is_finite()) {
                            let rcond = if d[lane] == 0.0 { 0.0 } else { f64::NAN };
                            let singular = super::solve::Singular { rcond, component: i };
                            self.fail(lane, unknowns as usize, n, SolveFailure { singular, component: offset + i });
                        }
                    }
                }
            }
            Solver::Checked { n, margin, matrix, forcing, unknowns } => {
                let margin = self.lanes(margin as usize);
                let is_bad = |margin: f64| !(margin > 0.0);
                if margin.iter().fold(false, |any, margin| any | is_bad(*margin)) {
                    let lanes = (0..self.active).filter(|lane| is_bad(margin[*lane]));
                    self.solve_lanes(number, offset, n, [matrix, forcing, unknowns], lanes, true);
                }
            }
            Solver::Symmetric { n, matrix, forcing, unknowns } => {
                self.solve_lanes(number, offset, n, [matrix, forcing, unknowns], 0..self.active, true);
            }
            Solver::General { n, matrix, forcing, unknowns } => {
                self.solve_lanes(number, offset, n, [matrix, forcing, unknowns], 0..self.active, false);
            }
        }
    }

    /// Solves lane by lane; a matrix that all lanes share is factored once.
    fn solve_lanes(
        &mut self,
        number: usize,
        offset: usize,
        n: usize,
        [matrix, forcing, unknowns]: [u32; 3],
        lanes: impl Iterator<Item = usize>,
        symmetric: bool,
    ) {
        let level = self.work.level;
        let base = matrix as usize;
        let shared = !(base..base + n * n).any(|cell| self.is_block(cell));
        let mut factored = match self.work.solvers[number].take() {
            Some(factored) => factored,
            None if symmetric => Factored::Symmetric(Box::new(Symmetric::new(n))),
            None => Factored::General(Box::new(General::new(n))),
        };
        let mut entries = vec![0.0; n * n];
        let mut x = vec![0.0; n];
        let mut known = None;
        for lane in lanes {
            let outcome = match known {
                Some(outcome) if shared => outcome,
                _ => {
                    for (k, entry) in entries.iter_mut().enumerate() {
                        let cell = base + k;
                        let is_block = self.program.cell_tiers[cell] >= self.below;
                        *entry = if is_block { self.batch.blocks[cell][lane] } else { self.work.cells[cell] };
                    }
                    match &mut factored {
                        Factored::Symmetric(factored) => factored.factor(level, &entries),
                        Factored::General(factored) => factored.factor(&entries),
                    }
                }
            };
            known = Some(outcome);
            if let Err(singular) = outcome {
                let component = offset + singular.component;
                self.fail(lane, unknowns as usize, n, SolveFailure { singular, component });
                continue;
            }
            for (k, x) in x.iter_mut().enumerate() {
                let cell = forcing as usize + k;
                let is_block = self.program.cell_tiers[cell] >= self.below;
                *x = if is_block { self.batch.blocks[cell][lane] } else { self.work.cells[cell] };
            }
            match &mut factored {
                Factored::Symmetric(factored) => factored.solve(level, &mut x),
                Factored::General(factored) => factored.solve(&mut x),
            }
            for (k, x) in x.iter().enumerate() {
                self.batch.blocks[unknowns as usize + k][lane] = *x;
            }
        }
    }
}

/// Running sums of runs of `length` blocks.
struct RunningSums<'a, const N: usize> {
    blocks: &'a mut [[f64; N]],
    source: usize,
    target: usize,
    count: usize,
    length: usize,
    reverse: bool,
}

impl<const N: usize> Vectorized for RunningSums<'_, N> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for start in (0..self.count).step_by(self.length) {
            let (from, to) = (self.source + start, self.target + start);
            let place = |i: usize| if self.reverse { self.length - 1 - i } else { i };
            self.blocks[to + place(0)] = self.blocks[from + place(0)];
            for i in 1..self.length {
                let (before, term) = (self.blocks[to + place(i - 1)], self.blocks[from + place(i)]);
                let sum = &mut self.blocks[to + place(i)];
                for lane in 0..N {
                    sum[lane] = before[lane] + term[lane];
                }
            }
        }
    }
}

#[inline(always)]
fn add<const N: usize>(sum: &mut [f64; N], term: &[f64; N]) {
    for lane in 0..N {
        sum[lane] += term[lane];
    }
}

/// Runs a program along all unit directions, in the smallest blocks that fit.
#[derive(Clone, Debug)]
pub struct Directions {
    n: usize,
    batch: Width,
}

#[derive(Clone, Debug)]
enum Width {
    Eight(Batch<8>),
    Quarter(Batch<16>),
    Half(Batch<32>),
    Full(Batch<64>),
}

impl Directions {
    /// For directions of `n` components, the inputs of tier 2.
    pub fn new(program: &Program, n: usize) -> Self {
        let batch = match n {
            0..=8 => Width::Eight(unit(program, 0)),
            9..=16 => Width::Quarter(unit(program, 0)),
            17..=32 => Width::Half(unit(program, 0)),
            _ => Width::Full(unit(program, 0)),
        };
        Directions { n, batch }
    }

    /// Runs tier 2; `visit` gets the place of each result, the first direction and the results of
    /// the directions from there on. Tier 1 has been run for one state.
    pub fn run(
        &mut self,
        program: &Program,
        work: &mut Workspace,
        visit: impl FnMut(usize, usize, &[f64]),
    ) -> Result<(), SolveFailure> {
        match &mut self.batch {
            Width::Eight(batch) => sweep(program, work, batch, self.n, visit),
            Width::Quarter(batch) => sweep(program, work, batch, self.n, visit),
            Width::Half(batch) => sweep(program, work, batch, self.n, visit),
            Width::Full(batch) => sweep(program, work, batch, self.n, visit),
        }
    }
}

/// A batch whose inputs of tier 2 are the unit directions from `first` on.
fn unit<const N: usize>(program: &Program, first: usize) -> Batch<N> {
    let mut batch = Batch::new(program);
    set_directions(program, &mut batch, first);
    batch
}

fn set_directions<const N: usize>(program: &Program, batch: &mut Batch<N>, first: usize) {
    for binding in &program.inputs[2] {
        for k in 0..binding.length {
            let block = batch.cell_mut(binding.cell + k as u32);
            block.fill(0.0);
            if let Some(lane) = (binding.offset + k).checked_sub(first).filter(|lane| *lane < N) {
                block[lane] = 1.0;
            }
        }
    }
}

fn sweep<const N: usize>(
    program: &Program,
    work: &mut Workspace,
    batch: &mut Batch<N>,
    n: usize,
    mut visit: impl FnMut(usize, usize, &[f64]),
) -> Result<(), SolveFailure> {
    for first in (0..n).step_by(N) {
        if n > N {
            set_directions(program, batch, first);
        }
        let active = N.min(n - first);
        program.run_blocks(work, batch, 2, 2, active);
        if let Some((_, failure)) = batch.failures.first() {
            return Err(*failure);
        }
        program.for_each_output(work, batch, 2, |place, block| visit(place, first, &block[..active]));
    }
    Ok(())
}

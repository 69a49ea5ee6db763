//! Learned functions at work: all derivatives of one net at one point are one group with one forward
//! pass, cut into stages that run between the tapes.
//!
//! For each term of a family, and each lane of a block, a group has one lane. Weights are given at run
//! time, as parameters are ([`Program::set_weights`]); without them a net is not a number.

use super::program::{Program, Workspace};
use crate::lanes::Level;
use crate::symbolic::Graph;
use crate::tensor::Ordered;
use crate::tensor::ordered::{Earlier, Memory, Weights};
use std::ops::Range;
use std::sync::Arc;

/// The weights of one net: the arrays of [`crate::symbolic::Architecture::weights`] in their order, row
/// by row.
pub type NetWeights = Arc<[Vec<f64>]>;

/// All derivatives of one net at one point that a program needs.
#[derive(Clone, Debug)]
pub struct NetGroup {
    /// Place of the net in the order of declaration.
    pub net: usize,
    /// Terms of the families it is in; 1 for a scalar.
    pub count: usize,
    /// How it is computed.
    pub program: Ordered,
    /// Tier and phase of each stage, rising.
    pub stages: Vec<(u8, u32)>,
    /// What goes in, by slot.
    pub inputs: Vec<NetInput>,
    /// What comes out, by number.
    pub outputs: Vec<NetOutput>,
}

/// Numbers that a group reads from cells.
#[derive(Clone, Debug)]
pub struct NetInput {
    /// First cell for each term.
    pub cells: Vec<u32>,
    /// Neighbours of each.
    pub length: u32,
    /// Which stage reads them.
    pub stage: u32,
}

/// Numbers that a group writes to cells.
#[derive(Clone, Copy, Debug)]
pub struct NetOutput {
    /// First cell of the first term.
    pub base: u32,
    /// Neighbours for each term.
    pub length: u32,
    /// Which stage writes them.
    pub stage: u32,
}

/// A group at work.
#[derive(Clone, Debug, Default)]
pub(super) struct NetState {
    pub weights: Option<Weights>,
    pub memory: Memory,
}

impl NetGroup {
    /// The first stage of a tier or a later one.
    pub(super) fn first_stage(&self, tier: u8) -> u32 {
        self.stages.partition_point(|s| s.0 < tier) as u32
    }

    /// Numbers that a stage computes or multiplies, for all terms.
    pub(super) fn operations(&self, stage: u32) -> usize {
        self.count * self.program.operations(stage)
    }

    /// First cells and numbers of cells that a stage reads.
    pub(super) fn reads(&self, stage: u32) -> impl Iterator<Item = (u32, usize)> {
        let inputs = self.inputs.iter().filter(move |input| input.stage == stage);
        inputs.flat_map(|input| input.cells.iter().map(|cell| (*cell, input.length as usize)))
    }

    /// First cells and numbers of cells that a stage writes.
    pub(super) fn writes(&self, stage: u32) -> impl Iterator<Item = (u32, usize)> {
        let outputs = self.outputs.iter().filter(move |output| output.stage == stage);
        outputs.map(|output| (output.base, self.count * output.length as usize))
    }

    /// Runs a stage for one state: lanes are terms.
    pub(super) fn run(&self, stage: u32, level: Level, state: &mut NetState, cells: &mut [f64]) {
        let Some(weights) = &state.weights else {
            self.unknown(stage, |base, count| cells[base..base + count].fill(f64::NAN));
            return;
        };
        state.memory.resize(&self.program, self.count);
        // Inputs and results lie in one arena; no stage reads what it writes.
        let cells = std::cell::RefCell::new(cells);
        let load = |slot: u32, lanes: Range<usize>, out: &mut [f64]| {
            let (input, cells) = (&self.inputs[slot as usize], cells.borrow());
            for (feature, row) in out.chunks_exact_mut(lanes.len()).enumerate() {
                for (x, term) in row.iter_mut().zip(lanes.clone()) {
                    *x = cells[input.cells[term] as usize + feature];
                }
            }
        };
        let store = |output: u32, lanes: Range<usize>, values: &[f64]| {
            let (NetOutput { base, length, .. }, mut cells) = (self.outputs[output as usize], cells.borrow_mut());
            for (feature, row) in values.chunks_exact(lanes.len()).enumerate() {
                for (x, term) in row.iter().zip(lanes.clone()) {
                    cells[base as usize + term * length as usize + feature] = *x;
                }
            }
        };
        self.program.run(stage, level, weights, &mut state.memory, None, load, store);
    }

    /// Runs a stage on blocks: lanes are terms, for each the lanes of the block. What tiers before
    /// `below` computed is in the memory of `state`.
    pub(super) fn run_blocks<const N: usize>(
        &self,
        stage: u32,
        level: Level,
        state: &NetState,
        memory: &mut Memory,
        below: u8,
        blocks: &mut [[f64; N]],
        single: impl Fn(usize) -> Option<f64>,
    ) {
        let Some(weights) = &state.weights else {
            self.unknown(stage, |base, count| blocks[base..base + count].fill([f64::NAN; N]));
            return;
        };
        memory.resize(&self.program, self.count * N);
        let blocks = std::cell::RefCell::new(blocks);
        let load = |slot: u32, lanes: Range<usize>, out: &mut [f64]| {
            let (input, blocks) = (&self.inputs[slot as usize], blocks.borrow());
            for (feature, row) in out.chunks_exact_mut(lanes.len()).enumerate() {
                for (part, x) in row.chunks_mut(N).enumerate() {
                    let cell = input.cells[lanes.start / N + part] as usize + feature;
                    match single(cell) {
                        Some(number) => x.fill(number),
                        None => x.copy_from_slice(&blocks[cell][..x.len()]),
                    }
                }
            }
        };
        let store = |output: u32, lanes: Range<usize>, values: &[f64]| {
            let (NetOutput { base, length, .. }, mut blocks) = (self.outputs[output as usize], blocks.borrow_mut());
            for (feature, row) in values.chunks_exact(lanes.len()).enumerate() {
                for (part, x) in row.chunks(N).enumerate() {
                    let cell = base as usize + (lanes.start / N + part) * length as usize + feature;
                    blocks[cell][..x.len()].copy_from_slice(x);
                }
            }
        };
        let earlier = Earlier { memory: &state.memory, stages: self.first_stage(below), repeat: N };
        self.program.run(stage, level, weights, memory, Some(earlier), load, store);
    }

    fn unknown(&self, stage: u32, mut fill: impl FnMut(usize, usize)) {
        self.writes(stage).for_each(|(base, count)| fill(base as usize, count));
    }
}

impl Program {
    /// The groups of nets in it.
    pub fn net_groups(&self) -> &[NetGroup] {
        &self.nets
    }

    /// Gives the weights of all nets, in the order of their declaration. What depends on parameters
    /// alone is computed by the next [`Program::prepare`].
    pub fn set_weights(&self, work: &mut Workspace, weights: &[NetWeights]) {
        for (group, state) in self.nets.iter().zip(&mut work.nets) {
            state.weights = weights.get(group.net).map(|w| group.program.weights(work.level, w));
        }
    }
}

/// Whether weights have the shapes of the nets of a graph, and are finite; else the net that is wrong.
pub fn fit_nets(graph: &Graph, weights: &[NetWeights]) -> Result<(), String> {
    let mut given = weights.iter();
    for (_, info) in graph.nets() {
        let shapes = info.architecture.weights(info.inputs, info.outputs);
        let fits = given.next().is_some_and(|arrays| {
            arrays.len() == shapes.len()
                && arrays.iter().zip(&shapes).all(|(array, shape)| {
                    array.len() == shape.rows as usize * shape.columns as usize && array.iter().all(|x| x.is_finite())
                })
        });
        if !fits {
            return Err(info.name.clone());
        }
    }
    if given.next().is_some() { Err("one more than there are nets".into()) } else { Ok(()) }
}

//! A share of the batch: its memory, and the run of its blocks.

use super::kernel::{Memory, Place, SLOT, SharedRef};
use super::number::Number;
use super::plan::Plan;
use super::product::{self, View};
use super::step::{Move, Moved, Solves, Step};
use super::{Columns, Options};
use crate::lanes::{Level, dispatch};
use std::cell::Cell;

/// What all shares of a run have in common.
pub(super) struct Job<'a, F> {
    pub plan: &'a Plan,
    pub options: &'a Options,
    pub block: usize,
    pub arena: &'a [F],
    pub inputs: &'a [Columns<'a, F>],
    pub parameters: &'a [&'a [F]],
    /// Samples of a share, the last ones having fewer.
    pub samples: usize,
    pub count: usize,
}

/// Memory of a share.
#[derive(Debug)]
pub(super) struct Share<F> {
    lanes: Aligned<F>,
    scratch: Aligned<F>,
    /// An operand of an outer product, transposed.
    turned: Aligned<F>,
    /// Sums over the samples of the share.
    pub acc: Vec<F>,
    /// Rows of `samples` numbers for every output.
    pub outputs: Vec<Vec<F>>,
    pub samples: usize,
}

/// Numbers from a cache line on.
#[derive(Debug)]
struct Aligned<F> {
    data: Vec<F>,
    start: usize,
    len: usize,
}

impl<F: Number> Aligned<F> {
    fn new(len: usize) -> Self {
        let data = vec![F::ZERO; len + 64 / size_of::<F>()];
        let start = data.as_ptr().align_offset(64).min(data.len() - len);
        Aligned { data, start, len }
    }

    fn get(&mut self) -> &mut [F] {
        &mut self.data[self.start..][..self.len]
    }
}

impl<F: Number> Share<F> {
    pub(super) fn new(plan: &Plan, block: usize, samples: usize) -> Self {
        let width = 64 / size_of::<F>();
        let largest = plan.steps.iter().map(|s| if let Step::Solve { n, .. } = s { n * (n + 1) } else { 0 }).max();
        let scratch = (plan.slots * SLOT).max(largest.unwrap_or(0)) * width;
        let turned = plan.steps.iter().map(|s| match s {
            Step::Outer { cols, copies, .. } if *cols <= product::TURNED => product::room::<F>(*cols, copies * block),
            _ => 0,
        });
        Share {
            lanes: Aligned::new(plan.units * block),
            scratch: Aligned::new(scratch),
            turned: Aligned::new(turned.max().unwrap_or(0)),
            acc: vec![F::ZERO; plan.sums.len()],
            outputs: plan.lanes.iter().map(|(_, f, c)| vec![F::ZERO; f * c * samples]).collect(),
            samples,
        }
    }

    /// Runs the blocks of share `number`.
    pub(super) fn run(&mut self, number: usize, job: &Job<F>) {
        let start = (number * job.samples).min(job.count);
        let end = (start + job.samples).min(job.count);
        if start == end {
            self.acc.fill(F::ZERO);
        }
        for range in &job.plan.zeros {
            self.acc[range.clone()].fill(F::ZERO);
        }
        let mut from = start;
        while from < end {
            let valid = job.block.min(end - from);
            self.block(from, from - start, valid, job);
            from += valid;
        }
    }

    fn block(&mut self, sample: usize, own: usize, valid: usize, job: &Job<F>) {
        let chunk = 64 / size_of::<F>();
        let width = if valid == 1 { 1 } else { valid.next_multiple_of(chunk) };
        let lanes = self.lanes.get();
        for &(slot, features, unit) in &job.plan.inputs {
            let columns = &job.inputs[slot];
            for f in 0..features {
                let row = &mut lanes[(unit + f) * width..][..width];
                row[..valid].copy_from_slice(&columns.data[f * columns.stride + sample..][..valid]);
                let last = row[valid - 1];
                row[valid..].fill(last);
            }
        }
        let block = Block { width, valid, first: own == 0 };
        if width == 1 {
            self.steps::<1>(block, job);
        } else if const { size_of::<F>() == 4 } {
            self.steps::<16>(block, job);
        } else {
            self.steps::<8>(block, job);
        }
        let lanes = self.lanes.get();
        for ((place, features, copies), output) in job.plan.lanes.iter().zip(&mut self.outputs) {
            for f in 0..*features {
                for c in 0..*copies {
                    let from = &lanes[(place.unit + f * place.stride + c) * width..][..valid];
                    output[(f * copies + c) * self.samples + own..][..valid].copy_from_slice(from);
                }
            }
        }
    }

    fn steps<const W: usize>(&mut self, block: Block, job: &Job<F>) {
        let Block { width, valid, .. } = block;
        let chunks = width / W;
        let level = job.options.level;
        let scratch = cells::<F, W>(self.scratch.get());
        for step in &job.plan.steps {
            let lanes = self.lanes.get();
            match step {
                Step::Kernel(kernel) => {
                    let memory = Memory {
                        lanes: cells::<F, W>(lanes),
                        scratch,
                        acc: Cell::from_mut(self.acc.as_mut_slice()).as_slice_of_cells(),
                        arena: job.arena,
                        parameters: job.parameters,
                        chunks,
                        valid,
                        level,
                    };
                    kernel.run(&memory);
                }
                Step::Product { w, rows, inner, x, to, copies } => {
                    fast(job, lanes, block, *w, [*rows, *inner, *copies], *x, *to);
                }
                Step::Outer { z, rows, x, cols, copies, acc, first } => {
                    let acc = &mut self.acc[*acc..][..rows * cols];
                    let begins = *first && block.first;
                    outer(lanes, block, level, acc, begins, [*rows, *cols, *copies], *z, *x, self.turned.get());
                }
                Step::Moves { moves, units } => moves.iter().for_each(|m| go(m, lanes, width, units * width, job)),
                Step::Solve { n, m, f, to, copies } => {
                    let lanes = cells::<F, W>(lanes);
                    let work = Solves { n: *n, m: *m, f: *f, to: *to, copies: *copies, lanes, scratch, chunks };
                    dispatch(level, work);
                }
            }
        }
    }
}

/// The block at hand.
#[derive(Clone, Copy)]
struct Block {
    width: usize,
    valid: usize,
    /// Of its share.
    first: bool,
}

fn cells<F, const W: usize>(slice: &mut [F]) -> &[Cell<[F; W]>] {
    Cell::from_mut(slice.as_chunks_mut::<W>().0).as_slice_of_cells()
}

fn shared<'a, F>(job: &Job<'a, F>, r: SharedRef) -> &'a [F] {
    let base = r.parameter.map_or(job.arena, |slot| job.parameters[slot as usize]);
    &base[r.offset..]
}

/// A product through the library; argument and result do not overlap.
fn fast<F: Number>(
    job: &Job<F>,
    lanes: &mut [F],
    Block { width, valid, .. }: Block,
    w: SharedRef,
    [rows, inner, copies]: [usize; 3],
    x: Place,
    to: Place,
) {
    let cols = copies * width;
    let transposed = w.col != 1;
    let matrix = View {
        data: shared(job, w),
        rows: if transposed { inner } else { rows },
        cols: if transposed { rows } else { inner },
        stride: if transposed { w.col } else { w.row },
    };
    let (x_start, to_start) = (x.unit * width, to.unit * width);
    let x_len = (inner - 1) * x.stride * width + cols;
    let to_len = (rows - 1) * to.stride * width + cols;
    let (x_data, to_data) = if x_start < to_start {
        let (low, high) = lanes.split_at_mut(to_start);
        (&low[x_start..][..x_len], &mut high[..to_len])
    } else {
        let (low, high) = lanes.split_at_mut(x_start);
        (&high[..x_len], &mut low[to_start..][..to_len])
    };
    // of the last register half is enough where it has few samples
    let half = 32 / size_of::<F>();
    let spare = copies == 1 && width > half && valid <= width - half && job.options.level.has_512_bits();
    let cols = if spare { width - half } else { cols };
    let x = View { data: x_data, rows: inner, cols, stride: x.stride * width };
    product::multiply(job.options.level, to_data, to.stride * width, matrix, transposed, x);
    if spare {
        for row in 0..rows {
            let row = &mut to_data[row * to.stride * width..][..width];
            let last = row[valid - 1];
            row[cols..].fill(last);
        }
    }
}

/// An outer product through the library, over the lanes that are samples.
fn outer<F: Number>(
    lanes: &[F],
    block: Block,
    level: Level,
    acc: &mut [F],
    begins: bool,
    [rows, cols, copies]: [usize; 3],
    z: Place,
    x: Place,
    turned: &mut [F],
) {
    let Block { width, valid, .. } = block;
    let whole = valid == width;
    let runs = if whole { 1 } else { copies };
    let n = if whole { copies * width } else { valid };
    for copy in 0..runs {
        let view = |p: Place, rows: usize| View {
            data: &lanes[(p.unit + copy) * width..][..(rows - 1) * p.stride * width + n],
            rows,
            cols: n,
            stride: p.stride * width,
        };
        product::accumulate(level, acc, view(z, rows), view(x, cols), turned, copy > 0 || !begins);
    }
}

/// Copies or adds one row.
fn go<F: Number>(m: &Move, lanes: &mut [F], width: usize, n: usize, job: &Job<F>) {
    let to = m.to * width;
    match m.from {
        Moved::Zero => lanes[to..][..n].fill(F::ZERO),
        Moved::Number(r) => {
            let x = shared(job, r)[0];
            for y in &mut lanes[to..][..n] {
                *y = if m.add { *y + x } else { x };
            }
        }
        Moved::Unit(unit) if !m.add => lanes.copy_within(unit * width..unit * width + n, to),
        Moved::Unit(unit) => {
            let from = unit * width;
            for k in 0..n {
                lanes[to + k] += lanes[from + k];
            }
        }
    }
}

//! Programs planned once and run over blocks of the batch.
//!
//! The batch is cut into *blocks* of samples so small that a block's values stay in the second-level
//! cache; blocks are grouped into *shares*. Both depend on the program and the number of samples only.
//! Every share adds up its own sums over the batch, and these are added in the order of the shares, so
//! any number of threads gives the same bits. Nothing is allocated in a run.

mod kernel;
mod layout;
mod number;
mod plan;
pub mod pool;
mod product;
mod share;
mod step;

pub use number::{Core, Number};

use super::builder::{Builder, Value};
use crate::lanes::Level;
use plan::{Plan, Planner};
use share::Share;
use step::Step;

/// Choices of a [`Compiled`] program.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most samples of a block; `None` chooses by the size of the program.
    pub block: Option<usize>,
    /// The instruction set of the elementwise work.
    pub level: Level,
}

impl Default for Options {
    fn default() -> Self {
        Options { block: None, level: Level::detect() }
    }
}

/// Data of the samples: feature `f` of sample `i` is `data[f * stride + i]`.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a, F> {
    /// The numbers.
    pub data: &'a [F],
    /// From feature to feature.
    pub stride: usize,
}

/// Bytes of lanes memory of a block: about a second-level cache. What falls out of it comes back row after row, ahead
/// of its use; smaller blocks cost narrower tiles.
const BLOCK_BYTES: usize = 1152 << 10;
/// Fewest and most samples of a block that is chosen here.
const BLOCK: std::ops::RangeInclusive<usize> = 16..=256;
/// Multiplications that are worth a share of their own, up to 16 shares: adding up the sums of one
/// more takes as long as about a hundredth of them.
const SHARE_WORK: usize = 40_000_000;
/// Fewest lanes of a share: of sixteen, every weight that is loaded is used for one register, and two cores were slower than
/// one (500 wide, 32 samples: 0.82 of it).
const SHARE_LANES: usize = 32;

/// A planned program with its memory, in precision `F`.
#[derive(Debug)]
pub struct Compiled<F> {
    plan: Plan,
    options: Options,
    capacity: usize,
    block: usize,
    arena: Vec<F>,
    shares: Vec<Share<F>>,
    outputs: Vec<Vec<F>>,
    count: usize,
}

impl<F: Number> Compiled<F> {
    /// Plans the values `lanes`, which are given back for every sample, and `shared`, for batches of up
    /// to `capacity` samples.
    pub fn new(b: &Builder, lanes: &[Value], shared: &[Value], capacity: usize, options: Options) -> Self {
        let capacity = capacity.max(1);
        let plan = Planner::plan(b, lanes, shared);
        let bytes = plan.units.max(1) * size_of::<F>();
        let chosen = (BLOCK_BYTES / bytes).clamp(*BLOCK.start(), *BLOCK.end());
        let most = options.block.unwrap_or(chosen).max(1);
        // blocks of nearly the same length, whole chunks
        let width = 64 / size_of::<F>();
        let shares = 1 << (plan.work * capacity / SHARE_WORK).clamp(1, 16).ilog2();
        let copies = plan.steps.iter().map(|s| if let Step::Product { copies, .. } = s { *copies } else { 1 }).max();
        let parts = capacity.div_ceil(width).min(capacity * copies.unwrap_or(1) / SHARE_LANES).max(1);
        let blocks = capacity.div_ceil(most).max(shares.min(parts));
        let shares = shares.min(blocks);
        let blocks = blocks.next_multiple_of(shares);
        let block = capacity.div_ceil(blocks);
        let block = if capacity == 1 { 1 } else { block.next_multiple_of(width) };
        let mut arena = vec![F::ZERO; plan.arena];
        for &(at, x) in &plan.constants {
            arena[at] = F::from_f64(x);
        }
        let per_share = capacity.div_ceil(block).div_ceil(shares);
        let shares = (0..shares).map(|_| Share::new(&plan, block, per_share * block)).collect();
        let outputs = plan.lanes.iter().map(|(_, f, c)| vec![F::ZERO; f * c * capacity]).collect();
        Compiled { plan, options, capacity, block, arena, shares, outputs, count: 0 }
    }

    /// Samples of a block.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Groups of blocks that may run at the same time.
    pub fn shares(&self) -> usize {
        self.shares.len()
    }

    /// Runs the program on `count` samples, in the current thread pool. `inputs` and `parameters` are by
    /// slot, parameters row by row.
    pub fn run(&mut self, count: usize, inputs: &[Columns<F>], parameters: &[&[F]]) {
        assert!(count <= self.capacity && count > 0, "invariant: 1 to {} samples, not {count}", self.capacity);
        self.count = count;
        for step in &self.plan.prologue {
            step.run(&mut self.arena, parameters);
        }
        // blocks of the fixed length, in shares as even as they go
        let blocks = count.div_ceil(self.block);
        let per_share = blocks.div_ceil(self.shares.len());
        let job = share::Job {
            plan: &self.plan,
            options: &self.options,
            block: self.block,
            arena: &self.arena,
            inputs,
            parameters,
            samples: per_share * self.block,
            count,
        };
        run_shares(&mut self.shares, 0, &job);
        let sums = self.plan.sums.clone();
        let total = &mut self.arena[sums];
        let acc: Vec<&[F]> = self.shares.iter().map(|s| s.acc.as_slice()).collect();
        match acc[..] {
            [] => {}
            [only] => total.copy_from_slice(only),
            [first, second, ref rest @ ..] => {
                total.iter_mut().zip(first.iter().zip(second)).for_each(|(t, (a, b))| *t = *a + *b);
                for share in rest {
                    total.iter_mut().zip(*share).for_each(|(t, s)| *t += *s);
                }
            }
        }
        for step in &self.plan.epilogue {
            step.run(&mut self.arena, parameters);
        }
        for (k, output) in self.outputs.iter_mut().enumerate() {
            let (_, features, copies) = self.plan.lanes[k];
            for (s, share) in self.shares.iter().enumerate() {
                let from = (s * per_share * self.block).min(count);
                let n = (per_share * self.block).min(count - from);
                for row in 0..features * copies {
                    output[row * count + from..][..n].copy_from_slice(&share.outputs[k][row * share.samples..][..n]);
                }
            }
        }
    }

    /// Lanes output `k` of the last run: `features · copies` rows of as many numbers as there were samples.
    pub fn lanes(&self, k: usize) -> &[F] {
        let (_, features, copies) = self.plan.lanes[k];
        &self.outputs[k][..features * copies * self.count]
    }

    /// Shared output `k` of the last run, row by row.
    pub fn shared(&self, k: usize) -> &[F] {
        let (r, rows, cols) = self.plan.shared[k];
        &self.arena[r.offset..][..rows * cols]
    }

    /// The plan in words, for people who tune it.
    pub fn describe(&self) -> String {
        format!(
            "block {} of {}, {} shares, {} units, {} slots\n{:#?}",
            self.block,
            self.capacity,
            self.shares.len(),
            self.plan.units,
            self.plan.slots,
            self.plan.steps
        )
    }
}

/// Runs shares on the threads of the current pool; one thread takes them in turn.
fn run_shares<F: Number>(shares: &mut [Share<F>], first: usize, job: &share::Job<F>) {
    match shares {
        [] => {}
        [share] => share.run(first, job),
        _ if rayon::current_thread_index().is_none() || rayon::current_num_threads() == 1 => {
            for (k, share) in shares.iter_mut().enumerate() {
                share.run(first + k, job);
            }
        }
        _ => {
            let half = shares.len() / 2;
            let (left, right) = shares.split_at_mut(half);
            rayon::join(|| run_shares(left, first, job), || run_shares(right, first + half, job));
        }
    }
}

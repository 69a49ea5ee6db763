//! Fused elementwise work: many operations on a tile of rows and lanes that stays in the first-level
//! cache, with thin products and sums as its sources and sinks.

mod apply;
mod sums;

use super::number::Number;
use crate::lanes::{Level, Operation, Vectorized, dispatch};
use std::cell::Cell;

/// Chunks of a scratch slot: 2 KiB.
pub(super) const SLOT: usize = 32;

/// A number or column that all lanes share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SharedRef {
    /// A parameter of the caller, else the arena.
    pub parameter: Option<u32>,
    /// First entry.
    pub offset: usize,
    /// From row to row.
    pub row: usize,
    /// From column to column.
    pub col: usize,
}

/// Where lanes lie in the memory of a block, in units of its width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// First unit.
    pub unit: usize,
    /// Units from feature to feature.
    pub stride: usize,
}

/// An argument of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    /// A scratch slot.
    Slot(usize),
    /// A row per feature.
    Full(Place),
    /// One row for all features.
    Row(Place),
    /// A number per feature, or one for all (stride 0).
    Shared(SharedRef),
}

/// Work on one tile.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// An elementwise operation.
    Apply { op: Operation, to: Operand, args: [Operand; 3] },
    /// `to_g = Σ_j w(g, j) x_j` over `count` rows of lanes.
    Thin { w: SharedRef, count: usize, x: Place, to: Operand },
    /// `to_j += Σ_g w(g, j) v_g`, `w = 1` if absent.
    SumFeatures { of: Operand, w: Option<SharedRef>, count: usize, to: Place },
    /// `acc_g += Σ_lanes v_g`.
    SumLanes { of: Operand, acc: usize },
    /// `acc(g, j) += Σ_lanes v_g x_j`, strides of `acc` by feature and by `j`.
    Outer { of: Operand, x: Place, count: usize, acc: usize, row: usize, col: usize },
}

/// Work on all features and lanes of one shape.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    pub features: usize,
    pub copies: usize,
    pub ops: Vec<Op>,
}

/// The memory a kernel works on.
pub(super) struct Memory<'a, F, const W: usize> {
    pub lanes: &'a [Cell<[F; W]>],
    pub scratch: &'a [Cell<[F; W]>],
    pub acc: &'a [Cell<F>],
    pub arena: &'a [F],
    pub parameters: &'a [&'a [F]],
    /// Chunks of the width of the block.
    pub chunks: usize,
    /// Lanes that are samples; the rest repeats the last one.
    pub valid: usize,
    /// The instruction set.
    pub level: Level,
}

/// The tile at hand.
#[derive(Clone, Copy)]
struct Tile {
    row: usize,
    rows: usize,
    copy: usize,
    from: usize,
    n: usize,
}

/// Rows of chunks or of one number.
#[derive(Clone, Copy)]
enum Source<'a, F, const W: usize> {
    Cells { cells: &'a [Cell<[F; W]>], stride: usize },
    Numbers { numbers: &'a [F], stride: usize },
}

impl<'a, F: Number, const W: usize> Memory<'a, F, W> {
    #[inline(always)]
    fn shared(&self, r: SharedRef) -> &'a [F] {
        let base = match r.parameter {
            Some(slot) => self.parameters[slot as usize],
            None => self.arena,
        };
        &base[r.offset..]
    }

    #[inline(always)]
    fn place(&self, place: Place, row: usize, tile: &Tile) -> &'a [Cell<[F; W]>] {
        &self.lanes[(place.unit + row * place.stride + tile.copy) * self.chunks + tile.from..]
    }

    #[inline(always)]
    fn source(&self, operand: Operand, tile: &Tile) -> Source<'a, F, W> {
        match operand {
            Operand::Slot(slot) => Source::Cells { cells: &self.scratch[slot * SLOT..], stride: tile.n },
            Operand::Full(p) => Source::Cells { cells: self.place(p, tile.row, tile), stride: p.stride * self.chunks },
            Operand::Row(p) => Source::Cells { cells: self.place(p, 0, tile), stride: 0 },
            Operand::Shared(r) => Source::Numbers { numbers: &self.shared(r)[tile.row * r.row..], stride: r.row },
        }
    }

    /// Where results go.
    #[inline(always)]
    fn out(&self, operand: Operand, tile: &Tile) -> Out<'a, F, W> {
        let (cells, stride) = self.cells(operand, tile);
        Out { cells, stride, rows: tile.rows, n: tile.n }
    }

    #[inline(always)]
    fn cells(&self, operand: Operand, tile: &Tile) -> (&'a [Cell<[F; W]>], usize) {
        match self.source(operand, tile) {
            Source::Cells { cells, stride } => (cells, stride),
            Source::Numbers { .. } => panic!("invariant: lanes are needed here"),
        }
    }

    /// Valid lanes of the tile.
    #[inline(always)]
    fn valid_in(&self, tile: &Tile) -> usize {
        self.valid.saturating_sub(tile.from * W).min(tile.n * W)
    }
}

/// Where results go.
#[derive(Clone, Copy)]
struct Out<'a, F, const W: usize> {
    cells: &'a [Cell<[F; W]>],
    stride: usize,
    rows: usize,
    n: usize,
}

impl<'a, F, const W: usize> Out<'a, F, W> {
    #[inline(always)]
    fn row(&self, g: usize) -> &'a [Cell<[F; W]>] {
        &self.cells[g * self.stride..][..self.n]
    }

    /// All rows as one where they and those of the arguments lie side by side.
    #[inline(always)]
    fn joined(self, arguments: &[Source<F, W>]) -> Self {
        let mut flat = self.stride == self.n;
        for a in arguments {
            flat &= match a {
                Source::Cells { stride, .. } => *stride == self.n,
                Source::Numbers { stride, .. } => *stride == 0,
            };
        }
        if flat { Out { stride: self.rows * self.n, rows: 1, n: self.rows * self.n, ..self } } else { self }
    }
}

impl Kernel {
    /// Runs it on the memory of a block.
    pub(super) fn run<F: Number, const W: usize>(&self, memory: &Memory<F, W>) {
        dispatch(memory.level, Whole { kernel: self, memory });
    }
}

/// A kernel at work: all its operations are compiled into one function for each instruction set.
struct Whole<'a, F, const W: usize> {
    kernel: &'a Kernel,
    memory: &'a Memory<'a, F, W>,
}

impl<F: Number, const W: usize> Vectorized for Whole<'_, F, W> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Whole { kernel, memory } = self;
        let longest = memory.chunks.min(SLOT);
        for copy in 0..kernel.copies {
            let mut from = 0;
            while from < memory.chunks {
                let n = longest.min(memory.chunks - from);
                let group = (SLOT / n).max(1);
                let mut row = 0;
                while row < kernel.features {
                    let rows = group.min(kernel.features - row);
                    let tile = Tile { row, rows, copy, from, n };
                    for op in &kernel.ops {
                        match *op {
                            Op::Apply { op, to, ref args } => apply::apply(op, memory, &tile, to, args),
                            Op::Thin { w, count, x, to } => sums::thin(memory, &tile, w, count, x, to),
                            Op::SumFeatures { of, w, count, to } => sums::features(memory, &tile, of, w, count, to),
                            Op::SumLanes { of, acc } => sums::lanes(memory, &tile, of, acc),
                            Op::Outer { of, x, count, acc, row, col } => {
                                sums::outer(memory, &tile, of, (x, count), (acc, row, col));
                            }
                        }
                    }
                    row += rows;
                }
                from += n;
            }
        }
    }
}

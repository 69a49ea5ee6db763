//! The steps of a plan, other than kernels.

use super::kernel::{Kernel, Place, SharedRef};
use super::number::Number;
use crate::lanes::{Operation, Vectorized};
use std::cell::Cell;

/// Work of a block.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Fused elementwise work.
    Kernel(Kernel),
    /// `to = w x`, `w` being `rows × inner`.
    Product { w: SharedRef, rows: usize, inner: usize, x: Place, to: Place, copies: usize },
    /// `acc += Σ_lanes z xᵀ`; the `first` to come to `acc` begins it in the first block.
    Outer { z: Place, rows: usize, x: Place, cols: usize, copies: usize, acc: usize, first: bool },
    /// Rows from here to there.
    Moves { moves: Vec<Move>, units: usize },
    /// `m to = f` in every lane.
    Solve { n: usize, m: Place, f: Place, to: Place, copies: usize },
}

/// A row that is copied or added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub from: Moved,
    pub to: usize,
    pub add: bool,
}

/// What is copied.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moved {
    /// A row from this unit on.
    Unit(usize),
    /// A shared number.
    Number(SharedRef),
    /// 0.
    Zero,
}

/// Work on shared values.
#[derive(Clone, Debug)]
pub(super) enum SharedStep {
    /// An elementwise operation.
    Apply { op: Operation, to: usize, rows: usize, cols: usize, args: [SharedRef; 3] },
    /// The sum of all entries.
    Sum { of: SharedRef, rows: usize, cols: usize, to: usize },
    /// Zeros of `count × cols`, then for each part its rows added to the rows named, from a column on, so
    /// many columns.
    Rows { to: usize, cols: usize, count: usize, parts: Vec<(SharedRef, Vec<usize>, usize, usize)> },
}

/// One value of an operation, functions in the precision's own definition.
fn value<F: Number>(op: Operation, a: F, b: F, c: F) -> F {
    match super::number::Core::of(op) {
        Some(core) => F::general(core, a),
        None => match op {
            Operation::Add => a + b,
            Operation::Sub => a - b,
            Operation::Mul => a * b,
            Operation::Div => a / b,
            Operation::Copy => a,
            Operation::Neg => -a,
            Operation::Sqrt => a.root(),
            _ => F::from_f64(op.value(a.to_f64(), b.to_f64(), c.to_f64())),
        },
    }
}

impl SharedStep {
    /// Does it.
    pub(super) fn run<F: Number>(&self, arena: &mut [F], parameters: &[&[F]]) {
        fn at<F: Number>(arena: &[F], parameters: &[&[F]], r: &SharedRef, i: usize, j: usize) -> F {
            let base = r.parameter.map_or(arena, |slot| parameters[slot as usize]);
            base[r.offset + i * r.row + j * r.col]
        }
        match self {
            SharedStep::Apply { op, to, rows, cols, args } => {
                for i in 0..*rows {
                    for j in 0..*cols {
                        let [a, b, c] = [0, 1, 2].map(|k| at(arena, parameters, &args[k], i, j));
                        arena[to + i * cols + j] = value(*op, a, b, c);
                    }
                }
            }
            SharedStep::Sum { of, rows, cols, to } => {
                let mut sum = F::ZERO;
                for i in 0..*rows {
                    for j in 0..*cols {
                        sum += at(arena, parameters, of, i, j);
                    }
                }
                arena[*to] = sum;
            }
            SharedStep::Rows { to, cols, count, parts } => {
                arena[*to..to + count * cols].fill(F::ZERO);
                for (of, rows, column, width) in parts {
                    for (i, &row) in rows.iter().enumerate() {
                        for j in 0..*width {
                            let x = at(arena, parameters, of, i, j);
                            let target = &mut arena[to + row * cols + column + j];
                            *target += x;
                        }
                    }
                }
            }
        }
    }
}

/// Linear systems in lanes.
pub(super) struct Solves<'a, F, const W: usize> {
    pub n: usize,
    pub m: Place,
    pub f: Place,
    pub to: Place,
    pub copies: usize,
    pub lanes: &'a [Cell<[F; W]>],
    /// At least `n (n + 1)` chunks.
    pub scratch: &'a [Cell<[F; W]>],
    pub chunks: usize,
}

impl<F: Number, const W: usize> Vectorized for Solves<'_, F, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.n;
        let (m, x) = self.scratch.split_at(n * n);
        let at = |p: Place, row: usize, k: usize| &self.lanes[(p.unit + row * p.stride) * self.chunks + k];
        for k in 0..self.copies * self.chunks {
            for i in 0..n * n {
                m[i].set(at(self.m, i, k).get());
            }
            for i in 0..n {
                x[i].set(at(self.f, i, k).get());
            }
            eliminate(n, m, x);
            for i in 0..n {
                at(self.to, i, k).set(x[i].get());
            }
        }
    }
}

/// Exchanges two chunks in the lanes where `swap` holds.
#[inline(always)]
fn exchange<F: Number, const W: usize>(a: &Cell<[F; W]>, b: &Cell<[F; W]>, swap: &[bool; W]) {
    let (x, y) = (a.get(), b.get());
    let (mut p, mut q) = (x, y);
    for lane in 0..W {
        p[lane] = if swap[lane] { y[lane] } else { x[lane] };
        q[lane] = if swap[lane] { x[lane] } else { y[lane] };
    }
    a.set(p);
    b.set(q);
}

/// Gauss's elimination; every lane brings the largest entry of a column up by exchanges of its own.
#[inline(always)]
fn eliminate<F: Number, const W: usize>(n: usize, m: &[Cell<[F; W]>], x: &[Cell<[F; W]>]) {
    for k in 0..n {
        for i in k + 1..n {
            let (own, best) = (m[i * n + k].get(), m[k * n + k].get());
            let mut swap = [false; W];
            for lane in 0..W {
                swap[lane] = own[lane].magnitude() > best[lane].magnitude();
            }
            for j in k..n {
                exchange(&m[i * n + j], &m[k * n + j], &swap);
            }
            exchange(&x[i], &x[k], &swap);
        }
        let pivot = m[k * n + k].get();
        for i in k + 1..n {
            let own = m[i * n + k].get();
            let mut factor = own;
            for lane in 0..W {
                factor[lane] = own[lane] / pivot[lane];
            }
            for j in k + 1..n {
                subtract(&m[i * n + j], &factor, &m[k * n + j]);
            }
            subtract(&x[i], &factor, &x[k]);
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            let entry = m[k * n + j].get();
            subtract(&x[k], &entry, &x[j]);
        }
        let (mut top, pivot) = (x[k].get(), m[k * n + k].get());
        for lane in 0..W {
            top[lane] /= pivot[lane];
        }
        x[k].set(top);
    }
}

/// `a −= factor b`, rounded twice.
#[inline(always)]
fn subtract<F: Number, const W: usize>(a: &Cell<[F; W]>, factor: &[F; W], b: &Cell<[F; W]>) {
    let (mut x, y) = (a.get(), b.get());
    for lane in 0..W {
        x[lane] -= factor[lane] * y[lane];
    }
    a.set(x);
}

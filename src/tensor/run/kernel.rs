//! Fused elementwise work: many operations on a tile of rows and lanes that stays in the first-level
//! cache, with thin products and sums as its sources and sinks.

use super::number::{Core, Number};
use crate::lanes::{Function1, Function2, Level, Operation, Vectorized, dispatch};
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

trait Row<F, const W: usize>: Copy {
    fn chunk(self, k: usize) -> [F; W];
}

impl<F: Copy, const W: usize> Row<F, W> for &[Cell<[F; W]>] {
    #[inline(always)]
    fn chunk(self, k: usize) -> [F; W] {
        self[k].get()
    }
}

impl<F: Number, const W: usize> Row<F, W> for F {
    #[inline(always)]
    fn chunk(self, _: usize) -> [F; W] {
        [self; W]
    }
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

impl Kernel {
    /// Runs it on the memory of a block.
    pub(super) fn run<F: Number, const W: usize>(&self, memory: &Memory<F, W>) {
        let longest = memory.chunks.min(SLOT);
        for copy in 0..self.copies {
            let mut from = 0;
            while from < memory.chunks {
                let n = longest.min(memory.chunks - from);
                let group = (SLOT / n).max(1);
                let mut row = 0;
                while row < self.features {
                    let rows = group.min(self.features - row);
                    let tile = Tile { row, rows, copy, from, n };
                    for op in &self.ops {
                        step(op, memory, &tile);
                    }
                    row += rows;
                }
                from += n;
            }
        }
    }
}

fn step<F: Number, const W: usize>(op: &Op, memory: &Memory<F, W>, tile: &Tile) {
    match *op {
        Op::Apply { op, to, ref args } => apply(op, memory, tile, to, args),
        Op::Thin { w, count, x, to } => dispatch(memory.level, Thin { memory, tile, w, count, x, to }),
        Op::SumFeatures { of, w, count, to } => dispatch(memory.level, SumFeatures { memory, tile, of, w, count, to }),
        Op::SumLanes { of, acc } => dispatch(memory.level, SumLanes { memory, tile, of, acc }),
        Op::Outer { of, x, count, acc, row, col } => {
            dispatch(memory.level, Outer { memory, tile, of, x, count, acc, row, col });
        }
    }
}

struct SumLanes<'a, F, const W: usize> {
    memory: &'a Memory<'a, F, W>,
    tile: &'a Tile,
    of: Operand,
    acc: usize,
}

impl<F: Number, const W: usize> Vectorized for SumLanes<'_, F, W> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let SumLanes { memory, tile, of, acc } = self;
        let valid = memory.valid_in(tile);
        let v = memory.source(of, tile);
        for g in 0..tile.rows {
            let cell = &memory.acc[acc + tile.row + g];
            let sum = match v {
                Source::Cells { cells, stride } => sum_row(&cells[g * stride..][..tile.n], valid),
                Source::Numbers { numbers, stride } => numbers[g * stride] * F::from_f64(valid as f64),
            };
            cell.set(cell.get() + sum);
        }
    }
}

struct Outer<'a, F, const W: usize> {
    memory: &'a Memory<'a, F, W>,
    tile: &'a Tile,
    of: Operand,
    x: Place,
    count: usize,
    acc: usize,
    row: usize,
    col: usize,
}

impl<F: Number, const W: usize> Vectorized for Outer<'_, F, W> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Outer { memory, tile, of, x, count, acc, row, col } = self;
        let valid = memory.valid_in(tile);
        let v = memory.source(of, tile);
        for j in 0..count {
            let x = &memory.place(x, j, tile)[..tile.n];
            for g in 0..tile.rows {
                let cell = &memory.acc[acc + (tile.row + g) * row + j * col];
                let sum = match v {
                    Source::Cells { cells, stride } => dot(&cells[g * stride..][..tile.n], x, valid),
                    Source::Numbers { numbers, stride } => numbers[g * stride] * sum_row(x, valid),
                };
                cell.set(cell.get() + sum);
            }
        }
    }
}

/// The sum of the first `valid` lanes.
#[inline(always)]
fn sum_row<F: Number, const W: usize>(v: &[Cell<[F; W]>], valid: usize) -> F {
    let whole = valid / W;
    let mut sum = [F::ZERO; W];
    for chunk in &v[..whole] {
        let chunk = chunk.get();
        for lane in 0..W {
            sum[lane] += chunk[lane];
        }
    }
    let mut total = reduce(sum);
    if valid > whole * W {
        let last = v[whole].get();
        for &x in &last[..valid - whole * W] {
            total += x;
        }
    }
    total
}

/// `Σ v x` over the first `valid` lanes.
#[inline(always)]
fn dot<F: Number, const W: usize>(v: &[Cell<[F; W]>], x: &[Cell<[F; W]>], valid: usize) -> F {
    let whole = valid / W;
    let mut sum = [F::ZERO; W];
    for (a, b) in v[..whole].iter().zip(&x[..whole]) {
        let (a, b) = (a.get(), b.get());
        for lane in 0..W {
            sum[lane] = a[lane].fused(b[lane], sum[lane]);
        }
    }
    let mut total = reduce(sum);
    if valid > whole * W {
        let (a, b) = (v[whole].get(), x[whole].get());
        for lane in 0..valid - whole * W {
            total = a[lane].fused(b[lane], total);
        }
    }
    total
}

/// The sum of a chunk by halves.
#[inline(always)]
fn reduce<F: Number, const W: usize>(mut sum: [F; W]) -> F {
    let mut half = W / 2;
    while half > 0 {
        for lane in 0..half {
            sum[lane] += sum[lane + half];
        }
        half /= 2;
    }
    sum[0]
}

struct Thin<'a, F, const W: usize> {
    memory: &'a Memory<'a, F, W>,
    tile: &'a Tile,
    w: SharedRef,
    count: usize,
    x: Place,
    to: Operand,
}

impl<F: Number, const W: usize> Vectorized for Thin<'_, F, W> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Thin { memory, tile, w, count, x, to } = self;
        let numbers = memory.shared(w);
        let (out, stride) = memory.cells(to, tile);
        let step = x.stride * memory.chunks;
        let x = memory.place(x, 0, tile);
        for g in 0..tile.rows {
            let own = &numbers[(tile.row + g) * w.row..];
            let out = &out[g * stride..][..tile.n];
            for (k, out) in out.iter().enumerate() {
                let mut sum = [F::ZERO; W];
                for j in 0..count {
                    let (c, x) = (own[j * w.col], x[j * step + k].get());
                    for lane in 0..W {
                        sum[lane] = c.fused(x[lane], sum[lane]);
                    }
                }
                out.set(sum);
            }
        }
    }
}

struct SumFeatures<'a, F, const W: usize> {
    memory: &'a Memory<'a, F, W>,
    tile: &'a Tile,
    of: Operand,
    w: Option<SharedRef>,
    count: usize,
    to: Place,
}

impl<F: Number, const W: usize> Vectorized for SumFeatures<'_, F, W> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let SumFeatures { memory, tile, of, w, count, to } = self;
        let v = memory.source(of, tile);
        for j in 0..count {
            let out = &memory.place(to, j, tile)[..tile.n];
            if tile.row == 0 {
                out.iter().for_each(|chunk| chunk.set([F::ZERO; W]));
            }
            // the weights of this row, by feature
            let (numbers, step) = match w {
                Some(w) => (&memory.shared(w)[tile.row * w.row + j * w.col..], w.row),
                None => (&[F::ONE] as &[F], 0),
            };
            match v {
                Source::Cells { cells, stride } => {
                    for (k, out) in out.iter().enumerate() {
                        let mut sum = out.get();
                        for g in 0..tile.rows {
                            let (c, x) = (numbers[g * step], cells[g * stride + k].get());
                            for lane in 0..W {
                                sum[lane] = c.fused(x[lane], sum[lane]);
                            }
                        }
                        out.set(sum);
                    }
                }
                Source::Numbers { numbers: x, stride } => {
                    for out in out {
                        let mut sum = out.get();
                        for g in 0..tile.rows {
                            for lane in 0..W {
                                sum[lane] = numbers[g * step].fused(x[g * stride], sum[lane]);
                            }
                        }
                        out.set(sum);
                    }
                }
            }
        }
    }
}

/// Whether the condition of lanes is true.
#[inline(always)]
fn truth<F: Number>(condition: bool) -> F {
    if condition { F::ONE } else { F::ZERO }
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
}

fn apply<F: Number, const W: usize>(
    op: Operation,
    memory: &Memory<F, W>,
    tile: &Tile,
    to: Operand,
    args: &[Operand; 3],
) {
    let (cells, stride) = memory.cells(to, tile);
    let out = Out { cells, stride, rows: tile.rows, n: tile.n };
    let [x, y, z] = args.map(|a| memory.source(a, tile));
    let level = memory.level;
    macro_rules! unary {
        (|$a:ident| $e:expr) => {
            dispatch(level, Unary { out, x, f: |$a: F| $e })
        };
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $e:expr) => {
            dispatch(level, Binary { out, x, y, f: |$a: F, $b: F| $e })
        };
    }
    macro_rules! ternary {
        (|$a:ident, $b:ident, $c:ident| $e:expr) => {
            dispatch(level, Ternary { out, x, y, z, f: |$a: F, $b: F, $c: F| $e })
        };
    }
    macro_rules! core {
        ($core:ident) => {
            dispatch(level, Function::<F, W, { Core::$core as u8 }> { out, x })
        };
    }
    match op {
        Operation::Copy => unary!(|a| a),
        Operation::Add => binary!(|a, b| a + b),
        Operation::Sub => binary!(|a, b| a - b),
        Operation::Mul => binary!(|a, b| a * b),
        Operation::Div => binary!(|a, b| a / b),
        Operation::MulAdd => ternary!(|a, b, c| a * b + c),
        Operation::MulSub => ternary!(|a, b, c| a * b - c),
        Operation::NegMulAdd => ternary!(|a, b, c| c - a * b),
        Operation::Neg => unary!(|a| -a),
        Operation::Abs => unary!(|a| a.magnitude()),
        Operation::Sqrt => unary!(|a| a.root()),
        Operation::Min => binary!(|a, b| if (a < b) | is_nan(a) { a } else { b }),
        Operation::Max => binary!(|a, b| if (a > b) | is_nan(a) { a } else { b }),
        Operation::Sign => unary!(|a| {
            let signed = if a < F::ZERO { -F::ONE } else { a };
            if a > F::ZERO { F::ONE } else { signed }
        }),
        Operation::Less => binary!(|a, b| truth::<F>(a < b)),
        Operation::LessEqual => binary!(|a, b| truth::<F>(a <= b)),
        Operation::Equal => binary!(|a, b| truth::<F>(a == b)),
        Operation::NotEqual => binary!(|a, b| truth::<F>(a != b)),
        Operation::And => binary!(|a, b| truth::<F>((a != F::ZERO) & (b != F::ZERO))),
        Operation::Or => binary!(|a, b| truth::<F>((a != F::ZERO) | (b != F::ZERO))),
        Operation::Not => unary!(|a| truth::<F>(a == F::ZERO)),
        Operation::Select => ternary!(|a, b, c| if a != F::ZERO { b } else { c }),
        Operation::Sin => core!(Sin),
        Operation::Cos => core!(Cos),
        Operation::Exp => core!(Exp),
        Operation::Ln => core!(Ln),
        Operation::Tanh => core!(Tanh),
        Operation::Call1(Function1::Sigmoid) => core!(Sigmoid),
        Operation::Call1(Function1::Softplus) => core!(Softplus),
        Operation::Call1(f) => unary!(|a| call1(f, a)),
        Operation::Call2(f) => binary!(|a, b| call2(f, a, b)),
        Operation::SinCos => panic!("invariant: sine and cosine are asked for one by one"),
    }
}

#[allow(clippy::eq_op, reason = "the test for NaN that compiles to one comparison of lanes")]
#[inline(always)]
fn is_nan<F: Number>(x: F) -> bool {
    x != x
}

/// A function without vector form, in double precision.
#[inline(never)]
fn call1<F: Number>(f: Function1, x: F) -> F {
    F::from_f64(f.value(x.to_f64()))
}

#[inline(never)]
fn call2<F: Number>(f: Function2, x: F, y: F) -> F {
    F::from_f64(f.value(x.to_f64(), y.to_f64()))
}

struct Function<'a, F, const W: usize, const C: u8> {
    out: Out<'a, F, W>,
    x: Source<'a, F, W>,
}

impl<F: Number, const W: usize, const C: u8> Vectorized for Function<'_, F, W, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let f = const { Core::ALL[C as usize] };
        for g in 0..self.out.rows {
            let out = self.out.row(g);
            match self.x {
                Source::Cells { cells, stride } => {
                    let x = &cells[g * stride..][..out.len()];
                    let mut inside = true;
                    for chunk in x {
                        for x in chunk.get() {
                            inside &= F::in_range(f, x);
                        }
                    }
                    if inside {
                        for (x, out) in x.iter().zip(out) {
                            let mut r = x.get();
                            for lane in 0..W {
                                r[lane] = F::core(f, r[lane]);
                            }
                            out.set(r);
                        }
                    } else {
                        for (x, out) in x.iter().zip(out) {
                            out.set(x.get().map(|x| general(f, x)));
                        }
                    }
                }
                Source::Numbers { numbers, stride } => {
                    let value = general(f, numbers[g * stride]);
                    out.iter().for_each(|chunk| chunk.set([value; W]));
                }
            }
        }
    }
}

#[inline(never)]
fn general<F: Number>(f: Core, x: F) -> F {
    F::general(f, x)
}

struct Unary<'a, F, const W: usize, C> {
    out: Out<'a, F, W>,
    x: Source<'a, F, W>,
    f: C,
}

impl<F: Number, const W: usize, C: Fn(F) -> F> Vectorized for Unary<'_, F, W, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for g in 0..self.out.rows {
            let out = self.out.row(g);
            match self.x {
                Source::Cells { cells, stride } => each(out, &cells[g * stride..][..out.len()], &self.f),
                Source::Numbers { numbers, stride } => each(out, numbers[g * stride], &self.f),
            }
        }
    }
}

struct Binary<'a, F, const W: usize, C> {
    out: Out<'a, F, W>,
    x: Source<'a, F, W>,
    y: Source<'a, F, W>,
    f: C,
}

impl<F: Number, const W: usize, C: Fn(F, F) -> F> Vectorized for Binary<'_, F, W, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        use Source::{Cells, Numbers};
        let n = self.out.n;
        for g in 0..self.out.rows {
            let out = self.out.row(g);
            match (self.x, self.y) {
                (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }) => {
                    each2(out, &a[g * s..][..n], &b[g * t..][..n], &self.f);
                }
                (Numbers { numbers: a, stride: s }, Cells { cells: b, stride: t }) => {
                    each2(out, a[g * s], &b[g * t..][..n], &self.f);
                }
                (Cells { cells: a, stride: s }, Numbers { numbers: b, stride: t }) => {
                    each2(out, &a[g * s..][..n], b[g * t], &self.f);
                }
                (Numbers { numbers: a, stride: s }, Numbers { numbers: b, stride: t }) => {
                    let value = (self.f)(a[g * s], b[g * t]);
                    out.iter().for_each(|chunk| chunk.set([value; W]));
                }
            }
        }
    }
}

struct Ternary<'a, F, const W: usize, C> {
    out: Out<'a, F, W>,
    x: Source<'a, F, W>,
    y: Source<'a, F, W>,
    z: Source<'a, F, W>,
    f: C,
}

impl<F: Number, const W: usize, C: Fn(F, F, F) -> F> Vectorized for Ternary<'_, F, W, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        use Source::{Cells, Numbers};
        let n = self.out.n;
        for g in 0..self.out.rows {
            let out = self.out.row(g);
            match (self.x, self.y, self.z) {
                (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }, Cells { cells: c, stride: u }) => {
                    each3(out, &a[g * s..][..n], &b[g * t..][..n], &c[g * u..][..n], &self.f);
                }
                (Numbers { numbers: a, stride: s }, Cells { cells: b, stride: t }, Cells { cells: c, stride: u }) => {
                    each3(out, a[g * s], &b[g * t..][..n], &c[g * u..][..n], &self.f);
                }
                (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }, Numbers { numbers: c, stride: u }) => {
                    each3(out, &a[g * s..][..n], &b[g * t..][..n], c[g * u], &self.f);
                }
                (x, y, z) => each3(out, Any { x, g }, Any { x: y, g }, Any { x: z, g }, &self.f),
            }
        }
    }
}

/// A row of either kind, told apart chunk by chunk.
#[derive(Clone, Copy)]
struct Any<'a, F, const W: usize> {
    x: Source<'a, F, W>,
    g: usize,
}

impl<F: Number, const W: usize> Row<F, W> for Any<'_, F, W> {
    #[inline(always)]
    fn chunk(self, k: usize) -> [F; W] {
        match self.x {
            Source::Cells { cells, stride } => cells[self.g * stride + k].get(),
            Source::Numbers { numbers, stride } => [numbers[self.g * stride]; W],
        }
    }
}

#[inline(always)]
fn each<F: Number, const W: usize>(out: &[Cell<[F; W]>], x: impl Row<F, W>, f: impl Fn(F) -> F) {
    for k in 0..out.len() {
        let x = x.chunk(k);
        let mut r = [F::ZERO; W];
        for lane in 0..W {
            r[lane] = f(x[lane]);
        }
        out[k].set(r);
    }
}

#[inline(always)]
fn each2<F: Number, const W: usize>(out: &[Cell<[F; W]>], x: impl Row<F, W>, y: impl Row<F, W>, f: impl Fn(F, F) -> F) {
    for k in 0..out.len() {
        let (x, y) = (x.chunk(k), y.chunk(k));
        let mut r = [F::ZERO; W];
        for lane in 0..W {
            r[lane] = f(x[lane], y[lane]);
        }
        out[k].set(r);
    }
}

#[inline(always)]
fn each3<F: Number, const W: usize>(
    out: &[Cell<[F; W]>],
    x: impl Row<F, W>,
    y: impl Row<F, W>,
    z: impl Row<F, W>,
    f: impl Fn(F, F, F) -> F,
) {
    for k in 0..out.len() {
        let (x, y, z) = (x.chunk(k), y.chunk(k), z.chunk(k));
        let mut r = [F::ZERO; W];
        for lane in 0..W {
            r[lane] = f(x[lane], y[lane], z[lane]);
        }
        out[k].set(r);
    }
}

//! Elementwise operations on a tile.

use super::{Memory, Operand, Out, Source, Tile};
use crate::lanes::{Function1, Function2, Operation};
use crate::tensor::run::number::{Core, Number};
use std::cell::Cell;

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

/// Whether the condition of lanes is true.
#[inline(always)]
fn truth<F: Number>(condition: bool) -> F {
    if condition { F::ONE } else { F::ZERO }
}

/// `to = op(args)` on a tile.
#[inline(always)]
pub(super) fn apply<F: Number, const W: usize>(
    op: Operation,
    memory: &Memory<F, W>,
    tile: &Tile,
    to: Operand,
    args: &[Operand; 3],
) {
    let out = memory.out(to, tile);
    let x = memory.source(args[0], tile);
    macro_rules! unary {
        (|$a:ident| $e:expr) => {
            unary(out.joined(&[x]), x, |$a: F| $e)
        };
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $e:expr) => {{
            let y = memory.source(args[1], tile);
            binary(out.joined(&[x, y]), x, y, |$a: F, $b: F| $e)
        }};
    }
    macro_rules! ternary {
        (|$ab:ident, $c:ident| $e:expr) => {{
            let (y, z) = (memory.source(args[1], tile), memory.source(args[2], tile));
            of_product(out.joined(&[x, y, z]), x, y, z, |$ab: F, $c: F| $e)
        }};
    }
    macro_rules! core {
        ($core:ident) => {
            function::<F, W, { Core::$core as u8 }>(out.joined(&[x]), x)
        };
    }
    match op {
        Operation::Copy => unary!(|a| a),
        Operation::Add => binary!(|a, b| a + b),
        Operation::Sub => binary!(|a, b| a - b),
        Operation::Mul => binary!(|a, b| a * b),
        Operation::Div => binary!(|a, b| a / b),
        Operation::MulAdd => ternary!(|ab, c| ab + c),
        Operation::MulSub => ternary!(|ab, c| ab - c),
        Operation::NegMulAdd => ternary!(|ab, c| c - ab),
        Operation::Neg => unary!(|a| -a),
        Operation::Sqrt => unary!(|a| a.root()),
        Operation::Sin => core!(Sin),
        Operation::Cos => core!(Cos),
        Operation::Exp => core!(Exp),
        Operation::Ln => core!(Ln),
        Operation::Tanh => core!(Tanh),
        Operation::Call1(Function1::Sigmoid) => core!(Sigmoid),
        Operation::Call1(Function1::Softplus) => core!(Softplus),
        _ => rare(op, out, x, memory.source(args[1], tile), memory.source(args[2], tile)),
    }
}

/// Operations that no net spends its time in, one by one.
#[inline(never)]
fn rare<F: Number, const W: usize>(op: Operation, out: Out<F, W>, x: Source<F, W>, y: Source<F, W>, z: Source<F, W>) {
    macro_rules! each {
        (|$a:ident, $b:ident, $c:ident| $e:expr) => {
            for g in 0..out.rows {
                let (x, y, z) = (Any { x, g }, Any { x: y, g }, Any { x: z, g });
                each3(out.row(g), x, y, z, |$a: F, $b: F, $c: F| $e);
            }
        };
    }
    match op {
        Operation::Abs => each!(|a, _b, _c| a.magnitude()),
        Operation::Min => each!(|a, b, _c| if (a < b) | is_nan(a) { a } else { b }),
        Operation::Max => each!(|a, b, _c| if (a > b) | is_nan(a) { a } else { b }),
        Operation::Sign => each!(|a, _b, _c| {
            let signed = if a < F::ZERO { -F::ONE } else { a };
            if a > F::ZERO { F::ONE } else { signed }
        }),
        Operation::Less => each!(|a, b, _c| truth::<F>(a < b)),
        Operation::LessEqual => each!(|a, b, _c| truth::<F>(a <= b)),
        Operation::Equal => each!(|a, b, _c| truth::<F>(a == b)),
        Operation::NotEqual => each!(|a, b, _c| truth::<F>(a != b)),
        Operation::And => each!(|a, b, _c| truth::<F>((a != F::ZERO) & (b != F::ZERO))),
        Operation::Or => each!(|a, b, _c| truth::<F>((a != F::ZERO) | (b != F::ZERO))),
        Operation::Not => each!(|a, _b, _c| truth::<F>(a == F::ZERO)),
        Operation::Select => each!(|a, b, c| if a != F::ZERO { b } else { c }),
        Operation::Call1(f) => each!(|a, _b, _c| F::from_f64(f.value(a.to_f64()))),
        Operation::Call2(f) => each!(|a, b, _c| call2(f, a, b)),
        other => panic!("invariant: {other:?} is asked for elsewhere"),
    }
}

#[allow(clippy::eq_op, reason = "the test for NaN that compiles to one comparison of lanes")]
#[inline(always)]
fn is_nan<F: Number>(x: F) -> bool {
    x != x
}

/// A function without vector form, in double precision.
fn call2<F: Number>(f: Function2, x: F, y: F) -> F {
    F::from_f64(f.value(x.to_f64(), y.to_f64()))
}

/// A function with a vector form, which holds where all arguments of a row are in its range.
#[inline(always)]
fn function<F: Number, const W: usize, const C: u8>(out: Out<F, W>, x: Source<F, W>) {
    let f = const { Core::ALL[C as usize] };
    for g in 0..out.rows {
        let out = out.row(g);
        match x {
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

#[inline(never)]
fn general<F: Number>(f: Core, x: F) -> F {
    F::general(f, x)
}

#[inline(always)]
fn unary<F: Number, const W: usize>(out: Out<F, W>, x: Source<F, W>, f: impl Fn(F) -> F + Copy) {
    for g in 0..out.rows {
        let out = out.row(g);
        match x {
            Source::Cells { cells, stride } => each(out, &cells[g * stride..][..out.len()], f),
            Source::Numbers { numbers, stride } => each(out, numbers[g * stride], f),
        }
    }
}

#[inline(always)]
fn binary<F: Number, const W: usize>(out: Out<F, W>, x: Source<F, W>, y: Source<F, W>, f: impl Fn(F, F) -> F + Copy) {
    use Source::{Cells, Numbers};
    let n = out.n;
    match (x, y) {
        (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }) => {
            for g in 0..out.rows {
                each2(out.row(g), &a[g * s..][..n], &b[g * t..][..n], f);
            }
        }
        (Numbers { numbers: a, stride: s }, Cells { cells: b, stride: t }) => {
            for g in 0..out.rows {
                each2(out.row(g), a[g * s], &b[g * t..][..n], f);
            }
        }
        (Cells { cells: a, stride: s }, Numbers { numbers: b, stride: t }) => {
            for g in 0..out.rows {
                each2(out.row(g), &a[g * s..][..n], b[g * t], f);
            }
        }
        (Numbers { numbers: a, stride: s }, Numbers { numbers: b, stride: t }) => {
            for g in 0..out.rows {
                let value = f(a[g * s], b[g * t]);
                out.row(g).iter().for_each(|chunk| chunk.set([value; W]));
            }
        }
    }
}

/// `then(x y, z)`
#[inline(always)]
fn of_product<F: Number, const W: usize>(
    out: Out<F, W>,
    x: Source<F, W>,
    y: Source<F, W>,
    z: Source<F, W>,
    then: impl Fn(F, F) -> F + Copy,
) {
    use Source::{Cells, Numbers};
    let n = out.n;
    for g in 0..out.rows {
        let out = out.row(g);
        match (x, y, z) {
            (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }, Cells { cells: c, stride: u }) => {
                pairs(out, &a[g * s..][..n], &b[g * t..][..n], &c[g * u..][..n], then);
            }
            (Numbers { numbers: a, stride: s }, Cells { cells: b, stride: t }, Cells { cells: c, stride: u }) => {
                pairs(out, a[g * s], &b[g * t..][..n], &c[g * u..][..n], then);
            }
            (Cells { cells: a, stride: s }, Cells { cells: b, stride: t }, Numbers { numbers: c, stride: u }) => {
                pairs(out, &a[g * s..][..n], &b[g * t..][..n], c[g * u], then);
            }
            (Cells { cells: a, stride: s }, Numbers { numbers: b, stride: t }, Cells { cells: c, stride: u }) => {
                pairs(out, &a[g * s..][..n], b[g * t], &c[g * u..][..n], then);
            }
            (Cells { cells: a, stride: s }, Numbers { numbers: b, stride: t }, Numbers { numbers: c, stride: u }) => {
                pairs(out, &a[g * s..][..n], b[g * t], c[g * u], then);
            }
            (Numbers { numbers: a, stride: s }, Cells { cells: b, stride: t }, Numbers { numbers: c, stride: u }) => {
                pairs(out, a[g * s], &b[g * t..][..n], c[g * u], then);
            }
            (x, y, z) => pairs(out, Any { x, g }, Any { x: y, g }, Any { x: z, g }, then),
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

/// `then(x y, z)` chunk by chunk. Both are operations on whole registers: of one on three arguments the
/// compiler makes single numbers.
#[inline(always)]
fn pairs<F: Number, const W: usize>(
    out: &[Cell<[F; W]>],
    x: impl Row<F, W>,
    y: impl Row<F, W>,
    z: impl Row<F, W>,
    then: impl Fn(F, F) -> F,
) {
    for k in 0..out.len() {
        let product = both(x.chunk(k), y.chunk(k), |x, y| x * y);
        out[k].set(both(product, z.chunk(k), &then));
    }
}

#[inline(always)]
fn both<F: Number, const W: usize>(x: [F; W], y: [F; W], f: impl Fn(F, F) -> F) -> [F; W] {
    let mut r = [F::ZERO; W];
    for lane in 0..W {
        r[lane] = f(x[lane], y[lane]);
    }
    r
}

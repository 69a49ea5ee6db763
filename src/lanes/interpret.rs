//! The interpreter: one source for every width and instruction set.

use super::operation::Operation;
use super::tape::{Instruction, Tape, UNIFORM};
use crate::real;
use crate::real::select::truth;
use crate::real::vector;
use std::cell::Cell;

/// Lanes of one block: 512 bytes, so that some fifty slots stay in the first-level cache.
pub const LANES: usize = 64;
/// Lanes that a simple operation loads, computes and stores together: one AVX-512 register.
const CHUNK: usize = 8;

/// Where an argument of a simple operation comes from.
trait Argument {
    fn at(&self, lane: usize) -> f64;
}

impl<const W: usize> Argument for [f64; W] {
    #[inline(always)]
    fn at(&self, lane: usize) -> f64 {
        self[lane]
    }
}

impl Argument for f64 {
    #[inline(always)]
    fn at(&self, _: usize) -> f64 {
        *self
    }
}

/// The blocks of `N` lanes that slots stand for, each as `N / W` chunks.
///
/// Chunks are cells, so that the blocks of arguments and target are looked up once an instruction,
/// although a target may be an argument too.
pub(super) trait Slots<const N: usize, const W: usize> {
    fn get(&self, slot: u32) -> &[Cell<[f64; W]>];
}

/// Blocks in a row as chunks.
#[inline(always)]
fn chunks<const N: usize, const W: usize>(blocks: &mut [[f64; N]]) -> &[Cell<[f64; W]>] {
    Cell::from_mut(blocks.as_flattened_mut().as_chunks_mut::<W>().0).as_slice_of_cells()
}

/// Slot `k` is block `k`.
struct Direct<'a, const W: usize> {
    chunks: &'a [Cell<[f64; W]>],
}

impl<const N: usize, const W: usize> Slots<N, W> for Direct<'_, W> {
    #[inline(always)]
    fn get(&self, slot: u32) -> &[Cell<[f64; W]>] {
        &self.chunks[slot as usize * (N / W)..][..N / W]
    }
}

/// Slot `k` is block `frame[k]`.
struct Framed<'a, const W: usize> {
    frame: &'a [u32],
    chunks: &'a [Cell<[f64; W]>],
}

impl<const N: usize, const W: usize> Slots<N, W> for Framed<'_, W> {
    #[inline(always)]
    fn get(&self, slot: u32) -> &[Cell<[f64; W]>] {
        &self.chunks[self.frame[slot as usize] as usize * (N / W)..][..N / W]
    }
}

#[inline(always)]
fn is_uniform(argument: u32) -> bool {
    argument & UNIFORM != 0
}

#[inline(always)]
fn uniform(uniforms: &[f64], argument: u32) -> f64 {
    uniforms[(argument & !UNIFORM) as usize]
}

/// Runs `tape` on single numbers: slot `k` is `cells[k]`. The caller has filled the inputs and all
/// uniforms, and there are at least `tape.slots` slots and `tape.uniforms` uniforms.
#[inline(always)]
pub(super) fn execute_single(tape: &Tape, uniforms: &[f64], cells: &mut [f64]) {
    let slots = Direct { chunks: chunks::<1, 1>(cells.as_chunks_mut().0) };
    for instruction in &tape.code {
        step::<1, 1>(instruction, uniforms, &slots);
    }
}

/// Runs `tape` on blocks of `N` lanes, a multiple of eight: slot `k` is `blocks[frame[k]]`.
#[inline(always)]
pub(super) fn execute<const N: usize>(tape: &Tape, uniforms: &[f64], frame: &[u32], blocks: &mut [[f64; N]]) {
    const { assert!(N.is_multiple_of(CHUNK), "blocks are made of whole chunks") };
    let slots = Framed { frame, chunks: chunks::<N, CHUNK>(blocks) };
    for instruction in &tape.code {
        step::<N, CHUNK>(instruction, uniforms, &slots);
    }
}

/// One instruction on all lanes, `W` at a time.
#[inline(always)]
fn step<const N: usize, const W: usize>(i: &Instruction, uniforms: &[f64], slots: &impl Slots<N, W>) {
    let to = slots.get(i.target);
    // Every chunk of the target from the arguments, which are chunks or the same for all lanes.
    macro_rules! lanes {
        (|$k:ident| [$($name:ident = $source:expr),*] $e:expr) => {
            for $k in 0..N / W {
                $(let $name = $source;)*
                let mut r = [0.0; W];
                for lane in 0..W {
                    $(let $name = $name.at(lane);)*
                    r[lane] = $e;
                }
                to[$k].set(r);
            }
        };
    }
    macro_rules! same {
        ($r:expr) => {{
            let r = $r;
            to.iter().for_each(|chunk| chunk.set([r; W]));
        }};
    }
    macro_rules! unary {
        (|$a:ident| $e:expr) => {{
            if is_uniform(i.a) {
                let $a = uniform(uniforms, i.a);
                same!($e);
            } else {
                let x = slots.get(i.a);
                lanes!(|k| [$a = x[k].get()] $e);
            }
        }};
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $e:expr) => {
            match (is_uniform(i.a), is_uniform(i.b)) {
                (false, false) => {
                    let (x, y) = (slots.get(i.a), slots.get(i.b));
                    lanes!(|k| [$a = x[k].get(), $b = y[k].get()] $e);
                }
                (true, false) => {
                    let (x, y) = (uniform(uniforms, i.a), slots.get(i.b));
                    lanes!(|k| [$a = x, $b = y[k].get()] $e);
                }
                (false, true) => {
                    let (x, y) = (slots.get(i.a), uniform(uniforms, i.b));
                    lanes!(|k| [$a = x[k].get(), $b = y] $e);
                }
                (true, true) => {
                    let ($a, $b) = (uniform(uniforms, i.a), uniform(uniforms, i.b));
                    same!($e);
                }
            }
        };
    }
    macro_rules! ternary {
        (|$a:ident, $b:ident, $c:ident| $e:expr) => {
            match (is_uniform(i.a), is_uniform(i.b), is_uniform(i.c)) {
                (false, false, false) => {
                    let (x, y, z) = (slots.get(i.a), slots.get(i.b), slots.get(i.c));
                    lanes!(|k| [$a = x[k].get(), $b = y[k].get(), $c = z[k].get()] $e);
                }
                (true, false, false) => {
                    let (x, y, z) = (uniform(uniforms, i.a), slots.get(i.b), slots.get(i.c));
                    lanes!(|k| [$a = x, $b = y[k].get(), $c = z[k].get()] $e);
                }
                (false, true, false) => {
                    let (x, y, z) = (slots.get(i.a), uniform(uniforms, i.b), slots.get(i.c));
                    lanes!(|k| [$a = x[k].get(), $b = y, $c = z[k].get()] $e);
                }
                (false, false, true) => {
                    let (x, y, z) = (slots.get(i.a), slots.get(i.b), uniform(uniforms, i.c));
                    lanes!(|k| [$a = x[k].get(), $b = y[k].get(), $c = z] $e);
                }
                (true, false, true) => {
                    let (x, y, z) = (uniform(uniforms, i.a), slots.get(i.b), uniform(uniforms, i.c));
                    lanes!(|k| [$a = x, $b = y[k].get(), $c = z] $e);
                }
                (false, true, true) => {
                    let (x, y, z) = (slots.get(i.a), uniform(uniforms, i.b), uniform(uniforms, i.c));
                    lanes!(|k| [$a = x[k].get(), $b = y, $c = z] $e);
                }
                (true, true, false) => {
                    let (x, y, z) = (uniform(uniforms, i.a), uniform(uniforms, i.b), slots.get(i.c));
                    lanes!(|k| [$a = x, $b = y, $c = z[k].get()] $e);
                }
                (true, true, true) => {
                    let ($a, $b, $c) = (uniform(uniforms, i.a), uniform(uniforms, i.b), uniform(uniforms, i.c));
                    same!($e);
                }
            }
        };
    }
    // A function whose core holds for arguments in its range: the general form where one is not.
    macro_rules! function {
        ($in_range:expr, $core:expr, $general:expr) => {{
            if is_uniform(i.a) {
                same!($general(uniform(uniforms, i.a)));
            } else {
                let x = slots.get(i.a);
                if all(x, $in_range) {
                    lanes!(|k| [a = x[k].get()] $core(a));
                } else {
                    lanes!(|k| [a = x[k].get()] $general(a));
                }
            }
        }};
    }
    match i.operation {
        Operation::Copy => unary!(|a| a),
        Operation::Add => binary!(|a, b| a + b),
        Operation::Sub => binary!(|a, b| a - b),
        Operation::Mul => binary!(|a, b| a * b),
        Operation::Div => binary!(|a, b| a / b),
        Operation::MulAdd => ternary!(|a, b, c| a * b + c),
        Operation::MulSub => ternary!(|a, b, c| a * b - c),
        Operation::NegMulAdd => ternary!(|a, b, c| c - a * b),
        Operation::Neg => unary!(|a| -a),
        Operation::Abs => unary!(|a| a.abs()),
        Operation::Sqrt => unary!(|a| a.sqrt()),
        Operation::Min => binary!(|a, b| real::min(a, b)),
        Operation::Max => binary!(|a, b| real::max(a, b)),
        Operation::Sign => unary!(|a| real::sign(a)),
        Operation::Less => binary!(|a, b| truth(a < b)),
        Operation::LessEqual => binary!(|a, b| truth(a <= b)),
        Operation::Equal => binary!(|a, b| truth(a == b)),
        Operation::NotEqual => binary!(|a, b| truth(a != b)),
        Operation::And => binary!(|a, b| truth((a != 0.0) & (b != 0.0))),
        Operation::Or => binary!(|a, b| truth((a != 0.0) | (b != 0.0))),
        Operation::Not => unary!(|a| truth(a == 0.0)),
        Operation::Select => ternary!(|a, b, c| if a != 0.0 { b } else { c }),
        Operation::Sin => function!(vector::trig_in_range, vector::sin_core, real::sin),
        Operation::Cos => function!(vector::trig_in_range, vector::cos_core, real::cos),
        Operation::SinCos => {
            let cosines = slots.get(i.c);
            if is_uniform(i.a) {
                let (sine, cosine) = real::sin_cos(uniform(uniforms, i.a));
                same!(sine);
                cosines.iter().for_each(|chunk| chunk.set([cosine; W]));
                return;
            }
            let x = slots.get(i.a);
            let inside = all(x, vector::trig_in_range);
            for k in 0..N / W {
                let x = x[k].get();
                let (mut s, mut c) = ([0.0; W], [0.0; W]);
                if inside {
                    for lane in 0..W {
                        (s[lane], c[lane]) = vector::sin_cos_core(x[lane]);
                    }
                } else {
                    for lane in 0..W {
                        (s[lane], c[lane]) = (real::sin(x[lane]), real::cos(x[lane]));
                    }
                }
                to[k].set(s);
                cosines[k].set(c);
            }
        }
        Operation::Exp => function!(vector::exp_in_range, vector::exp_core, real::exp),
        Operation::Ln => function!(vector::ln_in_range, vector::ln_core, real::ln),
        Operation::Tanh => function!(|_| true, vector::tanh_core, real::tanh),
        Operation::Call1(f) => unary!(|a| f.value(a)),
        Operation::Call2(f) => binary!(|a, b| f.value(a, b)),
    }
}

/// Whether every lane is in range, without an early exit so that it vectorises.
#[inline(always)]
fn all<const W: usize>(x: &[Cell<[f64; W]>], in_range: impl Fn(f64) -> bool) -> bool {
    let mut inside = true;
    for chunk in x {
        for x in chunk.get() {
            inside &= in_range(x);
        }
    }
    inside
}

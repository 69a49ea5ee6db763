//! The interpreter: one source for every width and instruction set.

use super::operation::Operation;
use super::tape::{Instruction, Tape, UNIFORM};
use crate::real;
use crate::real::select::truth;
use crate::real::vector;

/// Lanes of one block: 512 bytes, so that some fifty slots stay in the first-level cache.
pub const LANES: usize = 64;
/// Lanes that a simple operation loads, computes and stores together: one AVX-512 register.
const CHUNK: usize = 8;

/// One lane.
pub(super) type Single = [f64; 1];

/// Where an argument of a simple operation comes from.
trait Argument {
    fn at(&self, lane: usize) -> f64;
}

impl<const N: usize> Argument for [f64; N] {
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

/// The blocks that slots stand for.
pub(super) trait Slots<const N: usize> {
    fn get(&self, slot: u32) -> &[f64; N];
    fn get_mut(&mut self, slot: u32) -> &mut [f64; N];
}

/// Slot `k` is block `k`.
impl<const N: usize> Slots<N> for &mut [[f64; N]] {
    #[inline(always)]
    fn get(&self, slot: u32) -> &[f64; N] {
        &self[slot as usize]
    }
    #[inline(always)]
    fn get_mut(&mut self, slot: u32) -> &mut [f64; N] {
        &mut self[slot as usize]
    }
}

/// Slot `k` is block `frame[k]`.
pub(super) struct Framed<'a, const N: usize> {
    pub frame: &'a [u32],
    pub blocks: &'a mut [[f64; N]],
}

impl<const N: usize> Slots<N> for Framed<'_, N> {
    #[inline(always)]
    fn get(&self, slot: u32) -> &[f64; N] {
        &self.blocks[self.frame[slot as usize] as usize]
    }
    #[inline(always)]
    fn get_mut(&mut self, slot: u32) -> &mut [f64; N] {
        &mut self.blocks[self.frame[slot as usize] as usize]
    }
}

/// The chunk of `slot` that starts at `base`. Targets may be arguments too, so chunks are copied.
#[inline(always)]
fn chunk<const N: usize, const W: usize>(slots: &impl Slots<N>, slot: u32, base: usize) -> [f64; W] {
    let mut out = [0.0; W];
    out.copy_from_slice(&slots.get(slot)[base..base + W]);
    out
}

#[inline(always)]
fn is_uniform(argument: u32) -> bool {
    argument & UNIFORM != 0
}

#[inline(always)]
fn uniform(uniforms: &[f64], argument: u32) -> f64 {
    uniforms[(argument & !UNIFORM) as usize]
}

/// Runs `tape` on `slots`: the caller has filled the inputs and all uniforms.
///
/// There are at least `tape.slots` slots and `tape.uniforms` uniforms.
#[inline(always)]
pub(super) fn execute<const N: usize>(tape: &Tape, uniforms: &[f64], mut slots: impl Slots<N>) {
    if N == 1 {
        for instruction in &tape.code {
            step::<N, 1>(instruction, uniforms, &mut slots);
        }
    } else {
        for instruction in &tape.code {
            step::<N, CHUNK>(instruction, uniforms, &mut slots);
        }
    }
}

/// One instruction on all lanes, `W` at a time.
#[inline(always)]
fn step<const N: usize, const W: usize>(i: &Instruction, uniforms: &[f64], slots: &mut impl Slots<N>) {
    macro_rules! unary {
        (|$a:ident| $e:expr) => {{
            if is_uniform(i.a) {
                let $a = uniform(uniforms, i.a);
                let r = $e;
                *slots.get_mut(i.target) = [r; N];
            } else {
                for base in (0..N).step_by(W) {
                    let x: [f64; W] = chunk(slots, i.a, base);
                    let mut r = [0.0; W];
                    for lane in 0..W {
                        let $a = x[lane];
                        r[lane] = $e;
                    }
                    slots.get_mut(i.target)[base..base + W].copy_from_slice(&r);
                }
            }
        }};
    }
    macro_rules! lanes {
        ([$($name:ident = $source:expr),*] $e:expr) => {
            for base in (0..N).step_by(W) {
                $(let $name = $source(base);)*
                let mut r = [0.0; W];
                for lane in 0..W {
                    $(let $name = $name.at(lane);)*
                    r[lane] = $e;
                }
                slots.get_mut(i.target)[base..base + W].copy_from_slice(&r);
            }
        };
    }
    macro_rules! binary {
        (|$a:ident, $b:ident| $e:expr) => {
            match (is_uniform(i.a), is_uniform(i.b)) {
                (false, false) => {
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |s| chunk::<N, W>(slots, i.b, s)] $e)
                }
                (true, false) => {
                    let x = uniform(uniforms, i.a);
                    lanes!([$a = |_| x, $b = |s| chunk::<N, W>(slots, i.b, s)] $e)
                }
                (false, true) => {
                    let y = uniform(uniforms, i.b);
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |_| y] $e)
                }
                (true, true) => {
                    let ($a, $b) = (uniform(uniforms, i.a), uniform(uniforms, i.b));
                    let r = $e;
                    *slots.get_mut(i.target) = [r; N];
                }
            }
        };
    }
    macro_rules! ternary {
        (|$a:ident, $b:ident, $c:ident| $e:expr) => {
            match (is_uniform(i.a), is_uniform(i.b), is_uniform(i.c)) {
                (false, false, false) => {
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |s| chunk::<N, W>(slots, i.b, s),
                            $c = |s| chunk::<N, W>(slots, i.c, s)] $e)
                }
                (true, false, false) => {
                    let x = uniform(uniforms, i.a);
                    lanes!([$a = |_| x, $b = |s| chunk::<N, W>(slots, i.b, s), $c = |s| chunk::<N, W>(slots, i.c, s)] $e)
                }
                (false, true, false) => {
                    let x = uniform(uniforms, i.b);
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |_| x, $c = |s| chunk::<N, W>(slots, i.c, s)] $e)
                }
                (false, false, true) => {
                    let x = uniform(uniforms, i.c);
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |s| chunk::<N, W>(slots, i.b, s), $c = |_| x] $e)
                }
                (true, false, true) => {
                    let (x, y) = (uniform(uniforms, i.a), uniform(uniforms, i.c));
                    lanes!([$a = |_| x, $b = |s| chunk::<N, W>(slots, i.b, s), $c = |_| y] $e)
                }
                (false, true, true) => {
                    let (x, y) = (uniform(uniforms, i.b), uniform(uniforms, i.c));
                    lanes!([$a = |s| chunk::<N, W>(slots, i.a, s), $b = |_| x, $c = |_| y] $e)
                }
                (true, true, false) => {
                    let (x, y) = (uniform(uniforms, i.a), uniform(uniforms, i.b));
                    lanes!([$a = |_| x, $b = |_| y, $c = |s| chunk::<N, W>(slots, i.c, s)] $e)
                }
                (true, true, true) => {
                    let ($a, $b, $c) = (uniform(uniforms, i.a), uniform(uniforms, i.b), uniform(uniforms, i.c));
                    let r = $e;
                    *slots.get_mut(i.target) = [r; N];
                }
            }
        };
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
        Operation::Sin => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = map(&x, vector::trig_in_range, vector::sin_core, real::sin);
        }
        Operation::Cos => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = map(&x, vector::trig_in_range, vector::cos_core, real::cos);
        }
        Operation::SinCos => {
            let x = argument(i.a, uniforms, slots);
            let (sine, cosine) = sin_cos(&x);
            *slots.get_mut(i.target) = sine;
            *slots.get_mut(i.c) = cosine;
        }
        Operation::Exp => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = map(&x, vector::exp_in_range, vector::exp_core, real::exp);
        }
        Operation::Ln => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = map(&x, vector::ln_in_range, vector::ln_core, real::ln);
        }
        Operation::Tanh => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = map(&x, |_| true, vector::tanh_core, real::tanh);
        }
        Operation::Call1(f) => {
            let x = argument(i.a, uniforms, slots);
            *slots.get_mut(i.target) = x.map(|x| f.value(x));
        }
        Operation::Call2(f) => {
            let x = argument(i.a, uniforms, slots);
            let y = argument(i.b, uniforms, slots);
            let target = slots.get_mut(i.target);
            for lane in 0..N {
                target[lane] = f.value(x[lane], y[lane]);
            }
        }
    }
}

/// All lanes of an argument.
#[inline(always)]
fn argument<const N: usize>(argument: u32, uniforms: &[f64], slots: &impl Slots<N>) -> [f64; N] {
    if is_uniform(argument) { [uniform(uniforms, argument); N] } else { *slots.get(argument) }
}

/// `core` on all lanes where all are in its range, else `general` lane by lane: the same bits.
#[inline(always)]
fn map<const N: usize>(
    x: &[f64; N],
    in_range: impl Fn(f64) -> bool,
    core: impl Fn(f64) -> f64,
    general: impl Fn(f64) -> f64,
) -> [f64; N] {
    let mut r = [0.0; N];
    if all(x, in_range) {
        for lane in 0..N {
            r[lane] = core(x[lane]);
        }
    } else {
        for lane in 0..N {
            r[lane] = general(x[lane]);
        }
    }
    r
}

#[inline(always)]
fn sin_cos<const N: usize>(x: &[f64; N]) -> ([f64; N], [f64; N]) {
    let (mut s, mut c) = ([0.0; N], [0.0; N]);
    if all(x, vector::trig_in_range) {
        for lane in 0..N {
            (s[lane], c[lane]) = vector::sin_cos_core(x[lane]);
        }
    } else {
        for lane in 0..N {
            (s[lane], c[lane]) = (real::sin(x[lane]), real::cos(x[lane]));
        }
    }
    (s, c)
}

/// Whether every lane is in range, without an early exit so that it vectorises.
#[inline(always)]
fn all<const N: usize>(x: &[f64; N], in_range: impl Fn(f64) -> bool) -> bool {
    let mut inside = true;
    for &x in x {
        inside &= in_range(x);
    }
    inside
}

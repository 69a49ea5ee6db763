//! The choice of instruction set, at run time.
//!
//! A computation that should use vector registers implements [`Vectorized`] with an
//! `#[inline(always)]` body; [`dispatch`] compiles it once per [`Level`] and runs the chosen one.
//! This is one of the two files with `unsafe`: calling a function that is compiled for an
//! instruction set is sound exactly when the machine has it, and [`Level`] is the proof: its
//! values other than the baseline are only made by [`Level::detect`] and [`Level::available`].
#![allow(unsafe_code)]

use super::interpret;
use super::operation::Operation;
use super::tape::Tape;
use crate::real;
use std::sync::OnceLock;

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Set {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// What every machine of this architecture has.
    pub const BASELINE: Level = Level(Set::Baseline);

    /// All levels of this machine, the best one last.
    pub fn available() -> &'static [Level] {
        static LEVELS: OnceLock<Vec<Level>> = OnceLock::new();
        LEVELS.get_or_init(|| {
            let mut levels = vec![Level::BASELINE];
            #[cfg(target_arch = "x86_64")]
            {
                let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
                if avx2 {
                    levels.push(Level(Set::Avx2));
                }
                if avx2
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                {
                    levels.push(Level(Set::Avx512));
                }
            }
            levels
        })
    }

    /// The best level of this machine.
    pub fn detect() -> Level {
        Level::available().last().copied().unwrap_or(Level::BASELINE)
    }

    /// Whether its registers have 512 bits.
    pub fn has_512_bits(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            self.0 == Set::Avx512
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            false
        }
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
        }
    }
}

/// A computation that gains from vector registers.
pub trait Vectorized {
    /// What it gives.
    type Output;
    /// The computation. Must be `#[inline(always)]`, with everything hot that it calls.
    fn run(self) -> Self::Output;
}

/// Runs `work` compiled for `level`.
#[inline]
pub fn dispatch<V: Vectorized>(level: Level, work: V) -> V::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma")]
        fn avx2<V: Vectorized>(work: V) -> V::Output {
            work.run()
        }
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
        fn avx512<V: Vectorized>(work: V) -> V::Output {
            work.run()
        }
        match level.0 {
            Set::Baseline => work.run(),
            // SAFETY: a `Level` with this set is only made after the features were detected.
            Set::Avx2 => unsafe { avx2(work) },
            // SAFETY: as above.
            Set::Avx512 => unsafe { avx512(work) },
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let Level(Set::Baseline) = level;
        work.run()
    }
}

/// A run of a tape on blocks of `N` lanes.
struct Run<'a, const N: usize> {
    tape: &'a Tape,
    uniforms: &'a [f64],
    frame: &'a [u32],
    blocks: &'a mut [[f64; N]],
}

impl<const N: usize> Vectorized for Run<'_, N> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        interpret::execute(self.tape, self.uniforms, self.frame, self.blocks);
    }
}

/// A run of a tape on single numbers.
struct RunSingle<'a> {
    tape: &'a Tape,
    uniforms: &'a [f64],
    cells: &'a mut [f64],
}

impl Vectorized for RunSingle<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        interpret::execute_single(self.tape, self.uniforms, self.cells);
    }
}

/// Runs of a tape for one term after the other.
struct RunTerms<'a, const N: usize, F> {
    tape: &'a Tape,
    count: usize,
    uniforms: &'a mut [f64],
    frame: &'a mut [u32],
    blocks: &'a mut [[f64; N]],
    advance: F,
}

impl<const N: usize, F: Fn(usize, &mut [f64], &mut [u32])> Vectorized for RunTerms<'_, N, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for term in 0..self.count {
            (self.advance)(term, self.uniforms, self.frame);
            interpret::execute(self.tape, self.uniforms, self.frame, self.blocks);
        }
    }
}

impl Tape {
    /// Runs the tape on blocks of `N` lanes; slot `k` is `blocks[frame[k]]`.
    ///
    /// The slots [`Tape::filled`] and the uniforms are the caller's; `frame` has at least
    /// [`Tape::slots`] entries and `uniforms` [`Tape::uniforms`].
    pub fn run_blocks<const N: usize>(&self, level: Level, uniforms: &[f64], frame: &[u32], blocks: &mut [[f64; N]]) {
        dispatch(level, Run { tape: self, uniforms, frame, blocks });
    }

    /// Runs the tape for `count` terms, one after the other; `advance` sets the frame and the
    /// uniforms of each.
    pub fn run_terms<const N: usize>(
        &self,
        level: Level,
        count: usize,
        uniforms: &mut [f64],
        frame: &mut [u32],
        blocks: &mut [[f64; N]],
        advance: impl Fn(usize, &mut [f64], &mut [u32]),
    ) {
        dispatch(level, RunTerms { tape: self, count, uniforms, frame, blocks, advance });
    }

    /// Runs the tape on one lane: slot `k` is `cells[k]`. The same bits as any lane of a block.
    pub fn run_single(&self, level: Level, uniforms: &[f64], cells: &mut [f64]) {
        dispatch(level, RunSingle { tape: self, uniforms, cells });
    }
}

/// Both results of `sin_cos`, as the C ABI returns two doubles.
#[repr(C)]
pub struct Pair(f64, f64);

/// The address of a scalar function for native code: `extern "C" fn(f64) -> f64`, for `SinCos`
/// `extern "C" fn(f64) -> Pair`. It is compiled for `level` and must only be called on a machine
/// that has it, which [`Level`] proves. `None` for operations that are no such function.
pub fn scalar_entry(level: Level, operation: Operation) -> Option<*const u8> {
    macro_rules! entry {
        ($result:ty, |$x:ident| $value:expr) => {{
            extern "C" fn baseline($x: f64) -> $result {
                $value
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            extern "C" fn fused($x: f64) -> $result {
                $value
            }
            match level.0 {
                Set::Baseline => baseline as extern "C" fn(f64) -> $result as *const u8,
                #[cfg(target_arch = "x86_64")]
                Set::Avx2 | Set::Avx512 => fused as unsafe extern "C" fn(f64) -> $result as *const u8,
            }
        }};
    }
    Some(match operation {
        Operation::Sin => entry!(f64, |x| real::sin(x)),
        Operation::Cos => entry!(f64, |x| real::cos(x)),
        Operation::Exp => entry!(f64, |x| real::exp(x)),
        Operation::Ln => entry!(f64, |x| real::ln(x)),
        Operation::Tanh => entry!(f64, |x| real::tanh(x)),
        Operation::SinCos => entry!(Pair, |x| {
            let (sine, cosine) = real::sin_cos(x);
            Pair(sine, cosine)
        }),
        _ => return None,
    })
}

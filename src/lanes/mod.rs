//! Straight-line tapes over SIMD lanes.
//!
//! A [`Tape`] is a list of elementwise operations on slots. The interpreter runs it on blocks
//! `[slot][64 lanes]`, or on one lane, from one source that is compiled for the baseline
//! instruction set, for AVX2 with FMA and for AVX-512 and chosen at run time. Every level, every
//! width and native code give the same bits: there is no contraction, and functions come from
//! [`crate::real`].
//!
//! | file | what it holds |
//! |---|---|
//! | [`operation`] | the operations, their arguments, their value on one lane |
//! | [`builder`] | values in single assignment, shared and folded |
//! | [`allocate`] | dead code, fused operations, slots by liveness |
//! | [`tape`] | the finished tape and its verifier |
//! | [`blocks`] | memory of lanes |
//! | [`interpret`] | the interpreter |
//! | [`dispatch`] | the choice of instruction set |

pub mod allocate;
pub mod blocks;
pub mod builder;
pub mod dispatch;
pub mod interpret;
pub mod operation;
pub mod tape;

pub use blocks::Blocks;
pub use builder::{Placement, TapeBuilder, Value};
pub use dispatch::{Level, Vectorized, dispatch, scalar_entry};
pub use interpret::LANES;
pub use operation::{Function1, Function2, Operation};
pub use tape::{Instruction, Tape, UNIFORM};

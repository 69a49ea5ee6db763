//! Equations → machine: lowering to tapes and solves, native code, Jacobians.

pub mod field;
pub mod solve;

pub use field::{Failure, Part, VectorField};

//! Equations → machine: lowering to tapes and solves, native code, Jacobians.

pub mod field;
pub mod lower;
pub mod program;
pub mod solve;

pub use field::{Failure, Part, VectorField};
pub use lower::{Leaf, LinearSystem, LowerError, Matrix, Output, Request, Tier};
pub use program::{Program, Workspace};

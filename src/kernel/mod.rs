//! Equations → machine: lowering to tapes and solves, native code, Jacobians.
//!
//! | file | what it holds |
//! |---|---|
//! | [`execution`] | instruction set, interpreter or machine code |
//! | [`field`] | what an integrator sees: [`VectorField`] |
//! | [`compiled`] | [`Kernel`]: the equations of motion, compiled |
//! | [`blocks`] | explicit, linear and Newton blocks in order |
//! | [`derivative`] | exact Jacobians by directional derivatives |
//! | [`linearised`] | sparse mass matrix and Jacobian of the equations to first order |
//! | `coloured` | sparse derivatives, columns without a common row together |
//! | `sparse_mass` | linear blocks whose mass matrix is large and sparse |
//! | `pattern` | which results depend on which directions, and the colours of columns |
//! | [`sparse`] | sparse matrices and their factorisations |
//! | [`banded`] | LU factors of narrow bands |
//! | [`multifrontal`] | LU factors by dense fronts |
//! | `newton` | implicit blocks |
//! | [`net`] | learned functions |
//! | [`lower`] | expressions to stages |
//! | [`program`] | stages at work, one state at a time |
//! | `after` | what stands behind tapes: sums, scatters, nets, solves |
//! | [`batch`] | stages at work, many states or directions at a time |
//! | [`native`] | machine code for scalar tapes |
//! | [`solve`] | factorisations |

mod after;
pub mod banded;
pub mod batch;
pub mod blocks;
mod coloured;
pub mod compiled;
pub mod derivative;
pub mod execution;
pub mod field;
pub mod linearised;
pub mod lower;
pub mod multifrontal;
pub mod native;
pub mod net;
mod newton;
mod pattern;
pub mod program;
pub mod solve;
pub mod sparse;
mod sparse_mass;

pub use compiled::{Kernel, Observer};
pub use execution::{Code, Execution};
pub use field::{Failure, Part, VectorField};
pub use linearised::Linearised;
pub use lower::{Leaf, LinearSystem, LowerError, Matrix, Output, Request, Tier};
pub use net::NetWeights;
pub use program::{Program, Workspace};

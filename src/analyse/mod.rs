//! Numbers that depend on a whole run, and parts of a field.

pub mod functional;
pub mod helmholtz;
pub mod lyapunov;
pub mod sampled;

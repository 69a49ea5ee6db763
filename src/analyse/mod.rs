//! Numbers that depend on a whole run.

pub mod functional;
pub mod lyapunov;
pub mod sampled;

//! Numbers that depend on a whole run, parts of a field, and what a field carries.

pub mod current;
pub mod functional;
pub mod helmholtz;
pub mod lyapunov;
pub mod sampled;

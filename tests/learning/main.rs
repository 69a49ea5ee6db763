//! Losses and their gradients against dual numbers through formulas, and against differences.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]

mod gradients;
mod oracle;
mod products;
mod promises;
mod systems;

//! Tensor programs: derivatives, nets, counts of products, execution.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]

mod counts;
mod derivatives;
mod execution;
mod nets;
mod programs;
mod single;
mod support;

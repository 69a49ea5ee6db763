//! Behaviour of the symbolic layer, against dual numbers and against itself written out.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod expressions;
mod families;
mod printing;
mod raw;
mod rules;

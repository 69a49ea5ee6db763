//! Numbers that depend on a whole run.

pub mod functional;

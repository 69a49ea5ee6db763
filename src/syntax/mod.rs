//! Text ⇄ tree: the pest grammar, the parser with recovery, and the formatter.
//!
//! Knows what a statement looks like and nothing of what it means.

pub mod tree;

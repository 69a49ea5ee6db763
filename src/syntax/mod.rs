//! Text ⇄ tree: the pest grammar, the parser with recovery, and the formatter.
//!
//! Knows what a statement looks like and nothing of what it means.

mod build;
mod lexer;
mod names;
mod parser;
pub mod tree;

pub use parser::{parse, parse_expr, parse_type, parse_unit};

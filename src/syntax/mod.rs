//! Text ⇄ tree: the pest grammar, the parser with recovery, and the formatter.
//!
//! Knows what a statement looks like and nothing of what it means.

mod build;
mod codes;
mod diagnose;
mod format;
mod lexer;
mod names;
mod parser;
mod scan;
pub mod tree;
mod words;

pub use codes::CODES;
pub use format::format;
pub use parser::{parse, parse_expr, parse_type, parse_unit};

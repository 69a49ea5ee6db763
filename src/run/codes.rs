//! The pages of all diagnostics: every layer keeps its own list.

use crate::diagnostic::{self, Entry};

/// Every code with its page, in the order of the layers.
pub fn pages() -> impl Iterator<Item = &'static Entry> {
    diagnostic::CATALOG.iter().chain(crate::syntax::CODES).chain(crate::integrate::outcome::CODES)
}

/// The page of a code, upper or lower case.
pub fn explain(code: &str) -> Option<&'static Entry> {
    pages().find(|e| e.code.eq_ignore_ascii_case(code))
}

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

/// Every code, sorted.
pub fn codes() -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> = pages().collect();
    all.sort_by_key(|entry| entry.code);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_different_and_have_pages() {
        let all = codes();
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code), "two pages for one code");
        for entry in all {
            assert!(entry.text.split_whitespace().count() > 5, "{} has no page", entry.code);
            assert!(!entry.title.is_empty() && !entry.title.ends_with('.'), "{}", entry.code);
        }
    }
}

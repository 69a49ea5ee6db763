//! All diagnostic codes with their pages, from the lists that lie beside the code that raises them.

use crate::diagnostic::{self, Entry};
use crate::{integrate, syntax};

/// The lists, in the order of the layers.
const LISTS: &[&[Entry]] = &[diagnostic::CATALOG, syntax::CODES, integrate::outcome::CODES];

/// Every code, sorted.
pub fn codes() -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> = LISTS.iter().copied().flatten().collect();
    all.sort_by_key(|entry| entry.code);
    all
}

/// The page of a code, typed in any case.
pub fn explain(code: &str) -> Option<&'static Entry> {
    codes().into_iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
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

//! Every diagnostic code with its page.

/// A code and its explanation.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// `E0101`
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means, why, and what to do.
    pub text: &'static str,
}

/// All codes in order: E01xx syntax and names, E02xx dimensions and shapes, E03xx physics, E04xx
/// statements and options, E05xx methods and limits, R06xx outcomes of runs, E09xx not built yet.
pub const CATALOG: &[Entry] = &[];

/// The page of a code.
pub fn explain(code: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|e| e.code.eq_ignore_ascii_case(code))
}

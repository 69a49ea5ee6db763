//! The pages of the diagnostics of the model, the formalisms and the conductor, by hundreds. The
//! layers below the model and the integrators keep lists of their own.

mod data;
mod dimensions;
mod fields;
mod fits;
mod kept;
mod later;
mod learned;
mod limits;
mod names;
mod physics;
mod statements;

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

const fn entry(code: &'static str, title: &'static str, text: &'static str) -> Entry {
    Entry { code, title, text }
}

const PARTS: [&[Entry]; 11] = [
    names::ENTRIES,
    dimensions::ENTRIES,
    physics::ENTRIES,
    fields::ENTRIES,
    statements::ENTRIES,
    data::ENTRIES,
    learned::ENTRIES,
    fits::ENTRIES,
    kept::ENTRIES,
    limits::ENTRIES,
    later::ENTRIES,
];

const LENGTH: usize = {
    let mut n = 0;
    let mut part = 0;
    while part < PARTS.len() {
        n += PARTS[part].len();
        part += 1;
    }
    n
};

const ALL: [Entry; LENGTH] = {
    let mut all = [PARTS[0][0]; LENGTH];
    let (mut n, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut k = 0;
        while k < PARTS[part].len() {
            all[n] = PARTS[part][k];
            n += 1;
            k += 1;
        }
        part += 1;
    }
    all
};

/// All codes of this list in order: E01xx syntax and names, E02xx dimensions and shapes, E03xx
/// physics, E04xx statements and options, E05xx methods and limits, E09xx not built yet.
pub const CATALOG: &[Entry] = &ALL;

/// The page of a code of this list.
pub fn explain(code: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|e| e.code.eq_ignore_ascii_case(code))
}

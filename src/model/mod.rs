//! Tree → system: names, shapes, index sets, dimensions, starts, checks and tasks.
//!
//! Knows what a statement means and no algorithm: it never differentiates an equation into being,
//! never evaluates a number of a run, and opens no file (imports arrive through [`Sources`]).

pub mod experiment;
pub mod fitted;
pub mod function;
pub mod grid;
pub mod learned;
mod mentions;
mod missing;
mod program;
mod resolve;
mod sources;
pub mod system;
mod units;
mod value;

pub use learned::LearnedNet;
pub use missing::missing_starts;
pub use program::{Binding, DATA_FILES, Module, Program, Target, load};
pub use resolve::{
    ASKED, GIVEN_FUNCTIONS, OUTCOMES, SIMULATE_OPTIONS, SystemRequest, resolve_check, resolve_system, resolve_values,
    system_names,
};
pub use sources::Sources;
pub use system::System;

use crate::syntax::tree::*;

/// The nearest of some names, if it is near enough to be meant.
pub(crate) fn suggest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let length = name.chars().count();
    let allowed = match length {
        0..=1 => return None,
        2..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    names
        .filter(|n| *n != name && !n.ends_with(' '))
        .map(|n| {
            let as_shown = strsim::damerau_levenshtein(&n.to_lowercase(), &name.to_lowercase());
            (as_shown.min(strsim::damerau_levenshtein(&spelled(n), &spelled(name))), n)
        })
        .filter(|(distance, n)| *distance <= allowed && *distance < spelled(n).chars().count())
        .min()
        .map(|(_, n)| n)
}

/// A name in Latin letters, Greek ones as words: `θ1` is `theta1`.
fn spelled(name: &str) -> String {
    const WORDS: [(char, &str); 24] = [
        ('α', "alpha"),
        ('β', "beta"),
        ('γ', "gamma"),
        ('δ', "delta"),
        ('ε', "epsilon"),
        ('ζ', "zeta"),
        ('η', "eta"),
        ('θ', "theta"),
        ('ι', "iota"),
        ('κ', "kappa"),
        ('λ', "lambda"),
        ('μ', "mu"),
        ('ν', "nu"),
        ('ξ', "xi"),
        ('π', "pi"),
        ('ρ', "rho"),
        ('σ', "sigma"),
        ('τ', "tau"),
        ('υ', "upsilon"),
        ('φ', "phi"),
        ('χ', "chi"),
        ('ψ', "psi"),
        ('ω', "omega"),
        ('ς', "sigma"),
    ];
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        match WORDS.iter().find(|w| w.0 == c) {
            Some((_, word)) => out.push_str(word),
            None => out.push(c),
        }
    }
    out
}

/// "`a`, `b` and `c`", at most a dozen.
pub(crate) fn list_names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|n| format!("`{n}`")).collect();
    let more = names.len().saturating_sub(shown.len());
    match (shown.split_last(), more) {
        (None, _) => "nothing".to_owned(),
        (Some((last, [])), 0) => last.clone(),
        (Some((last, rest)), 0) => format!("{} and {last}", rest.join(", ")),
        (Some(_), more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A left side as text, to compare two of them: `r[1]'`, `a.θ`.
pub(crate) fn text_of(e: &Expr) -> String {
    match &*e.kind {
        ExprKind::Name(n) => n.clone(),
        ExprKind::Number { text, .. } => text.clone(),
        ExprKind::Paren(inner) => text_of(inner),
        ExprKind::Prime { base, order, .. } => format!("{}{}", text_of(base), "'".repeat(*order as usize)),
        ExprKind::Field { base, name } => format!("{}.{}", text_of(base), name.name),
        ExprKind::Index { base, index } => format!(
            "{}[{}]",
            text_of(base),
            index.slots.iter().map(|s| text_of(&s.value)).collect::<Vec<_>>().join(",")
        ),
        _ => "?".to_owned(),
    }
}

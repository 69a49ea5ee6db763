//! The canonical form of a name: NFKC, Greek words as letters, one letter for each shape.

use unicode_normalization::UnicodeNormalization;

/// A name in canonical form, with the dots above its end taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canonical {
    /// The name.
    pub name: String,
    /// Dots above the last letter: `q̇` is `q` with one.
    pub dots: u32,
}

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Cyrillic beside Latin or Greek.
    MixedScripts,
    /// `q̈`, or a dot above that is not at the end.
    Diaeresis,
    /// A dot above a letter that is not the last.
    InnerDot,
}

/// Greek words and their letters. Capitals only where the letter has a shape of its own.
const GREEK: [(&str, char); 33] = [
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("upsilon", 'υ'),
    ("phi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Theta", 'Θ'),
    ("Lambda", 'Λ'),
    ("Xi", 'Ξ'),
    ("Pi", 'Π'),
    ("Sigma", 'Σ'),
    ("Phi", 'Φ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
];

/// Capitals (and omicron) that look like Latin letters.
const LOOKALIKES: [(char, char); 15] = [
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    ('ο', 'o'),
];

/// The letter of a Greek word.
pub(super) fn greek_letter(word: &str) -> Option<char> {
    GREEK.iter().find(|(w, _)| *w == word).map(|(_, c)| *c)
}

/// The canonical form of a name as written.
pub(super) fn canonical(written: &str) -> Result<Canonical, Problem> {
    if written.is_ascii() {
        return Ok(Canonical { name: with_greek_letters(written), dots: 0 });
    }
    let mut name: Vec<char> = written.nfkc().collect();
    let dots = take_dots(&mut name)?;
    for c in &mut name {
        if let Some((_, latin)) = LOOKALIKES.iter().find(|(greek, _)| greek == c) {
            *c = *latin;
        }
    }
    let cyrillic =
        |c: &char| matches!(*c as u32, 0x0400..=0x052F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F);
    let other = |c: &char| c.is_alphabetic() && matches!(*c as u32, 0x41..=0x24F | 0x370..=0x3FF | 0x1E00..=0x1FFF);
    if name.iter().any(cyrillic) && name.iter().any(other) {
        return Err(Problem::MixedScripts);
    }
    let name: String = name.into_iter().collect();
    Ok(Canonical { name: with_greek_letters(&name), dots })
}

/// Takes dots above the end off, recomposing what is left.
fn take_dots(name: &mut Vec<char>) -> Result<u32, Problem> {
    let mut dots = 0;
    while let Some(last) = name.last().copied() {
        let mut parts: Vec<char> = std::iter::once(last).nfd().collect();
        match parts.last() {
            Some('\u{307}') => {
                dots += 1;
                parts.pop();
                name.pop();
                let rest: Vec<char> = parts.into_iter().nfc().collect();
                name.extend(rest);
            }
            Some('\u{308}') if !is_umlaut(name) => return Err(Problem::Diaeresis),
            _ => break,
        }
    }
    if name.contains(&'\u{307}') {
        return Err(Problem::InnerDot);
    }
    Ok(dots)
}

/// Whether the last letter is one that languages write with two dots.
fn is_umlaut(name: &[char]) -> bool {
    name.last().is_some_and(|c| "äëïöüÿÄËÏÖÜŸϊϋΪΫїЇёЁ".contains(*c))
}

/// Every run of letters that is a Greek word becomes the letter.
fn with_greek_letters(name: &str) -> String {
    if !name.bytes().any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u')) {
        return name.to_string();
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while !rest.is_empty() {
        let letters = rest.find(|c: char| c.is_numeric() || c == '_').unwrap_or(rest.len());
        let (word, tail) = rest.split_at(letters);
        match greek_letter(word) {
            Some(letter) => out.push(letter),
            None => out.push_str(word),
        }
        let others = tail.find(|c: char| !(c.is_numeric() || c == '_')).unwrap_or(tail.len());
        out.push_str(&tail[..others]);
        rest = &tail[others..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(written: &str) -> String {
        canonical(written).expect("a good name").name
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for (written, wanted) in [
            ("theta1", "θ1"),
            ("θ₁", "θ1"),
            ("pi", "π"),
            ("mu", "μ"),
            ("µ", "μ"),
            ("ϕ", "φ"),
            ("ℓ", "l"),
            ("Omega_c", "Ω_c"),
            ("omegac", "omegac"),
            ("xis", "xis"),
            ("Alpha", "Alpha"),
            ("\u{391}", "A"),
            ("\u{3BF}", "o"),
            ("E_theta", "E_θ"),
            ("alpha_beta2", "α_β2"),
            ("_mu", "_μ"),
            ("d2theta", "d2θ"),
            ("épi", "épi"),
        ] {
            assert_eq!(name(written), wanted, "{written}");
        }
    }

    #[test]
    fn dots_above_the_end_are_derivatives() {
        for (written, wanted, dots) in [("q̇", "q", 1), ("ẋ", "x", 1), ("θ̇", "θ", 1), ("ü", "ü", 0), ("thetȧ", "θ", 1)]
        {
            let c = canonical(written).expect("a good name");
            assert_eq!((c.name.as_str(), c.dots), (wanted, dots), "{written}");
        }
        assert_eq!(canonical("q̈"), Err(Problem::Diaeresis));
        assert_eq!(canonical("ẍ"), Err(Problem::Diaeresis));
        assert_eq!(canonical("θ̇1"), Err(Problem::InnerDot));
        assert_eq!(canonical("пe"), Err(Problem::MixedScripts));
        assert_eq!(name("масса"), "масса");
    }
}

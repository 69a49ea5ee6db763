//! Plain ASCII aliases of column names, different for different names.
//!
//! `θ1'` is `theta1_dot`, `r[sun][1]` is `r_sun_1`, `r[3][2]'` is `r_3_2_dot`. Where two names would
//! get one alias, the later one gets a number that no other alias has.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The aliases of `names`, all different, in the same order.
pub fn aliases(names: &[&str]) -> Vec<String> {
    let natural: Vec<String> = names.iter().map(|name| alias(name)).collect();
    let reserved: BTreeSet<&str> = natural.iter().map(String::as_str).collect();
    let mut given: BTreeSet<String> = BTreeSet::new();
    let mut result = Vec::with_capacity(natural.len());
    for plain in &natural {
        let mut chosen = plain.clone();
        let mut number = 2;
        while given.contains(&chosen) || (number > 2 && reserved.contains(chosen.as_str())) {
            chosen = format!("{plain}_{number}");
            number += 1;
        }
        given.insert(chosen.clone());
        result.push(chosen);
    }
    result
}

/// The alias of one name: letters, digits and `_`, with a letter or `_` first.
pub fn alias(name: &str) -> String {
    let mut out = String::new();
    let mut primes = 0;
    for c in name.chars() {
        if matches!(c, '\'' | '′') {
            primes += 1;
            continue;
        }
        push_dots(&mut out, &mut primes);
        push_plain(&mut out, c);
    }
    push_dots(&mut out, &mut primes);
    let trimmed = out.trim_matches('_');
    match trimmed.chars().next() {
        None => "x".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("x{trimmed}"),
        Some(_) => trimmed.to_owned(),
    }
}

fn push_dots(out: &mut String, primes: &mut usize) {
    if *primes > 0 {
        separate(out);
        out.push_str(&"d".repeat(*primes - 1));
        out.push_str("dot_");
        *primes = 0;
    }
}

fn separate(out: &mut String) {
    if !out.is_empty() && !out.ends_with('_') {
        out.push('_');
    }
}

fn push_plain(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else if let Some(letter) = greek(c) {
        out.push_str(letter);
    } else if c == '∂' {
        out.push('d');
    } else if c == '∇' {
        out.push_str("grad");
    } else if c.is_ascii() {
        separate(out);
    } else {
        // `ë` is `e` and a mark, `₁` is `1`; what has no plain part keeps its number.
        let plain: String = std::iter::once(c).nfkd().filter(char::is_ascii_alphanumeric).collect();
        if !plain.is_empty() {
            out.push_str(&plain);
        } else if c.is_alphanumeric() {
            out.push_str(&format!("u{:04x}", c as u32));
        } else {
            separate(out);
        }
    }
}

/// The English name of a Greek letter; capitals start with a capital.
pub fn greek(c: char) -> Option<&'static str> {
    const SMALL: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];
    const CAPITAL: [&str; 25] = [
        "Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta", "Iota", "Kappa", "Lambda", "Mu", "Nu",
        "Xi", "Omicron", "Pi", "Rho", "", "Sigma", "Tau", "Upsilon", "Phi", "Chi", "Psi", "Omega",
    ];
    let found = match c {
        'α'..='ω' => SMALL[c as usize - 'α' as usize],
        'Α'..='Ω' => CAPITAL[c as usize - 'Α' as usize],
        'ϑ' => "theta",
        'ϕ' => "phi",
        'ϵ' => "epsilon",
        'ϱ' => "rho",
        'µ' => "mu",
        _ => "",
    };
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_aliases_of_the_design() {
        let cases = [
            ("θ1'", "theta1_dot"),
            ("r[sun][1]", "r_sun_1"),
            ("r[3][2]'", "r_3_2_dot"),
            ("θ1''", "theta1_ddot"),
            ("mirror.x", "mirror_x"),
            ("λ.rod", "lambda_rod"),
            ("c[2]", "c_2"),
            ("x₁", "x1"),
            ("t", "t"),
            ("Ω", "Omega"),
        ];
        for (name, expected) in cases {
            assert_eq!(alias(name), expected, "{name}");
        }
    }

    #[test]
    fn no_two_columns_share_an_alias() {
        let names = ["θ1", "theta1", "theta1_2", "r[1]", "r_1", "r.1", "r[1]'", "r_1_dot", "+", "-", "1"];
        let plain = aliases(&names);
        let different: BTreeSet<&String> = plain.iter().collect();
        assert_eq!(different.len(), names.len(), "{plain:?}");
        assert!(plain.iter().all(|p| p.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')));
        assert_eq!(&plain[..3], &["theta1", "theta1_3", "theta1_2"]);
    }
}

//! Labels: symbols in italics with subscripts, units with exponents, and how wide they are.

/// Height of a run relative to its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// On the line.
    Base,
    /// Lowered and small.
    Sub,
    /// Raised and small.
    Super,
}

/// Characters of one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// Symbols of quantities are italic, units and words are not.
    pub italic: bool,
    /// On, below or above the line.
    pub level: Level,
}

/// A label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich(pub Vec<Run>);

/// Size of a subscript relative to its line.
pub const SCRIPT: f64 = 0.72;

impl Rich {
    /// Upright text.
    pub fn plain(text: impl Into<String>) -> Rich {
        let run = Run { text: text.into(), italic: false, level: Level::Base };
        Rich(if run.text.is_empty() { Vec::new() } else { vec![run] })
    }

    /// The name of a quantity as a textbook sets it: `θ1'` is θ₁′, `r[sun][1]` is r with the index
    /// `sun,1`. Anything that is no name (a formatted expression) stays as written, upright.
    pub fn symbol(name: &str) -> Rich {
        let (stem, primes) = split_primes(name);
        let Some((base, index)) = split_index(stem) else { return Rich::plain(name.replace('-', "−")) };
        // A letter is a symbol; a word is a word.
        let italic = base.chars().count() <= 2;
        let mut runs = vec![Run { text: base, italic, level: Level::Base }];
        if !index.is_empty() {
            runs.push(Run { text: index, italic: false, level: Level::Sub });
        }
        if primes > 0 {
            runs.push(Run { text: "′".repeat(primes), italic: false, level: Level::Base });
        }
        Rich(runs)
    }

    /// `[m/s^2]` with raised exponents; nothing for a pure number.
    pub fn unit(unit: &str) -> Rich {
        if unit.is_empty() || unit == "1" {
            return Rich::default();
        }
        let mut runs = Rich::plain("[");
        runs.push_unit(unit);
        runs.append(Rich::plain("]"));
        runs
    }

    /// Adds the text of a unit without brackets.
    pub fn push_unit(&mut self, unit: &str) {
        let mut rest = unit;
        while let Some(at) = rest.find('^') {
            self.append(Rich::plain(rest[..at].replace('*', " ")));
            rest = &rest[at + 1..];
            let (exponent, after) = match rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
                Some(parts) => parts,
                None => rest.split_at(rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len())),
            };
            self.append(Rich(vec![Run { text: exponent.replace('-', "−"), italic: false, level: Level::Super }]));
            rest = after;
        }
        self.append(Rich::plain(rest.replace('*', " ")));
    }

    /// `10` with a raised exponent.
    pub fn power(exponent: i32) -> Rich {
        let mut rich = Rich::plain("10");
        rich.0.push(Run { text: exponent.to_string().replace('-', "−"), italic: false, level: Level::Super });
        rich
    }

    /// Adds runs at the end.
    pub fn append(&mut self, other: Rich) {
        self.0.extend(other.0.into_iter().filter(|run| !run.text.is_empty()));
    }

    /// Both, with a space between unless one is empty.
    pub fn spaced(mut self, other: Rich) -> Rich {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.append(Rich::plain(" "));
        }
        self.append(other);
        self
    }

    /// Width in the units of `size`, in DejaVu Sans.
    pub fn width(&self, size: f64) -> f64 {
        self.0.iter().map(|run| run_width(run, size)).sum()
    }

    /// The same, or its beginning with an ellipsis, so that it is at most `room` wide.
    pub fn within(self, room: f64, size: f64) -> Rich {
        if self.width(size) <= room {
            return self;
        }
        let ellipsis = Run { text: "…".to_owned(), italic: false, level: Level::Base };
        let mut left = room - run_width(&ellipsis, size);
        let mut kept = Vec::new();
        for run in self.0 {
            let letter = |c: char| run_width(&Run { text: c.to_string(), ..run.clone() }, size);
            let mut text = String::new();
            for c in run.text.chars() {
                left -= letter(c);
                if left < 0.0 {
                    break;
                }
                text.push(c);
            }
            kept.push(Run { text, ..run });
            if left < 0.0 {
                break;
            }
        }
        kept.push(ellipsis);
        Rich(kept)
    }

    /// The characters without style.
    pub fn text(&self) -> String {
        self.0.iter().map(|run| run.text.as_str()).collect()
    }
}

/// Width of one run where the line has this size.
pub fn run_width(run: &Run, size: f64) -> f64 {
    let size = if run.level == Level::Base { size } else { size * SCRIPT };
    run.text.chars().map(|c| f64::from(advance(c))).sum::<f64>() / 2048.0 * size
}

fn split_primes(name: &str) -> (&str, usize) {
    let stem = name.trim_end_matches(['\'', '′']);
    (stem, name[stem.len()..].chars().count())
}

/// Base and index of a name; `None` where the text is no name.
fn split_index(stem: &str) -> Option<(String, String)> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_' || ('\u{2080}'..='\u{2089}').contains(&c);
    let head_end = stem.find('[').unwrap_or(stem.len());
    let (head, tail) = stem.split_at(head_end);
    let (owner, own) = match head.rsplit_once('.') {
        Some((owner, own)) => (owner, own),
        None => ("", head),
    };
    let word = |text: &str| !text.is_empty() && text.chars().all(is_letter);
    if !word(own) || !(owner.is_empty() || owner.split('.').all(word)) {
        return None;
    }
    let mut index: Vec<String> = Vec::new();
    let without_digits = own.trim_end_matches(|c: char| c.is_ascii_digit() || ('\u{2080}'..='\u{2089}').contains(&c));
    let (mut base, mut digits) = own.split_at(without_digits.len());
    if base.chars().count() > 2 && !base.contains('_') {
        // `rk4` and `energy2` are words, read as they are written.
        (base, digits) = (own, "");
    }
    if let Some((first, rest)) = base.split_once('_').filter(|(first, rest)| !first.is_empty() && !rest.is_empty()) {
        base = first;
        index.push(format!("{}{}", rest.replace('_', " "), plain_digits(digits)));
    } else if !digits.is_empty() {
        base = base.trim_end_matches('_');
        index.push(plain_digits(digits));
    }
    if base.is_empty() {
        return None;
    }
    let mut rest = tail;
    while !rest.is_empty() {
        let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
        index.extend(inside.split(',').map(|part| part.trim().to_owned()));
        rest = after;
    }
    if !owner.is_empty() {
        index.push(owner.to_owned());
    }
    let single = |c: char| ('α'..='ω').contains(&c);
    let base = if base.chars().next().is_some_and(single) { base.to_owned() } else { base.replace('_', " ") };
    Some((base, index.join(",")))
}

fn plain_digits(digits: &str) -> String {
    digits.chars().map(|c| char::from_digit((c as u32).wrapping_sub(0x2080), 10).unwrap_or(c)).collect()
}

/// Advance widths of DejaVu Sans in 1/2048 of its size; one size for what no label holds.
fn advance(c: char) -> u16 {
    const ASCII: [u16; 95] = [
        651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303,
        1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178,
        1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251,
        1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569,
        1995, 1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
    ];
    const GREEK: [u16; 57] = [
        1401, 1405, 1141, 1401, 1294, 1403, 1540, 1612, 604, 1343, 1401, 1767, 1532, 1294, 1612, 1540, 1235, 1294,
        1294, 1251, 1251, 1612, 1403, 1612, 1565, 604, 1251, 1350, 1107, 1298, 693, 1185, 1350, 1307, 1212, 1253, 1107,
        1114, 1298, 1253, 693, 1207, 1212, 1303, 1144, 1142, 1253, 1233, 1300, 1202, 1298, 1233, 1185, 1351, 1212,
        1351, 1715,
    ];
    match c {
        ' '..='~' => ASCII[c as usize - 32],
        'Α'..='ω' => GREEK[c as usize - 'Α' as usize],
        '₀'..='₉' => 821,
        '′' => 465,
        '−' | '×' => 1716,
        '·' => 651,
        '°' => 1024,
        '…' => 2048,
        '–' => 1024,
        'À'..='ÿ' => 1300,
        _ => 1500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str) -> String {
        Rich::symbol(name)
            .0
            .iter()
            .map(|run| match run.level {
                Level::Base => run.text.clone(),
                Level::Sub => format!("_{{{}}}", run.text),
                Level::Super => format!("^{{{}}}", run.text),
            })
            .collect()
    }

    #[test]
    fn names_are_set_as_in_a_textbook() {
        let cases = [
            ("θ1'", "θ_{1}′"),
            ("r[sun][1]", "r_{sun,1}"),
            ("r[3][2]'", "r_{3,2}′"),
            ("x_max", "x_{max}"),
            ("mirror.x", "x_{mirror}"),
            ("E", "E"),
            ("dop853", "dop853"),
            ("error", "error"),
            ("x₁", "x_{1}"),
            ("max(abs(θ))", "max(abs(θ))"),
        ];
        for (name, expected) in cases {
            assert_eq!(set(name), expected, "{name}");
        }
    }

    #[test]
    fn exponents_of_units_are_raised() {
        let unit = Rich::unit("kg m^2/s^-2");
        assert_eq!(unit.text(), "[kg m2/s−2]");
        assert_eq!(unit.0.iter().filter(|r| r.level == Level::Super).count(), 2);
        assert!(Rich::unit("").0.is_empty());
    }
}

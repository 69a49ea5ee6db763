//! The parts of a name as the user wrote it: `mirror.r[sun][1]'`.

/// A name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// Components in front: `mirror`, `a`.
    pub owners: Vec<String>,
    /// Letters and digits.
    pub base: String,
    /// Number of primes.
    pub primes: usize,
    /// Indices in brackets.
    pub indices: Vec<String>,
}

impl Name {
    /// Takes a name apart; whatever does not fit stays in the base.
    pub(super) fn parse(text: &str) -> Self {
        let mut name = Name::default();
        let mut head = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\'' => name.primes += 1,
                '[' => {
                    let (inside, after) = rest.split_once(']').unwrap_or((rest, ""));
                    name.indices.extend(inside.split(',').map(|i| i.trim().to_string()));
                    rest = after;
                }
                '.' => name.owners.push(std::mem::take(&mut head)),
                _ => head.push(c),
            }
        }
        name.base = head;
        name
    }

    /// In `.sys` text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for owner in &self.owners {
            text.push_str(owner);
            text.push('.');
        }
        text.push_str(&self.base);
        for index in &self.indices {
            text.push('[');
            text.push_str(index);
            text.push(']');
        }
        text.push_str(&"'".repeat(self.primes));
        text
    }

    /// In LaTeX: Greek letters by name, dots for primes, the rest as subscripts.
    pub(super) fn latex(&self) -> String {
        let mut letters = self.base.chars();
        let first = letters.next().unwrap_or('?');
        let tail: String = letters.collect();
        let (symbol, tail) = match greek(first) {
            Some(command) => (command.to_string(), tail),
            // a word is a word, but digits and Greek letters behind it are a subscript
            None => {
                let ends = |c: char| c.is_ascii_digit() || c == '_' || greek(c).is_some();
                let end = self.base.find(ends).unwrap_or(self.base.len());
                let (word, tail) = self.base.split_at(end);
                let letters = word.chars().count();
                (if letters == 1 { latin(word) } else { format!("\\mathrm{{{}}}", escape(word)) }, tail.to_string())
            }
        };
        let dotted = match self.primes {
            0 => symbol,
            1 => format!("\\dot{{{symbol}}}"),
            2 => format!("\\ddot{{{symbol}}}"),
            3 => format!("\\dddot{{{symbol}}}"),
            n => format!("{symbol}^{{({n})}}"),
        };
        let mut below: Vec<String> = self.owners.iter().map(|o| subscript(o)).collect();
        below.extend(tail.split('_').filter(|s| !s.is_empty()).map(subscript));
        below.extend(self.indices.iter().map(|i| subscript(i)));
        if below.is_empty() { dotted } else { format!("{dotted}_{{{}}}", below.join(",")) }
    }
}

fn latin(letter: &str) -> String {
    match letter {
        "ℓ" => "\\ell".into(),
        "ħ" => "\\hbar".into(),
        _ => escape(letter),
    }
}

fn escape(text: &str) -> String {
    text.chars().flat_map(|c| if c == '_' { vec!['\\', '_'] } else { vec![c] }).collect()
}

/// An index: a number, letter or formula as it is, a letter with a number as that with its own index,
/// a word upright.
fn subscript(text: &str) -> String {
    let mut letters = text.chars();
    if let Some(c) = letters.next().filter(|c| c.is_alphabetic()) {
        let letter = greek(c).map_or_else(|| c.to_string(), str::to_string);
        let number = letters.as_str();
        if number.is_empty() {
            return letter;
        }
        if number.bytes().all(|b| b.is_ascii_digit()) {
            return format!("{letter}_{{{number}}}");
        }
    }
    // A letter with a number is a symbol with its own index: p_θ1.
    let mut letters = text.chars();
    if let Some(first) = letters.next().filter(|c| c.is_alphabetic()) {
        let number = letters.as_str();
        if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) {
            return format!("{}_{{{number}}}", greek(first).map_or_else(|| first.to_string(), str::to_string));
        }
    }
    let word = text.chars().all(char::is_alphanumeric) && text.chars().any(char::is_alphabetic);
    if word { format!("\\mathrm{{{text}}}") } else { text.to_string() }
}

/// The command of a Greek letter that has a shape of its own.
fn greek(letter: char) -> Option<&'static str> {
    const LETTERS: &[(char, &str)] = &[
        ('α', "\\alpha"),
        ('β', "\\beta"),
        ('γ', "\\gamma"),
        ('δ', "\\delta"),
        ('ε', "\\varepsilon"),
        ('ζ', "\\zeta"),
        ('η', "\\eta"),
        ('θ', "\\theta"),
        ('ι', "\\iota"),
        ('κ', "\\kappa"),
        ('λ', "\\lambda"),
        ('μ', "\\mu"),
        ('ν', "\\nu"),
        ('ξ', "\\xi"),
        ('π', "\\pi"),
        ('ρ', "\\rho"),
        ('σ', "\\sigma"),
        ('ς', "\\varsigma"),
        ('τ', "\\tau"),
        ('υ', "\\upsilon"),
        ('φ', "\\varphi"),
        ('χ', "\\chi"),
        ('ψ', "\\psi"),
        ('ω', "\\omega"),
        ('Γ', "\\Gamma"),
        ('Δ', "\\Delta"),
        ('Θ', "\\Theta"),
        ('Λ', "\\Lambda"),
        ('Ξ', "\\Xi"),
        ('Π', "\\Pi"),
        ('Σ', "\\Sigma"),
        ('Υ', "\\Upsilon"),
        ('Φ', "\\Phi"),
        ('Ψ', "\\Psi"),
        ('Ω', "\\Omega"),
        ('∂', "\\partial"),
        ('∇', "\\nabla"),
    ];
    LETTERS.iter().find(|(c, _)| *c == letter).map(|(_, command)| *command)
}

//! Mistakes that the first words of a statement give away.

use super::Doctor;
use crate::diagnostic::Diagnostic;
use crate::syntax::build::Place;
use crate::syntax::lexer::Kind;
use crate::syntax::scan::short;
use crate::syntax::words;

impl Doctor<'_> {
    /// The broken head of a `system` or `experiment`.
    pub(super) fn head(&self, first: usize, end: usize) -> Diagnostic {
        let word = if first > 0 { self.text(first - 1) } else { "system" };
        let written = self.shown(first, end);
        if words::RESERVED.contains(&self.text(first)) {
            return self.reserved(first);
        }
        let spot = (first + 1).min(end - 1);
        let help = match word {
            "experiment" => "it reads `experiment name { … }`",
            _ => {
                "it reads `system Name { … }`, `system Name(n: int = 3) { … }`, `system B extends A { … }` or `system B = A with { … }`"
            }
        };
        let message = match self.kind(first) {
            Some(Kind::Name) => format!("between `{word} {}` and `{{` stands something else", short(self.text(first))),
            _ => format!("`{}` is no name for this {word}", short(&written)),
        };
        let spot = if self.kind(first) == Some(Kind::Name) { spot } else { first };
        self.error("E0148", spot, message).help(help)
    }

    /// A statement whose first words show what is wrong.
    pub(super) fn beginning(&self, place: Place, first: usize, end: usize) -> Option<Diagnostic> {
        if self.kind(first) != Some(Kind::Name) {
            return self.sign_first(first);
        }
        let word = self.text(first);
        self.misplaced(place, first)
            .or_else(|| self.without_name(first))
            .or_else(|| self.without_brace(first, end))
            .or_else(|| self.quotient(first, end))
            .or_else(|| self.foreign(place, first))
            .or_else(|| if words::RESERVED.contains(&word) { Some(self.reserved(first)) } else { None })
            .or_else(|| self.misspelt(place, first, end))
    }

    /// No statement begins with a sign.
    fn sign_first(&self, first: usize) -> Option<Diagnostic> {
        let text = self.text(first);
        let c = text.chars().next()?;
        if matches!(text, "//" | "/*") {
            return Some(self.error("E0117", first, "a comment begins with `#`").help("write `#` in place of it"));
        }
        if text == "**" {
            return None;
        }
        if let Some((name, advice)) = words::sign_advice(c) {
            return Some(self.error("E0156", first, format!("`{c}` is {name}")).help(advice));
        }
        let message = match self.kind(first)? {
            Kind::Number => "no statement begins with a number".to_string(),
            Kind::Text => "no statement begins with a string".to_string(),
            _ => format!("no statement begins with `{}`", short(text)),
        };
        Some(self.error("E0143", first, message).help(
            "a statement begins with a keyword such as `param`, or with the name that it defines; an expression goes on only behind an operator",
        ))
    }

    /// A statement of a system in an experiment, or at the top; a line of an experiment in a system.
    fn misplaced(&self, place: Place, first: usize) -> Option<Diagnostic> {
        let word = self.text(first);
        // `run = 3` or `field' = …` is a definition with a free word as name.
        let next = self.text(first + 1);
        let defines = matches!(next, "=" | ":" | "." | "'" | "''" | ":=" | "==");
        if defines || self.kind(first + 1) == Some(Kind::Prime) {
            let free =
                place == Place::Top && !words::RESERVED.contains(&word) && matches!(next, "=" | ":" | "'" | "''");
            return free.then(|| {
                self.error("E0401", first, format!("the definition of `{}` belongs in a system", short(word))).help(
                    "put it into `system Name { … }`; at the top of a file stand `const n = 3` and `fn f(x) = x^2`",
                )
            });
        }
        let (statement, line) = (words::is_statement_keyword(word), words::is_line_keyword(word));
        let item = words::ITEMS.iter().any(|(w, _)| *w == word);
        match place {
            Place::System if line && !statement => Some(
                self.error("E0401", first, format!("`{word}` is a line of an experiment, not a statement of a system"))
                    .help("move it behind the `}` of the system, or into `experiment name { … }`"),
            ),
            Place::System | Place::Experiment if item => Some(
                self.error("E0401", first, format!("`{word}` stands at the top of a file, not inside a block"))
                    .help("move it out of the block"),
            ),
            Place::Experiment if statement && !line => Some(
                self.error("E0401", first, format!("`{word}` is a statement of a system, not a line of an experiment"))
                    .help("move it into `system Name { … }`; options such as `init` stand in the braces behind a call"),
            ),
            Place::Top if statement && !line && !matches!(word, "set" | "fn" | "net") => Some(
                self.error("E0401", first, format!("`{word}` belongs in a system, and this is the top of the file"))
                    .help("put it into `system Name { … }`"),
            ),
            _ => None,
        }
    }

    /// `system {`, `param = 3`, `lagrangian = T - V`.
    fn without_name(&self, first: usize) -> Option<Diagnostic> {
        let (word, next) = (self.text(first), self.text(first + 1));
        let needs = match word {
            "system" | "experiment" => next == "{",
            "lagrangian" | "hamiltonian" | "rayleigh" | "irrotational" | "dissipative" | "mass" | "bracket" => {
                matches!(next, "{" | "(" | "-")
                    || (self.kind(first + 1) == Some(Kind::Name)
                        && matches!(self.text(first + 2), "-" | "+" | "*" | "/"))
            }
            _ => false,
        };
        if !needs {
            return None;
        }
        let form = words::form(word).unwrap_or("");
        Some(
            Diagnostic::error("E0145", self.span(first), format!("this `{word}` has no name"))
                .help(format!("give it one: `{form}`")),
        )
    }

    /// `system A` without `{`.
    fn without_brace(&self, first: usize, end: usize) -> Option<Diagnostic> {
        let word = self.text(first);
        if !matches!(word, "system" | "experiment") || self.kind(first + 1) != Some(Kind::Name) {
            return None;
        }
        let line_end = (first + 2..end).find(|i| self.scan.begins_line(*i)).unwrap_or(end);
        if self.text(first + 2) == "="
            || (first + 2..line_end).any(|i| self.text(i) == "{")
            || self.text(line_end) == "{"
        {
            return None;
        }
        if words::RESERVED.contains(&self.text(first + 1)) {
            return Some(self.reserved(first + 1));
        }
        let last = line_end - 1;
        let span = if last > first + 1 && self.text(last) == ":" { self.span(last) } else { self.behind(last) };
        Some(
            Diagnostic::error("E0148", span, format!("`{{` is missing behind `{}`", self.shown(first, first + 2)))
                .label(self.span(first), "this block is never opened")
                .help(format!("write `{} {{ … }}`", self.shown(first, first + 2))),
        )
    }

    /// `dx/dt = …`, `∂x/∂t = …`.
    fn quotient(&self, first: usize, end: usize) -> Option<Diagnostic> {
        if self.text(first + 1) == "/" && first + 3 < end {
            let (above, below) = (self.text(first), self.text(first + 2));
            let of = above.strip_prefix('d').filter(|n| !n.is_empty())?;
            if below == "dt" {
                return Some(
                    Diagnostic::error(
                        "E0151",
                        self.span(first).to(self.span(first + 2)),
                        "a rate is written with a prime",
                    )
                    .help(format!("write `{of}' = …`")),
                );
            }
        }
        if self.text(first) == "∂" && self.text(first + 2) == "/" && self.text(first + 3) == "∂" {
            let of = self.text(first + 1);
            return Some(
                Diagnostic::error("E0151", self.span(first).to(self.span(first + 4)), "a rate is written with a prime")
                    .help(format!("write `{of}' = …`; a partial derivative is `∂(f, x)`")),
            );
        }
        None
    }

    /// A word that begins a statement in another language.
    fn foreign(&self, place: Place, first: usize) -> Option<Diagnostic> {
        let word = self.text(first);
        let (_, advice) = words::FOREIGN.iter().find(|(w, _)| *w == word)?;
        // `int = 3` is a definition; `print(x)`, `def f(x):`, `while true` are not.
        let next = self.text(first + 1);
        let line_end =
            (first + 1..self.tokens().len()).find(|i| self.scan.begins_line(*i)).unwrap_or(self.tokens().len());
        let defines = matches!(next, "=" | "'" | "''") || (next == "(" && self.has_plain_equals(first, line_end));
        if defines || (place == Place::Top && word == "use") {
            return None;
        }
        Some(self.error("E0150", first, format!("`{word}` is no word of this language")).help(*advice))
    }

    fn has_plain_equals(&self, first: usize, end: usize) -> bool {
        let mut i = first;
        while i < end {
            if self.kind(i) == Some(Kind::Open) {
                i = self.scan.partner(i).unwrap_or(i);
            }
            if self.text(i) == "=" {
                return true;
            }
            i += 1;
        }
        false
    }

    /// A reserved word where a name is needed.
    pub(super) fn reserved(&self, token: usize) -> Diagnostic {
        let word = self.text(token);
        self.error("E0144", token, format!("`{word}` is a reserved word and cannot be a name"))
            .note("reserved are only `if`, `then`, `else`, `for`, `in`, `and`, `or`, `not`")
            .help("choose another name")
    }

    /// Two words in a row of which the first is no keyword, or a word before `{`.
    fn misspelt(&self, place: Place, first: usize, end: usize) -> Option<Diagnostic> {
        let word = self.text(first);
        let known = match place {
            Place::System => words::is_statement_keyword(word),
            Place::Experiment => words::is_line_keyword(word),
            _ => {
                words::is_line_keyword(word)
                    || words::is_statement_keyword(word)
                    || words::ITEMS.iter().any(|(w, _)| *w == word)
            }
        };
        if known {
            return None;
        }
        let next_is_word = first + 1 < end && matches!(self.kind(first + 1), Some(Kind::Name | Kind::Text));
        let next_is_brace = self.text(first + 1) == "{";
        let alone = first + 1 >= end || self.scan.begins_line(first + 1);
        if alone {
            let message = format!("`{}` alone says nothing", short(word));
            return Some(
                self.error("E0143", first, message)
                    .help("a definition is `name = expression`; what shall be recorded is named by `observe`"),
            );
        }
        if !next_is_word && !next_is_brace {
            return None;
        }
        if let Some(meant) = words::similar_keyword(word) {
            return Some(
                self.error(
                    "E0143",
                    first,
                    format!("no statement begins with `{}`; did you mean `{meant}`?", short(word)),
                )
                .help(format!("for example `{}`", words::form(meant).unwrap_or(meant))),
            );
        }
        let help = match place {
            Place::Experiment => {
                "lines of an experiment are `data`, `run`, `fit`, `sweep`, `compare`, `plot`, `derive`, `export`, `split`, `seed`, `check`"
            }
            Place::Top => {
                "at the top of a file stand `use`, `unit`, `const`, `set`, `fn`, `net`, `system`, `experiment` and lines of experiments"
            }
            _ => "a statement begins with a keyword (`hamel explain E0143` lists them) or is `name = expression`",
        };
        Some(self.error("E0143", first, format!("no statement begins with `{}`", short(word))).help(help))
    }
}

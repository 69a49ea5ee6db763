//! Mistakes that the token where the grammar stopped, and its neighbours, give away.

use super::{Doctor, Spot};
use crate::diagnostic::Diagnostic;
use crate::syntax::build::Place;
use crate::syntax::lexer::Kind;
use crate::syntax::scan::short;
use crate::syntax::words;

impl Doctor<'_> {
    /// What is wrong at a spot.
    pub(super) fn stuck(&self, s: Spot) -> Diagnostic {
        self.number(s)
            .or_else(|| self.foreign_sign(s))
            .or_else(|| self.range_in_words(s))
            .or_else(|| self.range_without_end(s))
            .or_else(|| self.cut_short(s))
            .or_else(|| self.equality(s))
            .or_else(|| self.condition(s))
            .or_else(|| self.unit_or_type(s))
            .or_else(|| self.event(s))
            .or_else(|| self.words_missing(s))
            .or_else(|| self.side_by_side(s))
            .or_else(|| self.reserved_here(s))
            .or_else(|| self.operand_missing(s))
            .unwrap_or_else(|| self.unexplained(s))
    }

    /// `0.`, `.5`, `2e`, `0x1F`, `1,5`, and `2x`.
    fn number(&self, s: Spot) -> Option<Diagnostic> {
        let (at, text) = (s.at, self.text(s.at));
        if text == "." && self.text(at - usize::from(at > 0)) != ".." {
            if self.touches(at) && self.kind(at.wrapping_sub(1)) == Some(Kind::Number) {
                let number = self.text(at.wrapping_sub(1));
                let span = self.span(at - 1).to(self.span(at));
                return Some(
                    Diagnostic::error("E0112", span, "a decimal point needs digits on both sides")
                        .help(format!("write `{0}` or `{0}.0`", short(number))),
                );
            }
            if self.kind(at + 1) == Some(Kind::Number) && self.touches(at + 1) {
                let number = self.text(at + 1);
                let span = self.span(at).to(self.span(at + 1));
                return Some(
                    Diagnostic::error("E0112", span, "a decimal point needs digits on both sides")
                        .help(format!("write `0.{}`", short(number))),
                );
            }
        }
        if self.kind(at) != Some(Kind::Number) {
            return None;
        }
        // `by .1`: the point was read as one before a name.
        if at >= 2 && self.text(at - 1) == "." && self.touches(at) && !self.touches(at - 1) {
            return Some(
                Diagnostic::error(
                    "E0112",
                    self.span(at - 1).to(self.span(at)),
                    "a decimal point needs digits on both sides",
                )
                .help(format!("write `0.{}`", short(text))),
            );
        }
        if at >= 2
            && self.text(at.wrapping_sub(1)) == ","
            && self.kind(at.wrapping_sub(2)) == Some(Kind::Number)
            && self.touches(at)
        {
            let span = self.span(at - 2).to(self.span(at));
            return Some(Diagnostic::error("E0112", span, "the decimal sign is a point").help(format!(
                "write `{}.{}`",
                short(self.text(at.wrapping_sub(2))),
                short(text)
            )));
        }
        if self.kind(at + 1) != Some(Kind::Name) || !self.touches(at + 1) {
            return None;
        }
        let tail = self.text(at + 1);
        let span = self.span(at).to(self.span(at + 1));
        if text == "0"
            && tail.starts_with(['x', 'X', 'b', 'o'])
            && tail.len() > 1
            && tail[1..].bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Some(Diagnostic::error("E0112", span, "numbers are decimal").help("write it with digits 0 to 9"));
        }
        if matches!(tail, "e" | "E") {
            return Some(
                Diagnostic::error("E0112", span, format!("the exponent of `{}{tail}` is missing", short(text)))
                    .note("`e` alone is an ordinary name; Euler's number is `exp(1)`")
                    .help(format!("write `{0}e3`, or `{0}*{tail}` for a product", short(text))),
            );
        }
        if tail.starts_with('_') {
            return Some(
                Diagnostic::error("E0112", span, "an underscore in a number stands between two digits")
                    .help("write `1_000` or `1000`"),
            );
        }
        Some(self.side_by_side_at(Spot { at: at + 1, ..s }))
    }

    /// Signs and operators of other languages.
    fn foreign_sign(&self, s: Spot) -> Option<Diagnostic> {
        let at = s.at;
        let text = self.text(at);
        if !matches!(self.kind(at)?, Kind::Sign | Kind::Prime) {
            return None;
        }
        let d = |code, message: String, help: &str| Some(self.error(code, at, message).help(help));
        match text {
            "**" => {
                let fixed = self.expression_around(s.first, at, &|i| (self.text(i) == "**").then_some("^"));
                d("E0116", "a power is written `^`".into(), &format!("write `{fixed}`"))
            }
            "&&" => d("E0116", "`&&` is written `and`".into(), "write `and`"),
            "||" => d("E0116", "`||` is no operator".into(), "write `or`; a norm is `norm(v)`"),
            "//" | "/*" | "*/" => {
                d("E0117", "a comment begins with `#`".into(), "write `#` in place of it; a quotient is `a/b`")
            }
            "+=" | "-=" => d(
                "E0116",
                format!("`{text}` changes a value, and nothing here is changed step by step"),
                "definitions are equations: write the whole right side behind `=`; in an event `v := v + 1`",
            ),
            "*" | "/" | "^" | "·" | "×" | "⋅" if self.operator_before(s) => d(
                "E0141",
                format!("`{text}` follows `{}`, and between them a value is missing", self.text(at.wrapping_sub(1))),
                "write the value, or one operator",
            ),
            ";" => d(
                "E0116",
                "`;` separates only the rows of a matrix".into(),
                "write `,` between arguments and entries; statements need no sign between them",
            ),
            "->" => d(
                "E0154",
                "`->` stands only before the result of a `net`".into(),
                "the type of any other function follows `:`, as in `fn f(x) : [m] = …`",
            ),
            ".." => d(
                "E0155",
                "a range cannot stand here".into(),
                "ranges `a..b` stand behind `in`, in options such as `t = 0..10 [s]`, in an index and in `for i in 1..n`",
            ),
            "." if self.text(at.wrapping_sub(1)) == ".." || self.text(at + 1) == ".." => {
                d("E0155", "a range has two points".into(), "write `1..n`; both ends belong to it")
            }
            ":" if self.in_brackets(s) && self.ends_value(at.saturating_sub(1))
                || self.kind(at.saturating_sub(1)) == Some(Kind::Number) =>
            {
                d(
                    "E0155",
                    "`:` makes no range".into(),
                    "a range is `1..n`, with steps `0..1 by 0.1`; both ends belong to it",
                )
            }
            _ if self.kind(at) == Some(Kind::Prime) => self.prime(s),
            _ => {
                let c = text.chars().next()?;
                let (name, advice) = words::sign_advice(c)?;
                let after_value = at > 0 && self.ends_value(at - 1);
                let advice = if c == '!' && after_value { "a factorial is `Γ(n + 1)`" } else { advice };
                d("E0156", format!("`{c}` is {name}"), advice)
            }
        }
    }

    /// `0 to 10`, `1 until n`.
    fn range_in_words(&self, s: Spot) -> Option<Diagnostic> {
        let word = [s.at, s.at.saturating_sub(1)]
            .into_iter()
            .find(|i| matches!(self.text(*i), "to" | "until" | "upto") && *i > s.first)?;
        if matches!(self.text(s.first), "export") || !self.ends_value(word - 1) || !self.begins_value(word + 1) {
            return None;
        }
        let range = format!("{}..{}", self.text(word - 1), self.text(word + 1));
        let help = format!("write `{}`; with steps `0..10 by 0.1`", short(&range));
        Some(self.error("E0155", word, format!("`{}` makes no range", self.text(word))).help(help))
    }

    /// `1..)`, `0.. by 0.1`.
    fn range_without_end(&self, s: Spot) -> Option<Diagnostic> {
        let stepped = |i: &usize| matches!(self.text(*i + 1), "by" | "count");
        let dots = (s.at.saturating_sub(3).max(s.first + 1)..s.at).rev().find(|i| self.text(*i) == "..")?;
        let ends = dots + 1 == s.at && (s.at >= s.end || !self.begins_value(s.at)) || stepped(&dots);
        ends.then(|| {
            self.error("E0155", dots, "this range has no end")
                .help("write both ends, as in `1..n` or `0..10 [s] by 0.1 [s]`; both belong to it")
        })
    }

    /// A prime where a value should begin: a string in single quotes, or a lost name.
    fn prime(&self, s: Spot) -> Option<Diagnostic> {
        if s.at > s.first && self.ends_value(s.at - 1) {
            return None;
        }
        let closing = (s.at + 1..s.end).find(|i| self.kind(*i) == Some(Kind::Prime));
        match closing {
            Some(close) => {
                let span = self.span(s.at).to(self.span(close));
                let inner = &self.scan.text[self.span(s.at).end as usize..self.span(close).start as usize];
                Some(
                    Diagnostic::error("E0152", span, "a string stands in double quotation marks")
                        .note("`'` is the derivative")
                        .help(format!("write `\"{}\"`", short(inner))),
                )
            }
            None => Some(self.error("E0152", s.at, "a prime follows what it differentiates").help("write `x'`")),
        }
    }

    /// `==`, `=` and `:=` in each other's place.
    fn equality(&self, s: Spot) -> Option<Diagnostic> {
        let text = self.text(s.at);
        let keyword = self.text(s.first);
        let d = |message: &str, help: &str| Some(self.error("E0115", s.at, message.to_string()).help(help));
        let conditional = self.open_condition(s).is_some();
        match text {
            "==" => d("`==` compares; a definition or an equation is stated with `=`", "write `=`"),
            ":=" if self.place_is_action(s) => None,
            ":=" => d("`:=` acts, and only events act", "write `=`"),
            "=" if self.place_is_action(s) => d("an action of an event assigns with `:=`", "write `:=`"),
            "=" if conditional || matches!(keyword, "assume" | "check") => d(
                "`=` states an equation; a comparison is written `==`",
                "write `==`, or `≈ … within …` in a check of numbers",
            ),
            "=" if s.at > s.first && self.scan.begins_line(s.at) => None,
            "=" if keyword == "coord" || keyword == "state" => {
                d(&format!("a `{keyword}` has no value"), "its start is set by `init`, as in `init x = 1 [m]`")
            }
            "=" if s.at > 0 && self.text(s.at.wrapping_sub(1)) == "=" => {
                d("`=` twice", "write one `=`, or `==` to compare")
            }
            "=" if self.has_equals_before(s) => {
                d("a second `=` in one definition", "define each name on its own; to compare, write `==`")
            }
            "<" | ">" | "<=" | ">=" | "≤" | "≥" | "≠" | "!="
                if matches!(keyword, "constraint" | "equation" | "nonholonomic") =>
            {
                d(
                    "a constraint is an equation",
                    "an inequality that only licenses simplifications is `assume a > b`; a bounce is an `event`",
                )
            }
            _ => None,
        }
    }

    fn has_equals_before(&self, s: Spot) -> bool {
        let mut i = s.at;
        while i > s.first {
            i -= 1;
            match self.kind(i) {
                Some(Kind::Close) => i = self.scan.partner(i).unwrap_or(i),
                Some(Kind::Open) => return false,
                _ if self.text(i) == "=" => return true,
                _ if self.text(i) == "," => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether a spot lies in the braces of an event.
    pub(super) fn place_is_action(&self, s: Spot) -> bool {
        self.text(s.first) == "event" && self.enclosing(s.at, s.first).is_some_and(|o| self.text(o) == "{")
    }

    /// Whether the bracket around a spot is `(` or `[`.
    pub(super) fn in_brackets(&self, s: Spot) -> bool {
        self.enclosing(s.at, s.first).is_some_and(|o| self.text(o) != "{")
    }

    pub(super) fn operator_before(&self, s: Spot) -> bool {
        s.at > s.first
            && matches!(
                self.text(s.at.wrapping_sub(1)),
                "+" | "-"
                    | "−"
                    | "*"
                    | "/"
                    | "^"
                    | "·"
                    | "⋅"
                    | "×"
                    | "="
                    | ":="
                    | "~"
                    | "<"
                    | ">"
                    | "<="
                    | ">="
                    | "=="
                    | "!="
                    | "≈"
            )
    }

    /// The line ends, or the next statement begins, where a value is missing.
    fn cut_short(&self, s: Spot) -> Option<Diagnostic> {
        if s.at == 0 || s.at <= s.first {
            return None;
        }
        let before = s.at - 1;
        let text = self.text(before);
        // `x = a +` swallows the next line's name and stops at its `=`.
        if self.text(s.at) == "=" || self.kind(s.at) == Some(Kind::Prime) || self.kind(s.at) == Some(Kind::Name) {
            let line = (s.first..=s.at).rev().find(|i| self.scan.begins_line(*i))?;
            if line > s.first && line + 2 >= s.at && line > 0 && self.is_operator(line - 1) {
                return Some(self.nothing_behind(line - 1));
            }
        }
        let ended = s.at >= s.end || self.scan.begins_line(s.at) || self.text(s.at) == "}";
        if ended && (self.is_operator(before) || matches!(text, "," | "=" | ":=" | "~" | ":")) {
            return Some(self.nothing_behind(before));
        }
        None
    }

    fn is_operator(&self, token: usize) -> bool {
        matches!(
            self.text(token),
            "+" | "-" | "−" | "*" | "/" | "^" | "·" | "⋅" | "×" | "=" | "<" | ">" | "<=" | ">=" | "==" | "≈"
        )
    }

    fn nothing_behind(&self, token: usize) -> Diagnostic {
        let text = self.text(token);
        let help = match text {
            "," => "remove the comma, or write what should follow",
            "=" | ":=" | "~" => "write the right side",
            ":" => "write a shape or a unit, as in `x : [m]`",
            _ => "write the missing value, or remove the operator",
        };
        self.error("E0141", token, format!("nothing stands behind `{text}`")).help(help)
    }

    /// The `if` whose `then` or `else` is still to come at a spot, with the word that is missing.
    fn open_condition(&self, s: Spot) -> Option<(usize, &'static str)> {
        let mut i = s.at;
        let mut branches = 0;
        let mut choices = 0;
        while i > s.first {
            i -= 1;
            match self.kind(i) {
                Some(Kind::Close) => i = self.scan.partner(i).unwrap_or(i),
                Some(Kind::Open) => return None,
                Some(Kind::Name) => match self.text(i) {
                    "else" => branches += 1,
                    "then" => choices += 1,
                    "for" => return None,
                    "if" if choices == 0 => return Some((i, "then")),
                    "if" if branches == 0 => return Some((i, "else")),
                    "if" => {
                        choices -= 1;
                        branches -= 1;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        None
    }

    /// `if` without `then` or `else`.
    fn condition(&self, s: Spot) -> Option<Diagnostic> {
        // The word was read before it was refused: it stands at the spot or before it.
        let word =
            [s.at, s.at.saturating_sub(1)].into_iter().find(|i| matches!(self.text(*i), "if" | "not") && *i > s.first);
        let before = word.filter(|w| matches!(self.text(*w - 1), "*" | "/" | "+" | "-" | "^" | "·" | "×" | "−"));
        if let Some(at) = before {
            let word = self.text(at);
            return Some(
                self.error("E0153", at, format!("`{word}` inside an operation needs parentheses"))
                    .help("write `2*(if c then a else b)`"),
            );
        }
        let (start, missing) = self.open_condition(s)?;
        if !self.ends_value(s.at.checked_sub(1)?) || (missing == "then" && self.then_follows(s)) {
            return None;
        }
        Some(
            Diagnostic::error("E0153", self.span(start), format!("this `if` has no `{missing}`"))
                .label(
                    self.span(s.at.min(self.tokens().len().saturating_sub(1))),
                    format!("`{missing}` is needed before this"),
                )
                .help("it reads `if condition then a else b`; both branches are needed"),
        )
    }

    /// Whether a `then` is still to come on the line.
    fn then_follows(&self, s: Spot) -> bool {
        (s.at..s.end).take_while(|i| *i == s.at || !self.scan.begins_line(*i)).any(|i| self.text(i) == "then")
    }

    /// A reserved word where a value or name should stand.
    fn reserved_here(&self, s: Spot) -> Option<Diagnostic> {
        let word = self.text(s.at);
        if !words::RESERVED.contains(&word) {
            return None;
        }
        let after_value = s.at > s.first && self.ends_value(s.at - 1) && s.at != s.first + 1;
        match word {
            "then" | "else" if after_value => {
                Some(self.error("E0153", s.at, format!("this `{word}` belongs to no `if`")).help("it reads `if c then a else b`"))
            }
            "if" if after_value => Some(self.error("E0153", s.at, "`if` cannot follow a value").help("a choice is `if c then a else b`")),
            "for" if after_value => Some(self.error("E0158", s.at, "`for` cannot stand here").help(
                match self.text(s.first) {
                    word @ ("coord" | "state" | "input" | "param" | "momentum") => {
                        format!("a family is declared by its range: `{word} q[1..n]`, `{word} q[1..n] : vector(2)`")
                    }
                    _ => "it follows the element of a sum or list, `sum(x[i] for i in 1..n)`, or the right side of an equation for a family".into(),
                },
            )),
            _ if after_value => None,
            _ => Some(self.reserved(s.at)),
        }
    }

    /// An operator or bracket where a value should stand.
    fn operand_missing(&self, s: Spot) -> Option<Diagnostic> {
        let text = self.text(s.at);
        let before = self.text(s.at.checked_sub(1)?);
        let gap = matches!(before, "(" | "[" | "{" | "," | "=" | ":=" | "~")
            || self.operator_before(s)
            || words::is_joint(before)
            || words::RESERVED.contains(&before);
        if before == "," && s.at >= 2 && matches!(self.text(s.at.wrapping_sub(2)), "(" | "[") {
            let message = format!("between `{}` and `,` a value is missing", self.text(s.at.wrapping_sub(2)));
            return Some(self.error("E0141", s.at - 1, message).help("write the value, or remove the comma"));
        }
        if !gap || self.begins_value(s.at) {
            return None;
        }
        let message = match (before, text) {
            (",", ",") => "between two commas a value is missing".to_string(),
            ("(", ")") => "nothing stands between `(` and `)`".to_string(),
            (_, "") => format!("nothing stands behind `{before}`"),
            _ => format!("between `{before}` and `{}` a value is missing", short(text)),
        };
        Some(
            self.error("E0141", s.at.min(self.tokens().len() - 1), message)
                .help("write the value, or remove the sign before it"),
        )
    }

    /// Whether the brace around a token, in the same statement, is that of `with { … }`.
    fn inside_tweaks(&self, first: usize, at: usize) -> bool {
        let mut open = 0;
        for i in (first + 1..at).rev() {
            match self.text(i) {
                "}" => open += 1,
                "{" if open == 0 => return self.text(i - 1) == "with",
                "{" => open -= 1,
                _ => {}
            }
        }
        false
    }

    /// Nothing better is known: the form of the statement.
    fn unexplained(&self, s: Spot) -> Diagnostic {
        let word = self.text(s.first);
        let at = s.at.min(self.tokens().len().saturating_sub(1));
        let shown = short(self.text(at));
        let place = match s.place {
            Place::System => "a statement",
            Place::Experiment => "a line of an experiment",
            _ => "an item",
        };
        let keyword = s.first != s.at && words::form(word).is_some() && !matches!(self.text(s.first + 1), "=" | "'");
        if keyword && self.inside_tweaks(s.first, at) && self.text(s.first) != "system" {
            return self.error("E0158", at, format!("`{shown}` cannot stand in the `with {{ … }}` of a call")).help(
                "`param`, `input` and `scale` may; for more give the changed system a name: `system B = A with { … }`",
            );
        }
        if keyword {
            let form = match (word, self.text((s.first + 3).min(at))) {
                ("data", "sample") => {
                    "data d = sample(A) { init x ~ uniform(-1, 1), trajectories = 10, t = 0..1 by 0.1 }"
                }
                ("data", "states") => "data d = states(A) { init x ~ uniform(-1, 1), count = 100 }",
                _ => words::form(word).unwrap_or(""),
            };
            return self
                .error("E0158", at, format!("`{shown}` does not fit into this `{word}`"))
                .help(format!("it reads `{form}`"));
        }
        if s.at > s.first && !self.has_equals(s) && self.ends_value(at.saturating_sub(1)) {
            let help = if self.line_has_equals(s) {
                format!(
                    "an equation that is not solved for a rate is `equation {}`",
                    self.shown(s.first, self.line_end(s))
                )
            } else {
                "a definition is `name = expression`".to_string()
            };
            return self.error("E0140", at, format!("before `{shown}` a `=` was to come")).help(help);
        }
        self.error("E0100", at, format!("`{shown}` does not fit here"))
            .note(format!("{place} was read as far as this"))
            .help("`hamel explain E0100` shows how statements begin")
    }

    fn has_equals(&self, s: Spot) -> bool {
        (s.first..s.at).any(|i| self.text(i) == "=")
    }

    fn line_end(&self, s: Spot) -> usize {
        (s.first + 1..s.end).find(|i| self.scan.begins_line(*i)).unwrap_or(s.end)
    }

    fn line_has_equals(&self, s: Spot) -> bool {
        (s.at..s.end).take_while(|i| *i == s.at || !self.scan.begins_line(*i)).any(|i| self.text(i) == "=")
    }
}

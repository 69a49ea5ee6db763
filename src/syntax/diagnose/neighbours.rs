//! Two things side by side between which something is missing: an operator, a comma, a bracket, a word.

use super::{Doctor, Spot};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::Kind;
use crate::syntax::scan::short;
use crate::syntax::words;

const SHAPES: [&str; 8] = ["real", "int", "bool", "vector", "matrix", "symmetric", "spd", "tensor"];

impl Doctor<'_> {
    /// A mistake inside a unit, or in a type.
    pub(super) fn unit_or_type(&self, s: Spot) -> Option<Diagnostic> {
        let text = self.text(s.at);
        if s.at > s.first && self.text(s.at.wrapping_sub(1)) == ":" {
            return self.bad_type(s);
        }
        if s.at > s.first
            && SHAPES.contains(&self.text(s.at.wrapping_sub(1)))
            && s.at >= 2
            && matches!(self.text(s.at.wrapping_sub(2)), ":" | "->")
        {
            let shape = self.text(s.at.wrapping_sub(1));
            if matches!(self.kind(s.at), Some(Kind::Number | Kind::Open | Kind::Name))
                && !matches!(shape, "real" | "int" | "bool")
            {
                return Some(
                    self.error("E0154", s.at, format!("the size of a `{shape}` stands in parentheses"))
                        .help(format!("write `{}`", if shape == "matrix" { "matrix(2, 2)" } else { "vector(3)" })),
                );
            }
        }
        if text == "[" && s.at > s.first && self.text(s.at.wrapping_sub(1)) == "net" {
            return None;
        }
        // `9.81 [m/s**2]`: the grammar stops at the bracket or inside it.
        let open = if text == "[" { Some(s.at) } else { self.enclosing(s.at, s.first) };
        let open = open.filter(|o| self.text(*o) == "[" && *o > s.first)?;
        let close = self.scan.partner(open)?;
        let inside = self.between(open, close);
        match self.kind(open - 1) {
            Some(Kind::Number) => Some(self.bad_unit(open, close)),
            _ if self.text(open - 1) == ":" => Some(self.bad_unit(open, close)),
            Some(Kind::Name) if !self.touches(open) && self.holds_units(open, close) => Some(
                Diagnostic::error("E0109", self.span(open).to(self.span(close)), "a unit stands behind a name")
                    .note("units follow numbers and types; behind a name a bracket is an index")
                    .help(format!(
                        "write `{0} : {1}` where `{0}` is declared, or remove `{1}`",
                        short(self.text(open - 1)),
                        short(inside)
                    )),
            ),
            _ => None,
        }
    }

    /// Whether a bracket holds nothing but names of units and signs between them.
    fn holds_units(&self, open: usize, close: usize) -> bool {
        let mut names = 0;
        for i in open + 1..close {
            match self.kind(i) {
                Some(Kind::Name) if words::is_unit(self.text(i)) => names += 1,
                Some(Kind::Name) => return false,
                _ => {}
            }
        }
        names > 0
    }

    fn bad_unit(&self, open: usize, close: usize) -> Diagnostic {
        let span = self.span(open).to(self.span(close));
        let inside: Vec<&str> = (open + 1..close).map(|i| self.text(i)).collect();
        let written: String = self.shown(open, close + 1);
        let d = Diagnostic::error("E0111", span, format!("`{written}` is no unit"));
        if inside.is_empty() {
            return d.help("a quantity without a dimension needs no bracket, or `[1]`");
        }
        if inside.contains(&"**") {
            return d.help(format!("write `{}`", written.replace("**", "^").replace(" ^ ", "^")));
        }
        if inside.windows(2).any(|w| matches!(w[0], "-") && w[1].bytes().all(|b| b.is_ascii_digit()))
            && !inside.contains(&"^")
        {
            return d.help("exponents follow `^` or stand above: `[m/s^2]`, `[s^-1]`, `[m²]`");
        }
        d.help("a unit is made of names, `^`, one `/` and parentheses: `[kg m^2/s^2]`, `[m^3/(kg s^2)]`")
    }

    fn bad_type(&self, s: Spot) -> Option<Diagnostic> {
        let text = self.text(s.at);
        if s.at >= s.end || self.scan.begins_line(s.at) {
            return None;
        }
        let shape = "a type is a shape, a unit, or both: `real`, `vector(3)`, `[m]`, `vector(3) [m]`";
        let d = |message: String, help: String| Some(self.error("E0154", s.at, message).help(help));
        match self.kind(s.at)? {
            Kind::Name if words::is_unit(text) => {
                d("a unit stands in brackets".into(), format!("write `[{}]`", words::unit_symbol(text)))
            }
            Kind::Name => {
                let meant = match text.to_lowercase().as_str() {
                    "float" | "double" | "number" | "f64" | "scalar" => Some("real"),
                    "integer" | "i64" | "nat" => Some("int"),
                    "boolean" => Some("bool"),
                    "vec" | "vec3" | "array" | "list" => Some("vector"),
                    "mat" => Some("matrix"),
                    lower => words::similar(lower, SHAPES.into_iter()),
                };
                match meant {
                    Some(m) => {
                        let m = if matches!(m, "vector") { "vector(3)" } else { m };
                        d(format!("`{}` is no type; did you mean `{m}`?", short(text)), shape.into())
                    }
                    None => d(format!("`{}` is no type", short(text)), shape.into()),
                }
            }
            Kind::Open if text == "[" => None,
            _ => d(format!("`{}` is no type", short(text)), shape.into()),
        }
    }

    /// `falls under`, `rises over`, …
    pub(super) fn event(&self, s: Spot) -> Option<Diagnostic> {
        if self.text(s.first) != "event" {
            return None;
        }
        let text = self.text(s.at);
        let before = self.text(s.at.checked_sub(1)?);
        // The grammar stops behind `falls` where `below` should stand, or at `falls` itself.
        let verb = [s.at, s.at - 1].into_iter().find(|i| {
            matches!(
                self.text(*i),
                "falls"
                    | "rises"
                    | "crosses"
                    | "drops"
                    | "goes"
                    | "exceeds"
                    | "hits"
                    | "reaches"
                    | "passes"
                    | "fall"
                    | "rise"
                    | "cross"
            )
        });
        if let Some(verb) = verb.filter(|v| *v > s.first + 2) {
            let last = if matches!(self.text(verb), "crosses") || self.kind(verb + 1) != Some(Kind::Name) {
                verb
            } else {
                verb + 1
            };
            let written = self.shown(verb, last + 1);
            return Some(
                Diagnostic::error("E0402", self.span(verb).to(self.span(last)), format!("`{written}` is no crossing"))
                    .help("an event is `falls below e`, `rises above e` or `crosses e`"),
            );
        }
        if s.at == s.first + 2 && text != "when" {
            return Some(
                self.error("E0158", s.at, format!("behind `event {}` follows `when`", short(before)))
                    .help("it reads `event hit when y falls below 0 { y' := -y' }`"),
            );
        }
        if self.place_is_action(s) && self.kind(s.at) == Some(Kind::Name) && self.text(s.at.wrapping_sub(1)) == "{" {
            return None;
        }
        None
    }

    /// A statement whose joining word (`on`, `of`, `over`, …) is missing or another, or a missing `=`.
    pub(super) fn words_missing(&self, s: Spot) -> Option<Diagnostic> {
        let keyword = self.text(s.first);
        let at = s.at;
        if at <= s.first || self.enclosing(at, s.first).is_some_and(|o| self.text(o) != "{") {
            return None;
        }
        let form = words::form(keyword)?;
        let missing = |word: &str, behind: &str| {
            let ended = at >= s.end || self.scan.begins_line(at) || self.text(at) == "}";
            let place = if ended { at - 1 } else { at };
            Some(self.error("E0158", place, format!("{behind} `{word}` is missing")).help(format!("it reads `{form}`")))
        };
        let has = |word: &str| (s.first..at).any(|i| self.text(i) == word);
        let in_block = self.enclosing(at, s.first).is_some();
        match keyword {
            "force" if !in_block && !has("on") && at == s.first + 2 => missing("on", "behind the name of the force"),
            "force" if !in_block && has("on") && !has("=") => missing("=", "behind the point of action"),
            "momentum" | "mirror" if !has("of") => missing("of", "behind the names"),
            "momentum" | "mirror" if self.text(at) == "of" => self.second_pair(s),
            "sweep" if !in_block && has("=") && !has("over") => missing("over", "behind the call"),
            "export" if !has("to") => missing("to", "behind what is exported"),
            "split" if !has("into") => missing("into", "behind the data"),
            "scale" if !has("by") => missing("by", "behind what is scaled"),
            "grid" if !has("in") => missing("in", "behind the axis"),
            "field" if at == s.first + 2 => missing("(", "behind the name of the field"),
            "net" if !has("->") && !has("=") && self.text(at) != "(" => {
                missing("->", "behind the arguments of the net")
            }
            "simulate" if at == s.first + 1 => missing("{", "behind `simulate`"),
            "plot" | "compare" | "derive" if at == s.first + 1 => None,
            "seed" if at == s.first + 1 => Some(
                self.error("E0158", at.min(self.tokens().len() - 1), "a seed is a whole number")
                    .help("it reads `seed 42`"),
            ),
            _ if in_block => self.option(s),
            _ => self.equals_missing(s),
        }
    }

    /// `momentum px of x, py of y`: one `of` pairs all names with all coordinates.
    fn second_pair(&self, s: Spot) -> Option<Diagnostic> {
        let (mut names, mut partners) = (Vec::new(), Vec::new());
        let line = (s.at + 1..s.end).find(|i| self.scan.begins_line(*i) || self.text(*i) == "}").unwrap_or(s.end);
        for i in s.first + 1..line {
            match (self.text(i), self.kind(i)) {
                ("of" | ",", _) => {}
                (text, Some(Kind::Name)) if self.text(i - 1) == "of" => partners.push(text),
                (text, Some(Kind::Name)) if self.text(i + 1) == "of" => names.push(text),
                _ => return None,
            }
        }
        let keyword = self.text(s.first);
        Some(self.error("E0158", s.at, format!("a second `of` in one `{keyword}`")).help(format!(
            "write `{keyword} {} of {}`",
            names.join(", "),
            partners.join(", ")
        )))
    }

    /// Options in braces: `method auto`.
    fn option(&self, s: Spot) -> Option<Diagnostic> {
        let at = s.at;
        let keyword = self.text(s.first);
        if at < 2 || self.place_is_action(s) || keyword == "set" {
            return None;
        }
        let before = self.text(at.wrapping_sub(2));
        let entry = matches!(before, "{" | "," | ";")
            || (self.scan.begins_line(at - 1) && self.kind(at.wrapping_sub(1)) == Some(Kind::Name));
        if entry
            && self.kind(at.wrapping_sub(1)) == Some(Kind::Name)
            && (self.begins_value(at) || matches!(self.text(at), ":" | "}" | ","))
        {
            let name = short(self.text(at.wrapping_sub(1)));
            if matches!(keyword, "param" | "init" | "guess") {
                return Some(
                    self.error("E0140", at, format!("behind the member `{name}` a `:` is missing"))
                        .help("a table reads `{ sun: 1, earth: 2 } [kg]`"),
                );
            }
            return Some(
                self.error("E0140", at, format!("behind the option `{name}` a `=` is missing"))
                    .help(format!("write `{name} = …`")),
            );
        }
        None
    }

    /// `lagrangian L T - V`, `param m 3`, `init x 1`.
    fn equals_missing(&self, s: Spot) -> Option<Diagnostic> {
        let keyword = self.text(s.first);
        let at = s.at;
        let named = matches!(
            keyword,
            "lagrangian"
                | "hamiltonian"
                | "rayleigh"
                | "irrotational"
                | "dissipative"
                | "mass"
                | "bracket"
                | "sub"
                | "const"
                | "set"
                | "unit"
                | "data"
                | "run"
                | "fit"
                | "sweep"
                | "init"
                | "guess"
                | "param"
                | "input"
        );
        if !named {
            return None;
        }
        let before = at - 1;
        // The token before is a whole left side: a name behind the keyword or a comma, maybe with primes.
        let mut name = before;
        while name > s.first && matches!(self.kind(name), Some(Kind::Prime)) {
            name -= 1;
        }
        let begins = name > s.first && (name == s.first + 1 || self.text(name - 1) == ",");
        if !begins || self.kind(name) != Some(Kind::Name) {
            if name == s.first && before == s.first && self.text(at) == "=" {
                return Some(
                    Diagnostic::error("E0145", self.span(s.first), format!("this `{keyword}` has no name"))
                        .help(format!("give it one: `{}`", words::form(keyword).unwrap_or(""))),
                );
            }
            return None;
        }
        let list_of_names = matches!(keyword, "param" | "input") && self.kind(at) == Some(Kind::Name);
        if list_of_names && !self.scan.begins_line(at) {
            return Some(self.comma_missing(at));
        }
        if !(self.begins_value(at) || matches!(self.text(at), "-" | "+" | ":" | "==" | "("))
            || self.scan.begins_line(at)
        {
            return None;
        }
        let left = self.between(name, before).to_string();
        Some(
            self.error("E0140", at, format!("behind `{}` a `=` is missing", short(&left)))
                .help(format!("write `{keyword} {} = …`", short(&left))),
        )
    }

    fn comma_missing(&self, at: usize) -> Diagnostic {
        let (a, b) = (short(self.text(at.wrapping_sub(1))), short(self.text(at)));
        self.error("E0142", at, format!("between `{a}` and `{b}` a comma is missing")).help(format!("write `{a}, {b}`"))
    }

    /// A value directly behind a value.
    pub(super) fn side_by_side(&self, s: Spot) -> Option<Diagnostic> {
        if s.at == 0 || s.at >= s.end || !self.ends_value(s.at - 1) || !self.begins_value(s.at) {
            return None;
        }
        if matches!(self.text(s.at), "[" | "(") || words::is_joint(self.text(s.at)) {
            return None;
        }
        Some(self.side_by_side_at(s))
    }

    pub(super) fn side_by_side_at(&self, s: Spot) -> Diagnostic {
        let at = s.at;
        let (before, text) = (self.text(at.wrapping_sub(1)), self.text(at));
        let keyword = self.text(s.first);
        let open = self.enclosing(at, s.first);
        let in_list = open.is_some_and(|o| self.text(o) == "[" && (o == 0 || !self.ends_value(o - 1)));
        let names =
            matches!(keyword, "coord" | "state" | "momentum" | "mirror" | "use" | "field" | "grid") && open.is_none();
        if at >= 2 && self.text(at.wrapping_sub(2)) == "for" {
            return self
                .error("E0158", at, format!("behind `for {before}` the word `in` is missing"))
                .help(format!("write `for {before} in 1..n`"));
        }
        if before == "lambda" {
            let (_, advice) = words::FOREIGN.iter().find(|(w, _)| *w == before).copied().unwrap_or_default();
            return self.error("E0150", at - 1, "`lambda` is no word of this language").help(advice);
        }
        let unit_like = self.kind(at.wrapping_sub(1)) == Some(Kind::Number)
            && self.kind(at) == Some(Kind::Name)
            && words::is_unit(text)
            && !(self.declared)(text)
            && !self.touches(at);
        if unit_like {
            return Diagnostic::error("E0109", self.span(at), "a unit stands in brackets")
                .help(format!("write `{before} [{}]`", words::unit_symbol(text)));
        }
        if names || in_list {
            return self.comma_missing(at);
        }
        let set = open.is_some_and(|o| self.text(o) == "{") && keyword == "set";
        let next_entry = self.kind(at) == Some(Kind::Name) && self.entry_begins(at);
        let in_table = open.is_some_and(|o| self.text(o) == "{") && matches!(keyword, "param" | "init" | "guess");
        if set || ((open.is_none() || in_table) && next_entry && words::form(keyword).is_some()) {
            return self.comma_missing(at);
        }
        if keyword == "use" && text != "as" {
            return self.comma_missing(at);
        }
        if words::FUNCTIONS.contains(&before) && self.kind(at.wrapping_sub(1)) == Some(Kind::Name) {
            return self
                .error("E0101", at, format!("the argument of `{before}` stands in parentheses"))
                .help(format!("write `{before}({text})`"));
        }
        let fixed = self.expression_around(s.first, at, &|_| None);
        let mut d = self
            .error("E0101", at, "two values side by side; multiplication is written `*`")
            .at("here")
            .help(format!("write `{fixed}`"));
        if open.is_some_and(|o| self.text(o) == "(" && o > 0 && self.ends_value(o - 1)) {
            d = d.note("arguments are separated by commas");
        }
        d
    }

    /// Whether a name at a token is followed, maybe behind an index, a type or primes, by `=`.
    fn entry_begins(&self, token: usize) -> bool {
        let mut i = token + 1;
        loop {
            match self.text(i) {
                "=" | "~" | ":" => return true,
                "[" => i = self.scan.partner(i).unwrap_or(i) + 1,
                _ if self.kind(i) == Some(Kind::Prime) => i += 1,
                _ => return false,
            }
        }
    }

    /// The expression around a token, with `*` between values side by side and other replacements.
    pub(super) fn expression_around<'t>(
        &self,
        first: usize,
        at: usize,
        replace: &dyn Fn(usize) -> Option<&'t str>,
    ) -> String {
        let in_brackets = self.enclosing(at, first).is_some();
        let mut start = at;
        while start > first {
            let i = start - 1;
            match self.kind(i) {
                Some(Kind::Close) => match self.scan.partner(i).filter(|p| *p >= first) {
                    Some(p) => start = p,
                    None => break,
                },
                Some(Kind::Open) => break,
                _ if self.ends_expression(i) || (i == first && words::form(self.text(i)).is_some()) => break,
                _ => start = i,
            }
        }
        let mut end = at;
        while end < self.tokens().len() {
            let new_line = end > at && !in_brackets && self.scan.begins_line(end);
            if new_line || self.ends_expression(end) || self.kind(end) == Some(Kind::Close) {
                break;
            }
            end = match self.kind(end) {
                Some(Kind::Open) => self.scan.partner(end).unwrap_or(end) + 1,
                _ => end + 1,
            };
        }
        let mut out = String::new();
        for i in start..end.min(start + 60) {
            let beside =
                i > start && self.ends_value(i - 1) && self.begins_value(i) && self.kind(i) != Some(Kind::Open);
            let spaced = i > start && !self.touches(i);
            if beside {
                out.push('*');
            } else if spaced {
                out.push(' ');
            }
            out.push_str(replace(i).unwrap_or_else(|| self.text(i)));
        }
        super::super::scan::short(&out)
    }

    /// Whether a token ends the expression before it.
    fn ends_expression(&self, token: usize) -> bool {
        match self.kind(token) {
            Some(Kind::Open) => false,
            Some(Kind::Sign) => matches!(
                self.text(token),
                "=" | "," | ":=" | "~" | ";" | ".." | "<" | ">" | "<=" | ">=" | "==" | "!=" | "≈" | ":" | "->"
            ),
            Some(Kind::Name) => words::RESERVED.contains(&self.text(token)) || words::is_joint(self.text(token)),
            _ => false,
        }
    }
}

//! From a stretch of text that no rule took to one sentence about the mistake in it.

mod beginning;
mod brackets;
mod neighbours;
mod stuck;

use super::build::{Bad, Place};
use super::lexer::{Kind, Token};
use super::scan::Scan;
use super::words;
use crate::diagnostic::{Diagnostic, Span};

/// Finds the mistakes of one text.
pub(super) struct Doctor<'a> {
    /// Number of the file.
    pub file: u32,
    /// The text with its tokens and brackets.
    pub scan: &'a Scan,
    /// How far the rule of a place gets in a text that it does not take; with `true` it must take all.
    pub furthest: fn(Place, bool, &str) -> Option<usize>,
    /// First bytes of the statements that were understood.
    pub starts: &'a [usize],
    /// Whether a name is declared somewhere in the text.
    pub declared: &'a dyn Fn(&str) -> bool,
}

/// A mistake at a token of a statement.
#[derive(Clone, Copy, Debug)]
struct Spot {
    /// Number of the token at which no rule went on.
    at: usize,
    /// Number of the first token of the statement.
    first: usize,
    /// One past the last token of the stretch.
    end: usize,
    /// Where the statement stands.
    place: Place,
}

impl Doctor<'_> {
    /// What is wrong with a text: with its brackets and with each of the bad stretches.
    pub fn diagnose(&self, bad: &[Bad], known: &[Diagnostic]) -> Vec<Diagnostic> {
        let mut out = self.brackets();
        let mut bad: Vec<Bad> = bad.iter().copied().filter(|b| b.place != Place::Unclosed).collect();
        bad.sort_by_key(|b| b.start);
        let mut covered: Vec<u32> = known.iter().chain(&out).map(|d| d.span.start).collect();
        covered.extend(out.iter().flat_map(|d| d.labels.iter().map(|l| l.span.start)));
        covered.extend(self.scan.unclosed.iter().map(|t| self.span(*t as usize).start));
        let strays = self.scan.stray.iter().map(|t| *t as usize).filter(|t| !self.without_opener(*t));
        covered.extend(strays.map(|t| self.span(t).start));
        covered.sort_unstable();
        let mut last_end = None;
        for stretch in bad {
            let first = self.scan.lexed.from(stretch.start);
            let end = self.scan.lexed.from(stretch.end);
            // What is left of the arguments of a call that is not closed.
            let comma = end == first + 1
                && self.text(first) == ","
                && self.scan.unclosed.first().is_some_and(|u| (*u as usize) < first);
            let follows = last_end == Some(first) && !self.scan.begins_line(first.min(self.last()));
            last_end = Some(end);
            let at = covered.partition_point(|c| (*c as usize) < stretch.start);
            let explained = covered.get(at).is_some_and(|c| (*c as usize) < stretch.end);
            if follows || comma || first >= end {
                continue;
            }
            if explained {
                continue;
            }
            self.parts(stretch.place, first, end, &mut out);
        }
        out
    }

    /// A stretch may hold several statements: a line that begins with a name, no deeper than the first
    /// line and behind a finished value, is one of its own.
    fn parts(&self, place: Place, first: usize, end: usize, out: &mut Vec<Diagnostic>) {
        let continued = self.continues(first);
        let whole = place == Place::Head;
        let limit = self.indentation(first);
        let mut start = first;
        let mut i = first;
        let mut outside = false;
        while i < end {
            let new = i > first
                && !whole
                && self.kind(i) == Some(Kind::Name)
                && self.scan.begins_line(i)
                && (self.ends_value(i - 1) || matches!(self.text(i - 1), "}" | ":" | ";"))
                && self.indentation(i) <= limit
                && !words::is_joint(self.text(i));
            if new {
                out.extend(self.part(place, start, i, continued && start == first, &mut outside));
                start = i;
            }
            i = match self.kind(i) {
                Some(Kind::Open) => self.scan.partner(i).map_or(i, |p| p.min(end)) + 1,
                _ => i + 1,
            };
        }
        out.extend(self.part(place, start, end, continued && start == first, &mut outside));
    }

    fn part(&self, place: Place, first: usize, end: usize, continued: bool, outside: &mut bool) -> Option<Diagnostic> {
        let from = self.tokens()[first].start as usize;
        let to = self.tokens()[end - 1].end as usize;
        if !continued && place != Place::Head && (self.furthest)(place, true, &self.scan.grammar[from..to]).is_none() {
            return None;
        }
        let diagnostic = self.stretch(place, first, end, continued);
        // Statements of a system at the top of a file are one mistake together.
        let misplaced = place == Place::Top && diagnostic.code == "E0401";
        if misplaced && std::mem::replace(outside, true) { None } else { Some(diagnostic) }
    }

    /// What is wrong with a text that should be one expression, type or unit, read as far as a byte.
    pub fn alone(&self, at: usize) -> Vec<Diagnostic> {
        let brackets = self.brackets();
        if !brackets.is_empty() {
            return brackets;
        }
        if self.tokens().is_empty() {
            return vec![Diagnostic::error("E0141", self.span(0), "nothing is written here")];
        }
        let spot = Spot { at: self.token_at(at), first: 0, end: self.tokens().len(), place: Place::System };
        vec![self.stuck(spot)]
    }

    fn last(&self) -> usize {
        self.tokens().len().saturating_sub(1)
    }

    /// Whether a stretch goes on with the statement before it.
    fn continues(&self, first: usize) -> bool {
        first > 0 && !self.scan.begins_line(first) && !matches!(self.text(first - 1), "{" | "}" | ";")
    }

    fn stretch(&self, place: Place, first: usize, end: usize, continued: bool) -> Diagnostic {
        if place == Place::Head {
            return self.head(first, end);
        }
        let mut statement = first;
        if continued {
            let at = self.tokens()[first].start as usize;
            let n = self.starts.partition_point(|s| *s < at);
            if n > 0 {
                statement = self.scan.lexed.from(self.starts[n - 1]);
            }
        } else if let Some(diagnostic) = self.beginning(place, first, end) {
            return diagnostic;
        }
        let start = self.tokens()[statement].start as usize;
        let to = if continued { self.tokens()[end - 1].end as usize } else { self.scan.text.len() };
        let at = (self.furthest)(place, continued, &self.scan.grammar[start..to])
            .map_or(first, |p| self.token_at(start + p));
        self.stuck(Spot { at: at.max(first), first: statement, end, place })
    }

    /// Whether a token is the keyword of a statement: the word, first on its line or in its block.
    fn is_keyword(&self, token: usize) -> bool {
        let word = self.text(token);
        let first = token == 0 || self.scan.begins_line(token) || matches!(self.text(token - 1), "{" | "}" | ";");
        first && words::form(word).is_some()
    }

    /// The token at which a rule gave up that got as far as a byte.
    fn token_at(&self, byte: usize) -> usize {
        let mut at = self.scan.lexed.from(byte);
        // Inside a token: that one.
        if at > 0 && self.tokens()[at - 1].end as usize > byte {
            at -= 1;
        }
        if at == 0 {
            return at;
        }
        // A sign or word that was read only to be refused.
        let before = self.text(at.wrapping_sub(1));
        let reserved = words::RESERVED.contains(&before) && !matches!(before, "if" | "not");
        let no_value_before = at >= 2 && (!self.ends_value(at - 2) || self.is_keyword(at - 2));
        let refused = matches!(before, "==" | ":=" | "->") && self.begins_value(at)
            || reserved && no_value_before
            || before == "." && at >= 2 && self.kind(at.wrapping_sub(2)) == Some(Kind::Number);
        if refused {
            at -= 1;
        }
        // `2x`: the number was refused because of what touches it.
        for name in [at, at - 1] {
            if name > 0
                && self.kind(name) == Some(Kind::Name)
                && self.kind(name - 1) == Some(Kind::Number)
                && self.touches(name)
            {
                return name - 1;
            }
        }
        at
    }

    fn tokens(&self) -> &[Token] {
        &self.scan.lexed.tokens
    }

    /// The text of a token; empty behind the last.
    fn text(&self, token: usize) -> &str {
        self.tokens().get(token).map_or("", |t| t.text(&self.scan.text))
    }

    fn kind(&self, token: usize) -> Option<Kind> {
        self.tokens().get(token).map(|t| t.kind)
    }

    fn span(&self, token: usize) -> Span {
        match self.tokens().get(token) {
            Some(t) => Span::new(self.file, t.start as usize, t.end as usize),
            None => Span::new(self.file, self.scan.text.len(), self.scan.text.len()),
        }
    }

    /// Just behind a token.
    fn behind(&self, token: usize) -> Span {
        let end = self.span(token).end as usize;
        Span::new(self.file, end, end)
    }

    fn error(&self, code: &'static str, token: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(token), message)
    }

    /// Whether no blank stands between a token and the one before it.
    fn touches(&self, token: usize) -> bool {
        token > 0 && token < self.tokens().len() && self.tokens()[token - 1].end == self.tokens()[token].start
    }

    /// Whether a value can end with this token.
    fn ends_value(&self, token: usize) -> bool {
        match self.kind(token) {
            Some(Kind::Name) => {
                let word = self.text(token);
                !words::RESERVED.contains(&word) && !words::is_joint(word)
            }
            Some(Kind::Number | Kind::Text | Kind::Superscript | Kind::Prime) => true,
            Some(Kind::Close) => self.text(token) != "}",
            _ => false,
        }
    }

    /// Whether a value can begin with this token.
    fn begins_value(&self, token: usize) -> bool {
        match self.kind(token) {
            Some(Kind::Name) => !words::RESERVED.contains(&self.text(token)),
            Some(Kind::Number | Kind::Text) => true,
            Some(Kind::Open) => self.text(token) != "{",
            _ => false,
        }
    }

    /// The bracket that is open around a token, if it is not before `floor`.
    fn enclosing(&self, token: usize, floor: usize) -> Option<usize> {
        let mut i = token;
        while i > floor {
            i -= 1;
            match self.kind(i) {
                Some(Kind::Close) => i = self.scan.partner(i).unwrap_or(i),
                Some(Kind::Open) => return Some(i),
                _ => {}
            }
        }
        None
    }

    /// The text from one token to another, both included.
    fn between(&self, first: usize, last: usize) -> &str {
        let (a, b) = (self.span(first).start as usize, self.span(last).end as usize);
        self.scan.text.get(a..b).unwrap_or("")
    }

    /// A statement's text for a message, on one line and not too long.
    fn shown(&self, first: usize, end: usize) -> String {
        let mut out = String::new();
        for i in first..end {
            if i > first && !self.touches(i) {
                out.push(' ');
            }
            out.push_str(self.text(i));
            if out.len() > 60 {
                break;
            }
        }
        super::scan::short(&out)
    }
}

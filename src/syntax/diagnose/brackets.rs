//! Brackets without partner.

use super::Doctor;
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::Kind;
use crate::syntax::scan::short;

/// Problems of one kind after which no more are collected.
const KEPT: usize = 1000;
/// Tokens that are looked through for the head of a block.
const LOOK_BACK: usize = 10_000;

impl Doctor<'_> {
    /// One diagnostic for each bracket that has no partner or a wrong one, and each open string.
    pub(super) fn brackets(&self) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        let open_texts: Vec<usize> =
            (0..self.tokens().len()).filter(|i| self.kind(*i) == Some(Kind::OpenText)).take(KEPT).collect();
        for text in &open_texts {
            out.push(self.open_text(*text));
        }
        for opener in self.scan.unclosed.iter().filter(|o| self.nested(**o as usize).is_none()) {
            // The string that swallowed its partner has been named.
            let next = open_texts.partition_point(|t| *t < *opener as usize);
            let swallowed = open_texts.get(next).is_some_and(|t| !self.between(*opener as usize, *t).contains('\n'));
            if !swallowed {
                out.push(self.unclosed(*opener as usize));
            }
        }
        for (opener, closer) in self.scan.mismatched.iter().take(KEPT) {
            let (a, b) = (self.text(*opener as usize), self.text(*closer as usize));
            out.push(
                self.error("E0104", *closer as usize, format!("`{a}` is closed by `{b}`"))
                    .label(self.span(*opener as usize), "opened here")
                    .help(format!("write `{}`", partner_of(a))),
            );
        }
        self.nested_system(&mut out);
        for closer in self.scan.stray.iter().take(KEPT) {
            if self.without_opener(*closer as usize) || self.is_nested(*closer as usize) {
                continue;
            }
            out.push(self.stray(*closer as usize));
        }
        out
    }

    /// The `system` that stands inside the block that `opener` begins: one that begins a line inside,
    /// with a `}` too many behind it.
    fn nested(&self, opener: usize) -> Option<usize> {
        if self.text(opener) != "{" {
            return None;
        }
        let stop = self.next_head(opener)?;
        let deeper = self.indentation(stop) > self.indentation(opener);
        (deeper && self.scan.stray.iter().any(|s| *s as usize > stop && self.text(*s as usize) == "}")).then_some(stop)
    }

    /// The next line behind a token that begins with `system` or `experiment` and a name.
    fn next_head(&self, token: usize) -> Option<usize> {
        (token + 1..self.tokens().len()).find(|i| {
            matches!(self.text(*i), "system" | "experiment")
                && self.scan.begins_line(*i)
                && self.kind(i + 1) == Some(Kind::Name)
        })
    }

    fn nested_system(&self, out: &mut Vec<Diagnostic>) {
        for opener in &self.scan.unclosed {
            if let Some(stop) = self.nested(*opener as usize) {
                let word = self.text(stop);
                out.push(
                    self.error("E0401", stop, format!("this `{word}` stands inside another block"))
                        .label(self.span(*opener as usize), "this block is still open")
                        .help("move it behind the `}` of that block; to use a system inside another write `sub a = Name(…)`"),
                );
            }
        }
    }

    /// Whether a stray `}` belongs to a block in which a `system` stands.
    fn is_nested(&self, closer: usize) -> bool {
        self.text(closer) == "}"
            && self.scan.unclosed.iter().any(|o| self.nested(*o as usize).is_some_and(|stop| stop < closer))
    }

    /// Whether a stray `}` belongs to a `system Name` that lacks its `{`.
    pub(super) fn without_opener(&self, closer: usize) -> bool {
        if self.text(closer) != "}" {
            return false;
        }
        let head = (0..closer)
            .rev()
            .take(LOOK_BACK)
            .take_while(|i| !matches!(self.text(*i), "}" | "{"))
            .find(|i| matches!(self.text(*i), "system" | "experiment") && self.scan.begins_line(*i));
        head.is_some_and(|h| self.kind(h + 1) == Some(Kind::Name) && self.text(h + 2) != "=")
    }

    fn open_text(&self, token: usize) -> Diagnostic {
        let after_name = self.touches(token) && self.kind(token - 1) == Some(Kind::Name);
        if after_name {
            let name = self.text(token - 1);
            return self
                .error("E0152", token, format!("a quotation mark behind `{}`", short(name)))
                .help(format!("derivatives are written with single primes: `{0}'`, `{0}''`", short(name)));
        }
        self.error("E0108", token, "this string is not closed on its line").help("end it with `\"`")
    }

    fn unclosed(&self, opener: usize) -> Diagnostic {
        let culprit = if self.text(opener) == "{" { self.misplaced_brace(opener) } else { opener };
        let bracket = self.text(culprit);
        let mut d = self.error("E0104", culprit, format!("this `{bracket}` is never closed"));
        if bracket == "{"
            && let Some(stop) = self.next_head(culprit)
        {
            d = d.label(self.span(stop), "here something new begins");
        }
        d.help(format!("add `{}` where it should end", partner_of(bracket)))
    }

    /// The brace to blame where `opener` stays open: one inside whose `}` stands as far left as the
    /// line of `opener`.
    fn misplaced_brace(&self, opener: usize) -> usize {
        let wanted = self.indentation(opener);
        let inner = (opener + 1..self.tokens().len()).filter(|i| self.text(*i) == "{");
        for i in inner {
            let Some(closer) = self.scan.partner(i) else { continue };
            if self.scan.begins_line(closer) && self.indentation(closer) == wanted && self.indentation(i) > wanted {
                return i;
            }
        }
        opener
    }

    /// Bytes in front of the first token of the line of a token.
    pub(super) fn indentation(&self, token: usize) -> usize {
        let start = self.span(token).start as usize;
        let line = self.scan.text[..start].rfind('\n').map_or(0, |i| i + 1);
        self.scan.text[line..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
    }

    fn stray(&self, closer: usize) -> Diagnostic {
        let bracket = self.text(closer);
        let mut d = self.error("E0114", closer, format!("this `{bracket}` closes nothing"));
        // Statements before it that stand outside a block: the block was closed too early.
        if bracket == "}" && closer > 0 {
            let before = (0..closer).rev().find(|i| self.text(*i) == "}");
            if let Some(early) = before.filter(|b| b + 1 < closer) {
                d = d.label(self.span(early), "the last block was closed here");
            }
        }
        d.help("remove it, or one that closes too early before it".to_string())
    }
}

fn partner_of(bracket: &str) -> &'static str {
    match bracket {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

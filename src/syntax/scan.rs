//! What must hold before the grammar runs, by linear passes: size, characters, lengths, nesting,
//! and which bracket belongs to which.

use super::lexer::{self, Kind, Lexed};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;

/// A scanned text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The text without characters that are refused, of the same length.
    pub text: String,
    /// The text for the grammar, of the same length, without comments (see [`Scan::blank`]).
    pub grammar: String,
    /// Tokens and comments of the text.
    pub lexed: Lexed,
    /// For each token the number of its partner, where it is a bracket that has one.
    pub partner: Vec<u32>,
    /// Opening brackets (numbers of tokens) that nothing closes.
    pub unclosed: Vec<u32>,
    /// Closing brackets that nothing opened.
    pub stray: Vec<u32>,
    /// Brackets closed by one of another kind.
    pub mismatched: Vec<(u32, u32)>,
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the grammar must not run.
    pub fatal: bool,
}

/// No partner.
const NONE: u32 = u32::MAX;
/// Problems of one kind after which no more are collected.
const KEPT: usize = 1000;

impl Scan {
    /// The partner of a bracket.
    pub fn partner(&self, token: usize) -> Option<usize> {
        self.partner.get(token).copied().filter(|p| *p != NONE).map(|p| p as usize)
    }
}

/// Scans a text.
pub(super) fn scan(file: u32, source: &str) -> Scan {
    if source.len() > limits::SOURCE_BYTES {
        let message = format!("this text has {} bytes; at most {} are read", source.len(), limits::SOURCE_BYTES);
        let diagnostic = Diagnostic::error("E0106", Span::new(file, 0, 0), message)
            .help("put data into a table that `data … = csv(…)` reads, and parts of a model into files for `use`");
        return Scan { diagnostics: vec![diagnostic], fatal: true, ..Scan::default() };
    }
    let (text, diagnostics) = characters(file, source);
    let lexed = lexer::lex(&text);
    let mut scan = Scan { text, lexed, diagnostics, ..Scan::default() };
    scan.lengths(file);
    scan.pair_brackets();
    scan.nesting(file);
    scan.blank();
    scan
}

/// Why a character is refused.
fn refused(c: char, next: Option<char>) -> Option<&'static str> {
    match c {
        '\n' | '\t' => None,
        '\r' if next == Some('\n') => None,
        '\r' => Some("a carriage return without a line feed"),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}' => {
            Some("a character that changes the direction of writing")
        }
        '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2064}'
        | '\u{AD}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{FFF9}'..='\u{FFFB}' => Some("an invisible character"),
        '\u{FFFD}' => Some("a replacement character: the file is not in UTF-8, or a program has damaged it"),
        c if c.is_control() => Some("a control character"),
        _ => None,
    }
}

/// The text with blanks in place of characters that are refused, and a diagnostic for each run of them.
fn characters(file: u32, source: &str) -> (String, Vec<Diagnostic>) {
    let mut out = String::with_capacity(source.len());
    let mut diagnostics = Vec::new();
    let mut last_bad_end = usize::MAX;
    let mut lone_returns = false;
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let Some(why) = refused(c, chars.peek().map(|(_, n)| *n)) else {
            out.push(c);
            continue;
        };
        let end = at + c.len_utf8();
        out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        let first_return = c != '\r' || !std::mem::replace(&mut lone_returns, true);
        if at != last_bad_end && first_return && diagnostics.len() < KEPT {
            let message = format!("{why} (U+{:04X}) in the text", c as u32);
            let note = match c {
                '\u{202A}'..='\u{2069}' => "with it the text could show something else than what is read",
                _ => "it cannot be seen, so the text would not be what it seems",
            };
            let diagnostic = Diagnostic::error("E0102", Span::new(file, at, end), message);
            diagnostics.push(if c == '\r' {
                diagnostic.help("end every line with a line feed, alone or behind a carriage return")
            } else {
                diagnostic.note(note).help("delete it")
            });
        }
        last_bad_end = end;
    }
    (out, diagnostics)
}

/// A long text cut for a message.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_string();
    }
    let mut cut: String = text.chars().take(SHOWN - 1).collect();
    cut.push('…');
    cut
}

impl Scan {
    /// Names and numbers of a length that nobody writes by hand.
    fn lengths(&mut self, file: u32) {
        for token in &self.lexed.tokens {
            if self.diagnostics.len() > KEPT {
                return;
            }
            let length = (token.end - token.start) as usize;
            let span = Span::new(file, token.start as usize, token.end as usize);
            let text = token.text(&self.text);
            let problem = match token.kind {
                Kind::Name if length > limits::NAME_BYTES => {
                    format!("the name `{}` has {length} bytes; at most {} are allowed", short(text), limits::NAME_BYTES)
                }
                Kind::Number | Kind::Superscript if length > limits::NUMBER_BYTES => {
                    format!("this number has {length} bytes; at most {} are allowed", limits::NUMBER_BYTES)
                }
                Kind::Number if exponent_too_large(text) => {
                    format!("the exponent of `{}` is beyond ±{}", short(text), limits::NUMBER_EXPONENT)
                }
                _ => continue,
            };
            // The renderer must not be given a line of a megabyte to underline.
            let shown = Span { end: span.end.min(span.start + limits::NUMBER_BYTES as u32), ..span };
            let shown = Span { end: floor_char(&self.text, shown.end), ..shown };
            self.diagnostics.push(Diagnostic::error("E0107", shown, problem));
        }
    }

    /// Which bracket closes which. A line that begins as a statement ends every open `(` and `[`, a
    /// line that begins with `system` or `experiment` and a name also every `{`.
    fn pair_brackets(&mut self) {
        let tokens = &self.lexed.tokens;
        self.partner = vec![NONE; tokens.len()];
        let mut open: Vec<u32> = Vec::new();
        // Where in `open` the braces are: a round or square bracket never closes across one.
        let mut braces: Vec<usize> = Vec::new();
        let bytes = self.text.as_bytes();
        for (i, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Open => {
                    if bytes[token.start as usize] == b'{' {
                        braces.push(open.len());
                    }
                    open.push(i as u32);
                }
                Kind::Close => {
                    let wanted = match bytes[token.start as usize] {
                        b')' => b'(',
                        b']' => b'[',
                        _ => b'{',
                    };
                    let is = |o: &u32| bytes[tokens[*o as usize].start as usize];
                    let scope = if wanted == b'{' { 0 } else { braces.last().map_or(0, |b| b + 1) };
                    let found = match wanted {
                        b'{' => braces.pop(),
                        _ => open[scope..].iter().rposition(|o| is(o) == wanted).map(|at| scope + at),
                    };
                    match found {
                        Some(at) => {
                            self.unclosed.extend(open.drain(at + 1..));
                            let opener = open.pop().expect("invariant: the opener was found there");
                            self.partner[opener as usize] = i as u32;
                            self.partner[i] = opener;
                        }
                        None => match open.last() {
                            Some(top) if scope < open.len() && !self.closes_soon(*top, i) => {
                                self.mismatched.push((*top, i as u32));
                                open.pop();
                            }
                            _ => self.stray.push(i as u32),
                        },
                    }
                }
                Kind::Name if !open.is_empty() && self.begins_line(i) => {
                    let word = token.text(&self.text);
                    let next = tokens.get(i + 1).filter(|t| t.kind == Kind::Name).map_or("in", |t| t.text(&self.text));
                    let named = !super::words::RESERVED.contains(&next) && !super::words::is_joint(next);
                    if named && matches!(word, "system" | "experiment") {
                        self.unclosed.append(&mut open);
                        braces.clear();
                    } else if named && super::words::is_statement_keyword(word) {
                        self.unclosed.extend(open.drain(braces.last().map_or(0, |b| b + 1)..));
                    }
                }
                _ => {}
            }
        }
        self.unclosed.append(&mut open);
        self.unclosed.sort_unstable();
    }

    /// Whether the next bracket that closes on the line behind a closing one is the right one for an opener.
    fn closes_soon(&self, opener: u32, closer: usize) -> bool {
        let bytes = self.text.as_bytes();
        let tokens = &self.lexed.tokens;
        let wanted = if bytes[tokens[opener as usize].start as usize] == b'(' { b')' } else { b']' };
        let rest = &tokens[closer + 1..];
        let next = rest.iter().take_while(|t| !bytes[tokens[closer].end as usize..t.start as usize].contains(&b'\n'));
        next.filter(|t| t.kind == Kind::Close).map(|t| bytes[t.start as usize]).next() == Some(wanted)
    }

    /// Whether a token is the first of its line.
    pub fn begins_line(&self, token: usize) -> bool {
        let tokens = &self.lexed.tokens;
        let start = tokens[token].start as usize;
        let before = if token == 0 { 0 } else { tokens[token - 1].end as usize };
        token == 0 || self.text.as_bytes()[before..start].contains(&b'\n')
    }

    /// Refuses nesting beyond the limit: brackets, `^` and sign chains, `if` chains, `not` chains.
    fn nesting(&mut self, file: u32) {
        let tokens = &self.lexed.tokens;
        // Each open bracket, and how deep the chains inside it are; the first entry is the outermost level.
        let mut levels: Vec<(u32, Chains)> = vec![(NONE, Chains::default())];
        let mut depth = 0;
        let mut before = Before::Start;
        for (i, token) in tokens.iter().enumerate() {
            let (_, level) = levels.last_mut().expect("invariant: the outermost level stays");
            depth -= level.depth();
            before = match token.kind {
                Kind::Close => Before::Value,
                kind => level.take(kind, token.text(&self.text), before),
            };
            depth += level.depth();
            if token.kind == Kind::Open {
                depth += 1;
                levels.push((i as u32, Chains::default()));
            } else if self.partner[i] != NONE && token.kind == Kind::Close {
                while let Some((opener, level)) = levels.pop() {
                    depth -= level.depth() + 1;
                    if opener == self.partner[i] {
                        break;
                    }
                }
            }
            if depth > limits::NESTING {
                let span = Span::new(file, token.start as usize, token.end as usize);
                let message = format!("nesting deeper than {} levels", limits::NESTING);
                self.diagnostics.push(
                    Diagnostic::error("E0105", span, message)
                        .note("brackets count, and chains of signs, powers, primes, fields and calls, of `not` and of `if … else if`")
                        .help("give an inner part a name in a definition of its own"),
                );
                self.fatal = true;
                return;
            }
        }
    }

    /// The text for the grammar: the tokens at their places, between them only blanks and line breaks.
    /// Inside `( … )` and `[ … ]` that are closed there are no line breaks, so that recovery never begins
    /// there; at one that is not closed the grammar stops, as reading on would cost a pass over the text
    /// for each of them.
    fn blank(&mut self) {
        let source = self.text.as_bytes();
        let mut out: Vec<u8> = Vec::with_capacity(source.len());
        let mut joined = 0;
        for (i, token) in self.lexed.tokens.iter().enumerate() {
            let (start, end) = (token.start as usize, token.end as usize);
            let from = out.len();
            out.extend(source[from..start].iter().map(|b| if *b == b'\n' && start > joined { b'\n' } else { b' ' }));
            let bracket = token.kind == Kind::Open && source[start] != b'{';
            match self.partner[i] {
                NONE if bracket => out.push(b'?'),
                closer if bracket => {
                    joined = joined.max(self.lexed.tokens[closer as usize].end as usize);
                    out.push(source[start]);
                }
                _ => out.extend_from_slice(&source[start..end]),
            }
        }
        let from = out.len();
        out.extend(source[from..].iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' }));
        self.grammar = String::from_utf8(out).expect("invariant: whole tokens and ASCII");
    }
}

/// What stood before a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    Value,
    Dot,
    Operator,
    Branch,
    Not,
}

/// How deep the chains of one level of brackets are.
#[derive(Clone, Copy, Default)]
struct Chains {
    /// `^` and signs in front.
    powers: usize,
    /// `.name`, `[i]`, `(…)`, `'` and `²` behind a value.
    postfixes: usize,
    /// `else if`.
    branches: usize,
    /// `not not`.
    negations: usize,
}

impl Chains {
    fn depth(&self) -> usize {
        // The bracket of the last one counts by itself.
        self.powers + self.postfixes.saturating_sub(1) + self.branches + self.negations
    }

    /// Takes the next token of the level in.
    fn take(&mut self, kind: Kind, text: &str, before: Before) -> Before {
        match (kind, text) {
            (Kind::Open, "{") => Before::Start,
            (Kind::Open, _) => {
                self.postfixes = if before == Before::Value { self.postfixes + 1 } else { 0 };
                Before::Start
            }
            (Kind::Prime, _) => {
                self.postfixes += text.chars().count();
                Before::Value
            }
            (Kind::Superscript, _) => {
                self.postfixes += 1;
                Before::Value
            }
            (Kind::Sign, ".") => {
                self.postfixes += 1;
                Before::Dot
            }
            (Kind::Name, "if") => {
                self.branches = if before == Before::Branch { self.branches + 1 } else { 1 };
                Before::Branch
            }
            (Kind::Name, "then" | "else") => Before::Branch,
            (Kind::Name, "not") => {
                self.negations = if before == Before::Not { self.negations + 1 } else { 1 };
                Before::Not
            }
            (Kind::Name, _) if before == Before::Dot => Before::Value,
            (Kind::Name, _) => {
                self.postfixes = 0;
                // Two values side by side: a new statement.
                if before == Before::Value {
                    self.powers = 0;
                }
                Before::Value
            }
            (Kind::Sign, "^") => {
                self.postfixes = 0;
                self.powers += 1;
                Before::Operator
            }
            (Kind::Sign, "-" | "−" | "+") if before != Before::Value => {
                self.powers += 1;
                Before::Operator
            }
            (
                Kind::Sign,
                "*" | "/" | "·" | "⋅" | "×" | "+" | "-" | "−" | "<" | ">" | "<=" | ">=" | "==" | "!=" | "≈",
            ) => {
                (self.powers, self.postfixes) = (0, 0);
                Before::Operator
            }
            (Kind::Sign, _) => {
                *self = Chains::default();
                Before::Start
            }
            _ => {
                self.postfixes = 0;
                Before::Value
            }
        }
    }
}

/// Whether the exponent of a number is beyond what any computation here can use.
fn exponent_too_large(number: &str) -> bool {
    let Some(at) = number.find(['e', 'E']) else { return false };
    let digits = number[at + 1..].trim_start_matches(['+', '-']).trim_start_matches('0');
    digits.len() > 6 || digits.parse::<i64>().is_ok_and(|e| e > limits::NUMBER_EXPONENT)
}

/// The end of a span that was cut, moved to a character boundary.
fn floor_char(text: &str, end: u32) -> u32 {
    let mut end = end as usize;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end as u32
}

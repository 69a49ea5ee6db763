//! Tokens and comments of a text, by one linear pass.
//!
//! The grammar decides what a text means; this pass serves what a grammar is bad at: limits that
//! must hold before it runs, comments (for documentation and the formatter), ends of nodes without
//! the blanks behind them, and messages about texts that do not parse.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Name,
    /// A number without its unit.
    Number,
    /// `"…"`.
    Text,
    /// `"…` that ends with its line.
    OpenText,
    /// `²`, `⁻¹`.
    Superscript,
    /// `'`, `''`, `′`.
    Prime,
    /// `(`, `[`, `{`.
    Open,
    /// `)`, `]`, `}`.
    Close,
    /// Any other sign.
    Sign,
}

/// A token: bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Token {
    /// The text of the token.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize..self.end as usize]
    }
}

/// A comment with its `#`, without the line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Tokens and comments in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The comments.
    pub comments: Vec<Comment>,
}

impl Lexed {
    /// End of the last token that ends at or before `at`; `floor` where there is none behind it.
    pub fn end_before(&self, at: usize, floor: usize) -> usize {
        let n = self.tokens.partition_point(|t| t.end as usize <= at);
        if n == 0 { floor } else { (self.tokens[n - 1].end as usize).max(floor) }
    }

    /// Number of the first token that starts at or after `at`.
    pub fn from(&self, at: usize) -> usize {
        self.tokens.partition_point(|t| (t.start as usize) < at)
    }

    /// The tokens that lie in `start..end`.
    pub fn between(&self, start: usize, end: usize) -> &[Token] {
        let a = self.from(start);
        let b = self.tokens.partition_point(|t| t.end as usize <= end).max(a);
        &self.tokens[a..b]
    }

    /// The `##` lines between the token before `at` and `at`, without their signs.
    pub fn doc(&self, source: &str, at: usize) -> Option<String> {
        let mut before = self.tokens.partition_point(|t| t.end as usize <= at);
        while before > 0 && self.tokens[before - 1].text(source) == ";" {
            before -= 1;
        }
        let floor = if before == 0 { 0 } else { self.tokens[before - 1].end as usize };
        let b = self.comments.partition_point(|c| c.start as usize <= at);
        let a = self.comments.partition_point(|c| (c.start as usize) < floor).min(b);
        let mut doc: Option<String> = None;
        for comment in &self.comments[a..b] {
            if let Some(line) = source[comment.start as usize..comment.end as usize].strip_prefix("##") {
                let line = line.trim();
                match &mut doc {
                    Some(text) => {
                        text.push('\n');
                        text.push_str(line);
                    }
                    None => doc = Some(line.to_string()),
                }
            }
        }
        doc
    }
}

/// Whether a name may hold this character behind its first.
pub(super) fn continues_name(c: char) -> bool {
    c != '\u{B7}' && c != '\u{387}' && (unicode_ident::is_xid_continue(c) || ('\u{2080}'..='\u{2089}').contains(&c))
}

/// Whether a name may begin with this character.
pub(super) fn starts_name(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// Whether this character is a blank of the language.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{A0}' | '\u{2009}' | '\u{202F}' | '\u{FEFF}')
}

const SIGNS: [&str; 15] = [":=", "==", "<=", ">=", "!=", "->", "..", "**", "&&", "||", "//", "/*", "*/", "+=", "-="];

/// The tokens and comments of a text. Every character that is neither blank nor comment belongs to
/// exactly one token.
pub(super) fn lex(source: &str) -> Lexed {
    let bytes = source.as_bytes();
    let mut out = Lexed::default();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        let Some(c) = rest.chars().next() else { break };
        let mut end = at + c.len_utf8();
        if is_blank(c) {
            at = end;
            continue;
        }
        if c == '#' {
            end = at + rest.find('\n').unwrap_or(rest.len());
            let shown = source[at..end].trim_end_matches('\r').len();
            out.comments.push(Comment { start: at as u32, end: (at + shown) as u32 });
            at = end;
            continue;
        }
        let kind = match c {
            '0'..='9' => {
                end = at + number(rest.as_bytes());
                Kind::Number
            }
            '"' => {
                let (length, closed) = text(rest.as_bytes());
                end = at + length;
                if closed { Kind::Text } else { Kind::OpenText }
            }
            '\'' | '′' => {
                end = at + run(rest, |c| c == '\'' || c == '′');
                Kind::Prime
            }
            '(' | '[' | '{' => Kind::Open,
            ')' | ']' | '}' => Kind::Close,
            '∂' | '∇' => Kind::Name,
            '⁻' | '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' => {
                end += run(&source[end..], |c| matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹'));
                Kind::Superscript
            }
            c if starts_name(c) => {
                end += run(&source[end..], continues_name);
                Kind::Name
            }
            _ => {
                if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
                    end = at + sign.len();
                }
                Kind::Sign
            }
        };
        out.tokens.push(Token { kind, start: at as u32, end: end as u32 });
        at = end;
    }
    out
}

/// Bytes of the characters in front that satisfy `is`.
fn run(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is(c)).unwrap_or(text.len())
}

/// Bytes of the number in front: as the grammar has it, whatever follows.
fn number(b: &[u8]) -> usize {
    let digits = |from: usize| b[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut n = digits(0);
    while b.get(n) == Some(&b'_') && b.get(n + 1).is_some_and(u8::is_ascii_digit) {
        n += 1 + digits(n + 1);
    }
    if b.get(n) == Some(&b'.') && b.get(n + 1).is_some_and(u8::is_ascii_digit) {
        n += 1 + digits(n + 1);
    }
    if matches!(b.get(n), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(b.get(n + 1), Some(b'+' | b'-')));
        if b.get(n + 1 + sign).is_some_and(u8::is_ascii_digit) {
            n += 1 + sign + digits(n + 1 + sign);
        }
    }
    n
}

/// Bytes of the string in front, and whether it is closed on its line.
fn text(b: &[u8]) -> (usize, bool) {
    let mut n = 1;
    while n < b.len() {
        match b[n] {
            b'"' => return (n + 1, true),
            b'\n' => break,
            b'\\' if b.get(n + 1).is_some_and(|c| *c != b'\n') => n += 2,
            _ => n += 1,
        }
    }
    let mut n = n.min(b.len());
    if n > 0 && b[n - 1] == b'\r' {
        n -= 1;
    }
    (n, false)
}

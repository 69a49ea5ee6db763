//! A document that knows where it may break, and the lines it becomes.
//!
//! Line breaks mean nothing to the grammar, so a comment may stand between any two tokens: it is
//! written where the next piece with a place behind it begins.

use crate::syntax::lexer::Comment;

/// Widest line.
const WIDTH: usize = 100;

/// A piece of a document.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    /// Text without line breaks.
    Text(String),
    /// A blank, or a line break where its group is broken.
    Line,
    /// Text, but nothing where its group is broken.
    Flat(&'static str),
    /// What follows stands at this byte of the source: comments before it come first.
    At(u32),
    /// Broken as a whole, or not at all.
    Group(Vec<Doc>),
    /// Lines that begin inside are indented further.
    Indent(usize, Vec<Doc>),
    /// As many items on a line as fit; a blank stands between them, or nothing.
    Fill(bool, Vec<Doc>),
}

impl Doc {
    /// A text.
    pub fn text(text: impl Into<String>) -> Doc {
        Doc::Text(text.into())
    }
}

/// A written line.
#[derive(Debug, Default)]
struct Row {
    /// With its indentation.
    text: String,
    /// The comment at its end.
    comment: Option<String>,
    /// Whether it holds nothing but a comment.
    is_comment: bool,
}

/// Writes documents as lines, with the comments of the source at their places.
pub(super) struct Writer<'a> {
    source: &'a str,
    comments: &'a [Comment],
    /// Number of the next comment to write.
    next: usize,
    /// Comments before this byte are inside a statement and document nothing.
    inside: (u32, u32),
    /// First bytes of what may be documented inside a statement.
    documented: Vec<u32>,
    rows: Vec<Row>,
    indent: usize,
    /// The next text begins a line.
    fresh: bool,
    /// A blank is due before the next text on the line.
    blank: bool,
}

impl<'a> Writer<'a> {
    /// A writer for a text with these comments.
    pub fn new(source: &'a str, comments: &'a [Comment]) -> Self {
        let rows = vec![Row::default()];
        Writer {
            source,
            comments,
            next: 0,
            inside: (0, 0),
            documented: Vec::new(),
            rows,
            indent: 0,
            fresh: false,
            blank: false,
        }
    }

    /// Writes a statement that covers these bytes of the source.
    pub fn statement(&mut self, docs: &[Doc], span: (u32, u32), documented: Vec<u32>) {
        self.inside = span;
        self.documented = documented;
        self.render(docs, true);
        // What stood between its last tokens goes behind them, on their line.
        while let Some((start, _)) = self.next_comment(span.1) {
            let text = self.comment_text(start, self.comments[self.next]);
            self.next += 1;
            let row = self.row();
            match &mut row.comment {
                Some(before) => {
                    before.push(' ');
                    before.push_str(&text);
                }
                None if row.is_comment => {
                    row.text.push(' ');
                    row.text.push_str(&text);
                }
                none => *none = Some(text),
            }
            self.newline();
        }
        self.inside = (0, 0);
    }

    /// Writes text on the current line.
    pub fn text(&mut self, text: &str) {
        if self.fresh {
            self.fresh = false;
            self.blank = false;
            let empty = self.rows.len() == 1 && self.rows[0].text.is_empty() && self.rows[0].comment.is_none();
            if !empty {
                self.rows.push(Row::default());
            }
            self.row().text = " ".repeat(self.indent);
        }
        if std::mem::take(&mut self.blank) {
            self.row().text.push(' ');
        }
        self.row().text.push_str(text);
    }

    /// The next text begins a line.
    pub fn newline(&mut self) {
        self.fresh = true;
        self.blank = false;
    }

    /// An empty line, unless there is one or nothing stands before it.
    pub fn empty_line(&mut self) {
        let nothing = self.rows.len() == 1 && self.rows[0].text.is_empty() && self.rows[0].comment.is_none();
        let last = self.row();
        let empty = last.text.is_empty() && last.comment.is_none();
        if !nothing && !empty {
            self.rows.push(Row::default());
        }
        self.newline();
    }

    /// Indents what follows by this much more or less.
    pub fn indent(&mut self, by: isize) {
        self.indent = self.indent.saturating_add_signed(by);
    }

    /// The start of the next comment before a byte, and whether it has its line for itself.
    pub fn next_comment(&self, before: u32) -> Option<(u32, bool)> {
        let comment = self.comments.get(self.next).filter(|c| c.start < before)?;
        let line = self.source[..comment.start as usize].rfind('\n').map_or(0, |i| i + 1);
        Some((comment.start, self.source[line..comment.start as usize].trim().is_empty()))
    }

    /// Writes the next comment.
    pub fn comment(&mut self) {
        let Some((start, own_line)) = self.next_comment(u32::MAX) else { return };
        let comment = self.comments[self.next];
        self.next += 1;
        let text = self.comment_text(start, comment);
        let row = self.row();
        let taken = row.comment.is_some() || row.text.is_empty() || row.is_comment;
        if own_line || taken {
            self.newline();
            self.text("");
            self.row().text.push_str(&text);
            self.row().is_comment = true;
        } else {
            self.row().comment = Some(text);
        }
        self.newline();
    }

    /// A comment as it is written; inside a statement it documents nothing.
    fn comment_text(&self, start: u32, comment: Comment) -> String {
        let written = self.source[start as usize..comment.end as usize].trim_end();
        let (from, to) = self.inside;
        let documents = !(from < start && start < to) || self.documented_behind(start);
        match written.strip_prefix("##") {
            Some(rest) if !documents => format!("#{}", rest.trim_start_matches('#')),
            _ => written.to_string(),
        }
    }

    /// Whether between a comment and the next documented start only comments stand.
    fn documented_behind(&self, start: u32) -> bool {
        let n = self.documented.partition_point(|d| *d < start);
        let Some(next) = self.documented.get(n) else { return false };
        let mut at = start as usize;
        let first = self.comments.partition_point(|c| c.start < start);
        for comment in self.comments[first..].iter().take_while(|c| c.start < *next) {
            if !self.source[at..comment.start as usize].trim().is_empty() {
                return false;
            }
            at = comment.end as usize;
        }
        self.source[at..*next as usize].trim().is_empty()
    }

    /// Writes the comments before a byte.
    pub fn comments_before(&mut self, at: u32) {
        while self.next_comment(at).is_some() {
            self.comment();
        }
    }

    fn row(&mut self) -> &mut Row {
        self.rows.last_mut().expect("invariant: there is always a row")
    }

    fn column(&self) -> usize {
        if self.fresh {
            return self.indent;
        }
        self.rows.last().map_or(0, |r| r.text.chars().count()) + usize::from(self.blank)
    }

    fn render(&mut self, docs: &[Doc], broken: bool) {
        for doc in docs {
            match doc {
                Doc::Text(text) => self.text(text),
                Doc::Flat(text) if !broken => self.text(text),
                Doc::Flat(_) => {}
                Doc::Line if broken => self.newline(),
                Doc::Line => self.blank = true,
                Doc::At(at) => self.comments_before(*at),
                Doc::Group(inner) => {
                    let fits = self.fits(inner, WIDTH.saturating_sub(self.column())).is_some();
                    self.render(inner, !fits);
                }
                Doc::Indent(by, inner) => {
                    self.indent(*by as isize);
                    self.render(inner, broken);
                    self.indent(-(*by as isize));
                }
                Doc::Fill(spaced, items) => {
                    for (i, item) in items.iter().enumerate() {
                        let item = std::slice::from_ref(item);
                        if i > 0 {
                            let room = WIDTH.saturating_sub(self.column() + usize::from(*spaced));
                            if self.fits(item, room).is_none() && !self.fresh {
                                self.newline();
                            } else {
                                self.blank |= *spaced;
                            }
                        }
                        let fits = self.fits(item, WIDTH.saturating_sub(self.column())).is_some();
                        self.render(item, !fits);
                    }
                }
            }
        }
    }

    /// What is left of the room if the pieces stand on one line; nothing if they do not fit, or a
    /// comment stands between them.
    fn fits(&self, docs: &[Doc], mut room: usize) -> Option<usize> {
        for doc in docs {
            room = match doc {
                Doc::Text(text) => room.checked_sub(text.chars().count())?,
                Doc::Flat(text) => room.checked_sub(text.chars().count())?,
                Doc::Line => room.checked_sub(1)?,
                Doc::At(at) if self.next_comment(*at).is_some() => return None,
                Doc::At(_) => room,
                Doc::Group(inner) | Doc::Indent(_, inner) => self.fits(inner, room)?,
                Doc::Fill(spaced, items) => {
                    for (i, item) in items.iter().enumerate() {
                        room = room.checked_sub(usize::from(i > 0 && *spaced))?;
                        room = self.fits(std::slice::from_ref(item), room)?;
                    }
                    room
                }
            };
        }
        Some(room)
    }

    /// The text: comments at the ends of successive lines stand below each other.
    pub fn finish(mut self) -> String {
        self.comments_before(u32::MAX);
        while self.rows.last().is_some_and(|r| r.text.trim().is_empty() && r.comment.is_none()) {
            self.rows.pop();
        }
        let mut out = String::new();
        let mut i = 0;
        while i < self.rows.len() {
            let depth = |r: &Row| r.text.len() - r.text.trim_start_matches(' ').len();
            let beside = |r: &&Row| r.comment.is_some() && depth(r) == depth(&self.rows[i]);
            let run = self.rows[i..].iter().take_while(beside).count().max(1);
            let width = self.rows[i..i + run].iter().map(|r| r.text.trim_end().chars().count()).max().unwrap_or(0);
            for row in &self.rows[i..i + run] {
                let text = row.text.trim_end();
                out.push_str(text);
                if let Some(comment) = &row.comment {
                    let own = text.chars().count();
                    let pad = if width <= ALIGNED { width - own + 2 } else { 2 };
                    out.extend(std::iter::repeat_n(' ', pad));
                    out.push_str(comment);
                }
                out.push('\n');
            }
            i += run;
        }
        out
    }
}

/// Widest line up to which comments at the ends of lines are aligned.
const ALIGNED: usize = 80;

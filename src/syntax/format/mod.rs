//! The tree as text in one spelling, with every comment where it was.
//!
//! Statements are written from the tree; comments come from the tokens and are put back by their
//! places. One empty line between statements is kept where one was. What is written reads back as
//! the same tree, and writing it again changes nothing.

mod document;
mod expression;
mod statement;

use super::scan::{self, Scan};
use super::tree::{Ast, Const, Experiment, Generator, Item, Stmt, StmtKind, System, SystemBody, Use};
use crate::diagnostic::Diagnostic;
use document::{Doc, Writer};
use expression::with_commas;

/// A text in canonical spelling; its diagnostics where it has errors.
///
/// Names get their canonical form (`theta` is `θ`), powers are `^`, derivatives primes, comparisons
/// ASCII, units `[kg m^2/s^2]`; two blanks indent a block, lines end before column 100 where they
/// can be broken, comments at the ends of successive lines are aligned.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (ast, diagnostics) = super::parse(0, text);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    let scan = scan::scan(0, text);
    let formatter = Formatter { source: text, scan: &scan };
    Ok(formatter.file(&ast))
}

/// Writes one file.
struct Formatter<'a> {
    source: &'a str,
    scan: &'a Scan,
}

/// The place of a piece of a block in the source, and how it is written.
struct Piece {
    start: u32,
    end: u32,
    docs: Vec<Doc>,
    documented: Vec<u32>,
}

impl Formatter<'_> {
    fn file(&self, ast: &Ast) -> String {
        let source = self.source.strip_prefix('\u{FEFF}').map_or(0, |_| '\u{FEFF}'.len_utf8() as u32);
        let mut writer = Writer::new(self.source, &self.scan.lexed.comments);
        let mut last = source;
        let mut first = true;
        if let Some((version, span)) = &ast.version {
            let start = self.scan.lexed.tokens.first().map_or(0, |t| t.start);
            self.lead(&mut writer, start, &mut last, &mut first, false);
            writer.newline();
            writer.statement(
                &[Doc::At(span.start), Doc::Text(format!("sys {version}"))],
                (start, span.end),
                Vec::new(),
            );
            writer.newline();
            (last, first) = (span.end, false);
        }
        let mut after_block = false;
        let mut i = 0;
        while i < ast.items.len() {
            let count = self.joined(&ast.items[i..]);
            let (start, end) = (item_span(&ast.items[i]).0, item_span(&ast.items[i + count - 1]).1);
            let is_block =
                matches!(&ast.items[i], Item::Experiment(_) | Item::System(_)) && self.block_of(start, end).is_some();
            self.lead(&mut writer, start, &mut last, &mut first, is_block || after_block);
            self.item(&mut writer, &ast.items[i..i + count]);
            writer.newline();
            after_block = is_block;
            last = end;
            first = false;
            i += count;
        }
        self.lead(&mut writer, self.source.len() as u32, &mut last, &mut first, after_block);
        writer.finish()
    }

    /// How many items one `const` line has become.
    fn joined(&self, items: &[Item]) -> usize {
        let goes_on = |item: &Item| match item {
            Item::Const(c) => {
                self.source.get(c.span.start as usize..).is_some_and(|t| !t.starts_with("const"))
                    || c.span.start == c.name.span.start
            }
            _ => false,
        };
        match items.first() {
            Some(Item::Const(_)) => 1 + items[1..].iter().take_while(|i| goes_on(i)).count(),
            _ => 1,
        }
    }

    /// Comments and empty lines before a byte. `apart` asks for an empty line.
    fn lead(&self, writer: &mut Writer<'_>, at: u32, last: &mut u32, first: &mut bool, apart: bool) {
        let mut apart = apart && !*first;
        let end_of_text = at as usize >= self.source.len();
        while let Some((start, own_line)) = writer.next_comment(at) {
            if own_line && !*first && (self.gap(*last, start) || apart) {
                writer.empty_line();
                apart = false;
            }
            writer.comment();
            *last = self.comment_end(start);
            *first &= !own_line;
        }
        if !*first && !end_of_text && (self.gap(*last, at) || apart) {
            writer.empty_line();
        }
    }

    fn comment_end(&self, start: u32) -> u32 {
        let comments = &self.scan.lexed.comments;
        comments.get(comments.partition_point(|c| c.start < start)).map_or(start, |c| c.end)
    }

    /// Whether an empty line stands between two bytes.
    fn gap(&self, from: u32, to: u32) -> bool {
        self.source.get(from as usize..to as usize).is_some_and(|t| t.matches('\n').count() > 1)
    }

    fn item(&self, writer: &mut Writer<'_>, items: &[Item]) {
        writer.newline();
        let (start, end) = (item_span(&items[0]).0, item_span(&items[items.len() - 1]).1);
        let plain = |writer: &mut Writer<'_>, mut docs: Vec<Doc>, documented: Vec<u32>| {
            docs.insert(0, Doc::At(start));
            writer.statement(&docs, (start, end), documented);
        };
        match &items[0] {
            Item::Use(item) => plain(writer, self.use_item(item), Vec::new()),
            Item::Unit(unit) => {
                let mut docs = vec![Doc::text("unit ")];
                docs.extend(self.ident(&unit.name));
                docs.push(Doc::text(" = "));
                docs.extend(self.expr(&unit.value));
                plain(writer, docs, Vec::new());
            }
            Item::Const(_) => {
                let list: Vec<&Const> =
                    items.iter().filter_map(|i| if let Item::Const(c) = i { Some(c) } else { None }).collect();
                plain(writer, self.consts(&list), list.iter().skip(1).map(|c| c.span.start).collect());
            }
            Item::Set(set) => plain(writer, self.set(set), Vec::new()),
            Item::Fn(function) => plain(writer, self.function(function), Vec::new()),
            Item::Net(net) => plain(writer, self.net(net), Vec::new()),
            Item::Line(line) => plain(writer, self.line(line), consts_of_line(line)),
            Item::System(system) => self.system(writer, system),
            Item::Experiment(experiment) => self.experiment(writer, experiment),
        }
    }

    fn use_item(&self, item: &Use) -> Vec<Doc> {
        let path = &self.source[item.path_span.start as usize..item.path_span.end as usize];
        let mut out = vec![Doc::text("use "), Doc::At(item.path_span.start), Doc::text(path)];
        if !item.names.is_empty() {
            out.push(Doc::text(" ("));
            let names = item.names.iter().map(|n| self.ident(n)).collect();
            out.push(Doc::Indent(4, vec![Doc::Fill(true, with_commas(names))]));
            if item.alias.is_none() {
                out.push(Doc::At(item.span.end.saturating_sub(1)));
            }
            out.push(Doc::text(")"));
        }
        if let Some(alias) = &item.alias {
            out.push(Doc::text(" as "));
            out.extend(self.ident(alias));
        }
        out
    }

    /// First bytes of `{` and `}` of the block that ends an item.
    fn block_of(&self, start: u32, end: u32) -> Option<(u32, u32)> {
        let tokens = &self.scan.lexed.tokens;
        let close = self.scan.lexed.from(end as usize).checked_sub(1)?;
        if tokens[close].text(self.source) != "}" {
            return None;
        }
        let open = self.scan.partner(close)?;
        (tokens[open].start >= start).then_some((tokens[open].start, tokens[close].start))
    }

    fn system(&self, writer: &mut Writer<'_>, system: &System) {
        let (start, end) = (system.span.start, system.span.end);
        let mut head = vec![Doc::At(start), Doc::text("system ")];
        head.extend(system.name.iter().flat_map(|n| self.ident(n)));
        let stmts = match &system.body {
            SystemBody::Derived { value, with } => {
                head.push(Doc::text(" = "));
                head.push(Doc::Indent(4, self.expr(value)));
                let Some(stmts) = with else {
                    writer.statement(&head, (start, end), Vec::new());
                    return;
                };
                head.push(Doc::text(" with"));
                stmts
            }
            SystemBody::Block { formals, extends, stmts } => {
                if !formals.is_empty() {
                    head.extend(self.formals(formals));
                }
                if let Some(extends) = extends {
                    head.push(Doc::text(" extends "));
                    head.extend(self.expr(extends));
                }
                stmts
            }
        };
        let Some((open, close)) = self.block_of(start, end) else { return };
        // `with { param κ = 30 [N/m] }` on the line of its system.
        if let (SystemBody::Derived { .. }, [stmt]) = (&system.body, &stmts[..]) {
            let mut inner = head.clone();
            inner.extend([
                Doc::At(open),
                Doc::text(" {"),
                Doc::Indent(2, [vec![Doc::Line], self.stmt(stmt, 0)].concat()),
            ]);
            inner.extend([Doc::At(close), Doc::Line, Doc::text("}")]);
            let documented = [vec![stmt.span.start], documented(stmt)].concat();
            writer.statement(&[Doc::Group(inner)], (start, end), documented);
            return;
        }
        head.extend([Doc::At(open), Doc::text(" {")]);
        writer.statement(&head, (start, open), Vec::new());
        let pads = self.pads(stmts);
        let pieces = stmts.iter().zip(pads).map(|(stmt, pad)| Piece {
            start: stmt.span.start,
            end: stmt.span.end,
            docs: self.stmt(stmt, pad),
            documented: documented(stmt),
        });
        self.block(writer, pieces, open, close);
    }

    fn experiment(&self, writer: &mut Writer<'_>, experiment: &Experiment) {
        let (start, end) = (experiment.span.start, experiment.span.end);
        let Some((open, close)) = self.block_of(start, end) else { return };
        let mut head = vec![Doc::At(start), Doc::text("experiment ")];
        head.extend(experiment.name.iter().flat_map(|n| self.ident(n)));
        head.extend([Doc::At(open), Doc::text(" {")]);
        writer.statement(&head, (start, open), Vec::new());
        let pieces = experiment.lines.iter().map(|line| Piece {
            start: line.span.start,
            end: line.span.end,
            docs: self.line(line),
            documented: consts_of_line(line),
        });
        self.block(writer, pieces, open, close);
    }

    /// The inside of `{ … }` and its end.
    fn block(&self, writer: &mut Writer<'_>, pieces: impl Iterator<Item = Piece>, open: u32, close: u32) {
        let (mut last, mut first) = (open + 1, true);
        writer.indent(2);
        writer.newline();
        for piece in pieces {
            self.lead(writer, piece.start, &mut last, &mut first, false);
            writer.newline();
            writer.statement(&piece.docs, (piece.start, piece.end), piece.documented);
            writer.newline();
            (last, first) = (piece.end, false);
        }
        while let Some((start, own_line)) = writer.next_comment(close) {
            if own_line && !first && self.gap(last, start) {
                writer.empty_line();
            }
            writer.comment();
            last = self.comment_end(start);
            first &= !own_line;
        }
        writer.indent(-2);
        writer.newline();
        writer.text("}");
    }

    /// For each statement the width of its keyword: generators in a row are aligned.
    fn pads(&self, stmts: &[Stmt]) -> Vec<usize> {
        let width = |stmt: &Stmt| match &stmt.kind {
            StmtKind::Generator { kind, .. } => Some(Generator::word(*kind).len()),
            _ => None,
        };
        let mut pads = vec![0; stmts.len()];
        let mut i = 0;
        while i < stmts.len() {
            let mut end = i;
            let mut widest = 0;
            while let Some(w) = stmts.get(end).and_then(width) {
                if end > i && self.gap(stmts[end - 1].span.end, stmts[end].span.start) {
                    break;
                }
                widest = widest.max(w);
                end += 1;
            }
            pads[i..end].fill(widest);
            i = end.max(i + 1);
        }
        pads
    }
}

/// Where documentation inside a statement may stand: at the further names of a `const`.
fn documented(stmt: &Stmt) -> Vec<u32> {
    match &stmt.kind {
        StmtKind::Const(list) => list.iter().skip(1).map(|c| c.span.start).collect(),
        _ => Vec::new(),
    }
}

fn consts_of_line(line: &super::tree::Line) -> Vec<u32> {
    match &line.kind {
        super::tree::LineKind::Const(list) => list.iter().skip(1).map(|c| c.span.start).collect(),
        _ => Vec::new(),
    }
}

fn item_span(item: &Item) -> (u32, u32) {
    let span = match item {
        Item::Use(i) => i.span,
        Item::Unit(i) => i.span,
        Item::Const(i) => i.span,
        Item::Set(i) => i.span,
        Item::Fn(i) => i.span,
        Item::Net(i) => i.span,
        Item::System(i) => i.span,
        Item::Experiment(i) => i.span,
        Item::Line(i) => i.span,
    };
    (span.start, span.end)
}

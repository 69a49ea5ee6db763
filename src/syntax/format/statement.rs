//! Statements of systems and lines of experiments.

use super::Formatter;
use super::document::Doc;
use super::expression::{CONTINUED, Spacing, with_commas};
use crate::syntax::tree::{
    Action, Assign, Check, Config, ConfigEntry, ConfigValue, ConfigWord, Const, Crossing, Equation, Event, Expr,
    ExprKind, ForClause, Function, Generator, GridAxis, Ident, Init, Line, LineKind, Named, Net, Param, PathPart,
    SetItem, SetValue, Stmt, StmtKind, TaskKind, Variable,
};

fn word(text: &str) -> Doc {
    Doc::text(text)
}

impl Formatter<'_> {
    /// `keyword a, b, c`, further lines below the first entry.
    fn list(&self, keyword: &str, items: Vec<Vec<Doc>>) -> Vec<Doc> {
        let indent = keyword.chars().count() + 1;
        vec![Doc::Text(format!("{keyword} ")), Doc::Indent(indent, vec![Doc::Fill(true, with_commas(items))])]
    }

    /// ` = expr`, further lines indented.
    fn equals(&self, value: &Expr, out: &mut Vec<Doc>) {
        out.push(word(" = "));
        out.push(Doc::Indent(CONTINUED, self.expr(value)));
    }

    /// ` for i in 1..n` behind an equation.
    fn each(&self, each: &Option<ForClause>, out: &mut Vec<Doc>) {
        if let Some(each) = each {
            out.push(word(" "));
            out.extend(self.for_clause(each));
        }
    }

    /// A statement; the keyword of a generator is padded to a width.
    pub(super) fn stmt(&self, stmt: &Stmt, pad: usize) -> Vec<Doc> {
        let mut out = vec![Doc::At(stmt.span.start)];
        match &stmt.kind {
            StmtKind::Param(list) => out.extend(self.list("param", list.iter().map(|p| self.param(p)).collect())),
            StmtKind::Input(list) => out.extend(self.list("input", list.iter().map(|p| self.param(p)).collect())),
            StmtKind::Const(list) => out.extend(self.consts(&list.iter().collect::<Vec<_>>())),
            StmtKind::Set(set) => out.extend(self.set(set)),
            StmtKind::Fn(function) => out.extend(self.function(function)),
            StmtKind::Net(net) => out.extend(self.net(net)),
            StmtKind::Coord(list) => out.extend(self.list("coord", list.iter().map(|v| self.variable(v)).collect())),
            StmtKind::State(list) => out.extend(self.list("state", list.iter().map(|v| self.variable(v)).collect())),
            StmtKind::Momentum { names, of } => self.pairing("momentum", names, of, &mut out),
            StmtKind::Mirror { names, of } => self.pairing("mirror", names, of, &mut out),
            StmtKind::Grid { axes, options } => self.grid(axes, options, &mut out),
            StmtKind::Field(list) => {
                let item = |field: &crate::syntax::tree::FieldVar| {
                    let mut item = self.ident(&field.name);
                    item.extend(self.on_axes(&field.axes));
                    item.extend(self.annotation(&field.ty));
                    item
                };
                out.extend(self.list("field", list.iter().map(item).collect()));
            }
            StmtKind::Boundary(list) => {
                out.extend(self.list("boundary", list.iter().map(|e| self.equation(e)).collect()))
            }
            StmtKind::Sub { name, index, value } => {
                out.push(word("sub "));
                out.extend(self.ident(name));
                out.extend(index.iter().flat_map(|i| self.index(i)));
                self.equals(value, &mut out);
            }
            StmtKind::Generator { kind, name, value, .. } => {
                let keyword = Generator::word(*kind);
                out.push(Doc::Text(format!("{keyword:pad$} ")));
                out.extend(self.ident(name));
                self.equals(value, &mut out);
            }
            StmtKind::Force { name, on, value } => {
                out.push(word("force "));
                out.extend(self.ident(name));
                out.push(word(" on "));
                out.extend(self.expr(on));
                self.equals(value, &mut out);
            }
            StmtKind::Constraint { nonholonomic, name, equation } => {
                let keyword = if *nonholonomic { "nonholonomic " } else { "constraint " };
                self.named_equation(keyword, name, equation, &mut out);
            }
            StmtKind::Equation { name, equation } => self.named_equation("equation ", name, equation, &mut out),
            StmtKind::Event(event) => self.event(event, stmt.span.end, &mut out),
            StmtKind::Init(list) => out.extend(self.list("init", list.iter().map(|i| self.init(i)).collect())),
            StmtKind::Guess(list) => out.extend(self.list("guess", list.iter().map(|i| self.init(i)).collect())),
            StmtKind::Assume(list) => out.extend(self.list("assume", list.iter().map(|e| self.expr(e)).collect())),
            StmtKind::Observe(list) => out.extend(self.list("observe", list.iter().map(|n| self.named(n)).collect())),
            StmtKind::Invariant(list) => {
                out.extend(self.list("invariant", list.iter().map(|n| self.named(n)).collect()))
            }
            StmtKind::Check(check) => self.check(check, &mut out),
            StmtKind::Simulate(config) => {
                out.push(word("simulate "));
                out.extend(self.config(config));
            }
            StmtKind::Scale { target, by } => {
                out.push(word("scale "));
                out.extend(self.place(target));
                out.push(word(" by "));
                out.extend(self.expr(by));
            }
            StmtKind::Assign(assign) => self.assign(assign, &mut out),
            StmtKind::Der { of, value, each } => {
                out.push(word("der("));
                out.extend(self.expr(of));
                out.push(word(")"));
                self.equals(value, &mut out);
                self.each(each, &mut out);
            }
        }
        out
    }

    /// `const a = 1, b : int = 2`
    pub(super) fn consts(&self, list: &[&Const]) -> Vec<Doc> {
        let item = |one: &&Const| {
            let mut item = self.ident(&one.name);
            item.extend(self.annotation(&one.ty));
            self.equals(&one.value, &mut item);
            item
        };
        self.list("const", list.iter().map(item).collect())
    }

    pub(super) fn set(&self, set: &SetItem) -> Vec<Doc> {
        let mut out = vec![word("set ")];
        out.extend(self.ident(&set.name));
        match &set.value {
            SetValue::Members(members) => {
                out.push(word(" = {"));
                let items = members.iter().map(|m| self.ident(m)).collect();
                out.push(Doc::Indent(CONTINUED, vec![Doc::Fill(true, with_commas(items))]));
                out.extend([Doc::At(set.span.end.saturating_sub(1)), word("}")]);
            }
            SetValue::Range(range) => self.equals(range, &mut out),
        }
        out
    }

    pub(super) fn function(&self, function: &Function) -> Vec<Doc> {
        let mut out = vec![word("fn ")];
        out.extend(self.ident(&function.name));
        out.extend(self.formals(&function.formals));
        out.extend(self.annotation(&function.ty));
        self.equals(&function.body, &mut out);
        out
    }

    pub(super) fn net(&self, net: &Net) -> Vec<Doc> {
        let mut out = vec![word("net ")];
        out.extend(self.ident(&net.name));
        out.extend(self.formals(&net.formals));
        out.push(word(" -> "));
        out.extend(self.type_expr(&net.ty));
        self.equals(&net.body, &mut out);
        if net.attributes.is_empty() {
            return out;
        }
        let items = with_commas(net.attributes.iter().map(|a| self.expr(a)).collect());
        let items = Doc::Indent("with ".len(), vec![Doc::Fill(true, items)]);
        out.push(Doc::Indent(CONTINUED, vec![Doc::Line, word("with "), items]));
        vec![Doc::Group(out)]
    }

    /// `(x, y)`, or nothing.
    fn on_axes(&self, axes: &[Ident]) -> Vec<Doc> {
        let mut out = Vec::new();
        for (i, axis) in axes.iter().enumerate() {
            out.push(word(if i == 0 { "(" } else { ", " }));
            out.extend(self.ident(axis));
        }
        if !axes.is_empty() {
            out.push(word(")"));
        }
        out
    }

    fn param(&self, param: &Param) -> Vec<Doc> {
        let mut out = self.ident(&param.name);
        out.extend(param.index.iter().flat_map(|i| self.index(i)));
        out.extend(self.on_axes(&param.axes));
        out.extend(self.annotation(&param.ty));
        if let Some(value) = &param.value {
            self.equals(value, &mut out);
        }
        if let Some(bounds) = &param.bounds {
            out.push(word(" in "));
            out.extend(self.spaced(bounds, Spacing::Tight));
        }
        out
    }

    fn variable(&self, variable: &Variable) -> Vec<Doc> {
        let mut out = self.ident(&variable.name);
        out.extend(variable.index.iter().flat_map(|i| self.index(i)));
        out.extend(self.annotation(&variable.ty));
        if variable.periodic {
            out.push(word(" periodic"));
        }
        out
    }

    /// `momentum p of q : [kg m/s]`: the type stands at the end and belongs to the last name in front.
    fn pairing(&self, keyword: &str, names: &[Variable], of: &[Variable], out: &mut Vec<Doc>) {
        let bare = |v: &Variable| self.variable(&Variable { ty: None, ..v.clone() });
        out.extend(self.list(keyword, names.iter().map(bare).collect()));
        out.push(word(" of "));
        out.push(Doc::Fill(true, with_commas(of.iter().map(bare).collect())));
        if let Some(last) = names.last() {
            out.extend(self.annotation(&last.ty));
        }
    }

    fn grid(&self, axes: &[GridAxis], options: &[(Ident, Expr)], out: &mut Vec<Doc>) {
        let axis = |axis: &GridAxis| {
            let mut item = self.ident(&axis.name);
            item.push(word(" in "));
            item.extend(self.expr(&axis.range));
            if axis.periodic {
                item.push(word(" periodic"));
            }
            item
        };
        let mut inner = self.list("grid", axes.iter().map(axis).collect());
        if !options.is_empty() {
            let option = |(name, value): &(Ident, Expr)| {
                let mut item = self.ident(name);
                item.push(word(" = "));
                item.extend(self.expr(value));
                item
            };
            let items = with_commas(options.iter().map(option).collect());
            inner.push(Doc::Indent(CONTINUED, vec![Doc::Line, word("with "), Doc::Fill(true, items)]));
        }
        out.push(Doc::Group(inner));
    }

    fn equation(&self, equation: &Equation) -> Vec<Doc> {
        let mut out = self.expr(&equation.left);
        self.equals(&equation.right, &mut out);
        self.each(&equation.each, &mut out);
        out
    }

    fn named_equation(&self, keyword: &str, name: &Option<Ident>, equation: &Equation, out: &mut Vec<Doc>) {
        out.push(word(keyword));
        if let Some(name) = name {
            out.extend(self.ident(name));
            out.push(word(": "));
        }
        out.extend(self.equation(equation));
    }

    fn event(&self, event: &Event, end: u32, out: &mut Vec<Doc>) {
        let mut inner = vec![word("event ")];
        inner.extend(self.ident(&event.name));
        inner.push(word(" when "));
        inner.extend(self.expr(&event.subject));
        if let Some((crossing, level)) = &event.crossing {
            inner.push(word(match crossing {
                Crossing::FallsBelow => " falls below ",
                Crossing::RisesAbove => " rises above ",
                Crossing::Crosses => " crosses ",
            }));
            inner.extend(self.expr(level));
        }
        inner.push(word(" {"));
        let mut body = Vec::new();
        for (i, action) in event.actions.iter().enumerate() {
            body.push(Doc::Line);
            match action {
                Action::Stop(span, text) => {
                    body.extend([Doc::At(span.start), word("stop")]);
                    if text.is_some() {
                        // The string as it is written: the last token of the action.
                        let token = self.scan.lexed.between(span.start as usize, span.end as usize).last();
                        let written = token.map_or("", |t| t.text(self.source));
                        body.push(Doc::Text(format!(" {written}")));
                    }
                }
                Action::Set { target, value } => {
                    body.extend(self.place(target));
                    body.push(word(" := "));
                    body.extend(self.expr(value));
                }
            }
            // Without it a parenthesis would call what stands before.
            if let Some(Action::Set { target, .. }) = event.actions.get(i + 1)
                && !begins_with_name(target)
            {
                body.push(word(";"));
            }
        }
        inner.push(Doc::Indent(2, body));
        inner.extend([Doc::At(end.saturating_sub(1)), Doc::Line, word("}")]);
        if event.actions.len() > 1 { out.extend(inner) } else { out.push(Doc::Group(inner)) }
    }

    fn init(&self, init: &Init) -> Vec<Doc> {
        let mut out = self.place(&init.target);
        out.push(word(if init.distributed { " ~ " } else { " = " }));
        out.push(Doc::Indent(CONTINUED, self.expr(&init.value)));
        self.each(&init.each, &mut out);
        out
    }

    fn named(&self, named: &Named) -> Vec<Doc> {
        let Some(name) = &named.name else { return self.expr(&named.value) };
        let mut out = self.ident(name);
        out.extend(named.index.iter().flat_map(|i| self.index(i)));
        out.extend(self.annotation(&named.ty));
        self.equals(&named.value, &mut out);
        out
    }

    fn check(&self, check: &Check, out: &mut Vec<Doc>) {
        let mut inner = vec![word("check "), Doc::Indent(CONTINUED, self.expr(&check.condition))];
        let mut tail = Vec::new();
        if let Some(within) = &check.within {
            tail.extend([Doc::Line, word("within ")]);
            tail.extend(self.expr(within));
        }
        if check.because.is_some() {
            let token = self.scan.lexed.between(check.span.start as usize, check.span.end as usize).last();
            let (start, written) = token.map_or((0, ""), |t| (t.start, t.text(self.source)));
            tail.extend([Doc::Line, word("because "), Doc::At(start), Doc::text(written)]);
        }
        inner.push(Doc::Indent(CONTINUED, tail));
        out.push(Doc::Group(inner));
    }

    fn assign(&self, assign: &Assign, out: &mut Vec<Doc>) {
        out.extend(self.ident(&assign.name));
        if let Some(formals) = &assign.formals {
            out.extend(self.formals(formals));
        }
        for part in &assign.path {
            match part {
                PathPart::Field(name) => out.extend([Doc::At(name.span.start), Doc::Text(format!(".{}", name.name))]),
                PathPart::Index(index) => out.extend(self.index(index)),
            }
        }
        out.push(Doc::Text("'".repeat(assign.primes as usize)));
        out.extend(assign.index_after.iter().flat_map(|i| self.index(i)));
        out.extend(self.annotation(&assign.ty));
        if let Some(value) = &assign.value {
            self.equals(value, out);
        }
        self.each(&assign.each, out);
    }

    /// A line of an experiment.
    pub(super) fn line(&self, line: &Line) -> Vec<Doc> {
        let mut out = vec![Doc::At(line.span.start)];
        let config = |config: &Option<Config>, out: &mut Vec<Doc>| {
            if let Some(config) = config {
                out.push(word(" "));
                out.extend(self.config(config));
            }
        };
        match &line.kind {
            LineKind::Task { kind, name, value, config: options } => {
                out.push(word(match kind {
                    TaskKind::Data => "data ",
                    TaskKind::Run => "run ",
                    TaskKind::Fit => "fit ",
                }));
                out.extend(self.ident(name));
                self.equals(value, &mut out);
                config(options, &mut out);
            }
            LineKind::Sweep { name, value, axes, config: options } => {
                let mut inner = vec![word("sweep ")];
                inner.extend(self.ident(name));
                self.equals(value, &mut inner);
                let axis = |axis: &crate::syntax::tree::Axis| {
                    let mut item = self.place(&axis.target);
                    item.push(word(if axis.distributed { " ~ " } else { " in " }));
                    item.extend(self.expr(&axis.range));
                    item
                };
                let items = with_commas(axes.iter().map(axis).collect());
                inner.push(Doc::Indent(CONTINUED, vec![Doc::Line, word("over "), Doc::Fill(true, items)]));
                out.push(Doc::Group(inner));
                config(options, &mut out);
            }
            LineKind::Compare { value, on, config: options } => {
                out.push(word("compare "));
                out.extend(self.expr(value));
                if let Some(on) = on {
                    out.push(word(" on "));
                    out.extend(self.expr(on));
                }
                config(options, &mut out);
            }
            LineKind::Plot { value, config: options } => {
                out.push(word("plot "));
                out.extend(self.expr(value));
                config(options, &mut out);
            }
            LineKind::Export { value, to_span, config: options, .. } => {
                out.push(word("export "));
                out.extend(self.expr(value));
                out.extend([word(" to "), Doc::At(to_span.start)]);
                out.push(Doc::text(&self.source[to_span.start as usize..to_span.end as usize]));
                config(options, &mut out);
            }
            LineKind::Check(check) => self.check(check, &mut out),
            LineKind::Seed(_, span) => {
                out.extend([word("seed "), Doc::At(span.start)]);
                out.push(Doc::text(&self.source[span.start as usize..span.end as usize]));
            }
            LineKind::Split { data, parts, config: options } => {
                out.push(word("split "));
                out.extend(self.ident(data));
                out.push(word(" into "));
                let part = |(name, _, span): &(Ident, String, crate::diagnostic::Span)| {
                    let mut item = self.ident(name);
                    item.extend([word(" "), Doc::At(span.start)]);
                    item.push(Doc::text(&self.source[span.start as usize..span.end as usize]));
                    item
                };
                out.push(Doc::Fill(true, with_commas(parts.iter().map(part).collect())));
                config(options, &mut out);
            }
            LineKind::Derive { value, config: options } => {
                out.push(word("derive "));
                out.extend(self.expr(value));
                config(options, &mut out);
            }
            LineKind::Const(list) => out.extend(self.consts(&list.iter().collect::<Vec<_>>())),
        }
        out
    }

    /// `{ t = 0..1 by 0.1, method = auto }`, or an option on each line.
    fn config(&self, config: &Config) -> Vec<Doc> {
        let mut body = Vec::new();
        for (i, entry) in config.entries.iter().enumerate() {
            body.push(Doc::Line);
            body.extend(self.entry(entry));
            if let Some(next) = config.entries.get(i + 1) {
                body.push(if self.may_follow(next) { Doc::Flat(",") } else { word(",") });
            }
        }
        let end = config.span.end.saturating_sub(1);
        vec![Doc::Group(vec![
            Doc::At(config.span.start),
            word("{"),
            Doc::Indent(2, body),
            Doc::At(end),
            Doc::Line,
            word("}"),
        ])]
    }

    /// Whether an option may follow another with nothing but a line break between them.
    fn may_follow(&self, entry: &ConfigEntry) -> bool {
        let first = self.scan.lexed.tokens.get(self.scan.lexed.from(entry.span.start as usize));
        let first = first.map_or("", |t| t.text(self.source));
        entry.word.is_some() || (begins_with_name(&entry.target) && !matches!(first, "by" | "count" | "with"))
    }

    fn entry(&self, entry: &ConfigEntry) -> Vec<Doc> {
        let mut out = vec![Doc::At(entry.span.start)];
        if let Some(kind) = entry.word {
            out.push(word(match kind {
                ConfigWord::Init => "init ",
                ConfigWord::Guess => "guess ",
                ConfigWord::Param => "param ",
                ConfigWord::Draw => "draw ",
            }));
        }
        out.extend(self.place(&entry.target));
        out.push(word(if entry.distributed { " ~ " } else { " = " }));
        match &entry.value {
            ConfigValue::Expr(value) => out.push(Doc::Indent(CONTINUED, self.expr(value))),
            ConfigValue::Config(config) => out.extend(self.config(config)),
        }
        self.each(&entry.each, &mut out);
        if let Some(bounds) = &entry.bounds {
            out.push(word(" in "));
            out.extend(self.spaced(bounds, Spacing::Tight));
        }
        out
    }
}

/// Whether the first token of an expression is a name.
fn begins_with_name(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Name(_) => true,
        ExprKind::Call { callee: base, .. }
        | ExprKind::Index { base, .. }
        | ExprKind::Field { base, .. }
        | ExprKind::Prime { base, .. }
        | ExprKind::Power { base, .. } => begins_with_name(base),
        _ => false,
    }
}

//! Top-level items and blocks.

use super::{Bad, Builder, Node, Place};
use crate::syntax::parser::Rule;
use crate::syntax::tree::{
    Ast, Const, Definition, Experiment, Formal, Function, Ident, Item, Net, SetItem, SetValue, Stmt, System,
    SystemBody, TypeExpr, Use,
};

impl Builder<'_> {
    /// The whole file.
    pub fn file(&mut self, file: Node<'_>) -> Ast {
        let mut ast = Ast::default();
        for node in file.into_inner() {
            match node.as_rule() {
                Rule::header => {
                    let number = node.into_inner().find(|n| n.as_rule() == Rule::number);
                    ast.version = number.map(|n| (n.as_str().to_string(), self.span(&n)));
                }
                Rule::item => {
                    let doc = self.doc(&node);
                    self.starts.push(node.as_span().start());
                    let inner = node.into_inner().next().expect("invariant: an item holds one");
                    self.item(inner, doc, &mut ast.items);
                }
                Rule::bad_item => self.note_bad(Place::Top, &node),
                _ => {}
            }
        }
        ast
    }

    pub(super) fn note_bad(&mut self, place: Place, node: &Node<'_>) {
        let span = node.as_span();
        self.bad.push(Bad { place, start: span.start(), end: span.end() });
    }

    fn item(&mut self, node: Node<'_>, doc: Option<String>, items: &mut Vec<Item>) {
        match node.as_rule() {
            Rule::use_item => items.push(Item::Use(self.use_item(node))),
            Rule::unit_item => {
                let span = self.span(&node);
                let (name, value) = self.ident_and_expr(node);
                items.push(Item::Unit(Definition { span, name, value }));
            }
            Rule::const_item => items.extend(self.consts(node, doc).into_iter().map(Item::Const)),
            Rule::set_item => items.push(Item::Set(self.set_item(node, doc))),
            Rule::fn_item => items.push(Item::Fn(self.fn_item(node, doc))),
            Rule::net_item => items.push(Item::Net(self.net_item(node, doc))),
            Rule::system_item => items.push(Item::System(self.system(node, doc))),
            Rule::experiment_item => items.push(Item::Experiment(self.experiment(node, doc))),
            _ => items.push(Item::Line(self.line(node))),
        }
    }

    fn use_item(&mut self, node: Node<'_>) -> Use {
        let span = self.span(&node);
        let (mut path, mut path_span, mut quoted) = (String::new(), span, false);
        let (mut names, mut alias, mut after_as) = (Vec::new(), None, false);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::string => (path, path_span, quoted) = (self.string(&part), self.span(&part), true),
                Rule::path => (path, path_span) = (part.as_str().to_string(), self.span(&part)),
                Rule::kw_as => after_as = true,
                Rule::ident if after_as => alias = Some(self.ident(&part)),
                Rule::ident => names.push(self.ident(&part)),
                _ => {}
            }
        }
        Use { span, path, path_span, quoted, names, alias }
    }

    /// The one name and the one expression of a node.
    pub(super) fn ident_and_expr(&mut self, node: Node<'_>) -> (Ident, crate::syntax::tree::Expr) {
        let (mut name, mut value) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::expr => value = Some(self.expr(part)),
                _ => {}
            }
        }
        (name.expect("invariant: a definition has a name"), value.expect("invariant: a definition has a value"))
    }

    /// `const a = 1, b: int = 2`; the line's documentation goes to the first.
    pub(super) fn consts(&mut self, node: Node<'_>, doc: Option<String>) -> Vec<Const> {
        let line = self.span(&node);
        let mut line_doc = doc;
        let mut out = Vec::new();
        for part in node.into_inner().filter(|p| p.as_rule() == Rule::const_one) {
            let mut span = self.span(&part);
            let doc = if out.is_empty() {
                span = line.to(span);
                span.end = self.span(&part).end;
                line_doc.take()
            } else {
                self.doc(&part)
            };
            let (mut name, mut ty, mut value) = (None, None, None);
            for p in part.into_inner() {
                match p.as_rule() {
                    Rule::ident => name = Some(self.ident(&p)),
                    Rule::type_ann => ty = Some(self.type_expr(p)),
                    _ => value = Some(self.expr(p)),
                }
            }
            out.push(Const {
                span,
                doc,
                name: name.expect("invariant: a constant has a name"),
                ty,
                value: value.expect("invariant: a constant has a value"),
            });
        }
        out
    }

    pub(super) fn set_item(&mut self, node: Node<'_>, doc: Option<String>) -> SetItem {
        let span = self.span(&node);
        let (mut name, mut value) = (None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::set_lit => value = Some(SetValue::Members(part.into_inner().map(|m| self.ident(&m)).collect())),
                Rule::rexpr => value = Some(SetValue::Range(Box::new(self.expr(part)))),
                _ => {}
            }
        }
        SetItem {
            span,
            doc,
            name: name.expect("invariant: a set has a name"),
            value: value.expect("invariant: a set has members"),
        }
    }

    pub(super) fn fn_item(&mut self, node: Node<'_>, doc: Option<String>) -> Function {
        let span = self.span(&node);
        let (mut name, mut formals, mut ty, mut body) = (None, Vec::new(), None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::formals => formals = self.formals(part),
                Rule::type_ann => ty = Some(self.type_expr(part)),
                Rule::expr => body = Some(self.expr(part)),
                _ => {}
            }
        }
        Function {
            span,
            doc,
            name: name.expect("invariant: a function has a name"),
            formals,
            ty,
            body: body.expect("invariant: a function has a body"),
        }
    }

    pub(super) fn net_item(&mut self, node: Node<'_>, doc: Option<String>) -> Net {
        let span = self.span(&node);
        let (mut name, mut formals, mut ty, mut body) = (None, Vec::new(), None, None);
        let mut attributes = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::formals => formals = self.formals(part),
                Rule::type_expr => ty = Some(self.type_expr(part)),
                Rule::expr => body = Some(self.expr(part)),
                Rule::net_attr => {
                    for attribute in part.into_inner().filter(|p| p.as_rule() == Rule::expr) {
                        attributes.push(self.expr(attribute));
                    }
                }
                _ => {}
            }
        }
        let ty: TypeExpr = ty.expect("invariant: a net has a result type");
        let body = body.expect("invariant: a net has an architecture");
        Net { span, doc, name: name.expect("invariant: a net has a name"), formals, ty, body, attributes }
    }

    pub(super) fn formals(&mut self, node: Node<'_>) -> Vec<Formal> {
        node.into_inner().map(|f| self.formal(f)).collect()
    }

    fn formal(&mut self, node: Node<'_>) -> Formal {
        let span = self.span(&node);
        let (mut name, mut ty, mut default) = (None, None, None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::type_expr => ty = Some(self.type_expr(part)),
                _ => default = Some(self.expr(part)),
            }
        }
        Formal { span, name: name.expect("invariant: a formal has a name"), ty, default }
    }

    fn system(&mut self, node: Node<'_>, doc: Option<String>) -> System {
        let span = self.span(&node);
        let (mut name, mut formals, mut extends, mut value) = (None, Vec::new(), None, None);
        let mut block: Option<Vec<Stmt>> = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::formals => formals = self.formals(part),
                Rule::post => extends = Some(self.expr(part)),
                Rule::expr => value = Some(self.expr(part)),
                Rule::block => block = Some(self.block(part)),
                Rule::bad_head => self.note_bad(Place::Head, &part),
                _ => {}
            }
        }
        let body = match value {
            Some(value) => SystemBody::Derived { value, with: block },
            None => SystemBody::Block { formals, extends, stmts: block.unwrap_or_default() },
        };
        System { span, doc, name, body }
    }

    /// `{ … }` of a system.
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let start = node.as_span().start();
        let mut out = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::stmt => out.push(self.stmt(part)),
                Rule::bad_stmt => self.note_bad(Place::System, &part),
                Rule::unclosed => self.bad.push(Bad { place: Place::Unclosed, start, end: part.as_span().start() }),
                _ => {}
            }
        }
        out
    }

    fn experiment(&mut self, node: Node<'_>, doc: Option<String>) -> Experiment {
        let span = self.span(&node);
        let (mut name, mut lines) = (None, Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.ident(&part)),
                Rule::bad_head => self.note_bad(Place::Head, &part),
                Rule::exp_block => {
                    let start = part.as_span().start();
                    for p in part.into_inner() {
                        match p.as_rule() {
                            Rule::exp_stmt => {
                                let inner = p.into_inner().next().expect("invariant: a line holds one");
                                lines.push(self.line(inner));
                            }
                            Rule::bad_exp => self.note_bad(Place::Experiment, &p),
                            Rule::unclosed => {
                                self.bad.push(Bad { place: Place::Unclosed, start, end: p.as_span().start() });
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Experiment { span, doc, name, lines }
    }
}

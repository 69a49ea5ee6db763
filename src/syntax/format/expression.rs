//! Expressions, types and units in their canonical spelling.

use super::Formatter;
use super::document::Doc;
use crate::syntax::tree::{
    Arg, CompareOp, Expr, ExprKind, ForClause, Formal, Ident, Index, ProductOp, ShapeKind, SumOp, TypeExpr, UnaryOp,
    UnitBase, UnitExpr, UnitOp, UnitProduct,
};

/// How far the further lines of a statement are indented.
pub(super) const CONTINUED: usize = 4;

/// Whether sums are written with blanks around their signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// `a + b`
    Wide,
    /// `a+b`, in indices and ranges.
    Tight,
}

use Spacing::{Tight, Wide};

fn at(place: u32) -> Doc {
    Doc::At(place)
}

/// Items with commas behind all but the last.
pub(super) fn with_commas(items: Vec<Vec<Doc>>) -> Vec<Doc> {
    let last = items.len().saturating_sub(1);
    let group = |(i, mut item): (usize, Vec<Doc>)| {
        if i < last {
            item.push(Doc::text(","));
        }
        Doc::Group(item)
    };
    items.into_iter().enumerate().map(group).collect()
}

impl Formatter<'_> {
    /// The source under an expression that is one token, as it is written.
    fn token(&self, start: u32) -> &str {
        self.scan.lexed.tokens.get(self.scan.lexed.from(start as usize)).map_or("", |t| t.text(self.source))
    }

    pub(super) fn ident(&self, name: &Ident) -> Vec<Doc> {
        vec![at(name.span.start), Doc::text(name.name.as_str())]
    }

    /// An expression in a definition or argument.
    pub(super) fn expr(&self, e: &Expr) -> Vec<Doc> {
        self.spaced(e, Wide)
    }

    /// What is set, in front of a `=` or `:=`: there a power can only be raised digits.
    pub(super) fn place(&self, e: &Expr) -> Vec<Doc> {
        let mut out = Vec::new();
        self.base(e, Wide, &mut out);
        out
    }

    pub(super) fn spaced(&self, e: &Expr, spacing: Spacing) -> Vec<Doc> {
        let mut out = Vec::new();
        self.write(e, spacing, &mut out);
        out
    }

    fn write(&self, e: &Expr, spacing: Spacing, out: &mut Vec<Doc>) {
        let start = e.span.start;
        let end = e.span.end.saturating_sub(1);
        match &*e.kind {
            ExprKind::Number { text, unit } => {
                // The digits as they are written, with their `_`; those of `x²` are no number there.
                let written = self.token(start);
                let plain = written.starts_with(|c: char| c.is_ascii_digit());
                out.extend([at(start), Doc::text(if plain { written } else { text })]);
                self.unit_behind(unit, out);
            }
            ExprKind::Text(_, unit) => {
                out.extend([at(start), Doc::text(self.token(start))]);
                self.unit_behind(unit, out);
            }
            ExprKind::Name(name) => out.extend([at(start), Doc::text(name.as_str())]),
            ExprKind::List { rows, unit } => {
                let mut items = Vec::new();
                for (r, row) in rows.iter().enumerate() {
                    for (i, entry) in row.iter().enumerate() {
                        let mut item = self.spaced(entry, spacing);
                        let last_of_row = i + 1 == row.len();
                        if !last_of_row {
                            item.push(Doc::text(","));
                        } else if r + 1 < rows.len() {
                            item.push(Doc::text(";"));
                        }
                        items.push(Doc::Group(item));
                    }
                }
                let close = unit.as_ref().map_or(end, |u| u.span.start);
                out.extend([at(start), Doc::text("[")]);
                out.push(Doc::Group(vec![Doc::Indent(1, vec![Doc::Fill(true, items)]), at(close), Doc::text("]")]));
                self.unit_behind(unit, out);
            }
            ExprKind::ListFor { element, each, unit } => {
                let close = unit.as_ref().map_or(end, |u| u.span.start);
                out.extend([at(start), Doc::text("[")]);
                let mut inner = self.spaced(element, spacing);
                inner.push(Doc::Line);
                inner.extend(self.for_clause(each));
                inner.push(at(close));
                out.push(Doc::Group(vec![Doc::Indent(1, inner), Doc::text("]")]));
                self.unit_behind(unit, out);
            }
            ExprKind::Table { entries, unit } => {
                let items = entries.iter().map(|(name, value)| {
                    let mut item = self.ident(name);
                    item.push(Doc::text(": "));
                    item.extend(self.expr(value));
                    item
                });
                let close = unit.as_ref().map_or(end, |u| u.span.start);
                out.extend([at(start), Doc::text("{ ")]);
                out.push(Doc::Group(vec![Doc::Indent(2, vec![Doc::Fill(true, with_commas(items.collect()))])]));
                out.extend([at(close), Doc::text(" }")]);
                self.unit_behind(unit, out);
            }
            ExprKind::Paren(inner) => {
                out.extend([at(start), Doc::text("(")]);
                out.push(Doc::Group(vec![Doc::Indent(1, self.spaced(inner, spacing)), at(end), Doc::text(")")]));
            }
            ExprKind::Tuple(entries) => {
                let items = entries.iter().map(|entry| self.spaced(entry, spacing)).collect();
                out.extend([at(start), Doc::text("(")]);
                out.push(Doc::Group(vec![
                    Doc::Indent(1, vec![Doc::Fill(true, with_commas(items))]),
                    at(end),
                    Doc::text(")"),
                ]));
            }
            ExprKind::Call { callee, args } => {
                self.base(callee, spacing, out);
                let items = args.iter().map(|arg| self.arg(arg, spacing)).collect();
                out.push(Doc::text("("));
                out.push(Doc::Group(vec![
                    Doc::Indent(CONTINUED, vec![Doc::Fill(true, with_commas(items))]),
                    at(end),
                    Doc::text(")"),
                ]));
            }
            ExprKind::Index { base, index } => {
                self.base(base, spacing, out);
                out.extend(self.index(index));
            }
            ExprKind::Field { base, name } => {
                self.base(base, spacing, out);
                out.extend([at(name.span.start), Doc::text(format!(".{}", name.name))]);
            }
            ExprKind::Prime { base, order, .. } => {
                self.base(base, spacing, out);
                out.push(Doc::text("'".repeat(*order as usize)));
            }
            ExprKind::Power { base, exponent } => {
                self.base(base, spacing, out);
                out.push(Doc::text("^"));
                self.write(exponent, spacing, out);
            }
            ExprKind::Unary { op, operand } => {
                out.extend([
                    at(start),
                    Doc::text(match op {
                        UnaryOp::Minus => "-",
                        UnaryOp::Plus => "+",
                        UnaryOp::Not => "not ",
                    }),
                ]);
                self.write(operand, spacing, out);
            }
            ExprKind::Sum { first, rest } => self.sum(first, rest, spacing, out),
            ExprKind::Product { first, rest } => self.product(first, rest, spacing, out),
            ExprKind::Compare { first, rest } => {
                let mut items = vec![Doc::Group(self.spaced(first, spacing))];
                for (op, place, side) in rest {
                    let mut item = vec![at(place.start), Doc::text(format!("{} ", compare_sign(*op)))];
                    self.write(side, spacing, &mut item);
                    items.push(Doc::Group(item));
                }
                out.push(Doc::Fill(true, items));
            }
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let word = if matches!(&*e.kind, ExprKind::And(_)) { "and " } else { "or " };
                let item = |(i, part): (usize, &Expr)| {
                    let mut item = Vec::new();
                    if i > 0 {
                        item.push(Doc::text(word));
                    }
                    self.write(part, spacing, &mut item);
                    Doc::Group(item)
                };
                out.push(Doc::Fill(true, parts.iter().enumerate().map(item).collect()));
            }
            ExprKind::If { condition, then, otherwise } => {
                let mut inner = vec![at(start), Doc::text("if ")];
                self.write(condition, spacing, &mut inner);
                inner.extend([Doc::Line, Doc::text("then ")]);
                self.write(then, spacing, &mut inner);
                inner.extend([Doc::Line, Doc::text("else ")]);
                self.write(otherwise, spacing, &mut inner);
                out.push(Doc::Group(inner));
            }
            ExprKind::Range { from, to, by, count } => {
                self.write(from, Tight, out);
                out.push(Doc::text(".."));
                self.write(to, Tight, out);
                for (word, value) in [(" by ", by), (" count ", count)] {
                    if let Some(value) = value {
                        out.push(Doc::text(word));
                        self.write(value, Tight, out);
                    }
                }
            }
        }
    }

    /// What something stands behind: a power there is one written with raised digits.
    fn base(&self, e: &Expr, spacing: Spacing, out: &mut Vec<Doc>) {
        let ExprKind::Power { base, exponent } = &*e.kind else { return self.write(e, spacing, out) };
        self.base(base, spacing, out);
        let (sign, digits) = match &*exponent.kind {
            ExprKind::Unary { operand, .. } => ("⁻", operand),
            _ => ("", exponent),
        };
        let mut raised = sign.to_string();
        if let ExprKind::Number { text, .. } = &*digits.kind {
            raised.extend(text.chars().filter_map(raise));
        }
        // Two in a row would be one number.
        if matches!(&*base.kind, ExprKind::Power { .. }) {
            out.push(Doc::text(" "));
        }
        out.push(Doc::text(raised));
    }

    fn sum(&self, first: &Expr, rest: &[(SumOp, crate::diagnostic::Span, Expr)], spacing: Spacing, out: &mut Vec<Doc>) {
        let wide = spacing == Wide;
        let mut items = vec![Doc::Group(self.spaced(first, spacing))];
        for (op, place, term) in rest {
            let sign = match op {
                SumOp::Plus => "+",
                SumOp::Minus => "-",
                SumOp::PlusMinus => "±",
            };
            let mut item = vec![at(place.start), Doc::text(sign)];
            if wide {
                item.push(Doc::text(" "));
            }
            self.write(term, spacing, &mut item);
            items.push(Doc::Group(item));
        }
        out.push(Doc::Fill(wide, items));
    }

    /// `a/b * c` where the eye could take `c` for a part of the denominator.
    fn product(
        &self,
        first: &Expr,
        rest: &[(ProductOp, crate::diagnostic::Span, Expr)],
        spacing: Spacing,
        out: &mut Vec<Doc>,
    ) {
        let mut items = vec![Doc::Group(self.spaced(first, spacing))];
        let mut divided_by_name = false;
        for (op, place, factor) in rest {
            let sign = match op {
                ProductOp::Times => "*",
                ProductOp::Divide => "/",
                ProductOp::Dot => "·",
                ProductOp::Cross => "×",
            };
            let apart = divided_by_name && *op != ProductOp::Divide && spacing == Wide;
            let sign = if apart { format!(" {sign} ") } else { sign.to_string() };
            let mut item = vec![at(place.start), Doc::text(sign)];
            self.write(factor, spacing, &mut item);
            items.push(Doc::Group(item));
            divided_by_name = *op == ProductOp::Divide && !matches!(&*factor.kind, ExprKind::Number { .. });
        }
        out.push(Doc::Fill(false, items));
    }

    fn arg(&self, arg: &Arg, spacing: Spacing) -> Vec<Doc> {
        let mut out = Vec::new();
        if let Some(name) = &arg.name {
            out.extend(self.ident(name));
            out.push(Doc::text(if arg.is_range { " in " } else { " = " }));
        }
        self.write(&arg.value, spacing, &mut out);
        if let Some(tweaks) = &arg.tweaks {
            out.push(Doc::text(" with { "));
            let items = tweaks.iter().map(|stmt| self.stmt(stmt, 0)).collect();
            out.push(Doc::Fill(true, with_commas(items)));
            out.push(Doc::text(" }"));
        }
        if let Some(each) = &arg.each {
            out.push(Doc::Line);
            out.extend(self.for_clause(each));
        }
        out
    }

    /// `[i, j in 1..n]`
    pub(super) fn index(&self, index: &Index) -> Vec<Doc> {
        let mut out = vec![at(index.span.start), Doc::text("[")];
        for (i, slot) in index.slots.iter().enumerate() {
            if i > 0 {
                out.push(Doc::text(", "));
            }
            if let Some(variable) = &slot.variable {
                out.extend(self.ident(variable));
                out.push(Doc::text(" in "));
            }
            self.write(&slot.value, Tight, &mut out);
        }
        out.extend([at(index.span.end.saturating_sub(1)), Doc::text("]")]);
        out
    }

    /// `for a in S, b in S if a < b`
    pub(super) fn for_clause(&self, each: &ForClause) -> Vec<Doc> {
        let mut out = vec![at(each.span.start), Doc::text("for ")];
        for (i, (name, range)) in each.generators.iter().enumerate() {
            if i > 0 {
                out.push(Doc::text(", "));
            }
            out.extend(self.ident(name));
            out.push(Doc::text(" in "));
            self.write(range, Tight, &mut out);
        }
        if let Some(condition) = &each.condition {
            out.push(Doc::text(" if "));
            self.write(condition, Wide, &mut out);
        }
        out
    }

    pub(super) fn formals(&self, formals: &[Formal]) -> Vec<Doc> {
        let item = |formal: &Formal| {
            let mut out = self.ident(&formal.name);
            if let Some(ty) = &formal.ty {
                out.push(Doc::text(": "));
                out.extend(self.type_expr(ty));
            }
            if let Some(default) = &formal.default {
                out.push(Doc::text(" = "));
                out.extend(self.expr(default));
            }
            out
        };
        let items = with_commas(formals.iter().map(item).collect());
        vec![Doc::text("("), Doc::Group(vec![Doc::Indent(CONTINUED, vec![Doc::Fill(true, items)])]), Doc::text(")")]
    }

    /// ` : vector(3) [m]`
    pub(super) fn annotation(&self, ty: &Option<TypeExpr>) -> Vec<Doc> {
        let Some(ty) = ty else { return Vec::new() };
        let mut out = vec![Doc::text(" : ")];
        out.extend(self.type_expr(ty));
        out
    }

    pub(super) fn type_expr(&self, ty: &TypeExpr) -> Vec<Doc> {
        let mut out = vec![at(ty.span.start)];
        if let Some(shape) = &ty.shape {
            out.push(Doc::text(match shape.kind {
                ShapeKind::Real => "real",
                ShapeKind::Int => "int",
                ShapeKind::Bool => "bool",
                ShapeKind::Vector => "vector",
                ShapeKind::Matrix => "matrix",
                ShapeKind::Symmetric => "symmetric",
                ShapeKind::Spd => "spd",
                ShapeKind::Tensor => "tensor",
            }));
            for (i, size) in shape.sizes.iter().enumerate() {
                out.push(Doc::text(if i == 0 { "(" } else { ", " }));
                self.write(size, Wide, &mut out);
            }
            if !shape.sizes.is_empty() {
                // Comments before the parenthesis stay inside the type.
                out.push(at(ty.unit.as_ref().map_or(ty.span.end.saturating_sub(1), |u| u.span.start)));
                out.push(Doc::text(")"));
            }
        }
        if let Some(unit) = &ty.unit {
            if ty.shape.is_some() {
                out.push(Doc::text(" "));
            }
            out.extend(self.unit(unit));
        }
        out
    }

    pub(super) fn unit_behind(&self, unit: &Option<UnitExpr>, out: &mut Vec<Doc>) {
        if let Some(unit) = unit {
            out.push(Doc::text(" "));
            out.extend(self.unit(unit));
        }
    }

    fn unit(&self, unit: &UnitExpr) -> Vec<Doc> {
        let mut text = String::from("[");
        unit_product(&unit.product, &mut text);
        text.push(']');
        vec![at(unit.span.start), at(unit.span.end.saturating_sub(1)), Doc::Text(text)]
    }
}

fn unit_product(product: &UnitProduct, out: &mut String) {
    for (i, factor) in product.factors.iter().enumerate() {
        match factor.op {
            UnitOp::Divide => out.push('/'),
            UnitOp::Multiply if i > 0 => out.push(' '),
            UnitOp::Multiply => {}
        }
        match &factor.base {
            UnitBase::Name(name) => out.push_str(name),
            UnitBase::One => out.push('1'),
            UnitBase::Product(inner) => {
                out.push('(');
                unit_product(inner, out);
                out.push(')');
            }
        }
        match factor.exponent {
            (1, 1) => {}
            (n, 1) => out.push_str(&format!("^{n}")),
            (n, d) => out.push_str(&format!("^({n}/{d})")),
        }
    }
}

fn compare_sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
        CompareOp::Equal => "==",
        CompareOp::NotEqual => "!=",
        CompareOp::Approx => "≈",
    }
}

fn raise(digit: char) -> Option<char> {
    Some(match digit {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => return None,
    })
}

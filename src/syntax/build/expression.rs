//! Expressions.

use super::{Builder, Node};
use crate::diagnostic::{Diagnostic, Span};
use crate::syntax::parser::Rule;
use crate::syntax::tree::{
    Arg, CompareOp, Expr, ExprKind, ForClause, Ident, Index, IndexSlot, ProductOp, SumOp, UnaryOp,
};

fn node(span: Span, kind: ExprKind) -> Expr {
    Expr { span, kind: Box::new(kind) }
}

impl Builder<'_> {
    /// Any rule that is an expression. Rules with one child are passed through in a loop, so a level
    /// of nesting costs one frame of the stack.
    pub(super) fn expr(&mut self, mut pair: Node<'_>) -> Expr {
        loop {
            match pair.as_rule() {
                Rule::number | Rule::quantity => return self.quantity(pair),
                Rule::ident => return self.name(&pair),
                Rule::primary => return self.primary(pair),
                Rule::table => return self.table(pair),
                Rule::if_expr => return self.conditional(pair),
                Rule::unary if pair.as_str().starts_with(['-', '−', '+']) => return self.signed(pair),
                _ => {}
            }
            let span = self.span(&pair);
            let rule = pair.as_rule();
            let mut inner = pair.into_inner();
            let first = inner.next().expect("invariant: an expression has a first part");
            if rule == Rule::neg && first.as_rule() == Rule::kw_not {
                let operand = self.expr(inner.next().expect("invariant: `not` has an operand"));
                return node(span, ExprKind::Unary { op: UnaryOp::Not, operand });
            }
            let Some(second) = inner.next() else {
                pair = first;
                continue;
            };
            let first = self.expr(first);
            return match rule {
                Rule::rexpr => self.range(span, first, second, inner),
                Rule::disj | Rule::conj => {
                    let mut parts = vec![first];
                    let words = [Rule::kw_or, Rule::kw_and];
                    for part in std::iter::once(second).chain(inner).filter(|p| !words.contains(&p.as_rule())) {
                        parts.push(self.expr(part));
                    }
                    node(span, if rule == Rule::disj { ExprKind::Or(parts) } else { ExprKind::And(parts) })
                }
                Rule::cmp => {
                    let rest = self.operations(second, inner, compare_op);
                    node(span, ExprKind::Compare { first, rest })
                }
                Rule::sum => {
                    let rest = self.operations(second, inner, sum_op);
                    node(span, ExprKind::Sum { first, rest })
                }
                Rule::mul => {
                    let rest = self.operations(second, inner, product_op);
                    self.rate_as_quotient(&first, &rest);
                    node(span, ExprKind::Product { first, rest })
                }
                Rule::power => {
                    let exponent = self.expr(second);
                    node(span, ExprKind::Power { base: first, exponent })
                }
                _ => std::iter::once(second).chain(inner).fold(first, |base, op| self.postfix(base, op)),
            };
        }
    }

    fn operations<'n, O>(
        &mut self,
        first: Node<'n>,
        rest: impl Iterator<Item = Node<'n>>,
        op: fn(&str) -> O,
    ) -> Vec<(O, Span, Expr)> {
        let mut out = Vec::new();
        let mut pending = None;
        for part in std::iter::once(first).chain(rest) {
            match pending.take() {
                None => pending = Some((op(part.as_str()), self.span(&part))),
                Some((o, place)) => out.push((o, place, self.expr(part))),
            }
        }
        out
    }

    fn range<'n>(&mut self, span: Span, from: Expr, to: Node<'n>, mut rest: impl Iterator<Item = Node<'n>>) -> Expr {
        let to = self.expr(to);
        let (mut by, mut count) = (None, None);
        if let Some(word) = rest.next() {
            let value = rest.next().map(|v| self.expr(v));
            if word.as_rule() == Rule::kw_by { by = value } else { count = value }
        }
        node(span, ExprKind::Range { from, to, by, count })
    }

    fn signed(&mut self, pair: Node<'_>) -> Expr {
        let span = self.span(&pair);
        let op = if pair.as_str().starts_with('+') { UnaryOp::Plus } else { UnaryOp::Minus };
        let operand = self.expr(pair.into_inner().next().expect("invariant: a sign has an operand"));
        node(span, ExprKind::Unary { op, operand })
    }

    fn conditional(&mut self, pair: Node<'_>) -> Expr {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|p| p.as_rule() == Rule::expr);
        let mut next = || parts.next().expect("invariant: `if` has three parts");
        let (condition, then, otherwise) = (next(), next(), next());
        let (condition, then, otherwise) = (self.expr(condition), self.expr(then), self.expr(otherwise));
        node(span, ExprKind::If { condition, then, otherwise })
    }

    fn name(&mut self, pair: &Node<'_>) -> Expr {
        let (ident, dots) = self.dotted(pair);
        let plain = node(ident.span, ExprKind::Name(ident.name));
        if dots == 0 {
            return plain;
        }
        node(ident.span, ExprKind::Prime { base: plain, order: dots, span: ident.span })
    }

    fn quantity(&mut self, pair: Node<'_>) -> Expr {
        let span = self.span(&pair);
        if pair.as_rule() == Rule::number {
            return node(span, ExprKind::Number { text: digits(pair.as_str()), unit: None });
        }
        let mut parts = pair.into_inner();
        let text = digits(parts.next().expect("invariant: a quantity has a number").as_str());
        let unit = parts.next().map(|u| self.unit(u));
        node(span, ExprKind::Number { text, unit })
    }

    fn primary(&mut self, pair: Node<'_>) -> Expr {
        let span = self.span(&pair);
        let parenthesised = pair.as_str().starts_with('(');
        let mut parts = pair.into_inner();
        let first = parts.next().expect("invariant: a primary has a part");
        if parenthesised {
            let mut entries = vec![self.expr(first)];
            entries.extend(parts.map(|p| self.expr(p)));
            return match entries.len() {
                1 => node(span, ExprKind::Paren(entries.remove(0))),
                _ => node(span, ExprKind::Tuple(entries)),
            };
        }
        match first.as_rule() {
            Rule::quantity => self.quantity(first),
            Rule::string => {
                let text = self.string(&first);
                let unit = parts.next().map(|u| self.unit(u));
                node(span, ExprKind::Text(text, unit))
            }
            Rule::list => self.list(span, first, parts.next()),
            _ => self.name(&first),
        }
    }

    fn list(&mut self, span: Span, list: Node<'_>, unit: Option<Node<'_>>) -> Expr {
        let unit = unit.map(|u| self.unit(u));
        let mut row = Vec::new();
        let mut rows = Vec::new();
        for part in list.into_inner() {
            match part.as_rule() {
                Rule::for_clause => {
                    let each = self.for_clause(part);
                    let element = row.pop().expect("invariant: a comprehension has an element");
                    return node(span, ExprKind::ListFor { element, each, unit });
                }
                Rule::row => {
                    rows.push(std::mem::take(&mut row));
                    row = part.into_inner().map(|e| self.expr(e)).collect();
                }
                _ => row.push(self.expr(part)),
            }
        }
        if !row.is_empty() || !rows.is_empty() {
            rows.push(row);
        }
        node(span, ExprKind::List { rows, unit })
    }

    fn table(&mut self, pair: Node<'_>) -> Expr {
        let span = self.span(&pair);
        let mut entries = Vec::new();
        let mut unit = None;
        let mut member = None;
        for part in pair.into_inner() {
            match (part.as_rule(), member.take()) {
                (Rule::unit, _) => unit = Some(self.unit(part)),
                (_, None) => member = Some(self.ident(&part)),
                (_, Some(name)) => entries.push((name, self.expr(part))),
            }
        }
        node(span, ExprKind::Table { entries, unit })
    }

    fn postfix(&mut self, base: Expr, op: Node<'_>) -> Expr {
        let place = self.span(&op);
        let span = base.span.to(place);
        match op.as_rule() {
            Rule::prime => {
                let order = op.as_str().chars().count() as u32;
                prime(span, base, order, place)
            }
            Rule::superscript => {
                let exponent = superscript(place, op.as_str());
                node(span, ExprKind::Power { base, exponent })
            }
            Rule::index => {
                let index = self.index(op);
                if base.span.end < place.start && matches!(*base.kind, ExprKind::Name(_)) {
                    self.maybe_unit(base.span, &index);
                }
                node(span, ExprKind::Index { base, index })
            }
            Rule::dotname => {
                let (name, dots) = self.dotted(&op.into_inner().next().expect("invariant: a dot has a name"));
                let end = name.span;
                let field = node(span, ExprKind::Field { base, name });
                if dots == 0 { field } else { prime(span, field, dots, end) }
            }
            _ => {
                let args: Vec<Arg> = op.into_inner().map(|a| self.arg(a)).collect();
                derivative_call(span, base, args)
            }
        }
    }

    fn arg(&mut self, pair: Node<'_>) -> Arg {
        let span = self.span(&pair);
        let (mut name, mut is_range, mut value, mut tweaks, mut each) = (None, false, None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::arg_name => name = Some(self.arg_name(part)),
                Rule::kw_in => is_range = true,
                Rule::tweaks => tweaks = Some(self.tweaks(part)),
                Rule::for_clause => each = Some(self.for_clause(part)),
                _ => value = Some(self.expr(part)),
            }
        }
        Arg { span, name, is_range, value: value.expect("invariant: an argument has a value"), tweaks, each }
    }

    /// `x`, `x'` or `a.x` before the `=` of an argument, as one name.
    fn arg_name(&mut self, pair: Node<'_>) -> Ident {
        let span = self.span(&pair);
        let mut name = String::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name.push_str(&self.ident(&part).name),
                Rule::dotname => {
                    for field in part.into_inner() {
                        name.push('.');
                        name.push_str(&self.ident(&field).name);
                    }
                }
                _ => name.push_str(&"'".repeat(part.as_str().chars().count())),
            }
        }
        Ident { name, span }
    }

    /// `[i, j in 1..n]`
    pub(super) fn index(&mut self, pair: Node<'_>) -> Index {
        let span = self.span(&pair);
        let slots = pair.into_inner().map(|slot| self.slot(slot)).collect();
        Index { span, slots }
    }

    /// `d/dt(x)` would be a quotient by a function `dt`.
    fn rate_as_quotient(&mut self, first: &Expr, rest: &[(ProductOp, Span, Expr)]) {
        let mut before = first;
        for (op, _, factor) in rest {
            if *op == ProductOp::Divide
                && matches!(&*before.kind, ExprKind::Name(n) if n == "d")
                && let ExprKind::Call { callee, args } = &*factor.kind
                && matches!(&*callee.kind, ExprKind::Name(n) if n == "dt")
            {
                let of = args.first().map_or("x", |a| {
                    self.text.get(a.span.start as usize..a.span.end as usize).filter(|t| t.len() < 40).unwrap_or("x")
                });
                self.diagnostics.push(
                    Diagnostic::error("E0151", before.span.to(callee.span), "a rate is written with a prime")
                        .help(format!("write `{of}'` for a name, `der({of})` for an expression")),
                );
            }
            before = factor;
        }
    }

    /// Notes an index that is written as a unit would be.
    fn maybe_unit(&mut self, base: Span, index: &Index) {
        let mut names = Vec::new();
        if let [IndexSlot { variable: None, value }] = &index.slots[..]
            && unit_names(value, &mut names)
        {
            self.maybe_units.push((base, index.span, names));
        }
    }

    fn slot(&mut self, pair: Node<'_>) -> IndexSlot {
        let mut variable = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => variable = Some(self.ident(&part)),
                Rule::kw_in => {}
                _ => value = Some(self.expr(part)),
            }
        }
        IndexSlot { variable, value: value.expect("invariant: a slot has a value") }
    }

    /// `for a in S, b in S if a < b`
    pub(super) fn for_clause(&mut self, pair: Node<'_>) -> ForClause {
        let span = self.span(&pair);
        let (mut generators, mut condition) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::binding => generators.push(self.generator(part)),
                Rule::kw_for | Rule::kw_if => {}
                _ => condition = Some(Box::new(self.expr(part))),
            }
        }
        ForClause { span, generators, condition }
    }

    fn generator(&mut self, pair: Node<'_>) -> (Ident, Expr) {
        let mut parts = pair.into_inner().filter(|p| p.as_rule() != Rule::kw_in);
        let name = parts.next().expect("invariant: a generator has a name");
        let range = parts.next().expect("invariant: a generator has a range");
        (self.ident(&name), self.expr(range))
    }

    /// The text of a string, escapes resolved.
    pub(super) fn string(&mut self, pair: &Node<'_>) -> String {
        let span = self.span(pair);
        let written = pair.as_str();
        let inner = &written[1..written.len() - 1];
        if !inner.contains('\\') {
            return inner.to_string();
        }
        let mut out = String::with_capacity(inner.len());
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(c @ ('"' | '\\')) => out.push(c),
                other => {
                    let c = other.map_or(String::new(), String::from);
                    let start = span.start as usize + 1 + at;
                    self.diagnostics.push(
                        Diagnostic::error(
                            "E0113",
                            Span::new(self.file, start, start + 1 + c.len()),
                            format!("`\\{c}` is no escape in a string"),
                        )
                        .help("a string knows `\\\"`, `\\\\`, `\\n` and `\\t`; write a backslash as `\\\\`"),
                    );
                }
            }
        }
        out
    }
}

/// Primes behind an expression; those of primes add up.
pub(super) fn prime(span: Span, base: Expr, order: u32, place: Span) -> Expr {
    match *base.kind {
        ExprKind::Prime { base, order: before, span: first } => {
            node(span, ExprKind::Prime { base, order: before + order, span: first.to(place) })
        }
        kind => node(span, ExprKind::Prime { base: node(base.span, kind), order, span: place }),
    }
}

/// `der(e)` and `dot(q)` are derivatives, every other call is a call.
fn derivative_call(span: Span, callee: Expr, mut args: Vec<Arg>) -> Expr {
    let derivative = matches!(&*callee.kind, ExprKind::Name(n) if n == "der" || n == "dot")
        && matches!(&args[..], [Arg { name: None, tweaks: None, each: None, value, .. }]
            if !matches!(*value.kind, ExprKind::Range { .. }));
    if !derivative {
        return node(span, ExprKind::Call { callee, args });
    }
    let value = args.remove(0).value;
    let base = if is_postfix(&value) { value } else { node(value.span, ExprKind::Paren(value)) };
    prime(span, base, 1, callee.span)
}

/// Whether primes may follow the expression as it is.
fn is_postfix(e: &Expr) -> bool {
    !matches!(
        &*e.kind,
        ExprKind::Unary { .. }
            | ExprKind::Power { .. }
            | ExprKind::Product { .. }
            | ExprKind::Sum { .. }
            | ExprKind::Compare { .. }
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::If { .. }
            | ExprKind::Range { .. }
            | ExprKind::Table { .. }
    )
}

/// Collects the names of an expression that could be a unit; false where it could not.
fn unit_names(e: &Expr, names: &mut Vec<String>) -> bool {
    match &*e.kind {
        ExprKind::Name(name) => {
            names.push(name.clone());
            crate::syntax::words::is_unit(name)
        }
        ExprKind::Power { base, exponent } => {
            unit_names(base, names) && matches!(*exponent.kind, ExprKind::Number { .. } | ExprKind::Unary { .. })
        }
        ExprKind::Product { first, rest } => {
            unit_names(first, names) && rest.iter().all(|(_, _, f)| unit_names(f, names))
        }
        _ => false,
    }
}

/// `²`, `⁻¹` as an exponent.
fn superscript(span: Span, text: &str) -> Expr {
    let mut negative = false;
    let digits: String = text
        .chars()
        .filter_map(|c| match c {
            '⁰' => Some('0'),
            '¹' => Some('1'),
            '²' => Some('2'),
            '³' => Some('3'),
            '⁴' => Some('4'),
            '⁵' => Some('5'),
            '⁶' => Some('6'),
            '⁷' => Some('7'),
            '⁸' => Some('8'),
            '⁹' => Some('9'),
            _ => {
                negative = true;
                None
            }
        })
        .collect();
    let number = node(span, ExprKind::Number { text: digits, unit: None });
    if negative { node(span, ExprKind::Unary { op: UnaryOp::Minus, operand: number }) } else { number }
}

/// A number without its `_`.
pub(super) fn digits(text: &str) -> String {
    if text.contains('_') { text.replace('_', "") } else { text.to_string() }
}

fn sum_op(text: &str) -> SumOp {
    match text {
        "+" => SumOp::Plus,
        "±" => SumOp::PlusMinus,
        _ => SumOp::Minus,
    }
}

fn product_op(text: &str) -> ProductOp {
    match text {
        "*" => ProductOp::Times,
        "/" => ProductOp::Divide,
        "×" => ProductOp::Cross,
        _ => ProductOp::Dot,
    }
}

fn compare_op(text: &str) -> CompareOp {
    match text {
        "<" => CompareOp::Less,
        "<=" | "≤" => CompareOp::LessEqual,
        ">" => CompareOp::Greater,
        ">=" | "≥" => CompareOp::GreaterEqual,
        "==" => CompareOp::Equal,
        "!=" | "≠" => CompareOp::NotEqual,
        _ => CompareOp::Approx,
    }
}

//! The parts of an expression, for walks that only look.

use super::{Expr, ExprKind, Index};

impl Expr {
    /// The expressions directly inside, in the order of the text (ranges of `for` clauses too).
    pub fn parts(&self) -> Vec<&Expr> {
        match &*self.kind {
            ExprKind::Number { .. } | ExprKind::Text(..) | ExprKind::Name(_) => Vec::new(),
            ExprKind::List { rows, .. } => rows.iter().flatten().collect(),
            ExprKind::ListFor { element, each, .. } => std::iter::once(element).chain(clause(each)).collect(),
            ExprKind::Table { entries, .. } => entries.iter().map(|e| &e.1).collect(),
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => vec![inner],
            ExprKind::Tuple(list) | ExprKind::And(list) | ExprKind::Or(list) => list.iter().collect(),
            ExprKind::Call { callee, args } => {
                let mut out = vec![callee];
                for a in args {
                    out.push(&a.value);
                    out.extend(a.each.iter().flat_map(clause));
                }
                out
            }
            ExprKind::Index { base, index } => std::iter::once(base).chain(slots(index)).collect(),
            ExprKind::Field { base, .. } | ExprKind::Prime { base, .. } => vec![base],
            ExprKind::Power { base, exponent } => vec![base, exponent],
            ExprKind::Sum { first, rest } => std::iter::once(first).chain(rest.iter().map(|r| &r.2)).collect(),
            ExprKind::Product { first, rest } => std::iter::once(first).chain(rest.iter().map(|r| &r.2)).collect(),
            ExprKind::Compare { first, rest } => std::iter::once(first).chain(rest.iter().map(|r| &r.2)).collect(),
            ExprKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
            ExprKind::Range { from, to, by, count } => [from, to].into_iter().chain(by).chain(count).collect(),
        }
    }

    /// Whether a name stands anywhere in it (behind a dot it is no name of its own).
    pub fn mentions(&self, name: &str) -> bool {
        matches!(&*self.kind, ExprKind::Name(n) if n == name) || self.parts().into_iter().any(|p| p.mentions(name))
    }
}

fn clause(each: &super::ForClause) -> Vec<&Expr> {
    each.generators.iter().map(|g| &g.1).chain(each.condition.as_deref()).collect()
}

fn slots(index: &Index) -> impl Iterator<Item = &Expr> {
    index.slots.iter().map(|s| &s.value)
}

//! Second derivatives: `hessian(f, x, y)`, and `hessian(f, x, y)*v` without its entries.

use super::super::value::{Array, Dim, Scalar, Value};
use super::{Env, Resolver};
use crate::diagnostic::Span;
use crate::limits;
use crate::symbolic::{ExprId, Seeds};
use crate::syntax::tree::*;

/// A Hessian among the terms of a matrix that is multiplied by a vector.
struct Term<'e> {
    negative: bool,
    args: &'e [Arg],
    span: Span,
}

impl Resolver<'_> {
    /// `hessian(f, x, y)`: rows `x`, columns `y`; without `y` both are `x`.
    pub fn hessian(&mut self, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let f = self.scalar(&args[0].value, env)?;
        let x = self.leaves(&args[1].value, env)?;
        let y = match args.get(2) {
            Some(a) => self.leaves(&a.value, env)?,
            None => x.clone(),
        };
        if x.items.len().saturating_mul(y.items.len()) > limits::EXPLICIT {
            return self.fail(super::expr::too_large(span, x.items.len() * y.items.len()));
        }
        // One gradient, and its change along each column: of a net as many nodes as there are columns.
        let rows: Vec<ExprId> = x.items.iter().map(|s| s.expr).collect();
        let slopes = self.graph.gradient(f.expr, &rows);
        let mut items = Vec::new();
        for (slope, row) in slopes.into_iter().zip(&x.items) {
            for column in &y.items {
                let d = self.dim_mul(&f.dim, &row.dim, true, span)?;
                let dim = self.dim_mul(&d, &column.dim, true, span)?;
                items.push(Scalar { expr: self.graph.differentiate(slope, column.expr), dim });
            }
        }
        Some(Value::Array(Array { shape: vec![x.items.len(), y.items.len()], items }))
    }

    /// `hessian(f, x, y)*v`, also of sums of Hessians: the change of `∂f/∂x` along `v` in `y`, which takes one
    /// direction and no matrix. `None` where the expression is no sum of Hessians, or where `v` does not fit.
    pub fn hessian_along(&mut self, matrix: &Expr, v: &Array, span: Span, env: &Env) -> Option<Option<Array>> {
        let mut terms = Vec::new();
        if v.shape.len() != 1 || !self.hessians(matrix, false, env, &mut terms) {
            return None;
        }
        let mut total: Option<Array> = None;
        for term in terms {
            let part = match self.one_along(&term, v, env) {
                Along::Done(part) => part,
                Along::Other => return None,
                Along::Failed => return Some(None),
            };
            total = match total {
                None => Some(part),
                Some(before) => match self.added(before, part, span) {
                    Some(sum) => Some(sum),
                    None => return Some(None),
                },
            };
        }
        total.map(Some)
    }

    /// Collects the Hessians of a sum; `false` where anything else stands in it.
    fn hessians<'e>(&mut self, e: &'e Expr, negative: bool, env: &Env, out: &mut Vec<Term<'e>>) -> bool {
        match &*e.kind {
            ExprKind::Paren(inner) => self.hessians(inner, negative, env, out),
            ExprKind::Unary { op: UnaryOp::Minus, operand } => self.hessians(operand, !negative, env, out),
            ExprKind::Sum { first, rest } => {
                self.hessians(first, negative, env, out)
                    && rest.iter().all(|(op, _, e)| match op {
                        SumOp::Plus => self.hessians(e, negative, env, out),
                        SumOp::Minus => self.hessians(e, !negative, env, out),
                        SumOp::PlusMinus => false,
                    })
            }
            ExprKind::Call { callee, args } => {
                let given = matches!(&*callee.kind, ExprKind::Name(n) if n == "hessian"
                    && env.local(n).is_none() && self.find(n, env).is_none());
                let plain = |a: &Arg| a.name.is_none() && a.each.is_none() && !a.is_range && a.tweaks.is_none();
                if !given || !(2..=3).contains(&args.len()) || !args.iter().all(plain) {
                    return false;
                }
                out.push(Term { negative, args, span: e.span });
                true
            }
            _ => false,
        }
    }

    fn one_along(&mut self, term: &Term<'_>, v: &Array, env: &Env) -> Along {
        let before = self.diagnostics.len();
        let read = |r: &mut Self| {
            let f = r.scalar(&term.args[0].value, env)?;
            let x = r.leaves(&term.args[1].value, env)?;
            let y = match term.args.get(2) {
                Some(a) => r.leaves(&a.value, env)?,
                None => x.clone(),
            };
            Some((f, x, y))
        };
        let Some((f, x, y)) = read(self) else {
            return if self.diagnostics.len() > before { Along::Failed } else { Along::Other };
        };
        if y.items.len() != v.items.len() {
            return Along::Other;
        }
        let rows: Vec<ExprId> = x.items.iter().map(|s| s.expr).collect();
        let slopes = self.graph.gradient(f.expr, &rows);
        let mut seeds = Seeds::new();
        for (y, v) in y.items.iter().zip(&v.items) {
            seeds.set(y.expr, v.expr);
        }
        let values = self.graph.tangents(&slopes, &seeds);
        let mut items = Vec::with_capacity(values.len());
        for (value, row) in values.into_iter().zip(&x.items) {
            let mut dim = Dim::Any;
            for (y, v) in y.items.iter().zip(&v.items) {
                let one = self.dim_mul(&f.dim, &row.dim, true, term.span);
                let two = one.and_then(|d| self.dim_mul(&d, &y.dim, true, term.span));
                let three = two.and_then(|d| self.dim_mul(&d, &v.dim, false, term.span));
                match three.and_then(|d| self.same(&dim, term.span, &d, term.span)) {
                    Some(d) => dim = d,
                    None => return Along::Failed,
                }
            }
            let expr = if term.negative { self.graph.neg(value) } else { value };
            items.push(Scalar { expr, dim });
        }
        Along::Done(Array { shape: vec![x.items.len()], items })
    }

    fn added(&mut self, a: Array, b: Array, span: Span) -> Option<Array> {
        let (a, b) = self.broadcast(a, span, b, span, "the terms of this sum")?;
        let mut items = Vec::with_capacity(a.items.len());
        for (x, y) in a.items.iter().zip(&b.items) {
            let dim = self.same(&x.dim, span, &y.dim, span)?;
            items.push(Scalar { expr: self.graph.add(x.expr, y.expr), dim });
        }
        Some(Array { shape: a.shape, items })
    }
}

/// What became of one Hessian.
enum Along {
    Done(Array),
    /// It is no product with a direction; the ordinary reading says what it is.
    Other,
    /// It has been reported.
    Failed,
}

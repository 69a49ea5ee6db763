//! Sums, products, powers and comparisons, with the dimensions that they demand.

use super::super::value::{Array, Dim, Scalar, Value, describe_shape};
use super::expr::to_value;
use super::{Env, Origin, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{self, EquateError, Exponent, Term};
use crate::symbolic::{Comparison, ExprId, Node};
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// States that two quantities have the same dimension, and returns it.
    pub fn same(&mut self, a: &Dim, a_span: Span, b: &Dim, b_span: Span) -> Option<Dim> {
        self.same_for(a, a_span, b, b_span, "be added to")
    }

    /// A value has the dimension that is declared for it: the place of the message is the value.
    pub fn declared(&mut self, value: &Dim, span: Span, dim: &Dim, at: Span) -> Option<Dim> {
        let known = self.diagnostics.len();
        let found = self.same_for(value, span, dim, at, "stand for");
        if found.is_none() && self.diagnostics.len() > known {
            self.diagnostics.last_mut(|d| {
                if let Some(first) = d.labels.first_mut() {
                    std::mem::swap(&mut first.span, &mut d.span);
                    std::mem::swap(&mut first.text, &mut d.at);
                }
            });
        }
        found
    }

    /// The same, with the verb of the message: "an energy cannot *be added to* a power".
    pub fn same_for(&mut self, a: &Dim, a_span: Span, b: &Dim, b_span: Span, verb: &str) -> Option<Dim> {
        if !self.program.has_units {
            return Some(Dim::one());
        }
        let (ta, tb) = match (a, b) {
            (Dim::Any, other) | (other, Dim::Any) => return Some(other.clone()),
            (Dim::Term(ta), Dim::Term(tb)) => (ta, tb),
        };
        match self.dims.equate(ta, tb, Origin { left: a_span, right: b_span }) {
            Ok(()) => Some(a.clone()),
            Err(EquateError::Conflict(conflict)) => {
                let (left, right) = (self.dimension_words(&conflict.left), self.dimension_words(&conflict.right));
                let ratio =
                    conflict.left.div(&conflict.right).ok().and_then(|r| self.dims.resolve(&r).ok()?.as_known());
                let unknown = left.0 == "a quantity" && right.0 == "a quantity";
                let message = match ratio.as_ref().filter(|_| unknown) {
                    Some(ratio) => format!("these differ by a factor in [{ratio}], so one cannot {verb} the other"),
                    None => format!("{} cannot {verb} {}", left.0, right.0),
                };
                let mut d =
                    Diagnostic::error("E0204", b_span, message).at(right.1.clone()).label(a_span, left.1.clone());
                let words = [left.0.as_str(), right.0.as_str()];
                if verb == "be added to" && words.contains(&"an energy") && words.contains(&"a power") {
                    let power = self.text(if right.0 == "a power" { b_span } else { a_span });
                    d = d.help(format!("is `{power}` a Rayleigh function? then `rayleigh R = 1/2*{power}`"));
                } else if !unknown && !words.contains(&"a pure number") {
                    if let Some(unit) = ratio.as_ref().and_then(dimension::single_unit) {
                        d = d.help(format!("they differ by a factor in [{unit}]"));
                    }
                }
                for (span, because) in self
                    .because(&conflict.left_because, a_span, b_span)
                    .into_iter()
                    .chain(self.because(&conflict.right_because, a_span, b_span))
                {
                    d = d.label(span, because);
                }
                d.labels.truncate(2);
                self.fail(d)
            }
            Err(EquateError::Overflow) => {
                self.fail(Diagnostic::error("E0205", b_span, "the exponents of this dimension grow too large"))
            }
            Err(EquateError::TooLarge) => self.fail(
                Diagnostic::error("E0205", b_span, "this file asks for too much inference of dimensions")
                    .help("annotate more names with units"),
            ),
        }
    }

    /// Up to two earlier comparisons on which one side of a conflict rests.
    fn because(&self, origins: &[Origin], a: Span, b: Span) -> Vec<(Span, String)> {
        let other = |s: Span| s != a && s != b && s != Span::default();
        origins
            .iter()
            .rev()
            .filter(|o| other(o.left) && other(o.right))
            .take(1)
            .map(|o| (o.right, "this fixes a dimension".to_owned()))
            .collect()
    }

    /// Where a name under a span was declared.
    pub fn origin_of_name(&self, span: Span) -> Option<(Span, String)> {
        let text = self.program.files.text(span);
        let decl = self.decls.iter().find(|d| d.name == text && d.span.file == span.file && d.span != span)?;
        Some((decl.span, format!("`{text}` is declared here")))
    }

    /// "an energy" (or "a quantity") and "[J] = kg·m²/s²".
    pub fn dimension_words(&self, term: &Term) -> (String, String) {
        match self.dims.resolve(term).ok().and_then(|t| t.as_known()) {
            Some(d) => {
                let words = if d.is_one() { "a pure number".to_owned() } else { dimension::with_article(&d) };
                let unit = dimension::si_unit(&d);
                let base = d.to_string();
                let shown = if d.is_one() {
                    "a pure number".to_owned()
                } else if unit == base {
                    format!("[{unit}]")
                } else {
                    format!("[{unit}] = {base}")
                };
                (words, shown)
            }
            None => ("a quantity".to_owned(), "of a dimension that is not yet known".to_owned()),
        }
    }

    /// A quantity that must be a pure number, such as the argument of `sin`.
    pub fn pure(&mut self, s: &Scalar, span: Span, what: &str) -> Option<()> {
        if !self.program.has_units {
            return Some(());
        }
        let Dim::Term(term) = &s.dim else { return Some(()) };
        match self.dims.equate(term, &Term::one(), Origin { left: span, right: span }) {
            Ok(()) => Some(()),
            Err(_) => {
                let (words, shown) = self.dimension_words(term);
                let mut d =
                    Diagnostic::error("E0206", span, format!("{what} must be a pure number, and this is {words}"))
                        .at(shown);
                if let Some((place, text)) = self.origin_of_name(span) {
                    d = d.label(place, text);
                }
                self.fail(d.help("divide it by a quantity of the same dimension"))
            }
        }
    }

    pub fn dim_mul(&mut self, a: &Dim, b: &Dim, negative: bool, span: Span) -> Option<Dim> {
        if !self.program.has_units {
            return Some(Dim::one());
        }
        match (a, b) {
            (Dim::Any, _) => Some(Dim::Any),
            (_, Dim::Any) if negative => Some(a.clone()),
            (_, Dim::Any) => Some(Dim::Any),
            (Dim::Term(x), Dim::Term(y)) => match if negative { x.div(y) } else { x.mul(y) } {
                Ok(t) => Some(Dim::Term(t)),
                Err(error) => self.fail(Diagnostic::error("E0205", span, error.to_string())),
            },
        }
    }

    pub fn dim_pow(&mut self, a: &Dim, r: (i64, i64), span: Span) -> Option<Dim> {
        if !self.program.has_units {
            return Some(Dim::one());
        }
        let Dim::Term(term) = a else { return Some(Dim::Any) };
        let power = match (i32::try_from(r.0), i32::try_from(r.1)) {
            (Ok(n), Ok(d)) if d != 0 => Exponent::new(n, d),
            _ => {
                return self.fail(Diagnostic::error(
                    "E0205",
                    span,
                    "this exponent is too large for a quantity with a dimension",
                ));
            }
        };
        match term.pow(power) {
            Ok(t) => Some(Dim::Term(t)),
            Err(error) => self.fail(Diagnostic::error("E0205", span, error.to_string())),
        }
    }

    /// Two arrays of one shape; a scalar zero fits any shape.
    pub fn broadcast(&mut self, a: Array, a_span: Span, b: Array, b_span: Span, what: &str) -> Option<(Array, Array)> {
        if a.shape == b.shape {
            return Some((a, b));
        }
        let zero = |g: &crate::symbolic::Graph, x: &Array| {
            x.shape.is_empty() && matches!(g.node(x.items[0].expr), Node::Number(n) if n.is_zero())
        };
        if zero(&self.graph, &a) {
            let items = vec![a.items[0].clone(); b.items.len()];
            return Some((Array { shape: b.shape.clone(), items }, b));
        }
        if zero(&self.graph, &b) {
            let items = vec![b.items[0].clone(); a.items.len()];
            let shape = a.shape.clone();
            return Some((a, Array { shape, items }));
        }
        let (x, y) = (describe_shape(&a.shape), describe_shape(&b.shape));
        let one = a.shape.is_empty();
        let d =
            Diagnostic::error("E0225", b_span, format!("{what} differ in shape: {x} and {y}")).at(y).label(a_span, x);
        self.fail(match one && what == "a start and its value" {
            true => d.help("only `0` stands for all components: write `x[i] = … for i in 1..n`, or a list"),
            false => d,
        })
    }

    pub fn sum(&mut self, first: &Expr, rest: &[(SumOp, Span, Expr)], env: &Env) -> Option<Value> {
        let mut shape: Option<Array> = None;
        let mut shape_span = first.span;
        let mut terms: Vec<Vec<ExprId>> = Vec::new();
        let mut failed = false;
        let parts = std::iter::once((SumOp::Plus, first.span, first)).chain(rest.iter().map(|(op, s, e)| (*op, *s, e)));
        for (op, op_span, e) in parts {
            if op == SumOp::PlusMinus {
                failed = true;
                self.report(
                    Diagnostic::error("E0424", op_span, "`±` stands only in `published = { … }`")
                        .help("write the two cases apart"),
                );
                continue;
            }
            let Some(array) = self.array(e, env) else {
                failed = true;
                continue;
            };
            let (old, new) = match shape.take() {
                None => {
                    terms = array.items.iter().map(|s| vec![s.expr]).collect();
                    if op == SumOp::Minus {
                        terms.iter_mut().for_each(|t| t[0] = self.graph.neg(t[0]));
                    }
                    shape = Some(array);
                    shape_span = e.span;
                    continue;
                }
                Some(old) => match self.broadcast(old.clone(), shape_span, array, e.span, "the terms of this sum") {
                    Some(pair) => pair,
                    None => {
                        failed = true;
                        shape = Some(old);
                        continue;
                    }
                },
            };
            if terms.len() < old.items.len() {
                terms = vec![terms[0].clone(); old.items.len()];
            }
            let mut items = Vec::with_capacity(old.items.len());
            for (k, (a, b)) in old.items.iter().zip(&new.items).enumerate() {
                match self.same(&a.dim, shape_span, &b.dim, e.span) {
                    Some(dim) => items.push(Scalar { expr: a.expr, dim }),
                    None => {
                        failed = true;
                        items.push(a.clone());
                        break;
                    }
                }
                let term = if op == SumOp::Minus { self.graph.neg(b.expr) } else { b.expr };
                terms[k].push(term);
            }
            if failed {
                return None;
            }
            if matches!(old.items.first().map(|s| &s.dim), Some(Dim::Any)) {
                shape_span = e.span;
            }
            shape = Some(Array { shape: old.shape, items });
        }
        if failed {
            return None;
        }
        let shape = shape?;
        let items =
            shape.items.into_iter().zip(terms).map(|(s, t)| Scalar { expr: self.graph.sum(&t), dim: s.dim }).collect();
        Some(to_value(Array { shape: shape.shape, items }))
    }

    pub fn product(&mut self, first: &Expr, rest: &[(ProductOp, Span, Expr)], env: &Env) -> Option<Value> {
        let outer = self.halved;
        self.halved |= has_half(first, rest);
        let mut operands = self.operands(first, rest, env).into_iter();
        let Operand { span: mut left_span, value: mut left, .. } = operands.next()?;
        for Operand { op, op_span, span, value } in operands {
            left = match (left, value) {
                (Some(a), Some(b)) => self.times(a, left_span, op, op_span, b, span),
                _ => None,
            };
            left_span = left_span.to(span);
        }
        self.halved = outer;
        let left = left?;
        if let [s] = left.items.as_slice() {
            self.within_range(s.expr, left_span)?;
        }
        Some(to_value(left))
    }

    /// The operands of a product; a Hessian times a vector is one of them, as its entries are not asked for.
    fn operands(&mut self, first: &Expr, rest: &[(ProductOp, Span, Expr)], env: &Env) -> Vec<Operand> {
        let mut all: Vec<(ProductOp, Span, &Expr)> = vec![(ProductOp::Times, first.span, first)];
        all.extend(rest.iter().map(|(op, at, e)| (*op, *at, e)));
        let mut out = Vec::with_capacity(all.len());
        let mut k = 0;
        while let Some(&(op, op_span, e)) = all.get(k) {
            let next = all.get(k + 1).filter(|n| n.0 == ProductOp::Times && op == ProductOp::Times);
            let Some(&(times, times_span, v)) = next.filter(|_| e.mentions("hessian")) else {
                out.push(Operand { op, op_span, span: e.span, value: self.array(e, env) });
                k += 1;
                continue;
            };
            let vector = self.array(v, env);
            let span = e.span.to(v.span);
            match vector.as_ref().and_then(|v| self.hessian_along(e, v, span, env)) {
                Some(value) => out.push(Operand { op, op_span, span, value }),
                None => {
                    out.push(Operand { op, op_span, span: e.span, value: self.array(e, env) });
                    out.push(Operand { op: times, op_span: times_span, span: v.span, value: vector });
                }
            }
            k += 2;
        }
        out
    }

    pub fn times(
        &mut self,
        a: Array,
        a_span: Span,
        op: ProductOp,
        op_span: Span,
        b: Array,
        b_span: Span,
    ) -> Option<Array> {
        let scalar = |x: &Array| x.shape.is_empty();
        let whole = a_span.to(b_span);
        match op {
            ProductOp::Divide => {
                if !scalar(&b) {
                    let what = describe_shape(&b.shape);
                    return self.fail(
                        Diagnostic::error("E0226", b_span, format!("cannot divide by {what}"))
                            .help("multiply by `inverse(A)`, or divide by `norm(v)`"),
                    );
                }
                if matches!(self.graph.node(b.items[0].expr), Node::Number(n) if n.is_zero()) {
                    return self.fail(Diagnostic::error("E0227", b_span, "this divides by zero"));
                }
                let mut items = Vec::with_capacity(a.items.len());
                for x in &a.items {
                    let dim = self.dim_mul(&x.dim, &b.items[0].dim, true, whole)?;
                    items.push(Scalar { expr: self.graph.div(x.expr, b.items[0].expr), dim });
                }
                Some(Array { shape: a.shape, items })
            }
            ProductOp::Cross => {
                if scalar(&a) && scalar(&b) {
                    return self.fail(
                        Diagnostic::error("E0226", op_span, "`×` is the cross product of two vectors")
                            .help("the product of numbers is written `*`"),
                    );
                }
                if a.shape != [3] || b.shape != [3] {
                    let (x, y) = (describe_shape(&a.shape), describe_shape(&b.shape));
                    return self.fail(
                        Diagnostic::error("E0226", op_span, format!("`×` takes two vectors of 3, not {x} and {y}"))
                            .label(a_span, x.clone())
                            .label(b_span, y.clone()),
                    );
                }
                self.cross(&a, &b, whole)
            }
            _ if scalar(&a) || scalar(&b) => {
                let (s, many) = if scalar(&a) { (&a.items[0], &b) } else { (&b.items[0], &a) };
                let mut items = Vec::with_capacity(many.items.len());
                for x in &many.items {
                    let dim = self.dim_mul(&s.dim, &x.dim, false, whole)?;
                    items.push(Scalar { expr: self.graph.mul(s.expr, x.expr), dim });
                }
                Some(Array { shape: many.shape.clone(), items })
            }
            ProductOp::Dot => {
                if a.shape.len() != 1 || a.shape != b.shape {
                    let (x, y) = (describe_shape(&a.shape), describe_shape(&b.shape));
                    return self.fail(
                        Diagnostic::error(
                            "E0226",
                            op_span,
                            format!("`·` takes two vectors of one length, not {x} and {y}"),
                        )
                        .label(a_span, x.clone())
                        .label(b_span, y.clone()),
                    );
                }
                let s = self.dot(&a.items, &b.items, whole)?;
                Some(Array { shape: Vec::new(), items: vec![s] })
            }
            _ => {
                if a.shape.len() == 1 && b.shape.len() == 1 {
                    return self.fail(
                        Diagnostic::error("E0226", op_span, "vector `*` vector could mean two things")
                            .label(a_span, describe_shape(&a.shape))
                            .label(b_span, describe_shape(&b.shape))
                            .help("write `a·b` for the inner product, `a×b` for the cross product"),
                    );
                }
                self.matrix_product(&a, a_span, &b, b_span, op_span)
            }
        }
    }

    /// `Σ a_k b_k`.
    pub fn dot(&mut self, a: &[Scalar], b: &[Scalar], span: Span) -> Option<Scalar> {
        let mut terms = Vec::with_capacity(a.len());
        let mut dim = Dim::Any;
        for (x, y) in a.iter().zip(b) {
            let d = self.dim_mul(&x.dim, &y.dim, false, span)?;
            dim = self.same(&dim, span, &d, span)?;
            terms.push(self.graph.mul(x.expr, y.expr));
        }
        Some(Scalar { expr: self.graph.sum(&terms), dim })
    }

    pub fn cross(&mut self, a: &Array, b: &Array, span: Span) -> Option<Array> {
        let mut items = Vec::with_capacity(3);
        for k in 0..3 {
            let (i, j) = ((k + 1) % 3, (k + 2) % 3);
            let d1 = self.dim_mul(&a.items[i].dim, &b.items[j].dim, false, span)?;
            let d2 = self.dim_mul(&a.items[j].dim, &b.items[i].dim, false, span)?;
            let dim = self.same(&d1, span, &d2, span)?;
            let p = self.graph.mul(a.items[i].expr, b.items[j].expr);
            let m = self.graph.mul(a.items[j].expr, b.items[i].expr);
            items.push(Scalar { expr: self.graph.sub(p, m), dim });
        }
        Some(Array { shape: vec![3], items })
    }

    fn matrix_product(&mut self, a: &Array, a_span: Span, b: &Array, b_span: Span, op_span: Span) -> Option<Array> {
        let (rows, inner) = match a.shape.as_slice() {
            [n, m] => (*n, *m),
            [m] => (1, *m),
            _ => (0, 0),
        };
        let (height, columns) = match b.shape.as_slice() {
            [n, m] => (*n, *m),
            [n] => (*n, 1),
            _ => (usize::MAX, 0),
        };
        if rows.saturating_mul(columns) > crate::limits::EXPLICIT {
            return self.fail(super::expr::too_large(op_span, rows * columns));
        }
        if inner != height || inner == 0 {
            let (x, y) = (describe_shape(&a.shape), describe_shape(&b.shape));
            return self.fail(
                Diagnostic::error("E0226", op_span, format!("{x} times {y} is not defined"))
                    .label(a_span, x.clone())
                    .label(b_span, y.clone()),
            );
        }
        let span = a_span.to(b_span);
        let mut items = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            for j in 0..columns {
                let row: Vec<Scalar> = (0..inner).map(|k| a.items[i * inner + k].clone()).collect();
                let column: Vec<Scalar> = (0..inner).map(|k| b.items[k * columns + j].clone()).collect();
                items.push(self.dot(&row, &column, span)?);
            }
        }
        let mut shape = Vec::new();
        if a.shape.len() == 2 {
            shape.push(rows);
        }
        if b.shape.len() == 2 {
            shape.push(columns);
        }
        Some(Array { shape, items })
    }

    pub fn power(&mut self, base: &Expr, exponent: &Expr, span: Span, env: &Env) -> Option<Value> {
        let b = self.array(base, env)?;
        // `A^T` is the transpose of a matrix, even where `T` is a name; of a number it is the power.
        if b.shape.len() == 2 && matches!(&*exponent.kind, ExprKind::Name(n) if n == "T") {
            return self.transpose(&b).map(to_value);
        }
        if !b.shape.is_empty() {
            let what = describe_shape(&b.shape);
            return self.fail(
                Diagnostic::error("E0226", span, format!("a power of {what} is not defined"))
                    .help("write `v·v` for the square of a vector, `A*A` for that of a matrix"),
            );
        }
        let x = b.items[0].clone();
        let n = self.scalar(exponent, env)?;
        self.pure(&n, exponent.span, "an exponent")?;
        let rational = self.graph.as_number(n.expr).cloned();
        let dim = match rational.as_ref().and_then(|r| r.as_small()) {
            Some(r) => self.dim_pow(&x.dim, r, span)?,
            None => {
                self.pure(&x, base.span, "the base of a power with a variable exponent")?;
                Dim::one()
            }
        };
        if matches!(self.graph.node(x.expr), Node::Number(z) if z.is_zero())
            && rational.as_ref().is_some_and(|r| r.is_negative())
        {
            return self.fail(Diagnostic::error("E0227", span, "this divides by zero"));
        }
        if let (Some(b), Some(e)) = (self.graph.as_number(x.expr), &rational) {
            let size = crate::real::ln(b.abs().to_f64()) * e.to_f64();
            if !b.is_zero() && (size.abs() > 1000.0 || size.is_nan()) {
                let what = if size < 0.0 { "small" } else { "large" };
                return self.fail(
                    Diagnostic::error("E0228", span, format!("this number is too {what} to calculate with"))
                        .help("choose units in which the numbers are of common size"),
                );
            }
        }
        let expr = self.graph.power(x.expr, n.expr);
        self.within_range(expr, span)?;
        Some(Value::Real(Scalar { expr, dim }))
    }

    pub fn transpose(&mut self, a: &Array) -> Option<Array> {
        let (n, m) = (a.shape[0], a.shape[1]);
        let items = (0..m).flat_map(|j| (0..n).map(move |i| (i, j))).map(|(i, j)| a.items[i * m + j].clone()).collect();
        Some(Array { shape: vec![m, n], items })
    }

    /// `a < b <= c`, as a condition.
    pub fn comparison(&mut self, first: &Expr, rest: &[(CompareOp, Span, Expr)], env: &Env) -> Option<ExprId> {
        let mut parts = Vec::new();
        let mut left_expr = first;
        let mut left = self.eval_compared(first, rest.first().map(|r| &r.2), env);
        for (k, (op, op_span, e)) in rest.iter().enumerate() {
            let near = if k == 0 { Some(first) } else { rest.get(k - 1).map(|r| &r.2) };
            let right = self.eval_compared(e, near, env);
            if *op == CompareOp::Approx {
                return self.fail(
                    Diagnostic::error("E0425", *op_span, "`≈` stands only in a `check`, with `within`")
                        .help("write `abs(a - b) < w`"),
                );
            }
            if let (Some(a), Some(b)) = (&left, &right) {
                parts.push(self.compare_values(a, left_expr.span, *op, b, e.span));
            } else {
                parts.push(None);
            }
            left = right;
            left_expr = e;
        }
        let parts: Option<Vec<ExprId>> = parts.into_iter().collect();
        parts.map(|p| self.graph.and(&p))
    }

    /// A side of a comparison: beside a member of a set, a bare name may be a member.
    fn eval_compared(&mut self, e: &Expr, near: Option<&Expr>, env: &Env) -> Option<Value> {
        if let ExprKind::Name(name) = &*e.kind {
            if env.local(name).is_none() {
                if let Some(ExprKind::Name(other)) = near.map(|n| &*n.kind) {
                    if let Some(Value::Member { set, .. }) = env.local(other) {
                        let set = set.clone();
                        if let Some(k) = super::index::member_position(&set, name) {
                            let position = self.graph.integer(k as i64);
                            return Some(Value::Member { set, position });
                        }
                    }
                }
            }
        }
        self.eval(e, env)
    }

    fn compare_values(&mut self, a: &Value, a_span: Span, op: CompareOp, b: &Value, b_span: Span) -> Option<ExprId> {
        let op = comparison_of(op);
        if let (Value::Member { set: s, position: p }, Value::Member { set: z, position: q }) = (a, b) {
            if s != z {
                return self.fail(Diagnostic::error("E0426", a_span.to(b_span), "these are members of different sets"));
            }
            return Some(self.graph.compare(op, *p, *q));
        }
        let x = self.to_scalar(a.clone(), a_span);
        let y = self.to_scalar(b.clone(), b_span);
        let (x, y) = (x?, y?);
        self.same_for(&x.dim, a_span, &y.dim, b_span, "be compared with")?;
        Some(self.graph.compare(op, x.expr, y.expr))
    }
}

pub(crate) fn comparison_of(op: CompareOp) -> Comparison {
    match op {
        CompareOp::Less => Comparison::Less,
        CompareOp::LessEqual => Comparison::LessEqual,
        CompareOp::Greater => Comparison::Greater,
        CompareOp::GreaterEqual => Comparison::GreaterEqual,
        CompareOp::Equal | CompareOp::Approx => Comparison::Equal,
        CompareOp::NotEqual => Comparison::NotEqual,
    }
}

/// Whether a product has a factor 1/2, written as `1/2*…`, `0.5*…` or `…/2`.
pub(crate) fn has_half(first: &Expr, rest: &[(ProductOp, Span, Expr)]) -> bool {
    let text = |e: &Expr| match &*e.kind {
        ExprKind::Number { text, .. } => text.clone(),
        _ => String::new(),
    };
    text(first) == "0.5"
        || rest.iter().any(|(op, _, e)| match op {
            ProductOp::Divide => text(e) == "2",
            _ => text(e) == "0.5",
        })
}

/// A factor of a product with the sign in front of it.
struct Operand {
    op: ProductOp,
    op_span: Span,
    span: Span,
    value: Option<Array>,
}

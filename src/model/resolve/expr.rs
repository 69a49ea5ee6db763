//! Expressions, form by form.

use super::super::value::{Array, Dim, Scalar, Value};
use super::{Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Term;
use crate::limits;
use crate::symbolic::{ExprId, Rational};
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// The value of an expression; `None` after a diagnostic.
    pub fn eval(&mut self, e: &Expr, env: &Env) -> Option<Value> {
        self.depth += 1;
        let value = if self.deeper(e.span) { self.eval_kind(e, env) } else { None };
        self.depth -= 1;
        // Nothing may be passed over in silence.
        let told = value.is_some() || !self.program.broken.is_empty() || self.diagnostics.has_errors();
        assert!(told, "invariant: what has no value has been told why");
        value
    }

    /// A number that f64 cannot hold, at the expression that makes it.
    pub fn within_range(&mut self, expr: ExprId, span: Span) -> Option<()> {
        let Some(number) = self.graph.as_number(expr) else { return Some(()) };
        let value = number.to_f64();
        if value.is_finite() && (value != 0.0 || number.is_zero()) {
            return Some(());
        }
        let (what, end) = if value == 0.0 { ("small", "2e-308") } else { ("large", "1.8e308") };
        self.fail(
            Diagnostic::error("E0228", span, format!("this number is too {what} to calculate with"))
                .at(format!("beyond {end} in SI units"))
                .help("choose units in which the numbers are of common size"),
        )
    }

    fn eval_kind(&mut self, e: &Expr, env: &Env) -> Option<Value> {
        match &*e.kind {
            ExprKind::Number { text, unit } => self.literal(text, unit.as_ref(), e.span, env),
            ExprKind::Text(..) => Some(Value::Text),
            ExprKind::Name(name) => self.name_value(name, e.span, env),
            ExprKind::Paren(inner) => self.eval(inner, env),
            ExprKind::List { rows, unit } => self.list(rows, unit.as_ref(), e.span, env),
            ExprKind::ListFor { element, each, unit } => self.list_for(element, each, unit.as_ref(), e.span, env),
            ExprKind::Table { .. } => self.fail(
                Diagnostic::error("E0422", e.span, "a table stands only as the value of something indexed by a set")
                    .help("write `param m[bodies] = { sun: 1, earth: 2 } [kg]`"),
            ),
            ExprKind::Tuple(_) => self.fail(
                Diagnostic::error("E0423", e.span, "several values in parentheses are not a vector")
                    .help("a vector is written with brackets: `[a, b]`"),
            ),
            ExprKind::Call { callee, args } => match self.score(e, env) {
                Some(score) => score,
                None => self.call(callee, args, e.span, env),
            },
            ExprKind::Index { base, index } => self.indexed(base, index, e.span, env),
            ExprKind::Field { base, name } => match self.score(e, env) {
                Some(score) => score,
                None => self.field(base, name, e.span, env),
            },
            ExprKind::Prime { base, order, .. } => {
                let value = self.eval(base, env)?;
                self.primed(value, *order, e.span)
            }
            ExprKind::Power { base, exponent } => self.power(base, exponent, e.span, env),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let inner = self.truth(operand, env)?;
                Some(Value::Bool(self.graph.not(inner)))
            }
            ExprKind::Unary { op, operand } => {
                let array = self.array(operand, env)?;
                if *op == UnaryOp::Plus {
                    return Some(to_value(array));
                }
                let items =
                    array.items.into_iter().map(|s| Scalar { expr: self.graph.neg(s.expr), dim: s.dim }).collect();
                Some(to_value(Array { shape: array.shape, items }))
            }
            ExprKind::Sum { first, rest } => self.sum(first, rest, env),
            ExprKind::Product { first, rest } => self.product(first, rest, env),
            ExprKind::Compare { .. } | ExprKind::And(_) | ExprKind::Or(_) => self.truth(e, env).map(Value::Bool),
            ExprKind::If { condition, then, otherwise } => self.branch(condition, then, otherwise, env),
            ExprKind::Range { .. } => self.index_set(e, env).map(Value::Set),
        }
    }

    /// A decimal literal with its unit, exactly.
    pub fn literal(&mut self, text: &str, unit: Option<&UnitExpr>, span: Span, env: &Env) -> Option<Value> {
        let Some(number) = Rational::parse(text) else {
            // Reading the text has said so already.
            return None;
        };
        let zero = number.is_zero();
        let expr = self.graph.number(number);
        if unit.is_none() && zero {
            return Some(Value::Real(Scalar { expr, dim: Dim::Any }));
        }
        let scalar = self.with_unit(Scalar { expr, dim: Dim::one() }, unit, env)?;
        self.within_range(scalar.expr, span)?;
        Some(Value::Real(scalar))
    }

    /// A bare number times the unit behind it.
    pub fn with_unit(&mut self, scalar: Scalar, unit: Option<&UnitExpr>, env: &Env) -> Option<Scalar> {
        let Some(unit) = unit else { return Some(scalar) };
        let own = self.units_of(env.module);
        let unit_span = unit.span;
        let unit = super::super::units::resolve(unit, &own, &mut self.diagnostics)?;
        let Some(factor) = Rational::from_big(unit.factor.clone()) else {
            return self.fail(Diagnostic::error("E0211", unit_span, "the factor of this unit has too many digits"));
        };
        let mut factors = vec![scalar.expr, self.graph.number(factor)];
        if unit.pi != 0 {
            let pi = self.graph.pi();
            factors.push(self.graph.powi(pi, i64::from(unit.pi)));
        }
        Some(Scalar { expr: self.graph.product(&factors), dim: Dim::Term(Term::from(unit.dimension)) })
    }

    /// Whether an expression, through parentheses and signs, carries a unit of its own.
    fn carries_unit(e: &Expr) -> bool {
        match &*e.kind {
            ExprKind::Number { unit, .. }
            | ExprKind::List { unit, .. }
            | ExprKind::ListFor { unit, .. }
            | ExprKind::Table { unit, .. } => unit.is_some(),
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => Self::carries_unit(inner),
            _ => false,
        }
    }

    /// Whether an expression is a number that a unit behind a list or table goes to: a literal with
    /// or without a sign, or a sum, product or power of literals.
    pub fn is_bare_number(e: &Expr) -> bool {
        match &*e.kind {
            ExprKind::Number { unit, .. } => unit.is_none(),
            ExprKind::Paren(inner) => Self::is_bare_number(inner),
            ExprKind::Unary { op, operand } => *op != UnaryOp::Not && Self::is_bare_number(operand),
            ExprKind::Product { first, rest } => {
                Self::is_bare_number(first) && rest.iter().all(|r| Self::is_bare_number(&r.2))
            }
            ExprKind::Sum { first, rest } => {
                Self::is_bare_number(first) && rest.iter().all(|r| Self::is_bare_number(&r.2))
            }
            ExprKind::Power { base, exponent } => Self::is_bare_number(base) && Self::is_bare_number(exponent),
            _ => false,
        }
    }

    /// An element of a list or table: the unit behind the list goes to every bare number in it.
    pub fn element(&mut self, e: &Expr, unit: Option<&UnitExpr>, env: &Env) -> Option<Value> {
        let value = match &*e.kind {
            ExprKind::List { rows, unit: None } if unit.is_some() => return self.list(rows, unit, e.span, env),
            _ => self.eval(e, env)?,
        };
        match (unit, value) {
            (Some(unit), Value::Real(s)) if Self::is_bare_number(e) && !Self::carries_unit(e) => {
                self.with_unit(Scalar { expr: s.expr, dim: Dim::one() }, Some(unit), env).map(Value::Real)
            }
            (Some(unit), value) if !Self::carries_unit(e) => {
                // Anything that is no literal keeps its own dimension; the unit then only states it.
                self.must_have_unit(&value, unit, e.span, env)?;
                Some(value)
            }
            (_, value) => Some(value),
        }
    }

    fn must_have_unit(&mut self, value: &Value, unit: &UnitExpr, span: Span, env: &Env) -> Option<()> {
        let own = self.units_of(env.module);
        let resolved = super::super::units::resolve(unit, &own, &mut self.diagnostics)?;
        if let Value::Real(s) = value {
            let stated = Dim::Term(Term::from(resolved.dimension));
            self.declared(&s.dim, span, &stated, unit.span)?;
        }
        Some(())
    }

    fn list(&mut self, rows: &[Vec<Expr>], unit: Option<&UnitExpr>, span: Span, env: &Env) -> Option<Value> {
        let mut parts: Vec<Vec<Value>> = Vec::new();
        let mut failed = false;
        for row in rows {
            let mut values = Vec::new();
            for e in row {
                match self.element(e, unit, env) {
                    Some(value) => values.push((value, e.span)),
                    None => failed = true,
                }
            }
            let mut arrays = Vec::new();
            for (value, at) in values {
                match self.to_array(value, at) {
                    Some(a) => arrays.push(to_value(a)),
                    None => failed = true,
                }
            }
            parts.push(arrays);
        }
        if failed {
            return None;
        }
        let width = parts.first().map_or(0, Vec::len);
        if width == 0 {
            return self.fail(
                Diagnostic::error("E0220", span, "this list is empty").help("a list has at least one entry: `[0]`"),
            );
        }
        if parts.iter().any(|r| r.len() != width) {
            let lengths: Vec<String> = parts.iter().map(|r| r.len().to_string()).collect();
            return self.fail(
                Diagnostic::error(
                    "E0220",
                    span,
                    format!("the rows of this matrix have {} entries", lengths.join(", ")),
                )
                .help("give every row the same number of entries; `;` ends a row"),
            );
        }
        let matrix = parts.len() > 1;
        let mut items = Vec::new();
        let mut inner: Option<Vec<usize>> = None;
        for value in parts.into_iter().flatten() {
            let Value::Array(Array { shape, items: more }) = as_array(value) else { continue };
            match &inner {
                None => inner = Some(shape),
                Some(first) if *first == shape => {}
                Some(first) => {
                    let (a, b) =
                        (super::super::value::describe_shape(first), super::super::value::describe_shape(&shape));
                    return self.fail(Diagnostic::error("E0220", span, format!("this list mixes {a} and {b}")));
                }
            }
            items.extend(more);
        }
        let inner = inner.unwrap_or_default();
        let rows = rows.len();
        let mut shape = if matrix { vec![rows, width] } else { vec![width] };
        shape.extend(inner);
        if items.len() > limits::EXPLICIT {
            return self.fail(too_large(span, items.len()));
        }
        Some(Value::Array(Array { shape, items }))
    }

    /// A value that must be a number, vector or matrix.
    pub fn array(&mut self, e: &Expr, env: &Env) -> Option<Array> {
        let value = self.eval(e, env)?;
        self.to_array(value, e.span)
    }

    /// A value that must be one number.
    pub fn scalar(&mut self, e: &Expr, env: &Env) -> Option<Scalar> {
        let value = self.eval(e, env)?;
        self.to_scalar(value, e.span)
    }

    pub fn to_scalar(&mut self, value: Value, span: Span) -> Option<Scalar> {
        let array = self.to_array(value, span)?;
        if array.shape.is_empty() {
            return array.items.into_iter().next();
        }
        let what = super::super::value::describe_shape(&array.shape);
        self.fail(
            Diagnostic::error("E0221", span, format!("a number is expected here, and this is {what}"))
                .help("take one component, `v[1]`, or `norm(v)`"),
        )
    }

    pub fn to_array(&mut self, value: Value, span: Span) -> Option<Array> {
        match value {
            Value::Real(s) => Some(Array { shape: Vec::new(), items: vec![s] }),
            Value::Array(a) => Some(a),
            Value::Family(f) => self.expand(&f, span),
            Value::Bool(_) => self.fail(
                Diagnostic::error("E0222", span, "a number is expected here, and this is a condition")
                    .help("write `if condition then a else b`"),
            ),
            Value::Callable(decl) => {
                let name = self.decls[decl].name.clone();
                self.fail(
                    Diagnostic::error("E0223", span, format!("`{name}` is a function; give it its arguments"))
                        .help(format!("write `{name}(…)`")),
                )
            }
            Value::Component(_) => self.fail(
                Diagnostic::error("E0223", span, "this is a component, not a quantity")
                    .help("name one of its quantities: `a.L`, `a.θ`"),
            ),
            other => {
                let what = other.describe();
                self.fail(Diagnostic::error("E0223", span, format!("a number is expected here, and this is {what}")))
            }
        }
    }

    /// A condition.
    pub fn truth(&mut self, e: &Expr, env: &Env) -> Option<ExprId> {
        match &*e.kind {
            ExprKind::Paren(inner) => self.truth(inner, env),
            ExprKind::And(list) | ExprKind::Or(list) => {
                let mut parts = Vec::new();
                let mut failed = false;
                for part in list {
                    match self.truth(part, env) {
                        Some(p) => parts.push(p),
                        None => failed = true,
                    }
                }
                if failed {
                    return None;
                }
                Some(if matches!(&*e.kind, ExprKind::And(_)) { self.graph.and(&parts) } else { self.graph.or(&parts) })
            }
            ExprKind::Compare { first, rest } => self.comparison(first, rest, env),
            _ => match self.eval(e, env)? {
                Value::Bool(b) => Some(b),
                other => {
                    let what = other.describe();
                    self.fail(
                        Diagnostic::error("E0224", e.span, format!("a condition is expected here, and this is {what}"))
                            .help("compare it with something: `x > 0`"),
                    )
                }
            },
        }
    }

    fn branch(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, env: &Env) -> Option<Value> {
        let c = self.truth(condition, env);
        let a = self.array(then, env);
        let b = self.array(otherwise, env);
        let (c, a, b) = (c?, a?, b?);
        let (a, b) = self.broadcast(a, then.span, b, otherwise.span, "the two branches")?;
        let mut items = Vec::with_capacity(a.items.len());
        for (x, y) in a.items.iter().zip(&b.items) {
            let dim = self.same_for(&x.dim, then.span, &y.dim, otherwise.span, "stand for the same as")?;
            items.push(Scalar { expr: self.graph.select(c, x.expr, y.expr), dim });
        }
        Some(to_value(Array { shape: a.shape, items }))
    }

    /// A constant as a rational times a power of π.
    fn rational_pi(&self, e: ExprId) -> Option<(Rational, i32)> {
        match self.graph.node(e) {
            crate::symbolic::Node::Number(n) => Some((n.clone(), 0)),
            crate::symbolic::Node::Pi => Some((Rational::integer(1), 1)),
            crate::symbolic::Node::Product { coefficient, factors } => match &**factors {
                [(base, n)] if matches!(self.graph.node(*base), crate::symbolic::Node::Pi) => {
                    Some((coefficient.clone(), i32::try_from(n.as_i64()?).ok()?))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Units declared by `unit` lines of a module and of what it imports by name.
    pub fn units_of(&mut self, module: usize) -> super::super::units::OwnUnits {
        if let Some(known) = &self.own_units[module] {
            return known.clone();
        }
        self.own_units[module] = Some(Default::default());
        let mut table = super::super::units::OwnUnits::default();
        let imported: Vec<(String, usize)> = self.program.modules[module]
            .units
            .iter()
            .filter(|(_, (home, _))| *home != module)
            .map(|(name, (home, _))| (name.clone(), *home))
            .collect();
        for (name, home) in imported {
            if let Some(unit) = self.units_of(home).get(&name).cloned() {
                table.insert(name, unit);
            }
        }
        let items = self.program.modules[module].items.clone();
        for item in &items {
            let Item::Unit(d) = &**item else { continue };
            // A unit may use those above it.
            self.own_units[module] = Some(table.clone());
            if let Some(unit) = self.own_unit(d, module) {
                if table.insert(d.name.name.clone(), unit).is_some() {
                    self.report(Diagnostic::error(
                        "E0120",
                        d.name.span,
                        format!("the unit `{}` is declared twice", d.name.name),
                    ));
                }
            }
        }
        self.own_units[module] = Some(table.clone());
        table
    }

    /// The factor and dimension of a `unit` line.
    fn own_unit(&mut self, d: &Definition, module: usize) -> Option<crate::dimension::Unit> {
        if matches!(crate::dimension::lookup(&d.name.name), crate::dimension::Lookup::Unit(_)) {
            return self.fail(
                Diagnostic::error("E0214", d.name.span, format!("`{}` is a unit already", d.name.name))
                    .help("choose another name"),
            );
        }
        let instance = self.module_instance(module);
        let env = self.env(instance, module);
        let s = self.scalar(&d.value, &env)?;
        let dimension = match &s.dim {
            Dim::Term(term) => term.as_known(),
            Dim::Any => None,
        };
        match (self.rational_pi(s.expr), dimension) {
            (Some((rational, pi)), Some(dimension)) if rational.is_positive() => {
                Some(crate::dimension::Unit { factor: rational.to_big(), pi, dimension })
            }
            _ => self.fail(
                Diagnostic::error("E0214", d.value.span, "a unit is a positive number of other units")
                    .help("write `unit furlong = 201.168 [m]`"),
            ),
        }
    }
}

pub(crate) fn too_large(span: Span, n: usize) -> Diagnostic {
    Diagnostic::error("E0514", span, format!("this would write out {n} entries, more than {}", limits::EXPLICIT))
        .help("write it as a sum or an equation over an index: `sum(… for i in 1..n)`, `x[i]' = … for i in 1..n`")
}

/// A scalar array becomes a number.
pub(crate) fn to_value(array: Array) -> Value {
    if array.shape.is_empty() {
        match array.items.into_iter().next() {
            Some(s) => Value::Real(s),
            None => Value::Array(Array { shape: vec![0], items: Vec::new() }),
        }
    } else {
        Value::Array(array)
    }
}

fn as_array(value: Value) -> Value {
    match value {
        Value::Real(s) => Value::Array(Array { shape: Vec::new(), items: vec![s] }),
        other => other,
    }
}

//! Calls: functions of the file, definitions with arguments, given functions, functionals.

use super::super::value::{Array, Dim, Scalar, Value, describe_shape};
use super::builtin::{Builtin, OTHERS, builtin};
use super::expr::to_value;
use super::{DeclKind, Env, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::symbolic::{ExprId, FUNCTIONS, Function, Node};
use crate::syntax::tree::*;
use std::sync::Arc;

impl Resolver<'_> {
    pub fn call(&mut self, callee: &Expr, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let callee = match &*callee.kind {
            ExprKind::Paren(inner) => inner,
            _ => callee,
        };
        if let ExprKind::Name(name) = &*callee.kind {
            if env.local(name).is_none() && self.find(name, env).is_none() {
                return match builtin(name) {
                    Some(Builtin::Wrap) => self.fail(
                        Diagnostic::error("E0434", span, "`wrap(…)` stands only inside an index")
                            .help("write `u[wrap(i + 1)]`: the index goes around the range of `u`"),
                    ),
                    Some(Builtin::Later) => self.later(Diagnostic::error(
                        "E0903",
                        callee.span,
                        format!("`{name}` belongs to constraints, which are not built yet"),
                    )),
                    Some(given) => self.given(given, name, args, span, env),
                    None => {
                        // a distilled formula is a function itself
                        if let Some(value) = self.call_of_result(callee, args, span, env) {
                            return value;
                        }
                        let d = self.unknown_function(name, callee.span, env);
                        self.fail(d)
                    }
                };
            }
        }
        // `f'(x)` and `V'(r)`: the derivative of a function of one argument.
        if let ExprKind::Prime { base, order, .. } = &*callee.kind {
            let value = self.eval(base, env)?;
            if let Value::Callable(decl) = value {
                return self.derived_call(decl, *order, args, span, env);
            }
            // `x'(τ)`: the rate, at a time.
            let value = self.primed(value, *order, callee.span)?;
            return self.apply_value(value, callee.span, args, span, env);
        }
        if let Some(value) = self.call_of_result(callee, args, span, env) {
            return value;
        }
        let value = self.eval(callee, env)?;
        self.apply_value(value, callee.span, args, span, env)
    }

    fn apply_value(&mut self, value: Value, callee: Span, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        if let Some(read) = self.field_at(&value, callee, args, env) {
            return read;
        }
        match value {
            Value::Callable(decl) => {
                let values = self.bind_arguments(decl, args, span, env)?;
                self.apply(decl, values, span, env)
            }
            Value::Real(_) | Value::Array(_) | Value::Family(_) if env.in_check => {
                // `x(τ)` in a check: the value at a time.
                let [Arg { name: None, is_range: false, value: at, each: None, .. }] = args else {
                    return self.fail(not_a_function(callee, &self.text(callee)));
                };
                let a = self.to_array(value, callee)?;
                self.functional_at(a, callee, at, env)
            }
            other => {
                let text = self.text(callee);
                let what = other.describe();
                let mut d = not_a_function(callee, &text).label(callee, format!("this is {what}"));
                if let [Arg { name: None, value, each: None, .. }] = args {
                    let inner = self.text(value.span);
                    d = d.help(format!("a product is written `{text}*({inner})`"));
                }
                self.fail(d)
            }
        }
    }

    /// A use of something that is not built yet: silent where its statement has said so already.
    pub fn later<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        if !self.diagnostics.iter().any(|d| d.code == "E0900") {
            self.report(diagnostic);
        }
        None
    }

    pub fn text(&self, span: Span) -> String {
        self.program.files.text(span).to_owned()
    }

    fn unknown_function(&mut self, name: &str, span: Span, env: &Env) -> Diagnostic {
        let given: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).chain(OTHERS.iter().map(|o| o.0)).collect();
        let d = Diagnostic::error("E0118", span, format!("unknown function `{name}`"));
        if let Some(near) = super::super::suggest(name, given.iter().copied()) {
            return d.help(format!("did you mean `{near}`?"));
        }
        match name {
            "log" => d.help("the natural logarithm is `ln`, the decimal one `log10`"),
            "arcsin" | "arccos" | "arctan" => d.help(format!("write `{}`", name.replacen("arc", "a", 1))),
            "pow" => d.help("a power is written `x^n`"),
            "diff" | "Derivative" | "D" => d.help("a time derivative is `x'`, a partial one `∂(f, x)`"),
            _ => {
                let fresh = self.unknown_name(name, span, env);
                Diagnostic { message: d.message, ..fresh }
            }
        }
    }

    /// Arguments of a function of the file, by position or by name.
    fn bind_arguments(&mut self, decl: usize, args: &[Arg], span: Span, env: &Env) -> Option<Vec<(Value, Span)>> {
        let (formals, name, home) = self.signature(decl)?;
        let mut bound: Vec<Option<(Value, Span)>> = vec![None; formals.len()];
        let mut position = 0;
        let mut failed = false;
        for arg in args {
            let slot = match &arg.name {
                Some(word) => formals.iter().position(|f| f.name.name == word.name),
                None => {
                    position += 1;
                    Some(position - 1).filter(|p| *p < formals.len())
                }
            };
            let value = self.eval(&arg.value, env);
            let Some(slot) = slot else {
                failed = true;
                self.report(arguments_error(&name, &formals, args.len(), arg));
                continue;
            };
            match value {
                Some(value) => bound[slot] = Some((value, arg.value.span)),
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        let mut out = Vec::new();
        for (formal, value) in formals.iter().zip(bound) {
            let given = match value {
                Some(v) => v,
                None => match &formal.default {
                    Some(default) => {
                        let inner = self.env(home.0, home.1);
                        (self.eval(default, &inner)?, default.span)
                    }
                    None => {
                        return self.fail(
                            Diagnostic::error(
                                "E0432",
                                span,
                                format!("`{name}` needs a value for `{}`", formal.name.name),
                            )
                            .help(format!("write `{}`", signature_text(&name, &formals))),
                        );
                    }
                },
            };
            out.push(given);
        }
        Some(out)
    }

    pub fn signature(&mut self, decl: usize) -> Option<(Vec<Formal>, String, (usize, usize))> {
        let d = &self.decls[decl];
        let formals = match &d.kind {
            DeclKind::Function(f) => f.formals.clone(),
            DeclKind::Net(n) => n.formals.clone(),
            DeclKind::Definition(a) => a.formals.clone()?,
            _ => return None,
        };
        Some((formals, d.name.clone(), (d.instance, d.module)))
    }

    /// The body of a function with its formals bound.
    pub fn apply(&mut self, decl: usize, values: Vec<(Value, Span)>, span: Span, env: &Env) -> Option<Value> {
        if matches!(self.decls[decl].kind, DeclKind::Net(_)) {
            return self.apply_net(decl, values);
        }
        let (formals, name, home) = self.signature(decl)?;
        self.remember_call(decl, &values);
        if self.open.contains(&decl) {
            return self.fail(
                Diagnostic::error("E0121", self.decls[decl].span, format!("`{name}` calls itself"))
                    .help("functions cannot call themselves; write a sum or an `if` over known sizes"),
            );
        }
        let mut inner = self.env(home.0, home.1);
        inner.in_check = env.in_check;
        inner.level = env.level;
        inner.terms = env.terms;
        for (formal, (value, at)) in formals.iter().zip(values) {
            let value = match &formal.ty {
                Some(ty) => self.annotated(value, Some(ty), at, &inner)?,
                None => value,
            };
            inner = inner.with(&formal.name.name, value);
        }
        let (body, ty) = match self.decls[decl].kind.clone() {
            DeclKind::Function(f) => (Some(f.body.clone()), f.ty.clone()),
            DeclKind::Definition(a) => (a.value.clone(), a.ty.clone()),
            _ => return None,
        };
        let Some(body) = body else { return self.abstract_call(decl, &formals, &inner, ty.as_ref(), span) };
        self.open.push(decl);
        let value = self.eval(&body, &inner);
        self.open.pop();
        let value = value?;
        self.annotated(value, ty.as_ref(), body.span, &inner)
    }

    /// `V(s) : [J]` without a body: a function symbol that can be differentiated, not simulated.
    fn abstract_call(
        &mut self,
        decl: usize,
        formals: &[Formal],
        inner: &Env,
        ty: Option<&TypeExpr>,
        span: Span,
    ) -> Option<Value> {
        let name = self.decls[decl].name.clone();
        let mut args = Vec::new();
        for f in formals {
            let value = inner.local(&f.name.name)?.clone();
            args.push(self.to_scalar(value, span)?.expr);
        }
        if !self.abstracts.iter().any(|a| a.0 == name) {
            self.abstracts.push((name.clone(), self.decls[decl].span));
        }
        let expr = self.abstract_node(&name, &args);
        let dim = match ty.and_then(|t| t.unit.as_ref()) {
            Some(unit) => {
                let own = self.units_of(self.decls[decl].module);
                let unit = super::super::units::resolve(unit, &own, &mut self.diagnostics)?;
                Dim::Term(crate::dimension::Term::from(unit.dimension))
            }
            None => self.unknown(&name, span),
        };
        Some(Value::Real(Scalar { expr, dim }))
    }

    fn abstract_node(&mut self, name: &str, args: &[ExprId]) -> ExprId {
        let known =
            self.graph.symbols().find(|(_, info)| info.name == name && info.length == Some(0)).map(|(id, _)| id);
        let symbol = match known {
            Some(id) => id,
            None => self.graph.symbol(crate::symbolic::SymbolInfo::array(name, 0)),
        };
        let orders = vec![0; args.len()];
        self.graph.abstract_call(symbol, &orders, args)
    }

    /// `f'(x)`: the derivative of a function of one argument at `x`; others keep their defaults.
    fn derived_call(&mut self, decl: usize, order: u32, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let values = self.bind_arguments(decl, args, span, env)?;
        let (formals, name, _) = self.signature(decl)?;
        let wanted = formals.iter().filter(|f| f.default.is_none()).count();
        let positional = args.iter().filter(|a| a.name.is_none()).count();
        if wanted > 1 || positional != 1 {
            return self.fail(
                Diagnostic::error(
                    "E0433",
                    span,
                    format!("`{name}'` needs a function of one argument, and `{name}` has {}", formals.len()),
                )
                .help("write `∂(f(x, y), x)`"),
            );
        }
        let mut values = values.into_iter();
        let (value, at) = values.next()?;
        let defaults: Vec<(Value, Span)> = values.collect();
        let point = self.to_scalar(value, at)?;
        let probe = self.leaf(&format!("{}#", formals[0].name.name), &Arc::default(), true);
        let mut given = vec![(Value::Real(Scalar { expr: probe, dim: point.dim.clone() }), at)];
        given.extend(defaults);
        let result = self.apply(decl, given, span, env)?;
        let mut result = self.to_scalar(result, span)?;
        for _ in 0..order {
            result.expr = self.graph.differentiate(result.expr, probe);
            result.dim = self.dim_mul(&result.dim, &point.dim, true, span)?;
        }
        let expr = self.graph.substitute(result.expr, &std::iter::once((probe, point.expr)).collect());
        Some(Value::Real(Scalar { expr, dim: result.dim }))
    }

    /// A given function.
    fn given(&mut self, given: Builtin, name: &str, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        if let [Arg { name: None, is_range: false, value, each: Some(clause), .. }] = args {
            return match given {
                Builtin::Sum => self.sum_for(value, clause, span, env),
                Builtin::Extreme(f) => self.extreme_for(f, value, clause, env),
                _ => self.fail(
                    Diagnostic::error("E0434", clause.span, format!("`{name}` does not run over an index"))
                        .help("`sum`, `min`, `max` and lists take `for`"),
                ),
            };
        }
        if let Some(arg) = args.iter().find(|a| a.each.is_some() || a.is_range || a.tweaks.is_some()) {
            return self.fail(Diagnostic::error("E0434", arg.span, format!("`{name}` takes plain arguments here")));
        }
        if env.in_check {
            if let Some(result) = self.functional(given, args, span, env) {
                return result;
            }
        }
        let count = |n: &[usize]| n.contains(&args.len());
        let expected: &[usize] = match given {
            Builtin::Extreme(_) | Builtin::Image => &[],
            Builtin::Atan2
            | Builtin::Dot
            | Builtin::Cross
            | Builtin::Basis
            | Builtin::Partial
            | Builtin::Curl
            | Builtin::At => &[2],
            Builtin::Clamp => &[3],
            Builtin::Gradient => &[1, 2],
            Builtin::Hessian => &[2, 3],
            Builtin::Tridiag => &[4],
            Builtin::Pure(f) => return self.pure_function(f, name, args, span, env),
            _ => &[1],
        };
        if !expected.is_empty() && !count(expected) {
            let n: Vec<String> = expected.iter().map(usize::to_string).collect();
            return self.fail(Diagnostic::error(
                "E0435",
                span,
                format!("`{name}` takes {} arguments, and {} are given", n.join(" or "), args.len()),
            ));
        }
        if let Some(arg) = args.iter().find(|a| a.name.is_some()) {
            return self.fail(Diagnostic::error("E0435", arg.span, format!("`{name}` takes no named arguments")));
        }
        match given {
            Builtin::Pure(_) | Builtin::Later | Builtin::Wrap => None,
            Builtin::Laplacian => self.laplacian(&args[0].value, span, env),
            Builtin::Divergence => self.divergence(&args[0].value, span, env),
            Builtin::Integral => self.integral(&args[0].value, span, env),
            Builtin::Image => self.image(args, span, env),
            Builtin::Gradient if args.len() == 1 => self.field_gradient(&args[0].value, span, env),
            Builtin::Keep(f) => {
                let s = self.scalar(&args[0].value, env)?;
                Some(Value::Real(Scalar { expr: self.graph.call(f, &[s.expr]), dim: s.dim }))
            }
            Builtin::Sign => {
                let s = self.scalar(&args[0].value, env)?;
                Some(Value::Real(Scalar { expr: self.graph.call(Function::Sign, &[s.expr]), dim: Dim::one() }))
            }
            Builtin::Root(n) => {
                let s = self.scalar(&args[0].value, env)?;
                let dim = self.dim_pow(&s.dim, (1, n), span)?;
                let expr = if n == 2 { self.graph.sqrt(s.expr) } else { self.graph.call(Function::Cbrt, &[s.expr]) };
                Some(Value::Real(Scalar { expr, dim }))
            }
            Builtin::Extreme(f) => self.extreme(f, name, args, span, env),
            Builtin::Atan2 => {
                let (a, b) = (self.scalar(&args[0].value, env), self.scalar(&args[1].value, env));
                let (a, b) = (a?, b?);
                self.same_for(&a.dim, args[0].span, &b.dim, args[1].span, "be compared with")?;
                Some(Value::Real(Scalar { expr: self.graph.call(Function::Atan2, &[a.expr, b.expr]), dim: Dim::one() }))
            }
            Builtin::Clamp => {
                let parts: Option<Vec<Scalar>> = args.iter().map(|a| self.scalar(&a.value, env)).collect();
                let p = parts?;
                self.same_for(&p[0].dim, args[0].span, &p[1].dim, args[1].span, "be compared with")?;
                let dim = self.same_for(&p[0].dim, args[0].span, &p[2].dim, args[2].span, "be compared with")?;
                let low = self.graph.call(Function::Max, &[p[0].expr, p[1].expr]);
                Some(Value::Real(Scalar { expr: self.graph.call(Function::Min, &[low, p[2].expr]), dim }))
            }
            Builtin::Sum | Builtin::Mean | Builtin::Rms => {
                let a = self.array(&args[0].value, env)?;
                self.aggregate(given, &a, args[0].span)
            }
            Builtin::Norm => {
                let a = self.array(&args[0].value, env)?;
                let s = self.dot(&a.items.clone(), &a.items, span)?;
                let dim = self.dim_pow(&s.dim, (1, 2), span)?;
                Some(Value::Real(Scalar { expr: self.graph.sqrt(s.expr), dim }))
            }
            Builtin::Dot | Builtin::Cross => {
                let (a, b) = (self.array(&args[0].value, env), self.array(&args[1].value, env));
                let op = if given == Builtin::Dot { ProductOp::Dot } else { ProductOp::Cross };
                self.times(a?, args[0].span, op, span, b?, args[1].span).map(to_value)
            }
            Builtin::Inverse | Builtin::Det | Builtin::Transpose | Builtin::Hat => {
                let a = self.array(&args[0].value, env)?;
                self.matrix_function(given, name, &a, args[0].span, span)
            }
            Builtin::Tridiag | Builtin::Basis | Builtin::Identity => self.constructed(given, args, span, env),
            Builtin::Partial | Builtin::Gradient => self.partial(args, span, env),
            Builtin::Hessian => self.hessian(args, span, env),
            Builtin::Curl => self.curl(args, span, env),
            Builtin::Der => {
                let value = self.eval(&args[0].value, env)?;
                self.primed(value, 1, span)
            }
            Builtin::Smooth => self.eval(&args[0].value, env),
            Builtin::Count => self.later(super::declare::not_built(span, "events")),
            Builtin::Drift | Builtin::Decreasing | Builtin::Increasing | Builtin::At => self.fail(
                Diagnostic::error(
                    "E0436",
                    span,
                    format!("`{name}` asks about a whole run and stands only in a `check`"),
                )
                .help(format!("write `check {name}(…) < …`")),
            ),
        }
    }

    fn pure_function(&mut self, f: Function, name: &str, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let arity = f.info().arity.unwrap_or(2);
        if args.len() != arity {
            return self.fail(Diagnostic::error(
                "E0435",
                span,
                format!(
                    "`{name}` takes {arity} argument{}, and {} are given",
                    if arity == 1 { "" } else { "s" },
                    args.len()
                ),
            ));
        }
        let mut exprs = Vec::new();
        let mut failed = false;
        for a in args {
            match self.scalar(&a.value, env) {
                Some(s) => {
                    failed |= self.pure(&s, a.value.span, &format!("the argument of `{name}`")).is_none();
                    exprs.push(s.expr);
                }
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        Some(Value::Real(Scalar { expr: self.graph.call(f, &exprs), dim: Dim::one() }))
    }

    fn extreme(&mut self, f: Function, name: &str, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        if args.is_empty() {
            return self.fail(Diagnostic::error("E0435", span, format!("`{name}` needs at least one argument")));
        }
        let mut all: Vec<(Scalar, Span)> = Vec::new();
        for a in args {
            let array = self.array(&a.value, env)?;
            all.extend(array.items.into_iter().map(|s| (s, a.value.span)));
        }
        let Some((mut best, first_span)) = all.first().cloned() else {
            return self.fail(Diagnostic::error("E0430", span, format!("`{name}` of nothing has no value")));
        };
        for (s, at) in all.into_iter().skip(1) {
            let dim = self.same_for(&best.dim, first_span, &s.dim, at, "be compared with")?;
            best = Scalar { expr: self.graph.call(f, &[best.expr, s.expr]), dim };
        }
        Some(Value::Real(best))
    }

    fn aggregate(&mut self, given: Builtin, a: &Array, span: Span) -> Option<Value> {
        let n = a.items.len() as i64;
        if n == 0 {
            return Some(Value::Real(Scalar { expr: self.graph.integer(0), dim: Dim::Any }));
        }
        let mut dim = Dim::Any;
        let mut terms = Vec::new();
        for s in &a.items {
            dim = self.same(&dim, span, &s.dim, span)?;
            terms.push(if given == Builtin::Rms { self.graph.powi(s.expr, 2) } else { s.expr });
        }
        let total = self.graph.sum(&terms);
        let count = self.graph.integer(n);
        let expr = match given {
            Builtin::Sum => total,
            Builtin::Mean => self.graph.div(total, count),
            _ => {
                let mean = self.graph.div(total, count);
                self.graph.sqrt(mean)
            }
        };
        Some(Value::Real(Scalar { expr, dim }))
    }

    /// The leaves that a differentiation goes by.
    pub fn leaves(&mut self, e: &Expr, env: &Env) -> Option<Array> {
        let a = self.array(e, env)?;
        for s in &a.items {
            let leaf = match self.graph.node(s.expr) {
                Node::Symbol(_) => true,
                Node::Read { array, index } => {
                    matches!(self.graph.node(*array), Node::ArraySymbol(_)) && self.graph.as_integer(*index).is_some()
                }
                _ => false,
            };
            if !leaf {
                let text = self.text(e.span);
                return self.fail(
                    Diagnostic::error(
                        "E0437",
                        e.span,
                        format!("`{text}` is not a variable, so nothing can be differentiated by it"),
                    )
                    .help("differentiate by a coordinate, a velocity (`x'`), a momentum, a state, a parameter or `t`"),
                );
            }
        }
        Some(a)
    }

    fn partial(&mut self, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let f = self.array(&args[0].value, env);
        let x = self.leaves(&args[1].value, env);
        let (f, x) = (f?, x?);
        if let Some(slope) = self.slope_of(&f, &x, span) {
            return slope;
        }
        if f.items.len().saturating_mul(x.items.len()) > limits::EXPLICIT {
            return self.fail(super::expr::too_large(span, f.items.len() * x.items.len()));
        }
        let mut items = Vec::new();
        for s in &f.items {
            let leaves: Vec<ExprId> = x.items.iter().map(|v| v.expr).collect();
            let slopes = if f.items.len() == 1 && leaves.len() > 1 {
                self.graph.gradient(s.expr, &leaves)
            } else {
                leaves.iter().map(|l| self.graph.differentiate(s.expr, *l)).collect()
            };
            for (slope, v) in slopes.into_iter().zip(&x.items) {
                let dim = self.dim_mul(&s.dim, &v.dim, true, span)?;
                items.push(Scalar { expr: slope, dim });
            }
        }
        let mut shape = f.shape;
        shape.extend(x.shape);
        Some(to_value(Array { shape, items }))
    }

    fn curl(&mut self, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let f = self.array(&args[0].value, env);
        let x = self.leaves(&args[1].value, env);
        let (f, x) = (f?, x?);
        if f.shape != [3] || x.shape != [3] {
            let (a, b) = (describe_shape(&f.shape), describe_shape(&x.shape));
            return self.fail(Diagnostic::error(
                "E0226",
                span,
                format!("`curl` takes a vector of 3 and coordinates of 3, not {a} and {b}"),
            ));
        }
        let mut items = Vec::new();
        for k in 0..3 {
            let (i, j) = ((k + 1) % 3, (k + 2) % 3);
            let p = self.graph.differentiate(f.items[j].expr, x.items[i].expr);
            let m = self.graph.differentiate(f.items[i].expr, x.items[j].expr);
            let dim = self.dim_mul(&f.items[j].dim, &x.items[i].dim, true, span)?;
            items.push(Scalar { expr: self.graph.sub(p, m), dim });
        }
        Some(Value::Array(Array { shape: vec![3], items }))
    }

    fn constructed(&mut self, given: Builtin, args: &[Arg], span: Span, env: &Env) -> Option<Value> {
        let size = |r: &mut Self, k: usize| -> Option<usize> {
            let n = r.whole(&args[k].value, env)?;
            match usize::try_from(n) {
                Ok(0) | Err(_) => r.fail(Diagnostic::error(
                    "E0239",
                    args[k].span,
                    format!("a size must be from 1 to {}, and this is {n}", limits::EXPLICIT),
                )),
                Ok(n) => {
                    let entries = if given == Builtin::Basis { n } else { n.saturating_mul(n) };
                    if entries > limits::EXPLICIT {
                        return r.fail(super::expr::too_large(args[k].span, entries));
                    }
                    Some(n)
                }
            }
        };
        let zero = Scalar { expr: self.graph.integer(0), dim: Dim::Any };
        match given {
            Builtin::Basis => {
                let (i, n) = (self.whole(&args[0].value, env)?, size(self, 1)?);
                if i < 1 || i > n as i64 {
                    return self.fail(Diagnostic::error("E0234", args[0].span, format!("index {i} is outside 1..{n}")));
                }
                let mut items = vec![zero; n];
                items[(i - 1) as usize] = self.number(1);
                Some(Value::Array(Array { shape: vec![n], items }))
            }
            Builtin::Identity => {
                let n = size(self, 0)?;
                let mut items = vec![zero; n * n];
                for k in 0..n {
                    items[k * n + k] = self.number(1);
                }
                Some(Value::Array(Array { shape: vec![n, n], items }))
            }
            _ => {
                let n = size(self, 0)?;
                let parts: Option<Vec<Scalar>> = args[1..].iter().map(|a| self.scalar(&a.value, env)).collect();
                let parts = parts?;
                let mut items = vec![zero; n * n];
                for i in 0..n {
                    for (k, part) in parts.iter().enumerate() {
                        let j = i as i64 + k as i64 - 1;
                        if j >= 0 && (j as usize) < n {
                            items[i * n + j as usize] = part.clone();
                        }
                    }
                }
                let _ = span;
                Some(Value::Array(Array { shape: vec![n, n], items }))
            }
        }
    }

    fn matrix_function(&mut self, given: Builtin, name: &str, a: &Array, at: Span, span: Span) -> Option<Value> {
        if given == Builtin::Hat {
            if a.shape != [3] {
                return self.fail(Diagnostic::error(
                    "E0226",
                    at,
                    format!("`hat` takes a vector of 3, not {}", describe_shape(&a.shape)),
                ));
            }
            let zero = Scalar { expr: self.graph.integer(0), dim: Dim::Any };
            let v = &a.items;
            let minus: Vec<Scalar> =
                v.iter().map(|s| Scalar { expr: self.graph.neg(s.expr), dim: s.dim.clone() }).collect();
            let items = vec![
                zero.clone(),
                minus[2].clone(),
                v[1].clone(),
                v[2].clone(),
                zero.clone(),
                minus[0].clone(),
                minus[1].clone(),
                v[0].clone(),
                zero,
            ];
            return Some(Value::Array(Array { shape: vec![3, 3], items }));
        }
        if a.shape.len() != 2 {
            return self.fail(Diagnostic::error(
                "E0226",
                at,
                format!("`{name}` takes a matrix, not {}", describe_shape(&a.shape)),
            ));
        }
        if given == Builtin::Transpose {
            return self.transpose(a).map(to_value);
        }
        let n = a.shape[0];
        if a.shape[1] != n || n == 0 || n > 4 {
            return self.fail(Diagnostic::error(
                "E0226",
                at,
                format!("`{name}` takes a square matrix of at most 4 rows, not {}", describe_shape(&a.shape)),
            ));
        }
        let det = self.minor(a, &(0..n).collect::<Vec<_>>(), &(0..n).collect::<Vec<_>>(), span)?;
        if given == Builtin::Det {
            return Some(Value::Real(det));
        }
        let mut items = Vec::new();
        for i in 0..n {
            for j in 0..n {
                let rows: Vec<usize> = (0..n).filter(|r| *r != j).collect();
                let columns: Vec<usize> = (0..n).filter(|c| *c != i).collect();
                let m = self.minor(a, &rows, &columns, span)?;
                let signed = if (i + j) % 2 == 1 { self.graph.neg(m.expr) } else { m.expr };
                let dim = self.dim_mul(&m.dim, &det.dim, true, span)?;
                items.push(Scalar { expr: self.graph.div(signed, det.expr), dim });
            }
        }
        Some(Value::Array(Array { shape: vec![n, n], items }))
    }

    /// Determinant of a selection of rows and columns, by the first row (at most 4 × 4).
    fn minor(&mut self, a: &Array, rows: &[usize], columns: &[usize], span: Span) -> Option<Scalar> {
        let n = a.shape[1];
        let Some((first, rest)) = rows.split_first() else { return Some(self.number(1)) };
        let mut terms = Vec::new();
        let mut dim = Dim::Any;
        for (k, c) in columns.iter().enumerate() {
            let others: Vec<usize> = columns.iter().copied().filter(|x| x != c).collect();
            let inner = self.minor(a, rest, &others, span)?;
            let entry = &a.items[first * n + c];
            let d = self.dim_mul(&entry.dim, &inner.dim, false, span)?;
            dim = self.same(&dim, span, &d, span)?;
            let product = self.graph.mul(entry.expr, inner.expr);
            terms.push(if k % 2 == 1 { self.graph.neg(product) } else { product });
        }
        Some(Scalar { expr: self.graph.sum(&terms), dim })
    }
}

fn not_a_function(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("E0438", span, format!("`{text}` is not a function"))
}

fn signature_text(name: &str, formals: &[Formal]) -> String {
    format!("{name}({})", formals.iter().map(|f| f.name.name.clone()).collect::<Vec<_>>().join(", "))
}

fn arguments_error(name: &str, formals: &[Formal], given: usize, arg: &Arg) -> Diagnostic {
    match &arg.name {
        Some(word) => Diagnostic::error("E0432", word.span, format!("`{name}` has no argument `{}`", word.name))
            .help(format!("its form is `{}`", signature_text(name, formals))),
        None => {
            let n = formals.len();
            Diagnostic::error(
                "E0432",
                arg.span,
                format!("`{name}` takes {n} argument{}, and {given} are given", if n == 1 { "" } else { "s" }),
            )
            .help(format!("its form is `{}`", signature_text(name, formals)))
        }
    }
}

//! Types, variables, parameters, constants and definitions; the total time derivative.

use super::super::experiment::Binding;
use super::super::system::{Parameter, Role, Variable};
use super::super::value::{Array, Dim, Family, IndexSet, Scalar, Source, Value};
use super::declare::Declared;
use super::expr::to_value;
use super::result::Bound;
use super::{DeclKind, Env, Pending, PendingParameter, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::{Dimension, Term};
use crate::limits;
use crate::symbolic::{ExprId, Seeds};
use crate::syntax::tree::*;
use std::sync::Arc;

/// What a written type says.
pub(crate) struct Stated {
    /// The shape, if one is written.
    pub shape: Option<Vec<usize>>,
    /// The dimension, if a unit is written.
    pub dim: Option<Dim>,
    /// `int`, `symmetric`, `spd`: what the values must be.
    pub kind: Option<ShapeKind>,
}

impl Resolver<'_> {
    pub fn stated(&mut self, ty: &TypeExpr, env: &Env) -> Option<Stated> {
        let mut shape = None;
        if let Some(s) = &ty.shape {
            let mut sizes = Vec::new();
            for e in &s.sizes {
                let n = self.whole(e, env)?;
                if n < 1 || n > limits::EXPLICIT as i64 {
                    return self.fail(Diagnostic::error(
                        "E0239",
                        e.span,
                        format!("a size must be from 1 to {}, and this is {n}", limits::EXPLICIT),
                    ));
                }
                sizes.push(n as usize);
            }
            let wrong = |need: &str| Diagnostic::error("E0239", ty.span, format!("this shape takes {need}"));
            shape = Some(match (s.kind, sizes.as_slice()) {
                (ShapeKind::Real | ShapeKind::Int, []) => Vec::new(),
                (ShapeKind::Bool, []) => {
                    return self.fail(
                        Diagnostic::error("E0239", ty.span, "a quantity cannot be `bool`")
                            .help("conditions are written where they are needed"),
                    );
                }
                (ShapeKind::Vector, [n]) => vec![*n],
                (ShapeKind::Vector, _) => return self.fail(wrong("one size: `vector(3)`")),
                (ShapeKind::Matrix, [n, m]) => vec![*n, *m],
                (ShapeKind::Matrix, _) => return self.fail(wrong("two sizes: `matrix(2, 3)`")),
                (ShapeKind::Symmetric | ShapeKind::Spd, [n]) => vec![*n, *n],
                (ShapeKind::Symmetric | ShapeKind::Spd, _) => return self.fail(wrong("one size: `symmetric(3)`")),
                (ShapeKind::Tensor, more) => more.to_vec(),
                _ => return self.fail(wrong("no size")),
            });
        }
        let dim = match &ty.unit {
            Some(unit) => {
                let own = self.units_of(env.module);
                let unit = super::super::units::resolve(unit, &own, &mut self.diagnostics)?;
                Some(Dim::Term(Term::from(unit.dimension)))
            }
            None => None,
        };
        Some(Stated { shape, dim, kind: ty.shape.as_ref().map(|s| s.kind) })
    }

    /// A value with the type written for it.
    pub fn annotated(&mut self, value: Value, ty: Option<&TypeExpr>, span: Span, env: &Env) -> Option<Value> {
        let Some(ty) = ty else { return Some(value) };
        let stated = self.stated(ty, env)?;
        if matches!(value, Value::Family(_)) && stated.shape.is_none() && stated.dim.is_none() {
            return Some(value);
        }
        let mut a = self.to_array(value, span)?;
        if let Some(shape) = stated.shape {
            if shape != a.shape {
                let zero = a.shape.is_empty() && self.graph.as_number(a.items[0].expr).is_some_and(|n| n.is_zero());
                if !zero {
                    let (want, have) =
                        (super::super::value::describe_shape(&shape), super::super::value::describe_shape(&a.shape));
                    return self.fail(
                        Diagnostic::error(
                            "E0225",
                            span,
                            format!("this is declared as {want}, and its value is {have}"),
                        )
                        .label(ty.span, want.clone()),
                    );
                }
                a = Array { items: vec![a.items[0].clone(); shape.iter().product()], shape };
            }
        }
        if let Some(dim) = stated.dim {
            for s in &mut a.items {
                s.dim = self.declared(&s.dim, span, &dim, ty.span)?;
            }
        }
        self.kept_promise(stated.kind, &a, span)?;
        Some(to_value(a))
    }

    /// What `int`, `symmetric` and `spd` promise is looked at where the entries are numbers.
    fn kept_promise(&mut self, kind: Option<ShapeKind>, a: &Array, span: Span) -> Option<()> {
        let numbers: Vec<Option<crate::symbolic::Rational>> =
            a.items.iter().map(|s| self.graph.as_number(s.expr).cloned()).collect();
        match kind {
            Some(ShapeKind::Int) if numbers.iter().flatten().any(|n| !n.is_integer()) => self.fail(
                Diagnostic::error("E0243", span, "this is declared as `int`, and its value is no whole number")
                    .help("write a whole number, or declare it as `real`"),
            ),
            Some(ShapeKind::Symmetric | ShapeKind::Spd) => {
                let n = a.shape.first().copied().unwrap_or(0);
                for i in 0..n {
                    for j in 0..i {
                        if let (Some(x), Some(y)) = (&numbers[i * n + j], &numbers[j * n + i]) {
                            if x != y {
                                let (i, j) = (i + 1, j + 1);
                                return self.fail(
                                    Diagnostic::error("E0243", span, "this is declared as symmetric, and it is not")
                                        .at(format!("entry [{i}][{j}] differs from [{j}][{i}]"))
                                        .help("declare it as `matrix(n, n)`, or make both entries equal"),
                                );
                            }
                        }
                    }
                }
                if kind == Some(ShapeKind::Spd) {
                    let values: Option<Vec<f64>> = numbers.iter().map(|x| x.as_ref().map(|x| x.to_f64())).collect();
                    if values.is_some_and(|v| !positive_definite(v, n)) {
                        return self.fail(
                            Diagnostic::error("E0243", span, "this is declared as positive definite, and it is not")
                                .help("declare it as `symmetric(n)`"),
                        );
                    }
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Index sets behind a declared name.
    pub fn declared_sets(&mut self, index: Option<&Index>, env: &Env) -> Option<Vec<(Option<String>, IndexSet)>> {
        let mut sets = Vec::new();
        for slot in index.map(|i| i.slots.as_slice()).unwrap_or_default() {
            let set = self.index_set(&slot.value, env)?;
            sets.push((slot.variable.as_ref().map(|v| v.name.clone()), set));
        }
        Some(sets)
    }

    /// Names of all components: `r[sun][1]`.
    pub fn element_names(name: &str, sets: &[IndexSet], shape: &[usize]) -> Arc<[String]> {
        let labels = sets.iter().map(|set| (0..set.len()).map(|k| format!("[{}]", set.label(k))).collect());
        let components = shape.iter().map(|extent| (1..=*extent).map(|k| format!("[{k}]")).collect());
        let mut names = vec![name.to_owned()];
        for indices in labels.chain(components) {
            let indices: Vec<String> = indices;
            names = names.iter().flat_map(|n| indices.iter().map(move |k| [n.as_str(), k].concat())).collect();
        }
        names.into()
    }

    /// Makes the leaves of a coordinate, momentum or state.
    pub fn variable(&mut self, declared: &Declared) -> Option<()> {
        let env = self.env(declared.instance, declared.module);
        let span = declared.variable.name.span;
        let full = format!("{}{}", self.instances[declared.instance].prefix, declared.variable.name.name);
        let mut sets: Vec<IndexSet> =
            self.declared_sets(declared.variable.index.as_ref(), &env)?.into_iter().map(|s| s.1).collect();
        let stated = match &declared.ty {
            Some(ty) => self.stated(ty, &env)?,
            None => Stated { shape: None, dim: None, kind: None },
        };
        let mut shape = stated.shape.unwrap_or_default();
        let mut of = None;
        if let Some(partner) = &declared.of {
            let found = self.instances[declared.instance].names.get(&partner.name.name).copied();
            let at = found.and_then(|d| match self.decls[d].kind {
                DeclKind::Variable(p) if p != usize::MAX => Some(p),
                _ => None,
            });
            let Some(at) = at else {
                let what = if declared.mirror {
                    "a coordinate or state of this system"
                } else {
                    "a coordinate of this system"
                };
                let d = Diagnostic::error("E0439", partner.span, format!("`{}` is not {what}", partner.name.name));
                let known: Vec<String> = self.pending.iter().map(|p| p.variable.name.clone()).collect();
                return self.fail(match super::super::suggest(&partner.name.name, known.iter().map(String::as_str)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help("declare it with `coord`"),
                });
            };
            if let Some(index) = &partner.index {
                return self.fail(
                    Diagnostic::error("E0439", index.span, "a partner is named whole, without an index")
                        .help(format!("write `of {}`: the shape and the index set come along", partner.name.name)),
                );
            }
            let role = self.pending[at].variable.role;
            if declared.role == Role::Momentum && role != Role::Coordinate {
                return self.fail(
                    Diagnostic::error(
                        "E0439",
                        partner.span,
                        format!("`{}` is no coordinate, so it has no momentum", partner.name.name),
                    )
                    .label(self.pending[at].variable.span, "declared here")
                    .help("declare it with `coord`"),
                );
            }
            if let Some(other) =
                self.pending.iter().find(|p| p.variable.of == Some(at) && p.variable.mirror == declared.mirror)
            {
                let (first, name) = (other.variable.span, other.variable.name.clone());
                let what = if declared.mirror { "mirror" } else { "momentum" };
                return self.fail(
                    Diagnostic::error("E0453", span, format!("`{}` has a {what} already: `{name}`", partner.name.name))
                        .label(first, "the first one"),
                );
            }
            of = Some(at);
            if declared.role == Role::Momentum {
                let written = !sets.is_empty() || !shape.is_empty();
                // Shape and index set come from the coordinate.
                let (own_sets, own_shape) = (std::mem::take(&mut sets), std::mem::take(&mut shape));
                let coordinate = self.pending[at].value.clone();
                match coordinate {
                    Value::Family(f) => {
                        sets = f.sets;
                        if let Source::Leaf { shape: inner, .. } = f.source {
                            shape = inner;
                        }
                    }
                    Value::Array(a) => shape = a.shape,
                    _ => {}
                }
                let differs = !own_sets.is_empty() && own_sets != sets || !own_shape.is_empty() && own_shape != shape;
                if written && differs {
                    let at = self.pending[at].variable.span;
                    return self.fail(
                        Diagnostic::error(
                            "E0225",
                            span,
                            "a momentum has the shape and the index set of its coordinate",
                        )
                        .label(at, "the coordinate")
                        .help(format!("write `momentum {} of {}`", declared.variable.name.name, partner.name.name)),
                    );
                }
            }
        }
        let count = super::index::members(&sets).saturating_mul(shape.iter().product::<usize>());
        self.components_made = self.components_made.saturating_add(count);
        if self.components_made > limits::STATES {
            return self.exhausted_states(span, count);
        }
        if count == 0 {
            return self.fail(Diagnostic::error(
                "E0240",
                span,
                format!("`{full}` has no components: its index set is empty"),
            ));
        }
        let elements = Self::element_names(&full, &sets, &shape);
        let scalar = sets.is_empty() && shape.is_empty();
        let [leaf, rate, second] = self.moving_leaves(&full, &elements, scalar, declared.role);
        let dim = match stated.dim {
            Some(dim) => dim,
            None => self.unknown(&full, span),
        };
        let number = self.pending.len();
        for (order, l) in [leaf, rate, second].into_iter().enumerate() {
            self.places.insert(l, (number, order as u32));
        }
        if declared.periodic {
            let s = Scalar { expr: leaf, dim: dim.clone() };
            self.pure(&s, span, "a `periodic` coordinate is an angle: it")?;
        }
        let value = if scalar {
            Value::Real(Scalar { expr: leaf, dim: dim.clone() })
        } else if sets.is_empty() {
            let items = (0..count).map(|k| Scalar { expr: self.entry(leaf, false, k), dim: dim.clone() }).collect();
            Value::Array(Array { shape, items })
        } else {
            Value::Family(Family { sets, source: Source::Leaf { array: leaf, shape, dim: dim.clone() }, primes: 0 })
        };
        self.decls[declared.decl].kind = DeclKind::Variable(number);
        self.pending.push(Pending {
            variable: Variable {
                name: full,
                span,
                role: declared.role,
                leaf,
                rate,
                second,
                elements,
                scalar,
                dimension: Dimension::one(),
                periodic: declared.periodic,
                of,
                mirror: declared.mirror,
                field: None,
            },
            dim: dim.clone(),
            value: value.clone(),
        });
        let read = of.and_then(|of| self.partner_on_grid(of, number, &dim)).unwrap_or(value);
        self.settle(declared.decl, Some(read));
        Some(())
    }

    pub fn exhausted_states<T>(&mut self, span: Span, count: usize) -> Option<T> {
        if self.spent.contains(&"E0517") {
            return None;
        }
        self.spent.push("E0517");
        let message = format!("this system has more than {} components", limits::STATES);
        self.fail(
            Diagnostic::error("E0517", span, message)
                .at(format!("{count} of them here"))
                .help("use a smaller set or range"),
        )
    }

    /// `d/dt` along the motion: every value to its rate, every rate of a coordinate to its second
    /// derivative, `t` to 1; parameters stand still.
    pub fn time_derivative(&mut self, expr: ExprId, span: Span) -> Option<ExprId> {
        let leaves = self.graph.free_leaves(&[expr]);
        let highest = |v: &Variable| if v.role == Role::Coordinate { 2 } else { 1 };
        let stuck = leaves
            .iter()
            .filter_map(|l| self.places.get(l))
            .find(|(v, order)| *order >= highest(&self.pending[*v].variable));
        if let Some(&(v, order)) = stuck {
            let (name, mark) = (self.pending[v].variable.name.clone(), "'".repeat(order as usize));
            return self.fail(
                Diagnostic::error(
                    "E0301",
                    span,
                    format!("this needs a higher derivative of `{name}` than its equation gives"),
                )
                .help(format!("`{name}{mark}` is the highest derivative of `{name}` that can be used")),
            );
        }
        if let Some(p) = self.parameters.iter().find(|p| p.parameter.input && leaves.contains(&p.parameter.leaf)) {
            let name = p.parameter.name.clone();
            return self.fail(
                Diagnostic::error("E0302", span, format!("the input `{name}` has no known time derivative"))
                    .help("an `input` is given from outside; a function of time is a definition with `t`"),
            );
        }
        let mut seeds = Seeds::new();
        for leaf in leaves {
            if leaf == self.time {
                let one = self.graph.integer(1);
                seeds.set(leaf, one);
            } else if let Some(&(v, order)) = self.places.get(&leaf) {
                let v = &self.pending[v].variable;
                seeds.set(leaf, if order == 0 { v.rate } else { v.second });
            } else if let Some(&mark) = self.fields.marks.get(&leaf) {
                let rate = self.mark_rate(mark, span)?;
                seeds.set(leaf, rate);
            } else if let Some(b) = self.bindings.iter().find(|b| b.leaf == leaf).copied() {
                // A quantity of an earlier result moves as it did there.
                let text = format!("{}'", self.graph.symbol_of(leaf).map_or("", |s| &self.graph.symbol_info(s).name));
                let Binding { result, trajectory, item, primes, .. } = b;
                let rate = self.bound(&text, Bound { result, trajectory, item, primes: primes + 1, inside: false });
                seeds.set(leaf, rate);
            }
        }
        Some(self.graph.tangent(expr, &seeds))
    }

    /// `param` and `input`.
    pub fn parameter(&mut self, name: &str, p: &Param, env: &Env, input: bool) -> Option<Value> {
        let span = p.name.span;
        let grid = if p.axes.is_empty() { None } else { Some(self.grid_with(&p.axes, span, env.instance)?) };
        let indices = self.declared_sets(p.index.as_ref(), env)?;
        let sets: Vec<IndexSet> = indices.iter().map(|s| s.1.clone()).collect();
        if grid.is_some() && !sets.is_empty() {
            return self.fail(
                Diagnostic::error(
                    "E0361",
                    p.span,
                    "a parameter has a number for each point of a grid, or for each index",
                )
                .help(format!("several numbers at a point are a vector: `param {name}(x) = [1, 2]`")),
            );
        }
        let stated = match &p.ty {
            Some(ty) => Some(self.stated(ty, env)?),
            None => None,
        };
        let Some(value) = &p.value else {
            if self.program.on_a_broken_line(name) {
                return None;
            }
            let what = if input { "input" } else { "parameter" };
            return self.fail(
                Diagnostic::error("E0440", p.span, format!("the {what} `{name}` has no value"))
                    .help(format!("write `{} {name} = …`", if input { "input" } else { "param" })),
            );
        };
        let mut a = self.indexed_value(value, &indices, span, env)?;
        let mut promise = None;
        if let Some(stated) = stated {
            promise = stated.kind;
            if let Some(shape) = stated.shape {
                let members: usize = sets.iter().map(IndexSet::len).product();
                let size: usize = shape.iter().product::<usize>() * members;
                let zero = a.items.len() == 1 && self.graph.as_number(a.items[0].expr).is_some_and(|n| n.is_zero());
                if zero {
                    a.items = vec![a.items[0].clone(); size];
                    a.shape = sets.iter().map(IndexSet::len).chain(shape).collect();
                } else if a.items.len() != size {
                    let have = super::super::value::describe_shape(&a.shape);
                    let want = super::super::value::describe_shape(&shape);
                    return self.fail(
                        Diagnostic::error(
                            "E0225",
                            value.span,
                            format!("this is declared as {want}, and its value is {have}"),
                        )
                        .label(p.span, want.clone()),
                    );
                } else {
                    a.shape = sets.iter().map(IndexSet::len).chain(shape).collect();
                }
            }
            if let Some(dim) = stated.dim {
                for s in &mut a.items {
                    if let Dim::Term(t) = &s.dim {
                        if t.as_known().is_some_and(|d| d.is_one()) && Self::is_bare_number(value) {
                            let unit = self.text(p.ty.as_ref().map_or(p.span, |t| t.span));
                            let number = self.text(value.span);
                            return self.fail(
                                Diagnostic::error(
                                    "E0207",
                                    value.span,
                                    "this number has no unit, and the parameter has one",
                                )
                                .help(format!("write `{number} {unit}`")),
                            );
                        }
                    }
                    s.dim = self.declared(&s.dim, value.span, &dim, p.ty.as_ref().map_or(p.span, |t| t.span))?;
                }
            }
        }
        if sets.is_empty() {
            self.kept_promise(promise, &a, value.span)?;
        }
        let mut dim = Dim::Any;
        for s in &a.items {
            dim = self.same(&dim, value.span, &s.dim, value.span)?;
        }
        if matches!(dim, Dim::Any) {
            dim = self.unknown(name, span);
        }
        let exprs: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
        if grid.is_none() && exprs.iter().any(|e| self.is_local(*e)) {
            return self.fail(
                Diagnostic::error(
                    "E0364",
                    value.span,
                    format!("the parameter `{name}` differs from point to point of a grid"),
                )
                .help(format!(
                    "write a definition: `{name} = …`, or name the axes: `param {name}(x) = …` is a number at every point"
                )),
            );
        }
        let moves = match grid {
            Some(_) => exprs.iter().any(|e| self.moves_in_time(*e)),
            None => self.moves(&exprs),
        };
        if moves {
            let what = if input { "default of the input" } else { "parameter" };
            let mut help = format!("a quantity that moves is a definition: `{name} = …`");
            if input {
                help.push_str(&format!("; what drives a run stands in that: `A with {{ input {name} = … }}`"));
            }
            let message = format!("the {what} `{name}` cannot depend on what moves, nor on `t`");
            return self.fail(Diagnostic::error("E0441", value.span, message).help(help));
        }
        self.same_as_before(name, &dim, value.span, env)?;
        let bounds = match &p.bounds {
            Some(b) => Some(self.bounds(b, &dim, env)?),
            None => None,
        };
        if let Some(grid) = grid {
            return self.parameter_on_grid(p, grid, a, &dim, bounds, env);
        }
        let full = format!("{}{name}", self.instances[env.instance].prefix);
        let scalar = a.shape.is_empty();
        let inner: Vec<usize> = a.shape[sets.len().min(a.shape.len())..].to_vec();
        let elements = Self::element_names(&full, &sets, &inner);
        let leaf = self.leaf(&full, &elements, scalar);
        self.parameters.push(PendingParameter {
            parameter: Parameter {
                name: full,
                span,
                value: value.span,
                leaf,
                default: a.items.iter().map(|s| s.expr).collect(),
                elements,
                dimension: Dimension::one(),
                bounds,
                input,
                hidden: false,
            },
            dim: dim.clone(),
        });
        Some(if scalar {
            Value::Real(Scalar { expr: leaf, dim })
        } else if sets.is_empty() {
            let items =
                (0..a.items.len()).map(|k| Scalar { expr: self.entry(leaf, false, k), dim: dim.clone() }).collect();
            Value::Array(Array { shape: a.shape, items })
        } else {
            Value::Family(Family { sets, source: Source::Leaf { array: leaf, shape: inner, dim }, primes: 0 })
        })
    }

    /// A value that replaces another has its dimension.
    fn same_as_before(&mut self, name: &str, dim: &Dim, span: Span, env: &Env) -> Option<()> {
        let found = self.replaced.iter().rev().find(|r| r.0 == env.instance && r.1.name == name).cloned();
        let Some((instance, replaced)) = found.filter(|_| self.program.has_units) else { return Some(()) };
        // Only its dimension is asked for: it may have another size, or not fit any more.
        let before = self.diagnostics.clone();
        let home = self.env(instance, replaced.module);
        let value = match &*replaced.old.kind {
            ExprKind::Table { entries, unit } => match entries.first() {
                Some((_, e)) => self.element(e, unit.as_ref(), &home),
                None => None,
            },
            _ => self.element(&replaced.old, None, &home),
        };
        let first = value.and_then(|v| self.to_array(v, replaced.old.span)).and_then(|a| a.items.into_iter().next());
        self.diagnostics = before;
        if let Some(old) = first {
            self.same_for(&old.dim, replaced.old.span, dim, span, "be replaced by")?;
        }
        Some(())
    }

    fn bounds(&mut self, b: &Expr, dim: &Dim, env: &Env) -> Option<(ExprId, ExprId)> {
        let ExprKind::Range { from, to, by: None, count: None } = &*b.kind else {
            return self.fail(Diagnostic::error("E0442", b.span, "bounds are a range").help("write `in 0..1`"));
        };
        let hi = self.scalar(to, env)?;
        let lo = self.lower_end(from, to, env)?;
        self.same_for(&lo.dim, from.span, dim, b.span, "bound")?;
        self.same_for(&hi.dim, to.span, dim, b.span, "bound")?;
        if let (Some(x), Some(y)) = (self.graph.as_number(lo.expr), self.graph.as_number(hi.expr)) {
            if x > y {
                return self.fail(
                    Diagnostic::error("E0442", b.span, "the lower bound is above the upper one")
                        .help("write `in lo..hi`"),
                );
            }
        }
        Some((lo.expr, hi.expr))
    }

    /// A unit on the upper end of a range also goes to a bare number at its lower end.
    pub fn lower_end(&mut self, from: &Expr, to: &Expr, env: &Env) -> Option<Scalar> {
        if Self::is_bare_number(from) {
            if let Some(unit) = trailing_unit(to) {
                let s = self.scalar(from, env)?;
                return self.with_unit(Scalar { expr: s.expr, dim: Dim::one() }, Some(&unit), env);
            }
        }
        self.scalar(from, env)
    }

    pub fn constant(&mut self, c: &Const, env: &Env) -> Option<Value> {
        let value = self.eval(&c.value, env)?;
        let value = self.annotated(value, c.ty.as_ref(), c.value.span, env)?;
        let array = match &value {
            Value::Real(s) => Array { shape: Vec::new(), items: vec![s.clone()] },
            Value::Array(a) => a.clone(),
            Value::Set(_) | Value::Text => return Some(value),
            other => {
                let what = other.describe();
                return self.fail(Diagnostic::error(
                    "E0443",
                    c.value.span,
                    format!("a `const` is a number, and this is {what}"),
                ));
            }
        };
        for s in &array.items {
            if !self.graph.free_leaves(&[s.expr]).is_empty() {
                return self.fail(
                    Diagnostic::error(
                        "E0443",
                        c.value.span,
                        format!("`{}` depends on a parameter or on what moves, so it is no constant", c.name.name),
                    )
                    .help(format!("write `param {} = …`, or a definition", c.name.name)),
                );
            }
        }
        Some(value)
    }

    /// `name = …`, `name(s) = …`, `name[i in S] = …`.
    pub fn definition(&mut self, decl: usize, a: &Arc<Assign>, env: &Env) -> Option<Value> {
        if a.formals.is_some() {
            return Some(Value::Callable(decl));
        }
        let indices = self.definition_indices(a, env)?;
        if !indices.is_empty() {
            let sets = indices.into_iter().map(|s| s.1).collect();
            return Some(Value::Family(Family { sets, source: Source::Definition(decl), primes: 0 }));
        }
        // Only a function may have no body, and the grammar knows no other definition without one.
        let value = a.value.as_ref()?;
        let v = self.eval(value, env)?;
        self.annotated(v, a.ty.as_ref(), value.span, env)
    }

    /// Index variables of a definition: `x[i in S]`, or `x[i] = … for i in S`.
    pub fn definition_indices(&mut self, a: &Assign, env: &Env) -> Option<Vec<(String, IndexSet)>> {
        let mut out = Vec::new();
        if let Some(clause) = &a.each {
            if let Some(c) = &clause.condition {
                return self.fail(
                    Diagnostic::error("E0429", c.span, "a definition takes no `if`: it has a value for every index")
                        .help("write `if … then … else …` on the right"),
                );
            }
            let used = |name: &str| {
                a.path.iter().any(|p| {
                    matches!(p, PathPart::Index(i) if i.slots.iter().any(|s| matches!(&*s.value.kind, ExprKind::Name(n) if n == name)))
                })
            };
            if let Some((unused, _)) = clause.generators.iter().find(|(g, _)| !used(&g.name)) {
                return self.fail(
                    Diagnostic::error(
                        "E0445",
                        unused.span,
                        format!("`{}` is no index of `{}`", unused.name, a.name.name),
                    )
                    .help(format!("write `{}[{}] = … for {} in …`", a.name.name, unused.name, unused.name)),
                );
            }
        }
        for part in &a.path {
            let PathPart::Index(index) = part else { continue };
            for slot in &index.slots {
                if let Some(variable) = &slot.variable {
                    out.push((variable.name.clone(), self.index_set(&slot.value, env)?));
                    continue;
                }
                let name = match &*slot.value.kind {
                    ExprKind::Name(n) => n.clone(),
                    _ => String::new(),
                };
                let generator = a.each.iter().flat_map(|c| &c.generators).find(|g| g.0.name == name);
                match generator {
                    Some((_, range)) => out.push((name, self.index_set(range, env)?)),
                    None => {
                        return self.fail(Diagnostic::error("E0445", slot.value.span, "this index has no range").help(
                            format!(
                                "write `{}[i in 1..n] = …`, or put `for i in 1..n` behind the definition",
                                a.name.name
                            ),
                        ));
                    }
                }
            }
        }
        Some(out)
    }
}

/// The unit of the last literal of an expression such as `20 [s]` or `200*2 [s]`.
pub(crate) fn trailing_unit(e: &Expr) -> Option<UnitExpr> {
    match &*e.kind {
        ExprKind::Number { unit, .. } => unit.clone(),
        ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => trailing_unit(inner),
        ExprKind::Product { first, rest } if rest.iter().all(|r| r.0 == ProductOp::Times) => {
            let all: Vec<UnitExpr> =
                std::iter::once(first).chain(rest.iter().map(|r| &r.2)).filter_map(trailing_unit).collect();
            if all.len() == 1 { all.into_iter().next() } else { None }
        }
        _ => None,
    }
}

/// Whether a symmetric matrix, row by row, is positive definite: Cholesky's factors exist.
fn positive_definite(mut m: Vec<f64>, n: usize) -> bool {
    for k in 0..n {
        let pivot = m[k * n + k];
        if pivot.is_nan() || pivot <= 0.0 {
            return false;
        }
        for i in k + 1..n {
            let factor = m[i * n + k] / pivot;
            for j in k + 1..n {
                m[i * n + j] -= factor * m[k * n + j];
            }
        }
    }
    true
}

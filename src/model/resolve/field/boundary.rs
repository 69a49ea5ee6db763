//! `boundary` statements: values and slopes at the ends of a grid's axes.

use super::super::super::grid::Side;
use super::super::super::value::{Array, Value};
use super::super::declare::Kept;
use super::super::{Env, Resolver};
use super::Mark;
use crate::diagnostic::{Diagnostic, Span};
use crate::symbolic::ExprId;
use crate::syntax::tree::*;

/// What is said at one end of an axis about one component of a field.
#[derive(Clone, Copy, Debug)]
struct Condition {
    variable: usize,
    component: usize,
    axis: usize,
    upper: bool,
    /// Whether the slope along the axis is given, and not the value.
    slope: bool,
    value: ExprId,
    span: Span,
}

/// All conditions of a system.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    list: Vec<Condition>,
}

impl Boundaries {
    fn find(&self, variable: usize, component: usize, axis: usize, upper: bool) -> Option<&Condition> {
        self.list
            .iter()
            .find(|c| c.variable == variable && c.component == component && c.axis == axis && c.upper == upper)
    }

    /// Where a condition is written.
    pub fn span(&self, variable: usize, component: usize, axis: usize, upper: bool) -> Span {
        self.find(variable, component, axis, upper).map_or_else(Span::default, |c| c.span)
    }
}

impl Resolver<'_> {
    /// The value that a boundary prescribes.
    pub(super) fn value_condition(
        &self,
        variable: usize,
        component: usize,
        axis: usize,
        upper: bool,
    ) -> Option<ExprId> {
        self.fields.boundaries.find(variable, component, axis, upper).filter(|c| !c.slope).map(|c| c.value)
    }

    /// The slope that a boundary gives.
    pub(super) fn slope_condition(
        &self,
        variable: usize,
        component: usize,
        axis: usize,
        upper: bool,
    ) -> Option<ExprId> {
        self.fields.boundaries.find(variable, component, axis, upper).filter(|c| c.slope).map(|c| c.value)
    }

    /// Whether a component of the field has its value prescribed at an end.
    pub(super) fn is_prescribed(&self, variable: usize, axis: usize, upper: bool) -> bool {
        let list = &self.fields.boundaries.list;
        list.iter().any(|c| c.variable == variable && c.axis == axis && c.upper == upper && !c.slope)
    }

    /// Every side on which a component of the field has its value prescribed.
    pub(super) fn prescribed_sides(&self, variable: usize) -> Vec<Side> {
        let on = &self.fields.on[&variable];
        let axes = &self.fields.grids[on.grid].axes;
        let list = self.fields.boundaries.list.iter().filter(|c| c.variable == variable && !c.slope);
        list.map(|c| {
            let behind: usize = axes[c.axis + 1..].iter().map(|a| a.count).product();
            let count = axes[c.axis].count;
            let at = if c.upper { count - 1 } else { 0 };
            Side { component: c.component, stride: behind * on.components, count, at }
        })
        .collect()
    }

    /// Whether anything is said at an end.
    pub(super) fn has_condition(&self, variable: usize, axis: usize, upper: bool) -> bool {
        self.fields.boundaries.list.iter().any(|c| c.variable == variable && c.axis == axis && c.upper == upper)
    }

    /// Reads all `boundary` lines.
    pub(in super::super) fn boundary_lines(&mut self, kept: &[Kept]) {
        for k in kept {
            let StmtKind::Boundary(list) = &k.stmt.kind else { continue };
            let env = self.env(k.instance, k.module);
            for equation in list {
                self.boundary_line(equation, &env);
            }
        }
    }

    /// A slope that is not zero has no place beside a density: what flows through an end is part of it.
    pub(in super::super) fn slopes_beside_generator(&mut self, keyword: Span) {
        for c in self.fields.boundaries.list.clone() {
            if c.slope && self.graph.as_number(c.value).is_none_or(|n| !n.is_zero()) {
                self.report(
                    Diagnostic::error(
                        "E0362",
                        c.span,
                        "a slope that is not zero cannot stand beside an energy density",
                    )
                    .label(keyword, "its ends are natural: nothing flows through them")
                    .help("add what the end does to the energy, `… - q*u(1)`, which makes the flux there `q`"),
                );
            }
        }
    }

    fn boundary_line(&mut self, equation: &Equation, env: &Env) -> Option<()> {
        let at = equation.left.span;
        if let Some(each) = &equation.each {
            return self.fail(
                Diagnostic::error("E0362", each.span, "a boundary line holds all along its side")
                    .help("the name of an axis stands for all of it: `boundary c(0, y) = sin(y)`"),
            );
        }
        let shape = || {
            Diagnostic::error("E0362", at, "a boundary states a field, or its slope, at an end of an axis")
                .help("write `boundary u(0) = T0, ∂(u, x)(L) = 0`, in two dimensions `c(0, y) = 1`")
        };
        let ExprKind::Call { callee, args } = &*equation.left.kind else { return self.fail(shape()) };
        let whole = self.eval(callee, env)?;
        let subject = self.to_array(whole, callee.span)?;
        let grid = self.one_grid(&subject.items.iter().map(|s| s.expr).collect::<Vec<_>>(), callee.span)?;
        let (axis, upper) = self.side(args, grid, at, env)?;
        if self.extent(grid, axis).1 {
            let name = self.fields.grids[grid].axes[axis].name.clone();
            return self.fail(
                Diagnostic::error("E0362", at, format!("`{name}` is periodic, so it has no ends"))
                    .label(self.fields.grids[grid].axes[axis].span, "declared here"),
            );
        }
        let value = self.eval(&equation.right, env)?;
        let value = self.to_array(value, equation.right.span)?;
        let (subject, value) =
            self.broadcast(subject, callee.span, value, equation.right.span, "the two sides of a boundary")?;
        self.conditions(&subject, &value, (axis, upper), equation, shape())
    }

    fn conditions(
        &mut self,
        subject: &Array,
        value: &Array,
        (axis, upper): (usize, bool),
        equation: &Equation,
        wrong: Diagnostic,
    ) -> Option<()> {
        for (s, v) in subject.items.iter().zip(&value.items) {
            self.same_for(&v.dim, equation.right.span, &s.dim, equation.left.span, "equal")?;
            let (slope, of) = match self.fields.marks.get(&s.expr) {
                Some(Mark::Slope { of, axis: along, .. }) if *along == axis => (true, *of),
                Some(Mark::Slope { axis: along, grid, .. }) => {
                    let names: Vec<String> = self.fields.grids[*grid].axes.iter().map(|a| a.name.clone()).collect();
                    let message =
                        format!("at an end of `{}` the slope along `{}` says nothing", names[axis], names[*along]);
                    return self.fail(
                        Diagnostic::error("E0362", equation.left.span, message)
                            .help(format!("give the slope along `{}`, or the value", names[axis])),
                    );
                }
                _ => (false, s.expr),
            };
            let Some(&Mark::Value { variable, component, order: 0 }) = self.fields.marks.get(&of) else {
                return self.fail(wrong);
            };
            if let Some(first) = self.fields.boundaries.find(variable, component, axis, upper) {
                let first = first.span;
                return self.fail(
                    Diagnostic::error("E0362", equation.span, "this end has a condition already")
                        .label(first, "the first one")
                        .help("an end has a value or a slope; keep one"),
                );
            }
            let condition = Condition { variable, component, axis, upper, slope, value: v.expr, span: equation.span };
            self.fields.boundaries.list.push(condition);
        }
        Some(())
    }

    /// The end that the arguments name: the axes in order, one of them an end, the others by name.
    fn side(&mut self, args: &[Arg], grid: usize, at: Span, env: &Env) -> Option<(usize, bool)> {
        let axes = self.fields.grids[grid].axes.len();
        if args.len() != axes {
            let names = self.grid_name(grid);
            return self.fail(Diagnostic::error("E0367", at, super::coordinates_given(axes, &names, args.len())));
        }
        let mut found: Option<(usize, bool)> = None;
        for (axis, arg) in args.iter().enumerate() {
            let s = self.scalar(&arg.value, env)?;
            let dim = self.axis_dim(grid, axis);
            self.same_for(&s.dim, arg.span, &dim, at, "be a coordinate of")?;
            if self.fields.marks.get(&s.expr) == Some(&Mark::Coordinate { grid, axis }) {
                continue;
            }
            let (from, to) = (self.fields.grids[grid].axes[axis].from, self.fields.grids[grid].axes[axis].to);
            let upper = match s.expr {
                e if e == from => false,
                e if e == to => true,
                _ => {
                    let (lo, hi) = self.fields.grids[grid].ends[axis];
                    let (lo, hi) = (self.text(lo), self.text(hi));
                    let text = self.text(arg.span);
                    return self.fail(
                        Diagnostic::error("E0362", arg.span, format!("`{text}` is no end of this axis"))
                            .help(format!("its ends are `{lo}` and `{hi}`")),
                    );
                }
            };
            if found.is_some() {
                return self.fail(
                    Diagnostic::error("E0362", at, "a boundary holds along a side, not at a corner")
                        .help("name the other axis: `c(0, y) = …`"),
                );
            }
            found = Some((axis, upper));
        }
        match found {
            Some(side) => Some(side),
            None => {
                self.fail(Diagnostic::error("E0362", at, "this is everywhere, not at an end").help("write `u(0) = …`"))
            }
        }
    }

    /// A field read at a place: `u(0.5)` interpolates linearly between points; the axes by name are the
    /// field itself. `None` where the value is no field.
    pub(in super::super) fn field_at(
        &mut self,
        value: &Value,
        callee: Span,
        args: &[Arg],
        env: &Env,
    ) -> Option<Option<Value>> {
        let items = match value {
            Value::Real(s) => vec![s.clone()],
            Value::Array(a) => a.items.clone(),
            _ => return None,
        };
        if items.is_empty() || !items.iter().any(|s| self.is_local(s.expr)) {
            return None;
        }
        Some(self.field_read(value, &items, callee, args, env))
    }

    fn field_read(
        &mut self,
        value: &Value,
        items: &[super::super::super::value::Scalar],
        callee: Span,
        args: &[Arg],
        env: &Env,
    ) -> Option<Value> {
        let exprs: Vec<ExprId> = items.iter().map(|s| s.expr).collect();
        let grid = self.one_grid(&exprs, callee)?;
        let axes = self.fields.grids[grid].axes.len();
        if args.len() != axes || args.iter().any(|a| a.name.is_some() || a.is_range || a.each.is_some()) {
            let names = self.grid_name(grid);
            return self.fail(
                Diagnostic::error("E0367", callee, super::coordinates_given(axes, &names, args.len()))
                    .help("a value at a time is written `at(u, 2)`"),
            );
        }
        let mut places = Vec::with_capacity(axes);
        let mut named = 0;
        for (axis, arg) in args.iter().enumerate() {
            let s = self.scalar(&arg.value, env)?;
            let dim = self.axis_dim(grid, axis);
            self.same_for(&s.dim, arg.span, &dim, callee, "be a coordinate of")?;
            named += usize::from(self.fields.marks.get(&s.expr) == Some(&Mark::Coordinate { grid, axis }));
            places.push((s.expr, arg.span));
        }
        if named == axes {
            return Some(value.clone());
        }
        if let Some((_, span)) = places.iter().find(|(e, _)| self.is_local(*e)) {
            return self.fail(
                Diagnostic::error("E0367", *span, "a place where a field is read stands still")
                    .help("use numbers and parameters, or the axes by name"),
            );
        }
        for (axis, (e, span)) in places.iter().enumerate() {
            let a = &self.fields.grids[grid].axes[axis];
            let number = |e: ExprId| self.graph.as_number(e).map(|n| n.to_f64());
            if let (Some(x), Some(lo), Some(hi)) = (number(*e), number(a.from), number(a.to))
                && !(lo..=hi).contains(&x)
            {
                let message = format!("{x} is outside the grid, which goes from {lo} to {hi}");
                return self.fail(Diagnostic::error("E0367", *span, message));
            }
        }
        let targets: Vec<ExprId> = places.iter().map(|p| p.0).collect();
        let mut out = Vec::with_capacity(items.len());
        for s in items {
            let expr = self.interpolated(s.expr, grid, &targets);
            out.push(super::super::super::value::Scalar { expr, dim: s.dim.clone() });
        }
        let shape = if let Value::Array(a) = value { a.shape.clone() } else { Vec::new() };
        Some(super::super::expr::to_value(Array { shape, items: out }))
    }
}

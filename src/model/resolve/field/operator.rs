//! `∂`, `grad`, `laplacian`, `div` of fields, and their values between points.

use super::super::super::value::{Array, Scalar, Value};
use super::super::expr::to_value;
use super::super::{Env, Resolver};
use super::Mark;
use super::place::{Place, Spot};
use crate::diagnostic::{Diagnostic, Span};
use crate::symbolic::{ExprId, Function};
use crate::syntax::tree::*;

impl Resolver<'_> {
    /// `∂(e, x)` by the coordinate of a grid; `None` where `x` is none.
    pub(in super::super) fn slope_of(&mut self, f: &Array, x: &Array, span: Span) -> Option<Option<Value>> {
        let [by] = x.items.as_slice() else { return None };
        let &Mark::Coordinate { grid, axis } = self.fields.marks.get(&by.expr)? else { return None };
        Some(self.slopes(f, grid, &[axis], span).map(|a| {
            let shape = f.shape.clone();
            to_value(Array { shape, items: a })
        }))
    }

    fn slopes(&mut self, f: &Array, grid: usize, axes: &[usize], span: Span) -> Option<Vec<Scalar>> {
        let mut items = Vec::with_capacity(f.items.len() * axes.len());
        for s in &f.items {
            let marks = self.marks_in(s.expr);
            if marks.iter().any(|(_, m)| self.grid_of(*m) != grid) {
                self.one_grid(&[s.expr, self.fields.symbols[&Mark::Coordinate { grid, axis: axes[0] }]], span)?;
            }
            for axis in axes {
                let expr = self.slope(s.expr, grid, *axis);
                let by = self.axis_dim(grid, *axis);
                let dim = self.dim_mul(&s.dim, &by, true, span)?;
                items.push(Scalar { expr, dim });
            }
        }
        Some(items)
    }

    /// `grad(e)` of a field over its grid.
    pub(in super::super) fn field_gradient(&mut self, arg: &Expr, span: Span, env: &Env) -> Option<Value> {
        let s = self.scalar(arg, env)?;
        let grid = self.one_grid(&[s.expr], arg.span)?;
        let axes: Vec<usize> = (0..self.fields.grids[grid].axes.len()).collect();
        let f = Array { shape: Vec::new(), items: vec![s] };
        let items = self.slopes(&f, grid, &axes, span)?;
        Some(Value::Array(Array { shape: vec![axes.len()], items }))
    }

    /// `laplacian(e)`, component by component.
    pub(in super::super) fn laplacian(&mut self, arg: &Expr, span: Span, env: &Env) -> Option<Value> {
        let f = self.array(arg, env)?;
        let exprs: Vec<ExprId> = f.items.iter().map(|s| s.expr).collect();
        let grid = self.one_grid(&exprs, arg.span)?;
        let axes = self.fields.grids[grid].axes.len();
        let mut items = Vec::with_capacity(f.items.len());
        for s in &f.items {
            let mut terms = Vec::with_capacity(axes);
            let mut dim = super::super::super::value::Dim::Any;
            for axis in 0..axes {
                let first = self.slope(s.expr, grid, axis);
                terms.push(self.slope(first, grid, axis));
                let by = self.axis_dim(grid, axis);
                let once = self.dim_mul(&s.dim, &by, true, span)?;
                let twice = self.dim_mul(&once, &by, true, span)?;
                dim = self.same_for(&dim, span, &twice, arg.span, "be added to")?;
            }
            items.push(Scalar { expr: self.graph.sum(&terms), dim });
        }
        Some(to_value(Array { shape: f.shape, items }))
    }

    /// `div(F)` of a vector with a component for each axis.
    pub(in super::super) fn divergence(&mut self, arg: &Expr, span: Span, env: &Env) -> Option<Value> {
        let f = self.array(arg, env)?;
        let exprs: Vec<ExprId> = f.items.iter().map(|s| s.expr).collect();
        let grid = self.one_grid(&exprs, arg.span)?;
        let axes = self.fields.grids[grid].axes.len();
        if f.items.len() != axes || f.shape.len() > 1 {
            let have = super::super::super::value::describe_shape(&f.shape);
            return self.fail(
                Diagnostic::error(
                    "E0226",
                    arg.span,
                    format!("`div` takes a vector of {axes} on this grid, not {have}"),
                )
                .help("it has one component for each axis: `div(D*grad(c))`"),
            );
        }
        let mut terms = Vec::with_capacity(axes);
        let mut dim = super::super::super::value::Dim::Any;
        for (axis, s) in f.items.iter().enumerate() {
            terms.push(self.slope(s.expr, grid, axis));
            let by = self.axis_dim(grid, axis);
            let d = self.dim_mul(&s.dim, &by, true, span)?;
            dim = self.same_for(&dim, span, &d, arg.span, "be added to")?;
        }
        Some(Value::Real(Scalar { expr: self.graph.sum(&terms), dim }))
    }

    /// A field between points: the sum over points of its value there times a hat of width `h` along each
    /// axis, which is linear interpolation; at an end of an axis the point itself.
    pub(super) fn interpolated(&mut self, e: ExprId, grid: usize, at: &[ExprId]) -> ExprId {
        let depths: Vec<u32> = (0..at.len()).map(|axis| self.depth(e, axis)).collect();
        let edges: Vec<i64> = depths.iter().map(|d| i64::from(d.div_ceil(2))).collect();
        let ends: Vec<Option<i64>> = (0..at.len())
            .map(|axis| {
                let a = &self.fields.grids[grid].axes[axis];
                match at[axis] {
                    x if x == a.from => Some(0),
                    x if x == a.to => Some(if a.periodic { 0 } else { a.count as i64 - 1 }),
                    _ => None,
                }
            })
            .collect();
        let mut terms = Vec::new();
        for place in self.places_on(grid, &edges, &ends) {
            let weight = self.hat(&place, at, &ends);
            let value = self.at_place(e, &place);
            let product = self.graph.mul(weight, value);
            terms.push(match self.domain_of(&place) {
                Some(d) => self.graph.sum_over(d, product),
                None => product,
            });
        }
        self.graph.sum(&terms)
    }

    /// The weight of a place among the points around `at`; along an axis with an end it is that point.
    fn hat(&mut self, place: &Place, at: &[ExprId], ends: &[Option<i64>]) -> ExprId {
        let mut weight = self.graph.one();
        for axis in (0..at.len()).filter(|axis| ends[*axis].is_none()) {
            let spot = place.spots[axis];
            let h = self.spacing(place.grid, axis);
            let from = self.fields.grids[place.grid].axes[axis].from;
            let offset = self.graph.sub(at[axis], from);
            let steps = self.graph.div(offset, h);
            let mut distance = self.distance(steps, spot);
            let (n, periodic) = self.extent(place.grid, axis);
            if periodic {
                // On a ring the upper end is the first point again.
                let round = self.graph.integer(n);
                let rest = self.graph.sub(round, distance);
                distance = self.graph.call(Function::Min, &[distance, rest]);
            }
            let (one, zero) = (self.graph.one(), self.graph.zero());
            let near = self.graph.sub(one, distance);
            let hat = self.graph.call(Function::Max, &[zero, near]);
            weight = self.graph.mul(weight, hat);
        }
        weight
    }

    fn distance(&mut self, steps: ExprId, spot: Spot) -> ExprId {
        let between = self.graph.sub(steps, spot.index);
        self.graph.call(Function::Abs, &[between])
    }
}

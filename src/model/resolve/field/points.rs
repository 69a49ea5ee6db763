//! Expressions of marks at the points of a grid: equations, starts, recorded fields, extremes.

use super::super::super::grid::FieldStart;
use super::super::super::system::{Equation, EquationKind, Role};
use super::super::super::value::{Array, Scalar, Value};
use super::super::Resolver;
use super::Mark;
use super::place::{Place, Spot};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::symbolic::{DomainId, Entry, ExprId, FoldOp, Function};

/// What an axis is cut into for one set of expressions: single points, runs of points, and runs of the
/// middles behind points.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stretch {
    Point(i64),
    Run(i64, i64),
    Middles(i64, i64),
}

impl Resolver<'_> {
    /// Places that together are all points of a grid, each once; `edges[axis]` is how many points at each
    /// end stand on their own.
    pub(super) fn places(&mut self, grid: usize, edges: &[i64]) -> Vec<Place> {
        self.places_on(grid, edges, &vec![None; edges.len()])
    }

    /// The same of a part of the grid: of an axis with a `fixed` point that one alone.
    pub(super) fn places_on(&mut self, grid: usize, edges: &[i64], fixed: &[Option<i64>]) -> Vec<Place> {
        let mut lists: Vec<Vec<Stretch>> = Vec::new();
        for (axis, edge) in edges.iter().enumerate() {
            if let Some(k) = fixed[axis] {
                lists.push(vec![Stretch::Point(k)]);
                continue;
            }
            let (n, periodic) = self.extent(grid, axis);
            let edge = if periodic { 0 } else { *edge };
            let mut list: Vec<Stretch> = Vec::new();
            if 2 * edge >= n {
                list.extend((0..n).map(Stretch::Point));
            } else {
                list.extend((0..edge).map(Stretch::Point));
                list.push(Stretch::Run(edge, n - 1 - edge));
                list.extend((n - edge..n).map(Stretch::Point));
            }
            lists.push(list);
        }
        self.places_of_lists(grid, &lists)
    }

    /// Every combination of one stretch of each axis.
    pub(super) fn places_of_lists(&mut self, grid: usize, lists: &[Vec<Stretch>]) -> Vec<Place> {
        let mut combined: Vec<Vec<&Stretch>> = vec![Vec::new()];
        for list in lists {
            combined = combined
                .iter()
                .flat_map(|c| list.iter().map(move |s| c.iter().copied().chain(std::iter::once(s)).collect()))
                .collect();
        }
        combined.iter().map(|stretches| self.place_of_stretches(grid, stretches)).collect()
    }

    /// The domain that a place runs over, if it is more than one point.
    pub(super) fn domain_of(&self, place: &Place) -> Option<DomainId> {
        place.spots.iter().find_map(|s| self.graph.domains_of(s.index).first().copied())
    }

    fn place_of_stretches(&mut self, grid: usize, stretches: &[&Stretch]) -> Place {
        let running = |s: &&Stretch| match s {
            Stretch::Run(lo, hi) | Stretch::Middles(lo, hi) => Some((*lo, *hi)),
            Stretch::Point(_) => None,
        };
        let ranges: Vec<(i64, i64)> = stretches.iter().filter_map(running).collect();
        let domain = (!ranges.is_empty()).then(|| self.graph.domain(0, &ranges, None));
        let mut position = 0;
        let mut spots = Vec::with_capacity(stretches.len());
        for s in stretches {
            let middle = matches!(s, Stretch::Middles(..));
            match (s, domain) {
                (Stretch::Run(lo, hi) | Stretch::Middles(lo, hi), Some(domain)) => {
                    let index = self.graph.index(domain, position);
                    position += 1;
                    spots.push(Spot { index, range: (*lo, *hi), middle });
                }
                (Stretch::Point(k) | Stretch::Run(k, _) | Stretch::Middles(k, _), _) => spots.push(self.spot_at(*k)),
            }
        }
        Place { grid, spots }
    }

    /// Points at each end whose neighbours are not all inside, for each axis.
    pub(super) fn edges(&self, grid: usize, exprs: &[ExprId]) -> Vec<i64> {
        let edge = |axis| exprs.iter().map(|e| reach(self.depth(*e, axis))).max().unwrap_or(0);
        (0..self.fields.grids[grid].axes.len()).map(edge).collect()
    }

    /// Values over all points, one expression for each component at a point: index → value.
    pub(super) fn at_points(&mut self, grid: usize, exprs: &[ExprId]) -> Vec<Entry> {
        let edges = self.edges(grid, exprs);
        let mut out = Vec::new();
        for place in self.places(grid, &edges) {
            let flat = self.flat_of(&place, exprs.len());
            for (component, e) in exprs.iter().enumerate() {
                let shift = self.graph.integer(component as i64);
                let index = self.graph.add(flat, shift);
                out.push(Entry { index, value: self.at_place(*e, &place) });
            }
        }
        out
    }

    /// The first component at a place of points inside the grid.
    fn flat_of(&mut self, place: &Place, components: usize) -> ExprId {
        let mut flat = self.graph.zero();
        for (axis, spot) in place.spots.iter().enumerate() {
            let (n, _) = self.extent(place.grid, axis);
            let size = self.graph.integer(n);
            let rows = self.graph.mul(flat, size);
            flat = self.graph.add(rows, spot.index);
        }
        let size = self.graph.integer(components as i64);
        self.graph.mul(flat, size)
    }

    /// `u' = e` or `u'' = e` at every point without a prescribed value; elsewhere the rate of that value.
    pub(in super::super) fn field_equation(
        &mut self,
        variable: usize,
        order: u32,
        right: &[ExprId],
        span: Span,
    ) -> Option<Equation> {
        self.on_its_grid(variable, right, span)?;
        self.fields.wanting.clear();
        let entries = self.over_free_points(variable, right);
        self.conditions_are_there(variable, right, span)?;
        let mut all = entries;
        all.extend(self.prescribed_rates(variable, order, span)?);
        Some(Equation { span, kind: EquationKind::Explicit { variable, order, entries: all } })
    }

    /// Whether what a field equals lives on its grid.
    fn on_its_grid(&mut self, variable: usize, exprs: &[ExprId], span: Span) -> Option<()> {
        let mut all = self.field_value(variable, 0);
        all.extend(exprs);
        self.one_grid(&all, span).map(|_| ())
    }

    /// `a = b` at every point, as residuals; at prescribed ones the highest rate is that of the value.
    pub(in super::super) fn field_residual(
        &mut self,
        exprs: &[ExprId],
        span: Span,
        residual: &mut Vec<Entry>,
    ) -> Option<()> {
        let grid = self.one_grid(exprs, span)?;
        let variable = self.highest_field(exprs, grid, span)?;
        self.fields.wanting.clear();
        let mut made = self.over_free_points(variable, exprs);
        self.conditions_are_there(variable, exprs, span)?;
        let order = if self.pending[variable].variable.role == Role::Coordinate { 2 } else { 1 };
        for e in self.prescribed_rates(variable, order, span)? {
            let v = &self.pending[variable].variable;
            let leaf = if order == 2 { v.second } else { v.rate };
            let rate = self.graph.read(leaf, e.index);
            made.push(Entry { index: e.index, value: self.graph.sub(rate, e.value) });
        }
        for e in made {
            let index = self.graph.integer(residual.len() as i64);
            residual.push(Entry { index, value: e.value });
        }
        Some(())
    }

    /// The one field of a grid whose highest rate stands in a relation.
    fn highest_field(&mut self, exprs: &[ExprId], grid: usize, span: Span) -> Option<usize> {
        let mut found: Vec<usize> = Vec::new();
        for e in exprs {
            let mut stack = vec![*e];
            while let Some(e) = stack.pop() {
                for (_, mark) in self.marks_in(e) {
                    match mark {
                        Mark::Slope { of, .. } => stack.push(of),
                        Mark::Value { variable, order, .. } => {
                            let second = self.pending[variable].variable.role == Role::Coordinate;
                            if order == if second { 2 } else { 1 } && !found.contains(&variable) {
                                found.push(variable);
                            }
                        }
                        Mark::Coordinate { .. } | Mark::Table(_) => {}
                    }
                }
            }
        }
        match found.as_slice() {
            [variable] => Some(*variable),
            _ => {
                let axes = self.grid_name(grid);
                self.fail(
                    Diagnostic::error(
                        "E0365",
                        span,
                        "this relation over a grid holds the rate of not exactly one field",
                    )
                    .note(format!("at every point of `{axes}` it would have to determine {} fields", found.len()))
                    .help("state it as `u' = …`, or as a relation that holds the rate of the field it determines"),
                )
            }
        }
    }

    /// Entries over the points where a field has an equation, component by component.
    fn over_free_points(&mut self, variable: usize, exprs: &[ExprId]) -> Vec<Entry> {
        let grid = self.fields.on[&variable].grid;
        let mut edges = self.edges(grid, exprs);
        for (axis, edge) in edges.iter_mut().enumerate() {
            if [false, true].iter().any(|upper| self.is_prescribed(variable, axis, *upper)) {
                *edge = (*edge).max(1);
            }
        }
        let mut out = Vec::new();
        for place in self.places(grid, &edges) {
            for (component, e) in exprs.iter().enumerate() {
                if self.side_of(variable, component, &place).is_some() {
                    continue;
                }
                let index = self.flat_index(variable, component, &place);
                let value = self.at_place(*e, &place);
                out.push(Entry { index, value });
            }
        }
        out
    }

    /// The prescribed side on which a place lies: axis, and whether the upper end.
    fn side_of(&self, variable: usize, component: usize, place: &Place) -> Option<(usize, bool)> {
        (0..place.spots.len()).find_map(|axis| {
            let (n, _) = self.extent(place.grid, axis);
            let (lo, hi) = place.spots[axis].range;
            [(false, 0), (true, n - 1)].into_iter().find_map(|(upper, end)| {
                let here = lo == end && hi == end;
                (here && self.value_condition(variable, component, axis, upper).is_some()).then_some((axis, upper))
            })
        })
    }

    /// Components that boundaries prescribe, with their values.
    pub(super) fn fixed_components(&mut self, variable: usize) -> Vec<Entry> {
        let on = self.fields.on[&variable].clone();
        let axes = self.fields.grids[on.grid].axes.len();
        let prescribed = |r: &Self, axis| [false, true].iter().any(|upper| r.is_prescribed(variable, axis, *upper));
        let edges: Vec<i64> = (0..axes).map(|axis| i64::from(prescribed(self, axis))).collect();
        if edges.iter().all(|e| *e == 0) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for place in self.places(on.grid, &edges) {
            for component in 0..on.components {
                let Some((axis, upper)) = self.side_of(variable, component, &place) else { continue };
                let Some(value) = self.value_condition(variable, component, axis, upper) else { continue };
                let index = self.flat_index(variable, component, &place);
                out.push(Entry { index, value: self.at_place(value, &place) });
            }
        }
        out
    }

    fn prescribed_rates(&mut self, variable: usize, order: u32, span: Span) -> Option<Vec<Entry>> {
        let mut out = self.fixed_components(variable);
        for e in &mut out {
            for _ in 0..order {
                e.value = self.time_derivative(e.value, span)?;
            }
        }
        Some(out)
    }

    /// A flow with space derivatives has a condition wherever it looks over an end.
    fn conditions_are_there(&mut self, variable: usize, exprs: &[ExprId], span: Span) -> Option<()> {
        let wanting = std::mem::take(&mut self.fields.wanting);
        let grid = self.fields.on[&variable].grid;
        for (field, axis, upper) in wanting {
            let second = exprs.iter().any(|e| self.depth(*e, axis) >= 2);
            let other = self.has_condition(field, axis, !upper);
            if !second && other {
                // A first derivative alone is one-sided where nothing is said, and something is at the other end.
                continue;
            }
            let name = self.pending[field].variable.name.clone();
            let a = &self.fields.grids[grid].axes[axis];
            let x = a.name.clone();
            let ends = self.fields.grids[grid].ends[axis];
            let end = self.text(if upper { ends.1 } else { ends.0 });
            let others: Vec<String> = self.fields.grids[grid].axes.iter().map(|a| a.name.clone()).collect();
            let at: Vec<String> =
                others.iter().enumerate().map(|(k, n)| if k == axis { end.clone() } else { n.clone() }).collect();
            let at = at.join(", ");
            return self.fail(
                Diagnostic::error(
                    "E0363",
                    span,
                    format!(
                        "nothing says what `{name}` does at the {} end of `{x}`",
                        if upper { "upper" } else { "lower" }
                    ),
                )
                .label(self.pending[field].variable.span, "this field")
                .help(format!(
                    "write `boundary {name}({at}) = …` for a value, or `∂({name}, {x})({at}) = 0` for no flux"
                )),
            );
        }
        if exprs.iter().any(|e| {
            (0..self.fields.grids[grid].axes.len()).any(|axis| !self.extent(grid, axis).1 && self.depth(*e, axis) > 2)
        }) {
            return self.fail(
                Diagnostic::error(
                    "E0366",
                    span,
                    "more than two derivatives along an axis with ends need two conditions at each end",
                )
                .help("make the axis `periodic`, or state the energy: `lagrangian L = integral(…)` with natural ends"),
            );
        }
        Some(())
    }

    /// The start of a field: at every point the value there, at prescribed ones what is prescribed.
    pub(in super::super) fn field_start(
        &mut self,
        variable: usize,
        order: u32,
        values: &[ExprId],
        span: Span,
    ) -> Option<FieldStart> {
        self.on_its_grid(variable, values, span)?;
        let mut entries = self.over_free_points(variable, values);
        let mut fixed = self.fixed_components(variable);
        for e in &mut fixed {
            for _ in 0..order {
                e.value = self.time_derivative(e.value, span).unwrap_or(e.value);
            }
        }
        entries.extend(fixed);
        Some(FieldStart { span, variable, order, entries, trajectory: None })
    }

    /// How many numbers a value that differs from point to point is; 0 of another one.
    pub(in super::super) fn numbers_of(&self, value: &Value) -> usize {
        let items: &[Scalar] = match value {
            Value::Real(s) => std::slice::from_ref(s),
            Value::Array(a) => &a.items,
            _ => &[],
        };
        let mark = |s: &Scalar| self.marks_in(s.expr).first().map(|m| self.grid_of(m.1));
        let Some(grid) = items.iter().find_map(mark) else { return 0 };
        self.counts(grid).iter().product::<usize>().saturating_mul(items.len())
    }

    /// The values at all points one by one, where they are few enough.
    pub(in super::super) fn spread(&mut self, a: Array, span: Span) -> Option<Array> {
        if !a.items.iter().any(|s| self.is_local(s.expr)) {
            return Some(a);
        }
        let exprs: Vec<ExprId> = a.items.iter().map(|s| s.expr).collect();
        let grid = self.one_grid(&exprs, span)?;
        let counts: Vec<usize> = self.fields.grids[grid].axes.iter().map(|x| x.count).collect();
        let points: usize = counts.iter().product();
        if points.saturating_mul(exprs.len()) > limits::FIELD_WRITTEN {
            let text = self.text(span);
            return self.fail(
                Diagnostic::error(
                    "E0368",
                    span,
                    format!(
                        "`{text}` has {points} points, and more than {} are not written out one by one",
                        limits::FIELD_WRITTEN
                    ),
                )
                .help("take `max(…)`, `mean(…)` or `integral(…)` of it, or a value at a point"),
            );
        }
        let entries = self.at_points(grid, &exprs);
        let mut items: Vec<Option<ExprId>> = vec![None; points * exprs.len()];
        for e in entries {
            for (index, value) in self.written_family(&e) {
                if let Some(slot) = items.get_mut(index) {
                    *slot = Some(value);
                }
            }
        }
        let mut shape = counts;
        shape.extend(&a.shape);
        let zero = self.graph.zero();
        let items = items
            .into_iter()
            .enumerate()
            .map(|(k, e)| Scalar { expr: e.unwrap_or(zero), dim: a.items[k % a.items.len()].dim.clone() })
            .collect();
        Some(Array { shape, items })
    }

    /// The entries of a family one by one.
    fn written_family(&mut self, e: &Entry) -> Vec<(usize, ExprId)> {
        let Some(domain) = self.graph.domains_of(e.index).first().copied() else {
            return self.graph.as_integer(e.index).map(|k| (k as usize, e.value)).into_iter().collect();
        };
        let ranges = self.graph.domain_info(domain).ranges.clone();
        let mut out = Vec::new();
        let mut at: Vec<i64> = ranges.iter().map(|r| r.0).collect();
        loop {
            let mut map = rustc_hash::FxHashMap::default();
            for (position, k) in at.iter().enumerate() {
                let number = self.graph.integer(*k);
                map.insert(self.graph.index(domain, position as u32), number);
            }
            let made = self.graph.substitute_all(&[e.index, e.value], &map);
            if let Some(k) = self.graph.as_integer(made[0]) {
                out.push((k as usize, made[1]));
            }
            let mut position = at.len();
            loop {
                if position == 0 {
                    return out;
                }
                position -= 1;
                at[position] += 1;
                if at[position] <= ranges[position].1 {
                    break;
                }
                at[position] = ranges[position].0;
            }
        }
    }

    /// One number of all points: the largest, the smallest, the mean.
    pub(in super::super) fn over_points(&mut self, e: ExprId, how: OverPoints, span: Span) -> Option<ExprId> {
        let grid = self.one_grid(&[e], span)?;
        let edges = self.edges(grid, &[e]);
        let mut parts = Vec::new();
        for place in self.places(grid, &edges) {
            let value = self.at_place(e, &place);
            let domain = self.domain_of(&place);
            parts.push(match (how, domain) {
                (_, None) => value,
                (OverPoints::Max, Some(d)) => self.graph.fold(FoldOp::Max, d, value),
                (OverPoints::Min, Some(d)) => self.graph.fold(FoldOp::Min, d, value),
                (OverPoints::Mean, Some(d)) => self.graph.sum_over(d, value),
            });
        }
        Some(match how {
            OverPoints::Mean => {
                let total = self.graph.sum(&parts);
                let points: usize = self.fields.grids[grid].axes.iter().map(|a| a.count).product();
                let n = self.graph.integer(points as i64);
                self.graph.div(total, n)
            }
            _ => {
                let f = if how == OverPoints::Max { Function::Max } else { Function::Min };
                let first = parts[0];
                parts[1..].iter().fold(first, |a, b| self.graph.call(f, &[a, *b]))
            }
        })
    }
}

/// What becomes of a field as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum OverPoints {
    Max,
    Min,
    Mean,
}

/// How far derivatives reach: one or two to the next point, three or four to the one behind it.
fn reach(depth: u32) -> i64 {
    i64::from(depth.div_ceil(2))
}

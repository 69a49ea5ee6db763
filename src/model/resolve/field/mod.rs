//! Fields on grids.
//!
//! A field is an array of the graph, one member for each point. Where an expression reads it as a
//! whole, `u`, `∂(u, x)`, `laplacian(u)`, a *mark* stands for it: a symbol that means "the value here",
//! wherever here is. What consumes such an expression says where: an equation at the points, an
//! integral at points, midpoints or Gauss points. So definitions, functions and products of fields need
//! nothing of their own, and the size of the grid appears in index ranges alone.

mod boundary;
mod declare;
mod integral;
mod operator;
mod place;
mod points;
mod table;

pub(crate) use boundary::Boundaries;
pub(crate) use declare::{DeclaredField, DeclaredGrid, Grids};
pub(super) use points::OverPoints;
pub(crate) use table::Table;

use super::super::value::{Array, Dim, Scalar};
use super::Resolver;
use crate::diagnostic::{Diagnostic, Span};
use crate::symbolic::{ExprId, SymbolInfo};

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// A coordinate of the grid.
    Coordinate {
        /// Index into the grids.
        grid: usize,
        /// Which of its axes.
        axis: usize,
    },
    /// A component of a field, so many times differentiated in time.
    Value {
        /// Index into the variables.
        variable: usize,
        /// Component at a point.
        component: usize,
        /// Time derivatives.
        order: u32,
    },
    /// The derivative in space of an expression of marks.
    Slope {
        /// What is differentiated.
        of: ExprId,
        /// Index into the grids.
        grid: usize,
        /// Along which axis.
        axis: usize,
    },
    /// A number of the grid that no equation moves.
    Table(Table),
}

impl Resolver<'_> {
    /// The symbol of a mark.
    pub(super) fn mark(&mut self, mark: Mark, name: &str) -> ExprId {
        if let Some(&known) = self.fields.symbols.get(&mark) {
            return known;
        }
        let symbol = self.graph.symbol(SymbolInfo::scalar(name));
        let expr = self.graph.scalar(symbol);
        self.fields.symbols.insert(mark, expr);
        self.fields.marks.insert(expr, mark);
        expr
    }

    /// Marks among the leaves of an expression, in the order in which they were made.
    pub(super) fn marks_in(&self, expr: ExprId) -> Vec<(ExprId, Mark)> {
        if self.fields.marks.is_empty() {
            return Vec::new();
        }
        let leaves = self.graph.free_leaves(&[expr]);
        let mut out: Vec<_> = leaves.into_iter().filter_map(|l| Some((l, *self.fields.marks.get(&l)?))).collect();
        out.sort_unstable();
        out
    }

    /// Whether an expression differs from point to point.
    pub(crate) fn is_local(&self, expr: ExprId) -> bool {
        !self.fields.marks.is_empty()
            && self.graph.free_leaves(&[expr]).iter().any(|l| self.fields.marks.contains_key(l))
    }

    /// The field, and how often it is differentiated, that an array is component by component.
    pub(super) fn field_marked(&self, a: &Array) -> Option<(usize, u32)> {
        let mut found = None;
        for (k, s) in a.items.iter().enumerate() {
            let &Mark::Value { variable, component, order } = self.fields.marks.get(&s.expr)? else { return None };
            if component != k || found.is_some_and(|f| f != (variable, order)) {
                return None;
            }
            found = Some((variable, order));
        }
        found.filter(|(variable, _)| self.fields.on[variable].components == a.items.len())
    }

    fn grid_of(&self, mark: Mark) -> usize {
        match mark {
            Mark::Coordinate { grid, .. } | Mark::Slope { grid, .. } => grid,
            Mark::Table(table) => table.grid,
            Mark::Value { variable, .. } => self.fields.on[&variable].grid,
        }
    }

    /// The one grid that expressions live on.
    pub(super) fn one_grid(&mut self, exprs: &[ExprId], span: Span) -> Option<usize> {
        let mut found: Option<usize> = None;
        for e in exprs {
            for (_, mark) in self.marks_in(*e) {
                let grid = self.grid_of(mark);
                if found.is_some_and(|g| g != grid) {
                    let (a, b) = (self.grid_name(found.unwrap_or(grid)), self.grid_name(grid));
                    return self.fail(
                        Diagnostic::error("E0365", span, format!("this mixes fields on two grids, `{a}` and `{b}`"))
                            .help("put fields that act on each other on one grid"),
                    );
                }
                found = Some(grid);
            }
        }
        match found {
            Some(grid) => Some(grid),
            None => {
                let text = self.text(span);
                let leaves = self.graph.free_leaves(exprs);
                if let Some(&(variable, _)) = leaves.iter().find_map(|l| self.places.get(l)) {
                    let at = self.pending[variable].variable.span;
                    let message = format!("`{text}` is no field: it has no value for each point of a grid");
                    return self.fail(
                        Diagnostic::error("E0365", span, message)
                            .label(at, "declared here")
                            .help("declare `grid x in 0..1 count 101` and `field u(x)`"),
                    );
                }
                self.fail(
                    Diagnostic::error("E0365", span, format!("`{text}` is the same at every point of a grid"))
                        .help("a space derivative or an integral is of a field, or of a function of a grid coordinate"),
                )
            }
        }
    }

    pub(super) fn grid_name(&self, grid: usize) -> String {
        self.fields.grids[grid].axes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// A quantity that must not differ from point to point.
    pub(crate) fn whole_quantity(&mut self, expr: ExprId, span: Span, what: &str) -> Option<()> {
        if !self.is_local(expr) {
            return Some(());
        }
        self.fail(
            Diagnostic::error("E0364", span, format!("{what} differs from point to point of a grid"))
                .at("one number is expected here")
                .help("take `integral(…)` or `max(…)` of it, or its value at a point: `u(0.5)`"),
        )
    }

    /// Steps between the points of an axis.
    pub(super) fn spacing(&mut self, grid: usize, axis: usize) -> ExprId {
        let a = &self.fields.grids[grid].axes[axis];
        let intervals = if a.periodic { a.count } else { a.count - 1 } as i64;
        let (from, to) = (a.from, a.to);
        let length = self.graph.sub(to, from);
        let n = self.graph.integer(intervals);
        self.graph.div(length, n)
    }

    /// The dimension of an axis.
    fn axis_dim(&self, grid: usize, axis: usize) -> Dim {
        self.fields.grids[grid].dims[axis].clone()
    }

    /// The mark of each component of a field.
    pub(super) fn field_value(&mut self, variable: usize, order: u32) -> Vec<ExprId> {
        let components = self.fields.on[&variable].components;
        let name = self.pending[variable].variable.name.clone();
        let primes = "'".repeat(order as usize);
        (0..components)
            .map(|component| {
                let shown = if components == 1 {
                    format!("{name}{primes}")
                } else {
                    format!("{name}[{}]{primes}", component + 1)
                };
                self.mark(Mark::Value { variable, component, order }, &shown)
            })
            .collect()
    }

    /// The rate of what a mark stands for.
    pub(super) fn mark_rate(&mut self, mark: Mark, span: Span) -> Option<ExprId> {
        match mark {
            Mark::Coordinate { .. } | Mark::Table(_) => Some(self.graph.zero()),
            Mark::Value { variable, component, order } => {
                let v = &self.pending[variable].variable;
                let highest = if v.role == super::super::system::Role::Coordinate { 2 } else { 1 };
                if order >= highest {
                    let (name, mark) = (v.name.clone(), "'".repeat(order as usize));
                    return self.fail(
                        Diagnostic::error(
                            "E0301",
                            span,
                            format!("this needs a higher derivative of `{name}` than its equation gives"),
                        )
                        .help(format!("`{name}{mark}` is the highest derivative of `{name}` that can be used")),
                    );
                }
                Some(self.field_value(variable, order + 1)[component])
            }
            Mark::Slope { of, grid, axis } => {
                let rate = self.time_derivative(of, span)?;
                Some(self.slope(rate, grid, axis))
            }
        }
    }

    /// `∂e/∂x`: exact where `e` is a function of position alone, else a mark of its own.
    pub(super) fn slope(&mut self, of: ExprId, grid: usize, axis: usize) -> ExprId {
        let marks = self.marks_in(of);
        let position_alone = marks.iter().all(|(_, m)| matches!(m, Mark::Coordinate { .. }));
        if position_alone {
            let coordinate = marks.iter().find(|(_, m)| *m == Mark::Coordinate { grid, axis });
            return match coordinate {
                Some((leaf, _)) => self.graph.differentiate(of, *leaf),
                None => self.graph.zero(),
            };
        }
        let name = self.fields.grids[grid].axes[axis].name.clone();
        self.mark(Mark::Slope { of, grid, axis }, &format!("∂/∂{name} #{}", of.index()))
    }

    /// How often an expression is differentiated in space along an axis, at most.
    pub(super) fn depth(&self, expr: ExprId, axis: usize) -> u32 {
        let of_mark = |(_, mark): (ExprId, Mark)| match mark {
            Mark::Slope { of, axis: a, .. } => self.depth(of, axis) + u32::from(a == axis),
            _ => 0,
        };
        self.marks_in(expr).into_iter().map(of_mark).max().unwrap_or(0)
    }

    /// Expressions of one dimension as an array.
    pub(super) fn as_array(exprs: Vec<ExprId>, shape: Vec<usize>, dim: Dim) -> Array {
        Array { shape, items: exprs.into_iter().map(|expr| Scalar { expr, dim: dim.clone() }).collect() }
    }
}

/// What is wrong with a place of another number of coordinates.
fn coordinates_given(axes: usize, names: &str, given: usize) -> String {
    let s = if axes == 1 { "" } else { "s" };
    let are = if given == 1 { "is" } else { "are" };
    format!("a place on this grid has {axes} coordinate{s}, `{names}`, and {given} {are} given")
}

//! `integral(density)` over a grid.
//!
//! *Differences*: each term of the outermost sum stands where its derivatives stand: between points along
//! an axis by which it is differentiated an odd number of times, on points (trapezoidal rule) along the
//! others. *Elements*: two Gauss points a direction, fields and their slopes by the shape functions
//! `N_a`, `∂N_a/∂x`; with a lumped mass a term that is quadratic in rates takes them at the nodes,
//! `Σ_a N_a·term(u'_a)`, which are the row sums of its matrix (Zienkiewicz, Taylor and Zhu, *The Finite
//! Element Method*, 7th ed., sec. 12.2).

use super::super::super::grid::Elements;
use super::super::super::value::{Scalar, Value};
use super::super::{Env, Resolver};
use super::Mark;
use super::place::Place;
use super::points::Stretch;
use crate::diagnostic::{Diagnostic, Span};
use crate::symbolic::{ExprId, Node, Rational};
use crate::syntax::tree::*;
use rustc_hash::FxHashMap;

impl Resolver<'_> {
    /// `integral(e)`
    pub(in super::super) fn integral(&mut self, arg: &Expr, span: Span, env: &Env) -> Option<Value> {
        let s = self.scalar(arg, env)?;
        let grid = self.one_grid(&[s.expr], arg.span)?;
        let mut dim = s.dim.clone();
        for axis in 0..self.fields.grids[grid].axes.len() {
            let by = self.axis_dim(grid, axis);
            dim = self.dim_mul(&dim, &by, false, span)?;
        }
        let expr = self.integrated(s.expr, grid, arg.span)?;
        Some(Value::Real(Scalar { expr, dim }))
    }

    /// `∫ ½ ρ |u'|²`, whose second derivative by the rates is the mass matrix of a field.
    pub(super) fn kinetic(&mut self, variable: usize, density: Option<(ExprId, Span)>) -> Option<ExprId> {
        let on = self.fields.on[&variable].clone();
        let rates = self.field_value(variable, 1);
        let squares: Vec<ExprId> = rates.into_iter().map(|r| self.graph.powi(r, 2)).collect();
        let sum = self.graph.sum(&squares);
        let half = self.graph.rational(1, 2);
        let (rho, span) = density.unwrap_or((self.graph.one(), self.pending[variable].variable.span));
        let product = self.graph.product(&[half, rho, sum]);
        self.integrated(product, on.grid, span)
    }

    fn integrated(&mut self, density: ExprId, grid: usize, span: Span) -> Option<ExprId> {
        let density = self.graph.expand(density);
        let terms: Vec<ExprId> = match self.graph.node(density).clone() {
            Node::Sum { constant, terms } => {
                let mut out: Vec<ExprId> = terms.iter().map(|(t, c)| self.graph.scale(*t, c)).collect();
                if !constant.is_zero() {
                    out.push(self.graph.number(constant));
                }
                out
            }
            _ => vec![density],
        };
        let mut parts = Vec::with_capacity(terms.len());
        match self.fields.grids[grid].elements {
            Elements::Differences => {
                for term in terms {
                    parts.push(self.by_differences(term, grid));
                }
            }
            _ => {
                // What is evaluated in one way is one body.
                let lumped = !self.fields.grids[grid].consistent;
                let (nodal, plain): (Vec<ExprId>, Vec<ExprId>) =
                    terms.into_iter().partition(|t| lumped && self.takes_rates(*t));
                for (terms, nodal) in [(plain, false), (nodal, true)] {
                    if !terms.is_empty() {
                        let sum = self.graph.sum(&terms);
                        parts.push(self.by_elements(sum, grid, nodal, span)?);
                    }
                }
            }
        }
        Some(self.graph.sum(&parts))
    }

    /// Whether a term holds rates of fields, and no slope of one.
    fn takes_rates(&self, term: ExprId) -> bool {
        let is_rate = |m: &Mark| matches!(m, Mark::Value { order, .. } if *order > 0);
        let marks = self.marks_in(term);
        let slope_of_rate = marks.iter().any(|(_, m)| match m {
            Mark::Slope { of, .. } => self.marks_in(*of).iter().any(|(_, m)| is_rate(m)),
            _ => false,
        });
        !slope_of_rate && marks.iter().any(|(_, m)| is_rate(m))
    }

    fn by_differences(&mut self, term: ExprId, grid: usize) -> ExprId {
        let mut lists = Vec::new();
        for axis in 0..self.fields.grids[grid].axes.len() {
            let (n, periodic) = self.extent(grid, axis);
            let depth = self.depth(term, axis);
            let margin = i64::from(depth / 2);
            lists.push(match (depth % 2 == 1, periodic) {
                (true, true) => vec![Stretch::Middles(0, n - 1)],
                (true, false) => vec![Stretch::Middles(margin, n - 2 - margin)],
                (false, true) => vec![Stretch::Run(0, n - 1)],
                // The second derivative at an end is what its natural condition makes zero.
                (false, false) if depth > 0 => vec![Stretch::Run(margin, n - 1 - margin)],
                (false, false) => vec![Stretch::Point(0), Stretch::Run(1, n - 2), Stretch::Point(n - 1)],
            });
        }
        let mut parts = Vec::new();
        for place in self.places_of_lists(grid, &lists) {
            let mut factors = Vec::with_capacity(3);
            for axis in 0..place.spots.len() {
                let h = self.spacing(grid, axis);
                let (n, periodic) = self.extent(grid, axis);
                let spot = place.spots[axis];
                let end = !periodic && !spot.middle && (spot.range == (0, 0) || spot.range == (n - 1, n - 1));
                factors.push(if end { self.graph.scale(h, &Rational::HALF) } else { h });
            }
            factors.push(self.at_place(term, &place));
            let product = self.graph.product(&factors);
            parts.push(match self.domain_of(&place) {
                Some(domain) => self.graph.sum_over(domain, product),
                None => product,
            });
        }
        self.graph.sum(&parts)
    }

    /// The sum over elements of a density at their Gauss points.
    fn by_elements(&mut self, density: ExprId, grid: usize, nodal: bool, span: Span) -> Option<ExprId> {
        let axes = self.fields.grids[grid].axes.len();
        let lists: Vec<Vec<Stretch>> = (0..axes)
            .map(|axis| {
                let (n, periodic) = self.extent(grid, axis);
                vec![Stretch::Middles(0, if periodic { n - 1 } else { n - 2 })]
            })
            .collect();
        let mut parts = Vec::new();
        for element in self.places_of_lists(grid, &lists) {
            let mut terms = Vec::new();
            for gauss in 0..1usize << axes {
                let shapes = self.shapes(&element, gauss);
                if nodal {
                    for corner in 0..shapes.nodes.len() {
                        let value = self.at_gauss(density, &element, &shapes, Some(corner), span)?;
                        terms.push(self.graph.mul(shapes.values[corner], value));
                    }
                } else {
                    terms.push(self.at_gauss(density, &element, &shapes, None, span)?);
                }
            }
            let sum = self.graph.sum(&terms);
            let mut factors = vec![sum, self.graph.rational(1, 1 << axes)];
            for axis in 0..axes {
                factors.push(self.spacing(grid, axis));
            }
            let product = self.graph.product(&factors);
            parts.push(match self.domain_of(&element) {
                Some(domain) => self.graph.sum_over(domain, product),
                None => product,
            });
        }
        Some(self.graph.sum(&parts))
    }

    /// Shape functions and their slopes at a Gauss point of an element; bit `k` of `gauss` is the point along
    /// axis `k`, at `ξ = ½ ± 1/(2√3)`.
    fn shapes(&mut self, element: &Place, gauss: usize) -> Shapes {
        let axes = element.spots.len();
        let three = self.graph.integer(3);
        let root = self.graph.sqrt(three);
        let half = self.graph.rational(1, 2);
        let sixth = self.graph.scale(root, &Rational::new(1, 6).unwrap_or(Rational::ZERO));
        let xi: Vec<ExprId> = (0..axes)
            .map(|axis| if gauss >> axis & 1 == 1 { self.graph.add(half, sixth) } else { self.graph.sub(half, sixth) })
            .collect();
        let mut out = Shapes { xi: xi.clone(), nodes: Vec::new(), values: Vec::new(), slopes: Vec::new() };
        for corner in 0..1usize << axes {
            let mut node = element.clone();
            let mut along: Vec<(ExprId, ExprId)> = Vec::new();
            for axis in 0..axes {
                let right = corner >> axis & 1 == 1;
                node.spots[axis] = self.corner(element.spots[axis], right);
                let h = self.spacing(element.grid, axis);
                let one = self.graph.one();
                let slope = self.graph.div(one, h);
                along.push(if right {
                    (xi[axis], slope)
                } else {
                    (self.graph.sub(one, xi[axis]), self.graph.neg(slope))
                });
            }
            let factors: Vec<ExprId> = along.iter().map(|a| a.0).collect();
            out.values.push(self.graph.product(&factors));
            out.slopes.push(
                (0..axes)
                    .map(|axis| {
                        let factors: Vec<ExprId> =
                            along.iter().enumerate().map(|(k, a)| if k == axis { a.1 } else { a.0 }).collect();
                        self.graph.product(&factors)
                    })
                    .collect(),
            );
            out.nodes.push(node);
        }
        out
    }

    /// A density at a Gauss point; with `nodal` the rates are those of one corner.
    fn at_gauss(
        &mut self,
        density: ExprId,
        element: &Place,
        shapes: &Shapes,
        nodal: Option<usize>,
        span: Span,
    ) -> Option<ExprId> {
        let mut map = FxHashMap::default();
        for (leaf, mark) in self.marks_in(density) {
            let value = match mark {
                Mark::Coordinate { axis, .. } => self.gauss_coordinate(element, shapes, axis),
                Mark::Value { order, .. } => match nodal.filter(|_| order > 0) {
                    Some(corner) => self.nodal(mark, &shapes.nodes[corner]),
                    None => self.blend(mark, shapes, None),
                },
                Mark::Table(table) if table.cells => self.table_entry(table, element),
                Mark::Table(_) => self.blend(mark, shapes, None),
                Mark::Slope { of, axis, .. } => self.gauss_slope(of, axis, element, shapes, span)?,
            };
            map.insert(leaf, value);
        }
        Some(self.graph.substitute(density, &map))
    }

    fn gauss_coordinate(&mut self, element: &Place, shapes: &Shapes, axis: usize) -> ExprId {
        let steps = self.graph.add(element.spots[axis].index, shapes.xi[axis]);
        let h = self.spacing(element.grid, axis);
        let offset = self.graph.mul(steps, h);
        let from = self.fields.grids[element.grid].axes[axis].from;
        self.graph.add(from, offset)
    }

    /// A field or a table at a node.
    fn nodal(&mut self, mark: Mark, node: &Place) -> ExprId {
        let (variable, component, order) = match mark {
            Mark::Value { variable, component, order } => (variable, component, order),
            Mark::Table(table) => return self.table_entry(table, node),
            Mark::Coordinate { .. } | Mark::Slope { .. } => return self.graph.zero(),
        };
        let flat = self.flat_index(variable, component, node);
        let v = &self.pending[variable].variable;
        let leaf = [v.leaf, v.rate, v.second][order.min(2) as usize];
        self.graph.read(leaf, flat)
    }

    /// `Σ_a N_a u_a`, or the slope of it along an axis.
    fn blend(&mut self, mark: Mark, shapes: &Shapes, along: Option<usize>) -> ExprId {
        let mut terms = Vec::with_capacity(shapes.nodes.len());
        for corner in 0..shapes.nodes.len() {
            let weight = along.map_or(shapes.values[corner], |axis| shapes.slopes[corner][axis]);
            let value = self.nodal(mark, &shapes.nodes[corner]);
            terms.push(self.graph.mul(weight, value));
        }
        self.graph.sum(&terms)
    }

    /// `∂e/∂x` inside an element, by the chain rule.
    fn gauss_slope(&mut self, of: ExprId, axis: usize, element: &Place, shapes: &Shapes, span: Span) -> Option<ExprId> {
        let mut terms = Vec::new();
        for (leaf, mark) in self.marks_in(of) {
            let slope = match mark {
                Mark::Coordinate { axis: along, .. } if along == axis => self.graph.one(),
                Mark::Coordinate { .. } => continue,
                Mark::Table(table) if table.cells => {
                    return self.fail(
                        Diagnostic::error(
                            "E0366",
                            span,
                            "a picture with a pixel for each element has no slope in space",
                        )
                        .help("take one with a pixel for each point, or add `nearest` or `linear`"),
                    );
                }
                Mark::Value { .. } | Mark::Table(_) => self.blend(mark, shapes, Some(axis)),
                Mark::Slope { .. } => {
                    return self.fail(
                        Diagnostic::error("E0366", span, "linear elements have no second derivatives in space")
                            .help("use `elements = differences`, or make the slope a field of its own"),
                    );
                }
            };
            let partial = self.graph.differentiate(of, leaf);
            let partial = self.at_gauss(partial, element, shapes, None, span)?;
            terms.push(self.graph.mul(partial, slope));
        }
        Some(self.graph.sum(&terms))
    }
}

/// What the shape functions of an element are at one Gauss point.
struct Shapes {
    /// Where in the element, from 0 to 1 along each axis.
    xi: Vec<ExprId>,
    /// The corners.
    nodes: Vec<Place>,
    /// `N_a`
    values: Vec<ExprId>,
    /// `∂N_a/∂x_k`
    slopes: Vec<Vec<ExprId>>,
}

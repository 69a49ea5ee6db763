//! Expressions of marks at a place of a grid: on a point or halfway between two, along each axis.

use super::super::Resolver;
use super::Mark;
use crate::symbolic::{ExprId, Function};
use rustc_hash::FxHashMap;

/// Where along an axis, in points from 0: an index, or the middle between it and the next.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Spot {
    /// The point, or the one left of the middle.
    pub index: ExprId,
    /// Its least and greatest value.
    pub range: (i64, i64),
    /// Whether it is the middle.
    pub middle: bool,
}

/// Where on a grid, axis by axis.
#[derive(Clone, Debug)]
pub(in super::super) struct Place {
    pub grid: usize,
    pub spots: Vec<Spot>,
}

impl Place {
    pub(super) fn moved(&self, axis: usize, spot: Spot) -> Place {
        let mut out = self.clone();
        out.spots[axis] = spot;
        out
    }
}

impl Resolver<'_> {
    /// A constant point of an axis.
    pub(super) fn spot_at(&mut self, k: i64) -> Spot {
        Spot { index: self.graph.integer(k), range: (k, k), middle: false }
    }

    /// An end of an element along an axis.
    pub(super) fn corner(&mut self, element: Spot, right: bool) -> Spot {
        self.shifted(element, i64::from(right), false)
    }

    fn shifted(&mut self, spot: Spot, by: i64, middle: bool) -> Spot {
        let shift = self.graph.integer(by);
        let range = (spot.range.0 + by, spot.range.1 + by);
        Spot { index: self.graph.add(spot.index, shift), range, middle }
    }

    /// An expression of marks at a place.
    pub(in super::super) fn at_place(&mut self, expr: ExprId, place: &Place) -> ExprId {
        let mut map = FxHashMap::default();
        for (leaf, mark) in self.marks_in(expr) {
            let value = match mark {
                Mark::Coordinate { axis, .. } => self.coordinate_at(place, axis),
                Mark::Value { variable, component, order } => self.value_at(variable, component, order, place),
                Mark::Slope { of, axis, .. } => self.slope_at(of, place, axis),
                Mark::Table(table) => self.table_at(table, place),
            };
            map.insert(leaf, value);
        }
        if map.is_empty() { expr } else { self.graph.substitute(expr, &map) }
    }

    /// `from + k·h`
    fn coordinate_at(&mut self, place: &Place, axis: usize) -> ExprId {
        let spot = place.spots[axis];
        let h = self.spacing(place.grid, axis);
        let mut steps = spot.index;
        if spot.middle {
            let half = self.graph.rational(1, 2);
            steps = self.graph.add(steps, half);
        }
        let offset = self.graph.mul(steps, h);
        let from = self.fields.grids[place.grid].axes[axis].from;
        self.graph.add(from, offset)
    }

    pub(super) fn extent(&self, grid: usize, axis: usize) -> (i64, bool) {
        let a = &self.fields.grids[grid].axes[axis];
        (a.count as i64, a.periodic)
    }

    /// A field at a place: in a middle the mean of its ends.
    fn value_at(&mut self, variable: usize, component: usize, order: u32, place: &Place) -> ExprId {
        if let Some(axis) = place.spots.iter().position(|s| s.middle) {
            let spot = place.spots[axis];
            let (left, right) = (self.shifted(spot, 0, false), self.shifted(spot, 1, false));
            let a = self.value_at(variable, component, order, &place.moved(axis, left));
            let b = self.value_at(variable, component, order, &place.moved(axis, right));
            let (sum, half) = (self.graph.add(a, b), self.graph.rational(1, 2));
            return self.graph.mul(half, sum);
        }
        match self.outside(place) {
            Some(axis) => self.beyond(variable, component, order, place, axis),
            None => {
                let flat = self.flat_index(variable, component, place);
                let v = &self.pending[variable].variable;
                let leaf = [v.leaf, v.rate, v.second][order.min(2) as usize];
                self.graph.read(leaf, flat)
            }
        }
    }

    /// The axis along which a place of points lies outside.
    pub(super) fn outside(&self, place: &Place) -> Option<usize> {
        (0..place.spots.len()).find(|axis| {
            let (n, periodic) = self.extent(place.grid, *axis);
            let (lo, hi) = place.spots[*axis].range;
            !periodic && (lo < 0 || hi > n - 1)
        })
    }

    /// The element of a field's array at a place of points.
    pub(in super::super) fn flat_index(&mut self, variable: usize, component: usize, place: &Place) -> ExprId {
        self.flat_at(place, component, self.fields.on[&variable].components, false)
    }

    /// The element of an array over the points of a grid, or over its elements with `cells`.
    pub(super) fn flat_at(&mut self, place: &Place, component: usize, components: usize, cells: bool) -> ExprId {
        let mut flat = self.graph.zero();
        for (axis, spot) in place.spots.iter().enumerate() {
            let (points, periodic) = self.extent(place.grid, axis);
            let n = if cells && !periodic { points - 1 } else { points };
            let size = self.graph.integer(n);
            let mut index = spot.index;
            if periodic && (spot.range.0 < 0 || spot.range.1 > n - 1) {
                index = self.graph.call(Function::Modulo, &[index, size]);
            }
            let rows = self.graph.mul(flat, size);
            flat = self.graph.add(rows, index);
        }
        let size = self.graph.integer(components as i64);
        let (members, component) = (self.graph.mul(flat, size), self.graph.integer(component as i64));
        self.graph.add(members, component)
    }

    /// A field one point outside: by the slope that a boundary gives (`u(−h) = u(h) − 2h·s`), else along the
    /// parabola through the last three points, which makes derivatives at the ends one-sided.
    fn beyond(&mut self, variable: usize, component: usize, order: u32, place: &Place, axis: usize) -> ExprId {
        let (n, _) = self.extent(place.grid, axis);
        let k = place.spots[axis].range.0;
        let upper = k >= n;
        let (end, inward) = if upper { (n - 1, -1) } else { (0, 1) };
        let distance = (k - end).abs();
        if let Some(slope) = self.slope_condition(variable, component, axis, upper) {
            let mirrored = self.spot_at(end + inward * distance);
            let inside = self.value_at(variable, component, order, &place.moved(axis, mirrored));
            let mut slope = Some(slope);
            for _ in 0..order {
                let span = self.fields.boundaries.span(variable, component, axis, upper);
                slope = slope.and_then(|s| self.time_derivative(s, span));
            }
            let Some(slope) = slope else { return inside };
            let edge = self.spot_at(end);
            let slope = self.at_place(slope, &place.moved(axis, edge));
            let h = self.spacing(place.grid, axis);
            let rise = self.graph.product(&[slope, h]);
            let factor = crate::symbolic::Rational::integer(-2 * inward * distance);
            let rise = self.graph.scale(rise, &factor);
            return self.graph.add(inside, rise);
        }
        self.fields.wanting.push((variable, axis, upper));
        self.along_parabola(place, axis, |r, place| r.value_at(variable, component, order, place))
    }

    /// What lies one point or more outside along an axis, by the parabola through the last three points.
    pub(super) fn along_parabola(
        &mut self,
        place: &Place,
        axis: usize,
        mut value: impl FnMut(&mut Self, &Place) -> ExprId,
    ) -> ExprId {
        let (n, _) = self.extent(place.grid, axis);
        let k = place.spots[axis].range.0;
        let (end, inward) = if k >= n { (n - 1, -1) } else { (0, 1) };
        let distance = (k - end).abs();
        let mut terms = Vec::with_capacity(3);
        for (step, weight) in [(0, 3), (1, -3), (2, 1)] {
            let spot = self.spot_at(end + inward * (distance - 1 + step).clamp(0, n - 1));
            let value = value(self, &place.moved(axis, spot));
            terms.push(self.graph.scale(value, &crate::symbolic::Rational::integer(weight)));
        }
        self.graph.sum(&terms)
    }

    /// A derivative in space at a place: between neighbours in a middle; on a point the difference of the
    /// fluxes around it where something is differentiated that has a derivative itself, else central. At a wall the
    /// cell is half as wide, between the flux through the wall and the one inside.
    fn slope_at(&mut self, of: ExprId, place: &Place, axis: usize) -> ExprId {
        let spot = place.spots[axis];
        let h = self.spacing(place.grid, axis);
        let (n, periodic) = self.extent(place.grid, axis);
        let wall = !periodic && !spot.middle && (spot.range == (0, 0) || spot.range == (n - 1, n - 1));
        if wall && self.depth(of, axis) > 0 {
            let upper = spot.range.0 > 0;
            let inside = self.shifted(spot, -i64::from(upper), true);
            let through = self.at_place(of, place);
            let within = self.at_place(of, &place.moved(axis, inside));
            let (a, b) = if upper { (within, through) } else { (through, within) };
            let rise = self.graph.sub(b, a);
            let twice = self.graph.scale(rise, &crate::symbolic::Rational::integer(2));
            return self.graph.div(twice, h);
        }
        let (before, after, steps) = if spot.middle {
            (self.shifted(spot, 0, false), self.shifted(spot, 1, false), 1)
        } else if self.depth(of, axis) > 0 {
            (self.shifted(spot, -1, true), self.shifted(spot, 0, true), 1)
        } else {
            (self.shifted(spot, -1, false), self.shifted(spot, 1, false), 2)
        };
        let a = self.at_place(of, &place.moved(axis, before));
        let b = self.at_place(of, &place.moved(axis, after));
        let rise = self.graph.sub(b, a);
        let run = self.graph.scale(h, &crate::symbolic::Rational::integer(steps));
        self.graph.div(rise, run)
    }
}

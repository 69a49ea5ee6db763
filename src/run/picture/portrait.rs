//! What stands behind a motion in a plane of two states: where everything else goes, the level through
//! each saddle, and the points that stay.

use crate::model::experiment::ExperimentValues;
use crate::report::plot::Quantity;
use crate::report::plot::grid::Grid;
use crate::report::plot::phase::{Phase, Stability};
use crate::report::plot::scene::Point;
use crate::run::RunOutput;
use crate::run::experiment::ExperimentOutput;
use crate::run::start::state_names;

/// Points of the background, across and upwards.
const POINTS: usize = 49;
/// Places along each axis from which fixed points are looked for.
const SEEDS: usize = 13;
/// More fixed points than this are a line of them, or noise.
const FIXED: usize = 12;
/// Margin around the motion, as a share of its extent.
const MARGIN: f64 = 0.18;

/// A portrait without its motions. The background is drawn where `x` and `y` are the two components of
/// the whole state and the equations do not depend on the time.
pub fn portrait(run: &RunOutput, (x, y): (Quantity, Quantity), names: (&str, &str), window: Window) -> Phase {
    let mut phase = Phase { x, y, ..Phase::default() };
    let order = state_names(&run.prepared);
    let facts = &run.prepared.equations.facts;
    let swapped = match order.as_slice() {
        [a, b] if !facts.state_switch => match (a == names.0 && b == names.1, a == names.1 && b == names.0) {
            (true, _) => false,
            (_, true) => true,
            _ => return phase,
        },
        _ => return phase,
    };
    let Some(window) = window.padded(&phase) else { return phase };
    let plane = Plane { run, swapped };
    let grid = |values: Vec<f64>| Grid { x: window.x, y: window.y, columns: POINTS, rows: POINTS, values };
    let points: Vec<Point> = Grid::sampled(window.x, window.y, (POINTS, POINTS), |_, _| 0.0).points();
    if !facts.autonomous && !plane.is_steady(&window) {
        return phase;
    }
    let Some((u, v)) = plane.flow(&points) else { return phase };
    phase.flow = Some((grid(u), grid(v)));
    phase.fixed = plane.fixed(&window);
    let saddles: Vec<Point> = phase.fixed.iter().filter(|f| f.1 == Stability::Saddle).map(|f| f.0).collect();
    let energy = run.prepared.equations.invariants.first().map(|i| i.value);
    if let (Some(energy), false) = (energy, saddles.is_empty()) {
        let level = |at: &[Point]| run.over(energy, 0, &plane.states(at)).ok();
        if let (Some(values), Some(at)) = (level(&points), level(&saddles)) {
            let grid = grid(values);
            phase.separatrix = at.into_iter().flat_map(|l| grid.level(l)).collect();
        }
    }
    phase
}

/// The rectangle that the motions fill.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    x: (f64, f64),
    y: (f64, f64),
}

impl Window {
    /// Around points; `None` where they fill none.
    pub fn around<'a>(x: impl Iterator<Item = &'a f64>, y: impl Iterator<Item = &'a f64>) -> Window {
        fn ends<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
            values
                .filter(|v| v.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)))
        }
        Window { x: ends(x), y: ends(y) }
    }

    /// The same with ends that were asked for.
    pub fn with(self, x: Option<(f64, f64)>, y: Option<(f64, f64)>) -> Window {
        Window { x: x.unwrap_or(self.x), y: y.unwrap_or(self.y) }
    }

    /// With a margin; an angle is shown over its whole period, and a rate of both signs up to the same
    /// speed both ways.
    fn padded(self, phase: &Phase) -> Option<Window> {
        let wide = |(low, high): (f64, f64)| {
            let room = MARGIN * (high - low);
            (high > low).then_some((low - room, high + room))
        };
        let mut out = Window { x: wide(self.x)?, y: wide(self.y)? };
        if let Some(period) = phase.x.period {
            out.x = (-0.5 * period, 0.5 * period);
        }
        if self.y.0 < 0.0 && self.y.1 > 0.0 {
            let size = out.y.1.max(-out.y.0);
            out.y = (-size, size);
        }
        Some(out)
    }
}

/// The plane of a run's two states.
struct Plane<'a> {
    run: &'a RunOutput,
    /// Whether the second state stands across.
    swapped: bool,
}

impl Plane<'_> {
    fn states(&self, points: &[Point]) -> Vec<Vec<f64>> {
        points.iter().map(|(x, y)| if self.swapped { vec![*y, *x] } else { vec![*x, *y] }).collect()
    }

    fn flow(&self, points: &[Point]) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut rates = self.run.flow(self.run.span.start(), &self.states(points)).into_iter();
        let (a, b) = (rates.next()?, rates.next()?);
        Some(if self.swapped { (b, a) } else { (a, b) })
    }

    /// Whether the rates are the same at other times: the time may be hidden in a rotation that has left
    /// the equations without leaving their text.
    fn is_steady(&self, w: &Window) -> bool {
        let states = self.states(&Grid::sampled(w.x, w.y, (5, 5), |_, _| 0.0).points());
        let (a, b) = (self.run.span.start(), self.run.span.end());
        let first = self.run.flow(a, &states);
        [0.371, 0.717, 1.0].iter().all(|share| {
            let other = self.run.flow(a + share * (b - a), &states);
            first.iter().zip(&other).all(|(c, d)| {
                let size = c.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                c.iter().zip(d).all(|(x, y)| (x - y).abs() <= 1e-9 * size)
            })
        })
    }

    fn at(&self, p: Point) -> Option<Point> {
        let (u, v) = self.flow(&[p])?;
        (u[0].is_finite() && v[0].is_finite()).then_some((u[0], v[0]))
    }

    /// `[[∂u/∂x, ∂u/∂y], [∂v/∂x, ∂v/∂y]]` by central differences over a small part of the window.
    fn jacobian(&self, p: Point, step: Point) -> Option<[f64; 4]> {
        let (a, b) = (self.at((p.0 + step.0, p.1))?, self.at((p.0 - step.0, p.1))?);
        let (c, d) = (self.at((p.0, p.1 + step.1))?, self.at((p.0, p.1 - step.1))?);
        let (hx, hy) = (2.0 * step.0, 2.0 * step.1);
        Some([(a.0 - b.0) / hx, (c.0 - d.0) / hy, (a.1 - b.1) / hx, (c.1 - d.1) / hy])
    }

    /// Points of the window where nothing moves, by Newton's method from a grid of places.
    fn fixed(&self, w: &Window) -> Vec<(Point, Stability)> {
        let size = (w.x.1 - w.x.0, w.y.1 - w.y.0);
        let step = (1e-5 * size.0, 1e-5 * size.1);
        let mut found: Vec<(Point, Stability)> = Vec::new();
        for seed in Grid::sampled(w.x, w.y, (SEEDS, SEEDS), |_, _| 0.0).points() {
            let Some((p, j)) = self.newton(seed, size, step) else { continue };
            let inside =
                |v: f64, (low, high): (f64, f64)| v >= low - 1e-6 * (high - low) && v <= high + 1e-6 * (high - low);
            let known =
                found.iter().any(|(q, _)| ((p.0 - q.0) / size.0).abs() < 1e-4 && ((p.1 - q.1) / size.1).abs() < 1e-4);
            if known || !inside(p.0, w.x) || !inside(p.1, w.y) {
                continue;
            }
            let (trace, determinant) = (j[0] + j[3], j[0] * j[3] - j[1] * j[2]);
            let scale = (j[0] * j[3]).abs() + (j[1] * j[2]).abs();
            if determinant.abs() <= 1e-6 * scale || scale == 0.0 {
                // Degenerate: a line of fixed points, or one whose kind the first derivatives do not tell.
                continue;
            }
            let stability = if determinant < 0.0 {
                Stability::Saddle
            } else if trace > 1e-6 * determinant.sqrt() {
                Stability::Unstable
            } else {
                Stability::Stable
            };
            found.push((p, stability));
            if found.len() > FIXED {
                return Vec::new();
            }
        }
        found
    }

    fn newton(&self, seed: Point, size: Point, step: Point) -> Option<(Point, [f64; 4])> {
        let mut p = seed;
        for _ in 0..20 {
            let (u, v) = self.at(p)?;
            let j = self.jacobian(p, step)?;
            let determinant = j[0] * j[3] - j[1] * j[2];
            let d = ((j[3] * u - j[1] * v) / determinant, (j[0] * v - j[2] * u) / determinant);
            if !(d.0.is_finite() && d.1.is_finite()) || d.0.abs() > size.0 || d.1.abs() > size.1 {
                return None;
            }
            p = (p.0 - d.0, p.1 - d.1);
            if d.0.abs() < 1e-9 * size.0 && d.1.abs() < 1e-9 * size.1 {
                return Some((p, self.jacobian(p, step)?));
            }
        }
        None
    }
}

/// The portrait of `plot phase(a.x, a.x')`: a background where both are states of one run.
pub fn of_values(
    values: &ExperimentValues,
    all: &ExperimentOutput,
    (x, y): (Quantity, Quantity),
    window: Window,
) -> Phase {
    let bound = |k: usize| values.bindings.iter().find(|b| values.items.get(k).is_some_and(|i| i.1 == b.leaf));
    let (Some(a), Some(b), 2) = (bound(0), bound(1), values.items.len()) else {
        return Phase { x, y, ..Phase::default() };
    };
    let run = all.run(a.result).and_then(|r| r.trajectories.get(a.trajectory.unwrap_or(0)));
    let Some(run) = run else { return Phase { x, y, ..Phase::default() } };
    let name = |b: &crate::model::experiment::Binding| super::state_name(&run.prepared, b.item, b.primes);
    match (name(a), name(b)) {
        (Some(first), Some(second)) if a.result == b.result => portrait(run, (x, y), (&first, &second), window),
        _ => Phase { x, y, ..Phase::default() },
    }
}

//! Evenly spaced streamlines, after Jobard and Lefer, *Creating Evenly-Spaced Streamlines of Arbitrary Density* (1997).
//!
//! A line is followed both ways from its seed until it leaves the picture, comes nearer than half the separation to
//! a line before it or to itself, closes, or stands still. Seeds lie at the separation on both sides of the lines
//! that there are, in the order of the lines; where no line leads, a lattice of places is looked through.

use super::grid::Grid;
use super::scene::Point;
use std::collections::VecDeque;

/// Steps in one separation.
const STEPS: f64 = 5.0;
/// How near a line may come to another one, in separations.
const NEAREST: f64 = 0.5;
/// Shortest line, in separations.
const SHORTEST: f64 = 2.0;
/// Most steps of a line to each side.
const LONGEST: i64 = 5_000;

/// A flow on a page of height 1 and width `aspect`.
struct Flow<'a> {
    u: &'a Grid,
    v: &'a Grid,
    aspect: f64,
    /// Slower than this is at rest.
    least: f64,
}

impl Flow<'_> {
    /// Components in pages per unit of time.
    fn speed(&self, p: Point) -> Option<Point> {
        let (column, row) = (p.0 / self.aspect * (self.u.columns - 1) as f64, p.1 * (self.u.rows - 1) as f64);
        let x = self.u.between(column, row)? / (self.u.x.1 - self.u.x.0) * self.aspect;
        let y = self.v.between(column, row)? / (self.u.y.1 - self.u.y.0);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    fn direction(&self, p: Point) -> Option<Point> {
        let (x, y) = self.speed(p)?;
        let size = (x * x + y * y).sqrt();
        (size > self.least).then(|| (x / size, y / size))
    }

    /// The classical fourth-order rule along the direction.
    fn step(&self, p: Point, h: f64) -> Option<Point> {
        let moved = |d: Point, part: f64| (p.0 + part * h * d.0, p.1 + part * h * d.1);
        let a = self.direction(p)?;
        let b = self.direction(moved(a, 0.5))?;
        let c = self.direction(moved(b, 0.5))?;
        let d = self.direction(moved(c, 1.0))?;
        let mean = |a: f64, b: f64, c: f64, d: f64| (a + 2.0 * b + 2.0 * c + d) / 6.0;
        let next = moved((mean(a.0, b.0, c.0, d.0), mean(a.1, b.1, c.1, d.1)), 1.0);
        self.speed(next).map(|_| next)
    }
}

/// Points of lines, by cells as wide as the separation; each with its line's own number along it.
struct Index {
    cells: Vec<Vec<(Point, i64)>>,
    across: usize,
    upwards: usize,
    size: f64,
}

impl Index {
    fn new(aspect: f64, size: f64) -> Index {
        let (across, upwards) = ((aspect / size) as usize + 1, (1.0 / size) as usize + 1);
        Index { cells: vec![Vec::new(); across * upwards], across, upwards, size }
    }

    fn cell(&self, p: Point) -> (usize, usize) {
        let at = |v: f64, n: usize| ((v / self.size).max(0.0) as usize).min(n - 1);
        (at(p.0, self.across), at(p.1, self.upwards))
    }

    fn add(&mut self, p: Point, number: i64) {
        let (i, j) = self.cell(p);
        self.cells[j * self.across + i].push((p, number));
    }

    /// The nearest point within `reach` (at most the separation) among those whose number counts.
    fn nearest(&self, p: Point, reach: f64, counts: impl Fn(i64) -> bool) -> Option<(Point, i64)> {
        let (i, j) = self.cell(p);
        let mut best: Option<(f64, (Point, i64))> = None;
        for row in j.saturating_sub(1)..=(j + 1).min(self.upwards - 1) {
            for column in i.saturating_sub(1)..=(i + 1).min(self.across - 1) {
                for (q, number) in self.cells[row * self.across + column].iter().filter(|q| counts(q.1)) {
                    let d = distance(p, *q);
                    if d < reach && best.is_none_or(|b| d < b.0) {
                        best = Some((d, (*q, *number)));
                    }
                }
            }
        }
        best.map(|b| b.1)
    }

    fn is_free(&self, p: Point, reach: f64) -> bool {
        self.nearest(p, reach, |_| true).is_none()
    }
}

fn distance(a: Point, b: Point) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// Streamlines of the field (u, v) in a picture `aspect` times as wide as high, apart by about `separation`, a share
/// of the picture's size (the root of its area). Where a component is not finite there are none.
pub fn streamlines(u: &Grid, v: &Grid, aspect: f64, separation: f64) -> Vec<Vec<Point>> {
    if u.columns < 2 || u.rows < 2 || v.values.len() != u.values.len() {
        return Vec::new();
    }
    let apart = separation * aspect.sqrt();
    let mut flow = Flow { u, v, aspect, least: 0.0 };
    let lattice = lattice(aspect, apart);
    let speeds = lattice.iter().filter_map(|p| flow.speed(*p)).map(|(x, y)| (x * x + y * y).sqrt());
    flow.least = 1e-9 * speeds.fold(0.0, f64::max);
    let mut placed = Index::new(aspect, apart);
    let mut lines: Vec<Vec<Point>> = Vec::new();
    let mut waiting: VecDeque<usize> = VecDeque::new();
    let try_from = |seed: Point, placed: &mut Index, lines: &mut Vec<Vec<Point>>| -> Option<usize> {
        let line = placed.is_free(seed, 0.99 * apart).then(|| traced(&flow, placed, seed, apart))??;
        line.iter().for_each(|p| placed.add(*p, 0));
        lines.push(line);
        Some(lines.len() - 1)
    };
    for place in lattice {
        waiting.extend(try_from(place, &mut placed, &mut lines));
        while let Some(k) = waiting.pop_front() {
            let mut seeds = Vec::new();
            for pair in lines[k].windows(2).step_by(2) {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                let size = distance(pair[0], pair[1]);
                if size > 0.0 {
                    let (nx, ny) = (-dy / size * apart, dx / size * apart);
                    seeds.extend([1.0, -1.0].map(|side| (pair[0].0 + side * nx, pair[0].1 + side * ny)));
                }
            }
            for seed in seeds {
                waiting.extend(try_from(seed, &mut placed, &mut lines));
            }
        }
    }
    let (width, height) = (u.x.1 - u.x.0, u.y.1 - u.y.0);
    let data = |p: &Point| (u.x.0 + p.0 / aspect * width, u.y.0 + p.1 * height);
    lines.iter().map(|line| line.iter().map(data).collect()).collect()
}

/// The line through a seed, in the direction of the flow; `None` where it is too short to tell anything.
fn traced(flow: &Flow, placed: &Index, seed: Point, apart: f64) -> Option<Vec<Point>> {
    let (step, near) = (apart / STEPS, NEAREST * apart);
    // What lies so few steps along is near because it is the same piece of the line.
    let own = (2.5 * near / step) as i64;
    flow.direction(seed)?;
    let mut index = Index::new(flow.aspect, apart);
    index.add(seed, 0);
    let mut halves: [Vec<Point>; 2] = [Vec::new(), Vec::new()];
    let mut closed = false;
    for (half, sign) in halves.iter_mut().zip([1, -1]) {
        let mut p = seed;
        for n in 1..=LONGEST {
            let Some(next) = flow.step(p, sign as f64 * step) else { break };
            if !placed.is_free(next, near) {
                break;
            }
            let here = sign * n;
            if let Some((q, number)) = index.nearest(next, near, |k| sign * (here - k) > own) {
                let (ux, uy) = ((next.0 - p.0) / step, (next.1 - p.1) / step);
                let (qx, qy) = (q.0 - next.0, q.1 - next.1);
                let (ahead, aside) = (qx * ux + qy * uy, (qx * uy - qy * ux).abs());
                let begins = (0..=own).contains(&number);
                closed = begins && aside < 0.5 * step && ahead.abs() <= step;
                // Towards its own beginning a line goes on, to close or to pass it.
                if closed || !begins || aside > ahead {
                    break;
                }
            }
            index.add(next, here);
            half.push(next);
            p = next;
        }
        if closed {
            half.push(seed);
            break;
        }
    }
    let [forward, mut line] = halves;
    line.reverse();
    line.push(seed);
    line.extend(forward);
    (line.len() as f64 > SHORTEST * STEPS).then_some(line)
}

/// The middles of cells, those in the middle of the page first.
fn lattice(aspect: f64, apart: f64) -> Vec<Point> {
    let (across, upwards) = ((aspect / apart).ceil().max(1.0) as usize, (1.0 / apart).ceil().max(1.0) as usize);
    let mut places: Vec<(i64, usize, usize)> = Vec::new();
    for j in 0..upwards {
        for i in 0..across {
            let off = |k: usize, n: usize| 2 * k as i64 + 1 - n as i64;
            let (a, b) = (off(i, across), off(j, upwards));
            places.push((a * a + b * b, j, i));
        }
    }
    places.sort_unstable();
    let middle = |k: usize, n: usize| (k as f64 + 0.5) / n as f64;
    places.iter().map(|(_, j, i)| (aspect * middle(*i, across), middle(*j, upwards))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grids(f: impl Fn(f64, f64) -> Point) -> (Grid, Grid) {
        let sampled = |g: &dyn Fn(f64, f64) -> f64| Grid::sampled((-1.0, 1.0), (-1.0, 1.0), (61, 61), g);
        (sampled(&|x, y| f(x, y).0), sampled(&|x, y| f(x, y).1))
    }

    #[test]
    fn streamlines_of_a_rotation_are_circles_and_close() {
        let (u, v) = grids(|x, y| (-y, x));
        let lines = streamlines(&u, &v, 1.0, 0.05);
        assert!(lines.len() > 8);
        for line in &lines {
            let radius = |p: &Point| (p.0 * p.0 + p.1 * p.1).sqrt();
            let first = radius(&line[0]);
            assert!(line.iter().all(|p| (radius(p) - first).abs() < 2e-3), "{first}");
            if first < 0.99 {
                assert_eq!(line.first(), line.last());
            }
        }
    }

    #[test]
    fn lines_keep_apart_and_fill_the_picture() {
        let (u, v) = grids(|x, y| (y + 0.3 * x, -crate::real::sin(x) - 0.2 * y));
        let (aspect, separation) = (1.5, 0.06);
        let lines = streamlines(&u, &v, aspect, separation);
        assert_eq!(lines, streamlines(&u, &v, aspect, separation));
        let apart = separation * f64::sqrt(aspect);
        let page = |p: &Point| (0.5 * (p.0 + 1.0) * aspect, 0.5 * (p.1 + 1.0));
        let placed: Vec<Vec<Point>> = lines.iter().map(|l| l.iter().map(page).collect()).collect();
        for (k, a) in placed.iter().enumerate() {
            for b in &placed[k + 1..] {
                assert!(a.iter().all(|p| b.iter().all(|q| distance(*p, *q) > 0.499 * apart)));
            }
        }
        for place in lattice(aspect, apart) {
            let near = placed.iter().flatten().map(|q| distance(place, *q)).fold(f64::INFINITY, f64::min);
            assert!(near < 1.6 * apart, "{place:?} is {near} from every line");
        }
    }

    #[test]
    fn nothing_is_drawn_where_there_is_no_flow() {
        let (u, v) = grids(|x, _| if x > 0.0 { (f64::NAN, 0.0) } else { (0.0, 1.0) });
        let lines = streamlines(&u, &v, 1.0, 0.05);
        assert!(!lines.is_empty() && lines.iter().flatten().all(|p| p.0 <= 1e-12));
        let (u, v) = grids(|_, _| (0.0, 0.0));
        assert!(streamlines(&u, &v, 1.0, 0.05).is_empty());
    }
}

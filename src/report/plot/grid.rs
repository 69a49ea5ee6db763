//! Values on a rectangular grid: level sets by marching squares, streamlines of two components.

use super::scene::Point;

/// `values[row*columns + column]`, row 0 at the lower end of y.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// First and last column.
    pub x: (f64, f64),
    /// First and last row.
    pub y: (f64, f64),
    /// Points across, at least 2.
    pub columns: usize,
    /// Points upwards, at least 2.
    pub rows: usize,
    /// Row after row from below.
    pub values: Vec<f64>,
}

impl Grid {
    /// A function at the points of a grid.
    pub fn sampled(x: (f64, f64), y: (f64, f64), (columns, rows): (usize, usize), f: impl Fn(f64, f64) -> f64) -> Grid {
        let mut grid = Grid { x, y, columns, rows, values: Vec::with_capacity(columns * rows) };
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = grid.point(column as f64, row as f64);
                grid.values.push(f(x, y));
            }
        }
        grid
    }

    /// Its points, row after row from below.
    pub fn points(&self) -> Vec<Point> {
        let at = |k: usize| self.point((k % self.columns) as f64, (k / self.columns) as f64);
        (0..self.columns * self.rows).map(at).collect()
    }

    fn point(&self, column: f64, row: f64) -> Point {
        (
            self.x.0 + (self.x.1 - self.x.0) * column / (self.columns - 1) as f64,
            self.y.0 + (self.y.1 - self.y.0) * row / (self.rows - 1) as f64,
        )
    }

    fn at(&self, column: usize, row: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// Bilinear interpolation in units of cells; `None` outside.
    fn between(&self, column: f64, row: f64) -> Option<f64> {
        if !(column >= 0.0 && row >= 0.0 && column <= (self.columns - 1) as f64 && row <= (self.rows - 1) as f64) {
            return None;
        }
        let (i, j) = ((column as usize).min(self.columns - 2), (row as usize).min(self.rows - 2));
        let (s, t) = (column - i as f64, row - j as f64);
        let low = self.at(i, j) * (1.0 - s) + self.at(i + 1, j) * s;
        let high = self.at(i, j + 1) * (1.0 - s) + self.at(i + 1, j + 1) * s;
        Some(low * (1.0 - t) + high * t)
    }

    /// Bilinear interpolation at the centres of `cells` by `cells` equal rectangles that cover the grid.
    pub fn refined(&self, cells: usize) -> Grid {
        let mut fine = Grid { columns: cells, rows: cells, values: Vec::with_capacity(cells * cells), ..*self };
        for row in 0..cells {
            for column in 0..cells {
                let share = |k: usize, points: usize| (k as f64 + 0.5) / cells as f64 * (points - 1) as f64;
                fine.values.push(self.between(share(column, self.columns), share(row, self.rows)).unwrap_or(f64::NAN));
            }
        }
        fine
    }

    /// Values that cut the data into `count + 1` parts of equal numbers of points, so that levels are
    /// near each other where the function is flat.
    pub fn quantiles(&self, count: usize) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            return Vec::new();
        }
        (1..=count).map(|k| sorted[(sorted.len() - 1) * k / (count + 1)]).collect()
    }

    /// The level set as lines: each cell's pieces joined end to end.
    pub fn level(&self, level: f64) -> Vec<Vec<Point>> {
        // An edge of the grid has at most one crossing; its number joins the pieces of two cells.
        let across = |i: usize, j: usize| 2 * (j * self.columns + i);
        let upwards = |i: usize, j: usize| 2 * (j * self.columns + i) + 1;
        let mut links: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
        for j in 0..self.rows - 1 {
            for i in 0..self.columns - 1 {
                let corners = [self.at(i, j), self.at(i + 1, j), self.at(i + 1, j + 1), self.at(i, j + 1)];
                if corners.iter().any(|v| !v.is_finite()) {
                    continue;
                }
                let edges = [across(i, j), upwards(i + 1, j), across(i, j + 1), upwards(i, j)];
                let crossed: Vec<usize> =
                    (0..4).filter(|k| (corners[*k] > level) != (corners[(*k + 1) % 4] > level)).collect();
                let mut join = |a: usize, b: usize| {
                    links.entry(edges[a]).or_default().push(edges[b]);
                    links.entry(edges[b]).or_default().push(edges[a]);
                };
                match crossed[..] {
                    [a, b] => join(a, b),
                    [_, _, _, _] => {
                        // A saddle: the mean decides which corners belong together.
                        let centre = corners.iter().sum::<f64>() / 4.0;
                        if (centre > level) == (corners[0] > level) {
                            join(0, 1);
                            join(2, 3);
                        } else {
                            join(3, 0);
                            join(1, 2);
                        }
                    }
                    _ => {}
                }
            }
        }
        self.chained(links).iter().map(|chain| chain.iter().map(|edge| self.crossing(*edge, level)).collect()).collect()
    }

    fn crossing(&self, edge: usize, level: f64) -> Point {
        let (i, j) = ((edge / 2) % self.columns, (edge / 2) / self.columns);
        let (di, dj) = if edge.is_multiple_of(2) { (1, 0) } else { (0, 1) };
        let (from, to) = (self.at(i, j), self.at(i + di, j + dj));
        let share = (level - from) / (to - from);
        self.point(i as f64 + share * di as f64, j as f64 + share * dj as f64)
    }

    fn chained(&self, mut links: std::collections::BTreeMap<usize, Vec<usize>>) -> Vec<Vec<usize>> {
        let mut chains = Vec::new();
        // Open lines first, from an end; what is left are loops.
        for ends_only in [true, false] {
            let starts: Vec<usize> =
                links.iter().filter(|(_, l)| !ends_only || l.len() == 1).map(|(e, _)| *e).collect();
            for start in starts {
                let mut chain = vec![start];
                let mut here = start;
                while let Some(next) = links.get_mut(&here).and_then(Vec::pop) {
                    if let Some(back) = links.get_mut(&next)
                        && let Some(at) = back.iter().position(|e| *e == here)
                    {
                        back.swap_remove(at);
                    }
                    chain.push(next);
                    here = next;
                }
                if chain.len() > 1 {
                    chains.push(chain);
                }
            }
        }
        chains
    }
}

/// Streamlines of the field (u, v), about evenly spaced: each stays away from those before it by a
/// share of the picture, and is followed both ways by the midpoint rule.
pub fn streamlines(u: &Grid, v: &Grid, spacing: f64) -> Vec<Vec<Point>> {
    let cells = (1.0 / spacing).ceil().max(2.0) as usize;
    let mut taken = vec![false; cells * cells];
    let (width, height) = ((u.columns - 1) as f64, (u.rows - 1) as f64);
    let cell = |p: Point| {
        let index = |share: f64| ((share * cells as f64) as usize).min(cells - 1);
        index(p.1 / height) * cells + index(p.0 / width)
    };
    // Direction in cells of the grid, of unit length in the picture.
    let direction = |p: Point| -> Option<Point> {
        let x = u.between(p.0, p.1)? / (u.x.1 - u.x.0);
        let y = v.between(p.0, p.1)? / (u.y.1 - u.y.0);
        let speed = (x * x + y * y).sqrt();
        (speed.is_finite() && speed > 0.0).then(|| (x / speed * width, y / speed * height))
    };
    let step = 0.25 * spacing;
    let mut lines = Vec::new();
    for seed in spiral(cells) {
        if taken[seed.1 * cells + seed.0] {
            continue;
        }
        let start = ((seed.0 as f64 + 0.5) / cells as f64 * width, (seed.1 as f64 + 0.5) / cells as f64 * height);
        let mut halves = [Vec::new(), Vec::new()];
        let own = cell(start);
        let mut mine = vec![own];
        for (half, sign) in halves.iter_mut().zip([1.0, -1.0]) {
            let mut p = start;
            let mut inside = own;
            for _ in 0..400 {
                let Some(d) = direction(p) else { break };
                let middle = (p.0 + 0.5 * sign * step * d.0, p.1 + 0.5 * sign * step * d.1);
                let Some(d) = direction(middle) else { break };
                let next = (p.0 + sign * step * d.0, p.1 + sign * step * d.1);
                if u.between(next.0, next.1).is_none() {
                    break;
                }
                let now = cell(next);
                if now != inside {
                    if taken[now] || mine.contains(&now) {
                        break;
                    }
                    mine.push(now);
                    inside = now;
                }
                p = next;
                half.push(p);
            }
        }
        let [forward, mut backward] = halves;
        backward.reverse();
        backward.push(start);
        backward.extend(forward);
        if backward.len() > 12 {
            for c in mine {
                taken[c] = true;
            }
            lines.push(backward.iter().map(|p| u.point(p.0, p.1)).collect());
        }
    }
    lines
}

/// The cells of a square from the edge inwards, so that long lines come first.
fn spiral(cells: usize) -> Vec<(usize, usize)> {
    let mut order: Vec<(usize, usize)> = (0..cells).flat_map(|j| (0..cells).map(move |i| (i, j))).collect();
    order.sort_by_key(|(i, j)| ((*i).min(*j).min(cells - 1 - i).min(cells - 1 - j), *j, *i));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_set_of_a_cone_is_a_circle() {
        let cone = Grid::sampled((-1.0, 1.0), (-1.0, 1.0), (81, 81), |x, y| (x * x + y * y).sqrt());
        let lines = cone.level(0.5);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        assert!(lines[0].iter().all(|(x, y)| ((x * x + y * y).sqrt() - 0.5).abs() < 1e-3));
    }

    #[test]
    fn streamlines_of_a_rotation_are_circles() {
        let u = Grid::sampled((-1.0, 1.0), (-1.0, 1.0), (41, 41), |_, y| -y);
        let v = Grid::sampled((-1.0, 1.0), (-1.0, 1.0), (41, 41), |x, _| x);
        let lines = streamlines(&u, &v, 0.08);
        assert!(lines.len() > 5);
        for line in lines {
            let radius = |p: &Point| (p.0 * p.0 + p.1 * p.1).sqrt();
            let first = radius(&line[0]);
            assert!(line.iter().all(|p| (radius(p) - first).abs() < 0.01), "{first}");
        }
    }
}

//! Values on a rectangular grid: level sets by marching squares.

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
    pub fn between(&self, column: f64, row: f64) -> Option<f64> {
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
}

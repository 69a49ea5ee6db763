//! One cycle of multigrid for the diagonals of one colour of corners, as a preconditioner.
//!
//! On a square grid the corners of one colour of the chess board, joined by the diagonals of the points, are a grid
//! turned by 45° with five-point equations
//!
//! `Σ_n w (x − x_n) + r x = b`,
//!
//! `w = 1` along the diagonal of each point that is there, `r` the diagonals to corners that are held at zero. Every
//! second corner of them is a coarser grid of the same kind. Rows of corners are joined to their neighbours only, so
//! all even rows, then all odd ones, are relaxed at once; the way up has the reverse order, so that the cycle is
//! symmetric. Coarse values are taken to the fine grid by the equations themselves, with what is across left out
//! (Alcouffe, Brandt, Dendy and Painter, *The multi-grid method for the diffusion equation with strongly
//! discontinuous coefficients*, 1981), so that no value crosses a coast. A guess needs no more than single precision.

/// Sweeps of rows on the coarsest grid, there and back.
const COARSEST: usize = 30;
/// A grid of this many cells or fewer a side is the coarsest.
const SMALL: usize = 6;

/// One grid. A row `b` holds the corners `a ≡ b (mod 2)`, from the left, with one empty place at both ends; an empty
/// row lies below the first and above the last.
pub(super) struct Grid {
    /// Cells along x and y.
    cells: [usize; 2],
    /// Places of a row.
    stride: usize,
    /// The diagonal to the upper right and to the upper left of each corner.
    right: Vec<f32>,
    left: Vec<f32>,
    /// `1/(Σw + r)`, zero at corners that are not solved for.
    inverse: Vec<f32>,
    /// In odd rows, the parts of the two coarse corners beside each corner in its value: below and above.
    parts: [Vec<f32>; 2],
}

/// Vectors of one grid.
pub(super) struct Room {
    /// The solution.
    pub x: Vec<f32>,
    /// The right-hand side.
    pub b: Vec<f32>,
    rest: Vec<f32>,
}

impl Grid {
    /// Places in all.
    pub fn places(&self) -> usize {
        self.stride * (self.cells[1] + 3)
    }

    /// First corner of row `b`.
    pub fn row(&self, b: usize) -> usize {
        (b + 1) * self.stride + 1
    }

    /// Corners of row `b`.
    pub fn length(&self, b: usize) -> usize {
        (self.cells[0] + 2 - (b & 1)) / 2
    }

    fn empty(cells: [usize; 2]) -> Grid {
        let stride = cells[0] / 2 + 3;
        let zero = || vec![0.0; stride * (cells[1] + 3)];
        Grid { cells, stride, right: zero(), left: zero(), inverse: zero(), parts: [zero(), zero()] }
    }

    /// Where the four corners joined to place `k` of row `b` lie: lower left and right, upper left and right.
    fn near(&self, b: usize, k: usize) -> [usize; 4] {
        let at = self.row(b) + k;
        let shift = b & 1;
        let (down, up) = (at - self.stride, at + self.stride);
        [down + shift - 1, down + shift, up + shift - 1, up + shift]
    }

    /// Their diagonals, in the same order.
    fn joined(&self, b: usize, k: usize) -> [f32; 4] {
        let at = self.row(b) + k;
        let [ll, lr, ..] = self.near(b, k);
        [self.right[ll], self.left[lr], self.left[at], self.right[at]]
    }

    /// The grid of the corners `(a + shift) + b` even; `there` says whether a cell has its diagonal, `free` whether
    /// a corner is solved for. Corners that are not are held at zero.
    pub fn finest(
        cells: [usize; 2],
        shift: usize,
        there: impl Fn(usize, usize) -> bool,
        free: impl Fn(usize, usize) -> bool,
    ) -> (Grid, Vec<f32>) {
        let mut grid = Grid::empty([cells[0] + shift, cells[1]]);
        let mut held = vec![0.0; grid.places()];
        let mut open = vec![false; grid.places()];
        let corner = |b: usize, k: usize| (2 * k + (b & 1)).checked_sub(shift).filter(|a| *a <= cells[0]);
        for b in 0..=cells[1] {
            for k in 0..grid.length(b) {
                open[grid.row(b) + k] = corner(b, k).is_some_and(|a| free(a, b));
            }
        }
        for b in 0..cells[1] {
            for k in 0..grid.length(b) {
                let Some(a) = corner(b, k) else { continue };
                let (at, [.., ul, ur]) = (grid.row(b) + k, grid.near(b, k));
                let sides =
                    [(a < cells[0] && there(a, b), ur, true), (a > 0 && there(a.wrapping_sub(1), b), ul, false)];
                for (_, to, rightward) in sides.into_iter().filter(|s| s.0) {
                    match (open[at], open[to]) {
                        (true, true) if rightward => grid.right[at] = 1.0,
                        (true, true) => grid.left[at] = 1.0,
                        (true, false) => held[at] += 1.0,
                        (false, true) => held[to] += 1.0,
                        (false, false) => {}
                    }
                }
            }
        }
        grid.invert(&held);
        (grid, held)
    }

    fn invert(&mut self, held: &[f32]) {
        for b in 0..=self.cells[1] {
            for k in 0..self.length(b) {
                let at = self.row(b) + k;
                let w = self.joined(b, k);
                let sum = w.iter().sum::<f32>() + held[at];
                self.inverse[at] = if sum > 0.0 { 1.0 / sum } else { 0.0 };
                let (low, high) = if rising(b, k) { (w[0], w[3]) } else { (w[1], w[2]) };
                if b & 1 == 1 && low + high > 0.0 {
                    // what is held pulls it to zero
                    let all = low + high + held[at];
                    (self.parts[0][at], self.parts[1][at]) = (low / all, high / all);
                }
            }
        }
    }

    /// The next coarser grid and what holds its corners.
    fn coarser(&self, held: &[f32]) -> (Grid, Vec<f32>) {
        let mut grid = Grid::empty([self.cells[0].div_ceil(2), self.cells[1].div_ceil(2)]);
        for b in 0..grid.cells[1] {
            for k in 0..grid.length(b) {
                // the fine corner at the same place is (2a, 2b)
                let a = 2 * k + (b & 1);
                if 2 * a > self.cells[0] {
                    continue;
                }
                let (at, place) = (self.row(2 * b) + a, grid.row(b) + k);
                let (ul, ur) = (at + self.stride - 1, at + self.stride);
                let right = [(self.right[at], self.around_right(at, 0)), (self.right[ur], self.around_right(ur, 1))];
                let left = [(self.left[at], self.around_left(at, 0)), (self.left[ul], self.around_left(ul, 1))];
                (grid.right[place], grid.left[place]) = (one_after_the_other(right), one_after_the_other(left));
            }
        }
        let mut coarse = vec![0.0; grid.places()];
        let mut spread = held.to_vec();
        self.restrict(&mut spread, &grid, &mut coarse);
        grid.invert(&coarse);
        (grid, coarse)
    }

    /// What joins the ends of the diagonal to the upper right of a corner around both of its sides.
    fn around_right(&self, at: usize, shift: usize) -> f32 {
        let (below, above) = (at + shift - self.stride, at + shift + self.stride);
        let over = in_line([self.left[at], self.right[above - 1], self.left[above]]);
        over + in_line([self.left[below], self.right[below], self.left[at + 1]])
    }

    /// The same of the diagonal to the upper left.
    fn around_left(&self, at: usize, shift: usize) -> f32 {
        let (below, above) = (at + shift - self.stride, at + shift + self.stride);
        let over = in_line([self.right[at], self.left[above], self.right[above - 1]]);
        over + in_line([self.right[below - 1], self.left[below - 1], self.right[at - 1]])
    }

    /// `b` on the coarser grid: the transpose of [`Grid::prolong`]. `fine` is used up.
    fn restrict(&self, fine: &mut [f32], coarse: &Grid, out: &mut [f32]) {
        // Even rows between coarse corners first: they got theirs from the odd rows.
        for b in (0..=self.cells[1]).step_by(2) {
            for k in (1 - ((b / 2) & 1)..self.length(b)).step_by(2) {
                let at = self.row(b) + k;
                let share = fine[at] * self.inverse[at];
                let (near, w) = (self.near(b, k), self.joined(b, k));
                near.iter().zip(w).for_each(|(n, w)| fine[*n] += w * share);
            }
        }
        for b in (1..=self.cells[1]).step_by(2) {
            for k in 0..self.length(b) {
                let (at, [low, high]) = (self.row(b) + k, self.along(b, k));
                fine[low] += self.parts[0][at] * fine[at];
                fine[high] += self.parts[1][at] * fine[at];
            }
        }
        for b in 0..=coarse.cells[1] {
            for k in 0..coarse.length(b) {
                let a = 2 * k + (b & 1);
                let inside = 2 * a <= self.cells[0] && 2 * b <= self.cells[1];
                out[coarse.row(b) + k] = if inside { fine[self.row(2 * b) + a] } else { 0.0 };
            }
        }
    }

    /// The two coarse corners beside a corner of an odd row, lower and upper.
    fn along(&self, b: usize, k: usize) -> [usize; 2] {
        let [ll, lr, ul, ur] = self.near(b, k);
        if rising(b, k) { [ll, ur] } else { [lr, ul] }
    }

    /// Adds the coarse values, taken to this grid by its equations.
    fn prolong(&self, coarse: &Grid, values: &[f32], work: &mut [f32], x: &mut [f32]) {
        for b in (0..=self.cells[1]).step_by(2) {
            let shift = (b / 2) & 1;
            for k in (shift..self.length(b)).step_by(2) {
                let at = self.row(b) + k;
                work[at] = if self.inverse[at] > 0.0 { values[coarse.row(b / 2) + k / 2] } else { 0.0 };
            }
        }
        for b in (1..=self.cells[1]).step_by(2) {
            for k in 0..self.length(b) {
                let (at, [low, high]) = (self.row(b) + k, self.along(b, k));
                work[at] = self.parts[0][at] * work[low] + self.parts[1][at] * work[high];
            }
        }
        for b in (0..=self.cells[1]).step_by(2) {
            for k in (1 - ((b / 2) & 1)..self.length(b)).step_by(2) {
                let at = self.row(b) + k;
                let (near, w) = (self.near(b, k), self.joined(b, k));
                work[at] = self.inverse[at] * near.iter().zip(w).map(|(n, w)| w * work[*n]).sum::<f32>();
            }
        }
        for b in 0..=self.cells[1] {
            let range = self.row(b)..self.row(b) + self.length(b);
            x[range.clone()].iter_mut().zip(&work[range]).for_each(|(x, v)| *x += v);
        }
    }

    /// `Σ w x_n` for a row, into `out`.
    #[inline(always)]
    fn pulled(&self, b: usize, x: &[f32], mut each: impl FnMut(usize, f32)) {
        let (n, row, s) = (self.length(b), self.row(b), b & 1);
        let (down, up) = (row - self.stride + s - 1, row + self.stride + s - 1);
        let (lower, upper) = (&x[down..down + n + 1], &x[up..up + n + 1]);
        let (wll, wlr) = (&self.right[down..down + n], &self.left[down + 1..down + 1 + n]);
        let (wul, wur) = (&self.left[row..row + n], &self.right[row..row + n]);
        for k in 0..n {
            let sum = (wll[k] * lower[k] + wlr[k] * lower[k + 1]) + (wul[k] * upper[k] + wur[k] * upper[k + 1]);
            each(k, sum);
        }
    }

    /// Solves every second row for itself.
    fn relax(&self, first: usize, room: &mut Room) {
        let mut line = vec![0.0; self.stride];
        for b in (first..=self.cells[1]).step_by(2) {
            let (n, row) = (self.length(b), self.row(b));
            let (rhs, inverse) = (&room.b[row..row + n], &self.inverse[row..row + n]);
            let out = &mut line[..n];
            self.pulled(b, &room.x, |k, sum| out[k] = (rhs[k] + sum) * inverse[k]);
            room.x[row..row + n].copy_from_slice(&line[..n]);
        }
    }
}

/// All grids of one colour.
pub(super) struct Cycle {
    grids: Vec<Grid>,
    rooms: Vec<Room>,
}

impl Cycle {
    pub fn new(finest: (Grid, Vec<f32>)) -> Cycle {
        let (mut grid, mut held) = finest;
        let mut grids = Vec::new();
        while grid.cells.iter().any(|n| *n > SMALL) && grid.cells.iter().all(|n| *n > 1) {
            let next = grid.coarser(&held);
            grids.push(grid);
            (grid, held) = next;
        }
        grids.push(grid);
        let room = |g: &Grid| {
            let zero = || vec![0.0; g.places()];
            Room { x: zero(), b: zero(), rest: zero() }
        };
        let rooms = grids.iter().map(room).collect();
        Cycle { grids, rooms }
    }

    /// The finest grid, and its vectors.
    pub fn top(&mut self) -> (&Grid, &mut Room) {
        (&self.grids[0], &mut self.rooms[0])
    }

    /// `x ≈ A⁻¹ b` on the finest grid.
    pub fn run(&mut self) {
        self.level(0);
    }

    fn level(&mut self, k: usize) {
        let (grid, rest) = (&self.grids[k], &mut self.rooms[k..]);
        let Some((room, coarser)) = rest.split_first_mut() else { return };
        room.x.fill(0.0);
        let Some(next) = coarser.first_mut() else {
            for _ in 0..COARSEST {
                grid.relax(0, room);
                grid.relax(1, room);
            }
            for _ in 0..COARSEST {
                grid.relax(1, room);
                grid.relax(0, room);
            }
            return;
        };
        grid.relax(0, room);
        grid.relax(1, room);
        // Odd rows are solved, so only even ones have something left.
        room.rest.fill(0.0);
        for b in (0..=grid.cells[1]).step_by(2) {
            let (n, row) = (grid.length(b), grid.row(b));
            let (rhs, x, inverse) = (&room.b[row..row + n], &room.x[row..row + n], &grid.inverse[row..row + n]);
            let out = &mut room.rest[row..row + n];
            grid.pulled(b, &room.x, |k, sum| {
                out[k] = if inverse[k] > 0.0 { rhs[k] + sum - x[k] / inverse[k] } else { 0.0 };
            });
        }
        grid.restrict(&mut room.rest, &self.grids[k + 1], &mut next.b);
        self.level(k + 1);
        let (grid, rest) = (&self.grids[k], &mut self.rooms[k..]);
        if let [room, next, ..] = rest {
            grid.prolong(&self.grids[k + 1], &next.x, &mut room.rest, &mut room.x);
            grid.relax(1, room);
            grid.relax(0, room);
        }
    }
}

/// Whether the coarse corners beside corner `k` of an odd row lie to its lower left and upper right.
fn rising(b: usize, k: usize) -> bool {
    (k + b / 2) & 1 == 0
}

/// What joins two ends over three diagonals.
fn in_line(w: [f32; 3]) -> f32 {
    if w.iter().all(|w| *w > 0.0) { 1.0 / w.iter().map(|w| 1.0 / w).sum::<f32>() } else { 0.0 }
}

/// The coarse diagonal in place of two, each with what joins its ends around it. Whole grids keep 1. Where nothing goes
/// round, one that is missing separates; a part of the plain mean is added, as without it a coarse corner could lose
/// all that its fine one is joined to.
fn one_after_the_other(two: [(f32, f32); 2]) -> f32 {
    const ALONE: f32 = 0.6;
    const MEAN: f32 = 0.5;
    let [p, q] = two.map(|(w, around)| ALONE * (w + around));
    let both = if p > 0.0 && q > 0.0 { 2.0 * p * q / (p + q) } else { 0.0 };
    (1.0 - MEAN) * both + MEAN * 0.5 * (two[0].0 + two[1].0)
}

//! Points with vectors, the corners of the cells around them with potentials, and the operators between.
//!
//! Point `(i, j)` lies in the middle of a cell whose corners are `(i, j)`, `(i+1, j)`, `(i, j+1)`, `(i+1, j+1)`. With
//! `d` the difference and `m` the mean of two neighbours,
//!
//! `∇D = (d_x m_y D/h_x, m_x d_y D/h_y)`, `div f = d_x m_y u/h_x + m_x d_y v/h_y`, `curl f = d_x m_y v/h_x − m_x d_y u/h_y`.
//!
//! On a square grid each of the two diagonals of a cell joins potentials of one colour of a chess board, so the two
//! colours are two grids turned by 45° that meet only at the rim, and an island has a current around it for each.

use super::Vectors;

/// A rectangular grid of points, some of which may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    /// Points along x, which runs fastest.
    pub nx: usize,
    /// Points along y.
    pub ny: usize,
    /// Their distance along x.
    pub hx: f64,
    /// Their distance along y.
    pub hy: f64,
    /// Whether opposite sides are one.
    pub periodic: bool,
    /// Which points there are.
    pub valid: Vec<bool>,
}

impl Lattice {
    /// A grid without missing points.
    pub fn full(nx: usize, ny: usize, hx: f64, hy: f64, periodic: bool) -> Lattice {
        Lattice { nx, ny, hx, hy, periodic, valid: vec![true; nx * ny] }
    }

    /// Number of points, missing ones too.
    pub fn points(&self) -> usize {
        self.nx * self.ny
    }

    /// Corners along x and along y.
    pub fn corners(&self) -> (usize, usize) {
        if self.periodic { (self.nx, self.ny) } else { (self.nx + 1, self.ny + 1) }
    }

    /// The corners of a point: lower left, lower right, upper left, upper right.
    pub fn around(&self, i: usize, j: usize) -> [usize; 4] {
        let (cx, cy) = self.corners();
        let (right, up) = ((i + 1) % cx, (j + 1) % cy);
        [j * cx + i, j * cx + right, up * cx + i, up * cx + right]
    }

    /// The points around a corner in the same order; `None` outside and where one is missing.
    pub fn points_at(&self, a: usize, b: usize) -> [Option<usize>; 4] {
        let before = |k: usize, n: usize| match (k, self.periodic) {
            (0, true) => Some(n - 1),
            (0, false) => None,
            _ => Some(k - 1),
        };
        let here = |k: usize, n: usize| (k < n).then_some(k);
        let (left, right) = (before(a, self.nx), here(a, self.nx));
        let (down, up) = (before(b, self.ny), here(b, self.ny));
        [(left, down), (right, down), (left, up), (right, up)].map(|(i, j)| {
            let k = j? * self.nx + i?;
            self.valid[k].then_some(k)
        })
    }

    /// `∇` of a potential at the corners; zero at missing points.
    pub fn gradient(&self, potential: &[f64]) -> Vectors {
        let (sx, sy) = (0.5 / self.hx, 0.5 / self.hy);
        let mut out = [vec![0.0; self.points()], vec![0.0; self.points()]];
        for j in 0..self.ny {
            for i in 0..self.nx {
                let k = j * self.nx + i;
                if self.valid[k] {
                    let [ll, lr, ul, ur] = self.around(i, j).map(|c| potential[c]);
                    out[0][k] = ((lr - ll) + (ur - ul)) * sx;
                    out[1][k] = ((ul - ll) + (ur - lr)) * sy;
                }
            }
        }
        out
    }

    /// The mean of the corners of each point; zero at missing ones.
    pub fn mean(&self, potential: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.points()];
        for j in 0..self.ny {
            for i in 0..self.nx {
                let k = j * self.nx + i;
                if self.valid[k] {
                    out[k] = 0.25 * self.around(i, j).iter().map(|c| potential[*c]).sum::<f64>();
                }
            }
        }
        out
    }

    /// `div f` at the corners; nothing flows through the rim or from a missing point.
    pub fn divergence(&self, f: &Vectors) -> Vec<f64> {
        self.at_corners(&f[0], &f[1], 1.0)
    }

    /// `curl f = ∂v/∂x − ∂u/∂y` at the corners, with a field that vanishes outside.
    pub fn curl(&self, f: &Vectors) -> Vec<f64> {
        self.at_corners(&f[1], &f[0], -1.0)
    }

    /// `∂p/∂x + sign·∂q/∂y`.
    fn at_corners(&self, p: &[f64], q: &[f64], sign: f64) -> Vec<f64> {
        let (sx, sy) = (0.5 / self.hx, sign * 0.5 / self.hy);
        let (cx, cy) = self.corners();
        let mut out = Vec::with_capacity(cx * cy);
        for b in 0..cy {
            for a in 0..cx {
                let near = self.points_at(a, b);
                let of = |list: &[f64]| near.map(|k| k.map_or(0.0, |k| list[k]));
                let ([pll, plr, pul, pur], [qll, qlr, qul, qur]) = (of(p), of(q));
                out.push(((plr - pll) + (pur - pul)) * sx + ((qul - qll) + (qur - qlr)) * sy);
            }
        }
        out
    }

    /// Corners all of whose four points are there.
    pub fn inner(&self) -> Vec<bool> {
        self.by_corner(|near| near.iter().all(Option::is_some))
    }

    /// Corners of at least one point.
    pub fn touched(&self) -> Vec<bool> {
        self.by_corner(|near| near.iter().any(Option::is_some))
    }

    fn by_corner(&self, which: impl Fn([Option<usize>; 4]) -> bool) -> Vec<bool> {
        let (cx, cy) = self.corners();
        (0..cx * cy).map(|c| which(self.points_at(c % cx, c / cx))).collect()
    }

    /// Corners joined by the diagonals of points that are there: a number for each, equal where a gradient of zero
    /// makes potentials equal; `None` at corners of no point.
    pub fn components(&self) -> Vec<Option<usize>> {
        let (cx, cy) = self.corners();
        let mut root: Vec<usize> = (0..cx * cy).collect();
        fn top(root: &mut [usize], mut k: usize) -> usize {
            while root[k] != k {
                root[k] = root[root[k]];
                k = root[k];
            }
            k
        }
        for j in 0..self.ny {
            for i in 0..self.nx {
                if self.valid[j * self.nx + i] {
                    let [ll, lr, ul, ur] = self.around(i, j);
                    for (p, q) in [(ll, ur), (lr, ul)] {
                        let (p, q) = (top(&mut root, p), top(&mut root, q));
                        // the smaller number stays, so that the result does not depend on the order
                        root[p.max(q)] = p.min(q);
                    }
                }
            }
        }
        let touched = self.touched();
        (0..cx * cy).map(|c| touched[c].then(|| top(&mut root, c))).collect()
    }

    /// Shifts a potential, which is open by a number on each component, to mean zero. Where there are two components,
    /// the two colours of a chess board, they are shifted against each other until neither stands above the other.
    pub fn centre(&self, potential: &mut [f64]) {
        let components = self.components();
        let mut sums = vec![(0.0, 0_usize); potential.len()];
        for (v, c) in potential.iter().zip(&components) {
            if let Some(c) = *c {
                sums[c].0 += v;
                sums[c].1 += 1;
            }
        }
        for (v, c) in potential.iter_mut().zip(&components) {
            if let Some(c) = *c {
                *v -= sums[c].0 / sums[c].1 as f64;
            }
        }
        let roots: Vec<usize> = (0..potential.len()).filter(|c| sums[*c].1 > 0).collect();
        let &[first, second] = &roots[..] else { return };
        // How far each stands above its four neighbours of the other colour: the same for both but for their shift.
        let (cx, cy) = self.corners();
        let mut above = [(0.0, 0_usize); 2];
        for b in 0..cy {
            for a in 0..cx {
                let Some(near) = self.beside(a, b) else { continue };
                let own = components[b * cx + a];
                if own.is_some() && near.iter().all(|k| components[*k].is_some() && components[*k] != own) {
                    let sum = &mut above[usize::from(own == Some(second))];
                    sum.0 += potential[b * cx + a] - 0.25 * near.iter().map(|k| potential[*k]).sum::<f64>();
                    sum.1 += 1;
                }
            }
        }
        if above.iter().any(|a| a.1 == 0) {
            return;
        }
        let [one, two] = above.map(|a| a.0 / a.1 as f64);
        let shift = 0.5 * (one - two);
        let (n, m) = (sums[first].1 as f64, sums[second].1 as f64);
        for (v, c) in potential.iter_mut().zip(&components) {
            // the mean over both stays zero
            if let Some(c) = *c {
                *v += if c == first { -shift * m / (n + m) } else { shift * n / (n + m) };
            }
        }
    }

    /// The four corners beside one; `None` at a side.
    fn beside(&self, a: usize, b: usize) -> Option<[usize; 4]> {
        let (cx, cy) = self.corners();
        let side = |k: usize, n: usize| match self.periodic {
            true => Some(((k + n - 1) % n, (k + 1) % n)),
            false => (k > 0 && k + 1 < n).then(|| (k - 1, k + 1)),
        };
        let ((left, right), (down, up)) = (side(a, cx)?, side(b, cy)?);
        Some([b * cx + left, b * cx + right, down * cx + a, up * cx + a])
    }
}

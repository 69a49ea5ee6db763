//! Both potentials on large sets of points by conjugate gradients, preconditioned by one cycle of multigrid for each
//! colour of the corners.
//!
//! `∇ᵀ∇ x = b` is what is solved, with the same differences as everywhere; only its inverse is guessed by the colours
//! alone. With spacings `h_x, h_y` the condition of what is left grows as `(h_x/h_y)²`. Components that nothing holds
//! leave a number open, which is taken away afterwards. Source: Hestenes and Stiefel, *Methods of Conjugate Gradients
//! for Solving Linear Systems* (1952); multigrid in it: Tatebe, *The multigrid preconditioned conjugate gradient
//! method* (1993).

use super::lattice::Lattice;
use super::multigrid::{Cycle, Grid};
use super::{Refusal, Vectors};
use crate::limits;
use crate::real::dot;

/// Largest residual, as a part of the largest `|f|/h`.
const EXACT: f64 = 2e-13;
/// Steps in which the residual is not halved after which no more is hoped for.
const STALLED: usize = 60;
/// Largest residual that is taken where it gets no smaller.
const ENOUGH: f64 = 2e-11;

/// `(H, D)` at the corners; the lattice is not periodic.
pub fn potentials(lattice: &Lattice, f: &Vectors) -> Result<(Vec<f64>, Vec<f64>), Refusal> {
    let curl = lattice.curl(f);
    let source: Vec<f64> = lattice.divergence(f).into_iter().map(|v| -v).collect();
    let size = f.iter().flatten().fold(0.0_f64, |a, v| a.max(v.abs())) / lattice.hx.min(lattice.hy);
    let (stream, potential) = rayon::join(
        || solve(lattice, &lattice.inner(), &curl, size),
        || solve(lattice, &lattice.touched(), &source, size),
    );
    let mut potential = potential?;
    lattice.centre(&mut potential);
    Ok((stream?, potential))
}

/// `∇ᵀ∇ x = b` over the `unknown` corners, zero at the others.
fn solve(lattice: &Lattice, unknown: &[bool], b: &[f64], size: f64) -> Result<Vec<f64>, Refusal> {
    let n = unknown.len();
    let mut x = vec![0.0; n];
    let mut rest: Vec<f64> = b.iter().zip(unknown).map(|(v, u)| if *u { *v } else { 0.0 }).collect();
    let largest = |v: &[f64]| v.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    let mut best = largest(&rest);
    if best <= EXACT * size {
        return Ok(x);
    }
    let mut guess = Guess::new(lattice, unknown);
    let mut product = Product::new(lattice);
    let (mut z, mut q) = (vec![0.0; n], vec![0.0; n]);
    guess.of(&rest, &mut z);
    let mut p = z.clone();
    let mut rz = dot(&rest, &z);
    let mut since = 0;
    for _ in 0..limits::CONJUGATE_STEPS {
        product.of(lattice, &p, unknown, &mut q);
        let curvature = dot(&p, &q);
        if !(curvature > 0.0 && rz > 0.0) {
            break;
        }
        let step = rz / curvature;
        x.iter_mut().zip(&p).for_each(|(x, p)| *x += step * p);
        rest.iter_mut().zip(&q).for_each(|(r, q)| *r -= step * q);
        let now = largest(&rest);
        since += 1;
        if now < 0.5 * best {
            (best, since) = (now, 0);
        }
        if now <= EXACT * size || since > STALLED {
            break;
        }
        guess.of(&rest, &mut z);
        let next = dot(&rest, &z);
        let turn = next / rz;
        rz = next;
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + turn * *p);
    }
    // what is left in truth
    product.of(lattice, &x, unknown, &mut q);
    let left = b.iter().zip(&q).zip(unknown).fold(0.0_f64, |a, ((b, q), u)| if *u { a.max((b - q).abs()) } else { a });
    if !(left <= ENOUGH * size) {
        let message = format!("conjugate gradients leave {:.1e} of the largest slope", left / size);
        return Err(Refusal::Unsolved(message));
    }
    Ok(x)
}

/// `∇ᵀ∇` without its intermediate vectors.
struct Product {
    scale: [f64; 2],
    there: Vec<f64>,
    /// `±∂x ± ∂y` of a row of points, for two rows: of the corners to the upper right and to the lower right.
    rows: [[Vec<f64>; 2]; 2],
}

impl Product {
    fn new(lattice: &Lattice) -> Product {
        let there = lattice.valid.iter().map(|v| if *v { 1.0 } else { 0.0 }).collect();
        let row = || vec![0.0; lattice.nx + 2];
        let scale = [crate::real::square(0.5 / lattice.hx), crate::real::square(0.5 / lattice.hy)];
        Product { scale, there, rows: [[row(), row()], [row(), row()]] }
    }

    fn of(&mut self, lattice: &Lattice, x: &[f64], unknown: &[bool], out: &mut [f64]) {
        let (nx, ny) = (lattice.nx, lattice.ny);
        let cx = nx + 1;
        let [sx, sy] = self.scale;
        for b in 0..=ny {
            self.rows.swap(0, 1);
            let [below, above] = &mut self.rows;
            let [up, down] = above;
            // a place of nothing before and behind each row
            match b < ny {
                false => {
                    up.fill(0.0);
                    down.fill(0.0);
                }
                true => {
                    let (lower, upper) = (&x[b * cx..(b + 1) * cx], &x[(b + 1) * cx..(b + 2) * cx]);
                    let there = &self.there[b * nx..(b + 1) * nx];
                    let (up, down) = (&mut up[1..=nx], &mut down[1..=nx]);
                    for i in 0..nx {
                        let (rising, falling) = (upper[i + 1] - lower[i], lower[i + 1] - upper[i]);
                        let gx = (rising + falling) * (sx * there[i]);
                        let gy = (rising - falling) * (sy * there[i]);
                        up[i] = gx + gy;
                        down[i] = gx - gy;
                    }
                }
            }
            let (old_up, old_down) = if b == 0 { (None, None) } else { (Some(&below[0]), Some(&below[1])) };
            let (line, known) = (&mut out[b * cx..(b + 1) * cx], &unknown[b * cx..(b + 1) * cx]);
            for a in 0..cx {
                // of the points above: lower left and lower right corner; of those below: upper right and upper left
                line[a] = down[a] - up[a + 1];
            }
            if let (Some(old_up), Some(old_down)) = (old_up, old_down) {
                for a in 0..cx {
                    line[a] += old_up[a] - old_down[a + 1];
                }
            }
            for a in 0..cx {
                line[a] = if known[a] { line[a] } else { 0.0 };
            }
        }
    }
}

/// The inverse of the colours.
struct Guess {
    cycles: [Cycle; 2],
    corners: (usize, usize),
}

impl Guess {
    fn new(lattice: &Lattice, unknown: &[bool]) -> Guess {
        let (cx, cy) = lattice.corners();
        let cycle = |shift: usize| {
            let there = |i: usize, j: usize| lattice.valid[j * lattice.nx + i];
            let free = |a: usize, b: usize| unknown[b * cx + a];
            Cycle::new(Grid::finest([lattice.nx, lattice.ny], shift, there, free))
        };
        Guess { cycles: [cycle(0), cycle(1)], corners: (cx, cy) }
    }

    fn of(&mut self, rest: &[f64], out: &mut [f64]) {
        let (cx, cy) = self.corners;
        let largest = rest.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        let scale = if largest > 0.0 { 1.0 / largest } else { 0.0 };
        let [even, odd] = &mut self.cycles;
        let load = |cycle: &mut Cycle, shift: usize| {
            let (grid, room) = cycle.top();
            for b in 0..cy {
                let (line, to) = (&rest[b * cx..(b + 1) * cx], place(grid, shift, b));
                let from = first(shift, b);
                line[from..].iter().step_by(2).zip(&mut room.b[to..]).for_each(|(v, to)| *to = (v * scale) as f32);
            }
            cycle.run();
        };
        rayon::join(|| load(even, 0), || load(odd, 1));
        for (shift, cycle) in self.cycles.iter_mut().enumerate() {
            let (grid, room) = cycle.top();
            for b in 0..cy {
                let (line, from) = (&mut out[b * cx..(b + 1) * cx], place(grid, shift, b));
                let corners = line[first(shift, b)..].iter_mut().step_by(2);
                corners.zip(&room.x[from..]).for_each(|(v, from)| *v = f64::from(*from) * largest);
            }
        }
    }
}

/// The first corner of row `b` with `a + shift + b` even.
fn first(shift: usize, b: usize) -> usize {
    (b + shift) & 1
}

/// Its place: the shifted grid has one more corner before the first of its even rows.
fn place(grid: &Grid, shift: usize, b: usize) -> usize {
    grid.row(b) + usize::from(shift == 1 && b & 1 == 0)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]
mod tests {
    use super::super::{Boundary, Method, Refusal, Vectors, decompose};
    use crate::analyse::helmholtz::lattice::Lattice;
    use proptest::prelude::*;

    fn random(n: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        (0..n).map(|_| next()).collect()
    }

    fn apart(a: &Vectors, b: &Vectors) -> f64 {
        let of = |c: usize| a[c].iter().zip(&b[c]).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
        of(0).max(of(1))
    }

    #[test]
    fn coasts_islands_walls_and_holes_are_as_the_factors_say() {
        type Shape = fn(f64, f64, f64) -> bool;
        let shapes: [(&str, Shape); 5] = [
            ("disc", |x, y, _| x * x + y * y < 0.23),
            ("coast", |x, y, _| y > 0.1 * (9.0 * x).sin() + 0.05 * (37.0 * x).sin() - 0.2),
            ("islands", |x, y, _| (20.0 * x).sin() * (17.0 * y).sin() < 0.8),
            ("walls", |x, y, _| !(((x + 0.5) * 90.0) as usize % 13 == 5 && ((y + 0.5) * 71.0) as usize % 17 > 2)),
            ("holes", |_, _, chance| chance > -0.45),
        ];
        for (name, there) in shapes {
            for (nx, ny, hy) in [(90, 71, 1.0), (64, 97, 1.3)] {
                let mut lattice = Lattice::full(nx, ny, 1.0, hy, false);
                let chance = random(nx * ny, 7);
                for (k, v) in lattice.valid.iter_mut().enumerate() {
                    let (x, y) = ((k % nx) as f64 / nx as f64 - 0.5, (k / nx) as f64 / ny as f64 - 0.5);
                    *v = there(x, y, chance[k]);
                }
                let f: Vectors = [random(nx * ny, 1), random(nx * ny, 2)];
                for boundary in [Boundary::Neumann, Boundary::Dirichlet] {
                    let a = decompose(&lattice, &f, boundary, Method::Multigrid).expect(name);
                    let b = decompose(&lattice, &f, boundary, Method::Direct).unwrap();
                    let q = a.quality(&lattice, &f, boundary);
                    assert!(
                        q.sum < 1e-12 && q.divergence < 1e-10 && q.curl < 1e-10 && q.harmonic < 1e-10,
                        "{name} {q:?}"
                    );
                    let off = [apart(&a.rotational, &b.rotational), apart(&a.irrotational, &b.irrotational)];
                    assert!(off.iter().all(|v| *v < 1e-9), "{name} {boundary:?} {off:?}");
                }
            }
        }
    }

    #[test]
    fn threads_change_no_bit() {
        let lattice = Lattice::full(50, 41, 1.0, 1.2, false);
        let f: Vectors = [random(2050, 3), random(2050, 4)];
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| decompose(&lattice, &f, Boundary::Neumann, Method::Multigrid)).unwrap()
        };
        let (one, three) = (of(1), of(3));
        assert_eq!((one.stream, one.potential), (three.stream, three.potential));
    }

    #[test]
    fn a_torus_is_refused() {
        let lattice = Lattice::full(4, 4, 1.0, 1.0, true);
        let f: Vectors = [vec![1.0; 16], vec![0.0; 16]];
        let refused = decompose(&lattice, &f, Boundary::Periodic, Method::Multigrid).err();
        assert_eq!(refused, Some(Refusal::Torus));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn small_and_torn_sets_of_points(
            nx in 2_usize..24, ny in 2_usize..24, hy in 0.5_f64..2.0, holes in 0.0_f64..0.4, seed in any::<u64>(),
        ) {
            let mut lattice = Lattice::full(nx, ny, 1.0, hy, false);
            lattice.valid = random(nx * ny, seed).iter().map(|c| c + 0.5 >= holes).collect();
            let f: Vectors = [random(nx * ny, seed ^ 1), random(nx * ny, seed ^ 2)];
            match decompose(&lattice, &f, Boundary::Neumann, Method::Multigrid) {
                Ok(parts) => {
                    let q = parts.quality(&lattice, &f, Boundary::Neumann);
                    prop_assert!(q.sum < 1e-12 && q.harmonic < 1e-10, "{:?}", q);
                }
                // said, not passed over; the caller takes the factors
                Err(refusal) => prop_assert!(matches!(refusal, Refusal::Unsolved(_)) && holes > 0.1, "{:?}", refusal),
            }
        }
    }
}

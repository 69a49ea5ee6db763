//! Both potentials of a rectangle by transforms.
//!
//! `−ΔH = curl f` at inner corners with `H = 0` on the rim, `−ΔD = −div f` at all corners. The operator is
//! `(d_xᵀd_x ⊗ m_yᵀm_y)/h_x² + (m_xᵀm_x ⊗ d_yᵀd_y)/h_y²`; sines `sin(πka/n)` are its eigenvectors inside, and cosines
//! with the corners of the rim weighted by a half at each end, both with
//! `λ = (2 s_x c_y/h_x)² + (2 c_x s_y/h_y)²`, `s = sin(πk/2n)`, `c = cos(πk/2n)`; on a torus `s = sin(πk/n)`.

use super::Vectors;
use super::lattice::Lattice;
use crate::real::square;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use std::f64::consts::PI;
use std::sync::Arc;

/// Eigenvalues below this part of the largest are those of constants and of chess boards.
const ZERO: f64 = 1e-13;

/// `(H, D)` at the corners.
pub fn potentials(lattice: &Lattice, f: &Vectors) -> (Vec<f64>, Vec<f64>) {
    let curl = lattice.curl(f);
    let source: Vec<f64> = lattice.divergence(f).into_iter().map(|v| -v).collect();
    if lattice.periodic {
        return torus(lattice, &curl, &source);
    }
    let (nx, ny) = (lattice.nx, lattice.ny);
    let (cx, cy) = (nx + 1, ny + 1);
    // inner corners alone
    let (ix, iy) = (nx - 1, ny - 1);
    let mut inside = Vec::with_capacity(ix * iy);
    for b in 1..=iy {
        inside.extend_from_slice(&curl[b * cx + 1..b * cx + 1 + ix]);
    }
    let solved = solve(lattice, inside, Kind::Sine);
    let mut stream = vec![0.0; cx * cy];
    for b in 1..=iy {
        stream[b * cx + 1..b * cx + 1 + ix].copy_from_slice(&solved[(b - 1) * ix..b * ix]);
    }
    let mut potential = solve(lattice, source, Kind::Cosine);
    lattice.centre(&mut potential);
    (stream, potential)
}

/// `(s_i, c_i)` for the wave numbers of a direction.
fn waves(from: usize, count: usize, full: f64) -> Vec<(f64, f64)> {
    (from..from + count).map(|k| crate::real::sin_cos(PI * k as f64 / full)).collect()
}

/// Divides each coefficient by its eigenvalue, those without one are zero.
fn divide(lattice: &Lattice, x: &[(f64, f64)], y: &[(f64, f64)], mut each: impl FnMut(usize, f64)) {
    let (gx, gy) = (square(2.0 / lattice.hx), square(2.0 / lattice.hy));
    let floor = ZERO * gx.max(gy);
    for (l, (sy, cy)) in y.iter().enumerate() {
        for (k, (sx, cx)) in x.iter().enumerate() {
            let value = gx * square(sx * cy) + gy * square(cx * sy);
            each(l * x.len() + k, if value > floor { 1.0 / value } else { 0.0 });
        }
    }
}

fn torus(lattice: &Lattice, curl: &[f64], source: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (nx, ny) = (lattice.nx, lattice.ny);
    // The operator is real and symmetric, so both solutions travel in one complex field.
    let mut z: Vec<Complex<f64>> = curl.iter().zip(source).map(|(a, b)| Complex::new(*a, *b)).collect();
    let mut planner = FftPlanner::new();
    let lines = |data: Vec<Complex<f64>>, plan: &Arc<dyn Fft<f64>>, n: usize, m: usize| {
        let mut data = data;
        plan.process(&mut data);
        transposed(&data, n, m, Complex::default())
    };
    let (fx, fy) = (planner.plan_fft_forward(nx), planner.plan_fft_forward(ny));
    z = lines(z, &fx, nx, ny);
    z = lines(z, &fy, ny, nx);
    let scale = 1.0 / (nx * ny) as f64;
    divide(lattice, &waves(0, nx, nx as f64), &waves(0, ny, ny as f64), |k, v| z[k] *= v * scale);
    let (bx, by) = (planner.plan_fft_inverse(nx), planner.plan_fft_inverse(ny));
    z = lines(z, &bx, nx, ny);
    z = lines(z, &by, ny, nx);
    (z.iter().map(|v| v.re).collect(), z.iter().map(|v| v.im).collect())
}

/// The transform of lines.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// `X_k = 2 Σ x_a sin(πka/n)`, `a, k = 1..n−1`; twice is `2n`.
    Sine,
    /// `X_k = x_0 + (−1)^k x_n + 2 Σ x_a cos(πka/n)`, `a, k = 0..n`; twice is `2n`.
    Cosine,
}

fn solve(lattice: &Lattice, mut data: Vec<f64>, kind: Kind) -> Vec<f64> {
    let (nx, ny) = (lattice.nx, lattice.ny);
    let (from, wx, wy) = match kind {
        Kind::Sine => (1, nx - 1, ny - 1),
        Kind::Cosine => (0, nx + 1, ny + 1),
    };
    if kind == Kind::Cosine {
        // `A c = λ W c`: the right-hand side over the weights, a half at each end
        for (k, v) in data.iter_mut().enumerate() {
            let (a, b) = (k % wx, k / wx);
            let end = |k: usize, n: usize| if k == 0 || k == n { 2.0 } else { 1.0 };
            *v *= end(a, nx) * end(b, ny);
        }
    }
    let mut planner = FftPlanner::new();
    let (px, py) = (planner.plan_fft_forward(2 * nx), planner.plan_fft_forward(2 * ny));
    let both = |data: Vec<f64>| {
        let data = transposed(&lines(data, wx, &px, kind), wx, wy, 0.0);
        transposed(&lines(data, wy, &py, kind), wy, wx, 0.0)
    };
    data = both(data);
    let scale = 0.25 / (nx * ny) as f64;
    let (x, y) = (waves(from, wx, 2.0 * nx as f64), waves(from, wy, 2.0 * ny as f64));
    divide(lattice, &x, &y, |k, v| data[k] *= v * scale);
    both(data)
}

/// Transforms lines of `width`, two at a time as the parts of one complex line that is odd or even.
fn lines(mut data: Vec<f64>, width: usize, plan: &Arc<dyn Fft<f64>>, kind: Kind) -> Vec<f64> {
    let period = plan.len();
    let mut z = vec![Complex::default(); period];
    let mut scratch = vec![Complex::default(); plan.get_inplace_scratch_len()];
    for pair in data.chunks_mut(2 * width) {
        let second = pair.len() > width;
        let value = |k: usize| Complex::new(pair[k], if second { pair[width + k] } else { 0.0 });
        match kind {
            Kind::Sine => {
                (z[0], z[period / 2]) = (Complex::default(), Complex::default());
                for k in 0..width {
                    z[k + 1] = value(k);
                    z[period - 1 - k] = -value(k);
                }
            }
            Kind::Cosine => {
                for k in 0..width {
                    z[k] = value(k);
                    z[(period - k) % period] = value(k);
                }
            }
        }
        plan.process_with_scratch(&mut z, &mut scratch);
        for k in 0..width {
            // of an odd line the transform is −i times its sines
            let (a, b) = match kind {
                Kind::Sine => (-z[k + 1].im, z[k + 1].re),
                Kind::Cosine => (z[k].re, z[k].im),
            };
            pair[k] = a;
            if second {
                pair[width + k] = b;
            }
        }
    }
    data
}

/// A table of `height` lines of `width` the other way round, in blocks that fit the cache.
fn transposed<T: Copy>(data: &[T], width: usize, height: usize, zero: T) -> Vec<T> {
    const BLOCK: usize = 32;
    let mut out = vec![zero; data.len()];
    for j0 in (0..height).step_by(BLOCK) {
        for i0 in (0..width).step_by(BLOCK) {
            for j in j0..(j0 + BLOCK).min(height) {
                for i in i0..(i0 + BLOCK).min(width) {
                    out[i * height + j] = data[j * width + i];
                }
            }
        }
    }
    out
}

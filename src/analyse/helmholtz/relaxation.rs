//! The published relaxation, as it is written: central differences times a half, which reach over two points, a
//! five-point stencil that does not belong to them, Jacobi's sweeps, periodic sides whatever the data.
//!
//! `p ← (Σ p_neighbours − div f)/4`, rotational part `f − ∇p`, the rest irrotational. Source: Sosanya and Greydanus,
//! "Dissipative Hamiltonian Neural Networks" (2022). With different spacings the four neighbours are weighted
//! by them, which for squares is the published form.

use super::lattice::Lattice;
use super::{Parts, Vectors};
use crate::real::square;

/// The parts after so many sweeps. It has no stream function and nothing harmonic.
pub fn parts(lattice: &Lattice, f: &Vectors, sweeps: usize) -> Parts {
    let (nx, ny) = (lattice.nx, lattice.ny);
    let near = |k: usize| {
        let (i, j) = (k % nx, k / nx);
        [j * nx + (i + nx - 1) % nx, j * nx + (i + 1) % nx, (j + ny - 1) % ny * nx + i, (j + 1) % ny * nx + i]
    };
    let (wx, wy) = (1.0 / square(lattice.hx), 1.0 / square(lattice.hy));
    let wide = |list: &[f64], k: usize, x: bool| {
        let [left, right, down, up] = near(k);
        if x { 0.5 / lattice.hx * (list[right] - list[left]) } else { 0.5 / lattice.hy * (list[up] - list[down]) }
    };
    let n = lattice.points();
    let div: Vec<f64> = (0..n).map(|k| wide(&f[0], k, true) + wide(&f[1], k, false)).collect();
    let mut p = vec![0.0; n];
    for _ in 0..sweeps {
        let next = |k: usize| {
            let [left, right, down, up] = near(k).map(|k| p[k]);
            (wx * (left + right) + wy * (down + up) - div[k]) / (2.0 * (wx + wy))
        };
        p = (0..n).map(next).collect();
    }
    let irrotational: Vectors = [true, false].map(|x| (0..n).map(|k| wide(&p, k, x)).collect());
    let rotational: Vectors = [0, 1].map(|c| f[c].iter().zip(&irrotational[c]).map(|(v, i)| v - i).collect());
    let zero = || vec![0.0; n];
    let corners = lattice.corners();
    let none = || vec![0.0; corners.0 * corners.1];
    Parts {
        rotational,
        irrotational,
        harmonic: [zero(), zero()],
        stream: none(),
        potential: none(),
        stream_at: zero(),
        potential_at: p,
    }
}

//! Both potentials on any set of points by sparse Cholesky factors.
//!
//! `D` lives at every corner of a point; `H` at the corners whose four points are there, and is zero at the others, so
//! that `J∇H` does not cross the rim. Each component of corners that nothing holds has one unknown too many, which is
//! set to zero before the solve; then each is shifted to mean zero.

use super::lattice::Lattice;
use super::{Refusal, Vectors};
use crate::real::square;
use faer::Mat;
use faer::Side;
use faer::linalg::solvers::Solve;
use faer::sparse::{SparseColMat, Triplet};

/// Corrections of a solve by its residual. One brings the residual of a thousand points a side to round-off.
const REFINEMENTS: usize = 1;

/// `(H, D)` at the corners.
pub fn potentials(lattice: &Lattice, f: &Vectors) -> Result<(Vec<f64>, Vec<f64>), Refusal> {
    let curl = lattice.curl(f);
    let source: Vec<f64> = lattice.divergence(f).into_iter().map(|v| -v).collect();
    let stream = solve(lattice, &lattice.inner(), &curl)?;
    let mut potential = solve(lattice, &lattice.touched(), &source)?;
    lattice.centre(&mut potential);
    let mut stream = stream;
    if lattice.inner() == lattice.touched() {
        lattice.centre(&mut stream);
    }
    Ok((stream, potential))
}

/// `∇ᵀ∇ x = b` over the `unknown` corners, zero at the others.
fn solve(lattice: &Lattice, unknown: &[bool], b: &[f64]) -> Result<Vec<f64>, Refusal> {
    let held = held(lattice, unknown);
    let mut number = vec![usize::MAX; unknown.len()];
    let mut list = Vec::new();
    for c in 0..unknown.len() {
        if unknown[c] && !held[c] {
            number[c] = list.len();
            list.push(c);
        }
    }
    if list.is_empty() {
        return Ok(vec![0.0; unknown.len()]);
    }
    let (gx, gy) = (square(0.5 / lattice.hx), square(0.5 / lattice.hy));
    // ∂x and ∂y of a corner at a point, times 2h
    let signs = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)];
    let mut entries = Vec::with_capacity(10 * lattice.points());
    for k in (0..lattice.points()).filter(|k| lattice.valid[*k]) {
        let around = lattice.around(k % lattice.nx, k / lattice.nx);
        for (p, (px, py)) in around.iter().zip(signs) {
            for (q, (qx, qy)) in around.iter().zip(signs) {
                let (row, column) = (number[*p], number[*q]);
                if row != usize::MAX && column != usize::MAX && row >= column {
                    entries.push(Triplet::new(row, column, gx * px * qx + gy * py * qy));
                }
            }
        }
    }
    let failed = |e: &dyn std::fmt::Debug| Refusal::Unsolved(format!("{e:?}"));
    let n = list.len();
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &entries).map_err(|e| failed(&e))?;
    drop(entries);
    let factor = matrix.sp_cholesky(Side::Lower).map_err(|e| failed(&e))?;
    let mut x = vec![0.0; unknown.len()];
    for round in 0..=REFINEMENTS {
        let applied = if round == 0 { vec![0.0; x.len()] } else { apply(lattice, &x) };
        let rest = Mat::from_fn(n, 1, |k, _| b[list[k]] - applied[list[k]]);
        let step = factor.solve(&rest);
        list.iter().enumerate().for_each(|(k, c)| x[*c] += step[(k, 0)]);
    }
    if x.iter().any(|v| !v.is_finite()) {
        return Err(Refusal::Unsolved("its solution is not finite".into()));
    }
    Ok(x)
}

/// `∇ᵀ∇ x` at the corners.
fn apply(lattice: &Lattice, x: &[f64]) -> Vec<f64> {
    lattice.divergence(&lattice.gradient(x)).into_iter().map(|v| -v).collect()
}

/// One corner of each component that reaches no corner of a known value.
fn held(lattice: &Lattice, unknown: &[bool]) -> Vec<bool> {
    let components = lattice.components();
    let mut fixed = vec![false; unknown.len()];
    for (c, component) in components.iter().enumerate() {
        if let Some(k) = *component {
            fixed[k] |= !unknown[c];
        }
    }
    (0..unknown.len()).map(|c| components[c] == Some(c) && unknown[c] && !fixed[c]).collect()
}

//! Newton's method for implicit blocks.

use super::blocks::{Columns, Machine, failure};
use super::field::Failure;
use super::program::SolveFailure;
use super::solve::General;
use crate::limits;
use std::ops::Range;

/// A full step of this relative size leaves an error of rounding: convergence is quadratic.
const LAST_STEP: f64 = 1e-8;
/// A step of this relative size that makes the residual no smaller is rounding.
const SMALL_STEP: f64 = 1e-6;

/// Solves `G(x) = 0` for `x = input[unknowns]` from where it stands, with steps halved while the
/// residual would grow or leave the numbers. `offset` is the first unknown's place in the state.
pub(super) fn newton(
    offset: usize,
    unknowns: Range<usize>,
    residual: &mut Machine,
    matrix: &mut Columns,
    factored: &mut General,
    input: &mut [f64],
) -> Result<(), Failure> {
    let Machine { program, work } = residual;
    let m = unknowns.len();
    let (mut value, mut jacobian) = (vec![0.0; m], vec![0.0; m * m]);
    let mut measure = |input: &[f64], value: &mut [f64]| -> Result<f64, Failure> {
        program.run(work, input, value).map_err(failure)?;
        Ok(largest(value))
    };
    let mut size = measure(input, &mut value)?;
    for _ in 0..limits::NEWTON_ITERATIONS {
        if size == 0.0 {
            return Ok(());
        }
        matrix.evaluate(input, &mut jacobian).map_err(failure)?;
        factored
            .factor(&jacobian)
            .map_err(|singular| failure(SolveFailure { singular, component: offset + singular.component }))?;
        let mut step = value.clone();
        factored.solve(&mut step);
        let before: Vec<f64> = input[unknowns.clone()].to_vec();
        let mut length = 1.0;
        let mut shrunk = false;
        for _ in 0..limits::NEWTON_ITERATIONS {
            for (k, x) in input[unknowns.clone()].iter_mut().enumerate() {
                *x = before[k] - length * step[k];
            }
            let next = measure(input, &mut value)?;
            if next < size {
                (size, shrunk) = (next, true);
                break;
            }
            length *= 0.5;
        }
        let moved = largest(&step) / (largest(&before) + f64::MIN_POSITIVE);
        if !shrunk {
            input[unknowns].copy_from_slice(&before);
            return if moved < SMALL_STEP { Ok(()) } else { Err(Failure::NewtonDiverged { component: offset }) };
        }
        if length == 1.0 && moved < LAST_STEP {
            return Ok(());
        }
    }
    Err(Failure::NewtonDiverged { component: offset })
}

fn largest(x: &[f64]) -> f64 {
    x.iter().map(|v| v.abs()).fold(0.0, crate::real::max)
}

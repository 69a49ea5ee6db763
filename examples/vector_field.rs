//! A vector field written by hand in Rust, with an integrator of the library: Kepler's ellipse by
//! Störmer and Verlet, whose energy has no trend.
//!
//! `cargo run --release --example vector_field`

use hamel::integrate::{Method, Settings, Silent, Span, integrate};
use hamel::kernel::{Failure, Part, VectorField};
use std::ops::Range;

/// `q' = p`, `p' = -q/|q|³`; the state is `(q1, q2, p1, p2)`.
struct Kepler {
    groups: [Range<usize>; 2],
}

impl VectorField for Kepler {
    fn dimension(&self) -> usize {
        4
    }

    fn rates(&mut self, _: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let square = y[0] * y[0] + y[1] * y[1];
        let cube = square * square.sqrt();
        dy.copy_from_slice(&[y[2], y[3], -y[0] / cube, -y[1] / cube]);
        Ok(())
    }

    /// Needed by implicit methods only; this one is explicit.
    fn jacobian(&mut self, _: f64, _: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        jac.fill(f64::NAN);
        Err(Failure::NonFinite { component: 0 })
    }

    fn partition(&self) -> Option<(&[usize], &[usize])> {
        Some((&[0, 1], &[2, 3]))
    }

    fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let mut all = [0.0; 4];
        self.rates(t, y, &mut all)?;
        match part {
            Part::Drift => dy[..2].copy_from_slice(&all[..2]),
            Part::Kick => dy[2..].copy_from_slice(&all[2..]),
        }
        Ok(())
    }

    fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }
}

fn energy(y: &[f64]) -> f64 {
    0.5 * (y[2] * y[2] + y[3] * y[3]) - 1.0 / (y[0] * y[0] + y[1] * y[1]).sqrt()
}

fn main() {
    let e: f64 = 0.6;
    let start = [1.0 - e, 0.0, 0.0, ((1.0 + e) / (1.0 - e)).sqrt()];
    let span = Span::by(0.0, 1000.0, 1.0).expect("a span");
    let settings = Settings { method: Method::StormerVerlet, step: Some(0.01), ..Settings::default() };
    let mut field = Kepler { groups: [0..2, 2..4] };
    let run = integrate(&mut field, &start, &span, &settings, &mut Silent);
    let error = |rows: Range<usize>| rows.map(|r| (energy(run.state(r)) - energy(&start)).abs()).fold(0.0, f64::max);
    let (first, last) = (error(0..run.len() / 10), error(run.len() * 9 / 10..run.len()));
    println!("{}, {} steps", run.outcome, run.statistics.steps);
    println!("largest energy error of the first tenth {first:.2e}, of the last {last:.2e}");
    assert!(last < 2.0 * first, "the energy of a symplectic method has no trend");
}

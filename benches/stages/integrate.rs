//! Whole runs, as `hamel simulate` makes them, without the writing of pictures.

use crate::clock::median;
use crate::system::prepared;
use hamel::diagnostic::Diagnostics;
use hamel::run::simulate::Conditions;
use hamel::run::{RunOutput, simulate};

/// The double pendulum of the peers: unit masses and lengths, g = 9.8, a regular motion.
pub fn double_pendulum(rtol: f64, by: f64) -> String {
    format!(
        "sys 0.1\nsystem DoublePendulum {{\n  param g = 9.8\n  coord a, b\n\
         T = a'^2 + 1/2*b'^2 + a'*b'*cos(a - b)\n  V = -2*g*cos(a) - g*cos(b)\n  lagrangian L = T - V\n\
         init a = 0.4, b = -0.3, a' = 0, b' = 0\n\
         simulate {{ t = 0..1000 by {by}, method = dop853, rtol = {rtol:e} }}\n}}\n"
    )
}

/// Its state at t = 1000, by a Taylor method of order 23 in 80-bit numbers (heyoka 7.13, tolerance 1e-19; at 1e-18 it differs by 3e-15).
pub const REFERENCE: [f64; 4] = [0.3669889555124925, -0.2868646231338099, 0.3997067104657839, -0.9001457943828256];

/// Kepler's problem with eccentricity 0.6.
fn kepler() -> String {
    "sys 0.1\nsystem Kepler {\n  coord q : vector(2)\n  momentum p of q\n\
     hamiltonian H = 1/2*p·p - 1/norm(q)\n  invariant E = H\n  init q = [0.4, 0], p = [0, 2]\n\
     simulate { t = 0..100000 by 100, method = verlet, step = 0.01 }\n}\n"
        .to_owned()
}

/// A chain of equal masses and springs.
fn chain(n: usize) -> String {
    format!(
        "sys 0.1\nsystem Chain {{\n  const n = {n}\n  coord u[1..n]\n\
         lagrangian L = sum(1/2*u[i]'^2 for i in 1..n) - sum(1/2*(u[i+1] - u[i])^2 for i in 1..n-1)\n\
         init u[i] = sin(π*i/n) for i in 1..n, u' = 0\n\
         simulate {{ t = 0..1000 by 100, method = verlet, step = 0.1 }}\n}}\n"
    )
}

/// Runs a text.
pub fn run(text: &str) -> RunOutput {
    let mut problems = Diagnostics::new();
    let made = simulate(prepared(text), Conditions::default(), &mut problems);
    made.unwrap_or_else(|| panic!("{:?}", problems.sorted()))
}

/// Seconds of CPU time of a run, and the run.
pub fn timed(text: &str) -> (f64, RunOutput) {
    let mut kept = None;
    let seconds = median(1, || kept = Some(run(text)));
    (seconds, kept.expect("it ran"))
}

/// Largest deviation of the last state from the reference.
pub fn error(run: &RunOutput) -> f64 {
    let last = run.trajectory.state(run.trajectory.len() - 1);
    last.iter().zip(&REFERENCE).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Prints the table.
pub fn table() {
    println!("\n{:>44} {:>10} {:>10} {:>10} {:>12}", "run", "CPU ms", "steps", "rows", "error");
    for (rtol, by) in [(1e-9, 1.0), (1e-12, 1.0), (1e-12, 0.01)] {
        let (seconds, run) = timed(&double_pendulum(rtol, by));
        let name = format!("double pendulum, T = 1000, rtol {rtol:e}, by {by}");
        print_row(&name, seconds, &run, error(&run));
    }
    let (seconds, run) = timed(&kepler());
    // Largest energy error of the last tenth against that of the first.
    let curve = &run.drifts[0].series;
    let tenth = curve.len() / 10;
    let largest = |part: &[f64]| part.iter().fold(0.0f64, |m, e| m.max(e.abs()));
    let growth = largest(&curve[curve.len() - tenth..]) / largest(&curve[..tenth]);
    print_row("Kepler, 1e7 Verlet steps (last/first tenth)", seconds, &run, growth);
    for n in [10, 1_000] {
        let (seconds, run) = timed(&chain(n));
        print_row(&format!("chain of {n}, 1e4 Verlet steps (drift)"), seconds, &run, run.drifts[0].worst);
    }
}

fn print_row(name: &str, seconds: f64, run: &RunOutput, error: f64) {
    assert!(!run.trajectory.outcome.is_failure(), "{:?}", run.trajectory.outcome);
    println!(
        "{name:>44} {:>10.1} {:>10} {:>10} {error:>12.2e}",
        seconds * 1e3,
        run.trajectory.statistics.steps,
        run.trajectory.len()
    );
}

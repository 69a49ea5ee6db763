//! A hundred starts of one system side by side, on one thread and on all: the same bits.
//!
//! `cargo run --release --example ensemble`

use hamel::diagnostic::Diagnostics;
use hamel::run::experiment::{experiments, run};
use hamel::run::source::load_text;

const TEXT: &str = "
system Pendulum {
  param g = 9.81 [m/s^2], l = 1 [m], c = 0.1 [1/s]
  coord θ : [rad] periodic
  θ'' = -g/l*sin(θ) - c*θ'
  init θ = 0, θ' = 0
  simulate { t = 0..20 [s] by 0.1 [s] }
}
experiment fan {
  run all = simulate(Pendulum) { init θ = 1.7 [deg]*i for i in 1..100 }
}
";

/// The last state of every trajectory.
fn ends(threads: usize) -> Vec<f64> {
    let loaded = load_text("fan.sys", TEXT);
    let (name, lines) = &experiments(&loaded.program)[0];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut problems = Diagnostics::new();
    let output = pool.install(|| run(&loaded.program, (name, lines), 0, None, &mut problems));
    assert!(!problems.has_errors(), "{problems:?}");
    output.runs[0].trajectories.iter().flat_map(|r| r.trajectory.last().to_vec()).collect()
}

fn main() {
    let (one, many) = (ends(1), ends(4));
    let same = one.iter().zip(&many).all(|(a, b)| a.to_bits() == b.to_bits());
    let largest = one.iter().step_by(2).fold(0.0f64, |m, v| m.max(v.abs()));
    println!("{} trajectories, largest angle after 20 s: {largest:.4} rad", one.len() / 2);
    println!("one thread and four give {}", if same { "the same bits" } else { "different bits" });
    assert!(same);
}

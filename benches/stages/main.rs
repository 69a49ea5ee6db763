//! Times of the stages: CPU time of this thread, median of five.
//!
//! ```text
//! taskset -c 1 cargo bench                           all tables
//! taskset -c 1 cargo bench --bench stages -- evaluate
//! ```
//!
//! With `PEERS_PYTHON` (an interpreter) and `PEERS` (a folder with `s1_symbolic.py`,
//! `s2_trajectory.py`, `s5_tasks.py` and `s5_train_jax.py`, which print one JSON object a measurement) the
//! peers are measured in the same run, between ours. `docs/benchmarks.md` tells how to read the tables.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a bench reads files and stops at the first fault")]

mod clock;
mod evaluate;
mod fields;
mod helmholtz;
mod integrate;
mod peers;
mod system;
mod training;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    println!("instruction set: {}", hamel::lanes::Level::detect().name());
    if is_wanted("evaluate") {
        evaluate::table();
    }
    if is_wanted("integrate") {
        integrate::table();
    }
    if is_wanted("fields") {
        fields::table();
    }
    if is_wanted("helmholtz") {
        helmholtz::table();
    }
    if is_wanted("peers") {
        peers::table();
    }
    if is_wanted("training") {
        training::table(&wanted.iter().filter(|w| *w != "training").cloned().collect::<Vec<_>>());
    }
}

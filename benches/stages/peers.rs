//! Peers beside ours, in one run.

use crate::clock::median;
use crate::integrate::{double_pendulum, error, timed};
use crate::system::{beginning, gallery, kernel, prepared};
use hamel::kernel::{Code, VectorField};
use serde_json::Value;
use std::process::Command;

/// One measurement of a peer: the first JSON object that its script prints.
pub fn peer(python: &str, folder: &str, script: &str, item: &str) -> Option<Value> {
    let path = std::path::Path::new(folder).join(script);
    let made = Command::new(python).arg(path).args(["--item", item]).output().ok()?;
    let text = String::from_utf8_lossy(&made.stdout);
    text.lines().find(|line| line.starts_with('{')).and_then(|line| serde_json::from_str(line).ok())
}

/// A number of a measurement; seconds as CPU time.
pub fn number(found: &Value, key: &str) -> f64 {
    found.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// Prints the tables; without peers only a line.
pub fn table() {
    let (Ok(python), Ok(folder)) = (std::env::var("PEERS_PYTHON"), std::env::var("PEERS")) else {
        println!("\npeers: set PEERS_PYTHON and PEERS to measure them beside ours");
        return;
    };
    println!("\n{:>34} {:>4} {:>12} {:>12} {:>10}", "n-link pendulum", "n", "ready ms", "rates us", "error");
    for n in [2, 4, 8, 16, 32] {
        let text = gallery("n_link_pendulum.sys", Some(n));
        let mut dy = vec![0.0; 2 * n];
        let ready = median(3, || {
            let system = prepared(&text);
            let begin = beginning(&system);
            kernel(&system, &begin, Code::WhenItPays).rates(0.0, &begin.y, &mut dy).expect("regular");
        });
        let system = prepared(&text);
        let begin = beginning(&system);
        let mut rates = kernel(&system, &begin, Code::Native);
        let each = median(20_000 / n, || rates.rates(0.0, &begin.y, &mut dy).expect("regular"));
        println!("{:>34} {n:>4} {:>12.2} {:>12.3}", "hamel", ready * 1e3, each * 1e6);
        for item in [format!("casadi:sx@{n}"), format!("casadi:ldl@{n}"), format!("sympy@{n}")] {
            if item.starts_with("sympy") && n > 8 {
                continue;
            }
            let Some(found) = peer(&python, &folder, "s1_symbolic.py", &item) else { continue };
            let share = number(&found, "cpu_over_wall");
            println!(
                "{item:>34} {n:>4} {:>12.2} {:>12.3} {:>10.0e}",
                number(&found, "seconds") * 1e3,
                number(&found, "rhs_seconds") * share * 1e6,
                number(&found, "metric")
            );
        }
    }
    println!("\n{:>34} {:>10} {:>10} {:>12}", "double pendulum, T = 1000", "rtol", "CPU ms", "error");
    for _ in 0..3 {
        for rtol in [1e-12, 1e-11, 1e-10] {
            let (seconds, run) = timed(&double_pendulum(rtol, 1.0));
            println!("{:>34} {rtol:>10.0e} {:>10.2} {:>12.1e}", "hamel", seconds * 1e3, error(&run));
        }
        for item in ["numba:dopri8:dp:1e-12", "heyoka:dp:1e-12", "heyoka:dp:1e-09"] {
            let Some(found) = peer(&python, &folder, "s2_trajectory.py", item) else { continue };
            let seconds = number(&found, "seconds") * number(&found, "cpu_over_wall");
            println!(
                "{item:>34} {:>10.0e} {:>10.2} {:>12.1e}",
                number(&found, "tol"),
                seconds * 1e3,
                number(&found, "metric")
            );
        }
    }
}

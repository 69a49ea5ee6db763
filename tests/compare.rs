//! Comparisons of fitted models: scores, repetitions, published values, what later lines read, what is refused.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::run::experiment::{self, ExperimentOutput};
use hamel::run::source::load_text;

/// Runs the first experiment of a text.
fn run(text: &str) -> (ExperimentOutput, Diagnostics) {
    let loaded = load_text("test.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    let mut out = Diagnostics::new();
    let made = experiment::run(&loaded.program, (name, lines), 0, None, &mut out);
    (made, out)
}

const SPRING: &str = "
system Truth {
  coord q
  momentum p of q
  hamiltonian H = q^2 + p^2
  E = q^2 + p^2
}
# The true law with a free stiffness: a fit of it is exact.
system Law {
  param k = 1
  coord q
  momentum p of q
  hamiltonian H = k*q^2 + p^2
}
system Slow {
  param c = 0.5
  state q, p
  q' = c*p
  p' = -c*q
}
";

fn spring(lines: &str) -> String {
    format!(
        "{SPRING}
experiment e {{
  seed 3
  data d = sample(Truth) {{ init q ~ uniform(-1, 1), p ~ uniform(-1, 1), trajectories = 10, t = 0..1 by 0.1 }}
  split d into train 0.5, test 0.5
  fit law = train(Law, on = d.train) {{ learn = [k], optimizer = lbfgs, steps = 20 }}
  fit slow = train(Slow, on = d.train) {{ learn = [c], optimizer = lbfgs, steps = 20 }}
{lines}
}}"
    )
}

#[test]
fn a_law_that_is_found_exactly_scores_zero_and_keeps_its_energy() {
    let text = spring(
        "  compare [law, slow] on d.test {
    rollout = 0..5 by 0.1
    metrics = [rmse(q), mse, max_error(q), derivative_mse, energy_mse(E), drift(E), valid_time(0.3), floor, params]
  }
  check law.rmse < 1e-5
  check law.energy_mse(E) < 1e-10
  check law.valid_time > 4.99
  check max(abs(law.rollout[1].q)) < 2",
    );
    let (made, out) = run(&text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let scores = &made.scores[0];
    eprintln!("{}", scores.text(hamel::report::terminal::Screen { unicode: true, colour: false }));
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    assert_eq!(scores.rows[0].cells[8].median, 1.0);
}

//! Dissipative functions: their equations beside stated ones, and the promise that `D` never grows.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::run::prepare::prepare;
use hamel::run::simulate::Conditions;
use hamel::run::{RunOutput, experiment, simulate};

fn run(text: &str, system: &str) -> RunOutput {
    let loaded = hamel::run::source::load_text("dissipative.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let (prepared, problems) = prepare(&loaded.program, system, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut out = hamel::diagnostic::Diagnostics::new();
    simulate(prepared, Conditions::default(), &mut out).unwrap_or_else(|| panic!("{out:?}"))
}

/// The last rows of two systems of one text.
fn same_end(text: &str, tolerance: f64) {
    let (a, b) = (run(text, "A"), run(text, "B"));
    for (x, y) in a.trajectory.last().iter().zip(b.trajectory.last()) {
        assert!((x - y).abs() <= tolerance, "{x} against {y}: {text}");
    }
}

#[test]
fn the_equations_are_those_one_writes_by_hand() {
    same_end(
        "system A { coord q
           dissipative D = 1/2*2*q'^2 + 1/2*0.3*q*q' + 1/2*4*q^2
           init q = 1, q' = 0
           simulate { t = 0..10 by 1 } }
         system B { coord q
           q'' = -(0.3*q' + 4*q)/2
           init q = 1, q' = 0
           simulate { t = 0..10 by 1 } }",
        1e-10,
    );
    same_end(
        "system A { state x, y
           mass M = [2, 0.5; 0.5, 1]
           dissipative D = 1/4*x^4 + 1/2*(x - y)^2
           init x = 2, y = -1
           simulate { t = 0..3 by 1, rtol = 1e-11 } }
         system B { state x, y
           equation 2*x' + 0.5*y' = -x^3 - (x - y)
           equation 0.5*x' + y' = x - y
           init x = 2, y = -1
           simulate { t = 0..3 by 1, rtol = 1e-11 } }",
        1e-9,
    );
    same_end(
        "system A { state x, y
           x' = -x + y*x
           y' = -y - x^2
           mass M = 2
           init x = 1, y = 2
           simulate { t = 0..2 by 1 } }
         system B { state x, y
           x' = (-x + y*x)/2
           y' = (-y - x^2)/2
           init x = 1, y = 2
           simulate { t = 0..2 by 1 } }",
        1e-9,
    );
    // The time in D and the state beside the coordinate take part in d/dt ∂D/∂q'.
    same_end(
        "system A { coord q
           state s
           dissipative D = 1/2*(2 + s + t)*q'^2 + 1/2*q^2 + 1/2*s^2
           init q = 1, q' = 0.5, s = 1
           simulate { t = 0..2 by 1 } }
         system B { coord q
           state s
           s' = -(1/2*q'^2 + s)
           q'' = -((1 - 1/2*q'^2 - s)*q' + q)/(2 + s + t)
           init q = 1, q' = 0.5, s = 1
           simulate { t = 0..2 by 1 } }",
        1e-8,
    );
}

#[test]
fn the_functional_falls_in_every_step() {
    for step in ["0.1", "0.05", "0.025"] {
        let text = format!(
            "system A {{ state x, y
               dissipative D = 1/4*x^4 + 50*(x - y^2)^2 + 1/2*y^2
               init x = 2, y = -1
               simulate {{ t = 0..20 by 0.5, method = discrete_gradient, step = {step} }} }}"
        );
        let run = run(&text, "A");
        assert_eq!(run.trajectory.outcome.name(), "Finished");
        assert_eq!(run.rise, Some(0.0));
    }
}

#[test]
fn the_discrete_gradient_has_order_two() {
    let end = |step: &str| {
        let text = format!(
            "system A {{ state x, y
               dissipative D = 1/4*x^4 + 1/2*(x - y)^2
               init x = 2, y = -1
               simulate {{ t = 0..1 by 1, {step} }} }}"
        );
        run(&text, "A").trajectory.last().to_vec()
    };
    let exact = end("rtol = 1e-12");
    let error = |step: &str| -> f64 {
        let found = end(&format!("method = discrete_gradient, step = {step}"));
        found.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let order = (error("0.02") / error("0.01")).log2();
    assert!((order - 2.0).abs() < 0.1, "order {order}");
}

#[test]
fn what_is_run_backwards_tells_its_amplification() {
    let text = "system A { state x, y
           dissipative D = 1/2*x^2 + 3/2*y^2
           init x = 1, y = 1
           simulate { t = 0..2 by 0.1 } }
         experiment main {
           run there = simulate(A)
           run back = simulate(reversed(A), from = there.end, t = 0..2 by 0.1)
           check abs(back.amplification - exp(6)) < 1e-6*exp(6)
           check abs(back.x(2) - 1) < 1e-9
         }";
    let loaded = hamel::run::source::load_text("back.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let list = experiment::experiments(&loaded.program);
    let mut out = hamel::diagnostic::Diagnostics::new();
    let output = experiment::run(&loaded.program, (&list[0].0, &list[0].1), 0, None, &mut out);
    assert!(!out.has_errors(), "{out:?}");
    assert_eq!(output.verdicts.len(), 2);
    for v in &output.verdicts {
        assert!(v.holds, "{} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
    }
}

//! One problem for every ending that a run can come to by itself.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod problem;

use hamel::integrate::method::Needs;
use hamel::integrate::{METHODS, Method, Observer, Outcome, Settings, Silent, Span, Step, Stop, integrate};
use hamel::kernel::{Failure, VectorField};
use problem::*;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

const ADAPTIVE: [Method; 2] = [Method::Dop853, Method::Dopri5];

#[test]
fn an_empty_span_is_one_row_and_finished() {
    let span = Span::by(3.0, 3.0, 0.1).expect("a span");
    for method in ADAPTIVE.into_iter().chain([Method::Rk4]) {
        let settings = Settings { method, ..Settings::default() };
        let run = integrate(&mut oscillator(), &[1.0, 0.0], &span, &settings, &mut Silent);
        assert_eq!(run.outcome, Outcome::Finished { time: 3.0 });
        assert_eq!((run.len(), run.last()), (1, &[1.0, 0.0][..]));
    }
}

#[test]
fn a_solution_that_ends_in_finite_time_is_named_at_every_tolerance() {
    let span = Span::count(0.0, 2.0, 21).expect("a span");
    for method in ADAPTIVE {
        for rtol in [1e-3, 1e-6, 1e-9, 1e-12] {
            let settings = Settings { method, rtol, ..Settings::default() };
            for mut field in
                [FnField::new(1, |_, y, dy| dy[0] = y[0] * y[0]), FnField::new(1, |_, y, dy| dy[0] = y[0].exp())]
            {
                let run = integrate(&mut field, &[1.0], &span, &settings, &mut Silent);
                let steps = run.statistics.steps + run.statistics.rejected;
                assert!(run.outcome.is_failure(), "{method:?} {rtol}: {}", run.outcome);
                assert!(steps < 100_000, "{method:?} {rtol}: {steps} steps");
                assert!(run.outcome.time() < 1.0 + 10.0 * rtol, "{method:?} {rtol}: {}", run.outcome);
                assert!(run.states.iter().all(|value| value.is_finite()));
                assert_eq!(run.times.last(), Some(&run.outcome.time()));
            }
        }
    }
}

#[test]
fn a_head_on_collision_is_named() {
    let span = Span::count(0.0, 10.0, 11).expect("a span");
    for method in ADAPTIVE {
        let settings = Settings { method, ..Settings::default() };
        let run = integrate(&mut kepler(), &[1.0, 0.0, 0.0, 0.0], &span, &settings, &mut Silent);
        let steps = run.statistics.steps + run.statistics.rejected;
        assert!(run.outcome.is_failure() && steps < 100_000, "{}", run.outcome);
        // Free fall from rest at distance 1 takes π/√8.
        assert!((run.outcome.time() - std::f64::consts::PI / 8f64.sqrt()).abs() < 1e-3, "{}", run.outcome);
    }
}

#[test]
fn a_fixed_step_ends_at_the_first_state_that_is_not_finite() {
    let span = Span::count(0.0, 2.0, 21).expect("a span");
    let settings = Settings { method: Method::Rk4, step: Some(0.01), ..Settings::default() };
    let run = integrate(&mut FnField::new(1, |_, y, dy| dy[0] = y[0] * y[0]), &[1.0], &span, &settings, &mut Silent);
    assert!(matches!(run.outcome, Outcome::NonFiniteState { .. }), "{}", run.outcome);
    assert!(run.states.iter().all(|value| value.is_finite()));
    assert_eq!(run.outcome.component().map(|c| c.name.as_str()), Some("y[1]"));
}

#[test]
fn the_budget_of_steps_belongs_to_the_run() {
    let span = Span::count(0.0, 1000.0, 1001).expect("a span");
    for method in ADAPTIVE.into_iter().chain([Method::Rk4]) {
        let settings = Settings { method, max_steps: 50, ..Settings::default() };
        let run = integrate(&mut oscillator(), &[1.0, 0.0], &span, &settings, &mut Silent);
        assert!(matches!(run.outcome, Outcome::MaxStepsReached { steps: 50, .. }), "{}", run.outcome);
    }
}

#[test]
fn an_interrupt_ends_the_run_with_its_rows() {
    let flag = AtomicBool::new(true);
    let span = Span::count(0.0, 10.0, 11).expect("a span");
    let settings = Settings { interrupt: Some(&flag), ..Settings::default() };
    let run = integrate(&mut oscillator(), &[1.0, 0.0], &span, &settings, &mut Silent);
    assert_eq!(run.outcome, Outcome::Interrupted { time: 0.0 });
}

#[test]
fn a_state_that_is_not_finite_never_starts() {
    let span = Span::count(0.0, 1.0, 2).expect("a span");
    let run = integrate(&mut oscillator(), &[1.0, f64::NAN], &span, &Settings::default(), &mut Silent);
    assert!(matches!(run.outcome, Outcome::NonFiniteState { .. }));
}

struct Until(f64);

impl Observer for Until {
    fn step(&mut self, step: &mut Step<'_>) -> ControlFlow<Stop> {
        if step.end < self.0 {
            return ControlFlow::Continue(());
        }
        let mut state = [0.0; 2];
        step.state_at(self.0, &mut state).expect("dense output of a smooth field");
        assert!((state[0] - self.0.cos()).abs() < 1e-8);
        let outcome = Outcome::EventReached { time: self.0, event: "q < 0.5".into() };
        ControlFlow::Break(Stop { time: self.0, outcome })
    }
}

#[test]
fn an_observer_ends_the_run_inside_a_step() {
    let span = Span::count(0.0, 10.0, 101).expect("a span");
    for method in ADAPTIVE {
        let settings = Settings { method, keep_dense: true, ..Settings::default() };
        let run = integrate(&mut oscillator(), &[1.0, 0.0], &span, &settings, &mut Until(2.345));
        assert!(!run.outcome.is_failure());
        assert_eq!(run.times.last(), Some(&2.345));
        assert_eq!(run.len(), 25);
        assert!((run.last()[0] - 2.345f64.cos()).abs() < 1e-8);
    }
}

#[test]
fn a_step_that_no_longer_advances_time_is_named_with_its_component() {
    // The rate jumps with the state: no step across t = 1/2 ever meets the tolerance.
    let span = Span::count(0.0, 2.0, 21).expect("a span");
    let chatter = || {
        FnField::new(2, |_, y, dy| {
            dy[0] = 1.0;
            dy[1] = if y[0] < 0.5 { 0.0 } else { 1e30 * (y[0] - 0.5).sqrt().recip() };
        })
    };
    for method in ADAPTIVE {
        let settings = Settings { method, ..Settings::default() };
        let run = integrate(&mut chatter(), &[0.0, 1.0], &span, &settings, &mut Silent);
        assert!(run.outcome.is_failure(), "{}", run.outcome);
        assert_eq!(run.outcome.component().map(|c| c.index), Some(1), "{}", run.outcome);
        assert!((run.outcome.time() - 0.5).abs() < 1e-6, "{}", run.outcome);
    }
}

struct Singular(FnField);

impl VectorField for Singular {
    fn dimension(&self) -> usize {
        2
    }

    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        if y[0] > 1.0 {
            return Err(Failure::SingularMassMatrix { rcond: 1e-17, component: 1 });
        }
        self.0.rates(t, y, dy)
    }

    fn jacobian(&mut self, t: f64, y: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        self.0.jacobian(t, y, jac)
    }

    fn partition(&self) -> Option<(&[usize], &[usize])> {
        self.0.partition()
    }

    fn groups(&self) -> &[std::ops::Range<usize>] {
        VectorField::groups(&self.0)
    }

    fn component_name(&self, component: usize) -> String {
        ["θ", "θ'"][component].into()
    }
}

#[test]
fn a_singular_mass_matrix_is_named_by_every_method() {
    let span = Span::count(0.0, 10.0, 101).expect("a span");
    for entry in METHODS.iter().filter(|entry| entry.needs != Needs::LinearConstant) {
        let settings = Settings {
            method: entry.method,
            step: entry.embedded_order.is_none().then_some(0.01),
            ..Settings::default()
        };
        let run = integrate(&mut Singular(pendulum()), &[0.0, 1.5], &span, &settings, &mut Silent);
        assert!(matches!(run.outcome, Outcome::SingularMassMatrix { .. }), "{}: {}", entry.name, run.outcome);
        assert!(run.outcome.to_string().contains("θ'"), "{}", run.outcome);
        assert!(run.last()[0] < 1.01 && run.last()[0] > 0.9, "{}: {:?}", entry.name, run.last());
    }
}

#[test]
fn an_implicit_step_without_a_solution_is_named() {
    // y' = 1 + y²: with h = 100 the midpoint equation has no real solution.
    let span = Span::count(0.0, 100.0, 2).expect("a span");
    let mut field = FnField::new(1, |_, y, dy| dy[0] = 1.0 + y[0] * y[0]).with_jacobian(|_, y, j| j[0] = 2.0 * y[0]);
    for method in [Method::ImplicitMidpoint, Method::Gauss4, Method::Gauss6] {
        let settings = Settings { method, step: Some(100.0), ..Settings::default() };
        let run = integrate(&mut field, &[0.0], &span, &settings, &mut Silent);
        assert!(matches!(run.outcome, Outcome::NewtonDiverged { .. }), "{method:?}: {}", run.outcome);
    }
}

#[test]
fn memory_is_counted_before_it_is_taken() {
    let span = Span::count(0.0, 1.0, 40_000_000).expect("a span");
    let mut field = FnField::new(1000, |_, _, dy| dy.fill(0.0));
    let run = integrate(&mut field, &vec![1.0; 1000], &span, &Settings::default(), &mut Silent);
    assert!(matches!(run.outcome, Outcome::BudgetSpent { .. }), "{}", run.outcome);
    assert_eq!(run.len(), 1);
}

#[test]
fn every_failure_has_its_page_and_its_advice() {
    use hamel::integrate::outcome::{CODES, Component};
    let component = || Component { index: 0, name: "q".into() };
    let time = 1.0;
    let failures = [
        Outcome::MaxStepsReached { time, steps: 10 },
        Outcome::StepSizeUnderflow { time, step: 1e-17, component: component() },
        Outcome::NonFiniteState { time, component: component() },
        Outcome::SingularMassMatrix { time, rcond: 1e-18, component: component() },
        Outcome::NewtonDiverged { time, component: component() },
        Outcome::AssumptionBroken { time, assumption: "v < c".into() },
        Outcome::ReversalLost { time, amplification: 1e9, rtol: 1e-10, noise: 0.0, tolerance: 0.01 },
        Outcome::BudgetSpent { time, budget: "2 GiB".into() },
        Outcome::Interrupted { time },
    ];
    assert_eq!(failures.len(), CODES.len());
    for (failure, page) in failures.iter().zip(CODES) {
        assert_eq!(failure.code(), Some(page.code));
        assert!(failure.is_failure() && !failure.advice().is_empty() && failure.time() == time);
        assert!(failure.to_string().contains("t = 1"), "{failure}");
    }
    assert_eq!(Outcome::Finished { time }.code(), None);
}

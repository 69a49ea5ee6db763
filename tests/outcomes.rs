//! One problem for every ending that a run can come to by itself.

mod problem;

use hamel::integrate::{Method, Observer, Outcome, Settings, Silent, Span, Step, Stop, integrate};
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
                let y0 = if rtol == 1e-3 { [1.0] } else { [1.0] };
                let run = integrate(&mut field, &y0, &span, &settings, &mut Silent);
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

//! Every method of `METHODS`: order, structure, direction, published problems.

mod problem;

use hamel::integrate::{METHODS, Method, Quadrature, Settings, Silent, Span, integrate, integrate_with};
use problem::*;

#[test]
fn dense_output_is_as_good_as_the_method() {
    let span = Span::count(0.0, 20.0, 7).expect("a span");
    for (method, rtol, bound) in [(Method::Dop853, 1e-11, 1e-9), (Method::Dopri5, 1e-9, 1e-7)] {
        let settings = Settings { method, rtol, keep_dense: true, ..Settings::default() };
        let run = integrate(&mut driven(), &[1.0, 0.0], &span, &settings, &mut Silent);
        for k in 0..2000 {
            let t = f64::from(k) * 0.01;
            let error = distance(&run.at(t).expect("inside the run"), &driven_solution(t));
            assert!(error < bound, "{method:?} at {t}: {error:e}");
        }
        for (k, t) in run.times.iter().enumerate() {
            assert!(distance(run.state(k), &driven_solution(*t)) < bound);
        }
        assert_eq!(run.times.last(), Some(&20.0));
        assert_eq!(run.at(20.1), None);
    }
}

#[test]
fn quadratures_have_the_order_of_the_method_and_leave_no_trace() {
    let span = Span::count(0.0, 5.0, 11).expect("a span");
    for entry in METHODS {
        let settings = Settings {
            method: entry.method,
            step: entry.embedded_order.is_none().then_some(0.005),
            ..Settings::default()
        };
        let plain = integrate(&mut driven(), &[1.0, 0.0], &span, &settings, &mut Silent);
        let mut power = |t: f64, y: &[f64], _: &[f64], out: &mut [f64]| out[0] = y[1] * (2.0 * t).cos();
        let quadrature = Quadrature { count: 1, integrand: &mut power };
        let carried = integrate_with(&mut driven(), &[1.0, 0.0], &span, &settings, &mut Silent, Some(quadrature));
        assert_eq!(plain.states, carried.states, "{}", entry.name);
        for row in 0..carried.len() {
            let energy = |y: &[f64]| 0.5 * (y[0] * y[0] + y[1] * y[1]);
            let gained = energy(carried.state(row)) - energy(carried.state(0));
            let error = (carried.quadrature(row)[0] - gained).abs();
            assert!(error < 1e-8, "{}: {error:e}", entry.name);
        }
    }
}

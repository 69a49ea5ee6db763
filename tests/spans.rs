//! Samples, breaks, tolerances and stiffness: what a run does with its span.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::excessive_precision,
    reason = "tests open files and have oracles of their own"
)]

mod problem;

use hamel::integrate::method::Needs;
use hamel::integrate::{METHODS, Method, Outcome, Settings, Silent, Span, integrate};
use problem::*;

/// `q'' = -q + (1 until t = 1.3, then -2)`, the branch taken at the instant itself by `inclusive`.
fn pushed(inclusive: bool) -> FnField {
    FnField::new(2, move |t, y, dy| {
        let before = if inclusive { t <= 1.3 } else { t < 1.3 };
        dy[0] = y[1];
        dy[1] = -y[0] + if before { 1.0 } else { -2.0 };
    })
    .with_jacobian(|_, _, j| j.copy_from_slice(&[0.0, -1.0, 1.0, 0.0]))
    .separable()
}

fn pushed_solution(t: f64) -> [f64; 2] {
    let (sin, cos) = t.min(1.3).sin_cos();
    let before = [1.0 - cos, sin];
    if t <= 1.3 {
        return before;
    }
    let (sin, cos) = (t - 1.3).sin_cos();
    let (q, p) = (before[0] + 2.0, before[1]);
    [q * cos + p * sin - 2.0, p * cos - q * sin]
}

#[test]
fn no_step_crosses_a_break() {
    // This is no gradient flow, which a discrete gradient needs.
    for entry in METHODS.iter().filter(|m| m.needs != Needs::GradientFlow) {
        for inclusive in [false, true] {
            let span = Span::by(0.0, 4.0, 0.05).expect("a span").with_breaks(&[1.3]);
            let step = if entry.order <= 2 { 1e-4 } else { 1e-3 };
            let settings = Settings {
                method: entry.method,
                step: entry.embedded_order.is_none().then_some(step),
                rtol: 1e-12,
                ..Settings::default()
            };
            let run = integrate(&mut pushed(inclusive), &[0.0, 0.0], &span, &settings, &mut Silent);
            assert_eq!(run.outcome, Outcome::Finished { time: 4.0 }, "{}", entry.name);
            assert_eq!(run.len(), 81, "{}: the row at the break is one row", entry.name);
            let bound = match entry.order {
                1 => 1e-3,
                2 => 1e-7,
                _ => 1e-9,
            };
            for (row, t) in run.times.iter().enumerate() {
                let error = distance(run.state(row), &pushed_solution(*t));
                assert!(error < bound, "{} at {t}: {error:e}", entry.name);
            }
        }
    }
}

/// `q'' = -q + cos 2t until t = 1.3, then `-q`: also methods that look ahead of their step and back
/// keep their order across the break.
#[test]
fn the_drive_ends_at_a_break() {
    let at_break = driven_solution(1.3);
    for entry in METHODS.iter().filter(|entry| entry.order >= 4 && entry.needs != Needs::LinearConstant) {
        let mut field = FnField::new(2, |t, y, dy| {
            dy[0] = y[1];
            dy[1] = -y[0] + if t < 1.3 { (2.0 * t).cos() } else { 0.0 };
        })
        .with_jacobian(|_, _, j| j.copy_from_slice(&[0.0, -1.0, 1.0, 0.0]))
        .separable();
        let span = Span::by(0.0, 4.0, 0.5).expect("a span").with_breaks(&[1.3]);
        let step = entry.embedded_order.is_none().then_some(2e-3);
        let settings = Settings { method: entry.method, step, ..Settings::default() };
        let run = integrate(&mut field, &[1.0, 0.0], &span, &settings, &mut Silent);
        let (sin, cos) = 2.7f64.sin_cos();
        let end = [at_break[0] * cos + at_break[1] * sin, at_break[1] * cos - at_break[0] * sin];
        let error = distance(run.last(), &end);
        assert!(error < 1e-9, "{}: {error:e}", entry.name);
    }
}

#[test]
fn a_break_costs_few_steps_and_crossing_it_many() {
    let span = Span::by(0.0, 4.0, 0.1).expect("a span");
    let settings = Settings { rtol: 1e-12, ..Settings::default() };
    let across = integrate(&mut pushed(false), &[0.0, 0.0], &span, &settings, &mut Silent);
    let split = integrate(&mut pushed(false), &[0.0, 0.0], &span.clone().with_breaks(&[1.3]), &settings, &mut Silent);
    assert!(split.statistics.rejected == 0 && split.statistics.evaluations < across.statistics.evaluations);
}

#[test]
fn a_fixed_step_method_finds_its_step_from_the_tolerance() {
    let span = Span::count(0.0, 60.0, 7).expect("a span");
    for entry in METHODS.iter().filter(|entry| entry.embedded_order.is_none()) {
        if entry.needs == Needs::LinearConstant {
            continue;
        }
        for rtol in [1e-4, 1e-8] {
            if (entry.order == 1 && rtol < 1e-2) || (entry.order == 2 && rtol < 1e-4) {
                continue;
            }
            let settings = Settings { method: entry.method, rtol, ..Settings::default() };
            let run = integrate(&mut kepler(), &kepler_start(0.3), &span, &settings, &mut Silent);
            let error = distance(run.last(), &kepler_solution(0.3, 60.0));
            assert!(error < 20.0 * rtol, "{} to {rtol}: {error:e} in {} steps", entry.name, run.statistics.steps);
            assert!(error > 1e-4 * rtol, "{} to {rtol}: {error:e} is wasteful", entry.name);
        }
    }
}

/// B. van der Pol's relaxation oscillation, `y'' = μ (1 - y²) y' - y`.
fn van_der_pol(mu: f64) -> FnField {
    FnField::new(2, move |_, y, dy| {
        dy[0] = y[1];
        dy[1] = mu * ((1.0 - y[0] * y[0]) * y[1]) - y[0];
    })
    .with_jacobian(move |_, y, j| {
        j.copy_from_slice(&[0.0, -2.0 * mu * y[0] * y[1] - 1.0, 1.0, mu * (1.0 - y[0] * y[0])]);
    })
}

#[test]
fn stiffness_is_met_and_handed_over() {
    let span = Span::count(0.0, 2000.0, 11).expect("a span");
    let start = [2.0, 0.0];
    let settings = Settings { rtol: 1e-6, ..Settings::default() };
    let watching = Settings { when_stiff: Some(Method::Radau5), ..settings.clone() };
    let explicit = Settings { max_steps: 20_000, ..settings.clone() };
    let run = integrate(&mut van_der_pol(1000.0), &start, &span, &watching, &mut Silent);
    assert!(!run.outcome.is_failure(), "{}", run.outcome);
    assert_eq!(run.switches.len(), 1);
    assert!(run.statistics.steps < 2_000, "{} steps", run.statistics.steps);
    let stuck = integrate(&mut van_der_pol(1000.0), &start, &span, &explicit, &mut Silent);
    assert!(matches!(stuck.outcome, Outcome::MaxStepsReached { .. }));
    // Reference value at t = 2000 from the Test Set for IVP Solvers (Bari), problem vdpol.
    let reference = [0.1706167732170483e1, -0.892_809_701_024_797_5e-3];
    assert!((run.last()[0] / reference[0] - 1.0).abs() < 1e-4, "{:?}", run.last());
    assert!((run.last()[1] / reference[1] - 1.0).abs() < 1e-3, "{:?}", run.last());
}

/// H. H. Robertson's chemical reaction, stiff over eleven decades of time.
#[test]
fn radau_solves_robertson() {
    let mut robertson = FnField::new(3, |_, y, dy| {
        dy[0] = -0.04 * y[0] + 1e4 * y[1] * y[2];
        dy[2] = 3e7 * y[1] * y[1];
        dy[1] = -dy[0] - dy[2];
    })
    .with_jacobian(|_, y, j| {
        j.copy_from_slice(&[
            -0.04,
            0.04,
            0.0,
            1e4 * y[2],
            -1e4 * y[2] - 6e7 * y[1],
            6e7 * y[1],
            1e4 * y[1],
            -1e4 * y[1],
            0.0,
        ]);
    });
    let span = Span::count(0.0, 1e11, 2).expect("a span");
    let settings = Settings { method: Method::Radau5, rtol: 1e-7, atol: Some(1e-16), ..Settings::default() };
    let run = integrate(&mut robertson, &[1.0, 0.0, 0.0], &span, &settings, &mut Silent);
    assert!(!run.outcome.is_failure(), "{}", run.outcome);
    // Reference at t = 10¹¹ from the Test Set for IVP Solvers (Bari), problem rober.
    let reference = [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050];
    for (value, reference) in run.last().iter().zip(reference) {
        assert!((value / reference - 1.0).abs() < 1e-3, "{:?}", run.last());
    }
    assert!(run.statistics.steps < 3_000, "{:?}", run.statistics);
}

/// E. Schäfer's light response of a plant: stiff, eight species.
#[test]
fn radau_solves_hires() {
    let mut hires = FnField::new(8, |_, y, dy| {
        let bound = 280.0 * y[5] * y[7];
        dy[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
        dy[1] = 1.71 * y[0] - 8.75 * y[1];
        dy[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
        dy[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
        dy[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
        dy[5] = -bound + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
        dy[6] = bound - 1.81 * y[6];
        dy[7] = -dy[6];
    });
    // Reference at t = 321.8122 from the Test Set for IVP Solvers (Bari), problem hires.
    let reference = [
        0.7371312573325668e-3,
        0.1442485726316185e-3,
        0.5888729740967575e-4,
        0.1175651343283149e-2,
        0.2386356198831331e-2,
        0.6238968252742796e-2,
        0.2849998395185769e-2,
        0.2850001604814231e-2,
    ];
    let span = Span::count(0.0, 321.8122, 2).expect("a span");
    let start = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057];
    for rtol in [1e-4, 1e-6, 1e-8] {
        let settings = Settings { method: Method::Radau5, rtol, atol: Some(rtol), ..Settings::default() };
        let run = integrate(&mut hires, &start, &span, &settings, &mut Silent);
        let errors = run.last().iter().zip(reference).map(|(y, r)| (y - r).abs() / (1.0 + r.abs()));
        let digits = -errors.fold(0.0, f64::max).log10();
        assert!(digits > -rtol.log10() - 1.0, "{rtol:e}: {digits:.2} digits, {:?}", run.statistics);
    }
}

#[test]
fn the_exponential_is_exact_on_any_grid() {
    // A damped oscillator under constant load, one row per three periods.
    let (omega, delta) = (7.0f64, 0.2);
    let mut field = FnField::new(2, move |_, y, dy| {
        dy[0] = y[1];
        dy[1] = 3.0 - omega * omega * y[0] - 2.0 * delta * y[1];
    })
    .with_jacobian(move |_, _, j| j.copy_from_slice(&[0.0, -omega * omega, 1.0, -2.0 * delta]));
    let span = Span::by(0.0, 30.0, 2.7).expect("a span");
    let settings = Settings { method: Method::Exponential, ..Settings::default() };
    let run = integrate(&mut field, &[1.0, 0.0], &span, &settings, &mut Silent);
    assert_eq!(run.statistics.steps, 12);
    let rest = 3.0 / (omega * omega);
    let fast = (omega * omega - delta * delta).sqrt();
    for (row, t) in run.times.iter().enumerate() {
        let (sin, cos) = (fast * t).sin_cos();
        let q = rest + (1.0 - rest) * (-delta * t).exp() * (cos + delta / fast * sin);
        assert!((run.state(row)[0] - q).abs() < 1e-13, "at {t}");
    }
}

#[test]
fn units_play_no_part() {
    // Kepler's problem in SI: metres 10¹¹, seconds 10⁷, each declared for itself.
    let (au, year) = (1.5e11, 3.15e7 / std::f64::consts::TAU);
    let mut scaled = FnField::new(4, move |_, y, dy| {
        let (x, z) = (y[0] / au, y[1] / au);
        let r3 = (x * x + z * z).powi(3).sqrt();
        dy[0] = y[2];
        dy[1] = y[3];
        dy[2] = -x / r3 * au / (year * year);
        dy[3] = -z / r3 * au / (year * year);
    })
    .groups(&[0..2, 2..4]);
    let start = kepler_start(0.3);
    let si = [start[0] * au, start[1] * au, start[2] * au / year, start[3] * au / year];
    let plain = integrate(
        &mut kepler(),
        &start,
        &Span::count(0.0, 60.0, 3).expect("a span"),
        &Settings::default(),
        &mut Silent,
    );
    let long = Span::count(0.0, 60.0 * year, 3).expect("a span");
    let run = integrate(&mut scaled, &si, &long, &Settings::default(), &mut Silent);
    assert!(plain.statistics.steps.abs_diff(run.statistics.steps) <= 1, "{:?} {:?}", plain.statistics, run.statistics);
    assert!((run.last()[0] / au - plain.last()[0]).abs() < 1e-7);
}

#[test]
fn a_system_without_a_state_has_its_times() {
    let span = Span::by(0.0, 1.0, 0.25).expect("a span");
    let run = integrate(&mut FnField::new(0, |_, _, _| {}), &[], &span, &Settings::default(), &mut Silent);
    assert_eq!((run.outcome, run.times), (Outcome::Finished { time: 1.0 }, vec![0.0, 0.25, 0.5, 0.75, 1.0]));
}

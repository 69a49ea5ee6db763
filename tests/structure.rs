//! What the methods keep: the symplectic form, invariants, time reversal, and bits.

mod problem;

use hamel::integrate::method::{MethodEntry, Needs, Preserves};
use hamel::integrate::{METHODS, Method, Settings, Silent, Span, Trajectory, integrate};
use problem::*;

fn preserving(what: Preserves) -> impl Iterator<Item = &'static MethodEntry> {
    METHODS.iter().filter(move |entry| entry.preserves.contains(&what))
}

fn fixed(method: Method, step: f64) -> Settings<'static> {
    Settings { method, step: Some(step), ..Settings::default() }
}

fn run(field: &mut FnField, y0: &[f64], times: [f64; 2], settings: &Settings<'_>) -> Trajectory {
    let span = Span::count(times[0], times[1], 2).expect("a span");
    let run = integrate(field, y0, &span, settings, &mut Silent);
    assert!(!run.outcome.is_failure(), "{:?}: {}", settings.method, run.outcome);
    run
}

/// `‖MᵀJM − J‖` of one step from `y`, with `M` the step's derivative.
fn symplectic_defect(method: Method, field: fn() -> FnField, y: &[f64], h: f64) -> f64 {
    let n = y.len();
    let mut start = y.to_vec();
    for column in 0..n {
        start.extend((0..n).map(|i| f64::from(u8::from(i == column))));
    }
    let end = run(&mut with_tangents(field), &start, [0.0, h], &fixed(method, h));
    let m = |i: usize, j: usize| end.last()[n + j * n + i];
    let half = n / 2;
    let mut worst = 0f64;
    for a in 0..n {
        for b in 0..n {
            let form: f64 = (0..half).map(|i| m(i, a) * m(half + i, b) - m(half + i, a) * m(i, b)).sum();
            let expected = if b == a + half {
                1.0
            } else if a == b + half {
                -1.0
            } else {
                0.0
            };
            worst = worst.max((form - expected).abs());
        }
    }
    worst
}

#[test]
fn symplectic_methods_keep_the_form_at_a_hundred_states() {
    let mut numbers = Numbers(1);
    for entry in preserving(Preserves::SymplecticForm).filter(|entry| entry.needs != Needs::LinearConstant) {
        for _ in 0..100 {
            let angle = numbers.between(0.0, std::f64::consts::TAU);
            let r = numbers.between(0.8, 1.5);
            let y = [r * angle.cos(), r * angle.sin(), numbers.between(-0.7, 0.7), numbers.between(-0.7, 0.7)];
            let defect = symplectic_defect(entry.method, kepler, &y, 0.05);
            assert!(defect <= 1e-12, "{} at {y:?}: {defect:e}", entry.name);
            if entry.needs == Needs::Nothing {
                let defect = symplectic_defect(entry.method, not_separable, &y[..2], 0.05);
                assert!(defect <= 1e-12, "{} at {y:?}: {defect:e}", entry.name);
            }
        }
    }
}

#[test]
fn other_methods_do_not() {
    for entry in METHODS.iter().filter(|entry| !entry.preserves.contains(&Preserves::SymplecticForm)) {
        let defect = symplectic_defect(entry.method, kepler, &[1.0, 0.1, 0.2, 0.9], 0.3);
        assert!(defect > 1e-10, "{}: {defect:e}", entry.name);
    }
}

#[test]
fn symmetric_methods_find_back() {
    for entry in preserving(Preserves::TimeReversal) {
        let field = if entry.needs == Needs::LinearConstant { oscillator } else { pendulum };
        let start = [1.2, 0.3];
        let there = run(&mut field(), &start, [0.0, 50.0], &fixed(entry.method, 0.05));
        let back = run(&mut field(), there.last(), [50.0, 0.0], &fixed(entry.method, 0.05));
        let error = distance(back.last(), &start);
        assert!(error <= 1e-10, "{}: {error:e}", entry.name);
    }
    let there = run(&mut pendulum(), &[1.2, 0.3], [0.0, 50.0], &fixed(Method::Rk4, 0.05));
    let back = run(&mut pendulum(), there.last(), [50.0, 0.0], &fixed(Method::Rk4, 0.05));
    assert!(distance(back.last(), &[1.2, 0.3]) > 1e-8, "rk4 is not symmetric");
}

#[test]
fn collocation_keeps_quadratic_invariants_to_rounding() {
    for entry in preserving(Preserves::QuadraticInvariants).filter(|entry| entry.needs == Needs::Nothing) {
        let start = [0.3, 1.1, -0.4];
        let end = run(&mut rigid_body(), &start, [0.0, 1000.0], &fixed(entry.method, 0.1));
        let (before, after) = (rigid_body_invariants(&start), rigid_body_invariants(end.last()));
        for (a, b) in before.iter().zip(after) {
            assert!((b / a - 1.0).abs() < 1e-13, "{}: {:e}", entry.name, b / a - 1.0);
        }
    }
}

/// Mean relative energy error over the last and the first quarter of the rows, and its largest.
fn energy_errors(run: &Trajectory) -> (f64, f64) {
    let e0 = kepler_energy(run.state(0));
    let errors: Vec<f64> = (0..run.len()).map(|row| (kepler_energy(run.state(row)) - e0) / e0.abs()).collect();
    let quarter = errors.len() / 4;
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    let trend = mean(&errors[errors.len() - quarter..]) - mean(&errors[..quarter]);
    (trend, errors.iter().fold(0.0, |largest, error| f64::max(largest, error.abs())))
}

#[test]
fn the_energy_of_verlet_has_no_trend_on_an_eccentric_orbit() {
    // 10⁵ steps, 160 revolutions, with rows that are no fraction of the period.
    let span = Span::by(0.0, 1000.0, 0.1).expect("a span");
    let trajectory =
        integrate(&mut kepler(), &kepler_start(0.6), &span, &fixed(Method::StormerVerlet, 0.01), &mut Silent);
    let (trend, largest) = energy_errors(&trajectory);
    assert!(largest < 2e-3 && trend.abs() < 2e-2 * largest, "largest {largest:e}, trend {trend:e}");
    let rk4 = integrate(&mut kepler(), &kepler_start(0.6), &span, &fixed(Method::Rk4, 0.05), &mut Silent);
    let (trend, largest) = energy_errors(&rk4);
    assert!(trend.abs() > 0.5 * largest, "rk4 does lose energy: largest {largest:e}, trend {trend:e}");
}

/// The same over 10⁶ steps; `cargo test --release -- --ignored`.
#[test]
#[ignore = "a long run"]
fn the_energy_of_verlet_has_no_trend_over_a_million_steps() {
    let span = Span::by(0.0, 10_000.0, 0.1).expect("a span");
    let trajectory =
        integrate(&mut kepler(), &kepler_start(0.6), &span, &fixed(Method::StormerVerlet, 0.01), &mut Silent);
    let (trend, largest) = energy_errors(&trajectory);
    assert!(largest < 2e-3 && trend.abs() < 2e-3 * largest, "largest {largest:e}, trend {trend:e}");
}

#[test]
fn high_orders_keep_the_energy_to_rounding() {
    let span = Span::by(0.0, 2000.0, 1.7).expect("a span");
    for (method, step) in [(Method::KahanLi8, 0.05), (Method::BlanesMoanRkn6, 0.02), (Method::Gauss6, 0.02)] {
        let trajectory = integrate(&mut kepler(), &kepler_start(0.3), &span, &fixed(method, step), &mut Silent);
        let (trend, largest) = energy_errors(&trajectory);
        assert!(largest < 1e-9 && trend.abs() < 2e-14, "{method:?}: largest {largest:e}, trend {trend:e}");
    }
}

#[test]
fn the_same_run_gives_the_same_bits_and_finer_rows_change_no_adaptive_step() {
    for entry in METHODS {
        let field = if entry.needs == Needs::LinearConstant { oscillator } else { pendulum };
        let settings = Settings {
            method: entry.method,
            step: entry.embedded_order.is_none().then_some(0.05),
            ..Settings::default()
        };
        let times = |rows: u64| Span::count(0.0, 20.0, rows).expect("a span");
        let first = integrate(&mut field(), &[1.2, 0.3], &times(11), &settings, &mut Silent);
        let again = integrate(&mut field(), &[1.2, 0.3], &times(11), &settings, &mut Silent);
        assert_eq!(first, again, "{}", entry.name);
        if entry.embedded_order.is_some() {
            let finer = integrate(&mut field(), &[1.2, 0.3], &times(1001), &settings, &mut Silent);
            assert_eq!(first.last(), finer.last(), "{}", entry.name);
            assert_eq!(first.statistics.steps, finer.statistics.steps, "{}", entry.name);
        }
    }
}

#[test]
fn every_method_runs_backwards() {
    for entry in METHODS {
        let field = if entry.needs == Needs::LinearConstant { oscillator } else { driven };
        let solution =
            |t: f64| if entry.needs == Needs::LinearConstant { [t.cos(), -t.sin()] } else { driven_solution(t) };
        let span = Span::by(3.0, 1.0, 0.25).expect("a span");
        let step = if entry.order == 1 { 1e-5 } else { 1e-3 };
        let settings = Settings {
            method: entry.method,
            step: entry.embedded_order.is_none().then_some(step),
            ..Settings::default()
        };
        let trajectory = integrate(&mut field(), &solution(3.0), &span, &settings, &mut Silent);
        assert_eq!((trajectory.len(), trajectory.times[1], trajectory.times[8]), (9, 2.75, 1.0));
        for (row, t) in trajectory.times.iter().enumerate() {
            let error = distance(trajectory.state(row), &solution(*t));
            assert!(error < 1e-4, "{} at {t}: {error:e}", entry.name);
        }
    }
}

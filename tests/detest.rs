//! Published problems with known ends.
//!
//! A1 to E5: T. E. Hull, W. H. Enright, B. M. Fellen, A. E. Sedgwick, *Comparing numerical methods
//! for ordinary differential equations*, SIAM J. Numer. Anal. 9 (1972) 603–637, with the labels of
//! the paper; every problem runs over `0..20`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::excessive_precision,
    reason = "tests open files and have oracles of their own"
)]

mod problem;

use hamel::integrate::{METHODS, Method, MethodEntry, Settings, Silent, Span, Trajectory, integrate};
use problem::*;
use std::f64::consts::PI;

struct Detest {
    label: &'static str,
    field: FnField,
    start: Vec<f64>,
}

fn detest(label: &'static str, start: &[f64], rates: impl FnMut(f64, &[f64], &mut [f64]) + 'static) -> Detest {
    Detest { label, field: FnField::new(start.len(), rates).one_group(), start: start.to_vec() }
}

/// `y' = A y` with `A` tridiagonal.
fn chain(y: &[f64], dy: &mut [f64], below: f64, diagonal: f64, above: f64) {
    let n = y.len();
    for i in 0..n {
        let left = if i > 0 { below * y[i - 1] } else { 0.0 };
        let right = if i + 1 < n { above * y[i + 1] } else { 0.0 };
        dy[i] = left + diagonal * y[i] + right;
    }
}

fn orbit(label: &'static str, e: f64) -> Detest {
    detest(label, &kepler_start(e), |_, y, dy| {
        let r3 = (y[0] * y[0] + y[1] * y[1]).powf(1.5);
        dy.copy_from_slice(&[y[2], y[3], -y[0] / r3, -y[1] / r3]);
    })
}

/// The motion of five outer planets about the Sun (C5), coordinates body by body.
fn five_bodies() -> Detest {
    const GRAVITY: f64 = 2.95912208286;
    const SUN: f64 = 1.00000597682;
    const MASSES: [f64; 5] =
        [0.000954786104043, 0.000285583733151, 0.0000437273164546, 0.0000517759138449, 0.00000277777777778];
    let positions = [
        [3.42947415189, 3.35386959711, 1.35494901715],
        [6.64145542550, 5.97156957878, 2.18231499728],
        [11.2630437207, 14.6952576794, 6.27960525067],
        [-30.1552268759, 1.65699966404, 1.43785752721],
        [-21.1238353380, 28.4465098142, 15.3882659679],
    ];
    let velocities = [
        [-0.557160570446, 0.505696783289, 0.230578543901],
        [-0.415570776342, 0.365682722812, 0.169143213293],
        [-0.325325669158, 0.189706021964, 0.0877265322780],
        [-0.0240476254170, -0.287659532608, -0.117219543175],
        [-0.176860753121, -0.216393453025, -0.0148647893090],
    ];
    let start: Vec<f64> = positions.iter().chain(&velocities).flatten().copied().collect();
    detest("C5", &start, move |_, y, dy| {
        let body = |j: usize| &y[3 * j..3 * j + 3];
        let cube = |v: [f64; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).powf(1.5);
        for j in 0..5 {
            let own = body(j);
            let r3 = cube([own[0], own[1], own[2]]);
            for c in 0..3 {
                let mut pull = -(SUN + MASSES[j]) * own[c] / r3;
                for k in (0..5).filter(|k| *k != j) {
                    let other = body(k);
                    let d3 = cube([other[0] - own[0], other[1] - own[1], other[2] - own[2]]);
                    let k3 = cube([other[0], other[1], other[2]]);
                    pull += MASSES[k] * ((other[c] - own[c]) / d3 - other[c] / k3);
                }
                dy[3 * j + c] = y[15 + 3 * j + c];
                dy[15 + 3 * j + c] = GRAVITY * pull;
            }
        }
    })
}

fn detest_problems() -> Vec<Detest> {
    let first = |n: usize| (0..n).map(|i| f64::from(u8::from(i == 0))).collect::<Vec<_>>();
    vec![
        detest("A1", &[1.0], |_, y, dy| dy[0] = -y[0]),
        detest("A2", &[1.0], |_, y, dy| dy[0] = -y[0].powi(3) / 2.0),
        detest("A3", &[1.0], |t, y, dy| dy[0] = y[0] * t.cos()),
        detest("A4", &[1.0], |_, y, dy| dy[0] = y[0] / 4.0 * (1.0 - y[0] / 20.0)),
        detest("A5", &[4.0], |t, y, dy| dy[0] = (y[0] - t) / (y[0] + t)),
        detest("B1", &[1.0, 3.0], |_, y, dy| {
            dy[0] = 2.0 * (y[0] - y[0] * y[1]);
            dy[1] = -(y[1] - y[0] * y[1]);
        }),
        detest("B2", &[2.0, 0.0, 1.0], |_, y, dy| {
            dy.copy_from_slice(&[-y[0] + y[1], y[0] - 2.0 * y[1] + y[2], y[1] - y[2]]);
        }),
        detest("B3", &[1.0, 0.0, 0.0], |_, y, dy| {
            dy.copy_from_slice(&[-y[0], y[0] - y[1] * y[1], y[1] * y[1]]);
        }),
        detest("B4", &[3.0, 0.0, 0.0], |_, y, dy| {
            let r = (y[0] * y[0] + y[1] * y[1]).sqrt();
            dy.copy_from_slice(&[-y[1] - y[0] * y[2] / r, y[0] - y[1] * y[2] / r, y[0] / r]);
        }),
        detest("B5", &[0.0, 1.0, 1.0], |_, y, dy| {
            dy.copy_from_slice(&[y[1] * y[2], -y[0] * y[2], -0.51 * y[0] * y[1]]);
        }),
        detest("C1", &first(10), |_, y, dy| {
            chain(y, dy, 1.0, -1.0, 0.0);
            dy[9] = y[8];
        }),
        detest("C2", &first(10), |_, y, dy| {
            for i in 0..10 {
                let gain = if i > 0 { i as f64 * y[i - 1] } else { 0.0 };
                let loss = if i < 9 { (i + 1) as f64 * y[i] } else { 0.0 };
                dy[i] = gain - loss;
            }
        }),
        detest("C3", &first(10), |_, y, dy| chain(y, dy, 1.0, -2.0, 1.0)),
        detest("C4", &first(51), |_, y, dy| chain(y, dy, 1.0, -2.0, 1.0)),
        five_bodies(),
        orbit("D1", 0.1),
        orbit("D2", 0.3),
        orbit("D3", 0.5),
        orbit("D4", 0.7),
        orbit("D5", 0.9),
        // Bessel's equation of order 1/2.
        detest("E1", &[0.6713967071418031, 0.09540051444747455], |t, y, dy| {
            let s = t + 1.0;
            dy[0] = y[1];
            dy[1] = -(y[1] / s + (1.0 - 0.25 / (s * s)) * y[0]);
        }),
        detest("E2", &[2.0, 0.0], |_, y, dy| {
            dy[0] = y[1];
            dy[1] = (1.0 - y[0] * y[0]) * y[1] - y[0];
        }),
        detest("E3", &[0.0, 0.0], |t, y, dy| {
            dy[0] = y[1];
            dy[1] = y[0].powi(3) / 6.0 - y[0] + 2.0 * (2.78535 * t).sin();
        }),
        detest("E4", &[30.0, 0.0], |_, y, dy| {
            dy[0] = y[1];
            dy[1] = 0.032 - 0.4 * y[1] * y[1];
        }),
        detest("E5", &[0.0, 0.0], |t, y, dy| {
            dy[0] = y[1];
            dy[1] = (1.0 + y[1] * y[1]).sqrt() / (25.0 - t);
        }),
    ]
}

fn adaptive() -> impl Iterator<Item = &'static MethodEntry> {
    METHODS.iter().filter(|entry| entry.embedded_order.is_some())
}

fn solve(field: &mut FnField, y0: &[f64], times: [f64; 2], settings: &Settings<'_>) -> Trajectory {
    let span = Span::count(times[0], times[1], 2).expect("a span");
    let run = integrate(field, y0, &span, settings, &mut Silent);
    assert!(!run.outcome.is_failure(), "{:?}: {}", settings.method, run.outcome);
    run
}

#[test]
fn detest_ends_within_a_hundred_tolerances() {
    let mut misses = Vec::new();
    for mut problem in detest_problems() {
        let tight = Settings { rtol: 1e-14, ..Settings::default() };
        let reference = solve(&mut problem.field, &problem.start, [0.0, 20.0], &tight);
        for entry in adaptive() {
            for tolerance in [1e-3, 1e-6, 1e-9] {
                // The paper's absolute error control, with which its results are stated.
                let settings =
                    Settings { method: entry.method, rtol: tolerance, atol: Some(tolerance), ..Settings::default() };
                let run = solve(&mut problem.field, &problem.start, [0.0, 20.0], &settings);
                let size = reference.last().iter().fold(1.0, |largest, y| f64::max(largest, y.abs()));
                let ratio = distance(run.last(), reference.last()) / (tolerance * size);
                if ratio.is_nan() || ratio > 100.0 {
                    misses.push(format!("{} {} {tolerance:e}: {ratio:.1}", problem.label, entry.name));
                }
            }
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

/// Known ends of some of them, so that the reference is not taken on trust.
#[test]
fn detest_references_agree_with_closed_forms() {
    for mut problem in detest_problems() {
        let closed: Vec<f64> = match problem.label {
            "A1" => vec![(-20f64).exp()],
            "A2" => vec![1.0 / 21f64.sqrt()],
            "A3" => vec![20f64.sin().exp()],
            "A4" => vec![20.0 / (1.0 + 19.0 * (-5f64).exp())],
            "D1" => kepler_solution(0.1, 20.0).to_vec(),
            "D5" => kepler_solution(0.9, 20.0).to_vec(),
            _ => continue,
        };
        let settings = Settings { rtol: 1e-13, ..Settings::default() };
        let run = solve(&mut problem.field, &problem.start, [0.0, 20.0], &settings);
        assert!(distance(run.last(), &closed) < 1e-9, "{}", problem.label);
    }
}

/// Seven stars in the plane (Hairer, Nørsett, Wanner 1993, II.10), coordinates `x`, `y`, `x'`, `y'`.
fn pleiades() -> (FnField, Vec<f64>) {
    let field = FnField::new(28, |_, y, dy| {
        for i in 0..7 {
            let (mut ax, mut ay) = (0.0, 0.0);
            for j in (0..7).filter(|j| *j != i) {
                let (dx, dz) = (y[j] - y[i], y[7 + j] - y[7 + i]);
                let weight = (j + 1) as f64 / (dx * dx + dz * dz).powf(1.5);
                ax += weight * dx;
                ay += weight * dz;
            }
            dy[i] = y[14 + i];
            dy[7 + i] = y[21 + i];
            dy[14 + i] = ax;
            dy[21 + i] = ay;
        }
    })
    .groups(&[0..14, 14..28]);
    let x = [3.0, 3.0, -1.0, -3.0, 2.0, -2.0, 2.0];
    let y = [3.0, -3.0, 2.0, 0.0, 0.0, -4.0, 4.0];
    let vx = [0.0, 0.0, 0.0, 0.0, 0.0, 1.75, -1.5];
    let vy = [0.0, 0.0, 0.0, -1.25, 1.0, 0.0, 0.0];
    (field, [x, y, vx, vy].concat())
}

#[test]
fn the_pleiades_end_where_published() {
    // Reference solution at t = 3, positions: Test Set for IVP Solvers (Bari), problem pleiades.
    let published = [
        0.3706139143970502,
        0.3237284092057233e1,
        -0.3222559032418324e1,
        0.6597091455775310,
        0.3425581707156584,
        0.1562172101400631e1,
        -0.7003092922212495,
        -0.3943437585517392e1,
        -0.3271380973972550e1,
        0.5225081843456543e1,
        -0.2590612434977470e1,
        0.1198213693392275e1,
        -0.2429682344935824,
        0.1091449240428980e1,
    ];
    let (mut field, start) = pleiades();
    for (method, rtol) in
        [(Method::Dop853, 1e-6), (Method::Dop853, 1e-9), (Method::Dop853, 1e-12), (Method::Dopri5, 1e-8)]
    {
        let settings = Settings { method, rtol, ..Settings::default() };
        let run = solve(&mut field, &start, [0.0, 3.0], &settings);
        // Mixed-error significant correct digits, as the test set measures them.
        let worst = run.last()[..14]
            .iter()
            .zip(published)
            .map(|(y, reference)| (y - reference).abs() / (1.0 + reference.abs()))
            .fold(0.0, f64::max);
        assert!(-worst.log10() > -rtol.log10() - 2.0, "{method:?} {rtol:e}: {:.2} digits", -worst.log10());
    }
}

#[test]
fn the_arenstorf_orbit_closes() {
    // Restricted three bodies, Earth and Moon (Hairer, Nørsett, Wanner 1993, II.0): start and period.
    const MU: f64 = 0.012277471;
    const PERIOD: f64 = 17.0652165601579625588917206249;
    let mut field = FnField::new(4, |_, y, dy| {
        let rest = 1.0 - MU;
        let d1 = ((y[0] + MU).powi(2) + y[1] * y[1]).powf(1.5);
        let d2 = ((y[0] - rest).powi(2) + y[1] * y[1]).powf(1.5);
        dy[0] = y[2];
        dy[1] = y[3];
        dy[2] = y[0] + 2.0 * y[3] - rest * (y[0] + MU) / d1 - MU * (y[0] - rest) / d2;
        dy[3] = y[1] - 2.0 * y[2] - rest * y[1] / d1 - MU * y[1] / d2;
    })
    .groups(&[0..2, 2..4]);
    let start = [0.994, 0.0, 0.0, -2.00158510637908252240537862224];
    for (method, rtol, bound) in
        [(Method::Dop853, 1e-13, 1e-7), (Method::Dop853, 1e-10, 1e-3), (Method::Dopri5, 1e-12, 1e-4)]
    {
        let settings = Settings { method, rtol, ..Settings::default() };
        let run = solve(&mut field, &start, [0.0, PERIOD], &settings);
        let error = distance(&run.last()[..2], &start[..2]);
        assert!(error < bound, "{method:?} {rtol:e}: {error:e}");
    }
}

#[test]
fn a_closed_orbit_returns_after_its_period() {
    let settings = Settings { rtol: 1e-13, ..Settings::default() };
    let run = solve(&mut kepler(), &kepler_start(0.6), [0.0, 20.0 * PI], &settings);
    let error = distance(run.last(), &kepler_start(0.6));
    assert!(error < 1e-9, "{error:e}");
}

//! Fields under refinement: the error against the solution of the differential equation falls with the square of the
//! spacing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::run::prepare::prepare;
use hamel::run::simulate;
use hamel::run::simulate::Conditions;
use std::f64::consts::PI;

/// The run of the only system of a text.
fn run(text: &str) -> hamel::integrate::Trajectory {
    let loaded = hamel::run::source::load_text("fields.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let name = hamel::model::system_names(&loaded.program)[0].0.clone();
    let (prepared, problems) = prepare(&loaded.program, &name, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut out = hamel::diagnostic::Diagnostics::new();
    let run = simulate(prepared, Conditions::default(), &mut out).unwrap_or_else(|| panic!("{out:?}"));
    run.trajectory
}

/// Its last row.
fn last(text: &str) -> Vec<f64> {
    run(text).last().to_vec()
}

/// Largest errors on grids of rising numbers of intervals, and the order between the last two.
fn order(
    name: &str,
    text: impl Fn(usize) -> String,
    intervals: &[usize],
    exact: impl Fn(f64, f64) -> f64,
    plane: bool,
) {
    let mut errors = Vec::new();
    for n in intervals {
        let values = last(&text(n + 1));
        let side = n + 1;
        let points = if plane { side * side } else { side };
        let error = values[..points].iter().enumerate().map(|(p, u)| {
            let (i, j) = if plane { (p / side, p % side) } else { (p, 0) };
            (u - exact(i as f64 / *n as f64, j as f64 / *n as f64)).abs()
        });
        errors.push(error.fold(0.0, f64::max));
    }
    let [.., before, after] = errors.as_slice() else { panic!("two grids") };
    let found = (before / after).log2();
    assert!((found - 2.0).abs() <= 0.1, "{name}: order {found}, errors {errors:?}");
}

#[test]
fn errors_fall_with_the_square_of_the_spacing() {
    let decay = |rate: f64| (-rate * 0.1).exp();
    order(
        "values at the ends",
        |n| {
            format!(
                "system A {{ grid x in 0..1 count {n}\n field u(x)\n u' = laplacian(u)\n \
                 boundary u(0) = 0, u(1) = 0\n init u = sin(π*x)\n simulate {{ t = 0..0.1 by 0.1 }} }}"
            )
        },
        &[16, 32, 64],
        |x, _| (PI * x).sin() * decay(PI * PI),
        false,
    );
    order(
        "a value and a slope",
        |n| {
            format!(
                "system A {{ grid x in 0..1 count {n}\n field u(x)\n u' = laplacian(u)\n \
                 boundary u(0) = 0, ∂(u, x)(1) = 0\n init u = sin(π*x/2)\n simulate {{ t = 0..0.1 by 0.1 }} }}"
            )
        },
        &[16, 32, 64],
        |x, _| (0.5 * PI * x).sin() * decay(0.25 * PI * PI),
        false,
    );
    // ((1 + x) u_x)_x with u = ln(1 + x) + A stands still; a slope that is not zero at both ends.
    order(
        "a coefficient in space",
        |n| {
            format!(
                "system A {{ grid x in 0..1 count {n}\n field u(x)\n u' = ∂((1 + x)*∂(u, x), x)\n \
                 boundary u(0) = 0, ∂(u, x)(1) = 1/2\n init u = ln(1 + x)\n simulate {{ t = 0..5 by 5 }} }}"
            )
        },
        &[16, 32, 64],
        |x, _| (1.0 + x).ln(),
        false,
    );
    for mass in ["lumped", "consistent"] {
        order(
            mass,
            |n| {
                format!(
                    "system A {{ grid x in 0..1 count {n}, y in 0..1 count {n} with elements = q4, mass = {mass}\n \
                     field c(x, y)\n dissipative Ψ = integral(1/2*grad(c)·grad(c))\n \
                     init c = cos(π*x)*cos(2*π*y)\n simulate {{ t = 0..0.1 by 0.1 }} }}"
                )
            },
            &[16, 32],
            |x, y| (PI * x).cos() * (2.0 * PI * y).cos() * decay(5.0 * PI * PI),
            true,
        );
    }
    order(
        "a string of linear elements",
        |n| {
            format!(
                "system A {{ grid x in 0..1 count {n} with elements = p1, mass = consistent\n field u(x)\n \
                 lagrangian L = integral(1/2*u'^2 - 1/2*∂(u, x)^2)\n \
                 init u = cos(π*x), u' = 0\n simulate {{ t = 0..0.7 by 0.7, rtol = 1e-12 }} }}"
            )
        },
        &[16, 32, 64],
        |x, _| (PI * x).cos() * (0.7 * PI).cos(),
        false,
    );
    // A front that travels: u = (1 + exp((x − 5 t/√6)/√6))⁻² solves u' = u'' + u (1 − u) (Ablowitz and Zeppetella,
    // Bull. Math. Biol. 41 (1979) 835).
    let front = |x: f64, t: f64| 1.0 / (1.0 + ((x - 5.0 * t / 6f64.sqrt()) / 6f64.sqrt()).exp()).powi(2);
    order(
        "a front",
        |n| {
            format!(
                "system A {{ grid x in 0..10 count {n}\n field u(x)\n f(x, t) = 1/(1 + exp((x - 5*t/sqrt(6))/sqrt(6)))^2\n \
                 u' = laplacian(u) + u*(1 - u)\n boundary u(0) = f(0, t), u(10) = f(10, t)\n init u = f(x, 0)\n \
                 simulate {{ t = 0..2 by 2, rtol = 1e-11 }} }}"
            )
        },
        &[20, 40, 80],
        |x, _| front(10.0 * x, 2.0),
        false,
    );
}

/// A formula for all members of a large family is one formula, and each member has what the formula gives; a run of the
/// system may put another in its place.
#[test]
fn a_start_of_a_large_family_is_one_formula() {
    let first = |text: &str| run(text).state(0).to_vec();
    let family = |n: usize, line: &str| {
        format!(
            "system A {{\n state u[1..{n}, 1..{n}]\n u[i, j]' = -u[i, j] for i in 1..{n}, j in 1..{n}\n {line}\n \
             simulate {{ t = 0..1 by 1 }}\n}}\n"
        )
    };
    for n in [40, 128, 256] {
        let start = first(&family(
            n,
            &format!(
                "init u[j, i] = exp(-(i/{n})^2)*(1 + cos(3*j)/2 + i/7)*(2 + sin(i*j)) for i in 1..{n}, j in 1..{n}"
            ),
        ));
        assert_eq!(start.len(), n * n);
        for (k, u) in start.iter().enumerate() {
            let (j, i) = ((k / n + 1) as f64, (k % n + 1) as f64);
            let exact =
                (-(i / n as f64).powi(2)).exp() * (1.0 + (3.0 * j).cos() / 2.0 + i / 7.0) * (2.0 + (i * j).sin());
            assert!((u - exact).abs() <= 1e-14 * exact.abs(), "{n} {k}: {u} {exact}");
        }
    }
    // A part of the family, and another order of members, are written out.
    let start = first(&family(40, "init u[i, j] = i for i in 1..39, j in 1..40, u[40, j] = 7 for j in 1..40"));
    assert_eq!((start[0], start[39 * 40 - 1], start[40 * 40 - 1]), (1.0, 39.0, 7.0));
    let twice = family(40, "init u[i, j] = i for i in 1..40, j in 1..40, u[3, 4] = 7");
    let loaded = hamel::run::source::load_text("fields.sys", &twice);
    let (_, problems) = prepare(&loaded.program, "A", &Default::default(), 0);
    assert!(problems.iter().any(|d| d.code == "E0449"), "{problems:?}");
}

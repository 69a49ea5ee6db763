//! `doubled(A)` has the equations that one writes by hand: the adjoint, or a Morse–Feshbach Lagrangian;
//! and what a mirror conserves stays.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::kernel::VectorField;
use hamel::run::prepare::prepare;
use hamel::run::simulate;
use hamel::run::simulate::Conditions;

/// Rates by name of a state at random points of systems of one text.
fn rates(text: &str, system: &str, states: &[(String, f64)]) -> Vec<(String, f64)> {
    let loaded = hamel::run::source::load_text("mirrors.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let (prepared, problems) = prepare(&loaded.program, system, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{system}: {problems:?}"));
    let names: Vec<String> = prepared
        .equations
        .states
        .iter()
        .flat_map(|s| {
            let v = prepared.system.variables.iter().find(|v| v.name == s.name.trim_end_matches('\'')).unwrap();
            let mark = if s.name.ends_with('\'') { "'" } else { "" };
            v.elements.iter().map(move |e| format!("{e}{mark}")).collect::<Vec<_>>()
        })
        .collect();
    let mut out = hamel::diagnostic::Diagnostics::new();
    let beginning = hamel::run::start::beginning(&prepared, 0.0, 0, &mut out).unwrap_or_else(|| panic!("{out:?}"));
    let mut kernel = hamel::run::nets::kernel(&prepared, Default::default()).unwrap_or_else(|p| panic!("{p:?}"));
    kernel.set_parameters(&beginning.parameters).unwrap();
    let y: Vec<f64> =
        names.iter().map(|n| states.iter().find(|s| s.0 == *n).unwrap_or_else(|| panic!("{system}: {n}")).1).collect();
    let mut f = vec![0.0; y.len()];
    kernel.rates(0.0, &y, &mut f).unwrap();
    names.into_iter().zip(f).collect()
}

/// `A` doubled beside a system `B` whose mirror of `x` is called `mx`, at `count` random states.
fn agree(text: &str, names: &[&str], tolerance: f64) {
    let text = format!("{text}\nsystem D = doubled(A)\n");
    let mut seed = 12345u64;
    let mut draw = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    };
    for _ in 0..10 {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for n in names {
            for mark in ["", "'"] {
                let (x, y) = (draw(), draw());
                a.extend([(format!("{n}{mark}"), x), (format!("mirror.{n}{mark}"), y)]);
                b.extend([(format!("{n}{mark}"), x), (format!("m{n}{mark}"), y)]);
            }
        }
        let (d, h) = (rates(&text, "D", &a), rates(&text, "B", &b));
        assert_eq!(d.len(), h.len());
        for (name, value) in d {
            let other = name.strip_prefix("mirror.").map_or(name.clone(), |n| format!("m{n}"));
            let by_hand = h.iter().find(|r| r.0 == other).unwrap_or_else(|| panic!("{other}")).1;
            let size = 1.0 + by_hand.abs();
            assert!((value - by_hand).abs() <= tolerance * size, "{name}: {value} against {by_hand}");
        }
    }
}

#[test]
fn a_damped_oscillator_is_that_of_morse_and_feshbach() {
    agree(
        "system A { param m = 1.3, γ = 0.3, k = 4
           coord x
           lagrangian L = 1/2*m*x'^2 - 1/2*k*x^2
           rayleigh R = 1/2*γ*x'^2
           init x = 1, x' = 0 }
         system B { param m = 1.3, γ = 0.3, k = 4
           coord x, mx
           lagrangian Λ = m*x'*mx' + γ/2*(x*mx' - x'*mx) - k*x*mx
           init x = 1, x' = 0, mx = 1, mx' = 0 }",
        &["x"],
        1e-14,
    );
}

#[test]
fn gyroscopic_mechanics_is_its_adjoint() {
    // M q'' + (R + G) q' + K q = 0 with G skew: the mirror has −R + G and K.
    agree(
        "system A { coord x, y
           x'' = -0.2*x' - 0.7*y' - 2*x + 0.3*y
           y'' = 0.7*x' - 0.1*y' + 0.3*x - y
           init x = 1, x' = 0, y = 1, y' = 0 }
         system B { coord x, y, mx, my
           lagrangian Λ = mx'*x' + my'*y' - mx*(0.2*x' + 0.7*y' + 2*x - 0.3*y) - my*(0.1*y' - 0.7*x' + y - 0.3*x)
           init x = 1, x' = 0, y = 1, y' = 0, mx = 1, mx' = 0, my = 0, my' = 0 }",
        &["x", "y"],
        1e-14,
    );
}

#[test]
fn nonlinear_accelerations_have_the_adjoint_for_a_mirror() {
    agree(
        "system A { coord x, y
           x'' = -sin(x) - 0.2*x'^3 + 0.1*y'*x
           y'' = -y - 0.1*x'*y + 0.05*y'^2
           init x = 1, x' = 0, y = 1, y' = 0 }
         system B { coord x, y, mx, my
           lagrangian Λ = mx'*x' + my'*y' + mx*(-sin(x) - 0.2*x'^3 + 0.1*y'*x) + my*(-y - 0.1*x'*y + 0.05*y'^2)
           init x = 1, x' = 0, y = 1, y' = 0, mx = 1, mx' = 0, my = 0, my' = 0 }",
        &["x", "y"],
        1e-12,
    );
}

#[test]
fn a_mass_that_depends_on_position_is_carried_by_the_mirror() {
    agree(
        "system A { coord x, y
           equation (2 + sin(y))*x'' + 0.3*y'' + 0.1*x'*y' = -x
           equation 0.2*x'' + (1.5 + x^2)*y'' = -y - 0.1*x'
           init x = 1, x' = 0, y = 1, y' = 0 }
         system B { coord x, y, mx, my
           lagrangian Λ = mx'*((2 + sin(y))*x' + 0.3*y') + mx*cos(y)*y'*x' - mx*(0.1*x'*y' + x)
              + my'*(0.2*x' + (1.5 + x^2)*y') + my*2*x*x'*y' - my*(y + 0.1*x')
           init x = 1, x' = 0, y = 1, y' = 0, mx = 1, mx' = 0, my = 0, my' = 0 }",
        &["x", "y"],
        1e-12,
    );
}

#[test]
fn a_dissipative_function_of_mechanics_is_eq_8_of_the_paper() {
    // Λ = y'ᵀ (M q' + R q/2) − yᵀ (K q + R q'/2)
    agree(
        "system A { coord x, y
           dissipative D = x'^2 + 0.4*x'*y' + 3/2*y'^2 + 1/2*(0.1*x*x' + 0.1*x*y' + 0.1*y*x' + 0.2*y*y') + 1/2*(x^2 - 0.8*x*y + y^2)
           init x = 1, x' = 0, y = 1, y' = 0 }
         system B { coord x, y, mx, my
           lagrangian Λ = mx'*(2*x' + 0.4*y' + (0.1*x + 0.1*y)/2) + my'*(0.4*x' + 3*y' + (0.1*x + 0.2*y)/2)
              - mx*(x - 0.4*y + (0.1*x' + 0.1*y')/2) - my*(y - 0.4*x + (0.1*x' + 0.2*y')/2)
           init x = 1, x' = 0, y = 1, y' = 0, mx = 1, mx' = 0, my = 0, my' = 0 }",
        &["x", "y"],
        1e-13,
    );
}

#[test]
fn diffusion_by_a_lehmer_matrix_runs_backwards_in_its_mirror() {
    agree(
        "system A { param K : symmetric(6) = [min(i, j)/max(i, j) for i in 1..6, j in 1..6]
           state c : vector(6)
           dissipative D = 1/2*c·(K*c)
           init c = basis(1, 6) }
         system B { param K : symmetric(6) = [min(i, j)/max(i, j) for i in 1..6, j in 1..6]
           state c : vector(6), mc : vector(6)
           c' = -K*c
           mc' = K*mc
           init c = basis(1, 6), mc = basis(2, 6) }",
        &["c[1]", "c[2]", "c[3]", "c[4]", "c[5]", "c[6]"],
        1e-14,
    );
}

#[test]
fn a_mass_matrix_of_a_flow_is_transposed() {
    // (1 + s²) a different mass each: M(x)ᵀ y' = −f_xᵀ y − (M')ᵀ y + (∂(M x')/∂x)ᵀ y
    agree(
        "system A { state x, y
           equation 2*x' + 0.5*y' = -x + x*y
           equation 0.1*x' + 1.5*y' = -y - x^2
           init x = 1, y = 0 }
         system B { state x, y, mx, my
           equation 2*x' + 0.5*y' = -x + x*y
           equation 0.1*x' + 1.5*y' = -y - x^2
           equation 2*mx' + 0.1*my' = -(mx*(-1 + y) - 2*x*my)
           equation 0.5*mx' + 1.5*my' = -(mx*x - my)
           init x = 1, y = 0, mx = 1, my = 0 }",
        &["x", "y"],
        1e-13,
    );
}

#[test]
fn a_chain_of_springs_as_a_family_is_doubled_as_one() {
    let names: Vec<String> = (1..=40).map(|i| format!("x[{i}]")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    agree(
        "system A { const n = 40
           coord x[1..n]
           x[i]'' = x[wrap(i+1)] - 2*x[i] + x[wrap(i-1)] - 0.1*x[i]' - 0.2*x[i]^3 for i in 1..n
           init x = 0, x' = 0 }
         system B { const n = 40
           coord x[1..n], mx[1..n]
           x[i]'' = x[wrap(i+1)] - 2*x[i] + x[wrap(i-1)] - 0.1*x[i]' - 0.2*x[i]^3 for i in 1..n
           mx[i]'' = mx[wrap(i+1)] - 2*mx[i] + mx[wrap(i-1)] + 0.1*mx[i]' - 0.6*x[i]^2*mx[i] for i in 1..n
           init x = 0, x' = 0, mx = 0, mx' = 0 }",
        &names,
        1e-13,
    );
}

#[test]
fn a_rod_of_finite_differences_is_doubled_as_one() {
    let names: Vec<String> = (1..=40).map(|i| format!("w[{i}]")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    agree(
        "system A { const n = 40
           state w[1..n]
           dissipative D = sum(1/2*(1 + 1/i)*(w[i+1] - w[i])^2 for i in 1..n-1)
           init w = 0 }
         system B { const n = 40
           state w[1..n], mw[1..n]
           D = sum(1/2*(1 + 1/i)*(w[i+1] - w[i])^2 for i in 1..n-1)
           E = sum(1/2*(1 + 1/i)*(mw[i+1] - mw[i])^2 for i in 1..n-1)
           w' = -grad(D, w)
           mw' = grad(E, mw)
           init w = 0, mw = 0 }",
        &names,
        1e-13,
    );
}

#[test]
fn a_net_has_its_own_second_derivatives_in_the_mirror() {
    agree(
        "system A { net Dθ(c: vector(3)) -> real = mlp([8, 8], tanh, seed = 0)
           state c : vector(3)
           dissipative D = Dθ(c)
           init c = 0 }
         system B { net Dθ(c: vector(3)) -> real = mlp([8, 8], tanh, seed = 0)
           state c : vector(3), mc : vector(3)
           D = Dθ(c)
           c' = -grad(D, c)
           mc' = hessian(D, c, c)*mc
           init c = 0, mc = 0 }",
        &["c[1]", "c[2]", "c[3]"],
        1e-13,
    );
}

#[test]
fn implicit_rates_are_taken_as_solved() {
    // x' + sin(x')/2 = s has the slope 1 + cos(x')/2: the flow is varied by the implicit function theorem
    agree(
        "system A { state x, y
           equation x' + sin(x')/2 + 0.2*y' = -x + x*y
           equation y'^3 + y' - 0.1*x' = -y - x^2
           init x = 1, y = 0 }
         system B { state x, y, mx, my
           equation x' + sin(x')/2 + 0.2*y' = -x + x*y
           equation y'^3 + y' - 0.1*x' = -y - x^2
           a = 1 + cos(x')/2
           b = 3*y'^2 + 1
           Δ = a*b + 0.02
           λ = (b*mx + 0.1*my)/Δ
           μ = (a*my - 0.2*mx)/Δ
           mx' = λ*(1 - y) + 2*x*μ
           my' = -x*λ + μ
           init x = 1, y = 0, mx = 1, my = 0 }",
        &["x", "y"],
        1e-12,
    );
}

#[test]
fn a_mass_that_depends_on_velocity_is_divided_by() {
    let masses = [
        ("(1 + x'^2)*x'' = -x - 0.1*x'", "(-x - 0.1*x')/(1 + x'^2)"),
        ("x''*(2 + sin(x')) + 0.3*x''*x = -x", "-x/(2 + sin(x') + 0.3*x)"),
    ];
    for (equation, rate) in masses {
        agree(
            &format!(
                "system A {{ coord x
                   equation {equation}
                   init x = 1, x' = 0 }}
                 system B {{ coord x, mx
                   lagrangian Λ = mx'*x' + mx*({rate})
                   init x = 1, x' = 0, mx = 1, mx' = 0 }}"
            ),
            &["x"],
            1e-12,
        );
    }
    // as a family
    let names: Vec<String> = (1..=40).map(|i| format!("x[{i}]")).collect();
    agree(
        "system A { const n = 40
           coord x[1..n]
           equation (1 + x[i]'^2)*x[i]'' = x[wrap(i+1)] - x[i] for i in 1..n
           init x = 0, x' = 0 }
         system B { const n = 40
           coord x[1..n], mx[1..n]
           lagrangian Λ = sum(mx[i]'*x[i]' + mx[i]*(x[wrap(i+1)] - x[i])/(1 + x[i]'^2) for i in 1..n)
           init x = 0, x' = 0, mx = 0, mx' = 0 }",
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        1e-12,
    );
}

#[test]
fn coupled_masses_of_velocities_and_implicit_accelerations_are_inverted() {
    // the same accelerations, solved by hand
    agree(
        "system A { coord x, y
           equation (2 + y'^2)*x'' + 0.3*x'*y'' = -x
           equation 0.1*x'' + (1 + x^2)*y'' = -y - 0.2*x'
           init x = 1, x' = 0, y = 1, y' = 0 }
         system B { coord x, y, mx, my
           Δ = (2 + y'^2)*(1 + x^2) - 0.03*x'
           lagrangian Λ = mx'*x' + my'*y' + mx*(-x*(1 + x^2) + 0.3*x'*(y + 0.2*x'))/Δ
              + my*(0.1*x - (2 + y'^2)*(y + 0.2*x'))/Δ
           init x = 1, x' = 0, y = 1, y' = 0, mx = 1, mx' = 0, my = 0, my' = 0 }",
        &["x", "y"],
        1e-12,
    );
    // x'' = asinh(-x - 0.1*x'^2): nonlinear in the acceleration
    agree(
        "system A { coord x
           equation sinh(x'') = -x - 0.1*x'^2
           init x = 1, x' = 0 }
         system B { coord x, mx
           lagrangian Λ = mx'*x' + mx*asinh(-x - 0.1*x'^2)
           init x = 1, x' = 0, mx = 1, mx' = 0 }",
        &["x"],
        1e-11,
    );
}

/// A coordinate and a state in one implicit block, and states driven by accelerations that a block solves for: their
/// mirrors are those of the same motion solved by hand.
#[test]
fn accelerations_beside_rates_of_states_are_varied_together() {
    let cases = [
        (
            "coord x
             state s
             equation (2 + x^2)*x'' + 0.3*s' = -x
             equation s' + 0.2*x'' = -s + x'*x
             init x = 1, x' = 0, s = 0.4",
            "coord x
             state s
             a = (-x - 0.3*(-s + x'*x))/(2 + x^2 - 0.06)
             x'' = a
             s' = -s + x'*x - 0.2*a
             init x = 1, x' = 0, s = 0.4",
        ),
        (
            "coord x
             state s
             equation (2 + x^2)*x'' = -x - 0.1*x'*s
             s' = -s + x''*x'
             init x = 1, x' = 0, s = 0.4",
            "coord x
             state s
             a = (-x - 0.1*x'*s)/(2 + x^2)
             x'' = a
             s' = -s + a*x'
             init x = 1, x' = 0, s = 0.4",
        ),
        (
            "coord x
             state s
             equation (2 + x'^2)*x'' + 0.1*sin(x'') = -x - 0.1*x'*s
             s' = -s + x''^2
             init x = 1, x' = 0, s = 0.4",
            // as it is, with s in terms of what stands for the acceleration
            "coord x
             state s
             equation (2 + x'^2)*x'' + 0.1*sin(x'') = -x - 0.1*x'*s
             equation s' = -s + x''^2
             init x = 1, x' = 0, s = 0.4",
        ),
    ];
    for (implicit, solved) in cases {
        let text = format!(
            "system A {{ {implicit} }}
             system C {{ {solved} }}
             system D = doubled(A)
             system E = doubled(C)"
        );
        for k in 0..8 {
            let names = ["x", "x'", "s", "mirror.x", "mirror.x'", "mirror.s"];
            let state: Vec<(String, f64)> =
                names.iter().enumerate().map(|(j, n)| (n.to_string(), (1.7 * (j + 6 * k) as f64).sin())).collect();
            for (name, value) in rates(&text, "D", &state) {
                let by_hand = rates(&text, "E", &state).into_iter().find(|r| r.0 == name).unwrap().1;
                assert!((value - by_hand).abs() <= 1e-12 * (1.0 + by_hand.abs()), "{name}: {value}, {by_hand}: {text}");
            }
        }
    }
}

/// Worst drift of every invariant of a doubled system over a run.
fn drifts(text: &str) -> Vec<(String, f64)> {
    let loaded = hamel::run::source::load_text("mirrors.sys", &format!("{text}\nsystem D = doubled(A)\n"));
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let (prepared, problems) = prepare(&loaded.program, "D", &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut out = hamel::diagnostic::Diagnostics::new();
    let run = simulate(prepared, Conditions::default(), &mut out).unwrap_or_else(|| panic!("{out:?}"));
    assert_eq!(run.trajectory.outcome.name(), "Finished");
    run.drifts.iter().map(|d| (d.name.clone(), d.worst)).collect()
}

#[test]
fn what_a_mirror_conserves_stays() {
    let cases = [
        (
            "system A { coord q : vector(2)
               mass M = [2, 1; 1, 3]
               dissipative D = 1/2*q·([1, -0.4; -0.4, 1]*q) + 1/2*q'·([0.1, 0.1; 0.1, 0.2]*q)
               init q = [1, 0], q' = 0
               simulate { t = 0..20 by 0.1 } }",
            &["Λ"] as &[&str],
        ),
        (
            "system A { param A : symmetric(2) = [2, 1/2; 1/2, 1]
               state x : vector(2)
               dissipative D = 1/2*x·([2, 1; 1, 3]*x)
               mass M = A
               init x = [1, 2]
               simulate { t = 0..3 by 0.1 } }",
            &["Λ", "pairing"],
        ),
        (
            "system A { state x, y
               dissipative D = 1/4*x^4 + 1/2*(x - y)^2
               init x = 2, y = -1
               simulate { t = 0..3 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            "system A { coord q
               state s
               s' = -s + q
               lagrangian L = 1/2*(2 + s)*q'^2 - 1/2*q^2
               rayleigh R = 0.1*q'^2
               init q = 1, q' = 0, s = 0.3
               simulate { t = 0..5 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            "system A { coord q, p
               q'' = -sin(q) - 0.2*q' + 0.1*p'*q
               p'' = -p - 0.1*q'*q + 0.05*p'^2
               init q = 1, q' = 0, p = 0.3, p' = 0.1
               simulate { t = 0..8 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            "system A { state x, y
               equation x' + sin(x')/2 + 0.2*y' = -x + x*y
               equation y'^3 + y' - 0.1*x' = -y - x^2
               init x = 0.5, y = 0.2
               simulate { t = 0..3 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            // the mirror of x reads the rate of that of r, which a block solves
            "system A { coord x
               state s, r
               x'' = -x + 0.3*(s*x' + 2*r)
               s' = -s + 0.3*cos(r + x')
               equation (2 + s^2)*r' + 0.2*r*s' = -r + 0.3*(0.1 + s)*x^2
               init x = 0.5, x' = -0.4, s = 0.6, r = -0.2
               simulate { t = 0..2 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            "system A { coord x
               state s
               equation (2 + x'^2)*x'' + 0.3*s' = -x
               equation s' + 0.2*x'' = -s + x'*x
               init x = 1, x' = 0, s = 0.4
               simulate { t = 0..5 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
        (
            "system A { coord x
               state s
               equation (2 + x^2)*x'' = -x - 0.1*x'*s
               s' = -s + x''*x'
               init x = 1, x' = 0, s = 0.4
               simulate { t = 0..5 by 0.1, rtol = 1e-12 } }",
            &["Λ"],
        ),
    ];
    for (text, names) in cases {
        let found = drifts(text);
        for name in names {
            let (_, worst) = found.iter().find(|d| d.0 == *name).unwrap_or_else(|| panic!("{name} in {found:?}"));
            assert!(*worst <= 1e-10, "{name} drifts by {worst}: {text}");
        }
    }
}

/// A string held at both ends and damped: where values are prescribed, the mirror follows from the varied equations.
#[test]
fn a_field_with_prescribed_ends_moves_as_its_original() {
    let text = "system String {
        grid x in 0..1 count 21
        field u(x)
        lagrangian L = integral(1/2*u'^2 - 1/2*∂(u, x)^2)
        rayleigh R = integral(1/2*0.4*u'^2)
        boundary u(0) = 0, u(1) = 0
        init u = sin(π*x), u' = 0
        simulate { t = 0..3 by 0.1 }
      }
      system Both = doubled(String)
      experiment e {
        run a = simulate(String)
        run b = simulate(Both)
        check max(abs(a.u - b.u)) < 1e-9
      }";
    let loaded = hamel::run::source::load_text("string.sys", text);
    let list = hamel::run::experiment::experiments(&loaded.program);
    let mut out = hamel::diagnostic::Diagnostics::new();
    let lines = (&list[0].0, &list[0].1);
    let output = hamel::run::experiment::run(&loaded.program, (lines.0, lines.1), 0, None, &mut out);
    assert!(!out.has_errors(), "{out:?}");
    assert!(output.verdicts.iter().all(|v| v.holds) && output.verdicts.len() == 1);
}

const RING: &str = "grid x in 0..1 count 6 periodic";
const POINTS: [&str; 6] = ["c[1]", "c[2]", "c[3]", "c[4]", "c[5]", "c[6]"];

#[test]
fn a_damped_wave_as_a_field_is_that_of_morse_and_feshbach() {
    let text = format!(
        "system A {{ {RING}
           field c(x)
           lagrangian L = integral(1/2*c'^2 - 1/2*(1 + c^2/2)*∂(c, x)^2)
           rayleigh R = integral(0.15*c'^2)
           init c = 1, c' = 0 }}
         system B {{ {RING}
           field c(x), mc(x)
           lagrangian Λ = integral(c'*mc' + 0.15*(c*mc' - c'*mc) - (1 + c^2/2)*∂(c, x)*∂(mc, x) - 1/2*c*mc*∂(c, x)^2)
           init c = 1, c' = 0, mc = 1, mc' = 0 }}"
    );
    agree(&text, &POINTS, 1e-12);
}

#[test]
fn diffusion_on_elements_runs_backwards_in_its_mirror() {
    let grid = "grid x in 0..1 count 3, y in 0..1 count 3 with elements = q4, mass = consistent";
    let text = format!(
        "system A {{ {grid}
           field c(x, y)
           dissipative Ψ = integral(1/2*(1 + x*y)*grad(c)·grad(c))
           init c = 1 }}
         system B {{ {grid}
           field c(x, y), mc(x, y)
           dissipative Ψ = integral(1/2*(1 + x*y)*grad(c)·grad(c)) - integral(1/2*(1 + x*y)*grad(mc)·grad(mc))
           init c = 1, mc = 1 }}"
    );
    let names: Vec<String> = (1..=3).flat_map(|i| (1..=3).map(move |j| format!("c[{i}][{j}]"))).collect();
    agree(&text, &names.iter().map(String::as_str).collect::<Vec<_>>(), 1e-12);
}

#[test]
fn a_reaction_with_diffusion_has_the_adjoint_for_a_mirror() {
    let text = format!(
        "system A {{ {RING}
           field c(x)
           c' = laplacian(c) + c*(1 - c)
           init c = 1 }}
         system B {{ {RING}
           field c(x), mc(x)
           c' = laplacian(c) + c*(1 - c)
           mc' = -laplacian(mc) - (1 - 2*c)*mc
           init c = 1, mc = 1 }}"
    );
    agree(&text, &POINTS, 1e-12);
}

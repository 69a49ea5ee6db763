//! Sparse Jacobians and the exponential at size, against dense ones and closed forms.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::integrate::{Method, Settings, Silent, Span, integrate};
use hamel::kernel::{Kernel, VectorField};
use hamel::model::SystemRequest;
use hamel::run::prepare;
use hamel::run::source::load_text;

fn kernel(text: &str) -> (Kernel, bool) {
    let program = load_text("test.sys", text).program;
    let name = hamel::model::system_names(&program)[0].0.clone();
    let (prepared, problems) = prepare::prepare(&program, &name, &SystemRequest::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut kernel = Kernel::compile(&prepared.equations).expect("compiles");
    let count = kernel.parameters().len();
    kernel.set_parameters(&vec![1.3; count]).expect("parameters");
    (kernel, prepared.equations.facts.linear)
}

fn heat(n: usize) -> String {
    format!(
        "system Heat {{\n state u[1..{n}]\n u'[1] = u[2] - 2*u[1]\n u'[{n}] = u[{}] - 2*u[{n}]\n \
         u'[i] = u[i+1] - 2*u[i] + u[i-1] for i in 2..{}\n init u[i] = 1 for i in 1..{n}\n}}\n",
        n - 1,
        n - 1
    )
}

/// `E⁻¹ J` of the sparse form against the dense Jacobian.
fn compare(kernel: &mut Kernel) {
    let n = kernel.dimension();
    let y: Vec<f64> = (0..n).map(|i| 0.3 + 0.1 * (1.7 * i as f64).sin()).collect();
    let mut dense = vec![0.0; n * n];
    kernel.jacobian(0.0, &y, &mut dense).expect("dense");
    let sparse = kernel.linearised(0.0, &y).expect("evaluates").expect("known");
    for c in 0..n {
        let (mut left, mut right) = (vec![0.0; n], vec![0.0; n]);
        sparse.mass.multiply(&dense[c * n..(c + 1) * n], &mut left);
        sparse.jacobian.column(c).for_each(|(row, v)| right[row] = v);
        let size = right.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (a, b) in left.iter().zip(&right) {
            assert!((a - b).abs() <= 1e-11 * size, "column {c}: {a} {b}");
        }
    }
}

#[test]
fn sparse_and_dense_jacobians_agree() {
    for text in [
        heat(40),
        "system R { state u[1..30]\n u'[i] = u[i+1]^2 - sin(u[i-1])*u[i] for i in 2..29\n u'[1] = u[2]*u[1]\n \
         u'[30] = -u[29]^3\n init u[i] = 1 for i in 1..30 }"
            .into(),
        "system S { state u[1..20]\n u'[i] = -u[i]*sum(u[j]^2 for j in 1..20) for i in 1..20\n \
         init u[i] = 1 for i in 1..20 }"
            .into(),
    ] {
        compare(&mut kernel(&text).0);
    }
    for file in ["spring_chain.sys", "n_link_pendulum.sys", "double_pendulum.sys"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systems").join(file);
        compare(&mut kernel(&std::fs::read_to_string(path).expect("a file of the gallery")).0);
    }
}

#[test]
fn a_large_heat_equation_decays_by_its_eigenvalues() {
    let n = 2_000;
    let (mut kernel, linear) = kernel(&heat(n));
    assert!(linear);
    let mode = |k: usize, i: usize| ((k * (i + 1)) as f64 * std::f64::consts::PI / (n + 1) as f64).sin();
    let start: Vec<f64> = (0..n).map(|i| mode(1, i) + 0.5 * mode(700, i)).collect();
    let span = Span::count(0.0, 50.0, 11).expect("a span");
    let settings = Settings { method: Method::Exponential, ..Settings::default() };
    let run = integrate(&mut kernel, &start, &span, &settings, &mut Silent);
    assert!(!run.outcome.is_failure() && run.switches.is_empty(), "{:?}", run.outcome);
    let rate = |k: usize| 4.0 * (k as f64 * std::f64::consts::PI / (2.0 * (n + 1) as f64)).sin().powi(2);
    for (row, t) in run.times.iter().enumerate() {
        for (i, u) in run.state(row).iter().enumerate() {
            let exact = mode(1, i) * (-rate(1) * t).exp() + 0.5 * mode(700, i) * (-rate(700) * t).exp();
            assert!((u - exact).abs() < 1e-12, "t = {t}, {i}: {u} {exact}");
        }
    }
}

/// Eigenmodes of consistent q4 elements on the unit square decay, or swing, by `6/h² Σ (1 − cos θ)/(2 + cos θ)`.
#[test]
fn a_consistent_mass_beyond_any_dense_one_is_solved_with() {
    let n = 70;
    assert!(n * n > hamel::limits::DENSE_MASS);
    let h = 1.0 / (n - 1) as f64;
    let lambda = |k: usize| {
        let c = (k as f64 * std::f64::consts::PI * h).cos();
        6.0 / (h * h) * (1.0 - c) / (2.0 + c)
    };
    let mode = |k: usize, i: usize| (k as f64 * std::f64::consts::PI * h * i as f64).cos();
    let (k, l) = (3, 8);
    let grid = format!("grid x in 0..1 count {n}, y in 0..1 count {n} with elements = q4, mass = consistent");
    let shape: Vec<f64> = (0..n * n).map(|p| mode(k, p / n) * mode(l, p % n)).collect();
    let exact = lambda(k) + lambda(l);

    let (mut diffusion, _) = kernel(&format!(
        "system D {{ {grid}\n field c(x, y)\n dissipative Ψ = integral(1/2*grad(c)·grad(c))\n init c = 1 }}"
    ));
    let mut rates = vec![0.0; n * n];
    diffusion.rates(0.0, &shape, &mut rates).expect("rates");
    for (r, c) in rates.iter().zip(&shape) {
        assert!((r + exact * c).abs() < 1e-10 * exact, "{r} {}", -exact * c);
    }

    let (mut wave, _) = kernel(&format!(
        "system W {{ {grid}\n field u(x, y)\n lagrangian L = integral(1/2*u'^2 - 1/2*grad(u)·grad(u))\n init u = 1, u' = 0 }}"
    ));
    let mut state = shape.clone();
    state.extend(shape.iter().map(|c| 0.5 * c));
    let mut rates = vec![0.0; 2 * n * n];
    wave.rates(0.0, &state, &mut rates).expect("rates");
    for (p, c) in shape.iter().enumerate() {
        assert!((rates[p] - 0.5 * c).abs() < 1e-15);
        assert!((rates[n * n + p] + exact * c).abs() < 1e-10 * exact);
    }
}

/// An implicit method on sparse matrices and an explicit one with a tenth of its tolerance give one motion.
#[test]
fn a_stiff_nonlinear_field_by_sparse_matrices() {
    let front = "system F { grid x in 0..20 count 700\n field u(x)\n u' = laplacian(u) + u*(1 - u)\n \
                 boundary u(0) = 1, ∂(u, x)(20) = 0\n init u = exp(-x) }";
    let porous = "system P { grid x in 0..1 count 18, y in 0..1 count 18 with elements = q4, mass = consistent\n \
                  field c(x, y)\n dissipative Ψ = integral(1/2*(1 + c^2)*grad(c)·grad(c))\n init c = x + y^2 }";
    for (text, end, fewer) in [(front, 4.0, true), (porous, 0.05, false)] {
        let (mut kernel, linear) = kernel(text);
        assert!(!linear);
        let n = kernel.dimension();
        let start: Vec<f64> = (0..n).map(|i| if i == 0 { 1.0 } else { (-20.0 * i as f64 / n as f64).exp() }).collect();
        let span = Span::count(0.0, end, 5).expect("a span");
        let mut run = |method, rtol| {
            let settings = Settings { method, rtol, ..Settings::default() };
            let run = integrate(&mut kernel, &start, &span, &settings, &mut Silent);
            assert!(!run.outcome.is_failure() && run.switches.is_empty(), "{:?}", run.outcome);
            run
        };
        let (implicit, explicit) = (run(Method::Radau5, 1e-9), run(Method::Dop853, 1e-10));
        for (a, b) in implicit.last().iter().zip(explicit.last()) {
            assert!((a - b).abs() < 1e-7, "{a} {b}");
        }
        assert!(!fewer || 4 * implicit.statistics.steps < explicit.statistics.steps);
    }
}

/// A plane, a ring and a line of two fields: what dense fronts and bands solve, multiplied out again.
#[test]
fn factors_of_planes_and_lines_solve() {
    use hamel::kernel::sparse::{Orderings, Pattern, SparseMatrix};
    use std::sync::Arc;
    let mut random = hamel::real::Random::new(7, "factors").stream(0);
    let plane = |n: u32| {
        let row = |k: u32| {
            let (i, j) = (k / n, k % n);
            let mut row = vec![k];
            row.extend((i > 0).then(|| k - n));
            row.extend((j > 0).then(|| k - 1));
            row.extend((j + 1 < n).then(|| k + 1));
            // One way only: the pattern is not symmetric.
            row.extend((i + 1 < n && j != 3).then(|| k + n));
            row.sort_unstable();
            row
        };
        Pattern::from_columns((0..n * n).map(row))
    };
    let ring = |n: u32| {
        Pattern::from_columns((0..n).map(|k| {
            let mut row = vec![(k + n - 1) % n, k, (k + 1) % n];
            row.sort_unstable();
            row
        }))
    };
    let two = |n: u32| {
        Pattern::from_columns((0..2 * n).map(|k| {
            let (field, i) = (k / n, k % n);
            let mut row = vec![k, (1 - field) * n + i];
            row.extend((i > 0).then(|| k - 1));
            row.extend((i + 1 < n).then(|| k + 1));
            row.sort_unstable();
            row
        }))
    };
    for (pattern, band, diagonal) in
        [(plane(60), false, 4.0), (ring(500), true, 4.0), (two(300), true, 4.0), (two(300), true, 0.0)]
    {
        let pattern = Arc::new(pattern);
        let n = pattern.dimension();
        let mut matrix = SparseMatrix::zeros(pattern.clone());
        for c in 0..n {
            for at in pattern.column(c) {
                let own = pattern.rows[at] as usize == c;
                matrix.values[at] = if own { diagonal } else { -1.0 } + 0.3 * random.normal();
            }
        }
        let complex: Vec<faer::c64> =
            matrix.values.iter().map(|v| faer::c64::new(*v, if *v > 1.0 { -2.0 } else { 0.1 })).collect();
        let mut orderings = Orderings::default();
        assert_eq!(orderings.is_band(&pattern), band);
        let exact: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let (mut x, mut right) = (vec![0.0; n], vec![faer::c64::new(0.0, 0.0); n]);
        matrix.multiply(&exact, &mut x);
        for c in 0..n {
            pattern.column(c).for_each(|at| right[pattern.rows[at] as usize] += complex[at] * exact[c]);
        }
        if band {
            orderings.banded(&pattern, &matrix.values).expect("regular").solve(&mut x);
            orderings.banded(&pattern, &complex).expect("regular").solve(&mut right);
        } else {
            orderings.balanced(&pattern, &matrix.values, true, None).expect("regular").solve(&mut x);
            orderings.balanced(&pattern, &complex, true, None).expect("regular").solve(&mut right);
        }
        for ((x, z), exact) in x.iter().zip(&right).zip(&exact) {
            assert!((x - exact).abs() < 1e-9, "{x} {exact}");
            assert!((z - faer::c64::new(*exact, 0.0)).norm() < 1e-9, "{z} {exact}");
        }
    }
}

/// Pivots that no front has are not forced: the matrix is left to pivoting over all rows.
#[test]
fn fronts_refuse_what_needs_pivots_from_afar() {
    use hamel::kernel::sparse::{Orderings, Pattern, SparseMatrix};
    use std::sync::Arc;
    // A plane whose rows are exchanged half round: the diagonal is zero and no pivot is near.
    let n = 40u32;
    let half = n * n / 2;
    let shifted = |k: u32| (k + half) % (n * n);
    let column = |k: u32| {
        let (i, j) = (k / n, k % n);
        let mut rows = vec![(shifted(k), 4.0), (k, 0.0)];
        rows.extend((i > 0).then(|| (shifted(k - n), -1.0)));
        rows.extend((i + 1 < n).then(|| (shifted(k + n), -1.0)));
        rows.extend((j > 0).then(|| (shifted(k - 1), -1.0)));
        rows.extend((j + 1 < n).then(|| (shifted(k + 1), -1.0)));
        rows.sort_by_key(|r| r.0);
        rows
    };
    let columns: Vec<Vec<(u32, f64)>> = (0..n * n).map(column).collect();
    let pattern = Pattern::from_columns(columns.iter().map(|c| c.iter().map(|r| r.0).collect::<Vec<u32>>()));
    let values: Vec<f64> = columns.iter().flatten().map(|r| r.1).collect();
    let matrix = SparseMatrix { pattern: Arc::new(pattern), values };
    let mut orderings = Orderings::default();
    let exact: Vec<f64> = (0..n * n).map(|k| (0.37 * f64::from(k)).sin()).collect();
    let mut right = vec![0.0; exact.len()];
    matrix.multiply(&exact, &mut right);
    let check = |x: &[f64]| x.iter().zip(&exact).all(|(x, e)| (x - e).abs() < 1e-8);
    if let Some(found) = orderings.balanced(&matrix.pattern, &matrix.values, true, None) {
        let mut x = right.clone();
        found.solve(&mut x);
        assert!(check(&x), "factors that were not refused must solve");
    }
    orderings.general(&matrix).expect("regular").solve(&mut right);
    assert!(check(&right));
}

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

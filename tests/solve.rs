//! The mass-matrix solve against nalgebra: definite, indefinite, badly scaled, singular.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::kernel::solve::{General, Symmetric};
use hamel::lanes::Level;
use hamel::real::Random;
use nalgebra::{DMatrix, DVector};

fn random(n: usize, seed: u64) -> impl FnMut() -> f64 {
    let mut stream = Random::new(seed, "solve").stream(n as u64);
    move || stream.normal()
}

/// Backward error `‖M x − f‖ / (‖M‖ ‖x‖)` in the scaling by `s`.
fn backward(m: &DMatrix<f64>, x: &[f64], f: &[f64], s: &[f64]) -> f64 {
    let n = x.len();
    let mut worst = 0.0f64;
    for i in 0..n {
        let (mut sum, mut size) = (-f[i], f[i].abs());
        for j in 0..n {
            sum += m[(i, j)] * x[j];
            size += (m[(i, j)] * x[j]).abs();
        }
        worst = worst.max((sum * s[i]).abs() / (size * s[i]).max(1e-300));
    }
    worst
}

fn solve(m: &DMatrix<f64>, f: &[f64]) -> Result<Vec<f64>, hamel::kernel::solve::Singular> {
    let mut all = Vec::new();
    for &level in Level::available() {
        let mut factored = Symmetric::new(m.nrows());
        factored.factor(level, m.as_slice())?;
        let mut x = f.to_vec();
        factored.solve(level, &mut x);
        all.push(x);
    }
    assert!(all.windows(2).all(|w| w[0].iter().zip(&w[1]).all(|(a, b)| a.to_bits() == b.to_bits())));
    Ok(all.remove(0))
}

#[test]
fn definite_matrices_of_every_size() {
    for n in 1..=70 {
        let mut next = random(n, 1);
        let b = DMatrix::from_fn(n, n, |_, _| next());
        let m = &b * b.transpose() + DMatrix::identity(n, n) * 0.1;
        let f: Vec<f64> = (0..n).map(|_| next()).collect();
        let x = solve(&m, &f).expect("definite");
        assert!(backward(&m, &x, &f, &vec![1.0; n]) < 1e-13, "{n}");
        let oracle = m.clone().cholesky().expect("definite").solve(&DVector::from_column_slice(&f));
        let scale = oracle.amax();
        let condition = m.clone().symmetric_eigenvalues().amax() / 0.1;
        for i in 0..n {
            assert!((x[i] - oracle[i]).abs() <= 1e-15 * condition * scale, "{n} {i}");
        }
    }
}

#[test]
fn indefinite_matrices() {
    for n in 2..=40 {
        let mut next = random(n, 2);
        let b = DMatrix::from_fn(n, n, |_, _| next());
        let mut m = &b + b.transpose();
        if n % 2 == 0 {
            m.fill_diagonal(0.0);
        }
        let f: Vec<f64> = (0..n).map(|_| next()).collect();
        let x = solve(&m, &f).expect("regular");
        let oracle = m.clone().lu().solve(&DVector::from_column_slice(&f)).expect("regular");
        let condition = m.clone().svd(false, false).singular_values;
        let condition = condition[0] / condition[n - 1];
        for i in 0..n {
            assert!((x[i] - oracle[i]).abs() <= 4e-15 * n as f64 * condition * oracle.amax(), "{n} {i}");
        }
    }
}

#[test]
fn a_sun_and_a_satellite() {
    // 27 decades in the diagonal, with couplings that keep the scaled matrix well conditioned.
    for n in [2, 5, 9, 12] {
        for sign in [1.0, -1.0] {
            let mut next = random(n, 3);
            let s: Vec<f64> = (0..n).map(|i| libm::exp10(27.0 * i as f64 / (n - 1) as f64 / 2.0)).collect();
            let b = DMatrix::from_fn(n, n, |_, _| 0.3 * next());
            let mut c = &b * b.transpose() + DMatrix::identity(n, n);
            if sign < 0.0 {
                c[(0, 0)] = -c[(0, 0)];
            }
            let m = DMatrix::from_fn(n, n, |i, j| s[i] * c[(i, j)] * s[j]);
            let f: Vec<f64> = (0..n).map(|i| next() * s[i]).collect();
            let x = solve(&m, &f).expect("well conditioned after scaling");
            let scaled: Vec<f64> = (0..n).map(|i| f[i] / s[i]).collect();
            let oracle = c.clone().lu().solve(&DVector::from_vec(scaled)).expect("regular");
            for i in 0..n {
                assert!((x[i] * s[i] - oracle[i]).abs() < 1e-12 * oracle.amax(), "{n} {sign} {i}");
            }
        }
    }
}

#[test]
fn zero_diagonals_and_negative_matrices() {
    // L = m x'y' and its kin.
    let m = DMatrix::from_row_slice(2, 2, &[0.0, 3.0, 3.0, 0.0]);
    assert_eq!(solve(&m, &[6.0, 9.0]), Ok(vec![3.0, 2.0]));
    let m = DMatrix::from_row_slice(2, 2, &[1e-30, 1.0, 1.0, 1e-30]);
    let x = solve(&m, &[1.0, 2.0]).expect("regular");
    assert!((x[0] - 2.0).abs() < 1e-14 && (x[1] - 1.0).abs() < 1e-14);
    let m = DMatrix::from_row_slice(2, 2, &[-2.0, 0.5, 0.5, -3.0]);
    let x = solve(&m, &[1.0, 1.0]).expect("regular");
    assert!((-2.0 * x[0] + 0.5 * x[1] - 1.0).abs() < 1e-15);
}

#[test]
fn singular_matrices_name_the_component() {
    for n in 2..=12 {
        for dead in 0..n {
            let mut next = random(n, 4);
            let b = DMatrix::from_fn(n, n, |i, _| if i == dead { 0.0 } else { next() });
            let m = &b * b.transpose();
            let failure = solve(&m, &vec![1.0; n]).expect_err("singular");
            assert_eq!(failure.component, dead);
            assert!(failure.rcond < 1e-12);
        }
        // Rank n − 1 without a zero row.
        let mut next = random(n, 5);
        let b = DMatrix::from_fn(n, n - 1, |_, _| next());
        let m = &b * b.transpose();
        assert!(solve(&m, &vec![1.0; n]).is_err(), "{n}");
    }
    let m = DMatrix::from_row_slice(2, 2, &[1.0, f64::NAN, f64::NAN, 1.0]);
    assert!(solve(&m, &[1.0, 1.0]).is_err());
}

/// `[1 1; 1 1+δ]`, the top in Euler's angles at `θ² ~ δ`: all its solves from `(1, 1)` on are harmless.
#[test]
fn a_singular_matrix_is_seen_though_the_ones_lie_in_its_range() {
    for n in [2, 3, 5, 8] {
        for delta in [0.0, 1e-16, 1e-15, 1e-14] {
            for weight in [1.0, 0.8e-3, 2.5e9] {
                let mut m = DMatrix::identity(n, n) * weight;
                m[(0, n - 1)] = weight;
                m[(n - 1, 0)] = weight;
                m[(n - 1, n - 1)] = weight * (1.0 + delta);
                let failure = solve(&m, &vec![1.0; n]).expect_err("singular");
                assert!(failure.rcond < 1e-12 && [0, n - 1].contains(&failure.component), "{n} {delta}: {failure:?}");
            }
        }
    }
}

#[test]
fn general_matrices() {
    for n in 1..=30 {
        let mut next = random(n, 6);
        let a = DMatrix::from_fn(n, n, |i, _| next() * libm::exp10(i as f64 % 7.0 * 3.0));
        let f: Vec<f64> = (0..n).map(|i| next() * libm::exp10(i as f64 % 7.0 * 3.0)).collect();
        let mut lu = General::new(n);
        lu.factor(a.as_slice()).expect("regular");
        let mut x = f.clone();
        lu.solve(&mut x);
        let s: Vec<f64> = (0..n).map(|i| libm::exp10(-(i as f64 % 7.0) * 3.0)).collect();
        assert!(backward(&a, &x, &f, &s) < 1e-12, "{n}");
    }
    let mut lu = General::new(2);
    assert_eq!(lu.factor(&[1.0, 2.0, 2.0, 4.0]).expect_err("singular").component, 1);
}

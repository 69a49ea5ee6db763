//! Kernels against definitions: programs, solves, Jacobians, lanes.

mod kernel_support;

use hamel::kernel::{Kernel, VectorField};
use hamel::lanes::Level;
use hamel::real::Random;
use kernel_support::*;

/// The double pendulum as textbooks solve it.
fn double_pendulum_by_hand(p: &[f64], y: &[f64]) -> [f64; 4] {
    let [m1, m2, l1, l2, g] = [p[0], p[1], p[2], p[3], p[4]];
    let [a, b, va, vb] = [y[0], y[1], y[2], y[3]];
    let d = a - b;
    let (s, c) = (libm::sin(d), libm::cos(d));
    let m = [(m1 + m2) * l1 * l1, m2 * l1 * l2 * c, m2 * l2 * l2];
    let f = [
        -m2 * l1 * l2 * s * vb * vb - (m1 + m2) * g * l1 * libm::sin(a),
        m2 * l1 * l2 * s * va * va - m2 * g * l2 * libm::sin(b),
    ];
    let det = m[0] * m[2] - m[1] * m[1];
    [va, vb, (m[2] * f[0] - m[1] * f[1]) / det, (m[0] * f[1] - m[1] * f[0]) / det]
}

#[test]
fn double_pendulum_rates_and_jacobian() {
    let mut kernel = Kernel::compile(&double_pendulum()).expect("compiles");
    let p = [1.5, 0.7, 0.9, 1.3, 9.81];
    kernel.set_parameters(&p).expect("parameters");
    assert!(kernel.operations() < 80, "{}", kernel.operations());
    let mut stream = Random::new(1, "test").stream(0);
    for _ in 0..100 {
        let y: Vec<f64> = (0..4).map(|_| 3.0 * stream.normal()).collect();
        let mut dy = [0.0; 4];
        kernel.rates(0.0, &y, &mut dy).expect("regular");
        let expected = double_pendulum_by_hand(&p, &y);
        let scale = expected.iter().fold(1.0f64, |a, b| a.max(b.abs()));
        for k in 0..4 {
            assert!((dy[k] - expected[k]).abs() < 1e-14 * scale, "{dy:?} {expected:?}");
        }
        for &level in Level::available() {
            let mut other = Kernel::compile_for(&double_pendulum(), level).expect("compiles");
            other.set_parameters(&p).expect("parameters");
            let mut same = [0.0; 4];
            other.rates(0.0, &y, &mut same).expect("regular");
            assert_eq!(dy.map(f64::to_bits), same.map(f64::to_bits), "{}", level.name());
        }
        check_jacobian(&mut kernel, &y, 1e-6);
    }
}

/// The exact Jacobian against fourth-order differences.
fn check_jacobian(kernel: &mut Kernel, y: &[f64], tolerance: f64) {
    let n = y.len();
    let mut jac = vec![0.0; n * n];
    kernel.jacobian(0.3, y, &mut jac).expect("regular");
    let scale = jac.iter().fold(1.0f64, |a, b| a.max(b.abs()));
    for j in 0..n {
        let h = 1e-3 * (1.0 + y[j].abs());
        let mut at = |step: f64| {
            let mut moved = y.to_vec();
            moved[j] += step * h;
            let mut dy = vec![0.0; n];
            kernel.rates(0.3, &moved, &mut dy).expect("regular");
            dy
        };
        let [a, b, c, d] = [at(-2.0), at(-1.0), at(1.0), at(2.0)];
        for i in 0..n {
            let difference = (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * h);
            assert!((difference - jac[i + n * j]).abs() < tolerance * scale, "{i} {j} {difference} {}", jac[i + n * j]);
        }
    }
}

#[test]
fn longer_chains_agree_with_their_own_jacobian() {
    for n in [3, 5, 8, 10] {
        let mut kernel = Kernel::compile(&pendulum_chain(n)).expect("compiles");
        let p: Vec<f64> = (0..2 * n + 1).map(|k| 1.0 + 0.1 * k as f64).collect();
        kernel.set_parameters(&p).expect("parameters");
        let mut stream = Random::new(2, "test").stream(n as u64);
        let y: Vec<f64> = (0..2 * n).map(|_| stream.normal()).collect();
        check_jacobian(&mut kernel, &y, 1e-5);
    }
}

#[test]
fn a_chain_as_a_family_and_written_out() {
    for n in [2, 3, 8, 9, 33] {
        let mut family = Kernel::compile(&pendulum_family(n)).expect("compiles");
        let mut written = Kernel::compile(&pendulum_chain(n)).expect("compiles");
        let p: Vec<f64> = (0..2 * n + 1).map(|k| 1.0 + 0.01 * k as f64).collect();
        family.set_parameters(&p).expect("parameters");
        written.set_parameters(&p).expect("parameters");
        let mut stream = Random::new(3, "test").stream(n as u64);
        for _ in 0..5 {
            let y: Vec<f64> = (0..2 * n).map(|_| stream.normal()).collect();
            let (mut a, mut b) = (vec![0.0; 2 * n], vec![0.0; 2 * n]);
            family.rates(0.0, &y, &mut a).expect("regular");
            written.rates(0.0, &y, &mut b).expect("regular");
            let scale = b.iter().fold(1.0f64, |a, b| a.max(b.abs()));
            for k in 0..2 * n {
                assert!((a[k] - b[k]).abs() < 1e-10 * scale, "{n} {k} {} {}", a[k], b[k]);
            }
        }
        let y: Vec<f64> = (0..2 * n).map(|_| stream.normal()).collect();
        if n <= 9 {
            check_jacobian(&mut family, &y, 1e-4);
        }
    }
}

#[test]
fn lanes_of_states_have_the_bits_of_single_ones() {
    use hamel::lanes::LANES;
    let systems = [double_pendulum(), pendulum_chain(5), pendulum_family(6), pendulum_family(40), bodies(5)];
    for (number, equations) in systems.iter().enumerate() {
        for &level in Level::available() {
            let mut kernel = Kernel::compile_for(equations, level).expect("compiles");
            let n = kernel.dimension();
            let p: Vec<f64> = (0..kernel.parameters().len()).map(|k| 1.0 + 0.1 * k as f64).collect();
            kernel.set_parameters(&p).expect("parameters");
            let mut stream = Random::new(4, "test").stream(number as u64);
            let y: Vec<[f64; LANES]> = (0..n).map(|_| std::array::from_fn(|_| stream.normal())).collect();
            let mut dy = vec![[0.0; LANES]; n];
            let mut failures = Vec::new();
            kernel.rates_lanes(&[0.5; LANES], &y, &mut dy, LANES, &mut failures);
            assert!(failures.is_empty(), "{failures:?}");
            for lane in 0..LANES {
                let one: Vec<f64> = y.iter().map(|block| block[lane]).collect();
                let mut rate = vec![0.0; n];
                kernel.rates(0.5, &one, &mut rate).expect("regular");
                for k in 0..n {
                    assert_eq!(rate[k].to_bits(), dy[k][lane].to_bits(), "{number} {} {lane} {k}", level.name());
                }
            }
        }
    }
}

#[test]
fn bodies_fall_towards_each_other() {
    for n in [2, 3, 7, 12] {
        let mut kernel = Kernel::compile(&bodies(n)).expect("compiles");
        let m: Vec<f64> = (0..n).map(|k| 1.0 + k as f64).collect();
        kernel.set_parameters(&m).expect("parameters");
        let mut stream = Random::new(5, "test").stream(n as u64);
        let y: Vec<f64> = (0..4 * n).map(|_| stream.normal()).collect();
        let mut dy = vec![0.0; 4 * n];
        kernel.rates(0.0, &y, &mut dy).expect("regular");
        for a in 0..n {
            let mut expected = [0.0; 2];
            for b in (0..n).filter(|b| *b != a) {
                let d = [y[2 * b] - y[2 * a], y[2 * b + 1] - y[2 * a + 1]];
                let r = libm::hypot(d[0], d[1]);
                (0..2).for_each(|k| expected[k] += m[b] * d[k] / (r * r * r));
            }
            for k in 0..2 {
                let scale = 1.0 + expected[k].abs();
                assert!((dy[2 * n + 2 * a + k] - expected[k]).abs() < 1e-11 * scale, "{n} {a} {k}");
                assert_eq!(dy[2 * a + k], y[2 * n + 2 * a + k]);
            }
        }
        check_jacobian(&mut kernel, &y, 1e-4);
    }
}

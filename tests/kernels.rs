//! Kernels against definitions: programs, solves, Jacobians, lanes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod kernel_support;

use hamel::kernel::{Code, Execution, Kernel, VectorField};
use hamel::lanes::Level;
use hamel::real::Random;
use kernel_support::*;

fn at(level: Level) -> Execution {
    Execution { level, code: Code::Interpreter }
}

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
            let mut other = Kernel::compile_with(&double_pendulum(), at(level)).expect("compiles");
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
            let mut kernel = Kernel::compile_with(equations, at(level)).expect("compiles");
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

/// Kepler's problem by a Legendre block: `p = ∂L/∂v` for `v`, relativistic so that Newton must work.
#[test]
fn a_legendre_block_is_solved_by_newton() {
    use hamel::formalism::equations::Block;
    use hamel::symbolic::Graph;
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let [x, y, px, py, vx, vy] = ["x", "y", "px", "py", "vx", "vy"].map(|name| scalar(&mut g, name));
    // L = −√(1 − v²) + 1/r
    let (vx2, vy2, x2, y2) = (g.powi(vx, 2), g.powi(vy, 2), g.powi(x, 2), g.powi(y, 2));
    let (one, v2, r2) = (g.one(), g.add(vx2, vy2), g.add(x2, y2));
    let inside = g.sub(one, v2);
    let root = g.sqrt(inside);
    let distance = g.sqrt(r2);
    let attraction = g.reciprocal(distance);
    let l = g.sub(attraction, root);
    let momenta = g.gradient(l, &[vx, vy]);
    let slopes = g.gradient(l, &[x, y]);
    let residual = [g.sub(momenta[0], px), g.sub(momenta[1], py)];
    let residual = entries(&mut g, &residual);
    let rates = entries(&mut g, &slopes);
    let unknowns = vec![leaf(vx, 0, 1, "vx"), leaf(vy, 1, 1, "vy")];
    let blocks = vec![
        Block::Newton { offset: 0, length: 2, unknowns, residual },
        Block::Explicit { offset: 2, length: 2, rates },
    ];
    let states = [x, y, px, py].iter().enumerate().map(|(k, s)| leaf(*s, k, 1, "z")).collect();
    let mut kernel = Kernel::compile(&equations(g, time, Vec::new(), states, blocks)).expect("compiles");
    kernel.set_parameters(&[]).expect("none");
    assert!(kernel.partition().is_some());
    for y in [[1.0, 0.3, 0.2, 0.9], [0.5, -1.0, 7.0, -3.0], [1.0, 1.0, 0.0, 0.0], [2.0, 0.1, 1e-9, 40.0]] {
        let mut dy = [0.0; 4];
        kernel.rates(0.0, &y, &mut dy).expect("converges");
        let energy = (1.0 + y[2] * y[2] + y[3] * y[3]).sqrt();
        let r3 = libm::pow(libm::hypot(y[0], y[1]), 3.0);
        let expected = [y[2] / energy, y[3] / energy, -y[0] / r3, -y[1] / r3];
        for k in 0..4 {
            assert!((dy[k] - expected[k]).abs() < 1e-13, "{y:?} {dy:?} {expected:?}");
        }
        check_jacobian(&mut kernel, &y, 1e-6);
        let mut part = [f64::NAN; 4];
        kernel.partial_rates(hamel::kernel::Part::Drift, 0.0, &y, &mut part).expect("converges");
        assert_eq!(part[..2], dy[..2]);
        assert!(part[2].is_nan());
    }
}

#[test]
fn native_code_has_the_bits_of_the_interpreter() {
    for equations in [double_pendulum(), pendulum_chain(3), pendulum_chain(8)] {
        let mut plain = Kernel::compile_with(&equations, at(Level::detect())).expect("compiles");
        let mut native = plain.clone();
        let p: Vec<f64> = (0..plain.parameters().len()).map(|k| 1.0 + 0.1 * k as f64).collect();
        plain.set_parameters(&p).expect("parameters");
        native.set_parameters(&p).expect("parameters");
        assert!(native.compile_native());
        let n = plain.dimension();
        let mut stream = Random::new(6, "test").stream(n as u64);
        for _ in 0..50 {
            let y: Vec<f64> = (0..n).map(|_| 2.0 * stream.normal()).collect();
            let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
            plain.rates(0.0, &y, &mut a).expect("regular");
            native.rates(0.0, &y, &mut b).expect("regular");
            assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
}

/// `L = m (x'y' − k x y) + …`: a mass matrix without a diagonal (Morse–Feshbach), and a singular one.
#[test]
fn indefinite_and_singular_mass_matrices() {
    use hamel::kernel::Failure;
    use hamel::symbolic::Graph;
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let [m, x, y, vx, vy] = ["m", "x", "y", "vx", "vy"].map(|name| scalar(&mut g, name));
    let (kinetic, potential) = (g.product(&[m, vx, vy]), g.product(&[m, x, y]));
    let l = g.sub(kinetic, potential);
    let mut kernel =
        Kernel::compile(&lagrangian(g, time, vec![leaf(m, 0, 1, "m")], &[x, y], &[vx, vy], l)).expect("compiles");
    kernel.set_parameters(&[3.0]).expect("parameters");
    assert!(kernel.partition().is_some());
    let mut dy = [0.0; 4];
    kernel.rates(0.0, &[0.4, 0.7, 1.0, 2.0], &mut dy).expect("regular");
    let expected = [1.0, 2.0, -0.4, -0.7];
    assert!(dy.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-15), "{dy:?}");
    check_jacobian(&mut kernel, &[0.4, 0.7, 1.0, 2.0], 1e-9);

    // T = ½ (x'² sin²y + y'²): no inverse at y = 0.
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let [x, y, vx, vy] = ["x", "y", "vx", "vy"].map(|name| scalar(&mut g, name));
    let s = g.call(hamel::symbolic::Function::Sin, &[y]);
    let (s2, vx2, vy2, half) = (g.powi(s, 2), g.powi(vx, 2), g.powi(vy, 2), g.rational(1, 2));
    let across = g.product(&[half, s2, vx2]);
    let along = g.product(&[half, vy2]);
    let l = g.add(across, along);
    let mut kernel = Kernel::compile(&lagrangian(g, time, Vec::new(), &[x, y], &[vx, vy], l)).expect("compiles");
    kernel.set_parameters(&[]).expect("none");
    kernel.rates(0.0, &[0.0, 1e-9, 0.1, 0.0], &mut dy).expect("badly scaled, yet regular");
    match kernel.rates(0.0, &[0.0, 0.0, 0.1, 0.0], &mut dy) {
        Err(Failure::SingularMassMatrix { component: 2, rcond }) => assert!(rcond < 1e-12),
        other => panic!("{other:?}"),
    }
    let lost = kernel.rates(0.0, &[0.0, f64::NAN, 0.1, 0.0], &mut dy);
    assert!(matches!(lost, Err(Failure::NonFinite { .. })), "{lost:?}");
}

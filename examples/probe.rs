//! Timing probe (temporary).
#[path = "/work/w/kernel/tests/kernel_support/mod.rs"]
mod kernel_support;
use hamel::kernel::{Kernel, VectorField};
use std::time::Instant;
fn main() {
    for n in [2usize, 4, 8, 10] {
        let t = Instant::now();
        let e = kernel_support::pendulum_chain(n);
        let a = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let mut k = Kernel::compile(&e).unwrap();
        let b = t.elapsed().as_secs_f64();
        let p: Vec<f64> = (0..2 * n + 1).map(|k| 1.0 + 0.1 * k as f64).collect();
        k.set_parameters(&p).unwrap();
        let y: Vec<f64> = (0..2 * n).map(|k| 0.1 * k as f64).collect();
        let mut dy = vec![0.0; 2 * n];
        let mut best = f64::MAX;
        for _ in 0..7 {
            let t = Instant::now();
            for _ in 0..20000 {
                k.rates(0.0, &y, &mut dy).unwrap();
            }
            best = best.min(t.elapsed().as_secs_f64() / 20000.0);
        }
        println!(
            "n={n} derive {:.2} ms compile {:.2} ms rates {:.1} ns, {} operations",
            a * 1e3,
            b * 1e3,
            best * 1e9,
            k.operations()
        );
        let mut jac = vec![0.0; 4 * n * n];
        k.jacobian(0.0, &y, &mut jac).unwrap();
        let t = Instant::now();
        for _ in 0..2000 {
            k.jacobian(0.0, &y, &mut jac).unwrap();
        }
        println!("  jacobian {:.2} us", t.elapsed().as_secs_f64() / 2000.0 * 1e6);
    }
}

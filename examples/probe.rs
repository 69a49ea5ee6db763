//! Timing probe (temporary).
#![allow(unsafe_code)]
#[path = "/work/w/kernel/tests/kernel_support/mod.rs"]
mod kernel_support;
use hamel::kernel::{Kernel, VectorField};
#[repr(C)]
struct T {
    s: i64,
    n: i64,
}
unsafe extern "C" {
    fn clock_gettime(id: i32, t: *mut T) -> i32;
}
struct Instant(f64);
fn cpu() -> f64 {
    let mut t = T { s: 0, n: 0 };
    unsafe {
        clock_gettime(3, &mut t);
    }
    t.s as f64 + t.n as f64 * 1e-9
}
impl Instant {
    fn now() -> Self {
        Instant(cpu())
    }
    fn elapsed(&self) -> D {
        D(cpu() - self.0)
    }
}
struct D(f64);
impl D {
    fn as_secs_f64(&self) -> f64 {
        self.0
    }
}
fn main() {
    let only: Option<usize> = std::env::args().nth(1).and_then(|s| s.parse().ok());
    for n in [2usize, 4, 8, 132, 164] {
        if only.is_some_and(|o| o != n) {
            continue;
        }
        let t = Instant::now();
        let (e, n) = if n > 100 {
            (kernel_support::pendulum_family(n - 100), n - 100)
        } else {
            (kernel_support::pendulum_chain(n.min(8)), n.min(8))
        };
        let a = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let mut k = Kernel::compile(&e).unwrap();
        let b = t.elapsed().as_secs_f64();
        let p: Vec<f64> = (0..2 * n + 1).map(|k| 1.0 + 0.1 * k as f64).collect();
        k.set_parameters(&p).unwrap();
        let y: Vec<f64> = (0..2 * n).map(|k| 0.1 * k as f64).collect();
        let mut dy = vec![0.0; 2 * n];
        for native in [false, true] {
            let t = Instant::now();
            if native {
                println!("  native {}", k.compile_native());
            }
            let c = t.elapsed().as_secs_f64();
            let mut best = f64::MAX;
            for _ in 0..15 {
                let t = Instant::now();
                for _ in 0..5000 {
                    k.rates(0.0, &y, &mut dy).unwrap();
                }
                best = best.min(t.elapsed().as_secs_f64() / 5000.0);
            }
            println!(
                "n={n} derive {:.2} ms compile {:.2} ms native {:.2} rates {:.1} ns, {} operations {} executed",
                a * 1e3,
                b * 1e3,
                c * 1e3,
                best * 1e9,
                k.operations(),
                k.operations_executed()
            );
        }
        let ys: Vec<[f64; 64]> =
            (0..2 * n).map(|k| std::array::from_fn(|l| 0.1 * k as f64 + 0.01 * l as f64)).collect();
        let mut dys = vec![[0.0; 64]; 2 * n];
        let mut f = Vec::new();
        let mut best = f64::MAX;
        for _ in 0..15 {
            let t = Instant::now();
            let m = if n < 10 { 2000 } else { 10 };
            for _ in 0..m {
                k.rates_lanes(&[0.0; 64], &ys, &mut dys, 64, &mut f);
            }
            best = best.min(t.elapsed().as_secs_f64() / m as f64 / 64.0);
        }
        println!("  {:.1} ns per lane", best * 1e9);
        let mut jac = vec![0.0; 4 * n * n];
        k.jacobian(0.0, &y, &mut jac).unwrap();
        let t = Instant::now();
        for _ in 0..200 {
            k.jacobian(0.0, &y, &mut jac).unwrap();
        }
        println!("  jacobian {:.2} us", t.elapsed().as_secs_f64() / 200.0 * 1e6);
    }
}

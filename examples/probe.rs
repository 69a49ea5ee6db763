//! Timing probe (temporary).
#[path = "/work/w/kernel/tests/kernel_support/mod.rs"]
mod kernel_support;
use hamel::kernel::{Kernel, VectorField};
struct Instant(f64);
fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap(); s.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9 }
impl Instant { fn now() -> Self { Instant(cpu()) } fn elapsed(&self) -> D { D(cpu() - self.0) } }
struct D(f64);
impl D { fn as_secs_f64(&self) -> f64 { self.0 } }
fn main() {
    for n in [2usize, 8, 32, 132, 164] {
        let t = Instant::now();
        let (e, n) = if n > 100 { (kernel_support::pendulum_family(n - 100), n - 100) } else { (kernel_support::pendulum_chain(n.min(8)), n.min(8)) };
        let a = t.elapsed().as_secs_f64();
        let t = Instant::now();
        let mut k = Kernel::compile(&e).unwrap();
        let b = t.elapsed().as_secs_f64();
        let p: Vec<f64> = (0..2 * n + 1).map(|k| 1.0 + 0.1 * k as f64).collect();
        k.set_parameters(&p).unwrap();
        let y: Vec<f64> = (0..2 * n).map(|k| 0.1 * k as f64).collect();
        let mut dy = vec![0.0; 2 * n];
        let mut best = f64::MAX;
        for _ in 0..15 {
            let t = Instant::now();
            for _ in 0..5000 { k.rates(0.0, &y, &mut dy).unwrap(); }
            best = best.min(t.elapsed().as_secs_f64() / 5000.0);
        }
        println!("n={n} derive {:.2} ms compile {:.2} ms rates {:.1} ns, {} operations {} executed", a*1e3, b*1e3, best * 1e9, k.operations(), k.operations_executed());
        let ys: Vec<[f64; 64]> = (0..2 * n).map(|k| std::array::from_fn(|l| 0.1 * k as f64 + 0.01 * l as f64)).collect();
        let mut dys = vec![[0.0; 64]; 2 * n];
        let mut f = Vec::new();
        let mut best = f64::MAX;
        for _ in 0..7 {
            let t = Instant::now();
            for _ in 0..200 { k.rates_lanes(&[0.0; 64], &ys, &mut dys, 64, &mut f); }
            best = best.min(t.elapsed().as_secs_f64() / 200.0 / 64.0);
        }
        println!("  {:.1} ns per lane", best * 1e9);
        let mut jac = vec![0.0; 4*n*n];
        k.jacobian(0.0, &y, &mut jac).unwrap();
        let t = Instant::now();
        for _ in 0..200 { k.jacobian(0.0, &y, &mut jac).unwrap(); }
        println!("  jacobian {:.2} us", t.elapsed().as_secs_f64() / 200.0 * 1e6);
    }
}

//! Times of kernels: CPU time of this thread, median of five, after one warm-up.
//!
//! `taskset -c 1 cargo bench --bench kernel`
#![allow(unsafe_code)]

#[path = "../tests/kernel_support/mod.rs"]
mod kernel_support;

use hamel::formalism::equations::EquationsOfMotion;
use hamel::kernel::{Code, Execution, Kernel, VectorField};
use hamel::lanes::{LANES, Level};
use kernel_support::{bodies, pendulum_chain, pendulum_family};
use std::hint::black_box;

/// Seconds of CPU time of this thread.
fn cpu_seconds() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD: i32 = 3;
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: the C library fills a structure of two 64-bit integers on 64-bit Linux.
    unsafe { clock_gettime(THREAD, &mut time) };
    time.seconds as f64 + time.nanoseconds as f64 * 1e-9
}

/// Median of five of the seconds of one call.
fn median(calls: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = cpu_seconds();
            (0..calls).for_each(|_| work());
            (cpu_seconds() - start) / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}

fn report(name: &str, make: impl Fn() -> EquationsOfMotion, calls: usize) {
    let derive = median(3, || drop(black_box(make())));
    let equations = make();
    let compile = median(3, || drop(black_box(Kernel::compile(&equations).expect("compiles"))));
    let execution = Execution { code: Code::Interpreter, ..Execution::default() };
    let mut kernel = Kernel::compile_with(&equations, execution).expect("compiles");
    let n = kernel.dimension();
    let parameters: Vec<f64> = (0..kernel.parameters().len()).map(|k| 1.0 + 0.01 * k as f64).collect();
    kernel.set_parameters(&parameters).expect("parameters");
    let y: Vec<f64> = (0..n).map(|k| 0.1 + 0.37 * k as f64 % 2.0).collect();
    let mut dy = vec![0.0; n];
    let single = median(calls, || kernel.rates(0.0, black_box(&y), &mut dy).expect("regular"));
    let lanes: Vec<[f64; LANES]> = y.iter().map(|x| std::array::from_fn(|lane| x + 1e-3 * lane as f64)).collect();
    let mut rates = vec![[0.0; LANES]; n];
    let mut failures = Vec::new();
    let block = median(calls.div_ceil(LANES), || {
        kernel.rates_lanes(&[0.0; LANES], black_box(&lanes), &mut rates, LANES, &mut failures);
    });
    let mut jacobian = vec![0.0; n * n];
    let exact = median(calls.div_ceil(50), || kernel.jacobian(0.0, black_box(&y), &mut jacobian).expect("regular"));
    let start = cpu_seconds();
    let complete = kernel.compile_native();
    let build = cpu_seconds() - start;
    let native = median(calls, || kernel.rates(0.0, black_box(&y), &mut dy).expect("regular"));
    println!(
        "{name:>22}  derive {:7.2} ms  compile {:6.2} ms  interpreter {:9.1} ns  native {:9.1} ns{} ({:.1} ms)  \
         per lane {:8.1} ns  Jacobian {:8.2} us  {} operations, {} executed",
        derive * 1e3,
        compile * 1e3,
        single * 1e9,
        native * 1e9,
        if complete { "" } else { "*" },
        build * 1e3,
        block / LANES as f64 * 1e9,
        exact * 1e6,
        kernel.operations(),
        kernel.operations_executed(),
    );
}

fn main() {
    println!("{}; * some stages stay with the interpreter", Level::detect().name());
    for n in [2, 4, 8] {
        report(&format!("chain of {n}"), || pendulum_chain(n), 20_000);
    }
    for n in [4, 8, 16, 32, 64] {
        report(&format!("chain of {n}, family"), || pendulum_family(n), 2_000);
    }
    for n in [3, 8, 64] {
        report(&format!("{n} bodies"), || bodies(n), 2_000);
    }
}

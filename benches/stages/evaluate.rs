//! From text to rates, and the rates.

use crate::clock::median;
use crate::system::{beginning, gallery, kernel, prepared};
use hamel::kernel::{Code, VectorField};
use hamel::lanes::LANES;
use std::hint::black_box;

/// Times of one system; `n` of its parameter of that name where it has one.
fn row(file: &str, n: Option<usize>) {
    let text = gallery(file, n);
    let first = median(3, || {
        let system = prepared(black_box(&text));
        let begin = beginning(&system);
        let mut rates = kernel(&system, &begin, Code::WhenItPays);
        let mut dy = vec![0.0; begin.y.len()];
        rates.rates(0.0, &begin.y, &mut dy).expect("regular");
        black_box(&dy);
    });
    let system = prepared(&text);
    let begin = beginning(&system);
    let y = &begin.y;
    let mut dy = vec![0.0; y.len()];
    let mut plain = kernel(&system, &begin, Code::Interpreter);
    let calls = (2_000_000 / (plain.operations_executed() + 20)).max(50);
    let interpreted = median(calls, || plain.rates(0.0, black_box(y), &mut dy).expect("regular"));
    let mut native = kernel(&system, &begin, Code::Interpreter);
    let mut complete = false;
    let build = median(1, || {
        native = kernel(&system, &begin, Code::Interpreter);
        complete = native.compile_native();
    });
    let machine = median(calls, || native.rates(0.0, black_box(y), &mut dy).expect("regular"));
    let lanes: Vec<[f64; LANES]> = y.iter().map(|x| std::array::from_fn(|lane| x + 1e-3 * lane as f64)).collect();
    let mut rates = vec![[0.0; LANES]; y.len()];
    let mut failures = Vec::new();
    let block = median(calls.div_ceil(LANES), || {
        plain.rates_lanes(&[0.0; LANES], black_box(&lanes), &mut rates, LANES, &mut failures);
    });
    println!(
        "{:>28} {:>4} {:>10.2} {:>12.1} {:>10.1}{} {:>8.2} {:>10.1} {:>8} {:>9}",
        file,
        n.map_or(String::new(), |n| n.to_string()),
        first * 1e3,
        interpreted * 1e9,
        machine * 1e9,
        if complete { " " } else { "*" },
        build * 1e3,
        block / LANES as f64 * 1e9,
        plain.operations(),
        plain.operations_executed(),
    );
}

/// Prints the table.
pub fn table() {
    println!(
        "\n{:>28} {:>4} {:>10} {:>12} {:>11} {:>8} {:>10} {:>8} {:>9}   * families stay interpreted",
        "system", "n", "ready ms", "interp. ns", "native ns", "JIT ms", "lane ns", "tape", "executed"
    );
    for file in ["double_pendulum.sys", "kepler.sys", "henon_heiles.sys", "heavy_top.sys", "pleiades.sys"] {
        row(file, None);
    }
    for n in [2, 4, 8, 16, 32, 64] {
        row("n_link_pendulum.sys", Some(n));
        row("n_link_pendulum_uneven.sys", Some(n));
    }
    for n in [10, 1_000] {
        row("spring_chain.sys", Some(n));
    }
}

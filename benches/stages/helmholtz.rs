//! A plane field of 1024 × 1024 points taken apart: wall time on all cores, least of three, with what the parts keep.

use hamel::analyse::helmholtz::lattice::Lattice;
use hamel::analyse::helmholtz::{Boundary, Method, decompose};
use std::time::Instant;

const SIDE: usize = 1024;

/// Where the points are, in the unit square.
fn domains() -> Vec<(&'static str, Boundary, Method, Box<dyn Fn(f64, f64) -> bool>)> {
    // distances and numbers that look random, the same in every run
    let noise = |x: f64, y: f64| ((x * 12.9898 + y * 78.233) * 43_758.547).sin() * 1e4;
    let chance = move |x: f64, y: f64| noise(x, y) - noise(x, y).floor();
    let land = |x: f64, y: f64| y > 0.12 + 0.1 * (9.0 * x).sin() + 0.04 * (31.0 * x).sin();
    let island = |x: f64, y: f64| (0..5).all(|k| (x - 0.1 - 0.2 * k as f64).hypot(y - 0.6) > 0.03);
    vec![
        ("periodic", Boundary::Periodic, Method::Spectral, Box::new(|_, _| true)),
        ("walls", Boundary::Neumann, Method::Spectral, Box::new(|_, _| true)),
        ("walls", Boundary::Neumann, Method::Multigrid, Box::new(|_, _| true)),
        ("disc", Boundary::Neumann, Method::Multigrid, Box::new(|x, y| (x - 0.5).hypot(y - 0.5) < 0.5)),
        ("coast", Boundary::Neumann, Method::Multigrid, Box::new(land)),
        ("coast, islands", Boundary::Neumann, Method::Multigrid, Box::new(move |x, y| land(x, y) && island(x, y))),
        ("5 % holes", Boundary::Neumann, Method::Multigrid, Box::new(move |x, y| chance(x, y) > 0.05)),
    ]
}

/// Prints the table.
pub fn table() {
    println!("\nhelmholtz, 1024 × 1024     method         seconds      sum  divergence     curl");
    let h = 1.0 / SIDE as f64;
    for (name, boundary, method, inside) in domains() {
        let mut lattice = Lattice::full(SIDE, SIDE, h, h, boundary == Boundary::Periodic);
        let place = |k: usize| ((k % SIDE) as f64 * h + 0.5 * h, (k / SIDE) as f64 * h + 0.5 * h);
        lattice.valid = (0..lattice.points()).map(|k| inside(place(k).0, place(k).1)).collect();
        let of = |f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            (0..lattice.points()).map(|k| f(place(k).0, place(k).1)).collect()
        };
        let f = [
            of(&|x, y| (7.0 * x).sin() * (5.0 * y).cos() + 0.3 * (40.0 * (x + y)).sin()),
            of(&|x, y| (3.0 * x * y).cos() + 0.2 * (55.0 * x - 20.0 * y).cos()),
        ];
        let mut best = f64::INFINITY;
        let mut found = None;
        let solver = format!("{method:?}");
        for _ in 0..3 {
            let start = Instant::now();
            found = Some(decompose(&lattice, &f, boundary, method));
            best = best.min(start.elapsed().as_secs_f64());
        }
        match found.expect("three rounds") {
            Ok(parts) => {
                let q = parts.quality(&lattice, &f, boundary);
                let (divergence, curl) = (q.divergence, q.curl);
                println!("{name:<26} {solver:<12} {best:9.2} {:8.0e} {divergence:11.0e} {curl:8.0e}", q.sum);
            }
            Err(refusal) => println!("{name:<26} {solver:<12} {refusal:?}"),
        }
    }
}

use super::*;
use crate::real;

fn grid(n: usize, inputs: usize, range: (f64, f64), f: impl Fn(&[f64]) -> f64) -> Samples {
    let draws = real::Random::new(5, "rows");
    let mut out = Samples { inputs: vec![Vec::new(); inputs], target: Vec::new() };
    for i in 0..n {
        let mut stream = draws.stream(i as u64);
        let x: Vec<f64> = (0..inputs).map(|_| range.0 + (range.1 - range.0) * stream.uniform()).collect();
        x.iter().zip(&mut out.inputs).for_each(|(x, c)| c.push(*x));
        out.target.push(f(&x));
    }
    out
}

fn operators(names: &[&str]) -> Operators {
    let mut out = Operators::default();
    assert!(names.iter().all(|n| out.add(n)));
    out
}

fn small(complexity: usize) -> Budget {
    if std::env::var("FULL").is_ok() { return Budget::of(complexity) }
    Budget { complexity, shapes: 800, terms: 600, children: 2_500 }
}

fn found(samples: &Samples, names: &[&str], complexity: usize) -> (String, f64, Found) {
    let now = std::time::Instant::now();
    let made = search(samples, &operators(names), &small(complexity), 1, &|| false, &mut |_| {}).expect("not stopped");
    let m = &made.front[made.chosen];
    let names: Vec<String> = ["x", "y", "z", "w"].iter().map(|s| (*s).to_owned()).collect();
    for m in &made.front {
        eprintln!("{} {:.2e} {}", m.tree.complexity(), m.error, print::text(&m.tree, &names));
    }
    eprintln!("-- {:?}", now.elapsed());
    (print::text(&m.tree, &names), m.error, made)
}

#[test]
fn friction() {
    let s = grid(300, 2, (-2.0, 2.0), |x| 0.35 * x[0] * x[0] + 0.123456 * x[0].abs().powi(3));
    let (text, error, _) = found(&s, &["+", "*", "abs", "^"], 12);
    assert!(error < 1e-9, "{text}");
    let s = grid(300, 2, (-2.0, 2.0), |x| 0.15 * x[0] * x[0] + 0.005 * x[1] * x[1]);
    let (text, error, _) = found(&s, &["+", "*", "abs", "^"], 12);
    assert!(error < 1e-9, "{text}");
}

#[test]
fn sines() {
    let s = grid(300, 2, (-2.0, 2.0), |x| 1.7 * real::sin(2.3 * x[0]) * x[1]);
    let (text, error, _) = found(&s, &["+", "*", "sin"], 12);
    assert!(error < 1e-9, "{text}");
}

#[test]
fn rational() {
    let s = grid(300, 2, (0.1, 2.0), |x| x[0] / (x[1] + 0.7 * x[0] * x[0] + 0.3));
    let (text, error, _) = found(&s, &["+", "-", "*", "/"], 15);
    assert!(error < 1e-9, "{text}");
}

#[test]
fn outside() {
    let s = grid(300, 1, (-2.0, 2.0), |x| real::tanh(2.0 * x[0]) + 0.1 * real::sin(9.0 * x[0]));
    let (text, error, _) = found(&s, &["+", "-", "*", "/"], 15);
    assert!(error > 1e-4 && error < 0.1, "{text} {error}");
}

#[test]
fn more() {
    let s = grid(300, 2, (0.5, 2.0), |x| 1.3 * (x[0] * x[0] + 0.4 * x[1] * x[1]).sqrt());
    found(&s, &["+", "-", "*", "/", "sqrt"], 15);
    let s = grid(300, 1, (-2.0, 2.0), |x| 0.7 * real::exp(-0.9 * x[0] * x[0]) + 0.21 * x[0]);
    found(&s, &["+", "-", "*", "exp"], 15);
    let s = grid(300, 1, (-3.0, 3.0), |x| 0.7 * real::sin(1.3 * x[0]) + 0.21 * real::sin(2.9 * x[0]));
    found(&s, &["+", "-", "*", "sin"], 15);
    let s = grid(300, 3, (0.5, 2.0), |x| 6.67e-11 * x[0] * x[1] / (x[2] * x[2]));
    found(&s, &["+", "-", "*", "/"], 15);
    let s = grid(300, 2, (-3.0, 3.0), |x| 0.8 * real::tanh(3.0 * x[0]) + 0.3 * x[0] + 0.05 * x[1].abs() * x[1]);
    found(&s, &["+", "-", "*", "tanh", "abs"], 20);
}

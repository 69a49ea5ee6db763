//! Laws that are known, looked for in their values.

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
    Budget { complexity, shapes: 800, terms: 600, children: 2_500 }
}

/// The formula that is shown, its error, and everything.
fn found(samples: &Samples, names: &[&str], complexity: usize) -> (String, f64, Found) {
    let made = search(samples, &operators(names), &small(complexity), 1, &|| false, &mut |_| {}).expect("not stopped");
    let m = &made.front[made.chosen];
    let names: Vec<String> = ["x", "y", "z", "w"].iter().map(|s| (*s).to_owned()).collect();
    (print::text(&m.tree, &names), m.error, made)
}

fn is_found(samples: &Samples, names: &[&str], complexity: usize, at_most: usize) -> String {
    let (text, error, made) = found(samples, names, complexity);
    assert!(error < 1e-9, "{text} {error}");
    let shown = &made.front[made.chosen];
    assert!(shown.tree.complexity() <= at_most, "{text} has {}", shown.tree.complexity());
    assert!(shown.tree.within(&operators(names)) && shown.tree.is_plain());
    for pair in made.front.windows(2) {
        assert!(pair[0].tree.complexity() < pair[1].tree.complexity() && pair[0].error > pair[1].error);
    }
    text
}

#[test]
fn friction_of_a_cart_is_found_with_its_numbers() {
    let names = ["+", "*", "abs", "^"];
    let s = grid(300, 2, (-2.0, 2.0), |x| 0.35 * x[0] * x[0] + 0.123456 * x[0].abs() * x[0] * x[0]);
    let text = is_found(&s, &names, 12, 12);
    assert!(text.contains("0.35") && text.contains("0.123456"), "{text}");
    let s = grid(300, 2, (-2.0, 2.0), |x| 0.15 * x[0] * x[0] + 0.005 * x[1] * x[1]);
    let text = is_found(&s, &names, 12, 11);
    assert!(text.contains("0.15") && text.contains("0.005"), "{text}");
}

#[test]
fn numbers_inside_of_functions_are_found() {
    let s = grid(200, 2, (-2.0, 2.0), |x| 1.7 * real::sin(2.3 * x[0]) * x[1]);
    let text = is_found(&s, &["+", "*", "sin"], 12, 8);
    assert!(text.contains("1.7") && text.contains("2.3"), "{text}");
    let s = grid(200, 1, (-3.0, 3.0), |x| 0.7 * real::sin(1.3 * x[0]) + 0.21 * real::sin(2.9 * x[0]));
    is_found(&s, &["+", "-", "*", "sin"], 15, 13);
    let s = grid(200, 1, (-2.0, 2.0), |x| 0.7 * real::exp(-0.9 * x[0] * x[0]) + 0.21 * x[0]);
    is_found(&s, &["+", "-", "*", "exp"], 15, 12);
    let s = grid(200, 2, (-3.0, 3.0), |x| 0.8 * real::tanh(3.0 * x[0]) + 0.3 * x[0] + 0.05 * x[1].abs() * x[1]);
    is_found(&s, &["+", "-", "*", "tanh", "abs"], 20, 17);
}

#[test]
fn quotients_and_roots_are_found() {
    let s = grid(200, 2, (0.1, 2.0), |x| x[0] / (x[1] + 0.7 * x[0] * x[0] + 0.3));
    is_found(&s, &["+", "-", "*", "/"], 15, 11);
    let s = grid(200, 2, (0.5, 2.0), |x| 1.3 * (x[0] * x[0] + 0.4 * x[1] * x[1]).sqrt());
    is_found(&s, &["+", "-", "*", "/", "sqrt"], 15, 12);
}

/// Sizes far from one, as SI gives them: a law of gravitation, and a spring of nanometres.
#[test]
fn units_do_not_matter() {
    let s = grid(200, 3, (0.5, 2.0), |x| 6.67e-11 * x[0] * x[1] / (x[2] * x[2]));
    is_found(&s, &["+", "-", "*", "/"], 15, 9);
    let s = grid(200, 1, (-3e-9, 3e-9), |x| 2e-20 * real::sin(1.2e9 * x[0]) + 4e-3 * x[0] * x[0]);
    is_found(&s, &["+", "*", "sin"], 12, 12);
}

#[test]
fn what_the_operators_cannot_say_has_an_honest_error() {
    let law = |x: &[f64]| real::tanh(2.0 * x[0]) + 0.1 * real::sin(9.0 * x[0]);
    let s = grid(300, 1, (-2.0, 2.0), law);
    let (text, error, made) = found(&s, &["+", "-", "*", "/"], 11);
    assert!((1e-3..0.1).contains(&error), "{text} {error}");
    // the error is what it says, at all rows
    for m in &made.front {
        let mut work = evaluate::Work::default();
        assert!(work.forward(&m.tree, &s));
        let values = work.column(m.tree.nodes.len() - 1, s.rows());
        let square: f64 = values.iter().zip(&s.target).map(|(f, y)| (f - y) * (f - y)).sum();
        let size: f64 = s.target.iter().map(|y| y * y).sum();
        assert!(((square / size).sqrt() - m.error).abs() < 1e-12);
    }
}

#[test]
fn threads_change_nothing_and_seeds_may() {
    let s = grid(150, 2, (-2.0, 2.0), |x| real::tanh(x[0] + 0.3 * x[1] * x[1]));
    let names = ["+", "-", "*", "/", "abs"];
    let with = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let budget = Budget { complexity: 13, shapes: 300, terms: 200, children: 1_000 };
        pool.install(|| search(&s, &operators(&names), &budget, seed, &|| false, &mut |_| {})).expect("not stopped")
    };
    let (one, two) = (with(1, 1), with(2, 1));
    let bits = |f: &Found| {
        let list = f.front.iter();
        list.map(|m| {
            (m.tree.form(), m.tree.constants().iter().map(|c| c.to_bits()).collect::<Vec<_>>(), m.error.to_bits())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(bits(&one), bits(&two));
    assert_eq!(one.chosen, two.chosen);
}

#[test]
fn a_search_that_is_to_stop_stops() {
    let s = grid(50, 1, (-2.0, 2.0), |x| real::tanh(x[0]));
    assert_eq!(search(&s, &operators(&["+"]), &small(5), 1, &|| true, &mut |_| {}), None);
}

#[test]
fn derivatives_are_those_of_differences() {
    let names =
        operators(&["+", "-", "*", "/", "^", "sin", "exp", "ln", "sqrt", "atan", "tanh", "asin", "erf", "cbrt"]);
    let s = grid(20, 2, (0.2, 0.9), |x| x[0]);
    for f in &names.functions {
        let inner = Tree::binary(function::Binary::Mul, &Tree::constant(0.7), &Tree::input(0));
        let outer = Tree::binary(function::Binary::Pow, &Tree::function(*f, &inner), &Tree::constant(2.0));
        let tree = Tree::binary(
            function::Binary::Div,
            &outer,
            &Tree::binary(function::Binary::Sub, &Tree::constant(3.0), &Tree::input(1)),
        );
        let mut work = evaluate::Work::default();
        let mut slopes = Vec::new();
        work.forward(&tree, &s);
        work.backward(&tree, s.rows(), &mut slopes);
        let values = |k: usize, h: f64| {
            let mut moved = tree.clone();
            let mut c = moved.constants();
            c[k] += h;
            moved.set_constants(&c);
            let mut work = evaluate::Work::default();
            work.forward(&moved, &s);
            work.column(moved.nodes.len() - 1, s.rows()).to_vec()
        };
        for k in [0, 2] {
            let (up, down) = (values(k, 1e-6), values(k, -1e-6));
            for row in 0..s.rows() {
                let difference = (up[row] - down[row]) / 2e-6;
                assert!((difference - slopes[k][row]).abs() < 1e-7, "{} {k}", function::FUNCTIONS[*f as usize].name);
            }
        }
    }
}

#[test]
fn texts_are_of_the_language() {
    use function::Binary::{Add, Div, Mul, Pow, Sub};
    let (x, c) = (Tree::input(0), Tree::constant);
    let names = ["x".to_owned()];
    for (tree, text) in [
        (Tree::binary(Sub, &x, &Tree::binary(Sub, &x, &c(1.0))), "x - (x - 1)"),
        (Tree::binary(Add, &x, &Tree::binary(Mul, &c(-2.0), &x)), "x - 2*x"),
        (Tree::binary(Div, &x, &Tree::binary(Mul, &c(2.0), &x)), "x/(2*x)"),
        (Tree::binary(Pow, &Tree::binary(Pow, &x, &c(2.0)), &c(-1.0)), "(x^2)^(-1)"),
        (Tree::binary(Pow, &x, &c(1.0 / 3.0)), "x^(1/3)"),
        (Tree::binary(Mul, &Tree::binary(Add, &x, &c(1e-9)), &c(-0.5)), "(x + 1e-9)*(-0.5)"),
        (Tree::binary(Sub, &x, &c(-1.5)), "x + 1.5"),
    ] {
        assert_eq!(print::text(&tree, &names), text);
    }
}

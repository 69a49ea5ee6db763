//! Every rewriting rule at many magnitudes, both signs, zeros and boundaries: where the left side is
//! defined the right side is, and they agree within rounding.

use crate::expressions::{check_value, system};
use crate::raw::{Raw, build};
use hamel::symbolic::{FUNCTIONS, Function, Graph, Rational, SymbolInfo};
use rand::{RngExt, SeedableRng};

fn x() -> Raw {
    Raw::Variable(0)
}

fn y() -> Raw {
    Raw::Variable(1)
}

fn z() -> Raw {
    Raw::Variable(2)
}

fn n(value: i64) -> Raw {
    Raw::Number(value, 1)
}

fn power(base: Raw, p: i64, q: i64) -> Raw {
    Raw::Power(Box::new(base), p, q)
}

fn times(list: &[Raw]) -> Raw {
    Raw::Product(list.to_vec())
}

fn plus(list: &[Raw]) -> Raw {
    Raw::Sum(list.to_vec())
}

fn minus(a: Raw, b: Raw) -> Raw {
    Raw::Difference(Box::new(a), Box::new(b))
}

fn over(a: Raw, b: Raw) -> Raw {
    Raw::Quotient(Box::new(a), Box::new(b))
}

fn call(function: Function, arg: Raw) -> Raw {
    Raw::Call(function as usize, vec![arg.clone(), arg.clone(), arg])
}

/// Left sides of all rules, one or more for each.
fn left_sides() -> Vec<Raw> {
    use Function::{Abs, Cbrt, Cos, Exp, Floor, Ln, Modulo, Sign, Sin};
    let mut list = vec![
        // sums
        minus(times(&[n(3), plus(&[x(), y()])]), times(&[n(2), plus(&[x(), y()])])),
        minus(x(), x()),
        plus(&[x(), y(), minus(z(), y())]),
        plus(&[power(call(Cos, x()), 2, 1), power(call(Sin, x()), 2, 1)]),
        plus(&[times(&[y(), power(call(Cos, x()), 3, 1)]), times(&[y(), call(Cos, x()), power(call(Sin, x()), 2, 1)])]),
        minus(times(&[call(Cos, x()), call(Cos, y())]), times(&[call(Sin, x()), call(Sin, y())])),
        plus(&[times(&[call(Cos, x()), call(Cos, y())]), times(&[call(Sin, x()), call(Sin, y())])]),
        plus(&[times(&[call(Sin, x()), call(Cos, y())]), times(&[call(Cos, x()), call(Sin, y())])]),
        minus(times(&[call(Sin, x()), call(Cos, y())]), times(&[call(Cos, x()), call(Sin, y())])),
        minus(times(&[call(Cos, x()), call(Sin, y())]), times(&[call(Sin, x()), call(Cos, y())])),
        // products
        times(&[n(0), call(Ln, x())]),
        over(x(), x()),
        times(&[power(x(), 1, 2), power(x(), 1, 2)]),
        times(&[power(x(), 1, 2), power(x(), -1, 1)]),
        times(&[power(x(), 1, 3), power(x(), 2, 3), power(x(), -2, 1)]),
        power(times(&[n(-2), x(), power(y(), -1, 1)]), -3, 1),
        power(times(&[n(8), power(x(), 2, 1), y()]), 1, 2),
        power(times(&[n(-8), power(x(), 2, 1), y()]), 1, 2),
        power(times(&[power(x(), -2, 1), y()]), -1, 2),
        power(times(&[call(Exp, x()), y()]), 1, 2),
        power(times(&[power(x(), 2, 1), power(y(), 4, 1)]), 3, 2),
        power(minus(times(&[n(-1), x()]), y()), 3, 1),
        power(plus(&[times(&[n(4), x()]), times(&[n(4), y()])]), 1, 2),
        power(call(Abs, x()), 4, 1),
        power(call(Cbrt, x()), -6, 1),
        times(&[power(plus(&[x(), y()]), 1, 2), power(plus(&[x(), y()]), 1, 2)]),
        Raw::General(Box::new(Raw::General(Box::new(x()), Box::new(y()))), Box::new(n(2))),
        power(Raw::General(Box::new(x()), Box::new(y())), 1, 2),
        // calls
        call(Abs, times(&[n(-3), x()])),
        call(Abs, power(x(), 2, 1)),
        call(Sign, plus(&[power(x(), 2, 1), n(1)])),
        call(Floor, call(Floor, x())),
        call(Ln, call(Exp, x())),
        call(Exp, call(Ln, call(Exp, x()))),
        Raw::Call(Modulo as usize, vec![Raw::Number(-7, 2), n(3), n(0)]),
        Raw::Call(Function::Min as usize, vec![x(), x(), n(1)]),
        Raw::Call(Function::Max as usize, vec![n(2), x(), n(1)]),
        Raw::Choice(Box::new(x()), Box::new(y()), Box::new(z()), Box::new(z())),
    ];
    // (x^a)^b for every kind of exponent
    let exponents =
        [(-3, 1), (-2, 1), (-1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (-1, 2), (2, 3), (1, 3), (-4, 3), (3, 2)];
    for (p, q) in exponents {
        for (r, s) in exponents {
            list.push(power(power(x(), p, q), r, s));
            list.push(power(times(&[power(x(), p, q), power(y(), r, s)]), 1, 2));
            list.push(times(&[power(x(), p, q), power(x(), r, s)]));
        }
    }
    // parity of every function
    for info in FUNCTIONS.iter().filter(|info| info.arity == Some(1)) {
        list.push(call(info.function, times(&[n(-1), x()])));
        list.push(call(info.function, minus(times(&[n(-1), x()]), y())));
    }
    // multiples of π/12
    for k in -30..30 {
        list.push(call(Cos, times(&[Raw::Number(k, 12), Raw::Pi])));
        list.push(call(Sin, times(&[Raw::Number(k, 12), Raw::Pi])));
    }
    list
}

#[test]
fn rules_hold_at_every_magnitude() {
    let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(7);
    let special = [0.0, -0.0, 1.0, -1.0, 1e-20, -1e-20, 1e20, -1e20, 0.5, 2.0];
    let mut judged = 0usize;
    for raw in left_sides() {
        let (mut g, variables) = system();
        let e = build(&mut g, &variables, &raw);
        for a in special {
            for b in special {
                judged += check_value(&g, e, &raw, &[a, b, 1.0, 1.0]).unwrap_or_else(|why| panic!("{why}"));
            }
        }
        for _ in 0..200 {
            let mut draw = || {
                let size = 10f64.powf(rng.random_range(-20.0..20.0));
                if rng.random_bool(0.5) { size } else { -size }
            };
            let point = [draw(), draw(), draw(), draw()];
            judged += check_value(&g, e, &raw, &point).unwrap_or_else(|why| panic!("{why}"));
        }
    }
    // a test that finds everything undefined says nothing
    assert!(judged > 80_000, "{judged}");
}

#[test]
fn facts_license_what_needs_them() {
    let mut g = Graph::new();
    let (m, x) = (g.symbol(SymbolInfo::scalar("m").positive()), g.symbol(SymbolInfo::scalar("x")));
    let (m, x) = (g.scalar(m), g.scalar(x));
    // √(x²) is |x|, √(m²) is m, exp(ln x) stays, exp(ln m) goes
    let (x2, m2) = (g.powi(x, 2), g.powi(m, 2));
    let (rx, rm) = (g.sqrt(x2), g.sqrt(m2));
    assert_eq!(rx, g.call(Function::Abs, &[x]));
    assert_eq!(rm, m);
    let (lx, lm) = (g.call(Function::Ln, &[x]), g.call(Function::Ln, &[m]));
    let (ex, em) = (g.call(Function::Exp, &[lx]), g.call(Function::Exp, &[lm]));
    assert_ne!(ex, x);
    assert_eq!(em, m);
    // √(m x) = √m √x: m > 0 comes out, and √8 = 2 √2
    let (product, eight) = (g.mul(m, x), g.integer(8));
    let root = g.sqrt(product);
    let (a, b) = (g.sqrt(m), g.sqrt(x));
    assert_eq!(root, g.mul(a, b));
    let (two, root8) = (g.integer(2), g.sqrt(eight));
    let root2 = g.sqrt(two);
    assert_eq!(root8, g.mul(two, root2));
    // a domain error stays: √x·√x is x, but ln(x²) is not 2 ln x
    let ln = g.call(Function::Ln, &[x2]);
    assert_ne!(ln, g.scale(lx, &Rational::integer(2)));
}

#[test]
fn a_chain_of_twenty_thousand_definitions_is_no_burden() {
    let mut g = Graph::new();
    let x = g.symbol(SymbolInfo::scalar("x"));
    let x = g.scalar(x);
    let one = g.one();
    let (mut sum, mut product, mut nested) = (x, x, x);
    for k in 0..20_000 {
        let k = g.integer(k + 2);
        let power = g.power(k, x);
        sum = g.add(sum, power);
        let shifted = g.add(k, x);
        product = g.mul(product, shifted);
        let inner = g.add(nested, one);
        nested = g.call(Function::Sin, &[inner]);
    }
    let all = g.sum(&[sum, product, nested]);
    let d = g.differentiate(all, x);
    let r = g.gradient(all, &[x])[0];
    assert!(!g.is_full());
    assert!(g.count_nodes(&[d, r]) > 20_000);
    assert!(g.len() < 400_000, "{}", g.len());
    let printed = hamel::symbolic::Text::new().print(&g, d);
    assert!(printed.contains('…'));
    let zero = g.zero();
    let map = [(x, zero)].into_iter().collect();
    assert!(g.as_number(g.zero()).is_some() && g.substitute(all, &map) != all);
}

#[test]
fn a_full_graph_says_so_and_goes_on() {
    let mut g = Graph::new();
    let two = g.integer(2);
    let huge = g.powi(two, 1 << 40);
    assert!(g.is_full());
    let _ = g.mul(huge, two);
    let mut g = Graph::new();
    let x = g.symbol(SymbolInfo::scalar("x"));
    let x = g.scalar(x);
    let mut k = 0;
    while !g.is_full() {
        k += 1;
        let number = g.integer(k);
        let power = g.power(number, x);
        g.call(Function::Sin, &[power]);
        assert!(k < 3_000_000);
    }
    let before = g.len();
    let more = g.integer(-5);
    let e = g.call(Function::Cos, &[more]);
    g.differentiate(e, x);
    assert_eq!(g.len(), before);
}

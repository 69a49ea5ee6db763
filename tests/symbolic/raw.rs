//! Expressions as written, and their value without any rule.

use hamel::symbolic::evaluate::{Bindings, Bounded, evaluate_bounded_from};
use hamel::symbolic::{Comparison, ExprId, FUNCTIONS, Function, Graph, Rational, SymbolId, SymbolInfo};
use proptest::prelude::*;

/// Number of variables a generated expression may use.
pub const VARIABLES: usize = 4;

/// An expression as it was written, before any rule.
#[derive(Clone, Debug)]
pub enum Raw {
    Variable(usize),
    Number(i64, i64),
    Pi,
    Sum(Vec<Raw>),
    Difference(Box<Raw>, Box<Raw>),
    Product(Vec<Raw>),
    Quotient(Box<Raw>, Box<Raw>),
    Power(Box<Raw>, i64, i64),
    General(Box<Raw>, Box<Raw>),
    Call(usize, Vec<Raw>),
    Choice(Box<Raw>, Box<Raw>, Box<Raw>, Box<Raw>),
}

/// Expressions up to depth 12 over all functions.
pub fn raw() -> impl Strategy<Value = Raw> {
    let leaf = prop_oneof![
        4 => (0..VARIABLES).prop_map(Raw::Variable),
        2 => (-6i64..=6, 1i64..=4).prop_map(|(n, d)| Raw::Number(n, d)),
        1 => Just(Raw::Pi),
    ];
    leaf.prop_recursive(12, 60, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 2..4).prop_map(Raw::Sum),
            2 => (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Raw::Difference(a, b)),
            4 => prop::collection::vec(inner.clone(), 2..4).prop_map(Raw::Product),
            2 => (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Raw::Quotient(a, b)),
            3 => (boxed.clone(), -3i64..=4, 1i64..=3).prop_map(|(a, n, d)| Raw::Power(a, n, d)),
            1 => (boxed.clone(), boxed.clone()).prop_map(|(a, b)| Raw::General(a, b)),
            6 => (0..FUNCTIONS.len(), prop::collection::vec(inner.clone(), 3)).prop_map(|(f, a)| Raw::Call(f, a)),
            1 => (boxed.clone(), boxed.clone(), boxed.clone(), boxed)
                .prop_map(|(a, b, c, d)| Raw::Choice(a, b, c, d)),
        ]
    })
}

/// The expression through the builders.
pub fn build(g: &mut Graph, variables: &[ExprId], raw: &Raw) -> ExprId {
    match raw {
        Raw::Variable(i) => variables[*i],
        Raw::Number(n, d) => g.rational(*n, *d),
        Raw::Pi => g.pi(),
        Raw::Sum(list) => {
            let list: Vec<_> = list.iter().map(|r| build(g, variables, r)).collect();
            g.sum(&list)
        }
        Raw::Difference(a, b) => {
            let (a, b) = (build(g, variables, a), build(g, variables, b));
            g.sub(a, b)
        }
        Raw::Product(list) => {
            let list: Vec<_> = list.iter().map(|r| build(g, variables, r)).collect();
            g.product(&list)
        }
        Raw::Quotient(a, b) => {
            let (a, b) = (build(g, variables, a), build(g, variables, b));
            g.div(a, b)
        }
        Raw::Power(a, n, d) => {
            let a = build(g, variables, a);
            g.pow_rational(a, &Rational::new(*n, *d).expect("d > 0"))
        }
        Raw::General(a, b) => {
            let (a, b) = (build(g, variables, a), build(g, variables, b));
            g.power(a, b)
        }
        Raw::Call(f, args) => {
            let (function, args) = call_args(*f, args);
            let args: Vec<_> = args
                .iter()
                .map(|arg| match arg {
                    Ok(raw) => build(g, variables, raw),
                    Err(order) => g.integer(*order),
                })
                .collect();
            g.call(function, &args)
        }
        Raw::Choice(a, b, c, d) => {
            let [a, b, c, d] = [a, b, c, d].map(|r| build(g, variables, r));
            let condition = g.compare(Comparison::Less, a, b);
            g.select(condition, c, d)
        }
    }
}

/// Function and arguments; the order of polygamma and Bessel functions is a number.
fn call_args(f: usize, args: &[Raw]) -> (Function, Vec<Result<&Raw, i64>>) {
    let info = FUNCTIONS[f];
    let args = match info.function {
        Function::Polygamma | Function::BesselJ | Function::BesselY => vec![Err((f % 3) as i64), Ok(&args[0])],
        _ => args[..info.arity.unwrap_or(3)].iter().map(Ok).collect(),
    };
    (info.function, args)
}

/// The value straight from the text, one operation at a time, with a bound of its rounding error.
/// A value that is infinite anywhere counts as undefined.
pub fn direct(raw: &Raw, x: &[f64]) -> Bounded {
    let value = match raw {
        Raw::Variable(i) => Bounded::exact(x[*i]),
        Raw::Number(..) | Raw::Pi => alone(&[], |g, _| build(g, &[], raw)),
        Raw::Sum(list) => {
            many(list, x).into_iter().reduce(|a, b| alone(&[a, b], |g, v| g.add(v[0], v[1]))).expect("some")
        }
        Raw::Product(list) => {
            many(list, x).into_iter().reduce(|a, b| alone(&[a, b], |g, v| g.mul(v[0], v[1]))).expect("some")
        }
        Raw::Difference(a, b) => alone(&[direct(a, x), direct(b, x)], |g, v| g.sub(v[0], v[1])),
        Raw::Quotient(a, b) => alone(&[direct(a, x), direct(b, x)], |g, v| g.div(v[0], v[1])),
        Raw::Power(a, n, d) => {
            let r = Rational::new(*n, *d).expect("d > 0");
            alone(&[direct(a, x)], |g, v| g.pow_rational(v[0], &r))
        }
        Raw::General(a, b) => alone(&[direct(a, x), direct(b, x)], |g, v| g.power(v[0], v[1])),
        Raw::Call(f, args) => {
            let (function, args) = call_args(*f, args);
            let args: Vec<Bounded> =
                args.iter().map(|a| a.map_or_else(|n| Bounded::exact(n as f64), |r| direct(r, x))).collect();
            if args.iter().any(|a| a.value.is_nan()) {
                return Bounded::exact(f64::NAN);
            }
            alone(&args, |g, v| g.call(function, v))
        }
        Raw::Choice(a, b, c, d) => {
            let (a, b) = (direct(a, x), direct(b, x));
            let sides = (a.value - b.value).abs();
            if sides.is_nan() || sides <= 4.0 * (a.error + b.error) && sides > 0.0 {
                // undefined, or not decided within rounding
                Bounded::exact(f64::NAN)
            } else if a.value < b.value {
                direct(c, x)
            } else {
                direct(d, x)
            }
        }
    };
    if value.value.is_finite() { value } else { Bounded::exact(f64::NAN) }
}

fn many(list: &[Raw], x: &[f64]) -> Vec<Bounded> {
    list.iter().map(|r| direct(r, x)).collect()
}

/// One operation in a graph of its own, over symbols that stand for its arguments.
fn alone(args: &[Bounded], operation: impl Fn(&mut Graph, &[ExprId]) -> ExprId) -> Bounded {
    let mut g = Graph::new();
    let ids: Vec<ExprId> = args
        .iter()
        .map(|_| {
            let s = g.symbol(SymbolInfo::scalar("x"));
            g.scalar(s)
        })
        .collect();
    let result = operation(&mut g, &ids);
    let bindings = Bindings { scalar: &|s: SymbolId| args[s.index()], element: &|_, _| Bounded::exact(f64::NAN) };
    evaluate_bounded_from(&g, &[result], &bindings)[0]
}

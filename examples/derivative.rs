//! Exact derivatives of an expression built in Rust, printed as text and LaTeX, and evaluated.
//!
//! `cargo run --example derivative`

use hamel::symbolic::{Function, Graph, Latex, SymbolInfo, Text};

fn main() {
    let mut g = Graph::new();
    let mut variable = |name: &str| {
        let symbol = g.symbol(SymbolInfo::scalar(name));
        g.scalar(symbol)
    };
    let (x, k) = (variable("x"), variable("k"));
    // f = sin(k*x)/x
    let inside = g.mul(k, x);
    let sine = g.call(Function::Sin, &[inside]);
    let minus_one = g.integer(-1);
    let inverse = g.power(x, minus_one);
    let f = g.mul(sine, inverse);

    let first = g.differentiate(f, x);
    let second = g.differentiate(first, x);
    for (name, e) in [("f", f), ("∂f/∂x", first), ("∂²f/∂x²", second)] {
        println!("{name:8} = {}", Text::new().print(&g, e));
        println!("{:8}   {}", "", Latex::new().print(&g, e));
    }
    let gradient = g.gradient(f, &[x, k]);
    let by_hand = {
        // cos(k*x), the derivative by k
        let cosine = g.call(Function::Cos, &[inside]);
        g.product(&[cosine])
    };
    assert_eq!(gradient[1], by_hand, "equal expressions are one node");
    println!("∂f/∂k    = {}", Text::new().print(&g, gradient[1]));
}

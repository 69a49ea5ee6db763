//! What is printed must read as on paper.

use hamel::symbolic::{Comparison, ExprId, Function, Graph, Latex, Rational, SymbolInfo, Text};

/// A graph and a scalar for every name.
fn scalars(names: &[&str]) -> (Graph, Vec<ExprId>) {
    let mut g = Graph::new();
    let list = names
        .iter()
        .map(|n| {
            let s = g.symbol(SymbolInfo::scalar(*n));
            g.scalar(s)
        })
        .collect();
    (g, list)
}

fn both(g: &Graph, e: ExprId) -> (String, String) {
    (Text::new().print(g, e), Latex::new().print(g, e))
}

#[test]
fn explore() {
    let (mut g, v) = scalars(&["m1", "m2", "l1", "l2", "g", "θ1", "θ2", "θ1'", "θ2'", "r", "k"]);
    let [m1, m2, l1, l2, gr, a, b, da, db, r, k] = v[..] else { unreachable!() };
    let (sa, ca) = (g.call(Function::Sin, &[a]), g.call(Function::Cos, &[a]));
    let (sb, cb) = (g.call(Function::Sin, &[b]), g.call(Function::Cos, &[b]));
    let nca = g.neg(ca);
    let ncb = g.neg(cb);
    let (x1, y1) = (g.mul(l1, sa), g.mul(l1, nca));
    let (ux, uy) = (g.mul(l2, sb), g.mul(l2, ncb));
    let (x2, y2) = (g.add(x1, ux), g.add(y1, uy));
    let dot = |g: &mut Graph, e: ExprId| {
        let (p, q) = (g.differentiate(e, a), g.differentiate(e, b));
        let (p, q) = (g.mul(p, da), g.mul(q, db));
        g.add(p, q)
    };
    let t = {
        let mut terms = vec![];
        for (m, x, y) in [(m1, x1, y1), (m2, x2, y2)] {
            let (vx, vy) = (dot(&mut g, x), dot(&mut g, y));
            let (vx2, vy2) = (g.mul(vx, vx), g.mul(vy, vy));
            let v2 = g.add(vx2, vy2);
            let e = g.product(&[m, v2]);
            terms.push(g.scale(e, &Rational::HALF));
        }
        g.sum(&terms)
    };
    let vp = {
        let (p, q) = (g.product(&[m1, gr, y1]), g.product(&[m2, gr, y2]));
        g.add(p, q)
    };
    let l = g.sub(t, vp);
    println!("L = {}\n{}", both(&g, l).0, both(&g, l).1);
    let grad = g.gradient(l, &[a, b, da, db]);
    for e in &grad {
        println!("  {}\n  {}", both(&g, *e).0, both(&g, *e).1);
    }
    for x in [a, b, da, db] {
        let e = g.differentiate(l, x);
        println!(" d {}", both(&g, e).0);
    }
    let h = g.hessian(l, &[da, db]);
    for e in h.iter().flatten() {
        println!("  M {}\n  {}", both(&g, *e).0, both(&g, *e).1);
    }
    for x in [da, db] {
        for y in [da, db] {
            let e = g.differentiate(l, x);
            let e = g.differentiate(e, y);
            println!(" M {}", both(&g, e).0);
        }
    }
    let ex = g.shorten(l);
    println!("expanded {}\n{}", both(&g, ex).0, both(&g, ex).1);
    for e in &grad {
        let e = g.shorten(*e);
        println!("  {}", both(&g, e).0);
    }
    for e in &g.gradient(ex, &[a, b, da, db]) {
        println!("  {}", both(&g, *e).0);
    }
    let p = {
        let q = g.div(k, r);
        let w = g.mul(m1, m2);
        let s = g.sqrt(w);
        g.product(&[q, s])
    };
    let p = g.scale(p, &Rational::new(-981, 100).unwrap());
    println!("{:?}", both(&g, p));
    let less = g.compare(Comparison::Less, a, b);
    let sel = g.select(less, p, k);
    let sel = g.mul(sel, r);
    println!("{:?}", both(&g, sel));
    let s = g.powi(r, -2);
    let e = g.call(Function::Exp, &[s]);
    let e2 = g.pow_rational(e, &Rational::new(3, 2).unwrap());
    println!("{:?} {:?}", both(&g, e), both(&g, e2));
}

//! Potentials against what they must give back, by dual numbers of the definition.

use super::*;
use crate::symbolic::evaluate::Bindings;
use crate::symbolic::{Rational, SymbolId, SymbolInfo, Text, evaluate};
use num_dual::{Dual2_64, Dual64, DualNum};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// `x`, `y` and the parameters `a`, `b`, in this order.
fn plane() -> (Graph, [ExprId; 2], ExprId) {
    let mut g = Graph::new();
    let mut leaf = |name: &str| {
        let symbol = g.symbol(SymbolInfo::scalar(name));
        g.scalar(symbol)
    };
    let (x, y, a, _) = (leaf("x"), leaf("y"), leaf("a"), leaf("b"));
    (g, [x, y], a)
}

/// Formulas as they are written in files.
struct Reader<'a> {
    g: &'a mut Graph,
    text: Vec<char>,
    at: usize,
}

fn formula(g: &mut Graph, text: &str) -> ExprId {
    let text: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut reader = Reader { g, text, at: 0 };
    let e = reader.sum();
    assert_eq!(reader.at, reader.text.len());
    e
}

impl Reader<'_> {
    fn next_is(&mut self, c: char) -> bool {
        let found = self.text.get(self.at) == Some(&c);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> ExprId {
        let negative = self.next_is('-');
        let mut out = self.product();
        if negative {
            out = self.g.neg(out);
        }
        loop {
            if self.next_is('+') {
                let next = self.product();
                out = self.g.add(out, next);
            } else if self.next_is('-') {
                let next = self.product();
                out = self.g.sub(out, next);
            } else {
                return out;
            }
        }
    }

    fn product(&mut self) -> ExprId {
        let mut out = self.power();
        loop {
            if self.next_is('*') {
                let next = self.power();
                out = self.g.mul(out, next);
            } else if self.next_is('/') {
                let next = self.power();
                out = self.g.div(out, next);
            } else {
                return out;
            }
        }
    }

    fn power(&mut self) -> ExprId {
        let base = self.atom();
        if !self.next_is('^') {
            return base;
        }
        let exponent = self.atom();
        self.g.power(base, exponent)
    }

    fn atom(&mut self) -> ExprId {
        if self.next_is('(') {
            let inside = self.sum();
            assert!(self.next_is(')'));
            return inside;
        }
        let from = self.at;
        while self.text.get(self.at).is_some_and(|c| c.is_alphanumeric()) {
            self.at += 1;
        }
        let word: String = self.text[from..self.at].iter().collect();
        if let Ok(n) = word.parse::<i64>() {
            return self.g.integer(n);
        }
        let symbol = self.g.symbols().find(|(_, info)| info.name == word).map(|s| s.0);
        if let Some(symbol) = symbol {
            return self.g.scalar(symbol);
        }
        assert!(self.next_is('('), "{word}");
        let inside = self.sum();
        assert!(self.next_is(')'));
        match Function::named(&word) {
            Some(function) => self.g.call(function, &[inside]),
            None => self.g.sqrt(inside),
        }
    }
}

const POINTS: [[f64; 2]; 4] = [[0.7, 1.1], [1.9, 0.3], [0.45, 2.3], [1.3, 1.7]];

fn value<D: DualNum<Primitive = f64> + Copy>(g: &Graph, e: ExprId, at: [D; 2]) -> D {
    let scalar = |s: SymbolId| match s.index() {
        k @ 0..=1 => at[k],
        2 => D::from(0.37),
        _ => D::from(2.29),
    };
    evaluate(g, &[e], &Bindings { scalar: &scalar, element: &|_, _| D::from(f64::NAN) })[0]
}

/// `∂e/∂axis`
fn slope(g: &Graph, e: ExprId, at: [f64; 2], axis: usize) -> f64 {
    let mut point = at.map(Dual64::from_re);
    point[axis] = point[axis].derivative();
    value(g, e, point).eps
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs() + b.abs())
}

/// The flow comes back, and `ΔD` is its divergence.
fn verified(g: &Graph, found: Potentials, flow: [ExprId; 2]) -> Result<(), String> {
    for p in POINTS {
        let d = |e: ExprId, axis: usize| slope(g, e, p, axis);
        let [u, v] = flow.map(|f| value(g, f, p));
        let back = [d(found.stream, 1) + d(found.potential, 0), d(found.potential, 1) - d(found.stream, 0)];
        let mut laplacian = 0.0;
        for axis in 0..2 {
            let mut point = p.map(Dual2_64::from_re);
            point[axis] = point[axis].derivative();
            laplacian += value(g, found.potential, point).v2;
        }
        let divergence = d(flow[0], 0) + d(flow[1], 1);
        if !(close(back[0], u) && close(back[1], v) && close(laplacian, divergence)) {
            let text = |e: ExprId| Text::new().print(g, e);
            return Err(format!(
                "at {p:?}: {back:?} is not {:?}, or {laplacian} not {divergence}; H = {}, D = {}",
                [u, v],
                text(found.stream),
                text(found.potential)
            ));
        }
    }
    Ok(())
}

/// `H` and `D` of a flow as they are printed, after they have given it back.
fn found(u: &str, v: &str) -> Option<(String, String)> {
    let (mut g, at, _) = plane();
    let flow = [formula(&mut g, u), formula(&mut g, v)];
    let found = potentials(&mut g, flow, at)?;
    verified(&g, found, flow).unwrap();
    let [h, d] = [found.stream, found.potential].map(|e| {
        let e = g.present(e, &[]);
        Text::new().print(&g, e)
    });
    Some((h, d))
}

fn expected(u: &str, v: &str, h: &str, d: &str) {
    let (stream, potential) = found(u, v).unwrap_or_else(|| panic!("{u}, {v}"));
    assert_eq!((stream.as_str(), potential.as_str()), (h, d), "{u}, {v}");
}

#[test]
fn pendulums_and_their_kin_have_potentials() {
    expected("y", "-sin(x)", "1/2*y^2 - cos(x)", "0");
    // the friction is shared between both momenta, as in a spring
    expected("y", "-sin(x) - a*y", "1/2*x*y*a + 1/2*y^2 - cos(x)", "-1/4*x^2*a - 1/4*y^2*a");
    // driven, by what is free of x and y
    expected("y", "-sin(x) + a*cos(b)", "1/2*y^2 - x*a*cos(b) - cos(x)", "0");
    expected("y", "sin(x)*y", "1/2*y^2 + y*cos(x)", "-sin(x)");
    // predator and prey in logarithms
    expected("a - b*exp(y)", "exp(x) - 1", "y*a + x - b*exp(y) - exp(x)", "0");
}

#[test]
fn waves_have_potentials_of_their_own_kind() {
    expected("sin(a*x + b*y)", "0", "-b*cos(x*a + y*b)/(a^2 + b^2)", "-a*cos(x*a + y*b)/(a^2 + b^2)");
    expected("exp(-a*x)", "y*exp(-x)", "y*exp(-x)", "exp(-x) - exp(-x*a)/a");
    expected("cosh(x)", "y*sinh(x)", "-y*cosh(x)", "2*sinh(x)");
    expected("exp(x)*exp(y)", "exp(x)^2", "1/2*exp(x + y) - 1/2*exp(2*x)", "1/2*exp(x + y)");
    for (u, v) in [
        ("x*sin(a*x + b*y + 1)", "y^2*exp(x - y)"),
        ("y", "sin(x)^5*cos(x)^2"),
        ("(1 - x^2)*sin(x)^2", "x*y"),
        ("exp(a*x)*sin(b*y)", "0"),
        ("cosh(x)*sin(y)", "exp(b)*sinh(a*x + y)*x"),
    ] {
        assert!(found(u, v).is_some(), "{u}, {v}");
    }
}

/// A harmonic wave is a rotation as well as a gradient: it is taken for a rotation.
#[test]
fn harmonic_waves_are_rotations_where_they_have_no_divergence() {
    expected("-exp(x)*sin(y)", "-exp(x)*cos(y)", "exp(x)*cos(y)", "0");
    expected("exp(x)*sin(y)", "exp(x)*cos(y)", "-exp(x)*cos(y)", "0");
    for (u, v) in [("exp(x)*sin(y)", "0"), ("x*exp(x)*sin(y)", "y"), ("y^2*exp(-y)*cos(x)", "x*exp(-y)*cos(x)")] {
        assert!(found(u, v).is_some(), "{u}, {v}");
    }
}

#[test]
fn powers_and_logarithms_of_linear_forms_are_integrated() {
    // on both sides of x = 0
    expected("1/x", "y/x", "-1/2*y*ln(x^2)", "1/2*x*ln(x^2) - x + 1/2*ln(x^2)");
    expected("sqrt(x)", "ln(y)", "0", "2/3*x^(3/2) - y + y*ln(y)");
    // its polynomial and its logarithm have a divergence, both together none
    expected("2*y*x*ln(x)", "-y^2*(ln(x) + 1)", "x*y^2*ln(x)", "0");
    for (u, v) in [
        ("1/(x + y)", "x/(x + 2*y)"),
        ("1/(1 + x)^2", "x^3/(1 + x)^2*y^2"),
        ("ln(a*x + b)", "sqrt(x + 2*y)*x^2"),
        ("ln(x)^2/x", "ln(y^2)/y"),
        ("ln(x)/x", "y/x"),
    ] {
        assert!(found(u, v).is_some(), "{u}, {v}");
    }
    // left of 0, where the flow is defined too
    let (mut g, at, _) = plane();
    let flow = ["1/x", "y/x"].map(|t| formula(&mut g, t));
    let found = potentials(&mut g, flow, at).unwrap();
    assert!(close(slope(&g, found.potential, [-0.7, 1.1], 0) + slope(&g, found.stream, [-0.7, 1.1], 1), -1.0 / 0.7));
}

#[test]
fn what_is_no_such_sum_has_none() {
    for (u, v) in [
        ("sin(x^2)", "y"),
        ("x/(x^2 + y^2)", "y/(x^2 + y^2)"),
        ("sqrt(x)*sin(x)", "0"),
        ("sqrt(x)*sqrt(y)", "0"),
        ("tan(x)", "0"),
        ("abs(x)", "0"),
        ("exp(x*y)", "0"),
        ("x^13", "0"),
        ("sin(x)^13", "0"),
    ] {
        assert_eq!(found(u, v), None, "{u}, {v}");
    }
}

#[test]
fn a_damped_spring_and_a_spiral_have_the_potentials_of_least_dissipation() {
    let (mut g, [q, p], rho) = plane();
    // q' = 2p − ρq, p' = −2q
    let two_p = g.scale(p, &Rational::integer(2));
    let friction = g.mul(rho, q);
    let flow = [g.sub(two_p, friction), g.scale(q, &Rational::integer(-2))];
    let found = potentials(&mut g, flow, [q, p]).unwrap();
    // D = −ρ(q² + p²)/4, H = q² + p² − ρqp/2
    let (q2, p2, qp) = (g.powi(q, 2), g.powi(p, 2), g.mul(q, p));
    let r2 = g.add(q2, p2);
    let d = g.mul(rho, r2);
    let d = g.scale(d, &Rational::new(-1, 4).unwrap());
    let turned = g.mul(rho, qp);
    let turned = g.scale(turned, &Rational::new(-1, 2).unwrap());
    let h = g.add(r2, turned);
    let same = |g: &mut Graph, a: ExprId, b: ExprId| {
        let off = g.sub(a, b);
        let off = g.expand(off);
        off == g.zero()
    };
    assert!(same(&mut g, found.stream, h) && same(&mut g, found.potential, d));
    // the spiral (x − y, y + x)
    let flow = [g.sub(q, p), g.add(q, p)];
    let found = potentials(&mut g, flow, [q, p]).unwrap();
    let half = g.scale(r2, &Rational::HALF);
    let less = g.neg(half);
    assert!(same(&mut g, found.potential, half) && same(&mut g, found.stream, less));
}

#[test]
fn van_der_pol_has_potentials() {
    let (mut g, at, _) = plane();
    let flow = ["y", "a*(1 - x^2)*y - x"].map(|t| formula(&mut g, t));
    let found = potentials(&mut g, flow, at).unwrap();
    assert!(found.polynomial);
    verified(&g, found, flow).unwrap();
}

/// A term of a potential of the class.
fn term() -> impl Strategy<Value = String> {
    let form = prop_oneof![
        Just("x"),
        Just("y"),
        Just("(x + y)"),
        Just("(2*x - y)"),
        Just("(a*x + y)"),
        Just("(a*x + b*y)"),
        Just("(x - a)"),
    ];
    let plain = prop_oneof![Just("x"), Just("y"), Just("(x + y)"), Just("(2*x - y)"), Just("(x/2 + 3*y)")];
    let ridge = prop_oneof![Just("x"), Just("y"), Just("(x + 2*y)"), Just("(a*x + b*y + 1)"), Just("(2*y + a)")];
    let wave = prop_oneof![
        form.clone().prop_map(|l| format!("sin({l})")),
        form.clone().prop_map(|l| format!("cos({l} + b)")),
        form.clone().prop_map(|l| format!("exp({l})")),
        form.clone().prop_map(|l| format!("cosh({l})")),
        (plain.clone(), plain).prop_map(|(l, k)| format!("exp({l})*sin({k})")),
        (form.clone(), form.clone()).prop_map(|(l, k)| format!("sin({l})*cos({k})")),
        form.prop_map(|l| format!("sin({l})^2")),
        Just("exp(x)*sin(y)".to_owned()),
        Just("exp(y)*cos(x)".to_owned()),
        Just("1".to_owned()),
    ];
    let power = (ridge, prop_oneof![Just("^(1/2)"), Just("^(-1)"), Just("^(-2)"), Just("^(-3)"), Just("^(5/3)")]);
    let ridge = prop_oneof![
        power.prop_map(|(l, e)| format!("{l}{}", e.replace("(-", "(0-"))),
        Just("ln(x)".to_owned()),
        Just("ln(x + 2*y)".to_owned()),
        Just("ln(y)/y".to_owned()),
    ];
    let shape = prop_oneof![3 => wave, 1 => ridge];
    (-3i64..4, 0u32..3, 0u32..3, shape).prop_map(|(c, m, n, f)| format!("({c})*x^{m}*y^{n}*{f}").replace("(-", "(0-"))
}

fn terms(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(term(), 0..=most).prop_map(|list| {
        let sum = list.join(" + ");
        if sum.is_empty() { "0".to_owned() } else { sum }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn what_was_made_of_potentials_has_some(h in terms(3), d in terms(3)) {
        let (mut g, at, _) = plane();
        let (h, d) = (formula(&mut g, &h), formula(&mut g, &d));
        let (dh, dd) = (g.gradient(h, &at), g.gradient(d, &at));
        let flow = [g.add(dh[1], dd[0]), g.sub(dd[1], dh[0])];
        let found = potentials(&mut g, flow, at);
        prop_assert!(found.is_some());
        if let Some(found) = found {
            prop_assert_eq!(verified(&g, found, flow), Ok(()));
        }
    }

    #[test]
    fn without_divergence_there_is_no_gradient(h in terms(3)) {
        let (mut g, at, _) = plane();
        let h = formula(&mut g, &h);
        let dh = g.gradient(h, &at);
        let flow = [dh[1], g.neg(dh[0])];
        let found = potentials(&mut g, flow, at).unwrap();
        prop_assert!(proof::vanishes(&mut g, found.potential, at), "{}", Text::new().print(&g, found.potential));
    }
}

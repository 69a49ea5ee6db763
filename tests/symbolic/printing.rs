//! What is printed must read as on paper.

use hamel::symbolic::{
    Comparison, ElementNames, Entry, ExprId, FoldOp, Function, Graph, Latex, Rational, Standing, SymbolInfo, Text,
};

/// A graph and a scalar for every name.
fn scalars<const N: usize>(names: [&str; N]) -> (Graph, [ExprId; N]) {
    let mut g = Graph::new();
    let list = names.map(|n| {
        let s = g.symbol(SymbolInfo::scalar(n));
        g.scalar(s)
    });
    (g, list)
}

fn check(g: &Graph, e: ExprId, text: &str, latex: &str) {
    assert_eq!(Text::new().print(g, e), text);
    assert_eq!(Latex::new().print(g, e), latex);
}

#[test]
fn the_double_pendulum_reads_as_in_a_book() {
    let names = ["m1", "m2", "l1", "l2", "g", "θ1", "θ2", "θ1'", "θ2'"];
    let (mut g, [m1, m2, l1, l2, gravity, a, b, da, db]) = scalars(names);
    let mut place = [g.zero(), g.zero()];
    let mut terms = Vec::new();
    for (m, l, θ) in [(m1, l1, a), (m2, l2, b)] {
        let (s, c) = (g.call(Function::Sin, &[θ]), g.call(Function::Cos, &[θ]));
        let (s, c) = (g.mul(l, s), g.mul(l, c));
        place = [g.add(place[0], s), g.sub(place[1], c)];
        let velocity = place.map(|e| {
            let (p, q) = (g.differentiate(e, a), g.differentiate(e, b));
            let (p, q) = (g.mul(p, da), g.mul(q, db));
            let v = g.add(p, q);
            g.powi(v, 2)
        });
        let square = g.sum(&velocity);
        let kinetic = g.mul(m, square);
        terms.push(g.scale(kinetic, &Rational::HALF));
        let potential = g.product(&[m, gravity, place[1]]);
        terms.push(g.neg(potential));
    }
    let l = g.sum(&terms);
    let short = g.present(l, &[]);
    check(
        &g,
        short,
        "1/2*(m1 + m2)*l1^2*θ1'^2 + m2*l1*l2*θ1'*θ2'*cos(θ1 - θ2) + 1/2*m2*l2^2*θ2'^2 + (m1 + m2)*l1*g*cos(θ1) \
         + m2*l2*g*cos(θ2)",
        "\\frac{1}{2} \\left(m_{1} + m_{2}\\right) l_{1}^{2} \\dot{\\theta}_{1}^{2} \
         + m_{2} l_{1} l_{2} \\dot{\\theta}_{1} \\dot{\\theta}_{2} \\cos\\left(\\theta_{1} - \\theta_{2}\\right) \
         + \\frac{1}{2} m_{2} l_{2}^{2} \\dot{\\theta}_{2}^{2} \
         + \\left(m_{1} + m_{2}\\right) l_{1} g \\cos \\theta_{1} + m_{2} l_{2} g \\cos \\theta_{2}",
    );
    let mass = g.hessian(l, &[da, db]);
    check(&g, mass[0][0], "m1*l1^2 + m2*l1^2", "m_{1} l_{1}^{2} + m_{2} l_{1}^{2}");
    check(&g, mass[0][1], "m2*l1*l2*cos(θ1 - θ2)", "m_{2} l_{1} l_{2} \\cos\\left(\\theta_{1} - \\theta_{2}\\right)");
    check(&g, mass[1][1], "m2*l2^2", "m_{2} l_{2}^{2}");
    let force = g.gradient(l, &[b])[0];
    let force = g.present(force, &[]);
    assert_eq!(Text::new().print(&g, force), "m2*l1*l2*θ1'*θ2'*sin(θ1 - θ2) - m2*l2*g*sin(θ2)");
}

#[test]
fn quotients_roots_and_signs() {
    let (mut g, [m, k, r, q, ω]) = scalars(["m", "k", "r", "q''", "ω_c"]);
    let quotient = g.div(k, r);
    let half = g.scale(quotient, &Rational::HALF.negated());
    check(&g, half, "-k/(2*r)", "-\\frac{k}{2 r}");
    let (product, ratio) = (g.mul(m, r), g.div(k, m));
    let (a, b) = (g.sqrt(product), g.sqrt(ratio));
    let b = g.mul(b, q);
    check(&g, a, "sqrt(m*r)", "\\sqrt{m r}");
    check(&g, b, "q''*sqrt(k/m)", "\\ddot{q} \\sqrt{\\frac{k}{m}}");
    let inverse = g.reciprocal(a);
    check(&g, inverse, "1/sqrt(m*r)", "\\frac{1}{\\sqrt{m r}}");
    let difference = g.sub(m, r);
    let cube = g.powi(difference, 3);
    let minus = g.div(cube, k);
    let minus = g.neg(minus);
    check(&g, minus, "-(m - r)^3/k", "-\\frac{\\left(m - r\\right)^{3}}{k}");
    let power = g.pow_rational(r, &Rational::new(-5, 3).expect("not 0"));
    check(&g, power, "1/r^(5/3)", "\\frac{1}{r^{5/3}}");
    let (two, three) = (g.integer(2), g.integer(3));
    let root = g.sqrt(two);
    let root = g.reciprocal(root);
    check(&g, root, "sqrt(2)/2", "\\frac{\\sqrt{2}}{2}");
    let pi = g.pi();
    let angle = g.div(pi, three);
    check(&g, angle, "π/3", "\\frac{\\pi}{3}");
    let sum = g.sum(&[angle, ω]);
    let general = g.power(sum, m);
    check(&g, general, "(ω_c + π/3)^m", "\\left(\\omega_{c} + \\frac{\\pi}{3}\\right)^{m}");
    let one = g.one();
    let rest = g.sub(one, r);
    check(&g, rest, "1 - r", "1 - r");
}

#[test]
fn numbers_are_short_and_exact() {
    let mut g = Graph::new();
    for (literal, text, latex) in [
        ("9.81", "9.81", "9.81"),
        ("0.1", "0.1", "0.1"),
        ("0.5", "1/2", "\\frac{1}{2}"),
        ("0.00025", "0.00025", "0.00025"),
        ("1.98847e30", "1.98847e30", "1.98847 \\times 10^{30}"),
        ("6.67430e-11", "6.6743e-11", "6.6743 \\times 10^{-11}"),
        ("299792458", "2.99792458e8", "2.99792458 \\times 10^{8}"),
        ("1000", "1000", "1000"),
    ] {
        let value = Rational::parse(literal).expect("a literal");
        let e = g.number(value);
        check(&g, e, text, latex);
        let minus = g.neg(e);
        check(&g, minus, &format!("-{text}"), &format!("-{latex}"));
    }
    let third = g.rational(-1, 3);
    check(&g, third, "-1/3", "-\\frac{1}{3}");
}

#[test]
fn functions_and_choices() {
    let (mut g, [x, y]) = scalars(["x", "φ'"]);
    let sine = g.call(Function::Sin, &[y]);
    let square = g.powi(sine, 2);
    check(&g, square, "sin(φ')^2", "\\sin^{2} \\dot{\\varphi}");
    let abs = g.call(Function::Abs, &[x]);
    let exp = g.call(Function::Exp, &[abs]);
    check(&g, exp, "exp(abs(x))", "e^{\\left|x\\right|}");
    let (three, zero) = (g.integer(3), g.zero());
    let bessel = g.call(Function::BesselJ, &[three, x]);
    check(&g, bessel, "besselj(3, x)", "J_{3}\\left(x\\right)");
    let below = g.compare(Comparison::Less, x, zero);
    let positive = g.compare(Comparison::Greater, y, x);
    let both = g.and(&[below, positive]);
    let choice = g.select(both, x, sine);
    check(
        &g,
        choice,
        "if x < 0 and x < φ' then x else sin(φ')",
        "\\begin{cases} x & \\text{if } x < 0 \\land x < \\dot{\\varphi} \\\\ \\sin \\dot{\\varphi} & \
         \\text{otherwise} \\end{cases}",
    );
    let twice = g.scale(choice, &Rational::integer(2));
    assert_eq!(Text::new().print(&g, twice), "2*(if x < 0 and x < φ' then x else sin(φ'))");
    let v = g.symbol(SymbolInfo::scalar("V"));
    let call = g.abstract_call(v, &[0], &[square]);
    let d = g.differentiate(call, x);
    assert_eq!(d, g.zero());
    let call = g.abstract_call(v, &[0], &[x]);
    let d = g.differentiate(call, x);
    let d = g.differentiate(d, x);
    check(&g, d, "V''(x)", "V''\\left(x\\right)");
    let call = g.abstract_call(v, &[0, 0], &[x, y]);
    let d = g.differentiate(call, y);
    check(&g, d, "∂[0,1]V(x, φ')", "\\partial_{2} V\\left(x, \\dot{\\varphi}\\right)");
}

#[test]
fn names_of_components_and_elements() {
    let latex = |name: &str| Latex::new().symbol(name);
    assert_eq!(latex("mirror.θ1'"), "\\dot{\\theta}_{\\mathrm{mirror},1}");
    assert_eq!(latex("r[sun][1]'"), "\\dot{r}_{\\mathrm{sun},1}");
    assert_eq!(latex("Veff"), "\\mathrm{Veff}");
    assert_eq!(latex("q''''"), "q^{(4)}");
    assert_eq!(latex("p_φ"), "p_{\\varphi}");
    let mut g = Graph::new();
    let names = ["r[sun][1]'", "r[sun][2]'", "r[earth][1]'", "r[earth][2]'"].map(String::from);
    let names = ElementNames::new(names.into(), 0);
    let r = g.symbol(SymbolInfo::array("r'", 4).elements(names).shaped(&[2, 2]));
    let r = g.array(r);
    let two = g.integer(2);
    let element = g.read(r, two);
    check(&g, element, "r[earth][1]'", "\\dot{r}_{\\mathrm{earth},1}");
    // body b of 1..2, axis c of 1..2 at 2(b − 1) + (c − 1)
    let d = g.domain(0, &[(1, 2), (1, 2)], None);
    let (b, c) = (g.index(d, 0), g.index(d, 1));
    let three = g.integer(3);
    let place = g.scale(b, &Rational::integer(2));
    let place = g.add(place, c);
    let place = g.sub(place, three);
    let element = g.read(r, place);
    let square = g.powi(element, 2);
    let sum = g.sum_over(d, square);
    assert_eq!(Text::new().print(&g, sum), "sum(r[i][j]'^2 for i in 1..2, j in 1..2)");
    let named = Text::new().name_index(d, 0, "b").name_index(d, 1, "c");
    assert_eq!(named.print(&g, sum), "sum(r[b][c]'^2 for b in 1..2, c in 1..2)");
}

#[test]
fn families_print_as_sums() {
    let mut g = Graph::new();
    let x = g.symbol(SymbolInfo::array("x", 6));
    let k = g.symbol(SymbolInfo::scalar("k"));
    let (x, k) = (g.array(x), g.scalar(k));
    let d = g.domain(0, &[(1, 5)], None);
    let i = g.index(d, 0);
    let one = g.one();
    let before = g.sub(i, one);
    let (here, left) = (g.read(x, i), g.read(x, before));
    let stretch = g.sub(here, left);
    let square = g.powi(stretch, 2);
    let energy = g.mul(k, square);
    let energy = g.scale(energy, &Rational::HALF);
    let sum = g.sum_over(d, energy);
    check(
        &g,
        sum,
        "1/2*k*sum((x[i + 1] - x[i])^2 for i in 1..5)",
        "\\frac{1}{2} k \\sum_{i=1}^{5} \\left(x_{i + 1} - x_{i}\\right)^{2}",
    );
    let running = g.running_sum(d, here, before);
    check(&g, running, "sum(x[j + 1] for j in 1..i - 1)", "\\sum_{j=1}^{i - 1} x_{j + 1}");
    let open = g.domain(0, &[(1, 5), (1, 5)], None);
    let (a, b) = (g.index(open, 0), g.index(open, 1));
    let below = g.compare(Comparison::Less, a, b);
    let pairs = g.domain(0, &[(1, 5), (1, 5)], Some(below));
    let (a, b) = (g.index(pairs, 0), g.index(pairs, 1));
    let (xa, xb) = (g.read(x, a), g.read(x, b));
    let product = g.mul(xa, xb);
    let sum = g.sum_over(pairs, product);
    assert_eq!(Text::new().print(&g, sum), "sum(x[i + 1]*x[j + 1] for i in 1..5, j in 1..5 if i < j)");
    let least = g.fold(FoldOp::Min, d, here);
    assert_eq!(Text::new().print(&g, least), "min(x[i + 1] for i in 1..5)");
    let list = g.scatter(5, &[Entry { index: before, value: here }]);
    assert_eq!(Text::new().print(&g, list), "[x[i + 1] for i in 1..5]");
    let elsewhere = g.read(list, a);
    assert_eq!(Text::new().print(&g, elsewhere), "sum(x[l + 1] for l in 1..5 if l - 1 == i)");
}

/// Variables are made first here, as the model makes them: their standing says where they are written.
#[test]
fn parameters_stand_before_what_moves() {
    let mut g = Graph::new();
    let mut leaf = |name: &str, standing: Standing| {
        let symbol = g.symbol(SymbolInfo::scalar(name).standing(standing));
        g.scalar(symbol)
    };
    let [x, y] = ["x", "y"].map(|n| leaf(n, Standing::Variable));
    let [v, p] = ["θ'", "p_θ1"].map(|n| leaf(n, Standing::Rate));
    let a = leaf("ψ''", Standing::Highest);
    let [m, k, σ] = ["m", "k", "σ"].map(|n| leaf(n, Standing::Coefficient));
    let θ = leaf("θ", Standing::Variable);
    let cosine = g.call(Function::Cos, &[θ]);
    let inertia = g.product(&[a, cosine, m]);
    check(&g, inertia, "m*cos(θ)*ψ''", "m \\cos \\theta \\, \\ddot{\\psi}");
    let squares = [x, v].map(|e| g.powi(e, 2));
    let potential = g.mul(k, squares[0]);
    let kinetic = g.product(&[m, squares[0], squares[1]]);
    let energy = g.add(potential, kinetic);
    check(&g, energy, "m*x^2*θ'^2 + k*x^2", "m x^{2} \\dot{\\theta}^{2} + k x^{2}");
    // The difference of two that move takes the sign in; that of one that moves and a parameter stays.
    let difference = g.sub(x, y);
    let pull = g.mul(σ, difference);
    let pull = g.neg(pull);
    check(&g, pull, "σ*(y - x)", "\\sigma \\left(y - x\\right)");
    let stretch = g.sub(x, k);
    let spring = g.mul(σ, stretch);
    let spring = g.neg(spring);
    check(&g, spring, "-σ*(x - k)", "-\\sigma \\left(x - k\\right)");
    let one = g.one();
    let grown = g.add(one, squares[0]);
    check(&g, grown, "1 + x^2", "1 + x^{2}");
    check(&g, p, "p_θ1", "p_{\\theta_{1}}");
}

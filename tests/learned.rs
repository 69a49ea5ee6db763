//! Learned functions in every formalism: derived equations against those of the same system with its nets
//! written out as formulas before anything is differentiated, at random weights; attributes as properties;
//! what training finds on the system; what the commands say.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::formalism::{self, Block, EquationsOfMotion, Mass};
use hamel::model::system::EquationKind;
use hamel::model::{System, SystemRequest};
use hamel::run::derivation::{Form, sheet};
use hamel::run::prepare::prepare_report;
use hamel::run::source::load_text;
use hamel::symbolic::evaluate::{Bindings, evaluate};
use hamel::symbolic::{Entry, ExprId, Graph, NetId, Node, SymbolId, SymbolInfo};
use std::collections::BTreeMap;

fn resolved(text: &str, name: &str) -> System {
    let loaded = load_text("test.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let (system, problems) = hamel::model::resolve_system(&loaded.program, name, &SystemRequest::default());
    system.unwrap_or_else(|| panic!("{name}: {problems:?}"))
}

fn derived(system: &System) -> EquationsOfMotion {
    let (equations, problems) = formalism::derive(system);
    equations.unwrap_or_else(|| panic!("{}: {problems:?}", system.name))
}

/// A number for a symbol: from its name alone, so that two graphs of one system agree.
fn number(name: &str, k: usize) -> f64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ (k as u64 + 1).wrapping_mul(0x9e37_79b9), |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    });
    let unit = (hash >> 11) as f64 / (1u64 << 53) as f64;
    // Scales are positive and not 1, so that a forgotten one is seen; weights are of either sign.
    if name.contains("scale") {
        0.5 + unit
    } else if name.starts_with("W:") {
        2.0 * unit - 1.0
    } else {
        0.3 + unit
    }
}

fn values(g: &Graph, exprs: &[ExprId]) -> Vec<f64> {
    values_with(g, exprs, &|name, k| number(name, k))
}

fn values_with(g: &Graph, exprs: &[ExprId], of: &dyn Fn(&str, usize) -> f64) -> Vec<f64> {
    let name = |s: SymbolId| g.symbol_info(s).name.clone();
    let scalar = |s: SymbolId| of(&name(s), 0);
    let element = |s: SymbolId, k: usize| of(&name(s), k);
    evaluate::<f64>(g, exprs, &Bindings { scalar: &scalar, element: &element })
}

/// Weights as array symbols, one set for each net.
fn expanded(g: &mut Graph, exprs: &[ExprId]) -> Vec<ExprId> {
    let mut known: BTreeMap<NetId, Vec<ExprId>> = BTreeMap::new();
    g.expand_nets(exprs, &mut |g, net| {
        if let Some(list) = known.get(&net) {
            return list.clone();
        }
        let info = g.net_info(net).clone();
        let mut list = Vec::new();
        for w in info.architecture.weights(info.inputs, info.outputs) {
            let name = format!("W:{}:{}", info.name, w.name);
            let known = g.symbols().find(|(_, i)| i.name == name).map(|s| s.0);
            let symbol = match known {
                Some(symbol) => symbol,
                None => g.symbol(SymbolInfo::array(name, w.rows * w.columns)),
            };
            list.push(g.array(symbol));
        }
        known.insert(net, list.clone());
        list
    })
}

/// The system with every net as a formula of its weights.
fn written_out(system: &System) -> System {
    let mut out = system.clone();
    let mut g = out.graph.clone();
    let mut open = |e: &mut ExprId| *e = expanded(&mut g, &[*e])[0];
    for generator in out.lagrangian.iter_mut().chain(&mut out.hamiltonian) {
        open(&mut generator.value);
    }
    for generator in out.rayleigh.iter_mut().chain(&mut out.irrotational) {
        open(&mut generator.value);
    }
    for force in &mut out.forces {
        force.on.iter_mut().chain(&mut force.value).for_each(&mut open);
    }
    for equation in &mut out.equations {
        match &mut equation.kind {
            EquationKind::Explicit { entries, .. } => entries.iter_mut().for_each(|e| open(&mut e.value)),
            EquationKind::Implicit { residual } => residual.iter_mut().for_each(|e| open(&mut e.value)),
        }
    }
    for observable in &mut out.observables {
        observable.items.iter_mut().for_each(&mut open);
    }
    out.graph = g;
    out
}

/// Every number that the blocks are made of, in one order: rates; mass matrix (dense) and forcing; residuals.
fn numbers(equations: &EquationsOfMotion) -> Vec<f64> {
    let mut g = equations.graph.clone();
    let mut exprs = Vec::new();
    let flat = |g: &mut Graph, n: usize, entries: &[Entry], out: &mut Vec<ExprId>| {
        let array = g.scatter(n as u32, entries);
        for k in 0..n {
            let index = g.integer(k as i64);
            out.push(g.read(array, index));
        }
    };
    for block in &equations.blocks {
        match block {
            Block::Explicit { length, rates, .. } => flat(&mut g, *length, rates, &mut exprs),
            Block::Newton { length, residual, .. } => flat(&mut g, *length, residual, &mut exprs),
            Block::Linear { length, mass, forcing, symmetric, .. } => {
                let n = *length;
                flat(&mut g, n, forcing, &mut exprs);
                let mut dense = vec![g.zero(); n * n];
                match mass {
                    Mass::Entries(list) => {
                        for (i, j, m) in list {
                            dense[*i as usize * n + *j as usize] = *m;
                            if *symmetric {
                                dense[*j as usize * n + *i as usize] = *m;
                            }
                        }
                    }
                    Mass::Diagonal(list) => {
                        let mut diagonal = Vec::new();
                        flat(&mut g, n, list, &mut diagonal);
                        diagonal.into_iter().enumerate().for_each(|(k, m)| dense[k * n + k] = m);
                    }
                    Mass::Tangent { momentum_tangent, direction } => {
                        for j in 0..n {
                            let mut map = hamel::symbolic::Substitution::default();
                            for leaf in direction {
                                let one = g.one();
                                let inside = j.checked_sub(leaf.offset).filter(|k| *k < leaf.length);
                                let unit = match (g.node(leaf.leaf), inside) {
                                    (Node::Symbol(_), Some(_)) => one,
                                    (Node::Symbol(_), None) => g.zero(),
                                    (_, at) => {
                                        let list: Vec<Entry> = at
                                            .into_iter()
                                            .map(|k| Entry { index: g.integer(k as i64), value: one })
                                            .collect();
                                        g.scatter(leaf.length as u32, &list)
                                    }
                                };
                                map.insert(leaf.leaf, unit);
                            }
                            let column: Vec<Entry> = momentum_tangent
                                .iter()
                                .map(|e| Entry { index: e.index, value: g.substitute(e.value, &map) })
                                .collect();
                            let mut list = Vec::new();
                            flat(&mut g, n, &column, &mut list);
                            list.into_iter().enumerate().for_each(|(i, m)| dense[i * n + j] = m);
                        }
                    }
                }
                exprs.extend(dense);
            }
        }
    }
    let exprs = expanded(&mut g, &exprs);
    values(&g, &exprs)
}

/// The derived equations are those of the formulas.
fn same_equations(text: &str, name: &str) {
    let system = resolved(text, name);
    assert!(!system.nets.is_empty(), "{name} has nets");
    let equations = derived(&system);
    let found = numbers(&equations);
    let expected = numbers(&derived(&written_out(&system)));
    assert_eq!(found.len(), expected.len(), "{name}");
    for (k, (a, b)) in found.iter().zip(&expected).enumerate() {
        assert!(a.is_finite() && (a - b).abs() <= 1e-10 * (1.0 + b.abs()), "{name}, number {k}: {a} for {b}");
    }
    assert!(found.iter().any(|x| x.abs() > 1e-6), "{name}: all is zero");
}

#[test]
fn lagrangians() {
    same_equations(
        "system A { net Lθ(q: vector(2), v: vector(2)) -> real = mlp([5, 4], softplus) with periodic(q, 2*π) \
         with strongly_convex(v)\n coord θ1, θ2 periodic\n lagrangian L = Lθ([θ1, θ2], [θ1', θ2']) }",
        "A",
    );
    same_equations(
        "system A { net Mθ(q: vector(2)) -> spd(2) = cholesky_mlp([4], softplus) with periodic(q)\n \
         net Vθ(q: vector(2)) -> real = mlp([4, 4], tanh, residual = true)\n coord q: vector(2)\n \
         lagrangian L = 1/2*q'·(Mθ(q)*q') - Vθ(q) }",
        "A",
    );
    // A net with a velocity in a Rayleigh function, a force and an explicit time.
    same_equations(
        "system A { param m = 2\n net Rθ(v, w) -> real = mlp([4], swish) with even(v), even(w), nonnegative\n \
         net Fθ(x, s) -> vector(2) = mlp([3], sin, output_bias = false)\n coord x, y\n \
         lagrangian L = 1/2*m*(x'^2 + y'^2) + x*y*cos(t)\n rayleigh R = Rθ(x', y')\n \
         force f on [x, y] = Fθ(x, t) }",
        "A",
    );
    // One coordinate, whose mass is a net.
    same_equations(
        "system A { net m(x) -> real = mlp([4], softplus) with nonnegative\n coord x\n \
         lagrangian L = 1/2*m(x)*x'^2 - x^2 }",
        "A",
    );
}

#[test]
fn hamiltonians_and_brackets() {
    same_equations(
        "system A { net Hθ(q, p) -> real = mlp([6, 5], tanh, seed = 1)\n net Dθ(q) -> real = mlp([4], tanh)\n \
         coord q\n momentum p of q\n hamiltonian H = Hθ(q, p)\n irrotational D = Dθ(q)*p^2 }",
        "A",
    );
    same_equations(
        "system A { net Tθ(p: vector(3)) -> real = mlp([4], softplus)\n net Vθ(q: vector(3)) -> real = mlp([4], sin) \
         with odd(q)\n net Rθ(v: vector(3)) -> real = mlp([4], sigmoid)\n coord q: vector(3)\n momentum p of q\n \
         hamiltonian H = Tθ(p) + Vθ(q)\n rayleigh R = Rθ(q') }",
        "A",
    );
    same_equations(
        "system A { net Hθ(x: vector(3)) -> real = mlp([4], tanh)\n state z: vector(3)\n hamiltonian H = Hθ(z)\n \
         bracket J = hat(z) }",
        "A",
    );
}

#[test]
fn stated_equations() {
    same_equations(
        "system A { net f(q, v) -> vector(2) = mlp([5], tanh) with odd(q), periodic(v)\n state q, v\n \
         der([q, v]) = f(q, v) }",
        "A",
    );
    // Example 18: second derivatives times vectors, and the mass matrix from the net too.
    same_equations(
        "system A { param M : matrix(2, 2) = [2, 1/2; 1/2, 1]\n net Dθ(x: vector(2), v: vector(2)) -> real = \
         mlp([5, 4], tanh)\n coord x : vector(2)\n D = Dθ(x, x')\n \
         equation M*x'' + (hessian(D, x', x) + hessian(D, x, x'))*x' + hessian(D, x, x)*x = 0 }",
        "A",
    );
    same_equations(
        "system A { net Dθ(x: vector(2), v: vector(2)) -> real = mlp([5], softplus)\n coord x : vector(2)\n \
         D = Dθ(x, x')\n equation hessian(D, x', x')*x'' - hessian(D, x)*x = 0 }",
        "A",
    );
    // The derivative of a net of one argument, by its prime and by ∂.
    same_equations("system A { net V(r) -> real = mlp([5], tanh)\n coord r\n r'' = -V'(r^2) - ∂(V(2*r), r) }", "A");
}

#[test]
fn families_written_out_and_not() {
    let text = |n: usize| {
        format!(
            "system A {{ net ℓ(a, b, va) -> real = mlp([3], softplus)\n coord u[1..{n}]\n lagrangian L = \
             sum(1/2*u[i]'^2 for i in 1..{n}) + sum(ℓ(u[wrap(i-1)], u[i], u[i]') for i in 1..{n}) }}"
        )
    };
    same_equations(&text(3), "A");
    same_equations(&text(9), "A");
    same_equations(&text(14), "A");
    // The same system both ways.
    let loaded = load_text("test.sys", &text(9));
    let with = |unroll: usize| {
        let request = SystemRequest { unroll: Some(unroll), ..SystemRequest::default() };
        let (system, problems) = hamel::model::resolve_system(&loaded.program, "A", &request);
        numbers(&derived(&system.unwrap_or_else(|| panic!("{problems:?}"))))
    };
    for (a, b) in with(0).iter().zip(with(1000)) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} for {b}");
    }
}

#[test]
fn derived_systems() {
    let base = "system A { net Vθ(x) -> real = mlp([4], tanh)\n net Rθ(v) -> real = mlp([3], softplus) with even(v)\n \
                coord x\n lagrangian L = 1/2*x'^2 - Vθ(x)\n rayleigh R = Rθ(x') }\nsystem B = doubled(A)\n\
                system C = legendre(A)\nsystem D = reversed(A)\n\
                system F { net f(x: vector(2)) -> vector(2) = mlp([4], tanh)\n state x: vector(2)\n x' = f(x) }\n\
                system G = doubled(F)\n";
    for name in ["A", "B", "C", "D", "F", "G"] {
        same_equations(base, name);
    }
}

/// `hessian(D, x)*v` is one direction of one gradient, however many inputs there are.
#[test]
fn a_hessian_times_a_vector_is_one_node() {
    let text = "system A { net Dθ(c: vector(40)) -> real = mlp([8], tanh)\n state c : vector(40)\n D = Dθ(c)\n \
                c' = -2*hessian(D, c)*c }";
    let equations = derived(&resolved(text, "A"));
    let g = &equations.graph;
    let nodes = g.reachable(&equations.expressions()).into_iter().filter(|e| matches!(g.node(*e), Node::Net { .. }));
    assert_eq!(nodes.count(), 1);
    same_equations(&text.replace("40", "3"), "A");
}

/// A quantity of a system at chosen values of its names; weights stay random.
fn observed(system: &System, name: &str, given: &[(&str, f64)]) -> Vec<f64> {
    let out = written_out(system);
    let observable = out.observables.iter().find(|o| o.name == name).expect("an observable");
    values_with(&out.graph, &observable.items, &|n, k| {
        let full = if k == 0 { n.to_owned() } else { format!("{n}[{}]", k + 1) };
        given.iter().find(|g| g.0 == full).map_or_else(|| number(n, k), |g| g.1)
    })
}

#[test]
fn attributes_hold_by_construction() {
    let text = "system A {\n\
        net e(v, w) -> real = mlp([5, 4], tanh) with even(v)\n\
        net o(v, w) -> vector(2) = mlp([5, 4], tanh) with odd(v), odd(w)\n\
        net q(x, y) -> real = mlp([5, 4], tanh) with periodic(x, 3), periodic(y), even(y)\n\
        net n(v) -> vector(2) = mlp([5], tanh) with nonnegative\n\
        net c(q, v: vector(2)) -> real = mlp([5, 4], softplus) with strongly_convex(v), even(v), nonnegative\n\
        net s(q) -> spd(3) = cholesky_mlp([5], sin)\n\
        net y(q) -> symmetric(3) = mlp([5], sin)\n\
        state a, b\n state u: vector(2)\n a' = 0\n b' = 0\n u' = 0\n\
        observe E = e(a, b), O = o(a, b), P = q(a, b), N = n(a), C = c(a, u), H = hessian(c(a, u), u), S = s(a), Y = y(a)\n}";
    let system = resolved(text, "A");
    let at = |name: &str, a: f64, b: f64| observed(&system, name, &[("a", a), ("b", b)]);
    let close = |x: &[f64], y: &[f64]| x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-12);
    assert!(close(&at("E", 0.7, 0.4), &at("E", -0.7, 0.4)) && !close(&at("E", 0.7, 0.4), &at("E", 0.7, -0.4)));
    let negated = |v: Vec<f64>| v.into_iter().map(|x| -x).collect::<Vec<f64>>();
    let o = at("O", 0.7, 0.4);
    assert!(close(&o, &negated(at("O", -0.7, 0.4))) && close(&o, &negated(at("O", 0.7, -0.4))));
    assert!(o.iter().all(|x| x.abs() > 1e-9));
    let p = at("P", 0.7, 0.4);
    assert!(close(&p, &at("P", 3.7, 0.4)) && close(&p, &at("P", 0.7, 0.4 + std::f64::consts::TAU)));
    assert!(close(&p, &at("P", 0.7, -0.4)) && !close(&p, &at("P", 1.7, 0.4)));
    for a in [-30.0, -1.0, 0.0, 2.0, 40.0] {
        assert!(at("N", a, 0.0).iter().all(|x| *x > 0.0));
    }
    for (k, u) in [[0.0, 0.0], [3.0, -2.0], [-20.0, 11.0]].into_iter().enumerate() {
        let given = [("a", k as f64), ("u", u[0]), ("u[2]", u[1])];
        let turned = [("a", k as f64), ("u", -u[0]), ("u[2]", -u[1])];
        let (c, back) = (observed(&system, "C", &given), observed(&system, "C", &turned));
        assert!(close(&c, &back) && c[0] > 0.0);
        let h = observed(&system, "H", &given);
        // The least eigenvalue is at least ε·s_out/s_in², whatever the weights.
        let (mean, half) = ((h[0] + h[3]) / 2.0, (h[0] - h[3]) / 2.0);
        let least = mean - (half * half + h[1] * h[2]).sqrt();
        let s_in = number("c.scale_in.v", 0).max(number("c.scale_in.v", 1));
        assert!(least > 0.999 * 0.01 * number("c.scale_out", 0) / (s_in * s_in), "{least}");
        assert!((h[1] - h[2]).abs() < 1e-12);
    }
    for a in [-3.0, 0.1, 5.0] {
        let s = at("S", a, 0.0);
        assert!((0..9).all(|k| s[k] == s[k % 3 * 3 + k / 3]));
        let minor = s[0] * s[4] - s[1] * s[3];
        let det = s[0] * (s[4] * s[8] - s[5] * s[7]) - s[1] * (s[3] * s[8] - s[5] * s[6])
            + s[2] * (s[3] * s[7] - s[4] * s[6]);
        assert!(s[0] > 0.0 && minor > 0.0 && det > 0.0, "{s:?}");
        let y = at("Y", a, 0.0);
        assert!((0..9).all(|k| y[k] == y[k % 3 * 3 + k / 3]) && y[1] != y[2]);
    }
}

/// `f(x) = s_out·N(x/s_in)`: other scales are another unit of the same net.
#[test]
fn scales_are_units() {
    let text = "system A { net f(v: [m/s], w: vector(2) [rad]) -> [W] = mlp([4], tanh)\n state v : [m/s]\n \
                state w: vector(2) [rad]\n v' = 0\n w' = 0\n observe P = f(v, w) }";
    let system = resolved(text, "A");
    let one = observed(&system, "P", &[("f.scale_in.v", 1.0), ("f.scale_out", 1.0), ("v", 0.6)]);
    let other = observed(&system, "P", &[("f.scale_in.v", 10.0), ("f.scale_out", 3.0), ("v", 6.0)]);
    assert!((3.0 * one[0] - other[0]).abs() < 1e-12);
    let net = &system.nets[0];
    let scale = |k: Option<usize>| &system.parameters[k.expect("a scale")];
    assert_eq!(net.inputs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["v", "w"]);
    assert_eq!(scale(net.inputs[0].scale).name, "f.scale_in.v");
    assert_eq!(scale(net.inputs[0].scale).dimension, system.variables[0].dimension);
    assert_eq!(scale(net.inputs[1].scale).elements[..], ["f.scale_in.w[1]", "f.scale_in.w[2]"]);
    assert_eq!(net.output.dimension, scale(net.output.scale).dimension);
    assert_eq!(net.output.dimension.to_string(), "kg·m²/s³");
    assert!(system.parameters.iter().all(|p| p.hidden));
    for p in &system.parameters {
        assert!(values(&system.graph, &p.default).iter().all(|x| *x == 1.0));
    }
}

fn example(name: &str) -> String {
    std::fs::read_to_string(format!("tests/language/{name}")).expect("an example")
}

#[test]
fn the_examples_say_what_is_learned() {
    let describe = |file: &str, system: &str| -> Vec<(String, Option<u64>, Vec<String>)> {
        let system = resolved(&example(file), system);
        let names = |n: &hamel::model::LearnedNet| n.inputs.iter().map(|i| i.name.clone()).collect();
        system.nets.iter().map(|n| (n.name.clone(), n.seed, names(n))).collect()
    };
    let net = |name: &str, seed: u64, inputs: &[&str]| {
        (name.to_owned(), Some(seed), inputs.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
    };
    let (q, v) = ("q", "v");
    assert_eq!(describe("11_dhnn.sys", "DHNN"), [net("Hθ", 1, &[q, "p"]), net("Dθ", 2, &[q, "p"])]);
    assert_eq!(describe("12_lnn.sys", "LNN"), [net("Lθ", 0, &[q, v]), net("Lθ.offset", 0, &[q])]);
    assert_eq!(describe("12_lnn.sys", "DeLaN"), [net("Mθ", 0, &[q]), net("Vθ", 1, &[q])]);
    assert_eq!(describe("13_cart_pole.sys", "CartPole"), [net("Rθ", 3, &[v, "w"]), net("Vθ", 4, &["x"])]);
    assert_eq!(describe("14_three_models.sys", "MLP"), [net("f", 0, &[q, v])]);
    assert_eq!(describe("14_three_models.sys", "DHNN"), [net("Hθ", 0, &[q, "p"]), net("Dθ", 1, &[q, "p"])]);
    assert_eq!(describe("16_moons.sys", "Moons"), [net("Tθ", 1, &["p"]), net("Vθ", 2, &[q])]);
    let cart = resolved(&example("13_cart_pole.sys"), "CartPole");
    assert_eq!(cart.nets[1].output.dimension.to_string(), "kg·m²/s²");
    assert_eq!(cart.nets[0].calls.len(), 1);
    let wave = example("20_wave.sys");
    let wave = &wave[wave.find("system WaveLNN").expect("the second system")..];
    assert_eq!(resolved(wave, "WaveLNN").nets[0].calls.len(), 10);
    let names =
        |text: &str, name: &str| -> Vec<String> { resolved(text, name).nets.iter().map(|n| n.name.clone()).collect() };
    // A net of the file is one net for all who call it; one of a component is its own.
    let text = "net Vθ(x) -> real = mlp([4], tanh)\nsystem P { net Wθ(x) -> real = mlp([4], tanh)\n coord x\n \
                lagrangian L = 1/2*x'^2 - Vθ(x) - Wθ(x) }\nsystem Q { sub a = P()\n sub b = P()\n \
                lagrangian L = a.L + b.L }\nsystem S extends P { net Uθ(v) -> real = mlp([2], tanh)\n \
                rayleigh R = Uθ(x') }\nsystem T = P with { net Wθ(x) -> real = mlp([7], sin) }\n";
    assert_eq!(names(text, "Q"), ["a.Wθ", "Vθ", "b.Wθ"]);
    assert_eq!(names(text, "S"), ["Wθ", "Vθ", "Uθ"]);
    let changed = resolved(text, "T");
    assert_eq!(changed.graph.net_info(changed.nets[0].net).architecture.hidden, [7]);
}

#[test]
fn facts_follow_from_what_a_net_sees() {
    let facts = |text: &str| derived(&resolved(text, "A"));
    let head = "system A { net Vθ(x) -> real = mlp([4], tanh)\n coord x, y\n";
    let e = facts(&format!("{head} lagrangian L = 1/2*(x'^2 + y'^2) - Vθ(x) }}"));
    assert!(e.facts.constant_mass && e.facts.diagonal_mass && !e.facts.linear);
    assert!(e.invariants.iter().any(|i| i.name == "p_y"), "y is cyclic");
    assert!(!e.invariants.iter().any(|i| i.name == "p_x"));
    assert!(formalism::partition(&e).is_some());
    let moons = derived(&resolved(&example("16_moons.sys"), "Moons"));
    assert!(formalism::partition(&moons).is_some(), "separable");
    assert!(formalism::partition(&derived(&resolved(&example("14_three_models.sys"), "HNN"))).is_none());
}

#[test]
fn learned_equations_read_as_in_a_book() {
    for (file, names) in [
        ("11_dhnn.sys", &["DHNN"] as &[&str]),
        ("12_lnn.sys", &["LNN", "DeLaN"]),
        ("13_cart_pole.sys", &["CartPole"]),
        ("14_three_models.sys", &["MLP", "HNN"]),
        ("16_moons.sys", &["Moons"]),
    ] {
        let loaded = load_text(file, &example(file));
        let mut text = String::new();
        for name in names {
            let (prepared, problems) = prepare_report(&loaded.program, name, &SystemRequest::default(), 0);
            let prepared = prepared.unwrap_or_else(|| panic!("{file}: {problems:?}"));
            for form in [Form::Text, Form::Latex] {
                text.push_str(&sheet(&prepared, form).text(form));
                text.push('\n');
            }
        }
        insta::assert_snapshot!(file, text);
    }
}

#[test]
fn a_system_that_is_not_fitted_is_not_run() {
    let run = |arguments: &[&str]| {
        let output =
            assert_cmd::Command::cargo_bin("hamel").expect("the binary").args(arguments).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
        (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
    };
    let moons = "tests/language/16_moons.sys";
    let (code, _, err) = run(&["simulate", moons]);
    assert_eq!(code, 2);
    assert!(err.contains("Moons: passed over, its nets are not fitted"), "{err}");
    let (code, _, err) = run(&["simulate", moons, "--system", "Moons"]);
    assert!(code == 2 && err.contains("E0351"), "{err}");
    let (code, _, err) = run(&["test", moons]);
    assert!(code == 0 && err.contains("Moons · passed over"), "{err}");
    let (code, out, err) = run(&["explain", "tests/language/11_dhnn.sys"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("Hθ: 2 → 64 → 64 → 1, tanh, 4417 weights, not fitted"), "{out}");
    let (code, out, err) = run(&["eval", "Hθ(1, 2)", "--in", "tests/language/11_dhnn.sys"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("E0474") && err.contains("`Hθ` is learned and has no weights here"), "{err}");
}

/// Equations that nobody can read are counted in a report, and not left out of it; a ring of one net reads as one line.
#[test]
fn a_large_learned_system_is_counted_or_one_line() {
    let text = "system A { net Lθ(q: vector(32), v: vector(32)) -> real = mlp([8], softplus)\n coord q: vector(32)\n \
                lagrangian L = Lθ(q, q') }\nsystem B { net ℓ(a, b, v) -> real = mlp([8], softplus)\n coord u[1..1000]\n \
                lagrangian L = sum(ℓ(u[wrap(i-1)], u[i], u[i]') for i in 1..1000) }";
    let loaded = load_text("test.sys", text);
    let only = |name: &str| {
        let (prepared, problems) = prepare_report(&loaded.program, name, &SystemRequest::default(), 0);
        let mut list = sheet(&prepared.unwrap_or_else(|| panic!("{problems:?}")), Form::Text).equations;
        assert_eq!(list.len(), 1, "{list:?}");
        list.remove(0)
    };
    assert!(only("A").right.contains("32 equations"));
    let ring = only("B");
    assert_eq!((ring.left.as_str(), ring.range.as_str()), ("u[i]''", "i = 1, …, 1000; i + 1000 ≡ i"));
    // d/dt ∂ℓ/∂v (i) = ∂ℓ/∂b (i) + ∂ℓ/∂a (i + 1)
    for term in ["∂l/∂b(u[i - 1], u[i], u[i]')", "∂l/∂a(u[i], u[i + 1], u[i + 1]')", "∂²l/∂a∂v", "∂²l/∂b∂v"]
    {
        assert!(ring.right.contains(term), "{term}: {}", ring.right);
    }
}

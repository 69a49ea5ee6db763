//! Vector fields with learned functions against the same functions written out as formulas of their weights: value,
//! Jacobian, many states at once; the bits of one state and of a block are the same.
#![allow(clippy::unwrap_used, reason = "tests have oracles of their own")]

mod kernel_support;

use hamel::formalism::equations::{Block, EquationsOfMotion};
use hamel::kernel::{Code, Execution, Kernel, NetWeights, VectorField};
use hamel::lanes::{LANES, Level};
use hamel::real::Random;
use hamel::real::random::Stream;
use hamel::symbolic::{Activation, Architecture, Entry, ExprId, Graph, NetId, NetInfo, Seeds, SymbolInfo};
use kernel_support::{array, entries, equations, lagrangian, leaf, scalar};

fn architecture(hidden: &[u32], activation: Activation) -> Architecture {
    Architecture {
        hidden: hidden.to_vec(),
        activation,
        residual: false,
        hidden_bias: true,
        output_bias: true,
        convex: false,
    }
}

fn net(g: &mut Graph, name: &str, inputs: u32, outputs: u32, architecture: Architecture) -> NetId {
    g.net(NetInfo { name: name.into(), inputs, outputs, architecture })
}

/// Random weights of every net, of the size at which the net neither saturates nor vanishes.
fn weights(g: &Graph) -> Vec<NetWeights> {
    let random = Random::new(3, "nets of kernels");
    let of = |(net, info): (NetId, &NetInfo)| {
        let mut stream = random.stream(net.index() as u64);
        let shapes = info.architecture.weights(info.inputs, info.outputs);
        let arrays = shapes.iter().map(|w| {
            let size = 1.0 / f64::from(w.columns).sqrt();
            (0..w.rows * w.columns).map(|_| size * stream.normal()).collect()
        });
        arrays.collect::<Vec<Vec<f64>>>().into()
    };
    g.nets().map(of).collect()
}

/// The same equations with every net written out; its weights are parameters behind the others.
fn expanded(e: &EquationsOfMotion) -> EquationsOfMotion {
    let mut out = e.clone();
    let mut offset = e.parameters.iter().map(|p| p.offset + p.length).max().unwrap_or(0);
    let mut leaves: Vec<Vec<ExprId>> = Vec::new();
    let nets: Vec<NetInfo> = e.graph.nets().map(|(_, info)| info.clone()).collect();
    for info in nets {
        let shapes = info.architecture.weights(info.inputs, info.outputs);
        let mut arrays = Vec::new();
        for w in shapes {
            let length = (w.rows * w.columns) as usize;
            let name = format!("{}.{}", info.name, w.name);
            let symbol = out.graph.symbol(SymbolInfo::array(name.clone(), length as u32));
            let expr = out.graph.array(symbol);
            out.parameters.push(leaf(expr, offset, length, &name));
            offset += length;
            arrays.push(expr);
        }
        leaves.push(arrays);
    }
    let graph = &mut out.graph;
    let mut open = |exprs: &[ExprId]| graph.expand_nets(exprs, &mut |_, net| leaves[net.index()].clone());
    let mut opened = |list: &mut Vec<Entry>| {
        let values = open(&list.iter().map(|e| e.value).collect::<Vec<_>>());
        list.iter_mut().zip(values).for_each(|(e, value)| e.value = value);
    };
    for block in &mut out.blocks {
        match block {
            Block::Explicit { rates, .. } => opened(rates),
            Block::Newton { residual, .. } => opened(residual),
            Block::Linear { mass, forcing, .. } => {
                opened(forcing);
                match mass {
                    hamel::formalism::equations::Mass::Entries(list) => {
                        let mut values: Vec<Entry> = list.iter().map(|e| Entry { index: e.2, value: e.2 }).collect();
                        opened(&mut values);
                        list.iter_mut().zip(values).for_each(|(e, v)| e.2 = v.value);
                    }
                    hamel::formalism::equations::Mass::Diagonal(list) => opened(list),
                    hamel::formalism::equations::Mass::Tangent { momentum_tangent, .. } => opened(momentum_tangent),
                }
            }
        }
    }
    out
}

fn states(stream: &mut Stream, n: usize) -> Vec<f64> {
    (0..n).map(|_| 0.7 * stream.normal()).collect()
}

/// `|a − b| ≤ within · (largest |b|)`
fn close(what: &str, a: &[f64], b: &[f64], within: f64) {
    let size = b.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= within * size, "{what}[{k}]: {x} {y}, of {size}");
    }
}

/// Rates, Jacobian and blocks of states; every level, and native code around the nets.
fn agrees(what: &str, e: &EquationsOfMotion, parameters: &[f64]) {
    let weights = weights(&e.graph);
    let formula = expanded(e);
    let flat: Vec<f64> = parameters.iter().copied().chain(weights.iter().flat_map(|w| w.concat())).collect();
    let mut oracle = Kernel::compile(&formula).expect("the formula");
    oracle.set_parameters(&flat).expect("parameters");
    let mut kernel = Kernel::compile(e).expect("nets");
    kernel.set_weights(&weights);
    kernel.set_parameters(parameters).expect("parameters");
    let n = kernel.dimension();
    let mut stream = Random::new(5, what).stream(0);
    let points: Vec<(f64, Vec<f64>)> = (0..5).map(|k| (0.1 * f64::from(k), states(&mut stream, n))).collect();
    let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
    let (mut j, mut k) = (vec![0.0; n * n], vec![0.0; n * n]);
    for (t, y) in &points {
        kernel.rates(*t, y, &mut a).expect("rates");
        oracle.rates(*t, y, &mut b).expect("rates");
        close(what, &a, &b, 1e-12);
        kernel.jacobian(*t, y, &mut j).expect("a Jacobian");
        oracle.jacobian(*t, y, &mut k).expect("a Jacobian");
        close(what, &j, &k, 1e-11);
    }
    // One state and the lanes of a block, at every instruction set.
    let block: Vec<[f64; LANES]> =
        (0..n).map(|c| std::array::from_fn(|lane| points[lane % points.len()].1[c] + 0.001 * lane as f64)).collect();
    let times: [f64; LANES] = std::array::from_fn(|lane| points[lane % points.len()].0);
    for level in Level::available() {
        for code in [Code::Interpreter, Code::Native] {
            let mut kernel = Kernel::compile_with(e, Execution { level: *level, code }).expect("nets");
            kernel.set_weights(&weights);
            kernel.set_parameters(parameters).expect("parameters");
            let mut dy = vec![[0.0; LANES]; n];
            kernel.rates_lanes(&times, &block, &mut dy, LANES, &mut Vec::new());
            for lane in 0..LANES {
                let y: Vec<f64> = block.iter().map(|b| b[lane]).collect();
                kernel.rates(times[lane], &y, &mut a).expect("rates");
                for (c, x) in a.iter().enumerate() {
                    assert_eq!(x.to_bits(), dy[c][lane].to_bits(), "{what}: {} lane {lane}", level.name());
                }
                if lane < points.len() && *level == Level::detect() {
                    oracle.rates(times[lane], &y, &mut b).expect("rates");
                    close(what, &a, &b, 1e-12);
                }
            }
        }
    }
}

fn momenta(g: &mut Graph, names: &[&str]) -> Vec<ExprId> {
    names.iter().map(|n| scalar(g, n)).collect()
}

fn flow(mut g: Graph, x: &[ExprId], rates: &[ExprId], parameters: Vec<(&str, ExprId)>) -> EquationsOfMotion {
    let time = scalar(&mut g, "t");
    let rates = entries(&mut g, rates);
    let states = x.iter().enumerate().map(|(k, x)| leaf(*x, k, 1, &format!("x{k}"))).collect();
    let parameters = parameters.iter().enumerate().map(|(k, (name, e))| leaf(*e, k, 1, name)).collect();
    let length = x.len();
    equations(g, time, parameters, states, vec![Block::Explicit { offset: 0, length, rates }])
}

/// `q' = ∂H/∂p, p' = −∂H/∂q` (Greydanus, Dzamba & Yosinski 2019)
#[test]
fn a_hamiltonian_net() {
    for activation in Activation::ALL.iter().filter(|a| **a != Activation::Relu) {
        let mut g = Graph::new();
        let x = momenta(&mut g, &["q", "p"]);
        let f = net(&mut g, "H", 2, 1, architecture(&[20, 20], *activation));
        let h = g.net_call(f, &x)[0];
        let d = g.gradient(h, &x);
        let minus = g.neg(d[0]);
        agrees("HNN", &flow(g, &x, &[d[1], minus], Vec::new()), &[]);
    }
}

/// A square of the output, a scale that is a parameter, a value at a point of parameters, and a dissipation
/// `q' = ∂H/∂p + ∂D/∂q, p' = −∂H/∂q + ∂D/∂p` (Sosanya & Greydanus 2022)
#[test]
fn a_dissipative_hamiltonian_net() {
    let mut g = Graph::new();
    let x = momenta(&mut g, &["q", "p"]);
    let m = scalar(&mut g, "m");
    let f = net(&mut g, "H", 2, 1, architecture(&[16, 16], Activation::Tanh));
    let second = net(&mut g, "D", 2, 1, architecture(&[8], Activation::Softplus));
    let scaled: Vec<ExprId> = x.iter().map(|x| g.div(*x, m)).collect();
    let value = g.net_call(f, &scaled)[0];
    let zero = g.zero();
    let origin = g.net_call(f, &[m, zero])[0];
    let above = g.sub(value, origin);
    let h = g.powi(above, 2);
    let d = g.net_call(second, &x)[0];
    let (dh, dd) = (g.gradient(h, &x), g.gradient(d, &x));
    let q = g.add(dh[1], dd[0]);
    let p = g.sub(dd[1], dh[0]);
    agrees("D-HNN", &flow(g, &x, &[q, p], vec![("m", m)]), &[1.3]);
}

/// `L(q, q')` as a net: a mass matrix of second derivatives (Cranmer et al. 2020)
#[test]
fn a_lagrangian_net() {
    let mut g = Graph::new();
    let q = momenta(&mut g, &["a", "b"]);
    let v = momenta(&mut g, &["a'", "b'"]);
    let time = scalar(&mut g, "t");
    let f = net(&mut g, "L", 4, 1, architecture(&[24, 24], Activation::Softplus));
    let value = g.net_call(f, &[q[0], q[1], v[0], v[1]])[0];
    // A kinetic term beside it keeps the matrix far from singular.
    let squares: Vec<ExprId> = v.iter().map(|v| g.powi(*v, 2)).collect();
    let kinetic = g.sum(&squares);
    let l = g.add(value, kinetic);
    agrees("LNN", &lagrangian(g, time, Vec::new(), &q, &v, l), &[]);
}

/// `L = ½ q'ᵀ (LLᵀ + ε) q' − V(q)` with a net for the entries of `L` and one for `V` (Lutter, Ritter & Peters 2019)
#[test]
fn a_deep_lagrangian_net() {
    let mut g = Graph::new();
    let q = momenta(&mut g, &["a", "b"]);
    let v = momenta(&mut g, &["a'", "b'"]);
    let time = scalar(&mut g, "t");
    let factor = net(&mut g, "L", 2, 3, architecture(&[16, 16], Activation::Softplus));
    let potential = net(&mut g, "V", 2, 1, architecture(&[16], Activation::Tanh));
    let l = g.net_call(factor, &q);
    let potential = g.net_call(potential, &q)[0];
    let diagonal: Vec<ExprId> = l[..2].iter().map(|x| g.call(hamel::symbolic::Function::Softplus, &[*x])).collect();
    // Lᵀ q'
    let (first, second) = (g.mul(diagonal[0], v[0]), g.mul(l[2], v[1]));
    let u = [g.add(first, second), g.mul(diagonal[1], v[1])];
    let squares: Vec<ExprId> = u.iter().chain(&v).map(|x| g.powi(*x, 2)).collect();
    let sum = g.sum(&squares);
    let half = g.rational(1, 2);
    let kinetic = g.mul(half, sum);
    let l = g.sub(kinetic, potential);
    agrees("DeLaN", &lagrangian(g, time, Vec::new(), &q, &v, l), &[]);
}

/// A net of neighbours under a sum, for few terms and many: each is one more lane.
#[test]
fn a_net_in_a_family() {
    for n in [5usize, 40] {
        let mut g = Graph::new();
        let (u, p) = (array(&mut g, "u", n), array(&mut g, "p", n));
        let time = scalar(&mut g, "t");
        let domain = g.domain(0, &[(0, n as i64 - 2)], None);
        let i = g.index(domain, 0);
        let one = g.one();
        let next = g.add(i, one);
        let (here, there) = (g.read(u, i), g.read(u, next));
        let f = net(&mut g, "V", 2, 1, architecture(&[10, 10], Activation::Tanh));
        let term = g.net_call(f, &[here, there])[0];
        let potential = g.sum_over(domain, term);
        let slopes = g.gradient_entries(potential, &[(u, 0)]);
        let force: Vec<Entry> = slopes.iter().map(|e| Entry { index: e.index, value: g.neg(e.value) }).collect();
        let all = g.domain(0, &[(0, n as i64 - 1)], None);
        let k = g.index(all, 0);
        let rates = vec![Entry { index: k, value: g.read(p, k) }];
        let blocks = vec![
            Block::Explicit { offset: 0, length: n, rates },
            Block::Explicit { offset: n, length: n, rates: force },
        ];
        let states = vec![leaf(u, 0, n, "u"), leaf(p, n, n, "p")];
        agrees("family", &equations(g, time, Vec::new(), states, blocks), &[]);
    }
}

/// A net of many inputs whose mass matrix is a tangent: the direction is an input of the net's program.
#[test]
fn a_mass_matrix_by_directions() {
    let n = 10;
    let mut g = Graph::new();
    let (q, v) = (array(&mut g, "q", n), array(&mut g, "q'", n));
    let time = scalar(&mut g, "t");
    let f = net(&mut g, "T", n as u32, 1, architecture(&[12], Activation::Tanh));
    let velocities = g.elements(v);
    let value = g.net_call(f, &velocities)[0];
    let all = g.domain(0, &[(0, n as i64 - 1)], None);
    let k = g.index(all, 0);
    let here = g.read(v, k);
    let square = g.powi(here, 2);
    let kinetic = g.sum_over(all, square);
    let l = g.add(value, kinetic);
    let momenta = g.gradient_entries(l, &[(v, 0)]);
    let direction = array(&mut g, "d", n);
    let along: Vec<Entry> = momenta
        .iter()
        .map(|e| Entry { index: e.index, value: g.tangent(e.value, Seeds::new().set(v, direction)) })
        .collect();
    let place = g.read(q, k);
    let forcing = vec![Entry { index: k, value: g.neg(place) }];
    let unknown = array(&mut g, "q''", n);
    let mass = hamel::formalism::equations::Mass::Tangent {
        momentum_tangent: along,
        direction: vec![leaf(direction, 0, n, "d")],
    };
    let blocks = vec![
        Block::Explicit { offset: 0, length: n, rates: vec![Entry { index: k, value: here }] },
        Block::Linear {
            offset: n,
            length: n,
            mass,
            forcing,
            symmetric: true,
            unknowns: vec![leaf(unknown, 0, n, "q''")],
            momenta,
        },
    ];
    let states = vec![leaf(q, 0, n, "q"), leaf(v, n, n, "q'")];
    agrees("tangent", &equations(g, time, Vec::new(), states, blocks), &[]);
}

/// Nets of nets: what one gives goes into another, and gradients come back through both.
#[test]
fn nets_of_nets() {
    let mut g = Graph::new();
    let x = momenta(&mut g, &["a", "b", "c"]);
    let inner = net(&mut g, "f", 3, 2, architecture(&[9], Activation::Swish));
    let outer = net(&mut g, "h", 3, 2, Architecture { residual: true, ..architecture(&[7, 7], Activation::Sin) });
    let middle = g.net_call(inner, &x);
    let product = g.mul(x[0], middle[1]);
    let out = g.net_call(outer, &[middle[0], product, x[2]]);
    let again = g.net_call(inner, &[out[1], x[1], out[0]]);
    let square = g.powi(again[0], 2);
    let total = g.sum(&[square, out[0]]);
    let slopes = g.gradient(total, &x);
    let curl = g.differentiate(slopes[1], x[0]);
    agrees("nets of nets", &flow(g, &x, &[slopes[0], curl, slopes[2]], Vec::new()), &[]);
}

/// Pairs: 78 terms with a condition, more than go through a stage together; and a net of an array of 70, whose gradient
/// is read at a running index.
#[test]
fn pairs_and_long_arrays() {
    let n = 13;
    let mut g = Graph::new();
    let u = array(&mut g, "u", n);
    let time = scalar(&mut g, "t");
    let square = g.domain(0, &[(0, n as i64 - 1), (0, n as i64 - 1)], None);
    let (i, j) = (g.index(square, 0), g.index(square, 1));
    let ordered = g.compare(hamel::symbolic::Comparison::Less, i, j);
    let pairs = g.domain(0, &[(0, n as i64 - 1), (0, n as i64 - 1)], Some(ordered));
    let (i, j) = (g.index(pairs, 0), g.index(pairs, 1));
    let (here, there) = (g.read(u, i), g.read(u, j));
    let apart = g.sub(here, there);
    let f = net(&mut g, "V", 1, 1, architecture(&[6, 6], Activation::Softplus));
    let term = g.net_call(f, &[apart])[0];
    let weighted = g.mul(term, here);
    let potential = g.sum_over(pairs, weighted);
    let rates = g.gradient_entries(potential, &[(u, 0)]);
    let states = vec![leaf(u, 0, n, "u")];
    let blocks = vec![Block::Explicit { offset: 0, length: n, rates }];
    agrees("pairs", &equations(g, time, Vec::new(), states, blocks), &[]);

    let n = 70;
    let mut g = Graph::new();
    let u = array(&mut g, "u", n);
    let time = scalar(&mut g, "t");
    let elements = g.elements(u);
    let f = net(&mut g, "D", n as u32, 1, architecture(&[5], Activation::Tanh));
    let value = g.net_call(f, &elements)[0];
    let rates = g.gradient_entries(value, &[(u, 0)]);
    let states = vec![leaf(u, 0, n, "u")];
    let blocks = vec![Block::Explicit { offset: 0, length: n, rates }];
    agrees("long", &equations(g, time, Vec::new(), states, blocks), &[]);
}

/// The halves of a separable system, and what is observed of it.
#[test]
fn halves_and_observables() {
    let mut g = Graph::new();
    let x = momenta(&mut g, &["q", "p"]);
    let kinetic = net(&mut g, "T", 1, 1, architecture(&[8], Activation::Tanh));
    let potential = net(&mut g, "V", 1, 1, architecture(&[8, 8], Activation::Softplus));
    let (t, v) = (g.net_call(kinetic, &x[1..])[0], g.net_call(potential, &x[..1])[0]);
    let h = g.add(t, v);
    let d = g.gradient(h, &x);
    let force = g.neg(d[0]);
    let e = {
        let time = scalar(&mut g, "t");
        let (q, p) = (entries(&mut g, &[d[1]]), entries(&mut g, &[force]));
        let states = vec![leaf(x[0], 0, 1, "q"), leaf(x[1], 1, 1, "p")];
        let blocks = vec![
            Block::Explicit { offset: 0, length: 1, rates: q },
            Block::Explicit { offset: 1, length: 1, rates: p },
        ];
        equations(g, time, Vec::new(), states, blocks)
    };
    agrees("separable", &e, &[]);
    let weights = weights(&e.graph);
    let mut kernel = Kernel::compile(&e).expect("nets");
    kernel.set_weights(&weights);
    kernel.set_parameters(&[]).expect("none");
    assert!(kernel.partition().is_some());
    let (mut all, mut parts) = ([0.0; 2], [0.0; 2]);
    let y = [0.3, -0.8];
    kernel.rates(0.0, &y, &mut all).expect("rates");
    kernel.partial_rates(hamel::kernel::Part::Drift, 0.0, &y, &mut parts).expect("positions");
    kernel.partial_rates(hamel::kernel::Part::Kick, 0.0, &y, &mut parts).expect("momenta");
    assert_eq!(all, parts);
    // H' = ∂H/∂q q' + ∂H/∂p p' is 0 to rounding; H by differences has these slopes.
    let mut observer = kernel.observer(&[h, d[0], d[1]], &e.graph).expect("observables");
    let mut seen = [0.0; 3];
    observer.observe(0.0, &y, &mut seen).expect("values");
    assert_eq!([seen[2], -seen[1]], all);
    let step = 1e-5;
    let mut ends = [0.0; 2];
    for (end, sign) in ends.iter_mut().zip([-1.0, 1.0]) {
        observer.observe(0.0, &[y[0] + sign * step, y[1]], &mut seen).expect("values");
        *end = seen[0];
    }
    assert!(((ends[1] - ends[0]) / (2.0 * step) + all[1]).abs() < 1e-9);
}

/// What the terms of a sum keep between stages has a budget: here the gradient of one output is weighted by the
/// other.
#[test]
fn a_net_in_a_large_family_has_a_budget() {
    let n = 60_000;
    let mut g = Graph::new();
    let u = array(&mut g, "u", n);
    let time = scalar(&mut g, "t");
    let all = g.domain(0, &[(0, n as i64 - 1)], None);
    let i = g.index(all, 0);
    let here = g.read(u, i);
    let f = net(&mut g, "ℓ", 1, 2, architecture(&[100, 100], Activation::Tanh));
    let values = g.net_call(f, &[here]);
    let product = g.mul(values[0], values[1]);
    let total = g.sum_over(all, product);
    let rates = g.gradient_entries(total, &[(u, 0)]);
    let blocks = vec![Block::Explicit { offset: 0, length: n, rates }];
    let e = equations(g, time, Vec::new(), vec![leaf(u, 0, n, "u")], blocks);
    let error = Kernel::compile(&e).expect_err("too large");
    assert!(error.to_string().contains("`ℓ` keeps") && error.to_string().contains("60000 terms"), "{error}");
}

/// New weights need no compilation; without weights nothing is a number; wrong shapes are told.
#[test]
fn weights_are_given_at_run_time() {
    let mut g = Graph::new();
    let x = momenta(&mut g, &["q"]);
    let f = net(&mut g, "f", 1, 1, architecture(&[2], Activation::Tanh));
    let rate = g.net_call(f, &x)[0];
    let e = flow(g, &x, &[rate], Vec::new());
    let mut kernel = Kernel::compile(&e).expect("a net");
    let mut dy = [0.0];
    assert!(kernel.rates(0.0, &[1.0], &mut dy).is_err());
    for k in 1..4 {
        let c = f64::from(k);
        let weights: Vec<NetWeights> = vec![vec![vec![c, 0.5], vec![0.0, 0.1], vec![2.0, 1.0], vec![c]].into()];
        assert_eq!(hamel::kernel::net::fit_nets(&e.graph, &weights), Ok(()));
        kernel.set_weights(&weights);
        kernel.set_parameters(&[]).expect("none");
        kernel.rates(0.0, &[1.0], &mut dy).expect("rates");
        assert!((dy[0] - (2.0 * hamel::real::tanh(c) + hamel::real::tanh(0.6) + c)).abs() < 1e-15, "{dy:?}");
    }
    let short: Vec<NetWeights> = vec![vec![vec![1.0, 0.5]].into()];
    assert_eq!(hamel::kernel::net::fit_nets(&e.graph, &short), Err("f".into()));
}

fn lagrangian_net(n: usize, hidden: u32) -> EquationsOfMotion {
    let mut g = Graph::new();
    let names: Vec<String> = (0..n).map(|k| format!("q{k}")).collect();
    let q: Vec<ExprId> = names.iter().map(|name| scalar(&mut g, name)).collect();
    let v: Vec<ExprId> = names.iter().map(|name| scalar(&mut g, &format!("{name}'"))).collect();
    let time = scalar(&mut g, "t");
    let f = net(&mut g, "L", 2 * n as u32, 1, architecture(&[hidden, hidden], Activation::Softplus));
    let value = g.net_call(f, &[&q[..], &v[..]].concat())[0];
    let squares: Vec<ExprId> = v.iter().map(|v| g.powi(*v, 2)).collect();
    let kinetic = g.sum(&squares);
    let l = g.add(value, kinetic);
    lagrangian(g, time, Vec::new(), &q, &v, l)
}

/// One forward pass, one gradient and one tangent stream for each velocity: the matrix costs no pass for each entry.
#[test]
fn a_mass_matrix_shares_its_streams() {
    for n in [2usize, 4, 8] {
        let hidden = 64;
        let kernel = Kernel::compile(&lagrangian_net(n, hidden)).expect("a net");
        let passes = kernel.operations_executed() as f64 / f64::from(hidden * hidden);
        println!("{n} coordinates: {passes:.1} products of {hidden} by {hidden}");
        assert!(passes < n as f64 + 7.0, "{n} coordinates: {passes} products");
    }
}

#[test]
#[ignore = "prints times"]
fn times() {
    for hidden in [64, 200] {
        let mut g = Graph::new();
        let x = momenta(&mut g, &["q", "p"]);
        let f = net(&mut g, "H", 2, 1, architecture(&[hidden, hidden], Activation::Tanh));
        let h = g.net_call(f, &x)[0];
        let d = g.gradient(h, &x);
        let minus = g.neg(d[0]);
        time_of(&format!("HNN {hidden}"), &flow(g, &x, &[d[1], minus], Vec::new()));
        time_of(&format!("LNN {hidden}"), &lagrangian_net(2, hidden));
    }
}

fn time_of(what: &str, e: &EquationsOfMotion) {
    let mut kernel = Kernel::compile(e).expect("nets");
    kernel.set_weights(&weights(&e.graph));
    kernel.set_parameters(&[]).expect("parameters");
    let n = kernel.dimension();
    let y: Vec<f64> = (0..n).map(|k| 0.1 * k as f64 + 0.2).collect();
    let mut dy = vec![0.0; n];
    let mut best = [f64::INFINITY; 2];
    let block: Vec<[f64; LANES]> = y.iter().map(|y| std::array::from_fn(|lane| y + 0.001 * lane as f64)).collect();
    let mut out = vec![[0.0; LANES]; n];
    for _ in 0..20 {
        let clock = std::time::Instant::now();
        (0..50).for_each(|_| kernel.rates(0.0, &y, &mut dy).expect("rates"));
        best[0] = best[0].min(clock.elapsed().as_secs_f64() / 50.0);
        let clock = std::time::Instant::now();
        (0..2).for_each(|_| kernel.rates_lanes(&[0.0; LANES], &block, &mut out, LANES, &mut Vec::new()));
        best[1] = best[1].min(clock.elapsed().as_secs_f64() / 2.0 / LANES as f64);
    }
    println!("{what}: {:.2} µs for one state, {:.2} µs each of {LANES}", 1e6 * best[0], 1e6 * best[1]);
}

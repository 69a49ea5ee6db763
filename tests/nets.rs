//! Derivatives of nets as nodes against the same nets written out as formulas.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]

use hamel::symbolic::evaluate::{Bindings, evaluate};
use hamel::symbolic::{Activation, Architecture, Entry, ExprId, Graph, NetId, NetInfo, Seeds, SymbolId, SymbolInfo};
use std::collections::HashMap;

fn architecture(hidden: &[u32], activation: Activation) -> Architecture {
    Architecture {
        hidden: hidden.to_vec(),
        activation,
        residual: true,
        hidden_bias: true,
        output_bias: false,
        convex: false,
    }
}

/// Weights of each net as array symbols, made once.
struct Weights(HashMap<NetId, Vec<ExprId>>);

impl Weights {
    fn expand(&mut self, g: &mut Graph, exprs: &[ExprId]) -> Vec<ExprId> {
        g.expand_nets(exprs, &mut |g, net| {
            self.0
                .entry(net)
                .or_insert_with(|| {
                    let info = g.net_info(net).clone();
                    let shapes = info.architecture.weights(info.inputs, info.outputs);
                    shapes
                        .iter()
                        .map(|w| {
                            let s =
                                g.symbol(SymbolInfo::array(format!("{}.{}", info.name, w.name), w.rows * w.columns));
                            g.array(s)
                        })
                        .collect()
                })
                .clone()
        })
    }
}

fn number(seed: usize) -> f64 {
    let x = (seed as f64 * 12.9898 + 4.1).sin() * 43758.5453;
    2.0 * (x - x.floor()) - 1.0
}

fn value(g: &Graph, exprs: &[ExprId]) -> Vec<f64> {
    let scalar = |s: SymbolId| number(s.index());
    let element = |s: SymbolId, k: usize| number(1000 * s.index() + k + 17);
    evaluate(g, exprs, &Bindings { scalar: &scalar, element: &element })
}

fn close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= 1e-10 * (1.0 + x.abs()), "{a:?}\n{b:?}");
    }
}

fn scalars(g: &mut Graph, names: &[&str]) -> Vec<ExprId> {
    names
        .iter()
        .map(|n| {
            let s = g.symbol(SymbolInfo::scalar(*n));
            g.scalar(s)
        })
        .collect()
}

/// Gradient, Hessian and third derivatives through nodes equal those of the written-out formula.
#[test]
fn derivatives_of_nodes_are_those_of_the_formula() {
    for activation in [Activation::Tanh, Activation::Softplus, Activation::Sin, Activation::Swish, Activation::Sigmoid]
    {
        let mut g = Graph::new();
        let x = scalars(&mut g, &["a", "b", "c"]);
        let net =
            g.net(NetInfo { name: "f".into(), inputs: 3, outputs: 2, architecture: architecture(&[4, 4], activation) });
        let inner = g.mul(x[0], x[1]);
        let f = g.net_call(net, &[inner, x[1], x[2]]);
        let again = g.net_call(net, &[f[0], x[2], f[1]]);
        let square = g.mul(again[0], f[1]);
        let total = g.sum(&[square, x[0], again[1]]);
        let mut weights = Weights(HashMap::new());
        let formula = weights.expand(&mut g, &[total])[0];
        let by_node: Vec<ExprId> = g.hessian(total, &x).concat();
        let by_formula: Vec<ExprId> = g.hessian(formula, &x).concat();
        let third: Vec<ExprId> = by_node.iter().map(|e| g.differentiate(*e, x[1])).collect();
        let third_formula: Vec<ExprId> = by_formula.iter().map(|e| g.differentiate(*e, x[1])).collect();
        let opened = weights.expand(&mut g, &[by_node, third].concat());
        close(&value(&g, &opened), &value(&g, &[by_formula, third_formula].concat()));
    }
}

/// A net of a whole array, and directions that are arrays.
#[test]
fn nets_of_arrays_and_products_with_their_hessians() {
    let mut g = Graph::new();
    let s = g.symbol(SymbolInfo::array("u", 70));
    let u = g.array(s);
    let elements = g.elements(u);
    let net =
        g.net(NetInfo { name: "D".into(), inputs: 70, outputs: 1, architecture: architecture(&[3], Activation::Tanh) });
    let d = g.net_call(net, &elements)[0];
    let before = g.len();
    let entries = g.gradient_entries(d, &[(u, 0)]);
    let gradient = g.scatter(70, &entries);
    let v = g.symbol(SymbolInfo::array("v", 70));
    let v = g.array(v);
    let product = g.tangent(gradient, Seeds::new().set(u, v));
    assert!(g.len() < before + 40, "{} nodes for a gradient and a product", g.len() - before);
    let mut weights = Weights(HashMap::new());
    let formula = weights.expand(&mut g, &[d])[0];
    for k in [0, 33, 69] {
        let at = g.integer(k);
        let (slope, along) = (g.read(gradient, at), g.read(product, at));
        let opened = weights.expand(&mut g, &[slope, along]);
        let leaf = elements[k as usize];
        let partial = g.differentiate(formula, leaf);
        let changed = g.tangent(partial, Seeds::new().set(u, v));
        let one = g.differentiate(d, leaf);
        let one = weights.expand(&mut g, &[one])[0];
        let found = value(&g, &[opened[0], opened[1], one]);
        close(&found, &value(&g, &[partial, changed, partial]));
    }
}

/// A net under a sum over neighbours.
#[test]
fn a_net_in_a_family() {
    let mut g = Graph::new();
    let s = g.symbol(SymbolInfo::array("u", 20));
    let u = g.array(s);
    let domain = g.domain(0, &[(0, 18)], None);
    let i = g.index(domain, 0);
    let one = g.one();
    let next = g.add(i, one);
    let (here, there) = (g.read(u, i), g.read(u, next));
    let net = g.net(NetInfo {
        name: "ℓ".into(),
        inputs: 2,
        outputs: 1,
        architecture: architecture(&[3], Activation::Softplus),
    });
    let term = g.net_call(net, &[here, there])[0];
    let total = g.sum_over(domain, term);
    let entries: Vec<Entry> = g.gradient_entries(total, &[(u, 0)]);
    let gradient = g.scatter(20, &entries);
    let mut weights = Weights(HashMap::new());
    let formula = weights.expand(&mut g, &[total])[0];
    for k in [0, 7, 19] {
        let at = g.integer(k);
        let slope = g.read(gradient, at);
        let leaf = g.read(u, at);
        let second = g.differentiate(slope, leaf);
        let opened = weights.expand(&mut g, &[slope, second]);
        let partial = g.differentiate(formula, leaf);
        let twice = g.differentiate(partial, leaf);
        close(&value(&g, &opened), &value(&g, &[partial, twice]));
    }
}

/// The change with the weights through the cotangents of the nodes, against the formula's own gradient.
#[test]
fn cotangents_of_nodes_give_the_gradient_by_weights() {
    let mut g = Graph::new();
    let x = scalars(&mut g, &["a", "b"]);
    let net = g.net(NetInfo {
        name: "f".into(),
        inputs: 2,
        outputs: 1,
        architecture: architecture(&[3, 3], Activation::Tanh),
    });
    let f = g.net_call(net, &x)[0];
    let slope = g.gradient(f, &x);
    let nested = g.net_call(net, &slope)[0];
    let product = g.mul(slope[0], nested);
    let total = g.add(product, f);
    let mut weights = Weights(HashMap::new());
    let formula = weights.expand(&mut g, &[total])[0];
    let parts = g.net_cotangents(total);
    // ⟨cotangent, node⟩ with everything but the weights held: the cotangents and arguments become numbers
    let leaf = {
        let array = weights.0[&net][1];
        let k = g.integer(1);
        g.read(array, k)
    };
    let mut sum = 0.0;
    for (node, cotangent) in parts {
        let (values, factors) = (g.elements(node), g.elements(cotangent));
        let hamel::symbolic::Node::Net { net, point, weight, tangents } = g.node(node).clone() else { unreachable!() };
        let mut hold = |g: &mut Graph, array: ExprId| {
            let items = g.elements(array);
            let opened = weights.expand(g, &items);
            let held: Vec<f64> = value(g, &opened);
            let items: Vec<ExprId> = held
                .iter()
                .map(|v| {
                    let r = hamel::symbolic::Rational::from_f64(*v).unwrap();
                    g.number(r)
                })
                .collect();
            g.bundle(&items)
        };
        let point = hold(&mut g, point);
        let weight = weight.map(|w| hold(&mut g, w));
        let tangents: Vec<ExprId> = tangents.iter().map(|t| hold(&mut g, *t)).collect();
        let factors = {
            let array = g.bundle(&factors);
            let held = hold(&mut g, array);
            g.elements(held)
        };
        let _ = values;
        let node = g.net_node(net, point, weight, &tangents);
        let values = g.elements(node);
        let terms: Vec<ExprId> = values.iter().zip(&factors).map(|(v, f)| g.mul(*v, *f)).collect();
        let term = g.sum(&terms);
        let opened = weights.expand(&mut g, &[term])[0];
        let change = g.differentiate(opened, leaf);
        sum += value(&g, &[change])[0];
    }
    let expected = g.differentiate(formula, leaf);
    let expected = value(&g, &[expected])[0];
    assert!((sum - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{sum} {expected}");
}

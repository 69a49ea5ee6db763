//! Mechanical systems built by hand, for tests and benches of the kernel.
#![allow(dead_code)]

use hamel::diagnostic::Span;
use hamel::formalism::equations::{Block, EquationsOfMotion, Form, Mass, StateLeaf};
use hamel::symbolic::{Entry, ExprId, Function, Graph, Seeds, SymbolInfo};

pub fn scalar(g: &mut Graph, name: &str) -> ExprId {
    let symbol = g.symbol(SymbolInfo::scalar(name));
    g.scalar(symbol)
}

pub fn array(g: &mut Graph, name: &str, length: usize) -> ExprId {
    let symbol = g.symbol(SymbolInfo::array(name, length as u32));
    g.array(symbol)
}

pub fn leaf(leaf: ExprId, offset: usize, length: usize, name: &str) -> StateLeaf {
    StateLeaf { leaf, offset, length, name: name.into() }
}

pub fn equations(
    graph: Graph,
    time: ExprId,
    parameters: Vec<StateLeaf>,
    states: Vec<StateLeaf>,
    blocks: Vec<Block>,
) -> EquationsOfMotion {
    EquationsOfMotion {
        graph,
        time,
        parameters,
        rate_leaves: vec![None; states.len()],
        states,
        blocks,
        form: Form::Lagrangian,
        invariants: Vec::new(),
        energy: None,
        facts: Default::default(),
        switches: Vec::new(),
        reversed: false,
        derived_starts: Vec::new(),
        origin: Span::default(),
    }
}

pub fn entries(g: &mut Graph, values: &[ExprId]) -> Vec<Entry> {
    values.iter().enumerate().map(|(k, value)| Entry { index: g.integer(k as i64), value: *value }).collect()
}

/// Euler–Lagrange equations of scalar coordinates with a mass matrix of entries.
pub fn lagrangian(
    mut g: Graph,
    time: ExprId,
    parameters: Vec<StateLeaf>,
    q: &[ExprId],
    v: &[ExprId],
    l: ExprId,
) -> EquationsOfMotion {
    let n = q.len();
    let momenta = g.gradient(l, v);
    let slopes = g.gradient(l, q);
    let mut mass = Vec::new();
    let mut forcing = Vec::new();
    for i in 0..n {
        for j in 0..=i {
            let entry = g.differentiate(momenta[i], v[j]);
            if entry != g.zero() {
                mass.push((i as u32, j as u32, entry));
            }
        }
        let mut seeds = Seeds::new();
        let one = g.one();
        seeds.set(time, one);
        for (q, v) in q.iter().zip(v) {
            seeds.set(*q, *v);
        }
        let drift = g.tangent(momenta[i], &seeds);
        forcing.push(g.sub(slopes[i], drift));
    }
    let forcing = entries(&mut g, &forcing);
    let rates = entries(&mut g, v);
    let mut states = Vec::new();
    for (k, x) in q.iter().chain(v).enumerate() {
        states.push(leaf(*x, k, 1, &format!("x{k}")));
    }
    let unknowns: Vec<StateLeaf> = (0..n)
        .map(|k| {
            let a = scalar(&mut g, &format!("a{k}"));
            leaf(a, k, 1, &format!("a{k}"))
        })
        .collect();
    let blocks = vec![
        Block::Explicit { offset: 0, length: n, rates },
        Block::Linear { offset: n, length: n, mass: Mass::Entries(mass), forcing, symmetric: true, unknowns },
    ];
    equations(g, time, parameters, states, blocks)
}

/// The double pendulum: parameters m1 m2 l1 l2 g.
pub fn double_pendulum() -> EquationsOfMotion {
    pendulum_chain(2)
}

/// `n` pendula, written out: parameters are masses, lengths, gravity.
pub fn pendulum_chain(n: usize) -> EquationsOfMotion {
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let m: Vec<ExprId> = (0..n).map(|k| scalar(&mut g, &format!("m{k}"))).collect();
    let l: Vec<ExprId> = (0..n).map(|k| scalar(&mut g, &format!("l{k}"))).collect();
    let gravity = scalar(&mut g, "g");
    let q: Vec<ExprId> = (0..n).map(|k| scalar(&mut g, &format!("q{k}"))).collect();
    let v: Vec<ExprId> = (0..n).map(|k| scalar(&mut g, &format!("v{k}"))).collect();
    let (mut x, mut y, mut depth) = (g.zero(), g.zero(), g.zero());
    let mut terms = Vec::new();
    for k in 0..n {
        let (s, c) = (g.call(Function::Sin, &[q[k]]), g.call(Function::Cos, &[q[k]]));
        let dx = g.product(&[l[k], v[k], c]);
        let dy = g.product(&[l[k], v[k], s]);
        let down = g.product(&[l[k], c]);
        x = g.add(x, dx);
        y = g.add(y, dy);
        depth = g.add(depth, down);
        let (x2, y2) = (g.powi(x, 2), g.powi(y, 2));
        let speed = g.add(x2, y2);
        let half = g.rational(1, 2);
        terms.push(g.product(&[half, m[k], speed]));
        terms.push(g.product(&[m[k], gravity, depth]));
    }
    let lagrange = g.sum(&terms);
    let mut parameters: Vec<StateLeaf> = m.iter().chain(&l).enumerate().map(|(k, p)| leaf(*p, k, 1, "p")).collect();
    parameters.push(leaf(gravity, 2 * n, 1, "g"));
    lagrangian(g, time, parameters, &q, &v, lagrange)
}

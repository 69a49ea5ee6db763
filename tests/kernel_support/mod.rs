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
        second_leaves: vec![None; states.len()],
        states,
        blocks,
        form: Form::Lagrangian,
        invariants: Vec::new(),
        energy: None,
        facts: Default::default(),
        switches: Vec::new(),
        reversed: false,
        monotone: None,
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
    let momenta = entries(&mut g, &momenta);
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
        Block::Linear { offset: n, length: n, mass: Mass::Entries(mass), forcing, symmetric: true, unknowns, momenta },
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

/// `n` pendula as a family with running sums: parameters are masses, lengths, gravity.
pub fn pendulum_family(n: usize) -> EquationsOfMotion {
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let m = array(&mut g, "m", n);
    let l = array(&mut g, "l", n);
    let gravity = scalar(&mut g, "g");
    let q = array(&mut g, "q", n);
    let v = array(&mut g, "v", n);
    let domain = g.domain(0, &[(0, n as i64 - 1)], None);
    let i = g.index(domain, 0);
    let inner = g.domain(1, &[(0, n as i64 - 1)], None);
    let j = g.index(inner, 0);
    let (lj, qj, vj) = (g.read(l, j), g.read(q, j), g.read(v, j));
    let (s, c) = (g.call(Function::Sin, &[qj]), g.call(Function::Cos, &[qj]));
    let dx = g.product(&[lj, vj, c]);
    let dy = g.product(&[lj, vj, s]);
    let down = g.product(&[lj, c]);
    let vx = g.running_sum(inner, dx, i);
    let vy = g.running_sum(inner, dy, i);
    let depth = g.running_sum(inner, down, i);
    let (x2, y2) = (g.powi(vx, 2), g.powi(vy, 2));
    let speed = g.add(x2, y2);
    let half = g.rational(1, 2);
    let mi = g.read(m, i);
    let kinetic = g.product(&[half, mi, speed]);
    let potential = g.product(&[mi, gravity, depth]);
    let body = g.add(kinetic, potential);
    let lagrange = g.sum_over(domain, body);
    let parameters = vec![leaf(m, 0, n, "m"), leaf(l, n, n, "l"), leaf(gravity, 2 * n, 1, "g")];
    family(g, time, parameters, q, v, n, lagrange)
}

/// Euler–Lagrange equations of one array of coordinates, the mass matrix as a tangent.
pub fn family(
    mut g: Graph,
    time: ExprId,
    parameters: Vec<StateLeaf>,
    q: ExprId,
    v: ExprId,
    n: usize,
    lagrange: ExprId,
) -> EquationsOfMotion {
    let momenta = g.gradient_entries(lagrange, &[(v, 0)]);
    let slopes = g.gradient_entries(lagrange, &[(q, 0)]);
    let along = |g: &mut Graph, leaf: ExprId, change: ExprId| -> Vec<Entry> {
        let mut seeds = Seeds::new();
        seeds.set(leaf, change);
        let values: Vec<ExprId> = momenta.iter().map(|e| e.value).collect();
        let tangents = g.tangents(&values, &seeds);
        momenta.iter().zip(tangents).map(|(e, value)| Entry { index: e.index, value }).collect()
    };
    let direction = array(&mut g, "d", n);
    let momentum_tangent = along(&mut g, v, direction);
    let drift = along(&mut g, q, v);
    let mut forcing = slopes;
    for entry in drift {
        forcing.push(Entry { index: entry.index, value: g.neg(entry.value) });
    }
    let domain = g.domain(0, &[(0, n as i64 - 1)], None);
    let i = g.index(domain, 0);
    let rates = vec![Entry { index: i, value: g.read(v, i) }];
    let a = array(&mut g, "a", n);
    let blocks = vec![
        Block::Explicit { offset: 0, length: n, rates },
        Block::Linear {
            offset: n,
            length: n,
            mass: Mass::Tangent { momentum_tangent, direction: vec![leaf(direction, 0, n, "d")] },
            forcing,
            symmetric: true,
            unknowns: vec![leaf(a, 0, n, "a")],
            momenta,
        },
    ];
    equations(g, time, parameters, vec![leaf(q, 0, n, "q"), leaf(v, n, n, "v")], blocks)
}

/// Bodies that attract each other in the plane: `x` holds `x0 y0 x1 y1 …`; parameters are the masses.
pub fn bodies(n: usize) -> EquationsOfMotion {
    let mut g = Graph::new();
    let time = scalar(&mut g, "t");
    let m = array(&mut g, "m", n);
    let x = array(&mut g, "x", 2 * n);
    let v = array(&mut g, "v", 2 * n);
    let square = g.domain(0, &[(0, n as i64 - 1), (0, n as i64 - 1)], None);
    let (a, b) = (g.index(square, 0), g.index(square, 1));
    let below = g.compare(hamel::symbolic::Comparison::Less, a, b);
    let pairs = g.domain(0, &[(0, n as i64 - 1), (0, n as i64 - 1)], Some(below));
    let (a, b) = (g.index(pairs, 0), g.index(pairs, 1));
    let component = |g: &mut Graph, array: ExprId, body: ExprId, k: i64| {
        let (two, k) = (g.integer(2), g.integer(k));
        let at = g.mul(two, body);
        let at = g.add(at, k);
        g.read(array, at)
    };
    let mut squares = Vec::new();
    for k in 0..2 {
        let (xa, xb) = (component(&mut g, x, a, k), component(&mut g, x, b, k));
        let d = g.sub(xa, xb);
        squares.push(g.powi(d, 2));
    }
    let r2 = g.sum(&squares);
    let distance = g.sqrt(r2);
    let (ma, mb) = (g.read(m, a), g.read(m, b));
    let product = g.mul(ma, mb);
    let attraction = g.div(product, distance);
    let attraction = g.sum_over(pairs, attraction);
    let domain = g.domain(0, &[(0, n as i64 - 1)], None);
    let i = g.index(domain, 0);
    let mut terms = vec![attraction];
    for k in 0..2 {
        let vi = component(&mut g, v, i, k);
        let mi = g.read(m, i);
        let v2 = g.powi(vi, 2);
        let half = g.rational(1, 2);
        let body = g.product(&[half, mi, v2]);
        terms.push(g.sum_over(domain, body));
    }
    let lagrange = g.sum(&terms);
    let parameters = vec![leaf(m, 0, n, "m")];
    family(g, time, parameters, x, v, 2 * n, lagrange)
}

//! Programs that several tests run.

use super::support::plain;
use hamel::symbolic::{Activation, Architecture};
use hamel::tensor::net::{Direction, Request, Term, emit, parameter_gradient};
use hamel::tensor::{Builder, Value};

/// A program with its outputs and the rows of its inputs; parameters are those of one net.
pub struct Program {
    pub b: Builder,
    pub lanes: Vec<Value>,
    pub shared: Vec<Value>,
    pub inputs: Vec<u32>,
    pub a: Architecture,
    pub net: (u32, u32),
}

fn parameters(b: &mut Builder, a: &Architecture, n: u32, m: u32) -> Vec<Value> {
    let shapes = a.weights(n, m);
    shapes.iter().enumerate().map(|(k, w)| b.parameter(k as u32, w.rows, w.columns)).collect()
}

/// A loss on the gradient of a net: `½ |∇H − y|²`.
pub fn hamiltonian(n: u32, a: Architecture) -> Program {
    let mut b = Builder::new();
    let w = parameters(&mut b, &a, n, 1);
    let (x, y) = (b.input(0, n), b.input(1, n));
    let one = b.constant(1.0);
    let gradient = emit(&mut b, &a, n, 1, &w, x, &[Request { weight: Some(one), tangents: vec![] }])[0];
    let residual = b.sub(gradient, y);
    let direction: Direction = (0..n).map(|i| (i, b.slice(residual, i, 1))).collect();
    let mut shared = parameter_gradient(&mut b, &a, n, 1, &w, x, &[Term { weight: None, tangents: vec![direction] }]);
    let square = b.mul(residual, residual);
    let square = b.sum_features(square);
    shared.push(b.sum_lanes(square));
    Program { b, lanes: vec![gradient], shared, inputs: vec![n, n], a, net: (n, 1) }
}

/// A loss on the value of a net.
pub fn regression(n: u32, m: u32, a: Architecture) -> Program {
    let mut b = Builder::new();
    let w = parameters(&mut b, &a, n, m);
    let (x, y) = (b.input(0, n), b.input(1, m));
    let value = emit(&mut b, &a, n, m, &w, x, &[Request { weight: None, tangents: vec![] }])[0];
    let residual = b.sub(value, y);
    let mut shared = parameter_gradient(&mut b, &a, n, m, &w, x, &[Term { weight: Some(residual), tangents: vec![] }]);
    let square = b.mul(residual, residual);
    let square = b.sum_features(square);
    shared.push(b.sum_lanes(square));
    Program { b, lanes: vec![value], shared, inputs: vec![n, m], a, net: (n, m) }
}

/// The loss gradient of `L(q, v)`: `M a = L_q − L_vq v`, adjoint `M λ = residual`, and the parameter
/// gradient of `λ·(L_q − L_vq v − L_vv a)`. `entries`: every entry of `M` on its own, the two equal
/// ones as one, as a graph that shares equal entries writes it.
pub fn lagrangian(n: u32, hidden: u32, entries: bool) -> Program {
    let mut b = Builder::new();
    let a = plain(&[hidden, hidden], Activation::Softplus);
    let w = parameters(&mut b, &a, 2 * n, 1);
    let x = b.input(0, 2 * n);
    let target = b.input(1, n);
    let one = b.constant(1.0);
    let v: Vec<Value> = (0..n).map(|i| b.slice(x, n + i, 1)).collect();
    let unit = |i: u32| -> Direction { vec![(i, one)] };
    let along: Direction = (0..n).map(|i| (i, v[i as usize])).collect();
    let mut requests = vec![Request { weight: Some(one), tangents: vec![] }];
    for i in 0..n {
        for j in i..n {
            requests.push(Request { weight: None, tangents: vec![unit(n + i), unit(n + j)] });
        }
    }
    for i in 0..n {
        requests.push(Request { weight: None, tangents: vec![along.clone(), unit(n + i)] });
    }
    let values = emit(&mut b, &a, 2 * n, 1, &w, x, &requests);
    let gradient = b.slice(values[0], 0, n);
    let mut mass = vec![values[0]; (n * n) as usize];
    let mut next = 1;
    for i in 0..n {
        for j in i..n {
            mass[(i * n + j) as usize] = values[next];
            mass[(j * n + i) as usize] = values[next];
            next += 1;
        }
    }
    let mass = b.concat(&mass);
    let coupling = b.concat(&values[next..]);
    let force = b.sub(gradient, coupling);
    let acceleration = b.solve(mass, force);
    let residual = b.sub(acceleration, target);
    let adjoint = b.solve(mass, residual);
    let l: Vec<Value> = (0..n).map(|i| b.slice(adjoint, i, 1)).collect();
    let acc: Vec<Value> = (0..n).map(|i| b.slice(acceleration, i, 1)).collect();
    let mut terms = vec![Term { weight: None, tangents: vec![(0..n).map(|i| (i, l[i as usize])).collect()] }];
    for i in 0..n as usize {
        let minus = b.neg(l[i]);
        terms.push(Term { weight: Some(minus), tangents: vec![along.clone(), unit(n + i as u32)] });
        if entries {
            for j in i..n as usize {
                let mut c = b.mul(l[i], acc[j]);
                if i != j {
                    let other = b.mul(l[j], acc[i]);
                    c = b.add(c, other);
                }
                let c = b.neg(c);
                terms.push(Term { weight: Some(c), tangents: vec![unit(n + i as u32), unit(n + j as u32)] });
            }
        } else {
            let row: Direction = (0..n as usize).map(|j| (n + j as u32, b.mul(minus, acc[j]))).collect();
            terms.push(Term { weight: None, tangents: vec![row, unit(n + i as u32)] });
        }
    }
    let mut shared = parameter_gradient(&mut b, &a, 2 * n, 1, &w, x, &terms);
    let square = b.mul(residual, residual);
    let square = b.sum_features(square);
    shared.push(b.sum_lanes(square));
    Program { b, lanes: vec![acceleration, adjoint], shared, inputs: vec![2 * n, n], a, net: (2 * n, 1) }
}

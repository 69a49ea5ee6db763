//! Hidden products of the known structures, as `performance.md`'s hand derivations count them.

use super::support::plain;
use hamel::symbolic::Activation;
use hamel::tensor::net::{Direction, Request, Term, emit, parameter_gradient};
use hamel::tensor::{Builder, Value};

const H: u32 = 32;

fn parameters(b: &mut Builder, n: u32, m: u32) -> Vec<Value> {
    let shapes = plain(&[H, H], Activation::Tanh).weights(n, m);
    shapes.iter().enumerate().map(|(k, w)| b.parameter(k as u32, w.rows, w.columns)).collect()
}

#[test]
fn a_hamiltonian_net_takes_six() {
    let mut b = Builder::new();
    let a = plain(&[H, H], Activation::Tanh);
    let w = parameters(&mut b, 2, 1);
    let (x, y) = (b.input(0, 2), b.input(1, 2));
    let one = b.constant(1.0);
    let gradient = emit(&mut b, &a, 2, 1, &w, x, &[Request { weight: Some(one), tangents: vec![] }])[0];
    assert_eq!(b.products(&[gradient], H).hidden, 2);
    let residual = b.sub(gradient, y);
    let direction: Direction = (0..2).map(|i| (i, b.slice(residual, i, 1))).collect();
    let mut outputs = parameter_gradient(&mut b, &a, 2, 1, &w, x, &[Term { weight: None, tangents: vec![direction] }]);
    outputs.push(gradient);
    assert_eq!(b.products(&outputs, H).hidden, 6);
}

#[test]
fn a_plain_net_takes_three() {
    let mut b = Builder::new();
    let a = plain(&[H, H], Activation::Tanh);
    let w = parameters(&mut b, 2, 2);
    let (x, y) = (b.input(0, 2), b.input(1, 2));
    let value = emit(&mut b, &a, 2, 2, &w, x, &[Request { weight: None, tangents: vec![] }])[0];
    let residual = b.sub(value, y);
    let outputs = parameter_gradient(&mut b, &a, 2, 2, &w, x, &[Term { weight: Some(residual), tangents: vec![] }]);
    assert_eq!(b.products(&outputs, H).hidden, 3);
}

/// The loss gradient of `L(q, v)`: `M a = L_q − L_vq v`, adjoint `M λ = residual`, and the parameter
/// gradient of `λ·(L_q − L_vq v − L_vv a)`. `entries`: every entry of `M` on its own, the two equal
/// ones as one, as a graph that shares equal entries writes it.
fn lagrangian(n: u32, entries: bool) -> usize {
    let mut b = Builder::new();
    let a = plain(&[H, H], Activation::Softplus);
    let w = parameters(&mut b, 2 * n, 1);
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
    assert_eq!(b.products(&[adjoint], H).hidden, 3 + n as usize);
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
    let outputs = parameter_gradient(&mut b, &a, 2 * n, 1, &w, x, &terms);
    b.products(&outputs, H).hidden
}

#[test]
fn a_lagrangian_net_takes_n_and_eleven() {
    for entries in [false, true] {
        assert_eq!(lagrangian(1, entries), 12, "{entries}");
        assert_eq!(lagrangian(2, entries), 13, "{entries}");
        assert_eq!(lagrangian(3, entries), 14, "{entries}");
        assert_eq!(lagrangian(10, entries), 21, "{entries}");
    }
}

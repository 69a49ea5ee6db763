//! Hidden products of the known structures, as `performance.md`'s hand derivations count them.

use super::programs::lagrangian;
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

#[test]
fn a_lagrangian_net_takes_n_and_eleven() {
    for entries in [false, true] {
        assert_eq!(count(1, entries), 12, "{entries}");
        assert_eq!(count(2, entries), 13, "{entries}");
        assert_eq!(count(3, entries), 14, "{entries}");
        assert_eq!(count(10, entries), 21, "{entries}");
    }
}

fn count(n: u32, entries: bool) -> usize {
    let p = lagrangian(n, H, entries);
    assert_eq!(p.b.products(&p.lanes, H).hidden, 3 + n as usize);
    p.b.products(&p.shared, H).hidden
}

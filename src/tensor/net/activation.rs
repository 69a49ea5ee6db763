//! Activations and their derivatives of every order.

use crate::lanes::{Function1, Operation};
use crate::symbolic::Activation;
use crate::tensor::builder::{Builder, Value};

/// `σ⁽ⁿ⁾(z)`.
pub(super) fn derivative(b: &mut Builder, activation: Activation, z: Value, n: usize) -> Value {
    match activation {
        Activation::Tanh => tanh(b, z, n),
        Activation::Sigmoid => sigmoid(b, z, n),
        Activation::Softplus if n == 0 => b.elementwise(Operation::Call1(Function1::Softplus), &[z]),
        Activation::Softplus => sigmoid(b, z, n - 1),
        // (z s)⁽ⁿ⁾ = z s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾
        Activation::Swish => {
            let gate = sigmoid(b, z, n);
            let first = b.mul(z, gate);
            if n == 0 {
                return first;
            }
            let below = sigmoid(b, z, n - 1);
            let below = b.scale(n as f64, below);
            b.add(first, below)
        }
        Activation::Sin => {
            let op = if n.is_multiple_of(2) { Operation::Sin } else { Operation::Cos };
            let value = b.elementwise(op, &[z]);
            if n % 4 >= 2 { b.neg(value) } else { value }
        }
        Activation::Relu => {
            let zero = b.constant(0.0);
            match n {
                0 => b.elementwise(Operation::Max, &[z, zero]),
                1 => b.elementwise(Operation::Less, &[zero, z]),
                _ => zero,
            }
        }
    }
}

/// With `d = 1 − t²`: `t' = d`, `t'' = −2td`, `t''' = d(4 − 6d)`; above, polynomials of t.
fn tanh(b: &mut Builder, z: Value, n: usize) -> Value {
    let t = b.elementwise(Operation::Tanh, &[z]);
    if n == 0 {
        return t;
    }
    let (one, square) = (b.constant(1.0), b.mul(t, t));
    let d = b.sub(one, square);
    match n {
        1 => d,
        2 => {
            let double = b.scale(-2.0, t);
            b.mul(double, d)
        }
        3 => through(b, d, 4.0, -6.0, d),
        _ => polynomial(b, t, n, &[1.0, 0.0, -1.0]),
    }
}

/// With `d = s(1 − s)`: `s' = d`, `s'' = d(1 − 2s)`, `s''' = d(1 − 6d)`; above, polynomials of s.
fn sigmoid(b: &mut Builder, z: Value, n: usize) -> Value {
    let s = b.elementwise(Operation::Call1(Function1::Sigmoid), &[z]);
    if n == 0 {
        return s;
    }
    let one = b.constant(1.0);
    let rest = b.sub(one, s);
    let d = b.mul(s, rest);
    match n {
        1 => d,
        2 => through(b, s, 1.0, -2.0, d),
        3 => through(b, d, 1.0, -6.0, d),
        _ => polynomial(b, s, n, &[0.0, 1.0, -1.0]),
    }
}

/// `(c + a x) d`.
fn through(b: &mut Builder, x: Value, c: f64, a: f64, d: Value) -> Value {
    let (c, ax) = (b.constant(c), b.scale(a, x));
    let factor = b.add(c, ax);
    b.mul(factor, d)
}

/// The n-th derivative of `y` where `y' = p(y)`: `P₁ = p`, `P_{k+1} = P_k' p`, by Horner's rule.
fn polynomial(b: &mut Builder, y: Value, n: usize, p: &[f64]) -> Value {
    let mut current = p.to_vec();
    for _ in 1..n {
        let mut next = vec![0.0; current.len() + p.len() - 2];
        for (k, c) in current.iter().enumerate().skip(1) {
            for (j, d) in p.iter().enumerate() {
                next[k - 1 + j] += k as f64 * c * d;
            }
        }
        current = next;
    }
    let mut sum = b.constant(0.0);
    for &c in current.iter().rev() {
        let product = b.mul(sum, y);
        let c = b.constant(c);
        sum = b.add(product, c);
    }
    sum
}

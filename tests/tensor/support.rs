//! What the tests share.

use hamel::real::random::{Random, Stream};
use hamel::symbolic::{Activation, Architecture};
use hamel::tensor::{Builder, Shape, Value};

/// Numbers in (−1, 1), or near 1 and positive.
pub struct Numbers(Stream);

impl Numbers {
    pub fn new(purpose: &str) -> Self {
        Numbers(Random::new(7, purpose).stream(0))
    }

    pub fn array(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| 2.0 * self.0.uniform() - 1.0).collect()
    }

    pub fn positive(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| 0.5 + self.0.uniform()).collect()
    }
}

/// An architecture with all biases.
pub fn plain(hidden: &[u32], activation: Activation) -> Architecture {
    Architecture {
        hidden: hidden.to_vec(),
        activation,
        residual: false,
        hidden_bias: true,
        output_bias: true,
        convex: false,
    }
}

/// Parameters of a net in slots from 0 on, with random values.
pub fn weights(b: &mut Builder, a: &Architecture, n: u32, m: u32, r: &mut Numbers) -> (Vec<Value>, Vec<Vec<f64>>) {
    let mut values = Vec::new();
    let mut data = Vec::new();
    for (slot, w) in a.weights(n, m).into_iter().enumerate() {
        values.push(b.parameter(slot as u32, w.rows, w.columns));
        let scale = 1.0 / f64::from(w.columns).sqrt();
        data.push(r.array((w.rows * w.columns) as usize).into_iter().map(|x| 1.5 * scale * x).collect());
    }
    (values, data)
}

/// Numbers per array for a batch.
pub fn size(shape: Shape, batch: usize) -> usize {
    (shape.rows() * shape.cols()) as usize * if shape.is_lanes() { batch } else { 1 }
}

pub fn close(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b.iter().fold(1e-3f64, |m, x| m.max(x.abs()));
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance * scale, "{what}: entry {k} is {x}, expected {y} (scale {scale})");
    }
}

//! First weights of nets: random, and the same for the same seed and name on every machine.
//!
//! | rule | weights of a layer from `n` to `m` | biases |
//! |---|---|---|
//! | `uniform` | uniform in `±1/√n` (the default of PyTorch's linear layers) | uniform in `±1/√n` |
//! | `orthogonal` | orthonormal rows or columns, gain 1 (Saxe, McClelland & Ganguli 2014; Greydanus et al. 2019 for HNNs) | uniform in `±1/√n` |
//! | `lnn` | normal, deviation `c/√max(n, m)`, `c` = 2.2 for the first layer, 0.58 i for the one behind hidden layer i, `max(n, m)` for the last (Cranmer et al. 2020, appendix C) | 0 |
//!
//! In a convex net the matrices behind the first enter as `softplus(W)`; whatever the rule, their entries
//! begin uniform in `(0, 2/n)`, so that each layer begins as an average of the one before. (Random signs are
//! no choice there, and `softplus` of small numbers would make a layer of 200 a hundred times the last.)

use crate::model::learned::Initialisation;
use crate::real::random::Stream;
use crate::real::{self, Random, dot};
use crate::symbolic::NetInfo;

/// The weights of a net in the order of [`crate::symbolic::Architecture::weights`], each row by row.
pub fn initialise(info: &NetInfo, rule: Initialisation, seed: u64) -> Vec<Vec<f64>> {
    let random = Random::new(seed, &format!("net {}", info.name));
    let shapes = info.architecture.weights(info.inputs, info.outputs);
    let hidden = info.architecture.hidden.len();
    let (mut layer, mut inputs) = (0, info.inputs);
    let mut arrays = Vec::with_capacity(shapes.len());
    for (k, shape) in shapes.iter().enumerate() {
        let (rows, columns) = (shape.rows as usize, shape.columns as usize);
        let mut stream = random.stream(k as u64);
        let is_bias = shape.name.starts_with('b');
        let array = match rule {
            Initialisation::Lnn if is_bias => vec![0.0; rows],
            _ if is_bias => uniform(&mut stream, rows, 1.0 / f64::from(inputs).sqrt()),
            _ if info.architecture.convex && layer > 0 => {
                (0..rows * columns).map(|_| softplus_inverse(2.0 / columns as f64 * (1.0 - stream.uniform()))).collect()
            }
            Initialisation::Uniform => uniform(&mut stream, rows * columns, 1.0 / (columns as f64).sqrt()),
            Initialisation::Orthogonal => orthogonal(&mut stream, rows, columns),
            Initialisation::Lnn => {
                let n = rows.max(columns) as f64;
                let factor = match layer {
                    0 => 2.2,
                    i if i < hidden => 0.58 * i as f64,
                    _ => n,
                };
                (0..rows * columns).map(|_| factor / n.sqrt() * stream.normal()).collect()
            }
        };
        if !is_bias {
            (layer, inputs) = (layer + 1, shape.columns);
        }
        arrays.push(array);
    }
    arrays
}

fn uniform(stream: &mut Stream, count: usize, bound: f64) -> Vec<f64> {
    (0..count).map(|_| bound * (2.0 * stream.uniform() - 1.0)).collect()
}

/// `w` with `softplus(w) = x`, for x > 0.
fn softplus_inverse(x: f64) -> f64 {
    x + real::ln(-real::expm1(-x))
}

/// A matrix with orthonormal rows (or columns, where there are fewer): Q of the QR factorisation of normal
/// numbers with positive diagonal of R, which is uniform over such matrices (Mezzadri 2007).
fn orthogonal(stream: &mut Stream, rows: usize, columns: usize) -> Vec<f64> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut v: Vec<f64> = (0..length).map(|_| stream.normal()).collect();
        // Twice is enough (Kahan, in Parlett 1980).
        for _ in 0..2 {
            for u in &vectors {
                let along = dot(u, &v);
                v.iter_mut().zip(u).for_each(|(v, u)| *v -= along * u);
            }
        }
        let norm = dot(&v, &v).sqrt();
        v.iter_mut().for_each(|v| *v /= norm);
        vectors.push(v);
    }
    let at = |r: usize, c: usize| if rows <= columns { vectors[r][c] } else { vectors[c][r] };
    (0..rows * columns).map(|k| at(k / columns, k % columns)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbolic::{Activation, Architecture};

    fn info(inputs: u32, hidden: &[u32], outputs: u32, convex: bool) -> NetInfo {
        let architecture = Architecture {
            hidden: hidden.to_vec(),
            activation: Activation::Softplus,
            residual: false,
            hidden_bias: true,
            output_bias: false,
            convex,
        };
        NetInfo { name: "f".into(), inputs, outputs, architecture }
    }

    fn deviation(list: &[f64]) -> f64 {
        (list.iter().map(|x| x * x).sum::<f64>() / list.len() as f64).sqrt()
    }

    #[test]
    fn every_rule_has_its_sizes() {
        let net = info(4, &[300, 200, 100], 2, false);
        let uniform = initialise(&net, Initialisation::Uniform, 1);
        assert_eq!(uniform.iter().map(Vec::len).collect::<Vec<_>>(), [1200, 300, 60_000, 200, 20_000, 100, 200]);
        for (array, inputs) in uniform.iter().zip([4.0, 4.0, 300.0, 300.0, 200.0, 200.0, 100.0f64]) {
            let bound = 1.0 / inputs.sqrt();
            assert!(array.iter().all(|x| x.abs() <= bound));
            assert!((deviation(array) / bound - 1.0 / 3f64.sqrt()).abs() < 0.1);
        }
        let lnn = initialise(&net, Initialisation::Lnn, 1);
        for (k, expected) in [(0, 2.2 / 300f64.sqrt()), (2, 0.58 / 300f64.sqrt()), (4, 1.16 / 200f64.sqrt()), (6, 10.0)]
        {
            assert!((deviation(&lnn[k]) / expected - 1.0).abs() < 0.2, "{k}: {} {expected}", deviation(&lnn[k]));
        }
        assert!([1, 3, 5].iter().all(|b| lnn[*b].iter().all(|x| *x == 0.0)));
    }

    #[test]
    fn orthogonal_matrices_are_orthogonal() {
        for (rows, columns) in [(5, 5), (3, 7), (40, 2), (200, 200)] {
            let m = orthogonal(&mut Random::new(2, "test").stream(0), rows, columns);
            let line = |k: usize| -> Vec<f64> {
                if rows <= columns {
                    m[k * columns..(k + 1) * columns].to_vec()
                } else {
                    (0..rows).map(|r| m[r * columns + k]).collect()
                }
            };
            for i in 0..rows.min(columns) {
                for j in 0..=i {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(&line(i), &line(j)) - expected).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn seeds_and_names_choose_the_weights() {
        let net = info(2, &[8], 1, false);
        let first = initialise(&net, Initialisation::Orthogonal, 1);
        assert_eq!(first, initialise(&net, Initialisation::Orthogonal, 1));
        assert_ne!(first, initialise(&net, Initialisation::Orthogonal, 2));
        let other = NetInfo { name: "g".into(), ..net };
        assert_ne!(first, initialise(&other, Initialisation::Orthogonal, 1));
    }

    /// A layer of a convex net begins as an average: its positive weights add up to about one.
    #[test]
    fn convex_layers_begin_as_averages() {
        let arrays = initialise(&info(2, &[100, 100], 1, true), Initialisation::Lnn, 3);
        for row in arrays[2].chunks(100) {
            let total: f64 = row.iter().map(|w| real::softplus(*w)).sum();
            assert!((total - 1.0).abs() < 0.3, "{total}");
        }
    }
}

//! Derivatives of nets against nested dual numbers.

use super::support::{Numbers, close, plain, weights};
use hamel::symbolic::{Activation, Architecture};
use hamel::tensor::net::{Direction, Request, Term, contraction, emit, parameter_gradient};
use hamel::tensor::{Builder, Value, evaluate};
use num_dual::{Dual, Dual64, DualNum};

type D1 = Dual64;
type D2 = Dual<D1>;
type D3 = Dual<D2>;
type D4 = Dual<D3>;
type D5 = Dual<D4>;

/// `c + Σ εᵢ tᵢ`, up to five.
fn lift(c: f64, t: &[f64]) -> D5 {
    let at = |k: usize| t.get(k).copied().unwrap_or(0.0);
    let mut x = D5::from(c);
    x.eps = D4::from(at(4));
    x.re.eps = D3::from(at(3));
    x.re.re.eps = D2::from(at(2));
    x.re.re.re.eps = D1::from(at(1));
    x.re.re.re.re.eps = at(0);
    x
}

/// The coefficient of `ε₁ … ε_k`.
fn mixed(x: &D5, k: usize) -> f64 {
    let d4 = if k > 4 { &x.eps } else { &x.re };
    let d3 = if k > 3 { &d4.eps } else { &d4.re };
    let d2 = if k > 2 { &d3.eps } else { &d3.re };
    let d1 = if k > 1 { &d2.eps } else { &d2.re };
    if k > 0 { d1.eps } else { d1.re }
}

fn activation(a: Activation, z: D5) -> D5 {
    let one = D5::from(1.0);
    let sigmoid = |z: D5| one / (one + (-z).exp());
    match a {
        Activation::Tanh => z.tanh(),
        Activation::Softplus => (one + z.exp()).ln(),
        Activation::Sigmoid => sigmoid(z),
        Activation::Swish => z * sigmoid(z),
        Activation::Sin => z.sin(),
        Activation::Relu => {
            if z.re.re.re.re.re > 0.0 {
                z
            } else {
                D5::from(0.0)
            }
        }
    }
}

/// The formula of the net; weights as dual numbers.
fn net(a: &Architecture, n: usize, m: usize, p: &[Vec<D5>], x: &[D5]) -> Vec<D5> {
    let mut h = x.to_vec();
    let mut next = 0;
    let widths: Vec<usize> = a.hidden.iter().map(|&w| w as usize).chain([m]).collect();
    for (k, &rows) in widths.iter().enumerate() {
        let hidden = k + 1 < widths.len();
        let w = &p[next];
        next += 1;
        let cols = if k == 0 { n } else { widths[k - 1] };
        let mut z: Vec<D5> = (0..rows)
            .map(|i| {
                let mut sum = D5::from(0.0);
                for j in 0..cols {
                    let mut weight = w[i * cols + j];
                    if a.convex && k > 0 {
                        weight = activation(Activation::Softplus, weight);
                    }
                    sum += weight * h[j];
                }
                sum
            })
            .collect();
        if if hidden { a.hidden_bias } else { a.output_bias } {
            for (z, bias) in z.iter_mut().zip(&p[next]) {
                *z += *bias;
            }
            next += 1;
        }
        if hidden {
            let residual = a.residual && k > 0 && widths[k - 1] == rows;
            for (i, z) in z.iter_mut().enumerate() {
                *z = activation(a.activation, *z);
                if residual {
                    *z += h[i];
                }
            }
        }
        h = z;
    }
    h
}

struct Case {
    a: Architecture,
    n: usize,
    m: usize,
    batch: usize,
    b: Builder,
    params: Vec<Value>,
    data: Vec<Vec<f64>>,
    inputs: Vec<Vec<f64>>,
    point: Value,
    slot: u32,
    r: Numbers,
}

impl Case {
    fn new(a: Architecture, n: usize, m: usize) -> Self {
        let mut r = Numbers::new("nets");
        let mut b = Builder::new();
        let (params, data) = weights(&mut b, &a, n as u32, m as u32, &mut r);
        let batch = 3;
        let point = b.input(0, n as u32);
        let inputs = vec![r.array(n * batch)];
        Case { a, n, m, batch, b, params, data, inputs, point, slot: 1, r }
    }

    /// A new input of the samples.
    fn lanes(&mut self, rows: usize) -> (Value, usize) {
        let value = self.b.input(self.slot, rows as u32);
        self.inputs.push(self.r.array(rows * self.batch));
        self.slot += 1;
        (value, self.slot as usize - 1)
    }

    /// A direction with coefficients per lane, and its numbers per lane.
    fn direction(&mut self) -> (Direction, Vec<Vec<f64>>) {
        let (value, slot) = self.lanes(self.n);
        let d = (0..self.n as u32).map(|i| (i, self.b.slice(value, i, 1))).collect();
        (d, (0..self.batch).map(|l| self.at(slot, self.n, l)).collect())
    }

    fn unit(&mut self, i: usize) -> (Direction, Vec<Vec<f64>>) {
        let one = self.b.constant(1.0);
        let mut e = vec![0.0; self.n];
        e[i] = 1.0;
        (vec![(i as u32, one)], vec![e; self.batch])
    }

    fn at(&self, slot: usize, rows: usize, lane: usize) -> Vec<f64> {
        (0..rows).map(|i| self.inputs[slot][i * self.batch + lane]).collect()
    }

    /// `D^k f(x)[tangents]` in one lane; one weight may be moved along.
    fn truth(&self, lane: usize, tangents: &[&Vec<Vec<f64>>], moved: Option<(usize, usize)>) -> Vec<f64> {
        let x = self.at(0, self.n, lane);
        let k = tangents.len();
        let x: Vec<D5> =
            (0..self.n).map(|i| lift(x[i], &tangents.iter().map(|t| t[lane][i]).collect::<Vec<_>>())).collect();
        let p: Vec<Vec<D5>> = self
            .data
            .iter()
            .enumerate()
            .map(|(s, w)| {
                w.iter()
                    .enumerate()
                    .map(|(e, &w)| {
                        let mut t = vec![0.0; k + 1];
                        t[k] = if moved == Some((s, e)) { 1.0 } else { 0.0 };
                        lift(w, &t)
                    })
                    .collect()
            })
            .collect();
        let order = k + usize::from(moved.is_some());
        net(&self.a, self.n, self.m, &p, &x).iter().map(|y| mixed(y, order)).collect()
    }

    fn run(&self, outputs: &[Value]) -> Vec<Vec<f64>> {
        evaluate(&self.b, outputs, self.batch, &self.inputs, &self.data)
    }

    fn check(&mut self, what: &str, highest: usize) {
        let (n, m) = (self.n, self.m);
        let all = vec![self.direction(), self.unit(0), self.direction(), self.unit(n - 1)];
        let (weight, slot) = self.lanes(m);
        // pushes and pulls of every order
        let mut requests = Vec::new();
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for set in [vec![], vec![0], vec![1], vec![0, 1], vec![1, 3], vec![2, 2], vec![0, 1, 2], vec![0, 1, 2, 3]] {
            if set.len() <= highest {
                sets.push(set);
            }
        }
        for set in &sets {
            let tangents: Vec<Direction> = set.iter().map(|&k| all[k].0.clone()).collect();
            requests.push(Request { weight: None, tangents: tangents.clone() });
            if set.len() < 4 {
                requests.push(Request { weight: Some(weight), tangents });
            }
        }
        let values = emit(&mut self.b, &self.a, n as u32, m as u32, &self.params, self.point, &requests);
        let results = self.run(&values);
        let mut next = 0;
        for set in &sets {
            let tangents: Vec<&Vec<Vec<f64>>> = set.iter().map(|&k| &all[k].1).collect();
            let mut push = vec![0.0; m * self.batch];
            let mut pull = vec![0.0; n * self.batch];
            for lane in 0..self.batch {
                for (i, y) in self.truth(lane, &tangents, None).into_iter().enumerate() {
                    push[i * self.batch + lane] = y;
                }
                let w = self.at(slot, m, lane);
                for i in 0..n {
                    let mut e = vec![vec![0.0; n]; self.batch];
                    e[lane][i] = 1.0;
                    let mut with = tangents.clone();
                    with.push(&e);
                    let d = self.truth(lane, &with, None);
                    pull[i * self.batch + lane] = d.iter().zip(&w).map(|(d, w)| d * w).sum();
                }
            }
            close(&results[next], &push, 1e-11, &format!("{what}: push {set:?}"));
            next += 1;
            if set.len() < 4 {
                close(&results[next], &pull, 1e-11, &format!("{what}: pull {set:?}"));
                next += 1;
            }
        }
        self.gradients(what, &all, weight, slot, highest);
    }

    /// The gradient by every weight of sums of terms.
    fn gradients(
        &mut self,
        what: &str,
        all: &[(Direction, Vec<Vec<f64>>)],
        weight: Value,
        slot: usize,
        highest: usize,
    ) {
        let (n, m) = (self.n as u32, self.m as u32);
        for set in [vec![], vec![2], vec![0, 1], vec![1, 3], vec![0, 1, 2]] {
            if set.len() > highest {
                continue;
            }
            // the same derivative in the same lanes twice, and once more with another direction
            let tangents: Vec<Direction> = set.iter().map(|&k| all[k].0.clone()).collect();
            let mut terms = vec![Term { weight: Some(weight), tangents: tangents.clone() }; 2];
            let mut lists = vec![set.clone(), set.clone()];
            if set.len() == 2 {
                let more = vec![all[2].0.clone(), all[3].0.clone()];
                terms.push(Term { weight: Some(weight), tangents: more });
                lists.push(vec![2, 3]);
                terms.push(Term { weight: Some(weight), tangents: vec![all[0].0.clone()] });
                lists.push(vec![0]);
            }
            let gradient = parameter_gradient(&mut self.b, &self.a, n, m, &self.params, self.point, &terms);
            let total = contraction(&mut self.b, &self.a, n, m, &self.params, self.point, &terms);
            let results = self.run(&gradient);
            let value = self.run(&[total]).remove(0);
            let sum = |case: &Case, lane: usize, moved| -> f64 {
                let w = case.at(slot, case.m, lane);
                let one = |set: &Vec<usize>| -> f64 {
                    let tangents: Vec<&Vec<Vec<f64>>> = set.iter().map(|&k| &all[k].1).collect();
                    case.truth(lane, &tangents, moved).iter().zip(&w).map(|(d, w)| d * w).sum()
                };
                lists.iter().map(one).sum()
            };
            let truth: Vec<f64> = (0..self.batch).map(|lane| sum(self, lane, None)).collect();
            close(&value, &truth, 1e-11, &format!("{what}: contraction {set:?}"));
            for (s, result) in results.iter().enumerate() {
                let truth: Vec<f64> = (0..self.data[s].len())
                    .map(|e| (0..self.batch).map(|lane| sum(self, lane, Some((s, e)))).sum())
                    .collect();
                close(result, &truth, 1e-11, &format!("{what}: gradient {set:?} by array {s}"));
            }
        }
    }
}

#[test]
fn tanh_with_one_output() {
    Case::new(plain(&[4, 3], Activation::Tanh), 3, 1).check("tanh", 4);
}

#[test]
fn softplus_with_two_outputs() {
    Case::new(plain(&[3, 4], Activation::Softplus), 2, 2).check("softplus", 4);
}

#[test]
fn every_activation() {
    for &a in Activation::ALL {
        let highest = if a == Activation::Relu { 1 } else { 3 };
        Case::new(plain(&[3, 3], a), 2, 1).check(a.name(), highest);
    }
}

#[test]
fn residual_and_convex_nets_and_absent_biases() {
    let mut a = plain(&[3, 3, 3], Activation::Tanh);
    a.residual = true;
    Case::new(a.clone(), 3, 1).check("residual", 3);
    a.hidden_bias = false;
    Case::new(a.clone(), 3, 2).check("residual without hidden biases", 3);
    let mut a = plain(&[4, 3], Activation::Softplus);
    a.convex = true;
    a.output_bias = false;
    Case::new(a, 2, 1).check("convex", 3);
}

#[test]
fn one_layer_and_none() {
    Case::new(plain(&[5], Activation::Tanh), 3, 1).check("one layer", 3);
    Case::new(plain(&[5], Activation::Sin), 1, 2).check("one input", 3);
    Case::new(plain(&[], Activation::Tanh), 3, 2).check("affine", 3);
}

//! Values of a formula over columns of samples, and their derivatives by its numbers.

use super::function::{Binary, FUNCTIONS};
use super::tree::{Node, Tree};
use crate::real;

/// Columns of inputs beside the column of what is to be found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// One column for each input.
    pub inputs: Vec<Vec<f64>>,
    /// The target.
    pub target: Vec<f64>,
}

impl Samples {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    /// At most `count` of the rows, evenly taken, the first and the last among them.
    pub fn thinned(&self, count: usize) -> Samples {
        let n = self.rows();
        if n <= count || count < 2 {
            return self.clone();
        }
        let pick = |c: &Vec<f64>| (0..count).map(|i| c[i * (n - 1) / (count - 1)]).collect();
        Samples { inputs: self.inputs.iter().map(pick).collect(), target: pick(&self.target) }
    }
}

/// The root of the mean square.
pub fn rms(values: &[f64]) -> f64 {
    (real::dot(values, values) / values.len().max(1) as f64).sqrt()
}

/// Memory for evaluations, used again.
#[derive(Debug, Default)]
pub struct Work {
    values: Vec<f64>,
    adjoints: Vec<f64>,
    stack: Vec<usize>,
    /// By node its operands, twice the same for a function.
    operands: Vec<(usize, usize)>,
}

impl Work {
    /// Values of all nodes; whether those of the whole are finite in every row. The last column is the whole.
    pub fn forward(&mut self, tree: &Tree, samples: &Samples) -> bool {
        let (n, k) = (samples.rows(), tree.nodes.len());
        self.values.resize(n * k, 0.0);
        self.stack.clear();
        self.operands.clear();
        for (at, node) in tree.nodes.iter().enumerate() {
            let (before, rest) = self.values.split_at_mut(at * n);
            let out = &mut rest[..n];
            let column = |j: usize| &before[j * n..(j + 1) * n];
            let mut operands = (at, at);
            match *node {
                Node::Input(i) => out.copy_from_slice(&samples.inputs[i as usize]),
                Node::Constant(c) => out.fill(c),
                Node::Function(f) => {
                    let Some(a) = self.stack.pop() else { return false };
                    let value = FUNCTIONS[f as usize].value;
                    out.iter_mut().zip(column(a)).for_each(|(o, x)| *o = value(*x));
                    operands = (a, a);
                }
                Node::Binary(op) => {
                    let (Some(b), Some(a)) = (self.stack.pop(), self.stack.pop()) else { return false };
                    for ((o, x), y) in out.iter_mut().zip(column(a)).zip(column(b)) {
                        *o = op.value(*x, *y);
                    }
                    operands = (a, b);
                }
            }
            self.operands.push(operands);
            self.stack.push(at);
        }
        self.values[n * (k - 1)..n * k].iter().all(|v| v.is_finite())
    }

    /// The values of node `at`, after [`Work::forward`].
    pub fn column(&self, at: usize, rows: usize) -> &[f64] {
        &self.values[at * rows..(at + 1) * rows]
    }

    /// Derivatives of the whole by each of its numbers, column by column, after [`Work::forward`]. By an exponent they
    /// are 0 where some base is negative: such exponents stay what they are.
    pub fn backward(&mut self, tree: &Tree, rows: usize, out: &mut Vec<Vec<f64>>) {
        let (n, k) = (rows, tree.nodes.len());
        self.adjoints.clear();
        self.adjoints.resize(n * k, 0.0);
        self.adjoints[n * (k - 1)..].fill(1.0);
        let mut found: Vec<Vec<f64>> = Vec::new();
        for at in (0..k).rev() {
            let (before, rest) = self.adjoints.split_at_mut(at * n);
            let own = &rest[..n];
            let value = |j: usize, row: usize| self.values[j * n + row];
            let (a, b) = self.operands[at];
            match tree.nodes[at] {
                Node::Input(_) => {}
                Node::Constant(_) => found.push(own.to_vec()),
                Node::Function(f) => {
                    let slope = FUNCTIONS[f as usize].slope;
                    for row in 0..n {
                        before[a * n + row] += own[row] * slope(value(a, row), value(at, row));
                    }
                }
                Node::Binary(op) => match op {
                    Binary::Add | Binary::Sub => {
                        let sign = if op == Binary::Add { 1.0 } else { -1.0 };
                        for row in 0..n {
                            before[a * n + row] += own[row];
                            before[b * n + row] += sign * own[row];
                        }
                    }
                    Binary::Mul => {
                        for row in 0..n {
                            before[a * n + row] += own[row] * value(b, row);
                            before[b * n + row] += own[row] * value(a, row);
                        }
                    }
                    Binary::Div => {
                        for row in 0..n {
                            let d = own[row] / value(b, row);
                            before[a * n + row] += d;
                            before[b * n + row] -= d * value(at, row);
                        }
                    }
                    Binary::Pow => {
                        let defined = (0..n).all(|row| value(a, row) >= 0.0);
                        for row in 0..n {
                            let (x, p) = (value(a, row), value(b, row));
                            before[a * n + row] += own[row] * p * Binary::Pow.value(x, p - 1.0);
                            if defined && x > 0.0 {
                                before[b * n + row] += own[row] * value(at, row) * real::ln(x);
                            }
                        }
                    }
                },
            }
        }
        found.reverse();
        *out = found;
    }
}

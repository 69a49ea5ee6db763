//! Derivatives of programs against central differences, dual numbers and each other.

use super::support::{Numbers, close, size};
use hamel::lanes::{Function1, Function2, Operation};
use hamel::tensor::{Builder, Value, evaluate};

struct Program {
    b: Builder,
    output: Value,
    wrt: Vec<Value>,
    inputs: Vec<Vec<f64>>,
    parameters: Vec<Vec<f64>>,
    batch: usize,
}

impl Program {
    /// The value of `Σ cotangent · output` for other data.
    fn at(&self, value: Value, inputs: &[Vec<f64>], parameters: &[Vec<f64>]) -> Vec<f64> {
        evaluate(&self.b, &[value], self.batch, inputs, parameters).remove(0)
    }

    fn total(&self, value: Value, inputs: &[Vec<f64>], parameters: &[Vec<f64>], cotangent: &[f64]) -> f64 {
        self.at(value, inputs, parameters).iter().zip(cotangent).map(|(y, c)| y * c).sum()
    }

    /// Checks vjp and jvp of `value` by central differences of its total; `wrt` are inputs first, then
    /// parameters, by slot.
    fn check(&mut self, value: Value, what: &str) -> Vec<Option<Value>> {
        let shape = self.b.shape(value);
        let mut r = Numbers::new(what);
        let c_slot = self.parameters.len() as u32;
        let weights = r.array(size(shape, self.batch));
        // cotangents as data of the same kind
        let (cotangent, as_input) = if shape.is_lanes() {
            let value = self.b.input(self.inputs.len() as u32, shape.rows() * shape.cols());
            (self.b.reshape(value, shape.rows(), shape.cols()), true)
        } else {
            (self.b.parameter(c_slot, shape.rows(), shape.cols()), false)
        };
        let (mut inputs, mut parameters) = (self.inputs.clone(), self.parameters.clone());
        if as_input {
            inputs.push(weights.clone())
        } else {
            parameters.push(weights.clone())
        }
        let gradient = self.b.vjp(&[(value, cotangent)], &self.wrt);
        let step = 1e-5;
        for (k, wrt) in self.wrt.clone().into_iter().enumerate() {
            let n = size(self.b.shape(wrt), self.batch);
            let is_input = self.b.shape(wrt).is_lanes();
            let slot = if is_input { k } else { k - self.inputs.len() };
            let mut numeric = vec![0.0; n];
            for e in 0..n {
                let mut ends = [0.0; 2];
                for (end, sign) in ends.iter_mut().zip([1.0, -1.0]) {
                    let (mut i, mut p) = (inputs.clone(), parameters.clone());
                    if is_input {
                        i[slot][e] += sign * step
                    } else {
                        p[slot][e] += sign * step
                    }
                    *end = self.total(value, &i, &p, &weights);
                }
                numeric[e] = (ends[0] - ends[1]) / (2.0 * step);
            }
            let exact = match gradient[k] {
                Some(g) => self.at(g, &inputs, &parameters),
                None => vec![0.0; n],
            };
            close(&exact, &numeric, 1e-7, &format!("{what}: vjp by {k}"));
            // ⟨c, jvp(d)⟩ = ⟨vjp(c), d⟩
            let d = r.array(n);
            let shape = self.b.shape(wrt);
            let (mut i, mut p) = (inputs.clone(), parameters.clone());
            let direction = if is_input {
                i.push(d.clone());
                let v = self.b.input(i.len() as u32 - 1, shape.rows());
                self.b.reshape(v, shape.rows(), shape.cols())
            } else {
                p.push(d.clone());
                self.b.parameter(p.len() as u32 - 1, shape.rows(), shape.cols())
            };
            let change = self.b.jvp(&[value], &[(wrt, direction)])[0];
            let forward: f64 = match change {
                Some(change) => self.total(change, &i, &p, &weights),
                None => 0.0,
            };
            let backward: f64 = exact.iter().zip(&d).map(|(g, d)| g * d).sum();
            close(&[forward], &[backward], 1e-10, &format!("{what}: jvp by {k}"));
        }
        if as_input {
            self.inputs.push(weights);
        } else {
            self.parameters.push(weights);
        }
        gradient
    }
}

/// Two inputs of three features and a matrix 3 × 3, a column 3 × 1 and a number.
fn program(positive: bool) -> Program {
    let mut r = Numbers::new("program");
    let mut b = Builder::new();
    let batch = 4;
    let mut draw = |n| if positive { r.positive(n) } else { r.array(n) };
    let wrt = vec![b.input(0, 3), b.input(1, 3), b.parameter(0, 3, 3), b.parameter(1, 3, 1), b.parameter(2, 1, 1)];
    let inputs = vec![draw(12), draw(12)];
    let parameters = vec![draw(9), draw(3), draw(1)];
    Program { b, output: wrt[0], wrt, inputs, parameters, batch }
}

#[test]
fn every_elementwise_operation() {
    use Operation::*;
    let mut operations = vec![
        Copy, Add, Sub, Mul, Div, MulAdd, MulSub, NegMulAdd, Neg, Abs, Sqrt, Min, Max, Sign, Less, LessEqual, Equal,
        NotEqual, And, Or, Not, Select, Sin, Cos, Exp, Ln, Tanh,
    ];
    operations.extend(Function1::ALL.iter().map(|f| Call1(*f)));
    operations.extend(Function2::ALL.iter().map(|f| Call2(*f)));
    for op in operations {
        let mut p = program(true);
        let (x, y, col, number) = (p.wrt[0], p.wrt[1], p.wrt[3], p.wrt[4]);
        let mut x0 = x;
        // into the domain of the function
        if let Call1(f) = op {
            use Function1::*;
            let (scale, shift) = match f {
                Asin | Acos | Atanh => (0.4, 0.0),
                Acosh => (1.0, 1.5),
                _ => (1.0, 0.0),
            };
            let shift = p.b.constant(shift);
            x0 = p.b.scale(scale, x);
            x0 = p.b.add(x0, shift);
        }
        if let Call2(Function2::Jn | Function2::Yn | Function2::Polygamma) = op {
            x0 = p.b.constant(2.0);
        }
        let args: Vec<Value> = [x0, y, col][..op.arity()].to_vec();
        let value = p.b.elementwise(op, &args);
        p.check(value, &format!("{op:?}"));
        // numbers and columns repeat
        if op.arity() == 2 && !matches!(op, Call2(Function2::Jn | Function2::Yn | Function2::Polygamma)) {
            let mut p = program(true);
            let first = p.b.elementwise(op, &[col, y]);
            let value = p.b.elementwise(op, &[first, number]);
            p.check(value, &format!("{op:?} with repeated arguments"));
        }
    }
}

#[test]
fn every_structural_operation_twice() {
    let build: Vec<(&str, fn(&mut Builder, &[Value]) -> Value)> = vec![
        ("product", |b, w| b.product(w[2], w[0])),
        ("product transposed", |b, w| b.product_transposed(w[2], w[0])),
        ("outer", |b, w| b.outer(w[0], w[1])),
        ("sum features", |b, w| b.sum_features(w[0])),
        ("sum lanes", |b, w| b.sum_lanes(w[0])),
        ("sum entries", |b, w| b.sum_entries(w[2])),
        ("slice", |b, w| b.slice(w[0], 1, 2)),
        ("concat", |b, w| b.concat(&[w[0], w[1]])),
        ("reshape", |b, w| b.reshape(w[0], 1, 3)),
        ("gather", |b, w| b.gather(w[0], [2, 0, 2, 1].into())),
        ("scatter", |b, w| b.scatter_add(w[0], [1, 0, 1].into(), 2)),
        ("column", |b, w| b.column(w[2], 1)),
        ("at column", |b, w| b.at_column(w[3], 1, 2)),
        ("transpose", |b, w| b.transpose(w[3])),
        ("spread", |b, w| {
            let shape = b.shape(w[0]);
            b.spread(w[3], shape)
        }),
        ("solve", |b, w| {
            let m = b.concat(&[w[0], w[1], w[0]]);
            let large = b.scale(4.0, w[0]);
            let diagonal = b.scatter_add(large, [0, 4, 8].into(), 9);
            let m = b.add(m, diagonal);
            b.solve(m, w[1])
        }),
    ];
    for (name, f) in build {
        let mut p = program(true);
        let wrt = p.wrt.clone();
        let value = f(&mut p.b, &wrt);
        // so that the second derivative sees something
        let value = p.b.mul(value, value);
        let gradient = p.check(value, name);
        // the gradient as a program, differentiated again
        let known = p.inputs.len() + p.parameters.len();
        for (k, g) in gradient.into_iter().enumerate() {
            if let Some(g) = g {
                let mut again = Program {
                    b: std::mem::take(&mut p.b),
                    output: g,
                    wrt: Vec::new(),
                    inputs: p.inputs.clone(),
                    parameters: p.parameters.clone(),
                    batch: p.batch,
                };
                // by inputs first, then parameters, in the order of their slots
                let shapes: Vec<_> = p.inputs.iter().map(|i| (i.len() / p.batch) as u32).collect();
                for (slot, rows) in shapes.into_iter().enumerate() {
                    let v = again.b.input(slot as u32, rows);
                    again.wrt.push(v);
                }
                again.wrt.extend(&wrt[2..]);
                let g = again.output;
                again.check(g, &format!("{name}: derivative of the gradient by {k} of {known}"));
                p.b = again.b;
            }
        }
    }
}

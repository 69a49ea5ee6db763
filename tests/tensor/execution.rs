//! Compiled programs against their values by definition, and the promises about bits.

use super::programs::{Program, hamiltonian, lagrangian, regression};
use super::support::{Numbers, close, plain, size};
use hamel::lanes::{Function1, Function2, Level, Operation};
use hamel::symbolic::Activation;
use hamel::tensor::run::pool;
use hamel::tensor::{Builder, Columns, Compiled, Number, Options, Value, evaluate};

struct Data {
    inputs: Vec<Vec<f64>>,
    parameters: Vec<Vec<f64>>,
}

fn data(p: &Program, batch: usize) -> Data {
    let mut r = Numbers::new("execution");
    let inputs = p.inputs.iter().map(|&n| r.array(n as usize * batch)).collect();
    let parameters =
        p.a.weights(p.net.0, p.net.1)
            .iter()
            .map(|w| {
                let scale = 1.0 / f64::from(w.columns).sqrt();
                r.array((w.rows * w.columns) as usize).into_iter().map(|x| scale * x).collect()
            })
            .collect();
    Data { inputs, parameters }
}

fn run<F: Number>(
    b: &Builder,
    lanes: &[Value],
    shared: &[Value],
    batch: usize,
    d: &Data,
    options: Options,
) -> Vec<Vec<F>> {
    let mut compiled = Compiled::<F>::new(b, lanes, shared, batch, options);
    let cast = |v: &Vec<f64>| -> Vec<F> { v.iter().map(|&x| F::from_f64(x)).collect() };
    let inputs: Vec<Vec<F>> = d.inputs.iter().map(cast).collect();
    let parameters: Vec<Vec<F>> = d.parameters.iter().map(cast).collect();
    let inputs: Vec<Columns<F>> = inputs.iter().map(|x| Columns { data: x, stride: batch }).collect();
    let parameters: Vec<&[F]> = parameters.iter().map(Vec::as_slice).collect();
    // twice: nothing is left from the run before
    compiled.run(batch, &inputs, &parameters);
    compiled.run(batch, &inputs, &parameters);
    let lanes = (0..lanes.len()).map(|k| compiled.lanes(k).to_vec());
    let shared = (0..shared.len()).map(|k| compiled.shared(k).to_vec());
    lanes.chain(shared).collect()
}

fn programs() -> Vec<(&'static str, Program)> {
    let mut residual = plain(&[20, 20, 20], Activation::Tanh);
    residual.residual = true;
    let mut convex = plain(&[20, 24], Activation::Softplus);
    convex.convex = true;
    vec![
        ("hamiltonian", hamiltonian(2, plain(&[40, 36], Activation::Tanh))),
        ("residual", hamiltonian(3, residual)),
        ("convex", hamiltonian(2, convex)),
        ("wide", hamiltonian(20, plain(&[33], Activation::Tanh))),
        ("narrow", hamiltonian(2, plain(&[2, 2], Activation::Sin))),
        ("one", hamiltonian(1, plain(&[1, 1], Activation::Swish))),
        ("lagrangian", lagrangian(2, 24, false)),
        ("lagrangian by entries", lagrangian(3, 24, true)),
        ("one coordinate", lagrangian(1, 20, true)),
        ("regression", regression(2, 2, plain(&[24, 24], Activation::Sigmoid))),
        ("many outputs", regression(3, 20, plain(&[24], Activation::Relu))),
        ("linear", regression(3, 2, plain(&[], Activation::Relu))),
    ]
}

#[test]
fn equals_the_definition() {
    for (name, p) in programs() {
        for batch in [1, 3, 64, 150] {
            let d = data(&p, batch);
            let all: Vec<Value> = p.lanes.iter().chain(&p.shared).copied().collect();
            let truth = evaluate(&p.b, &all, batch, &d.inputs, &d.parameters);
            for block in [None, Some(32)] {
                let options = Options { block, ..Options::default() };
                let result: Vec<Vec<f64>> = run(&p.b, &p.lanes, &p.shared, batch, &d, options);
                for (k, (r, t)) in result.iter().zip(&truth).enumerate() {
                    close(r, t, 1e-10, &format!("{name}, {batch} samples, {block:?}: output {k}"));
                }
                let single: Vec<Vec<f32>> = run(&p.b, &p.lanes, &p.shared, batch, &d, options);
                for (k, (r, t)) in single.iter().zip(&truth).enumerate() {
                    let r: Vec<f64> = r.iter().map(|&x| f64::from(x)).collect();
                    close(&r, t, 2e-3, &format!("{name}, {batch} samples, single: output {k}"));
                }
            }
        }
    }
}

/// Every operation on lanes with two copies, columns, numbers and rows.
fn zoo() -> (Builder, Vec<Value>, Vec<Value>, Data, usize) {
    use Operation::*;
    let batch = 37;
    let mut r = Numbers::new("zoo");
    let mut b = Builder::new();
    let (x, y) = (b.input(0, 6), b.input(1, 6));
    let (x, y) = (b.reshape(x, 3, 2), b.reshape(y, 3, 2));
    let row = b.slice(x, 1, 1);
    let w = b.parameter(0, 3, 3);
    let column = b.parameter(1, 3, 1);
    let number = b.parameter(2, 1, 1);
    let wide = b.parameter(3, 30, 3);
    let mut lanes = Vec::new();
    let mut operations = vec![
        Copy, Add, Sub, Mul, Div, MulAdd, MulSub, NegMulAdd, Neg, Abs, Sqrt, Min, Max, Sign, Less, LessEqual, Equal,
        NotEqual, And, Or, Not, Select, Sin, Cos, Exp, Ln, Tanh,
    ];
    operations.extend(Function1::ALL.iter().map(|f| Call1(*f)));
    operations.extend([Function2::Atan2, Function2::Pow, Function2::Modulo].map(Call2));
    for op in operations {
        let args = [x, y, row];
        lanes.push(b.elementwise(op, &args[..op.arity()]));
        for args in [[row, y, column], [column, x, number], [number, row, y], [x, number, column], [column, number, x]]
        {
            lanes.push(b.elementwise(op, &args[..op.arity()]));
        }
    }
    let shape = b.shape(x);
    lanes.retain(|&v| b.shape(v) == shape);
    let map: std::sync::Arc<[u32]> = [2, 0, 2, 1].into();
    let hidden = b.product(wide, x);
    let back = b.product_transposed(wide, hidden);
    lanes.push(b.product(w, x));
    lanes.push(b.product_transposed(w, y));
    lanes.extend([hidden, back]);
    lanes.push(b.sum_features(x));
    lanes.push(b.gather(x, map.clone()));
    let five = b.concat(&[x, row, y]);
    lanes.push(five);
    lanes.push(b.scatter_add(five, [3, 0, 3, 1, 1, 3, 0].into(), 5));
    lanes.push(b.reshape(x, 1, 6));
    let spread = b.spread(column, shape);
    lanes.push(spread);
    let m = b.concat(&[x, y, x]);
    let diagonal = b.scatter_add(y, [0, 4, 8].into(), 9);
    let m = b.sub(m, diagonal);
    lanes.push(b.solve(m, y));
    let mut shared = vec![b.outer(x, y), b.outer(hidden, x), b.outer(x, hidden), b.outer(hidden, hidden)];
    shared.push(b.sum_lanes(hidden));
    let sum = b.sum_lanes(x);
    let sum = b.mul(sum, column);
    shared.push(b.at_column(sum, 1, 3));
    let total = b.sum_entries(shared[0]);
    shared.push(b.elementwise(Tanh, &[total]));
    shared.push(b.column(w, 1));
    shared.push(b.transpose(column));
    shared.push(b.gather(w, map));
    shared.push(b.scatter_add(w, [1, 1, 0].into(), 2));
    shared.push(b.concat(&[w, wide]));
    shared.push(b.slice(w, 1, 2));
    shared.push(w);
    let d = Data {
        inputs: vec![r.positive(6 * batch), r.positive(6 * batch)],
        parameters: vec![r.positive(9), r.positive(3), r.positive(1), r.positive(90)],
    };
    (b, lanes, shared, d, batch)
}

/// The same entries, NaN where the other one is not finite.
fn same(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    let clean = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| if x.is_finite() { *x } else { 0.0 }).collect() };
    for (x, y) in a.iter().zip(b) {
        assert_eq!(x.is_finite(), y.is_finite(), "{what}: {x} and {y}");
    }
    close(&clean(a), &clean(b), tolerance, what);
}

#[test]
fn every_operation_equals_the_definition() {
    let (b, lanes, shared, d, batch) = zoo();
    let all: Vec<Value> = lanes.iter().chain(&shared).copied().collect();
    let truth = evaluate(&b, &all, batch, &d.inputs, &d.parameters);
    let options = Options { block: Some(24), ..Options::default() };
    let result: Vec<Vec<f64>> = run(&b, &lanes, &shared, batch, &d, options);
    for (k, (r, t)) in result.iter().zip(&truth).enumerate() {
        assert_eq!(t.len(), size(b.shape(all[k]), batch));
        same(r, t, 1e-10, &format!("output {k}"));
    }
}

#[test]
fn instruction_sets_give_the_same_bits() {
    let (b, lanes, shared, d, batch) = zoo();
    let program = |level| {
        let options = Options { block: Some(24), level };
        let double: Vec<Vec<f64>> = run(&b, &lanes, &[], batch, &d, options);
        let single: Vec<Vec<f32>> = run(&b, &lanes, &[], batch, &d, options);
        let bits: Vec<u64> = double.iter().flatten().map(|x| x.to_bits()).collect();
        let more: Vec<u32> = single.iter().flatten().map(|x| x.to_bits()).collect();
        (bits, more)
    };
    let _ = shared;
    let first = program(Level::BASELINE);
    for &level in Level::available() {
        assert!(program(level) == first, "{}", level.name());
    }
}

#[test]
fn threads_give_the_same_bits() {
    for (name, p) in programs() {
        let batch = 1500;
        let d = data(&p, batch);
        let options = Options { block: Some(64), ..Options::default() };
        let go = |threads: usize| {
            let pool = pool::pinned(threads).unwrap();
            pool.install(|| run::<f32>(&p.b, &p.lanes, &p.shared, batch, &d, options))
        };
        let one = go(1);
        for threads in [2, 3] {
            assert!(go(threads) == one, "{name} with {threads} threads");
        }
        assert!(run::<f32>(&p.b, &p.lanes, &p.shared, batch, &d, options) == one, "{name} without a pool");
    }
}

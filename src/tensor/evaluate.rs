//! The value of a program by definition, one operation after the other: what is right.

use super::builder::{Builder, Definition, Shape, Value};

/// Arrays of `outputs` for a batch of `batch` samples, row by row; `inputs[slot]` has a row of `batch`
/// numbers per feature, `parameters[slot]` is a matrix row by row.
///
/// The oracle of the compiled programs: nothing is planned, fused or reordered.
pub fn evaluate(
    b: &Builder,
    outputs: &[Value],
    batch: usize,
    inputs: &[Vec<f64>],
    parameters: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let live = b.reachable(outputs);
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); b.len()];
    for i in (0..b.len()).filter(|&i| live[i]) {
        let value = Value(i as u32);
        values[i] = one(b, value, batch, inputs, parameters, &values);
        let shape = b.shape(value);
        assert_eq!(values[i].len(), shape.rows() as usize * width(shape, batch), "invariant: {shape:?}");
    }
    outputs.iter().map(|o| values[o.0 as usize].clone()).collect()
}

/// Numbers in a row.
fn width(shape: Shape, batch: usize) -> usize {
    if shape.is_lanes() { shape.cols() as usize * batch } else { shape.cols() as usize }
}

fn one(
    b: &Builder,
    value: Value,
    batch: usize,
    inputs: &[Vec<f64>],
    parameters: &[Vec<f64>],
    values: &[Vec<f64>],
) -> Vec<f64> {
    let at = |v: Value| values[v.0 as usize].as_slice();
    let shape = b.shape(value);
    let (rows, n) = (shape.rows() as usize, width(shape, batch));
    let own_width = |v: Value| width(b.shape(v), batch);
    let table = |f: &dyn Fn(usize, usize) -> f64| -> Vec<f64> { (0..rows * n).map(|k| f(k / n, k % n)).collect() };
    // an element of an argument that repeats to `shape`
    let element = |v: Value, row: usize, col: usize| {
        let own = b.shape(v);
        let row = if own.rows() == 1 { 0 } else { row };
        let m = own_width(v);
        let col = if own.is_lanes() == shape.is_lanes() && m == n { col } else { 0 };
        at(v)[row * m + col]
    };
    match b.definition(value) {
        Definition::Constant(bits) => vec![f64::from_bits(*bits)],
        Definition::Input { slot } => inputs[*slot as usize].clone(),
        Definition::Parameter { slot } => parameters[*slot as usize].clone(),
        Definition::Placeholder(_) => panic!("invariant: placeholders are replaced"),
        Definition::Product(w, x) => {
            let c = b.shape(*w).cols() as usize;
            table(&|i, l| (0..c).map(|k| at(*w)[i * c + k] * at(*x)[k * n + l]).sum())
        }
        Definition::ProductTransposed(w, z) => {
            let (r, c) = (b.shape(*w).rows() as usize, b.shape(*w).cols() as usize);
            table(&|i, l| (0..r).map(|k| at(*w)[k * c + i] * at(*z)[k * n + l]).sum())
        }
        Definition::Outer(z, x) => {
            let m = own_width(*z);
            table(&|i, j| (0..m).map(|l| at(*z)[i * m + l] * at(*x)[j * m + l]).sum())
        }
        Definition::Elementwise(op, args) => table(&|i, l| {
            let [x, y, z] = args.map(|a| element(a, i, l));
            op.value(x, y, z)
        }),
        Definition::Spread(x) => table(&|i, l| element(*x, i, l)),
        Definition::SumFeatures(x) => {
            let k = b.shape(*x).rows() as usize;
            table(&|_, l| (0..k).map(|i| at(*x)[i * n + l]).sum())
        }
        Definition::SumLanes(x) => {
            let m = own_width(*x);
            table(&|i, _| at(*x)[i * m..(i + 1) * m].iter().sum())
        }
        Definition::SumEntries(x) => vec![at(*x).iter().sum()],
        Definition::Slice { of, from } => at(*of)[*from as usize * n..][..rows * n].to_vec(),
        Definition::Column { of, at: k } => {
            let m = own_width(*of);
            table(&|i, _| at(*of)[i * m + *k as usize])
        }
        Definition::AtColumn { column, at: k } => table(&|i, j| if j == *k as usize { at(*column)[i] } else { 0.0 }),
        Definition::Concat(parts) => parts.iter().flat_map(|p| at(*p).iter().copied()).collect(),
        Definition::Reshape(x) => at(*x).to_vec(),
        Definition::Gather(x, map) => table(&|i, l| at(*x)[map[i] as usize * n + l]),
        Definition::ScatterAdd(x, map) => {
            let mut out = vec![0.0; rows * n];
            for (i, &to) in map.iter().enumerate() {
                for l in 0..n {
                    out[to as usize * n + l] += at(*x)[i * n + l];
                }
            }
            out
        }
        Definition::Solve(m, f) => {
            let mut out = vec![0.0; rows * n];
            for l in 0..n {
                let mut matrix: Vec<f64> = (0..rows * rows).map(|k| at(*m)[k * n + l]).collect();
                let mut x: Vec<f64> = (0..rows).map(|k| at(*f)[k * n + l]).collect();
                eliminate(&mut matrix, &mut x);
                (0..rows).for_each(|k| out[k * n + l] = x[k]);
            }
            out
        }
    }
}

/// Gauss's elimination with partial pivoting.
fn eliminate(m: &mut [f64], x: &mut [f64]) {
    let n = x.len();
    for k in 0..n {
        let mut pivot = k;
        for i in k + 1..n {
            if m[i * n + k].abs() > m[pivot * n + k].abs() {
                pivot = i;
            }
        }
        (0..n).for_each(|j| m.swap(k * n + j, pivot * n + j));
        x.swap(k, pivot);
        for i in k + 1..n {
            let factor = m[i * n + k] / m[k * n + k];
            (k..n).for_each(|j| m[i * n + j] -= factor * m[k * n + j]);
            x[i] -= factor * x[k];
        }
    }
    for k in (0..n).rev() {
        let sum: f64 = (k + 1..n).map(|j| m[k * n + j] * x[j]).sum();
        x[k] = (x[k] - sum) / m[k * n + k];
    }
}

//! Derivatives of programs backwards: what a weighted sum of outputs owes to other values.

use super::builder::{Builder, Definition, Shape, Value};
use super::partial::partial;
use rustc_hash::FxHashMap;

impl Builder {
    /// The gradient of `Σ cotangent · output` (over all elements, for lanes also over the batch when
    /// the value is shared) by each value of `wrt`; `None` where it does not depend on it. Cotangents
    /// have the shape of their output or repeat to it.
    ///
    /// A value of `wrt` is independent: nothing passes through it to what it is made of.
    pub fn vjp(&mut self, outputs: &[(Value, Value)], wrt: &[Value]) -> Vec<Option<Value>> {
        let roots: Vec<Value> = outputs.iter().map(|o| o.0).collect();
        let live = self.reachable(&roots);
        // only what depends on `wrt` passes something on
        let mut depends = vec![false; self.len()];
        for i in 0..live.len() {
            let value = Value(i as u32);
            depends[i] = wrt.contains(&value);
            if live[i] && !depends[i] {
                let mut any = false;
                self.arguments(value, |a| any |= depends[a.0 as usize]);
                depends[i] = any;
            }
        }
        let mut cotangents: FxHashMap<Value, Value> = FxHashMap::default();
        for &(value, cotangent) in outputs {
            let cotangent = self.spread(cotangent, self.shape(value));
            self.credit(&mut cotangents, value, Some(cotangent));
        }
        for i in (0..live.len()).rev().filter(|&i| live[i] && depends[i]) {
            let value = Value(i as u32);
            if wrt.contains(&value) {
                continue;
            }
            if let Some(&cotangent) = cotangents.get(&value) {
                self.pass_back(value, cotangent, &depends, &mut cotangents);
            }
        }
        wrt.iter()
            .map(|v| {
                let cotangent = cotangents.get(v).copied()?;
                Some(self.spread(cotangent, self.shape(*v)))
            })
            .collect()
    }

    fn credit(&mut self, cotangents: &mut FxHashMap<Value, Value>, value: Value, amount: Option<Value>) {
        let Some(amount) = amount.filter(|&a| !self.is_zero(a)) else { return };
        let total = match cotangents.get(&value) {
            Some(&before) => self.add(before, amount),
            None => amount,
        };
        cotangents.insert(value, total);
    }

    /// Credits the arguments of `value` with what they owe to its cotangent `c`.
    fn pass_back(&mut self, value: Value, c: Value, depends: &[bool], cotangents: &mut FxHashMap<Value, Value>) {
        let needs = |v: Value| depends[v.0 as usize];
        let shape = self.shape(value);
        let mut owed: Vec<(Value, Value)> = Vec::new();
        match self.definition(value).clone() {
            Definition::Constant(_)
            | Definition::Input { .. }
            | Definition::Parameter { .. }
            | Definition::Placeholder(_) => {}
            Definition::Product(w, x) => {
                let c = self.spread(c, shape);
                if needs(w) {
                    owed.push((w, self.outer(c, x)));
                }
                if needs(x) {
                    owed.push((x, self.product_transposed(w, c)));
                }
            }
            Definition::ProductTransposed(w, z) => {
                let c = self.spread(c, shape);
                if needs(w) {
                    owed.push((w, self.outer(z, c)));
                }
                if needs(z) {
                    owed.push((z, self.product(w, c)));
                }
            }
            Definition::Outer(z, x) => {
                let c = self.spread(c, shape);
                if needs(z) {
                    owed.push((z, self.product(c, x)));
                }
                if needs(x) {
                    owed.push((x, self.product_transposed(c, z)));
                }
            }
            Definition::Elementwise(op, args) => {
                let args = &args[..op.arity()];
                for k in (0..args.len()).filter(|&k| needs(args[k])) {
                    if let Some(term) = partial(self, op, args, k, value).apply(self, c) {
                        owed.push((args[k], self.gathered(term, shape, self.shape(args[k]))));
                    }
                }
            }
            Definition::Spread(x) => owed.push((x, self.gathered(c, shape, self.shape(x)))),
            // the cotangent repeats to the rows by itself
            Definition::SumFeatures(x) | Definition::SumLanes(x) | Definition::SumEntries(x) => {
                owed.push((x, self.spread(c, self.shape(x))));
            }
            Definition::Slice { of, from } => {
                let c = self.spread(c, shape);
                let rows = self.shape(of).rows();
                owed.push((of, self.scatter_add(c, (from..from + shape.rows()).collect(), rows)));
            }
            Definition::Column { of, at } => {
                let c = self.spread(c, shape);
                owed.push((of, self.at_column(c, at, self.shape(of).cols())));
            }
            Definition::AtColumn { column, at } => {
                let c = self.spread(c, shape);
                owed.push((column, self.column(c, at)));
            }
            Definition::Concat(parts) => {
                let c = self.spread(c, shape);
                let mut from = 0;
                for &part in &parts {
                    let rows = self.shape(part).rows();
                    if needs(part) {
                        owed.push((part, self.slice(c, from, rows)));
                    }
                    from += rows;
                }
            }
            Definition::Reshape(x) => {
                let c = self.spread(c, shape);
                let before = self.shape(x);
                let back =
                    if shape.is_lanes() { self.reshape(c, before.rows(), before.cols()) } else { self.transpose(c) };
                owed.push((x, back));
            }
            Definition::Gather(x, map) => {
                let c = self.spread(c, shape);
                owed.push((x, self.scatter_add(c, map, self.shape(x).rows())));
            }
            Definition::ScatterAdd(x, map) => {
                let c = self.spread(c, shape);
                owed.push((x, self.gather(c, map)));
            }
            // x = M⁻¹ f: λ = M⁻ᵀ c is owed to f, −λ xᵀ to M
            Definition::Solve(m, f) => {
                let n = shape.rows();
                let c = self.spread(c, shape);
                let transposed = self.gather(m, (0..n * n).map(|k| (k % n) * n + k / n).collect());
                let adjoint = self.solve(transposed, c);
                if needs(f) {
                    owed.push((f, adjoint));
                }
                if needs(m) {
                    let rows = self.gather(adjoint, (0..n * n).map(|k| k / n).collect());
                    let cols = self.gather(value, (0..n * n).map(|k| k % n).collect());
                    let product = self.mul(rows, cols);
                    owed.push((m, self.neg(product)));
                }
            }
        }
        for (argument, amount) in owed {
            if needs(argument) {
                self.credit(cotangents, argument, Some(amount));
            }
        }
    }

    /// What an argument of shape `to` is owed where each of its elements was repeated to `from`.
    fn gathered(&mut self, term: Value, from: Shape, to: Shape) -> Value {
        if from == to {
            return term;
        }
        let mut term = self.spread(term, from);
        if from.is_lanes() {
            if to.rows() == 1 && from.rows() != 1 {
                term = self.sum_features(term);
            }
            if to.is_lanes() { term } else { self.sum_lanes(term) }
        } else {
            self.sum_entries(term)
        }
    }
}

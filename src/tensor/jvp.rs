//! Derivatives of programs forwards: changes of outputs from changes of other values.

use super::builder::{Builder, Definition, Value};
use super::partial::partial;
use rustc_hash::FxHashMap;

impl Builder {
    /// The change of every output when the values in `tangents` change by what stands beside them
    /// (of their shape or repeating to it); `None` where an output does not depend on them.
    ///
    /// A value with a tangent is independent: what it is made of does not change.
    pub fn jvp(&mut self, outputs: &[Value], tangents: &[(Value, Value)]) -> Vec<Option<Value>> {
        let live = self.reachable(outputs);
        let mut changes: FxHashMap<Value, Value> = FxHashMap::default();
        for &(value, tangent) in tangents {
            let tangent = self.spread(tangent, self.shape(value));
            if !self.is_zero(tangent) {
                changes.insert(value, tangent);
            }
        }
        let held: Vec<Value> = tangents.iter().map(|t| t.0).collect();
        for i in (0..live.len()).filter(|&i| live[i]) {
            let value = Value(i as u32);
            if held.contains(&value) {
                continue;
            }
            let mut depends = false;
            self.arguments(value, |a| depends |= changes.contains_key(&a));
            if !depends {
                continue;
            }
            if let Some(change) = self.change(value, &changes).filter(|&c| !self.is_zero(c)) {
                changes.insert(value, change);
            }
        }
        outputs.iter().map(|o| changes.get(o).copied()).collect()
    }

    /// The change of one value, some of whose arguments change.
    fn change(&mut self, value: Value, changes: &FxHashMap<Value, Value>) -> Option<Value> {
        let shape = self.shape(value);
        let of = |v: &Value| changes.get(v).copied();
        match self.definition(value).clone() {
            Definition::Constant(_) | Definition::Input { .. } | Definition::Parameter { .. } => None,
            Definition::Product(w, x) => self.bilinear(of(&w), w, of(&x), x, Builder::product),
            Definition::ProductTransposed(w, z) => self.bilinear(of(&w), w, of(&z), z, Builder::product_transposed),
            Definition::Outer(z, x) => self.bilinear(of(&z), z, of(&x), x, Builder::outer),
            Definition::Elementwise(op, args) => {
                let args = &args[..op.arity()];
                let mut total = None;
                for (k, argument) in args.iter().enumerate() {
                    let Some(change) = of(argument) else { continue };
                    let Some(term) = partial(self, op, args, k, value).apply(self, change) else { continue };
                    total = Some(total.map_or(term, |t| self.add(t, term)));
                }
                total.map(|t| self.spread(t, shape))
            }
            Definition::Spread(x) => of(&x).map(|c| self.spread(c, shape)),
            Definition::SumFeatures(x) => of(&x).map(|c| self.sum_features(c)),
            Definition::SumLanes(x) => of(&x).map(|c| self.sum_lanes(c)),
            Definition::SumEntries(x) => of(&x).map(|c| self.sum_entries(c)),
            Definition::Slice { of: x, from } => of(&x).map(|c| self.slice(c, from, shape.rows())),
            Definition::Concat(parts) => {
                let parts: Vec<Value> =
                    parts.iter().map(|p| of(p).unwrap_or_else(|| self.zeros(self.shape(*p)))).collect();
                Some(self.concat(&parts))
            }
            Definition::Reshape(x) => of(&x).map(|c| self.reshape(c, shape.rows(), shape.cols())),
            Definition::Gather(x, map) => of(&x).map(|c| self.gather(c, map)),
            Definition::ScatterAdd(x, map) => of(&x).map(|c| self.scatter_add(c, map, shape.rows())),
            // M x = f: M ẋ = ḟ − Ṁ x
            Definition::Solve(m, f) => {
                let n = shape.rows();
                let right = of(&f).unwrap_or_else(|| self.zeros(shape));
                let right = match of(&m) {
                    None => right,
                    Some(change) => {
                        let moved = self.lane_product(change, value, n);
                        self.sub(right, moved)
                    }
                };
                (!self.is_zero(right)).then(|| self.solve(m, right))
            }
        }
    }

    /// `f(ȧ, b) + f(a, ḃ)`.
    fn bilinear(
        &mut self,
        da: Option<Value>,
        a: Value,
        db: Option<Value>,
        b: Value,
        f: impl Fn(&mut Builder, Value, Value) -> Value,
    ) -> Option<Value> {
        let first = da.map(|da| f(self, da, b));
        let second = db.map(|db| f(self, a, db));
        match (first, second) {
            (Some(x), Some(y)) => Some(self.add(x, y)),
            (x, y) => x.or(y),
        }
    }

    /// `M x` in every lane, for `m` of `n²` rows, row by row.
    fn lane_product(&mut self, m: Value, x: Value, n: u32) -> Value {
        let repeated = self.gather(x, (0..n * n).map(|k| k % n).collect());
        let terms = self.mul(m, repeated);
        self.scatter_add(terms, (0..n * n).map(|k| k / n).collect(), n)
    }
}

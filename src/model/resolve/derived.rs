//! What a derivation adds to the names of a system: the mirrors of `doubled(A)`.

use super::super::system::{Derivation, Variable};
use super::super::value::{Array, Dim, Family, Scalar, Source, Value};
use super::{DeclKind, Pending, Resolver};
use crate::dimension::Dimension;

impl Resolver<'_> {
    /// Declares `mirror.q` for every coordinate and state of a doubled system. The mirror of `q` has
    /// no dimension of its own choosing: `Λ = mirror.q·(…)` only fixes the product, and it starts
    /// where `q` starts, so it has the dimension of `q`.
    pub fn derived_variables(&mut self, instance: usize) {
        if !self.derivations.iter().any(|d| matches!(d, Derivation::Doubled(_))) {
            return;
        }
        for original in 0..self.pending.len() {
            let v = self.pending[original].variable.clone();
            let dim = self.pending[original].dim.clone();
            let full = format!("mirror.{}", v.name);
            let strip =
                |tail: &str| -> Vec<String> { v.elements.iter().map(|e| format!("mirror.{e}{tail}")).collect() };
            let (elements, e1, e2) = (strip(""), strip("'"), strip("''"));
            let leaf = self.leaf(&full, &elements, v.scalar);
            let rate = self.leaf(&format!("{full}'"), &e1, v.scalar);
            let second = self.leaf(&format!("{full}''"), &e2, v.scalar);
            let number = self.pending.len();
            for (order, l) in [leaf, rate, second].into_iter().enumerate() {
                self.places.insert(l, (number, order as u32));
            }
            let value = self.mirrored(&self.pending[original].value.clone(), leaf, &dim);
            let decl =
                self.declare(instance, self.instances[instance].module, &full, v.span, DeclKind::Variable(number));
            self.settle(decl, Some(value.clone()));
            self.pending.push(Pending {
                variable: Variable {
                    name: full,
                    leaf,
                    rate,
                    second,
                    elements,
                    of: Some(original),
                    mirror: true,
                    dimension: Dimension::one(),
                    ..v
                },
                dim,
                value,
            });
        }
    }

    fn mirrored(&mut self, original: &Value, leaf: crate::symbolic::ExprId, dim: &Dim) -> Value {
        match original {
            Value::Array(a) => {
                let items =
                    (0..a.items.len()).map(|k| Scalar { expr: self.entry(leaf, false, k), dim: dim.clone() }).collect();
                Value::Array(Array { shape: a.shape.clone(), items })
            }
            Value::Family(Family { sets, source: Source::Leaf { shape, .. }, .. }) => Value::Family(Family {
                sets: sets.clone(),
                source: Source::Leaf { array: leaf, shape: shape.clone(), dim: dim.clone() },
                primes: 0,
            }),
            _ => Value::Real(Scalar { expr: leaf, dim: dim.clone() }),
        }
    }
}

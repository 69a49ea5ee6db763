//! What a derivation adds to the names of a system: the mirrors of `doubled(A)`, the momenta of
//! `legendre(A)`.

use super::super::system::{Derivation, Role, Variable};
use super::super::value::{Array, Dim, Family, Scalar, Source, Value};
use super::{DeclKind, Pending, Resolver};
use crate::diagnostic::Diagnostic;
use crate::dimension::Dimension;
use std::sync::Arc;

impl Resolver<'_> {
    /// Declares what the derivations of a system add to its variables, in the order in which they act.
    pub fn derived_variables(&mut self, instance: usize) {
        for derivation in self.derivations.clone() {
            match derivation {
                Derivation::Doubled(_) => self.mirrors_of_all(instance),
                Derivation::Legendre(_) => self.momenta_of_all(instance),
                Derivation::Reversed(_) => {}
            }
        }
    }

    /// Declares `mirror.q` for every coordinate and state of a doubled system. The mirror of `q` has
    /// no dimension of its own choosing: `Λ = mirror.q·(…)` only fixes the product, and it starts
    /// where `q` starts, so it has the dimension of `q`.
    fn mirrors_of_all(&mut self, instance: usize) {
        for original in 0..self.pending.len() {
            let v = self.pending[original].variable.clone();
            let dim = self.pending[original].dim.clone();
            let full = format!("mirror.{}", v.name);
            let elements: Arc<[String]> = v.elements.iter().map(|e| format!("mirror.{e}")).collect();
            let [leaf, rate, second] = self.moving_leaves(&full, &elements, v.scalar, v.role);
            let number = self.pending.len();
            for (order, l) in [leaf, rate, second].into_iter().enumerate() {
                self.places.insert(l, (number, order as u32));
            }
            let value = self.partner(&self.pending[original].value.clone(), leaf, &dim);
            let decl =
                self.declare(instance, self.instances[instance].module, &full, v.span, DeclKind::Variable(number));
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
                dim: dim.clone(),
                value: value.clone(),
            });
            let read = self.partner_on_grid(original, number, &dim).unwrap_or(value);
            self.settle(decl, Some(read));
        }
    }

    /// Declares `p_q` for every coordinate of a transformed system: `a.p_θ` beside `a.θ`. Its
    /// dimension is that of `L` times time over that of `q`, and follows when `L` is known.
    fn momenta_of_all(&mut self, main: usize) {
        for of in 0..self.pending.len() {
            let q = self.pending[of].variable.clone();
            if q.role != Role::Coordinate {
                continue;
            }
            // A component's coordinate has its momentum in the component; a mirror belongs to no line.
            let home = self.decls.iter().find(|d| matches!(d.kind, DeclKind::Variable(n) if n == of));
            let instance = home.map_or(main, |d| d.instance);
            let prefix = self.instances[instance].prefix.clone();
            let own = q.name.strip_prefix(&prefix).unwrap_or(&q.name);
            let (path, last) = own.rsplit_once('.').map_or(("", own), |(path, last)| (path, last));
            let path = if path.is_empty() { String::new() } else { format!("{path}.") };
            let free = |name: &String| !self.instances[instance].names.contains_key(name);
            let Some(name) = ["p_", "P_"].iter().map(|mark| format!("{path}{mark}{last}")).find(free) else {
                self.report(
                    Diagnostic::error("E0120", q.span, format!("the momentum of `{}` has no name left", q.name))
                        .note(format!("`{path}p_{last}` and `{path}P_{last}` are taken"))
                        .help("rename one of them, so that the Legendre transform can name the momentum"),
                );
                continue;
            };
            let full = format!("{prefix}{name}");
            let elements: Arc<[String]> = q.elements.iter().map(|e| format!("{full}{}", &e[q.name.len()..])).collect();
            let [leaf, rate, second] = self.moving_leaves(&full, &elements, q.scalar, Role::Momentum);
            let number = self.pending.len();
            for (order, l) in [leaf, rate, second].into_iter().enumerate() {
                self.places.insert(l, (number, order as u32));
            }
            let dim = self.unknown(&full, q.span);
            let value = self.partner(&self.pending[of].value.clone(), leaf, &dim);
            let module = self.instances[instance].module;
            let decl = self.declare(instance, module, &name, q.span, DeclKind::Variable(number));
            self.pending.push(Pending {
                variable: Variable {
                    name: full,
                    role: Role::Momentum,
                    leaf,
                    rate,
                    second,
                    elements,
                    of: Some(of),
                    mirror: false,
                    periodic: false,
                    dimension: Dimension::one(),
                    ..q
                },
                dim: dim.clone(),
                value: value.clone(),
            });
            let read = self.partner_on_grid(of, number, &dim).unwrap_or(value);
            self.settle(decl, Some(read));
        }
    }

    /// A value of the same shape as another, over a leaf of its own.
    fn partner(&mut self, original: &Value, leaf: crate::symbolic::ExprId, dim: &Dim) -> Value {
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

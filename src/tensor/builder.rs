//! Values in single assignment.

use super::fold;
use crate::lanes::Operation;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A value of a [`Builder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub(super) u32);

/// What kind of array a value is. Arrays are row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A matrix `features × (copies · B)` for a block of `B` samples: the lanes of a feature lie in a row.
    Lanes {
        /// Rows.
        features: u32,
        /// Columns per sample.
        copies: u32,
    },
    /// A matrix that all samples share; `1 × 1` is a number.
    Shared {
        /// Rows.
        rows: u32,
        /// Columns.
        cols: u32,
    },
}

impl Shape {
    /// A shared number.
    pub const NUMBER: Shape = Shape::Shared { rows: 1, cols: 1 };

    /// Lanes with one column per sample.
    pub fn lanes(features: u32) -> Shape {
        Shape::Lanes { features, copies: 1 }
    }

    /// Whether it is different for every sample.
    pub fn is_lanes(self) -> bool {
        matches!(self, Shape::Lanes { .. })
    }

    /// Rows.
    pub fn rows(self) -> u32 {
        match self {
            Shape::Lanes { features, .. } => features,
            Shape::Shared { rows, .. } => rows,
        }
    }

    /// Columns: per sample, or of the shared matrix.
    pub fn cols(self) -> u32 {
        match self {
            Shape::Lanes { copies, .. } => copies,
            Shape::Shared { cols, .. } => cols,
        }
    }
}

/// How a value comes about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Definition {
    /// Bits of a shared number.
    Constant(u64),
    /// Data of the samples.
    Input { slot: u32 },
    /// A matrix that the caller gives.
    Parameter { slot: u32 },
    /// `W X`.
    Product(Value, Value),
    /// `Wᵀ Z`.
    ProductTransposed(Value, Value),
    /// `Σ z xᵀ` over all lanes of the batch.
    Outer(Value, Value),
    /// An operation on every element; unused arguments repeat the first.
    Elementwise(Operation, [Value; 3]),
    /// A smaller array repeated to the shape of this value.
    Spread(Value),
    /// The sum of the rows.
    SumFeatures(Value),
    /// The sum of each row over all lanes of the batch.
    SumLanes(Value),
    /// The sum of all entries of a shared matrix.
    SumEntries(Value),
    /// Some rows in a row.
    Slice { of: Value, from: u32 },
    /// Rows below each other.
    Concat(Box<[Value]>),
    /// The same numbers in another shape.
    Reshape(Value),
    /// Row `i` is row `map[i]`.
    Gather(Value, Arc<[u32]>),
    /// Row `map[i]` receives row `i`.
    ScatterAdd(Value, Arc<[u32]>),
    /// `M⁻¹ f` in every lane.
    Solve(Value, Value),
}

/// Products that a program executes, by what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Products {
    /// Products of which both dimensions of the shared matrix are at least the threshold.
    pub hidden: usize,
    /// All others.
    pub thin: usize,
}

/// Collects a program; equal operations on equal values are one value, and what is known is folded.
///
/// Shapes are checked where a value is made; a violation is a mistake of the program that builds and
/// panics.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) definitions: Vec<Definition>,
    pub(super) shapes: Vec<Shape>,
    table: FxHashMap<(Definition, Shape), Value>,
    /// Directions of tangent streams that exist, by the weights and the point of the net.
    pub(super) streams: FxHashMap<Box<[Value]>, Vec<super::net::Direction>>,
}

impl Builder {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.definitions.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// The shape of a value.
    pub fn shape(&self, value: Value) -> Shape {
        self.shapes[value.0 as usize]
    }

    pub(super) fn definition(&self, value: Value) -> &Definition {
        &self.definitions[value.0 as usize]
    }

    pub(super) fn intern(&mut self, definition: Definition, shape: Shape) -> Value {
        let key = (definition, shape);
        if let Some(&value) = self.table.get(&key) {
            return value;
        }
        let value = Value(u32::try_from(self.definitions.len()).expect("invariant: under 2³² values"));
        self.definitions.push(key.0.clone());
        self.shapes.push(shape);
        self.table.insert(key, value);
        value
    }

    /// `(features, copies)` of lanes.
    fn lanes_of(&self, value: Value, what: &str) -> (u32, u32) {
        match self.shape(value) {
            Shape::Lanes { features, copies } => (features, copies),
            shared => panic!("invariant: {what} takes lanes, not {shared:?}"),
        }
    }

    /// `(rows, cols)` of a shared matrix.
    fn shared_of(&self, value: Value, what: &str) -> (u32, u32) {
        match self.shape(value) {
            Shape::Shared { rows, cols } => (rows, cols),
            lanes => panic!("invariant: {what} takes a shared matrix, not {lanes:?}"),
        }
    }

    /// Data with `features` numbers per sample; the caller's input `slot`.
    pub fn input(&mut self, slot: u32, features: u32) -> Value {
        self.intern(Definition::Input { slot }, Shape::lanes(features))
    }

    /// A shared matrix, learnable or given; the caller's parameter `slot`.
    pub fn parameter(&mut self, slot: u32, rows: u32, cols: u32) -> Value {
        self.intern(Definition::Parameter { slot }, Shape::Shared { rows, cols })
    }

    /// A shared number.
    pub fn constant(&mut self, x: f64) -> Value {
        self.intern(Definition::Constant(x.to_bits()), Shape::NUMBER)
    }

    /// The number, if the value is a constant or a constant repeated.
    pub fn number(&self, value: Value) -> Option<f64> {
        match self.definition(value) {
            Definition::Constant(bits) => Some(f64::from_bits(*bits)),
            Definition::Spread(of) => self.number(*of),
            _ => None,
        }
    }

    pub(super) fn is_zero(&self, value: Value) -> bool {
        self.number(value) == Some(0.0)
    }

    /// `W X`: `w` is `r × c`, `x` lanes with `c` features; lanes with `r` features.
    pub fn product(&mut self, w: Value, x: Value) -> Value {
        let ((rows, cols), (features, copies)) = (self.shared_of(w, "a product"), self.lanes_of(x, "a product"));
        assert_eq!(cols, features, "invariant: W X needs as many columns as features");
        let shape = Shape::Lanes { features: rows, copies };
        if self.is_zero(w) || self.is_zero(x) {
            return self.zeros(shape);
        }
        self.intern(Definition::Product(w, x), shape)
    }

    /// `Wᵀ Z`: `w` is `r × c`, `z` lanes with `r` features; lanes with `c` features.
    pub fn product_transposed(&mut self, w: Value, z: Value) -> Value {
        let ((rows, cols), (features, copies)) = (self.shared_of(w, "a product"), self.lanes_of(z, "a product"));
        assert_eq!(rows, features, "invariant: Wᵀ Z needs as many rows as features");
        let shape = Shape::Lanes { features: cols, copies };
        if self.is_zero(w) || self.is_zero(z) {
            return self.zeros(shape);
        }
        self.intern(Definition::ProductTransposed(w, z), shape)
    }

    /// `Σ z xᵀ` over all lanes of the batch: shared `r × c` for `r` and `c` features.
    pub fn outer(&mut self, z: Value, x: Value) -> Value {
        let ((rows, a), (cols, b)) = (self.lanes_of(z, "an outer product"), self.lanes_of(x, "an outer product"));
        assert_eq!(a, b, "invariant: an outer product sums over the same lanes");
        let shape = Shape::Shared { rows, cols };
        if self.is_zero(z) || self.is_zero(x) {
            return self.zeros(shape);
        }
        self.intern(Definition::Outer(z, x), shape)
    }

    /// The shape to which the arguments of an elementwise operation are repeated: a row of lanes to
    /// all features, a shared column to all lanes, a shared number to everything.
    pub fn joined(&self, args: &[Value]) -> Shape {
        let mut joined = Shape::NUMBER;
        for &value in args {
            let shape = self.shape(value);
            joined = join(joined, shape).unwrap_or_else(|| panic!("invariant: {joined:?} and {shape:?} do not join"));
        }
        joined
    }

    /// `op` on every element of the arguments, repeated to their joined shape.
    pub fn elementwise(&mut self, op: Operation, args: &[Value]) -> Value {
        assert_eq!(args.len(), op.arity(), "invariant: {op:?} takes {} arguments", op.arity());
        assert!(op != Operation::SinCos, "invariant: sine and cosine are asked for one by one");
        let shape = self.joined(args);
        fold::elementwise(self, op, args, shape)
    }

    /// The value repeated to `shape`.
    pub fn spread(&mut self, value: Value, shape: Shape) -> Value {
        let own = self.shape(value);
        if own == shape {
            return value;
        }
        assert_eq!(join(own, shape), Some(shape), "invariant: {own:?} repeats to {shape:?}");
        match *self.definition(value) {
            Definition::Spread(of) => self.intern(Definition::Spread(of), shape),
            _ => self.intern(Definition::Spread(value), shape),
        }
    }

    /// Zeros.
    pub fn zeros(&mut self, shape: Shape) -> Value {
        let zero = self.constant(0.0);
        self.spread(zero, shape)
    }

    /// The sum of the rows: lanes with one feature.
    pub fn sum_features(&mut self, x: Value) -> Value {
        let (features, copies) = self.lanes_of(x, "a sum of features");
        let shape = Shape::Lanes { features: 1, copies };
        if features == 1 {
            return x;
        }
        if self.is_zero(x) {
            return self.zeros(shape);
        }
        self.intern(Definition::SumFeatures(x), shape)
    }

    /// The sum of each row over all lanes of the batch: shared `k × 1`.
    pub fn sum_lanes(&mut self, x: Value) -> Value {
        let (rows, _) = self.lanes_of(x, "a sum of lanes");
        let shape = Shape::Shared { rows, cols: 1 };
        if self.is_zero(x) {
            return self.zeros(shape);
        }
        self.intern(Definition::SumLanes(x), shape)
    }

    /// The sum of all entries of a shared matrix.
    pub fn sum_entries(&mut self, x: Value) -> Value {
        let (rows, cols) = self.shared_of(x, "a sum of entries");
        if (rows, cols) == (1, 1) {
            return x;
        }
        if self.is_zero(x) {
            return self.constant(0.0);
        }
        self.intern(Definition::SumEntries(x), Shape::NUMBER)
    }

    /// The shape of `value` with another number of rows.
    pub(super) fn with_rows(&self, value: Value, rows: u32) -> Shape {
        match self.shape(value) {
            Shape::Lanes { copies, .. } => Shape::Lanes { features: rows, copies },
            Shape::Shared { cols, .. } => Shape::Shared { rows, cols },
        }
    }

    /// `count` rows from row `from` on.
    pub fn slice(&mut self, x: Value, from: u32, count: u32) -> Value {
        let rows = self.shape(x).rows();
        assert!(from + count <= rows && count > 0, "invariant: rows {from}..{} of {rows}", from + count);
        if count == rows {
            return x;
        }
        let shape = self.with_rows(x, count);
        match self.definition(x).clone() {
            Definition::Slice { of, from: first } => self.intern(Definition::Slice { of, from: first + from }, shape),
            Definition::Spread(of) if self.shape(of).rows() == 1 => self.spread(of, shape),
            Definition::Concat(parts) => {
                let mut start = 0;
                for &part in &parts {
                    let rows = self.shape(part).rows();
                    if start <= from && from + count <= start + rows {
                        return self.slice(part, from - start, count);
                    }
                    start += rows;
                }
                self.intern(Definition::Slice { of: x, from }, shape)
            }
            _ => self.intern(Definition::Slice { of: x, from }, shape),
        }
    }

    /// The rows of all parts below each other.
    pub fn concat(&mut self, parts: &[Value]) -> Value {
        assert!(!parts.is_empty(), "invariant: something to concatenate");
        if parts.len() == 1 {
            return parts[0];
        }
        // a shared number among lanes is a constant row
        let like = parts.iter().copied().find(|&p| self.shape(p).is_lanes()).unwrap_or(parts[0]);
        let mut rows = 0;
        let mut all = Vec::with_capacity(parts.len());
        for &part in parts {
            let part = if self.shape(like).is_lanes() && !self.shape(part).is_lanes() {
                let shape = self.with_rows(like, self.shape(part).rows());
                self.spread(part, shape)
            } else {
                part
            };
            let own = self.shape(part).rows();
            assert_eq!(self.shape(part), self.with_rows(like, own), "invariant: parts of one width");
            rows += own;
            all.push(part);
        }
        let shape = self.with_rows(like, rows);
        if all.iter().all(|&p| self.is_zero(p)) {
            return self.zeros(shape);
        }
        self.intern(Definition::Concat(all.into()), shape)
    }

    /// The same numbers, row by row, as lanes `features × (copies · B)`.
    pub fn reshape(&mut self, x: Value, features: u32, copies: u32) -> Value {
        let (f, c) = self.lanes_of(x, "a change of shape");
        assert_eq!(f * c, features * copies, "invariant: a change of shape keeps the numbers");
        if c == copies {
            return x;
        }
        let shape = Shape::Lanes { features, copies };
        match *self.definition(x) {
            Definition::Reshape(of) => self.reshape(of, features, copies),
            Definition::Spread(of) if self.shape(of) == Shape::NUMBER => self.spread(of, shape),
            _ => self.intern(Definition::Reshape(x), shape),
        }
    }

    /// Row `i` of the result is row `map[i]`.
    pub fn gather(&mut self, x: Value, map: Arc<[u32]>) -> Value {
        let rows = self.shape(x).rows();
        assert!(!map.is_empty() && map.iter().all(|&i| i < rows), "invariant: rows below {rows}");
        if map.windows(2).all(|w| w[1] == w[0] + 1) {
            return self.slice(x, map[0], map.len() as u32);
        }
        let shape = self.with_rows(x, map.len() as u32);
        match *self.definition(x) {
            Definition::Spread(of) if self.shape(of).rows() == 1 => self.spread(of, shape),
            _ => self.intern(Definition::Gather(x, map), shape),
        }
    }

    /// Row `map[i]` of the result, one of `features`, is the sum of the rows `i`, in their order.
    pub fn scatter_add(&mut self, x: Value, map: Arc<[u32]>, features: u32) -> Value {
        let rows = self.shape(x).rows();
        assert_eq!(map.len(), rows as usize, "invariant: one target for each row");
        assert!(map.iter().all(|&i| i < features), "invariant: targets below {features}");
        let shape = self.with_rows(x, features);
        if self.is_zero(x) {
            return self.zeros(shape);
        }
        if rows == features && map.iter().enumerate().all(|(i, &to)| i == to as usize) {
            return x;
        }
        self.intern(Definition::ScatterAdd(x, map), shape)
    }

    /// `M⁻¹ f` in every lane by elimination with partial pivoting; `m` has `n²` rows, row by row.
    /// Not finite where `M` is singular.
    pub fn solve(&mut self, m: Value, f: Value) -> Value {
        let ((entries, a), (n, b)) = (self.lanes_of(m, "a solve"), self.lanes_of(f, "a solve"));
        assert!(entries == n * n && a == b, "invariant: a square matrix for every lane");
        if n == 1 {
            return self.div(f, m);
        }
        self.intern(Definition::Solve(m, f), Shape::Lanes { features: n, copies: a })
    }

    /// Values of which `value` is made.
    pub(super) fn arguments(&self, value: Value, mut visit: impl FnMut(Value)) {
        match self.definition(value) {
            Definition::Constant(_) | Definition::Input { .. } | Definition::Parameter { .. } => {}
            Definition::Product(a, b)
            | Definition::ProductTransposed(a, b)
            | Definition::Outer(a, b)
            | Definition::Solve(a, b) => {
                visit(*a);
                visit(*b);
            }
            Definition::Elementwise(op, args) => args[..op.arity()].iter().for_each(|&a| visit(a)),
            Definition::Spread(x)
            | Definition::SumFeatures(x)
            | Definition::SumLanes(x)
            | Definition::SumEntries(x)
            | Definition::Slice { of: x, .. }
            | Definition::Reshape(x)
            | Definition::Gather(x, _)
            | Definition::ScatterAdd(x, _) => visit(*x),
            Definition::Concat(parts) => parts.iter().for_each(|&p| visit(p)),
        }
    }

    /// Which values the outputs are made of, by number; arguments come before what uses them.
    pub(super) fn reachable(&self, outputs: &[Value]) -> Vec<bool> {
        let mut live = vec![false; self.len()];
        outputs.iter().for_each(|v| live[v.0 as usize] = true);
        for i in (0..self.len()).rev() {
            if live[i] {
                self.arguments(Value(i as u32), |a| live[a.0 as usize] = true);
            }
        }
        live
    }

    /// How many products the outputs need; *hidden* are those with a shared matrix of at least
    /// `threshold` rows and columns.
    pub fn products(&self, outputs: &[Value], threshold: u32) -> Products {
        let live = self.reachable(outputs);
        let mut count = Products::default();
        for (i, definition) in self.definitions.iter().enumerate().filter(|(i, _)| live[*i]) {
            let matrix = match definition {
                Definition::Product(w, _) | Definition::ProductTransposed(w, _) => self.shape(*w),
                Definition::Outer(..) => self.shapes[i],
                _ => continue,
            };
            if matrix.rows() >= threshold && matrix.cols() >= threshold {
                count.hidden += 1;
            } else {
                count.thin += 1;
            }
        }
        count
    }

    /// `a + b`.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.elementwise(Operation::Add, &[a, b])
    }

    /// `a − b`.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        self.elementwise(Operation::Sub, &[a, b])
    }

    /// `a b`.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        self.elementwise(Operation::Mul, &[a, b])
    }

    /// `a / b`.
    pub fn div(&mut self, a: Value, b: Value) -> Value {
        self.elementwise(Operation::Div, &[a, b])
    }

    /// `−a`.
    pub fn neg(&mut self, a: Value) -> Value {
        self.elementwise(Operation::Neg, &[a])
    }

    /// `c a` for a number `c`.
    pub fn scale(&mut self, c: f64, a: Value) -> Value {
        let c = self.constant(c);
        self.mul(c, a)
    }

    /// The sum of all; `None` for none.
    pub fn sum(&mut self, terms: &[Value]) -> Option<Value> {
        let mut terms = terms.iter();
        let first = *terms.next()?;
        Some(terms.fold(first, |sum, &term| self.add(sum, term)))
    }
}

/// The smallest shape to which both repeat.
fn join(a: Shape, b: Shape) -> Option<Shape> {
    use Shape::{Lanes, Shared};
    match (a, b) {
        _ if a == b => Some(a),
        (Shape::NUMBER, other) | (other, Shape::NUMBER) => Some(other),
        (Lanes { features: f, copies: c }, Lanes { features: g, copies: d }) if c == d && (f == 1 || g == 1) => {
            Some(Lanes { features: f.max(g), copies: c })
        }
        (Lanes { features, copies }, Shared { rows, cols: 1 })
        | (Shared { rows, cols: 1 }, Lanes { features, copies })
            if features == rows || features == 1 =>
        {
            Some(Lanes { features: rows, copies })
        }
        _ => None,
    }
}

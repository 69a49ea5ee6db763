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
    /// One column of a shared matrix.
    Column { of: Value, at: u32 },
    /// A shared column as column `at` of zeros.
    AtColumn { column: Value, at: u32 },
    /// What a part of a program is built on before it is put to use.
    Placeholder(u32),
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

impl Products {
    /// Counts; *hidden* are those with a shared matrix of at least `threshold` rows and columns.
    pub fn count(list: &[Multiplication], threshold: u32) -> Products {
        let hidden = list.iter().filter(|m| m.is_hidden(threshold)).count();
        Products { hidden, thin: list.len() - hidden }
    }
}

/// What a [`Multiplication`] multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProductForm {
    /// `W x`: a stream forwards.
    Forwards,
    /// `Wᵀ z`: a stream backwards.
    Backwards,
    /// `Σ z xᵀ` over the batch: the gradient of `W`.
    Gradient,
}

/// A product that a program executes for each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplication {
    /// What is multiplied.
    pub form: ProductForm,
    /// Rows of the shared matrix.
    pub rows: u32,
    /// Its columns.
    pub columns: u32,
    /// The parameter that the matrix is made of; of a gradient none.
    pub slot: Option<u32>,
    /// Place of the first output that needs it.
    pub output: Option<usize>,
}

impl Multiplication {
    /// Whether its matrix has at least `threshold` rows and columns.
    pub fn is_hidden(&self, threshold: u32) -> bool {
        self.rows >= threshold && self.columns >= threshold
    }

    /// A definition as a product, and the shared matrix; `shape` is that of the definition itself.
    pub(super) fn of(
        definition: &Definition,
        shapes: impl Fn(Value) -> Shape,
        shape: Shape,
    ) -> Option<(Multiplication, Option<Value>)> {
        let (form, matrix, w) = match definition {
            Definition::Product(w, _) => (ProductForm::Forwards, shapes(*w), Some(*w)),
            Definition::ProductTransposed(w, _) => (ProductForm::Backwards, shapes(*w), Some(*w)),
            Definition::Outer(..) => (ProductForm::Gradient, shape, None),
            _ => return None,
        };
        Some((Multiplication { form, rows: matrix.rows(), columns: matrix.cols(), slot: None, output: None }, w))
    }
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
        if let (1, Some(c)) = (rows, self.repeated_number(z)) {
            let row = self.transpose(w);
            let scaled = self.mul(row, c);
            return self.spread(scaled, shape);
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
        if let (1, Some(c)) = (cols, self.repeated_number(x)) {
            let sum = self.sum_lanes(z);
            return self.mul(sum, c);
        }
        if let (1, Some(c)) = (rows, self.repeated_number(z)) {
            let sum = self.sum_lanes(x);
            let sum = self.mul(sum, c);
            return self.transpose(sum);
        }
        self.intern(Definition::Outer(z, x), shape)
    }

    /// The shared number that fills the value.
    fn repeated_number(&self, value: Value) -> Option<Value> {
        match *self.definition(value) {
            Definition::Spread(of) if self.shape(of) == Shape::NUMBER => Some(of),
            _ => None,
        }
    }

    /// A shared row as a column, or a column as a row.
    pub fn transpose(&mut self, x: Value) -> Value {
        let (rows, cols) = self.shared_of(x, "a transposition");
        assert!(rows == 1 || cols == 1, "invariant: only vectors are transposed");
        if rows == cols {
            return x;
        }
        if let Definition::Reshape(of) = *self.definition(x) {
            return of;
        }
        let shape = Shape::Shared { rows: cols, cols: rows };
        match *self.definition(x) {
            Definition::Spread(of) => self.spread(of, shape),
            _ => self.intern(Definition::Reshape(x), shape),
        }
    }

    /// Column `at` of a shared matrix.
    pub fn column(&mut self, x: Value, at: u32) -> Value {
        let (rows, cols) = self.shared_of(x, "a column");
        assert!(at < cols, "invariant: column {at} of {cols}");
        let shape = Shape::Shared { rows, cols: 1 };
        match *self.definition(x) {
            _ if cols == 1 => x,
            Definition::AtColumn { column, at: own } if own == at => column,
            Definition::AtColumn { .. } => self.zeros(shape),
            Definition::Spread(of) => self.spread(of, shape),
            _ => self.intern(Definition::Column { of: x, at }, shape),
        }
    }

    /// The shared `r × cols` matrix that is `x` in column `at` and 0 elsewhere.
    pub fn at_column(&mut self, x: Value, at: u32, cols: u32) -> Value {
        let (rows, own) = self.shared_of(x, "a column");
        assert!(own == 1 && at < cols, "invariant: one column at {at} of {cols}");
        let shape = Shape::Shared { rows, cols };
        if cols == 1 {
            return x;
        }
        if self.is_zero(x) {
            return self.zeros(shape);
        }
        self.intern(Definition::AtColumn { column: x, at }, shape)
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
        if let Some(whole) = self.whole(&all, rows) {
            return whole;
        }
        self.intern(Definition::Concat(all.into()), shape)
    }

    /// The value of whose `rows` rows the parts are the slices in their order.
    fn whole(&self, parts: &[Value], rows: u32) -> Option<Value> {
        let mut from = 0;
        let mut whole = None;
        for &part in parts {
            match *self.definition(part) {
                Definition::Slice { of, from: at } if at == from && whole.is_none_or(|w| w == of) => whole = Some(of),
                _ => return None,
            }
            from += self.shape(part).rows();
        }
        whole.filter(|&w| self.shape(w).rows() == rows)
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

    /// A value of `shape` that [`Builder::substitute`] replaces.
    pub(super) fn placeholder(&mut self, shape: Shape) -> Value {
        let id = self.len() as u32;
        self.intern(Definition::Placeholder(id), shape)
    }

    /// The roots with values replaced, those of `map` being replaced themselves and not looked into.
    pub(super) fn substitute(&mut self, roots: &[Value], map: &FxHashMap<Value, Value>) -> Vec<Value> {
        let live = self.reachable(roots);
        let mut new = map.clone();
        for i in (0..live.len()).filter(|&i| live[i]) {
            let value = Value(i as u32);
            let mut moved = false;
            self.arguments(value, |a| moved |= new.contains_key(&a));
            if moved && !new.contains_key(&value) {
                let rebuilt = self.rebuild(value, |v| new.get(&v).copied().unwrap_or(v));
                new.insert(value, rebuilt);
            }
        }
        roots.iter().map(|r| new.get(r).copied().unwrap_or(*r)).collect()
    }

    /// The operation of `value` on other arguments.
    fn rebuild(&mut self, value: Value, at: impl Fn(Value) -> Value) -> Value {
        let shape = self.shape(value);
        match self.definition(value).clone() {
            Definition::Constant(_)
            | Definition::Input { .. }
            | Definition::Parameter { .. }
            | Definition::Placeholder(_) => value,
            Definition::Product(w, x) => self.product(at(w), at(x)),
            Definition::ProductTransposed(w, z) => self.product_transposed(at(w), at(z)),
            Definition::Outer(z, x) => self.outer(at(z), at(x)),
            Definition::Elementwise(op, args) => {
                let args: Vec<Value> = args[..op.arity()].iter().map(|&a| at(a)).collect();
                let new = self.elementwise(op, &args);
                self.spread(new, shape)
            }
            Definition::Spread(x) => self.spread(at(x), shape),
            Definition::SumFeatures(x) => self.sum_features(at(x)),
            Definition::SumLanes(x) => self.sum_lanes(at(x)),
            Definition::SumEntries(x) => self.sum_entries(at(x)),
            Definition::Slice { of, from } => self.slice(at(of), from, shape.rows()),
            Definition::Column { of, at: k } => self.column(at(of), k),
            Definition::AtColumn { column, at: k } => self.at_column(at(column), k, shape.cols()),
            Definition::Concat(parts) => {
                let parts: Vec<Value> = parts.iter().map(|&p| at(p)).collect();
                self.concat(&parts)
            }
            Definition::Reshape(x) if shape.is_lanes() => self.reshape(at(x), shape.rows(), shape.cols()),
            Definition::Reshape(x) => self.transpose(at(x)),
            Definition::Gather(x, map) => self.gather(at(x), map),
            Definition::ScatterAdd(x, map) => self.scatter_add(at(x), map, shape.rows()),
            Definition::Solve(m, f) => self.solve(at(m), at(f)),
        }
    }

    /// Values of which `value` is made.
    pub(super) fn arguments(&self, value: Value, mut visit: impl FnMut(Value)) {
        match self.definition(value) {
            Definition::Constant(_)
            | Definition::Input { .. }
            | Definition::Parameter { .. }
            | Definition::Placeholder(_) => {}
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
            | Definition::Column { of: x, .. }
            | Definition::AtColumn { column: x, .. }
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

    /// The products that the outputs need, in the order of the program.
    pub fn multiplications(&self, outputs: &[Value]) -> Vec<Multiplication> {
        let live = self.reachable(outputs);
        let each: Vec<Vec<bool>> = outputs.iter().map(|output| self.reachable(&[*output])).collect();
        let mut list = Vec::new();
        for (i, definition) in self.definitions.iter().enumerate().filter(|(i, _)| live[*i]) {
            let made = Multiplication::of(definition, |v| self.shape(v), self.shapes[i]);
            let slot = |w: Value| self.behind(w);
            let output = each.iter().position(|reaches| reaches[i]);
            list.extend(made.map(|(m, w)| Multiplication { slot: w.and_then(slot), output, ..m }));
        }
        list
    }

    /// The parameter that a shared matrix is made of.
    fn behind(&self, matrix: Value) -> Option<u32> {
        let live = self.reachable(&[matrix]);
        (0..self.len()).filter(|i| live[*i]).find_map(|i| match self.definitions[i] {
            Definition::Parameter { slot } => Some(slot),
            _ => None,
        })
    }

    /// How many products the outputs need; *hidden* are those with a shared matrix of at least
    /// `threshold` rows and columns.
    pub fn products(&self, outputs: &[Value], threshold: u32) -> Products {
        Products::count(&self.multiplications(outputs), threshold)
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

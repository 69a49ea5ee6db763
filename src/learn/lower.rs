//! Expressions with nets as batched programs.
//!
//! A scalar expression becomes a row of numbers per sample; one inside a family becomes as many rows
//! as the family has terms, so that a net under a sum is more columns of the same products. An array
//! of `L` elements over a space of `T` terms is lanes with `L` features and `T` copies.

use crate::kernel::lower::LowerError;
use crate::kernel::lower::arithmetic::elementwise;
use crate::kernel::lower::constant::rational_times_pi;
use crate::kernel::lower::space::{SpaceId, Spaces};
use crate::lanes::{Function2, Operation};
use crate::limits;
use crate::symbolic::{Comparison, Entry, ExprId, FoldOp, Function, Graph, NetId, Node, Rational};
use crate::tensor::net::{self, Direction, Request, Term};
use crate::tensor::{Builder, Shape, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A value with the space whose terms its rows are.
#[derive(Clone, Copy, Debug)]
struct Rows {
    value: Value,
    space: SpaceId,
}

/// Lowers expressions of one graph into one program.
pub struct Lowering<'g> {
    graph: &'g Graph,
    spaces: Spaces<'g>,
    /// The program so far.
    pub builder: Builder,
    scalars: FxHashMap<ExprId, Rows>,
    arrays: FxHashMap<ExprId, Value>,
    /// The weights of each net.
    weights: Vec<Vec<Value>>,
    /// Constant columns, bound to parameter slots from `first_table` on.
    tables: Vec<Vec<f64>>,
    first_table: u32,
    /// Second derivatives of nets that are computed entry by entry.
    contracted: FxHashSet<ExprId>,
}

impl<'g> Lowering<'g> {
    /// A lowering whose constant tables take the parameter slots from `first_table` on. `weights` are
    /// the values of the weights of each net of the graph.
    pub fn new(graph: &'g Graph, builder: Builder, weights: Vec<Vec<Value>>, first_table: u32) -> Self {
        Lowering {
            graph,
            spaces: Spaces::new(graph),
            builder,
            scalars: FxHashMap::default(),
            arrays: FxHashMap::default(),
            weights,
            tables: Vec::new(),
            first_table,
            contracted: FxHashSet::default(),
        }
    }

    /// Hands over the program with its constant tables, which belong to the parameter slots from
    /// `first_table` on.
    pub fn release(&mut self) -> (Builder, Vec<Vec<f64>>) {
        (std::mem::take(&mut self.builder), std::mem::take(&mut self.tables))
    }

    /// Goes on with a program that was released.
    pub fn resume(&mut self, (builder, tables): (Builder, Vec<Vec<f64>>)) {
        (self.builder, self.tables) = (builder, tables);
    }

    /// Gives a leaf its value: a scalar one row, an array as many rows as it has elements.
    pub fn bind(&mut self, leaf: ExprId, value: Value) {
        if self.graph.array_length(leaf).is_some() {
            self.arrays.insert(leaf, value);
        } else {
            self.scalars.insert(leaf, Rows { value, space: SpaceId::SCALAR });
        }
    }

    /// Whether an expression has its value already.
    pub fn is_bound(&self, leaf: ExprId) -> bool {
        self.scalars.contains_key(&leaf) || self.arrays.contains_key(&leaf)
    }

    /// Scalars that depend on no family: one row each.
    pub fn scalars(&mut self, exprs: &[ExprId]) -> Result<Vec<Value>, LowerError> {
        self.lower(exprs)?;
        exprs.iter().map(|e| self.scalars.get(e).map(|r| r.value).ok_or(LowerError::NotScalar)).collect()
    }

    /// Arrays that depend on no family: a row for each element.
    pub fn arrays(&mut self, exprs: &[ExprId]) -> Result<Vec<Value>, LowerError> {
        self.lower(exprs)?;
        exprs.iter().map(|e| self.arrays.get(e).copied().ok_or(LowerError::NotScalar)).collect()
    }

    /// The gradient by the weights of each net of `Σ_lanes Σ cotangent·node`, with the cotangents held:
    /// for each net a value per array of weights.
    pub fn weight_gradients(&mut self, parts: &[(ExprId, ExprId)]) -> Result<Vec<(NetId, Vec<Value>)>, LowerError> {
        let mut needed: Vec<ExprId> = parts.iter().map(|p| p.1).collect();
        for (node, _) in parts {
            // what a node is computed from, and not the node
            self.graph.node(*node).for_each_child(|child| needed.push(child));
        }
        self.lower(&needed)?;
        let mut groups: Vec<((NetId, ExprId), Vec<Term>)> = Vec::new();
        for (node, cotangent) in parts {
            let Node::Net { net, point, weight, tangents } = self.graph.node(*node) else { continue };
            let mut directions = self.directions(tangents)?;
            let weight = match weight {
                Some(w) => {
                    directions.extend(self.directions(&[*cotangent])?);
                    self.weight_of(*w)?
                }
                None => self.weight_of(*cotangent)?,
            };
            let term = Term { weight, tangents: directions };
            match groups.iter_mut().find(|(key, _)| *key == (*net, *point)) {
                Some((_, terms)) => terms.push(term),
                None => groups.push(((*net, *point), vec![term])),
            }
        }
        let mut gradients: Vec<(NetId, Vec<Value>)> = Vec::new();
        for ((id, point), terms) in groups {
            let info = self.graph.net_info(id);
            let (a, inputs, outputs) = (&info.architecture, info.inputs, info.outputs);
            let point = self.array(point)?;
            let weights = &self.weights[id.index()];
            let found = net::parameter_gradient(&mut self.builder, a, inputs, outputs, weights, point, &terms);
            match gradients.iter_mut().find(|(net, _)| *net == id) {
                Some((_, sums)) => {
                    for (sum, more) in sums.iter_mut().zip(found) {
                        *sum = self.builder.add(*sum, more);
                    }
                }
                None => gradients.push((id, found)),
            }
        }
        Ok(gradients)
    }

    fn array(&self, expr: ExprId) -> Result<Value, LowerError> {
        self.arrays.get(&expr).copied().ok_or(LowerError::NotScalar)
    }

    fn lower(&mut self, roots: &[ExprId]) -> Result<(), LowerError> {
        let order = self.graph.reachable(roots);
        self.choose_contractions(&order, roots);
        for e in order {
            if !self.is_bound(e) {
                self.node(e)?;
            }
        }
        Ok(())
    }

    /// Second derivatives of a net that are read entry by entry: `w·D²f[t, e_i]` from the streams of `t`
    /// and `e_i` where that takes no more streams than there would be reverse passes.
    fn choose_contractions(&mut self, order: &[ExprId], roots: &[ExprId]) {
        type Group = (NetId, ExprId, ExprId);
        let mut entries: FxHashMap<ExprId, Vec<i64>> = FxHashMap::default();
        let mut whole: FxHashSet<ExprId> = roots.iter().copied().collect();
        for e in order {
            match self.graph.node(*e) {
                Node::Read { array, index } if self.graph.as_integer(*index).is_some() => {
                    entries.entry(*array).or_default().extend(self.graph.as_integer(*index));
                }
                node => node.for_each_child(|child| {
                    whole.insert(child);
                }),
            }
        }
        self.contracted.retain(|e| !whole.contains(e));
        let mut groups: Vec<(Group, Vec<ExprId>)> = Vec::new();
        for e in order {
            if let Node::Net { net, point, weight: Some(weight), tangents } = self.graph.node(*e)
                && !tangents.is_empty()
                && !whole.contains(e)
            {
                let key = (*net, *point, *weight);
                match groups.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, list)) => list.push(*e),
                    None => groups.push((key, vec![*e])),
                }
            }
        }
        for (_, nodes) in groups {
            let mut units: Vec<i64> = nodes.iter().flat_map(|e| entries.get(e)).flatten().copied().collect();
            units.sort_unstable();
            units.dedup();
            let mut known: Vec<i64> = Vec::new();
            for e in &nodes {
                if let Node::Net { tangents, .. } = self.graph.node(*e) {
                    known.extend(tangents.iter().filter_map(|t| self.unit(*t)));
                }
            }
            units.retain(|u| !known.contains(u));
            if units.len() <= nodes.len() {
                self.contracted.extend(nodes);
            }
        }
    }

    /// `i` where an array is the unit vector `e_i`.
    fn unit(&self, array: ExprId) -> Option<i64> {
        match self.graph.node(array) {
            Node::Scatter { entries, .. } => match &entries[..] {
                [Entry { index, value }] if *value == self.graph.one() => self.graph.as_integer(*index),
                _ => None,
            },
            _ => None,
        }
    }

    // Spaces

    /// A value repeated over the terms of another space.
    fn project(&mut self, rows: Rows, to: SpaceId) -> Result<Value, LowerError> {
        if rows.space == to || rows.space == SpaceId::SCALAR || self.builder.shape(rows.value) == Shape::NUMBER {
            return Ok(rows.value);
        }
        let map = self.spaces.projection(to, rows.space)?;
        Ok(self.builder.gather(rows.value, map.into()))
    }

    /// A scalar's rows, one for each term of `to`, as lanes.
    fn spread(&mut self, rows: Rows, to: SpaceId) -> Result<Value, LowerError> {
        let value = self.project(rows, to)?;
        let features = self.count(to)?;
        Ok(self.builder.spread(value, Shape::lanes(features)))
    }

    fn count(&mut self, space: SpaceId) -> Result<u32, LowerError> {
        let count = self.spaces.count(space)?;
        u32::try_from(count).map_err(|_| LowerError::TooManyTerms { terms: count as u64 })
    }

    /// A constant for each term of a space.
    fn table(&mut self, values: Vec<f64>) -> Value {
        if values.iter().all(|v| v.to_bits() == values[0].to_bits()) {
            return self.builder.constant(values[0]);
        }
        let rows = values.len() as u32;
        self.matrix(values, rows, 1)
    }

    fn matrix(&mut self, values: Vec<f64>, rows: u32, columns: u32) -> Value {
        let at = match self.tables.iter().position(|t| *t == values) {
            Some(at) => at,
            None => {
                self.tables.push(values);
                self.tables.len() - 1
            }
        };
        self.builder.parameter(self.first_table + at as u32, rows, columns)
    }

    // Nodes

    fn node(&mut self, e: ExprId) -> Result<(), LowerError> {
        let graph = self.graph;
        let space = self.spaces.of(e);
        let value = match graph.node(e) {
            Node::Number(value) => self.builder.constant(value.to_f64()),
            Node::Pi => self.builder.constant(std::f64::consts::PI),
            Node::Bool(value) => self.builder.constant(f64::from(u8::from(*value))),
            Node::Symbol(symbol) | Node::ArraySymbol(symbol) => {
                return Err(LowerError::Unbound { name: graph.symbol_info(*symbol).name.clone() });
            }
            Node::Abstract { symbol, .. } => {
                return Err(LowerError::Abstract { name: graph.symbol_info(*symbol).name.clone() });
            }
            Node::Sum { constant, terms } => self.sum(constant, terms, space)?,
            Node::Product { coefficient, factors } => self.product(coefficient, factors, space)?,
            Node::Power { base, exponent } => {
                self.apply(Operation::Call2(Function2::Pow), &[*base, *exponent], space)?
            }
            Node::Call { function, args } => self.call(*function, args, space)?,
            Node::Compare { op, left, right } => {
                let (operation, a, b) = match op {
                    Comparison::Less => (Operation::Less, left, right),
                    Comparison::LessEqual => (Operation::LessEqual, left, right),
                    Comparison::Greater => (Operation::Less, right, left),
                    Comparison::GreaterEqual => (Operation::LessEqual, right, left),
                    Comparison::Equal => (Operation::Equal, left, right),
                    Comparison::NotEqual => (Operation::NotEqual, left, right),
                };
                self.apply(operation, &[*a, *b], space)?
            }
            Node::And(list) => self.chain(Operation::And, list, space)?,
            Node::Or(list) => self.chain(Operation::Or, list, space)?,
            Node::Not(inner) => self.apply(Operation::Not, &[*inner], space)?,
            Node::Select { condition, then, otherwise } => {
                self.apply(Operation::Select, &[*condition, *then, *otherwise], space)?
            }
            Node::Index { .. } => {
                let values = self.spaces.values(space, e)?;
                self.table(values)
            }
            Node::Read { array, index } => self.read(*array, *index, space)?,
            Node::SumOver { domain, body } => {
                let inner = self.spaces.space([*domain]);
                let whole = self.spaces.union(space, inner);
                let rows = self.rows(*body)?;
                let terms = self.spread(rows, whole)?;
                if space == SpaceId::SCALAR {
                    self.builder.sum_features(terms)
                } else {
                    let map = self.spaces.projection(whole, space)?;
                    let count = self.count(space)?;
                    self.builder.scatter_add(terms, map.into(), count)
                }
            }
            Node::Fold { op, domain, body } => {
                let inner = self.spaces.space([*domain]);
                let whole = self.spaces.union(space, inner);
                let rows = self.rows(*body)?;
                let terms = self.spread(rows, whole)?;
                if space != SpaceId::SCALAR {
                    return Err(LowerError::NotScalar);
                }
                let operation = if *op == FoldOp::Min { Operation::Min } else { Operation::Max };
                let count = self.count(whole)?;
                let parts: Vec<Value> = (0..count).map(|k| self.builder.slice(terms, k, 1)).collect();
                let all = parts.into_iter().reduce(|a, b| self.builder.elementwise(operation, &[a, b]));
                all.ok_or(LowerError::NotScalar)?
            }
            Node::Scan { .. } | Node::Scatter { .. } | Node::Net { .. } => return self.array_node(e, space),
        };
        self.scalars.insert(e, Rows { value, space });
        Ok(())
    }

    fn rows(&self, e: ExprId) -> Result<Rows, LowerError> {
        self.scalars.get(&e).copied().ok_or(LowerError::NotScalar)
    }

    fn apply(&mut self, operation: Operation, args: &[ExprId], space: SpaceId) -> Result<Value, LowerError> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let rows = self.rows(*arg)?;
            values.push(self.project(rows, space)?);
        }
        Ok(self.builder.elementwise(operation, &values))
    }

    fn chain(&mut self, operation: Operation, list: &[ExprId], space: SpaceId) -> Result<Value, LowerError> {
        let mut total: Option<Value> = None;
        for e in list {
            let rows = self.rows(*e)?;
            let value = self.project(rows, space)?;
            total = Some(match total {
                Some(total) => self.builder.elementwise(operation, &[total, value]),
                None => value,
            });
        }
        total.ok_or(LowerError::NotScalar)
    }

    fn sum(&mut self, constant: &Rational, terms: &[(ExprId, Rational)], space: SpaceId) -> Result<Value, LowerError> {
        let mut total = (!constant.is_zero()).then(|| self.builder.constant(constant.to_f64()));
        for (term, c) in terms {
            let rows = self.rows(*term)?;
            let value = self.project(rows, space)?;
            let size = c.abs();
            let value = if size.is_one() { value } else { self.builder.scale(size.to_f64(), value) };
            total = Some(match (total, c.is_negative()) {
                (Some(total), true) => self.builder.sub(total, value),
                (Some(total), false) => self.builder.add(total, value),
                (None, true) => self.builder.neg(value),
                (None, false) => value,
            });
        }
        total.ok_or(LowerError::NotScalar)
    }

    fn product(
        &mut self,
        coefficient: &Rational,
        factors: &[(ExprId, Rational)],
        space: SpaceId,
    ) -> Result<Value, LowerError> {
        let mut power_of_pi = 0;
        let (mut above, mut below): (Option<Value>, Option<Value>) = (None, None);
        for (base, exponent) in factors {
            if let (Node::Pi, Some(n)) = (self.graph.node(*base), exponent.as_i64()) {
                power_of_pi += n;
                continue;
            }
            let rows = self.rows(*base)?;
            let value = self.project(rows, space)?;
            let power = self.power(value, &exponent.abs());
            let side = if exponent.is_negative() { &mut below } else { &mut above };
            *side = Some(match *side {
                Some(product) => self.builder.mul(product, power),
                None => power,
            });
        }
        let scale = rational_times_pi(coefficient, power_of_pi);
        let above = match above {
            Some(above) if scale == 1.0 => above,
            Some(above) if scale == -1.0 => self.builder.neg(above),
            Some(above) => self.builder.scale(scale, above),
            None => self.builder.constant(scale),
        };
        Ok(match below {
            Some(below) => self.builder.div(above, below),
            None => above,
        })
    }

    /// `bᵉ` for e > 0.
    fn power(&mut self, base: Value, exponent: &Rational) -> Value {
        match exponent.as_small() {
            Some((n, 1)) if n <= 64 => self.natural(base, n as u32),
            Some((n, 2)) if n <= 64 => {
                let root = self.builder.elementwise(Operation::Sqrt, &[base]);
                if n == 1 {
                    return root;
                }
                let whole = self.natural(base, (n / 2) as u32);
                self.builder.mul(whole, root)
            }
            _ => {
                let exponent = self.builder.constant(exponent.to_f64());
                self.builder.elementwise(Operation::Call2(Function2::Pow), &[base, exponent])
            }
        }
    }

    fn natural(&mut self, base: Value, n: u32) -> Value {
        let mut result: Option<Value> = None;
        let (mut square, mut rest) = (base, n);
        while rest > 0 {
            if rest & 1 == 1 {
                result = Some(match result {
                    Some(r) => self.builder.mul(r, square),
                    None => square,
                });
            }
            rest >>= 1;
            if rest > 0 {
                square = self.builder.mul(square, square);
            }
        }
        result.unwrap_or_else(|| self.builder.constant(1.0))
    }

    fn call(&mut self, function: Function, args: &[ExprId], space: SpaceId) -> Result<Value, LowerError> {
        match function {
            Function::Min => self.chain(Operation::Min, args, space),
            Function::Max => self.chain(Operation::Max, args, space),
            _ => match elementwise(function) {
                Some(operation) => self.apply(operation, args, space),
                None => Err(LowerError::NotScalar),
            },
        }
    }

    fn read(&mut self, array: ExprId, index: ExprId, space: SpaceId) -> Result<Value, LowerError> {
        let graph = self.graph;
        if let Node::Net { net, point, weight: Some(weight), tangents } = graph.node(array)
            && self.contracted.contains(&array)
        {
            let k = graph.as_integer(index).and_then(|k| u32::try_from(k).ok()).ok_or(LowerError::NotScalar)?;
            let mut directions = self.directions(tangents)?;
            directions.push(vec![(k, self.builder.constant(1.0))]);
            let term = Term { weight: self.weight_of(*weight)?, tangents: directions };
            let info = graph.net_info(*net);
            let point = self.array(*point)?;
            let weights = &self.weights[net.index()];
            let a = &info.architecture;
            let b = &mut self.builder;
            let value = net::contraction(b, a, info.inputs, info.outputs, weights, point, &[term]);
            let copies = self.builder.shape(value).cols();
            return Ok(self.builder.reshape(value, copies, 1));
        }
        let value = self.array(array)?;
        let length = graph.array_length(array).unwrap_or(0);
        let outer = self.spaces.of(array);
        let terms = self.count(outer)?;
        let at = self.spaces.values(space, index)?;
        let belongs = self.spaces.projection(space, outer)?;
        let mut flat = if terms == 1 { value } else { self.builder.reshape(value, length * terms, 1) };
        let inside = |k: f64| (0.0..f64::from(length)).contains(&k);
        if !at.iter().all(|k| inside(*k)) {
            let shape = match self.builder.shape(flat) {
                Shape::Lanes { copies, .. } => Shape::Lanes { features: 1, copies },
                Shape::Shared { cols, .. } => Shape::Shared { rows: 1, cols },
            };
            let zero = self.builder.zeros(shape);
            flat = self.builder.concat(&[flat, zero]);
        }
        let row = |(k, t): (&f64, &u32)| if inside(*k) { *k as u32 * terms + t } else { length * terms };
        let map: Vec<u32> = at.iter().zip(&belongs).map(row).collect();
        Ok(self.builder.gather(flat, map.into()))
    }

    fn array_node(&mut self, e: ExprId, space: SpaceId) -> Result<(), LowerError> {
        if self.contracted.contains(&e) {
            return Ok(());
        }
        let value = match self.graph.node(e) {
            Node::Scan { domain, body, reverse } => self.scan(*domain, *body, *reverse, space)?,
            Node::Scatter { length, entries, .. } => self.scatter(*length, entries, space)?,
            Node::Net { net, point, weight, tangents } => {
                let info = self.graph.net_info(*net);
                let request = Request {
                    weight: match weight {
                        // 1 for one output, written as it is where no weight is given
                        Some(w) => match self.weight_of(*w)? {
                            None => Some(self.builder.constant(1.0)),
                            given => given,
                        },
                        None => None,
                    },
                    tangents: self.directions(tangents)?,
                };
                let point = self.array(*point)?;
                let weights = &self.weights[net.index()];
                let (a, b) = (&info.architecture, &mut self.builder);
                net::emit(b, a, info.inputs, info.outputs, weights, point, &[request])[0]
            }
            _ => return Err(LowerError::NotScalar),
        };
        self.arrays.insert(e, value);
        Ok(())
    }

    /// Arrays of inputs as combinations of unit vectors.
    fn directions(&mut self, tangents: &[ExprId]) -> Result<Vec<Direction>, LowerError> {
        let mut list = Vec::with_capacity(tangents.len());
        for t in tangents {
            let written = match self.graph.node(*t) {
                Node::Scatter { entries, .. } => entries
                    .iter()
                    .map(|e| Some((u32::try_from(self.graph.as_integer(e.index)?).ok()?, e.value)))
                    .collect::<Option<Vec<_>>>(),
                _ => None,
            };
            let mut direction = Vec::new();
            match written {
                Some(entries) => {
                    let outer = self.spaces.of(*t);
                    let copies = self.count(outer)?;
                    for (k, value) in entries {
                        let rows = self.rows(value)?;
                        let mut value = self.project(rows, outer)?;
                        if self.builder.shape(value).is_lanes() && copies > 1 {
                            value = self.builder.spread(value, Shape::lanes(copies));
                            value = self.builder.reshape(value, 1, copies);
                        }
                        direction.push((k, value));
                    }
                    direction.sort_by_key(|(k, _)| *k);
                }
                None => {
                    let array = self.array(*t)?;
                    for k in 0..self.graph.array_length(*t).unwrap_or(0) {
                        direction.push((k, self.builder.slice(array, k, 1)));
                    }
                }
            }
            list.push(direction);
        }
        Ok(list)
    }

    /// The factor of the outputs; `None` where it is 1 for one output.
    fn weight_of(&mut self, weight: ExprId) -> Result<Option<Value>, LowerError> {
        let value = self.array(weight)?;
        let one = self.graph.array_length(weight) == Some(1) && self.builder.number(value) == Some(1.0);
        Ok((!one).then_some(value))
    }

    fn scatter(&mut self, length: u32, entries: &[Entry], outer: SpaceId) -> Result<Value, LowerError> {
        let terms = self.count(outer)?;
        let places: Option<Vec<u32>> = entries
            .iter()
            .map(|e| self.graph.as_integer(e.index).and_then(|k| u32::try_from(k).ok()).filter(|k| *k < length))
            .collect();
        let mut distinct = places.clone().unwrap_or_default();
        distinct.sort_unstable();
        distinct.dedup();
        let mut local = true;
        for e in entries {
            let space = self.spaces.of(e.value);
            local &= self.spaces.union(space, outer) == outer;
        }
        if let Some(places) = places.filter(|p| local && p.len() == distinct.len()) {
            let row = Shape::Lanes { features: 1, copies: terms };
            let mut parts = vec![self.builder.zeros(row); length as usize];
            for (k, e) in places.iter().zip(entries) {
                let rows = self.rows(e.value)?;
                let value = self.spread(rows, outer)?;
                parts[*k as usize] = self.builder.reshape(value, 1, terms);
            }
            return Ok(self.builder.concat(&parts));
        }
        let flat = length * terms;
        let mut total: Option<Value> = None;
        for e in entries {
            let (a, b) = (self.spaces.of(e.index), self.spaces.of(e.value));
            let both = self.spaces.union(a, b);
            let whole = self.spaces.union(both, outer);
            let rows = self.rows(e.value)?;
            let value = self.spread(rows, whole)?;
            let at = self.spaces.values(whole, e.index)?;
            let belongs = self.spaces.projection(whole, outer)?;
            let inside = |k: f64| (0.0..f64::from(length)).contains(&k);
            let kept: Vec<u32> = (0..at.len() as u32).filter(|i| inside(at[*i as usize])).collect();
            if kept.is_empty() {
                continue;
            }
            let row = |i: &u32| at[*i as usize] as u32 * terms + belongs[*i as usize];
            let map: Vec<u32> = kept.iter().map(row).collect();
            let value = self.builder.gather(value, kept.into());
            let part = self.builder.scatter_add(value, map.into(), flat);
            total = Some(match total {
                Some(total) => self.builder.add(total, part),
                None => part,
            });
        }
        let total = total.unwrap_or_else(|| self.builder.zeros(Shape::lanes(flat)));
        Ok(self.builder.reshape(total, length, terms))
    }

    /// Running sums as a product with a triangle of ones.
    fn scan(
        &mut self,
        domain: crate::symbolic::DomainId,
        body: ExprId,
        reverse: bool,
        outer: SpaceId,
    ) -> Result<Value, LowerError> {
        let inner = self.spaces.space([domain]);
        let whole = self.spaces.union(outer, inner);
        let rows = self.rows(body)?;
        let value = self.spread(rows, whole)?;
        let (terms, length) = (self.count(outer)?, self.count(inner)?);
        if length as usize > limits::LEARNED_ROWS {
            return Err(LowerError::MatrixTooLarge { rows: length as usize, limit: limits::LEARNED_ROWS });
        }
        let place = self.spaces.projection(whole, inner)?;
        let belongs = self.spaces.projection(whole, outer)?;
        let mut map = vec![0u32; place.len()];
        for (i, (l, t)) in place.iter().zip(&belongs).enumerate() {
            map[(l * terms + t) as usize] = i as u32;
        }
        let ordered: Arc<[u32]> = map.into();
        let value = self.builder.gather(value, ordered);
        let value = self.builder.reshape(value, length, terms);
        let below = |k: u32| if reverse { k / length <= k % length } else { k / length >= k % length };
        let ones: Vec<f64> = (0..length * length).map(|k| f64::from(u8::from(below(k)))).collect();
        let triangle = self.matrix(ones, length, length);
        Ok(self.builder.product(triangle, value))
    }
}

//! Learned functions: array-valued nodes that are closed under differentiation.
//!
//! For a net `f: ℝⁿ → ℝᵐ` a [`Node::Net`] without weight is a *push*, the k-fold directional derivative
//! `Dᵏf(x)[t₁ … t_k]` (an array of m; k = 0 is the value), and one with a weight `w` a *pull*, the
//! gradient `∂/∂x (w·Dᵏf(x)[t₁ … t_k])` (an array of n). Their derivatives are pushes and pulls again
//! (Griewank & Walther, Evaluating Derivatives, 2008, chapters 3 and 5):
//!
//! | of | by `x` along `d` | adjoint of `x` | adjoint of `tᵢ` | adjoint of `w` |
//! |---|---|---|---|---|
//! | push, cotangent `c` | push of `t…, d` | pull of `c; t…` | pull of `c; t… without tᵢ` | – |
//! | pull, cotangent `c` | pull of `w; t…, d` | pull of `w; t…, c` | pull of `w; t… without tᵢ, c` | push of `t…, c` |
//!
//! The weights of a net are no part of the graph: an [`Architecture`] says how many there are.

use super::derivative::Seeds;
use super::function::Function;
use super::graph::Graph;
use super::node::{Entry, ExprId, Node, SymbolInfo};
use super::substitute::Substitution;
use crate::limits;

/// A net of one [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetId(pub(super) u32);

impl NetId {
    /// Its place in the order of declaration.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The function between the layers of a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `tanh z`
    Tanh,
    /// `ln(1 + eᶻ)`
    Softplus,
    /// `1/(1 + e⁻ᶻ)`
    Sigmoid,
    /// `z/(1 + e⁻ᶻ)`
    Swish,
    /// `sin z`
    Sin,
    /// `max(z, 0)`
    Relu,
}

impl Activation {
    /// Every one of them.
    pub const ALL: &'static [Activation] = &[
        Activation::Tanh,
        Activation::Softplus,
        Activation::Sigmoid,
        Activation::Swish,
        Activation::Sin,
        Activation::Relu,
    ];

    /// Its word in a file.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Tanh => "tanh",
            Activation::Softplus => "softplus",
            Activation::Sigmoid => "sigmoid",
            Activation::Swish => "swish",
            Activation::Sin => "sin",
            Activation::Relu => "relu",
        }
    }

    /// One line.
    pub fn about(self) -> &'static str {
        match self {
            Activation::Tanh => "tanh z",
            Activation::Softplus => "ln(1 + e^z), convex",
            Activation::Sigmoid => "1/(1 + e^(-z))",
            Activation::Swish => "z/(1 + e^(-z))",
            Activation::Sin => "sin z",
            Activation::Relu => "max(z, 0), convex; one derivative only, so not for a Lagrangian or a Hamiltonian",
        }
    }

    /// How many derivatives it has (almost everywhere); `None`: all.
    pub fn derivatives(self) -> Option<u32> {
        (self == Activation::Relu).then_some(1)
    }

    /// Whether it is convex and increasing, so that nets with positive weights are convex.
    pub fn is_convex(self) -> bool {
        matches!(self, Activation::Softplus | Activation::Relu)
    }

    fn apply(self, g: &mut Graph, z: ExprId) -> ExprId {
        match self {
            Activation::Tanh => g.call(Function::Tanh, &[z]),
            Activation::Softplus => g.call(Function::Softplus, &[z]),
            Activation::Sigmoid => g.call(Function::Sigmoid, &[z]),
            Activation::Swish => {
                let gate = g.call(Function::Sigmoid, &[z]);
                g.mul(z, gate)
            }
            Activation::Sin => g.call(Function::Sin, &[z]),
            Activation::Relu => {
                let zero = g.zero();
                g.call(Function::Max, &[z, zero])
            }
        }
    }
}

/// A multilayer perceptron: `h₁ = s(W₁x + b₁)`, `h_k = [h_{k−1} +] s(W_k h_{k−1} + b_k)`,
/// `f = W h + b`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// Widths of the hidden layers.
    pub hidden: Vec<u32>,
    /// `s`
    pub activation: Activation,
    /// Adds the layer before where the widths agree.
    pub residual: bool,
    /// Whether the hidden layers have biases.
    pub hidden_bias: bool,
    /// Whether the last layer has one.
    pub output_bias: bool,
    /// All weight matrices behind the first enter as `softplus(W)`: the net is convex in all inputs
    /// where the activation is convex and increasing.
    pub convex: bool,
}

/// What one array of weights of a net is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightShape {
    /// `W1`, `b1`, `W2`, …
    pub name: String,
    /// Outputs of the layer.
    pub rows: u32,
    /// Its inputs; 1 for a bias.
    pub columns: u32,
}

impl Architecture {
    /// The arrays of weights in their order `W1 b1 W2 b2 …`, row by row; absent biases are left out.
    pub fn weights(&self, inputs: u32, outputs: u32) -> Vec<WeightShape> {
        let mut list = Vec::new();
        let mut columns = inputs;
        let widths = self.hidden.iter().copied().chain(std::iter::once(outputs));
        for (k, rows) in widths.enumerate() {
            list.push(WeightShape { name: format!("W{}", k + 1), rows, columns });
            let bias = if k < self.hidden.len() { self.hidden_bias } else { self.output_bias };
            if bias {
                list.push(WeightShape { name: format!("b{}", k + 1), rows, columns: 1 });
            }
            columns = rows;
        }
        list
    }

    /// Number of weights.
    pub fn count(&self, inputs: u32, outputs: u32) -> u64 {
        self.weights(inputs, outputs).iter().map(|w| u64::from(w.rows) * u64::from(w.columns)).sum()
    }
}

/// What is known of a net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetInfo {
    /// As the user wrote it.
    pub name: String,
    /// n
    pub inputs: u32,
    /// m
    pub outputs: u32,
    /// How it is computed.
    pub architecture: Architecture,
}

impl Graph {
    /// Declares a net; each call makes a new one, also for a name that exists.
    pub fn net(&mut self, info: NetInfo) -> NetId {
        let id = NetId(self.nets.len() as u32);
        self.nets.push(info);
        id
    }

    /// What is known of a net.
    pub fn net_info(&self, net: NetId) -> &NetInfo {
        &self.nets[net.index()]
    }

    /// All nets in the order of declaration.
    pub fn nets(&self) -> impl Iterator<Item = (NetId, &NetInfo)> {
        self.nets.iter().enumerate().map(|(i, info)| (NetId(i as u32), info))
    }

    /// `f(inputs)`, component by component.
    pub fn net_call(&mut self, net: NetId, inputs: &[ExprId]) -> Vec<ExprId> {
        let point = self.bundle(inputs);
        let value = self.net_node(net, point, None, &[]);
        self.elements(value)
    }

    /// Scalars as an array. All elements of one array in their order are that array.
    pub fn bundle(&mut self, items: &[ExprId]) -> ExprId {
        if let Some(Node::Read { array, .. }) = items.first().map(|first| self.node(*first)) {
            let array = *array;
            let is_element = |(k, item): (usize, &ExprId)| matches!(*self.node(*item), Node::Read { array: a, index } if a == array && self.as_integer(index) == Some(k as i64));
            if self.array_length(array) == Some(items.len() as u32) && items.iter().enumerate().all(is_element) {
                return array;
            }
        }
        let mut outer = Vec::new();
        let mut entries = Vec::with_capacity(items.len());
        for (k, item) in items.iter().enumerate() {
            outer.extend_from_slice(self.domains_of(*item));
            entries.push(Entry { index: self.integer(k as i64), value: *item });
        }
        self.scatter_within(items.len() as u32, &outer, &entries)
    }

    /// The elements of an array, one by one.
    pub fn elements(&mut self, array: ExprId) -> Vec<ExprId> {
        let length = i64::from(self.array_length(array).unwrap_or(0));
        let element = |k| {
            let k = self.integer(k);
            self.read(array, k)
        };
        (0..length).map(element).collect()
    }

    /// A push (`weight` none) or pull; zero where a direction or the weight is zero.
    pub fn net_node(&mut self, net: NetId, point: ExprId, weight: Option<ExprId>, tangents: &[ExprId]) -> ExprId {
        let info = self.net_info(net);
        let length = if weight.is_some() { info.inputs } else { info.outputs };
        if tangents.iter().chain(weight.as_ref()).any(|a| self.is_zero_array(*a)) {
            return self.scatter(length, &[]);
        }
        let mut tangents = tangents.to_vec();
        tangents.sort_unstable();
        self.intern(Node::Net { net, point, weight, tangents: tangents.into() })
    }

    fn is_zero_array(&self, array: ExprId) -> bool {
        matches!(self.node(array), Node::Scatter { entries, .. } if entries.is_empty())
    }

    /// Number of derivatives of the net that a node takes.
    pub fn net_order(&self, expr: ExprId) -> u32 {
        match self.node(expr) {
            Node::Net { weight, tangents, .. } => tangents.len() as u32 + u32::from(weight.is_some()),
            _ => 0,
        }
    }

    /// The sum of arrays of one length.
    pub(super) fn add_arrays(&mut self, arrays: &[ExprId]) -> ExprId {
        if let [single] = arrays {
            return *single;
        }
        let length = self.array_length(arrays[0]).unwrap_or(0);
        let mut entries = Vec::new();
        let mut outer = Vec::new();
        for array in arrays {
            outer.extend_from_slice(self.domains_of(*array));
        }
        for index in self.places(length, &outer) {
            let values: Vec<ExprId> = arrays.iter().map(|a| self.read(*a, index)).collect();
            entries.push(Entry { index, value: self.sum(&values) });
        }
        self.scatter_within(length, &outer, &entries)
    }

    /// The places of an array: written out where it is short, else one index over all of them.
    fn places(&mut self, length: u32, outer: &[super::DomainId]) -> Vec<ExprId> {
        if u64::from(length) <= limits::BUNDLE as u64 {
            return (0..i64::from(length)).map(|k| self.integer(k)).collect();
        }
        let level = outer.iter().map(|d| self.domain_info(*d).level + 1).max().unwrap_or(0);
        let domain = self.domain(level, &[(0, i64::from(length) - 1)], None);
        vec![self.index(domain, 0)]
    }

    /// The change of a net node from those of its arrays.
    pub(super) fn net_tangent(
        &mut self,
        expr: ExprId,
        change: &dyn Fn(&Graph, ExprId) -> Option<ExprId>,
    ) -> Option<ExprId> {
        let Node::Net { net, point, weight, tangents } = self.node(expr).clone() else { return None };
        let mut terms = Vec::new();
        if let Some(d) = change(self, point) {
            let more: Vec<ExprId> = tangents.iter().copied().chain([d]).collect();
            terms.push(self.net_node(net, point, weight, &more));
        }
        if let Some(d) = weight.and_then(|w| change(self, w)) {
            terms.push(self.net_node(net, point, Some(d), &tangents));
        }
        for (i, t) in tangents.iter().enumerate() {
            if let Some(d) = change(self, *t) {
                let mut other = tangents.to_vec();
                other[i] = d;
                terms.push(self.net_node(net, point, weight, &other));
            }
        }
        terms.retain(|t| !self.is_zero_array(*t));
        if terms.is_empty() { None } else { Some(self.add_arrays(&terms)) }
    }

    /// The adjoints of the arrays of a net node, from the entries of its own: `(array, entries)`.
    pub(super) fn net_adjoints(&mut self, expr: ExprId, entries: &[Entry]) -> Vec<(ExprId, Vec<Entry>)> {
        let Node::Net { net, point, weight, tangents } = self.node(expr).clone() else { return Vec::new() };
        let outer = self.domains_of(expr).to_vec();
        let length = self.array_length(expr).unwrap_or(0);
        let cotangent = self.array_of(length, &outer, entries);
        let without = |i: usize| {
            let mut rest = tangents.to_vec();
            rest.remove(i);
            rest
        };
        let mut out = Vec::new();
        match weight {
            None => {
                out.push((point, self.net_node(net, point, Some(cotangent), &tangents)));
                for (i, t) in tangents.iter().enumerate() {
                    out.push((*t, self.net_node(net, point, Some(cotangent), &without(i))));
                }
            }
            Some(w) => {
                let with = |mut list: Vec<ExprId>| {
                    list.push(cotangent);
                    list
                };
                out.push((point, self.net_node(net, point, weight, &with(tangents.to_vec()))));
                for (i, t) in tangents.iter().enumerate() {
                    out.push((*t, self.net_node(net, point, weight, &with(without(i)))));
                }
                out.push((w, self.net_node(net, point, None, &with(tangents.to_vec()))));
            }
        }
        let entries_of = |(array, adjoint): (ExprId, ExprId)| {
            let length = self.array_length(adjoint).unwrap_or(0);
            let list = self.places(length, &outer).into_iter();
            let list = list.map(|index| Entry { index, value: self.read(adjoint, index) });
            (array, list.collect())
        };
        out.into_iter().map(entries_of).collect()
    }

    /// The array that entries add up to: one that is read at every place is the array itself.
    pub(super) fn array_of(&mut self, length: u32, outer: &[super::DomainId], entries: &[Entry]) -> ExprId {
        if let [Entry { index, value }] = entries
            && let Node::Read { array, index: at } = *self.node(*value)
            && at == *index
            && self.array_length(array) == Some(length)
            && let [domain] = self.domains_of(*index)
            && matches!(self.node(*index), Node::Index { .. })
            && self.domain_info(*domain).ranges == [(0, i64::from(length) - 1)]
            && self.domain_info(*domain).condition.is_none()
            && !outer.contains(domain)
            && !self.depends_on_domain(array, *domain)
        {
            return array;
        }
        if entries.len() == length as usize {
            let mut items = vec![None; length as usize];
            for e in entries {
                let place = self.as_integer(e.index).and_then(|k| usize::try_from(k).ok());
                if let Some(slot) = place.and_then(|k| items.get_mut(k)) {
                    *slot = Some(e.value);
                }
            }
            let inside = |v: &ExprId| self.domains_of(*v).iter().all(|d| outer.contains(d));
            if let Some(items) = items.into_iter().collect::<Option<Vec<ExprId>>>()
                && items.iter().all(inside)
                && let whole = self.bundle(&items)
                && !matches!(self.node(whole), Node::Scatter { .. })
            {
                return whole;
            }
        }
        self.scatter_within(length, outer, entries)
    }

    /// The expressions with every net written out as a formula of its weights: `weights` gives the
    /// arrays of a net in the order of [`Architecture::weights`]. Independent of the rules for pushes
    /// and pulls, so an oracle of them; only for small nets.
    pub fn expand_nets(
        &mut self,
        exprs: &[ExprId],
        weights: &mut dyn FnMut(&mut Graph, NetId) -> Vec<ExprId>,
    ) -> Vec<ExprId> {
        let mut map = Substitution::default();
        let mut roots = exprs.to_vec();
        loop {
            let next = self.reachable(&roots).into_iter().find(|e| matches!(self.node(*e), Node::Net { .. }));
            let Some(e) = next else { return roots };
            let Node::Net { net, point, weight, tangents } = self.node(e).clone() else { return roots };
            let arrays = weights(self, net);
            let value = self.written_out(net, point, weight, &tangents, &arrays);
            map.clear();
            map.insert(e, value);
            roots = self.substitute_all(&roots, &map);
        }
    }

    fn written_out(
        &mut self,
        net: NetId,
        point: ExprId,
        weight: Option<ExprId>,
        tangents: &[ExprId],
        arrays: &[ExprId],
    ) -> ExprId {
        let info = self.net_info(net).clone();
        let fresh = |g: &mut Graph, count: u32| -> Vec<ExprId> {
            let one = |_| {
                let s = g.symbol(SymbolInfo::scalar("x"));
                g.scalar(s)
            };
            (0..count).map(one).collect()
        };
        let x = fresh(self, info.inputs);
        let mut values = self.layers(&info, &x, arrays);
        let mut back = Substitution::default();
        for (leaf, value) in x.iter().zip(self.elements(point)) {
            back.insert(*leaf, value);
        }
        for t in tangents {
            let direction = fresh(self, info.inputs);
            let mut seeds = Seeds::new();
            x.iter().zip(&direction).for_each(|(x, d)| {
                seeds.set(*x, *d);
            });
            values = self.tangents(&values, &seeds);
            for (leaf, value) in direction.iter().zip(self.elements(*t)) {
                back.insert(*leaf, value);
            }
        }
        if let Some(w) = weight {
            let factors = fresh(self, info.outputs);
            let parts: Vec<ExprId> = factors.iter().zip(&values).map(|(w, v)| self.mul(*w, *v)).collect();
            let total = self.sum(&parts);
            values = self.gradient(total, &x);
            for (leaf, value) in factors.iter().zip(self.elements(w)) {
                back.insert(*leaf, value);
            }
        }
        let values = self.substitute_all(&values, &back);
        self.bundle(&values)
    }

    fn layers(&mut self, info: &NetInfo, x: &[ExprId], arrays: &[ExprId]) -> Vec<ExprId> {
        let a = &info.architecture;
        let shapes = a.weights(info.inputs, info.outputs);
        let mut arrays = shapes.iter().zip(arrays).peekable();
        let mut h = x.to_vec();
        for layer in 0..=a.hidden.len() {
            let Some((shape, matrix)) = arrays.next() else { return h };
            let bias = arrays.next_if(|(s, _)| s.name.starts_with('b')).map(|(_, b)| *b);
            let mut out = Vec::with_capacity(shape.rows as usize);
            for r in 0..shape.rows {
                let mut terms = Vec::with_capacity(h.len() + 1);
                for (c, h) in h.iter().enumerate() {
                    let at = self.integer(i64::from(r) * i64::from(shape.columns) + c as i64);
                    let mut w = self.read(*matrix, at);
                    if a.convex && layer > 0 {
                        w = self.call(Function::Softplus, &[w]);
                    }
                    terms.push(self.mul(w, *h));
                }
                if let Some(b) = bias {
                    let at = self.integer(i64::from(r));
                    terms.push(self.read(b, at));
                }
                let z = self.sum(&terms);
                out.push(if layer < a.hidden.len() { a.activation.apply(self, z) } else { z });
            }
            if a.residual && layer > 0 && layer < a.hidden.len() && out.len() == h.len() {
                out = out.iter().zip(&h).map(|(s, h)| self.add(*s, *h)).collect();
            }
            h = out;
        }
        h
    }
}

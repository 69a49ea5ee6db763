//! The forward pass, tangent streams along one direction, and streams of higher order.

use super::Direction;
use super::activation::derivative;
use super::direction;
use crate::lanes::{Function1, Operation};
use crate::symbolic::Architecture;
use crate::tensor::builder::{Builder, Shape, Value};

/// One hidden layer at the point.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// Its matrix as it multiplies.
    pub w: Value,
    /// `z = W h + b`.
    pub z: Value,
    /// `σ(z)`, plus the layer before where `residual`.
    pub h: Value,
    /// Whether the layer before is added.
    pub residual: bool,
}

/// Which parameters a layer has, by their place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// The matrix.
    pub matrix: usize,
    /// The bias.
    pub bias: Option<usize>,
}

/// A net at a point.
pub(super) struct Net<'a> {
    pub architecture: &'a Architecture,
    pub inputs: u32,
    pub outputs: u32,
    pub copies: u32,
    pub point: Value,
    /// The hidden layers.
    pub layers: Vec<Layer>,
    /// The matrix of the last layer.
    pub last: Value,
    /// `f(x)`.
    pub value: Value,
    /// The parameters of each layer, the last one included.
    pub places: Vec<Places>,
    parameters: Vec<Value>,
}

/// Pre-activations and activations of a stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// `ż_l`
    pub z: Vec<Value>,
    /// `ḣ_l`
    pub h: Vec<Value>,
}

impl<'a> Net<'a> {
    /// The forward pass.
    pub(super) fn new(
        b: &mut Builder,
        architecture: &'a Architecture,
        inputs: u32,
        outputs: u32,
        parameters: &[Value],
        point: Value,
    ) -> Self {
        let count = architecture.hidden.len() + 1;
        let mut places = Vec::with_capacity(count);
        let mut next = 0;
        for k in 0..count {
            let has_bias = if k + 1 == count { architecture.output_bias } else { architecture.hidden_bias };
            places.push(Places { matrix: next, bias: has_bias.then_some(next + 1) });
            next += 1 + usize::from(has_bias);
        }
        assert_eq!(parameters.len(), next, "invariant: a value for every array of weights");
        let shape = b.shape(point);
        assert!(shape.is_lanes() && shape.rows() == inputs, "invariant: a row for each of {inputs} inputs");
        let mut before = point;
        let mut layers = Vec::new();
        let affine = |b: &mut Builder, k: usize, before: Value| {
            let matrix = parameters[places[k].matrix];
            let w = if architecture.convex && k > 0 {
                b.elementwise(Operation::Call1(Function1::Softplus), &[matrix])
            } else {
                matrix
            };
            let product = b.product(w, before);
            (w, places[k].bias.map_or(product, |p| b.add(product, parameters[p])))
        };
        for k in 0..architecture.hidden.len() {
            let (w, z) = affine(b, k, before);
            let residual = architecture.residual && k > 0 && architecture.hidden[k] == architecture.hidden[k - 1];
            let mut h = derivative(b, architecture.activation, z, 0);
            if residual {
                h = b.add(h, before);
            }
            layers.push(Layer { w, z, h, residual });
            before = h;
        }
        let (last, value) = affine(b, count - 1, before);
        let parameters = parameters.to_vec();
        Net { architecture, inputs, outputs, copies: shape.cols(), point, layers, last, value, places, parameters }
    }

    /// What names the net and the point.
    pub(super) fn key(&self) -> Box<[Value]> {
        self.parameters.iter().copied().chain([self.point]).collect()
    }

    /// The parameters as given.
    pub(super) fn parameters(&self) -> &[Value] {
        &self.parameters
    }

    /// `σ⁽ⁿ⁾(z_l)`.
    pub(super) fn slope(&self, b: &mut Builder, layer: usize, n: usize) -> Value {
        derivative(b, self.architecture.activation, self.layers[layer].z, n)
    }

    /// One feature in every lane.
    pub(super) fn row(&self) -> Shape {
        Shape::Lanes { features: 1, copies: self.copies }
    }

    /// Zeros with a row per unit of a hidden layer.
    pub(super) fn still(&self, b: &mut Builder, layer: usize) -> Value {
        let shape = b.shape(self.layers[layer].z);
        b.zeros(shape)
    }

    /// The value that enters hidden layer `layer`.
    pub(super) fn entering(&self, layer: usize) -> Value {
        if layer == 0 { self.point } else { self.layers[layer - 1].h }
    }

    /// `W` of the first layer times a direction: columns where few inputs change.
    pub(super) fn enter(&self, b: &mut Builder, d: &Direction) -> Value {
        let (w, shape) = self.layers.first().map_or((self.last, b.shape(self.value)), |l| (l.w, b.shape(l.z)));
        if d.len() > 2 && d.len() * 2 > self.inputs as usize {
            let lanes = direction::lanes(b, d, self.inputs, self.copies);
            return b.product(w, lanes);
        }
        let mut sum = b.zeros(shape);
        for &(input, coefficient) in d {
            let column = b.column(w, input);
            let term = b.mul(column, coefficient);
            sum = b.add(sum, term);
        }
        b.spread(sum, shape)
    }

    /// `W` of hidden layer `layer + 1`, or of the last one, times a stream behind `layer`.
    pub(super) fn onward(&self, b: &mut Builder, layer: usize, h: Value) -> Value {
        let w = self.layers.get(layer + 1).map_or(self.last, |l| l.w);
        b.product(w, h)
    }

    /// The stream along a direction, a product per layer.
    pub(super) fn fresh(&self, b: &mut Builder, d: &Direction) -> Stream {
        let mut z = self.enter(b, d);
        let mut stream = Stream { z: Vec::new(), h: Vec::new() };
        for layer in 0..self.layers.len() {
            if layer > 0 {
                z = self.onward(b, layer - 1, stream.h[layer - 1]);
            }
            stream.z.push(z);
            let h = self.carried(b, layer, z, stream.h.last().copied());
            stream.h.push(h);
        }
        stream
    }

    /// `ḣ_l = σ'(z_l) ż_l`, plus the layer before where residual.
    fn carried(&self, b: &mut Builder, layer: usize, z: Value, before: Option<Value>) -> Value {
        let slope = self.slope(b, layer, 1);
        let h = b.mul(slope, z);
        match before.filter(|_| self.layers[layer].residual) {
            Some(before) => b.add(h, before),
            None => h,
        }
    }

    /// The stream along a direction from streams that exist, else a new one.
    pub(super) fn stream(&self, b: &mut Builder, d: &Direction, basis: &[Direction]) -> Stream {
        let Some(combination) = direction::express(b, d, basis) else { return self.fresh(b, d) };
        let parts: Vec<(Stream, Value)> = combination.iter().map(|&(k, c)| (self.fresh(b, &basis[k]), c)).collect();
        let mut stream = Stream { z: Vec::new(), h: Vec::new() };
        for layer in 0..self.layers.len() {
            let mut z = self.still(b, layer);
            for (part, c) in &parts {
                let term = b.mul(*c, part.z[layer]);
                z = b.add(z, term);
            }
            stream.z.push(z);
            let h = self.carried(b, layer, z, stream.h.last().copied());
            stream.h.push(h);
        }
        stream
    }

    /// `Df(x)[d]` from its stream.
    pub(super) fn output(&self, b: &mut Builder, d: &Direction, stream: &Stream) -> Value {
        match self.layers.len() {
            0 => self.enter(b, d),
            n => b.product(self.last, stream.h[n - 1]),
        }
    }

    /// The streams of all sets of the tangents, as bit masks from 1 on, by Faà di Bruno's formula
    /// over set partitions: `z_S = W h_S`, `h_S = Σ_π σ^(|π|) Π_{B∈π} z_B`. The set of all is left out
    /// unless `top`.
    pub(super) fn jets(&self, b: &mut Builder, tangents: &[Direction], basis: &[Direction], top: bool) -> Vec<Stream> {
        let all = (1usize << tangents.len()) - 1;
        let mut jets = vec![Stream { z: Vec::new(), h: Vec::new() }; all + 1];
        for set in 1..=all {
            if set == all && !top {
                break;
            }
            if set.is_power_of_two() {
                jets[set] = self.stream(b, &tangents[set.trailing_zeros() as usize], basis);
                continue;
            }
            for layer in 0..self.layers.len() {
                let z = match layer {
                    0 => self.still(b, 0),
                    _ => self.onward(b, layer - 1, jets[set].h[layer - 1]),
                };
                jets[set].z.push(z);
                let bent = self.bent(b, layer, set, &jets);
                let mut h = self.carried(b, layer, z, None);
                h = b.add(h, bent);
                if self.layers[layer].residual {
                    h = b.add(h, jets[set].h[layer - 1]);
                }
                jets[set].h.push(h);
            }
        }
        jets
    }

    /// `Σ_π σ^(|π|)(z_l) Π_{B∈π} z_B` over the partitions of `set` into two blocks or more.
    pub(super) fn bent(&self, b: &mut Builder, layer: usize, set: usize, jets: &[Stream]) -> Value {
        let mut by_order: Vec<Option<Value>> = vec![None; set.count_ones() as usize + 1];
        for partition in partitions(set) {
            if partition.len() < 2 {
                continue;
            }
            let mut product = jets[partition[0]].z[layer];
            for &block in &partition[1..] {
                product = b.mul(product, jets[block].z[layer]);
            }
            let sum = &mut by_order[partition.len()];
            *sum = Some(sum.map_or(product, |s| b.add(s, product)));
        }
        let mut total = self.still(b, layer);
        for (order, sum) in by_order.into_iter().enumerate() {
            if let Some(sum) = sum {
                let slope = self.slope(b, layer, order);
                let term = b.mul(slope, sum);
                total = b.add(total, term);
            }
        }
        total
    }
}

/// All partitions of the bits of `set` into blocks.
fn partitions(set: usize) -> Vec<Vec<usize>> {
    if set == 0 {
        return vec![Vec::new()];
    }
    // the block of the lowest bit is that bit with any part of the rest
    let lowest = set & set.wrapping_neg();
    let rest = set ^ lowest;
    let mut out = Vec::new();
    let mut part = rest;
    loop {
        for mut others in partitions(rest ^ part) {
            others.insert(0, lowest | part);
            out.push(others);
        }
        if part == 0 {
            return out;
        }
        part = (part - 1) & rest;
    }
}

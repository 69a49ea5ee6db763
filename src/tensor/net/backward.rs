//! Gradients, and the sweep back through one second-order stream.

use super::Direction;
use super::direction;
use super::forward::{Net, Stream};
use crate::lanes::{Function1, Operation};
use crate::tensor::builder::{Builder, Value};

/// The gradient of `w·f` by the layers.
pub(super) struct Gradient {
    /// by `h_l`
    pub h: Vec<Value>,
    /// by `z_l`
    pub z: Vec<Value>,
}

impl Net<'_> {
    /// The gradient pass from the cotangent of the outputs.
    pub(super) fn gradient(&self, b: &mut Builder, cotangent: Value) -> Gradient {
        let n = self.layers.len();
        let mut gradient = Gradient { h: vec![cotangent; n], z: vec![cotangent; n] };
        let cotangent = b.spread(cotangent, b.shape(self.value));
        let mut above = b.product_transposed(self.last, cotangent);
        for layer in (0..n).rev() {
            gradient.h[layer] = above;
            let slope = self.slope(b, layer, 1);
            let z = b.mul(slope, above);
            let z = b.spread(z, b.shape(self.layers[layer].z));
            gradient.z[layer] = z;
            if layer > 0 {
                above = self.below(b, layer, z, above);
            }
        }
        gradient
    }

    /// What layer `layer − 1` is owed: `Wᵀ z̄`, plus `above` where residual.
    fn below(&self, b: &mut Builder, layer: usize, z: Value, above: Value) -> Value {
        let back = b.product_transposed(self.layers[layer].w, z);
        if self.layers[layer].residual { b.add(back, above) } else { back }
    }

    /// The gradient by the point: `W₁ᵀ z̄₁`.
    pub(super) fn by_point(&self, b: &mut Builder, cotangent: Value, first: Option<Value>) -> Value {
        let cotangent = b.spread(cotangent, b.shape(self.value));
        match first {
            Some(z) => b.product_transposed(self.layers[0].w, z),
            None => b.product_transposed(self.last, cotangent),
        }
    }
}

/// `w · (D f(x)[first] + Σ D²f(x)[s, t])` over the pairs.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// A row per output.
    pub weight: Value,
    /// The sum of the directions of first derivatives.
    pub first: Direction,
    /// Pairs of directions of second derivatives.
    pub pairs: Vec<(Direction, Direction)>,
}

/// What a sweep owes: by every parameter, and by the first pre-activation along the value's stream.
pub(super) struct Swept {
    /// By parameter, where anything is owed.
    pub parameters: Vec<Option<Value>>,
    /// By `z₁`, from the value's stream; `None` without hidden layers or where nothing is owed.
    pub first: Option<Value>,
}

/// A stream with what is owed to it while the sweep goes down.
struct Owed {
    stream: Stream,
    direction: Direction,
    h: Vec<Option<Value>>,
    /// The stream it is paired with, and its group.
    partner: usize,
    group: usize,
}

/// A group with its second-order stream.
struct Second {
    stream: Stream,
    first: Direction,
    gradient: Gradient,
    weight: Value,
    /// `Σ ż^s ż^t` at each layer; absent without pairs.
    bend: Vec<Option<Value>>,
}

fn plus(b: &mut Builder, sum: Option<Value>, term: Option<Value>) -> Option<Value> {
    match (sum, term) {
        (Some(s), Some(t)) => Some(b.add(s, t)),
        (s, t) => s.or(t),
    }
}

impl Net<'_> {
    fn second(&self, b: &mut Builder, group: &Group, streams: &[(Stream, Stream)]) -> Second {
        let mut stream = Stream { z: Vec::new(), h: Vec::new() };
        let mut bends = Vec::new();
        for layer in 0..self.layers.len() {
            let z = match layer {
                0 => self.enter(b, &group.first),
                _ => self.onward(b, layer - 1, stream.h[layer - 1]),
            };
            let mut bend = None;
            for (s, t) in streams {
                let product = b.mul(s.z[layer], t.z[layer]);
                bend = plus(b, bend, Some(product));
            }
            let slope = self.slope(b, layer, 1);
            let mut h = b.mul(slope, z);
            if let Some(bend) = bend {
                let second = self.slope(b, layer, 2);
                let term = b.mul(second, bend);
                h = b.add(h, term);
            }
            if self.layers[layer].residual {
                h = b.add(h, stream.h[layer - 1]);
            }
            stream.z.push(z);
            stream.h.push(h);
            bends.push(bend);
        }
        let gradient = self.gradient(b, group.weight);
        Second { stream, first: group.first.clone(), gradient, weight: group.weight, bend: bends }
    }

    /// The gradient of `Σ_lanes (zeroth·f + Σ_groups …)`: by the parameters if `weights`, and by the
    /// point along the value's stream.
    ///
    /// Every stream goes down once. What is owed to a second-order stream is the gradient pass of its
    /// weight, which is shared.
    pub(super) fn sweep(
        &self,
        b: &mut Builder,
        zeroth: Option<Value>,
        groups: &[Group],
        basis: &[Direction],
        weights: bool,
    ) -> Swept {
        let n = self.layers.len();
        let mut seconds = Vec::new();
        let mut owed: Vec<Owed> = Vec::new();
        for (k, group) in groups.iter().enumerate() {
            let streams: Vec<(Stream, Stream)> =
                group.pairs.iter().map(|(s, t)| (self.stream(b, s, basis), self.stream(b, t, basis))).collect();
            for ((s, t), (ds, dt)) in streams.iter().zip(&group.pairs) {
                let at = owed.len();
                let new = |stream: &Stream, direction: &Direction, partner| Owed {
                    stream: stream.clone(),
                    direction: direction.clone(),
                    h: vec![None; n],
                    partner,
                    group: k,
                };
                owed.push(new(s, ds, at + 1));
                owed.push(new(t, dt, at));
            }
            seconds.push(self.second(b, group, &streams));
        }
        let mut swept = Swept { parameters: vec![None; self.parameters().len()], first: None };
        let zeroth = zeroth.map(|z| b.spread(z, b.shape(self.value)));
        if weights {
            self.last_layer(b, zeroth, &seconds, &mut swept);
        }
        let mut value = zeroth.map(|z| b.product_transposed(self.last, z));
        for layer in (0..n).rev() {
            let z_value = self.value_owed(b, layer, value, &seconds, &owed);
            let z_streams: Vec<Option<Value>> =
                (0..owed.len()).map(|k| self.stream_owed(b, layer, k, &seconds, &owed)).collect();
            if weights {
                self.layer_weights(b, layer, z_value, &z_streams, &seconds, &owed, &mut swept);
            }
            if layer == 0 {
                swept.first = z_value;
                break;
            }
            let residual = self.layers[layer].residual;
            let down = |b: &mut Builder, z: Option<Value>, above: Option<Value>| {
                let back = z.map(|z| b.product_transposed(self.layers[layer].w, z));
                plus(b, back, above.filter(|_| residual))
            };
            value = down(b, z_value, value);
            for (k, z) in z_streams.into_iter().enumerate() {
                owed[k].h[layer - 1] = down(b, z, owed[k].h[layer]);
            }
        }
        swept
    }

    /// What `z_l` of the value's stream is owed:
    /// `σ' h̄ + Σ_groups [σ'' z̈ ȳ + σ''' (Σ ż^s ż^t) ȳ] + Σ_streams σ'' ż h̄_stream`.
    fn value_owed(
        &self,
        b: &mut Builder,
        layer: usize,
        value: Option<Value>,
        seconds: &[Second],
        owed: &[Owed],
    ) -> Option<Value> {
        let mut second_order = None;
        let mut third_order = None;
        for second in seconds {
            let y = second.gradient.h[layer];
            let product = b.mul(second.stream.z[layer], y);
            if !b.is_zero(product) {
                second_order = plus(b, second_order, Some(product));
            }
            if let Some(bend) = second.bend[layer] {
                let product = b.mul(bend, y);
                third_order = plus(b, third_order, Some(product));
            }
        }
        for stream in owed {
            let product = stream.h[layer].map(|h| b.mul(stream.stream.z[layer], h));
            second_order = plus(b, second_order, product);
        }
        let mut total = None;
        for (order, part) in [(1, value), (2, second_order), (3, third_order)] {
            if let Some(part) = part {
                let slope = self.slope(b, layer, order);
                let term = b.mul(slope, part);
                if !b.is_zero(term) {
                    total = plus(b, total, Some(term));
                }
            }
        }
        total.map(|t| b.spread(t, b.shape(self.layers[layer].z)))
    }

    /// What `ż_l` of a first-order stream is owed: `σ' h̄ + σ'' ż_partner ȳ`.
    fn stream_owed(&self, b: &mut Builder, layer: usize, k: usize, seconds: &[Second], owed: &[Owed]) -> Option<Value> {
        let own = &owed[k];
        let from_above = own.h[layer].map(|h| {
            let slope = self.slope(b, layer, 1);
            b.mul(slope, h)
        });
        let slope = self.slope(b, layer, 2);
        let bent = b.mul(slope, seconds[own.group].gradient.h[layer]);
        let bent = b.mul(bent, owed[own.partner].stream.z[layer]);
        let total = plus(b, from_above, Some(bent).filter(|&t| !b.is_zero(t)));
        total.map(|t| b.spread(t, b.shape(self.layers[layer].z)))
    }

    fn last_layer(&self, b: &mut Builder, zeroth: Option<Value>, seconds: &[Second], swept: &mut Swept) {
        let n = self.layers.len();
        let places = self.places[n];
        let mut matrix = None;
        if let Some(zeroth) = zeroth {
            let h = if n == 0 { self.point } else { self.layers[n - 1].h };
            matrix = Some(b.outer(zeroth, h));
            if let Some(bias) = places.bias {
                swept.parameters[bias] = Some(b.sum_lanes(zeroth));
            }
        }
        for second in seconds {
            let h = match n {
                0 => direction::lanes(b, &second.first, self.inputs, self.copies),
                _ => second.stream.h[n - 1],
            };
            let weight = b.spread(second.weight, b.shape(self.value));
            let outer = b.outer(weight, h);
            matrix = plus(b, matrix, Some(outer));
        }
        swept.parameters[places.matrix] = matrix.map(|m| self.through(b, n, m));
    }

    #[allow(clippy::too_many_arguments)]
    fn layer_weights(
        &self,
        b: &mut Builder,
        layer: usize,
        z_value: Option<Value>,
        z_streams: &[Option<Value>],
        seconds: &[Second],
        owed: &[Owed],
        swept: &mut Swept,
    ) {
        let places = self.places[layer];
        let mut matrix = z_value.map(|z| b.outer(z, self.entering(layer)));
        let mut add = |b: &mut Builder, z: Value, direction: &Direction, stream: &Stream| {
            let entering = match layer {
                0 => direction::lanes(b, direction, self.inputs, self.copies),
                _ => stream.h[layer - 1],
            };
            let outer = b.outer(z, entering);
            if !b.is_zero(outer) {
                matrix = plus(b, matrix, Some(outer));
            }
        };
        for second in seconds {
            add(b, second.gradient.z[layer], &second.first, &second.stream);
        }
        for (stream, z) in owed.iter().zip(z_streams) {
            if let Some(z) = z {
                add(b, *z, &stream.direction, &stream.stream);
            }
        }
        swept.parameters[places.matrix] = matrix.map(|m| self.through(b, layer, m));
        if let (Some(bias), Some(z)) = (places.bias, z_value) {
            swept.parameters[bias] = Some(b.sum_lanes(z));
        }
    }

    /// From the gradient by the matrix that multiplies to that by the parameter.
    fn through(&self, b: &mut Builder, layer: usize, matrix: Value) -> Value {
        if !self.architecture.convex || layer == 0 {
            return matrix;
        }
        let parameter = self.parameters()[self.places[layer].matrix];
        let slope = b.elementwise(Operation::Call1(Function1::Sigmoid), &[parameter]);
        b.mul(matrix, slope)
    }
}

//! What is asked of a net, in the fewest products.

use super::backward::Group;
use super::direction;
use super::factor::factored;
use super::forward::Net;
use super::{Direction, Request, Term};
use crate::tensor::builder::{Builder, Value};
use rustc_hash::FxHashMap;

/// A term with its weight made explicit and its directions normalised.
#[derive(Clone, Debug)]
struct Weighted {
    weight: Value,
    tangents: Vec<Direction>,
}

fn weighted(b: &mut Builder, net: &Net, terms: &[Term]) -> Vec<Weighted> {
    let mut out = Vec::new();
    for term in terms {
        assert!(term.weight.is_some() || net.outputs == 1, "invariant: several outputs are weighted");
        let weight = term.weight.unwrap_or_else(|| b.constant(1.0));
        let tangents: Vec<Direction> = term.tangents.iter().map(|t| direction::normalized(b, t)).collect();
        if !b.is_zero(weight) && tangents.iter().all(|t| !t.is_empty()) {
            out.push(Weighted { weight, tangents });
        }
    }
    out
}

/// Adds streams to those that exist until every direction is a combination.
fn prepare(b: &mut Builder, net: &Net, mut directions: Vec<Direction>) {
    let key = net.key();
    let mut basis = b.streams.remove(&key).unwrap_or_default();
    // unit vectors first: they give the most combinations
    directions.sort_by_key(Vec::len);
    for d in directions {
        if !d.is_empty() && direction::express(b, &d, &basis).is_none() {
            let new = direction::representative(b, &d);
            basis.push(new);
        }
    }
    b.streams.insert(key, basis);
}

fn basis(b: &Builder, net: &Net) -> Vec<Direction> {
    b.streams.get(&net.key()).cloned().unwrap_or_default()
}

/// See [`super::emit`].
pub(super) fn emit(b: &mut Builder, net: &Net, requests: &[Request]) -> Vec<Value> {
    let normalized: Vec<Vec<Direction>> =
        requests.iter().map(|r| r.tangents.iter().map(|t| direction::normalized(b, t)).collect()).collect();
    let mut needed = Vec::new();
    for (request, tangents) in requests.iter().zip(&normalized) {
        // the first derivative of one output is its gradient times the direction
        let by_gradient = request.weight.is_none() && net.outputs == 1 && tangents.len() == 1;
        if !by_gradient {
            needed.extend(tangents.iter().cloned());
        }
    }
    prepare(b, net, needed);
    let one = b.constant(1.0);
    requests
        .iter()
        .zip(normalized)
        .map(|(request, tangents)| {
            if tangents.iter().any(Vec::is_empty) || request.weight.is_some_and(|w| b.is_zero(w)) {
                let rows = if request.weight.is_some() { net.inputs } else { net.outputs };
                let shape = b.with_rows(net.point, rows);
                return b.zeros(shape);
            }
            match request.weight {
                None if tangents.is_empty() => net.value,
                None if net.outputs == 1 => term(b, net, one, &tangents),
                None => push(b, net, &tangents),
                Some(weight) => pull(b, net, weight, &tangents),
            }
        })
        .collect()
}

/// `D^k f(x)[t₁ … t_k]` by streams.
fn push(b: &mut Builder, net: &Net, tangents: &[Direction]) -> Value {
    let basis = basis(b, net);
    let jets = net.jets(b, tangents, &basis, true);
    let all = &jets[jets.len() - 1];
    if net.layers.is_empty() && tangents.len() > 1 {
        return b.zeros(b.shape(net.value));
    }
    net.output(b, &tangents[0], all)
}

/// `w · D^k f(x)[t₁ … t_k]` in every lane: from the gradient of `w·f` and the streams of fewer than
/// all tangents, `Σ_l Σ_units g_l Σ_π σ^(|π|)(z_l) Π_{B∈π} z_B` over partitions into at least two blocks.
fn term(b: &mut Builder, net: &Net, weight: Value, tangents: &[Direction]) -> Value {
    let row = net.row();
    let basis = basis(b, net);
    match tangents {
        [] => {
            let product = b.mul(weight, net.value);
            let product = b.spread(product, b.shape(net.value));
            b.sum_features(product)
        }
        [d] => {
            if direction::express(b, d, &basis).is_some() {
                let stream = net.stream(b, d, &basis);
                let change = net.output(b, d, &stream);
                let product = b.mul(weight, change);
                let product = b.spread(product, b.shape(net.value));
                return b.sum_features(product);
            }
            let gradient = pull(b, net, weight, &[]);
            let lanes = direction::lanes(b, d, net.inputs, net.copies);
            let product = b.mul(gradient, lanes);
            b.sum_features(product)
        }
        [s, t] => second(b, net, weight, s, t, &basis),
        _ => {
            let jets = net.jets(b, tangents, &basis, false);
            let gradient = net.gradient(b, weight);
            let mut total = b.zeros(row);
            for layer in 0..net.layers.len() {
                let bent = net.bent(b, layer, jets.len() - 1, &jets);
                let product = b.mul(gradient.h[layer], bent);
                let sum = b.sum_features(product);
                total = b.add(total, sum);
            }
            total
        }
    }
}

/// A weighted second derivative from entries between streams of the basis.
fn second(b: &mut Builder, net: &Net, weight: Value, s: &Direction, t: &Direction, basis: &[Direction]) -> Value {
    let row = net.row();
    let (left, right) = (direction::express(b, s, basis), direction::express(b, t, basis));
    let (Some(left), Some(right)) = (left, right) else {
        let (s, t) = (net.stream(b, s, basis), net.stream(b, t, basis));
        return entry(b, net, weight, &s, &t);
    };
    let mut total = b.zeros(row);
    for &(i, c) in &left {
        for &(j, d) in &right {
            let (x, y) = (net.fresh(b, &basis[i.min(j)]), net.fresh(b, &basis[i.max(j)]));
            let entry = entry(b, net, weight, &x, &y);
            let factor = b.mul(c, d);
            let product = b.mul(factor, entry);
            total = b.add(total, product);
        }
    }
    total
}

/// `Σ_l Σ_units g_l σ''(z_l) ż_l^s ż_l^t`.
fn entry(b: &mut Builder, net: &Net, weight: Value, s: &super::forward::Stream, t: &super::forward::Stream) -> Value {
    let gradient = net.gradient(b, weight);
    let mut total = b.zeros(net.row());
    for layer in 0..net.layers.len() {
        let slope = net.slope(b, layer, 2);
        let bend = b.mul(slope, gradient.h[layer]);
        let product = b.mul(bend, s.z[layer]);
        let product = b.mul(product, t.z[layer]);
        let product = b.spread(product, b.shape(net.layers[layer].z));
        let sum = b.sum_features(product);
        total = b.add(total, sum);
    }
    total
}

/// The gradient by the point of `w · D^k f(x)[t₁ … t_k]`.
fn pull(b: &mut Builder, net: &Net, weight: Value, tangents: &[Direction]) -> Value {
    let basis = basis(b, net);
    match tangents {
        [] => {
            let gradient = net.gradient(b, weight);
            net.by_point(b, weight, gradient.z.first().copied())
        }
        [t] if all_units(b, net, &basis) => {
            let rows: Vec<Value> = (0..net.inputs)
                .map(|i| {
                    let unit = direction::unit(b, i);
                    second(b, net, weight, &unit, t, &basis)
                })
                .collect();
            b.concat(&rows)
        }
        [_] | [_, _] => {
            let group = match tangents {
                [t] => Group { weight, first: t.clone(), pairs: Vec::new() },
                _ => Group { weight, first: Vec::new(), pairs: vec![(tangents[0].clone(), tangents[1].clone())] },
            };
            let swept = net.sweep(b, None, &[group], &basis, false);
            match swept.first {
                Some(first) => net.by_point(b, weight, Some(first)),
                None => b.zeros(b.shape(net.point)),
            }
        }
        _ => generic(b, net, weight, tangents, &[net.point])[0].unwrap_or_else(|| b.zeros(b.shape(net.point))),
    }
}

/// Whether streams along all unit vectors exist.
fn all_units(b: &mut Builder, net: &Net, basis: &[Direction]) -> bool {
    (0..net.inputs).all(|i| {
        let unit = direction::unit(b, i);
        basis.contains(&unit)
    })
}

/// The gradient of `Σ_lanes w · D^k f(x)[t₁ … t_k]`, weight and directions held: placeholders stand
/// for them while the general rules go back.
fn generic(b: &mut Builder, net: &Net, weight: Value, tangents: &[Direction], wrt: &[Value]) -> Vec<Option<Value>> {
    let mut back = FxHashMap::default();
    let mut held: FxHashMap<Value, Value> = FxHashMap::default();
    let mut hold = |b: &mut Builder, value: Value| {
        if b.number(value).is_some() {
            return value;
        }
        *held.entry(value).or_insert_with(|| {
            let stand_in = b.placeholder(b.shape(value));
            back.insert(stand_in, value);
            stand_in
        })
    };
    let weight = hold(b, weight);
    let tangents: Vec<Direction> =
        tangents.iter().map(|t| t.iter().map(|&(input, c)| (input, hold(b, c))).collect()).collect();
    let value = term(b, net, weight, &tangents);
    let one = b.constant(1.0);
    let gradient = b.vjp(&[(value, one)], wrt);
    let present: Vec<Value> = gradient.iter().flatten().copied().collect();
    let mut replaced = b.substitute(&present, &back).into_iter();
    gradient.into_iter().map(|g| g.and_then(|_| replaced.next())).collect()
}

/// See [`super::contraction`].
pub(super) fn contraction(b: &mut Builder, net: &Net, terms: &[Term]) -> Value {
    let terms = weighted(b, net, terms);
    let needed = terms.iter().filter(|t| t.tangents.len() > 1).flat_map(|t| t.tangents.iter().cloned()).collect();
    prepare(b, net, needed);
    let mut total = b.zeros(net.row());
    for t in terms {
        let value = term(b, net, t.weight, &t.tangents);
        total = b.add(total, value);
    }
    b.spread(total, net.row())
}

/// See [`super::parameter_gradient`].
pub(super) fn parameter_gradient(b: &mut Builder, net: &Net, terms: &[Term]) -> Vec<Value> {
    let terms = weighted(b, net, terms);
    let mut zeroth = None;
    let mut groups: Vec<Group> = Vec::new();
    let mut higher = Vec::new();
    let one = b.constant(1.0);
    for Weighted { weight, mut tangents } in terms {
        // the weight of the only output is a factor of a direction
        let mut key = weight;
        if net.outputs == 1 && !tangents.is_empty() && tangents.len() < 3 {
            tangents[0] = direction::scaled(b, weight, &tangents[0]);
            key = one;
        }
        if tangents.len() >= 3 {
            higher.push(Weighted { weight, tangents });
            continue;
        }
        if tangents.is_empty() {
            zeroth = Some(zeroth.map_or(weight, |z| b.add(z, weight)));
            continue;
        }
        let at = groups.iter().position(|g| g.weight == key).unwrap_or_else(|| {
            groups.push(Group { weight: key, first: Vec::new(), pairs: Vec::new() });
            groups.len() - 1
        });
        let second = tangents.pop();
        match (tangents.pop(), second) {
            (Some(s), Some(t)) => groups[at].pairs.push((s, t)),
            (_, t) => groups[at].first.extend(t.into_iter().flatten()),
        }
    }
    for group in &mut groups {
        group.first = direction::normalized(b, &group.first);
        group.pairs = factored(b, &group.pairs);
    }
    let basis = basis(b, net);
    let swept = net.sweep(b, zeroth, &groups, &basis, true);
    let parameters = net.parameters().to_vec();
    let mut total = swept.parameters;
    for t in higher {
        let gradient = generic(b, net, t.weight, &t.tangents, &parameters);
        for (sum, part) in total.iter_mut().zip(gradient) {
            *sum = match (*sum, part) {
                (Some(s), Some(p)) => Some(b.add(s, p)),
                (s, p) => s.or(p),
            };
        }
    }
    total
        .into_iter()
        .zip(parameters)
        .map(|(gradient, parameter)| {
            let shape = b.shape(parameter);
            match gradient {
                Some(g) => b.spread(g, shape),
                None => b.zeros(shape),
            }
        })
        .collect()
}

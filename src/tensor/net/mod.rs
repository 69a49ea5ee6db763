//! Perceptrons in the fewest products: values, directional derivatives of any order, gradients, and
//! the gradient by the weights of sums of them.
//!
//! For hidden layers `h_l = σ(z_l) (+ h_{l−1})`, `z_l = W_l h_{l−1} + b_l`, output `W_L h_{L−1} + b_L`:
//!
//! - a *tangent stream* along a direction is `ż_l = W_l ḣ_{l−1}`, one product a layer; streams of
//!   combinations of directions are combinations of streams and cost no product;
//! - a weighted second derivative is `w·D²f[s,t] = Σ_l g_l σ''(z_l) ż_l^s ż_l^t`, where `g_l` is the
//!   gradient of `w·f` by `h_l`: it needs the tangents and the gradient, no pass of its own;
//! - the gradient by the weights of a sum of first and second derivatives with one `w` goes through
//!   one more stream, forwards and backwards ([`parameter_gradient`]).

use super::builder::{Builder, Value};
use crate::symbolic::Architecture;

/// A direction in the space of inputs: a linear combination of unit vectors, as input and
/// coefficient. Coefficients are lanes with one feature or shared numbers; absent inputs are 0.
pub type Direction = Vec<(u32, Value)>;

/// A derivative of a net at a point.
#[derive(Clone, Debug)]
pub struct Request {
    /// `None`: the derivative of all outputs along the tangents. `Some(w)`, lanes or a shared column
    /// with a row per output: the gradient by the point of `w` times that derivative, `w` held.
    pub weight: Option<Value>,
    /// Directions; their number is the order of the derivative.
    pub tangents: Vec<Direction>,
}

/// One term `w · D^k f(x)[t₁ … t_k]` of a sum.
#[derive(Clone, Debug)]
pub struct Term {
    /// A row per output; `None` is 1 for a net with one output.
    pub weight: Option<Value>,
    /// Directions.
    pub tangents: Vec<Direction>,
}

/// The values of `requests` at `point` (lanes, a row per input): `Push` requests have a row per
/// output, `Pull` requests a row per input. All requests at one point share one forward pass, also
/// those of several calls.
pub fn emit(
    b: &mut Builder,
    architecture: &Architecture,
    inputs: u32,
    outputs: u32,
    parameters: &[Value],
    point: Value,
    requests: &[Request],
) -> Vec<Value> {
    let _ = (b, architecture, inputs, outputs, parameters, point, requests);
    todo!()
}

/// `Σ_terms w · D^k f(x)[t₁ … t_k]` in every lane: lanes with one feature.
pub fn contraction(
    b: &mut Builder,
    architecture: &Architecture,
    inputs: u32,
    outputs: u32,
    parameters: &[Value],
    point: Value,
    terms: &[Term],
) -> Value {
    let _ = (b, architecture, inputs, outputs, parameters, point, terms);
    todo!()
}

/// The gradient by every parameter of `Σ_lanes Σ_terms w · D^k f(x)[t₁ … t_k]`, with the weights `w`,
/// the directions and the point held. Call it after [`emit`] for the same point: it uses the streams
/// that exist.
pub fn parameter_gradient(
    b: &mut Builder,
    architecture: &Architecture,
    inputs: u32,
    outputs: u32,
    parameters: &[Value],
    point: Value,
    terms: &[Term],
) -> Vec<Value> {
    let _ = (b, architecture, inputs, outputs, parameters, point, terms);
    todo!()
}

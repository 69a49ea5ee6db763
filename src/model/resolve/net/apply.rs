//! A call of a net: attributes and scales as ordinary expressions around the node of the graph.
//!
//! ```text
//! f(x)       = s_out·N(φ(x/s_in))
//! periodic   φ = sin(2πx/P), cos(2πx/P)
//! even       φ = (x/s)²         (periodic: the cosine alone; convex: (f(x) + f(−x))/2)
//! odd        (f(x) − f(−x))/2
//! nonnegative     softplus(N)
//! strongly_convex C(φ(q), v/s) + N(φ(q)) + ε/2·|v/s|²,  C convex in all it sees (Amos, Xu, Kolter,
//!                 *Input Convex Neural Networks* (2017), eq. 2)
//! spd             L Lᵀ, L lower triangular with the diagonal softplus(·) + ε (Lutter, Ritter, Peters,
//!                 *Deep Lagrangian Networks* (2019))
//! ```
//! `C` is convex in `φ(q)` too, which is more than is asked for: how the curvature in `v` depends on `q` is
//! restricted. `N` gives back any dependence on `q` alone, a potential. With `nonnegative` the softplus is
//! taken of `C + N`, which keeps it convex, as softplus is convex and increasing.

use super::super::super::value::{Array, Scalar, Value, describe_shape};
use super::super::Resolver;
use super::super::expr::to_value;
use super::{Form, Input, LearnedFunction, Parity, Scale};
use crate::diagnostic::{Diagnostic, Span};
use crate::symbolic::{ElementNames, ExprId, Function, SymbolInfo};

/// The least curvature `ε` of a strongly convex net, in scaled arguments.
const CURVATURE: (i64, i64) = (1, 100);
/// The least diagonal entry `ε` of a Cholesky factor, in units of the scale.
const DIAGONAL: (i64, i64) = (1, 1000);

impl Resolver<'_> {
    /// The value of a net at arguments in the order of its formals.
    pub fn apply_net(&mut self, decl: usize, values: Vec<(Value, Span)>) -> Option<Value> {
        let f = self.nets.get(&decl)?.clone();
        let mut args = Vec::with_capacity(f.inputs.len());
        let mut failed = false;
        for (input, (value, at)) in f.inputs.iter().zip(values) {
            match self.net_argument(&f, input, value, at) {
                Some(list) => args.push(list),
                None => failed = true,
            }
        }
        if failed {
            return None;
        }
        let flat: Vec<ExprId> = args.iter().flatten().copied().collect();
        let items = if self.on_paper { self.unopened(&f, &flat) } else { self.net_value(&f, &args) };
        if let Some(f) = self.nets.get_mut(&decl) {
            if !f.calls.contains(&flat) {
                f.calls.push(flat);
            }
        }
        let items = items.into_iter().map(|expr| Scalar { expr, dim: f.result.dim.clone() }).collect();
        Some(to_value(Array { shape: f.result.shape.clone(), items }))
    }

    /// An argument with the shape and the dimension that the net declares.
    fn net_argument(&mut self, f: &LearnedFunction, input: &Input, value: Value, at: Span) -> Option<Vec<ExprId>> {
        let mut a = self.to_array(value, at)?;
        if a.shape != input.shape {
            let zero = a.shape.is_empty() && self.graph.as_number(a.items[0].expr).is_some_and(|n| n.is_zero());
            if !zero {
                let (want, have) = (describe_shape(&input.shape), describe_shape(&a.shape));
                let d = Diagnostic::error(
                    "E0225",
                    at,
                    format!("`{}` of `{}` is {want}, and this is {have}", input.name, f.name),
                )
                .label(input.span, want);
                return self.fail(match a.shape.as_slice() {
                    [n] if input.shape.is_empty() => d.help(format!("declare it as `{}: vector({n})`", input.name)),
                    _ => d,
                });
            }
            a = Array { items: vec![a.items[0].clone(); input.components()], shape: input.shape.clone() };
        }
        let mut out = Vec::with_capacity(a.items.len());
        for s in &a.items {
            self.declared(&s.dim, at, &input.dim, input.span)?;
            out.push(s.expr);
        }
        Some(out)
    }

    /// The function without its inside, for formulas that are read: each component one symbol.
    fn unopened(&mut self, f: &LearnedFunction, args: &[ExprId]) -> Vec<ExprId> {
        let names = f.inputs.iter().flat_map(|i| Self::element_names(&i.name, &[], &i.shape).to_vec());
        let names = ElementNames::new(names.collect(), 0);
        let groups: Vec<u32> =
            f.inputs.iter().map(|i| if i.shape.is_empty() { 0 } else { i.components() as u32 }).collect();
        let mut components = Self::element_names(&f.name, &[], &f.result.shape);
        if f.result.form != Form::Plain {
            // Both halves of a symmetric matrix are one function.
            let n = f.result.shape[0];
            components = (0..n * n).map(|k| components[(k / n).max(k % n) * n + (k / n).min(k % n)].clone()).collect();
        }
        let orders = vec![0; args.len()];
        components
            .iter()
            .map(|name| {
                let known = self.graph.symbols().find(|(_, info)| info.name == *name && info.length == Some(0));
                let symbol = match known.map(|k| k.0) {
                    Some(symbol) => symbol,
                    None => {
                        self.graph.symbol(SymbolInfo::array(name.clone(), 0).elements(names.clone()).shaped(&groups))
                    }
                };
                self.graph.abstract_call(symbol, &orders, args)
            })
            .collect()
    }

    /// The components of `f(args)`.
    fn net_value(&mut self, f: &LearnedFunction, args: &[Vec<ExprId>]) -> Vec<ExprId> {
        let mirrored: Vec<usize> = (0..f.inputs.len()).filter(|k| f.inputs[*k].mirrored()).collect();
        let outputs = f.result.form.outputs(&f.result.shape);
        let mut terms: Vec<Vec<ExprId>> = vec![Vec::new(); outputs];
        for pattern in 0..1u32 << mirrored.len() {
            let mut turned = args.to_vec();
            let mut negative = false;
            for (bit, k) in mirrored.iter().enumerate() {
                if pattern >> bit & 1 == 1 {
                    turned[*k] = args[*k].iter().map(|x| self.graph.neg(*x)).collect();
                    negative ^= f.inputs[*k].parity == Some(Parity::Odd);
                }
            }
            let point = self.features(f, &turned, &|_| true);
            for (list, value) in terms.iter_mut().zip(self.graph.net_call(f.core, &point)) {
                list.push(if negative { self.graph.neg(value) } else { value });
            }
        }
        let share = self.rational(1, 1 << mirrored.len());
        let mut raw = Vec::with_capacity(outputs);
        for list in terms {
            let total = self.graph.sum(&list);
            raw.push(self.graph.mul(share, total));
        }
        if let Some(offset) = f.offset {
            let point = self.features(f, args, &|i: &Input| !i.convex);
            for (value, more) in raw.iter_mut().zip(self.graph.net_call(offset, &point)) {
                *value = self.graph.add(*value, more);
            }
        }
        if f.nonnegative {
            raw.iter_mut().for_each(|x| *x = self.graph.call(Function::Softplus, &[*x]));
        }
        if let Some(curvature) = self.curvature(f, args) {
            raw[0] = self.graph.add(raw[0], curvature);
        }
        let values = self.assembled(f.result.form, &f.result.shape, raw);
        let scale = f.result.scale;
        (0..values.len())
            .map(|k| {
                let s = self.scale_of(scale, k);
                self.graph.mul(s, values[k])
            })
            .collect()
    }

    /// What the net sees of the arguments that pass `sees`.
    fn features(&mut self, f: &LearnedFunction, args: &[Vec<ExprId>], sees: &dyn Fn(&Input) -> bool) -> Vec<ExprId> {
        let mut out = Vec::new();
        for (input, list) in f.inputs.iter().zip(args).filter(|(i, _)| sees(i)) {
            for (k, x) in list.iter().enumerate() {
                let even = input.parity == Some(Parity::Even);
                if let Some(period) = input.period {
                    let (two, pi) = (self.graph.integer(2), self.graph.pi());
                    let turn = self.graph.product(&[two, pi, *x]);
                    let angle = self.graph.div(turn, period);
                    if !even {
                        out.push(self.graph.call(Function::Sin, &[angle]));
                    }
                    out.push(self.graph.call(Function::Cos, &[angle]));
                    continue;
                }
                let u = self.scaled(input, k, *x);
                out.push(if even && !input.convex { self.graph.powi(u, 2) } else { u });
            }
        }
        out
    }

    fn scaled(&mut self, input: &Input, k: usize, x: ExprId) -> ExprId {
        match input.scale {
            Some(scale) => {
                let s = self.scale_of(scale, k);
                self.graph.div(x, s)
            }
            None => x,
        }
    }

    fn scale_of(&mut self, scale: Scale, k: usize) -> ExprId {
        self.entry(scale.leaf, !scale.each, k)
    }

    /// `ε/2·|v/s|²` over the arguments in which the function is strongly convex.
    fn curvature(&mut self, f: &LearnedFunction, args: &[Vec<ExprId>]) -> Option<ExprId> {
        let mut squares = Vec::new();
        for (input, list) in f.inputs.iter().zip(args).filter(|(i, _)| i.convex) {
            for (k, x) in list.iter().enumerate() {
                let u = self.scaled(input, k, *x);
                squares.push(self.graph.powi(u, 2));
            }
        }
        if squares.is_empty() {
            return None;
        }
        let half = self.rational(CURVATURE.0, 2 * CURVATURE.1);
        let total = self.graph.sum(&squares);
        Some(self.graph.mul(half, total))
    }

    /// The entries of the result, row by row, from the outputs of the net.
    fn assembled(&mut self, form: Form, shape: &[usize], raw: Vec<ExprId>) -> Vec<ExprId> {
        if form == Form::Plain {
            return raw;
        }
        let n = shape[0];
        let at = |i: usize, j: usize| i * (i + 1) / 2 + j;
        let mut lower = raw;
        if form == Form::Definite {
            let least = self.rational(DIAGONAL.0, DIAGONAL.1);
            for i in 0..n {
                let positive = self.graph.call(Function::Softplus, &[lower[at(i, i)]]);
                lower[at(i, i)] = self.graph.add(positive, least);
            }
        }
        let mut out = Vec::with_capacity(n * n);
        for i in 0..n {
            for j in 0..n {
                let (big, small) = (i.max(j), i.min(j));
                if form == Form::Symmetric {
                    out.push(lower[at(big, small)]);
                    continue;
                }
                let products: Vec<ExprId> =
                    (0..=small).map(|k| self.graph.mul(lower[at(big, k)], lower[at(small, k)])).collect();
                out.push(self.graph.sum(&products));
            }
        }
        out
    }

    fn rational(&mut self, numerator: i64, denominator: i64) -> ExprId {
        let (a, b) = (self.graph.integer(numerator), self.graph.integer(denominator));
        self.graph.div(a, b)
    }
}

//! `net f(q, p) -> real = mlp([64, 64], tanh)`: a learned function with its types.
//!
//! | file | what it reads |
//! |---|---|
//! | `architecture` | `mlp([64, 64], tanh, seed = 1)` |
//! | `attribute` | `with periodic(q), even(v), nonnegative` |
//! | `apply` | a call, as expressions around the node of the graph |

mod apply;
mod architecture;
mod attribute;

use super::super::learned::{Initialisation, LearnedNet, Port};
use super::super::system::Parameter;
use super::super::value::{Dim, Value};
use super::{Env, PendingParameter, Resolver};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::limits;
use crate::symbolic::{ExprId, NetId, NetInfo};
use crate::syntax::tree::{Formal, Net, ShapeKind};
use std::sync::Arc;

/// A learned function of the file, ready to be called.
#[derive(Clone, Debug)]
pub(crate) struct LearnedFunction {
    name: String,
    span: Span,
    /// The net that sees every argument.
    core: NetId,
    /// Of a strongly convex function: the net that sees the other arguments only.
    offset: Option<NetId>,
    inputs: Vec<Input>,
    result: Outcome,
    nonnegative: bool,
    seed: Option<u64>,
    initialisation: Initialisation,
    activation: Span,
    calls: Vec<Vec<ExprId>>,
}

/// A formal argument.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    name: String,
    span: Span,
    shape: Vec<usize>,
    dim: Dim,
    /// The period of a `periodic` argument.
    period: Option<ExprId>,
    parity: Option<Parity>,
    /// Whether the function is strongly convex in it.
    convex: bool,
    scale: Option<Scale>,
}

impl LearnedFunction {
    /// Whether the system calls it.
    pub fn is_called(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Shape and dimension of each argument.
    pub fn argument_types(&self) -> Vec<(Vec<usize>, Dim)> {
        self.inputs.iter().map(|i| (i.shape.clone(), i.dim.clone())).collect()
    }
}

impl Input {
    fn components(&self) -> usize {
        self.shape.iter().product()
    }

    /// Numbers that the net sees of it: sine and cosine of a periodic component, or one each.
    fn features(&self) -> usize {
        let both = self.period.is_some() && self.parity != Some(Parity::Even);
        self.components() * if both { 2 } else { 1 }
    }

    /// Whether the net is called at both signs of it.
    fn mirrored(&self) -> bool {
        self.parity == Some(Parity::Odd) || self.parity == Some(Parity::Even) && self.convex
    }
}

/// What changes when an argument changes its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parity {
    Even,
    Odd,
}

/// The result.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    shape: Vec<usize>,
    form: Form,
    dim: Dim,
    scale: Scale,
}

/// How the outputs of the net become the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Entry by entry.
    Plain,
    /// The lower triangle, row by row.
    Symmetric,
    /// `L Lᵀ` of the lower triangle.
    Definite,
}

impl Form {
    /// Outputs of the net for a result of some shape.
    fn outputs(self, shape: &[usize]) -> usize {
        match self {
            Form::Plain => shape.iter().product(),
            Form::Symmetric | Form::Definite => shape[0] * (shape[0] + 1) / 2,
        }
    }
}

/// A scale: its place among the parameters and its leaf.
#[derive(Clone, Copy, Debug)]
struct Scale {
    parameter: usize,
    leaf: ExprId,
    /// Whether there is one for each component.
    each: bool,
}

impl Resolver<'_> {
    /// Reads a declaration; its value is the function.
    pub fn net(&mut self, decl: usize, n: &Net, env: &Env) -> Option<Value> {
        let inputs = self.net_inputs(n, env);
        let result = self.net_result(n, env);
        let built = self.architecture(&n.body, env);
        let attributes = match &inputs {
            Some(inputs) => self.attributes(n, inputs, env),
            None => None,
        };
        let (mut inputs, (shape, form, dim), built, attributes) = (inputs?, result?, built?, attributes?);
        self.fits(n, form, &built)?;
        attributes.apply(&mut inputs);
        self.agree(n, &inputs, &shape, form, &attributes, &built)?;
        let name = self.net_name(&n.name.name, env);
        let width = |list: &[&Input]| list.iter().map(|i| i.features()).sum::<usize>() as u32;
        let all: Vec<&Input> = inputs.iter().collect();
        let others: Vec<&Input> = inputs.iter().filter(|i| !i.convex).collect();
        let convex = others.len() < all.len();
        let outputs = form.outputs(&shape) as u32;
        let mut architecture = built.architecture.clone();
        self.small_enough(n, &architecture, width(&all), outputs)?;
        let offset = (convex && !others.is_empty()).then(|| NetInfo {
            name: format!("{name}.offset"),
            inputs: width(&others),
            outputs,
            architecture: architecture.clone(),
        });
        architecture.convex = convex;
        let core = NetInfo { name: name.clone(), inputs: width(&all), outputs, architecture };
        let core = self.graph.net(core);
        let offset = offset.map(|info| self.graph.net(info));
        let result_each = shape.len() == 1;
        let count = if result_each { shape[0] } else { 1 };
        let scale = self.net_scale(&format!("{name}.scale_out"), n.name.span, count, result_each, &dim);
        for input in inputs.iter_mut().filter(|i| i.period.is_none()) {
            let (count, each) = (input.components(), !input.shape.is_empty());
            let scale = format!("{name}.scale_in.{}", input.name);
            input.scale = Some(self.net_scale(&scale, input.span, count, each, &input.dim));
        }
        let made = LearnedFunction {
            name,
            span: n.name.span,
            core,
            offset,
            inputs,
            result: Outcome { shape, form, dim, scale },
            nonnegative: attributes.nonnegative.is_some(),
            seed: built.seed,
            initialisation: built.initialisation,
            activation: built.activation,
            calls: Vec::new(),
        };
        self.nets.insert(decl, made);
        Some(Value::Callable(decl))
    }

    /// The name under which weights are kept: of a component `a.Rθ`. A net of the file that a name of the
    /// system hides is told apart from it by the name of its file.
    fn net_name(&self, name: &str, env: &Env) -> String {
        let full = format!("{}{name}", self.instances[env.instance].prefix);
        let taken = |name: &str| self.nets.values().any(|f| f.name == name);
        if taken(&full) { format!("{}:{full}", self.program.modules[env.module].name) } else { full }
    }

    fn net_inputs(&mut self, n: &Net, env: &Env) -> Option<Vec<Input>> {
        let mut out: Vec<Input> = Vec::new();
        let mut failed = false;
        for formal in &n.formals {
            if let Some(first) = out.iter().find(|i| i.name == formal.name.name) {
                let at = first.span;
                failed = true;
                self.report(
                    Diagnostic::error("E0120", formal.name.span, format!("`{}` stands twice here", formal.name.name))
                        .label(at, "the first one")
                        .help("give each argument a name of its own"),
                );
                continue;
            }
            match self.net_input(n, formal, env) {
                Some(input) => out.push(input),
                None => failed = true,
            }
        }
        let total: usize = out.iter().map(Input::components).sum();
        if total > limits::EXPLICIT {
            return self.fail(super::expr::too_large(n.span, total));
        }
        (!failed).then_some(out)
    }

    /// An argument without a type is a number; without a unit its dimension is one unknown for all calls.
    fn net_input(&mut self, n: &Net, formal: &Formal, env: &Env) -> Option<Input> {
        let (mut shape, mut dim) = (Vec::new(), None);
        if let Some(ty) = &formal.ty {
            let stated = self.stated(ty, env)?;
            if stated.kind == Some(ShapeKind::Int) {
                return self.fail(
                    Diagnostic::error("E0490", ty.span, "an argument of a net is a real quantity")
                        .help(format!("write `{}` or `{0}: vector(3)`", formal.name.name)),
                );
            }
            (shape, dim) = (stated.shape.unwrap_or_default(), stated.dim);
        }
        let dim = dim.unwrap_or_else(|| {
            let name = &formal.name.name;
            let shape = match &formal.ty {
                Some(ty) => format!("{} ", self.text(ty.span)),
                None => String::new(),
            };
            let help = format!("state it: `{name}: {shape}[m]`, or `{name}: {shape}[1]`");
            self.unknown_of(format!("`{name}` of `{}`", n.name.name), help, formal.name.span)
        });
        Some(Input {
            name: formal.name.name.clone(),
            span: formal.span,
            shape,
            dim,
            period: None,
            parity: None,
            convex: false,
            scale: None,
        })
    }

    fn net_result(&mut self, n: &Net, env: &Env) -> Option<(Vec<usize>, Form, Dim)> {
        let stated = self.stated(&n.ty, env)?;
        let form = match stated.kind {
            Some(ShapeKind::Spd) => Form::Definite,
            Some(ShapeKind::Symmetric) => Form::Symmetric,
            Some(ShapeKind::Int) => {
                return self.fail(
                    Diagnostic::error("E0490", n.ty.span, "the result of a net is a real quantity")
                        .help("write `-> real`, `-> vector(3)`, `-> symmetric(2)` or `-> spd(2)`"),
                );
            }
            _ => Form::Plain,
        };
        let shape = stated.shape.unwrap_or_default();
        let total: usize = shape.iter().product();
        if total > limits::EXPLICIT {
            return self.fail(super::expr::too_large(n.ty.span, total));
        }
        let dim = stated.dim.unwrap_or_else(|| {
            let shape = self.text(n.ty.span);
            let help = format!("state it: `-> {shape} [J]`, or `-> {shape} [1]`");
            self.unknown_of(format!("the result of `{}`", n.name.name), help, n.ty.span)
        });
        Some((shape, form, dim))
    }

    /// A scale as a parameter with the value 1, in SI.
    fn net_scale(&mut self, name: &str, span: Span, count: usize, each: bool, dim: &Dim) -> Scale {
        let elements: Arc<[String]> =
            if each { (1..=count).map(|k| format!("{name}[{k}]")).collect() } else { [name.to_owned()].into() };
        let leaf = self.leaf(name, &elements, !each);
        let one = self.graph.one();
        let parameter = self.parameters.len();
        self.parameters.push(PendingParameter {
            parameter: Parameter {
                name: name.to_owned(),
                span,
                value: span,
                leaf,
                default: vec![one; elements.len()],
                elements,
                dimension: Dimension::one(),
                bounds: None,
                input: false,
                hidden: true,
            },
            dim: dim.clone(),
        });
        Scale { parameter, leaf, each }
    }

    /// Every net that was read, in the order of reading.
    pub fn learned_nets(&self) -> Vec<LearnedNet> {
        self.nets.values().flat_map(|f| self.learned_of(f)).collect()
    }

    fn learned_of(&self, f: &LearnedFunction) -> Vec<LearnedNet> {
        let port = |name: &str, shape: &[usize], dim: &Dim, scale: Option<Scale>| Port {
            name: name.to_owned(),
            shape: shape.to_vec(),
            dimension: self.final_dimension(dim),
            scale: scale.map(|s| s.parameter),
        };
        let of = |net: NetId, sees: &dyn Fn(&Input) -> bool| {
            let part = |call: &Vec<ExprId>| {
                let mut rest = call.as_slice();
                let mut out = Vec::new();
                for input in &f.inputs {
                    let (own, more) = rest.split_at(input.components());
                    if sees(input) {
                        out.extend_from_slice(own);
                    }
                    rest = more;
                }
                out
            };
            let seen = f.inputs.iter().filter(|i| sees(i));
            LearnedNet {
                name: self.graph.net_info(net).name.clone(),
                span: f.span,
                net,
                seed: f.seed,
                initialisation: f.initialisation,
                activation: f.activation,
                inputs: seen.map(|i| port(&i.name, &i.shape, &i.dim, i.scale)).collect(),
                output: port(&f.name, &f.result.shape, &f.result.dim, Some(f.result.scale)),
                calls: f.calls.iter().map(part).collect(),
                trained: false,
            }
        };
        let core = of(f.core, &|_| true);
        std::iter::once(core).chain(f.offset.map(|net| of(net, &|i| !i.convex))).collect()
    }

    /// A net that nothing calls is never trained, which is seldom meant.
    pub fn unused_nets(&mut self) {
        let idle: Vec<(String, Span)> =
            self.nets.values().filter(|f| f.calls.is_empty()).map(|f| (f.name.clone(), f.span)).collect();
        if self.diagnostics.has_errors() {
            return;
        }
        for (name, span) in idle {
            self.report(
                Diagnostic::warning("W0499", span, format!("nothing calls the net `{name}`, so it is never trained"))
                    .help("use it, or remove it"),
            );
        }
    }
}

//! `mlp([64, 64], tanh, seed = 1)` and `cholesky_mlp(…)`: hidden widths, activation, options.

use super::super::super::learned::Initialisation;
use super::super::{Env, Resolver};
use super::Form;
use crate::diagnostic::{Diagnostic, Span};
use crate::limits;
use crate::model::{list_names, suggest};
use crate::symbolic::{Activation, Architecture};
use crate::syntax::tree::{Arg, Expr, ExprKind, Net};

/// Words that make a net.
const WORDS: &[&str] = &["mlp", "cholesky_mlp"];
/// Options of both.
const OPTIONS: &[&str] = &["seed", "init", "residual", "bias", "output_bias"];

/// What the right side of a `net` says.
pub(super) struct Built {
    pub architecture: Architecture,
    pub seed: Option<u64>,
    pub initialisation: Initialisation,
    /// Where the activation is written.
    pub activation: Span,
    /// `cholesky_mlp`
    cholesky: bool,
    /// Where the word is written.
    word: Span,
}

/// The names of a list of things that have some.
fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|a| name(*a)).collect()
}

impl Resolver<'_> {
    pub(super) fn architecture(&mut self, body: &Expr, env: &Env) -> Option<Built> {
        let ExprKind::Call { callee, args } = &*body.kind else { return self.no_architecture(body) };
        let ExprKind::Name(word) = &*callee.kind else { return self.no_architecture(body) };
        if !WORDS.contains(&word.as_str()) {
            let d = Diagnostic::error("E0490", callee.span, format!("`{word}` is not an architecture"));
            return self.fail(match suggest(word, WORDS.iter().copied()) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help("a net is `mlp([64, 64], tanh)`, or `cholesky_mlp(…)` for a result `spd(n)`"),
            });
        }
        let mut built = Built {
            architecture: Architecture {
                hidden: Vec::new(),
                activation: Activation::Tanh,
                residual: false,
                hidden_bias: true,
                output_bias: true,
                convex: false,
            },
            seed: None,
            initialisation: Initialisation::Uniform,
            activation: callee.span,
            cholesky: word == "cholesky_mlp",
            word: callee.span,
        };
        let mut positions = 0;
        let mut seen: Vec<(&str, Span)> = Vec::new();
        let mut fine = true;
        for arg in args {
            if arg.each.is_some() || arg.is_range || arg.tweaks.is_some() {
                fine = false;
                self.report(Diagnostic::error("E0434", arg.span, format!("`{word}` takes plain arguments here")));
                continue;
            }
            let done = match &arg.name {
                None => {
                    positions += 1;
                    match positions {
                        1 => self.widths(&arg.value, env, &mut built),
                        2 => self.activation(&arg.value, &mut built),
                        _ => self.too_many(word, arg),
                    }
                }
                Some(name) => match seen.iter().find(|s| s.0 == name.name) {
                    Some((_, first)) => {
                        let first = *first;
                        self.fail(
                            Diagnostic::error("E0405", arg.span, format!("the option `{}` is given twice", name.name))
                                .label(first, "the first time"),
                        )
                    }
                    None => {
                        seen.push((name.name.as_str(), arg.span));
                        self.option(word, &name.name, name.span, &arg.value, env, &mut built)
                    }
                },
            };
            fine &= done.is_some();
        }
        if positions < 2 {
            return self.fail(
                Diagnostic::error("E0490", body.span, format!("`{word}` needs its hidden widths and an activation"))
                    .help(format!("write `{word}([64, 64], tanh)`")),
            );
        }
        fine.then_some(built)
    }

    fn no_architecture<T>(&mut self, body: &Expr) -> Option<T> {
        self.fail(
            Diagnostic::error("E0490", body.span, "the right side of a `net` is an architecture")
                .help("write `mlp([64, 64], tanh)`; a function with a formula is `fn f(x) = …`"),
        )
    }

    fn too_many(&mut self, word: &str, arg: &Arg) -> Option<()> {
        self.fail(
            Diagnostic::error("E0490", arg.span, format!("`{word}` takes hidden widths and an activation by position"))
                .help(format!("options have names: {}", list_names(&owned(OPTIONS)))),
        )
    }

    fn widths(&mut self, e: &Expr, env: &Env, built: &mut Built) -> Option<()> {
        let a = self.array(e, env)?;
        if a.shape.len() != 1 {
            return self.fail(
                Diagnostic::error("E0491", e.span, "the hidden widths are a list of whole numbers")
                    .help("write `[64, 64]`, or `[64]` for one hidden layer"),
            );
        }
        if a.items.len() > limits::NET_LAYERS {
            let message =
                format!("a net has at most {} hidden layers, and this has {}", limits::NET_LAYERS, a.items.len());
            return self.fail(Diagnostic::error("E0491", e.span, message));
        }
        for s in &a.items {
            let width = self.graph.as_number(s.expr).and_then(|n| n.as_i64()).and_then(|n| u32::try_from(n).ok());
            match width.filter(|w| (1..=limits::NET_WIDTH).contains(w)) {
                Some(w) => built.architecture.hidden.push(w),
                None => {
                    let message = format!("a hidden width is a whole number from 1 to {}", limits::NET_WIDTH);
                    return self.fail(
                        Diagnostic::error("E0491", e.span, message)
                            .help("use numbers or a `const`; a `param` may change at run time"),
                    );
                }
            }
        }
        Some(())
    }

    fn activation(&mut self, e: &Expr, built: &mut Built) -> Option<()> {
        built.activation = e.span;
        let text = self.text(e.span);
        if let ExprKind::Name(word) = &*e.kind {
            if let Some(found) = Activation::ALL.iter().find(|a| a.name() == word) {
                built.architecture.activation = *found;
                return Some(());
            }
        }
        let known = names(Activation::ALL, Activation::name);
        let d = Diagnostic::error("E0492", e.span, format!("`{text}` is not an activation"));
        let d = match text.as_str() {
            "silu" | "SiLU" => d.help("did you mean `swish`?"),
            "logistic" => d.help("did you mean `sigmoid`?"),
            "gelu" | "GELU" | "elu" | "ELU" | "mish" => d.help(format!(
                "`swish` and `softplus` are smooth and of the same shape; the activations are {}",
                list_names(&owned(&known))
            )),
            "leaky_relu" | "LeakyReLU" | "ReLU6" => {
                d.help(format!("the activations are {}", list_names(&owned(&known))))
            }
            _ => match suggest(&text, known.iter().copied()) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("the activations are {}", list_names(&owned(&known)))),
            },
        };
        self.fail(d)
    }

    fn option(&mut self, word: &str, name: &str, span: Span, value: &Expr, env: &Env, built: &mut Built) -> Option<()> {
        match name {
            "seed" => {
                let n = self.whole(value, env)?;
                match u64::try_from(n) {
                    Ok(seed) => built.seed = Some(seed),
                    Err(_) => {
                        return self.fail(Diagnostic::error("E0493", value.span, "a seed is a whole number from 0 on"));
                    }
                }
            }
            "init" => built.initialisation = self.initialisation(value)?,
            "residual" => built.architecture.residual = self.truth_word(name, value)?,
            "bias" => built.architecture.hidden_bias = self.truth_word(name, value)?,
            "output_bias" => built.architecture.output_bias = self.truth_word(name, value)?,
            _ => {
                let d = Diagnostic::error("E0493", span, format!("`{name}` is not an option of `{word}`"));
                return self.fail(match suggest(name, OPTIONS.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("the options are {}", list_names(&owned(OPTIONS)))),
                });
            }
        }
        Some(())
    }

    fn initialisation(&mut self, e: &Expr) -> Option<Initialisation> {
        let text = self.text(e.span);
        let known = names(Initialisation::ALL, Initialisation::name);
        let found = Initialisation::ALL.iter().find(|i| matches!(&*e.kind, ExprKind::Name(w) if w == i.name()));
        if let Some(found) = found {
            return Some(*found);
        }
        let d = Diagnostic::error("E0493", e.span, format!("`{text}` is not a way to begin"));
        self.fail(match suggest(&text, known.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help(format!("the ways are {}", list_names(&owned(&known)))),
        })
    }

    fn truth_word(&mut self, name: &str, e: &Expr) -> Option<bool> {
        match &*e.kind {
            ExprKind::Name(word) if word == "true" || word == "false" => Some(word == "true"),
            _ => self.fail(
                Diagnostic::error("E0493", e.span, format!("`{name}` is true or false"))
                    .help(format!("write `{name} = true`")),
            ),
        }
    }

    /// `spd(n)` is made by `cholesky_mlp`, and by nothing else.
    pub(super) fn fits(&mut self, n: &Net, form: Form, built: &Built) -> Option<()> {
        match (form, built.cholesky) {
            (Form::Definite, false) => self.fail(
                Diagnostic::error("E0494", built.word, "an `mlp` is not positive definite by itself")
                    .label(n.ty.span, "this result is")
                    .help("write `cholesky_mlp(…)`: it gives `L*L^T` of a lower triangular `L`"),
            ),
            (Form::Plain | Form::Symmetric, true) => self.fail(
                Diagnostic::error("E0494", built.word, "a `cholesky_mlp` gives a positive definite matrix")
                    .label(n.ty.span, "and this result is of another type")
                    .help("declare the result as `spd(n)`, or write `mlp(…)`"),
            ),
            _ => Some(()),
        }
    }

    pub(super) fn small_enough(&mut self, n: &Net, a: &Architecture, inputs: u32, outputs: u32) -> Option<()> {
        let count = a.count(inputs, outputs);
        if count <= limits::NET_WEIGHTS {
            return Some(());
        }
        let message = format!("this net has {count} weights, and at most {} are possible", limits::NET_WEIGHTS);
        self.fail(Diagnostic::error("E0491", n.body.span, message).help("use smaller widths"))
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

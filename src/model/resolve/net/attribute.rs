//! `with periodic(q, 2*π), even(v), odd(w), nonnegative, strongly_convex(v)`: what a net is by
//! construction.

use super::super::super::value::Dim;
use super::super::{Env, Resolver};
use super::architecture::Built;
use super::{Form, Input, Parity};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Term;
use crate::limits;
use crate::model::{list_names, suggest};
use crate::symbolic::ExprId;
use crate::syntax::tree::{Arg, Expr, ExprKind, Net};

/// Every attribute.
const WORDS: &[&str] = &["periodic", "even", "odd", "nonnegative", "strongly_convex"];

/// What stands behind `with`, with places: of arguments by their position.
#[derive(Default)]
pub(super) struct Attributes {
    periodic: Vec<(usize, ExprId, Span)>,
    parity: Vec<(usize, Parity, Span)>,
    convex: Vec<(usize, Span)>,
    pub nonnegative: Option<Span>,
}

impl Attributes {
    /// Writes them into the arguments.
    pub(super) fn apply(&self, inputs: &mut [Input]) {
        for (k, period, _) in &self.periodic {
            inputs[*k].period = Some(*period);
        }
        for (k, parity, _) in &self.parity {
            inputs[*k].parity = Some(*parity);
        }
        for (k, _) in &self.convex {
            inputs[*k].convex = true;
        }
    }
}

impl Resolver<'_> {
    pub(super) fn attributes(&mut self, n: &Net, inputs: &[Input], env: &Env) -> Option<Attributes> {
        let mut out = Attributes::default();
        let mut fine = true;
        for e in &n.attributes {
            fine &= self.attribute(n, e, inputs, env, &mut out).is_some();
        }
        fine.then_some(out)
    }

    fn attribute(&mut self, n: &Net, e: &Expr, inputs: &[Input], env: &Env, out: &mut Attributes) -> Option<()> {
        let (word, args, at): (&str, &[Arg], Span) = match &*e.kind {
            ExprKind::Name(word) => (word, &[], e.span),
            ExprKind::Call { callee, args } => match &*callee.kind {
                ExprKind::Name(word) => (word, args, callee.span),
                _ => return self.no_attribute(e.span),
            },
            _ => return self.no_attribute(e.span),
        };
        if !WORDS.contains(&word) {
            return self.no_attribute(at);
        }
        if let Some(arg) =
            args.iter().find(|a| a.name.is_some() || a.is_range || a.each.is_some() || a.tweaks.is_some())
        {
            return self.fail(Diagnostic::error(
                "E0495",
                arg.span,
                format!("`{word}` takes arguments of the net by their names"),
            ));
        }
        let example = inputs.first().map_or("x", |i| i.name.as_str()).to_owned();
        let wrong = |need: &str| {
            Diagnostic::error("E0495", e.span, format!("`{word}` takes {need}")).help(match word {
                "nonnegative" => "write `nonnegative` alone".to_owned(),
                "periodic" => format!("write `periodic({example})`, or `periodic({example}, 2*π)`"),
                _ => format!("write `{word}({example})`"),
            })
        };
        match (word, args) {
            ("nonnegative", []) => {
                if let Some(first) = out.nonnegative {
                    return self.twice(e.span, first, word);
                }
                out.nonnegative = Some(e.span);
            }
            ("nonnegative", _) => return self.fail(wrong("no argument")),
            ("periodic", [q] | [q, _]) => {
                let k = self.argument_of(n, &q.value, inputs)?;
                if let Some((_, _, first)) = out.periodic.iter().find(|p| p.0 == k) {
                    return self.twice(e.span, *first, word);
                }
                let period = self.period(args.get(1), &inputs[k], e.span, env)?;
                out.periodic.push((k, period, e.span));
            }
            ("periodic", _) => return self.fail(wrong("an argument of the net and, if wanted, its period")),
            ("even" | "odd", [v]) => {
                let k = self.argument_of(n, &v.value, inputs)?;
                let parity = if word == "even" { Parity::Even } else { Parity::Odd };
                if let Some((_, other, first)) = out.parity.iter().find(|p| p.0 == k) {
                    let (same, first) = (*other == parity, *first);
                    return if same {
                        self.twice(e.span, first, word)
                    } else {
                        let message = format!("what is even and odd in `{}` is zero", inputs[k].name);
                        self.contradiction(e.span, message, first)
                    };
                }
                out.parity.push((k, parity, e.span));
            }
            ("even" | "odd", _) => return self.fail(wrong("one argument of the net")),
            (_, []) => return self.fail(wrong("arguments of the net")),
            (_, list) => {
                for v in list {
                    let k = self.argument_of(n, &v.value, inputs)?;
                    if let Some((_, first)) = out.convex.iter().find(|c| c.0 == k) {
                        return self.twice(e.span, *first, word);
                    }
                    out.convex.push((k, e.span));
                }
            }
        }
        Some(())
    }

    fn no_attribute<T>(&mut self, at: Span) -> Option<T> {
        let text = self.text(at);
        let d = Diagnostic::error("E0495", at, format!("`{text}` is not an attribute of a net"));
        self.fail(match suggest(&text, WORDS.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => {
                let known: Vec<String> = WORDS.iter().map(|w| (*w).to_owned()).collect();
                d.help(format!("the attributes are {}", list_names(&known)))
            }
        })
    }

    fn twice<T>(&mut self, at: Span, first: Span, word: &str) -> Option<T> {
        self.fail(
            Diagnostic::error("E0405", at, format!("the attribute `{word}` is given twice"))
                .label(first, "the first time"),
        )
    }

    fn contradiction<T>(&mut self, at: Span, message: String, other: Span) -> Option<T> {
        self.fail(Diagnostic::error("E0496", at, message).label(other, "beside this").help("remove one of the two"))
    }

    /// Which argument of the net a name in an attribute is.
    fn argument_of(&mut self, n: &Net, e: &Expr, inputs: &[Input]) -> Option<usize> {
        let text = self.text(e.span);
        if let ExprKind::Name(name) = &*e.kind {
            if let Some(k) = inputs.iter().position(|i| i.name == *name) {
                return Some(k);
            }
        }
        let d = Diagnostic::error("E0495", e.span, format!("`{text}` is not an argument of `{}`", n.name.name));
        let known: Vec<String> = inputs.iter().map(|i| i.name.clone()).collect();
        self.fail(match suggest(&text, known.iter().map(String::as_str)) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help(format!("its arguments are {}", list_names(&known))),
        })
    }

    /// The period: of the dimension of the argument; 2π where none is written.
    fn period(&mut self, given: Option<&Arg>, input: &Input, at: Span, env: &Env) -> Option<ExprId> {
        let Some(arg) = given else {
            self.same_for(&Dim::Term(Term::one()), at, &input.dim, input.span, "be the period of")?;
            let (two, pi) = (self.graph.integer(2), self.graph.pi());
            return Some(self.graph.mul(two, pi));
        };
        let s = self.scalar(&arg.value, env)?;
        self.same_for(&s.dim, arg.span, &input.dim, input.span, "be the period of")?;
        let zero = self.graph.as_number(s.expr).is_some_and(|n| n.is_zero());
        if zero || self.moves(&[s.expr]) {
            let message = if zero { "a period is not zero" } else { "a period cannot depend on what moves" };
            return self
                .fail(Diagnostic::error("E0495", arg.span, message).help("write a constant: `periodic(q, 2*π)`"));
        }
        Some(s.expr)
    }

    /// Attributes that cannot hold together, or not of such a result.
    pub(super) fn agree(
        &mut self,
        n: &Net,
        inputs: &[Input],
        shape: &[usize],
        form: Form,
        attributes: &Attributes,
        built: &Built,
    ) -> Option<()> {
        let odd = attributes.parity.iter().find(|p| p.1 == Parity::Odd).map(|p| p.2);
        if let (Some(odd), Some(nonnegative)) = (odd, attributes.nonnegative) {
            return self.contradiction(nonnegative, "what is odd and nowhere negative is zero".into(), odd);
        }
        if form == Form::Definite {
            let what = attributes.nonnegative.map(|at| (at, "nonnegative")).or(odd.map(|at| (at, "odd")));
            if let Some((at, word)) = what {
                let message = format!("a positive definite matrix is not `{word}`");
                return self.contradiction(at, message, n.ty.span);
            }
        }
        let mirrored = inputs.iter().filter(|i| i.mirrored()).count();
        if mirrored > limits::NET_MIRRORS {
            let message = format!("a net is odd in at most {} arguments, and this in {mirrored}", limits::NET_MIRRORS);
            return self.fail(
                Diagnostic::error("E0496", n.name.span, message)
                    .note("it is called at both signs of each of them, so the calls double with every one"),
            );
        }
        let Some(&(first, convex)) = attributes.convex.first() else { return Some(()) };
        if let Some(odd) = odd {
            return self.contradiction(convex, "what is odd is convex nowhere in particular".into(), odd);
        }
        if let Some((k, _, periodic)) =
            attributes.periodic.iter().find(|p| attributes.convex.iter().any(|c| c.0 == p.0))
        {
            let message = format!("what is periodic in `{}` cannot be convex in it", inputs[*k].name);
            return self.contradiction(convex, message, *periodic);
        }
        if !shape.is_empty() {
            return self.fail(
                Diagnostic::error("E0496", convex, format!("only a number can be convex in `{}`", inputs[first].name))
                    .label(n.ty.span, "this result is no number")
                    .help("write `-> real`, or remove the attribute"),
            );
        }
        if !built.architecture.activation.is_convex() {
            let word = built.architecture.activation.name();
            return self.fail(
                Diagnostic::error("E0497", built.activation, format!("a net of `{word}` is not convex"))
                    .label(convex, "this needs a convex, increasing activation")
                    .help("write `softplus`"),
            );
        }
        Some(())
    }
}

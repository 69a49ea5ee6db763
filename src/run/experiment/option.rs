//! Options of a line: an unknown one is an error at its place, and so is one that is given twice.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model;
use crate::syntax::tree::{Config, ConfigEntry, ConfigValue, Expr, ExprKind};

/// What other programs call the options of a training, and how they are written here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("lr", "optimizer = adam(1e-3)"),
    ("rate", "optimizer = adam(1e-3)"),
    ("learning_rate", "optimizer = adam(1e-3)"),
    ("momentum", "optimizer = sgd(1e-2, momentum = 0.9)"),
    ("weight_decay", "optimizer = adam(1e-3, decay = 1e-4)"),
    ("batch_size", "batch = 256"),
    ("iterations", "steps = 1000"),
    ("max_iter", "steps = 1000"),
    ("num_epochs", "epochs = 1000"),
    ("dtype", "precision = f64"),
    ("early_stopping", "patience = 10"),
    ("validation", "train(A, on = d.train, valid = d.valid)"),
    ("valid", "train(A, on = d.train, valid = d.valid)"),
    ("on", "train(A, on = d)"),
    ("horizon", "loss = trajectory(horizon = 1)"),
    ("parameters", "learn = [m, k]"),
    ("params", "learn = [m, k]"),
];

/// The options of a line, each with its value. `line` names it: "`plot lines`".
pub fn read<'c>(
    line: &str,
    known: &[&str],
    config: Option<&'c Config>,
    out: &mut Diagnostics,
) -> Vec<(&'c str, &'c Expr)> {
    let mut found: Vec<(&str, &Expr)> = Vec::new();
    for e in config.iter().flat_map(|c| &c.entries) {
        let Some(name) = name_of(e).filter(|n| e.word.is_none() && known.contains(n)) else {
            out.push(unknown(line, known, e));
            continue;
        };
        if let Some((_, first)) = found.iter().find(|f| f.0 == name) {
            out.push(
                Diagnostic::error("E0405", e.span, format!("the option `{name}` is given twice"))
                    .label(first.span, "the first time"),
            );
            continue;
        }
        match &e.value {
            ConfigValue::Expr(value) if e.each.is_none() && e.bounds.is_none() && !e.distributed => {
                found.push((name, value));
            }
            _ => out.push(
                Diagnostic::error("E0406", e.span, format!("the option `{name}` takes one value"))
                    .help(format!("write `{name} = …`")),
            ),
        }
    }
    found
}

/// The name of an option, where it is one word.
pub fn name_of(e: &ConfigEntry) -> Option<&str> {
    match &*e.target.kind {
        ExprKind::Name(n) => Some(n),
        _ => None,
    }
}

fn unknown(line: &str, known: &[&str], e: &ConfigEntry) -> Diagnostic {
    let name = name_of(e).unwrap_or_default();
    let span = e.target.span;
    let message = if name.is_empty() {
        format!("this is not an option of {line}")
    } else {
        format!("`{name}` is not an option of {line}")
    };
    let d = Diagnostic::error("E0404", span, message);
    if let Some((_, here)) = ELSEWHERE.iter().find(|(word, _)| *word == name && line == "`train`") {
        return d.help(format!("write `{here}`"));
    }
    match model::suggest(name, known.iter().copied()) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => d.help("it takes none"),
        None => d.help(format!("the options are {}", known.join(", "))),
    }
}

/// A text in quotes.
pub fn text(name: &str, value: &Expr, out: &mut Diagnostics) -> Option<String> {
    match &*value.kind {
        ExprKind::Text(text, None) => Some(text.clone()),
        _ => {
            out.push(
                Diagnostic::error("E0406", value.span, format!("`{name}` is a text in quotes"))
                    .help(format!("write `{name} = \"…\"`")),
            );
            None
        }
    }
}

/// A wrong value at a place.
pub fn wrong(span: Span, message: String, out: &mut Diagnostics) {
    out.push(Diagnostic::error("E0406", span, message));
}

//! `simulate(A, t = 0..10) { init x = 2 }` as a request for a system: options, starts, parameters, and
//! the state that it begins with.

use super::option;
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{self, SystemRequest};
use crate::syntax::tree::*;

/// What `simulate(A, …)` takes besides `init`, `guess` and `param` lines.
const OPTIONS: &[&str] = &["t", "method", "rtol", "atol", "step", "max_steps", "seed", "untrained", "from", "init"];

/// The call as a request for a system, and the state it is to begin with.
pub(super) fn request(
    planner: &mut Planner,
    value: &Expr,
    config: Option<&Config>,
) -> Option<(SystemRequest, Option<(Span, Expr)>)> {
    let args = match &*value.kind {
        ExprKind::Call { callee, args } if matches!(&*callee.kind, ExprKind::Name(n) if n == "simulate") => args,
        _ => {
            planner.out.push(
                Diagnostic::error("E0468", value.span, "a `run` is a `simulate(…)`")
                    .help("write `run a = simulate(A)`"),
            );
            return None;
        }
    };
    let Some((first, rest)) = args.split_first().filter(|(f, _)| f.name.is_none() && f.each.is_none()) else {
        planner
            .out
            .push(Diagnostic::error("E0468", value.span, "`simulate` needs a system").help("write `simulate(A)`"));
        return None;
    };
    let mut request = SystemRequest {
        expr: Some(first.value.clone()),
        with: first.tweaks.iter().flatten().cloned().collect(),
        module: planner.module,
        results: planner.scopes.clone(),
        ..SystemRequest::default()
    };
    let mut entries = Vec::new();
    for a in rest {
        match &a.name {
            Some(name) if !a.is_range && a.tweaks.is_none() && a.each.is_none() => entries.push(ConfigEntry {
                span: a.span,
                word: None,
                target: Expr { span: name.span, kind: Box::new(ExprKind::Name(name.name.clone())) },
                distributed: false,
                value: ConfigValue::Expr(a.value.clone()),
                each: None,
                bounds: None,
            }),
            _ => {
                planner.out.push(
                    Diagnostic::error("E0468", a.span, "options of `simulate` have names and values")
                        .help("write `simulate(A, t = 0..10)`; what takes a `for` stands in braces behind the call"),
                );
                return None;
            }
        }
    }
    entries.extend(config.into_iter().flat_map(|c| c.entries.clone()));
    sort_entries(planner, entries, &mut request)
}

/// Options, `init` and `param` lines, and `from`, each where it belongs.
fn sort_entries(
    planner: &mut Planner,
    entries: Vec<ConfigEntry>,
    request: &mut SystemRequest,
) -> Option<(SystemRequest, Option<(Span, Expr)>)> {
    let mut from: Option<(Span, Expr)> = None;
    let mut word: Option<ConfigWord> = None;
    let mut seen: Vec<(String, Span)> = Vec::new();
    let mut start: Option<Span> = None;
    let mut fine = true;
    for e in entries {
        let name = option::name_of(&e).unwrap_or_default().to_owned();
        if e.word.is_none() && OPTIONS.contains(&name.as_str()) {
            word = None;
            if let Some((_, first)) = seen.iter().find(|s| s.0 == name) {
                planner.out.push(
                    Diagnostic::error("E0405", e.span, format!("the option `{name}` is given twice"))
                        .label(*first, "the first time"),
                );
                fine = false;
                continue;
            }
            seen.push((name.clone(), e.span));
            let ConfigValue::Expr(value) = &e.value else {
                option::wrong(e.span, format!("`{name}` takes a value, not a block"), &mut planner.out);
                fine = false;
                continue;
            };
            if e.each.is_some() || e.bounds.is_some() || e.distributed {
                option::wrong(e.span, format!("the option `{name}` takes one value"), &mut planner.out);
                fine = false;
            } else if name == "from" || name == "init" {
                if let Some((first, _)) = &from {
                    planner.out.push(
                        Diagnostic::error("E0469", e.span, "this run begins with two states")
                            .label(*first, "the first one"),
                    );
                    fine = false;
                }
                from = Some((e.span, value.clone()));
            } else {
                request.options.push(e);
            }
            continue;
        }
        word = e.word.or(word);
        match statement(&e, word) {
            Some(stmt) => {
                if word != Some(ConfigWord::Param) {
                    start = start.or(Some(e.span));
                }
                request.with.push(stmt);
            }
            None => {
                let d = Diagnostic::error("E0404", e.target.span, format!("`{name}` is not an option of `simulate`"));
                planner.out.push(match model::suggest(&name, OPTIONS.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!(
                        "the options are {}; starts and parameters follow `init` and `param`",
                        OPTIONS.join(", ")
                    )),
                });
                fine = false;
            }
        }
    }
    if let (Some((state, _)), Some(start)) = (&from, start) {
        planner.out.push(
            Diagnostic::error("E0469", start, "this run has a whole state to begin with, and a start of its own")
                .label(*state, "the whole state")
                .help("remove one of them"),
        );
        fine = false;
    }
    request.started = from.is_some();
    fine.then(|| (std::mem::take(request), from))
}

/// An entry behind `init`, `guess` or `param` as the statement that it is.
fn statement(e: &ConfigEntry, word: Option<ConfigWord>) -> Option<Stmt> {
    let ConfigValue::Expr(value) = &e.value else { return None };
    let kind = match word? {
        ConfigWord::Init | ConfigWord::Guess => {
            let init = Init {
                span: e.span,
                target: e.target.clone(),
                distributed: e.distributed,
                value: value.clone(),
                each: e.each.clone(),
            };
            if word == Some(ConfigWord::Guess) { StmtKind::Guess(vec![init]) } else { StmtKind::Init(vec![init]) }
        }
        ConfigWord::Param => {
            let ExprKind::Name(name) = &*e.target.kind else { return None };
            StmtKind::Param(vec![Param {
                span: e.span,
                name: Ident { name: name.clone(), span: e.target.span },
                index: None,
                ty: None,
                value: Some(value.clone()),
                bounds: e.bounds.clone(),
            }])
        }
    };
    Some(Stmt { span: e.span, doc: None, kind })
}

//! `simulate(A, t = 0..10) { init x = 2 }` as a request for a system: options, starts, parameters, and
//! the state that it begins with.

use super::option;
use super::plan::Planner;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{self, SystemRequest};
use crate::syntax::tree::*;

/// A call that takes a system.
pub(super) struct Call {
    /// The keyword of its line.
    pub line: &'static str,
    /// Its name.
    pub word: &'static str,
    /// Options of the simulation that it takes.
    pub options: &'static [&'static str],
    /// Options that give a whole state to begin with.
    pub states: &'static [&'static str],
    /// Options that its line reads itself.
    pub own: &'static [&'static str],
    /// Whether parameters may be drawn.
    pub random: bool,
    /// Whether starts may be axes of a grid.
    pub grid: bool,
}

/// What `simulate(A, …)` takes besides `init`, `guess` and `param` lines.
pub(super) const SIMULATE: Call = Call {
    line: "run",
    word: "simulate",
    options: model::SIMULATE_OPTIONS,
    states: &["from", "init"],
    own: &[],
    random: false,
    grid: false,
};

/// A call, read.
#[derive(Default)]
pub(super) struct Requested {
    /// The system with all that is set on top.
    pub request: SystemRequest,
    /// The state it is to begin with.
    pub from: Option<(Span, Expr)>,
    /// Options of the line itself.
    pub own: Vec<ConfigEntry>,
    /// Starts that are axes of a grid, each with its number of points.
    pub axes: Vec<(Span, Expr)>,
    /// The fit that the system is of, among the results.
    pub fit: Option<usize>,
    /// Entries that continue a list of starts and may be misspelt options: place, and the option that is near.
    near: Vec<(Span, String)>,
}

impl Requested {
    /// Problems of the system, where an unknown name in a list of starts may be an option that is misspelt.
    /// A start that is missing is missing in the call at `at`, as much as in the system.
    pub fn explained(&self, problems: Vec<Diagnostic>, at: Span) -> Vec<Diagnostic> {
        let explain = |d: Diagnostic| match self.near.iter().find(|n| d.code == "E0118" && n.0 == d.span) {
            Some((_, option)) => d.help(format!("did you mean the option `{option}`?")),
            None if d.code == "E0320" => {
                let mut here = Diagnostic::error(d.code, at, d.message).label(d.span, "this system");
                here.notes = d.notes;
                let behind = |h: String| h.replacen("write `init", "write behind this call `{ init", 1);
                here.help = d.help.map(|h| behind(h).replacen("…`", "… }`", 1));
                here
            }
            None => d,
        };
        problems.into_iter().map(explain).collect()
    }
}

/// The call as a request for a system.
pub(super) fn request(planner: &mut Planner, call: &Call, value: &Expr, config: Option<&Config>) -> Option<Requested> {
    let word = call.word;
    let args = match &*value.kind {
        ExprKind::Call { callee, args } if matches!(&*callee.kind, ExprKind::Name(n) if n == word) => args,
        _ => {
            planner.out.push(
                Diagnostic::error("E0468", value.span, format!("a `{}` is a `{word}(…)`", call.line))
                    .help(format!("write `{} a = {word}(A)`", call.line)),
            );
            return None;
        }
    };
    let Some((first, rest)) = args.split_first().filter(|(f, _)| f.name.is_none() && f.each.is_none()) else {
        planner.out.push(
            Diagnostic::error("E0468", value.span, format!("`{word}` needs a system"))
                .help(format!("write `{word}(A)`")),
        );
        return None;
    };
    let (system, mut with, fit) = planner.fitted_system(&first.value);
    with.extend(first.tweaks.iter().flatten().cloned());
    let request = SystemRequest {
        expr: Some(system),
        with,
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
                    Diagnostic::error("E0468", a.span, format!("options of `{word}` have names and values")).help(
                        format!("write `{word}(A, t = 0..10)`; what takes a `for` stands in braces behind the call"),
                    ),
                );
                return None;
            }
        }
    }
    entries.extend(config.into_iter().flat_map(|c| c.entries.clone()));
    sort_entries(planner, call, entries, request).map(|made| Requested { fit, ..made })
}

/// Options, `init` and `param` lines, and `from`, each where it belongs.
fn sort_entries(
    planner: &mut Planner,
    call: &Call,
    entries: Vec<ConfigEntry>,
    mut request: SystemRequest,
) -> Option<Requested> {
    let mut from: Option<(Span, Expr)> = None;
    let (mut own, mut axes, mut close) = (Vec::new(), Vec::new(), Vec::new());
    let mut word: Option<ConfigWord> = None;
    let mut seen: Vec<(String, Span)> = Vec::new();
    let mut start: Option<Span> = None;
    let mut fine = true;
    for e in entries {
        let name = option::name_of(&e).unwrap_or_default().to_owned();
        let is_own = call.own.contains(&name.as_str());
        let is_state = call.states.contains(&name.as_str());
        if e.word.is_none() && (is_own || is_state || call.options.contains(&name.as_str())) {
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
            if is_own {
                if e.each.is_some() || e.bounds.is_some() || e.distributed {
                    option::wrong(e.span, format!("the option `{name}` takes one value"), &mut planner.out);
                    fine = false;
                }
                own.push(e);
                continue;
            }
            let ConfigValue::Expr(value) = &e.value else {
                option::wrong(e.span, format!("`{name}` takes a value, not a block"), &mut planner.out);
                fine = false;
                continue;
            };
            if e.each.is_some() || e.bounds.is_some() || e.distributed {
                option::wrong(e.span, format!("the option `{name}` takes one value"), &mut planner.out);
                fine = false;
            } else if is_state {
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
        if e.word.is_none() {
            let known = [call.own, call.options, call.states].concat();
            let option = model::suggest(&name, known.iter().copied()).map(str::to_owned);
            close.extend(option.map(|o| (e.target.span, o)));
        }
        word = e.word.or(word);
        if word == Some(ConfigWord::Draw) || word == Some(ConfigWord::Param) && e.distributed {
            match drawn(call, &e, word == Some(ConfigWord::Draw)) {
                Ok(init) => request.draws.push((init, word == Some(ConfigWord::Draw))),
                Err(d) => {
                    planner.out.push(*d);
                    fine = false;
                }
            }
            continue;
        }
        if let Some((init, count)) = axis(call, &e, word) {
            start = start.or(Some(e.span));
            request.axes.push(e.span);
            axes.push((e.span, count));
            request.with.push(Stmt { span: e.span, doc: None, kind: StmtKind::Init(vec![init]) });
            continue;
        }
        match statement(&e, word) {
            Some(stmt) => {
                if word != Some(ConfigWord::Param) {
                    start = start.or(Some(e.span));
                }
                request.with.push(stmt);
            }
            None => {
                let d =
                    Diagnostic::error("E0404", e.target.span, format!("`{name}` is not an option of `{}`", call.word));
                let known = [call.own, call.options, call.states].concat();
                planner.out.push(match model::suggest(&name, known.iter().copied()) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!(
                        "the options are {}; starts and parameters follow `init` and `param`",
                        known.join(", ")
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
    fine.then_some(Requested { request, from, own, axes, fit: None, near: close })
}

/// `draw a ~ uniform(-1, 1)`, `param g ~ normal(9.8, 0.1)`: a parameter with a distribution.
fn drawn(call: &Call, e: &ConfigEntry, new: bool) -> Result<Init, Box<Diagnostic>> {
    let wrong = |message: &str, help: &str| {
        Box::new(Diagnostic::error("E0488", e.span, message.to_owned()).help(help.to_owned()))
    };
    if !call.random {
        let message = format!("`{}` draws no parameters", call.word);
        return Err(wrong(&message, "random parameters are for data: `sample(…)` and `states(…)`"));
    }
    if !e.distributed {
        return Err(wrong("what is drawn has a distribution", "write `draw a ~ uniform(-1, 1)`"));
    }
    if new && !matches!(&*e.target.kind, ExprKind::Name(_)) {
        return Err(wrong(
            "what is drawn is one number with a name",
            "write `draw a ~ uniform(-1, 1), b ~ uniform(-1, 1)`",
        ));
    }
    match &e.value {
        ConfigValue::Expr(value) if e.each.is_none() && e.bounds.is_none() => {
            Ok(Init { span: e.span, target: e.target.clone(), distributed: true, value: value.clone(), each: None })
        }
        _ => Err(wrong("what is drawn has one distribution", "write `draw a ~ uniform(-1, 1)`")),
    }
}

/// `init q = -1..1 count 25` of a grid: the start, and the number of its points.
fn axis(call: &Call, e: &ConfigEntry, word: Option<ConfigWord>) -> Option<(Init, Expr)> {
    let ConfigValue::Expr(value) = &e.value else { return None };
    let ExprKind::Range { by: None, count: Some(count), .. } = &*value.kind else { return None };
    let plain = call.grid && word == Some(ConfigWord::Init) && !e.distributed && e.each.is_none();
    plain.then(|| {
        let init = Init { span: e.span, target: e.target.clone(), distributed: true, value: value.clone(), each: None };
        (init, count.clone())
    })
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
        ConfigWord::Draw => return None,
        ConfigWord::Param => {
            let ExprKind::Name(name) = &*e.target.kind else { return None };
            StmtKind::Param(vec![Param {
                span: e.span,
                name: Ident { name: name.clone(), span: e.target.span },
                index: None,
                axes: Vec::new(),
                ty: None,
                value: Some(value.clone()),
                bounds: e.bounds.clone(),
            }])
        }
    };
    Some(Stmt { span: e.span, doc: None, kind })
}

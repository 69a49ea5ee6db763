//! `derive A { show = […], format = … }`

use super::option;
use super::plan::Planner;
use crate::diagnostic::Diagnostic;
use crate::model::{self, SystemRequest};
use crate::run::derivation::{self, Form, Sheet};
use crate::run::prepare;
use crate::syntax::tree::{Config, Expr, ExprKind};

/// Words of `show`, each with what it shows.
pub const SHOWN: &[&str] = &["equations", "momenta", "hamiltonian", "cyclic", "invariants", "structure", "helmholtz"];

/// The report.
pub struct DeriveLine {
    /// As it is printed.
    pub text: String,
}

/// Derives the system; the report needs no run.
pub(super) fn plan(planner: &mut Planner, value: &Expr, config: Option<&Config>) -> Option<DeriveLine> {
    let mut form = Form::Text;
    let mut show: Option<Vec<&'static str>> = None;
    for (name, e) in option::read("`derive`", &["show", "format"], config, &mut planner.out) {
        match name {
            "format" => match &*e.kind {
                ExprKind::Name(n) if n == "text" => form = Form::Text,
                ExprKind::Name(n) if n == "latex" => form = Form::Latex,
                ExprKind::Name(n) if n == "markdown" => form = Form::Markdown,
                _ => option::wrong(e.span, "a format is text, latex or markdown".into(), &mut planner.out),
            },
            _ => show = Some(words(planner, e)),
        }
    }
    let request = SystemRequest { expr: Some(value.clone()), module: planner.module, ..SystemRequest::default() };
    let (prepared, problems) = prepare::prepare_report(&planner.program, "", &request, planner.seed);
    planner.out.extend(problems.sorted());
    let prepared = prepared?;
    let mut sheet = derivation::sheet(&prepared, form);
    if let Some(show) = &show {
        if show.contains(&"hamiltonian") {
            sheet.definitions = derivation::energy(&prepared, form);
        }
        if show.contains(&"helmholtz") {
            match derivation::potentials(&prepared, form) {
                Ok(rows) => sheet.potentials = rows,
                Err(why) => {
                    planner.out.push(
                        Diagnostic::error("E0499", value.span, why)
                            .help("take rows of it apart: `helmholtz(states(…))`"),
                    );
                    return None;
                }
            }
        }
        only(&mut sheet, show);
    }
    Some(DeriveLine { text: sheet.text(form) })
}

fn words(planner: &mut Planner, e: &Expr) -> Vec<&'static str> {
    let list: Vec<&Expr> = match &*e.kind {
        ExprKind::List { rows, unit: None } => rows.iter().flatten().collect(),
        _ => vec![e],
    };
    let mut out = Vec::new();
    for item in list {
        let word = match &*item.kind {
            ExprKind::Name(n) => n.as_str(),
            _ => "",
        };
        if let Some(known) = SHOWN.iter().find(|s| **s == word) {
            out.push(*known);
        } else if word == "groups" {
            planner.out.push(Diagnostic::error("E0904", item.span, "the groups of a system are not built yet"));
        } else {
            let d = Diagnostic::error("E0406", item.span, "this is nothing that `derive` can show");
            planner.out.push(match model::suggest(word, SHOWN.iter().copied()) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("it shows {}", SHOWN.join(", "))),
            });
        }
    }
    out
}

/// Leaves what is asked for.
fn only(sheet: &mut Sheet, show: &[&str]) {
    let has = |word: &str| show.contains(&word);
    if !has("hamiltonian") {
        sheet.definitions.clear();
    }
    if !has("equations") {
        sheet.equations.clear();
    }
    if !has("momenta") {
        sheet.momenta.clear();
    }
    // A momentum is conserved because its coordinate does not appear; everything else is an invariant.
    let cyclic = |note: &str| note.contains("does not appear") && !note.starts_with("t ");
    sheet.conserved.retain(|r| if cyclic(&r.note) { has("cyclic") } else { has("invariants") });
    if !has("structure") {
        sheet.nets.clear();
        sheet.facts.clear();
    }
}

//! `data d = npy(u = "u.npy" [m/s], v = "v.npy" [m/s]) { axes = [day, y, x], x = 0..1 }`: arrays over common axes as rows.

use super::file_line::{shape, wanted};
use super::option;
use super::place::Shape;
use super::plan::Planner;
use super::sample_line::reserved;
use crate::data::npy::{self, Axis};
use crate::data::table::{self, Place, Rules};
use crate::data::{Dataset, Origin, Wanted};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::model;
use crate::syntax::tree::*;
use sha2::{Digest, Sha256};

const USAGE: &str = "write `data d = npy(u = \"u.npy\", v = \"v.npy\") { axes = [day, y, x], y = 0..1, x = 0..1 }`";

/// Reads the arrays.
pub(super) fn plan(planner: &mut Planner, value: &Expr, config: Option<&Config>) -> Option<(Dataset, Shape)> {
    let ExprKind::Call { args, .. } = &*value.kind else { return None };
    let mut arrays: Vec<(String, Span, Expr)> = Vec::new();
    for a in args {
        match a.name.as_ref().filter(|_| a.each.is_none() && a.tweaks.is_none() && !a.is_range) {
            Some(name) => arrays.push((name.name.clone(), name.span, a.value.clone())),
            None => return wrong(planner, a.span, "each array has a name".into()),
        }
    }
    // `{ x' = "u.npy" }`: a rate is no name of an argument
    let mut plain = config.cloned().unwrap_or(Config { span: value.span, entries: Vec::new() });
    plain.entries.retain(|e| {
        let name = model::text_of(&e.target);
        match &e.value {
            ConfigValue::Expr(v) if matches!(&*v.kind, ExprKind::Text(..)) && name != "source" => {
                arrays.push((name, e.target.span, v.clone()));
                false
            }
            _ => true,
        }
    });
    let axes = plain.entries.iter().find(|e| option::name_of(e) == Some("axes")).map(|e| e.value.clone());
    let names = match axes {
        Some(ConfigValue::Expr(e)) => match &*e.kind {
            ExprKind::List { rows, unit: None } => rows.iter().flatten().map(model::text_of).collect::<Vec<String>>(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if names.is_empty() || arrays.is_empty() {
        return wrong(planner, value.span, "`npy` needs arrays, and the names of their axes, the slowest first".into());
    }
    let known: Vec<&str> = ["axes", "source"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut out = std::mem::take(&mut planner.out);
    let before = out.has_errors();
    let list = option::read("`npy`", &known, Some(&plain), &mut out);
    let fine = before || !out.has_errors();
    planner.out = out;
    let mut wants: Vec<Wanted> = names.iter().map(|n| pure(n)).collect();
    let mut ends = vec![None; names.len()];
    let mut source = None;
    for (name, e) in list {
        match (name, &*e.kind) {
            ("axes", _) => {}
            ("source", ExprKind::Text(text, None)) => source = Some(text.clone()),
            (_, ExprKind::Range { from, to, by: None, count: None }) => {
                let (from, to) = (planner.quantity(from)?, planner.quantity(to)?);
                let k = names.iter().position(|n| n == name)?;
                if from.1 != to.1 && from.0 != 0.0 {
                    return wrong(planner, e.span, "both ends of an axis have one unit".into());
                }
                (wants[k].dimension, ends[k]) = (to.1, Some((from.0, to.0)));
            }
            _ => return wrong(planner, e.span, format!("`{name}` goes from one end to the other: `{name} = 0..1`")),
        }
    }
    let axes: Vec<Axis> = names.iter().zip(ends).map(|(n, ends)| Axis { name: n.clone(), ends }).collect();
    let mut seen = names.clone();
    let mut files = Vec::new();
    for (name, at, place) in &arrays {
        if seen.contains(name) {
            return wrong(planner, *at, format!("the column `{name}` is named twice"));
        }
        seen.push(name.clone());
        let made = wanted(planner, name, place)?;
        let [Place::Header(path)] = made.places.as_slice() else {
            return wrong(planner, *at, format!("`{name}` is one file"));
        };
        if !path.ends_with(".npy") {
            return wrong(planner, place.span, format!("`{path}` is no .npy file"));
        }
        files.push((path.clone(), place.span));
        wants.push(made);
    }
    for name in &seen {
        if !reserved(planner, name, value.span) {
            return None;
        }
    }
    if !fine {
        return None;
    }
    let mut bytes = Vec::new();
    for (path, at) in &files {
        bytes.push(planner.file_bytes(path, *at, source.clone())?);
    }
    let mut digest = Sha256::new();
    bytes.iter().for_each(|b| digest.update(b));
    let sha256 = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let paths: Vec<&str> = files.iter().map(|f| f.0.as_str()).collect();
    let list: Vec<(&str, &[u8])> = paths.iter().copied().zip(bytes.iter().map(|b| &b[..])).collect();
    let origin = Origin::File { path: paths.join(", "), sha256 };
    let made =
        npy::read(&list, &axes).and_then(|raw| table::assemble(paths[0], &wants, None, raw, Rules::default(), origin));
    let (data, left) = match made {
        Ok(made) => made,
        Err(problems) => {
            planner.out.extend(problems.into_iter().map(|p| p.at(value.span)));
            return None;
        }
    };
    if left.missing > 0 {
        let message = format!("{} elements with a missing value left out", left.missing);
        planner.out.push(Diagnostic::note_only("W0481", value.span, message).note("they are no rows"));
    }
    // a place in an array is no time
    let data = data.without_order();
    let shape = shape(&data, false);
    Some((data, shape))
}

/// A column of numbers as they are.
fn pure(name: &str) -> Wanted {
    Wanted {
        name: name.to_owned(),
        places: vec![Place::Header(name.to_owned())],
        vector: false,
        dimension: Dimension::one(),
        unit: String::new(),
        factor: 1.0,
        noise: None,
    }
}

fn wrong<T>(planner: &mut Planner, at: Span, message: String) -> Option<T> {
    planner.out.push(Diagnostic::error("E0480", at, message).help(USAGE));
    None
}

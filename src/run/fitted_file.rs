//! The file of a fitted system: weights, and the text of the system with all that it imports.
//!
//! | key of the metadata | what it holds |
//! |---|---|
//! | `kind` | `fitted` |
//! | `system` | name of the system |
//! | `sources` | JSON: modules, each with `texts` (name, text) and `uses` (path, module); the first is the file |
//! | `places` | JSON: where each net and parameter is declared: module, text, first byte, end |
//! | `alone` | why the system cannot be used by its name, where it cannot |
//! | `sha256` | digest of the source text with its imports |
//! | `settings`, `data`, `valid` | digests of how and from what it was learned |
//! | `ending`, `steps`, `loss`, `valid_loss` | how training ended, the step of these weights, and their losses |
//! | `version`, `format`, `digest` | the writer, the format, and a digest of everything else |
//!
//! Arrays are `net NAME W1`, … and `param NAME` (scales of nets too), in SI.

use crate::diagnostic::Span;
use crate::learn::saved::Saved;
use crate::model::Program;
use crate::model::fitted::{Carried, FittedFile, Found, TextPlace};
use serde_json::{Map, Value, json};

/// Puts the texts of a program into a file, and where what was found is declared: key and place of each.
pub fn carry(program: &Program, declared: &[(String, Span)], saved: &mut Saved) {
    let modules: Vec<Value> = program.carried().iter().map(|m| json!({ "texts": m.texts, "uses": m.uses })).collect();
    let place = |at: &Span| program.carried_place(*at).map(|p| json!([p.module, p.text, p.range.0, p.range.1]));
    let places: Map<String, Value> = declared.iter().filter_map(|(key, at)| Some((key.clone(), place(at)?))).collect();
    saved.texts.insert("sources".into(), json!(modules).to_string());
    saved.texts.insert("places".into(), Value::Object(places).to_string());
}

/// Reads a file; what is wrong with it, else. `path` is as the user wrote it.
pub fn read(path: &str, bytes: &[u8]) -> Result<FittedFile, String> {
    let wrong = |why: &str| format!("`{path}` cannot be used: {why}");
    let saved = Saved::read(bytes).map_err(|why| wrong(&why))?;
    let text = |key: &str| saved.texts.get(key).map(String::as_str);
    match text("kind") {
        Some("fitted") => {}
        Some(kind) => return Err(wrong(&format!("it is a {kind} and no fitted system"))),
        None => return Err(wrong("it does not say what it is")),
    }
    if let Some(why) = text("alone") {
        return Err(wrong(why));
    }
    let (Some(system), Some(sources), Some(places)) = (text("system"), text("sources"), text("places")) else {
        return Err(wrong("it carries no text of its system"));
    };
    let modules = modules(sources).ok_or_else(|| wrong("the text that it carries cannot be read"))?;
    let places: Map<String, Value> =
        serde_json::from_str(places).map_err(|_| wrong("the places in its text cannot be read"))?;
    let mut file = FittedFile {
        system: system.to_owned(),
        modules,
        digest: text("digest").unwrap_or_default().to_owned(),
        ..FittedFile::default()
    };
    // The arrays are sorted by name, so those of one net (b1, W1, b2, …) are put in the order of its layers.
    for array in &saved.arrays {
        if let Some(name) = array.name.strip_prefix("param ") {
            let place = places.get(&array.name).and_then(place);
            file.parameters.push(Found { name: name.to_owned(), place, value: array.values.clone() });
        }
    }
    let orders: Map<String, Value> = text("arrays").and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
    for (name, order) in &orders {
        let arrays = order.as_array().into_iter().flatten().filter_map(Value::as_str);
        let values: Option<Vec<Vec<f64>>> =
            arrays.map(|a| Some(saved.array(&format!("net {name} {a}"))?.to_vec())).collect();
        let value = values.ok_or_else(|| wrong(&format!("weights of `{name}` are missing")))?;
        let place = places.get(&format!("net {name}")).and_then(place);
        file.nets.push(Found { name: name.clone(), place, value });
    }
    Ok(file)
}

fn place(value: &Value) -> Option<TextPlace> {
    let list = value.as_array()?;
    let number = |k: usize| list.get(k).and_then(Value::as_u64);
    Some(TextPlace {
        module: number(0)? as usize,
        text: number(1)? as usize,
        range: (u32::try_from(number(2)?).ok()?, u32::try_from(number(3)?).ok()?),
    })
}

fn modules(text: &str) -> Option<Vec<Carried>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let pair = |v: &Value| Some((v.get(0)?.as_str()?.to_owned(), v.get(1)?.clone()));
    let one = |m: &Value| {
        let texts = m.get("texts")?.as_array()?.iter().map(|t| {
            let (name, text) = pair(t)?;
            Some((name, text.as_str()?.to_owned()))
        });
        let uses = m.get("uses")?.as_array()?.iter().map(|u| {
            let (path, target) = pair(u)?;
            Some((path, target.as_u64()? as usize))
        });
        Some(Carried { texts: texts.collect::<Option<_>>()?, uses: uses.collect::<Option<_>>()? })
    };
    let made: Option<Vec<Carried>> = value.as_array()?.iter().map(one).collect();
    made.filter(|list| !list.is_empty())
}

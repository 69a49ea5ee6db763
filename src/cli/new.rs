//! `hamel new` and `hamel example`: files to start from.

use super::args::{Example, New};
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::files;
use serde_json::json;
use std::path::Path;

/// What `hamel new` writes where nothing else is asked for.
const TEMPLATE: &str = include_str!("template.sys");

/// `hamel new NAME [--like TEMPLATE]`: the folder `NAME` with the one file `NAME.sys`.
pub fn new(arguments: &New, streams: &Streams) -> Result<Exit, Stop> {
    if arguments.list {
        return super::list::print("gallery", streams);
    }
    let name = arguments.name.as_deref().unwrap_or_default();
    let text = match &arguments.like {
        Some(like) => gallery(like)?,
        None => TEMPLATE,
    };
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if name.starts_with('-') || name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        let rule = "use letters, digits, `_` and `-`, at most 64 bytes";
        return Err(Stop::Refused(format!("`{}` cannot be the name of a new folder: {rule}", name.escape_debug())));
    }
    let folder = Path::new(name);
    files::create_new_folder(folder)?;
    let path = files::write_result(folder, &format!("{name}.sys"), text.as_bytes())?;
    let shown = path.display().to_string();
    streams.document(&json!({ "schema": 1, "created": shown }))?;
    streams.note(&format!("wrote {shown}\n\n  cd {name}\n  hamel simulate {name}.sys\n  hamel derive {name}.sys\n"));
    Ok(Exit::Done)
}

/// `hamel example NAME`: a file of the gallery on standard output.
pub fn example(arguments: &Example, streams: &Streams) -> Result<Exit, Stop> {
    let text = gallery(&arguments.name)?;
    streams.answer(text)?;
    streams.document(&json!({ "schema": 1, "name": arguments.name, "text": text }))?;
    Ok(Exit::Done)
}

fn gallery(name: &str) -> Result<&'static str, Stop> {
    let wanted = name.strip_suffix(".sys").unwrap_or(name);
    if let Some((_, text)) = files::gallery().iter().find(|(n, _)| *n == wanted) {
        return Ok(text);
    }
    let names = files::gallery().iter().map(|(n, _)| *n);
    let near = super::nearest(wanted, names).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    Err(Stop::Refused(format!("there is no `{}` in the gallery{near} (hamel list gallery)", name.escape_debug())))
}

//! `hamel fmt`: files in one spelling.

use super::args::Fmt;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::{self, Files};
use crate::{files, syntax};
use serde_json::json;
use std::path::Path;

/// Formats files in place; `-` from standard input to standard output. A file with errors is left as
/// it is. With `--check` nothing is written, and a file that would change is a failure.
pub fn fmt(arguments: &Fmt, streams: &Streams) -> Result<Exit, Stop> {
    let format = super::format(arguments.diagnostics, streams);
    let mut exit = Exit::Done;
    let mut rows = Vec::new();
    for path in &arguments.files {
        let standard = path == Path::new("-");
        let name = if standard { "standard input".to_owned() } else { path.display().to_string() };
        let read = if standard { files::read_standard_input() } else { files::read_named(path) };
        let text = match read {
            Ok(text) => text,
            Err(error) => {
                streams.error(&format!("error: {error}"));
                exit = exit.and(Exit::Refused);
                continue;
            }
        };
        let formatted = match syntax::format(&text) {
            Ok(formatted) => formatted,
            Err(problems) => {
                let mut texts = Files::new();
                texts.add(name, text);
                streams.error(&diagnostic::render_all(&problems, &texts, format));
                exit = exit.and(Exit::Refused);
                continue;
            }
        };
        let changes = formatted != text;
        if arguments.check {
            if changes {
                exit = exit.and(Exit::Failed);
                streams.note(&format!("would change {name}"));
            }
        } else if standard {
            streams.answer(&formatted)?;
        } else if changes {
            files::rewrite(path, formatted.as_bytes())?;
            streams.note(&format!("formatted {name}"));
        }
        let mut row = json!({ "file": name, "changes": changes });
        if standard && !arguments.check {
            row["text"] = json!(formatted);
        }
        rows.push(row);
    }
    streams.document(&json!({ "schema": 1, "files": rows }))?;
    Ok(exit)
}

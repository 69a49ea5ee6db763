//! `hamel list`: the lists that the program is made of.

use super::args::List;
use super::exit::{EXITS, Exit, Stop};
use super::streams::Streams;
use crate::{files, report};
use serde_json::json;

/// Names with one line each.
type Entries = Vec<(String, String)>;

/// A list: its name, what it holds, its entries.
struct Listing {
    name: &'static str,
    about: &'static str,
    entries: fn() -> Entries,
}

/// All lists, by name.
const LISTS: &[Listing] = &[
    Listing { name: "codes", about: "codes of diagnostics", entries: codes },
    Listing { name: "exit-codes", about: "exit codes of the program", entries: exit_codes },
    Listing { name: "gallery", about: "systems to start from", entries: gallery },
    Listing { name: "library", about: "folders of the standard library: use std/NAME", entries: library },
    Listing { name: "plots", about: "kinds of plots", entries: plots },
];

/// `hamel list [WHAT]`
pub fn list(arguments: &List, streams: &Streams) -> Result<Exit, Stop> {
    match arguments.what.as_deref() {
        Some(what) => print(what, streams),
        None => {
            let entries = LISTS.iter().map(|l| (l.name.to_owned(), l.about.to_owned())).collect();
            write("lists", entries, streams)
        }
    }
}

/// Prints the list of this name.
pub fn print(what: &str, streams: &Streams) -> Result<Exit, Stop> {
    let Some(listing) = LISTS.iter().find(|l| l.name == what) else {
        let near = super::nearest(what, LISTS.iter().map(|l| l.name));
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return Err(Stop::Refused(format!("there is no list `{}`{near} (hamel list)", what.escape_debug())));
    };
    write(listing.name, (listing.entries)(), streams)
}

fn write(name: &str, entries: Entries, streams: &Streams) -> Result<Exit, Stop> {
    let width = entries.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
    let lines: String = entries
        .iter()
        .map(|(name, about)| {
            format!("{name}{}  {about}", " ".repeat(width - name.chars().count())).trim_end().to_owned() + "\n"
        })
        .collect();
    streams.answer(&lines)?;
    let rows: Vec<_> = entries.iter().map(|(name, about)| json!({ "name": name, "about": about })).collect();
    streams.document(&json!({ "schema": 1, "list": name, "entries": rows }))?;
    Ok(Exit::Done)
}

fn codes() -> Entries {
    crate::run::codes::codes().into_iter().map(|e| (e.code.to_owned(), e.title.to_owned())).collect()
}

fn exit_codes() -> Entries {
    EXITS.iter().map(|(exit, about)| (exit.code().to_string(), (*about).to_owned())).collect()
}

fn gallery() -> Entries {
    files::gallery().iter().map(|(name, text)| ((*name).to_owned(), first_comment(text))).collect()
}

fn library() -> Entries {
    let entry = |name: &str| {
        let files = files::standard_library(name).unwrap_or_default();
        (name.to_owned(), files.first().map_or_else(String::new, |(_, text)| first_comment(text)))
    };
    files::standard_library_names().map(entry).collect()
}

fn plots() -> Entries {
    report::plot::PLOTS.iter().map(|p| (p.name.to_owned(), p.about.to_owned())).collect()
}

/// What a file says of itself in its first comment line.
fn first_comment(text: &str) -> String {
    text.lines().find_map(|line| line.trim().strip_prefix('#')).unwrap_or_default().trim().to_owned()
}

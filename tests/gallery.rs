//! The gallery, the standard library, the systems held out of both and the closed forms: every file parses without a
//! word.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Files, Format, render_all};
use hamel::syntax::parse;
use std::path::{Path, PathBuf};

/// All `.sys` files under a folder, sorted.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "sys") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_parses_without_a_word() {
    let all: Vec<PathBuf> = [files("systems"), files("tests/held_out"), files("tests/closed_forms")].concat();
    assert!(all.len() >= 90, "{} files", all.len());
    let mut wrong = String::new();
    for path in all {
        let text = std::fs::read_to_string(&path).expect("a text");
        let mut sources = Files::new();
        let file = sources.add(path.display().to_string(), text.as_str());
        let (_, diagnostics) = parse(file, &text);
        wrong += &render_all(&diagnostics, &sources, Format::Human { colour: false });
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_gallery_file_opens_with_what_where_and_look() {
    for path in files("systems").iter().filter(|p| p.parent().is_some_and(|f| f.ends_with("systems"))) {
        let text = std::fs::read_to_string(path).expect("a text");
        let lines: Vec<&str> = text.lines().take(3).collect();
        assert!(lines[0].starts_with("# "), "{}: what it is", path.display());
        assert!(lines[1].starts_with("# Described "), "{}: where it is described", path.display());
        assert!(lines[2].starts_with("# Look at "), "{}: what to look at", path.display());
        assert!(text.contains("check "), "{}: a check", path.display());
    }
}

//! The rules of `ARCHITECTURE.md` that a machine can check: imports go one way, only some files may
//! print, open files or use `unsafe`, and files stay short.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules in the order of their layers; those of one layer do not import each other (in layer 1
/// the order is that of the list).
const LAYERS: &[&[&str]] = &[
    &["limits"],
    &["diagnostic"],
    &["files"],
    &["real"],
    &["dimension", "symbolic", "syntax"],
    &["data"],
    &["model"],
    &["formalism"],
    &["lanes"],
    &["tensor"],
    &["kernel"],
    &["integrate"],
    &["learn"],
    &["analyse", "distill"],
    &["report"],
    &["run"],
    &["cli"],
];

/// Longest file, and the median that must not be passed.
const LONGEST: usize = 800;
const MEDIAN: usize = 250;

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(Path::new("src"), &mut out);
    out
}

fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    Some(first.trim_end_matches(".rs").to_owned())
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|l| l.contains(&module))
}

/// The text without comments, strings left as they are.
fn code(text: &str) -> String {
    text.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for path in sources() {
        let Some(own) = module_of(&path).filter(|m| layer(m).is_some()) else { continue };
        let text = code(&fs::read_to_string(&path).expect("a source file"));
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + "crate::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let (Some(from), Some(to)) = (layer(&own), layer(&name)) else { continue };
            if name != own && to >= from {
                wrong.push(format!("{} imports `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn only_some_files_print_open_files_or_are_unsafe() {
    let mut wrong = Vec::new();
    for path in sources() {
        let text = code(&fs::read_to_string(&path).expect("a source file"));
        let shown = path.display().to_string();
        let name = shown.replace('\\', "/");
        let in_tests = |at: usize| text[..at].contains("#[cfg(test)]");
        for word in ["println!", "eprintln!", "print!(", "eprint!("] {
            if let Some(at) = text.find(word) {
                if !name.starts_with("src/cli/") && name != "src/build.rs" && !in_tests(at) {
                    wrong.push(format!("{shown}: {word}"));
                }
            }
        }
        if let Some(at) = text.find("std::fs") {
            if name != "src/files.rs" && name != "src/build.rs" && !in_tests(at) {
                wrong.push(format!("{shown}: std::fs"));
            }
        }
        let allowed = ["src/kernel/native.rs", "src/lanes/dispatch.rs"].contains(&name.as_str());
        for word in ["unsafe {", "unsafe fn", "unsafe impl"] {
            if text.contains(word) && !allowed {
                wrong.push(format!("{shown}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_short() {
    let mut lengths: Vec<(usize, PathBuf)> =
        sources().into_iter().map(|p| (fs::read_to_string(&p).expect("a source file").lines().count(), p)).collect();
    lengths.sort();
    let (longest, path) = lengths.last().expect("there are sources");
    assert!(*longest <= LONGEST, "{} has {longest} lines", path.display());
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= MEDIAN, "the median is {median} lines");
}

#[test]
fn every_module_says_what_it_is() {
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a source file");
        assert!(text.trim_start().starts_with("//!"), "{} has no first line of documentation", path.display());
    }
}

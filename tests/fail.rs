//! Bad files and what is said about them: each file of `tests/fail/<stage>` beside its golden text.
//!
//! A file is loaded, all its systems are resolved and those that resolve are derived, then its
//! experiments are; the diagnostics of all stages are merged. `BLESS=1` writes the golden texts anew, to be reviewed as a
//! diff. `tests/syntax.rs` owns the stage `syntax`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostic, Diagnostics, Files, Format, Severity, render_all};
use hamel::model::fitted::FittedFile;
use hamel::model::{self, Sources, SystemRequest};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const STAGES: [&str; 11] =
    ["names", "shapes", "units", "physics", "fields", "nets", "options", "checks", "limits", "imports", "experiments"];

/// Imports from beside the file; the standard library from `systems`.
struct Beside(PathBuf);

impl Sources for Beside {
    fn read(&self, from: &str, path: &str) -> Result<(String, String), String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let mut at: Vec<String> = Vec::new();
        for part in folder.join(path).components() {
            match part {
                std::path::Component::Normal(p) => at.push(p.to_string_lossy().into_owned()),
                std::path::Component::ParentDir if at.pop().is_none() => {
                    return Err(format!("`{path}` leaves the folder of the file"));
                }
                _ => {}
            }
        }
        let name = at.join("/");
        std::fs::read_to_string(self.0.join(&name)).map(|t| (name, t)).map_err(|_| format!("there is no file `{path}`"))
    }

    fn bytes(&self, _: &str, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|_| format!("there is no file `{path}`"))
    }

    fn fitted(&self, from: &str, path: &str) -> Result<(String, FittedFile), String> {
        Ok((path.to_owned(), hamel::run::fitted_file::read(path, &self.bytes(from, path)?)?))
    }

    fn standard(&self, name: &str) -> Option<Vec<(String, String)>> {
        let texts = hamel::files::standard_library(name)?;
        Some(texts.iter().map(|(file, text)| (format!("std/{name}/{file}"), (*text).to_owned())).collect())
    }

    fn standard_names(&self) -> Vec<String> {
        hamel::files::standard_library_names().map(str::to_owned).collect()
    }
}

fn root(stage: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fail").join(stage)
}

/// The files of a stage, sorted.
fn files(stage: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(root(stage))
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "sys"))
        .collect();
    found.sort();
    found
}

/// Everything that is said about a text.
fn diagnose(folder: &Path, name: &str, text: &str) -> (Vec<Diagnostic>, Files) {
    let (program, mut all) = model::load(name, text, &Beside(folder.to_owned()));
    for (system, _) in model::system_names(&program) {
        let (resolved, problems) = model::resolve_system(&program, &system, &SystemRequest::default());
        all.extend(problems.sorted());
        if let Some(resolved) = resolved {
            let (_, problems) = hamel::formalism::derive(&resolved);
            all.extend(problems.sorted());
        }
    }
    if !all.has_errors() {
        for (name, lines) in hamel::run::experiment::experiments(&program) {
            let (_, problems) = hamel::run::experiment::plan(&program, &name, &lines, 0, false);
            all.extend(problems.sorted());
        }
    }
    (merged(all), program.files)
}

fn merged(all: Diagnostics) -> Vec<Diagnostic> {
    let mut list = all.sorted();
    list.dedup();
    list
}

fn diagnose_file(path: &Path) -> (Vec<Diagnostic>, Files) {
    let text = std::fs::read_to_string(path).expect("a text");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    diagnose(path.parent().expect("a folder"), &name, &text)
}

#[test]
fn every_bad_file_says_what_its_golden_text_says() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    let mut count = 0;
    for stage in STAGES {
        for path in files(stage) {
            count += 1;
            let (list, files) = diagnose_file(&path);
            let said = render_all(&list, &files, Format::Human { colour: false });
            let golden = path.with_extension("txt");
            if bless {
                std::fs::write(&golden, &said).expect("a folder that can be written");
            } else if std::fs::read_to_string(&golden).unwrap_or_default() != said {
                wrong.push(format!("{}:\n{said}", path.display()));
            }
            if list.is_empty() {
                wrong.push(format!("{}: nothing is said", path.display()));
            }
        }
    }
    println!("{count} bad files");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 110, "{count} bad files");
}

/// The number in the first line, `# mistakes: 2`, is the number of diagnostics; without one it is 1.
#[test]
fn every_mistake_is_reported_once() {
    let mut wrong = Vec::new();
    for path in STAGES.iter().flat_map(|s| files(s)) {
        let text = std::fs::read_to_string(&path).expect("a text");
        let wanted = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("# mistakes: "))
            .map_or(1, |n| n.trim().parse::<usize>().expect("a number"));
        let (list, _) = diagnose_file(&path);
        let found = list.iter().filter(|d| d.severity >= Severity::Warning).count();
        if found != wanted {
            let all: Vec<String> = list.iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
            wrong.push(format!("{}: {found} for {wanted}\n  {}", path.display(), all.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_place_lies_inside_its_text() {
    for path in STAGES.iter().flat_map(|s| files(s)) {
        let (list, files) = diagnose_file(&path);
        for d in list {
            for span in std::iter::once(d.span).chain(d.labels.iter().map(|l| l.span)) {
                let file = files.get(span.file).expect("a file");
                assert!(file.text.get(span.start as usize..span.end as usize).is_some(), "{}: {d:?}", path.display());
                assert!(span.start < span.end, "{}: an empty place {d:?}", path.display());
            }
            assert!(!d.message.ends_with('.'), "{}: {}", d.code, d.message);
            for word in ["bad_", "_stmt", "ExprId", "Some(", "None"] {
                assert!(!d.message.contains(word), "{}: {}", d.code, d.message);
            }
        }
    }
}

#[test]
fn the_same_is_said_twice() {
    for path in STAGES.iter().flat_map(|s| files(s)) {
        assert_eq!(diagnose_file(&path).0, diagnose_file(&path).0, "{}", path.display());
    }
}

/// Golden texts, wherever they are kept: beside bad files, and as snapshots of runs and of command lines.
fn golden_texts() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut open = vec![tests.join("fail"), tests.join("snapshots")];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => open.push(path),
                Some("txt" | "snap") => found.push(path),
                _ => {}
            }
        }
    }
    found
}

/// Each code stands in a golden text as the program says it: `error[E0204]: …`.
#[test]
fn every_code_is_provoked() {
    let mut seen = BTreeSet::new();
    for path in golden_texts() {
        let text = std::fs::read_to_string(path).expect("a text");
        for severity in ["error[", "warning[", "note["] {
            seen.extend(text.split(severity).skip(1).filter_map(|rest| Some(rest.split_once("]:")?.0.to_owned())));
        }
    }
    let missing: Vec<&str> = hamel::run::codes::pages().map(|e| e.code).filter(|c| !seen.contains::<str>(c)).collect();
    assert!(missing.is_empty(), "no golden text has {missing:?}");
}

/// Every code that stands as a text in `src` has an entry in one of the lists.
#[test]
fn every_code_has_a_page() {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let pages = hamel::run::codes::pages();
    for entry in pages {
        assert!(known.insert(entry.code), "{} has two pages", entry.code);
        let sentences = entry.text.matches(['.', '?', ':']).count();
        assert!(
            !entry.title.is_empty() && sentences >= 2 && entry.text.len() > 80,
            "{}: a page of some sentences",
            entry.code
        );
    }
    let mut unknown = BTreeSet::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for word in text.split('"') {
                let bytes = word.as_bytes();
                let code = bytes.len() == 5 && b"EWR".contains(&bytes[0]) && bytes[1..].iter().all(u8::is_ascii_digit);
                if code && !known.contains(word) {
                    unknown.insert(word.to_owned());
                }
            }
        }
    }
    assert!(unknown.is_empty(), "without a page: {unknown:?}");
}

//! Text to tree and back.

use hamel::diagnostic::{Files, Format, render_all};
use hamel::syntax::{CODES, parse};
use std::path::{Path, PathBuf};

/// The `.sys` files of a folder in the order of their names.
fn systems(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of the repository")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "sys"))
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a text of the repository")
}

#[test]
fn every_example_of_the_language_parses() {
    let paths = systems("tests/language");
    assert!(paths.len() >= 21);
    for path in paths {
        let (ast, diagnostics) = parse(0, &read(&path));
        assert!(diagnostics.is_empty(), "{}: {diagnostics:#?}", path.display());
        assert!(!ast.items.is_empty());
    }
}

/// With `BLESS=1` the golden files are written anew, to be reviewed as a diff.
#[test]
fn mistakes_are_explained_as_recorded() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut different = Vec::new();
    for path in systems("tests/fail/syntax") {
        let text = read(&path);
        let (_, diagnostics) = parse(0, &text);
        let mut files = Files::new();
        files.add(path.file_name().expect("a name").to_string_lossy(), text);
        let rendered = render_all(&diagnostics, &files, Format::Human { colour: false });
        if std::env::var_os("REVIEW").is_some() {
            println!("=== {}", path.display());
            for d in &diagnostics {
                let (l, c) = files.line_column(d.span);
                println!(
                    "{}",
                    files.get(0).unwrap().text.lines().nth(l - 1).unwrap_or("").chars().take(90).collect::<String>()
                );
                println!(
                    "    {l}:{c} `{}` {} {} | {} | {:?}",
                    files.text(d.span).chars().take(30).collect::<String>(),
                    d.code,
                    d.message,
                    d.help.clone().unwrap_or_default(),
                    d.labels.iter().map(|l| (l.text.clone(), files.line_column(l.span))).collect::<Vec<_>>()
                );
            }
            continue;
        }
        assert!(!diagnostics.is_empty(), "{} has a mistake", path.display());
        let golden = path.with_extension("txt");
        if bless {
            std::fs::write(&golden, &rendered).expect("the folder is writable");
        } else if read(&golden) != rendered {
            different.push(format!("{}:\n{rendered}", golden.display()));
        }
    }
    assert!(different.is_empty(), "run with BLESS=1 and review the diff:\n{}", different.join("\n"));
}

#[test]
fn every_code_of_reading_is_provoked_and_explained() {
    let mut seen: Vec<&str> = Vec::new();
    for path in systems("tests/fail/syntax") {
        seen.extend(parse(0, &read(&path)).1.iter().map(|d| d.code));
    }
    seen.extend(parse(0, &" ".repeat(hamel::limits::SOURCE_BYTES + 1)).1.iter().map(|d| d.code));
    for code in &seen {
        assert!(CODES.iter().any(|e| e.code == *code), "{code} has no page");
    }
    for entry in CODES {
        assert!(seen.contains(&entry.code), "no file provokes {}", entry.code);
        let sentences = entry.text.matches(". ").count() + 1;
        assert!((2..=6).contains(&sentences), "{} has {sentences} sentences", entry.code);
    }
}

//! Text to tree and back.

mod support;

use hamel::diagnostic::{Files, Format, render_all};
use hamel::syntax::tree::Ast;
use hamel::syntax::{CODES, format, parse};
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

/// The tree without its places.
fn shape(ast: &Ast) -> String {
    let text = format!("{ast:?}");
    let mut out = String::with_capacity(text.len() / 2);
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('}').expect("the end of a span") + 1..];
    }
    out.push_str(rest);
    out
}

/// What is written reads back as the same tree, and writing it again changes nothing.
fn round_trip(text: &str, name: &str) -> String {
    let (before, _) = parse(0, text);
    let written = format(text).unwrap_or_else(|e| panic!("{name} does not parse: {e:#?}\n{text}"));
    let (after, diagnostics) = parse(0, &written);
    assert!(!diagnostics.iter().any(|d| d.is_error()), "{name}: {diagnostics:#?}\n{written}");
    assert_eq!(shape(&before), shape(&after), "{name}:\n{text}\nbecame\n{written}");
    let again = format(&written).expect("a text that parses");
    assert_eq!(written, again, "{name} is not stable");
    for line in written.lines() {
        assert_eq!(line.trim_end(), line, "{name}: blanks at the end of a line");
    }
    written
}

#[test]
fn every_example_is_formatted_without_loss() {
    for path in systems("tests/language") {
        let text = read(&path);
        let written = round_trip(&text, &path.display().to_string());
        let comments = |t: &str| t.matches('#').count();
        assert_eq!(comments(&text), comments(&written), "{}", path.display());
        if std::env::var_os("SHOW").is_some() {
            println!("{written}");
        }
    }
}

#[test]
fn well_formed_programs_are_read_written_and_read_again() {
    for seed in 0..2000 {
        let text = support::program(seed, 3);
        let (_, diagnostics) = parse(0, &text);
        assert!(!diagnostics.iter().any(|d| d.is_error()), "seed {seed}: {:#?}\n{text}", &diagnostics[..1]);
        round_trip(&text, &["seed ", &seed.to_string()].concat());
    }
}

//! Text to tree and back.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod support;

use hamel::diagnostic::{Files, Format, render_all};
use hamel::syntax::tree::{Assign, Ast, ExprKind, Item, StmtKind, System, SystemBody};
use hamel::syntax::{CODES, format, parse, parse_expr};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
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
    without_places(&format!("{ast:?}"))
}

fn without_places(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 2);
    let mut rest = text;
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
    let (before, after) = (shape(&before), shape(&after));
    if let Some(at) =
        before.bytes().zip(after.bytes()).position(|(a, b)| a != b).or((before.len() != after.len()).then_some(0))
    {
        let near = |t: &str| {
            String::from_utf8_lossy(&t.as_bytes()[at.saturating_sub(200)..(at + 200).min(t.len())]).into_owned()
        };
        panic!("{name}: the tree has changed:\n{}\n{}\n{written}", near(&before), near(&after));
    }
    let again = format(&written).expect("a text that parses");
    if let Some(at) = written.lines().zip(again.lines()).position(|(a, b)| a != b) {
        let near = |t: &str| t.lines().skip(at.saturating_sub(8)).take(12).collect::<Vec<_>>().join("\n");
        panic!("{name} is not stable:\n{}\n⟶\n{}", near(&written), near(&again));
    }
    assert_eq!(written.len(), again.len(), "{name} is not stable");
    for line in written.lines() {
        assert_eq!(line.trim_end(), line, "{name}: blanks at the end of a line");
    }
    written
}

#[test]
fn every_example_is_formatted_without_loss() {
    for path in systems("tests/language").into_iter().chain(systems("systems")) {
        let text = read(&path);
        let written = round_trip(&text, &path.display().to_string());
        let comments = |t: &str| t.matches('#').count();
        assert_eq!(comments(&text), comments(&written), "{}", path.display());
    }
}

/// Reports the place of an error in a generated program.
fn well_formed(text: &str, seed: u64) {
    let (_, diagnostics) = parse(0, text);
    if let Some(d) = diagnostics.iter().find(|d| d.is_error()) {
        let (before, behind) = text.split_at(d.span.start as usize);
        let before: String = before.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
        let behind: String = behind.chars().take(100).collect();
        panic!("seed {seed}: {} {}\n{before}⟦here⟧{behind}", d.code, d.message);
    }
}

#[test]
fn well_formed_programs_are_read_written_and_read_again() {
    for seed in 0..programs() {
        let text = support::program(seed, 3);
        well_formed(&text, seed);
        round_trip(&text, &format!("seed {seed}"));
    }
}

/// How many generated programs are tried: `PROGRAMS=20000` for a long run.
fn programs() -> u64 {
    std::env::var("PROGRAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

/// An expression, what it prints as, and what it reads back as.
fn expression_survives(text: &str) {
    let before = parse_expr(0, text).unwrap_or_else(|e| panic!("{text}\n{e:#?}"));
    let written = format(&format!("system S {{\n  x = {text}\n}}")).expect("a definition");
    let (ast, _) = parse(0, &written);
    let Some(Item::System(System { body: SystemBody::Block { stmts, .. }, .. })) = ast.items.first() else {
        panic!("{text}\n{written}");
    };
    let Some(StmtKind::Assign(Assign { value: Some(after), .. })) = stmts.first().map(|s| &s.kind) else {
        panic!("{text}\n{written}");
    };
    assert_eq!(without_places(&format!("{before:?}")), without_places(&format!("{after:?}")), "{text}\n{written}");
}

/// Expression trees as text, grown by proptest so that a failure shrinks.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(&["x", "θ1", "theta_2", "q̇", "r", "V_eff", "L"][..]).prop_map(String::from),
        (0u32..1000).prop_map(|n| n.to_string()),
        (0u32..100, prop::sample::select(&["[m]", "[kg m^2/s^2]", "[1/s]"][..]))
            .prop_map(|(n, u)| format!("{n}.5 {u}")),
    ];
    leaf.prop_recursive(6, 64, 4, |inner| {
        const BINARY: [&str; 7] = ["+", "-", "*", "/", "·", "×", "±"];
        prop_oneof![
            (inner.clone(), prop::sample::select(&BINARY[..]), inner.clone())
                .prop_map(|(a, o, b)| format!("{a} {o} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (inner.clone(), prop::sample::select(&["'", "²", "⁻¹", "^2", "^-x", "[i+1]", ".a", "''"][..]))
                .prop_map(|(a, p)| format!("({a}){p}")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|a| format!("f({})", a.join(", "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|a| format!("[{}]", a.join("; "))),
            inner.clone().prop_map(|a| format!("der({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("sum({a}*x[i] for i in 1..n if {b} < 2)")),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| format!("(if {c} > 0 then {a} else {b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn expression_trees_survive_printing(text in expressions()) {
        expression_survives(&text);
    }

    #[test]
    fn generated_expressions_survive_printing(seed in any::<u64>(), depth in 1usize..6) {
        expression_survives(&support::expression(seed, depth).replace("##", "#"));
    }

    #[test]
    fn canonical_names_are_canonical(name in "[a-zA-Zα-ωΑ-Ω_][a-zA-Zα-ω0-9_₀-₉]{0,12}") {
        if let Ok(e) = parse_expr(0, &name) && let ExprKind::Name(once) = &*e.kind {
            let again = parse_expr(0, once).expect("a canonical name is a name");
            prop_assert!(matches!(&*again.kind, ExprKind::Name(twice) if twice == once), "{name} {once}");
        }
    }
}

#[test]
fn a_text_over_the_limit_is_refused_before_it_is_read() {
    let text = "# ..\n".repeat(hamel::limits::SOURCE_BYTES / 5 + 1);
    let (ast, problems) = parse(0, &text);
    let codes: Vec<&str> = problems.iter().map(|d| d.code).collect();
    assert_eq!((ast.items.len(), codes), (0, vec!["E0106"]));
    let mut files = Files::new();
    files.add("long.sys", text);
    insta::assert_snapshot!("text_over_the_limit", render_all(&problems, &files, Format::Human { colour: false }));
}

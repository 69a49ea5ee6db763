//! The manual is true: every fenced `sys` block of `docs/language.md` and `README.md` is a whole file
//! that checks without a mistake, runs, and whose checks hold.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::model::system_names;
use hamel::run::simulate::Conditions;
use hamel::run::source::{self, load_text};
use hamel::run::{experiment, prepare::prepare, simulate};
use std::path::Path;

/// The blocks of a page, each with the number of its first line.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let mut out = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut open {
            None if line == "```sys" => open = Some((number + 2, String::new())),
            None => {}
            Some(_) if line == "```" => out.extend(open.take()),
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    assert!(open.is_none(), "{page}: a block is never closed");
    out
}

#[test]
fn every_example_of_the_manual_runs() {
    let mut count = 0;
    for page in ["docs/language.md", "README.md"] {
        for (line, text) in blocks(page) {
            count += 1;
            let place = format!("{page}:{line}");
            let loaded = load_text(&place, &text);
            let said = source::check(&loaded);
            assert!(said.is_empty(), "{place}: {said:?}");
            let mut ran = 0;
            for (name, _) in system_names(&loaded.program) {
                let (prepared, _) = prepare(&loaded.program, &name, &Default::default(), 0);
                let prepared = prepared.unwrap();
                if prepared.system.simulate.is_none() {
                    continue;
                }
                let mut out = Diagnostics::new();
                let run =
                    simulate(prepared, Conditions::default(), &mut out).unwrap_or_else(|| panic!("{place}: {out:?}"));
                ran += 1;
                assert!(!run.trajectory.outcome.is_failure(), "{place} {name}: {}", run.trajectory.outcome);
                for v in &run.verdicts {
                    assert!(v.holds, "{place} {name}: {} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
                }
            }
            for (name, lines) in experiment::experiments(&loaded.program) {
                let mut out = Diagnostics::new();
                let output = experiment::run(&loaded.program, (&name, &lines), 0, None, &mut out);
                assert!(!out.has_errors(), "{place} {name}: {out:?}");
                ran += output.runs.len();
                for v in &output.verdicts {
                    assert!(v.holds, "{place} {name}: {} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
                }
            }
            assert!(ran > 0, "{place}: nothing runs");
        }
    }
    assert!(count >= 10, "{count} examples");
}

/// The manual's examples are formatted as the formatter would, but for alignment: they parse to the same.
#[test]
fn every_promise_names_a_test_that_exists() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guarantees.md")).unwrap();
    let mut named = 0;
    for word in text.split('`').skip(1).step_by(2) {
        let Some((file, test)) = word.split_once("::") else { continue };
        if !file.starts_with("tests/") {
            continue;
        }
        named += 1;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{file} does not exist"));
        assert!(source.contains(&format!("fn {test}(")), "{file} has no test {test}");
    }
    assert!(named >= 20, "{named} promises");
}

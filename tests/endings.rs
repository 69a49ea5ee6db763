//! Every ending of a run, from a text: each file of `tests/endings` says in its first line how it ends, and every way
//! to run it says the same.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use assert_cmd::Command;
use hamel::diagnostic::{Diagnostics, Format, render};
use hamel::run::simulate::Conditions;
use hamel::run::{RunOutput, ending, load_file, prepare, simulate};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// `# ends in A or B at T within D, blames x or y`
struct Expected {
    outcomes: Vec<String>,
    time: f64,
    within: f64,
    blamed: Vec<String>,
}

fn expected(path: &Path) -> Expected {
    let text = std::fs::read_to_string(path).expect("a text");
    let line = text.lines().next().and_then(|l| l.strip_prefix("# ends in ")).expect("how it ends");
    let (line, blamed) = line.split_once(", blames ").unwrap_or((line, ""));
    let (outcomes, place) = line.split_once(" at ").expect("when");
    let (time, within) = place.split_once(" within ").expect("how near");
    let list = |text: &str| text.split(" or ").filter(|w| !w.is_empty()).map(str::to_owned).collect();
    Expected {
        outcomes: list(outcomes),
        time: time.parse().expect("a number"),
        within: within.parse().expect("a number"),
        blamed: list(blamed),
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/endings");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|e| e.unwrap().path()).collect();
    found.retain(|p| p.extension().is_some_and(|e| e == "sys"));
    found.sort();
    found
}

/// The run of the file's one system, and the message of its ending.
fn run(path: &Path, interrupt: Option<&AtomicBool>) -> (RunOutput, Option<String>) {
    let loaded = load_file(path, None).expect("a file");
    let name = hamel::model::system_names(&loaded.program).remove(0).0;
    let (prepared, problems) = prepare::prepare(&loaded.program, &name, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{}: {problems:?}", path.display()));
    let mut out = Diagnostics::new();
    let run = simulate(prepared, Conditions { interrupt, ..Conditions::default() }, &mut out);
    let run = run.unwrap_or_else(|| panic!("{}: {out:?}", path.display()));
    let said = ending::diagnostic(&run);
    let said = said.map(|d| render(&d, &loaded.program.files, Format::Human { colour: false }));
    let folder = format!("{}/", path.parent().expect("a folder").display());
    let said = said.map(|text| text.replace(&folder, ""));
    (run, said)
}

/// The text with its computed numbers cut to three digits: their last ones follow every change of a method.
fn rounded(text: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| inside(c) != inside(rest.chars().next().unwrap_or(' '))).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        match word.parse::<f64>() {
            Ok(number) if word.contains('.') => out.push_str(&format!("{number:.2e}")),
            _ => out.push_str(word),
        }
        rest = tail;
    }
    out
}

#[test]
fn every_file_ends_as_its_first_line_says() {
    let mut wrong = Vec::new();
    for path in files() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let expected = expected(&path);
        let (run, said) = run(&path, None);
        let outcome = &run.trajectory.outcome;
        if !expected.outcomes.iter().any(|o| o == outcome.name()) {
            wrong.push(format!("{name}: {outcome} in place of {:?}", expected.outcomes));
        }
        if !((outcome.time() - expected.time).abs() <= expected.within) {
            wrong.push(format!("{name}: {outcome}, expected at {}", expected.time));
        }
        let blamed = outcome.component().map(|c| c.name.clone()).unwrap_or_default();
        if !expected.blamed.is_empty() && !expected.blamed.iter().any(|b| blamed.starts_with(b.as_str())) {
            wrong.push(format!("{name}: blames `{blamed}`"));
        }
        // The last row is the last good state.
        assert_eq!(run.trajectory.times.last(), Some(&outcome.time()), "{name}");
        assert!(run.trajectory.states.iter().all(|v| v.is_finite()), "{name}");
        assert_eq!(said.is_some(), outcome.is_failure(), "{name}");
        assert!(!outcome.is_failure() || run.verdicts.iter().all(|v| !v.holds), "{name}: after a failure checks fail");
        let text = said.unwrap_or_else(|| outcome.to_string());
        insta::assert_snapshot!(format!("ending_{name}"), rounded(&text));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `simulate`, `test` and an experiment's `run` end alike, with exit code 1 and the results written.
#[test]
fn every_entry_point_ends_alike() {
    for name in ["square", "gimbal_start", "wall", "backwards", "satellite"] {
        let path = files().into_iter().find(|p| p.file_stem().unwrap() == name).expect("the file");
        let (run, _) = run(&path, None);
        let (word, time) = (run.trajectory.outcome.name(), run.trajectory.outcome.time());
        let code = i32::from(run.trajectory.outcome.is_failure());
        let folder = tempfile::tempdir().expect("a folder");
        let system = &run.prepared.system.name;
        let text = std::fs::read_to_string(&path).unwrap();
        let text = format!("{text}\nexperiment again {{\n  run r = simulate({system})\n}}\n");
        std::fs::write(folder.path().join("it.sys"), text).expect("a file");
        let output = |arguments: &[&str]| {
            let out =
                Command::cargo_bin("hamel").expect("the binary").current_dir(folder.path()).args(arguments).output();
            let out = out.expect("it runs");
            assert_eq!(out.status.code(), Some(code), "{name} {arguments:?}");
            (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
        };
        let (_, err) = output(&["simulate", "it.sys", "--out", "it"]);
        let summary = std::fs::read_to_string(folder.path().join("it/summary.json")).expect("results");
        let summary: serde_json::Value = serde_json::from_str(&summary).expect("a document");
        assert_eq!((summary["outcome"].as_str(), summary["t"].as_f64()), (Some(word), Some(time)), "{name}");
        let (listed, err_of_test) = output(&["test", "it.sys"]);
        assert!(listed.contains(word), "{name}: {listed}");
        let (ran, err_of_run) = output(&["run", "it.sys", "--json"]);
        assert!(ran.contains(word), "{name}: {ran}");
        if code == 1 {
            let page = run.trajectory.outcome.code().unwrap();
            for said in [err, err_of_test, err_of_run] {
                assert!(said.contains(page) && said.contains("it.sys:"), "{name}: {said}");
            }
        }
    }
}

#[test]
fn an_interrupted_run_keeps_its_rows_and_says_so() {
    let path = files().into_iter().find(|p| p.file_stem().unwrap() == "satellite").expect("the file");
    let flag = AtomicBool::new(true);
    let (run, said) = run(&path, Some(&flag));
    assert_eq!(run.trajectory.outcome.name(), "Interrupted");
    assert_eq!(run.trajectory.len(), 1);
    let said = said.expect("a message");
    assert!(said.contains("interrupted at t = 0"));
    insta::assert_snapshot!("ending_interrupted", rounded(&said));
}

//! The programs of `examples/` compile, run, and say what they are meant to.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Beside this test's own binary lies the folder of the examples that were built with it.
fn binary(name: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    deps.parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn run(name: &str) -> String {
    let path = binary(name);
    if !path.exists() {
        // One test alone does not build the examples.
        let built = Command::new(env!("CARGO")).args(["build", "--example", name]).status().unwrap();
        assert!(built.success(), "{name} does not compile");
    }
    let output = Command::new(&path).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_example_runs() {
    for (name, words) in [
        ("derive", &["θ''", "Pendulum"][..]),
        ("simulate", &["rtol 1e-12", "drift of"]),
        ("ensemble", &["100 trajectories", "the same bits"]),
        ("vector_field", &["100000 steps", "energy error"]),
        ("derivative", &["∂f/∂x", "cos(x*k)", "\\cos"]),
    ] {
        let said = run(name);
        assert!(words.iter().all(|w| said.contains(w)), "{name}: {said}");
    }
}

/// Every program of the folder is in the list above.
#[test]
fn no_example_is_forgotten() {
    let source = include_str!("examples.rs");
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(source.contains(&format!("(\"{name}\"")), "{name}");
    }
}

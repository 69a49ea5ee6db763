//! Learned structures that are in no paper: each file of `tests/structures` is a new one, of nothing but the language,
//! and its checks are against the true law: motions, recovered functions and numbers, what holds whatever the weights.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostics, Format, render_all};
use hamel::run::experiment;

#[test]
fn every_structure_is_learned_and_its_checks_hold() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/structures");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "sys"));
    files.sort();
    assert!(files.len() >= 12);
    let mut wrong = Vec::new();
    for path in files {
        let begin = std::time::Instant::now();
        let loaded = hamel::run::load_file(&path, None).unwrap();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut out = Diagnostics::new();
        out.extend(loaded.diagnostics.sorted());
        for (name, lines) in experiment::experiments(&loaded.program) {
            let output = experiment::run(&loaded.program, (&name, &lines), 0, None, &mut out);
            let checks: Vec<_> = output.verdicts.iter().collect();
            assert!(!checks.is_empty() || out.has_errors(), "{file}: checks");
            for v in checks.into_iter().filter(|v| !v.holds) {
                wrong.push(format!("{file}: {} is {:?} against {:?}", v.text, v.value, v.bound));
            }
        }
        let list = out.sorted();
        if list.iter().any(|d| d.is_error() || d.code == "W0590") {
            wrong.push(render_all(&list, &loaded.program.files, Format::Human { colour: false }));
        }
        println!("{file}: {:.1} s", begin.elapsed().as_secs_f64());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

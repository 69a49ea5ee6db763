//! Bad files whose mistake only a run can see, and what is said about them: each file of
//! `tests/fail_at_run` beside its snapshot. Nothing is integrated: each is refused with a place in its text.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostics, Format, render_all};
use hamel::run::prepare::prepare;
use hamel::run::simulate;
use hamel::run::simulate::Conditions;
use hamel::run::source::load_text;

#[test]
fn every_file_is_refused_as_recorded() {
    insta::glob!("fail_at_run/*.sys", |path| {
        let text = std::fs::read_to_string(path).expect("a bad file");
        let loaded = load_text(&path.file_name().expect("a name").to_string_lossy(), &text);
        assert!(!loaded.diagnostics.has_errors(), "{}: it reads", path.display());
        let mut said = Diagnostics::new();
        for (name, _) in hamel::model::system_names(&loaded.program) {
            let (prepared, problems) = prepare(&loaded.program, &name, &Default::default(), 0);
            said.extend(problems.sorted());
            if let Some(prepared) = prepared {
                let run = simulate(prepared, Conditions::default(), &mut said);
                assert!(run.is_none(), "{} runs", path.display());
            }
        }
        let list = said.sorted();
        assert!(list.iter().any(|d| d.is_error()), "{}: nothing is said", path.display());
        for d in &list {
            let length = loaded.program.files.get(d.span.file).map_or(0, |f| f.text.len());
            assert!(d.span.end as usize <= length, "{}: a place in its text", path.display());
        }
        insta::assert_snapshot!(render_all(&list, &loaded.program.files, Format::Human { colour: false }));
    });
}

/// Experiments whose lines resolve and cannot be done.
#[test]
fn every_experiment_says_what_is_recorded() {
    insta::glob!("fail_at_run/experiments/*.sys", |path| {
        let text = std::fs::read_to_string(path).expect("a bad file");
        let loaded = load_text(&path.file_name().expect("a name").to_string_lossy(), &text);
        assert!(!loaded.diagnostics.has_errors(), "{}: {:?}", path.display(), loaded.diagnostics);
        let mut said = Diagnostics::new();
        for (name, lines) in hamel::run::experiment::experiments(&loaded.program) {
            let (_, problems) = hamel::run::experiment::plan(&loaded.program, &name, &lines, 0, true);
            assert!(!problems.has_errors(), "{}: it resolves: {problems:?}", path.display());
            hamel::run::experiment::run(&loaded.program, (&name, &lines), 0, None, &mut said);
        }
        let list = said.sorted();
        assert!(!list.is_empty(), "{}: nothing is said", path.display());
        insta::assert_snapshot!(render_all(&list, &loaded.program.files, Format::Human { colour: false }));
    });
}

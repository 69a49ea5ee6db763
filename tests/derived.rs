//! The equations of motion of the whole gallery, as `hamel derive` prints them, under review.
//!
//! `INSTA_UPDATE=always cargo test --test derived` writes the snapshots anew.

use hamel::run::derivation::{Form, sheet};
use hamel::run::{load_file, prepare::prepare};

#[test]
fn derived_equations_of_the_gallery() {
    insta::glob!("..", "systems/*.sys", |path| {
        let loaded = load_file(path, None).expect("a file of the gallery");
        let mut text = String::new();
        for (name, _) in hamel::model::system_names(&loaded.program) {
            let (prepared, problems) = prepare(&loaded.program, &name, &Default::default(), 0);
            let prepared = prepared.unwrap_or_else(|| panic!("{}: {problems:?}", path.display()));
            for line in sheet(&prepared, Form::Text).text(Form::Text).lines() {
                // What is long is long in the same way; its beginning shows a change.
                text.extend(line.chars().take(400));
                text.push('\n');
            }
            text.push('\n');
        }
        insta::assert_snapshot!(text);
    });
}

//! The equations of motion of the whole gallery, as `hamel derive` prints them, under review.
//!
//! `INSTA_UPDATE=always cargo test --test derived` writes the snapshots anew.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

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

/// A family that Newton's method solves for its velocities is one line, each member with its own momentum.
#[test]
fn a_transformed_family_reads_as_one_line() {
    let text = "system A { coord x[1..20]\n lagrangian L = -sum(sqrt(1 - x[i]'^2) for i in 1..20) \
                - sum(1/2*(x[i+1] - x[i])^2 for i in 1..19)\n init x = 0, x' = 0 }\nsystem B = legendre(A)\n";
    let loaded = hamel::run::source::load_text("test.sys", text);
    let (prepared, problems) = prepare(&loaded.program, "B", &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let rows: Vec<(String, String, String)> =
        sheet(&prepared, Form::Text).equations.into_iter().map(|r| (r.left, r.right, r.range)).collect();
    let row = |left: &str, right: &str, range: &str| (left.to_owned(), right.to_owned(), range.to_owned());
    assert_eq!(rows[0], row("x[i]'/sqrt(1 - x[i]'^2)", "p_x[i]", "i = 1, …, 20"));
    assert_eq!(rows[1], row("p_x[1]'", "x[2] - x[1]", ""));
    assert_eq!(rows[2], row("p_x[i]'", "x[i + 1] - 2*x[i] + x[i - 1]", "i = 2, …, 19"));
    assert_eq!(rows.len(), 4);
}

/// A family of vectors is read by member and component, and the energy of a large one is two sums.
#[test]
fn a_family_of_vectors_reads_by_member_and_component() {
    let text = "system A { param m[1..20] = [k for k in 1..20]\n coord r[1..20] : vector(2)\n \
                lagrangian L = sum(1/2*m[i]*r[i]'·r[i]' for i in 1..20) - sum(1/2*r[i]·r[i] for i in 1..20)\n \
                init r = 0, r' = 0 }\n";
    let loaded = hamel::run::source::load_text("test.sys", text);
    let (prepared, problems) = prepare(&loaded.program, "A", &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let sheet = sheet(&prepared, Form::Text);
    let first = &sheet.equations[0];
    assert_eq!((first.left.as_str(), first.right.as_str()), ("r[i][1]''", "-r[i][1]/m[i]"));
    assert_eq!(first.range, "i = 1, …, 20");
    let energy = &sheet.conserved[0].right;
    assert_eq!(energy.matches("sum(").count(), 1, "{energy}");
    assert!(energy.contains("r[i][2]'^2") && !energy.contains("r[2*i"), "{energy}");
}

fn rows(text: &str) -> Vec<(String, String, String)> {
    let loaded = hamel::run::source::load_text("test.sys", text);
    let (prepared, problems) = prepare(&loaded.program, "A", &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    sheet(&prepared, Form::Text).equations.into_iter().map(|r| (r.left, r.right, r.range)).collect()
}

/// On a ring every member has the same equation, and behind the last one comes the first.
#[test]
fn a_ring_reads_as_one_line() {
    let wave = "system A { param τ = 1\n grid x in 0..1 count 20 periodic\n field u(x)\n \
                lagrangian L = integral(1/2*u'^2 - 1/2*τ*∂(u, x)^2)\n init u = 0, u' = 0 }\n";
    println!("{:#?}", rows(wave));
    let heat = "system A { grid x in 0..1 count 20 periodic, y in 0..1 count 15 periodic\n field u(x, y)\n \
                u' = laplacian(u)\n init u = 0 }\n";
    println!("{:#?}", rows(heat));
    let mixed = "system A { grid x in 0..1 count 20 periodic, y in 0..1 count 15\n field u(x, y)\n \
                u' = laplacian(u)\n init u = 0 }\n";
    println!("{:#?}", rows(mixed));
    let elements = "system A { grid x in 0..1 count 20 periodic, y in 0..1 count 20 periodic with elements = q4\n field u(x, y)\n \
                dissipative Ψ = integral(1/2*grad(u)·grad(u))\n init u = 0 }\n";
    println!("{:#?}", rows(elements));
    let walls = "system A { param D = 1\n grid x in 0..1 count 20, y in 0..1 count 20 with elements = q4\n field u(x, y)\n \
                dissipative Ψ = integral(1/2*D*grad(u)·grad(u))\n init u = 0 }\n";
    println!("{:#?}", rows(walls));
    let varied = "system A { param D = 1\n grid x in 0..1 count 20, y in 0..1 count 20 with elements = q4\n field u(x, y)\n \
                dissipative Ψ = integral(1/2*D*(1 + x)*grad(u)·grad(u))\n init u = 0 }\n";
    println!("{:#?}", rows(varied));
}

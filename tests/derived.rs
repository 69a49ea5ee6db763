//! The equations of motion of the whole gallery, as `hamel derive` prints them, under review.
//!
//! `INSTA_UPDATE=always cargo test --test derived` writes the snapshots anew.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::kernel::{Kernel, VectorField};
use hamel::real::Random;
use hamel::run::derivation::{Form, sheet};
use hamel::run::{load_file, prepare::prepare};
use hamel::symbolic::evaluate::Bindings;
use hamel::symbolic::{ExprId, Node, Rational, evaluate};

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

/// The lines against the rates that the kernel computes, at a random state: at every member of every line both sides are
/// equal. `ring` is the number of points of a ring, whose indices go on behind its end.
fn agree(text: &str, ring: Option<i64>) {
    let loaded = hamel::run::source::load_text("test.sys", text);
    let (prepared, problems) = prepare(&loaded.program, "A", &Default::default(), 0);
    let equations = prepared.unwrap_or_else(|| panic!("{problems:?}")).equations;
    let n: usize = equations.states.iter().map(|s| s.length).sum();
    let mut stream = Random::new(3, "lines").stream(0);
    let y: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    let mut dy = vec![0.0; n];
    let mut kernel = Kernel::compile(&equations).expect("compiles");
    kernel.set_parameters(&[]).expect("no parameters");
    kernel.rates(0.0, &y, &mut dy).expect("regular");
    let (mut g, lines) = hamel::formalism::lines(&equations);
    let mut known: Vec<(ExprId, &[f64])> = Vec::new();
    for (state, rate) in equations.states.iter().zip(&equations.rate_leaves) {
        let part = state.offset..state.offset + state.length;
        known.extend(rate.map(|leaf| (leaf, &dy[part.clone()])));
        known.push((state.leaf, &y[part]));
    }
    let mut members = 0;
    for line in lines {
        let mut tuples: Vec<Vec<(ExprId, ExprId)>> = vec![Vec::new()];
        if let Some(domain) = line.range {
            for (position, (lo, hi)) in g.domain_info(domain).ranges.clone().into_iter().enumerate() {
                let index = g.index(domain, position as u32);
                let numbers: Vec<ExprId> = (lo..=hi).map(|k| g.integer(k)).collect();
                let longer = |t: &Vec<(ExprId, ExprId)>| -> Vec<Vec<(ExprId, ExprId)>> {
                    numbers.iter().map(|k| [t.as_slice(), &[(index, *k)]].concat()).collect()
                };
                tuples = tuples.iter().flat_map(longer).collect();
            }
        }
        for tuple in tuples {
            members += 1;
            let sides = g.substitute_all(&[line.left, line.right], &tuple.into_iter().collect());
            let mut values = hamel::symbolic::Substitution::default();
            for node in g.reachable(&sides) {
                let Node::Read { array, index } = *g.node(node) else { continue };
                let (k, list) = (g.as_integer(index).unwrap(), known.iter().find(|l| l.0 == array).unwrap().1);
                let k = ring.map_or(k, |n| k.rem_euclid(n));
                values.insert(node, g.number(Rational::from_f64(list[k as usize]).unwrap()));
            }
            let sides = g.substitute_all(&sides, &values);
            let scalar = |_| f64::NAN;
            let values = evaluate(&g, &sides, &Bindings { scalar: &scalar, element: &|_, _| f64::NAN });
            assert!((values[0] - values[1]).abs() < 1e-9 * (1.0 + values[0].abs()), "{values:?}");
        }
    }
    let moving = equations.rate_leaves.iter().zip(&equations.states).filter(|(r, _)| r.is_some());
    assert!(members > 0 && moving.map(|(_, s)| s.length).sum::<usize>() % members == 0, "{members} of {n}");
}

fn of_rows(list: &[(String, String, String)]) -> Vec<(&str, &str, &str)> {
    list.iter().map(|r| (r.0.as_str(), r.1.as_str(), r.2.as_str())).collect()
}

/// On a ring every member has the same equation, and behind the last one comes the first.
#[test]
fn a_ring_reads_as_one_line() {
    let wave = "system A { grid x in 0..1 count 20 periodic\n field u(x)\n \
                lagrangian L = integral(1/2*u'^2 - 1/2*∂(u, x)^2)\n init u = 0, u' = 0 }\n";
    let expected = ("u[i]''", "400*u[i - 1] - 800*u[i] + 400*u[i + 1]", "i = 1, …, 20; i + 20 ≡ i");
    assert_eq!(of_rows(&rows(wave)), [expected]);
    agree(wave, Some(20));
    // a mass that joins neighbours, and what depends on the place
    let uneven = "system A { grid x in 0..1 count 20 periodic with elements = p1, mass = consistent\n field u(x)\n \
                  lagrangian L = integral(1/2*u'^2 - 1/2*(1 + x)*∂(u, x)^2)\n init u = 0, u' = 0 }\n";
    assert_eq!(rows(uneven)[0].0, "1/30*u[i]'' + 1/120*u[i - 1]'' + 1/120*u[i + 1]''");
    agree(uneven, Some(20));
    let flow = "system A { grid x in 0..1 count 20 periodic, y in 0..1 count 15 periodic\n field u(x, y)\n \
                u' = laplacian(u)\n init u = 0 }\n";
    let expected = (
        "u[i][j]'",
        "400*u[i - 1][j] - 1250*u[i][j] + 400*u[i + 1][j] + 225*u[i][j - 1] + 225*u[i][j + 1]",
        "i = 1, …, 20; j = 1, …, 15; i + 20 ≡ i; j + 15 ≡ j",
    );
    assert_eq!(of_rows(&rows(flow)), [expected]);
}

/// Four-node elements in a plane: the textbook's nine-point stencils of stiffness and mass (Zienkiewicz, Taylor and Zhu).
#[test]
fn elements_in_a_plane_read_by_their_stencils() {
    let plane = |more: &str, what: &str| {
        format!(
            "system A {{ grid x in 0..1 count 11, y in 0..1 count 11 with elements = q4{more}\n field w(x, y)\n {what} }}\n"
        )
    };
    let slope = plane("", "dissipative Ψ = integral(1/2*(1 + x)*grad(w)·grad(w))\n init w = 0");
    assert_eq!(rows(&slope).len(), 9);
    agree(&slope, None);
    let full = ", mass = consistent";
    let held = "boundary w(0, y) = 0, w(1, y) = 0, w(x, 0) = 0, w(x, 1) = 0\n init w = 0, w' = 0";
    let membrane = plane(full, &format!("lagrangian L = integral(1/2*w'^2 - 1/2*grad(w)·grad(w))\n {held}"));
    agree(&membrane, None);
    let free = plane(full, "lagrangian L = integral(1/2*w'^2 - 1/2*grad(w)·grad(w))\n init w = 0, w' = 0");
    agree(&free, None);
    let damped = plane(
        full,
        &format!("param ρ = 1, τ = 1\n lagrangian L = integral(1/2*ρ*w'^2 - 1/2*τ*grad(w)·grad(w))\n {held}"),
    );
    let all = rows(&damped);
    let inside = all.iter().find(|r| r.2.contains('j')).unwrap();
    assert_eq!(
        inside.0,
        "1/3600*ρ*(w[i - 1][j - 1]'' + 4*w[i][j - 1]'' + 4*w[i - 1][j]'' + 16*w[i][j]'' + w[i + 1][j - 1]'' + \
         4*w[i + 1][j]'' + w[i - 1][j + 1]'' + 4*w[i][j + 1]'' + w[i + 1][j + 1]'')"
    );
    assert_eq!(
        inside.1,
        "1/3*τ*(w[i - 1][j - 1] + w[i][j - 1] + w[i - 1][j] - 8*w[i][j] + w[i + 1][j - 1] + w[i + 1][j] + \
         w[i - 1][j + 1] + w[i][j + 1] + w[i + 1][j + 1])"
    );
    assert_eq!((inside.2.as_str(), all.len()), ("i = 2, …, 10; j = 2, …, 10", 9));
    assert!(all.iter().filter(|r| r.1 == "0").count() == 8);
}

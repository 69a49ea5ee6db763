//! What growing systems cost, by counts: tapes that do not grow, work that grows as the algorithm says.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::kernel::Kernel;
use hamel::model::SystemRequest;
use hamel::run::prepare;
use hamel::run::source::load_text;
use std::path::Path;

/// Operations of the tapes and operations that one evaluation executes, with `n` of a gallery file.
fn counts(file: &str, n: usize, unroll: Option<usize>) -> (usize, usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems").join(file);
    let text = std::fs::read_to_string(path).expect("a file of the gallery");
    let (before, after) = text.split_once("(n: int = ").expect("a size");
    let (_, after) = after.split_once(')').expect("its end");
    let program = load_text(file, &format!("{before}(n: int = {n}){after}")).program;
    let request = SystemRequest { unroll, ..SystemRequest::default() };
    let name = hamel::model::system_names(&program)[0].0.clone();
    let (prepared, _) = prepare::prepare(&program, &name, &request, 0);
    let kernel = Kernel::compile(&prepared.expect("a system").equations).expect("compiles");
    (kernel.operations(), kernel.operations_executed())
}

#[test]
fn a_pendulum_of_n_links_has_a_tape_of_fixed_length_and_cubic_work() {
    for file in ["n_link_pendulum.sys", "n_link_pendulum_uneven.sys"] {
        let all: Vec<(usize, (usize, usize))> =
            [4, 6, 8, 12, 16, 24, 32, 48, 64].map(|n| (n, counts(file, n, None))).into();
        println!("{file}: {all:?}");
        // Up to twelve terms are written out; behind that a family is one body whatever its length.
        let families: Vec<usize> = all.iter().filter(|(n, _)| *n > 12).map(|(_, c)| c.0).collect();
        assert!(families.iter().all(|length| *length == families[0]), "{file}: {all:?}");
        for (n, (length, executed)) in &all {
            assert!(*length <= 120 * n, "{file}: {length} operations for {n} links");
            let (first, (_, least)) = &all[0];
            let growth = *executed as f64 / *least as f64;
            let cubic = (*n as f64 / *first as f64).powi(3);
            assert!(growth <= cubic, "{file}: {n} links execute {growth} times the operations of {first}");
        }
        // Never written out, the tape of the shortest is that of the longest.
        assert_eq!(counts(file, 4, Some(0)).0, families[0], "{file}");
    }
}

#[test]
fn a_chain_of_ten_and_of_a_thousand_have_one_tape() {
    let (ten, thousand) = (counts("spring_chain.sys", 10, Some(0)), counts("spring_chain.sys", 1_000, None));
    assert_eq!(ten.0, thousand.0);
    assert!(thousand.1 <= 101 * ten.1, "{ten:?} {thousand:?}");
}

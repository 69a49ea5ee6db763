//! One run has one set of bits: the bytes of its tables are the same whichever instruction set runs it, and whether
//! interpreter or machine code does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::kernel::{Code, Execution};
use hamel::lanes::Level;
use hamel::report::{Names, csv, npz};
use hamel::run::simulate::Conditions;
use hamel::run::{Overrides, load_file, prepare, results, simulate};
use std::path::Path;

/// The tables of a run as bytes, and its method.
fn tables(file: &str, overrides: &Overrides, execution: Execution) -> (Vec<u8>, Vec<u8>, &'static str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let mut program = load_file(&path, None).expect("a file that reads").program;
    let (request, _) = prepare::request(&mut program, overrides);
    let name = hamel::model::system_names(&program)[0].0.clone();
    let (prepared, _) = prepare::prepare(&program, &name, &request, 0);
    let mut problems = Diagnostics::new();
    let conditions = Conditions { execution, ..Conditions::default() };
    let run = simulate(prepared.expect("a system"), conditions, &mut problems).expect("a run");
    assert!(!run.trajectory.outcome.is_failure(), "{file}: {:?}", run.trajectory.outcome);
    let table = results::table(&run).expect("a table");
    let provenance = results::provenance(&run, Default::default());
    let archive = npz(&table, &serde_json::json!({ "columns": table.info(), "provenance": provenance }));
    (csv(&table, Names::Exact).expect("a table"), archive.expect("an archive"), results::method_name(&run))
}

/// Every instruction set with the interpreter, and machine code of the first and the best.
fn executions() -> Vec<Execution> {
    let of = |code: Code| move |level: &Level| Execution { level: *level, code };
    let mut all: Vec<Execution> = Level::available().iter().map(of(Code::Interpreter)).collect();
    all.extend([Level::BASELINE, Level::detect()].iter().map(of(Code::Native)));
    all.push(Execution::default());
    all
}

/// File, span, method, step: explicit, splitting, implicit and stiff methods; systems with solves, families, scans,
/// functions, forces that depend on time, momenta, matrices that vary.
const RUNS: &[(&str, &str, &str, &str)] = &[
    ("systems/double_pendulum.sys", "0..3[s] by 0.05[s]", "", ""),
    ("systems/double_pendulum.sys", "0..1[s] by 0.05[s]", "gauss6", "0.01[s]"),
    ("systems/n_link_pendulum.sys", "0..0.5[s] by 0.05[s]", "", ""),
    ("systems/n_link_pendulum_uneven.sys", "0..0.2[s] by 0.02[s]", "rk4", "0.002[s]"),
    ("systems/kepler.sys", "0..20 by 0.5", "", ""),
    ("systems/kepler.sys", "0..20 by 0.5", "verlet", "0.01"),
    ("systems/spring_chain.sys", "0..1[s] by 0.05[s]", "kahan_li8", "0.01[s]"),
    ("systems/toda.sys", "0..2 by 0.1", "", ""),
    ("systems/driven_pendulum.sys", "0..5[s] by 0.1[s]", "dopri5", ""),
    ("systems/van_der_pol.sys", "0..5 by 0.1", "radau5", ""),
    ("systems/relativistic_oscillator.sys", "0..2 by 0.05", "implicit_midpoint", "0.01"),
    ("systems/heavy_top.sys", "0..0.5[s] by 0.02[s]", "", ""),
];

#[test]
fn every_way_to_run_gives_the_same_bytes() {
    for (file, t, method, step) in RUNS {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let overrides = Overrides { t: given(t), method: given(method), step: given(step), ..Overrides::default() };
        let mut first: Option<(Vec<u8>, Vec<u8>, &str)> = None;
        for execution in executions() {
            let made = tables(file, &overrides, execution);
            let expected = first.get_or_insert_with(|| made.clone());
            assert!(made.0.len() > 500 && made.0.iter().filter(|b| **b == b'\n').count() > 10, "{file}: rows");
            assert!(made.0 == expected.0, "{file} {method}: trajectory.csv differs with {execution:?}");
            assert!(made.1 == expected.1, "{file} {method}: trajectory.npz differs with {execution:?}");
            assert_eq!(made.2, expected.2, "{file}: the method");
        }
    }
}

#[test]
fn words_for_the_environment() {
    for (text, code) in [("interpreter", Code::Interpreter), ("native", Code::Native), ("baseline", Code::WhenItPays)] {
        assert_eq!(Execution::named(text).map(|e| e.code), Some(code));
    }
    let both = Execution::named("baseline+native").expect("both");
    assert_eq!(both, Execution { level: Level::BASELINE, code: Code::Native });
    for wrong in ["", "fast", "native,baseline", "sse9"] {
        assert_eq!(Execution::named(wrong), None, "{wrong}");
    }
}

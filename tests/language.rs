//! The examples of the language's specification, as written: those of this version run and their
//! checks hold.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::run::prepare::{prepare, request};
use hamel::run::simulate::Conditions;
use hamel::run::{Overrides, RunOutput, experiment, load_file, simulate};
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new("tests/language").join(name)
}

fn run(file: &str, system: &str, t: Option<&str>) -> RunOutput {
    let loaded = load_file(&example(file), None).expect("an example");
    assert!(!loaded.diagnostics.has_errors(), "{file}: {:?}", loaded.diagnostics);
    let mut program = loaded.program;
    let overrides = Overrides { t: t.map(str::to_owned), ..Overrides::default() };
    let (asked, problems) = request(&mut program, &overrides);
    assert!(problems.is_empty(), "{problems:?}");
    let (prepared, problems) = prepare(&program, system, &asked, 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{file} {system}: {problems:?}"));
    let mut out = hamel::diagnostic::Diagnostics::new();
    simulate(prepared, Conditions::default(), &mut out).unwrap_or_else(|| panic!("{file} {system}: {out:?}"))
}

fn holds(file: &str, system: &str, t: Option<&str>) -> RunOutput {
    let run = run(file, system, t);
    assert_eq!(run.trajectory.outcome.name(), "Finished", "{file} {system}");
    for v in &run.verdicts {
        assert!(v.holds, "{file} {system}: {} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
    }
    run
}

#[test]
fn examples_of_mechanics_run_and_their_checks_hold() {
    let double = holds("01_double_pendulum.sys", "DoublePendulum", None);
    assert_eq!(double.verdicts.len(), 1);
    assert!(double.balance.is_some_and(|b| b < 1e-6), "{:?}", double.balance);
    holds("02_n_bodies.sys", "SunEarthMoon", None);
    let central = holds("03_central_force.sys", "CentralForce", None);
    assert!(central.drifts.iter().any(|d| d.name == "p_φ" && d.reason.is_some()), "the cyclic coordinate is found");
    holds("04_cyclotron.sys", "Cyclotron", None);
    holds("05_relativistic_oscillator.sys", "RelativisticOscillator", None);
}

#[test]
fn a_driven_system_and_a_rigid_body_run() {
    holds("10_duffing.sys", "Duffing", None);
    holds("17_rigid_body.sys", "RigidBody", None);
}

#[test]
fn fields_and_linear_systems_at_their_points_run() {
    let rod = holds("06_heat_and_lehmer.sys", "HeatRod", None);
    assert_eq!(rod.verdicts.len(), 1);
    holds("06_heat_and_lehmer.sys", "LehmerDiffusion", None);
    holds("19_microstructure.sys", "Microstructure", None);
    holds("20_wave.sys", "Wave", None);
}

#[test]
fn components_derived_systems_chains_and_piecewise_inputs_run() {
    let file = example_with("15_");
    holds(&file, "Coupled", Some("0..10 [s] by 0.1 [s]"));
    holds(&file, "Heavy", Some("0..10 [s] by 0.1 [s]"));
    holds(&file, "Chain", Some("0..10 [s] by 0.1 [s]"));
    // v' = (drive − v)/τ with drive 1, 0, 1/2 V: exact between the switches at 5 and 10 ms.
    let run = holds(&file, "Switch", Some("0..20 [ms] by 0.5 [ms]"));
    let rise = 1.0 - (-5.0f64).exp();
    let fall = rise * (-5.0f64).exp();
    for (t, v) in run.trajectory.times.iter().zip(run.trajectory.component(0)) {
        let ms = t * 1e3;
        let exact = match ms {
            m if m <= 5.0 => 1.0 - (-m).exp(),
            m if m <= 10.0 => rise * (5.0 - m).exp(),
            m => 0.5 + (fall - 0.5) * (10.0 - m).exp(),
        };
        assert!((v - exact).abs() < 1e-9, "v({ms} ms) = {v}, exactly {exact}");
    }
}

fn example_with(prefix: &str) -> String {
    let mut names: Vec<String> = std::fs::read_dir("tests/language")
        .expect("the folder of examples")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with(prefix))
        .collect();
    names.sort();
    names.first().cloned().expect("an example with this number")
}

#[test]
fn the_mirror_built_and_by_hand_moves_like_the_damped_oscillator() {
    let loaded = load_file(&example("07_morse_feshbach.sys"), None).expect("an example");
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    assert_eq!(name, "equivalence");
    let mut out = hamel::diagnostic::Diagnostics::new();
    let output = experiment::run(&loaded.program, (name, lines), 0, None, &mut out);
    assert!(!out.has_errors(), "{out:?}");
    assert_eq!(output.verdicts.len(), 3);
    for v in &output.verdicts {
        assert!(v.holds, "{} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
    }
}

#[test]
fn a_check_altered_to_be_false_fails() {
    let text = std::fs::read_to_string(example("03_central_force.sys")).expect("an example");
    let text = text.replace("drift(ecc) < 1e-8", "drift(ecc) < 1e-30");
    let loaded = hamel::run::source::load_text("altered.sys", &text);
    let (prepared, problems) = prepare(&loaded.program, "CentralForce", &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut out = hamel::diagnostic::Diagnostics::new();
    let run = simulate(prepared, Conditions::default(), &mut out).expect("it runs");
    assert!(!run.good());
    assert!(run.verdicts[0].value > 1e-30);
}

/// The systems with holes: their equations follow, and nothing of them is run before they are fitted.
#[test]
fn learned_systems_are_derived_and_not_run() {
    for (file, names) in [
        ("11_dhnn.sys", &["DHNN"] as &[&str]),
        ("12_lnn.sys", &["LNN", "DeLaN"]),
        ("13_cart_pole.sys", &["CartPole"]),
        ("14_three_models.sys", &["MLP", "HNN", "DHNN"]),
        ("20_wave.sys", &["WaveLNN"]),
        ("16_moons.sys", &["Moons"]),
    ] {
        let loaded = load_file(&example(file), None).expect("an example");
        assert!(!loaded.diagnostics.has_errors(), "{file}: {:?}", loaded.diagnostics);
        let errors: Vec<String> = hamel::run::source::check(&loaded)
            .iter()
            .filter(|d| d.is_error())
            .map(|d| format!("{}: {}", d.code, d.message))
            .collect();
        assert!(errors.is_empty(), "{file}: {errors:?}");
        if file == "13_cart_pole.sys" {
            let later = hamel::run::source::check(&loaded).iter().any(|d| d.code == "E0904");
            assert!(!later, "every line of {file} is built");
        }
        for name in names {
            let (prepared, problems) = prepare(&loaded.program, name, &Default::default(), 0);
            let prepared = prepared.unwrap_or_else(|| panic!("{file} {name}: {problems:?}"));
            assert!(!prepared.equations.expressions().is_empty());
            let mut out = hamel::diagnostic::Diagnostics::new();
            assert!(simulate(prepared, Conditions::default(), &mut out).is_none());
            assert!(out.iter().any(|d| d.code == "E0351"), "{file} {name}: {out:?}");
        }
    }
}

//! Runs of systems with learned functions: first weights by seed, weights that are given, and weights that do not fit.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostics, Format, render_all};
use hamel::kernel::NetWeights;
use hamel::run::simulate::Conditions;
use hamel::run::source::load_text;
use hamel::run::{Prepared, RunOutput, prepare, simulate};

const HNN: &str = "sys 0.1
system Learned {
  coord q
  momentum p of q
  net Hθ(q, p) -> real = mlp([16, 16], tanh, init = orthogonal, seed = 4)
  hamiltonian H = 1/2*p^2 + 1/2*q^2 + 0.3*Hθ(q, p)
  init q = 1, p = 0
  simulate { t = 0..5 by 0.5, untrained = true }
}
";

fn prepared(text: &str) -> Prepared {
    let loaded = load_text("learned.sys", text);
    let (prepared, problems) = prepare::prepare(&loaded.program, "Learned", &Default::default(), 0);
    prepared.unwrap_or_else(|| panic!("{problems:?}"))
}

fn run(prepared: Prepared) -> Result<RunOutput, String> {
    let mut out = Diagnostics::new();
    let files = load_text("learned.sys", HNN).program.files;
    simulate(prepared, Conditions::default(), &mut out)
        .ok_or_else(|| render_all(&out.sorted(), &files, Format::Human { colour: false }))
}

#[test]
fn first_weights_come_from_the_seed_and_conserve_what_the_form_conserves() {
    let first = run(prepared(HNN)).unwrap();
    assert!(first.good() && first.trajectory.len() == 11);
    let drift = first.drifts.iter().find(|d| d.name == "H").expect("the Hamiltonian");
    assert!(drift.worst < 1e-9, "{}", drift.worst);
    let again = run(prepared(HNN)).unwrap();
    assert_eq!(first.trajectory.states, again.trajectory.states);
    let other = run(prepared(&HNN.replace("seed = 4", "seed = 5"))).unwrap();
    assert_ne!(first.trajectory.states, other.trajectory.states);
    let rule = run(prepared(&HNN.replace("orthogonal", "uniform"))).unwrap();
    assert_ne!(first.trajectory.states, rule.trajectory.states);
}

/// Nets whose weights are 0 leave a harmonic oscillator.
#[test]
fn given_weights_take_the_place_of_the_first() {
    let mut harmonic = prepared(&HNN.replace(", untrained = true", ""));
    assert!(harmonic.unfitted().is_some());
    let zeros = |lengths: &[usize]| -> NetWeights { lengths.iter().map(|n| vec![0.0; *n]).collect::<Vec<_>>().into() };
    harmonic.weights = vec![("Hθ".into(), zeros(&[32, 16, 256, 16, 16, 1]))];
    assert!(harmonic.unfitted().is_none());
    let result = run(harmonic).unwrap();
    let last = result.trajectory.last();
    assert!((last[0] - 5f64.cos()).abs() < 1e-9 && (last[1] + 5f64.sin()).abs() < 1e-9, "{last:?}");
    let mut short = prepared(HNN);
    short.weights = vec![("Hθ".into(), zeros(&[32, 16]))];
    insta::assert_snapshot!("weights_of_another_architecture", run(short).err().expect("refused"));
}

/// Implicit methods take the exact Jacobian, through the nets.
#[test]
fn every_kind_of_method_runs_a_net() {
    let by = |method: &str, step: &str| {
        let options = format!("untrained = true, method = {method}{step}, rtol = 1e-9");
        run(prepared(&HNN.replace("untrained = true", &options))).unwrap().trajectory.last().to_vec()
    };
    let reference = by("dop853", "");
    for (method, step, within) in
        [("radau5", "", 1e-6), ("gauss6", ", step = 0.05", 1e-6), ("rk4", ", step = 0.01", 1e-6)]
    {
        let last = by(method, step);
        for (a, b) in last.iter().zip(&reference) {
            assert!((a - b).abs() < within, "{method}: {last:?} {reference:?}");
        }
    }
}

//! How far numbers can be trusted: dissipative motions run backwards, chaos, and facts seen at random states.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::analyse::lyapunov::exponent;
use hamel::diagnostic::Diagnostics;
use hamel::integrate::{Outcome, Span};
use hamel::kernel::Kernel;
use hamel::model;
use hamel::run::simulate::Conditions;
use hamel::run::source::EmbeddedSources;
use hamel::run::start::beginning;
use hamel::run::{RunOutput, derivation, prepare, results};
use std::path::Path;

/// Runs a system of a text, with its warnings.
fn run_all(text: &str, name: &str) -> (RunOutput, Diagnostics) {
    let (program, problems) = model::load("trust.sys", text, &EmbeddedSources);
    assert!(!problems.has_errors(), "{problems:?}");
    let (prepared, problems) = prepare::prepare(&program, name, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let mut out = Diagnostics::new();
    let run = hamel::run::simulate(prepared, Conditions::default(), &mut out);
    (run.unwrap_or_else(|| panic!("{out:?}")), out)
}

fn run(text: &str, name: &str) -> RunOutput {
    run_all(text, name).0
}

fn gallery(file: &str) -> String {
    std::fs::read_to_string(Path::new("systems").join(file)).expect("a file of the gallery")
}

/// A key of `summary.json`.
fn certificate(run: &RunOutput, key: &str) -> Option<f64> {
    let table = results::table(run).expect("a table");
    let summary = results::summary(run, &table, results::provenance(run, Default::default()));
    serde_json::from_slice::<serde_json::Value>(&summary.to_json()).expect("a document")[key].as_f64()
}

const OSCILLATOR: &str = "
system Damped {
  param m = 1, γ = 0.3, k = 4
  coord x
  lagrangian L = 1/2*m*x'² - 1/2*k*x²
  rayleigh   R = 1/2*γ*x'²
  init x = 1, x' = 0
  simulate { t = SPAN by 0.1, METHOD }
}
system Doubled = doubled(Damped)
system Back = reversed(Damped)
";

fn oscillator(span: &str, options: &str) -> String {
    OSCILLATOR.replace("SPAN", span).replace("METHOD", options)
}

#[test]
fn a_damped_oscillator_run_backwards_amplifies_as_its_damping_says() {
    // Both eigenvalues are -γ/2m ± iω: the map is e^(γT/2m) times a rotation in oblique axes.
    for (t, method) in [(20.0, "method = auto"), (50.0, "method = dop853"), (50.0, "method = rk4, step = 0.01")] {
        let run = run(&oscillator(&format!("{t}..0"), method), "Damped");
        assert_eq!(run.trajectory.outcome, Outcome::Finished { time: 0.0 }, "{method}");
        let expected = (0.15f64 * t).exp();
        let found = certificate(&run, "amplification").expect("it is carried along");
        assert!(found > 0.9 * expected && found < 1.3 * expected, "{method}, {t}: {found} for {expected}");
    }
    for (name, text) in [("Damped", oscillator("0..20", "")), ("Back", oscillator("20..0", ""))] {
        let forward = run(&text, name);
        assert_eq!(certificate(&forward, "amplification"), None, "{name} runs with its damping");
    }
}

#[test]
fn the_past_of_a_damped_oscillator_is_lost_where_its_tolerance_ends() {
    // e^(0.15 T) = 0.01/1e-10 at T = 122.8: the run from t = 200 is given up near t = 77.
    for (name, span) in [("Damped", "200..0"), ("Back", "0..200"), ("Doubled", "200..0")] {
        let run = run(&oscillator(span, "rtol = 1e-10"), name);
        let Outcome::ReversalLost { time, amplification, rtol, .. } = run.trajectory.outcome else {
            panic!("{name}: {}", run.trajectory.outcome);
        };
        let gone = (time - run.span.start()).abs();
        assert!((gone - 122.8).abs() < 3.0, "{name}: after {gone}");
        assert!(amplification * rtol > 0.01 && amplification * rtol < 0.02, "{name}: {amplification}");
        assert_eq!(run.trajectory.times.last(), Some(&time));
        assert!(run.trajectory.states.iter().all(|x| x.is_finite()) && run.trajectory.len() > 1000);
        assert!(!run.good(), "an outcome of this kind is exit code 1");
        let sentence = run.trajectory.outcome.to_string();
        assert!(sentence.contains("rtol = 1e-10") && sentence.contains("errors have grown"), "{sentence}");
        assert!(certificate(&run, "amplification").is_some_and(|a| a > 1e8));
    }
}

#[test]
fn a_smaller_tolerance_goes_back_further() {
    let gone = |rtol: &str| {
        let run = run(&oscillator("200..0", &format!("rtol = {rtol}, method = dop853")), "Damped");
        200.0 - run.trajectory.outcome.time()
    };
    // A factor of 1000 buys ln(1000)/0.15 = 46.
    let gained = gone("1e-9") - gone("1e-6");
    assert!((gained - 46.05).abs() < 2.0, "{gained}");
}

/// `u' = κ·(second difference)` with both ends held: eigenvalues `−4κ sin²(kπ/2(n+1))`.
fn chain(n: usize, span: &str, method: &str) -> String {
    let (first, last) = ("u[1]' = κ*(u[2] - 2*u[1])", format!("u[{n}]' = κ*(u[{}] - 2*u[{n}])", n - 1));
    format!(
        "system Chain {{
  param κ = 1
  state u[1..{n}]
  {first}
  u[i]' = κ*(u[i + 1] - 2*u[i] + u[i - 1]) for i in 2..{}
  {last}
  init u[i] = sin(π*i/{}) for i in 1..{n}
  simulate {{ t = {span} by 0.1, {method} }}
}}",
        n - 1,
        n + 1
    )
}

#[test]
fn a_diffusion_chain_run_backwards_amplifies_its_fastest_mode() {
    let fastest = |n: usize| {
        let s = (n as f64 * std::f64::consts::PI / (2.0 * (n as f64 + 1.0))).sin();
        4.0 * s * s
    };
    // One group of components: the growth is the spectral norm, e^(λmax T) exactly.
    for method in ["method = auto", "method = dop853", "method = gauss6, step = 0.05"] {
        let run = run(&chain(8, "3..0", method), "Chain");
        assert!(!run.trajectory.outcome.is_failure(), "{method}: {}", run.trajectory.outcome);
        let (found, expected) = (certificate(&run, "amplification").unwrap(), (3.0 * fastest(8)).exp());
        assert!((found / expected - 1.0).abs() < 1e-6, "{method}: {found} for {expected}");
    }
    let lost = run(&chain(8, "9..0", ""), "Chain");
    assert!(matches!(lost.trajectory.outcome, Outcome::ReversalLost { .. }), "{}", lost.trajectory.outcome);
    let gone = 9.0 - lost.trajectory.outcome.time();
    assert!((gone - 1e8f64.ln() / fastest(8)).abs() < 0.3, "after {gone}");
    // A large state too: from passes forth and back.
    for method in ["method = dop853", "method = auto"] {
        let large = run(&chain(120, "3..0", method), "Chain");
        let (found, expected) = (certificate(&large, "amplification").unwrap(), (3.0 * fastest(120)).exp());
        assert!((found / expected - 1.0).abs() < 1e-4, "{method}: {found} for {expected}");
    }
    let lost = run(&chain(120, "9..0", "method = gauss6, step = 0.05"), "Chain");
    assert!(matches!(lost.trajectory.outcome, Outcome::ReversalLost { .. }), "{}", lost.trajectory.outcome);
    let gone = 9.0 - lost.trajectory.outcome.time();
    assert!((gone - 1e8f64.ln() / fastest(120)).abs() < 0.06, "after {gone}");
}

/// Diffusion in 7 × 7 elements with a slow middle, brought back over 0.02: the exact norm is that of the exponential of its matrix.
#[test]
fn the_amplification_of_a_field_is_the_norm_of_its_propagator() {
    for (mass, expected) in [("lumped", None), ("consistent", None), ("lumped", Some(1e-4))] {
        let noise = expected.map_or(String::new(), |e: f64| format!(", noise = {e}"));
        let text = format!(
            "system Shape {{
  grid x in 0..1 count 8, y in 0..1 count 8 with elements = q4, mass = {mass}
  field c(x, y)
  D(x, y) = if abs(x - 0.5) < 3/14 and abs(y - 0.5) < 3/14 then 0.01 else 1
  dissipative Ψ = integral(1/2*D(x, y)*grad(c)·grad(c))
  init c = x
  simulate {{ t = 0.02..0 by 0.001, rtol = 1e-13{noise}, tolerance = 1e6 }}
}}"
        );
        let back = run(&text, "Shape");
        assert!(!back.trajectory.outcome.is_failure(), "{}", back.trajectory.outcome);
        // J column by column from the rates, which are linear and zero at zero.
        let n = 64;
        let unit = |k: usize| (0..n).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>();
        let columns = back.flow(0.0, &(0..n).map(unit).collect::<Vec<_>>());
        let map = nalgebra::DMatrix::from_fn(n, n, |i, k| -0.02 * columns[i][k]).exp();
        let norm = map.singular_values().max();
        let found = certificate(&back, "amplification").unwrap();
        assert!((found / norm - 1.0).abs() < 1e-4, "{mass}: {found} for {norm}");
        assert!(if mass == "lumped" { (40.0..60.0).contains(&norm) } else { norm > 1e9 }, "{mass}: {norm}");
    }
}

/// So fast a growth is beyond the exponential of large systems, and still has its name.
#[test]
fn a_large_field_run_too_far_back_is_lost() {
    let text = "system A { grid x in 0..1 count 24, y in 0..1 count 24 with elements = q4\n field c(x, y)\n \
                dissipative Ψ = integral(1/2*grad(c)·grad(c))\n init c = if x > 0.5 then 1 else 0\n \
                simulate { t = 0..0.02 by 0.02 } }\nsystem B = reversed(A)\n";
    let lost = run(text, "B");
    assert!(matches!(lost.trajectory.outcome, Outcome::ReversalLost { .. }), "{}", lost.trajectory.outcome);
}

#[test]
fn the_noise_of_the_start_is_counted_with_the_tolerance() {
    let ends = |options: &str| run(&chain(40, "3..0", options), "Chain").trajectory.outcome;
    let fastest = 4.0 * (40.0 * std::f64::consts::PI / 82.0).sin().powi(2);
    for (options, error) in [("noise = 1e-4", 1e-2), ("noise = 1e-3, tolerance = 0.1", 1e-2), ("noise = 1e-3", 1e-1)] {
        let options = format!("{options}, method = gauss6, step = 0.01");
        let Outcome::ReversalLost { time, amplification, .. } = ends(&options) else { panic!("{options}") };
        let gone = 3.0 - time;
        assert!((gone + f64::ln(error) / fastest).abs() < 0.02, "{options}: after {gone}, {amplification}");
    }
    let sentence = ends("noise = 1e-4").to_string();
    assert!(sentence.contains("noise = 0.0001") || sentence.contains("noise = 1e-4"), "{sentence}");
    assert!(matches!(ends("noise = 0"), Outcome::Finished { .. }));
    assert!(matches!(ends("noise = 1e-4, tolerance = 100"), Outcome::Finished { .. }));
}

#[test]
fn conservative_motions_run_backwards_without_a_word() {
    for (text, name) in [
        (gallery("henon_heiles.sys"), "HenonHeiles"),
        (
            "system S {\n state x, v\n x' = v\n v' = -sin(x)\n init x = 1, v = 0\n simulate { t = 30..0 by 0.1 }\n}"
                .into(),
            "S",
        ),
        (gallery("rigid_body.sys"), "RigidBody"),
    ] {
        let run = run(&text.replace("t = 0..", "t = 0..-"), name);
        assert!(!run.trajectory.outcome.is_failure(), "{name}: {}", run.trajectory.outcome);
        assert_eq!(run.amplification, None, "{name}");
    }
}

#[test]
fn a_volume_that_shrinks_in_a_flow_is_noticed_without_a_dissipation_function() {
    // Lorenz: the contraction by e^(-13.67 t), λ₃ = -14.57, is what grows backwards.
    let text = gallery("lorenz.sys").replace("t = 0..", "t = 0..-");
    let run = run(&text, "Lorenz");
    assert!(run.trajectory.outcome.is_failure(), "{}", run.trajectory.outcome);
    assert!(run.trajectory.outcome.time() > -4.0, "{}", run.trajectory.outcome);
}

/// Exponents by other means: Lorenz 0.9056, Rössler 0.0714 (J. C. Sprott, *Chaos and Time-Series Analysis*, 2003,
/// appendix A); the fluctuation over the span is about 0.01 and 0.002.
#[test]
fn exponents_of_known_chaos() {
    for (file, name, end, expected, within) in
        [("lorenz.sys", "Lorenz", 1000.0, 0.9056, 0.02), ("rossler.sys", "Rossler", 4000.0, 0.0714, 0.005)]
    {
        let (mut kernel, y) = kernel(&gallery(file), name);
        let span = Span::count(0.0, end, 2).expect("a span");
        let found = exponent(&mut kernel, &y, &span, 10_000_000).unwrap_or_else(|| panic!("{name} is chaotic"));
        println!("{name}: {found} for {expected}");
        assert!((found - expected).abs() < within, "{name}: {found} for {expected}");
        // A tenth of the work sees a tenth of the motion: nearly the same.
        let short = exponent(&mut kernel, &y, &span, 100_000).expect("it is chaotic there, too");
        assert!((short - found).abs() < 0.15 * found, "{name}: {short} against {found}");
    }
}

/// A compiled system and its start.
fn kernel(text: &str, name: &str) -> (Kernel, Vec<f64>) {
    let (program, _) = model::load("trust.sys", text, &EmbeddedSources);
    let (prepared, problems) = prepare::prepare(&program, name, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let start = beginning(&prepared, 0.0, 0, &mut Diagnostics::new()).expect("a start");
    let mut kernel = Kernel::compile(&prepared.equations).expect("a kernel");
    kernel.set_parameters(&start.parameters).expect("parameters");
    (kernel, start.y)
}

#[test]
fn the_horizon_is_what_the_exponent_and_the_error_say() {
    let (run, said) = run_all(&with_span(&gallery("lorenz.sys"), "t = 0..100 by 0.01"), "Lorenz");
    let found = certificate(&run, "lyapunov").expect("Lorenz is chaotic");
    let horizon = certificate(&run, "horizon").expect("with the exponent");
    assert!((found - 0.9056).abs() < 0.1, "{found}");
    // rtol = 1e-12 of the file; an error of 0.01 counts.
    assert!((horizon - 1e10f64.ln() / found).abs() < 1e-9 * horizon, "{horizon}");
    let warning = said.sorted().into_iter().find(|d| d.code == "W0530").expect("the run is longer");
    assert!(warning.message.contains("beyond t = ") && !warning.is_error(), "{}", warning.message);
    // Within the horizon nothing is said.
    let (run, said) = run_all(&with_span(&gallery("lorenz.sys"), "t = 0..20 by 0.01"), "Lorenz");
    assert!(run.horizon.is_none_or(|h| !h.exceeded) && said.sorted().is_empty());
}

/// The text with another span in its `simulate`.
fn with_span(text: &str, span: &str) -> String {
    let at = text.find("simulate { t = ").expect("a simulate block") + "simulate { ".len();
    let end = at + text[at..].find([',', '}']).expect("its end");
    format!("{}{span} {}", &text[..at], &text[end..])
}

#[test]
fn chaotic_pendula_and_galaxies_have_a_horizon() {
    // Without friction: with it the motion dies down, and ends regular.
    let double = gallery("double_pendulum.sys").replace("c1 = 0.02", "c1 = 0").replace("c2 = 0.02", "c2 = 0");
    let galaxy = gallery("henon_heiles.sys");
    for (text, name, span) in
        [(&double, "DoublePendulum", "t = 0..100 [s] by 0.1 [s]"), (&galaxy, "HenonHeiles", "t = 0..2000 by 1")]
    {
        let (run, said) = run_all(&with_span(text, span), name);
        let Some(horizon) = run.horizon else { panic!("{name} is chaotic") };
        println!("{name}: {horizon:?}");
        assert!(horizon.exponent > 0.0 && horizon.exceeded, "{name}: {horizon:?}");
        assert!(said.sorted().iter().any(|d| d.code == "W0530"), "{name} warns");
    }
}

#[test]
fn regular_motions_have_no_horizon() {
    for (file, name, span) in [
        ("kepler.sys", "Kepler", "t = 0..300 by 0.5"),
        ("toda.sys", "Toda", "t = 0..1000 by 1"),
        ("central_force.sys", "CentralForce", "t = 0..100 [s] by 0.5 [s]"),
        ("pendulum.sys", "Pendulum", "t = 0..300 [s] by 0.5 [s]"),
        ("rigid_body.sys", "RigidBody", "t = 0..1000 [s] by 1 [s]"),
        ("van_der_pol.sys", "VanDerPol", "t = 0..300 by 0.5"),
        ("lotka_volterra.sys", "LotkaVolterra", "t = 0..500 by 0.5"),
    ] {
        let (run, said) = run_all(&with_span(&gallery(file), span), name);
        assert_eq!(run.horizon, None, "{name}");
        assert!(!said.sorted().iter().any(|d| d.code == "W0530"), "{name}");
    }
    // Growth without chaos: the values grow with their errors.
    let text = "system S {\n state x\n x' = x + x*sin(t)\n init x = 1\n simulate { t = 0..40 by 0.1 }\n}";
    assert_eq!(run(text, "S").horizon, None);
}

/// What `explain` and `derive` say beyond what is proved.
fn probable(text: &str, name: &str) -> Vec<String> {
    let (program, problems) = model::load("trust.sys", text, &EmbeddedSources);
    assert!(!problems.has_errors(), "{problems:?}");
    let (prepared, problems) = prepare::prepare(&program, name, &Default::default(), 0);
    let prepared = prepared.unwrap_or_else(|| panic!("{problems:?}"));
    let facts = derivation::probable(&prepared);
    assert!(facts.iter().all(|f| f.certainty == "probable" && f.states.is_some_and(|n| (20..=100).contains(&n))));
    let again: Vec<String> = derivation::probable(&prepared).into_iter().map(|f| f.text).collect();
    let texts: Vec<String> = facts.into_iter().map(|f| f.text).collect();
    assert_eq!(texts, again, "the same states each time");
    texts
}

#[test]
fn probable_facts_are_those_that_hold() {
    let oscillator = "system S {\n coord x\n lagrangian L = 1/2*x'^2 - 1/2*x^2\n init x = 1, x' = 0
 invariant good = x^2 + x'^2, bad = x + x', phase = atan2(x', x) + t\n simulate { t = 0..1 by 0.1 }\n}";
    let said = probable(oscillator, "S");
    for fact in [
        "good is conserved",
        "bad is not conserved: it changes at a sampled state",
        "phase is conserved",
        "the mass matrix is positive definite",
        "turning all velocities round turns the motion round: reversible",
    ] {
        assert!(said.iter().any(|f| f == fact), "{fact}: {said:?}");
    }
    let volume = |said: &[String]| said.iter().find(|f| f.contains("divergence")).cloned().unwrap_or_default();
    // σ + 1 + b = 13 + 2/3.
    let lorenz = volume(&probable(&gallery("lorenz.sys"), "Lorenz"));
    assert!(lorenz.contains("-13.666667 everywhere: volumes shrink"), "{lorenz}");
    // 1 - x² has both signs.
    assert_eq!(volume(&probable(&gallery("van_der_pol.sys"), "VanDerPol")), "");
    let indefinite = probable(&gallery("morse_feshbach.sys"), "MorseFeshbach");
    assert!(indefinite.iter().any(|f| f == "the mass matrix is not positive definite"), "{indefinite:?}");
    let somewhere = "system S {\n coord x\n lagrangian L = 1/2*(1 - x^2)*x'^2\n init x = 0, x' = 1\n}";
    let said = probable(somewhere, "S");
    assert!(said.iter().any(|f| f.contains("positive definite at ") && f.contains("not at the others")), "{said:?}");
    // A magnetic field is not turned round with the velocities; friction takes energy and never gives any.
    let magnetic = probable(&gallery("cyclotron.sys"), "Cyclotron");
    assert!(!magnetic.iter().any(|f| f.contains("reversible")), "{magnetic:?}");
    let damped = probable(&gallery("double_pendulum.sys"), "DoublePendulum");
    assert!(damped.iter().any(|f| f == "E never grows"), "{damped:?}");
    // Where the model holds nowhere near the start nothing is said.
    let nowhere = "system S {\n state x\n assume x > 1e9\n x' = -x\n init x = 1\n}";
    let (program, _) = model::load("trust.sys", nowhere, &EmbeddedSources);
    let (prepared, _) = prepare::prepare(&program, "S", &Default::default(), 0);
    assert!(derivation::probable(&prepared.expect("a system")).is_empty());
}

#[test]
fn explain_and_derive_label_what_is_probable() {
    let output = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("hamel").expect("the binary");
        let out = command.args(arguments).output().expect("it runs");
        assert!(out.status.success());
        String::from_utf8(out.stdout).expect("utf-8")
    };
    let explained = output(&["explain", "systems/lorenz.sys"]);
    assert!(
        explained.contains("probable  the divergence") && explained.contains("(at 100 random states)"),
        "{explained}"
    );
    assert!(explained.contains("proved    t occurs nowhere"), "{explained}");
    let document: serde_json::Value =
        serde_json::from_str(&output(&["explain", "systems/lorenz.sys", "--json"])).expect("a document");
    let facts = document["systems"][0]["facts"].as_array().expect("facts");
    let seen: Vec<_> = facts.iter().filter(|f| f["certainty"] == "probable").collect();
    assert!(!seen.is_empty() && seen.iter().all(|f| f["states"] == 100), "{facts:?}");
    assert!(facts.iter().filter(|f| f["certainty"] == "proved").all(|f| f.get("states").is_none()));
    assert!(output(&["derive", "systems/lorenz.sys"]).contains("(probable, at 100 random states)"));
}

#[test]
fn what_lies_beyond_the_horizon_is_shaded() {
    let shades = |span: &str| {
        let run = run(&with_span(&gallery("lorenz.sys"), span), "Lorenz");
        let (files, troubles) = results::files(&run, "lorenz", false, Default::default());
        assert!(troubles.is_empty(), "{troubles:?}");
        let svg = files.into_iter().find(|f| f.name.ends_with(".svg")).expect("a picture");
        String::from_utf8(svg.bytes).expect("a text").matches("fill-opacity=\"0.07\"").count()
    };
    // One for each panel of time.
    assert!(shades("t = 0..100 by 0.01") >= 1);
    assert_eq!(shades("t = 0..20 by 0.01"), 0);
}

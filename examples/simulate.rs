//! Runs a system of the gallery for three values of a parameter and prints what was conserved.
//!
//! `cargo run --release --example simulate`

use hamel::diagnostic::Diagnostics;
use hamel::run::simulate::Conditions;
use hamel::run::{Overrides, prepare, simulate, source::load_text};

fn main() {
    let (name, text) = hamel::files::gallery().iter().find(|(name, _)| name.contains("kepler")).expect("in the gallery");
    for rtol in ["1e-6", "1e-9", "1e-12"] {
        let mut program = load_text(name, text).program;
        let overrides = Overrides { rtol: Some(rtol.to_owned()), ..Overrides::default() };
        let (request, _) = prepare::request(&mut program, &overrides);
        let system = hamel::model::system_names(&program)[0].0.clone();
        let (prepared, problems) = prepare::prepare(&program, &system, &request, 0);
        let Some(prepared) = prepared else { panic!("{problems:?}") };
        let mut out = Diagnostics::new();
        let Some(run) = simulate(prepared, Conditions::default(), &mut out) else { panic!("{out:?}") };
        let drifts: Vec<String> = run.drifts.iter().map(|d| format!("{} {:.1e}", d.name, d.worst)).collect();
        println!("rtol {rtol}: {} steps, drift of {}", run.trajectory.statistics.steps, drifts.join(", "));
    }
}

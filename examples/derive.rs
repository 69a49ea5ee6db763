//! Derives the equations of a system from its text and prints them.
//!
//! `cargo run --example derive`

use hamel::run::derivation::{Form, sheet};
use hamel::run::{prepare::prepare, source::load_text};

const PENDULUM: &str = "
system Pendulum {
  param m = 1, l = 1, g = 9.81, c = 0.1
  coord θ periodic
  lagrangian L = 1/2*m*l^2*θ'^2 + m*g*l*cos(θ)
  rayleigh   R = 1/2*c*θ'^2
}
";

fn main() {
    let loaded = load_text("pendulum.sys", PENDULUM);
    let (prepared, problems) = prepare(&loaded.program, "Pendulum", &Default::default(), 0);
    match prepared {
        Some(prepared) => print!("{}", sheet(&prepared, Form::Text).text(Form::Text)),
        None => eprintln!("{problems:?}"),
    }
}

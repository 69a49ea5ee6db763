//! A field on `N × N` points, stage by stage: what depends on its size and what does not.

use crate::clock::median;
use crate::integrate::timed;
use crate::system::{beginning, kernel, prepared};
use hamel::formalism;
use hamel::kernel::{Code, VectorField};
use hamel::model::{self, SystemRequest};
use hamel::run::source;

/// Diffusion in two phases by four-node elements.
fn two_phases(n: usize) -> String {
    format!(
        "system TwoPhase {{\n  grid x in 0..1 count {n}, y in 0..1 count {n} with elements = q4\n  field c(x, y)\n\
         D(x, y) = if abs(x - 0.5) < 3/14 and abs(y - 0.5) < 3/14 then 0.01 else 1\n\
         dissipative Ψ = integral(1/2*D(x, y)*grad(c)·grad(c))\n  init c = if y > 0.999 then 1 else 0\n\
         simulate {{ t = 0..0.5 by 0.5 }}\n}}\n"
    )
}

/// A front of a reaction, which no exponential serves.
fn front(n: usize) -> String {
    format!(
        "system Front {{\n  grid x in 0..20 count {n}\n  field u(x)\n  u' = laplacian(u) + u*(1 - u)\n\
         boundary u(0) = 1, ∂(u, x)(20) = 0\n  init u = exp(-x)\n  simulate {{ t = 0..4 by 0.5, rtol = 1e-8 }}\n}}\n"
    )
}

/// Prints the table.
pub fn table() {
    println!("\nfields                    resolve   derive  compile  matrices      run  [ms]");
    let two = [64, 128, 256, 512].map(|n| (format!("two phases, {n} × {n}"), two_phases(n)));
    let line = [400, 2_000, 10_000].map(|n| (format!("reaction front, {n}"), front(n)));
    for (name, text) in two.into_iter().chain(line) {
        let program = source::load_text("bench", &text).program;
        let name_of = model::system_names(&program)[0].0.clone();
        let resolve = median(1, || drop(model::resolve_system(&program, &name_of, &SystemRequest::default())));
        let system = model::resolve_system(&program, &name_of, &SystemRequest::default()).0.expect("resolves");
        let derive = median(1, || drop(formalism::derive(&system)));
        let prepared = prepared(&text);
        let start = beginning(&prepared);
        let compile = median(1, || drop(kernel(&prepared, &start, Code::Interpreter)));
        let compiled = kernel(&prepared, &start, Code::Interpreter);
        let matrices = median(1, || {
            let mut fresh = compiled.clone();
            drop(fresh.linearised(0.0, &start.y));
        });
        let (run, _) = timed(&text);
        let ms = [resolve, derive, compile, matrices, run].map(|s| format!("{:8.1}", 1e3 * s)).join(" ");
        println!("{name:<24} {ms}");
    }
}

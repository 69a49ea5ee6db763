//! Systems from text, as `hamel simulate` reads them.

use hamel::diagnostic::Diagnostics;
use hamel::kernel::{Code, Execution, Kernel};
use hamel::run::start::{self, Beginning};
use hamel::run::{Overrides, Prepared, prepare, source};
use std::path::Path;

/// The text of a file of the gallery.
pub fn gallery(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems").join(name);
    std::fs::read_to_string(path).expect("a file of the gallery")
}

/// A text, read, resolved and derived.
pub fn prepared(text: &str, set: &[String]) -> Prepared {
    let mut program = source::load_text("bench", text).program;
    let name = hamel::model::system_names(&program)[0].0.clone();
    let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
    let (request, _) = prepare::request(&mut program, &overrides);
    let (prepared, problems) = prepare::prepare(&program, &name, &request, 0);
    prepared.unwrap_or_else(|| panic!("{:?}", problems.sorted()))
}

/// Where its run begins.
pub fn beginning(prepared: &Prepared) -> Beginning {
    start::beginning(prepared, 0.0, 0, &mut Diagnostics::new()).expect("a start")
}

/// Its kernel, with parameters.
pub fn kernel(prepared: &Prepared, beginning: &Beginning, code: Code) -> Kernel {
    let execution = Execution { code, ..Execution::default() };
    let mut kernel = Kernel::compile_with(&prepared.equations, execution).expect("compiles");
    kernel.set_parameters(&beginning.parameters).expect("parameters");
    kernel
}

//! Systems from text, as `hamel simulate` reads them.

use hamel::diagnostic::Diagnostics;
use hamel::kernel::{Code, Execution, Kernel};
use hamel::model::SystemRequest;
use hamel::run::start::{self, Beginning};
use hamel::run::{Prepared, prepare, source};
use std::path::Path;

/// The text of a file of the gallery, with another `n` where one is given.
pub fn gallery(name: &str, n: Option<usize>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems").join(name);
    let text = std::fs::read_to_string(path).expect("a file of the gallery");
    let Some(n) = n else { return text };
    let (before, after) = text.split_once("(n: int = ").expect("a size");
    let (_, after) = after.split_once(')').expect("its end");
    format!("{before}(n: int = {n}){after}")
}

/// A text, read, resolved and derived.
pub fn prepared(text: &str) -> Prepared {
    let program = source::load_text("bench", text).program;
    let name = hamel::model::system_names(&program)[0].0.clone();
    let (prepared, problems) = prepare::prepare(&program, &name, &SystemRequest::default(), 0);
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

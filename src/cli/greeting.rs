//! What `hamel` alone says the first time, on a terminal.

use super::streams::Streams;
use crate::files;
use std::io::IsTerminal;

/// The greeting, once for each user; a pipe or a script never sees it.
pub fn first(streams: &Streams) -> Option<String> {
    let person = std::io::stdout().is_terminal() && !streams.json && !streams.quiet;
    (person && files::first_time("greeted")).then(|| {
        format!(
            "hamel {}: mechanics from one readable file.\n\n\
             A .sys file states a system as a blackboard would. hamel derives its equations\n\
             exactly, runs them, and says what was conserved and what was lost.\n\n\
             \x20 hamel new pendulum && cd pendulum     a file to start from\n\
             \x20 hamel simulate pendulum.sys           run it: figure, table, certificates\n\
             \x20 hamel derive pendulum.sys             its equations of motion\n\
             \x20 hamel check pendulum.sys              everything that is wrong with it\n\n\
             {} more systems lie in the gallery:   hamel list gallery\n\
             All commands:                           hamel help\n",
            crate::report::version(),
            files::gallery().len()
        )
    })
}

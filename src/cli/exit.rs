//! The one place that decides how the program ends.

use crate::diagnostic::Files;
use crate::files::FileError;
use crate::report::ReportError;
use std::path::Path;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and every check holds.
    Done,
    /// A check failed, a run ended in a failure, or `fmt --check` would change a file.
    Failed,
    /// The file or the command line is wrong; nothing was run.
    Refused,
    /// A bug of ours.
    Bug,
    /// Interrupted by the user.
    Interrupted,
}

/// Every exit code with its meaning, as `hamel help exit-codes` prints it.
pub const EXITS: [(Exit, &str); 5] = [
    (Exit::Done, "done, and all checks hold"),
    (Exit::Failed, "a check failed or a run ended in a failure; results are written all the same"),
    (Exit::Refused, "the file or the command line is wrong; nothing was run"),
    (Exit::Bug, "a bug of hamel; the message says how to report it"),
    (Exit::Interrupted, "interrupted"),
];

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Refused => 2,
            Exit::Bug => 3,
            Exit::Interrupted => 130,
        }
    }

    /// The worse of two ends: of several files the worst decides.
    pub fn and(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Refused => 2,
            Exit::Interrupted => 3,
            Exit::Bug => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// The source file beside a path that was probably meant.
fn near(path: &str) -> Option<String> {
    let path = Path::new(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let sources = crate::files::sources_in(folder.unwrap_or(Path::new(".")));
    let wanted = path.file_name()?.to_string_lossy();
    let name = super::nearest(&wanted, sources.iter().map(String::as_str))?;
    Some(folder.map_or_else(|| name.to_owned(), |f| f.join(name).display().to_string()))
}

/// Why a command stopped.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stop {
    /// A sentence for the user; the file or the command line is wrong.
    Refused(String),
    /// Problems of a source text, with the texts they point into.
    Diagnostics(Vec<crate::diagnostic::Diagnostic>, Files),
    /// Results could not be written although the work was done.
    Failed(String),
    /// Whoever read our output has gone: nothing is wrong.
    Closed,
}

impl From<FileError> for Stop {
    fn from(error: FileError) -> Self {
        let near = match &error {
            FileError::NotFound { path } => near(path),
            _ => None,
        };
        Stop::Refused(match near {
            Some(near) => format!("{error}; did you mean `{near}`?"),
            None => error.to_string(),
        })
    }
}

impl From<ReportError> for Stop {
    fn from(error: ReportError) -> Self {
        Stop::Failed(error.to_string())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::Failed(format!("cannot write the output: {error}")),
        }
    }
}

//! Standard output and standard error: the only two places where text leaves the program.

use super::args::{Colour, Common};
use super::exit::Stop;
use std::io::{IsTerminal, Write};

/// Where text goes and how.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Leaves what was asked for, and errors.
    pub quiet: bool,
    /// One JSON document on standard output.
    pub json: bool,
    /// Progress may be shown.
    pub progress: bool,
}

impl Streams {
    /// As the command line says; colours are then decided for the whole process.
    pub fn new(common: &Common) -> Streams {
        match common.color {
            Colour::Auto => {}
            Colour::Always => anstream::ColorChoice::Always.write_global(),
            Colour::Never => anstream::ColorChoice::Never.write_global(),
        }
        Streams { quiet: common.quiet, json: common.json, progress: !common.no_progress && !common.quiet }
    }

    /// What was asked for; nothing under `--json`, where [`Streams::document`] is the answer.
    pub fn answer(&self, text: &str) -> Result<(), Stop> {
        if self.json { Ok(()) } else { self.raw(text.as_bytes()) }
    }

    /// The one document of `--json`; nothing otherwise.
    pub fn document(&self, value: &impl serde::Serialize) -> Result<(), Stop> {
        if self.json { self.raw(&crate::report::document(value)) } else { Ok(()) }
    }

    fn raw(&self, bytes: &[u8]) -> Result<(), Stop> {
        let mut out = anstream::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// "wrote …", hints and other remarks; not under `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Diagnostics and errors. A closed standard error is nobody's loss.
    pub fn error(&self, text: &str) {
        let mut out = anstream::stderr().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Whether standard error shows colours.
    pub fn coloured_errors(&self) -> bool {
        anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
    }

    /// Whether standard output shows colours.
    pub fn coloured(&self) -> bool {
        anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
    }

    /// Whether "next: …" may be said: on a terminal, unless `HAMEL_HINTS=0`.
    pub fn hints(&self) -> bool {
        !self.quiet
            && !self.json
            && std::io::stderr().is_terminal()
            && std::env::var_os("HAMEL_HINTS").is_none_or(|value| value != "0")
    }

    /// Whether the locale writes UTF-8, so that braille and ✓ arrive.
    pub fn unicode(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        match locale {
            Some(value) => value.to_ascii_lowercase().replace('-', "").contains("utf8"),
            // Without any locale only a terminal is in doubt; files and pipes get UTF-8.
            None => cfg!(windows) || !std::io::stdout().is_terminal(),
        }
    }
}

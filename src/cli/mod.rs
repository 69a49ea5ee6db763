//! The command line: arguments, streams, progress, exit codes. The only place that prints.

pub mod args;
pub mod exit;
pub mod interrupt;
mod list;
mod new;
pub mod progress;
pub mod streams;
mod topics;

use args::{Arguments, Command};
use clap::{CommandFactory, Parser};
use exit::{Exit, Stop};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use streams::Streams;

/// The program.
pub fn main() -> ExitCode {
    let plain = Streams { quiet: false, json: false, progress: false };
    let exit = match Arguments::try_parse() {
        Ok(arguments) => guarded(&arguments),
        Err(error) => {
            // Help that was asked for goes to standard output and is no error.
            let text = error.render().ansi().to_string();
            if error.use_stderr() {
                plain.error(&text);
                Exit::Refused
            } else {
                ended(plain.answer(&text).map(|()| Exit::Done), &plain)
            }
        }
    };
    ExitCode::from(exit.code())
}

/// Runs a command as the arguments say.
fn guarded(arguments: &Arguments) -> Exit {
    let streams = Streams::new(&arguments.common);
    let report = streams.clone();
    std::panic::set_hook(Box::new(move |panic| report.error(&bug_report(panic))));
    caught(&streams, || dispatch(arguments, &streams))
}

/// Runs a piece of work; a panic is a bug of ours, and ends with its own code.
fn caught(streams: &Streams, work: impl FnOnce() -> Result<Exit, Stop>) -> Exit {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => ended(result, streams),
        Err(_) => Exit::Bug,
    }
}

fn bug_report(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let message = panic
        .payload()
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.payload().downcast_ref::<String>().cloned())
        .unwrap_or_default();
    let place = panic.location().map_or_else(String::new, |l| format!("{}:{}", l.file(), l.line()));
    format!(
        "internal error: {message}\n  at {place}, hamel {}, {} {}\n\
         This is a bug of hamel, not of your file. Please report it with the file and the command.\n",
        crate::report::version(),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// Says why a command stopped.
fn ended(result: Result<Exit, Stop>, streams: &Streams) -> Exit {
    match result {
        Ok(exit) => exit,
        Err(Stop::Closed) => Exit::Done,
        Err(Stop::Refused(reason)) => {
            streams.error(&format!("error: {reason}"));
            Exit::Refused
        }
        Err(Stop::Failed(reason)) => {
            streams.error(&format!("error: {reason}"));
            Exit::Failed
        }
        Err(Stop::Diagnostics(list, files)) => {
            streams.error(&crate::diagnostic::render_all(&list, &files, format(None, streams)));
            Exit::Refused
        }
    }
}

/// How diagnostics are written: as the option says, else `HAMEL_FORMAT`, else for people.
pub fn format(option: Option<args::DiagnosticFormat>, streams: &Streams) -> crate::diagnostic::Format {
    use crate::diagnostic::Format;
    use args::DiagnosticFormat;
    let wanted = option.or_else(|| match std::env::var("HAMEL_FORMAT").as_deref() {
        Ok("short") => Some(DiagnosticFormat::Short),
        Ok("json") => Some(DiagnosticFormat::Json),
        _ => None,
    });
    match wanted {
        Some(DiagnosticFormat::Short) => Format::Short,
        Some(DiagnosticFormat::Json) => Format::Json,
        _ => Format::Human { colour: streams.coloured_errors() },
    }
}

fn dispatch(arguments: &Arguments, streams: &Streams) -> Result<Exit, Stop> {
    if arguments.version {
        return version(streams);
    }
    match &arguments.command {
        None => {
            streams.answer(&Arguments::command().render_help().ansi().to_string())?;
            streams.document(&json!({ "schema": 1, "commands": command_names() }))?;
            Ok(Exit::Done)
        }
        Some(Command::List(a)) => list::list(a, streams),
        Some(Command::New(a)) => new::new(a, streams),
        Some(Command::Example(a)) => new::example(a, streams),
        Some(Command::Completions(a)) => topics::completions(a, streams),
        Some(Command::Help(a)) => topics::help(a, streams),
        Some(Command::Explain(a)) => match crate::run::codes::explain(&a.target) {
            Some(entry) => topics::explain_code(entry, streams),
            None => Err(Stop::Refused(format!("there is no code `{}` (hamel list codes)", a.target.escape_debug()))),
        },
        Some(_) => Err(Stop::Refused("this command is not part of this build".to_owned())),
    }
}

fn version(streams: &Streams) -> Result<Exit, Stop> {
    let version = crate::report::version();
    streams.answer(&format!("hamel {version}\n"))?;
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    streams
        .document(&json!({ "schema": 1, "name": "hamel", "version": version, "language": "0.1", "target": target }))?;
    Ok(Exit::Done)
}

fn command_names() -> Vec<String> {
    Arguments::command().get_subcommands().map(|c| c.get_name().to_owned()).collect()
}

/// The name that was probably meant.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    names
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_stop_has_its_code() {
        let quiet = Streams { quiet: true, json: false, progress: false };
        assert_eq!(caught(&quiet, || Ok(Exit::Done)).code(), 0);
        assert_eq!(caught(&quiet, || Err(Stop::Closed)).code(), 0);
        assert_eq!(caught(&quiet, || Err(Stop::Failed("disk full".to_owned()))).code(), 1);
        assert_eq!(caught(&quiet, || Err(Stop::Refused("no".to_owned()))).code(), 2);
        assert_eq!(caught(&quiet, || panic!("a bug made for this test")).code(), 3);
        assert_eq!(Exit::Interrupted.code(), 130);
        assert_eq!(Exit::Failed.and(Exit::Refused), Exit::Refused);
        assert_eq!(Exit::Refused.and(Exit::Done), Exit::Refused);
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn typing_mistakes_find_the_name_that_was_meant() {
        let names = ["double_pendulum", "kepler", "lorenz"];
        assert_eq!(nearest("dobule_pendulum", names.into_iter()), Some("double_pendulum"));
        assert_eq!(nearest("Kepler", names.into_iter()), Some("kepler"));
        assert_eq!(nearest("xyz", names.into_iter()), None);
    }
}

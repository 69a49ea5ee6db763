//! The command line: arguments, streams, progress, exit codes. The only place that prints.

pub mod args;
mod cache;
mod check;
mod derive;
mod eval;
pub mod exit;
mod fmt;
mod greeting;
pub mod interrupt;
mod list;
mod new;
pub mod progress;
mod run;
mod screen;
mod simulate;
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
                let asked = std::env::args_os().any(|a| a == "--json");
                let message = error.render().to_string();
                let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
                refused(&Streams { json: asked, ..plain }, Exit::Refused, &first, Vec::new())
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

/// Says why a command stopped; under `--json` in the one document too.
fn ended(result: Result<Exit, Stop>, streams: &Streams) -> Exit {
    let (exit, message, list) = match result {
        Ok(exit) => return exit,
        Err(Stop::Closed) => return Exit::Done,
        Err(Stop::Refused(reason)) => (Exit::Refused, reason, Vec::new()),
        Err(Stop::Failed(reason)) => (Exit::Failed, reason, Vec::new()),
        Err(Stop::Diagnostics(list, files)) => {
            let documents = diagnostics(&list, &files);
            streams.error(&crate::diagnostic::render_all(&list, &files, format(None, streams)));
            let errors = list.iter().filter(|d| d.is_error()).count();
            let message = format!("{errors} error{}", if errors == 1 { "" } else { "s" });
            return refused(streams, Exit::Refused, &message, documents);
        }
    };
    streams.error(&format!("error: {message}"));
    refused(streams, exit, &message, list)
}

fn refused(streams: &Streams, exit: Exit, message: &str, list: Vec<serde_json::Value>) -> Exit {
    let document = json!({ "schema": 1, "error": message, "exit": exit.code(), "diagnostics": list });
    // Whoever reads our output may have gone; the exit code says it all the same.
    let _ = streams.document(&document);
    exit
}

/// Diagnostics as JSON values.
pub(crate) fn diagnostics(
    list: &[crate::diagnostic::Diagnostic],
    files: &crate::diagnostic::Files,
) -> Vec<serde_json::Value> {
    let one = |d| {
        let text = crate::diagnostic::render(d, files, crate::diagnostic::Format::Json);
        serde_json::from_str(&text).unwrap_or_default()
    };
    list.iter().map(one).collect()
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
            if let Some(text) = greeting::first(streams) {
                streams.answer(&text)?;
                return Ok(Exit::Done);
            }
            streams.answer(&Arguments::command().render_help().ansi().to_string())?;
            streams.document(&json!({ "schema": 1, "commands": command_names() }))?;
            Ok(Exit::Done)
        }
        Some(Command::Fmt(a)) => fmt::fmt(a, streams),
        Some(Command::List(a)) => list::list(a, streams),
        Some(Command::New(a)) => new::new(a, streams),
        Some(Command::Example(a)) => new::example(a, streams),
        Some(Command::Completions(a)) => topics::completions(a, streams),
        Some(Command::Help(a)) => topics::help(a, streams),
        Some(Command::Explain(a)) => match crate::run::codes::explain(&a.target) {
            Some(entry) => topics::explain_code(entry, streams),
            None if looks_like_code(&a.target) => Err(Stop::Refused(no_such_code(&a.target))),
            None => derive::explain(a, streams),
        },
        Some(Command::Simulate(a)) => simulate::simulate(a, streams),
        Some(Command::Check(a)) => check::check(a, streams),
        Some(Command::Test(a)) => check::test(a, streams),
        Some(Command::Derive(a)) => derive::derive(a, streams),
        Some(Command::Show(a)) => derive::show(a, streams),
        Some(Command::Run(a)) => run::run(a, streams),
        Some(Command::Clean(a)) => cache::clean(a, streams),
        Some(Command::Eval(a)) => eval::eval(a, streams),
    }
}

/// Whether an argument of `explain` is meant as a code: a letter and four digits.
fn looks_like_code(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && text.len() == 5 && chars.all(|c| c.is_ascii_digit())
}

/// Warnings and notes of a file that is used all the same.
pub(crate) fn report_all(
    list: &crate::diagnostic::Diagnostics,
    files: &crate::diagnostic::Files,
    option: Option<args::DiagnosticFormat>,
    streams: &Streams,
) {
    report_list(&list.clone().sorted(), files, option, streams);
}

/// Diagnostics in the order given.
pub(crate) fn report_list(
    list: &[crate::diagnostic::Diagnostic],
    files: &crate::diagnostic::Files,
    option: Option<args::DiagnosticFormat>,
    streams: &Streams,
) {
    if !list.is_empty() {
        let text = crate::diagnostic::render_all(list, files, format(option, streams));
        streams.error(text.trim_end());
    }
}

fn no_such_code(typed: &str) -> String {
    let near = nearest(typed, crate::run::codes::codes().into_iter().map(|entry| entry.code));
    let near = near.map_or_else(String::new, |code| format!("; did you mean `{code}`?"));
    format!("there is no code `{}`{near} (hamel list codes)", typed.escape_debug())
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

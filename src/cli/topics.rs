//! `hamel help TOPIC`, `hamel explain CODE`, `hamel completions SHELL`.

use super::args::{Arguments, Completions, Help};
use super::exit::{EXITS, Exit, Stop};
use super::streams::Streams;
use crate::diagnostic::Entry;
use crate::integrate::METHODS;
use clap::CommandFactory;
use clap::builder::PossibleValuesParser;
use serde_json::json;

/// A page of help: its name and its text.
type Topic = (&'static str, fn() -> String);

/// Topics that are no commands.
const TOPICS: [Topic; 4] =
    [("exit-codes", exit_codes), ("environment", environment), ("units", units), ("methods", methods)];

/// `hamel help [TOPIC]`
pub fn help(arguments: &Help, streams: &Streams) -> Result<Exit, Stop> {
    let Some(topic) = arguments.topic.as_deref() else {
        return page("hamel", &Arguments::command().render_long_help().to_string(), streams);
    };
    if let Some((name, text)) = TOPICS.iter().find(|(name, _)| *name == topic) {
        return page(name, &text(), streams);
    }
    let mut command = Arguments::command();
    command.build();
    if let Some(sub) = command.find_subcommand_mut(topic) {
        return page(topic, &sub.render_long_help().to_string(), streams);
    }
    let names: Vec<String> = TOPICS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(command.get_subcommands().map(|c| c.get_name().to_owned()))
        .collect();
    let near = super::nearest(topic, names.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    Err(Stop::Refused(format!("there is no command or topic `{}`{near}", topic.escape_debug())))
}

fn page(topic: &str, text: &str, streams: &Streams) -> Result<Exit, Stop> {
    streams.answer(&format!("{}\n", text.trim_end()))?;
    streams.document(&json!({ "schema": 1, "topic": topic, "text": text }))?;
    Ok(Exit::Done)
}

fn exit_codes() -> String {
    EXITS.iter().map(|(exit, about)| format!("{:>4}  {about}\n", exit.code())).collect()
}

fn environment() -> String {
    let variables = [
        ("HAMEL_FORMAT", "how diagnostics are written: human, short or json"),
        ("HAMEL_HINTS", "0 leaves out the line \"next\""),
        ("HAMEL_KERNEL", "how `simulate` computes: interpreter, native, baseline, avx2, avx512, joined by +"),
        ("HAMEL_THREADS", "how many threads work; results are the same for any number"),
        ("NO_COLOR", "no colours"),
        ("CLICOLOR_FORCE", "colours also where the output is no terminal"),
        ("LC_ALL, LC_CTYPE, LANG", "UTF-8 or not: without it the screen gets plain ASCII"),
    ];
    let lines: String = variables.iter().map(|(name, about)| format!("  {name:<24}{about}\n")).collect();
    format!("No result depends on any of these.\n\n{lines}")
}

fn units() -> String {
    "Units stand in brackets behind a number or a declaration: 9.81 [m/s^2], coord x : [m].\n\
     Factors are joined by a space, `*` or `/`; exponents by `^` or as superscripts.\n\
     Every equation is checked: quantities that are added, compared or assigned must have\n\
     the same dimension. Results are written in SI. A file without any unit has pure numbers.\n\n\
     `hamel list units` prints all units.\n"
        .to_owned()
}

fn methods() -> String {
    "A method is chosen from what is proved of the equations, and the reason is printed;\n\
     `hamel explain FILE` says what would change the choice. To choose one yourself, write\n\
     `simulate { method = dop853 }` in the file or `--method dop853` on the command line;\n\
     `step = h` fixes the step.\n\n\
     `hamel list methods` prints all methods.\n"
        .to_owned()
}

/// `hamel explain CODE`
pub fn explain_code(entry: &Entry, streams: &Streams) -> Result<Exit, Stop> {
    streams.answer(&format!("{}: {}\n\n{}\n", entry.code, entry.title, wrapped(entry.text, 80)))?;
    streams.document(&json!({ "schema": 1, "code": entry.code, "title": entry.title, "text": entry.text }))?;
    Ok(Exit::Done)
}

/// Paragraphs in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> String {
    let paragraph = |text: &str| {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines.join("\n")
    };
    text.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

/// The command line with the names that can be typed, for completion only: there our own suggestions
/// and messages stay.
fn with_names() -> clap::Command {
    let gallery = || PossibleValuesParser::new(crate::files::gallery().iter().map(|(name, _)| *name));
    let methods = || PossibleValuesParser::new(["auto"].into_iter().chain(METHODS.iter().map(|m| m.name)));
    Arguments::command()
        .mut_subcommand("example", |c| c.mut_arg("name", |a| a.value_parser(gallery())))
        .mut_subcommand("new", |c| c.mut_arg("like", |a| a.value_parser(gallery())))
        .mut_subcommand("list", |c| {
            c.mut_arg("what", |a| a.value_parser(PossibleValuesParser::new(super::list::names())))
        })
        .mut_subcommand("simulate", |c| c.mut_arg("method", |a| a.value_parser(methods())))
        .mut_subcommand("help", |c| {
            c.mut_arg("topic", |a| a.value_parser(PossibleValuesParser::new(TOPICS.iter().map(|t| t.0))))
        })
}

/// `hamel completions SHELL`
pub fn completions(arguments: &Completions, streams: &Streams) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut with_names(), "hamel", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    streams.answer(&script)?;
    streams.document(&json!({ "schema": 1, "shell": arguments.shell.to_string(), "script": script }))?;
    Ok(Exit::Done)
}

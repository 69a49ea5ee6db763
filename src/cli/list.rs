//! `hamel list`: the lists that the program is made of.

use super::args::List;
use super::exit::{EXITS, Exit, Stop};
use super::streams::Streams;
use crate::integrate::METHODS;
use crate::integrate::method::{MethodEntry, Needs, Preserves};
use crate::model::learned::Initialisation;
use crate::report::terminal::{self, Screen};
use crate::symbolic::{Activation, FUNCTIONS};
use crate::{distill, files, learn, report};
use serde_json::json;

/// Names with one line each.
type Entries = Vec<(String, String)>;

/// A list: its name, what it holds, its entries.
struct Listing {
    name: &'static str,
    about: &'static str,
    entries: fn() -> Entries,
}

/// All lists, by name.
const LISTS: &[Listing] = &[
    Listing { name: "activations", about: "functions between the layers of a net", entries: activations },
    Listing { name: "codes", about: "codes of diagnostics (hamel explain CODE)", entries: codes },
    Listing { name: "exit-codes", about: "exit codes of the program", entries: exit_codes },
    Listing { name: "folders", about: "folders that hamel reads and writes", entries: folders },
    Listing { name: "functions", about: "functions of the language", entries: functions },
    Listing { name: "gallery", about: "systems to start from (hamel example NAME)", entries: gallery },
    Listing { name: "initialisations", about: "how the weights of a net begin: init = …", entries: initialisations },
    Listing { name: "library", about: "folders of the standard library: use std/NAME", entries: library },
    Listing { name: "lines", about: "kinds of lines of an experiment", entries: lines },
    Listing { name: "losses", about: "what a fit makes small: loss = …", entries: losses },
    Listing { name: "methods", about: "integration methods: order, what they need and keep", entries: methods },
    Listing { name: "metrics", about: "scores of models: compare [m] on d { metrics = … }", entries: metrics },
    Listing {
        name: "operators",
        about: "what formulas are made of: distill(m.f) { operators = … }",
        entries: operators,
    },
    Listing { name: "optimizers", about: "rules that change weights: optimizer = …", entries: optimizers },
    Listing { name: "plots", about: "kinds of plots", entries: plots },
    Listing { name: "schedules", about: "how the rate of an optimizer changes: schedule = …", entries: schedules },
    Listing { name: "schemas", about: "layouts of JSON documents (hamel list schemas NAME)", entries: schemas },
    Listing { name: "units", about: "units that stand between brackets", entries: units },
];

fn metrics() -> Entries {
    crate::run::experiment::compare::metric::METRICS
        .iter()
        .map(|m| (m.usage.to_owned(), m.equation.to_owned()))
        .collect()
}

/// `hamel list [WHAT [NAME]]`
pub fn list(arguments: &List, streams: &Streams) -> Result<Exit, Stop> {
    match (arguments.what.as_deref(), arguments.name.as_deref()) {
        (Some("schemas"), Some(name)) => schema(name, streams),
        (Some(what), Some(name)) => one(what, name, streams),
        (Some(what), None) => print(what, streams),
        (None, _) => {
            let entries = LISTS.iter().map(|l| (l.name.to_owned(), l.about.to_owned())).collect();
            write("lists", entries, streams)
        }
    }
}

/// The names of all lists.
pub fn names() -> impl Iterator<Item = &'static str> {
    LISTS.iter().map(|l| l.name)
}

/// A JSON Schema.
fn schema(name: &str, streams: &Streams) -> Result<Exit, Stop> {
    let Some(entry) = report::SCHEMAS.iter().find(|s| s.name == name) else {
        let near = super::nearest(name, report::SCHEMAS.iter().map(|s| s.name));
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return Err(Stop::Refused(format!("there is no schema `{}`{near} (hamel list schemas)", name.escape_debug())));
    };
    streams.answer(entry.text)?;
    let text: serde_json::Value = serde_json::from_str(entry.text).unwrap_or_default();
    streams.document(&json!({ "schema": 1, "name": name, "document": text }))?;
    Ok(Exit::Done)
}

/// The entries of a list whose name begins so.
fn one(what: &str, name: &str, streams: &Streams) -> Result<Exit, Stop> {
    let listing = find(what)?;
    let all = (listing.entries)();
    let entries: Entries = all.iter().filter(|e| e.0.starts_with(name)).cloned().collect();
    if entries.is_empty() {
        let near = super::nearest(name, all.iter().map(|e| e.0.as_str()));
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        return Err(Stop::Refused(format!("{what} has no `{}`{near}", name.escape_debug())));
    }
    write(listing.name, entries, streams)
}

fn find(what: &str) -> Result<&'static Listing, Stop> {
    LISTS.iter().find(|l| l.name == what).ok_or_else(|| {
        let near = super::nearest(what, names());
        let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        Stop::Refused(format!("there is no list `{}`{near} (hamel list)", what.escape_debug()))
    })
}

/// Prints the list of this name.
pub fn print(what: &str, streams: &Streams) -> Result<Exit, Stop> {
    let listing = find(what)?;
    write(listing.name, (listing.entries)(), streams)
}

/// Columns of the screen.
const WIDTH: usize = 80;

fn write(name: &str, entries: Entries, streams: &Streams) -> Result<Exit, Stop> {
    let screen = Screen { unicode: streams.unicode(), colour: false };
    let width = entries.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0).min(28);
    let mut text = String::new();
    for (name, about) in &entries {
        let name = screen.shown(name);
        let pad = " ".repeat(width.saturating_sub(name.chars().count()));
        for (i, line) in terminal::wrapped(&screen.shown(about), WIDTH - width - 2).iter().enumerate() {
            let left = if i == 0 { format!("{name}{pad}") } else { " ".repeat(width) };
            text.push_str(format!("{left}  {line}").trim_end());
            text.push('\n');
        }
        if about.is_empty() {
            text.push_str(&format!("{name}\n"));
        }
    }
    streams.answer(&text)?;
    let rows: Vec<_> = entries.iter().map(|(name, about)| json!({ "name": name, "about": about })).collect();
    streams.document(&json!({ "schema": 1, "list": name, "entries": rows }))?;
    Ok(Exit::Done)
}

fn codes() -> Entries {
    crate::run::codes::codes().into_iter().map(|e| (e.code.to_owned(), e.title.to_owned())).collect()
}

fn exit_codes() -> Entries {
    EXITS.iter().map(|(exit, about)| (exit.code().to_string(), (*about).to_owned())).collect()
}

fn gallery() -> Entries {
    files::gallery().iter().map(|(name, text)| ((*name).to_owned(), first_comment(text))).collect()
}

fn library() -> Entries {
    let entry = |name: &str| {
        let files = files::standard_library(name).unwrap_or_default();
        (name.to_owned(), files.first().map_or_else(String::new, |(_, text)| first_comment(text)))
    };
    files::standard_library_names().map(entry).collect()
}

fn plots() -> Entries {
    report::plot::PLOTS.iter().map(|p| (p.name.to_owned(), p.about.to_owned())).collect()
}

fn lines() -> Entries {
    let about = |l: &crate::run::experiment::LineEntry| match l.built {
        true => l.about.to_owned(),
        false => format!("{} (not built yet)", l.about),
    };
    crate::run::experiment::LINES.iter().map(|l| (l.word.to_owned(), about(l))).collect()
}

fn activations() -> Entries {
    Activation::ALL.iter().map(|a| (a.name().to_owned(), a.about().to_owned())).collect()
}

fn initialisations() -> Entries {
    Initialisation::ALL.iter().map(|i| (i.name().to_owned(), i.about().to_owned())).collect()
}

fn losses() -> Entries {
    learn::objective::LOSSES.iter().map(|l| (l.name.to_owned(), l.about.to_owned())).collect()
}

fn operators() -> Entries {
    let signs = distill::function::BINARIES.iter().map(|(sign, _)| ((*sign).to_owned(), format!("a {sign} b")));
    let functions = distill::function::FUNCTIONS.iter().map(|f| (f.name.to_owned(), format!("{}(x)", f.name)));
    signs.chain(functions).collect()
}

fn optimizers() -> Entries {
    let entry = |o: &&learn::optimizer::OptimizerInfo| {
        let setting = |s: &learn::optimizer::Setting| {
            format!("{} ({}; without it {})", s.name, s.about, terminal::number(s.default))
        };
        let settings: Vec<String> = o.settings.iter().map(setting).collect();
        (o.name.to_owned(), format!("{}: {}. {}", o.about, settings.join(", "), o.reference))
    };
    learn::optimizer::OPTIMIZERS.iter().map(entry).collect()
}

fn schedules() -> Entries {
    learn::schedule::SCHEDULES.iter().map(|s| (s.name.to_owned(), s.about.to_owned())).collect()
}

fn schemas() -> Entries {
    report::SCHEMAS.iter().map(|s| (s.name.to_owned(), s.about.to_owned())).collect()
}

fn folders() -> Entries {
    let state = files::state_folder().map_or_else(|| "none".to_owned(), |f| f.display().to_string());
    vec![
        ("results".into(), "out/FILE below the current folder, or --out DIR".into()),
        ("sources".into(), "the folder of FILE and what lies in it; --root DIR widens it".into()),
        ("library".into(), "inside the program".into()),
        ("state".into(), format!("{state} (that you have been greeted)")),
    ]
}

/// Functions of one name are listed once: `abs` is both elementary and of a vector.
fn functions() -> Entries {
    let mut out: Entries = Vec::new();
    let own = FUNCTIONS.iter().map(|f| (f.name.to_owned(), f.note.to_owned()));
    let given = crate::model::GIVEN_FUNCTIONS.iter().map(|(n, about)| ((*n).to_owned(), (*about).to_owned()));
    for entry in own.chain(given) {
        if !out.iter().any(|e| e.0 == entry.0) {
            out.push(entry);
        }
    }
    out
}

fn methods() -> Entries {
    let auto = "chosen by the structure of the equations; the reason is printed".to_owned();
    let entry = |m: &MethodEntry| {
        let order = match m.order {
            u32::MAX => "exact".to_owned(),
            n => format!("order {n}"),
        };
        let step = if m.embedded_order.is_some() { "adaptive" } else { "fixed step" };
        let needs = match m.needs {
            Needs::Nothing => String::new(),
            Needs::Partition => "; needs positions and momenta that each move by the other alone".into(),
            Needs::LinearDrift => "; needs such a partition with a drift linear in the momenta".into(),
            Needs::GradientFlow => "; needs a gradient flow, `dissipative D` of states".into(),
            Needs::LinearConstant => "; needs linear equations with constant coefficients".into(),
        };
        let keeps: Vec<&str> = m
            .preserves
            .iter()
            .map(|p| match p {
                Preserves::SymplecticForm => "the symplectic form",
                Preserves::QuadraticInvariants => "quadratic invariants",
                Preserves::Decrease => "the decrease of the functional",
                Preserves::TimeReversal => "time reversal",
            })
            .collect();
        let keeps = if keeps.is_empty() { String::new() } else { format!("; keeps {}", keeps.join(", ")) };
        let also = if m.aliases.is_empty() { String::new() } else { format!("; also {}", m.aliases.join(", ")) };
        (m.name.to_owned(), format!("{order}, {step}: {}{needs}{keeps}{also}. {}", m.summary, m.reference))
    };
    std::iter::once(("auto".to_owned(), auto)).chain(METHODS.iter().map(entry)).collect()
}

fn units() -> Entries {
    let prefixes = "prefixes (km, ms, μN) stand before most units of one letter or more; `u` is micro".to_owned();
    crate::dimension::unit_names()
        .map(|(name, text, prefixed)| {
            (name.to_owned(), if prefixed { format!("{text} (takes prefixes)") } else { text.to_owned() })
        })
        .chain(std::iter::once(("".to_owned(), prefixes)))
        .collect()
}

/// What a file says of itself in its first comment line.
fn first_comment(text: &str) -> String {
    text.lines().find_map(|line| line.trim().strip_prefix('#')).unwrap_or_default().trim().to_owned()
}

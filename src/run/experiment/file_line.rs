//! `csv("x.csv", t = "time" [s], x = "position" [mm])` and `npz("x.npz", …)`.

use super::option;
use super::place::Shape;
use super::plan::Planner;
use super::sample_line::reserved;
use crate::data::csv::{self, Layout};
use crate::data::table::{self, Place, Rules};
use crate::data::{Dataset, Named, Origin, Wanted, npz};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;
use crate::files;
use crate::limits;
use crate::model;
use crate::syntax::tree::*;
use sha2::{Digest, Sha256};

/// Options of both calls, and those of tables alone.
const OPTIONS: &[&str] = &["noise", "targets", "gap", "source", "rows"];
const OF_TABLES: &[&str] = &["skip", "header"];

/// Reads the file.
pub(super) fn plan(
    planner: &mut Planner,
    word: &str,
    value: &Expr,
    config: Option<&Config>,
) -> Option<(Dataset, Shape)> {
    let ExprKind::Call { args, .. } = &*value.kind else { return None };
    let usage = format!("write `data d = {word}(\"x.{word}\", t = \"time\" [s], x = \"position\" [mm])`");
    let path = args.first().filter(|a| a.name.is_none()).and_then(|a| match &*a.value.kind {
        ExprKind::Text(path, None) => Some((path.clone(), a.span)),
        _ => None,
    });
    let Some((path, path_span)) = path else {
        planner
            .out
            .push(Diagnostic::error("E0480", value.span, format!("`{word}` needs a file in quotes")).help(usage));
        return None;
    };
    let known: Vec<&str> = if word == "csv" { [OPTIONS, OF_TABLES].concat() } else { OPTIONS.to_vec() };
    let mut asked = Asked::default();
    let mut fine = true;
    for a in &args[1..] {
        let plain = a.each.is_none() && a.tweaks.is_none() && !a.is_range;
        match a.name.as_ref().filter(|_| plain) {
            Some(name) => fine &= asked.column(planner, &name.name, name.span, &a.value),
            None => {
                planner.out.push(Diagnostic::error("E0480", a.span, "columns have names").help(usage.clone()));
                fine = false;
            }
        }
    }
    // Columns may stand among the options too: `{ θ' = "omega" [rad/s] }`.
    let mut options = config.cloned();
    if let Some(c) = &mut options {
        c.entries.retain(|e| {
            let name = model::text_of(&e.target);
            let ConfigValue::Expr(value) = &e.value else { return true };
            if known.contains(&name.as_str()) || !is_place(value) {
                return true;
            }
            fine &= asked.column(planner, &name, e.target.span, value);
            false
        });
    }
    let mut rules = Rules::default();
    let mut layout = Layout::default();
    let mut source = None;
    let mut rows = None;
    let noise = options.iter().flat_map(|c| &c.entries).find(|e| option::name_of(e) == Some("noise")).cloned();
    if let Some(c) = &mut options {
        c.entries.retain(|e| option::name_of(e) != Some("noise"));
    }
    let mut out = std::mem::take(&mut planner.out);
    let list = option::read(&format!("`{word}`"), &known, options.as_ref(), &mut out);
    planner.out = out;
    for (name, e) in list {
        match name {
            "targets" => {
                rules.targets = planner.targets(e);
                if rules.targets == Some(crate::data::Targets::Analytic) {
                    planner.out.push(
                        Diagnostic::error("E0486", e.span, "a file has no exact rates: nobody knows its law")
                            .help("take differences: `targets = mean_slopes`, `central` or `forward`"),
                    );
                }
            }
            "gap" => {
                let (v, d) = planner.quantity(e)?;
                fine &= time_like(planner, d, e.span, "a gap", "gap = 0.5 [s]");
                rules.gap = Some(v);
            }
            "rows" => match planner.row_range(e) {
                Some(range) => rows = Some((range, e.span)),
                None => fine = false,
            },
            "source" => match &*e.kind {
                ExprKind::Text(text, None) => source = Some(text.clone()),
                _ => {
                    option::wrong(e.span, "`source` is a text: where the file comes from".into(), &mut planner.out);
                    fine = false;
                }
            },
            "header" => {
                layout.header = planner.word("header", e, &[("true", true), ("false", false)])?;
            }
            _ => match planner.quantity(e) {
                Some((n, d)) if d.is_one() && n.fract() == 0.0 && (0.0..1e9).contains(&n) => layout.skip = n as usize,
                Some(_) => {
                    option::wrong(e.span, "`skip` is a whole number of lines".into(), &mut planner.out);
                    fine = false;
                }
                None => fine = false,
            },
        }
    }
    if asked.columns.is_empty() && fine {
        planner.out.push(Diagnostic::error("E0480", value.span, format!("this `{word}` reads no column")).help(usage));
        fine = false;
    }
    if (rules.targets.is_some() || rules.gap.is_some()) && asked.time.is_none() {
        planner.out.push(
            Diagnostic::error("E0486", value.span, "rates and gaps need times, and no column is `t`")
                .help("name it: `t = \"time\" [s]`"),
        );
        fine = false;
    }
    if !fine || planner.out.has_errors() {
        return None;
    }
    let bytes = planner.file_bytes(&path, path_span, source)?;
    let sha256 = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    let Asked { mut columns, time, trial, .. } = asked;
    let raw = match word {
        "csv" => {
            let list: Vec<&Wanted> = columns.iter().collect();
            csv::read(&path, &bytes, &list, time.as_ref(), trial.as_ref(), &layout)
        }
        _ => npz::read(&path, &bytes, &mut columns.iter_mut().collect::<Vec<_>>(), time.as_ref(), trial.as_ref()),
    };
    if let Some(entry) = &noise {
        read_noise(planner, entry, &mut columns)?;
    }
    let origin = Origin::File { path: path.clone(), sha256 };
    let made = raw.and_then(|raw| table::assemble(&path, &columns, time.as_ref(), raw, rules, origin));
    let (data, left) = match made {
        Ok(made) => made,
        Err(problems) => {
            planner.out.extend(problems.into_iter().map(|p| p.at(path_span)));
            return None;
        }
    };
    if left.missing > 0 {
        let rows = if left.missing == 1 { "1 row" } else { &format!("{} rows", left.missing) };
        planner.out.push(
            Diagnostic::note_only("W0481", path_span, format!("{rows} of `{path}` with a missing value left out"))
                .note("each is a gap: no difference and no trajectory goes across it"),
        );
    }
    let data = match rows {
        Some(((from, to), at)) if to > data.rows() => {
            let message = format!("there are {} rows with all that is asked for, and this goes to {to}", data.rows());
            planner
                .out
                .push(Diagnostic::error("E0484", at, message).help(format!("write `rows = {from}..{}`", data.rows())));
            return None;
        }
        Some(((from, to), _)) => data.of_rows(from - 1..to),
        None => data,
    };
    let shape = shape(&data, trial.is_some());
    Some((data, shape))
}

impl Planner {
    /// The bytes of a file that a line names. One that is absent is an error, but where the line says its `source`.
    pub(super) fn file_bytes(&mut self, path: &str, at: Span, source: Option<String>) -> Option<std::sync::Arc<[u8]>> {
        match self.program.data.get(path).cloned() {
            Some(Ok(bytes)) => return Some(bytes),
            Some(Err(sentence)) => {
                self.out.push(match source {
                    // A file that everybody fetches for himself may be absent; what needs it is then passed over aloud.
                    Some(source) => Diagnostic::note_only("W0482", at, sentence)
                        .note("this line and the lines that read it are passed over")
                        .note(format!("the file comes from: {source}"))
                        .help(format!(
                            "put it there beside this file, or name the folder that stands for `{}` in {}",
                            files::DATA_FOLDER,
                            files::DATA_VARIABLE
                        )),
                    None => Diagnostic::error("E0481", at, sentence),
                });
            }
            None => {
                self.out.push(Diagnostic::error("E0481", at, format!("`{path}` was not read")));
            }
        }
        None
    }

    /// `rows = 2..556`, counted from 1, both ends included.
    fn row_range(&mut self, e: &Expr) -> Option<(usize, usize)> {
        if let ExprKind::Range { from, to, by: None, count: None } = &*e.kind {
            let ends = (self.quantity(from)?, self.quantity(to)?);
            let whole = |(v, d): (f64, Dimension)| {
                (d.is_one() && v.fract() == 0.0 && (1.0..=limits::ROWS as f64).contains(&v)).then_some(v as usize)
            };
            if let (Some(a), Some(b)) = (whole(ends.0), whole(ends.1)) {
                if a <= b {
                    return Some((a, b));
                }
            }
        }
        option::wrong(
            e.span,
            "`rows` are counted from 1, the first to the last: `rows = 2..556`".into(),
            &mut self.out,
        );
        None
    }
}

/// What later lines read of a file.
pub(super) fn shape(data: &Dataset, several: bool) -> Shape {
    let content = data.content();
    let columns = content.columns.iter().map(|c| (c.name.clone(), c.dimension, c.rates.is_some())).collect();
    let mut shape = Shape::new(columns, content.names.clone(), content.times.as_ref().map(|t| t.dimension));
    shape.trajectories = several.then(|| data.trials().len());
    shape.rows = Some(data.rows());
    shape.scattered = content.times.is_none() && !several;
    let names = content.columns.iter().map(|c| (c.name.clone(), c.dimension)).collect();
    shape.starts = content.times.is_some().then(|| (names, data.trials().len()));
    shape
}

fn is_place(e: &Expr) -> bool {
    match &*e.kind {
        ExprKind::Text(..) => true,
        ExprKind::List { rows, .. } => rows.iter().flatten().all(is_place),
        ExprKind::Number { text, .. } => text.parse::<usize>().is_ok(),
        _ => false,
    }
}

/// Whether a quantity is a time, where the file has units; `usage` shows how it is written.
pub(super) fn time_like(planner: &mut Planner, d: Dimension, at: Span, what: &str, usage: &str) -> bool {
    if !planner.program.has_units || d == Dimension::time() {
        return true;
    }
    let shown = if d.is_one() { "a pure number".to_owned() } else { format!("[{}]", crate::dimension::si_unit(&d)) };
    planner.out.push(
        Diagnostic::error("E0215", at, format!("{what} is a time, and this is {shown}"))
            .help(format!("give it a unit: `{usage}`")),
    );
    false
}

/// What the call asks for.
#[derive(Default)]
struct Asked {
    columns: Vec<Wanted>,
    time: Option<Wanted>,
    trial: Option<Wanted>,
    seen: Vec<(String, Span)>,
}

impl Asked {
    /// `x = "position" [mm]`, `q = ["x", "y"]`, `x = 3 [mm]`. Whether it is fine.
    fn column(&mut self, planner: &mut Planner, name: &str, at: Span, value: &Expr) -> bool {
        if let Some((_, first)) = self.seen.iter().find(|s| s.0 == name) {
            planner.out.push(
                Diagnostic::error("E0120", at, format!("the column `{name}` is named twice"))
                    .label(*first, "the first one"),
            );
            return false;
        }
        self.seen.push((name.to_owned(), at));
        let Some(wanted) = wanted(planner, name, value) else { return false };
        match name {
            "t" => {
                if wanted.vector || !time_like(planner, wanted.dimension, value.span, "`t`", "t = \"time\" [s]") {
                    return false;
                }
                self.time = Some(wanted);
            }
            "trial" => self.trial = Some(wanted),
            _ if !reserved(planner, name, at) => return false,
            _ => self.columns.push(wanted),
        }
        true
    }
}

pub(super) fn wanted(planner: &mut Planner, name: &str, value: &Expr) -> Option<Wanted> {
    let (places, vector, unit) = match &*value.kind {
        ExprKind::Text(header, unit) => (vec![Place::Header(header.clone())], false, unit.as_ref()),
        ExprKind::Number { text, unit } if text.parse::<usize>().is_ok_and(|n| n > 0) => {
            (vec![Place::Number(text.parse().unwrap_or(1))], false, unit.as_ref())
        }
        ExprKind::List { rows, unit } if rows.len() == 1 && !rows[0].is_empty() => {
            let place = |e: &Expr| match &*e.kind {
                ExprKind::Text(header, None) => Some(Place::Header(header.clone())),
                ExprKind::Number { text, unit: None } => text.parse().ok().filter(|n| *n > 0).map(Place::Number),
                _ => None,
            };
            match rows[0].iter().map(place).collect::<Option<Vec<Place>>>() {
                Some(places) => (places, true, unit.as_ref()),
                None => return no_place(planner, name, value),
            }
        }
        _ => return no_place(planner, name, value),
    };
    let (mut factor, mut dimension, mut shown) = (1.0, Dimension::one(), String::new());
    if let Some(unit) = unit {
        let one = ExprKind::Number { text: "1".into(), unit: Some(unit.clone()) };
        (factor, dimension) = planner.quantity(&Expr { span: unit.span, kind: Box::new(one) })?;
        shown = planner.program.files.text(unit.span).trim_matches(['[', ']']).trim().to_owned();
    }
    Some(Wanted { name: name.to_owned(), places, vector, dimension, unit: shown, factor, noise: None })
}

fn no_place<T>(planner: &mut Planner, name: &str, value: &Expr) -> Option<T> {
    planner.out.push(
        Diagnostic::error("E0480", value.span, format!("`{name}` is read from a column, and this names none"))
            .help(format!("write `{name} = \"its name in the file\" [m]`, or its number from 1")),
    );
    None
}

/// `noise = { x = 1 [mm] }`, `noise = normal(0, 0.1)`.
fn read_noise(planner: &mut Planner, entry: &ConfigEntry, columns: &mut [Wanted]) -> Option<()> {
    let list: Vec<(String, Dimension)> = columns.iter().map(|w| (w.name.clone(), w.dimension)).collect();
    let names: Vec<Named> =
        (0..list.len()).map(|k| Named { name: list[k].0.clone(), shape: Vec::new(), columns: k..k + 1 }).collect();
    let mut found = vec![None; list.len()];
    match &entry.value {
        ConfigValue::Config(config) => planner.noise_of_columns(config, &list, &names, false, &mut found)?,
        ConfigValue::Expr(e) => {
            for (k, (name, d)) in list.iter().enumerate() {
                found[k] = Some(planner.noise(e, (name, *d))?);
            }
        }
    }
    for (w, n) in columns.iter_mut().zip(found) {
        w.noise = n.map(|n| n.deviation);
    }
    Some(())
}

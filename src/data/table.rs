//! Columns of a file as a line asks for them: units to SI, trials, missing cells.

use super::dataset::{Column, Content, Dataset, Named, Origin, Times, Trial, component};
use super::rates::{self, Targets};
use crate::diagnostic::{Diagnostic, Span};
use crate::dimension::Dimension;

/// A quantity that a line reads from a file.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name in the language; `t` and `trial` are the times and the trials.
    pub name: String,
    /// Where it stands in the file: one place, or one for each component of a vector.
    pub places: Vec<Place>,
    /// Whether it is a vector, even of one component.
    pub vector: bool,
    /// Its dimension.
    pub dimension: Dimension,
    /// The unit of the file.
    pub unit: String,
    /// Size of that unit in SI.
    pub factor: f64,
    /// Standard deviation of its noise, in SI.
    pub noise: Option<f64>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its name.
    Header(String),
    /// By its number, from 1.
    Number(usize),
}

impl Place {
    /// As it is called in messages.
    pub fn shown(&self) -> String {
        match self {
            Place::Header(name) => format!("column `{name}`"),
            Place::Number(n) => format!("column {n}"),
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Code of the diagnostic.
    pub code: &'static str,
    /// One sentence that names the file and the line.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem with a code.
    pub fn new(code: &'static str, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), help: None }
    }

    /// With what to do.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// The problem at a place of a text.
    pub fn at(self, span: Span) -> Diagnostic {
        let d = Diagnostic::error(self.code, span, self.message);
        match self.help {
            Some(help) => d.help(help),
            None => d,
        }
    }
}

/// Numbers of a file as written, before units; NaN where a cell is missing.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// For each component of each wanted quantity, in order.
    pub columns: Vec<Vec<f64>>,
    /// Times.
    pub times: Option<Vec<f64>>,
    /// Label of the trial of each row.
    pub trials: Option<Vec<String>>,
    /// Where each row stands, for messages: line of a text, or row of an array.
    pub lines: Vec<u64>,
}

/// What is asked of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// A step longer than this, in seconds, is a gap.
    pub gap: Option<f64>,
    /// How rates are made.
    pub targets: Option<Targets>,
}

/// Rows that were left out, for a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// With a missing cell.
    pub missing: usize,
    /// Without a rate.
    pub without_rate: usize,
}

/// The data set of a file's numbers. `file` names it in messages.
pub fn assemble(
    file: &str,
    wanted: &[Wanted],
    time: Option<&Wanted>,
    raw: Raw,
    rules: Rules,
    origin: Origin,
) -> Result<(Dataset, Left), Vec<Problem>> {
    let rows = raw.lines.len();
    let complete =
        |r: usize| raw.columns.iter().all(|c| !c[r].is_nan()) && raw.times.as_ref().is_none_or(|t| !t[r].is_nan());
    let factor = time.map_or(1.0, |t| t.factor);
    let times: Option<Vec<f64>> = raw.times.as_ref().map(|t| t.iter().map(|v| v * factor).collect());
    let mut labels: Vec<String> = Vec::new();
    let mut trials: Vec<Trial> = Vec::new();
    let mut left = Left::default();
    let mut open = false;
    let mut last: Option<f64> = None;
    for r in 0..rows {
        let label = raw.trials.as_ref().map_or("1", |t| t[r].as_str());
        if labels.last().is_none_or(|l| l != label) {
            if labels.iter().any(|l| l == label) {
                let message =
                    format!("{file}:{}: trial `{label}` goes on here, behind rows of other trials", raw.lines[r]);
                return Err(vec![
                    Problem::new("E0489", message)
                        .help("rows of one trial stand together: sort the file by trial and time"),
                ]);
            }
            labels.push(label.to_owned());
            trials.push(Trial { number: labels.len() - 1, pieces: Vec::new() });
            open = false;
            last = None;
        }
        if !complete(r) {
            left.missing += 1;
            open = false;
            continue;
        }
        if let Some(t) = &times {
            if last.is_some_and(|before| t[r] <= before) {
                let message = format!("{file}:{}: the time does not grow from the row before", raw.lines[r]);
                let help = if raw.trials.is_none() {
                    "are these several trials? then name their column: `trial = \"…\"`"
                } else {
                    "sort the rows of each trial by time, and keep one row for each time"
                };
                return Err(vec![Problem::new("E0489", message).help(help)]);
            }
            let step = last.map(|before| t[r] - before);
            if rules.gap.is_some_and(|gap| step.is_some_and(|s| s > gap)) {
                open = false;
            }
            last = Some(t[r]);
        }
        let pieces = match trials.last_mut() {
            Some(t) => &mut t.pieces,
            None => continue,
        };
        match pieces.last_mut().filter(|_| open) {
            Some(piece) => piece.end = r + 1,
            None => pieces.push(r..r + 1),
        }
        open = true;
    }
    if trials.iter().all(|t| t.pieces.is_empty()) {
        let message = match rows {
            0 => format!("`{file}` has no rows"),
            _ => format!("`{file}` has no row without a missing value"),
        };
        return Err(vec![Problem::new("E0481", message)]);
    }
    let mut content = Content {
        columns: Vec::new(),
        names: Vec::new(),
        times: times.map(|values| Times {
            values,
            unit: time.map(|t| t.unit.clone()).unwrap_or_default(),
            factor,
            dimension: time.map_or_else(Dimension::one, |t| t.dimension),
        }),
        starts: None,
        origin,
        labels,
    };
    let mut raw_columns = raw.columns.into_iter();
    for w in wanted {
        let from = content.columns.len();
        for k in 0..w.places.len() {
            let name = if w.vector { component(&w.name, &format!("[{}]", k + 1)) } else { w.name.clone() };
            let values = raw_columns.next().unwrap_or_default().into_iter().map(|v| v * w.factor).collect();
            content.columns.push(Column {
                name,
                dimension: w.dimension,
                unit: w.unit.clone(),
                factor: w.factor,
                values,
                rates: None,
                noise: w.noise,
            });
        }
        let shape = if w.vector { vec![w.places.len()] } else { Vec::new() };
        content.names.push(Named { name: w.name.clone(), shape, columns: from..content.columns.len() });
    }
    if let Some(targets) = rules.targets {
        let before: usize = trials.iter().map(Trial::rows).sum();
        trials = rates::differences(&mut content, &trials, targets);
        left.without_rate = before - trials.iter().map(Trial::rows).sum::<usize>();
        if trials.is_empty() {
            let message = format!("`{file}` has no rows that follow each other, so there are no rates");
            return Err(vec![Problem::new("E0486", message)]);
        }
    }
    if rules.targets.is_none() {
        stated_rates(&mut content);
    }
    Ok((Dataset::new(content, trials), left))
}

/// A column `x'` of a file is the rate of its column `x`, where its unit is that of a rate.
fn stated_rates(content: &mut Content) {
    for k in 0..content.columns.len() {
        let c = &content.columns[k];
        let primed = format!("{}'", c.name);
        let rate = c.dimension.div(&Dimension::time()).ok();
        let found = content.columns.iter().find(|r| r.name == primed);
        let pure = |r: &Column| r.dimension.is_one() && c.dimension.is_one();
        let found = found.filter(|r| rate == Some(r.dimension) || pure(r)).map(|r| r.values.clone());
        content.columns[k].rates = found;
    }
}

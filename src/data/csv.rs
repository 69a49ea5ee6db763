//! Tables of text: comma, semicolon, tab or blanks between the cells, names in the first line or none.
//!
//! An empty cell and the words `nan`, `na`, `n/a` and `null` are missing values. Every other cell that is no
//! finite number is a mistake with its line and column.

use super::table::{Place, Problem, Raw, Wanted};
use crate::limits;
use std::borrow::Cow;

/// How the text is laid out.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Lines before the table.
    pub skip: usize,
    /// Whether its first line names the columns.
    pub header: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { skip: 0, header: true }
    }
}

/// The separator of a line: the first of comma, semicolon and tab that stands in it, else blanks.
fn separator(line: &str) -> Option<u8> {
    [b',', b';', b'\t'].into_iter().find(|s| line.bytes().any(|b| b == *s))
}

/// The numbers of the wanted columns.
pub fn read(
    file: &str,
    bytes: &[u8],
    wanted: &[&Wanted],
    time: Option<&Wanted>,
    trial: Option<&Wanted>,
    layout: &Layout,
) -> Result<Raw, Vec<Problem>> {
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        Ok(text) => text,
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            return Err(vec![Problem::new("E0481", format!("{file}:{line}: this is not UTF-8 text"))]);
        }
    };
    let mut rest = text;
    for _ in 0..layout.skip {
        rest = rest.split_once('\n').map_or("", |r| r.1);
    }
    let first = rest.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let separator = separator(first);
    // Cells between blanks are set apart by one tab each; lines keep their numbers.
    let rest: Cow<'_, str> = match separator {
        Some(_) => Cow::Borrowed(rest),
        None => Cow::Owned(
            rest.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join("\t") + "\n").collect::<String>(),
        ),
    };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or(b'\t'))
        .trim(::csv::Trim::All)
        .from_reader(rest.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut indices: Vec<usize> = Vec::new();
    let mut raw = Raw { columns: vec![Vec::new(); wanted.iter().map(|w| w.places.len()).sum()], ..Raw::default() };
    raw.times = time.map(|_| Vec::new());
    raw.trials = trial.map(|_| Vec::new());
    let places: Vec<&Place> = wanted.iter().copied().chain(time).chain(trial).flat_map(|w| &w.places).collect();
    let mut problems = Bad::default();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => return Err(vec![Problem::new("E0481", format!("`{file}` cannot be read: {error}"))]),
        };
        let line = record.position().map_or(0, ::csv::Position::line) + layout.skip as u64;
        if layout.header && header.is_none() {
            let mut names: Vec<String> = record.iter().map(str::to_owned).collect();
            if let Some(name) = names.first_mut() {
                *name = name.trim_start_matches(['%', '#']).trim().to_owned();
            }
            names.retain(|n| !(n.is_empty() && separator.is_none()));
            indices = find(file, &places, Some(&names), names.len())?;
            header = Some(names);
            continue;
        }
        if record.get(0).is_some_and(|c| c.starts_with('#')) {
            continue;
        }
        if indices.is_empty() {
            indices = find(file, &places, None, record.len())?;
        }
        if (raw.lines.len() + 1) * places.len() > limits::DATA_NUMBERS {
            return Err(vec![too_large(file)]);
        }
        raw.lines.push(line);
        let cells = indices.iter().map(|k| record.get(*k));
        for (k, (cell, place)) in cells.zip(&places).enumerate() {
            if trial.is_some() && k + 1 == places.len() {
                match cell.filter(|c| !c.is_empty()) {
                    Some(label) => raw.trials.iter_mut().for_each(|t| t.push(label.to_owned())),
                    None => {
                        problems.push(format!("{file}:{line}, {}: the trial of this row is missing", place.shown()));
                        raw.trials.iter_mut().for_each(|t| t.push(String::new()));
                    }
                }
                continue;
            }
            // a whole file of them is one mistake
            if let Some(cell) = cell.filter(|c| decimal_comma(c)) {
                let message = format!("{file}:{line}, {}: `{}` has a decimal comma", place.shown(), short(cell));
                return Err(vec![
                    Problem::new("E0483", message).help("write the numbers of the file with a decimal point"),
                ]);
            }
            let value = match cell {
                Some(cell) => value(cell).unwrap_or_else(|| {
                    problems.push(format!("{file}:{line}, {}: `{}` is not a number", place.shown(), short(cell)));
                    f64::NAN
                }),
                None => {
                    let cells = record.len();
                    problems.push(format!("{file}:{line}: this row has {cells} cells and no {}", place.shown()));
                    f64::NAN
                }
            };
            match raw.columns.get_mut(k) {
                Some(column) => column.push(value),
                None => raw.times.iter_mut().for_each(|t| t.push(value)),
            }
        }
    }
    if layout.header && header.is_none() {
        return Err(vec![Problem::new("E0481", format!("`{file}` is empty"))]);
    }
    problems.finish("an empty cell or `nan` is a missing value; a decimal point is a point")?;
    Ok(raw)
}

/// The numbers of the columns among the cells of a line, from 0.
fn find(file: &str, places: &[&Place], names: Option<&[String]>, cells: usize) -> Result<Vec<usize>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut out = Vec::new();
    for place in places {
        match place {
            Place::Number(n) if names.is_some() || (1..=cells).contains(n) => out.push(n - 1),
            Place::Number(n) => problems
                .push(Problem::new("E0482", format!("`{file}` has {cells} columns, and this asks for number {n}"))),
            Place::Header(name) => {
                let Some(names) = names else {
                    let problem =
                        Problem::new("E0482", format!("`{file}` is read without names, so none is called `{name}`"));
                    problems.push(problem.help("give the number of the column, from 1, or leave out `header = false`"));
                    continue;
                };
                let mut found = names.iter().enumerate().filter(|n| n.1 == name).map(|n| n.0);
                match (found.next(), found.next()) {
                    (Some(k), None) => out.push(k),
                    (Some(_), Some(_)) => problems.push(
                        Problem::new("E0482", format!("`{file}` has two columns `{name}`"))
                            .help("give the number of the column, from 1, in place of its name"),
                    ),
                    _ => problems.push(unknown(file, name, names)),
                }
            }
        }
    }
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

/// A name that the file does not have.
pub(super) fn unknown(file: &str, name: &str, names: &[String]) -> Problem {
    let problem = Problem::new("E0482", format!("`{file}` has no column `{name}`"));
    let near = names
        .iter()
        .map(|n| (strsim::damerau_levenshtein(&n.to_lowercase(), &name.to_lowercase()), n))
        .filter(|(d, n)| *d <= 1 + name.chars().count() / 4 && *d < n.chars().count())
        .min();
    match near {
        Some((_, near)) => problem.help(format!("did you mean `{near}`?")),
        None => {
            let shown: Vec<String> = names.iter().take(20).map(|n| format!("`{}`", short(n))).collect();
            problem.help(format!("its columns are {}", shown.join(", ")))
        }
    }
}

pub(super) fn too_large(file: &str) -> Problem {
    Problem::new("E0481", format!("`{file}` holds more than {} numbers", limits::DATA_NUMBERS))
}

/// A cell as a number; NaN where it is missing, `None` where it is none.
fn value(cell: &str) -> Option<f64> {
    if cell.is_empty() || ["nan", "na", "n/a", "null"].iter().any(|w| cell.eq_ignore_ascii_case(w)) {
        return Some(f64::NAN);
    }
    cell.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// `1,5`, where the cells are not divided by commas.
fn decimal_comma(cell: &str) -> bool {
    value(cell).is_none() && cell.matches(',').count() == 1 && value(&cell.replace(',', ".")).is_some()
}

fn short(text: &str) -> String {
    let shown: String = text.chars().take(24).filter(|c| !c.is_control()).collect();
    if text.chars().count() > 24 { format!("{shown}…") } else { shown }
}

/// Bad cells: the first few are shown, and all are counted.
#[derive(Default)]
struct Bad {
    shown: Vec<String>,
    count: usize,
}

impl Bad {
    fn push(&mut self, message: String) {
        self.count += 1;
        if self.shown.len() < limits::BAD_CELLS_SHOWN {
            self.shown.push(message);
        }
    }

    fn finish(self, help: &str) -> Result<(), Vec<Problem>> {
        let more = self.count - self.shown.len();
        let mut problems: Vec<Problem> = self.shown.into_iter().map(|m| Problem::new("E0483", m)).collect();
        let Some(last) = problems.last_mut() else { return Ok(()) };
        if more > 0 {
            last.message += &format!(", and {more} more cells");
        }
        last.help = Some(help.to_owned());
        Err(problems)
    }
}

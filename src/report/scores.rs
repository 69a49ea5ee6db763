//! Scores of models beside each other and beside published ones, as text, Markdown and JSON.

use super::terminal::{Screen, WIDTH, wrapped};
use crate::diagnostic::digits;
use serde_json::{Value, json};

/// A metric at the head of its column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// As the line writes it: `rmse(q)`.
    pub label: String,
    /// Unit of the score, `""` for pure numbers.
    pub unit: String,
    /// Whether more is better.
    pub higher: bool,
}

/// Metrics that rank no model: counts, times, and the floor.
const ASIDE: &[&str] = &["floor", "params", "train_time"];

/// A score of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Of each repetition.
    pub values: Vec<f64>,
    /// Their median.
    pub median: f64,
    /// Their mean.
    pub mean: f64,
    /// Their sample standard deviation.
    pub spread: f64,
    /// Of the first repetition, over the starts: lower quartile, median, upper quartile.
    pub starts: Option<(f64, f64, f64)>,
    /// Whether it is no better than the noise of the data allows to tell.
    pub at_floor: bool,
}

/// The scores of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its name.
    pub model: String,
    /// One for each metric.
    pub cells: Vec<Cell>,
    /// Rollouts that failed: how they ended, and how many of all.
    pub failed: Vec<(String, usize)>,
    /// Number of rollouts of all repetitions.
    pub rollouts: usize,
    /// `derivative_mse` of the true law on the same noisy rows, where it is known.
    pub floor: Option<f64>,
}

/// Ours beside a published value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The median lies within the published spread.
    Match,
    /// The median is better.
    Beat,
    /// The median is worse.
    Short,
    /// At the noise of the data: no gain, whatever was published.
    Floor,
}

impl Verdict {
    /// Judges `ours` against a published value (`decisions.md` 44). What is at the floor of the noise is
    /// never a gain.
    pub fn of(ours: f64, published: f64, spread: Option<f64>, higher: bool, at_floor: bool) -> Verdict {
        if spread.is_some_and(|s| (ours - published).abs() <= s) || ours == published {
            return Verdict::Match;
        }
        let better = if higher { ours > published } else { ours < published };
        match (better, at_floor) {
            (true, true) => Verdict::Floor,
            (true, false) => Verdict::Beat,
            (false, _) => Verdict::Short,
        }
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Match => "match",
            Verdict::Beat => "beat",
            Verdict::Short => "short",
            Verdict::Floor => "floor",
        }
    }
}

/// A published value with ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// Place of the model.
    pub row: usize,
    /// Place of the metric.
    pub column: usize,
    /// The value.
    pub published: f64,
    /// Its spread, where it is given.
    pub spread: Option<f64>,
    /// How ours compares.
    pub verdict: Verdict,
}

/// Scores of a `compare` line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// The line: `compare [mlp, hnn] on d.test`.
    pub title: String,
    /// Starts, span and fits in words.
    pub about: String,
    /// Where published values are from.
    pub source: String,
    /// What the line says of itself: in what it differs from the published set-up.
    pub note: String,
    /// Metrics.
    pub heads: Vec<Head>,
    /// Models.
    pub rows: Vec<Row>,
    /// Published values.
    pub published: Vec<Against>,
}

/// Two or three digits, enough to compare by; counts in full.
pub(super) fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e7 {
        return format!("{value}");
    }
    let text = digits(value, 3);
    if text.len() <= 8 || !value.is_finite() { text } else { digits(value, 2) }
}

impl Head {
    /// Whether models are ranked by it.
    pub fn ranks(&self) -> bool {
        !ASIDE.contains(&self.label.as_str())
    }

    pub(super) fn text(&self) -> String {
        if self.unit.is_empty() { self.label.clone() } else { format!("{} [{}]", self.label, self.unit) }
    }
}

impl Cell {
    /// Median and spread from three repetitions on, mean of two, the value of one.
    pub(super) fn text(&self) -> String {
        let floor = if self.at_floor { " (floor)" } else { "" };
        match self.values.len() {
            0 | 1 => format!("{}{floor}", short(self.median)),
            _ if !self.spread.is_finite() || self.spread == 0.0 => format!("{}{floor}", short(self.median)),
            _ => format!("{} ± {}{floor}", short(self.median), digits(self.spread, 2)),
        }
    }
}

impl Scores {
    /// Lines of notes: failed rollouts, and means that a few starts decide.
    fn notes(&self) -> Vec<String> {
        let mut out = Vec::new();
        for row in &self.rows {
            let failed: usize = row.failed.iter().map(|f| f.1).sum();
            if failed > 0 {
                let how: Vec<String> = row.failed.iter().map(|(name, n)| format!("{n} in {name}")).collect();
                out.push(format!(
                    "{}: {failed} of {} rollouts failed ({}); a score over a failed rollout is infinite",
                    row.model,
                    row.rollouts,
                    how.join(", ")
                ));
            }
            for (head, cell) in self.heads.iter().zip(&row.cells) {
                let Some((low, median, high)) = cell.starts else { continue };
                let first = cell.values.first().copied().unwrap_or(f64::NAN);
                // A mean that is far from the median is that of a few starts.
                if !head.higher && (first > 3.0 * median || !first.is_finite()) && median.is_finite() {
                    out.push(format!(
                        "{}, {}: median over the starts {}, quartiles {} and {}",
                        row.model,
                        head.label,
                        short(median),
                        short(low),
                        short(high)
                    ));
                }
            }
        }
        out
    }

    fn published_lines(&self) -> Vec<[String; 5]> {
        self.published
            .iter()
            .map(|p| {
                let head = &self.heads[p.column];
                let cell = &self.rows[p.row].cells[p.column];
                let spread = p.spread.map_or_else(String::new, |s| format!(" ± {}", digits(s, 3)));
                [
                    self.rows[p.row].model.clone(),
                    head.text(),
                    cell.text(),
                    format!("{}{spread}", digits(p.published, 5)),
                    p.verdict.word().to_owned(),
                ]
            })
            .collect()
    }

    /// For the terminal: at most eighty columns, metrics in as many blocks as they need.
    pub fn text(&self, screen: Screen) -> String {
        let mut out = String::new();
        let mut say = |line: &str, indent: usize| {
            for l in wrapped(&screen.shown(line), WIDTH - indent) {
                out.push_str(&format!("{}{l}\n", " ".repeat(indent)));
            }
        };
        say(&self.title, 2);
        say(&self.about, 4);
        if !self.note.is_empty() {
            say(&self.note, 4);
        }
        let names: Vec<String> = self.rows.iter().map(|r| screen.shown(&r.model)).collect();
        let first = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
        let columns: Vec<Vec<String>> = self
            .heads
            .iter()
            .enumerate()
            .map(|(k, h)| {
                let cells = self.rows.iter().map(|r| r.cells[k].text());
                std::iter::once(h.text()).chain(cells).map(|t| screen.shown(&t)).collect()
            })
            .collect();
        let widths: Vec<usize> =
            columns.iter().map(|c| c.iter().map(|t| t.chars().count()).max().unwrap_or(0)).collect();
        let mut from = 0;
        while from < columns.len() {
            let mut used = 4 + first;
            let mut to = from;
            while to < columns.len() && (to == from || used + 2 + widths[to] <= WIDTH) {
                used += 2 + widths[to];
                to += 1;
            }
            for line in 0..=names.len() {
                let name = if line == 0 { "" } else { names[line - 1].as_str() };
                let mut text = format!("{name:<first$}");
                for c in from..to {
                    let width = widths[c];
                    text.push_str(&format!("  {:>width$}", columns[c][line]));
                }
                say(text.trim_end(), 4);
            }
            from = to;
        }
        for note in self.notes() {
            say(&note, 4);
        }
        let lines = self.published_lines();
        if !lines.is_empty() {
            let source = if self.source.is_empty() { "published values" } else { self.source.as_str() };
            say(&format!("beside {source}"), 4);
            aligned(&lines, screen).iter().for_each(|l| say(l, 6));
        }
        out
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut out = format!("### {}\n\n{}\n\n", self.title, self.about);
        if !self.note.is_empty() {
            out.push_str(&format!("{}\n\n", self.note));
        }
        let heads: Vec<String> = std::iter::once(String::new()).chain(self.heads.iter().map(Head::text)).collect();
        out.push_str(&row(&heads));
        out.push_str(&row(&vec!["---".to_owned(); heads.len()]));
        for r in &self.rows {
            let cells: Vec<String> = std::iter::once(r.model.clone()).chain(r.cells.iter().map(Cell::text)).collect();
            out.push_str(&row(&cells));
        }
        for note in self.notes() {
            out.push_str(&format!("\n{note}\n"));
        }
        let lines = self.published_lines();
        if !lines.is_empty() {
            let heads = ["model", "metric", "ours", "published", ""].map(str::to_owned);
            out.push_str(&format!("\n{}\n\n", if self.source.is_empty() { "Published values" } else { &self.source }));
            out.push_str(&row(&heads));
            out.push_str(&row(&["---", "---", "---", "---", "---"].map(str::to_owned)));
            lines.iter().for_each(|l| out.push_str(&row(l)));
        }
        out
    }

    /// As JSON. What is not finite is null, and `failed` says why.
    pub fn document(&self) -> Value {
        let number = |v: f64| if v.is_finite() { json!(v) } else { Value::Null };
        let cell = |(head, c): (&Head, &Cell)| {
            json!({
                "metric": head.label, "unit": head.unit, "better": if head.higher { "higher" } else { "lower" },
                "mean": number(c.mean), "median": number(c.median), "sd": number(c.spread),
                "values": c.values.iter().map(|v| number(*v)).collect::<Vec<_>>(),
                "starts": c.starts.map(|s| json!({ "quartile": number(s.0), "median": number(s.1), "upper_quartile": number(s.2) })),
                "at_floor": c.at_floor,
            })
        };
        let row = |r: &Row| {
            let failed: serde_json::Map<String, Value> = r.failed.iter().map(|(k, n)| (k.clone(), json!(n))).collect();
            json!({ "model": r.model, "rollouts": r.rollouts, "failed": failed,
                    "scores": self.heads.iter().zip(&r.cells).map(cell).collect::<Vec<_>>() })
        };
        let against = |p: &Against| {
            json!({ "model": self.rows[p.row].model, "metric": self.heads[p.column].label,
                    "ours": number(self.rows[p.row].cells[p.column].median), "published": p.published,
                    "spread": p.spread, "verdict": p.verdict.word() })
        };
        json!({
            "line": self.title, "about": self.about, "note": self.note, "source": self.source,
            "models": self.rows.iter().map(row).collect::<Vec<_>>(),
            "published": self.published.iter().map(against).collect::<Vec<_>>(),
        })
    }
}

/// Lines with their cells below each other.
fn aligned(lines: &[[String; 5]], screen: Screen) -> Vec<String> {
    let shown: Vec<Vec<String>> = lines.iter().map(|l| l.iter().map(|t| screen.shown(t)).collect()).collect();
    let width = |k: usize| shown.iter().map(|l| l[k].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    shown
        .iter()
        .map(|l| {
            let cells: Vec<String> = l.iter().zip(&widths).map(|(t, w)| format!("{t:<w$}")).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(values: &[f64]) -> Cell {
        Cell { values: values.to_vec(), median: values[0], mean: values[0], spread: 0.25, ..Cell::default() }
    }

    fn scores() -> Scores {
        let head = |label: &str| Head { label: label.into(), ..Head::default() };
        let row = |model: &str, v: f64| Row {
            model: model.into(),
            cells: vec![cell(&[v, v, v]), cell(&[2.0])],
            failed: Vec::new(),
            rollouts: 4,
            floor: None,
        };
        Scores {
            title: "compare [mlp, hnn] on d.test".into(),
            about: "4 starts".into(),
            source: "arXiv 1906.01563, table 1".into(),
            note: String::new(),
            heads: vec![head("rmse(θ)"), head("params")],
            rows: vec![row("mlp", 1.5), row("hnn", f64::INFINITY)],
            published: vec![Against { row: 0, column: 0, published: 2.0, spread: Some(0.25), verdict: Verdict::Beat }],
        }
    }

    #[test]
    fn verdicts_follow_the_rule_and_no_floor_is_a_gain() {
        assert_eq!(Verdict::of(1.0, 1.2, Some(0.3), false, false), Verdict::Match);
        assert_eq!(Verdict::of(0.5, 1.2, Some(0.3), false, false), Verdict::Beat);
        assert_eq!(Verdict::of(0.5, 1.2, Some(0.3), true, false), Verdict::Short);
        assert_eq!(Verdict::of(0.5, 1.2, None, false, true), Verdict::Floor);
        assert_eq!(Verdict::of(f64::INFINITY, 1.2, Some(0.3), false, false), Verdict::Short);
    }

    #[test]
    fn tables_fit_the_screen_and_degrade_to_ascii() {
        let text = scores().text(Screen { unicode: true, colour: false });
        assert!(text.contains("    mlp       1.5 ± 0.25       2\n"), "{text}");
        assert!(text.contains("      mlp  rmse(θ)  1.5 ± 0.25  2 ± 0.25  beat\n"), "{text}");
        let plain = scores().text(Screen { unicode: false, colour: false });
        assert!(plain.is_ascii() && plain.lines().all(|l| l.len() <= WIDTH), "{plain}");
        let mut wide = scores();
        wide.heads = vec![Head { label: "a_rather_long_metric(q)".into(), ..Head::default() }; 6];
        wide.rows.iter_mut().for_each(|r| r.cells = vec![cell(&[1.0]); 6]);
        wide.published.clear();
        assert!(wide.text(Screen { unicode: true, colour: false }).lines().all(|l| l.chars().count() <= WIDTH));
    }

    #[test]
    fn documents_hold_no_infinite_numbers() {
        let document = scores().document();
        assert_eq!(document["models"][1]["scores"][0]["median"], Value::Null);
        assert_eq!(document["published"][0]["verdict"], "beat");
        assert!(scores().markdown().contains("| mlp | 1.5 ± 0.25 | 2 |"));
    }
}

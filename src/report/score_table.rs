//! The scores of many experiments in one table: published, of the same declaration, and of declarations of our own.

use super::scores::{Cell, Scores, Verdict, short};
use super::terminal::{Screen, WIDTH, wrapped};
use crate::diagnostic::digits;
use serde_json::{Value, json};

/// A score of a model that the paper does not have.
#[derive(Clone, Debug, PartialEq)]
struct Own {
    model: String,
    score: String,
    median: f64,
    verdict: Option<Verdict>,
}

/// A published score with ours beside it.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    model: String,
    metric: String,
    published: f64,
    spread: Option<f64>,
    ours: String,
    median: f64,
    verdict: Verdict,
    /// Beside the best published value of a metric: the best of our own declarations.
    own: Option<Own>,
}

/// The scores of one comparison.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    place: String,
    about: String,
    note: String,
    source: String,
    /// Score of the true law on the same rows.
    floor: Option<f64>,
    lines: Vec<Line>,
    /// Scores beside which nothing is published: metric, and a score of each model.
    alone: Vec<(String, Vec<(String, String, f64)>)>,
}

/// The table of all scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreTable {
    blocks: Vec<Block>,
}

impl ScoreTable {
    /// Of the scores of several experiments, each with its place. A model with a published value is of the same
    /// declaration as the published one; one without is our own, and the best of those stands beside the best
    /// published value of its metric.
    pub fn new(list: &[(String, Scores)]) -> ScoreTable {
        ScoreTable { blocks: list.iter().map(|(place, scores)| Block::new(place, scores)).collect() }
    }

    /// For the terminal, in at most eighty columns.
    pub fn text(&self, screen: Screen) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            let mut say = |text: &str, indent: usize| {
                for l in wrapped(&screen.shown(text), WIDTH - indent) {
                    out.push_str(&format!("{}{l}\n", " ".repeat(indent)));
                }
            };
            let title = match block.source.as_str() {
                "" => block.place.clone(),
                source => format!("{} ({source})", block.place),
            };
            say(&title, 2);
            say(&block.about, 4);
            if !block.note.is_empty() {
                say(&block.note, 4);
            }
            let rows: Vec<[String; 4]> = block.lines.iter().map(|l| l.cells(false)).collect();
            let rows: Vec<[String; 4]> = rows.into_iter().map(|r| r.map(|c| screen.shown(&c))).collect();
            let heads = ["", "published", "same declaration", "our own"];
            let width = |k: usize| rows.iter().map(|r| r[k].chars().count()).max().unwrap_or(0).max(heads[k].len());
            let widths = [width(0), width(1), width(2)];
            let line = |cells: [&str; 4]| {
                let mut text = String::new();
                for (cell, width) in cells.iter().zip(widths) {
                    text.push_str(&format!("{cell:<width$}  "));
                }
                (text + cells[3]).trim_end().to_owned()
            };
            let mut metric = "";
            for (k, (of, cells)) in block.lines.iter().zip(&rows).enumerate() {
                if k == 0 {
                    say(&line(heads), 6);
                }
                if metric != of.metric {
                    metric = &of.metric;
                    say(metric, 4);
                }
                say(&line(cells.each_ref().map(String::as_str)), 6);
            }
            if let Some(floor) = block.floor {
                say(&format!("floor of derivative_mse, the score of the true law: {}", short(floor)), 4);
            }
            for (metric, models) in &block.alone {
                let models: Vec<String> = models.iter().map(|(m, s, _)| format!("{m} {s}")).collect();
                say(&format!("{metric}: {}", models.join(", ")), 4);
            }
        }
        out
    }

    /// As Markdown: a table of what is published, and one of what is not.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| experiment | score | model | published | same declaration | our own | floor |\n");
        out.push_str("|---|---|---|---|---|---|---|\n");
        for block in &self.blocks {
            for line in &block.lines {
                let [model, published, ours, own] = line.cells(true);
                let floor = block.floor.filter(|_| line.metric == "derivative_mse").map(short).unwrap_or_default();
                let cells = [block.place.clone(), line.metric.clone(), model, published, ours, own, floor];
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
        out.push_str("\n| experiment | score | model | ours |\n|---|---|---|---|\n");
        for block in &self.blocks {
            for (metric, models) in &block.alone {
                for (model, score, _) in models {
                    out.push_str(&format!("| {} | {metric} | {model} | {score} |\n", block.place));
                }
            }
        }
        for block in self.blocks.iter().filter(|b| !b.source.is_empty() || !b.note.is_empty()) {
            let note = if block.note.is_empty() { String::new() } else { format!(" {}.", block.note) };
            let source = if block.source.is_empty() { String::new() } else { format!(" Published: {}.", block.source) };
            out.push_str(&format!("\n{}: {}.{note}{source}\n", block.place, block.about));
        }
        out
    }

    /// As JSON.
    pub fn document(&self) -> Value {
        let number = |v: f64| if v.is_finite() { json!(v) } else { Value::Null };
        let line = |l: &Line| {
            json!({ "model": l.model, "metric": l.metric, "published": l.published, "spread": l.spread,
                    "ours": number(l.median), "verdict": l.verdict.word(),
                    "own": l.own.as_ref().map(|o| json!({ "model": o.model, "score": number(o.median),
                                                          "verdict": o.verdict.map(Verdict::word) })) })
        };
        let block = |b: &Block| {
            let alone = b.alone.iter().flat_map(|(metric, models)| {
                models.iter().map(move |(model, _, v)| json!({ "model": model, "metric": metric, "ours": number(*v) }))
            });
            json!({ "experiment": b.place, "about": b.about, "note": b.note, "source": b.source, "floor": b.floor,
                    "published": b.lines.iter().map(line).collect::<Vec<_>>(), "others": alone.collect::<Vec<_>>() })
        };
        json!(self.blocks.iter().map(block).collect::<Vec<_>>())
    }
}

impl Block {
    fn new(place: &str, scores: &Scores) -> Block {
        let has_published = |row: usize| scores.published.iter().any(|p| p.row == row);
        let better = |column: usize, a: f64, b: f64| if scores.heads[column].higher { a > b } else { a < b };
        let mut lines: Vec<(usize, Line)> = Vec::new();
        for p in &scores.published {
            let cell = &scores.rows[p.row].cells[p.column];
            let of_metric = scores.published.iter().filter(|o| o.column == p.column);
            let best =
                of_metric.fold(p, |best, o| if better(p.column, o.published, best.published) { o } else { best });
            let own = (0..scores.rows.len()).filter(|r| !has_published(*r)).map(|r| &scores.rows[r]);
            let own = own.reduce(|a, b| {
                let median = |r: &super::Row| r.cells[p.column].median;
                if better(p.column, median(b), median(a)) || !median(a).is_finite() { b } else { a }
            });
            let own = own.filter(|_| best.row == p.row).map(|row| {
                let cell: &Cell = &row.cells[p.column];
                let higher = scores.heads[p.column].higher;
                let verdict = Verdict::of(cell.median, p.published, p.spread, higher, cell.at_floor);
                Own { model: row.model.clone(), score: cell.text(), median: cell.median, verdict: Some(verdict) }
            });
            let line = Line {
                model: scores.rows[p.row].model.clone(),
                metric: scores.heads[p.column].text(),
                published: p.published,
                spread: p.spread,
                ours: cell.text(),
                median: cell.median,
                verdict: p.verdict,
                own,
            };
            lines.push((p.column, line));
        }
        lines.sort_by_key(|l| l.0);
        let floor = scores.heads.iter().position(|h| h.label == "floor");
        let floor = floor.and_then(|k| scores.rows.first().map(|r| r.cells[k].median)).filter(|f| f.is_finite());
        let columns = (0..scores.heads.len())
            .filter(|c| scores.heads[*c].ranks())
            .filter(|c| !scores.published.iter().any(|p| p.column == *c));
        let alone = columns.map(|c| {
            let models = scores.rows.iter().map(|r| (r.model.clone(), r.cells[c].text(), r.cells[c].median));
            (scores.heads[c].text(), models.collect())
        });
        Block {
            place: place.to_owned(),
            about: scores.about.clone(),
            note: scores.note.clone(),
            source: scores.source.clone(),
            floor,
            lines: lines.into_iter().map(|l| l.1).collect(),
            alone: alone.collect(),
        }
    }
}

impl Line {
    /// Model, published, ours, our own; the last with its spread where there is room.
    fn cells(&self, room: bool) -> [String; 4] {
        let spread = self.spread.map_or_else(String::new, |s| format!(" ± {}", digits(s, 2)));
        let own = self.own.as_ref().map_or_else(String::new, |o| {
            let verdict = o.verdict.map_or("", Verdict::word);
            let score = if room { o.score.clone() } else { short(o.median) };
            format!("{} {score} {verdict}", o.model)
        });
        [
            self.model.clone(),
            format!("{}{spread}", digits(self.published, 4)),
            format!("{} {}", self.ours, self.verdict.word()),
            own,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Against, Head, Row};
    use super::*;

    fn scores() -> Scores {
        let cell = |v: f64| Cell { values: vec![v], median: v, mean: v, ..Cell::default() };
        let row = |model: &str, error: f64, energy: f64| Row {
            model: model.into(),
            cells: vec![cell(error), cell(energy), cell(0.125)],
            ..Row::default()
        };
        let head = |label: &str| Head { label: label.into(), ..Head::default() };
        let against = |row: usize, column: usize, published: f64, verdict| Against {
            row,
            column,
            published,
            spread: Some(0.5),
            verdict,
        };
        Scores {
            about: "3 starts".into(),
            heads: vec![head("derivative_mse"), head("energy_mse(H)"), head("floor")],
            rows: vec![row("mlp", 2.0, 9.0), row("hnn", 1.0, 3.0), row("worse", 5.0, 7.0), row("better", 0.25, 1.0)],
            published: vec![against(0, 1, 10.0, Verdict::Beat), against(1, 1, 3.25, Verdict::Match)],
            ..Scores::default()
        }
    }

    #[test]
    fn the_best_of_our_own_stands_beside_the_best_that_is_published() {
        let table = ScoreTable::new(&[("file, experiment".into(), scores())]);
        let block = &table.blocks[0];
        assert_eq!(block.lines.len(), 2);
        assert_eq!(block.lines[0].own, None);
        let own = block.lines[1].own.as_ref().map(|o| (o.model.as_str(), o.median, o.verdict));
        assert_eq!(own, Some(("better", 1.0, Some(Verdict::Beat))));
        assert_eq!(block.floor, Some(0.125));
        assert_eq!(block.alone.len(), 1, "derivative_mse has nothing published beside it");
    }

    #[test]
    fn the_table_is_text_markdown_and_json() {
        let table = ScoreTable::new(&[("file, experiment".into(), scores())]);
        let text = table.text(Screen { unicode: true, colour: false });
        assert!(text.contains("      hnn  3.25 ± 0.5  3 match           better 1 beat\n"), "{text}");
        assert!(text.contains("    derivative_mse: mlp 2, hnn 1, worse 5, better 0.25\n"), "{text}");
        let plain = table.text(Screen { unicode: false, colour: false });
        assert!(plain.is_ascii() && plain.lines().all(|l| l.len() <= WIDTH), "{plain}");
        let markdown = table.markdown();
        assert!(
            markdown.contains("| file, experiment | energy_mse(H) | hnn | 3.25 ± 0.5 | 3 match | better 1 beat |  |")
        );
        assert_eq!(table.document()[0]["published"][1]["own"]["model"], "better");
    }
}

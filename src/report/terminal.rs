//! What the screen says of a run: understood, conserved, method and reason, a small plot, drift,
//! checks, outcome, files. Pure text in at most 80 columns.

use super::alias::greek;
use super::braille;
use crate::diagnostic::digits;
pub use crate::diagnostic::number;

/// What the screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Braille, ✓ and Greek letters; plain ASCII otherwise.
    pub unicode: bool,
    /// Colours; never the only sign of anything.
    pub colour: bool,
}

/// Columns of the screen.
pub const WIDTH: usize = 80;
/// Columns of the labels on the left.
const LABEL: usize = 15;

/// A quantity over time in a few lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SmallPlot {
    /// `θ`
    pub label: String,
    /// `rad`
    pub unit: String,
    /// Equally spaced in time.
    pub values: Vec<f64>,
}

/// The verdict on a check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckLine {
    /// As the formatter prints it, without the word `check`.
    pub text: String,
    /// Whether it held.
    pub holds: bool,
    /// `2.05 rad < 2.09 rad`
    pub measured: String,
    /// What the file gives as its reason; shown where the check fails.
    pub because: String,
}

/// Everything the screen says of the run of one system; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// As typed.
    pub file: String,
    /// Name of the system.
    pub system: String,
    /// `ready in 4 ms`
    pub ready: String,
    /// Coordinates, parameters, structure.
    pub understood: Vec<String>,
    /// What is conserved and why.
    pub conserved: Vec<String>,
    /// Name, order, step.
    pub method: String,
    /// Why this method.
    pub because: String,
    /// How to learn more of the choice.
    pub more: String,
    /// One or two small plots.
    pub plots: Vec<SmallPlot>,
    /// Invariant, worst relative drift, remark.
    pub drift: Vec<(String, f64, String)>,
    /// How far the values can be trusted, where something limits that.
    pub trust: Vec<String>,
    /// The checks in the order of the file.
    pub checks: Vec<CheckLine>,
    /// The outcome's sentence.
    pub outcome: String,
    /// Whether the outcome is a failure.
    pub failed: bool,
    /// Folder of the results.
    pub folder: String,
    /// Files in it.
    pub files: Vec<String>,
    /// Commands to try next.
    pub next: Vec<String>,
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[1;31m";
const RESET: &str = "\x1b[0m";

impl Screen {
    fn paint(self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{RESET}") } else { text.to_owned() }
    }

    /// The text as this screen can show it.
    pub fn shown(self, text: &str) -> String {
        let visible: String =
            text.chars().map(|c| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() }).collect();
        if self.unicode { visible } else { ascii(&visible) }
    }
}

/// A line of an experiment that made something: a run, data, a fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineRow {
    /// Its keyword.
    pub word: &'static str,
    /// Its name.
    pub name: String,
    /// System, outcome and steps.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
}

/// An experiment: what it derived, what its lines made, its checks.
pub fn experiment(name: &str, texts: &[String], rows: &[LineRow], checks: &[CheckLine], screen: Screen) -> String {
    let mut out = format!("{}\n", screen.paint(BOLD, &screen.shown(name)));
    for text in texts {
        for line in text.lines() {
            out.push_str(&screen.shown(line));
            out.push('\n');
        }
        out.push('\n');
    }
    for row in rows {
        let name = screen.shown(&row.name);
        let pad = " ".repeat((LABEL - 3 - row.word.len()).saturating_sub(name.chars().count()).max(1));
        let text = screen.shown(&row.text);
        for (i, line) in wrapped(&text, WIDTH - LABEL).iter().enumerate() {
            let line = if row.failed { screen.paint(RED, line) } else { line.clone() };
            match i {
                0 => out.push_str(&format!("  {} {name}{pad}{line}\n", screen.paint(DIM, row.word))),
                _ => out.push_str(&format!("{}{line}\n", " ".repeat(LABEL))),
            }
        }
    }
    out + &self::checks(checks, screen)
}

/// A formula of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// Number of its nodes.
    pub complexity: usize,
    /// Its error, relative to the target.
    pub rmse: f64,
    /// As it is written.
    pub text: String,
    /// Whether it is the one that is shown.
    pub chosen: bool,
}

/// Formulas by complexity with their errors; the chosen one is marked.
pub fn equations(name: &str, list: &[Equation], screen: Screen) -> String {
    const INDENT: usize = 29;
    let mut out = format!("  {}\n", screen.paint(DIM, &screen.shown(&format!("{name}: complexity, rmse, formula"))));
    for e in list {
        let mark = if e.chosen { ">" } else { " " };
        let head = format!("    {mark} {:>10}   {:<9}", e.complexity, format!("{:.1e}", e.rmse));
        for (i, line) in wrapped(&screen.shown(&e.text), WIDTH - INDENT).iter().enumerate() {
            let line = if e.chosen { screen.paint(BOLD, line) } else { line.clone() };
            match i {
                0 => out.push_str(&format!("{head:<INDENT$}{line}\n")),
                _ => out.push_str(&format!("{}{line}\n", " ".repeat(INDENT))),
            }
        }
    }
    out
}

/// Checks of an experiment, one below the other.
pub fn checks(list: &[CheckLine], screen: Screen) -> String {
    let mut out = String::new();
    list.iter().for_each(|check| check_line(&mut out, check, screen));
    out
}

/// What stands before the run: the file, what was understood, and the method with its reason.
pub fn opening(block: &Block, screen: Screen) -> String {
    let mut out = String::new();
    let dot = if screen.unicode { "·" } else { "-" };
    let title = screen.shown(&format!("{} {dot} {}", block.file, block.system));
    let gap = WIDTH.saturating_sub(title.chars().count() + block.ready.chars().count()).max(2);
    out.push_str(&screen.paint(BOLD, &title));
    if !block.ready.is_empty() {
        out.push_str(&" ".repeat(gap));
        out.push_str(&screen.paint(DIM, &block.ready));
    }
    out.push('\n');
    let parts = |items: &[String]| items.join(if screen.unicode { " · " } else { "; " });
    labelled(&mut out, "understood", &parts(&block.understood), screen);
    labelled(&mut out, "conserved", &parts(&block.conserved), screen);
    labelled(&mut out, "method", &block.method, screen);
    labelled(&mut out, "because", &block.because, screen);
    if !block.more.is_empty() && !block.because.is_empty() {
        labelled(&mut out, "", &block.more, screen);
    }
    out
}

/// What stands after the run: plots, drift, checks, outcome, files.
pub fn closing(block: &Block, screen: Screen) -> String {
    let mut out = String::new();
    for plot in &block.plots {
        out.push('\n');
        small_plot(&mut out, plot, screen);
    }
    if !block.plots.is_empty() {
        out.push('\n');
    }
    for (i, (name, value, remark)) in block.drift.iter().enumerate() {
        let label = if i == 0 { "drift" } else { "" };
        let remark = if remark.is_empty() { String::new() } else { format!("   {remark}") };
        labelled(&mut out, label, &format!("{name}   {}{remark}", number(*value)), screen);
    }
    for (i, line) in block.trust.iter().enumerate() {
        labelled(&mut out, if i == 0 { "trust" } else { "" }, line, screen);
    }
    for check in &block.checks {
        check_line(&mut out, check, screen);
    }
    let style = if block.failed { RED } else { BOLD };
    for line in wrapped(&screen.shown(&block.outcome), WIDTH - 2) {
        out.push_str(&format!("  {}\n", screen.paint(style, &line)));
    }
    if !block.files.is_empty() {
        let files = format!("{}  {}", block.folder, block.files.join("  "));
        for line in wrapped(&screen.shown(&files), WIDTH - 2) {
            out.push_str(&format!("  {line}\n"));
        }
    }
    if !block.next.is_empty() {
        let dot = if screen.unicode { "  ·  " } else { "  |  " };
        for line in wrapped(&screen.shown(&format!("next  {}", block.next.join(dot))), WIDTH - 2) {
            out.push_str(&format!("  {}\n", screen.paint(DIM, &line)));
        }
    }
    out
}

/// Both parts together.
pub fn block(block: &Block, screen: Screen) -> String {
    opening(block, screen) + &closing(block, screen)
}

fn labelled(out: &mut String, label: &str, text: &str, screen: Screen) {
    if text.is_empty() {
        return;
    }
    for (i, line) in wrapped(&screen.shown(text), WIDTH - LABEL).iter().enumerate() {
        let name = if i == 0 { label } else { "" };
        let pad = " ".repeat(LABEL - 2 - name.len());
        out.push_str(&format!("  {}{pad}{line}\n", screen.paint(DIM, name)));
    }
}

fn small_plot(out: &mut String, plot: &SmallPlot, screen: Screen) {
    let finite = plot.values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return;
    }
    let lines = braille::curve(&plot.values, WIDTH - LABEL - 2, 4, screen.unicode);
    let last = lines.len() - 1;
    let text = |i: usize| match i {
        0 => format!("{:>width$}", digits(high, 3), width = LABEL - 4),
        1 => format!("{:<width$}", shortened(&screen.shown(&plot.label), LABEL - 4), width = LABEL - 4),
        2 if !plot.unit.is_empty() => {
            format!("{:<width$}", shortened(&screen.shown(&format!("[{}]", plot.unit)), LABEL - 4), width = LABEL - 4)
        }
        i if i == last => format!("{:>width$}", digits(low, 3), width = LABEL - 4),
        _ => " ".repeat(LABEL - 4),
    };
    for (i, line) in lines.iter().enumerate() {
        out.push_str(&format!("  {} {line}\n", text(i)).replace(" \n", "\n"));
    }
}

fn check_line(out: &mut String, check: &CheckLine, screen: Screen) {
    let (sign, style) = match (check.holds, screen.unicode) {
        (true, true) => ("✓", GREEN),
        (false, true) => ("✗", RED),
        (true, false) => ("ok", GREEN),
        (false, false) => ("FAILS", RED),
    };
    let indent = sign.chars().count() + 10;
    let room = WIDTH - indent;
    let text = screen.shown(&check.text);
    let measured = screen.shown(&check.measured);
    let one_line = text.chars().count() + measured.chars().count() + 2 <= room;
    let lines = if one_line {
        let gap = room - text.chars().count() - measured.chars().count();
        vec![format!("{text}{}{measured}", " ".repeat(gap)).trim_end().to_owned()]
    } else {
        let mut lines = wrapped(&text, room);
        lines.extend(wrapped(&measured, room));
        lines
    };
    for (i, line) in lines.iter().enumerate() {
        if i == 0 {
            out.push_str(&format!("  {} {}  {line}\n", screen.paint(style, sign), screen.paint(style, "check")));
        } else {
            out.push_str(&format!("{}{line}\n", " ".repeat(indent)));
        }
    }
    if !check.holds && !check.because.is_empty() {
        for line in wrapped(&screen.shown(&format!("because {}", check.because)), room) {
            out.push_str(&format!("{}{}\n", " ".repeat(indent), screen.paint(DIM, &line)));
        }
    }
}

/// At most `width` characters.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width - 1).chain(['.']).collect() }
}

/// Lines of at most `width` characters, broken at spaces; a longer word is broken where it must be.
/// Spaces within a line stay.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut rest: Vec<char> = paragraph.chars().collect();
        while rest.len() > width {
            let at = (1..=width).rev().find(|i| rest[*i] == ' ').unwrap_or(width);
            let line: String = rest[..at].iter().collect();
            lines.push(line.trim_end().to_owned());
            rest.drain(..at);
            while rest.first() == Some(&' ') {
                rest.remove(0);
            }
        }
        let line: String = rest.iter().collect();
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A whole number with a comma before each group of three digits.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number with its unit.
pub fn quantity(value: f64, unit: &str) -> String {
    if unit.is_empty() { number(value) } else { format!("{} {unit}", number(value)) }
}

/// Greek letters by name, signs by their ASCII neighbours, `?` for the rest.
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if c.is_ascii() => out.push(c),
            '·' | '⋅' | '×' => out.push('*'),
            '−' | '–' | '—' => out.push('-'),
            '′' => out.push('\''),
            '″' => out.push_str("''"),
            '…' => out.push_str("..."),
            '≈' => out.push_str("~="),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '≠' => out.push_str("!="),
            '±' => out.push_str("+-"),
            '→' => out.push_str("->"),
            '°' => out.push_str("deg"),
            '∂' => out.push('d'),
            '²' => out.push_str("^2"),
            '³' => out.push_str("^3"),
            '₀'..='₉' => out.push(char::from(b'0' + (c as u32 - '₀' as u32) as u8)),
            '“' | '”' => out.push('"'),
            '‘' | '’' => out.push('\''),
            '✓' => out.push('+'),
            '✗' => out.push('x'),
            '⠀'..='⣿' => out.push('.'),
            c => match greek(c) {
                Some(name) => out.push_str(name),
                None => out.push('?'),
            },
        }
    }
    out
}

//! Progress of long work: a bar on a terminal after half a second, plain lines elsewhere.

use super::streams::Streams;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A bar is drawn only for work longer than this.
const PATIENCE: Duration = Duration::from_millis(500);
/// Without a terminal a line is written for each tenth, and at least this often.
const LINE_EVERY: Duration = Duration::from_secs(60);
/// Parts of the bar.
const PARTS: u64 = 10_000;

/// Progress of work that is done piece by piece, each with a time of its own. What it shows depends on the clock; no
/// result does.
pub struct Progress {
    streams: Streams,
    label: String,
    piece: String,
    start: Instant,
    /// How much of the piece was done when it was first heard of: kept work is no measure of the pace.
    first: f64,
    bar: Option<ProgressBar>,
    terminal: bool,
    tenths: u32,
    last_line: Instant,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new(streams: &Streams, label: impl Into<String>) -> Progress {
        let now = Instant::now();
        Progress {
            streams: streams.clone(),
            label: label.into(),
            piece: String::new(),
            start: now,
            first: 0.0,
            bar: None,
            terminal: std::io::stderr().is_terminal(),
            tenths: 0,
            last_line: now,
        }
    }

    /// `share` of the piece is done, from 0 to 1; `note` says how far in its own words: `12.5 s of 20 s`.
    pub fn update(&mut self, piece: &str, share: f64, note: &str) {
        if self.piece != piece {
            self.begin(piece, share);
        }
        if !self.streams.progress || self.start.elapsed() < PATIENCE {
            return;
        }
        let share = share.clamp(0.0, 1.0);
        let gap = if piece.is_empty() { "" } else { "  " };
        if self.terminal {
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(Some(PARTS), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("  {bar:40} {msg}  {eta} left");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar
            });
            bar.set_message(format!("{piece}{gap}{note}"));
            bar.set_position((share * PARTS as f64) as u64);
            return;
        }
        let tenths = (share * 10.0) as u32;
        if tenths > self.tenths || self.last_line.elapsed() > LINE_EVERY {
            self.tenths = tenths;
            self.last_line = Instant::now();
            let left = self.start.elapsed().mul_f64((1.0 - share) / (share - self.first).max(1e-6));
            self.streams.note(&format!(
                "{}: {:.0} %  {piece}{gap}{note}  {} s left",
                self.label,
                share * 100.0,
                left.as_secs()
            ));
        }
    }

    fn begin(&mut self, piece: &str, share: f64) {
        self.finish();
        let now = Instant::now();
        self.piece = piece.to_owned();
        (self.start, self.last_line, self.tenths) = (now, now, (share * 10.0) as u32);
        self.first = share;
    }

    /// Removes the bar.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

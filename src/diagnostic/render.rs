//! Diagnostics as text for people, as one line each, and as JSON.

use super::{Diagnostic, Files, Severity};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// With the source text, for people.
    Human {
        /// Whether to use colours.
        colour: bool,
    },
    /// `file:line:col: error[E0101]: message`
    Short,
    /// One JSON document a line.
    Json,
}

/// One diagnostic, without a final line break.
pub fn render(diagnostic: &Diagnostic, files: &Files, format: Format) -> String {
    match format {
        Format::Human { colour } => human(diagnostic, files, colour),
        Format::Short => {
            let (line, column) = files.line_column(diagnostic.span);
            let name = files.get(diagnostic.span.file).map_or("", |f| f.name.as_str());
            format!(
                "{name}:{line}:{column}: {}[{}]: {}",
                word(diagnostic.severity),
                diagnostic.code,
                escape(&diagnostic.message)
            )
        }
        Format::Json => json(diagnostic, files).to_string(),
    }
}

/// Many diagnostics, the first [`crate::limits::DIAGNOSTICS_SHOWN`] of them, then a count.
pub fn render_all(diagnostics: &[Diagnostic], files: &Files, format: Format) -> String {
    let shown = crate::limits::DIAGNOSTICS_SHOWN;
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(shown) {
        out.push_str(&render(diagnostic, files, format));
        out.push('\n');
        if matches!(format, Format::Human { .. }) {
            out.push('\n');
        }
    }
    if diagnostics.len() > shown && format != Format::Json {
        out.push_str(&format!("… and {} more\n", diagnostics.len() - shown));
    }
    out
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Control characters of user text are shown, never sent to the terminal.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { c.escape_debug().to_string() } else { c.to_string() })
        .collect()
}

fn human(diagnostic: &Diagnostic, files: &Files, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let message = escape(&diagnostic.message);
    let title = level.primary_title(message).id(diagnostic.code);
    let mut group = annotate_snippets::Group::with_title(title);
    let mut by_file: Vec<u32> = vec![diagnostic.span.file];
    for label in &diagnostic.labels {
        if !by_file.contains(&label.span.file) {
            by_file.push(label.span.file);
        }
    }
    for number in by_file {
        let Some(file) = files.get(number) else { continue };
        let clamp = |s: super::Span| clamp(&file.text, s.start as usize, s.end as usize);
        let mut snippet = Snippet::source(file.text.as_ref()).path(file.name.as_str());
        if diagnostic.span.file == number {
            let mut primary = AnnotationKind::Primary.span(clamp(diagnostic.span));
            if !diagnostic.at.is_empty() {
                primary = primary.label(escape(&diagnostic.at));
            }
            snippet = snippet.annotation(primary);
        }
        for label in diagnostic.labels.iter().filter(|l| l.span.file == number) {
            snippet = snippet.annotation(AnnotationKind::Context.span(clamp(label.span)).label(escape(&label.text)));
        }
        group = group.element(snippet);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(escape(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape(help)));
    }
    renderer.render(&[group])
}

/// A range of bytes inside the text and on character boundaries.
fn clamp(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let mut start = start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

fn json(diagnostic: &Diagnostic, files: &Files) -> serde_json::Value {
    let place = |span: super::Span| {
        let (line, column) = files.line_column(span);
        serde_json::json!({
            "file": files.get(span.file).map_or("", |f| f.name.as_str()),
            "start": span.start, "end": span.end, "line": line, "column": column,
        })
    };
    serde_json::json!({
        "schema": 1,
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "span": place(diagnostic.span),
        "at": diagnostic.at,
        "labels": diagnostic.labels.iter().map(|l| serde_json::json!({"span": place(l.span), "text": l.text})).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
    })
}

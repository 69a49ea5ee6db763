//! `trajectory.csv` and its sidecar for "CSV on the Web".

use super::ReportError;
use super::table::Table;
use serde_json::json;
use std::fmt::Write as _;

/// Which names stand in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Names {
    /// As the language spells them.
    #[default]
    Exact,
    /// The plain aliases.
    Ascii,
}

/// The table as CSV: one header line, then rows of numbers with seventeen significant digits, which
/// every reader turns into the same bits; lines end with a line feed. A table with `nan` or `inf` is
/// refused with its first bad column and row.
pub fn csv(table: &Table, names: Names) -> Result<Vec<u8>, ReportError> {
    table.check_finite()?;
    let columns = table.columns();
    let mut out = String::with_capacity(table.rows().saturating_mul(columns.len()).saturating_mul(24));
    for (i, column) in columns.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&quoted(match names {
            Names::Exact => &column.name,
            Names::Ascii => &column.ascii,
        }));
    }
    out.push('\n');
    for row in 0..table.rows() {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let _ = write!(out, "{:.16e}", column.values[row]);
        }
        out.push('\n');
    }
    Ok(out.into_bytes())
}

/// Quotes a name that holds a comma, a quote or a line break.
fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// `trajectory.csv-metadata.json`: what each column is, in the vocabulary of "CSV on the Web" (W3C,
/// 2015), whose readers look for the sidecar by this name. `provenance` is the provenance itself, or the
/// name of the file beside that holds it.
pub fn sidecar(table: &Table, file: &str, names: Names, provenance: &serde_json::Value) -> Vec<u8> {
    let columns: Vec<serde_json::Value> = table
        .columns()
        .iter()
        .map(|c| {
            let title = if names == Names::Exact { &c.name } else { &c.ascii };
            let mut entry = json!({
                "name": c.ascii, "titles": title, "dc:title": c.name, "datatype": "double", "required": true,
                "schema:unitText": c.unit, "schema:category": c.kind,
            });
            if let (Some(line), Some(map)) = (c.line, entry.as_object_mut()) {
                map.insert("dc:source".to_owned(), json!(format!("line {line}")));
            }
            entry
        })
        .collect();
    let document = json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": file,
        "dc:provenance": provenance,
        "dialect": { "header": true, "delimiter": ",", "encoding": "utf-8" },
        "tableSchema": { "columns": columns },
    });
    super::document(&document)
}

//! Results as bytes: tables, summaries, figures, and the text of the terminal.
//!
//! Everything here is a function from values to bytes or strings; nothing is opened and nothing is
//! printed. The same values give the same bytes.

mod alias;
mod braille;
mod csv;
mod npz;
pub mod plot;
mod provenance;
mod score_table;
mod scores;
mod summary;
mod table;
pub mod terminal;

pub use alias::{alias, aliases, greek};
pub use csv::{Names, csv, sidecar};
pub use npz::npz;
pub use provenance::{Parameter, Provenance, hash, version};
pub use score_table::ScoreTable;
pub use scores::{Against, Cell, Head, Row, Scores, Verdict};
pub use summary::{Check, Event, Summary};
pub use table::{Column, ColumnInfo, ColumnInput, Kind, Table};

/// A layout of JSON documents that other programs read, as `hamel list schemas` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaEntry {
    /// Its name.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// The JSON Schema (draft 2020-12).
    pub text: &'static str,
}

/// All layouts.
pub const SCHEMAS: &[SchemaEntry] = &[
    SchemaEntry {
        name: "summary",
        about: "summary.json of a run, and `hamel simulate --json`",
        text: include_str!("schema/summary.json"),
    },
    SchemaEntry {
        name: "experiment",
        about: "what `export results` writes, and each of `hamel run --json`",
        text: include_str!("schema/experiment.json"),
    },
];

use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// Why a result cannot be written. Each displays as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportError {
    /// A value is `nan` or `inf`.
    NotFinite {
        /// Its column.
        column: String,
        /// Its row, from 0.
        row: usize,
    },
    /// Two columns have one name.
    TwiceNamed {
        /// The name.
        column: String,
    },
    /// A column is longer or shorter than the first.
    Ragged {
        /// Its name.
        column: String,
        /// Its length.
        rows: usize,
        /// The length of the first.
        expected: usize,
    },
    /// An archive or picture could not be encoded.
    Encoding {
        /// What the encoder said.
        reason: String,
    },
}

impl ReportError {
    fn archive(error: impl fmt::Display) -> Self {
        ReportError::Encoding { reason: error.to_string() }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::NotFinite { column, row } => {
                write!(f, "column `{column}` holds a value that is not finite (row {row}); nothing is written")
            }
            ReportError::TwiceNamed { column } => write!(f, "two columns have the name `{column}`"),
            ReportError::Ragged { column, rows, expected } => {
                write!(f, "column `{column}` has {rows} rows where the first has {expected}")
            }
            ReportError::Encoding { reason } => write!(f, "the result could not be encoded: {reason}"),
        }
    }
}

impl std::error::Error for ReportError {}

/// A JSON object with its keys in the order they were given.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs<T>(pub Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<T> FromIterator<(String, T)> for Pairs<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(items: I) -> Self {
        Pairs(items.into_iter().collect())
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A JSON document as it lies in a file: indented by two, ended by a line feed.
pub fn document(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("every key of a result is a string");
    bytes.push(b'\n');
    bytes
}

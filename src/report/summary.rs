//! `summary.json`: how a run ended and what was conserved. Other programs read it.

use super::Pairs;
use super::provenance::Provenance;
use super::table::ColumnInfo;
use serde::Serialize;

/// The verdict on one `check` line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// The line as the formatter prints it.
    pub text: String,
    /// Whether it held at every sample.
    pub holds: bool,
    /// Left side at the worst sample, `abs(a - b)` of an `≈`, or the number of failing samples; `null`
    /// where it is not finite.
    pub value: f64,
    /// What it may be.
    pub bound: f64,
}

/// An event that fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its declared name.
    pub name: String,
    /// Instant in s (or in the file's own unit of time, where it has none).
    pub t: f64,
}

/// The document; its fields are the keys, in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this layout, 1.
    pub schema: u32,
    /// Name of the system.
    pub system: String,
    /// Name of the outcome: `Finished`, `NonFiniteState`, …
    pub outcome: String,
    /// Where the run ended.
    pub t: f64,
    /// Last row: column → value.
    #[serde(rename = "final")]
    pub last: Pairs<f64>,
    /// Name of the method.
    pub method: String,
    /// Why this method.
    pub reason: String,
    /// Accepted steps.
    pub steps: u64,
    /// Rejected steps.
    pub rejected: u64,
    /// Evaluations of the vector field.
    pub evaluations: u64,
    /// Invariant → worst relative drift.
    pub drift: Pairs<f64>,
    /// The checks in the order of the file.
    pub checks: Vec<Check>,
    /// The events in the order of time.
    pub events: Vec<Event>,
    /// The columns of the tables.
    pub columns: Vec<ColumnInfo>,
    /// Axis → its points.
    pub grids: Pairs<Vec<f64>>,
    /// Time the run took; the one value that differs between two runs.
    pub seconds: f64,
    /// Where the result comes from.
    pub provenance: Provenance,
    /// Further certificates, each a key of its own: `balance`, `amplification`.
    #[serde(flatten)]
    pub certificates: Pairs<f64>,
}

impl Summary {
    /// The document as bytes, indented, with a final line feed. Numbers are the shortest that read
    /// back; a value that is not finite is `null`.
    pub fn to_json(&self) -> Vec<u8> {
        super::document(self)
    }
}

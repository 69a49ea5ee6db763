//! Where a result comes from: enough to make it again, and nothing that differs between two makings.

use super::Pairs;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A parameter with the value that the run used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// `m1`, `m[sun]`
    pub name: String,
    /// In SI.
    pub value: f64,
    /// SI unit, `""` for a pure number.
    pub unit: String,
}

/// What every output carries. No clock and no path: the same run gives the same bytes anywhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Provenance {
    /// Version of `hamel`.
    pub version: String,
    /// [`hash`] of the source text with its imports.
    pub sha256: String,
    /// Name of the system.
    pub system: String,
    /// Resolved parameters in the order of the file.
    pub parameters: Vec<Parameter>,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Name of the method.
    pub method: String,
    /// Why this method.
    pub reason: String,
    /// Everything else that was asked for: `t`, `rtol`, `step`, `--set` lines.
    pub settings: Pairs<String>,
}

impl Provenance {
    /// One line of JSON, as PNG text chunks and SVG metadata carry it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a provenance has string keys only")
    }
}

/// This version of `hamel`.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// SHA-256 of a source text with its imports, in hexadecimal. `texts` starts with the main file, then
/// the imports in the order in which they were first read. A file without imports has the hash that
/// `sha256sum` prints; otherwise it is the hash of the texts' digests one after another.
pub fn hash(texts: &[&str]) -> String {
    let digest = match texts {
        [one] => Sha256::digest(one.as_bytes()),
        many => {
            let digests: Vec<u8> = many.iter().flat_map(|text| Sha256::digest(text.as_bytes())).collect();
            Sha256::digest(&digests)
        }
    };
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

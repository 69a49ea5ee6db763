//! Weights as a file: safetensors.
//!
//! Arrays of f64 by name, and under one key of the file's metadata a JSON object of texts, so that equal
//! contents are equal bytes. The object holds a SHA-256 digest of all arrays: a file that was cut off or
//! changed is refused.

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Version of the format; a reader takes its own only.
const FORMAT: &str = "hamel-weights 1";
/// The key of the file's metadata.
const KEY: &str = "hamel";

/// An array with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedArray {
    /// Unique in its file.
    pub name: String,
    /// Extents.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f64>,
}

/// Contents of a file of weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// Texts: kind, hashes, step, source.
    pub texts: BTreeMap<String, String>,
    /// Arrays in order.
    pub arrays: Vec<SavedArray>,
}

impl Saved {
    /// Adds a vector.
    pub fn numbers(&mut self, name: &str, values: &[f64]) {
        self.arrays.push(SavedArray { name: name.to_owned(), shape: vec![values.len()], values: values.to_vec() });
    }

    /// Adds an array.
    pub fn shaped(&mut self, name: &str, shape: &[usize], values: &[f64]) {
        self.arrays.push(SavedArray { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec() });
    }

    /// The values of an array.
    pub fn array(&self, name: &str) -> Option<&[f64]> {
        self.arrays.iter().find(|a| a.name == name).map(|a| a.values.as_slice())
    }

    fn digest(&self) -> String {
        let mut digest = Sha256::new();
        let mut sorted: Vec<&SavedArray> = self.arrays.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        for a in sorted {
            digest.update((a.name.len() as u64).to_le_bytes());
            digest.update(a.name.as_bytes());
            a.shape.iter().for_each(|n| digest.update((*n as u64).to_le_bytes()));
            a.values.iter().for_each(|x| digest.update(x.to_le_bytes()));
        }
        for (key, text) in self.texts.iter().filter(|(key, _)| !matches!(key.as_str(), "format" | "digest")) {
            digest.update((key.len() as u64).to_le_bytes());
            digest.update(key.as_bytes());
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        }
        digest.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut texts = self.texts.clone();
        texts.insert("format".into(), FORMAT.into());
        texts.insert("digest".into(), self.digest());
        let header = serde_json::to_string(&texts).expect("invariant: texts are JSON");
        let data: Vec<Vec<u8>> =
            self.arrays.iter().map(|a| a.values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
        let mut views: Vec<(String, TensorView<'_>)> = Vec::with_capacity(self.arrays.len());
        for (a, bytes) in self.arrays.iter().zip(&data) {
            let view = TensorView::new(Dtype::F64, a.shape.clone(), bytes);
            views.push((a.name.clone(), view.expect("invariant: as many bytes as numbers")));
        }
        let metadata = HashMap::from([(KEY.to_owned(), header)]);
        serialize(views, Some(metadata)).expect("invariant: arrays of one type serialise")
    }

    /// Reads a file; what is wrong with it, else.
    pub fn read(bytes: &[u8]) -> Result<Saved, String> {
        let (_, head) = SafeTensors::read_metadata(bytes).map_err(|e| format!("it is no safetensors file ({e})"))?;
        let header = head.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or("it was not written by hamel")?;
        let texts: BTreeMap<String, String> =
            serde_json::from_str(header).map_err(|e| format!("its description cannot be read ({e})"))?;
        if texts.get("format").map(String::as_str) != Some(FORMAT) {
            let other = texts.get("format").map_or("unknown", String::as_str);
            return Err(format!("its format is `{other}`, this version reads `{FORMAT}`"));
        }
        let file = SafeTensors::deserialize(bytes).map_err(|e| format!("it is damaged ({e})"))?;
        let mut arrays = Vec::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F64 {
                return Err(format!("`{name}` does not hold 64-bit floats"));
            }
            let values = view.data().chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap_or_default()));
            arrays.push(SavedArray { values: values.collect(), shape: view.shape().to_vec(), name });
        }
        arrays.sort_by(|a, b| a.name.cmp(&b.name));
        let saved = Saved { texts, arrays };
        if saved.texts.get("digest") != Some(&saved.digest()) {
            return Err("its contents do not match their digest: it was changed or cut off".into());
        }
        Ok(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_seen() {
        let mut saved = Saved::default();
        saved.texts.insert("kind".into(), "fitted".into());
        saved.numbers("b", &[1.0, -0.0, f64::MIN_POSITIVE]);
        saved.shaped("W", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let bytes = saved.bytes();
        assert_eq!(bytes, saved.bytes());
        let back = Saved::read(&bytes).expect("a good file");
        assert_eq!(back.array("W"), Some(&[1.0, 2.0, 3.0, 4.0][..]));
        assert_eq!(back.texts["kind"], "fitted");
        let mut damaged = bytes.clone();
        let last = damaged.len() - 3;
        damaged[last] ^= 1;
        assert!(Saved::read(&damaged).is_err());
        assert!(Saved::read(&bytes[..bytes.len() - 8]).is_err());
        assert!(Saved::read(b"nothing").is_err());
    }
}

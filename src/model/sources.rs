//! Where imported texts come from. `model` never opens a file; the conductor hands it a
//! [`Sources`] that reads inside the allowed folder, and tests hand it texts in memory.

use super::fitted::FittedFile;

/// The way to a text that a `use` line names.
pub trait Sources {
    /// The text of `path`, relative to the file `from`. Returns the name under which the file is
    /// shown (and by which a second import of it is recognised) and its text, or a sentence that
    /// says why it cannot be read.
    fn read(&self, from: &str, path: &str) -> Result<(String, String), String>;

    /// The bytes of a data file that the file `from` names, or a sentence that says why there are none.
    fn bytes(&self, from: &str, path: &str) -> Result<Vec<u8>, String> {
        let _ = from;
        Err(format!("`{path}` cannot be read: this text lies in no folder"))
    }

    /// The file of a fitted system that the file `from` names: the name under which it is shown, and what it
    /// holds; or a sentence that says why it cannot be read.
    fn fitted(&self, from: &str, path: &str) -> Result<(String, FittedFile), String> {
        let _ = from;
        Err(format!("`{path}` cannot be read: this text lies in no folder"))
    }

    /// The files of `std/NAME`, each with its name, in sorted order.
    fn standard(&self, name: &str) -> Option<Vec<(String, String)>>;

    /// Names of the standard library, for "did you mean".
    fn standard_names(&self) -> Vec<String>;
}

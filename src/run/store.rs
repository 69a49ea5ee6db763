//! Where results of earlier runs are kept: bytes by name.
//!
//! The conductor knows no disk; the command line hands it a folder, and tests a map or nothing.

/// Bytes by name. A name is a relative path of ASCII letters, digits, `-`, `.` and `/`.
///
/// Two processes may share a store: a read gives the whole of what one of them wrote, or nothing.
pub trait Store {
    /// What is kept under a name; a sentence, where it is there and cannot be read.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String>;
    /// Keeps bytes, in place of those that had the name before, whole or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String>;
    /// Forgets what is kept under a name.
    fn remove(&self, name: &str) -> Result<(), String>;
    /// Seconds of work from which on rows and runs are kept: reading them back takes some milliseconds.
    fn worth(&self) -> f64 {
        0.5
    }
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoStore;

impl Store for NoStore {
    fn read(&self, _: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    fn write(&self, _: &str, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

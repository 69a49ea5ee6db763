//! The folder of kept results, and `hamel clean`.

use super::args::Clean;
use super::exit::{Exit, Stop};
use super::streams::Streams;
use crate::files;
use crate::run::store::Store;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Name of the folder of kept results below the folder for results.
const FOLDER: &str = ".cache";

/// The folder for the results of a file: `out/FILE`, or what `--out` names.
pub fn results_folder(file: &Path, out: Option<&Path>) -> PathBuf {
    let stem = file.file_stem().map_or_else(|| "out".into(), |s| s.to_string_lossy().into_owned());
    out.map(Path::to_owned).unwrap_or_else(|| PathBuf::from("out").join(stem))
}

/// A folder as a store.
#[derive(Clone, Debug)]
pub struct Folder {
    folder: PathBuf,
    /// What is there already is not read.
    fresh: bool,
}

impl Folder {
    /// The kept results below a folder for results.
    pub fn new(results: &Path, fresh: bool) -> Folder {
        Folder { folder: results.join(FOLDER), fresh }
    }
}

impl Store for Folder {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        if self.fresh { Ok(None) } else { files::read_result(&self.folder, name).map_err(|e| e.to_string()) }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        files::write_result(&self.folder, name, bytes).map(|_| ()).map_err(|e| e.to_string())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        files::remove_result(&self.folder, name).map_err(|e| e.to_string())
    }
}

/// `hamel clean FILE`: kept results and checkpoints of a file. Its results stay.
pub fn clean(a: &Clean, streams: &Streams) -> Result<Exit, Stop> {
    let folder = results_folder(&a.file, a.out.as_deref()).join(FOLDER);
    let there = files::remove_folder(&folder)?;
    let shown = folder.display().to_string();
    streams.note(&if there { format!("removed {shown}") } else { format!("nothing is kept in {shown}") });
    streams.document(&json!({ "schema": 1, "folder": shown, "removed": there }))?;
    Ok(Exit::Done)
}

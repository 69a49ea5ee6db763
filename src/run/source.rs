//! A `.sys` file with its imports, read inside its folder.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::files::{self, FileError, Folder};
use crate::model::fitted::FittedFile;
use crate::model::{self, Program, Sources};
use std::path::Path;

/// Imports from the folder of a file, and the embedded standard library.
pub struct FolderSources {
    folder: Folder,
}

impl Sources for FolderSources {
    fn read(&self, from: &str, path: &str) -> Result<(String, String), String> {
        self.folder.import(from, path).map_err(|e| e.to_string())
    }

    fn bytes(&self, from: &str, path: &str) -> Result<Vec<u8>, String> {
        self.folder.data(from, path).map_err(|e| e.to_string())
    }

    fn fitted(&self, from: &str, path: &str) -> Result<(String, FittedFile), String> {
        let shown = self.folder.shown(from, path).map_err(|e| e.to_string())?;
        Ok((shown, super::fitted_file::read(path, &self.bytes(from, path)?)?))
    }

    fn standard(&self, name: &str) -> Option<Vec<(String, String)>> {
        library(name)
    }

    fn standard_names(&self) -> Vec<String> {
        library_names()
    }
}

/// The embedded standard library alone, for text that lies in no folder.
pub struct EmbeddedSources;

impl Sources for EmbeddedSources {
    fn read(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("`{path}` cannot be imported: this text lies in no folder"))
    }

    fn standard(&self, name: &str) -> Option<Vec<(String, String)>> {
        library(name)
    }

    fn standard_names(&self) -> Vec<String> {
        library_names()
    }
}

fn library(name: &str) -> Option<Vec<(String, String)>> {
    let texts = files::standard_library(name)?;
    Some(texts.iter().map(|(file, text)| (format!("std/{name}/{file}"), (*text).to_owned())).collect())
}

fn library_names() -> Vec<String> {
    files::standard_library_names().map(str::to_owned).collect()
}

/// A file, parsed with its imports, and what is wrong with it so far.
pub struct Loaded {
    /// The program.
    pub program: Program,
    /// Problems of syntax and of imports.
    pub diagnostics: Diagnostics,
}

/// Reads a file from the disk; `-` is the standard input.
pub fn load_file(path: &Path, root: Option<&Path>) -> Result<Loaded, FileError> {
    if path == Path::new("-") {
        let text = files::read_standard_input()?;
        return Ok(load_text("standard input", &text));
    }
    let text = files::read_named(path)?;
    let folder = Folder::new(path, root)?;
    let (program, diagnostics) = model::load(&folder.main(), &text, &FolderSources { folder });
    Ok(Loaded { program, diagnostics })
}

/// Reads a text that lies in no folder.
pub fn load_text(name: &str, text: &str) -> Loaded {
    let (program, diagnostics) = model::load(name, text, &EmbeddedSources);
    Loaded { program, diagnostics }
}

/// All diagnostics of a program: syntax, every system, every derivation.
pub fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut all = loaded.diagnostics.clone();
    for (name, _) in model::system_names(&loaded.program) {
        let (system, problems) = model::resolve_system(&loaded.program, &name, &Default::default());
        all.extend(problems.sorted());
        if let Some(system) = system {
            let (_, problems) = crate::formalism::derive(&system);
            all.extend(problems.sorted());
            if let Err(d) = super::choose::known(&system.simulate.clone().unwrap_or_default()) {
                all.push(*d);
            }
        }
    }
    // An experiment reads its systems, so beside mistakes in those it is not looked into.
    if !all.has_errors() {
        let mut list = all.sorted();
        for (name, lines) in super::experiment::experiments(&loaded.program) {
            let (_, problems) = super::experiment::plan(&loaded.program, &name, &lines, 0, false);
            // What a system warns of has been said once.
            list.extend(problems.sorted());
        }
        let mut once = Diagnostics::new();
        for d in list {
            if !once.iter().any(|o| *o == d) {
                once.push(d);
            }
        }
        return once.sorted();
    }
    all.sorted()
}

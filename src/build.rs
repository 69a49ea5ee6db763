//! Embeds the folder `systems/` into the binary: the gallery and the standard library.
//!
//! `systems/*.sys` is the gallery, `systems/NAME/*.sys` together are `std/NAME`; `systems/experiments` are files to run, of
//! which nothing is imported. Folders are walked in sorted order, so the generated text depends on nothing but the files.

// The build script runs before `src/files.rs` exists, and reads nothing but the package.
#![allow(clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package folder")).join("systems");
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed={}", root.display());

    let mut text = String::from("const GALLERY: &[(&str, &str)] = &[\n");
    for file in sources(&root)? {
        let _ = writeln!(text, "    ({:?}, include_str!({:?})),", stem(&file), file.display().to_string());
    }
    text.push_str("];\nconst STANDARD: &[(&str, &[(&str, &str)])] = &[\n");
    for folder in entries(&root)?.into_iter().filter(|path| path.is_dir()) {
        let name = stem(&folder);
        if name == "experiments" {
            continue;
        }
        let _ = writeln!(text, "    ({name:?}, &[");
        for file in sources(&folder)? {
            let shown = format!("{}.sys", stem(&file));
            let _ = writeln!(text, "        ({shown:?}, include_str!({:?})),", file.display().to_string());
        }
        text.push_str("    ]),\n");
    }
    text.push_str("];\n");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    fs::write(out.join("embedded.rs"), text)
}

/// The `.sys` files directly in a folder, sorted by name.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|path| path.is_file() && path.extension().is_some_and(|e| e == "sys"));
    Ok(files)
}

/// What lies in a folder, sorted by name; nothing where there is no folder.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut paths = listing.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

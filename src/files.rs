//! The only door to the disk: confined reads, atomic writes, and the embedded standard library.
//!
//! *Reading.* A path that a source text names is virtual: relative, `/`-separated, normalised without
//! the disk, then resolved with its links, and it must still lie below the root. Only regular files
//! are opened, the size is checked before memory is taken, and the bytes must be UTF-8.
//!
//! *Writing.* [`write_atomic`] either leaves the old file or the whole new one, whatever happens in between.

// This is the file that may touch the disk.
#![allow(clippy::disallowed_methods)]

use crate::limits;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Largest file that is read as bytes (data sets, weights).
const DATA_BYTES: u64 = 4 << 30;
/// First part of the paths of data that are not the project's own.
pub const DATA_FOLDER: &str = "data";
/// The environment variable that names the folder which stands for [`DATA_FOLDER`] where none lies beside a file.
pub const DATA_VARIABLE: &str = "HAMEL_DATA";
/// Most source files that one folder on the command line may stand for.
const FOUND_FILES: usize = 10_000;
/// Deepest folder below a folder on the command line that is looked into.
const FOUND_DEPTH: usize = 32;

/// Why a file could not be read or written. Each displays as one sentence that names the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileError {
    /// The text is no path that a source may name.
    BadPath {
        /// As written.
        path: String,
        /// What is wrong with it, a clause.
        reason: &'static str,
    },
    /// The path leads out of the root, by `..` or by a link.
    OutsideRoot {
        /// As written.
        path: String,
    },
    /// There is no such file.
    NotFound {
        /// As written.
        path: String,
    },
    /// A folder, device, pipe or socket where a regular file is needed.
    NotAFile {
        /// As written.
        path: String,
        /// `folder`, `device`, …
        kind: &'static str,
    },
    /// More bytes than the limit.
    TooLarge {
        /// As written.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Bytes that are not UTF-8.
    NotText {
        /// As written.
        path: String,
        /// Line of the first bad byte, from 1.
        line: usize,
        /// Its offset in the file, from 0.
        byte: usize,
    },
    /// Something is there already and must not be replaced.
    Exists {
        /// As written.
        path: String,
    },
    /// The operating system refused.
    System {
        /// As written.
        path: String,
        /// What was being done, an infinitive: `read`, `write`, `rename`.
        action: &'static str,
        /// The system's own words.
        reason: String,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::BadPath { path, reason } => write!(f, "`{}` cannot be used as a path: {reason}", shown(path)),
            FileError::OutsideRoot { path } => write!(
                f,
                "`{}` leads out of the folder of the file on the command line (`--root DIR` widens it)",
                shown(path)
            ),
            FileError::NotFound { path } => write!(f, "there is no file `{}`", shown(path)),
            FileError::NotAFile { path, kind } => {
                write!(f, "`{}` is a {kind}, not a regular file", shown(path))
            }
            FileError::TooLarge { path, limit } => {
                write!(f, "`{}` is larger than the limit of {} MiB", shown(path), limit >> 20)
            }
            FileError::NotText { path, line, byte } => {
                write!(f, "`{}` is not UTF-8 text: the first bad byte is number {byte}, in line {line}", shown(path))
            }
            FileError::Exists { path } => write!(f, "`{}` exists already and is left as it is", shown(path)),
            FileError::System { path, action, reason } => write!(f, "cannot {action} `{}`: {reason}", shown(path)),
        }
    }
}

impl std::error::Error for FileError {}

impl FileError {
    /// The same error with the path as it stands in the source text.
    fn named(mut self, written: &str) -> FileError {
        match &mut self {
            FileError::BadPath { path, .. }
            | FileError::OutsideRoot { path }
            | FileError::NotFound { path }
            | FileError::NotAFile { path, .. }
            | FileError::TooLarge { path, .. }
            | FileError::NotText { path, .. }
            | FileError::Exists { path }
            | FileError::System { path, .. } => written.clone_into(path),
        }
        self
    }
}

/// A path for a message: control characters are shown, never sent to the terminal.
fn shown(path: &str) -> String {
    path.chars().map(|c| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() }).collect()
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn system(path: &Path, action: &'static str, error: &io::Error) -> FileError {
    let path = name_of(path);
    match error.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path },
        io::ErrorKind::AlreadyExists => FileError::Exists { path },
        _ => FileError::System { path, action, reason: sentence(error) },
    }
}

/// The system's message without the number that Rust adds.
fn sentence(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A path named by a source text, joined to the folder (itself below the root) of the file that names
/// it, and normalised: no `.`, no `..`, `/` between the parts. The disk is not looked at.
pub fn normalise(folder: &str, path: &str) -> Result<String, FileError> {
    let bad = |reason| FileError::BadPath { path: path.to_owned(), reason };
    if path.is_empty() {
        return Err(bad("it is empty"));
    }
    if path.len() > 4096 {
        return Err(bad("it is longer than 4096 bytes"));
    }
    if path.chars().any(|c| c.is_control() || is_bidirectional(c)) {
        return Err(bad("it holds a control character"));
    }
    if path.contains('\\') {
        return Err(bad("write `/` between folders, not `\\`"));
    }
    if path.starts_with('/') {
        return Err(bad("it is absolute, and paths in a file are relative to that file"));
    }
    if path.contains(':') {
        return Err(bad("it holds a `:` (a drive, a stream or an address)"));
    }
    if path.ends_with('/') {
        return Err(bad("it names a folder"));
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" => return Err(bad("it holds `//`")),
            "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(FileError::OutsideRoot { path: path.to_owned() });
                }
            }
            part if is_reserved(part) => return Err(bad("it is the name of a device on some systems")),
            part if part.len() > 255 => return Err(bad("a part of it is longer than 255 bytes")),
            part if part.ends_with([' ', '.']) => return Err(bad("a part of it ends with a space or a dot")),
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Err(bad("it names a folder")) } else { Ok(parts.join("/")) }
}

/// Characters that turn the direction of the text around them, and so can disguise a name.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `CON`, `nul.txt`, `COM1`, …: devices under Windows wherever they lie.
fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        other => {
            (other.starts_with("COM") || other.starts_with("LPT"))
                && other.len() == 4
                && other.ends_with(|c: char| c.is_ascii_digit())
        }
    }
}

/// The text of a source file below `root`; `path` as [`normalise`] gives or accepts it.
pub fn read_source(root: &Path, path: &str) -> Result<String, FileError> {
    text(path, read_confined(root, path, limits::SOURCE_BYTES as u64)?)
}

/// The bytes of a data file below `root`.
pub fn read_data(root: &Path, path: &str) -> Result<Vec<u8>, FileError> {
    read_confined(root, path, DATA_BYTES)
}

fn read_confined(root: &Path, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
    let relative = normalise("", path)?;
    let root = root.canonicalize().map_err(|e| system(root, "open the folder", &e))?;
    let full = root.join(&relative).canonicalize().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path: path.to_owned() },
        _ => FileError::System { path: path.to_owned(), action: "read", reason: sentence(&e) },
    })?;
    if !full.starts_with(&root) {
        return Err(FileError::OutsideRoot { path: path.to_owned() });
    }
    read_regular(&full, path, limit)
}

/// The folder that the imports of one file lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// As it stands before the names of files in messages: `""` for the working folder.
    root: PathBuf,
    /// The main file below the root, `/` between the parts.
    main: String,
}

impl Folder {
    /// The folder of `file`, or `root`, which then must hold the file.
    pub fn new(file: &Path, root: Option<&Path>) -> Result<Folder, FileError> {
        let own = file.parent().unwrap_or(Path::new(""));
        let name = name_of(Path::new(file.file_name().unwrap_or_default()));
        let Some(root) = root else { return Ok(Folder { root: own.to_owned(), main: name }) };
        let full_root = root.canonicalize().map_err(|e| system(root, "open the folder", &e))?;
        let full = file.canonicalize().map_err(|e| system(file, "read", &e))?;
        let below = full.strip_prefix(&full_root).map_err(|_| FileError::OutsideRoot { path: name_of(file) })?;
        let parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        Ok(Folder { root: root.to_owned(), main: parts.join("/") })
    }

    /// The name under which the main file is shown.
    pub fn main(&self) -> String {
        name_of(&self.root.join(&self.main))
    }

    /// A file that the file shown as `from` names: the name under which it is shown, and its text.
    pub fn import(&self, from: &str, path: &str) -> Result<(String, String), FileError> {
        let (root, target) = self.beside(from, path)?;
        let text = read_source(root, &target).map_err(|error| error.named(path))?;
        Ok((name_of(&self.root.join(target)), text))
    }

    /// The bytes of a data file that the file shown as `from` names. A path `data/…` that is not there is looked for
    /// below the folder that [`DATA_VARIABLE`] names.
    pub fn data(&self, from: &str, path: &str) -> Result<Vec<u8>, FileError> {
        let (root, target) = self.beside(from, path)?;
        let found = match (read_data(root, &target), std::env::var_os(DATA_VARIABLE)) {
            (Err(FileError::NotFound { .. }), Some(elsewhere)) => {
                match normalise("", path)?.strip_prefix(DATA_FOLDER).and_then(|rest| rest.strip_prefix('/')) {
                    Some(rest) => read_data(Path::new(&elsewhere), rest),
                    None => Err(FileError::NotFound { path: path.to_owned() }),
                }
            }
            (found, _) => found,
        };
        found.map_err(|error| error.named(path))
    }

    /// The name under which a file is shown that the file shown as `from` names.
    pub fn shown(&self, from: &str, path: &str) -> Result<String, FileError> {
        Ok(name_of(&self.root.join(self.beside(from, path)?.1)))
    }

    /// The root, and below it a path that the file shown as `from` names.
    fn beside(&self, from: &str, path: &str) -> Result<(&Path, String), FileError> {
        let relative = Path::new(from).strip_prefix(&self.root).map_or_else(|_| self.main.clone(), name_of);
        let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = normalise(folder, path)?;
        let root = if self.root.as_os_str().is_empty() { Path::new(".") } else { &self.root };
        Ok((root, target))
    }
}

/// The text of the file that a person named on the command line: anywhere, but regular, small and UTF-8.
pub fn read_named(path: &Path) -> Result<String, FileError> {
    let name = name_of(path);
    let full = path.canonicalize().map_err(|e| system(path, "read", &e))?;
    text(&name, read_regular(&full, &name, limits::SOURCE_BYTES as u64)?)
}

/// The text of the standard input, within the limit of a source file.
pub fn read_standard_input() -> Result<String, FileError> {
    let name = "standard input";
    let bytes = read_limited(io::stdin().lock(), name, limits::SOURCE_BYTES as u64, 0)?;
    text(name, bytes)
}

fn read_regular(full: &Path, name: &str, limit: u64) -> Result<Vec<u8>, FileError> {
    let refused = |e: io::Error| FileError::System { path: name.to_owned(), action: "read", reason: sentence(&e) };
    // Looked at before it is opened, since opening a pipe waits for its other end, and again after,
    // since the name may have changed hands.
    regular(&fs::symlink_metadata(full).map_err(refused)?, name, limit)?;
    let file = File::open(full).map_err(refused)?;
    let size = regular(&file.metadata().map_err(refused)?, name, limit)?;
    read_limited(file, name, limit, size)
}

fn regular(metadata: &fs::Metadata, name: &str, limit: u64) -> Result<u64, FileError> {
    let kind = metadata.file_type();
    if !kind.is_file() {
        let kind = if kind.is_dir() { "folder" } else { "device, pipe or socket" };
        return Err(FileError::NotAFile { path: name.to_owned(), kind });
    }
    if metadata.len() > limit {
        return Err(FileError::TooLarge { path: name.to_owned(), limit });
    }
    Ok(metadata.len())
}

/// Reads to the end, and stops one byte past the limit: a size may lie, and a file may grow.
fn read_limited(source: impl Read, name: &str, limit: u64, size: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity(size as usize);
    source.take(limit + 1).read_to_end(&mut bytes).map_err(|e| FileError::System {
        path: name.to_owned(),
        action: "read",
        reason: sentence(&e),
    })?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: name.to_owned(), limit });
    }
    Ok(bytes)
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..byte].iter().filter(|b| **b == b'\n').count();
        FileError::NotText { path: name.to_owned(), line, byte }
    })
}

/// The source files that a path on the command line stands for: itself, or all `.sys` files below a
/// folder, sorted. Links are not followed, and names that start with a dot and `out` are passed over.
pub fn find_sources(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let refused = |p: &Path, e: io::Error| system(p, "look at", &e);
    if !fs::metadata(path).map_err(|e| refused(path, e))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| refused(&folder, e))? {
            let entry = entry.map_err(|e| refused(&folder, e))?;
            let name = entry.file_name();
            let kind = entry.file_type().map_err(|e| refused(&folder, e))?;
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() && name != "out" && depth < FOUND_DEPTH {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() && entry.path().extension().is_some_and(|e| e == "sys") {
                if found.len() == FOUND_FILES {
                    return Err(FileError::TooLarge { path: name_of(path), limit: FOUND_FILES as u64 });
                }
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The operations that a write is made of, so that tests can make each of them fail in turn.
pub trait Disk {
    /// An open file.
    type File;
    /// Creates a file that does not exist yet.
    fn create(&mut self, path: &Path) -> io::Result<Self::File>;
    /// Writes all bytes.
    fn write(&mut self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Waits until the bytes of the file are on the disk.
    fn sync(&mut self, file: Self::File) -> io::Result<()>;
    /// Puts `from` in the place of `to` in one step.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, path: &Path) -> io::Result<()>;
}

/// The operating system's disk.
#[derive(Clone, Copy, Debug)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    type File = File;

    fn create(&mut self, path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&mut self, file: File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        // Only Unix can open a folder as a file; elsewhere the file system orders the rename itself.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Replaces a file by `bytes`, whole or not at all.
///
/// The bytes go into a new file beside the target, are synced and renamed over it, and on Unix the
/// folder is synced. After a kill at any instant the target holds the old or the new bytes; after a
/// loss of power too, where the file system keeps what it has confirmed. An error before the rename
/// leaves the target as it was and removes the file beside it; a failed sync is never tried again,
/// since systems forget the lost pages; a failed sync of the folder means that the new file is there
/// and unconfirmed. A link at the target is replaced, not followed.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_atomic_on(&mut SystemDisk, path, bytes)
}

/// Replaces a text that a person named, as [`write_atomic`] does, keeping its permissions; a link is
/// followed, since the person means the file behind it.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let full = path.canonicalize().map_err(|e| system(path, "write", &e))?;
    let permissions = fs::metadata(&full).map_err(|e| system(path, "write", &e))?.permissions();
    if permissions.readonly() {
        let reason = "it is marked as read-only".to_owned();
        return Err(FileError::System { path: name_of(path), action: "write", reason });
    }
    write_atomic(&full, bytes)?;
    fs::set_permissions(&full, permissions).map_err(|e| system(path, "keep the permissions of", &e))
}

/// [`write_atomic`] on any disk.
pub fn write_atomic_on<D: Disk>(disk: &mut D, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let name =
        path.file_name().ok_or_else(|| FileError::BadPath { path: name_of(path), reason: "it names no file" })?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (beside, mut file) =
        create_beside(disk, folder, &name.to_string_lossy()).map_err(|e| system(path, "write", &e))?;
    let written = disk
        .write(&mut file, bytes)
        .map_err(|e| system(path, "write", &e))
        .and_then(|()| disk.sync(file).map_err(|e| system(path, "sync", &e)))
        .and_then(|()| disk.rename(&beside, path).map_err(|e| system(path, "rename a new file to", &e)));
    if written.is_err() {
        // The error above is the one to report; a file left beside the target does no harm.
        let _ = disk.remove(&beside);
        return written;
    }
    disk.sync_folder(folder).map_err(|e| system(path, "confirm the writing of", &e))
}

/// Characters of a name that the new file beside it takes over.
const BESIDE_STEM: usize = 40;

/// A new file beside the target; its name says who left it, should it be left.
fn create_beside<D: Disk>(disk: &mut D, folder: &Path, name: &str) -> io::Result<(PathBuf, D::File)> {
    let stem: String = name.chars().take(BESIDE_STEM).collect();
    let process = std::process::id();
    let mut attempt = 0;
    loop {
        let beside = folder.join(format!(".{stem}.{process}-{attempt}.part"));
        match disk.create(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Creates the folder for results and those above it.
pub fn create_folder(folder: &Path) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(|e| system(folder, "create the folder", &e))
}

/// Creates one folder that must not exist yet.
pub fn create_new_folder(folder: &Path) -> Result<(), FileError> {
    fs::create_dir(folder).map_err(|e| system(folder, "create the folder", &e))
}

/// Writes one result below the output folder and returns where; `name` may hold folders, and cannot lead out.
pub fn write_result(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, FileError> {
    let relative = normalise("", name)?;
    let mut parts: Vec<&str> = relative.split('/').collect();
    let last = parts.pop().expect("a normalised path has a part");
    create_folder(folder)?;
    let mut inside = folder.to_owned();
    for part in parts {
        inside.push(part);
        // A link could lead anywhere, so none is followed below the output folder.
        match fs::symlink_metadata(&inside) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.is_symlink() => return Err(FileError::OutsideRoot { path: name.to_owned() }),
            Ok(_) => return Err(FileError::Exists { path: name_of(&inside) }),
            Err(_) => create_new_folder(&inside)?,
        }
    }
    let target = inside.join(last);
    if fs::symlink_metadata(&target).is_ok_and(|m| m.is_dir()) {
        return Err(FileError::NotAFile { path: name_of(&target), kind: "folder" });
    }
    write_atomic(&target, bytes)?;
    Ok(target)
}

/// Bytes that [`write_result`] wrote below a folder; `None` where nothing is there.
pub fn read_result(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, FileError> {
    match read_confined(folder, name, DATA_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file that [`write_result`] wrote below a folder, where it is there, and what killed processes left
/// beside it.
pub fn remove_result(folder: &Path, name: &str) -> Result<(), FileError> {
    let relative = normalise("", name)?;
    let (inside, last) = relative.rsplit_once('/').unwrap_or(("", &relative));
    let missing = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
    let (root, full) = match (folder.canonicalize(), folder.join(inside).canonicalize()) {
        (Ok(root), Ok(full)) => (root, full),
        (Err(e), _) | (_, Err(e)) if missing(&e) => return Ok(()),
        (Err(e), _) | (_, Err(e)) => return Err(system(folder, "open the folder", &e)),
    };
    if !full.starts_with(&root) {
        return Err(FileError::OutsideRoot { path: name.to_owned() });
    }
    remove_left(&full, last);
    match fs::remove_file(full.join(last)) {
        Err(e) if !missing(&e) => Err(system(&full.join(last), "remove", &e)),
        _ => Ok(()),
    }
}

/// Removes what processes that were killed within [`write_atomic`] left beside a file. A file that a living process
/// is about to rename is younger than a minute.
fn remove_left(folder: &Path, name: &str) {
    let start = format!(".{}.", name.chars().take(BESIDE_STEM).collect::<String>());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let left = entry.file_name();
        let left = left.to_string_lossy();
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
        if left.starts_with(&start) && left.ends_with(".part") && age.is_some_and(|a| a.as_secs() > 60) {
            // One that stays does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes a folder with all it holds, where it is there; a link is not followed. Returns whether it was there.
pub fn remove_folder(folder: &Path) -> Result<bool, FileError> {
    match fs::symlink_metadata(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(system(folder, "look at", &e)),
        Ok(m) if !m.is_dir() => Err(FileError::NotAFile { path: name_of(folder), kind: "file or link, no folder" }),
        Ok(_) => fs::remove_dir_all(folder).map(|()| true).map_err(|e| system(folder, "remove", &e)),
    }
}

/// The files of `std/NAME`, each with its own name (`physical.sys`), sorted.
pub fn standard_library(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
    STANDARD.iter().find(|(n, _)| *n == name).map(|(_, files)| *files)
}

/// The names that `use std/NAME` accepts, sorted.
pub fn standard_library_names() -> impl Iterator<Item = &'static str> {
    STANDARD.iter().map(|(name, _)| *name)
}

/// The gallery: (name, text), sorted by name.
pub fn gallery() -> &'static [(&'static str, &'static str)] {
    GALLERY
}

/// Names of the source files directly in a folder, sorted; empty where it cannot be read.
pub fn sources_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(FOUND_FILES);
    let mut names: Vec<String> =
        entries.filter_map(|e| e.file_name().into_string().ok()).filter(|n| n.ends_with(".sys")).collect();
    names.sort();
    names
}

/// The user's folder for what a program remembers between its runs; `None` where the system names none.
/// `XDG_STATE_HOME` first, then the platform's own.
pub fn state_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = variable("XDG_STATE_HOME").filter(|p| p.is_absolute()).or_else(|| {
        if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            variable("HOME").map(|h| h.join("Library/Application Support"))
        } else {
            variable("HOME").map(|h| h.join(".local/state"))
        }
    })?;
    Some(base.join("hamel"))
}

/// Whether something happens for the first time for this user; it is remembered as an empty file.
/// Where nothing can be remembered it is not the first time, so that nothing is said again and again.
pub fn first_time(what: &str) -> bool {
    let Some(folder) = state_folder() else { return false };
    let file = folder.join(what);
    !file.exists() && create_folder(&folder).is_ok() && write_atomic(&file, b"").is_ok()
}

//! The door to the disk: no way out of the root, and no half-written file.

#![allow(clippy::disallowed_methods)]

use hamel::files::{
    Disk, FileError, Folder, create_new_folder, find_sources, normalise, read_data, read_named, read_source,
    write_atomic, write_atomic_on, write_result,
};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A root with a file, a folder, and things around it that must stay out of reach.
fn playground() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().expect("a folder");
    let root = outer.path().join("root");
    for folder in ["root", "root/lib", "rooted", "secret"] {
        std::fs::create_dir(outer.path().join(folder)).expect("a folder");
    }
    for file in ["root/a.sys", "root/lib/b.sys", "rooted/c.sys", "secret/d.sys", "e.sys"] {
        std::fs::write(outer.path().join(file), "system A { }\n").expect("a file");
    }
    (outer, root)
}

#[test]
fn files_below_the_root_are_read() {
    let (_outer, root) = playground();
    for path in ["a.sys", "./a.sys", "lib/b.sys", "lib/../a.sys", "lib/./b.sys"] {
        assert_eq!(read_source(&root, path).expect(path), "system A { }\n");
    }
}

#[test]
fn every_way_out_of_the_root_is_refused() {
    let (outer, root) = playground();
    let absolute = outer.path().join("e.sys").display().to_string();
    let ways = [
        "..",
        "../",
        "../e.sys",
        "../rooted/c.sys",
        "../secret/d.sys",
        "lib/../../e.sys",
        "lib/../../secret/d.sys",
        "./../e.sys",
        "././../e.sys",
        "lib/../../root/../e.sys",
        "a.sys/../../e.sys",
        "../root/../e.sys",
        "..//e.sys",
        "lib//../../e.sys",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        "",
        ".",
        "./",
        "lib",
        "lib/",
        "lib/.",
        "lib/..",
        "a.sys/",
        "..\\e.sys",
        "lib\\..\\..\\e.sys",
        "\\\\server\\share\\e.sys",
        "C:/e.sys",
        "C:e.sys",
        "c:\\e.sys",
        "file:///etc/passwd",
        "http://example.org/e.sys",
        "a.sys:stream",
        "a.sys\0",
        "a.sys\0/../../e.sys",
        "a\n.sys",
        "a\r.sys",
        "\u{1b}[2Ja.sys",
        "a\u{202e}sys.b",
        "\u{2066}a.sys",
        "CON",
        "con.sys",
        "nul",
        "lib/NUL.sys",
        "COM1",
        "lpt9.sys",
        "aux.txt",
        "PRN ",
        "a.sys.",
        "a.sys ",
        "...",
        ".. /e.sys",
        "missing.sys",
        "lib/missing/../../a.sys/x",
        absolute.as_str(),
    ];
    assert!(ways.len() >= 50);
    for way in ways {
        let error = read_source(&root, way).expect_err(way);
        let sentence = error.to_string();
        assert!(!sentence.chars().any(|c| c.is_control()), "{sentence:?}");
        assert!(sentence.len() > 20, "{sentence}");
        assert!(read_data(&root, way).is_err(), "{way}");
        assert!(
            write_result(&root.join("out"), way, b"x").is_err() || way == "missing.sys" || way.starts_with("lib"),
            "{way}"
        );
    }
    let long = "a/".repeat(3000) + "b.sys";
    assert!(matches!(normalise("", &long), Err(FileError::BadPath { .. })));
    assert!(matches!(normalise("", &"x".repeat(300)), Err(FileError::BadPath { .. })));
    assert_eq!(std::fs::read_to_string(outer.path().join("e.sys")).expect("untouched"), "system A { }\n");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_refused_and_links_inside_are_followed() {
    use std::os::unix::fs::symlink;
    let (outer, root) = playground();
    symlink(outer.path().join("secret"), root.join("door")).expect("a link");
    symlink("../e.sys", root.join("window.sys")).expect("a link");
    symlink("window.sys", root.join("chain.sys")).expect("a link");
    symlink("lib/b.sys", root.join("inside.sys")).expect("a link");
    symlink("loop.sys", root.join("loop.sys")).expect("a link");
    for way in ["door/d.sys", "window.sys", "chain.sys", "lib/../door/d.sys"] {
        assert!(matches!(read_source(&root, way), Err(FileError::OutsideRoot { .. })), "{way}");
    }
    assert!(read_source(&root, "loop.sys").is_err());
    assert!(read_source(&root, "inside.sys").is_ok());
    assert!(matches!(write_result(&root, "door/new.csv", b"x"), Err(FileError::OutsideRoot { .. })));
    assert!(!outer.path().join("secret/new.csv").exists());
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_sockets_are_refused_without_waiting() {
    let (_outer, root) = playground();
    let pipe = root.join("pipe.sys");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.sys")).expect("a socket");
    for name in ["pipe.sys", "socket.sys"] {
        assert!(matches!(read_source(&root, name), Err(FileError::NotAFile { .. })), "{name}");
    }
    assert!(matches!(read_named(&pipe), Err(FileError::NotAFile { .. })));
    assert!(matches!(read_named(Path::new("/dev/zero")), Err(FileError::NotAFile { .. })));
    assert!(matches!(read_named(&root), Err(FileError::NotAFile { kind: "folder", .. })));
}

#[test]
fn size_is_checked_before_memory_is_taken_and_text_must_be_utf8() {
    let (_outer, root) = playground();
    let big = std::fs::File::create(root.join("big.sys")).expect("a file");
    big.set_len(hamel::limits::SOURCE_BYTES as u64 + 1).expect("a hole");
    assert!(matches!(read_source(&root, "big.sys"), Err(FileError::TooLarge { .. })));
    big.set_len(1 << 42).expect("a hole of four tebibytes");
    assert!(matches!(read_data(&root, "big.sys"), Err(FileError::TooLarge { .. })));
    std::fs::write(root.join("latin.sys"), b"# one\n# caf\xe9\n").expect("a file");
    let expected = FileError::NotText { path: "latin.sys".to_owned(), line: 2, byte: 11 };
    assert_eq!(read_source(&root, "latin.sys"), Err(expected));
}

#[test]
fn imports_are_relative_to_the_file_that_names_them() {
    let (_outer, root) = playground();
    std::fs::write(root.join("lib/c.sys"), "c").expect("a file");
    let folder = Folder::new(&root.join("a.sys"), None).expect("a folder");
    let (b, _) = folder.import(&folder.main(), "lib/b.sys").expect("lib/b.sys");
    assert!(b.ends_with("root/lib/b.sys"), "{b}");
    let (c, text) = folder.import(&b, "c.sys").expect("beside b");
    assert!(c.ends_with("root/lib/c.sys") && text == "c");
    assert!(folder.import(&b, "../a.sys").expect("back").0.ends_with("root/a.sys"));
    let error = folder.import(&b, "../../e.sys").expect_err("out");
    assert_eq!(error, FileError::OutsideRoot { path: "../../e.sys".to_owned() });
    let wide = Folder::new(&root.join("a.sys"), root.parent()).expect("a wider root");
    assert!(wide.import(&wide.main(), "../e.sys").is_ok());
    assert!(matches!(Folder::new(&root.join("a.sys"), Some(&root.join("lib"))), Err(FileError::OutsideRoot { .. })));
}

#[test]
fn folders_stand_for_their_sources_in_order() {
    let (outer, root) = playground();
    std::fs::create_dir(root.join("out")).expect("a folder");
    std::fs::create_dir(root.join(".hidden")).expect("a folder");
    for file in ["out/x.sys", ".hidden/y.sys", "lib/a.sys", "lib/notes.txt"] {
        std::fs::write(root.join(file), "").expect("a file");
    }
    let found = find_sources(&root).expect("sources");
    let names: Vec<String> =
        found.iter().map(|p| p.strip_prefix(outer.path()).expect("below").display().to_string()).collect();
    assert_eq!(names, ["root/a.sys", "root/lib/a.sys", "root/lib/b.sys"]);
    assert_eq!(find_sources(&root.join("a.sys")).expect("itself"), [root.join("a.sys")]);
    assert!(matches!(find_sources(&root.join("none")), Err(FileError::NotFound { .. })));
}

#[test]
fn results_replace_whole_files_and_leave_nothing_else() {
    let (_outer, root) = playground();
    let out = root.join("out/a");
    for content in ["first", "second and longer", ""] {
        let path = write_result(&out, "tables/trajectory.csv", content.as_bytes()).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), content);
    }
    assert_eq!(std::fs::read_dir(out.join("tables")).expect("folder").count(), 1);
    assert!(matches!(write_result(&out, "tables", b"x"), Err(FileError::NotAFile { .. })));
    assert!(matches!(create_new_folder(&out), Err(FileError::Exists { .. })));
    let missing = root.join("no/such/folder/file");
    assert!(matches!(write_atomic(&missing, b"x"), Err(FileError::NotFound { .. })));
}

/// A disk in memory that fails, or stops for good, at its n-th operation, and keeps after a loss of
/// power only what was synced.
#[derive(Default)]
struct FaultyDisk {
    /// What is in each file: (bytes now, bytes that a loss of power leaves).
    files: BTreeMap<PathBuf, (Vec<u8>, Option<Vec<u8>>)>,
    operations: usize,
    fails_at: usize,
    /// Every operation from then on fails: the process was killed.
    dies: bool,
    /// A failing write leaves half of its bytes.
    half: bool,
}

impl FaultyDisk {
    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        let fails = self.operations == self.fails_at || (self.dies && self.operations > self.fails_at);
        if fails { Err(io::Error::other("no space left on device")) } else { Ok(()) }
    }
}

impl Disk for FaultyDisk {
    type File = PathBuf;

    fn create(&mut self, path: &Path) -> io::Result<PathBuf> {
        self.step()?;
        if self.files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.files.insert(path.to_owned(), (Vec::new(), None));
        Ok(path.to_owned())
    }

    fn write(&mut self, file: &mut PathBuf, bytes: &[u8]) -> io::Result<()> {
        let result = self.step();
        let kept = if result.is_ok() { bytes.len() } else { bytes.len() / 2 };
        if result.is_ok() || self.half {
            self.files.get_mut(file).expect("open").0.extend_from_slice(&bytes[..kept]);
        }
        result
    }

    fn sync(&mut self, file: PathBuf) -> io::Result<()> {
        self.step()?;
        let entry = self.files.get_mut(&file).expect("open");
        entry.1 = Some(entry.0.clone());
        Ok(())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let moved = self.files.remove(from).expect("there");
        self.files.insert(to.to_owned(), moved);
        Ok(())
    }

    fn sync_folder(&mut self, _folder: &Path) -> io::Result<()> {
        self.step()
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.step()?;
        self.files.remove(path);
        Ok(())
    }
}

#[test]
fn whatever_fails_the_target_is_whole() {
    let target = PathBuf::from("out/summary.json");
    for dies in [false, true] {
        for half in [false, true] {
            for fails_at in 1..=8 {
                let mut disk = FaultyDisk { fails_at, dies, half, ..FaultyDisk::default() };
                disk.files.insert(target.clone(), (b"old".to_vec(), Some(b"old".to_vec())));
                let result = write_atomic_on(&mut disk, &target, b"new bytes");
                let (now, synced) = disk.files.get(&target).expect("the target is there").clone();
                assert!(now == b"old" || now == b"new bytes", "operation {fails_at}: {now:?}");
                assert_eq!(synced.as_ref(), Some(&now), "operation {fails_at}: what is named was synced before");
                match result {
                    Ok(()) => assert_eq!(now, b"new bytes"),
                    Err(error) => assert!(error.to_string().contains("no space left"), "{error}"),
                }
                let others = disk.files.len() - 1;
                assert!(others == 0 || (dies && others == 1), "operation {fails_at} left {others} files behind");
            }
        }
    }
}

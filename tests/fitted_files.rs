//! Files of fitted systems: `use "hnn.safetensors" (HNN)` gives the motion of the fit it was written from, with
//! nothing else beside it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("hamel"));
    command.current_dir(folder).args(arguments).env("XDG_STATE_HOME", folder.join("state")).stdin(Stdio::null());
    let out = command.env("LC_ALL", "C.UTF-8").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

fn good(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = run(folder, arguments);
    assert_eq!(code, 0, "{out}{err}");
    out
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Fits `system`, which `text` declares, in one folder, and gives the folder of its results.
fn fitted(folder: &Path, text: &str, system: &str, options: &str) {
    let experiment = format!(
        "{text}system Truth {{\n  coord q\n  momentum p of q\n  hamiltonian H = 2*q^2 + p^2\n}}\nexperiment e {{\n  seed 1\n  data d = \
         states(Truth) {{ init q ~ uniform(-1, 1), p ~ uniform(-1, 1), count = 100 }}\n  fit m = train({system}, on = d) \
         {{ steps = 150, {options} }}\n  run r = simulate(m, t = 0..2 by 0.1) {{ init q = 0.5, p = 0.2 }}\n  export m to \
         \"m.safetensors\"\n  export r to \"r.csv\"\n}}\n"
    );
    write(folder, "e.sys", &experiment);
    good(folder, &["run", "e.sys"]);
}

/// A folder with nothing but the file of the fit and this text.
fn reader(from: &Path, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(from.join("out/e/m.safetensors"), folder.path().join("m.safetensors")).unwrap();
    write(folder.path(), "f.sys", text);
    folder
}

fn csv(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join("out").join(file).join("r.csv")).unwrap()
}

const HNN: &str = "system HNN {\n  net Hθ(q, p) -> real = mlp([8, 8], tanh, seed = 0)\n  coord q\n  momentum p of q\n  \
                   hamiltonian H = Hθ(q, p)\n}\n";

fn simulated(system: &str) -> String {
    format!(
        "experiment f {{\n  run r = simulate({system}, t = 0..2 by 0.1) {{ init q = 0.5, p = 0.2 }}\n  export r to \"r.csv\"\n}}\n"
    )
}

#[test]
fn a_fitted_file_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path(), HNN, "HNN", "scale = true");
    let expected = csv(folder.path(), "e");
    let other = reader(folder.path(), &format!("use \"m.safetensors\" (HNN)\n{}", simulated("HNN")));
    good(other.path(), &["run", "f.sys"]);
    assert_eq!(csv(other.path(), "f"), expected);
    // Through its name, as a system derived from it, and beside another system of the same name.
    let text = format!("use \"m.safetensors\" as m\nsystem HNN {{ state x\n x' = x }}\n{}", simulated("m.HNN"));
    let other = reader(folder.path(), &text);
    good(other.path(), &["run", "f.sys"]);
    assert_eq!(csv(other.path(), "f"), expected);
    // The same bytes wherever and however often it is written.
    let again = tempfile::tempdir().unwrap();
    fitted(again.path(), HNN, "HNN", "scale = true");
    let bytes = |f: &Path| std::fs::read(f.join("out/e/m.safetensors")).unwrap();
    assert!(bytes(folder.path()) == bytes(again.path()));
    assert!(!String::from_utf8_lossy(&bytes(folder.path())).contains(&*folder.path().to_string_lossy()));
}

#[test]
fn what_it_imports_comes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "parts.sys",
        &format!("use \"deeper.sys\" (k)\n{}", HNN.replace("Hθ(q, p)\n}", "k*Hθ(q, p)\n}")),
    );
    write(folder.path(), "deeper.sys", "const k = 0.5\n");
    fitted(folder.path(), "use \"parts.sys\" (HNN)\n", "HNN", "batch = 20");
    let other = reader(folder.path(), &format!("use \"m.safetensors\" (HNN)\n{}", simulated("HNN")));
    // A file of the same name beside it is another file.
    write(other.path(), "deeper.sys", "const k = 7\n");
    good(other.path(), &["run", "f.sys"]);
    assert_eq!(csv(other.path(), "f"), csv(folder.path(), "e"));
}

#[test]
fn parameters_come_with_it_and_a_call_may_set_them() {
    let text =
        "system Spring {\n  param k = 1, m = 1\n  coord q\n  momentum p of q\n  hamiltonian H = k*q^2 + p^2/m\n}\n";
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path(), text, "Spring", "learn = [k], optimizer = adam(0.05)");
    let other = reader(folder.path(), &format!("use \"m.safetensors\" (Spring)\n{}", simulated("Spring")));
    good(other.path(), &["run", "f.sys"]);
    assert_eq!(csv(other.path(), "f"), csv(folder.path(), "e"));
    let plain = |call: &str| {
        let other = reader(folder.path(), &format!("{text}{}", simulated(call)));
        good(other.path(), &["run", "f.sys"]);
        csv(other.path(), "f")
    };
    assert_ne!(csv(other.path(), "f"), plain("Spring"));
    for call in ["Spring(k = 1)", "Spring with { param k = 1 }", "Spring(k = 3)"] {
        let other = reader(folder.path(), &format!("use \"m.safetensors\" (Spring)\n{}", simulated(call)));
        good(other.path(), &["run", "f.sys"]);
        assert_eq!(csv(other.path(), "f"), plain(call), "{call}");
    }
}

#[test]
fn files_that_cannot_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fitted(folder.path(), HNN, "reversed(HNN)", "batch = 20");
    let text = "use \"m.safetensors\" (HNN)\n";
    let refused = |folder: &Path, part: &str| {
        let (code, out, err) = run(folder, &["check", "f.sys"]);
        assert!(code == 2 && err.contains("E0562") && err.contains(part), "{out}{err}");
    };
    refused(reader(folder.path(), text).path(), "no system by its name");
    fitted(folder.path(), HNN, "HNN", "batch = 20");
    let other = reader(folder.path(), text);
    good(other.path(), &["check", "f.sys"]);
    let path = other.path().join("m.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    refused(other.path(), "digest");
    std::fs::write(&path, &bytes[..400]).unwrap();
    refused(other.path(), "safetensors");
    // Another name than those of its text.
    let other = reader(folder.path(), "use \"m.safetensors\" (Other)\n");
    let (code, _, err) = run(other.path(), &["check", "f.sys"]);
    assert!(code == 2 && err.contains("E0125"), "{err}");
}

#[test]
fn components_keep_their_weights_apart() {
    let parts = |part: &str, equation: &str, of: &str| {
        format!(
            "system {part} {{\n  {equation}\n}}\nsystem {part}Box {{\n  sub a = {part}()\n}}\nsystem {of} {{\n  sub a = {part}()\n  \
             sub b = {part}Box()\n}}\n"
        )
    };
    let truth = parts("Falling", "state x\n  x' = -x", "Truth");
    let model = parts("Part", "net Vθ(x) -> real = mlp([4], tanh, seed = 0)\n  state x\n  x' = Vθ(x)", "Pair");
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "{truth}{model}experiment e {{\n  data d = states(Truth) {{ init a.x ~ uniform(-1, 1), b.a.x ~ uniform(-1, 1), count = \
         50 }}\n  fit m = train(Pair, on = d) {{ steps = 10 }}\n  export m to \"m.safetensors\"\n}}\n"
    );
    write(folder.path(), "e.sys", &text);
    good(folder.path(), &["run", "e.sys"]);
    let run_of = |system: &str, at: &str| {
        format!(
            "experiment f {{\n  run r = simulate({system}, t = 0..1 by 0.1) {{ init {at}a.x = 1, {at}b.a.x = 0.5 }}\n  export r to \
             \"r.csv\"\n}}\n"
        )
    };
    let rows = |text: String| {
        let other = reader(folder.path(), &text);
        good(other.path(), &["run", "f.sys"]);
        csv(other.path(), "f").lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = rows(format!("use \"m.safetensors\" (Pair)\n{}", run_of("Pair", "")));
    for name in ["c", "a", "b"] {
        let whole = format!("use \"m.safetensors\" (Pair)\nsystem Whole {{\n  sub {name} = Pair()\n}}\n");
        assert_eq!(rows(whole + &run_of("Whole", &format!("{name}."))), expected, "{name}");
    }
    // What else the text declares was not fitted, and is not seen.
    let other = reader(folder.path(), "use \"m.safetensors\" (Part)\n");
    let (code, _, err) = run(other.path(), &["check", "f.sys"]);
    assert!(code == 2 && err.contains("E0125") && err.contains("`Pair`"), "{err}");
}

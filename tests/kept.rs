//! What is kept of fits between two runs of the program: checkpoints that outlive a killed process, and results that
//! are not computed twice. The program itself is run and killed; its files are compared byte by byte.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::Random;

const SYSTEMS: &str = "system Truth {\n  coord q\n  momentum p of q\n  hamiltonian H = q^2 + p^2\n}\n\
    system HNN {\n  net Hθ(q, p) -> real = mlp([16, 16], tanh, seed = 0)\n  coord q\n  momentum p of q\n  \
    hamiltonian H = Hθ(q, p)\n}\n";

/// An experiment with one fit of these options, whose weights are exported.
fn experiment(options: &str) -> String {
    format!(
        "{SYSTEMS}experiment e {{\n  seed 1\n  data d = states(Truth) {{ init q ~ uniform(-1, 1), \
         p ~ uniform(-1, 1), count = 200 }}\n  split d into train 0.5, test 0.5\n  fit hnn = train(HNN, on = d.train, \
         valid = d.test) {{ {options} }}\n  check hnn.loss < 1\n  plot field(hnn.H, q in -1..1, p in -1..1)\n  \
         export hnn to \"hnn.safetensors\"\n}}\n"
    )
}

fn hamel(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("hamel"));
    command.current_dir(folder).args(arguments).env("XDG_STATE_HOME", folder.join("state"));
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let out = hamel(folder, arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), words(&text(&out.stdout)), text(&out.stderr))
}

/// The answer with its lines joined.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Compares what was said with `tests/snapshots/NAME.txt`; `BLESS=1` writes it anew.
fn golden(name: &str, err: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(format!("{name}.txt"));
    let said: Vec<&str> = err.lines().filter(|l| !l.starts_with("wrote ") && !l.starts_with("e: ")).collect();
    let said = said.join("\n") + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &said).unwrap();
    }
    assert_eq!(said, std::fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
}

fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("out/e/hnn.safetensors")).unwrap()
}

/// Files of the cache: results and checkpoints, without what a killed process left half-written.
fn kept(folder: &Path, part: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("out/e/.cache").join(part)).into_iter().flatten().flatten();
    let mut list: Vec<PathBuf> = entries
        .map(|e| e.path())
        .filter(|p| p.is_file() && !p.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect();
    list.sort();
    list
}

/// Kills the program at random instants until it has been killed so often, each time going on from what it left,
/// and compares the weights with those of an undisturbed run.
fn killed(options: &str, kills: usize, seed: u64) {
    let undisturbed = tempfile::tempdir().unwrap();
    write(undisturbed.path(), "e.sys", &experiment(options));
    let begin = Instant::now();
    let (code, out, err) = run(undisturbed.path(), &["run", "e.sys"]);
    assert_eq!(code, 0, "{out}{err}");
    let whole = begin.elapsed();
    let expected = weights(undisturbed.path());
    assert!(kept(undisturbed.path(), "checkpoints").is_empty(), "a fit that is done leaves no checkpoint");

    let mut random = Random::new(seed);
    let (mut done, mut resumed, mut rounds) = (0, 0, 0);
    while done < kills {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "e.sys", &experiment(options));
        loop {
            rounds += 1;
            assert!(rounds < 40 * kills, "{done} of {kills} kills in {rounds} runs");
            let mut child = hamel(folder.path(), &["run", "e.sys"]).spawn().unwrap();
            let micros = random.below(1 + whole.as_micros() as usize) as u64;
            std::thread::sleep(Duration::from_micros(micros));
            // SIGKILL on Unix
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            if output.status.success() {
                break;
            }
            done += 1;
            for path in kept(folder.path(), "checkpoints").iter().chain(&kept(folder.path(), "")) {
                let bytes = std::fs::read(path).unwrap();
                if let Err(why) = hamel::learn::saved::Saved::read(&bytes) {
                    panic!("{} after kill {done}: {why}", path.display());
                }
            }
            if done >= kills || random.below(4) == 0 {
                let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
                assert_eq!(code, 0, "{out}{err}");
                assert!(!err.contains("W056"), "{err}");
                resumed += usize::from(out.contains("resumed at step"));
                break;
            }
        }
        assert!(weights(folder.path()) == expected, "other weights after {done} kills");
        assert!(kept(folder.path(), "checkpoints").is_empty());
    }
    assert!(resumed > 0, "no run went on from a checkpoint");
}

#[test]
fn a_killed_training_goes_on_to_the_same_weights() {
    killed("steps = 4000, batch = 32, checkpoint = 40, optimizer = adam(3e-3), patience = 600", 14, 1);
}

#[test]
fn so_does_one_with_a_line_search_in_double_precision() {
    killed("steps = 3000, batch = full, checkpoint = 10, optimizer = lbfgs(1)", 10, 2);
}

#[test]
#[ignore = "two minutes of kills"]
fn a_hundred_kills() {
    killed(
        "steps = 4000, batch = 32, checkpoint = 40, optimizer = adam(3e-3, amsgrad = true), schedule = cosine",
        60,
        3,
    );
    killed("steps = 700, batch = full, checkpoint = 10, optimizer = lbfgs(1)", 20, 4);
    killed(
        "steps = 10_000, batch = 20, checkpoint = 100, optimizer = sgd(1e-3, momentum = 0.9), precision = f64",
        20,
        5,
    );
}

#[test]
fn a_second_run_fits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let options = "steps = 200, batch = 32";
    write(folder.path(), "e.sys", &experiment(options));
    let (code, first, err) = run(folder.path(), &["run", "e.sys"]);
    assert_eq!(code, 0, "{first}{err}");
    assert!(first.contains("fit hnn") && first.contains("HNN, 337 weights, 200 steps in "), "{first}");
    assert!(first.contains("data d"), "{first}");
    let (files, bytes) = (results(folder.path()), weights(folder.path()));
    let (code, second, _) = run(folder.path(), &["run", "e.sys"]);
    assert_eq!(code, 0);
    assert!(second.contains("cached (saved "), "{second}");
    assert!(results(folder.path()) == files, "a kept result gives other bytes");

    // Comments, formatting, other systems, plots and the time between checkpoints change no fit.
    let same = [
        format!("# a comment\n{}", experiment(options)),
        experiment(options).replace("  coord q", "\tcoord q   # there"),
        format!("system Other {{ state x\n x' = -x }}\n{}", experiment(options)),
        experiment(options).replace("q in -1..1, p", "q in -2..2, p"),
        experiment("batch = 32, checkpoint = 50, steps = 200"),
        experiment(options).replace("check hnn.loss < 1", "check hnn.loss < 2"),
    ];
    for text in same {
        write(folder.path(), "e.sys", &text);
        let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
        assert!(code == 0 && out.contains("cached (saved "), "{text}\n{out}{err}");
    }
    // What it depends on does.
    let other = [
        experiment("steps = 201, batch = 32"),
        experiment("steps = 200, batch = 31"),
        experiment(options).replace("seed = 0", "seed = 1"),
        experiment(options).replace("seed 1", "seed 2"),
        experiment(options).replace("q^2 + p^2", "1.5*q^2 + p^2"),
        experiment(options).replace("count = 200", "count = 202"),
        experiment(options).replace("[16, 16]", "[16, 15]"),
        experiment("steps = 200, batch = 32, precision = f64"),
        experiment("steps = 200, batch = 32, norm = l1"),
    ];
    for text in other {
        write(folder.path(), "e.sys", &text);
        let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
        assert!(code == 0 && !out.contains("cached"), "{text}\n{out}{err}");
    }
    // The first is still there, unless it is not wanted.
    write(folder.path(), "e.sys", &experiment(options));
    let (_, out, _) = run(folder.path(), &["run", "e.sys"]);
    assert!(out.contains("cached") && weights(folder.path()) == bytes, "{out}");
    let (_, out, _) = run(folder.path(), &["run", "e.sys", "--fresh"]);
    assert!(!out.contains("cached") && weights(folder.path()) == bytes, "{out}");
    let (code, _, err) = run(folder.path(), &["clean", "e.sys"]);
    assert!(code == 0 && err.contains("removed out/e/.cache"), "{err}");
    assert!(!folder.path().join("out/e/.cache").exists() && folder.path().join("out/e/hnn.safetensors").exists());
    let (_, _, err) = run(folder.path(), &["clean", "e.sys"]);
    assert!(err.contains("nothing is kept"), "{err}");
    let (_, out, _) = run(folder.path(), &["run", "e.sys"]);
    assert!(!out.contains("cached"), "{out}");
}

/// Rows that take long to sample are kept, before their noise.
#[test]
fn sampled_rows_are_kept() {
    let text = |count: usize, noise: f64| {
        format!(
            "system Swing {{\n  param l = 1\n  coord q\n  lagrangian L = 1/2*l^2*q'^2 + 9.8*l*cos(q)\n}}\nexperiment e {{\n  data d \
             = sample(Swing) {{ init q ~ uniform(-2, 2), q' ~ normal(0, 1), trajectories = {count}, t = 0..10 by 0.1, \
             noise = normal(0, {noise}) }}\n  export d to \"d.csv\"\n  export results to \"all.json\"\n}}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let go = |text: &str| {
        write(folder.path(), "e.sys", text);
        let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
        assert_eq!(code, 0, "{out}{err}");
        out.contains("cached (saved ")
    };
    // As many as take long enough on this machine.
    let found = (0..8).map(|k| 200 << k).find(|count| {
        !go(&text(*count, 0.1)) && {
            let files = results(folder.path());
            let cached = go(&text(*count, 0.1));
            assert!(results(folder.path()) == files, "kept rows give other bytes");
            cached
        }
    });
    let count = found.expect("sampling takes long");
    assert!(go(&text(count, 0.2)), "noise is made anew from the same rows");
    assert!(go(&format!("# comment\n{}", text(count, 0.1).replace("  coord", "    coord"))));
    assert!(!go(&text(count, 0.1).replace("l = 1", "l = 1.1")));
    assert!(!go(&text(count, 0.1).replace("9.8", "9.81")));
    assert!(!go(&text(count, 0.1).replace("-2, 2", "-2, 2.1")));
    assert!(!go(&text(count, 0.1).replace("by 0.1", "by 0.2")));
    assert!(!go(&text(count, 0.1).replace("  data", "  seed 3\n  data")));
    assert!(go(&text(count, 0.1)));
}

/// All results of a run, without what is kept.
fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder.join("out/e"))
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_file())
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap()))
        .collect();
    list.sort();
    assert!(list.len() > 1, "weights and a picture");
    list
}

#[test]
fn damage_is_seen_and_the_fit_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "e.sys", &experiment("steps = 100, batch = 32"));
    assert_eq!(run(folder.path(), &["run", "e.sys"]).0, 0);
    let expected = weights(folder.path());
    let [path] = &kept(folder.path(), "")[..] else { panic!("one result is kept") };
    let good = std::fs::read(path).unwrap();
    let mut flipped = good.clone();
    let at = good.len() - 9;
    flipped[at] ^= 4;
    for bad in [&flipped[..], &good[..good.len() / 2], b"", &expected[..]] {
        std::fs::write(path, bad).unwrap();
        let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
        assert!(code == 0 && !out.contains("cached"), "{out}");
        assert!(err.contains("W0560") && err.contains("cannot be used"), "{err}");
        if bad == flipped {
            golden("a_damaged_result", &err);
        }
        assert!(weights(folder.path()) == expected && std::fs::read(path).unwrap().len() == good.len());
    }
}

#[test]
#[cfg(unix)]
fn what_cannot_be_kept_is_said_and_costs_no_result() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "e.sys", &experiment("steps = 100, batch = 32"));
    std::fs::create_dir_all(folder.path().join("out/e")).unwrap();
    // A file stands where the folder should be.
    std::fs::write(folder.path().join("out/e/.cache"), b"").unwrap();
    let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("W0561"), "{err}");
    golden("a_result_that_cannot_be_kept", &err);
    assert!(!weights(folder.path()).is_empty());
    let (code, _, err) = run(folder.path(), &["clean", "e.sys"]);
    assert!(code != 0 && err.contains("no folder"), "{err}");
}

#[test]
#[cfg(unix)]
fn one_that_is_interrupted_says_where_it_stopped_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let options = "steps = 20000, batch = 32";
    write(folder.path(), "e.sys", &experiment(options));
    let mut child = hamel(folder.path(), &["run", "e.sys", "--no-progress"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(900));
    let ended = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let _ = child.try_wait();
    let output = child.wait_with_output().unwrap();
    let out = words(&String::from_utf8_lossy(&output.stdout));
    if output.status.success() {
        return; // a machine that trains 20,000 steps in less than a second
    }
    assert!(
        out.contains("stopped at step ") && out.contains("of 20,000") && out.contains("run again to go on"),
        "{out}"
    );
    assert_eq!(kept(folder.path(), "checkpoints").len(), 1);
    let (code, out, err) = run(folder.path(), &["run", "e.sys"]);
    assert!(code == 0 && out.contains("resumed at step "), "{out}{err}");
}

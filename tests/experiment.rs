//! Experiments: every file of `tests/experiments` runs, and all its checks hold; lines are resolved
//! before anything runs; what belongs to a later version is said, never passed over.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostics, Severity};
use hamel::run::experiment::{self, ExperimentOutput, LINES};
use hamel::run::source::{self, load_text};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/experiments")
}

fn files() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|p| p.extension().is_some_and(|e| e == "sys"));
    found.sort();
    found
}

/// Runs the first experiment of a text.
fn run(text: &str) -> (ExperimentOutput, Diagnostics) {
    first_of(&load_text("test.sys", text))
}

/// Runs the first experiment of a program.
fn first_of(loaded: &source::Loaded) -> (ExperimentOutput, Diagnostics) {
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    let mut out = Diagnostics::new();
    let output = experiment::run(&loaded.program, (name, lines), 0, None, &mut out);
    (output, out)
}

#[test]
fn every_file_runs_and_its_checks_hold() {
    for path in files() {
        let loaded = source::load_file(&path, None).unwrap();
        let checked = source::check(&loaded);
        assert!(checked.iter().all(|d| !d.is_error()), "{}: {checked:?}", path.display());
        let (output, out) = first_of(&loaded);
        assert!(!out.has_errors(), "{}: {out:?}", path.display());
        assert!(output.good() || output.verdicts.is_empty());
        for v in &output.verdicts {
            assert!(v.holds, "{}: {} ({} against {}, {:?})", path.display(), v.text, v.value, v.bound, v.trouble);
        }
    }
}

const OSCILLATOR: &str =
    "system A { param k = 1\n coord x\n x'' = -k*x\n init x = 1, x' = 0\n simulate { t = 0..1 by 0.1 } }\n";

/// A check that is false fails: at one sample of one trajectory, and beside a number.
#[test]
fn a_false_check_fails() {
    for (line, holds) in [
        ("check a.x < 0.9", false),
        ("check a.x < 1.1", true),
        ("check 0.9 < a.x", false),
        ("check b.x < 2.9", false),
        ("check b[2].x < 2.1", true),
        ("check max(b.x) ≈ 3 within 1e-12", true),
        ("check b.x(0) ≈ 1 within 1e-12", false),
        ("check a.outcome == Finished and a.x < 1.1", true),
        ("check a.outcome != Finished", false),
        ("check a.x ≈ cos(t) within 1e-8", true),
        ("check a.x ≈ sin(t) within 1e-8", false),
        ("check a.x' ≈ -sin(t) within 1e-8", true),
        ("check a.x' ≈ 0 within 1e-8", false),
        ("check a.x'' ≈ -a.k*a.x within 1e-12", true),
        ("check a.x'(1) ≈ -0.8414709848078965 within 1e-8", true),
    ] {
        let text = format!(
            "{OSCILLATOR}experiment e {{ run a = simulate(A)\n run b = simulate(A) {{ init x = i for i in 1..3 }}\n {line} }}"
        );
        let (output, out) = run(&text);
        assert!(!out.has_errors(), "{line}: {out:?}");
        assert_eq!(output.verdicts[0].holds, holds, "{line}: {:?}", output.verdicts[0]);
    }
}

/// After a failure every check of that run fails, but one that asks how it ended.
#[test]
fn checks_of_a_failed_run_fail() {
    let text = "system Blow { state x\n x' = x^2\n init x = 1\n simulate { t = 0..2 by 0.1 } }\n\
                experiment e { run a = simulate(Blow)\n check a.x > 0\n check a.outcome != Finished }";
    let (output, out) = run(text);
    assert!(!out.has_errors(), "{out:?}");
    assert!(!output.good());
    assert!(!output.verdicts[0].holds && output.verdicts[0].trouble.as_ref().unwrap().contains("ended in"));
    assert!(output.verdicts[1].holds);
}

/// `hamel check` looks into experiments; what comes later is a note there and an error where it is run.
#[test]
fn lines_of_a_later_version_are_notes_until_they_are_run() {
    let text = format!(
        "{OSCILLATOR}experiment e {{ sweep s = simulate(A) over k in 1..2 count 3\n plot scatter(s.k, s.x)\n run a = simulate(A)\n check a.y < 1 }}"
    );
    let list = source::check(&load_text("test.sys", &text));
    let codes: Vec<(&str, Severity)> = list.iter().map(|d| (d.code, d.severity)).collect();
    assert_eq!(codes, [("E0904", Severity::Note), ("E0118", Severity::Error)]);
    let (output, out) = run(&text);
    assert!(output.runs.is_empty(), "nothing is run beside an error");
    let codes: Vec<&str> = out.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["E0904", "E0118"]);
}

#[test]
fn plots_and_exports_are_files_with_their_provenance() {
    let text = std::fs::read_to_string(folder().join("03_pictures.sys")).unwrap();
    let (output, out) = run(&text);
    assert!(!out.has_errors(), "{out:?}");
    let names: Vec<&str> = output.files.iter().map(|f| f.name.as_str()).collect();
    for k in 1..=12 {
        for ending in ["svg", "png"] {
            assert!(names.contains(&format!("pictures_{k}.{ending}").as_str()), "{names:?}");
        }
    }
    let content = |name: &str| output.files.iter().find(|f| f.name == name).unwrap().bytes.clone();
    let svg = String::from_utf8(content("pictures_1.svg")).unwrap();
    assert!(svg.contains("sha256") && svg.contains("A pendulum") && svg.contains("time"), "{svg}");
    let csv = String::from_utf8(content("tables/b.csv")).unwrap();
    assert!(csv.starts_with("trial,t,θ,θ'"), "{}", csv.lines().next().unwrap());
    assert_eq!(csv.lines().count(), 1 + 5 * 301);
    let sidecar: serde_json::Value = serde_json::from_slice(&content("a.csv-metadata.json")).unwrap();
    assert!(sidecar["dc:provenance"][0]["sha256"].is_string(), "{sidecar}");
    let all: serde_json::Value = serde_json::from_slice(&content("all.json")).unwrap();
    assert_eq!(all["schema"], 1);
    assert_eq!(all["runs"][0]["name"], "a");
    assert_eq!(all["runs"][1]["trajectories"].as_array().unwrap().len(), 5);
    assert!(all["derived"][0].as_str().unwrap().contains("### Equations of motion"));
    assert!(!all["derived"][0].as_str().unwrap().contains("### Momenta"));
}

/// The same bytes on one thread and on several.
#[test]
fn several_starts_give_the_same_bytes_for_any_number_of_threads() {
    let text = std::fs::read_to_string(folder().join("03_pictures.sys")).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let files = run(&text).0.files;
            let kept: Vec<_> = files.into_iter().filter(|f| f.name != "all.json").map(|f| (f.name, f.bytes)).collect();
            kept
        })
    };
    let one = on(1);
    assert_eq!(one.len(), 29);
    assert!(one == on(3), "bytes differ");
}

/// The list of lines is the language's: each keyword of `exp_word` once.
#[test]
fn the_list_of_lines_is_that_of_the_grammar() {
    let grammar = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/sys.pest"))
        .or_else(|_| {
            let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar")).unwrap();
            std::fs::read_to_string(folder.flatten().next().unwrap().path())
        })
        .unwrap();
    let rule = grammar.lines().find(|l| l.trim_start().starts_with("exp_word")).unwrap();
    let mut words: Vec<&str> = rule.split('"').skip(1).step_by(2).chain(["const"]).collect();
    words.sort_unstable();
    words.dedup();
    let mut listed: Vec<&str> = LINES.iter().map(|l| l.word).collect();
    listed.sort_unstable();
    assert_eq!(words, listed);
}

/// The words that `a.outcome` is compared with are the outcomes there are.
#[test]
fn outcomes_have_one_list() {
    let catalogue: Vec<&str> =
        hamel::integrate::outcome::CODES.iter().map(|e| e.title.split(':').next().unwrap()).collect();
    for name in &catalogue {
        assert!(hamel::model::OUTCOMES.contains(name), "{name}");
    }
    assert_eq!(hamel::model::OUTCOMES.len(), catalogue.len() + 2, "and the two good ends");
}

const SPRING: &str = "
system Truth {
  param m = 1 [kg], k = 2 [N/m], c = 0.3 [N s/m]
  coord x : [m]
  U(s: [m], a = 1) = a/2*k*s^2
  W(s) = U(s, 2)
  lagrangian L = 1/2*m*x'^2 - 1/2*W(x)
  rayleigh R = 1/2*c*x'^2
}
system Model {
  param m = 1 [kg], w[1..3] = [1, 2, 3] [J/m], k0 = 3 [J/m]
  coord x : [m]
  net Rn(v: [m/s]) -> [W] = mlp([6], softplus, seed = 3) with even(v), nonnegative
  net Vn(x: [m], p: vector(2) [m]) -> [J] = mlp([6], softplus, seed = 4)
  U(s) = Vn(s, [s, 2*s]) + 0*sum(w[i]*s for i in 1..3)
  lines(s: [m], n: [1]) = sum(w[i]*s*n^i for i in 1..3)
  tilt(s: [m]) = k0*s
  V = U(x)
  lagrangian L = 1/2*m*x'^2 - V + 0*lines(x, 1)
  rayleigh R = Rn(x')
}
system Two { sub a = Model()  sub b = Model()  lagrangian L = a.L + b.L }
";

fn spring(lines: &str) -> String {
    format!(
        "{SPRING}
experiment e {{
  seed 1
  data d = sample(Truth) {{ init x ~ uniform(-1 [m], 1 [m]), x' ~ uniform(-1 [m/s], 1 [m/s])
    trajectories = 3, t = 0..1 [s] by 0.1 [s] }}
  fit h = train(Model, on = d) {{ steps = 30, batch = full, optimizer = adam(1e-2), precision = f64 }}
  run r = simulate(h, t = 0..1 [s] by 0.1 [s]) {{ init x = 0.5 [m], x' = 0 }}
  run s = simulate(Truth, t = 0..1 [s] by 0.1 [s]) {{ init x = 0.5 [m], x' = 0 }}
  run z = simulate(Two, t = 0..1 [s] by 0.1 [s]) {{ init a.x = 0.5 [m], a.x' = 0, b.x = 0.1 [m], b.x' = 0, untrained = true }}
{lines}
}}"
    )
}

/// Nets and definitions of results, called: the same numbers as the quantities that a run records of them.
#[test]
fn nets_and_definitions_of_results_are_functions() {
    let lines = "
  check h.Rn(r.x') ≈ r.R within 1e-12
  check r.Rn(r.x') ≈ r.R within 1e-12
  check h.U(r.x) ≈ r.V within 1e-12
  check h.Vn(x = r.x, p = [r.x, 2*r.x]) ≈ r.V within 1e-12
  check z.a.Rn(z.a.x') ≈ z.a.R within 1e-12
  check z.b.U(z.b.x) ≈ z.b.V within 1e-12
  check abs(h.Rn(0.7 [m/s]) - h.Rn(-0.7 [m/s])) < 1e-15 [W]
  check h.Rn(r.x') >= 0 [W]
  check abs(h.Rn(1 [m/s]) - h.Rn(0)) > 1e-6 [W]
  check s.U(s.x) ≈ 1/2*s.k*s.x^2 within 1e-12
  check s.U(s.x, 3) ≈ 3/2*s.k*s.x^2 within 1e-12
  check s.W(s.x(1 [s])) ≈ s.k*s.x(1 [s])^2 within 1e-12
  check h.tilt(2 [m]) ≈ 6 [J] within 1e-12
  check h.lines(2 [m], 10) ≈ 2*3210 [J] within 1e-12
  check max(abs(h.U(d.x) - h.U(r.x(0 [s])))) > 1e-6 [J]
  plot curve([h.Rn(v), s.c*v^2/2], v in -1 [m/s]..1 [m/s] count 50)
  plot field(h.U(x) + 1/2*h.m*v^2, x in -1 [m]..1 [m], v in -1 [m/s]..1 [m/s])";
    let (output, out) = run(&spring(lines));
    assert!(!out.has_errors(), "{:?}", out.sorted());
    for v in &output.verdicts {
        assert!(v.holds, "{}: {} against {}, {:?}", v.text, v.value, v.bound, v.trouble);
    }
    assert_eq!(output.verdicts.len(), 15);
    let svg = output.files.iter().find(|f| f.name == "e_1.svg").unwrap();
    assert!(String::from_utf8_lossy(&svg.bytes).contains("h.Rn(v)"));
}

/// What a function of a result cannot be given is said where it stands.
#[test]
fn calls_of_functions_of_results_are_checked() {
    for (line, code) in [
        ("check h.Rn(1 [m/s], 2) > 0 [W]", "E0432"),
        ("check h.Rn() > 0 [W]", "E0432"),
        ("check h.Rn(w = 1 [m/s]) > 0 [W]", "E0432"),
        ("check h.Rn(1 [m]) > 0 [W]", "E0204"),
        ("check h.Rn(1 [m/s]) > 0 [J] + 1 [J]", "E0204"),
        ("check h.Vn(1 [m], [1, 2, 3] [m]) > 0 [J]", "E0225"),
        ("check h.Rn > 0", "E0223"),
        ("check h.Sn(1 [m/s]) > 0 [W]", "E0118"),
        ("plot curve(h.Rn(v), v in -1 [m]..1 [m])", "E0204"),
        ("run q = simulate(Truth, t = 0..1 [s] by 0.1 [s]) { init x = h.U(1 [m])/(1 [N]), x' = 0 }", "E0432"),
    ] {
        let text = spring(&format!("  {line}"));
        let loaded = load_text("test.sys", &text);
        let list = source::check(&loaded);
        let codes: Vec<&str> =
            loaded.diagnostics.iter().chain(&list).filter(|d| d.is_error()).map(|d| d.code).collect();
        assert!(codes.contains(&code), "{line}: {list:?}");
    }
}

/// Keeps everything, however quickly it was found.
#[derive(Default)]
struct Map(std::sync::Mutex<std::collections::BTreeMap<String, Vec<u8>>>);

impl hamel::run::store::Store for Map {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.0.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn worth(&self) -> f64 {
        0.0
    }
}

fn run_with(text: &str, store: &Map) -> ExperimentOutput {
    let loaded = load_text("test.sys", text);
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    let (plan, problems) = experiment::plan(&loaded.program, name, lines, 0, true);
    assert!(!problems.has_errors(), "{problems:?}");
    let mut out = Diagnostics::new();
    let made = experiment::execute(&plan, None, store, &mut |_, _, _| {}, &mut out);
    assert!(!out.has_errors(), "{out:?}");
    made
}

/// Runs are taken up where nothing that they depend on has changed, and then say so; what they give is the same,
/// bit for bit, between their samples too.
#[test]
fn runs_are_kept_and_give_the_same_bytes() {
    const LINES: &str = "experiment e {
  run a = simulate(A, t = 0..3 by 0.1) { param k = 2 }
  run b = simulate(A) { init x = i for i in 1..3 }
  run c = simulate(A, from = a.end, t = 3..0)
  run g = simulate(A, t = 0..3 by 0.1) { method = gauss6, step = 0.02 }
  run v = simulate(Stiff)
  data d = sample(A) { init x ~ uniform(-1, 1), trajectories = 3, t = 0..1 by 0.1 }
  check a.x(1.234) ≈ 1 within 10
  check b.x(0.0173) ≈ 1 within 10
  check v.y(1.5) ≈ 1 within 10
  plot lines(t, [a.x, g.x])
  plot phase(b.x, b.x')
  export b to \"b.csv\"
  export v to \"v.npz\"
}";
    let stiff = "system Stiff { state y, z\n y' = z\n z' = 3000*(1 - y^2)*z - y\n init y = 2, z = 0\n simulate { t = 0..100 by 1 } }\n";
    let text = format!("{OSCILLATOR}{stiff}{LINES}");
    let store = Map::default();
    let same = |a: &ExperimentOutput, b: &ExperimentOutput| {
        for (x, y) in a.runs.iter().zip(&b.runs) {
            for (r, s) in x.trajectories.iter().zip(&y.trajectories) {
                assert_eq!(r.trajectory, s.trajectory, "{}", x.name);
                assert_eq!(r.observed, s.observed);
                assert_eq!(r.balance, s.balance);
            }
        }
        for (v, w) in a.verdicts.iter().zip(&b.verdicts) {
            assert_eq!((v.value.to_bits(), v.bound.to_bits()), (w.value.to_bits(), w.bound.to_bits()), "{}", v.text);
        }
        for (f, g) in a.files.iter().zip(&b.files) {
            assert!(f.name == g.name && f.bytes == g.bytes, "{}", f.name);
        }
    };
    let kept = |output: &ExperimentOutput| output.runs.iter().map(|r| r.kept.is_some()).collect::<Vec<bool>>();
    let first = run_with(&text, &store);
    assert_eq!(kept(&first), [false; 5]);
    assert!(first.runs[4].trajectories[0].trajectory.switches.len() == 1, "the stiff run switches its method");
    let second = run_with(&text, &store);
    assert_eq!(kept(&second), [true; 5]);
    assert!(second.data[0].kept.is_some());
    same(&first, &second);
    // A comment, another check and another plot change no run.
    let other = text.replace("check a.x(1.234)", "# a comment\n check 2*a.x(1.234)");
    assert_eq!(kept(&run_with(&other, &store)), [true; 5]);
    // A parameter changes its run and what begins at its end.
    let changed = run_with(&text.replace("param k = 2", "param k = 2.5"), &store);
    assert_eq!(kept(&changed), [false, true, false, true, true]);
    // A tolerance, a start, a span each change theirs.
    for (from, to, wanted) in [
        ("simulate(A) { init x = i", "simulate(A) { init x = 2*i", [true, false, true, true, true]),
        ("method = gauss6, step = 0.02", "method = gauss6, step = 0.01", [true, true, true, false, true]),
        ("t = 3..0)", "t = 3..0.5)", [true, true, false, true, true]),
        ("init y = 2", "init y = 1.5", [true, true, true, true, false]),
    ] {
        assert_eq!(kept(&run_with(&text.replace(from, to), &store)), wanted, "{to}");
    }
}

/// A set of a system is known to its own text alone, and its members are names in the brackets behind its quantities.
#[test]
fn members_of_named_sets_are_read_of_runs_and_data() {
    let (output, out) = run("system A {\n set joints = {hip, knee}\n coord q[joints]\n coord r[joints] : vector(2)\n \
         lagrangian L = sum(1/2*q[j]'^2 + 1/2*r[j]'·r[j]' - 1/2*q[j]^2 for j in joints)\n \
         init q = { hip: 1, knee: 3 }, q' = 0, r = { hip: [0, 0], knee: [5, 7] }, r' = 0\n simulate { t = 0..1 by 0.5 } }\n\
         experiment e {\n run a = simulate(A)\n data d = sample(A) { init q = { hip: 2, knee: 4 } }\n \
         check a.q[knee](0) ≈ 3 within 1e-12\n check a.r[knee][2] ≈ 7 within 1e-12\n check norm(a.r[knee] - [5, 7]) < 1e-9\n \
         check max(d.q[hip]) ≈ 2 within 1e-12\n check max(abs(a.q[hip]')) < 1 }");
    assert!(!out.has_errors(), "{out:?}");
    assert_eq!(output.verdicts.len(), 5);
    for v in &output.verdicts {
        assert!(v.holds, "{} {:?}", v.text, v.trouble);
    }
    let loaded = load_text(
        "test.sys",
        "system A {\n set joints = {hip, knee}\n coord q[joints]\n lagrangian L = sum(1/2*q[j]'^2 for j in joints)\n \
         init q = 0, q' = 0\n simulate { t = 0..1 by 0.5 } }\nexperiment e { run a = simulate(A)\n check a.q[toe] < 1 }",
    );
    let list = experiment::experiments(&loaded.program);
    let (_, out) = experiment::plan(&loaded.program, &list[0].0, &list[0].1, 0, false);
    assert!(out.iter().any(|d| d.code == "E0118" && d.message.contains("toe")), "{out:?}");
}

/// A definition on a grid, distilled: no training that would take time.
const DISTILLED: &str = "system T { coord x : [m]\n x'' = -1 [1/s^2]*x }\n\
    system M { param k = 1 [1/s^2]\n coord x : [m]\n x'' = -k*x\n \
    f(u: [m/s], w: [1/s]) = 0.25 [kg/s]*u^2 + 0.1234567 [kg/m]*abs(u)^3 + 0.05 [W]*cos(3 [s]*w) }\n\
    experiment e { seed 3\n data d = states(T) { init x ~ uniform(-1 [m], 1 [m]), x' ~ uniform(-1 [m/s], 1 [m/s]), \
    count = 20 }\n fit m = train(M, on = d) { learn = [k], steps = 1 }\n \
    fit g = distill(m.f) { operators = [\"+\", \"*\", \"abs\", \"cos\", \"^\"], complexity = 20, \
    u = -2 [m/s]..2 [m/s] count 21, w = -1 [1/s]..1 [1/s] count 11 }\n \
    check g(0.37 [m/s], 0.2 [1/s]) ≈ m.f(0.37 [m/s], 0.2 [1/s]) within 1e-9 [W]\n check g.rmse < 1e-9\n \
    export g to \"g.json\" }\n";

fn with_store(text: &str, store: &Map, stop: bool) -> (ExperimentOutput, Diagnostics) {
    let loaded = load_text("test.sys", text);
    let (name, lines) = &experiment::experiments(&loaded.program)[0];
    let (plan, problems) = experiment::plan(&loaded.program, name, lines, 0, true);
    assert!(!problems.has_errors(), "{problems:?}");
    let mut out = Diagnostics::new();
    let flag = std::sync::atomic::AtomicBool::new(false);
    let mut progress = |line: &str, _: f64, _: &str| {
        if stop && line == "g" {
            flag.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let output = experiment::execute(&plan, Some(&flag), store, &mut progress, &mut out);
    (output, out)
}

/// What is found is kept, read back as the same, and left alone by an interruption.
#[test]
fn formulas_are_kept() {
    let store = Map::default();
    let (stopped, _) =
        with_store(&DISTILLED.replace("cos(3 [s]*w)", "cos(3 [s]*w + u^3/(0.3 [m^3/s^3]))"), &store, true);
    assert!(stopped.stopped && stopped.formulas.is_empty() && stopped.interrupted());
    let (fresh, out) = with_store(DISTILLED, &store, false);
    assert!(!out.has_errors() && !fresh.formulas[0].kept, "{out:?}");
    assert!(fresh.verdicts.iter().all(|v| v.holds), "{:?} {}", fresh.verdicts, fresh.formulas[0].facts());
    let (again, _) = with_store(DISTILLED, &store, false);
    assert!(again.formulas[0].kept);
    assert_eq!(again.formulas[0].facts(), fresh.formulas[0].facts());
    assert!(again.verdicts.iter().zip(&fresh.verdicts).all(|(a, b)| a.value == b.value && a.holds));
}

/// The text of a formula, and its definition with units, are lines of the language with its values.
#[test]
fn the_text_of_a_formula_reads_back() {
    use hamel::run::evaluate::{Asked, evaluate};
    let (output, out) = run(DISTILLED);
    assert!(!out.has_errors(), "{out:?}");
    let formula = &output.formulas[0];
    let (u, w) = (0.37f64, 0.2f64);
    let exact = 0.25 * u * u + 0.1234567 * u.powi(3) + 0.05 * (3.0 * w).cos();
    let value = |text: &str, asked: &str, system: Option<&str>| {
        let mut loaded = load_text("pasted.sys", text);
        assert!(!loaded.diagnostics.has_errors(), "{text} {:?}", loaded.diagnostics);
        let mut out = Diagnostics::new();
        let made = evaluate(&mut loaded.program, &Asked { expression: asked, system }, &mut out);
        made.unwrap_or_else(|| panic!("{text} {out:?}"))
    };
    let plain = value("const u = 0.37, w = 0.2\n", &formula.text(formula.shown()), None);
    assert!((plain.numbers[0] - exact).abs() < 1e-12, "{} {exact}", plain.numbers[0]);
    let defined = format!(
        "system S {{ coord x : [m]\n {}\n x'' = -1 [1/s^2]*x\n init x = 0, x' = 0 }}\n",
        formula.definition().unwrap()
    );
    let with_units = value(&defined, "g(0.37 [m/s], 0.2 [1/s])", Some("S"));
    assert!((with_units.numbers[0] - exact).abs() < 1e-12 && with_units.unit == "W", "{with_units:?}");
    let file = output.files.iter().find(|f| f.name == "g.json").unwrap();
    let json: serde_json::Value = serde_json::from_slice(&file.bytes).unwrap();
    let list = json["equations"].as_array().unwrap();
    assert!(list.iter().all(|e| e["complexity"].is_u64() && e["rmse"].is_f64() && e["text"].is_string()));
    assert!(list.iter().any(|e| e["text"] == json["formula"]), "{json}");
}

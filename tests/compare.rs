//! Comparisons of fitted models: scores, repetitions, published values, what later lines read, what is refused.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::run::experiment::{self, ExperimentOutput};
use hamel::run::source::load_text;

/// Runs the first experiment of a text.
fn run(text: &str) -> (ExperimentOutput, Diagnostics) {
    let loaded = load_text("test.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    let mut out = Diagnostics::new();
    let made = experiment::run(&loaded.program, (name, lines), 0, None, &mut out);
    (made, out)
}

const SPRING: &str = "
system Truth {
  coord q
  momentum p of q
  hamiltonian H = q^2 + p^2
  E = q^2 + p^2
}
# The true law with a free stiffness: a fit of it is exact.
system Law {
  param k = 1
  coord q
  momentum p of q
  hamiltonian H = k*q^2 + p^2
}
system Slow {
  param c = 0.5
  state q, p
  q' = c*p
  p' = -c*q
}
";

fn spring(lines: &str) -> String {
    format!(
        "{SPRING}
experiment e {{
  seed 3
  data d = sample(Truth) {{ init q ~ uniform(-1, 1), p ~ uniform(-1, 1), trajectories = 10, t = 0..1 by 0.1 }}
  split d into train 0.5, test 0.5
  fit law = train(Law, on = d.train) {{ learn = [k], optimizer = lbfgs, steps = 20 }}
  fit slow = train(Slow, on = d.train) {{ learn = [c], optimizer = lbfgs, steps = 20 }}
{lines}
}}"
    )
}

#[test]
fn a_law_that_is_found_exactly_scores_zero_and_keeps_its_energy() {
    let text = spring(
        "  compare [law, slow] on d.test {
    rollout = 0..5 by 0.1
    metrics = [rmse(q), mse, max_error(q), derivative_mse, energy_mse(E), drift(E), valid_time(0.3), floor, params]
  }
  check law.rmse < 1e-5
  check law.energy_mse(E) < 1e-10
  check law.valid_time > 4.99
  check max(abs(law.rollout[1].q)) < 2",
    );
    let (made, out) = run(&text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let scores = &made.scores[0];
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    assert_eq!(scores.rows[0].cells[8].median, 1.0);
}

/// The scores of a law that is known in closed form: x' = -x against x' = -k x with k = 2 frozen by its bounds.
#[test]
fn scores_are_those_of_the_closed_form() {
    let text = "
system Truth { state x
  x' = -x
  E = x^2 }
system Law { param k = 2 in 2..2, a = 1
  state x
  x' = -k*x + 0*a }
experiment e {
  data d = states(Truth) { init x = 1..2 count 2 }
  fit law = train(Law, on = d) { learn = [a], steps = 1 }
  compare [law] on d {
    rollout = 0..1 by 1
    metrics = [mse(x), rmse, max_error(x), derivative_mse, energy_mse(E), drift(E), valid_time(0.1), mse(2*x), floor, derivative_l1, energy_at_end(E), energy_at_end(E/4), relative_max_error(x), derivative_max, derivative_relative_max]
  }
}";
    let (made, out) = run(text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let at = |k: usize| made.scores[0].rows[0].cells[k].median;
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b.abs().max(1e-3);
    // at t = 1 from x0 the error is x0 (1/e - 1/e²), and none at the start; starts 1 and 2
    let e = (-1.0f64).exp() - (-2.0f64).exp();
    let mse = (e * e + 4.0 * e * e) / 4.0;
    assert!(near(at(0), mse), "{} {mse}", at(0));
    assert!(near(at(1), mse.sqrt()), "{}", at(1));
    assert!(near(at(2), 2.0 * e), "{}", at(2));
    // rates -2x against -x at x = 1, 2
    assert!(near(at(3), 2.5), "{}", at(3));
    let energy = (-2.0f64).exp() - (-4.0f64).exp();
    assert!(near(at(4), energy * energy * (1.0 + 16.0) / 4.0), "{}", at(4));
    assert!(near(at(5), 1.0 - (-4.0f64).exp()), "{}", at(5));
    assert!(near(at(6), 1.0), "{}", at(6));
    assert!(near(at(7), 4.0 * mse), "{}", at(7));
    assert!(at(8) == 0.0, "{}", at(8));
    // |−2x − (−x)| = x
    assert!(near(at(9), 1.5), "{}", at(9));
    assert!(near(at(10), energy * (1.0 + 4.0) / 2.0), "{}", at(10));
    assert!(near(at(11), energy * (1.0 + 4.0) / 8.0), "{}", at(11));
    // errors over the largest x* = 2 and the largest rate of the data, 2
    assert!(near(at(12), e), "{}", at(12));
    assert!(near(at(13), 2.0) && near(at(14), 1.0), "{} {}", at(13), at(14));
}

#[test]
fn columns_of_other_names_are_read_backwards() {
    let text = "
system Truth { param l = 2
  coord θ periodic
  lagrangian L = 1/2*l²*θ'² + l*cos(θ)
  E = 1/2*l²*θ'² - l*cos(θ) }
system Law { param g = 0.4
  state q, v
  q' = v
  v' = -g*sin(q) }
experiment e {
  seed 5
  data d = sample(Truth) { init θ ~ uniform(-1, 1), θ' ~ uniform(-1, 1), trajectories = 6, t = 0..1 by 0.1, observe = { q = θ, v = θ' } }
  split d into train 0.5, test 0.5
  fit law = train(Law, on = d.train) { learn = [g], optimizer = lbfgs, steps = 30 }
  compare [law] on d.test { rollout = 0..4 by 0.1, metrics = [rmse(q), energy_mse(E), energy_mse(2*v^2 - 2*cos(q)), valid_time(0.3)] }
  check law.rmse(q) < 1e-5
  check law.energy_mse(E) < 1e-10
  check law.valid_time >= 3.99
  plot lines(t, [d.test[1].q, law.rollout[1].q])
  plot losses(law)
  export results to \"scores.md\"
}";
    let (made, out) = run(text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    // the same energy in the names of the columns: the same score
    let cells = &made.scores[0].rows[0].cells;
    assert!((cells[1].median - cells[2].median).abs() <= 1e-9 * cells[1].median.abs() + 1e-24);
    assert!(made.files.iter().any(|f| f.name == "scores.md" && f.bytes.starts_with(b"### compare [law] on d.test")));
    assert_eq!(made.files.iter().filter(|f| f.name.ends_with(".svg")).count(), 2);
}

/// A momentum that is a multiple of the velocity is read backwards with its factor.
#[test]
fn multiples_are_read_backwards() {
    let text = "
system Truth { param m = 3
  coord x
  lagrangian L = 1/2*m*x'^2 - 1/2*x^2
  E = 1/2*m*x'^2 + 1/2*x^2 }
system Law { param k = 0.9
  coord q
  momentum p of q
  hamiltonian H = p^2/6 + k*q^2/2 }
experiment e {
  seed 5
  data d = sample(Truth) { init x ~ uniform(-1, 1), x' ~ uniform(-1, 1), trajectories = 4, t = 0..1 by 0.1, observe = { q = x, p = m*x' } }
  fit law = train(Law, on = d) { learn = [k], optimizer = lbfgs, steps = 30 }
  compare [law] on d { rollout = 0..4 by 0.1, metrics = [rmse, energy_mse(E), floor] }
  check law.rmse < 1e-5
  check law.energy_mse < 1e-10
}";
    let (made, out) = run(text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    assert!(made.scores[0].rows[0].cells[2].median < 1e-20, "{:?}", made.scores[0].rows[0].cells[2]);
}

const NETS: &str = "
system Truth { coord q
  momentum p of q
  hamiltonian H = q^2 + p^2 }
system HNN { net Hθ(q, p) -> real = mlp([8], tanh, seed = 0)
  coord q
  momentum p of q
  hamiltonian H = Hθ(q, p) }
experiment e {
  seed 1
  data d = sample(Truth) { init q ~ uniform(-1, 1), p ~ uniform(-1, 1), trajectories = 8, t = 0..1 by 0.2, noise = normal(0, 0.1) }
  split d into train 0.5, test 0.5
  data far = sample(Truth) { init q ~ uniform(-0.5, 0.5), p ~ uniform(-0.5, 0.5), trajectories = 3, t = 0..2 by 0.5, seed = 9 }
  fit hnn = train(HNN, on = d.train) { steps = 40, batch = full }
  compare [hnn] on d.test {
    starts = far, metrics = [derivative_mse, floor, energy_mse(H), params], repeat = 3
    published = { hnn.energy_mse = 3.84e-4 ± 6.5e-5, hnn.derivative_mse = 1e6 }, source = \"a table\"
  }
  check hnn.energy_mse.sd > 0
  check hnn.energy_mse(H).sd > 0
}";

#[test]
fn fits_are_repeated_with_other_seeds_and_stand_beside_published_values() {
    let (made, out) = run(NETS);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let scores = &made.scores[0];
    let row = &scores.rows[0];
    assert_eq!((row.cells[0].values.len(), row.rollouts), (3, 9));
    assert!(row.cells[0].values[0] != row.cells[0].values[1], "another seed is another fit");
    assert!(row.cells[3].values.iter().all(|n| *n == 33.0), "{:?}", row.cells[3]);
    assert!(row.cells[1].median > 0.0 && row.cells[1].spread == 0.0);
    assert_eq!(scores.published[1].verdict.word(), "beat");
    let text = scores.text(hamel::report::terminal::Screen { unicode: false, colour: false });
    assert!(text.contains("3 starts of far, t = 0..2, 3 fits each") && text.contains("beside a table"), "{text}");
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
}

#[test]
fn the_same_bytes_come_from_any_number_of_threads() {
    let once = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (made, _) = pool.install(|| run(NETS));
        let mut document = made.scores[0].document();
        document["models"][0]["scores"].as_array_mut().unwrap().truncate(3);
        let rows: Vec<u64> = made
            .data
            .iter()
            .find(|d| d.name == "hnn.rollout")
            .unwrap()
            .data
            .values(0)
            .iter()
            .map(|v| v.to_bits())
            .collect();
        (document.to_string(), rows)
    };
    assert_eq!(once(1), once(3));
}

/// A model that blows up is named in the table and scores infinite; nothing is dropped.
#[test]
fn rollouts_that_fail_are_told() {
    let text = "
system Truth { state x
  x' = -x }
system Blow { param k = 1
  state x
  x' = k*x^2 + 1e-9*k }
experiment e {
  data d = states(Truth) { init x = -2..2 count 2 }
  fit blow = train(Blow, on = d) { learn = [k], steps = 1 }
  compare [blow] on d { rollout = 0..10 by 0.1, metrics = [rmse(x), valid_time(0.3)] }
}";
    let (made, out) = run(text);
    let list = out.sorted();
    let loaded = load_text("blow.sys", text);
    insta::assert_snapshot!(hamel::diagnostic::render_all(
        &list,
        &loaded.program.files,
        hamel::diagnostic::Format::Human { colour: false }
    ));
    let row = &made.scores[0].rows[0];
    assert_eq!(row.cells[0].median, f64::INFINITY);
    assert!(row.cells[1].median < 2.0 && row.cells[1].median > 0.0);
    assert_eq!(row.failed.iter().map(|f| f.1).sum::<usize>(), 1);
    assert!(made.scores[0].document()["models"][0]["scores"][0]["median"].is_null());
}

/// So is a truth that ends before the rollouts do.
#[test]
fn a_truth_that_fails_is_an_error() {
    let text = "
system Truth { state x
  x' = x^2 }
system Law { param k = 1
  state x
  x' = k*x }
experiment e {
  data d = sample(Truth) { init x ~ uniform(0.9, 1), trajectories = 2, t = 0..0.5 by 0.1 }
  fit law = train(Law, on = d) { learn = [k], steps = 1 }
  compare [law] on d { rollout = 0..5 by 0.1, metrics = [rmse(x)] }
}";
    let (_, out) = run(text);
    let loaded = load_text("ends.sys", text);
    insta::assert_snapshot!(hamel::diagnostic::render_all(
        &out.sorted(),
        &loaded.program.files,
        hamel::diagnostic::Format::Human { colour: false }
    ));
}

/// Rows of a file are the truth over their own times, in the names of their columns.
#[test]
fn rows_of_a_file_are_compared_over_their_times() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare");
    std::fs::create_dir_all(&folder).unwrap();
    let mut csv = String::from("time,angle,velocity\n");
    for k in 0..40 {
        // irregular times of q = cos(t), v = -sin(t)
        let t = 0.1 * f64::from(k) + if k % 2 == 0 { 0.0 } else { 0.03 };
        csv.push_str(&format!("{t},{},{}\n", t.cos(), -t.sin()));
    }
    std::fs::write(folder.join("cosine.csv"), csv).unwrap();
    let text = "
system Law { param k = 1
  state q, p
  q' = p
  p' = -k*q }
experiment e {
  data d = csv(\"cosine.csv\", t = \"time\", q = \"angle\", p = \"velocity\") { targets = central }
  split d into train 0.6, test 0.4
  fit law = train(Law, on = d.train) { learn = [k], steps = 2 }
  compare [law] on d.test { metrics = [rmse(q), energy_mse(1 - cos(q) + p^2), derivative_mse, valid_time(0.3)] }
}";
    let file = folder.join("cosine.sys");
    std::fs::write(&file, text).unwrap();
    let loaded = hamel::run::load_file(&file, None).unwrap();
    let list = experiment::experiments(&loaded.program);
    let mut out = Diagnostics::new();
    let made = experiment::run(&loaded.program, (&list[0].0, &list[0].1), 0, None, &mut out);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let cells = &made.scores[0].rows[0].cells;
    // two steps of 1e-3 leave k at 1 to 2e-3
    assert!(cells[0].median < 5e-3, "{:?}", cells[0]);
    assert!(cells[1].median < 1e-3, "{:?}", cells[1]);
}

/// Example 14 of the language, as written but for the length of its fits.
/// x'' = −x + u with a force that is straight between the rows, or kept until the next one: solved exactly here, piece by
/// piece, and both the loss along runs and the rollouts say so.
#[test]
fn inputs_that_are_columns_drive_runs() {
    for hold in [false, true] {
        let force = |t: f64| 1.0 - 4.0 * ((t / 2.0).fract() - 0.5).abs();
        let (mut x, mut v) = (0.3, 0.0);
        let mut rows = String::from("t,x,v,u\n");
        let h = 0.25f64;
        for k in 0..=80 {
            let t = h * f64::from(k);
            rows += &format!("{t},{x},{v},{}\n", force(t));
            // x = a + s τ is a particular solution of x'' = −x + a + s τ
            let (a, s) = (force(t), if hold { 0.0 } else { (force(t + h) - force(t)) / h });
            let (c, d) = (x - a, v - s);
            (x, v) = (a + s * h + c * h.cos() + d * h.sin(), s - c * h.sin() + d * h.cos());
        }
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("driven");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("d.csv"), rows).unwrap();
        let word = if hold { "hold" } else { "linear" };
        let text = format!(
            "system Driven {{
  param k = 1, c = 0
  input u = 0
  coord x
  x'' = -k*x - c*x' + u
}}
experiment e {{
  data d = csv(\"d.csv\", t = \"t\", x = \"x\", x' = \"v\", u = \"u\")
  fit m = train(Driven, on = d) {{
    learn = [c]
    inputs = {word}
    loss = trajectory(horizon = 0.5, substeps = 20)
    precision = f64
    optimizer = adam(1e-13)
    steps = 1
  }}
  compare [m] on d {{ metrics = [max_error(x), max_error(x')] }}
  check m.loss < 1e-15
  check m.max_error(x) < 1e-8
  check m.max_error(x') < 1e-8
  check m.max_error(x) > 0
}}"
        );
        std::fs::write(folder.join("a.sys"), text).unwrap();
        let loaded = hamel::run::load_file(&folder.join("a.sys"), None).unwrap();
        let list = experiment::experiments(&loaded.program);
        let mut out = Diagnostics::new();
        let made = experiment::run(&loaded.program, (&list[0].0, &list[0].1), 0, None, &mut out);
        assert!(!out.has_errors(), "{out:?}");
        let values: Vec<_> = made.verdicts.iter().map(|v| (&v.text, v.value)).collect();
        assert!(made.verdicts.len() == 4 && made.verdicts.iter().all(|v| v.holds), "{word}: {values:?}");
    }
}

#[test]
fn the_example_of_the_language_runs() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/14_three_models.sys");
    let text = std::fs::read_to_string(path).unwrap();
    let short = text
        .replace("epochs = 2000", "epochs = 1")
        .replace("trajectories = 200", "trajectories = 20")
        .replace("repeat = 5", "repeat = 2")
        .replace("0..20 by 0.05", "0..5 by 0.05");
    assert!(short.matches("epochs = 1 ").count() == 3);
    let (made, out) = run(&short);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let scores = &made.scores[0];
    assert_eq!(scores.rows.iter().map(|r| r.model.as_str()).collect::<Vec<_>>(), ["mlp", "hnn", "dhnn"]);
    assert_eq!(scores.rows[0].cells.len(), 5);
    assert!(made.files.iter().any(|f| f.name == "three_models.json"));
    assert_eq!(made.files.iter().filter(|f| f.name.ends_with(".svg")).count(), 2);
    assert_eq!(made.verdicts.len(), 1);
}

/// `hamel run FOLDER`: every experiment of every file, and one table of all scores at the end.
#[test]
fn a_folder_ends_with_one_table_of_all_scores() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare_folder");
    std::fs::create_dir_all(&folder).unwrap();
    let lines = "  compare [law, slow] on d.test { metrics = [rmse(q), derivative_mse], published = { slow.rmse = 0.5 ± 0.01 }, source = \"a table\" }";
    std::fs::write(folder.join("first.sys"), spring(lines)).unwrap();
    std::fs::write(folder.join("second.sys"), spring("  compare [law] on d.test { metrics = [params] }")).unwrap();
    std::fs::write(folder.join("third.sys"), "system Alone { state x\n  x' = -x }\n").unwrap();
    // What takes hours is run by name.
    std::fs::create_dir_all(folder.join("long")).unwrap();
    std::fs::write(folder.join("long/fourth.sys"), spring("  check law.k > 100")).unwrap();
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_hamel"))
        .args(["run", folder.to_str().unwrap(), "--fresh", "--out"])
        .arg(folder.join("out"))
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stderr).contains("fourth.sys (name one, or give --all)"));
    let (_, table) = text.split_once("all scores\n").unwrap();
    assert!(table.contains("first, e (a table)") && table.contains("second, e"), "{table}");
    let (_, below) = table.split_once("    rmse(q)\n").unwrap();
    let slow = below.lines().next().unwrap();
    assert!(slow.contains("slow  0.5 ± 0.01"), "{slow}");
    assert!(slow.contains(" law ") && slow.ends_with(" beat"), "{slow}: what has nothing published is our own");
    for name in ["scores.md", "scores.json"] {
        assert!(std::fs::read_to_string(folder.join("out").join(name)).unwrap().contains("slow"), "{name}");
    }
    assert!(table.lines().all(|l| l.chars().count() <= 80), "{table}");
}

/// What later lines read and what is judged is the median over repetitions; the table, Markdown and JSON agree.
#[test]
fn the_field_of_a_score_is_the_median_of_the_repetitions() {
    let text = |check: &str| {
        format!(
            "{SPRING}
system Net {{ net Hn(q, p) -> real = mlp([4], tanh, seed = 1)
  coord q
  momentum p of q
  hamiltonian H = Hn(q, p) }}
experiment e {{
  seed 3
  data d = sample(Truth) {{ init q ~ uniform(-1, 1), p ~ uniform(-1, 1), trajectories = 6, t = 0..1 by 0.1 }}
  fit m = train(Net, on = d) {{ steps = 40, optimizer = adam(1e-2) }}
  compare [m] on d {{ metrics = [derivative_mse, derivative_l1], repeat = 4, published = {{ m.derivative_mse = 1e9 }} }}
{check}
}}"
        )
    };
    let (made, out) = run(&text(""));
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let scores = &made.scores[0];
    let cell = &scores.rows[0].cells[0];
    let mut sorted = cell.values.clone();
    sorted.sort_by(f64::total_cmp);
    let median = 0.5 * (sorted[1] + sorted[2]);
    let mean = sorted.iter().sum::<f64>() / 4.0;
    assert!(sorted[0] < sorted[3] && (median - mean).abs() > 1e-6 * median, "{sorted:?}");
    assert!((cell.median - median).abs() <= 1e-14 * median, "{cell:?}");
    let document = scores.document();
    assert_eq!(document["published"][0]["ours"], median);
    assert_eq!(document["models"][0]["scores"][0]["median"], median);
    let screen = hamel::report::terminal::Screen { unicode: true, colour: false };
    let shown = scores.text(screen);
    let line = shown.lines().find(|l| l.trim_start().starts_with("m ")).unwrap();
    let first = line.split_whitespace().nth(1).unwrap();
    assert!((first.parse::<f64>().unwrap() - median).abs() < 0.01 * median, "{shown}");
    assert!(scores.markdown().contains(&format!("| m | {first} ± ")), "{}", scores.markdown());
    let (made, out) = run(&text(&format!(
        "  check m.derivative_mse ≈ {median} within 1e-12\n  check m.derivative_mse.sd > 0\n  check m.derivative_mse ≈ {mean} within 1e-9"
    )));
    assert!(!out.has_errors(), "{:?}", out.sorted());
    let holds: Vec<bool> = made.verdicts.iter().map(|v| v.holds).collect();
    assert_eq!(holds, [true, true, false]);
}

/// What is learned on a ring of four holds on a ring of nine; a counterfactual is the law with the changed term. Repetitions
/// fit again what was changed.
#[test]
fn a_fit_is_compared_with_its_system_changed() {
    let text = "
system Ring(n: int = 4) {
  param k = 3
  coord u[1..n]
  lagrangian L = sum(1/2*u[i]'^2 - 1/2*k*(u[wrap(i+1)] - u[i])^2 for i in 1..n)
}
system Springs(n: int = 4) {
  param k = 1
  coord u[1..n]
  lagrangian L = sum(1/2*u[i]'^2 - 1/2*k*(u[wrap(i+1)] - u[i])^2 for i in 1..n)
}
system Soft(n: int = 4) {
  param k = 1
  coord u[1..n]
  W = sum(1/2*(u[wrap(i+1)] - u[i])^2 for i in 1..n)
  lagrangian L = sum(1/2*u[i]'^2 for i in 1..n) - k*W
}
experiment e {
  seed 0
  data d = states(Ring) { init u ~ normal(0, 1), u' ~ normal(0, 1), count = 20 }
  fit small = train(Springs, on = d) { learn = [k], optimizer = lbfgs, steps = 30 }
  fit wide = adapt(small(n = 9))
  fit soft = train(Soft, on = d) { learn = [k], optimizer = lbfgs, steps = 30 }
  fit half = adapt(soft with { scale W by 1/2 })
  data nine = sample(Ring(n = 9)) { init u ~ normal(0, 1), u' ~ normal(0, 1), trajectories = 2, t = 0..2 by 0.5 }
  data softer = sample(Ring with { param k = 1.5 }) { init u ~ normal(0, 1), u' ~ normal(0, 1), trajectories = 2, t = 0..2 by 0.5 }
  compare [wide] on nine { metrics = [rmse, error_at_end, params], repeat = 2 }
  compare [soft, half] on softer { metrics = [rmse], repeat = 2 }
  run same = simulate(small(n = 9), t = 0..1 by 0.5) { init u[i] = i for i in 1..9, u[i]' = 0 for i in 1..9 }
  check wide.rmse < 1e-6
  check wide.error_at_end < 1e-6
  check half.rmse < 1e-6
  check soft.rmse > 0.1
  check wide.steps > 0
}";
    let (made, out) = run(text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    assert_eq!(made.verdicts.len(), 5);
    assert_eq!(made.scores[0].rows[0].cells[0].values.len(), 2);
}

/// Quantities of metrics are columns of rollouts, of the models and of the truth, and there are pictures of it all.
#[test]
fn energies_of_rollouts_are_read_and_drawn() {
    let text = spring(
        "  compare [law, slow] on d.test { rollout = 0..5 by 0.1, metrics = [energy_mse(E), rmse(q), derivative_mse] }
  check d.test.rollout.E ≈ d.test.rollout.q^2 + d.test.rollout.p^2 within 1e-12
  check slow.rollout[2].E ≈ slow.rollout[2].q^2 + slow.rollout[2].p^2 within 1e-12
  check max(abs(law.rollout.E - d.test.rollout.E)) < 1e-4
  run r = simulate(law, t = 0..1 by 0.1) { init q = 1, p = 0 }
  run s = simulate(Truth, t = 0..1 by 0.1) { init q = 1, p = 0 }
  plot lines(t, [d.test.rollout[1].E, law.rollout[1].E, slow.rollout[1].E])
  plot scores(law, slow)
  plot losses(law, slow)
  plot against(law.H, s.H, q in -1..1, p in -1..1)
  plot against([r.q', r.p'], [s.q', s.p'], q in -1..1, p in -1..1)",
    );
    let (made, out) = run(&text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
    let svg = |k: usize| {
        let file = made.files.iter().find(|f| f.name == format!("e_{k}.svg")).unwrap();
        String::from_utf8_lossy(&file.bytes).into_owned()
    };
    for (k, word) in [(2, "energy_mse"), (3, "slow"), (4, "difference"), (5, "difference")] {
        assert!(svg(k).contains(word), "picture {k}");
    }
    if let Some(folder) = std::env::var_os("HAMEL_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        hamel::files::create_folder(&folder).unwrap();
        for f in &made.files {
            hamel::files::write_result(&folder, &f.name, &f.bytes).unwrap();
        }
    }
}

#[test]
fn scores_of_what_was_not_compared_are_no_picture() {
    let (_, out) = run(&spring("  plot scores(law)"));
    let sorted = out.sorted();
    assert!(sorted.iter().any(|d| d.code == "E0470" && d.message.contains("has no scores")), "{sorted:?}");
}

/// A fit that is to reach a loss ends there; one that is not, or cannot, takes all its steps.
#[test]
fn a_fit_ends_at_the_loss_that_it_was_to_reach() {
    let text = "
system Truth { state x
  x' = -x }
system Law { param k = 2
  state x
  x' = -k*x }
experiment e {
  seed 0
  data d = states(Truth) { init x = 1..2 count 20 }
  fit soon = train(Law, on = d) { learn = [k], optimizer = adam(1e-2), steps = 1000, batch = full, precision = f64, until = 1e-3 }
  fit never = train(Law, on = d) { learn = [k], optimizer = adam(1e-2), steps = 50, batch = full, until = 1e-30 }
  fit all = train(Law, on = d) { learn = [k], optimizer = adam(1e-2), steps = 1000, batch = full, precision = f64 }
  check soon.loss <= 1e-3 and soon.steps < 900
  check abs(soon.k - 1) < 0.05
  check never.steps == 50 and all.steps == 1000
  check all.loss < soon.loss
}";
    let (made, out) = run(text);
    assert!(!out.has_errors(), "{:?}", out.sorted());
    assert!(made.verdicts.iter().all(|v| v.holds), "{:?}", made.verdicts);
}

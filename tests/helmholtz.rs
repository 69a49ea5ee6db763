//! Fields taken apart by lines of experiments, parts by groups of rows, and arrays over axes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::model::{self, Sources};
use hamel::run::experiment::{self, ExperimentOutput};

/// Files in memory.
struct Memory(Vec<(String, Vec<u8>)>);

impl Sources for Memory {
    fn read(&self, _: &str, path: &str) -> Result<(String, String), String> {
        Err(format!("there is no file `{path}`"))
    }

    fn bytes(&self, _: &str, path: &str) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|f| f.0 == path);
        found.map(|f| f.1.clone()).ok_or_else(|| format!("there is no file `{path}`"))
    }

    fn standard(&self, _: &str) -> Option<Vec<(String, String)>> {
        None
    }

    fn standard_names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn run(text: &str, files: Vec<(String, Vec<u8>)>) -> (ExperimentOutput, Diagnostics) {
    let (program, problems) = model::load("t.sys", text, &Memory(files));
    assert!(!problems.has_errors(), "{problems:?}");
    let list = experiment::experiments(&program);
    let mut out = Diagnostics::new();
    let output = experiment::run(&program, (&list[0].0, &list[0].1), 0, None, &mut out);
    (output, out)
}

fn good(text: &str, files: Vec<(String, Vec<u8>)>) -> ExperimentOutput {
    let (output, out) = run(text, files);
    assert!(!out.has_errors(), "{out:?}\n{text}");
    for v in &output.verdicts {
        assert!(v.holds, "{} ({} against {}, {:?})", v.text, v.value, v.bound, v.trouble);
    }
    output
}

const SPRING: &str = "system DampedSpring {
  param ρ = 2
  coord q
  momentum p of q
  hamiltonian  H = q^2 + p^2
  irrotational D = -1/2*ρ*q^2
}
";

#[test]
fn the_parts_of_a_field_are_data_for_later_lines() {
    let text = format!(
        "{SPRING}experiment e {{
  data d = states(DampedSpring) {{ init q = -1.2..1.2 count 25, p = -1.2..1.2 count 25 }}
  data h = helmholtz(d, grid = [25, 25])
  check max(norm(h.rotational + h.irrotational + h.harmonic - h.field)) < 1e-12
  check max(norm(h.harmonic)) < 1e-12
  check max(norm(h.field - [2*h.p - 2*h.q, -2*h.q])) < 1e-12
  check max(abs(h.q' - h.field[1])) < 1e-12
  # the least dissipation has no more of it than the friction itself
  data least = helmholtz(d) {{ boundary = dirichlet }}
  check mean(least.irrotational[1]^2 + least.irrotational[2]^2) < mean(4*least.q^2)
  check max(norm(least.harmonic)) < 1e-12
  # and both methods agree
  data direct = helmholtz(d) {{ method = direct }}
  check max(norm(direct.rotational - h.rotational)) < 1e-11
  check max(abs(direct.D - h.D)) < 1e-11
}}
"
    );
    let output = good(&text, Vec::new());
    assert_eq!(output.data.iter().find(|d| d.name == "h").unwrap().data.rows(), 625);
}

#[test]
fn scattered_rows_are_gridded_and_the_published_relaxation_stands_beside() {
    let text = format!(
        "{SPRING}experiment e {{
  seed 42
  data d = states(DampedSpring) {{ init q = -1.2..1.2 count 25, p = -1.2..1.2 count 25 }}
  split d into train 0.85, test 0.15 {{ shuffle = true, generator = numpy }}
  data whole = helmholtz(d)
  data ours = helmholtz(d.train, grid = [25, 25])
  data near = helmholtz(d.train, grid = [25, 25]) {{ gridding = nearest }}
  data old = helmholtz(d.train, grid = [25, 25]) {{ boundary = periodic, method = relaxation, gridding = nearest }}
  check max(norm(ours.field - whole.field)) < 1e-12
  check mean(1/2*norm(ours.rotational + ours.irrotational - whole.field)^2) < 5.98e-3
  check mean(1/2*norm(near.rotational + near.irrotational - whole.field)^2) > 1e-3
  check mean(1/2*norm(old.rotational + old.irrotational - whole.field)^2) > 1e-3
}}
"
    );
    good(&text, Vec::new());
    let notes = run(&text, Vec::new()).1.sorted();
    assert!(notes.iter().any(|d| d.code == "W0483"), "{notes:?}");
}

fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let mut head = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    while (head.len() + 11) % 64 != 0 {
        head.push(' ');
    }
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((head.len() as u16).to_le_bytes());
    out.extend(head.as_bytes());
    values.iter().for_each(|v| out.extend(v.to_le_bytes()));
    out
}

#[test]
fn arrays_over_axes_are_rows_with_land_left_out() {
    // two days of a turning current on 5 × 4 points, one of them land
    let mut u = Vec::new();
    let mut v = Vec::new();
    for day in 0..2 {
        for j in 0..4 {
            for i in 0..5 {
                let land = i == 2 && j == 1;
                let (x, y) = (i as f32, j as f32);
                u.push(if land { f32::NAN } else { -y * (day + 1) as f32 });
                v.push(if land { f32::NAN } else { x * (day + 1) as f32 });
            }
        }
    }
    let files = vec![("u.npy".to_owned(), npy("2, 4, 5", &u)), ("v.npy".to_owned(), npy("2, 4, 5", &v))];
    let text = "experiment e {
  data d = npy(u = \"u.npy\", v = \"v.npy\") { axes = [day, y, x], day = 1..2, y = 0..3, x = 0..4 }
  check max(abs(d.u + d.y*d.day)) < 1e-12
  check max(abs(d.v - d.x*d.day)) < 1e-12
  data h = helmholtz(d) { at = [x, y], field = [u, v], where = { day = 2 } }
  check max(norm(h.rotational + h.irrotational + h.harmonic - h.field)) < 1e-12
  check max(abs(h.field[2] - 2*h.x)) < 1e-12
  data r = npy(x' = \"u.npy\") { axes = [day, y, x], y = 0..3, x = 0..4 }
}
";
    let text = text.replace("npy(x' = \"u.npy\") { ", "npy(w = \"v.npy\") { x' = \"u.npy\", ");
    let output = good(&text, files);
    let get = |name: &str| &output.data.iter().find(|d| d.name == name).unwrap().data;
    assert_eq!((get("d").rows(), get("h").rows()), (38, 19));
    let r = get("r");
    assert_eq!(r.rates(r.column("x").unwrap()), Some(r.values(r.column("x'").unwrap())));
}

#[test]
fn groups_of_rows_stay_together() {
    let text = format!(
        "{SPRING}experiment e {{
  data d = states(DampedSpring) {{ init q = 0..9 count 10, p = 0..9 count 10 }}
  split d into train 0.75, test 0.25 {{ by = blocks(q = 2, p = 2), shuffle = true }}
  data f = states(DampedSpring) {{ init q = 0..9 count 10, p = 0..9 count 10 }}
  split f into train 0.8, test 0.2 {{ by = values(q) }}
}}
"
    );
    let output = good(&text, Vec::new());
    let get = |name: &str| &output.data.iter().find(|d| d.name == name).unwrap().data;
    let (test, train) = (get("d.test"), get("d.train"));
    assert_eq!((train.rows(), test.rows()), (75, 25));
    let block = |d: &hamel::data::Dataset| {
        let mut list: Vec<(bool, bool)> =
            d.values(0).iter().zip(d.values(1)).map(|(q, p)| (*q >= 4.5, p >= 4.5)).collect();
        list.sort_unstable();
        list.dedup();
        list
    };
    assert_eq!((block(test).len(), block(train).len()), (1, 3));
    assert!(get("f.test").values(0).iter().all(|q| *q >= 8.0) && get("f.test").rows() == 20);
}

const TURNING: &str = "system Turning {
  param w = 1
  state x, y
  x' = -w*y
  y' = w*x
}
";

#[test]
fn a_measured_field_carries_drifters_that_models_are_compared_with() {
    let text = format!(
        "{TURNING}experiment e {{
  data d = states(Turning) {{ init x = -1..1 count 21, y = -1..1 count 21 }}
  data real = drifters(d) {{ starts = [0.5, 0; 0, -0.25], t = 0..3 by 0.1 }}
  check max(abs(real[1].x^2 + real[1].y^2 - 0.25)) < 1e-6
  check max(abs(real[2].x^2 + real[2].y^2 - 0.0625)) < 1e-6
  check max(abs(real[1].x - 0.5*cos(real[1].t))) < 1e-5
  check max(abs(real[1].x' + real[1].y)) < 1e-12
  fit m = train(Turning with {{ param w = 0.6 }}, on = d) {{
    loss = derivative
    learn = [w]
    optimizer = lbfgs
    steps = 20
  }}
  # the flow that was learned has what was measured
  data learned = helmholtz(m, x in -1..1 count 21, y in -1..1 count 21)
  data known = helmholtz(d)
  check max(norm(learned.rotational - known.rotational)) < 1e-6
  plot quiver(m, x in -1..1, y in -1..1)
  compare [m] on real {{ metrics = [rmse(x), rmse(y)] }}
  check m.rmse(x) < 1e-4
  plot path(real[1].x, real[1].y, m.rollout[1].x, m.rollout[1].y)
}}
"
    );
    let output = good(&text, Vec::new());
    let real = &output.data.iter().find(|d| d.name == "real").unwrap().data;
    assert_eq!((real.trials().len(), real.rows()), (2, 62));
    let svg = String::from_utf8_lossy(&output.files[2].bytes).into_owned();
    assert!(svg.contains("m.rollout[1]") && svg.contains("real[1]"));
}

/// A current on 4 days and 5 × 4 points that grows with time, with land at the right end.
fn growing() -> Vec<(String, Vec<u8>)> {
    let (mut u, mut v) = (Vec::new(), Vec::new());
    for day in 0..4 {
        for _ in 0..4 {
            for i in 0..5 {
                u.push(if i == 4 { f32::NAN } else { day as f32 });
                v.push(if i == 4 { f32::NAN } else { 0.0 });
            }
        }
    }
    vec![("u.npy".to_owned(), npy("4, 4, 5", &u)), ("v.npy".to_owned(), npy("4, 4, 5", &v))]
}

#[test]
fn a_field_that_changes_is_followed_along_its_times_and_land_ends_a_path() {
    let text = "experiment e {
  data d = npy(u = \"u.npy\", v = \"v.npy\") { axes = [day, y, x], day = 0..3, y = 0..3, x = 0..8 }
  data r = drifters(d) { at = [x, y], field = [u, v], along = day, starts = [0.5, 1; 4, 1], t = 0..3 by 0.5 }
  check max(abs(r[1].x - 0.5 - r[1].t^2/2)) < 1e-9
  check max(abs(r[1].day - r[1].t)) < 1e-12
  check max(abs(r[1].x' - r[1].t)) < 1e-12
}
";
    let output = good(text, growing());
    let r = &output.data.iter().find(|d| d.name == "r").unwrap().data;
    let rows: Vec<usize> = r.trials().iter().map(hamel::data::Trial::rows).collect();
    // the second one comes to x = 6, beside land, after two days
    assert_eq!(rows, [7, 5]);
    let notes = run(text, growing()).1.sorted();
    assert!(notes.iter().any(|d| d.code == "W0483" && d.message.contains("1 of 2")), "{notes:?}");
}

#[test]
fn drifters_need_a_field_a_place_and_a_time() {
    let wrong = |line: &str, code: &str| {
        let text = format!(
            "experiment e {{
  data d = npy(u = \"u.npy\", v = \"v.npy\") {{ axes = [day, y, x], day = 0..3, y = 0..3, x = 0..8 }}
  data r = drifters(d) {{ {line} }}
}}
"
        );
        let out = run(&text, growing()).1.sorted();
        assert!(out.iter().any(|d| d.code == code), "{line}: {out:?}");
    };
    wrong("at = [x, y], field = [u, v], along = day, t = 0..3 by 0.5", "E0498");
    wrong("at = [x, y], along = day, starts = [1, 1], t = 0..3 by 0.5", "E0498");
    wrong("at = [x, y], field = [u, v], along = day, starts = [1, 1, 1], t = 0..3 by 0.5", "E0498");
    wrong("at = [x, y], field = [u, v], along = day, starts = [1, 1], t = 3..0 by 0.5", "E0498");
    // four days at one place
    wrong("at = [x, y], field = [u, v], starts = [1, 1], t = 0..3 by 0.5", "E0499");
    // on land, and beyond the last day
    wrong("at = [x, y], field = [u, v], along = day, starts = [8, 1], t = 0..3 by 0.5", "E0499");
    wrong("at = [x, y], field = [u, v], along = day, starts = [1, 1], t = 0..9 by 0.5", "E0499");
}

#[test]
fn a_flow_is_taken_apart_over_ranges_beside_the_potentials_of_its_system() {
    let text = format!(
        "{SPRING}experiment e {{
  run r = simulate(DampedSpring, t = 0..1 by 0.1) {{ init q = 1, p = 0 }}
  data a = helmholtz(r, q in -1.2..1.2 count 25, p in -1.2..1.2 count 25)
  check max(norm(a.rotational + a.irrotational + a.harmonic - a.field)) < 1e-12
  check max(norm(a.field - [2*a.p - 2*a.q, -2*a.q])) < 1e-12
  check max(abs(a.div_rotational)) < 1e-10
  check max(abs(a.curl_irrotational)) < 1e-10
  check max(abs(a.div_harmonic)) < 1e-10
  check max(abs(a.curl_harmonic)) < 1e-10
  data own = helmholtz(r, q in -1.2..1.2 count 25, p in -1.2..1.2 count 25) {{ method = own }}
  check max(norm(own.rotational - [2*own.p, -2*own.q])) < 1e-12
  check max(norm(own.irrotational - [-2*own.q, 0])) < 1e-12
  check max(norm(own.harmonic)) < 1e-12
  data two = helmholtz([r.q', r.p'], q in -1.2..1.2 count 25, p in -1.2..1.2 count 25)
  check max(norm(two.rotational - a.rotational)) < 1e-12
  plot helmholtz(a, own) {{ title = \"The least rotation, and what is declared\" }}
}}
"
    );
    let output = good(&text, Vec::new());
    let names: Vec<&str> = output.files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["e_1.svg", "e_1.png"]);
    let svg = String::from_utf8_lossy(&output.files[0].bytes).into_owned();
    for word in ["irrotational", "harmonic", "own"] {
        assert!(svg.contains(word), "{word}");
    }
}

#[test]
fn what_has_no_potentials_of_its_own_is_told() {
    let wrong = |lines: &str, code: &str| {
        let text = format!("{TURNING}experiment e {{\n{lines}\n}}\n");
        let out = run(&text, Vec::new()).1.sorted();
        assert!(out.iter().any(|d| d.code == code), "{lines}: {out:?}");
    };
    let r = "run r = simulate(Turning, t = 0..1 by 0.1) { init x = 1, y = 0 }\n";
    wrong(&format!("{r}data a = helmholtz(r, x in -1..1, y in -1..1) {{ method = own }}"), "E0498");
    wrong(&format!("{r}data a = helmholtz(r.x, x in -1..1, y in -1..1)"), "E0498");
    wrong(&format!("{r}data a = helmholtz(r, x in -1..1)"), "E0498");
    wrong("data d = states(Turning) { init x = -1..1 count 3, y = -1..1 count 3 }\nplot helmholtz(d)", "E0470");
}

#[test]
fn potentials_are_written_with_their_gauge() {
    let derived = |system: &str, of: &str| {
        let text = format!("{system}experiment e {{ derive {of} {{ show = [helmholtz] }} }}\n");
        let output = good(&text, Vec::new());
        output.texts.concat()
    };
    let spring = derived(SPRING, "DampedSpring");
    assert!(spring.contains("as declared") && spring.contains("gauge"), "{spring}");
    assert_eq!(spring.matches("D = ").count(), 2, "{spring}");
    let turning = derived(TURNING, "Turning");
    assert!(turning.contains("D = 0") && !turning.contains("as declared"), "{turning}");
    // what is no polynomial has another gauge, and says so
    let pendulum = "system Pendulum {\n  param c = 1/2\n  state x, y\n  x' = y\n  y' = -sin(x) - c*y + cos(t)\n}\n";
    let damped = derived(pendulum, "Pendulum");
    for line in [
        "H = 1/2*c*x*y - cos(x) - x*cos(t) + 1/2*y^2    (any harmonic function",
        "D = -1/4*c*x^2 - 1/4*c*y^2    (gauge: D is made of the functions of the flow",
    ] {
        assert!(damped.contains(line), "{damped}");
    }
    let none = "system Chirp {\n  state x, y\n  x' = y\n  y' = -sin(x^2)\n}\n";
    let text = format!("{none}experiment e {{ derive Chirp {{ show = [helmholtz] }} }}\n");
    let out = run(&text, Vec::new()).1.sorted();
    let told = |d: &hamel::diagnostic::Diagnostic| d.code == "E0499" && d.message.contains("of linear forms");
    assert!(out.iter().any(told), "{out:?}");
}

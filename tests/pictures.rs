//! Lines of an experiment that draw vector fields and fields over time, as files, read back.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::run::experiment::{self, ExperimentOutput};
use hamel::run::source::load_text;

const SYSTEMS: &str = "
system Spiral {
  coord x : [m]
  x'' = -4 [1/s^2]*x - 0.4 [1/s]*x'
  init x = 1 [m], x' = 0 [m/s]
  simulate { t = 0..3 [s] by 0.1 [s] }
}
system Swirl {
  state a, b : [m]
  a' = -(1 [1/s])*b - 0.2 [1/s]*a
  b' = 1 [1/s]*a - 0.2 [1/s]*b
  init a = 1 [m], b = 0 [m]
  simulate { t = 0..3 [s] by 0.1 [s] }
}
system Plate {
  param D = 0.02 [m^2/s]
  grid x in 0 [m]..1 [m] count 24, y in 0 [m]..1 [m] count 16
  field c(x, y)
  c' = D*laplacian(c)
  boundary ∂(c, x)(0 [m], y) = 0, ∂(c, x)(1 [m], y) = 0, ∂(c, y)(x, 0 [m]) = 0, ∂(c, y)(x, 1 [m]) = 0
  init c = exp(-((x - 0.3 [m])^2 + (y - 0.6 [m])^2)/(0.02 [m^2]))
  simulate { t = 0..1 [s] by 0.1 [s] }
}
system Rod {
  param D = 0.02 [m^2/s]
  grid x in 0 [m]..1 [m] count 40
  field u(x) : [K]
  u' = D*laplacian(u)
  boundary u(0 [m]) = 0 [K], u(1 [m]) = 0 [K]
  init u = 1 [K]*sin(π*x/(1 [m]))
  simulate { t = 0..1 [s] by 0.1 [s] }
}
";

const LINES: &str = "
experiment e {
  run s = simulate(Spiral)
  run w = simulate(Swirl)
  run a = simulate(Plate)
  run b = simulate(Plate) { param D = 0.01 [m^2/s] }
  run r = simulate(Rod)
  plot quiver([s.x', s.x''], x in -1 [m]..1 [m], v in -2 [m/s]..2 [m/s])
  plot quiver(w, a in -1 [m]..1 [m], b in -1 [m]..1 [m]) { title = \"A swirl\", count = 15 }
  plot stream(w, a^2 + b^2, a in -1 [m]..1 [m], b in -1 [m]..1 [m])
  plot quiver(w.a, w.b, w.a', w.b')
  plot image(a.c)
  plot image([a.c, b.c, a.c - b.c], t = [0, 0.3, 1]) { title = \"Two diffusivities\" }
  plot image(r.u)
  plot image(r.u, t = [0, 0.5, 1]) { xlabel = \"place\" }
  plot film([a.c, b.c]) { frames = 6, fps = 5 }
  plot film(r.u) { frames = 6, format = gif }
}
";

fn run(text: &str) -> (ExperimentOutput, Diagnostics) {
    let loaded = load_text("test.sys", text);
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let list = experiment::experiments(&loaded.program);
    let (name, lines) = &list[0];
    let mut out = Diagnostics::new();
    let output = experiment::run(&loaded.program, (name, lines), 0, None, &mut out);
    (output, out)
}

#[test]
fn fields_over_time_and_vector_fields_are_drawn() {
    let lines = LINES.replace(
        "[s.x', s.x''], x in -1 [m]..1 [m], v in -2 [m/s]..2 [m/s]",
        "[v, -4 [1/s^2]*x], x in -1 [m]..1 [m], v in -2 [m/s]..2 [m/s]",
    );
    let (output, out) = run(&format!("{SYSTEMS}{lines}"));
    assert!(!out.has_errors(), "{out:?}");
    if let Some(folder) = std::env::var_os("HAMEL_PICTURES") {
        for f in &output.files {
            hamel::files::write_result(std::path::Path::new(&folder), &f.name, &f.bytes).unwrap();
        }
    }
    let names: Vec<&str> = output.files.iter().map(|f| f.name.as_str()).collect();
    let of = |name: &str| output.files.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name} in {names:?}"));
    let svg = |k: usize| String::from_utf8(of(&format!("e_{k}.svg")).bytes.clone()).unwrap();
    assert_eq!(svg(5).matches("t = ").count(), 5);
    let three = svg(6);
    assert!(three.contains("a.c − b.c") && three.contains("t = 0.3 s"));
    assert_eq!(three.matches("<image").count(), 9 + 2);
    assert!(svg(7).contains("[K]") && svg(8).contains("place"));
    let pages = |name: &str| {
        let reader = png::Decoder::new(std::io::Cursor::new(&of(name).bytes)).read_info().unwrap();
        reader.info().animation_control().map(|c| c.num_frames)
    };
    assert_eq!(pages("e_9.png"), Some(6));
    assert!(names.contains(&"e_9.gif") && names.contains(&"e_10.gif") && !names.contains(&"e_10.png"));
    // The same bytes again.
    let again = run(&format!("{SYSTEMS}{lines}")).0;
    for (a, b) in output.files.iter().zip(&again.files) {
        assert!(a.bytes == b.bytes || a.name.ends_with("json"), "{}", a.name);
    }
}

/// A run from several starts shows the one that is asked for: the same picture as of a run of its own.
#[test]
fn an_image_of_one_of_several_trajectories() {
    let system = "
system Ramp {
  grid x in 0..1 count 8, y in 0..1 count 4
  field c(x, y)
  c' = -c
  init c = 2*x + y
  simulate { t = 0..1 by 0.5 }
}
experiment e {";
    let picture = |lines: &str| {
        let (output, out) = run(&format!("{system}{lines}}}"));
        assert!(!out.has_errors(), "{out:?}");
        let svg = output.files.iter().find(|f| f.name.ends_with("svg")).unwrap();
        let svg = String::from_utf8(svg.bytes.clone()).unwrap();
        // Behind the title and where the numbers come from, but for the names.
        let drawn = svg.split_once("</metadata>").expect("metadata").1;
        drawn.replace("a[2].c", "a.c").replace("a[1].c", "a.c")
    };
    let several = "run a = simulate(Ramp) { init c = k*x + y for k in 1..3 }\n";
    let alone = picture("run a = simulate(Ramp)\n plot image([a.c, a.c - a.c], t = [0, 1])");
    assert!(alone == picture(&format!("{several} plot image([a[2].c, a[2].c - a[2].c], t = [0, 1])")));
    assert!(alone != picture(&format!("{several} plot image([a[1].c, a[1].c - a[1].c], t = [0, 1])")));
}

/// The first frame is the start, read point by point: x to the right, y upwards.
#[test]
fn images_stand_upright() {
    let text = "
system Ramp {
  grid x in 0..1 count 8, y in 0..1 count 4
  field c(x, y)
  c' = -c
  init c = x + 10*y
  simulate { t = 0..1 by 0.5 }
}
experiment e {
  run a = simulate(Ramp)
  plot image(a.c, t = 0)
}";
    let (output, out) = run(text);
    assert!(!out.has_errors(), "{out:?}");
    let svg = output.files.iter().find(|f| f.name.ends_with("svg")).unwrap();
    let svg = String::from_utf8(svg.bytes.clone()).unwrap();
    let data = svg.split("base64,").nth(1).and_then(|s| s.split('"').next()).unwrap();
    let mut bits = Vec::new();
    for c in data.bytes().filter(|c| *c != b'=') {
        let v =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".iter().position(|l| *l == c).unwrap();
        bits.extend((0..6).rev().map(|k| v >> k & 1));
    }
    let bytes: Vec<u8> = bits.chunks_exact(8).map(|b| b.iter().fold(0u8, |w, bit| w << 1 | *bit as u8)).collect();
    let picture = hamel::data::image::read("frame", &bytes).unwrap();
    assert_eq!((picture.width, picture.height), (8, 4));
    let at = |x: usize, y: usize| picture.values[(3 - y) * 8 + x];
    // Brightness grows with the value along both axes.
    for y in 0..4 {
        assert!((1..8).all(|x| at(x, y) >= at(x - 1, y)));
    }
    for x in 0..8 {
        assert!((1..4).all(|y| at(x, y) > at(x, y - 1) + 0.05));
    }
}

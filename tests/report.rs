//! Results as bytes: tables, archives, figures.

use hamel::report::plot::drift::Drift;
use hamel::report::plot::lines::{Group, Lines};
use hamel::report::plot::path::Path;
use hamel::report::plot::phase::Phase;
use hamel::report::plot::{OverviewInput, Quantity, Series, overview};

/// The double pendulum of equal masses and lengths (θ1, θ2, θ1', θ2'), by the classical fourth-order rule.
fn double_pendulum(steps: usize, h: f64) -> (Vec<f64>, [Vec<f64>; 4]) {
    let (g, l) = (9.81f64, 1.0f64);
    let f = |y: [f64; 4]| {
        let d = y[0] - y[1];
        let (s, c) = d.sin_cos();
        let below = 2.0 - c * c;
        let a = -s * y[3] * y[3] - 2.0 * g / l * y[0].sin();
        let b = s * y[2] * y[2] - g / l * y[1].sin();
        [y[2], y[3], (a - c * b) / below, (2.0 * b - c * a) / below]
    };
    let add = |y: [f64; 4], k: [f64; 4], h: f64| [0, 1, 2, 3].map(|i| y[i] + h * k[i]);
    let mut y = [2.1, -0.2, 0.0, 0.0];
    let mut t = Vec::new();
    let mut columns: [Vec<f64>; 4] = Default::default();
    for n in 0..=steps {
        t.push(n as f64 * h);
        for (column, value) in columns.iter_mut().zip(y) {
            column.push(value);
        }
        for _ in 0..4 {
            let h = h / 4.0;
            let k1 = f(y);
            let k2 = f(add(y, k1, h / 2.0));
            let k3 = f(add(y, k2, h / 2.0));
            let k4 = f(add(y, k3, h));
            y = [0, 1, 2, 3].map(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        }
    }
    (t, columns)
}

fn pendulum_overview() -> OverviewInput {
    let (t, [a, b, da, db]) = double_pendulum(2000, 0.01);
    let angle = Quantity::new("", "rad").periodic(2.0 * std::f64::consts::PI);
    let rate = Quantity::new("", "rad/s");
    let x1: Vec<f64> = a.iter().map(|v| v.sin()).collect();
    let y1: Vec<f64> = a.iter().map(|v| -v.cos()).collect();
    let x2: Vec<f64> = x1.iter().zip(&b).map(|(x, v)| x + v.sin()).collect();
    let y2: Vec<f64> = y1.iter().zip(&b).map(|(y, v)| y - v.cos()).collect();
    let energy: Vec<f64> = (0..t.len())
        .map(|i| {
            let (u, v) = (da[i], db[i]);
            u * u + 0.5 * v * v + u * v * (a[i] - b[i]).cos() - 9.81 * (2.0 * a[i].cos() + b[i].cos())
        })
        .collect();
    let off: Vec<f64> = energy.iter().map(|e| (e - energy[0]) / energy[0].abs()).collect();
    OverviewInput {
        lines: Lines {
            x: Quantity::new("t", "s"),
            groups: vec![
                Group { y: angle, series: vec![Series::new("θ1", &t, &a), Series::new("θ2", &t, &b)] },
                Group { y: rate, series: vec![Series::new("θ1'", &t, &da), Series::new("θ2'", &t, &db)] },
            ],
        },
        path: Some(Path {
            x: Quantity::new("x", "m"),
            y: Quantity::new("y", "m"),
            series: vec![Series::new("r1", &x1, &y1), Series::new("r2", &x2, &y2)],
            body: vec![(0.0, 0.0), (x1[2000], y1[2000]), (x2[2000], y2[2000])],
        }),
        phase: Some(Phase {
            x: Quantity::new("θ1", "rad").periodic(2.0 * std::f64::consts::PI),
            y: Quantity::new("θ1'", "rad/s"),
            series: vec![Series::new("θ1", &a, &da)],
            ..Phase::default()
        }),
        drift: Some(Drift { x: Quantity::new("t", "s"), series: vec![Series::new("E", &t, &off)] }),
    }
}

/// Writes a picture where `HAMEL_PICTURES` says, for people to look at.
fn look_at(name: &str, figure: &hamel::report::plot::Figure) {
    if let Some(folder) = std::env::var_os("HAMEL_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        hamel::files::create_folder(&folder).expect("folder");
        hamel::files::write_result(&folder, &format!("{name}.png"), &figure.png(name, "{}").expect("png"))
            .expect("png");
        hamel::files::write_result(&folder, &format!("{name}.svg"), &figure.svg(name, "{}").expect("svg"))
            .expect("svg");
    }
}

#[test]
fn the_overview_of_a_double_pendulum() {
    let figure = overview(&pendulum_overview());
    look_at("overview", &figure);
    let svg = figure.svg("pendulum", "{}").expect("svg");
    assert!(svg.len() < 400_000, "{}", svg.len());
}

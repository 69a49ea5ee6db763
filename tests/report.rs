//! Results as bytes: tables, archives, figures.

#![allow(clippy::disallowed_methods)]

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
        images: Vec::new(),
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
        phases: vec![Phase {
            x: Quantity::new("θ1", "rad").periodic(2.0 * std::f64::consts::PI),
            y: Quantity::new("θ1'", "rad/s"),
            series: vec![Series::new("θ1", &a, &da)],
            ..Phase::default()
        }],
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

/// Every kind of plot over data of its own sort, by name.
fn every_plot() -> Vec<(&'static str, hamel::report::plot::Figure)> {
    use hamel::report::plot::{
        against, curve, drift, field, grid::Grid, histogram, image, lines, losses, path, phase, scatter, scores,
    };
    const PI: f64 = std::f64::consts::PI;
    let run = pendulum_overview();
    let angle = |name: &str| Quantity::new(name, "rad").periodic(2.0 * PI);
    let around = ((-PI, PI), (-7.0, 7.0));
    let energy = Grid::sampled(around.0, around.1, (90, 90), |q, p| 0.5 * p * p - 9.81 * q.cos());
    let u = Grid::sampled(around.0, around.1, (60, 60), |_, p| p);
    let v = Grid::sampled(around.0, around.1, (60, 60), |q, p| -9.81 * q.sin() - 0.3 * p);
    let mut swing = (vec![-3.0], vec![4.0]);
    for i in 0..2400 {
        let (q, p): (f64, f64) = (swing.0[i], swing.1[i]);
        let p = p + 0.005 * (-9.81 * q.sin() - 0.3 * p);
        swing.0.push(q + 0.005 * p);
        swing.1.push(p);
    }
    let steps: Vec<f64> = (0..40).map(|i| 0.5 * 0.8f64.powi(i)).collect();
    let order = |n: i32, c: f64| steps.iter().map(|h| c * h.powi(n) + 1e-15).collect::<Vec<f64>>();
    let mut x = 0.3;
    let (mut rate, mut orbit) = (Vec::new(), Vec::new());
    for i in 0..400 {
        let r = 2.8 + 1.2 * f64::from(i) / 400.0;
        for k in 0..120 {
            x = r * x * (1.0 - x);
            if k > 60 {
                rate.push(r);
                orbit.push(x);
            }
        }
    }
    let normal: Vec<f64> = (0..3000)
        .map(|i| (0..12).map(|k| ((f64::from(i * 12 + k) * 0.754_877_666).fract()) - 0.5).sum::<f64>() * 1e-9)
        .collect();
    let basin = Grid::sampled((-2.0, 2.0), (-2.0, 2.0), (160, 160), |x, y| (3.0 * x * y).sin() + 0.3 * (5.0 * x).cos());
    let planets: Vec<Series> = (1..=12)
        .map(|k| {
            let r = 1.0e11 * f64::from(k);
            let turn = |i: i32| f64::from(i) * 0.02 / f64::from(k);
            let xs: Vec<f64> = (0..300).map(|i| r * turn(i).cos()).collect();
            let ys: Vec<f64> = (0..300).map(|i| r * turn(i).sin()).collect();
            Series::new(format!("r[{k}]"), &xs, &ys)
        })
        .collect();
    let log = Quantity::new("error", "");
    let mut weather = (vec![0.0], [vec![1.0], vec![1.0], vec![1.05]]);
    for i in 0..8000 {
        let [x, y, z] = [0, 1, 2].map(|k| weather.1[k][i]);
        let h = 0.005;
        weather.0.push(h * (i + 1) as f64);
        weather.1[0].push(x + h * 10.0 * (y - x));
        weather.1[1].push(y + h * (x * (28.0 - z) - y));
        weather.1[2].push(z + h * (x * y - 8.0 / 3.0 * z));
    }
    let (time, [x, y, z]) = weather;
    let flow = OverviewInput {
        lines: Lines {
            x: Quantity::new("t", ""),
            groups: vec![Group {
                y: Quantity::default(),
                series: vec![Series::new("x", &time, &x), Series::new("y", &time, &y), Series::new("z", &time, &z)],
            }],
        },
        phases: vec![Phase {
            x: Quantity::new("x", ""),
            y: Quantity::new("z", ""),
            series: vec![Series::new("x", &x, &z)],
            ..Phase::default()
        }],
        ..OverviewInput::default()
    };
    let one = OverviewInput {
        lines: Lines {
            x: Quantity::new("t", "s"),
            groups: vec![Group {
                y: angle(""),
                series: vec![Series::new("θ", &run.lines.groups[0].series[0].x, &run.lines.groups[0].series[0].y)],
            }],
        },
        path: None,
        ..run.clone()
    };
    vec![
        ("overview", overview(&run)),
        ("overview_flow", overview(&flow)),
        ("overview_one", overview(&one)),
        ("lines", lines::lines(&run.lines)),
        ("drift", drift::drift(run.drift.as_ref().expect("drift"))),
        (
            "path",
            path::path(&path::Path {
                x: Quantity::new("x", "m"),
                y: Quantity::new("y", "m"),
                series: planets,
                body: Vec::new(),
            }),
        ),
        (
            "phase",
            phase::phase(&phase::Phase {
                separatrix: Vec::new(),
                x: angle("θ"),
                y: Quantity::new("θ'", "rad/s"),
                series: vec![Series::new("θ", &swing.0, &swing.1)],
                flow: Some((u.clone(), v.clone())),
                levels: None,
                fixed: vec![((0.0, 0.0), phase::Stability::Stable), ((PI, 0.0), phase::Stability::Saddle)],
            }),
        ),
        (
            "portrait",
            phase::phase(&phase::Phase {
                x: angle("q"),
                y: Quantity::new("p", "kg m^2/s"),
                levels: Some(energy.clone()),
                ..phase::Phase::default()
            }),
        ),
        (
            "field",
            field::field(&field::Field {
                x: angle("q"),
                y: Quantity::new("p", "kg m^2/s"),
                level: Some((Quantity::new("H", "J"), energy)),
                ..field::Field::default()
            }),
        ),
        (
            "flow",
            field::field(&field::Field {
                x: angle("θ"),
                y: Quantity::new("ω", "rad/s"),
                flow: Some((u, v)),
                ..field::Field::default()
            }),
        ),
        (
            "image",
            image::image(&image::Image {
                x: Quantity::new("x0", "m"),
                y: Quantity::new("x0'", "m/s"),
                value: Quantity::new("u", "K"),
                grid: basin,
                equal: true,
            }),
        ),
        (
            "histogram",
            histogram::histogram(&histogram::Histogram {
                x: Quantity::new("x", "m"),
                samples: vec![("x".to_owned(), normal)],
                bins: None,
            }),
        ),
        (
            "scatter",
            scatter::scatter(&scatter::Scatter {
                x: Quantity::new("r", ""),
                y: Quantity::new("x", ""),
                series: vec![Series::new("x", &rate, &orbit)],
                ..scatter::Scatter::default()
            }),
        ),
        (
            "curve",
            curve::curve(&curve::Curve {
                x: Quantity::new("h", "s"),
                y: log,
                series: vec![
                    Series::new("verlet", &steps, &order(2, 0.1)),
                    Series::new("yoshida4", &steps, &order(4, 0.3)),
                    Series::new("gauss6", &steps, &order(6, 0.05)),
                    Series::new("rk4", &steps, &order(4, 2.0)),
                    Series::new("dop853", &steps, &order(8, 1.0)),
                ],
                ..curve::Curve::default()
            }),
        ),
        (
            "losses",
            losses::losses(&[losses::Loss {
                train: Series::new("hnn", &steps, &order(2, 1.0)),
                valid: Series::new("hnn", &steps, &order(2, 3.0)),
                floor: Some(2e-4),
            }]),
        ),
        (
            "scores",
            scores::scores(
                &["mlp".to_owned(), "hnn".to_owned(), "dhnn".to_owned()],
                &[
                    scores::Metric {
                        quantity: Quantity::new("rmse(q) ", "m"),
                        bars: vec![
                            scores::Bar { median: 0.3, spread: 0.05, values: vec![0.26, 0.3, 0.37], published: None },
                            scores::Bar {
                                median: 0.2,
                                spread: 0.01,
                                values: vec![0.19, 0.2, 0.21],
                                published: Some(0.25),
                            },
                            scores::Bar { median: 0.02, spread: 0.0, values: vec![0.02], published: Some(0.03) },
                        ],
                        floor: None,
                    },
                    scores::Metric {
                        quantity: Quantity::new("energy_mse(E) ", "J²"),
                        bars: vec![
                            scores::Bar { median: 0.3, spread: 0.05, values: vec![0.26, 0.3, 0.37], published: None },
                            scores::Bar { median: 4e-4, spread: 1e-4, values: vec![3e-4, 4e-4, 5e-4], published: None },
                            scores::Bar { median: f64::INFINITY, ..scores::Bar::default() },
                        ],
                        floor: Some(2e-4),
                    },
                ],
            ),
        ),
        ("against", {
            let truth = Grid::sampled((-PI, PI), (-4.0, 4.0), (61, 61), |q, p| 0.5 * p * p - q.cos());
            let learned = Grid::sampled((-PI, PI), (-4.0, 4.0), (61, 61), |q, p| 0.49 * p * p - q.cos() + 0.02 * q);
            let (a, b) = (against::Plane::Level(learned), against::Plane::Level(truth));
            let (q, p, h) = (Quantity::new("q", "rad"), Quantity::new("p", ""), Quantity::new("H", "J"));
            against::beside(against::planes((&q, &p, &h), (&a, "hnn.H"), (&b, "true.H")))
        }),
        ("quiver", hamel::report::plot::quiver::quiver(&spiral())),
        ("stream", {
            use hamel::report::plot::stream::{COUNT, Stream, stream};
            let v = spiral();
            let sampled = |f: fn(f64, f64) -> f64| Grid::sampled((-2.0, 2.0), (-1.5, 1.5), (61, 46), f);
            stream(&Stream {
                x: v.x,
                y: v.y,
                size: v.size,
                u: sampled(|x, y| y - 0.3 * x),
                v: sampled(|x, _| -x),
                level: Some(sampled(|x, y| x * x + y * y)),
                equal: true,
                measure: (1.0, 1.0),
                count: COUNT,
            })
        }),
        ("film", hamel::report::plot::Figure { scene: heat(24, 3).pages("Heat").remove(1) }),
        ("film of images", heat(24, 3).panels().figure()),
        ("helmholtz", hamel::report::plot::decomposition::panels(&taken_apart()).figure()),
    ]
}

/// A damped rotation by arrows, one of them without a value.
fn spiral() -> hamel::report::plot::quiver::Vectors {
    use hamel::report::plot::grid::Grid;
    let (x, y) = ((-2.0, 2.0), (-1.5, 1.5));
    let at = Grid::sampled(x, y, (13, 10), |_, _| 0.0).points();
    let mut u: Vec<f64> = at.iter().map(|p| p.1 - 0.3 * p.0).collect();
    u[40] = f64::NAN;
    hamel::report::plot::quiver::Vectors {
        x: Quantity::new("x", "m"),
        y: Quantity::new("y", "m"),
        size: Quantity::new("size", "m/s"),
        v: at.iter().map(|p| -p.0).collect(),
        at,
        u,
        range: Some(((-2.2, 2.2), (-1.7, 1.7))),
        level: Some(Grid::sampled(x, y, (40, 30), |x, y| x * x + y * y)),
        equal: true,
        largest: None,
        measure: (1.0, 1.0),
    }
}

/// A damped rotation and its parts, with an island.
fn taken_apart() -> hamel::report::plot::decomposition::Decomposition {
    use hamel::report::plot::decomposition::{Decomposition, Parts};
    use hamel::report::plot::grid::Grid;
    let of = |f: fn(f64, f64) -> f64| {
        let mut grid = Grid::sampled((-2.0, 2.0), (-1.5, 1.5), (41, 31), f);
        let island = grid.points().into_iter().map(|(x, y)| x * x + y * y < 0.2);
        grid.values.iter_mut().zip(island).filter(|p| p.1).for_each(|p| *p.0 = f64::NAN);
        grid
    };
    let vectors = [
        (of(|x, y| y - 0.3 * x), of(|x, _| -x)),
        (of(|_, y| y), of(|x, _| -x)),
        (of(|x, _| -0.3 * x), of(|_, _| 0.0)),
        (of(|_, _| 0.0), of(|_, _| 0.0)),
    ];
    let (stream, potential) = (of(|x, y| 0.5 * (x * x + y * y)), of(|x, _| -0.15 * x * x));
    Decomposition {
        x: Quantity::new("x", "m"),
        y: Quantity::new("y", "m"),
        size: Quantity::new("size", "m/s"),
        rows: vec![Parts { name: String::new(), vectors, stream, potential }],
        count: 16,
        equal: true,
    }
}

/// A spot that spreads, once as it is and once slower, and the difference, with a hole.
fn heat(n: usize, times: usize) -> hamel::report::plot::frames::Strip {
    use hamel::report::plot::frames::{Frames, Strip};
    use hamel::report::plot::grid::Grid;
    let spot = |t: f64| {
        let s = 0.005 + 0.05 * t;
        move |x: f64, y: f64| 0.005 / s * (-((x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6)) / (2.0 * s)).exp()
    };
    let frames = |name: &str, difference: bool, f: &dyn Fn(f64, f64, f64) -> f64| Frames {
        name: name.to_owned(),
        difference,
        shown: (0..times)
            .map(|k| 0.25 * k as f64)
            .map(|t| (format!("t = {t} s"), Grid::sampled((0.0, 1.0), (0.0, 1.0), (n, n), |x, y| f(x, y, t))))
            .collect(),
    };
    let hole = |x: f64, y: f64| if x > 0.7 && y < 0.2 { f64::NAN } else { 0.0 };
    Strip {
        x: Quantity::new("x", "m"),
        y: Quantity::new("y", "m"),
        value: Quantity::new("c", ""),
        rows: vec![
            frames("a.c", false, &|x, y, t| spot(t)(x, y)),
            frames("b.c", false, &|x, y, t| spot(0.7 * t)(x, y)),
            frames("a.c − b.c", true, &|x, y, t| spot(t)(x, y) - spot(0.7 * t)(x, y) + hole(x, y)),
        ],
        equal: true,
        ends: None,
    }
}

/// Pages of a film as any program reads them are those that were drawn.
#[test]
fn films_hold_their_pages() {
    use hamel::report::plot::film::Film;
    let pages = heat(24, 5).pages("Heat");
    let film = Film::new(&pages, 10.0).expect("pages of one size");
    let (apng, gif) = (film.apng("Heat", "{}").expect("apng"), film.gif().expect("gif"));
    assert_eq!(apng, Film::new(&pages, 10.0).expect("pages").apng("Heat", "{}").expect("apng"));

    let mut decoder = png::Decoder::new(std::io::Cursor::new(&apng)).read_info().expect("png");
    let control = *decoder.info().animation_control().expect("a film");
    assert_eq!((control.num_frames, control.num_plays), (5, 0));
    let (width, height) = (decoder.info().width as usize, decoder.info().height as usize);
    let mut page = vec![0; 3 * width * height];
    let mut shown = Vec::new();
    for _ in 0..5 {
        let mut part = vec![0; 3 * width * height];
        decoder.next_frame(&mut part).expect("a frame");
        let of = *decoder.info().frame_control().expect("a place");
        let (w, h) = (of.width as usize, of.height as usize);
        for row in 0..h {
            let to = 3 * ((row + of.y_offset as usize) * width + of.x_offset as usize);
            page[to..to + 3 * w].copy_from_slice(&part[3 * row * w..3 * (row + 1) * w]);
        }
        assert_eq!((of.delay_num, of.delay_den), (100, 1000));
        shown.push(page.clone());
    }
    assert!(shown.windows(2).all(|w| w[0] != w[1]));

    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(std::io::Cursor::new(&gif)).expect("gif");
    assert_eq!((decoder.width() as usize, decoder.height() as usize), (width, height));
    let mut canvas = vec![0; 3 * width * height];
    for (k, page) in shown.iter().enumerate() {
        let frame = decoder.read_next_frame().expect("a frame").expect("as many pages");
        for row in 0..frame.height as usize {
            for column in 0..frame.width as usize {
                let from = 4 * (row * frame.width as usize + column);
                let to = 3 * ((row + frame.top as usize) * width + column + frame.left as usize);
                canvas[to..to + 3].copy_from_slice(&frame.buffer[from..from + 3]);
            }
        }
        let worst = canvas.iter().zip(page).map(|(a, b)| a.abs_diff(*b)).max().expect("pixels");
        assert!(worst <= 24, "page {k}: a colour is {worst} off");
    }
    assert!(decoder.read_next_frame().expect("an end").is_none());
    if let Some(folder) = std::env::var_os("HAMEL_PICTURES") {
        let folder = std::path::PathBuf::from(folder);
        hamel::files::write_result(&folder, "moving.png", &apng).expect("png");
        hamel::files::write_result(&folder, "moving.gif", &gif).expect("gif");
    }
}

#[test]
fn every_kind_of_plot_is_drawn() {
    let figures = every_plot();
    for kind in hamel::report::plot::PLOTS {
        assert!(figures.iter().any(|(name, _)| *name == kind.name), "{} has no picture here", kind.name);
    }
    for (name, figure) in &figures {
        look_at(name, figure);
    }
}

fn screen_block() -> hamel::report::terminal::Block {
    use hamel::report::terminal::{Block, CheckLine, SmallPlot};
    let (_, [a, ..]) = double_pendulum(2000, 0.01);
    Block {
        file: "double_pendulum.sys".to_owned(),
        system: "DoublePendulum".to_owned(),
        ready: "ready in 4 ms".to_owned(),
        understood: vec![
            "2 coordinates θ1, θ2 [rad, periodic]".to_owned(),
            "7 parameters".to_owned(),
            "T is quadratic in θ1', θ2' and depends on θ1 - θ2, V depends on θ1, θ2".to_owned(),
        ],
        conserved: vec!["nothing: the joints take energy away (R)".to_owned()],
        method: "dop853, order 8, rtol 1e-10".to_owned(),
        because: "the system is dissipative and no structure is to be kept".to_owned(),
        more: "(why: hamel explain double_pendulum.sys)".to_owned(),
        plots: vec![SmallPlot { label: "θ1".to_owned(), unit: "rad".to_owned(), values: a }],
        drift: vec![("E".to_owned(), 2.123_456_789e-14, "bounded, no trend".to_owned())],
        trust: Vec::new(),
        checks: vec![
            CheckLine {
                text: "max(abs(θ1)) < 180 [deg]".to_owned(),
                holds: true,
                measured: "2.1 rad < 3.14159 rad".to_owned(),
                because: String::new(),
            },
            CheckLine {
                text: "E' ≈ -2*R within 1e-6 [W]".to_owned(),
                holds: false,
                measured: "3.2e-4 W, and 1e-6 W is allowed".to_owned(),
                because: "viscous joints dissipate twice the Rayleigh function".to_owned(),
            },
        ],
        outcome: "finished at t = 20 s in 6 ms".to_owned(),
        failed: false,
        folder: "out/double_pendulum/".to_owned(),
        files: [
            "trajectory.csv",
            "trajectory.csv-metadata.json",
            "trajectory.npz",
            "summary.json",
            "double_pendulum.svg",
        ]
        .map(str::to_owned)
        .to_vec(),
        next: vec!["hamel derive double_pendulum.sys".to_owned(), "change l1 and run again".to_owned()],
    }
}

#[test]
fn the_screen_is_eighty_columns_wide_and_has_a_plain_form() {
    use hamel::report::terminal::{Screen, WIDTH, block};
    let text = block(&screen_block(), Screen { unicode: true, colour: false });
    if std::env::var_os("HAMEL_PICTURES").is_some() {
        println!("{}", block(&screen_block(), Screen { unicode: true, colour: true }));
        println!("{}", block(&screen_block(), Screen { unicode: false, colour: false }));
    }
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
        assert_eq!(line, line.trim_end());
    }
    for word in ["understood", "conserved", "because", "drift", "✓ check", "✗ check", "finished at t = 20 s", "out/"]
    {
        assert!(text.contains(word), "{word}");
    }
    let plain = block(&screen_block(), Screen { unicode: false, colour: false });
    assert!(plain.is_ascii(), "{plain}");
    assert!(plain.contains("theta1"));
    assert!(plain.lines().all(|line| line.len() <= WIDTH), "{plain}");
}

use hamel::report::{
    ColumnInput, Kind, Names, Pairs, Parameter, Provenance, ReportError, Summary, Table, csv, npz, sidecar,
};

/// A table with awkward names and awkward numbers.
fn awkward_table() -> Table {
    let values =
        [0.1, -0.0, 1.0 / 3.0, 5e-324, 1.797_693_134_862_315_7e308, 6.02214076e23, -2.225_073_858_507_201e-308];
    let column = |name: &str, unit: &str, kind: Kind, shift: usize| {
        let mut rotated = values.to_vec();
        rotated.rotate_left(shift);
        ColumnInput { name: name.to_owned(), unit: unit.to_owned(), kind, line: Some(3), values: rotated }
    };
    Table::new(vec![
        column("t", "s", Kind::Time, 0),
        column("θ1", "rad", Kind::Coordinate, 1),
        column("q", "m", Kind::Coordinate, 2),
        column("θ1'", "rad/s", Kind::Velocity, 3),
        column("r[sun][1]", "m", Kind::Observable, 4),
        column("max(a, b)", "", Kind::Observable, 5),
    ])
    .expect("a table")
}

#[test]
fn csv_reads_back_to_the_same_bits() {
    let table = awkward_table();
    let text = String::from_utf8(csv(&table, Names::Exact).expect("csv")).expect("utf-8");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("t,θ1,q,θ1',r[sun][1],\"max(a, b)\""));
    for (row, line) in lines.enumerate() {
        for (column, cell) in table.columns().iter().zip(line.split(',')) {
            let value: f64 = cell.parse().expect("a number");
            assert_eq!(value.to_bits(), column.values[row].to_bits(), "{} row {row}", column.name);
            let digits = cell.split('e').next().map_or(0, |m| m.chars().filter(char::is_ascii_digit).count());
            assert_eq!(digits, 17, "{cell}");
        }
    }
    let plain = csv(&table, Names::Ascii).expect("csv");
    assert!(plain.is_ascii());
    assert!(plain.starts_with(b"t,theta1,q,theta1_dot,r_sun_1,max_a_b\n"));
}

#[test]
fn values_that_are_not_finite_are_refused_by_name_and_row() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let input = |name: &str, values: Vec<f64>| ColumnInput {
            name: name.to_owned(),
            unit: String::new(),
            kind: Kind::State,
            line: None,
            values,
        };
        let table =
            Table::new(vec![input("t", vec![0.0, 1.0, 2.0]), input("x", vec![0.0, 1.0, bad])]).expect("a table");
        let expected = ReportError::NotFinite { column: "x".to_owned(), row: 2 };
        assert_eq!(csv(&table, Names::Exact), Err(expected.clone()));
        assert_eq!(npz(&table, &serde_json::json!({})), Err(expected));
    }
}

#[test]
fn tables_refuse_two_columns_of_one_name_and_ragged_columns() {
    let input = |name: &str, rows: usize| ColumnInput {
        name: name.to_owned(),
        unit: String::new(),
        kind: Kind::State,
        line: None,
        values: vec![0.0; rows],
    };
    assert!(matches!(Table::new(vec![input("x", 1), input("x", 1)]), Err(ReportError::TwiceNamed { .. })));
    assert!(matches!(Table::new(vec![input("x", 1), input("y", 2)]), Err(ReportError::Ragged { rows: 2, .. })));
}

#[test]
fn the_archive_holds_stacks_columns_and_meta_and_repeats() {
    use std::io::Read as _;
    let table = awkward_table();
    let meta = serde_json::json!({ "schema": 1, "system": "A" });
    let bytes = npz(&table, &meta).expect("npz");
    assert_eq!(bytes, npz(&table, &meta).expect("npz"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("zip");
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(&format!("{name}.npy")).expect(name).read_to_end(&mut bytes).expect("bytes");
        bytes
    };
    let q = member("q");
    let array = npyz::NpyFile::new(&q[..]).expect("npy");
    assert_eq!(array.shape(), [7, 2]);
    assert_eq!(array.order(), npyz::Order::C);
    let stacked: Vec<f64> = array.into_vec().expect("f64");
    for name in ["t", "θ1", "θ1'", "r[sun][1]", "max(a, b)"] {
        let column = member(name);
        let values: Vec<f64> = npyz::NpyFile::new(&column[..]).expect("npy").into_vec().expect("f64");
        let expected = &table.column(name).expect(name).values;
        assert!(values.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
    }
    for row in 0..7 {
        assert_eq!(stacked[2 * row].to_bits(), table.column("θ1").expect("θ1").values[row].to_bits());
        assert_eq!(stacked[2 * row + 1].to_bits(), table.column("q").expect("q").values[row].to_bits());
    }
    assert_eq!(npyz::NpyFile::new(&member("v")[..]).expect("npy").shape(), [7, 1]);
    assert_eq!(npyz::NpyFile::new(&member("column:q")[..]).expect("npy").shape(), [7]);
    let raw = member("__meta__");
    let raw: Vec<u8> = npyz::NpyFile::new(&raw[..]).expect("npy").into_vec().expect("bytes");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&raw).expect("json"), meta);
}

#[test]
fn the_sidecar_names_every_column_with_alias_and_unit() {
    let document: serde_json::Value = serde_json::from_slice(&sidecar(
        &awkward_table(),
        "trajectory.csv",
        Names::Exact,
        &serde_json::json!("summary.json"),
    ))
    .expect("json");
    assert_eq!(document["url"], "trajectory.csv");
    let columns = document["tableSchema"]["columns"].as_array().expect("columns");
    assert_eq!(columns.len(), 6);
    assert_eq!(columns[3]["titles"], "θ1'");
    assert_eq!(columns[3]["name"], "theta1_dot");
    assert_eq!(columns[3]["schema:unitText"], "rad/s");
}

fn a_summary() -> Summary {
    let provenance = Provenance {
        version: "0.1.0".to_owned(),
        sha256: hamel::report::hash(&["system A { }\n"]),
        system: "A".to_owned(),
        parameters: vec![Parameter { name: "m".to_owned(), value: 0.1, unit: "kg".to_owned() }],
        seed: 0,
        method: "dop853".to_owned(),
        reason: "smooth".to_owned(),
        settings: [("rtol".to_owned(), "1e-10".to_owned())].into_iter().collect(),
    };
    Summary {
        schema: 1,
        system: "A".to_owned(),
        outcome: "Finished".to_owned(),
        t: 20.0,
        last: [("θ".to_owned(), 1.0 / 3.0), ("θ'".to_owned(), 5e-324)].into_iter().collect(),
        method: "dop853".to_owned(),
        reason: "smooth".to_owned(),
        steps: 1,
        rejected: 0,
        evaluations: 12,
        drift: Pairs::default(),
        checks: vec![hamel::report::Check { text: "E < 1".to_owned(), holds: true, value: f64::NAN, bound: 1.0 }],
        events: Vec::new(),
        columns: awkward_table().info(),
        grids: Pairs::default(),
        seconds: 0.5,
        provenance,
        certificates: [("balance".to_owned(), 1e-12)].into_iter().collect(),
    }
}

#[test]
fn the_summary_has_exactly_the_keys_of_the_language() {
    let bytes = a_summary().to_json();
    let value: serde_json::Value = serde_json::from_slice(&bytes).expect("json");
    let mut keys: Vec<&str> = value.as_object().expect("object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    let mut expected = [
        "schema",
        "system",
        "outcome",
        "t",
        "final",
        "method",
        "reason",
        "steps",
        "rejected",
        "evaluations",
        "drift",
        "checks",
        "events",
        "columns",
        "grids",
        "seconds",
        "provenance",
        "balance",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(value["final"]["θ"].as_f64().map(f64::to_bits), Some((1.0f64 / 3.0).to_bits()));
    assert_eq!(value["final"]["θ'"].as_f64(), Some(5e-324));
    assert!(value["checks"][0]["value"].is_null());
    assert_eq!(value["provenance"]["parameters"][0]["unit"], "kg");
    let text = String::from_utf8(bytes).expect("utf-8");
    assert!(
        text.find("\"system\"").expect("system") < text.find("\"outcome\"").expect("outcome"),
        "keys keep their order"
    );
    assert!(!text.contains("NaN") && !text.contains("inf"));
}

#[test]
fn the_hash_of_a_file_is_the_one_that_other_tools_print() {
    // Test vectors of FIPS 180-4.
    assert_eq!(hamel::report::hash(&["abc"]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ne!(hamel::report::hash(&["ab", "c"]), hamel::report::hash(&["a", "bc"]));
}

#[test]
fn pictures_repeat_byte_for_byte_and_carry_their_provenance() {
    let provenance = a_summary().provenance.to_json();
    let draw = || {
        let figure = overview(&pendulum_overview());
        (figure.svg("A", &provenance).expect("svg"), figure.png("A", &provenance).expect("png"))
    };
    let (svg, png) = draw();
    assert_eq!(draw(), (svg.clone(), png.clone()));
    let svg = String::from_utf8(svg).expect("utf-8");
    assert!(svg.contains("<metadata>{&quot;version&quot;"));
    let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("png");
    let chunk = reader.info().utf8_text.iter().find(|c| c.keyword == "provenance").expect("a text chunk");
    assert_eq!(chunk.get_text().expect("text"), provenance);
}

#[test]
fn axes_carry_symbol_and_unit() {
    let figures = every_plot();
    let labels = |name: &str| {
        let (_, figure) = figures.iter().find(|(n, _)| *n == name).expect("a figure");
        figure.scene.text_boxes().into_iter().map(|(_, text)| text).collect::<Vec<String>>()
    };
    for (name, expected) in [
        ("lines", vec!["t [s]", "[rad]", "[rad/s]", "θ1", "θ2′", "−π/2", "π"]),
        ("phase", vec!["θ [rad]", "θ′ [rad/s]"]),
        ("path", vec!["x [Tm]", "y [Tm]", "r12"]),
        ("histogram", vec!["x [nm]", "number of values"]),
        ("field", vec!["q [rad]", "p [kg m2/s]", "H [J]"]),
        ("drift", vec!["t [s]", "|relative drift| of E"]),
    ] {
        let found = labels(name);
        for label in expected {
            assert!(found.iter().any(|f| f == label), "{name}: no {label} in {found:?}");
        }
    }
}

/// Every coordinate is a number; embedded pictures are passed over.
fn assert_finite(svg: &str) {
    let shapes = svg.split("base64,").map(|part| part.split_once("\"/>").map_or(part, |(_, rest)| rest));
    assert!(shapes.clone().all(|part| !part.contains("NaN") && !part.contains("inf")), "{svg:.300}");
}

#[test]
fn no_two_labels_overlap_or_leave_the_page() {
    for (name, figure) in every_plot() {
        let boxes = figure.scene.text_boxes();
        for (i, (a, first)) in boxes.iter().enumerate() {
            assert!(a[0] >= -0.5 && a[2] <= figure.scene.width + 0.5, "{name}: {first} leaves the page {a:?}");
            assert!(a[1] >= -0.5 && a[3] <= figure.scene.height + 0.5, "{name}: {first} leaves the page {a:?}");
            for (b, second) in &boxes[i + 1..] {
                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                assert!(apart, "{name}: {first} {a:?} overlaps {second} {b:?}");
            }
        }
        let svg = String::from_utf8(figure.svg(name, "{}").expect("svg")).expect("utf-8");
        assert_finite(&svg);
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}

#[test]
fn a_figure_of_nothing_is_still_a_figure() {
    use hamel::report::plot::{curve, field, histogram, image, path, phase, scatter};
    let figures = [
        overview(&OverviewInput::default()),
        scatter::scatter(&scatter::Scatter::default()),
        histogram::histogram(&histogram::Histogram::default()),
        curve::curve(&curve::Curve::default()),
        path::path(&Path::default()),
        phase::phase(&Phase::default()),
        field::field(&field::Field::default()),
        hamel::report::plot::lines::lines(&Lines::default()),
        hamel::report::plot::drift::drift(&Drift::default()),
        image::image(&image::Image {
            grid: hamel::report::plot::grid::Grid::sampled((0.0, 1.0), (0.0, 1.0), (2, 2), |_, _| f64::NAN),
            ..image::Image::default()
        }),
    ];
    for figure in figures {
        let svg = String::from_utf8(figure.svg("nothing", "").expect("svg")).expect("utf-8");
        assert_finite(&svg);
    }
}

#[test]
fn extreme_values_leave_no_trace_outside_the_page() {
    let t: Vec<f64> = (0..50).map(f64::from).collect();
    let cases: [fn(f64) -> f64; 7] = [
        |t| 1e300 * t,
        |t| 1e-300 * t,
        |_| 0.0,
        |_| -4.2,
        |t| 1.0 + 1e-13 * t,
        |t| if t == 7.0 { f64::NAN } else { t },
        |t| if t == 7.0 { f64::INFINITY } else { -t },
    ];
    for case in cases {
        let y: Vec<f64> = t.iter().map(|t| case(*t)).collect();
        let group = Group { y: Quantity::new("", "m"), series: vec![Series::new("x", &t, &y)] };
        let input = Lines { x: Quantity::new("t", "s"), groups: vec![group] };
        let figure = hamel::report::plot::lines::lines(&input);
        let svg = String::from_utf8(figure.svg("x", "").expect("svg")).expect("utf-8");
        assert_finite(&svg);
        for (b, label) in figure.scene.text_boxes() {
            assert!(b[0] >= -0.5 && b[2] <= figure.scene.width + 0.5, "{label} {b:?}");
        }
    }
}

#[test]
fn long_names_and_many_series_stay_on_the_page() {
    use hamel::report::plot::field::{Field, field};
    use hamel::report::plot::grid::Grid;
    let long = "max(abs(angular_momentum_of_the_whole_system - angular_momentum_at_the_start), 1e-300)";
    let t: Vec<f64> = (0..20).map(f64::from).collect();
    let series = |count: usize, name: &str| -> Vec<Series> {
        (0..count)
            .map(|i| Series::new(format!("{name}{i}"), &t, &t.iter().map(|t| t * i as f64).collect::<Vec<f64>>()))
            .collect()
    };
    let group = |series: Vec<Series>| Lines {
        x: Quantity::new(long, "s"),
        groups: vec![Group { y: Quantity::new(long, "kg m^2/s"), series }],
    };
    let grid = Grid::sampled((0.0, 1.0), (0.0, 1.0), (9, 9), |x, y| x * y);
    let figures = [
        hamel::report::plot::lines::lines(&group(series(1, long))),
        hamel::report::plot::lines::lines(&group(series(7, long))),
        hamel::report::plot::lines::lines(&group(series(1000, "x"))),
        overview(&OverviewInput { lines: group(series(8, long)), ..OverviewInput::default() }),
        field(&Field {
            x: Quantity::new(long, "m"),
            y: Quantity::new(long, "m"),
            level: Some((Quantity::new(long, "J"), grid)),
            ..Field::default()
        }),
    ];
    for figure in figures {
        let boxes = figure.scene.text_boxes();
        for (i, (a, first)) in boxes.iter().enumerate() {
            assert!(a[0] >= -0.5 && a[2] <= figure.scene.width + 0.5, "{first} leaves the page {a:?}");
            for (b, second) in &boxes[i + 1..] {
                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                assert!(apart, "{first} {a:?} overlaps {second} {b:?}");
            }
        }
        assert!(figure.svg("x", "").expect("svg").len() < 200_000);
    }
}

/// Python's own reader of archives finds the members, and the header that NumPy expects.
#[test]
fn python_opens_the_archive() {
    let program = "import sys, zipfile, ast
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for name in z.namelist():
    b = z.read(name)
    assert b[:6] == b'\\x93NUMPY', name
    n = int.from_bytes(b[8:10], 'little')
    h = ast.literal_eval(b[10:10+n].decode('latin1').strip())
    assert (10 + n) % 64 == 0 and h['fortran_order'] is False
    print(name, h['descr'], h['shape'])
";
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trajectory.npz");
    std::fs::write(&path, npz(&awkward_table(), &serde_json::json!({})).expect("npz")).expect("a file");
    let Ok(output) = std::process::Command::new("python3").args(["-c", program]).arg(&path).output() else { return };
    let text = String::from_utf8(output.stdout).expect("utf-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for line in ["q.npy <f8 (7, 2)", "v.npy <f8 (7, 1)", "t.npy <f8 (7,)", "θ1'.npy <f8 (7,)", "__meta__.npy |u1 (3,)"]
    {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
}

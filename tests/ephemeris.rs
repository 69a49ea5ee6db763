//! The outer solar system over a hundred years against a real ephemeris (JPL Horizons, DE441), as
//! `docs/outer-solar-system.md` tells it.
//!
//! The vectors lie beside the repository, in `../shared/data/jpl_horizons` or where `HAMEL_DATA` says; without them
//! the test says so and ends.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::run::simulate::Conditions;
use hamel::run::{Overrides, RunOutput, load_file, prepare, simulate, start};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PLANETS: [&str; 5] = ["jupiter", "saturn", "uranus", "neptune", "pluto"];
const AU: f64 = 1.495978707e8; // km
const DAY: f64 = 86400.0;
const START: f64 = 2415020.5;

fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = std::env::var_os("HAMEL_DATA").map_or(beside, PathBuf::from);
    let folder = root.join("jpl_horizons");
    folder.is_dir().then_some(folder)
}

/// Julian date → position in km.
fn ephemeris(folder: &Path, body: &str) -> BTreeMap<i64, [f64; 3]> {
    let text = std::fs::read_to_string(folder.join(format!("{body}.csv"))).expect("a table");
    let rows = text.lines().skip(1).map(|line| {
        let v: Vec<f64> = line.split(',').map(|x| x.trim().parse().expect("a number")).collect();
        ((2.0 * v[0]).round() as i64, [v[1] * AU, v[2] * AU, v[3] * AU])
    });
    rows.collect()
}

/// `GM` of the Sun without the inner planets.
const SUN_ALONE: &str = "GM = { sun: 132712440041.27942, jupiter: 126712764.1, saturn: 37940584.8418, \
                         uranus: 5794556.4, neptune: 6836527.10058, pluto: 975.5 } [km^3/s^2]";

fn run(system: &str, method: &str, step: Option<&str>, set: &[&str]) -> RunOutput {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems/outer_solar_system.sys");
    let mut program = load_file(&path, None).expect("the gallery").program;
    let overrides = Overrides {
        method: Some(method.into()),
        step: step.map(str::to_owned),
        set: set.iter().map(|s| (*s).to_owned()).collect(),
        ..Overrides::default()
    };
    let (request, problems) = prepare::request(&mut program, &overrides);
    assert!(!problems.has_errors(), "{problems:?}");
    let (prepared, problems) = prepare::prepare(&program, system, &request, 0);
    let mut out = Diagnostics::new();
    let run = simulate(prepared.unwrap_or_else(|| panic!("{problems:?}")), Conditions::default(), &mut out);
    let run = run.unwrap_or_else(|| panic!("{out:?}"));
    assert!(!run.trajectory.outcome.is_failure(), "{}", run.trajectory.outcome);
    run
}

/// Position in km, row by row.
fn positions(run: &RunOutput, body: &str) -> Vec<[f64; 3]> {
    let names = start::state_names(&run.prepared);
    let at: Vec<usize> =
        (1..=3).map(|k| names.iter().position(|n| *n == format!("r[{body}][{k}]")).expect("a column")).collect();
    (0..run.trajectory.len())
        .map(|row| {
            let y = run.trajectory.state(row);
            [y[at[0]] / 1e3, y[at[1]] / 1e3, y[at[2]] / 1e3]
        })
        .collect()
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// Largest distance of each planet from the ephemeris over the run, in km.
fn errors(run: &RunOutput, folder: &Path) -> [f64; 5] {
    PLANETS.map(|planet| {
        let table = ephemeris(folder, planet);
        let places = positions(run, planet);
        let mut worst: f64 = 0.0;
        let mut met = 0;
        for (t, place) in run.trajectory.times.iter().zip(&places) {
            let date = (2.0 * (START + t / DAY)).round() as i64;
            if let Some(known) = table.get(&date) {
                worst = worst.max(distance(*place, *known));
                met += 1;
            }
        }
        // Pluto's table has another step than the run: both meet every 2550 days.
        assert!(met >= 15, "{planet}: {met} dates in common");
        worst
    })
}

#[test]
fn what_is_left_after_a_hundred_years_is_physics() {
    let Some(folder) = data() else {
        println!("skipped: no jpl_horizons beside the repository; HAMEL_DATA names the folder that holds it");
        return;
    };
    let printed = run("OuterSolarSystem", "dop853", None, &[]);
    let with_mass = run("HeavySun", "dop853", None, &[]);
    let fitted_alone = run("OuterSolarSystemWithMoons", "dop853", None, &[SUN_ALONE]);
    let all = run("OuterSolarSystemWithMoons", "dop853", None, &[]);
    let other = run("OuterSolarSystemWithMoons", "kahan_li8", Some("10 [d]"), &[]);
    let table = [&printed, &with_mass, &fitted_alone, &all].map(|r| errors(r, &folder));
    let methods = PLANETS.map(|planet| {
        let pairs = positions(&all, planet).into_iter().zip(positions(&other, planet));
        pairs.map(|(a, b)| distance(a, b)).fold(0.0, f64::max)
    });
    println!("largest error in km over 100 years: printed starts, Sun alone | with the inner planets' mass |");
    println!("fitted starts, Sun alone | both; two methods");
    for (k, planet) in PLANETS.iter().enumerate() {
        let [a, b, c, d] = table.map(|column| column[k]);
        println!("{planet:8} {a:12.0} {b:12.0} {c:12.0} {d:12.0} {:12.4}", methods[k]);
        assert!(methods[k] < 0.01 * d, "{planet}: the methods differ by {} km, the ephemeris by {d}", methods[k]);
        assert!(d < 3000.0 && d < 0.01 * b && d < 0.02 * c, "{planet}: each piece shrinks the error: {b} {c} {d}");
        let told = told(planet);
        for (what, found, told) in [("a", a, told[0]), ("b", b, told[1]), ("c", c, told[2]), ("d", d, told[3])] {
            assert!((found - told).abs() < 0.01 * told, "{planet}, column {what}: {found}, and the page says {told}");
        }
    }
}

/// The figures of a planet in `docs/outer-solar-system.md`.
fn told(planet: &str) -> Vec<f64> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/outer-solar-system.md");
    let text = std::fs::read_to_string(page).expect("the page");
    let row = text.lines().find(|l| l.to_lowercase().starts_with(&format!("| {planet} |"))).expect("a row");
    let cells = row.split('|').skip(2).map(|cell| cell.trim().replace(',', ""));
    cells.filter_map(|cell| cell.parse().ok()).collect()
}

//! Whole runs, text to last state, against what does not come from here: reference integrations in 80-bit arithmetic
//! (`tests/reference`), closed forms (`tests/closed_forms`), and the checks that the gallery states of itself.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::{Diagnostics, Format, render_all};
use hamel::run::simulate::Conditions;
use hamel::run::{Overrides, RunOutput, load_file, prepare, simulate, start};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one system of a file; the text says why it could not run.
fn run(path: &Path, system: &str, until: Option<&str>) -> Result<RunOutput, String> {
    run_with(path, system, &Overrides { t: until.map(|end| format!("0..{end}")), ..Overrides::default() })
}

fn run_with(path: &Path, system: &str, overrides: &Overrides) -> Result<RunOutput, String> {
    let loaded = load_file(path, None).map_err(|e| e.to_string())?;
    let mut program = loaded.program;
    let (request, mut problems) = prepare::request(&mut program, overrides);
    let (prepared, more) = prepare::prepare(&program, system, &request, 0);
    problems.extend(more.sorted());
    let mut late = Diagnostics::new();
    let output = prepared.and_then(|p| simulate(p, Conditions::default(), &mut late));
    problems.extend(late.sorted());
    match output {
        Some(output) if !problems.has_errors() => Ok(output),
        _ => Err(render_all(&problems.sorted(), &program.files, Format::Human { colour: false })),
    }
}

/// All systems of the `.sys` files of one folder, as (file, system).
fn systems(folder: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "sys"));
    files.sort();
    let of = |file: &PathBuf| {
        let program = load_file(file, None).expect("a file that reads").program;
        hamel::model::system_names(&program).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    files.iter().flat_map(|f| of(f).into_iter().map(|name| (f.clone(), name))).collect()
}

/// The declaration a column belongs to: `r[sun][1]'` is a component of `r'`.
fn declaration(column: &str) -> String {
    let rate = if column.ends_with('\'') { "'" } else { "" };
    format!("{}{rate}", column.split(['[', '\'']).next().unwrap_or(column))
}

/// A state along a run, or the velocity of a coordinate that is no state (of a Legendre transform).
fn column(output: &RunOutput, name: &str) -> Result<Vec<f64>, String> {
    let names = start::state_names(&output.prepared);
    if let Some(place) = names.iter().position(|n| n == name) {
        return Ok((0..output.trajectory.len()).map(|row| output.trajectory.state(row)[place]).collect());
    }
    let value = |base: &str| {
        let all = output.prepared.system.names.values();
        all.flat_map(|n| n.elements.iter().zip(&n.items)).find(|(e, _)| *e == base).map(|(_, item)| *item)
    };
    let item = name.strip_suffix('\'').and_then(value).ok_or(format!("no column {name} among {names:?}"))?;
    Ok(output.along_differentiated(&[(item, 1)])?.remove(0))
}

/// Largest difference of the last state, relative to the largest magnitude of each declaration on the run, and where.
fn distance(output: &RunOutput, reference: &[(String, f64)]) -> Result<(f64, String), String> {
    let mut columns = Vec::new();
    let mut largest: BTreeMap<String, f64> = BTreeMap::new();
    let names = start::state_names(&output.prepared);
    for name in names.iter().chain(reference.iter().map(|r| &r.0).filter(|n| !names.contains(n))) {
        let series = column(output, name)?;
        let known = largest.entry(declaration(name)).or_default();
        *known = series.iter().fold(*known, |a, x| a.max(x.abs()));
        columns.push((name, series));
    }
    let mut worst = (0.0, String::new());
    for (column, value) in reference {
        let last = columns.iter().find(|c| c.0 == column).and_then(|c| c.1.last()).ok_or("no rows")?;
        let scale = largest[&declaration(column)];
        let away = (last - value).abs() / if scale > 0.0 { scale } else { 1.0 };
        if !(away <= worst.0) {
            worst = (away, column.clone());
        }
    }
    Ok(worst)
}

/// Rows of a table without quotes, without its header.
fn table(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The last state of 79 runs. A method at tolerance `rtol` may be off by `rtol·steps·growth`: the errors of its steps, each
/// grown as the motion itself lets a disturbance grow. Where a file asks for 1e-11 or less, 1e-8 is the limit besides.
#[test]
fn last_states_agree_with_independent_integrations() {
    let mut wrong = String::new();
    let mut compared = 0;
    for row in table(&root().join("tests/reference/accuracy.csv")) {
        let name = row[0].strip_suffix(".csv").expect("a name of a table");
        let number = |k: usize| row[k].parse::<f64>().expect("a number");
        let (error, growth) = (number(2), number(4).max(1.0));
        let (stem, system) = name.split_once('.').expect("FILE.SYSTEM");
        let (system, until) = match system.split_once('.') {
            Some((system, _)) => (system, Some(row[1].as_str())),
            None => (system, None),
        };
        let gallery = root().join(format!("systems/{stem}.sys"));
        let path = if gallery.exists() { gallery } else { root().join(format!("tests/held_out/{stem}.sys")) };
        let until = until.map(|t| format!("{t}[s]"));
        let output = match run(&path, system, until.as_deref()) {
            Err(text) => {
                wrong += &format!("{name}:\n{text}\n");
                continue;
            }
            Ok(output) => output,
        };
        let reference: Vec<(String, f64)> = table(&root().join("tests/reference").join(&row[0]))
            .iter()
            .map(|r| (r[0].clone(), r[1].parse().expect("a number")))
            .collect();
        let steps = output.trajectory.statistics.steps.max(10) as f64;
        let mut allowed = output.rtol * steps * growth + 10.0 * error;
        if output.rtol <= 1.01e-11 && growth < 1e3 {
            allowed = allowed.min(1e-8);
        }
        match distance(&output, &reference) {
            Ok((away, _)) if away <= allowed => compared += 1,
            Ok((away, at)) => wrong += &format!("{name}: {away:.2e} at {at}, allowed {allowed:.2e}\n"),
            Err(text) => wrong += &format!("{name}: {text}\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared >= 75, "{compared} compared");
}

/// Every system of a folder that can be simulated finishes, and its checks hold.
fn checks_hold(folder: &str, at_least: usize) {
    let mut wrong = String::new();
    let mut judged = 0;
    for (path, system) in systems(folder) {
        let place = format!("{}: {system}", path.file_name().unwrap_or_default().display());
        match run(&path, &system, None) {
            Err(text) => wrong += &format!("{place}\n{text}\n"),
            Ok(output) => {
                if output.trajectory.outcome.is_failure() {
                    wrong += &format!("{place} ends as {}\n", output.trajectory.outcome.name());
                }
                judged += output.verdicts.len();
                for v in output.verdicts.iter().filter(|v| !v.holds) {
                    wrong += &format!("{place}: {} is {:e}, may be {:e} {:?}\n", v.text, v.value, v.bound, v.trouble);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(judged >= at_least, "{judged} checks in {folder}");
}

/// Lagrangian systems that are also run through their Legendre transform, and how long where a chaotic motion would
/// grow any difference beyond the bound.
const ROUTES: &[(&str, &str, Option<&str>)] = &[
    ("systems/bead_on_hoop.sys", "BeadOnHoop", None),
    ("systems/cart_pole.sys", "CartPole", None),
    ("systems/central_force.sys", "CentralForce", None),
    ("systems/coupled_oscillators.sys", "CoupledOscillators", None),
    ("systems/cyclotron.sys", "Cyclotron", None),
    ("systems/damped_pendulum.sys", "DampedPendulum", None),
    ("systems/double_pendulum.sys", "DoublePendulum", Some("4[s]")),
    ("systems/exb_drift.sys", "CrossedFields", None),
    ("systems/heavy_top.sys", "HeavyTop", None),
    ("systems/kapitza.sys", "Kapitza", None),
    ("systems/morse_feshbach.sys", "MorseFeshbach", None),
    ("systems/n_link_pendulum.sys", "NLinkPendulum", None),
    ("systems/n_link_pendulum_uneven.sys", "UnevenPendulum", None),
    ("systems/relativistic_oscillator.sys", "RelativisticOscillator", None),
    ("systems/rolling_pendulum.sys", "RollingPendulum", None),
    ("systems/spherical_pendulum.sys", "SphericalPendulum", None),
    ("systems/swinging_atwood.sys", "SwingingAtwood", None),
    ("tests/held_out/doubled.sys", "Twice", None),
    ("tests/held_out/driven_torsion_chain.sys", "TorsionChain", None),
    ("tests/held_out/extended_pendulum.sys", "Damped", None),
    ("tests/held_out/lattice_square.sys", "Membrane", None),
    ("tests/held_out/legendre.sys", "Hard", None),
    ("tests/held_out/link_chain_in_wind.sys", "LinkChain", None),
    ("tests/held_out/matrices.sys", "Matrices", None),
    ("tests/held_out/spherical_pendulum_moving_pivot.sys", "MovingPivot", None),
    ("tests/held_out/spring_and_swing.sys", "SpringAndSwing", None),
    ("tests/held_out/spring_pendulum_polar.sys", "ChargedSpringPendulum", None),
    ("tests/held_out/sun_and_satellite.sys", "SunAndSatellite", None),
    ("tests/held_out/top_with_brake.sys", "BrakedTop", None),
    ("tests/held_out/weber_orbit.sys", "Weber", None),
    ("tests/closed_forms/08_two_bodies_on_circles.sys", "DoubleStar", None),
    ("tests/closed_forms/16_caldirola_kanai.sys", "CaldirolaKanai", None),
    ("tests/closed_forms/19_hyperbolic_motion.sys", "HyperbolicMotion", None),
    ("tests/closed_forms/20_cycloidal_pendulum.sys", "Tautochrone", None),
];

/// Two routes, one motion: Lagrange's equations, and `p = ∂L/∂q'` solved for `q'` with `p' = ∂L/∂q − ∂R/∂q' + Q`, differ
/// in every number that is computed on the way.
#[test]
fn two_routes_to_one_motion() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("two_routes");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut wrong = String::new();
    for (file, system, until) in ROUTES {
        let path = root().join(file);
        // Beside the file, as its imports are.
        for entry in std::fs::read_dir(path.parent().expect("a folder")).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "sys") {
                std::fs::copy(&path, folder.join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
        let text = std::fs::read_to_string(&path).expect("a text");
        let copy = folder.join(format!("transformed_{system}.sys"));
        std::fs::write(&copy, format!("{text}\nsystem Transformed = legendre({system})\n")).expect("written");
        let run = |name: &str| {
            let t = until.map(|end| format!("0..{end}"));
            run_with(&copy, name, &Overrides { t, rtol: Some("1e-12".into()), ..Overrides::default() })
        };
        let (a, b) = match (run(system), run("Transformed")) {
            (Ok(a), Ok(b)) => (a, b),
            (a, b) => {
                wrong += &format!("{file}: {:?} {:?}\n", a.err(), b.err());
                continue;
            }
        };
        assert!(b.prepared.equations.derived_starts.len() * 2 == b.trajectory.last().len());
        let last: Vec<(String, f64)> =
            start::state_names(&a.prepared).into_iter().zip(a.trajectory.last().to_vec()).collect();
        match distance(&b, &last) {
            Ok((away, _)) if away <= 1e-9 => {}
            Ok((away, at)) => wrong += &format!("{file}: {away:.2e} at {at}\n"),
            Err(text) => wrong += &format!("{file}: {text}\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn closed_forms_hold() {
    checks_hold("tests/closed_forms", 40);
}

#[test]
fn the_gallery_holds_what_it_states() {
    checks_hold("systems", 70);
}

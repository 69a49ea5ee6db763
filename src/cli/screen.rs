//! What the screen says of a run.

use super::streams::Streams;
use crate::integrate::METHODS;
use crate::model::system::Role;
use crate::report::Kind;
use crate::report::terminal::{self, Block, CheckLine, Screen, SmallPlot};
use crate::run::verdict::Verdict;
use crate::run::{RunOutput, results};
use std::path::Path;

/// The block of a run.
pub fn block(file: &str, run: &RunOutput, opened: f64, folder: &Path, written: &[String], hints: bool) -> Block {
    let system = &run.prepared.system;
    let equations = &run.prepared.equations;
    let entry = METHODS.iter().find(|m| m.method == run.choice.method);
    let statistics = &run.trajectory.statistics;
    let order = entry.map_or(0, |e| e.order);
    let kind = if order == u32::MAX || order == 0 { "exact".to_owned() } else { format!("order {order}") };
    let step = match run.step {
        Some(h) => format!("fixed step {}", terminal::quantity(h, if system.has_units { "s" } else { "" })),
        None => format!("rtol {}", terminal::number(run.rtol)),
    };
    let mut outcome = outcome(run);
    if !run.trajectory.outcome.is_failure() {
        outcome = format!("{outcome} in {}, {} steps", duration(run.seconds), statistics.steps);
    }
    Block {
        file: file.to_owned(),
        system: system.name.clone(),
        ready: format!("ready in {}", duration(opened)),
        understood: understood(run),
        conserved: equations.invariants.iter().take(4).map(|i| format!("{} ({})", i.name, i.reason)).collect(),
        method: format!("{}, {kind}, {step}", results::method_name(run)),
        because: results::reason(run),
        more: format!("(hamel explain {file})"),
        plots: plots(run),
        drift: run
            .drifts
            .iter()
            .map(|d| (d.name.clone(), d.worst, String::new()))
            .chain(
                run.balance
                    .filter(|_| !run.drifts.iter().any(|d| Some(d.worst) == run.balance))
                    .map(|b| ("power balance".to_owned(), b, String::new())),
            )
            .collect(),
        trust: trust(run),
        checks: run.verdicts.iter().map(check).collect(),
        outcome,
        failed: run.trajectory.outcome.is_failure(),
        folder: format!("{}/", folder.display()),
        files: written.to_vec(),
        next: if hints { vec![format!("hamel derive {file}"), format!("hamel explain {file}")] } else { Vec::new() },
    }
}

/// A check with what was measured.
pub fn check(v: &Verdict) -> CheckLine {
    CheckLine {
        text: v.text.clone(),
        holds: v.holds,
        measured: match &v.trouble {
            Some(t) => t.clone(),
            None => format!("{} against {}", terminal::number(v.value), terminal::number(v.bound)),
        },
        because: v.because.clone().unwrap_or_default(),
    }
}

/// How a run ended, its time with its unit.
pub fn outcome(run: &RunOutput) -> String {
    let outcome = &run.trajectory.outcome;
    let unit = if run.prepared.system.has_units { " s" } else { "" };
    let time = format!("t = {}", terminal::number(outcome.time()));
    outcome.to_string().replacen(&time, &format!("{time}{unit}"), 1)
}

/// What limits the trust in the values: a motion run backwards, chaos.
fn trust(run: &RunOutput) -> Vec<String> {
    let time = |t: f64| terminal::quantity(t, if run.prepared.system.has_units { "s" } else { "" });
    let mut out = Vec::new();
    if let Some((rise, m)) = run.rise.zip(run.prepared.equations.monotone.as_ref()) {
        out.push(match rise {
            0.0 => format!("{} never grows", m.name),
            rise => format!("{} grows by at most {} of its size from sample to sample", m.name, terminal::number(rise)),
        });
    }
    if let Some(a) = run.amplification {
        out.push(format!("run backwards, a small error has grown {}-fold (amplification)", terminal::number(a)));
    }
    if let Some(h) = &run.horizon {
        let rate = if run.prepared.system.has_units { " per s" } else { "" };
        out.push(format!(
            "chaotic: errors grow like e^(λt), λ ≈ {:.2e}{rate}; an error of {:.0e} is one percent at t = {}",
            h.exponent,
            h.error,
            time(h.time)
        ));
    }
    out
}

/// A time that something took: `12 ms`, `3.4 s`, `3 m 12 s`, `2 h 5 m`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s * 1e3),
        s if s < 59.95 => format!("{s:.1} s"),
        s => {
            let whole = s.round() as u64;
            let (minutes, left) = (whole / 60, whole % 60);
            if minutes < 60 {
                format!("{minutes} m {left} s")
            } else {
                format!("{} h {} m", minutes / 60, minutes % 60)
            }
        }
    }
}

fn understood(run: &RunOutput) -> Vec<String> {
    let system = &run.prepared.system;
    let facts = &run.prepared.equations.facts;
    let mut out = Vec::new();
    for (role, one, many) in [
        (Role::Coordinate, "coordinate", "coordinates"),
        (Role::Momentum, "momentum", "momenta"),
        (Role::State, "state", "states"),
    ] {
        let list: Vec<&crate::model::system::Variable> = system.variables.iter().filter(|v| v.role == role).collect();
        let count: usize = list.iter().map(|v| v.elements.len()).sum();
        if count > 0 {
            let names: Vec<&str> = list.iter().take(4).map(|v| v.name.as_str()).collect();
            let more = if list.len() > 4 { ", …" } else { "" };
            out.push(format!("{count} {} {}{more}", if count == 1 { one } else { many }, names.join(", ")));
        }
    }
    let count = system.parameters.iter().filter(|p| !p.hidden).count();
    out.push(format!("{count} parameter{}", if count == 1 { "" } else { "s" }));
    out.push(run.prepared.equations.form.word().to_owned());
    if facts.has_mass {
        out.push(match (facts.constant_mass, facts.diagonal_mass) {
            (true, true) => "mass matrix constant and diagonal".into(),
            (true, false) => "mass matrix constant".into(),
            (false, true) => "mass matrix diagonal".into(),
            (false, false) => "mass matrix depends on the state".into(),
        });
    }
    if facts.linear {
        out.push("linear".into());
    }
    if facts.dissipative {
        out.push("dissipative".into());
    }
    if !facts.autonomous {
        out.push("explicit time".into());
    }
    out
}

fn plots(run: &RunOutput) -> Vec<SmallPlot> {
    let Ok(table) = results::table(run) else { return Vec::new() };
    let column = table.columns().iter().find(|c| matches!(c.kind, Kind::Coordinate | Kind::State));
    column
        .map(|c| SmallPlot { label: c.name.clone(), unit: c.unit.clone(), values: c.values.clone() })
        .into_iter()
        .collect()
}

/// The block as text for the screen at hand.
pub fn text(block: &Block, streams: &Streams) -> String {
    terminal::block(block, Screen { unicode: streams.unicode(), colour: true })
}

//! A sum stays a sum: the vector field of every system is the same whether its sums, scans and indexed definitions are
//! always written out as scalars or never.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::diagnostic::Diagnostics;
use hamel::kernel::{Kernel, VectorField};
use hamel::model::SystemRequest;
use hamel::run::{load_file, prepare, start};
use std::path::{Path, PathBuf};

/// Rates at the start and at four states around it, with the groups of components that share a declaration.
struct Sampled {
    rates: Vec<Vec<f64>>,
    groups: Vec<std::ops::Range<usize>>,
    operations: usize,
}

fn sample(path: &Path, system: &str, unroll: usize) -> Option<Sampled> {
    let program = load_file(path, None).ok()?.program;
    let request = SystemRequest { unroll: Some(unroll), ..SystemRequest::default() };
    let (prepared, _) = prepare::prepare(&program, system, &request, 0);
    let prepared = prepared?;
    let mut problems = Diagnostics::new();
    let begin = start::beginning(&prepared, 0.0, 0, &mut problems)?;
    let mut kernel = Kernel::compile(&prepared.equations).expect("a kernel");
    kernel.set_parameters(&begin.parameters).expect("parameters");
    let groups = kernel.groups().to_vec();
    let mut rates = Vec::new();
    for nudge in 0..5 {
        // Not too far: a start is often near the edge of what a potential allows.
        let mut y = begin.y.clone();
        for (k, v) in y.iter_mut().enumerate() {
            let swing = ((k * 7 + nudge * 3) % 11) as f64 / 11.0 - 0.5;
            *v += f64::from(nudge as u8) * 0.01 * swing * (v.abs() + if v.abs() > 1e3 { 0.0 } else { 0.01 });
        }
        let mut dy = vec![0.0; y.len()];
        kernel.rates(0.1 * nudge as f64, &y, &mut dy).expect("rates");
        rates.push(dy);
    }
    Some(Sampled { rates, groups, operations: kernel.operations() })
}

fn systems() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for folder in ["systems", "tests/held_out", "tests/closed_forms"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "sys"));
        files.sort();
        for file in files {
            let program = load_file(&file, None).expect("a file that reads").program;
            all.extend(hamel::model::system_names(&program).into_iter().map(|(name, _)| (file.clone(), name)));
        }
    }
    all
}

#[test]
fn families_and_scalars_are_one_vector_field() {
    let mut wrong = String::new();
    let (mut compared, mut different) = (0, 0);
    for (path, system) in systems() {
        let (Some(never), Some(always)) = (sample(&path, &system, 0), sample(&path, &system, 1_000_000)) else {
            continue;
        };
        compared += 1;
        different += usize::from(never.operations != always.operations);
        for (a, b) in never.rates.iter().zip(&always.rates) {
            for group in &never.groups {
                let size = a[group.clone()].iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let away = group.clone().map(|k| (a[k] - b[k]).abs()).fold(0.0, f64::max);
                if away > 1e-13 * size {
                    wrong += &format!("{} {system}: {away:e} of {size:e}\n", path.display());
                    break;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(compared > 90 && different > 20, "{compared} systems, {different} of them with a sum");
}

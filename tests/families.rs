//! Sums written out against sums kept as families: the same equations of motion at the same states.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests open files and have oracles of their own")]

use hamel::formalism::{self, Block, EquationsOfMotion, Mass};
use hamel::model::{self, SystemRequest};
use hamel::run::source::EmbeddedSources;
use hamel::symbolic::evaluate::{Bindings, evaluate, evaluate_array};
use hamel::symbolic::{ExprId, Graph, SymbolId};
use std::path::{Path, PathBuf};

/// A value between 0.5 and 1.5 for element `k` of a leaf, from its name and a seed.
fn value(name: &str, k: usize, seed: u64) -> f64 {
    let mut h = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (k as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    for b in name.bytes() {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    h ^= h >> 29;
    0.5 + (h >> 11) as f64 / (1u64 << 53) as f64
}

/// Rates of explicit blocks, `M a − f` of linear ones for a fixed `a`, residuals of the others.
fn field(equations: &EquationsOfMotion, seed: u64) -> Vec<f64> {
    let mut g: Graph = equations.graph.clone();
    let mut out = Vec::new();
    for block in &equations.blocks {
        match block {
            Block::Explicit { length, rates, .. } => {
                let array = g.scatter(*length as u32, rates);
                out.extend(read(&g, array, seed));
            }
            Block::Newton { length, residual, .. } => {
                let array = g.scatter(*length as u32, residual);
                out.extend(read(&g, array, seed));
            }
            Block::Linear { length, mass, forcing, symmetric, unknowns, .. } => {
                let array = g.scatter(*length as u32, forcing);
                let f = read(&g, array, seed);
                let mut a = vec![0.0; *length];
                for u in unknowns {
                    for k in 0..u.length {
                        a[u.offset + k] = value(&format!("δ{}", u.name), k, seed);
                    }
                }
                let mut product = vec![0.0; *length];
                match mass {
                    Mass::Entries(list) => {
                        let values = scalars(&g, &list.iter().map(|e| e.2).collect::<Vec<_>>(), seed);
                        for ((i, j, _), m) in list.iter().zip(values) {
                            let (i, j) = (*i as usize, *j as usize);
                            product[i] += m * a[j];
                            if *symmetric && i != j {
                                product[j] += m * a[i];
                            }
                        }
                    }
                    Mass::Diagonal(entries) => {
                        let array = g.scatter(*length as u32, entries);
                        let d = read(&g, array, seed);
                        product.iter_mut().zip(d).zip(&a).for_each(|((p, d), a)| *p = d * a);
                    }
                    Mass::Tangent { momentum_tangent, .. } => {
                        let array = g.scatter(*length as u32, momentum_tangent);
                        product = read(&g, array, seed);
                    }
                }
                out.extend(product.iter().zip(&f).map(|(p, f)| p - f));
            }
        }
    }
    out
}

fn read(g: &Graph, array: ExprId, seed: u64) -> Vec<f64> {
    let element = |s: SymbolId, k: usize| value(&g.symbol_info(s).name, k, seed);
    let scalar = |s: SymbolId| value(&g.symbol_info(s).name, 0, seed);
    evaluate_array::<f64>(g, array, &Bindings { scalar: &scalar, element: &element })
}

fn scalars(g: &Graph, list: &[ExprId], seed: u64) -> Vec<f64> {
    let element = |s: SymbolId, k: usize| value(&g.symbol_info(s).name, k, seed);
    let scalar = |s: SymbolId| value(&g.symbol_info(s).name, 0, seed);
    evaluate::<f64>(g, list, &Bindings { scalar: &scalar, element: &element })
}

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["systems", "tests/held_out", "tests/language"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        found.extend(std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()));
    }
    found.retain(|p| p.extension().is_some_and(|e| e == "sys"));
    found.sort();
    found
}

#[test]
fn sums_written_out_and_families_agree() {
    let (mut compared, mut wrong) = (0, Vec::new());
    let mut worst = 0.0f64;
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a text");
        if !text.contains("sum(") && !text.contains(" for ") {
            continue;
        }
        let (program, _) = model::load("file.sys", &text, &EmbeddedSources);
        for (name, _) in model::system_names(&program) {
            let made = |unroll: usize| {
                let request = SystemRequest { unroll: Some(unroll), ..SystemRequest::default() };
                let (system, problems) = model::resolve_system(&program, &name, &request);
                (system.and_then(|s| formalism::derive(&s).0), problems)
            };
            let (plain, _) = model::resolve_system(&program, &name, &SystemRequest::default());
            if plain.is_none_or(|s| formalism::derive(&s).0.is_none()) {
                continue;
            }
            let shown = format!("{} {name}", path.file_name().expect("a name").to_string_lossy());
            let ((families, said), (written, also)) = (made(0), made(1_000_000));
            let (Some(families), Some(written)) = (families, written) else {
                let all: Vec<String> =
                    said.iter().chain(also.iter()).map(|d| format!("{} {}", d.code, d.message)).collect();
                wrong.push(format!("{shown}: not derived in both forms: {all:?}"));
                continue;
            };
            for seed in 1..=3 {
                let (a, b) = (field(&families, seed), field(&written, seed));
                if a.len() != b.len() {
                    wrong.push(format!("{shown}: {} and {} numbers", a.len(), b.len()));
                    break;
                }
                let size = b.iter().fold(1.0f64, |m, x| m.max(x.abs()));
                for (x, y) in a.iter().zip(&b) {
                    let off = (x - y).abs() / size;
                    worst = worst.max(off);
                    if off > 1e-13 || x.is_nan() != y.is_nan() {
                        wrong.push(format!("{shown}, seed {seed}: {x} and {y}"));
                        break;
                    }
                }
            }
            compared += 1;
        }
    }
    println!("{compared} systems compared, worst {worst:.1e}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 10, "{compared} systems");
}

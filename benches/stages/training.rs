//! Steps of training in single precision, from text, beside JAX in the same run.

use crate::clock::cpu_seconds;
use crate::peers::{number, peer};
use crate::system::prepared;
use faer::{Accum, Mat, Par, linalg::matmul::matmul};
use hamel::diagnostic::{Diagnostics, Span};
use hamel::learn::batch::Order;
use hamel::learn::objective::Norm;
use hamel::learn::rows::Rows;
use hamel::learn::saved::Saved;
use hamel::learn::schedule::Schedule;
use hamel::learn::train::{Hooks, Length, Record, Settings, Training};
use hamel::run::training::{Fit, Known, Loss, Term, Weight, fit};
use hamel::tensor::run::pool::allowed;
use serde_json::Value;
use std::process::Command;
use std::time::Instant;

/// A row of the table: a task of `s5_tasks.py` as a text.
struct Row {
    task: &'static str,
    text: &'static str,
    /// Samples of one step.
    batch: usize,
    /// Millions of floating-point operations of the products of one step, in the leanest form known.
    mflop: f64,
    /// What behind the name of the task chooses the forms of JAX that are compared.
    forms: &'static [&'static str],
}

const HNN: &str =
    "system A { net H(q, p) -> real = mlp([200, 200], tanh)\n coord q\n momentum p of q\n hamiltonian E = H(q, p) }";
const PLAIN: &[&str] = &["scan", "loop"];
const BATCHED: &[&str] = &["scan:batched", "loop:batched"];

const ROWS: &[Row] = &[
    Row {
        task: "mlp_2-200-200-2_b750",
        text: "system A { net f(q, p) -> vector(2) = mlp([200, 200], tanh)\n state q, p\n der([q, p]) = f(q, p) }",
        batch: 750,
        mflop: 183.0,
        forms: PLAIN,
    },
    Row { task: "hnn_2-200-200-1_b128", text: HNN, batch: 128, mflop: 62.3, forms: PLAIN },
    Row { task: "hnn_2-200-200-1_b750", text: HNN, batch: 750, mflop: 364.8, forms: PLAIN },
    Row { task: "hnn_2-200-200-1_b4096", text: HNN, batch: 4096, mflop: 1992.3, forms: PLAIN },
    Row {
        task: "dhnn_2x3-256-256-1_b128",
        text: "system A { net D(q, p, s) -> real = mlp([256, 256], tanh, residual = true)\n\
               net H(q, p, s) -> real = mlp([256, 256], tanh, residual = true)\n\
               coord q\n momentum p of q\n hamiltonian E = H(q, p, t)\n irrotational F = D(q, p, t) }",
        batch: 128,
        mflop: 204.1,
        forms: PLAIN,
    },
    Row {
        task: "lnn_4-128-128-1_b100",
        text: "system A { net N(q: vector(2), v: vector(2)) -> real = mlp([128, 128], softplus)\n\
               coord q : vector(2)\n lagrangian L = N(q, q') }",
        batch: 100,
        mflop: 44.3,
        forms: BATCHED,
    },
    Row {
        task: "lnn_4-128-128-1_b1500",
        text: "system A { net N(q: vector(2), v: vector(2)) -> real = mlp([128, 128], softplus)\n\
               coord q : vector(2)\n lagrangian L = N(q, q') }",
        batch: 1500,
        mflop: 663.9,
        forms: BATCHED,
    },
    Row {
        task: "lnn_4-500-500-1_b32",
        text: "system A { net N(q: vector(2), v: vector(2)) -> real = mlp([500, 500], softplus)\n\
               coord q : vector(2)\n lagrangian L = N(q, q') }",
        batch: 32,
        mflop: 210.1,
        forms: BATCHED,
    },
    Row {
        task: "dlnn_64-600-1_b100",
        text: "system A { net N(x: vector(64)) -> real = mlp([600], tanh)\n state x : vector(64)\n\
               F = N(x)\n x' = grad(F, x) }",
        batch: 100,
        mflop: 39.1,
        forms: PLAIN,
    },
    Row {
        task: "dlnn_10-200-200-1_b1000",
        text: "system A { net N(x: vector(10)) -> real = mlp([200, 200], tanh)\n state x : vector(10)\n\
               F = N(x)\n x' = grad(F, x) }",
        batch: 1000,
        mflop: 502.4,
        forms: PLAIN,
    },
];

/// Prints the data and the first weights of a task.
const TASK: &str = "
import json, sys, s5_tasks as T
t = T.TASKS[sys.argv[1]]
nets = [T.init(t['sizes'], s) for s in range(2 if t['kind'] == 'dhnn' else 1)]
if t['kind'] == 'lnn':
    nets[0][-1] = (abs(nets[0][-1][0]), nets[0][-1][1])
x, y = T.data(t)
arrays = [[a for w, b in net for a in (w.T.ravel().tolist(), b.tolist())] for net in nets]
print(json.dumps({'x': x.T.tolist(), 'y': y.T.tolist(), 'nets': arrays}))
";

/// Data and first weights of a task.
struct Task {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    nets: Vec<Vec<Vec<f64>>>,
}

impl Task {
    fn new(python: &str, folder: &str, name: &str) -> Option<Task> {
        let made = Command::new(python).current_dir(folder).args(["-c", TASK, name]).output().ok()?;
        let mut found: Value = serde_json::from_slice(&made.stdout).ok()?;
        let x = serde_json::from_value(found["x"].take()).ok()?;
        let y = serde_json::from_value(found["y"].take()).ok()?;
        let nets = serde_json::from_value(found["nets"].take()).ok()?;
        Some(Task { x, y, nets })
    }

    /// The rows of a system with `n` state components, the last of which have the rates.
    fn rows(&self, n: usize) -> Rows {
        let count = self.x[0].len();
        let mut rates = vec![None; n - self.y.len()];
        rates.extend(self.y.iter().cloned().map(Some));
        Rows {
            count,
            time: vec![0.0; count],
            trials: vec![0, count],
            states: self.x.iter().take(n).cloned().map(Some).collect(),
            rates,
            weights: vec![None; n],
            noise: vec![None; n],
            periodic: vec![false; n],
            velocity: vec![None; n],
            inputs: Vec::new(),
            hold: false,
        }
    }
}

/// CPU and wall-clock seconds when each record was made.
struct Clocks(Vec<(f64, Instant)>);

impl Hooks for Clocks {
    fn progress(&mut self, _: &Record, _: u64) -> bool {
        self.0.push((cpu_seconds(), Instant::now()));
        true
    }

    fn checkpoint(&mut self, _: Saved) {}
}

/// A fit of a text, as `hamel run` makes it.
fn train(row: &Row, task: &Task, steps: u64, clocks: &mut Clocks) -> Training {
    let mut prepared = prepared(&format!("sys 0.1\n{}", row.text));
    let nets: Vec<_> = prepared.equations.graph.nets().map(|(id, info)| (id, info.name.clone())).collect();
    for ((_, name), arrays) in nets.iter().zip(&task.nets) {
        prepared.weights.push((name.clone(), arrays.clone().into()));
    }
    let n = prepared.equations.states.iter().map(|s| s.length).sum();
    let nowhere = Span::default();
    let settings = Settings {
        until: None,
        optimizer: "adam".into(),
        settings: vec![1e-3],
        schedule: Schedule::Constant,
        length: Length::Steps(steps),
        batch: row.batch,
        order: Order::Sequential,
        seed: 0,
        name: "bench".into(),
        patience: None,
        checkpoint: None,
    };
    let work = Fit {
        name: "bench".into(),
        span: nowhere,
        from: None,
        nets: nets.iter().map(|(id, _)| *id).collect(),
        parameters: Vec::new(),
        terms: vec![Term { share: 1.0, loss: Loss::Derivative, norm: Norm::L2, weight: Weight::One, span: nowhere }],
        settings,
        single: true,
        stated_precision: true,
        hold: false,
        scale: false,
        prepared,
    };
    let mut problems = Diagnostics::new();
    let made = fit(&work, &task.rows(n), None, Known::Nothing, clocks, &mut problems);
    made.unwrap_or_else(|| panic!("{:?}", problems.sorted())).training
}

/// Seconds of one step: CPU time on one core, else wall-clock time.
fn step(row: &Row, task: &Task, steps: u64) -> f64 {
    let mut clocks = Clocks(Vec::new());
    train(row, task, steps, &mut clocks);
    let (first, last) = (clocks.0[0], clocks.0[clocks.0.len() - 1]);
    let count = (steps - steps / 100) as f64;
    if allowed() == 1 { (last.0 - first.0) / count } else { (last.1 - first.1).as_secs_f64() / count }
}

fn middle(list: &mut [f64]) -> f64 {
    list.sort_by(f64::total_cmp);
    list.get(list.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The highest rate of a product of matrices that fit the caches, in GFLOP/s.
fn peak() -> f64 {
    let (m, k, n) = (128, 256, 256);
    let (a, b) = (Mat::<f32>::from_fn(m, k, |i, j| (i + j) as f32), Mat::<f32>::from_fn(k, n, |i, j| (i * j) as f32));
    let mut c = Mat::<f32>::zeros(m, n);
    let seconds = crate::clock::median(200, || {
        matmul(c.as_mut(), Accum::Replace, a.as_ref(), b.as_ref(), 1.0, Par::Seq);
    });
    (2 * m * k * n) as f64 / seconds / 1e9
}

/// The largest memory of this process so far, in MB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("");
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}

/// Prints the table: all rows, or those whose task has one of the words in its name.
pub fn table(words: &[String]) {
    let (Ok(python), Ok(folder)) = (std::env::var("PEERS_PYTHON"), std::env::var("PEERS")) else {
        println!("\ntraining: set PEERS_PYTHON and PEERS, whose data and first weights are taken");
        return;
    };
    let rounds = words.iter().find_map(|w| w.strip_prefix("rounds=")?.parse().ok()).unwrap_or(5);
    let names: Vec<&String> = words.iter().filter(|w| !w.starts_with("rounds=")).collect();
    let (peak, cores) = (peak(), allowed());
    let clock = if cores == 1 { "CPU" } else { "wall-clock" };
    println!("\ntraining, f32, {cores} cores, {clock} time, {rounds} rounds; products {peak:.0} GFLOP/s on one core");
    println!(
        "{:>24} {:>9} {:>9} {:>6} {:>8} {:>6} {:>9} {:>7}  {:>12} {:>12} {:>5}",
        "task", "steps/s", "JAX", "ratio", "GFLOP/s", "peak", "ready ms", "MB", "loss", "JAX's", "step"
    );
    for row in ROWS.iter().filter(|r| names.is_empty() || names.iter().any(|w| r.task.contains(w.as_str()))) {
        let Some(task) = Task::new(&python, &folder, row.task) else {
            println!("{:>24} has no data: is numpy there?", row.task);
            continue;
        };
        let start = Instant::now();
        train(row, &task, 1, &mut Clocks(Vec::new()));
        let ready = start.elapsed().as_secs_f64();
        let records = train(row, &task, 100, &mut Clocks(Vec::new())).records;
        let steps = ((0.5 / step(row, &task, 100)) as u64).max(100).next_multiple_of(100);
        let (mut own, mut jax, mut found) = (Vec::new(), Vec::new(), None);
        let mut forms: Vec<&str> = row.forms.to_vec();
        for _ in 0..rounds {
            own.push(step(row, &task, steps));
            let mut best: Option<(f64, &str)> = None;
            for form in forms {
                let item = format!("{}:{form}", row.task);
                let Some(made) = peer(&python, &folder, "s5_train_jax.py", &item) else { continue };
                let share = if cores == 1 { number(&made, "cpu_over_wall") } else { 1.0 };
                let seconds = number(&made, "seconds") * share;
                if best.is_none_or(|(b, _)| seconds < b) {
                    best = Some((seconds, form));
                    found = Some(made);
                }
            }
            jax.extend(best.map(|b| b.0));
            // the faster form of the first round
            forms = best.map(|b| b.1).into_iter().collect();
        }
        let (own, jax) = (middle(&mut own), middle(&mut jax));
        let name = found.as_ref().and_then(|f| f["metric_name"].as_str()).unwrap_or("loss at step 100").to_owned();
        let at: usize = name.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(100);
        let rate = row.mflop * 1e-3 / own;
        println!(
            "{:>24} {:>9.1} {:>9.1} {:>6.2} {rate:>8.1} {:>5.0}% {:>9.1} {:>7.1}  {:>12.6e} {:>12.6e} {at:>5}",
            row.task,
            1.0 / own,
            1.0 / jax,
            jax / own,
            100.0 * rate / peak / cores as f64,
            ready * 1e3,
            memory(),
            records[at - 1].loss,
            found.as_ref().map_or(f64::NAN, |f| number(f, "metric")),
        );
    }
}

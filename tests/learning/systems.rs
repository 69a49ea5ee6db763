//! Systems with nets of every structure, and rows for them.

use hamel::formalism::{self, EquationsOfMotion};
use hamel::learn::rows::Rows;
use hamel::model::{System, SystemRequest};
use hamel::run::source::load_text;

pub struct Case {
    pub name: &'static str,
    pub text: &'static str,
    /// Parameters that are learned beside the nets, by name.
    pub learned: &'static [&'static str],
}

pub const CASES: &[Case] = &[
    Case {
        name: "HNN",
        text: "system A { net H0(q, p) -> real = mlp([5, 4], tanh)  coord q  momentum p of q  hamiltonian H = H0(q, p) }",
        learned: &[],
    },
    Case {
        name: "D-HNN with three layers and residuals",
        text: "system A { net H0(q, p) -> real = mlp([4, 4, 3], tanh, residual = true)  net D0(q, p) -> real = mlp([4, 4], softplus)
               coord q  momentum p of q  hamiltonian H = H0(q, p)  irrotational D = D0(q, p) }",
        learned: &[],
    },
    Case {
        name: "flow",
        text: "system A { net f(x: vector(2)) -> vector(2) = mlp([5], swish)  state x : vector(2)  x' = f(x) }",
        learned: &[],
    },
    Case {
        name: "LNN",
        text: "system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([5, 4], softplus)  coord a, b
               lagrangian L = L0([a, b], [a', b']) + 1/2*a'^2 + b'^2 }",
        learned: &[],
    },
    Case {
        name: "convex LNN with angles",
        text: "system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([5, 4], softplus) with periodic(q, 2*π) with strongly_convex(v)
               coord a, b  lagrangian L = L0([a, b], [a', b']) }",
        learned: &[],
    },
    Case {
        name: "DeLaN",
        text: "system A { net M0(q: vector(2)) -> spd(2) = cholesky_mlp([4, 4], softplus)  net V0(q: vector(2)) -> real = mlp([4], softplus)
               coord a, b  q = [a, b]  lagrangian L = 1/2*q'·(M0(q)*q') - V0(q) }",
        learned: &[],
    },
    Case {
        name: "hybrid with a length and a mass",
        text: "system A { param l = 0.7, m = 1.3, g = 9.81  net R0(v) -> real = mlp([4], softplus) with even(v), nonnegative
               coord x, θ  tip = [x + l*sin(θ), -l*cos(θ)]
               lagrangian L = 1/2*x'^2 + 1/2*m*tip'·tip' - m*g*tip[2]  rayleigh R = R0(θ') + 1/10*x'^2 }",
        learned: &["l", "m"],
    },
    Case {
        name: "net in a chain",
        text: "system A { net e(a, b, va, vb) -> real = mlp([4, 3], softplus)  coord u[1..4]
               lagrangian L = sum(e(u[wrap(i-1)], u[i], u[wrap(i-1)]', u[i]') + u[i]'^2 for i in 1..4) }",
        learned: &[],
    },
    Case {
        name: "net of a net",
        text: "system A { net g(x) -> vector(2) = mlp([3], tanh)  net f(y: vector(2)) -> real = mlp([3], sin)
               coord q  q'' = f(g(q)) - q*f([q', q]) }",
        learned: &[],
    },
    Case {
        name: "nothing but parameters",
        text: "system A { param k = 2, c = 0.3  coord q  lagrangian L = 1/2*q'^2 - 1/4*k*q^4  rayleigh R = 1/2*c*q'^2 }",
        learned: &["k", "c"],
    },
];

pub fn derived(text: &str) -> (System, EquationsOfMotion) {
    let loaded = load_text("a.sys", text);
    let (system, problems) = hamel::model::resolve_system(&loaded.program, "A", &SystemRequest::default());
    let system = system.unwrap_or_else(|| panic!("{problems:?} {:?}", loaded.diagnostics));
    let (equations, problems) = formalism::derive(&system);
    let equations = equations.unwrap_or_else(|| panic!("{problems:?}"));
    (system, equations)
}

/// A number in (−1, 1).
pub fn number(seed: usize) -> f64 {
    let x = (seed as f64 * 12.9898 + 4.1).sin() * 43758.5453;
    2.0 * (x - x.floor()) - 1.0
}

/// Rows with states and rates at random.
pub fn rows(equations: &EquationsOfMotion, count: usize) -> Rows {
    let n: usize = equations.states.iter().map(|s| s.length).sum();
    let column = |seed: usize| Some((0..count).map(|r| number(seed + 31 * r)).collect::<Vec<f64>>());
    Rows {
        count,
        time: (0..count).map(|r| r as f64 * 0.1).collect(),
        trials: vec![0, count],
        states: (0..n).map(|k| column(1000 + k)).collect(),
        rates: (0..n).map(|k| column(2000 + k)).collect(),
        weights: vec![None; n],
        noise: vec![None; n],
        periodic: vec![false; n],
        velocity: vec![None; n],
        ..Rows::default()
    }
}

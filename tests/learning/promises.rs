//! What a structure promises for any weights, with derivatives by dual numbers through formulas with the nets written out.

use super::gradients::{Prepared, prepared};
use super::oracle::Written;
use super::systems::{Case, number};
use hamel::learn::weights::Owner;
use hamel::symbolic::NetId;
use num_dual::Dual64;

const STATES: usize = 20;

fn state(n: usize, seed: usize, moved: Option<usize>) -> Vec<Dual64> {
    (0..n).map(|k| Dual64::new(2.0 * number(100 * seed + k), if moved == Some(k) { 1.0 } else { 0.0 })).collect()
}

fn weights(p: &Prepared) -> impl Fn(NetId, usize, usize) -> Dual64 + '_ {
    |net, array, k| Dual64::from(p.weights[p.layout.part(Owner::Net(net, array)).unwrap().range.start + k])
}

/// `J[i][j] = ∂f_i/∂y_j`
fn jacobian(text: &'static str, seed: usize) -> Vec<Vec<f64>> {
    let p = prepared(&Case { name: "", text, learned: &[] });
    let written = Written::new(&p.equations);
    let n: usize = p.equations.states.iter().map(|s| s.length).sum();
    let mut j = vec![vec![0.0; n]; n];
    for k in 0..n {
        let rates = written.rates(&state(n, seed, Some(k)), &weights(&p), &|c| Dual64::from(p.values[c]));
        (0..n).for_each(|i| j[i][k] = rates[i].eps);
    }
    j
}

fn size(j: &[Vec<f64>]) -> f64 {
    j.iter().flatten().fold(0.0, |m: f64, x| m.max(x.abs()))
}

/// `J∇H` has no divergence: a volume of states keeps its size (Liouville).
#[test]
fn what_an_energy_turns_has_no_divergence() {
    let texts = [
        "system A { net H0(q: vector(2), p: vector(2)) -> real = mlp([12, 9], tanh)
           coord q : vector(2)  momentum p of q  hamiltonian H = H0(q, p) }",
        "system A { net H0(q, p) -> real = mlp([8, 8], softplus, residual = true) with periodic(q, 2*π)
           coord q  momentum p of q  hamiltonian H = H0(q, p) + p^2 }",
        "system A { net M0(q: vector(2)) -> spd(2) = cholesky_mlp([5], tanh)  net V0(q: vector(2)) -> real = mlp([5], sin)
           coord q : vector(2)  momentum p of q  hamiltonian H = 1/2*p·(M0(q)*p) + V0(q) }",
    ];
    for text in texts {
        for seed in 0..STATES {
            let j = jacobian(text, seed);
            let divergence: f64 = (0..j.len()).map(|k| j[k][k]).sum();
            assert!(size(&j) > 1e-3, "{text}: {j:?}");
            assert!(divergence.abs() < 1e-10 * size(&j).max(1.0), "{text}: {divergence}");
        }
    }
}

/// `∇D` has no curl: `∂f_i/∂y_j = ∂f_j/∂y_i`.
#[test]
fn what_an_irrotational_part_pulls_has_no_curl() {
    let texts = [
        "system A { net D0(q: vector(2), p: vector(2)) -> real = mlp([12, 9], tanh)
           coord q : vector(2)  momentum p of q  hamiltonian H = 0  irrotational D = D0(q, p) }",
        "system A { net D0(q, p) -> real = mlp([8, 8], swish, residual = true) with even(p)
           coord q  momentum p of q  hamiltonian H = 0  irrotational D = D0(q, p) - q^2 }",
    ];
    for text in texts {
        for seed in 0..STATES {
            let j = jacobian(text, seed);
            assert!(size(&j) > 1e-3, "{text}: {j:?}");
            for i in 0..j.len() {
                for k in 0..i {
                    let curl = j[i][k] - j[k][i];
                    assert!(curl.abs() < 1e-10 * size(&j).max(1.0), "{text}: {curl}");
                }
            }
        }
    }
}

/// The mass matrix `∂²L/∂v∂v`, each entry from its own side, is symmetric; of a strongly convex net it is positive definite.
#[test]
fn mass_matrices_of_learned_lagrangians_are_symmetric() {
    let texts = [
        ("system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([9, 7, 5], softplus)
           coord a, b  lagrangian L = L0([a, b], [a', b']) }", false),
        ("system A { net L0(q: vector(2), v: vector(2)) -> real = mlp([9, 7], softplus) with periodic(q, 2*π), strongly_convex(v)
           coord a, b  lagrangian L = L0([a, b], [a', b']) }", true),
        ("system A { net M0(q: vector(2)) -> spd(2) = cholesky_mlp([6, 6], softplus)  net V0(q: vector(2)) -> real = mlp([4], softplus)
           coord a, b  q = [a, b]  lagrangian L = 1/2*q'·(M0(q)*q') - V0(q) }", true),
    ];
    for (text, definite) in texts {
        let p = prepared(&Case { name: "", text, learned: &[] });
        let lagrangian = p.system.lagrangian.as_ref().unwrap().value;
        let rates: Vec<_> = p.system.variables.iter().map(|v| v.rate).collect();
        let mut written = Written::new(&p.equations);
        let places: Vec<usize> =
            rates.iter().map(|r| p.equations.states.iter().find(|s| s.leaf == *r).unwrap().offset).collect();
        for seed in 0..STATES {
            let mut m = [[0.0; 2]; 2];
            for (j, place) in places.iter().enumerate() {
                let momenta =
                    written.gradient(lagrangian, &rates, &state(4, seed, Some(*place)), &weights(&p), &p.values);
                (0..2).for_each(|i| m[i][j] = momenta[i].eps);
            }
            let size = m.iter().flatten().fold(0.0f64, |m, x| m.max(x.abs()));
            assert!(size > 1e-4, "{text}: {m:?}");
            assert!((m[0][1] - m[1][0]).abs() < 1e-10 * size, "{text}: {m:?}");
            let least = (m[0][0] + m[1][1]) / 2.0 - ((m[0][0] - m[1][1]).powi(2) / 4.0 + m[0][1] * m[1][0]).sqrt();
            assert!(!definite || least > 0.0, "{text}: {m:?}");
        }
    }
}

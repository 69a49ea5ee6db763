//! Gradients of every loss and structure in f64: dual numbers to 1e-10, differences to 1e-6.

use super::oracle::{Written, magnitude};
use super::systems::{CASES, Case, derived, number, rows};
use hamel::formalism::EquationsOfMotion;
use hamel::learn::objective::{Kind, Norm, Objective, Pointwise, Segments, Trajectory};
use hamel::learn::rows::Rows;
use hamel::learn::weights::{Layout, Owner};
use hamel::model::System;
use num_dual::Dual64;

pub struct Prepared {
    pub system: System,
    pub equations: EquationsOfMotion,
    pub layout: Layout,
    pub values: Vec<f64>,
    pub weights: Vec<f64>,
}

pub fn prepared(case: &Case) -> Prepared {
    let (system, equations) = derived(case.text);
    let nets: Vec<_> = equations.graph.nets().map(|(id, _)| id).collect();
    let mut values = Vec::new();
    let mut learned = Vec::new();
    for p in &system.parameters {
        for (k, element) in p.elements.iter().enumerate() {
            if case.learned.contains(&element.as_str()) {
                learned.push(values.len());
            }
            let given = equations.graph.as_number(p.default[k]).map(|n| n.to_f64());
            values.push(given.unwrap_or(1.0));
        }
    }
    let layout = Layout::new(&equations.graph, &nets, &learned);
    let mut weights: Vec<f64> = (0..layout.length).map(|k| 0.7 * number(k + 5)).collect();
    for part in &layout.parts {
        if let Owner::Parameter(c) = part.owner {
            weights[part.range.start] = values[c];
        }
    }
    Prepared { system, equations, layout, values, weights }
}

/// The mean loss with its derivative by one weight, by dual numbers through written-out formulas.
fn by_dual_numbers(p: &Prepared, written: &Written, rows: &Rows, norm: Norm, at: usize) -> Dual64 {
    let value = |owner: Owner, k: usize| {
        let place = p.layout.part(owner).map(|part| part.range.start + k)?;
        Some(Dual64::new(p.weights[place], if place == at { 1.0 } else { 0.0 }))
    };
    let weight = |net, array, k| value(Owner::Net(net, array), k).unwrap();
    let parameter = |c: usize| value(Owner::Parameter(c), 0).unwrap_or(Dual64::from(p.values[c]));
    let n = rows.states.len();
    let mut total = Dual64::from(0.0);
    let mut count = 0.0;
    for r in 0..rows.count {
        let y: Vec<Dual64> = (0..n).map(|k| Dual64::from(rows.states[k].as_ref().unwrap()[r])).collect();
        let found = written.rates(&y, &weight, &parameter);
        for (k, rate) in found.iter().enumerate() {
            let Some(target) = &rows.rates[k] else { continue };
            let error = *rate - target[r];
            total += if norm == Norm::L1 { magnitude(error) } else { error * error };
            count += 1.0;
        }
    }
    total / count
}

#[test]
fn derivative_losses_have_the_gradients_of_dual_numbers() {
    for case in CASES {
        let p = prepared(case);
        let rows = rows(&p.equations, 7);
        let written = Written::new(&p.equations);
        for norm in [Norm::L2, Norm::L1] {
            let made = Pointwise::<f64>::new(&p.equations, &p.layout, &p.values, &[], &rows, Kind::Derivative, norm, 7);
            let mut objective = made.unwrap_or_else(|e| panic!("{}: {e}", case.name));
            let mut gradient = vec![0.0; p.layout.length];
            let all: Vec<u32> = (0..7).collect();
            let loss = objective.evaluate(&all, &p.weights, &mut gradient);
            let size = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
            assert!(size > 1e-6, "{}: nothing depends on the weights", case.name);
            let step = (p.layout.length / 23).max(1);
            let learned = p.layout.parts.iter().filter(|x| matches!(x.owner, Owner::Parameter(_)));
            let learned: Vec<usize> = learned.map(|x| x.range.start).collect();
            for at in (0..p.layout.length).step_by(step).chain(learned) {
                let expected = by_dual_numbers(&p, &written, &rows, norm, at);
                assert!((loss - expected.re).abs() <= 1e-10 * loss.abs(), "{}: loss {loss} {}", case.name, expected.re);
                assert!(
                    (gradient[at] - expected.eps).abs() <= 1e-10 * size,
                    "{} {norm:?}, weight {at}: {} and {}",
                    case.name,
                    gradient[at],
                    expected.eps
                );
            }
        }
    }
}

/// Central differences of an objective along a few weights.
fn by_differences(name: &str, objective: &mut dyn Objective<f64>, weights: &[f64]) {
    let all: Vec<u32> = (0..objective.samples() as u32).collect();
    let mut gradient = vec![0.0; weights.len()];
    let mut scratch = gradient.clone();
    objective.evaluate(&all, weights, &mut gradient);
    let size = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
    assert!(size > 1e-9, "{name}: nothing depends on the weights");
    for at in (0..weights.len()).step_by((weights.len() / 11).max(1)) {
        let mut loss = |h: f64| {
            let mut moved = weights.to_vec();
            moved[at] += h;
            objective.evaluate(&all, &moved, &mut scratch)
        };
        let h = 1e-5;
        // fourth order
        let slope = (8.0 * (loss(h) - loss(-h)) - (loss(2.0 * h) - loss(-2.0 * h))) / (12.0 * h);
        assert!((gradient[at] - slope).abs() <= 1e-6 * size, "{name}, weight {at}: {} and {slope}", gradient[at]);
    }
}

#[test]
fn residual_losses_have_the_gradients_of_differences() {
    for case in CASES {
        let p = prepared(case);
        let rows = rows(&p.equations, 7);
        let made = Pointwise::<f64>::new(&p.equations, &p.layout, &p.values, &[], &rows, Kind::Residual, Norm::L2, 7);
        let mut objective = made.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        by_differences(case.name, &mut objective, &p.weights);
    }
}

#[test]
fn trajectory_losses_have_the_gradients_of_differences() {
    for case in CASES {
        let p = prepared(case);
        let mut rows = rows(&p.equations, 9);
        // smaller motions, so that a random model stays on the map
        rows.time.iter_mut().for_each(|t| *t *= 0.1);
        let segments = Segments::new(&rows, 0.03, false).unwrap();
        assert_eq!(segments.intervals, 3);
        let made = Trajectory::<f64>::new(&p.equations, &p.layout, &p.values, &[], &rows, segments, 2, Norm::L2, 9);
        let mut objective = made.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        by_differences(case.name, &mut objective, &p.weights);
        assert!(!p.system.name.is_empty());
    }
}

/// A residual at the rates of the model itself is zero.
#[test]
fn residuals_vanish_where_the_rates_are_the_models_own() {
    for case in CASES {
        let p = prepared(case);
        let mut rows = rows(&p.equations, 5);
        let written = Written::new(&p.equations);
        let n = rows.states.len();
        for r in 0..rows.count {
            let y: Vec<Dual64> = (0..n).map(|k| Dual64::from(rows.states[k].as_ref().unwrap()[r])).collect();
            let weight = |net, array, k: usize| {
                Dual64::from(p.weights[p.layout.part(Owner::Net(net, array)).unwrap().range.start + k])
            };
            let found = written.rates(&y, &weight, &|c| Dual64::from(p.values[c]));
            for k in 0..n {
                rows.rates[k].as_mut().unwrap()[r] = found[k].re;
            }
        }
        let made = Pointwise::<f64>::new(&p.equations, &p.layout, &p.values, &[], &rows, Kind::Residual, Norm::L1, 5);
        let mut objective = made.unwrap();
        let mut gradient = vec![0.0; p.layout.length];
        let loss = objective.evaluate(&[0, 1, 2, 3, 4], &p.weights, &mut gradient);
        assert!(loss < 1e-12, "{}: {loss}", case.name);
    }
}

/// A batch is the mean over its rows.
#[test]
fn batches_are_means_over_their_rows() {
    let p = prepared(&CASES[3]);
    let rows = rows(&p.equations, 40);
    let new = || Pointwise::<f64>::new(&p.equations, &p.layout, &p.values, &[], &rows, Kind::Derivative, Norm::L2, 40);
    let mut objective = new().unwrap();
    let mut evaluate = |list: &[u32]| {
        let mut gradient = vec![0.0; p.layout.length];
        (objective.evaluate(list, &p.weights, &mut gradient), gradient)
    };
    let (a, ga) = evaluate(&[3, 17, 30]);
    let (b, gb) = evaluate(&[5, 6, 7, 8, 9, 39]);
    let (all, g) = evaluate(&[3, 17, 30, 5, 6, 7, 8, 9, 39]);
    assert!((all - (3.0 * a + 6.0 * b) / 9.0).abs() < 1e-12 * all);
    for k in 0..g.len() {
        assert!((g[k] - (3.0 * ga[k] + 6.0 * gb[k]) / 9.0).abs() < 1e-11);
    }
}

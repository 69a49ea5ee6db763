//! Natural units: the size that a quantity of some dimension has in a fit, from its data.
//!
//! Learning steps are pure numbers, so what they change and what they make small are counted in units that the
//! problem itself has. Each known magnitude `|x|` of dimension `Π bᵢ^eᵢ` (the root mean squares of the states and of
//! their rates over the rows, then the parameters, then the length of the runs) is one linear equation
//! `Σ eᵢ ln uᵢ = ln|x|` for the units `uᵢ` of the base quantities. They are solved in the sense of least squares, each
//! group only for what the groups before it left open; what nothing tells stays in SI. The size of a dimension is then
//! `Π uᵢ^eᵢ`, and a change of units in the file or in its tables changes nothing.
//!
//! After Buckingham, "On physically similar systems" (1914).

use super::prepare::Prepared;
use super::start;
use super::training::{Fit, Loss, along};
use crate::dimension::Dimension;
use crate::formalism::equations::EquationsOfMotion;
use crate::learn::rows::Rows;
use crate::model::system::EquationKind;
use crate::model::{LearnedNet, System};
use crate::symbolic::{ExprId, Graph};
use nalgebra::{DMatrix, DVector};

/// Singular values below this share of the largest say nothing.
const OPEN: f64 = 1e-9;
/// Magnitudes beyond `1/ORDINARY` and `ORDINARY` are not left to single precision: their squares and quotients are
/// near the ends of its range.
const ORDINARY: f64 = 1e9;

/// The natural units of the base quantities.
#[derive(Clone, Debug, PartialEq)]
pub struct Natural {
    logarithms: DVector<f64>,
}

impl Natural {
    /// SI itself.
    pub fn si() -> Natural {
        Natural { logarithms: DVector::zeros(7) }
    }

    /// From groups of magnitudes, the most telling group first.
    pub fn of(groups: &[Vec<(Dimension, f64)>]) -> Natural {
        let mut found = DVector::zeros(7);
        // the directions that are still open
        let mut open = DMatrix::<f64>::identity(7, 7);
        for group in groups {
            let telling: Vec<&(Dimension, f64)> =
                group.iter().filter(|(d, x)| !d.is_one() && x.is_finite() && *x != 0.0).collect();
            if telling.is_empty() {
                continue;
            }
            let powers = DMatrix::from_fn(telling.len(), 7, |i, j| exponents(&telling[i].0)[j]);
            let sizes = DVector::from_fn(telling.len(), |i, _| crate::real::ln(telling[i].1.abs()));
            let free = &powers * &open;
            let singular = free.clone().svd(true, true);
            let least = OPEN * singular.singular_values.max().max(1.0);
            let Ok(inverse) = singular.pseudo_inverse(least) else { continue };
            found += &open * (&inverse * (sizes - &powers * &found));
            open -= &open * (&inverse * &free);
        }
        Natural { logarithms: found }
    }

    /// The size of a quantity of this dimension, in SI.
    pub fn size(&self, dimension: &Dimension) -> f64 {
        let sum: f64 = exponents(dimension).iter().zip(self.logarithms.iter()).map(|(e, u)| e * u).sum();
        // beyond these a square is no number
        crate::real::exp(sum.clamp(-300.0, 300.0))
    }
}

fn exponents(d: &Dimension) -> [f64; 7] {
    d.exponents().map(|e| f64::from(*e.numer()) / f64::from(*e.denom()))
}

/// The root of the mean square of what is finite.
fn size_of<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let finite = values.into_iter().filter(|x| x.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(s, n), x| (s + x * x, n + 1.0));
    (sum / f64::max(count, 1.0)).sqrt()
}

/// By state component its dimension.
pub fn dimensions(system: &System, equations: &EquationsOfMotion) -> Vec<Dimension> {
    let mut out = Vec::new();
    for s in &equations.states {
        let found = system.variables.iter().find(|v| v.leaf == s.leaf || v.rate == s.leaf);
        let mut dimension = found.map_or_else(Dimension::one, |v| v.dimension);
        if found.is_some_and(|v| v.leaf != s.leaf) {
            dimension = rate_of(system, &dimension);
        }
        out.resize(s.offset + s.length, dimension);
    }
    out
}

fn rate_of(system: &System, d: &Dimension) -> Dimension {
    if system.has_units { d.div(&Dimension::time()).unwrap_or(*d) } else { *d }
}

/// Magnitudes of the data, of the parameters, and of the runs that a loss takes.
fn magnitudes(fit: &Fit, values: &[f64], rows: &Rows) -> Vec<Vec<(Dimension, f64)>> {
    let system = &fit.prepared.system;
    let equations = &fit.prepared.equations;
    let states = dimensions(system, equations);
    let (mut data, mut constants, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for (k, d) in states.iter().enumerate() {
        if let Some(Some(column)) = rows.states.get(k) {
            data.push((*d, size_of(column)));
        }
        if let Some(Some(column)) = rows.rates.get(k) {
            data.push((rate_of(system, d), size_of(column)));
        }
    }
    for (parameter, leaf) in system.parameters.iter().zip(&equations.parameters) {
        for c in leaf.offset..leaf.offset + leaf.length {
            match rows.inputs.get(c) {
                Some(Some(column)) => data.push((parameter.dimension, size_of(column))),
                _ if !parameter.hidden => constants.push((parameter.dimension, values[c])),
                _ => {}
            }
        }
    }
    for term in &fit.terms {
        if let Loss::Trajectory { horizon, .. } = term.loss {
            runs.push((Dimension::time(), horizon));
        }
    }
    vec![data, constants, runs]
}

/// The natural units of a fit, and whether everything in it is of ordinary size.
pub fn units(fit: &Fit, values: &[f64], rows: &Rows) -> (Natural, bool) {
    if !fit.prepared.system.has_units {
        return (Natural::si(), true);
    }
    let groups = magnitudes(fit, values, rows);
    let ordinary = |x: f64| x == 0.0 || (1.0 / ORDINARY..ORDINARY).contains(&x.abs());
    let all = groups.iter().flatten().all(|(_, x)| ordinary(*x));
    let natural = Natural::of(&groups);
    let nets = fit.prepared.system.nets.iter().all(|n| ordinary(natural.size(&n.output.dimension)));
    (natural, all && nets)
}

/// By state component the size that its error is counted in, for a loss.
pub fn of_errors(natural: &Natural, prepared: &Prepared, loss: Loss) -> Vec<f64> {
    let system = &prepared.system;
    let energy = system.lagrangian.as_ref().map(|l| l.dimension);
    dimensions(system, &prepared.equations)
        .iter()
        .zip(start::state_names(prepared))
        .map(|(d, name)| match loss {
            Loss::Trajectory { .. } => natural.size(d),
            Loss::Derivative => natural.size(&rate_of(system, d)),
            // of a Lagrangian a force, of a flow a rate; of a stated equation it is not known
            Loss::Residual => {
                let coordinate = name.strip_suffix('\'').map(|_| d.mul(&Dimension::time()).unwrap_or(*d));
                let force = energy.zip(coordinate).and_then(|(l, q)| l.div(&q).ok());
                match force {
                    Some(force) => natural.size(&force),
                    None if system.equations.iter().any(|e| matches!(e.kind, EquationKind::Implicit { .. })) => 1.0,
                    None => natural.size(&rate_of(system, d)),
                }
            }
        })
        .collect()
}

/// The scales of the nets that are learned: of each argument its root mean square over the rows and all calls, of
/// the result the natural size of its dimension.
pub fn scales(
    prepared: &Prepared,
    fit: &Fit,
    values: &[f64],
    rows: &Rows,
    natural: &Natural,
) -> Result<Vec<(usize, Vec<f64>)>, String> {
    let mut found: Vec<(usize, Vec<f64>)> = Vec::new();
    // a net that has weights has the scales that they were found with
    let fresh = |n: &&LearnedNet| fit.nets.contains(&n.net) && !n.trained && !prepared.has_weights(n);
    for net in prepared.system.nets.iter().filter(fresh) {
        if let Some(parameter) = net.output.scale {
            let size = natural.size(&net.output.dimension);
            found.push((parameter, vec![size; prepared.system.parameters[parameter].elements.len()]));
        }
        let width: usize = net.inputs.iter().map(|p| p.components()).sum();
        if net.calls.is_empty() || width == 0 {
            continue;
        }
        let mut graph = prepared.equations.graph.clone();
        let mut items = Vec::with_capacity(2 * width * net.calls.len());
        for argument in net.calls.iter().flatten() {
            items.extend(squares(&mut graph, *argument));
        }
        let columns = along(prepared, graph, values, rows, &items)?;
        let mut at = 0;
        for port in &net.inputs {
            let components = port.components();
            if let Some(parameter) = port.scale {
                let scale = |c: usize| {
                    let mut sums = (0.0, 0.0);
                    for call in 0..net.calls.len() {
                        let place = 2 * (call * width + at + c);
                        for (square, count) in columns[place].iter().zip(&columns[place + 1]) {
                            if square.is_finite() && count.is_finite() {
                                sums = (sums.0 + square, sums.1 + count);
                            }
                        }
                    }
                    let size = (sums.0 / f64::max(sums.1, 1.0)).sqrt();
                    if size > 0.0 && size.is_finite() { size } else { 1.0 }
                };
                found.push((parameter, (0..components).map(scale).collect()));
            }
            at += components;
        }
    }
    Ok(found)
}

/// `Σ e²` over the domains that an argument runs over, and how many terms that are.
fn squares(graph: &mut Graph, argument: ExprId) -> [ExprId; 2] {
    let (mut sum, mut count) = (graph.mul(argument, argument), graph.one());
    let mut left = graph.domains_of(argument).to_vec();
    // innermost first; a condition of one may bring in another that is around it
    while let Some(domain) = left.iter().copied().max_by_key(|d| graph.domain_info(*d).level) {
        sum = graph.sum_over(domain, sum);
        count = graph.sum_over(domain, count);
        left.retain(|d| *d != domain);
        left.extend(graph.domains_of(sum).iter().chain(graph.domains_of(count)).filter(|d| **d != domain));
    }
    [sum, count]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(m: i32, kg: i32, s: i32) -> Dimension {
        Dimension::new([m, kg, s, 0, 0, 0, 0])
    }

    #[test]
    fn sizes_follow_a_change_of_units() {
        // A length, a speed and a mass, and the same in units that are a, b and c times as small.
        let sizes = |a: f64, b: f64, c: f64| {
            let data = vec![(d(1, 0, 0), 0.3 * a), (d(1, 0, -1), 2.0 * a / b), (d(1, 0, -2), 9.0 * a / (b * b))];
            let constants = vec![(d(0, 1, 0), 5.0 * c), (d(1, 0, 0), 7.0 * a)];
            let natural = Natural::of(&[data, constants]);
            (natural.size(&d(2, 1, -2)), natural.size(&d(1, 0, 0)))
        };
        let (energy, length) = sizes(1.0, 1.0, 1.0);
        let (other, longer) = sizes(1e6, 1e9, 1e26);
        assert!((other / (energy * 1e12 / 1e18 * 1e26) - 1.0).abs() < 1e-9, "{other} {energy}");
        assert!((longer / (length * 1e6) - 1.0).abs() < 1e-9);
        // The data tell the length, so the constant of 7 says nothing about it.
        assert!(length < 1.0, "{length}");
    }

    #[test]
    fn what_nothing_tells_is_si() {
        let natural = Natural::of(&[vec![(d(1, 0, 0), 1e-6)], Vec::new()]);
        assert!((natural.size(&d(1, 0, 0)) / 1e-6 - 1.0).abs() < 1e-12);
        assert!((natural.size(&d(0, 1, 0)) - 1.0).abs() < 1e-12);
        assert_eq!(Natural::of(&[]), Natural::si());
    }
}

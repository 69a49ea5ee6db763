//! Equations of motion, compiled.

use super::blocks::{Rates, dimension};
use super::derivative::Tangents;
use super::execution::{Code, Execution};
use super::field::{Failure, Part, VectorField};
use super::linearised::{Linearisation, Linearised};
use super::lower::LowerError;
use super::net::{NetGroup, NetWeights};
use crate::formalism::equations::{EquationsOfMotion, StateLeaf};
use crate::formalism::{self, Partition};
use crate::lanes::{LANES, Vectorized, dispatch};
use crate::symbolic::{ElementNames, ExprId, Graph};
use std::ops::Range;
use std::sync::Arc;

/// The vector field `y' = f(t, y)` of equations of motion.
///
/// Parameters are run-time arguments: after [`Kernel::compile`] they are given with
/// [`Kernel::set_parameters`], any number of times, without compiling again.
#[derive(Clone, Debug)]
pub struct Kernel {
    equations: Arc<EquationsOfMotion>,
    execution: Execution,
    parameters: Vec<f64>,
    weights: Vec<NetWeights>,
    rates: Rates,
    /// Compiled when first asked for.
    tangents: Option<Tangents>,
    /// Compiled when first asked for.
    linearisation: Option<Box<Linearisation>>,
    partition: Option<Partition>,
    halves: Option<Box<(Rates, Rates)>>,
    groups: Vec<Range<usize>>,
    /// Number of components.
    states: usize,
    names: Vec<(StateLeaf, ElementNames)>,
    /// `[y, t, y']` of a block of states.
    lanes: Vec<[f64; LANES]>,
}

impl Kernel {
    /// Compiles equations for the best instruction set of the machine; they become machine code
    /// once that pays.
    pub fn compile(equations: &EquationsOfMotion) -> Result<Kernel, LowerError> {
        Kernel::compile_with(equations, Execution::default())
    }

    /// Compiles equations to be run in a given way; the bits are the same for all.
    pub fn compile_with(equations: &EquationsOfMotion, execution: Execution) -> Result<Kernel, LowerError> {
        let rates = Rates::compile(equations, &equations.graph, equations.blocks.iter(), &[], execution)?;
        let parameters = equations.parameters.iter().map(|p| p.offset + p.length).max().unwrap_or(0);
        Ok(Kernel {
            execution,
            parameters: vec![0.0; parameters],
            weights: Vec::new(),
            rates,
            tangents: None,
            linearisation: None,
            partition: formalism::partition(equations),
            halves: None,
            groups: equations.states.iter().map(|s| s.offset..s.offset + s.length).collect(),
            states: dimension(equations),
            names: names(&equations.graph, &equations.states),
            lanes: Vec::new(),
            equations: Arc::new(equations.clone()),
        })
    }

    /// Gives the weights of all nets, in the order of their declaration, any number of times and without
    /// compiling again; [`super::net::fit_nets`] says whether they fit. They count from the next
    /// [`Kernel::set_parameters`] on. Without weights every net is not a number.
    pub fn set_weights(&mut self, weights: &[NetWeights]) {
        self.weights = weights.to_vec();
        self.rates.set_weights(weights);
        if let Some(tangents) = &mut self.tangents {
            tangents.set_weights(weights);
        }
        if let Some(linearisation) = &mut self.linearisation {
            linearisation.set_weights(weights);
        }
        if let Some(halves) = &mut self.halves {
            halves.0.set_weights(weights);
            halves.1.set_weights(weights);
        }
    }

    /// The weights in force.
    pub fn weights(&self) -> &[NetWeights] {
        &self.weights
    }

    /// Gives the parameters and computes what depends on them alone.
    pub fn set_parameters(&mut self, parameters: &[f64]) -> Result<(), Failure> {
        let count = self.parameters.len();
        self.parameters.copy_from_slice(&parameters[..count]);
        self.rates.prepare(parameters)?;
        if let Some(tangents) = &mut self.tangents {
            tangents.prepare(parameters)?;
        }
        if let Some(linearisation) = &mut self.linearisation {
            linearisation.prepare(parameters)?;
        }
        if let Some(halves) = &mut self.halves {
            halves.0.prepare(parameters)?;
            halves.1.prepare(parameters)?;
        }
        Ok(())
    }

    /// Makes machine code for the rates of one state now. False where some part stays with the
    /// interpreter (families, long tapes, machines that code cannot be made for).
    pub fn compile_native(&mut self) -> bool {
        let mut all = self.rates.compile_native();
        if let Some(halves) = &mut self.halves {
            all &= halves.0.compile_native() && halves.1.compile_native();
        }
        self.execution.code = Code::Native;
        all
    }

    /// `dy = f(t, y)` for up to [`LANES`] states, component by component: `y[k][lane]`.
    ///
    /// The first `active` lanes count; the others must repeat one of them. The bits of each lane are
    /// those of [`VectorField::rates`]. Lanes that fail are listed with their reasons.
    pub fn rates_lanes(
        &mut self,
        t: &[f64; LANES],
        y: &[[f64; LANES]],
        dy: &mut [[f64; LANES]],
        active: usize,
        failures: &mut Vec<(usize, Failure)>,
    ) {
        let n = self.states;
        let negative = self.equations.reversed;
        failures.clear();
        if !self.rates.direct_lanes(t, y, dy, active, failures) {
            self.lanes.resize(2 * n + 1, [0.0; LANES]);
            self.lanes[..n].copy_from_slice(&y[..n]);
            self.lanes[n] = *t;
            self.rates.evaluate_lanes(&mut self.lanes, active, failures);
            dy[..n].copy_from_slice(&self.lanes[n + 1..2 * n + 1]);
        }
        for (component, block) in dy[..n].iter_mut().enumerate() {
            if negative {
                *block = block.map(|x| -x);
            }
            // One test for the whole block, without branches.
            if dispatch(self.execution.level, AnyNotFinite(block)) {
                for lane in (0..active).filter(|lane| !block[*lane].is_finite()) {
                    if failures.iter().all(|(failed, _)| *failed != lane) {
                        failures.push((lane, Failure::NonFinite { component }));
                    }
                }
            }
        }
    }

    /// The parameters in force.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Replaces the groups of components that share a scale; they must cover the state in order.
    pub fn set_groups(&mut self, groups: Vec<Range<usize>>) {
        self.groups = groups;
    }

    /// Expressions over states, time, parameters and solved rates, to be evaluated along a motion.
    pub fn observer(&self, observed: &[ExprId], graph: &Graph) -> Result<Observer, LowerError> {
        let equations = &self.equations;
        let rates = Rates::compile(equations, graph, equations.blocks.iter(), observed, self.execution)?;
        let mut observer = Observer { rates, count: observed.len(), dimension: dimension(equations) };
        observer.set_weights(&self.weights);
        observer.set_parameters(&self.parameters);
        Ok(observer)
    }

    /// Instructions of all tapes, each counted once: what was compiled.
    pub fn operations(&self) -> usize {
        self.rates.programs().map(|p| p.operations()).sum()
    }

    /// Operations that one evaluation executes, terms of families counted.
    pub fn operations_executed(&self) -> usize {
        self.rates.programs().map(|p| p.operations_executed()).sum()
    }

    /// All derivatives of nets that one evaluation takes.
    pub fn net_groups(&self) -> impl Iterator<Item = &NetGroup> {
        self.rates.net_groups()
    }

    fn signed(&self) -> f64 {
        if self.equations.reversed { -1.0 } else { 1.0 }
    }
}

/// Whether a number is not finite.
struct AnyNotFinite<'a>(&'a [f64]);

impl Vectorized for AnyNotFinite<'_> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        self.0.iter().fold(false, |bad, x| bad | !x.is_finite())
    }
}

/// Names of all components: of a scalar its own, of an array those of its elements.
fn names(graph: &Graph, states: &[StateLeaf]) -> Vec<(StateLeaf, ElementNames)> {
    let elements = |s: &StateLeaf| match graph.symbol_of(s.leaf) {
        Some(symbol) if graph.array_length(s.leaf).is_some() => graph.symbol_info(symbol).element_names.clone(),
        _ => ElementNames::new(Arc::new([s.name.clone()]), 0),
    };
    states.iter().map(|s| (s.clone(), elements(s))).collect()
}

/// The first component that is not finite.
fn check(dy: &[f64]) -> Result<(), Failure> {
    // One test for all, without branches, four at a time.
    let (chunks, rest) = dy.as_chunks::<4>();
    let mut bad = false;
    for [a, b, c, d] in chunks {
        bad |= !a.is_finite() | !b.is_finite() | !c.is_finite() | !d.is_finite();
    }
    if !rest.iter().fold(bad, |bad, x| bad | !x.is_finite()) {
        return Ok(());
    }
    let component = dy.iter().position(|x| !x.is_finite()).unwrap_or(0);
    Err(Failure::NonFinite { component })
}

impl VectorField for Kernel {
    fn dimension(&self) -> usize {
        self.states
    }

    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let n = self.states;
        let sign = self.signed();
        self.rates.rates(t, y, dy)?;
        if sign < 0.0 {
            dy[..n].iter_mut().for_each(|x| *x = -*x);
        }
        check(&dy[..n])
    }

    fn jacobian(&mut self, t: f64, y: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        if self.tangents.is_none() {
            let compiled = Tangents::compile(&self.equations, self.execution.level);
            // What the rates were compiled from compiles again; only budgets could say no.
            let mut tangents = compiled.map_err(|_| Failure::NonFinite { component: 0 })?;
            tangents.set_weights(&self.weights);
            tangents.prepare(&self.parameters)?;
            self.tangents = Some(tangents);
        }
        let n = self.states;
        let sign = self.signed();
        let all = self.rates.evaluate(t, y)?;
        let tangents = self.tangents.as_mut().expect("invariant: compiled above");
        tangents.jacobian(all, jac)?;
        if sign < 0.0 {
            jac[..n * n].iter_mut().for_each(|x| *x = -*x);
        }
        match jac[..n * n].iter().position(|x| !x.is_finite()) {
            Some(at) => Err(Failure::NonFinite { component: at % n }),
            None => Ok(()),
        }
    }

    fn linearised(&mut self, t: f64, y: &[f64]) -> Result<Option<Linearised>, Failure> {
        if self.linearisation.is_none() {
            // Only a pattern beyond its budget says no.
            let Ok(mut compiled) = Linearisation::compile(&self.equations, self.execution.level) else {
                return Ok(None);
            };
            compiled.set_weights(&self.weights);
            compiled.prepare(&self.parameters)?;
            self.linearisation = Some(Box::new(compiled));
        }
        let sign = self.signed();
        let all = self.rates.evaluate(t, y)?;
        let linearisation = self.linearisation.as_mut().expect("invariant: compiled above");
        let mut found = linearisation.evaluate(all)?;
        if sign < 0.0 {
            found.jacobian.values.iter_mut().for_each(|x| *x = -*x);
        }
        for matrix in [&found.jacobian, &found.mass] {
            if let Some(at) = matrix.values.iter().position(|x| !x.is_finite()) {
                return Err(Failure::NonFinite { component: matrix.pattern.rows[at] as usize });
            }
        }
        Ok(Some(found))
    }

    fn partition(&self) -> Option<(&[usize], &[usize])> {
        self.partition.as_ref().map(|p| (p.positions.as_slice(), p.momenta.as_slice()))
    }

    fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let Some(partition) = &self.partition else { return self.rates(t, y, dy) };
        if self.halves.is_none() {
            let half = |drift: bool| -> Result<Rates, Failure> {
                let chosen = partition.blocks.iter().zip(&partition.drifts).filter(|(_, d)| **d == drift);
                let blocks = chosen.map(|(block, _)| block);
                let compiled = Rates::compile(&self.equations, &partition.graph, blocks, &[], self.execution);
                let mut rates = compiled.map_err(|_| Failure::NonFinite { component: 0 })?;
                rates.set_weights(&self.weights);
                rates.prepare(&self.parameters)?;
                Ok(rates)
            };
            self.halves = Some(Box::new((half(true)?, half(false)?)));
        }
        let sign = self.signed();
        let halves = self.halves.as_mut().expect("invariant: compiled above");
        let (rates, chosen) = match part {
            Part::Drift => (&mut halves.0, &partition.positions),
            Part::Kick => (&mut halves.1, &partition.momenta),
        };
        rates.rates(t, y, dy)?;
        for &k in chosen {
            if !dy[k].is_finite() {
                return Err(Failure::NonFinite { component: k });
            }
            dy[k] *= sign;
        }
        Ok(())
    }

    fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }

    fn component_name(&self, component: usize) -> String {
        let found = self.names.iter().find(|(s, _)| (s.offset..s.offset + s.length).contains(&component));
        let Some((state, names)) = found else { return format!("y[{}]", component + 1) };
        let k = component - state.offset;
        names.get(k).map_or_else(|| format!("{}[{}]", state.name, k + 1), |name| name.into_owned())
    }
}

/// Observables of a system, compiled.
#[derive(Clone, Debug)]
pub struct Observer {
    rates: Rates,
    count: usize,
    dimension: usize,
}

impl Observer {
    /// Gives the parameters. What fails here fails again, with its place, in [`Observer::observe`].
    pub fn set_parameters(&mut self, parameters: &[f64]) {
        let _ = self.rates.prepare(parameters);
    }

    /// Gives the weights of all nets, before the parameters.
    pub fn set_weights(&mut self, weights: &[NetWeights]) {
        self.rates.set_weights(weights);
    }

    /// Number of values.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The values at a state, in the order they were asked for.
    pub fn observe(&mut self, t: f64, y: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        let from = 2 * self.dimension + 1;
        let all = self.rates.evaluate(t, y)?;
        out[..self.count].copy_from_slice(&all[from..from + self.count]);
        Ok(())
    }
}

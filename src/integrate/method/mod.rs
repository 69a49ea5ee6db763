//! The methods, one per file, and their list.

pub mod blanes_moan;
pub mod composition;
pub mod discrete_gradient;
pub mod dop853;
pub mod dormand_prince;
pub mod exponential;
pub mod exponential_sparse;
pub mod gauss;
pub mod implicit_midpoint;
pub mod radau;
pub mod runge_kutta;
pub mod stormer_verlet;
pub mod symplectic_euler;

use super::adaptive::{self, Trial};
use super::driver::{Run, run_embedded};
use super::fixed;
use super::outcome::Outcome;
use super::pilot::step_from_tolerance;
use super::splitting::{Splitting, SplittingStepper};
use super::trajectory::Switch;
use crate::kernel::VectorField;
use serde::Serialize;

/// A method by its literature name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Dormand and Prince, order 8.
    Dop853,
    /// Dormand and Prince, order 5.
    Dopri5,
    /// Radau IIA collocation of order 5.
    Radau5,
    /// The classical Runge–Kutta method.
    Rk4,
    /// Kick, then drift.
    SymplecticEuler,
    /// Störmer and Verlet, kick–drift–kick.
    StormerVerlet,
    /// Störmer and Verlet, drift–kick–drift.
    PositionVerlet,
    /// Yoshida's composition of order 4.
    Yoshida4,
    /// Suzuki's composition of order 4.
    Suzuki4,
    /// Yoshida's composition of order 6.
    Yoshida6,
    /// Kahan and Li's composition of order 6.
    KahanLi6,
    /// A composition of order 8 in 15 steps.
    Yoshida8,
    /// Kahan and Li's composition of order 8.
    KahanLi8,
    /// Blanes and Moan's splitting of order 4.
    BlanesMoan4,
    /// Blanes and Moan's splitting of order 6.
    BlanesMoan6,
    /// Blanes and Moan's Nyström splitting of order 4.
    BlanesMoanRkn4,
    /// Blanes and Moan's Nyström splitting of order 6.
    BlanesMoanRkn6,
    /// The implicit midpoint rule.
    ImplicitMidpoint,
    /// Gauss collocation of order 4.
    Gauss4,
    /// Gauss collocation of order 6.
    Gauss6,
    /// The mean-value discrete gradient.
    DiscreteGradient,
    /// The matrix exponential.
    Exponential,
}

/// The order of a method without an error but rounding.
pub const EXACT: u32 = u32::MAX;

/// What a method asks of the equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Nothing: any `y' = f(t, y)`.
    Nothing,
    /// `q' = a(t, p)`, `p' = b(t, q)`.
    Partition,
    /// A partition whose drift is linear in the momenta: `q' = M⁻¹ p + c`.
    LinearDrift,
    /// `y' = A y + b` with constant `A` and `b`.
    LinearConstant,
    /// `M y' = −∇D(y)` with a constant symmetric `M`.
    GradientFlow,
}

/// What a method keeps exactly, up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preserves {
    /// The symplectic form of a Hamiltonian system in canonical coordinates.
    SymplecticForm,
    /// Invariants that are quadratic in the state.
    QuadraticInvariants,
    /// The functional of a gradient flow falls in every step.
    Decrease,
    /// A step forwards, then back, leads to where it began.
    TimeReversal,
}

/// What is known of a method.
#[derive(Clone, Copy, Debug)]
pub struct MethodEntry {
    /// Which.
    pub method: Method,
    /// Name in `.sys` files.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// Order of the error at the end of a span, or [`EXACT`].
    pub order: u32,
    /// Order of the embedded error estimate; `None` where the step is fixed.
    pub embedded_order: Option<u32>,
    /// Evaluations of the vector field (or of its pair of halves) per step.
    pub stages: u32,
    /// What it asks of the equations.
    pub needs: Needs,
    /// What it keeps.
    pub preserves: &'static [Preserves],
    /// Where it was published.
    pub reference: &'static str,
    /// One line: when to take it.
    pub summary: &'static str,
}

/// All methods, in the order of the manual.
pub const METHODS: &[MethodEntry] = &[
    dop853::ENTRY,
    dormand_prince::ENTRY,
    radau::ENTRY,
    runge_kutta::RK4,
    symplectic_euler::ENTRY,
    stormer_verlet::ENTRY,
    stormer_verlet::POSITION_ENTRY,
    composition::YOSHIDA_4,
    composition::SUZUKI_4,
    blanes_moan::ORDER_4,
    blanes_moan::NYSTROM_4,
    composition::YOSHIDA_6,
    composition::KAHAN_LI_6,
    blanes_moan::ORDER_6,
    blanes_moan::NYSTROM_6,
    composition::YOSHIDA_8,
    composition::KAHAN_LI_8,
    implicit_midpoint::ENTRY,
    gauss::GAUSS_4,
    gauss::GAUSS_6,
    discrete_gradient::ENTRY,
    exponential::ENTRY,
];

impl Method {
    /// The method of this name or alias.
    pub fn from_name(name: &str) -> Option<Method> {
        METHODS.iter().find(|entry| entry.name == name || entry.aliases.contains(&name)).map(|entry| entry.method)
    }

    /// Its line in [`METHODS`].
    pub fn entry(self) -> &'static MethodEntry {
        METHODS.iter().find(|entry| entry.method == self).expect("every method has a line in METHODS")
    }

    /// Name in `.sys` files.
    pub fn name(self) -> &'static str {
        self.entry().name
    }
}

/// The fractions of a splitting method; `None` for the others.
pub fn splitting(method: Method) -> Option<Splitting> {
    match method {
        Method::SymplecticEuler => Some(symplectic_euler::splitting()),
        Method::StormerVerlet => Some(stormer_verlet::splitting()),
        Method::PositionVerlet => Some(stormer_verlet::position_splitting()),
        _ => composition::splitting(method).or_else(|| blanes_moan::splitting(method)),
    }
}

/// Runs the method of the settings.
pub(crate) fn run<F: VectorField + ?Sized>(run: &mut Run<'_, F>) -> Result<(), Outcome> {
    let method = run.settings.method;
    let step = match run.settings.step {
        None if method.entry().embedded_order.is_none() => step_from_tolerance(run, method),
        given => given.unwrap_or(run.span.interval()),
    };
    if method.entry().embedded_order.is_none() {
        run.step = Some(step);
    }
    match method {
        Method::Dop853 => run_embedded::<dop853::Dop853, F>(run),
        Method::Dopri5 => run_embedded::<dormand_prince::Dopri5, F>(run),
        Method::Radau5 => run_embedded::<radau::Radau5, F>(run),
        Method::Rk4 => fixed::run(run, &mut runge_kutta::Rk4::new(run.probe.total()), step),
        Method::ImplicitMidpoint => run_collocation(run, implicit_midpoint::TABLEAU, step),
        Method::Gauss4 => run_collocation(run, gauss::TABLEAU_4, step),
        Method::Gauss6 => run_collocation(run, gauss::TABLEAU_6, step),
        Method::DiscreteGradient => {
            let mut stepper = discrete_gradient::DiscreteGradient::new(&run.probe);
            fixed::run(run, &mut stepper, step)
        }
        Method::Exponential if run.probe.states() > exponential::LARGEST => {
            if exponential_sparse::run(run)? {
                return Ok(());
            }
            let (method, reason) = exponential_sparse::HANDED_OVER;
            run.switches.push(Switch { time: run.t, method, reason: reason.to_owned() });
            adaptive::run::<dop853::Dop853, F>(run).map(|_| ())
        }
        Method::Exponential => {
            let mut stepper = exponential::Exponential::new(run.probe.states());
            let mut step = step;
            if run.settings.keep_dense || run.probe.total() > run.probe.states() {
                let start = stepper.step_with_inside(&mut run.probe, run.t);
                step = step.min(start.map_err(|failure| run.failed(&failure))?);
            }
            fixed::run(run, &mut stepper, step)
        }
        method => {
            let splitting = splitting(method).expect("every other method is a splitting");
            let stepper = SplittingStepper::new(splitting, run.probe.field());
            fixed::run(run, &mut stepper.expect("the language gives splittings to partitioned systems only"), step)
        }
    }
}

fn run_collocation<const S: usize, F: VectorField + ?Sized>(
    run: &mut Run<'_, F>,
    tableau: gauss::Tableau<S>,
    step: f64,
) -> Result<(), Outcome> {
    let mut stepper = gauss::Gauss::new(tableau, &run.probe);
    fixed::run(run, &mut stepper, step)
}

/// `h·‖k_b - k_a‖ / ‖y_b - y_a‖` for two states at the same time, in the weights' norm: an estimate
/// of `h|λ|` for the fastest eigenvalue.
fn spread(trial: Trial<'_>, k_a: &[f64], k_b: &[f64], y_a: &[f64], y_b: &[f64]) -> f64 {
    let (mut rates, mut states) = (0.0, 0.0);
    for (i, weight) in trial.weights.iter().enumerate() {
        let (rate, state) = ((k_b[i] - k_a[i]) / weight, (y_b[i] - y_a[i]) / weight);
        rates += rate * rate;
        states += state * state;
    }
    if states > 0.0 { trial.h.abs() * (rates / states).sqrt() } else { 0.0 }
}

/// Index of the largest magnitude (not-a-number counts as largest).
fn largest(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, -1.0);
    for (index, value) in values.enumerate() {
        if value.is_nan() {
            return index;
        }
        if value.abs() > best.1 {
            best = (index, value.abs());
        }
    }
    best.0
}

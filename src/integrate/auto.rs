//! `method = auto`: which method, and why.
//!
//! The first that applies: a bracket: `gauss6`; linear with constant coefficients: the exponential;
//! stiff: `radau5`; separable and longer than 10⁴ of its shortest period: a symplectic splitting;
//! else `dop853`, which watches for stiffness and hands over to `radau5` where it meets it.

use super::method::{Method, exponential};
use super::span::Span;
use crate::kernel::{Linearised, VectorField};
use crate::real::round;
use nalgebra::{DMatrix, Schur};

/// What is known of a system before it runs: proved from its structure, or measured at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StructureFacts {
    /// The equations are a Lie–Poisson bracket, whose invariants are quadratic.
    pub bracket: bool,
    /// `y' = A y + b`, both constant.
    pub linear_constant: bool,
    /// Symmetric matrices, so that the exponential serves at any size.
    pub symmetric: bool,
    /// Stiff by its matrices at the start (a diffusion on a fine grid).
    pub stiff: bool,
    /// Sparse matrices, so that an implicit method serves at any size.
    pub sparse: bool,
    /// `q' = a(t, p)`, `p' = b(t, q)`.
    pub separable: bool,
    /// `q'` is linear in `p`.
    pub linear_drift: bool,
    /// Shortest period of small motions at the start; see [`shortest_period`].
    pub shortest_period: Option<f64>,
}

/// A method with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The method.
    pub method: Method,
    /// Its fixed step; `None` where it is adaptive, or the step is found from the tolerance.
    pub step: Option<f64>,
    /// The method to go on with where stiffness is met.
    pub when_stiff: Option<Method>,
    /// Why, as a phrase that follows "`gauss6`: ".
    pub reason: String,
}

/// Periods beyond which a run is long.
pub const LONG: f64 = 1e4;
/// Components up to which an implicit method is chosen whatever the matrix: it factors a dense one of that size.
pub const LARGEST_IMPLICIT: usize = 1_000;

/// Chooses a method for a system of `dimension` components over `span`, to `rtol`.
pub fn choose(facts: &StructureFacts, dimension: usize, span: &Span, rtol: f64) -> Choice {
    let plain = |method: Method, reason: String| Choice { method, step: None, when_stiff: None, reason };
    if facts.bracket {
        return plain(Method::Gauss6, "the equations are a bracket, and it keeps quadratic invariants".into());
    }
    if facts.linear_constant && (dimension <= exponential::LARGEST || facts.symmetric) {
        let reason = "the equations are linear with constant coefficients, and it is exact".into();
        return plain(Method::Exponential, reason);
    }
    if facts.stiff && (dimension <= LARGEST_IMPLICIT || facts.sparse) {
        return plain(Method::Radau5, "the equations are stiff".into());
    }
    let periods = facts.shortest_period.map(|period| span.length() / period);
    if let Some(periods) = periods.filter(|periods| facts.separable && *periods > LONG) {
        let method = match (facts.linear_drift, rtol) {
            (true, rtol) if rtol > 1e-5 => Method::BlanesMoanRkn4,
            (true, rtol) if rtol > 1e-11 => Method::BlanesMoanRkn6,
            (false, rtol) if rtol > 1e-5 => Method::BlanesMoan4,
            (false, rtol) if rtol > 1e-8 => Method::BlanesMoan6,
            _ => Method::KahanLi8,
        };
        let periods = round(periods);
        let reason =
            format!("separable, and the run is {periods} of its shortest periods long, so energy must not drift");
        return plain(method, reason);
    }
    let when_stiff = (dimension <= LARGEST_IMPLICIT || facts.sparse).then_some(Method::Radau5);
    Choice { when_stiff, ..plain(Method::Dop853, "accurate for smooth motion".into()) }
}

/// Times that what decays fastest decays in a run, beyond which explicit steps are too many.
pub const STIFF: f64 = 2e4;

/// The largest rate at which a component decays by itself, `max −J_ii/M_ii`, where the mass is diagonal.
pub fn fastest_decay(linearised: &Linearised) -> f64 {
    let Some(mass) = linearised.mass.as_diagonal() else { return 0.0 };
    let own = |c: usize| linearised.jacobian.column(c).find(|(r, _)| *r == c).map_or(0.0, |(_, v)| -v / mass[c]);
    (0..mass.len()).map(own).filter(|rate| rate.is_finite()).fold(0.0, f64::max)
}

/// Largest system whose eigenvalues are computed for [`shortest_period`].
const LARGEST_SPECTRUM: usize = 200;

/// The shortest period `2π/max|Im λ|` over the eigenvalues `λ` of the Jacobian at `(t, y)`. `None`
/// where nothing oscillates, the Jacobian has no finite value, or the system is large.
pub fn shortest_period<F: VectorField + ?Sized>(field: &mut F, t: f64, y: &[f64]) -> Option<f64> {
    let n = field.dimension();
    if n == 0 || n > LARGEST_SPECTRUM {
        return None;
    }
    let mut jacobian = vec![0.0; n * n];
    field.jacobian(t, y, &mut jacobian).ok()?;
    let matrix = DMatrix::from_vec(n, n, jacobian);
    if !matrix.iter().all(|entry| entry.is_finite()) {
        return None;
    }
    let schur = Schur::try_new(matrix, f64::EPSILON, 100 * n + 1_000)?;
    let fastest = schur.complex_eigenvalues().iter().map(|value| value.im.abs()).fold(0.0, f64::max);
    (fastest > 0.0).then(|| std::f64::consts::TAU / fastest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fact_that_applies_decides() {
        let span = Span::count(0.0, 1e6, 11).expect("a span");
        let mut facts = StructureFacts {
            bracket: true,
            linear_constant: true,
            symmetric: false,
            stiff: true,
            sparse: false,
            separable: true,
            linear_drift: true,
            shortest_period: Some(1.0),
        };
        let chosen = |facts: &StructureFacts| choose(facts, 4, &span, 1e-10).method;
        assert_eq!(chosen(&facts), Method::Gauss6);
        facts.bracket = false;
        assert_eq!(chosen(&facts), Method::Exponential);
        facts.linear_constant = false;
        assert_eq!(chosen(&facts), Method::Radau5);
        facts.stiff = false;
        assert_eq!(chosen(&facts), Method::BlanesMoanRkn6);
        facts.linear_drift = false;
        assert_eq!(chosen(&facts), Method::KahanLi8);
        facts.shortest_period = Some(1e3);
        assert_eq!(chosen(&facts), Method::Dop853);
    }
}

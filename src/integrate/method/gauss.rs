//! Gauss collocation of order 4 and 6.
//!
//! Implicit with `s` stages at the zeros of Legendre's polynomials, fixed step, order `2s`,
//! symplectic, symmetric, keeps every quadratic invariant:
//!
//! ```text
//! Z_i = h Σ_j a_ij f(t + c_j h, y_n + Z_j)        y_{n+1} = y_n + h Σ_i b_i f(t + c_i h, y_n + Z_i)
//! ```
//!
//! The stages are solved by simplified Newton iteration with an exact Jacobian that is kept as long
//! as it serves, from values extrapolated out of the step before. What the method keeps it keeps
//! only as well as its equations are solved, so the iteration ends when the corrections no longer
//! shrink, that is in rounding, and not at a tolerance; `y` is summed with compensation.
//!
//! References: J. C. Butcher, *Implicit Runge–Kutta processes*, Math. Comp. 18 (1964) 50–64;
//! E. Hairer, R. I. McLachlan, A. Razakarivony, *Achieving Brouwer's law with implicit Runge–Kutta
//! methods*, BIT 48 (2008) 231–243 (stopping and summation).
#![allow(clippy::needless_range_loop, reason = "a formula runs over several stage vectors at one component")]

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::fixed::Stepper;
use crate::integrate::probe::Probe;
use crate::integrate::splitting::add;
use crate::kernel::{Failure, VectorField};
use crate::limits;
use nalgebra::{DMatrix, DVector, Dyn, LU};
use std::ops::Range;

/// What is known of the method with two stages.
pub const GAUSS_4: MethodEntry = MethodEntry {
    method: Method::Gauss4,
    name: "gauss4",
    aliases: &[],
    order: 4,
    embedded_order: None,
    stages: 2,
    needs: Needs::Nothing,
    preserves: &[Preserves::SymplecticForm, Preserves::QuadraticInvariants, Preserves::TimeReversal],
    reference: "Butcher: Implicit Runge–Kutta processes (1964); Hairer, McLachlan, Razakarivony (2008)",
    summary: "symplectic for every Hamiltonian, separable or not; keeps quadratic invariants",
};

/// What is known of the method with three stages.
pub const GAUSS_6: MethodEntry = MethodEntry {
    method: Method::Gauss6,
    name: "gauss6",
    aliases: &["gauss"],
    order: 6,
    stages: 3,
    summary: "like `gauss4`, to more digits; the choice for brackets and for energies that are not separable",
    ..GAUSS_4
};

const SQRT_3: f64 = 1.732_050_807_568_877_2;
const SQRT_15: f64 = 3.872_983_346_207_417;

/// A collocation method with `S` stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tableau<const S: usize> {
    /// Stage weights.
    pub a: [[f64; S]; S],
    /// Weights.
    pub b: [f64; S],
    /// Nodes.
    pub c: [f64; S],
}

/// Two stages, order 4.
pub const TABLEAU_4: Tableau<2> = Tableau {
    a: [[0.25, 0.25 - SQRT_3 / 6.0], [0.25 + SQRT_3 / 6.0, 0.25]],
    b: [0.5, 0.5],
    c: [0.5 - SQRT_3 / 6.0, 0.5 + SQRT_3 / 6.0],
};

/// Three stages, order 6.
pub const TABLEAU_6: Tableau<3> = Tableau {
    a: [
        [5.0 / 36.0, 2.0 / 9.0 - SQRT_15 / 15.0, 5.0 / 36.0 - SQRT_15 / 30.0],
        [5.0 / 36.0 + SQRT_15 / 24.0, 2.0 / 9.0, 5.0 / 36.0 - SQRT_15 / 24.0],
        [5.0 / 36.0 + SQRT_15 / 30.0, 2.0 / 9.0 + SQRT_15 / 15.0, 5.0 / 36.0],
    ],
    b: [5.0 / 18.0, 4.0 / 9.0, 5.0 / 18.0],
    c: [0.5 - SQRT_15 / 10.0, 0.5, 0.5 + SQRT_15 / 10.0],
};

/// Unknowns up to which the stage equations are solved with a dense factorization; beyond, by
/// fixed-point iteration, which needs no matrix.
const DENSE_UNKNOWNS: usize = 1_500;
/// Relative size of a correction from which on "no longer shrinking" means rounding.
const ROUNDING: f64 = 1e-10;
/// Iterations after which the next step gets a new Jacobian.
const PATIENCE: u32 = 6;

/// Work space of the method; stage vectors have shape `(S, total)`.
pub(crate) struct Gauss<const S: usize> {
    tableau: Tableau<S>,
    /// `h Σ_j ahead_ij K_j` extrapolates the stages of the next step.
    ahead: [[f64; S]; S],
    groups: Vec<Range<usize>>,
    z: Vec<f64>,
    k: Vec<f64>,
    stage: Vec<f64>,
    corrections: DVector<f64>,
    jacobian: Vec<f64>,
    factors: Option<(f64, LU<f64, Dyn, Dyn>)>,
    /// The step that `k` belongs to, if it may be extrapolated.
    last_step: Option<f64>,
    stale: bool,
}

/// How an attempt to solve the stages ended.
enum Solved {
    Yes,
    Diverged { component: usize },
    Failed(Failure),
}

impl<const S: usize> Gauss<S> {
    pub fn new<F: VectorField + ?Sized>(tableau: Tableau<S>, probe: &Probe<'_, F>) -> Self {
        let (n, total) = (probe.states(), probe.total());
        Gauss {
            tableau,
            ahead: extrapolation(&tableau.c),
            groups: probe.field().groups().to_vec(),
            z: vec![0.0; S * total],
            k: vec![0.0; S * total],
            stage: vec![0.0; total],
            corrections: DVector::zeros(S * n),
            jacobian: if S * n <= DENSE_UNKNOWNS { vec![0.0; n * n] } else { Vec::new() },
            factors: None,
            last_step: None,
            stale: true,
        }
    }

    fn is_dense(&self) -> bool {
        !self.jacobian.is_empty()
    }

    /// `z_i`: from the last step's stages where the step is the same, else along the rates here.
    fn predict<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
        extrapolate: bool,
    ) -> Result<(), Failure> {
        let total = y.len();
        if extrapolate && self.last_step == Some(h) {
            for i in 0..S {
                for x in 0..total {
                    self.z[i * total + x] = h * (0..S).map(|j| self.ahead[i][j] * self.k[j * total + x]).sum::<f64>();
                }
            }
            return Ok(());
        }
        probe.rates(t, y, &mut self.stage)?;
        for (z, c) in self.z.chunks_exact_mut(total).zip(self.tableau.c) {
            for (z, rate) in z.iter_mut().zip(&self.stage) {
                *z = c * h * rate;
            }
        }
        Ok(())
    }

    /// Factors `I - h A ⊗ J` with `J` in the middle of the step.
    fn factor<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &[f64],
    ) -> Result<(), Failure> {
        let (n, total) = (probe.states(), y.len());
        for x in 0..n {
            let mean = (0..S).map(|i| self.z[i * total + x]).sum::<f64>() / S as f64;
            self.stage[x] = y[x] + mean;
        }
        probe.jacobian(t + 0.5 * h, &self.stage, &mut self.jacobian)?;
        let (jacobian, a) = (&self.jacobian, &self.tableau.a);
        let matrix = DMatrix::from_fn(S * n, S * n, |row, column| {
            let coupling = h * a[row / n][column / n] * jacobian[row % n + n * (column % n)];
            f64::from(u8::from(row == column)) - coupling
        });
        self.factors = Some((h, matrix.lu()));
        self.stale = false;
        Ok(())
    }

    /// Iterates until the corrections no longer shrink.
    fn iterate<F: VectorField + ?Sized>(&mut self, probe: &mut Probe<'_, F>, t: f64, h: f64, y: &[f64]) -> Solved {
        let (n, total) = (probe.states(), y.len());
        let mut previous = f64::INFINITY;
        let most = if self.is_dense() { limits::NEWTON_ITERATIONS } else { 4 * limits::NEWTON_ITERATIONS };
        for iteration in 1..=most {
            probe.newton_iterations += 1;
            for i in 0..S {
                for x in 0..total {
                    self.stage[x] = y[x] + self.z[i * total + x];
                }
                let k = &mut self.k[i * total..(i + 1) * total];
                if let Err(failure) = probe.rates(t + self.tableau.c[i] * h, &self.stage, k) {
                    return Solved::Failed(failure);
                }
            }
            for i in 0..S {
                for x in 0..n {
                    let sum: f64 = (0..S).map(|j| self.tableau.a[i][j] * self.k[j * total + x]).sum();
                    self.corrections[i * n + x] = h * sum - self.z[i * total + x];
                }
            }
            if let Some((_, factors)) = self.factors.as_ref().filter(|_| self.is_dense())
                && !factors.solve_mut(&mut self.corrections)
            {
                return Solved::Diverged { component: 0 };
            }
            let (size, component) = self.correction_size(n, h, y);
            if !size.is_finite() {
                return Solved::Diverged { component };
            }
            for i in 0..S {
                for x in 0..n {
                    self.z[i * total + x] += self.corrections[i * n + x];
                }
            }
            if size == 0.0 || (size >= previous && previous <= ROUNDING) {
                self.stale = iteration > PATIENCE;
                return Solved::Yes;
            }
            if iteration > 2 && size >= 2.0 * previous {
                return Solved::Diverged { component };
            }
            previous = size;
        }
        let (size, component) = self.correction_size(n, h, y);
        if size <= ROUNDING { Solved::Yes } else { Solved::Diverged { component } }
    }

    /// Largest correction relative to its group's state and motion, and where it is.
    fn correction_size(&self, n: usize, h: f64, y: &[f64]) -> (f64, usize) {
        let total = y.len();
        let mut largest = (0.0, 0);
        for group in &self.groups {
            let (mut scale, mut size, mut at) = (0.0, 0.0, group.start);
            for x in group.clone() {
                scale = f64::max(scale, y[x].abs() + (h * self.k[x]).abs() + (h * self.k[(S - 1) * total + x]).abs());
                for i in 0..S {
                    let correction = self.corrections[i * n + x].abs();
                    if correction > size || correction.is_nan() {
                        (size, at) = (correction, x);
                    }
                }
            }
            let relative = if size == 0.0 { 0.0 } else { size / scale };
            if relative > largest.0 || relative.is_nan() {
                largest = (relative, at);
            }
        }
        largest
    }
}

impl<const S: usize> Stepper for Gauss<S> {
    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        carry: &mut [f64],
    ) -> Result<(), Failure> {
        let mut solved = Solved::Diverged { component: 0 };
        // As it is; with a new Jacobian; with a new Jacobian from a plain start.
        for attempt in 0..3 {
            self.predict(probe, t, h, y, attempt < 2)?;
            let fits = self.factors.as_ref().is_some_and(|(of, _)| *of == h);
            if self.is_dense() && (attempt > 0 || self.stale || !fits) {
                self.factor(probe, t, h, y)?;
            }
            solved = self.iterate(probe, t, h, y);
            if let Solved::Yes = solved {
                break;
            }
            self.stale = true;
        }
        match solved {
            Solved::Yes => {}
            Solved::Diverged { component } => return Err(Failure::NewtonDiverged { component }),
            Solved::Failed(failure) => return Err(failure),
        }
        let total = y.len();
        for x in 0..total {
            let sum: f64 = (0..S).map(|i| self.tableau.b[i] * self.k[i * total + x]).sum();
            add(&mut y[x], &mut carry[x], h * sum);
        }
        self.last_step = Some(h);
        Ok(())
    }

    fn restart(&mut self) {
        self.last_step = None;
        self.stale = true;
    }
}

/// `ahead_ij = ∫_1^{1 + c_i} ℓ_j(τ) dτ` with Lagrange's polynomials `ℓ_j` of the nodes.
fn extrapolation<const S: usize>(c: &[f64; S]) -> [[f64; S]; S] {
    let mut ahead = [[0.0; S]; S];
    for j in 0..S {
        // Coefficients of ℓ_j, ascending.
        let mut polynomial = [0.0; S];
        polynomial[0] = 1.0;
        let mut degree = 0;
        for k in (0..S).filter(|k| *k != j) {
            let scale = 1.0 / (c[j] - c[k]);
            degree += 1;
            for power in (0..=degree).rev() {
                let lower = if power > 0 { polynomial[power - 1] } else { 0.0 };
                polynomial[power] = (lower - c[k] * polynomial[power]) * scale;
            }
        }
        let integral = |x: f64| {
            let terms = polynomial.iter().enumerate().rev();
            x * terms.fold(0.0, |sum, (power, a)| sum * x + a / (power as f64 + 1.0))
        };
        for i in 0..S {
            ahead[i][j] = integral(1.0 + c[i]) - integral(1.0);
        }
    }
    ahead
}

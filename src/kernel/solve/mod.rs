//! `M x = f` for mass matrices: LDLᵀ, with 2 × 2 pivots where the matrix is not safely definite.
//!
//! One rule decides per state, the same in scalar, native and lane code:
//!
//! 1. LDLᵀ without exchanges. If every pivot satisfies `d_k > 10⁻⁹ m_kk > 0` the matrix is
//!    positive definite and this is backward stable (it is Cholesky's method); the ratio
//!    `d_k/m_kk` does not depend on units.
//! 2. Else the matrix is equilibrated by powers of two and factored with the pivots of Bunch and
//!    Kaufman; its reciprocal condition is estimated, and below [`limits::SINGULAR_RCOND`] the
//!    matrix is singular.
//!
//! Sources: Golub and Van Loan, *Matrix Computations*, 4.1–4.4; Higham, *Accuracy and Stability of
//! Numerical Algorithms*, chapters 11 and 15.

#![allow(clippy::needless_range_loop, reason = "indices of rows and columns, as in the sources")]

mod condition;
mod definite;
mod general;
mod indefinite;

pub(super) use condition::inverse_norm;
pub use definite::Definite;
pub use general::General;
pub use indefinite::Indefinite;

use crate::lanes::Level;
use crate::limits;

/// The smallest pivot, as a fraction of its diagonal entry, with which LDLᵀ goes on unexchanged.
pub const PIVOT_FRACTION: f64 = 1e-9;

/// Why a matrix cannot be solved with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Singular {
    /// Estimate of the reciprocal condition number of the equilibrated matrix; NaN where an entry
    /// of the matrix is not finite.
    pub rcond: f64,
    /// The unknown that the equations do not determine.
    pub component: usize,
}

/// A factored symmetric matrix.
#[derive(Clone, Debug)]
pub struct Symmetric {
    definite: Definite,
    indefinite: Indefinite,
    is_definite: bool,
}

impl Symmetric {
    /// Room for matrices of `n` rows.
    pub fn new(n: usize) -> Self {
        Symmetric { definite: Definite::new(n), indefinite: Indefinite::new(n), is_definite: true }
    }

    /// Number of rows.
    pub fn dimension(&self) -> usize {
        self.indefinite.dimension()
    }

    /// Factors the matrix whose lower triangle is `matrix[row + n*column]`.
    pub fn factor(&mut self, level: Level, matrix: &[f64]) -> Result<(), Singular> {
        self.is_definite = self.definite.factor(level, matrix);
        if self.is_definite { Ok(()) } else { self.indefinite.factor(matrix) }
    }

    /// Replaces `x` by the solution for the right-hand side `x`.
    pub fn solve(&mut self, level: Level, x: &mut [f64]) {
        if self.is_definite {
            self.definite.solve(level, x);
        } else {
            self.indefinite.solve(x);
        }
    }
}

/// Judges a condition estimate.
fn judge(rcond: f64, component: usize) -> Result<(), Singular> {
    if rcond >= limits::SINGULAR_RCOND { Ok(()) } else { Err(Singular { rcond, component }) }
}

/// `2^{−round(log₂ x)}`, exactly; 1 where x is zero or not finite.
pub(super) fn inverse_power_of_two(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return 1.0;
    }
    let exponent = libm::ilogb(x).clamp(-1000, 1000);
    libm::scalbn(1.0, -exponent)
}

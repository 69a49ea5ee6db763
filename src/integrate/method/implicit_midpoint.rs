//! The implicit midpoint rule.
//!
//! Order 2, one implicit stage, symplectic, symmetric, keeps every quadratic invariant; Gauss
//! collocation with one stage:
//!
//! ```text
//! y_{n+1} = y_n + h f(t_n + h/2, (y_n + y_{n+1})/2)
//! ```
//!
//! Reference: E. Hairer, C. Lubich, G. Wanner, *Geometric Numerical Integration*, 2nd ed. 2006, I.1
//! and IV.2.

use super::gauss::{GAUSS_4, Tableau};
use super::{Method, MethodEntry};

/// What is known of the method.
pub const ENTRY: MethodEntry = MethodEntry {
    method: Method::ImplicitMidpoint,
    name: "implicit_midpoint",
    aliases: &["midpoint"],
    order: 2,
    stages: 1,
    reference: "Hairer, Lubich, Wanner: Geometric Numerical Integration (2006), I.1 and IV.2",
    summary: "the simplest method that is symplectic for every Hamiltonian",
    ..GAUSS_4
};

/// One stage, order 2.
pub const TABLEAU: Tableau<1> = Tableau { a: [[0.5]], b: [1.0], c: [0.5] };

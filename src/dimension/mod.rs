//! Units and dimensions, and the linear algebra that infers them.
//!
//! A [`Dimension`] is seven rational exponents over the SI base quantities. A [`Unit`] is an exact
//! factor (a rational times a power of π) and a dimension; [`lookup`] knows the names that may stand
//! between brackets. A [`Solver`] takes one multiplicative equation after the other, over unknown
//! dimensions, and either stays solved or says which equations disagree: taking logarithms makes every
//! constraint linear over the rationals, so Gaussian elimination decides it and nothing is searched.

mod exponents;
mod names;
mod solver;
mod table;
mod term;
mod unit;

pub use exponents::{Dimension, Exponent, Overflow};
pub use names::{describe, si_unit, single_unit, with_article};
pub use solver::{Conflict, EquateError, Solver};
pub use term::{Term, Var};
pub use unit::{Lookup, Unit, UnitError, lookup, names as unit_names};

#[cfg(test)]
mod tests;

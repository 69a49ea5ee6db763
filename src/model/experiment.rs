//! The lines of an experiment, resolved: runs, plots, checks, exports, derivations.

use super::system::{Check, NamedValue};
use crate::dimension::Dimension;
use crate::symbolic::{ExprId, Graph};
use indexmap::IndexMap;

/// What an expression of an experiment may read of an earlier line.
#[derive(Clone, Debug)]
pub struct ResultScope {
    /// Name of the line.
    pub name: String,
    /// Names of its system with a value.
    pub names: IndexMap<String, NamedValue>,
}

/// A leaf of an experiment's graph and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The leaf.
    pub leaf: ExprId,
    /// Which line, by its place among the results.
    pub result: usize,
    /// The expression in the graph of that line's system.
    pub item: ExprId,
    /// How often it is differentiated along the motion.
    pub primes: u32,
}

/// A check of an experiment, in a graph of its own.
#[derive(Clone, Debug)]
pub struct ExperimentCheck {
    /// The check.
    pub check: Check,
    /// Its expressions.
    pub graph: Graph,
    /// What its leaves stand for.
    pub bindings: Vec<Binding>,
}

/// Expressions of an experiment, in a graph of their own.
#[derive(Clone, Debug)]
pub struct ExperimentValues {
    /// Text, expression and dimension of each component.
    pub items: Vec<(String, ExprId, Dimension)>,
    /// Their expressions.
    pub graph: Graph,
    /// What their leaves stand for.
    pub bindings: Vec<Binding>,
}

//! The lines of an experiment, resolved: runs, plots, checks, exports, derivations.

use super::function::{BorrowedNet, Functions};
use super::system::{Check, Functional, NamedValue};
use crate::diagnostic::Span;
use crate::dimension::Dimension;
use crate::symbolic::{ExprId, Graph};
use indexmap::IndexMap;
use std::sync::Arc;

/// What an expression of an experiment may read of an earlier line.
#[derive(Clone, Debug)]
pub struct ResultScope {
    /// Name of the line.
    pub name: String,
    /// Names of its system with a value.
    pub names: IndexMap<String, NamedValue>,
    /// Functions of its system.
    pub functions: Option<Arc<Functions>>,
    /// How many trajectories it has, where it starts from several states.
    pub trajectories: Option<usize>,
    /// What kind of line it is of.
    pub kind: ResultKind,
}

/// What a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// A run of a system.
    Run,
    /// Rows of data. A part of them is a result of its own, `d.train`.
    Data,
    /// A system with its nets and parameters found.
    Fit,
    /// A function of a fit as a formula; among its functions it has the name "".
    Formula,
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
    /// Which trajectory, from 0; of a result with several, `None` is all of them.
    pub trajectory: Option<usize>,
    /// How often it is differentiated along the motion.
    pub primes: u32,
    /// Whether only functions of the result read it: the line itself does not name it.
    pub inside: bool,
}

/// A variable of a plot with its range: `q in -π..π count 200`.
#[derive(Clone, Debug)]
pub struct Ranged {
    /// Its name.
    pub name: String,
    /// Where the range is written.
    pub span: Span,
    /// The leaf that stands for it.
    pub leaf: ExprId,
    /// Its dimension.
    pub dimension: Dimension,
    /// Lower end.
    pub from: ExprId,
    /// Upper end.
    pub to: ExprId,
    /// Number of points, where it is given.
    pub count: Option<usize>,
}

/// Numbers of earlier lines that a call reads: `simulate(A) { init x = b.x(3) }`.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Values at a time, and over whole runs, innermost first.
    pub functionals: Vec<Functional>,
    /// What those read.
    pub bindings: Vec<Binding>,
}

/// A check of an experiment, in a graph of its own.
#[derive(Clone, Debug)]
pub struct ExperimentCheck {
    /// The check.
    pub check: Check,
    /// Its expressions.
    pub graph: Graph,
    /// The leaf `t`: the common sample time of what is read beside it.
    pub time: ExprId,
    /// What its leaves stand for.
    pub bindings: Vec<Binding>,
    /// What its nets stand for.
    pub nets: Vec<BorrowedNet>,
}

/// Expressions of an experiment, in a graph of their own.
#[derive(Clone, Debug)]
pub struct ExperimentValues {
    /// Text, expression and dimension of each component.
    pub items: Vec<(String, ExprId, Dimension)>,
    /// Their expressions.
    pub graph: Graph,
    /// The leaf `t`: the common sample time of what is read beside it.
    pub time: ExprId,
    /// How many components each expression has.
    pub parts: Vec<usize>,
    /// Numbers over whole runs that they read, innermost first.
    pub functionals: Vec<Functional>,
    /// Variables with a range, in the order of the call.
    pub ranges: Vec<Ranged>,
    /// What their leaves stand for.
    pub bindings: Vec<Binding>,
    /// What their nets stand for.
    pub nets: Vec<BorrowedNet>,
}

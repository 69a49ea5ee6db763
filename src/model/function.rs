//! Functions of a system that the lines of an experiment call: nets, and definitions with arguments.
//!
//! `h.Rθ(v, 0)` is the body of `Rθ` in the graph of the line: attributes and scales of a net are ordinary
//! expressions around its node, parameters are numbers of the result `h`, and so is the net itself.

use crate::diagnostic::Span;
use crate::dimension::Dimension;
use crate::symbolic::{ExprId, Graph, NetId};
use indexmap::IndexMap;

/// Functions of a system, in a graph that holds all of the system's and their bodies.
#[derive(Clone, Debug)]
pub struct Functions {
    /// What is in the graph of the system has the same places here.
    pub graph: Graph,
    /// By full name, components as `a.V`, "" for a result that is a function itself; else why one cannot be called from outside.
    pub list: IndexMap<String, Result<SystemFunction, String>>,
}

/// A function with its body.
#[derive(Clone, Debug)]
pub struct SystemFunction {
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Extents of its value; empty for a number.
    pub shape: Vec<usize>,
    /// Components of its value.
    pub items: Vec<ExprId>,
    /// Dimension of each component.
    pub dimensions: Vec<Dimension>,
    /// What it reads beside its arguments: leaves of the system, each with its elements.
    pub reads: Vec<(ExprId, Vec<ExprId>)>,
    /// Nets in it.
    pub nets: Vec<NetId>,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Extents; empty for a number.
    pub shape: Vec<usize>,
    /// Its dimension.
    pub dimension: Dimension,
    /// What stands for it in the body: a symbol, or an array.
    pub leaf: ExprId,
    /// Components of its default.
    pub default: Option<Vec<ExprId>>,
}

/// A net of an earlier result in the graph of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BorrowedNet {
    /// Which result.
    pub result: usize,
    /// Its full name there.
    pub name: String,
}

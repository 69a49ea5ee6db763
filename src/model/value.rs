//! What an expression of the language evaluates to: scalars with a dimension, small arrays of them,
//! families over index sets, and the things that are not numbers.

use crate::dimension::Term;
use crate::symbolic::ExprId;
use std::sync::Arc;

/// The dimension of a scalar while it is being inferred.
#[derive(Clone, Debug, PartialEq)]
pub enum Dim {
    /// A literal zero fits any dimension.
    Any,
    /// Known factors and unknowns.
    Term(Term),
}

impl Dim {
    /// A pure number.
    pub fn one() -> Dim {
        Dim::Term(Term::one())
    }
}

/// A real expression with its dimension.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// In the graph of the system.
    pub expr: ExprId,
    /// Its dimension.
    pub dim: Dim,
}

/// A bundle of scalars: a vector has one extent, a matrix two; entries are row by row.
#[derive(Clone, Debug)]
pub struct Array {
    /// Extents.
    pub shape: Vec<usize>,
    /// Entries, row by row.
    pub items: Vec<Scalar>,
}

/// What a family is indexed by.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexSet {
    /// `lo..hi`, both ends included; empty where `hi < lo`.
    Range {
        /// Lower end.
        lo: i64,
        /// Upper end.
        hi: i64,
    },
    /// A `set` with named members, in the order of declaration.
    Named {
        /// Name of the set.
        name: String,
        /// Its members.
        members: Arc<Vec<String>>,
    },
}

impl IndexSet {
    /// How many members.
    pub fn len(&self) -> usize {
        match self {
            IndexSet::Range { lo, hi } => usize::try_from(hi.saturating_sub(*lo).saturating_add(1)).unwrap_or(0),
            IndexSet::Named { members, .. } => members.len(),
        }
    }

    /// The first index: `lo`, or 0 for named members.
    pub fn first(&self) -> i64 {
        match self {
            IndexSet::Range { lo, .. } => *lo,
            IndexSet::Named { .. } => 0,
        }
    }

    /// How the k-th member (from 0) is written.
    pub fn label(&self, k: usize) -> String {
        match self {
            IndexSet::Range { lo, .. } => (lo + k as i64).to_string(),
            IndexSet::Named { members, .. } => members.get(k).cloned().unwrap_or_default(),
        }
    }
}

/// An indexed thing that has not been indexed yet.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its index sets, outermost first.
    pub sets: Vec<IndexSet>,
    /// What stands behind an index.
    pub source: Source,
    /// How often it is differentiated in time.
    pub primes: u32,
}

/// What stands behind an index of a [`Family`].
#[derive(Clone, Debug)]
pub enum Source {
    /// An array of the graph, row by row: members, then components.
    Leaf {
        /// The array.
        array: ExprId,
        /// Shape of one member.
        shape: Vec<usize>,
        /// Dimension of every entry.
        dim: Dim,
    },
    /// `name[i in S] = …`: the declaration.
    Definition(usize),
}

/// What an expression evaluates to.
#[derive(Clone, Debug)]
pub enum Value {
    /// A real number.
    Real(Scalar),
    /// A truth value (a boolean expression of the graph).
    Bool(ExprId),
    /// A small vector or matrix.
    Array(Array),
    /// An indexed thing.
    Family(Family),
    /// A member of a named set: the set and the position from 0.
    Member {
        /// The set.
        set: IndexSet,
        /// Position from 0.
        position: ExprId,
    },
    /// A set of members or a range, usable after `in`.
    Set(IndexSet),
    /// A text.
    Text,
    /// A component: the instance.
    Component(usize),
    /// A function or a definition with arguments: its declaration, and how often it is primed.
    Callable(usize),
    /// An imported module: its instance.
    Module(usize),
    /// A system.
    System,
    /// A result of an experiment line.
    Outcome(usize, Option<usize>),
}

impl Value {
    /// What the value is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Value::Real(_) => "a number".into(),
            Value::Bool(_) => "a condition".into(),
            Value::Array(a) => describe_shape(&a.shape),
            Value::Family(f) => {
                format!("a family of {} members", f.sets.iter().map(IndexSet::len).fold(1, usize::saturating_mul))
            }
            Value::Member { set: IndexSet::Named { name, .. }, .. } => format!("a member of `{name}`"),
            Value::Member { .. } => "an index".into(),
            Value::Set(_) => "a set".into(),
            Value::Text => "a text".into(),
            Value::Component(_) => "a component".into(),
            Value::Callable(_) => "a function".into(),
            Value::Module(_) => "an imported file".into(),
            Value::System => "a system".into(),
            Value::Outcome(..) => "a result".into(),
        }
    }
}

/// `a vector of 3`, `a 2 × 2 matrix`.
pub fn describe_shape(shape: &[usize]) -> String {
    match shape {
        [] => "a number".into(),
        [n] => format!("a vector of {n}"),
        [n, m] => format!("a {n} × {m} matrix"),
        more => format!("an array of shape {}", more.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")),
    }
}

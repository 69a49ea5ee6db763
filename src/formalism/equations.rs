//! Equations of motion: what every formalism produces and the kernel compiles.

use super::facts::Facts;
use crate::diagnostic::Span;
use crate::symbolic::{Entry, ExprId, Graph};

/// A first-order system `y' = f(t, y)` in blocks, with what is known about it.
#[derive(Clone, Debug)]
pub struct EquationsOfMotion {
    /// Holds every expression.
    pub graph: Graph,
    /// The leaf `t`.
    pub time: ExprId,
    /// Run-time arguments, with their places among the parameters.
    pub parameters: Vec<StateLeaf>,
    /// The states, with their places in `y`.
    pub states: Vec<StateLeaf>,
    /// For each of `states` the leaf that stands for its rate, where an expression may read it.
    pub rate_leaves: Vec<Option<ExprId>>,
    /// For each of `states` the leaf of its second derivative, where it is a coordinate of a
    /// first-order system.
    pub second_leaves: Vec<Option<ExprId>>,
    /// Evaluated in order; together they give every rate once.
    pub blocks: Vec<Block>,
    /// Which formalism made them.
    pub form: Form,
    /// Quantities that are conserved, proved.
    pub invariants: Vec<Conserved>,
    /// Energy and the power that changes it, where there is one.
    pub energy: Option<Energy>,
    /// The functional of a gradient flow, which never grows where the mass is positive definite.
    pub monotone: Option<Conserved>,
    /// What was proved about the structure.
    pub facts: Facts,
    /// Conditions on time alone: each changes where its expression passes zero.
    pub switches: Vec<ExprId>,
    /// Whether every rate is negated (`reversed(A)`); names keep the meaning of `A`.
    pub reversed: bool,
    /// Starts that follow from others: momenta of a Legendre transform.
    pub derived_starts: Vec<(usize, ExprId)>,
    /// Where the equations come from in the text.
    pub origin: Span,
}

/// A symbol or array with its place in a flat vector.
#[derive(Clone, Debug)]
pub struct StateLeaf {
    /// `Symbol` or `ArraySymbol`.
    pub leaf: ExprId,
    /// First component.
    pub offset: usize,
    /// Number of components.
    pub length: usize,
    /// As the user wrote it.
    pub name: String,
}

/// Part of the equations.
#[derive(Clone, Debug)]
pub enum Block {
    /// `y'[offset + index] = Σ value`
    Explicit {
        /// First state of the block.
        offset: usize,
        /// Number of states.
        length: usize,
        /// Rates; indices count from `offset`.
        rates: Vec<Entry>,
    },
    /// `M a = f` for the rates `a` of the states `offset..offset + length`.
    Linear {
        /// First state of the block.
        offset: usize,
        /// Number of states.
        length: usize,
        /// `M`
        mass: Mass,
        /// `f`; indices count from `offset`.
        forcing: Vec<Entry>,
        /// Whether `M` is symmetric.
        symmetric: bool,
        /// Leaves that stand for the solved rates, offsets counted from `offset`.
        unknowns: Vec<StateLeaf>,
        /// Of a Lagrangian the momenta `∂L/∂q'`, so that `M w` is their change when `q'` changes by `w`;
        /// else empty.
        momenta: Vec<Entry>,
    },
    /// `residual = 0` for the rates of the states `offset..offset + length`, by Newton.
    Newton {
        /// First state of the block.
        offset: usize,
        /// Number of states.
        length: usize,
        /// Leaves that stand for the rates, offsets counted from `offset`.
        unknowns: Vec<StateLeaf>,
        /// The residual.
        residual: Vec<Entry>,
    },
}

impl Block {
    /// First state and number of states that it gives the rates of.
    pub fn place(&self) -> (usize, usize) {
        match self {
            Block::Explicit { offset, length, .. }
            | Block::Linear { offset, length, .. }
            | Block::Newton { offset, length, .. } => (*offset, *length),
        }
    }
}

impl EquationsOfMotion {
    /// Every expression that a rate is computed from.
    pub fn expressions(&self) -> Vec<ExprId> {
        let values = |entries: &[Entry]| entries.iter().map(|e| e.value).collect::<Vec<_>>();
        let of_block = |b: &Block| match b {
            Block::Explicit { rates, .. } => values(rates),
            Block::Newton { residual, .. } => values(residual),
            Block::Linear { mass, forcing, .. } => {
                let mut out = values(forcing);
                match mass {
                    Mass::Entries(list) => out.extend(list.iter().map(|e| e.2)),
                    Mass::Diagonal(list) => out.extend(values(list)),
                    Mass::Tangent { momentum_tangent, .. } => out.extend(values(momentum_tangent)),
                }
                out
            }
        };
        self.blocks.iter().flat_map(of_block).collect()
    }
}

/// A mass matrix.
#[derive(Clone, Debug)]
pub enum Mass {
    /// `(row, column, value)`; where symmetric only the lower triangle.
    Entries(Vec<(u32, u32, ExprId)>),
    /// Only the diagonal: index → value.
    Diagonal(Vec<Entry>),
    /// Column `k` is the tangent of the momenta along unit direction `k`.
    Tangent {
        /// Tangent of the momenta, linear in the direction.
        momentum_tangent: Vec<Entry>,
        /// Leaves that stand for the direction, offsets counted from the block's.
        direction: Vec<StateLeaf>,
    },
}

/// Which formalism made the equations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `lagrangian`
    Lagrangian,
    /// `hamiltonian` with momenta
    Hamiltonian,
    /// `hamiltonian` with `bracket`
    Bracket,
    /// `q'' = …`, `x' = …`, `equation …`
    Stated,
    /// `dissipative`
    Dissipative,
    /// A Lagrangian's coordinates beside stated equations.
    Mixed,
}

impl Form {
    /// One word for people.
    pub fn word(self) -> &'static str {
        match self {
            Form::Lagrangian => "Lagrangian",
            Form::Hamiltonian => "Hamiltonian",
            Form::Bracket => "Poisson bracket",
            Form::Stated => "stated equations",
            Form::Dissipative => "dissipative function",
            Form::Mixed => "Lagrangian with stated equations",
        }
    }
}

/// A conserved quantity and why.
#[derive(Clone, Debug)]
pub struct Conserved {
    /// `E`, `p_φ`
    pub name: String,
    /// Its value.
    pub value: ExprId,
    /// "`φ` does not appear in L".
    pub reason: String,
}

/// `E' = power`
#[derive(Clone, Debug)]
pub struct Energy {
    /// `q'·∂L/∂q' − L`, or `H`.
    pub value: ExprId,
    /// `−q'·∂R/∂q' + Q·q' − ∂L/∂t`, zero where energy is conserved.
    pub power: ExprId,
}

//! Linear blocks whose mass matrix is large and sparse: `M(t, y) a = f(t, y)`, `M` a tangent of momenta.
//!
//! A field on elements has a mass matrix with a few entries in each row; its factors are as sparse as the ordering
//! finds them. A matrix of parameters alone is filled and factored once.

use super::blocks::{Machine, failure};
use super::coloured::Coloured;
use super::field::Failure;
use super::lower::{Leaf, LowerError, Output, Request, Tier};
use super::program::SolveFailure;
use super::solve::{Singular, inverse_norm};
use super::sparse::{Orderings, SparseFactor, SparseMatrix};
use crate::formalism::equations::StateLeaf;
use crate::lanes::Level;
use crate::limits;
use crate::symbolic::{Entry, ExprId, Graph};

/// What a linear block is made of.
pub(super) struct Parts<'b> {
    /// First component of the state whose rate it gives.
    pub offset: usize,
    /// Number of rows.
    pub length: usize,
    /// Entries of `M d`.
    pub momentum_tangent: &'b [Entry],
    /// The leaves of `d`.
    pub direction: &'b [StateLeaf],
    /// Entries of `f`.
    pub forcing: &'b [Entry],
    /// Whether `M` is symmetric.
    pub symmetric: bool,
}

/// A linear block with a sparse matrix.
#[derive(Clone, Debug)]
pub(super) struct SparseBlock {
    pub offset: usize,
    pub length: usize,
    /// Gives `f`.
    pub forcing: Machine,
    mass: Coloured,
    symmetric: bool,
    /// Whether the matrix depends on parameters alone.
    constant: bool,
    orderings: Orderings,
    factored: Option<SparseFactor>,
    right: Vec<f64>,
}

impl SparseBlock {
    /// Compiles a block; `None` where its matrix is not sparse.
    pub fn compile(
        graph: &Graph,
        leaves: &[Leaf],
        block: &Parts<'_>,
        level: Level,
    ) -> Result<Option<SparseBlock>, LowerError> {
        let n = block.length;
        let bind = |l: &StateLeaf| Leaf { expr: l.leaf, tier: Tier::Direction, offset: l.offset, length: l.length };
        let request = |entries: &[Entry], directions: &[StateLeaf]| Request {
            leaves: leaves.iter().cloned().chain(directions.iter().map(bind)).collect(),
            systems: Vec::new(),
            outputs: vec![Output { entries: entries.to_vec(), offset: 0, length: n }],
        };
        let tangent = Machine::compile(graph, &request(block.momentum_tangent, block.direction), level)?;
        let Ok(mass) = Coloured::compile(tangent, n) else { return Ok(None) };
        if mass.pattern.places() > n / limits::SPARSE_SHARE * n {
            return Ok(None);
        }
        let forcing = Machine::compile(graph, &request(block.forcing, &[]), level)?;
        let values: Vec<ExprId> = block.momentum_tangent.iter().map(|e| e.value).collect();
        let moving = |leaf: &ExprId| leaves.iter().any(|l| l.expr == *leaf && matches!(l.tier, Tier::State));
        let constant = !graph.free_leaves(&values).iter().any(moving);
        Ok(Some(SparseBlock {
            offset: block.offset,
            length: n,
            forcing,
            mass,
            symmetric: block.symmetric,
            constant,
            orderings: Orderings::default(),
            factored: None,
            right: vec![0.0; n],
        }))
    }

    /// Its programs, before they take parameters: what was factored counts no more.
    pub fn machines(&mut self) -> [&mut Machine; 2] {
        self.factored = None;
        [&mut self.forcing, &mut self.mass.machine]
    }

    /// Solves at `[y, t, y']` and completes it; `n` is the number of states.
    pub fn evaluate(&mut self, n: usize, input: &mut [f64]) -> Result<(), Failure> {
        if self.factored.is_none() || !self.constant {
            let matrix = self.mass.evaluate(input)?;
            self.factored = Some(self.factor(&matrix)?);
        }
        let Machine { program, work } = &mut self.forcing;
        program.run(work, input, &mut self.right).map_err(failure)?;
        let factor = self.factored.as_ref().expect("invariant: factored above");
        factor.solve(&mut self.right);
        let at = n + 1 + self.offset;
        input[at..at + self.length].copy_from_slice(&self.right);
        Ok(())
    }

    fn factor(&mut self, matrix: &SparseMatrix) -> Result<SparseFactor, Failure> {
        let told = |rcond: f64, row: usize| {
            failure(SolveFailure { singular: Singular { rcond, component: row }, component: self.offset + row })
        };
        if let Some(at) = matrix.values.iter().position(|x| !x.is_finite()) {
            return Err(told(f64::NAN, matrix.pattern.rows[at] as usize));
        }
        let definite = if self.symmetric { self.orderings.definite(matrix) } else { None };
        let Some(factor) = definite.or_else(|| self.orderings.general(matrix)) else { return Err(told(0.0, 0)) };
        // Scaled by powers of two, so that units do not count.
        let scale = matrix.row_scales();
        let scaled = |x: &mut [f64], solve: &dyn Fn(&mut [f64])| {
            x.iter_mut().zip(&scale).for_each(|(x, s)| *x /= s);
            solve(x);
            x.iter_mut().zip(&scale).for_each(|(x, s)| *x /= s);
        };
        let mut work = vec![0.0; 3 * self.length];
        let (inverse, row) = inverse_norm(
            self.length,
            &mut work,
            |x| scaled(x, &|x| factor.solve(x)),
            Some(&|x: &mut [f64]| scaled(x, &|x| factor.solve_transposed(x))),
        );
        let rcond = 1.0 / (matrix.scaled_one_norm(&scale) * inverse);
        if rcond >= limits::SINGULAR_RCOND { Ok(factor) } else { Err(told(rcond, row)) }
    }
}

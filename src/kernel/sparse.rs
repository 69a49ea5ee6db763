//! Sparse square matrices by columns, and their factorisations.
//!
//! The pattern of a matrix is fixed and shared: a Jacobian of a family has the same places at every
//! state, so an ordering that keeps factors sparse is found once. Factorisations are those of `faer`
//! (supernodal Cholesky after an approximate minimum degree ordering; LU with partial pivoting after a
//! column ordering) and, of the matrices of implicit steps, those of [`banded`](super::banded) and
//! [`multifrontal`](super::multifrontal), on one thread, so that equal matrices give equal bits.
//!
//! Sources: T. A. Davis, *Direct Methods for Sparse Linear Systems*, SIAM 2006.

use super::banded::{Band, BandOrder};
use super::multifrontal::{Entry, Fronts, Plan};
use super::solve::inverse_power_of_two;
use faer::linalg::solvers::SolveCore;
use faer::sparse::linalg::solvers::{Llt, Lu, SymbolicLlt, SymbolicLu};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMatRef};
use faer::{Conj, MatMut, Side, c64};
use std::sync::Arc;

/// Which places of a square matrix may differ from zero, column by column, rows rising.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Where each column begins in `rows`, and the end: `n + 1` numbers.
    pub starts: Vec<u32>,
    /// Rows of the places, column after column.
    pub rows: Vec<u32>,
}

impl Pattern {
    /// The pattern with these columns; rows of each must rise.
    pub fn from_columns(columns: impl IntoIterator<Item = impl AsRef<[u32]>>) -> Pattern {
        let mut pattern = Pattern { starts: vec![0], rows: Vec::new() };
        for column in columns {
            pattern.rows.extend_from_slice(column.as_ref());
            pattern.starts.push(pattern.rows.len() as u32);
        }
        pattern
    }

    /// The pattern whose rows have these columns, given as one list after the other.
    pub fn from_rows(n: usize, starts: &[u32], columns: &[u32]) -> Pattern {
        let mut count = vec![0u32; n + 1];
        columns.iter().for_each(|c| count[*c as usize + 1] += 1);
        for c in 0..n {
            count[c + 1] += count[c];
        }
        let mut next = count.clone();
        let mut rows = vec![0u32; columns.len()];
        for row in 0..n {
            for c in &columns[starts[row] as usize..starts[row + 1] as usize] {
                rows[next[*c as usize] as usize] = row as u32;
                next[*c as usize] += 1;
            }
        }
        Pattern { starts: count, rows }
    }

    /// Number of rows, and of columns.
    pub fn dimension(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of places.
    pub fn places(&self) -> usize {
        self.rows.len()
    }

    /// The places of a column, as a range of `rows`.
    pub fn column(&self, column: usize) -> std::ops::Range<usize> {
        self.starts[column] as usize..self.starts[column + 1] as usize
    }

    /// The same places with rows and columns exchanged.
    pub fn transposed(&self) -> Pattern {
        Pattern::from_rows(self.dimension(), &self.starts, &self.rows)
    }

    /// The places of `A + Aᵀ + 1`.
    pub fn symmetrised(&self) -> Pattern {
        let flipped = self.transposed();
        let mut whole = Pattern { starts: vec![0], rows: Vec::with_capacity(2 * self.places()) };
        let mut column: Vec<u32> = Vec::new();
        for c in 0..self.dimension() {
            column.clear();
            column.push(c as u32);
            column.extend_from_slice(&self.rows[self.column(c)]);
            column.extend_from_slice(&flipped.rows[flipped.column(c)]);
            column.sort_unstable();
            column.dedup();
            whole.rows.extend_from_slice(&column);
            whole.starts.push(whole.rows.len() as u32);
        }
        whole
    }
}

/// A square matrix over a [`Pattern`].
#[derive(Clone, Debug, PartialEq)]
pub struct SparseMatrix {
    /// Where entries may differ from zero.
    pub pattern: Arc<Pattern>,
    /// The entries, in the order of the pattern.
    pub values: Vec<f64>,
}

impl SparseMatrix {
    /// The matrix of zeros over a pattern.
    pub fn zeros(pattern: Arc<Pattern>) -> SparseMatrix {
        let values = vec![0.0; pattern.places()];
        SparseMatrix { pattern, values }
    }

    /// The matrix with this diagonal.
    pub fn diagonal(values: Vec<f64>) -> SparseMatrix {
        let n = values.len() as u32;
        SparseMatrix { pattern: Arc::new(Pattern { starts: (0..=n).collect(), rows: (0..n).collect() }), values }
    }

    /// Number of rows, and of columns.
    pub fn dimension(&self) -> usize {
        self.pattern.dimension()
    }

    /// The entries, where only the diagonal has places.
    pub fn as_diagonal(&self) -> Option<&[f64]> {
        let n = self.dimension();
        let is_diagonal = self.pattern.places() == n && (0..n).all(|c| self.pattern.column(c) == (c..c + 1));
        (is_diagonal && self.pattern.rows.iter().enumerate().all(|(c, row)| c == *row as usize)).then_some(&self.values)
    }

    /// Entries of a column: row and value.
    pub fn column(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.pattern.column(column).map(|at| (self.pattern.rows[at] as usize, self.values[at]))
    }

    /// `out = A x`
    pub fn multiply(&self, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (c, x) in x.iter().enumerate() {
            let range = self.pattern.column(c);
            for (row, value) in self.pattern.rows[range.clone()].iter().zip(&self.values[range]) {
                out[*row as usize] += value * x;
            }
        }
    }

    /// `out = Aᵀ x`
    pub fn multiply_transposed(&self, x: &[f64], out: &mut [f64]) {
        for (c, out) in out.iter_mut().enumerate() {
            *out = self.column(c).map(|(row, value)| value * x[row]).sum();
        }
    }

    /// `a A + b B`, over the places of both.
    pub fn combination(a: f64, left: &SparseMatrix, b: f64, right: &SparseMatrix) -> SparseMatrix {
        let n = left.dimension();
        let mut pattern = Pattern { starts: Vec::with_capacity(n + 1), rows: Vec::new() };
        pattern.starts.push(0);
        let mut values = Vec::new();
        for c in 0..n {
            let (mut l, mut r) = (left.column(c).peekable(), right.column(c).peekable());
            loop {
                let row = match (l.peek(), r.peek()) {
                    (None, None) => break,
                    (Some(x), None) | (None, Some(x)) => x.0,
                    (Some(x), Some(y)) => x.0.min(y.0),
                };
                let from_left = l.next_if(|x| x.0 == row).map_or(0.0, |x| a * x.1);
                let from_right = r.next_if(|x| x.0 == row).map_or(0.0, |x| b * x.1);
                pattern.rows.push(row as u32);
                values.push(from_left + from_right);
            }
            pattern.starts.push(pattern.rows.len() as u32);
        }
        SparseMatrix { pattern: Arc::new(pattern), values }
    }

    /// Largest `|a_ij − a_ji|` relative to the largest entry; infinite where the pattern itself differs by a nonzero entry.
    pub fn asymmetry(&self) -> f64 {
        let n = self.dimension();
        let flipped = self.transposed();
        let largest = self.values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let mut worst = 0.0f64;
        for c in 0..n {
            let (mut l, mut r) = (self.column(c).peekable(), flipped.column(c).peekable());
            loop {
                let row = match (l.peek(), r.peek()) {
                    (None, None) => break,
                    (Some(x), None) | (None, Some(x)) => x.0,
                    (Some(x), Some(y)) => x.0.min(y.0),
                };
                let a = l.next_if(|x| x.0 == row).map_or(0.0, |x| x.1);
                let b = r.next_if(|x| x.0 == row).map_or(0.0, |x| x.1);
                worst = worst.max((a - b).abs());
            }
        }
        if largest > 0.0 { worst / largest } else { 0.0 }
    }

    /// `Aᵀ`
    pub fn transposed(&self) -> SparseMatrix {
        let pattern = self.pattern.transposed();
        let mut next = pattern.starts.clone();
        let mut values = vec![0.0; self.values.len()];
        for c in 0..self.dimension() {
            for (row, value) in self.column(c) {
                values[next[row] as usize] = value;
                next[row] += 1;
            }
        }
        SparseMatrix { pattern: Arc::new(pattern), values }
    }

    /// For each row `2^{−round(½ log₂ m)}` with `m` the largest magnitude in it: `S A S` has entries near one.
    pub fn row_scales(&self) -> Vec<f64> {
        let mut largest = vec![0.0f64; self.dimension()];
        self.pattern.rows.iter().zip(&self.values).for_each(|(row, v)| {
            let at = &mut largest[*row as usize];
            *at = at.max(v.abs());
        });
        largest.iter().map(|m| inverse_power_of_two(m.sqrt())).collect()
    }

    /// Largest sum of magnitudes of a column of `S A S`.
    pub fn scaled_one_norm(&self, scale: &[f64]) -> f64 {
        let column = |c: usize| self.column(c).map(|(r, v)| (v * scale[r] * scale[c]).abs()).sum::<f64>();
        (0..self.dimension()).map(column).fold(0.0, f64::max)
    }

    /// Largest sum of magnitudes of a column.
    pub fn one_norm(&self) -> f64 {
        let column = |c| self.column(c).map(|(_, v)| v.abs()).sum::<f64>();
        (0..self.dimension()).map(column).fold(0.0, |m, v| if v.is_nan() { v } else { f64::max(m, v) })
    }

    fn symbolic(&self) -> SymbolicSparseColMatRef<'_, u32> {
        let n = self.dimension();
        SymbolicSparseColMatRef::new_checked(n, n, &self.pattern.starts, None, &self.pattern.rows)
    }
}

/// A factored sparse matrix.
#[derive(Clone, Debug)]
pub enum SparseFactor {
    /// `L Lᵀ` of a positive definite one.
    Definite(Llt<u32, f64>),
    /// `P A Q = L U`
    General(Lu<u32, f64>),
}

/// Places beside the diagonal up to which a matrix is factored as a band.
const BAND: usize = 8;
/// Part of the terms of `b − A x` that pivoting within fronts may leave.
const RESIDUAL: f64 = 1e-10;

/// The orderings found for one pattern, kept for matrices that have it too.
#[derive(Clone, Debug, Default)]
pub struct Orderings {
    definite: Option<(Arc<Pattern>, SymbolicLlt<u32>)>,
    general: Option<(Arc<Pattern>, SymbolicLu<u32>)>,
    band: Option<(Arc<Pattern>, Option<Arc<BandOrder>>)>,
    fronts: Option<(Arc<Pattern>, Option<Arc<Plan>>)>,
}

impl Orderings {
    /// The Cholesky factor of a symmetric matrix; `None` where it is not positive definite.
    pub fn definite(&mut self, matrix: &SparseMatrix) -> Option<SparseFactor> {
        if self.definite.as_ref().is_none_or(|(known, _)| *known != matrix.pattern) {
            let found = SymbolicLlt::try_new(matrix.symbolic(), Side::Lower).ok()?;
            self.definite = Some((matrix.pattern.clone(), found));
        }
        let (_, symbolic) = self.definite.as_ref()?;
        let view = SparseColMatRef::new(matrix.symbolic(), &matrix.values);
        Llt::try_new_with_symbolic(symbolic.clone(), view, Side::Lower).ok().map(SparseFactor::Definite)
    }

    /// The LU factors; `None` where the pattern itself is singular.
    pub fn general(&mut self, matrix: &SparseMatrix) -> Option<SparseFactor> {
        let view = SparseColMatRef::new(matrix.symbolic(), &matrix.values);
        Lu::try_new_with_symbolic(self.columns(matrix)?, view).ok().map(SparseFactor::General)
    }

    /// The LU factors of `z E − A` with complex entries, over one pattern.
    pub fn complex(&mut self, matrix: &SparseMatrix, values: &[c64]) -> Option<ComplexFactor> {
        let symbolic = self.columns(matrix)?;
        let view = SparseColMatRef::new(matrix.symbolic(), values);
        Lu::try_new_with_symbolic(symbolic, view).ok().map(ComplexFactor)
    }

    /// Whether a pattern is a narrow band.
    pub fn is_band(&mut self, pattern: &Arc<Pattern>) -> bool {
        if self.band.as_ref().is_none_or(|(known, _)| *known != *pattern) {
            let order = BandOrder::new(pattern, BAND).map(Arc::new);
            self.band = Some((pattern.clone(), order));
        }
        self.band.as_ref().is_some_and(|(_, order)| order.is_some())
    }

    /// The LU factors over a narrow band; `None` where the pattern is none, or the matrix is singular.
    pub fn banded<T: Entry>(&mut self, pattern: &Arc<Pattern>, values: &[T]) -> Option<Band<T>> {
        if !self.is_band(pattern) {
            return None;
        }
        let order = self.band.as_ref().and_then(|(_, order)| order.as_ref())?;
        Band::new(order, pattern, values)
    }

    /// The LU factors over a pattern with pivots from the diagonal's neighbourhood; `None` where fronts do not pay, or the
    /// matrix needs pivots from farther away.
    ///
    /// A residual is compared where `unproved`: for a new Jacobian, and a step much longer than those it was compared for.
    pub fn balanced<T: Entry>(
        &mut self,
        pattern: &Arc<Pattern>,
        values: &[T],
        unproved: bool,
        earlier: Option<Fronts<T>>,
    ) -> Option<Fronts<T>> {
        if self.fronts.as_ref().is_none_or(|(known, _)| *known != *pattern) {
            let plan = Plan::new(pattern).filter(Plan::is_worthwhile).map(Arc::new);
            self.fronts = Some((pattern.clone(), plan));
        }
        let plan = self.fronts.as_ref().and_then(|(_, plan)| plan.as_ref())?;
        let found = Fronts::new(plan, values, earlier)?;
        if !unproved {
            return Some(found);
        }
        let n = pattern.dimension();
        let right = |row: usize| if row.is_multiple_of(3) { T::MINUS_ONE } else { T::MINUS_ONE * T::MINUS_ONE };
        let mut x: Vec<T> = (0..n).map(right).collect();
        found.solve(&mut x);
        let mut left: Vec<(T, f64)> = (0..n).map(|row| (right(row), 1.0)).collect();
        for (column, x) in x.iter().enumerate() {
            for at in pattern.column(column) {
                let (term, row) = (values[at] * *x, &mut left[pattern.rows[at] as usize]);
                row.0 -= term;
                row.1 += term.size();
            }
        }
        left.iter().all(|(residual, terms)| residual.size() <= RESIDUAL * terms).then_some(found)
    }

    fn columns(&mut self, matrix: &SparseMatrix) -> Option<SymbolicLu<u32>> {
        if self.general.as_ref().is_none_or(|(known, _)| *known != matrix.pattern) {
            let found = SymbolicLu::try_new(matrix.symbolic()).ok()?;
            self.general = Some((matrix.pattern.clone(), found));
        }
        self.general.as_ref().map(|(_, symbolic)| symbolic.clone())
    }
}

impl SparseFactor {
    /// Replaces `x` by `A⁻¹ x`.
    pub fn solve(&self, x: &mut [f64]) {
        let n = x.len();
        let rhs = MatMut::from_column_major_slice_mut(x, n, 1);
        match self {
            SparseFactor::Definite(factor) => factor.solve_in_place_with_conj(Conj::No, rhs),
            SparseFactor::General(factor) => factor.solve_in_place_with_conj(Conj::No, rhs),
        }
    }

    /// Replaces `x` by `A⁻ᵀ x`.
    pub fn solve_transposed(&self, x: &mut [f64]) {
        let n = x.len();
        let rhs = MatMut::from_column_major_slice_mut(x, n, 1);
        match self {
            SparseFactor::Definite(factor) => factor.solve_in_place_with_conj(Conj::No, rhs),
            SparseFactor::General(factor) => factor.solve_transpose_in_place_with_conj(Conj::No, rhs),
        }
    }
}

/// The LU factors of a complex sparse matrix.
#[derive(Clone, Debug)]
pub struct ComplexFactor(Lu<u32, c64>);

impl ComplexFactor {
    /// Replaces `x` by `A⁻¹ x`.
    pub fn solve(&self, x: &mut [c64]) {
        let n = x.len();
        self.0.solve_in_place_with_conj(Conj::No, MatMut::from_column_major_slice_mut(x, n, 1));
    }
}

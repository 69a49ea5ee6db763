//! Mass matrices and their solves.
//!
//! Up to [`INLINE`] rows the LDLᵀ factorisation without exchanges and the substitutions are
//! operations of the tape like any others: native code, lanes and the interpreter share them, and
//! what depends on parameters alone is factored once. Beside the solution they give the least
//! *margin* `d_k − 10⁻⁹ m_kk`; where it is not positive, the general solve takes over.

use super::space::SpaceId;
use super::values::{Definition, Place, ValueId};
use super::{LinearSystem, LowerError, Lowering, Matrix};
use crate::kernel::program::{After, Binding, Solver};
use crate::kernel::solve::PIVOT_FRACTION;
use crate::lanes::Operation;
use crate::limits;

/// Rows up to which the solve is written out.
pub const INLINE: usize = 8;

impl Lowering<'_> {
    pub(super) fn lower_system(&mut self, number: usize, system: &LinearSystem) -> Result<(), LowerError> {
        let n = system.length;
        if n > limits::DENSE_MASS && !matches!(system.matrix, Matrix::Diagonal(_)) {
            return Err(LowerError::MatrixTooLarge { rows: n, limit: limits::DENSE_MASS });
        }
        let forcing = self.assemble(&system.forcing, n, SpaceId::SCALAR)?;
        let unknowns = self.program.reserve(n);
        if let Some(offset) = system.output {
            self.program.outputs.push(Binding { cell: unknowns, offset, length: n });
        }
        let ready = match &system.matrix {
            Matrix::Diagonal(entries) => {
                let diagonal = self.assemble(entries, n, SpaceId::SCALAR)?;
                let ready = (forcing.tier, forcing.phase).max((diagonal.tier, diagonal.phase));
                let solver = Solver::Diagonal { n, diagonal: diagonal.base, forcing: forcing.base, unknowns };
                self.solve_after(number, system, solver, ready, diagonal.tier)
            }
            Matrix::Outside => {
                let matrix = self.program.reserve(n * n);
                self.program.outside_matrices.push((number, matrix));
                let solver = self.dense(system, matrix, forcing.base, unknowns);
                self.solve_after(number, system, solver, (1.max(forcing.tier), forcing.phase), 1)
            }
            Matrix::Entries(entries) => {
                let matrix = self.program.reserve(n * n);
                let mut values = vec![None; n * n];
                let mut ready = (0, 0);
                for (row, column, expr) in entries {
                    let value = self.lower(*expr)?;
                    let at = *row as usize + n * *column as usize;
                    values[at] = Some(match values[at] {
                        Some(before) => self.values.add(before, value),
                        None => value,
                    });
                }
                for (at, value) in values.iter().enumerate() {
                    if let Some(value) = value {
                        let place = self.write(*value, matrix + at as u32);
                        ready = ready.max((place.tier, place.phase + 1));
                    }
                }
                if system.symmetric && n <= INLINE {
                    let margin = self.program.reserve(1);
                    let at = self.inline_solve(n, &values, forcing.base, unknowns, margin, forcing.tier, forcing.phase);
                    let solver = Solver::Checked { n, margin, matrix, forcing: forcing.base, unknowns };
                    self.solve_after(number, system, solver, at, ready.0)
                } else {
                    let matrix_tier = ready.0;
                    let ready = ready.max((forcing.tier, forcing.phase));
                    let solver = self.dense(system, matrix, forcing.base, unknowns);
                    self.solve_after(number, system, solver, ready, matrix_tier)
                }
            }
        };
        for (expr, offset, length) in &system.unknowns {
            self.bind_cells(*expr, unknowns + *offset as u32, *length, ready.0, ready.1 + 1);
        }
        Ok(())
    }

    fn dense(&self, system: &LinearSystem, matrix: u32, forcing: u32, unknowns: u32) -> Solver {
        let n = system.length;
        if system.symmetric {
            Solver::Symmetric { n, matrix, forcing, unknowns }
        } else {
            Solver::General { n, matrix, forcing, unknowns }
        }
    }

    fn solve_after(
        &mut self,
        number: usize,
        system: &LinearSystem,
        solver: Solver,
        ready: (u8, u32),
        matrix_tier: u8,
    ) -> (u8, u32) {
        let after = After::Solve { number, solver, constant: matrix_tier == 0, offset: system.first };
        self.afters.push((ready.0, ready.1, after));
        ready
    }

    /// LDLᵀ and the substitutions as operations; when the solution is there.
    #[expect(clippy::too_many_arguments, reason = "cells and their times, used once")]
    fn inline_solve(
        &mut self,
        n: usize,
        matrix: &[Option<ValueId>],
        forcing: u32,
        unknowns: u32,
        margin: u32,
        forcing_tier: u8,
        forcing_phase: u32,
    ) -> (u8, u32) {
        let zero = self.values.constant(0.0);
        let one = self.values.constant(1.0);
        let fraction = self.values.constant(PIVOT_FRACTION);
        let is_zero = |v: ValueId| v == zero;
        let mut l = vec![zero; n * n];
        let mut pivots = Vec::with_capacity(n);
        let mut inverses = Vec::with_capacity(n);
        let mut least: Option<ValueId> = None;
        for j in 0..n {
            let row: Vec<ValueId> = (0..j)
                .map(|k| if is_zero(l[j + n * k]) { zero } else { self.values.mul(l[j + n * k], pivots[k]) })
                .collect();
            for i in j..n {
                let mut a = matrix[i + n * j].unwrap_or(zero);
                for k in 0..j {
                    if !is_zero(l[i + n * k]) && !is_zero(row[k]) {
                        let product = self.values.mul(l[i + n * k], row[k]);
                        a = self.values.sub(a, product);
                    }
                }
                if i == j {
                    pivots.push(a);
                    inverses.push(self.values.apply(Operation::Div, &[one, a]));
                    let diagonal = matrix[j + n * j].unwrap_or(zero);
                    let threshold = self.values.mul(fraction, diagonal);
                    let over = self.values.sub(a, threshold);
                    least = Some(match least {
                        Some(least) => self.apply(Operation::Min, &[least, over]),
                        None => over,
                    });
                } else if !is_zero(a) {
                    l[i + n * j] = self.values.mul(a, inverses[j]);
                }
            }
        }
        let place = Place { tier: forcing_tier, phase: forcing_phase, space: SpaceId::SCALAR };
        let mut x: Vec<ValueId> = (0..n).map(|i| self.forcing_value(forcing + i as u32, place)).collect();
        for k in 0..n {
            for i in k + 1..n {
                if !is_zero(l[i + n * k]) {
                    let product = self.values.mul(l[i + n * k], x[k]);
                    x[i] = self.values.sub(x[i], product);
                }
            }
        }
        for k in (0..n).rev() {
            x[k] = self.values.mul(x[k], inverses[k]);
            for i in k + 1..n {
                if !is_zero(l[i + n * k]) {
                    let product = self.values.mul(l[i + n * k], x[i]);
                    x[k] = self.values.sub(x[k], product);
                }
            }
        }
        // All unknowns are written in one tier, so that blocks of states find all of them.
        let tier = x.iter().map(|x| self.values.place(*x).tier).max().unwrap_or(0);
        let mut phase = 0;
        if let Some(least) = least {
            let place = self.write(least, margin);
            phase = if place.tier == tier { place.phase } else { 0 };
        }
        for (i, x) in x.into_iter().enumerate() {
            phase = phase.max(self.write_in(tier, x, unknowns + i as u32).phase);
        }
        (tier, phase)
    }

    /// The value that was assembled into a cell, or what stages may load from it.
    fn forcing_value(&mut self, cell: u32, place: Place) -> ValueId {
        match self.cell_values.get(&cell) {
            Some(&value) => value,
            None => self.values.load(Definition::Cell(cell), place),
        }
    }
}

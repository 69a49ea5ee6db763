//! Sparse matrices of derivatives: columns without a row in common are differentiated together.

use super::batch::Batch;
use super::blocks::{Machine, failure};
use super::field::Failure;
use super::lower::LowerError;
use super::pattern::{colours, pattern};
use super::sparse::{Pattern, SparseMatrix};
use crate::limits;
use std::sync::Arc;

/// Directions that run side by side.
const WIDTH: usize = 8;

/// A program whose results along directions fill a sparse matrix.
#[derive(Clone, Debug)]
pub(super) struct Coloured {
    pub machine: Machine,
    pub pattern: Arc<Pattern>,
    cell_of: Vec<u32>,
    colour: Vec<u32>,
    pub colours: usize,
    batch: Batch<WIDTH>,
}

impl Coloured {
    /// For a program with `n` results and directions.
    pub fn compile(machine: Machine, n: usize) -> Result<Coloured, LowerError> {
        let found = pattern(&machine.program, n, limits::SPARSE_PLACES);
        let (pattern, cell_of) = found.ok_or(LowerError::MatrixTooLarge { rows: n, limit: limits::SPARSE_PLACES })?;
        let (colour, colours) = colours(&pattern);
        let batch = Batch::new(&machine.program);
        Ok(Coloured { machine, pattern: Arc::new(pattern), cell_of, colour, colours, batch })
    }

    /// The matrix at `[y, t, y']`.
    pub fn evaluate(&mut self, input: &[f64]) -> Result<SparseMatrix, Failure> {
        let Machine { program, work } = &mut self.machine;
        program.run_tier(work, 1, input).map_err(failure)?;
        let mut matrix = SparseMatrix::zeros(self.pattern.clone());
        for first in (0..self.colours).step_by(WIDTH) {
            for binding in &program.inputs[2] {
                for k in 0..binding.length {
                    let block = self.batch.cell_mut(binding.cell + k as u32);
                    block.fill(0.0);
                    let lane = (self.colour[binding.offset + k] as usize).checked_sub(first);
                    if let Some(lane) = lane.filter(|lane| *lane < WIDTH) {
                        block[lane] = 1.0;
                    }
                }
            }
            program.run_blocks(work, &mut self.batch, 2, 2, WIDTH.min(self.colours - first));
            for (column, colour) in self.colour.iter().enumerate() {
                let Some(lane) = (*colour as usize).checked_sub(first).filter(|lane| *lane < WIDTH) else { continue };
                for at in self.pattern.column(column) {
                    let cell = self.cell_of[self.pattern.rows[at] as usize];
                    matrix.values[at] = self.batch.cell(cell)[lane];
                }
            }
        }
        Ok(matrix)
    }
}

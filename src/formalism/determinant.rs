//! Determinants and inverses of small matrices of expressions.

use crate::symbolic::{ExprId, Graph};

/// The determinant of some rows and as many columns, by the first row (Laplace).
pub fn determinant(g: &mut Graph, matrix: &[Vec<ExprId>], rows: &[usize], columns: &[usize]) -> ExprId {
    let Some((row, below)) = rows.split_first() else { return g.one() };
    let zero = g.zero();
    let mut terms = Vec::new();
    for (k, column) in columns.iter().enumerate() {
        let entry = matrix[*row][*column];
        if entry == zero {
            continue;
        }
        let rest: Vec<usize> = columns.iter().copied().filter(|c| c != column).collect();
        let minor = determinant(g, matrix, below, &rest);
        let product = g.mul(entry, minor);
        terms.push(if k % 2 == 0 { product } else { g.neg(product) });
    }
    g.sum(&terms)
}

/// The inverse of the rows and columns `which`: cofactors over the determinant (Cramer 1750). Where that is 0 in a state,
/// so are the denominators.
pub fn inverse(g: &mut Graph, matrix: &[Vec<ExprId>], which: &[usize]) -> Vec<Vec<ExprId>> {
    let whole = determinant(g, matrix, which, which);
    let without = |k: usize| -> Vec<usize> { which.iter().copied().filter(|w| *w != k).collect() };
    which
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let row_of = |(j, row): (usize, &usize)| {
                let minor = determinant(g, matrix, &without(*row), &without(*column));
                let cofactor = if (i + j) % 2 == 0 { minor } else { g.neg(minor) };
                g.div(cofactor, whole)
            };
            which.iter().enumerate().map(row_of).collect()
        })
        .collect()
}

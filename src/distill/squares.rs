//! Linear least squares by orthogonal columns.

use crate::real::dot;

/// A column that is this near to a combination of those before it adds nothing.
const DEPENDENT: f64 = 1e-11;

/// `x` with the least `|Σ xⱼ aⱼ − b|²`, for columns of any scale; a column that depends on those before it gets 0.
/// Gram and Schmidt, each column twice (Giraud, Langou, Rozložník 2005), so that it is as good as reflections.
pub fn solve(columns: &[&[f64]], b: &[f64]) -> Vec<f64> {
    let k = columns.len();
    let mut basis: Vec<Option<Vec<f64>>> = Vec::with_capacity(k);
    let mut upper = vec![vec![0.0; k]; k];
    for (j, column) in columns.iter().enumerate() {
        let size = dot(column, column).sqrt();
        let mut q = column.to_vec();
        for _ in 0..2 {
            for i in 0..j {
                let Some(e) = &basis[i] else { continue };
                let part = dot(e, &q);
                upper[i][j] += part;
                q.iter_mut().zip(e).for_each(|(q, e)| *q -= part * e);
            }
        }
        let left = dot(&q, &q).sqrt();
        if !(left > DEPENDENT * size) || !left.is_finite() {
            basis.push(None);
            continue;
        }
        upper[j][j] = left;
        q.iter_mut().for_each(|q| *q /= left);
        basis.push(Some(q));
    }
    let mut rest = b.to_vec();
    let mut x = vec![0.0; k];
    let mut parts = vec![0.0; k];
    for j in 0..k {
        let Some(e) = &basis[j] else { continue };
        parts[j] = dot(e, &rest);
        rest.iter_mut().zip(e).for_each(|(r, e)| *r -= parts[j] * e);
    }
    for j in (0..k).rev() {
        if basis[j].is_none() {
            continue;
        }
        let known: f64 = (j + 1..k).map(|i| upper[j][i] * x[i]).sum();
        x[j] = (parts[j] - known) / upper[j][j];
    }
    x
}

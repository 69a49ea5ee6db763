//! `P A = L U` of sparse matrices that are narrow bands once their rows and columns are put in order: fields on a line.
//!
//! Neighbours are numbered one after the other, whatever the order of the state (several fields on one line lie behind each
//! other there), and a ring is folded. Rows are exchanged for the largest pivot, so that any regular matrix is factored; `L`
//! has `b` places below the diagonal and `U` `2b` above it.
//!
//! Sources: E. Cuthill, J. McKee, *Reducing the bandwidth of sparse symmetric matrices*, Proc. 24th Nat. Conf. ACM (1969)
//! 157–172; G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed. 2013, 4.3.5.

use super::multifrontal::Entry;
use super::sparse::Pattern;
use std::sync::Arc;

/// An order of rows and columns, and how far from the diagonal entries then lie.
#[derive(Debug)]
pub struct BandOrder {
    /// The new number of each row.
    new_of: Vec<u32>,
    /// `b`
    width: usize,
}

impl BandOrder {
    /// Orders a pattern; `None` where entries lie farther than `most` from the diagonal all the same.
    pub fn new(pattern: &Pattern, most: usize) -> Option<BandOrder> {
        let n = pattern.dimension();
        let whole = pattern.symmetrised();
        let neighbours = |v: u32| &whole.rows[whole.column(v as usize)];
        let degree = |v: u32| neighbours(v).len();
        // In a band no row has more neighbours than places.
        if (0..n as u32).any(|v| degree(v) > 2 * most + 1) {
            return None;
        }
        let mut seen = vec![0u32; n];
        let mut round = 0;
        let mut walk = |start: u32, order: &mut Vec<u32>, last: bool| {
            round += 1;
            let mark = if last { u32::MAX } else { round };
            let from = order.len();
            order.push(start);
            seen[start as usize] = mark;
            let mut at = from;
            while at < order.len() {
                let first = order.len();
                for v in neighbours(order[at]) {
                    if seen[*v as usize] != mark {
                        seen[*v as usize] = mark;
                        order.push(*v);
                    }
                }
                order[first..].sort_by_key(|v| degree(*v));
                at += 1;
            }
        };
        let mut placed = vec![false; n];
        let mut order: Vec<u32> = Vec::with_capacity(n);
        for start in 0..n as u32 {
            if placed[start as usize] {
                continue;
            }
            // From the end of a walk from the end of a walk: an end of the longest way, nearly.
            let mut end = start;
            for _ in 0..2 {
                let mut trial = Vec::new();
                walk(end, &mut trial, false);
                end = trial.last().copied().unwrap_or(end);
            }
            let from = order.len();
            walk(end, &mut order, true);
            order[from..].iter().for_each(|v| placed[*v as usize] = true);
        }
        let mut new_of = vec![0u32; n];
        order.iter().enumerate().for_each(|(new, old)| new_of[*old as usize] = new as u32);
        let mut width = 0;
        for c in 0..n {
            for at in pattern.column(c) {
                width = width.max(new_of[c].abs_diff(new_of[pattern.rows[at] as usize]) as usize);
            }
        }
        (width <= most).then_some(BandOrder { new_of, width })
    }
}

/// The factors of one matrix.
#[derive(Clone, Debug)]
pub struct Band<T> {
    order: Arc<BandOrder>,
    /// Rows of `U`: the inverse of the diagonal, then `2b` places.
    upper: Vec<T>,
    /// Columns of `L`, `b` places each.
    lower: Vec<T>,
    /// How far below each pivot its row was.
    exchanged: Vec<u32>,
}

impl<T: Entry> Band<T> {
    /// Factors the matrix with these entries; `None` where it is singular.
    pub fn new(order: &Arc<BandOrder>, pattern: &Pattern, values: &[T]) -> Option<Band<T>> {
        let (n, b) = (pattern.dimension(), order.width);
        // Row `i` from column `i − b` to `i + 2b`.
        let size = 3 * b + 1;
        let mut rows = vec![T::default(); n * size];
        for c in 0..n {
            let j = order.new_of[c] as usize;
            for at in pattern.column(c) {
                let i = order.new_of[pattern.rows[at] as usize] as usize;
                rows[i * size + j + b - i] = values[at];
            }
        }
        let mut lower = vec![T::default(); n * b];
        let mut upper = vec![T::default(); n * (2 * b + 1)];
        let mut exchanged = vec![0u32; n];
        for k in 0..n {
            let last = (k + b).min(n - 1);
            // Column k of row r is at b − (r − k).
            let entry = |r: usize| r * size + b - (r - k);
            let best = (k + 1..=last).fold(k, |p, r| if rows[entry(r)].size() > rows[entry(p)].size() { r } else { p });
            let length = (2 * b + 1).min(n - k);
            if best != k {
                exchanged[k] = (best - k) as u32;
                for c in 0..length {
                    rows.swap(entry(k) + c, entry(best) + c);
                }
            }
            let (above, below) = rows.split_at_mut((k + 1) * size);
            let pivot = &above[k * size + b..k * size + b + length.min(size - b)];
            let inverse = pivot[0].inverse();
            if !(pivot[0].size().is_finite() && inverse.size().is_finite()) {
                return None;
            }
            for r in k + 1..=last {
                let row = &mut below[(r - k - 1) * size + b - (r - k)..][..pivot.len()];
                let factor = row[0] * inverse;
                lower[k * b + r - k - 1] = factor;
                row[1..].iter_mut().zip(&pivot[1..]).for_each(|(x, u)| *x -= factor * *u);
            }
            let kept = &mut upper[k * (2 * b + 1)..][..pivot.len()];
            kept.copy_from_slice(pivot);
            kept[0] = inverse;
        }
        Some(Band { order: order.clone(), upper, lower, exchanged })
    }

    /// Replaces `x` by `A⁻¹ x`.
    pub fn solve(&self, x: &mut [T]) {
        // Loops of known length for one field, a ring of it, and two fields.
        match self.order.width {
            1 => self.solve_with(1, x),
            2 => self.solve_with(2, x),
            3 => self.solve_with(3, x),
            b => self.solve_with(b, x),
        }
    }

    #[inline(always)]
    fn solve_with(&self, b: usize, x: &mut [T]) {
        let n = x.len();
        // What lies behind the last row is zero.
        let mut w = vec![T::default(); n + 2 * b];
        self.order.new_of.iter().zip(&*x).for_each(|(new, value)| w[*new as usize] = *value);
        for k in 0..n {
            if self.exchanged[k] != 0 {
                w.swap(k, k + self.exchanged[k] as usize);
            }
            let value = w[k];
            w[k + 1..k + 1 + b].iter_mut().zip(&self.lower[k * b..(k + 1) * b]).for_each(|(x, l)| *x -= *l * value);
        }
        w[n..].fill(T::default());
        for k in (0..n).rev() {
            let row = &self.upper[k * (2 * b + 1)..(k + 1) * (2 * b + 1)];
            let mut value = w[k];
            row[1..].iter().zip(&w[k + 1..k + 1 + 2 * b]).for_each(|(u, x)| value -= *u * *x);
            w[k] = value * row[0];
        }
        self.order.new_of.iter().zip(x).for_each(|(new, value)| *value = w[*new as usize]);
    }
}

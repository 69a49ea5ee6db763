//! `A = L U` of sparse matrices whose pattern is nearly symmetric, by dense fronts.
//!
//! Rows and columns are permuted alike, by the approximate minimum degree of `A + Aᵀ` that Cholesky factors have too, so
//! that a field in a plane fills in as little as a symmetric one does; an ordering of columns alone must leave room for
//! every exchange of rows. Each group of columns with one structure is a dense front
//!
//! ```text
//! F = [F₁₁ F₁₂; F₂₁ F₂₂],   P F₁₁ = L U,   F₂₂ ← F₂₂ − (F₂₁ U⁻¹)(L⁻¹ P F₁₂)
//! ```
//!
//! and what is left of `F₂₂` is added to the front of its parent. Rows are exchanged within a front only, which serves
//! matrices with a strong diagonal (`(γ/h) M − J` with a step that the iteration converges for) and not all: who calls
//! compares a residual before the factors are trusted, and has pivoting over all rows to fall back on. What does not
//! depend on the entries is planned once for a pattern.
//!
//! Sources: I. S. Duff, J. K. Reid, *The multifrontal solution of unsymmetric sets of linear equations*, SIAM J. Sci.
//! Stat. Comput. 5 (1984) 633–641; P. R. Amestoy, T. A. Davis, I. S. Duff, *An approximate minimum degree ordering
//! algorithm*, SIAM J. Matrix Anal. Appl. 17 (1996) 886–905.

use super::sparse::Pattern;
use crate::lanes::{Level, Vectorized, dispatch};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::factor::{lu_in_place, lu_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_unit_lower_triangular_in_place};
use faer::prelude::{Reborrow, ReborrowMut};
use faer::sparse::SymbolicSparseColMatRef;
use faer::sparse::linalg::SupernodalThreshold;
use faer::sparse::linalg::cholesky::{
    CholeskySymbolicParams, SymbolicCholeskyRaw, SymmetricOrdering, factorize_symbolic_cholesky,
};
use faer::traits::ComplexField;
use faer::{Accum, MatMut, Par, Side, c64};
use std::ops::{AddAssign, Mul, MulAssign, Range, Sub, SubAssign};
use std::sync::Arc;

/// Multiplications of a front from which dense kernels pay for their calls.
const LARGE: usize = 4_096;
/// Multiplications for each number of the factors from which fronts are faster than columns one by one: 16 on a line, 27
/// on 64 × 64 points.
const WORTHWHILE: usize = 20;
/// No parent.
const NONE: u32 = u32::MAX;

/// Real and complex entries.
pub trait Entry:
    ComplexField + Copy + Default + AddAssign + SubAssign + MulAssign + Mul<Output = Self> + Sub<Output = Self> + 'static
{
    /// Minus one.
    const MINUS_ONE: Self;
    /// A magnitude, up to a factor of `√2`.
    fn size(self) -> f64;
    /// `1/x`
    fn inverse(self) -> Self;
}

impl Entry for f64 {
    const MINUS_ONE: f64 = -1.0;
    fn size(self) -> f64 {
        self.abs()
    }
    fn inverse(self) -> f64 {
        1.0 / self
    }
}

impl Entry for c64 {
    const MINUS_ONE: c64 = c64::new(-1.0, 0.0);
    fn size(self) -> f64 {
        self.re.abs() + self.im.abs()
    }
    fn inverse(self) -> c64 {
        c64::new(1.0, 0.0) / self
    }
}

/// One dense front.
#[derive(Clone, Debug)]
struct Front {
    /// Its pivots, in the new order.
    pivots: Range<usize>,
    /// The rows below them, and where those are in the front of the parent: ranges of `rows` and `relative`.
    below: Range<usize>,
    parent: u32,
    /// Entries of the matrix that begin here: a range of `entries`.
    entries: Range<usize>,
    /// Where its factors begin.
    panel: usize,
}

impl Front {
    fn width(&self) -> usize {
        self.pivots.len()
    }

    fn size(&self) -> usize {
        self.pivots.len() + self.below.len()
    }
}

/// What the factors of all matrices with one pattern have in common.
#[derive(Debug)]
pub struct Plan {
    /// The old number of each row.
    order: Vec<u32>,
    fronts: Vec<Front>,
    rows: Vec<u32>,
    relative: Vec<u32>,
    /// Place among the entries of the matrix, and in its front.
    entries: Vec<(u32, u32)>,
    /// Numbers in all factors.
    panels: usize,
    /// Size of the largest front.
    largest: usize,
}

impl Plan {
    /// Orders a pattern; `None` where memory or the range of indices ends.
    pub fn new(pattern: &Pattern) -> Option<Plan> {
        let n = pattern.dimension();
        let whole = pattern.symmetrised();
        let symbolic = SymbolicSparseColMatRef::new_checked(n, n, &whole.starts, None, &whole.rows);
        let always = SupernodalThreshold::FORCE_SUPERNODAL;
        let params = CholeskySymbolicParams { supernodal_flop_ratio_threshold: always, ..Default::default() };
        let found = factorize_symbolic_cholesky(symbolic, Side::Lower, SymmetricOrdering::Amd, params).ok()?;
        let (order, new_of) = found.perm()?.arrays();
        let SymbolicCholeskyRaw::Supernodal(nodes) = found.raw() else { return None };
        let mut plan = Plan {
            order: order.to_vec(),
            fronts: Vec::with_capacity(nodes.n_supernodes()),
            rows: Vec::new(),
            relative: Vec::new(),
            entries: Vec::with_capacity(pattern.places()),
            panels: 0,
            largest: 0,
        };
        let mut front_of = vec![0u32; n];
        for s in 0..nodes.n_supernodes() {
            let pivots = nodes.supernode_begin()[s] as usize..nodes.supernode_end()[s] as usize;
            front_of[pivots.clone()].fill(s as u32);
            let from = plan.rows.len();
            plan.rows.extend_from_slice(nodes.supernode(s).pattern());
            plan.rows[from..].sort_unstable();
            let below = from..plan.rows.len();
            let front = Front { pivots, below, parent: NONE, entries: 0..0, panel: plan.panels };
            plan.panels += front.width() * (front.size() + front.below.len());
            plan.largest = plan.largest.max(front.size());
            plan.fronts.push(front);
        }
        // Entries by the front that takes them: that of the pivot eliminated first.
        let mut by_front: Vec<(u32, u32, u32, u32)> = Vec::with_capacity(pattern.places());
        for column in 0..n {
            for at in pattern.column(column) {
                let (i, j) = (new_of[pattern.rows[at] as usize], new_of[column]);
                by_front.push((front_of[i.min(j) as usize], at as u32, i, j));
            }
        }
        by_front.sort_unstable();
        let mut place = vec![NONE; n];
        let mut next = 0;
        for s in 0..plan.fronts.len() {
            let front = plan.fronts[s].clone();
            plan.mark(&front, &mut place);
            let (from, size) = (plan.entries.len(), front.size() as u32);
            while let Some((_, at, i, j)) = by_front.get(next).filter(|entry| entry.0 == s as u32) {
                plan.entries.push((*at, place[*i as usize] + size * place[*j as usize]));
                next += 1;
            }
            plan.fronts[s].entries = from..plan.entries.len();
            plan.fronts[s].parent = plan.rows[front.below.clone()].first().map_or(NONE, |row| front_of[*row as usize]);
        }
        plan.relative = vec![0; plan.rows.len()];
        let mut marked = NONE;
        // Children of one parent mostly follow each other.
        for s in 0..plan.fronts.len() {
            let front = plan.fronts[s].clone();
            if front.parent == NONE {
                continue;
            }
            if front.parent != marked {
                plan.mark(&plan.fronts[front.parent as usize], &mut place);
                marked = front.parent;
            }
            for at in front.below {
                plan.relative[at] = place[plan.rows[at] as usize];
            }
        }
        Some(plan)
    }

    /// Where each row is in a front.
    fn mark(&self, front: &Front, place: &mut [u32]) {
        let rows = front.pivots.clone().chain(self.rows[front.below.clone()].iter().map(|row| *row as usize));
        rows.enumerate().for_each(|(at, row)| place[row] = at as u32);
    }

    /// Whether fronts are large enough to pay: multiplications for each number of the factors.
    pub fn is_worthwhile(&self) -> bool {
        let work: usize = self.fronts.iter().map(|front| front.width() * front.size() * front.size()).sum();
        work > WORTHWHILE * self.panels
    }
}

/// The factors of one matrix.
#[derive(Clone, Debug)]
pub struct Fronts<T> {
    plan: Arc<Plan>,
    /// Of each front: `L`, `U` and `F₂₁ U⁻¹` as columns, then the rows of `L⁻¹ P F₁₂`; the diagonal inverted.
    panels: Vec<T>,
    /// The row of the front that is each pivot's.
    exchanged: Vec<u32>,
    /// Room for one front, and for what children leave: kept from one matrix to the next.
    room: Vec<T>,
    spare: Vec<Vec<T>>,
}

impl<T: Entry> Fronts<T> {
    /// Factors the matrix with these entries, in the room of earlier factors where there are such; `None` where a pivot is
    /// zero or not finite.
    pub fn new(plan: &Arc<Plan>, values: &[T], earlier: Option<Fronts<T>>) -> Option<Fronts<T>> {
        let mut fronts = earlier.filter(|old| Arc::ptr_eq(&old.plan, plan)).unwrap_or_else(|| Fronts {
            plan: plan.clone(),
            panels: vec![T::default(); plan.panels],
            exchanged: vec![0; plan.order.len()],
            room: vec![T::default(); plan.largest * plan.largest],
            spare: Vec::new(),
        });
        dispatch(Level::detect(), Factor { fronts: &mut fronts, values })?;
        Some(fronts)
    }

    /// Replaces `x` by `A⁻¹ x`.
    pub fn solve(&self, x: &mut [T]) {
        dispatch(Level::detect(), Solve { fronts: self, x });
    }

    #[inline(always)]
    fn factor(&mut self, values: &[T]) -> Option<()> {
        let Fronts { plan, panels, exchanged, room, spare } = self;
        let plan = &**plan;
        let mut waiting: Vec<Vec<(u32, Vec<T>)>> = vec![Vec::new(); plan.fronts.len()];
        let mut dense = DenseWork::new(plan.largest);
        for (s, front) in plan.fronts.iter().enumerate() {
            let (m, k) = (front.size(), front.width());
            let r = m - k;
            let matrix = &mut room[..m * m];
            matrix.fill(T::default());
            for (at, place) in &plan.entries[front.entries.clone()] {
                matrix[*place as usize] = values[*at as usize];
            }
            for (child, mut left) in std::mem::take(&mut waiting[s]) {
                let places = &plan.relative[plan.fronts[child as usize].below.clone()];
                for (column, at) in left.chunks_exact(places.len()).zip(places) {
                    let target = &mut matrix[*at as usize * m..(*at as usize + 1) * m];
                    column.iter().zip(places).for_each(|(value, place)| target[*place as usize] += *value);
                }
                left.clear();
                spare.push(left);
            }
            let exchanged = &mut exchanged[front.pivots.clone()];
            if k * m * m < LARGE {
                eliminate(matrix, m, exchanged)?;
            } else {
                dense.eliminate(matrix, m, exchanged)?;
            }
            let panel = &mut panels[front.panel..front.panel + k * (m + r)];
            let (columns, rows) = panel.split_at_mut(m * k);
            columns.copy_from_slice(&matrix[..m * k]);
            for (j, column) in matrix.chunks_exact(m).skip(k).enumerate() {
                column[..k].iter().enumerate().for_each(|(i, value)| rows[j + i * r] = *value);
            }
            if front.parent != NONE {
                let mut left = spare.pop().unwrap_or_default();
                matrix.chunks_exact(m).skip(k).for_each(|column| left.extend_from_slice(&column[k..]));
                waiting[front.parent as usize].push((s as u32, left));
            }
        }
        Some(())
    }

    #[inline(always)]
    fn solve_all(&self, x: &mut [T]) {
        let plan = &*self.plan;
        let mut w: Vec<T> = plan.order.iter().map(|old| x[*old as usize]).collect();
        let (mut own, mut below) = (vec![T::default(); plan.largest], vec![T::default(); plan.largest]);
        for front in &plan.fronts {
            let (m, k) = (front.size(), front.width());
            let panel = &self.panels[front.panel..front.panel + k * m];
            let (own, below) = (&mut own[..k], &mut below[..m - k]);
            let w_own = &w[front.pivots.clone()];
            own.iter_mut().zip(&self.exchanged[front.pivots.clone()]).for_each(|(o, row)| *o = w_own[*row as usize]);
            below.fill(T::default());
            for p in 0..k {
                let (value, column) = (own[p], &panel[p * m..(p + 1) * m]);
                own[p + 1..].iter_mut().zip(&column[p + 1..k]).for_each(|(o, l)| *o -= *l * value);
                below.iter_mut().zip(&column[k..]).for_each(|(b, l)| *b += *l * value);
            }
            w[front.pivots.clone()].copy_from_slice(own);
            plan.rows[front.below.clone()].iter().zip(&*below).for_each(|(row, b)| w[*row as usize] -= *b);
        }
        for front in plan.fronts.iter().rev() {
            let (m, k) = (front.size(), front.width());
            let r = m - k;
            let (columns, rows) = self.panels[front.panel..front.panel + k * (m + r)].split_at(k * m);
            let below = &mut below[..r];
            below.iter_mut().zip(&plan.rows[front.below.clone()]).for_each(|(b, row)| *b = w[*row as usize]);
            let own = &mut w[front.pivots.clone()];
            for p in (0..k).rev() {
                // Those after it are subtracted already.
                let value = (own[p] - dot(&rows[p * r..(p + 1) * r], below)) * columns[p + p * m];
                own[p] = value;
                own[..p].iter_mut().zip(&columns[p * m..p * m + p]).for_each(|(o, u)| *o -= *u * value);
            }
        }
        plan.order.iter().zip(&w).for_each(|(old, value)| x[*old as usize] = *value);
    }
}

struct Factor<'a, T> {
    fronts: &'a mut Fronts<T>,
    values: &'a [T],
}

impl<T: Entry> Vectorized for Factor<'_, T> {
    type Output = Option<()>;
    #[inline(always)]
    fn run(self) -> Option<()> {
        self.fronts.factor(self.values)
    }
}

struct Solve<'a, T> {
    fronts: &'a Fronts<T>,
    x: &'a mut [T],
}

impl<T: Entry> Vectorized for Solve<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        self.fronts.solve_all(self.x);
    }
}

/// Sum of products, eight side by side.
#[inline(always)]
fn dot<T: Entry>(a: &[T], b: &[T]) -> T {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [T::default(); 8];
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    for (x, y) in a_rest.iter().zip(b_rest) {
        sums[0] += *x * *y;
    }
    for half in [4, 2, 1] {
        for lane in 0..half {
            let other = sums[lane + half];
            sums[lane] += other;
        }
    }
    sums[0]
}

/// Eliminates the first columns of a small front, one by one.
#[inline(always)]
fn eliminate<T: Entry>(matrix: &mut [T], m: usize, exchanged: &mut [u32]) -> Option<()> {
    let k = exchanged.len();
    exchanged.iter_mut().enumerate().for_each(|(i, row)| *row = i as u32);
    for p in 0..k {
        let column = &matrix[p * m..p * m + k];
        let best = (p + 1..k).fold(p, |best, i| if column[i].size() > column[best].size() { i } else { best });
        if best != p {
            exchanged.swap(p, best);
            matrix.chunks_exact_mut(m).for_each(|column| column.swap(p, best));
        }
        let inverse = inverted(matrix[p + p * m])?;
        let (before, after) = matrix.split_at_mut((p + 1) * m);
        let column = &mut before[p * m..];
        column[p] = inverse;
        column[p + 1..].iter_mut().for_each(|l| *l *= inverse);
        for other in after.chunks_exact_mut(m) {
            let factor = other[p];
            other[p + 1..].iter_mut().zip(&column[p + 1..]).for_each(|(o, l)| *o -= *l * factor);
        }
    }
    Some(())
}

fn inverted<T: Entry>(pivot: T) -> Option<T> {
    let inverse = pivot.inverse();
    (pivot.size().is_finite() && inverse.size().is_finite()).then_some(inverse)
}

/// What dense kernels need beside a front.
struct DenseWork<T> {
    memory: MemBuffer,
    inverse: Vec<u32>,
    column: Vec<T>,
}

impl<T: Entry> DenseWork<T> {
    fn new(largest: usize) -> DenseWork<T> {
        let need = lu_in_place_scratch::<u32, T>(largest, largest, Par::Seq, Default::default());
        DenseWork { memory: MemBuffer::new(need), inverse: vec![0; largest], column: vec![T::default(); largest] }
    }

    /// Eliminates the first columns of a front, in blocks.
    fn eliminate(&mut self, matrix: &mut [T], m: usize, exchanged: &mut [u32]) -> Option<()> {
        let k = exchanged.len();
        let whole = MatMut::from_column_major_slice_mut(&mut *matrix, m, m);
        let (mut own, mut right, mut lower, rest) = whole.split_at_mut(k, k);
        let stack = MemStack::new(&mut self.memory);
        lu_in_place(own.rb_mut(), exchanged, &mut self.inverse[..k], Par::Seq, stack, Default::default());
        for mut column in right.rb_mut().col_iter_mut() {
            let moved = &mut self.column[..k];
            moved.iter_mut().zip(&*exchanged).for_each(|(to, row)| *to = column[*row as usize]);
            moved.iter().enumerate().for_each(|(i, value)| column[i] = *value);
        }
        solve_unit_lower_triangular_in_place(own.rb(), right.rb_mut(), Par::Seq);
        solve_lower_triangular_in_place(own.rb().transpose(), lower.rb_mut().transpose_mut(), Par::Seq);
        matmul(rest, Accum::Add, lower.rb(), right.rb(), T::MINUS_ONE, Par::Seq);
        for p in 0..k {
            matrix[p + p * m] = inverted(matrix[p + p * m])?;
        }
        Some(())
    }
}

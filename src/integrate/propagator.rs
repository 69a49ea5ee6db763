//! The tangent map of a state with many components, applied, transposed, and measured.
//!
//! ```text
//! M δ' = J δ,   Φ = exp(h_m A_m) … exp(h_1 A_1),   Φᵀ = exp(h_1 A_1ᵀ) … exp(h_m A_mᵀ),   A = M⁻¹ J
//! ‖U⁻¹ Φ U‖₂² = λmax(BᵀB),   B = U⁻¹ Φ U
//! ```
//!
//! `A_k` is taken at the middle of a step, as sparse as the system is; where it does not change from one step to the
//! next (linear equations with constant coefficients) all steps are one piece. Beyond [`PIECES`] the two shortest
//! neighbours become one with the mean of their generators, which is of order two like the rule itself. The largest
//! eigenvalue of `BᵀB` is found by Lanczos with full reorthogonalisation: a value to [`SETTLED`] takes some ten passes
//! forth and back, whatever the number of components.
//!
//! Source: G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed. (2013), section 10.4.

use crate::kernel::linearised::Linearised;
use crate::kernel::sparse::{Orderings, SparseFactor, SparseMatrix};
use crate::limits;
use crate::real::{Random, exp, ln};
use nalgebra::{DMatrix, SymmetricEigen};
use std::sync::Arc;

/// Pieces of constant generator that a run is divided into.
const PIECES: usize = 256;
/// Terms of the exponential's series.
const TERMS: u32 = 60;
/// Largest term of the series in units of the vector: beyond it the duration is divided, since the terms of a strong
/// contraction cancel.
const LARGEST_TERM: f64 = 1e4;
/// Vectors of Lanczos.
const VECTORS: usize = 40;
/// Relative change of the squared norm from one vector to the next below which it counts as found.
const SETTLED: f64 = 1e-7;

/// `M`, ready to be divided by.
enum Mass {
    Diagonal(Vec<f64>),
    Factored(SparseFactor),
}

impl Mass {
    fn divide(&self, x: &mut [f64], transposed: bool) {
        match self {
            Mass::Diagonal(d) => x.iter_mut().zip(d).for_each(|(x, d)| *x /= d),
            Mass::Factored(factor) if transposed => factor.solve_transposed(x),
            Mass::Factored(factor) => factor.solve(x),
        }
    }
}

/// A stretch of time with one generator.
struct Piece {
    duration: f64,
    mass: Arc<(SparseMatrix, Mass)>,
    jacobian: SparseMatrix,
    /// Parts that its exponential is taken in.
    parts: u32,
}

impl Piece {
    /// `out = factor · A x`, or `factor · Aᵀ x`.
    fn apply(&self, transposed: bool, factor: f64, x: &[f64], between: &mut [f64], out: &mut [f64]) {
        if transposed {
            between.copy_from_slice(x);
            self.mass.1.divide(between, true);
            self.jacobian.multiply_transposed(between, out);
        } else {
            self.jacobian.multiply(x, out);
            self.mass.1.divide(out, false);
        }
        out.iter_mut().for_each(|v| *v *= factor);
    }
}

/// What the passes need.
#[derive(Default)]
struct Work {
    term: Vec<f64>,
    next: Vec<f64>,
    between: Vec<f64>,
    sum: Vec<f64>,
}

/// The tangent map of a run so far.
#[derive(Default)]
pub(super) struct Propagator {
    pieces: Vec<Piece>,
    orderings: Orderings,
    work: Work,
}

fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m: f64, x| if x.is_nan() { f64::NAN } else { m.max(x.abs()) })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Propagator {
    /// Goes on over a step of length `h`; `false` where the mass matrix cannot be divided by.
    pub fn push(&mut self, h: f64, at: Linearised) -> bool {
        let n = at.mass.dimension();
        if self.work.term.len() != n {
            let zeros = || vec![0.0; n];
            self.work = Work { term: zeros(), next: zeros(), between: zeros(), sum: zeros() };
        }
        let last = self.pieces.last_mut();
        let same_mass = last.as_ref().filter(|p| p.mass.0 == at.mass).map(|p| p.mass.clone());
        if let (Some(last), Some(_)) = (last, &same_mass) {
            if last.jacobian == at.jacobian {
                // The parts of the longer piece are found when it is asked for.
                last.duration += h;
                return true;
            }
        }
        let Some(mass) = same_mass.or_else(|| self.mass(at.mass)) else { return false };
        self.pieces.push(Piece { duration: h, mass, jacobian: at.jacobian, parts: 1 });
        if self.pieces.len() > PIECES { self.shorten() } else { true }
    }

    fn mass(&mut self, matrix: SparseMatrix) -> Option<Arc<(SparseMatrix, Mass)>> {
        let mass = match matrix.as_diagonal() {
            Some(diagonal) => Mass::Diagonal(diagonal.to_vec()),
            None if matrix.asymmetry() == 0.0 => {
                let factor = self.orderings.definite(&matrix);
                Mass::Factored(factor.or_else(|| self.orderings.general(&matrix))?)
            }
            None => Mass::Factored(self.orderings.general(&matrix)?),
        };
        Some(Arc::new((matrix, mass)))
    }

    /// The two shortest neighbours become one.
    fn shorten(&mut self) -> bool {
        let together = |k: &usize| (self.pieces[*k].duration + self.pieces[k + 1].duration).abs();
        let shortest = (0..self.pieces.len() - 1).min_by(|a, b| together(a).total_cmp(&together(b)));
        let Some(k) = shortest else { return true };
        let b = self.pieces.remove(k + 1);
        let whole = self.pieces[k].duration + b.duration;
        let (of_a, of_b) = (self.pieces[k].duration / whole, b.duration / whole);
        let a = &self.pieces[k];
        let jacobian = SparseMatrix::combination(of_a, &a.jacobian, of_b, &b.jacobian);
        let mass = if Arc::ptr_eq(&a.mass, &b.mass) {
            a.mass.clone()
        } else {
            let mean = SparseMatrix::combination(of_a, &a.mass.0, of_b, &b.mass.0);
            let Some(mass) = self.mass(mean) else { return false };
            mass
        };
        self.pieces[k] = Piece { duration: whole, mass, jacobian, parts: 1 };
        true
    }

    /// Takes a vector over the last step, of length `h`.
    pub fn step(&mut self, h: f64, v: &mut [f64]) {
        if let Some(last) = self.pieces.last() {
            let mut parts = 1;
            let scale = flow(last, false, h, &mut parts, v, &mut self.work);
            v.iter_mut().for_each(|x| *x *= exp(scale));
        }
    }

    /// Takes a vector over the whole run, or back by the transposed map; what was divided out, as a logarithm.
    fn pass(&mut self, transposed: bool, v: &mut [f64]) -> f64 {
        let mut scale = 0.0;
        for k in 0..self.pieces.len() {
            let at = if transposed { self.pieces.len() - 1 - k } else { k };
            let (duration, mut parts) = (self.pieces[at].duration, self.pieces[at].parts);
            scale += flow(&self.pieces[at], transposed, duration, &mut parts, v, &mut self.work);
            self.pieces[at].parts = parts;
        }
        scale
    }

    /// `ln ‖U⁻¹ Φ U‖₂`
    pub fn log_norm(&mut self, unit: &[f64]) -> f64 {
        let n = unit.len();
        let mut stream = Random::new(0, "propagator").stream(0);
        let mut v: Vec<f64> = unit.iter().map(|_| stream.normal()).collect();
        let first = dot(&v, &v).sqrt();
        v.iter_mut().for_each(|x| *x /= first);
        let (mut vectors, mut diagonal, mut beside) = (Vec::<Vec<f64>>::new(), Vec::<f64>::new(), Vec::<f64>::new());
        let mut found = 0.0;
        // Logarithm of the size of the first `BᵀB v`, by which all are divided: growth may leave the range of numbers.
        let mut near = None;
        for _ in 0..VECTORS.min(n) {
            let mut w: Vec<f64> = v.iter().zip(unit).map(|(x, u)| x * u).collect();
            let mut scale = self.pass(false, &mut w);
            w.iter_mut().zip(unit).for_each(|(x, u)| *x /= u * u);
            scale += self.pass(true, &mut w);
            w.iter_mut().zip(unit).for_each(|(x, u)| *x *= u);
            let near = *near.get_or_insert_with(|| scale + 0.5 * ln(dot(&w, &w)));
            let factor = exp(scale - near);
            w.iter_mut().for_each(|x| *x *= factor);
            diagonal.push(dot(&w, &v));
            vectors.push(v);
            for _ in 0..2 {
                for before in &vectors {
                    let part = dot(&w, before);
                    w.iter_mut().zip(before).for_each(|(w, b)| *w -= part * b);
                }
            }
            let m = diagonal.len();
            let small = DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
                0 => diagonal[i],
                1 => beside[i.min(j)],
                _ => 0.0,
            });
            let largest = SymmetricEigen::new(small).eigenvalues.max();
            let settled = (largest - found).abs() <= SETTLED * largest;
            found = largest;
            let length = dot(&w, &w).sqrt();
            if settled || !(length > 1e-14 * largest) {
                break;
            }
            w.iter_mut().for_each(|x| *x /= length);
            beside.push(length);
            v = w;
        }
        0.5 * (ln(found) + near.unwrap_or(0.0))
    }
}

/// `v ← exp(h A) v`, or with `Aᵀ`, and what was divided out, as a logarithm; the parts that it is taken in double where the terms of
/// its series grow too large.
fn flow(piece: &Piece, transposed: bool, h: f64, parts: &mut u32, v: &mut [f64], work: &mut Work) -> f64 {
    let (mut done, mut scale) = (0, 0.0);
    while done < *parts {
        if series(piece, transposed, h / f64::from(*parts), v, work) || *parts >= limits::TANGENT_PARTS {
            v.copy_from_slice(&work.sum);
            done += 1;
            let size = largest(v);
            if size > 0.0 && size.is_finite() && !(1e-50..1e50).contains(&size) {
                v.iter_mut().for_each(|x| *x /= size);
                scale += ln(size);
            }
        } else {
            (*parts, done) = (2 * *parts, 2 * done);
        }
    }
    scale
}

/// `sum = exp(h A) v`; `false` where the terms of its series grow too large first.
fn series(piece: &Piece, transposed: bool, h: f64, v: &[f64], work: &mut Work) -> bool {
    work.sum.copy_from_slice(v);
    work.term.copy_from_slice(v);
    let size = largest(v);
    for j in 1..=TERMS {
        piece.apply(transposed, h / f64::from(j), &work.term, &mut work.between, &mut work.next);
        std::mem::swap(&mut work.term, &mut work.next);
        work.sum.iter_mut().zip(&work.term).for_each(|(s, v)| *s += v);
        let term = largest(&work.term);
        if !(term <= LARGEST_TERM * size) {
            return false;
        }
        if term <= 1e-11 * largest(&work.sum) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::sparse::Pattern;

    /// A dense matrix by rows as a sparse one.
    fn sparse(a: &DMatrix<f64>) -> SparseMatrix {
        let n = a.nrows();
        let columns = (0..n).map(|_| (0..n as u32).collect::<Vec<u32>>());
        SparseMatrix { pattern: Arc::new(Pattern::from_columns(columns)), values: a.as_slice().to_vec() }
    }

    fn at(mass: &DMatrix<f64>, jacobian: &DMatrix<f64>) -> Linearised {
        Linearised { mass: sparse(mass), jacobian: sparse(jacobian) }
    }

    fn random(n: usize, seed: u64) -> DMatrix<f64> {
        let mut stream = Random::new(seed, "test").stream(0);
        DMatrix::from_fn(n, n, |_, _| stream.normal())
    }

    fn norm(a: &DMatrix<f64>) -> f64 {
        a.clone().singular_values().max()
    }

    #[test]
    fn the_norm_of_a_map_that_is_not_symmetric_is_its_largest_singular_value() {
        let (n, t) = (12, 0.7);
        let (m, j) = (DMatrix::identity(n, n) + 0.2 * random(n, 1), random(n, 2));
        let unit: Vec<f64> = (0..n).map(|k| 1.0 + k as f64).collect();
        let mut found = Propagator::default();
        for h in [0.3, 0.4] {
            assert!(found.push(h, at(&m, &j)));
        }
        assert_eq!(found.pieces.len(), 1, "a generator that does not change is one piece");
        let map = (t * m.try_inverse().expect("an inverse") * j).exp();
        let scaled = DMatrix::from_fn(n, n, |i, k| map[(i, k)] * unit[k] / unit[i]);
        let expected = norm(&scaled);
        let got = exp(found.log_norm(&unit));
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} for {expected}");
    }

    #[test]
    fn a_growth_beyond_the_range_of_numbers_has_a_logarithm() {
        let one = DMatrix::identity(3, 3);
        let mut found = Propagator::default();
        assert!(found.push(1.0, at(&one, &DMatrix::from_diagonal(&nalgebra::dvector![900.0, -900.0, 1.0]))));
        assert!((found.log_norm(&[1.0; 3]) - 900.0).abs() < 1e-3);
        let mut lost = Propagator::default();
        assert!(lost.push(1.0, at(&one, &(-900.0 * &one))));
        assert!((lost.log_norm(&[1.0; 3]) + 900.0).abs() < 1e-3);
    }

    #[test]
    fn generators_that_change_are_multiplied_in_their_order() {
        let n = 6;
        let (a, b, one) = (random(n, 3), random(n, 4), DMatrix::identity(n, n));
        let mut found = Propagator::default();
        assert!(found.push(0.5, at(&one, &a)) && found.push(-0.2, at(&one, &b)));
        let expected = norm(&((-0.2 * b).exp() * (0.5 * a).exp()));
        let got = exp(found.log_norm(&vec![1.0; n]));
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} for {expected}");
    }

    #[test]
    fn many_steps_are_brought_together_and_still_say_the_same() {
        // A generator that turns with time: δ' = A(t) δ with A(t) = t·a + (1 - t)·b.
        let (n, steps) = (5, 3000);
        let (a, b, one) = (random(n, 5), random(n, 6), DMatrix::identity(n, n));
        let mut found = Propagator::default();
        let mut map = DMatrix::identity(n, n);
        let h = 1.0 / f64::from(steps);
        for k in 0..steps {
            let t = (f64::from(k) + 0.5) * h;
            let now = t * &a + (1.0 - t) * &b;
            assert!(found.push(h, at(&one, &now)));
            map = (h * now).exp() * map;
        }
        assert!(found.pieces.len() <= PIECES);
        let (got, expected) = (exp(found.log_norm(&vec![1.0; n])), norm(&map));
        assert!((got / expected - 1.0).abs() < 1e-4, "{got} for {expected}");
    }
}

//! The growth of a small perturbation along a run: the tangent flow.
//!
//! ```text
//! δ' = J(t, y(t)) δ      V ← exp(h J(t + h/2, y_m)) V      y_m = (y₀ + y₁)/2 + h (y₀' − y₁')/8
//! ```
//!
//! The exponential midpoint rule is exact where `J` is constant and of order two elsewhere
//! (A. Iserles, H. Z. Munthe-Kaas, S. P. Nørsett, A. Zanna, *Lie-group methods*, Acta Numerica 9
//! (2000) 215, section 4); the state at the middle is Hermite's. A state of at most
//! [`EXACT`] components carries the whole tangent map. Of a larger one the sparse generators are kept, and the norm
//! of their product is found from passes forth and back ([`super::propagator`]) where it is asked for; between, a few random
//! directions tell how it grows: their growth is the root mean square of the singular values, so the norm is at most `√n`
//! times as large. Only where the pattern of the Jacobian is beyond its budget are they all there is, as
//! neighbouring states whose products `J v` are differences of rates; the growth is then of them, and at least so large.
//!
//! Perturbations are measured in units of the largest magnitude that each group of components (one
//! declaration) has had, so that metres and seconds may live in one state; within a single group the
//! growth is the spectral norm of the tangent map.

use super::observer::Step;
use super::propagator::Propagator;
use crate::kernel::{Failure, VectorField};
use crate::limits;
use crate::real::{Random, exp, ln};

/// Components up to which the whole tangent map is carried.
pub const EXACT: usize = 32;
/// Random directions that a larger system carries.
pub const NEIGHBOURS: usize = 3;
/// Terms of the exponential's series.
const TERMS: u32 = 60;
/// Largest term of the series, in units of the tangents: beyond it the step is divided, since the
/// terms of a strong contraction cancel.
const LARGEST_TERM: f64 = 1e4;
/// Size of a neighbour's displacement in units of the state.
const DISPLACEMENT: f64 = 1e-7;

/// Tangent vectors carried along a run.
pub struct Growth<'f, F: VectorField + ?Sized> {
    field: &'f mut F,
    /// Tangent vectors at the start, shape `(n, k)`, column-major.
    start: Vec<f64>,
    /// Tangent vectors now, divided by `exp(log_scale)`.
    tangents: Vec<f64>,
    log_scale: f64,
    /// Logarithm of the growth so far, at most `√n` times too large.
    bound: f64,
    /// Least growth so far, as a logarithm; 0 at the start.
    least: f64,
    /// Largest magnitude of each group.
    peaks: Vec<f64>,
    /// Rates at the end of the last step.
    rates: Vec<f64>,
    started: bool,
    /// The tangent map of a large system, where its Jacobians are known.
    propagator: Option<Propagator>,
    /// The growth of the random directions and that of the map when it was last found, as logarithms.
    known: Option<(f64, f64)>,
    work: Work,
}

struct Work {
    middle: Vec<f64>,
    rates_end: Vec<f64>,
    jacobian: Vec<f64>,
    rates_middle: Vec<f64>,
    neighbour: Vec<f64>,
    rates_neighbour: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
    sum: Vec<f64>,
    /// Unit of each component.
    unit: Vec<f64>,
}

impl<'f, F: VectorField + ?Sized> Growth<'f, F> {
    /// Nothing has grown yet. `field` is evaluated beside the run and must be its equal.
    pub fn new(field: &'f mut F) -> Self {
        let n = field.dimension();
        let count = if n <= EXACT { n } else { NEIGHBOURS };
        let groups = field.groups().len();
        let zeros = |length: usize| vec![0.0; length];
        Growth {
            field,
            start: zeros(n * count),
            tangents: zeros(n * count),
            log_scale: 0.0,
            bound: 0.0,
            least: 0.0,
            peaks: zeros(groups),
            rates: zeros(n),
            started: false,
            propagator: (n > EXACT).then(Propagator::default),
            known: None,
            work: Work {
                middle: zeros(n),
                rates_end: zeros(n),
                jacobian: if n <= EXACT { zeros(n * n) } else { Vec::new() },
                rates_middle: zeros(n),
                neighbour: zeros(n),
                rates_neighbour: zeros(n),
                term: zeros(n * count),
                next: zeros(n * count),
                sum: zeros(n * count),
                unit: vec![1.0; n],
            },
        }
    }

    /// Carries the tangents over a step of the run.
    pub fn advance(&mut self, step: &mut Step<'_>) -> Result<(), Failure> {
        let (n, h) = (step.state.len(), step.end - step.start);
        if !self.started {
            self.field.rates(step.start, step.before, &mut self.rates)?;
            self.measure(step.before, h);
            self.begin();
            self.started = true;
        }
        step.rates(&mut self.work.rates_end)?;
        for i in 0..n {
            let bend = self.rates[i] - self.work.rates_end[i];
            self.work.middle[i] = 0.5 * (step.before[i] + step.state[i]) + 0.125 * h * bend;
        }
        self.rates.copy_from_slice(&self.work.rates_end);
        self.measure(step.state, h);
        let t = 0.5 * (step.start + step.end);
        if self.sparse(t, h)? {
            self.rescale();
        } else {
            self.carry(t, h)?;
        }
        self.bound = self.log_bound();
        self.least = self.least.min(self.bound);
        Ok(())
    }

    /// Carries the directions of a large system by its sparse generator; `false` where that is not known.
    fn sparse(&mut self, t: f64, h: f64) -> Result<bool, Failure> {
        let Some(propagator) = &mut self.propagator else { return Ok(false) };
        let found = self.field.linearised(t, &self.work.middle)?;
        if found.is_some_and(|found| propagator.push(h, found)) {
            let n = self.rates.len();
            self.tangents.chunks_exact_mut(n).for_each(|v| propagator.step(h, v));
            return Ok(true);
        }
        self.propagator = None;
        self.known = None;
        Ok(false)
    }

    /// Carries the whole map, or neighbouring states.
    fn carry(&mut self, t: f64, h: f64) -> Result<(), Failure> {
        if self.rates.len() <= EXACT {
            self.field.jacobian(t, &self.work.middle, &mut self.work.jacobian)?;
        } else {
            self.field.rates(t, &self.work.middle, &mut self.work.rates_middle)?;
        }
        let mut parts = 1;
        let mut done = 0;
        while done < parts {
            if self.exponential(t, h / f64::from(parts))? || parts >= limits::TANGENT_PARTS {
                std::mem::swap(&mut self.tangents, &mut self.work.sum);
                self.rescale();
                done += 1;
            } else {
                (parts, done) = (2 * parts, 2 * done);
            }
        }
        Ok(())
    }

    /// Largest growth of a perturbation made anywhere on the way so far.
    ///
    /// That of the start is the largest singular value of the tangent map; one made where everything
    /// had shrunk grows by so much more.
    pub fn amplification(&mut self) -> f64 {
        exp(self.log_growth() - self.least)
    }

    /// Name of a component as the user wrote it.
    pub fn component_name(&self, component: usize) -> String {
        self.field.component_name(component)
    }

    /// Whether the growth may have passed `bound`: quick.
    ///
    /// Never wrongly `false` where the map is carried. Of a large system the norm grows faster than random directions
    /// until these have turned to what grows most: since it was last found it is given three times their growth.
    pub fn may_exceed(&self, bound: f64) -> bool {
        let most = match self.known {
            Some((then, norm)) => (norm + 3.0 * (self.log_ratio() - then).max(0.0)).min(self.bound),
            None => self.bound,
        };
        most - self.least > ln(bound)
    }

    /// Units of the components: magnitudes of their groups, at first the change over a step.
    fn measure(&mut self, y: &[f64], h: f64) {
        for (g, group) in self.field.groups().iter().enumerate() {
            let largest = |values: &[f64]| values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            let now = largest(&y[group.clone()]).max(h.abs() * largest(&self.rates[group.clone()]));
            self.peaks[g] = self.peaks[g].max(now);
            self.work.unit[group.clone()].fill(if self.peaks[g] > 0.0 { self.peaks[g] } else { 1.0 });
        }
    }

    /// All unit directions, or a few that no symmetry of a system prefers.
    fn begin(&mut self) {
        let n = self.rates.len();
        let draws = Random::new(0, "tangent");
        for (column, vector) in self.start.chunks_exact_mut(n.max(1)).enumerate() {
            if n <= EXACT {
                vector[column] = 1.0;
                continue;
            }
            let mut stream = draws.stream(column as u64);
            vector.iter_mut().zip(&self.work.unit).for_each(|(v, unit)| *v = unit * stream.normal());
        }
        self.tangents.copy_from_slice(&self.start);
    }

    /// `sum = exp(h J) tangents`; `false` where the terms of its series grow too large first.
    fn exponential(&mut self, t: f64, h: f64) -> Result<bool, Failure> {
        self.work.sum.copy_from_slice(&self.tangents);
        self.work.term.copy_from_slice(&self.tangents);
        let size = self.largest(&self.tangents);
        for j in 1..=TERMS {
            self.apply(t, h / f64::from(j))?;
            let work = &mut self.work;
            std::mem::swap(&mut work.term, &mut work.next);
            work.sum.iter_mut().zip(&work.term).for_each(|(s, v)| *s += v);
            let term = self.largest(&self.work.term);
            if !(term <= LARGEST_TERM * size) {
                return Ok(false);
            }
            if term <= 1e-9 * self.largest(&self.work.sum) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `next = factor · J term`
    fn apply(&mut self, t: f64, factor: f64) -> Result<(), Failure> {
        let n = self.rates.len();
        let work = &mut self.work;
        for (from, to) in work.term.chunks_exact(n.max(1)).zip(work.next.chunks_exact_mut(n.max(1))) {
            if n <= EXACT {
                to.fill(0.0);
                for (column, v) in work.jacobian.chunks_exact(n).zip(from) {
                    to.iter_mut().zip(column).for_each(|(sum, entry)| *sum += factor * entry * v);
                }
                continue;
            }
            let size = from.iter().zip(&work.unit).fold(0.0, |m: f64, (v, unit)| m.max((v / unit).abs()));
            if size == 0.0 {
                to.fill(0.0);
                continue;
            }
            let small = DISPLACEMENT / size;
            for ((y, middle), v) in work.neighbour.iter_mut().zip(&work.middle).zip(from) {
                *y = middle + small * v;
            }
            self.field.rates(t, &work.neighbour, &mut work.rates_neighbour)?;
            for ((out, there), here) in to.iter_mut().zip(&work.rates_neighbour).zip(&work.rates_middle) {
                *out = factor * (there - here) / small;
            }
        }
        Ok(())
    }

    /// Largest component in its unit.
    fn largest(&self, vectors: &[f64]) -> f64 {
        let n = self.rates.len().max(1);
        let of = |v: &[f64]| v.iter().zip(&self.work.unit).fold(0.0, |m: f64, (x, unit)| m.max((x / unit).abs()));
        vectors.chunks_exact(n).map(of).fold(0.0, |m, size| if size.is_nan() { size } else { m.max(size) })
    }

    /// Takes the size of the tangents into the scale.
    fn rescale(&mut self) {
        let size = self.largest(&self.tangents);
        if size > 0.0 && size.is_finite() && !(1e-50..1e50).contains(&size) {
            self.tangents.iter_mut().for_each(|v| *v /= size);
            self.log_scale += ln(size);
        }
    }

    /// The tangent map in units of the components, where it is carried.
    fn map(&self) -> nalgebra::DMatrix<f64> {
        let n = self.rates.len();
        let unit = &self.work.unit;
        nalgebra::DMatrix::from_fn(n, n, |i, j| self.tangents[i + n * j] * unit[j] / unit[i])
    }

    /// Growth of the neighbour that grew most.
    fn log_ratio(&self) -> f64 {
        let n = self.rates.len();
        let norm =
            |v: &[f64]| v.iter().zip(&self.work.unit).map(|(x, unit)| (x / unit) * (x / unit)).sum::<f64>().sqrt();
        let pairs = self.tangents.chunks_exact(n).zip(self.start.chunks_exact(n));
        ln(pairs.map(|(now, then)| norm(now) / norm(then)).fold(0.0, f64::max)) + self.log_scale
    }

    /// An upper bound of the growth of what is carried, at most `√n` times too large.
    fn log_bound(&self) -> f64 {
        match self.rates.len() {
            0 => 0.0,
            _ if !self.started => 0.0,
            n if n <= EXACT => {
                let unit = &self.work.unit;
                let row = |v: &[f64]| v.iter().zip(unit).map(|(x, u)| (x / u) * (x / u)).sum::<f64>();
                let squares = self.tangents.chunks_exact(n).zip(unit).map(|(v, u)| u * u * row(v));
                0.5 * ln(squares.sum()) + self.log_scale
            }
            _ if self.propagator.is_none() => self.log_ratio(),
            // Random directions may all have missed what grows most; twice the root of n leaves room for that.
            n => self.log_ratio() + ln(2.0 * (n as f64).sqrt()),
        }
    }

    fn log_growth(&mut self) -> f64 {
        match self.rates.len() {
            0 => 0.0,
            _ if !self.started => 0.0,
            n if n <= EXACT => ln(self.map().singular_values().max()) + self.log_scale,
            _ => {
                let ratio = self.log_ratio();
                let Some(propagator) = &mut self.propagator else { return ratio };
                let norm = propagator.log_norm(&self.work.unit);
                self.known = Some((ratio, norm));
                norm
            }
        }
    }
}

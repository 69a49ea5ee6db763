//! The matrices of the simplified Newton iteration of a method with one real and one complex pair of eigenvalues:
//! `(γ/h) M − J` and `((α + iβ)/h) M − J` with `M δy' = J δy`.
//!
//! Few components: `M` is one, `J` dense. Many, and a sparse `J`: both sparse, and the ordering that keeps the factors
//! sparse is found once a run. On a line both are factored as bands. Where `M` and `J` are symmetric the real matrix is
//! factored by Cholesky's method; else both by dense fronts where these pay (a plane), or column by column.

use super::probe::Probe;
use crate::kernel::banded::Band;
use crate::kernel::multifrontal::Fronts;
use crate::kernel::sparse::{ComplexFactor, Orderings, SparseFactor, SparseMatrix};
use crate::kernel::{Failure, Linearised, VectorField};
use nalgebra::{Complex, DMatrix, DVectorViewMut, Dyn, LU};

/// Relative asymmetry that is rounding: what it makes of a Newton matrix costs no accuracy.
const SYMMETRIC: f64 = 1e-12;
/// Components up to which the matrices are dense.
const DENSE: usize = 64;

/// Shifts of a method, times the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shifts {
    /// `γ`
    pub gamma: f64,
    /// `α + iβ`
    pub pair: Complex<f64>,
}

/// Both matrices.
pub(crate) struct StageMatrices {
    shifts: Shifts,
    form: Option<Form>,
    /// The step that the factors are for.
    step: Option<f64>,
}

enum Form {
    Dense(Box<Dense>),
    Sparse(Box<Sparse>),
}

struct Dense {
    n: usize,
    jacobian: Vec<f64>,
    factors: Option<(LU<f64, Dyn, Dyn>, LU<Complex<f64>, Dyn, Dyn>)>,
}

struct Sparse {
    /// `M` and `J` over one pattern.
    mass: SparseMatrix,
    jacobian: SparseMatrix,
    symmetric: bool,
    orderings: Orderings,
    factors: Option<(RealFactor, PairFactor)>,
    /// The least `γ/h` for which factors with these matrices were proved by a residual.
    proved: f64,
    work: Vec<f64>,
    complex_work: Vec<Complex<f64>>,
}

enum RealFactor {
    Band(Band<f64>),
    Columns(SparseFactor),
    Fronts(Fronts<f64>),
}

enum PairFactor {
    Band(Band<Complex<f64>>),
    Columns(ComplexFactor),
    Fronts(Fronts<Complex<f64>>),
}

impl StageMatrices {
    /// Room for matrices of any size.
    pub fn new(shifts: Shifts) -> StageMatrices {
        StageMatrices { shifts, form: None, step: None }
    }

    /// Takes the Jacobian at a state.
    pub fn linearise<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        y: &[f64],
    ) -> Result<(), Failure> {
        self.step = None;
        let n = probe.states();
        if n > DENSE && !matches!(self.form, Some(Form::Dense(_))) {
            let found = probe.linearised(t, y)?.filter(|found| self.form.is_some() || found.is_sparse());
            if let Some(found) = found {
                match &mut self.form {
                    Some(Form::Sparse(sparse)) => sparse.take(&found),
                    _ => self.form = Some(Form::Sparse(Box::new(Sparse::new(&found)))),
                }
                return Ok(());
            }
        }
        let dense = || Form::Dense(Box::new(Dense { n, jacobian: vec![0.0; n * n], factors: None }));
        match self.form.get_or_insert_with(dense) {
            Form::Dense(dense) => probe.jacobian(t, y, &mut dense.jacobian),
            Form::Sparse(_) => Err(Failure::NonFinite { component: 0 }),
        }
    }

    /// Factors both for a step; `false` where one is singular.
    pub fn factor(&mut self, h: f64) -> bool {
        if self.step == Some(h) {
            return true;
        }
        let (gamma, pair) = (self.shifts.gamma / h, self.shifts.pair / h);
        let made = match &mut self.form {
            None => false,
            Some(Form::Dense(dense)) => {
                let (n, jacobian) = (dense.n, &dense.jacobian);
                let real = DMatrix::from_fn(n, n, |i, j| if i == j { gamma } else { 0.0 } - jacobian[i + n * j]);
                let complex = DMatrix::from_fn(n, n, |i, j| {
                    let minus = Complex::new(-jacobian[i + n * j], 0.0);
                    if i == j { pair + minus } else { minus }
                });
                dense.factors = Some((real.lu(), complex.lu()));
                true
            }
            Some(Form::Sparse(sparse)) => sparse.factor(gamma, pair),
        };
        self.step = made.then_some(h);
        made
    }

    /// The step that the factors are for.
    pub fn step(&self) -> Option<f64> {
        self.step
    }

    /// Replaces `x` by `((γ/h) M − J)⁻¹ M x`; `false` where the matrix is singular.
    pub fn solve_real(&mut self, x: &mut [f64]) -> bool {
        match &mut self.form {
            Some(Form::Dense(dense)) => {
                let n = dense.n;
                dense.factors.as_ref().is_some_and(|f| f.0.solve_mut(&mut DVectorViewMut::from_slice(x, n)))
            }
            Some(Form::Sparse(sparse)) => sparse.solve_real(x),
            None => false,
        }
    }

    /// Replaces `x` by `(((α + iβ)/h) M − J)⁻¹ M x`; `false` where the matrix is singular.
    pub fn solve_complex(&mut self, x: &mut [Complex<f64>]) -> bool {
        match &mut self.form {
            Some(Form::Dense(dense)) => {
                let n = dense.n;
                dense.factors.as_ref().is_some_and(|f| f.1.solve_mut(&mut DVectorViewMut::from_slice(x, n)))
            }
            Some(Form::Sparse(sparse)) => sparse.solve_complex(x),
            None => false,
        }
    }
}

impl Sparse {
    fn new(found: &Linearised) -> Sparse {
        let n = found.jacobian.dimension();
        let mut made = Sparse {
            mass: SparseMatrix::diagonal(vec![1.0; n]),
            jacobian: SparseMatrix::diagonal(vec![0.0; n]),
            symmetric: false,
            orderings: Orderings::default(),
            factors: None,
            proved: f64::INFINITY,
            work: vec![0.0; n],
            complex_work: vec![Complex::default(); n],
        };
        made.take(found);
        made
    }

    fn take(&mut self, found: &Linearised) {
        let pattern = self.mass.pattern.clone();
        self.mass = SparseMatrix::combination(1.0, &found.mass, 0.0, &found.jacobian);
        self.jacobian = SparseMatrix::combination(0.0, &found.mass, 1.0, &found.jacobian);
        if self.mass.pattern == pattern {
            self.mass.pattern = pattern;
        }
        self.jacobian.pattern = self.mass.pattern.clone();
        self.proved = f64::INFINITY;
        self.symmetric = found.mass.asymmetry().max(found.jacobian.asymmetry()) < SYMMETRIC;
    }

    fn factor(&mut self, gamma: f64, pair: Complex<f64>) -> bool {
        let pattern = self.mass.pattern.clone();
        let values = self.mass.values.iter().zip(&self.jacobian.values).map(|(m, j)| gamma * m - j).collect();
        let shifted = SparseMatrix { pattern: pattern.clone(), values };
        // A longer step weighs the diagonal less.
        let unproved = gamma < 0.5 * self.proved;
        let (old_real, old_pair) = match self.factors.take() {
            Some((RealFactor::Fronts(real), PairFactor::Fronts(pair))) => (Some(real), Some(pair)),
            Some((_, PairFactor::Fronts(pair))) => (None, Some(pair)),
            _ => (None, None),
        };
        let orderings = &mut self.orderings;
        let band = orderings.banded(&pattern, &shifted.values).map(RealFactor::Band);
        let definite = match self.symmetric && band.is_none() {
            true => orderings.definite(&shifted).map(RealFactor::Columns),
            false => None,
        };
        let real = band
            .or(definite)
            .or_else(|| orderings.balanced(&pattern, &shifted.values, unproved, old_real).map(RealFactor::Fronts))
            .or_else(|| orderings.general(&shifted).map(RealFactor::Columns));
        let entries = self.mass.values.iter().zip(&self.jacobian.values);
        let values: Vec<Complex<f64>> = entries.map(|(m, j)| pair * *m - *j).collect();
        let complex = orderings
            .banded(&pattern, &values)
            .map(PairFactor::Band)
            .or_else(|| orderings.balanced(&pattern, &values, unproved, old_pair).map(PairFactor::Fronts))
            .or_else(|| orderings.complex(&shifted, &values).map(PairFactor::Columns));
        self.factors = real.zip(complex);
        // Where one was refused the next is compared again.
        let refused = matches!(
            self.factors,
            Some((RealFactor::Columns(SparseFactor::General(_)), _)) | Some((_, PairFactor::Columns(_))) | None
        );
        if unproved && !refused {
            self.proved = gamma;
        }
        self.factors.is_some()
    }

    fn solve_real(&mut self, x: &mut [f64]) -> bool {
        let Some((real, _)) = &self.factors else { return false };
        self.work.copy_from_slice(x);
        self.mass.multiply(&self.work, x);
        match real {
            RealFactor::Band(factor) => factor.solve(x),
            RealFactor::Columns(factor) => factor.solve(x),
            RealFactor::Fronts(factor) => factor.solve(x),
        }
        x.iter().all(|v| v.is_finite())
    }

    fn solve_complex(&mut self, x: &mut [Complex<f64>]) -> bool {
        let Some((_, complex)) = &self.factors else { return false };
        self.complex_work.copy_from_slice(x);
        x.fill(Complex::default());
        for (column, value) in self.complex_work.iter().enumerate() {
            self.mass.column(column).for_each(|(row, m)| x[row] += m * value);
        }
        match complex {
            PairFactor::Band(factor) => factor.solve(x),
            PairFactor::Columns(factor) => factor.solve(x),
            PairFactor::Fronts(factor) => factor.solve(x),
        }
        x.iter().all(|v| v.re.is_finite() && v.im.is_finite())
    }
}

//! A plane vector field on a rectangular grid as the sum of a rotational, an irrotational and a harmonic part,
//!
//! `f = J∇H + ∇D + h`, `J∇H = (∂H/∂y, −∂H/∂x)`, `div h = 0`, `curl h = 0`.
//!
//! | file | what it does |
//! |---|---|
//! | [`lattice`] | points, corners, and the three operators between them |
//! | `spectral` | rectangles: sine, cosine and Fourier transforms |
//! | `direct` | any set of points: sparse Cholesky |
//! | `conjugate`, `multigrid` | many points of any set but a torus: conjugate gradients behind a multigrid cycle |
//! | `relaxation` | the published relaxation, for comparison |
//! | [`gridding`] | scattered samples to a grid, with the error of that |
//!
//! The vectors stand at points and the potentials at the corners of the cells around them. All derivatives are
//! differences along one direction of means along the other (the box scheme), which commute, so `div J∇ = 0` and
//! `curl ∇ = 0` hold to round-off, and the three parts are orthogonal in the sum of squares over the points.
//!
//! What stands at the rim decides which field is called what (harmonic functions can be moved between `H` and `D`):
//!
//! | boundary | condition | of all splits |
//! |---|---|---|
//! | [`Boundary::Neumann`] | `H = 0` on the rim: `J∇H` does not cross it, `∂D/∂n = f·n` | the least rotation |
//! | [`Boundary::Dirichlet`] | `D = 0` on the rim: `∇D` stands on it | the least dissipation |
//! | [`Boundary::Periodic`] | the field goes on from one side to the other | both; the mean is harmonic |
//!
//! Source of the decomposition: Chorin and Marsden, *A Mathematical Introduction to Fluid Mechanics*, 1.3; of the
//! harmonic part in regions with holes: Bhatia, Norgard, Pascucci and Bremer, *The Helmholtz–Hodge Decomposition — A
//! Survey* (2013).

mod conjugate;
mod direct;
pub mod gridding;
pub mod lattice;
mod multigrid;
mod relaxation;
mod spectral;

use crate::real::square;
use lattice::Lattice;

/// A vector at each point: `[x components, y components]`, x running fastest.
pub type Vectors = [Vec<f64>; 2];

/// What holds at the rim of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Opposite sides are one.
    Periodic,
    /// The rotational part does not cross the rim.
    Neumann,
    /// The potential of the irrotational part vanishes on the rim.
    Dirichlet,
}

/// How it is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Transforms on a rectangle without missing points.
    Spectral,
    /// Sparse Cholesky, for any set of points.
    Direct,
    /// Conjugate gradients behind a multigrid cycle, to round-off, for any set of points that is not periodic.
    Multigrid,
    /// So many sweeps of the published relaxation: wide differences, periodic, not solved to an end.
    Relaxation(usize),
}

/// Why a field is not decomposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Fewer than two points a side.
    TooSmall,
    /// The transforms and the relaxation need every point, and so many are missing.
    Missing(usize),
    /// A value at a valid point is not finite.
    NotFinite(usize),
    /// Multigrid has no torus.
    Torus,
    /// The factorization failed, or the residual did not get to round-off.
    Unsolved(String),
}

/// The parts of a field.
#[derive(Clone, Debug)]
pub struct Parts {
    /// `J∇H` at the points.
    pub rotational: Vectors,
    /// `∇D` at the points.
    pub irrotational: Vectors,
    /// What is left, without divergence and without curl.
    pub harmonic: Vectors,
    /// `H` at the corners, mean zero where nothing fixes it.
    pub stream: Vec<f64>,
    /// `D` at the corners, mean zero where nothing fixes it.
    pub potential: Vec<f64>,
    /// `H` at the points: the mean of its corners.
    pub stream_at: Vec<f64>,
    /// `D` at the points: the mean of its corners.
    pub potential_at: Vec<f64>,
}

/// How exact a decomposition is; each number without unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// Largest `|rotational + irrotational + harmonic − f|` over the largest `|f|`.
    pub sum: f64,
    /// Largest `|div J∇H|` over the largest `|f|/h`.
    pub divergence: f64,
    /// Largest `|curl ∇D|` over the largest `|f|/h`.
    pub curl: f64,
    /// Largest `|div h|` and `|curl h|` over the largest `|f|/h`.
    pub harmonic: f64,
}

/// The parts of `f` at the valid points of `lattice`. `boundary` is that of the lattice where it is periodic.
///
/// # Errors
/// [`Refusal`].
pub fn decompose(lattice: &Lattice, f: &Vectors, boundary: Boundary, method: Method) -> Result<Parts, Refusal> {
    if lattice.nx < 2 || lattice.ny < 2 {
        return Err(Refusal::TooSmall);
    }
    let bad = (0..lattice.points()).find(|k| lattice.valid[*k] && !(f[0][*k].is_finite() && f[1][*k].is_finite()));
    if let Some(k) = bad {
        return Err(Refusal::NotFinite(k));
    }
    let missing = lattice.valid.iter().filter(|v| !**v).count();
    if missing > 0 && !matches!(method, Method::Direct | Method::Multigrid) {
        return Err(Refusal::Missing(missing));
    }
    if lattice.periodic && method == Method::Multigrid {
        return Err(Refusal::Torus);
    }
    let clean = |c: &Vec<f64>| c.iter().zip(&lattice.valid).map(|(v, ok)| if *ok { *v } else { 0.0 }).collect();
    let f: Vectors = [clean(&f[0]), clean(&f[1])];
    if let Method::Relaxation(sweeps) = method {
        return Ok(relaxation::parts(lattice, &f, sweeps));
    }
    // `f = ∇D + J∇H` turned by a right angle is `−Jf = ∇H + J∇(−D)`: what fixes one potential fixes the other.
    let turned = boundary == Boundary::Dirichlet;
    let given: Vectors = if turned { [f[1].iter().map(|v| -v).collect(), f[0].clone()] } else { f.clone() };
    let (stream, potential) = match method {
        Method::Spectral => spectral::potentials(lattice, &given),
        Method::Multigrid => conjugate::potentials(lattice, &given)?,
        _ => direct::potentials(lattice, &given)?,
    };
    let (stream, potential) =
        if turned { (potential, stream.iter().map(|v| -v).collect()) } else { (stream, potential) };
    Ok(assembled(lattice, &f, stream, potential))
}

/// The parts of `f` with the given values of `H` at the corners of the rim (those at inner corners are not read): the
/// split in which `H` is what is known to stand there.
///
/// # Errors
/// [`Refusal`].
pub fn with_rim(lattice: &Lattice, f: &Vectors, rim: &[f64], method: Method) -> Result<Parts, Refusal> {
    let lifted: Vec<f64> = lattice.inner().iter().zip(rim).map(|(inside, v)| if *inside { 0.0 } else { *v }).collect();
    let [gx, gy] = lattice.gradient(&lifted);
    let rest: Vectors =
        [f[0].iter().zip(&gy).map(|(v, g)| v - g).collect(), f[1].iter().zip(&gx).map(|(v, g)| v + g).collect()];
    let parts = decompose(lattice, &rest, Boundary::Neumann, method)?;
    let stream = parts.stream.iter().zip(&lifted).map(|(a, b)| a + b).collect();
    Ok(assembled(lattice, f, stream, parts.potential))
}

/// The parts that belong to two potentials at the corners that are known: what they leave of `f` is called harmonic, and
/// is so as far as they are its potentials.
pub fn of_potentials(lattice: &Lattice, f: &Vectors, stream: Vec<f64>, potential: Vec<f64>) -> Parts {
    assembled(lattice, f, stream, potential)
}

/// The parts that belong to two potentials.
fn assembled(lattice: &Lattice, f: &Vectors, stream: Vec<f64>, potential: Vec<f64>) -> Parts {
    let irrotational = lattice.gradient(&potential);
    let [hx, hy] = lattice.gradient(&stream);
    let rotational = [hy, hx.iter().map(|v| -v).collect::<Vec<f64>>()];
    let rest = |c: usize| {
        let parts = rotational[c].iter().zip(&irrotational[c]);
        f[c].iter().zip(parts).map(|(v, (r, i))| v - (r + i)).collect::<Vec<f64>>()
    };
    let harmonic = [rest(0), rest(1)];
    let (stream_at, potential_at) = (lattice.mean(&stream), lattice.mean(&potential));
    Parts { rotational, irrotational, harmonic, stream, potential, stream_at, potential_at }
}

impl Parts {
    /// How exact it is. Divergence is taken without flux through the rim, and at inner corners where
    /// [`Boundary::Dirichlet`] lets `J∇H` cross it; the curl the other way round.
    pub fn quality(&self, lattice: &Lattice, f: &Vectors, boundary: Boundary) -> Quality {
        let largest = |v: &Vectors| v.iter().flatten().fold(0.0_f64, |a, b| a.max(b.abs()));
        let valid = |v: &Vectors| -> Vectors {
            let keep = |c: &Vec<f64>| c.iter().zip(&lattice.valid).map(|(v, ok)| if *ok { *v } else { 0.0 }).collect();
            [keep(&v[0]), keep(&v[1])]
        };
        let f = valid(f);
        let size = largest(&f).max(f64::MIN_POSITIVE);
        let slope = size / lattice.hx.min(lattice.hy);
        let (inner, outer) = (lattice.inner(), boundary == Boundary::Dirichlet);
        let at = |list: Vec<f64>, all: bool| {
            let seen = list.iter().zip(&inner).filter(|(_, inside)| all || **inside);
            seen.fold(0.0_f64, |a, (v, _)| a.max(v.abs()))
        };
        let sums = |c: usize| {
            let sum = |k: usize| self.rotational[c][k] + self.irrotational[c][k] + self.harmonic[c][k] - f[c][k];
            (0..f[c].len()).map(|k| sum(k).abs()).fold(0.0_f64, f64::max)
        };
        let (div, curl) = (|v: &Vectors| at(lattice.divergence(v), !outer), |v: &Vectors| at(lattice.curl(v), outer));
        Quality {
            sum: sums(0).max(sums(1)) / size,
            divergence: div(&self.rotational) / slope,
            curl: curl(&self.irrotational) / slope,
            harmonic: div(&self.harmonic).max(curl(&self.harmonic)) / slope,
        }
    }
}

impl Parts {
    /// For each point what the corners around it say: the divergence of the rotational part, the curl of the
    /// irrotational one, divergence and curl of the harmonic one, of four corners the largest; at the corners at which
    /// [`Parts::quality`] looks.
    pub fn said(&self, lattice: &Lattice, boundary: Boundary) -> [Vec<f64>; 4] {
        let (inner, outer) = (lattice.inner(), boundary == Boundary::Dirichlet);
        let around = |corners: Vec<f64>, all: bool| {
            let mut out = vec![0.0; lattice.points()];
            for (k, v) in out.iter_mut().enumerate().filter(|(k, _)| lattice.valid[*k]) {
                let near = lattice.around(k % lattice.nx, k / lattice.nx);
                let seen = near.iter().filter(|c| all || inner[**c]).map(|c| corners[*c]);
                *v = seen.fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            }
            out
        };
        [
            around(lattice.divergence(&self.rotational), !outer),
            around(lattice.curl(&self.irrotational), outer),
            around(lattice.divergence(&self.harmonic), !outer),
            around(lattice.curl(&self.harmonic), outer),
        ]
    }
}

/// Root mean square of the length of the vectors at valid points.
pub fn rms(lattice: &Lattice, v: &Vectors) -> f64 {
    let list = (0..lattice.points()).filter(|k| lattice.valid[*k]);
    let (sum, count) = list.fold((0.0, 0_usize), |(s, n), k| (s + square(v[0][k]) + square(v[1][k]), n + 1));
    (sum / count.max(1) as f64).sqrt()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests have oracles of their own")]
mod tests;

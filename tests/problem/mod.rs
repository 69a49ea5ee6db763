//! Vector fields written by hand, for the tests of the methods.
#![allow(dead_code, reason = "every test file uses its own part")]

use hamel::kernel::{Failure, Part, VectorField};
use std::ops::Range;

type Rates = Box<dyn FnMut(f64, &[f64], &mut [f64])>;
type Jacobian = Box<dyn FnMut(f64, &[f64], &mut [f64])>;

/// A closure as a vector field.
pub struct FnField {
    dimension: usize,
    groups: Vec<Range<usize>>,
    rates: Rates,
    jacobian: Option<Jacobian>,
    positions: Vec<usize>,
    momenta: Vec<usize>,
}

impl FnField {
    /// `y' = f(t, y)`, every component its own group.
    pub fn new(dimension: usize, rates: impl FnMut(f64, &[f64], &mut [f64]) + 'static) -> Self {
        FnField {
            dimension,
            groups: (0..dimension).map(|i| i..i + 1).collect(),
            rates: Box::new(rates),
            jacobian: None,
            positions: Vec::new(),
            momenta: Vec::new(),
        }
    }

    /// All components in one group.
    pub fn one_group(mut self) -> Self {
        self.groups = std::iter::once(0..self.dimension).collect();
        self
    }

    /// Components that share a scale.
    pub fn groups(mut self, groups: &[Range<usize>]) -> Self {
        self.groups = groups.to_vec();
        self
    }

    /// The first half are positions, the second momenta, and neither half's rates depend on itself.
    pub fn separable(mut self) -> Self {
        let half = self.dimension / 2;
        self.positions = (0..half).collect();
        self.momenta = (half..2 * half).collect();
        self
    }

    /// Which components are positions, and which momenta.
    pub fn partitioned(mut self, positions: Vec<usize>, momenta: Vec<usize>) -> Self {
        (self.positions, self.momenta) = (positions, momenta);
        self
    }

    /// Exact Jacobian, column-major.
    pub fn with_jacobian(mut self, jacobian: impl FnMut(f64, &[f64], &mut [f64]) + 'static) -> Self {
        self.jacobian = Some(Box::new(jacobian));
        self
    }
}

impl VectorField for FnField {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        (self.rates)(t, y, dy);
        match dy.iter().position(|rate| !rate.is_finite()) {
            Some(component) => Err(Failure::NonFinite { component }),
            None => Ok(()),
        }
    }

    /// Exact where given, else by central differences (good to about 1e-10 of the scale).
    fn jacobian(&mut self, t: f64, y: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        if let Some(jacobian) = &mut self.jacobian {
            jacobian(t, y, jac);
            return Ok(());
        }
        let n = self.dimension;
        let (mut shifted, mut plus, mut minus) = (y.to_vec(), vec![0.0; n], vec![0.0; n]);
        for j in 0..n {
            let step = 6e-6 * y[j].abs().max(1e-2);
            shifted[j] = y[j] + step;
            (self.rates)(t, &shifted, &mut plus);
            shifted[j] = y[j] - step;
            (self.rates)(t, &shifted, &mut minus);
            shifted[j] = y[j];
            for i in 0..n {
                jac[i + n * j] = (plus[i] - minus[i]) / (2.0 * step);
            }
        }
        Ok(())
    }

    fn partition(&self) -> Option<(&[usize], &[usize])> {
        (!self.positions.is_empty()).then_some((&self.positions[..], &self.momenta[..]))
    }

    fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        let keep = dy.to_vec();
        (self.rates)(t, y, dy);
        let others = if part == Part::Drift { &self.momenta } else { &self.positions };
        for &i in others {
            dy[i] = keep[i];
        }
        Ok(())
    }

    fn groups(&self) -> &[Range<usize>] {
        &self.groups
    }
}

/// `q' = p, p' = -q`
pub fn oscillator() -> FnField {
    FnField::new(2, |_, y, dy| {
        dy[0] = y[1];
        dy[1] = -y[0];
    })
    .with_jacobian(|_, _, j| j.copy_from_slice(&[0.0, -1.0, 1.0, 0.0]))
    .separable()
}

/// `θ' = p, p' = -sin θ`
pub fn pendulum() -> FnField {
    FnField::new(2, |_, y, dy| {
        dy[0] = y[1];
        dy[1] = -y[0].sin();
    })
    .with_jacobian(|_, y, j| j.copy_from_slice(&[0.0, -y[0].cos(), 1.0, 0.0]))
    .separable()
}

/// State of [`pendulum`] released from rest at angle `amplitude`: with `k = sin(amplitude/2)`,
/// `sin(θ/2) = k cd(t, k)` and `θ' = -2 k k' sd(t, k)`; Jacobi's functions by the arithmetic–geometric
/// mean (Abramowitz, Stegun 1964, 16.4).
pub fn pendulum_solution(amplitude: f64, t: f64) -> [f64; 2] {
    let k = (0.5 * amplitude).sin();
    let complement = (0.5 * amplitude).cos();
    let (mut a, mut b, mut ratios) = (1.0f64, complement, Vec::new());
    for _ in 0..8 {
        let c = 0.5 * (a - b);
        (a, b) = (0.5 * (a + b), (a * b).sqrt());
        ratios.push(c / a);
    }
    let mut phase = 2f64.powi(ratios.len() as i32) * a * t;
    for ratio in ratios.iter().rev() {
        phase = 0.5 * (phase + (ratio * phase.sin()).asin());
    }
    let (sn, cn) = phase.sin_cos();
    let dn = (1.0 - k * k * sn * sn).sqrt();
    [2.0 * (k * cn / dn).asin(), -2.0 * k * complement * sn / dn]
}

/// Kepler's problem in the plane with unit mass parameter: `q'' = -q/|q|³`.
pub fn kepler() -> FnField {
    FnField::new(4, |_, y, dy| {
        let r2 = y[0] * y[0] + y[1] * y[1];
        let r3 = r2 * r2.sqrt();
        dy[0] = y[2];
        dy[1] = y[3];
        dy[2] = -y[0] / r3;
        dy[3] = -y[1] / r3;
    })
    .with_jacobian(|_, y, j| {
        let r2 = y[0] * y[0] + y[1] * y[1];
        let (r3, r5) = (r2 * r2.sqrt(), r2 * r2 * r2.sqrt());
        j.fill(0.0);
        j[8] = 1.0;
        j[13] = 1.0;
        j[2] = 3.0 * y[0] * y[0] / r5 - 1.0 / r3;
        j[3] = 3.0 * y[0] * y[1] / r5;
        j[6] = 3.0 * y[0] * y[1] / r5;
        j[7] = 3.0 * y[1] * y[1] / r5 - 1.0 / r3;
    })
    .groups(&[0..2, 2..4])
    .separable()
}

/// Start of an orbit of eccentricity `e` at its pericentre, semi-major axis 1, period 2π.
pub fn kepler_start(e: f64) -> [f64; 4] {
    [1.0 - e, 0.0, 0.0, ((1.0 + e) / (1.0 - e)).sqrt()]
}

/// Energy of [`kepler`].
pub fn kepler_energy(y: &[f64]) -> f64 {
    0.5 * (y[2] * y[2] + y[3] * y[3]) - 1.0 / (y[0] * y[0] + y[1] * y[1]).sqrt()
}

/// A driven oscillator with explicit time, `q'' = -q + cos 2t` in separable form, solved by
/// `q = (A + 1/3) cos t + B sin t - cos(2t)/3` for `q(0) = A`, `q'(0) = B`.
pub fn driven() -> FnField {
    FnField::new(2, |t, y, dy| {
        dy[0] = y[1];
        dy[1] = -y[0] + (2.0 * t).cos();
    })
    .with_jacobian(|_, _, j| j.copy_from_slice(&[0.0, -1.0, 1.0, 0.0]))
    .separable()
}

/// Solution of [`driven`] from `(1, 0)` at `t = 0`.
pub fn driven_solution(t: f64) -> [f64; 2] {
    [4.0 / 3.0 * t.cos() - (2.0 * t).cos() / 3.0, -4.0 / 3.0 * t.sin() + 2.0 / 3.0 * (2.0 * t).sin()]
}

/// Largest difference of two states.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |largest, (x, y)| f64::max(largest, (x - y).abs()))
}

/// State of [`kepler`] at time `t`, started by [`kepler_start`], from Kepler's equation
/// `E - e sin E = t`.
pub fn kepler_solution(e: f64, t: f64) -> [f64; 4] {
    let mut anomaly = t;
    for _ in 0..50 {
        anomaly -= (anomaly - e * anomaly.sin() - t) / (1.0 - e * anomaly.cos());
    }
    let (sin, cos) = anomaly.sin_cos();
    let (b, rate) = ((1.0 - e * e).sqrt(), 1.0 / (1.0 - e * cos));
    [cos - e, b * sin, -sin * rate, b * cos * rate]
}

/// A field together with its tangent flow `M' = J(t, y) M`: state `y`, then the columns of `M`.
/// A method applied to it gives the exact derivative of its own step.
pub fn with_tangents(make: fn() -> FnField) -> FnField {
    let (mut rates, mut tangents) = (make(), make());
    let n = rates.dimension();
    let (positions, momenta) = (rates.positions.clone(), rates.momenta.clone());
    let mut jacobian = vec![0.0; n * n];
    let spread = move |half: &[usize]| (0..=n).flat_map(|block| half.iter().map(move |i| block * n + i)).collect();
    FnField::new(n * (n + 1), move |t, y, dy| {
        rates.rates(t, &y[..n], &mut dy[..n]).expect("a smooth field");
        tangents.jacobian(t, &y[..n], &mut jacobian).expect("a smooth field");
        for column in 1..=n {
            for i in 0..n {
                dy[column * n + i] = (0..n).map(|j| jacobian[i + n * j] * y[column * n + j]).sum();
            }
        }
    })
    .one_group()
    .partitioned(spread(&positions), spread(&momenta))
}

/// Hamiltonian that is not separable: `H = (1 + q²) p²/2 + cos q`, in canonical coordinates.
pub fn not_separable() -> FnField {
    FnField::new(2, |_, y, dy| {
        dy[0] = (1.0 + y[0] * y[0]) * y[1];
        dy[1] = -y[0] * y[1] * y[1] + y[0].sin();
    })
    .with_jacobian(|_, y, j| {
        j[0] = 2.0 * y[0] * y[1];
        j[1] = -y[1] * y[1] + y[0].cos();
        j[2] = 1.0 + y[0] * y[0];
        j[3] = -2.0 * y[0] * y[1];
    })
}

/// A free rigid body, `L' = L × (I⁻¹ L)` with moments of inertia 1, 2, 3: `|L|²` and the energy are
/// quadratic invariants.
pub fn rigid_body() -> FnField {
    FnField::new(3, |_, l, dl| {
        dl[0] = l[1] * l[2] * (1.0 / 3.0 - 1.0 / 2.0);
        dl[1] = l[2] * l[0] * (1.0 - 1.0 / 3.0);
        dl[2] = l[0] * l[1] * (1.0 / 2.0 - 1.0);
    })
    .with_jacobian(|_, l, j| {
        let (a, b, c) = (1.0 / 3.0 - 1.0 / 2.0, 1.0 - 1.0 / 3.0, 1.0 / 2.0 - 1.0);
        j.copy_from_slice(&[0.0, b * l[2], c * l[1], a * l[2], 0.0, c * l[0], a * l[1], b * l[0], 0.0]);
    })
    .one_group()
}

/// `(|L|², 2 × energy)` of [`rigid_body`].
pub fn rigid_body_invariants(l: &[f64]) -> [f64; 2] {
    [l[0] * l[0] + l[1] * l[1] + l[2] * l[2], l[0] * l[0] + l[1] * l[1] / 2.0 + l[2] * l[2] / 3.0]
}

/// Reproducible numbers in `0..1` (D. Knuth's MMIX generator).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

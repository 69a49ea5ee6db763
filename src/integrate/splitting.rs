//! Steps made of drifts and kicks, for partitioned systems.
//!
//! ```text
//! q' = a(t, p),  p' = b(t, q)
//! drift by τ:  q += τ·a(s, p),  r += τ        kick by τ:  p += τ·b(r, q),  s += τ
//! ```
//!
//! Time is split with the state: kicks see the time `r` that the drifts have made, drifts the time
//! `s` of the kicks, so a method keeps its order and its symmetry where the equations depend on
//! time. All sums are compensated (W. Kahan, *Further remarks on reducing truncation errors*, CACM 8
//! (1965) 40): over 10⁶ steps the rounding errors of plain sums would dominate.

use super::fixed::Stepper;
use super::probe::Probe;
use crate::kernel::{Failure, Part, VectorField};

/// A splitting method as the alternating fractions of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Splitting {
    /// Which half moves first.
    pub first: Part,
    /// Fractions of the half that moves first.
    pub outer: Vec<f64>,
    /// Fractions of the other half; as many, or one less where the first half also moves last.
    pub inner: Vec<f64>,
}

impl Splitting {
    /// `outer_1, inner_1, outer_2, …`
    pub fn new(first: Part, outer: &[f64], inner: &[f64]) -> Self {
        assert!(outer.len() == inner.len() || outer.len() == inner.len() + 1, "the halves alternate");
        Splitting { first, outer: outer.to_vec(), inner: inner.to_vec() }
    }

    /// The kick–drift–kick step of Störmer and Verlet composed with itself in the proportions
    /// `gamma`; neighbouring half kicks are one.
    pub fn composed(gamma: &[f64]) -> Self {
        let mut outer = vec![0.0; gamma.len() + 1];
        for (i, fraction) in gamma.iter().enumerate() {
            outer[i] += 0.5 * fraction;
            outer[i + 1] += 0.5 * fraction;
        }
        Splitting { first: Part::Kick, outer, inner: gamma.to_vec() }
    }

    /// A palindrome from its first half: `x_1 … x_k … x_1`, with the middle entry once where
    /// `middle` is given as what is left of `total`.
    pub fn palindrome(half: &[f64], total: f64, middle: Middle) -> Vec<f64> {
        let sum: f64 = half.iter().sum();
        let mut all = half.to_vec();
        match middle {
            Middle::Single => all.push(total - 2.0 * sum),
            Middle::Twin => all.extend([0.5 * total - sum; 2]),
        }
        all.extend(half.iter().rev());
        all
    }

    /// The earliest and the latest of the partial sums: where the steps between go backwards, they
    /// leave the step.
    fn reach(&self) -> [f64; 2] {
        let mut reach = [0.0, 1.0];
        for half in [&self.outer, &self.inner] {
            let mut sum = 0.0;
            for fraction in half {
                sum += fraction;
                reach = [f64::min(reach[0], sum), f64::max(reach[1], sum)];
            }
        }
        // Rounding of sums that end at 1 is no reach.
        if reach[0] > -1e-12 && reach[1] < 1.0 + 1e-12 { [0.0, 1.0] } else { reach }
    }

    /// Whether the last evaluation of the half that moves first is the next step's first.
    fn closes(&self) -> bool {
        self.outer.len() > self.inner.len()
    }
}

/// What stands in the middle of a palindrome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Middle {
    /// One entry.
    Single,
    /// Two equal ones.
    Twin,
}

/// `sum += increment` with the rounding error kept in `carry`.
#[inline(always)]
pub(crate) fn add(sum: &mut f64, carry: &mut f64, increment: f64) {
    let corrected = increment + *carry;
    let new = *sum + corrected;
    *carry = corrected - (new - *sum);
    *sum = new;
}

/// A [`Splitting`] on its way through a run.
pub(crate) struct SplittingStepper {
    splitting: Splitting,
    positions: Vec<usize>,
    momenta: Vec<usize>,
    reach: [f64; 2],
    dy: Vec<f64>,
    /// `dy` holds the rates of the half that moves first, at the present state.
    known: bool,
}

impl SplittingStepper {
    /// `None` where the field is not partitioned.
    pub fn new<F: VectorField + ?Sized>(splitting: Splitting, field: &F) -> Option<Self> {
        let (positions, momenta) = field.partition()?;
        Some(SplittingStepper {
            reach: splitting.reach(),
            splitting,
            positions: positions.to_vec(),
            momenta: momenta.to_vec(),
            dy: vec![0.0; field.dimension()],
            known: false,
        })
    }
}

fn other(part: Part) -> Part {
    match part {
        Part::Drift => Part::Kick,
        Part::Kick => Part::Drift,
    }
}

impl Stepper for SplittingStepper {
    const CARRIES_QUADRATURE: bool = false;

    fn step<F: VectorField + ?Sized>(
        &mut self,
        probe: &mut Probe<'_, F>,
        t: f64,
        h: f64,
        y: &mut [f64],
        carry: &mut [f64],
    ) -> Result<(), Failure> {
        let Splitting { first, outer, inner } = &self.splitting;
        let (first, second) = (*first, other(*first));
        let of = |part: Part| if part == Part::Drift { &self.positions[..] } else { &self.momenta[..] };
        let (outer_indices, inner_indices) = (of(first), of(second));
        let dy = &mut self.dy;
        // Fractions of the step already made by each half.
        let (mut outer_time, mut inner_time) = (0.0, 0.0);
        for (stage, fraction) in outer.iter().enumerate() {
            if stage > 0 || !self.known {
                probe.partial_rates(first, t + inner_time * h, y, dy)?;
            }
            for &i in outer_indices {
                add(&mut y[i], &mut carry[i], fraction * h * dy[i]);
            }
            outer_time += fraction;
            if let Some(fraction) = inner.get(stage) {
                probe.partial_rates(second, t + outer_time * h, y, dy)?;
                for &i in inner_indices {
                    add(&mut y[i], &mut carry[i], fraction * h * dy[i]);
                }
                inner_time += fraction;
            }
        }
        self.known = self.splitting.closes();
        Ok(())
    }

    fn reach(&self) -> [f64; 2] {
        self.reach
    }

    fn restart(&mut self) {
        self.known = false;
    }
}

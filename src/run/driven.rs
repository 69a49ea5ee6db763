//! A run whose inputs are columns of data: straight between their rows, or kept until the next one.

use crate::kernel::{Failure, Kernel, Part, VectorField};
use std::ops::Range;

/// Components of the parameters that follow columns, over the times of the columns.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Times of the rows, increasing.
    pub times: Vec<f64>,
    /// Component of the parameters, and its value at each row.
    pub columns: Vec<(usize, Vec<f64>)>,
    /// Whether a value is kept until the next row.
    pub hold: bool,
}

impl Inputs {
    /// Whether nothing follows a column.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Whether the columns reach over all of these times, but for a billionth of a step of them.
    pub fn cover(&self, first: f64, last: f64) -> bool {
        let (Some(from), Some(to)) = (self.times.first(), self.times.last()) else { return self.is_empty() };
        let slack = 1e-9 * (to - from).abs() / (self.times.len().max(2) - 1) as f64;
        self.is_empty() || (first >= from - slack && last <= to + slack)
    }

    /// Sets the parameters to their values at time `t`, `u_k + (t − t_k)(u_{k+1} − u_k)/(t_{k+1} − t_k)`, or `u_k` where
    /// they are kept; at and behind the ends the value there.
    pub fn set(&self, t: f64, parameters: &mut [f64]) {
        let k = self.times.partition_point(|row| *row <= t).clamp(1, self.times.len().max(2) - 1);
        for (component, values) in &self.columns {
            let (Some(a), Some(b)) = (self.times.get(k - 1), self.times.get(k)) else {
                parameters[*component] = values.first().copied().unwrap_or(f64::NAN);
                continue;
            };
            let straight = ((t - a) / (b - a)).clamp(0.0, 1.0);
            let share = if self.hold && t < *b { 0.0 } else { straight };
            parameters[*component] = values[k - 1] + share * (values[k] - values[k - 1]);
        }
    }
}

/// A vector field whose parameters follow columns.
pub struct Driven<'a> {
    kernel: &'a mut Kernel,
    inputs: &'a Inputs,
    parameters: Vec<f64>,
    /// The time that the kernel's parameters are of.
    at: f64,
}

impl<'a> Driven<'a> {
    /// `kernel` with inputs; its other parameters are `parameters`.
    pub fn new(kernel: &'a mut Kernel, inputs: &'a Inputs, parameters: &[f64]) -> Driven<'a> {
        Driven { kernel, inputs, parameters: parameters.to_vec(), at: f64::NAN }
    }

    fn at(&mut self, t: f64) -> Result<&mut Kernel, Failure> {
        if self.at != t {
            self.inputs.set(t, &mut self.parameters);
            self.kernel.set_parameters(&self.parameters)?;
            self.at = t;
        }
        Ok(self.kernel)
    }
}

impl VectorField for Driven<'_> {
    fn dimension(&self) -> usize {
        self.kernel.dimension()
    }

    fn rates(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        self.at(t)?.rates(t, y, dy)
    }

    fn jacobian(&mut self, t: f64, y: &[f64], jac: &mut [f64]) -> Result<(), Failure> {
        self.at(t)?.jacobian(t, y, jac)
    }

    fn partition(&self) -> Option<(&[usize], &[usize])> {
        self.kernel.partition()
    }

    fn partial_rates(&mut self, part: Part, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Failure> {
        self.at(t)?.partial_rates(part, t, y, dy)
    }

    fn groups(&self) -> &[Range<usize>] {
        self.kernel.groups()
    }

    fn component_name(&self, component: usize) -> String {
        self.kernel.component_name(component)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_linear_between_rows_and_end_with_them() {
        let mut inputs = Inputs { times: vec![0.0, 1.0, 3.0], columns: vec![(1, vec![2.0, 4.0, 0.0])], hold: false };
        let value = |inputs: &Inputs, t: f64| {
            let mut parameters = [7.0, 0.0];
            inputs.set(t, &mut parameters);
            assert_eq!(parameters[0], 7.0);
            parameters[1]
        };
        for (t, u) in [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0), (2.0, 2.0), (3.0, 0.0), (-1.0, 2.0), (9.0, 0.0)] {
            assert_eq!(value(&inputs, t), u, "{t}");
        }
        inputs.hold = true;
        for (t, u) in [(0.0, 2.0), (0.5, 2.0), (1.0, 4.0), (2.9, 4.0), (3.0, 0.0), (-1.0, 2.0), (9.0, 0.0)] {
            assert_eq!(value(&inputs, t), u, "{t}");
        }
        assert!(inputs.cover(0.0, 3.0) && !inputs.cover(0.0, 3.1) && !inputs.cover(-0.1, 1.0));
    }
}

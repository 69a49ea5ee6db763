//! Estimate of `‖A⁻¹‖₁` from a few solves (Hager; N. J. Higham, *Accuracy and Stability of Numerical
//! Algorithms*, 2nd ed. 2002, algorithm 15.4).
//!
//! The last of them, with a vector of alternating signs, is the one that sees a matrix such as
//! `[1 1; 1 1]`: its range holds `(1, 1)`, so the solves from there on all look harmless.

/// A solve in place: with `A`, or with `Aᵀ`.
type Solve<'a> = &'a dyn Fn(&mut [f64]);

/// An estimate from below of `‖A⁻¹‖₁` and the row of `A⁻¹` that is largest where it is attained.
///
/// `transposed` is the solve with `Aᵀ` where `A` is not symmetric; `work` has room for `3 n`.
pub(in super::super) fn inverse_norm(
    n: usize,
    work: &mut [f64],
    solve: impl Fn(&mut [f64]),
    transposed: Option<Solve<'_>>,
) -> (f64, usize) {
    let (x, rest) = work.split_at_mut(n);
    let (z, _) = rest.split_at_mut(n);
    x.fill(1.0 / n as f64);
    let (mut estimate, mut component) = (0.0, 0);
    let mut column = usize::MAX;
    for _ in 0..5 {
        solve(x);
        let norm: f64 = x.iter().map(|v| v.abs()).sum();
        if norm.is_nan() {
            return (f64::INFINITY, component);
        }
        if norm > estimate {
            (estimate, component) = (norm, largest(x));
        } else {
            break;
        }
        for (z, x) in z.iter_mut().zip(x.iter()) {
            *z = if *x < 0.0 { -1.0 } else { 1.0 };
        }
        match transposed {
            Some(solve) => solve(z),
            None => solve(z),
        }
        let next = largest(z);
        if next == column {
            break;
        }
        column = next;
        x.fill(0.0);
        x[column] = 1.0;
    }
    for (i, x) in x.iter_mut().enumerate() {
        let size = 1.0 + i as f64 / (n as f64 - 1.0).max(1.0);
        *x = if i % 2 == 0 { size } else { -size };
    }
    solve(x);
    let norm: f64 = x.iter().map(|v| v.abs()).sum::<f64>() * 2.0 / (3.0 * n as f64);
    if norm.is_nan() {
        return (f64::INFINITY, component);
    }
    if norm > estimate {
        (estimate, component) = (norm, largest(x));
    }
    (estimate, component)
}

/// Where the entry of largest magnitude is.
fn largest(x: &[f64]) -> usize {
    let mut at = 0;
    for (i, v) in x.iter().enumerate() {
        if v.abs() > x[at].abs() {
            at = i;
        }
    }
    at
}

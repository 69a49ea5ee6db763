//! Estimate of `‖A⁻¹‖₁` from a few solves (Hager; Higham, algorithm 15.4 without the last test).

/// A solve in place: with `A`, or with `Aᵀ`.
type Solve<'a> = &'a dyn Fn(&mut [f64]);

/// An estimate from below of `‖A⁻¹‖₁` and the row of `A⁻¹` that is largest where it is attained.
///
/// `transposed` is the solve with `Aᵀ` where `A` is not symmetric; `work` has room for `3 n`.
pub(super) fn inverse_norm(
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

//! Sums in a fixed order, so that every mode of evaluation gives the same bits.
//!
//! Term `i` is added to stripe `i mod 8` in order; then
//! `((s₀+s₄)+(s₂+s₆)) + ((s₁+s₅)+(s₃+s₇))`. Eight stripes fill a vector register without making
//! the order depend on the machine. Sums of at most [`STRIPES`] terms are added from left to right.

/// Number of interleaved partial sums.
pub const STRIPES: usize = 8;

/// Adds the eight stripes in their fixed order.
#[inline(always)]
pub fn combine(s: [f64; STRIPES]) -> f64 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// `Σ term(i)` for `i < count` in the fixed order; 0 for none.
#[inline(always)]
pub fn ordered_sum_by(count: usize, mut term: impl FnMut(usize) -> f64) -> f64 {
    if count <= STRIPES {
        if count == 0 {
            return 0.0;
        }
        let mut s = term(0);
        for i in 1..count {
            s += term(i);
        }
        return s;
    }
    let mut s = [0.0; STRIPES];
    for (k, stripe) in s.iter_mut().enumerate() {
        *stripe = term(k);
    }
    let whole = count / STRIPES * STRIPES;
    for base in (STRIPES..whole).step_by(STRIPES) {
        for (k, stripe) in s.iter_mut().enumerate() {
            *stripe += term(base + k);
        }
    }
    for i in whole..count {
        s[i - whole] += term(i);
    }
    combine(s)
}

/// `Σ xᵢ` in the fixed order.
pub fn ordered_sum(x: &[f64]) -> f64 {
    ordered_sum_by(x.len(), |i| x[i])
}

/// `Σ aᵢ bᵢ` over the shorter length, each product rounded, in the fixed order.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    ordered_sum_by(a.len().min(b.len()), |i| a[i] * b[i])
}

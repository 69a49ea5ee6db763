//! Blanes and Moan's optimized splittings of order 4 and 6.
//!
//! ```text
//! Φ_h = e^{b_1 B} e^{a_1 A} … e^{a_1 A} e^{b_1 B}     (a palindrome; A drift, B kick, or exchanged)
//! ```
//!
//! More stages than conditions leave freedom that makes the error constants small: per evaluation
//! they are 10² to 10³ times as accurate as Yoshida's compositions. The Nyström versions (`…_rkn…`)
//! use `[B,[B,[B,A]]] = 0`, true where the drift is linear in the momenta (`q' = M⁻¹ p + …`).
//!
//! Reference: S. Blanes, P. C. Moan, *Practical symplectic partitioned Runge–Kutta and
//! Runge–Kutta–Nyström methods*, J. Comput. Appl. Math. 142 (2002) 313–330, tables 2 and 3
//! (S₆, S₁₀, SRKN₆ᵇ, SRKN₁₄ᵃ).

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::splitting::{Middle, Splitting};
use crate::kernel::Part;

/// What is known of S₆.
pub const ORDER_4: MethodEntry = MethodEntry {
    method: Method::BlanesMoan4,
    name: "blanes_moan4",
    aliases: &[],
    order: 4,
    embedded_order: None,
    stages: 6,
    needs: Needs::Partition,
    preserves: &[Preserves::SymplecticForm, Preserves::TimeReversal],
    reference: "Blanes, Moan: Practical symplectic partitioned Runge–Kutta methods (2002), S6",
    summary: "the best of order 4 for any separable system",
};

/// What is known of S₁₀.
pub const ORDER_6: MethodEntry = MethodEntry {
    method: Method::BlanesMoan6,
    name: "blanes_moan6",
    order: 6,
    stages: 10,
    reference: "Blanes, Moan: Practical symplectic partitioned Runge–Kutta methods (2002), S10",
    summary: "the best of order 6 for any separable system",
    ..ORDER_4
};

/// What is known of SRKN₆ᵇ.
pub const NYSTROM_4: MethodEntry = MethodEntry {
    method: Method::BlanesMoanRkn4,
    name: "blanes_moan_rkn4",
    stages: 6,
    needs: Needs::LinearDrift,
    reference: "Blanes, Moan: Practical symplectic Runge–Kutta–Nyström methods (2002), SRKN6b",
    summary: "order 4 for kinetic energies quadratic in the momenta",
    ..ORDER_4
};

/// What is known of SRKN₁₄ᵃ.
pub const NYSTROM_6: MethodEntry = MethodEntry {
    method: Method::BlanesMoanRkn6,
    name: "blanes_moan_rkn6",
    order: 6,
    stages: 14,
    needs: Needs::LinearDrift,
    reference: "Blanes, Moan: Practical symplectic Runge–Kutta–Nyström methods (2002), SRKN14a",
    summary: "order 6 for kinetic energies quadratic in the momenta; long runs to many digits",
    ..ORDER_4
};

/// The fractions of a method of this file.
pub fn splitting(method: Method) -> Option<Splitting> {
    let (first, outer, inner): (Part, &[f64], &[f64]) = match method {
        Method::BlanesMoan4 => (
            Part::Kick,
            &[0.0792036964311957, 0.353172906049774, -0.0420650803577195],
            &[0.209515106613362, -0.143851773179818],
        ),
        Method::BlanesMoan6 => (
            Part::Kick,
            &[0.0502627644003922, 0.413514300428344, 0.0450798897943977, -0.188054853819569, 0.541960678450780],
            &[0.148816447901042, -0.132385865767784, 0.067307604692185, 0.432666402578175],
        ),
        Method::BlanesMoanRkn4 => (
            Part::Kick,
            &[0.0829844064174052, 0.396309801498368, -0.0390563049223486],
            &[0.245298957184271, 0.604872665711080],
        ),
        Method::BlanesMoanRkn6 => (
            Part::Drift,
            &[
                0.0378593198406116,
                0.102635633102435,
                -0.0258678882665587,
                0.314241403071447,
                -0.130144459517415,
                0.106417700369543,
                -0.00879424312851058,
            ],
            &[
                0.09171915262446165,
                0.183983170005006,
                -0.05653436583288827,
                0.004914688774712854,
                0.143761127168358,
                0.328567693746804,
            ],
        ),
        _ => return None,
    };
    let outer = Splitting::palindrome(outer, 1.0, Middle::Single);
    Some(Splitting::new(first, &outer, &Splitting::palindrome(inner, 1.0, Middle::Twin)))
}

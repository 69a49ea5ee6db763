//! Symmetric compositions of high order: many small Störmer–Verlet steps, forwards and backwards,
//! whose errors cancel.
//!
//! ```text
//! Φ_h = S(γ_s h) ∘ … ∘ S(γ_1 h),   γ_i = γ_{s+1-i},   Σ γ_i = 1
//! ```
//!
//! `S` is kick–drift–kick. Symplectic and symmetric whatever the coefficients; the order comes from
//! further conditions on them (order 4: Σ γ_i³ = 0), which the tests check in the free algebra of
//! drift and kick.
//!
//! References: M. Suzuki, Phys. Lett. A 146 (1990) 319; H. Yoshida, *Construction of higher order
//! symplectic integrators*, Phys. Lett. A 150 (1990) 262–268; W. Kahan, R.-C. Li, *Composition
//! constants for raising the orders of unconventional schemes*, Math. Comp. 66 (1997) 1089–1099;
//! digits as in E. Hairer, C. Lubich, G. Wanner, *Geometric Numerical Integration*, 2nd ed. 2006,
//! V.3.2.
#![allow(clippy::excessive_precision, reason = "the digits of the source are kept")]

use super::{Method, MethodEntry, Needs, Preserves};
use crate::integrate::splitting::{Middle, Splitting};

const BASE: MethodEntry = MethodEntry {
    method: Method::Yoshida4,
    name: "",
    aliases: &[],
    order: 4,
    embedded_order: None,
    stages: 3,
    needs: Needs::Partition,
    preserves: &[Preserves::SymplecticForm, Preserves::TimeReversal],
    reference: "",
    summary: "",
};

/// What is known of the composition of order 4 in three steps.
pub const YOSHIDA_4: MethodEntry = MethodEntry {
    method: Method::Yoshida4,
    name: "yoshida4",
    aliases: &["forest_ruth"],
    order: 4,
    stages: 3,
    reference: "Yoshida: Construction of higher order symplectic integrators (1990)",
    summary: "order 4 in three substeps; short, with a large error constant",
    ..BASE
};

/// What is known of the composition of order 4 in five steps.
pub const SUZUKI_4: MethodEntry = MethodEntry {
    method: Method::Suzuki4,
    name: "suzuki4",
    aliases: &[],
    order: 4,
    stages: 5,
    reference: "Suzuki: Fractal decomposition of exponential operators (1990)",
    summary: "order 4 in five substeps; a tenth of the error of `yoshida4`",
    ..BASE
};

/// What is known of the composition of order 6 in seven steps.
pub const YOSHIDA_6: MethodEntry = MethodEntry {
    method: Method::Yoshida6,
    name: "yoshida6",
    aliases: &[],
    order: 6,
    stages: 7,
    reference: "Yoshida: Construction of higher order symplectic integrators (1990), solution A",
    summary: "order 6 in seven substeps",
    ..BASE
};

/// What is known of the composition of order 6 in nine steps.
pub const KAHAN_LI_6: MethodEntry = MethodEntry {
    method: Method::KahanLi6,
    name: "kahan_li6",
    aliases: &[],
    order: 6,
    stages: 9,
    reference: "Kahan, Li: Composition constants for raising the orders of unconventional schemes (1997)",
    summary: "order 6 in nine substeps with small error constants",
    ..BASE
};

/// What is known of the composition of order 8 in fifteen steps.
pub const YOSHIDA_8: MethodEntry = MethodEntry {
    method: Method::Yoshida8,
    name: "yoshida8",
    aliases: &[],
    order: 8,
    stages: 15,
    reference: "Suzuki, Umeno (1993); Hairer, Lubich, Wanner: Geometric Numerical Integration (2006), V.3 (3.11)",
    summary: "order 8 in fifteen substeps",
    ..BASE
};

/// What is known of the composition of order 8 in seventeen steps.
pub const KAHAN_LI_8: MethodEntry = MethodEntry {
    method: Method::KahanLi8,
    name: "kahan_li8",
    aliases: &[],
    order: 8,
    stages: 17,
    reference: "Kahan, Li: Composition constants for raising the orders of unconventional schemes (1997)",
    summary: "order 8 in seventeen substeps; the most accurate symplectic method here",
    ..BASE
};

/// `γ_1 = 1/(2 - 2^{1/3})`
const YOSHIDA_4_HALF: [f64; 1] = [1.351207191959657634047687808971];

/// `γ_1 = γ_2 = 1/(4 - 4^{1/3})`
const SUZUKI_4_HALF: [f64; 2] = [0.414490771794375737142354062860; 2];

const YOSHIDA_6_HALF: [f64; 3] =
    [0.78451361047755726381949763, 0.23557321335935813368479318, -1.17767998417887100694641568];

const KAHAN_LI_6_HALF: [f64; 4] = [
    0.39216144400731413927925056,
    0.33259913678935943859974864,
    -0.70624617255763935980996482,
    0.08221359629355080023149045,
];

const YOSHIDA_8_HALF: [f64; 7] = [
    0.74167036435061295344822780,
    -0.40910082580003159399730010,
    0.19075471029623837995387626,
    -0.57386247111608226665638773,
    0.29906418130365592384446354,
    0.33462491824529818378495798,
    0.31529309239676659663205666,
];

const KAHAN_LI_8_HALF: [f64; 8] = [
    0.13020248308889008087881763,
    0.56116298177510838456196441,
    -0.38947496264484728640807860,
    0.15884190655515560089621075,
    -0.39590389413323757733623154,
    0.18453964097831570709183254,
    0.25837438768632204729397911,
    0.29501172360931029887096624,
];

/// The fractions of a method of this file.
pub fn splitting(method: Method) -> Option<Splitting> {
    let half: &[f64] = match method {
        Method::Yoshida4 => &YOSHIDA_4_HALF,
        Method::Suzuki4 => &SUZUKI_4_HALF,
        Method::Yoshida6 => &YOSHIDA_6_HALF,
        Method::KahanLi6 => &KAHAN_LI_6_HALF,
        Method::Yoshida8 => &YOSHIDA_8_HALF,
        Method::KahanLi8 => &KAHAN_LI_8_HALF,
        _ => return None,
    };
    Some(Splitting::composed(&Splitting::palindrome(half, 1.0, Middle::Single)))
}

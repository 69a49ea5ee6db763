//! Random numbers by counter: the i-th number of a purpose is a function of (seed, purpose, i).
//!
//! The key of ChaCha8 is the SHA-256 digest of seed and purpose; the index is its stream. So draws
//! may happen in any order and on any number of threads, and adding a purpose changes no other.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A family of random numbers for one purpose.
///
/// ```
/// use hamel::real::Random;
/// let draws = Random::new(7, "init");
/// assert_eq!(draws.uniform(3), draws.uniform(3));
/// assert!((0.0..1.0).contains(&draws.uniform(4)));
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    key: [u8; 32],
}

/// The numbers of one index, one after the other.
#[derive(Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Random {
    /// The numbers of `purpose` under `seed`.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(seed.to_le_bytes());
        digest.update(purpose.as_bytes());
        Random { key: digest.finalize().into() }
    }

    /// All numbers of one index.
    pub fn stream(&self, index: u64) -> Stream {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream(index);
        Stream { generator }
    }

    /// A number uniform in [0, 1): a multiple of 2⁻⁵³.
    pub fn uniform(&self, index: u64) -> f64 {
        self.stream(index).uniform()
    }

    /// A number of the normal distribution with mean 0 and deviation 1.
    pub fn normal(&self, index: u64) -> f64 {
        self.stream(index).normal()
    }
}

impl Stream {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number uniform in [0, 1): a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * ULP_BELOW_ONE
    }

    /// A number of the normal distribution with mean 0 and deviation 1, by [`normal_quantile`].
    pub fn normal(&mut self) -> f64 {
        normal_quantile(((self.bits() >> 11) as f64 + 0.5) * ULP_BELOW_ONE)
    }

    /// An integer uniform in `0..bound` (0 for `bound ≤ 1`), without bias.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        let reject_from = u64::MAX - u64::MAX % bound;
        loop {
            let bits = self.bits();
            if bits < reject_from {
                return bits % bound;
            }
        }
    }
}

/// 2⁻⁵³.
const ULP_BELOW_ONE: f64 = 1.0 / (1u64 << 53) as f64;

/// `x` with `Φ(x) = p`, the inverse of the normal distribution function, to about 1e-16 relative.
///
/// Rational approximations of M. J. Wichura, "The percentage points of the normal distribution",
/// Applied Statistics 37 (1988), algorithm AS 241. ∓∞ at 0 and 1, NaN outside.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * horner(&CENTRE.0, r) / horner(&CENTRE.1, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if tail == 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-super::ln(tail)).sqrt();
    let x = if r <= 5.0 {
        horner(&MIDDLE.0, r - 1.6) / horner(&MIDDLE.1, r - 1.6)
    } else {
        horner(&FAR.0, r - 5.0) / horner(&FAR.1, r - 5.0)
    };
    if q < 0.0 { -x } else { x }
}

fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// Numerator and denominator, ascending powers, for |p − ½| ≤ 0.425.
const CENTRE: ([f64; 8], [f64; 8]) = (
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);
/// The same in √(−ln tail) − 1.6.
const MIDDLE: ([f64; 8], [f64; 8]) = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
/// The same in √(−ln tail) − 5.
const FAR: ([f64; 8], [f64; 8]) = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_inverts_the_distribution_function() {
        for i in 1..2000 {
            let x = -9.0 + i as f64 * 0.009;
            let p = 0.5 * super::super::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
            if x < 4.0 {
                let back = normal_quantile(p);
                assert!((back - x).abs() < 1e-12 * (1.0 + x.abs() + 1e-4 / p.min(1.0 - p)), "{x} {back}");
            }
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!(normal_quantile(1.5).is_nan());
    }

    #[test]
    fn streams_are_independent_of_order_and_purpose() {
        let a = Random::new(1, "init");
        let forward: Vec<f64> = (0..10).map(|i| a.normal(i)).collect();
        let backward: Vec<f64> = (0..10).rev().map(|i| a.normal(i)).collect();
        assert!(forward.iter().eq(backward.iter().rev()));
        assert_ne!(a.uniform(0), Random::new(1, "noise").uniform(0));
        assert_ne!(a.uniform(0), Random::new(2, "init").uniform(0));
    }

    #[test]
    fn moments_of_the_normal_numbers() {
        let draws = Random::new(3, "test");
        let x: Vec<f64> = (0..20_000).map(|i| draws.normal(i)).collect();
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let square = x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.04, "{mean} {square}");
    }
}

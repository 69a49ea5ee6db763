//! NumPy's legacy random numbers (`numpy.random.seed`, `RandomState`): published data sets were drawn
//! with them, and are rebuilt by the same numbers in the same order.
//!
//! The generator is MT19937 of M. Matsumoto and T. Nishimura, "Mersenne twister", ACM Transactions on
//! Modeling and Computer Simulation 8 (1998), seeded with `init_genrand`. What is drawn from it follows
//! NumPy's documented behaviour, frozen since version 1.16 (NEP 19). Everything else in this program draws
//! from [`crate::real::Random`], where numbers have no order.

use crate::real;

const LENGTH: usize = 624;
const MIDDLE: usize = 397;

/// A stream of random numbers; each depends on all that were drawn before it.
#[derive(Clone, Debug)]
pub struct RandomState {
    state: [u32; LENGTH],
    next: usize,
    /// The second number of the last pair of normals.
    kept: Option<f64>,
}

impl RandomState {
    /// `numpy.random.RandomState(seed)` for a whole number.
    pub fn new(seed: u32) -> RandomState {
        let mut state = [0; LENGTH];
        state[0] = seed;
        for k in 1..LENGTH {
            let before = state[k - 1];
            state[k] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(k as u32);
        }
        RandomState { state, next: LENGTH, kept: None }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.next == LENGTH {
            self.renew();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn renew(&mut self) {
        for k in 0..LENGTH {
            let y = (self.state[k] & 0x8000_0000) | (self.state[(k + 1) % LENGTH] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[k] = self.state[(k + MIDDLE) % LENGTH] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// `rand()`: uniform in [0, 1), the multiple `(a·2²⁶ + b)/2⁵³` of 27 and 26 bits.
    pub fn uniform(&mut self) -> f64 {
        let (a, b) = (self.bits() >> 5, self.bits() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    /// `randn()`: normal with mean 0 and deviation 1, by the polar method of G. Marsaglia. A pair is made at
    /// once; the second of it is given first.
    pub fn normal(&mut self) -> f64 {
        if let Some(kept) = self.kept.take() {
            return kept;
        }
        loop {
            let x = 2.0 * self.uniform() - 1.0;
            let y = 2.0 * self.uniform() - 1.0;
            let r = x * x + y * y;
            if r < 1.0 && r != 0.0 {
                let f = (-2.0 * real::ln(r) / r).sqrt();
                self.kept = Some(f * x);
                return f * y;
            }
        }
    }

    /// A whole number uniform in `0..=max`: bits below the next power of two, until one fits.
    pub fn up_to(&mut self, max: u64) -> u64 {
        if max == 0 {
            return 0;
        }
        let mask = u64::MAX >> max.leading_zeros();
        loop {
            let value = match u32::try_from(max) {
                Ok(_) => u64::from(self.bits()) & mask,
                Err(_) => (u64::from(self.bits()) << 32 | u64::from(self.bits())) & mask,
            };
            if value <= max {
                return value;
            }
        }
    }

    /// `shuffle(x)`: each place from the last on is exchanged with one up to it.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for k in (1..list.len()).rev() {
            let j = self.up_to(k as u64) as usize;
            list.swap(k, j);
        }
    }

    /// `permutation(n)`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut list: Vec<usize> = (0..n).collect();
        self.shuffle(&mut list);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // All numbers of this module are those of NumPy 2.4.6.

    #[test]
    fn uniform_numbers_are_numpys() {
        let take = |seed, n| {
            let mut r = RandomState::new(seed);
            (0..n).map(|_| r.uniform()).collect::<Vec<f64>>()
        };
        assert_eq!(RandomState::new(0).bits(), 2_357_136_044);
        let zero = [0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047];
        assert_eq!(take(0, 5), zero);
        assert_eq!(take(42, 3), [0.3745401188473625, 0.9507143064099162, 0.7319939418114051]);
        assert_eq!(take(u32::MAX, 1), [0.0976320289940138]);
        // Behind the first and the third renewal of the state.
        let far = take(3, 2000);
        assert_eq!((far[623], far[1999]), (0.6947930844864725, 0.7997292791335099));
    }

    #[test]
    fn normal_numbers_come_in_pairs_the_second_first() {
        let mut r = RandomState::new(0);
        for wanted in [1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675]
        {
            let got = r.normal();
            assert!((got - wanted).abs() <= 4e-16 * wanted.abs(), "{got} and {wanted}");
        }
        // Uniform numbers in between leave the kept one alone.
        let mut r = RandomState::new(7);
        let got = [r.uniform(), r.normal(), r.uniform(), r.normal(), r.normal()];
        let numpy =
            [0.07630828937395717, -0.3206032549443759, 0.7234651778309412, 1.4570832287334776, 0.0328201636785844];
        for (a, b) in got.iter().zip(numpy) {
            assert!((a - b).abs() <= 4e-16 * b.abs().max(0.1), "{a} and {b}");
        }
    }

    #[test]
    fn permutations_are_numpys() {
        assert_eq!(RandomState::new(0).permutation(12), [6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5]);
        let p = RandomState::new(42).permutation(625);
        assert_eq!(p[..8], [447, 485, 215, 212, 480, 515, 163, 77]);
        assert_eq!(p[622..], [270, 435, 102]);
        let mut letters: Vec<char> = "abcdefgh".chars().collect();
        let mut r = RandomState::new(5);
        r.shuffle(&mut letters);
        assert_eq!(letters.iter().collect::<String>(), "hcebafgd");
        // As many bits were taken.
        assert_eq!(r.uniform(), 0.6117438629026457);
    }

    #[test]
    fn a_permutation_of_nothing_and_of_one_takes_no_bits() {
        let mut r = RandomState::new(0);
        assert!(r.permutation(0).is_empty());
        assert_eq!(r.permutation(1), [0]);
        assert_eq!(r.uniform(), 0.5488135039273248);
    }
}

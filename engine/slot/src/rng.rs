//! Random numbers that can be asked for again.

use rand_core::Rng as _;
use rand_pcg::Pcg64;

/// PCG64 (XSL RR 128/64) with a count of what was drawn: seed, stream and count give any number of
/// it again.
///
/// O'Neill, *PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
/// Number Generation*, 2014. It is neither certified nor made to resist prediction: simulate with
/// it, and do not run games for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    generator: Pcg64,
    seed: u64,
    stream: u64,
    counter: u64,
}

impl Rng {
    /// The start of a stream. `[thread-safe]`
    pub fn new(seed: u64, stream: u64) -> Rng {
        // Seeds and streams that differ in a bit give states that differ in half of them.
        let (high, low) = (mix(seed), mix(seed ^ mix(stream)));
        let state = (u128::from(high) << 64) | u128::from(low);
        let increment = (u128::from(mix(stream)) << 64) | u128::from(stream);
        Rng {
            generator: Pcg64::new(state, increment),
            seed,
            stream,
            counter: 0,
        }
    }

    /// A place in a stream: `counter` numbers were drawn before it. `[thread-safe]`
    pub fn at(seed: u64, stream: u64, counter: u64) -> Rng {
        let mut rng = Rng::new(seed, stream);
        rng.generator.advance(u128::from(counter));
        rng.counter = counter;
        rng
    }

    /// What it was seeded with. `[thread-safe]`
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Which stream of the seed it is. `[thread-safe]`
    pub fn stream(&self) -> u64 {
        self.stream
    }

    /// How many 64-bit numbers were drawn. `[thread-safe]`
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// The next 64 random bits. `[thread-safe]`
    pub fn raw(&mut self) -> u64 {
        self.counter += 1;
        self.generator.next_u64()
    }

    /// A number below `bound`, each as likely as the other; `bound` is at least 1.
    ///
    /// Lemire, *Fast Random Integer Generation in an Interval*, ACM TOMACS 29(1), 2019: numbers
    /// that would favour some results are drawn again. `[thread-safe]`
    pub fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        let mut product = u128::from(self.raw()) * u128::from(bound);
        if (product as u64) < bound {
            let favoured = bound.wrapping_neg() % bound;
            while (product as u64) < favoured {
                product = u128::from(self.raw()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }
}

/// Steele, Lea & Flood, *Fast Splittable Pseudorandom Number Generators*, 2014: the finaliser.
fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_place_of_a_stream_is_found_again() {
        let mut rng = Rng::new(7, 3);
        for _ in 0..1000 {
            rng.below(47);
        }
        let mut again = Rng::at(7, 3, rng.counter());
        assert_eq!(again, rng);
        assert_eq!(again.raw(), rng.raw());
        assert_ne!(Rng::new(7, 4).raw(), Rng::new(7, 3).raw());
        assert_ne!(Rng::new(8, 3).raw(), Rng::new(7, 3).raw());
    }

    #[test]
    fn the_generator_is_pcg64() {
        // The first outputs of O'Neill's reference program pcg64-demo for seed 42, sequence 54.
        let mut generator = Pcg64::new(42, 54);
        let drawn = [(); 4].map(|()| generator.next_u64());
        let printed = [
            0x86b1_da1d_7206_2b68,
            0x1304_aa46_c985_3d39,
            0xa367_0e9e_0dd5_0358,
            0xf909_0e52_9a7d_ae00,
        ];
        assert_eq!(drawn, printed);
    }

    #[test]
    fn a_bound_that_divides_nothing_is_met_evenly() {
        // Without rejection a third of the results of 3 * 2^62 would come twice as often.
        let bound = 3 << 62;
        let mut rng = Rng::new(1, 0);
        let mut thirds = [0_u32; 3];
        for _ in 0..30_000 {
            let drawn = rng.below(bound);
            assert!(drawn < bound);
            thirds[(drawn >> 62) as usize] += 1;
        }
        assert!(
            thirds.iter().all(|count| count.abs_diff(10_000) < 400),
            "{thirds:?}"
        );
        assert!(rng.counter() > 38_000, "a quarter is drawn again");
        assert_eq!(rng.below(1), 0);
    }
}

//! Chance by counter: every draw is a function of a key and two numbers, not of what was drawn
//! before. SplitMix64 (Steele, Lea, Flood 2014: "Fast splittable pseudorandom number generators").

use segue_rt::game::{FNV_BASIS, NameId, ObjectId, fnv1a};

/// 2⁶⁴ over the golden ratio.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finisher of SplitMix64: a bijection that mixes all bits. `[thread-safe]`
#[must_use]
pub const fn mix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The key of a container on an object: FNV-1a-64 over the four numbers, little-endian.
#[must_use]
pub fn container_key(seed: u64, container: NameId, object: ObjectId, session: u64) -> u64 {
    let parts = [seed, container.0, object.0, session];
    let hash = |state, part: u64| fnv1a(&part.to_le_bytes(), state);
    parts.into_iter().fold(FNV_BASIS, hash)
}

/// Draw `k`, 0..8, of play `n`.
#[must_use]
pub const fn draw(key: u64, n: u64, k: u64) -> u64 {
    let count = n.wrapping_mul(8).wrapping_add(k);
    mix64(key.wrapping_add(count.wrapping_mul(GOLDEN)))
}

/// A draw as a whole number below `total`: (r·total)>>64.
#[must_use]
pub const fn pick(r: u64, total: u64) -> u64 {
    ((r as u128 * total as u128) >> 64) as u64
}

/// A draw as a number in `lo..=hi`.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is asked for"
)]
pub fn between(r: u64, [lo, hi]: [f32; 2]) -> f32 {
    let share = (r >> 11) as f64 / (1u64 << 53) as f64;
    let value = f64::from(lo) + (f64::from(hi) - f64::from(lo)) * share;
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of SplitMix64 seeded with 1234567, as published with the generator.
    #[test]
    fn draws_are_those_of_splitmix64() {
        let key = 1_234_567u64;
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        let drawn = [1, 2, 3, 4, 5].map(|k| draw(key, 0, k));
        assert_eq!(drawn, published);
        assert_eq!(draw(key, 1, 0), draw(key, 0, 8));
    }

    #[test]
    fn picks_and_ranges_stay_in_their_bounds() {
        assert_eq!(
            (pick(0, 7), pick(u64::MAX, 7), pick(u64::MAX, 0)),
            (0, 6, 0)
        );
        assert_eq!(between(0, [-3.0, 5.0]), -3.0);
        assert!(between(u64::MAX, [-3.0, 5.0]) <= 5.0);
        assert_eq!(between(1 << 63, [-3.0, 5.0]), 1.0);
    }

    #[test]
    fn every_part_of_a_key_counts() {
        let key = |seed, name, object, session| {
            container_key(seed, NameId(name), ObjectId(object), session)
        };
        let all = [
            key(1, 2, 3, 4),
            key(9, 2, 3, 4),
            key(1, 9, 3, 4),
            key(1, 2, 9, 4),
            key(1, 2, 3, 9),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(!all[..n].contains(one));
        }
    }
}

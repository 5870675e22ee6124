//! Chance without a state: the n-th number of a seed is always the same one.

/// Uniform in -1..1: number `n` of the sequence `seed`.
pub(crate) fn bipolar(seed: u64, n: usize) -> f64 {
    /// Half of a 53-bit integer's range.
    const HALF: f64 = 4_503_599_627_370_496.0;
    let bits = mix(mix(seed).wrapping_add(n as u64)) >> 11;
    bits as f64 / HALF - 1.0
}

/// Uniform in 0..1.
pub(crate) fn unipolar(seed: u64, n: usize) -> f64 {
    0.5 + 0.5 * bipolar(seed, n)
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014) on a counter.
fn mix(counter: u64) -> u64 {
    let z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_white_and_centred() {
        let n = 100_000;
        let x: Vec<f64> = (0..n).map(|i| bipolar(7, i)).collect();
        let mean = x.iter().sum::<f64>() / n as f64;
        let power = x.iter().map(|v| v * v).sum::<f64>() / n as f64;
        let next = x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.01 && next.abs() < 0.01, "{mean} {next}");
        assert!((power - 1.0 / 3.0).abs() < 0.01, "{power}");
        assert!(x.iter().all(|v| (-1.0..1.0).contains(v)));
    }
}

//! Rounding to whole numbers, with noise or without, many samples at a time.
//!
//! The noise of a sample follows from its number alone, so the work can be cut anywhere and done in
//! any number of lanes: the whole numbers are the same.

use crate::simd::wide;

/// Samples that are rounded together.
const LANES: usize = 8;

/// What SplitMix64 adds for each number (Steele, Lea, Flood 2014).
pub const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Added to a number of less than 2^51 it leaves no bits for fractions, so that the sum is rounded,
/// halves to even, and its low bits are the whole number. Without a call of the C library, which
/// `round_ties_even` is on processors before SSE 4.1, and in a form that compilers vectorise.
const WHOLE: f64 = 6_755_399_441_055_744.0;
/// 2^52: one more is the next number.
const TWO_52: f64 = 4_503_599_627_370_496.0;
/// Far beyond full scale, and far below 2^51.
const FAR: f64 = 1_099_511_627_776.0;

wide! {
    /// Rounds `samples`, full scale = 1, to whole numbers of full scale `scale`: halves to even,
    /// clamped, NaN becomes 0. `out` is as long. How many clipped. `[thread-safe]`
    pub fn round(samples: &[f64], scale: f64, out: &mut [i32]) -> u64 {
        all(samples, scale, out, |_| 0.0)
    }
}

wide! {
    /// The same behind triangular noise of one step either way. `state` is that of SplitMix64 before
    /// the first sample; [`STEP`] is added for each. `[thread-safe]`
    pub fn round_triangular(samples: &[f64], scale: f64, state: u64, out: &mut [i32]) -> u64 {
        all(samples, scale, out, |n| triangular(splitmix(state.wrapping_add(n.wrapping_mul(STEP)))))
    }
}

/// `noise` of the n-th sample, from 1, is in steps.
#[inline(always)]
fn all(samples: &[f64], scale: f64, out: &mut [i32], noise: impl Fn(u64) -> f64) -> u64 {
    let (chunks, rest) = samples.as_chunks::<LANES>();
    let (places, last) = out.as_chunks_mut::<LANES>();
    let mut clips = [0u64; LANES];
    let mut n = 1;
    for (chunk, place) in chunks.iter().zip(places) {
        let noise: [f64; LANES] = core::array::from_fn(|lane| noise(n + lane as u64));
        let lanes = chunk.iter().zip(noise).zip(place.iter_mut());
        for (((x, noise), whole), clips) in lanes.zip(&mut clips) {
            let clipped;
            (*whole, clipped) = one(*x, scale, noise);
            *clips += u64::from(clipped);
        }
        n += LANES as u64;
    }
    let mut clipped_last = 0;
    for (i, (x, place)) in (n..).zip(rest.iter().zip(last)) {
        let (whole, clipped) = one(*x, scale, noise(i));
        *place = whole;
        clipped_last += u64::from(clipped);
    }
    clips.iter().sum::<u64>() + clipped_last
}

#[allow(clippy::cast_possible_truncation, reason = "takes the low half")]
#[inline(always)]
fn one(x: f64, scale: f64, noise: f64) -> (i32, bool) {
    let wanted = x * scale + noise;
    let rounded = (wanted.clamp(-FAR, FAR) + WHOLE) - WHOLE;
    let rounded = if rounded.is_nan() { 0.0 } else { rounded };
    let top = scale - 1.0;
    let clamped = if rounded > top { top } else { rounded };
    let clamped = if clamped < -scale { -scale } else { clamped };
    // Noise may push full scale over the edge by itself: only the signal clips.
    let clipped = (rounded != clamped) & !(-1.0..1.0).contains(&x);
    ((clamped + WHOLE).to_bits() as i32, clipped)
}

/// The mixing function of SplitMix64.
#[inline(always)]
fn splitmix(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Sum of two uniforms in -0.5..0.5, in steps of 2^-32.
#[inline(always)]
fn triangular(z: u64) -> f64 {
    const STEP: f64 = 1.0 / 4_294_967_296.0;
    // Below 2^33: put behind the point of 2^52 it is exact, and no conversion.
    let sum = (z >> 32) + (z & 0xFFFF_FFFF);
    let sum = f64::from_bits(TWO_52.to_bits() | sum) - TWO_52;
    sum * STEP - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever the samples are cut, and whichever vectors there are.
    #[test]
    fn cuts_change_nothing() {
        let x: Vec<f64> = (0..1_003)
            .map(|n| (f64::from(n) * 0.37).sin() * 1.2)
            .chain([f64::NAN, f64::INFINITY, 1e300, -1e300, 1.0, -1.0])
            .collect();
        let run = |sizes: &[usize]| {
            let (mut at, mut state, mut clips) = (0, 7u64, 0);
            let mut out = vec![0; x.len()];
            for size in sizes.iter().cycle() {
                let end = x.len().min(at + size);
                clips += round_triangular(&x[at..end], 32_768.0, state, &mut out[at..end]);
                state = state.wrapping_add(STEP.wrapping_mul((end - at) as u64));
                at = end;
                if at == x.len() {
                    return (out, clips);
                }
            }
            unreachable!("sizes are not empty")
        };
        let whole = run(&[usize::MAX / 2]);
        assert_eq!(run(&[1]), whole);
        assert_eq!(run(&[7, 64, 3]), whole);
        assert!(whole.1 > 300);
        assert_eq!(whole.0[x.len() - 2..], [32_767, -32_768]);
    }
}

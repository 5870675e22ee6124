//! The largest |x| with 256-bit vectors.

use core::arch::x86_64::*;

/// Samples of a vector.
const LANES: usize = 8;
/// Vectors whose maxima need not wait for one another.
const CHAINS: usize = 4;

#[target_feature(enable = "avx2")]
pub(super) fn peak_of(x: &[f32]) -> f32 {
    let Some(last) = x.last_chunk::<LANES>() else {
        return super::peak_of_plain(x);
    };
    let vectors = x.as_chunks::<LANES>().0;
    let (groups, rest) = vectors.as_chunks::<CHAINS>();
    // Some of the last samples count twice, which changes no maximum.
    let mut highest = [raised(_mm256_setzero_ps(), last); CHAINS];
    for group in groups {
        for (high, x) in highest.iter_mut().zip(group) {
            *high = raised(*high, x);
        }
    }
    for (high, x) in highest.iter_mut().zip(rest) {
        *high = raised(*high, x);
    }
    let [a, b, c, d] = highest;
    let all = _mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d));
    let half = _mm_max_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps::<1>(all));
    let pair = _mm_max_ps(half, _mm_movehl_ps(half, half));
    _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)))
}

/// The larger of each lane; a NaN in `x` is passed over.
#[inline]
#[target_feature(enable = "avx2")]
fn raised(highest: __m256, x: &[f32; LANES]) -> __m256 {
    let x = _mm256_setr_ps(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]);
    _mm256_max_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0), x), highest)
}

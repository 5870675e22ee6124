//! Maxima of eight values at a time: the largest of the values before each is found in three steps.

use core::arch::x86_64::*;

use super::{gather_back_plain, raise_plain};

/// Values of a vector.
const LANES: usize = 8;

#[target_feature(enable = "avx2")]
pub(super) fn raise(window: &mut [f32], newest: &mut f32, values: &mut [f32]) {
    let mut largest = _mm256_set1_ps(*newest);
    let (groups, tail) = values.as_chunks_mut::<LANES>();
    let done = groups.len() * LANES;
    for (group, at) in groups.iter_mut().zip((0..).step_by(LANES)) {
        let (own, older) = (eight(group), eight(&window[at + 1..]));
        window[at..at + LANES].copy_from_slice(group);
        let rising = rising(own);
        *group = array(_mm256_max_ps(older, _mm256_max_ps(rising, largest)));
        let last = _mm256_permutevar8x32_ps(rising, _mm256_set1_epi32(7));
        largest = _mm256_max_ps(largest, last);
    }
    *newest = _mm256_cvtss_f32(largest);
    raise_plain(&mut window[done..], newest, tail);
}

#[target_feature(enable = "avx2")]
pub(super) fn gather_back(window: &mut [f32]) {
    let (head, groups) = window.as_rchunks_mut::<LANES>();
    let mut largest = _mm256_setzero_ps();
    for group in groups.iter_mut().rev() {
        let falling = falling(eight(group));
        *group = array(_mm256_max_ps(falling, largest));
        let first = _mm256_permutevar8x32_ps(falling, _mm256_setzero_si256());
        largest = _mm256_max_ps(largest, first);
    }
    gather_back_plain(head, _mm256_cvtss_f32(largest));
}

/// The largest up to each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn rising(x: __m256) -> __m256 {
    let by = |x, order| _mm256_max_ps(x, _mm256_permutevar8x32_ps(x, order));
    let x = by(x, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6));
    let x = by(x, _mm256_setr_epi32(0, 1, 0, 1, 2, 3, 4, 5));
    by(x, _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3))
}

/// The largest from each lane on.
#[inline]
#[target_feature(enable = "avx2")]
fn falling(x: __m256) -> __m256 {
    let by = |x, order| _mm256_max_ps(x, _mm256_permutevar8x32_ps(x, order));
    let x = by(x, _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 7));
    let x = by(x, _mm256_setr_epi32(2, 3, 4, 5, 6, 7, 6, 7));
    by(x, _mm256_setr_epi32(4, 5, 6, 7, 4, 5, 6, 7))
}

/// The first eight of `x`.
#[inline]
#[target_feature(enable = "avx2")]
fn eight(x: &[f32]) -> __m256 {
    let x = &x[..LANES];
    _mm256_setr_ps(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
}

#[inline]
#[target_feature(enable = "avx2")]
fn array(x: __m256) -> [f32; LANES] {
    // The same 32 bytes.
    #[allow(unsafe_code, reason = "plain numbers of one size")]
    // SAFETY: both are 32 bytes in which every pattern of bits is a value.
    unsafe {
        core::mem::transmute(x)
    }
}

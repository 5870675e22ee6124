//! The voice kernels for AVX2: the operations of `portable`, in lanes.
#![allow(
    unsafe_code,
    reason = "vector instructions; every load is inside the checked window"
)]

use std::arch::x86_64::*;

use super::portable::{self, FRACTION, hermite_point, split};
use super::sinc::{SincTable, TAPS};
use super::{GainLine, Path, Quality, Reader, TAPS_BEFORE, VoiceKernels};
use crate::simd::SimdLevel;

pub(super) const KERNELS: VoiceKernels = VoiceKernels {
    level: SimdLevel::Avx2,
    interpolate,
    mix,
    widen,
    fused: None,
};

#[target_feature(enable = "avx2")]
fn interpolate(window: &[f32], reader: &Reader, out: &mut [f32]) {
    match reader.quality {
        Quality::Linear => linear(window, reader.path, out),
        Quality::Hermite4 => hermite(window, reader.path, out),
        Quality::Sinc16 => sinc16(window, reader.path, reader.sinc, out),
    }
}

#[target_feature(enable = "avx2")]
fn mix(bus: &mut [f32], source: &[f32], gain: GainLine) {
    portable::mix(bus, source, gain);
}

#[target_feature(enable = "avx2")]
fn widen(source: &[i16], out: &mut [f32]) {
    portable::widen(source, out);
}

/// The four partial sums of one output of the sinc: the tree 16 -> 8 -> 4.
///
/// # Safety
/// `source` holds 16 elements.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sinc_sums(source: *const f32, phase: [&[f32; TAPS]; 2], way: f32) -> __m128 {
    // SAFETY: the arrays hold 16 elements, and so does `source`.
    unsafe {
        let way = _mm256_set1_ps(way);
        let half = |k: usize| {
            let [taps, next] = phase.map(|taps| _mm256_loadu_ps(taps.as_ptr().add(k)));
            let slope = _mm256_mul_ps(way, _mm256_sub_ps(next, taps));
            let taps = _mm256_add_ps(taps, slope);
            _mm256_mul_ps(taps, _mm256_loadu_ps(source.add(k)))
        };
        let eight = _mm256_add_ps(half(0), half(8));
        _mm_add_ps(
            _mm256_castps256_ps128(eight),
            _mm256_extractf128_ps::<1>(eight),
        )
    }
}

/// Finishes four trees at once: lane `n` becomes the sum of `sums[n]`.
#[inline]
#[target_feature(enable = "sse2")]
fn finish_four(sums: [__m128; 4]) -> __m128 {
    let two = |a: __m128, b: __m128| _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
    let (ab, cd) = (two(sums[0], sums[1]), two(sums[2], sums[3]));
    _mm_add_ps(
        _mm_shuffle_ps::<0b10_00_10_00>(ab, cd),
        _mm_shuffle_ps::<0b11_01_11_01>(ab, cd),
    )
}

#[target_feature(enable = "avx2")]
fn sinc16(window: &[f32], path: Path, table: &SincTable, out: &mut [f32]) {
    let mut position = path.start;
    let mut step = path.step;
    let mut next = || {
        let at = position;
        position = position.wrapping_add(step);
        step = step.wrapping_add(path.slope.cast_unsigned());
        let (frame, _) = split(at);
        let (phase, way) = portable::sinc_phase(at);
        // SAFETY: the caller checked that the window holds every tap of the path.
        unsafe {
            let from = window.as_ptr().add(frame - TAPS_BEFORE);
            sinc_sums(from, table.phase(phase), way)
        }
    };
    let mut fours = out.chunks_exact_mut(4);
    for chunk in &mut fours {
        let y = finish_four([next(), next(), next(), next()]);
        // SAFETY: the chunk holds four elements.
        unsafe { _mm_storeu_ps(chunk.as_mut_ptr(), y) }
    }
    for out in fours.into_remainder() {
        let sums = next();
        *out = _mm_cvtss_f32(finish_four([sums; 4]));
    }
}

/// The next four positions of a path, one after the other: exact, and cheap enough for AVX2.
#[inline]
fn four_positions(position: &mut u64, step: &mut u64, slope: i64) -> [u64; 4] {
    std::array::from_fn(|_| {
        let at = *position;
        *position = position.wrapping_add(*step);
        *step = step.wrapping_add(slope.cast_unsigned());
        at
    })
}

/// The fractions of four positions.
#[inline]
#[target_feature(enable = "sse2")]
fn four_fractions(at: [u64; 4]) -> __m128 {
    #[allow(clippy::cast_possible_truncation, reason = "the low half is wanted")]
    let raw = at.map(|at| (at as u32 >> 8).cast_signed());
    _mm_mul_ps(
        _mm_cvtepi32_ps(_mm_setr_epi32(raw[0], raw[1], raw[2], raw[3])),
        _mm_set1_ps(FRACTION),
    )
}

#[target_feature(enable = "avx2")]
fn linear(window: &[f32], path: Path, out: &mut [f32]) {
    portable_run(window, path, out, |y, x| y[1] + x * (y[2] - y[1]));
}

#[target_feature(enable = "avx2")]
fn hermite(window: &[f32], path: Path, out: &mut [f32]) {
    let (mut position, mut step) = (path.start, path.step);
    let whole = out.len() / 4 * 4;
    let (fours, rest) = out.split_at_mut(whole);
    for chunk in fours.chunks_exact_mut(4) {
        let at = four_positions(&mut position, &mut step, path.slope);
        let x = four_fractions(at);
        // SAFETY: the caller checked that the window holds every tap of the path; the chunk
        // holds four elements.
        unsafe {
            let row = |n: usize| _mm_loadu_ps(window.as_ptr().add(split(at[n]).0 - 1));
            let (mut y0, mut y1, mut y2, mut y3) = (row(0), row(1), row(2), row(3));
            _MM_TRANSPOSE4_PS(&mut y0, &mut y1, &mut y2, &mut y3);
            _mm_storeu_ps(chunk.as_mut_ptr(), hermite_four([y0, y1, y2, y3], x));
        }
    }
    let path = Path {
        start: position,
        step,
        slope: path.slope,
    };
    portable_run(window, path, rest, hermite_point);
}

#[inline]
#[target_feature(enable = "sse2")]
fn hermite_four([y0, y1, y2, y3]: [__m128; 4], x: __m128) -> __m128 {
    let k = |x: f32| _mm_set1_ps(x);
    let half = k(0.5);
    let c1 = _mm_mul_ps(half, _mm_sub_ps(y2, y0));
    let c3 = _mm_add_ps(
        _mm_mul_ps(half, _mm_sub_ps(y3, y0)),
        _mm_mul_ps(k(1.5), _mm_sub_ps(y1, y2)),
    );
    let c2 = _mm_sub_ps(_mm_add_ps(_mm_sub_ps(y0, y1), c1), c3);
    let y = _mm_add_ps(_mm_mul_ps(c3, x), c2);
    let y = _mm_add_ps(_mm_mul_ps(y, x), c1);
    _mm_add_ps(_mm_mul_ps(y, x), y1)
}

#[inline(always)]
fn portable_run(window: &[f32], path: Path, out: &mut [f32], point: impl Fn([f32; 4], f32) -> f32) {
    for (n, out) in out.iter_mut().enumerate() {
        let (frame, x) = split(path.position(n));
        let y = &window[frame - 1..frame + 3];
        *out = point([y[0], y[1], y[2], y[3]], x);
    }
}

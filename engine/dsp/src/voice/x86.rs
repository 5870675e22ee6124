//! The voice kernels for AVX2 and AVX-512: the operations of `portable`, in lanes.
#![allow(
    unsafe_code,
    reason = "vector instructions; every load is inside the checked window"
)]

use std::arch::x86_64::*;

use super::portable::{self, hermite_point, split};
use super::sinc::{SincTable, TAPS};
use super::{GainLine, Path, TAPS_BEFORE, VoiceKernels};
use crate::simd::SimdLevel;

pub(super) const AVX2: VoiceKernels = VoiceKernels {
    level: SimdLevel::Avx2,
    linear: linear_avx2,
    hermite: hermite_avx2,
    sinc: sinc_avx2,
    mix: mix_avx2,
    widen: widen_avx2,
};

pub(super) const AVX512: VoiceKernels = VoiceKernels {
    level: SimdLevel::Avx512,
    linear: linear_avx512,
    hermite: hermite_avx512,
    sinc: sinc_avx512,
    mix: mix_avx512,
    widen: widen_avx512,
};

const FRACTION: f32 = 1.0 / 16_777_216.0;

#[target_feature(enable = "avx2")]
fn mix_avx2(bus: &mut [f32], source: &[f32], gain: GainLine) {
    portable::mix(bus, source, gain);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn mix_avx512(bus: &mut [f32], source: &[f32], gain: GainLine) {
    let n = bus.len().min(source.len());
    let (from, slope) = (_mm512_set1_ps(gain.from), _mm512_set1_ps(gain.slope));
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let mut at = _mm512_add_epi32(lanes, _mm512_set1_epi32(gain.offset.cast_signed()));
    let mut done = 0;
    while done < n {
        let mask = tail_mask(n - done);
        // SAFETY: the mask keeps the load and the store inside the first `n` elements of both.
        unsafe {
            let to = bus.as_mut_ptr().add(done);
            let x = _mm512_maskz_loadu_ps(mask, source.as_ptr().add(done));
            let g = _mm512_add_ps(from, _mm512_mul_ps(slope, _mm512_cvtepi32_ps(at)));
            let sum = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, to), _mm512_mul_ps(x, g));
            _mm512_mask_storeu_ps(to, mask, sum);
        }
        at = _mm512_add_epi32(at, _mm512_set1_epi32(16));
        done += 16;
    }
}

#[target_feature(enable = "avx2")]
fn widen_avx2(source: &[i16], out: &mut [f32]) {
    portable::widen(source, out);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn widen_avx512(source: &[i16], out: &mut [f32]) {
    portable::widen(source, out);
}

/// The positions of 16 outputs at a time: frame numbers and fractions.
struct Walk512 {
    low: __m512i,
    high: __m512i,
    low_step: __m512i,
    high_step: __m512i,
    bend: __m512i,
}

impl Walk512 {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn new(path: Path) -> Self {
        let n = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
        let eight = _mm512_set1_epi64(8);
        let slope = _mm512_set1_epi64(path.slope);
        let low = positions(path, slope, n);
        let high = positions(path, slope, _mm512_add_epi64(n, eight));
        // From output n to n + 16: 16 step(n) + 120 slope.
        let jump = |n: __m512i| {
            let step = _mm512_add_epi64(
                _mm512_set1_epi64(path.step.cast_signed()),
                _mm512_mullo_epi64(n, slope),
            );
            let bend = _mm512_mullo_epi64(_mm512_set1_epi64(120), slope);
            _mm512_add_epi64(_mm512_slli_epi64::<4>(step), bend)
        };
        Self {
            low,
            high,
            low_step: jump(n),
            high_step: jump(_mm512_add_epi64(n, eight)),
            bend: _mm512_slli_epi64::<8>(slope),
        }
    }

    /// Frame numbers and raw 32-bit fractions of the next 16 outputs.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn next(&mut self) -> (__m512i, __m512i) {
        let frames = join(
            _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(self.low)),
            _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(self.high)),
        );
        let fractions = join(
            _mm512_cvtepi64_epi32(self.low),
            _mm512_cvtepi64_epi32(self.high),
        );
        self.low = _mm512_add_epi64(self.low, self.low_step);
        self.high = _mm512_add_epi64(self.high, self.high_step);
        self.low_step = _mm512_add_epi64(self.low_step, self.bend);
        self.high_step = _mm512_add_epi64(self.high_step, self.bend);
        (frames, fractions)
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn positions(path: Path, slope: __m512i, n: __m512i) -> __m512i {
    let pairs = _mm512_srli_epi64::<1>(_mm512_mullo_epi64(
        n,
        _mm512_sub_epi64(n, _mm512_set1_epi64(1)),
    ));
    let straight = _mm512_mullo_epi64(n, _mm512_set1_epi64(path.step.cast_signed()));
    let start = _mm512_set1_epi64(path.start.cast_signed());
    _mm512_add_epi64(
        _mm512_add_epi64(start, straight),
        _mm512_mullo_epi64(pairs, slope),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
fn join(low: __m256i, high: __m256i) -> __m512i {
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn unit_fraction(raw: __m512i) -> __m512 {
    _mm512_mul_ps(
        _mm512_cvtepi32_ps(_mm512_srli_epi32::<8>(raw)),
        _mm512_set1_ps(FRACTION),
    )
}

#[inline]
fn tail_mask(left: usize) -> __mmask16 {
    if left >= 16 {
        0xffff
    } else {
        (1_u16 << left) - 1
    }
}

/// Elements `frame[lane] + k` for each `k` of `offsets`, out of two registers when the 16 outputs
/// lie close together, else by gathers.
///
/// # Safety
/// `window` holds 32 elements from the first lane's frame - 1 on, and every element read.
#[inline]
#[target_feature(enable = "avx512f")]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "2 or 4 taps"
)]
unsafe fn taps_avx512<const N: usize>(
    window: *const f32,
    frames: __m512i,
    last: usize,
    first: i32,
) -> [__m512; N] {
    let base = _mm_cvtsi128_si32(_mm512_castsi512_si128(frames)) + first;
    let relative = _mm512_sub_epi32(frames, _mm512_set1_epi32(base - first));
    let span = _mm512_reduce_max_epi32(_mm512_maskz_mov_epi32(tail_mask(last), relative));
    // SAFETY: as the caller promises; `base` is the first lane's first tap.
    unsafe {
        let from = window.offset(base as isize);
        if span + (N as i32) <= 32 {
            let (a, b) = (_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16)));
            std::array::from_fn(|k| {
                let index = _mm512_add_epi32(relative, _mm512_set1_epi32(k as i32));
                _mm512_permutex2var_ps(a, index, b)
            })
        } else {
            let mask = tail_mask(last);
            let zero = _mm512_setzero_ps();
            std::array::from_fn(|k| {
                _mm512_mask_i32gather_ps::<4>(zero, mask, relative, from.add(k))
            })
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn linear_avx512(window: &[f32], path: Path, out: &mut [f32]) {
    let mut walk = Walk512::new(path);
    for chunk in out.chunks_mut(16) {
        let (frames, raw) = walk.next();
        let x = unit_fraction(raw);
        // SAFETY: the caller checked that the window holds every tap and a pad of 32 frames.
        unsafe {
            let [a, b] = taps_avx512::<2>(window.as_ptr(), frames, chunk.len(), 0);
            let y = _mm512_add_ps(a, _mm512_mul_ps(x, _mm512_sub_ps(b, a)));
            _mm512_mask_storeu_ps(chunk.as_mut_ptr(), tail_mask(chunk.len()), y);
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn hermite_avx512(window: &[f32], path: Path, out: &mut [f32]) {
    let mut walk = Walk512::new(path);
    let k = |x: f32| _mm512_set1_ps(x);
    for chunk in out.chunks_mut(16) {
        let (frames, raw) = walk.next();
        let x = unit_fraction(raw);
        // SAFETY: the caller checked that the window holds every tap and a pad of 32 frames.
        unsafe {
            let [y0, y1, y2, y3] = taps_avx512::<4>(window.as_ptr(), frames, chunk.len(), -1);
            let half = k(0.5);
            let c1 = _mm512_mul_ps(half, _mm512_sub_ps(y2, y0));
            let c2 = _mm512_add_ps(
                _mm512_sub_ps(y0, _mm512_mul_ps(k(2.5), y1)),
                _mm512_sub_ps(_mm512_mul_ps(k(2.0), y2), _mm512_mul_ps(half, y3)),
            );
            let c3 = _mm512_add_ps(
                _mm512_mul_ps(half, _mm512_sub_ps(y3, y0)),
                _mm512_mul_ps(k(1.5), _mm512_sub_ps(y1, y2)),
            );
            let y = _mm512_add_ps(_mm512_mul_ps(c3, x), c2);
            let y = _mm512_add_ps(_mm512_mul_ps(y, x), c1);
            let y = _mm512_add_ps(_mm512_mul_ps(y, x), y1);
            _mm512_mask_storeu_ps(chunk.as_mut_ptr(), tail_mask(chunk.len()), y);
        }
    }
}

/// The four partial sums of one output of the sinc: the tree 16 -> 8 -> 4.
///
/// # Safety
/// `source` holds 16 elements.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
unsafe fn sinc_sums_avx512(
    source: *const f32,
    phase: (&[f32; TAPS], &[f32; TAPS]),
    way: f32,
) -> __m128 {
    // SAFETY: the arrays hold 16 elements, and so does `source`.
    unsafe {
        let slope = _mm512_mul_ps(_mm512_set1_ps(way), _mm512_loadu_ps(phase.1.as_ptr()));
        let taps = _mm512_add_ps(_mm512_loadu_ps(phase.0.as_ptr()), slope);
        let p = _mm512_mul_ps(taps, _mm512_loadu_ps(source));
        let eight = _mm256_add_ps(_mm512_castps512_ps256(p), _mm512_extractf32x8_ps::<1>(p));
        _mm_add_ps(
            _mm256_castps256_ps128(eight),
            _mm256_extractf128_ps::<1>(eight),
        )
    }
}

/// As [`sinc_sums_avx512`] with 256-bit vectors.
///
/// # Safety
/// `source` holds 16 elements.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sinc_sums_avx2(
    source: *const f32,
    phase: (&[f32; TAPS], &[f32; TAPS]),
    way: f32,
) -> __m128 {
    // SAFETY: the arrays hold 16 elements, and so does `source`.
    unsafe {
        let way = _mm256_set1_ps(way);
        let half = |k: usize| {
            let slope = _mm256_mul_ps(way, _mm256_loadu_ps(phase.1.as_ptr().add(k)));
            let taps = _mm256_add_ps(_mm256_loadu_ps(phase.0.as_ptr().add(k)), slope);
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

macro_rules! sinc_kernel {
    ($name:ident, $sums:ident, $features:literal) => {
        #[target_feature(enable = $features)]
        fn $name(window: &[f32], path: Path, table: &SincTable, out: &mut [f32]) {
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
                    $sums(from, table.phase(phase), way)
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
    };
}

sinc_kernel!(
    sinc_avx512,
    sinc_sums_avx512,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2"
);
sinc_kernel!(sinc_avx2, sinc_sums_avx2, "avx2");

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
fn linear_avx2(window: &[f32], path: Path, out: &mut [f32]) {
    portable_run(window, path, out, |y, x| y[1] + x * (y[2] - y[1]));
}

#[target_feature(enable = "avx2")]
fn hermite_avx2(window: &[f32], path: Path, out: &mut [f32]) {
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
    let c2 = _mm_add_ps(
        _mm_sub_ps(y0, _mm_mul_ps(k(2.5), y1)),
        _mm_sub_ps(_mm_mul_ps(k(2.0), y2), _mm_mul_ps(half, y3)),
    );
    let c3 = _mm_add_ps(
        _mm_mul_ps(half, _mm_sub_ps(y3, y0)),
        _mm_mul_ps(k(1.5), _mm_sub_ps(y1, y2)),
    );
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

//! The voice kernels for AVX-512: the operations of `portable` for 16 outputs at a time, and a
//! voice is interpolated and mixed in one pass.
#![allow(
    unsafe_code,
    reason = "vector instructions; every load is inside the checked window"
)]

use std::arch::x86_64::*;

use super::portable::{self, FRACTION};
use super::sinc::{SincTable, TAPS};
use super::{GainLine, Path, Quality, Reader, TAPS_BEFORE, VoiceKernels};
use crate::simd::SimdLevel;

pub(super) const KERNELS: VoiceKernels = VoiceKernels {
    level: SimdLevel::Avx512,
    interpolate,
    mix,
    widen,
    fused: Some((fused::<1>, fused::<2>)),
};

/// Outputs at a time.
const LANES: usize = 16;

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn interpolate(window: &[f32], reader: &Reader, out: &mut [f32]) {
    match reader.quality {
        Quality::Linear => interpolate_linear(window, reader, out),
        Quality::Hermite4 => interpolate_hermite(window, reader, out),
        Quality::Sinc16 => interpolate_sinc(window, reader, out),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn fused<const C: usize>(
    bus: [&mut [f32]; 2],
    windows: [&[f32]; C],
    reader: &Reader,
    gains: [GainLine; 2],
) {
    match reader.quality {
        Quality::Linear => fused_linear(bus, windows, reader, gains),
        Quality::Hermite4 => fused_hermite(bus, windows, reader, gains),
        Quality::Sinc16 => fused_sinc(bus, windows, reader, gains),
    }
}

/// The two loops around the points of one quality.
macro_rules! loops {
    ($points:ident, $interpolate:ident, $fused:ident) => {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
        fn $interpolate(window: &[f32], reader: &Reader, out: &mut [f32]) {
            let mut walk = Walk::new(reader.path);
            for chunk in out.chunks_mut(LANES) {
                let places = walk.next(chunk.len());
                // SAFETY: the caller checked that the window holds every tap and the pad; the
                // mask keeps the store inside the chunk.
                unsafe {
                    let [y] = $points([window.as_ptr()], &places, reader.sinc);
                    _mm512_mask_storeu_ps(chunk.as_mut_ptr(), places.mask, y);
                }
            }
        }

        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
        fn $fused<const C: usize>(
            bus: [&mut [f32]; 2],
            windows: [&[f32]; C],
            reader: &Reader,
            gains: [GainLine; 2],
        ) {
            let [left, right] = bus;
            let windows = windows.map(<[f32]>::as_ptr);
            let mut walk = Walk::new(reader.path);
            let [mut to_left, mut to_right] = [Line::new(gains[0]), Line::new(gains[1])];
            let sides = left.chunks_mut(LANES).zip(right.chunks_mut(LANES));
            for (left, right) in sides {
                let places = walk.next(left.len());
                // SAFETY: the caller checked that the windows hold every tap and the pad.
                let y = unsafe { $points(windows, &places, reader.sinc) };
                to_left.add(left, y[0]);
                to_right.add(right, y[C - 1]);
            }
        }
    };
}

loops!(linear_points, interpolate_linear, fused_linear);
loops!(hermite_points, interpolate_hermite, fused_hermite);
loops!(sinc_points, interpolate_sinc, fused_sinc);

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn mix(bus: &mut [f32], source: &[f32], gain: GainLine) {
    let mut line = Line::new(gain);
    for (bus, source) in bus.chunks_mut(LANES).zip(source.chunks(LANES)) {
        let count = bus.len().min(source.len());
        // SAFETY: the chunk holds 16 elements, or the mask keeps the load inside.
        let y = unsafe {
            match count {
                LANES => _mm512_loadu_ps(source.as_ptr()),
                _ => _mm512_maskz_loadu_ps(mask_of(count), source.as_ptr()),
            }
        };
        line.add(&mut bus[..count], y);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
fn widen(source: &[i16], out: &mut [f32]) {
    portable::widen(source, out);
}

/// A [`GainLine`] on its way, 16 outputs at a time.
struct Line {
    from: __m512,
    slope: __m512,
    at: __m512i,
}

impl Line {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(gain: GainLine) -> Self {
        let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        Self {
            from: _mm512_set1_ps(gain.from),
            slope: _mm512_set1_ps(gain.slope),
            at: _mm512_add_epi32(lanes, _mm512_set1_epi32(gain.offset.cast_signed())),
        }
    }

    /// Adds up to 16 outputs to `bus`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add(&mut self, bus: &mut [f32], y: __m512) {
        let moved = _mm512_mul_ps(self.slope, _mm512_cvtepi32_ps(self.at));
        let gain = _mm512_add_ps(self.from, moved);
        self.at = _mm512_add_epi32(self.at, _mm512_set1_epi32(16));
        let scaled = _mm512_mul_ps(y, gain);
        let to = bus.as_mut_ptr();
        // SAFETY: the slice holds 16 elements, or the mask keeps the load and the store inside.
        unsafe {
            if bus.len() >= LANES {
                // Without a mask, because the next voice could not be handed what a masked store
                // has on its way to memory.
                _mm512_storeu_ps(to, _mm512_add_ps(_mm512_loadu_ps(to), scaled));
            } else {
                let mask = mask_of(bus.len());
                let sum = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, to), scaled);
                _mm512_mask_storeu_ps(to, mask, sum);
            }
        }
    }
}

/// Where 16 outputs lie in a window. Lanes behind the last output repeat the first one, so that
/// they read nothing that is not there.
struct Places {
    /// Frame numbers.
    frames: __m512i,
    /// Fractions, 32 bits.
    raw: __m512i,
    /// The first and the last frame number.
    range: (usize, usize),
    mask: __mmask16,
}

/// The places of a path, 16 outputs at a time.
struct Walk {
    /// The path of the next outputs.
    path: Path,
    low: __m512i,
    high: __m512i,
    low_step: __m512i,
    high_step: __m512i,
    bend: __m512i,
}

impl Walk {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn new(path: Path) -> Self {
        let n = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
        let more = _mm512_add_epi64(n, _mm512_set1_epi64(8));
        let slope = _mm512_set1_epi64(path.slope);
        Self {
            path,
            low: positions(path, slope, n),
            high: positions(path, slope, more),
            low_step: jumps(path, slope, n),
            high_step: jumps(path, slope, more),
            bend: _mm512_slli_epi64::<8>(slope),
        }
    }

    /// The places of the next `left` outputs, at most 16.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn next(&mut self, left: usize) -> Places {
        let whole = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        let parts = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        let mask = mask_of(left);
        let last = self.path.position(left.clamp(1, LANES) - 1);
        let first =
            _mm512_broadcastd_epi32(_mm_cvtsi64_si128((self.path.start >> 32).cast_signed()));
        let frames = _mm512_permutex2var_epi32(self.low, whole, self.high);
        let places = Places {
            frames: _mm512_mask_mov_epi32(first, mask, frames),
            raw: _mm512_permutex2var_epi32(self.low, parts, self.high),
            range: (portable::split(self.path.start).0, portable::split(last).0),
            mask,
        };
        self.path = self.path.after(LANES);
        self.low = _mm512_add_epi64(self.low, self.low_step);
        self.high = _mm512_add_epi64(self.high, self.high_step);
        self.low_step = _mm512_add_epi64(self.low_step, self.bend);
        self.high_step = _mm512_add_epi64(self.high_step, self.bend);
        places
    }
}

/// The positions of eight outputs.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn positions(path: Path, slope: __m512i, n: __m512i) -> __m512i {
    let before = _mm512_sub_epi64(n, _mm512_set1_epi64(1));
    let pairs = _mm512_srli_epi64::<1>(_mm512_mullo_epi64(n, before));
    let straight = _mm512_mullo_epi64(n, _mm512_set1_epi64(path.step.cast_signed()));
    let start = _mm512_set1_epi64(path.start.cast_signed());
    let bent = _mm512_mullo_epi64(pairs, slope);
    _mm512_add_epi64(_mm512_add_epi64(start, straight), bent)
}

/// From output n to n + 16: 16 step(n) + 120 slope.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn jumps(path: Path, slope: __m512i, n: __m512i) -> __m512i {
    let step = _mm512_set1_epi64(path.step.cast_signed());
    let step = _mm512_add_epi64(step, _mm512_mullo_epi64(n, slope));
    let bend = _mm512_mullo_epi64(_mm512_set1_epi64(120), slope);
    _mm512_add_epi64(_mm512_slli_epi64::<4>(step), bend)
}

#[inline]
fn mask_of(count: usize) -> __mmask16 {
    if count >= LANES {
        0xffff
    } else {
        (1_u16 << count) - 1
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn fractions(raw: __m512i) -> __m512 {
    let bits = _mm512_cvtepi32_ps(_mm512_srli_epi32::<8>(raw));
    _mm512_mul_ps(bits, _mm512_set1_ps(FRACTION))
}

/// The `N` frames of each output from `before` frames before its own on: out of two registers
/// when the 16 outputs lie close together, else by gathers.
///
/// # Safety
/// The window holds those frames, and 32 from the first of them on.
#[inline]
#[target_feature(enable = "avx512f")]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "2 or 4 frames; a window is shorter than 2^31"
)]
unsafe fn taps<const N: usize>(window: *const f32, places: &Places, before: usize) -> [__m512; N] {
    let (first, last) = places.range;
    let relative = _mm512_sub_epi32(places.frames, _mm512_set1_epi32(first as i32));
    // SAFETY: as the caller promises.
    unsafe {
        let from = window.add(first - before);
        if last - first + N <= 2 * LANES {
            let (a, b) = (_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(LANES)));
            std::array::from_fn(|k| {
                let index = _mm512_add_epi32(relative, _mm512_set1_epi32(k as i32));
                _mm512_permutex2var_ps(a, index, b)
            })
        } else {
            std::array::from_fn(|k| _mm512_i32gather_ps::<4>(relative, from.add(k)))
        }
    }
}

/// # Safety
/// The windows hold every tap of the places and 32 frames from the first tap on.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn linear_points<const C: usize>(
    windows: [*const f32; C],
    places: &Places,
    _: &SincTable,
) -> [__m512; C] {
    let x = fractions(places.raw);
    windows.map(|window| {
        // SAFETY: as the caller promises.
        let [a, b] = unsafe { taps::<2>(window, places, 0) };
        _mm512_add_ps(a, _mm512_mul_ps(x, _mm512_sub_ps(b, a)))
    })
}

/// # Safety
/// The windows hold every tap of the places and 32 frames from the first tap on.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn hermite_points<const C: usize>(
    windows: [*const f32; C],
    places: &Places,
    _: &SincTable,
) -> [__m512; C] {
    let x = fractions(places.raw);
    windows.map(|window| {
        // SAFETY: as the caller promises.
        let y = unsafe { taps::<4>(window, places, 1) };
        hermite(y, x)
    })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn hermite([y0, y1, y2, y3]: [__m512; 4], x: __m512) -> __m512 {
    let half = _mm512_set1_ps(0.5);
    let c1 = _mm512_mul_ps(half, _mm512_sub_ps(y2, y0));
    let c3 = _mm512_add_ps(
        _mm512_mul_ps(half, _mm512_sub_ps(y3, y0)),
        _mm512_mul_ps(_mm512_set1_ps(1.5), _mm512_sub_ps(y1, y2)),
    );
    let c2 = _mm512_sub_ps(_mm512_add_ps(_mm512_sub_ps(y0, y1), c1), c3);
    let y = _mm512_add_ps(_mm512_mul_ps(c3, x), c2);
    let y = _mm512_add_ps(_mm512_mul_ps(y, x), c1);
    _mm512_add_ps(_mm512_mul_ps(y, x), y1)
}

/// The taps of an output serve all channels; its 16 products are added up in four steps that
/// handle more outputs the fewer sums are left of each.
///
/// # Safety
/// The windows hold every tap of the places.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn sinc_points<const C: usize>(
    windows: [*const f32; C],
    places: &Places,
    table: &SincTable,
) -> [__m512; C] {
    let bits = _mm512_and_si512(places.raw, _mm512_set1_epi32(0x00ff_ffff));
    let ways = _mm512_mul_ps(_mm512_cvtepi32_ps(bits), _mm512_set1_ps(FRACTION));
    let (mut phases, mut frames, mut way) = ([0_u8; LANES], [0_u32; LANES], [0.0_f32; LANES]);
    // SAFETY: the arrays hold 16 elements each; of the windows as the caller promises.
    unsafe {
        let high = _mm512_srli_epi32::<24>(places.raw);
        _mm_storeu_si128(phases.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(high));
        _mm512_storeu_si512(frames.as_mut_ptr().cast(), places.frames);
        _mm512_storeu_ps(way.as_mut_ptr(), ways);
        let mut fours = [[_mm512_setzero_ps(); 4]; C];
        for group in 0..4 {
            let mut products = [[_mm512_setzero_ps(); 4]; C];
            for k in 0..4 {
                // Lane `group` of the four quarters: so the sums come out in their order.
                let n = 4 * k + group;
                let taps = sinc_taps(table, phases[n], way[n]);
                let from = frames[n] as usize - TAPS_BEFORE;
                for (products, window) in products.iter_mut().zip(&windows) {
                    products[k] = _mm512_mul_ps(taps, _mm512_loadu_ps(window.add(from)));
                }
            }
            for (fours, products) in fours.iter_mut().zip(products) {
                fours[group] = sums_of_four(products);
            }
        }
        fours.map(|fours| finish(fours))
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn sinc_taps(table: &SincTable, phase: u8, way: f32) -> __m512 {
    const { assert!(TAPS == LANES) };
    // SAFETY: a phase holds 16 taps.
    let [taps, next] = table
        .phase(phase)
        .map(|taps| unsafe { _mm512_loadu_ps(taps.as_ptr()) });
    let way = _mm512_mul_ps(_mm512_set1_ps(way), _mm512_sub_ps(next, taps));
    _mm512_add_ps(taps, way)
}

/// The tree 16 -> 8 -> 4 of four outputs: quarter k holds the four sums of output k.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn sums_of_four(p: [__m512; 4]) -> __m512 {
    let eights = |a: __m512, b: __m512| {
        let low = _mm512_insertf32x8::<1>(a, _mm512_castps512_ps256(b));
        let high = _mm512_shuffle_f32x4::<0b11_10_11_10>(a, b);
        _mm512_add_ps(low, high)
    };
    let (a, b) = (eights(p[0], p[1]), eights(p[2], p[3]));
    _mm512_add_ps(
        _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b),
        _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b),
    )
}

/// The tree 4 -> 2 -> 1 of 16 outputs; lane 4 k + n becomes the sum of quarter k of `fours[n]`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn finish(fours: [__m512; 4]) -> __m512 {
    let twos = |a: __m512, b: __m512| {
        let (a, b) = (_mm512_castps_pd(a), _mm512_castps_pd(b));
        let low = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
        let high = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        _mm512_add_ps(low, high)
    };
    let (a, b) = (twos(fours[0], fours[1]), twos(fours[2], fours[3]));
    _mm512_add_ps(
        _mm512_shuffle_ps::<0b10_00_10_00>(a, b),
        _mm512_shuffle_ps::<0b11_01_11_01>(a, b),
    )
}

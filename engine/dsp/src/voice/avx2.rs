//! The voice kernels for AVX2: the operations of `portable` for 8 outputs at a time, and a voice is
//! interpolated and mixed in one pass.
#![allow(
    unsafe_code,
    reason = "vector instructions; every load is inside the checked window"
)]

use std::arch::x86_64::*;

use super::portable::{self, FRACTION, split};
use super::sinc::{SincTable, TAPS};
use super::{GainLine, Path, Quality, Reader, TAPS_AFTER, TAPS_BEFORE, VoiceKernels, side_windows};
use crate::simd::SimdLevel;

pub(super) const KERNELS: VoiceKernels = VoiceKernels {
    level: SimdLevel::Avx2,
    interpolate,
    mix,
    widen,
    fused: Some((fused::<1>, fused::<2>)),
};

/// Outputs at a time.
const LANES: usize = 8;

#[target_feature(enable = "avx2")]
fn interpolate(window: &[f32], reader: &Reader, out: &mut [f32]) {
    let (groups, rest) = out.as_chunks_mut();
    let done = groups.len() * LANES;
    interpolate_groups(window, reader, groups);
    if rest.is_empty() {
        return;
    }
    let reader = reader.after(done);
    if holds_group(window.len(), reader.path) {
        let mut last = [[0.0; LANES]];
        interpolate_groups(window, &reader, &mut last);
        rest.copy_from_slice(&last[0][..rest.len()]);
    } else {
        portable::interpolate(window, &reader, rest);
    }
}

#[target_feature(enable = "avx2")]
fn fused<const C: usize>(
    bus: [&mut [f32]; 2],
    windows: [&[f32]; C],
    reader: &Reader,
    gains: [GainLine; 2],
) {
    let [(left, left_rest), (right, right_rest)] = bus.map(<[f32]>::as_chunks_mut);
    let done = left.len() * LANES;
    mix_groups([left, right], windows, reader, gains);
    if left_rest.is_empty() {
        return;
    }
    let (reader, gains) = (reader.after(done), gains.map(|gain| gain.after(done)));
    let rest = [left_rest, right_rest];
    if windows
        .iter()
        .all(|window| holds_group(window.len(), reader.path))
    {
        let mut last = [[[0.0; LANES]]; 2];
        for (group, side) in last.iter_mut().zip(&rest) {
            group[0][..side.len()].copy_from_slice(side);
        }
        mix_groups(
            last.each_mut().map(|group| &mut group[..]),
            windows,
            &reader,
            gains,
        );
        for (group, side) in last.iter().zip(rest) {
            side.copy_from_slice(&group[0][..side.len()]);
        }
    } else {
        mix_plainly(rest, windows, &reader, gains);
    }
}

/// True when 8 outputs along `path` find all their taps in a window of `len` frames: then the
/// outputs behind the last one may be worked out as well.
fn holds_group(len: usize, path: Path) -> bool {
    let holds = |at: u64| {
        let (frame, _) = split(at);
        frame >= TAPS_BEFORE && frame + TAPS_AFTER < len
    };
    (0..LANES).all(|n| holds(path.position(n)))
}

#[cold]
fn mix_plainly<const C: usize>(
    bus: [&mut [f32]; 2],
    windows: [&[f32]; C],
    reader: &Reader,
    gains: [GainLine; 2],
) {
    let mut points = [0.0; LANES];
    for ((side, window), gain) in bus.into_iter().zip(side_windows(windows)).zip(gains) {
        let points = &mut points[..side.len()];
        portable::interpolate(window, reader, points);
        portable::mix(side, points, gain);
    }
}

#[target_feature(enable = "avx2")]
fn interpolate_groups(window: &[f32], reader: &Reader, out: &mut [[f32; LANES]]) {
    match reader.quality {
        Quality::Linear => interpolate_linear(window, reader, out),
        Quality::Hermite4 => interpolate_hermite(window, reader, out),
        Quality::Sinc16 => interpolate_sinc(window, reader, out),
    }
}

#[target_feature(enable = "avx2")]
fn mix_groups<const C: usize>(
    bus: [&mut [[f32; LANES]]; 2],
    windows: [&[f32]; C],
    reader: &Reader,
    gains: [GainLine; 2],
) {
    let still = reader.path.slope == 0 && gains.iter().all(|gain| gain.slope == 0.0);
    match reader.quality {
        Quality::Linear if still => fused_linear::<C, false>(bus, windows, reader, gains),
        Quality::Linear => fused_linear::<C, true>(bus, windows, reader, gains),
        Quality::Hermite4 if still => fused_hermite::<C, false>(bus, windows, reader, gains),
        Quality::Hermite4 => fused_hermite::<C, true>(bus, windows, reader, gains),
        Quality::Sinc16 if still => fused_sinc::<C, false>(bus, windows, reader, gains),
        Quality::Sinc16 => fused_sinc::<C, true>(bus, windows, reader, gains),
    }
}

/// The two loops around the points of one quality. The points have the same parameters, so that
/// each loop has its own: the compiler builds in what has a single caller.
///
/// What does not `MOVE` has a straight path and steady gains.
macro_rules! loops {
    ($points:ident, $interpolate:ident, $fused:ident) => {
        #[target_feature(enable = "avx2")]
        fn $interpolate(window: &[f32], reader: &Reader, out: &mut [[f32; LANES]]) {
            let window = [window.as_ptr()];
            let mut walk = Walk::<true>::new(reader.path);
            for group in out {
                let places = walk.next();
                // SAFETY: the caller checked that the window holds every tap and the pad.
                let [y] = unsafe { $points::<1, false, true>(window, &places, reader.sinc) };
                *group = stored(y);
            }
        }

        #[target_feature(enable = "avx2")]
        fn $fused<const C: usize, const MOVE: bool>(
            [left, right]: [&mut [[f32; LANES]]; 2],
            windows: [&[f32]; C],
            reader: &Reader,
            gains: [GainLine; 2],
        ) {
            let windows = windows.map(<[f32]>::as_ptr);
            let mut walk = Walk::<MOVE>::new(reader.path);
            let [mut to_left, mut to_right] =
                [Line::<MOVE>::new(gains[0]), Line::<MOVE>::new(gains[1])];
            for (left, right) in left.iter_mut().zip(right) {
                let places = walk.next();
                // SAFETY: the caller checked that the windows hold every tap and the pad.
                let y = unsafe { $points::<C, true, MOVE>(windows, &places, reader.sinc) };
                to_left.add(left, y[0]);
                to_right.add(right, y[C - 1]);
            }
        }
    };
}

loops!(linear_points, interpolate_linear, fused_linear);
loops!(hermite_points, interpolate_hermite, fused_hermite);
loops!(sinc_points, interpolate_sinc, fused_sinc);

#[target_feature(enable = "avx2")]
fn mix(bus: &mut [f32], source: &[f32], gain: GainLine) {
    let count = bus.len().min(source.len());
    let (bus, bus_rest) = bus[..count].as_chunks_mut();
    let (source, source_rest) = source[..count].as_chunks();
    let mut line = Line::<true>::new(gain);
    for (bus, source) in bus.iter_mut().zip(source) {
        line.add(bus, loaded(source));
    }
    portable::mix(bus_rest, source_rest, gain.after(bus.len() * LANES));
}

#[target_feature(enable = "avx2")]
fn widen(source: &[i16], out: &mut [f32]) {
    portable::widen(source, out);
}

#[inline]
#[target_feature(enable = "avx2")]
fn loaded(from: &[f32; LANES]) -> __m256 {
    // SAFETY: the array holds 8 elements.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn stored(y: __m256) -> [f32; LANES] {
    let mut to = [0.0; LANES];
    // SAFETY: the array holds 8 elements.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), y) };
    to
}

/// A [`GainLine`] on its way, 8 outputs at a time. One that does not `MOVE` is worked out once.
struct Line<const MOVE: bool> {
    from: __m256,
    slope: __m256,
    at: __m256i,
    gain: __m256,
}

impl<const MOVE: bool> Line<MOVE> {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(gain: GainLine) -> Self {
        let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        let mut line = Self {
            from: _mm256_set1_ps(gain.from),
            slope: _mm256_set1_ps(gain.slope),
            at: _mm256_add_epi32(lanes, _mm256_set1_epi32(gain.offset.cast_signed())),
            gain: _mm256_setzero_ps(),
        };
        line.gain = line.here();
        line
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn here(&self) -> __m256 {
        let moved = _mm256_mul_ps(self.slope, _mm256_cvtepi32_ps(self.at));
        _mm256_add_ps(self.from, moved)
    }

    /// Adds 8 outputs to `bus`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn add(&mut self, bus: &mut [f32; LANES], y: __m256) {
        if MOVE {
            self.gain = self.here();
            self.at = _mm256_add_epi32(self.at, _mm256_set1_epi32(8));
        }
        *bus = stored(_mm256_add_ps(loaded(bus), _mm256_mul_ps(y, self.gain)));
    }
}

/// Where 8 outputs lie in a window.
struct Places {
    /// Positions.
    at: [u64; LANES],
    /// Their fractions, 32 bits.
    raw: __m256i,
}

/// The places of a path, 8 outputs at a time. The frames, which become addresses, are worked out
/// as scalars: taking them out of lanes costs more. The fractions are the low halves of the same
/// sums.
struct Walk<const MOVE: bool> {
    /// The path of the next outputs.
    path: Path,
    raw: __m256i,
    raw_jump: __m256i,
    raw_bend: __m256i,
}

impl<const MOVE: bool> Walk<MOVE> {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(path: Path) -> Self {
        let n = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        let pairs = _mm256_setr_epi32(0, 0, 1, 3, 6, 10, 15, 21);
        let (start, step) = (low_half(path.start), low_half(path.step));
        let slope = low_half(path.slope.cast_unsigned());
        let straight = _mm256_add_epi32(start, _mm256_mullo_epi32(n, step));
        let step_at = _mm256_add_epi32(step, _mm256_mullo_epi32(n, slope));
        // From output n to n + 8: 8 step(n) + 28 slope.
        let bend = _mm256_mullo_epi32(_mm256_set1_epi32(28), slope);
        Self {
            path: Path {
                slope: if MOVE { path.slope } else { 0 },
                ..path
            },
            raw: _mm256_add_epi32(straight, _mm256_mullo_epi32(pairs, slope)),
            raw_jump: _mm256_add_epi32(_mm256_slli_epi32::<3>(step_at), bend),
            raw_bend: _mm256_slli_epi32::<6>(slope),
        }
    }

    /// The places of the next 8 outputs.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn next(&mut self) -> Places {
        let Path {
            start: mut next,
            mut step,
            slope,
        } = self.path;
        let slope = if MOVE { slope.cast_unsigned() } else { 0 };
        let mut at = [0; LANES];
        for at in &mut at {
            *at = next;
            next = next.wrapping_add(step);
            step = step.wrapping_add(slope);
        }
        self.path = self.path.after(LANES);
        let raw = self.raw;
        self.raw = _mm256_add_epi32(raw, self.raw_jump);
        if MOVE {
            self.raw_jump = _mm256_add_epi32(self.raw_jump, self.raw_bend);
        }
        Places { at, raw }
    }
}

/// The low half of a 32.32 number in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(clippy::cast_possible_truncation, reason = "the low half is wanted")]
fn low_half(number: u64) -> __m256i {
    _mm256_set1_epi32((number as u32).cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn fractions(raw: __m256i) -> __m256 {
    let bits = _mm256_cvtepi32_ps(_mm256_srli_epi32::<8>(raw));
    _mm256_mul_ps(bits, _mm256_set1_ps(FRACTION))
}

/// Rows of 4 frames, of which `BEFORE` are before that of the output: row n + 4 is the upper half
/// of row n.
///
/// # Safety
/// The window holds those frames.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rows<const BEFORE: usize>(window: *const f32, places: &Places) -> [__m256; 4] {
    let mut rows = [_mm256_setzero_ps(); 4];
    for (n, row) in rows.iter_mut().enumerate() {
        // SAFETY: as the caller promises.
        *row = unsafe {
            let row = |at: u64| _mm_loadu_ps(window.add(split(at).0 - BEFORE));
            let (low, high) = (row(places.at[n]), row(places.at[n + 4]));
            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
        };
    }
    rows
}

/// Columns 0 and 1 of rows, in the order of the outputs; columns 2 and 3.
#[inline]
#[target_feature(enable = "avx2")]
fn columns([a, b, c, d]: [__m256; 4]) -> [[__m256; 2]; 2] {
    [
        sides(_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)),
        sides(_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)),
    ]
}

/// The left halves of both, and the right ones.
#[inline]
#[target_feature(enable = "avx2")]
fn sides(a: __m256, b: __m256) -> [__m256; 2] {
    let (a, b) = (_mm256_castps_pd(a), _mm256_castps_pd(b));
    [
        _mm256_castpd_ps(_mm256_unpacklo_pd(a, b)),
        _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)),
    ]
}

/// # Safety
/// The windows hold every tap of the places and 4 frames from the first tap on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn linear_points<const C: usize, const FUSED: bool, const MOVE: bool>(
    windows: [*const f32; C],
    places: &Places,
    _: &SincTable,
) -> [__m256; C] {
    let x = fractions(places.raw);
    let mut points = [x; C];
    for (point, window) in points.iter_mut().zip(windows) {
        // SAFETY: as the caller promises.
        let [[a, b], _] = columns(unsafe { rows::<0>(window, places) });
        *point = _mm256_add_ps(a, _mm256_mul_ps(x, _mm256_sub_ps(b, a)));
    }
    points
}

/// # Safety
/// The windows hold every tap of the places and 4 frames from the first tap on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn hermite_points<const C: usize, const FUSED: bool, const MOVE: bool>(
    windows: [*const f32; C],
    places: &Places,
    _: &SincTable,
) -> [__m256; C] {
    let x = fractions(places.raw);
    let mut points = [x; C];
    for (point, window) in points.iter_mut().zip(windows) {
        // SAFETY: as the caller promises.
        let [[y0, y1], [y2, y3]] = columns(unsafe { rows::<1>(window, places) });
        *point = hermite([y0, y1, y2, y3], x);
    }
    points
}

#[inline]
#[target_feature(enable = "avx2")]
fn hermite([y0, y1, y2, y3]: [__m256; 4], x: __m256) -> __m256 {
    let half = _mm256_set1_ps(0.5);
    let c1 = _mm256_mul_ps(half, _mm256_sub_ps(y2, y0));
    let c3 = _mm256_add_ps(
        _mm256_mul_ps(half, _mm256_sub_ps(y3, y0)),
        _mm256_mul_ps(_mm256_set1_ps(1.5), _mm256_sub_ps(y1, y2)),
    );
    let c2 = _mm256_sub_ps(_mm256_add_ps(_mm256_sub_ps(y0, y1), c1), c3);
    let y = _mm256_add_ps(_mm256_mul_ps(c3, x), c2);
    let y = _mm256_add_ps(_mm256_mul_ps(y, x), c1);
    _mm256_add_ps(_mm256_mul_ps(y, x), y1)
}

/// The taps of an output serve all channels; its 16 products are added up in four steps that
/// handle more outputs the fewer sums are left of each.
///
/// # Safety
/// The windows hold every tap of the places.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn sinc_points<const C: usize, const FUSED: bool, const MOVE: bool>(
    windows: [*const f32; C],
    places: &Places,
    table: &SincTable,
) -> [__m256; C] {
    let bits = _mm256_and_si256(places.raw, _mm256_set1_epi32(0x00ff_ffff));
    let ways = _mm256_mul_ps(_mm256_cvtepi32_ps(bits), _mm256_set1_ps(FRACTION));
    let halves = [
        _mm256_permute2f128_ps::<0x00>(ways, ways),
        _mm256_permute2f128_ps::<0x11>(ways, ways),
    ];
    let mut fours = [[_mm256_setzero_ps(); 4]; C];
    for k in 0..4 {
        // Lane k of both halves: so the sums come out in their order.
        let [a, b] = [places.at[k], places.at[k + 4]];
        let taps_a = sinc_taps(table, a, lane(halves[0], k));
        let taps_b = sinc_taps(table, b, lane(halves[1], k));
        for (fours, window) in fours.iter_mut().zip(windows) {
            // SAFETY: as the caller promises.
            let (a, b) = unsafe {
                (
                    products(taps_a, window.add(split(a).0)),
                    products(taps_b, window.add(split(b).0)),
                )
            };
            fours[k] = sums_of_two(a, b);
        }
    }
    let mut points = [_mm256_setzero_ps(); C];
    for (point, fours) in points.iter_mut().zip(fours) {
        *point = finish(fours);
    }
    points
}

/// Lane k of both halves in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn lane(y: __m256, k: usize) -> __m256 {
    match k {
        0 => _mm256_permute_ps::<0b00_00_00_00>(y),
        1 => _mm256_permute_ps::<0b01_01_01_01>(y),
        2 => _mm256_permute_ps::<0b10_10_10_10>(y),
        _ => _mm256_permute_ps::<0b11_11_11_11>(y),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn sinc_taps(table: &SincTable, at: u64, way: __m256) -> [__m256; 2] {
    const { assert!(TAPS == 2 * LANES) };
    let (phase, _) = portable::sinc_phase(at);
    let [taps, next] = table.phase(phase);
    let [taps, next] = [taps, next].map(|phase| phase.as_ptr());
    // SAFETY: a phase holds 16 taps.
    unsafe {
        [
            between(taps, next, way),
            between(taps.add(8), next.add(8), way),
        ]
    }
}

/// 8 taps, `way` of the way from `taps` to `next`.
///
/// # Safety
/// There are 8 of each.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn between(taps: *const f32, next: *const f32, way: __m256) -> __m256 {
    // SAFETY: as the caller promises.
    let (taps, next) = unsafe { (_mm256_loadu_ps(taps), _mm256_loadu_ps(next)) };
    _mm256_add_ps(taps, _mm256_mul_ps(way, _mm256_sub_ps(next, taps)))
}

/// The products of one output around `frame`, and the first step of their tree.
///
/// # Safety
/// The 16 frames around `frame` are there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn products(taps: [__m256; 2], frame: *const f32) -> __m256 {
    // SAFETY: as the caller promises.
    let (low, high) = unsafe {
        let from = frame.sub(TAPS_BEFORE);
        (_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8)))
    };
    _mm256_add_ps(_mm256_mul_ps(taps[0], low), _mm256_mul_ps(taps[1], high))
}

/// The tree 8 -> 4 of two outputs: half k holds the four sums of output k.
#[inline]
#[target_feature(enable = "avx2")]
fn sums_of_two(a: __m256, b: __m256) -> __m256 {
    let inner = _mm256_permute2f128_ps::<0x21>(a, b);
    let outer = _mm256_blend_ps::<0xf0>(a, b);
    _mm256_add_ps(outer, inner)
}

/// The tree 4 -> 2 -> 1 of 8 outputs; lane 4 k + n becomes the sum of half k of `fours[n]`.
#[inline]
#[target_feature(enable = "avx2")]
fn finish(fours: [__m256; 4]) -> __m256 {
    let twos = |a: __m256, b: __m256| {
        let (a, b) = (_mm256_castps_pd(a), _mm256_castps_pd(b));
        let low = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
        let high = _mm256_castpd_ps(_mm256_unpackhi_pd(a, b));
        _mm256_add_ps(low, high)
    };
    let (a, b) = (twos(fours[0], fours[1]), twos(fours[2], fours[3]));
    _mm256_add_ps(
        _mm256_shuffle_ps::<0b10_00_10_00>(a, b),
        _mm256_shuffle_ps::<0b11_01_11_01>(a, b),
    )
}

//! Lets a cell fade with 256-bit vectors: the operations of [`Resting::frame`] in the same order, and
//! lines and frames change places in registers.

use core::arch::x86_64::*;

use super::super::decay::Resting;
use super::{LINES, Rows};
use crate::CELL;

/// Frames, and lines, that change places at a time.
const SIDE: usize = 8;
/// Numbers of half a vector.
const QUAD: usize = 4;
/// Eight lines of eight frames, or eight frames of eight lines.
type Square = [__m256; SIDE];

/// Both halves of the lines.
type Halves = [__m256; 2];

#[target_feature(enable = "avx2")]
pub(super) fn fade(filter: &mut Resting, rows: &mut Rows<LINES>) {
    let [give_low, share_low, give_high, flat, share_high] = &filter.coefficients;
    let (give_low, share_low) = (halves(give_low), halves(share_low));
    let (give_high, flat, share_high) = (halves(give_high), halves(flat), halves(share_high));
    let (keep_low, keep_high) = (rest(give_low), rest(give_high));
    let (mut low, mut high) = (halves(&filter.low), halves(&filter.high));
    let (upper, lower) = rows.split_at_mut(SIDE);
    for at in (0..CELL).step_by(SIDE) {
        let (mut first, mut second) = (load(upper, at), load(lower, at));
        for (x, y) in first.iter_mut().zip(&mut second) {
            for (half, x) in [x, y].into_iter().enumerate() {
                let shelved = _mm256_add_ps(*x, _mm256_mul_ps(share_low[half], low[half]));
                let kept = _mm256_mul_ps(keep_low[half], low[half]);
                low[half] = _mm256_add_ps(kept, _mm256_mul_ps(give_low[half], *x));
                let own = _mm256_mul_ps(flat[half], shelved);
                *x = _mm256_add_ps(own, _mm256_mul_ps(share_high[half], high[half]));
                let kept = _mm256_mul_ps(keep_high[half], high[half]);
                high[half] = _mm256_add_ps(kept, _mm256_mul_ps(give_high[half], shelved));
            }
        }
        store(upper, at, first);
        store(lower, at, second);
    }
    (filter.low, filter.high) = (joined(low), joined(high));
}

/// Frames `at` to `at` + 7 of eight lines, a vector for each frame. Halves of lines come from memory
/// to where they belong, so that columns need not cross the middle of a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn load(rows: &[[f32; CELL]], at: usize) -> Square {
    let [a, b, c, d] = quad(rows, at);
    let [e, f, g, h] = quad(rows, at + QUAD);
    [a, b, c, d, e, f, g, h]
}

/// Four frames of eight lines.
#[inline]
#[target_feature(enable = "avx2")]
fn quad(rows: &[[f32; CELL]], at: usize) -> [__m256; QUAD] {
    turned([
        pair(rows, 0, at),
        pair(rows, 1, at),
        pair(rows, 2, at),
        pair(rows, 3, at),
    ])
}

/// Four frames of a line and of the one that stands beside it.
#[inline]
#[target_feature(enable = "avx2")]
fn pair(rows: &[[f32; CELL]], line: usize, at: usize) -> __m256 {
    let (upper, lower) = (four(&rows[line][at..]), four(&rows[line + QUAD][at..]));
    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(upper), lower)
}

/// The way back.
#[inline]
#[target_feature(enable = "avx2")]
fn store(rows: &mut [[f32; CELL]], at: usize, square: Square) {
    let [a, b, c, d, e, f, g, h] = square;
    for (quad, at) in [
        (turned([a, b, c, d]), at),
        (turned([e, f, g, h]), at + QUAD),
    ] {
        for (line, pair) in quad.into_iter().enumerate() {
            let pair = array(pair);
            let (upper, lower) = pair.split_at(QUAD);
            rows[line][at..at + QUAD].copy_from_slice(upper);
            rows[line + QUAD][at..at + QUAD].copy_from_slice(lower);
        }
    }
}

/// Rows become columns in both halves of the vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn turned([a, b, c, d]: [__m256; QUAD]) -> [__m256; QUAD] {
    // No closures here: they would be called.
    let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
    let (low, low_end) = (_mm256_castps_pd(ab), _mm256_castps_pd(cd));
    let (ab, cd) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
    let (high, high_end) = (_mm256_castps_pd(ab), _mm256_castps_pd(cd));
    [
        _mm256_castpd_ps(_mm256_unpacklo_pd(low, low_end)),
        _mm256_castpd_ps(_mm256_unpackhi_pd(low, low_end)),
        _mm256_castpd_ps(_mm256_unpacklo_pd(high, high_end)),
        _mm256_castpd_ps(_mm256_unpackhi_pd(high, high_end)),
    ]
}

/// What they lack to 1.
#[inline]
#[target_feature(enable = "avx2")]
fn rest([first, second]: Halves) -> Halves {
    let one = _mm256_set1_ps(1.0);
    [_mm256_sub_ps(one, first), _mm256_sub_ps(one, second)]
}

#[inline]
#[target_feature(enable = "avx2")]
fn halves(lines: &[f32; LINES]) -> Halves {
    [eight(lines), eight(&lines[SIDE..])]
}

#[inline]
#[target_feature(enable = "avx2")]
fn joined([first, second]: Halves) -> [f32; LINES] {
    let mut lines = [0.0; LINES];
    lines[..SIDE].copy_from_slice(&array(first));
    lines[SIDE..].copy_from_slice(&array(second));
    lines
}

/// The first four of `x`.
#[inline]
#[target_feature(enable = "avx2")]
fn four(x: &[f32]) -> __m128 {
    let x = &x[..QUAD];
    _mm_setr_ps(x[0], x[1], x[2], x[3])
}

/// The first eight of `x`.
#[inline]
#[target_feature(enable = "avx2")]
fn eight(x: &[f32]) -> __m256 {
    let x = &x[..SIDE];
    _mm256_setr_ps(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
}

#[inline]
#[target_feature(enable = "avx2")]
fn array(x: __m256) -> [f32; SIDE] {
    // The same 32 bytes.
    #[allow(unsafe_code, reason = "plain numbers of one size")]
    // SAFETY: both are 32 bytes in which every pattern of bits is a value.
    unsafe {
        core::mem::transmute(x)
    }
}

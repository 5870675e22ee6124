//! Lets a cell fade with 256-bit vectors: the operations of [`Resting::frame`] in the same order, and
//! lines and frames change places in registers.

use core::arch::x86_64::*;

use super::super::decay::Resting;
use super::{LINES, Rows};
use crate::CELL;

/// Frames, and lines, that change places at a time.
const SIDE: usize = 8;
/// Eight lines of eight frames, or eight frames of eight lines.
type Square = [__m256; SIDE];

/// Both halves of the lines.
type Halves = [__m256; 2];

#[target_feature(enable = "avx2")]
pub(super) fn fade(filter: &mut Resting, rows: &mut Rows<LINES>) {
    let [a, b, c, d, e] = filter.coefficients.map(|row| halves(&row));
    let (mut low, mut high) = (halves(&filter.low), halves(&filter.high));
    let (upper, lower) = rows.split_at_mut(SIDE);
    for at in (0..CELL).step_by(SIDE) {
        let mut frames = [turned(load(upper, at)), turned(load(lower, at))];
        for n in 0..SIDE {
            for half in 0..2 {
                let x = frames[half][n];
                let v = _mm256_mul_ps(_mm256_sub_ps(x, low[half]), a[half]);
                let pass = _mm256_add_ps(low[half], v);
                low[half] = _mm256_add_ps(pass, v);
                let shelved = _mm256_add_ps(x, _mm256_mul_ps(b[half], pass));
                let v = _mm256_mul_ps(_mm256_sub_ps(shelved, high[half]), c[half]);
                let pass = _mm256_add_ps(high[half], v);
                high[half] = _mm256_add_ps(pass, v);
                let (flat, shelf) = (
                    _mm256_mul_ps(d[half], shelved),
                    _mm256_mul_ps(e[half], pass),
                );
                frames[half][n] = _mm256_add_ps(flat, shelf);
            }
        }
        let [first, second] = frames;
        store(upper, at, turned(first));
        store(lower, at, turned(second));
    }
    (filter.low, filter.high) = (joined(low), joined(high));
}

/// Frames `at` to `at` + 7 of eight lines.
#[inline]
#[target_feature(enable = "avx2")]
fn load(rows: &[[f32; CELL]], at: usize) -> Square {
    let mut square = [_mm256_setzero_ps(); SIDE];
    for (line, row) in square.iter_mut().zip(rows) {
        *line = eight(&row[at..]);
    }
    square
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(rows: &mut [[f32; CELL]], at: usize, square: Square) {
    for (line, row) in square.into_iter().zip(rows) {
        row[at..at + SIDE].copy_from_slice(&array(line));
    }
}

/// Rows become columns.
#[inline]
#[target_feature(enable = "avx2")]
fn turned(rows: Square) -> Square {
    let [a, b, c, d, e, f, g, h] = rows;
    let pairs = [
        _mm256_unpacklo_ps(a, b),
        _mm256_unpackhi_ps(a, b),
        _mm256_unpacklo_ps(c, d),
        _mm256_unpackhi_ps(c, d),
        _mm256_unpacklo_ps(e, f),
        _mm256_unpackhi_ps(e, f),
        _mm256_unpacklo_ps(g, h),
        _mm256_unpackhi_ps(g, h),
    ];
    let [a, b, c, d, e, f, g, h] = pairs.map(|pair| _mm256_castps_pd(pair));
    // Columns 0 to 3 of the lines 0 to 3, with columns 4 to 7 in the other half; the same of lines 4
    // to 7.
    let quads = [
        _mm256_unpacklo_pd(a, c),
        _mm256_unpackhi_pd(a, c),
        _mm256_unpacklo_pd(b, d),
        _mm256_unpackhi_pd(b, d),
        _mm256_unpacklo_pd(e, g),
        _mm256_unpackhi_pd(e, g),
        _mm256_unpacklo_pd(f, h),
        _mm256_unpackhi_pd(f, h),
    ];
    let [a, b, c, d, e, f, g, h] = quads.map(|quad| _mm256_castpd_ps(quad));
    [
        _mm256_permute2f128_ps::<0x20>(a, e),
        _mm256_permute2f128_ps::<0x20>(b, f),
        _mm256_permute2f128_ps::<0x20>(c, g),
        _mm256_permute2f128_ps::<0x20>(d, h),
        _mm256_permute2f128_ps::<0x31>(a, e),
        _mm256_permute2f128_ps::<0x31>(b, f),
        _mm256_permute2f128_ps::<0x31>(c, g),
        _mm256_permute2f128_ps::<0x31>(d, h),
    ]
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

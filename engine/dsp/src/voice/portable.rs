//! The voice kernels in plain Rust. What they compute, operation by operation, is the contract
//! that every other level follows to the bit.

use super::sinc::{SincTable, TAPS};
use super::{GainLine, Path, Quality, Reader, TAPS_BEFORE, VoiceKernels};
use crate::simd::SimdLevel;

pub(super) const KERNELS: VoiceKernels = VoiceKernels {
    level: SimdLevel::Scalar,
    interpolate,
    mix,
    widen,
    fused: None,
};

pub(super) const FRACTION: f32 = 1.0 / 16_777_216.0;

/// The whole frame of a position and the 24 leading bits of its fraction.
#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    reason = "takes the two halves apart"
)]
#[allow(clippy::cast_precision_loss, reason = "24 bits are exact in f32")]
pub(super) fn split(position: u64) -> (usize, f32) {
    (
        (position >> 32) as usize,
        ((position as u32) >> 8) as f32 * FRACTION,
    )
}

/// Four-point Hermite between `y[1]` and `y[2]`.
#[inline(always)]
pub(super) fn hermite_point(y: [f32; 4], x: f32) -> f32 {
    let c1 = 0.5 * (y[2] - y[0]);
    let c3 = 0.5 * (y[3] - y[0]) + 1.5 * (y[1] - y[2]);
    let c2 = ((y[0] - y[1]) + c1) - c3;
    ((c3 * x + c2) * x + c1) * x + y[1]
}

/// Phase of the sinc table and the way to the next phase.
#[inline(always)]
#[allow(
    clippy::cast_possible_truncation,
    reason = "takes bits out of a position"
)]
#[allow(clippy::cast_precision_loss, reason = "24 bits are exact in f32")]
pub(super) fn sinc_phase(position: u64) -> (u8, f32) {
    let fraction = position as u32;
    (
        (fraction >> 24) as u8,
        (fraction & 0x00ff_ffff) as f32 * FRACTION,
    )
}

/// Sum of 16 products in the fixed tree 16 -> 8 -> 4 -> 2 -> 1.
#[inline(always)]
fn tree(products: [f32; TAPS]) -> f32 {
    let mut sums = products;
    let mut half = TAPS / 2;
    while half > 0 {
        for k in 0..half {
            sums[k] += sums[k + half];
        }
        half /= 2;
    }
    sums[0]
}

pub(super) fn interpolate(window: &[f32], reader: &Reader, out: &mut [f32]) {
    match reader.quality {
        Quality::Linear => linear(window, reader.path, out),
        Quality::Hermite4 => hermite(window, reader.path, out),
        Quality::Sinc16 => sinc16(window, reader.path, reader.sinc, out),
    }
}

fn linear(window: &[f32], path: Path, out: &mut [f32]) {
    for (n, out) in out.iter_mut().enumerate() {
        let (frame, x) = split(path.position(n));
        *out = window[frame] + x * (window[frame + 1] - window[frame]);
    }
}

fn hermite(window: &[f32], path: Path, out: &mut [f32]) {
    for (n, out) in out.iter_mut().enumerate() {
        let (frame, x) = split(path.position(n));
        let y = &window[frame - 1..frame + 3];
        *out = hermite_point([y[0], y[1], y[2], y[3]], x);
    }
}

fn sinc16(window: &[f32], path: Path, table: &SincTable, out: &mut [f32]) {
    for (n, out) in out.iter_mut().enumerate() {
        let position = path.position(n);
        let (frame, _) = split(position);
        let (phase, way) = sinc_phase(position);
        let [taps, next] = table.phase(phase);
        let y = &window[frame - TAPS_BEFORE..frame - TAPS_BEFORE + TAPS];
        let mut products = [0.0; TAPS];
        for k in 0..TAPS {
            products[k] = (taps[k] + way * (next[k] - taps[k])) * y[k];
        }
        *out = tree(products);
    }
}

#[inline(always)]
pub(super) fn mix(bus: &mut [f32], source: &[f32], gain: GainLine) {
    #[allow(clippy::cast_precision_loss, reason = "a run is shorter than 2^24")]
    for (n, (bus, source)) in (gain.offset.cast_signed()..).zip(bus.iter_mut().zip(source)) {
        *bus += source * (gain.from + gain.slope * n as f32);
    }
}

#[inline(always)]
pub(super) fn widen(source: &[i16], out: &mut [f32]) {
    for (out, source) in out.iter_mut().zip(source) {
        *out = f32::from(*source) * (1.0 / 32768.0);
    }
}

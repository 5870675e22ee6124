//! What everyone works on, and how results are judged.

use std::f64::consts::TAU;
use std::io::Write;
use std::path::Path;

use crate::Result;

/// Frames a second of every processor's work.
pub(crate) const RATE: u32 = 48_000;
/// Frames of a block.
pub(crate) const BLOCK: usize = 512;

/// A programme: noise that swells four times in three seconds, tones and clicks, partly the same
/// on both sides; peaks near full scale.
pub(crate) fn programme(rate: u32, frames: usize) -> [Vec<f32>; 2] {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut sides = [Vec::with_capacity(frames), Vec::with_capacity(frames)];
    let mut low = [0.0_f32; 2];
    for n in 0..frames {
        let t = n as f64 / f64::from(rate);
        let swell = (0.55 - 0.45 * (TAU * t * 4.0 / 3.0).cos()) as f32;
        let long = (0.6 - 0.4 * (TAU * t / 23.0).cos()) as f32;
        let tone = (TAU * 220.0 * t).sin() as f32 * 0.15;
        let click = if n % 16_001 == 0 { 0.5 } else { 0.0 };
        let both = noise();
        for (side, low) in sides.iter_mut().zip(&mut low) {
            let own = 0.6 * both + 0.4 * noise();
            // Less treble, as in music.
            *low += 0.3 * (own - *low);
            side.push(long * (swell * (0.9 * *low + 0.12 * own) + tone + click));
        }
    }
    sides
}

/// Interleaved little-endian f32.
pub(crate) fn write_raw(path: &Path, sides: &[Vec<f32>; 2]) -> Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for (left, right) in sides[0].iter().zip(&sides[1]) {
        file.write_all(&left.to_le_bytes())?;
        file.write_all(&right.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

pub(crate) fn read_raw(bytes: &[u8]) -> [Vec<f32>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    for (n, word) in bytes.as_chunks::<4>().0.iter().enumerate() {
        sides[n % 2].push(f32::from_le_bytes(*word));
    }
    sides
}

/// A sine of 1 at `hertz`.
pub(crate) fn sine(hertz: f64, rate: u32, frames: usize) -> Vec<f64> {
    let step = TAU * hertz / f64::from(rate);
    (0..frames).map(|n| (step * n as f64).sin()).collect()
}

/// Amplitude of the sine of `hertz` that fits best, and what is left beside it in dB relative to
/// it, over whole periods in the middle.
pub(crate) fn fit(signal: &[f64], hertz: f64, rate: u32) -> (f64, f64) {
    let second = rate as usize;
    let start = (signal.len() - second.min(signal.len())) / 2;
    let part = &signal[start..(start + second).min(signal.len())];
    let step = TAU * hertz / f64::from(rate);
    let (mut sin, mut cos) = (0.0, 0.0);
    for (n, x) in part.iter().enumerate() {
        let (s, c) = (step * n as f64).sin_cos();
        sin += x * s;
        cos += x * c;
    }
    let scale = 2.0 / part.len() as f64;
    let (sin, cos) = (sin * scale, cos * scale);
    let mut rest = 0.0;
    for (n, x) in part.iter().enumerate() {
        let (s, c) = (step * n as f64).sin_cos();
        rest += (x - sin * s - cos * c).powi(2);
    }
    let amplitude = sin.hypot(cos);
    let level = 10.0
        * (rest * scale / amplitude.powi(2).max(1e-300))
            .max(1e-30)
            .log10();
    (amplitude, level)
}

/// Gain in dB of a bell of `gain` dB with `q` at `centre`, as analogue filters have it.
pub(crate) fn bell(hertz: f64, centre: f64, gain: f64, q: f64) -> f64 {
    let a = 10_f64.powf(gain / 40.0);
    let x = (hertz / centre - centre / hertz).powi(2);
    10.0 * ((x + (a / q).powi(2)) / (x + (a * q).powi(-2))).log10()
}

/// Integrated loudness, range and true peak in dBTP, by the crate `ebur128`.
pub(crate) fn loudness(sides: &[Vec<f32>; 2], rate: u32) -> Result<[f64; 3]> {
    use ebur128::{EbuR128, Mode};
    let mut meter = EbuR128::new(2, rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK)?;
    meter.add_frames_planar_f32(&[&sides[0], &sides[1]])?;
    let peak = meter.true_peak(0)?.max(meter.true_peak(1)?);
    Ok([
        meter.loudness_global()?,
        meter.loudness_range()?,
        20.0 * peak.log10(),
    ])
}

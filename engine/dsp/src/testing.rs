//! Signals and measurements that several test modules share.

use core::f64::consts::{PI, TAU};

use crate::eq::design::{Section, Sums};
use crate::math;

/// Level of an amplitude in dB.
pub(crate) fn db(x: f32) -> f64 {
    20.0 * f64::from(x).log10()
}

/// Uniform noise in -1..1 (SplitMix64).
pub(crate) fn noise(seed: u64) -> impl Iterator<Item = f32> {
    (1..).map(move |i: u64| {
        let z = seed.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        math::to_f32((z >> 11) as f64 * 2f64.powi(-52) - 1.0)
    })
}

/// Cases 20 to 23 of EBU Tech 3341: fs/6 at 0.50 and in it one period of fs/4 at 1.00, made at
/// four times the rate, low-passed and decimated at `offset`; 10 ms tapers at 48 kHz.
pub(crate) fn ebu_3341_burst(offset: usize) -> Vec<f32> {
    let frames = 4 * 9_600;
    let burst = frames / 2..frames / 2 + 16;
    let taper = |i: usize| (i.min(frames - i) as f64 / 1920.0).min(1.0);
    let high: Vec<f64> = (0..frames)
        .map(|i| {
            let (amplitude, phase) = match i {
                i if i < burst.start => (0.5, (i as f64 - burst.start as f64) / 24.0),
                i if i < burst.end => (1.0, (i - burst.start) as f64 / 16.0),
                i => (0.5, (i - burst.end) as f64 / 24.0),
            };
            taper(i) * amplitude * (TAU * phase).sin()
        })
        .collect();
    let low = filter(&high, &low_pass(0.492 / 4.0, 4 * 128));
    low.into_iter()
        .skip(offset)
        .step_by(4)
        .map(math::to_f32)
        .collect()
}

/// Windowed-sinc low-pass of `2·half + 1` taps (Blackman), cut-off in cycles per frame.
pub(crate) fn low_pass(cutoff: f64, half: usize) -> Vec<f64> {
    let tap = |i: usize| {
        let t = i as f64 - half as f64;
        let x = PI * t / (half as f64 + 1.0);
        let window = 0.42 + 0.5 * x.cos() + 0.08 * (2.0 * x).cos();
        let sinc = if t == 0.0 {
            1.0
        } else {
            (TAU * cutoff * t).sin() / (TAU * cutoff * t)
        };
        2.0 * cutoff * sinc * window
    };
    (0..=2 * half).map(tap).collect()
}

/// `x` through the FIR filter, its delay removed.
pub(crate) fn filter(x: &[f64], taps: &[f64]) -> Vec<f64> {
    let half = taps.len() / 2;
    let padded: Vec<f64> = [vec![0.0; half], x.to_vec(), vec![0.0; half]].concat();
    padded
        .windows(taps.len())
        .map(|w| w.iter().zip(taps).map(|(x, h)| x * h).sum())
        .collect()
}

/// True peak by brute force: 16 points per frame, 64 taps per phase, f64, std's functions.
pub(crate) struct TruePeakOracle {
    phases: Vec<Vec<f64>>,
}

impl TruePeakOracle {
    pub(crate) fn new() -> Self {
        let tap = |t: f64| {
            let x = PI * t;
            let window = 0.42 + 0.5 * (x / 32.0).cos() + 0.08 * (x / 16.0).cos();
            if t == 0.0 { 1.0 } else { x.sin() / x * window }
        };
        let phase = |p: u32| {
            let fraction = f64::from(p) / 16.0;
            (-32..32)
                .map(|k| tap(f64::from(k) + 1.0 - fraction))
                .collect()
        };
        Self {
            phases: (0..16).map(phase).collect(),
        }
    }

    /// Of the whole signal between silences.
    pub(crate) fn peak(&self, x: &[f32]) -> f32 {
        self.highest(x, 0..x.len() + 65)
    }

    /// Of the frames in `range` of a signal between silences.
    pub(crate) fn peak_within(&self, x: &[f32], range: core::ops::Range<usize>) -> f32 {
        self.highest(x, range.start + 32..range.end + 32)
    }

    /// Over windows of 64 frames, of which number `n` has frame `n - 32` in its middle.
    fn highest(&self, x: &[f32], windows: core::ops::Range<usize>) -> f32 {
        let silence = vec![0.0; 64];
        let x: Vec<f64> = [&silence, x, &silence]
            .concat()
            .into_iter()
            .map(f64::from)
            .collect();
        let point = |window: &[f64], taps: &Vec<f64>| -> f64 {
            window.iter().zip(taps).map(|(x, h)| x * h).sum()
        };
        let points = x
            .windows(64)
            .skip(windows.start)
            .take(windows.len())
            .flat_map(|w| self.phases.iter().map(move |taps| point(w, taps)));
        math::to_f32(points.fold(0.0, |peak, x| x.abs().max(peak)))
    }
}

/// A sine of `freq` Hz at `rate` with its peak at `level_db`.
pub(crate) fn sine(freq: f64, level_db: f64, rate: f64, frames: usize) -> Vec<f32> {
    let amplitude = 10_f64.powf(level_db / 20.0);
    let phase = |n: usize| TAU * freq * n as f64 / rate;
    (0..frames)
        .map(|n| math::to_f32(amplitude * phase(n).sin()))
        .collect()
}

/// Amplitude of the part of `x` at `freq` cycles per frame; exact over whole periods.
pub(crate) fn amplitude_at(x: &[f32], freq: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, x) in x.iter().enumerate() {
        let phase = TAU * freq * n as f64;
        re += f64::from(*x) * phase.cos();
        im += f64::from(*x) * phase.sin();
    }
    2.0 * (re * re + im * im).sqrt() / x.len() as f64
}

/// How far `x` is from its double-precision twin, dB below that.
pub(crate) fn apart_db(x: &[f32], twin: &[f64]) -> f64 {
    let power = |x: &mut dyn Iterator<Item = f64>| x.map(|v| v * v).sum::<f64>();
    let error = power(&mut x.iter().zip(twin).map(|(x, twin)| f64::from(*x) - twin));
    10.0 * (error / power(&mut twin.iter().copied()))
        .max(1e-40)
        .log10()
}

/// Straight-line double-precision twin of a section of a filter: transposed direct form II.
pub(crate) fn section_twin(section: &Section, signal: &mut [f64]) {
    let coefs = |s: &Sums| {
        let mean = 0.5 * (s.dc + s.nyquist);
        [
            0.5 * (mean + s.odd),
            0.5 * (s.dc - s.nyquist),
            0.5 * (mean - s.odd),
        ]
    };
    biquad_twin(coefs(&section.zeros), coefs(&section.poles), signal);
}

/// The same for coefficients of the numerator and of the denominator.
pub(crate) fn biquad_twin(b: [f64; 3], a: [f64; 3], signal: &mut [f64]) {
    let (mut s1, mut s2) = (0.0, 0.0);
    for x in signal {
        let y = (b[0] * *x + s1) / a[0];
        s1 = b[1] * *x - a[1] * y + s2;
        s2 = b[2] * *x - a[2] * y;
        *x = y;
    }
}

/// Noise that swells from silence to full scale and back, three times a second.
pub(crate) fn swells(seed: u64, rate: f64, frames: usize) -> Vec<f32> {
    let level = |n: usize| 0.5 - 0.5 * (TAU * 3.0 * n as f64 / rate).cos();
    let noise = noise(seed).take(frames).enumerate();
    noise.map(|(n, x)| x * math::to_f32(level(n))).collect()
}

/// `x` through a processor of one channel, in one call from frame 0.
pub(crate) fn through(processor: &mut dyn crate::processor::Processor, x: &[f32]) -> Vec<f32> {
    let mut y = x.to_vec();
    processor.process(0, &mut [&mut y], None);
    y
}

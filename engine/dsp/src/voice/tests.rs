//! The kernels against each other and against what they should compute.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small known numbers"
)]

use std::f64::consts::TAU;

use proptest::prelude::*;

use super::sinc::{Band, HALF_BAND_REACH, SincBank};
use super::*;

const QUALITIES: [Quality; 3] = [Quality::Linear, Quality::Hermite4, Quality::Sinc16];

fn noise(len: usize) -> Vec<f32> {
    let mut state = 0x1234_5678_u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn run(kernels: &VoiceKernels, window: &[f32], path: Path, quality: Quality, n: usize) -> Vec<f32> {
    let band = SincBank::band(path.step, true);
    let mut out = vec![0.0; n];
    let sinc = SincBank::shared().table(band.row);
    kernels.interpolate(window, &reader(path, quality, sinc), &mut out);
    out
}

fn reader(path: Path, quality: Quality, sinc: &SincTable) -> Reader<'_> {
    Reader {
        path,
        quality,
        sinc,
    }
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #[test]
    fn every_level_gives_the_same_bits(
        start in (7_u64 << 32)..(8_u64 << 32), step in 1_u64..(4 << 32), bend in -0.9_f64..0.9,
        n in 0_usize..=300, q in 0_usize..3, cut in 0_usize..=300, straight in any::<bool>(),
    ) {
        let slope = if straight { 0 } else { (bend * step as f64 / n.max(1) as f64) as i64 };
        let path = Path { start, step, slope };
        let window = noise(path.window_len(n));
        let reference = run(&VoiceKernels::for_level(SimdLevel::Scalar), &window, path, QUALITIES[q], n);
        for &level in SimdLevel::available() {
            let kernels = VoiceKernels::for_level(level);
            prop_assert_eq!(kernels.level(), level);
            let whole = run(&kernels, &window, path, QUALITIES[q], n);
            prop_assert_eq!(bits(&whole), bits(&reference));
            let cut = cut % (n + 1);
            let rest = Path { start: path.position(cut), step: path.step_at(cut), slope };
            let table = SincBank::shared().table(SincBank::band(path.step, true).row);
            let mut split = vec![0.0; n];
            kernels.interpolate(&window, &reader(path, QUALITIES[q], table), &mut split[..cut]);
            kernels.interpolate(&window, &reader(rest, QUALITIES[q], table), &mut split[cut..]);
            prop_assert_eq!(bits(&split), bits(&reference));
        }
    }

    #[test]
    fn mixing_a_window_is_interpolating_and_mixing(
        fraction in 0_u64..(1 << 32), step in 1_u64..(4 << 32), bend in -0.9_f64..0.9,
        n in 0_usize..=300, more in 0_usize..9, q in 0_usize..3, whole in 0_u8..4, still in any::<bool>(),
        lines in prop::array::uniform2((-2_f32..2.0, -0.01_f32..0.01, 0_u32..1000)),
    ) {
        let path = match whole {
            0 => Path { start: 7 << 32, step: ONE, slope: 0 },
            1 => Path { start: (7 << 32) + fraction, step, slope: 0 },
            _ => Path { start: (7 << 32) + fraction, step, slope: (bend * step as f64 / n.max(1) as f64) as i64 },
        };
        let noise = noise(path.window_len(n) + 1);
        let (a, b) = (&noise[1..], &noise[..noise.len() - 1]);
        let reader = reader(path, QUALITIES[q], SincBank::shared().table(SincBank::band(path.step, true).row));
        let gains = lines.map(|(from, slope, offset)| {
            GainLine { from, slope: if still { 0.0 } else { slope }, offset }
        });
        let plain = VoiceKernels::for_level(SimdLevel::Scalar);
        let mixed = |window: &[f32], gain| {
            let (mut signal, mut bus) = (vec![0.0; n], vec![0.5; n]);
            plain.interpolate(window, &reader, &mut signal);
            plain.mix(&mut bus, &signal, gain);
            bits(&bus)
        };
        for &level in SimdLevel::available() {
            let kernels = VoiceKernels::for_level(level);
            let (mut left, mut right) = (vec![0.5; n + more], vec![0.5; n]);
            kernels.mix_window([&mut left, &mut right], [a], &reader, gains);
            prop_assert_eq!(bits(&left[..n]), mixed(a, gains[0]));
            prop_assert_eq!(bits(&right), mixed(a, gains[1]));
            prop_assert!(left[n..].iter().all(|y| *y == 0.5));
            let (mut left, mut right) = (vec![0.5; n + more], vec![0.5; n]);
            kernels.mix_window([&mut left, &mut right], [a, b], &reader, gains);
            prop_assert_eq!(bits(&left[..n]), mixed(a, gains[0]));
            prop_assert!(left[n..].iter().all(|y| *y == 0.5));
            prop_assert_eq!(bits(&right), mixed(b, gains[1]));
        }
    }

    #[test]
    fn mix_and_widen_agree_between_levels(
        n in 0_usize..300, from in -2_f32..2.0, slope in -0.1_f32..0.1, offset in 0_u32..1000,
    ) {
        let source = noise(n);
        let short: Vec<i16> = source.iter().map(|x| (x * 32767.0) as i16).collect();
        let gain = GainLine { from, slope, offset };
        let expected: Vec<f32> =
            (0..n).map(|k| 0.25 + source[k] * gain.at(k as u32)).collect();
        for &level in SimdLevel::available() {
            let kernels = VoiceKernels::for_level(level);
            let mut bus = vec![0.25; n];
            kernels.mix(&mut bus, &source, gain);
            prop_assert_eq!(bits(&bus), bits(&expected));
            let mut wide = vec![0.0; n];
            kernels.widen(&short, &mut wide);
            prop_assert!(wide.iter().zip(&short).all(|(w, s)| *w == f32::from(*s) / 32768.0));
        }
    }
}

/// Every length by itself: whole groups of outputs, what is left of one, and nothing.
#[test]
fn every_length_gives_the_same_bits_at_every_level() {
    for n in 0..=300 {
        for (ratio, slope) in [(0.25, 0), (0.8, 0), (1.5, 0), (4.0, 0), (1.0, 9_999_991)] {
            let path = Path {
                start: (7 << 32) + 3_141_592_653,
                step: (ratio * ONE as f64) as u64,
                slope,
            };
            let window = noise(path.window_len(n));
            for quality in QUALITIES {
                let plain = VoiceKernels::for_level(SimdLevel::Scalar);
                let expected = bits(&run(&plain, &window, path, quality, n));
                for &level in SimdLevel::available() {
                    let kernels = VoiceKernels::for_level(level);
                    let given = bits(&run(&kernels, &window, path, quality, n));
                    assert_eq!(given, expected, "{level:?} {quality:?} {n} at {ratio}");
                }
            }
        }
    }
}

/// A path of whole frames copies: of no outputs, from a window of no frames.
#[test]
fn no_outputs_are_copied_from_an_empty_window() {
    let path = Path {
        start: 7 << 32,
        step: ONE,
        slope: 0,
    };
    for &level in SimdLevel::available() {
        let kernels = VoiceKernels::for_level(level);
        let reader = reader(path, Quality::Sinc16, SincBank::shared().table(0));
        kernels.interpolate(&[], &reader, &mut []);
        let (mut left, mut right) = ([0.5; 3], []);
        let gains = [GainLine::constant(1.0); 2];
        kernels.mix_window([&mut left, &mut right], [&[]], &reader, gains);
        assert_eq!(left, [0.5; 3]);
    }
}

/// A gain of -0 is 0 from its first frame on, at every level.
#[test]
fn the_sign_of_a_gain_of_nothing_is_the_same_at_every_level() {
    let path = Path {
        start: 7 << 32,
        step: ONE / 3,
        slope: 0,
    };
    let window = noise(path.window_len(20));
    let sums = SimdLevel::available().iter().map(|&level| {
        let (mut left, mut right) = ([-0.0; 20], [-0.0; 20]);
        let reader = reader(path, Quality::Hermite4, SincBank::shared().table(0));
        let gains = [GainLine::constant(-0.0), GainLine::constant(0.0)];
        let bus = [&mut left[..], &mut right[..]];
        VoiceKernels::for_level(level).mix_window(bus, [&window], &reader, gains);
        (bits(&left), bits(&right))
    });
    let sums: Vec<_> = sums.collect();
    assert!(sums.iter().all(|sum| *sum == sums[0]));
}

#[test]
fn whole_frames_at_step_one_are_copied() {
    let window = noise(200);
    for quality in QUALITIES {
        let path = Path {
            start: 9 << 32,
            step: ONE,
            slope: 0,
        };
        let out = run(&VoiceKernels::detect(), &window, path, quality, 100);
        assert_eq!(out, window[9..109]);
    }
}

#[test]
fn qualities_pass_through_the_frames_at_other_steps() {
    let window = noise(200);
    let path = Path {
        start: 9 << 32,
        step: ONE / 2,
        slope: 0,
    };
    for quality in QUALITIES {
        let out = run(&VoiceKernels::detect(), &window, path, quality, 100);
        for (k, y) in out.iter().step_by(2).enumerate() {
            assert_eq!(*y, window[9 + k], "{quality:?}");
        }
    }
}

#[test]
fn a_short_window_is_refused() {
    let path = Path {
        start: 7 << 32,
        step: ONE,
        slope: 0,
    };
    assert!(!path.fits(path.window_len(64) - 1, 64));
    assert!(path.fits(path.window_len(64), 64));
    assert!(
        !Path {
            start: 6 << 32,
            ..path
        }
        .fits(1000, 64)
    );
    assert!(
        !Path {
            slope: -((ONE / 32) as i64),
            ..path
        }
        .fits(1000, 64)
    );
    let wraps = Path {
        step: 0,
        slope: i64::MIN,
        ..path
    };
    assert!(!wraps.fits(64, 5));
}

#[test]
fn every_phase_passes_a_constant() {
    let window = vec![1.0_f32; 600];
    for row in 0..=12 {
        let step = ((f64::from(row) / 12.0).exp2() * ONE as f64) as u64;
        let path = Path {
            start: 7 << 32,
            step: step / 257 * 3,
            slope: 0,
        };
        let mut out = vec![0.0; 250];
        let table = SincBank::shared().table(row as u8);
        VoiceKernels::detect().interpolate(
            &window,
            &reader(path, Quality::Sinc16, table),
            &mut out,
        );
        assert!(out.iter().all(|y| (y - 1.0).abs() < 1e-6), "row {row}");
    }
}

/// The whole path against straight-line f64 arithmetic.
#[test]
fn kernels_follow_their_f64_twins() {
    let window = noise(400);
    let path = Path {
        start: 8 << 32,
        step: 5_012_345_678,
        slope: 12_345,
    };
    for quality in [Quality::Linear, Quality::Hermite4] {
        let out = run(&VoiceKernels::detect(), &window, path, quality, 250);
        for (n, y) in out.iter().enumerate() {
            let at = path.position(n) as f64 / ONE as f64;
            let (i, x) = (at.floor() as usize, at.fract());
            let w = |k: isize| f64::from(window[i.wrapping_add_signed(k)]);
            let expected = match quality {
                Quality::Linear => w(0) * (1.0 - x) + w(1) * x,
                _ => {
                    let m = |a: f64, b: f64| 0.5 * (b - a);
                    let (m0, m1) = (m(w(-1), w(1)), m(w(0), w(2)));
                    let (x2, x3) = (x * x, x * x * x);
                    (2.0 * x3 - 3.0 * x2 + 1.0) * w(0)
                        + (x3 - 2.0 * x2 + x) * m0
                        + (3.0 * x2 - 2.0 * x3) * w(1)
                        + (x3 - x2) * m1
                }
            };
            assert!(
                (f64::from(*y) - expected).abs() < 2e-6,
                "{quality:?} at {n}"
            );
        }
    }
}

/// Worst line besides the tone, in dB below it: one second of whole-hertz tones at 48 kHz.
fn spurious(quality: Quality, hertz: f64, ratio: f64) -> f64 {
    let rate = 48_000_usize;
    let step = (ratio * ONE as f64).round() as u64;
    let exact = step as f64 / ONE as f64;
    // The source frequency that lands on a whole hertz after the step.
    let target = (hertz * exact).round();
    let source_hz = target / exact;
    let path = Path {
        start: 7 << 32,
        step,
        slope: 0,
    };
    let source: Vec<f32> = (0..path.window_len(rate))
        .map(|n| (TAU * source_hz * (n as f64 - 7.0) / rate as f64).sin() as f32)
        .collect();
    let table = SincBank::shared().table(SincBank::band(step, quality == Quality::Sinc16).row);
    let mut out = vec![0.0; rate];
    let mut run = path;
    let mut base = 0;
    for chunk in out.chunks_mut(1_000) {
        let window = &source[base..(base + run.window_len(chunk.len())).min(source.len())];
        VoiceKernels::detect().interpolate(window, &reader(run, quality, table), chunk);
        let next = run.position(1_000);
        base += (next >> 32) as usize - 7;
        run.start = (7 << 32) | (next & (ONE - 1));
    }
    // The spurious lines of an interpolator are the images k * rate +- f, moved by the step.
    let lines = [
        rate as f64 - source_hz,
        rate as f64 + source_hz,
        2.0 * rate as f64 - source_hz,
        2.0 * rate as f64 + source_hz,
        3.0 * rate as f64 - source_hz,
    ];
    let level = |hz: f64| {
        let w = TAU * hz / rate as f64;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, y) in out.iter().enumerate() {
            let window = 0.5 - 0.5 * (TAU * n as f64 / rate as f64).cos();
            let phase = (w * n as f64) % TAU;
            re += f64::from(*y) * window * phase.cos();
            im += f64::from(*y) * window * phase.sin();
        }
        (re * re + im * im).sqrt()
    };
    let tone = level(target);
    lines
        .iter()
        .map(|hz| 20.0 * (level(hz * exact) / tone).log10())
        .fold(-200.0, f64::max)
}

#[test]
fn images_stay_under_the_specified_level() {
    for ratio in [(1.0_f64 / 12.0).exp2(), (-1.0_f64 / 12.0).exp2()] {
        let bounds = [
            (Quality::Sinc16, -85.0, -80.0),
            (Quality::Hermite4, -90.0, -28.0),
            (Quality::Linear, -65.0, -22.0),
        ];
        for (quality, low, high) in bounds {
            let (at_low, at_high) = (
                spurious(quality, 997.0, ratio),
                spurious(quality, 10_000.0, ratio),
            );
            assert!(
                at_low <= low && at_high <= high,
                "{quality:?} {ratio}: {at_low} {at_high}"
            );
        }
    }
}

#[test]
fn steps_choose_their_filters() {
    assert_eq!(SincBank::band(ONE, true), Band { octaves: 0, row: 0 });
    assert_eq!(SincBank::band(ONE + 1, true), Band { octaves: 0, row: 1 });
    assert_eq!(
        SincBank::band(2 * ONE, true),
        Band {
            octaves: 0,
            row: 12
        }
    );
    assert_eq!(
        SincBank::band(2 * ONE + 1, true),
        Band { octaves: 1, row: 1 }
    );
    assert_eq!(SincBank::band(8 * ONE, false), Band { octaves: 3, row: 0 });
}

#[test]
fn halving_keeps_the_lower_half_and_stops_the_rest() {
    let gain = |f: f64| {
        let source: Vec<f32> = (0..4000)
            .map(|n| (TAU * f * n as f64).sin() as f32)
            .collect();
        let mut out = vec![0.0; 1900];
        let n = SincBank::shared().halve(&source, &mut out);
        assert_eq!(n, 1900);
        let error = (0..n)
            .map(|k| f64::from(out[k]) - (TAU * f * (2 * k + HALF_BAND_REACH) as f64).sin())
            .fold(0.0_f64, |a, e| a.max(e.abs()));
        (out.iter().fold(0.0_f32, |a, y| a.max(y.abs())), error)
    };
    assert!(gain(0.15).1 < 1e-3);
    assert!(gain(0.35).0 < 1e-3);
    assert_eq!(SincBank::shared().halve(&[0.0; 8], &mut [0.0; 4]), 0);
}

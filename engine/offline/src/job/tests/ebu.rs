//! The signals of EBU Tech 3341 and 3342 as files: what is measured must survive writing and reading.

use std::ops::ControlFlow;

use super::super::*;
use crate::channels::Layout;
use crate::flac::{FlacSpec, write_flac_f32};
use crate::quantize::Dither;
use crate::sink::Encoding;
use crate::wav::{WavFormat, WavSpec, WavWriter};

/// A part of a signal: seconds, and the level of each channel in dBFS.
type Part = (f64, &'static [f64]);

/// The same of both sides of a stereo signal.
fn stereo(rate: u32, parts: &[(f64, f64)]) -> Vec<f32> {
    let parts: Vec<_> = parts.iter().map(|part| (part.0, [part.1; 2])).collect();
    tones(rate, parts.iter().map(|part| (part.0, &part.1[..])))
}

/// What a case must read.
enum Reads {
    /// I, within 0.1 LU.
    Integrated(f64),
    /// LRA, within 1 LU.
    Range(f64),
    /// True peak, 0.2 dB above to 0.4 dB below.
    Peak(f64),
    /// Largest S, within 0.1 LU.
    MaxShort(f64),
    /// Largest M, within 0.1 LU.
    MaxMomentary(f64),
}
use Reads::{Integrated, MaxMomentary, MaxShort, Peak, Range};

/// The rates at which meters are proven.
const RATES: [u32; 4] = [44_100, 48_000, 96_000, 192_000];
const SILENCE: f64 = f64::NEG_INFINITY;

const TECH_3341: &[(&str, &[Part], Reads)] = &[
    ("3341-1", &[(20.0, &[-23.0, -23.0])], Integrated(-23.0)),
    ("3341-2", &[(20.0, &[-33.0, -33.0])], Integrated(-33.0)),
    (
        "3341-3",
        &[
            (10.0, &[-36.0, -36.0]),
            (60.0, &[-23.0, -23.0]),
            (10.0, &[-36.0, -36.0]),
        ],
        Integrated(-23.0),
    ),
    (
        "3341-4",
        &[
            (10.0, &[-72.0, -72.0]),
            (10.0, &[-36.0, -36.0]),
            (60.0, &[-23.0, -23.0]),
            (10.0, &[-36.0, -36.0]),
            (10.0, &[-72.0, -72.0]),
        ],
        Integrated(-23.0),
    ),
    (
        "3341-5",
        &[
            (20.0, &[-26.0, -26.0]),
            (20.1, &[-20.0, -20.0]),
            (20.0, &[-26.0, -26.0]),
        ],
        Integrated(-23.0),
    ),
    (
        "3341-6",
        &[(20.0, &[-28.0, -28.0, -24.0, -30.0, -30.0])],
        Integrated(-23.0),
    ),
];

const TECH_3342: &[(&str, &[Part], Reads)] = &[
    (
        "3342-1",
        &[(20.0, &[-20.0, -20.0]), (20.0, &[-30.0, -30.0])],
        Range(10.0),
    ),
    (
        "3342-2",
        &[(20.0, &[-20.0, -20.0]), (20.0, &[-15.0, -15.0])],
        Range(5.0),
    ),
    (
        "3342-3",
        &[(20.0, &[-40.0, -40.0]), (20.0, &[-20.0, -20.0])],
        Range(20.0),
    ),
    (
        "3342-4",
        &[
            (20.0, &[-50.0, -50.0]),
            (20.0, &[-35.0, -35.0]),
            (20.0, &[-20.0, -20.0]),
            (20.0, &[-35.0, -35.0]),
            (20.0, &[-50.0, -50.0]),
        ],
        Range(15.0),
    ),
];

/// Cases 15 to 19: the fraction of the rate, the phase in degrees, and the amplitude of the tone.
const PEAKS: &[(&str, f64, f64, f64, Reads)] = &[
    ("3341-15", 0.25, 0.0, 0.5, Peak(-6.0)),
    ("3341-16", 0.25, 45.0, 0.5, Peak(-6.0)),
    ("3341-17", 1.0 / 6.0, 60.0, 0.5, Peak(-6.0)),
    ("3341-18", 0.125, 67.5, 0.5, Peak(-6.0)),
    ("3341-19", 0.25, 45.0, 1.41, Peak(3.0)),
];

/// Tones of 1 kHz whose phase runs on over the parts, interleaved.
fn tones<'a>(rate: u32, parts: impl IntoIterator<Item = (f64, &'a [f64])>) -> Vec<f32> {
    let mut samples = Vec::new();
    let step = std::f64::consts::TAU * 1_000.0 / f64::from(rate);
    let mut at = 0.0;
    for (seconds, levels) in parts {
        for _ in 0..(seconds * f64::from(rate)).round() as usize {
            let tone = f64::sin(at * step);
            let of = |level: &f64| (tone * 10f64.powf(level / 20.0)) as f32;
            samples.extend(levels.iter().map(of));
            at += 1.0;
        }
    }
    samples
}

/// Half a second of a stereo tone, faded over 10 ms at both ends.
fn peak_tone(rate: u32, fraction: f64, degrees: f64, amplitude: f64) -> Vec<f32> {
    let frames = rate as usize / 2;
    let fade = f64::from(rate) / 100.0;
    let frame = |n: usize| {
        let edge = (n.min(frames - 1 - n) as f64 / fade).min(1.0);
        let phase = std::f64::consts::TAU * fraction * n as f64 + degrees.to_radians();
        let x = (amplitude * edge * phase.sin()) as f32;
        [x, x]
    };
    (0..frames).flat_map(frame).collect()
}

/// Cases 20 to 23: fs/6 at 0.50 and in it one period of fs/4 at 1.00, made at four times the rate,
/// low-passed and decimated from `offset` on; stereo.
fn peak_burst(offset: usize) -> Vec<f32> {
    let frames = 4 * 9_600;
    let burst = frames / 2..frames / 2 + 16;
    let wave = |i: usize| {
        let (amplitude, phase) = match i {
            i if i < burst.start => (0.5, (i as f64 - burst.start as f64) / 24.0),
            i if i < burst.end => (1.0, (i - burst.start) as f64 / 16.0),
            i => (0.5, (i - burst.end) as f64 / 24.0),
        };
        let edge = (i.min(frames - i) as f64 / 1_920.0).min(1.0);
        edge * amplitude * (std::f64::consts::TAU * phase).sin()
    };
    let high: Vec<f64> = (0..frames).map(wave).collect();
    // A windowed sinc with its cut-off at 0.492 of the low rate.
    let (half, cutoff) = (512_i32, 0.492 / 4.0);
    let tap = |k: i32| {
        let (t, x) = (
            f64::from(k),
            std::f64::consts::PI * f64::from(k) / f64::from(half + 1),
        );
        let window = 0.42 + 0.5 * x.cos() + 0.08 * (2.0 * x).cos();
        let angle = std::f64::consts::TAU * cutoff * t;
        let sinc = if k == 0 { 1.0 } else { angle.sin() / angle };
        2.0 * cutoff * sinc * window
    };
    let taps: Vec<f64> = (-half..=half).map(tap).collect();
    let at = |centre: usize| -> f64 {
        let near = |(k, tap): (usize, &f64)| {
            let i = (centre + k).checked_sub(512)?;
            Some(high.get(i)? * tap)
        };
        taps.iter().enumerate().filter_map(near).sum()
    };
    let low = (offset..frames).step_by(4).map(at);
    low.flat_map(|x| [x as f32; 2]).collect()
}

/// Writes a signal as WAV and, at 48 kHz, as FLAC and checks what is read of each.
fn check(name: &str, rate: u32, channels: u16, samples: &[f32], reads: &Reads) {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("a.wav");
    let is_over = samples.iter().any(|x| x.abs() > 1.0);
    let spec = WavSpec {
        layout: Layout::usual(channels),
        sample_rate: rate,
        // Only floats hold what is beyond full scale.
        format: if is_over {
            WavFormat::F32
        } else {
            WavFormat::I24
        },
        dither: Dither::None,
    };
    let mut writer = WavWriter::create(&wav, spec).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
    let mut files = vec![wav];
    if !is_over && rate == 48_000 {
        let flac = folder.path().join("a.flac");
        let spec = FlacSpec {
            channels,
            sample_rate: rate,
            bits: 24,
        };
        write_flac_f32(&flac, spec, samples, Dither::None, &mut crate::no_progress).unwrap();
        files.push(flac);
    }
    for file in files {
        let go_on = &mut |_: &JobProgress| ControlFlow::Continue(());
        let settings = Settings::new(Encoding::Wav(WavFormat::F32));
        let read = measure(&file, &settings, go_on).unwrap().measurement;
        let (value, wanted, range) = match reads {
            Integrated(wanted) => (read.integrated, *wanted, 0.1..=0.1),
            Range(wanted) => (read.range, *wanted, 1.0..=1.0),
            Peak(wanted) => (read.true_peak, *wanted, 0.4..=0.2),
            MaxShort(wanted) => (read.max_short_term, *wanted, 0.1..=0.1),
            MaxMomentary(wanted) => (read.max_momentary, *wanted, 0.1..=0.1),
        };
        let fits = (wanted - range.start()..=wanted + range.end()).contains(&value);
        assert!(fits, "{name} at {rate} Hz, {}: {value}", file.display());
    }
}

#[test]
fn the_signals_of_tech_3341_and_3342_survive_files() {
    for rate in RATES {
        for (name, parts, reads) in TECH_3341.iter().chain(TECH_3342) {
            let channels = u16::try_from(parts[0].1.len()).unwrap();
            check(
                name,
                rate,
                channels,
                &tones(rate, parts.iter().copied()),
                reads,
            );
        }
        for (name, fraction, degrees, amplitude, reads) in PEAKS {
            // Above 48 kHz also the same tones, of which more samples are taken.
            let slow = fraction * (48_000.0 / f64::from(rate)).min(1.0);
            for fraction in [*fraction, slow] {
                let samples = peak_tone(rate, fraction, *degrees, *amplitude);
                check(name, rate, 2, &samples, reads);
            }
        }
    }
}

#[test]
fn peaks_between_the_samples_survive_files() {
    for (offset, sample_peak) in (0..).zip([-0.13, -0.46, -2.50, -0.46]) {
        let x = peak_burst(offset);
        let found = x.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        let found = 20.0 * f64::from(found).log10();
        assert!((found - sample_peak).abs() < 0.05, "the generator: {found}");
        for rate in RATES {
            check(&format!("3341-{}", 20 + offset), rate, 2, &x, &Peak(0.0));
        }
    }
}

/// What a file reads, with its history.
fn read(rate: u32, samples: &[f32], until: Option<f64>) -> crate::measure::Measurement {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let spec = WavSpec {
        layout: Layout::usual(2),
        sample_rate: rate,
        format: WavFormat::I24,
        dither: Dither::None,
    };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
    let mut settings = Settings::new(Encoding::Wav(WavFormat::F32));
    settings.range.end = until;
    let go_on = &mut |_: &JobProgress| ControlFlow::Continue(());
    measure_with_history(&path, &settings, go_on)
        .unwrap()
        .measurement
}

#[test]
fn cases_9_and_12_are_constant_in_files() {
    for rate in RATES {
        let slow = stereo(rate, &[(1.34, -20.0), (1.66, -30.0)].repeat(5));
        let fast = stereo(rate, &[(0.18, -20.0), (0.22, -30.0)].repeat(25));
        let near = |value: f32| (value + 23.0).abs() <= 0.1;
        let slow = read(rate, &slow, None).history;
        assert!(slow.len() >= 149, "{}", slow.len());
        assert!(
            slow[29..].iter().all(|point| near(point.short_term)),
            "9 at {rate}"
        );
        let fast = read(rate, &fast, None).history;
        assert!(fast.len() >= 99, "{}", fast.len());
        assert!(
            fast[9..].iter().all(|point| near(point.momentary)),
            "12 at {rate}"
        );
    }
}

#[test]
fn cases_10_and_13_are_read_in_files() {
    for rate in RATES {
        for i in (0..20).map(f64::from) {
            let x = stereo(rate, &[(i * 0.15, SILENCE), (3.0, -23.0), (1.0, SILENCE)]);
            check("3341-10", rate, 2, &x, &MaxShort(-23.0));
            let x = stereo(rate, &[(i * 0.02, SILENCE), (0.4, -23.0), (1.0, SILENCE)]);
            check("3341-13", rate, 2, &x, &MaxMomentary(-23.0));
        }
    }
}

#[test]
fn cases_11_and_14_are_read_in_files() {
    let steps = |step: f64, length: f64| -> Vec<(f64, f64)> {
        let part = |i: f64| {
            [
                (i * step, SILENCE),
                (length, -38.0 + i),
                (length - i * step, SILENCE),
            ]
        };
        (0..20).map(f64::from).flat_map(part).collect()
    };
    for rate in RATES {
        let (slow, fast) = (
            stereo(rate, &steps(0.15, 3.0)),
            stereo(rate, &steps(0.02, 0.4)),
        );
        // The largest one so far, after some of the steps.
        for i in [0.0, 7.0, 13.0, 19.0] {
            let max = read(rate, &slow, Some((i + 1.0) * 6.0)).max_short_term;
            assert!((max + 38.0 - i).abs() <= 0.1, "11, {i} at {rate}: {max}");
            let max = read(rate, &fast, Some((i + 1.0) * 0.8)).max_momentary;
            assert!((max + 38.0 - i).abs() <= 0.1, "14, {i} at {rate}: {max}");
        }
    }
}

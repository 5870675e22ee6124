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

/// What a case must read.
enum Reads {
    /// I, within 0.1 LU.
    Integrated(f64),
    /// LRA, within 1 LU.
    Range(f64),
    /// True peak, 0.2 dB above to 0.4 dB below.
    Peak(f64),
}
use Reads::{Integrated, Peak, Range};

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
fn tones(rate: u32, parts: &[Part]) -> Vec<f32> {
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

/// Writes a signal as WAV and as FLAC and checks what is read of each.
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
    if !is_over {
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
        };
        let fits = (wanted - range.start()..=wanted + range.end()).contains(&value);
        assert!(fits, "{name} at {rate} Hz, {}: {value}", file.display());
    }
}

#[test]
fn the_signals_of_tech_3341_and_3342_survive_files() {
    for (name, parts, reads) in TECH_3341.iter().chain(TECH_3342) {
        let channels = u16::try_from(parts[0].1.len()).unwrap();
        check(name, 48_000, channels, &tones(48_000, parts), reads);
    }
    for (name, fraction, degrees, amplitude, reads) in PEAKS {
        for rate in [44_100, 48_000, 96_000] {
            let samples = peak_tone(rate, *fraction, *degrees, *amplitude);
            check(name, rate, 2, &samples, reads);
        }
    }
}

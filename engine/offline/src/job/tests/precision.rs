//! Jobs in f64.

use super::super::*;
use super::support::*;
use crate::channels::Layout;
use crate::decode::{DecodeOptions, Decoder};
use crate::quantize::Dither;
use crate::resample::{Tier, resample};
use crate::wav::{WavFormat, WavSpec, WavWriter};

/// A stereo sine in f64, interleaved.
fn tone(frames: usize) -> Vec<f64> {
    let w = std::f64::consts::TAU * 997.0 / 44_100.0;
    let x = |i: usize| 0.4 * (w * i as f64).sin();
    (0..frames).flat_map(|i| [x(i), x(i + 5)]).collect()
}

fn wide(space: &Space, name: &str, format: WavFormat, samples: &[f64]) -> std::path::PathBuf {
    let spec = WavSpec {
        layout: Layout::usual(2),
        sample_rate: 44_100,
        format,
        dither: Dither::None,
    };
    let path = space.path(name);
    let mut writer = WavWriter::create(&path, spec).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
    path
}

fn read_wide(path: &std::path::Path) -> Vec<f64> {
    let mut decoder = Decoder::<f64>::open_as(path, &DecodeOptions::default()).unwrap();
    let mut out = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        out.extend_from_slice(block);
    }
    out
}

/// Largest difference from the left channel, dBFS.
fn null(ours: &[f64], expected: &[f64]) -> f64 {
    let left = ours.iter().step_by(2);
    assert_eq!(left.len(), expected.len());
    let worst = left
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(1e-20, f64::max);
    20.0 * worst.log10()
}

/// Rate and gain as in a straight line of f64, which f32 between the stages cannot give.
#[test]
fn rate_and_gain_null_against_f64() {
    let space = Space::new();
    let x = tone(30_000);
    let input = wide(&space, "in.wav", WavFormat::F64, &x);
    let left: Vec<f64> = x.iter().step_by(2).copied().collect();
    let there = resample(&[left], 44_100, 48_000, Tier::Offline).unwrap();
    for (precision, bounds) in [
        (Precision::Best, -400.0..-280.0),
        (Precision::Single, -170.0..-130.0),
    ] {
        let settings = Settings {
            precision,
            rate: Some(48_000),
            normalise: Some(Normalise::new(LoudnessMode::Peak, -3.0)),
            exists: Exists::Overwrite,
            ..wav(WavFormat::F64)
        };
        let report = go(&space.job(&input, "o.wav", settings)).unwrap();
        assert!(report.gain_db > 4.0);
        let gain = 10f64.powf(report.gain_db / 20.0);
        let expected: Vec<f64> = there[0].iter().map(|x| x * gain).collect();
        let error = null(&read_wide(&report.output), &expected);
        assert!(bounds.contains(&error), "{precision:?}: {error} dBFS");
    }
}

/// 32-bit integers through a gain: half a step of 32 bits off at most.
#[test]
fn integers_of_32_bits_keep_their_bits() {
    let space = Space::new();
    let x = tone(10_000);
    let input = wide(&space, "in.wav", WavFormat::I32, &x);
    let settings = |precision| Settings {
        precision,
        dither: DitherKind::None,
        normalise: Some(Normalise {
            ceiling: None,
            ..Normalise::new(LoudnessMode::Rms, -14.0)
        }),
        exists: Exists::Overwrite,
        ..wav(WavFormat::I32)
    };
    let error = |precision| {
        let report = go(&space.job(&input, "o.wav", settings(precision))).unwrap();
        let gain = 10f64.powf(report.gain_db / 20.0);
        let left = read_wide(&input).into_iter().step_by(2).map(|x| x * gain);
        null(&read_wide(&report.output), &left.collect::<Vec<_>>())
    };
    let (best, single) = (error(Precision::Best), error(Precision::Single));
    assert!(best < -192.0 && single > -165.0, "{best} {single}");
}

/// The limiter's gains are those of f32, and what it leaves alone keeps its 64 bits.
#[test]
fn the_limiter_leaves_quiet_samples_alone() {
    let space = Space::new();
    let mut x = tone(44_100);
    x[44_100..].iter_mut().for_each(|x| *x *= 2.0);
    let input = wide(&space, "in.wav", WavFormat::F64, &x);
    let settings = |precision| Settings {
        precision,
        normalise: Some(Normalise {
            over: OverCeiling::Limit,
            ..Normalise::below(-3.0)
        }),
        exists: Exists::Overwrite,
        ..wav(WavFormat::F64)
    };
    let run = |precision| {
        let report = go(&space.job(&input, "o.wav", settings(precision))).unwrap();
        assert!(report.limiter_db > 0.5, "{report:?}");
        assert!(report.result_true_peak < -2.95, "{report:?}");
        read_wide(&report.output)
    };
    let (best, single) = (run(Precision::Best), run(Precision::Single));
    assert_eq!(best.len(), x.len());
    assert_eq!(best[..40_000], x[..40_000]);
    assert_ne!(single[..40_000], x[..40_000]);
    let apart = best.iter().zip(&single).map(|(a, b)| (a - b).abs());
    let worst = apart.fold(0.0, f64::max);
    assert!(worst < 2e-7, "{worst}");
}

/// Inserts, map, fades, tail and lossy formats take samples of either kind.
#[test]
fn every_stage_takes_f64() {
    let space = Space::new();
    let input = wide(&space, "in.wav", WavFormat::F64, &tone(20_000));
    let gain = InsertSpec {
        kind: segue_dsp::processor::ProcessorKind::Gain,
        values: vec![(0, -6.0)],
        mix: 1.0,
        bypass: false,
        response: None,
    };
    for (name, encoding) in [
        ("o.wav", crate::Encoding::Wav(WavFormat::F32)),
        ("o.aiff", crate::Encoding::Aiff { bits: 24 }),
        #[cfg(feature = "flac")]
        (
            "o.flac",
            crate::Encoding::Flac {
                bits: 24,
                level: Some(5),
            },
        ),
        #[cfg(feature = "vorbis")]
        ("o.ogg", crate::Encoding::Vorbis { quality: 6.0 }),
    ] {
        let run = |precision, name: &str| {
            let settings = Settings {
                precision,
                channels: ChannelMap::Mono(MonoFrom::Mid),
                inserts: vec![gain.clone()],
                tail: Tail::Seconds(0.1),
                fades: Fades {
                    fade_in: 0.1,
                    fade_out: 0.1,
                },
                dither: DitherKind::None,
                ..Settings::new(encoding)
            };
            read(&go(&space.job(&input, name, settings)).unwrap().output)
                .channels
                .remove(0)
        };
        let best = run(Precision::Best, name);
        let single = run(Precision::Single, &format!("single-{name}"));
        assert_eq!(best.len(), 24_410, "{name}");
        let apart = best.iter().zip(&single).map(|(a, b)| (a - b).abs());
        let worst = apart.fold(0.0, f32::max);
        assert!(worst < 1e-3, "{name} {worst}");
    }
}

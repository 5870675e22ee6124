//! Targets of dynamic range.

use super::super::*;
use super::support::*;
#[cfg(feature = "flac")]
use crate::sink::Encoding;
#[cfg(feature = "flac")]
use crate::tags::Tags;
use crate::wav::WavFormat;

/// DR after TT 1.3, straight from its definition, of one channel at 48 kHz.
fn range(x: &[f32]) -> f64 {
    let blocks = x.chunks(3 * 48_000);
    let mut rms: Vec<f64> = blocks
        .clone()
        .map(|b| {
            let sum: f64 = b.iter().map(|x| f64::from(*x).powi(2)).sum();
            (2.0 * sum / b.len() as f64).sqrt()
        })
        .collect();
    let mut peaks: Vec<f64> = blocks
        .map(|b| b.iter().fold(0.0, |p, x| f64::max(p, f64::from(x.abs()))))
        .collect();
    rms.sort_by(|a, b| b.total_cmp(a));
    peaks.sort_by(|a, b| b.total_cmp(a));
    let loud = &rms[..(rms.len() / 5).max(1)];
    let mean = loud.iter().map(|r| r * r).sum::<f64>() / loud.len() as f64;
    -20.0 * (mean.sqrt() / peaks[1]).log10()
}

/// A bed of a tone with drum strokes, a stroke each half second: stereo, 18 s.
fn drums() -> Vec<f32> {
    let mut noise = crate::testing::Noise(5);
    (0..48_000 * 18)
        .flat_map(|i| {
            let bed = 0.06 * (i as f32 * 0.05).sin();
            let since = (i % 24_000) as f32;
            let stroke = 0.6 * (-since / 700.0).exp() * noise.sample();
            [bed + stroke, bed - 0.8 * stroke]
        })
        .collect()
}

fn to(target: f64, ceiling: Option<f64>) -> Settings {
    Settings {
        normalise: Some(Normalise {
            ceiling,
            ..Normalise::new(LoudnessMode::DynamicRange, target)
        }),
        ..wav(WavFormat::F32)
    }
}

#[test]
fn targets_below_and_above_are_reached() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &drums());
    let of = |path: &std::path::Path| {
        let channels = read(path).channels;
        (range(&channels[0]) + range(&channels[1])) / 2.0
    };
    let from = of(&input);
    assert!((10.0..20.0).contains(&from), "{from}");
    for target in [6.0, 8.0, from.round() - 1.0, from.round() + 4.0] {
        let report = go(&space.job(&input, &format!("{target}.wav"), to(target, None))).unwrap();
        let found = of(&report.output);
        assert!((found - target).abs() < 0.1, "{target}: {found}");
        assert!((report.result_level - found).abs() < 0.01, "{report:?}");
        assert_eq!((report.measure, report.rule), ("dr", Rule::Target));
        assert_eq!(report.slope < 1.0, target < from, "{}", report.slope);
        // The bed and its level stay.
        let frames = read(&report.output).channels;
        assert_eq!(frames[0].len(), 48_000 * 18);
        assert_eq!(
            frames[0][20_000..23_000],
            read(&input).channels[0][20_000..23_000]
        );
    }
}

#[test]
fn the_ceiling_takes_gain_and_leaves_the_range() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &drums());
    let job = space.job(&input, "o.wav", to(20.0, Some(-1.0)));
    let report = go(&job).unwrap();
    assert_eq!(report.rule, Rule::Ceiling);
    assert!(report.gain_db < -1.0 && report.slope > 1.0);
    assert!((report.result_true_peak + 1.0).abs() < 0.05, "{report:?}");
    let m = measure(&report.output, &job.settings, &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(m.unwrap().measurement.dynamic_range, Some(20));
}

/// The range is that of the input, so that the curve is none, and the peaks are above the ceiling.
#[test]
fn a_gain_alone_leaves_the_level_that_is_told() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &drums());
    let channels = read(&input).channels;
    let from = (range(&channels[0]) + range(&channels[1])) / 2.0;
    let report = go(&space.job(&input, "o.wav", to(from, Some(-12.0)))).unwrap();
    assert_eq!((report.slope, report.rule), (1.0, Rule::Ceiling));
    assert!(report.gain_db < -1.0, "{report:?}");
    assert!((report.result_level - from).abs() < 0.05, "{report:?}");
}

/// `bext` and ReplayGain state the sound behind the curve and the gain.
#[test]
fn what_is_stated_is_that_of_the_result() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &drums());
    let mut settings = to(7.0, Some(-20.0));
    settings.metadata.bext = true;
    let report = go(&space.job(&input, "o.wav", settings)).unwrap();
    assert!(report.gain_db < -1.0 && report.slope < 1.0, "{report:?}");
    let truth = |path: &std::path::Path| {
        let file = measure(path, &to(7.0, None), &mut |_| {
            std::ops::ControlFlow::Continue(())
        });
        file.unwrap().measurement
    };
    let m = truth(&report.output);
    let chunks = crate::wav::chunk::read_chunks(&report.output).unwrap();
    let bext = chunks.iter().find(|c| &c.id == b"bext").unwrap();
    let bext = bext.bytes().unwrap();
    let field = |i: usize| f64::from(i16::from_le_bytes([bext[412 + 2 * i], bext[413 + 2 * i]]));
    let levels = [
        m.integrated,
        m.range,
        m.true_peak,
        m.max_momentary,
        m.max_short_term,
    ];
    for (i, level) in levels.into_iter().enumerate() {
        assert!((field(i) / 100.0 - level).abs() < 0.02, "{i} {level}");
    }
    #[cfg(feature = "flac")]
    {
        let mut settings = to(7.0, Some(-20.0));
        settings.encoding = Encoding::Flac {
            bits: 24,
            level: Some(5),
        };
        settings.metadata.replay_gain = true;
        let report = go(&space.job(&input, "o.flac", settings)).unwrap();
        let m = truth(&report.output);
        let tags = Tags::read(&report.output).unwrap();
        let number = |name: &str| -> f64 {
            let text = tags.get(name).unwrap();
            text.trim_end_matches(" dB").parse().unwrap()
        };
        let gain = number("REPLAYGAIN_TRACK_GAIN");
        assert!((gain - (-18.0 - m.loudness().0)).abs() < 0.02, "{gain}");
        let peak = 20.0 * number("REPLAYGAIN_TRACK_PEAK").log10();
        assert!((peak - m.true_peak).abs() < 0.02, "{peak}");
    }
}

#[test]
fn what_cannot_be_is_said() {
    let space = Space::new();
    // A tone has nothing above its own level.
    let tone = sine(48_000, 48_000 * 12, 1, 997.0, 0.5);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &tone);
    let why = |settings| {
        go(&space.job(&input, "o.wav", settings))
            .unwrap_err()
            .to_string()
    };
    let text = why(to(9.0, None));
    assert!(
        text.contains("a dynamic range of 9 dB cannot be reached: the sound has 0.0"),
        "{text}"
    );
    assert!(why(to(41.0, None)).contains("is not in 0..=40 dB"));
    let mut limited = to(5.0, Some(-1.0));
    limited.normalise.as_mut().unwrap().over = OverCeiling::Limit;
    assert!(why(limited).contains("a limiter behind it"));
    let grouped = [space.job(&input, "g.wav", to(5.0, None))];
    let group = run_group(&grouped, RunOptions::default(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    assert!(group.unwrap_err().to_string().contains("one by one"));
    assert_eq!(space.names(), ["in.wav"]);
    let silence = space.wav("s.wav", 48_000, 1, WavFormat::F32, &[0.0; 48_000]);
    let report = go(&space.job(&silence, "s2.wav", to(5.0, None))).unwrap();
    assert_eq!((report.status, report.slope), (Status::Silent, 1.0));
}

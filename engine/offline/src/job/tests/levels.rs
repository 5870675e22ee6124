//! Targets, ceilings, groups, oracles.

use super::super::*;
use super::support::*;
use crate::sink::Encoding;
use crate::testing::oracle;
use crate::wav::WavFormat;

fn ebur128_of(path: &std::path::Path) -> (f64, f64) {
    let sound = read(path);
    let channels = sound.channels.len();
    let mut meter = ebur128::EbuR128::new(
        channels as u32,
        sound.info.sample_rate,
        ebur128::Mode::all(),
    )
    .unwrap();
    let planes: Vec<&[f32]> = sound.channels.iter().map(Vec::as_slice).collect();
    meter.add_frames_planar_f32(&planes).unwrap();
    let peak = (0..channels as u32)
        .map(|c| meter.true_peak(c).unwrap())
        .fold(0.0, f64::max);
    (meter.loudness_global().unwrap(), 20.0 * peak.log10())
}

fn lufs(target: f64, over: OverCeiling) -> Settings {
    let normalise = Normalise {
        over,
        ..Normalise::new(LoudnessMode::Lufs, target)
    };
    Settings {
        normalise: Some(normalise),
        ..wav(WavFormat::I24)
    }
}

#[test]
fn targets_are_met_as_others_measure() {
    let space = Space::new();
    let input = space.wav(
        "in.wav",
        48_000,
        2,
        WavFormat::F32,
        &programme(48_000, 15, 2, 0.5),
    );
    for target in [-23.0, -16.0, -14.0] {
        for over in [OverCeiling::Reduce, OverCeiling::Limit] {
            let job = space.job(&input, &format!("{target}{over:?}.wav"), lufs(target, over));
            let report = go(&job).unwrap();
            let (i, peak) = ebur128_of(&report.output);
            let label = format!("{target} {over:?}: {report:?}");
            assert!(peak <= -1.0 + 0.05, "{label} {peak}");
            if report.rule == Rule::Target {
                assert!((i - target).abs() < 0.1, "{label} {i}");
            }
            assert!((report.result_level - i).abs() < 0.1, "{label} {i}");
            // The crate looks at four points a frame.
            let above = report.result_true_peak - peak;
            assert!((-0.1..0.3).contains(&above), "{label} {peak}");
        }
    }
    let limited = space.job(&input, "l.wav", lufs(-8.0, OverCeiling::Limit));
    let report = go(&limited).unwrap();
    assert!(
        report.limiter_db > 0.0 && report.limiter_db <= 6.005,
        "{report:?}"
    );
    assert!(ebur128_of(&report.output).1 <= -1.0 + 0.05);
    let failing = space.job(&input, "f.wav", lufs(-5.0, OverCeiling::Fail));
    let text = go(&failing).unwrap_err().to_string();
    assert!(
        text.contains("true peak would be") && text.contains("reduce or limit"),
        "{text}"
    );
    assert!(!failing.output.exists());
}

/// True peak by brute force, dBTP: 16 points a frame, 64 taps each, the whole sound between silences.
fn brute_peak(x: &[f32]) -> f64 {
    let tap = |t: f64| {
        let u = std::f64::consts::PI * t;
        let window = 0.42 + 0.5 * (u / 32.0).cos() + 0.08 * (u / 16.0).cos();
        if t == 0.0 { 1.0 } else { u.sin() / u * window }
    };
    let phase = |p: i32| -> Vec<f64> {
        let fraction = f64::from(p) / 16.0;
        (-32..32)
            .map(|k| tap(f64::from(k) + 1.0 - fraction))
            .collect()
    };
    let phases: Vec<Vec<f64>> = (0..16).map(phase).collect();
    let silence = [0.0; 64];
    let padded = [&silence[..], x, &silence[..]].concat();
    let mut peak = 0.0_f64;
    for window in padded.windows(64) {
        for taps in &phases {
            let products = window.iter().zip(taps).map(|(x, h)| f64::from(*x) * h);
            peak = peak.max(products.sum::<f64>().abs());
        }
    }
    20.0 * peak.log10()
}

/// With less gain nothing between the samples passes the ceiling either, at any rate.
#[test]
fn reduced_peaks_stay_below_the_ceiling_between_the_samples() {
    let space = Space::new();
    let mut noise = crate::testing::Noise(21);
    let tau = std::f64::consts::TAU;
    let white: Vec<f32> = (0..9_600).map(|_| noise.sample()).collect();
    // Its harmonics end at 5/12 of the rate: 20 kHz at 48 kHz.
    let square: Vec<f32> = (0..9_600)
        .map(|n| {
            let harmonics = (1..46).step_by(2).map(f64::from);
            let wave = |k: f64| (tau * k * f64::from(n) * 11.0 / 1_200.0).sin() / k;
            harmonics.map(wave).sum::<f64>() as f32
        })
        .collect();
    let mut click = vec![0.0_f32; 4_800];
    click[2_400..2_403].copy_from_slice(&[1.0, -0.7, 0.9]);
    let mut burst = vec![0.0_f32; 4_800];
    for (n, x) in burst[2_400..2_416].iter_mut().enumerate() {
        *x = (tau * (n as f64 / 4.0 + 0.125)).sin() as f32;
    }
    for rate in [44_100, 48_000, 96_000, 192_000] {
        for (name, x) in [
            ("white", &white),
            ("square", &square),
            ("click", &click),
            ("burst", &burst),
        ] {
            let input = space.wav(&format!("{name}{rate}.wav"), rate, 1, WavFormat::F32, x);
            let settings = Settings {
                normalise: Some(Normalise::below(-3.0)),
                ..wav(WavFormat::F32)
            };
            let report = go(&space.job(&input, &format!("o{name}{rate}.wav"), settings)).unwrap();
            let label = format!("{name} at {rate}: {report:?}");
            assert_eq!(report.rule, Rule::Ceiling, "{label}");
            assert!(report.result_true_peak <= -3.0 + 1e-3, "{label}");
            let peak = brute_peak(&read(&report.output).channels[0]);
            assert!(peak <= -3.0 + 0.05, "{label}: {peak}");
            assert!(peak > -3.0 - 0.2, "{label}: {peak}");
        }
    }
}

/// ffmpeg as the judge of every target, in WAV and in FLAC, and behind the limiter.
#[test]
fn ffmpeg_measures_what_the_report_says() {
    let space = Space::new();
    let x = programme(44_100, 15, 2, 0.5);
    let input = space.wav("in.wav", 44_100, 2, WavFormat::I16, &x);
    let flac = Encoding::Flac {
        bits: 16,
        level: Some(5),
    };
    let rows = [
        (-23.0, Encoding::Wav(WavFormat::I16), OverCeiling::Reduce),
        (-16.0, flac, OverCeiling::Limit),
        (-14.0, Encoding::Wav(WavFormat::I24), OverCeiling::Limit),
    ];
    for (target, encoding, over) in rows {
        let settings = Settings {
            encoding,
            ..lufs(target, over)
        };
        let report = go(&space.job(&input, &format!("o{target}"), settings)).unwrap();
        let path = report.output.to_str().unwrap().to_owned();
        let filter = "ebur128=peak=true";
        let args = ["-nostats", "-i", &path, "-af", filter, "-f", "null", "-"];
        let Some((true, _, log)) = oracle("ffmpeg", &args) else {
            return;
        };
        let value = |key: &str| -> f64 {
            let at = log.rfind(key).unwrap();
            let mut words = log[at + key.len()..].split_whitespace();
            words.next().unwrap().parse().unwrap()
        };
        assert!((value("I:") - target).abs() <= 0.1, "{target}: {log}");
        // It has one decimal.
        assert!(value("Peak:") <= -1.0 + 0.05 + 0.05, "{target}: {log}");
        let above = report.result_true_peak - value("Peak:");
        assert!((-0.2..0.4).contains(&above), "{target}: {log}");
    }
}

/// The peaks that a codec adds to one file take gain from all of the group.
#[cfg(feature = "opus")]
#[test]
fn a_lossy_group_shares_its_gain() {
    let space = Space::new();
    let mut noise = crate::testing::Noise(4);
    // Clipped noise: lossy coding makes its peaks larger, and those of a soft tone hardly.
    let loud: Vec<f32> = (0..48_000 * 4)
        .map(|_| (noise.sample() * 3.0).clamp(-0.5, 0.5))
        .collect();
    let inputs = [
        ("loud", loud),
        ("soft", sine(48_000, 48_000 * 4, 1, 997.0, 0.1)),
        ("other", programme(48_000, 4, 1, 0.4)),
    ];
    let jobs = inputs.map(|(name, x)| {
        let input = space.wav(&format!("{name}.wav"), 48_000, 1, WavFormat::F32, &x);
        let settings = Settings {
            normalise: Some(Normalise::new(LoudnessMode::TruePeak, -1.0)),
            ..Settings::new(Encoding::Opus { bitrate: 32_000 })
        };
        space.job(&input, &format!("{name}.opus"), settings)
    });
    let mut monitor = |_: &JobProgress| std::ops::ControlFlow::Continue(());
    let reports = run_group(&jobs, RunOptions::default(), &mut monitor).unwrap();
    let reports: Vec<Report> = reports.into_iter().map(|r| r.unwrap()).collect();
    for report in &reports {
        assert_eq!(report.gain_db, reports[0].gain_db, "{:?}", report.output);
        assert_eq!(report.rule, Rule::LossyPeak);
        assert!(report.result_true_peak <= -1.0, "{report:?}");
        assert!(ebur128_of(&report.output).1 <= -1.0 + 0.05);
    }
    assert_eq!(space.names().len(), 6, "{:?}", space.names());
}

#[test]
fn other_modes_and_silence() {
    let space = Space::new();
    let tone = sine(48_000, 48_000 * 4, 1, 997.0, 0.25);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &tone);
    let rows = [
        (LoudnessMode::Peak, -6.0, "peak"),
        (LoudnessMode::TruePeak, -3.0, "true_peak"),
        (LoudnessMode::Rms, -20.0, "rms"),
        (LoudnessMode::MaxMomentary, -18.0, "max_m"),
        (LoudnessMode::MaxShortTerm, -18.0, "max_s"),
    ];
    for (mode, target, name) in rows {
        let settings = Settings {
            normalise: Some(Normalise::new(mode, target)),
            ..wav(WavFormat::F32)
        };
        let job = space.job(&input, &format!("{name}.wav"), settings.clone());
        let report = go(&job).unwrap();
        assert_eq!(report.measure, name);
        let again = measure(&report.output, &settings, &mut |_| {
            std::ops::ControlFlow::Continue(())
        });
        let level = super::super::gain::level(mode, &again.unwrap().measurement).0;
        assert!((level - target).abs() < 0.01, "{name} {level}");
    }
    let silence = space.wav("s.wav", 48_000, 1, WavFormat::I16, &[0.0; 96_000]);
    let report = go(&space.job(&silence, "t.wav", lufs(-16.0, OverCeiling::Reduce))).unwrap();
    assert_eq!(
        (report.status, report.gain_db, report.rule),
        (Status::Silent, 0.0, Rule::Silence)
    );
    assert!(
        read(&report.output).channels[0]
            .iter()
            .all(|x| x.abs() < 1e-6)
    );
}

#[test]
fn a_group_shares_its_gain() {
    let space = Space::new();
    let loud = space.wav(
        "a.wav",
        48_000,
        2,
        WavFormat::F32,
        &programme(48_000, 6, 2, 0.4),
    );
    let soft = space.wav(
        "b.wav",
        44_100,
        2,
        WavFormat::F32,
        &programme(44_100, 6, 2, 0.2),
    );
    let jobs = [
        space.job(&loud, "x.wav", lufs(-23.0, OverCeiling::Reduce)),
        space.job(&soft, "y.wav", lufs(-23.0, OverCeiling::Reduce)),
    ];
    let reports = run_group(&jobs, RunOptions::default(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let reports: Vec<Report> = reports.into_iter().map(|r| r.unwrap()).collect();
    assert_eq!(reports[0].gain_db, reports[1].gain_db);
    let difference = |r: &[Report]| r[0].measured.integrated - r[1].measured.integrated;
    assert!((difference(&reports) - 6.0).abs() < 0.3);
    let (a, _) = ebur128_of(&reports[0].output);
    let (b, _) = ebur128_of(&reports[1].output);
    let together = 10.0 * ((10f64.powf(a / 10.0) + 10f64.powf(b / 10.0)) / 2.0).log10();
    assert!((together + 23.0).abs() < 0.3, "{together}");
}

/// A loop whose level jumps at the seam is measured on the second round.
#[test]
fn loops_are_measured_going_round() {
    let space = Space::new();
    let tone = sine(48_000, 12_000, 2, 1000.0, 0.1);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &tone);
    let normalise = Normalise {
        is_loop: true,
        ..Normalise::new(LoudnessMode::Lufs, -23.0)
    };
    let settings = Settings {
        normalise: Some(normalise),
        ..wav(WavFormat::F32)
    };
    let report = go(&space.job(&input, "o.wav", settings)).unwrap();
    // 250 ms: as a one-shot it would read 2 dB lower.
    assert_eq!(report.measure, "i");
    assert!(
        (report.measured.integrated + 20.0).abs() < 0.1,
        "{}",
        report.measured.integrated
    );
}

#[cfg(feature = "opus")]
#[test]
fn lossy_peaks_stay_below_the_ceiling() {
    let space = Space::new();
    // Clipped noise: lossy coding makes its peaks larger.
    let mut noise = crate::testing::Noise(4);
    let x: Vec<f32> = (0..48_000 * 2 * 4)
        .map(|_| (noise.sample() * 3.0).clamp(-0.5, 0.5))
        .collect();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    let normalise = Normalise::new(LoudnessMode::TruePeak, -1.0);
    let settings = Settings {
        normalise: Some(normalise),
        ..Settings::new(Encoding::Opus { bitrate: 64_000 })
    };
    let report = go(&space.job(&input, "o.opus", settings)).unwrap();
    assert_eq!(report.rule, Rule::LossyPeak);
    assert!(
        report.result_true_peak <= -1.0,
        "{}",
        report.result_true_peak
    );
    assert!(ebur128_of(&report.output).1 <= -1.0 + 0.05);
}

/// Factory sounds from short ticks to music.
#[cfg(all(feature = "opus", feature = "vorbis"))]
#[test]
fn limited_lossy_results_stay_below_the_ceiling() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presets/lantern/assets");
    let mut sounds: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "flac"))
        .collect();
    sounds.sort();
    assert!(sounds.len() > 20);
    let space = Space::new();
    let normalise = Normalise {
        over: OverCeiling::Limit,
        ..Normalise::new(LoudnessMode::Lufs, -10.0)
    };
    let mut retried = 0;
    for (n, input) in sounds.iter().step_by(3).enumerate() {
        for encoding in [
            Encoding::Opus { bitrate: 128_000 },
            Encoding::Vorbis { quality: 6.0 },
        ] {
            let settings = Settings {
                normalise: Some(normalise),
                ..Settings::new(encoding)
            };
            let job = space.job(input, &format!("{n}{}.ogg", encoding.name()), settings);
            let report = go(&job).unwrap_or_else(|e| panic!("{}: {e}", input.display()));
            assert!(report.result_true_peak <= -1.0, "{report:?}");
            retried += u32::from(report.rule == Rule::LossyPeak);
        }
    }
    assert!(retried > 0);
}

/// Peaks in a quiet bed: the limiter takes much of what the gain brings.
#[test]
fn a_limited_target_is_reached_or_said_to_be_missed() {
    let space = Space::new();
    let mut noise = crate::testing::Noise(9);
    let x: Vec<f32> = (0..48_000 * 6)
        .map(|i| noise.sample() * if i % 4_800 < 2_400 { 0.5 } else { 0.02 })
        .collect();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &x);
    for target in [-12.0, -10.0, -8.0, -6.0, -3.0] {
        let normalise = Normalise {
            over: OverCeiling::Limit,
            max_limiting: 24.0,
            ..Normalise::new(LoudnessMode::Lufs, target)
        };
        let settings = Settings {
            normalise: Some(normalise),
            ..wav(WavFormat::F32)
        };
        let report = go(&space.job(&input, &format!("{target}.wav"), settings)).unwrap();
        let missed = (report.result_level - target).abs();
        assert_eq!(report.rule == Rule::Target, missed < 0.1, "{report:?}");
        assert!(target > -9.0 || missed < 0.1, "{report:?}");
    }
}

/// Noise up to half the rate, and pink noise that was clipped hard, at the rates of music.
fn full_band(pink: bool, rate: u32) -> Vec<f32> {
    let mut noise = crate::testing::Noise(31);
    let mut rows = [0.0f32; 12];
    (0..rate as usize * 4)
        .map(|n| {
            let row = (n + 1).trailing_zeros() as usize % rows.len();
            rows[row] = noise.sample();
            let white = noise.sample();
            if pink {
                (rows.iter().sum::<f32>() + white).clamp(-1.0, 1.0)
            } else {
                white
            }
        })
        .collect()
}

/// What is above 0.47 of the rate the limiter does not know: the result is measured, and made again.
#[test]
fn limited_results_stay_below_the_ceiling_whatever_their_band() {
    let space = Space::new();
    let limit = |mode, target, ceiling| Normalise {
        ceiling: Some(ceiling),
        over: OverCeiling::Limit,
        ..Normalise::new(mode, target)
    };
    let rows = [
        (48_000, false, limit(LoudnessMode::Lufs, -8.0, -2.0)),
        (48_000, false, limit(LoudnessMode::Keep, 0.0, -2.0)),
        (44_100, true, limit(LoudnessMode::Keep, 0.0, -1.0)),
        (44_100, true, limit(LoudnessMode::Lufs, -12.0, -20.0)),
    ];
    for (n, (rate, pink, normalise)) in rows.into_iter().enumerate() {
        let x = full_band(pink, rate);
        let input = space.wav(&format!("{n}.wav"), rate, 1, WavFormat::F32, &x);
        for format in [WavFormat::F32, WavFormat::I16] {
            let settings = Settings {
                normalise: Some(normalise),
                ..wav(format)
            };
            let ceiling = normalise.ceiling.unwrap();
            let report = go(&space.job(&input, &format!("o{n}{format:?}.wav"), settings)).unwrap();
            assert!(report.limiter_db > 0.0, "{report:?}");
            assert!(report.limiter_db <= 6.005, "{report:?}");
            let settings = wav(format);
            let mut go_on = |_: &JobProgress| std::ops::ControlFlow::Continue(());
            let again = measure(&report.output, &settings, &mut go_on).unwrap();
            for peak in [report.result_true_peak, again.measurement.true_peak] {
                assert!(peak <= ceiling + 0.05, "{n} {format:?} {peak}: {report:?}");
                assert!(peak >= ceiling - 0.5, "{n} {format:?} {peak}: {report:?}");
            }
        }
    }
    // One gain, and each file below the ceiling.
    let jobs = [false, true].map(|pink| {
        let x = full_band(pink, 44_100);
        let input = space.wav(&format!("g{pink}.wav"), 44_100, 1, WavFormat::F32, &x);
        let settings = Settings {
            normalise: Some(limit(LoudnessMode::Lufs, -5.0, -2.0)),
            ..wav(WavFormat::I24)
        };
        space.job(&input, &format!("og{pink}.wav"), settings)
    });
    let mut go_on = |_: &JobProgress| std::ops::ControlFlow::Continue(());
    let reports = run_group(&jobs, RunOptions::default(), &mut go_on).unwrap();
    let reports: Vec<Report> = reports.into_iter().map(|r| r.unwrap()).collect();
    assert_eq!(reports[0].gain_db, reports[1].gain_db);
    for report in reports {
        assert!(report.result_true_peak <= -2.0 + 0.05, "{report:?}");
    }
}

/// A group keeps its one gain behind the limiter as well.
#[test]
fn a_limited_group_shares_its_gain() {
    let space = Space::new();
    let jobs = [0.9, 0.3].map(|level| {
        let x = programme(48_000, 5, 2, level);
        let input = space.wav(&format!("{level}.wav"), 48_000, 2, WavFormat::F32, &x);
        space.job(
            &input,
            &format!("o{level}.wav"),
            lufs(-12.0, OverCeiling::Limit),
        )
    });
    let reports = run_group(&jobs, RunOptions::default(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let gains: Vec<f64> = reports.into_iter().map(|r| r.unwrap().gain_db).collect();
    assert_eq!(gains[0], gains[1]);
}

/// Without a target the loudness that is reported says what it is.
#[test]
fn the_measure_is_named_without_a_target() {
    let space = Space::new();
    for (seconds, name) in [(1, "max_m"), (4, "i")] {
        let x = programme(48_000, seconds, 1, 0.5);
        let input = space.wav(&format!("{name}.wav"), 48_000, 1, WavFormat::F32, &x);
        let report = go(&space.job(&input, &format!("o{name}.wav"), wav(WavFormat::F32))).unwrap();
        assert_eq!(report.measure, name);
        assert_eq!(report.result_level, report.measured.loudness().0);
    }
}

/// What an integer format clamps is counted, and the levels are those of what is in the file.
#[test]
fn clamped_results_are_measured_as_they_are() {
    let space = Space::new();
    let loud = sine(48_000, 48_000 * 4, 2, 997.0, 2.0);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &loud);
    let report = go(&space.job(&input, "o.wav", wav(WavFormat::I16))).unwrap();
    assert!(report.clips > 100_000, "{}", report.clips);
    let (i, peak) = ebur128_of(&report.output);
    assert!((report.result_level - i).abs() < 0.05, "{report:?} {i}");
    assert!(
        (report.result_true_peak - peak).abs() < 0.3,
        "{report:?} {peak}"
    );
    assert!(report.result_true_peak < 4.0 && report.measured.true_peak > 5.9);
}

/// A float file on the scale of 16-bit integers: no gain of at most 40 dB holds the ceiling.
#[test]
fn a_ceiling_that_no_gain_holds_is_refused() {
    let space = Space::new();
    let x: Vec<f32> = sine(48_000, 9_600, 1, 997.0, 16_384.0);
    let input = space.wav("scaled.wav", 48_000, 1, WavFormat::F32, &x);
    let keep = Settings {
        normalise: Some(Normalise::below(-1.0)),
        ..wav(WavFormat::I16)
    };
    let rows = [
        lufs(-23.0, OverCeiling::Reduce),
        lufs(-23.0, OverCeiling::Limit),
        keep,
        #[cfg(feature = "opus")]
        Settings {
            encoding: Encoding::Opus { bitrate: 96_000 },
            ..lufs(-23.0, OverCeiling::Limit)
        },
    ];
    for settings in rows {
        let job = space.job(&input, "o", settings);
        let error = go(&job).unwrap_err();
        assert!(matches!(error, crate::Error::OutOfReach { .. }), "{error}");
        assert!(!job.output.exists());
    }
    // What it takes to bring it down is allowed.
    let mut settings = lufs(-23.0, OverCeiling::Reduce);
    settings.encoding = Encoding::Wav(WavFormat::F32);
    settings.normalise = settings.normalise.map(|n| Normalise { ceiling: None, ..n });
    let report = go(&space.job(&input, "softer.wav", settings)).unwrap();
    assert_eq!((report.gain_db, report.rule), (-40.0, Rule::Range));
}

//! The chain, repeatability, cancelling, bad input.

use std::ops::ControlFlow;

use segue_dsp::processor::{ProcessorKind, Setup};

use super::super::*;
use super::support::*;
use crate::error::Error;
use crate::sink::Encoding;
use crate::wav::WavFormat;

#[test]
fn channels_range_trim_dc_and_fades() {
    let space = Space::new();
    let mut x = vec![0.0; 2 * 1000];
    for i in 0..48_000 {
        x.extend([0.5, if i % 2 == 0 { 0.25 } else { -0.25 }]);
    }
    x.extend(vec![0.0; 2 * 500]);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    let out = |name: &str, change: &dyn Fn(&mut Settings)| {
        let mut settings = wav(WavFormat::F32);
        change(&mut settings);
        read(&go(&space.job(&input, name, settings)).unwrap().output).channels
    };
    let left = out("l.wav", &|s| s.channels = ChannelMap::Mono(MonoFrom::Left));
    assert_eq!((left.len(), left[0][1000]), (1, 0.5));
    let mean = out("m.wav", &|s| s.channels = ChannelMap::Mono(MonoFrom::Mean));
    assert_eq!(mean[0][1000..1002], [0.375, 0.125]);
    let side = out("s.wav", &|s| s.channels = ChannelMap::Mono(MonoFrom::Side));
    assert_eq!(side[0][1000..1002], [0.125, 0.375]);
    let part = out("r.wav", &|s| {
        s.range = Range {
            start: 0.5,
            end: Some(0.75),
        }
    });
    assert_eq!(part[0].len(), 12_000);
    let trimmed = out("t.wav", &|s| s.trim = Some(Trim::default()));
    assert_eq!((trimmed[0].len(), trimmed[0][0]), (48_000, 0.5));
    let kept = out("k.wav", &|s| {
        s.trim = Some(Trim {
            keep: 0.01,
            ..Trim::default()
        })
    });
    assert_eq!(kept[0].len(), 48_000 + 480 + 480);
    let flat = out("d.wav", &|s| {
        s.trim = Some(Trim::default());
        s.remove_dc = true;
    });
    let mean = flat[0].iter().map(|x| f64::from(*x)).sum::<f64>() / 48_000.0;
    assert!(mean.abs() < 1e-6, "{mean}");
    let faded = out("f.wav", &|s| {
        s.trim = Some(Trim::default());
        s.fades = Fades {
            fade_in: 0.1,
            fade_out: 0.2,
        };
    });
    assert_eq!(
        (faded[0][0], faded[0][2400], faded[0][9600]),
        (0.0, 0.25, 0.5)
    );
    assert!((faded[0][48_000 - 4800] - 0.25).abs() < 1e-6);
}

#[test]
fn inserts_give_the_bits_of_the_live_slot_without_latency() {
    let space = Space::new();
    let x = programme(48_000, 2, 2, 0.9);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    let chain = vec![
        InsertSpec {
            kind: ProcessorKind::Gain,
            values: vec![(0, 6.0)],
            mix: 1.0,
            bypass: false,
            response: None,
        },
        InsertSpec {
            kind: ProcessorKind::Limiter,
            values: vec![(0, -3.0)],
            mix: 1.0,
            bypass: false,
            response: None,
        },
    ];
    let settings = Settings {
        inserts: chain.clone(),
        tail: Tail::None,
        ..wav(WavFormat::F32)
    };
    let ours = read(&go(&space.job(&input, "o.wav", settings)).unwrap().output).channels;
    let setup = Setup::new(48_000.0, 2).unwrap();
    let mut live: Vec<_> = chain
        .iter()
        .map(|spec| spec.build(setup, 120.0).unwrap())
        .collect();
    let latency: usize = live.iter().map(|insert| insert.latency() as usize).sum();
    let mut planes = read(&input).channels;
    planes
        .iter_mut()
        .for_each(|plane| plane.extend(vec![0.0; latency]));
    let mut at = 0;
    while at < planes[0].len() {
        let end = planes[0].len().min(at + 64);
        let mut io: Vec<&mut [f32]> = planes.iter_mut().map(|p| &mut p[at..end]).collect();
        live.iter_mut()
            .for_each(|insert| insert.process(at as u64, &mut io, None));
        at = end;
    }
    assert!(latency > 0);
    assert_eq!(ours[0], planes[0][latency..]);
    assert_eq!(ours[1], planes[1][latency..]);
}

/// A delay of one beat comes after a second at 60 beats a minute, after half of one at 120.
#[test]
fn inserts_in_beats_follow_the_tempo() {
    let space = Space::new();
    let mut click = vec![0.0; 96_000];
    click[0] = 0.5;
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &click);
    let delay = segue_dsp::processor::info(ProcessorKind::Delay);
    let row = |id| delay.param(id).unwrap();
    for (bpm, frame) in [(60.0, 48_000), (120.0, 24_000), (100.0, 28_800)] {
        let settings = Settings {
            inserts: vec![InsertSpec {
                kind: ProcessorKind::Delay,
                values: vec![(row("sync"), 1.0), (row("beats"), 1.0)],
                mix: 1.0,
                bypass: false,
                response: None,
            }],
            bpm,
            exists: Exists::Overwrite,
            ..wav(WavFormat::F32)
        };
        let report = go(&space.job(&input, "o.wav", settings)).unwrap();
        let y = read(&report.output).channels.remove(0);
        let first = y.iter().position(|x| x.abs() > 0.1);
        assert_eq!(first, Some(frame), "{bpm}");
    }
    let wrong = Settings {
        bpm: 0.0,
        ..wav(WavFormat::F32)
    };
    let why = go(&space.job(&input, "p.wav", wrong))
        .unwrap_err()
        .to_string();
    assert_eq!(why, "tempo 0 is not in 1..=999 bpm");
}

/// Nobody hears what an insert that is not mixed in has behind the end.
#[test]
fn only_what_is_heard_makes_a_file_longer() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &[0.5; 4_800]);
    for (mix, is_longer) in [(0.0, false), (0.01, true)] {
        let settings = Settings {
            inserts: vec![InsertSpec {
                kind: ProcessorKind::Reverb,
                values: Vec::new(),
                mix,
                bypass: false,
                response: None,
            }],
            tail: Tail::Auto,
            exists: Exists::Overwrite,
            ..wav(WavFormat::F32)
        };
        let report = go(&space.job(&input, "o.wav", settings)).unwrap();
        let frames = read(&report.output).channels[0].len();
        assert_eq!(frames > 4_800, is_longer, "{mix}: {frames}");
    }
}

#[test]
fn the_same_job_gives_the_same_bytes_and_dither_depends_on_it() {
    let space = Space::new();
    let input = space.wav(
        "in.wav",
        44_100,
        2,
        WavFormat::F32,
        &programme(44_100, 2, 2, 0.5),
    );
    for dither in [
        DitherKind::Tpdf,
        DitherKind::Shaped,
        DitherKind::Rectangular,
    ] {
        let settings = Settings {
            rate: Some(48_000),
            dither,
            exists: Exists::Overwrite,
            ..wav(WavFormat::I16)
        };
        let a = go(&space.job(&input, "a.wav", settings.clone())).unwrap();
        let b = go(&space.job(&input, "b.wav", settings.clone())).unwrap();
        assert_eq!(a.output_hash, b.output_hash);
        let other = Settings {
            trim: Some(Trim::default()),
            ..settings
        };
        let c = go(&space.job(&input, "c.wav", other)).unwrap();
        assert_ne!(a.output_hash, c.output_hash);
    }
}

/// 24 bits kept in memory or read again: the same result either way.
#[test]
fn a_second_pass_from_the_file_is_that_from_memory() {
    let space = Space::new();
    let short = programme(48_000, 5, 2, 0.3);
    // 80 s of stereo f32 are more than is kept.
    let long: Vec<f32> = short
        .iter()
        .copied()
        .cycle()
        .take(48_000 * 2 * 80)
        .collect();
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &long);
    let settings = |range| Settings {
        normalise: Some(Normalise::new(LoudnessMode::Peak, -6.0)),
        range,
        ..wav(WavFormat::F32)
    };
    let whole = go(&space.job(&input, "a.wav", settings(Range::default()))).unwrap();
    let part = Range {
        start: 0.0,
        end: Some(5.0),
    };
    let small = go(&space.job(&input, "b.wav", settings(part))).unwrap();
    assert_eq!(whole.gain_db, small.gain_db);
    let (a, b) = (read(&whole.output), read(&small.output));
    assert_eq!(a.channels[0][..48_000 * 5], b.channels[0][..]);
}

#[test]
fn cancelling_anywhere_leaves_the_old_target() {
    let space = Space::new();
    let input = space.wav(
        "in.wav",
        44_100,
        2,
        WavFormat::F32,
        &programme(44_100, 6, 2, 0.5),
    );
    let settings = Settings {
        rate: Some(48_000),
        trim: Some(Trim::default()),
        normalise: Some(Normalise::new(LoudnessMode::Lufs, -16.0)),
        exists: Exists::Overwrite,
        ..wav(WavFormat::I16)
    };
    let job = space.job(&input, "o.wav", settings);
    std::fs::write(&job.output, b"old").unwrap();
    let mut calls = 0u32;
    run(&job, &mut |_| {
        calls += 1;
        ControlFlow::Continue(())
    })
    .unwrap();
    std::fs::write(&job.output, b"old").unwrap();
    for moment in 0..50 {
        let stop_at = 1 + moment * calls / 50;
        let mut seen = 0;
        let result = run(&job, &mut |_| {
            seen += 1;
            if seen >= stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{stop_at}");
        assert_eq!(seen, stop_at);
        assert_eq!(std::fs::read(&job.output).unwrap(), b"old");
        assert_eq!(space.names(), ["in.wav", "o.wav"]);
    }
}

/// A cancel is asked for after every few frames of every stage, so it takes effect at once.
#[test]
fn between_two_questions_lie_few_frames() {
    let space = Space::new();
    let x = programme(48_000, 20, 2, 0.5);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    for (name, encoding) in [
        ("o.wav", Encoding::Wav(WavFormat::I16)),
        #[cfg(feature = "flac")]
        (
            "o.flac",
            Encoding::Flac {
                bits: 24,
                level: None,
            },
        ),
        #[cfg(feature = "vorbis")]
        ("o.ogg", Encoding::Vorbis { quality: 4.0 }),
        #[cfg(feature = "opus")]
        ("o.opus", Encoding::Opus { bitrate: 96_000 }),
    ] {
        let settings = Settings {
            normalise: Some(Normalise::new(LoudnessMode::Lufs, -16.0)),
            trim: Some(Trim::default()),
            ..Settings::new(encoding)
        };
        let (mut last, mut most) = ((String::new(), 0, 0), 0);
        run(&space.job(&input, name, settings), &mut |at| {
            let now = (at.stage.name().to_owned(), at.pass, at.done);
            if (&now.0, now.1) == (&last.0, last.1) {
                most = most.max(now.2.saturating_sub(last.2));
            }
            last = now;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!((1..=70_000).contains(&most), "{name}: {most} frames");
    }
}

/// Also while the part in front of the start goes by.
#[test]
fn what_lies_before_the_start_can_be_cancelled() {
    let space = Space::new();
    let x = programme(48_000, 20, 1, 0.5);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &x);
    let settings = Settings {
        range: Range {
            start: 19.9,
            end: None,
        },
        ..wav(WavFormat::I24)
    };
    let mut calls = 0;
    let report = run(&space.job(&input, "o.wav", settings), &mut |_| {
        calls += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(read(&report.unwrap().output).channels[0].len(), 4_800);
    // 20 s are 235 blocks.
    assert!(calls > 200, "{calls}");
}

#[test]
fn progress_is_monotonic_and_names_every_stage() {
    let space = Space::new();
    let input = space.wav(
        "in.wav",
        48_000,
        2,
        WavFormat::F32,
        &programme(48_000, 5, 2, 0.5),
    );
    let settings = Settings {
        trim: Some(Trim::default()),
        normalise: Some(Normalise::new(LoudnessMode::Lufs, -16.0)),
        ..wav(WavFormat::I16)
    };
    let job = space.job(&input, "o.wav", settings);
    let (mut share, mut stages) = (0.0, Vec::new());
    run(&job, &mut |p| {
        assert!(p.share >= share && p.share <= 1.0 && p.done <= p.total.max(p.done));
        share = p.share;
        if p.done > 0 && stages.last() != Some(&(p.pass, p.stage)) {
            stages.push((p.pass, p.stage));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    let expect = [
        (1, Stage::Scan),
        (2, Stage::Measure),
        (3, Stage::Write),
        (4, Stage::Verify),
    ];
    assert_eq!(stages, expect);
    assert!((share - 1.0).abs() < 1e-9);
}

/// How often a sound goes through the limiter or an encoder shows on the way: until all is done, there is
/// something left.
#[test]
fn progress_ends_with_the_job_behind_a_limiter_and_in_lossy_formats() {
    let space = Space::new();
    let x = programme(48_000, 5, 2, 0.5);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    let limit = Normalise {
        over: OverCeiling::Limit,
        max_limiting: 24.0,
        ..Normalise::new(LoudnessMode::Lufs, -9.0)
    };
    for (name, encoding) in [
        ("o.wav", crate::Encoding::Wav(WavFormat::I16)),
        #[cfg(feature = "vorbis")]
        ("o.ogg", crate::Encoding::Vorbis { quality: 1.0 }),
    ] {
        let settings = Settings {
            normalise: Some(limit),
            ..Settings::new(encoding)
        };
        let (mut share, mut last, mut at_the_end) = (0.0, Stage::Scan, 0);
        let (mut tries, mut rounds) = (0, 0);
        run(&space.job(&input, name, settings), &mut |p| {
            assert!(p.share >= share && p.share <= 1.0, "{name} {p:?}");
            assert!(p.pass <= p.passes, "{name} {p:?}");
            at_the_end += u32::from(p.share == 1.0);
            if p.share < 1.0 {
                assert!(p.eta_seconds.is_none_or(|left| left > 0.0), "{name} {p:?}");
            }
            tries += u32::from(p.stage == Stage::Write && last != Stage::Write);
            rounds = if tries == 0 { p.pass } else { rounds };
            (share, last) = (p.share, p.stage);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(
            rounds > 2,
            "{name}: {rounds}, the limiter had nothing to do"
        );
        assert!(
            share == 1.0 && at_the_end == 1,
            "{name}: {share} {at_the_end}"
        );
    }
}

#[test]
fn existing_targets() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &[0.5; 100]);
    let job = |exists| {
        space.job(
            &input,
            "in.wav",
            Settings {
                exists,
                ..wav(WavFormat::I24)
            },
        )
    };
    assert!(matches!(go(&job(Exists::Fail)), Err(Error::Exists { .. })));
    let report = go(&job(Exists::Suffix)).unwrap();
    assert_eq!(report.output, space.path("in-2.wav"));
    // The input is its own output.
    go(&job(Exists::Overwrite)).unwrap();
    assert_eq!(read(&input).info.bits, 24);
    assert_eq!(read(&input).channels[0], [0.5; 100]);
}

#[test]
fn zero_and_one_frame_and_silence_are_valid() {
    let space = Space::new();
    for frames in [0usize, 1] {
        let input = space.wav("in.wav", 48_000, 2, WavFormat::I16, &vec![0.25; 2 * frames]);
        for (name, encoding) in [
            ("o.wav", crate::Encoding::Wav(WavFormat::I24)),
            ("o.aiff", crate::Encoding::Aiff { bits: 16 }),
            #[cfg(feature = "flac")]
            (
                "o.flac",
                crate::Encoding::Flac {
                    bits: 16,
                    level: Some(8),
                },
            ),
            #[cfg(feature = "opus")]
            ("o.opus", crate::Encoding::Opus { bitrate: 64_000 }),
            #[cfg(feature = "vorbis")]
            ("o.ogg", crate::Encoding::Vorbis { quality: 3.0 }),
        ] {
            let settings = Settings {
                normalise: Some(Normalise::new(LoudnessMode::Lufs, -16.0)),
                exists: Exists::Overwrite,
                ..Settings::new(encoding)
            };
            let report = go(&space.job(&input, name, settings));
            let report = report.unwrap_or_else(|e| panic!("{name} {frames}: {e}"));
            assert_eq!(report.measured.frames, frames as u64);
            assert_eq!(read(&report.output).channels[0].len(), frames, "{name}");
        }
    }
}

/// §6 of the specification, row by row, through a job: an error that says what to do, or a result.
#[test]
fn bad_input_row_by_row() {
    let space = Space::new();
    let good = std::fs::read(space.wav("g.wav", 48_000, 2, WavFormat::I16, &[0.25; 9600])).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = space.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let text = |path: &std::path::Path| {
        go(&space.job(path, "o.wav", wav(WavFormat::I16)))
            .unwrap_err()
            .to_string()
    };
    assert!(text(&write("e.wav", b"")).contains("an empty file; supported: WAV"));
    assert!(text(&write("t.wav", b"hello there")).contains("found text"));
    let mut adpcm = good.clone();
    let at = adpcm.windows(4).position(|w| w == b"fmt ").unwrap();
    adpcm[at + 8] = 0x11;
    assert!(text(&write("a.wav", &adpcm)).contains("IMA ADPCM"));
    let cut = write("c.wav", &good[..good.len() / 2]);
    assert!(text(&cut).contains("allow_truncated"));
    let mut settings = wav(WavFormat::I16);
    settings.decode.allow_truncated = true;
    let report = go(&space.job(&cut, "p.wav", settings)).unwrap();
    assert_eq!(report.status, Status::Partial);
    let mut huge = good.clone();
    let data = huge.windows(4).position(|w| w == b"data").unwrap();
    // Both sizes say so.
    huge[4..8].copy_from_slice(&0x7FFF_0023_u32.to_le_bytes());
    huge[data + 4..data + 8].copy_from_slice(&0x7FFE_FFFF_u32.to_le_bytes());
    assert!(text(&write("h.wav", &huge)).contains("truncated"));
    let nan = space.wav("n.wav", 48_000, 1, WavFormat::F32, &[0.5; 100]);
    let mut bytes = std::fs::read(&nan).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&nan, &bytes).unwrap();
    assert!(text(&nan).contains("frame 99, channel 0 is NaN"));
    let mut settings = wav(WavFormat::I16);
    settings.decode.sanitize = true;
    let report = go(&space.job(&nan, "q.wav", settings)).unwrap();
    assert_eq!(report.status, Status::Partial);
    // Silence, but for the dither.
    let patched = read(&report.output).channels[0][99];
    assert!(patched.abs() < 1e-4, "{patched}");
    let mut slow = good.clone();
    slow[at + 12..at + 16].copy_from_slice(&1u32.to_le_bytes());
    assert!(text(&write("s.wav", &slow)).contains("sample rate in Hz 1 is not in 8000..=384000"));
    let wide = space.wav("64.wav", 48_000, 64, WavFormat::I16, &[0.0; 6400]);
    assert!(go(&space.job(&wide, "r.wav", wav(WavFormat::I16))).is_ok());
    assert!(text(&space.path("missing.wav")).contains("cannot open"));
    assert!(text(space.dir.path()).contains("a folder"));
    let nowhere = Job {
        input: space.path("g.wav"),
        output: space.path("no/where.wav"),
        settings: wav(WavFormat::I16),
    };
    let why = go(&nowhere).unwrap_err().to_string();
    assert!(
        why.contains("there is no folder") && why.contains("make it"),
        "{why}"
    );
    // A file where a folder should be, and a folder that takes no file of anybody.
    #[cfg(target_os = "linux")]
    for (output, why) in [
        (space.path("g.wav/o.wav"), "cannot create: Not a directory"),
        ("/sys/o.wav".into(), "cannot create"),
    ] {
        let job = Job {
            input: space.path("g.wav"),
            output,
            settings: wav(WavFormat::I16),
        };
        let text = go(&job).unwrap_err().to_string();
        assert!(text.contains(why), "{text}");
    }
    assert!(space.names().iter().all(|name| !name.starts_with(".segue")));
}

#[test]
fn a_start_behind_the_end_is_an_error() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &[0.25; 4_800]);
    let from = |start: f64| {
        let mut settings = Settings::new(Encoding::Wav(WavFormat::I16));
        settings.range.start = start;
        settings.exists = Exists::Overwrite;
        go(&space.job(&input, "o.wav", settings))
    };
    let text = from(0.1).unwrap_err().to_string();
    assert!(
        text.contains("behind the end: the file is 0.100 s long"),
        "{text}"
    );
    assert_eq!(space.names(), ["in.wav"]);
    assert!(from(0.099).is_ok());
}

#[cfg(unix)]
#[test]
fn odd_paths_work_or_say_why() {
    let space = Space::new();
    let input = space.wav("ünï 世界 \n.wav", 48_000, 1, WavFormat::I16, &[0.5; 100]);
    let long = format!("{}.wav", "x".repeat(251));
    assert!(go(&space.job(&input, &long, wav(WavFormat::I16))).is_ok());
    let longer = format!("{}.wav", "y".repeat(300));
    assert!(go(&space.job(&input, &longer, wav(WavFormat::I16))).is_err());
    let link = space.path("loop.wav");
    std::os::unix::fs::symlink(&link, &link).unwrap();
    assert!(go(&space.job(&link, "z.wav", wav(WavFormat::I16))).is_err());
    let overwrite = Settings {
        exists: Exists::Overwrite,
        ..wav(WavFormat::I16)
    };
    assert!(go(&space.job(&input, "loop.wav", overwrite)).is_ok());
}

#[test]
fn settings_are_checked_before_anything_is_written() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &[0.5; 100]);
    type Change = dyn Fn(&mut Settings);
    let rows: [(&str, &Change); 7] = [
        ("rate 7000", &|s| s.rate = Some(7000)),
        ("the range holds nothing", &|s| {
            s.range = Range {
                start: 2.0,
                end: Some(1.0),
            }
        }),
        ("trim -200", &|s| {
            s.trim = Some(Trim {
                below_db: -200.0,
                keep: 0.0,
            })
        }),
        ("target 99", &|s| {
            s.normalise = Some(Normalise::new(LoudnessMode::Peak, 99.0))
        }),
        ("the tag name", &|s| {
            s.metadata.set = vec![("A=B".into(), "x".into())]
        }),
        ("needs two channels", &|s| {
            s.channels = ChannelMap::Mono(MonoFrom::Mid)
        }),
        ("mix 2", &|s| {
            let (kind, values) = (ProcessorKind::Gain, vec![]);
            s.inserts = vec![InsertSpec {
                kind,
                values,
                mix: 2.0,
                bypass: false,
                response: None,
            }];
        }),
    ];
    for (expect, change) in rows {
        let mut settings = wav(WavFormat::I16);
        change(&mut settings);
        let text = go(&space.job(&input, "o.wav", settings))
            .unwrap_err()
            .to_string();
        assert!(text.contains(expect), "{text}");
    }
    assert_eq!(space.names(), ["in.wav"]);
}

/// An echo as a response, mono and at another rate than the job's: normalised, and on time.
#[test]
fn a_convolution_works_with_its_response() {
    let space = Space::new();
    let mut echo = vec![0.0; 4_410];
    (echo[0], echo[2_205]) = (0.8, 0.6);
    // The end of a response is faded.
    echo[4_000] = 0.1;
    let impulse = space.wav("ir.wav", 44_100, 1, WavFormat::F32, &echo);
    let mut click = vec![0.0; 2 * 9_600];
    click[0] = 0.5;
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &click);
    let spec = InsertSpec {
        kind: ProcessorKind::Convolution,
        values: Vec::new(),
        mix: 1.0,
        bypass: false,
        response: Some(Impulse::open(&impulse).unwrap()),
    };
    let settings = |inserts: Vec<InsertSpec>| Settings {
        inserts,
        tail: Tail::None,
        ..wav(WavFormat::F32)
    };
    let with = settings(vec![spec.clone()]);
    let report = go(&space.job(&input, "o.wav", with.clone())).unwrap();
    let y = read(&report.output).channels.remove(0);
    // 50 ms are 2,400 frames here.
    let loudest = (1_000..9_600).max_by(|a, b| y[*a].abs().total_cmp(&y[*b].abs()));
    assert_eq!(loudest, Some(2_400));
    assert!(
        (y[2_400] / y[0] - 0.75).abs() < 0.01,
        "{} {}",
        y[0],
        y[2_400]
    );
    let without = InsertSpec {
        response: None,
        ..spec.clone()
    };
    let job = space.job(&input, "p.wav", settings(vec![without.clone()]));
    let why = go(&job).unwrap_err().to_string();
    assert!(
        why.contains("no impulse response") && why.contains("\"ir\""),
        "{why}"
    );
    let misplaced = InsertSpec {
        kind: ProcessorKind::Gain,
        ..spec.clone()
    };
    let job = space.job(&input, "r.wav", settings(vec![misplaced]));
    let why = go(&job).unwrap_err().to_string();
    assert!(why.contains("only a convolution"), "{why}");
    let bypassed = InsertSpec {
        bypass: true,
        ..without
    };
    assert!(go(&space.job(&input, "q.wav", settings(vec![bypassed]))).is_ok());
    // Another response is another job.
    echo[0] = 0.1;
    let other = space.wav("other.wav", 44_100, 1, WavFormat::F32, &echo);
    let other = InsertSpec {
        response: Some(Impulse::open(&other).unwrap()),
        ..spec
    };
    assert_ne!(settings(vec![other]).hash(), with.hash());
}

/// The file is named, and how to go on.
#[test]
fn inserts_and_the_limiter_refuse_what_is_too_wide_and_too_long() {
    let space = Space::new();
    let insert = |value: f32| InsertSpec {
        kind: ProcessorKind::Gain,
        values: vec![(0, value)],
        mix: 1.0,
        bypass: false,
        response: None,
    };
    let x = vec![0.9; 64 * 4_800];
    let input = space.wav("wide.wav", 48_000, 64, WavFormat::F32, &x);
    let with = |count: usize, over: OverCeiling| Settings {
        inserts: vec![insert(1.0); count],
        normalise: Some(Normalise {
            over,
            ..Normalise::below(-6.0)
        }),
        ..wav(WavFormat::F32)
    };
    for (settings, what) in [
        (with(1, OverCeiling::Reduce), "inserts work"),
        (with(0, OverCeiling::Limit), "the limiter works"),
    ] {
        let text = go(&space.job(&input, "o.wav", settings))
            .unwrap_err()
            .to_string();
        for word in ["wide.wav", what, "8 channels", "64", "--channels stereo"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    go(&space.job(&input, "reduced.wav", with(0, OverCeiling::Reduce))).unwrap();
    // As many as there may be, and one more.
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &[0.1; 480]);
    let chain = |count| Settings {
        inserts: vec![insert(0.1); count],
        ..wav(WavFormat::F32)
    };
    let report = go(&space.job(&input, "o32.wav", chain(32))).unwrap();
    let level = 20.0 * f64::from(read(&report.output).channels[0][240]).log10();
    assert!((level - -20.0 - 3.2).abs() < 0.01, "{level}");
    let text = go(&space.job(&input, "o33.wav", chain(33)))
        .unwrap_err()
        .to_string();
    assert!(text.contains("inserts 33 is not in 0..=32"), "{text}");
    assert_eq!(
        space.names(),
        ["in.wav", "o32.wav", "reduced.wav", "wide.wav"]
    );
}

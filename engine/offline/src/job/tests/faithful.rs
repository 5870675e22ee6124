//! Results say and hold what their inputs do: depths, lengths, speakers, seams.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::super::*;
use super::support::*;
use crate::channels::Layout;
use crate::decode::{DecodeOptions, Decoder, Warning};
use crate::error::Error;
use crate::quantize::Dither;
use crate::sink::Encoding;
use crate::testing::fixture;
use crate::wav::{WavFormat, WavSpec, WavWriter};

/// A chunk of AIFF.
fn aiff_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = id.to_vec();
    chunk.extend((body.len() as u32).to_be_bytes());
    chunk.extend(body);
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

/// AIFF-C of 48 kHz, mono, with samples of this kind.
fn aifc(path: &Path, kind: &[u8; 4], bits: u16, data: &[u8]) -> PathBuf {
    let mut comm = 1u16.to_be_bytes().to_vec();
    comm.extend((data.len() as u32 / u32::from(bits / 8)).to_be_bytes());
    comm.extend(bits.to_be_bytes());
    // 48,000 with a mantissa of 64 bits.
    comm.extend([0x40, 0x0E, 0xBB, 0x80, 0, 0, 0, 0, 0, 0]);
    comm.extend(kind);
    comm.extend([0, 0]);
    let mut body = b"AIFC".to_vec();
    body.extend(aiff_chunk(b"FVER", &0xA280_5140u32.to_be_bytes()));
    body.extend(aiff_chunk(b"COMM", &comm));
    body.extend(aiff_chunk(b"SSND", &[&[0; 8], data].concat()));
    std::fs::write(path, aiff_chunk(b"FORM", &body)).unwrap();
    path.to_owned()
}

/// Core Audio with big-endian integers of 32 bits, mono.
fn caf(path: &Path, data: &[u8]) -> PathBuf {
    let mut file = b"caff\x00\x01\x00\x00desc".to_vec();
    file.extend(32u64.to_be_bytes());
    file.extend(48_000f64.to_be_bytes());
    file.extend(b"lpcm");
    for word in [0u32, 4, 1, 1, 32] {
        file.extend(word.to_be_bytes());
    }
    file.extend(b"data");
    file.extend((4 + data.len() as u64).to_be_bytes());
    file.extend([0; 4]);
    file.extend(data);
    std::fs::write(path, file).unwrap();
    path.to_owned()
}

fn again(settings: Settings) -> Settings {
    Settings {
        exists: Exists::Overwrite,
        ..settings
    }
}

fn wide(path: &Path) -> Vec<f64> {
    let mut decoder = Decoder::<f64>::open_as(path, &DecodeOptions::default()).unwrap();
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block().unwrap() {
        samples.extend_from_slice(block);
    }
    samples
}

#[test]
fn floats_in_aiff_c_are_floats() {
    let space = Space::new();
    // Between the steps of 24 bits, and beyond full scale.
    let x: Vec<f64> = (0..3000).map(|i| f64::from(i) / 1500.3 - 0.7).collect();
    let single: Vec<u8> = x.iter().flat_map(|x| (*x as f32).to_be_bytes()).collect();
    let double: Vec<u8> = x.iter().flat_map(|x| x.to_be_bytes()).collect();
    for (kind, bits, data, format) in [
        (b"fl32", 32, single, WavFormat::F32),
        (b"fl64", 64, double, WavFormat::F64),
    ] {
        let input = aifc(&space.path("in.aifc"), kind, bits, &data);
        let info = read(&input).info;
        assert_eq!((info.bits, info.is_float()), (bits, true));
        assert_eq!(info.codec, format!("PCM {bits}-bit float"));
        let report = go(&space.job(&input, "o.wav", again(wav(format)))).unwrap();
        assert!(report.is_copy);
        assert_eq!(wide(&report.output), wide(&input));
        let report = go(&space.job(&input, "o16.wav", again(wav(WavFormat::I16)))).unwrap();
        assert!(!report.is_copy);
    }
}

#[test]
fn integers_of_32_bits_are_copied_from_every_format() {
    let space = Space::new();
    let numbers = || (0..5000i32).map(|i| i * 400_009 + 1);
    let data: Vec<u8> = numbers().flat_map(i32::to_be_bytes).collect();
    let expect: Vec<f64> = numbers().map(|x| f64::from(x) / 2_147_483_648.0).collect();
    for input in [
        aifc(&space.path("in.aifc"), b"in32", 32, &data),
        caf(&space.path("in.caf"), &data),
    ] {
        let report = go(&space.job(&input, "o.wav", again(wav(WavFormat::I32)))).unwrap();
        assert!(report.is_copy);
        assert_eq!(wide(&report.output), expect, "{}", input.display());
        let mut part = again(wav(WavFormat::I32));
        part.range.start = 0.001;
        let report = go(&space.job(&report.output, "part.wav", part)).unwrap();
        assert_eq!(wide(&report.output), expect[48..]);
    }
}

#[test]
fn vorbis_names_its_highest_rate() {
    let space = Space::new();
    let input = space.wav("in.wav", 384_000, 1, WavFormat::I16, &[0.0; 4000]);
    let vorbis = Encoding::Vorbis { quality: 6.0 };
    let error = go(&space.job(&input, "o.ogg", Settings::new(vorbis))).unwrap_err();
    assert!(matches!(error, Error::Unfit { .. }));
    let text = error.to_string();
    assert!(text.contains("200000") && text.contains("--rate"), "{text}");
}

fn lenient(mut settings: Settings) -> Settings {
    settings.decode.allow_truncated = true;
    again(settings)
}

/// A cut stream without a length is not called whole.
#[cfg(feature = "opus")]
#[test]
fn streams_without_their_end_are_partial() {
    let space = Space::new();
    let x = programme(48_000, 5, 2, 0.4);
    let whole = space.wav("whole.wav", 48_000, 2, WavFormat::F32, &x);
    for (name, encoding) in [
        ("cut.ogg", Encoding::Vorbis { quality: 3.0 }),
        ("cut.opus", Encoding::Opus { bitrate: 128_000 }),
    ] {
        let made = go(&space.job(&whole, name, Settings::new(encoding))).unwrap();
        let bytes = std::fs::read(made.output).unwrap();
        let last = bytes.windows(4).rposition(|w| w == b"OggS").unwrap();
        let input = space.path(name);
        std::fs::write(&input, &bytes[..last]).unwrap();
        let error = go(&space.job(&input, "o.wav", again(wav(WavFormat::F32)))).unwrap_err();
        assert!(matches!(error, Error::Truncated { .. }), "{name}: {error}");
        let text = error.to_string();
        assert!(text.contains("the last Ogg page is missing: "), "{text}");
        assert!(text.contains(" frames are present; "), "{text}");
        let report = go(&space.job(&input, "o.wav", lenient(wav(WavFormat::F32)))).unwrap();
        assert_eq!(report.status, Status::Partial, "{name}");
        let is_told = |w: &Warning| matches!(w, Warning::EndMissing { .. });
        assert!(report.warnings.iter().any(is_told), "{name}");
    }
}

/// What is there of a cut file is taken, and the numbers are true.
#[test]
fn cut_aiff_and_caf_are_salvaged() {
    let space = Space::new();
    for (name, head) in [("mono.aiff", 54), ("mono.caf", 0)] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let whole = wide(&fixture(name));
        let start = match head {
            0 => bytes.windows(4).position(|w| w == b"data").unwrap() + 16,
            _ => bytes.windows(4).position(|w| w == b"SSND").unwrap() + 16,
        };
        let input = space.path(name);
        for frames in [0, 1, 4000] {
            // And half of the next frame.
            std::fs::write(&input, &bytes[..start + frames * 2 + 1]).unwrap();
            let found = frames as u64;
            let error = go(&space.job(&input, "o.wav", again(wav(WavFormat::I16)))).unwrap_err();
            let text = error.to_string();
            let told = format!("{found} of 9001 frames");
            assert!(text.contains(&told), "{name}: {text}");
            let report = go(&space.job(&input, "o.wav", lenient(wav(WavFormat::I16)))).unwrap();
            assert_eq!(report.status, Status::Partial, "{name}");
            let expected = 9001;
            assert_eq!(report.warnings, [Warning::Truncated { found, expected }]);
            assert_eq!(wide(&report.output), whole[..frames], "{name}");
        }
        // Without a sound there is nothing to advise.
        std::fs::write(&input, &bytes[..30]).unwrap();
        let error = go(&space.job(&input, "o.wav", lenient(wav(WavFormat::I16)))).unwrap_err();
        assert!(!error.to_string().contains("allow"), "{error}");
    }
}

fn speakers(space: &Space, channels: u16, mask: u32) -> PathBuf {
    let path = space.path("speakers.wav");
    let spec = WavSpec {
        layout: Layout::from_mask(channels, mask),
        sample_rate: 48_000,
        format: WavFormat::I16,
        dither: Dither::None,
    };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    writer
        .write(&programme(48_000, 1, channels.into(), 0.3))
        .unwrap();
    writer.finish().unwrap();
    path
}

/// Speakers decide the loudness: a format states them, or does not get the sound.
#[cfg(all(feature = "flac", feature = "vorbis", feature = "opus"))]
#[test]
fn speakers_are_stated_or_refused() {
    let space = Space::new();
    let stating = [
        (
            "o.flac",
            Encoding::Flac {
                bits: 16,
                level: None,
            },
        ),
        ("o.aiff", Encoding::Aiff { bits: 16 }),
    ];
    let fixed = [
        ("o.ogg", Encoding::Vorbis { quality: 3.0 }),
        ("o.opus", Encoding::Opus { bitrate: 128_000 }),
    ];
    for (channels, mask, is_usual) in [
        (1, 0x4, true),
        (2, 0x3, true),
        (3, 0x7, true),
        (3, 0xB, false),
        (4, 0x33, true),
        (4, 0, true),
        (5, 0x37, true),
        (6, 0x3F, true),
        (6, 0x60F, true),
        (6, 0, true),
        (7, 0x70F, true),
        (7, 0x13F, false),
        (8, 0x63F, true),
        (8, 0xFF, false),
    ] {
        let input = speakers(&space, channels, mask);
        let layout = read(&input).info.layout;
        for (name, encoding) in stating {
            let job = space.job(&input, name, again(Settings::new(encoding)));
            let report = go(&job).unwrap();
            let own = read(&report.output).info.layout;
            assert_eq!(own, layout, "{name} {channels} {mask:x}");
            // And back again.
            let back = go(&space.job(
                &report.output,
                "back.flac",
                again(Settings::new(stating[0].1)),
            ));
            assert_eq!(
                read(&back.unwrap().output).info.layout,
                layout,
                "{name} {mask:x}"
            );
        }
        for (name, encoding) in fixed {
            let made = go(&space.job(&input, name, again(Settings::new(encoding))));
            if is_usual {
                let own = read(&made.unwrap().output).info.layout;
                assert_eq!(own.channels(), channels, "{name} {mask:x}");
                continue;
            }
            let text = made.unwrap_err().to_string();
            let has_names = text.contains("LFE") || text.contains("no speakers");
            assert!(
                has_names && text.contains("FLAC") && text.contains("--channels"),
                "{text}"
            );
        }
    }
}

fn loudness(path: &Path) -> f64 {
    let mut monitor = |_: &JobProgress| ControlFlow::Continue(());
    let found = measure(path, &wav(WavFormat::F32), &mut monitor).unwrap();
    found.measurement.integrated
}

/// What coding takes from the level or adds to it is made up for.
#[cfg(all(feature = "vorbis", feature = "opus"))]
#[test]
fn lossy_results_meet_their_target() {
    let space = Space::new();
    let x = programme(48_000, 5, 6, 0.4);
    let input = space.wav("in.wav", 48_000, 6, WavFormat::F32, &x);
    for encoding in [
        Encoding::Opus { bitrate: 48_000 },
        Encoding::Vorbis { quality: -1.0 },
    ] {
        let settings = |target, ceiling| Settings {
            normalise: Some(Normalise {
                ceiling,
                ..Normalise::new(LoudnessMode::Lufs, target)
            }),
            ..again(Settings::new(encoding))
        };
        let report = go(&space.job(&input, "o.ogg", settings(-30.0, Some(-1.0)))).unwrap();
        let own = loudness(&report.output);
        assert!((own + 30.0).abs() < 0.1, "{encoding:?}: {own} {report:?}");
        assert!((own - report.result_level).abs() < 0.02, "{own} {report:?}");
        assert_eq!(report.rule, Rule::Target);
        // Out of reach below a ceiling: the level that it has, and why.
        let report = go(&space.job(&input, "o.ogg", settings(-30.0, Some(-24.0)))).unwrap();
        let own = loudness(&report.output);
        assert!((own - report.result_level).abs() < 0.02, "{own} {report:?}");
        assert!(
            report.rule != Rule::Target && own < -30.1,
            "{own} {report:?}"
        );
    }
}

/// Channels without speakers have the usual ones, and the level that these make, wherever a result
/// cannot say that there are none.
#[cfg(all(feature = "flac", feature = "vorbis"))]
#[test]
fn the_level_is_that_of_the_speakers_of_the_result() {
    let space = Space::new();
    let input = speakers(&space, 6, 0);
    assert_eq!(read(&input).info.layout, Layout::usual(6));
    let x = programme(48_000, 4, 6, 0.4);
    let input = space.wav("in.wav", 48_000, 6, WavFormat::F32, &x);
    let aiff = Settings::new(Encoding::Aiff { bits: 24 });
    let aiff = go(&space.job(&input, "in.aiff", aiff)).unwrap().output;
    let mut bytes = std::fs::read(&aiff).unwrap();
    let at = bytes.windows(4).position(|w| w == b"CHAN").unwrap() + 8;
    bytes[at..at + 4].copy_from_slice(&(147u32 << 16 | 6).to_be_bytes());
    std::fs::write(&aiff, bytes).unwrap();
    assert_eq!(read(&aiff).info.layout, Layout::discrete(6));
    let flac = Encoding::Flac {
        bits: 24,
        level: None,
    };
    for encoding in [
        Encoding::Wav(WavFormat::I24),
        flac,
        Encoding::Vorbis { quality: 3.0 },
        Encoding::Aiff { bits: 24 },
    ] {
        let settings = Settings {
            normalise: Some(Normalise::new(LoudnessMode::Lufs, -30.0)),
            ..again(Settings::new(encoding))
        };
        let report = go(&space.job(&aiff, "o.bin", settings)).unwrap();
        let own = loudness(&report.output);
        assert!((own + 30.0).abs() < 0.1, "{encoding:?}: {own} {report:?}");
        let is_discrete = matches!(encoding, Encoding::Aiff { .. });
        let layout = read(&report.output).info.layout;
        assert_eq!(layout.mask() == 0, is_discrete, "{encoding:?}");
    }
}

#[cfg(feature = "opus")]
#[test]
fn a_lossy_group_meets_its_target_with_one_gain() {
    let space = Space::new();
    let settings = Settings {
        normalise: Some(Normalise::new(LoudnessMode::Lufs, -30.0)),
        ..Settings::new(Encoding::Opus { bitrate: 48_000 })
    };
    let jobs = [0.4, 0.2].map(|level| {
        let x = programme(48_000, 5, 6, level);
        let input = space.wav(&format!("{level}.wav"), 48_000, 6, WavFormat::F32, &x);
        space.job(&input, &format!("{level}.opus"), settings.clone())
    });
    let mut monitor = |_: &JobProgress| ControlFlow::Continue(());
    let reports = run_group(&jobs, RunOptions::default(), &mut monitor).unwrap();
    let reports: Vec<Report> = reports.into_iter().map(|r| r.unwrap()).collect();
    assert_eq!(reports[0].gain_db, reports[1].gain_db);
    let mut power = 0.0;
    for report in &reports {
        let own = loudness(&report.output);
        assert!((own - report.result_level).abs() < 0.02, "{own} {report:?}");
        power += 10f64.powf(own / 10.0) / 2.0;
    }
    // Both are as long, and no block of either is below the gate.
    let both = 10.0 * power.log10();
    assert!((both + 30.0).abs() < 0.3, "{both}");
}

/// A loop comes round at the new rate as it does at the old one.
#[test]
fn a_loop_has_no_step_at_another_rate() {
    let space = Space::new();
    let cycles = |rate: u32| sine(rate, rate as usize, 1, 997.0, 0.5);
    for from in [44_100, 96_000] {
        let input = space.wav("in.wav", from, 1, WavFormat::F32, &cycles(from));
        let mut file = std::fs::read(&input).unwrap();
        let mut smpl = [0u32; 15];
        (smpl[7], smpl[12]) = (1, from - 1);
        file.extend(b"smpl");
        file.extend(60u32.to_le_bytes());
        file.extend(smpl.iter().flat_map(|word| word.to_le_bytes()));
        let riff = (file.len() - 8) as u32;
        file[4..8].copy_from_slice(&riff.to_le_bytes());
        std::fs::write(&input, file).unwrap();
        let mut settings = again(wav(WavFormat::F32));
        settings.rate = Some(48_000);
        let report = go(&space.job(&input, "o.wav", settings)).unwrap();
        let out = read(&report.output);
        assert_eq!(out.channels[0].len(), 48_000);
        let expect = cycles(48_000);
        let off = out.channels[0]
            .iter()
            .zip(&expect)
            .map(|(a, b)| (a - b).abs());
        let most = off.fold(0.0, f32::max);
        assert!(most < 1e-4, "{from}: {most}");
    }
}

/// Beats have two names in tags.
#[cfg(feature = "flac")]
#[test]
fn beats_go_to_id3_and_back() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &[0.0; 100]);
    let flac = Encoding::Flac {
        bits: 16,
        level: None,
    };
    let mut first = again(Settings::new(flac));
    first.metadata.set = vec![("BPM".to_owned(), "128".to_owned())];
    let made = go(&space.job(&input, "a.flac", first)).unwrap();
    let aiff = again(Settings::new(Encoding::Aiff { bits: 16 }));
    let made = go(&space.job(&made.output, "b.aiff", aiff)).unwrap();
    let bytes = std::fs::read(&made.output).unwrap();
    assert!(bytes.windows(4).any(|w| w == b"TBPM"));
    assert!(!bytes.windows(4).any(|w| w == b"TXXX"));
    let made = go(&space.job(&made.output, "c.flac", again(Settings::new(flac)))).unwrap();
    let tags = crate::tags::Tags::read(&made.output).unwrap();
    assert_eq!(tags.get("BPM"), Some("128"));
}

/// What no result has a place for is named.
#[cfg(feature = "flac")]
#[test]
fn what_is_left_out_is_named() {
    let space = Space::new();
    let told = |report: &Report, what: &str| {
        let texts: Vec<String> = report.warnings.iter().map(Warning::to_string).collect();
        assert!(
            texts.iter().any(|text| text.contains(what)),
            "{what}: {texts:?}"
        );
    };
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &[0.0; 100]);
    let flac = Settings::new(Encoding::Flac {
        bits: 16,
        level: None,
    });
    let mut file = std::fs::read(&input).unwrap();
    for id in [b"iXML", b"acid"] {
        file.extend(id);
        file.extend([4, 0, 0, 0, 0, 0, 0, 0]);
    }
    std::fs::write(&input, file).unwrap();
    let report = go(&space.job(&input, "o.flac", again(flac.clone()))).unwrap();
    told(&report, "the chunks acid, iXML");
    let aiff = again(Settings::new(Encoding::Aiff { bits: 16 }));
    let made = go(&space.job(&report.output, "o.aiff", aiff)).unwrap();
    assert_eq!(made.warnings, []);
    let mut file = std::fs::read(&made.output).unwrap();
    file.extend(aiff_chunk(b"SAXL", &[0, 0]));
    let form = (file.len() as u32 - 8).to_be_bytes();
    file[4..8].copy_from_slice(&form);
    std::fs::write(&made.output, file).unwrap();
    let report = go(&space.job(&made.output, "p.flac", again(flac.clone()))).unwrap();
    told(&report, "the chunks SAXL");
    let mut file = std::fs::read(&report.output).unwrap();
    // Behind STREAMINFO.
    file.splice(42..42, [2, 0, 0, 4, b't', b'e', b's', b't']);
    file[4] &= 0x7F;
    std::fs::write(&report.output, file).unwrap();
    let report = go(&space.job(&report.output, "q.wav", again(wav(WavFormat::I16)))).unwrap();
    told(&report, "the blocks APPLICATION");
}

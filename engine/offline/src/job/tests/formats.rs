//! Every format: bit-exact or gapless, tags, and what other programs make of it.

use super::super::*;
use super::support::*;
use crate::decode::Container;
use crate::error::Error;
use crate::sink::Encoding;
use crate::tags::Tags;
use crate::testing::oracle;
use crate::wav::WavFormat;

fn lossless() -> Vec<(&'static str, Encoding)> {
    vec![
        ("o.wav", Encoding::Wav(WavFormat::I24)),
        ("o.aiff", Encoding::Aiff { bits: 24 }),
        #[cfg(feature = "flac")]
        (
            "o.flac",
            Encoding::Flac {
                bits: 24,
                level: Some(5),
            },
        ),
        #[cfg(feature = "flac")]
        (
            "fixed.flac",
            Encoding::Flac {
                bits: 24,
                level: None,
            },
        ),
    ]
}

fn lossy() -> Vec<(&'static str, Encoding)> {
    vec![
        #[cfg(feature = "vorbis")]
        ("o.ogg", Encoding::Vorbis { quality: 8.0 }),
        #[cfg(feature = "opus")]
        ("o.opus", Encoding::Opus { bitrate: 256_000 }),
        #[cfg(feature = "mp3")]
        ("cbr.mp3", Encoding::Mp3(crate::sink::Mp3Mode::Cbr(320))),
        #[cfg(feature = "mp3")]
        ("vbr.mp3", Encoding::Mp3(crate::sink::Mp3Mode::Vbr(2))),
        #[cfg(feature = "aac")]
        (
            "o.m4a",
            Encoding::Aac {
                bitrate: 256_000,
                adts: false,
            },
        ),
    ]
}

fn most_channels(encoding: &Encoding) -> u16 {
    if matches!(encoding, Encoding::Mp3(_) | Encoding::Aac { .. }) {
        2
    } else {
        6
    }
}

/// No job is refused for room that its result does not need: not when much of it is silence either.
#[test]
fn the_room_that_is_asked_for_is_no_more_than_the_result_has() {
    let space = Space::new();
    let mut x = programme(48_000, 8, 2, 0.5);
    x[48_000 * 2..].fill(0.0);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    for (name, encoding) in lossless().into_iter().chain(lossy()) {
        let report = go(&space.job(&input, name, Settings::new(encoding))).unwrap();
        let bytes = std::fs::metadata(&report.output).unwrap().len();
        let seconds = 8;
        let least = encoding.least_bits_per_second(48_000, 2) * seconds / 8;
        assert!(least <= bytes, "{name}: {least} of {bytes}");
    }
}

/// Decodes with ffmpeg to interleaved f32; `None` if ffmpeg is not there.
fn ffmpeg(path: &std::path::Path) -> Option<Vec<f32>> {
    let path = path.to_str().unwrap();
    let (ok, raw, log) = oracle("ffmpeg", &["-v", "error", "-i", path, "-f", "f32le", "-"])?;
    assert!(ok, "{path}: {log}");
    Some(
        raw.as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect(),
    )
}

/// The same with sox, of WAV, RF64 and AIFF.
fn sox(path: &std::path::Path) -> Option<Vec<f32>> {
    let path = path.to_str().unwrap();
    let (ok, raw, log) = oracle("sox", &["-D", path, "-t", "f32", "-L", "-"])?;
    assert!(ok, "{path}: {log}");
    let words = raw.as_chunks::<4>().0.iter();
    Some(words.map(|b| f32::from_le_bytes(*b)).collect())
}

/// Samples that 24 bits hold exactly.
fn exact(x: &[f32]) -> Vec<f32> {
    x.iter()
        .map(|x| (x * 8_388_608.0).round() / 8_388_608.0)
        .collect()
}

#[test]
fn lossless_formats_are_bit_exact_for_us_and_for_ffmpeg() {
    let space = Space::new();
    for channels in [1u16, 2, 6] {
        let x = exact(&programme(44_100, 1, channels.into(), 0.9));
        let input = space.wav("in.wav", 44_100, channels, WavFormat::I24, &x);
        let large = ("rf64.wav", Encoding::Wav(WavFormat::I24));
        for (name, encoding) in lossless().into_iter().chain([large]) {
            let is_large = name == "rf64.wav";
            crate::wav::RF64_ABOVE.set(if is_large { 50_000 } else { u32::MAX.into() });
            let settings = Settings {
                exists: Exists::Overwrite,
                ..Settings::new(encoding)
            };
            let report = go(&space.job(&input, name, settings)).unwrap();
            assert!(report.is_copy && report.clips == 0, "{name}");
            let back = read(&report.output);
            assert_eq!(back.info.container == Container::Rf64, is_large, "{name}");
            let frames = x.len() / usize::from(channels);
            let interleaved: Vec<f32> = (0..frames)
                .flat_map(|i| back.channels.iter().map(move |c| c[i]))
                .collect();
            assert_eq!(interleaved, x, "{name} {channels}");
            if let Some(theirs) = ffmpeg(&report.output) {
                assert_eq!(theirs, x, "{name} {channels} ffmpeg");
            }
            if !name.ends_with("flac")
                && let Some(theirs) = sox(&report.output)
            {
                assert_eq!(theirs, x, "{name} {channels} sox");
            }
            if name.ends_with("flac")
                && let Some((ok, _, log)) =
                    oracle("flac", &["-ts", report.output.to_str().unwrap()])
            {
                assert!(ok, "{log}");
            }
        }
    }
    crate::wav::RF64_ABOVE.set(u32::MAX.into());
}

#[test]
fn thirty_two_bit_integers_and_doubles_are_copied() {
    let space = Space::new();
    // Bytes that f32 cannot hold: written by hand.
    let head = |bits: u16, tag: u16, data: u32| {
        let block = bits / 8;
        let mut h = b"RIFF".to_vec();
        h.extend((36 + data).to_le_bytes());
        h.extend(b"WAVEfmt ");
        h.extend(16u32.to_le_bytes());
        h.extend(tag.to_le_bytes());
        h.extend(1u16.to_le_bytes());
        h.extend(48_000u32.to_le_bytes());
        h.extend((48_000 * u32::from(block)).to_le_bytes());
        h.extend(block.to_le_bytes());
        h.extend(bits.to_le_bytes());
        h.extend(b"data");
        h.extend(data.to_le_bytes());
        h
    };
    let ints: Vec<u8> = (0..5000i32)
        .flat_map(|i| (i * 400_009 + 1).to_le_bytes())
        .collect();
    let floats: Vec<u8> = (0..5000)
        .flat_map(|i| (f64::from(i) / 5003.0 - 0.5).to_le_bytes())
        .collect();
    for (bits, tag, data, format) in [
        (32, 1, ints, WavFormat::I32),
        (64, 3, floats, WavFormat::F64),
    ] {
        let path = space.path("in.wav");
        let mut file = head(bits, tag, data.len() as u32);
        file.extend(&data);
        std::fs::write(&path, file).unwrap();
        let settings = Settings {
            exists: Exists::Overwrite,
            ..wav(format)
        };
        let report = go(&space.job(&path, "o.wav", settings)).unwrap();
        assert!(report.is_copy);
        let out = std::fs::read(&report.output).unwrap();
        assert!(out.windows(data.len()).any(|w| w == data), "{format:?}");
    }
}

/// The length and the alignment are those of the input, for us and for ffmpeg.
#[test]
fn lossy_formats_are_gapless() {
    let space = Space::new();
    for rate in [32_000u32, 44_100, 48_000] {
        for channels in [1u16, 2, 6] {
            let frames = rate as usize + 777;
            let mut x = programme(rate, 2, channels.into(), 0.5);
            x.truncate(frames * usize::from(channels));
            let input = space.wav("in.wav", rate, channels, WavFormat::F32, &x);
            for (name, encoding) in lossy() {
                if channels > most_channels(&encoding) {
                    continue;
                }
                let settings = Settings {
                    exists: Exists::Overwrite,
                    ..Settings::new(encoding)
                };
                let report = go(&space.job(&input, name, settings)).unwrap();
                let label = format!("{name} {rate} {channels}");
                let back = read(&report.output);
                let out_rate = back.info.sample_rate;
                let expect = crate::resample::output_frames(frames as u64, rate, out_rate);
                assert_eq!(back.channels[0].len() as u64, expect, "{label}");
                let reference = crate::resample::resample(
                    &read(&input).channels,
                    rate,
                    out_rate,
                    crate::resample::Tier::Offline,
                )
                .unwrap();
                for (c, plane) in back.channels.iter().enumerate() {
                    // The LFE is coded with a narrow band.
                    if c != 3 {
                        let off = alignment(&reference[c], plane);
                        // Surround streams are narrow: there the best fit is a frame wide.
                        let allowed = i64::from(channels > 2);
                        assert!(off.abs() <= allowed, "{label}, channel {c}: {off}");
                    }
                }
                if let Some(theirs) = ffmpeg(&report.output) {
                    let more = (theirs.len() / usize::from(channels)) as u64 - expect;
                    // ffmpeg takes the start of an edit list, and whole packets at its end, also
                    // from MP4 files of its own.
                    let most = if name.ends_with("m4a") { 1_023 } else { 0 };
                    assert!(more <= most, "{label}: ffmpeg has {more} more");
                    let first: Vec<f32> = theirs
                        .iter()
                        .step_by(usize::from(channels))
                        .copied()
                        .collect();
                    let off = alignment(&reference[0], &first);
                    assert!(
                        off.abs() <= i64::from(channels > 2),
                        "{label} ffmpeg: {off}"
                    );
                }
            }
        }
    }
}

/// Shift in frames, within ±40, at which the two fit best.
fn alignment(a: &[f32], b: &[f32]) -> i64 {
    let n = a.len().min(b.len()) - 100;
    let score = |shift: i64| -> f64 {
        (50..n.min(20_000))
            .map(|i| f64::from(a[i]) * f64::from(b[(i as i64 + shift) as usize]))
            .sum()
    };
    (-40..=40)
        .max_by(|x, y| score(*x).total_cmp(&score(*y)))
        .unwrap()
}

/// What else each format can hold: low and high rates, in ffmpeg as here.
#[test]
fn every_format_keeps_its_rates() {
    let space = Space::new();
    for rate in [8_000u32, 22_050, 96_000, 192_000] {
        for channels in [1u16, 2, 6] {
            let mut x = programme(rate, 1, channels.into(), 0.5);
            x.truncate(usize::from(channels) * 6_007);
            let input = space.wav("in.wav", rate, channels, WavFormat::F32, &x);
            for (name, encoding) in lossless().into_iter().chain(lossy()) {
                if channels > most_channels(&encoding) {
                    continue;
                }
                let settings = Settings {
                    exists: Exists::Overwrite,
                    ..Settings::new(encoding)
                };
                let label = format!("{name} {rate} {channels}");
                let report = go(&space.job(&input, name, settings));
                let report = report.unwrap_or_else(|e| panic!("{label}: {e}"));
                let back = read(&report.output);
                let own = crate::resample::output_frames(6_007, rate, back.info.sample_rate);
                assert_eq!(back.channels[0].len() as u64, own, "{label}");
                let is_kept = lossless().iter().any(|row| row.0 == name);
                assert!(!is_kept || back.info.sample_rate == rate, "{label}");
                if let Some(theirs) = ffmpeg(&report.output) {
                    let more = (theirs.len() / usize::from(channels)) as u64 - own;
                    // It plays the last packet of short Vorbis files whole, oggenc's too; oggdec
                    // does not.
                    let is_whole = name.ends_with("m4a") || name.ends_with("ogg");
                    let most = if is_whole { 1_023 } else { 0 };
                    assert!(more <= most, "{label}: ffmpeg has {more} more");
                }
            }
        }
    }
}

#[test]
fn tools_of_the_codecs_read_our_files() {
    let space = Space::new();
    let x = programme(48_000, 1, 2, 0.5);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::F32, &x);
    for (name, encoding, tool) in [
        #[cfg(feature = "vorbis")]
        ("o.ogg", Encoding::Vorbis { quality: 6.0 }, "oggdec"),
        #[cfg(feature = "opus")]
        ("o.opus", Encoding::Opus { bitrate: 128_000 }, "opusdec"),
    ] {
        let report = go(&space.job(&input, name, Settings::new(encoding))).unwrap();
        let out = space.path("t.wav");
        let (from, to) = (report.output.to_str().unwrap(), out.to_str().unwrap());
        let args: &[&str] = match tool {
            "oggdec" => &["-Q", "-o", to, from],
            _ => &["--quiet", from, to],
        };
        let Some((ok, _, log)) = oracle(tool, args) else {
            continue;
        };
        assert!(ok, "{tool}: {log}");
        assert_eq!(read(&out).channels[0].len(), 48_000, "{tool}");
    }
}

#[test]
fn tags_go_from_every_format_to_every_other() {
    let space = Space::new();
    let x = programme(48_000, 1, 2, 0.5);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::I16, &x);
    let all: Vec<_> = lossless().into_iter().chain(lossy()).collect();
    for (name, encoding) in &all {
        let mut settings = Settings::new(*encoding);
        settings.metadata.set = vec![
            ("TITLE".into(), "Grüße, 世界".into()),
            ("ARTIST".into(), "Someone".into()),
            ("ALBUM".into(), "Something".into()),
        ];
        let first = go(&space.job(&input, &format!("1-{name}"), settings)).unwrap();
        for (other, encoding) in &all {
            let settings = Settings {
                exists: Exists::Overwrite,
                ..Settings::new(*encoding)
            };
            let second = go(&space.job(&first.output, &format!("2-{other}"), settings)).unwrap();
            let tags = Tags::read(&second.output).unwrap();
            for (key, text) in [
                ("TITLE", "Grüße, 世界"),
                ("ARTIST", "Someone"),
                ("ALBUM", "Something"),
            ] {
                assert_eq!(tags.get(key), Some(text), "{name} to {other}");
            }
        }
    }
}

#[test]
fn replay_gain_and_bext_state_the_loudness() {
    let space = Space::new();
    let tone = sine(48_000, 48_000 * 4, 2, 1000.0, 0.1);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::I24, &tone);
    let mut settings = wav(WavFormat::I24);
    settings.metadata.bext = true;
    settings.metadata.replay_gain = true;
    let report = go(&space.job(&input, "o.wav", settings)).unwrap();
    let tags = Tags::read(&report.output).unwrap();
    assert_eq!(
        tags.get("REPLAYGAIN_TRACK_GAIN"),
        None,
        "INFO has no field for it"
    );
    let chunks = crate::wav::chunk::read_chunks(&report.output).unwrap();
    let bext = chunks
        .iter()
        .find(|c| &c.id == b"bext")
        .unwrap()
        .bytes()
        .unwrap();
    let field = |i: usize| i16::from_le_bytes([bext[412 + 2 * i], bext[413 + 2 * i]]);
    assert!((field(0) + 2000).abs() <= 5, "{}", field(0));
    assert!((field(2) + 2000).abs() <= 5, "{}", field(2));
    assert_eq!(bext[346], 2);
    #[cfg(feature = "flac")]
    {
        let mut settings = Settings::new(Encoding::Flac {
            bits: 24,
            level: Some(5),
        });
        settings.metadata.replay_gain = true;
        let report = go(&space.job(&input, "o.flac", settings)).unwrap();
        let tags = Tags::read(&report.output).unwrap();
        let gain: f64 = tags
            .get("REPLAYGAIN_TRACK_GAIN")
            .unwrap()
            .trim_end_matches(" dB")
            .parse()
            .unwrap();
        assert!((gain - 2.0).abs() < 0.05, "{gain}");
    }
}

#[test]
fn chunks_and_loops_survive_and_scale() {
    let space = Space::new();
    let x = sine(44_100, 44_100, 1, 400.0, 0.5);
    let input = space.wav("in.wav", 44_100, 1, WavFormat::I24, &x);
    let mut file = std::fs::read(&input).unwrap();
    let words = |w: &[u32]| w.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let smpl = words(&[0, 0, 22_675, 60, 0, 0, 0, 1, 0, 0, 0, 4_410, 39_689, 0, 0]);
    for (id, body) in [
        (b"smpl", smpl),
        (b"abcd", b"odd".to_vec()),
        (b"iXML", b"<x/>".to_vec()),
    ] {
        file.extend(id);
        file.extend((body.len() as u32).to_le_bytes());
        file.extend(&body);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let riff = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&riff.to_le_bytes());
    std::fs::write(&input, file).unwrap();
    let same = go(&space.job(&input, "same.wav", wav(WavFormat::I24))).unwrap();
    let loops = |path| read(path).info.loops;
    assert_eq!(loops(&same.output), loops(&input));
    let chunks = crate::wav::chunk::read_chunks(&same.output).unwrap();
    let body = |id: &[u8; 4]| {
        chunks
            .iter()
            .find(|c| &c.id == id)
            .unwrap()
            .bytes()
            .unwrap()
    };
    assert_eq!(
        (body(b"abcd"), body(b"iXML")),
        (b"odd".to_vec(), b"<x/>".to_vec())
    );
    let settings = Settings {
        rate: Some(48_000),
        ..wav(WavFormat::I24)
    };
    let scaled = go(&space.job(&input, "scaled.wav", settings)).unwrap();
    assert_eq!(
        (loops(&scaled.output)[0].start, loops(&scaled.output)[0].end),
        (4_800, 43_200)
    );
    // What is said about the samples is true of those of the result.
    let text = "<X><AUDIO_BIT_DEPTH>24</AUDIO_BIT_DEPTH><TRACK_LIST><TRACK_COUNT>1</TRACK_COUNT>\
                </TRACK_LIST><NOTE>n</NOTE></X>";
    let mut file = std::fs::read(&input).unwrap();
    file.extend(b"iXML");
    file.extend((text.len() as u32).to_le_bytes());
    file.extend(text.as_bytes());
    file.resize(file.len().next_multiple_of(2), 0);
    std::fs::write(space.path("texts.wav"), file).unwrap();
    let settings = Settings {
        channels: ChannelMap::Stereo,
        ..wav(WavFormat::I16)
    };
    let made = go(&space.job(&space.path("texts.wav"), "made.wav", settings)).unwrap();
    let chunks = crate::wav::chunk::read_chunks(&made.output).unwrap();
    let last = chunks.iter().rfind(|c| &c.id == b"iXML").unwrap();
    assert_eq!(
        String::from_utf8(last.bytes().unwrap()).unwrap(),
        "<X><AUDIO_BIT_DEPTH>16</AUDIO_BIT_DEPTH><NOTE>n</NOTE></X>"
    );
    // The seam still fits: 400 Hz has whole periods in the loop.
    let y = &read(&scaled.output).channels[0];
    assert!(
        (y[43_200] - y[4_800]).abs() < 1e-4,
        "{} {}",
        y[43_200],
        y[4_800]
    );
    let settings = Settings {
        rate: Some(44_100),
        ..wav(WavFormat::I24)
    };
    let back = go(&space.job(&scaled.output, "back.wav", settings)).unwrap();
    assert_eq!(loops(&back.output), loops(&input));
}

/// The whole job with 4 GiB made small: what is written, read back by the job, and read by ffmpeg.
#[test]
fn large_files_become_rf64_or_bw64() {
    let space = Space::new();
    let x = sine(48_000, 48_000, 1, 400.0, 0.5);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &x);
    let of = |encoding: Encoding, name: &str| {
        let report = go(&space.job(&input, name, Settings::new(encoding))).unwrap();
        (std::fs::read(&report.output).unwrap(), report.output)
    };
    // Small: a plain WAV that has the room for the large sizes.
    let (small, path) = of(Encoding::Bw64(WavFormat::I16), "small.wav");
    assert_eq!(read(&path).info.container, Container::Wav);
    assert_eq!((&small[..4], &small[12..16]), (&b"RIFF"[..], &b"JUNK"[..]));
    crate::wav::RF64_ABOVE.set(50_000);
    for (encoding, name, tag) in [
        (Encoding::Wav(WavFormat::I16), "large.wav", b"RF64"),
        (Encoding::Bw64(WavFormat::I16), "large.bw64", b"BW64"),
    ] {
        let (large, path) = of(encoding, name);
        assert_eq!((&large[..4], &large[12..16]), (&tag[..], &b"ds64"[..]));
        let word = |at: usize| u64::from_le_bytes(large[at..at + 8].try_into().unwrap());
        assert_eq!(large[4..8], [0xFF; 4], "the size is in ds64");
        assert_eq!(word(20), large.len() as u64 - 8);
        assert_eq!(
            (word(28), word(36)),
            (96_000, 48_000),
            "bytes of sound, frames"
        );
        let back = read(&path);
        assert_eq!(back.info.container, Container::Rf64);
        assert_eq!(back.channels, read(&input).channels);
        if let Some(theirs) = ffmpeg(&path) {
            assert_eq!(theirs, back.channels[0]);
        }
    }
    crate::wav::RF64_ABOVE.set(u64::from(u32::MAX));
}

#[test]
fn formats_refuse_what_they_cannot_hold() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 6, WavFormat::I16, &[0.0; 600]);
    let mp3 = Encoding::Mp3(crate::sink::Mp3Mode::Cbr(320));
    let error = go(&space.job(&input, "o.mp3", Settings::new(mp3))).unwrap_err();
    match cfg!(feature = "mp3") {
        true => assert!(matches!(error, Error::Unfit { .. }), "{error}"),
        false => assert!(error.to_string().contains("feature `mp3`"), "{error}"),
    }
    let aac = Encoding::Aac {
        bitrate: 128_000,
        adts: false,
    };
    let error = go(&space.job(&input, "o.m4a", Settings::new(aac))).unwrap_err();
    let text = error.to_string();
    match cfg!(feature = "aac") {
        true => assert!(
            text.contains("6 channels") && text.contains("fold"),
            "{text}"
        ),
        false => assert!(text.contains("feature `aac`"), "{text}"),
    }
    let wide = space.wav("w.wav", 48_000, 9, WavFormat::I16, &[0.0; 900]);
    let flac = Settings::new(Encoding::Flac {
        bits: 16,
        level: None,
    });
    let error = go(&space.job(&wide, "o.flac", flac))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("9 channels") && error.contains("fold"),
        "{error}"
    );
    let opus = Settings {
        rate: Some(44_100),
        ..Settings::new(Encoding::Opus { bitrate: 64_000 })
    };
    let error = go(&space.job(&input, "o.opus", opus))
        .unwrap_err()
        .to_string();
    assert!(error.contains("44100 Hz"), "{error}");
    let bad = Settings::new(Encoding::Aiff { bits: 20 });
    assert!(
        go(&space.job(&input, "o.aiff", bad))
            .unwrap_err()
            .to_string()
            .contains("16, 24")
    );
    assert_eq!(space.names(), ["in.wav", "w.wav"]);
}

/// What made the input did not make the output.
#[cfg(all(feature = "flac", feature = "opus"))]
#[test]
fn the_name_of_a_foreign_encoder_is_not_copied() {
    let space = Space::new();
    let x = sine(48_000, 9_600, 1, 440.0, 0.3);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::I16, &x);
    let flac = Encoding::Flac {
        bits: 16,
        level: None,
    };
    let mut settings = Settings::new(flac);
    settings.metadata.set = vec![
        ("TITLE".into(), "A title".into()),
        ("ENCODER".into(), "some other program".into()),
    ];
    let first = go(&space.job(&input, "a.flac", settings)).unwrap();
    let opus = Settings::new(Encoding::Opus { bitrate: 64_000 });
    let second = go(&space.job(&first.output, "b.opus", opus)).unwrap();
    let holds = |path: &std::path::Path, text: &str| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|w| w == text.as_bytes())
    };
    assert!(holds(&first.output, "some other program"));
    assert!(!holds(&second.output, "some other program"));
    assert!(holds(&second.output, "A title"));
}

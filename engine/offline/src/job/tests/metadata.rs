//! What a result says of itself: levels, loops, texts and pictures.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::super::*;
use super::support::*;
use crate::decode::Warning;
use crate::sink::Encoding;
use crate::tags::Tags;
use crate::testing::{Noise, oracle};
use crate::wav::WavFormat;
use crate::wav::chunk::read_chunks;

mod aiff;
mod frames;

const UNSET: i16 = 0x7FFF;

fn flac() -> Settings {
    Settings::new(Encoding::Flac {
        bits: 24,
        level: Some(5),
    })
}

fn pairs(texts: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |row: &(&str, &str)| (row.0.to_owned(), row.1.to_owned());
    texts.iter().map(owned).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// A WAV file with more chunks behind its sound.
fn with_chunks(path: &Path, chunks: &[(&[u8; 4], Vec<u8>)]) {
    let mut file = std::fs::read(path).unwrap();
    for (id, body) in chunks {
        file.extend(*id);
        file.extend((body.len() as u32).to_le_bytes());
        file.extend(body);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let riff = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&riff.to_le_bytes());
    std::fs::write(path, file).unwrap();
}

/// I, LRA, true peak, M and S as `bext` states them, in hundredths.
fn stated(path: &Path) -> [i16; 5] {
    let chunks = read_chunks(path).unwrap();
    let bext = chunks.iter().find(|c| &c.id == b"bext").unwrap();
    let bytes = bext.bytes().unwrap();
    std::array::from_fn(|i| i16::from_le_bytes([bytes[412 + 2 * i], bytes[413 + 2 * i]]))
}

/// Tags of RF64 are found without a look at its sound, in which there is what looks like MPEG.
#[test]
fn the_tags_of_rf64_are_read() {
    const SOUND: u64 = 1 << 30;
    let space = Space::new();
    let path = space.path("large.wav");
    let info = [&b"INFOINAM"[..], &words(&[6]), b"a name"].concat();
    let list = [&b"LIST"[..], &words(&[info.len() as u32]), &info].concat();
    for id in [b"RF64", b"BW64"] {
        let sizes = [SOUND + 80 + list.len() as u64, SOUND, SOUND / 2];
        let mut head = [&id[..], &[0xFF; 4], b"WAVEds64", &words(&[28])].concat();
        head.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
        head.extend([0; 4]);
        head.extend(b"fmt ");
        head.extend(words(&[16, 0x1_0001, 48_000, 96_000, 0x10_0002]));
        head.extend(b"data\xFF\xFF\xFF\xFF\xFF\xFB\0\0");
        let start = head.len() as u64 - 4;
        std::fs::write(&path, head).unwrap();
        let mut file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_len(start + SOUND).unwrap();
        std::io::Write::write_all(&mut file, &list).unwrap();
        let tags = Tags::read(&path).unwrap();
        assert_eq!((tags.get("TITLE"), tags.unread()), (Some("a name"), None));
    }
}

/// I and true peak of a file.
fn levels(path: &Path) -> (f64, f64) {
    let mut monitor = |_: &JobProgress| ControlFlow::Continue(());
    let found = measure(path, &wav(WavFormat::F32), &mut monitor).unwrap();
    (found.measurement.integrated, found.measurement.true_peak)
}

/// Peaks in a quiet bed.
fn peaky(seconds: usize) -> Vec<f32> {
    let mut noise = Noise(9);
    (0..48_000 * seconds)
        .map(|i| noise.sample() * if i % 4_800 < 2_400 { 0.5 } else { 0.02 })
        .collect()
}

fn limited(settings: Settings, target: Option<f64>) -> Settings {
    let normalise = match target {
        Some(target) => Normalise::new(LoudnessMode::Lufs, target),
        None => Normalise::below(-12.0),
    };
    Settings {
        normalise: Some(Normalise {
            over: OverCeiling::Limit,
            max_limiting: 12.0,
            ..normalise
        }),
        ..settings
    }
}

#[test]
fn levels_of_another_sound_go() {
    let space = Space::new();
    let x = programme(48_000, 4, 2, 0.9);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::I24, &x);
    let mut settings = wav(WavFormat::I24);
    settings.metadata.bext = true;
    let first = go(&space.job(&input, "bext.wav", settings)).unwrap();
    let told = stated(&first.output);
    assert!(told.iter().all(|field| *field != UNSET), "{told:?}");
    let mut cut = wav(WavFormat::I24);
    cut.range.start = 1.0;
    let quiet = Settings {
        normalise: Some(Normalise::below(-20.0)),
        ..wav(WavFormat::I24)
    };
    let rows = [
        ("copy.wav", wav(WavFormat::I24), told),
        ("cut.wav", cut, [UNSET; 5]),
        ("quiet.wav", quiet, [UNSET; 5]),
    ];
    for (name, settings, expected) in rows {
        let report = go(&space.job(&first.output, name, settings)).unwrap();
        assert_eq!(stated(&report.output), expected, "{name}");
    }
    let names = [
        "REPLAYGAIN_TRACK_GAIN",
        "REPLAYGAIN_TRACK_PEAK",
        "REPLAYGAIN_ALBUM_GAIN",
        "REPLAYGAIN_ALBUM_PEAK",
        "R128_TRACK_GAIN",
        "R128_ALBUM_GAIN",
    ];
    let mut settings = flac();
    settings.metadata.set = pairs(&names.map(|name| (name, "1")));
    let first = go(&space.job(&input, "a.flac", settings)).unwrap();
    let copy = go(&space.job(&first.output, "copy.flac", flac())).unwrap();
    let quiet = Settings {
        normalise: Some(Normalise::new(LoudnessMode::Lufs, -30.0)),
        ..flac()
    };
    let quiet = go(&space.job(&first.output, "quiet.flac", quiet)).unwrap();
    for name in names {
        assert_eq!(Tags::read(&copy.output).unwrap().get(name), Some("1"));
        assert_eq!(Tags::read(&quiet.output).unwrap().get(name), None, "{name}");
    }
}

/// What a file states is measured on what it holds: behind the limiter, and clipped.
#[test]
fn stated_levels_are_those_of_the_result() {
    let space = Space::new();
    let x = peaky(5);
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &x);
    let loud: Vec<f32> = x.iter().map(|x| x * 8.0).collect();
    let loud = space.wav("loud.wav", 48_000, 1, WavFormat::F32, &loud);
    let free = |settings: Settings| Settings {
        normalise: None,
        verify: false,
        ..settings
    };
    let rows = [
        (&input, "target", limited(wav(WavFormat::I24), Some(-9.0))),
        (
            &input,
            "unreached",
            limited(wav(WavFormat::I24), Some(-3.0)),
        ),
        (&input, "ceiling", limited(wav(WavFormat::I24), None)),
        (&loud, "clipped", free(wav(WavFormat::I16))),
        (&input, "flac-limited", limited(flac(), Some(-9.0))),
        (&loud, "flac-clipped", free(flac())),
    ];
    for (input, name, mut settings) in rows {
        let is_flac = name.starts_with("flac");
        settings.metadata.bext = !is_flac;
        settings.metadata.replay_gain = is_flac;
        let report = go(&space.job(input, name, settings)).unwrap();
        let (i, peak) = levels(&report.output);
        let (told, told_peak) = if is_flac {
            let tags = Tags::read(&report.output).unwrap();
            let gain = tags.get("REPLAYGAIN_TRACK_GAIN").unwrap();
            let gain: f64 = gain.trim_end_matches(" dB").parse().unwrap();
            let peak: f64 = tags.get("REPLAYGAIN_TRACK_PEAK").unwrap().parse().unwrap();
            (-18.0 - gain, 20.0 * peak.log10())
        } else {
            let told = stated(&report.output);
            (f64::from(told[0]) / 100.0, f64::from(told[2]) / 100.0)
        };
        assert!((told - i).abs() < 0.02, "{name}: {told} LUFS, it has {i}");
        assert!(
            (told_peak - peak).abs() < 0.05,
            "{name}: {told_peak} dBTP, it has {peak}"
        );
    }
}

/// Noise up to half the rate, of which lossy encoders leave out the top: what they state is the level
/// of what they decode to, whether it is read back anyway or not.
#[cfg(feature = "opus")]
#[test]
fn lossy_results_state_their_own_level() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &peaky(5));
    let opus = Settings::new(Encoding::Opus { bitrate: 128_000 });
    let unread = |encoding: Encoding| Settings {
        verify: false,
        ..Settings::new(encoding)
    };
    let rows = [
        ("limited.opus", limited(opus.clone(), Some(-5.0))),
        ("o.opus", unread(opus.encoding)),
        #[cfg(feature = "vorbis")]
        ("o.ogg", unread(Encoding::Vorbis { quality: 3.0 })),
        #[cfg(feature = "mp3")]
        (
            "o.mp3",
            unread(Encoding::Mp3(crate::sink::Mp3Mode::Cbr(64))),
        ),
    ];
    for (name, mut settings) in rows {
        settings.metadata.replay_gain = true;
        let report = go(&space.job(&input, name, settings)).unwrap();
        let tags = Tags::read(&report.output).unwrap();
        let told = match tags.get("R128_TRACK_GAIN") {
            Some(steps) => -23.0 - steps.parse::<f64>().unwrap() / 256.0,
            None => {
                let gain = tags.get("REPLAYGAIN_TRACK_GAIN").unwrap();
                -18.0 - gain.trim_end_matches(" dB").parse::<f64>().unwrap()
            }
        };
        let i = levels(&report.output).0;
        assert!((told - i).abs() < 0.1, "{name}: {told} LUFS, it has {i}");
        let result = report.result_level;
        assert!((result - i).abs() < 0.1, "{name}: {result}, it has {i}");
    }
}

/// Two seconds of sound behind one of silence (and a frame, as a sine begins with 0), a loop in its second second, and three cues.
fn looped(space: &Space) -> PathBuf {
    let mut x = vec![0.0; 48_000];
    x.extend(sine(48_000, 96_000, 1, 400.0, 0.5));
    let input = space.wav("loop.wav", 48_000, 1, WavFormat::I24, &x);
    let smpl = words(&[0, 0, 20_833, 60, 0, 0, 0, 1, 0, 0, 0, 72_000, 95_999, 0, 0]);
    let data = u32::from_le_bytes(*b"data");
    let mut cue = words(&[3]);
    for (name, at) in [(1, 100), (2, 72_000), (3, 140_000)] {
        cue.extend(words(&[name, at, data, 0, 0, at]));
    }
    with_chunks(&input, &[(b"smpl", smpl), (b"cue ", cue)]);
    input
}

#[test]
fn loops_and_cues_of_what_is_cut_off_go() {
    let space = Space::new();
    let input = looped(&space);
    let cut = |start: f64, end: Option<f64>, trim: bool| Settings {
        range: Range { start, end },
        trim: trim.then(Trim::default),
        ..wav(WavFormat::I24)
    };
    // Loop and number of cues that are left, and what is said of the others.
    let rows = [
        (
            "whole",
            cut(0.0, None, false),
            Some((72_000, 96_000)),
            3,
            None,
        ),
        ("start", cut(2.5, None, false), None, 1, Some((1, 2))),
        ("end", cut(0.0, Some(0.5), false), None, 1, Some((1, 2))),
        (
            "inside",
            cut(1.75, Some(2.5), false),
            Some((0, 12_000)),
            0,
            Some((0, 3)),
        ),
        (
            "trim",
            cut(0.0, None, true),
            Some((23_999, 47_999)),
            2,
            Some((0, 1)),
        ),
        (
            "trim-end",
            cut(0.0, Some(1.25), true),
            None,
            0,
            Some((1, 3)),
        ),
    ];
    for (name, settings, expected, cues, told) in rows {
        let report = go(&space.job(&input, &format!("{name}.wav"), settings)).unwrap();
        let found = read(&report.output).info;
        let loops: Vec<_> = found.loops.iter().map(|l| (l.start, l.end)).collect();
        assert_eq!(loops.first().copied(), expected, "{name}");
        let chunks = read_chunks(&report.output).unwrap();
        let chunk = |id: &[u8; 4]| {
            chunks
                .iter()
                .find(|c| &c.id == id)
                .map(|c| c.bytes().unwrap())
        };
        assert_eq!(chunk(b"cue ").map_or(0, |bytes| bytes[0]), cues, "{name}");
        assert_eq!(chunk(b"smpl").unwrap()[28], u8::from(expected.is_some()));
        let told = told.map(|(loops, cues)| Warning::CutOff { loops, cues });
        assert_eq!(report.warnings, Vec::from_iter(told), "{name}");
    }
}

const OWN: [(&str, &str); 5] = [
    ("TITLE", "Grüße"),
    ("GAME_CUE", "boss"),
    ("MOOD_OF_DAY", "dark"),
    ("LOOPSTART", "4410"),
    ("LOOPLENGTH", "22050"),
];

/// A second of FLAC at 44.1 kHz with texts of all kinds and a picture.
fn tagged(space: &Space) -> PathBuf {
    let x = sine(44_100, 44_100, 1, 400.0, 0.5);
    let input = space.wav("plain.wav", 44_100, 1, WavFormat::I16, &x);
    let mut settings = flac();
    settings.metadata.set = pairs(&OWN);
    let report = go(&space.job(&input, "tagged.flac", settings)).unwrap();
    let mut file = std::fs::read(&report.output).unwrap();
    let mut picture = 3u32.to_be_bytes().to_vec();
    for text in [b"image/png".as_slice(), b"cover"] {
        picture.extend((text.len() as u32).to_be_bytes());
        picture.extend(text);
    }
    picture.extend([0; 16]);
    picture.extend(3_000u32.to_be_bytes());
    picture.extend(b"\x89PNG\r\n\x1A\n");
    picture.resize(picture.len() + 3_000 - 8, 7);
    let mut block = (picture.len() as u32).to_be_bytes();
    block[0] = 6;
    drop(file.splice(42..42, block.into_iter().chain(picture)));
    std::fs::write(&report.output, file).unwrap();
    assert_eq!(Tags::read(&report.output).unwrap().picture_count(), 1);
    report.output
}

fn all_formats() -> Vec<(&'static str, Encoding)> {
    vec![
        ("flac", flac().encoding),
        ("aiff", Encoding::Aiff { bits: 16 }),
        #[cfg(feature = "vorbis")]
        ("ogg", Encoding::Vorbis { quality: 6.0 }),
        #[cfg(feature = "opus")]
        ("opus", Encoding::Opus { bitrate: 64_000 }),
        #[cfg(feature = "mp3")]
        ("mp3", Encoding::Mp3(crate::sink::Mp3Mode::Cbr(128))),
        #[cfg(feature = "aac")]
        (
            "m4a",
            Encoding::Aac {
                bitrate: 128_000,
                adts: false,
            },
        ),
    ]
}

/// Texts that no format has a name for, and pictures, from every format to every other.
#[test]
fn every_text_and_picture_stays() {
    let space = Space::new();
    let first = tagged(&space);
    let picture = Tags::read(&first).unwrap().first_picture();
    for (from, encoding) in all_formats() {
        let settings = Settings {
            rate: Some(48_000),
            ..Settings::new(encoding)
        };
        let one = go(&space.job(&first, &format!("1.{from}"), settings)).unwrap();
        assert!(one.warnings.is_empty(), "{from}");
        for (to, encoding) in all_formats() {
            let name = format!("{from}-2.{to}");
            let two = go(&space.job(&one.output, &name, Settings::new(encoding))).unwrap();
            assert!(two.warnings.is_empty(), "{name}");
            let tags = Tags::read(&two.output).unwrap();
            for (key, text) in OWN {
                // The loop counts frames.
                let text = match key {
                    "LOOPSTART" => "4800",
                    "LOOPLENGTH" => "24000",
                    _ => text,
                };
                assert_eq!(tags.get(key), Some(text), "{name} {key}");
            }
            assert_eq!(tags.picture_count(), 1, "{name}");
            assert_eq!(tags.first_picture(), picture, "{name}");
            let path = two.output.to_str().unwrap();
            if to == "flac"
                && let Some((ok, _, log)) = oracle("flac", &["-ts", path])
            {
                assert!(ok, "{log}");
            }
        }
    }
}

/// Several texts of one name stay several, in their order.
#[test]
fn a_name_may_come_more_than_once() {
    let space = Space::new();
    let first = tagged(&space);
    let mut file = std::fs::read(&first).unwrap();
    let found = file.windows(9).position(|w| w == b"GAME_CUE=").unwrap();
    // The third text gets the name of the second.
    let other = file.windows(12).position(|w| w == b"MOOD_OF_DAY=").unwrap();
    file[other..other + 12].copy_from_slice(b"GAME_CUE=no-");
    assert!(found < other);
    std::fs::write(&first, file).unwrap();
    let texts = |path: &Path| {
        let mut texts = Tags::read(path).unwrap().texts;
        texts.retain(|row| row.0 == "GAME_CUE");
        texts.into_iter().map(|row| row.1).collect::<Vec<_>>()
    };
    for (to, encoding) in all_formats() {
        let job = space.job(&first, &format!("1.{to}"), Settings::new(encoding));
        let one = go(&job).unwrap();
        let back = go(&space.job(&one.output, &format!("{to}.flac"), flac())).unwrap();
        assert_eq!(texts(&back.output), ["boss", "no-dark"], "{to}");
    }
}

#[test]
fn loops_in_texts_move_with_cuts() {
    let space = Space::new();
    let first = tagged(&space);
    let cut = |start: f64, end: Option<f64>| Settings {
        range: Range { start, end },
        ..flac()
    };
    let rows = [
        ("a", cut(0.05, None), Some(("2205", "22050"))),
        ("b", cut(0.2, Some(0.5)), Some(("0", "13230"))),
        ("c", cut(0.7, None), None),
    ];
    for (name, settings, expected) in rows {
        let report = go(&space.job(&first, &format!("{name}.flac"), settings)).unwrap();
        let tags = Tags::read(&report.output).unwrap();
        let found = tags.get("LOOPSTART").zip(tags.get("LOOPLENGTH"));
        assert_eq!(found, expected, "{name}");
        assert_eq!(report.warnings.is_empty(), expected.is_some(), "{name}");
    }
}

#[test]
fn what_a_format_cannot_hold_is_told() {
    let space = Space::new();
    let first = tagged(&space);
    let report = go(&space.job(&first, "o.wav", wav(WavFormat::I16))).unwrap();
    let [warning] = report.warnings.as_slice() else {
        panic!("{:?}", report.warnings);
    };
    let text = warning.to_string();
    for what in ["WAV", "GAME_CUE", "LOOPSTART", "pictures (1)"] {
        assert!(text.contains(what), "{text}");
    }
    assert!(!text.contains("TITLE"), "{text}");
    // What somebody asks for is refused.
    let mut settings = wav(WavFormat::I16);
    settings.metadata.set = vec![("GAME_CUE".into(), "x".into())];
    let text = go(&space.job(&first, "p.wav", settings))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("GAME_CUE") && text.contains("choose FLAC"),
        "{text}"
    );
    let report = go(&space.job(&looped(&space), "loop.flac", flac())).unwrap();
    let text = report.warnings[0].to_string();
    assert!(text.contains("loops (1) and cue points (3)"), "{text}");
}

/// The chunk of another tag format in a WAV file is written anew when something in it is stale.
#[test]
fn id3_in_wav_follows() {
    let space = Space::new();
    let first = tagged(&space);
    let aiff =
        go(&space.job(&first, "a.aiff", Settings::new(Encoding::Aiff { bits: 16 }))).unwrap();
    let file = std::fs::read(&aiff.output).unwrap();
    let at = file.windows(4).position(|w| w == b"ID3 ").unwrap();
    let input = space.path("plain.wav");
    with_chunks(&input, &[(b"id3 ", file[at + 8..].to_vec())]);
    let same = go(&space.job(&input, "same.wav", wav(WavFormat::I16))).unwrap();
    assert!(same.warnings.is_empty());
    let mut settings = wav(WavFormat::I16);
    settings.rate = Some(48_000);
    settings.metadata.set = vec![("TITLE".into(), "New".into())];
    let changed = go(&space.job(&input, "new.wav", settings)).unwrap();
    assert!(changed.warnings.is_empty());
    for (path, title, start) in [
        (same.output, "Grüße", "4410"),
        (changed.output, "New", "4800"),
    ] {
        let tags = Tags::read(&path).unwrap();
        assert_eq!(tags.get("TITLE"), Some(title));
        assert_eq!(tags.get("LOOPSTART"), Some(start));
        assert_eq!(tags.get("GAME_CUE"), Some("boss"));
        assert_eq!(tags.picture_count(), 1);
    }
}

/// Tags that are damaged do not stop a job, and it says that they are lost.
#[test]
fn tags_that_cannot_be_read_are_told() {
    let space = Space::new();
    let input = tagged(&space);
    let mut file = std::fs::read(&input).unwrap();
    let at = file.windows(9).position(|w| w == b"GAME_CUE=").unwrap();
    file[at - 4..at].copy_from_slice(&0x7FFF_FFFFu32.to_le_bytes());
    std::fs::write(&input, file).unwrap();
    let report = go(&space.job(&input, "o.flac", flac())).unwrap();
    let told = |w: &Warning| matches!(w, Warning::TagsUnread { .. });
    assert!(report.warnings.iter().any(told), "{:?}", report.warnings);
    assert_eq!(report.status, Status::Done);
}

#[test]
fn an_empty_range_is_refused() {
    let space = Space::new();
    let x = sine(44_100, 4_410, 1, 400.0, 0.5);
    let input = space.wav("in.wav", 44_100, 1, WavFormat::I16, &x);
    for (start, end) in [(0.0, 0.0), (0.05, 0.05), (0.05, 0.01)] {
        let settings = Settings {
            range: Range {
                start,
                end: Some(end),
            },
            ..wav(WavFormat::I16)
        };
        let job = space.job(&input, "o.wav", settings);
        let text = go(&job).unwrap_err().to_string();
        assert!(text.contains("holds nothing"), "{text}");
        assert!(!job.output.exists());
    }
}

/// Either fade is at most as long as the sound.
#[test]
fn a_fade_longer_than_the_sound_ends_with_it() {
    let space = Space::new();
    let input = space.wav("in.wav", 48_000, 1, WavFormat::F32, &[0.5; 1_000]);
    let settings = Settings {
        fades: Fades {
            fade_in: 10.0,
            fade_out: 0.0,
        },
        ..wav(WavFormat::F32)
    };
    let report = go(&space.job(&input, "in-out.wav", settings)).unwrap();
    let y = &read(&report.output).channels[0];
    assert!(y[0] == 0.0 && (y[500] - 0.25).abs() < 1e-6 && y[999] > 0.499);
}

/// A text of 1 MiB goes along, and a longer one is refused with the way out.
#[test]
fn a_text_has_at_most_a_mebibyte() {
    const MOST: usize = 1 << 20;
    let space = Space::new();
    for length in [MOST, MOST + 1] {
        let input = space.wav(
            &format!("{length}.wav"),
            48_000,
            1,
            WavFormat::I16,
            &[0.1; 480],
        );
        let mut info = b"INFOICMT".to_vec();
        info.extend((length as u32 + 1).to_le_bytes());
        info.resize(info.len() + length, b'x');
        info.push(0);
        info.resize(info.len().next_multiple_of(2), 0);
        with_chunks(&input, &[(b"LIST", info)]);
        let result = go(&space.job(&input, &format!("{length}.flac"), flac()));
        if length == MOST {
            let tags = Tags::read(&result.unwrap().output).unwrap();
            assert!(tags.texts.iter().any(|row| row.1.len() == MOST));
            continue;
        }
        let text = result.unwrap_err().to_string();
        for word in [
            "a text of 1048577 bytes",
            "1048576 are the most",
            "--drop-tags",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        let mut settings = flac();
        settings.metadata.keep = false;
        go(&space.job(&input, "without.flac", settings)).unwrap();
    }
}

/// Every job that changes the sound says so behind what others said (EBU R 98).
#[test]
fn the_coding_history_goes_on() {
    let space = Space::new();
    let x = sine(48_000, 48_000, 1, 400.0, 0.5);
    let version = env!("CARGO_PKG_VERSION");
    let history = |path: &Path| {
        let chunks = read_chunks(path).unwrap();
        let bext = chunks.iter().find(|c| &c.id == b"bext").unwrap();
        String::from_utf8(bext.bytes().unwrap()[602..].to_vec()).unwrap()
    };
    let first = "A=ANALOGUE,M=mono,T=Studer A80\r\nA=PCM,F=48000,W=24,M=mono,T=ADC";
    for (name, end) in [("bare", ""), ("ended", "\r\n"), ("padded", "\r\n\0\0\0")] {
        let input = space.wav(&format!("{name}.wav"), 48_000, 1, WavFormat::I24, &x);
        let bext = [&[0; 602], first.as_bytes(), end.as_bytes()].concat();
        with_chunks(&input, &[(b"bext", bext)]);
        // Nothing changes, so there is nothing to say.
        let same = go(&space.job(&input, &format!("{name}-same.wav"), wav(WavFormat::I24)));
        assert_eq!(history(&same.unwrap().output), format!("{first}{end}"));
        let settings = Settings {
            rate: Some(44_100),
            channels: ChannelMap::Stereo,
            ..wav(WavFormat::I16)
        };
        let made = go(&space.job(&input, &format!("{name}-made.wav"), settings)).unwrap();
        let one = format!("{first}\r\nA=PCM,F=44100,W=16,M=stereo,T=Segue {version}\r\n");
        assert_eq!(history(&made.output), one);
        let mut settings = wav(WavFormat::F32);
        settings.rate = Some(48_000);
        settings.metadata.bext = true;
        let made = go(&space.job(&made.output, &format!("{name}-again.wav"), settings)).unwrap();
        let two = format!("{one}A=PCM,F=48000,W=32,M=stereo,T=Segue {version}; float\r\n");
        assert_eq!(history(&made.output), two);
    }
}

/// Atoms of MP4 that are neither texts nor pictures.
#[cfg(feature = "aac")]
#[test]
fn atoms_of_mp4_stay() {
    use lofty::config::WriteOptions;
    use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst};
    use lofty::tag::TagExt as _;
    let space = Space::new();
    let m4a = Settings::new(Encoding::Aac {
        bitrate: 128_000,
        adts: false,
    });
    let made = go(&space.job(&tagged(&space), "a.m4a", m4a.clone())).unwrap();
    let tags = Tags::read(&made.output).unwrap();
    assert_eq!(tags.get("ITUNSMPB"), None, "that is of the encoder");
    assert!(tags.atom_names().is_empty(), "{:?}", tags.atom_names());
    let mut ilst = Ilst::new();
    ilst.insert(Atom::new(
        AtomIdent::Fourcc(*b"stik"),
        AtomData::SignedInteger(2),
    ));
    ilst.save_to_path(&made.output, WriteOptions::new())
        .unwrap();
    let again = go(&space.job(&made.output, "b.m4a", m4a)).unwrap();
    assert_eq!(again.warnings, []);
    assert_eq!(Tags::read(&again.output).unwrap().atom_names(), ["stik"]);
    let lost = go(&space.job(&again.output, "c.flac", flac())).unwrap();
    let text = lost.warnings[0].to_string();
    assert!(text.contains("the MP4 atoms stik"), "{text}");
}
